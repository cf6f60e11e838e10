# test_disk.py - a disk that fails at a commit, and one that is full: said as it is, and nothing lost.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import asyncio
import errno
import subprocess
import time

import pytest

import trial
from history import FULL, OK, UNKNOWN

FAILING_SYNC_US = 200000        # long enough for every client to wait for an answer when it fails


async def wait(until, seconds, what):
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"{what} within {seconds} s"
        await asyncio.sleep(0.002)


@pytest.mark.parametrize("power_cut", [False, True])
@pytest.mark.parametrize("n", range(3))
def test_eio_at_commit(make_trial, tell, n, power_cut):
    """The next start finds what the page cache has, or what the disk has after a power cut as well."""
    t = make_trial(cut=True)
    t.set_up()

    async def until():
        await load.acknowledged(20 + 10 * n)
        t.folder.slow(FAILING_SYNC_US)
        t.folder.fail_sync()
        await wait(lambda: t.folder.fired, 10, "no commit")
        await wait(lambda: not t.ipamd.process.running(), 1, "it has not ended")

    load = t.load()
    t.run(load, until())
    assert t.ipamd.process.popen.returncode > 0, "it ends, and does not crash"
    fired = t.folder.fired
    waiting = [op for op in t.history.ops if op.sent < fired - 0.05 and (op.done is None or op.done > fired)]
    assert len(waiting) == trial.CLIENTS
    for op in waiting:
        assert op.result == UNKNOWN and op.why.startswith("503 ") and "/outcome-unknown" in op.why, op
    assert "repeat the request with the same claim" in waiting[0].why, "it tells what to do"
    later = [op for op in t.history.ops if op.sent > fired]
    assert all(op.result == UNKNOWN for op in later), "nothing is promised after it"
    granted = {op.key for op in t.history.ops if op.result == OK}
    if power_cut:
        t.folder.cut(f"{t.seed}/eio")
    violations = t.judge()
    assert not violations, t.explain(violations)
    asked = {op.key for op in waiting if op.kind == "allocate"} - granted
    done = asked & {item["claim"] for item in t.first.addresses}
    tell(f"{len(waiting)} requests were waiting; of {len(asked)} new claims among them {len(done)} turned out to be done")


@pytest.mark.parametrize("acknowledged_later", [0, 300])
def test_eio_while_the_database_is_written_back(make_trial, tell, acknowledged_later):
    """All that was acknowledged is in the log; whether the service goes on or ends, none of it is lost."""
    t = make_trial(cut=True, suffix="ipam.db")
    t.set_up()

    async def until():
        await load.acknowledged(20)
        t.folder.fail_sync()
        await wait(lambda: t.folder.fired, 20, "no write-back")
        wanted = t.history.acknowledged + acknowledged_later
        await wait(lambda: t.history.acknowledged >= wanted or not load.running, 20, "no answers")
        t.crash(codes=(None, *range(1, 256)))

    load = t.load()
    t.run(load, until())
    violations = t.judge()
    assert not violations, t.explain(violations)


@pytest.fixture
def small_disk(tmp_path):
    """Makes a folder a file system of 8 MiB. The namespace takes it away with the tests."""
    mounted = []

    def mount(folder):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", folder], check=True)
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(path):
    with open(path, "wb", buffering=0) as ballast:
        for size in (65536, 4096):
            try:
                while True:
                    ballast.write(bytes(size))
            except OSError as e:
                assert e.errno == errno.ENOSPC


def test_enospc(make_trial, tell, small_disk):
    t = make_trial()
    small_disk(t.data)
    t.set_up()
    pid, ballast = t.ipamd.process.pid, t.data / "ballast"

    async def until():
        await load.acknowledged(100)
        fill(ballast)
        await wait(lambda: sum(op.result == FULL for op in t.history.ops) >= 2 * trial.CLIENTS, 10, "too few are told")

    load = t.load()
    t.run(load, until())
    full = [op for op in t.history.ops if op.result == FULL]
    assert all("/no-space" in op.why for op in full), full[0]
    assert not any(op.result == UNKNOWN for op in t.history.ops), "it is known that nothing was changed"
    tell(f"{len(full)} requests were told that there is no space; {t.history.acknowledged} writes acknowledged before")

    answer = t.ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.99.0.0/24"})
    assert (answer.status, answer.headers["content-type"]) == (507, "application/problem+json"), answer
    assert "free" in answer.json()["hint"] or "space" in answer.json()["hint"], answer
    assert t.ipamd.get("/livez", token=None).status == 200
    for _ in range(20):     # reads go on, and show all that was acknowledged and nothing else
        assert t.ipamd.get("/api/v1/ipam/addresses?limit=1000").status == 200
    violations = trial.oracle.judge(t.history, t.found("ok"))
    assert not violations, t.explain(violations)

    ballast.unlink()
    freed = time.monotonic()
    while t.ask_all([("allocate", "after-all")])[0].result != OK:
        assert time.monotonic() < freed + 5, "writes do not resume when space returns"
        time.sleep(0.05)
    tell(f"writes resumed {time.monotonic() - freed:.2f} s after there was space")
    assert all(op.result != FULL for op in t.ask_all({(op.kind, op.key): 1 for op in full}))
    t.crash_under_load()
    assert t.ipamd.process.pid == pid, "it went on without a restart"
    violations = t.judge()
    assert not violations, t.explain(violations)
