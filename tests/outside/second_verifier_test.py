#!/usr/bin/env python3
"""The second verifier, which was written from docs/log_format.md alone, and aplomb-verify judge
alike: the same verdict, and the same entries named, for a sound log, for the example of that page
and for logs that are spoilt in one place each, at random (the seed stands here) and by a list of
rules that are broken one by one.

    tests/outside/second_verifier_test.py BUILD_DIRECTORY [SPOILT_LOGS]
"""

import base64
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import second_verifier as second
from second_verifier import (CHOICE, CHUNK, DECISION, ENGAGEMENT, EPOCH, EPOCH_CLOSE, ERASURE, KEY,
                             MEMBER, NOTE, OFFERING, PREVIEW, RULEBOOK)

SEED = 20261123
SPOILT_DEFAULT = 400
HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, '../../docs/log_format.md')
ORIGIN = 'log.example/second'
LOG_SEED, NEW_SEED, THIRD_SEED = bytes([7]) * 32, bytes([8]) * 32, bytes([9]) * 32
START_US = 1_772_355_600_000_000  # 2026-03-01 09:00:00 UTC
DAY_US = 86_400_000_000
DAY, NEXT_DAY, YEAR = '2026-03-01', '2026-03-02', '2026'
SECRET = bytes([0x78]) * 32


def public(seed):
    return second.ed25519_public(seed)[2]


def u(value, size):
    return value.to_bytes(size, 'big', signed=value < 0)


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return u(len(data), 4) + data


class Spec:
    """An entry by its parts; `prev` None: all entries before it, and their root."""

    def __init__(self, kind, body, **parts):
        self.kind, self.body = kind, body
        self.time_us, self.prev_size, self.prev_root = None, None, None
        self.tiers, self.slot, self.chunks, self.digest, self.raw = [], 0, 0, b'', None
        for name, value in parts.items():
            setattr(self, name, value)

    def encode(self, index, time_us, tree):
        if self.raw is not None:
            return self.raw
        size = index if self.prev_size is None else self.prev_size
        root = self.prev_root
        if root is None:
            root = tree.root(min(size, index))
        data = b'APE1' + u(self.kind, 1)
        data += u(time_us if self.time_us is None else self.time_us, 8) + u(size, 8) + root
        data += u(len(self.tiers), 1)
        if self.tiers:
            data += u(self.slot, 8)
        for tier, sections, section_root in self.tiers:
            data += u(tier, 1) + u(sections, 2) + section_root
        data += u(self.chunks, 2) + self.digest + u(len(self.body), 4) + self.body
        return data


def object_body(name, message):
    return text(name) + message


def offering_message(byte):
    uuid = bytes([byte] * 16).hex()
    uuid = f'{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}'
    return b'\x12' + bytes([len(uuid)]) + uuid.encode()


def epoch_body(kind, label, secret):
    return u(kind, 1) + text(label) + second.commitment_of(kind, label, secret)


def close_body(label, index, secret=SECRET):
    return b'\1\1' + text(label) + u(index, 8) + secret


def engagement_body(name, day=DAY, subject=b'\x55' * 32):
    return b'\1' + text(name) + text('ADVISOR/marie') + text(day) + subject + b'\0\0'


def decision_body(parts, recommendation='r1', number=1, previews=0, places=((1, 1, 90), (2, 2, 80)),
                  ranked=None, engagement='e1'):
    body = b'\1' + text(engagement) + text(recommendation) + u(20_513, 4)
    body += u(parts['catalogue'], 8) + u(parts['rulebook'], 8)
    body += parts['rulebook_digest'] + parts['catalogue_digest'] + b'\x99' * 32
    body += u(number, 4) + u(previews, 4) + u(1, 4)
    body += text('crm') + b'\2' + u(len(places) if ranked is None else ranked, 4)
    body += u(0, 4) + u(3, 4)
    body += u(len(places), 4)
    for offering, rank, score in places:
        body += bytes([offering] * 16) + u(rank, 4) + u(score, 8)
    return body


def choice_body(index, recommendation='r1', kind=1, offering=1, engagement='e1'):
    uuid = bytes([offering] * 16) if kind == 1 else bytes(16)
    return (b'\1' + text(engagement) + text(recommendation) + u(index, 8) + text('crm') +
            u(kind, 1) + uuid)


def erasure_body(*tiers, ground=1):
    return b'\1' + u(ground, 1) + u(len(tiers), 4) + b''.join(u(at, 8) + u(tier, 1)
                                                              for at, tier in tiers)


def key_body(kind, old, new, signers=None):
    message = b'aplomb/key/v1\0' + u(kind, 1) + public(old) + public(new) + ORIGIN.encode()
    if signers is None:
        signers = (old, new) if kind == 1 else (new,)
    signatures = b''.join(second.ed25519_sign(seed, message) for seed in signers)
    return b'\1' + u(kind, 1) + public(old) + public(new) + signatures


def world():
    """A sound log of all that there is, as specs; `at` names the places that others refer to."""
    specs, at = [], {}

    def add(name, kind, body, **parts):
        at[name] = len(specs)
        specs.append(Spec(kind, body, **parts))

    add('year', EPOCH, epoch_body(2, YEAR, b'\x77' * 32))
    add('day', EPOCH, epoch_body(1, DAY, SECRET))
    add('member', MEMBER, object_body('members/nord', b'\x0a\x04nord'))
    add('member2', MEMBER, object_body('members/sud', b'\x0a\x03sud'))
    for i in (1, 2, 3):
        add(f'offering{i}', OFFERING, object_body(f'members/nord/offerings/o{i}',
                                                  offering_message(i)))
    rulebook = object_body('rulebooks/main', b'\x0a' * 100_000)
    for piece in (rulebook[:60_000], rulebook[60_000:]):
        add(f'chunk{len(specs)}', CHUNK, piece, time_us=START_US + 50)
    add('rulebook', RULEBOOK, b'', chunks=2, digest=hashlib.sha256(rulebook).digest(),
        time_us=START_US + 50)
    rulebook_message = rulebook[4 + len('rulebooks/main'):]
    add('engagement', ENGAGEMENT, engagement_body('e1'), slot=7, tiers=[(2, 2, b'\x2b' * 32)])

    tree = second.Tree()
    for name, message in (('members/nord', b'\x0a\x04nord'), ('members/sud', b'\x0a\x03sud'),
                          *((f'members/nord/offerings/o{i}', offering_message(i))
                            for i in (1, 2, 3)),
                          ('rulebooks/main', rulebook_message)):
        tree.append(hashlib.sha256(b'\0' + text(name) +
                                   hashlib.sha256(message).digest()).digest())
    parts = {'catalogue': at['rulebook'], 'rulebook': at['rulebook'],
             'rulebook_digest': hashlib.sha256(rulebook_message).digest(),
             'catalogue_digest': tree.root(6)}
    add('decision', DECISION, decision_body(parts), slot=8,
        tiers=[(1, 3, b'\x31' * 32), (2, 1, b'\x32' * 32)])
    add('preview', PREVIEW, decision_body(parts, 'r2', 2, 1, ((1, 1, 90), (3, 1, 90), (2, 2, 80))),
        slot=9, tiers=[(1, 3, b'\x33' * 32), (2, 1, b'\x34' * 32)])
    add('decision2', DECISION, decision_body(parts, 'r3', 3, 1), slot=10,
        tiers=[(1, 3, b'\x35' * 32), (2, 1, b'\x36' * 32)])
    add('choice', CHOICE, choice_body(at['decision']))
    add('erasure', ERASURE, erasure_body((at['engagement'], 2), (at['decision'], 1),
                                         (at['decision'], 2)))
    add('note', NOTE, b'\1\1' + u(9, 8) + u(-1, 8) + text('the disk broke'))
    add('close', EPOCH_CLOSE, close_body(DAY, at['day']), time_us=START_US + DAY_US)
    add('day2', EPOCH, epoch_body(1, NEXT_DAY, SECRET), time_us=START_US + DAY_US)
    add('begin', KEY, key_body(1, LOG_SEED, NEW_SEED), time_us=START_US + DAY_US)
    add('engagement2', ENGAGEMENT, engagement_body('e2', NEXT_DAY), slot=11,
        tiers=[(2, 2, b'\x37' * 32)], time_us=START_US + DAY_US)
    add('end', KEY, key_body(2, LOG_SEED, NEW_SEED), time_us=START_US + DAY_US)
    add('engagement3', ENGAGEMENT, engagement_body('e3', NEXT_DAY), slot=12,
        tiers=[(2, 2, b'\x38' * 32)], time_us=START_US + DAY_US + 5)
    return specs, at, parts


def build(specs):
    """The bytes of the entries and their tree."""
    tree, entries = second.Tree(), []
    time_us = START_US
    for index, spec in enumerate(specs):
        time_us = max(time_us, min(spec.time_us or 0, START_US + 2 * DAY_US)) + 1
        data = spec.encode(index, time_us, tree)
        entries.append(data)
        tree.append(second.leaf_hash(data))
    return entries, tree


def note_of(size, root, seeds):
    body = f'{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n'
    lines = ''
    for seed in seeds:
        key = second.VerifierKey(second.vkey_text(ORIGIN, public(seed)))
        blob = key.id + second.ed25519_sign(seed, body.encode())
        lines += f'\u2014 {ORIGIN} {base64.b64encode(blob).decode()}\n'
    return f'{body}\n{lines}'.encode()


def write_log(folder, entries, tree, seeds):
    shutil.rmtree(folder, ignore_errors=True)
    files = {'checkpoint': note_of(len(entries), tree.root(len(entries)), seeds)}
    for tile in range((len(entries) + 255) // 256):
        piece = entries[256 * tile:256 * tile + 256]
        files[second.path_of('entries', tile, len(piece))] = b''.join(
            u(len(entry), 2) + entry for entry in piece)
        files[second.path_of(0, tile, len(piece))] = b''.join(
            second.leaf_hash(entry) for entry in piece)
    for path, data in files.items():
        whole = os.path.join(folder, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, 'wb') as file:
            file.write(data)


POLICY = (f'log {second.vkey_text(ORIGIN, public(LOG_SEED))}\n'
          f'log {second.vkey_text(ORIGIN, public(NEW_SEED))}\nquorum none\n')


class Judges:
    """Both verifiers on one log."""

    def __init__(self, build_directory, folder):
        self.program = os.path.join(build_directory, 'bin/aplomb-verify')
        self.folder, self.log = folder, os.path.join(folder, 'log')
        self.policy = os.path.join(folder, 'policy')
        self.count, self.wrong = 0, []
        self.verdicts = {}

    def judge(self, name, policy=POLICY, old=()):
        with open(self.policy, 'w', encoding='utf-8') as file:
            file.write(policy)
        command = [self.program, '--log', self.log, '--policy', self.policy, '--json']
        for i, note in enumerate(old):
            path = os.path.join(self.folder, f'old{i}')
            with open(path, 'wb') as file:
                file.write(note)
            command += ['--old', path]
        ours = subprocess.run(command, capture_output=True, text=True, check=False)
        verdict, findings = second.verify(self.log, policy, old)
        self.count += 1
        self.verdicts[verdict] = self.verdicts.get(verdict, 0) + 1
        report = json.loads(ours.stdout) if ours.stdout else {'findings': []}
        named = {finding.get('index') for finding in report['findings']}
        expected = {index for index, _, _ in findings}
        # Where the files are not those that were signed, one of them may see more of it.
        same = ours.returncode == verdict and (verdict == 40 or named == expected)
        if not same:
            self.wrong.append(
                f'{name}: the second verifier says {verdict}, {sorted(findings, key=str)}; '
                f'aplomb-verify {ours.returncode}, '
                f'{[(f.get("index"), f["reason"]) for f in report["findings"]]}')
        return verdict, expected

    def log_of(self, specs, seeds=(NEW_SEED,)):
        entries, tree = build(specs)
        write_log(self.folder + '/log', entries, tree, seeds)
        return entries, tree


def example(judges):
    """The log that the page itself shows."""
    with open(PAGE, encoding='utf-8') as file:
        page = file.read()
    policy = re.search(r'```policy\n(.*?)```', page, re.S).group(1)
    checkpoint = re.search(r'```checkpoint\n(.*?)```', page, re.S).group(1)
    entries = [bytes.fromhex(re.sub(r'#.*|\s', '', block))
               for block in re.findall(r'```hex\n(.*?)```', page, re.S)]
    tree = second.Tree()
    for entry in entries:
        tree.append(second.leaf_hash(entry))
    write_log(judges.log, entries, tree, ())
    with open(os.path.join(judges.log, 'checkpoint'), 'wb') as file:
        file.write(checkpoint.encode())
    if judges.judge('the example of the page', policy)[0] != 10:
        judges.wrong.append('the example of the page does not verify')


def broken_rules(judges):
    """Each rule of the page broken once: both name the entry (verdict 20)."""
    def case(name, change, expected, seeds=(NEW_SEED,), policy=POLICY):
        specs, at, parts = world()
        wanted = change(specs, at, parts)
        judges.log_of(specs, seeds)
        verdict, named = judges.judge(name, policy)
        if verdict != expected or (wanted is not None and wanted not in named):
            judges.wrong.append(f'{name}: {verdict}, {named}; expected {expected} and {wanted}')

    def edit(where, **values):
        def change(specs, at, _):
            for name, value in values.items():
                setattr(specs[at[where]], name, value)
            return at[where]
        return change

    def body(where, make):
        def change(specs, at, parts):
            specs[at[where]].body = make(at, parts)
            return at[where]
        return change

    def digest(_, parts, key):
        return decision_body({**parts, key: b'\0' * 32})

    def append(kind, make, **more):
        def change(specs, at, parts):
            specs.append(Spec(kind, make(at, parts), time_us=START_US + DAY_US + 9, **more))
            return len(specs) - 1
        return change

    def drop(where, named):
        def change(specs, at, _):
            del specs[at[where]]
            return named(at)
        return change

    case('a sound log', lambda *_: None, 10)
    case('1: trailing byte', edit(
        'note', body=b'\1\1' + u(9, 8) + u(-1, 8) + text('x') + b'\0'), 20)
    case('1: another version', body('choice', lambda at, _: b'\2' + choice_body(
        at['decision'])[1:]), 20)
    case('1: unknown type', edit('note', kind=20), 20)
    case('2: time goes back', edit('decision2', time_us=START_US - 1), 20)
    case('3: saw too much', edit('choice', prev_size=50), 20)
    case('3: another root', edit('choice', prev_root=b'\1' * 32), 20)
    case('4: unknown tier', edit('decision', tiers=[(1, 1, b'\1' * 32), (3, 1, b'\1' * 32)]), 20)
    case('4: a slot twice', edit('preview', slot=8), 20)
    case('5: a chunk is missing', drop('chunk7', lambda at: at['rulebook'] - 1), 20)
    case('5: another digest', edit('rulebook', digest=b'\1' * 32), 20)
    case('5: chunks of nobody', append(CHUNK, lambda *_: b'left over'), 20)
    case('6: a member that is not there', append(
        OFFERING, lambda *_: object_body('members/est/offerings/o', offering_message(5))), 20)
    case('7: another catalogue', body('decision', lambda at, parts: digest(
        at, parts, 'catalogue_digest')), 20)
    case('7: another rulebook', body('decision', lambda at, parts: digest(
        at, parts, 'rulebook_digest')), 20)
    case('7: a revision that is none', body('decision', lambda at, parts: decision_body(
        {**parts, 'catalogue': at['engagement']})), 20)
    case('7: a revision that it had not seen', edit('decision', prev_size=3), 20)
    case('8: committed to twice', append(EPOCH, lambda *_: epoch_body(1, DAY, SECRET)), 20)
    case('8: a day that is not today', append(
        ENGAGEMENT, lambda *_: engagement_body('e9', '2026-03-04')), 20)
    case('8: the day is revealed', append(ENGAGEMENT, lambda *_: engagement_body('e9', DAY)), 20)
    case('9: revealed too early', edit('close', time_us=START_US + 200), 20)
    case('9: another secret', body('close', lambda at, _: close_body(DAY, at['day'], b'\1' * 32)),
         20)
    case('9: closed twice', append(EPOCH_CLOSE, lambda at, _: close_body(DAY, at['day'])), 20)
    case('9: hidden for too long', lambda specs, at, _: specs.append(
        Spec(NOTE, b'\1\2', time_us=START_US + 9 * DAY_US)) or at['day2'], 20)
    case('10: erases what is not there', append(ERASURE, lambda at, _: erasure_body(
        (at['note'], 2))), 20)
    case('11: an engagement twice', append(ENGAGEMENT, lambda *_: engagement_body('e1', NEXT_DAY)),
         20)
    case('11: a recommendation twice', body('decision2', lambda _, parts: decision_body(
        parts, 'r1', 3, 1)), 20)
    case('11: a count is left out', body('decision2', lambda _, parts: decision_body(
        parts, 'r3', 4, 1)), 20)
    case('11: no such engagement', body('decision2', lambda _, parts: decision_body(
        parts, 'r3', 3, 1, engagement='e7')), 20)
    for name, places, ranked in (
            ('ranks with a gap', ((1, 1, 90), (2, 3, 80)), None),
            ('ranks from two on', ((1, 2, 90),), None),
            ('a better score below', ((1, 1, 80), (2, 2, 90)), None),
            ('the same score below', ((1, 1, 80), (2, 2, 80)), None),
            ('an offering twice', ((1, 1, 80), (1, 2, 70)), None),
            ('an offering of nobody', ((1, 1, 80), (9, 2, 70)), None),
            ('places are missing', ((1, 1, 80), (2, 2, 70)), 3)):
        case(f'12: {name}', body('decision', lambda _, parts, places=places, ranked=ranked:
                                 decision_body(parts, places=places, ranked=ranked)), 20)
    case('13: no such recommendation', body('choice', lambda at, _: choice_body(at['preview'])), 20)
    case('13: an offering of nobody', body('choice', lambda at, _: choice_body(
        at['decision'], offering=9)), 20)
    case('14: not signed by the old key', body('begin', lambda *_: key_body(
        1, LOG_SEED, NEW_SEED, (THIRD_SEED, NEW_SEED))), 20)
    case('14: not signed by the new key', body('begin', lambda *_: key_body(
        1, LOG_SEED, NEW_SEED, (LOG_SEED, THIRD_SEED))), 20)
    case('14: a key that is not in force', append(KEY, lambda *_: key_body(
        1, LOG_SEED, THIRD_SEED)), 20)
    case('14: a key comes back', append(KEY, lambda *_: key_body(1, NEW_SEED, LOG_SEED)), 20)
    case('14: ends what did not begin', append(KEY, lambda *_: key_body(2, NEW_SEED, THIRD_SEED)),
         20)
    case('15: the old key goes on', lambda *_: None, 20, seeds=(LOG_SEED, NEW_SEED))
    case('15: the old key alone', lambda *_: None, 20, seeds=(LOG_SEED,))
    case('15: the new key is missing', drop('end', lambda at: at['begin']), 20, seeds=(LOG_SEED,))
    case('15: both, while both are in force', drop('end', lambda _: None), 10,
         seeds=(LOG_SEED, NEW_SEED))
    case('15: no entry tells of the second key', lambda specs, at, _: specs.__delitem__(
        slice(at['begin'], None)), 20, seeds=(LOG_SEED, NEW_SEED))
    case('a key that the policy does not know', lambda *_: None, 40, seeds=(THIRD_SEED,))
    one_key = f'log {second.vkey_text(ORIGIN, public(LOG_SEED))}\nquorum none\n'
    case('a policy that knows the old key alone', lambda *_: None, 40, policy=one_key)
    case('the same while both sign', drop('end', lambda _: None), 10, seeds=(LOG_SEED, NEW_SEED),
         policy=one_key)


def kept_checkpoints(judges):
    """Checkpoints of all sizes, by the keys that were in force."""
    specs, at, _ = world()
    _, tree = judges.log_of(specs)
    def note(size, seeds):
        return note_of(size, tree.root(size), seeds)
    for name, old, verdict in (
            ('before the change', note(at['begin'], (LOG_SEED,)), 10),
            ('while both sign', note(at['end'], (LOG_SEED, NEW_SEED)), 10),
            ('the new key too early', note(at['begin'], (LOG_SEED, NEW_SEED)), 20),
            ('the old key too late', note(at['end'] + 1, (LOG_SEED, NEW_SEED)), 20),
            ('one is missing while both sign', note(at['end'], (LOG_SEED,)), 20),
            ('another history by the old key', note_of(at['begin'], b'\1' * 32, (LOG_SEED,)), 30)):
        got = judges.judge(f'kept: {name}', old=(old,))[0]
        if got != verdict:
            judges.wrong.append(f'kept: {name}: {got}, expected {verdict}')


def spoil(draw, specs):
    """One change of one entry; says what."""
    at = draw.randrange(len(specs))
    spec = specs[at]
    kind = draw.choice(('bit', 'bit', 'bit', 'drop', 'twice', 'swap', 'time', 'seen', 'tiers',
                        'slot', 'cut', 'longer', 'type', 'chunks'))
    if kind == 'bit' and spec.body:
        # Near the beginning, where the fields are, half of the time.
        place = draw.randrange(min(len(spec.body), draw.choice((60, len(spec.body)))))
        spec.body = (spec.body[:place] + bytes([spec.body[place] ^ 1 << draw.randrange(8)]) +
                     spec.body[place + 1:])
    elif kind == 'drop':
        del specs[at]
    elif kind == 'twice':
        specs.insert(at, spec)
    elif kind == 'swap':
        other = draw.randrange(len(specs))
        specs[at], specs[other] = specs[other], specs[at]
    elif kind == 'time':
        spec.time_us = START_US + draw.randrange(-DAY_US, 5 * DAY_US)
    elif kind == 'seen':
        spec.prev_size = draw.randrange(len(specs) + 2)
    elif kind == 'tiers':
        spec.tiers = [(draw.randrange(5), draw.randrange(3), b'\1' * 32)
                      for _ in range(draw.randrange(4))]
    elif kind == 'slot':
        spec.slot = draw.randrange(14)
    elif kind == 'cut':
        spec.body = spec.body[:draw.randrange(len(spec.body) + 1)]
    elif kind == 'longer':
        spec.body += bytes(draw.randrange(1, 40))
    elif kind == 'type':
        spec.kind = draw.randrange(22)
    elif kind == 'chunks':
        spec.chunks = draw.randrange(66)
        spec.digest = b'\1' * 32 if spec.chunks else b''
    return f'{kind} at {at}'


def main():
    build_directory = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else SPOILT_DEFAULT
    # Of the second verifier itself: the first two vectors of RFC 8032, 7.1.
    for seed, message, signature in (
            ('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', '',
             'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e'
             '39701cf9b46bd25bf5f0595bbe24655141438e7a100b'),
            ('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', '72',
             '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f'
             '3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00')):
        seed, message, signature = (bytes.fromhex(one) for one in (seed, message, signature))
        assert second.ed25519_sign(seed, message) == signature
        assert second.ed25519_holds(public(seed), message, signature)
        assert not second.ed25519_holds(public(seed), message + b'x', signature)
    with tempfile.TemporaryDirectory() as folder:
        judges = Judges(build_directory, folder)
        example(judges)
        broken_rules(judges)
        kept_checkpoints(judges)
        for i in range(count):
            draw = random.Random(SEED + i)
            specs, _, _ = world()
            what = spoil(draw, specs)
            try:
                judges.log_of(specs)
            except (ValueError, OverflowError):
                continue  # nothing that can be written
            judges.judge(f'seed {SEED + i}: {what}')
        for wrong in judges.wrong:
            print(wrong)
        print(f'second verifier: {judges.count} logs, {len(judges.wrong)} judged otherwise; '
              f'verdicts {dict(sorted(judges.verdicts.items()))}')
        sys.exit(1 if judges.wrong else 0)


if __name__ == '__main__':
    main()
