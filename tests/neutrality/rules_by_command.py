#!/usr/bin/env python3
"""A change of the rules by the command, against a server that runs: proxies and their waivers,
impact and bias in both languages, the proposal and its withdrawal.

    tests/neutrality/rules_by_command.py PROGRAM ROOT
"""

import datetime
import os
import re
import shutil
import sys
import tempfile

import queries

FINDING = re.compile(r'error (PX\d\d) (\S+): .*?(members/[a-z0-9-]+)')


class Failed(Exception):
    """What was expected and is not so."""


def expect(condition, what):
    """Ends the test with `what` unless the condition holds."""
    if not condition:
        raise Failed(what)


class Rules:
    """The commands, as an operator and as an auditor."""

    def __init__(self, sample, root, folder):
        self.sample = sample
        self.root = root
        self.folder = folder
        self.tokens = {'auditor': os.path.join(sample.data, 'auditor.token')}
        drawn = self.run(['token', '--data', sample.data, '--role', 'operator', '--subject', 'op'])
        self.tokens['operator'] = os.path.join(folder, 'operator.token')
        with open(self.tokens['operator'], 'w', encoding='utf-8') as file:
            file.write(drawn)

    def run(self, arguments, code=0, language='en'):
        """What a command prints; its exit code must be `code`."""
        result = self.sample.run(['aplomb', '--lang', language, *arguments])
        expect(result.returncode == code,
               f'{arguments}: {result.returncode}\n{result.stdout}{result.stderr}')
        return (result.stdout + (result.stderr if code else '')).replace('\u00a0', ' ')

    def call(self, role, arguments, code=0, language='en'):
        """The same, asked of the server."""
        return self.run([*arguments, '--server', self.sample.address(), '--token-file',
                         self.tokens[role]], code, language)


def changed_rulebook(root, folder):
    """The published rules with bands twice as wide."""
    changed = os.path.join(folder, 'rules')
    shutil.copytree(os.path.join(root, 'catalog/rulebook'), changed)
    path = os.path.join(changed, 'rulebook.textproto')
    with open(path, encoding='utf-8') as file:
        text = file.read()
    wider = text.replace('band_width: 1000000', 'band_width: 2000000')
    expect(wider != text, 'the width of a band stands in the rulebook')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(wider)
    return changed


def waive(rules, changed):
    """Signs for each finding; the key is put where the server looks for it."""
    # The sample's own committee has signed for these; here nobody may.
    nobody = os.path.join(rules.folder, 'nobody.keys')
    with open(nobody, 'w', encoding='utf-8') as file:
        file.write('# nobody\n')
    bare = ['rulebook', 'check', changed, '--sample', '--share', rules.root]
    check = [*bare, '--charter-keys', nobody]
    told = rules.run(check, code=3)
    findings = FINDING.findall(told)
    expect(len(findings) == 3, f'three findings: {told}')
    french = rules.run(check, code=3, language='fr')
    expect("erreur PX01" in french and "L'énoncé n'est vrai que pour" in french, french)
    key = os.path.join(rules.folder, 'charter.key')
    public = rules.run(['rulebook', 'charter-key', 'charter.example/rules', '--out', key])
    with open(os.path.join(rules.sample.data, 'charter.keys'), 'w', encoding='utf-8') as file:
        file.write('# the committee\n' + public)
    os.mkdir(os.path.join(changed, 'waivers'))
    until = (datetime.date.today() + datetime.timedelta(days=100)).isoformat()
    for number, finding in enumerate(findings):
        signed = rules.run(['rulebook', 'waive', ' '.join(finding), '--key', key, '--by',
                            'Committee', '--until', until, '--why',
                            'One member alone says so in this sample.'])
        path = os.path.join(changed, f'waivers/{number}.waiver')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(signed)
    keys = os.path.join(rules.sample.data, 'charter.keys')
    told = rules.run([*bare, '--charter-keys', keys])
    expect(told.count('Waived by Committee') == 3, told)
    # What cannot be signed is said in the reader's language.
    sign = ['rulebook', 'waive', ' '.join(findings[0]), '--key', key, '--by', 'Committee']
    for wrong, words in ((['--until', 'tomorrow', '--why', 'x' * 30], "n'est pas un jour"),
                         (['--until', '2199-01-01', '--why', 'x' * 30], 'vaut au plus'),
                         (['--until', until, '--why', 'short'], 'dites pourquoi')):
        expect(words in rules.run([*sign, *wrong], code=3, language='fr'), words)


def check_published(rules):
    """What is shipped passes its own checks: the sample's committee has signed for its findings,
    until a day, so that the check stands on a day."""
    published = os.path.join(rules.root, 'catalog/rulebook')
    check = ['rulebook', 'check', published, '--sample', '--share', rules.root, '--laws',
             os.path.join(rules.root, 'catalog/sample/law_table.yaml'), '--as-of']
    told = rules.run([*check, '2026-12-01'])
    expect(told.count('warning PX01') == 3 and ' error ' not in told, told)
    expect('45 needs, 15 constraints, 28 criteria' in told, told)
    french = rules.run([*check, '2026-12-01'], language='fr')
    expect(french.count('avertissement PX01') == 3 and 'Dérogation de' in french, french)
    told = rules.run(['rulebook', 'test', published])
    expect('0 failed' in told and '100.0 %' in told, told)


def check_fees(rules, propose, ledger):
    """Gaps by fee: from the ledger, or said not to be there."""
    for language, words in (('en', '--without-fees'), ('fr', 'donnez le registre')):
        told = rules.call('operator', propose, code=3, language=language)
        expect(words in told, told)
    without = [*propose, '--without-fees', '--dry-run']
    told = rules.call('operator', without)
    expect('Yearly fee (EUR): not examined' in told, told)
    told = rules.call('operator', without, language='fr')
    expect('Cotisation annuelle (EUR) : non examinée' in told, told)
    for told in (rules.run(['neutrality', 'bias', '--sample', '--share', rules.root]),
                 rules.call('operator', [*propose, *ledger, '--without-fees'], code=2)):
        expect('not examined' in told or 'excludes' in told, told)
    wrong = os.path.join(rules.folder, 'wrong.yaml')
    with open(wrong, 'w', encoding='utf-8') as file:
        file.write('yearly_fees:\n  brumelune: much\n')
    for command in ([*propose, '--ledger', wrong],
                    ['neutrality', 'prove', '--sample', '--share', rules.root, '--ledger', wrong]):
        told = rules.run(command, code=3, language='fr')
        expect("n'est pas un montant" in told and 'amount' not in told, told)


def check_all(rules):
    """From the impact of a change to its withdrawal."""
    check_published(rules)
    changed = changed_rulebook(rules.root, rules.folder)
    published = os.path.join(rules.root, 'catalog/rulebook')
    told = rules.run(['rulebook', 'impact', published, changed, '--share', rules.root])
    share = re.search(r'first three offerings change for (\d+) requests? of (\d+)', told)
    expect(share is not None and int(share.group(1)) > 0, told)
    expect('Winners' in told and 'Losers' in told and 'Largest move' in told, told)
    waive(rules, changed)

    first = (datetime.date.today() + datetime.timedelta(days=40)).isoformat()
    propose = ['rulebook', 'propose', changed, '--from', first, '--share', rules.root]
    ledger = ['--ledger', os.path.join(rules.root, 'tests/sample/fee_ledger.yaml')]
    check_fees(rules, propose, ledger)
    propose += ledger
    tried = rules.call('operator', [*propose, '--dry-run'])
    expect('Yearly fee' in tried and 'Largest move' in tried, tried)
    told = rules.call('auditor', ['rulebook', 'activations'])
    expect('No revision was proposed' in told, told)
    rules.call('auditor', propose, code=5)
    name = re.search(r'rulebooks/base/revisions/\d+', rules.call('operator', propose)).group(0)

    shown = rules.call('auditor', ['rulebook', 'activations', name])
    expect('announced' in shown and 'carried by' in shown, shown)
    for language, words in (('en', ('Yearly fee', 'Size of the member', 'Country of the seat',
                                    'Years of membership')),
                            ('fr', ('Cotisation annuelle', 'Taille du membre', 'Pays du siège',
                                    "Années d'adhésion"))):
        told = rules.call('auditor', ['neutrality', 'bias', '--revision', name], language=language)
        expect(all(word in told for word in words), told)

    why = ['--why-fr', 'Les rangs seraient trop larges.', '--why-en', 'Bands would be too wide.']
    rules.call('auditor', ['rulebook', 'withdraw', name, *why], code=5)
    told = rules.call('operator', ['rulebook', 'withdraw', name, *why])
    expect('taken back by OPERATOR/op: Bands would be too wide.' in told, told)
    told = rules.call('auditor', ['rulebook', 'activations'], language='fr')
    expect('retiré' in told, told)
    told = rules.call('operator', ['rulebook', 'withdraw', name, *why], code=7)
    expect('STATE_FORBIDS' in told, told)


def main():
    """Runs it; status 1 where something is not so."""
    program, root = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        sample = queries.Sample(program, root, folder)
        try:
            check_all(Rules(sample, root, folder))
        except Failed as failure:
            print(failure)
            return 1
        finally:
            sample.stop()
    print('a change of the rules by the command, and its withdrawal')
    return 0


if __name__ == '__main__':
    sys.exit(main())
