# test_identity.py - local users: passwords and sessions, groups, and what is never shown.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import sqlite3
import threading
import time

import pytest

import canary
import daemon
import identity
import watch
from identity import ACCESS, me
from test_api import problem
from test_feed import Stream

PASSWORD = canary.PASSWORDS[0]
OTHER = canary.PASSWORDS[1]
SUBNETS = "/api/v1/ipam/subnets"


@pytest.fixture
def ipamd(make_ipamd):
    return make_ipamd()


def test_a_user_signs_in_and_has_what_his_groups_have(ipamd):
    alice = identity.user(ipamd, "alice", PASSWORD, full_name="Alice A.")
    assert alice["kind"] == "person" and alice["password_changed"] and "password" not in alice
    s = identity.session(ipamd, "alice", PASSWORD)
    assert s["token"].startswith("ipam_ses_") and len(s["token"]) == 71 and s["name"] == "alice"
    shown = me(ipamd, s["token"])
    assert shown["name"] == "user:alice" and shown["user"] == alice["id"] and shown["token"] == s["id"]
    assert shown["groups"] == [] and shown["expires"] == s["expires"]

    text = problem(ipamd.get(SUBNETS, token=s["token"]), 403, "denied")["detail"]
    assert "user:alice" in text and "ipam.subnet.read" in text
    identity.group(ipamd, "readers", role="reader", members=["alice"])
    assert ipamd.get(SUBNETS, token=s["token"]).status == 200
    problem(ipamd.post(SUBNETS, {"prefix": "10.0.0.0/24"}, token=s["token"]), 403, "denied")
    problem(ipamd.get(f"{ACCESS}/users", token=s["token"]), 403, "denied")
    identity.group(ipamd, "planners", role="asm-group", members=["alice"])
    assert ipamd.post(SUBNETS, {"prefix": "10.0.0.0/24"}, token=s["token"]).status == 201
    assert me(ipamd, s["token"])["groups"] == ["readers", "planners"]
    assert ipamd.items("audit/changes")[0]["actor"] == "user:alice"

    ipamd.request("PATCH", f"{ACCESS}/groups/planners", {"members": []})
    problem(ipamd.post(SUBNETS, {"prefix": "10.0.1.0/24"}, token=s["token"]), 403, "denied")


def test_signing_out_ends_the_session_and_no_other(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    one, two = identity.session(ipamd, "alice", PASSWORD), identity.session(ipamd, "alice", PASSWORD)
    assert [s["id"] for s in ipamd.get(f"{ACCESS}/sessions", token=one["token"]).json()["items"]] == [one["id"], two["id"]]
    assert ipamd.request("DELETE", f"{ACCESS}/sessions/current", token=one["token"]).status == 204
    assert me(ipamd, one["token"]) == 401 and me(ipamd, two["token"])["token"] == two["id"]


def test_whoever_cannot_sign_in_is_told_the_same(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    identity.user(ipamd, "robot", kind="service")
    identity.user(ipamd, "gone", PASSWORD, disabled=True)
    identity.user(ipamd, "past", PASSWORD, expires="2020-01-01T00:00:00Z")
    told = set()
    for name, password in (("alice", OTHER), ("nobody", OTHER), ("robot", OTHER), ("gone", PASSWORD), ("past", PASSWORD),
                           ("alice@corp", PASSWORD)):
        answer = identity.sign_in(ipamd, name, password)
        problem(answer, 401, "unauthenticated")
        told.add(answer.body)
    assert len(told) == 1
    reasons = [line for line in ipamd.log().splitlines() if "not-let-in" in line]
    for why in ("password is wrong", "no such user", "has no password", "is disabled", "has expired"):
        assert any(why in line for line in reasons), (why, reasons)


def test_an_unknown_user_takes_as_long_as_a_wrong_password(ipamd):
    identity.user(ipamd, "alice", PASSWORD)

    def least(name):
        def once():
            began = time.monotonic()
            assert identity.sign_in(ipamd, name, OTHER).status == 401
            return time.monotonic() - began
        return min(once() for _ in range(4))

    known, unknown = least("alice"), least("nobody")
    assert known > 0.01 and unknown > known / 2, (known, unknown)


def test_a_password_is_changed_by_oneself_with_the_old_one(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    identity.user(ipamd, "bob", PASSWORD)
    s, elsewhere = identity.session(ipamd, "alice", PASSWORD), identity.session(ipamd, "alice", PASSWORD)
    change = f"{ACCESS}/users/alice/password"
    problem(ipamd.post(change, {"old": OTHER, "new": OTHER}, token=s["token"]), 403, "denied")
    problem(ipamd.post(change, {"old": PASSWORD, "new": "short"}, token=s["token"]), 422, "invalid")
    problem(ipamd.post(f"{ACCESS}/users/bob/password", {"old": PASSWORD, "new": OTHER}, token=s["token"]), 403, "denied")
    problem(ipamd.post(f"{ACCESS}/users/none/password", {"old": PASSWORD, "new": OTHER}, token=s["token"]), 403, "denied")
    assert ipamd.post(change, {"old": PASSWORD, "new": OTHER}, token=s["token"]).status == 204
    assert me(ipamd, s["token"])["name"] == "user:alice" and me(ipamd, elsewhere["token"]) == 401
    assert identity.sign_in(ipamd, "alice", PASSWORD).status == 401
    assert identity.sign_in(ipamd, "alice", OTHER).status == 201


def test_an_administrator_sets_a_password_and_ends_the_sessions(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    s = identity.session(ipamd, "alice", PASSWORD)
    assert ipamd.request("PATCH", f"{ACCESS}/users/alice", {"password": OTHER}).status == 200
    assert me(ipamd, s["token"]) == 401
    assert identity.sign_in(ipamd, "alice", PASSWORD).status == 401
    identity.session(ipamd, "alice", OTHER)
    assert ipamd.request("PATCH", f"{ACCESS}/users/alice", {"disabled": True}).status == 200
    assert identity.sign_in(ipamd, "alice", OTHER).status == 401


def test_a_deleted_user_takes_all_of_his_with_him(ipamd):
    alice = identity.user(ipamd, "alice", PASSWORD)
    identity.user(ipamd, "bob", PASSWORD)
    identity.group(ipamd, "team", members=["alice", "bob"])
    t, s = identity.token(ipamd, alice), identity.session(ipamd, "alice", PASSWORD)
    assert ipamd.request("DELETE", f"{ACCESS}/users/alice").status == 204
    assert me(ipamd, t["token"]) == 401 and me(ipamd, s["token"]) == 401
    assert ipamd.items("access/tokens") == [] and ipamd.items("access/sessions") == []
    assert ipamd.get(f"{ACCESS}/groups/team").json()["members"] == ["bob"]
    assert stored(ipamd) == 1  # of bob's password
    problem(ipamd.post(f"{ACCESS}/groups", {"name": "other", "members": ["alice"]}), 422, "invalid")


def stored(ipamd):
    """How many passwords and tokens the database knows."""
    with sqlite3.connect(f"file:{ipamd.dir / 'ipam.db'}?mode=ro", uri=True) as db:
        return db.execute("SELECT count(*) FROM verifier").fetchone()[0]


@pytest.mark.parametrize("name", ["", "12345", "a b", "a@b", "a/b", "x" * 65])
def test_a_name_that_is_none_is_refused(ipamd, name):
    problem(ipamd.post(f"{ACCESS}/users", {"name": name}), 422, "invalid")
    assert ipamd.items("access/users") == []


def test_a_name_that_differs_in_capitals_alone_is_taken(ipamd):
    identity.user(ipamd, "alice")
    problem(ipamd.post(f"{ACCESS}/users", {"name": "Alice"}), 409, "exists")


def test_requests_are_answered_while_passwords_are_hashed(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    answers, stop = [], threading.Event()

    def hammer():
        while not stop.is_set():
            answers.append(identity.from_address(ipamd, f"127.0.0.{len(answers) % 200 + 2}", "POST", f"{ACCESS}/sessions",
                                                 {"user": "nobody", "password": OTHER})[0])

    threads = [threading.Thread(target=hammer) for _ in range(16)]
    for t in threads:
        t.start()
    try:
        watch.until(lambda: 429 in answers and 401 in answers, 30, "the queue was full")
        worst = 0
        for _ in range(50):
            began = time.monotonic()
            assert ipamd.get(SUBNETS).status == 200
            worst = max(worst, time.monotonic() - began)
    finally:
        stop.set()
        for t in threads:
            t.join()
    assert worst < 1, worst  # one password takes about 60 ms of one core, and sixteen are under way
    assert set(answers) <= {401, 429}


def test_a_password_and_what_it_is_known_by_are_shown_nowhere(ipamd):
    identity.user(ipamd, "alice", PASSWORD, role="administrator")
    s = identity.session(ipamd, "alice", PASSWORD)
    assert ipamd.request("PATCH", f"{ACCESS}/users/alice", {"description": "x"}, token=s["token"]).status == 200
    with sqlite3.connect(f"file:{ipamd.dir / 'ipam.db'}?mode=ro", uri=True) as db:
        bodies = b"".join(row[0] for row in db.execute("SELECT body FROM verifier"))
    assert b"$argon2id$" in bodies
    head = ipamd.get(f"{ACCESS}/users/alice").json()["rev"]
    shown = b"".join(ipamd.get(path).body for path in (
        f"{ACCESS}/users", f"{ACCESS}/users?at={head}", f"{ACCESS}/users/alice?at={head}", f"{ACCESS}/sessions",
        f"{ACCESS}/tokens", "/api/v1/audit/changes", "/api/v1/find?q=alice", "/metrics", f"{ACCESS}/groups"))
    for rev in range(1, head + 1):
        shown += ipamd.get(f"/api/v1/audit/changes/{rev}").body
    shown += ipamd.log().encode()
    assert b"argon2" not in shown
    assert s["token"][-49:].encode() not in shown


def test_who_reads_changes_reads_nothing_of_users(ipamd):
    """Neither one by one nor as they come; what else was changed is there."""
    alice = identity.user(ipamd, "alice", PASSWORD, role="reader", full_name="Alice A.")
    reader = identity.session(ipamd, "alice", PASSWORD)["token"]
    subnet = ipamd.post(SUBNETS, {"prefix": "10.0.0.0/24"}).json()
    head = subnet["rev"]
    for rev in range(1, head + 1):
        everything, shown = (ipamd.get(f"/api/v1/audit/changes/{rev}", token=t).json().get("items", []) for t in ("admin", reader))
        types = [i["type"] for i in everything]
        assert [i["type"] for i in shown] == [t for t in types if t in ("subnet", "space", "access_scope", "custom_field", "logical_group")], (rev, types)
    assert alice["rev"] < head
    listed = ipamd.get("/api/v1/audit/changes?limit=1000", token=reader)
    assert b"alice" not in listed.body.replace(b"user:alice", b"") and b"subnet" in listed.body
    made = "/api/v1/audit/changes?operation=access.user.create"
    assert ipamd.get(made).json()["items"][0]["objects"] == [f"add user {alice['id']} alice"]
    assert ipamd.get(made, token=reader).json()["items"] == []
    at, seen = 0, []
    while at < head:    # what moves what is seen ends a stream; it is followed from there
        stream = Stream(ipamd, f"since={at}", headers={"Authorization": "Bearer " + reader})
        while at < head and (event := stream.change()) is not None:
            at = event.id or event.data["resume"]
            seen.append(event)
        stream.close()
    assert "Alice A." not in json.dumps([e.data for e in seen]) and alice["rev"] not in [e.id for e in seen]
    whole = Stream(ipamd, f"since={alice['rev'] - 1}")
    assert whole.change().id == alice["rev"]


def test_one_key_signs_in_once_and_does_not_show_the_token_again(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    first = identity.sign_in(ipamd, "alice", PASSWORD, headers={"Idempotency-Key": "once"})
    again = identity.sign_in(ipamd, "alice", PASSWORD, headers={"Idempotency-Key": "once"})
    assert first.status == again.status == 201 and again.headers["idempotency-replayed"] == "true"
    assert "token" in first.json() and "token" not in again.json() and again.json()["id"] == first.json()["id"]
    assert len(ipamd.items("access/sessions")) == 1


def test_the_first_start_knows_no_password_and_makes_a_token_of_its_own(make_ipamd):
    """Nobody signs in before somebody was made; the one way in is a file for its owner, another one each time."""
    tokens = set()
    for port in (8055, 8056):
        fresh = make_ipamd(own_token=False, port=port)
        path = fresh.dir / "admin.token"
        assert path.stat().st_mode & 0o777 == 0o600 and len(fresh.token) >= 43
        assert fresh.items("access/users") == [] and fresh.get(SUBNETS, token=None).status == 401
        for name in ("admin", "administrator", "root", "ipamd"):
            for password in ("", name, "password", "ipamd"):
                assert identity.sign_in(fresh, name, password).status in (401, 422, 429), (name, password)
        tokens.add(fresh.token)
    assert len(tokens) == 2
