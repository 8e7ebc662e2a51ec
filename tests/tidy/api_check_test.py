"""tests/tools/api_check against a release: each change that would break a caller must be named.

Clones the repository into a folder of its own, tags it as a release, changes one proto and asks.
Takes the source and the configured build directory; 3 (skipped) where buf cannot be had, unless
APLOMB_STRICT is set.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 3

PROTO = "proto/aplomb/advisor/v1/recommendation.proto"

# What is changed, the pattern and its replacement in PROTO, and what the check must say of it.
CHANGES = [
    ("nothing", None, None, None),
    ("a new field", r"(message Recommendation \{)",
     r"\1\n  // Added.\n  string added_since = 1000;", None),
    ("a field is gone", r"\n  string name = 1[^;]*;", "", "was deleted"),
    ("a field has another type", r"\n  string name = 1([^;]*;)", r"\n  bytes name = 1\1",
     "changed type"),
    ("a field has another number", r"\n  string name = 1([^;]*;)", r"\n  string name = 999\1",
     "was deleted"),
]


def run(*command, cwd, env=None):
    return subprocess.run(command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def git(clone, *arguments):
    done = run("git", "-c", "user.name=test", "-c", "user.email=test@example.org", *arguments,
               cwd=clone)
    if done.returncode != 0:
        raise SystemExit(f"git {' '.join(arguments)}: {done.stdout}")


def main():
    source, build = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
    if run(source / "tests/tools/buf", "--version", cwd=source).returncode != 0:
        print("buf cannot be installed; what breaks callers was NOT checked")
        return 1 if os.environ.get("APLOMB_STRICT") else SKIPPED
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        clone = pathlib.Path(folder) / "aplomb"
        clone.mkdir()
        for part in ("proto", "tests/tools"):
            shutil.copytree(source / part, clone / part)
        (clone / "build").mkdir()
        (clone / "build/tools").symlink_to(source / "build/tools")
        (clone / ".gitignore").write_text("/build\n", encoding="utf-8")
        git(clone, "init", "-q")
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", "release")
        untagged = run(clone / "tests/tools/api_check", build, cwd=clone)
        if untagged.returncode != 0 or "no release" not in untagged.stdout:
            failures.append(f"without a release: {untagged.returncode}\n{untagged.stdout}")
        git(clone, "tag", "v0.0.1")
        original = (clone / PROTO).read_text(encoding="utf-8")
        for what, pattern, replacement, says in CHANGES:
            text = original
            if pattern is not None:
                text, count = re.subn(pattern, replacement, original, count=1)
                if count != 1:
                    failures.append(f"{what}: {pattern} is nowhere in {PROTO}")
                    continue
            (clone / PROTO).write_text(text, encoding="utf-8")
            done = run(clone / "tests/tools/api_check", build, cwd=clone)
            print(f"{what}: status {done.returncode}\n{done.stdout}")
            if says is None:
                if done.returncode != 0 or "nothing breaks with v0.0.1" not in done.stdout:
                    failures.append(f"{what}: must pass and name the release")
            elif done.returncode == 0 or says not in done.stdout:
                failures.append(f"{what}: must fail and say '{says}'")
    for failure in failures:
        print("FAILED", failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
