"""What people read is enough: a score is followed by hand from the printed rules, and no answer
over the sample profiles shows what is meant for machines.

By hand: `rulebook show` is read as text, as a person would; the values of a recommendation are
worked out from it, criterion by criterion, and compared with those of the program, then weighed and
summed.
"""

import glob
import os
import re
import subprocess
import sys
from fractions import Fraction

from harness import SOURCE, Server, check

COLUMNS = 100
PROFILES = os.path.join(SOURCE, 'catalog', 'sample', 'profiles')
RULE_INDENT = 4
# One criterion of each kind of measure that must have been followed, with two different values.
KINDS = {'C01': 'features', 'C02': 'size', 'C03': 'trade', 'C04': 'difference', 'C05': 'headroom',
         'C06': 'cost', 'C09': 'fact', 'C10': 'words', 'C13': 'table', 'C21': 'set',
         'C25': 'ladder'}
# Facts that are looked up in the offering itself, without asking the server what it observed.
FACTS = {'C09': ('commitment', 'min_months'), 'C12': ('onboarding', 'days_to_live')}

# Paths of fields, as programs name them.
RAW_PATH = re.compile(
    r'(?<![-@.\w])(?:data|usage|budget|firm|request|offering|derived)\.[A-Za-z_]{2,}')
RANK_ROW = re.compile(r'^ +(\d+)~? +\d+[.,]\d\d  ')


def run(server, *arguments):
    done = subprocess.run(
        [server.program, *arguments, '--server', server.address, '--token-file',
         server.token_file], capture_output=True, text=True, timeout=120, check=False)
    check(done.returncode == 0, f'aplomb {arguments}: {done.stderr}')
    return done.stdout


# --- The rules, read from the screen -------------------------------------------------------------

def statements(block):
    """The statements of one rule: a line of the least indentation with those that go on with it."""
    found = []
    for line in block:
        if len(line) - len(line.lstrip(' ')) == RULE_INDENT:
            found.append([line.strip()])
        else:
            found[-1].append(line)
    return found


def number(text):
    return int(text.replace(',', ''))


def points_of(text):
    """'85' or '12.5' points of 100 as hundredths."""
    return int(Fraction(text) * 100)


def steps_of(lines):
    """The steps of a ladder or the cases of a table: [(points, words)]."""
    steps = []
    for line in lines:
        match = re.match(r'^ {6}\+?(\d+(?:\.\d+)?) (.*)$', line)
        if match:
            steps.append([points_of(match.group(1)), match.group(2)])
        else:
            steps[-1][1] += ' ' + line.strip()
    return steps


def read_rules(text):
    """{criterion: {'steps'|'cases'|'points': …}} and the reason code of each constraint."""
    criteria, codes = {}, {}
    rule = None
    blocks = {}
    for line in text.splitlines():
        start = re.match(r'^([CH]\d\d) (.*)$', line)
        if start:
            rule = start.group(1)
            blocks[rule] = []
            code = re.search(r'\[([A-Z_]+)\]$', line)
            if code:
                codes[rule] = code.group(1)
        elif not line.strip():
            rule = None
        elif rule and line.startswith(' ' * RULE_INDENT):
            blocks[rule].append(line)
    for rule, block in blocks.items():
        read = {}
        for first, *rest in statements(block):
            whole = ' '.join([first, *(line.strip() for line in rest)]).replace('\u00a0', ' ')
            if first.startswith('Added up'):
                read['steps'] = steps_of(rest)
            elif first.startswith('The first case that holds'):
                read['cases'] = steps_of(rest)
            elif first.startswith('Points of 100: '):
                pairs = whole[len('Points of 100: '):].rstrip('.').split('; ')
                read['points'] = [tuple(pair.split(' → ')) for pair in pairs]
            elif first.startswith('Weight: '):
                read['weight'] = whole
        criteria[rule] = read
    return criteria, codes


# --- A value worked out --------------------------------------------------------------------------

def position(text, unit):
    """What stands before the arrow, in the unit of what was observed; None for words."""
    if text == 'none':
        return 0
    match = re.match(r'^(\d[\d,]*(?:\.\d+)?)(%| [a-z ]+)?$', text)
    if not match:
        return None
    amount = Fraction(match.group(1).replace(',', ''))
    return amount * (100 if match.group(2) == '%' and unit == 'bp' else 1)


def on_scale(points, x, unit):
    scale = [(position(words, unit), points_of(value)) for words, value in points]
    if x <= scale[0][0]:
        return scale[0][1]
    for (x0, v0), (x1, v1) in zip(scale, scale[1:]):
        if x <= x1:
            return (v0 + (v1 - v0) * (Fraction(x) - x0) / (x1 - x0)).__floor__()
    return scale[-1][1]


def by_hand(rule, contribution, x):
    """The value, 0 to 10,000, of what was found, by the printed rule alone."""
    if 'steps' in rule or 'cases' in rule:
        held = [step['label']['en'] for step in contribution.get('steps', [])
                if step['outcome'] == 'HELD']
        holds = lambda words: any(words == label or words.startswith(label + ' (')
                                  for label in held)
        if 'steps' in rule:
            return sum(points for points, words in rule['steps'] if holds(words))
        return next(points for points, words in rule['cases']
                    if holds(words) or words == 'otherwise')
    if contribution['state'] != 'KNOWN':
        return 0  # "What the offering does not say is worth 0 points."
    if position(rule['points'][0][0], contribution['unit']) is None:
        said = contribution['sentence']['en'].replace('\u00a0', ' ')
        fits = [(len(words), value) for words, value in rule['points'] if words in said]
        check(fits, f'{said}: none of {rule["points"]}')
        return points_of(max(fits)[1])
    return on_scale(rule['points'], x, contribution['unit'])


def observed(server, criterion, contribution, ranking, offering, cache):
    """What was measured: from the answer's own figures where a person finds them there."""
    target = int(ranking['target_micros'])
    cost = offering['cost']
    if criterion == 'C06':
        return -(-100 * int(cost.get('tco36_micros', 0)) // target)
    if criterion == 'C08':
        return -(-10_000 * int(cost.get('cash_out_90_days_micros', 0)) // target)
    if criterion in FACTS and contribution['state'] == 'KNOWN':
        if offering['offering'] not in cache:
            cache[offering['offering']] = server.cli('offerings', offering['offering'])
        group, field = FACTS[criterion]
        return int(cache[offering['offering']][group].get(field, 0))
    return int(contribution.get('observed', 0))


def check_scores(server):
    criteria, codes = read_rules(run(server, '--lang', 'en', 'rulebook', 'show'))
    check(len(codes) == 15 and len(criteria) >= 40, f'rules read: {sorted(criteria)}')
    # The public notice says the same as the rulebook.
    notice = run(server, '--lang', 'en', 'notice')
    for line in ('+25 second factor', '40 chat (help by chat: yes)', 'Must hold: regions covered',
                 'Not said by the offering: excluded.'):
        check(line in notice, f'the notice does not say "{line}":\n{notice}')
    followed, values, cache = 0, {}, {}
    for profile in sorted(glob.glob(os.path.join(PROFILES, '*.yaml'))):
        answer = server.cli('recommend', '--profile', profile)
        for result in answer['results']:
            for ranking in result.get('rankings', []):
                for group in ('excluded', 'to_confirm'):
                    for offering in ranking.get(group, []):
                        for finding in offering['findings']:
                            # The code is a name; the sentence says it all, in each language.
                            said = finding['sentence']
                            check(said.get('fr') and said.get('en') and said['fr'] != said['en']
                                  and finding['reason_code'] not in said['en'], f'{finding}')
                            code = codes.get(finding['rule_id'])
                            check(finding['rule_id'] == 'MIN' or
                                  finding['reason_code'] in (code, 'A_DOCUMENTER', 'PRIX_PERIME'),
                                  f'{finding}: not the code that the rules print, {code}')
                for band in ranking.get('bands', []):
                    for offering in band['offerings']:
                        check_one(server, criteria, ranking, offering, values, cache)
                        followed += 1
    for criterion, kind in KINDS.items():
        check(len(values.get(criterion, ())) >= 2, f'{criterion} ({kind}) was not followed')
    return followed


def check_one(server, criteria, ranking, offering, values, cache):
    total = 0
    weights = 0
    for contribution in offering['contributions']:
        criterion = contribution['criterion_id']
        x = observed(server, criterion, contribution, ranking, offering, cache)
        value = by_hand(criteria[criterion], contribution, x)
        told = contribution.get('value', 0)
        check(value == told, f'{offering["offering"]} {criterion}: {value} by hand from '
              f'{criteria[criterion]} and {x}, {told} by the program: {contribution}')
        values.setdefault(criterion, set()).add(value)
        weight = contribution.get('weight_bp', 0)
        weights += weight
        total += value * weight
    check(weights == 10_000, f'weights of {offering["offering"]} sum to {weights}')
    check(total == int(offering.get('score', 0)),
          f'{offering["offering"]}: {total} by hand, {offering.get("score")} by the program')


# --- Nothing for machines on the screen ----------------------------------------------------------

def check_screens(server):
    screens = 0
    for profile in sorted(glob.glob(os.path.join(PROFILES, '*.yaml'))):
        for language in ('fr', 'en'):
            text = run(server, '--lang', language, 'recommend', '--profile', profile)
            check_screen(f'{os.path.basename(profile)} in {language}', text, language)
            screens += 1
    for language in ('fr', 'en'):
        for arguments in (['rulebook', 'show'], ['needs'], ['needs', 'HR'], ['members'],
                          ['offerings'], ['notice']):
            text = run(server, '--lang', language, *arguments)
            check_screen(f'{arguments} in {language}', text, language)
            screens += 1
    return screens


def check_screen(where, text, language):
    check('()' not in text, f'{where}: empty brackets')
    raw = RAW_PATH.search(text)
    check(not raw, f'{where}: a raw path, {raw and raw.group(0)}')
    for line in text.splitlines():
        # Names stand whole, so that they can be copied.
        named = re.match(r'^  (?:Nom|Name) ', line) or line.startswith('    members/')
        check(named or len(line) <= COLUMNS, f'{where}: wider than {COLUMNS} columns: {line}')
        if language == 'en':
            check('«' not in line and 'Remède' not in line, f'{where}: French: {line}')
    if '36 m' in text and ('Rank' in text or 'Rang' in text):
        check('36 months ex VAT' in text or '36 mois HT' in text, f'{where}: with VAT or without?')
    check_ranks(where, text)
    check_findings(where, text)


def check_ranks(where, text):
    """Of equals is spoken below a table with a shared rank, and nowhere else."""
    ranks = []
    for line in text.splitlines():
        row = RANK_ROW.match(line)
        if row:
            ranks.append(row.group(1))
        elif line.startswith(('  Même rang', '  Same rank')):
            check(len(set(ranks)) < len(ranks), f'{where}: no two share a rank in {ranks}')
            ranks = []
        elif not line.strip():
            check(len(set(ranks)) == len(ranks), f'{where}: equals are not told, {ranks}')
            ranks = []


def check_findings(where, text):
    """No sentence twice for one offering."""
    for offering in re.split(r'\n  - ', text):
        told = re.findall(r'\n {6}[A-Z][A-Z0-9, ]+ ([A-Z_]{4,}\u00a0?: [^\n]+)', offering)
        check(len(told) == len(set(told)), f'{where}: told twice: {told}')


def main(build):
    with Server(build) as server:
        followed = check_scores(server)
        screens = check_screens(server)
    print(f'{followed} scores followed by hand, {screens} screens read')


if __name__ == '__main__':
    main(sys.argv[1])
