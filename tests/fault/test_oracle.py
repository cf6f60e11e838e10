# test_oracle.py - the oracle accepts what a correct service does, and reports each thing that one must not do.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import copy
import random

import pytest

import oracle
from history import FULL, GONE, OK, REFUSED, History


class Service:
    """A correct service, and its clients: crashes leave some requests without an answer, done or not."""

    def __init__(self, seed, ops=400):
        self.rng, self.now, self.rev, self.id = random.Random(seed), 0.0, 1, 1
        self.history = History(clock=self.tick)
        self.held, self.subnets, self.asked, self.dead = {}, {}, {}, set()
        self.changes = [(1, ["add space 1 default"])]
        for n in range(ops):
            self.step(n)
        for kind, key in self.history.unanswered():
            self.ask(kind, key, answers=True)

    def tick(self):
        self.now += self.rng.random()
        return self.now

    def commit(self, *objects):
        self.rev += 1
        self.changes.append((self.rev, list(objects)))
        self.history.saw(self.rev)

    def step(self, n):
        what = self.rng.random()
        if what < 0.6 or not self.asked:
            self.ask("allocate", f"claim-{n}")
        elif what < 0.7:
            self.ask("allocate", self.rng.choice(list(self.asked)))
        elif what < 0.9:
            self.ask("release", self.rng.choice(list(self.asked.values()))[0])
        else:
            self.ask("subnet", f"10.{n}.0.0/24")

    def ask(self, kind, key, answers=None):
        op = self.history.sent(kind, key)
        fate = 1 if answers else self.rng.random()
        if fate < 0.03:
            return                                  # never arrived
        if fate > 0.97 and answers is None:
            return self.history.done(op, FULL)
        result, answer = getattr(self, kind)(key)
        if fate >= 0.06:                            # else: done, and the answer lost
            self.history.done(op, result, answer)
            if kind == "allocate" and result == OK:
                self.asked[key] = answer

    def allocate(self, claim):
        if claim in self.dead:
            return GONE, None
        if claim not in self.held:
            used = {a for _, a, _ in self.held.values()}
            address = next(a for a in (f"10.0.{i // 256}.{i % 256}" for i in range(1, 9999)) if a not in used)
            self.id += 1
            self.commit(f"add address {self.id} {address}")
            self.held[claim] = (self.id, address, self.rev)
        return OK, self.held[claim]

    def release(self, number):
        for claim, (i, address, _) in list(self.held.items()):
            if i == number:
                del self.held[claim]
                self.dead.add(claim)
                self.commit(f"delete address {number} {address}")
                return OK, None
        return GONE, None

    def subnet(self, prefix):
        if prefix in self.subnets:
            return GONE, None
        self.id += 1
        self.subnets[prefix] = self.id
        self.commit(f"add subnet {self.id} {prefix}")
        return OK, self.id

    def found(self):
        return oracle.Found([{"id": i, "address": a, "rev": r, "claim": c} for c, (i, a, r) in self.held.items()],
                            [{"prefix": p, "id": i} for p, i in self.subnets.items()], copy.deepcopy(self.changes), self.rev)


@pytest.mark.parametrize("seed", range(30))
def test_a_correct_service_is_not_reported(seed):
    service = Service(seed)
    assert oracle.judge(service.history, service.found()) == []


def pick(items, rng, wanted=lambda item: True):
    return rng.choice([item for item in items if wanted(item)])


def grants(history):
    return [op for op in history.ops if op.kind == "allocate" and op.result == OK]


def live(history):
    gone = {op.key for op in history.ops if op.kind == "release" and op.result != FULL}
    return [op for op in grants(history) if op.answer[0] not in gone]


# Each takes a history, what was found, and a random source, and does the one wrong.

def lose_an_address(history, found, rng):
    wrong = pick(live(history), rng).answer[0]
    found.addresses = [a for a in found.addresses if a["id"] != wrong]


def lose_a_subnet(history, found, rng):
    made = {op.key for op in history.ops if op.kind == "subnet" and op.result == OK}
    found.subnets.remove(pick(found.subnets, rng, lambda s: s["prefix"] in made))


def lose_the_last_revision(history, found, rng):
    found.changes.pop()
    found.head -= 1


def forget_all_since(history, found, rng):
    """What a power cut does to a disk that did not sync: a whole tail is gone, consistently."""
    found.head -= rng.randint(1, 30)
    del found.changes[found.head:]
    found.addresses = [a for a in found.addresses if a["rev"] <= found.head]


def say_released_unasked(history, found, rng):
    op = history.sent("allocate", pick(live(history), rng).key)
    history.done(op, GONE)


def have_nothing_to_release(history, found, rng):
    op = history.sent("release", pick(live(history), rng).answer[0])
    history.done(op, GONE)


def keep_a_released_address(history, found, rng):
    released = {op.key for op in history.ops if op.kind == "release" and op.result == OK}
    op = pick(grants(history), rng, lambda op: op.answer[0] in released)
    found.addresses.append({"id": op.answer[0], "address": "10.9.9.9", "rev": op.answer[2], "claim": op.key})


def give_an_address_twice_now(history, found, rng):
    one, other = rng.sample(found.addresses, 2)
    one["address"] = other["address"]


def give_an_address_twice_then(history, found, rng):
    """Both released later, so the state shows nothing."""
    taken = pick(grants(history), rng)
    op = history.sent("allocate", "claim-late")
    history.done(op, OK, (9999, taken.answer[1], found.head + 1))
    history.done(history.sent("release", 9999), OK)
    taken.done, op.done = 0, 0.5
    found.changes += [(found.head + 1, [f"add address 9999 {taken.answer[1]}"]),
                      (found.head + 2, [f"delete address 9999 {taken.answer[1]}"])]
    found.head += 2


def give_a_claim_two_addresses(history, found, rng):
    found.addresses.append({**pick(found.addresses, rng), "id": 9999, "address": "10.9.9.9"})


def do_a_lost_request_twice(history, found, rng):
    found.addresses.append({"id": 9999, "address": "10.9.9.9", "rev": 5, "claim": pick(live(history), rng).key})


def make_a_subnet_twice(history, found, rng):
    found.subnets.append({**pick(found.subnets, rng), "id": 9999})


def answer_a_claim_differently(history, found, rng):
    before = pick(live(history), rng)
    op = history.sent("allocate", before.key)
    history.done(op, OK, (before.answer[0], "10.9.9.9", before.answer[2]))


def answer_after_the_release(history, found, rng):
    released = {op.key for op in history.ops if op.kind == "release" and op.result == OK}
    before = pick(grants(history), rng, lambda op: op.answer[0] in released)
    history.done(history.sent("allocate", before.key), OK, before.answer)


def renumber_an_address(history, found, rng):
    wrong = pick(live(history), rng).answer[0]
    next(a for a in found.addresses if a["id"] == wrong)["rev"] += 1


def refuse(history, found, rng):
    history.done(history.sent("allocate", "claim-late"), REFUSED, why="exhausted")


def invent_an_address(history, found, rng):
    found.addresses.append({"id": 9999, "address": "10.9.9.9", "rev": 5, "claim": "claim-of-nobody"})


def do_what_there_was_no_space_for(history, found, rng):
    history.done(history.sent("allocate", "claim-late"), FULL)
    found.addresses.append({"id": 9999, "address": "10.9.9.9", "rev": 5, "claim": "claim-late"})


def release_without_space(history, found, rng):
    wrong = pick(live(history), rng).answer[0]
    history.done(history.sent("release", wrong), FULL)
    found.addresses = [a for a in found.addresses if a["id"] != wrong]


def invent_a_subnet(history, found, rng):
    found.subnets.append({"prefix": "10.250.0.0/25", "id": 9999})


def skip_a_revision(history, found, rng):
    del found.changes[rng.randrange(1, len(found.changes) - 1)]


def repeat_a_revision(history, found, rng):
    at = rng.randrange(1, len(found.changes) - 1)
    found.changes.insert(at, found.changes[at])


def account_for_nothing(history, found, rng):
    revision, objects = found.changes[pick(live(history), rng).answer[2] - 1]
    objects[0] = "set claim 7 x"


def account_twice(history, found, rng):
    found.head += 1
    found.changes.append((found.head, list(found.changes[pick(live(history), rng).answer[2] - 1][1])))


def account_for_another(history, found, rng):
    found.head += 1
    found.changes.append((found.head, ["add address 9999 10.9.9.9"]))


def account_for_a_release_of_nobody(history, found, rng):
    address = pick(live(history), rng).answer
    found.head += 1
    found.changes.append((found.head, [f"delete address {address[0]} {address[1]}"]))


def damage(history, found, rng):
    found.integrity = "row 7 missing from index address_claim"


WRONGS = {
    "lost": [lose_an_address, lose_a_subnet, lose_the_last_revision, forget_all_since, say_released_unasked,
             have_nothing_to_release, release_without_space],
    "undone": [keep_a_released_address],
    "duplicate": [give_an_address_twice_now, give_an_address_twice_then],
    "twice": [give_a_claim_two_addresses, do_a_lost_request_twice, make_a_subnet_twice, account_twice],
    "changed": [answer_a_claim_differently, answer_after_the_release, renumber_an_address],
    "refused": [refuse],
    "phantom": [invent_an_address, invent_a_subnet, do_what_there_was_no_space_for],
    "gap": [skip_a_revision, repeat_a_revision],
    "unaccounted": [account_for_nothing, account_for_another, account_for_a_release_of_nobody],
    "corrupt": [damage],
}


@pytest.mark.parametrize("kind, wrong", [(kind, wrong) for kind, wrongs in WRONGS.items() for wrong in wrongs],
                         ids=lambda x: getattr(x, "__name__", x))
def test_each_wrong_is_reported(kind, wrong):
    for seed in range(10):
        service = Service(seed)
        found = service.found()
        wrong(service.history, found, random.Random(seed))
        assert kind in {v.kind for v in oracle.judge(service.history, found)}, f"seed {seed}"


def test_every_kind_is_tested():
    told = {line.split()[0] for line in oracle.__doc__.splitlines() if line.startswith("  ")}
    assert told == set(WRONGS)
