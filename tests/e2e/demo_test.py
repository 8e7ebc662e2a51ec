#!/usr/bin/env python3
"""deploy/demo --once with the programs of a build, in both languages: it ends by itself with status
0, shows what it promises, and leaves nothing behind.

    tests/e2e/demo_test.py BUILD_DIRECTORY
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 120

# What each language must show, in this order.
SHOWN = {
    'fr': [
        r'listening on 127\.0\.0\.1:\d+',
        r'Boutique en ligne',
        r'Rang +Note +Offre \(fournisseur\) +36 mois HT',
        r'Critère +Demandé +Constat +Valeur +Poids +Points',
        r'Somme +100,00\s% +\d+,\d\d',
        r'Coût sur 36 mois',
        r'\nÀ confirmer\n',
        r'\nÉcartées\n',
        r'Base légale',
        r'verdict: .*\(10\)',
        r'verdict: INVALID \(40\)',
        r'identical, byte for byte',
        r'Cette offre est écartée',
        r'Pour atteindre les trois premières places',
        r'rulebooks/base/revisions/\d+',
        r'feuilles recalculées',
        r'verdict: .*\(10\)',
    ],
    'en': [
        r'listening on 127\.0\.0\.1:\d+',
        r'Online shop',
        r'Rank +Score +Offering \(supplier\)',
        r'Sum +100\.00\s?% +\d+\.\d\d',
        r'\nTo confirm\n',
        r'\nExcluded\n',
        r'verdict: .*\(10\)',
        r'verdict: INVALID \(40\)',
        r'identical, byte for byte',
        r'This offering is excluded',
        r'three places',
        r'rulebooks/base/revisions/\d+',
        r'verdict: .*\(10\)',
    ],
}


def demo(build, folder, *options):
    return subprocess.Popen(
        [ROOT / 'deploy/demo', '--built', build / 'bin', *options], cwd=ROOT,
        env={**os.environ, 'TMPDIR': folder, 'LC_ALL': 'C'}, text=True, encoding='utf-8',
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def missing_of(text, patterns):
    """The first pattern that does not come after those before it."""
    at = 0
    for pattern in patterns:
        found = re.compile(pattern).search(text, at)
        if found is None:
            return pattern
        at = found.end()
    return None


def check_once(build, language):
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        process = demo(build, folder, '--once', '--lang', language)
        text, _ = process.communicate(timeout=SECONDS_MAX)
        missing = missing_of(text, SHOWN[language])
        if process.returncode != 0:
            failures.append(f'status {process.returncode}')
        if missing is not None:
            failures.append(f'not shown, or not in its place: {missing}')
        digests = re.findall(r'result sha256 ([0-9a-f]{64})\n', text)
        if len(digests) != 2 or digests[0] != digests[1]:
            failures.append(f'the same question has two results: {digests}')
        # Of the lines for people; a name of a resource is one word, however long.
        long = [line for line in text.split('\n# 9.')[0].splitlines()
                if len(line) > 100 and max(map(len, line.split())) < 60
                and not line.startswith(('# ', '$ '))]
        if long:
            failures.append(f'wider than 100 columns: {long[0]}')
        if os.listdir(folder):
            failures.append(f'left behind: {os.listdir(folder)}')
        if failures:
            print(text)
    return [f'--lang {language}: {failure}' for failure in failures]


def check_goes_on(build):
    """Without --once it goes on serving until it is told to end, and then leaves nothing either."""
    with tempfile.TemporaryDirectory() as folder:
        process = demo(build, folder)
        address = None
        text = ''
        for line in process.stdout:
            text += line
            if line.startswith('listening on '):
                address = line.split()[-1]
            if line.startswith('From another terminal'):
                break
        data = next(pathlib.Path(folder).glob('*/data'), None)
        if address is None or data is None:
            process.kill()
            return [f'it did not come to serve:\n{text}']
        needs = subprocess.run([build / 'bin/aplomb', 'needs', '--data', data], text=True,
                               capture_output=True, check=False, timeout=SECONDS_MAX)
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        process.wait(timeout=SECONDS_MAX)
        failures = []
        if needs.returncode != 0 or 'ECOMMERCE' not in needs.stdout:
            failures.append(f'the server that goes on does not answer: {needs}')
        deadline = time.monotonic() + SECONDS_MAX
        while os.listdir(folder) and time.monotonic() < deadline:
            time.sleep(0.1)
        if os.listdir(folder):
            failures.append(f'left behind after SIGTERM: {os.listdir(folder)}')
        return failures


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    failures = check_once(build, 'fr') + check_once(build, 'en') + check_goes_on(build)
    for failure in failures:
        print('FAILED', failure)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
