#!/usr/bin/env python3
"""Every format of `bulk import`, end to end with the program alone: what is read from a file of it
is handed in, approved, exported, and imported again without a difference.

Then into the directory of a stopped server: where a catalogue is, `import` makes proposals.
"""

import json
import pathlib
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from keeping_cli_test import caller, check, harness  # noqa: E402

DATA = pathlib.Path(harness.SOURCE) / "tests" / "import" / "testdata"
ITEMS = ("ENTITLED TEXTS_PLAIN NEEDS_MET FEATURES_SEEN PRICE_COMPLETE SOURCES_READ "
         "CERTIFICATES_VALID CHECKED_BY_US DUPLICATES_SEEN").split()
ANSWERS = [word for item in ITEMS for word in ("--answer", f"{item}=YES")]


def approve_all(reviewers):
    """Each reviewer decides what waits, oldest first; how many verdicts were given."""
    verdicts = 0
    for _ in range(100):
        before = verdicts
        for who in reviewers:
            waiting = who.run("review", "queue").split("\n")[0].split()
            if not waiting or waiting[0] != "IN_REVIEW":
                continue
            etag = next(line for line in who.run("review", "show", waiting[1]).split("\n")
                        if line.startswith("etag ")).split()[1]
            check('"' not in etag, etag)
            # As it is printed, which a shell leaves as it is, or as the API has it.
            etag = etag if verdicts % 2 == 0 else f'"{etag}"'
            who.run("review", "approve", waiting[1], "--etag", etag, *ANSWERS)
            verdicts += 1
        if verdicts == before:
            return verdicts
    raise AssertionError("reviews without end")


def rows_of(member, told):
    """The rows of the import that `told` is about."""
    name = next(line for line in told.split("\n") if line.startswith("operations/import."))
    check(member.run("operation", "wait", name).startswith("DONE  "), name)
    return [json.loads(row) for row in member.run("--json", "bulk", "rows", name).splitlines()]


def published(member, folder, name="all.jsonl"):
    out = folder / name
    member.run("bulk", "export", "--member", "formats", "--out", str(out))
    return {json.loads(line)["id"]: json.loads(line) for line in out.read_text().splitlines()}


def check_mistakes(member, folder, address, text):
    """Of a file that is wrong in many ways everything is told, each thing once."""
    def problems(wrong):
        path = folder / "wrong.yaml"
        path.write_text(wrong)
        return member.fails("proposal", "check", str(path), "--share", harness.SOURCE, code=3)

    # A hidden character hides no other mistake, in a title or in a comment.
    told = problems(text.replace("Online workshop", "Online \u202eworkshop").replace(
        "29.00 EUR", "29,00 EUR").replace("kind: SOFTWARE_SAAS", "kind: SHOES") + "\n# \u202e\n")
    check(told.count("components[0].amount: ") == 1 and told.count("  kind: ") == 1, told)
    check(told.count("(HIDDEN_CHARACTER)") == 2 and told.count("title.en: ") == 1, told)
    # The id of the template, which could never be changed; a text in one language.
    told = problems(text.replace("id: online-workshop", "id: mon-produit").replace(
        ', en: "Online workshop"', "").replace(', en: "A whole workshop, online."', ""))
    check(told.count("  id: ") == 1 and told.count("(PLACEHOLDER)") == 1, told)
    check(told.count("title.en: ") == 1 and told.count("short_description.en: ") == 1, told)
    check(told.count("(MISSING)") == 2, told)
    (folder / "wrong.yaml").write_text(text.replace("id: online-workshop", "id: my-product"))
    told = member.fails("proposal", "submit", str(folder / "wrong.yaml"), "--share",
                        harness.SOURCE, "--server", address, "--token-file",
                        str(folder / "formats.token"), code=3)
    check("PLACEHOLDER" in told and "my-product" in told, told)


def main(build):
    with tempfile.TemporaryDirectory() as name, harness.Server(build) as server:
        folder = pathlib.Path(name)
        operator = caller(server, folder, "OPERATOR", "olga")
        member = caller(server, folder, "MEMBER", "formats")
        reviewers = [caller(server, folder, "REVIEWER", who) for who in ("r-1", "r-2")]
        server.stop()
        server.start()
        operator.run("member", "register", "formats", "--display-name", "Formats", "--kind",
                     "PUBLISHER", "--url", "https://formats.example", "--contact",
                     "CATALOGUE=catalogue@formats.example", "--family", "ECOMMERCE", "--fictional")
        for who in ("r-1", "r-2"):
            operator.run("member", "reviewer", who)

        # The project's own YAML and JSON, with a price that has steps.
        template = member.run("template", "ECOMMERCE", "--share", harness.SOURCE, offline=True)
        lines = [line for line in harness.filled(template, "formats").split("\n")
                 if line.strip() and not line.startswith("#")]
        check_mistakes(member, folder, server.address, harness.filled(template, "formats"))
        own = folder / "own.yaml"
        own.write_text("offerings:\n- " + "\n  ".join(lines) + "\n")
        entry = json.loads(member.run("bulk", "import", str(own), "--dry-run", offline=True))
        entry["pricing"]["components"].append({
            "model": "TIERED", "metric": "EMAILS_MONTH", "period": "MONTH",
            "label": {"fr": "Courriels", "en": "E-mails"},
            "tiers": [{"up_to": 1000, "unit_price": "0.00 EUR"}, {"unit_price": "0.002 EUR"}]})
        stepped = folder / "stepped.json"
        stepped.write_text(json.dumps({"offerings": [entry]}))
        told = member.run("bulk", "import", str(stepped), "--submit")
        check("1 proposals, of them 1 handed in" in told, told)
        check(rows_of(member, told)[0]["outcome"] == "SUBMITTED", told)

        # publiccode.yml and Pricing2Yaml.
        told = member.run("bulk", "import", str(DATA / "publiccode.yml"), "--format", "publiccode",
                          "--read-on", "2026-08-01", "--member", "formats", "--share",
                          harness.SOURCE, "--submit")
        check("1 proposals" in told and "0 failed" in told, told)
        free = rows_of(member, told)
        check(free[0]["outcome"] == "SUBMITTED", free)
        told = member.run("bulk", "import", str(DATA / "pricings.json"), "--format", "pricing2yaml",
                          "--mapping", str(DATA / "saas_mapping.yaml"), "--member", "formats",
                          "--share", harness.SOURCE, "--submit")
        tariffs = rows_of(member, told)
        check(len(tariffs) > 1 and all(row["outcome"] == "SUBMITTED" for row in tariffs), tariffs)
        approve_all(reviewers)
        entries = published(member, folder)
        check(len(entries) == 1 + len(free) + len(tariffs), sorted(entries))

        # What is written is read, and nothing differs; in each form, and of a past revision too.
        revision = json.loads(member.run("--json", "catalog", "show"))["revision"]
        for form in ("all.yaml", "all.json", "all.jsonl"):
            member.run("bulk", "export", "--member", "formats", "--revision", revision, "--out",
                       str(folder / form))
            told = member.run("bulk", "import", str(folder / form), "--submit")
            check(f"{len(entries)} unchanged" in told and "0 proposals" in told, told)
        member.run("bulk", "export", "--member", "formats", "--out", str(folder / "same.csv"))
        told = member.run("bulk", "import", str(folder / "same.csv"), "--member", "formats",
                          "--submit")
        check("0 proposals" in told and "0 failed" in told, told)

        # A price list with steps: one becomes dearer, and there is one more.
        prices = (folder / "same.csv").read_text()
        old = next(line for line in prices.split("\n") if line.startswith("online-workshop,")
                   and "0.002 EUR" in line)
        new = old.split(",")
        number, dear = int(new[2]), ["0.003 EUR" if cell == "0.002 EUR" else cell for cell in new]
        dear[prices.split("\n")[0].split(",").index("up_to")] = "5000"
        new[2] = str(number + 1)
        (folder / "new.csv").write_text(prices.replace(old, ",".join(dear) + "\n" + ",".join(new)))
        told = member.run("bulk", "import", str(folder / "new.csv"), "--member", "formats",
                          "--submit")
        check("1 proposals, of them 1 handed in" in told, told)
        check(approve_all(reviewers) > 0, "nobody was drawn")
        tiers = published(member, folder)["online-workshop"]["pricing"]["components"][-1]["tiers"]
        check([tier["unit_price"] for tier in tiers] == ["0.00 EUR", "0.003 EUR", "0.002 EUR"],
              tiers)
        check(tiers[1]["up_to"] == 5000, tiers)

        # Cancelled: nothing more is taken, and what is there says so.
        told = member.run("operation", "list")
        done = told.split("\n")[0].split()[1]
        check(member.run("operation", "cancel", done).startswith("DONE  "), "done stays done")

        # Into the directory itself, while no server runs on it: what differs becomes proposals,
        # whose members are registered where they are not; done again it does nothing again.
        server.stop()
        copy = folder / "catalog"
        shutil.copytree(pathlib.Path(harness.SOURCE) / "catalog" / "sample", copy)
        changed = sorted((copy / "offerings").iterdir())[0]
        text = changed.read_text()
        title = re.search(r'title: \{fr: "([^"]*)"', text).group(1)
        changed.write_text(text.replace(f'{{fr: "{title}"', f'{{fr: "{title} bis"', 1))
        command = ["import", "--data", server.data, "--catalog", str(copy), "--share",
                   harness.SOURCE, "--submit"]
        told = operator.run(*command, offline=True)
        counts = [[int(number) for number in re.findall(r"(\d+) [a-z]", line)]
                  for line in told.split("\n") if line.startswith("members/")]
        check(len(counts) > 50, told)
        check(sum(row[1] for row in counts) == 1 and sum(row[4] for row in counts) == 0, told)
        check(sum(row[3] for row in counts) == sum(row[0] for row in counts) - 1, told)
        told = operator.run(*command, offline=True)
        operator.run("fsck", "--data", server.data, "--rebuild", offline=True)
        server.start()
        waiting = [line for who in reviewers for line in who.run("review", "queue").split("\n")
                   if line]
        check(len(set(waiting)) == 1, waiting)
    print("formats: own YAML and JSON, publiccode.yml, Pricing2Yaml, CSV with steps")


if __name__ == "__main__":
    main(sys.argv[1])
