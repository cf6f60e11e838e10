# test_reload.py - SIGHUP: the configuration is exchanged whole or not at all, and no request is dropped.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import daemon

SERVERS = ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def null_config(scopes=2, leases=50, isolation="process", **more):
    return {"plugins": [{"name": "null-dhcp", "isolation": isolation}],
            "profiles": [{"name": "site", "driver": "null-dhcp", "options": {"scopes": scopes, "leases": leases, **more}}]}


def add(ipamd, name, profile="site"):
    ipamd.ctl("server", "add", name, "--driver", "null-dhcp", "--profile", profile, "--role", "dhcp")
    ipamd.ctl("server", "collect", name, "--wait")


def wait_log(ipamd, words, since=0, seconds=10):
    deadline = time.monotonic() + seconds
    while words not in ipamd.log()[since:]:
        assert time.monotonic() < deadline, (words, ipamd.log()[since:])
        time.sleep(0.02)
    return ipamd.log()[since:]


def reload(ipamd, config=None, words="reloaded:"):
    if config is not None:
        ipamd.config.update(config)
        ipamd.write_config()
    since = len(ipamd.log())
    os.kill(ipamd.process.pid, signal.SIGHUP)
    return wait_log(ipamd, words, since)


def scopes(ipamd, server):
    ipamd.ctl("server", "collect", server, "--wait")
    return len([s for s in ipamd.items("dhcp/scopes") if s["server"] == ipamd.get(
        f"/api/v1/inventory/servers/{server}").json()["id"]])


class Asker(threading.Thread):
    """Asks without a pause, and remembers what was not answered well."""

    def __init__(self, ipamd):
        super().__init__()
        self.ipamd, self.over, self.asked, self.bad = ipamd, False, 0, []

    def run(self):
        while not self.over:
            for path in ("/readyz", "/api/v1/inventory/servers", "/api/v1/dhcp/scopes?limit=1000"):
                try:
                    status = self.ipamd.get(path).status
                except OSError as e:
                    status = e
                self.asked += 1
                if status != 200:
                    self.bad.append((path, status))


def test_a_changed_profile_takes_effect(make_ipamd):
    ipamd = make_ipamd(config=null_config(scopes=2))
    add(ipamd, SERVERS[0])
    assert scopes(ipamd, SERVERS[0]) == 2
    reload(ipamd, null_config(scopes=5))
    assert scopes(ipamd, SERVERS[0]) == 5


def test_no_request_is_dropped(make_ipamd):
    """20 reloads under load, with collections under way all the time, each of which ends well."""
    ipamd = make_ipamd(config=null_config(delay="100ms"))
    for server in SERVERS:
        add(ipamd, server)
    asker = Asker(ipamd)
    asker.start()
    jobs = []
    try:
        for n in range(20):
            for server in SERVERS:
                answer = ipamd.post(f"/api/v1/inventory/servers/{server}/collect")
                assert answer.status == 202, answer
                jobs.append(answer.headers["location"])
            reload(ipamd, null_config(scopes=2 + n % 2, delay="100ms"))
    finally:
        asker.over = True
        asker.join()
    assert asker.bad == [] and asker.asked > 100
    deadline = time.monotonic() + 60
    for job in jobs:
        while (state := ipamd.get(job).json())["state"] == "running":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert state["state"] == "done", state
    assert ipamd.log().count("helper-ended") == 0


def test_a_bad_configuration_changes_nothing(make_ipamd):
    ipamd = make_ipamd(config=null_config(scopes=2))
    add(ipamd, SERVERS[0])
    path = ipamd.dir / "ipamd.json"
    good = dict(ipamd.config)
    rows = [
        ({"nod": "x"}, 'unknown key "nod"'),
        ({"node": "other"}, "restart ipamd to change it"),
        ({"listen": good["listen"][:1]}, "restart ipamd to change it"),
        ({"storage": {"plugin": "sqlite", "options": {"path": str(ipamd.dir / "other.db")}}}, "restart ipamd to change it"),
        ({"tokens": [{"name": "admin", "role": "king", "file": "/x"}]}, "expected one of administrator, reader"),
        (null_config(scopes=-1), "option 'scopes'"),
        (null_config(scops=1), "option 'scops' is not known"),
        ({"plugins": [{"name": "no-such", "critical": True}], "profiles": []}, "there is no plugin"),
    ]
    for change, words in rows:
        path.write_text(json.dumps({**good, **change}, indent=1))
        said = reload(ipamd, words="reload-refused")
        assert words in said, said
        assert f"{path}:" in said or "restart ipamd" in said, said
        assert scopes(ipamd, SERVERS[0]) == 2
    path.write_text("{")
    assert f"{path}:1:2" in reload(ipamd, words="reload-refused")
    assert not (ipamd.dir / "other.db").exists()
    path.write_text(json.dumps(good))
    reload(ipamd)


def test_plugins_come_and_go(make_ipamd):
    ipamd = make_ipamd(config=null_config())
    add(ipamd, SERVERS[0])
    reload(ipamd, {"plugins": [], "profiles": []})
    run = ipamd.ctl("server", "collect", SERVERS[0], "--wait", check=False)
    assert run.returncode != 0
    assert "null-dhcp" in ipamd.get(f"/api/v1/inventory/servers/{SERVERS[0]}").json()["message"]
    deadline = time.monotonic() + 5
    while "ipam-provider" in subprocess.run(["ps", "--ppid", children_of_keeper(ipamd), "-o", "comm="], text=True,
                                            stdout=subprocess.PIPE).stdout:
        assert time.monotonic() < deadline, "the process of the plugin that was taken away lives on"
        time.sleep(0.05)
    reload(ipamd, null_config(isolation="none"))
    assert scopes(ipamd, SERVERS[0]) == 2
    assert "/null-dhcp.so" in pathlib.Path(f"/proc/{ipamd.process.pid}/maps").read_text()


def children_of_keeper(ipamd):
    return subprocess.run(["ps", "--ppid", str(ipamd.process.pid), "-o", "pid="], text=True,
                          stdout=subprocess.PIPE).stdout.split()[0]


def test_tokens_and_the_log_level_are_exchanged(make_ipamd):
    ipamd = make_ipamd(config=null_config())
    old = ipamd.token
    reload(ipamd, {"log_level": "debug", "tokens": [
        {"name": "other", "role": "administrator", "file": str(ipamd.dir / "other.token")}]})
    assert ipamd.get("/api/v1/ipam/blocks", token=old).status == 401
    assert ipamd.get("/api/v1/ipam/blocks", token=(ipamd.dir / "other.token").read_text().strip()).status == 200


def test_options_of_the_plugin_hold_for_its_profiles(make_ipamd, tmp_path):
    config = null_config(scopes=3)
    config["plugins"][0]["options"] = {"leases": 7, "scopes": 9}
    del config["profiles"][0]["options"]["leases"]
    ipamd = make_ipamd(config=config)
    add(ipamd, SERVERS[0])
    assert scopes(ipamd, SERVERS[0]) == 3 and len(ipamd.items("dhcp/leases")) == 7
    bad = tmp_path / "bad.json"
    config["plugins"][0]["options"]["scopes"] = "many"
    bad.write_text(json.dumps({"storage": ipamd.config["storage"], **config}, indent=1))
    run = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--config", bad, "--check-config"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, timeout=20)
    line = next(n for n, text in enumerate(bad.read_text().splitlines(), 1) if "many" in text)
    assert run.returncode == 78 and f"{bad}:{line}:" in run.stderr and "option 'scopes'" in run.stderr, run.stderr


def test_a_plugin_that_wants_another_runs_without_it(make_ipamd, tmp_path):
    """null-audit wants dhcp:leases; a want that is not met is no reason to refuse it."""
    config = {"plugins": [{"name": "null-audit", "critical": True}], "profiles": []}
    ipamd = make_ipamd(config=config)
    assert "null-audit" in ipamd.log() and "plugin-refused" not in ipamd.log()


def test_frames_can_be_traced(make_ipamd):
    """For whoever writes a provider: what goes to and fro, without what is in it."""
    ipamd = make_ipamd(start=False, config=null_config())
    ipamd.process.argv.append("--trace-frames")
    ipamd.start()
    add(ipamd, SERVERS[0])
    lines = [line for line in ipamd.log().splitlines() if line.startswith("<5>frame: ")]
    seen = {tuple(line.split()[1:3]) for line in lines}
    assert {("out", "hello"), ("in", "hello"), ("out", "open"), ("in", "opened"), ("out", "call"), ("in", "record"),
            ("in", "done")} <= seen, seen
    assert "null" not in "".join(lines)
