# evidence.py - a second verifier of the change log, written from docs/evidence.md alone, and a maker of logs.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Findings are tuples: (kind, revision, revision) of rows, (kind, number, number) of checkpoints."""
import hashlib
import struct

# --- Ed25519, from RFC 8032, 5.1 ---

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    g, h = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    m, n, o, q = f - e, h - g, h + g, f + e
    return m * n % P, o * q % P, n * o % P, m * q % P


def times(n, point):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = add(out, point)
        point, n = add(point, point), n >> 1
    return out


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, -1, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y, 1, x_of(BASE_Y, 0) * BASE_Y % P)


def pack(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def unpack(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    x = x_of(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def number_of(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % L


class Key:
    def __init__(self, seed):
        h = hashlib.sha512(seed).digest()
        self.a = int.from_bytes(h[:32], "little") & (1 << 254) - 8 | 1 << 254
        self.prefix, self.public = h[32:], pack(times(self.a, BASE))

    def sign(self, message):
        r = number_of(self.prefix, message)
        point = pack(times(r, BASE))
        return point + ((r + number_of(point, self.public, message) * self.a) % L).to_bytes(32, "little")


SEEN = {}


def signed(public, message, signature):
    if (public, message, signature) not in SEEN:
        a, r, s = unpack(public), unpack(signature[:32]), int.from_bytes(signature[32:], "little")
        SEEN[public, message, signature] = (
            a is not None and r is not None and s < L
            and pack(times(s, BASE)) == pack(add(r, times(number_of(signature[:32], public, message), a))))
    return SEEN[public, message, signature]


# --- hashes ---

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def mark(row):
    return sha(b"\2", struct.pack(">qQ", row[1], len(row[2])), row[2])[:8]


def root(leaves):
    if not leaves:
        return sha()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha(b"\1", root(leaves[:half]), root(leaves[half:]))


def segment(start, rows):
    """(chain, root) of rows (revision, time, body)."""
    chain, leaves = start, []
    for at in range(0, len(rows), 16):
        page = b"".join(struct.pack(">qqQ", r[0], r[1], len(r[2])) + r[2] for r in rows[at:at + 16])
        chain = sha(b"\0", chain, page)
        leaves.append(chain)
    return chain, root(leaves)


# --- checkpoints ---

SIZES = {1: 16, 7: 32, 8: 32, 9: 32, 10: 32, 11: 32, 12: 32, 14: 64}


class Line:
    """A checkpoint; ValueError when it is none."""

    def __init__(self, text):
        words = text.split(" ")
        if len(words) not in (15, 16) or words[0] != "ipam-checkpoint-1" or words[6] not in ("committed", "read"):
            raise ValueError
        raw = {}
        for at, size in SIZES.items():
            raw[at] = self.bytes_of(words[at], size)
        for at in (2, 3, 4, 5):
            if not words[at].isascii() or str(int(words[at])) != words[at] or not 0 <= int(words[at]) <= 2**53:
                raise ValueError
        self.short = " ".join(words[:15])
        self.log, self.number, self.first, self.last = raw[1], int(words[2]), int(words[4]), int(words[5])
        self.start, self.chain, self.root, self.marks_hash, self.previous, self.key = (raw[i] for i in range(7, 13))
        self.next = None if words[13] == "-" else self.bytes_of(words[13], 32)
        if self.number < 1 or self.first < 1 or not -1 <= self.last - self.first < 65536:
            raise ValueError
        self.good_signature = lambda: signed(self.key, " ".join(words[:14]).encode(), raw[14])
        self.marks = None
        if len(words) == 16:
            if len(words[15]) != 16 * (self.last - self.first + 1) or not words[15]:
                raise ValueError
            try:
                marks = self.bytes_of(words[15], 8 * (self.last - self.first + 1))
            except ValueError:
                marks = b""
            if marks and sha(marks) == self.marks_hash:
                self.marks = [marks[i:i + 8] for i in range(0, len(marks), 8)]

    @staticmethod
    def bytes_of(word, size):
        if len(word) != 2 * size or set(word) - set("0123456789abcdef"):
            raise ValueError
        return bytes.fromhex(word)


def make_line(key, log, number, time, rows, start, previous, next_key=None):
    """A line with its marks, and the chain after it. `rows` is not empty."""
    chain, top = segment(start, rows)
    marks = b"".join(mark(r) for r in rows)
    words = ["ipam-checkpoint-1", log.hex(), str(number), str(time), str(rows[0][0]), str(rows[-1][0]), "committed",
             start.hex(), chain.hex(), top.hex(), sha(marks).hex(), previous.hex(), key.public.hex(),
             next_key.public.hex() if next_key else "-"]
    words.append(key.sign(" ".join(words).encode()).hex())
    return " ".join([*words, marks.hex()]), chain


# --- exports ---

def write_export(lines, rows):
    out = [b"ipam-evidence-export 1\n", *(line.encode() + b"\n" for line in lines)]
    for rev, time, body in rows:
        out += [b"row %d %d %d\n" % (rev, time, len(body)), body, b"\n"]
    return b"".join([*out, b"end %d %d\n" % (len(rows), rows[-1][0] if rows else 0)])


def read_export(data):
    """(lines, rows, whole)."""
    lines, rows, at = [], [], data.find(b"\n") + 1
    if data[:at] != b"ipam-evidence-export 1\n":
        return lines, rows, False
    while at < len(data):
        end = data.find(b"\n", at)
        if end < 0:
            return lines, rows, False
        line, at = data[at:end], end + 1
        words = line.split(b" ")
        if words[0] == b"row":
            rev, time, size = map(int, words[1:])
            if data[at + size:at + size + 1] != b"\n":
                return lines, rows, False
            rows.append((rev, time, data[at:at + size]))
            at += size + 1
        elif words[0] == b"end":
            return lines, rows, int(words[1]) == len(rows) and at == len(data)
        elif words[0] != b"key":
            lines.append(line.decode("latin-1"))
    return lines, rows, False


# --- the judge ---

def runs(numbers):
    """Ranges of neighbours: [(first, last)]."""
    out = []
    for n in numbers:
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return out


def judge_lines(own, held, keys):
    """The good lines in order of number, and findings."""
    found, entries = set(), {}
    for place, texts in (("held", held), ("own", own)):
        for text in texts:
            try:
                line = Line(text)
            except ValueError:
                found.add(("forged", 0, 0))
                continue
            entry = entries.setdefault((line.number, line.short), {"line": line, "places": set(), "marks": None})
            entry["places"].add(place)
            entry["marks"] = entry["marks"] or line.marks
    ordered = sorted(entries.values(), key=lambda e: (e["line"].number, "held" not in e["places"]))
    trusted = set(keys) or ({ordered[0]["line"].key} if ordered else set())
    good, by_number = [], {}
    for entry in ordered:
        line = entry["line"]
        by_number.setdefault(line.number, []).append(entry)
        twin = good and good[-1]["line"].number == line.number
        known = line.key in trusted or twin and good[-1]["line"].key == line.key
        if not line.good_signature() or not known:
            found.add(("forged", line.number, line.number))
        elif twin:
            found.add(("forked", line.number, line.number))
        else:
            good.append(entry)
            if line.next:
                trusted = trusted - {line.key} | {line.next}
    top = max((e["line"].number for e in good), default=0)
    for first, last in runs(n for n in range(1, top + 1) if n not in by_number):
        found.add(("missing", first, last))
    lost = [e["line"].number for e in good if e["places"] == {"held"} and len(by_number[e["line"].number]) == 1]
    found.update(("missing", first, last) for first, last in runs(lost))
    for before, entry in zip(good, good[1:]):
        a, b = before["line"], entry["line"]
        if b.number == a.number + 1 and (b.previous != sha(a.short.encode()) or a.log != b.log):
            found.add(("unlinked", b.number, b.number))
    return good, found


def name_rows(was, rows, top, covered):
    """What became of the revisions of `was` (revision: mark) that are wrong."""
    found, named = set(), set()
    has = {rev: mark(rows[rev]) for rev in was if rev in rows}
    wrong = [rev for rev in sorted(was) if has.get(rev) != was[rev]]
    places = {}
    for rev in wrong:
        places.setdefault(was[rev], []).append(rev)
    moved_end = False
    for rev in wrong:
        if rev in named:
            continue
        if rev not in has:
            end = rev
            while end + 1 in was and end + 1 not in has and end + 1 not in named:
                end += 1
            named.update(range(rev, end + 1))
            if rev <= top:
                found.add(("deleted", rev, end))
            continue
        other = next((o for o in places.get(has[rev], []) if o != rev and o not in named and has.get(o) == was[rev]), None)
        on = up = rev
        while on + 1 in was and has.get(on + 1) == was[on] and has[on + 1] != was[on + 1]:
            on += 1
        while up + 1 in was and has.get(up) == was[up + 1] and has[up] != was[up]:
            up += 1
        if other is not None:
            found.add(("swapped", min(rev, other), max(rev, other)))
            named.update((rev, other))
        elif on > rev:
            found.add(("inserted", rev, rev))
            named.update(range(rev, on + 1))
        elif up > rev:
            found.add(("deleted", rev, rev))
            named.update(range(rev, up))
            if up not in has or up == covered:
                named.add(up)
                moved_end = moved_end or up == covered and up not in has
        else:
            found.add(("edited", rev, rev))
            named.add(rev)
    return found, named, moved_end


def judge(export, held_text="", keys=()):
    """(findings, unproved rows) of an export, with lines from outside and public keys."""
    own, listed, whole = read_export(export)
    held = [line[line.index("ipam-checkpoint-1 "):].strip() for line in held_text.splitlines() if "ipam-checkpoint-1 " in line]
    good, found = judge_lines(own, held, keys)
    if not whole:
        found.add(("broken", 0, 0))
    rows, top = {}, 0
    for row in listed:
        if row[0] <= top:
            found.add(("inserted", row[0], row[0]))
            continue
        rows[row[0]], top = row, row[0]
    covered = max((e["line"].last for e in good), default=0)
    epoch, before, wrong, anew = 0, None, [], []
    latest, spans = 0, []
    for entry in good:
        line = entry["line"]
        if before is not None and line.first <= before.last and line.last >= line.first:
            epoch, latest = epoch + 1, 0
            anew.append(line.number)
        elif before is not None and line.number == before.number + 1 and line.first > before.last + 1:
            found.add(("deleted", before.last + 1, line.first - 1))
        before, latest = line, max(latest, line.last)
        spans.append((line.first, line.last))
        there = [rows[rev] for rev in range(line.first, line.last + 1) if rev in rows]
        if len(there) != line.last - line.first + 1 or segment(line.start, there) != (line.chain, line.root):
            wrong.append((epoch, entry))
    named, moved_end = set(), False
    for age in range(epoch, -1, -1):
        was = {}
        for line, marks in ((e["line"], e["marks"]) for a, e in wrong if a == age):
            if marks is None:
                if line.first <= top or age < epoch:
                    found.add(("changed" if age == epoch else "rolled-back", line.first, line.last))
                continue
            marked = dict(zip(range(line.first, line.last + 1), marks))
            was.update(marked)
            if age == epoch and line.last <= top and all(r in rows and mark(rows[r]) == m for r, m in marked.items()):
                found.add(("changed", line.first, line.last))
        if age == epoch:
            more, named, moved_end = name_rows(was, rows, top, covered)
            found |= more
        else:
            gone = [r for r in sorted(was) if r not in named and not (r in rows and mark(rows[r]) == was[r])]
            found.update(("rolled-back", first, last) for first, last in runs(gone))
    if latest > top and not moved_end:
        found.add(("truncated", top + 1, latest))
    tail = [rev for rev in rows if rev > covered]
    if rows:
        low = max(covered, min(rows) - 1)
        found.update(("deleted", first, last) for first, last in runs(r for r in range(low + 1, top + 1) if r not in rows))
    unproved = sum(1 for rev in rows if not any(first <= rev <= last for first, last in spans))
    assert unproved >= len(tail)
    return found, unproved
