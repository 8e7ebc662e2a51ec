#!/usr/bin/env python3
"""`bulk import` again: nothing is passed over without a word.

The same file once without and once with --submit; after what stood in the way is gone; another file
under the id of an earlier one; an id that was cancelled.
"""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from keeping_cli_test import caller, check, harness  # noqa: E402


def state_of(member, proposal):
    return member.run("proposal", "status", proposal).split()[0]


def main(build):
    with tempfile.TemporaryDirectory() as name, harness.Server(build) as server:
        folder = pathlib.Path(name)
        operator = caller(server, folder, "OPERATOR", "olga")
        member = caller(server, folder, "MEMBER", "encore")
        server.stop()
        server.start()
        operator.run("member", "register", "encore", "--display-name", "Encore", "--kind",
                     "PUBLISHER", "--url", "https://encore.example", "--fictional")
        template = member.run("template", "CRM", "--share", harness.SOURCE, offline=True)
        lines = [line for line in harness.filled(template, "encore").split("\n")
                 if line.strip() and not line.startswith("#")]
        one = folder / "one.yaml"
        one.write_text("offerings:\n- " + "\n  ".join(lines) + "\n")
        entry = json.loads(member.run("bulk", "import", str(one), "--dry-run", offline=True))

        def write(path, *entries):
            (folder / path).write_text("\n".join(json.dumps(dict(entry, **part))
                                                 for part in entries))
            return str(folder / path)

        def rows_of(told):
            told = member.run("--json", "bulk", "rows", told.split("\n")[0])
            return [json.loads(row) for row in told.splitlines()]

        # Read without --submit, then handed in: the same drafts, and none beside them.
        two = write("two.jsonl", {"id": "first"}, {"id": "second"})
        told = member.run("bulk", "import", two)
        check("2 proposals, of them 0 handed in" in told, told)
        drafts = [row["proposal"] for row in rows_of(told)]
        check([state_of(member, one) for one in drafts] == ["DRAFT", "DRAFT"], drafts)
        told = member.run("bulk", "import", two, "--submit")
        check("2 proposals, of them 2 handed in" in told, told)
        check("DRAFT" not in [state_of(member, one) for one in drafts], drafts)
        check(len(member.run("proposal", "status", "members/encore").strip().split("\n")) == 2,
              "one proposal for each row")
        told = member.run("bulk", "import", two, "--submit")
        check("2 proposals, of them 2 handed in" in told, told)

        # What is in review stands in the way; taken back, the same command hands in.
        title = dict(entry["title"], en="Another title")
        other = write("other.jsonl", {"id": "first", "title": title})
        told = member.run("bulk", "import", other, "--submit", code=3)
        check("PROPOSAL_OPEN" in told and "of them 0 handed in" in told, told)
        told = member.run("bulk", "import", other, "--submit", code=3)
        check("PROPOSAL_OPEN" in told, told)
        member.run("proposal", "withdraw", drafts[0])
        told = member.run("bulk", "import", other, "--submit")
        check("PROPOSAL_OPEN" not in told and "1 proposals, of them 1 handed in" in told, told)

        # One bad row of five, mended in the same file: the same command hands in that row, by the
        # draft it has, and passes over the four that are in review.
        count = len(member.run("proposal", "status", "members/encore").strip().split("\n"))
        good = [{"id": f"five-{number}"} for number in range(4)]
        told = member.run("bulk", "import", write("five.jsonl", *good, {
            "id": "five-4", "need_ids": ["CRM", "NO_SUCH_NEED"]}), "--submit", code=3)
        check("5 proposals, of them 4 handed in" in told, told)
        left = rows_of(told)[4]["proposal"]
        check(state_of(member, left) == "DRAFT", told)
        for mended in ({"id": "five-4"}, {"id": "five-4"}, {"id": "five-4", "title": title}):
            changed = "title" in mended
            told = member.run("bulk", "import", write("five.jsonl", *good, mended), "--submit",
                              code=3 if changed else 0)
            if changed:
                check("4 unchanged (of them already handed in: 4), 1 failed" in told
                      and "PROPOSAL_OPEN" in told, told)
            else:
                check("1 proposals, of them 1 handed in; 4 unchanged (of them already handed in: 4)"
                      ", 0 failed" in told, told)
                check(rows_of(told)[4]["proposal"] == left, "the draft is used again")
                told = member.run("bulk", "rows", told.split("\n")[0])
                check(told.count("unchanged: already handed in, members/encore/proposals/") == 4,
                      told)
            check(state_of(member, left) != "DRAFT", told)
            listed = member.run("proposal", "status", "members/encore").strip().split("\n")
            check(len(listed) == count + 5 and not any("DRAFT" in line for line in listed),
                  "\n".join(listed))

        # Read twice without --submit: the draft takes the later text.
        told = member.run("bulk", "import", write("mine.jsonl", {"id": "mine"}))
        mine = rows_of(told)[0]["proposal"]
        told = member.run("bulk", "import", write("mine.jsonl", {"id": "mine", "title": title}))
        check(rows_of(told)[0]["proposal"] == mine, told)
        check("Another title" in member.run("--json", "proposal", "status", mine), "its text")

        # An id is of one file.
        member.run("bulk", "import", write("a.jsonl", {"id": "a"}), "--import-id", "june")
        for file in (write("more.jsonl", {"id": "a"}, {"id": "b"}), write("b.jsonl", {"id": "b"}),
                     write("c.jsonl", {"id": "a", "title": title})):
            told = member.fails("bulk", "import", file, "--import-id", "june", "--server",
                                server.address, "--token-file", str(folder / "encore.token"),
                                code=3)
            check("another file" in told, told)
        told = member.run("bulk", "import", str(folder / "a.jsonl"), "--import-id", "june",
                          "--submit")
        check("1 proposals, of them 1 handed in" in told, told)

        # A row with a problem stays a draft, and the command says that it is not handed in.
        needs = {"id": "bad", "need_ids": ["CRM", "NO_SUCH_NEED"]}
        told = member.run("bulk", "import", write("bad.jsonl", {"id": "good"}, needs), "--submit",
                          code=3)
        check("2 proposals, of them 1 handed in" in told and "UNKNOWN_NEED" in told, told)
        check("1  DRAFTED" in told, told)
    print("bulk import again: handed in, tried again, refused for another file")


if __name__ == "__main__":
    main(sys.argv[1])
