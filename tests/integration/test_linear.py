# test_linear.py - handing out addresses is exactly-once and linearizable: the judge of histories, and ipamd before it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""IPAM_LINEAR_COUNT=100000 makes the run of many clients so long; IPAM_LINEAR_SEED repeats what clients ask."""
import asyncio
import collections
import itertools
import os
import time

import pytest

import linear
import linear_load
import linear_sim
import linear_text

COUNT = int(os.environ.get("IPAM_LINEAR_COUNT", 20_000))
SEED = os.environ.get("IPAM_LINEAR_SEED") or str(time.time_ns() % 10**6)
ACCEPTED, REFUSED = linear_text.cases("accepted.txt"), linear_text.cases("refused.txt")


def verdict(history, pools):
    """None when it is accepted, else the kind of the refusal."""
    try:
        linear.check(history, pools)
        return None
    except linear.Refused as e:
        assert e.ops and e.why, e
        return e.kind


@pytest.mark.parametrize("history,pools", [case[2:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_what_has_an_order_is_accepted(history, pools):
    assert verdict(history, pools) is None


@pytest.mark.parametrize("kind,history,pools", [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_has_no_order_is_refused_with_its_reason(kind, history, pools):
    assert verdict(history, pools) == kind


def test_the_reason_names_what_contradicts():
    (history, pools), = [case[2:] for case in REFUSED if case[0] == "given out before its release was asked for"]
    padding = [linear_text.operation(f"C {n}-{n + 1} read .2 -> free") for n in range(10, 400, 2)]
    with pytest.raises(linear.Refused) as refusal:
        linear.check(history + padding, pools)
    assert {str(op) for op in refusal.value.ops} == {str(op) for op in history[1:]}
    assert "before it is given again" in str(refusal.value)


@pytest.mark.parametrize("size,prefix", [(2, "10.0.0.0/30"), (6, "10.0.0.0/29"), (14, "10.0.0.0/28")])
def test_a_correct_service_is_always_accepted(size, prefix):
    for seed in range(80):
        assert verdict(linear_sim.Run(seed, size=size).history, {"p": prefix}) is None, seed


@pytest.mark.parametrize("fault,least", zip(linear_sim.FAULTS, (39, 39, 34, 34, 28, 28)))
def test_a_faulty_service_is_refused(fault, least):
    runs = (linear_sim.Run(seed, fault=fault) for seed in itertools.count())
    hit = itertools.islice((run for run in runs if run.service.hit), 40)
    found = collections.Counter(verdict(run.history, {"p": "10.0.0.0/29"}) for run in hit)
    assert found.total() - found[None] >= least, found


def test_it_agrees_with_trying_every_order():
    """Small histories, right and wrong ones, beside a search that knows nothing but the definition."""
    found = collections.Counter()
    for seed in range(1500):
        run = linear_sim.Run(seed, clients=3, operations=7, size=2, fault=(None, *linear_sim.FAULTS)[seed % 7], lost=0.2)
        right = linear_sim.explained(run.history, 2)
        assert (verdict(run.history, {"p": "10.0.0.0/30"}) is None) == right, seed
        found[right] += 1
    assert min(found[True], found[False]) > 200, found


def test_a_long_history_is_judged_by_its_revisions():
    """100,000 operations of 64 clients, right, and with one answer changed in the middle."""
    history = linear_sim.Run("long", clients=64, operations=100_000, size=254, lost=0.001).history
    pools = {"p": "10.0.0.0/24"}
    assert len(history) > 100_000 and verdict(history, pools) is None
    grants = [op for op in history if isinstance(op.answer, linear.Granted) and op.answer.new and op.count == 1]
    address, (_, rev, _) = min(history[-1].answer.shown.items(), key=lambda row: row[1][1])     # held to the end
    later = next(op for op in grants[len(grants) // 2:] if op.answer.rev > rev and op.answer.items[0][0] != address)
    later.answer = later.answer._replace(items=((address, later.answer.items[0][1]),))
    assert verdict(history, pools) is not None


# The real daemon.

def judged(load, tmp_path):
    """The history is accepted; it is kept where it is not."""
    path = tmp_path / "history.jsonl"
    linear.dump(load.history, path)
    return linear.check(load.history, load.pools)


def make_pools(ipamd, **pools):
    for prefix in pools.values():
        assert ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
    return pools


def until(load, count, choose):
    return lambda name: choose(name) if load.done < count else None


async def kill_twice(load, count):
    """Kills the daemon in the middle of the load, twice, and starts it again."""
    for part in (1, 2):
        while load.done < count * part // 3:
            await asyncio.sleep(0.005)
        load.ipamd.kill()
        await asyncio.get_running_loop().run_in_executor(None, load.ipamd.start)


def test_answers_are_linearizable_over_crashes(ipamd, tmp_path):
    pools = make_pools(ipamd, small="10.30.0.0/28", middle="10.31.0.0/26", large="10.32.0.0/24")
    load, count = linear_load.Load(ipamd, pools, seed=SEED), 4000
    asyncio.run(load.run(until(load, count, load.mixed), kill_twice(load, count)))
    asyncio.run(load.run(load.repeated))
    last = load.look()
    asyncio.run(load.client("last", lambda name: last.pop() if last else None))
    order = judged(load, tmp_path)
    found = collections.Counter(op.answer if isinstance(op.answer, str) else type(op.answer).__name__ for op in load.history)
    every = ("NoneType", "Granted", "Held", *linear_load.PROBLEMS.values(), linear.DONE)
    assert min(found[kind] for kind in every) > 0, (SEED, found)
    assert_in_the_change_log(ipamd, order)


def assert_in_the_change_log(ipamd, order):
    """Each effect of the order is one revision of the change log, and there is no other."""
    made, gone = set(), set()
    for op, effect in order:
        if isinstance(effect, linear.Grant):
            made |= {(number, address, effect.rev) for address, number in effect.items}
        elif effect is linear.RELEASE and op.answer is not None:
            gone.add(op.id)
    logged = [(*text.split(" "), change["rev"]) for change in ipamd.items("audit/changes") for text in change["objects"]]
    added = {(int(row[2]), row[3], row[-1]) for row in logged if row[:2] == ("add", "address")}
    deleted = {int(row[2]) for row in logged if row[:2] == ("delete", "address")}
    assert made <= added and gone <= deleted, SEED
    unknown = {op.id for op, _ in order if op.kind == "release" and op.answer is None}
    assert deleted - gone <= unknown, SEED
    assert {number for number, *_ in added - made} <= deleted, SEED


def test_64_clients_get_distinct_addresses(ipamd, tmp_path):
    pools = make_pools(ipamd, wide="10.128.0.0/14")
    load, numbers = linear_load.Load(ipamd, pools, seed=SEED), iter(range(COUNT))

    def choose(name):
        number = next(numbers, None)
        if number is None:
            return None
        claim = f"order-{number}" if number % 2 else None
        return linear.Op(name, "claim" if claim else "allocate", 0, pool="wide", claim=claim, request="1")

    asyncio.run(load.run(choose))
    given = [op.answer.items[0][0] for op in load.history if isinstance(op.answer, linear.Granted) and op.answer.new]
    assert len(given) == len(set(given)) == len(load.history) == COUNT
    judged(load, tmp_path)
