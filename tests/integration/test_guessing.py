# test_guessing.py - who guesses passwords or tokens waits; who does not is let in meanwhile.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import time

import pytest

import canary
import identity
from identity import ACCESS, from_address, me

PASSWORD, WRONG = canary.PASSWORDS[3], canary.PASSWORDS[4]


@pytest.fixture
def ipamd(make_ipamd):
    return make_ipamd()


def attempt(ipamd, source, password, user="alice"):
    return from_address(ipamd, source, "POST", f"{ACCESS}/sessions", {"user": user, "password": password})


def until_delayed(ipamd, source, user="alice"):
    """Guesses until it must wait; the answer that says so."""
    for i in range(40):
        answer = attempt(ipamd, source, WRONG, user)
        if answer[0] == 429:
            return i, answer
        assert answer[0] == 401
    raise AssertionError("nobody made it wait")


def metric(ipamd, name):
    return sum(float(line.rsplit(" ", 1)[1]) for line in ipamd.get("/metrics").body.decode().splitlines()
               if line.startswith(name + "{"))


def test_whoever_guesses_waits_longer_each_time(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    tries, (status, body, headers) = until_delayed(ipamd, "127.0.0.5")
    assert 5 <= tries <= 7 and body["type"].endswith("too-many-attempts")
    first = int(headers["retry-after"])
    assert first >= 1
    assert attempt(ipamd, "127.0.0.5", PASSWORD)[0] == 429  # the right one too, until it has waited
    time.sleep(first)  # what the answer asks for
    assert attempt(ipamd, "127.0.0.5", WRONG)[0] == 401
    second = int(attempt(ipamd, "127.0.0.5", WRONG)[2]["retry-after"])
    assert second > first
    time.sleep(second)
    assert attempt(ipamd, "127.0.0.5", PASSWORD)[0] == 201
    assert attempt(ipamd, "127.0.0.5", WRONG)[0] == 401     # all is forgiven
    assert ipamd.log().count("guessing:") == 1 and "127.0.0.5" in ipamd.log()
    assert metric(ipamd, "ipam_access_refused_total") >= tries and metric(ipamd, "ipam_access_delayed_total") >= 3


def test_nobody_is_locked_out_by_another(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    for last in range(5, 15):
        until_delayed(ipamd, f"127.0.0.{last}")
    assert attempt(ipamd, "127.0.0.14", PASSWORD)[0] == 429  # it has just been told to wait
    assert attempt(ipamd, "127.0.0.99", PASSWORD)[0] == 201


def test_many_accounts_from_one_source(ipamd):
    sources = [attempt(ipamd, "127.0.0.7", WRONG, f"user{i}")[0] for i in range(30)]
    assert sources[:20] == [401] * 20 and sources[-1] == 429
    assert attempt(ipamd, "127.0.0.8", WRONG, "user1")[0] == 401


def test_wrong_tokens_count_and_right_ones_pass(ipamd):
    alice = identity.user(ipamd, "alice", PASSWORD, role="reader")
    t = identity.token(ipamd, alice)["token"]
    junk = [t[:-1] + ("0" if t[-1] != "0" else "1"), "ipam_ses_x", canary.REFUSED[0], ""]
    codes = [from_address(ipamd, "127.0.0.6", "GET", f"{ACCESS}/me", token=junk[i % 4])[0] for i in range(40)]
    assert codes[:20] == [401] * 20 and codes[-1] == 429
    assert from_address(ipamd, "127.0.0.6", "GET", f"{ACCESS}/me", token=t)[0] == 200
    assert attempt(ipamd, "127.0.0.6", PASSWORD)[0] == 201
    assert from_address(ipamd, "127.0.0.9", "GET", f"{ACCESS}/me", token="ipam_ses_x")[0] == 401
    assert me(ipamd, None) == 401  # without any token nothing is guessed
