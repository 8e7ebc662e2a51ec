#!/usr/bin/env python3
"""`aplomb import` as its user sees it: what is refused, what is printed, what is kept apart."""

import json
import os
import re
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(SOURCE, 'tests', 'import', 'testdata')
SAAS = ['--pricing2yaml', os.path.join(DATA, 'pricings.json'), '--saas-mapping',
        os.path.join(DATA, 'saas_mapping.yaml')]
LIST = ['--selfhosted', os.path.join(DATA, 'selfhosted.json'), '--selfhosted-mapping',
        os.path.join(DATA, 'selfhosted_mapping.yaml')]
REFUSED = 3


def main():
    program = os.path.join(sys.argv[1], 'bin', 'aplomb')
    failed = []

    def check(holds, what):
        if not holds:
            failed.append(what)

    with tempfile.TemporaryDirectory(prefix='aplomb-import-') as folder:
        store = os.path.join(folder, 'store')

        def run(*arguments, lang='fr'):
            return subprocess.run(
                [program, '--lang', lang, 'import', '--data', store, '--share', SOURCE, *arguments],
                capture_output=True, text=True, check=False)

        def told(name, content):
            path = os.path.join(folder, name)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(content)
            return path

        empty = told('empty.json', '')
        nothing = told('nothing.json', '{}')
        broken = told('broken.json', '[{"saasName": "A",')
        again = ['--prices-read-on', '2026-10-12']
        # name, arguments, French, English
        refusals = [
            ('an empty file', ['--pricing2yaml', empty], 'aucune offre à reprendre',
             'no offering to take over'),
            ('{}', ['--pricing2yaml', nothing], 'aucune offre à reprendre',
             'no offering to take over'),
            ('a mapping that fits nothing',
             [*SAAS[:2], '--saas-mapping', os.path.join(DATA, 'selfhosted_mapping.yaml')],
             'aucune offre à reprendre', 'no offering to take over'),
            ('broken JSON', ['--pricing2yaml', broken], 'syntaxe JSON', 'JSON syntax'),
            ('a list without a day', LIST, 'demande --read-on', 'needs --read-on'),
            ('a file of publiccode without a day',
             ['--publiccode', os.path.join(DATA, 'publiccode.yml')], 'demande --read-on',
             'needs --read-on'),
            ('a day that is none', [*LIST, '--read-on', 'août'], "n'est pas un jour",
             'is not a day'),
            ('a day to come', [*LIST, '--read-on', '2999-01-01'], "n'est pas encore venu",
             'has not come yet'),
            ('prices read by nobody', [*SAAS, *again], 'vont ensemble', 'go together'),
            ('prices of no tariff', [*LIST, '--read-on', '2026-08-21', *again, '--prices-read-by',
                                     'R'], 'vont ensemble', 'go together'),
        ]
        for name, arguments, fr, en in refusals:
            for lang, says in (('fr', fr), ('en', en)):
                result = run(*arguments, lang=lang)
                check(result.returncode == REFUSED and says in result.stderr,
                      f'{name}, {lang}: {result.returncode} {result.stderr}')
                check(not os.path.exists(store), f'{name}: a directory was begun')

        report = os.path.join(folder, 'report.json')
        both = [*SAAS, *LIST, '--read-on', '2026-08-21', '--report', report]
        for lang, total in (
                ('fr', 'Total : 13 enregistrements lus : 1 importé, 5 partiels, 7 refusés'),
                ('en', 'Total: 13 records read: 1 imported, 5 partial, 7 refused')):
            for all_ in ([], ['--all']):
                lines = run(*both, *all_, '--dry-run', lang=lang).stdout.splitlines()
                check([lines[0], lines[-1]] == [total, total], f'{lang} {all_}: {lines}')
                check(max(map(len, lines)) <= 100, f'{lang} {all_}: {max(map(len, lines))} columns')
        check(not os.path.exists(store), 'a dry run wrote')
        with open(report, encoding='utf-8') as file:
            records = [record for one in json.load(file) for record in one['records']]
        every = run(*both, '--all', '--dry-run').stdout
        for record in records:
            check(record['key'] in re.sub(r'\s+', ' ', every), f"{record['key']} is not told")
        check(len(records) == 13, f'{len(records)} records')

        # What was refused stood in nobody's way; the second import of the same makes proposals.
        check(run(*both).returncode == 0, 'the right import is refused')
    for what in failed:
        print(what)
    print('import:', 'failed' if failed else 'as its user sees it')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
