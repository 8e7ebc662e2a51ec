#!/usr/bin/env python3
"""Reads the sources and refuses what a review would refuse, with the replacement in the message.

    tests/tidy/tidy.py [ROOT]

Prints one line per finding (path:line: [rule] message) and ends with status 1 if there is any. Each
rule has its planted example in tidy_checker_test.py. When a review says the same thing twice, add a
rule here.
"""

import os
import re
import stat
import subprocess
import sys
from dataclasses import dataclass

LINE_LENGTH_MAX = 100
FILE_SIZE_MAX = 600 * 1024

ROOT_FILES = {
    "CMakeLists.txt", "CMakePresets.json", "README.md", "CHANGELOG.md", "CONTRIBUTING.md",
    "LICENSE",
}
ROOT_FOLDERS = {
    "proto", "base", "engine", "catalog", "decision", "audit", "service", "cli", "web", "tests",
    "deploy", "docs", "cmake",
}

# Which of *our* headers, and which packages, the sources of a room may include; the longest
# matching folder counts. The build holds the first (a room's include roots), but cannot hold the
# second: all packages share one include root. Standard headers (no slash, in <>) are free.
BASE = ("base/", "absl/")
MESSAGES = ("aplomb/", "google/")
INCLUDES = {
    "base": BASE + ("openssl/", "sys/"),
    "base/storage": BASE + ("rocksdb/",),
    "engine": BASE + ("engine/",),
    "catalog": BASE + MESSAGES + ("catalog/", "audit/", "rocksdb/", "yaml-cpp/"),
    "decision": BASE + MESSAGES + ("engine/", "catalog/", "decision/"),
    "audit": BASE + MESSAGES + ("audit/", "curl/", "openssl/", "rocksdb/", "sys/"),
    "audit/tlog": BASE + ("audit/tlog/", "openssl/"),
}
# What shows that gRPC comes in, whoever includes it.
GRPC_HEADER = re.compile(r"^(grpc/|grpcpp/|grpc\+\+/)|\.grpc\.pb\.h$")
GRPC_FOLDERS = ("service/", "cli/", "tests/")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


@dataclass(frozen=True)
class Banned:
    """A pattern that must not stand in code (comments and string literals are not code)."""
    rule: str
    pattern: str
    instead: str
    # Regular expressions on the path: where it counts, and where it does not all the same.
    where: str = r"\.(h|cc)$"
    but_not: str = r"^$"


BANNED = [
    Banned("string-view", r"\bstd::string_view\b",
           "absl::string_view: the packaged Abseil's is another type and takes no std::string_view",
           where=r"\.h$"),
    Banned("mutex", r"\babsl::(Mutex|MutexLock|CondVar|Notification)\b|absl/synchronization/",
           "base/mutex.h: ThreadSanitizer reports races inside the packaged absl::Mutex"),
    Banned("mutex",
           r"\bstd::(recursive_|shared_|timed_)?mutex\b|\bstd::condition_variable(_any)?\b",
           "base/mutex.h: std::mutex has no thread-safety annotations",
           but_not=r"^base/mutex\.h$"),
    Banned("clock", r"\bsystem_clock::now\b|\babsl::Now\s*\(|\bgettimeofday\b|\bclock_gettime\b"
           r"|\bstd::time\s*\(|(?<![\w.:>])time\s*\(\s*(nullptr|NULL|0|&)",
           "a base::Clock handed in: what depends on the time must be testable",
           but_not=r"^base/clock\.cc$"),
    Banned("random", r"(?<![\w.:>])s?rand\s*\(|\bstd::s?rand\b|\brandom_device\b",
           "base/random.h: SystemRandom, or in tests a generator with a printed seed"),
    Banned("unordered", r"\bstd::unordered_\w+",
           "a sorted container where order can be seen, absl::flat_hash_map for look-up only"),
    Banned("floating-point", r"\b(float|double)\b",
           "integers in fixed point, with the bound of the sum stated: results must be equal "
           "everywhere", where=r"^(engine|decision)/.*\.(h|cc)$"),
    Banned("engine-string", r"\bstd::(basic_)?string\b",
           "an ordinal or a code of a committed table: no name may travel through the engine",
           where=r"^engine/.*\.(h|cc)$"),
    Banned("assert", r"(?<!\w)assert\s*\(|<cassert>",
           "base/check.h: CHECK with the reason; assert() is gone in a release"),
    Banned("print", r"\bstd::(cout|cerr|clog)\b|(?<![\w:])printf\s*\(",
           "base/log.h; only the command line prints",
           but_not=r"^(cli|tests)/|^audit/verify/main\.cc$"),
    Banned("numbers", r"(?<!\w)(ato(i|l|ll|f)|strto\w+)\s*\(|\bstd::sto\w+",
           "absl::SimpleAtoi: tells errors, knows no locale, throws nothing",
           but_not=r"^tests/"),
    Banned("regex", r"\bstd::w?regex\b", "a small parser: std::regex overflows the stack on long "
           "input", but_not=r"^tests/"),
    Banned("sleep", r"\bsleep_for\b|\babsl::SleepFor\b|(?<!\w)u?sleep\s*\(",
           "CondVar::WaitFor on what is waited for", but_not=r"^tests/"),
    Banned("using-namespace", r"\busing\s+namespace\b", "using-declarations of the names needed"),
    Banned("too-new", r"\bstd::(source_location|format)\b|\bstd::(ranges::)?views?::|<format>"
           r"|<source_location>", "what clang 14 and g++ 12 both know: absl::StrFormat, loops"),
    Banned("proto-unsigned", r"^\s*(optional\s+|repeated\s+)?(uint(32|64)|fixed(32|64))\s",
           "int32 or int64 (AIP-141: many languages have no unsigned integers)",
           where=r"^proto/aplomb/"),
    Banned("proto-map", r"\bmap\s*<",
           "a repeated message: the bytes of maps have no order, and what is logged must have one",
           where=r"^proto/aplomb/"),
]

# Text everywhere, comments included. Character classes keep these lines from finding themselves.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|not imple[m]ented|unimple[m]ented|stub[b]ed"
                        r"|place[h]older(?!=))\b")
MACHINE = re.compile(r"(^|[^\w.])/(w[o]rk|f[a]rm|r[o]ot|h[o]me)/|\.\./sh[a]red|/tmp/[a]plomb/")
REGISTRY = re.compile(r"\b(np[m]js\.(com|org)|py[p]i\.org|deb\.deb[i]an\.org)")
# npm writes the host into these.
LOCK_FILE = re.compile(r"(^|/)package-lock\.json$")

CODE = re.compile(r"\.(h|cc)$")
TEXT = re.compile(r"\.(h|cc|proto|cmake|py|md|json|yaml|yml|textproto|sh|html|css|js|ts|svg|txt)$"
                  r"|(^|/)(CMakeLists\.txt|run|demo|install-[\w-]+|\.clang-\w+|\.gitignore)$")
LONG_LINES = re.compile(r"\.(h|cc|proto|cmake|py)$|(^|/)CMakeLists\.txt$")
# A line of one word that cannot be broken (an address) may be long.
UNBREAKABLE = re.compile(r"^\W*(\w+:\s*)?https?://\S+$|^#include ")

# The pieces of C++ that are not code. Numbers stand first for the sake of 1'000.
NOT_CODE = re.compile(
    r"""(?P<number>\b\d[\w.]*(?:'\w+)*)"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<raw>R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)")"""
    r"""|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S)


def code_of(text):
    """The lines of a C++ or proto file with comments and literals blanked."""
    def blank(match):
        if match.group("number"):
            return match.group(0)
        kept = re.sub(r"[^\n]", " ", match.group(0))
        # The quotes stay, so that `f("x")` is not `f()`.
        return kept if match.group("comment") else '"' + kept[2:] + '"'
    # Includes are looked at by rules of their own, so their "path" stays.
    lines = text.split("\n")
    includes = {i: line for i, line in enumerate(lines) if re.match(r"\s*#\s*include\b", line)}
    code = NOT_CODE.sub(blank, text).split("\n")
    for i, line in includes.items():
        code[i] = line
    return code


def check_line_form(path, lines):
    for number, line in enumerate(lines, 1):
        if LONG_LINES.search(path) and len(line) > LINE_LENGTH_MAX and not UNBREAKABLE.match(line):
            yield Finding(path, number, "line-length",
                          f"{len(line)} characters; break it at {LINE_LENGTH_MAX}")
        if "\t" in line:
            yield Finding(path, number, "tab", "two spaces")
        if line != line.rstrip(" \r"):
            yield Finding(path, number, "trailing-space", "nothing at the end of a line")


def check_words(path, lines):
    for number, line in enumerate(lines, 1):
        if match := UNFINISHED.search(line):
            yield Finding(path, number, "unfinished",
                          f"'{match.group(0)}': finish it, or say in docs/ that it is not there")
        if match := MACHINE.search(line):
            yield Finding(path, number, "machine-path",
                          f"'{match.group(0).strip()}…': a path of one machine; make it relative "
                          "or an argument")
        if (match := REGISTRY.search(line)) and not LOCK_FILE.search(path):
            yield Finding(path, number, "registry-host",
                          f"'{match.group(0)}': name the package, not the host it came from")


def check_header_guard(path, lines):
    if not path.endswith(".h"):
        return
    guard = "APLOMB_" + re.sub(r"[^A-Z0-9]", "_", path.upper()) + "_"
    code = [line for line in lines if line and not line.startswith("//")]
    if code[:2] != [f"#ifndef {guard}", f"#define {guard}"] or code[-1] != f"#endif  // {guard}":
        yield Finding(path, 1, "header-guard",
                      f"comment, then #ifndef {guard} and #define {guard}; at the end "
                      f"'#endif  // {guard}'")


def check_banned(path, code):
    for banned in BANNED:
        if not re.search(banned.where, path) or re.search(banned.but_not, path):
            continue
        pattern = re.compile(banned.pattern)
        for number, line in enumerate(code, 1):
            if match := pattern.search(line):
                yield Finding(path, number, banned.rule,
                              f"'{match.group(0).strip()}': use {banned.instead}")


def check_includes(path, lines):
    folder = max((f for f in INCLUDES if path.startswith(f + "/")), key=len, default=None)
    for number, line in enumerate(lines, 1):
        match = re.match(r"\s*#\s*include\s*([<\"])([^>\"]+)[>\"]", line)
        if not match:
            continue
        header = match.group(2)
        if header.startswith(".") or "/../" in header:
            yield Finding(path, number, "include-relative",
                          f"'{header}': name the header from the root, \"room/file.h\"")
            continue
        if GRPC_HEADER.search(header) and not path.startswith(GRPC_FOLDERS):
            yield Finding(path, number, "include-grpc",
                          f"'{header}': gRPC stays in service/ and cli/; messages alone are in "
                          "<file>.pb.h")
            continue
        own = match.group(1) == "<" and "/" not in header
        if folder and not own and not header.startswith(INCLUDES[folder]):
            yield Finding(path, number, "include-direction",
                          f"'{header}': {folder}/ includes only {', '.join(INCLUDES[folder])} and "
                          "the standard library (docs/ARCHITECTURE.md)")


def check_changelog(path, lines):
    """Versions newest first; in each, of three parts in this order, those that have something."""
    if path != "CHANGELOG.md":
        return
    parts = ["Correctness and Safety", "Features", "Internals"]
    versions = []
    last_part = -1
    part_line = None  # of a part which has no item yet

    def wrong(number, message):
        return Finding(path, number, "changelog", message)

    for number, line in enumerate(lines, 1):
        if line.startswith(("## ", "### ")) and part_line:
            yield wrong(part_line, "a part without an item: leave it out")
            part_line = None
        if line.startswith("## "):
            last_part = -1
            match = re.fullmatch(r"## (\d+)\.(\d+)\.(\d+) \((\d{4}-\d\d-\d\d|unreleased)\)", line)
            if not match:
                yield wrong(number, "'## 1.2.3 (2026-01-31)' or '## 1.2.3 (unreleased)'")
                continue
            version = tuple(map(int, match.groups()[:3]))
            if versions and version >= versions[-1]:
                yield wrong(number, "the newest version stands first")
            if versions and match.group(4) == "unreleased":
                yield wrong(number, "only the newest version can be unreleased")
            versions.append(version)
        elif line.startswith("### "):
            if line[4:] not in parts:
                yield wrong(number, "the parts are: " + ", ".join(parts))
                continue
            if parts.index(line[4:]) <= last_part:
                yield wrong(number, "the order of the parts is: " + ", ".join(parts))
            last_part = parts.index(line[4:])
            part_line = number
        elif line.startswith("- "):
            part_line = None
            if last_part < 0:
                yield wrong(number, "an item stands in one of the parts: " + ", ".join(parts))
    if part_line:
        yield wrong(part_line, "a part without an item: leave it out")
    if not versions:
        yield wrong(1, "no version: begin with '## 0.1.0 (unreleased)'")


def check_text(path, text):
    """All findings in one text file."""
    lines = text.split("\n")
    if lines[-1] != "":
        yield Finding(path, len(lines), "end-of-file", "a file ends with a newline")
    else:
        lines.pop()
        if lines and lines[-1] == "":
            yield Finding(path, len(lines), "end-of-file", "no empty lines at the end")
    # Licences and the like come as they are.
    if TEXT.search(path) or text.startswith("#!"):
        yield from check_line_form(path, lines)
        yield from check_words(path, lines)
        yield from check_changelog(path, lines)
    if CODE.search(path):
        yield from check_header_guard(path, lines)
        yield from check_includes(path, lines)
    if CODE.search(path) or path.endswith(".proto"):
        yield from check_banned(path, code_of(text))


def check_place(path, size, executable, is_script):
    """Findings about a file as such."""
    top, _, rest = path.partition("/")
    if not rest and top not in ROOT_FILES and not top.startswith("."):
        yield Finding(path, 1, "root", "not a file of the root; put it where it belongs")
    if rest and top not in ROOT_FOLDERS and not top.startswith("."):
        yield Finding(path, 1, "root", f"'{top}/' is not a room of the house")
    if size > FILE_SIZE_MAX:
        yield Finding(path, 1, "file-size",
                      f"{size // 1024} KiB; at most {FILE_SIZE_MAX // 1024}: split it or make it")
    if is_script != executable:
        yield Finding(path, 1, "run-bit", "scripts, and only scripts, begin with #! and have the "
                      "executable bit (chmod)")


def check_listed(paths, read):
    """Each .cc and .h is named in a CMakeLists.txt of its folder or above: else it is not built."""
    cmake = {}
    for path in paths:
        if os.path.basename(path) == "CMakeLists.txt":
            cmake[os.path.dirname(path)] = read(path)
    for path in paths:
        if not CODE.search(path):
            continue
        folder = os.path.dirname(path)
        name = path
        found = False
        while not found:
            name = os.path.relpath(path, folder or ".")
            pattern = r"(?<![\w./-])" + re.escape(name) + r"(?![\w.-])"
            found = folder in cmake and re.search(pattern, cmake[folder]) is not None
            if not folder:
                break
            folder = os.path.dirname(folder)
        if not found:
            yield Finding(path, 1, "not-built", "no CMakeLists.txt names it: list it or remove it")


def list_files(root):
    """What git tracks or would track; in a tree without git, everything but build/."""
    try:
        out = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout.decode()
        if out:
            return sorted({p for p in out.split("\0") if p and os.path.isfile(f"{root}/{p}")})
    except (OSError, subprocess.CalledProcessError):
        pass
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(set(folders) - {"build", ".git", "node_modules", "__pycache__"})
        found += [os.path.relpath(os.path.join(folder, f), root) for f in files]
    return sorted(found)


def check_tree(root):
    """All findings in the tree, sorted."""
    findings = []
    texts = {}
    for path in list_files(root):
        full = os.path.join(root, path)
        with open(full, "rb") as file:
            data = file.read()
        mode = os.stat(full).st_mode
        findings += check_place(path, len(data), bool(mode & stat.S_IXUSR), data.startswith(b"#!"))
        if b"\0" in data[:8000]:
            continue
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            if TEXT.search(path):
                line = data[:error.start].count(b"\n") + 1
                findings.append(Finding(path, line, "utf-8", "not UTF-8"))
            continue
        texts[path] = text
        findings += check_text(path, text)
    findings += check_listed(sorted(texts), lambda path: texts[path])
    return sorted(findings, key=lambda f: (f.path, f.line, f.rule))


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../..")
    findings = check_tree(os.path.abspath(root))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings" if findings else "tidy: nothing to say")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
