#!/usr/bin/env python3
"""Checks the schema of entries with a validator that nobody here wrote (python3-jsonschema).

Every entry of the sample catalogue must be valid, and each of a list of mistakes must not be.
Without the validator the test says so and is skipped (77).
"""

import argparse
import copy
import json
import os
import shutil
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--source", required=True)
    arguments = parser.parse_args()
    try:
        import jsonschema
    except ImportError:
        # Another Python of this machine may have it.
        other = shutil.which("python3")
        if other is None or os.path.realpath(other) == os.path.realpath(sys.executable):
            print("python3-jsonschema is not installed")
            return 77
        return subprocess.run([other, "-B", *sys.argv], check=False).returncode

    def run(what):
        return subprocess.run([arguments.program, what], cwd=arguments.source, check=True,
                              text=True, capture_output=True).stdout

    schema = json.loads(run("schema"))
    jsonschema.Draft7Validator.check_schema({k: v for k, v in schema.items() if k != "$schema"})
    # Draft 2020-12 where the validator knows it; what the schema uses means the same in draft 7,
    # but for siblings of $ref, of which it has none that matter.
    kind = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)
    validator = kind(schema)
    entries = [json.loads(line) for line in run("sample").splitlines()]
    assert len(entries) > 50, len(entries)
    for entry in entries:
        errors = [e.message for e in validator.iter_errors(entry)]
        assert not errors, (entry["id"], errors[:3])

    mistakes = {
        "no member": lambda e: e.pop("member"),
        "an unknown field": lambda e: e.update(colour="red"),
        "an unknown kind": lambda e: e.update(kind="SOFTWARE"),
        "a field that the catalogue writes": lambda e: e.update(state="PUBLISHED"),
        "an amount without a currency":
            lambda e: e.update(pricing={"components": [{"model": "FLAT", "amount": "29.00"}]}),
        "a number for a text": lambda e: e.update(title={"fr": 1, "en": "x"}),
        "a text for a yes": lambda e: e.update(offline="yes"),
        "a bad date": lambda e: e.update(claims_valid_to="31/12/2026"),
        "a bad level": lambda e: e.update(features={"CRM": {"x": "MAYBE"}}),
        "an unknown region": lambda e: e.update(coverage={"regions": ["FR-XYZ"]}),
        "an id with capitals": lambda e: e.update(id="Shop"),
        "a list for a map": lambda e: e.update(support=[]),
    }
    for name, mistake in mistakes.items():
        entry = copy.deepcopy(entries[0])
        mistake(entry)
        assert not validator.is_valid(entry), name
    print(f"{len(entries)} entries valid, {len(mistakes)} mistakes refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
