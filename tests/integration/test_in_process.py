# test_in_process.py - plugins that crash and hang inside ipamd: it says who did it, and a supervisor has it serving again.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""One ipamd a case, all at the same time, each with the file of plugins/misbehave.c in its own process."""
import http.client
import ipaddress
import itertools
import time

import pytest

import daemon
import watch
from scene import CALM, Case, Scene, each

SERVING_S = 5
STUCK_STATUS = 70
STOOD_S = 10     # a LOOP plugin may stand still so long
STUCK_S = 11     # the deadline of a call, and 10 s
DEATHS = [Case(fault, when, model, cause) for (fault, cause), (when, model) in itertools.product(
    [("segfault", "signal 11"), ("abort", "signal 6"), ("overflow", "signal 11")],
    [("read_leases", "SERIAL"), ("read_config", "LOOP"), ("probe", "PARALLEL")])] + [Case("segfault", "open", cause="signal 11")]
STANDS = [Case("spin", "read_leases", "LOOP"), Case("deadlock", "read_config", "LOOP")]
STUCK = [Case("spin", "read_leases", "SERIAL"), Case("deadlock", "probe", "PARALLEL")]


def by_name(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda c: c.name)


class Inside(Scene):
    """A scene of one plugin in ipamd's own process, with somebody who makes subnets all the time."""

    def __init__(self, case, port):
        self.case, self.acknowledged = case, []
        self._prefixes = ipaddress.ip_network("10.0.0.0/8").subnets(new_prefix=24)
        super().__init__([case], port=port, isolation="none")

    def look(self):
        """The others will be away for a while."""
        if self.case in STUCK:
            super().look()
        self.supervisor = watch.Supervisor(self.ipamd)
        self.looking += [self.supervisor, watch.Background(self._write, 0.05)]

    def _write(self):
        prefix = str(next(self._prefixes))
        try:
            answer = self.ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix})
        except (OSError, http.client.HTTPException):  # it is not there, or has just gone: nothing was acknowledged
            return
        if answer.status == 201:
            self.acknowledged.append(prefix)

    def ask(self, case):
        answer = self.ipamd.post(f"/api/v1/inventory/servers/{case.name}/collect")
        assert answer.status == 202, answer
        self.location, self.asked_at = answer.headers["location"], time.monotonic()

    def end(self):
        self.lost = set(self.acknowledged) - {s["prefix"] for s in self.ipamd.items("ipam/subnets")}
        super().end()


def play(case, port):
    """What was seen of one case; a STUCK one goes on, the others end once and serve again."""
    scene = Inside(case, port)
    try:
        watch.until(lambda: len(scene.acknowledged) > 20, 20, "subnets are made")
        scene.ask(case)
        if case in STUCK:
            time.sleep(STUCK_S + 1.5)
        else:
            watch.until(lambda: scene.supervisor.ends, STOOD_S + 10, lambda: scene.ipamd.process.tail())
        scene.job = scene.ipamd.get(scene.location).json()
        scene.after = scene.collect(CALM)
        scene.again = scene.collect(case.name) if case in STUCK else None
        scene.end()
    except BaseException:
        scene.remove()
        raise
    return scene


@pytest.fixture(scope="module")
def scenes():
    cases = [*DEATHS, *STANDS, *STUCK]
    found = dict(zip((c.name for c in cases), each(lambda i: play(cases[i], daemon.PORT + 1 + i), range(len(cases)))))
    yield found
    for scene in found.values():
        scene.remove()


@by_name(DEATHS)
def test_the_last_line_names_plugin_and_operation(scenes, case):
    (status, last, _), = scenes[case.name].supervisor.ends
    assert status == -int(case.cause.split()[1]), status
    assert f"crashed: {case.cause} in {case.when} of the plugin {case.name}" in last, last


@by_name(DEATHS + STANDS)
def test_it_serves_again_soon(scenes, case):
    (_, _, seconds), = scenes[case.name].supervisor.ends
    assert seconds < SERVING_S
    assert scenes[case.name].after["state"] == "done", scenes[case.name].after


@by_name(DEATHS + STANDS + STUCK)
def test_nothing_acknowledged_is_lost(scenes, case):
    scene = scenes[case.name]
    assert scene.lost == set()
    assert scene.job["state"] in ("interrupted", "failed") and scene.job["target"] == case.name, scene.job


@by_name(STANDS)
def test_a_plugin_that_stands_still_ends_ipamd_by_name(scenes, case):
    scene = scenes[case.name]
    (status, _, _), = scene.supervisor.ends
    assert status == STUCK_STATUS
    assert STOOD_S - 1 < scene.supervisor.at[0] - scene.asked_at < STOOD_S + 3
    assert [line for line in scene.told(case) if "loop-stuck:" in line], scene.lines(case.name)


@by_name(STUCK)
def test_a_plugin_that_hangs_is_named_and_the_api_goes_on(scenes, case):
    scene = scenes[case.name]
    assert scene.supervisor.ends == [] and scene.prober.late == []
    assert [j for j in scene.calm if j["state"] != "done"] == [] and len(scene.calm) > STUCK_S
    assert [line for line in scene.told(case) if "plugin-stuck:" in line], scene.lines(case.name)
    assert scene.job["state"] == "failed" and case.name in scene.job["message"] and case.when in scene.job["message"], scene.job
    assert scene.again["state"] == "failed" and scene.again["took"] < 3 and case.name in scene.again["message"], scene.again
