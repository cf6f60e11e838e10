# test_overlap.py - ranges and subnets that overlap: who may, how it is told, which one counts: items 20, 31-35.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove."""
import ipaddress
import json

import pytest

import kea as kea_module
import kea_ha
import test_feed
import worlds
from test_api import problem, refuse_overlaps
from test_carve import create
from test_collect import collect, edit
from test_conflicts import settled
from test_utilization import counts, how_full

SPACES, SUBNETS, RANGES = (f"/api/v1/ipam/{name}" for name in ("spaces", "subnets", "ranges"))
FAMILIES = [("v4", "10.9.0.0/24", "10.9.0.{}"), ("v6", "2001:db8:9::/120", "2001:db8:9::{:x}")]


def revision(answer):
    return int(answer.headers["ipam-revision"])


def states(ipamd, *ids):
    found = [ipamd.get(f"{RANGES}/{i}").json() for i in ids]
    return [(r["overlap"], r["counted"]) for r in found]


def pools(ipamd, family):
    """The ranges of servers of one family, those of one server after the other."""
    return [r for r in ipamd.items("ipam/ranges") if "scope" in r and (":" in r["first"]) == (family == "v6")]


def size(r):
    return int(r["size"])


def prefix_of(ipamd, r):
    return ipamd.get(f"{SUBNETS}/{r['parent']}").json()["prefix"]


@pytest.fixture
def site(kea, ipamd):
    ipamd.add_kea()
    return ipamd


@pytest.fixture
def twice(make_kea, make_ipamd):
    """Two servers that share nothing, with the same scopes: everything overlaps."""
    make_kea(subnets=4, shared=2, reservations=4)
    ipamd = make_ipamd(start=False)
    ipamd.config["profiles"].append({"name": "kea-open", "driver": "kea", "options": {"scheme": "http", "port": kea_module.AGENT_OPEN}})
    ipamd.write_config()
    ipamd.start()
    ipamd.add_kea()
    ipamd.add_kea(name="localhost", profile="kea-open")
    return ipamd


@pytest.mark.parametrize("family, prefix, host", FAMILIES)
def test_ranges_of_one_source_do_not_overlap_31(ipamd, family, prefix, host):
    create(ipamd, SUBNETS, prefix=prefix)
    one = create(ipamd, RANGES, first=host.format(10), last=host.format(20))
    for first, last in ((20, 30), (5, 10), (12, 15), (5, 30), (10, 20)):
        refused = ipamd.post(RANGES, {"first": host.format(first), "last": host.format(last)})
        problem(refused, 409, "overlap")
        assert f"(id {one['id']})" in refused.json()["detail"]
    two = create(ipamd, RANGES, first=host.format(21), last=host.format(30))
    problem(ipamd.post(f"{RANGES}/{two['id']}/move", {"first": host.format(20)}), 409, "overlap")
    ctl = ipamd.ctl("range", "add", f"{host.format(15)}-{host.format(40)}", check=False)
    assert ctl.returncode == 4 and "overlaps range" in ctl.stderr
    assert states(ipamd, one["id"], two["id"]) == [("none", True)] * 2


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_ranges_of_several_sources_overlap_and_say_so_32(site, family):
    """The plan and a server: both are told, one counts, and the sum has each address once."""
    pool = pools(site, family)[0]
    subnet = f"{SUBNETS}/{pool['parent']}"
    [before] = how_full(site, subnet)
    own = create(site, RANGES, first=pool["last"], last=pool["last"])
    assert states(site, pool["id"], own["id"]) == [("overlapping", True), ("overlapping", False)]
    assert how_full(site, subnet)[0]["assigned"] == before["assigned"]
    listed = site.items("ipam/ranges?overlap=overlapping")
    assert {r["id"] for r in listed} == {pool["id"], own["id"]}
    assert [r["id"] for r in site.items("ipam/ranges?counted=false")] == [own["id"]]
    shown = json.loads(site.ctl("range", "list", "--where", "overlap=overlapping", "-o", "json").stdout)
    assert {(r["id"], r["counted"]) for r in shown} == {(pool["id"], True), (own["id"], False)}
    assert site.request("DELETE", f"{RANGES}/{own['id']}").status == 204
    assert states(site, pool["id"]) == [("none", True)]


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_the_next_one_counts_when_one_goes_32(twice, family):
    """Of two servers with the same pools the first counts; when it is gone, the second does."""
    found = pools(twice, family)
    first, second = ([r for r in found if r["instance"] == name] for name in ("127.0.0.1", "localhost"))
    assert len(first) == len(second) > 0
    assert states(twice, *(r["id"] for r in first)) == [("overlapping", True)] * len(first)
    assert states(twice, *(r["id"] for r in second)) == [("overlapping", False)] * len(second)
    [space] = [i for i in how_full(twice, f"{SPACES}/default") if i["family"] == f"ip{family}"]
    assert int(space["assigned"]) == sum(map(size, first))
    twice.ctl("server", "delete", "127.0.0.1", "--wait", "--yes")
    assert states(twice, *(r["id"] for r in second)) == [("none", True)] * len(second)
    [after] = [i for i in how_full(twice, f"{SPACES}/default") if i["family"] == f"ip{family}"]
    assert after["assigned"] == space["assigned"]


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_another_one_is_chosen_and_it_is_undone_33(site, family):
    pool = pools(site, family)[0]
    subnet = f"{SUBNETS}/{pool['parent']}"
    [before] = how_full(site, subnet)
    own = create(site, RANGES, first=pool["last"], last=pool["last"])
    path = f"{RANGES}/{own['id']}/use"
    dry = site.post(f"{path}?dry_run=true")
    assert dry.status == 200 and dry.json()["changes"][0]["fields"] == ["choice"], dry.body
    assert states(site, own["id"]) == [("overlapping", False)]
    used = site.post(path)
    assert used.status == 200 and used.json()["counted"] and used.json()["id"] == own["id"], used.body
    assert states(site, pool["id"], own["id"]) == [("overlapping", False), ("overlapping", True)]
    assert counts(how_full(site, subnet)[0], "assigned") == [int(before["assigned"]) - size(pool) + 1]
    again = site.post(path)
    assert again.status == 200 and revision(again) == revision(used)          # it counts already: nothing changes
    site.ctl("range", "use", pool["id"])
    assert states(site, pool["id"], own["id"]) == [("overlapping", True), ("overlapping", False)]
    chosen = revision(site.get(f"{RANGES}/{pool['id']}"))
    collect(site)                                                             # a collection leaves the choice alone
    assert states(site, pool["id"], own["id"]) == [("overlapping", True), ("overlapping", False)]
    undone = site.post(f"/api/v1/audit/changes/{chosen}/revert", {})
    assert undone.status == 201, undone.body                                  # also of a range of a server
    assert states(site, pool["id"], own["id"]) == [("overlapping", False), ("overlapping", True)]
    undone = site.post(f"/api/v1/audit/changes/{revision(used)}/revert", {})
    assert undone.status == 201, undone.body
    assert states(site, pool["id"], own["id"]) == [("overlapping", True), ("overlapping", False)]
    site.kill()
    site.restart()
    assert states(site, pool["id"], own["id"]) == [("overlapping", True), ("overlapping", False)]


def test_a_choice_is_in_the_history_and_the_feed_33(site):
    pool = pools(site, "v4")[0]
    own = create(site, RANGES, first=pool["last"], last=pool["last"])
    rev = revision(site.post(f"{RANGES}/{own['id']}/use"))
    change = site.get(f"/api/v1/audit/changes/{rev}").json()
    assert [(i["type"], i["verb"], i["id"]) for i in change["items"]] == [("range", "set", own["id"])]
    stream = test_feed.Stream(site, f"since={rev - 1}", timeout=10)
    event = stream.change()
    stream.close()
    assert event.id == rev and event.data["items"][0]["id"] == own["id"]
    problem(site.request("PATCH", f"{RANGES}/{own['id']}", {"choice": 7}), 422, "invalid")
    problem(site.post(f"{RANGES}/{own['id']}/use?x=1"), 422, "invalid")
    problem(site.post(f"{RANGES}/99999/use"), 404, "not-found")


def test_who_may_choose_33(make_ipamd):
    """It takes the right to map ranges where the range is; who may only read is refused."""
    world = worlds.World(make_ipamd, 8057)
    try:
        found = [r for r in world.u.items("/ipam/ranges")]
        path = f"/ipam/ranges/{found[0]['id']}/use"
        assert world.admin.post(path).status == 200
        assert world.u0.post(path).status in (403, 404)
        hidden = [r for r in world.admin.items("/ipam/ranges") if r["id"] not in {f["id"] for f in found}]
        for r in hidden[:3]:
            assert world.u.post(f"/ipam/ranges/{r['id']}/use").status == 404
    finally:
        for who in (world.admin, world.u, world.u0):
            who.close()


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_partners_overlap_in_a_state_of_their_own_34(mode, make_ipamd):
    """A real pair: its ranges are told as failover, one counts; what the plan puts there overlaps in earnest."""
    pair = kea_ha.Pair(mode)
    pair.start()
    try:
        ipamd = make_ipamd(start=False)
        ipamd.config["profiles"] += [{"name": m.name, "driver": "kea", "options": {"socket4": m.socket()}} for m in (pair.ha1, pair.ha2)]
        ipamd.config["plugins"] = [{"name": "kea", "isolation": "none"}]
        ipamd.write_config()
        ipamd.start()
        ipamd.add_kea(name="127.0.0.1", profile="ha1")
        assert {r["overlap"] for r in pools(ipamd, "v4")} == {"none"}
        ipamd.add_kea(name="localhost", profile="ha2")
        found = pools(ipamd, "v4")
        first, second = ([r for r in found if r["instance"] == name] for name in ("127.0.0.1", "localhost"))
        assert {(r["overlap"], r["counted"]) for r in first} == {("failover", True)}
        assert {(r["overlap"], r["counted"]) for r in second} == {("failover", False)}
        [whole] = how_full(ipamd, f"{SUBNETS}/{first[0]['parent']}")
        assert int(whole["assigned"]) == sum(map(size, first))
        own = create(ipamd, RANGES, first=first[0]["last"], last=first[0]["last"])
        assert states(ipamd, first[0]["id"], own["id"]) == [("overlapping", True), ("overlapping", False)]
        assert ipamd.items("ipam/conflicts?kind=pools-overlap") == []
    finally:
        pair.stop()


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_ranges_of_a_server_come_by_themselves_and_are_its_own_35(kea, site, family):
    """Read-only, owned by their source; nobody sets or imports that source."""
    pool = pools(site, family)[0]
    path = f"{RANGES}/{pool['id']}"
    assert (pool["managed_by"], pool["instance"], pool["kind"]) == ("kea", "127.0.0.1", "dynamic")
    problem(site.request("DELETE", path), 409, "managed-elsewhere")
    problem(site.post(f"{path}/move", {"last": pool["first"]}), 409, "managed-elsewhere")
    for field, value in (("first", pool["last"]), ("last", pool["first"]), ("kind", "static"), ("scope", 1),
                         ("managed_by", "ipamd"), ("instance", "mine")):
        problem(site.request("PATCH", path, {field: value}), 422, "invalid")
    assert site.get(path).json() == pool
    subnet = create(site, SUBNETS, prefix={"v4": "10.250.0.0/24", "v6": "2001:db8:250::/120"}[family])
    where = {"first": {"v4": "10.250.0.9", "v6": "2001:db8:250::9"}[family], "last": {"v4": "10.250.0.19", "v6": "2001:db8:250::19"}[family]}
    problem(site.post(RANGES, {**where, "managed_by": "kea"}), 422, "invalid")
    problem(site.post(RANGES, {**where, "instance": "127.0.0.1"}), 422, "invalid")
    file = f"first,last,managed_by,instance\n{where['first']},{where['last']},kea,127.0.0.1\n"
    imported = site.request("POST", f"{RANGES}?mode=upsert", file, headers={"Content-Type": "text/csv"})
    assert imported.status == 200, imported.body
    [own] = [r for r in site.items("ipam/ranges") if r.get("parent") == subnet["id"]]
    assert (own["managed_by"], own.get("instance"), own["kind"]) == ("ipamd", None, "static")    # whatever the file says
    ctl = site.ctl("range", "delete", pool["id"], "--yes", check=False)
    assert ctl.returncode != 0 and "comes from a server" in ctl.stderr
    service = "dhcp4" if family == "v4" else "dhcp6"
    wanted = prefix_of(site, pool)
    edit(kea, lambda config: [s.update(pools=[]) for s in every_subnet(config, family) if s["subnet"] == wanted], service)
    collect(site)
    assert site.get(path).status == 404


def every_subnet(config, family):
    name = f"subnet{family[1]}"
    return config[name] + [s for n in config.get("shared-networks", []) for s in n.get(name, [])]


# --- subnets ---

NESTS = [("10.8.0.0/23", "10.8.1.0/24", "10.8.1.128/25", "10.8.0.0/16"),
         ("2001:db8:8::/119", "2001:db8:8::100/120", "2001:db8:8::180/121", "2001:db8:8::/112")]


def at(prefix, n):
    return str(ipaddress.ip_network(prefix)[0] + n)


def nested(ipamd, *ids):
    found = [ipamd.get(f"{SUBNETS}/{i}").json() for i in ids]
    return [(s["overlap"], s["counted"]) for s in found]


@pytest.mark.parametrize("outer, inner, innermost, whole", NESTS)
def test_subnets_overlap_and_say_so_20(ipamd, outer, inner, innermost, whole):
    """The same prefix is refused; others are accepted, flagged on all, and each address is counted once."""
    a = create(ipamd, SUBNETS, prefix=outer)
    assert nested(ipamd, a["id"]) == [("none", True)]
    problem(ipamd.post(SUBNETS, {"prefix": outer}), 409, "exists")
    b = create(ipamd, SUBNETS, prefix=inner)
    assert (b["overlap"], b["counted"]) == ("overlapping", False)
    ipamd.ctl("subnet", "add", innermost)
    [c] = [s for s in ipamd.items("ipam/subnets") if s["prefix"] == innermost]
    assert nested(ipamd, a["id"], b["id"], c["id"]) == [("overlapping", True), ("overlapping", False), ("overlapping", False)]
    problem(ipamd.post(SUBNETS, {"prefix": inner}), 409, "exists")
    ctl = ipamd.ctl("subnet", "add", innermost, check=False)
    assert ctl.returncode == 4 and "exists already" in ctl.stderr
    w = create(ipamd, SUBNETS, prefix=whole)
    assert [s["id"] for s in ipamd.items("ipam/subnets?counted=true")] == [w["id"]]
    assert len(ipamd.items("ipam/subnets?overlap=overlapping")) == 4
    shown = json.loads(ipamd.ctl("subnet", "list", "--where", "counted=false", "-o", "json").stdout)
    assert {s["id"] for s in shown} == {a["id"], b["id"], c["id"]}
    for s in (w, b, c):
        assert ipamd.request("DELETE", f"{SUBNETS}/{s['id']}").status == 204
    assert nested(ipamd, a["id"]) == [("none", True)]


@pytest.mark.parametrize("outer, inner, innermost, whole", NESTS)
def test_an_address_is_in_the_smallest_subnet_around_it_20(ipamd, outer, inner, innermost, whole):
    """What is in an inner subnet is handed out, held and deleted with that one alone; the sums have it once."""
    create(ipamd, "/api/v1/ipam/blocks", prefix=whole)
    a, b = (create(ipamd, SUBNETS, prefix=p) for p in (outer, inner))
    of_b = create(ipamd, RANGES, first=at(outer, 266), last=at(outer, 275))
    of_a = create(ipamd, RANGES, first=at(outer, 200), last=at(outer, 261))
    assert (of_b["parent"], of_a["parent"]) == (b["id"], a["id"])
    got = ipamd.post(f"{SUBNETS}/{a['id']}/allocate", {"count": 200}).json()["items"]
    assert {g["parent"] for g in got} == {a["id"]} and len(got) == 200
    assert {r["last"] for r in ipamd.items(f"ipam/subnets/{a['id']}/free")} == {at(outer, 255)}
    last = ipamd.post(f"{SUBNETS}/{a['id']}/allocate", {"strategy": "last"}).json()["items"][0]
    assert last["parent"] == a["id"] and last["address"] == at(outer, 255)
    problem(ipamd.post(f"{SUBNETS}/{a['id']}/allocate", {"count": 56}), 409, "exhausted")
    [one] = ipamd.post(f"{SUBNETS}/{b['id']}/allocate", {}).json()["items"]
    assert one["parent"] == b["id"]
    [block] = how_full(ipamd, f"/api/v1/ipam/blocks/{whole.replace('/', '_')}")
    assert counts(block, "used", "assigned") == [202, size(of_b) + size(of_a)]
    problem(ipamd.request("DELETE", f"{SUBNETS}/{b['id']}"), 409, "in-use")
    before = ipamd.items("ipam/addresses")
    cleared = ipamd.request("DELETE", f"{SUBNETS}/{a['id']}?children=true")
    assert cleared.status == 204, cleared.body
    assert [x["id"] for x in ipamd.items("ipam/addresses")] == [one["id"]]
    assert [r["id"] for r in ipamd.items("ipam/ranges")] == [of_b["id"]]
    undone = ipamd.post(f"/api/v1/audit/changes/{revision(cleared)}/revert", {})
    assert undone.status == 201, undone.body
    assert [x["id"] for x in ipamd.items("ipam/addresses")] == [x["id"] for x in before]
    problem(ipamd.post(f"{SUBNETS}/{a['id']}/move", {"prefix": at(outer, 2048) + "/" + outer.split("/")[1]}), 409, "overlap")
    assert ipamd.request("DELETE", f"{SUBNETS}/{b['id']}?children=true").status == 204
    assert {x["parent"] for x in ipamd.items("ipam/addresses")} == {a["id"]}


def test_a_space_may_refuse_overlaps_20(ipamd):
    ipamd.ctl("space", "add", "strict", "--subnet-overlap", "refuse")
    strict = ipamd.get(f"{SPACES}/strict").json()["id"]
    create(ipamd, SUBNETS, prefix="10.8.0.0/24", space=strict)
    for prefix in ("10.8.0.0/16", "10.8.0.128/25"):
        refused = ipamd.post(SUBNETS, {"prefix": prefix, "space": strict})
        problem(refused, 409, "overlap")
        assert "subnet_overlap" in refused.json()["hint"]
    refuse_overlaps(ipamd)                                                    # of the default space, too
    create(ipamd, SUBNETS, prefix="10.8.0.0/24")
    problem(ipamd.post(SUBNETS, {"prefix": "10.8.0.0/25"}), 409, "overlap")
    ipamd.ctl("space", "set", "default", "--subnet-overlap", "allow")
    create(ipamd, SUBNETS, prefix="10.8.0.0/25")


def test_an_overlap_is_found_as_a_conflict_20(ipamd):
    """Accepted or not: what was not meant is seen at once."""
    a, b = (create(ipamd, SUBNETS, prefix=p) for p in ("10.8.0.0/23", "10.8.1.0/24"))
    [c] = settled(ipamd, ["subnets-overlap"])
    assert [p.split()[1] for p in c["parties"]] == [str(b["id"]), str(a["id"])]
    assert ipamd.request("DELETE", f"{SUBNETS}/{a['id']}").status == 204
    settled(ipamd, [])


@pytest.mark.parametrize("outer, inner, innermost, whole", NESTS)
def test_nobody_gets_addresses_of_a_subnet_of_others_20(make_ipamd, outer, inner, innermost, whole):
    """Who may make subnets in a block makes none in a subnet that is in another access scope, and is not told of it."""
    ipamd = make_ipamd(start=False)
    ipamd.config["tokens"].append({"name": "ann", "file": str(ipamd.dir / "ann.token")})
    ipamd.write_config()
    ipamd.start()
    admin, ann = (worlds.Caller(ipamd, n) for n in ("admin", "ann"))
    eu, us = (admin.good("POST", "/access/scopes", {"path": path})["id"] for path in (worlds.EU, worlds.US))
    admin.good("POST", "/access/policies", {"principal": "token:ann", "role": "asm-administrator", "scope": eu})
    block = admin.good("POST", "/ipam/blocks", {"prefix": whole})["id"]
    admin.good("POST", f"/ipam/blocks/{block}/set-scope", {"access_scope": eu})
    other = admin.good("POST", "/ipam/subnets", {"prefix": outer})["id"]
    admin.good("POST", f"/ipam/subnets/{other}/set-scope", {"access_scope": us})
    refused = ann.post("/ipam/subnets", {"prefix": inner})
    problem(refused, 409, "overlap")
    assert outer.encode() not in refused.body and f"id {other}".encode() not in refused.body, refused.body
    around = ann.post("/ipam/subnets", {"prefix": whole})
    assert (around.status, around.body) == (refused.status, refused.body)
    assert b"another access scope" in admin.post("/ipam/subnets", {"prefix": inner}).body
    admin.good("POST", f"/ipam/subnets/{other}/set-scope", {"access_scope": None})
    for prefix in (inner, innermost):
        ann.good("POST", "/ipam/subnets", {"prefix": prefix})
    for who in (admin, ann):
        who.close()
