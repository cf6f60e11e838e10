# test_kea_ha.py - a real high-availability pair: its states, a partner that dies, leases that follow, a way in by its listener.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""The numbers are those of the plugin's notes on Kea: 2.9 is the pair, 2.7.2 what config-set does to it, 2.8 its listener."""
import ipaddress

import pytest

import kea_ha
import watch
from kea_provider import REFUSED, Provider, add, delete, reservation

MODES = ("hot-standby", "load-balancing")


@pytest.fixture(params=MODES)
def pair(request):
    made = kea_ha.Pair(request.param)
    yield made.start()
    made.stop()


@pytest.fixture
def standby():
    made = kea_ha.Pair("hot-standby")
    yield made.start()
    made.stop()


def provider_of(member, **more):
    return Provider(socket4=member.socket(), **more)


def test_2_9_1_the_pair_is_read_by_either_member(pair):
    """Both are as they should be, and either shows the same configuration but for its own name."""
    answers = [provider_of(m).config() for m in (pair.ha1, pair.ha2)]
    assert [a.status for a in answers] == [0, 0]
    for got in answers:
        assert [s["prefix"] for s in got.of("scope")] == [kea_ha.SUBNET]
        assert len(got.of("pool")) == (1 if pair.mode == "hot-standby" else 2)
    assert answers[0].of("pool") == answers[1].of("pool") and answers[0].token != answers[1].token
    for member, partner in ((pair.ha1, "ha2"), (pair.ha2, "ha1")):
        remote = lambda: member.relation()["ha-servers"]["remote"]
        watch.until(lambda: remote()["last-state"] == pair.mode, 20, "a heartbeat tells how the other is")
        assert member.relation()["ha-mode"] == pair.mode and remote()["in-touch"]
        assert member.relation()["ha-servers"]["local"]["state"] == pair.mode
        assert partner in {p["name"] for h in member.config_get()["hooks-libraries"] if "parameters" in h
                           for p in h["parameters"]["high-availability"][0]["peers"]}


def test_2_9_2_a_partner_that_is_killed_is_told_by_the_other(pair):
    """From in-touch to partner-down, and back when it comes again; what the pair serves can be read all the time."""
    before = provider_of(pair.ha2).config()
    pair.ha1.process.kill()
    watch.until(lambda: pair.ha2.state() == "partner-down", 30, lambda: f"partner-down: {pair.ha2.state()}")
    relation = pair.ha2.relation()
    assert relation["ha-servers"]["local"]["state"] == "partner-down"
    assert relation["ha-servers"]["remote"]["last-state"] == "unavailable"
    assert relation["ha-servers"]["remote"]["communication-interrupted"]
    got = provider_of(pair.ha2).config()
    assert got.status == 0 and got.of("pool") == before.of("pool") and got.token == before.token
    assert provider_of(pair.ha2).probe().status == 0
    dead = provider_of(pair.ha1).probe()
    assert dead.status != 0 and pair.ha1.socket() in dead.message
    pair.ha2.serve(10, "00:0c:29:02:00:00")
    pair.ha1.process.restart()
    pair.settle()
    assert len(pair.ha1.leases()) == 10, "what the other gave meanwhile was brought over"


def test_2_9_3_leases_go_both_ways_and_a_client_keeps_its_address(standby):
    mac = "00:0c:29:03:00:00"
    standby.ha1.serve(10, mac)
    watch.until(lambda: standby.ha2.leases() == standby.ha1.leases(), 20, "the standby has them too")
    given = standby.ha1.leases()
    pages = {m.name: provider_of(m).leases() for m in (standby.ha1, standby.ha2)}
    rows = {name: [lease for p in page for lease in p.of("lease")] for name, page in pages.items()}
    assert sorted(r["address"] for r in rows["ha1"]) == sorted(r["address"] for r in rows["ha2"]) == sorted(given)
    standby.ha1.process.kill()
    watch.until(lambda: standby.ha2.state() == "partner-down", 30, "partner-down")
    standby.ha2.serve(10, mac)
    assert standby.ha2.leases() == given, "the same addresses from the other server"


def test_2_9_4_each_of_a_balancing_pair_gives_from_its_own_pool():
    pair = kea_ha.Pair("load-balancing").start()
    try:
        def all_are_served():
            """A client asks both servers, and the one whose it is answers; on a busy machine it asks again."""
            for member in (pair.ha1, pair.ha2):
                member.ask(20, "00:0c:29:04:00:00")
            return len(pair.ha1.leases()) == 20 and pair.ha1.leases() == pair.ha2.leases()

        watch.until(all_are_served, 60, "both know of the leases of all")
        homes = {name: ipaddress.ip_network(pool) for name, pool in kea_ha.POOLS.items()}
        used = {name for a in pair.ha1.leases() for name, net in homes.items() if ipaddress.ip_address(a) in net}
        assert used == {"ha1", "ha2"}
    finally:
        pair.stop()


def test_2_9_5_a_lease_by_command_is_not_sent_to_the_partner(standby):
    """Such commands go to both; the partner learns of it only when it synchronises everything."""
    lease = {"ip-address": "10.55.9.9", "hw-address": "02:00:00:00:09:09", "subnet-id": 1}
    assert standby.ha1.command("lease4-add", lease)["result"] == 0
    standby.ha1.serve(5, "00:0c:29:05:00:00")
    watch.until(lambda: len(standby.ha2.leases()) == 5, 20, "those of clients arrive")
    assert "10.55.9.9" in standby.ha1.leases() and "10.55.9.9" not in standby.ha2.leases()
    seen = {m.name: {lease["address"] for p in provider_of(m).leases() for lease in p.of("lease")}
            for m in (standby.ha1, standby.ha2)}
    assert seen["ha1"] - seen["ha2"] == {"10.55.9.9"} and seen["ha2"] < seen["ha1"]
    assert standby.ha2.command("ha-sync", {"server-name": "ha1", "max-period": 30})["result"] == 0
    assert "10.55.9.9" in standby.ha2.leases()


def test_2_9_6_the_partner_may_be_taken_out_for_maintenance(standby):
    answer = standby.ha2.command("ha-maintenance-start")
    assert answer["result"] == 0 and "can be now safely shut down" in answer["text"]
    assert standby.states() == ("in-maintenance", "partner-in-maintenance")
    assert provider_of(standby.ha1).config().status == 0, "it is read all the same"
    assert standby.ha2.command("ha-maintenance-cancel")["result"] == 0
    standby.settle()


def test_2_7_2_a_change_restarts_the_pair_and_stays_on_one_server(standby):
    """config-set restarts the state machine and is not passed on: both are changed, one after the other."""
    row = reservation("10.55.1.77", "02:00:00:00:77:09", "printer", scope="v4/1")
    for member, other in ((standby.ha1, standby.ha2), (standby.ha2, standby.ha1)):
        had = other.config_get()
        got = provider_of(member).apply([add(row)])
        assert got.status == 0 and got.results() == [0], got.text
        assert [r["ip-address"] for r in member.config_get()["subnet4"][0]["reservations"]] == ["10.55.1.77"]
        assert other.config_get() == had, "the partner has nothing of it"
        standby.settle()        # between the two: a pair of which both wait serves nobody
        standby.ha1.serve(5, "00:0c:29:07:00:00")
    for member in (standby.ha1, standby.ha2):
        (read,) = provider_of(member).config().of("reservation")
        assert provider_of(member).apply([delete(read)]).status == 0
        standby.settle()


def test_2_8_8_its_dedicated_listener_is_a_way_in_without_a_password(standby):
    """A finding for who runs such a pair: any control command is done, whatever the agent's authentication says."""
    got = Provider(port4=kea_ha.LISTENERS["ha2"]).config()
    assert got.status == 0 and [s["prefix"] for s in got.of("scope")] == [kea_ha.SUBNET]
    # It cannot be written by it: the server's own threads would have to wait for themselves.
    before = standby.ha2.config_get()
    got = Provider(port4=kea_ha.LISTENERS["ha2"]).apply([add(reservation("10.55.1.78", "02:00:00:00:78:09", scope="v4/1"))])
    assert got.status == REFUSED and "thread" in got.message, got.text
    assert standby.ha2.config_get() == before
    standby.settle()


def test_2_9_7_a_pair_in_the_inventory(standby, make_ipamd):
    """Both members as servers of one ipamd: scopes and leases of each, and one that dies leaves the other's alone."""
    standby.ha1.serve(10, "00:0c:29:08:00:00")
    watch.until(lambda: standby.ha2.leases() == standby.ha1.leases(), 20, "the standby has them too")
    ipamd = make_ipamd(config={"profiles": [
        {"name": m.name, "driver": "kea", "options": {"socket4": m.socket(), "timeout": "5s"}}
        for m in (standby.ha1, standby.ha2)]})
    for name in ("ha1", "ha2"):
        ipamd.add_kea(name, profile=name)
    ids = {s["name"]: s["id"] for s in ipamd.items("inventory/servers")}
    of = lambda name, table: [r for r in ipamd.items(table) if r["server"] == ids[name]]
    assert [len(of(n, "dhcp/scopes")) for n in ids] == [1, 1] and [len(of(n, "dhcp/leases")) for n in ids] == [10, 10]
    standby.ha1.process.kill()
    watch.until(lambda: standby.ha2.state() == "partner-down", 30, "partner-down")
    assert ipamd.ctl("server", "collect", "ha1", "--wait", check=False).returncode != 0
    ipamd.ctl("server", "collect", "ha2", "--wait")
    servers = {s["name"]: s for s in ipamd.items("inventory/servers")}
    assert servers["ha1"]["state"] == "unreachable" and standby.ha1.socket() in servers["ha1"]["message"]
    assert servers["ha2"]["state"] == "reachable"
    assert [len(of(n, "dhcp/scopes")) for n in ids] == [1, 1] and [len(of(n, "dhcp/leases")) for n in ids] == [10, 10]
