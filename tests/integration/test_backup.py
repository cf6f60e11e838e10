# test_backup.py - backups are exact while others write, damaged ones are refused, and a restore is whole or nothing.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import random
import signal
import socket
import subprocess
import time

import pytest

import daemon
import watch

IPAMD = daemon.PREFIX / "sbin" / "ipamd"
IPAMCTL = daemon.PREFIX / "bin" / "ipamctl"


def until(condition):
    return watch.until(condition, 30, "what is waited for")


def allocate(ipamd, count, claim=None, name=None):
    body = {"count": count, **({"claim": claim} if claim else {}), **({"name": name} if name else {})}
    answer = ipamd.post("/api/v1/ipam/subnets/10.0.0.0_12/allocate", body)
    assert answer.status in (200, 201), answer
    return [(a["id"], a["address"]) for a in answer.json()["items"]]


def restored(make_ipamd, path, tmp_path, name="restored"):
    """A daemon on a new storage into which the backup was put, started."""
    folder = tmp_path / name
    folder.mkdir(mode=0o700)
    other = daemon.Ipamd(folder=folder, port=8054)
    run = subprocess.run([IPAMCTL, "restore", path, "--config", folder / "ipamd.json"], stderr=subprocess.PIPE, text=True,
                         timeout=60)
    assert run.returncode == 0, run.stderr
    return other


@pytest.fixture
def others():
    """Further daemons that end with the test."""
    started = []
    yield started
    for one in started:
        one.process.stop()


def addresses_by(ipamd, revision):
    """What the change log says was there after a revision: (id, address)."""
    there = set()
    for rev in range(1, revision + 1):
        for item in ipamd.get(f"/api/v1/audit/changes/{rev}").json()["items"]:
            if item["type"] == "address" and item["verb"] == "add":
                there.add((item["id"], item["key"]))
            elif item["type"] == "address" and item["verb"] == "delete":
                there.discard((item["id"], item["key"]))
    return there


def test_a_backup_under_writes_is_the_state_at_its_revision(ipamd, tmp_path, others):
    assert ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.0.0.0/12"}).status == 201
    kept = []
    first = allocate(ipamd, 2, claim="order-1")
    for i in range(15):
        allocate(ipamd, 1000)

    def write():
        kept.extend(allocate(ipamd, 1, name="x"))
        if random.random() < 0.2:
            assert ipamd.request("DELETE", f"/api/v1/ipam/addresses/{kept.pop()[0]}").status == 204

    writers = [watch.Background(write, 0) for _ in range(3)]
    until(lambda: len(kept) > 10)
    made = json.loads(ipamd.ctl("backup", tmp_path / "b", "-o", "json").stdout)
    until(lambda: ipamd.get("/api/v1/audit/changes?limit=1").json()["items"][0]["id"] > made["revision"])
    for w in writers:
        w.stop()
    revision = made["revision"]
    assert os.stat(tmp_path / "b").st_mode & 0o777 == 0o600
    assert sorted(os.listdir(tmp_path)) == ["b"]

    other = restored(None, tmp_path / "b", tmp_path)
    others.append(other)
    other.start()
    assert other.get("/api/v1/audit/changes?limit=1").json()["items"][0]["id"] == revision
    there = {(a["id"], a["address"]) for a in other.items("ipam/addresses")}
    assert there == addresses_by(ipamd, revision) and len(there) > 15000
    assert [c for c in other.items("audit/changes")] == \
        [c for c in ipamd.items("audit/changes") if c["id"] <= revision]
    # Old claims answer, ids and revisions go on.
    assert allocate(other, 2, claim="order-1") == first
    new = allocate(other, 1)
    assert new[0][0] > max(i for i, _ in there)
    assert other.get("/api/v1/audit/changes?limit=1").json()["items"][0]["id"] == revision + 1
    checks = other.post("/api/v1/system/storage/verify").json()["items"]
    assert len(checks) > 10 and {c["state"] for c in checks} == {"ok"}
    # Neither secrets nor tokens are in it.
    content = (tmp_path / "b").read_bytes()
    for secret in (ipamd.token, ipamd.token.removeprefix("ipam_"), daemon.kea_module.PASSWORD):
        assert secret.encode() not in content


def raw_post(ipamd, path):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    s.connect(("127.0.0.1", ipamd.port))
    s.sendall(f"POST {path} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {ipamd.token}\r\nContent-Length: 0\r\n\r\n".encode())
    return s


def test_a_slow_client_holds_nobody_up_and_gets_its_snapshot(ipamd, tmp_path, others):
    assert ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.0.0.0/12"}).status == 201
    for i in range(25):
        allocate(ipamd, 1000, name="a-name-that-takes-some-room-in-every-row-of-it")
    before = {(a["id"], a["address"]) for a in ipamd.items("ipam/addresses")}
    slow = raw_post(ipamd, "/api/v1/system/backup")
    head = slow.recv(2048)
    assert b"200" in head.split(b"\r\n")[0]
    allocate(ipamd, 10)
    assert ipamd.get("/api/v1/ipam/addresses?limit=100").status == 200
    second = ipamd.post("/api/v1/system/backup")
    assert second.status == 503 and "under way" in second.json()["detail"], second
    assert ipamd.post("/api/v1/system/storage/verify").status == 503
    content = head.split(b"\r\n\r\n", 1)[1]
    while piece := slow.recv(1 << 20):
        content += piece
    (tmp_path / "slow").write_bytes(content)
    shown = json.loads(ipamd.ctl("backup", "--verify", tmp_path / "slow", "-o", "json").stdout)
    other = restored(None, tmp_path / "slow", tmp_path)
    others.append(other)
    other.start()
    assert {(a["id"], a["address"]) for a in other.items("ipam/addresses")} == before
    assert shown["bytes"] == len(content)
    # A client that goes away leaves the way free for the next.
    gone = raw_post(ipamd, "/api/v1/system/backup")
    gone.recv(100)
    gone.close()
    until(lambda: ipamd.ctl("backup", tmp_path / "next", check=False).returncode == 0)


@pytest.fixture(scope="module")
def backup(tmp_path_factory):
    """A backup of a small plan, and its folder."""
    folder = tmp_path_factory.mktemp("backup")
    source = daemon.Ipamd(port=8055).start()
    try:
        assert source.post("/api/v1/ipam/subnets", {"prefix": "10.0.0.0/12"}).status == 201
        for i in range(3):
            allocate(source, 300)
        source.ctl("backup", folder / "b")
    finally:
        source.stop()
    return folder / "b"


def restore(path, folder, *more):
    return subprocess.run([IPAMCTL, "restore", path, "--config", folder / "ipamd.json", *more], stderr=subprocess.PIPE,
                          text=True, timeout=60)


def head_of(folder):
    """What --check-storage says: None when there is nothing, else the revision."""
    run = subprocess.run([IPAMD, "--config", folder / "ipamd.json", "--check-storage"], stdout=subprocess.PIPE, text=True,
                         stderr=subprocess.DEVNULL, timeout=60)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0 and lines[0]["channel"] == "open"
    if lines[0]["state"] == "missing":
        return None
    assert {c["state"] for c in lines if "channel" in c} == {"ok"}, lines
    return next(int(s["count"]) for s in lines if s.get("name") == "head")


def new_folder(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir(mode=0o700)
    daemon.Ipamd(folder=folder, port=8056)
    return folder


def test_a_damaged_or_cut_backup_is_named_and_nothing_is_restored(backup, tmp_path):
    folder, good = new_folder(tmp_path, "d"), backup.read_bytes()
    draw = random.Random(7)
    for i in range(12):
        bad = bytearray(good)
        if i % 3 == 0:
            bad = bad[:draw.randrange(4, len(bad))]
        else:
            bad[draw.randrange(4, len(bad))] ^= 1 << draw.randrange(8)
        (tmp_path / "bad").write_bytes(bad)
        run = subprocess.run([IPAMCTL, "backup", "--verify", tmp_path / "bad"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
        assert run.returncode == 1 and run.stdout == "" and f"{tmp_path}/bad: " in run.stderr and "byte " in run.stderr
        run = restore(tmp_path / "bad", folder)
        assert run.returncode == 1 and "byte " in run.stderr, run.stderr
        assert head_of(folder) is None
    run = restore(tmp_path / "nosuch", folder)
    assert run.returncode == 3
    assert restore(backup, folder).returncode == 0
    assert head_of(folder) > 0
    run = restore(backup, folder)
    assert run.returncode == 4 and "--replace" in run.stderr
    assert restore(backup, folder, "--replace").returncode == 0
    assert len([f for f in os.listdir(folder) if f.startswith("ipam.db.replaced-")]) == 1


def test_a_restore_that_is_killed_left_nothing_or_all(backup, tmp_path):
    whole, draw = 0, random.Random()
    for i in range(10):
        folder = new_folder(tmp_path, f"k{i}")
        running = subprocess.Popen([IPAMD, "--config", folder / "ipamd.json", "--restore", backup], stderr=subprocess.DEVNULL)
        time.sleep(draw.random() * 0.15)
        running.kill()
        running.wait()
        head = head_of(folder)
        if not head:
            assert restore(backup, folder).returncode == 0
        else:
            whole += 1
        assert head_of(folder) == 5
    print(whole, "of 10 were whole")


def test_a_running_daemon_keeps_a_restore_out(ipamd, backup):
    run = restore(backup, ipamd.dir, "--replace")
    assert run.returncode == 75 and f"pid {ipamd.process.pid}" in run.stderr
    assert ipamd.get("/readyz", token=None).status == 200


def test_an_interrupted_backup_leaves_no_file(ipamd, tmp_path):
    assert ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.0.0.0/12"}).status == 201
    for i in range(20):
        allocate(ipamd, 1000)
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        os.kill(ipamd.process.pid, signal.SIGSTOP)  # so that it cannot be finished
        running = subprocess.Popen([IPAMCTL, "backup", tmp_path / "b"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   env={**os.environ, "IPAM_URL": f"http://127.0.0.1:{ipamd.port}",
                                        "IPAM_TOKEN_FILE": str(ipamd.dir / "admin.token")})
        until(lambda: os.listdir(tmp_path))
        running.send_signal(signum)
        running.wait()
        os.kill(ipamd.process.pid, signal.SIGCONT)
        left = os.listdir(tmp_path)
        assert "b" not in left and (left == [] or signum == signal.SIGKILL), left
        for name in left:
            os.unlink(tmp_path / name)
    # Exit 75 as long as ipamd has not yet noticed that the last of those clients has gone.
    until(lambda: ipamd.ctl("backup", tmp_path / "b", check=False).returncode == 0)
    assert ipamd.ctl("backup", tmp_path / "b", check=False).returncode == 4  # it is never overwritten
    reader = ipamd.post("/api/v1/system/backup", token="ipam_" + "0" * 64)
    assert reader.status == 401
