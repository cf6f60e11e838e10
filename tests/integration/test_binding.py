# test_binding.py - roles, policies and access scopes that are changed in the database behind the service's back.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import sqlite3

import pytest

import watch

TABLES = ["role", "access_scope", "access_policy", "binding", "subnet", "block"]


def rows(ipamd):
    """Every row that matters, with its columns, by table and id."""
    with sqlite3.connect(ipamd.dir / "ipam.db") as db:
        return {table: {row[0]: row for row in db.execute(f'SELECT * FROM "{table}"')} for table in TABLES}


def put(ipamd, table, row):
    with sqlite3.connect(ipamd.dir / "ipam.db") as db:
        db.execute(f'INSERT OR REPLACE INTO "{table}" VALUES ({",".join("?" * len(row))})', row)


def drop(ipamd, table, number):
    with sqlite3.connect(ipamd.dir / "ipam.db") as db:
        assert db.execute(f'DELETE FROM "{table}" WHERE id = ?', (number,)).rowcount == 1


@pytest.fixture
def branch(ipamd):
    """A unix user with a policy alone, who may make subnets in one part of the network."""
    def post(path, body):
        answer = ipamd.post("/api/v1/" + path, body)
        assert answer.status in (200, 201), answer
        return answer.json()
    post("access/scopes", [{"path": "/Global/A"}, {"path": "/Global/B"}])
    post("access/roles", {"name": "subnets", "operations": ["ipam.subnet.create"]})
    ids = {"scope": ipamd.get("/api/v1/access/scopes/%2FGlobal%2FA").json()["id"]}
    ids["policy"] = post("access/policies", {"principal": "token:branch", "role": "subnets", "scope": ids["scope"]})["id"]
    for prefix, scope in (("10.1.0.0/16", "A"), ("10.2.0.0/16", "B")):
        ids[scope] = post("ipam/blocks", {"prefix": prefix})["id"]
        post(f"ipam/blocks/{ids[scope]}/set-scope", {"access_scope": f"/Global/{scope}"})
    return ids


def verdict(ipamd):
    answer = ipamd.get("/api/v1/access/explain?principal=token:branch&operation=ipam.subnet.create&scope=/Global/A")
    return answer.json().get("verdict", "no such scope")


def state(ipamd):
    return ipamd.get("/api/v1/access/binding").json()["state"]


def attacks():
    def policy_deleted(ipamd, ids, before):
        drop(ipamd, "access_policy", ids["policy"])

    def old_policy_put_back(ipamd, ids, before):
        put(ipamd, "access_policy", before["access_policy"][ids["policy"]])

    def role_deleted(ipamd, ids, before):
        drop(ipamd, "role", next(iter(rows(ipamd)["role"])))

    def scope_deleted(ipamd, ids, before):
        drop(ipamd, "access_scope", ids["scope"])

    def object_taken_out_of_its_scope(ipamd, ids, before):
        put(ipamd, "block", before["block"][ids["B"]])

    def object_deleted(ipamd, ids, before):
        drop(ipamd, "block", ids["B"])

    def binding_deleted(ipamd, ids, before):
        drop(ipamd, "binding", next(iter(rows(ipamd)["binding"])))

    def old_binding_put_back(ipamd, ids, before):
        put(ipamd, "binding", next(iter(before["binding"].values())))

    return [policy_deleted, old_policy_put_back, role_deleted, scope_deleted, object_taken_out_of_its_scope, object_deleted,
            binding_deleted, old_binding_put_back]


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.__name__)
def test_item_152_tampering_is_detected_and_refused(ipamd, branch, attack):
    assert state(ipamd) == "good" and verdict(ipamd) == "allowed"
    ipamd.process.stop()
    before = rows(ipamd)
    ipamd.process.start()
    if attack.__name__ == "old_policy_put_back":
        assert ipamd.request("DELETE", f"/api/v1/access/policies/{branch['policy']}").status == 204
    else:  # something that is bound has changed since
        assert ipamd.post(f"/api/v1/ipam/blocks/{branch['B']}/set-scope", {"access_scope": "/Global/A"}).status == 200
    ipamd.process.stop()
    attack(ipamd, branch, before)
    ipamd.process.start()
    assert state(ipamd) == "broken" and verdict(ipamd) != "allowed"
    assert "access-tampered" in ipamd.log()
    assert ipamd.get("/api/v1/ipam/blocks").status == 200  # who has his role from the configuration goes on
    # Whatever else is changed does not mend it, nor does another start.
    assert ipamd.post("/api/v1/access/scopes", {"path": "/Global/C"}).status == 201
    ipamd.restart()
    assert state(ipamd) == "broken"
    assert ipamd.post("/api/v1/access/binding/recompute").status == 204
    assert state(ipamd) == "good"
    ipamd.restart()
    assert state(ipamd) == "good"


def test_item_152_untouched_rows_stay_good(ipamd, branch):
    """Through every kind of change that is bound, restarts, and a new master key."""
    for _ in range(3):
        ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.1.2.0/24"})
        ipamd.request("PATCH", f"/api/v1/access/policies/{branch['policy']}", {"description": os.urandom(4).hex()})
        ipamd.restart()
        assert state(ipamd) == "good" and verdict(ipamd) == "allowed"
    job = ipamd.post("/api/v1/system/master-key/rotate")
    assert job.status == 202
    ended = lambda: ipamd.get(f"/api/v1/system/jobs/{job.json()['id']}").json()["state"] == "done"
    watch.until(ended, 20, "the key was changed")
    ipamd.restart()
    assert state(ipamd) == "good" and verdict(ipamd) == "allowed"
    assert json.loads(ipamd.ctl("access", "binding", "-o", "json").stdout)["state"] == "good"


def test_item_152_a_lost_master_key_is_no_way_around(ipamd, branch):
    ipamd.process.stop()
    os.rename(ipamd.key, str(ipamd.key) + ".lost")
    ipamd.process.start()
    assert state(ipamd) == "broken" and verdict(ipamd) == "denied"
    ipamd.ctl("access", "recompute")
    assert state(ipamd) == "good" and verdict(ipamd) == "allowed"
