# test_isolation.py - plugins that crash, hang, leak and flood, in processes of their own: nobody else feels it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Three scenes, each one ipamd with all the plugins of a sort misbehaving at the same time; the tests look at what was
seen in them. A plugin is the file of plugins/misbehave.c under a name of its own, and has one server of the same name."""
import re
import time

import pytest

import watch
from scene import CALM, Case, Scene, each

NEW_PROCESS_S = 2.0
BACK_OFF_S = (0, 0.25, 0.5, 1, 2)
# From the deadline of a call that does not come back to the end of its process.
GIVEN_UP_S = {"SERIAL": (9, 14), "PARALLEL": (9, 14), "LOOP": (0, 14)}

SEGV = {"cause": "signal 11", "event": "crashed"}
ABRT = {"cause": "signal 6", "event": "crashed"}
MEMORY = {"cause": "memory", "event": "helper-memory"}
FILES = {"cause": "descriptors", "event": "helper-files"}

DEATHS = [Case("segfault", **SEGV), Case("segfault", "read_config", "LOOP", **SEGV), Case("segfault", "probe", "PARALLEL", **SEGV),
          Case("segfault", "open", **SEGV), Case("segfault", "open", "LOOP", **SEGV),
          Case("abort", **ABRT), Case("abort", "probe", "LOOP", **ABRT), Case("overflow", **SEGV),
          Case("overflow", "read_config", "LOOP", **SEGV), Case("overflow", "read_leases", "PARALLEL", **SEGV),
          Case("exit", cause="status 3"), Case("exit", "read_config", "LOOP", cause="status 3"),
          Case("leak", **MEMORY), Case("leak", "probe", "PARALLEL", **MEMORY)]
LEAKS = [Case("leak-slowly", **MEMORY), Case("leak-slowly", "read_config", "LOOP", **MEMORY),
         Case("files", **FILES), Case("files-slowly", "probe", "LOOP", **FILES)]
START = Case("none", model="PARALLEL", cause="signal 6")
PRESSED = Case("abort", "read_config", **ABRT)
SHARED = [Case("abort", "read_leases", "PARALLEL", **ABRT), Case("abort", "open", **ABRT)]
LATE = "no answer in time"
HANGS = [Case("spin", cause=LATE), Case("spin", "read_config", "LOOP", cause=LATE, event="loop-stuck"),
         Case("deadlock", cause=LATE), Case("deadlock", "probe", "PARALLEL", cause=LATE),
         Case("deadlock", "read_leases", "LOOP", cause=LATE, event="loop-stuck")]
FLOODS = [Case("flood", event=""), Case("flood", "probe", "LOOP", event="")]
ROWS = [Case("rows", cause=LATE), Case("rows", "read_config", cause=LATE), Case("rows", "read_leases", "LOOP", cause=LATE)]


def by_name(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda c: c.name)


def press(scene, case, seconds):
    """Collects the server again and again, so that its plugin is always wanted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        scene.jobs[case.name] = scene.collect(case.name)


def share(scene, case):
    """Two servers of one plugin; the one ends the process of both, until it gets one of its own."""
    good = good_of(case)
    scene.add(good, case.name, case.name + "-good")
    scene.good[good], end = [scene.collect(good)], time.monotonic() + 12
    while not scene.lines("helper-apart:", case.name) and time.monotonic() < end:
        scene.collect(case.name)
        watch.until(lambda: scene.collect(good)["state"] == "done", 10, f"{good} is collected again")
    scene.apart[good] = time.monotonic()
    for _ in range(3):
        scene.good[good] += each(scene.collect, [good, case.name])[:1]


def good_of(case):
    return f"{case.name}-neighbour"


def leak_until_it_ends(scene, case):
    for _ in range(60):
        scene.jobs[case.name] = scene.collect(case.name)
        if any(p.ended for p in scene.processes(case.name)):
            return
        time.sleep(0.05)


@pytest.fixture(scope="module")
def deaths():
    # Not the second of the others: a leak takes as long as the system takes to give it so much memory.
    scene = Scene([*DEATHS, *LEAKS, START, PRESSED, *SHARED], timeout="4s")
    try:
        scene.die.touch()
        scene.collect_once(DEATHS)
        time.sleep(NEW_PROCESS_S + 0.5)
        scene.undisturbed = {c.name: scene.processes(c.name) for c in DEATHS}
        each(lambda c: leak_until_it_ends(scene, c), LEAKS)
        scene.good, scene.apart = {}, {}
        each(lambda run: run(), [lambda: press(scene, START, 6), lambda: press(scene, PRESSED, 6),
                                 *(lambda c=c: share(scene, c) for c in SHARED)])
        scene.servers[START.name] = scene.server(START.name)
        scene.end()
        yield scene
    finally:
        scene.remove()


@pytest.fixture(scope="module")
def hangs():
    scene = Scene(HANGS)
    try:
        scene.collect_once(HANGS)
        time.sleep(16)
        scene.probes = {c.name: scene.collect(c.name, "probe") for c in HANGS if c.when != "probe"}
        scene.end()
        yield scene
    finally:
        scene.remove()


@pytest.fixture(scope="module")
def floods():
    scene = Scene([*FLOODS, *ROWS])
    try:
        for _ in range(3):
            scene.collect_once([*FLOODS, *ROWS])
        scene.end()
        yield scene
    finally:
        scene.remove()


@pytest.fixture
def scene(request):
    return request.getfixturevalue(request.param)


SCENES = pytest.mark.parametrize("scene", ["deaths", "hangs", "floods"], indirect=True)


@SCENES
def test_the_api_answers_within_a_second_all_the_time(scene):
    assert scene.prober.late == []
    assert scene.prober.count > 10 * scene.took, (scene.prober.count, scene.took)


@SCENES
def test_ipamd_ends_well(scene):
    assert scene.stopped == 0


@SCENES
def test_another_plugin_goes_on_being_collected(scene):
    assert [j for j in scene.calm if j["state"] != "done" or "2 scopes, 6 leases" not in j["message"]] == []
    assert len(scene.calm) > 5 and max(j["took"] for j in scene.calm) < 5
    assert len(scene.processes(CALM)) == 1


@by_name(DEATHS)
def test_the_job_ends_with_the_reason(deaths, case):
    job = deaths.jobs[case.name]
    assert job["state"] == "failed" and job["took"] < 5, job
    assert case.name in job["message"] and case.cause in job["message"], job


@by_name(DEATHS)
def test_the_inventory_shows_state_and_message(deaths, case):
    server = deaths.servers[case.name]
    assert server["state"] in ("unreachable", "faulty"), server
    assert case.name in server["message"] and case.cause in server["message"], server


@by_name(DEATHS)
def test_the_log_names_plugin_operation_and_cause(deaths, case):
    assert deaths.lines(case.event + ":", case.name, case.cause), deaths.lines(case.name)
    assert deaths.lines("helper-ended:", case.name), deaths.lines(case.name)
    assert deaths.told(case), deaths.lines(case.name)


@by_name(DEATHS)
def test_a_new_process_is_there_soon(deaths, case):
    old, *new = deaths.undisturbed[case.name]
    assert old.ended is not None
    assert new and new[0].began - old.ended <= NEW_PROCESS_S, deaths.undisturbed[case.name]


@by_name(LEAKS)
def test_a_slow_leak_ends_the_process_by_name(deaths, case):
    assert deaths.lines(case.event + ":", case.name, case.cause), deaths.lines(case.name)
    old, *new = deaths.processes(case.name)
    assert old.ended is not None
    assert new and new[0].began - old.ended <= NEW_PROCESS_S, deaths.processes(case.name)


@by_name([START, PRESSED])
def test_the_pauses_of_a_plugin_that_goes_on_dying_grow(deaths, case):
    processes = deaths.processes(case.name)
    pauses = [b.began - a.ended for a, b in zip(processes, processes[1:])]
    assert len(pauses) >= 4, processes
    for pause, least in zip(pauses, BACK_OFF_S):
        assert least - 0.1 <= pause <= least + 1.5, pauses


def test_a_plugin_that_dies_at_start_is_told(deaths):
    server = deaths.servers[START.name]
    job = deaths.jobs[START.name]
    assert server["state"] in ("unreachable", "faulty") and START.cause in server["message"], server
    assert job["state"] == "failed" and START.name in job["message"] and START.cause in job["message"], job
    assert deaths.lines("helper-ended:", START.name, START.cause), deaths.lines(START.name)


@by_name(SHARED)
def test_a_neighbour_in_the_same_plugin_lives_on(deaths, case):
    jobs, events = deaths.good[good_of(case)], [line.split(":")[0][3:] for line in deaths.lines(case.name)]
    assert events[:events.index("helper-apart")].count("helper-ended") == 2, events
    assert [j["state"] for j in jobs] == ["done"] * 4, jobs
    stayed = [p for p in deaths.processes(case.name) if p.began < deaths.apart[good_of(case)] and p.ended is None]
    assert len(stayed) == 1, deaths.processes(case.name)


@by_name(HANGS)
def test_the_host_gives_up_at_the_deadline(hangs, case):
    job, server = hangs.jobs[case.name], hangs.servers[case.name]
    assert job["state"] == "failed" and 0.9 < job["took"] < 4, job
    for message in (job["message"], server["message"]):
        assert case.name in message and case.when in message and case.cause in message, message
    assert server["state"] in ("unreachable", "faulty"), server


@by_name(HANGS)
def test_a_process_that_does_not_come_back_is_exchanged(hangs, case):
    old, *new = hangs.processes(case.name)
    assert old.ended is not None
    took = old.ended - hangs.asked[case.name] - 1
    least, most = GIVEN_UP_S[case.model]
    assert least <= took <= most, took
    assert new and new[0].began - old.ended <= NEW_PROCESS_S, hangs.processes(case.name)
    assert hangs.probes.get(case.name, {"state": "done"})["state"] == "done", hangs.probes


@by_name(HANGS)
def test_the_log_names_who_does_not_come_back(hangs, case):
    assert hangs.lines(case.event + ":", case.name), hangs.lines(case.name)
    assert hangs.lines("helper-ended:", case.name), hangs.lines(case.name)
    assert hangs.told(case), hangs.lines(case.name)


@by_name(FLOODS)
def test_a_flood_in_the_log_is_counted_not_written(floods, case):
    lines = floods.lines(case.name + "-flood")
    assert 50 <= len(lines) <= 110 + 10 * floods.took, len(lines)
    assert floods.jobs[case.name]["state"] == "done", floods.jobs[case.name]
    held = sum(int(n) for line in floods.lines(case.name) for n in re.findall(r"(\d+) more", line))
    assert held > 1000, floods.lines(case.name)[-3:]


@by_name(ROWS)
def test_endless_rows_end_at_the_deadline(floods, case):
    job, server = floods.jobs[case.name], floods.servers[case.name]
    assert job["state"] == "failed" and job["took"] < 5, job
    assert case.name in job["message"] and case.when in job["message"], job
    assert server["state"] in ("unreachable", "faulty") and server["message"] == job["message"], server


def test_the_operator_sees_it(deaths):
    """What the resources of the system show of plugins that died."""
    assert [answer.status for answer in deaths.system.values()] == [200, 200], deaths.system
    plugins = {p["name"]: p for p in deaths.system["plugins"].json()["items"]}
    instances = {i["target"]: i for i in deaths.system["instances"].json()["items"]}
    for case in DEATHS:
        plugin, instance = plugins[case.name], instances[case.name]
        assert plugin["restarts"] >= 1 and plugin["instances"] == 1 and plugin["isolation"] == "process", plugin
        assert case.cause in instance.get("last_failure", "") + instance.get("message", ""), instance
        if case.when == "open":
            assert plugin["state"] == "degraded" and instance["state"] in ("failed", "opening") and case.cause in plugin["message"], plugin
        else:
            assert plugin["failures"] >= 1 and instance["failures"] >= 1 and instance["losses"] >= 1, instance
            assert plugin["pids"] == [instance["pid"]], (plugin, instance)
    assert plugins[START.name]["state"] == "degraded" and START.cause in plugins[START.name]["message"], plugins[START.name]
    assert plugins[CALM]["state"] == "ready" and plugins[CALM]["restarts"] == 0, plugins[CALM]
    for case in SHARED:
        assert instances[case.name]["alone"] and not instances[good_of(case)]["alone"], instances[case.name]
