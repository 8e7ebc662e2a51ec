#!/usr/bin/env python3
"""aplomb-verify as a program: what it links, and how it ends for each verdict."""

import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM, MAKE_LOG = sys.argv[1:3]
failures = []


def expect(condition, text):
    if not condition:
        failures.append(text)


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, encoding="utf-8",
                          errors="replace", check=False)


def check_links():
    """No gRPC, RocksDB or protobuf: neither as a library nor as symbols linked in."""
    libraries = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True, check=True).stdout
    symbols = subprocess.run(["nm", "--dynamic", "--demangle", PROGRAM], capture_output=True,
                             text=True, check=True).stdout
    symbols += subprocess.run(["nm", "--demangle", PROGRAM], capture_output=True, text=True,
                              check=False).stdout
    expect("libcrypto" in libraries and "aplomb::verify" in symbols, "ldd and nm show something")
    for word in ("grpc", "rocksdb", "protobuf", "libssl"):
        expect(not re.search(word, libraries, re.IGNORECASE), f"links {word}:\n{libraries}")
    for word in ("grpc::", "rocksdb::", "google::protobuf"):
        expect(word not in symbols, f"has symbols of {word}")


def check_verdicts(folder):
    subprocess.run([MAKE_LOG, folder, "300"], check=True)

    def path(name):
        return os.path.join(folder, name)

    log, policy = ("--log", path("log")), ("--policy", path("policy"))
    with open(path("alone"), "w", encoding="utf-8") as file:
        with open(path("vkeys"), encoding="utf-8") as keys:
            file.write(f"log {keys.readline()}quorum none\n")
    rows = [
        ("verified and witnessed", 0, [*log, *policy]),
        ("as a file URL", 0, ["--log", "file://" + path("log"), *policy]),
        ("older checkpoint", 0, [*log, *policy, "--old", path("old")]),
        ("receipt and entry", 0,
         [*log, *policy, "--receipt", path("receipt"), "--entry", path("entry")]),
        ("not witnessed", 10, [*log, "--policy", path("alone")]),
        ("receipt alone", 10,
         [*policy, "--receipt", path("receipt"), "--entry", path("entry")]),
        ("fork", 30, [*log, *policy, "--old", path("forked")]),
        ("forged entry", 40, ["--log", path("leaf"), *policy]),
        ("forged entry and leaf hash", 40, ["--log", path("forgery"), *policy]),
        ("receipt of another entry", 40,
         [*policy, "--receipt", path("receipt"), "--entry", path("policy")]),
        ("no log there", 40, ["--log", path("nothing"), *policy]),
        ("fetch without an address", 2, ["fetch", "--dir", path("x"), *policy]),
        ("fetch over TLS", 2, ["fetch", "--from", "https://a", "--dir", path("x"), *policy]),
        ("no arguments", 2, []),
        ("no policy", 2, [*log]),
        ("policy that is none", 2, [*log, "--policy", path("entry")]),
        ("unknown option", 2, [*log, *policy, "--frobnicate", "1"]),
        ("entry before its receipt", 2, [*log, *policy, "--entry", path("entry")]),
        ("file that is not there", 2, [*log, *policy, "--old", path("nothing")]),
    ]
    for name, code, arguments in rows:
        result = run(*arguments)
        expect(result.returncode == code, f"{name}: ended with {result.returncode}, not {code}\n"
                                          f"{result.stdout}{result.stderr}")
    fork = run(*log, *policy, "--old", path("forked")).stdout
    for note in (path("forked"), path("log/checkpoint")):
        with open(note, encoding="utf-8") as file:
            expect(file.read() in fork, f"a fork prints {note}")
    leaf = run("--log", path("leaf"), *policy, "--lang", "fr").stdout
    expect("entrée 149" in leaf, f"the forged entry is named in French:\n{leaf}")
    report = json.loads(run(*log, *policy, "--json").stdout)
    expect(report["exit_code"] == 0 and report["size"] == 300, f"JSON: {report}")


check_links()
with tempfile.TemporaryDirectory() as temporary:
    check_verdicts(temporary)
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
