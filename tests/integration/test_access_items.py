# test_access_items.py - access control, item by item: groups, roles, roles of one's own, scopes, set-scope, policies, DNS.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv

import pytest

import daemon
import worlds
from test_api import problem
from worlds import EU, US

GROUPS = {"administrator": "IPAM Administrators", "reader": "IPAM Users", "asm-group": "IPAM ASM Administrators", "msm-group": "IPAM MSM Administrators",
          "audit-group": "IPAM IP Audit Administrators"}
ROLES = {"ipam-administrator": "IPAM Administrator", "asm-administrator": "IPAM ASM Administrator", "msm-administrator": "IPAM MSM Administrator",
         "dhcp-administrator": "IPAM DHCP Administrator", "dhcp-scope-administrator": "IPAM DHCP Scope Administrator",
         "dhcp-reservations-administrator": "IPAM DHCP Reservations Administrator", "dns-administrator": "IPAM DNS Administrator",
         "dns-record-administrator": "DNS Record Administrator", "address-record-administrator": "IP Address Record Administrator"}
EVERYWHERE = 2      # the id of /Global


@pytest.fixture
def world(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    w.scope(US)
    yield w
    w.close()


def published():
    """Who, by title, may what of ours."""
    with open(daemon.TREE / "tests" / "data" / "access" / "expected.tsv") as f:
        rows = [row for row in csv.reader((line for line in f if not line.startswith("#")), delimiter="\t") if row[2] != "-"]
    told = {}
    for who, _, operation, may in rows:
        told.setdefault(who, {}).setdefault(operation, set()).add(may)
    return told


def verdict(world, who, operation, **more):
    query = "".join(f"&{k}={str(v).replace('/', '%2F')}" for k, v in more.items())
    return world.admin.good("GET", f"/access/explain?operation={operation}&principal=token:{who}{query}")["verdict"]


def titles_may(world, keys, kind):
    told, known = published(), {o["name"] for o in world.admin.items("/access/operations")}
    for key, title in keys.items():
        shown = world.admin.good("GET", f"/access/roles/{key}")
        assert (shown["title"], shown["kind"]) == (title, kind)
        for operation, may in told[title].items():
            assert operation not in known or len(may) > 1 or (operation in shown["operations"]) == (may == {"1"}), (key, operation)


def test_item_145_five_fixed_groups(world):
    assert {r["name"] for r in world.admin.items("/access/roles") if r["kind"] == "group"} == set(GROUPS)
    titles_may(world, GROUPS, "group")
    for group in GROUPS:
        made = world.admin.good("POST", "/access/policies", {"principal": f"token:in-{group}", "role": group, "scope": EVERYWHERE})
        may_track = verdict(world, f"in-{group}", "audit.tracking.read") == "allowed"
        assert may_track == (group in ("administrator", "audit-group")), made
    for role in ROLES:
        world.admin.good("POST", "/access/policies", {"principal": f"token:is-{role}", "role": role, "scope": EVERYWHERE})
        assert verdict(world, f"is-{role}", "audit.tracking.read") == "denied"
    refused = world.admin.post("/access/policies", {"principal": "token:x", "role": "asm-group", "scope": world.ids[EU]})
    assert "whole network" in problem(refused, 422, "invalid")["detail"]


def test_item_146_nine_built_in_roles_that_stay_as_they_are(world):
    shown = [r for r in world.admin.items("/access/roles") if r["kind"] == "built-in"]
    assert {r["name"] for r in shown} == set(ROLES)
    titles_may(world, ROLES, "built-in")
    for name in (*ROLES, *GROUPS):
        assert world.admin.ask("PATCH", f"/access/roles/{name}", {"operations": ["ipam.block.create"]}).status == 409
        assert world.admin.ask("DELETE", f"/access/roles/{name}").status == 409
        assert world.admin.post("/access/roles", {"name": name, "operations": ["ipam.block.create"]}).status == 409
    assert [r for r in world.admin.items("/access/roles") if r["kind"] == "built-in"] == shown


def test_item_147_a_role_of_ones_own(world):
    world.admin.good("POST", "/access/roles", {"name": "desk", "operations": ["ipam.address.create", "ipam.address.change"]})
    world.policy("token:u0", "desk", EU)
    assert world.u0.post("/ipam/addresses", {"address": "10.1.2.60"}).status == 201
    assert world.u0.ask("PATCH", "/ipam/addresses/10.1.2.60", {"name": "x"}).status == 200
    assert world.u0.ask("DELETE", "/ipam/addresses/10.1.2.60").status == 403
    assert world.u0.post("/ipam/subnets", {"prefix": "10.1.99.0/24"}).status == 403
    world.admin.good("PATCH", "/access/roles/desk", {"operations": ["ipam.address.delete"]})
    assert world.u0.ask("DELETE", "/ipam/addresses/10.1.2.60").status == 204 and world.u0.post("/ipam/addresses", {"address": "10.1.2.61"}).status == 403
    operations = world.admin.items("/access/operations")
    closed = [o["name"] for o in operations if o["admin_only"] or o["groups_only"]]
    assert len(closed) > 20
    for name in closed:
        seen = world.admin.post("/access/roles", {"name": "too-much", "operations": ["ipam.address.create", name]})
        assert name in problem(seen, 422, "invalid")["detail"]
    every = [o["name"] for o in operations if o["name"] not in closed]
    world.admin.good("POST", "/access/roles", {"name": "all", "operations": every})
    problem(world.admin.ask("DELETE", "/access/roles/desk"), 409, "in-use")


def test_item_148_a_tree_of_scopes(world):
    make = lambda path: world.admin.post("/access/scopes", {"path": path})
    assert make("/Global/Eu/De").status == 201 and make("\\Global\\Eu\\Fr").json()["path"] == "/Global/Eu/Fr"
    assert make("/Global/Us/De").status == 201
    problem(make("/Global/Eu/De"), 409, "exists")
    for wrong in ("/Global", "/Other", "Eu", "/Global/", "/Global//x", "/Global/No/x", "", "/"):
        assert make(wrong).status in (409, 422), wrong
    path = "/Global"
    for level in range(7):
        path += f"/l{level}"
        assert make(path).status == 201
    assert "levels" in problem(make(path + "/deeper"), 422, "invalid")["detail"]
    de = world.admin.good("GET", "/access/scopes/%2FGlobal%2FEu%2FDe")["id"]
    held = world.admin.good("POST", "/access/policies", {"principal": "token:u0", "role": "asm-administrator", "scope": de})["id"]
    assert world.admin.ask("DELETE", f"/access/scopes/{world.ids[EU]}").status == 409       # objects are in it
    world.put_into("/ipam/blocks", world.ids["block"], None)
    world.put_into("/inventory/servers", "dhcp1", None)
    world.put_into("/ipam/vlan-groups", "eu-campus", None)
    world.put_into("/ipam/vrfs", "eu-vrf", None)
    assert world.admin.ask("DELETE", f"/access/scopes/{world.ids[EU]}").status == 204
    left = [s["path"] for s in world.admin.items("/access/scopes")]
    assert "/Global/Us/De" in left and not any(p.startswith(EU) for p in left)
    assert world.admin.get(f"/access/policies/{held}").status == 404 and world.admin.items("/access/policies?principal=token:u0") == []
    problem(world.admin.ask("DELETE", f"/access/scopes/{EVERYWHERE}"), 409, "in-use")


def test_item_149_seven_kinds_are_put_into_scopes(make_ipamd, kea):
    w = worlds.World(make_ipamd, 8055)
    w.scope(US)
    problem(w.admin.post("/ipam/spaces/default/set-scope", {"access_scope": EU}), 409, "in-use")    # it is in /Global for ever
    kinds = {"/ipam/blocks": w.ids["block"], "/ipam/subnets": w.ids["subnet"], "/ipam/ranges": w.ids["range"], "/inventory/servers": w.ids["dhcp1"],
             "/dhcp/scopes": w.admin.items("/dhcp/scopes")[0]["id"]}
    for path, key in kinds.items():
        assert w.u.get(f"{path}/{key}").status == 200
        put = w.put_into(path, key, US)
        assert put["access_scope"] == w.ids[US] and put.get("effective_scope", w.ids[US]) == w.ids[US]
        assert w.u.get(f"{path}/{key}").status == 404
        inherits = w.put_into(path, key, None)
        assert "access_scope" not in inherits
        w.put_into(path, key, EU)
    w.close()


def test_item_149_superscopes_and_what_is_in_them(make_ipamd, kea):
    server = make_ipamd(port=8056)
    admin = worlds.Caller(server, "admin")
    server.add_kea()
    ids = {p: admin.good("POST", "/access/scopes", {"path": p})["id"] for p in (EU, US)}
    network = admin.items("/dhcp/superscopes")[0]
    inside = [s for s in admin.items("/dhcp/scopes") if s.get("superscope") == network["name"]]
    outside = next(s for s in admin.items("/dhcp/scopes") if "superscope" not in s)
    assert len(inside) == 4
    effective = lambda row: admin.good("GET", f"/dhcp/scopes/{row['id']}").get("effective_scope")
    admin.good("POST", "/inventory/servers/127.0.0.1/set-scope", {"access_scope": US})
    assert effective(inside[0]) == effective(outside) == ids[US]
    admin.good("POST", f"/dhcp/superscopes/{network['id']}/set-scope", {"access_scope": EU})
    assert {effective(s) for s in inside} == {ids[EU]} and effective(outside) == ids[US]
    admin.good("POST", f"/dhcp/scopes/{inside[0]['id']}/set-scope", {"access_scope": US})
    server.ctl("server", "collect", "127.0.0.1", "--wait")  # what the server says of it changes nothing of that
    assert effective(inside[0]) == ids[US] and effective(inside[1]) == ids[EU]
    admin.good("POST", f"/dhcp/scopes/{inside[0]['id']}/set-scope", {"access_scope": None})
    admin.good("POST", f"/dhcp/superscopes/{network['id']}/set-scope", {"access_scope": None})
    assert {effective(s) for s in inside} == {ids[US]}
    admin.close()


def test_item_149_what_is_moved_takes_its_parts_along(world):
    world.add("inner", "/ipam/blocks", {"prefix": "10.1.2.0/23"})
    world.admin.good("POST", "/ipam/addresses", {"address": "10.1.2.110"})
    effective = lambda path: world.admin.good("GET", path).get("effective_scope")
    parts = ["/ipam/subnets/10.1.2.0_24", "/ipam/ranges/10.1.2.100-10.1.2.150", "/ipam/addresses/10.1.2.37", "/ipam/addresses/10.1.2.110", "/ipam/blocks/10.1.2.0_23"]
    assert {effective(p) for p in parts} == {world.ids[EU]}
    world.put_into("/ipam/blocks", world.ids["inner"], US)
    assert {effective(p) for p in parts} == {world.ids[US]} and effective("/ipam/addresses/10.1.3.1") == world.ids[US]
    world.put_into("/ipam/ranges", world.ids["range"], EU)
    assert effective("/ipam/addresses/10.1.2.110") == world.ids[EU] and effective("/ipam/addresses/10.1.2.37") == world.ids[US]
    assert [a["address"] for a in world.u.items("/ipam/addresses")] == ["10.1.2.110"]
    world.put_into("/ipam/ranges", world.ids["range"], None)
    world.admin.good("DELETE", "/ipam/ranges/10.1.2.100-10.1.2.150")
    world.put_into("/ipam/blocks", world.ids["inner"], None)
    assert {effective(p) for p in parts if "ranges" not in p} == {world.ids[EU]}
    world.add("between", "/ipam/blocks", {"prefix": "10.1.0.0/17"}, US)        # a new parent
    assert {effective(p) for p in parts if "ranges" not in p} == {world.ids[US]} and world.u.items("/ipam/addresses") == []
    world.admin.good("PATCH", f"/access/scopes/{world.ids[US]}", {"path": "/Global/Eu/Us"})       # its scope becomes a part of his
    assert len(world.u.items("/ipam/addresses")) == 32


def test_item_150_several_pairs_add_up(world):
    world.add("us block", "/ipam/blocks", {"prefix": "10.9.0.0/16"}, US)
    world.add("us subnet", "/ipam/subnets", {"prefix": "10.9.1.0/24"})
    de = world.admin.good("POST", "/access/scopes", {"path": "/Global/Us/Ny"})["id"]
    world.add("ny", "/ipam/subnets", {"prefix": "10.9.2.0/24"})
    world.put_into("/ipam/subnets", world.ids["ny"], "/Global/Us/Ny")
    world.policy("token:u0", "address-record-administrator", EU)
    assert [s["prefix"] for s in world.u0.items("/ipam/subnets?within=10.9.0.0/16")] == []
    world.policy("token:u0", "asm-administrator", US)
    assert [s["prefix"] for s in world.u0.items("/ipam/subnets?within=10.9.0.0/16")] == ["10.9.1.0/24", "10.9.2.0/24"]
    rows = [{"prefix": "10.9.3.0/24"}, {"prefix": "10.1.30.0/24"}, {"prefix": "10.8.0.0/24"}]
    told = world.u0.good("POST", "/ipam/subnets?partial=true", rows)["items"]
    assert [t["status"] for t in told] == [201, 403, 403] and told[1]["problem"]["type"] == "/problems/denied"
    assert world.u0.post("/ipam/subnets", rows[1:]).status == 403
    assert world.u0.post("/ipam/addresses", {"address": "10.1.2.70"}).status == 201          # by the one pair
    assert world.u0.post("/ipam/addresses", {"address": "10.9.2.70"}).status == 201          # by the other, on a part of its scope
    assert world.u0.ask("PATCH", "/ipam/subnets/10.1.2.0_24", {"name": "x"}).status == 403 and world.u0.ask("PATCH", "/ipam/subnets/10.9.2.0_24", {"name": "x"}).status == 200
    why = world.admin.good("GET", "/access/explain?operation=ipam.subnet.change&principal=token:u0&type=subnet&key=10.9.2.0_24")
    assert why["verdict"] == "allowed" and len(why["rights"]) == 2 and [r["covers"] for r in why["rights"]].count(True) == 1
    who = [w["principal"] for w in world.admin.good("GET", "/access/who-can?operation=ipam.subnet.change&type=subnet&key=10.9.2.0_24")["items"]]
    assert "token:u0" in who and "token:u" not in who and de


def test_item_151_a_right_for_each_type_of_dns_record(world):
    operations = {o["name"]: o for o in world.admin.items("/access/operations?name.prefix=dns.record.")}
    types = {n.split(".")[2] for n in operations if n.count(".") == 3}
    assert len(types) == 20 and all(f"dns.record.{t}.{verb}" in operations for t in types for verb in ("create", "change", "delete"))
    world.admin.good("POST", "/access/roles", {"name": "only-a", "operations": ["dns.record.a.create", "dns.record.aaaa.delete"]})
    world.policy("token:u0", "only-a", EU)
    assert verdict(world, "u0", "dns.record.read", scope=EU) == "allowed"  # by seeing the scope
    for name in sorted(operations.keys() - {"dns.record.read"}):
        wanted = "allowed" if name in ("dns.record.a.create", "dns.record.aaaa.delete") else "denied"
        assert verdict(world, "u0", name, scope=EU) == wanted, name
    assert verdict(world, "u0", "dns.record.a.create", scope=US) == "hidden"
    world.policy("token:someone", "dns-record-administrator", EU)
    assert all(verdict(world, "someone", n, scope=EU) == "allowed" for n in operations)
    world.admin.good("POST", "/access/policies", {"principal": "token:asm", "role": "asm-group", "scope": EVERYWHERE})
    assert {t for t in types if verdict(world, "asm", f"dns.record.{t}.create", scope=EU) == "allowed"} == {"a", "aaaa", "ptr"}
