# test_kea_plugin_write.py - the Kea provider changes reservations of a real Kea, and of one in trouble at every step.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import time

import pytest

import kea as kea_module
from kea_provider import (CANCELED, CHANGED, CHECK, CONN, EXIST, INVAL, KILL, NOENT, PROVIDER, REFUSED, RESUME, TIMEOUT, UNDO, UNKNOWN,
                          UNSUPPORTED, Provider, Relay, add, agent, change, delete, reservation, sockets)

STEPS = ["read", "compare", "config-test", "re-read", "config-set", "read-back", "lease-command", "config-write"]
NEW = reservation("10.1.0.50", "02:00:00:00:ff:01", "neu-m\u00fcller")
OTHER = reservation("10.1.0.51", "02:00:00:00:ff:02")
SIX = reservation("fd00:1::9999", "00:03:00:01:02:00:00:00:ff:09", scope="v6/601")


def held(server, address, config=None, service="dhcp4"):
    """The reservations of an address as the server has them, or as its file does."""
    return [r for r in server.reservations(service, config) if address in (r.get("ip-address"), *r.get("ip-addresses", []))]


def everywhere(server, address, service="dhcp4"):
    """How often a reservation is in memory, and in the file."""
    return len(held(server, address, service=service)), len(held(server, address, server.file_config(service), service))


def without(config, address):
    """The configuration as text, without the reservations of one address; reservations come in any order."""
    for subnet in config["subnet4"] + [s for n in config["shared-networks"] for s in n["subnet4"]]:
        subnet["reservations"] = sorted((r for r in subnet["reservations"] if r.get("ip-address") != address), key=str)
    return config


@pytest.mark.parametrize("through", [agent, sockets])
def test_add_set_delete(kea, through):
    provider = through() if through is agent else through(kea)
    before = kea.config_get()
    got = provider.apply([add(NEW)])
    assert got.status == 0 and got.results() == [0] and got.steps == STEPS
    assert [r["hostname"] for r in held(kea, "10.1.0.50")] == ["neu-m\u00fcller"]
    assert held(kea, "10.1.0.50")[0]["hw-address"] == "02:00:00:00:ff:01"
    assert everywhere(kea, "10.1.0.50") == (1, 1)
    assert without(kea.config_get(), "10.1.0.50") == without(before, "10.1.0.50"), "nothing else changed"
    assert got.token == provider.config().token
    row = next(r for r in provider.config("v4/101").of("reservation") if r.get("address") == "10.1.0.50")
    assert row == {**NEW, "native": "hw-address=02000000ff01"}

    got = provider.apply([change(NEW, {**NEW, "name": "other"})], got.token)
    assert got.status == 0 and [r["hostname"] for r in held(kea, "10.1.0.50")] == ["other"]
    got = provider.apply([delete({**NEW, "name": "other"})], got.token)
    assert got.status == 0 and everywhere(kea, "10.1.0.50") == (0, 0)
    assert without(kea.config_get(), "") == without(before, "") and kea.lease_works()
    kea.restart()
    assert without(kea.config_get(), "") == without(before, ""), "the file has the same"


def test_every_kind_of_identifier_and_scope(kea):
    rows = [
        {"native_scope": "v4/101", "address": "10.1.0.60", "identifier_type": "client-id", "identifier": "01:02:03"},
        {"native_scope": "v4/105", "address": "10.1.4.60", "identifier_type": "duid", "identifier": "00:03:00:01:02:03"},
        {"native_scope": "v4/101", "address": "10.1.0.62", "identifier_type": "circuit-id", "identifier": "27:61:27"},
        {"native_scope": "v4/101", "address": "10.1.0.63", "identifier_type": "flex-id", "identifier": "ff"},
        {"native_scope": "v4/0", "identifier_type": "hw-address", "identifier": "02:00:00:00:ff:77", "name": "roams"},
        {"native_scope": "v6/601", "address": "fd00:1::9999", "identifier_type": "duid", "identifier": "00:01:02",
         "addresses": ["fd00:1::999a"], "prefixes": ["fd00:f1:77::/56"], "name": "six"},
    ]
    provider = sockets(kea)
    before = provider.config()
    got = provider.apply([add(r) for r in rows], before.token)
    assert got.status == 0 and got.results() == [0] * 6
    after = provider.config()
    assert after.token == got.token
    fresh = [{k: v for k, v in r.items() if k != "native"} for r in after.of("reservation")
             if r not in before.of("reservation")]
    assert sorted(fresh, key=str) == sorted(rows, key=str)
    got = provider.apply([delete(r) for r in rows], got.token)
    assert got.status == 0 and got.token == before.token


def test_what_a_delete_takes_an_add_brings_back(kea):
    provider = sockets(kea)
    before, config = provider.config(), kea.config_get()
    row = next(r for r in before.of("reservation") if "user-context" in r.get("vendor", {}))
    assert "\u00fc" in row["vendor"]["user-context"]["owner"]
    gone = provider.apply([delete(row)], before.token)
    assert gone.status == 0 and held(kea, row["address"]) == []
    back = provider.apply([add(row)], gone.token)
    assert back.status == 0 and back.token == before.token and without(kea.config_get(), "") == without(config, "")


def test_2_7_3_somebody_else_changed_it(kea):
    provider = sockets(kea)
    token = provider.config().token
    assert provider.apply([add(OTHER)], token).status == 0
    got = provider.apply([add(NEW)], token)
    assert got.status == CHANGED and got.steps == ["read", "compare"] and held(kea, "10.1.0.50") == []

    def meddle():
        config = kea.ask("config-get")
        config["Dhcp4"]["valid-lifetime"] = 7100
        kea.ask("config-set", config)

    got = provider.apply([add(NEW)], at={"re-read": meddle})
    assert got.status == CHANGED and got.steps[-1] == "re-read"
    assert held(kea, "10.1.0.50") == [] and kea.config_get()["valid-lifetime"] == 7100
    got = provider.apply([add(NEW)], "")
    assert got.status == CHANGED, "no token names no configuration"


def test_kea_refuses(kea):
    provider, before = sockets(kea), kea.config_get()
    outside = reservation("10.9.9.9", "02:00:00:00:ff:03")
    got = provider.apply([add(outside)])
    assert got.status == REFUSED and got.steps[-1] == "config-test" and got.results() == [REFUSED]
    words = "specified reservation '10.9.9.9' is not within the IPv4 subnet '10.1.0.0/24'"
    assert words in got.message and got.of("edit_result")[0]["message"] == words and got.outcome["native"] == "result 1"

    got = provider.apply([add(OTHER), add(outside), add(NEW)])
    assert got.status == REFUSED and got.results() == [CANCELED, REFUSED, CANCELED]
    taken = reservation(held(kea, "10.1.0.10")[0]["ip-address"], "02:00:00:00:ff:04")
    got = provider.apply([add(OTHER), add(taken)])
    assert got.results() == [CANCELED, REFUSED] and "already a reservation for this address" in got.of("edit_result")[1]["message"]
    got = provider.apply([add(NEW), add({**OTHER, "identifier": NEW["identifier"]})])
    assert got.status == EXIST and got.results() == [CANCELED, EXIST], "after the first the client has an address"
    assert kea.config_get() == before and kea.lease_command_works()


@pytest.mark.parametrize("edit, status", [
    (add(reservation("10.1.0.10", "02:00:00:00:00:00")), EXIST), (delete(NEW), NOENT), (change(NEW, NEW), NOENT),
    (add({**NEW, "native_scope": "v4/9999"}), NOENT), (add({**NEW, "native_scope": "eth0"}), INVAL),
    (add({**NEW, "name": "\u20ac"}), INVAL), (add({**NEW, "address": "fd00::1"}), INVAL),
    (add({k: v for k, v in NEW.items() if k != "identifier"}), INVAL),
])
def test_edits_that_cannot_be(kea, edit, status):
    got = sockets(kea).apply([edit])
    assert got.status == status and got.results() == [status] and len(got.message) > 40
    assert "config-set" not in got.steps and everywhere(kea, "10.1.0.50") == (0, 0)


def test_check_changes_nothing(kea):
    before = kea.config_get()
    got = sockets(kea).apply([add(NEW)], flags=CHECK)
    assert got.status == 0 and got.steps == ["read", "compare", "config-test"]
    assert sockets(kea).apply([add(reservation("10.9.9.9", "02:00:00:00:ff:03"))], flags=CHECK).status == REFUSED
    assert kea.config_get() == before


class Leases:
    """Makes the lease file of a server unopenable, and back."""

    def __init__(self, server, service="dhcp4"):
        self.file = server.lease_file(service)
        self.aside = self.file.with_suffix(".aside")

    def away(self):
        self.file.rename(self.aside)
        self.file.mkdir()

    def back(self):
        self.file.rmdir()
        self.aside.rename(self.file)


@pytest.mark.parametrize("until, steps", [("roll-back", ["roll-back"]), ("reload", ["roll-back", "reload"])])
def test_2_7_1_a_lease_database_that_cannot_be_opened(kea, until, steps):
    """config-test passes, config-set does not, and after it Kea would lease nothing behind a healthy status."""
    leases, before = Leases(kea), kea.config_get()
    got = sockets(kea).apply([add(NEW)], at={"config-set": leases.away, until: leases.back})
    assert got.status == REFUSED and got.steps == STEPS[:5] + steps and got.results() == [REFUSED]
    assert "unable to open" in got.message and "nothing was changed" in got.message
    assert kea.config_get() == before and everywhere(kea, "10.1.0.50") == (0, 0) and kea.lease_works()


def test_2_7_1_a_lease_database_that_stays_away(kea):
    leases = Leases(kea)
    got = sockets(kea).apply([add(NEW)], at={"config-set": leases.away})
    assert got.status == UNKNOWN and "could not be restored" in got.message and not kea.lease_command_works()
    leases.back()
    assert not kea.lease_command_works(), "Kea does not recover by itself"
    got = sockets(kea).apply([add(OTHER)])
    assert got.status == PROVIDER and "leases nothing" in got.message and got.steps == ["read"]
    got = sockets(kea).apply([add(NEW)], flags=RESUME)
    assert got.status == 0 and got.steps[:2] == ["read", "reload"] and got.results() == [0]
    assert everywhere(kea, "10.1.0.50") == (1, 1) and kea.lease_works()


def test_a_file_that_cannot_be_written(kea):
    file, before = kea.config_file(), kea.config_get()

    def away():
        file.rename(str(file) + ".aside")
        file.mkdir()

    def back():
        file.rmdir()
        os.rename(str(file) + ".aside", file)

    got = sockets(kea).apply([add(NEW)], at={"config-write": away, "roll-back": back})
    assert got.status == REFUSED and "make its configuration file writable" in got.message and got.steps[-1] == "roll-back"
    assert without(kea.config_get(), "") == without(before, "") and everywhere(kea, "10.1.0.50") == (0, 0) and kea.lease_works()


@pytest.mark.parametrize("step", STEPS)
def test_kea_dies(kea, step):
    provider = sockets(kea)
    got = provider.apply([add(NEW)], at={step: kea.kill})
    touched = STEPS.index(step) > STEPS.index("config-set")
    assert got.status == (UNKNOWN if touched else CONN) and got.results() == [got.status]
    kea.restart()
    assert everywhere(kea, "10.1.0.50") == (0, 0), "it runs with its own file"
    got = provider.apply([add(NEW)], flags=RESUME)
    assert got.status == 0 and everywhere(kea, "10.1.0.50") == (1, 1) and kea.lease_works()


@pytest.mark.parametrize("then", [RESUME, RESUME | UNDO])
@pytest.mark.parametrize("step", STEPS)
def test_the_provider_dies(kea, step, then):
    provider = sockets(kea)
    assert provider.apply([add(NEW)], at={step: KILL}).status is None
    got = provider.apply([add(NEW)], flags=then)
    want = 0 if then & UNDO else 1
    assert got.status == 0 and everywhere(kea, "10.1.0.50") == (want, want) and kea.lease_works()
    assert got.token == provider.config("v4/101").token
    again = provider.apply([add(NEW)], flags=then)
    assert again.status == 0 and "config-set" not in again.steps and everywhere(kea, "10.1.0.50") == (want, want)


def test_resume_of_several(kea):
    """One is there, one is not, one was to go and is gone."""
    provider = sockets(kea)
    assert provider.apply([add(NEW)]).status == 0
    row = {"native_scope": "v4/101", "address": "10.1.0.99", "identifier_type": "hw-address", "identifier": "02:00:00:00:ff:99"}
    got = provider.apply([add(NEW), add(OTHER), delete(row)], flags=RESUME)
    assert got.status == 0 and got.results() == [0, 0, 0]
    assert everywhere(kea, "10.1.0.50") == everywhere(kea, "10.1.0.51") == (1, 1)
    renamed = {**NEW, "name": "other"}
    assert provider.apply([change(NEW, renamed)], flags=RESUME).status == 0
    assert held(kea, "10.1.0.50")[0]["hostname"] == "other"
    assert provider.apply([change(NEW, renamed)], flags=RESUME | UNDO).status == 0
    assert held(kea, "10.1.0.50")[0]["hostname"] == NEW["name"]


@pytest.mark.parametrize("fate, status", [("swallow", 0), ("drop", CONN)])
def test_the_answer_to_config_set_is_lost(kea, fate, status):
    """Whether it was done is seen by reading back."""
    path = kea.dir / "relay.sock"
    with Relay(path, kea.socket(), lambda name, n: fate if (name, n) == ("config-set", 1) else None) as relay:
        got = Provider(socket4=path).apply([add(NEW)])
    assert got.status == status, got.text
    assert everywhere(kea, "10.1.0.50") == ((1, 1) if status == 0 else (0, 0)) and kea.lease_works()
    assert relay.commands.count("config-set") == (1 if status == 0 else 2)


def test_the_answer_to_config_write_is_lost(kea):
    path = kea.dir / "relay.sock"
    with Relay(path, kea.socket(), lambda name, n: "swallow" if (name, n) == ("config-write", 1) else None):
        got = Provider(socket4=path).apply([add(NEW)])
    assert got.status == 0 and everywhere(kea, "10.1.0.50") == (1, 1)


def test_late_callers(kea):
    """Before config-set a cancelled call ends and nothing is changed; after it, it is finished."""
    provider = sockets(kea)
    got = provider.apply([add(NEW)], deadline=300, at={"config-set": lambda: time.sleep(0.4)})
    assert got.status == TIMEOUT and "nothing was changed" in got.message and everywhere(kea, "10.1.0.50") == (0, 0)
    got = provider.apply([add(NEW)], deadline=300, cancel=300, at={"read-back": lambda: time.sleep(0.4)})
    assert got.status == 0 and everywhere(kea, "10.1.0.50") == (1, 1)


def test_both_servers_or_none(kea):
    provider = sockets(kea)
    before = provider.config().token
    got = provider.apply([add(NEW), add(SIX)], before)
    assert got.status == 0 and everywhere(kea, "10.1.0.50") == everywhere(kea, "fd00:1::9999", "dhcp6") == (1, 1)
    got = provider.apply([delete(SIX), delete(NEW)], got.token)
    assert got.status == 0 and got.token == before
    six = Leases(kea, "dhcp6")
    got = provider.apply([add(NEW), add(SIX)], before, at={("config-set", 2): six.away, ("roll-back", 1): six.back})
    assert got.status == REFUSED and got.steps.count("roll-back") == 2
    assert everywhere(kea, "10.1.0.50") == everywhere(kea, "fd00:1::9999", "dhcp6") == (0, 0)
    assert provider.config().token == before and kea.lease_works() and kea.lease_command_works("dhcp6")
    four = provider.config().token.split()[0]
    got = provider.apply([add(NEW)], four)
    assert got.status == 0 and got.token.startswith("v4:") and len(got.token.split()) == 1


def test_other_things_are_not_changed(kea):
    config = kea.ask("config-get")
    config["Dhcp4"]["hooks-libraries"] = []
    kea.ask("config-set", config)
    got = sockets(kea).apply([add(NEW)])
    assert got.status == UNSUPPORTED and "libdhcp_lease_cmds.so" in got.message and held(kea, "10.1.0.50") == []


def test_no_secret_is_told(kea):
    """What Kea answers holds passwords in clear; nothing of them comes out."""
    config = kea.ask("config-get")
    config["Dhcp4"]["user-context"] = {"password": "s3cret-a"}
    config["Dhcp4"]["subnet4"][0]["user-context"] = {"Admin-Password": "s3cret-b", "nested": {"api-secret": "s3cret-c", "x": 1}}
    kea.ask("config-set", config)
    got = sockets(kea).config()
    assert "s3cret" not in got.text and got.of("scope")[0]["vendor"]["user-context"] == {"nested": {"x": 1}}
    assert "s3cret" not in sockets(kea).apply([add(reservation("10.9.9.9", "02:00:00:00:ff:03"))]).text
    assert sockets(kea).apply([add(NEW)]).status == 0
    assert kea.config_get()["user-context"] == {"password": "s3cret-a"}, "but it stays where it was"


def test_what_no_record_can_hold_is_left_out(kea):
    config = kea.ask("config-get")
    subnet = config["Dhcp4"]["subnet4"][0]
    subnet["reservations"] = [{"hw-address": "02:00:00:00:ff:08", "ip-address": "10.1.0.9", "hostname": "x" * 254}]
    subnet["user-context"] = {"long": "x" * 70000}
    config["Dhcp4"]["shared-networks"][0]["name"] = "n" * 200
    kea.ask("config-set", config)
    got = sockets(kea).config()
    assert got.status == 0
    scope = next(s for s in got.of("scope") if s["native"] == "v4/101")
    named = {s["superscope"] for s in got.of("scope") if "superscope" in s}
    assert "vendor" not in scope and named == {s["name"] for s in got.of("superscope")}
    assert all(len(name) == 128 and name.startswith("nnn") for name in named), "cut, and still one of its own"
    assert [r for r in got.of("reservation") if r["native_scope"] == "v4/101"] == [
        {"native_scope": "v4/101", "address": "10.1.0.9", "identifier_type": "hw-address", "identifier": "02:00:00:00:ff:08",
         "native": "hw-address=02000000ff08"}]
    assert sockets(kea).apply([add(NEW)]).status == 0
    assert held(kea, "10.1.0.9")[0]["hostname"] == "x" * 254, "and stays where it was"


def test_2_7_4_large(make_kea):
    """2,000 subnets with 20,000 reservations: one call is a few seconds, most of them Kea's."""
    kea = make_kea(subnets=2000, reservations=20000)
    provider = sockets(kea)
    before = provider.config()
    assert len(before.of("scope")) == 2002 and len(before.of("reservation")) == 20006
    rows = [reservation(f"10.{1 + n // 256}.{n % 256}.250", "02:ff:00:00:%02x:%02x" % (n // 256, n % 256), f"n{n}", f"v4/{101 + n}")
            for n in range(500)]
    got = provider.apply([add(r) for r in rows], before.token)
    print(f"config {before.seconds:.2f} s, apply of 500 {got.seconds:.2f} s")
    assert got.status == 0 and got.results() == [0] * 500 and got.seconds < 60
    assert len(kea.reservations()) == 20500 and kea.lease_command_works()


def test_without_lease_commands(kea):
    config = kea.ask("config-get")
    config["Dhcp4"]["hooks-libraries"] = []
    assert kea.command("config-set", config)["result"] == 0
    got = Provider(socket4=kea.socket()).probe()
    assert got.of("probe")[0]["capabilities"] == 8 | 0x20 | 0x80000
    checks = {c["channel"]: c for c in got.of("check")}
    assert checks["leases4"]["state"] == "warning" and "libdhcp_lease_cmds.so" in checks["leases4"]["remedy"]
    assert "libdhcp_stat_cmds.so" in checks["statistics4"]["remedy"], "figures are there, at greater cost"
    stats = {(s["name"], s.get("target")): s["count"] for s in Provider(socket4=kea.socket()).call("stats").of("stat")}
    assert stats["addresses.total", "v4/102"] == "116" and stats["scopes", None] == "20"


def test_2_7_1_a_lease_manager_that_is_gone_shows(kea):
    config = kea.ask("config-get")
    config["Dhcp4"]["lease-database"]["name"] = "/nonexistent/leases"
    assert kea.command("config-set", config)["result"] == 1
    got = Provider(socket4=kea.socket()).probe()
    check = next(c for c in got.of("check") if c["channel"] == "leases4")
    assert got.status == 0 and check["state"] == "error" and "no current lease manager" in check["message"]
    assert got.of("probe")[0]["capabilities"] == 8 | 0x20 | 0x80000


def test_a_server_that_is_down(kea):
    kea.services["dhcp6"].stop()
    got = agent().probe()
    check = next(c for c in got.of("check") if c["channel"] == "dhcp6")
    assert got.status == 0 and check["state"] == "warning" and "kea-dhcp6" in check["message"]
    for got in (agent().config(), agent().leases()[-1], sockets(kea).config()):
        assert got.status == CONN and "dhcp6" in got.message and "start" in got.message
    assert agent(services="dhcp4").config().status == 0
    kea.services["dhcp4"].stop()
    got = agent().probe()
    assert got.status == CONN and len(got.of("check")) == 2 and got.of("probe") == []
    kea.services["agent"].stop()
    got = agent().probe()
    assert got.status == CONN and f"http://127.0.0.1:{kea_module.AGENT}" in got.message and "option port" in got.message
    assert got.rows == []
