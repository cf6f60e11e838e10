# test_log.py - what the log says: JSON of daemon and helpers, more or less by signals, a line a request.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import re
import signal
import subprocess

import pytest

import watch
from test_reload import null_config


def with_plugin(copy, name, fault, model="SERIAL", isolation="process", config=None, **options):
    """An ipamd with one misbehaving server of that name."""
    copy.build(name, model)
    ipamd = copy.ipamd(config={"plugins": [{"name": name, "isolation": isolation}], "profiles": [
        {"name": name, "driver": name, "options": {"fault": fault, "when": "read_leases"}}], **(config or {})}, **options).start()
    answer = ipamd.post("/api/v1/inventory/servers", {"name": name, "driver": name, "profile": name, "roles": ["dhcp"]})
    assert answer.status == 201, answer
    return ipamd


def collect(ipamd, name):
    answer = ipamd.post(f"/api/v1/inventory/servers/{name}/collect")
    assert answer.status == 202, answer
    watch.until(lambda: ipamd.get(answer.headers["location"]).json()["state"] != "running", 20, "the job ends")


def signal_and_wait(ipamd, number, words):
    since = len(ipamd.log())
    os.kill(ipamd.process.pid, number)
    watch.until(lambda: words in ipamd.log()[since:], 5, lambda: ipamd.log()[since:])


def children(pid, but=None):
    """The ids of its processes, without those of the name."""
    rows = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid=,comm="], text=True, stdout=subprocess.PIPE).stdout
    return [row.split()[0] for row in rows.splitlines() if row.split()[1] != but]


def helpers_of(ipamd):
    """The processes of plugins by their ids."""
    return [pid for keeper in children(ipamd.process.pid) for pid in children(keeper, but="ipam-doorman")]


@pytest.mark.parametrize("isolation", ["process", "none"])
def test_a_signal_makes_the_log_more_and_less_talkative(copy, isolation):
    """In the daemon and in a plugin's process that runs already, which stays the same one."""
    ipamd = with_plugin(copy, "whisperer", "whisper", isolation=isolation)
    try:
        def heard():
            return ipamd.log().count("whisperer-whisper:")

        collect(ipamd, "whisperer")
        processes = helpers_of(ipamd)
        assert heard() == 0 and " request: " not in ipamd.log() and len(processes) == (isolation == "process")
        signal_and_wait(ipamd, signal.SIGUSR1, "log-level: debug")
        collect(ipamd, "whisperer")
        assert heard() == 1 and "<7>request: " in ipamd.log()
        signal_and_wait(ipamd, signal.SIGUSR1, "log-level: debug")  # there is no more
        signal_and_wait(ipamd, signal.SIGUSR2, "log-level: info")
        collect(ipamd, "whisperer")
        assert heard() == 1
        for level in ("notice", "warning", "error", "error"):
            signal_and_wait(ipamd, signal.SIGUSR2, f"log-level: {level}")
        signal_and_wait(ipamd, signal.SIGHUP, "reloaded")  # back to the configuration's
        signal_and_wait(ipamd, signal.SIGUSR1, "log-level: debug")
        collect(ipamd, "whisperer")
        assert heard() == 2
        assert helpers_of(ipamd) == processes
        for pid in processes:
            os.kill(int(pid), signal.SIGKILL)
        watch.until(lambda: "helper-ended" in ipamd.log() or isolation == "none", 5, "it is seen")
        watch.until(lambda: collect(ipamd, "whisperer") or heard() >= 3, 10, "a new process is told with its greeting")
    finally:
        assert ipamd.stop() == 0


def test_a_signal_to_all_processes_ends_none(make_ipamd):
    """As `systemctl kill -s USR1` sends it."""
    ipamd = make_ipamd(config=null_config())
    ipamd.ctl("server", "add", "192.0.2.1", "--driver", "null-dhcp", "--profile", "site", "--role", "dhcp")
    ipamd.ctl("server", "collect", "192.0.2.1", "--wait")
    def all_processes():
        keeper, = children(ipamd.process.pid)
        return [keeper, *children(keeper)]

    everybody = all_processes()
    assert len(helpers_of(ipamd)) == 1 and helpers_of(ipamd)[0] in everybody
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        for pid in everybody:
            os.kill(int(pid), number)
        signal_and_wait(ipamd, number, "log-level: ")
    ipamd.ctl("server", "collect", "192.0.2.1", "--wait")
    assert all_processes() == everybody


def json_lines(ipamd):
    lines = [json.loads(line) for line in ipamd.log().splitlines()]
    for line in lines:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]), line
        assert line["level"] in ("error", "warning", "notice", "info", "debug"), line
        assert line["event"] and line["program"] and "message" in line, line
    return lines


def test_json_lines_of_the_daemon_and_its_helpers(copy):
    ipamd = with_plugin(copy, "whisperer", "whisper", config={"log_level": "debug", "log_format": "json"})
    try:
        collect(ipamd, "whisperer")
        lines = json_lines(ipamd)
        own = {line["event"] for line in lines if line["program"] == "ipamd"}
        assert {"listening", "ready", "plugin-loaded", "request"} <= own
        said, = [line for line in lines if line["event"] == "whisperer-whisper"]
        assert said["program"] == "ipam-provider-host" and said["level"] == "debug"
        assert (said["plugin"], said["server"]) == ("whisperer", "whisperer")
        assert said["message"].endswith(': a "debug" line\n\\xff')
        ipamd.config["log_format"] = "journald"  # helpers that run follow a reload
        ipamd.write_config()
        os.kill(ipamd.process.pid, signal.SIGHUP)
        watch.until(lambda: "<5>reloaded: " in ipamd.log(), 5, "it is reloaded")
        collect(ipamd, "whisperer")
        assert "<7>whisperer-whisper: whisperer whisperer: a \"debug\" line\\x0a" in ipamd.log()
    finally:
        ipamd.stop()


def test_a_request_is_logged_with_its_id_and_without_secrets(make_ipamd):
    ipamd = make_ipamd(config={"log_level": "debug", "log_format": "json"})
    secret = "a-wrong-token-that-nobody-may-read"
    made = ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "description": "never-in-the-log"})
    assert made.status == 201
    refused = ipamd.get("/api/v1/ipam/blocks?limit=7", token=secret)
    unknown = ipamd.get("/no%0Asuch", token=None)
    assert (refused.status, unknown.status) == (401, 404)
    lines = {line["request"]: line for line in json_lines(ipamd) if line["event"] == "request"}
    rows = [(made, "POST", "/api/v1/ipam/blocks", 201, "token:admin"), (refused, "GET", "/api/v1/ipam/blocks", 401, None),
            (unknown, "GET", "/no%0Asuch", 404, None)]
    for answer, method, path, status, principal in rows:
        line = lines[answer.headers["x-request-id"]]
        assert (line["method"], line["path"], line["status"], line.get("principal")) == (method, path, status, principal)
        assert 0 <= line["ms"] < 30000 and line["level"] == "debug"
    for word in (secret, ipamd.token, "never-in-the-log", "limit=7"):
        assert word not in ipamd.log()
    change = [c for c in ipamd.items("audit/changes") if c.get("request") == made.headers["x-request-id"]]
    assert len(change) == 1


def test_a_client_that_goes_before_its_answer_is_logged(make_ipamd):
    """One that waits for a plan which takes longer than it stays."""
    ipamd = make_ipamd(config={"log_level": "debug", "log_format": "json", **null_config(delay="3s")})
    ipamd.ctl("server", "add", "192.0.2.1", "--driver", "null-dhcp", "--profile", "site", "--role", "dhcp", "--managed")
    ipamd.ctl("server", "collect", "192.0.2.1", "--wait")
    subnet = ipamd.items("ipam/subnets")[0]["prefix"].replace("/", "_")
    with pytest.raises(TimeoutError):
        ipamd.post(f"/api/v1/ipam/subnets/{subnet}/allocate?wait=20s", {"mac": "02:00:00:00:00:77", "reservation": True}, timeout=1)
    line, = watch.until(lambda: [line for line in json_lines(ipamd) if line["event"] == "request" and line["status"] == 0],
                        10, "it is logged")
    assert (line["method"], line["path"]) == ("POST", f"/api/v1/ipam/subnets/{subnet}/allocate") and line["ms"] >= 500
