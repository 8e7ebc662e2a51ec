#!/usr/bin/env python3
"""The proof over the sample as a whole, as docs/neutrality.md gives it: 1,000 permutations of the
stored bytes, every firm of the sample, fees included. Checks the verdict and all that is printed.
Prints how long it took; no time is asserted.

    tests/neutrality/prove_the_sample.py PROGRAM ROOT
"""

import json
import os
import re
import subprocess
import sys
import time

RUNS = 1000
FEW = 12
# What is exchanged, as the command names it, and how often it must have moved at least in a run.
EXCHANGED = {
    'members: name, SIREN, country, kind, site, description': 100,
    'members: size, seniority, dates': 100,
    'fees (in their own ledger)': 30,
    'who offers what, within one ownership group': 10,
    'offerings: names, titles, pages, keys, numbers': 500,
    'texts, sources, labels': 1000,
    'dates of review and publication, revisions': 500,
    'order of the catalogue and lists': 1000,
    'UUIDs drawn anew': 50,
}
FRENCH = ('cotisations (registre à part)', 'NEUTRE : aucun octet ne diffère', 'ni cotisation',
          'permutations du catalogue', 'graine', 'règles', 'décisions')


class Failed(Exception):
    """What was expected and is not so."""


def expect(condition, what):
    """Ends the test with `what` unless the condition holds."""
    if not condition:
        raise Failed(what)


def prove(program, root, runs, *options):
    """What the command prints about a proof that must pass."""
    result = subprocess.run(
        [program, *options[:2], 'neutrality', 'prove', '--sample', '--runs', str(runs), '--share',
         root, '--as-of', '2026-11-24', '--ledger',
         os.path.join(root, 'tests/sample/fee_ledger.yaml'), *options[2:]],
        capture_output=True, text=True, check=False)
    expect(result.returncode == 0, f'{result.returncode}: {result.stdout}{result.stderr}')
    return result.stdout.replace('\u00a0', ' ')


def check_text(told, firms):
    """The English text of the whole proof."""
    for title, least in EXCHANGED.items():
        row = re.search(re.escape(title) + r' +(\d+)\n', told)
        expect(row is not None, f'{title} is told: {told}')
        expect(int(row.group(1)) >= least * RUNS, f'{title}: at least {least} a run: {told}')
    expect(f'{RUNS} permutations of the catalogue, {firms} requests decided anew on each: '
           f'{RUNS * firms} decisions' in told, told)
    anew = re.search(r'\((\d+) of them with other UUIDs', told)
    expect(anew is not None and int(anew.group(1)) == RUNS // 4 * firms, told)
    threads = re.search(r'On 1 / 2 / 3 / 4 threads: (\d+) / (\d+) / (\d+) / (\d+)\.', told)
    expect(threads is not None and [int(n) for n in threads.groups()] == [RUNS // 4] * 4, told)
    expect(f'change by change: {RUNS // 3} permutations' in told, told)
    shown = re.search(r'(\d+) answers as shown, on (\d+)\s+pages', told)
    expect(shown is not None and int(shown.group(1)) >= RUNS // 10 * firms
           and int(shown.group(2)) > 0, told)
    expect(re.search(r'^seed +1$', told, re.M), told)
    for digest in ('catalogue', 'rulebook', 'decisions'):
        expect(re.search(rf'^{digest} +[0-9a-f]{{64}}$', told, re.M), f'{digest}: {told}')
    expect('NEUTRAL: not one byte differs.' in told and 'and no fee,' in told, told)


def main():
    """Runs it; status 1 where something is not so."""
    program, root = sys.argv[1:3]
    profiles = os.path.join(root, 'catalog/sample/profiles')
    firms = len([name for name in os.listdir(profiles) if name.endswith('.yaml')])
    try:
        expect(firms >= 25, f'{firms} firms')
        begin = time.monotonic()
        whole = prove(program, root, RUNS, '--lang', 'en')
        seconds = time.monotonic() - begin
        check_text(whole, firms)
        # A few runs by the same seed speak of the same bytes and come to the same decisions.
        few = json.loads(prove(program, root, FEW, '--lang', 'en', '--json'))
        expect(few['neutral'] is True and few['difference_count'] == 0, f'{few}')
        for field, title in (('stored_digest', 'catalogue'), ('rulebook_digest', 'rulebook'),
                             ('outcome_digest', 'decisions')):
            expect(re.search(rf'^{title} +{few[field]}$', whole, re.M), f'{field}: {few}\n{whole}')
        french = prove(program, root, FEW, '--lang', 'fr')
        for words in FRENCH:
            expect(words in french, f'{words}: {french}')
    except Failed as failure:
        print(failure)
        return 1
    print(f'{RUNS} permutations, {RUNS * firms} decisions: neutral ({seconds:.1f} s)')
    return 0


if __name__ == '__main__':
    sys.exit(main())
