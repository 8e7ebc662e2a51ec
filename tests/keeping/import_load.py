#!/usr/bin/env python3
"""Times the import of 10,000 proposals made from the self-hosted list, repeated with suffixes.

import_load.py [--json] BUILD [LIST]: LIST is the merged.json of awesome-selfhosted; without it,
that below the folder that APLOMB_DATA names; ends with 77 where there is none. Every row must be
accounted for, and every proposal handed in; prints seconds and rows, with --json as one line for
machines.
No time is asserted here: tests/bench/run runs this and prints the seconds beside their aim, and
docs/members.md ("Many entries at once") has the figure that was measured last.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from keeping_cli_test import caller, check, harness  # noqa: E402

ROWS = 10_000


def main(build, source=None, as_json=False):
    if source is None:
        source = os.path.join(os.environ.get("APLOMB_DATA", ""), "awesome-selfhosted/merged.json")
        if not os.path.isfile(source):
            print(f"no {source}: set APLOMB_DATA to the folder of the public collections")
            return 77
    with tempfile.TemporaryDirectory() as name, harness.Server(build) as server:
        folder = pathlib.Path(name)
        operator = caller(server, folder, "OPERATOR", "olga")
        member = caller(server, folder, "MEMBER", "liste")
        server.stop()
        server.start()
        operator.run("member", "register", "liste", "--display-name", "Liste", "--kind",
                     "PUBLISHER", "--url", "https://liste.example", "--fictional")
        for who in ("r-1", "r-2", "r-3"):
            operator.run("member", "reviewer", who)
        read = member.run("bulk", "import", source, "--format", "selfhosted", "--read-on",
                          "2026-08-21", "--member", "liste", "--dry-run", "--share",
                          harness.SOURCE, offline=True)
        entries = [json.loads(line) for line in read.splitlines()]
        lines = []
        for number in range(ROWS):
            entry = dict(entries[number % len(entries)])
            entry["id"] = f"{entry['id'][:50]}-x{number}"
            lines.append(json.dumps(entry, ensure_ascii=False))
        big = folder / "big.jsonl"
        big.write_text("\n".join(lines))
        started = time.monotonic()
        result = subprocess.run(
            [server.program, "--json", "bulk", "import", str(big), "--submit", "--server",
             server.address, "--token-file", str(folder / "liste.token")],
            text=True, capture_output=True, timeout=600)
        seconds = time.monotonic() - started
        check(result.returncode == 0, result.stderr[-2000:])
        progress = json.loads(result.stdout.split("\n")[0])
        counts = {key: progress.get(key, 0) for key in
                  ("row_count", "proposal_count", "submitted_count", "unchanged_count",
                   "failed_count")}
        if as_json:
            print(json.dumps({"entries": len(entries), "seconds": seconds, **counts}))
        else:
            print(f"{len(entries)} entries of the list, {ROWS} rows in {seconds:.1f} s: {counts}")
        check(counts["row_count"] == ROWS, "rows are missing")
        check(counts["proposal_count"] + counts["unchanged_count"] + counts["failed_count"] == ROWS,
              "not all accounted for")
        check(counts["submitted_count"] == ROWS, "not all handed in")
    return 0


if __name__ == "__main__":
    sys.exit(main(*[one for one in sys.argv[1:] if one != "--json"],
                  as_json="--json" in sys.argv[1:]))
