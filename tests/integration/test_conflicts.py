# test_conflicts.py - conflicts open at the next revision and close when they are mended: plan, real Keas, who sees them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import threading
import urllib.parse

import pytest

import kea as kea_module
import kea_ha
import test_feed
import watch
import worlds
from test_collect import edit

API = "/api/v1"
ADDRESSES, CONFLICTS = f"{API}/ipam/addresses", f"{API}/ipam/conflicts"
SECONDS = 1             # well below that a conflict is seen
KINDS = {"two-holders", "lease-of-static", "static-in-pool", "gateway-held", "gateway-in-pool", "reservation-twice",
         "reservation-outside", "pools-overlap", "ranges-overlap", "subnets-overlap", "outside-plan",
         "scope-split", "scope-twice", "pool-outside"}


def revision(answer):
    return int(answer.headers["ipam-revision"])


def make(ipamd, path, **fields):
    answer = ipamd.post(path, fields)
    assert answer.status == 201, answer
    return answer.json(), revision(answer)


def drop(ipamd, path):
    answer = ipamd.request("DELETE", path)
    assert answer.status == 204, answer
    return revision(answer)


def conflicts(ipamd, query=""):
    return ipamd.items(f"ipam/conflicts{query}")


def after(ipamd, rev):
    """The conflicts at the revision behind one that opens or closes some: it must come, and soon."""
    answer = ipamd.get(f"{CONFLICTS}?limit=1000", headers={"IPAM-Min-Revision": str(rev + 1)}, timeout=SECONDS)
    assert answer.status == 200, answer
    return answer.json()["items"]


def settled(ipamd, wanted, seconds=3):
    """Until they are of these kinds, which are sorted."""
    kinds = lambda: sorted(c["kind"] for c in conflicts(ipamd))
    watch.until(lambda: kinds() == wanted, seconds, lambda: f"{wanted}: {json.dumps(conflicts(ipamd), indent=1)}")
    return conflicts(ipamd)


def pool_of(ipamd, number=0):
    scope = ipamd.items("dhcp/scopes")[number]
    return scope, next(r for r in ipamd.items("ipam/ranges") if r.get("scope") == scope["id"])


@pytest.fixture
def site(kea, ipamd):
    """An ipamd that knows a Kea on which nothing is wrong."""
    ipamd.add_kea()
    assert settled(ipamd, []) == []
    return ipamd


def test_a_conflict_opens_and_closes_at_the_next_revision(site):
    scope, pool = pool_of(site)
    made, rev = make(site, ADDRESSES, address=pool["last"], name="printer")
    [c] = after(site, rev)
    assert (c["kind"], c["address"], c["opened_rev"], c["rev"]) == ("static-in-pool", pool["last"], rev, rev + 1)
    assert c["parties"] == [f"address {made['id']} {pool['last']}", f"scope {scope['id']} {scope['prefix']}@127.0.0.1"]
    assert "name printer" in c["evidence"][0] and f"leases {pool['first']}-{pool['last']}" in c["evidence"][1]
    assert "Exclude" in c["remedy"] and pool["last"] in c["remedy"] and 0 <= c["age"] < 60 and c["opened"]
    gone = drop(site, f"{ADDRESSES}/{made['id']}")
    assert after(site, gone) == []
    assert site.get(f"{CONFLICTS}/{c['id']}").status == 404


def test_history_has_both_the_feed_too(site):
    _, pool = pool_of(site)
    made, rev = make(site, ADDRESSES, address=pool["last"])
    [c] = after(site, rev)
    gone = drop(site, f"{ADDRESSES}/{made['id']}")
    assert after(site, gone) == []
    assert [x["id"] for x in conflicts(site, f"?at={rev + 1}")] == [c["id"]] and conflicts(site, f"?at={rev}") == []
    assert conflicts(site, f"?at={gone}") == [{k: v for k, v in c.items() if k != "age"}]
    diff = site.get(f"{API}/audit/diff?from={rev}&to={gone}").json()["changes"]
    assert {"type": "conflict", "id": c["id"], "verb": "add"}.items() <= next(x for x in diff if x["type"] == "conflict").items()
    changes = [site.get(f"{API}/audit/changes/{r}").json() for r in (rev + 1, gone + 1)]
    assert [x["actor"] for x in changes] == ["ipamd"] * 2
    assert [[(i["type"], i["verb"], i["id"]) for i in x["items"]] for x in changes] == \
        [[("conflict", "add", c["id"])], [("conflict", "delete", c["id"])]]
    stream = test_feed.Stream(site, f"since={rev}", timeout=10)
    events = [stream.change() for _ in range(3)]
    stream.close()
    assert [e.id for e in events] == [rev + 1, gone, gone + 1]
    assert [[i["type"] for i in e.data["items"]] for e in events] == [["conflict"], ["address"], ["conflict"]]


def test_a_kill_changes_nothing(site):
    _, pool = pool_of(site)
    _, rev = make(site, ADDRESSES, address=pool["last"])
    before = after(site, rev)
    stored = lambda: [{k: v for k, v in c.items() if k != "age"} for c in conflicts(site)]
    assert len(stored()) == 1
    site.kill()
    site.restart()
    watch.until(lambda: len(conflicts(site)) == 1, 5, "the conflict is there after the start")
    assert stored() == [{k: v for k, v in c.items() if k != "age"} for c in before]
    assert revision(site.get(f"{API}/ipam/spaces")) == rev + 1


def test_undoing_what_made_it_closes_it(site):
    """It follows from others: it stands in the way of no undoing."""
    _, pool = pool_of(site)
    _, rev = make(site, ADDRESSES, address=pool["last"])
    [c] = after(site, rev)
    itself = site.post(f"{API}/audit/changes/{rev + 1}/revert", {})     # there is nothing in it that somebody did
    assert itself.status == 201 and conflicts(site)[0]["id"] == c["id"]
    undone = site.post(f"{API}/audit/changes/{rev}/revert", {})
    assert undone.status == 201, undone
    assert after(site, revision(undone)) == []


def test_nobody_writes_them(site):
    _, pool = pool_of(site)
    _, rev = make(site, ADDRESSES, address=pool["last"])
    [c] = after(site, rev)
    for method, path in (("POST", CONFLICTS), ("PATCH", f"{CONFLICTS}/{c['id']}"), ("PUT", f"{CONFLICTS}/{c['id']}"),
                         ("DELETE", f"{CONFLICTS}/{c['id']}")):
        assert site.request(method, path, None if method == "DELETE" else {"remedy": "none"}).status == 405
    assert conflicts(site)[0]["id"] == c["id"]


def test_lists_and_the_command_line(site):
    scope, pool = pool_of(site)
    _, other = pool_of(site, 5)
    for p in (pool, other):
        _, rev = make(site, ADDRESSES, address=p["last"])
        after(site, rev)
    quote = urllib.parse.quote
    for query, count in (("", 2), ("?kind=static-in-pool", 2), ("?kind=two-holders", 0), (f"?within={quote(scope['prefix'])}", 1),
                         (f"?contains={pool['last']}", 1), ("?space=default", 2), ("?address=" + pool["last"], 1),
                         ("?kind.in=static-in-pool,pools-overlap&count=true", 2), ("?order=-first", 2), (f"?opened_rev={rev}", 1)):
        assert len(conflicts(site, query)) == count, query
    [c] = conflicts(site, f"?address={pool['last']}")
    assert site.get(f"{CONFLICTS}/{pool['last']}").json()["id"] == c["id"]
    shown = json.loads(site.ctl("conflict", "show", pool["last"], "-o", "json").stdout)
    assert (shown["id"], shown["parties"], shown["remedy"]) == (c["id"], c["parties"], c["remedy"])
    listed = site.ctl("conflict", "list").stdout
    assert "static-in-pool" in listed and pool["last"] in listed and other["last"] in listed
    assert site.ctl("conflict", "list", "--kind", "two-holders", "-o", "json").stdout.strip() in ("[]", "")


def test_metrics_count_each_kind(site):
    _, pool = pool_of(site)
    _, rev = make(site, ADDRESSES, address=pool["last"])
    after(site, rev)
    text = site.get("/metrics").body.decode()
    counted = {line.split('kind="')[1].split('"')[0]: float(line.split()[-1])
               for line in text.splitlines() if line.startswith("ipam_conflicts{")}
    assert counted == {**dict.fromkeys(KINDS, 0), "static-in-pool": 1}


def test_the_plan_against_reservations_and_leases(kea, site):
    """Two holders by a reservation; a lease of what the plan gives to another; what is mended closes."""
    reserved = next(r for r in kea.reservations() if "hw-address" in r and "ip-address" in r)
    made, rev = make(site, ADDRESSES, address=reserved["ip-address"], mac="00:53:00:00:00:01")
    [c] = after(site, rev)
    assert c["kind"] == "two-holders" and reserved["hw-address"] in c["evidence"][1] and "00:53:00:00:00:01" in c["evidence"][0]
    mended = site.request("PATCH", f"{ADDRESSES}/{made['id']}", {"mac": reserved["hw-address"]})
    assert mended.status == 200 and after(site, revision(mended)) == []
    assert kea.clients(5) >= 5
    site.ctl("server", "collect", "127.0.0.1", "--wait")
    assert settled(site, []) == []
    lease = kea.leases()[0]
    _, rev = make(site, ADDRESSES, address=lease["ip-address"], name="server")
    [c] = after(site, rev)
    assert c["kind"] == "lease-of-static" and lease["hw-address"] in c["evidence"][1]
    kea.ask("lease4-del", {"ip-address": lease["ip-address"]})
    site.ctl("server", "collect", "127.0.0.1", "--wait")
    settled(site, ["static-in-pool"])       # nobody has it any more, but somebody will


def test_nothing_opens_on_the_way(site):
    """What is read in pieces, and a reservation that is on its way to its server, are never in conflict, not for a moment."""
    _, pool = pool_of(site)
    path = f"{API}/ipam/ranges/{pool['id']}/allocate?wait=10s"
    made = [site.post(path, {"reservation": True, "mac": f"00:53:00:00:01:{n:02x}"}) for n in range(5)]
    assert [a.json()["items"][0]["dhcp_sync"] for a in made] == ["synced"] * 5
    for a in made:
        drop(site, f"{ADDRESSES}/{a.json()['items'][0]['id']}")
    settled(site, [])
    assert [c for c in site.items("audit/changes") if c["operation"].startswith("ipam.conflict")] == []


def test_a_gateway_in_a_pool(kea, site):
    prefix = kea.subnet_list()[0]["subnet"]
    gateway = prefix.rsplit(".", 1)[0] + ".150"

    def change(config):
        for s in config["subnet4"] + [s for n in config["shared-networks"] for s in n["subnet4"]]:
            if s["subnet"] == prefix:
                s["option-data"] = [o for o in s["option-data"] if o["name"] != "routers"] + [{"name": "routers", "data": gateway}]

    edit(kea, change)
    site.ctl("server", "collect", "127.0.0.1", "--wait")
    [c] = settled(site, ["gateway-in-pool"])
    assert c["address"] == gateway


def test_the_plan_around_scopes(site):
    """A range of the plan in a pool; scopes that are in no block once there is one; a mask that is another."""
    scope, pool = pool_of(site)
    made, rev = make(site, f"{API}/ipam/ranges", first=pool["first"], last=pool["first"], kind="static", name="ours")
    [c] = after(site, rev)
    assert (c["kind"], c["first"], c["last"]) == ("ranges-overlap", pool["first"], pool["first"])
    gone = drop(site, f"{API}/ipam/ranges/{made['id']}")
    assert after(site, gone) == []
    block, rev = make(site, f"{API}/ipam/blocks", prefix="10.0.0.0/8")
    assert settled(site, []) == []                      # IPv4 is all in it; of IPv6 there is no plan
    other, rev = make(site, f"{API}/ipam/blocks", prefix="2001:db8::/32")
    found = settled(site, ["outside-plan"] * 2)
    assert {c["prefix"] for c in found} == {s["prefix"] for s in site.items("dhcp/scopes") if ":" in s["prefix"]}
    drop(site, f"{API}/ipam/blocks/{other['id']}")
    assert settled(site, []) == []


def test_a_mask_that_differs_from_the_plans(kea, ipamd):
    prefix = kea.subnet_list()[0]["subnet"]
    assert prefix.endswith("/24")
    wide = ".".join(prefix.split(".")[:2]) + ".0.0/16"
    plan, _ = make(ipamd, f"{API}/ipam/subnets", prefix=wide)
    ipamd.add_kea()
    inside = [s for s in ipamd.items("dhcp/scopes") if ":" not in s["prefix"]]
    found = settled(ipamd, ["subnets-overlap"] * len(inside))
    assert {c["prefix"] for c in found} == {s["prefix"] for s in inside}
    assert all(c["parties"][1] == f"subnet {plan['id']} {wide}" for c in found)


def test_two_servers_with_one_configuration(make_kea, make_ipamd):
    """Pools of servers that share nothing overlap; what both reserve and lease for the same client is right."""
    kea = make_kea(subnets=6, shared=2, reservations=20)
    assert kea.clients(5) >= 5
    ipamd = make_ipamd()
    ipamd.config["profiles"].append({"name": "kea-open", "driver": "kea", "options": {"scheme": "http", "port": kea_module.AGENT_OPEN}})
    ipamd.write_config()
    ipamd.process.stop()
    ipamd.start()
    ipamd.add_kea()
    assert settled(ipamd, []) == []
    ipamd.add_kea(name="localhost", profile="kea-open")
    pools = {r["scope"] for r in ipamd.items("ipam/ranges") if r["instance"] == "localhost"}
    found = settled(ipamd, ["pools-overlap"] * len(pools))
    assert all(len(c["parties"]) == 2 and "@127.0.0.1" in c["parties"][0] and "@localhost" in c["parties"][1] for c in found)
    ipamd.ctl("server", "delete", "localhost", "--wait", "--yes")
    assert settled(ipamd, []) == []


@pytest.mark.parametrize("mode", ["hot-standby", "load-balancing"])
def test_partners_share_their_pools(mode, make_ipamd):
    pair = kea_ha.Pair(mode)
    pair.start()
    try:
        ipamd = make_ipamd(start=False)
        ipamd.config["profiles"] += [{"name": m.name, "driver": "kea", "options": {"socket4": m.socket()}} for m in (pair.ha1, pair.ha2)]
        ipamd.config["plugins"] = [{"name": "kea", "isolation": "none"}]
        ipamd.write_config()
        ipamd.start()
        for name, profile in (("127.0.0.1", "ha1"), ("localhost", "ha2")):
            ipamd.add_kea(name=name, profile=profile)
        assert len(ipamd.items("dhcp/failovers")) == 2 and len(ipamd.items("dhcp/scopes")) == 2
        assert settled(ipamd, []) == []
        make(ipamd, ADDRESSES, address=str(kea_ha.POOLS["ha1"]).split("/")[0])
        [c] = settled(ipamd, ["static-in-pool"])
        assert len(c["parties"]) == 3
    finally:
        pair.stop()


@pytest.fixture
def world(make_ipamd):
    w = worlds.World(make_ipamd, 8057)
    yield w
    for who in (w.admin, w.u, w.u0):
        who.close()


def seen_by(caller, count):
    watch.until(lambda: len(caller.items("/ipam/conflicts")) == count, 3, lambda: caller.items("/ipam/conflicts"))
    return caller.items("/ipam/conflicts")


def test_who_sees_a_conflict(world):
    """It is where its place is; a party that is elsewhere is not named to who does not see it."""
    world.admin.good("POST", "/ipam/addresses", {"address": "10.1.128.200", "name": "ours"})     # in a pool of dhcp1
    [whole] = seen_by(world.admin, 1)
    assert world.u.items("/ipam/conflicts") == [{**whole, "age": world.u.items("/ipam/conflicts")[0]["age"]}]
    assert world.u.get(f"/ipam/conflicts/{whole['id']}").status == 200
    world.put_into("/inventory/servers", world.ids["dhcp1"], None)      # the server is not his any more
    [part] = world.u.items("/ipam/conflicts")
    assert part["parties"] == whole["parties"][:1] and part["evidence"] == whole["evidence"][:1] and "key" not in part
    assert "dhcp1" not in json.dumps(part) and part["remedy"].startswith("Exclude") and "dhcp1" in whole["remedy"]
    for path in (f"/ipam/conflicts/{whole['id']}", f"/audit/changes/{whole['rev']}", "/ipam/conflicts?order=parties",
                 f"/ipam/conflicts?at={whole['rev']}", f"/audit/diff?from={whole['rev'] - 1}&to={whole['rev']}"):
        assert b"dhcp1" not in world.u.get(path).body, path
    assert world.u.items("/ipam/conflicts?parties.contains=dhcp1") == []
    world.scope(worlds.US)
    world.put_into("/ipam/blocks", world.ids["block"], worlds.US)       # nor is the place
    assert world.u.items("/ipam/conflicts") == [] and world.u.get(f"/ipam/conflicts/{whole['id']}").status == 404
    assert world.u0.get("/ipam/conflicts").status == 403
    assert [c["id"] for c in world.admin.items("/ipam/conflicts")] == [whole["id"]]


def test_conflicts_are_seen_while_a_plan_grows(site):
    """Many changes at once: none is missed, and the service answers meanwhile."""
    _, pool = pool_of(site)
    base = pool["last"].rsplit(".", 1)[0]
    prober = watch.Prober(site)
    taken = {r["address"] for r in site.items("dhcp/reservations") if "address" in r}
    many = [a for a in (f"{base}.{n}" for n in range(120, 200)) if a not in taken]
    errors = []

    def work(part):
        for address in part:
            if site.post(ADDRESSES, {"address": address}).status != 201:
                errors.append(address)

    threads = [threading.Thread(target=work, args=(many[i::4],)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors
    found = settled(site, ["static-in-pool"] * len(many), 5)
    assert {c["address"] for c in found} == set(many)
    prober.stop()
