"""An answer followed by hand: its lists, costs, values and scores computed a second time.

What goes in is what anybody can read: the published rulebook, the published offerings, the firm's
profile and what the answer itself states (assumptions, rates, target). Nothing of the program is
used. Rules that no offering of the public collections reaches (health data, cash registers, …)
are left out; what they would decide shows as a difference.
"""

import datetime
import fractions

MONTHS = 36
CENT = 10_000
MILLION = 1_000_000
# Staff bands of INSEE by the size class of the rulebook's reference costs.
SIZE_CLASSES = {'00': 'SOLO', '01': 'MICRO', '02': 'MICRO', '03': 'MICRO', '11': 'SMALL',
                '12': 'SMALL'}
SIZE_ORDER = ['SOLO', 'MICRO', 'SMALL', 'MEDIUM']


def number(value):
    return int(value or 0)


def to_cent(micros):
    """Half up, of an amount of at least 0."""
    return (micros + CENT // 2) // CENT * CENT


def rounded_up(dividend, divisor):
    return -(-dividend // divisor)


def day_of(date):
    return datetime.date(date['year'], date['month'], date['day'])


def same(what, expected, found):
    assert expected == found, f'{what}: expected {expected!r}, found {found!r}'


class Answer:
    """One answer, and what it must be."""

    def __init__(self, rulebook, rates, staff_band, day, answer):
        self.rulebook = rulebook
        self.day = day
        self.answer = answer
        self.needs = {need['need_id']: need for need in rulebook['needs']}
        # Without a band the rulebook's rows for 1 to 9 persons count; from 50 on those for MEDIUM.
        self.size = ('MICRO' if staff_band in (None, '', 'NN')
                     else SIZE_CLASSES.get(staff_band, 'MEDIUM'))
        self.rates = {}
        for rate in answer.get('applied_rates', []):
            known = [r for r in rates if r['currency_code'] == rate['currency_code']
                     and r['date'] <= day]
            newest = max(known, key=lambda r: r['date'])
            same('rate', (newest['euros_micros'], newest['date']),
                 (int(rate['euros_micros']), day_of(rate['date'])))
            self.rates[rate['currency_code']] = newest['euros_micros']
        self.converted = 0  # foreign amounts of ranked offerings
        self.checked = 0    # offerings in any list

    def assumed(self, need_id, field):
        for assumption in self.answer['assumptions']:
            if assumption.get('need_id') == need_id and assumption['field'] == field:
                return assumption['value']
        return None

    def usage(self, need_id, metric):
        value = self.assumed(need_id, f'usage.{metric}')
        assert value is not None, f'{need_id}: no {metric} is told'
        if value.endswith(' EUR'):
            return int(fractions.Fraction(value[:-4]) * MILLION)
        return int(value)

    # --- The lists --------------------------------------------------------------------------------

    def open_facts(self, need, offering):
        """Fields without which the offering is not ranked, with the reason."""
        need_id = need['need_id']
        found = set()
        codes = offering.get('languages', {}).get('ui', {}).get('codes')
        if codes is None:
            found.add(('H06', 'A_DOCUMENTER', 'languages.ui'))
        if 'development_status' not in offering:
            found.add(('H02', 'A_DOCUMENTER', 'development_status'))
        for fact in need.get('minimum_facts', []):
            if fact == 'cost.tco36':
                pricing = offering.get('pricing')
                if pricing is None:
                    found.add(('MIN', 'A_DOCUMENTER', 'pricing'))
                elif ((self.day - day_of(pricing['as_of'])).days
                      > self.rulebook['price_max_age_days']):
                    found.add(('MIN', 'PRIX_PERIME', 'pricing'))
            elif fact == 'features':
                if not any(claim['need_id'] == need_id for claim in offering.get('features', [])):
                    found.add(('MIN', 'A_DOCUMENTER', f'features.{need_id}'))
            else:
                path = fact.removeprefix('offering.')
                node = offering
                for word in path.split('.'):
                    node = node.get(word) if isinstance(node, dict) else None
                if node is None:
                    found.add(('MIN', 'A_DOCUMENTER', path))
        return found

    @staticmethod
    def violations(offering):
        found = set()
        if offering.get('development_status') not in (None, 'STABLE'):
            found.add(('H02', 'FICHE_NON_VALIDE', offering['development_status'], 'STABLE'))
        codes = offering.get('languages', {}).get('ui', {}).get('codes')
        if codes is not None and 'fr' not in codes:
            found.add(('H06', 'LANGUE', ' '.join(codes), 'fr'))
        return found

    def check_lists(self, need, ranking, offerings):
        """Each offering stands in the list that its own facts put it in, for all these reasons."""
        ranked = {o['offering'] for band in ranking.get('bands', []) for o in band['offerings']}
        to_confirm = {o['offering']: o for o in ranking.get('to_confirm', [])}
        excluded = {o['offering']: o for o in ranking.get('excluded', [])}
        same('candidates', set(offerings), ranked | set(to_confirm) | set(excluded))
        same('candidate_count', len(offerings), ranking['candidate_count'])
        for name, offering in offerings.items():
            self.checked += 1
            missing = self.open_facts(need, offering)
            against = self.violations(offering)
            if against:
                assert name in excluded, f'{name}: {against}, and not excluded'
                told = excluded[name]['findings']
            elif missing:
                assert name in to_confirm, f'{name}: {missing}, and not to confirm'
                told = to_confirm[name]['findings']
            else:
                assert name in ranked, f'{name}: nothing against it, and not ranked'
                continue
            found_against, found_missing = set(), set()
            for finding in told:
                reason = (finding['rule_id'], finding['reason_code'])
                assert finding['sentence']['fr'] and finding['sentence']['en'], name
                assert finding['remedy']['fr'] and finding['remedy']['en'], name
                if 'observed' in finding:
                    found_against.add(reason + (finding['observed'], finding['required']))
                else:
                    found_missing.add(reason + (finding['fields'][0],))
                if reason[1] == 'PRIX_PERIME':
                    same(f'{name}: day of the price', day_of(offering['pricing']['as_of']),
                         day_of(finding['price_as_of']))
                    same(f'{name}: most days', self.rulebook['price_max_age_days'],
                         finding['price_max_age_days'])
            same(f'{name}: reasons against it', against, found_against)
            same(f'{name}: what is missing', missing, found_missing)

    # --- Costs ------------------------------------------------------------------------------------

    def reference(self, need_id, asked):
        """One row of the rulebook over 36 months, for a firm that does it itself."""
        for row in self.needs[need_id].get('reference_costs', []):
            if row['size_class'] == self.size and row.get('delivery_mode') != 'HAVE_IT_DONE':
                share = 0
                if 'rate_bp' in row:
                    usage = self.usage(asked, row['rate_metric'])
                    share = MONTHS * usage * row['rate_bp'] // 10_000
                return to_cent(number(row.get('one_off_micros'))
                               + MONTHS * number(row.get('monthly_micros')) + share)
        return 0

    def hard_prerequisites(self, need):
        return [p['any_of'] for p in need.get('prerequisites', []) if p.get('hard')]

    def target(self, need):
        return self.reference(need['need_id'], need['need_id']) + sum(
            self.reference(any_of[0], need['need_id']) for any_of in self.hard_prerequisites(need))

    def component(self, need_id, component):
        amount = number(component['amount'].get('micros'))
        currency = component['amount']['currency_code']
        if currency != 'EUR':
            assert currency in self.rates, f'{currency}: no rate is shown'
            amount = fractions.Fraction(amount * self.rates[currency], MILLION)
            assert amount.denominator == 1, 'a price that is no whole micro in EUR'
            amount = int(amount)
            self.converted += 1
        same('period', 'MONTH', component['period'])
        count = 1
        if component['model'] == 'PER_USER':
            count = max(self.usage(need_id, 'USERS'), number(component.get('min_units')), 1)
        else:
            same('model', 'FLAT', component['model'])
        return to_cent(MONTHS * count * amount)

    def lines(self, need, offering):
        """(model, need added, amount) of each line."""
        need_id = need['need_id']
        lines = []
        for component in offering['pricing'].get('components', []):
            if component.get('feature_ids'):
                continue  # an option: the firm must have nothing in particular
            lines.append((component['model'], None, self.component(need_id, component)))
        served = set(offering['need_ids'])
        added = {need_id}
        for any_of in self.hard_prerequisites(need):
            added.add(any_of[0])
            if not served & set(any_of):
                lines.append(('PREREQUISITE', any_of[0], self.reference(any_of[0], need_id)))
        for kind in self.rulebook['kind_prerequisites']:
            if kind['kind'] != offering['kind']:
                continue
            if kind['need_id'] not in added and kind['need_id'] not in served:
                lines.append(('PREREQUISITE', kind['need_id'],
                              self.reference(kind['need_id'], need_id)))
            upkeep = kind.get('upkeep_monthly_micros')
            if upkeep:
                monthly = int(upkeep[SIZE_ORDER.index(self.size)])
                lines.append(('UPKEEP', kind['need_id'], MONTHS * monthly))
        return lines

    def check_cost(self, need, ranked, offering):
        cost = ranked['cost']
        expected = self.lines(need, offering)
        name = ranked['offering']
        found = [(line['model'], line.get('prerequisite_need_id'), number(line.get('tco36_micros')))
                 for line in cost.get('lines', [])]
        same(f'{name}: lines of the cost', sorted(expected, key=str), sorted(found, key=str))
        same(f'{name}: all-in cost', sum(line[2] for line in expected),
             number(cost.get('tco36_micros')))
        same(f'{name}: day of the price', offering['pricing']['as_of'], cost['price_as_of'])

    # --- Scores -----------------------------------------------------------------------------------

    @staticmethod
    def value(criterion, x):
        points = [(number(p.get('x')), number(p.get('value'))) for p in criterion['breakpoints']]
        if x <= points[0][0]:
            return points[0][1]
        for (x0, v0), (x1, v1) in zip(points, points[1:]):
            if x <= x1:
                return v0 + (v1 - v0) * (x - x0) // (x1 - x0)
        return points[-1][1]

    def weights(self, active):
        """Rank-order centroids of the default order, split in each group, largest remainder."""
        tiers = self.rulebook['weights']['default_choice']['tiers']
        order = [tier['group_ids'][0] for tier in tiers]
        centroid = {group: sum((fractions.Fraction(1, k) for k in range(i + 1, len(order) + 1)),
                               fractions.Fraction(0))
                    for i, group in enumerate(order)}
        parts = {c['criterion_id']: c.get('weight_in_group', 1) for c in self.rulebook['criteria']}
        groups = {}
        for criterion in active:
            groups.setdefault(criterion['group_id'], []).append(criterion['criterion_id'])
        whole = sum(centroid[group] for group in groups)
        exact = {}
        for group, members in groups.items():
            of_group = sum(parts[c] for c in members)
            for c in members:
                exact[c] = 10_000 * centroid[group] / whole * parts[c] / of_group
        given = {c: int(share) for c, share in exact.items()}
        left = 10_000 - sum(given.values())
        for c in sorted(exact, key=lambda c: (given[c] - exact[c], c))[:left]:
            given[c] += 1
        return given

    def observed(self, criterion_id, need, offering, ranked, target):
        """x of the criteria that the public facts tell; None for the others."""
        cost = ranked['cost']
        if criterion_id == 'C01':
            levels = {c['feature_id']: c['level'] for c in offering.get('features', [])
                      if c['need_id'] == need['need_id']}
            wished = self.assumed(need['need_id'], 'needs.nice_features').split(', ')
            halves = sum({'FULL': 2, 'PARTIAL': 1}.get(levels.get(f), 0) for f in wished)
            return 10_000 * halves // (2 * len(wished))
        if criterion_id == 'C06':
            return rounded_up(100 * number(cost.get('tco36_micros')), target)
        if criterion_id == 'C07':
            return rounded_up(10_000 * number(cost.get('double_usage_rise_micros')), target)
        if criterion_id == 'C08':
            return rounded_up(10_000 * number(cost.get('cash_out_90_days_micros')), target)
        if criterion_id == 'C09':
            return offering['commitment']['min_months']
        return None

    def check_scores(self, need, ranking, offerings):
        target = self.target(need)
        same('target', target, number(ranking['target_micros']))
        criteria = {c['criterion_id']: c for c in self.rulebook['criteria']}
        weights = self.weights(ranking['criteria'])
        same('weights', weights, {c['criterion_id']: c['weight_bp'] for c in ranking['criteria']})
        above = None
        for rank, band in enumerate(ranking.get('bands', []), 1):
            same('rank', rank, band['rank'])
            number_of_band = number(band.get('band'))
            assert above is None or number_of_band < above, 'bands do not fall'
            above = number_of_band
            for ranked in band['offerings']:
                name = ranked['offering']
                offering = offerings[name]
                self.check_cost(need, ranked, offering)
                same(f'{name}: criteria', set(weights),
                     {c['criterion_id'] for c in ranked['contributions']})
                score = 0
                for told in ranked['contributions']:
                    id_ = told['criterion_id']
                    what = f'{need["need_id"]}, {name}, {id_}'
                    if told['state'] == 'KNOWN':
                        observed = number(told.get('observed'))
                        x = self.observed(id_, need, offering, ranked, target)
                        if x is not None:
                            same(f'{what}: x', x, observed)
                        same(f'{what}: value', self.value(criteria[id_], observed),
                             number(told.get('value')))
                    else:
                        same(f'{what}: value of what is not said', 0, number(told.get('value')))
                    if id_ == 'C10' and 'transparency' not in offering['pricing']:
                        same(f'{what}: state', 'NOT_DECLARED', told['state'])
                    gives = weights[id_] * number(told.get('value'))
                    same(f'{what}: points', gives, number(told.get('contribution')))
                    score += gives
                same(f'{name}: score', score, number(ranked.get('score')))
                same(f'{name}: band', score // number(self.rulebook['band_width']), number_of_band)
                all_in = number(ranked['cost'].get('tco36_micros'))
                same(f'{name}: over the target', all_in > target,
                     ranked.get('over_target', False))
