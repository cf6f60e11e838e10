# test_identity_provider.py - users that a provider knows: signed in by it, in its groups, until it says.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import signal
import subprocess

import pytest

import canary
import daemon
import identity
import watch
from identity import ACCESS, me
from test_api import problem

SUBNETS = "/api/v1/ipam/subnets"
PASSWORD = "not-a-canary-for-it-stands-in-the-configuration"


def config(isolation="process", **options):
    return {"plugins": [{"name": "null-identity", "isolation": isolation}],
            "profiles": [{"name": "directory", "driver": "null-identity", "options": {
                "users": [f"alice:{PASSWORD}:netops,staff", "bob:other-password:staff"], **options}}],
            "identity": [{"name": "corp", "profile": "directory"}]}


@pytest.mark.parametrize("isolation", ["process", "none"])
def test_a_user_of_the_provider_signs_in(make_ipamd, isolation):
    ipamd = make_ipamd(config=config(isolation))
    s = identity.session(ipamd, "alice@corp", PASSWORD)
    assert s["name"] == "alice@corp" and s["provider"] == "corp" and "user" not in s
    shown = me(ipamd, s["token"])
    assert shown["name"] == "user:alice@corp" and shown["user"] is None
    assert shown["groups"] == ["corp/netops", "corp/staff"]
    problem(ipamd.get(SUBNETS, token=s["token"]), 403, "denied")
    identity.group(ipamd, "corp/netops", role="asm-group")
    assert ipamd.post(SUBNETS, {"prefix": "10.0.0.0/24"}, token=s["token"]).status == 201
    assert ipamd.items("audit/changes")[0]["actor"] == "user:alice@corp"
    bob = identity.session(ipamd, "bob@corp", "other-password")
    problem(ipamd.post(SUBNETS, {"prefix": "10.0.1.0/24"}, token=bob["token"]), 403, "denied")
    assert [x["id"] for x in ipamd.get(f"{ACCESS}/sessions", token=bob["token"]).json()["items"]] == [bob["id"]]
    assert ipamd.request("DELETE", f"{ACCESS}/sessions/current", token=bob["token"]).status == 204
    assert me(ipamd, bob["token"]) == 401


def test_whom_the_provider_does_not_know_is_told_the_same(make_ipamd):
    ipamd = make_ipamd(config=config())
    identity.user(ipamd, "alice", canary.PASSWORDS[5])
    answers = {identity.sign_in(ipamd, *who).body for who in (
        ("alice@corp", "wrong-password"), ("nobody@corp", PASSWORD), ("alice@other", PASSWORD), ("alice", PASSWORD))}
    assert len(answers) == 1
    problem(ipamd.post(f"{ACCESS}/groups", {"name": "corp/staff", "members": ["alice"]}), 422, "invalid")


def test_the_session_ends_when_the_provider_says(make_ipamd):
    ipamd = make_ipamd(config=config(lifetime="3s"))
    s = identity.session(ipamd, "alice@corp", PASSWORD)
    assert me(ipamd, s["token"])["name"] == "user:alice@corp"
    watch.until(lambda: me(ipamd, s["token"]) == 401, 10, "the session ended")


def test_a_provider_that_is_taken_out_vouches_for_nobody(make_ipamd):
    ipamd = make_ipamd(config=config())
    s = identity.session(ipamd, "alice@corp", PASSWORD)
    ipamd.config["identity"] = []
    ipamd.write_config()
    os.kill(ipamd.process.pid, signal.SIGHUP)
    watch.until(lambda: me(ipamd, s["token"]) == 401, 20, "the session is none any more")
    assert identity.sign_in(ipamd, "alice@corp", PASSWORD).status == 401


def test_a_provider_that_is_away_is_no_wrong_password(make_ipamd):
    """Its process is stopped: it is there, and does not answer."""
    ipamd = make_ipamd(config=config())
    identity.session(ipamd, "alice@corp", PASSWORD)
    pids = subprocess.run(["pgrep", "-P", str(keeper(ipamd)), "-f", "ipam-provider-host"], capture_output=True,
                          text=True).stdout.split()
    assert len(pids) == 1
    os.kill(int(pids[0]), signal.SIGSTOP)
    try:
        answer = identity.sign_in(ipamd, "alice@corp", PASSWORD, timeout=60)
        assert problem(answer, 503, "unavailable") and "retry-after" in answer.headers
    finally:
        os.kill(int(pids[0]), signal.SIGCONT)
    watch.until(lambda: identity.sign_in(ipamd, "alice@corp", PASSWORD).status == 201, 60, "it is back")


def keeper(ipamd):
    """The process that starts those of plugins: the daemon's one child."""
    return subprocess.run(["pgrep", "-P", str(ipamd.process.pid)], capture_output=True, text=True).stdout.split()[0]


@pytest.mark.parametrize("change,said", [
    ({"identity": [{"name": "corp", "profile": "none"}]}, "none"),
    ({"identity": [{"name": "corp", "profile": "directory"}, {"name": "corp", "profile": "directory"}]}, "twice"),
    ({"identity": [{"name": "corp"}]}, "profile"),
    ({"peers": [{"uid": 1, "role": "reader", "user": "alice"}]}, "both given"),
    ({"plugins": [{"name": "null-dhcp"}], "profiles": [{"name": "directory", "driver": "null-dhcp"}]}, "knows no users")])
def test_a_configuration_that_cannot_be_is_refused_where_it_stands(make_ipamd, change, said):
    ipamd = make_ipamd(config={**config(), **change}, start=False)
    run = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--check-config", "--config", ipamd.write_config()],
                         capture_output=True, text=True)
    assert run.returncode == 78 and said in run.stderr and ".json:" in run.stderr, run.stderr
