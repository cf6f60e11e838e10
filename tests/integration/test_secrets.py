# test_secrets.py - stored secrets: written, never shown; exchanged while a real Kea asks for them; lost and changed keys.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import base64
import ctypes
import hashlib
import http.client
import json
import os
import pty
import random
import signal
import sqlite3
import struct
import subprocess
import threading
import time

import pytest

import canary
import daemon
import kea as kea_module
import watch
from canary import STORED
from test_kea_transport import PORT, TlsAgent, authority, signed

IPAMCTL = daemon.PREFIX / "bin" / "ipamctl"


def put(ipamd, name, value, status=(200, 201), **kw):
    answer = ipamd.request("PUT", f"/api/v1/system/secrets/{name}", {"value": value}, **kw)
    assert answer.status in status, answer
    return answer.json()


def master_key(ipamd):
    answer = ipamd.get("/api/v1/system/master-key")
    assert answer.status == 200
    return answer.json()


def rotate(ipamd):
    """The ended job of a change of the master key."""
    answer = ipamd.post("/api/v1/system/master-key/rotate")
    assert answer.status == 202, answer
    return watch.until(lambda: ended(ipamd, answer.json()["id"]), 20, "the job ended")


def ended(ipamd, job):
    found = ipamd.get(f"/api/v1/system/jobs/{job}").json()
    return found if found["state"] != "running" else None


def using(profile):
    """A configuration whose profile names a secret that only the daemon stores."""
    return {"profiles": [{"name": "stored", "driver": "kea", "options": {
        "scheme": "http", "port": kea_module.AGENT, "user": kea_module.USER, "password": {"secret": profile}}}]}


def row_sum(id, rev, body):
    """The sum that the database keeps with a row: it is against damage, and anybody can compute it."""
    out = ctypes.create_string_buffer(8)
    ctypes.CDLL("libsodium.so.23").crypto_shorthash(out, body, ctypes.c_ulonglong(len(body)), struct.pack("<qq", id, rev))
    return struct.unpack("<q", out.raw)[0]


# --- the resource ---

def test_a_secret_is_listed_and_never_shown(ipamd):
    made = put(ipamd, "site", STORED[0])
    assert made["name"] == "site" and made["version"] == 1 and made["users"] == []
    again = put(ipamd, "site", STORED[1])
    assert again["id"] == made["id"] and again["version"] == 2 and again["created"] == made["created"]
    assert put(ipamd, str(made["id"]), STORED[2])["version"] == 3
    for path in ("secrets", "secrets/site", f"secrets/{made['id']}", "secrets?fields=name,version"):
        got = ipamd.get(f"/api/v1/system/{path}")
        assert got.status == 200 and "value" not in got.body.decode() and "seal" not in got.body.decode()
    past = ipamd.get(f"/api/v1/system/secrets/site?at={made['rev']}").json()
    assert past["version"] == 1 and "value" not in past
    change = ipamd.get(f"/api/v1/audit/changes/{made['rev']}").json()
    assert change["operation"] == "system.secret.write" and change["objects"] == [f"add secret {made['id']} site"]
    assert ipamd.request("DELETE", "/api/v1/system/secrets/site").status == 204
    assert ipamd.get("/api/v1/system/secrets/site").status == 404


def test_any_bytes_are_a_secret(ipamd):
    whole = bytes(range(256)) * 256
    for value in (b"\0", whole):
        answer = ipamd.request("PUT", "/api/v1/system/secrets/bytes", {"base64": base64.b64encode(value).decode()})
        assert answer.status in (200, 201)
    for body in ({"base64": base64.b64encode(whole + b"x").decode()}, {"base64": "####"}, {"base64": ""}, {"value": ""},
                 {}, {"value": "x", "base64": "eA=="}, {"value": 7}, [], {"value": "x" * 65537}, {"value": "x", "name": "other"}):
        assert ipamd.request("PUT", "/api/v1/system/secrets/bytes", body).status == 422, str(body)[:80]


@pytest.mark.parametrize("name", ["123", ".hidden", "a%2Fb", "a%20b", "master", "master.next", "x" * 129, "%C3%A4"])
def test_names_that_are_none(ipamd, name):
    answer = ipamd.request("PUT", f"/api/v1/system/secrets/{name}", {"value": STORED[0]})
    assert answer.status == 422 and answer.json()["errors"][0]["pointer"] == "/name"


def test_conditions_dry_runs_and_keys(ipamd):
    put(ipamd, "site", STORED[0], status=[201], headers={"If-None-Match": "*"})
    put(ipamd, "site", STORED[1], status=[412], headers={"If-None-Match": "*"})
    put(ipamd, "other", STORED[1], status=[412], headers={"If-Match": "*"})
    dry = ipamd.request("PUT", "/api/v1/system/secrets/site?dry_run=true", {"value": STORED[1]}).json()
    assert [c["type"] for c in dry["changes"]] == ["secret"] and dry["changes"][0]["fields"] == ["version", "changed"]
    once = {"Idempotency-Key": "once"}
    first = put(ipamd, "site", STORED[2], headers=once)
    assert put(ipamd, "site", STORED[2], headers=once) == first, "the answer that was kept"
    put(ipamd, "site", STORED[3], status=[422], headers=once)


def test_a_guess_cannot_be_tried_on_what_a_key_leaves_behind(ipamd):
    """A digest of the request is stored; without the master key nobody can compute it of a guess."""
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    body = json.dumps({"value": "123456"})
    assert ipamd.request("PUT", "/api/v1/system/secrets/pin", body, headers=headers).status == 201
    text = b"\0".join((b"/api/v1/system/secrets/pin", b"", b"application/json", body.encode()))
    ipamd.process.stop()
    rows = [body for (body,) in sqlite3.connect(ipamd.dir / "ipam.db").execute("SELECT body FROM idempotency_answer")]
    assert len(rows) == 1 and hashlib.blake2b(text, digest_size=32).digest() not in rows[0]


def test_what_is_used_is_kept(make_ipamd):
    ipamd = make_ipamd(config=using("site"))
    made = put(ipamd, "site", STORED[0])
    assert made["users"] == ["profile stored"] and ipamd.items("system/secrets")[0]["users"] == ["profile stored"]
    refused = ipamd.request("DELETE", "/api/v1/system/secrets/site")
    assert refused.status == 409 and "profile stored" in refused.json()["detail"] and refused.json()["type"].endswith("/in-use")
    put(ipamd, "spare", STORED[1])
    assert master_key(ipamd)["unused"] == ["spare"]
    ipamd.config["profiles"] = []
    ipamd.write_config()
    os.kill(ipamd.process.pid, signal.SIGHUP)
    watch.until(lambda: ipamd.get("/api/v1/system/secrets/site").json()["users"] == [], 10, "reloaded")
    assert ipamd.request("DELETE", "/api/v1/system/secrets/site").status == 204


def test_without_a_master_key(make_ipamd):
    ipamd = make_ipamd(start=False)
    del ipamd.config["master_key"]
    ipamd.write_config()
    ipamd.start()
    refused = ipamd.request("PUT", "/api/v1/system/secrets/site", {"value": STORED[0]})
    assert refused.json()["type"].endswith("/unsupported") and "master_key" in refused.json()["hint"], refused
    assert master_key(ipamd)["state"] == "none"
    assert "master" not in os.listdir(ipamd.dir)


def test_configuration(make_ipamd):
    ipamd = make_ipamd(start=False)
    for path, words in ((f"{ipamd.dir}/master.key", "is in the folder of the data"), ("master.key", "absolute path"), (7, "text")):
        ipamd.config["master_key"] = path
        file = ipamd.write_config()
        ran = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--config", file, "--check-config"], stderr=subprocess.PIPE, text=True)
        assert ran.returncode == 78 and ran.stderr.startswith(f"{file}:") and words in ran.stderr, ran.stderr
    ipamd.config["master_key"] = "/etc/ipamd/master.key"
    ran = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--config", ipamd.write_config(), "--print-config"],
                         stdout=subprocess.PIPE, text=True)
    assert json.loads(ran.stdout)["master_key"] == "/etc/ipamd/master.key"


# --- the command line ---

def test_the_command_line_never_has_it(ipamd, tmp_path):
    env = {**os.environ, "IPAM_URL": f"http://127.0.0.1:{ipamd.port}", "IPAM_TOKEN_FILE": str(ipamd.dir / "admin.token")}
    run = lambda *words, **kw: subprocess.run([IPAMCTL, "secret", *words], env=env, capture_output=True, text=True, timeout=30, **kw)
    assert run("add", "piped", input=STORED[4] + "\n").returncode == 0
    again = run("add", "piped", input=STORED[4])
    assert again.returncode == 4, "conflict"
    file = tmp_path / "value"
    file.write_text(STORED[5])
    canary.FLOCK.allow(file)
    assert run("set", "piped", "--from-file", file).returncode == 0
    assert run("set", "absent", input="x").returncode != 0 and run("add", "empty", input="").returncode == 2
    assert json.loads(run("list", "-o", "json").stdout)[0]["version"] == 2
    assert "piped" in run("show", "piped").stdout
    assert "--value" not in run("add", "--help").stdout
    assert run("delete", "piped", "--yes").returncode == 0


def test_a_prompt_does_not_show_it(ipamd):
    master, slave = pty.openpty()
    env = {**os.environ, "IPAM_URL": f"http://127.0.0.1:{ipamd.port}", "IPAM_TOKEN_FILE": str(ipamd.dir / "admin.token")}
    child = subprocess.Popen([IPAMCTL, "secret", "add", "typed"], env=env, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    for question in (b"Secret: ", b"Again: "):
        while not shown.endswith(question):
            shown += os.read(master, 1)
        os.write(master, STORED[6].encode() + b"\n")
    try:
        while piece := os.read(master, 4096):
            shown += piece
    except OSError:  # the other end is closed
        pass
    assert child.wait(10) == 0 and b"typed" in shown
    canary.FLOCK.none_in(shown, "the terminal")
    os.close(master)


# --- in use ---

def test_a_real_kea_by_https_with_a_stored_password_changed_online(make_kea, make_ipamd):
    """The agent's password changes twice: each time the stored secret alone is written, and the next contact uses it."""
    server = make_kea(subnets=6, shared=0, reservations=12)
    authority(server.dir, "site")
    signed(server.dir, "server", "site", "IP:127.0.0.1")
    agent = json.loads(server.config_file("agent").read_text())
    ipamd = make_ipamd(config={"profiles": [{"name": "tls", "driver": "kea", "options": {
        "scheme": "https", "port": PORT, "ca_file": str(server.dir / "site.pem"), "user": kea_module.USER,
        "password": {"secret": "agent"}}}]})
    ipamd.ctl("server", "add", "127.0.0.1", "--driver", "kea", "--profile", "tls", "--role", "dhcp", "--managed")
    for i, password in enumerate((STORED[7], STORED[8], STORED[9])):
        agent["Control-agent"]["authentication"]["clients"][0]["password"] = password
        server.config_file("agent").write_text(json.dumps(agent))
        with TlsAgent(server, demand=False):
            failed = ipamd.ctl("server", "probe", "127.0.0.1", "--wait", check=False)
            assert failed.returncode != 0, "the secret is missing, or the one before"
            assert ("secret 'agent'" if i == 0 else "refuse") in ipamd.items("inventory/servers")[0]["message"]
            put(ipamd, "agent", password)
            ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
            assert len(ipamd.items("dhcp/scopes")) == 8
            state = ipamd.items("system/instances")[0]
            assert state["target"] == "127.0.0.1", state
    canary.FLOCK.none_in(ipamd.log(), "the log")


def test_exchanged_rows_are_refused_and_named(make_ipamd):
    """Whoever can write the database exchanges the ciphertexts of two secrets: neither opens."""
    ipamd = make_ipamd(config=using("one"))
    put(ipamd, "one", STORED[0])
    put(ipamd, "two", STORED[1])
    ipamd.process.stop()
    base = sqlite3.connect(ipamd.dir / "ipam.db")
    (a, rev_a, first), (b, rev_b, second) = base.execute("SELECT id, rev, body FROM seal ORDER BY id").fetchall()
    end = 72 + len(STORED[0]) + 40 + 4  # wrapped key and ciphertext are the last two fields, here of the same lengths
    for id, rev, body in (a, rev_a, first[:-end] + second[-end:]), (b, rev_b, second[:-end] + first[-end:]):
        base.execute("UPDATE seal SET body=?, sum=? WHERE id=?", (body, row_sum(id, rev, body), id))
    base.commit()
    base.close()
    ipamd.start()
    assert master_key(ipamd)["dead"] == ["one", "two"] and master_key(ipamd)["state"] == "ready"
    assert "secret-dead: the secret two cannot be read: it is not what was sealed there" in ipamd.log()
    ipamd.ctl("server", "add", "127.0.0.1", "--driver", "kea", "--profile", "stored", "--role", "dhcp")
    ipamd.ctl("server", "probe", "127.0.0.1", "--wait", check=False)
    told = ipamd.items("inventory/servers")[0]["message"]
    assert "the secret 'one'" in told and "somebody changed" in told, told
    put(ipamd, "one", STORED[2])
    assert master_key(ipamd)["dead"] == ["two"]


# --- the key ---

def test_a_backup_lives_without_the_key_and_says_what_is_dead(make_ipamd, tmp_path):
    ipamd = make_ipamd()
    for i in range(3):
        put(ipamd, f"s{i}", STORED[i])
    ipamd.ctl("backup", tmp_path / "b")
    folder = tmp_path / "other"
    folder.mkdir(mode=0o700)
    other = daemon.Ipamd(folder=folder, port=8054)
    run = subprocess.run([IPAMCTL, "restore", tmp_path / "b", "--config", folder / "ipamd.json"], stderr=subprocess.PIPE, text=True)
    assert run.returncode == 0 and "3 secrets cannot be read" in run.stderr and "s0, s1, s2" in run.stderr, run.stderr
    other.start()
    try:
        told = master_key(other)
        assert told["state"] == "missing" and told["dead"] == ["s0", "s1", "s2"] and not other.key.exists(), told
        assert other.request("PUT", "/api/v1/system/secrets/new", {"value": "x"}).json()["type"].endswith("/unsupported")
        other.process.stop()
        other.key.write_bytes(ipamd.key.read_bytes())
        other.key.chmod(0o600)
        other.start()
        assert master_key(other)["state"] == "ready" and master_key(other)["dead"] == []
    finally:
        other.process.stop()


def test_a_key_of_the_system_is_exchanged_with_its_next(make_ipamd):
    """The key is a credential: the new one comes as another, and takes over."""
    first, second = os.urandom(32), os.urandom(31) + b"\n"
    ipamd = make_ipamd(start=False)
    (ipamd.secrets / "master").write_bytes(first)
    ipamd.start()
    assert master_key(ipamd)["source"] == "credential" and not ipamd.key.exists()
    put(ipamd, "a", STORED[0])
    refused = ipamd.post("/api/v1/system/master-key/rotate")
    assert refused.json()["type"].endswith("/unsupported") and "master.next" in refused.json()["detail"]
    (ipamd.secrets / "master.next").write_bytes(second)
    ipamd.restart()
    assert rotate(ipamd)["state"] == "done"
    ipamd.restart()
    put(ipamd, "b", STORED[1])
    ipamd.process.stop()
    (ipamd.secrets / "master.next").rename(ipamd.secrets / "master")
    ipamd.start()
    assert master_key(ipamd)["dead"] == [] and master_key(ipamd)["secrets"] == 2


def test_a_change_of_the_key_survives_kill_9(make_ipamd):
    """20 times a change is killed at a random moment while secrets are written: a start goes on with it, none is lost."""
    chance = random.Random(int(os.environ.get("IPAM_TEST_SEED", "7")))
    ipamd = make_ipamd()
    for i in range(300):
        put(ipamd, f"s{i}", f"{STORED[i % len(STORED)]}")
    keys, written = {master_key(ipamd)["key"]}, 0
    for _ in range(20):
        before = master_key(ipamd)["key"]
        ipamd.post("/api/v1/system/master-key/rotate")
        killer = threading.Timer(chance.random() * 0.03, ipamd.kill)
        killer.start()
        while killer.is_alive():
            try:
                put(ipamd, f"s{written % 300}", STORED[written % len(STORED)])
                written += 1
            except (OSError, http.client.HTTPException):  # it is dead
                pass
        killer.join()
        ipamd.start()
        told = watch.until(lambda: (m := master_key(ipamd))["rotating"] or m, 20, "it went on")
        watch.until(lambda: not master_key(ipamd)["rotating"], 20, "it ended")
        told = master_key(ipamd)
        assert told["state"] == "ready" and told["dead"] == [] and told["secrets"] == 300, told
        assert not ipamd.key.with_name(ipamd.key.name + ".next").exists()
        keys.add(told["key"])
        assert told["key"] == before or len(told["retired"]) >= 1
    assert len(keys) > 2 and written > 0, "moments before and after the change began"
    assert rotate(ipamd)["state"] == "done"
    for old in master_key(ipamd)["retired"]:  # nothing is under any of them
        os.unlink(old)
    ipamd.restart()
    assert master_key(ipamd)["dead"] == []
