# test_hidden_ways.py - what is in the way, imports, keys, cursors, references, rights that end: by the roundabout ways.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import sqlite3
import threading
import time

import pytest

import worlds
from test_api import problem
from test_hidden import pair, twins  # noqa: F401 - fixtures
from worlds import EU, US

CSV = {"Content-Type": "text/csv"}


@pytest.fixture
def world(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    w.scope(US)
    yield w
    w.close()


def iso(seconds):
    """So many seconds from now."""
    at = time.time() + seconds
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03}Z"


# In the way.

WAYS = [("subnets", {"prefix": "10.1.66.0/24"}), ("subnets", {"prefix": "10.1.66.128/25"}), ("subnets", {"prefix": "10.1.64.0/18"}),
        ("ranges", {"first": "10.1.2.205", "last": "10.1.2.220"}), ("ranges", {"first": "10.1.2.200", "last": "10.1.2.210"})]


def test_what_is_in_the_way_is_not_named_nor_how(twins):
    """The one bit that has to be told: it is taken. Not by what, nor whether that is the same, smaller or larger."""
    told = set()
    for query in ("", "?dry_run=true"):
        for resource, body in WAYS:
            seen = twins.full.u.post(f"/ipam/{resource}{query}", body)
            told.add((seen.status, seen.body))
    assert len(told) == 1, told
    ((status, body),) = told
    assert status == 409 and b"something that is there already" in body and b"10.1" not in body
    at_key = twins.full.u.ask("PUT", "/ipam/subnets/10.1.66.0_24", {"prefix": "10.1.66.0/24"})
    assert (at_key.status, at_key.body) == (status, body)
    in_list = twins.full.u.post("/ipam/subnets?partial=true", [WAYS[0][1], {"prefix": "10.9.0.0/24"}])
    assert [i["status"] for i in in_list.json()["items"]] == [409, 403] and b"secret" not in in_list.body
    assert twins.full.u.post("/ipam/blocks", {"prefix": "10.1.80.0/20"}).body == body
    assert problem(twins.full.admin.post("/ipam/subnets", WAYS[0][1]), 409, "exists")["detail"].startswith("subnet 10.1.66.0/24")


def test_an_address_in_a_hidden_part_is_refused_as_anywhere_else_outside(twins):
    inside, outside = (twins.full.u.post("/ipam/addresses", {"address": a}) for a in ("10.1.66.9", "10.8.0.9"))
    assert (inside.status, inside.body) == (outside.status, outside.body) and inside.status == 403
    taken = twins.full.u.post("/ipam/addresses", {"address": "10.1.66.7"})
    assert (taken.status, taken.body) == (inside.status, inside.body)


def test_figures_count_what_is_hidden(twins):
    mine, all_of_it = (w.good("GET", "/ipam/blocks/10.1.0.0_16") for w in (twins.full.u, twins.full.admin))
    assert mine == all_of_it and int(mine["used"]) == int(twins.bare.u.good("GET", "/ipam/blocks/10.1.0.0_16")["used"]) + 1


def test_allocation_steps_over_a_hidden_range(world):
    world.add("small", "/ipam/subnets", {"prefix": "10.1.9.0/28"})
    world.add("part", "/ipam/ranges", {"first": "10.1.9.3", "last": "10.1.9.13", "name": "secret-range"}, US)
    got = [world.u.good("POST", "/ipam/subnets/10.1.9.0_28/allocate", {"strategy": s})["items"][0]["address"] for s in ("first", "random", "last")]
    assert sorted(got) == ["10.1.9.1", "10.1.9.14", "10.1.9.2"]
    full = world.u.post("/ipam/subnets/10.1.9.0_28/allocate", {})
    text = problem(full, 409, "exhausted")
    assert "0 of the 1" in text["detail"] and "secret" not in full.body.decode()
    assert world.admin.good("POST", "/ipam/subnets/10.1.9.0_28/allocate", {})["items"][0]["address"] == "10.1.9.3"


def test_a_block_goes_though_something_hidden_lies_in_it(world):
    for n, hidden in enumerate((None, "/ipam/subnets", "/ipam/blocks")):
        block = world.add("b", "/ipam/blocks", {"prefix": f"10.{20 + n}.0.0/16"}, EU)
        if hidden is not None:
            world.add("h", hidden, {"prefix": f"10.{20 + n}.77.0/24", "name": "secret-one"}, US)
        seen = world.u.ask("DELETE", f"/ipam/blocks/{block}?dry_run=true")
        assert seen.status == 200 and b"secret" not in seen.body and len(seen.json()["changes"]) == 1
        assert world.u.ask("DELETE", f"/ipam/blocks/{block}").status == 204
    block = world.add("b", "/ipam/blocks", {"prefix": "10.30.0.0/16"}, EU)
    world.add("mine", "/ipam/subnets", {"prefix": "10.30.1.0/24"})
    problem(world.u.ask("DELETE", f"/ipam/blocks/{block}"), 409, "in-use")      # its own parts have their scope from it


def test_in_use_without_a_name(world):
    key = world.add("s", "/ipam/subnets", {"prefix": "10.1.9.0/24"})
    world.add("r", "/ipam/ranges", {"first": "10.1.9.10", "last": "10.1.9.20", "name": "secret-range"}, US)
    by_range = world.u.ask("DELETE", f"/ipam/subnets/{key}")
    world.add("a", "/ipam/addresses", {"address": "10.1.9.12"})
    by_address = world.u.ask("DELETE", f"/ipam/subnets/{key}")
    assert by_range.body == by_address.body and b"10.1.9" not in by_range.body and str(world.ids["r"]) not in problem(by_range, 409, "in-use")["detail"]
    assert "10.1.9.12" in problem(world.admin.ask("DELETE", f"/ipam/subnets/{key}"), 409, "in-use")["detail"]


# Imports.

FILE = "prefix,name\r\n10.9.0.0/24,mine\r\n10.8.0.0/24,mine\r\n10.9.3.0/24,mine\r\n"
ADDRESSES = "address,name\r\n10.9.0.5,mine\r\n10.8.0.5,mine\r\n10.9.2.1,mine\r\n"


@pytest.mark.parametrize("mode", ["create", "upsert", "sync"])
@pytest.mark.parametrize("resource, text", [("subnets", FILE), ("addresses", ADDRESSES), ("blocks", "prefix\r\n10.9.0.0/16\r\n10.8.0.0/16\r\n")])
@pytest.mark.parametrize("more", ["", "&dry_run=true", "&all_or_nothing=true"])
def test_a_file_is_judged_as_if_nothing_were_there(twins, mode, resource, text, more):
    place = "&within=10.8.0.0/15" if mode == "sync" else ""
    seen = twins.same("POST", f"/ipam/{resource}?mode={mode}{place}{more}", text, CSV)
    if seen.status == 200 and "changes" not in seen.json():
        rows = seen.json()["rows"]
        assert len(rows) == text.count("\r\n") - 1 and len({r.get("message") for r in rows}) == 1 and {r["verdict"] for r in rows} == {"refused"}
    twins.same("POST", f"/ipam/{resource}?mode={mode}{place}{more}", text, {**CSV, "Accept": "text/csv"})
    assert len(twins.full.admin.items("/ipam/addresses?within=10.9.0.0/16")) > worlds.HIDDEN_ADDRESSES


def test_columns_that_name_what_is_hidden(twins):
    for space in ("secret-space", "no-space-xxxx"):
        twins.same("POST", "/ipam/subnets", f"prefix,space\r\n10.1.200.0/24,{space}\r\n", CSV)
    seen = [twins.full.u.post(f"/ipam/subnets?mode=sync&space={s}", "prefix\r\n", headers=CSV) for s in ("secret-space", "anyone-space")]
    assert seen[0].body.replace(b"secret-", b"anyone-") == seen[1].body


def test_a_sync_deletes_nothing_hidden_in_a_visible_block(world):
    world.add("inner", "/ipam/subnets", {"prefix": "10.1.66.0/24", "name": "secret-in-eu"}, US)
    world.add("mine", "/ipam/subnets", {"prefix": "10.1.67.0/24"})
    world.add("address", "/ipam/addresses", {"address": "10.1.66.7"})
    told = world.u.good("POST", "/ipam/subnets?mode=sync&within=10.1.64.0/20", "prefix\r\n", headers=CSV)
    assert told["deleted"] == 1 and len(told["rows"]) == 1 and told["rows"][0]["key"] == "10.1.67.0/24"
    told = world.u.good("POST", "/ipam/addresses?mode=sync&within=10.1.64.0/20", "address\r\n", headers=CSV)
    assert told["rows"] == []
    assert [s["prefix"] for s in world.admin.items("/ipam/subnets?within=10.1.64.0/20")] == ["10.1.66.0/24"]
    told = world.u.good("POST", "/ipam/subnets?mode=upsert", "prefix,name\r\n10.1.66.0/24,mine\r\n", headers=CSV)
    assert told["refused"] == 1 and "something that is there" in told["rows"][0]["message"] and "id" not in told["rows"][0]
    assert world.admin.good("GET", "/ipam/subnets/10.1.66.0_24")["name"] == "secret-in-eu"


# Idempotency keys.

def test_a_key_is_of_its_principal(world):
    key = {"Idempotency-Key": "K"}
    assert world.admin.post("/ipam/subnets", {"prefix": "10.50.0.0/24"}, headers=key).status == 201
    assert world.u.post("/ipam/subnets", {"prefix": "10.1.50.0/24"}, headers=key).status == 201


def test_an_answer_is_not_given_again_to_who_may_not_see_it_any_more(world):
    policies = world.admin.items("/access/policies?principal=token:u")
    key = {"Idempotency-Key": "K"}
    made = world.u.post("/ipam/subnets", {"prefix": "10.1.50.0/24", "name": "was-mine"}, headers=key)
    changed = world.u.ask("PATCH", "/ipam/subnets/10.1.50.0_24", {"description": "was-mine"}, headers=key)
    assert made.status == 201 and changed.status == 200
    assert world.u.post("/ipam/subnets", {"prefix": "10.1.50.0/24", "name": "was-mine"}, headers=key).headers["idempotency-replayed"] == "true"
    world.policy("token:u", "asm-administrator", US)
    for p in policies:
        world.admin.good("DELETE", f"/access/policies/{p['id']}")
    for seen in (world.u.post("/ipam/subnets", {"prefix": "10.1.50.0/24", "name": "was-mine"}, headers=key),
                 world.u.ask("PATCH", "/ipam/subnets/10.1.50.0_24", {"description": "was-mine"}, headers=key)):
        assert seen.status >= 400 and b"was-mine" not in seen.body and "idempotency-replayed" not in seen.headers, seen


# Cursors.

def test_cursors_are_sealed_for_one_and_for_this_process(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    w.scope(US)
    w.policy("token:u0", "asm-administrator", EU)
    for path in ("/ipam/addresses?limit=3", "/ipam/addresses?limit=3&order=name", "/find?q=desk&limit=2", "/audit/changes?limit=2", "/dhcp/leases?limit=2",
                 "/ipam/subnets?limit=1"):
        place = w.u.good("GET", path)["next"]
        assert w.u.get(f"{path}&cursor={place}").status == 200
        for who in (w.admin, w.u0):
            problem(who.get(f"{path}&cursor={place}"), 400, "bad-cursor")
        plain = w.admin.good("GET", path)["next"]
        problem(w.u.get(f"{path}&cursor={plain}"), 400, "bad-cursor")
        for wrong in (place[:-2], place + "00", place[::-1], place[:-1] + ("0" if place[-1] != "0" else "1"), "", "zz"):
            problem(w.u.get(f"{path}&cursor={wrong}"), 400, "bad-cursor")
        assert b"desk".hex() not in place and (0x0a0103).to_bytes(3, "big").hex() not in place
    w.daemon.restart()
    problem(w.u.get(f"/ipam/subnets?limit=1&cursor={place}"), 400, "bad-cursor")
    w.close()


def test_a_page_shows_what_may_be_seen_when_it_is_asked_for(world):
    first = world.u.good("GET", "/ipam/addresses?limit=5")
    for p in world.admin.items("/access/policies?principal=token:u"):
        world.admin.good("DELETE", f"/access/policies/{p['id']}")
    assert world.u.get(f"/ipam/addresses?limit=5&cursor={first['next']}").status == 403
    world.policy("token:u", "asm-administrator", US)
    assert world.u.good("GET", f"/ipam/addresses?limit=5&cursor={first['next']}") == {"items": [], "next": None}


def test_pages_are_full_though_tens_of_thousands_of_hidden_rows_lie_between(world):
    """Storage is read 20,000 rows at a time: where that ends is not seen."""
    world.add("hidden block", "/ipam/blocks", {"prefix": "10.9.0.0/16"}, US)
    for part in range(5):
        text = "address\r\n" + "".join(f"10.9.{n // 250}.{n % 250}\r\n" for n in range(part * 9000, part * 9000 + 9000))
        answer = world.admin.ask("POST", "/ipam/addresses", text, CSV)
        assert answer.status == 200 and answer.json()["created"] == 9000, answer
    world.u.good("POST", "/ipam/addresses", {"address": "10.1.2.77", "name": "far-away"})
    seen = world.u.good("GET", "/ipam/addresses?limit=31")
    assert len(seen["items"]) == 31 and seen["next"] is not None
    seen = world.u.good("GET", f"/ipam/addresses?limit=31&cursor={seen['next']}")
    assert [a["name"] for a in seen["items"]] == ["far-away"] and seen["next"] is None
    assert world.u.good("GET", "/ipam/addresses?count=true&limit=1")["total"] == 32
    found = world.u.good("GET", "/find?q=far-awa&limit=5")
    assert [i["key"] for i in found["items"]] == ["10.1.2.77"] and found["next"] is None


# References.

def test_a_visible_object_does_not_name_the_hidden_server_it_came_from(world):
    world.add("hidden block", "/ipam/blocks", {"prefix": "10.9.0.0/16"}, US)
    world.server("dhcp9", "us", US)
    scope = world.admin.items("/dhcp/scopes?server=dhcp9")[0]["id"]
    world.put_into("/dhcp/scopes", scope, EU)
    world.put_into("/ipam/subnets", "10.9.128.0_24", EU)
    server = world.ids["dhcp9"]
    shown = world.u.good("GET", f"/dhcp/scopes/{scope}")
    assert shown["prefix"] == "10.9.128.0/24" and "server" not in shown
    subnet = world.u.good("GET", "/ipam/subnets/10.9.128.0_24")
    assert "instance" not in subnet and "parent" not in subnet and subnet["managed_by"] == "null-dhcp"
    assert world.u.good("GET", f"/dhcp/scopes?server={server}")["items"] == world.u.good("GET", "/dhcp/scopes?server=999999")["items"] == []
    assert world.u.good("GET", "/dhcp/scopes/10.9.128.0")["id"] == scope
    leases = world.u.items(f"/dhcp/leases?scope={scope}")
    assert len(leases) == 20 and not any("server" in row for row in leases)
    answers = [world.u.get(path) for path in (
        "/dhcp/scopes", f"/dhcp/reservations?scope={scope}", f"/dhcp/pools?scope={scope}", "/dhcp/scopes?order=server", "/ipam/subnets?order=instance",
        "/ipam/subnets?instance=dhcp9", "/ipam/ranges", f"/dhcp/statistics?scope={scope}", "/find?q=dhcp9", "/find?q=10.9.128.10", "/audit/changes?limit=1000",
        "/system/jobs", "/inventory/servers")]
    answers.append(world.u.get("/dhcp/scopes", headers={"Accept": "text/csv"}))
    planned = world.u.post("/dhcp/reservations", {"scope": scope, "address": "10.9.128.200", "identifier": "02:aa:00:00:00:07"})
    assert planned.status == 202, planned
    answers += [planned, world.u.get(planned.headers["location"].removeprefix("/api/v1")), world.u.get("/manage/plans"),
                world.u.post("/dhcp/reservations", {"scope": scope, "address": "10.9.128.200", "identifier": "02:aa:00:00:00:08"}),
                world.u.post("/dhcp/reservations?dry_run=true", {"scope": scope, "address": "10.9.128.201", "identifier": "02:aa:00:00:00:09"})]
    world.admin.good("PATCH", f"/inventory/servers/{server}", {"managed": False})
    answers.append(world.u.post("/dhcp/reservations", {"scope": scope, "address": "10.9.128.202", "identifier": "02:aa:00:00:00:0a"}))
    answers.append(world.u.post("/ipam/subnets/10.9.128.0_24/allocate", {"reservation": True, "mac": "02:aa:00:00:00:0b"}))
    for seen in answers:
        assert b"dhcp9" not in seen.body.replace(b"?instance=dhcp9", b"") and f'"server":{server}'.encode() not in seen.body, seen
    assert world.u.good("GET", "/find?q=dhcp9")["items"] == []


def test_a_scope_that_is_hidden_on_a_visible_server(world):
    scope, other = world.admin.items("/dhcp/scopes?server=dhcp1")
    world.put_into("/dhcp/scopes", scope["id"], US)
    assert [s["id"] for s in world.u.items("/dhcp/scopes")] == [other["id"]]
    for path in ("/dhcp/leases", "/dhcp/reservations", "/dhcp/pools", "/dhcp/statistics"):
        rows, there = world.u.items(path), world.admin.items(f"{path}?scope={scope['id']}")
        assert not any(r.get("scope") == scope["id"] for r in rows) and (there or path == "/dhcp/statistics")
    assert not any("scope" in r for r in world.u.items("/ipam/ranges") if r["managed_by"] != "ipamd" and r["first"].startswith("10.1.128."))
    body = {"scope": scope["id"], "address": "10.1.128.200", "identifier": "02:aa:00:00:00:07"}
    hidden, never = world.u.post("/dhcp/reservations", body), world.u.post("/dhcp/reservations", {**body, "scope": 999999})
    assert hidden.status == never.status == 422 and hidden.body.replace(f"no scope {scope['id']}".encode(), b"no scope 999999") == never.body
    reserve = {"reservation": True, "mac": "02:aa:00:00:00:07"}
    seen = world.u.post("/ipam/subnets/10.1.128.0_24/allocate", reserve)
    assert "no known DHCP scope holds 10.1.128." in problem(seen, 422, "invalid")["detail"] and b"dhcp1" not in seen.body


def test_what_was_hidden_stays_so_when_it_is_gone(world):
    """In a block of his was one that was not his, with all that was in it. That it is gone makes none of it his."""
    world.add("inner", "/ipam/blocks", {"prefix": "10.1.80.0/20", "name": "secret-block"}, US)
    keys = [f"{path}/{world.add('x', path, body)}" for path, body in (
        ("/ipam/subnets", {"prefix": "10.1.81.0/24", "name": "secret-subnet"}), ("/ipam/ranges", {"first": "10.1.81.10", "last": "10.1.81.20", "name": "secret-range"}),
        ("/ipam/addresses", {"address": "10.1.81.5", "name": "secret-host"}))]
    rev = int(world.admin.get("/ipam/spaces").headers["ipam-revision"])
    for path in (*keys[::-1], f"/ipam/blocks/{world.ids['inner']}"):
        assert world.admin.ask("DELETE", path).status == 204
    for path in keys:
        assert world.admin.get(f"{path}?at={rev}").status == 200 and world.u.get(f"{path}?at={rev}").status == 404
    for path in ("blocks", "subnets", "ranges", "addresses"):
        seen = world.u.get(f"/ipam/{path}?at={rev}&count=true&limit=1000")
        assert seen.status == 200 and b"secret-" not in seen.body and seen.json()["total"] == len(world.u.items(f"/ipam/{path}"))
    assert b"secret-" in world.admin.get(f"/ipam/addresses?at={rev}&limit=1000").body
    world.admin.good("DELETE", "/ipam/addresses/10.1.2.37")
    assert world.u.get(f"/ipam/addresses/{world.ids['address']}?at={rev}").status == 404
    assert any(f"delete address {world.ids['address']}" in c["objects"][0] for c in world.u.items("/audit/changes"))


# Rights that begin and end.

def test_a_pair_counts_from_the_next_request_on_and_ends_with_it(world):
    pair_of = world.policy("token:u0", "asm-administrator", EU)
    assert world.u0.get("/ipam/subnets/10.1.2.0_24").status == 200
    assert world.u0.ask("PATCH", "/ipam/subnets/10.1.2.0_24", {"description": "x"}).status == 200
    world.admin.good("DELETE", f"/access/policies/{pair_of['id']}")
    assert world.u0.get("/ipam/subnets/10.1.2.0_24").status == 403
    assert world.u0.ask("PATCH", "/ipam/subnets/10.1.2.0_24", {"description": "y"}).status == 403
    assert world.admin.good("GET", "/ipam/subnets/10.1.2.0_24")["description"] == "x"
    later = world.policy("token:u0", "asm-administrator", EU, **{"from": iso(3600)})
    assert world.u0.get("/ipam/subnets/10.1.2.0_24").status == 403
    world.admin.good("DELETE", f"/access/policies/{later['id']}")
    world.policy("token:u0", "dhcp-administrator", EU, until=iso(-1), **{"from": iso(-60)})
    assert world.u0.get("/ipam/subnets/10.1.2.0_24").status == 403


@pytest.mark.parametrize("path, body", [("/ipam/addresses", {"address": "10.1.3.{}"}), ("/access/policies", {"principal": "token:x{}", "role": "reader", "scope": 2})])
def test_nothing_is_decided_after_the_end_of_a_pair(world, path, body):
    """Eight at once, while the time runs out: what the gate took it took before."""
    until = time.time() + 1.2
    world.admin.good("POST", "/access/policies", {"principal": "token:u0", "role": "ipam-administrator", "scope": 2, "until": iso(until - time.time())})
    answers, lock = [], threading.Lock()

    def work(n):
        mine, count = worlds.Caller(world.daemon, "u0"), 0
        while True:
            number = 100 + n * 19 + count % 19 if "address" in body else f"{n}-{count}"
            count += 1
            seen = mine.post(path, {k: v.format(number) if isinstance(v, str) else v for k, v in body.items()})
            with lock:
                answers.append((time.time(), seen.status))
            if seen.status == 403:
                break
        mine.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert any(status == 201 for _, status in answers)
    changes = [c for c in world.admin.items("/audit/changes?actor=token:u0")]
    assert changes and max(c["time"] for c in changes) < iso(until - time.time())
    assert all(at >= until - 0.002 for at, status in answers if status == 403)


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/ipam/addresses", {"address": "10.1.3.200"}), ("POST", "/access/policies", {"principal": "token:x", "role": "reader", "scope": 2}),
    ("POST", "/system/tasks/dhcp_leases/run", None), ("DELETE", "/access/policies/{policy}", None), ("PATCH", "/access/scopes/{scope}", {"description": "x"}), ("PATCH", "/ipam/subnets/10.1.2.0_24", {"name": "x"})])
def test_what_waits_while_the_pair_ends_is_refused(world, method, path, body):
    """Somebody else holds the database, so that nothing is decided until the time is over."""
    path = path.format(policy=world.admin.items("/access/policies")[0]["id"], scope=world.ids[EU])
    until = time.time() + 0.7
    world.admin.good("POST", "/access/policies", {"principal": "token:u0", "role": "administrator", "scope": 2, "until": iso(until - time.time())})
    holder = sqlite3.connect(world.daemon.dir / "ipam.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    answers = []
    asking = threading.Thread(target=lambda: answers.append((world.u0.ask(method, path, body), time.time())))
    asking.start()
    while time.time() < until + 0.1:
        time.sleep(0.01)
    holder.execute("ROLLBACK")
    holder.close()
    asking.join(30)
    (seen, at), = answers
    assert at > until and seen.status == 403, (seen, at, until)
    assert world.admin.items("/audit/changes?actor=token:u0") == []


def test_who_loses_his_right_while_his_file_is_taken_in(world):
    """Each row is judged when it is decided: a job goes on with nothing he may not do any more."""
    text = "address\r\n" + "".join(f"10.1.{16 + n // 250}.{n % 250}\r\n" for n in range(20000))
    job = world.u.ask("POST", "/ipam/addresses", text, CSV)
    assert job.status == 202, job
    for p in world.admin.items("/access/policies?principal=token:u"):
        world.admin.good("DELETE", f"/access/policies/{p['id']}")
    at = world.admin.good("GET", "/audit/changes?limit=1&operation=access.policy.delete")["items"][0]["rev"]
    path = job.headers["location"].removeprefix("/api/v1")
    while (state := world.admin.good("GET", path)["state"]) in ("running", "waiting", "queued"):
        time.sleep(0.05)
    assert state == "done"
    late = [c for c in world.admin.items("/audit/changes?operation=ipam.address.create") if c["rev"] > at and c["actor"] == "token:u"]
    assert late == []
