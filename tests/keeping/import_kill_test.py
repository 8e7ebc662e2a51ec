#!/usr/bin/env python3
"""Kills the server during an import, again and again, and goes on by the same command.

Whatever the moment, no row may be lost or done twice: at the end there is one proposal for each
row, and the log looked through from its beginning projects to what is stored.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from keeping_cli_test import Program, caller, check, harness  # noqa: E402

ROWS = 6_000
KILLS = 6


def main(build):
    rng = random.Random(17)
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
        template = member.run("template", "CRM", "--share", harness.SOURCE, offline=True)
        entry = folder / "entry.yaml"
        entry.write_text(harness.filled(template, "liste"))
        one = folder / "one.yaml"
        one.write_text("offerings:\n" + "".join(
            ("- " if number == 0 else "  ") + line + "\n" for number, line in enumerate(
                line for line in entry.read_text().split("\n")
                if line.strip() and not line.startswith("#"))))
        line = json.loads(member.run("bulk", "import", str(one), "--dry-run", offline=True))
        big = folder / "big.jsonl"
        big.write_text("\n".join(json.dumps(dict(line, id=f"x-{n}")) for n in range(ROWS)))

        command = ["bulk", "import", str(big), "--submit", "--import-id", "june"]
        hit = 0
        for kill in range(KILLS):
            running = subprocess.Popen(
                [server.program, *command, "--server", server.address, "--token-file",
                 str(folder / "liste.token")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.05, 0.25))
            hit += running.poll() is None
            server.kill()
            running.wait(timeout=harness.CALL_SECONDS)
            server.start()
        check(hit > KILLS // 2, f"only {hit} of {KILLS} kills fell into the import")
        told = Program(server, str(folder / "liste.token")).run(*command)
        check(f"{ROWS} rows" in told and "0 failed" in told, told)
        rows = Program(server, str(folder / "liste.token")).run(
            "--json", "bulk", "rows", "operations/import.liste.june")
        proposals = [json.loads(row)["proposal"] for row in rows.splitlines()]
        check(len(proposals) == ROWS and len(set(proposals)) == ROWS, len(set(proposals)))
        listed = Program(server, str(folder / "liste.token")).run(
            "proposal", "status", "members/liste")
        check(len(listed.strip().split("\n")) == ROWS, len(listed.split("\n")))
        server.stop()
        operator.run("fsck", "--data", server.data, "--rebuild", offline=True)
        server.start()
    print(f"{ROWS} rows, {KILLS} kills, nothing lost and nothing twice")


if __name__ == "__main__":
    main(sys.argv[1])
