#!/usr/bin/env python3
"""Real offerings for real firms, where the public collections are at hand.

APLOMB_DATA names a folder with saas-pricing/pricings.json, awesome-selfhosted/merged.json,
2fa-directory/merged.json and company-profiles/companies.json (docs/importing.md says what they are
and where they come from). Without it the test is skipped: status 3.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NEEDS = ['ECOMMERCE', 'OFFICE', 'COLLAB', 'CRM', 'EMAILING', 'HELPDESK', 'FIELD', 'DMS', 'STOCK',
         'BOOKING', 'ESIGN', 'BI', 'ERP', 'SHOWCASE', 'SOCIAL_MGT', 'INVOICING']
# Sections of NAF rév. 2 whose firms trade: not public bodies, finance or real estate.
TRADING_SECTIONS = set('CFGIJMNRS')
FIRMS = 6


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


def counts(ranking):
    ranked = sum(len(band['offerings']) for band in ranking.get('bands', []))
    return ranked, len(ranking.get('to_confirm', [])), len(ranking.get('excluded', []))


def main():
    data = os.environ.get('APLOMB_DATA')
    if not data:
        print('skipped: APLOMB_DATA names no folder with the public collections')
        return 3
    program = os.path.join(sys.argv[1], 'bin', 'aplomb')
    saas = os.path.join(data, 'saas-pricing', 'pricings.json')
    selfhosted = os.path.join(data, 'awesome-selfhosted', 'merged.json')
    with tempfile.TemporaryDirectory(prefix='aplomb-real-') as folder:
        store = os.path.join(folder, 'store')
        report_file = os.path.join(folder, 'report.json')
        subprocess.run(
            [program, '--json', 'import', '--data', store, '--share', SOURCE,
             '--pricing2yaml', saas, '--selfhosted', selfhosted,
             '--two-factor', os.path.join(data, '2fa-directory', 'merged.json'),
             '--rates', os.path.join(SOURCE, 'catalog/sample/exchange_rates.yaml'),
             '--report', report_file],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        # Every record is accounted for: as many outcomes as records in the source.
        with open(saas, encoding='utf-8') as file:
            saas_count = len(json.load(file))
        with open(selfhosted, encoding='utf-8') as file:
            selfhosted_count = len(json.load(file)['software'])
        with open(report_file, encoding='utf-8') as file:
            reports = json.load(file)
        for report, count in zip(reports, [saas_count, selfhosted_count]):
            assert report['read'] == count == len(report['records']), report['source']
            assert report['imported'] + report['partial'] + report['refused'] == count
            assert all(record['reason'] for record in report['records']), report['source']
            print(f"{count} records: {report['imported']} imported, {report['partial']} partial, "
                  f"{report['refused']} refused")

        token = os.path.join(folder, 'token')
        with open(token, 'w', encoding='utf-8') as file:
            subprocess.run([program, 'token', '--data', store, '--role', 'ADVISOR', '--subject',
                            'reviewer'], check=True, stdout=file)
        server = subprocess.Popen([program, 'serve', '--data', store, '--grpc', '127.0.0.1:0'],
                                  stderr=subprocess.DEVNULL)
        try:
            address_file = os.path.join(store, 'address')
            deadline = time.monotonic() + 120
            while not os.path.exists(address_file):
                assert server.poll() is None and time.monotonic() < deadline, 'no server'
                time.sleep(0.1)
            with open(address_file, encoding='utf-8') as file:
                address = file.read().strip()
            answered, with_ranking = set(), set()
            firms = trading_firms(os.path.join(data, 'company-profiles', 'companies.json'))
            assert len(firms) == FIRMS
            for firm in firms:
                profile = os.path.join(folder, 'firm.yaml')
                with open(profile, 'w', encoding='utf-8') as file:
                    file.write(profile_of(firm))
                run = subprocess.run(
                    [program, '--json', 'recommend', '--profile', profile, '--server', address,
                     '--token-file', token, '--deadline-ms', '60000',
                     *[word for need in NEEDS for word in ('--need', need)]],
                    capture_output=True, text=True, check=False)
                assert run.returncode == 0, run.stderr
                for result in json.loads(run.stdout)['results']:
                    for ranking in result.get('rankings', []):
                        ranked, to_confirm, excluded = counts(ranking)
                        assert ranked + to_confirm + excluded == ranking['candidate_count']
                        # Whatever is not ranked says why.
                        for offering in ranking.get('to_confirm', []) + ranking.get('excluded', []):
                            assert offering['findings'], offering['offering']
                            assert all(f['sentence']['fr'] and f['sentence']['en']
                                       for f in offering['findings'])
                        for band in ranking.get('bands', []):
                            for offering in band['offerings']:
                                total = sum(int(c.get('contribution', 0))
                                            for c in offering['contributions'])
                                assert total == int(offering['score']), offering['offering']
                        answered.add(result['need_id'])
                        if ranked:
                            with_ranking.add(result['need_id'])
            print(f'needs answered with real offerings: {len(answered)}; ranked for '
                  f'{len(with_ranking)}: {" ".join(sorted(with_ranking))}')
            assert len(answered) >= 8
            assert len(with_ranking) >= 8
        finally:
            server.terminate()
            server.wait(timeout=60)
    return 0


if __name__ == '__main__':
    sys.exit(main())
