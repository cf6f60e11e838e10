# test_dns_addresses.py - reverse zones of ranges, records of an address, addresses made of records: items 43, 56, 57, 58.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""The DNS server has zones z0 and z1.null.example with three hosts each, h0 to h5, at 10.0.0.0 to 10.0.0.5 and 2001:db8:: to
2001:db8::5, their PTR records, and records that lead to h0 and h3. What it has otherwise at its next start it is told by its options."""
import json

import pytest

from test_api import problem
from test_carve import create

API = "/api/v1/"
SPACES, SUBNETS, RANGES, ADDRESSES = (f"{API}ipam/{name}" for name in ("spaces", "subnets", "ranges", "addresses"))
ZONES = {4: "10.in-addr.arpa", 6: "8.b.d.0.1.0.0.2.ip6.arpa"}
OPTIONS = {"zones": 2, "records": 6, "dual": True, "ptr": True, "leads": True, "extra": list(ZONES.values())}
FAMILIES = pytest.mark.parametrize("family, subnet, host", [(4, "10.0.0.0/24", "10.0.0.{}"), (6, "2001:db8::/64", "2001:db8::{:x}")])
NS = "ns1.null.example"


@pytest.fixture
def server(make_ipamd):
    return make_server(make_ipamd)


def make_server(make_ipamd, **options):
    made = make_ipamd(config={"plugins": [{"name": "null-dns"}],
                              "profiles": [{"name": "some", "driver": "null-dns", "options": {**OPTIONS, **options}}]})
    made.ctl("server", "add", NS, "--driver", "null-dns", "--profile", "some", "--role", "dns")
    collect(made)
    return made


def collect(server):
    server.ctl("server", "collect", NS, "--wait")


def becomes(server, **options):
    """The DNS server has something else from now on, and is collected."""
    server.config["profiles"][0]["options"].update(options)
    server.write_config()
    server.restart()
    collect(server)


def zone(server, name, ns=NS):
    found = server.get(f"{API}dns/zones/{name}@{ns}")
    assert found.status == 200, found
    return found.json()


def place(server, subnet, host, first=1, last=4):
    create(server, SUBNETS, prefix=subnet)
    return create(server, RANGES, first=host.format(first), last=host.format(last))


def map_zone(server, span, key, **kw):
    return server.post(f"{RANGES}/{span['id']}/map-zone", {"zone": key}, **kw)


def mapped(server, span, key):
    answer = map_zone(server, span, key)
    assert answer.status == 200, answer.body
    return answer.json()


def reverse_zone(server, span):
    return server.get(f"{RANGES}/{span['id']}").json().get("reverse_zone")


def named(server):
    """Names of the plan's addresses; + before those of the DNS."""
    return {a["address"]: ("+" if a.get("from_dns") else "") + a.get("name", "") for a in server.items("ipam/addresses")}


def host_name(n, domain="null.example"):
    return f"h{n}.z{n // 3}.{domain}"


def mappable(server, span):
    return [z["name"] for z in server.items(f"ipam/ranges/{span['id']}/mappable-zones")]


# --- 43 ---

@FAMILIES
def test_item_43_a_range_has_one_reverse_zone(server, family, subnet, host):
    span, mine = place(server, subnet, host), zone(server, ZONES[family])
    server.ctl("server", "add", "ns2.null.example", "--driver", "null-dns", "--profile", "some", "--role", "dns")
    server.ctl("server", "collect", "ns2.null.example", "--wait")
    second = zone(server, ZONES[family], "ns2.null.example")
    assert mappable(server, span) == [ZONES[family]] * 2
    assert server.get(f"{RANGES}/{span['id']}/mappable-zones?limit=1").json()["next"]
    assert mapped(server, span, mine["id"])["reverse_zone"] == mine["id"]
    rev = server.get(f"{RANGES}/{span['id']}").json()["rev"]
    assert mapped(server, span, f"{mine['name']}@{NS}")["rev"] == rev  # the same again changes nothing
    keyed = [map_zone(server, span, mine["id"], headers={"Idempotency-Key": "map"}) for _ in range(2)]
    assert keyed[0].body == keyed[1].body and keyed[1].headers["idempotency-replayed"] == "true"
    refused = problem(map_zone(server, span, second["id"]), 409, "exists")
    assert mine["name"] in refused["detail"] and "null" in refused["hint"]
    assert reverse_zone(server, span) == mine["id"]
    assert mapped(server, span, None).get("reverse_zone") is None
    assert mapped(server, span, second["id"])["reverse_zone"] == second["id"]
    head = int(server.get(SPACES).headers["ipam-revision"])
    changes = [c for c in server.items("audit/changes?order=-id") if c["operation"] == "ipam.range.map-zone"]
    assert server.post(f"{API}audit/changes/{changes[0]['id']}/revert", {}).status == 201 and head >= changes[0]["id"]
    assert reverse_zone(server, span) is None


@FAMILIES
def test_item_43_what_does_not_fit_is_refused(server, family, subnet, host):
    span = place(server, subnet, host)
    outside = {4: ("172.16.0.0/24", "172.16.0.{}"), 6: ("2001:db9::/64", "2001:db9::{:x}")}[family]
    elsewhere = place(server, *outside)
    for key in (zone(server, ZONES[10 - family])["id"], zone(server, "z0.null.example")["id"], 99999, "no.such.zone", f"{ZONES[family]}@no-server"):
        problem(map_zone(server, span, key), 422, "invalid")
    problem(map_zone(server, elsewhere, zone(server, ZONES[family])["id"]), 422, "invalid")
    for body in ({}, {"zone": -1}, {"zone": True}, {"zone": None, "more": 1}, []):
        problem(server.post(f"{RANGES}/{span['id']}/map-zone", body), 422, "invalid")
    assert mappable(server, elsewhere) == [] and reverse_zone(server, span) is None and reverse_zone(server, elsewhere) is None
    assert named(server) == {}
    shown = server.post(f"{RANGES}/{span['id']}/map-zone?dry_run=true", {"zone": zone(server, ZONES[family])["id"]})
    assert shown.status == 200 and shown.json()["changes"][0]["after"]["reverse_zone"] and named(server) == {}


@FAMILIES
def test_item_43_customer_spaces_and_overlaps_are_refused(make_ipamd, family, subnet, host):
    server = make_server(make_ipamd)
    space = create(server, SPACES, name="tenant", kind="customer", isolation="vlan", tenant="a", vm_network="b", provider=server.get(f"{SPACES}/default").json()["id"])["id"]
    create(server, SUBNETS, prefix=subnet, space=space)
    inner = create(server, RANGES, first=host.format(1), last=host.format(4), space=space)
    mine = zone(server, ZONES[family])["id"]
    assert "customer" in problem(map_zone(server, inner, mine), 422, "invalid")["detail"] and mappable(server, inner) == []
    network = {4: "10.64.0.0/16", 6: "2001:db8:64::/48"}[family]
    if family == 6:
        return  # the DHCP server in memory is one of IPv4: the unit tests have the overlap of IPv6
    server.config["plugins"].append({"name": "null-dhcp"})
    server.config["profiles"].append({"name": "leases", "driver": "null-dhcp", "options": {"scopes": 1, "network": network}})
    server.write_config()
    server.restart()
    server.ctl("server", "add", "dhcp1", "--driver", "null-dhcp", "--profile", "leases", "--role", "dhcp")
    server.ctl("server", "collect", "dhcp1", "--wait")
    theirs = server.items("ipam/ranges?kind=dynamic")[0]
    ours = create(server, RANGES, first=theirs["first"], last=theirs["first"])
    assert mapped(server, theirs, mine)["reverse_zone"] == mine  # the mapping is the plan's own
    refused = problem(map_zone(server, ours, mine), 409, "overlap")
    assert str(theirs["id"]) in refused["detail"] and mappable(server, ours) == []
    server.ctl("server", "collect", "dhcp1", "--wait")
    assert reverse_zone(server, theirs) == mine
    mapped(server, theirs, None)
    assert mapped(server, ours, mine)["reverse_zone"] == mine


@FAMILIES
def test_item_43_a_zone_that_is_gone_is_mapped_no_more(server, family, subnet, host):
    span = place(server, subnet, host)
    mapped(server, span, zone(server, ZONES[family])["id"])
    before = named(server)
    assert len(before) == 4
    becomes(server, extra=[ZONES[10 - family]])
    assert reverse_zone(server, span) is None and mappable(server, span) == []
    assert named(server) == before  # what it has made stays
    becomes(server, extra=list(ZONES.values()), domain="other.example")
    assert named(server) == before  # and is nobody's but the plan's
    mapped(server, span, zone(server, ZONES[family])["id"])
    assert named(server) == {host.format(n): "+" + host_name(n, "other.example") for n in range(1, 5)}  # until it is mapped again


@FAMILIES
def test_item_43_by_the_command_line(server, family, subnet, host):
    span, key = place(server, subnet, host), f"{ZONES[family]}@{NS}"
    first = host.format(1)
    assert [z["name"] for z in json.loads(server.ctl("range", "mappable-zones", first, "-o", "json").stdout)] == [ZONES[family]]
    assert "add" not in server.ctl("range", "map-zone", first, "--zone", key, "--dry-run").stdout and reverse_zone(server, span) is None
    server.ctl("range", "map-zone", first, "--zone", key)
    assert reverse_zone(server, span) == zone(server, ZONES[family])["id"]
    server.ctl("range", "map-zone", first, "--none")
    assert reverse_zone(server, span) is None
    for wrong in ([], ["--zone", key, "--none"]):
        assert server.ctl("range", "map-zone", first, *wrong, check=False).returncode == 2


# --- 56 ---

def records(server, key, **kw):
    answer = server.get(f"{ADDRESSES}/{key}/records", **kw)
    assert answer.status == 200, answer.body
    return sorted((r["type"], r["name"]) for r in answer.json()["items"])


@FAMILIES
def test_item_56_all_records_of_an_address(server, family, subnet, host):
    create(server, SUBNETS, prefix=subnet)
    one = create(server, ADDRESSES, address=host.format(3))  # h3 is the first host of z1
    two = create(server, ADDRESSES, address=host.format(4), name="what somebody calls it")
    none = create(server, ADDRESSES, address=host.format(9))
    forward, z1 = "A" if family == 4 else "AAAA", "z1.null.example"
    pointer = [r["name"] for r in server.items(f"dns/records?address={host.format(3)}&type=PTR")]
    assert records(server, one["id"]) == records(server, host.format(3)) == sorted(
        [(forward, f"h3.{z1}"), ("PTR", pointer[0]), ("CNAME", f"www.{z1}"), ("DNAME", f"old.{z1}"), ("MX", z1), ("SRV", f"_http._tcp.{z1}")])
    assert [t for t, _ in records(server, two["id"])] == [forward, "PTR"] and records(server, none["id"]) == []
    page, found = server.get(f"{ADDRESSES}/{one['id']}/records?limit=2").json(), []
    while page["next"]:
        assert len(page["items"]) == 2
        found += page["items"]
        page = server.get(f"{ADDRESSES}/{one['id']}/records?limit=2&cursor={page['next']}").json()
    found = [r["id"] for r in found + page["items"]]
    assert found == sorted(set(found)) and len(found) == 6
    problem(server.get(f"{ADDRESSES}/{one['id']}/records?limit=0"), 422, "invalid")
    problem(server.get(f"{ADDRESSES}/{one['id']}/records?name=x"), 422, "invalid")
    problem(server.get(f"{ADDRESSES}/{host.format(7)}/records"), 404, "not-found")
    listed = json.loads(server.ctl("address", "records", host.format(3), "-o", "json").stdout)
    assert [r["id"] for r in listed] == found
    assert server.ctl("address", "records", host.format(9)).stdout.strip() == ""


def test_item_56_name_servers_and_two_names(make_ipamd):
    server = make_server(make_ipamd, address="10.0.0.250")
    create(server, SUBNETS, prefix="10.0.0.0/24")
    one = create(server, ADDRESSES, address="10.0.0.250")
    zones = [f"z{n}.null.example" for n in range(2)]
    pointer = server.items("dns/records?address=10.0.0.250&type=PTR")
    assert {r["target"] for r in pointer} == {f"ns.{z}" for z in zones}
    assert records(server, one["id"]) == sorted([("A", f"ns.{z}") for z in zones] + [("NS", z) for z in zones] + [("PTR", r["name"]) for r in pointer])


# --- 57 ---

@FAMILIES
def test_item_57_an_address_of_a_record(server, family, subnet, host):
    create(server, SUBNETS, prefix=subnet)
    forward = "A" if family == 4 else "AAAA"
    one, = server.items(f"dns/records?address={host.format(1)}&type={forward}")
    two, = server.items(f"dns/records?address={host.format(2)}&type=PTR")
    for record, n in ((one, 1), (two, 2)):
        made = server.post(f"{API}dns/records/{record['id']}/address", headers={"Idempotency-Key": f"make-{n}"})
        assert made.status == 201 and made.headers["location"] == f"{ADDRESSES}/{made.json()['id']}", made
        a = server.get(f"{ADDRESSES}/{host.format(n)}").json()
        assert (a["name"], a["managed_by"], a["device_type"], a["state"], a.get("from_dns")) == (host_name(n), "ipamd", "Host", "in-use", None)
        assert server.post(f"{API}dns/records/{record['id']}/address", headers={"Idempotency-Key": f"make-{n}"}).body == made.body
        refused = problem(server.post(f"{API}dns/records/{record['id']}/address"), 409, "exists")
        assert host.format(n) in refused["detail"] and str(a["id"]) in refused["detail"]
    mx, = server.items("dns/records?name=z0.null.example&type=MX")
    assert "MX" in problem(server.post(f"{API}dns/records/{mx['id']}/address"), 422, "invalid")["detail"]
    for key in (99999, "h0", 0):
        problem(server.post(f"{API}dns/records/{key}/address"), 404, "not-found")
    assert len(named(server)) == 2


@FAMILIES
def test_item_57_several_at_once_all_or_none(server, family, subnet, host):
    create(server, SUBNETS, prefix=subnet)
    forward, path = "A" if family == 4 else "AAAA", f"{API}dns/records/addresses"
    ids = [r["id"] for n in range(1, 6) for r in server.items(f"dns/records?address={host.format(n)}")]
    assert len(ids) == 10  # of each address two: they make one object
    mx, = server.items("dns/records?name=z0.null.example&type=MX")
    refused = problem(server.post(path, {"keys": ids[:3] + [mx["id"]]}), 422, "invalid")
    assert "/keys/3" in refused["detail"] and named(server) == {}
    problem(server.post(path, {"keys": ids + [99999]}), 404, "not-found")
    there = create(server, ADDRESSES, address=host.format(5), name="there")
    assert "/keys/8" in problem(server.post(path, {"keys": ids}), 409, "exists")["detail"] and len(named(server)) == 1
    shown = server.post(f"{path}?dry_run=true", {"keys": ids[:8]})
    assert shown.status == 200 and len(shown.json()["changes"]) == 4 and len(named(server)) == 1
    made = server.post(path, {"keys": ids[:7] + [str(ids[7])]})
    assert made.status == 201 and [a["address"] for a in made.json()["items"]] == [host.format(n) for n in range(1, 5)]
    assert named(server) == {**{host.format(n): host_name(n) for n in range(1, 5)}, host.format(5): there["name"]}
    for body in ({}, {"keys": []}, {"keys": "1"}, {"keys": [None]}, {"keys": ["x"]}, {"keys": [-1]}, [1], {"keys": [1], "more": 1}):
        problem(server.post(path, body), 422, "invalid")
    problem(server.post(path, {"keys": [1] * 1001}), 413, "too-large")
    server.request("DELETE", f"{ADDRESSES}/{host.format(5)}")
    zero, = server.items(f"dns/records?address={host.format(0)}&type={forward}")
    assert host.format(5) in server.ctl("record", "address", ids[8], zero["id"]).stdout
    assert server.ctl("record", "address", ids[8], check=False).returncode != 0 and len(named(server)) == 6


# --- 58 ---

@FAMILIES
def test_item_58_ptr_records_make_addresses(server, family, subnet, host):
    span = place(server, subnet, host)
    mine = create(server, ADDRESSES, address=host.format(2), name="mine")
    answer = mapped(server, span, zone(server, ZONES[family])["id"])
    want = {host.format(n): "+" + host_name(n) for n in (1, 3, 4)} | {host.format(2): "mine"}
    assert named(server) == want and answer["used"] == "4"  # with the answer they are there; 0 and 5 lie outside
    made = server.get(f"{ADDRESSES}/{host.format(1)}").json()
    assert (made["managed_by"], made["device_type"], made["state"], made["assignment"]) == ("ipamd", "Host", "in-use", "static")
    revs = {a["address"]: a["rev"] for a in server.items("ipam/addresses")}
    collect(server)
    server.restart()
    collect(server)
    assert {a["address"]: a["rev"] for a in server.items("ipam/addresses")} == revs  # as it was: nothing
    becomes(server, domain="other.example")
    assert named(server) == {host.format(n): "+" + host_name(n, "other.example") for n in (1, 3, 4)} | {host.format(2): "mine"}
    becomes(server, records=4, zones=1)
    assert named(server) == {host.format(n): f"+h{n}.z0.other.example" for n in (1, 3)} | {host.format(2): "mine"}
    assert server.get(f"{ADDRESSES}/{host.format(2)}").json()["rev"] == mine["rev"]
    becomes(server, records=6)
    assert host.format(4) in named(server)


@FAMILIES
def test_item_58_who_changes_an_address_takes_it_over(server, family, subnet, host):
    span = place(server, subnet, host)
    mapped(server, span, zone(server, ZONES[family])["id"])
    for n in (1, 2):
        changed = server.request("PATCH", f"{ADDRESSES}/{host.format(n)}", {"description": "of the desk"})
        assert changed.status == 200 and changed.json().get("from_dns") is None
    put = server.request("PUT", f"{ADDRESSES}/{host.format(3)}", {**server.get(f"{ADDRESSES}/{host.format(3)}").json(), "owner": "me"})
    assert put.status == 200 and put.json().get("from_dns") is None, put
    assert server.request("PATCH", f"{ADDRESSES}/{host.format(4)}", {"name": host_name(4)}).json()["from_dns"] is True  # as it is
    problem(server.request("PATCH", f"{ADDRESSES}/{host.format(4)}", {"from_dns": False}), 422, "invalid")
    want = {host.format(n): host_name(n) for n in (1, 2, 3)}
    becomes(server, domain="other.example")
    assert named(server) == {**want, host.format(4): "+" + host_name(4, "other.example")}
    server.request("DELETE", f"{ADDRESSES}/{host.format(1)}")
    becomes(server, zones=1, records=2)  # only h0 and h1 are left
    assert named(server) == {host.format(1): "+h1.z0.other.example", **{host.format(n): host_name(n) for n in (2, 3)}}


@FAMILIES
def test_item_58_one_that_is_deleted_comes_again_with_its_record(server, family, subnet, host):
    span = place(server, subnet, host)
    mapped(server, span, zone(server, ZONES[family])["id"])
    server.ctl("task", "run", "server_configuration", "--wait")
    was = named(server)
    server.request("DELETE", f"{ADDRESSES}/{host.format(1)}")
    assert len(named(server)) == 3
    server.ctl("task", "run", "server_configuration", "--wait")
    results = server.items("system/jobs?target=server_configuration")[-1]["results"]
    assert "0 records read" in results[0] and named(server) == was  # though the zone is recorded as it is


@FAMILIES
def test_item_58_unmapped_they_stay_and_many_are_made(make_ipamd, family, subnet, host):
    server = make_server(make_ipamd, records=2400, zones=1, dual=family == 6)
    first, last = {4: ("10.0.0.0/16", "10.0.255.254"), 6: ("2001:db8::/64", "2001:db8::ffff")}[family]
    create(server, SUBNETS, prefix=first)
    span = create(server, RANGES, first=host.format(1), last=last)
    mapped(server, span, zone(server, ZONES[family])["id"])
    there = server.items("ipam/addresses")
    assert len(there) == 2399 and all(a["from_dns"] for a in there)
    sets = [c for c in server.items("audit/changes?order=-id") if c["operation"] == "inventory.server.collect" and c["count"] > 300]
    assert sum(c["count"] for c in sets[:3]) == 2399 and max(c["count"] for c in sets[:3]) <= 1000
    mapped(server, span, None)
    becomes(server, records=1200)
    assert len(server.items("ipam/addresses")) == 2399
    mapped(server, span, zone(server, ZONES[family])["id"])
    assert len(server.items("ipam/addresses")) == 1199


# --- access ---

EU = "/Global/Eu"


def test_items_43_56_57_what_somebody_does_not_see_is_not_there(make_ipamd):
    server = make_ipamd(start=False, config={"plugins": [{"name": "null-dns"}],
                                             "profiles": [{"name": "some", "driver": "null-dns", "options": OPTIONS}]})
    server.config["tokens"].append({"name": "eu", "file": str(server.dir / "eu.token")})
    server.write_config()
    server.start()
    server.ctl("server", "add", NS, "--driver", "null-dns", "--profile", "some", "--role", "dns")
    collect(server)
    eu = (server.dir / "eu.token").read_text().strip()
    scope = server.post(f"{API}access/scopes", {"path": EU}).json()["id"]
    for role in ("asm-administrator", "dns-record-administrator"):
        server.post(f"{API}access/policies", {"principal": "token:eu", "role": role, "scope": scope})
    span, mine = place(server, "10.0.0.0/24", "10.0.0.{}"), zone(server, ZONES[4])["id"]
    assert server.post(f"{RANGES}/{span['id']}/set-scope", {"access_scope": EU}).status == 200
    one = create(server, ADDRESSES, address="10.0.0.3")
    record, = server.items("dns/records?address=10.0.0.1&type=A")
    path = f"{API}dns/records/{record['id']}/address"
    hidden = problem(map_zone(server, span, mine, token=eu), 422, "invalid")
    never = problem(map_zone(server, span, 99999, token=eu), 422, "invalid")
    assert hidden["detail"].replace(str(mine), "") == never["detail"].replace("99999", "")
    assert server.get(f"{RANGES}/{span['id']}/mappable-zones", token=eu).json()["items"] == []
    assert records(server, one["id"], token=eu) == []
    problem(server.post(path, token=eu), 404, "not-found")
    mapped(server, span, mine)
    assert "reverse_zone" not in server.get(f"{RANGES}/{span['id']}", token=eu).json()
    mapped(server, span, None)
    for a in server.items("ipam/addresses"):
        server.request("DELETE", f"{ADDRESSES}/{a['id']}")
    one = create(server, ADDRESSES, address="10.0.0.3")
    for name in (ZONES[4], "z0.null.example"):
        assert server.post(f"{API}dns/zones/{name}@{NS}/set-scope", {"access_scope": EU}).status == 200
    assert len(server.get(f"{RANGES}/{span['id']}/mappable-zones", token=eu).json()["items"]) == 1
    assert [t for t, _ in records(server, one["id"], token=eu)] == ["PTR"]  # its A record is in z1, which is hidden
    assert server.post(path, token=eu).status == 201
    outside, = server.items("dns/records?address=10.0.0.0&type=A")
    problem(server.post(f"{API}dns/records/{outside['id']}/address", token=eu), 403, "denied")  # no place of theirs
    assert map_zone(server, span, mine, token=eu).status == 200
    assert sorted(a["address"] for a in server.get(f"{ADDRESSES}?from_dns=true", token=eu).json()["items"]) == ["10.0.0.2", "10.0.0.4"]
