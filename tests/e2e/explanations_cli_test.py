"""Every explanation, the notice and the report through the command, in both languages.

The program answers from a server over gRPC; what it prints is looked at here: something for each
kind, in the language asked for, within 100 columns, and the exit code where it must not answer.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

from harness import SOURCE, Server, check

KERVADEL = 'members/kervadel/offerings/boutique-tout-compris'
QUERSOLIN = 'members/quersolin/offerings/boutique-a-la-commission'
LIRANDEL = 'members/lirandel/offerings/boutique-discrete'
COLUMNS = 100

# Words that each kind must say, in French and in English.
KINDS = [
    (['explain', 'why-not', '{name}', LIRANDEL], 'est écartée', 'is excluded'),
    (['explain', 'why-not', '{name}', KERVADEL], 'points sur 100', 'points of 100'),
    (['explain', 'compare', '{name}', KERVADEL, QUERSOLIN], "L'offre A obtient", 'Offering A gets'),
    (['explain', 'what-if', '{name}', LIRANDEL, '--side', 'offering'], 'dans l\'offre',
     'in the offering'),
    (['explain', 'what-if', '{name}', QUERSOLIN, '--goal', 'first', '--side', 'firm'],
     'premier rang', 'first rank'),
    (['explain', 'what-if', '{name}', LIRANDEL, '--side', 'weights'], 'Impossible', 'Impossible'),
    (['explain', 'stability', '{name}'], 'Le résultat tient-il', 'Does the result hold'),
    (['explain', 'unknowns', '{name}'], 'Les trois premières offres', 'first three offerings'),
    (['explain', 'repair', '{name}'], "rien à abandonner", 'nothing to give up'),
    (['explain', 'plan', '{name}'], 'Le chemin', 'The path'),
    (['notice'], 'Comment les offres sont classées', 'How offerings are ranked'),
    (['notice', '--html'], '<html lang="fr">', '<html lang="en">'),
    (['report', '{name}'], '<html lang="fr">', '<html lang="en">'),
]

# What must not be answered: the exit codes of docs/cli.md, and a word of the message.
REFUSALS = [
    (['explain', 'why-not', '{name}', 'members/nobody/offerings/nothing'], 4, 'RESOURCE_NOT_FOUND'),
    (['explain', 'why-not', '{name}', KERVADEL, '--need', 'CRM'], 3, 'need_id'),
    (['explain', 'compare', '{name}', KERVADEL, KERVADEL], 3, 'offering_b'),
    (['explain', 'plan', 'engagements/e-not-mine/recommendations/r'], 5, 'NOT_OWNER'),
    (['explain', 'plan', 'engagements/-'], 3, 'name'),
    (['notice', 'rulebooks/base/revisions/999999'], 4, 'RESOURCE_NOT_FOUND'),
]


def run(server, arguments, expected=0, token_file=None):
    """What the command prints; standard error where it fails."""
    done = subprocess.run(
        [server.program, *arguments, '--server', server.address,
         '--token-file', token_file or server.token_file],
        capture_output=True, text=True, timeout=60, check=False)
    check(done.returncode == expected,
          f'aplomb {arguments}: exit code {done.returncode}, not {expected}\n{done.stderr}')
    return done.stdout if expected == 0 else done.stderr


def fill(arguments, name):
    return [argument.replace('{name}', name) for argument in arguments]


def check_texts(server, name):
    for arguments, french, english in KINDS:
        for language, word in (('fr', french), ('en', english)):
            text = run(server, ['--lang', language, *fill(arguments, name)])
            check(word in text, f'{arguments} in {language} does not say "{word}":\n{text}')
            if '<html' in text:
                continue
            wide = [line for line in text.splitlines() if len(line) > COLUMNS]
            check(not wide, f'{arguments} in {language}: wider than {COLUMNS} columns: {wide}')
        if '--html' not in arguments:
            json.loads(run(server, ['--json', *fill(arguments, name)]))


def check_refusals(server, name):
    for arguments, code, word in REFUSALS:
        error = run(server, fill(arguments, name), expected=code)
        check(word in error, f'{arguments} does not say {word}: {error}')


def check_pdf(server, name, folder):
    """The report as PDF, by the tool that docs/DEPENDENCIES.md keeps; false where it is missing."""
    if shutil.which('weasyprint') is None:
        return False
    for language in ('fr', 'en'):
        path = os.path.join(folder, f'report-{language}.pdf')
        run(server, ['--lang', language, 'report', name, '--out', path])
        with open(path, 'rb') as file:
            content = file.read()
        check(content.startswith(b'%PDF-') and len(content) > 20_000, f'{path} is no document')
        pages = subprocess.run(['pdftotext', '-layout', path, '-'], capture_output=True, text=True,
                               check=False) if shutil.which('pdftotext') else None
        if pages is not None and pages.returncode == 0:
            word = 'Coût complet' if language == 'fr' else 'All-in cost'
            check(word in pages.stdout, f'{path} does not say "{word}"')
    return True


def main(build):
    with Server(build) as server, tempfile.TemporaryDirectory() as folder:
        firm = os.path.join(SOURCE, 'catalog', 'sample', 'profiles', 'boulangerie-rhone.yaml')
        name = server.cli('recommend', '--profile', firm)['name']
        check_texts(server, name)
        check_refusals(server, name)
        if not check_pdf(server, name, folder):
            print('weasyprint is not here: no PDF was made')
    print(f'{len(KINDS)} kinds in two languages, {len(REFUSALS)} refusals')


if __name__ == '__main__':
    main(sys.argv[1])
