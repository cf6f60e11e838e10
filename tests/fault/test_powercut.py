# test_powercut.py - the power cut itself: what was synced stays, what was not may go, and nothing is overlooked.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import random
import sqlite3
import subprocess
import sys

import pytest

import powercut

PROBE = powercut.LIBRARY.parents[1] / "powercut_probe"
SEEDS = range(40)

# Opens a database, commits row after row, tells each commit, and is killed after the last.
INSERT = """
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=" + sys.argv[2])
db.execute("PRAGMA wal_autocheckpoint=20")
db.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, text TEXT)")
for n in range(int(sys.argv[3])):
    try:
        db.execute("INSERT INTO t (text) VALUES (?)", ("x" * 500,))
    except sqlite3.OperationalError as e:
        print(e, flush=True)
        break
    print(db.execute("SELECT max(n) FROM t").fetchone()[0], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data").mkdir()
    return powercut.Folder(tmp_path / "data", tmp_path / "scratch")


def run(folder, *args, env=None, program=None):
    done = subprocess.run([*map(str, program or [PROBE]), *map(str, args)], cwd=folder.path, timeout=60, text=True,
                          env={**os.environ, **(env or folder.begin())}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == -9, done.stderr
    return done.stdout


def outcomes(folder, steps, seeds=SEEDS, mode=None, start=None):
    """All that many cuts leave after the same steps: a set of contents, each a tuple of (name, content)."""
    found = set()
    for seed in seeds:
        for path in folder.path.iterdir():
            path.unlink()
        for name, content in (start or {}).items():
            (folder.path / name).write_bytes(content)
        run(folder, *steps.split())
        folder.cut(seed, mode)
        found.add(tuple((p.name, p.read_bytes()) for p in sorted(folder.path.iterdir())))
    return found


KEPT = "write a 0 one sync a syncfolder"


def test_what_was_synced_stays(folder):
    assert outcomes(folder, KEPT) == {(("a", b"one"),)}


def test_what_was_not_synced_may_go(folder):
    found = outcomes(folder, KEPT + " write a 0 two")
    assert found == {(("a", b"one"),), (("a", b"two"),)}
    assert outcomes(folder, KEPT + " write a 0 two", mode="none", seeds=[1]) == {(("a", b"one"),)}
    assert outcomes(folder, KEPT + " write a 0 two", mode="all", seeds=[1]) == {(("a", b"two"),)}


def test_a_sync_covers_what_came_before_it(folder):
    assert outcomes(folder, KEPT + " write a 0 two sync a") == {(("a", b"two"),)}


def test_a_sync_of_one_file_is_none_of_another(folder):
    found = outcomes(folder, "write a 0 one write b 0 one sync a sync b syncfolder write a 0 two write b 0 two sync b")
    assert found == {(("a", b"one"), ("b", b"two")), (("a", b"two"), ("b", b"two"))}


def test_writes_since_a_sync_come_in_any_order(folder):
    far = f"write a 0 {'A' * 512} write a 512 {'B' * 512}"
    found = {c[0][1] for c in outcomes(folder, far, mode="any", start={"a": bytes(1024)})}
    assert {c[:1] + c[512:513] for c in found} == {b"\0\0", b"A\0", b"\0B", b"AB"}


def test_a_write_is_torn_between_sectors_and_not_within(folder):
    found = {c[0][1] for c in outcomes(folder, f"write a 0 {'A' * 1536}", mode="any", start={"a": bytes(1536)})}
    assert len(found) > 3
    for content in found:
        for at in (0, 512, 1024):
            assert content[at:at + 512] in (bytes(512), b"A" * 512)


def test_in_order_only_the_last_write_is_torn(folder):
    both = f"write a 0 {'A' * 1024} write a 1024 {'B' * 1024}"
    found = {c[0][1] for c in outcomes(folder, both, mode="prefix", start={"a": bytes(2048)})}
    assert len(found) > 3
    for content in found:
        assert content[:1024] == b"A" * 1024 or b"B" not in content


def test_a_file_has_any_size_it_had_since_the_sync(folder):
    found = {c[0][1] for c in outcomes(folder, "append a 34 resize a 8 append a 9", start={"a": b"12"})}
    assert {len(c) for c in found} == {2, 4, 8, 9}
    assert b"1234\0\0\0\09" in found


def test_emptying_a_file_may_be_lost(folder):
    found = outcomes(folder, KEPT + " empty a write a 0 x")
    assert found >= {(("a", b"one"),), (("a", b"x"),)}
    assert outcomes(folder, KEPT + " empty a write a 0 x sync a") == {(("a", b"x"),)}


def test_a_name_needs_a_sync_of_the_folder(folder):
    assert outcomes(folder, "write a 0 one sync a") == {(), (("a", b"one"),)}


def test_removing_and_renaming_may_be_lost_but_come_in_order(folder):
    two = "write a 0 one sync a write b 0 two sync b syncfolder"
    both, renamed, gone = (("a", b"one"), ("b", b"two")), (("b", b"one"),), ()
    assert outcomes(folder, two + " rename a b") == {both, renamed}
    assert outcomes(folder, two + " rename a b remove b") == {both, renamed, gone}
    assert outcomes(folder, two + " rename a b syncfolder") == {renamed}


def test_a_number_given_out_again_is_another_file(folder):
    steps = "write a 0 one sync a syncfolder remove a write b 0 two sync b syncfolder write a 0 new"
    assert {c[:-1] for c in outcomes(folder, steps)} == {(), (("a", b""),), (("a", bytes(3)),), (("a", b"new"),)}


def test_a_dropped_sync_keeps_nothing_and_says_it_did(folder):
    env = folder.begin()
    folder.drop_sync(2)
    out = run(folder, *"write x-wal 0 one sync x-wal syncfolder write x-wal 0 two sync x-wal".split(), env=env)
    assert out == "" and folder.syncs == 2 and folder.fired
    assert folder.cut(1, "none").dropped == 1
    assert (folder.path / "x-wal").read_bytes() == b"one"


def test_after_a_dropped_sync_the_next_one_waits(folder):
    env = folder.begin()
    folder.drop_sync()
    steps = "write x-wal 0 one sync x-wal write x-wal 0 two sync x-wal".split()
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([PROBE, *steps], cwd=folder.path, env={**os.environ, **env}, timeout=1)
    folder.cut(1, "all")
    assert (folder.path / "x-wal").read_bytes() == b"two"


def test_a_failed_sync_is_not_made_good_by_the_next(folder):
    lost = set()
    for seed in SEEDS:
        for path in folder.path.iterdir():
            path.unlink()
        env = folder.begin()
        folder.fail_sync(2)
        steps = "write x-wal 0 one sync x-wal syncfolder write x-wal 0 two sync x-wal write x-wal 512 far sync x-wal"
        assert run(folder, *steps.split(), env=env) == "x-wal: Input/output error\n"
        assert folder.cut(seed).failed == 1
        content = (folder.path / "x-wal").read_bytes()
        lost.add(content[:3])
        assert content[512:] == b"far"
    assert lost == {b"one", b"two"}


def test_a_crash_in_the_middle_of_the_writes(folder):
    env = folder.begin()
    folder.crash_at_write(2)
    run(folder, *"write a 0 one write x-wal 0 one write b 0 one write a 0 two".split(), env=env)
    assert folder.fired
    folder.cut(1, "all")
    assert {p.name: p.read_bytes() for p in folder.path.iterdir()} == {"a": b"one", "x-wal": b"one", "b": b""}


def test_a_write_that_goes_another_way_is_found_out(folder):
    run(folder, *KEPT.split(), "missed", "a", "two")
    with pytest.raises(powercut.Missed, match="a is not what the journal tells"):
        folder.cut(1)


def test_a_second_process_is_refused(folder):
    env = {**os.environ, **folder.begin()}
    subprocess.run([PROBE, "write", "a", "0", "one"], cwd=folder.path, env=env)
    second = subprocess.run([PROBE, "write", "a", "0", "one"], cwd=folder.path, env=env, stderr=subprocess.PIPE, text=True)
    assert second.returncode == -6 and "File exists" in second.stderr


def insert(folder, synchronous, rows, env=None):
    out = run(folder, folder.path / "db", synchronous, rows, env=env, program=[sys.executable, "-c", INSERT])
    return out.split("\n")[:-1]


def stored(folder):
    with sqlite3.connect(folder.path / "db") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = [n for n, in db.execute("SELECT n FROM t ORDER BY n")]
    db.close()
    assert rows == list(range(1, len(rows) + 1))
    return len(rows)


@pytest.mark.parametrize("synchronous, loses", [("FULL", False), ("NORMAL", True)])
def test_sqlite_keeps_what_it_promises(folder, synchronous, loses):
    rng, lost = random.Random(7), 0
    for seed in range(15):
        told = int(insert(folder, synchronous, rng.randint(1, 60))[-1])
        folder.cut(seed)
        lost += told - min(told, stored(folder))
    print(f"synchronous={synchronous}: {lost} lost")
    assert (lost > 0) == loses


def test_sqlite_after_a_failed_sync(folder):
    """It says that the commit failed, and yet the row may be there: the outcome is not known."""
    ends = set()
    for seed in range(10):
        for path in folder.path.iterdir():
            path.unlink()
        env = folder.begin()
        folder.fail_sync(8)
        *told, error = insert(folder, "FULL", 30, env=env)
        assert error == "disk I/O error"
        folder.cut(seed)
        ends.add(stored(folder) - int(told[-1]))
    assert ends == {0, 1}
