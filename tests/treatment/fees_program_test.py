#!/usr/bin/env python3
"""Joins fees and cases as an auditor does: with aplomb-fees and the auditor's key, nothing else.

Two years are made up: one in which members are treated alike, one in which those who pay most wait
two working days less. The first must come out EQUAL, the second DIFFERENT; without the right key
the join finds nobody and shows nothing.
"""

import argparse
import hashlib
import hmac
import pathlib
import random
import subprocess
import tempfile

HEADER = "member,family,queue,place,decided,centidays,returns,approved\n"


def write_cases(path, key, favoured_centidays):
    rng = random.Random(5)
    lines = [HEADER]
    place = 0
    for member in range(60):
        name = hmac.new(key, f"m{member}".encode(), hashlib.sha256).hexdigest()[:32]
        for _ in range(20):
            place += 1
            days = 300 + rng.randrange(600) - (favoured_centidays if member % 3 == 2 else 0)
            lines.append(f"{name},CRM,CRM,{place},{place + 5000},{days},0,1\n")
    path.write_text("".join(lines))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = parser.parse_args().program
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        ledger = folder / "ledger"
        for member in range(60):
            cents = [60000, 150000, 300000][member % 3]
            subprocess.run([program, ledger, "add", "2026-02-01", f"m{member}", str(cents)],
                           check=True)
        key = b"an auditor's key of 32 bytes ..."
        (folder / "key").write_bytes(key)
        (folder / "other").write_bytes(key[::-1])
        for name, favour, key_file, word, code in [
                ("an equal world", 0, "key", "EQUAL", 0),
                ("those who pay most wait less", 200, "key", "DIFFERENT", 20),
                ("another key joins nobody", 200, "other", "NOT_SHOWN", 10)]:
            write_cases(folder / "cases.csv", key, favour)
            result = subprocess.run(
                [program, ledger, "treatment", folder / "cases.csv", folder / key_file, "2026"],
                text=True, capture_output=True)
            last = result.stdout.strip().split("\n")[-1]
            assert (last, result.returncode) == (word, code), (name, result)
            assert "m1" not in result.stdout, name
            print(name, "->", last)


if __name__ == "__main__":
    main()
