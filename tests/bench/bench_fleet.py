#!/usr/bin/python3
# bench_fleet.py - what it costs to collect a hundred DHCP servers, beside a client that reads the same answers and drops them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench_fleet.py PREFIX BUILD [ROUNDS [SERVERS REAL SUBNETS RESERVATIONS LEASES]]

SERVERS (100) DHCP servers of SUBNETS (400) subnets, RESERVATIONS (400) and LEASES (1000) each. REAL (6) of them are processes of Kea, the
others a protocol double (fleet_double.py) that says what the first of them said. ipamd runs the tasks server_configuration, dhcp_leases and
dhcp_statistics over all, one after the other: once into an empty database, then ROUNDS times (3) as it was; and ROUNDS times it is told to collect each
server, which reads all anew. floor_collect asks the same of the same servers in turn, each question once. Figures are CPU time of ipamd and of
its helpers, and the time that passed. Prints, judges nothing."""
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
import daemon as daemon_module
import fleet_double
import kea as kea_module
import ns

PAGE = 1000
TASKS = ("server_configuration", "dhcp_leases", "dhcp_statistics")
ASKED = ("config-get", "list-commands", "version-get", "status-get", "stat-lease4-get")
COUNTERS = ("pkt4-received", "pkt4-sent", "pkt4-receive-drop", "v4-allocation-fail")


def out(name, value, unit, note=""):
    print(f"{name:<34} {value:>14,.4g} {unit:<14} {note}".rstrip(), flush=True)


def fine(path):
    """CPU seconds of one thread."""
    return int(pathlib.Path(path, "schedstat").read_text().split()[0]) / 1e9


def threads(pid):
    return sum(fine(t) for t in pathlib.Path(f"/proc/{pid}/task").iterdir())


class Fleet:
    """The servers; sockets[i] is where server i listens."""

    def __init__(self, servers, real, subnets, reservations, leases):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="fleet.", dir="/tmp"))
        self.sockets = [str(self.dir / f"{n}.sock") for n in range(servers)]
        self.real, self.double = [], None
        try:
            for n in range(real):
                self._start_real(n, subnets, reservations, leases)
            if servers > real:
                self._start_double(real, servers - real)
        except BaseException:
            self.stop()
            raise

    def _start_real(self, n, subnets, reservations, leases):
        folder = self.dir / f"kea{n}"
        folder.mkdir()
        kea = kea_module.Kea(subnets=subnets, reservations=reservations, file_leases=leases, folder=folder)
        for path in (kea.config_file(), kea.lease_file()):
            path.write_text(fleet_double.own(path.read_text(), n))
        config = json.loads(kea.config_file().read_text())
        config["Dhcp4"]["interfaces-config"]["interfaces"] = []  # all have the same ports
        kea.config_file().write_text(json.dumps(config))
        self.real.append(kea)
        kea.services["dhcp4"].start(timeout=120)
        self.sockets[n] = kea.socket()

    def _start_double(self, first, count):
        kea, recorded = self.real[0], {}
        for name in ASKED:
            recorded[name] = kea.command(name)
        for name in COUNTERS:
            recorded["statistic-get " + name] = kea.command("statistic-get", {"name": name})
        recorded["leases"] = kea.leases()
        path = self.dir / "recorded.json"
        path.write_text(json.dumps(recorded))
        self.double = subprocess.Popen([sys.executable, fleet_double.__file__, path, self.dir, str(first), str(count)], stdout=subprocess.PIPE, text=True)
        assert self.double.stdout.readline() == "ready\n"

    def stop(self):
        if self.double:
            self.double.terminate()
            asked = self.double.stdout.read()
            self.double.wait()
            print("asked of the double:", asked.strip())
        for kea in self.real:
            kea.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Meter:
    """CPU time of ipamd, of its loop's thread, and of the helpers of its plugins; and the time that passes."""

    def __init__(self, ipamd):
        self.pid = ipamd.process.pid

    def helpers(self):
        found = []
        for p in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if "ipam-provider-host" in (p / "cmdline").read_text(errors="replace"):
                    found.append(p.name)
            except OSError:  # it has ended
                pass
        return found

    def read(self):
        return {"passed": time.monotonic(), "ipamd": threads(self.pid), "loop": fine(f"/proc/{self.pid}/task/{self.pid}"),
                "helper": sum(threads(h) for h in self.helpers())}

    def of(self, work):
        before = self.read()
        work()
        return {k: v - before[k] for k, v in self.read().items()}


def wait(ipamd, jobs):
    """Until all have ended, asked for seldom: to ask costs ipamd too."""
    for job in jobs:
        while (state := json.loads(ipamd.raw("GET", f"/api/v1/system/jobs/{job}", headers={"Authorization": "Bearer " + ipamd.token}).body))["state"] == "running":
            time.sleep(0.25)
        assert state["state"] == "done", state


def post(ipamd, path):
    answer = ipamd.raw("POST", path, headers={"Authorization": "Bearer " + ipamd.token})
    assert answer.status == 202, answer
    return answer.json()["id"]


def run_task(ipamd, task):
    wait(ipamd, [post(ipamd, f"/api/v1/system/tasks/{task}/run")])


def run_tasks(ipamd, meter):
    """What each of the tasks took."""
    return {task: meter.of(lambda: run_task(ipamd, task)) for task in TASKS}


def together(parts):
    return {k: sum(part[k] for part in parts.values()) for k in parts[TASKS[0]]}


def collect_all(ipamd, servers):
    wait(ipamd, [post(ipamd, f"/api/v1/inventory/servers/dhcp{n}/collect") for n in range(servers)])


def floor_of(build, sockets):
    run = subprocess.run([f"{build}/tests/bench/floor_collect", "-a", sockets[0], str(PAGE), *sockets[1:]], stdout=subprocess.PIPE, text=True, check=True)
    return {line.split()[0]: float(line.split()[1]) for line in run.stdout.splitlines()}


def show(name, rounds, floor):
    middle = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
    whole = middle["ipamd"] + middle["helper"]
    out(name, whole, "s", f"{whole / floor['cpu']:.2f} x the floor; loop {middle['loop']:.3f} s, other threads {middle['ipamd'] - middle['loop']:.3f} s, "
                          f"helpers {middle['helper']:.3f} s; {middle['passed']:.2f} s passed")


def main():
    if len(sys.argv) not in (3, 4, 9):
        sys.exit(__doc__)
    if not ns.inside():
        ns.enter([sys.executable, *sys.argv])
    ns.loopback_up()
    prefix, build = pathlib.Path(sys.argv[1]), sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    servers, real, subnets, reservations, leases = map(int, sys.argv[4:9]) if len(sys.argv) > 4 else (100, 6, 400, 400, 1000)
    fleet = Fleet(servers, real, subnets, reservations, leases)
    ipamd = None
    try:
        profiles = [{"name": f"s{n}", "driver": "kea", "options": {"socket4": path, "page": PAGE, "services": "dhcp4"}} for n, path in enumerate(fleet.sockets)]
        ipamd = daemon_module.Ipamd(prefix=prefix, config={"log_level": "warning", "profiles": profiles}).start()
        for n in range(servers):
            ipamd.ctl("server", "add", f"dhcp{n}", "--driver", "kea", "--profile", f"s{n}", "--role", "dhcp", "--managed")
        run_task(ipamd, "server_availability")  # the helpers are there from now on
        meter, floors, again, anew = Meter(ipamd), [floor_of(build, fleet.sockets)], [], []
        first = run_tasks(ipamd, meter)
        for _ in range(rounds):
            floors.append(floor_of(build, fleet.sockets))
            again.append(run_tasks(ipamd, meter))
        for _ in range(rounds):
            floors.append(floor_of(build, fleet.sockets))
            anew.append(meter.of(lambda: collect_all(ipamd, servers)))
        floor = {k: statistics.median(f[k] for f in floors) for k in floors[0]}
        out("floor_collect", floor["cpu"], "s", f"{floor['bytes']:,.0f} bytes, {floor['pages']:.0f} pages of {PAGE}, {servers} servers, {real} of them real")
        show("first collection", [together(first)], floor)
        for task in TASKS:
            show("  " + task, [first[task]], floor)
        show("as it was", [together(parts) for parts in again], floor)
        for task in TASKS:
            show("  " + task, [parts[task] for parts in again], floor)
        show("all anew, as it was", anew, floor)
        out("helpers", len(meter.helpers()), "processes")
        for resource in ("dhcp/scopes", "dhcp/reservations", "dhcp/leases"):
            out(resource, ipamd.get(f"/api/v1/{resource}?count=true&limit=1").json()["total"], "rows")
    finally:
        if ipamd:
            ipamd.stop()
        fleet.stop()


if __name__ == "__main__":
    main()
