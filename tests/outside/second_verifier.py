#!/usr/bin/env python3
"""A second verifier of the log, written from docs/log_format.md alone, with nothing but Python's
own library: what it cannot read there, the page does not say.

    tests/outside/second_verifier.py LOG_DIRECTORY POLICY [--old CHECKPOINT]...

Prints what it finds, one line each, with the entry and the number of the rule of that page (0: the
tree, the files or the signatures), then the verdict, which is also the status: 0, 10, 20, 30 or 40
as docs/auditing.md has them. Slow (each node is hashed in Python), and small.
"""

import base64
import datetime
import hashlib
import os
import re
import struct
import sys
import zoneinfo

PARIS = zoneinfo.ZoneInfo('Europe/Paris')
TYPES = range(1, 20)
(MEMBER, OFFERING, RULEBOOK, LAW_TABLE, RATE_TABLE, ENGAGEMENT, DECISION, PREVIEW, EPOCH, CHUNK,
 PROPOSAL, REVIEW, CONTEST, ERASURE, EPOCH_CLOSE, CHOICE, NOTE, KEY, CHARTER) = TYPES


class Refused(Exception):
    """Bytes or texts that are not what the page says they are."""


def need(holds, text):
    if not holds:
        raise Refused(text)


# --- Ed25519 (RFC 8032, 5.1.7), by its definition -------------------------------------------------

P = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def _recover_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return w * x % P, y * z % P, x * y % P, w * z % P


def _multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, 'little')


def _decompress(data):
    y = int.from_bytes(data, 'little')
    sign, y = y >> 255, y & (1 << 255) - 1
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (_recover_x(BASE_Y, 0), BASE_Y, 1, _recover_x(BASE_Y, 0) * BASE_Y % P)


def ed25519_public(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], 'little') & ((1 << 254) - 8) | 1 << 254
    return scalar, digest[32:], _compress(_multiply(scalar, BASE))


def ed25519_sign(seed, message):
    scalar, prefix, public = ed25519_public(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), 'little') % ORDER
    first = _compress(_multiply(r, BASE))
    h = int.from_bytes(hashlib.sha512(first + public + message).digest(), 'little') % ORDER
    return first + ((r + h * scalar) % ORDER).to_bytes(32, 'little')


def ed25519_holds(public, message, signature):
    if len(signature) != 64 or len(public) != 32:
        return False
    a, r = _decompress(public), _decompress(signature[:32])
    s = int.from_bytes(signature[32:], 'little')
    if a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), 'little') % ORDER
    left, right = _multiply(s, BASE), _add(r, _multiply(h, a))
    return (not (left[0] * right[2] - right[0] * left[2]) % P
            and not (left[1] * right[2] - right[1] * left[2]) % P)


# --- Texts: base64, keys, notes, policies ---------------------------------------------------------

def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(f'not base64: {text[:40]}') from error
    need(base64.b64encode(data).decode() == text, 'base64 that is not canonical')
    return data


def number(text):
    need(text.isdigit() and text.isascii() and str(int(text)) == text, f'not a number: {text[:40]}')
    return int(text)


class VerifierKey:
    """<name>+<8 hexadecimal digits of the id>+<base64(type || public key)>"""

    def __init__(self, text):
        parts = text.split('+', 2)
        need(len(parts) == 3 and parts[0], 'a key has three parts')
        data = unbase64(parts[2])
        need(len(data) == 33 and data[0] in (1, 4), 'a key of another kind')
        self.name, self.type, self.public = parts[0], data[0], data[1:]
        self.id = hashlib.sha256(self.name.encode() + b'\n' + data).digest()[:4]
        need(self.id.hex() == parts[1], 'the id of a key is not its own')


class Note:
    """The text and the signature lines [(name, key id, signature)] of a signed note."""

    def __init__(self, raw):
        try:
            whole = raw.decode()
        except UnicodeDecodeError as error:
            raise Refused('a note is UTF-8') from error
        need('\n\n' in whole and whole.endswith('\n'), 'a note has a text and signature lines')
        split = whole.rindex('\n\n')
        self.text = whole[:split + 1]
        self.signatures = []
        for line in whole[split + 2:-1].split('\n'):
            words = line.split(' ')
            need(len(words) == 3 and words[0] == '\u2014' and words[1], 'not a signature line')
            blob = unbase64(words[2])
            need(len(blob) >= 5, 'a signature has at least five bytes')
            self.signatures.append((words[1], blob[:4], blob[4:]))

    def signed_by(self, key):
        """0 or the time of a cosignature if the key has signed, None if not. Raises if a line of
        that key does not verify."""
        for name, key_id, signature in self.signatures:
            if name != key.name or key_id != key.id:
                continue
            message, seconds = self.text.encode(), 0
            if key.type == 4:
                need(len(signature) == 72, 'a cosignature has 72 bytes')
                seconds = int.from_bytes(signature[:8], 'big')
                need(seconds < 1 << 63, 'the time of a cosignature is too large')
                message = f'cosignature/v1\ntime {seconds}\n'.encode() + message
                signature = signature[8:]
            need(ed25519_holds(key.public, message, signature),
                 f'the signature of {name} does not verify')
            return seconds
        return None


class Policy:
    """C2SP tlog-policy."""

    def __init__(self, text):
        self.logs, self.parts, self.quorum = [], {}, None
        for line in text.split('\n'):
            words = line.split()
            if not words or words[0].startswith('#'):
                continue
            if words[0] == 'log':
                self.logs.append(VerifierKey(words[1]))
            elif words[0] == 'witness':
                self.parts[words[1]] = VerifierKey(words[2])
            elif words[0] == 'group':
                members = words[3:]
                count = {'all': len(members), 'any': 1}.get(words[2]) or number(words[2])
                self.parts[words[1]] = (count, members)
            elif words[0] == 'quorum':
                self.quorum = words[1]
            else:
                raise Refused(f'a policy has no {words[0]}')
        need(self.quorum is not None, 'a policy has a quorum line')

    def witnesses(self):
        return {name: key for name, key in self.parts.items() if isinstance(key, VerifierKey)}

    def satisfied(self, name, cosigned):
        part = self.parts[name]
        if isinstance(part, VerifierKey):
            return name in cosigned
        return sum(self.satisfied(member, cosigned) for member in part[1]) >= part[0]


class Checkpoint:
    """A signed note of a log of the policy."""

    def __init__(self, raw, policy):
        self.note = Note(raw)
        lines = self.note.text.split('\n')
        need(len(lines) >= 4, 'a checkpoint has three lines')
        self.origin, self.size, self.root = lines[0], number(lines[1]), unbase64(lines[2])
        need(len(self.root) == 32, 'a root has 32 bytes')
        keys = [key for key in policy.logs if key.name == self.origin]
        need(keys, f'the policy does not trust {self.origin}')
        self.keys = {key.public for key in keys if self.note.signed_by(key) is not None}
        need(self.keys, 'no key that the policy trusts has signed')
        self.cosigned = {}
        for name, key in policy.witnesses().items():
            seconds = self.note.signed_by(key)
            if seconds is not None:
                self.cosigned[name] = seconds
        self.witnessed = policy.quorum != 'none' and policy.satisfied(policy.quorum, self.cosigned)

    def signed_by_public(self, public):
        """By a key of the log that the policy need not name."""
        key = VerifierKey(vkey_text(self.origin, public))
        try:
            return self.note.signed_by(key) is not None
        except Refused:
            return False


def vkey_text(name, public, kind=1):
    data = bytes([kind]) + public
    key_id = hashlib.sha256(name.encode() + b'\n' + data).digest()[:4].hex()
    return f'{name}+{key_id}+{base64.b64encode(data).decode()}'


# --- Tree -----------------------------------------------------------------------------------------

def leaf_hash(entry):
    return hashlib.sha256(b'\0' + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b'\1' + left + right).digest()


class Tree:
    """Grows by leaves; gives the root at any size so far, and every complete subtree."""

    def __init__(self):
        self.levels = [[]]  # levels[k][i]: the root over leaves [i 2^k, (i + 1) 2^k)

    def append(self, leaf):
        self.levels[0].append(leaf)
        level = 0
        while len(self.levels[level]) % 2 == 0:
            if level + 1 == len(self.levels):
                self.levels.append([])
            self.levels[level + 1].append(node_hash(*self.levels[level][-2:]))
            level += 1

    def root(self, size):
        if size == 0:
            return hashlib.sha256(b'').digest()
        result, end = None, size
        for level in range(size.bit_length()):
            if size >> level & 1:
                node = self.levels[level][(end >> level) - 1]
                result = node if result is None else node_hash(node, result)
                end -= 1 << level
        return result


def path_of(kind, tile, width):
    name = f'{tile % 1000:03d}'
    while tile >= 1000:
        tile //= 1000
        name = f'x{tile % 1000:03d}/{name}'
    return f'tile/{kind}/{name}' + ('' if width == 256 else f'.p/{width}')


# --- Entries --------------------------------------------------------------------------------------

class Reader:
    """Takes bytes off the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), 'the bytes end too early')
        self.at += count
        return self.data[self.at - count:self.at]

    def unsigned(self, size):
        return int.from_bytes(self.take(size), 'big')

    def signed(self, size):
        return int.from_bytes(self.take(size), 'big', signed=True)

    def index(self, size=8):
        value = self.signed(size)
        need(value >= 0, 'a count or an index is negative')
        return value

    def text(self):
        size = self.unsigned(4)
        need(size <= 255, 'a text of more than 255 bytes')
        return self.take(size).decode(errors='surrogateescape')

    def flag(self):
        value = self.unsigned(1)
        need(value <= 1, 'a yes or no is 01 or 00')
        return value == 1

    def version(self):
        need(self.unsigned(1) == 1, 'another version')

    def kind(self, most):
        value = self.unsigned(1)
        need(1 <= value <= most, f'kind {value}')
        return value

    def end(self):
        need(self.at == len(self.data), 'bytes follow')


class Entry:
    def __init__(self, data):
        need(len(data) <= 65535, 'an entry of more than 65,535 bytes')
        reader = Reader(data)
        need(reader.take(4) == b'APE1', 'another magic')
        self.type = reader.unsigned(1)
        need(self.type in TYPES, f'type {self.type}')
        self.time_us = reader.unsigned(8)
        self.prev_size = reader.unsigned(8)
        need(self.time_us < 1 << 63 and self.prev_size < 1 << 63, 'a number above 2^63')
        self.prev_root = reader.take(32)
        count = reader.unsigned(1)
        need(count <= 4, 'more than four tiers')
        self.key_slot = reader.unsigned(8) if count else 0
        self.tiers = {}
        for _ in range(count):
            tier, sections = reader.unsigned(1), reader.unsigned(2)
            need(not self.tiers or tier > max(self.tiers), 'tiers that do not rise')
            need(1 <= sections <= 1024, 'a tier of so many sections')
            self.tiers[tier] = (sections, reader.take(32))
        self.chunks = reader.unsigned(2)
        need(self.chunks == 0 or 2 <= self.chunks <= 64, 'so many chunks')
        self.digest = reader.take(32) if self.chunks else None
        size = reader.unsigned(4)
        need(size <= 60000 and not (self.chunks and size), 'a body of that size')
        self.body = reader.take(size)
        reader.end()


def field_2(message):
    """The first field 2 of a protobuf message, as bytes; None if there is none."""
    reader = Reader(message)

    def varint():
        result = shift = 0
        while True:
            byte = reader.unsigned(1)
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return result
    while reader.at < len(message):
        tag = varint()
        if tag & 7 == 0:
            varint()
        elif tag & 7 == 1:
            reader.take(8)
        elif tag & 7 == 2:
            content = reader.take(varint())
            if tag >> 3 == 2:
                return content
        elif tag & 7 == 5:
            reader.take(4)
        else:
            raise Refused('not a protobuf message')
    return None


def uuid_of(message):
    try:
        text = field_2(message)
        if text is None:
            return None
        digits = text.decode().replace('-', '')
        return bytes.fromhex(digits) if re.fullmatch('[0-9A-Fa-f]{32}', digits) else None
    except (Refused, ValueError):
        return None


class Decision:
    def __init__(self, body):
        reader = Reader(body)
        reader.version()
        self.engagement, self.recommendation = reader.text(), reader.text()
        reader.signed(4)
        self.catalogue_revision, self.rulebook_revision = reader.signed(8), reader.signed(8)
        self.rulebook, self.catalogue, _ = reader.take(32), reader.take(32), reader.take(32)
        self.recommendations, self.previews = reader.index(4), reader.index(4)
        self.rankings = []
        count = reader.unsigned(4)
        need(count <= 200, 'more than 200 rankings')
        for _ in range(count):
            reader.text()
            reader.kind(2)
            ranked = reader.unsigned(4)
            reader.unsigned(4)
            reader.unsigned(4)
            places = reader.unsigned(4)
            need(places <= 10, 'more than ten places')
            self.rankings.append((ranked, [
                (reader.take(16), reader.unsigned(4), reader.signed(8)) for _ in range(places)]))
        reader.end()


def day_of(time_us):
    moment = datetime.datetime.fromtimestamp(time_us // 1_000_000, datetime.timezone.utc)
    return moment.astimezone(PARIS).date()


def parse_day(label):
    try:
        day = datetime.date.fromisoformat(label)
    except ValueError as error:
        raise Refused(f'{label} is not a day') from error
    need(day.isoformat() == label, f'{label} is not a day')
    return day


class State:
    """What the entries so far say; `findings` is [(entry, rule, text)]."""

    def __init__(self, origin, tree):
        self.origin, self.tree, self.findings = origin, tree, []
        self.time_us, self.slot = 0, 0
        self.tiers = []             # by entry
        self.chunks = []            # (index, entry) before the next entry
        self.places, self.leaves = {}, []
        self.states = {}            # revision -> digest after it
        self.rulebooks = {}
        self.offerings = set()
        self.epochs = {}            # (kind, label) -> (index, commitment)
        self.closed = {}
        self.engagements = {}       # id -> [recommendations, previews, {id: index}]
        self.keys = []              # (index, keys in force from the next entry on)
        self.first_key = self.last_key = self.changing = None
        self.ever = set()

    def find(self, index, rule, text):
        self.findings.append((index, rule, text))

    def add(self, index, data):
        self.tiers.append({})
        try:
            entry = Entry(data)
        except Refused as error:
            self.drop_chunks('an entry follows that cannot be read')
            return self.find(index, 1, str(error))
        self.header(index, entry)
        if entry.type == CHUNK:
            if entry.tiers or entry.chunks or not 1 <= len(entry.body):
                self.find(index, 5, 'a chunk has no tiers, no chunks and a body')
            self.chunks.append((index, entry))
            return None
        body = self.whole_body(index, entry)
        if body is None:
            return None
        try:
            self.body(index, entry, body)
        except Refused as error:
            self.find(index, 1, str(error))
        return None

    def header(self, index, entry):
        if entry.time_us < self.time_us:
            self.find(index, 2, 'time went back')
        self.time_us = max(self.time_us, entry.time_us)
        if entry.prev_size > index:
            self.find(index, 3, 'saw entries that were not there')
        elif self.tree.root(entry.prev_size) != entry.prev_root:
            self.find(index, 3, 'states another root of what it saw')
        if entry.tiers:
            if not set(entry.tiers) <= {1, 2}:
                self.find(index, 4, 'an unknown tier')
            if entry.key_slot <= self.slot:
                self.find(index, 4, 'a key slot that does not rise')
            self.slot = max(self.slot, entry.key_slot)
            self.tiers[index] = entry.tiers

    def drop_chunks(self, why):
        if self.chunks:
            self.find(self.chunks[0][0], 5, f'chunks of no entry: {why}')
        self.chunks = []

    def whole_body(self, index, entry):
        if entry.chunks == 0:
            self.drop_chunks('the next one asks for none')
            return entry.body
        chunks, self.chunks = self.chunks, []
        if len(chunks) != entry.chunks:
            self.find(index, 5, f'{len(chunks)} chunks stand before it')
            return None
        whole = b''.join(chunk.body for _, chunk in chunks)
        if any(len(chunk.body) != 60000 for _, chunk in chunks[:-1]):
            self.find(index, 5, 'a chunk that is not the last is short')
        elif any(chunk.time_us != entry.time_us for _, chunk in chunks):
            self.find(index, 5, 'a chunk of another time')
        elif hashlib.sha256(whole).digest() != entry.digest:
            self.find(index, 5, 'the chunks have another digest')
        else:
            return whole
        return None

    def body(self, index, entry, body):
        if entry.type in (MEMBER, OFFERING, RULEBOOK, LAW_TABLE, RATE_TABLE):
            self.catalogue(index, entry.type, body)
        elif entry.type == ENGAGEMENT:
            self.engagement(index, entry, body)
        elif entry.type in (DECISION, PREVIEW):
            self.decision(index, entry, Decision(body))
        elif entry.type == EPOCH:
            self.epoch(index, body)
        elif entry.type == EPOCH_CLOSE:
            self.epoch_close(index, entry, body)
        elif entry.type == ERASURE:
            self.erasure(index, body)
        elif entry.type == CHOICE:
            self.choice(index, body)
        elif entry.type == NOTE:
            self.note(body)
        elif entry.type == KEY:
            self.key(index, body)

    def catalogue(self, index, kind, body):
        reader = Reader(body)
        name = reader.text()
        need(name, 'an object without a name')
        message = body[reader.at:]
        encoded = name.encode(errors='surrogateescape')
        leaf = hashlib.sha256(b'\0' + struct.pack('>I', len(encoded)) + encoded +
                              hashlib.sha256(message).digest()).digest()
        if kind == OFFERING:
            parts = name.split('/offerings/')
            if len(parts) < 2 or parts[0] not in self.places:
                self.find(index, 6, 'its member was not registered')
            uuid = uuid_of(message)
            if uuid is not None:
                self.offerings.add(uuid)
        place = None if kind == RULEBOOK else self.places.get(name)
        if place is None:
            if kind != RULEBOOK:
                self.places[name] = len(self.leaves)
            self.leaves.append(leaf)
        else:
            self.leaves[place] = leaf
        tree = Tree()
        for one in self.leaves:
            tree.append(one)
        self.states[index] = tree.root(len(self.leaves))
        if kind == RULEBOOK:
            self.rulebooks[index] = hashlib.sha256(message).digest()

    def engagement(self, index, entry, body):
        reader = Reader(body)
        reader.version()
        name, _, day = reader.text(), reader.text(), reader.text()
        reader.take(32)
        reader.flag()
        reader.flag()
        reader.end()
        if name in self.engagements:
            return self.find(index, 11, 'an engagement id that was used')
        self.engagements[name] = [0, 0, {}]
        if (1, day) not in self.epochs or (2, day[:4]) not in self.epochs:
            return self.find(index, 8, 'its secrets were not committed to before')
        if (1, day) in self.closed:
            self.find(index, 8, 'its secret was public already')
        if abs((parse_day(day) - day_of(entry.time_us)).days) > 1:
            self.find(index, 8, 'its day is not the day on which it was opened')
        return None

    def decision(self, index, entry, decision):
        state = self.states.get(decision.catalogue_revision)
        if state is None or decision.catalogue_revision >= entry.prev_size:
            self.find(index, 7, 'no such revision of the catalogue before it')
        elif state != decision.catalogue:
            self.find(index, 7, 'another digest of the catalogue')
        rulebook = self.rulebooks.get(decision.rulebook_revision)
        if rulebook is None or decision.rulebook_revision >= entry.prev_size:
            self.find(index, 7, 'no such rulebook before it')
        elif rulebook != decision.rulebook:
            self.find(index, 7, 'another digest of the rulebook')
        engagement = self.engagements.get(decision.engagement)
        if engagement is None:
            self.find(index, 11, 'no such engagement')
        else:
            expected = (engagement[0] + 1, engagement[1] + (entry.type == PREVIEW))
            if (decision.recommendations, decision.previews) != expected:
                self.find(index, 11, f'its counts are not {expected}')
            engagement[0], engagement[1] = decision.recommendations, decision.previews
            if decision.recommendation in engagement[2]:
                self.find(index, 11, 'a recommendation id that was used')
            else:
                engagement[2][decision.recommendation] = index
        for ranked, places in decision.rankings:
            self.ranking(index, ranked, places)

    def ranking(self, index, ranked, places):
        if len(places) != min(10, ranked):
            return self.find(index, 12, 'not its first places')
        rank, score, lowest = 0, None, None
        for at, (uuid, place_rank, place_score) in enumerate(places):
            if place_rank != rank and place_rank != rank + 1 or place_rank == 0:
                return self.find(index, 12, 'ranks that do not rise by one')
            if place_rank == rank + 1:
                lowest, score = score, None
            if lowest is not None and place_score >= lowest:
                return self.find(index, 12, 'a score that is not below those of the rank before')
            rank, score = place_rank, place_score if score is None else min(score, place_score)
            if uuid in [place[0] for place in places[:at]]:
                return self.find(index, 12, 'an offering twice')
            if uuid not in self.offerings:
                return self.find(index, 12, 'an offering that was not registered')
        return None

    def epoch_head(self, reader):
        kind, label = reader.kind(2), reader.text()
        need(len(label) == (10 if kind == 1 else 4), 'a label of another length')
        return kind, label

    def epoch(self, index, body):
        reader = Reader(body)
        key = self.epoch_head(reader)
        commitment = reader.take(32)
        reader.end()
        if key in self.epochs:
            return self.find(index, 8, 'committed to twice')
        self.epochs[key] = (index, commitment)
        return None

    def epoch_close(self, index, entry, body):
        reader = Reader(body)
        reader.version()
        key = self.epoch_head(reader)
        opened = reader.index()
        secret = reader.take(32) if key[0] == 1 else None
        reader.end()
        if key not in self.epochs or self.epochs[key][0] != opened:
            return self.find(index, 9, 'no such EPOCH entry')
        if key in self.closed:
            return self.find(index, 9, 'closed before')
        self.closed[key] = index
        if key[0] == 1:
            if day_of(entry.time_us) <= parse_day(key[1]):
                self.find(index, 9, 'the day is not over')
            if commitment_of(1, key[1], secret) != self.epochs[key][1]:
                self.find(index, 9, 'not the secret that was committed to')
        return None

    def erasure(self, index, body):
        reader = Reader(body)
        reader.version()
        reader.kind(3)
        count = reader.unsigned(4)
        need(1 <= count <= 1000, 'erases so many tiers')
        last = None
        named = []
        for _ in range(count):
            one = (reader.unsigned(8), reader.unsigned(1))
            need(last is None or one > last, 'not ascending')
            last = one
            named.append(one)
        reader.end()
        for at, tier in named:
            if at >= index or tier not in self.tiers[at]:
                self.find(index, 10, f'erases tier {tier} of entry {at}, which is not there')

    def choice(self, index, body):
        reader = Reader(body)
        reader.version()
        engagement, recommendation, at = reader.text(), reader.text(), reader.unsigned(8)
        reader.text()
        kind, uuid = reader.kind(3), reader.take(16)
        reader.end()
        need(kind == 1 or uuid == bytes(16), 'an offering where none was chosen')
        known = self.engagements.get(engagement)
        if known is None or known[2].get(recommendation) != at:
            self.find(index, 13, 'no such recommendation')
        if kind == 1 and uuid not in self.offerings:
            self.find(index, 13, 'an offering that was not registered')

    def note(self, body):
        reader = Reader(body)
        reader.version()
        if reader.unsigned(1) == 1:
            reader.index()
            need(reader.signed(8) >= -1, 'a count below -1')
            size = reader.unsigned(4)
            reader.take(size)
            reader.end()

    def in_force(self, size):
        """Keys in force for a checkpoint of that size; None if no entry tells."""
        if self.first_key is None:
            return None
        keys = {self.first_key}
        for index, changed in self.keys:
            if index < size:
                keys = changed
        return keys

    def key(self, index, body):
        reader = Reader(body)
        reader.version()
        kind, old, new = reader.kind(2), reader.take(32), reader.take(32)
        message = b'aplomb/key/v1\0' + bytes([kind]) + old + new + self.origin.encode()
        signatures = [(old, reader.take(64))] if kind == 1 else []
        signatures.append((new, reader.take(64)))
        reader.end()
        if any(not ed25519_holds(key, message, signature) for key, signature in signatures):
            return self.find(index, 14, 'a signature of the change does not hold')
        if kind == 1:
            if self.changing or old != (self.last_key or old) or new in self.ever | {old}:
                return self.find(index, 14, 'begins a key out of turn')
            if self.first_key is None:
                self.first_key = old
                self.ever.add(old)
            self.changing, self.last_key = (old, new), new
            self.ever.add(new)
            self.keys.append((index, {old, new}))
        else:
            if self.changing != (old, new):
                return self.find(index, 14, 'ends a key out of turn')
            self.changing = None
            self.keys.append((index, {new}))
        return None

    def finish(self, cosigned):
        self.drop_chunks('the log ends')
        for key, (opened, _) in self.epochs.items():
            if key[0] == 1 and key not in self.closed:
                try:
                    day = parse_day(key[1])
                except Refused:
                    continue
                if day_of(self.time_us - 48 * 3600 * 1_000_000) > day:
                    self.find(opened, 9, 'a secret is hidden for too long')
        if cosigned is not None and self.time_us // 1_000_000 > cosigned + 300:
            self.find(None, 2, 'later than a witness saw it')


def commitment_of(kind, label, secret):
    return hashlib.sha256(b'aplomb/epoch/v1\0' + bytes([kind]) +
                          label.encode(errors='surrogateescape') + b'\0' + secret).digest()


# --- The log --------------------------------------------------------------------------------------

def read_file(folder, path):
    try:
        with open(os.path.join(folder, path), 'rb') as file:
            return file.read()
    except OSError as error:
        raise Refused(f'{path} cannot be read') from error


def bundle_of(folder, tile, width):
    reader, entries = Reader(read_file(folder, path_of('entries', tile, width))), []
    for _ in range(width):
        entries.append(reader.take(reader.unsigned(2)))
    reader.end()
    return entries


def check_tiles(folder, tree, size, findings):
    for level in range(8):
        count = size >> 8 * level
        for tile in range((count + 255) // 256):
            width = min(256, count - 256 * tile)
            nodes = tree.levels[8 * level][256 * tile:256 * tile + width]
            path = path_of(level, tile, width)
            try:
                stored = read_file(folder, path)
            except Refused as error:
                findings.append(((256 * tile) << 8 * level, 0, str(error)))
                continue
            if len(stored) != 32 * width:
                findings.append(((256 * tile) << 8 * level, 0, f'{path} has another size'))
                continue
            for i, node in enumerate(nodes):
                if stored[32 * i:32 * i + 32] != node:
                    findings.append(((256 * tile + i) << 8 * level, 0,
                                     f'{path} holds another hash'))


def check_keys(state, checkpoints):
    """Rule 15."""
    for checkpoint in checkpoints:
        keys = state.in_force(checkpoint.size)
        at = max([index for index, _ in state.keys if index < checkpoint.size],
                 default=state.keys[0][0] if state.keys else None)
        if keys is None:
            # No entry tells of a second key.
            if len(set.union(*(one.keys for one in checkpoints))) > 1:
                return state.find(None, 15, 'two keys sign, and no entry tells of the second')
            continue
        if not checkpoint.keys <= keys:
            state.find(at, 15, 'signed by a key that is not in force')
        if not all(checkpoint.signed_by_public(key) for key in keys):
            state.find(at, 15, 'not signed by each key that is in force')
    return None


def verify(folder, policy_text, old_notes=()):
    """(verdict, [(entry or None, rule, text)])"""
    policy = Policy(policy_text)
    try:
        head = Checkpoint(read_file(folder, 'checkpoint'), policy)
        held = [Checkpoint(note, policy) for note in old_notes]
    except Refused as error:
        return 40, [(None, 0, str(error))]
    tree = Tree()
    state = State(head.origin, tree)
    try:
        for tile in range((head.size + 255) // 256):
            for entry in bundle_of(folder, tile, min(256, head.size - 256 * tile)):
                state.add(len(state.tiers), entry)
                tree.append(leaf_hash(entry))
    except Refused as error:
        return 40, [(len(state.tiers), 0, str(error))]
    invalid = []
    check_tiles(folder, tree, head.size, invalid)
    if tree.root(head.size) != head.root:
        invalid.append((None, 0, 'the entries give another root than the one that was signed'))
    forks = []
    for one in held:
        if one.size > head.size or one.root != tree.root(one.size):
            forks.append((None, 0, f'the checkpoint of {one.size} entries is not a prefix'))
    state.finish(min(head.cosigned.values(), default=None))
    check_keys(state, [head, *held])
    findings = invalid + forks + state.findings
    if forks and not invalid:
        return 30, findings
    if invalid:
        return 40, findings
    if findings:
        return 20, findings
    return (0 if head.witnessed else 10), findings


def main():
    folder, policy = sys.argv[1:3]
    old = []
    for i in range(3, len(sys.argv), 2):
        need(sys.argv[i] == '--old', 'usage')
        with open(sys.argv[i + 1], 'rb') as file:
            old.append(file.read())
    with open(policy, encoding='utf-8') as file:
        verdict, findings = verify(folder, file.read(), old)
    for index, rule, text in findings:
        print(f'{"log" if index is None else f"entry {index}"}: {text} (rule {rule})')
    print(f'verdict: {verdict}')
    sys.exit(verdict)


if __name__ == '__main__':
    main()
