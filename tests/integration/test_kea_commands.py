# test_kea_commands.py - a real Kea 3 is written by the commands of its hooks, with the same result as by config-set.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os

import pytest

import kea3
from kea_provider import (CHECK, CONN, DELTA, KILL, REFUSED, RESUME, UNDO, Provider, Relay, add, change, delete, reservation, sockets)

HOOKS = ("reservation-", "subnet4-", "subnet6-", "network4-", "network6-", "class-")
BEFORE, AFTER = ["read", "compare", "re-read"], ["read-back", "lease-command", "config-write"]
WHOLE = ["read", "compare", "config-test", "re-read", "config-set", *AFTER]
MAC = "02:00:00:00:77:%02x"


@pytest.fixture(scope="module")
def three():
    server = kea3.Kea3(wide=False).start()
    for service in ("dhcp4", "dhcp6"):
        server.ask("config-write", service=service)     # its own rendering, to be compared
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def as_it_was(three):
    """A test that fails leaves nothing to the next."""
    services = ("dhcp4", "dhcp6")
    was = [three.ask("config-get", service=s) for s in services]
    yield
    for service, config in zip(services, was):
        if three.ask("config-hash-get", service=service)["hash"] != config.pop("hash"):
            three.ask("config-set", config, service)
            three.ask("config-write", service=service)


def of(kind, edit):
    return {**edit, "type": kind}


def in_order(config):
    """Reservations come in any order."""
    for subnet in [config, *config.get("subnet4", []), *config.get("subnet6", []),
                   *(s for n in config["shared-networks"] for s in n.get("subnet4", n.get("subnet6")))]:
        subnet.get("reservations", []).sort(key=lambda r: json.dumps(r, sort_keys=True))
    return config


def shown(server, service="dhcp4"):
    """What it runs with, which is what its file has, and what it would take."""
    config, whole = server.config_get(service), server.ask("config-get", service=service)
    assert server.file_config(service) == config
    del whole["hash"]
    assert server.command("config-test", whole, service)["result"] == 0
    return in_order(config)


class Hookless(Relay):
    """In front of a server: it names no command of its hooks but those that we need."""

    def __init__(self, server, service="dhcp4"):
        super().__init__(server.dir / f"less-{service}.sock", server.socket(service), self._hide)
        self.service = service

    @staticmethod
    def _hide(name, n):
        def without(answer):
            return {**answer, "arguments": [c for c in answer["arguments"] if not c.startswith(HOOKS)]}
        return without if name == "list-commands" else None

    def provider(self):
        return Provider(**{f"socket{self.service[-1]}": self.path})

    def __exit__(self, *_):
        super().__exit__()
        os.unlink(self.path)


FOUR = {"family": "ipv4"}
CLASS = {**FOUR, "kind": "expression", "name": "desks", "native": "v4/desks", "test": "option[60].text == 'desk'"}
SCOPE = {"prefix": "10.44.0.0/24", "native": "v4/444", "lease_time": 4000, "name": "four", "description": "B\u00fcro",
         "routers": ["10.44.0.1"], "vendor": {"user-context": {"floor": 4}, "cache-threshold": 0.5}}
SHARED = {**{k: v for k, v in SCOPE.items() if k != "lease_time"}, "superscope": "campus"}
POOL = {"native_scope": "v4/444", "first": "10.44.0.10", "last": "10.44.0.20", "native": "10.44.0.10-10.44.0.20"}
HELD = reservation("10.44.0.44", MAC % 1, "lamp", "v4/444", native="hw-address=0200000077%02x" % 1)
OPTION = {**FOUR, "owner": "pool", "native_scope": "v4/444", "holder": POOL["native"], "code": 15, "values": ["x.example"]}
RICH = reservation("10.1.0.70", MAC % 2, "rich", next_server="10.1.0.9", boot_file="b", classes=["KNOWN"], description="hello",
                   vendor={"user-context": {"rack": 7}, "option-data": [
                    {"always-send": False, "code": 6, "csv-format": True, "data": "10.1.0.2", "name": "domain-name-servers",
                     "never-send": False, "space": "dhcp4"}]})
ROAMS = {"native_scope": "v4/0", "identifier_type": "client-id", "identifier": "01:02:03", "name": "roams"}
SIX = {"prefix": "fd00:44::/64", "native": "v6/644", "preferred_time": 1000, "lease_time": 2000, "rapid_commit": True}
DELEGATED = {"native_scope": "v6/644", "first": "fd00:45::", "last": "fd00:45:0:ffff:ffff:ffff:ffff:ffff", "delegated_length": 56}
HELD6 = {**reservation("fd00:1::9999", "00:03:00:01:02:00:00:00:ff:09", "six", "v6/601"), "prefixes": ["fd00:f1:77::/56"]}

# What is there first (made by config-set), the edits, the commands that make them, and those that take them back.
KINDS = {
    "a reservation": ([], [add(RICH)], ["reservation-add"], ["reservation-del"]),
    "a reservation of no scope": ([], [add(ROAMS)], ["reservation-add"], ["reservation-del"]),
    "another name": ([add(RICH)], [change(RICH, {**RICH, "name": "poor", "boot_file": "c"})],
                     ["reservation-update"], ["reservation-update"]),
    "no reservation": ([add(RICH)], [delete(RICH)], ["reservation-del"], ["reservation-add"]),
    "a class": ([], [of("dhcp_class", add(CLASS))], ["class-add"], ["class-del"]),
    "another class": ([of("dhcp_class", add(CLASS))],
                      [of("dhcp_class", change(CLASS, {**CLASS, "test": "option[60].text == 'table'", "boot_file": "t"}))],
                      ["class-update"], ["class-update"]),
    "classes that need one another": (
        [], [of("dhcp_class", add(CLASS)), of("dhcp_class", add({**CLASS, "name": "lamps", "native": "v4/lamps",
                                                                 "test": "member('desks')"}))],
        ["class-add", "class-add"], ["class-del", "class-del"]),
    "a superscope": ([], [of("superscope", add({**FOUR, "name": "new", "description": "n"}))], ["network4-add"], ["network4-del"]),
    "a scope": ([], [of("scope", add(SCOPE)), of("pool", add(POOL)), of("option_value", add(OPTION)), add(HELD)],
                ["subnet4-add", "reservation-add"], ["subnet4-del"]),
    "a scope in a new superscope for a new class": (
        [], [of("dhcp_class", add(CLASS)), of("superscope", add({**FOUR, "name": "new", "native": "v4/new"})),
             of("scope", add({**SCOPE, "superscope": "new", "classes": ["desks"]})), of("pool", add(POOL))],
        ["class-add", "network4-add", "subnet4-add", "network4-subnet-add"], ["subnet4-del", "network4-del", "class-del"]),
    "another scope": ([of("scope", add(SCOPE)), of("pool", add(POOL)), add(HELD)],
                      [of("scope", change(SCOPE, {**SCOPE, "lease_time": 4100, "name": "quatre"})), of("option_value", add(OPTION))],
                      ["subnet4-update"], ["subnet4-update"]),
    "a scope in a superscope": ([], [of("scope", add(SHARED)), of("pool", add(POOL)), add(HELD)],
                                ["subnet4-add", "network4-subnet-add", "reservation-add"], ["subnet4-del"]),
    "a scope enters a superscope": ([of("scope", add(SCOPE)), add(HELD)],
                                    [of("scope", change(SCOPE, {**SCOPE, "superscope": "campus"}))],
                                    ["network4-subnet-add", "subnet4-update"], None),
    "another scope in a superscope": (
        [of("scope", add(SHARED)), add(HELD)],
        [of("pool", add(POOL)), of("scope", change(SHARED, {**SHARED, "routers": ["10.44.0.2"]}))],
        ["subnet4-update"], ["subnet4-update"]),
    "no scope": ([of("scope", add(SCOPE)), of("pool", add(POOL)), add(HELD)],
                 [delete(HELD), of("pool", delete(POOL)), of("scope", delete(SCOPE))], ["subnet4-del"], ["subnet4-add", "reservation-add"]),
    "a reservation of six": ([], [add(HELD6)], ["reservation-add"], ["reservation-del"]),
    "another name of six": ([add(HELD6)], [change(HELD6, {**HELD6, "name": "sechs"})], ["reservation-update"], ["reservation-update"]),
    "a scope of six": ([], [of("scope", add(SIX)), of("pool", add(DELEGATED))], ["subnet6-add"], ["subnet6-del"]),
    "another scope of six": ([of("scope", add(SIX))], [of("pool", add(DELEGATED))], ["subnet6-update"], ["subnet6-update"]),
}


@pytest.mark.parametrize("name", KINDS)
def test_commands_have_the_result_of_config_set(three, name):
    there, edits, way, back = KINDS[name]
    service = "dhcp6" if "six" in name else "dhcp4"
    provider = Provider(**{f"socket{service[-1]}": three.socket(service)})
    with Hookless(three, service) as relay:
        whole = relay.provider()
        if there:
            got = whole.apply(there)
            assert got.status == 0 and got.steps == WHOLE, got.text
        before = shown(three, service)
        got = provider.apply(edits)
        assert got.status == 0 and got.results() == [0] * len(edits), got.text
        assert got.steps == BEFORE + way + AFTER
        assert provider.config().token == got.token
        by_commands = shown(three, service)
        assert provider.apply(edits, flags=RESUME).steps == ["read", "config-write"], "it is all there"
        got = provider.apply(edits, flags=RESUME | UNDO)
        assert got.status == 0, got.text
        assert got.steps == (["read", "re-read", *back, *AFTER] if back else [s for s in WHOLE if s != "compare"])
        assert shown(three, service) == before
        got = whole.apply(edits)
        assert got.status == 0 and got.steps == WHOLE, got.text
        assert shown(three, service) == by_commands
        assert whole.apply(edits, flags=RESUME | UNDO).status == 0
        if there:
            assert whole.apply(there, flags=RESUME | UNDO).status == 0
    assert three.lease_command_works(service)


def test_what_commands_cannot_make_is_made_whole(three):
    """A shared network has no update, moves would leave a scope alone, and reservation-update loses what it cannot replace."""
    provider, before = sockets(three), shown(three)
    campus = next(s for s in provider.config().of("superscope") if s["name"] == "campus")
    for edits in ([of("superscope", change(campus, {**campus, "description": "other"}))],
                  [of("scope", add({**SCOPE, "superscope": "campus"})),
                   of("scope", change({**SCOPE, "superscope": "campus"}, {k: v for k, v in SCOPE.items() if k != "superscope"})),
                   of("option_value", add({**FOUR, "owner": "server", "code": 69, "values": ["10.0.0.9"]}))]):
        got = provider.apply(edits)
        assert got.status == 0 and got.steps == WHOLE, got.text
        assert provider.apply(edits, flags=RESUME | UNDO).status == 0
    assert provider.apply([add(HELD6)]).status == 0
    moved = {**HELD6, "prefixes": ["fd00:f1:88::/56"]}
    got = provider.apply([change(HELD6, moved)])
    assert got.status == 0 and "config-set" in got.steps and "reservation-update" not in got.steps
    assert provider.apply([delete(moved)]).status == 0
    many = [add(reservation(f"10.1.0.{60 + n}", MAC % (60 + n))) for n in range(17)]
    got = provider.apply(many[:16])
    assert got.steps == BEFORE + ["reservation-add"] * 16 + AFTER
    assert provider.apply(many[:16], flags=RESUME | UNDO).status == 0
    assert provider.apply(many).steps == WHOLE and provider.apply(many, flags=RESUME | UNDO).status == 0
    assert shown(three) == before
    assert sockets(three).apply([add(RICH)], flags=CHECK).steps == ["read", "compare", "config-test"]


def test_a_failed_reservation_update_loses_the_reservation(three):
    """Of Kea itself: why reservation-update is sent only where it cannot be refused."""
    row = {"subnet-id": 101, "hw-address": MAC % 9, "ip-address": "10.1.0.99"}
    taken = next(r["ip-address"] for r in three.reservations() if r["subnet-id"] == 101)
    memory = {"operation-target": "memory"}
    assert three.command("reservation-add", {"reservation": row, **memory})["result"] == 0
    assert three.command("reservation-update", {"reservation": {**row, "ip-address": taken}, **memory})["result"] == 1
    assert [r for r in three.reservations() if r.get("hw-address") == MAC % 9] == []


def test_the_probe_says_which_way(three):
    of_channel = lambda provider: {c["channel"]: c for c in provider.probe().of("check")}["changes4"]
    said = of_channel(sockets(three))
    assert said["state"] == "ok" and "remedy" not in said
    assert "commands of libdhcp_host_cmds.so, libdhcp_subnet_cmds.so, libdhcp_class_cmds.so" in said["message"]
    with Hookless(three) as relay:
        said = of_channel(relay.provider())
        assert "every change is made by config-set" in said["message"] and "add libdhcp_host_cmds.so" in said["remedy"]


# --- trouble on the way ---

SEVERAL = [of("dhcp_class", add(CLASS)), of("superscope", add({**FOUR, "name": "new", "native": "v4/new"})),
           of("scope", add({**SCOPE, "superscope": "new", "classes": ["desks"]})), of("pool", add(POOL)), add(HELD), add(RICH)]
MADE = ["class-add", "network4-add", "subnet4-add", "network4-subnet-add", "reservation-add", "reservation-add"]
STEPS = [(step, 1 + MADE[:n].count(step)) for n, step in enumerate(MADE)]
STEPS = [(s, 1) for s in BEFORE] + STEPS + [(s, 1) for s in AFTER]


def there(server):
    """Which objects of SEVERAL there are."""
    config = server.config_get()
    found = [c["name"] for c in config.get("client-classes", []) if c["name"] == "desks"]
    found += [n["name"] for n in config["shared-networks"] if n["name"] == "new"]
    found += [s["id"] for s in server.subnet_list(config=config) if s["id"] == 444]
    return found + [r["hostname"] for r in server.reservations(config=config) if r["hostname"] in ("lamp", "rich")]


@pytest.mark.parametrize("then", [RESUME, RESUME | UNDO])
@pytest.mark.parametrize("step", STEPS, ids=lambda s: f"{s[0]}-{s[1]}")
def test_the_provider_dies(three, step, then):
    provider, before = sockets(three), shown(three)
    assert provider.apply(SEVERAL, at={step: KILL}).status is None
    got = provider.apply(SEVERAL, flags=then)
    assert got.status == 0 and "config-set" not in got.steps, got.text
    assert got.token == provider.config("v4/101").token and three.lease_command_works()
    if not then & UNDO:
        assert there(three) == ["desks", "new", 444, "rich", "lamp"]
        shown(three)
        assert provider.apply(SEVERAL, flags=RESUME | UNDO).status == 0
    assert shown(three) == before and there(three) == []


@pytest.mark.parametrize("step", [s for s in STEPS if s[0] in MADE[1:]] + [("read-back", 1)], ids=lambda s: f"{s[0]}-{s[1]}")
def test_kea_dies(three, step):
    """It starts again with its own file, which has nothing of the change."""
    provider, before = sockets(three), shown(three)
    got = provider.apply(SEVERAL, at={step: three.kill})
    assert got.status in (CONN, -1007) and got.results() == [got.status] * len(SEVERAL)
    three.restart()
    assert shown(three) == before
    assert provider.apply(SEVERAL, flags=RESUME).status == 0 and there(three) == ["desks", "new", 444, "rich", "lamp"]
    assert provider.apply(SEVERAL, flags=RESUME | UNDO).status == 0 and shown(three) == before


@pytest.mark.parametrize("fate", ["swallow", "drop"])
@pytest.mark.parametrize("command", sorted(set(MADE)))
def test_the_answer_to_a_command_is_lost(three, command, fate):
    """What is there tells what is still to be done; nothing is sent twice blindly."""
    before = shown(three)
    with Relay(three.dir / "relay.sock", three.socket(), lambda name, n: fate if (name, n) == (command, 1) else None) as relay:
        got = Provider(socket4=relay.path).apply(SEVERAL)
    (three.dir / "relay.sock").unlink()
    assert got.status == 0, got.text
    assert "config-set" not in relay.commands and relay.commands.count(command) == MADE.count(command) + (fate == "drop")
    assert there(three) == ["desks", "new", 444, "rich", "lamp"]
    assert sockets(three).apply(SEVERAL, flags=RESUME | UNDO).status == 0 and shown(three) == before


def test_what_was_made_is_taken_back_when_one_is_refused(three):
    provider, before = sockets(three), shown(three)
    taken = next(r["ip-address"] for r in three.reservations() if r["subnet-id"] == 101)
    bad = reservation(taken, MAC % 8)
    got = provider.apply([*SEVERAL, add(bad)])
    assert got.status == REFUSED and got.steps[-2:] == ["reservation-add", "roll-back"] and "config-set" not in got.steps
    assert "already a reservation for this address" in got.of("edit_result")[-1]["message"] and got.outcome["native"] == "result 1"
    assert got.results() == [-125] * len(SEVERAL) + [REFUSED] and "nothing was changed" in got.message
    assert shown(three) == before and three.lease_command_works()
    got = provider.apply([add(reservation("10.9.9.9", MAC % 8))])
    assert got.status == REFUSED and "is not matching the IPv4 subnet prefix '10.1.0.0/24'" in got.message
    assert shown(three) == before


def test_what_a_hook_refuses_config_set_may_take(three):
    """class-update does not let a class begin to depend on KNOWN."""
    provider, before = sockets(three), shown(three)
    assert provider.apply([of("dhcp_class", add(CLASS))]).steps == BEFORE + ["class-add"] + AFTER
    known = {**CLASS, "test": "member('KNOWN')"}
    got = provider.apply([add(RICH), of("dhcp_class", change(CLASS, known))])
    assert got.status == 0 and got.results() == [0, 0], got.text
    assert got.steps == [*BEFORE, "class-update", "take-back", "config-test", "re-read", "config-set", *AFTER]
    assert [c["test"] for c in shown(three)["client-classes"]] == ["member('KNOWN')"] and there(three) == ["desks", "rich"]
    broken = {**CLASS, "test": "option[60].text == 'x"}
    got = provider.apply([of("dhcp_class", change(known, broken))])
    assert got.status == REFUSED and got.steps[-2:] == ["take-back", "config-test"] and "Invalid character" in got.message
    assert provider.apply([delete(RICH), of("dhcp_class", delete(known))]).status == 0
    assert {k: v for k, v in shown(three).items() if k != "client-classes"} == {k: v for k, v in before.items() if k != "client-classes"}


def test_a_file_that_cannot_be_written(three):
    provider, before, file = sockets(three), shown(three), three.config_file()
    aside = file.with_suffix(".aside")

    def away():
        file.rename(aside)
        file.mkdir()

    def back():
        file.rmdir()
        aside.rename(file)

    got = provider.apply(SEVERAL, at={"config-write": away, "roll-back": back})
    assert got.status == REFUSED and "make its configuration file writable" in got.message and "taken back" in got.message
    assert shown(three) == before and there(three) == []


def test_somebody_else_writes_in_between(three):
    provider, before = sockets(three), shown(three)
    row = {"subnet-id": 102, "hw-address": MAC % 7, "ip-address": "10.1.1.77"}
    memory = {"operation-target": "memory"}
    meddle = lambda: three.ask("reservation-add", {"reservation": row, **memory})
    got = provider.apply([add(RICH)], at={"re-read": meddle})
    assert got.status == -1002 and got.steps == BEFORE and there(three) == []
    three.ask("reservation-del", {"subnet-id": 102, "identifier-type": "hw-address", "identifier": row["hw-address"], **memory})
    assert shown(three) == before


# --- the hash ---

def test_a_look_asks_for_the_hash_alone(three):
    token = sockets(three).config().token
    assert len(token) <= 128 and token.count(".") == 2
    with Relay(three.dir / "relay.sock", three.socket(), lambda name, n: None) as relay:
        provider = Provider(socket4=relay.path)
        four = token.split()[0]
        got = provider.call("config", "", four)
        assert got.status == 0 and got.outcome["flags"] == DELTA and got.rows == [] and got.token == four
        assert relay.commands == ["status-get", "config-hash-get"]
        three.ask("reservation-add", {"reservation": {"subnet-id": 101, "hw-address": MAC % 6, "ip-address": "10.1.0.66"},
                                      "operation-target": "memory"})
        relay.commands.clear()
        got = provider.call("config", "", four)
        assert got.outcome["flags"] != DELTA and MAC % 6 in got.text and relay.commands[2] == "config-get"
        # A token of one that had no hash, and of another server besides.
        for other in (four.partition(".")[0], token):
            relay.commands.clear()
            provider.call("config", "", other)
            assert "config-hash-get" not in relay.commands and "config-get" in relay.commands
    (three.dir / "relay.sock").unlink()
    assert sockets(three).apply([delete(reservation("10.1.0.66", MAC % 6))]).status == 0
    got = sockets(three).call("config", "", token)
    assert got.outcome["flags"] == DELTA and got.token.split()[1] == token.split()[1]


def test_a_relation_is_told_though_the_hash_is_the_same(three):
    """Its row is made of its state too, so it is told each time, and still no configuration is read."""
    config = three.ask("config-get")
    del config["hash"]
    hooks = config["Dhcp4"]["hooks-libraries"]
    peers = [{"name": name, "url": f"http://127.0.0.1:{port}/", "role": role, "basic-auth-user": "ha", "basic-auth-password": "s3cret-pair"}
             for name, port, role in (("east", 18091, "primary"), ("west", 18092, "standby"))]
    hooks.append({"library": hooks[0]["library"].replace("lease_cmds", "ha"), "parameters": {"high-availability": [
        {"this-server-name": "east", "mode": "hot-standby", "heartbeat-delay": 60000, "peers": peers}]}})
    three.ask("config-set", config)
    assert [r["name"] for r in Provider(socket4=three.socket()).config().of("failover")] == ["east/west"]
    with Relay(three.dir / "relay.sock", three.socket(), lambda name, n: None) as relay:
        provider = Provider(socket4=relay.path)
        got = provider.call("again")
        assert got.status == 0 and got.outcome["flags"] == DELTA and [row for row, _ in got.rows] == ["failover"], got.text
        assert relay.commands == ["config-get", "version-get", "status-get", "status-get", "config-hash-get", "status-get"]
        assert got.of("failover")[0]["native_state"] and "s3cret-pair" not in got.text
        assert got.of("failover") == provider.config().of("failover")
        # Nothing is kept by another instance: it reads.
        relay.commands.clear()
        again = provider.call("config", "", got.token)
        assert again.outcome["flags"] == DELTA and again.of("failover") == got.of("failover")
        assert relay.commands == ["status-get", "config-get", "status-get"]
        assert provider.apply([add(RICH)]).steps == BEFORE + ["reservation-add"] + AFTER
        assert provider.apply([delete(RICH)]).status == 0
    (three.dir / "relay.sock").unlink()


def test_the_hash_changes_with_every_command(three):
    subnet = {"id": 444, "subnet": "10.44.0.0/24"}
    memory = {"operation-target": "memory"}
    row = {"subnet-id": 444, "hw-address": MAC % 5, "ip-address": "10.44.0.5"}
    commands = [
        ("class-add", {"client-classes": [{"name": "c"}]}), ("class-update", {"client-classes": [{"name": "c", "test": "option[60].text == 'c'"}]}),
        ("network4-add", {"shared-networks": [{"name": "n"}]}), ("subnet4-add", {"subnet4": [subnet]}),
        ("network4-subnet-add", {"name": "n", "id": 444}), ("subnet4-update", {"subnet4": [{**subnet, "valid-lifetime": 100}]}),
        ("subnet4-delta-add", {"subnet4": [{**subnet, "pools": [{"pool": "10.44.0.8/30"}]}]}),
        ("subnet4-delta-del", {"subnet4": [{**subnet, "pools": [{"pool": "10.44.0.8/30"}]}]}),
        ("reservation-add", {"reservation": row, **memory}), ("reservation-update", {"reservation": {**row, "hostname": "h"}, **memory}),
        ("reservation-del", {"subnet-id": 444, "identifier-type": "hw-address", "identifier": row["hw-address"], **memory}),
        ("network4-subnet-del", {"name": "n", "id": 444}), ("network4-del", {"name": "n"}), ("subnet4-del", {"id": 444}),
        ("class-del", {"name": "c"})]
    provider = Provider(socket4=three.socket())
    looks = [(three.ask("config-hash-get")["hash"], provider.config().token)]
    for name, arguments in commands:
        assert three.command(name, arguments)["result"] == 0, name
        looks.append((three.ask("config-hash-get")["hash"], provider.config().token))
        assert looks[-1][1].endswith(looks[-1][0][:16].lower())
    for (name, _), was, now in zip(commands, looks, looks[1:]):
        assert was[0] != now[0] and was[1] != now[1], name
