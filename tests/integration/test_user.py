# test_user.py - the daemon that root starts becomes the user of its configuration, with all of its processes.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import grp
import json
import os
import pathlib
import pwd
import re
import subprocess

import pytest

import daemon
import watch

USER = pwd.getpwnam("daemon")
GROUP = grp.getgrnam("nogroup")


@pytest.fixture
def ipamd(tmp_path):
    """One whose folders are not there yet, with credentials that USER may read."""
    made = daemon.Ipamd(own_token=False)
    made.dir.chmod(0o755)
    os.chown(made.secrets, USER.pw_uid, USER.pw_gid)
    for path in made.secrets.iterdir():
        os.chown(path, USER.pw_uid, USER.pw_gid)
    state = made.dir / "state"
    made.config.update({
        "user": USER.pw_name,
        "listen": [{"address": f"127.0.0.1:{made.port}"}, {"unix": str(made.dir / "run" / "api.sock")}],
        "storage": {"plugin": "sqlite", "options": {"path": str(state / "ipam.db")}},
        "master_key": str(made.dir / "keys" / "master.key"),
        "tokens": [{"name": "admin", "role": "administrator", "file": str(state / "admin.token")}]})
    made.write_config()
    try:
        yield made
    finally:
        if (state / "admin.token").exists() and not (made.dir / "admin.token").exists():
            os.link(state / "admin.token", made.dir / "admin.token")
        made.stop()


def start(ipamd):
    """Its token lies elsewhere than the fixture's."""
    ipamd.start()
    token = ipamd.dir / "state" / "admin.token"
    (ipamd.dir / "admin.token").unlink(missing_ok=True)
    (ipamd.dir / "admin.token").write_text(token.read_text())
    daemon.canary.FLOCK.allow(ipamd.dir / "admin.token")
    daemon.canary.FLOCK.allow(token)


def status_of(pid):
    return dict(re.findall(r"^(\w+):\s*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M))


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def family(pid):
    return [pid, *(one for child in children(pid) for one in family(child))]


def owner(path):
    at = os.stat(path, follow_symlinks=False)
    return at.st_uid, at.st_gid


def run(ipamd, *words, **more):
    return subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json", *words], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **more)


def test_all_processes_are_the_users(ipamd, kea):
    start(ipamd)
    ipamd.add_kea()
    pids = family(ipamd.process.pid)
    assert len(pids) == 4, pids  # the daemon, its keeper, the process of the plugin, its doorman
    for pid in pids:
        status = status_of(pid)
        assert set(status["Uid"].split()) == {str(USER.pw_uid)} and set(status["Gid"].split()) == {str(USER.pw_gid)}, status
        assert {status[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}, status
        assert "0" not in status["Groups"].split(), status
    for name in ("state", "state/ipam.db", "state/admin.token", "run", "keys", "keys/master.key"):
        assert owner(ipamd.dir / name) == (USER.pw_uid, USER.pw_gid), name
    assert (ipamd.dir / "state").stat().st_mode & 0o777 == 0o700 and (ipamd.dir / "run").stat().st_mode & 0o777 == 0o755
    assert owner(ipamd.dir / "ipamd.json") == (0, 0) and "running-as-root" not in ipamd.log()
    ipamd.restart()
    assert ipamd.get("/api/v1/ipam/blocks").status == 200


def test_a_group_of_its_own_and_numbers(ipamd):
    ipamd.config.update(user=str(USER.pw_uid), group=GROUP.gr_name)
    ipamd.write_config()
    start(ipamd)
    status = status_of(ipamd.process.pid)
    assert set(status["Uid"].split()) == {str(USER.pw_uid)} and set(status["Gid"].split()) == {str(GROUP.gr_gid)}
    assert owner(ipamd.dir / "state" / "ipam.db") == (USER.pw_uid, GROUP.gr_gid)
    shown = json.loads(run(ipamd, "--print-config").stdout)
    assert (shown["user"], shown["group"]) == (str(USER.pw_uid), GROUP.gr_name)


def test_what_root_stored_before_is_given(ipamd):
    del ipamd.config["user"]
    ipamd.write_config()
    for name in ("state", "run", "keys"):
        (ipamd.dir / name).mkdir(mode=0o700)
    start(ipamd)
    assert ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "space": 1}).status == 201
    ipamd.process.stop()
    assert owner(ipamd.dir / "state" / "ipam.db") == (0, 0)
    ipamd.config["user"] = USER.pw_name
    ipamd.write_config()
    start(ipamd)
    assert [b["prefix"] for b in ipamd.items("ipam/blocks")] == ["10.0.0.0/8"]
    assert {owner(p) for p in (ipamd.dir / "state").iterdir()} == {(USER.pw_uid, USER.pw_gid)}


def test_what_is_not_ipamds_is_not_given(ipamd):
    """A folder in which something else lies stays root's, and so do a link and a file with a second name."""
    state = ipamd.dir / "state"
    state.mkdir(mode=0o755)
    (ipamd.dir / "precious").write_text("x")
    (state / "other").write_text("x")
    os.link(ipamd.dir / "precious", state / "ipam.db-wal")
    (state / "ipam.db-shm").symlink_to(ipamd.dir / "precious")
    told = run(ipamd)
    assert told.returncode == 78, told.stdout
    assert re.search(r"ipamd.json:\d+:\d+: the folder \S+/state is not one that daemon may write in, and holds what is not ipamd's",
                     told.stdout), told.stdout
    assert {owner(p) for p in (state, state / "other", state / "ipam.db-wal", ipamd.dir / "precious")} == {(0, 0)}


def test_who_is_not_there_and_who_may_not(ipamd):
    ipamd.config["user"] = "nobody-at-all"
    ipamd.write_config()
    for words in ((), ("--check-config",)):
        told = run(ipamd, *words)
        assert told.returncode == 78, told.stdout
        assert re.search(r"ipamd.json:\d+:\d+: user is \"nobody-at-all\", and this system has no such user", told.stdout), told.stdout
    ipamd.config.update(user=USER.pw_name, group="no-group-at-all")
    ipamd.write_config()
    assert "group is \"no-group-at-all\"" in run(ipamd, "--check-config").stdout
    del ipamd.config["group"]
    ipamd.write_config()
    other = pwd.getpwnam("bin")
    told = run(ipamd, user=other.pw_uid, group=other.pw_gid, extra_groups=[])
    assert told.returncode == 78 and f"not who started this, {other.pw_uid}:{other.pw_gid}" in told.stdout, told.stdout
    assert not (ipamd.dir / "state").exists()


def test_the_unit_may_have_made_it_the_user_already(ipamd):
    for name in ("state", "run", "keys"):
        (ipamd.dir / name).mkdir(mode=0o700)
        os.chown(ipamd.dir / name, USER.pw_uid, USER.pw_gid)
    ipamd.process.argv = ["setpriv", f"--reuid={USER.pw_uid}", f"--regid={USER.pw_gid}", "--clear-groups", *ipamd.process.argv]
    start(ipamd)
    assert set(status_of(ipamd.process.pid)["Uid"].split()) == {str(USER.pw_uid)}


def test_a_reload_makes_nobody_another(ipamd):
    start(ipamd)
    since = len(ipamd.log())
    ipamd.config["user"] = "bin"
    ipamd.write_config()
    ipamd.process.popen.send_signal(1)
    watch.until(lambda: "\"user\" or \"group\" is another; restart ipamd" in ipamd.log()[since:], 10, ipamd.log)


def test_a_restore_is_the_users_too_and_fenced_in(ipamd, tmp_path):
    """Root's backup is read, what it becomes is the user's; while it is read, the process is behind its fence."""
    start(ipamd)
    assert ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "space": 1}).status == 201
    saved = tmp_path / "backup"
    ipamd.ctl("backup", saved)
    saved.chmod(0o600)
    ipamd.process.stop()
    told = run(ipamd, "--restore", saved, "--replace")
    assert told.returncode == 0, told.stdout
    assert {owner(p) for p in (ipamd.dir / "state").iterdir()} == {(USER.pw_uid, USER.pw_gid)}
    assert run(ipamd, "--check-storage").returncode == 0
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json", "--restore", pipe],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as waits, open(pipe, "wb"):
        watch.until(lambda: status_of(waits.pid)["NoNewPrivs"] == "1", 10, lambda: status_of(waits.pid))
        assert set(status_of(waits.pid)["Uid"].split()) == {str(USER.pw_uid)}
        assert status_of(waits.pid)["CapEff"] == "0" * 16
    start(ipamd)
    assert [b["prefix"] for b in ipamd.items("ipam/blocks")] == ["10.0.0.0/8"]
