# test_write.py - what every write offers: replacement, conditions, one effect for a key, dry runs, lists in part.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import json
import threading

import pytest

from test_api import create, problem, refuse_overlaps, revision

SUBNETS = "/api/v1/ipam/subnets"


def put(ipamd, path, body, **headers):
    return ipamd.request("PUT", path, body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def state(ipamd):
    """All that a write could change."""
    return {r: ipamd.items(r) for r in ("ipam/blocks", "ipam/subnets", "ipam/ranges", "ipam/addresses", "inventory/servers",
                                        "system/jobs", "manage/plans")}, revision(ipamd)


# --- PUT and PATCH

def test_put_replaces_the_whole(ipamd):
    made = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24", name="floor 2", description="old", vlans=[7])
    answer = put(ipamd, f"{SUBNETS}/10.1.2.0_24", {"prefix": "10.1.2.0/24", "name": "floor 3"})
    assert answer.status == 200, answer
    now = answer.json()
    assert now["id"] == made["id"] and now["name"] == "floor 3" and now["space"] == made["space"]
    assert "description" not in now and "vlans" not in now and now["managed_by"] == "ipamd"
    # What was read can be sent back whole: nothing changes, and no revision is made.
    before = revision(ipamd)
    again = put(ipamd, f"{SUBNETS}/{made['id']}", now)
    assert again.status == 200 and again.json() == now and revision(ipamd) == before
    # But what a client cannot set must be as it is.
    for field, value in (("rev", now["rev"] - 1), ("id", 99), ("managed_by", "kea"), ("prefix", "10.1.3.0/24")):
        body = problem(put(ipamd, f"{SUBNETS}/{made['id']}", {**now, field: value}), 422, "invalid")
        assert [e["pointer"] for e in body["errors"]] == [f"/{field}"], body
    body = problem(put(ipamd, f"{SUBNETS}/{made['id']}", {"name": "x"}), 422, "invalid")
    assert body["errors"] == [{"pointer": "/prefix", "message": "is required"}]
    body = problem(put(ipamd, f"{SUBNETS}/{made['id']}", {**now, "nmae": "x"}), 422, "invalid")
    assert "name" in body["errors"][0]["message"]
    assert ipamd.get(f"{SUBNETS}/{made['id']}").json() == now


def test_put_creates_at_a_key(ipamd):
    refuse_overlaps(ipamd)
    answer = put(ipamd, f"{SUBNETS}/10.1.2.0_24", {"prefix": "10.1.2.0/24", "name": "new"})
    assert answer.status == 201 and answer.headers["location"] == f"{SUBNETS}/{answer.json()['id']}", answer
    assert answer.headers["etag"] == f'"{answer.json()["rev"]}"'
    assert put(ipamd, "/api/v1/ipam/addresses/10.1.2.9", {"address": "10.1.2.9", "name": "a"}).status == 201
    assert put(ipamd, "/api/v1/ipam/ranges/10.1.2.20-10.1.2.29", {"first": "10.1.2.20", "last": "10.1.2.29"}).status == 201
    assert put(ipamd, f"{SUBNETS}/fd00::_64@default", {"prefix": "fd00::/64"}).status == 201
    before = state(ipamd)
    problem(put(ipamd, f"{SUBNETS}/999", {"prefix": "10.9.9.0/24"}), 404, "not-found")       # an id is given, never chosen
    body = problem(put(ipamd, f"{SUBNETS}/10.9.9.0_24", {"prefix": "10.9.8.0/24"}), 422, "invalid")
    assert body["errors"][0]["pointer"] == "/prefix"
    body = problem(put(ipamd, f"{SUBNETS}/10.9.9.0_24@nowhere", {"prefix": "10.9.9.0/24"}), 422, "invalid")
    assert body["errors"][0]["pointer"] == "/space"
    problem(put(ipamd, f"{SUBNETS}/10.9.9.0_24", {"prefix": "10.9.9.0/24", "rev": 7}), 422, "invalid")
    problem(put(ipamd, f"{SUBNETS}/10.1.2.0_25", {"prefix": "10.1.2.0/25"}), 409, "overlap")
    assert state(ipamd) == before


def test_patch_with_null_clears(ipamd):
    made = create(ipamd, "ipam/blocks", prefix="10.0.0.0/8", name="a", description="b")
    answer = ipamd.request("PATCH", f"/api/v1/ipam/blocks/{made['id']}", {"name": None},
                           headers={"Content-Type": "application/merge-patch+json"})
    assert answer.status == 200 and "name" not in answer.json() and answer.json()["description"] == "b"


# --- conditions

def test_a_write_tells_the_revision_that_it_made(ipamd):
    """Of rows that are read from storage before they are changed as well."""
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    (item,) = ipamd.post(f"{SUBNETS}/10.1.2.0_24/allocate", {}).json()["items"]
    before = revision(ipamd)
    patched = ipamd.request("PATCH", f"/api/v1/ipam/addresses/{item['id']}", {"name": "web"})
    assert int(patched.headers["ipam-revision"]) == patched.json()["rev"] == before + 1
    assert int(ipamd.request("DELETE", f"/api/v1/ipam/addresses/{item['id']}").headers["ipam-revision"]) == before + 2


def test_etag_and_if_match(ipamd):
    made = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    path = f"{SUBNETS}/{made['id']}"
    tag = f'"{made["rev"]}"'
    assert ipamd.get(path).headers["etag"] == tag

    def patch(name, match, **more):
        return ipamd.request("PATCH", path, {"name": name}, headers={"If-Match": match, **more})

    for number, match in enumerate(("{}", "*", '"x", {}', 'W/"7",{}', " {} ,")):
        answer = patch(f"name {number}", match.format(tag))
        assert answer.status == 200, (match, tag, answer)
        new = answer.headers["etag"]
        assert new == f'"{answer.json()["rev"]}"' != tag
        for wrong in (tag, f"W/{new}", '"0"', '"x", "y"', f"{tag},W/{new}"):
            refused = patch("never", wrong)
            body = problem(refused, 412, "precondition-failed")
            assert refused.headers["etag"] == new and str(made["id"]) in body["detail"] and body["hint"]
        tag = new
    for malformed in ("17", '"17', 'w/"17"', '"17" "18"', "", "*, *", ","):
        problem(patch("never", malformed), 400, "bad-request")
    assert ipamd.get(path).json()["name"] == "name 4"
    problem(put(ipamd, path, {"prefix": "10.1.2.0/24"}, If_Match='"1"'), 412, "precondition-failed")
    problem(put(ipamd, f"{SUBNETS}/10.7.0.0_24", {"prefix": "10.7.0.0/24"}, If_Match="*"), 412, "precondition-failed")
    problem(put(ipamd, path, {"prefix": "10.1.2.0/24"}, If_None_Match="*"), 412, "precondition-failed")
    assert put(ipamd, f"{SUBNETS}/10.7.0.0_24", {"prefix": "10.7.0.0/24"}, If_None_Match="*").status == 201
    problem(ipamd.post(f"{path}/allocate", {}, headers={"If-Match": '"1"'}), 412, "precondition-failed")
    problem(ipamd.post(SUBNETS, {"prefix": "10.8.0.0/24"}, headers={"If-Match": "*"}), 412, "precondition-failed")
    assert ipamd.items("ipam/addresses") == []
    address = ipamd.post(f"{path}/allocate", {}, headers={"If-Match": tag}).json()["items"][0]
    target = f"/api/v1/ipam/addresses/{address['id']}"       # not resident: read for the decision
    problem(ipamd.request("DELETE", target, headers={"If-Match": '"1"'}), 412, "precondition-failed")
    assert ipamd.request("DELETE", target, headers={"If-Match": f'"{address["rev"]}"'}).status == 204
    assert ipamd.request("DELETE", path, headers={"If-Match": tag}).status == 204


def test_of_fifty_who_race_one_wins(ipamd):
    """Everybody read the same revision and wants to change it: one change a round, and 49 are told to look again."""
    made = create(ipamd, "ipam/blocks", prefix="10.0.0.0/8")
    path, tag = f"/api/v1/ipam/blocks/{made['id']}", f'"{made["rev"]}"'
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        for turn in range(10):
            gate = threading.Barrier(50)

            def change(who):
                gate.wait()
                return who, ipamd.request("PATCH", path, {"name": f"{turn}-{who}"}, headers={"If-Match": tag})

            answers = list(pool.map(change, range(50)))
            won = [(who, a) for who, a in answers if a.status == 200]
            assert len(won) == 1, answers
            for _, answer in answers:
                if answer.status != 200:
                    problem(answer, 412, "precondition-failed")
                    assert answer.headers["etag"] == won[0][1].headers["etag"]
            tag = won[0][1].headers["etag"]
            assert ipamd.get(path).json()["name"] == f"{turn}-{won[0][0]}"
    assert revision(ipamd) == made["rev"] + 10


# --- one effect for a key

def key(text):
    return {"Idempotency-Key": text}


def same(first, second):
    """The second is the first again, byte for byte."""
    assert second.headers.get("idempotency-replayed") == "true", second
    assert "idempotency-replayed" not in first.headers
    for header in ("content-type", "location", "etag"):
        assert first.headers.get(header) == second.headers.get(header), header
    assert (first.status, first.body) == (second.status, second.body)


def test_a_key_has_one_effect(ipamd):
    make = {"prefix": "10.1.2.0/24"}
    first = ipamd.post(SUBNETS, make, headers=key("k"))
    assert first.status == 201
    before = state(ipamd)
    same(first, ipamd.post(SUBNETS, make, headers=key("k")))
    path = f"{SUBNETS}/{first.json()['id']}"
    patched = ipamd.request("PATCH", path, {"name": "a"}, headers=key("k"))     # another route: another key
    assert patched.status == 200 and "idempotency-replayed" not in patched.headers
    create_list = [{"address": f"10.1.2.{n}"} for n in range(1, 4)]
    listed = ipamd.post("/api/v1/ipam/addresses", create_list, headers=key("k"))
    allocated = ipamd.post(f"{path}/allocate", {"count": 2}, headers=key("k"))
    replaced = put(ipamd, path, {"prefix": "10.1.2.0/24", "name": "b"}, Idempotency_Key="k")
    gone = ipamd.request("DELETE", f"/api/v1/ipam/addresses/{listed.json()['items'][0]['id']}", headers=key("k"))
    assert [a.status for a in (listed, allocated, replaced, gone)] == [201, 201, 200, 204]
    assert before != state(ipamd)
    before = state(ipamd)
    same(patched, ipamd.request("PATCH", path, {"name": "a"}, headers=key("k")))
    same(listed, ipamd.post("/api/v1/ipam/addresses", create_list, headers=key("k")))
    same(allocated, ipamd.post(f"{path}/allocate", {"count": 2}, headers=key("k")))
    same(replaced, put(ipamd, path, {"prefix": "10.1.2.0/24", "name": "b"}, Idempotency_Key="k"))
    # Also when what the path names is gone: the request had its effect.
    same(gone, ipamd.request("DELETE", f"/api/v1/ipam/addresses/{listed.json()['items'][0]['id']}", headers=key("k")))
    assert state(ipamd) == before
    ipamd.kill()
    ipamd.start()
    same(first, ipamd.post(SUBNETS, make, headers=key("k")))
    same(allocated, ipamd.post(f"{path}/allocate", {"count": 2}, headers=key("k")))
    assert state(ipamd) == before
    # None of it is a resource, a revision or a change of its own.
    assert not any("idempotency" in json.dumps(change) for change in ipamd.items("audit/changes"))


def test_a_key_stands_for_one_request(ipamd):
    first = ipamd.post(SUBNETS, {"prefix": "10.1.2.0/24"}, headers=key("k"))
    for body, query in (({"prefix": "10.1.3.0/24"}, ""), ({"prefix": "10.1.2.0/24", "name": "x"}, ""), ([{"prefix": "10.1.4.0/24"}], "?partial=true")):
        body = problem(ipamd.post(SUBNETS + query, body, headers=key("k")), 422, "idempotency-mismatch")
        assert body["hint"]
    assert ipamd.post(f"{SUBNETS}/10.1.2.0_24/allocate", {}, headers=key("a")).status == 201
    problem(ipamd.post(f"{SUBNETS}/{first.json()['id']}/allocate", {}, headers=key("a")), 422, "idempotency-mismatch")
    for bad in ("", "x" * 256, "a b", "\xe9", "tab\there"):
        problem(ipamd.post(SUBNETS, {"prefix": "10.1.9.0/24"}, headers=key(bad)), 400, "bad-request")
    assert [s["prefix"] for s in ipamd.items("ipam/subnets")] == ["10.1.2.0/24"] and len(ipamd.items("ipam/addresses")) == 1
    assert ipamd.post(SUBNETS, {"prefix": "10.1.9.0/24"}, headers=key("x" * 255)).status == 201


def test_a_refusal_leaves_no_answer(ipamd):
    """A retry after a refusal is judged anew."""
    refuse_overlaps(ipamd)
    body = {"prefix": "10.1.2.0/25"}
    made = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    for _ in range(2):
        answer = ipamd.post(SUBNETS, body, headers=key("k"))
        problem(answer, 409, "overlap")
        assert "idempotency-replayed" not in answer.headers
    assert ipamd.request("DELETE", f"{SUBNETS}/{made['id']}").status == 204
    assert ipamd.post(SUBNETS, body, headers=key("k")).status == 201
    problem(ipamd.post(SUBNETS, [{}], headers=key("l")), 422, "invalid")
    assert ipamd.post(SUBNETS, [{"prefix": "10.5.0.0/24"}], headers=key("l")).status == 201


def test_keys_of_two_principals_differ(make_ipamd):
    server = make_ipamd(start=False)
    server.config["tokens"].append({"name": "second", "role": "administrator", "file": str(server.dir / "second.token")})
    server.write_config()
    server.start()
    other = (server.dir / "second.token").read_text().strip()
    a = server.post(SUBNETS, {"prefix": "10.1.0.0/24"}, headers=key("k"))
    b = server.post(SUBNETS, {"prefix": "10.2.0.0/24"}, headers=key("k"), token=other)
    assert a.status == b.status == 201
    same(a, server.post(SUBNETS, {"prefix": "10.1.0.0/24"}, headers=key("k")))


def test_many_at_once_with_one_key(ipamd):
    """Whoever is not the first is told that it is under way, or what it was answered; the effect is one."""
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/16")

    def ask(n):
        return ipamd.post(f"{SUBNETS}/10.1.0.0_16/allocate", {"name": f"n{n % 10}"}, headers=key(f"k{n % 10}"))

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(ask, range(400)))
    for n in range(10):
        mine = [a for i, a in enumerate(answers) if i % 10 == n]
        done = [a for a in mine if a.status == 201]
        assert done and len({a.body for a in done}) == 1
        for answer in mine:
            if answer.status != 201:
                body = problem(answer, 409, "in-progress")
                assert int(answer.headers["retry-after"]) > 0 and body["hint"]
    assert len(ipamd.items("ipam/addresses")) == 10


def test_one_effect_through_kills(ipamd):
    """kill -9 at random moments, every request without an answer sent again blindly: one address a key."""
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/16")
    stop, given = threading.Event(), {}
    token = ipamd.token

    def client(who):
        for n in range(100000):
            name = f"{who}-{n}"
            answer = None
            while answer is None or answer.status in (409, 503):
                try:
                    answer = ipamd.request("POST", f"{SUBNETS}/10.1.0.0_16/allocate", {"name": name}, token=token, headers=key(name))
                except OSError:
                    stop.wait(0.01)
                except Exception as e:      # a connection that breaks within an answer
                    assert type(e).__name__ in ("BadStatusLine", "RemoteDisconnected", "IncompleteRead"), e
            assert answer.status == 201, answer
            given[name] = answer.body
            if stop.is_set():
                return

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(client, who) for who in range(8)]
        for _ in range(6):
            seen = len(given)
            while len(given) < seen + 30:
                assert not any(c.done() for c in clients)
                stop.wait(0.01)
            ipamd.kill()
            ipamd.start()
        stop.set()
        for c in clients:
            c.result()
    addresses = ipamd.items("ipam/addresses")
    assert len(addresses) == len(given) and {a["name"] for a in addresses} == set(given)
    for name in list(given)[::7]:
        again = ipamd.request("POST", f"{SUBNETS}/10.1.0.0_16/allocate", {"name": name}, headers=key(name))
        assert again.status == 201 and again.body == given[name] and again.headers["idempotency-replayed"] == "true"


def test_jobs_start_once(ipamd, kea):
    ipamd.add_kea(collect=False)
    path = "/api/v1/inventory/servers/127.0.0.1/collect"
    first = ipamd.post(path, headers=key("k"))
    assert first.status == 202
    same(first, ipamd.post(path, headers=key("k")))
    assert first.headers["location"] == f"/api/v1/system/jobs/{first.json()['id']}"
    ipamd.ctl("job", "list")
    assert [j["id"] for j in ipamd.items("system/jobs")] == [first.json()["id"]]
    scope = wait_for(lambda: ipamd.items("dhcp/scopes"))[0]
    first_address = scope["prefix"].split("/")[0].rsplit(".", 1)[0] + ".250"
    wanted = {"scope": scope["id"], "address": first_address, "identifier": "02:00:00:00:99:01"}
    planned = ipamd.post("/api/v1/dhcp/reservations", wanted, headers=key("k"))
    assert planned.status == 202, planned
    same(planned, ipamd.post("/api/v1/dhcp/reservations", wanted, headers=key("k")))
    assert len(ipamd.items("manage/plans")) == 1
    # A refused start is no start.
    before = len(ipamd.items("system/jobs"))
    problem(ipamd.post(path, headers={**key("l"), "If-Match": '"1"'}), 412, "precondition-failed")
    assert len(ipamd.items("system/jobs")) == before


def wait_for(found, seconds=30):
    import time
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


# --- dry runs

def dry(ipamd, method, path, body=None, status=200, **headers):
    """The answer to a dry run, after which nothing is otherwise."""
    before = state(ipamd)
    answer = ipamd.request(method, path + ("&" if "?" in path else "?") + "dry_run=true", body, headers=headers)
    assert state(ipamd) == before
    assert answer.status == status, answer
    return answer.json()


def test_dry_run_shows_and_changes_nothing(ipamd):
    made = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24", name="old")
    path = f"{SUBNETS}/{made['id']}"
    shown = dry(ipamd, "POST", SUBNETS, {"prefix": "10.9.0.0/24", "name": "new"})
    assert shown["dry_run"] is True and shown["would"] == 201
    (change,) = shown["changes"]
    assert change["verb"] == "add" and change["type"] == "subnet" and change["key"] == "10.9.0.0/24" and "id" not in change
    assert change["before"] is None and change["fields"] == []
    assert change["after"] == {"space": made["space"], "prefix": "10.9.0.0/24", "name": "new", "managed_by": "ipamd"}
    (change,) = dry(ipamd, "PATCH", path, {"name": "new", "vlans": [5]})["changes"]
    assert change["verb"] == "set" and change["id"] == made["id"] and change["fields"] == ["name", "vlans"]
    assert change["before"]["name"] == "old" and change["after"]["name"] == "new"
    (change,) = dry(ipamd, "PUT", path, {"prefix": "10.1.2.0/24"})["changes"]
    assert change["fields"] == ["name"] and "name" not in change["after"]
    assert dry(ipamd, "PATCH", path, {"name": "old"}) == {"dry_run": True, "would": 200, "changes": []}
    shown = dry(ipamd, "DELETE", path)
    assert shown["would"] == 204 and shown["changes"][0]["verb"] == "delete" and shown["changes"][0]["after"] is None
    shown = dry(ipamd, "POST", f"{path}/allocate", {"count": 3, "claim": "c"})
    assert shown["would"] == 201
    assert [c["after"]["address"] for c in shown["changes"] if c["type"] == "address"] == ["10.1.2.1", "10.1.2.2", "10.1.2.3"]
    (claim,) = [c for c in shown["changes"] if c["type"] == "claim"]
    assert claim["after"]["claim"] == "c" and "addresses" not in claim["after"]      # ids that nothing has yet
    # What would be refused is refused, and conditions hold.
    assert dry(ipamd, "POST", SUBNETS, {"prefix": "10.1.2.0/24"}, status=409)["type"].endswith("/exists")
    assert dry(ipamd, "POST", SUBNETS, {"prfix": "10.1.2.0/25"}, status=422)["errors"]
    assert dry(ipamd, "PATCH", path, {"name": "x"}, status=412, **{"If-Match": '"1"'})["type"].endswith("/precondition-failed")
    assert dry(ipamd, "PATCH", path, {"name": "x"}, **{"If-Match": f'"{made["rev"]}"'})["changes"]
    assert dry(ipamd, "POST", SUBNETS + "?x=1", {"prefix": "10.7.0.0/24"}, status=422)
    problem(ipamd.post(SUBNETS + "?dry_run=maybe", {"prefix": "10.7.0.0/24"}), 422, "invalid")
    problem(ipamd.get(SUBNETS + "?dry_run=true"), 422, "invalid")
    # A key is not used up by it, and ids go on where they were.
    assert dry(ipamd, "POST", SUBNETS, {"prefix": "10.7.0.0/24"}, **key("k"))["would"] == 201
    next_made = ipamd.post(SUBNETS, {"prefix": "10.7.0.0/24"}, headers=key("k"))
    assert next_made.status == 201 and "idempotency-replayed" not in next_made.headers
    assert create(ipamd, "ipam/blocks", prefix="10.0.0.0/8")["id"] - next_made.json()["id"] <= 2


def test_dry_run_starts_nothing(ipamd, kea):
    ipamd.add_kea()
    server = "/api/v1/inventory/servers/127.0.0.1"
    for method, path in (("POST", f"{server}/probe"), ("POST", f"{server}/collect"), ("DELETE", server)):
        shown = dry(ipamd, method, path)
        assert shown["would"] == 202 and shown["changes"] == [], path
    scope = ipamd.items("dhcp/scopes")[0]
    address = scope["prefix"].split("/")[0].rsplit(".", 1)[0] + ".250"
    shown = dry(ipamd, "POST", "/api/v1/dhcp/reservations", {"scope": scope["id"], "address": address, "identifier": "02:00:00:00:99:01"})
    assert shown["would"] == 202 and [c["type"] for c in shown["changes"]] == ["plan", "plan_step"]
    assert shown["changes"][0]["after"]["summary"].startswith("add reservation") and "plan" not in shown["changes"][1]["after"]
    subnet = scope["prefix"].replace("/", "_")
    shown = dry(ipamd, "POST", f"{SUBNETS}/{subnet}/allocate", {"reservation": True, "mac": "02:00:00:00:99:02"})
    (given,) = [c for c in shown["changes"] if c["type"] == "address"]
    assert given["after"]["dhcp_sync"] == "pending" and "plan" not in given["after"]


# --- lists

def test_lists_are_taken_whole(ipamd):
    refuse_overlaps(ipamd)
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/24")
    before = state(ipamd)
    body = problem(ipamd.post(SUBNETS, [{"prefix": "10.2.0.0/24"}, {"prefix": "10.1.0.0/25"}, {"prefix": "10.3.0.0/24"},
                                        {"prefix": "10.1.0.0/24"}, {"prefix": "10.3.0.0/23"}]), 409, "overlap")
    assert [e["pointer"] for e in body["errors"]] == ["/1", "/3", "/4"], body      # each of them, not only the first
    assert "exists already" in body["errors"][1]["message"] and body["hint"]
    body = problem(ipamd.post(SUBNETS, [{"prefix": "10.2.0.0/24"}, {"prefix": "10.1.0.1/24", "nam": "x"}, {}, 7]), 422, "invalid")
    assert [e["pointer"] for e in body["errors"]] == ["/1/prefix", "/1/nam", "/2/prefix", "/3"], body
    problem(ipamd.post(SUBNETS, []), 422, "invalid")
    assert state(ipamd) == before
    many = ipamd.post(SUBNETS, [{"prefix": f"10.9.{n}.0/24"} for n in range(256)])
    assert many.status == 201 and len(many.json()["items"]) == 256 and revision(ipamd) == before[1] + 1


@pytest.mark.parametrize("headers", ({}, key("k")))
def test_lists_in_part(ipamd, headers):
    refuse_overlaps(ipamd)
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/24")
    before = revision(ipamd)
    wanted = [{"prefix": "10.2.0.0/24"}, {"prefix": "10.1.0.0/25"}, {"prefix": "10.3.0.1/24"}, {"prefix": "10.3.0.0/24"}, {"prefix": "10.3.0.0/24"}]
    shown = dry(ipamd, "POST", SUBNETS + "?partial=true", wanted)
    assert [i["status"] for i in shown["answer"]["items"]] == [201, 409, 422, 201, 409] and len(shown["changes"]) == 2
    assert "id" not in shown["answer"]["items"][0]["object"]
    answer = ipamd.post(SUBNETS + "?partial=true", wanted, headers=headers)
    assert answer.status == 200
    items = answer.json()["items"]
    assert [i["status"] for i in items] == [201, 409, 422, 201, 409]
    assert [i["problem"]["type"].rsplit("/", 1)[1] for i in items if "problem" in i] == ["overlap", "invalid", "exists"]
    assert items[2]["problem"]["errors"][0]["pointer"] == "/2/prefix"
    assert revision(ipamd) == before + 1 and {i["object"]["rev"] for i in items if "object" in i} == {before + 1}
    assert [s["prefix"] for s in ipamd.items("ipam/subnets")] == ["10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24"]
    if headers:
        same(answer, ipamd.post(SUBNETS + "?partial=true", wanted, headers=headers))
    none = ipamd.post(SUBNETS + "?partial=true", [{"prefix": "10.2.0.0/24"}])
    assert none.status == 200 and none.json()["items"][0]["status"] == 409 and revision(ipamd) == before + 1
    problem(ipamd.post(SUBNETS + "?partial=true", {"prefix": "10.7.0.0/24"}), 422, "invalid")


# --- the reason

def test_the_reason_is_recorded(ipamd):
    assert ipamd.post(SUBNETS, {"prefix": "10.1.2.0/24"}, headers={"X-Change-Reason": "Änderung 4711".encode().decode("latin-1")}).status == 201
    assert ipamd.items("audit/changes")[0]["reason"] == "Änderung 4711"
    ipamd.ctl("subnet", "set", "10.1.2.0/24", "--name", "x", "--reason", "ticket 12")
    assert ipamd.items("audit/changes")[0]["reason"] == "ticket 12"
    assert ipamd.get(f"/api/v1/audit/changes/{revision(ipamd)}").json()["reason"] == "ticket 12"
    before = state(ipamd)
    for bad in ("x" * 1025, "\xff\xfe"):
        problem(ipamd.post(SUBNETS, {"prefix": "10.2.2.0/24"}, headers={"X-Change-Reason": bad}), 400, "bad-request")
    assert state(ipamd) == before
