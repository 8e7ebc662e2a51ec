#!/usr/bin/env python3
"""The walk of a newcomer, then of an operator, with the program alone over a running server.

A member takes the template, hands it in as it is but for its own id, sees what a change would do,
exports and imports; the operator looks at coverage, makes a backup while the server runs, and puts
it back into another directory.
"""

import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))
import harness  # noqa: E402
from harness import check  # noqa: E402


class Program:
    """`aplomb` as one caller."""

    def __init__(self, server, token_file):
        self._server = server
        self._token_file = token_file

    def run(self, *words, code=0, offline=False):
        remote = [] if offline else ["--server", self._server.address, "--token-file",
                                     self._token_file]
        result = subprocess.run([self._server.program, "--lang", "en", *words, *remote], text=True,
                                capture_output=True, timeout=harness.CALL_SECONDS)
        check(result.returncode == code, f"{words}: {result.returncode}\n{result.stdout}"
                                         f"\n{result.stderr}")
        return result.stdout

    def fails(self, *words, code):
        """What is told on standard error."""
        result = subprocess.run([self._server.program, "--lang", "en", *words], text=True,
                                capture_output=True, timeout=harness.CALL_SECONDS)
        check(result.returncode == code, f"{words}: {result.returncode}\n{result.stderr}")
        return result.stderr


def caller(server, folder, role, subject):
    """A token of its own, drawn as an operator does; the server sees it within a second or two."""
    result = subprocess.run([server.program, "token", "--data", server.data, "--role", role,
                             "--subject", subject], text=True, capture_output=True, check=True)
    path = folder / f"{subject}.token"
    path.write_text(result.stdout.strip().split("\n")[-1])
    return Program(server, str(path))


def main(build):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with harness.Server(build) as server:
            # Tokens first, then a start, so that the server knows them for certain.
            operator = caller(server, folder, "OPERATOR", "olga")
            member = caller(server, folder, "MEMBER", "nouveau")
            reviewers = {who: caller(server, folder, "REVIEWER", who) for who in ("r-1", "r-2")}
            server.stop()
            server.start()

            operator.run("member", "register", "nouveau", "--display-name", "Nouveau",
                         "--kind", "PUBLISHER", "--url", "https://nouveau.example", "--fictional")
            for who in reviewers:
                operator.run("member", "reviewer", who)
            before = json.loads(operator.run("--json", "catalog", "show"))["revision"]

            # docs/members.md, "A first entry": the template alone.
            text = member.run("template", "ECOMMERCE", "--share", harness.SOURCE, offline=True)
            entry = folder / "entry.yaml"
            entry.write_text(harness.filled(text, "nouveau"))
            told = member.run("proposal", "check", str(entry), "--share", harness.SOURCE,
                              offline=True)
            check("nothing wrong" in told, told)
            # All mistakes at once, each once, with how to mend it.
            wrong = folder / "wrong.yaml"
            wrong.write_text(entry.read_text().replace("29.00 EUR", "29,00 EUR").replace(
                "kind: SOFTWARE_SAAS", "kind: SHOES"))
            told = member.fails("proposal", "check", str(wrong), "--share", harness.SOURCE, code=3)
            check(told.count("components[0].amount:") == 1 and "no comma" in told, told)
            check(told.count("  kind: ") == 1 and "(UNKNOWN_VALUE)" in told, told)
            told = member.run("insight", "preview", str(entry))
            check("ECOMMERCE  1 to 9 employees (MICRO): absent (ABSENT) -> ranked (RANKED), score "
                  in told and " of 100" in told, told)
            check("nothing is published under this name" in told and "- ->" not in told, told)
            # With problems: what it would change is not told, and the command says so.
            broken = folder / "broken.yaml"
            broken.write_text(entry.read_text().replace("need_ids: [", "need_ids: [NO_SUCH_NEED, "))
            told = member.run("insight", "preview", str(broken), code=3)
            check("UNKNOWN_NEED" in told or "NO_SUCH_NEED" in told, told)
            check("RANKED" not in told, told)
            told = member.run("proposal", "submit", str(entry), "--share", harness.SOURCE)
            check("IN_REVIEW" in told, told)
            proposal = told.split()[1]
            items = "ENTITLED TEXTS_PLAIN NEEDS_MET FEATURES_SEEN PRICE_COMPLETE SOURCES_READ " \
                    "CERTIFICATES_VALID CHECKED_BY_US DUPLICATES_SEEN"
            for who in reviewers.values():
                etag = next(line for line in who.run("review", "show", proposal).split("\n")
                            if line.startswith("etag ")).split()[1]
                answers = [word for item in items.split() for word in ("--answer", f"{item}=YES")]
                who.run("review", "approve", proposal, "--etag", etag, *answers)
            check(member.run("proposal", "status", proposal).startswith("APPROVED"), proposal)

            # Its own view.
            offering = "members/nouveau/offerings/online-workshop"
            told = member.run("insight", "show", offering)
            check("RANKED" in told and "C0" in told, told)
            check("before the quarter is over" in told, told)
            member.run("insight", "show", "members/atelier-numa/offerings/x", code=5)

            # What differs, and what stood before.
            told = operator.run("catalog", "diff", before)
            check(f"ADDED  {offering}" in told, told)
            now = operator.run("catalog", "offerings")
            then = operator.run("catalog", "offerings", "--revision", before)
            check(offering in now and offering not in then, "as it was")
            check(len(now.split("\n")) == len(then.split("\n")) + 1, "one more")

            # Export and import are inverse: nothing changes.
            out = folder / "all.jsonl"
            member.run("bulk", "export", "--member", "nouveau", "--out", str(out))
            told = member.run("bulk", "import", str(out), "--submit")
            check("1 unchanged" in told and "0 failed" in told, told)
            prices = folder / "prices.csv"
            member.run("bulk", "export", "--member", "nouveau", "--out", str(prices))
            prices.write_text(prices.read_text().replace("29.00 EUR", "31.00 EUR"))
            told = member.run("bulk", "import", str(prices), "--member", "nouveau", "--submit")
            check("1 proposals, of them 1 handed in" in told, told)

            # Coverage.
            rows = list(csv.DictReader(io.StringIO(operator.run("coverage", "--format", "csv"))))
            check(len(rows) % 72 == 0 and len(rows) > 0, len(rows))
            check(all((int(row["groups"]) < 3) == (row["gap"] == "1") for row in rows), "gaps")
            matrix = json.loads(operator.run("coverage", "--format", "json"))
            check(matrix["gap_count"] == sum(row["gap"] == "1" for row in rows), "gap count")
            check("To recruit" in operator.run("coverage", "--groups", "100", "--need",
                                               "ECOMMERCE"), "recruiting")

            # Equal treatment: the cases of the log, under pseudonyms.
            key = folder / "key"
            key.write_text("k" * 32)
            told = operator.run("treatment", "cases", "--key", str(key))
            check(len(told.strip().split("\n")) == 2 and "nouveau" not in told, told)

            # A backup of the running server, put back elsewhere after it has stopped.
            backups = folder / "backups"
            operator.run("backup", "create", "--to", str(backups))
            told = operator.run("backup", "list", str(backups), offline=True)
            check(told.startswith("1  "), told)
            operator.run("backup", "verify", str(backups), offline=True)
            server.stop()
            data = pathlib.Path(server.data)
            other = folder / "other"
            operator.run("backup", "restore", str(backups), "--data", str(other), "--log-key",
                         str(data / "keys" / "log.key"), code=2 + 5, offline=True)
            told = operator.run("backup", "restore", str(backups), "--data", str(other),
                                "--log-key", str(data / "keys" / "log.key"), "--accept-loss",
                                "a drill", offline=True)
            check("the log tells of the loss" in told, told)
            operator.run("fsck", "--data", str(other), "--rebuild", offline=True)
            server.start()
    print("walked")


if __name__ == "__main__":
    main(sys.argv[1])
