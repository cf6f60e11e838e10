# test_hostile_kea.py - answers no Kea should give: the operator is told, nothing wrong is stored or written, all live on.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pathlib
import re

import pytest

import daemon
import hostile_cases
import hostile_kea
import kea as kea_module
import watch

SECRET = "s3cret-word"
# By the way to them and whether they are given little time; the name of one by HTTP is its host.
SERVERS = {("http", False): "127.0.0.1", ("unix", False): "kea-by-socket", ("http", True): "localhost",
           ("unix", True): "kea-by-socket-in-haste"}
TABLES = ("dhcp/scopes", "dhcp/pools", "dhcp/reservations", "dhcp/leases", "dhcp/server-settings", "dhcp/superscopes",
          "dhcp/option-values", "dhcp/option-definitions", "dhcp/classes", "dhcp/failovers", "ipam/ranges", "ipam/subnets")
HELPER_MIB, DAEMON_MIB = 448, 320     # 64 MiB of answer, a copy that has grown, a parsed tree of what is legal
TIMEOUTS = {False: "30s", True: "1500ms"}


class Stage:
    """A real Kea with leases, a front before it, and one ipamd that knows the front as several servers."""

    def __init__(self, secret=SECRET):
        self.kea = kea_module.Kea(subnets=6, shared=2, reservations=12, reservations6=3).start()
        watch.until(lambda: self.kea.clients(25) >= 25, 60, "25 clients have a lease")
        watch.until(lambda: self.kea.clients6(6) >= 6, 60, "6 clients have one")
        self.front = hostile_kea.Front(self.kea, self.kea.dir, kea_module.AGENT_OPEN + 1)
        self.ipamd = daemon.Ipamd(secrets={"hostile": secret}, config={
            "profiles": [self._profile(*how) for how in SERVERS]}).start()
        for how, name in SERVERS.items():
            answer = self.ipamd.post("/api/v1/inventory/servers", {
                "name": name, "driver": "kea", "profile": name, "roles": ["dhcp"], "managed": True})
            assert answer.status == 201, answer
            job = self.collect(how)
            assert job["state"] == "done", job
        self.known = self.rows()        # as they are while nothing changes
        self.pid = self.ipamd.process.pid

    def _profile(self, way, hasty):
        options = {"timeout": TIMEOUTS[hasty], "page": 10}
        if way == "http":
            options.update(port=self.front.port, user="ipam", password={"secret": "hostile"})
        else:
            options.update(socket4=self.front.paths["dhcp4"], socket6=self.front.paths["dhcp6"])
        return {"name": SERVERS[way, hasty], "driver": "kea", "options": options}

    def stop(self):
        self.front.stop()
        self.ipamd.stop()
        self.kea.stop()

    def collect(self, how):
        answer = self.ipamd.post(f"/api/v1/inventory/servers/{SERVERS[how]}/collect")
        assert answer.status == 202, answer
        return watch.until(lambda: self._ended(answer.headers["location"]), 60, "the collection ends")

    def _ended(self, location):
        job = self.ipamd.get(location).json()
        return job if job["state"] != "running" else None

    def server(self, how):
        return self.ipamd.get(f"/api/v1/inventory/servers/{SERVERS[how]}").json()

    def rows(self):
        return {table: self.ipamd.items(table) for table in TABLES}

    # What it costs.

    def processes(self):
        """The daemon and the helper that serves it."""
        helpers = [int(p.name) for p in pathlib.Path("/proc").glob("[0-9]*")
                   if watch.HELPER in (p / "cmdline").read_bytes() and b"kea" in (p / "cmdline").read_bytes()]
        return {"ipamd": self.ipamd.process.pid, **{f"helper {pid}": pid for pid in helpers}}

    def forget_peaks(self):
        for pid in self.processes().values():
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peaks(self):
        """The most memory each had since they were forgotten, in MiB."""
        def peak(pid):
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) >> 10
        return {name: peak(pid) for name, pid in self.processes().items()}


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    yield made
    made.stop()


CASES = [pytest.param(c, way, id=f"{c}-{way}") for c in hostile_cases.READING for way in c.via]


@pytest.mark.parametrize("case, way", CASES)
def test_reading(stage, case, way):
    before, helpers, how = stage.known or stage.rows(), stage.processes(), (way, case.hasty)
    stage.forget_peaks()
    stage.front.become(case)
    job = stage.collect(how)
    peaks = stage.peaks()
    server = stage.server(how)
    stage.front.become(None)
    if case.says:
        assert job["state"] == "failed", job
        for told in (job["message"], server["message"]):
            assert re.search(case.says, told, re.DOTALL), told
            assert ";" in told, ("what to do", told)
            assert (str(stage.front.port) if way == "http" else "front-dhcp") in told, ("where", told)
            assert len(told) < 1000 and told.isprintable()
        assert server["state"] in ("unreachable", "faulty"), server
        assert stage.rows() == before
    else:
        assert job["state"] == "done", job
        stage.known = None
    assert stage.processes() == helpers, "the daemon and the helper live on"
    assert all(mib < (DAEMON_MIB if name == "ipamd" else HELPER_MIB) for name, mib in peaks.items()), peaks
    # And with the real server's answers all is as it was.
    job = stage.collect(how)
    assert job["state"] == "done", job
    assert stage.server(how)["state"] == "reachable" and "message" not in stage.server(how), stage.server(how)
    if stage.known is None:
        stage.known = stage.rows()
        assert strip(stage.known) == strip(before)


def strip(rows):
    """Without revisions: what was changed and changed back has a new one."""
    return {t: sorted(({k: v for k, v in r.items() if k not in ("rev", "updated")} for r in items), key=lambda r: r["id"])
            for t, items in rows.items()}


MAC = "02:00:00:00:77:01"
CHANGES = [pytest.param(c, way, id=f"{c}-{way}") for c in hostile_cases.WRITING for way in c.via]


def is_there(config):
    return any(r.get("hw-address") == MAC for s in config["subnet4"] for r in s["reservations"])


def without(config):
    """A configuration without what the test itself changes, in an order of its own."""
    subnets = [{**s, "reservations": sorted((r for r in s["reservations"] if r.get("hw-address") != MAC), key=str)}
               for s in config["subnet4"]]
    return {**{k: v for k, v in config.items() if k != "decline-probation-period"}, "subnet4": subnets}


def plan_told(stage, plan, ended):
    """The plan when it has ended, or when it says what it waits for."""
    got = stage.ipamd.get(f"/api/v1/manage/plans/{plan}").json()
    over = got["state"] not in ("planned", "running")
    return got if over or not ended and "message" in got else None


@pytest.mark.parametrize("case, way", CHANGES)
def test_writing(stage, case, way):
    stage.known = None
    kea, ipamd, helpers, how = stage.kea, stage.ipamd, stage.processes(), (way, case.hasty)
    original = kea.config_get()
    subnet = kea.subnet_list()[0]
    scope = next(s for s in ipamd.items("dhcp/scopes")
                 if s["prefix"] == subnet["subnet"] and s["server"] == stage.server(how)["id"])
    stage.forget_peaks()
    stage.front.become(case)
    answer = ipamd.post("/api/v1/dhcp/reservations", {"scope": scope["id"], "address": subnet["subnet"].replace(".0/24", ".77"),
                                                      "identifier": MAC, "name": "printer"})
    assert answer.status == 202, answer
    plan = answer.json()["id"]
    got = watch.until(lambda: plan_told(stage, plan, False), 40, "the plan says how it stands")
    peaks, commands = stage.peaks(), list(stage.front.commands)
    if case.says:
        assert re.search(case.says, got["message"], re.DOTALL), got
    if case.waits:
        assert got["state"] in ("planned", "running"), got
        assert not is_there(kea.config_get())
    if case.on == "config-test" and case.says:
        assert "config-set" not in commands
    stage.front.become(None)
    got = watch.until(lambda: plan_told(stage, plan, True), 40, lambda: stage.ipamd.get(f"/api/v1/manage/plans/{plan}"))
    try:
        assert got["state"] == ("verified" if case.there else "failed"), got
        running, saved = kea.config_get(), kea.file_config()
        assert is_there(running) == is_there(saved) == case.there
        assert without(running) == without(original), "nothing else was changed"
        if case.name == "configuration-changes-before-the-test":
            assert running["decline-probation-period"] == 4321, "what another administrator did stands"
        assert kea.lease_command_works()
        assert stage.processes() == helpers and peaks["ipamd"] < DAEMON_MIB, peaks
        stored = [r for r in ipamd.items("dhcp/reservations") if r["identifier"] == MAC and r["scope"] == scope["id"]]
        assert len(stored) == case.there
    finally:
        assert kea.command("config-set", {"Dhcp4": original})["result"] == 0
        assert kea.command("config-write")["result"] == 0
        assert stage.collect(how)["state"] == "done"


def test_a_server_that_dies_in_the_middle_of_a_change(stage):
    """It is killed when it is to set the configuration, and started again: the change is finished then, once."""
    def die(talk):
        stage.kea.kill("dhcp4")
        return hostile_kea.Raw(b"")

    original = stage.kea.config_get()
    scope = next(s for s in stage.ipamd.items("dhcp/scopes") if s["server"] == stage.server(("unix", False))["id"])
    stage.front.become(hostile_kea.Case(0, "dies", "config-set", die, nth=1))
    plan = stage.ipamd.post("/api/v1/dhcp/reservations", {
        "scope": scope["id"], "address": scope["prefix"].replace(".0/24", ".77"), "identifier": MAC}).json()["id"]
    got = watch.until(lambda: plan_told(stage, plan, False), 40, "the plan says how it stands")
    assert got["state"] == "running" and "went away before the change was complete" in got["message"], got
    assert "started again, it runs with its own file, which does not have the change" in got["message"]
    stage.kea.restart("dhcp4")
    stage.front.become(None)
    got = watch.until(lambda: plan_told(stage, plan, True), 60, lambda: stage.ipamd.get(f"/api/v1/manage/plans/{plan}"))
    assert got["state"] == "verified"
    running = stage.kea.config_get()
    assert is_there(running) and is_there(stage.kea.file_config())
    assert without({**running, "shared-networks": 0}) == without({**original, "shared-networks": 0})


def test_nothing_told_the_password(stage):
    assert SECRET not in stage.ipamd.log()
    assert SECRET not in str(stage.ipamd.items("system/jobs"))
    assert SECRET.encode() not in stage.ipamd.get("/api/v1/audit/changes?limit=1000").body
    assert stage.ipamd.process.pid == stage.pid and stage.ipamd.process.running()
