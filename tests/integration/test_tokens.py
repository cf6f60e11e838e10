# test_tokens.py - tokens of users: shown once, refused when they end, and gone with the next request when revoked.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import datetime
import json
import time

import pytest

import canary
import identity
import watch
from identity import ACCESS, me
from test_api import problem
from test_feed import Stream

PASSWORD = canary.PASSWORDS[2]
SUBNETS = "/api/v1/ipam/subnets"


@pytest.fixture
def ipamd(make_ipamd):
    return make_ipamd()


def when(**kw):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**kw)).strftime("%Y-%m-%dT%H:%M:%SZ")


def refused(ipamd, token, why):
    """It is refused with words that tell a stranger nothing; the log has the reason."""
    answer = ipamd.get(f"{ACCESS}/me", token=token)
    assert problem(answer, 401, "unauthenticated")["detail"] == "the request has no valid token"
    assert why in [line for line in ipamd.log().splitlines() if "not-let-in" in line][-1]


def test_a_token_is_shown_once(ipamd):
    alice = identity.user(ipamd, "alice", role="reader")
    made = identity.token(ipamd, alice, description="for the pipeline")
    text = made["token"]
    assert text.startswith(f"ipam_pat_{made['prefix']}_") and len(text) == 71
    assert me(ipamd, text)["name"] == "user:alice/ci" and ipamd.get(SUBNETS, token=text).status == 200
    robot = identity.user(ipamd, "robot", kind="service")
    assert identity.token(ipamd, robot)["token"].startswith("ipam_svc_")
    for path in (f"{ACCESS}/tokens", f"{ACCESS}/tokens/{made['id']}", f"{ACCESS}/tokens/ci@alice", f"{ACCESS}/tokens?at=3",
                 "/api/v1/audit/changes", f"/api/v1/audit/changes/{made['rev']}", "/api/v1/find?q=ci"):
        assert text[22:] not in ipamd.get(path).body.decode(), path
    assert ipamd.get(f"{ACCESS}/tokens/ci@alice").json()["prefix"] == made["prefix"]
    days = datetime.datetime.fromisoformat(made["expires"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
    assert 89 <= days.days <= 90


def test_a_repeated_request_gets_the_row_and_not_the_token(ipamd):
    alice = identity.user(ipamd, "alice")
    body = {"user": alice["id"], "name": "ci"}
    first = ipamd.post(f"{ACCESS}/tokens", body, headers={"Idempotency-Key": "k"})
    again = ipamd.post(f"{ACCESS}/tokens", body, headers={"Idempotency-Key": "k"})
    assert again.status == 201 and again.headers["idempotency-replayed"] == "true"
    shown = first.json()
    text = shown.pop("token")
    assert again.json() == shown
    for path in ipamd.dir.glob("ipam.db*"):
        assert text[22:].encode() not in path.read_bytes()


@pytest.mark.parametrize("fields,pointer", [
    ({"expires": "2020-01-01T00:00:00Z"}, "expires"), ({"expires": when(days=401)}, "expires"),
    ({"networks": ["10.0.0.1/8"]}, "networks"), ({"networks": ["here"]}, "networks"), ({"role": "king"}, "role"),
    ({"user": 4711}, "user"), ({"token": "ipam_pat_x"}, "token"), ({"prefix": "abc"}, "prefix")])
def test_what_a_token_cannot_be(ipamd, fields, pointer):
    alice = identity.user(ipamd, "alice")
    answer = ipamd.post(f"{ACCESS}/tokens", {"user": alice["id"], "name": "ci", **fields})
    assert pointer in problem(answer, 422, "invalid")["detail"]
    assert ipamd.items("access/tokens") == []


def test_a_token_is_not_taken_when_it_should_not_be(ipamd):
    alice = identity.user(ipamd, "alice", role="reader")
    ends = identity.token(ipamd, alice, "ends", expires=when(seconds=3))["token"]
    far = identity.token(ipamd, alice, "far", networks=["127.0.0.0/30", "2001:db8::/32"])["token"]
    assert me(ipamd, ends)["name"] == "user:alice/ends"
    assert identity.from_address(ipamd, "127.0.0.2", "GET", f"{ACCESS}/me", token=far)[0] == 200
    assert identity.from_address(ipamd, "127.0.0.9", "GET", f"{ACCESS}/me", token=far)[0] == 401
    assert "not taken from there" in ipamd.log()
    refused(ipamd, far[:-1] + ("0" if far[-1] != "0" else "1"), "sum is wrong")
    refused(ipamd, "ipam_pat_short", "sum is wrong")
    refused(ipamd, other_than(far), "no such token")
    watch.until(lambda: me(ipamd, ends) == 401, 10, "the token expired")
    refused(ipamd, ends, "has expired")
    ipamd.request("PATCH", f"{ACCESS}/users/alice", {"disabled": True})
    refused(ipamd, far, "is disabled")
    ipamd.request("PATCH", f"{ACCESS}/users/alice", {"disabled": False, "expires": "2020-01-01T00:00:00Z"})
    refused(ipamd, far, "has expired")


def other_than(text):
    """A token with the same id, another secret and a right sum."""
    import zlib
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    head = text[:22] + "".join(reversed(text[22:65]))
    crc, end = zlib.crc32(head.encode()), ""
    for _ in range(6):
        end = digits[crc % 62] + end
        crc //= 62
    return head + end


def test_a_revoked_token_is_none_at_once_and_its_stream_ends(ipamd):
    alice = identity.user(ipamd, "alice", role="reader")
    made, kept = identity.token(ipamd, alice), identity.token(ipamd, alice, "kept")
    one = Stream(ipamd, headers={"Authorization": "Bearer " + made["token"]})
    two = Stream(ipamd, headers={"Authorization": "Bearer " + kept["token"]})
    ipamd.post(SUBNETS, {"prefix": "10.0.0.0/24"})
    rev = one.change().id
    assert two.change().id == rev
    assert ipamd.request("DELETE", f"{ACCESS}/tokens/ci@alice").status == 204
    assert me(ipamd, made["token"]) == 401
    began = time.monotonic()
    last = one.next()
    while last is not None and last.name != "revoked":
        last = one.next()
    assert last is not None and one.next() is None and time.monotonic() - began < 2
    ipamd.post(SUBNETS, {"prefix": "10.0.1.0/24"})
    assert two.change() is not None


def test_everybody_sees_and_revokes_his_own_and_no_other(ipamd):
    alice, bob = identity.user(ipamd, "alice", role="reader"), identity.user(ipamd, "bob", role="reader")
    a, b = identity.token(ipamd, alice), identity.token(ipamd, bob)
    spare = identity.token(ipamd, alice, "spare")
    shown = ipamd.get(f"{ACCESS}/tokens?count=true", token=a["token"]).json()
    assert [t["id"] for t in shown["items"]] == [a["id"], spare["id"]] and shown["total"] == 2
    past = ipamd.get(f"{ACCESS}/tokens?at={spare['rev']}", token=a["token"]).json()["items"]
    assert [t["id"] for t in past] == [a["id"], spare["id"]]
    problem(ipamd.get(f"{ACCESS}/tokens/{b['id']}", token=a["token"]), 404, "not-found")
    problem(ipamd.get(f"{ACCESS}/tokens/ci@bob", token=a["token"]), 404, "not-found")
    problem(ipamd.request("DELETE", f"{ACCESS}/tokens/{b['id']}", token=a["token"]), 404, "not-found")
    problem(ipamd.post(f"{ACCESS}/tokens", {"user": alice["id"], "name": "more"}, token=a["token"]), 403, "denied")
    problem(ipamd.request("PATCH", f"{ACCESS}/tokens/spare@alice", {"role": "reader"}, token=a["token"]), 403, "denied")
    assert ipamd.request("DELETE", f"{ACCESS}/tokens/spare", token=a["token"]).status == 204
    assert me(ipamd, spare["token"]) == 401 and me(ipamd, b["token"])["name"] == "user:bob/ci"


def test_a_token_may_no_more_than_its_role(ipamd):
    alice = identity.user(ipamd, "alice", role="administrator")
    assert ipamd.post("/api/v1/access/scopes", {"path": "/Global/Europe"}).status == 201
    t = identity.token(ipamd, alice, role="reader", access_scope="/Global/Europe")
    assert t["access_scope"] == "/Global/Europe"
    assert ipamd.get(SUBNETS, token=t["token"]).status == 200
    problem(ipamd.post(SUBNETS, {"prefix": "10.0.0.0/24"}, token=t["token"]), 403, "denied")


def test_when_and_from_where_a_token_was_last_used_is_written_later(ipamd):
    alice = identity.user(ipamd, "alice", role="reader")
    t = identity.token(ipamd, alice)
    assert "last_used" not in ipamd.get(f"{ACCESS}/tokens/{t['id']}").json()
    head = int(ipamd.get(SUBNETS, token=t["token"]).headers["ipam-revision"])
    row = watch.until(lambda: (r := ipamd.get(f"{ACCESS}/tokens/{t['id']}").json()).get("last_used") and r, 20, "it was written")
    assert row["last_used"].endswith(":00Z") or row["last_used"].endswith(":00.000Z")
    assert row["last_peer"].startswith("127.0.0.1") and row["rev"] == t["rev"]
    assert int(ipamd.get(SUBNETS).headers["ipam-revision"]) == head  # no revision of its own


def test_tokens_outlive_a_restart(ipamd):
    alice = identity.user(ipamd, "alice", PASSWORD, role="reader")
    t, s = identity.token(ipamd, alice)["token"], identity.session(ipamd, "alice", PASSWORD)["token"]
    ipamd.restart()
    assert me(ipamd, t)["name"] == "user:alice/ci" and me(ipamd, s)["name"] == "user:alice"


def test_a_unix_user_may_be_a_user_of_the_service(make_ipamd, tmp_path):
    import os
    import subprocess
    server = make_ipamd(config={"peers": [{"uid": os.getuid(), "user": "alice"}]})
    socket = str(server.dir / "api.sock")

    def ask():
        run = subprocess.run(["curl", "-s", "-o", "/dev/stdout", "-w", "%{http_code}", "--unix-socket", socket,
                              f"http://localhost{ACCESS}/me"], capture_output=True, text=True, check=True)
        return int(run.stdout[-3:]), run.stdout[:-3]

    assert ask()[0] == 401
    identity.user(server, "alice")
    code, text = ask()
    assert code == 200 and json.loads(text)["name"] == "user:alice"
    server.request("PATCH", f"{ACCESS}/users/alice", {"disabled": True})
    assert ask()[0] == 401
