#!/usr/bin/env python3
"""Each rule of tidy.py is caught on a planted line, and does not catch what is allowed."""

import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tidy  # noqa: E402  (the path comes first)

# Split, so that this file passes its own checks.
UNFINISHED_WORDS = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "not imple" + "mented",
                    "unimple" + "mented", "stub" + "bed", "place" + "holder"]
MACHINE_PATHS = ["/wo" + "rk/main", "/ro" + "ot/x", "/fa" + "rm/y", "/ho" + "me/me",
                 "../sha" + "red/data", "/tmp/ap" + "lomb/x"]
HOSTS = ["https://www.npm" + "js.com/x", "py" + "pi.org", "http://deb.deb" + "ian.org/"]

# Rule, path, text that it must refuse (and nothing else may).
REFUSED = [
    # Form.
    ("line-length", "base/a.cc", "//" + " x" * 50 + "\n"),
    ("line-length", "cmake/A.cmake", "#" * 101 + "\n"),
    ("line-length", "proto/aplomb/type/a.proto", "//" + " é" * 50 + "\n"),
    ("tab", "base/a.cc", "\tint x;\n"),
    ("tab", "CMakeLists.txt", "\tproject(x)\n"),
    ("trailing-space", "docs/a.md", "text \n"),
    ("trailing-space", "base/a.cc", "int x;\r\n"),
    ("end-of-file", "base/a.cc", "int x;"),
    ("end-of-file", "base/a.cc", "int x;\n\n"),
    ("header-guard", "base/a.h", "#pragma once\n"),
    ("header-guard", "base/a.h", "#ifndef BASE_A_H\n#define BASE_A_H\n#endif  // BASE_A_H\n"),
    # Words.
    *[("unfinished", "base/a.cc", f"// {word}: later\n") for word in UNFINISHED_WORDS],
    ("unfinished", "docs/a.md", UNFINISHED_WORDS[0] + "\n"),
    *[("machine-path", "docs/a.md", f"see {path}\n") for path in MACHINE_PATHS],
    *[("registry-host", "docs/a.md", host + "\n") for host in HOSTS],
    # Banned calls.
    ("string-view", "base/a.h", "void F(std::string_view text);"),
    ("mutex", "audit/a.cc", "absl::Mutex mutex;\n"),
    ("mutex", "audit/a.cc", "absl::Notification done;\n"),
    ("mutex", "audit/a.cc", "std::mutex mutex;\n"),
    ("mutex", "audit/a.cc", "std::shared_mutex mutex;\n"),
    ("mutex", "audit/a.cc", "std::condition_variable_any changed;\n"),
    ("mutex", "audit/a.cc", '#include "absl/synchronization/mutex.h"\n'),
    ("clock", "audit/a.cc", "auto t = std::chrono::system_clock::now();\n"),
    ("clock", "audit/a.cc", "auto t = system_clock::now();\n"),
    ("clock", "audit/a.cc", "auto t = absl::Now();\n"),
    ("clock", "audit/a.cc", "auto t = time(nullptr);\n"),
    ("clock", "tests/base/a.cc", "auto t = std::time(&x);\n"),
    ("random", "audit/a.cc", "int x = rand();\n"),
    ("random", "audit/a.cc", "std::srand(1);\n"),
    ("random", "tests/a.cc", "std::random_device device;\n"),
    ("unordered", "catalog/a.cc", "std::unordered_map<int, int> m;\n"),
    ("unordered", "catalog/a.cc", "std::unordered_set<int> s;\n"),
    ("floating-point", "engine/a.cc", "double score = 0;\n"),
    ("floating-point", "decision/a.cc", "const float f = 1;\n"),
    ("engine-string", "engine/a.cc", "std::string name;\n"),
    ("assert", "base/a.cc", "assert(x > 0);\n"),
    ("assert", "base/a.cc", "#include <cassert>\n"),
    ("print", "catalog/a.cc", 'std::cerr << "x";\n'),
    ("print", "service/a.cc", 'printf("x");\n'),
    ("numbers", "catalog/a.cc", "int n = atoi(text);\n"),
    ("numbers", "catalog/a.cc", "int n = std::stoi(text);\n"),
    ("numbers", "catalog/a.cc", "auto n = strtoll(text, nullptr, 10);\n"),
    ("regex", "catalog/a.cc", "std::regex r(text);\n"),
    ("sleep", "service/a.cc", "std::this_thread::sleep_for(x);\n"),
    ("sleep", "service/a.cc", "absl::SleepFor(x);\n"),
    ("using-namespace", "base/a.cc", "using namespace std;\n"),
    ("too-new", "base/a.cc", "auto v = x | std::views::reverse;\n"),
    ("too-new", "base/a.cc", "#include <format>\n"),
    ("proto-unsigned", "proto/aplomb/type/a.proto", "  uint32 count = 1;\n"),
    ("proto-unsigned", "proto/aplomb/type/a.proto", "  repeated fixed64 ids = 1;\n"),
    ("proto-map", "proto/aplomb/type/a.proto", "  map<string, string> m = 1;\n"),
    # Includes.
    ("include-relative", "engine/a.cc", '#include "../catalog/member.h"\n'),
    ("include-relative", "engine/a.cc", '#include "engine/../catalog/member.h"\n'),
    ("include-grpc", "catalog/a.cc", "#include <grpcpp/grpcpp.h>\n"),
    ("include-grpc", "decision/a.cc", '#include "aplomb/advisor/v1/advisor_service.grpc.pb.h"\n'),
    ("include-direction", "engine/a.cc", '#include "catalog/member.h"\n'),
    ("include-direction", "engine/a.cc", '#include "aplomb/catalog/v1/offering.pb.h"\n'),
    ("include-direction", "engine/a.cc", '#include "google/protobuf/message.h"\n'),
    ("include-direction", "engine/a.cc", "#include <rocksdb/db.h>\n"),
    ("include-direction", "engine/a.cc", '#  include "openssl/evp.h"\n'),
    ("include-direction", "base/a.cc", '#include "rocksdb/status.h"\n'),
    ("include-direction", "catalog/a.cc", '#include "engine/rank.h"\n'),
    ("include-direction", "decision/a.cc", '#include "rocksdb/db.h"\n'),
    ("include-direction", "audit/a.cc", '#include "catalog/member.h"\n'),
    ("include-direction", "audit/tlog/a.cc", '#include "audit/sequencer.h"\n'),
]

# Path and text that must pass.
ALLOWED = [
    ("base/a.cc", '#include <sys/random.h>\n#include <string>\n\n#include "absl/time/time.h"\n'),
    ("base/storage/a.cc", '#include "rocksdb/status.h"\n'),
    ("service/a.cc", '#include "grpcpp/grpcpp.h"\n#include "decision/decide.h"\n'),
    ("cli/a.cc", 'std::cout << "x";\nstd::printf("x");\n'),
    ("tests/a.cc", '#include "rocksdb/db.h"\nstd::this_thread::sleep_for(x);\nstd::stoi(s);\n'),
    ("engine/a.cc", "int64_t score = 1'000'000;  // not a double, std::string or rand()\n"),
    ("engine/a.cc", '/* float\n double */ const char kText[] = "double \\" float";\n'),
    ("engine/a.cc", 'const char kRaw[] = R"x(float "double")x"; char c = \'"\'; int64_t x;\n'),
    ("catalog/a.cc", "double rate = 1;\nstd::string_view view;\n"),
    ("audit/a.cc", "clock->Now(); MutexLock lock(&mutex_); d.time(); brand(1); x->rand();\n"),
    ("audit/a.cc", "static_assert(sizeof(int) == 4); snprintf(b, 1, f); ReadTime(0);\n"),
    ("base/clock.cc", "absl::Now();\n"),
    ("cli/a.cc", "std::chrono::system_clock::time_point deadline;\n"),
    ("base/mutex.h", None),
    ("docs/a.md", "https://example.com/" + "x" * 100 + "\nbin/work/x a/home/b\n"),
    ("web/a.html", '<input place' + 'holder="Rechercher">\n'),
    ("base/a.cc", "// https://example.com/" + "x" * 100 + "\n"),
    ("proto/aplomb/type/a.proto", "  int64 micros = 1;  // never uint64 x = 1, never map<a, b>\n"),
    ("web/package-lock.json", '"resolved": "' + HOSTS[0] + '"\n'),
]

GUARDED = ("// What it is.\n#ifndef APLOMB_{0}_\n#define APLOMB_{0}_\n\n{1}\n\n"
           "#endif  // APLOMB_{0}_\n")


def guarded(path, text):
    """The text of a header has its guard around it, unless the guard is what is tested."""
    if not path.endswith(".h") or text.startswith("#"):
        return text
    return GUARDED.format(path.upper().replace("/", "_").replace(".", "_"), text.rstrip("\n"))


class CheckerTest(unittest.TestCase):
    def test_each_planted_line_is_refused_by_its_rule_and_no_other(self):
        for rule, path, text in REFUSED:
            with self.subTest(rule=rule, path=path, text=text):
                findings = list(tidy.check_text(path, guarded(path, text)))
                self.assertEqual({f.rule for f in findings}, {rule}, findings)

    def test_what_is_allowed_passes(self):
        for path, text in ALLOWED:
            if text is None:
                text = "std::mutex mutex_;"
            with self.subTest(path=path, text=text):
                self.assertEqual(list(tidy.check_text(path, guarded(path, text))), [])

    def test_each_banned_call_has_a_planted_line(self):
        planted = {rule for rule, _, _ in REFUSED}
        self.assertEqual({banned.rule for banned in tidy.BANNED} - planted, set())

    def test_findings_name_the_line_and_the_replacement(self):
        findings = list(tidy.check_text("audit/a.cc", "int x;\n/* two\nlines */ absl::Mutex m;\n"))
        self.assertEqual([(f.line, f.rule) for f in findings], [(3, "mutex")])
        self.assertIn("base/mutex.h", str(findings[0]))


class PlaceTest(unittest.TestCase):
    def rules(self, path, size=10, executable=False, is_script=False):
        return [f.rule for f in tidy.check_place(path, size, executable, is_script)]

    def test_places(self):
        self.assertEqual(self.rules("CMakeLists.txt"), [])
        self.assertEqual(self.rules(".clang-format"), [])
        self.assertEqual(self.rules(".ci/run", executable=True, is_script=True), [])
        self.assertEqual(self.rules("engine/rank.h"), [])
        self.assertEqual(self.rules("notes.txt"), ["root"])
        self.assertEqual(self.rules("src/main.cc"), ["root"])

    def test_sizes(self):
        self.assertEqual(self.rules("docs/a.md", size=600 * 1024), [])
        self.assertEqual(self.rules("docs/a.md", size=600 * 1024 + 1), ["file-size"])

    def test_run_bits(self):
        self.assertEqual(self.rules("tests/run", executable=False, is_script=True), ["run-bit"])
        self.assertEqual(self.rules("base/a.cc", executable=True, is_script=False), ["run-bit"])


class ChangelogTest(unittest.TestCase):
    GOOD = ("# Changelog\n\nText.\n\n## 0.11.0 (unreleased)\n\n### Features\n\n- a\n"
            "\n### Internals\n\n- b\n"
            "\n## 0.10.0 (2026-02-01)\n\n### Correctness and Safety\n\n- c\n"
            "\n## 0.9.0 (2026-01-31)\n\n### Internals\n\n- d\n  goes on\n")

    def lines(self, text):
        return [f.line for f in tidy.check_changelog("CHANGELOG.md", text.split("\n"))]

    def test_good(self):
        self.assertEqual(self.lines(self.GOOD), [])

    def test_other_files_are_free(self):
        self.assertEqual(list(tidy.check_changelog("docs/a.md", ["## x"])), [])

    def test_bad(self):
        cases = {
            "another part": (self.GOOD.replace("Features", "Added"), [7, 9]),
            "wrong order": (self.GOOD.replace("### Features", "### X").replace(
                "### Internals", "### Features", 1).replace("### X", "### Internals"), [11]),
            "no date": (self.GOOD.replace(" (2026-02-01)", ""), [15]),
            "another word": (self.GOOD.replace("unreleased", "soon"), [5]),
            "a second unreleased": (self.GOOD.replace("2026-02-01", "unreleased"), [15]),
            "oldest first": (self.GOOD.replace("0.10.0", "0.8.0"), [21]),
            "same version twice": (self.GOOD.replace("0.10.0", "0.9.0"), [21]),
            "empty part": (self.GOOD.replace("- b\n", "\n"), [11]),
            "empty last part": (self.GOOD.replace("- d\n  goes on\n", ""), [23]),
            "item outside": (self.GOOD.replace("### Features\n", "\n"), [9]),
            "no version": ("# Changelog\n", [1]),
        }
        for name, (text, lines) in cases.items():
            with self.subTest(name=name):
                self.assertEqual(self.lines(text), lines)


class TreeTest(unittest.TestCase):
    def tree(self, files):
        with tempfile.TemporaryDirectory() as root:
            for path, data in files.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "wb") as file:
                    file.write(data)
            return [(f.path, f.rule) for f in tidy.check_tree(root)]

    def test_sources_must_be_listed(self):
        self.assertEqual(self.tree({
            "engine/CMakeLists.txt": b"aplomb_room(NAME engine SOURCES rank.cc sub/deep.cc)\n",
            "engine/rank.cc": b"int x;\n",
            "engine/sub/deep.cc": b"int x;\n",
            "engine/forgotten.cc": b"int x;\n",
            "engine/k.cc": b"int x;\n",
        }), [("engine/forgotten.cc", "not-built"), ("engine/k.cc", "not-built")])

    def test_bytes_that_are_no_text(self):
        self.assertEqual(self.tree({
            "docs/a.md": b"caf\xe9\n",
            "web/a.png": b"\x89PNG\0\t \n",
            "web/b.bin": b"\xff\xfe",
        }), [("docs/a.md", "utf-8")])

    def test_build_folders_are_not_read(self):
        self.assertEqual(self.tree({"build/dev/a.cc": b"rand();\n"}), [])


if __name__ == "__main__":
    unittest.main()
