# test_estate.py - an estate of two spaces, real Keas and a real pair: what is legal is no conflict, 40 faults are 40 conflicts.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""The tests are steps of one story, in their order; the estate and its faults are in estate.py."""
import collections
import contextlib
import dataclasses
import glob
import ipaddress
import json
import os
import pathlib
import random
import shutil
import socket
import tempfile
import threading
import time

import pytest

import daemon
import estate
import kea_ha
import proc
import watch

SETTLE_S = 15
LIST = "ipam/conflicts"


class Kea:
    """One of the two that know nothing of each other: a DHCPv4 and a DHCPv6 server, asked on their own sockets."""

    def __init__(self, folder, name):
        self.name, self.dir = name, folder / name
        self.dir.mkdir()
        env = {"KEA_PIDFILE_DIR": str(self.dir), "KEA_LOCKFILE_DIR": str(self.dir)}
        self.processes = []
        for version in (4, 6):
            file = self.dir / f"{version}.conf"
            file.write_text(json.dumps(self.config(version, ())))
            ready = lambda version=version: self.command(version, "status-get") is not None
            self.processes.append(proc.Proc(f"{name}{version}", [f"kea-dhcp{version}", "-c", file], ready, self.dir, env))

    def config(self, version, what):
        hooks = glob.glob("/usr/lib/*/kea/hooks")[0]
        return {f"Dhcp{version}": {
            "interfaces-config": {"interfaces": []}, "valid-lifetime": 7200,
            "control-socket": {"socket-type": "unix", "socket-name": self.socket(version)},
            "lease-database": {"type": "memfile", "persist": True, "name": str(self.dir / f"{version}.leases"), "lfc-interval": 0},
            "hooks-libraries": [{"library": f"{hooks}/libdhcp_lease_cmds.so"}, {"library": f"{hooks}/libdhcp_stat_cmds.so"}],
            "ip-reservations-unique": False, "host-reservation-identifiers": ["hw-address", "duid", *(
                ["circuit-id", "client-id"] if version == 4 else [])],
            **({"server-id": {"type": "EN", "enterprise-id": 32473, "identifier": self.name.encode().hex(), "persist": False}}
               if version == 6 else {}),
            f"subnet{version}": estate.served(self.name, version, what),
            "loggers": [{"name": f"kea-dhcp{version}", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}}

    def socket(self, version):
        return str(self.dir / f"s{version}")

    def command(self, version, name, args=None):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.socket(version))
            s.sendall(json.dumps({"command": name, **({"arguments": args} if args is not None else {})}).encode())
            answer = json.loads(b"".join(iter(lambda: s.recv(1 << 20), b"")))
        assert answer["result"] == 0, (name, args, answer)
        return answer.get("arguments", {})


class OldKea(threading.Thread):
    """Stands before a DHCPv4 server, on a socket of its own, and shows one address of it as another; see estate.STRANGE."""

    def __init__(self, kea):
        super().__init__(daemon=True)
        self.kea, self._listener = kea, socket.socket(socket.AF_UNIX)
        self._listener.bind(self.socket())
        self._listener.listen()

    def socket(self):
        return str(self.kea.dir / "old")

    def run(self):
        while True:
            try:
                with self._listener.accept()[0] as client, socket.socket(socket.AF_UNIX) as server:
                    server.connect(self.kea.socket(4))
                    server.sendall(client.recv(1 << 20))  # a command of the plugin is one small write
                    answer = b"".join(iter(lambda: server.recv(1 << 20), b""))
                    client.sendall(answer.replace(*(json.dumps(a).encode() for a in estate.STRANGE)))
            except OSError:
                return

    def stop(self):
        """Wakes run() too, which then ends."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Estate:
    """All of it as it runs. `there` is what has been put in, beyond the plan and what the servers have anyhow."""

    def __init__(self, ipamd, keas, pair):
        self.ipamd, self.keas, self.pair, self.there, self._ids = ipamd, keas, pair, [], {}
        self._spaces = {}

    def servers(self):
        """The inventory: a pair is asked in its own space and, the same servers once more, in others."""
        members = (self.pair.ha1, self.pair.ha2)
        return [(k.name, k.name, "default") for k in self.keas.values()] + [(m.name, m.name, "default") for m in members] + \
            [("ha1-lab", "ha1", "lab"), ("ha2-bare", "ha2", "bare")]

    def add_servers(self):
        self._spaces = {s["id"]: s["name"] for s in self.ipamd.items("ipam/spaces")}
        number = {name: i for i, name in self._spaces.items()}
        for name, profile, space in self.servers():
            answer = self.ipamd.post("/api/v1/inventory/servers", {"name": name, "driver": "kea", "profile": profile,
                                                                   "roles": ["dhcp"], "managed": True, "space": number[space]})
            assert answer.status == 201, answer

    # What changes the plan; each returns the revision that it made.

    def _write(self, method, path, body, status):
        answer = self.ipamd.request(method, f"/api/v1/ipam/{path}", body)
        assert answer.status == status, (method, path, body, answer)
        return answer

    def make(self, made):
        fields = dict(made.fields)
        if "space" in fields:
            fields["space"] = self._ids["space", None, fields["space"]]
        row = self._write("POST", estate.PATHS[made.kind], fields, 201).json()
        self._ids[made.kind, made.fields.get("space"), made.key] = row["id"]
        return row["rev"]

    def unmake(self, made):
        number = self._ids.pop((made.kind, made.fields.get("space"), made.key))
        return int(self._write("DELETE", f"{estate.PATHS[made.kind]}/{number}", None, 204).headers["ipam-revision"])

    def alter(self, kind, key, fields):
        return self._write("PATCH", f"{estate.PATHS[kind]}/{self._ids[kind, None, key]}", fields, 200).json()["rev"]

    def put(self, *what):
        """Puts things in; the servers are collected that have changed. Returns the revision of the last write of the plan."""
        return self._change(what, self.there + list(what), True)

    def take(self, *what):
        """Takes them out again, the last first."""
        return self._change(what[::-1], [w for w in self.there if not any(w is t for t in what)], False)

    def _change(self, what, there, is_put):
        rev, self.there = None, there
        changed = {w.server for w in what if isinstance(w, (estate.Subnet, estate.Lease))}
        self.configure({(w.server, ipaddress.ip_network(w.prefix).version) for w in what if isinstance(w, estate.Subnet)})
        for w in what:
            if isinstance(w, estate.Lease):
                self.lease(w, "add" if is_put else "del")
            elif isinstance(w, estate.Altered):
                rev = self.alter("subnet", w.prefix, {w.field: w.value if is_put else w.was})
            elif isinstance(w, estate.Made):
                rev = self.make(w) if is_put else self.unmake(w)
            elif isinstance(w, estate.Gone):
                rev = self.unmake(w.made) if is_put else self.make(w.made)
        for server in sorted(changed):
            self.collect(server)
        return rev

    def lease(self, lease, verb):
        version = ipaddress.ip_network(lease.prefix).version
        fields = {"ip-address": lease.address}
        if verb != "del":
            fields |= {"valid-lft": estate.LEASE_S, "expire": int(time.time()) + estate.LEASE_S - lease.age, **lease.fields}
        if lease.server in self.keas:
            number = {"subnet-id": estate.number(lease.prefix)} if verb == "add" else {}
            self.keas[lease.server].command(version, f"lease{version}-{verb}", fields | number)
        else:
            answer = getattr(self.pair, lease.server).command(f"lease4-{verb}", fields)
            assert answer["result"] == 0, (lease, answer)

    def configure(self, which):
        for server, version in sorted(which):
            self.keas[server].command(version, "config-set", self.keas[server].config(version, self.there))

    def collect(self, server):
        self.ipamd.ctl("server", "collect", server, "--wait")

    # What is found.

    def conflicts(self, query=""):
        """Those that are faults: that two servers serve one prefix is told as an information."""
        return [c for c in self.ipamd.items(LIST + query) if c.get("severity") != "information"]

    def settle_revision(self, rev):
        """Waits until there is this revision."""
        watch.until(lambda: int(self.ipamd.get(f"/api/v1/{LIST}").headers["ipam-revision"]) >= rev, SETTLE_S, f"revision {rev}")

    def settle(self, expected):
        """Waits until exactly these conflicts are there; tells what is too many and what is missing."""
        want = collections.Counter((f.kind, f.space, f.first, f.last) for f in expected)

        def differs():
            found = collections.Counter((c["kind"], self._spaces[c["space"]], c["first"], c["last"]) for c in self.conflicts())
            return [f"reported: {p}" for p in (found - want).elements()] + [f"not found: {p}" for p in (want - found).elements()]
        watch.until(lambda: not differs(), SETTLE_S, lambda: "\n".join(["", *differs()]))


def one_of(conflicts, fault):
    """The only conflict that is this fault, by its place and by its parties."""
    (found,) = [c for c in conflicts if c["kind"] == fault.kind and c["first"] == fault.first and names(c, fault.parties)]
    return found


def names(conflict, parties):
    """Whether each of these is a party of its own in the conflict."""
    left = [p.split(" ", 2) for p in conflict["parties"]]
    for kind, key in parties:
        found = next((p for p in left if p[0] == kind and key.replace("/", "_") in p[2].replace("/", "_")), None)
        if not found:
            return False
        left.remove(found)
    return True


@pytest.fixture(scope="module")
def world():
    """The estate without faults, all servers collected."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="estate.", dir="/tmp"))
    pair = kea_ha.Pair("hot-standby")
    with contextlib.ExitStack() as end:
        end.callback(shutil.rmtree, folder, ignore_errors=True)
        end.callback(pair.stop)
        keas = {name: Kea(folder, name) for name in "ab"}
        for process in [m.process for m in (pair.ha1, pair.ha2)] + [p for kea in keas.values() for p in kea.processes]:
            end.callback(process.stop)
            process.start()
        old = OldKea(keas["b"])
        end.callback(old.stop)
        old.start()
        make = end.enter_context(daemon.maker())
        ipamd = make(start=False)
        ipamd.config["profiles"] = [
            {"name": "a", "driver": "kea", "options": {"socket4": keas["a"].socket(4), "socket6": keas["a"].socket(6)}},
            {"name": "b", "driver": "kea", "options": {"socket4": old.socket(), "socket6": keas["b"].socket(6)}},
            *({"name": m.name, "driver": "kea", "options": {"socket4": m.socket()}} for m in (pair.ha1, pair.ha2))]
        ipamd.write_config()
        ipamd.start()
        world = Estate(ipamd, keas, pair)
        for made in estate.plan():
            world.make(made)
        world.add_servers()
        pair.settle()
        world.put(*estate.LEGAL)
        for name, *_ in world.servers():
            world.collect(name)
        yield world


def test_what_is_legal_is_no_conflict(world):
    """Some sixty subnets, and of everything that looks like a fault; what servers tell later than all that is found alone."""
    assert len([s for s in estate.plan() if s.kind == "subnet"]) >= 60
    assert all(world.ipamd.items(f"dhcp/{what}") for what in ("scopes", "reservations", "leases", "failovers"))
    world.settle([])
    last = next(f for f in estate.FAULTS if not f.of_plan)
    world.put(*last.what)
    world.settle([last])
    world.take(*last.what)
    world.settle([])


def test_a_partner_who_is_asked_again_is_the_newer_one(world):
    """The plan knows who had the address last, until the other renews: nothing else changes of that lease."""
    (older,) = [w for w in estate.LEGAL if isinstance(w, estate.Lease) and (w.server, w.address) == ("ha1", "10.55.64.20")]
    fault = estate.Fault("two-holders", older.address, older.address, estate.holders(older.address, "address", "lease"), ())
    world.settle([])
    world.ipamd.kill()      # a start knows as well where it matters who renews
    world.ipamd.restart()
    world.settle([])
    for lease, expected in ((dataclasses.replace(older, age=0), [fault]), (older, [])):
        world.lease(lease, "update")
        world.collect(older.server)
        world.settle(expected)


def test_forty_faults_are_found_and_nothing_else(world):
    assert len(estate.FAULTS) == 40
    world.put(*{id(what): what for fault in estate.FAULTS for what in fault.what}.values())
    world.settle(estate.FAULTS)
    found = world.conflicts()
    assert len({one_of(found, fault)["id"] for fault in estate.FAULTS}) == 40
    for conflict in found:
        assert conflict["remedy"] and len(conflict["evidence"]) == len(conflict["parties"]) and all(conflict["evidence"]), conflict


def goes_and_comes(world, fault, mend, undo):
    """Asserts that it is gone with the revision after that of mend(), and there with the one after that of undo()."""
    world.settle(estate.FAULTS)
    is_at = lambda rev: any(c["kind"] == fault.kind and names(c, fault.parties) for c in world.conflicts(f"?at={rev}"))
    mended = mend()
    world.settle_revision(mended + 1)
    assert is_at(mended) and not is_at(mended + 1)
    made = undo()
    world.settle_revision(made + 1)
    assert not is_at(made)
    found = one_of(world.conflicts(f"?at={made + 1}"), fault)
    assert (found["opened_rev"], found["rev"]) == (made, made + 1)


@pytest.mark.parametrize("fault", [f for f in estate.FAULTS if f.of_plan], ids=lambda f: f"{f.kind}-{f.first}")
def test_a_new_one_of_the_plan_is_there_at_the_next_revision(world, fault):
    """The write that made it is undone and made again."""
    goes_and_comes(world, fault, lambda: world.take(fault.what[-1]), lambda: world.put(fault.what[-1]))


@pytest.mark.parametrize("kind, key, mend, fields", estate.MENDS, ids=lambda v: v if isinstance(v, str) else "-".join(v))
def test_a_holder_who_is_corrected_mends_it_at_the_next_revision(world, kind, key, mend, fields):
    (fault,) = [f for f in estate.FAULTS if (f.kind, f.first) == (kind, key)]
    goes_and_comes(world, fault, lambda: world.alter("address", key, mend), lambda: world.alter("address", key, fields))


def test_any_of_them_at_once_come_and_go(world):
    """Some are mended and some are made, of the plan and of servers, in one go: those that are there are found."""
    seed = int(os.environ.get("IPAM_SEED", 40))
    print(f"IPAM_SEED={seed}")
    chance = random.Random(seed)
    made_of = list({tuple(map(id, fault.what)): fault.what for fault in estate.FAULTS}.values())
    there = list(made_of)
    for last in [False] * 10 + [True]:
        changed = [what for what in made_of if (what not in there if last else chance.random() < 0.4)]
        world.take(*(part for what in changed if what in there for part in what))
        world.put(*(part for what in changed if what not in there for part in what))
        there = [what for what in made_of if (what in there) != (what in changed)]
        world.settle([fault for fault in estate.FAULTS if fault.what in there])


def test_each_that_is_mended_is_gone(world):
    world.settle(estate.FAULTS)
    left = list(estate.FAULTS)
    while left:
        mended = left[0].what
        left = [fault for fault in left if not any(what is m for what in fault.what for m in mended)]
        world.take(*mended)
        world.settle(left)
