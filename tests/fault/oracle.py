# oracle.py - judges a history against what a restarted service shows: what was lost, given twice, or answered differently.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Every check is a sweep over the history or over the state; none looks at how the service works.

  lost         an acknowledged effect is not there, or a revision that was shown
  undone       an acknowledged release is not there: the address is still held
  duplicate    one address is held twice, in the state or at some moment of the history
  twice        a request had more than one effect
  changed      one claim had different answers, or an address after its release
  refused      a correct request was refused
  phantom      the state has what nobody asked for
  gap          revisions are not 1..N
  unaccounted  an effect without its one revision, or a revision without its effect
  corrupt      the database is damaged"""
import collections

from history import FULL, GONE, OK, REFUSED, UNKNOWN

Violation = collections.namedtuple("Violation", "kind text")


class Found:
    """What a service shows while nothing is under way. addresses and subnets: its items. changes: (revision, objects) of
    its change log, ascending. head: the revision it says it is at. integrity: what the database says of itself."""

    def __init__(self, addresses, subnets, changes, head, integrity="ok"):
        self.addresses, self.subnets, self.changes = addresses, subnets, changes
        self.head, self.integrity = head, integrity


class Claim:
    """All that is known of one claim: its operations, and those that released its address."""

    def __init__(self, name):
        self.name, self.ops, self.releases = name, [], []

    @property
    def grants(self):
        return [op for op in self.ops if op.result == OK]

    @property
    def answer(self):
        return self.grants[0].answer if self.grants else None

    def held(self):
        """The time during which the address was certainly held: from the first answer until a release was asked for."""
        return min(op.done for op in self.grants), min((op.sent for op in self.releases), default=float("inf"))


def judge(history, found):
    """All violations. Operations that are still UNKNOWN may have happened or not."""
    claims, subnets, out = _read(history)
    for claim in claims.values():
        out += _one_answer(claim)
    out += _held_once(claims)
    out += _addresses(claims, found)
    out += _subnets(subnets, found)
    out += _revisions(history, found)
    out += _accounts(claims, found)
    if found.integrity != "ok":
        out.append(Violation("corrupt", found.integrity))
    return out


def _read(history):
    """Claims by name, operations by subnet, and what was refused. What there was no space for counts as never asked."""
    claims, subnets, by_id, out = {}, collections.defaultdict(list), {}, []
    asked = [op for op in history.ops if op.result != FULL]
    for op in asked:
        if op.kind == "allocate":
            claims.setdefault(op.key, Claim(op.key)).ops.append(op)
            if op.result == OK:
                by_id[op.answer[0]] = claims[op.key]
        elif op.kind == "subnet":
            subnets[op.key].append(op)
        if op.result == REFUSED:
            out.append(Violation("refused", repr(op)))
    for op in asked:
        if op.kind == "release":
            by_id[op.key].releases.append(op)
    return claims, subnets, out


def asked_before(op, ops):
    """Whether an operation without an answer can have done what this one found done."""
    return any(other.result == UNKNOWN and other.sent < op.sent for other in ops)


def _one_answer(claim):
    done = [op for op in claim.releases if op.result in (OK, GONE)]
    out, released = [], min((op.done for op in done), default=float("inf"))
    if len({op.answer for op in claim.grants}) > 1:
        out.append(Violation("changed", f"claim {claim.name} got {sorted({op.answer for op in claim.grants})}"))
    for op in claim.ops:
        if op.result == OK and op.sent > released:
            out.append(Violation("changed", f"claim {claim.name} got {op.answer} after its release"))
        if op.result == GONE and not any(r.sent < op.done for r in claim.releases):
            out.append(Violation("lost", f"claim {claim.name} is said to be released, and nobody did"))
    if done and done[0].result == GONE and not asked_before(done[0], claim.releases):
        out.append(Violation("lost", f"address {claim.answer} was not there to be released"))
    return out


def _held_once(claims):
    held = collections.defaultdict(list)
    for claim in claims.values():
        if claim.grants:
            held[claim.answer[1]].append((*claim.held(), claim))
    for address, spans in held.items():
        spans.sort(key=lambda span: span[:2])
        until, holder = float("-inf"), None
        for start, end, claim in spans:
            if start < until:
                yield Violation("duplicate", f"{address} was held by {holder.name} and {claim.name} at once")
            if end > until:
                until, holder = end, claim


def _addresses(claims, found):
    for key in ("address", "id", "claim"):
        for value, count in collections.Counter(item[key] for item in found.addresses).items():
            if count > 1:
                yield Violation("twice" if key == "claim" else "duplicate", f"{key} {value} is there {count} times")
    there = {item["id"]: item for item in found.addresses}
    for claim in claims.values():
        if not claim.grants:
            continue
        item = there.pop(claim.answer[0], None)
        if item is None and not claim.releases:
            yield Violation("lost", f"claim {claim.name} got {claim.answer}, which is not there")
        elif item is not None and any(op.result in (OK, GONE) for op in claim.releases):
            yield Violation("undone", f"{claim.answer} of claim {claim.name} was released, and is there")
        elif item is not None and (claim.name, *claim.answer) != tuple(item[k] for k in ("claim", "id", "address", "rev")):
            yield Violation("changed", f"claim {claim.name} got {claim.answer}, and is now {item}")
    for item in there.values():
        claim = claims.get(item["claim"])
        if claim is None:
            yield Violation("phantom", f"nobody asked for {item}")
        elif claim.grants:
            yield Violation("twice", f"claim {claim.name} got {claim.answer}, and {item} as well")


def _subnets(subnets, found):
    there = collections.defaultdict(list)
    for item in found.subnets:
        there[item["prefix"]].append(item["id"])
    for prefix, ids in there.items():
        if len(ids) > 1:
            yield Violation("twice", f"subnet {prefix} is there {len(ids)} times")
        if prefix not in subnets:
            yield Violation("phantom", f"nobody asked for subnet {prefix}")
    for prefix, ops in subnets.items():
        answers = {op.answer for op in ops if op.result == OK}
        if len(answers) > 1:
            yield Violation("twice", f"subnet {prefix} was made as {sorted(answers)}")
        if answers - set(there[prefix]):
            yield Violation("lost", f"subnet {prefix} was made as {sorted(answers)}, and is now {there[prefix]}")
        done = [op for op in ops if op.result in (OK, GONE)]
        if done and done[0].result == GONE and not asked_before(done[0], ops):
            yield Violation("phantom", f"subnet {prefix} was there before it was asked for")
        if done and not there[prefix] and not answers:
            yield Violation("lost", f"subnet {prefix} was said to exist, and is not there")


def _revisions(history, found):
    numbers = [revision for revision, _ in found.changes]
    if numbers != list(range(1, len(numbers) + 1)):
        wrong = next(i for i, n in enumerate(numbers) if n != i + 1)
        yield Violation("gap", f"revision {numbers[wrong]} stands where {wrong + 1} belongs")
    if (numbers or [0])[-1] != found.head:
        yield Violation("gap", f"the head is {found.head}, and the last revision {(numbers or [0])[-1]}")
    if found.head < history.shown:
        yield Violation("lost", f"revision {history.shown} was shown, and the head is {found.head}")


def _accounts(claims, found):
    """Each address that was ever given, and each that was released, is in exactly one revision."""
    added, deleted = {}, {}
    for revision, objects in found.changes:
        for text in objects:
            words = text.split(" ")
            if words[1] == "address":
                there = {"add": added, "delete": deleted}.get(words[0], {})
                if words[2] in there:
                    yield Violation("twice", f"revisions {there[words[2]]} and {revision} both {text}")
                there[words[2]] = (revision, words[3])
    granted = {str(c.answer[0]): c for c in claims.values() if c.grants}
    for number, claim in granted.items():
        if added.get(number) != (claim.answer[2], claim.answer[1]):
            yield Violation("unaccounted", f"claim {claim.name} got {claim.answer}, the change log says {added.get(number)}")
        if number not in deleted and any(op.result in (OK, GONE) for op in claim.releases):
            yield Violation("unaccounted", f"{claim.answer} was released, and the change log does not say so")
        if number in deleted and not claim.releases:
            yield Violation("unaccounted", f"nobody released {claim.answer}, and the change log says so")
    unknown = sum(1 for c in claims.values() if not c.grants)
    strangers = [added[n] for n in added if n not in granted]
    if len(strangers) > unknown:
        yield Violation("unaccounted", f"the change log has {strangers[:5]}, and only {unknown} requests have no answer")
    for number in {item["id"] for item in found.addresses}:
        if str(number) not in added or str(number) in deleted:
            yield Violation("unaccounted", f"address {number} is there, and the change log says otherwise")
