# test_sandbox.py - every process of ipamd is fenced in: what a hostile plugin tries, and what goes on working.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

import daemon
import prefix_copy
import watch

EACCES, EPERM = 13, 1
UNIT = daemon.TREE / "conf" / "ipamd.service"
CALLS = ("execve", "fork", "ptrace", "mount", "bpf", "keyctl", "userfaultfd", "unshare", "setns", "chroot")
SANITIZED = "libasan" in subprocess.run(["ldd", daemon.PREFIX / "sbin" / "ipamd"], stdout=subprocess.PIPE, text=True).stdout


class Prison:
    """An ipamd with one plugin for each forbidden call, and one that reports what it could reach."""

    def __init__(self):
        self.copy = prefix_copy.PrefixCopy()
        self.listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.port, self.other = (s.getsockname()[1] for s in self.listeners)
        self.ipamd = self.copy.ipamd(port=daemon.PORT + 1)
        names = [*CALLS, "looker"]
        for name in CALLS:
            self.build(name, CALL=prefix_copy.Word(f"SYS_{name}"))
        self.build("looker", OUTSIDE=str(self.ipamd.dir), PORT=prefix_copy.Word(str(self.port)),
                   OTHER_PORT=prefix_copy.Word(str(self.other)))
        self.config = {
            "plugins": [{"name": n, "timeout": "20s"} for n in names],
            "profiles": [*({"name": n, "driver": n, "options": {"fault": "call", "when": "open" if n == "execve" else "read_leases"}}
                           for n in CALLS),
                         *({"name": f"looker-{when}", "driver": "looker",
                            "options": {"fault": "reach", "when": when, "port": self.port}} for when in ("open", "read_leases")),
                         {"name": "looker-elsewhere", "driver": "looker",
                          "options": {"fault": "reach", "when": "read_leases", "port": self.other}}]}
        self.ipamd.config.update(self.config)
        self.ipamd.write_config()
        self.ipamd.start()

    def journal(self, name):
        return self.copy.dir / f"{name}.journal"

    def build(self, name, **macros):
        self.journal(name).touch()
        self.copy.build(name, JOURNAL=str(self.journal(name)), **macros)

    def collect(self, name, driver, profile):
        answer = self.ipamd.post("/api/v1/inventory/servers", {"name": name, "driver": driver, "profile": profile, "roles": ["dhcp"]})
        assert answer.status == 201, answer
        answer = self.ipamd.post(f"/api/v1/inventory/servers/{name}/collect")
        return watch.until(lambda: self.ended(answer.headers["location"]), 30, f"the job of {name} ends")

    def ended(self, location):
        job = self.ipamd.get(location).json()
        return job if job["state"] != "running" else None

    def lines(self, *words):
        return [line for line in self.ipamd.log().splitlines() if all(w in line for w in words)]

    def pids(self, name):
        return self.ipamd.get(f"/api/v1/system/plugins/{name}").json()["pids"]

    def remove(self):
        self.ipamd.stop()
        self.copy.remove()
        for s in self.listeners:
            s.close()


@pytest.fixture(scope="module")
def prison():
    made = Prison()
    try:
        yield made
    finally:
        made.remove()


def status_of(pid):
    return dict(re.findall(r"^(\w+):\s*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M))


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(SANITIZED, reason="system calls are not filtered in a build with a sanitizer")
@pytest.mark.parametrize("call", CALLS)
def test_a_forbidden_call_ends_its_process_and_is_named(prison, call):
    job = prison.collect(f"server-{call}", call, call)
    assert job["state"] == "failed" and call in job["message"] and f"signal {signal.SIGSYS.value}" in job["message"], job
    when = "open" if call == "execve" else "read_leases"
    assert prison.lines(f"call-forbidden: the system call {call} (", f"in {when} of the plugin {call}"), prison.lines(call)


@pytest.mark.parametrize("when", ["open", "read_leases"])
def test_a_plugin_reaches_what_its_options_name_and_no_more(prison, when):
    job = prison.collect(f"look-{when}".replace("_", "-"), "looker", f"looker-{when}")
    assert job["state"] == "done", job
    told = prison.lines("looker-reached", f"in {when}")[-1]
    found = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", told)}
    assert found == {"passwd": EACCES, "shadow": EACCES, "read": EACCES, "make": EACCES, "journal": 0, "hosts": 0, "port": 0,
                     "other": EACCES, "alg": found["alg"], "self": 0}, told
    assert SANITIZED or found["alg"] == EPERM, told
    assert not (prison.ipamd.dir / "made").exists()


def test_another_port_is_another_process(prison):
    """The fence of a process cannot be widened: a server behind another port gets a process that may reach it."""
    prison.collect("look-here", "looker", "looker-read_leases")
    before = prison.pids("looker")
    assert len(before) == 1, before
    job = prison.collect("look-elsewhere", "looker", "looker-elsewhere")
    assert job["state"] == "done", job
    told = [line for line in prison.lines("looker-reached") if f"port={EACCES} other=0" in line]
    assert told, prison.lines("looker-reached")
    after = prison.pids("looker")
    assert len(after) == 2 and set(before) < set(after), (before, after)


def test_all_processes_have_nothing_to_gain(prison):
    prison.collect("look-again", "looker", "looker-read_leases")
    pid = prison.ipamd.process.pid
    keeper, = children(pid)
    helpers = prison.pids("looker")  # others of its children end while one looks
    assert helpers and set(helpers) <= set(children(keeper))
    for one in (pid, keeper, *helpers):
        status = status_of(one)
        assert status["NoNewPrivs"] == "1" and (SANITIZED or status["Seccomp"] == "2"), status
        assert {status[k] for k in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}, status
        for thread in pathlib.Path(f"/proc/{one}/task").iterdir():
            seen = dict(re.findall(r"^(\w+):\s*(.*)$", (thread / "status").read_text(), re.M))
            assert seen["NoNewPrivs"] == "1" and (SANITIZED or seen["Seccomp"] == "2") and seen["CapEff"] == "0" * 16, seen
    assert b"ipam-provider-host" in pathlib.Path(f"/proc/{helpers[0]}/cmdline").read_bytes()


@pytest.fixture
def ipamd():
    made = daemon.Ipamd()
    try:
        yield made
    finally:
        made.stop()


def reload(ipamd, wait_for, **keys):
    since = len(ipamd.log())
    ipamd.config.update(keys)
    ipamd.write_config()
    ipamd.process.popen.send_signal(signal.SIGHUP)
    watch.until(lambda: wait_for in ipamd.log()[since:], 10, lambda: ipamd.log()[since:])
    return ipamd.log()[since:]


def token(path):
    return {"name": path.stem, "role": "reader", "file": str(path)}


def test_what_a_reload_brings(ipamd, tmp_path):
    """A new file beside the others is well; one in a folder that is not of the sandbox is refused, with the way out."""
    ipamd.start()
    tokens, new = ipamd.config["tokens"], ipamd.dir / "later.token"
    reload(ipamd, "reloaded:", tokens=[*tokens, token(new)])
    assert ipamd.get("/api/v1/ipam/blocks", token=new.read_text().strip()).status == 200
    far = tmp_path / "far.token"
    told = reload(ipamd, "reload-refused:", tokens=[*tokens, token(far)])
    assert re.search(r"ipamd.json:\d+:\d+: token file \S+far.token cannot be opened: .*; restart ipamd", told), told
    assert not far.exists()
    ipamd.config["tokens"] = tokens
    drop_in = pathlib.Path(f"{ipamd.dir}/ipamd.json.d")
    drop_in.mkdir()
    (drop_in / "more.json").write_text(json.dumps({"log_level": "debug"}))
    reload(ipamd, "reloaded:")
    assert "\"sandbox\" is another; restart ipamd" in reload(ipamd, "reload-refused:", sandbox="off")
    ipamd.config["sandbox"] = "on"
    assert "\"network_fence\" is another; restart ipamd" in reload(ipamd, "reload-refused:", network_fence="off")
    assert ipamd.get("/readyz", token=None).status == 200


def test_a_backup_is_made_and_restored(ipamd, tmp_path):
    ipamd.start()
    assert ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "space": 1}).status == 201
    saved = tmp_path / "backup"
    ipamd.ctl("backup", saved)
    ipamd.process.stop()
    subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json", "--restore", saved, "--replace"],
                   check=True, stderr=subprocess.DEVNULL)
    ipamd.restart()
    assert [b["prefix"] for b in ipamd.items("ipam/blocks")] == ["10.0.0.0/8"]


def test_off_is_off_and_said(ipamd):
    ipamd.config["sandbox"] = "off"
    ipamd.write_config()
    ipamd.start()
    status = status_of(ipamd.process.pid)
    assert status["NoNewPrivs"] == "0" and status["Seccomp"] == "0", status
    assert "<4>sandbox-off:" in ipamd.log() and "<4>running-as-root:" in ipamd.log()


@pytest.mark.skipif(SANITIZED, reason="system calls are not filtered in a build with a sanitizer")
def test_require_takes_all_of_it(ipamd):
    ipamd.config["sandbox"] = "require"
    ipamd.write_config()
    ipamd.start()
    assert status_of(ipamd.process.pid)["Seccomp"] == "2"
    assert "sandbox-partly" not in ipamd.log()


def test_the_configuration_is_judged_and_shown(ipamd):
    def run(*words):
        return subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json", *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert json.loads(run("--print-config").stdout)["sandbox"] == "on"
    ipamd.config["sandbox"] = "loose"
    ipamd.write_config()
    told = run("--check-config")
    assert told.returncode == 78
    assert re.search(r"ipamd.json:\d+:\d+: sandbox is \"loose\"; expected on, off or require", told.stderr), told.stderr


def doctor(ipamd):
    return json.loads(ipamd.ctl("doctor", "--config", ipamd.dir / "ipamd.json", "-o", "json", check=False).stdout)


def test_doctor_looks_at_the_processes(ipamd):
    ipamd.config["sandbox"] = "off"
    ipamd.write_config()
    ipamd.start()
    # Somebody wrote "on" and did not restart.
    ipamd.config["sandbox"] = "on"
    ipamd.write_config()
    told = [f["place"] for f in doctor(ipamd) if f["check"] == "sandbox-process"]
    assert told == [f"process {p}" for p in (ipamd.process.pid, *children(ipamd.process.pid))], told
    ipamd.restart()
    told = {f["check"] for f in doctor(ipamd)}
    assert "sandbox-process" not in told and "sandbox-off" not in told and "network-fence" not in told, told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_the_unit_exposes_little():
    run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", UNIT], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode == 0, run.stdout
    exposure = float(re.search(r"Overall exposure level for \S+: (\d+\.\d+)", run.stdout).group(1))
    assert exposure <= 1.5
    lenient = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=5", "--no-pager", UNIT],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert lenient.returncode != 0  # the threshold is one


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="no systemd-sysusers")
def test_the_units_user_is_made():
    run = subprocess.run(["systemd-sysusers", "--dry-run", daemon.TREE / "conf" / "ipamd.sysusers"], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert run.returncode == 0, run.stdout
    assert re.search(r"^User=ipamd$", UNIT.read_text(), re.M)
