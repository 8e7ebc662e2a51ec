#!/usr/bin/env python3
"""`aplomb neutrality prove --server` against a server that runs: over the sample's firms, over
firms of a folder, and over recommendations that were logged.

    tests/neutrality/prove_by_command.py PROGRAM ROOT
"""

import json
import os
import re
import shutil
import sys
import tempfile

import queries

RUNS = 12
FIRMS = ('boulangerie-rhone', 'avocate-paris')


class Failed(Exception):
    """What was expected and is not so."""


def expect(condition, what):
    """Ends the test with `what` unless the condition holds."""
    if not condition:
        raise Failed(what)


def prove(sample, token, *options):
    """Runs the command with the token of a role; gives its result."""
    return sample.run(['aplomb', 'neutrality', 'prove', '--server', sample.address(),
                       '--token-file', os.path.join(sample.data, token + '.token'),
                       '--runs', str(RUNS), '--seed', '7', *options])


def one_proof(result, inputs):
    """The only proof of an answer in JSON, checked: neutral, over so many inputs, on all ways."""
    expect(result.returncode == 0, f'it failed: {result.stdout}{result.stderr}')
    answer = json.loads(result.stdout)
    expect(answer['neutral'] is True and answer['seed'] == '7', f'neutral, by that seed: {answer}')
    expect(len(answer['proofs']) == 1, f'one state, one proof: {answer}')
    proof = answer['proofs'][0]
    expect(proof['runs'] == RUNS and proof['input_count'] == inputs, f'{inputs} inputs: {proof}')
    expect(int(proof['decision_count']) == RUNS * inputs, f'all decided again: {proof}')
    expect(int(proof['answer_count']) > 0 and int(proof['page_count']) > 0, f'shown too: {proof}')
    expect(proof['followed_run_count'] == RUNS // 3, f'tables that followed: {proof}')
    moved = {one['exchange_id']: int(one.get('moved_count', 0)) for one in proof['exchanged']}
    expect(moved['member_identities'] > 0 and moved['order'] > 0, f'something moved: {moved}')
    expect(moved.get('fees', 0) == 0, 'a server opens no ledger of fees')
    return proof


def check(sample, root, folder):
    """All of it."""
    profiles = os.path.join(root, 'catalog/sample/profiles')
    firms = len([name for name in os.listdir(profiles) if name.endswith('.yaml')])
    of_all = one_proof(prove(sample, 'auditor', '--json', '--share', root), firms)

    few = os.path.join(folder, 'firms')
    os.mkdir(few)
    for firm in FIRMS:
        shutil.copy(os.path.join(profiles, firm + '.yaml'), few)
    of_few = one_proof(prove(sample, 'auditor', '--json', '--profiles', few), len(FIRMS))
    expect(of_few['stored_digest'] == of_all['stored_digest'], 'the same catalogue')
    expect(of_few['outcome_digest'] != of_all['outcome_digest'], 'other decisions')

    names = []
    for firm in FIRMS:
        asked = sample.run(['aplomb', 'recommend', '--profile',
                            os.path.join(profiles, firm + '.yaml')])
        name = re.search(r'engagements/\S+/recommendations/[0-9a-z-]+', asked.stdout)
        expect(name is not None, f'a recommendation: {asked.stdout}{asked.stderr}')
        names.append(name.group(0))
    logged = [word for name in names for word in ('--recommendation', name)]
    proof = one_proof(prove(sample, 'auditor', '--json', *logged), len(names))
    expect(proof['logged_equal_count'] == len(names), f'what was logged, made again: {proof}')

    for language, verdict, seed in (('en', 'Neutral: ', 'seed 7'), ('fr', 'Neutre : ', 'graine 7')):
        told = prove(sample, 'auditor', '--lang', language, *logged)
        text = told.stdout.replace('\u00a0', ' ')
        expect(told.returncode == 0 and verdict in text and seed in text,
               f'{language}: {told.stdout}{told.stderr}')

    # Proofs are for those whose business it is.
    refused = prove(sample, 'advisor', '--profiles', few)
    expect(refused.returncode != 0 and 'ROLE_NOT_ALLOWED' in refused.stderr, refused.stderr)
    refused = prove(sample, 'auditor', '--recommendation', 'engagements/x/recommendations/y')
    expect(refused.returncode != 0 and 'RESOURCE_NOT_FOUND' in refused.stderr, refused.stderr)


def main():
    """Runs it; status 1 where something is not so."""
    program, root = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        sample = queries.Sample(program, root, folder)
        try:
            check(sample, root, folder)
        except Failed as failure:
            print(failure)
            return 1
        finally:
            sample.stop()
    print('proved by the command: all firms, some firms, logged recommendations')
    return 0


if __name__ == '__main__':
    sys.exit(main())
