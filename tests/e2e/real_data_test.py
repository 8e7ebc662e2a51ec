#!/usr/bin/env python3
"""Real offerings for real firms, where the public collections are at hand.

APLOMB_DATA names a folder with saas-pricing/pricings.json, awesome-selfhosted/merged.json,
2fa-directory/merged.json and company-profiles/companies.json (docs/importing.md says what they are
and where they come from). Without it the test is skipped: status 3.

The newest tariffs of the collection are of March 2025. By the published rulebook they are too old,
and no one here has read them again: the answers that are followed by hand are those of a rulebook
that differs in the one number, so that real tariffs in foreign currency are ranked with the day on
which they were read.
"""

import contextlib
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import real_data_by_hand as by_hand

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NEEDS = ['ECOMMERCE', 'OFFICE', 'COLLAB', 'CRM', 'EMAILING', 'HELPDESK', 'FIELD', 'DMS', 'STOCK',
         'BOOKING', 'ESIGN', 'BI', 'ERP', 'SHOWCASE', 'SOCIAL_MGT', 'INVOICING']
# Sections of NAF rév. 2 whose firms trade: not public bodies, finance or real estate.
TRADING_SECTIONS = set('CFGIJMNRS')
FIRMS = 6
DAY = datetime.date(2026, 11, 2)   # the day decided for, so that no price ages under the test
LIST_READ_ON = '2026-08-21'        # commit of the list of self-hosted software
MAX_AGE_DAYS = 700                 # instead of 400; 2 November 2026 less 700 days: 2 December 2024
GROUPS = 3                         # least independent groups of a list that is a ranking
COLUMNS = 100


def profile_of(firm):
    """A firm of the register as a profile: five facts, and nothing that is not there."""
    band = firm['tranche_effectif_salarie'] or 'NN'
    return (f'title: {{fr: "Registre", en: "Register"}}\n'
            f'profile:\n'
            f'  siren: "{firm["siren"]}"\n'
            f'  activity: {{nomenclature: NAF_REV2, code: "{firm["activite_principale"]}"}}\n'
            f'  staff_band: "{band}"\n'
            f'  department_code: "{firm["siege"]["departement"]}"\n'
            f'needs:\n- {{need_id: ECOMMERCE}}\n')


def trading_firms(path):
    with open(path, encoding='utf-8') as file:
        firms = json.load(file)
    return [firm for firm in firms
            if firm['section_activite_principale'] in TRADING_SECTIONS
            and firm['siege']['departement'] and firm['etat_administratif'] == 'A'][:FIRMS]


def sample_rates():
    """The rates that are imported: one currency_code, euros_micros and date per line."""
    rates = []
    with open(os.path.join(SOURCE, 'catalog/sample/exchange_rates.yaml'), encoding='utf-8') as file:
        for line in file:
            found = re.search(r'currency_code: (\w+), euros_micros: (\d+), date: ([\d-]+)', line)
            if found:
                rates.append({'currency_code': found[1], 'euros_micros': int(found[2]),
                              'date': datetime.date.fromisoformat(found[3])})
    assert rates
    return rates


class World:
    """A catalogue of the public collections, and the program."""

    def __init__(self, build, data, folder):
        self.program = os.path.join(build, 'bin', 'aplomb')
        self.data = data
        self.folder = folder
        self.saas = os.path.join(data, 'saas-pricing', 'pricings.json')
        self.selfhosted = os.path.join(data, 'awesome-selfhosted', 'merged.json')

    def run(self, *arguments, status=0):
        run = subprocess.run([self.program, *arguments], capture_output=True, text=True,
                             check=False)
        assert run.returncode == status, (arguments, run.returncode, run.stdout, run.stderr)
        return run

    def import_into(self, store, *more, lang='fr', status=0):
        return self.run(
            '--lang', lang, 'import', '--data', os.path.join(self.folder, store), '--share', SOURCE,
            '--rates', os.path.join(SOURCE, 'catalog/sample/exchange_rates.yaml'), *more,
            status=status)

    @contextlib.contextmanager
    def server(self, store):
        directory = os.path.join(self.folder, store)
        token = os.path.join(self.folder, store + '.token')
        with open(token, 'w', encoding='utf-8') as file:
            subprocess.run([self.program, 'token', '--data', directory, '--role', 'ADVISOR',
                            '--subject', 'reviewer'], check=True, stdout=file,
                           stderr=subprocess.DEVNULL)
        server = subprocess.Popen(
            [self.program, 'serve', '--data', directory, '--grpc', '127.0.0.1:0'],
            stderr=subprocess.DEVNULL)
        try:
            address_file = os.path.join(directory, 'address')
            deadline = time.monotonic() + 120
            while not os.path.exists(address_file):
                assert server.poll() is None and time.monotonic() < deadline, 'no server'
                time.sleep(0.1)
            with open(address_file, encoding='utf-8') as file:
                address = file.read().strip()
            yield ['--server', address, '--token-file', token, '--deadline-ms', '60000']
        finally:
            server.terminate()
            server.wait(timeout=60)

    def recommend(self, reach, firm, needs, *more, explain=2):
        profile = os.path.join(self.folder, 'firm.yaml')
        with open(profile, 'w', encoding='utf-8') as file:
            file.write(profile_of(firm))
        return self.run(*more, 'recommend', '--profile', profile, *reach, '--as-of',
                        DAY.isoformat(), '--explain', str(explain),
                        *[word for need in needs for word in ('--need', need)])


def check_refusals(world):
    """Nothing is begun where there is nothing to take over, or no day."""
    empty = os.path.join(world.folder, 'empty.json')
    for content in ('', '{}', '[]'):
        with open(empty, 'w', encoding='utf-8') as file:
            file.write(content)
        for lang, says in (('fr', 'aucune offre à reprendre'), ('en', 'no offering to take over')):
            refused = world.import_into('refused', '--pricing2yaml', empty, lang=lang, status=3)
            assert says in refused.stderr, refused.stderr
    for lang, says in (('fr', 'demande --read-on'), ('en', 'needs --read-on')):
        refused = world.import_into('refused', '--selfhosted', world.selfhosted, lang=lang,
                                    status=3)
        assert says in refused.stderr, refused.stderr
    world.import_into('refused', '--pricing2yaml', world.saas, '--prices-read-on', '2026-10-12',
                      status=3)  # by whom?
    world.import_into('refused', '--pricing2yaml', world.saas, '--prices-read-on', '2999-01-01',
                      '--prices-read-by', 'Relecteur', status=3)
    assert not os.path.exists(os.path.join(world.folder, 'refused'))


def check_report(world, screen, report_file):
    """Every record is accounted for: as many outcomes as records in the source."""
    with open(world.saas, encoding='utf-8') as file:
        saas_count = len(json.load(file))
    with open(world.selfhosted, encoding='utf-8') as file:
        selfhosted_count = len(json.load(file)['software'])
    with open(os.path.join(world.data, '2fa-directory', 'merged.json'), encoding='utf-8') as file:
        two_factor_count = len(json.load(file))
    with open(report_file, encoding='utf-8') as file:
        reports = json.load(file)
    counts = [saas_count, selfhosted_count, two_factor_count]
    by_hand.same('sources', len(counts), len(reports))
    for report, count in zip(reports, counts):
        assert report['read'] == count == len(report['records']), report['source']
        assert report['imported'] + report['partial'] + report['refused'] == count
        assert all(record['reason'] for record in report['records']), report['source']
        print(f"{count} records: {report['imported']} imported, {report['partial']} partial, "
              f"{report['refused']} refused")
    lines = screen.splitlines()
    total = (f"Total : {sum(counts)} enregistrements lus : "
             f"{sum(r['imported'] for r in reports)} importés, "
             f"{sum(r['partial'] for r in reports)} partiels, "
             f"{sum(r['refused'] for r in reports)} refusés")
    by_hand.same('first and last line', [total, total], [lines[0], lines[-1]])
    assert len(lines) < 100, len(lines)
    assert max(len(line) for line in lines) <= COLUMNS
    groups = sum(int(line.split()[0]) for line in lines if re.match(r'  \d', line))
    by_hand.same('records in the groups of the summary', sum(counts), groups)


def follow_by_hand(world, store, firms):
    """Every list of every answer, computed a second time."""
    sufficient, converted, checked = set(), 0, 0
    with world.server(store) as reach:
        rulebook = json.loads(world.run('--json', 'rulebook', 'show', *reach).stdout)['snapshot']
        by_hand.same('price_max_age_days', MAX_AGE_DAYS, rulebook['price_max_age_days'])
        offerings = {}
        for need in NEEDS:
            told = world.run('--json', 'offerings', '--need', need, *reach).stdout
            offerings[need] = {o['name']: o for o in map(json.loads, told.splitlines())}
        for firm in firms:
            answer = json.loads(world.recommend(reach, firm, NEEDS, '--json').stdout)
            hand = by_hand.Answer(rulebook, sample_rates(), firm['tranche_effectif_salarie'], DAY,
                                  answer)
            by_hand.same('needs', NEEDS, [result['need_id'] for result in answer['results']])
            of_firm = set()
            for result in answer['results']:
                need = hand.needs[result['need_id']]
                for ranking in result.get('rankings', []):
                    by_hand.same('mode', 'DO_IT_YOURSELF', ranking['delivery_mode'])
                    hand.check_lists(need, ranking, offerings[result['need_id']])
                    hand.check_scores(need, ranking, offerings[result['need_id']])
                    groups = ranking.get('ownership_group_count', 0)
                    by_hand.same('insufficient', groups < GROUPS,
                                 ranking.get('insufficient_range', False))
                    if groups >= GROUPS:
                        of_firm.add(result['need_id'])
            disclosure = answer['disclosure']
            by_hand.same('members', 0, disclosure.get('member_count', 0))
            for language, says, never in (('fr', 'Ils ne paient rien', 'cotisation'),
                                          ('en', 'They pay nothing', 'fee')):
                told = disclosure['remuneration'][language]
                assert says in told and never not in told, told
            assert len(of_firm) >= 8, of_firm
            sufficient |= of_firm
            converted += hand.converted
            checked += hand.checked
        assert converted > 0, 'no foreign price was ranked'
        # On the screen: the rate with its day, and the day of the tariff.
        screen = world.recommend(reach, firms[0], ['ECOMMERCE'], '--lang', 'fr',
                                 explain=20).stdout.replace('\u00a0', ' ')
        assert 'Taux appliqué : 1 USD = 0,864000 EUR au 30 octobre 2026' in screen, screen
        assert 'Tarif relevé le 25 février 2025' in screen, screen
        assert 'pas un classement' not in screen, screen
    print(f'{checked} places of offerings followed by hand, {converted} of them with a foreign '
          f'price; sufficient lists for {len(sufficient)} needs: {" ".join(sorted(sufficient))}')


def places(world, store, firm, needs):
    """List and reasons of every Pricing2Yaml offering."""
    found = {}
    with world.server(store) as reach:
        answer = json.loads(world.recommend(reach, firm, needs, '--json').stdout)
        for result in answer['results']:
            for ranking in result.get('rankings', []):
                for band in ranking.get('bands', []):
                    for offering in band['offerings']:
                        if offering['kind'] == 'SOFTWARE_SAAS':
                            found[offering['offering']] = offering
                for offering in ranking.get('to_confirm', []):
                    found[offering['offering']] = offering
    return found


def check_old_prices(world, firm):
    """By the published rulebook, and by a reviewer's word."""
    needs = ['ECOMMERCE', 'COLLAB']
    world.import_into('published', '--pricing2yaml', world.saas, '--selfhosted', world.selfhosted,
                      '--read-on', LIST_READ_ON)
    old = places(world, 'published', firm, needs)
    with world.server('published') as reach:
        answer = json.loads(world.recommend(reach, firm, NEEDS, '--json').stdout)
    sufficient = [result['need_id'] for result in answer['results']
                  for ranking in result.get('rankings', [])
                  if not ranking.get('insufficient_range', False)]
    assert len(sufficient) >= 8, sufficient
    assert old and not any('score' in offering for offering in old.values()), 'an old price ranked'
    assert any(finding['reason_code'] == 'PRIX_PERIME'
               for offering in old.values() for finding in offering['findings'])
    # Said in a catalogue that is thrown away, to see how it is told.
    world.import_into('read_again', '--pricing2yaml', world.saas, '--prices-read-on', '2026-10-12',
                      '--prices-read-by', 'Relecteur A')
    again = places(world, 'read_again', firm, needs)
    ranked = {name: offering for name, offering in again.items() if 'contributions' in offering}
    assert 'members/shopify/offerings/shopify-basic' in ranked, sorted(ranked)
    basic = ranked['members/shopify/offerings/shopify-basic']['cost']
    by_hand.same('day', datetime.date(2026, 10, 12), by_hand.day_of(basic['price_as_of']))
    by_hand.same(
        'label', 'Prix du 2025-02-25, relu et confirmé le 2026-10-12 par Relecteur A',
        basic['lines'][0]['label']['fr'])
    print(f'by the published rulebook: {len(sufficient)} sufficient lists, no foreign price '
          f'ranked; {len(ranked)} SaaS offerings ranked where a reviewer has read the prices again')


def main():
    data = os.environ.get('APLOMB_DATA')
    if not data:
        print('skipped: APLOMB_DATA names no folder with the public collections')
        return 3
    firms = trading_firms(os.path.join(data, 'company-profiles', 'companies.json'))
    assert len(firms) == FIRMS
    with tempfile.TemporaryDirectory(prefix='aplomb-real-') as folder:
        world = World(sys.argv[1], data, folder)
        check_refusals(world)
        rulebook = os.path.join(folder, 'rulebook')
        shutil.copytree(os.path.join(SOURCE, 'catalog', 'rulebook'), rulebook)
        text_file = os.path.join(rulebook, 'rulebook.textproto')
        with open(text_file, encoding='utf-8') as file:
            text, changes = re.subn(r'price_max_age_days: \d+',
                                    f'price_max_age_days: {MAX_AGE_DAYS}', file.read())
        by_hand.same('changes', 1, changes)
        with open(text_file, 'w', encoding='utf-8') as file:
            file.write(text)
        report_file = os.path.join(folder, 'report.json')
        screen = world.import_into(
            'store', '--rulebook', rulebook, '--pricing2yaml', world.saas, '--selfhosted',
            world.selfhosted, '--read-on', LIST_READ_ON, '--two-factor',
            os.path.join(data, '2fa-directory', 'merged.json'), '--report', report_file).stdout
        check_report(world, screen, report_file)
        follow_by_hand(world, 'store', firms)
        check_old_prices(world, firms[0])
    return 0


if __name__ == '__main__':
    sys.exit(main())
