# linear_spec.py - what a pool of addresses does one operation after another, and what a history says of it by itself.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import collections
import ipaddress

NEVER = float("inf")


class Op:
    """One request. kind: allocate, claim, release or read. `returned` NEVER: no answer, or one that says that the outcome
    is unknown; then `answer` is None. `request` tells requests of one claim apart; `key` is the Idempotency-Key; `id` is
    what a release names; `addresses` is what a read asks for; `seen` is the revision that the answer says the service is at."""

    FIELDS = ("client", "kind", "invoked", "returned", "pool", "count", "claim", "request", "key", "id", "addresses", "answer",
              "seen")
    __slots__ = FIELDS

    def __init__(self, client, kind, invoked, returned=NEVER, pool=None, count=1, claim=None, request=None, key=None, id=None,
                 addresses=(), answer=None, seen=None):
        self.client, self.kind, self.invoked, self.returned, self.pool, self.count = client, kind, invoked, returned, pool, count
        self.claim, self.request, self.key, self.id = claim, request, key, id
        self.addresses, self.answer, self.seen = addresses, answer, seen

    def __repr__(self):
        what = self.claim or (f"#{self.id}" if self.id is not None else " ".join(self.addresses))
        until = "" if self.returned == NEVER else self.returned
        return f"{self.client} {self.invoked}-{until} {self.kind} {what}".rstrip() + f" -> {self.answer or 'unknown'}"


# Answers. granted: items are (address, id); `new` is false when an earlier effect is told again. held: what a read shows, as
# {address: (id, revision of the grant, claim)}; an address it asked for and does not show is free.
Granted = collections.namedtuple("Granted", "items rev new")
Held = collections.namedtuple("Held", "shown")
EXHAUSTED, MISMATCH, RELEASED, DONE, GONE = "exhausted", "claim-mismatch", "claim-released", "done", "gone"

Grant = collections.namedtuple("Grant", "rev items claim op")
RELEASE = "release"


class Refused(Exception):
    """No order explains the history. kind is one word for it, ops are the operations that contradict each other."""

    def __init__(self, kind, why, *ops):
        super().__init__("\n  ".join([f"{kind}: {why}", *map(repr, ops)]))
        self.kind, self.why, self.ops = kind, why, ops


class Undecided(Exception):
    """Too many orders are left to be tried."""


class Pool:
    """The addresses that may be handed out of a subnet."""

    def __init__(self, prefix):
        self.network = ipaddress.ip_network(prefix)
        ends = 2 if self.network.version == 4 and self.network.prefixlen < 31 else 0
        self.size = self.network.num_addresses - ends
        self.ends = {str(self.network[0]), str(self.network[-1])} if ends else set()

    def __contains__(self, address):
        return address not in self.ends and ipaddress.ip_address(address) in self.network

    def addresses(self):
        return map(str, self.network.hosts())


class State:
    """The sequential specification: what is held, by whom, and what became of each claim."""

    def __init__(self, pools):
        self.pools, self.rev = pools, 0
        self.held, self.free, self.claims, self.gone = {}, {name: p.size for name, p in pools.items()}, {}, set()
        self.keys = set()

    def copy(self):
        new = State.__new__(State)
        new.pools, new.rev, new.held, new.free = self.pools, self.rev, dict(self.held), dict(self.free)
        new.claims, new.gone = dict(self.claims), set(self.gone)
        new.keys = set(self.keys)
        return new

    def mark(self):
        return self.rev, frozenset(self.held.items()), frozenset(self.claims.items()), frozenset(self.gone), frozenset(self.keys)

    def apply(self, op, effect=None):
        """Does the operation; whether it can be done here with this answer."""
        if isinstance(effect, Grant):
            return self._grant(op, effect)
        if effect is RELEASE:
            return self._release(op)
        if op.answer is None:
            return True
        if op.kind == "read":
            shown = op.answer.shown
            return all(self.held.get(a) == (shown[a][0] if a in shown else None) for a in op.addresses)
        if op.kind == "release":
            return op.answer == GONE and op.id in self.gone
        if isinstance(op.answer, Granted):
            return self._told_again(op)
        known = self.claims.get(op.claim) if op.claim is not None else None
        if op.answer == EXHAUSTED:
            return known is None and op.key not in self.keys and self.free[op.pool] < op.count
        if known is None or op.answer not in (MISMATCH, RELEASED):
            return False
        return (known[0] != op.request) == (op.answer == MISMATCH) and (op.answer == MISMATCH or self._released(known))

    def _released(self, known):
        return any(number in self.gone for number in known[1])

    def _grant(self, op, grant):
        if (grant.rev is not None and grant.rev <= self.rev) or grant.claim in self.claims or op.key in self.keys \
                or any(a in self.held for a, _ in grant.items):
            return False
        self.held.update(grant.items)
        self.free[op.pool] -= len(grant.items)
        self.rev = grant.rev or self.rev
        if op.key is not None:
            self.keys.add(op.key)
        if grant.claim is not None:
            self.claims[grant.claim] = (op.request, tuple(number for _, number in grant.items))
        return True

    def _release(self, op):
        """What is released is found by its id; `pool` of the operation is where that is."""
        address = op.addresses[0]
        if self.held.get(address) != op.id:
            return False
        del self.held[address]
        self.free[op.pool] += 1
        self.gone.add(op.id)
        return True

    def _told_again(self, op):
        ids = tuple(number for _, number in op.answer.items)
        if op.key in self.keys:
            return all(n in self.gone or self.held.get(a) == n for a, n in op.answer.items)
        known = self.claims.get(op.claim)
        return known is not None and known[0] == op.request and known[1] == ids and not self._released(known)


class Facts:
    """What the answers say by themselves: the grants in the order of their revisions, each with the operation that made
    it, and for each id the operation that released it. Raises Refused where answers contradict each other at any order."""

    def __init__(self, history, pools):
        self.history, self.pools, self.by_rev, self.place, self.keys = history, pools, {}, {}, collections.defaultdict(list)
        self.unanswered = collections.defaultdict(list)       # of each claim
        for op in sorted(history, key=lambda op: op.invoked):
            if op.claim is not None and op.answer is None:
                self.unanswered[op.claim].append(op)
            if op.key is not None:
                self.keys[op.key].append(op)
            if isinstance(op.answer, Granted):
                self._answered(op)
        self._shown()
        self._makers()
        self.by_claim = {g.claim: g for g in self.by_rev.values() if g.claim is not None}
        self.grants = [self.by_rev[rev] for rev in sorted(self.by_rev)]
        self.of_id = {number: g for g in self.grants for _, number in g.items}
        self.effect = {id(g.op): g for g in self.grants}
        self._releases()

    def lost(self, op):
        """Whether it asked for addresses, and no attempt was told of any: said of the first that can have got them."""
        tries = self.keys.get(op.key, [op])
        return op.kind in ("allocate", "claim") and not any(isinstance(o.answer, Granted) for o in tries) \
            and next((o for o in tries if o.answer is None), None) is op

    def refused_before(self, op):
        """Attempts that found no space: then none had its effect yet."""
        return [o for o in self.keys.get(op.key, ()) if o.answer == EXHAUSTED]

    def ready(self, op):
        """From when on it can have its effect."""
        return max([op.invoked, *(o.invoked for o in self.refused_before(op))])

    def _answered(self, op):
        """Takes an answer with addresses; op is None in the grant until it is known who made it."""
        rev, items = op.answer.rev, op.answer.items
        addresses = [a for a, _ in items]
        if len(set(addresses)) < len(addresses):
            raise Refused("duplicate", "one answer holds an address twice", op)
        if len(items) != op.count:
            raise Refused("count", f"{op.count} were asked for, and {len(items)} given", op)
        for address in addresses:
            if address not in self.pools[op.pool]:
                raise Refused("outside", f"{address} is not of {op.pool}", op)
        if op.seen is not None and op.seen < rev:
            raise Refused("ahead", f"the answer is of revision {rev}, and says that the service is at {op.seen}", op)
        for address, number in items:
            if self.place.setdefault(number, (address, rev)) != (address, rev):
                raise Refused("other-address", f"#{number} is {self.place[number]} elsewhere", op)
        known = self.by_rev.setdefault(rev, Grant(rev, items, op.claim, []))
        if known.items != items or known.claim != op.claim:
            raise Refused("reused", f"revision {rev} is of two grants", *known.op[:1], op)
        if known.claim is None and known.op and (op.key is None or op.key != known.op[0].key):
            raise Refused("reused", f"revision {rev} answers two requests", known.op[0], op)
        known.op.append(op)

    def _shown(self):
        """Reads may show what no answer did: it was given to somebody who was never told."""
        strange = collections.defaultdict(dict)
        for op in self.history:
            for address, (number, rev, claim) in op.answer.shown.items() if op.kind == "read" and op.answer else ():
                if self.place.setdefault(number, (address, rev)) != (address, rev):
                    raise Refused("other-address", f"#{number} is {self.place[number]} elsewhere", op)
                if rev not in self.by_rev:
                    strange[rev][address] = (number, claim, op)
                elif (address, number) not in self.by_rev[rev].items or claim != self.by_rev[rev].claim:
                    raise Refused("reused", f"revision {rev} is another grant", *self.by_rev[rev].op[:1], op)
        lost = collections.defaultdict(list)
        for op in sorted(filter(self.lost, self.history), key=self.ready):
            lost[op.claim, op.pool].append(op)
        for rev, there in sorted(strange.items()):
            items = tuple((address, number) for address, (number, _, _) in there.items())
            _, claim, reader = next(iter(there.values()))
            pool = next((name for name, p in self.pools.items() if items[0][0] in p), None)
            asked = [o for o in lost[claim, pool] if o.count >= len(items)]
            if not asked:
                raise Refused("unasked", f"#{items[0][1]} was given to nobody", reader)
            if not any(o.count == len(items) for o in asked):
                raise Undecided(f"revision {rev} was read in part, and is of a request without an answer")
            maker = next(o for o in asked if o.count == len(items))
            lost[claim, pool].remove(maker)
            self.by_rev[rev] = Grant(rev, items, claim, [maker])

    def _makers(self):
        """The operation that made each grant: the one that was told so, else the first that can have."""
        claims = {}
        for rev, grant in self.by_rev.items():
            new = [o for o in grant.op if o.answer is not None and o.answer.new]
            if grant.claim is not None and claims.setdefault(grant.claim, grant) is not grant:
                raise Refused("claim-changed", f"claim {grant.claim} got two answers", claims[grant.claim].op[0], grant.op[0])
            if any(o.request != grant.op[0].request for o in grant.op):
                raise Refused("claim-changed", f"claim {grant.claim} is one answer to two requests", *grant.op[:2])
            if len({o.key or id(o) for o in new}) > 1:
                raise Refused("claim-anew", f"claim {grant.claim} was made twice", *new[:2])
            if new:
                makers = new if new[0].key is None else [o for o in self.keys[new[0].key] if o.answer is None or o in new]
            else:
                same = [o for o in self.unanswered[grant.claim] if o.request == grant.op[0].request]
                makers = same if grant.op[0].answer else grant.op
            if not makers:
                raise Refused("unasked", f"revision {rev} is told again, and nobody made it", grant.op[0])
            self.by_rev[rev] = grant._replace(op=min(makers, key=lambda o: o.invoked))
        for key, ops in self.keys.items():
            answered = [o for o in ops if isinstance(o.answer, Granted)]
            if len({o.answer.rev for o in answered}) > 1:
                raise Refused("key", f"key {key} had two effects", *answered[:2])

    def _releases(self):
        self.release, asked = {}, collections.defaultdict(list)
        for op in self.history:
            if op.kind == "release":
                if op.id not in self.of_id:
                    raise Refused("unasked", f"#{op.id} was given to nobody", op)
                op.addresses, op.pool = (self.place[op.id][0],), self.of_id[op.id].op.pool
                asked[op.id].append(op)
        for number, ops in asked.items():
            done = [o for o in ops if o.answer == DONE]
            if len(done) > 1:
                raise Refused("twice", f"#{number} was released twice", *done)
            lost = done or [o for o in ops if o.answer is None]
            if not lost:
                raise Refused("lost", f"#{number} is said to be gone, and nobody released it", self.of_id[number].op, ops[0])
            self.release[number] = min(lost, key=lambda o: o.invoked)
