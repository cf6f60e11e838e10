# test_revert.py - what is different between two moments, and revisions undone: alone, with later ones, or refused by them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import random
import time

import pytest

import daemon
import worlds
from test_api import problem, refuse_overlaps
from test_reshape import ADDRESSES, BLOCKS, RANGES, SPACES, SUBNETS, all_of, create, revision, undo

DIFF = "/api/v1/audit/diff"


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def head(server):
    return revision(server.get(SPACES))


def change(server, path, **fields):
    answer = server.request("PATCH", path, fields)
    assert answer.status == 200, answer.body


def delete(server, path):
    answer = server.request("DELETE", path)
    assert answer.status == 204, answer.body


def diff(server, since, until=None, **more):
    query = "&".join(f"{k}={v}" for k, v in {"from": since, **({} if until is None else {"to": until}), **more}.items())
    answer = server.get(f"{DIFF}?{query}")
    assert answer.status == 200, answer.body
    return answer.json()["changes"]


@pytest.mark.parametrize("path, made, set_to", [
    (SPACES, {"name": "lab"}, {"description": "later"}),
    (BLOCKS, {"prefix": "10.0.0.0/8", "tags": ["a", "b"]}, {"tags": ["c"], "owner": "net"}),
    (SUBNETS, {"prefix": "2001:db8::/64", "vlans": [3]}, {"vlans": None, "name": "lan"}),
    (ADDRESSES, {"address": "10.1.0.7", "mac": "00:53:00:00:00:07"}, {"mac": None, "name": "host"}),
])
def test_each_kind_of_change_is_undone(server, path, made, set_to):
    states = [all_of(server)]
    one = create(server, path, **made)
    states.append(all_of(server))
    change(server, f"{path}/{one['id']}", **set_to)
    states.append(all_of(server))
    delete(server, f"{path}/{one['id']}")
    rev = head(server)
    assert undo(server, rev).status == 201
    assert all_of(server) == states[2]  # it is there again, with its id and all it had
    assert undo(server, rev - 1, cascade=True).status == 201
    assert all_of(server) == states[1]
    assert undo(server, rev - 2, cascade=True).status == 201
    assert all_of(server) == states[0]


def test_later_revisions_are_named_or_undone_too(server):
    subnet = create(server, SUBNETS, prefix="10.1.0.0/24")
    before = all_of(server)
    path = f"{SUBNETS}/{subnet['id']}"
    first = head(server) + 1
    change(server, path, name="one")
    create(server, BLOCKS, prefix="192.168.0.0/16")  # has nothing to do with it
    change(server, path, name="two")
    delete(server, path)
    refused = problem(undo(server, first), 409, "changed-since")
    assert [e["pointer"] for e in refused["errors"]] == [f"/audit/changes/{first + 2}", f"/audit/changes/{first + 3}"]
    assert all("token:admin" in e["message"] for e in refused["errors"]) and "2 later revisions" in refused["detail"]
    preview = server.post(f"/api/v1/audit/changes/{first}/revert?dry_run=true", {"cascade": True})
    assert [(c["verb"], c["type"]) for c in preview.json()["changes"]] == [("add", "subnet")]
    done = undo(server, first, cascade=True)
    assert done.json() == {"reverted": [first, first + 2, first + 3], "count": 3, "objects": 1}
    assert {k: v for k, v in all_of(server).items() if k != BLOCKS} == {k: v for k, v in before.items() if k != BLOCKS}
    assert len(server.get(BLOCKS).json()["items"]) == 1


def test_what_only_counts_the_same_is_nothing_later(server):
    """Two subnets made by one right that limits their number: to undo the first leaves the second alone."""
    create(server, "/api/v1/access/roles", name="makers", operations=["ipam.subnet.create"])
    kim = create(server, "/api/v1/access/users", name="kim", password="a long enough password")
    create(server, "/api/v1/access/policies", principal="user:kim", role="makers", scope=2, max_blocks=5)
    token = create(server, "/api/v1/access/tokens", name="t", user=kim["id"])["token"]
    made = [server.post(SUBNETS, {"prefix": f"10.{n}.0.0/24"}, token=token).json() for n in (1, 2)]
    done = undo(server, made[0]["rev"])
    assert done.status == 201 and done.json()["reverted"] == [made[0]["rev"]], done
    assert [s["id"] for s in server.get(SUBNETS).json()["items"]] == [made[1]["id"]]


def test_what_cannot_be_undone_says_why(server):
    refuse_overlaps(server)
    subnet = create(server, SUBNETS, prefix="10.1.0.0/24")
    made = head(server)
    create(server, ADDRESSES, address="10.1.0.9")
    refused = problem(undo(server, made), 409, "in-use")
    assert refused["detail"] == "address 10.1.0.9 would be in no subnet any more"
    delete(server, f"{ADDRESSES}/10.1.0.9")
    delete(server, f"{SUBNETS}/{subnet['id']}")
    create(server, SUBNETS, prefix="10.1.0.0/23")
    refused = problem(undo(server, head(server) - 1), 409, "overlap")
    assert "10.1.0.0/23" in refused["detail"]
    create(server, "/api/v1/access/users", name="kim", password="a long enough password")
    problem(undo(server, head(server)), 501, "unsupported")
    problem(undo(server, head(server) + 1), 404, "not-found")
    problem(undo(server, "first"), 404, "not-found")
    problem(undo(server, made, cascade="yes"), 422, "invalid")
    problem(undo(server, made, force=True), 422, "invalid")


def test_a_released_claim_is_promised_again(server):
    subnet = create(server, SUBNETS, prefix="10.1.0.0/24")
    path = f"{SUBNETS}/{subnet['id']}/allocate"
    got = server.post(path, {"claim": "web"}).json()["items"][0]
    delete(server, f"{ADDRESSES}/{got['id']}")
    assert server.post(path, {"claim": "web"}).status == 410
    assert undo(server, head(server)).status == 201
    again = server.post(path, {"claim": "web"})
    assert again.status == 200 and again.json()["items"][0]["id"] == got["id"]
    # To undo the allocation releases it, once and for all.
    assert undo(server, got["rev"], cascade=True).status == 201
    assert server.post(path, {"claim": "web"}).status == 410


def test_a_revision_is_undone_once_with_a_key(server):
    create(server, SUBNETS, prefix="10.1.0.0/24")
    rev = head(server)
    key = {"Idempotency-Key": "undo-it-once"}
    first = server.post(f"/api/v1/audit/changes/{rev}/revert", {}, headers=key)
    second = server.post(f"/api/v1/audit/changes/{rev}/revert", {}, headers=key)
    assert (first.status, second.status) == (201, 201) and first.json() == second.json() and head(server) == rev + 1


def test_it_survives_kill_and_reads_as_history(server):
    one = create(server, SUBNETS, prefix="10.1.0.0/24", name="lan")
    made = head(server)
    delete(server, f"{SUBNETS}/{one['id']}")
    assert undo(server, head(server)).status == 201
    server.kill()
    server.start()
    assert server.get(f"{SUBNETS}/{one['id']}").json()["name"] == "lan"
    assert server.get(f"{SUBNETS}/{one['id']}?at={made}").status == 200
    assert server.get(f"{SUBNETS}/{one['id']}?at={made + 1}").status == 404
    checks = server.post("/api/v1/system/storage/verify").json()["items"]
    assert checks and all(c["state"] == "ok" for c in checks), checks


def test_any_two_moments_are_compared(server):
    """Random changes; each answer must lead from one snapshot to the other."""
    rng = random.Random(7)
    snapshots = {head(server): all_of(server)}
    subnets = []
    for i in range(60):
        act = rng.choice(["add", "add", "set", "delete", "address", "split"])
        if act == "add":
            answer = server.post(SUBNETS, {"prefix": f"10.{i}.0.0/24", "name": f"n{i}"})
            subnets.append(answer.json()["id"])
        elif act == "address":
            server.post(ADDRESSES, {"address": f"10.200.0.{i}", "name": f"h{i}"})
        elif subnets:
            one = rng.choice(subnets)
            if act == "set":
                server.request("PATCH", f"{SUBNETS}/{one}", {"name": rng.choice(["a", "b", None]), "owner": rng.choice(["x", "y"])})
            elif act == "split":
                server.post(f"{SUBNETS}/{one}/split", {"length": 26})
            else:
                server.request("DELETE", f"{SUBNETS}/{one}")
        snapshots[head(server)] = all_of(server)
    revs = sorted(snapshots)
    for _ in range(40):
        since, until = sorted(rng.sample(revs, 2))
        then, now = snapshots[since], snapshots[until]
        for path, name in ((SUBNETS, "subnet"), (ADDRESSES, "address")):
            found = {c["id"]: c for c in diff(server, since, until, type=name)}
            had, has = ({o["id"]: o for o in side[path]} for side in (then, now))
            assert {i for i, c in found.items() if c["verb"] == "add"} == set(has) - set(had)
            assert {i for i, c in found.items() if c["verb"] == "delete"} == set(had) - set(has)
            for i in set(had) & set(has):
                stored = {k for k in set(had[i]) | set(has[i]) if k not in ("parent", "size", "used", "utilization", "effective_scope")}
                differ = {k for k in stored if had[i].get(k) != has[i].get(k)}
                assert (i in found) == bool(differ) and set(found.get(i, {"fields": []})["fields"]) == differ, (i, since, until)
                for k in differ:
                    assert (found[i]["before"].get(k), found[i]["after"].get(k)) == (had[i].get(k), has[i].get(k))


def test_moments_are_revisions_or_times(server):
    create(server, SUBNETS, prefix="10.1.0.0/24")
    then = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".999Z"
    time.sleep(1.1)
    create(server, SUBNETS, prefix="10.2.0.0/24")
    assert [c["key"] for c in diff(server, then)] == ["10.2.0.0/24"]
    assert [c["key"] for c in diff(server, 0, then, type="subnet")] == ["10.1.0.0/24"]
    assert diff(server, head(server)) == []
    problem(server.get(DIFF), 400, "bad-request")
    late = problem(server.get(f"{DIFF}?from=99999"), 422, "invalid")
    assert late["errors"][0]["pointer"] == "?from"
    assert problem(server.get(f"{DIFF}?from=2&to=1"), 422, "invalid")["detail"].startswith("to: ")
    problem(server.get(f"{DIFF}?from=1&type=nothing"), 422, "invalid")
    problem(server.get(f"{DIFF}?from=1&until=2"), 422, "invalid")


def test_what_came_and_went_or_came_back_is_no_difference(server):
    one = create(server, SUBNETS, prefix="10.1.0.0/24", name="lan")
    since = head(server)
    change(server, f"{SUBNETS}/{one['id']}", name="wan", owner="net")
    change(server, f"{SUBNETS}/{one['id']}", name="lan", owner=None)
    two = create(server, SUBNETS, prefix="10.2.0.0/24")
    delete(server, f"{SUBNETS}/{two['id']}")
    assert diff(server, since) == []
    assert [c["fields"] for c in diff(server, since, since + 1)] == [["name", "owner"]]


def test_the_command_line_shows_both(server):
    create(server, SUBNETS, prefix="10.1.0.0/24", name="lan")
    rev = head(server)
    table = server.ctl("change", "diff", str(rev - 1)).stdout
    assert "add" in table and "10.1.0.0/24" in table and "lan" in table
    document = json.loads(server.ctl("change", "diff", str(rev - 1), str(rev), "-o", "json").stdout)
    assert [c["after"]["prefix"] for c in document["changes"]] == ["10.1.0.0/24"]
    told = server.ctl("change", "revert", str(rev), "--reason", "by mistake")
    assert "1 revision undone: 1 object" in told.stdout + told.stderr
    assert server.get(f"/api/v1/audit/changes/{head(server)}").json()["reason"] == "by mistake"
    create(server, SUBNETS, prefix="10.1.0.0/24")
    split = server.ctl("subnet", "split", "10.1.0.0/24", "--length", "25").stdout
    assert "10.1.0.128/25" in split
    server.ctl("subnet", "merge", "10.1.0.0/25", "10.1.0.128/25")
    server.ctl("subnet", "resize", "10.1.0.0/24", "--length", "23")
    server.ctl("address", "add", "10.1.1.4")
    assert "10.9.0.0/23" in server.ctl("subnet", "move", "10.1.0.0/23", "--prefix", "10.9.0.0/23").stdout
    assert "10.9.1.5" in server.ctl("address", "move", "10.9.1.4", "--address", "10.9.1.5").stdout
    wrong = server.ctl("subnet", "split", "10.9.0.0/23", check=False)
    assert wrong.returncode == 2 and "--length" in wrong.stderr


def test_who_sees_a_part_undoes_what_he_may_and_compares_what_he_sees(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    try:
        admin, limited = w.admin, w.u
        rev_hidden = int(admin.good("POST", "/ipam/blocks", {"prefix": "172.16.0.0/12"})["rev"])
        seen = limited.good("POST", "/ipam/subnets", {"prefix": "10.1.77.0/24"})
        assert limited.ask("POST", f"/audit/changes/{rev_hidden}/revert", {}).status == 404
        found = limited.good("GET", f"/audit/diff?from={rev_hidden - 1}")["changes"]
        assert [c["id"] for c in found] == [seen["id"]]
        block = admin.good("POST", "/ipam/subnets", {"prefix": "10.1.78.0/24"})
        admin.good("POST", "/access/scopes", {"path": "/Global/Apart"})
        admin.good("POST", f"/ipam/subnets/{block['id']}/set-scope", {"access_scope": "/Global/Apart"})
        refused = limited.ask("POST", f"/audit/changes/{block['rev']}/revert", {})
        assert refused.status == 409 and "revision " + str(block["rev"]) in refused.json()["detail"]
        assert "newest" not in refused.json()["detail"]
        assert limited.ask("POST", f"/audit/changes/{seen['rev']}/revert", {}).status == 201
    finally:
        w.close()
