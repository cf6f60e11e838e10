# linear.py - judges what clients of a pool of addresses were answered: is there one order of all operations that explains it?
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""check(history, pools) returns the order, as (operation, effect) pairs, or raises Refused with the operations that
contradict each other and why.

The specification is `State`: one operation after another. A history is accepted when its operations can be put into an
order that the specification explains and that agrees with real time: what was answered before another was asked comes
first. What was never answered happened at any time after it was asked, or never.

Deciding that is NP-complete in general. Here each grant names its addresses, an id for each and its revision, and an id
is never given again, so that nearly all of the order is forced: grants follow their revisions, and the life of an
address is grant, what saw it held, release, what saw it free, grant. The forced order is propagated as bounds on the
instant of each operation (`Times`); bounds that cross are a contradiction, with the chain that leads to it. What is left
to choose (when an address was seen free, when a pool was exhausted, which unanswered requests had their effect) is chosen
in the way that constrains the others least. The order found is run through the specification before it is believed.
Where these choices fail and nothing is contradicted for certain, all orders are tried, with those already met left out
(Wing and Gong 1993, Lowe 2017); that is for small histories, and Undecided says so when it is too much."""
import bisect
import collections
import heapq
import itertools
import json

from linear_spec import (DONE, EXHAUSTED, GONE, MISMATCH, NEVER, RELEASE, RELEASED, Facts, Grant, Granted, Held, Op,  # noqa: F401
                         Pool, Refused, State, Undecided)


class Times:
    """Bounds on the instant of each operation, kept under "this one is before that one"."""

    def __init__(self, facts):
        self.ops, self.number, self.facts = [], {}, facts
        self.first, self.last, self.after, self.before = [], [], [], []
        self.because_first, self.because_last, self.trail = [], [], None

    def node(self, op, invoked=None):
        number = self.number.get(id(op))
        if number is None:
            number = self.number[id(op)] = len(self.ops)
            self.ops.append(op)
            self.first.append(op.invoked if invoked is None else invoked)
            self.last.append(op.returned)
            for column in (self.after, self.before):
                column.append([])
            for column in (self.because_first, self.because_last):
                column.append(None)
        return number

    def order(self, one, other, label):
        """`one` is before `other`, both numbers; raises Refused when it cannot be."""
        self.after[one].append(other)
        self.before[other].append(one)
        if self.trail is not None:
            self.trail.append((None, one, other))
        self._move(self.first, self.because_first, self.after, other, self.first[one], (one, label), 1)
        self._move(self.last, self.because_last, self.before, one, self.last[other], (other, label), -1)

    def _move(self, bound, because, onward, start, value, reason, sign):
        todo = [(start, reason)]
        while todo:
            node, reason = todo.pop()
            if sign * bound[node] >= sign * value:
                continue
            if self.trail is not None:
                self.trail.append((bound, node, bound[node]))
                self.trail.append((because, node, because[node]))
            bound[node], because[node] = value, reason
            if self.first[node] > self.last[node]:
                raise self._crossed(node)
            todo += [(n, (node, reason[1])) for n in onward[node]]

    def _crossed(self, node):
        """The chain from what was asked too late to what was answered too early."""
        chain, labels, here = [node], [], node
        while self.because_first[here] is not None and self.first[here] != self.ops[here].invoked:
            here, label = self.because_first[here]
            chain.insert(0, here)
            labels.append(label)
        here = node
        while self.because_last[here] is not None and self.last[here] != self.ops[here].returned:
            here, label = self.because_last[here]
            chain.append(here)
            labels.append(label)
        kind = min(labels, key=LABELS.index)
        return Refused(kind, f"each must come before the next ({MEANING[kind]}), and the last was answered before the first "
                             "was asked", *[self.ops[n] for n in chain])

    def attempt(self, pairs):
        """Takes all of these orders or none; whether it could."""
        self.trail = []
        try:
            for one, other, label in pairs:
                if self.leads(other, one):
                    raise Refused("circle", "")
                self.order(one, other, label)
            return True
        except Refused:
            for column, node, value in reversed(self.trail):
                if column is None:
                    self.after[node].pop()
                    self.before[value].pop()
                else:
                    column[node] = value
            return False
        finally:
            self.trail = None

    def leads(self, one, other):
        """Whether `one` is before `other` by what is known."""
        todo, met = [other], {other}
        while todo:
            for n in self.before[todo.pop()]:
                if n == one:
                    return True
                if n not in met and self.last[n] >= self.first[one]:
                    met.add(n)
                    todo.append(n)
        return False

    def circle(self):
        """Operations of which each must be before the next, and the last before the first."""
        missing = [len(b) for b in self.before]
        ready = [n for n, count in enumerate(missing) if count == 0]
        while ready:
            for n in self.after[ready.pop()]:
                missing[n] -= 1
                if missing[n] == 0:
                    ready.append(n)
        path = [next(n for n, count in enumerate(missing) if count)]
        while path.count(path[-1]) < 2:
            path.append(next(n for n in self.before[path[-1]] if missing[n]))
        return [self.ops[n] for n in reversed(path[path.index(path[-1]) + 1:])]

    def sorted(self):
        """All operations, each after what must be before it and at its first instant; None when they go in a circle."""
        missing = [len(b) for b in self.before]
        ready = [(self.first[n], n) for n, count in enumerate(missing) if count == 0]
        heapq.heapify(ready)
        out = []
        while ready:
            _, node = heapq.heappop(ready)
            out.append(self.ops[node])
            for n in self.after[node]:
                missing[n] -= 1
                if missing[n] == 0:
                    heapq.heappush(ready, (self.first[n], n))
        return out if len(out) == len(self.ops) else None


# Why one operation is before another, the most telling first.
MEANING = {
    "two-owners": "an address is released before it is given again",
    "lost": "what is released or told again was given before",
    "released": "a claim is told again only before its release, and is released only after one",
    "made": "what found no space was asked for before the claim was made",
    "stale": "what a read shows was there then",
    "exhausted": "what a pool lacks is held",
    "order": "revisions are in the order of their effects",
}
LABELS = list(MEANING)


class Roll:
    """Who holds what at a place among the grants of a pool, for places that are asked for in ascending order."""

    def __init__(self, judge, pool):
        self.judge, self.size = judge, judge.pools[pool].size
        self.given = [judge.facts.effect[id(judge.times.ops[n])].items for n in judge.chain[pool]]
        self.first = judge.times.first
        self.extra, self.place = collections.defaultdict(tuple), 0
        self.held, self.soon = {}, []         # address -> (first instant of its release, release), and these in order

    def take(self, place, items):
        """Somebody has taken these before this place."""
        self.extra[place] += items
        if place <= self.place:
            self._give(items)

    def _give(self, items):
        for address, number in items:
            before, release = self.held.get(address), self.judge._release(number)
            if before is not None and before[1] is not None:
                del self.soon[bisect.bisect_left(self.soon, (*before, address))]
            self.held[address] = (self.first[release] if release is not None else NEVER, release)
            if release is not None:
                bisect.insort(self.soon, (*self.held[address], address))

    def places(self, low, high, until):
        """Yields (place, how many addresses nobody holds, the releases of what is held that can come before `until`)."""
        if low < self.place:
            self.place, self.held, self.soon = 0, {}, []
            self._give(self.extra[0])
        while self.place < low:
            self._give(self.given[self.place])
            self.place += 1
            self._give(self.extra[self.place])
        near = {address: release for _, release, address in self.soon[:bisect.bisect_right(self.soon, (until, NEVER))]}
        vacant, over = self.size - len(self.held), set()
        yield low, vacant, list(near.values())
        for place in range(low, high):
            for address, number in (*self.given[place], *self.extra[place + 1]):
                vacant -= address not in self.held and address not in over
                over.add(address)
                near.pop(address, None)
                release = self.judge._release(number)
                if release is not None and self.first[release] <= until:
                    near[address] = release
            yield place + 1, vacant, list(near.values())


class Judge:
    """Puts a history into an order. What is forced first, then what may be chosen."""

    def __init__(self, facts):
        self.facts, self.pools = facts, facts.pools
        self.times = Times(facts)
        self.fills, self.rolls, self.open = {}, {}, False
        lost = [op for op in facts.history if facts.lost(op) and op.claim not in facts.by_claim and id(op) not in facts.effect]
        self.lost = [(facts.ready(op), op) for op in lost]
        self.chain = {name: [] for name in self.pools}        # the nodes of the grants of a pool
        self.holders = collections.defaultdict(list)          # address -> (place in the chain, node, id)

    def order(self):
        """The order, or None where the choices made do not fit together."""
        self._forced()
        exhausted = [op for op in self.facts.history if op.answer == EXHAUSTED]
        reads = [op for op in self.facts.history if op.kind == "read" and op.answer and len(op.answer.shown) < len(op.addresses)]
        exhausted.sort(key=lambda op: op.invoked)
        for op in exhausted:
            self._ways_exhausted(op)
        self.rolls.clear()
        for op in reads:
            for address in op.addresses:
                self._gaps(op, address)
        reads = self._single(sorted(reads, key=lambda op: op.invoked))
        if self.open or not all(self._place_exhausted(op) for op in exhausted) \
                or not all(self._place_released(op) for op in self.facts.history if op.answer == RELEASED) \
                or not all(self._place_free(op, address) for op, address in reads):
            return None
        order = self.times.sorted()
        return order and [(op, self.effect(op)) for op in order]

    def _single(self, reads):
        """Of the addresses that were seen free: where there is only one gap, it is taken, which may leave one to others.
        Returns the others. Refuses what goes in a circle: all of it is forced."""
        left, before = [(op, a) for op in reads for a in op.addresses if a not in op.answer.shown], None
        while left != before:
            before, left = left, []
            for op, address in before:
                gaps = self._gaps(op, address)
                if len(gaps) > 1:
                    left.append((op, address))
                    continue
                for pair in self._around(op, gaps[0]):
                    self.times.order(*pair)
        if self.times.sorted() is None:
            raise Refused("circle", "each must come before the next, and the last before the first", *self.times.circle())
        return left

    def effect(self, op):
        if op.kind == "release":
            return RELEASE if self.facts.release.get(op.id) is op else None
        return self.fills.get(id(op)) or self.facts.effect.get(id(op))

    def _release(self, number):
        op = self.facts.release.get(number)
        return None if op is None else self.times.node(op)

    def _forced(self):
        before = None
        for grant in self.facts.grants:
            node = self.times.node(grant.op)
            if before is not None:
                self.times.order(before, node, "order")
            before = node
            for refused in self.facts.refused_before(grant.op):
                self.times.order(self.times.node(refused), node, "made")
            chain = self.chain[grant.op.pool]
            for address, number in grant.items:
                if self.holders[address]:
                    self._handed_on(address, node, grant.op)
                self.holders[address].append((len(chain), node, number))
                if number in self.facts.release:
                    self.times.order(node, self._release(number), "lost")
            chain.append(node)
        for op in self.facts.history:
            if op.answer is not None and id(op) not in self.facts.effect:
                self._forced_look(op, self.times.node(op))

    def _handed_on(self, address, node, op):
        _, holder, number = self.holders[address][-1]
        release = self._release(number)
        if release is None:
            raise Refused("two-owners", f"{address} was given twice, and nobody released it between", self.times.ops[holder], op)
        self.times.order(release, node, "two-owners")

    def _forced_look(self, op, node):
        if op.kind == "read":
            for _, rev, _ in op.answer.shown.values():
                self._held_at(node, self.facts.by_rev[rev], "stale", {n for n, _, _ in op.answer.shown.values()})
        elif op.answer == GONE:
            self.times.order(self._release(op.id), node, "lost")
        elif isinstance(op.answer, Granted):
            grant = self.facts.by_rev[op.answer.rev]
            same = op.key is not None and op.key == grant.op.key
            self._held_at(node, grant, "lost" if same else "released", () if same else {n for _, n in grant.items})
        elif op.claim is not None:
            self._forced_claim(op, node, self.facts.by_claim.get(op.claim))

    def _held_at(self, node, grant, label, ids):
        """The operation is after the grant, and before the release of each of these that it made."""
        self.times.order(self.times.node(grant.op), node, "stale" if label == "stale" else "lost")
        for _, number in grant.items:
            if number in ids and number in self.facts.release:
                self.times.order(node, self._release(number), label)

    def _forced_claim(self, op, node, grant):
        if grant is None:
            others = [o for o in self.facts.unanswered[op.claim] if o.request != op.request]
            if op.answer == RELEASED or (op.answer == MISMATCH and not others):
                raise Refused("unasked", f"claim {op.claim} was made by nobody", op)
            self.open = self.open or op.answer == MISMATCH
            return
        made = self.times.node(grant.op)
        if op.answer == EXHAUSTED:
            self.times.order(node, made, "made")
            return
        if (op.request != grant.op.request) != (op.answer == MISMATCH):
            raise Refused("claim-changed", "the answer is that of another request", grant.op, op)
        self.times.order(made, node, "lost")
        if op.answer == RELEASED:
            releases = [self._release(n) for _, n in grant.items if n in self.facts.release]
            if not releases:
                raise Refused("lost", f"claim {op.claim} is said to be released, and nobody did", grant.op, op)
            if len(releases) == 1:
                self.times.order(releases[0], node, "released")

    # Exhausted: the place among the grants of the pool where most can have been held.

    def _ways_exhausted(self, op):
        """(strangers needed, distance, place, instant, held, spare) of each place, the best first. held are the releases
        that come later, spare how many of them need not be. Raises Refused when there is none."""
        times, chain, node = self.times, self.chain[op.pool], self.times.node(op)
        first, last = times.first, times.last
        low = bisect.bisect_left(chain, first[node], key=lambda n: last[n])
        high = bisect.bisect_right(chain, last[node], key=lambda n: first[n])
        now = bisect.bisect_right(chain, first[node], key=lambda n: first[n])
        strangers, ways, fewest = sum(o.count for o in self._strangers(op)), [], None
        for place, vacant, releases in self._roll(op.pool).places(low, high, last[node]):
            at = max(first[node], first[chain[place - 1]] if place else 0)
            held = [r for r in releases if last[r] >= at]
            free = vacant + len(releases) - len(held)
            need = max(0, free - op.count + 1)
            fewest = min(fewest or (need, place, at), (need, place, at))
            if need <= strangers:
                ways.append((need, abs(place - now), place, at, held, max(0, op.count - 1 - free)))
        ways.sort(key=lambda w: w[:3])
        if not any(need == 0 or need <= len(self._free_for_good(op.pool, place, at)) for need, _, place, at, *_ in ways):
            need, place, at = fewest
            free = self._free(op.pool, place, at)
            last_ids = [self.holders[a][-1][2] for a in free[:need] if self.holders.get(a)]
            ops = [self.facts.release[n] for n in last_ids if n in self.facts.release]
            but = f"only {strangers} can have gone to requests without an answer" if need > strangers else "others got them later"
            raise Refused("exhausted", f"{len(free)} of {op.pool} were free, {', '.join(free[:3])} among them, and {but}",
                          *ops[:3], op)
        return ways

    def _roll(self, pool):
        if pool not in self.rolls:
            self.rolls[pool] = Roll(self, pool)
        return self.rolls[pool]

    def _free(self, pool, place, at):
        """The addresses that cannot be held at this place and instant."""
        found = []
        for address in self.pools[pool].addresses():
            holders = self.holders.get(address, ())
            n = bisect.bisect_left(holders, place, key=lambda h: h[0])
            release = self._release(holders[n - 1][2]) if n else None
            if n == 0 or (release is not None and self.times.last[release] < at):
                found.append(address)
        return found

    def _free_for_good(self, pool, place, at):
        """Those of them that nobody was given later."""
        return [a for a in self._free(pool, place, at) if not self.holders.get(a) or self.holders[a][-1][0] < place]

    def _strangers(self, op):
        """Requests without an answer, of which nothing else is known, that can have taken addresses before this one."""
        return [o for ready, o in self.lost if ready <= op.returned and o.pool == op.pool and id(o) not in self.fills]

    def _place_exhausted(self, op):
        node, chain = self.times.node(op), self.chain[op.pool]
        try:
            ways = self._ways_exhausted(op)
        except Refused:
            return False      # earlier choices have spoilt it
        for need, _, place, at, held, spare in ways:
            free = self._free_for_good(op.pool, place, at) if need else []
            takers = self._takers(op, need, len(free))
            if takers is None:
                continue
            held = sorted(held, key=lambda r: -self.times.last[r])[:max(0, len(held) - spare)] if spare else held
            pairs = [(node, release, "exhausted") for release in held]
            pairs += [(chain[place - 1], node, "order")] if place else []
            pairs += [(node, chain[place], "order")] if place < len(chain) else []
            left, taken = list(free), {}
            for taker in takers:
                taken[taker], left = left[:taker.count], left[taker.count:]
                pairs.append((self.times.node(taker), node, "exhausted"))
                pairs += [(self.times.node(o), self.times.node(taker), "made") for o in self.facts.refused_before(taker)]
                for address in taken[taker]:
                    pairs += [(self._release(n), self.times.node(taker), "two-owners") for _, _, n in self.holders[address][-1:]]
            if self.times.attempt(pairs):
                self._take(taken, place)
                return True
        return False

    def _takers(self, op, need, most):
        """Requests without an answer that together ask for at least so many addresses, for the fewest."""
        sums = {0: []}
        for stranger in sorted(self._strangers(op), key=self.facts.ready) if need else ():
            for total, ops in sorted(sums.items(), reverse=True):
                if total < need and total + stranger.count <= most:
                    sums.setdefault(total + stranger.count, [*ops, stranger])
        enough = [total for total in sums if total >= need]
        return sums[min(enough)] if enough else None

    def _take(self, taken, place):
        for taker, addresses in taken.items():
            items = tuple((a, f"?{self.times.node(taker)}.{a}") for a in addresses)
            self.fills[id(taker)] = Grant(None, items, taker.claim, taker)
            for address, number in items:
                self.holders[address].append((place - 0.5, self.times.node(taker), number))
            self._roll(taker.pool).take(place, items)

    # What was seen free, or released: the gap in the life of an address.

    def _gaps(self, op, address):
        """(release before it, grant after it) as nodes or None, for each gap in which the address can have been seen free."""
        if address in op.answer.shown:
            return []
        first, last, node = self.times.first, self.times.last, self.times.node(op)
        holders = self.holders.get(address, [])
        low = bisect.bisect_left(holders, first[node], key=lambda h: last[h[1]])
        high = bisect.bisect_right(holders, last[node], key=lambda h: first[h[1]])
        found = []
        for gap in range(low, high + 1):
            release = self._release(holders[gap - 1][2]) if gap else None
            if gap == 0 or (release is not None and first[release] <= last[node]):
                far = gap and first[release] > first[node]
                found.append((far, gap if far else -gap, release, holders[gap][1] if gap < len(holders) else None))
        if not found:
            _, holder, number = holders[max(0, high - 1)]
            release = self.facts.release.get(number)
            kind, why = ("lost", "nobody asked to release it") if release is None else ("stale", "it was not released yet")
            raise Refused(kind, f"{address} is shown free, and {why}", self.times.ops[holder],
                          *[r for r in [release] if r], op)
        return [(release, then) for _, _, release, then in sorted(found, key=lambda f: f[:2])]

    def _around(self, op, gap):
        """The orders that put an operation into a gap."""
        node, (release, then) = self.times.node(op), gap
        return [(release, node, "stale")] * (release is not None) + [(node, then, "stale")] * (then is not None)

    def _place_free(self, op, address):
        try:
            return any(self.times.attempt(self._around(op, gap)) for gap in self._gaps(op, address))
        except Refused:
            return False          # earlier choices have spoilt it

    def _place_released(self, op):
        node, grant = self.times.node(op), self.facts.by_claim[op.claim]
        releases = [self._release(n) for _, n in grant.items if n in self.facts.release]
        releases.sort(key=lambda r: self.times.first[r])
        return any(self.times.attempt([(release, node, "released")]) for release in releases)


def replay(order, pools):
    """Whether the specification explains this order, and real time allows it."""
    state, latest = State(pools), 0
    for op, effect in order:
        if op.returned < latest or not state.apply(op, effect):
            return False
        latest = max(latest, op.invoked)
    return True


def heads(history, facts):
    """The revision that a service says it is at never goes back, and a grant has one above all that were seen before."""
    returned = sorted((op for op in history if op.answer is not None), key=lambda op: op.returned)
    seen, known, n = (0, None), (0, None), 0
    for op in sorted(history, key=lambda op: op.invoked):
        while n < len(returned) and returned[n].returned < op.invoked:
            before = returned[n]
            n += 1
            seen = max(seen, (before.seen or 0, before), key=lambda s: s[0])
            known = max(known, (before.answer.rev if isinstance(before.answer, Granted) else 0, before), key=lambda s: s[0])
        grant = facts.effect.get(id(op))
        if op.seen is not None and op.seen < max(seen[0], known[0]):
            raise Refused("back", f"revision {max(seen[0], known[0])} was told before, and now {op.seen}",
                          max(seen, known, key=lambda s: s[0])[1], op)
        if grant is not None and grant.rev <= seen[0]:
            raise Refused("order", f"the grant of revision {grant.rev} was asked for when {seen[0]} was told already",
                          seen[1], op)


def search(facts, effect, tries=200_000):
    """All orders in which each operation is among those that were asked before the first of the others was answered."""
    ops = [op for op in facts.history if op.answer is not None or effect(op) or op.kind in ("allocate", "claim")]
    wanted = sum(1 << n for n, op in enumerate(ops) if op.answer is not None)
    met, farthest = set(), (0, ops)
    todo = [(0, State(facts.pools), ())]
    while todo:
        done, state, order = todo.pop()
        if done & wanted == wanted:
            return list(order)
        mark = done, state.mark()
        if mark in met:
            continue
        met.add(mark)
        tries -= len(ops)
        if tries < 0:
            raise Undecided(f"{len(ops)} operations have too many orders")
        left = [(n, op) for n, op in enumerate(ops) if not done >> n & 1]
        until = min(op.returned for _, op in left)
        ready = [(n, op) for n, op in left if op.invoked <= until]
        if len(order) >= farthest[0]:
            farthest = len(order), [op for _, op in ready if op.answer is not None]
        for n, op in reversed(ready):
            for what in _effects(op, effect(op), state, facts):
                new = state.copy()
                if new.apply(op, what):
                    todo.append((done | 1 << n, new, (*order, (op, what))))
    raise Refused("no-order", f"after {farthest[0]} operations none of these can be next", *farthest[1][:8])


def _effects(op, known, state, facts):
    """What an operation may do: what is known of it, or, without an answer, any that it can have."""
    if known is not None or op.answer is not None:
        return [known]
    if op.claim in facts.by_claim or not facts.lost(op):
        return []
    free = [a for a in facts.pools[op.pool].addresses() if a not in state.held]
    return [Grant(None, tuple((a, f"?{op.client}.{op.invoked}.{a}") for a in some), op.claim, op)
            for some in itertools.combinations(free, op.count)]


def check(history, pools):
    """The order that explains the history. pools: {name: prefix}; prefixes do not overlap. Raises Refused or Undecided."""
    pools = {name: Pool(prefix) for name, prefix in pools.items()}
    facts = Facts(history, pools)
    heads(history, facts)
    judge = Judge(facts)
    order = judge.order()
    if order is None or not replay(order, pools):
        judge.fills.clear()
        order = search(facts, judge.effect)
    return order


def dump(history, path):
    """Writes a history, an operation a line, for whoever looks into a failure."""
    with open(path, "w") as f:
        for op in history:
            f.write(json.dumps({name: getattr(op, name) for name in Op.FIELDS}, default=str) + "\n")
