# test_quickstart.py - ./quickstart as users and harnesses run it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import pathlib
import re
import signal
import stat
import subprocess
import tempfile
import time
import urllib.parse

import pytest

TREE = pathlib.Path(__file__).parents[2]
SERVER = re.compile(r"kea-|ipamd|ipam-")
CLAIM = ["address", "allocate", "--subnet", "10.1.2.0/24", "--claim", "kill-1", "--name", "k"]


@pytest.fixture
def state(tmp_path):
    """A folder for --state; whatever quickstart a failed test left running is ended."""
    yield tmp_path / "state"
    for quickstart in Quickstart.running:
        if quickstart.popen.poll() is None:
            quickstart.end()
    Quickstart.running.clear()


def once(state, *args, env=None, timeout=180):
    return subprocess.run(["./quickstart", "--once", "--state", str(state), *args], cwd=TREE, env={**os.environ, **(env or {})},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=timeout)


def group(pgid):
    """Command lines of the living processes of a process group, with their sessions."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == pgid and fields[0] != "Z":
                found.append((int(fields[3]), (entry / "cmdline").read_text().replace("\0", " ")))
        except (OSError, ValueError):
            pass
    return found


def servers():
    """Command lines of all servers of a demo that live in this namespace."""
    out = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_text().split("\0")[0]
        except OSError:
            continue
        if SERVER.search(os.path.basename(line)):
            out.append(line)
    return out


class Quickstart:
    """A quickstart that runs until it is told to end."""

    running = []

    def __init__(self, state, *args):
        self.state = state
        self.running.append(self)
        # As from a terminal: a shell's background jobs ignore SIGINT, and so would everything below this test.
        self.popen = subprocess.Popen(["./quickstart", "--state", str(state), *args], cwd=TREE, start_new_session=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))

    def ready(self, timeout=120):
        """Waits for DIR/url and returns what it holds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and self.popen.poll() is None:
            if (self.state / "url").exists():
                return (self.state / "url").read_text()
            time.sleep(0.05)
        raise AssertionError(self.popen.communicate()[0].decode() if self.popen.poll() is not None else "no url")

    def toured(self):
        """Reads its output up to the end of the tour, from where on it ends as asked."""
        seen = b""
        for line in self.popen.stdout:
            seen += line
            if b"Ctrl-C ends all" in line:
                return seen.decode()
        raise AssertionError(seen.decode())

    def end(self, how=signal.SIGTERM):
        os.killpg(self.popen.pid, how) if how == signal.SIGKILL else self.popen.send_signal(how)
        return self.popen.wait(30)


def get(url, path, token=None):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
    response = connection.getresponse()
    return response.status, response.read()


def ctl(state, *args):
    return subprocess.run([TREE / "build/install/bin/ipamctl", "-o", "json", "--url", (state / "url").read_text(),
                           "--token-file", state / "admin.token", *args],
                          stdout=subprocess.PIPE, check=True, text=True).stdout


def test_once_shows_the_tour_and_leaves_nothing_running(state):
    run = once(state)
    assert run.returncode == 0, run.stdout + run.stderr
    for command in ("server add", "server collect", "block add", "tree 10.0.0.0/8", "scope list", "address allocate",
                    "change list"):
        assert f"$ ipamctl {command}" in run.stdout
    assert re.search(r"10\.1\.0\.0/24.* 2[0-9]\.\d* ?%", run.stdout), "the tree shows utilisation in %"
    for told in ("scopes: 22", "reservations: 206", "leases: 300", "subnets in use: 20", "new reservation: 1"):
        assert f"= {told}, as Kea says" in run.stdout
    assert '"hw-address": "02:00:5e:00:53:01"' in run.stdout, "the reservation in Kea's own words"
    assert servers() == []


def test_second_run_installs_and_builds_nothing(state, tmp_path):
    assert once(state).returncode == 0
    shims, called = tmp_path / "shims", tmp_path / "called"
    shims.mkdir()
    for tool in ("apt-get", "dpkg", "make", "gcc", "cc", "ld", "autoreconf", "libtool"):
        (shims / tool).write_text(f"#!/bin/sh\necho {tool} >>{called}\nexit 1\n")
        (shims / tool).chmod(0o755)
    began = time.monotonic()
    run = once(state, env={"PATH": f"{shims}:{os.environ['PATH']}"})
    assert run.returncode == 0, run.stdout + run.stderr
    assert not called.exists(), called.read_text()
    assert time.monotonic() - began < 20


def test_a_tour_that_differs_from_kea_fails(state, tmp_path):
    """A curl in the way drops one reservation and one lease from what Kea answers."""
    shim = tmp_path / "curl"
    shim.write_text("#!/bin/sh\n/usr/bin/curl \"$@\" >%s/answer || exit\n"
                    "case \"$*\" in *config-get*|*get-all*) jq -c 'del(.[0].arguments.leases[0]?) |\n"
                    "    del(.[0].arguments.Dhcp4.subnet4[0]?.reservations[0])' %s/answer ;;\n"
                    "*) cat %s/answer ;; esac\n" % ((tmp_path,) * 3))
    shim.chmod(0o755)
    run = once(state, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert run.returncode == 1
    assert "! reservations: ipamd (<) and Kea (>) differ" in run.stdout
    assert "! leases: ipamd (<) and Kea (>) differ" in run.stdout
    assert servers() == []


def test_runs_in_one_group_until_sigterm(state):
    state.mkdir()
    (state / "mine").write_text("kept")
    q = Quickstart(state)
    url = q.ready()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    token = (state / "admin.token").read_text()
    assert stat.S_IMODE((state / "admin.token").stat().st_mode) == 0o600
    assert re.fullmatch(r"\S+\n?", token)
    assert get(url, "/readyz")[0] == 200
    assert get(url, "/api/v1/ipam/blocks")[0] == 401
    assert get(url, "/api/v1/ipam/blocks", token.strip())[0] == 200
    q.toured()
    members = group(q.popen.pid)
    assert len(members) >= 6, members
    assert {session for session, _ in members} == {q.popen.pid}
    assert len(servers()) == len([c for _, c in members if SERVER.search(os.path.basename(c.split()[0]))])
    assert q.end() == 0
    assert group(q.popen.pid) == [] and servers() == []
    assert (state / "mine").read_text() == "kept"


@pytest.mark.parametrize("whole_group", [True, False])
def test_continues_on_the_same_data_after_sigkill(state, whole_group):
    q = Quickstart(state)
    q.toured()
    token = (state / "admin.token").read_text()
    first = json.loads(ctl(state, *CLAIM))
    if whole_group:
        q.end(signal.SIGKILL)
    else:
        q.popen.kill()
        q.popen.wait()
    deadline = time.monotonic() + 10
    while servers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert servers() == []
    again = Quickstart(state)
    tour = again.toured()
    assert "  ! " not in tour
    assert (state / "admin.token").read_text() == token
    assert json.loads(ctl(state, *CLAIM)) == first
    assert again.end() == 0


def test_no_demo_and_port(state):
    q = Quickstart(state, "--no-demo", "--port", "18111")
    assert q.ready() == "http://127.0.0.1:18111"
    assert get("http://127.0.0.1:18111", "/readyz")[0] == 200
    assert not any("kea-dhcp" in line for line in servers())
    q.toured()
    assert q.end(signal.SIGINT) == 0
    assert servers() == []


def test_two_on_one_folder_are_refused_and_on_two_run(state, tmp_path):
    q = Quickstart(state, "--no-demo")
    q.ready()
    refused = once(state, "--no-demo")
    assert refused.returncode == 1 and "another quickstart runs on" in refused.stderr
    other = Quickstart(tmp_path / "other", "--no-demo")
    assert other.ready() != q.ready()
    other.toured()
    q.toured()
    assert other.end() == 0 and q.end() == 0


@pytest.mark.parametrize("args", [["--frob"], ["--port"], ["--port", "x"], ["--state", ""]])
def test_usage(args, tmp_path):
    run = subprocess.run(["./quickstart", "--once", *args], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 2 and "usage:" in run.stderr and run.stdout == ""


def test_names_the_packages_where_it_may_not_install(state):
    with tempfile.TemporaryDirectory(dir="/tmp") as shims:          # pytest's own folders are closed to others
        os.chmod(shims, 0o755)
        for name, text in (("dpkg-query", "for p; do :; done\n[ $p != jq ] && echo installed\n"), ("sudo", "exit 1\n")):
            pathlib.Path(shims, name).write_text("#!/bin/sh\n" + text)
            os.chmod(os.path.join(shims, name), 0o755)
        run = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                              "./quickstart", "--once", "--state", str(state)], cwd=TREE, stdin=subprocess.DEVNULL,
                             env={**os.environ, "PATH": f"{shims}:{os.environ['PATH']}"},
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.returncode == 77
    assert "these packages are missing: jq" in run.stderr
