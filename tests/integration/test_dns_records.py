# test_dns_records.py - records of the DNS made and taken away: for addresses, alone and in bulk, and by themselves.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json

import pytest

import daemon
import watch
from test_api import problem

ADDRESSES, RECORDS = "/api/v1/ipam/addresses", "/api/v1/dns/records"
FAMILIES = pytest.mark.parametrize("family", [4, 6], ids=["ipv4", "ipv6"])
ISOLATIONS = pytest.mark.parametrize("isolation", ["process", "none"])
OPTIONS = {"zones": 2, "records": 2, "extra": ["10.in-addr.arpa", "1.10.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"]}
SERVER = "ns1.null.example"


def options(**more):
    return {**OPTIONS, **more}


def with_dns(make_ipamd, isolation="none", profiles=None, managed=True, **more):
    """An ipamd with the DNS servers of the profiles: {server: options}."""
    profiles = profiles or {SERVER: options()}
    config = {"plugins": [{"name": "null-dns", "isolation": isolation}],
              "profiles": [{"name": f"p{i}", "driver": "null-dns", "options": o} for i, o in enumerate(profiles.values())]}
    ipamd = make_ipamd(config=config, **more)
    for i, server in enumerate(profiles):
        ipamd.ctl("server", "add", server, "--driver", "null-dns", "--profile", f"p{i}", "--role", "dns",
                  *(["--managed"] if managed else []))
        ipamd.ctl("server", "collect", server, "--wait")
    return ipamd


@pytest.fixture
def ipamd(make_ipamd):
    return with_dns(make_ipamd)


class Names:
    """Addresses of the plan and what the DNS server has for them."""

    def __init__(self, ipamd, family):
        self.ipamd, self.family = ipamd, family
        self.type = "A" if family == 4 else "AAAA"
        self.reverse = "1.10.in-addr.arpa" if family == 4 else "8.b.d.0.1.0.0.2.ip6.arpa"
        self.prefix = "10.1.0.0/24" if family == 4 else "2001:db8:1::/64"
        self.zones = {z["name"]: z["id"] for z in ipamd.items("dns/zones")}

    def at(self, n):
        return f"10.1.0.{n}" if self.family == 4 else f"2001:db8:1::{n:x}"

    def add(self, n, name="host-{n}.z0.null.example", **fields):
        given = {} if name is None else {"name": name.format(n=n)}
        answer = self.ipamd.post(ADDRESSES, {"address": self.at(n), **given, **fields})
        assert answer.status == 201, answer
        return answer.json()

    def row(self, n):
        return self.ipamd.get(f"{ADDRESSES}/{self.at(n)}").json()

    def sync(self, n):
        row = self.row(n)
        return row.get("forward_sync", "none"), row.get("reverse_sync", "none")

    def settles(self, n, *states):
        watch.until(lambda: self.sync(n) == states, 60, f"{self.at(n)} to be {states}, it is {self.sync(n)}")

    def records(self, n):
        """{(type, name, data)} that the server, as it was last read, has for the address."""
        return {(r["type"], r["name"], r["data"]) for r in self.ipamd.items(f"dns/records?address={self.at(n)}")}

    def on_server(self, n):
        """The same as it is now."""
        self.ipamd.ctl("server", "collect", SERVER, "--wait")
        return self.records(n)

    def ptr(self, n):
        if self.family == 4:
            return f"{n}.0.1.10.in-addr.arpa"
        return ".".join(reversed(f"20010db80001{0:016x}{n:04x}")) + ".ip6.arpa"

    def both(self, n, name="host-{n}.z0.null.example"):
        host = name.format(n=n)
        return {(self.type, host, self.at(n)), ("PTR", self.ptr(n), host)}

    def post(self, n, verb, body=None, query=""):
        return self.ipamd.post(f"{ADDRESSES}/{self.at(n)}/{verb}{query}", body)

    def plans(self, answer, count=2):
        assert answer.status == 202, answer
        plans = answer.json()["items"]
        assert len(plans) == count and {p["state"] for p in plans} == {"planned"}, plans
        return plans


@pytest.fixture
def names(ipamd, family):
    return Names(ipamd, family)


@FAMILIES
@ISOLATIONS
def test_records_are_made_and_taken_away_on_demand_65_66(make_ipamd, family, isolation):
    names = Names(with_dns(make_ipamd, isolation), family)
    names.add(1)
    assert names.sync(1) == ("none", "none") and names.records(1) == set()
    host, ptr = names.plans(names.post(1, "register"))
    assert f"add record host-1.z0.null.example {names.type} {names.at(1)} on {SERVER}" == host["summary"]
    assert host["zone"] == names.zones["z0.null.example"] and ptr["zone"] == names.zones[names.reverse]
    names.settles(1, "synced", "synced")
    assert names.records(1) == names.on_server(1) == names.both(1)
    row = names.row(1)
    assert (row["forward_zone"], row["reverse_zone"]) == (host["zone"], ptr["zone"])
    assert (row["forward_plan"], row["reverse_plan"]) == (host["id"], ptr["id"])
    assert names.ipamd.get(f"/api/v1/manage/plans/{host['id']}").json()["state"] == "verified"
    problem(names.post(1, "register"), 409, "exists")
    names.plans(names.post(1, "unregister"))
    names.settles(1, "removed", "removed")
    assert names.records(1) == names.on_server(1) == set()
    problem(names.post(1, "unregister"), 404, "not-found")
    # One of them.
    names.plans(names.post(1, "register", {"ptr": True, "ttl": 77}), 1)
    names.settles(1, "removed", "synced")
    (record,) = names.ipamd.items(f"dns/records?address={names.at(1)}")
    assert (record["type"], record["ttl"]) == ("PTR", 77)
    names.plans(names.post(1, "register", {"host": True, "ptr": False}), 1)
    names.settles(1, "synced", "synced")
    names.plans(names.post(1, "unregister", {"host": False}), 1)
    names.settles(1, "synced", "removed")
    problem(names.post(1, "unregister", {"ptr": True}), 404, "not-found")
    names.plans(names.post(1, "unregister"), 1)
    names.settles(1, "removed", "removed")


@FAMILIES
def test_what_is_asked_for_is_checked_51(names):
    """Each refusal says which of the two it is about, and plans nothing."""
    def refused(n, status, kind, *words, body=None, verb="register"):
        told = problem(names.post(n, verb, body), status, kind)
        assert all(w in told["detail"] + told.get("hint", "") for w in words), told
        assert names.ipamd.items("manage/plans") == []

    names.add(1, name=None)
    refused(1, 422, "invalid", "host: the address has no name", body={"host": True})
    refused(1, 422, "invalid", "ptr: the address has no name", body={"ptr": True})
    names.add(2, name="alone")
    refused(2, 422, "invalid", "host: the name alone says no zone")
    names.add(3, name="host.other.example")
    refused(3, 422, "invalid", "host: no known primary zone is for host.other.example")
    refused(3, 422, "invalid", "host: the name host.other.example does not lie in the zone z0.null.example",
            body={"zone": f"z0.null.example@{SERVER}"})
    names.add(4, name="not a name")
    refused(4, 422, "invalid", "host: \"not a name\" can be no name of the DNS")
    names.add(5)
    other = "8.b.d.0.1.0.0.2.ip6.arpa" if names.family == 4 else "10.in-addr.arpa"
    refused(5, 422, "invalid", "reverse_zone: ", "of the other family", body={"reverse_zone": names.zones[other]})
    refused(5, 422, "invalid", "reverse_zone: z1.null.example is no reverse zone",
            body={"reverse_zone": names.zones["z1.null.example"]})
    refused(5, 422, "invalid", "zone: ", "is a reverse zone", body={"zone": names.zones[names.reverse]})
    refused(5, 422, "invalid", "zone: there is no zone 999999", body={"zone": 999999})
    refused(5, 422, "invalid", "no such zone", body={"zone": "nowhere.example"})
    refused(5, 422, "invalid", "unknown field", body={"nonsense": 1})
    refused(5, 422, "invalid", "/ttl", body={"ttl": -1})
    refused(5, 422, "invalid", "neither host nor ptr", body={"host": False, "ptr": False})
    far = "172.16.0.1" if names.family == 4 else "2001:db9::1"
    assert names.ipamd.post(ADDRESSES, {"address": far, "name": "far.z0.null.example"}).status == 201
    told = problem(names.ipamd.post(f"{ADDRESSES}/{far}/register", None), 422, "invalid")
    assert told["detail"] == f"ptr: no known primary zone is for {far}"
    if names.family == 4:
        assert names.ipamd.post(ADDRESSES, {"address": "10.2.0.1", "name": "x.z0.null.example"}).status == 201
        told = problem(names.ipamd.post(f"{ADDRESSES}/10.2.0.1/register", {"reverse_zone": names.zones["1.10.in-addr.arpa"]}), 422, "invalid")
        assert "1.10.in-addr.arpa is not for 10.2.0.1" in told["detail"]
    assert names.ipamd.items("manage/plans") == []
    # A name of one label is one of the zone; the PTR record leads to the whole of it.
    names.plans(names.post(2, "register", {"zone": f"z1.null.example@{SERVER}"}))
    names.settles(2, "synced", "synced")
    assert names.records(2) == names.both(2, "alone.z1.null.example")
    assert names.row(2)["reverse_zone"] == names.zones[names.reverse], "the longest zone"


@FAMILIES
def test_zones_that_cannot_be_changed_or_told_apart_51(make_ipamd, family):
    ipamd = with_dns(make_ipamd, managed=False)
    names = Names(ipamd, family)
    names.add(1)
    told = problem(names.post(1, "register"), 409, "managed-elsewhere")
    assert told["detail"] == f"host: the DNS server of z0.null.example, {SERVER}, is not managed by ipamd"
    told = problem(names.post(1, "register", {"ptr": True, "host": False}), 409, "managed-elsewhere")
    assert told["detail"].startswith("ptr: ")
    problem(names.post(1, "register", {"zone": names.zones["z0.null.example"]}), 409, "managed-elsewhere")
    problem(ipamd.post(RECORDS, {"zone": names.zones["z0.null.example"], "name": "a.z0.null.example", "type": "TXT", "data": "x"}), 409, "managed-elsewhere")
    assert ipamd.request("PATCH", f"/api/v1/inventory/servers/{SERVER}", {"managed": True}).status == 200
    names.plans(names.post(1, "register"))
    names.settles(1, "synced", "synced")


@FAMILIES
def test_several_zones_of_a_name_are_named_51(make_ipamd, family):
    ipamd = with_dns(make_ipamd, profiles={SERVER: options(), "ns2.null.example": options()})
    names = Names(ipamd, family)
    names.add(1)
    told = problem(names.post(1, "register", {"host": True}), 409, "ambiguous")
    assert f"z0.null.example@{SERVER}" in told["detail"] and "z0.null.example@ns2.null.example" in told["detail"]
    told = problem(names.post(1, "register", {"ptr": True}), 409, "ambiguous")
    assert told["detail"].startswith("ptr: ") and "ns2.null.example" in told["detail"]
    body = {"zone": f"z0.null.example@ns2.null.example", "reverse_zone": f"{names.reverse}@{SERVER}"}
    names.plans(names.post(1, "register", body))
    names.settles(1, "synced", "synced")
    servers = {s["id"]: s["name"] for s in ipamd.items("inventory/servers")}
    made = {r["type"]: servers[r["server"]] for r in ipamd.items(f"dns/records?address={names.at(1)}")}
    assert made == {names.type: "ns2.null.example", "PTR": SERVER}


@FAMILIES
def test_one_takes_the_place_of_another_65(names):
    names.add(1)
    names.plans(names.post(1, "register"))
    names.settles(1, "synced", "synced")
    assert names.ipamd.request("PATCH", f"{ADDRESSES}/{names.at(1)}", {"name": "new.z0.null.example"}).status == 200
    assert names.records(1) == names.both(1), "a name that changes changes nothing in the DNS"
    told = problem(names.post(1, "register", {"ptr": True}), 409, "exists")
    assert told["detail"].startswith("ptr: ") and "replace=true" in told["hint"]
    plans = names.plans(names.post(1, "register", None, "?replace=true"))
    names.settles(1, "synced", "synced")
    assert names.records(1) == names.on_server(1) == names.both(1, "new.z0.null.example")
    steps = [names.ipamd.get(f"/api/v1/manage/plans/{p['id']}").json()["plan_steps"][0]["verb"] for p in plans]
    assert steps == ["set", "set"]


@FAMILIES
def test_many_at_once_65(names):
    for n in range(1, 7):
        names.add(n)
    names.add(9, name=None)
    keys = [names.at(n) for n in range(1, 7)]
    told = problem(names.ipamd.post(f"{ADDRESSES}/register", {"keys": [*keys, names.at(9)]}), 422, "invalid")
    assert told["detail"].startswith("/6: host: ") and "nothing was planned" in told["detail"]
    problem(names.ipamd.post(f"{ADDRESSES}/register", {"keys": []}), 422, "invalid")
    problem(names.ipamd.post(f"{ADDRESSES}/register", {"keys": [names.at(99)]}), 404, "not-found")
    problem(names.ipamd.post(f"{ADDRESSES}/register", {"keys": [names.at(1)] * 1001}), 413, "too-large")
    assert names.ipamd.items("manage/plans") == []
    names.plans(names.ipamd.post(f"{ADDRESSES}/register", {"keys": keys}), 12)
    for n in range(1, 7):
        names.settles(n, "synced", "synced")
        assert names.records(n) == names.both(n)
    names.plans(names.ipamd.post(f"{ADDRESSES}/unregister", {"keys": [names.at(1), f"{names.at(2)}@default"], "ptr": True}), 2)
    for n in (1, 2):
        names.settles(n, "synced", "removed")
    names.plans(names.ipamd.post(f"{ADDRESSES}/unregister", {"keys": keys}), 10)
    for n in range(1, 7):
        names.settles(n, "removed", "removed")
        assert names.records(n) == set()


@FAMILIES
def test_what_others_take_away_is_not_noted_66(names):
    """What was made is told by the address; whether it is there now, by the records."""
    names.add(1)
    names.plans(names.post(1, "register"))
    names.settles(1, "synced", "synced")
    (host,) = [r for r in names.ipamd.items(f"dns/records?address={names.at(1)}") if r["type"] == names.type]
    assert names.ipamd.request("DELETE", f"{RECORDS}/{host['id']}").status == 202
    left = names.both(1) - {(names.type, host["name"], host["data"])}
    watch.until(lambda: names.records(1) == left, 60, "it to be gone")
    assert names.sync(1) == ("synced", "synced")
    problem(names.post(1, "unregister", {"host": True}), 404, "not-found")


@FAMILIES
def test_what_the_server_refuses_is_told_66(names):
    """An alias has the name already: the server refuses the host record, and makes the PTR record."""
    alias = {"zone": names.zones["z0.null.example"], "name": "host-1.z0.null.example", "type": "CNAME", "data": "elsewhere.example"}
    assert names.ipamd.post(RECORDS, alias).status == 202
    watch.until(lambda: [r for r in names.ipamd.items("dns/records") if r["type"] == "CNAME"], 60, "the alias")
    names.add(1)
    host, _ = names.plans(names.post(1, "register"))
    names.settles(1, "failed", "synced")
    plan = names.ipamd.get(f"/api/v1/manage/plans/{host['id']}").json()
    assert plan["state"] == "failed" and "CNAME" in plan["message"] and plan["plan_steps"][0]["state"] == "failed"
    assert names.on_server(1) == {("PTR", names.ptr(1), "host-1.z0.null.example")}
    run = names.ipamd.ctl("address", "register", names.at(1), "--host", "--wait", check=False)
    assert run.returncode != 0 and "CNAME" in run.stderr
    # It can be asked for again.
    (there,) = [r for r in names.ipamd.items("dns/records") if r["type"] == "CNAME"]
    names.ipamd.ctl("record", "delete", there["id"], "--yes", "--wait")
    names.plans(names.post(1, "register", {"host": True}), 1)
    names.settles(1, "synced", "synced")


@FAMILIES
def test_an_address_is_handed_out_with_its_records_62(names):
    assert names.ipamd.post("/api/v1/ipam/subnets", {"prefix": names.prefix}).status == 201
    path = f"/api/v1/ipam/subnets/{names.prefix.replace('/', '_')}/allocate"
    answer = names.ipamd.post(path + "?wait=60s", {"name": "one.z0.null.example", "dns": True})
    assert answer.status == 201, answer
    (item,) = answer.json()["items"]
    assert (item["forward_sync"], item["reverse_sync"]) == ("synced", "synced")
    assert {r["type"] for r in names.ipamd.items(f"dns/records?address={item['address']}")} == {names.type, "PTR"}
    answer = names.ipamd.post(path + "?wait=60s", {"name": "two", "dns": {"host": True, "zone": f"z1.null.example@{SERVER}", "ttl": 60}})
    (item,) = answer.json()["items"]
    assert item["forward_sync"] == "synced" and "reverse_sync" not in item
    (record,) = names.ipamd.items(f"dns/records?address={item['address']}")
    assert (record["name"], record["ttl"]) == ("two.z1.null.example", 60)
    # The same claim has the same address, and plans nothing again.
    body = {"name": "three.z0.null.example", "dns": True, "claim": "c3"}
    (first,) = names.ipamd.post(path + "?wait=60s", body).json()["items"]
    plans = len(names.ipamd.items("manage/plans"))
    again = names.ipamd.post(path, body)
    assert again.status == 200 and again.json()["items"][0]["address"] == first["address"]
    assert len(names.ipamd.items("manage/plans")) == plans
    # Nothing is handed out when the records cannot be.
    before = len(names.ipamd.items("ipam/addresses"))
    problem(names.ipamd.post(path, {"dns": True}), 422, "invalid")
    problem(names.ipamd.post(path, {"dns": True, "name": "a.z0.null.example", "count": 2}), 422, "invalid")
    problem(names.ipamd.post(path, {"dns": True, "name": "a.elsewhere.example"}), 422, "invalid")
    problem(names.ipamd.post(path, {"dns": {"wrong": 1}, "name": "a.z0.null.example"}), 422, "invalid")
    problem(names.ipamd.post(path, {"dns": 7, "name": "a.z0.null.example"}), 422, "invalid")
    assert len(names.ipamd.items("ipam/addresses")) == before
    # Unless it is asked for nothing is planned.
    assert names.ipamd.post(path, {"name": "four.z0.null.example", "dns": False}).status == 201
    assert len(names.ipamd.items("manage/plans")) == plans


@FAMILIES
def test_an_address_by_the_api_writes_nothing_to_the_dns_67(names):
    records = names.ipamd.items("dns/records")
    names.add(1)
    names.ipamd.ctl("address", "add", names.at(2), "--name", "two.z0.null.example")
    made = names.ipamd.request("POST", ADDRESSES, f"address,name\n{names.at(3)},three.z0.null.example\n".encode(), headers={"Content-Type": "text/csv"})
    assert made.status in (200, 201), made
    assert names.ipamd.request("PUT", f"{ADDRESSES}/{names.at(4)}", {"address": names.at(4), "name": "four.z0.null.example"}).status == 201
    assert names.ipamd.request("PATCH", f"{ADDRESSES}/{names.at(1)}", {"name": "uno.z0.null.example"}).status == 200
    assert [names.sync(n) for n in (1, 2, 3, 4)] == [("none", "none")] * 4
    assert names.ipamd.items("manage/plans") == []
    names.ipamd.ctl("server", "collect", SERVER, "--wait")
    assert names.ipamd.items("dns/records") == records


@FAMILIES
def test_deleting_leaves_the_dns_as_it_is_68(names):
    assert names.ipamd.post("/api/v1/ipam/subnets", {"prefix": names.prefix}).status == 201
    for n in range(1, 5):
        names.add(n)
        names.plans(names.post(n, "register"))
    for n in range(1, 5):
        names.settles(n, "synced", "synced")
    plans = len(names.ipamd.items("manage/plans"))
    assert names.ipamd.request("DELETE", f"{ADDRESSES}/{names.at(1)}").status == 204
    assert names.ipamd.request("DELETE", f"{ADDRESSES}/{names.at(2)}?keep_reservation=true").status == 204
    span = names.ipamd.post("/api/v1/ipam/ranges", {"first": names.at(3), "last": names.at(4)}).json()
    answer = names.ipamd.post(f"/api/v1/ipam/ranges/{span['id']}/reclaim", {"addresses": [names.at(3)]})
    assert answer.status == 200, answer
    for n in (1, 2, 3):
        assert names.ipamd.get(f"{ADDRESSES}/{names.at(n)}").status == 404
        assert names.on_server(n) == names.both(n)
    assert len(names.ipamd.items("manage/plans")) == plans


@FAMILIES
def test_on_the_command_line_62_65(names):
    ctl, row = names.ipamd.ctl, lambda run: json.loads(run.stdout)
    for n in (1, 2):
        names.add(n)
    run = ctl("address", "register", names.at(1), "--wait", "-o", "json")
    assert [p["state"] for p in row(run)] == ["verified", "verified"]
    ctl("address", "register", names.at(2), "--host", "--zone", f"z0.null.example@{SERVER}", "--ttl", "5", "--wait")
    assert names.sync(1) == ("synced", "synced") and names.sync(2) == ("synced", "none")
    (record,) = names.ipamd.items(f"dns/records?address={names.at(2)}")
    assert record["ttl"] == 5
    run = ctl("address", "register", names.at(2), check=False)
    assert run.returncode != 0 and "already" in run.stderr
    ctl("address", "register", names.at(2), "--ptr", "--reverse-zone", f"{names.reverse}@{SERVER}")
    names.settles(2, "synced", "synced")
    ctl("address", "unregister", names.at(1), names.at(2), "--wait")
    assert names.sync(1) == names.sync(2) == ("removed", "removed") and names.records(1) == names.records(2) == set()
    # Records by themselves.
    run = ctl("record", "add", "mail.z0.null.example", "--zone", f"z0.null.example@{SERVER}", "--type", "mx", "--data", "10 mx.z0.null.example",
              "--ttl", "9", "--wait", "-o", "json")
    assert row(run)["state"] == "verified"
    (made,) = [r for r in names.ipamd.items("dns/records") if r["type"] == "MX"]
    assert (made["name"], made["data"], made["ttl"]) == ("mail.z0.null.example", "10 mx.z0.null.example", 9)
    ctl("record", "delete", made["id"], "--yes", "--wait")
    assert [r for r in names.ipamd.items("dns/records") if r["type"] == "MX"] == []
    assert "--data is missing" in ctl("record", "add", "a.z0.null.example", "--zone", "z0.null.example", "--type", "A", check=False).stderr
    # An address and its records.
    assert names.ipamd.post("/api/v1/ipam/subnets", {"prefix": names.prefix}).status == 201
    run = ctl("address", "allocate", "--subnet", names.prefix, "--name", "new", "--dns", "--zone", f"z1.null.example@{SERVER}", "--wait", "-o", "json")
    (item,) = row(run)
    assert (item["forward_sync"], item["reverse_sync"]) == ("synced", "synced")
    assert {r["name"] for r in names.ipamd.items(f"dns/records?address={item['address']}") if r["type"] != "PTR"} == {"new.z1.null.example"}
    assert "--dns needs --name" in ctl("address", "allocate", "--subnet", names.prefix, "--dns", check=False).stderr
    assert "give --dns too" in ctl("address", "allocate", "--subnet", names.prefix, "--name", "x", "--zone", "y", check=False).stderr


@FAMILIES
def test_moving_leaves_the_dns_as_it_is_68(names):
    names.add(1)
    names.plans(names.post(1, "register"))
    names.settles(1, "synced", "synced")
    answer = names.ipamd.post(f"{ADDRESSES}/{names.at(1)}/move", {"address": names.at(2)})
    assert answer.status == 200, answer
    assert names.on_server(1) == names.both(1) and names.records(2) == set()
    row = names.row(2)
    assert not {"forward_sync", "reverse_sync", "forward_zone", "reverse_zone", "forward_plan", "reverse_plan"} & set(row), row


def test_each_type_has_rights_of_its_own(make_ipamd):
    """The administrators of addresses have those of addresses and their names; of other types nobody but who manages servers."""
    ipamd = with_dns(make_ipamd)
    ipamd.kill()
    roles = {"asm-group": (True, False), "msm-group": (True, True), "reader": (False, False)}
    ipamd.config["tokens"] += [{"name": r, "role": r, "file": str(ipamd.dir / f"{r}.token")} for r in roles]
    ipamd.write_config()
    ipamd.start()
    names = Names(ipamd, 4)
    zone = names.zones["z0.null.example"]
    for n, (role, (may_names, may_all)) in enumerate(roles.items(), 1):
        token = (ipamd.dir / f"{role}.token").read_text().strip()
        names.add(n)
        plans = len(ipamd.items("manage/plans"))
        answer = ipamd.request("POST", f"{ADDRESSES}/{names.at(n)}/register", None, token=token)
        assert answer.status == (202 if may_names else 403), (role, answer)
        for kind, data, may in (("MX", "10 x.z0.null.example", may_all), ("A", "10.7.7.7", may_names)):
            answer = ipamd.request("POST", RECORDS, {"zone": zone, "name": f"r{n}.z0.null.example", "type": kind, "data": data}, token=token)
            assert answer.status == (202 if may else 403), (role, kind, answer)
            if not may and may_names:
                assert f"dns.record.{kind.lower()}.create" in problem(answer, 403, "denied")["detail"]
        assert len(ipamd.items("manage/plans")) == plans + 3 * may_names + may_all
    watch.until(lambda: {p["state"] for p in ipamd.items("manage/plans")} == {"verified"}, 60, "all plans to end")
    (mx,) = [r for r in ipamd.items("dns/records") if r["type"] == "MX"]
    token = (ipamd.dir / "asm-group.token").read_text().strip()
    refused = ipamd.request("DELETE", f"{RECORDS}/{mx['id']}", None, token=token)
    assert "dns.record.mx.delete" in problem(refused, 403, "denied")["detail"]


def test_records_by_themselves(ipamd):
    zones = {z["name"]: z["id"] for z in ipamd.items("dns/zones")}
    zone = zones["z0.null.example"]
    before = {r["id"] for r in ipamd.items("dns/records")}

    def made():
        return {(r["name"], r["type"], r["data"]): r for r in ipamd.items("dns/records") if r["id"] not in before}

    wanted = [("A", "10.9.9.9", "10.9.9.9"), ("AAAA", "2001:DB8::9", "2001:db8::9"), ("TXT", "v=spf1 -all", '"v=spf1" "-all"'),
              ("MX", "10 Mail.z0.null.example.", "10 mail.z0.null.example"), ("SRV", "0 5 5060 sip.z0.null.example", "0 5 5060 sip.z0.null.example"),
              ("NS", "ns9.z0.null.example", "ns9.z0.null.example"), ("caa", "0 issue \"ca.example\"", "0 issue \"ca.example\"")]
    answer = ipamd.post(RECORDS, [{"zone": zone, "name": "Many.Z0.null.example.", "type": t, "data": d, "ttl": 30} for t, d, _ in wanted])
    assert answer.status == 202 and len(answer.json()["items"]) == len(wanted), answer
    expected = {("many.z0.null.example", t.upper(), d) for t, _, d in wanted}
    watch.until(lambda: set(made()) == expected, 60, f"{expected} to be there, there is {set(made())}")
    watch.until(lambda: {p["state"] for p in ipamd.items("manage/plans")} == {"verified"}, 60, "all plans to end")
    assert {r["ttl"] for r in made().values()} == {30}
    # One, its plan; again; in its place.
    one = {"zone": zone, "name": "alias.z0.null.example", "type": "CNAME", "data": "many.z0.null.example"}
    answer = ipamd.post(RECORDS, one)
    assert answer.status == 202 and answer.json()["zone"] == zone and answer.headers["location"].startswith("/api/v1/manage/plans/"), answer
    watch.until(lambda: ("alias.z0.null.example", "CNAME", "many.z0.null.example") in made(), 60, "the alias")
    problem(ipamd.post(RECORDS, one), 409, "exists")
    assert ipamd.post(RECORDS + "?replace=true", {**one, "data": "other.z0.null.example"}).status == 202
    watch.until(lambda: [k[2] for k in made() if k[1] == "CNAME"] == ["other.z0.null.example"], 60, "the alias to lead elsewhere")
    # The server has the last word: an alias is the only record of its name.
    answer = ipamd.post(RECORDS, {**one, "type": "TXT", "data": "x"})
    plan = answer.json()["id"]
    watch.until(lambda: ipamd.get(f"/api/v1/manage/plans/{plan}").json()["state"] == "failed", 60, "it to be refused")
    # All or none.
    ids = [r["id"] for r in made().values()]
    told = problem(ipamd.post(RECORDS + "/delete", {"keys": [*ids, 999999]}), 404, "not-found")
    assert told["detail"].startswith(f"/{len(ids)}: ")
    assert ipamd.request("DELETE", f"{RECORDS}/{ids[0]}").status == 202
    watch.until(lambda: len(made()) == len(ids) - 1, 60, "one to be gone")
    answer = ipamd.post(RECORDS + "/delete", {"keys": [ids[1], str(ids[2]), *ids[3:]]})
    assert answer.status == 202 and len(answer.json()["items"]) == len(ids) - 1, answer
    watch.until(lambda: made() == {}, 60, "all to be gone")


@pytest.mark.parametrize("wrong, place", [
    ({"zone": None}, "/zone"), ({"name": "a b"}, "/name"), ({"type": "A A"}, "/type"), ({"data": None}, "/data"),
    ({"data": "2001:db8::1"}, "/data"), ({"type": "AAAA"}, "/data"), ({"type": "MX", "data": "mail"}, "/data"),
    ({"type": "SRV", "data": "1 2 x"}, "/data"), ({"type": "TXT", "data": '"open'}, "/data"), ({"type": "PTR", "data": "a b"}, "/data"),
    ({"ttl": -1}, "/ttl"), ({"ttl": 2147483648}, "/ttl"), ({"server": 1}, "/server")])
def test_a_record_that_makes_no_sense_is_refused(ipamd, wrong, place):
    (zone,) = [z["id"] for z in ipamd.items("dns/zones") if z["name"] == "z0.null.example"]
    body = {"zone": zone, "name": "a.z0.null.example", "type": "A", "data": "10.1.1.1", **wrong}
    body = {k: v for k, v in body.items() if v is not None}
    told = problem(ipamd.post(RECORDS, body), 422, "invalid")
    assert [e["pointer"] for e in told["errors"]] == [place], told
    told = problem(ipamd.post(RECORDS, [body]), 422, "invalid")
    assert [e["pointer"] for e in told["errors"]] == ["/0" + place]
    assert ipamd.items("manage/plans") == []


def test_a_record_outside_of_its_zone_is_refused(ipamd):
    (zone,) = [z["id"] for z in ipamd.items("dns/zones") if z["name"] == "z0.null.example"]
    told = problem(ipamd.post(RECORDS, {"zone": zone, "name": "www", "type": "TXT", "data": "x"}), 422, "invalid")
    assert "www.z0.null.example" in told["hint"]
    assert ipamd.items("manage/plans") == []
