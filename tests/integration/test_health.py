# test_health.py - /livez and /readyz: while starting, serving, stopping, without room and without storage.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import json
import pathlib
import signal
import socket
import sqlite3
import subprocess
import time

import pytest

HOST = """#!/bin/sh
while [ ! -e {go} ]; do sleep 0.02; done
exec {real} "$@"
"""


def wait_for(what, seconds=20):
    until = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def asked(ipamd, path, **kw):
    answer = ipamd.get(path, **kw)
    return answer.status, answer.json()["status"]


def test_strangers_learn_the_word_alone(ipamd):
    for path, word in (("/livez", "alive"), ("/readyz", "ready")):
        answer = ipamd.get(path, token=None)
        assert answer.status == 200 and answer.json() == {"status": word}
        assert ipamd.get(path, token="not-a-token-of-anybody").json() == {"status": word}
    parts = ipamd.get("/readyz").json()["parts"]
    assert parts == [{"name": "service", "ready": True}, {"name": "storage", "ready": True}]


def test_while_it_starts(copy, tmp_path):
    """Its plugins take as long to be looked at as the test likes."""
    real, go = copy.root / "libexec/ipamd/ipam-provider-host", tmp_path / "go"
    real.rename(real.with_name("real-host"))
    ipamd = copy.ipamd(config={"sandbox": "off"})  # or the keeper would start no script
    real.write_text(HOST.format(go=go, real=ipamd.prefix / "libexec/ipamd/real-host"))
    real.chmod(0o755)
    ready, ipamd.process.ready = ipamd.process.ready, lambda: ipamd.get("/livez", token=None).status == 200
    try:
        ipamd.start()
        assert asked(ipamd, "/readyz", token=None) == (503, "not ready")
        parts = ipamd.get("/readyz").json()["parts"]
        assert parts[0]["name"] == "service" and not parts[0]["ready"] and "starting" in parts[0]["detail"]
        for path in ("/api/v1/ipam/spaces", "/api/v1/feed", "/metrics"):
            answer = ipamd.get(path)
            assert answer.status == 503 and "starting" in answer.json()["detail"] and answer.headers["retry-after"] == "1"
        assert ipamd.get("/api/v1/ipam/spaces", token=None).status == 401
        go.touch()
        wait_for(lambda: asked(ipamd, "/readyz", token=None) == (200, "ready"))
        assert ipamd.get("/api/v1/ipam/spaces").status == 200
        ipamd.process.ready = ready
    finally:
        go.touch()
        ipamd.stop()


def test_a_start_that_is_stopped(copy, tmp_path):
    real, go = copy.root / "libexec/ipamd/ipam-provider-host", tmp_path / "go"
    real.rename(real.with_name("real-host"))
    ipamd = copy.ipamd(config={"sandbox": "off"})  # or the keeper would start no script
    real.write_text(HOST.format(go=go, real=ipamd.prefix / "libexec/ipamd/real-host"))
    real.chmod(0o755)
    ipamd.process.ready = lambda: ipamd.get("/livez", token=None).status == 200
    try:
        ipamd.start()
        ipamd.process.popen.terminate()
        time.sleep(0.1)
        go.touch()
        assert ipamd.process.popen.wait(20) == 0, ipamd.log()
    finally:
        go.touch()
        ipamd.stop()


def test_a_full_disk_is_read_only_and_still_ready(make_ipamd):
    ipamd = make_ipamd(start=False)
    folder = ipamd.dir / "small"
    folder.mkdir(mode=0o700)
    ipamd.config["storage"]["options"]["path"] = str(folder / "ipam.db")
    ipamd.write_config()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", folder], check=True)
    try:
        ipamd.start()
        assert ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"}).status == 201
        ballast = open(folder / "ballast", "wb", buffering=0)
        for size in (65536, 4096):
            try:
                while True:
                    ballast.write(bytes(size))
            except OSError:
                pass
        ballast.close()
        n = 0
        while (answer := ipamd.post("/api/v1/ipam/blocks", {"prefix": f"172.16.{n}.0/24", "description": "x" * 1000})).status == 201:
            n += 1
        assert answer.status == 507
        assert asked(ipamd, "/readyz", token=None) == (200, "read-only")
        storage = ipamd.get("/readyz").json()["parts"][1]
        assert not storage["ready"] and storage["detail"]
        assert "ipam_storage_writable 0\n" in ipamd.get("/metrics").body.decode()
        assert asked(ipamd, "/livez") == (200, "alive") and len(ipamd.items("ipam/blocks")) == n + 1
        (folder / "ballast").unlink()
        wait_for(lambda: ipamd.post("/api/v1/ipam/blocks", {"prefix": "192.168.0.0/16"}).status in (201, 409))
        assert asked(ipamd, "/readyz", token=None) == (200, "ready")
        assert "ipam_storage_writable 1\n" in ipamd.get("/metrics").body.decode()
    finally:
        ipamd.process.stop()
        subprocess.run(["umount", "-l", folder], check=True)


def test_storage_that_is_away_and_comes_back(ipamd):
    """Somebody else holds the database: no batch can begin."""
    thief = sqlite3.connect(ipamd.dir / "ipam.db", isolation_level=None)
    thief.execute("BEGIN EXCLUSIVE")
    answer = ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"})
    assert answer.status == 503, answer
    assert asked(ipamd, "/readyz", token=None) == (503, "not ready")
    storage = ipamd.get("/readyz").json()["parts"][1]
    assert storage["name"] == "storage" and not storage["ready"] and storage["detail"]
    assert asked(ipamd, "/livez") == (200, "alive")
    assert ipamd.get("/api/v1/ipam/blocks").status == 200       # what is in memory is still shown
    thief.execute("ROLLBACK")
    thief.close()
    wait_for(lambda: asked(ipamd, "/readyz", token=None) == (200, "ready"))     # found out by asking, without a write
    assert ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"}).status == 201


def test_while_it_stops(ipamd):
    """A request under way is finished, and whoever asks meanwhile on a connection of his own is told."""
    def begin(path, length):
        c = socket.create_connection(("127.0.0.1", ipamd.port), timeout=20)
        c.sendall(b"POST %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n" % (path, ipamd.token.encode(), length))
        return c
    body = b'{"prefix":"10.0.0.0/8"}'
    slow, probe = begin(b"/api/v1/ipam/blocks", len(body)), socket.create_connection(("127.0.0.1", ipamd.port), timeout=20)
    token = ipamd.token.encode()
    probe.sendall(b"GET /readyz HTTP/1.1\r\nHost: a\r\nAuthor")
    time.sleep(0.2)
    began = time.monotonic()
    ipamd.process.popen.send_signal(signal.SIGTERM)
    wait_for(lambda: "STOPPING" in ipamd.log() or "stopping" in ipamd.log())
    probe.sendall(b"ization: Bearer %s\r\n\r\n" % token)
    answer = http.client.HTTPResponse(probe)
    answer.begin()
    parts = json.loads(answer.read())
    assert answer.status == 503 and parts["status"] == "not ready" and "stopping" in parts["parts"][0]["detail"]
    slow.sendall(body)
    answer = http.client.HTTPResponse(slow)
    answer.begin()
    assert answer.status == 503 and b"stopping" in answer.read()      # nothing new is begun, and nobody is left without a word
    assert ipamd.process.popen.wait(20) == 0
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("what", ["livez", "readyz"])
def test_a_loop_that_stands_still_does_not_answer(ipamd, what):
    """A probe with a limit sees it; the watchdog ends such a process (base_watchdog_test)."""
    ipamd.process.popen.send_signal(signal.SIGSTOP)
    with pytest.raises(socket.timeout):
        ipamd.get("/" + what, token=None, timeout=0.5)
    ipamd.process.popen.send_signal(signal.SIGCONT)
    assert ipamd.get("/" + what, token=None).status == 200
    assert pathlib.Path(f"/proc/{ipamd.process.pid}").exists()
