# test_canary.py - 40 canaries through every surface of one daemon, and the proof that the search finds them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import base64
import http.client
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import time

import pytest

import canary
import daemon
import kea as kea_module
import identity
import watch
from canary import FLOCK, PASSWORDS, REFUSED, STORED

FORMS = [("raw", lambda t: t), *((f"base64 {n}", lambda t, n=n: base64.b64encode(b"x" * n + t + b"yz")) for n in range(3)),
         ("hex", lambda t: t.hex().encode()), ("HEX", lambda t: t.hex().upper().encode()),
         ("UTF-16LE", lambda t: t.decode().encode("utf-16-le")), ("UTF-16BE", lambda t: t.decode().encode("utf-16-be"))]
NOISE = os.urandom(5000)


# --- the search itself, with canaries of its own ---

@pytest.mark.parametrize("form,plant", FORMS, ids=[name for name, _ in FORMS])
def test_each_form_is_found_in_each_place(form, plant, tmp_path):
    flock = canary.Flock()
    planted = plant(flock.all[17].encode())
    said = f"canary 17 in {form[:6] if form.startswith('UTF') else form},"
    assert flock.look(NOISE, "x") == [] and flock.look(planted[:8], "x") == []
    for where in (planted + NOISE, NOISE + planted, NOISE + planted + NOISE):
        (found,) = flock.look(where, "an answer")
        assert said in found and found.startswith("an answer: ")
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "ipam.db-wal").write_bytes(NOISE + planted)
    (deep / "clean").write_bytes(NOISE)
    (found,) = flock.look_below(tmp_path)
    assert said in found and "ipam.db-wal" in found
    with pytest.raises(AssertionError, match=re.escape(said)):
        flock.none_in(NOISE + planted, "printed")
    assert flock.look_below(tmp_path, skip=[str(tmp_path / "a")]) == []
    flock.allow(deep / "ipam.db-wal")
    assert flock.look_below(tmp_path) == []


def test_each_of_them_is_found_by_its_number():
    flock = canary.Flock()
    assert len(set(flock.all)) == canary.COUNT == 40 and len({t[:12] for t in flock.all}) == 1
    for i, text in enumerate(flock.all):
        (found,) = flock.look(b"password=" + text.encode() + b"\n", "x")
        assert f"canary {i} in raw" in found
    assert "not whole" in flock.look(flock.mark.encode() + b"...", "x")[0]


def test_a_name_of_a_file_and_a_process_are_looked_at(tmp_path):
    flock = canary.Flock()
    (tmp_path / flock.all[3]).touch()
    assert "names in" in flock.look_below(tmp_path)[0]
    wait = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
    for argv, env, part in ((wait + [flock.all[4]], {}, "cmdline"), (wait, {"X": flock.all[5]}, "environ")):
        child = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE)
        try:
            child.stdout.readline()
            name = pathlib.Path(f"/proc/{child.pid}/comm").read_bytes().strip()
            assert any(f"/proc/{child.pid}/{part}" in hit for hit in flock.look_at_processes(names=(name,)))
        finally:
            child.kill()
            child.wait()
            child.stdout.close()


def test_what_programs_print_is_looked_at():
    with pytest.raises(AssertionError, match="printed by"):
        subprocess.run(["/bin/printf", "%s", FLOCK.all[31]], stdout=subprocess.PIPE)


def test_the_search_costs_little():
    """All forms in 64 MB: as long as a few copies of it, so that a run's gigabyte is seconds."""
    data = os.urandom(1 << 20) * 64
    began = time.process_time()
    assert FLOCK.look(data, "x") == []
    searched = time.process_time() - began
    began = time.process_time()
    for _ in range(8):
        data.count(b"\0\0\0\0\0\0\0\0\0\0\0\1")
    assert searched < 40 * (time.process_time() - began)


# --- a daemon that has them all ---

def raw(ipamd, text, enough=lambda got: False):
    """A request as bytes, its answer as bytes, until it ends or there is enough."""
    with socket.create_connection(("127.0.0.1", ipamd.port), timeout=10) as s:
        s.sendall(text)
        got = b""
        while not enough(got) and (piece := s.recv(65536)):
            got += piece
    FLOCK.none_in(got, "answer to bytes")
    return got


def wrong_requests(ipamd):
    """Secrets sent where they are wrong: what is refused says what is wrong, and not with which value."""
    bearer = lambda t: {"Authorization": f"Bearer {t}"}
    basic = base64.b64encode(f"admin:{REFUSED[0]}".encode()).decode()
    assert ipamd.get("/api/v1/ipam/spaces", token=REFUSED[0]).status == 401
    assert ipamd.raw("GET", "/api/v1/ipam/spaces", headers={"Authorization": f"Basic {basic}"}).status == 401
    assert ipamd.get("/metrics", token=REFUSED[1]).status == 401
    path = "/api/v1/system/secrets/wrong"
    for body in (f'{{"value": "{REFUSED[2]}"', f'{{"valeu": "{REFUSED[2]}"}}', f'{{"value": ["{REFUSED[2]}"]}}',
                 f'{{"value": "{REFUSED[3]}", "base64": "{REFUSED[3]}"}}', f'{{"base64": "{REFUSED[3]}!"}}', f'"{REFUSED[3]}"',
                 f'{{"value": "{REFUSED[4]}\\u0000"}}', f'{{"value": "{REFUSED[4]}", "id": "{REFUSED[4]}"}}'):
        answer = ipamd.request("PUT", path, body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status < 500, (body, answer)
    assert ipamd.request("PUT", path, REFUSED[5], headers={"Content-Type": "text/plain"}).status == 415
    for query in (f"value={REFUSED[6]}", f"base64={REFUSED[6]}", f"value.contains={REFUSED[6]}", "order=value", "fields=value"):
        assert ipamd.get(f"/api/v1/system/secrets?{query}").status in (400, 422), query
    assert b"HTTP/1.1 4" in raw(ipamd, f"GET / HTTP/1.1\r\nAuthorization: Bearer {REFUSED[7]}\r\n\r\n".encode())


def identities(ipamd):
    """Users, sessions and tokens: passwords that are right, wrong, and sent where none belongs. Returns what tokens there
    are, each to be looked for."""
    access, texts = "/api/v1/access", []
    user = identity.user(ipamd, "alice", PASSWORDS[0], role="administrator")
    identity.user(ipamd, "bob", PASSWORDS[1])
    for i in range(2):
        s = identity.sign_in(ipamd, "alice", PASSWORDS[0], headers={"Idempotency-Key": "s"} if i else {}).json()
        t = ipamd.post(f"{access}/tokens", {"user": user["id"], "name": f"t{i}"}, token=s["token"],
                       headers={"Idempotency-Key": f"t{i}"}).json()
        assert ipamd.get(f"{access}/me", token=t["token"]).status == 200
        texts += [s["token"], t["token"]]
    identity.sign_in(ipamd, "alice", PASSWORDS[0], headers={"Idempotency-Key": "s"})
    ipamd.post(f"{access}/tokens", {"user": user["id"], "name": "t0"}, headers={"Idempotency-Key": "t0"})
    assert ipamd.post(f"{access}/users/alice/password", {"old": PASSWORDS[0], "new": PASSWORDS[2]},
                      token=texts[0]).status == 204
    assert ipamd.request("PATCH", f"{access}/users/bob", {"password": PASSWORDS[3]}).status == 200
    ipamd.request("PATCH", f"{access}/users/bob?dry_run=true", {"password": PASSWORDS[3]})
    wrong, other = PASSWORDS[4], PASSWORDS[5]
    assert identity.sign_in(ipamd, "alice", wrong).status == 401
    assert identity.sign_in(ipamd, wrong, "x").status == 401  # in the wrong field
    json = {"Content-Type": "application/json"}
    for method, path, body in (
            ("POST", "users", f'{{"name": "c", "password": "{wrong}"'), ("POST", "users", f'{{"name": "c", "passwort": "{wrong}"}}'),
            ("POST", "users", f'{{"name": "c", "password": ["{wrong}"]}}'), ("PUT", "users/c", f'{{"name": "c", "password": "{wrong}"}}'),
            ("POST", "users", f'[{{"name": "c", "password": "{wrong}"}}, {{"name": "d", "password": "{other}"}}]'),
            ("PATCH", "users/none", f'{{"password": "{wrong}"}}'), ("POST", "users", f'{{"name": "c d", "password": "{wrong}"}}'),
            ("POST", "sessions", f'{{"user": "alice", "password": "{wrong}", "x": "{other}"}}'),
            ("POST", "sessions", f'{{"user": "alice", "password": {{"x": "{wrong}"}}}}'), ("POST", "sessions", f'"{wrong}"'),
            ("POST", "users/alice/password", f'{{"old": "{wrong}", "new": "{other}"}}')):
        answer = ipamd.request(method, f"{access}/{path}", body, headers=json)
        assert 400 <= answer.status < 500, (method, path, body, answer)
    csv = ipamd.request("POST", f"{access}/users", f"name,password\r\nc,{wrong}\r\n", headers={"Content-Type": "text/csv"})
    assert csv.status == 422
    assert ipamd.get(f"{access}/users?password={wrong}").status in (400, 422)
    ipamd.ctl("user", "list")
    ipamd.ctl("token", "list", "-o", "yaml")
    ipamd.ctl("user", "show", "alice", "-o", "json")
    return [FLOCK.of(text, text[22:34]) for text in texts]


def readers(ipamd, since):
    """Every list, in both forms, each object, with the past, and what follows the changes."""
    document = ipamd.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        if "get" not in methods or "{" in path or path.endswith("/feed"):
            continue
        ipamd.get(path)
        for kind in ("text/csv", "application/json"):
            ipamd.raw("GET", f"{path}?limit=1000&count=true", headers={"Authorization": f"Bearer {ipamd.token}", "Accept": kind})
        ipamd.get(f"{path}?at={since}")
    for i in range(4):
        ipamd.get(f"/api/v1/find?q={STORED[i][:20]}")
    raw(ipamd, f"GET /api/v1/feed?since=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ipamd.token}\r\n\r\n".encode(),
        lambda got: got.count(b"system.secret.write") > len(STORED))
    assert ipamd.get("/metrics").status == 200


def test_none_of_them_is_anywhere(make_kea, make_ipamd, tmp_path):
    """40 canaries: a Kea's password, tokens, credentials, stored secrets, passwords of users and what is refused; then every surface is asked,
    everything is written that can be, and all of it is looked through. What fails shows place, form and number."""
    server = make_kea(subnets=6, shared=0, reservations=12)
    ipamd = make_ipamd(start=False, config={
        "log_level": "debug",
        "tokens": [{"name": f"t{i}", "role": "administrator", "file": str(tmp_path / f"t{i}.token")} for i in range(8)] +
                  [{"name": "admin", "role": "administrator", "file": ""}],
        "profiles": [{"name": "kea-site", "driver": "kea", "options": {
            "scheme": "http", "port": kea_module.AGENT, "user": kea_module.USER, "password": {"secret": "stored-0"}}}]})
    ipamd.config["tokens"][-1]["file"] = str(ipamd.dir / "admin.token")
    for i, text in enumerate(canary.TOKENS):
        if text != ipamd.token:
            ipamd._write_secret(tmp_path / f"t{i}.token", text)
        else:
            ipamd.config["tokens"] = [t for t in ipamd.config["tokens"] if t["name"] != f"t{i}"]
    ipamd.write_config()
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    ipamd.start()
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    first = ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"]
    for i, text in enumerate(STORED):
        answer = ipamd.request("PUT", f"/api/v1/system/secrets/stored-{i}", {"value": text}, token=canary.TOKENS[i % 8],
                               headers={"Idempotency-Key": f"k{i}", "X-Change-Reason": "a change"})
        assert answer.status == 201
        ipamd.request("PUT", f"/api/v1/system/secrets/stored-{i}?dry_run=true", {"value": STORED[-i]})
    wrong_requests(ipamd)
    tokens = identities(ipamd)
    ipamd.ctl("server", "add", "127.0.0.1", "--driver", "kea", "--profile", "kea-site", "--role", "dhcp", "--managed")
    assert ipamd.ctl("server", "collect", "127.0.0.1", "--wait", check=False).returncode != 0, "another's password"
    ipamd.request("PUT", "/api/v1/system/secrets/stored-0", {"value": kea_module.PASSWORD})
    ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
    assert len(ipamd.items("dhcp/scopes")) == 8
    readers(ipamd, first)
    for words in (("secret", "list"), ("secret", "show", "stored-1"), ("plugin", "show", "kea"), ("export", "servers"),
                  ("backup", tmp_path / "backup"), ("secret", "rotate-master-key", "--wait"), ("change", "list"),
                  ("doctor", "--all", "--deep", "--config", ipamd.dir / "ipamd.json", "--credentials", ipamd.secrets)):
        ipamd.ctl(*words, check=False)
    assert memory(ipamd.process.pid) is None
    for flock in (FLOCK, *tokens):
        assert flock.look_at_processes() == []
    os.kill(ipamd.process.pid, signal.SIGABRT)  # which writes a core file wherever it may
    ipamd.process.popen.wait(20)
    for flock in (FLOCK, *tokens):
        assert flock.look_below(ipamd.dir) == [] and flock.look_below(tmp_path) == []
    assert not list(ipamd.dir.glob("core*"))
    assert (ipamd.dir / "ipam.db-wal").stat().st_size > 50000 and (tmp_path / "backup").stat().st_size > 1000, "there was something"
    assert "request: " in ipamd.log(), "down to the last detail"
    ipamd.start()


def test_a_password_is_gone_when_it_was_answered(ipamd):
    """Of what was sent nothing is left where it was read, parsed or kept meanwhile."""
    identity.user(ipamd, "alice", PASSWORDS[0], role="administrator")
    s = identity.sign_in(ipamd, "alice", PASSWORDS[0]).json()
    assert ipamd.post("/api/v1/access/users/alice/password", {"old": PASSWORDS[0], "new": PASSWORDS[2]},
                      token=s["token"]).status == 204
    watch.until(lambda: memory(ipamd.process.pid) is None, 5, "it is wiped, which comes after the answer")


def memory(pid):
    """What of stored secrets and passwords a core file would hold, which has memory that may be written and is not left out of it; or
    None."""
    stored = [text.encode() for text in STORED[1:] + PASSWORDS[:4]]
    with open(f"/proc/{pid}/smaps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in maps:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
            if re.match(r"[0-9a-f]+-", line):
                area = (int(head[1], 16), int(head[2], 16)) if head else None
            if line.startswith("VmFlags:") and area and " dd" not in line:
                mem.seek(area[0])
                try:
                    data = mem.read(area[1] - area[0])
                except OSError:
                    continue
                for i, text in enumerate(stored):
                    if text in data:
                        return f"stored secret {i + 1} at {area[0] + data.index(text):x} of {line}"
    return None
