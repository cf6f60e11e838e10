# test_group_utilization.py - how full the nodes of logical groups are, and were: item 78.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove. What a node has is compared with what its objects have."""
import csv
import ipaddress
import json
import urllib.parse
import xml.etree.ElementTree as ET

import pytest

import worlds
from test_api import problem
from test_carve import create
from test_utilization import ADDRESSES, HISTORY, RANGES, SPACES, SUBNETS, counts, how_full, job, moment
from worlds import EU, US

GROUPS, FIELDS = "/api/v1/ipam/logical-groups", "/api/v1/ipam/custom-fields"
SUMS = ("size", "used", "free", "static", "stateless", "reserved", "leased", "quarantined", "excluded", "assigned", "utilized")
FAMILIES = {"ipv4": ("10.1.{}.0/24", "10.1.{}.{}"), "ipv6": ("2001:db8:{}::/120", "2001:db8:{}::{:x}")}
# Of each family a subnet: its number, its values.
PLAN = [(1, ["Place=Oslo", "Stage=live"]), (2, ["Place=Oslo", "Stage=test"]), (3, ["Place=Oslo"]), (4, ["Place=Bonn", "Stage=live"]), (5, [])]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def fields(server):
    create(server, FIELDS, name="Place", values=["Oslo", "Bonn", "Paris"])
    create(server, FIELDS, name="Stage", values=["test", "live"])
    for name, of in (("subnets", "subnet"), ("ranges", "range"), ("addresses", "address")):
        create(server, GROUPS, name=name, of=of, levels=["Place", "Stage"])


def fill(server):
    """Subnets with a range of ten each; the more addresses, the higher their number. Returns {family: {number: (subnet, range)}}."""
    fields(server)
    made = {}
    for family, (prefix, host) in FAMILIES.items():
        for n, values in PLAN:
            subnet = create(server, SUBNETS, prefix=prefix.format(n), custom=values)
            span = create(server, RANGES, first=host.format(n, 10), last=host.format(n, 19), custom=values, kind="dynamic" if n == 2 else "static")
            for k in range(n):
                create(server, ADDRESSES, address=host.format(n, 10 + k), assignment="dynamic" if n == 2 else "static")
            create(server, ADDRESSES, address=host.format(n, 100), state="reserved")
            made.setdefault(family, {})[n] = (subnet["id"], span["id"])
    return made


def node(server, group, *path, status=200, **query):
    if path:
        query["node"] = json.dumps(path)
    answer = server.get(f"{GROUPS}/{urllib.parse.quote(group)}/utilization?" + urllib.parse.urlencode(query))
    assert answer.status == status, answer.body
    return answer.json()["items"] if status == 200 else answer


NODES = [((), (1, 2, 3, 4, 5)), (("Oslo",), (1, 2, 3)), (("Oslo", "live"), (1,)), (("Oslo", None), (3,)), (("Bonn",), (4,)), ((None,), (5,)), (("oslo", "LIVE"), (1,))]


@pytest.mark.parametrize("group, which", [("subnets", 0), ("ranges", 1)])
def test_a_node_is_the_sum_of_its_objects_78(server, group, which):
    made = fill(server)
    path = (SUBNETS, RANGES)[which]
    for named, members in NODES:
        items = node(server, group, *named)
        assert [i["family"] for i in items] == ["ipv4", "ipv6"]
        for item in items:
            each = [how_full(server, f"{path}/{made[item['family']][n][which]}")[0] for n in members]
            assert counts(item, *SUMS) == [sum(col) for col in zip(*(counts(e, *SUMS) for e in each))], (named, item)
            share = int(item["used"]) * 10000 // int(item["size"]) / 100
            assert item["utilization"] == share and "samples" not in item
            of = int(item["assigned"] if group == "ranges" else item["size"])
            assert item["percent_utilized"] == int(item["utilized"]) * 10000 // of / 100
    # As the tree counts them: each node of it can be asked.
    tree = server.get(f"{GROUPS}/{group}/tree").json()
    for top in tree["nodes"]:
        assert int(node(server, group, top["value"])[0]["size"]) == top["count"] // 2 * (256 if group == "subnets" else 10)
    # One value without a list; and it follows each write.
    plain = server.get(f"{GROUPS}/{group}/utilization?node=Bonn").json()["items"]
    assert plain == node(server, group, "Bonn")
    create(server, ADDRESSES, address="10.1.4.15")
    assert int(node(server, group, "Bonn")[0]["used"]) == int(plain[0]["used"]) + 1
    assert server.request("PATCH", f"{path}/{made['ipv4'][4][which]}", {"custom": ["Place=Paris"]}).status == 200
    assert [i["family"] for i in node(server, group, "Bonn")] == ["ipv6"] and [i["family"] for i in node(server, group, "Paris", None)] == ["ipv4"]


@pytest.mark.parametrize("group, which", [("subnets", 0), ("ranges", 1)])
def test_a_node_over_time_78(server, group, which):
    made = fill(server)
    path = (SUBNETS, RANGES)[which]
    job(server, f"{HISTORY}/run")
    for family in FAMILIES:
        for k in range(20, 26):
            create(server, ADDRESSES, address=FAMILIES[family][1].format(1, k - 8 if which else k))
    job(server, f"{HISTORY}/run")
    span = {"from": moment(hours=1), "to": moment(hours=-1)}
    for named, members in NODES:
        for query in ({**span, "step": "2h"}, {**span, "step": "30m"}):
            items = node(server, group, *named, **query)
            asked = "?" + urllib.parse.urlencode(query)
            for family in FAMILIES:
                mine = [i for i in items if i["family"] == family]
                each = [how_full(server, f"{path}/{made[family][n][which]}", asked) for n in members]
                assert [i["samples"] for i in mine] == [max(s["samples"] for s in steps) for steps in zip(*each)]
                for item, steps in zip(mine, zip(*each)):
                    known = [s for s in steps if s["samples"]]
                    assert ("used" in item) == bool(known)
                    if known:
                        names = ("size", "used", "assigned", "utilized", "peak")
                        assert counts(item, *names) == [sum(col) for col in zip(*(counts(s, *names) for s in known))], (named, item)
    assert max(i["samples"] for i in node(server, group, "Oslo", **span, step="2h")) == 2
    twelve = node(server, group, "Bonn", **{"from": moment(days=30)})
    assert len(twelve) == 24 and [i["samples"] for i in twelve][11::12] == [2, 2]
    # What came later counts from then on.
    late = create(server, SUBNETS, prefix="10.1.9.0/24", custom=["Place=Bonn"])
    create(server, RANGES, first="10.1.9.1", last="10.1.9.9", custom=["Place=Bonn"])
    before = node(server, group, "Bonn", **span, step="2h")
    job(server, f"{HISTORY}/run")
    after = node(server, group, "Bonn", **span, step="2h")
    assert int(after[0]["size"]) - int(before[0]["size"]) == (9 if which else 256) and late
    now = node(server, group, "Oslo", forecast="true")
    assert [i["forecast"] for i in now] == ["too-few", "too-few"]


@pytest.mark.usefixtures("kea")
def test_addresses_of_ranges_that_overlap_count_once_78(ipamd):
    ipamd.add_kea()
    theirs = ipamd.items("ipam/ranges")
    spans = [tuple(ipaddress.ip_address(r[k]) for k in ("first", "last")) for r in theirs]
    wide = max(spans, key=lambda s: int(s[1]) - int(s[0]))
    mine = create(ipamd, RANGES, first=str(wide[0] + 1), last=str(wide[1] - 1), name="mine")
    for item in node(ipamd, "Managed by"):
        version = 4 if item["family"] == "ipv4" else 6
        assert int(item["size"]) == sum(int(b) - int(a) + 1 for a, b in spans if a.version == version)
    # In a node of its own it counts as a whole.
    [own] = node(ipamd, "Managed by", "IPAM", "Localhost")
    assert int(own["size"]) == int(wide[1]) - int(wide[0]) - 1 and mine["managed_by"] == "ipamd"


def test_only_what_one_sees_is_in_a_node_78(make_ipamd):
    w = worlds.World(make_ipamd, 8056)
    try:
        w.scope(US)
        w.admin.good("POST", "/ipam/custom-fields", {"name": "Place", "values": ["Oslo", "Bonn"]})
        w.admin.good("POST", "/ipam/logical-groups", {"name": "places", "of": "subnet", "levels": ["Place"]})
        for prefix, place, scope in (("172.16.1.0/24", "Oslo", EU), ("172.16.2.0/25", "Oslo", US), ("172.16.3.0/24", "Bonn", US), ("2001:db8:1::/64", "Oslo", US)):
            made = w.admin.good("POST", "/ipam/subnets", {"prefix": prefix, "custom": [f"Place={place}"]})
            w.put_into("/ipam/subnets", made["id"], scope)
        w.admin.good("POST", "/access/roles", {"name": "looks", "operations": ["ipam.subnet.read", "ipam.logical-group.read", "ipam.custom-field.read"]})
        w.policy("token:u0", "looks", EU)
        assert [int(i["size"]) for i in w.admin.good("GET", "/ipam/logical-groups/places/utilization?node=Oslo")["items"]] == [256 + 128, 2**64]
        seen = w.u0.ask("GET", "/ipam/logical-groups/places/utilization?node=Oslo")
        assert [int(i["size"]) for i in seen.json()["items"]] == [256], seen
        problem(w.u0.ask("GET", "/ipam/logical-groups/places/utilization?node=Bonn"), 404, "not-found")      # as if there were none
        problem(w.u0.ask("GET", "/ipam/logical-groups/places/utilization?node=Rome"), 404, "not-found")
    finally:
        w.close()


def test_questions_about_nodes_that_are_none_78(server):
    fields(server)
    assert node(server, "subnets") == []
    create(server, SUBNETS, prefix="10.1.1.0/24", custom=["Place=Oslo"])
    for text in ("[", "[1]", "[null,\"live\"]", "[\"Oslo\",\"live\",\"x\"]", "[{}]", ""):
        problem(server.get(f"{GROUPS}/subnets/utilization?node={urllib.parse.quote(text)}"), 422, "invalid")
    for text in ("Bonn", "[null]", "[\"Oslo\",\"live\"]", "{}"):
        body = problem(server.get(f"{GROUPS}/subnets/utilization?node={urllib.parse.quote(text)}"), 404, "not-found")
        assert "/tree" in body["hint"]
    problem(server.get(f"{GROUPS}/subnets/utilization?nodes=Oslo"), 422, "invalid")
    problem(server.get(f"{SUBNETS}/10.1.1.0_24/utilization?node=Oslo"), 422, "invalid")
    problem(server.get(f"{GROUPS}/none/utilization"), 404, "not-found")
    body = problem(server.get(f"{GROUPS}/addresses/utilization"), 501, "unsupported")
    assert "no utilization of its own" in body["detail"]
    for query in ("step=1s", "from=noon", "forecast=true&step=1h"):
        problem(server.get(f"{GROUPS}/subnets/utilization?{query}"), 422, "invalid")
    # The limits of Windows IPAM, in a space that has them.
    tight = create(server, SPACES, name="tight", limits="strict")["id"]
    create(server, SUBNETS, prefix="10.1.1.0/24", space=tight, custom=["Place=Bonn"])
    create(server, SUBNETS, prefix="2001:db8::/64", space=tight, custom=["Place=Paris"])
    assert len(node(server, "subnets", "Bonn", **{"from": moment(days=30)})) == 12
    node(server, "subnets", "Bonn", status=422, step="1h")
    node(server, "subnets", "Paris", status=422, **{"from": moment(days=30)})
    assert int(node(server, "subnets", "Paris")[0]["size"]) == 2**64
    # The same prefix in another space is another subnet.
    assert int(node(server, "subnets")[0]["size"]) == 512


def test_a_node_of_many_objects_is_told_now_but_not_over_time_78(server):
    fields(server)
    for part in range(3):
        rows = [{"prefix": f"10.{(part * 700 + n) >> 8}.{(part * 700 + n) & 255}.0/24", "custom": ["Place=Oslo"]} for n in range(700)]
        assert server.post(SUBNETS, rows).status == 201
    assert int(node(server, "subnets", "Oslo")[0]["size"]) == 2100 * 256
    body = problem(node(server, "subnets", "Oslo", status=413, step="1h"), 413, "too-large")
    assert "2000" in body["detail"] and "further level" in body["hint"]


def test_nodes_by_the_command_line_78(server):
    fill(server)
    job(server, f"{HISTORY}/run")
    told = server.ctl("logical-group", "utilization", "subnets", "Oslo", "live").stdout.splitlines()
    assert told[0] == "subnets: Oslo / live" and told[1] == "IPv4" and told[2].split()[-3:] == ["2", "of", "256"], told
    assert any("not enough samples" in line for line in told) and "IPv6" in told
    whole = server.ctl("logical-group", "utilization", "ranges", "--family", "ipv4").stdout.splitlines()
    assert whole[0] == "ranges" and "IPv6" not in whole and whole[2].split()[-3:] == ["15", "of", "50"], whole
    alone = server.ctl("logical-group", "utilization", "ranges", "Oslo", "--unmapped").stdout.splitlines()
    assert alone[0] == "ranges: Oslo / unmapped" and alone[2].split()[-3:] == ["3", "of", "10"], alone
    assert server.ctl("logical-group", "utilization", "ranges", "--unmapped").stdout.startswith("ranges: unmapped\n")
    chart = server.ctl("logical-group", "utilization", "subnets", "Oslo", "--since", "24h", "--family", "ipv6").stdout.splitlines()
    assert chart[0] == "subnets: Oslo" and len(chart) == 12 and chart[8].split("│")[1].endswith("█")
    rows = list(csv.DictReader(server.ctl("logical-group", "utilization", "subnets", "Oslo", "--since", "24h", "--step", "12h", "-o", "csv").stdout.splitlines()))
    assert [r["family"] for r in rows] == ["ipv4", "ipv4", "ipv6", "ipv6"] and rows[1]["used"] == "9"
    drawn = ET.fromstring(server.ctl("logical-group", "utilization", "ranges", "Bonn", "-o", "svg").stdout)
    assert drawn.find("{http://www.w3.org/2000/svg}title").text == "ranges: Bonn"
    for words, code in ((["none"], 3), (["subnets", "Rome"], 3), (["subnets", "Oslo", "live", "more"], 2), (["subnets", "--since", "soon"], 2), ([], 2)):
        assert server.ctl("logical-group", "utilization", *words, check=False).returncode == code, words
