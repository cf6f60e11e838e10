# test_crash.py - kill -9 and power cuts under load: nothing acknowledged lost, nothing given twice or answered differently.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""IPAM_FAULT_SCALE multiplies the numbers of crashes; IPAM_FAULT_SEED makes another run, or the same again."""
import os

import trial

SCALE = float(os.environ.get("IPAM_FAULT_SCALE", "1"))
PER_DATABASE = 25


def run(make_trial, tell, crashes, **options):
    """Each crash comes after 20 acknowledged writes or more; every fourth power cut while the database is written back."""
    left = max(2, round(crashes * SCALE))
    while left > 0:
        t = make_trial(left, **options)
        t.set_up()
        for n in range(min(left, PER_DATABASE)):
            write_back = t.folder and n % 4 == 3
            t.crash_under_load(trap=t.crash_in_write_back if write_back else None)
            violations = t.judge()
            assert not violations, t.explain(violations)
        left -= PER_DATABASE
        tell(t.report([]))
        t.close()


def test_nothing_is_wrong_before_a_crash(make_trial, tell):
    """The same load and the same judge while nothing fails: claims are asked for at once, and while they are released."""
    t = make_trial()
    t.set_up()
    load = t.load()
    t.run(load, load.acknowledged(1000))
    violations = trial.oracle.judge(t.history, t.found("ok"))
    assert not violations, t.explain(violations)
    tell(t.report([]))


def test_hundred_kills(make_trial, tell):
    run(make_trial, tell, 100)


def test_fifty_power_cuts(make_trial, tell):
    run(make_trial, tell, 50, cut=True)


def test_synchronous_normal_is_caught(make_trial, tell):
    """The control: the same run must report losses when the log is not synced at every commit."""
    violations = control(make_trial, tell, 10, storage={"synchronous": "normal"})
    assert losses(violations), "synchronous=normal lost nothing: the power cuts prove nothing"


def test_a_dropped_fsync_is_caught(make_trial, tell):
    """The control: a disk that acknowledges one sync and does not do it."""
    violations = control(make_trial, tell, 10, trap=lambda t: t.folder.drop_sync())
    assert losses(violations), "a dropped sync lost nothing: the power cuts prove nothing"


def control(make_trial, tell, cuts, trap=None, **options):
    """Power cuts as in the run above, up to the first whose losses are reported; returns its violations."""
    for n in range(cuts):
        t = make_trial(n, cut=True, **options)
        t.set_up()
        t.crash_under_load(trap=trap and (lambda: trap(t)))
        violations = t.judge()
        tell(t.report(violations) + f" ({t.told[-1]})")
        t.close()
        if losses(violations):
            break
    return violations


def losses(violations):
    return sum(v.kind == "lost" for v in violations)
