# linear_sim.py - a simulated service of addresses with its clients on a clock of its own, correct or with one known fault.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import collections
import heapq
import itertools
import random

import linear

# What a faulty service does wrong, each now and then.
FAULTS = ("gives what is held", "forgets a grant", "reads the past", "makes a claim anew", "is exhausted too early",
          "swaps two revisions")


class Service:
    """Does one request after another. `hit` counts how often its fault came about."""

    def __init__(self, size, fault=None, rng=None):
        self.all, self.fault, self.rng, self.hit = [f"10.0.0.{n}" for n in range(1, size + 1)], fault, rng, 0
        self.held, self.claims, self.keys, self.gone = {}, {}, {}, set()
        self.past = collections.deque(maxlen=40)
        self.rev, self.ids = 2, itertools.count(1)

    def goes_wrong(self, what, possible=True):
        wrong = self.fault == what and possible and self.rng.random() < 0.2
        self.hit += bool(wrong)
        return wrong

    def do(self, op):
        """Returns the answer."""
        answer = {"read": self.read, "release": self.release}.get(op.kind, self.give)(op)
        if self.fault == "reads the past":
            self.past.append(dict(self.held))
        return answer

    def read(self, op):
        held = self.held
        wanted = [{a: h.get(a) for a in op.addresses} for h in self.past]
        stale = [w for w in wanted if w != {a: held.get(a) for a in op.addresses}]
        if self.goes_wrong("reads the past", stale):
            held = stale[0]
        return linear.Held({a: held[a] for a in op.addresses if held.get(a)})

    def release(self, op):
        for address, (number, *_) in self.held.items():
            if number == op.id:
                del self.held[address]
                self.gone.add(number)
                self.rev += 2
                return linear.DONE
        return linear.GONE

    def give(self, op):
        if op.key in self.keys:
            return self.keys[op.key]
        if op.claim in self.claims and not self.goes_wrong("makes a claim anew"):
            request, answer = self.claims[op.claim]
            if request != op.request:
                return linear.MISMATCH
            return linear.RELEASED if {n for _, n in answer.items} & self.gone else answer._replace(new=False)
        free = [a for a in self.all if a not in self.held]
        if self.goes_wrong("gives what is held", self.held):
            free = list(self.held)
        if len(free) < op.count or self.goes_wrong("is exhausted too early"):
            return linear.EXHAUSTED
        return self.grant(op, free[:op.count])

    def grant(self, op, addresses):
        self.rev += 2
        late = 5 if self.goes_wrong("swaps two revisions", self.rev > 6) else 0     # odd: nobody else's
        answer = linear.Granted(tuple((a, next(self.ids)) for a in addresses), self.rev - late, True)
        if not self.goes_wrong("forgets a grant"):
            self.held.update({a: (number, answer.rev, op.claim) for a, number in answer.items})
        if op.claim is not None:
            self.claims[op.claim] = op.request, answer
        if op.key is not None:
            self.keys[op.key] = answer
        return answer


class Run:
    """Clients that ask, wait and lose answers; `history` is what they saw. It ends with each asked again, and a read of all."""

    def __init__(self, seed, clients=8, operations=120, size=6, fault=None, lost=0.06):
        self.rng = random.Random(seed)
        self.service = Service(size, fault, self.rng)
        self.lost, self.history, self.events, self.steps = lost, [], [], itertools.count()
        self.known, self.claims, self.unknown, self.clock = [], [], [], itertools.count(1)
        self.at = 0
        for client in range(clients):
            self.later(0, self.ask, client)
        self.left = operations
        self.play()
        for op in list(self.unknown):
            if op.claim or op.key:
                self.send(self.again(f"{op.client}again", op), sure=True)
                self.play()
        self.send(linear.Op("last", "read", 0, addresses=tuple(self.service.all)), sure=True)
        self.play()

    def later(self, delay, what, *args):
        heapq.heappush(self.events, (self.at + delay, next(self.steps), what, args))

    def play(self):
        while self.events:
            self.at, _, what, args = heapq.heappop(self.events)
            what(*args)

    def ask(self, client):
        if self.left > 0:
            self.left -= 1
            self.send(self.choose(client))

    @staticmethod
    def again(client, op):
        return linear.Op(client, op.kind, 0, pool=op.pool, count=op.count, claim=op.claim, request=op.request, key=op.key)

    def choose(self, client):
        rng, what = self.rng, self.rng.random()
        if what < 0.3 and self.known:
            return linear.Op(client, "release", 0, id=rng.choice(self.known[-8:]))
        if what < 0.45:
            return linear.Op(client, "read", 0, addresses=tuple(rng.sample(self.service.all, rng.choice((1, 1, 2)))))
        if what < 0.5 and self.unknown:
            op = rng.choice(self.unknown)
            if op.claim or op.key:
                return self.again(client, op)
        if what < 0.6 and self.claims:
            name = rng.choice(self.claims[-6:])
            count = rng.choice((1, 2))
            return linear.Op(client, "claim", 0, pool="p", count=count, claim=name, request=str(count))
        if what < 0.8:
            self.claims.append(f"c{len(self.claims)}")
            count = rng.choice((1, 1, 2))
            return linear.Op(client, "claim", 0, pool="p", count=count, claim=self.claims[-1], request=str(count))
        return linear.Op(client, "allocate", 0, pool="p", key=rng.choice((None, f"k{next(self.steps)}")))

    def send(self, op, sure=False):
        op.invoked = next(self.clock)
        self.history.append(op)
        fate = 1 if sure else self.rng.random()
        if fate > self.lost / 2:
            self.later(self.rng.expovariate(0.05 if fate < self.lost else 1), self.work, op, fate > self.lost)
        if fate <= self.lost:
            self.unknown.append(op)
            self.later(3, self.ask, op.client)

    def work(self, op, told):
        answer = self.service.do(op)
        if told:
            self.later(self.rng.expovariate(1), self.end, op, answer)

    def end(self, op, answer):
        op.returned, op.answer = next(self.clock), answer
        if isinstance(answer, linear.Granted):
            self.known += [number for _, number in answer.items]
        self.later(self.rng.expovariate(2), self.ask, op.client)


def explained(history, size):
    """Whether there is an order, by trying every one: slow, and of nothing but the definition. For a few operations."""
    granted, addresses = {}, [f"10.0.0.{n}" for n in range(1, size + 1)]
    for op in history:
        if isinstance(op.answer, linear.Granted):
            granted[op.answer.rev, op.answer.items] = True
    shown = {(a, n, r) for o in history if o.kind == "read" and o.answer for a, (n, r, _) in o.answer.shown.items()}
    for rev in {r for _, _, r in shown} - {r for r, _ in granted}:
        granted[rev, tuple(sorted((a, n) for a, n, r in shown if r == rev))] = True

    def outcomes(op, state):
        """The states after the operation, here."""
        held, claims, gone, keys, rev = state
        there, known = dict(held), dict(claims).get(op.claim) if op.claim else None
        done = [k for k in keys if k[0] == op.key] if op.key else []
        if op.kind == "read":
            return [state] if op.answer and all(there.get(a) == op.answer.shown.get(a) for a in op.addresses) else []
        if op.kind == "release":
            mine = [a for a in there if there[a][0] == op.id]
            if op.answer == linear.GONE:
                return [state] if op.id in gone else []
            return [(held - {(a, there[a])}, claims, gone | {op.id}, keys, rev) for a in mine]
        out = []
        if isinstance(op.answer, linear.Granted) and done:
            return [state] if done[0][1] == op.answer.items else []
        if known is not None and not done:
            released = any(n in gone for _, n in known[1])
            right = linear.MISMATCH if known[0] != op.request else linear.RELEASED if released else None
            told = right is None and isinstance(op.answer, linear.Granted) and not op.answer.new
            same = told and op.answer.items == known[1]
            return [state] if same or (right is not None and op.answer == right) or op.answer is None else []
        if op.answer == linear.EXHAUSTED:
            return [state] if not done and size - len(there) < op.count else []
        if op.answer in (linear.MISMATCH, linear.RELEASED) or done or (op.answer is not None and not op.answer.new):
            return []
        ways = [(op.answer.rev, op.answer.items)] if op.answer is not None else list(granted) + [
            (None, tuple((a, f"{op.client}{op.invoked}{a}") for a in some))
            for some in itertools.combinations(addresses, op.count)]
        for at, items in ways:
            if (at is None or at > rev) and not any(a in there for a, _ in items) and len(items) == op.count:
                made = {(op.claim, (op.request, items))} if op.claim else set()
                out.append((held | {(a, (n, at, op.claim)) for a, n in items}, claims | made, gone,
                            keys | ({(op.key, items)} if op.key else set()), at or rev))
        return out

    met, todo = set(), [(frozenset(range(len(history))), (frozenset(), frozenset(), frozenset(), frozenset(), 0))]
    while todo:
        left, state = todo.pop()
        if all(history[n].answer is None for n in left):
            return True
        if (left, state) in met:
            continue
        met.add((left, state))
        until = min(history[n].returned for n in left)
        for n in left:
            if history[n].invoked <= until:
                todo += [(left - {n}, new) for new in outcomes(history[n], state)]
    return False
