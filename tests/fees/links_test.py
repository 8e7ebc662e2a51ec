#!/usr/bin/env python3
"""Proves that no program but aplomb-fees and its test is made of the ledger of fees (NI-02).

Asks the build for everything that each program is made of, to the end, and looks for the ledger's
library and header; then the same for aplomb-fees, where both must be found (so a look that finds
nothing anywhere fails).
"""

import argparse
import subprocess
import sys


def inputs(ninja, build, target):
    """All that `target` is made of."""
    result = subprocess.run([ninja, "-C", build, "-t", "inputs", target], text=True,
                            capture_output=True, check=True)
    return result.stdout.split("\n")


def targets(ninja, build):
    """Name and rule of every target."""
    result = subprocess.run([ninja, "-C", build, "-t", "targets", "all"], text=True,
                            capture_output=True, check=True)
    return [line.rsplit(": ", 1) for line in result.stdout.split("\n") if ": " in line]


def is_ledger(path):
    return "aplomb_fees.a" in path or "cli/fees/" in path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ninja", required=True)
    parser.add_argument("--build", required=True)
    arguments = parser.parse_args()
    ours = [name for name, rule in targets(arguments.ninja, arguments.build)
            if ("EXECUTABLE_LINKER" in rule or "STATIC_LIBRARY_LINKER" in rule)]
    allowed = {"aplomb-fees", "fee_ledger_test", "libaplomb_fees.a"}
    looked = 0
    failures = []
    for name in ours:
        found = [path for path in inputs(arguments.ninja, arguments.build, name) if is_ledger(path)]
        if name.rsplit("/", 1)[-1] in allowed:
            if not found:
                failures.append(f"{name}: the ledger must be found here")
            continue
        looked += 1
        if found:
            failures.append(f"{name} is made of the ledger of fees: {found[0]}")
    for needed in ("libaplomb_engine.a", "libaplomb_catalog_store.a", "libaplomb_decision.a",
                   "libaplomb_service.a"):
        if not any(name.endswith(needed) for name in ours):
            failures.append(f"{needed} was not looked at")
    for failure in failures:
        print(failure)
    print(f"{looked} programs and libraries looked at, {len(failures)} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
