# test_plan_items.py - the address plan, item by item: spaces, blocks, subnets, ranges, addresses.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json

import pytest

import worlds
from test_api import create, problem
from worlds import EU, US

API = "/api/v1/"


def refused(ipamd, resource, slug="invalid", status=422, **fields):
    """What the refusal of a new object says."""
    return problem(ipamd.post(API + resource, fields), status, slug)["detail"]


def change(ipamd, path, **fields):
    return ipamd.request("PATCH", API + path, fields)


def delete(ipamd, path):
    return ipamd.request("DELETE", API + path)


def show(ipamd, *words):
    return json.loads(ipamd.ctl(*words, "-o", "json").stdout)


def last_change(ipamd):
    return ipamd.get(API + "audit/changes?limit=1").json()["items"][0]


def test_item_1_the_default_space_is_there_and_stays(ipamd):
    found = ipamd.get(API + "ipam/spaces/default").json()
    assert found["kind"] == "provider"
    for answer in (change(ipamd, "ipam/spaces/default", owner="x"), change(ipamd, "ipam/spaces/default", name="other"),
                   ipamd.request("PUT", API + "ipam/spaces/default", {"name": "default", "description": "x"}), delete(ipamd, "ipam/spaces/default"),
                   ipamd.post(API + "ipam/spaces/default/set-scope", {"access_scope": "/Global"})):
        problem(answer, 409, "in-use")
    assert ipamd.ctl("space", "delete", "default", "--yes", check=False).returncode != 0
    assert ipamd.get(API + "ipam/spaces/default").json() == found


def test_item_2_a_provider_space(ipamd):
    made = create(ipamd, "ipam/spaces", name="lab", owner="net team", description="test beds")
    assert (made["kind"], made["owner"], made["description"]) == ("provider", "net team", "test beds")
    assert show(ipamd, "space", "add", "site-b", "--owner", "x", "--kind", "provider")["owner"] == "x"
    ipamd.ctl("space", "set", "site-b", "--owner", "y")
    assert show(ipamd, "space", "show", "site-b")["owner"] == "y"
    put = ipamd.request("PUT", API + "ipam/spaces/site-c", {"name": "site-c", "owner": "z"})
    assert put.status == 201 and put.json()["kind"] == "provider"
    ipamd.ctl("space", "delete", "site-b", "--yes")
    assert {s["name"] for s in ipamd.items("ipam/spaces")} == {"default", "lab", "site-c"}


def test_item_3_a_customer_space_lies_on_a_provider(ipamd):
    lab = create(ipamd, "ipam/spaces", name="lab")["id"]
    whole = {"name": "acme", "kind": "customer", "provider": lab, "isolation": "vxlan"}
    assert "provider" in refused(ipamd, "ipam/spaces", **{k: v for k, v in whole.items() if k != "provider"})
    assert "isolation" in refused(ipamd, "ipam/spaces", **{k: v for k, v in whole.items() if k != "isolation"})
    assert "isolation" in refused(ipamd, "ipam/spaces", **{**whole, "isolation": "mpls"})
    assert "999999" in refused(ipamd, "ipam/spaces", **{**whole, "provider": 999999})
    made = create(ipamd, "ipam/spaces", **whole, tenant="Acme Ltd", vm_network="front")
    assert (made["provider"], made["isolation"], made["tenant"], made["vm_network"]) == (lab, "vxlan", "Acme Ltd", "front")
    assert "acme" in refused(ipamd, "ipam/spaces", **{**whole, "name": "sub", "provider": made["id"]})    # a customer carries none
    assert "tenant" in refused(ipamd, "ipam/spaces", name="plain", tenant="Acme Ltd")
    for isolation in ("nvgre", "vlan", "iprewrite"):
        shown = show(ipamd, "space", "add", f"by-{isolation}", "--kind", "customer", "--provider", "lab", "--isolation", isolation)
        assert (shown["provider"], shown["isolation"]) == (lab, isolation)
    assert "isolation" in problem(change(ipamd, "ipam/spaces/acme", isolation=None), 422, "invalid")["detail"]


def test_item_4_names_are_unique_and_the_kind_stays(ipamd):
    create(ipamd, "ipam/spaces", name="lab")
    create(ipamd, "ipam/spaces", name="site")
    assert "lab" in refused(ipamd, "ipam/spaces", "exists", 409, name="lab")
    assert "lab" in problem(change(ipamd, "ipam/spaces/site", name="lab"), 409, "exists")["detail"]
    assert "kind" in problem(change(ipamd, "ipam/spaces/site", kind="customer"), 422, "invalid")["detail"]
    refused(ipamd, "ipam/spaces", name="x" * 1001)
    renamed = change(ipamd, "ipam/spaces/site", name="house")
    assert renamed.status == 200 and ipamd.get(API + "ipam/spaces/house").json()["id"] == renamed.json()["id"]
    assert ipamd.get(API + "ipam/spaces/site").status == 404


def test_item_5_spaces_by_provider_kind_and_name(ipamd):
    lab = create(ipamd, "ipam/spaces", name="lab")["id"]
    for name in ("a", "b"):
        create(ipamd, "ipam/spaces", name=name, kind="customer", provider=lab, isolation="nvgre")
    names = lambda query: sorted(s["name"] for s in ipamd.items("ipam/spaces?" + query))
    assert names(f"provider={lab}") == ["a", "b"] and names("kind=customer") == ["a", "b"]
    assert names("kind=provider") == ["default", "lab"] and names("name=lab") == ["lab"]
    assert [s["name"] for s in show(ipamd, "space", "list", "--kind", "customer", "--provider", "lab")] == ["a", "b"]


@pytest.mark.parametrize("prefix, first, last", [("10.1.0.0/24", "10.1.0.10", "10.1.0.20"), ("2001:db8:1::/64", "2001:db8:1::10", "2001:db8:1::20")])
def test_item_6_the_same_in_two_spaces(ipamd, prefix, first, last):
    lab = create(ipamd, "ipam/spaces", name="lab")["id"]
    for more in ({}, {"space": lab}):
        create(ipamd, "ipam/blocks", prefix=prefix, **more)
        create(ipamd, "ipam/subnets", prefix=prefix, **more)
        create(ipamd, "ipam/ranges", first=first, last=last, **more)
        create(ipamd, "ipam/addresses", address=first, **more)
    refused(ipamd, "ipam/addresses", "exists", 409, address=first, space=lab)
    assert show(ipamd, "address", "show", f"{first}@lab")["space"] == lab


def test_item_7_a_space_goes_when_it_is_empty(ipamd):
    lab = create(ipamd, "ipam/spaces", name="lab")["id"]
    acme = create(ipamd, "ipam/spaces", name="acme", kind="customer", provider=lab, isolation="vlan")["id"]
    create(ipamd, "ipam/spaces", name="elsewhere", kind="customer", provider=ipamd.get(API + "ipam/spaces/default").json()["id"], isolation="vlan")
    for resource, fields, held in (("ipam/blocks", {"prefix": "2001:db8::/32"}, "block 2001:db8::/32"), ("ipam/subnets", {"prefix": "10.1.0.0/24"}, "subnet 10.1.0.0/24"),
                                   ("ipam/addresses", {"address": "10.1.0.5"}, "address 10.1.0.5"), ("ipam/addresses", {"address": "2001:db8::5"}, "address 2001:db8::5")):
        made = create(ipamd, resource, space=acme, **fields)
        for path in (f"ipam/spaces/{acme}", "ipam/spaces/lab"):
            said = problem(delete(ipamd, path), 409, "in-use")
            assert "acme" in said["detail"] and held in said["detail"] and resource in said["hint"]
        assert delete(ipamd, f"{resource}/{made['id']}").status == 204
    ipamd.ctl("space", "delete", "lab", "--yes")
    assert sorted(s["name"] for s in ipamd.items("ipam/spaces")) == ["default", "elsewhere"]
    last = last_change(ipamd)
    assert last["operation"] == "ipam.space.delete" and last["count"] == 2        # one revision


def test_item_7_rights_are_needed_on_each_customer_space(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    try:
        w.scope(US)
        lab = w.admin.good("POST", "/ipam/spaces", {"name": "lab"})["id"]
        acme = w.admin.good("POST", "/ipam/spaces", {"name": "acme", "kind": "customer", "provider": lab, "isolation": "vlan"})["id"]
        w.put_into("/ipam/spaces", lab, EU)
        w.put_into("/ipam/spaces", acme, US)
        w.policy("token:u0", "asm-administrator", EU)
        assert w.u0.get("/ipam/spaces/lab").status == 200 and w.u0.get("/ipam/spaces/acme").status == 404
        problem(w.u0.ask("DELETE", "/ipam/spaces/lab"), 403, "denied")
        assert w.u0.post("/ipam/spaces", {"name": "mine"}).status == 403        # a new one would be in /Global
        w.put_into("/ipam/spaces", acme, EU)
        assert w.u0.ask("DELETE", "/ipam/spaces/lab").status == 204
        assert w.admin.get("/ipam/spaces/acme").status == 404
    finally:
        w.close()


def test_item_8_a_space_shows_what_is_in_use(ipamd):
    lab = create(ipamd, "ipam/spaces", name="lab")["id"]
    for address in ("10.1.0.5", "10.1.0.6", "2001:db8::5"):
        create(ipamd, "ipam/addresses", address=address, space=lab)
    create(ipamd, "ipam/addresses", address="10.1.0.5")
    shown = show(ipamd, "space", "show", "lab")
    assert (shown["used4"], shown["used6"]) == ("2", "1")
    assert (ipamd.get(API + "ipam/spaces/default").json()["used4"]) == "1"


def test_item_10_categories_are_computed(ipamd):
    for prefix, category in (("10.0.0.0/8", "private"), ("192.168.4.0/24", "private"), ("198.51.100.0/24", "public"), ("2001:db8::/32", "global"),
                             ("fd00::/8", "private"), ("239.0.0.0/8", "other")):
        assert create(ipamd, "ipam/blocks", prefix=prefix)["category"] == category
        assert show(ipamd, "block", "show", prefix)["category"] == category
    assert "category" in refused(ipamd, "ipam/blocks", prefix="203.0.113.0/24", category="private")
    assert "172.16.0.0/12" in refused(ipamd, "ipam/blocks", prefix="172.0.0.0/8")
    assert [b["prefix"] for b in ipamd.items("ipam/blocks") if b["category"] == "public"] == ["198.51.100.0/24"]


def test_item_11_registries(ipamd):
    strict = create(ipamd, "ipam/spaces", name="strict", limits="strict")["id"]
    assert "rir" in refused(ipamd, "ipam/blocks", prefix="198.51.100.0/24", space=strict)
    made = create(ipamd, "ipam/blocks", prefix="198.51.100.0/24", space=strict, rir="ripe", rir_date="2011-02-03T00:00:00.000Z")
    assert (made["rir"], made["rir_date"][:10]) == ("ripe", "2011-02-03")
    assert "rir" in problem(change(ipamd, f"ipam/blocks/{made['id']}", rir=None), 422, "invalid")["detail"]
    assert "rir" in refused(ipamd, "ipam/blocks", prefix="10.0.0.0/8", space=strict, rir="arin")
    assert "rir_date" in refused(ipamd, "ipam/blocks", prefix="10.0.0.0/8", space=strict, rir_date="2011-02-03T00:00:00.000Z")
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8", space=strict)
    create(ipamd, "ipam/blocks", prefix="2001:db8::/32", space=strict)
    # Elsewhere it is as one likes.
    create(ipamd, "ipam/blocks", prefix="198.51.100.0/24")
    assert show(ipamd, "block", "add", "10.0.0.0/8", "--rir", "apnic", "--owner", "net team", "--status", "planned", "--tag", "a", "--tag", "b")["tags"] == ["a", "b"]


def test_item_13_no_block_of_everything_and_none_twice(ipamd):
    for prefix in ("0.0.0.0/0", "::/0"):
        assert prefix in refused(ipamd, "ipam/blocks", prefix=prefix)
    for prefix in ("10.0.0.0/8", "2001:db8::/32"):
        create(ipamd, "ipam/blocks", prefix=prefix)
        assert prefix in refused(ipamd, "ipam/blocks", "exists", 409, prefix=prefix)


@pytest.mark.parametrize("base, length", [("10.0.0.0", 9), ("2001:db8::", 33)])
def test_item_14_eight_levels_of_blocks(ipamd, base, length):
    strict = create(ipamd, "ipam/spaces", name="strict", limits="strict")["id"]
    levels = [f"{base}/{n}" for n in range(length, length + 9)]
    for prefix in levels[:4] + levels[5:]:
        create(ipamd, "ipam/blocks", prefix=prefix, space=strict)
    assert "levels" in refused(ipamd, "ipam/blocks", prefix=levels[4], space=strict)      # between others
    assert "levels" in refused(ipamd, "ipam/blocks", prefix=f"{base}/{length + 9}", space=strict)
    for prefix in levels:
        create(ipamd, "ipam/blocks", prefix=prefix)


@pytest.mark.parametrize("outer, inner, leaf, beside", [("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "11.0.0.0/8"),
                                                        ("2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2::/64", "2001:db9::/32")])
def test_item_15_children_stay_or_go_along(ipamd, outer, inner, leaf, beside):
    ids = {p: create(ipamd, "ipam/blocks", prefix=p)["id"] for p in (outer, inner, leaf, beside)}
    parent = lambda p: ipamd.get(f"{API}ipam/blocks/{ids[p]}").json().get("parent")
    assert (parent(leaf), parent(inner), parent(outer)) == (ids[inner], ids[outer], None)
    assert delete(ipamd, f"ipam/blocks/{ids[inner]}").status == 204
    assert parent(leaf) == ids[outer]
    ids[inner] = create(ipamd, "ipam/blocks", prefix=inner)["id"]
    assert parent(leaf) == ids[inner]
    subnet = create(ipamd, "ipam/subnets", prefix=leaf)["id"]
    dry = delete(ipamd, f"ipam/blocks/{ids[outer]}?children=true&dry_run=true")
    assert dry.status == 200 and len(dry.json()["changes"]) == 3
    ipamd.ctl("block", "delete", outer, "--children", "--yes")
    assert [b["prefix"] for b in ipamd.items("ipam/blocks")] == [beside]
    assert last_change(ipamd)["count"] == 3                     # one revision
    assert "parent" not in ipamd.get(f"{API}ipam/subnets/{subnet}").json()
    problem(delete(ipamd, f"ipam/blocks/{ids[beside]}?children=perhaps"), 422, "invalid")


def test_item_15_rights_are_needed_on_each_block(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    try:
        w.scope(US)
        outer = w.admin.good("POST", "/ipam/blocks", {"prefix": "172.16.0.0/12"})["id"]
        inner = w.admin.good("POST", "/ipam/blocks", {"prefix": "172.16.0.0/16"})["id"]
        w.put_into("/ipam/blocks", outer, EU)
        w.put_into("/ipam/blocks", inner, US)
        w.policy("token:u0", "asm-administrator", EU)
        problem(w.u0.ask("DELETE", f"/ipam/blocks/{outer}?children=true"), 403, "denied")
        assert w.admin.get(f"/ipam/blocks/{inner}").status == 200
        w.put_into("/ipam/blocks", inner, EU)
        assert w.u0.ask("DELETE", f"/ipam/blocks/{outer}?children=true").status == 204
        assert w.admin.get(f"/ipam/blocks/{inner}").status == 404
    finally:
        w.close()


@pytest.mark.parametrize("prefix, gateway, outside, dns", [("10.1.2.0/24", "10.1.2.1", "10.1.3.1", "10.9.0.53"),
                                                          ("2001:db8::/64", "2001:db8::1", "2001:db8:1::1", "2001:db8:9::53")])
def test_item_19_what_a_subnet_has(ipamd, prefix, gateway, outside, dns):
    fields = {"name": "office", "vlans": [1, 4094], "vsid": 16777214, "logical_network": "corp", "site": "Paris", "owner": "net team", "status": "active",
              "tags": ["floor 3", "wired"], "gateways": [gateway], "dns_servers": [dns, "192.0.2.53"]}
    made = create(ipamd, "ipam/subnets", prefix=prefix, **fields)
    assert {k: made[k] for k in fields} == fields
    path = f"ipam/subnets/{made['id']}"
    for wrong in ({"vlans": [0]}, {"vlans": [4095]}, {"vlans": [10, 20, 10]}, {"vsid": 16777215}, {"gateways": [outside]}, {"status": "gone"}):
        assert next(iter(wrong)) in problem(change(ipamd, path, **wrong), 422, "invalid")["detail"]
    ipamd.ctl("subnet", "set", prefix, "--vlan", "30", "--site", "Rome", "--gateway", gateway, "--dns-server", dns)
    shown = show(ipamd, "subnet", "show", prefix)
    assert (shown["vlans"], shown["site"], shown["gateways"], shown["dns_servers"]) == ([30], "Rome", [gateway], [dns])
    strict = create(ipamd, "ipam/spaces", name="strict", limits="strict")["id"]
    assert create(ipamd, "ipam/subnets", prefix=prefix, space=strict, vlans=[4095])["vlans"] == [4095]


def test_item_22_subnets_of_one_or_two_addresses(ipamd):
    for prefix in ("10.1.0.0/31", "10.1.0.2/32", "2001:db8::/127", "2001:db8::2/128"):
        create(ipamd, "ipam/subnets", prefix=prefix)
        assert show(ipamd, "subnet", "show", prefix)["size"] == ("2" if prefix[-3:] in ("/31", "127") else "1")


@pytest.mark.parametrize("prefix, first, last", [("10.1.2.0/24", "10.1.2.1", "10.1.2.254"), ("10.1.3.0/31", "10.1.3.0", "10.1.3.1"),
                                                 ("2001:db8::/64", "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff")])
def test_item_27_a_range_of_a_prefix_alone(ipamd, prefix, first, last):
    create(ipamd, "ipam/subnets", prefix=prefix)
    made = create(ipamd, "ipam/ranges", prefix=prefix)
    assert (made["first"], made["last"]) == (first, last) and "prefix" not in made
    assert delete(ipamd, f"ipam/ranges/{made['id']}").status == 204
    made = create(ipamd, "ipam/ranges", prefix=prefix, first=last)
    assert (made["first"], made["last"]) == (last, last)
    assert delete(ipamd, f"ipam/ranges/{made['id']}").status == 204
    shown = show(ipamd, "range", "add", prefix, "--name", "all")
    assert (shown["first"], shown["last"], shown["name"]) == (first, last, "all")
    assert prefix in refused(ipamd, "ipam/ranges", prefix=prefix, first="10.99.0.1")
    assert "first" in refused(ipamd, "ipam/ranges", name="nothing")
    sent = f"first,prefix,name\r\n,{prefix},again\r\n"
    seen = ipamd.post(API + "ipam/ranges?mode=upsert", sent, headers={"Content-Type": "text/csv"})
    assert seen.status == 200 and [s["name"] for s in ipamd.items("ipam/ranges")] == ["again"]


def test_item_28_no_range_begins_at_the_network_or_ends_at_its_broadcast(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    assert "10.1.2.0" in refused(ipamd, "ipam/ranges", first="10.1.2.0", last="10.1.2.9")
    assert "10.1.2.255" in refused(ipamd, "ipam/ranges", first="10.1.2.9", last="10.1.2.255")
    create(ipamd, "ipam/ranges", first="10.1.2.1", last="10.1.2.254")
    create(ipamd, "ipam/subnets", prefix="2001:db8::/64")
    create(ipamd, "ipam/ranges", first="2001:db8::", last="2001:db8::9")


def test_item_29_defaults_and_kinds_of_ranges(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    made = create(ipamd, "ipam/ranges", first="10.1.2.1", last="10.1.2.9")
    assert (made["kind"], made["managed_by"]) == ("static", "ipamd")
    for i, kind in enumerate(("static", "dynamic", "auto", "vip", "reserved")):
        assert show(ipamd, "range", "add", f"10.1.2.{10 + i}-10.1.2.{10 + i}", "--kind", kind)["kind"] == kind
    assert "kind" in refused(ipamd, "ipam/ranges", first="10.1.2.30", last="10.1.2.31", kind="other")


@pytest.mark.parametrize("prefix, ends, good, bad", [
    ("10.1.2.0/24", ("10.1.2.10", "10.1.2.50"), ["10.1.2.10", "10.1.2.20-10.1.2.50"], ["10.1.2.9", "10.1.2.20-10.1.2.51", "10.1.2.30-10.1.2.20", "x", "2001:db8::11"]),
    ("2001:db8::/64", ("2001:db8::10", "2001:db8::50"), ["2001:db8::10", "2001:db8::20-2001:db8::50"], ["2001:db8::f", "2001:db8::20-2001:db8::51", "10.1.2.10"])])
def test_item_36_reserved_and_virtual_addresses_lie_inside(ipamd, prefix, ends, good, bad):
    create(ipamd, "ipam/subnets", prefix=prefix)
    made = create(ipamd, "ipam/ranges", first=ends[0], last=ends[1], reserved=good, vips=good)
    assert made["reserved"] == made["vips"] == good
    for field in ("reserved", "vips"):
        for wrong in bad:
            said = problem(change(ipamd, f"ipam/ranges/{made['id']}", **{field: [wrong]}), 422, "invalid")["detail"]
            assert field in said and wrong in said
    ipamd.ctl("range", "set", ends[0], "--reserved", good[0], "--reserved", good[1])
    assert show(ipamd, "range", "show", ends[0])["reserved"] == good


def test_item_37_what_hosts_of_a_range_are_told(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    create(ipamd, "ipam/subnets", prefix="2001:db8::/64")
    fields = {"gateways": ["10.1.2.1=9999", "10.1.2.2"], "dns_servers": ["10.9.0.53", "2001:db8::53"], "dns_suffixes": ["example.com", "example.net"],
              "wins": ["10.9.0.44"], "owner": "net team"}
    made = create(ipamd, "ipam/ranges", first="10.1.2.10", last="10.1.2.20", **fields)
    assert {k: made[k] for k in fields} == fields
    for wrong in ("10.1.2.1=0", "10.1.2.1=10000", "10.1.2.1=x", "10.1.2.1=", "2001:db8::1", "router"):
        assert wrong in problem(change(ipamd, f"ipam/ranges/{made['id']}", gateways=[wrong]), 422, "invalid")["detail"]
    six = create(ipamd, "ipam/ranges", first="2001:db8::10", last="2001:db8::20", gateways=["2001:db8::1=1"])
    assert "wins" in problem(change(ipamd, f"ipam/ranges/{six['id']}", wins=["10.9.0.44"]), 422, "invalid")["detail"]
    assert "wins" in problem(change(ipamd, f"ipam/ranges/{made['id']}", wins=["2001:db8::44"]), 422, "invalid")["detail"]
    ipamd.ctl("range", "set", "10.1.2.10", "--gateway", "10.1.2.1=5", "--dns-suffix", "example.org")
    shown = show(ipamd, "range", "show", "10.1.2.10")
    assert (shown["gateways"], shown["dns_suffixes"]) == (["10.1.2.1=5"], ["example.org"])


DEFAULTS = {"device_type": "Host", "state": "in-use", "assignment": "static", "managed_by": "ipamd"}


@pytest.mark.parametrize("address", ["10.1.2.5", "2001:db8::5"])
def test_item_44_an_address_alone_gets_the_rest(ipamd, address):
    made = create(ipamd, "ipam/addresses", address=address)
    assert {k: made.get(k) for k in DEFAULTS} == DEFAULTS
    fields = {"device_type": "Printer", "state": "reserved", "assignment": "vip", "owner": "net team", "asset_tag": "A-7", "serial": "S-7", "os": "none",
              "tags": ["floor 3"]}
    changed = change(ipamd, f"ipam/addresses/{made['id']}", **fields)
    assert changed.status == 200 and {k: changed.json()[k] for k in fields} == fields
    assert change(ipamd, f"ipam/addresses/{made['id']}", state=None).json()["state"] == "in-use"
    replaced = ipamd.request("PUT", f"{API}ipam/addresses/{made['id']}", {"address": address}).json()
    assert {k: replaced.get(k) for k in DEFAULTS} == DEFAULTS and "owner" not in replaced
    ipamd.ctl("address", "set", address, "--device-type", "Switch", "--state", "inactive", "--owner", "x")
    shown = show(ipamd, "address", "show", address)
    assert (shown["device_type"], shown["state"], shown["owner"]) == ("Switch", "inactive", "x")
    assert [a["address"] for a in ipamd.items("ipam/addresses?state=inactive&device_type=Switch")] == [address]


@pytest.mark.parametrize("address, why", [
    ("0.0.0.1", "this network"), ("127.0.0.1", "loopback"), ("169.254.1.1", "link-local"), ("255.255.255.255", "broadcast"), ("224.0.0.5", "multicast"),
    ("::", "unspecified"), ("::1", "loopback"), ("fe80::1", "link-local"), ("fec0::1", "site-local"), ("ff02::1", "multicast")])
def test_item_45_addresses_that_no_host_has(ipamd, address, why):
    said = refused(ipamd, "ipam/addresses", address=address)
    assert address in said and why in said
    asked = ipamd.ctl("address", "add", address, check=False)
    assert asked.returncode != 0 and why in asked.stderr


def test_item_48_hardware_addresses_and_client_identifiers(ipamd):
    for i, spelled in enumerate(("00-53-AB-00-00-01", "00:53:ab:00:00:01", "0053AB000001")):
        assert create(ipamd, "ipam/addresses", address=f"10.1.2.{10 + i}", mac=spelled)["mac"] == "00:53:ab:00:00:01"
        assert show(ipamd, "address", "add", f"2001:db8::{10 + i}", "--mac", spelled)["mac"] == "00:53:ab:00:00:01"
    for wrong in ("00:53:ab:00:00", "00:53:ab:00:00:01:02", "0053ab", "00:53:ab:00:00:0g"):
        assert "mac" in refused(ipamd, "ipam/addresses", address="10.1.2.20", mac=wrong)
    longest = ":".join(["ab"] * 65)
    made = create(ipamd, "ipam/addresses", address="2001:db8::20", duid=longest, iaid=4294967295)
    assert (made["duid"], made["iaid"]) == (longest, 4294967295)
    for wrong in ({"duid": longest + ":ab"}, {"duid": "xy"}, {"iaid": 4294967296}, {"iaid": -1}, {"client_id": "01:02"}):
        assert next(iter(wrong)) in problem(change(ipamd, f"ipam/addresses/{made['id']}", **wrong), 422, "invalid")["detail"]
    assert create(ipamd, "ipam/addresses", address="10.1.2.21", client_id="01:00:53:ab:00:00:01")["client_id"] == "01:00:53:ab:00:00:01"
    assert "duid" in refused(ipamd, "ipam/addresses", address="10.1.2.22", duid="00:01")


def test_item_49_an_address_does_not_end_before_it_begins(ipamd):
    early, late = "2030-01-01T00:00:00.000Z", "2031-01-01T00:00:00.000Z"
    assert "expires" in refused(ipamd, "ipam/addresses", address="10.1.2.5", assigned=late, expires=early)
    made = create(ipamd, "ipam/addresses", address="10.1.2.5", assigned=early, expires=late)
    assert (made["assigned"][:4], made["expires"][:4]) == ("2030", "2031")
    assert "expires" in problem(change(ipamd, f"ipam/addresses/{made['id']}", expires="2029-01-01T00:00:00.000Z"), 422, "invalid")["detail"]
    assert create(ipamd, "ipam/addresses", address="2001:db8::5", assigned=early, expires=early)


def test_item_52_lengths(ipamd):
    for field in ("owner", "asset_tag", "serial"):
        assert field in refused(ipamd, "ipam/addresses", address="10.1.2.5", **{field: "x" * 256})
    made = create(ipamd, "ipam/addresses", address="10.1.2.5", **{f: "x" * 255 for f in ("owner", "asset_tag", "serial", "os")})
    assert len(made["owner"]) == 255
    assert "description" in refused(ipamd, "ipam/addresses", address="10.1.2.6", description="x" * 4001)
