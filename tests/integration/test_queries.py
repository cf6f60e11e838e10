# test_queries.py - saved queries: what they ask for, who sees them, and what is refused.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import urllib.parse

import pytest

from test_api import create, problem
from test_plan_items import change, delete, refused
from worlds import Caller

API, QUERIES = "/api/v1/", "system/queries"


def run(ipamd, name, params=""):
    return ipamd.get(f"{API}{QUERIES}/{urllib.parse.quote(name, safe='')}/run{params}")


def show(ipamd, *words):
    return json.loads(ipamd.ctl(*words, "-o", "json").stdout)


@pytest.fixture
def plan(ipamd):
    for n in range(1, 6):
        create(ipamd, "ipam/subnets", prefix=f"10.1.{n}.0/28", name=f"floor {n}")
        create(ipamd, "ipam/subnets", prefix=f"2001:db8:0:{n}::/124", name=f"floor {n}, new")
        ipamd.post(f"{API}ipam/subnets/10.1.{n}.0_28/allocate", {"count": n})
    return ipamd


BUSY = {"list": "ipam/subnets", "query": "utilization.gt=15&order=-utilization&fields=prefix,utilization"}


def test_a_query_is_the_list_it_names(plan):
    made = create(plan, QUERIES, name="busy", description="what fills up", **BUSY)
    assert made["made_by"] == "token:admin" and "shared" not in made
    direct = plan.get(f"{API}ipam/subnets?{BUSY['query']}")
    assert direct.json()["items"] and [i["prefix"] for i in direct.json()["items"]] == ["10.1.5.0/28", "10.1.4.0/28", "10.1.3.0/28"]
    assert run(plan, "busy").json() == direct.json() and run(plan, str(made["id"])).json() == direct.json()
    table = run(plan, "busy", "?limit=1000&count=true").json()
    assert table["total"] == 3
    text = plan.get(f"{API}{QUERIES}/busy/run", headers={"Accept": "text/csv"})
    assert text.headers["content-type"].startswith("text/csv")
    assert text.body.decode().splitlines()[:2] == ["prefix,utilization", "10.1.5.0/28,31.25"]


def test_pages_of_a_run(plan):
    create(plan, QUERIES, name="all of them", list="ipam/subnets", query="within=2001:db8::/32&limit=2&fields=prefix")
    found, cursor = [], None
    for _ in range(3):
        page = run(plan, "all of them", f"?cursor={cursor}" if cursor else "").json()
        found, cursor = found + [i["prefix"] for i in page["items"]], page["next"]
    assert found == [f"2001:db8:0:{n}::/124" for n in range(1, 6)] and cursor is None
    one = run(plan, "all of them", "?limit=1").json()       # what the request says counts
    assert len(one["items"]) == 1 and one["next"]
    problem(run(plan, "all of them", "?cursor=00"), 400, "bad-cursor")
    assert problem(run(plan, "all of them", "?name=x"), 422, "invalid")
    problem(run(plan, "none"), 404, "not-found")


def test_a_run_of_the_past(plan):
    create(plan, QUERIES, name="floors", list="ipam/subnets", query="name.prefix=floor%20&fields=name&within=10.0.0.0%2F8")
    before = plan.get(API + "ipam/spaces").headers["ipam-revision"]
    change(plan, "ipam/subnets/10.1.1.0_28", name="cellar")
    assert len(run(plan, "floors").json()["items"]) == 4
    assert len(run(plan, "floors", f"?at={before}").json()["items"]) == 5


def said(answer):
    p = answer.json()
    return answer.status, p["type"], p["detail"], p["hint"], p.get("errors")


@pytest.mark.parametrize("path,query", [
    ("ipam/subnets", "utilisation.gt=80"), ("ipam/subnets", "utilization.contains=8"), ("ipam/subnets", "order=vlans"),
    ("ipam/subnets", "within=10.1.0.1/8"), ("ipam/subnets", "limit=0&fields=nme"), ("ipam/subnets", "name=a&name=b"),
    ("dhcp/leases", "scope=no-such"), ("audit/changes", "order=time"), ("access/roles", "kind=x"),
    ("ipam/subnets", "space=nowhere"), ("ipam/addresses", "utilization.gt=8"),
])
def test_what_the_list_refuses_is_not_kept(ipamd, path, query):
    direct = said(ipamd.get(f"{API}{path}?{query}"))
    assert direct[0] in (400, 422)
    create(ipamd, QUERIES, name="good", list="ipam/subnets")
    assert said(ipamd.post(API + QUERIES, {"name": "q", "list": path, "query": query})) == direct
    assert said(change(ipamd, QUERIES + "/good", list=path, query=query)) == direct
    assert said(ipamd.request("PUT", f"{API}{QUERIES}/good", {"name": "good", "list": path, "query": query})) == direct
    assert said(ipamd.request("PUT", f"{API}{QUERIES}/new", {"name": "new", "list": path, "query": query})) == direct
    assert [q["name"] for q in ipamd.items(QUERIES)] == ["good"] and "query" not in ipamd.items(QUERIES)[0]


def test_lists_that_there_are_not(ipamd):
    for path in ("ipam/subnet", "/ipam/subnets", "ipam/subnets/1", "find", "system/storage", ""):
        p = ipamd.post(API + QUERIES, {"name": "q", "list": path}).json()
        assert p["status"] == 422 and p["errors"][0]["pointer"] == "/list", p
        if path:
            assert "ipam/subnets" in json.dumps(p["errors"]) and "dhcp/leases" in json.dumps(p["errors"])
    for query in ("cursor=00", "at=1", "name=x&at=2026-01-01T00:00:00Z"):
        assert "kept" in refused(ipamd, QUERIES, name="q", list="ipam/subnets", query=query)
    problem(ipamd.post(API + QUERIES, {"name": "q", "list": "ipam/subnets", "query": "name=%zz"}), 400, "bad-request")
    assert "an id" in refused(ipamd, QUERIES, name="4711", list="ipam/subnets")
    refused(ipamd, QUERIES, name="q")
    problem(ipamd.post(API + QUERIES, b"name,list\r\nq,ipam/subnets\r\n", headers={"Content-Type": "text/csv"}), 415, "media-type")
    several = [{"name": "a", "list": "ipam/subnets"}, {"name": "b", "list": "ipam/nets"}]
    refusal = ipamd.post(API + QUERIES, several)
    assert refusal.status == 422 and ipamd.items(QUERIES) == []
    partly = ipamd.post(f"{API}{QUERIES}?partial=true", several).json()["items"]
    assert [i["status"] for i in partly] == [201, 422]


def test_every_list_can_be_kept(ipamd):
    paths = ipamd.get(API + "openapi.json").json()["paths"]
    lists = [p for p in paths if f"{p}/{{key}}" in paths and "get" in paths[p]]
    assert len(lists) > 40
    for at, path in enumerate(lists):
        create(ipamd, QUERIES, name=f"q{at}", list=path[len("/api/v1/"):])
        assert run(ipamd, f"q{at}", "?limit=1").status == 200, path


def test_names_and_changes(plan):
    first = create(plan, QUERIES, name="busy", **BUSY)
    assert f"id {first['id']}" in refused(plan, QUERIES, "exists", 409, name="busy", list="ipam/blocks")
    create(plan, QUERIES, name="Busy", list="ipam/blocks")
    problem(change(plan, QUERIES + "/Busy", name="busy"), 409, "exists")
    assert "read-only" in refused(plan, QUERIES, name="x", list="ipam/blocks", made_by="somebody")
    assert change(plan, QUERIES + "/busy", query=None).json().get("query") is None
    assert len(run(plan, "busy").json()["items"]) == 10
    whole = plan.request("PUT", f"{API}{QUERIES}/busy", {"name": "busy", "list": "ipam/ranges"})
    assert whole.status == 200 and whole.json()["list"] == "ipam/ranges" and whole.json()["made_by"] == "token:admin"
    shown = plan.post(f"{API}{QUERIES}?dry_run=true", {"name": "dry", "list": "ipam/ranges"})
    assert shown.status == 200 and len(plan.items(QUERIES)) == 2
    plan.restart()
    assert run(plan, "busy").json()["items"] == [] and run(plan, "Busy").status == 200
    assert delete(plan, QUERIES + "/busy").status == 204 and delete(plan, QUERIES + "/Busy").status == 204
    assert plan.items(QUERIES) == []
    assert len(plan.get(f"{API}{QUERIES}?at={plan.get(API + QUERIES).headers['ipam-revision']}").json()["items"]) == 0


def test_a_query_whose_list_went_wrong_says_so(plan):
    create(plan, "ipam/spaces", name="lab")
    create(plan, QUERIES, name="of the lab", list="ipam/subnets", query="space=lab")
    assert run(plan, "of the lab").json()["items"] == []
    delete(plan, "ipam/spaces/lab")
    assert said(run(plan, "of the lab")) == said(plan.get(API + "ipam/subnets?space=lab"))


@pytest.fixture
def people(make_ipamd):
    """A daemon, its administrator, ann and bob who are limited to /Global/Eu, and eve who reads everything."""
    ipamd = make_ipamd(start=False)
    names = ("ann", "bob", "eve", "nobody")
    ipamd.config["tokens"] += [{"name": n, "file": str(ipamd.dir / f"{n}.token")} for n in names]
    ipamd.write_config()
    ipamd.start()
    admin = Caller(ipamd, "admin")
    eu = admin.good("POST", "/access/scopes", {"path": "/Global/Eu"})["id"]
    world = next(s["id"] for s in admin.items("/access/scopes") if s["path"] == "/Global")
    for who, role, scope in (("ann", "asm-administrator", eu), ("bob", "asm-administrator", eu), ("eve", "asm-administrator", world)):
        admin.good("POST", "/access/policies", {"principal": f"token:{who}", "role": role, "scope": scope})
    for prefix, scope in (("10.1.0.0/24", eu), ("10.2.0.0/24", None), ("2001:db8:1::/64", eu), ("2001:db8:2::/64", None)):
        made = admin.good("POST", "/ipam/subnets", {"prefix": prefix, "name": "net"})["id"]
        if scope:
            admin.good("POST", f"/ipam/subnets/{made}/set-scope", {"access_scope": scope})
    return ipamd, admin, *(Caller(ipamd, n) for n in names)


def prefixes(caller, path="/system/queries/nets/run"):
    return [i["prefix"] for i in caller.good("GET", path)["items"]]


def test_who_sees_a_query(people):
    ipamd, admin, ann, bob, eve, nobody = people
    assert ann.good("POST", "/system/queries", {"name": "nets", "list": "ipam/subnets"})["made_by"] == "token:ann"
    names = lambda who: [q["name"] for q in who.items("/system/queries")]
    assert (names(ann), names(admin), names(bob), names(eve)) == (["nets"], ["nets"], [], [])
    for other in (bob, eve):
        for path in ("/system/queries/nets", "/system/queries/nets/run"):
            assert other.get(path).status == 404
        assert other.ask("PATCH", "/system/queries/nets", {"list": "ipam/blocks"}).status == 404
        assert other.ask("DELETE", "/system/queries/nets").status == 404
        taken = other.post("/system/queries", {"name": "nets", "list": "ipam/blocks"})
        assert taken.status in (409, 422) and "token:ann" not in taken.body.decode()
        assert not any(c["operation"].startswith("system.query") and c.get("count") for c in other.items("/audit/changes")), other.name
    assert ann.ask("PATCH", "/system/queries/nets", {"shared": True}).status == 200
    assert names(bob) == names(eve) == ["nets"]
    refusal = bob.ask("PATCH", "/system/queries/nets", {"list": "ipam/blocks"})
    assert refusal.status == 403 and "token:ann" in refusal.json()["detail"]
    assert bob.ask("PUT", "/system/queries/nets", {"name": "nets", "list": "ipam/blocks"}).status == 403
    assert bob.ask("DELETE", "/system/queries/nets").status == 403
    assert ann.good("GET", "/system/queries/nets")["list"] == "ipam/subnets"
    assert bob.ask("PUT", "/system/queries/mine", {"name": "mine", "list": "ipam/blocks"}).json()["made_by"] == "token:bob"
    assert admin.ask("PATCH", "/system/queries/nets", {"shared": False}).json()["made_by"] == "token:ann"
    assert names(eve) == []
    ipamd.restart()
    assert names(ann) == ["nets"] and names(bob) == ["mine"]
    assert ann.ask("DELETE", "/system/queries/nets").status == 204


def test_a_query_gives_no_right(people):
    ipamd, admin, ann, bob, eve, nobody = people
    everything = ["10.1.0.0/24", "10.2.0.0/24", "2001:db8:1::/64", "2001:db8:2::/64"]
    admin.good("POST", "/system/queries", {"name": "nets", "list": "ipam/subnets", "shared": True})
    admin.good("POST", "/system/queries", {"name": "who", "list": "access/users", "shared": True})
    admin.good("POST", "/system/queries", {"name": "hidden", "list": "ipam/subnets", "query": "within=10.2.0.0/16&count=true", "shared": True})
    assert prefixes(admin) == prefixes(eve) == everything
    assert prefixes(ann) == prefixes(bob) == ["10.1.0.0/24", "2001:db8:1::/64"]
    assert nobody.get("/system/queries/nets/run").status == 403
    assert nobody.post("/system/queries", {"name": "mine", "list": "ipam/subnets"}).status == 403
    world = next(s["id"] for s in admin.items("/access/scopes") if s["path"] == "/Global")
    admin.good("POST", "/access/policies", {"principal": "token:nobody", "role": "reader", "scope": world})
    assert prefixes(nobody) == everything                     # a reader runs them, and keeps none
    assert nobody.post("/system/queries", {"name": "mine", "list": "ipam/subnets"}).status == 403
    assert ann.good("GET", "/system/queries/hidden/run") == {"items": [], "next": None, "total": 0}
    for who in (ann, eve):
        asked, direct = who.get("/system/queries/who/run"), who.get("/access/users")
        assert asked.status == direct.status == 403 and asked.json()["detail"] == direct.json()["detail"]
        assert who.post("/system/queries", {"name": "who 2", "list": "access/users"}).status == 403
    assert admin.good("GET", "/system/queries/who/run")["items"] == admin.good("GET", "/access/users")["items"]
    page = ann.good("GET", "/system/queries/nets/run?limit=1")
    assert bob.get(f"/system/queries/nets/run?limit=1&cursor={page['next']}").status == 400     # a cursor is its owner's
    assert len(ann.good("GET", f"/system/queries/nets/run?limit=1&cursor={page['next']}")["items"]) == 1


def test_queries_on_the_command_line(plan):
    made = show(plan, "query", "add", "busy", "--list", "ipam/subnets", "--query", BUSY["query"], "--shared")
    assert made["name"] == "busy" and made["shared"] is True
    assert [q["name"] for q in show(plan, "query", "list")] == ["busy"]
    assert show(plan, "query", "show", "busy")["query"] == BUSY["query"]
    rows = show(plan, "query", "run", "busy")
    assert [r["prefix"] for r in rows] == ["10.1.5.0/28", "10.1.4.0/28", "10.1.3.0/28"]
    assert plan.ctl("query", "run", "busy", "-o", "csv").stdout.splitlines()[0] == "prefix,utilization"
    table = plan.ctl("query", "run", "busy", "--limit", "2").stdout.splitlines()
    assert table[0].split() == ["PREFIX", "UTILIZATION"] and len(table) == 3
    assert plan.ctl("query", "set", "busy", "--query", "name=none").returncode == 0
    assert show(plan, "query", "run", "busy") == []
    wrong = plan.ctl("query", "add", "bad", "--list", "ipam/subnets", "--query", "utilisation.gt=1", check=False)
    assert wrong.returncode == 2 and 'no field "utilisation"' in wrong.stderr and "did you mean utilization" in wrong.stderr
    assert plan.ctl("query", "run", "none", check=False).returncode == 3
    plan.ctl("query", "delete", "busy", "--yes")
    assert show(plan, "query", "list") == []
