#!/usr/bin/python3
# bench_collect.py - what a collection costs beside a client that reads the same answers and drops them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench_collect.py PREFIX BUILD [ROUNDS [SUBNETS RESERVATIONS LEASES]]

A real Kea (2000 subnets, 20000 reservations, 100000 leases) is collected by ipamd: once into an empty database, then
ROUNDS times (3) as it was, then with one lease in a hundred changed; floor_collect runs in turn. Figures are CPU time:
of ipamd, of its loop's thread alone, and of the helper; then, for each of the two that are compared, the time that
passed, and the CPU time of all processes with the server's own. Prints, judges nothing."""
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
import daemon as daemon_module
import kea as kea_module
import ns

SERVER = "127.0.0.1"
PAGE = 1000


def out(name, value, unit, note=""):
    print(f"{name:<34} {value:>14,.4g} {unit:<14} {note}".rstrip(), flush=True)


def cpu(path):
    """CPU seconds of a process or thread by its folder in /proc."""
    fields = pathlib.Path(path, "stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fine(path):
    """The same in finer steps, of one thread."""
    return int(pathlib.Path(path, "schedstat").read_text().split()[0]) / 1e9


class Meter:
    """CPU time of ipamd, of the thread of its loop, of the helpers of its plugins, of the server; and the time that passes."""

    def __init__(self, ipamd, kea):
        self.pid, self.server = ipamd.process.pid, kea.services["dhcp4"].pid
        # The processes of plugins are the keeper's children.
        self.helpers = [int(p.name) for p in pathlib.Path("/proc").glob("[0-9]*")
                        if "ipam-provider-host" in (p / "cmdline").read_text(errors="replace")]

    def read(self):
        threads = sum(fine(t) for t in pathlib.Path(f"/proc/{self.pid}/task").iterdir())
        helpers = sum(fine(t) for h in self.helpers for t in pathlib.Path(f"/proc/{h}/task").iterdir())
        return {"passed": time.monotonic(), "server": cpu(f"/proc/{self.server}"), "ipamd": threads, "loop": fine(f"/proc/{self.pid}/task/{self.pid}"), "helper": helpers}


def collect(ipamd, meter=None):
    before = meter.read() if meter else None
    ipamd.ctl("server", "collect", SERVER, "--wait")
    return {k: v - before[k] for k, v in meter.read().items()} if meter else None


def show(name, rounds, floor):
    middle = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
    whole = middle["ipamd"] + middle["helper"]
    out(name, whole, "s", f"{whole / floor['cpu']:.1f} x the floor; loop {middle['loop']:.3f} s, helper {middle['helper']:.3f} s, "
                          f"other threads {middle['ipamd'] - middle['loop']:.3f} s")
    out("  with the server's work", whole + middle["server"], "s", f"{(whole + middle['server']) / (floor['cpu'] + floor['server']):.2f} x the floor")
    out("  time that passed", middle["passed"], "s", f"{middle['passed'] / floor['passed']:.2f} x the floor")


def floor_of(build, kea):
    server = kea.services["dhcp4"].pid
    before, began = cpu(f"/proc/{server}"), time.monotonic()
    run = subprocess.run([f"{build}/tests/bench/floor_collect", kea.socket(), str(PAGE)], stdout=subprocess.PIPE, text=True, check=True)
    return {**{line.split()[0]: float(line.split()[1]) for line in run.stdout.splitlines()},
            "passed": time.monotonic() - began, "server": cpu(f"/proc/{server}") - before}


def main():
    if len(sys.argv) not in (3, 4, 7):
        sys.exit(__doc__)
    if not ns.inside():
        ns.enter([sys.executable, *sys.argv])
    ns.loopback_up()
    prefix, build = pathlib.Path(sys.argv[1]), sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    subnets, reservations, leases = map(int, sys.argv[4:7]) if len(sys.argv) > 4 else (2000, 20000, 100000)
    kea = kea_module.Kea(subnets=subnets, reservations=reservations, file_leases=leases)
    for service in ("dhcp4", "agent"):
        kea.services[service].start(**({"timeout": 120} if service == "dhcp4" else {}))
    options = {"socket4": kea.socket(), "page": PAGE, "services": "dhcp4"}
    ipamd = daemon_module.Ipamd(prefix=prefix, config={
        "log_level": "warning", "profiles": [{"name": "kea-site", "driver": "kea", "options": options}]}).start()
    try:
        ipamd.add_kea(collect=False)
        ipamd.ctl("server", "probe", SERVER, "--wait")  # the helper is there from now on
        meter = Meter(ipamd, kea)
        first = [collect(ipamd, meter)]
        floors, again, changed = [], [], []
        for n in range(rounds):
            floors.append(floor_of(build, kea))
            again.append(collect(ipamd, meter))
            for i in range(leases // 100):
                s, host = i % subnets, 100 + i // subnets
                mac = "02:%02x:00:00:%02x:%02x" % (n + 1, i >> 8, i & 255)
                kea.ask("lease4-update", {"ip-address": f"10.{1 + s // 256}.{s % 256}.{host}", "hw-address": mac, "subnet-id": 101 + s})
            changed.append(collect(ipamd, meter))
        floor = {k: statistics.median(f[k] for f in floors) for k in floors[0]}
        out("floor_collect", floor["cpu"], "s", f"{floor['bytes']:,.0f} bytes in {floor['pages']:.0f} pages of {PAGE}; the server "
                                                f"{floor['server']:.2f} s, {floor['passed']:.2f} s passed")
        show("first collection", first, floor)
        show("as it was", again, floor)
        show("1 % of the leases changed", changed, floor)
        for resource in ("dhcp/scopes", "dhcp/reservations", "dhcp/leases"):
            out(resource, ipamd.get(f"/api/v1/{resource}?count=true&limit=1").json()["total"], "rows")
    finally:
        ipamd.stop()
        kea.stop()


if __name__ == "__main__":
    main()
