# test_hierarchy.py - what lies in what, by lists alone: roots, children, what holds something, what nothing holds: items 18, 23, 30.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove."""
import pytest

import worlds
from test_api import problem
from test_carve import create

SPACES, BLOCKS, SUBNETS, RANGES = (f"/api/v1/ipam/{name}" for name in ("spaces", "blocks", "subnets", "ranges"))
PLANS = [("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.168.7.0/24", ("10.1.2.10", "10.1.2.19")),
         ("2001:db8::/32", "2001:db8:1::/48", "2001:db8:1:2::/64", "fd00:7::/64", ("2001:db8:1:2::10", "2001:db8:1:2::19"))]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def prefixes(server, path, query):
    answer = server.get(f"{path}?{query}")
    assert answer.status == 200, answer.body
    return [i.get("prefix") or i["first"] for i in answer.json()["items"]]


@pytest.mark.parametrize("outer, inner, leaf, beside, ends", PLANS)
def test_roots_children_and_what_holds_something_18(server, outer, inner, leaf, beside, ends):
    root, child = create(server, BLOCKS, prefix=outer), create(server, BLOCKS, prefix=inner)
    subnet = create(server, SUBNETS, prefix=leaf)
    create(server, SUBNETS, prefix=beside)
    span = create(server, RANGES, first=ends[0], last=ends[1])
    assert prefixes(server, BLOCKS, "parent.null=true") == [outer]
    assert prefixes(server, BLOCKS, f"parent={root['id']}") == [inner]
    assert prefixes(server, SUBNETS, f"parent={child['id']}") == [leaf] and prefixes(server, SUBNETS, f"parent={root['id']}") == []
    assert prefixes(server, RANGES, f"parent={subnet['id']}") == [ends[0]]
    assert prefixes(server, BLOCKS, f"contains={leaf}") == [outer, inner]  # the hierarchy of a subnet,
    assert prefixes(server, BLOCKS, f"contains={ends[0]}") == [outer, inner]  # and of a range: its subnet has the blocks
    assert (span["parent"], subnet["parent"], child["parent"], root.get("parent")) == (subnet["id"], child["id"], root["id"], None)
    tree = server.ctl("tree", outer).stdout
    assert tree.index(outer) < tree.index(inner) < tree.index(leaf) and beside not in tree


@pytest.mark.parametrize("outer, inner, leaf, beside, ends", PLANS)
def test_subnets_find_their_block_by_themselves_23(server, outer, inner, leaf, beside, ends):
    other = create(server, SPACES, name="lab")
    subnet = create(server, SUBNETS, prefix=leaf)
    create(server, SUBNETS, prefix=leaf, space=other["id"])
    assert prefixes(server, SUBNETS, "parent.null=true") == [leaf, leaf]
    block = create(server, BLOCKS, prefix=outer)
    shown = server.get(f"{SUBNETS}/{subnet['id']}").json()
    assert shown["parent"] == block["id"] and shown["rev"] == subnet["rev"]
    assert prefixes(server, SUBNETS, "parent.null=true") == [leaf]  # a space has blocks of its own
    nearer = create(server, BLOCKS, prefix=inner)
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["parent"] == nearer["id"]
    assert server.request("DELETE", f"{BLOCKS}/{nearer['id']}").status == 204
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["parent"] == block["id"]
    assert server.request("DELETE", f"{BLOCKS}/{block['id']}").status == 204
    assert prefixes(server, SUBNETS, "parent.null=true") == [leaf, leaf]


@pytest.mark.parametrize("prefix, ends", [("10.1.7.0/24", ("10.1.7.10", "10.1.7.19")), ("2001:db8:7::/64", ("2001:db8:7::10", "2001:db8:7::19"))])
def test_a_range_brings_its_subnet_along_on_demand_30(server, prefix, ends):
    body = {"first": ends[0], "last": ends[1]}
    problem(server.post(RANGES, body), 422, "invalid")
    problem(server.post(f"{RANGES}?create_subnet=true", body), 422, "invalid")  # of which prefix?
    problem(server.post(f"{SUBNETS}?create_subnet=true", {"prefix": prefix}), 422, "invalid")
    assert prefixes(server, SUBNETS, "limit=10") == []
    made = server.post(f"{RANGES}?create_subnet=true", {**body, "prefix": prefix})
    assert made.status == 201, made.body
    [subnet] = server.get(SUBNETS).json()["items"]
    assert subnet["prefix"] == prefix and made.json()["parent"] == subnet["id"] and made.json()["rev"] == subnet["rev"]
    other = server.post(f"{RANGES}?create_subnet=true", {"first": ends[1][:-2] + "30", "last": ends[1][:-2] + "39", "prefix": prefix})
    assert other.status == 201 and len(server.get(SUBNETS).json()["items"]) == 1
    bad = server.post(f"{RANGES}?create_subnet=true", {"first": "192.0.2.1", "last": "192.0.2.9", "prefix": "198.51.100.0/24"})
    problem(bad, 422, "invalid")
    assert len(server.get(SUBNETS).json()["items"]) == 1
    said = server.ctl("range", "add", "10.1.8.0/24" if "." in prefix else "2001:db8:8::/64", "--create-subnet")
    assert said.returncode == 0 and len(server.get(SUBNETS).json()["items"]) == 2


def test_the_subnet_of_a_range_needs_its_right_30(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    try:
        w.admin.good("POST", "/access/roles", {"name": "ranges", "operations": ["ipam.range.create", "ipam.range.read", "ipam.subnet.read"]})
        w.admin.good("POST", "/ipam/blocks", {"prefix": "172.16.0.0/12"})
        everything = next(s["id"] for s in w.admin.items("/access/scopes") if s["path"] == "/Global")
        w.admin.good("POST", "/access/policies", {"principal": "token:u0", "role": "ranges", "scope": everything})
        body = {"prefix": "172.16.1.0/24"}
        problem(w.u0.ask("POST", "/ipam/ranges?create_subnet=true", body), 403, "denied")
        w.admin.good("POST", "/ipam/subnets", body)
        assert w.u0.ask("POST", "/ipam/ranges?create_subnet=true", body).status == 201
    finally:
        w.close()
