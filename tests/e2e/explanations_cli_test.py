"""Every explanation, the notice and the report through the command, in both languages.

The program answers from a server over gRPC; what it prints is looked at here: something for each
kind, in the language asked for, within 100 columns, and the exit code where it must not answer.
The report as PDF: report_pdf_test.py.
"""

import json
import os
import subprocess
import sys

from harness import SOURCE, Server, check

KERVADEL = 'members/kervadel/offerings/boutique-tout-compris'
QUERSOLIN = 'members/quersolin/offerings/boutique-a-la-commission'
LIRANDEL = 'members/lirandel/offerings/boutique-discrete'
SEVERAL_NEEDS = 'vigneron-gironde.yaml'
COLUMNS = 100

# What a firm's owner can ask, by the words of docs/explaining.md: each has rows below.
ASKED = ['why', 'compare', 'why not', 'funnel', 'what if: offering', 'what if: profile',
         'what if: weights', 'stability', 'intervals and settled', 'next questions', 'relaxations',
         'path', 'bundles', 'report', 'notice']

# Words that each kind must say, in French and in English.
KINDS = [
    ('why', ['recommend', '--profile', '{firm}', '--explain', '1'], 'Demandé', 'Asked for'),
    ('why', ['recommend', '--profile', '{firm}', '--explain', '1'], 'souhaité', 'wished'),
    ('why not', ['explain', 'why-not', '{name}', LIRANDEL], 'est écartée', 'is excluded'),
    ('why not', ['explain', 'why-not', '{name}', KERVADEL], 'points sur 100', 'points of 100'),
    ('funnel', ['explain', 'why-not', '{name}', LIRANDEL], 'Arrêtées ici', 'Stopped here'),
    ('compare', ['explain', 'compare', '{name}', KERVADEL, QUERSOLIN], "L'offre A obtient",
     'Offering A gets'),
    ('what if: offering', ['explain', 'what-if', '{name}', LIRANDEL, '--side', 'offering'],
     'dans l\'offre', 'in the offering'),
    ('what if: profile',
     ['explain', 'what-if', '{name}', QUERSOLIN, '--goal', 'first', '--side', 'firm'],
     'premier rang', 'first rank'),
    ('what if: weights', ['explain', 'what-if', '{name}', LIRANDEL, '--side', 'weights'],
     'Impossible', 'Impossible'),
    ('stability', ['explain', 'stability', '{name}'], 'Le résultat tient-il',
     'Does the result hold'),
    ('intervals and settled', ['explain', 'unknowns', '{name}'], 'Les trois premières offres',
     'first three offerings'),
    ('intervals and settled', ['explain', 'unknowns', '{name}'], 'Note possible',
     'Possible score'),
    ('next questions', ['explain', 'unknowns', '{name}'], '  ? ', '  ? '),
    ('relaxations', ['explain', 'repair', '{name}'], "rien à abandonner", 'nothing to give up'),
    ('path', ['explain', 'plan', '{name}'], 'Le chemin', 'The path'),
    ('bundles', ['explain', 'plan', '{several}'], 'Ensemble ou séparément', 'Together or apart'),
    ('notice', ['notice'], 'Comment les offres sont classées', 'How offerings are ranked'),
    ('notice', ['notice', '--html'], '<html lang="fr">', '<html lang="en">'),
    ('report', ['report', '{name}'], '<html lang="fr">', '<html lang="en">'),
    ('report', ['report', '{name}'], 'tiny">Souhaité', 'tiny">Wished for'),
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


def fill(arguments, values):
    for key, value in values.items():
        arguments = [argument.replace('{' + key + '}', value) for argument in arguments]
    return arguments


def check_coverage():
    told = [kind for kind, *_ in KINDS]
    check(set(told) == set(ASKED), f'not one for one: {set(told) ^ set(ASKED)}')


def check_texts(server, values):
    for kind, arguments, french, english in KINDS:
        for language, word in (('fr', french), ('en', english)):
            text = run(server, ['--lang', language, *fill(arguments, values)])
            check(word in text,
                  f'{kind}: {arguments} in {language} does not say "{word}":\n{text}')
            if '<html' in text:
                continue
            # A resource name is one word.
            wide = [line for line in text.splitlines()
                    if len(line) > COLUMNS and 'engagements/' not in line]
            check(not wide, f'{arguments} in {language}: wider than {COLUMNS} columns: {wide}')
        if '--html' not in arguments:
            json.loads(run(server, ['--json', *fill(arguments, values)]))


def check_refusals(server, values):
    for arguments, code, word in REFUSALS:
        error = run(server, fill(arguments, values), expected=code)
        check(word in error, f'{arguments} does not say {word}: {error}')


def main(build):
    check_coverage()
    with Server(build) as server:
        profiles = os.path.join(SOURCE, 'catalog', 'sample', 'profiles')
        firm = os.path.join(profiles, 'boulangerie-rhone.yaml')
        several = os.path.join(profiles, SEVERAL_NEEDS)
        values = {'firm': firm, 'name': server.cli('recommend', '--profile', firm)['name'],
                  'several': server.cli('recommend', '--profile', several)['name']}
        check_texts(server, values)
        check_refusals(server, values)
    print(f'{len(ASKED)} kinds in two languages, {len(REFUSALS)} refusals')


if __name__ == '__main__':
    main(sys.argv[1])
