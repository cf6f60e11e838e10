#!/usr/bin/python3
# bench_edit.py - what it costs to plan one edit over many scopes: CPU time a scope, and of it that of the loop.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench_edit.py PREFIX [SERVERS SCOPES [ROUNDS]]

SERVERS (8) servers without a network between (null-dhcp), with SCOPES (5000) scopes each. ROUNDS (3) times each edit is
planned for a time that never comes, and taken back: a property; an option that no scope has; an option that all have. Figures are
CPU time of ipamd, of all its threads, storage included. Prints, judges nothing."""
import os
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
os.environ.setdefault("IPAM_PREFIX", sys.argv[1] if len(sys.argv) > 1 else "")
import daemon as daemon_module
import ns

NEVER = "2099-01-01T00:00:00Z"


def fine(path):
    """CPU seconds of one thread."""
    return int(pathlib.Path(path, "schedstat").read_text().split()[0]) / 1e9


def cpu(pid):
    return (sum(fine(t) for t in pathlib.Path(f"/proc/{pid}/task").iterdir()), fine(f"/proc/{pid}/task/{pid}"))


def out(name, value, unit, note=""):
    print(f"{name:<34} {value:>14,.4g} {unit:<14} {note}".rstrip(), flush=True)


def planned(ipamd, edit, dry=False):
    body = {"select": {"list": "dhcp/scopes"}, "edits": [edit], "begin": NEVER, "dry_run": dry}
    before, began = cpu(ipamd.process.pid), time.monotonic()
    answer = ipamd.post("/api/v1/dhcp/edit", body)
    assert answer.status == (200 if dry else 202), answer
    passed, after = time.monotonic() - began, cpu(ipamd.process.pid)
    return answer.json(), [b - a for a, b in zip(before, after)] + [passed]


def measure(ipamd, name, edit, scopes, rounds):
    runs = []
    for _ in range(rounds):
        told, run = planned(ipamd, edit, True)
        plan, planning = planned(ipamd, edit)
        assert told["steps"] == plan["steps"] == scopes, (told["steps"], plan)
        runs.append((run, planning))
        ipamd.post(f"/api/v1/manage/plans/{plan['id']}/undo", None)
    for kind, which in (("dry run", 0), ("planned", 1)):
        all_, loop, passed = (statistics.median(r[which][i] for r in runs) * 1e6 / scopes for i in range(3))
        out(f"{name}, {kind}", all_, "us a scope", f"CPU of ipamd; of its loop {loop:.1f}; passed {passed:.1f}")


def main():
    servers, each, rounds = ([int(a) for a in sys.argv[2:]] + [8, 5000, 3][len(sys.argv[2:]):])[:3]
    profiles = [{"name": f"s{i}", "driver": "null-dhcp", "options": {"scopes": each, "network": f"{10 + i}.0.0.0/8"}} for i in range(servers)]
    with daemon_module.maker() as make:
        ipamd = make(config={"plugins": [{"name": "null-dhcp", "isolation": "none"}], "profiles": profiles})
        for i in range(servers):
            ipamd.ctl("server", "add", f"dhcp{i}", "--driver", "null-dhcp", "--profile", f"s{i}", "--role", "dhcp", "--managed")
            ipamd.ctl("server", "collect", f"dhcp{i}", "--wait")
        scopes = servers * each
        measure(ipamd, "a property", {"property": "lease_time", "word": "overwrite", "value": 4711}, scopes, rounds)
        measure(ipamd, "an option that is not there", {"option": 42, "word": "add", "values": ["10.0.0.1"]}, scopes, rounds)
    return 0


if __name__ == "__main__":
    if not ns.inside():
        ns.enter([sys.executable, *sys.argv])
    ns.loopback_up()
    sys.exit(main())
