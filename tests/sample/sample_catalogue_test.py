#!/usr/bin/env python3
"""Checks that hold for the sample catalogue as a whole.

Counts: members, ownership groups, offerings, and for every need offerings, groups and both
delivery modes. Names: fictional members, .example addresses, random UUIDs, no name twice.
Neutrality: what a member pays, how large it is and since when it belongs to the association say
nothing about the facts of its offerings. The last is a permutation test: the members swap their
fee, size and first year; a real correlation would stand out among the shuffled ones.
When the sample was made, facts were set first; then offerings were dealt to members and fees,
sizes and years drawn at random, anew until every rank correlation lay below 0.07, so that chance
alone does not make a small sample look bought.

The fee ledger stands beside this file: the catalogue has no place for it. Needs only Python 3.
"""

import math
import pathlib
import random
import re
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "catalog" / "sample"
NEEDS = ROOT / "catalog" / "rulebook" / "needs"

SEED = 20261123
ROUNDS = 2000
SERVICE_KINDS = {"SERVICE", "TRAINING"}
MODES = ("DO_IT_YOURSELF", "HAVE_IT_DONE")


# --- Reading -------------------------------------------------------------------------------------


class Reader:
    """Reads the subset of YAML in which the sample is written: maps and lists by indentation,
    flow maps and lists, plain and double-quoted scalars, comments on lines of their own. Scalars
    stay text. Anything else is an error."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if line.strip() and not line.lstrip().startswith("#"):
                self.lines.append((number, len(line) - len(line.lstrip()), line.strip()))
        self.at = 0

    def fail(self, text):
        number = self.lines[min(self.at, len(self.lines) - 1)][0]
        raise ValueError(f"{self.path}:{number}: {text}")

    def document(self):
        value = self.block(self.lines[0][1])
        if self.at != len(self.lines):
            self.fail("indentation does not match")
        return value

    def block(self, indent):
        return self.items(indent) if self.lines[self.at][2].startswith("- ") else self.map(indent)

    def items(self, indent):
        out = []
        while self.at < len(self.lines):
            number, depth, text = self.lines[self.at]
            if depth != indent or not text.startswith("- "):
                break
            rest = text[2:].lstrip()
            if rest[0] in "{[":
                out.append(self.value(rest, indent))
            else:
                inner = indent + len(text) - len(rest)
                self.lines[self.at] = (number, inner, rest)
                out.append(self.map(inner))
        return out

    def map(self, indent):
        out = {}
        while self.at < len(self.lines):
            _, depth, text = self.lines[self.at]
            if depth != indent or text.startswith("- "):
                break
            match = re.match(r"([\w.-]+):(?:\s+(.*))?$", text)
            if not match:
                self.fail("no key")
            if match[1] in out:
                self.fail(f"key twice: {match[1]}")
            if match[2]:
                out[match[1]] = self.value(match[2], indent)
            else:
                self.at += 1
                out[match[1]] = self.block(self.lines[self.at][1])
        return out

    def value(self, text, indent):
        """A value that begins on the current line; a flow value may go on over deeper lines."""
        self.at += 1
        while self.open_brackets(text) and self.at < len(self.lines):
            if self.lines[self.at][1] <= indent:
                break
            text += " " + self.lines[self.at][2]
            self.at += 1
        value, rest = self.flow(text)
        if rest.strip():
            self.at -= 1
            self.fail(f"cannot read {rest!r}")
        return value

    @staticmethod
    def open_brackets(text):
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
        return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")

    def flow(self, text):
        text = text.lstrip()
        if text.startswith('"'):
            match = re.match(r'"((?:[^"\\]|\\.)*)"', text)
            return match[1].replace('\\"', '"').replace("\\\\", "\\"), text[match.end():]
        if text.startswith("["):
            out, text = [], text[1:].lstrip()
            while not text.startswith("]"):
                item, text = self.flow(text)
                out.append(item)
                text = text.lstrip()
                if text.startswith(","):
                    text = text[1:].lstrip()
                elif not text.startswith("]"):
                    self.fail("list is not closed")
            return out, text[1:]
        if text.startswith("{"):
            out, text = {}, text[1:].lstrip()
            while not text.startswith("}"):
                match = re.match(r"([\w.-]+):\s*", text)
                if not match or match[1] in out:
                    self.fail(f"bad key at {text[:30]!r}")
                out[match[1]], text = self.flow(text[match.end():])
                text = text.lstrip()
                if text.startswith(","):
                    text = text[1:].lstrip()
                elif not text.startswith("}"):
                    self.fail("map is not closed")
            return out, text[1:]
        match = re.match(r"[^,\[\]{}]*", text)
        scalar = match[0].strip()
        return None if scalar in ("null", "~") else scalar, text[match.end():]


def read(path):
    return Reader(path).document()


def merge(base, over):
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    out = dict(base)
    for key, value in over.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merge(base.get(key), value)
    return out


class Need:
    """What the checks need of a need's text: features, modes, usual cost and usage of a firm of
    1 to 9 employees."""

    def __init__(self, path):
        text = re.sub(r"^#.*$", "", path.read_text(encoding="utf-8"), flags=re.M)
        self.need_id = re.search(r'^need_id: "(\w+)"', text, re.M)[1]
        self.features = re.findall(r'feature_id: "(\w+)"', text)
        self.modes = re.findall(r"^delivery_modes: (\w+)", text, re.M)
        micro = re.search(r"reference_costs \{[^{}]*size_class: MICRO([^{}]*)\}", text)[1]
        amount = lambda key: int((re.search(key + r": (\d+)", micro) or [0, 0])[1]) / 1e6
        self.reference36 = amount("one_off_micros") + 36 * amount("monthly_micros")
        # A reference cost may hang on sales too: the share of them that is added each month.
        rate = re.search(r"rate_bp: (\d+)", micro)
        self.reference_rate = int(rate[1]) / 10_000 if rate else 0
        self.usage = {}
        for block in re.findall(r"assumed_usages \{([^{}]*)\}", text):
            values = re.search(r"values: \[([^\]]*)\]", block)[1]
            metric = re.search(r"metric: (\w+)", block)[1]
            self.usage[metric] = int(values.split(",")[1])


def load_needs():
    needs = (Need(path) for path in sorted(NEEDS.glob("*.textproto")))
    return {need.need_id: need for need in needs}


class Sample:
    def __init__(self, folder):
        members = read(folder / "members.yaml")
        self.groups = members["ownership_groups"]
        self.members = {member["id"]: member for member in members["members"]}
        self.member_count = len(members["members"])
        self.fees = read(HERE / "fee_ledger.yaml")["yearly_fees"]
        self.offerings = []
        for path in sorted((folder / "offerings").glob("*.yaml")):
            document = read(path)
            for offering in document["offerings"]:
                merged = merge(document.get("defaults", {}), offering)
                merged["file"] = path.stem
                self.offerings.append(merged)
        self.profiles = {path.stem: read(path) for path in (folder / "profiles").glob("*.yaml")}


def mode_of(offering):
    default = "HAVE_IT_DONE" if offering["kind"] in SERVICE_KINDS else "DO_IT_YOURSELF"
    return offering.get("delivery_mode", default)


# --- Price level ---------------------------------------------------------------------------------

RATES = {"EUR": 1.0, "USD": 0.87, "GBP": 1.16, "CHF": 1.07}


def euros(text):
    number, currency = text.split(" ")
    return float(number) * RATES[currency]


def tiers_cost(component, usage):
    total, below = 0.0, 0
    for tier in component["tiers"]:
        up_to = int(tier["up_to"]) if "up_to" in tier else None
        unit, flat = (euros(tier.get(key, "0.00 EUR")) for key in ("unit_price", "flat"))
        if component["model"] == "VOLUME":
            if up_to is None or usage <= up_to:
                return usage * unit + flat
        elif usage > below:
            total += (usage - below if up_to is None else min(usage, up_to) - below) * unit + flat
            below = up_to if up_to is not None else usage
    return total


def cost36(offering, need, known_usage=None):
    """A plain estimate without growth and indexation, for a firm of 1 to 9 employees where the
    usage is not known; None where the price is unknown."""
    counted = {**need.usage, **(known_usage or {})}
    if "pricing" not in offering:
        return None
    total = 0.0
    for component in offering["pricing"]["components"]:
        if "feature_ids" in component:
            continue
        model = component["model"]
        amount = euros(component.get("amount_max", component.get("amount", "0.00 EUR")))
        metric = component.get("metric")
        usage = counted.get(metric, 0)
        times = {"YEAR": 3, "ONE_OFF": 1}.get(component.get("period", "MONTH"), 36)
        if model == "PER_USER":
            users = max(counted.get("USERS", 1), int(component.get("min_units", 1)))
            total += amount * users * times
        elif model in ("TIERED", "VOLUME"):
            total += tiers_cost(component, usage) * times
        elif model == "USAGE":
            above = max(0, usage - int(component.get("included", 0)))
            total += 36 * amount * above / int(component.get("unit_count", 1))
        elif model == "COMMISSION":
            share = usage / 1e6 * int(component["rate_bp"]) / 10000
            orders = counted.get("ORDERS_MONTH", 0)
            month = share + orders * euros(component.get("per_transaction", "0.00 EUR"))
            total += 36 * max(month, euros(component.get("monthly_minimum", "0.00 EUR")))
        elif model in ("FLAT", "QUOTE"):
            total += amount * times
        else:
            total += amount * (3 if model == "YEARLY_FEE" else 1)
    return total


# --- Correlation ---------------------------------------------------------------------------------


def ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    out, i = [0.0] * len(values), 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and values[order[j + 1]] == values[order[i]]:
            j += 1
        for k in range(i, j + 1):
            out[order[k]] = (i + j) / 2
        i = j + 1
    return out


def spearman(left, right):
    x, y = ranks(left), ranks(right)
    mx, my = sum(x) / len(x), sum(y) / len(y)
    xy = sum((a - mx) * (b - my) for a, b in zip(x, y))
    xx, yy = sum((a - mx) ** 2 for a in x), sum((b - my) ** 2 for b in y)
    return xy / math.sqrt(xx * yy) if xx * yy > 0 else 0.0


def permutation_p(values, owners, attribute, rng, rounds=ROUNDS):
    """Spearman's rho between the facts `values[i]` of offerings and `attribute[owners[i]]`, and
    how often members that swapped the attribute reach as much."""
    observed = spearman(values, [attribute[owner] for owner in owners])
    names = sorted(set(owners))
    y = ranks(values)
    my = sum(y) / len(y)
    # Only the sum of products changes when members swap: weight per member.
    weight = dict.fromkeys(names, 0.0)
    count = dict.fromkeys(names, 0)
    for owner, rank in zip(owners, y):
        weight[owner] += rank - my
        count[owner] += 1
    yy = sum((b - my) ** 2 for b in y)

    def rho(assigned):
        # Midranks of the attribute over offerings, from counts per distinct value.
        per_value = {}
        for name in names:
            per_value[assigned[name]] = per_value.get(assigned[name], 0) + count[name]
        midrank, before = {}, 0
        for value in sorted(per_value):
            midrank[value] = before + (per_value[value] - 1) / 2
            before += per_value[value]
        mean = (before - 1) / 2
        xy = sum(weight[name] * midrank[assigned[name]] for name in names)
        xx = sum(n * (midrank[value] - mean) ** 2 for value, n in per_value.items())
        return xy / math.sqrt(xx * yy) if xx * yy > 0 else 0.0

    shuffled = [attribute[name] for name in names]
    reached = 0
    for _ in range(rounds):
        rng.shuffle(shuffled)
        if abs(rho(dict(zip(names, shuffled)))) >= abs(observed) - 1e-12:
            reached += 1
    return observed, (reached + 1) / (rounds + 1)


def facts_of(offering, needs):
    """What is measured of one offering; None where it does not say."""
    need = needs[offering["need_ids"][0]]
    cost = cost36(offering, need)
    levels = {"DECLARED": 1, "DOCUMENTED": 2, "CERTIFIED": 3, "CHECKED": 4}
    there = offering["features"][need.need_id].values()
    sla = offering.get("service_level", {}).get("availability_bp")
    return {
        "price level": cost / need.reference36 if cost is not None else None,
        "features": sum(v in ("FULL", "OPTION_PAID") for v in there) / len(need.features),
        "evidence": sum(levels[claim["evidence"]] for claim in offering.get("claims", [])),
        "availability": int(sla) if sla is not None else None,
    }


SIZES = {"MEMBER_MICRO": 1, "MEMBER_SME": 2, "MEMBER_LARGE": 3}


def attributes_of(sample):
    members = sample.members
    return {
        "fee": {name: euros(fee) for name, fee in sample.fees.items()},
        "size": {name: SIZES[member["size"]] for name, member in members.items()},
        "first year": {name: int(m["member_since_year"]) for name, m in members.items()},
    }


def neutrality(sample, needs, rng):
    """Rows (attribute, fact, rho, p)."""
    facts = [facts_of(offering, needs) for offering in sample.offerings]
    rows = []
    for attribute, values in attributes_of(sample).items():
        for fact in facts[0]:
            known = [i for i, row in enumerate(facts) if row[fact] is not None]
            owners = [sample.offerings[i]["member"] for i in known]
            rho, p = permutation_p([facts[i][fact] for i in known], owners, values, rng)
            rows.append((attribute, fact, rho, p))
    return rows


# --- Tests ---------------------------------------------------------------------------------------


class SampleCatalogueTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.needs = load_needs()
        cls.sample = Sample(SAMPLE)

    def offerings_for(self, need_id, mode=None):
        return [
            offering
            for offering in self.sample.offerings
            if need_id in offering["need_ids"] and mode in (None, mode_of(offering))
        ]

    def groups_of(self, offerings):
        return {self.sample.members[o["member"]]["ownership_group"] for o in offerings}

    def test_members(self):
        sample = self.sample
        self.assertGreaterEqual(len(sample.members), 64)
        self.assertEqual(len(sample.members), sample.member_count, "two members share an id")
        used = {member["ownership_group"] for member in sample.members.values()}
        self.assertEqual(used, set(sample.groups))
        self.assertGreaterEqual(len(used), 50)
        for name, member in sample.members.items():
            with self.subTest(member=name):
                self.assertEqual(member["fictional"], "true")
                self.assertRegex(member["url"], r"^https://[a-z0-9-]+\.example$")
        self.assertEqual(set(sample.fees), set(sample.members))
        for fee in sample.fees.values():
            self.assertTrue(500 <= euros(fee) <= 3000)

    def test_uids_are_random_and_unique(self):
        uuid4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        uids = [o["uid"] for o in self.sample.offerings]
        uids += [m["uid"] for m in self.sample.members.values()]
        uids += list(self.sample.groups.values())
        for uid in uids:
            self.assertRegex(uid, uuid4)
        self.assertEqual(len(uids), len(set(uids)))
        names = [(o["member"], o["id"]) for o in self.sample.offerings]
        self.assertEqual(len(names), len(set(names)))

    def test_offerings_per_need(self):
        self.assertGreaterEqual(len(self.sample.offerings), 380)
        for need_id, need in self.needs.items():
            with self.subTest(need=need_id):
                there = self.offerings_for(need_id)
                self.assertGreaterEqual(len(there), 8)
                self.assertGreaterEqual(len(self.groups_of(there)), 4)
                for mode in need.modes:
                    groups = self.groups_of(self.offerings_for(need_id, mode))
                    self.assertGreaterEqual(len(groups), 3, mode)
                for mode in set(MODES) - set(need.modes):
                    self.assertEqual(self.offerings_for(need_id, mode), [])

    def test_needs_and_features_are_known(self):
        for offering in self.sample.offerings:
            with self.subTest(offering=offering["id"]):
                self.assertIn(offering["member"], self.sample.members)
                file = offering["file"].removesuffix("_services")
                self.assertEqual(offering["need_ids"][0].lower(), file)
                self.assertEqual(set(offering["features"]), set(offering["need_ids"]))
                for need_id, features in offering["features"].items():
                    self.assertLessEqual(set(features), set(self.needs[need_id].features))
                paid = {
                    f"{need_id}.{feature}"
                    for need_id, features in offering["features"].items()
                    for feature, level in features.items()
                    if level == "OPTION_PAID"
                }
                if "pricing" in offering:
                    components = offering["pricing"]["components"]
                    priced = {f for c in components for f in c.get("feature_ids", [])}
                    self.assertEqual(paid, priced)

    def test_addresses_are_examples(self):
        for path in list(SAMPLE.rglob("*.yaml")):
            if path.name == "law_table.yaml":  # laws are real
                continue
            for host in re.findall(r"https?://([^/\"\s,}]+)", path.read_text(encoding="utf-8")):
                self.assertTrue(host.endswith(".example"), f"{path}: {host}")
            self.assertLess(path.stat().st_size, 60_000, path)

    def test_texts_fit(self):
        for offering in self.sample.offerings:
            with self.subTest(offering=offering["id"]):
                for key, limit in (("title", 80), ("generic_name", 35), ("short_description", 150)):
                    for language in ("fr", "en"):
                        self.assertTrue(0 < len(offering[key][language]) <= limit, key)

    def test_profiles(self):
        profiles = self.sample.profiles
        self.assertGreaterEqual(len(profiles), 25)
        for name, profile in profiles.items():
            with self.subTest(profile=name):
                for wish in profile["needs"]:
                    features = set(self.needs[wish["need_id"]].features)
                    asked = wish.get("must_features", []) + wish.get("nice_features", [])
                    self.assertLessEqual(set(asked), features)
        firms = [p["profile"] for p in profiles.values()]
        self.assertGreaterEqual(len({f["department_code"] for f in firms}), 18)
        self.assertGreaterEqual(len({f["activity"]["code"] for f in firms}), 18)

    def test_member_business_says_nothing_about_facts(self):
        print(f"\npermutation test, seed {SEED}, {ROUNDS} rounds")
        for attribute, fact, rho, p in neutrality(self.sample, self.needs, random.Random(SEED)):
            print(f"  {attribute:10} and {fact:12} rho {rho:+.3f}  p {p:.3f}")
            with self.subTest(attribute=attribute, fact=fact):
                self.assertLess(abs(rho), 0.15)
                self.assertGreater(p, 0.05)

    def test_a_bought_advantage_would_be_seen(self):
        """The same test on a fee that follows the features of one's offerings must notice it."""
        sample, needs = self.sample, self.needs
        levels = [facts_of(o, needs)["features"] for o in sample.offerings]
        owners = [o["member"] for o in sample.offerings]
        mean = {}
        for name in set(owners):
            own = [level for level, owner in zip(levels, owners) if owner == name]
            mean[name] = sum(own) / len(own)
        rho, p = permutation_p(levels, owners, mean, random.Random(SEED))
        self.assertGreater(rho, 0.15)
        self.assertLess(p, 0.05)


class StoriesTest(unittest.TestCase):
    """What the stories told with this catalogue lean on."""

    TODAY = "2026-11-23"  # the day on which the sample was drawn

    @classmethod
    def setUpClass(cls):
        cls.needs = load_needs()
        cls.sample = Sample(SAMPLE)

    def find(self, offering_id):
        found = [o for o in self.sample.offerings if o["id"] == offering_id]
        self.assertEqual(len(found), 1, offering_id)
        return found[0]

    def usage_of(self, profile):
        out = {}
        for usage in self.sample.profiles[profile]["profile"]["usage"]:
            value = usage["value"]
            out[usage["metric"]] = int(euros(value) * 1e6) if " " in value else int(value)
        return out

    def certified(self, offering, scheme):
        return any(
            c["scheme"] == scheme
            and c.get("scope_matches") == "true"
            and c["valid_to"] >= self.TODAY
            for c in offering.get("certificates", [])
        )

    def test_baker(self):
        """With what must be added, a bare shop costs more than the bundle."""
        shop = self.needs["ECOMMERCE"]
        usage = self.usage_of("boulangerie-rhone")
        names = ("boutique-tout-compris", "boutique-nue", "boutique-libre")
        bundle, bare, free = map(self.find, names)
        for offering in (bundle, bare, free):
            self.assertEqual(offering["features"]["ECOMMERCE"]["click_collect"], "FULL")
        self.assertEqual(set(bundle["need_ids"]), {"ECOMMERCE", "DOMAIN", "ONLINE_PAY"})
        added = self.needs["DOMAIN"].reference36 + self.needs["ONLINE_PAY"].reference36
        sales = usage["ONLINE_SALES_MONTH"] / 1e6
        added += 36 * sales * self.needs["ONLINE_PAY"].reference_rate
        whole = cost36(bundle, shop, usage)
        self.assertLess(whole, cost36(bare, shop, usage) + added)
        self.assertEqual(cost36(free, shop, usage), 0)
        rules = (ROOT / "catalog" / "rulebook" / "rulebook.textproto").read_text(encoding="utf-8")
        by_size = re.search(r"upkeep_monthly_micros: \[([\d, ]+)\]", rules)[1].split(",")
        upkeep = 36 * int(by_size[1]) / 1e6
        self.assertLess(whole, added + self.needs["HOSTING"].reference36 + upkeep)
        self.assertEqual(free["audience"]["skill_required"], "3")

    def test_reunion(self):
        """Commission beats subscription at low sales and loses at high sales."""
        shop = self.needs["ECOMMERCE"]
        share, fixed = map(self.find, ("boutique-a-la-commission", "boutique-a-l-abonnement"))
        low = self.usage_of("createrice-reunion")
        high = self.usage_of("createrice-reunion-ventes-fortes")
        self.assertLess(2 * cost36(share, shop, low), cost36(fixed, shop, low))
        self.assertGreater(cost36(share, shop, high), cost36(fixed, shop, high))
        apart = {"member", "id", "uid", "title", "short_description", "generic_name", "pricing",
                 "landing_url", "claims", "payment"}
        strip = lambda o: {key: value for key, value in o.items() if key not in apart}
        self.assertEqual(strip(share), strip(fixed), "nothing but the price tells them apart")
        served = [o["coverage"].get("regions", []) for o in self.sample.offerings
                  if "ECOMMERCE" in o["need_ids"]]
        self.assertGreaterEqual(sum(r == ["FR-METRO"] for r in served), 4)
        self.assertGreaterEqual(sum("FR-ALL" in r or "04" in r for r in served), 4)

    def test_physiotherapist(self):
        """Enough booking offerings with valid health-data hosting, and one whose is over."""
        booking = [o for o in self.sample.offerings if "BOOKING" in o["need_ids"]]
        for mode, least in (("DO_IT_YOURSELF", 3), ("HAVE_IT_DONE", 2)):
            there = [o for o in booking if mode_of(o) == mode and self.certified(o, "HDS")]
            groups = {self.sample.members[o["member"]]["ownership_group"] for o in there}
            self.assertGreaterEqual(len(groups), least, mode)
            for offering in there:
                self.assertEqual(offering["hosting"]["hosts_customer_data"], "true")
                self.assertEqual(offering["gdpr"]["dpa_available"], "true")
        over = [o for o in booking if not self.certified(o, "HDS")
                and any(c["scheme"] == "HDS" for c in o.get("certificates", []))]
        self.assertGreaterEqual(len(over), 1)
        for offering in booking:  # no way around: none says that it keeps no data
            self.assertNotEqual(offering.get("hosting", {}).get("hosts_customer_data"), "false")

    def test_einvoicing_roles(self):
        roles = {}
        for offering in self.sample.offerings:
            if "EINV_RECV" in offering["need_ids"]:
                facts = offering["accounting"]
                valid = facts.get("pa_valid_to", "") >= self.TODAY
                key = (facts["einvoicing_role"], valid, facts.get("pa_named"))
                roles[key] = roles.get(key, 0) + 1
        self.assertGreaterEqual(roles[("APPROVED_PLATFORM", True, None)], 3)
        self.assertGreaterEqual(roles[("APPROVED_PLATFORM", False, None)], 1)
        self.assertGreaterEqual(roles[("COMPATIBLE_SOLUTION", True, "true")], 3)
        self.assertGreaterEqual(roles[("COMPATIBLE_SOLUTION", False, "false")], 1)
        self.assertGreaterEqual(roles[("NO_ROLE", False, None)], 1)

    def test_till_proofs(self):
        proofs = [o.get("pos", {}).get("proof_kind") for o in self.sample.offerings
                  if "POS" in o["need_ids"]]
        certificates = {"NF525_CERTIFICATE", "LNE_CERTIFICATE", "PUBLISHER_ATTESTATION"}
        self.assertLessEqual(certificates | {"NO_PROOF", None}, set(proofs))

    def test_adequate_tool(self):
        tool = self.sample.profiles["plombier-garde-son-outil"]["profile"]["existing_tools"][0]
        self.assertEqual(tool["adequate"], "true")
        kept = 36 * euros(tool["monthly_cost"])
        self.assertLess(kept, self.needs["INVOICING"].reference36 / 2)
        self.assertGreater(euros(tool["leaving_cost"]), kept)


if __name__ == "__main__":
    unittest.main(verbosity=1)
