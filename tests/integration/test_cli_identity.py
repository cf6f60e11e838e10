# test_cli_identity.py - ipamctl for users, tokens and sessions: secrets never in arguments, tokens printed once.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pty
import stat
import subprocess

import pytest

import canary
import daemon
import identity
from identity import ACCESS, me
from test_api import problem

IPAMCTL = daemon.PREFIX / "bin" / "ipamctl"
PASSWORD, OTHER = canary.PASSWORDS[6], canary.PASSWORDS[7]


@pytest.fixture
def ipamd(make_ipamd):
    return make_ipamd()


def file(ipamd, text, name="given"):
    path = ipamd.secrets / name
    ipamd._write_secret(path, text + "\n")
    return path


def as_user(ipamd, state, *args, check=True, stdin=None):
    """ipamctl of somebody who has no token file, with his own state."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("IPAM")}
    run = subprocess.run([IPAMCTL, "--url", f"http://127.0.0.1:{ipamd.port}", *args], text=True, capture_output=True, input=stdin,
                         env={**env, "XDG_STATE_HOME": str(state), "NO_COLOR": "1"}, timeout=60)
    assert not check or run.returncode == 0, (args, run)
    return run


def at_terminal(ipamd, *args, answers):
    """(status, what was shown) of ipamctl with a terminal, where each prompt gets the next answer."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(IPAMCTL, [str(IPAMCTL), *args], {**os.environ, "IPAM_URL": f"http://127.0.0.1:{ipamd.port}", "NO_COLOR": "1",
                                                   "IPAM_TOKEN_FILE": str(ipamd.dir / "admin.token")})
    shown = b""
    answers = list(answers)
    while True:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
        if shown.endswith(b": ") and answers:
            os.write(fd, answers.pop(0).encode() + b"\n")
    _, status = os.waitpid(pid, 0)
    os.close(fd)
    return os.waitstatus_to_exitcode(status), shown.decode()


def test_a_user_is_added_with_a_password_from_a_prompt(ipamd):
    code, shown = at_terminal(ipamd, "user", "add", "alice", answers=[PASSWORD, PASSWORD])
    assert code == 0 and PASSWORD not in shown and "alice" in shown
    assert identity.sign_in(ipamd, "alice", PASSWORD).status == 201
    code, shown = at_terminal(ipamd, "user", "add", "bob", answers=[PASSWORD, OTHER])
    assert code == 2 and "not the same" in shown
    assert [u["name"] for u in ipamd.items("access/users")] == ["alice"]


def test_users_groups_and_passwords_from_files(ipamd):
    ipamd.ctl("user", "add", "alice", "--full-name", "Alice A.", "--password-file", file(ipamd, PASSWORD))
    ipamd.ctl("user", "add", "robot", "--kind", "service")
    ipamd.ctl("group", "add", "team", "--member", "alice", "--member", "robot", "--role", "reader")
    assert json.loads(ipamd.ctl("group", "show", "team", "-o", "json").stdout)["members"] == ["alice", "robot"]
    assert identity.sign_in(ipamd, "alice", PASSWORD).status == 201
    ipamd.ctl("user", "password", "alice", "--password-file", file(ipamd, OTHER))
    assert identity.sign_in(ipamd, "alice", PASSWORD).status == 401
    assert identity.sign_in(ipamd, "alice", OTHER).status == 201
    ipamd.ctl("user", "set", "alice", "--disabled")
    assert identity.sign_in(ipamd, "alice", OTHER).status == 401
    run = ipamd.ctl("user", "add", "eve", "--password", "x", check=False)
    assert run.returncode == 2 and "--password" in run.stderr
    ipamd.ctl("user", "delete", "alice", "--yes")
    assert json.loads(ipamd.ctl("group", "show", "team", "-o", "json").stdout)["members"] == ["robot"]


def test_a_token_is_printed_once(ipamd):
    ipamd.ctl("user", "add", "alice")
    text = ipamd.ctl("token", "add", "--user", "alice", "--name", "ci").stdout
    assert text.startswith("ipam_pat_") and text.count("\n") == 1
    assert me(ipamd, text.strip())["name"] == "user:alice/ci"
    assert json.loads(ipamd.ctl("token", "add", "--user", "alice", "--name", "j", "-o", "json").stdout)["token"].startswith("ipam_pat_")
    shown = ipamd.ctl("token", "list").stdout
    assert "alice" in shown and "ci" in shown and text[22:40] not in shown
    assert ipamd.ctl("token", "add", "--user", "alice", check=False).returncode == 2
    ipamd.ctl("token", "delete", "ci@alice", "--yes")
    assert me(ipamd, text.strip()) == 401
    assert ipamd.ctl("token", "show", "ci@alice", check=False).returncode == 3


def test_login_and_logout(ipamd, tmp_path):
    identity.user(ipamd, "alice", PASSWORD, role="reader")
    state = tmp_path / "state"
    assert as_user(ipamd, state, "subnet", "list", check=False).returncode == 5
    shown = as_user(ipamd, state, "login", "alice", "--password-file", "-", stdin=PASSWORD + "\n")
    assert "ipam_ses_" not in shown.stdout + shown.stderr and "alice" in shown.stdout
    (kept,) = (state / "ipamctl").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    token = kept.read_text().strip()
    assert token.startswith("ipam_ses_")
    as_user(ipamd, state, "subnet", "list")
    wrong = as_user(ipamd, state, "login", "alice", "--password-file", "-", stdin=OTHER + "\n", check=False)
    assert wrong.returncode == 5 and kept.read_text().strip() == token
    as_user(ipamd, state, "user", "password", "alice", "--old-password-file", str(file(ipamd, PASSWORD, "old")),
            "--password-file", str(file(ipamd, OTHER, "new")))
    as_user(ipamd, state, "subnet", "list")  # its own session goes on
    as_user(ipamd, state, "logout")
    assert not kept.exists() and me(ipamd, token) == 401
    assert as_user(ipamd, state, "logout", check=False).returncode == 3
    assert as_user(ipamd, state, "subnet", "list", check=False).returncode == 5


def test_root_recovers_the_administrators_token_while_the_daemon_runs(ipamd):
    old = ipamd.token
    (ipamd.dir / "admin.token").unlink()
    config = str(ipamd.dir / "ipamd.json")
    env = {k: v for k, v in os.environ.items() if not k.startswith("IPAM")}
    run = subprocess.run([IPAMCTL, "--config", config, "access", "recover"], capture_output=True, text=True, env=env)
    assert run.returncode == 0 and "admin.token" in run.stdout, run
    assert stat.S_IMODE((ipamd.dir / "admin.token").stat().st_mode) == 0o600
    new = ipamd.token
    assert new != old and new not in run.stdout + run.stderr
    assert ipamd.get("/api/v1/ipam/subnets").status == 200 and ipamd.get("/api/v1/ipam/subnets", token=old).status == 401
    change = ipamd.items("audit/changes")[0]
    assert change["operation"] == "access.recovery.create" and change["actor"] == "uid:0"
    assert ipamd.items("access/recoveries")[0]["token"] == "admin" and "access-recovered" in ipamd.log()
    problem(ipamd.post(f"{ACCESS}/recoveries"), 403, "denied")  # not by a token, and not over TCP
    ipamd.restart()
    assert ipamd.get("/api/v1/ipam/subnets", token=new).status == 200


@pytest.mark.parametrize("lost", [True, False])
def test_root_recovers_the_token_of_a_daemon_that_is_stopped(ipamd, lost):
    old = ipamd.token
    ipamd.process.stop()
    if lost:
        (ipamd.dir / "admin.token").unlink()
    run = subprocess.run([IPAMCTL, "--config", str(ipamd.dir / "ipamd.json"), "access", "recover"], capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.strip() == str(ipamd.dir / "admin.token"), run
    assert stat.S_IMODE((ipamd.dir / "admin.token").stat().st_mode) == 0o600 and ipamd.token != old
    ipamd.start()
    assert ipamd.get("/api/v1/ipam/subnets").status == 200 and ipamd.get("/api/v1/ipam/subnets", token=old).status == 401
    assert ipamd.log().count("access-recovered") == 1
    ipamd.restart()
    assert ipamd.log().count("access-recovered") == 1
