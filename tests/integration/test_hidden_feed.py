# test_hidden_feed.py - the change log and the feed of one who does not see everything.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import json
import os
import random
import subprocess
import sys
import time

import pytest

import worlds
from test_feed import Stream
from worlds import EU, US

ROUNDS = int(os.environ.get("IPAM_HIDDEN_ROUNDS", "12"))


@pytest.fixture
def world(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    w.scope(US)
    w.add("us block", "/ipam/blocks", {"prefix": "10.9.0.0/16", "name": "secret-block"}, US)
    yield w
    w.close()


def head(world):
    return int(world.admin.get("/ipam/spaces?limit=1").headers["ipam-revision"])


def stream(world, who, query=""):
    return Stream(world.daemon, query, headers={"Authorization": "Bearer " + who.token})


def until(s, rev):
    """The changes up to a revision, and how the stream ended: a marker, or None when it went on."""
    seen, at = [], 0
    while at < rev:
        event = s.next()
        if event.name not in (None, "change"):
            return seen, event
        at = event.id
        if event.name == "change":
            seen.append(event)
    return seen, None


def mixed(world):
    """One revision with an object that he sees and one that he does not."""
    world.admin.good("POST", "/ipam/subnets", [{"prefix": "10.1.20.0/24", "name": "ours"}, {"prefix": "10.9.20.0/24", "name": "secret-one"}])
    return head(world)


def test_changes_have_only_the_objects_that_are_seen(world):
    rev = mixed(world)
    world.admin.good("POST", "/ipam/subnets", {"prefix": "10.9.21.0/24", "name": "secret-two"})
    all_of_it, mine = (w.good("GET", f"/audit/changes/{rev}") for w in (world.admin, world.u))
    assert all_of_it["count"] == 2 and len(all_of_it["items"]) == 2
    assert mine["count"] == 1 and [i["key"] for i in mine["items"]] == ["10.1.20.0/24"] and len(mine["objects"]) == 1
    listed = world.u.good("GET", f"/audit/changes?id={rev}")["items"]
    assert [(c["count"], c["objects"]) for c in listed] == [(1, mine["objects"])]
    hidden, never = world.u.get(f"/audit/changes/{rev + 1}"), world.u.get("/audit/changes/999999")
    assert hidden.status == never.status == 404 and hidden.body.replace(str(rev + 1).encode(), b"999999") == never.body
    tag = world.u.get(f"/audit/changes/{rev}").headers["etag"]
    assert world.u.get(f"/audit/changes/{rev + 1}", headers={"If-None-Match": tag}).status == 404
    text = world.u.get("/audit/changes?limit=1000").body + world.u.get("/audit/changes?limit=1000", headers={"Accept": "text/csv"}).body
    assert b"secret-" not in text and b"10.9." not in text and US.encode() not in text
    total = world.u.good("GET", "/audit/changes?count=true&limit=1")["total"]
    assert total == len(world.u.items("/audit/changes")) < len(world.admin.items("/audit/changes"))


@pytest.mark.parametrize("live", [True, False])
def test_a_follower_gets_what_he_sees(world, live):
    begun = head(world)
    make = lambda: (mixed(world), world.admin.good("POST", "/ipam/subnets", {"prefix": "10.9.21.0/24", "name": "secret-two"}),
                    world.u.good("POST", "/ipam/addresses", {"address": "10.1.20.5"}))
    if not live:
        make()
    streams = {(w.name, q): stream(world, w, f"since={begun}" + q) for w in (world.admin, world.u)
               for q in ("", "&within=10.9.0.0/16", "&within=10.1.0.0/16", "&type=address")}
    if live:
        make()
    last = head(world)
    seen = {key: until(s, last) for key, s in streams.items()}
    for s in streams.values():
        s.close()
    assert all(end is None for _, end in seen.values())
    assert [e.id for e in seen["admin", ""][0]] == [begun + 1, begun + 2, begun + 3]
    assert [e.id for e in seen["u", ""][0]] == [begun + 1, begun + 3]
    assert seen["u", "&within=10.9.0.0/16"][0] == [] and len(seen["admin", "&within=10.9.0.0/16"][0]) == 2
    assert [e.id for e in seen["u", "&within=10.1.0.0/16"][0]] == [begun + 1, begun + 3] and [e.id for e in seen["u", "&type=address"][0]] == [begun + 3]
    first = seen["u", ""][0][0].data
    assert (first["count"], [i["key"] for i in first["items"]]) == (1, ["10.1.20.0/24"]) and "secret" not in json.dumps(first)
    assert first == world.u.good("GET", f"/audit/changes/{begun + 1}") and seen["admin", ""][0][0].data["count"] == 2


def test_what_leaves_his_sight_is_gone_and_nothing_is_said_of_where(world):
    begun = head(world)
    world.put_into("/ipam/subnets", "10.1.3.0_24", US)
    world.admin.good("PATCH", "/ipam/subnets/10.1.3.0_24", {"name": "secret-now"})
    world.put_into("/ipam/subnets", "10.1.3.0_24", EU)
    gone, back = (world.u.good("GET", f"/audit/changes/{begun + n}")["items"][0] for n in (1, 3))
    assert world.u.get(f"/audit/changes/{begun + 2}").status == 404
    assert gone == {"type": "subnet", "id": world.ids["subnet3"], "verb": "delete", "key": "10.1.3.0/24"}
    assert back["fields"] == {"access_scope": world.ids[EU]}
    assert "before" not in back             # what it was meanwhile was not his
    known = world.admin.good("GET", f"/audit/changes/{begun + 1}")["items"][0]
    assert known["before"] == {"access_scope": None} and known["fields"] == {"access_scope": world.ids[US]}


def test_who_was_away_when_it_happened_is_told_too(world):
    """A change of what is seen cannot be told by changes: whoever comes to it in the log reads the lists anew."""
    begun = head(world)
    world.admin.good("PATCH", "/ipam/subnets/10.1.3.0_24", {"name": "first"})
    for change in (lambda: world.put_into("/ipam/subnets", "10.1.3.0_24", US), lambda: world.put_into("/ipam/blocks", "10.9.0.0_16", EU),
                   lambda: world.policy("token:u0", "asm-administrator", US), lambda: world.put_into("/ipam/blocks", "10.9.0.0_16", None)):
        change()
        last = head(world)
        with contextlib.closing(stream(world, world.u, f"since={begun}")) as s:
            seen, end = until(s, last)
            assert end.name == "sight" and end.data == {"resume": last} and len(seen) == last - begun - 1, (seen, end)
        with contextlib.closing(stream(world, world.u, f"since={last}")) as s:
            world.u.good("PATCH", "/ipam/subnets/10.1.2.0_24", {"description": str(last)})
            assert until(s, last + 1)[0][0].id == last + 1
        begun = last


def test_a_stream_ends_when_what_is_seen_becomes_another(world):
    def pair():
        return world.policy("token:u0", "asm-administrator", US)

    def moved():
        world.put_into("/ipam/subnets", "10.1.3.0_24", US)

    def tree():
        world.admin.good("PATCH", f"/access/scopes/{world.ids[EU]}", {"path": "/Global/Europe"})

    for change in (pair, moved, tree):
        with contextlib.closing(stream(world, world.u)) as s, contextlib.closing(stream(world, world.admin)) as all_of_it:
            s.next()
            begun = head(world)
            change()
            event = s.next()
            assert event.name == "sight" and event.data["resume"] in (begun, head(world)) and s.next() is None, change
            world.admin.good("PATCH", "/ipam/blocks/10.9.0.0_16", {"description": f"{change}"})
            seen, end = until(all_of_it, head(world))
            assert end is None and seen[-1].id == head(world), change       # who sees everything goes on


def test_nothing_comes_after_the_end_of_a_pair(world):
    ends = time.time() + 1
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ends)) + f".{int(ends * 1000) % 1000:03}Z"
    world.policy("token:u0", "asm-administrator", EU, until=at)
    with contextlib.closing(stream(world, world.u0)) as s:
        begun = s.next().id
        world.admin.good("PATCH", "/ipam/subnets/10.1.2.0_24", {"description": "before"})
        assert s.next().id == begun + 1
        while time.time() < ends:
            time.sleep(0.02)
        world.admin.good("PATCH", "/ipam/subnets/10.1.2.0_24", {"description": "after"})
        event = s.next()
        assert event.name == "sight" and event.data == {"resume": begun + 1} and s.next() is None
    assert world.u0.get("/feed").status == 403


def test_who_sees_everything_shares_what_is_written_once(world):
    """Twenty followers, one of them limited: an event is made once for all the others."""
    before = world.admin.get("//metrics").body.decode()
    count = lambda text: int(next(line.split()[1] for line in text.splitlines() if line.startswith("ipam_feed_events_total")))
    streams = [stream(world, world.admin) for _ in range(19)] + [stream(world, world.u)]
    begun = head(world)
    for n in range(50):
        world.admin.good("POST", "/ipam/addresses", {"address": f"10.{1 if n % 2 else 9}.2.{n + 50}"})
    seen = [until(s, begun + 50) for s in streams]
    for s in streams:
        s.close()
    assert [len(changes) for changes, _ in seen] == [50] * 19 + [25]
    assert count(world.admin.get("//metrics").body.decode()) - count(before) == 50


# Killed at random.

FOLLOWER = """
import http.client, json, os, sys
port, token, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
auth = {"Authorization": "Bearer " + token}

def get(what):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("GET", "/api/v1" + what, headers=auth)
    a = c.getresponse()
    body = json.loads(a.read())
    assert a.status == 200, body
    c.close()
    return body, int(a.headers["IPAM-Revision"])

def read_anew():
    objects, at = {}, None
    cursor = ""
    while cursor is not None:
        body, rev = get("/ipam/subnets?limit=1000&fields=id,prefix,name,description" + cursor)
        at = rev if at is None else at      # what came while it was read comes again
        objects.update({str(o["id"]): o for o in body["items"]})
        cursor = "&cursor=" + body["next"] if body["next"] else None
    return {"at": at, "objects": objects}

def save(state):
    with open(path + ".new", "w") as f:
        json.dump(state, f)
    os.replace(path + ".new", path)

state = json.load(open(path)) if os.path.exists(path) else read_anew()
save(state)  # nothing may come any more
while True:
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("GET", "/api/v1/feed?type=subnet", headers={**auth, "Last-Event-ID": str(state["at"])})
    answer = c.getresponse()
    assert answer.status == 200, answer.read()
    rev = name = data = None
    while True:
        line = answer.readline().decode()
        if line == "":
            break
        line = line.rstrip("\\n")
        if line.startswith("id: "):
            rev = int(line[4:])
        elif line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data = json.loads(line[6:])
        elif line == "":
            if name == "sight":
                state = read_anew()
                save(state)
                break
            if name == "change":
                for item in data["items"]:
                    key = str(item["id"])
                    if item["verb"] == "delete":
                        state["objects"].pop(key, None)
                    elif item["verb"] == "add" or key in state["objects"]:
                        mine = state["objects"].setdefault(key, {"id": item["id"]})
                        for field, value in item["fields"].items():
                            if field in ("prefix", "name", "description"):
                                mine[field] = value
                                if value is None:
                                    del mine[field]
            if rev is not None and rev > state["at"]:
                state["at"] = rev
                save(state)
            name = data = None
    c.close()
"""


def change_something(world, rng):
    """One random change by who sees everything, or by the limited one."""
    n = rng.randrange(200)
    prefix = f"10.{rng.choice((1, 9))}.{100 + n % 28}.0/24"
    key = prefix.replace("/", "_")
    what = rng.randrange(6)
    if what < 2:
        world.admin.post("/ipam/subnets", {"prefix": prefix, "name": f"n{n}"})
    elif what == 2:
        world.admin.ask("PATCH", f"/ipam/subnets/{key}", {"name": f"n{n}", "description": rng.choice((None, "d"))})
    elif what == 3:
        world.admin.ask("DELETE", f"/ipam/subnets/{key}")
    elif what == 4 and rng.random() < 0.3:
        world.admin.post(f"/ipam/subnets/{key}/set-scope", {"access_scope": rng.choice((EU, US, None))})
    else:
        world.u.post("/ipam/subnets", {"prefix": f"10.1.{100 + n % 28}.0/24", "name": "by u"})


def test_followers_that_are_killed_hold_what_they_see(world, tmp_path):
    """One sees everything, one a part; both are killed at random, and the daemon too. In the end each has what its lists show."""
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    print("seed", seed)
    callers, runs = {"admin": world.admin, "u": world.u}, {}

    def start(who):
        runs[who] = subprocess.Popen([sys.executable, "-c", FOLLOWER, str(world.daemon.port), callers[who].token, str(tmp_path / who)])

    def kill(*some):
        for who in some:
            runs[who].kill()
            runs[who].wait()

    for who in callers:
        start(who)
    for n in range(ROUNDS):
        for _ in range(40):
            change_something(world, rng)
        who = rng.choice(("admin", "u"))
        kill(who)
        if n == ROUNDS // 2:
            kill(*callers)
            world.daemon.kill()
            world.daemon.start()
        for other in callers:
            if runs[other].poll() is not None:
                start(other)
    last = head(world)
    end = time.monotonic() + 180
    while not all(os.path.exists(tmp_path / w) and json.loads((tmp_path / w).read_text())["at"] >= last for w in callers):
        assert time.monotonic() < end and all(r.poll() is None for r in runs.values()), [(w, r.poll()) for w, r in runs.items()]
        time.sleep(0.05)
    kill(*callers)
    for who, caller in callers.items():
        held = json.loads((tmp_path / who).read_text())["objects"]
        shown = {str(o["id"]): o for o in caller.items("/ipam/subnets?fields=id,prefix,name,description")}
        assert held == shown, (who, seed)
    assert len(shown) < len(world.admin.items("/ipam/subnets"))
