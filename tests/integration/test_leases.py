# test_leases.py - leases are added, ended and made reservations by plans, one by one; a real Kea, and a real pair of them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress

import pytest

import daemon
import kea3
import kea_ha
import watch
from test_api import problem
from test_dhcp_side import FAMILIES, ipamd  # noqa: F401
from test_managed import Managed

DHCP = "/api/v1/dhcp/"
LEASES = DHCP + "leases"


class Leasing(Managed):
    """A subnet of one of the two servers of the Kea, and clients that ask by hand."""

    def __init__(self, kea, ipamd, service):
        super().__init__(kea, ipamd, service)
        self.prefix = kea.subnet_list(service)[0]["subnet"]
        self.net = ipaddress.ip_network(self.prefix)

    def client(self, n):
        if self.service == "dhcp4":
            return {"mac": f"02:00:00:00:aa:{n:02x}"}
        return {"duid": f"00:03:00:01:02:00:00:00:bb:{n:02x}", "iaid": 7}

    def body(self, n, **more):
        return {"address": self.at(200 + n), **self.client(n), **more}

    def of_kea(self, n):
        """The lease of Kea's own words, or None."""
        found = [l for l in self.kea.leases(self.service) if l["ip-address"] == self.at(200 + n)]
        return found[0] if found else None

    def lease(self, n):
        rows = self.ipamd.items(f"dhcp/leases?address={self.at(200 + n)}")
        return rows[0] if rows else None

    def end(self, key):
        return self.made(self.ipamd.request("DELETE", f"{LEASES}/{key}"))


@pytest.fixture
def place(kea, ipamd, service):
    return Leasing(kea, ipamd, service)


@FAMILIES
def test_a_lease_is_added_read_back_and_ended(place):
    plan = place.add("leases", place.body(1, name="printer.example"))
    assert plan["summary"] == f"add lease {place.at(201)} on 127.0.0.1" and len(plan["plan_steps"]) == 1
    assert plan["plan_steps"][0]["verb"] == "add"
    kea, row = place.of_kea(1), place.lease(1)
    assert kea["hostname"] == row["name"] == "printer.example" and row["state"] == "active"
    assert kea["hw-address" if place.service == "dhcp4" else "duid"] == list(place.client(1).values())[0]
    assert row["scope"] == place.scope()["id"] and row["expires"]
    plan = place.end(row["id"])
    assert plan["plan_steps"][0]["verb"] == "delete" and plan["summary"] == f"delete lease {place.at(201)} on 127.0.0.1"
    assert place.of_kea(1) is None and place.lease(1) is None


@FAMILIES
def test_it_ends_when_it_was_asked_to(place):
    place.add("leases", place.body(2, expires="2030-01-01T00:00:00Z"))
    kea = place.of_kea(2)
    assert kea["cltt"] + kea["valid-lft"] == 1893456000
    assert place.lease(2)["expires"].startswith("2030-01-01T00:00:00")
    problem(place.ipamd.post(LEASES, place.body(3, expires="2020-01-01T00:00:00Z")), 422, "invalid")


@FAMILIES
def test_several_at_once_and_by_the_command_line(place):
    plans = place.add("leases", [place.body(n) for n in (1, 2, 3)])
    assert len(plans) == 3 and all(place.of_kea(n) for n in (1, 2, 3))
    keys = [f"{place.at(201)}@127.0.0.1", place.at(202)]
    plans = place.made(place.ipamd.post(LEASES + "/delete", {"keys": keys}))
    assert len(plans) == 2 and [bool(place.of_kea(n)) for n in (1, 2, 3)] == [False, False, True]
    options = [w for k, v in place.client(4).items() for w in ("--" + k, str(v))]
    place.ipamd.ctl("lease", "add", place.at(204), *options, "--name", "host-4", "--wait")
    assert place.of_kea(4)["hostname"] == "host-4"
    shown = place.ipamd.ctl("lease", "delete", place.at(204), "--yes", "--dry-run").stdout
    assert f"delete lease {place.at(204)}" in shown and place.of_kea(4)
    place.ipamd.ctl("lease", "delete", place.at(204), "--yes", "--wait")
    assert place.of_kea(4) is None


def test_a_delegated_prefix_is_added_and_ended(kea, ipamd):
    place = Leasing(kea, ipamd, "dhcp6")
    (pool,) = [p for p in ipamd.items("dhcp/pools") if p.get("delegated_length")][:1]
    length, first = pool["delegated_length"], pool["first"]
    body = {"scope": pool["scope"], "address": first, "prefix_length": length, **place.client(9)}
    problem(ipamd.post(LEASES, {k: v for k, v in body.items() if k != "scope"}), 422, "invalid")
    plan = place.add("leases", body)
    assert plan["summary"] == f"add lease {first}/{length} on 127.0.0.1"
    of_kea = lambda: [l for l in kea.leases("dhcp6") if l["type"] == "IA_PD" and l["ip-address"] == first]
    assert [l["prefix-len"] for l in of_kea()] == [length]
    (row,) = ipamd.items(f"dhcp/leases?address={first}")
    assert row["kind"] == "prefix" and row["prefix_length"] == length
    place.made(ipamd.post(LEASES + "/delete", {"keys": [f"{first}/{length}@127.0.0.1"]}))
    assert of_kea() == [] and ipamd.items(f"dhcp/leases?address={first}") == []


@FAMILIES
def test_what_is_wrong_changes_nothing(place):
    post = place.ipamd.post
    place.add("leases", place.body(1))
    before = place.kea.leases(place.service)
    problem(post(LEASES, {**place.client(2)}), 422, "invalid")
    problem(post(LEASES, {"address": place.at(202)}), 422, "invalid")
    problem(post(LEASES, {**place.body(2), "address": "192.0.2.1" if place.service == "dhcp4" else "3fff::1"}), 422, "invalid")
    problem(post(LEASES, place.body(2, scope=999999)), 422, "invalid")
    problem(post(LEASES, [place.body(2), {"address": place.at(203)}]), 422, "invalid")
    problem(place.ipamd.request("DELETE", LEASES + "/999999"), 404, "not-found")
    problem(post(LEASES + "/delete", {"keys": [place.at(209)]}), 404, "not-found")
    # Leased already: the server says so, and by whom is in the record.
    twice = place.ended(post(LEASES, {**place.body(2), "address": place.at(201)}))
    assert twice["state"] == "failed" and "exist" in twice["plan_steps"][0]["message"]
    assert place.kea.leases(place.service) == before
    place.ipamd.ctl("server", "set", "127.0.0.1", "--no-managed")
    problem(post(LEASES, place.body(2)), 409, "managed-elsewhere")
    problem(place.ipamd.request("DELETE", f"{LEASES}/{place.lease(1)['id']}"), 409, "managed-elsewhere")


@FAMILIES
def test_a_lease_that_became_anothers_is_not_ended(place):
    """Between the last look and the request the client has gone, and another has come."""
    place.add("leases", place.body(1))
    row, command = place.lease(1), "lease" + place.service[-1]
    place.kea.ask(command + "-del", {"ip-address": place.at(201)}, place.service)
    other = {"dhcp4": {"hw-address": "02:00:00:00:aa:99"}, "dhcp6": {"duid": "00:03:00:01:02:00:00:00:bb:99", "iaid": 1}}
    subnet = place.kea.subnet_list(place.service)[0]["id"]
    place.kea.ask(command + "-add", {"ip-address": place.at(201), "subnet-id": subnet, **other[place.service]}, place.service)
    plan = place.ended(place.ipamd.request("DELETE", f"{LEASES}/{row['id']}"))
    assert plan["state"] == "failed" and "another client" in plan["plan_steps"][0]["message"]
    assert place.of_kea(1) is not None
    assert ":99" in (place.lease(1).get("mac") or place.lease(1)["duid"]), "whose it is now is recorded"


@FAMILIES
def test_what_has_gone_already_needs_not_go(place):
    place.add("leases", place.body(1))
    row = place.lease(1)
    place.kea.ask(f"lease{place.service[-1]}-del", {"ip-address": place.at(201)}, place.service)
    place.end(row["id"])
    assert place.lease(1) is None


@FAMILIES
def test_a_lease_becomes_a_reservation(place):
    place.add("leases", [place.body(1, name="printer"), place.body(2)])
    place.made(place.ipamd.post(f"{LEASES}/{place.lease(1)['id']}/reserve"))
    place.ipamd.ctl("lease", "reserve", place.at(202), "--wait")
    made = {a: r for r in place.kea.reservations(place.service) for a in r.get("ip-addresses", [r.get("ip-address")])}
    for n in (1, 2):
        r = made[place.at(200 + n)]
        assert r["hw-address" if place.service == "dhcp4" else "duid"] == list(place.client(n).values())[0]
    assert made[place.at(201)]["hostname"] == "printer"
    problem(place.ipamd.post(f"{LEASES}/{place.lease(1)['id']}/reserve"), 409, "exists")


@pytest.mark.parametrize("point", ["manage:sent=kill", "manage:applied=kill", "manage:read-back=kill"])
@FAMILIES
def test_it_is_finished_after_a_kill_at_any_moment(kea, make_ipamd, service, point):
    """An addition and an end, killed before the server is called, after it has answered, after it was read back."""
    it = make_ipamd(prefix=daemon.FAULT_PREFIX)
    it.add_kea()
    place = Leasing(kea, it, service)
    place.add("leases", place.body(1))
    row = place.lease(1)

    def interrupted(method, path, body=None):
        it.process.stop()
        it.process.env["IPAM_FAULT_POINT"] = point
        it.start()
        try:
            it.request(method, path, body)
        except OSError:
            pass
        it.process.popen.wait(30)
        it.kill()
        del it.process.env["IPAM_FAULT_POINT"]
        it.start()
        last = lambda: max(it.items("manage/plans"), key=lambda p: p["id"])
        watch.until(lambda: last()["state"] == "verified", 60, lambda: f"the plan ends: {last()}")
        assert last()["message"] == "finished after an interruption"

    interrupted("POST", LEASES, place.body(2))
    assert place.of_kea(1) and place.of_kea(2) and place.lease(2)
    interrupted("DELETE", f"{LEASES}/{row['id']}")
    assert place.of_kea(1) is None and place.of_kea(2) and place.lease(1) is None


@pytest.fixture
def pair(make_ipamd):
    """A real hot standby of two servers in one inventory, both managed."""
    made = kea_ha.Pair("hot-standby").start()
    made.ipamd = make_ipamd(config={"profiles": [
        {"name": m.name, "driver": "kea", "options": {"socket4": m.socket(), "timeout": "5s"}} for m in (made.ha1, made.ha2)]})
    for name in ("ha1", "ha2"):
        made.ipamd.add_kea(name, profile=name)
    yield made
    made.stop()


def test_the_partner_is_told_too(pair):
    """Kea passes no lease that was added or deleted by hand on: a plan for each server, the partner's second."""
    ended = Managed.ended
    place = type("Place", (), {"ipamd": pair.ipamd})()
    servers = {s["name"]: s["id"] for s in pair.ipamd.items("inventory/servers")}
    body = {"server": servers["ha1"], "address": "10.55.9.9", "mac": "02:00:00:00:09:09"}
    plans = ended(place, pair.ipamd.post(LEASES, body))
    assert [(p["server"], p["state"]) for p in plans] == [(servers["ha1"], "verified"), (servers["ha2"], "verified")]
    for member in (pair.ha1, pair.ha2):
        assert member.leases() == {"10.55.9.9": "02:00:00:00:09:09"}
    rows = {r["server"]: r for r in pair.ipamd.items("dhcp/leases")}
    assert set(rows) == set(servers.values())
    plans = ended(place, pair.ipamd.request("DELETE", f"{LEASES}/{rows[servers['ha2']]['id']}"))
    assert [p["server"] for p in plans] == [servers["ha2"], servers["ha1"]]
    assert {p["state"] for p in plans} == {"verified"}
    assert "after" not in plans[0] and plans[1]["after"] == plans[0]["id"] and plans[0]["finished"] <= plans[1]["finished"]
    assert pair.ha1.leases() == pair.ha2.leases() == {} and pair.ipamd.items("dhcp/leases") == []
    # What the partner has for another client is left to him; a partner that is not managed is left alone.
    pair.ha2.command("lease4-add", {"ip-address": "10.55.9.9", "hw-address": "02:00:00:00:99:99", "subnet-id": 1})
    pair.ha1.command("lease4-add", {"ip-address": "10.55.9.9", "hw-address": "02:00:00:00:09:09", "subnet-id": 1})
    for name in ("ha1", "ha2"):
        pair.ipamd.ctl("server", "collect", name, "--wait")
    rows = {r["server"]: r for r in pair.ipamd.items("dhcp/leases")}
    assert ended(place, pair.ipamd.request("DELETE", f"{LEASES}/{rows[servers['ha1']]['id']}"))["state"] == "verified"
    assert pair.ha1.leases() == {} and pair.ha2.leases() == {"10.55.9.9": "02:00:00:00:99:99"}
    pair.ipamd.ctl("server", "set", "ha2", "--no-managed")
    assert ended(place, pair.ipamd.post(LEASES, {**body, "address": "10.55.9.10"}))["state"] == "verified"
    assert "10.55.9.10" in pair.ha1.leases() and "10.55.9.10" not in pair.ha2.leases()


def test_on_kea_3(make_ipamd):
    server = kea3.Kea3().start()
    try:
        it = make_ipamd(config={"profiles": [{"name": "three", "driver": "kea", "options": {
            "socket4": server.socket(), "socket6": server.socket("dhcp6")}}]})
        it.add_kea(profile="three")
        for service in ("dhcp4", "dhcp6"):
            place = Leasing(server, it, service)
            place.add("leases", place.body(1, name="printer.example", expires="2030-01-01T00:00:00Z"))
            assert place.of_kea(1)["hostname"] == "printer.example"
            assert place.of_kea(1)["cltt"] + place.of_kea(1)["valid-lft"] == 1893456000
            twice = place.ended(it.post(LEASES, {**place.body(2), "address": place.at(201)}))
            assert twice["state"] == "failed" and "exist" in twice["plan_steps"][0]["message"]
            place.end(place.lease(1)["id"])
            assert place.of_kea(1) is None and place.lease(1) is None
    finally:
        server.stop()
