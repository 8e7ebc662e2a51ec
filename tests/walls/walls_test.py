#!/usr/bin/env python3
"""Proves that a room cannot include the headers of rooms it does not stand on.

For every header of ours, written or generated, a source of one line that includes it is compiled
with exactly the include roots and flags of one room. Headers of the rooms it may see must be found
with all that they include (so a wall that refuses everything fails the test), all others must not.
"""

import argparse
import os
import subprocess
import sys


def headers_below(root):
    """Paths of the headers below `root`, as they are included."""
    found = []
    for folder, _, files in os.walk(root):
        for name in files:
            if name.endswith(".h"):
                found.append(os.path.relpath(os.path.join(folder, name), root))
    return sorted(found)


def headers_of_rooms(build):
    """Room name to the headers that it offers; generated ones belong to "generated/<target>"."""
    rooms = {}
    for room in sorted(os.listdir(f"{build}/rooms")):
        rooms[room] = headers_below(f"{build}/rooms/{room}/public")
    for target in sorted(os.listdir(f"{build}/generated")):
        rooms[f"generated/{target}"] = headers_below(f"{build}/generated/{target}")
    return rooms


def include(compiler, flags, header, step):
    """Compiles `#include "header"`; returns (done, whether the header was not found, text)."""
    result = subprocess.run(
        [compiler, *flags, step, "-x", "c++", "-o", os.devnull, "-"],
        input=f'#include "{header}"\n', text=True, capture_output=True, check=False,
        env={**os.environ, "LC_ALL": "C"})
    not_found = f"{header}: No such file or directory" in result.stderr or (
        f"'{header}' file not found" in result.stderr)
    return result.returncode == 0, not_found, result.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--room", required=True)
    parser.add_argument("--flags", required=True, help="a file with one flag per line")
    parser.add_argument("--may-see", nargs="+", required=True)
    arguments = parser.parse_args()

    with open(arguments.flags, encoding="utf-8") as file:
        flags = [line for line in file.read().split("\n") if line]
    rooms = headers_of_rooms(arguments.build)
    failures = []
    seen = refused = 0
    for room, headers in rooms.items():
        for header in headers:
            may_see = room in arguments.may_see
            # To find a header, the preprocessor alone will do, and is ten times as fast. (That it
            # compiles by itself is shown by the target all_verify_interface_header_sets.)
            step = "-E" if may_see else "-fsyntax-only"
            done, not_found, text = include(arguments.compiler, flags, header, step)
            if may_see:
                seen += 1
                if not done:
                    failures.append(f"{arguments.room} must see {header}, but:\n{text}")
            else:
                refused += 1
                if not not_found:
                    failures.append(f"{arguments.room} must not find {header} of {room}, but:\n"
                                    f"{text or 'it compiles'}")

    # An empty list would prove nothing.
    for room in arguments.may_see:
        if not rooms.get(room):
            failures.append(f"{arguments.room}: there is no header of {room} to try")
    if not any(room.startswith("generated/") and headers for room, headers in rooms.items()):
        failures.append("there is no generated header to try: build the project first")
    if refused == 0:
        failures.append(f"{arguments.room}: there is no header which it must not see")

    for failure in failures:
        print(failure)
    print(f"{arguments.room}: {seen} headers seen, {refused} refused, {len(failures)} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
