# test_cli.py - ipamctl as its users see it: what it asks, shows, says, and how it exits.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
import os
import pty
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest

import standin
from daemon import PREFIX

IPAMCTL = str(PREFIX / "bin" / "ipamctl")
API = "/api/v1"


def ipamctl(*words, url=None, env=None, **more):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("IPAM_") and k != "NO_COLOR"}
    return subprocess.run([IPAMCTL, *words, *(["--url", url] if url else [])], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, env={**clean, "LC_ALL": "C.UTF-8", **(env or {})}, check=False, **more)


@pytest.fixture
def daemon():
    with standin.StandIn() as s:
        yield s


def subnet(number, **fields):
    return {"id": number, "rev": 1, "space": 1, "prefix": f"10.0.{number}.0/24", "managed_by": "ipamd", "size": "256",
            "used": str(number), "utilization": number * 100 / 256, **fields}


def problem(status, kind, **more):
    return status, {"type": f"/problems/{kind}", "title": kind.capitalize(), "status": status, **more}


def test_unknown_words_name_the_nearest():
    for words, nearest in (("subnte list", "subnet"), ("subnet lsit", "list"), ("server add x --drvier kea", "--driver")):
        r = ipamctl(*words.split())
        assert r.returncode == 2 and r.stdout == ""
        assert f"did you mean '{nearest}'" in r.stderr or f"did you mean {nearest}" in r.stderr
    assert "server space block subnet" in ipamctl("who").stderr


def test_help_lists_what_there_is():
    assert "address       list show add set delete allocate" in ipamctl("--help").stdout
    r = ipamctl("server", "add", "--help")
    assert r.returncode == 0 and "--driver VALUE" in r.stdout and "Plugin that talks to it." in r.stdout
    assert ".TH IPAMCTL 1" in ipamctl("--man").stdout


def test_list_follows_the_pages(daemon):
    daemon.pages(API + "/ipam/subnets", [subnet(i) for i in range(1, 26)], size=10)
    r = ipamctl("subnet", "list", "-o", "jsonl", url=daemon.url)
    assert [json.loads(line)["id"] for line in r.stdout.splitlines()] == list(range(1, 26))
    assert len(daemon.requests) == 3
    r = ipamctl("subnet", "list", "--limit", "12", "-o", "json", url=daemon.url)
    assert [s["id"] for s in json.loads(r.stdout)] == list(range(1, 13))
    assert ipamctl("subnet", "list", "--count", url=daemon.url).stdout == "25\n"


def test_list_filters_reach_the_daemon(daemon):
    daemon.pages(API + "/dhcp/leases", [])
    daemon.routes["GET", API + "/inventory/servers/dhcp1"] = {"id": 7, "name": "dhcp1"}
    r = ipamctl("lease", "list", "--within", "10.0.0.0/8", "--server", "dhcp1", "--mac", "AA:BB:cc:dd:ee:ff",
                url=daemon.url)
    assert r.returncode == 0 and r.stderr == "no leases\n"
    asked = daemon.requests[-1].query
    assert (asked["within"], asked["server"], asked["mac"]) == ("10.0.0.0/8", "7", "aa:bb:cc:dd:ee:ff")
    daemon.pages(API + "/system/jobs", [])
    assert ipamctl("job", "list", "--state", "failed", url=daemon.url).returncode == 0
    assert daemon.requests[-1].query["state"] == "failed"
    r = ipamctl("job", "list", "--state", "faild", url=daemon.url)
    assert r.returncode == 2 and "failed" in r.stderr
    r = ipamctl("subnet", "list", "--within", "10.1.2.3/8", url=daemon.url)
    assert r.returncode == 2 and "10.0.0.0/8" in r.stderr


def test_table_is_aligned_and_names_references(daemon):
    daemon.pages(API + "/dhcp/scopes", [
        {"id": 1, "server": 7, "prefix": "10.1.2.0/24", "name": "a\x1b[2Jb", "size": "90", "used": "45", "utilization": 50},
        {"id": 2, "server": 7, "prefix": "10.100.200.0/24", "size": "9", "used": "0", "utilization": 0}])
    daemon.routes["GET", API + "/inventory/servers/7"] = {"id": 7, "name": "dhcp1.example.com"}
    r = ipamctl("scope", "list", url=daemon.url)
    assert r.stdout.splitlines() == [
        r"PREFIX           SERVER             NAME       SUPERSCOPE  LEASE_TIME  USED  SIZE  UTILIZATION",
        r"10.1.2.0/24      dhcp1.example.com  a\x1b[2Jb  -                    -    45    90           50",
        r"10.100.200.0/24  dhcp1.example.com  -          -                    -     0     9            0"]
    assert sum(q.path.endswith("servers/7") for q in daemon.requests) == 1


def test_long_lists_are_cut_in_tables_alone(daemon):
    change = {"id": 7, "operation": "x", "objects": ["add a", "add b", "add c", "add d", "add e"]}
    daemon.pages(API + "/audit/changes", [change])
    daemon.routes["GET", API + "/audit/changes/7"] = change
    assert "add a, add b, add c, 2 more" in ipamctl("change", "list", url=daemon.url).stdout
    assert "add a, add b, add c, add d, add e\n" in ipamctl("change", "show", "7", url=daemon.url).stdout
    assert json.loads(ipamctl("change", "list", "-o", "json", url=daemon.url).stdout) == [change]


def test_formats(daemon):
    daemon.pages(API + "/ipam/subnets", [subnet(1, name="=cmd|x", vlans=[10, 20], later="new"), subnet(2, name="no")])
    rows = list(csv.DictReader(io.StringIO(ipamctl("subnet", "list", "-o", "csv", url=daemon.url).stdout)))
    assert [(r["prefix"], r["name"], r["vlans"]) for r in rows] == [
        ("10.0.1.0/24", "'=cmd|x", "10 20"), ("10.0.2.0/24", "no", "")]
    assert 'name: "no"' in ipamctl("subnet", "list", "-o", "yaml", url=daemon.url).stdout
    # What a newer daemon sends is not lost.
    assert json.loads(ipamctl("subnet", "list", "-o", "json", url=daemon.url).stdout)[0]["later"] == "new"
    r = ipamctl("subnet", "list", "-o", "json", "--columns", "prefix,used", url=daemon.url)
    assert json.loads(r.stdout)[1] == {"prefix": "10.0.2.0/24", "used": "2"}
    r = ipamctl("subnet", "list", "--columns", "prefx", url=daemon.url)
    assert r.returncode == 2 and "prefx" in r.stderr
    r = ipamctl("subnet", "list", "-o", "xml", url=daemon.url)
    assert r.returncode == 2 and "jsonl" in r.stderr


def test_add_sends_what_was_typed(daemon):
    daemon.routes["POST", API + "/inventory/servers"] = lambda q: (201, {"id": 7, **q.body})
    r = ipamctl("server", "add", "dhcp1", "--driver", "kea", "--profile", "kea-site", "--role", "dhcp", "--role", "dns",
                "--managed", "-o", "json", url=daemon.url)
    assert r.returncode == 0 and json.loads(r.stdout)["id"] == 7
    assert daemon.requests[-1].body == {"name": "dhcp1", "driver": "kea", "profile": "kea-site",
                                        "roles": ["dhcp", "dns"], "managed": True}
    r = ipamctl("server", "add", "dhcp1", url=daemon.url)
    assert r.returncode == 2 and "--driver" in r.stderr and len(daemon.requests) == 1


def test_add_takes_keys_apart(daemon):
    daemon.routes["POST", API + "/ipam/subnets"] = daemon.routes["POST", API + "/ipam/ranges"] = \
        daemon.routes["POST", API + "/dhcp/reservations"] = lambda q: (201, {"id": 1, **q.body})
    daemon.routes["GET", API + "/ipam/spaces/tenant-a"] = {"id": 3, "name": "tenant-a"}
    daemon.routes["GET", API + "/dhcp/scopes/10.1.2.0_24@dhcp1"] = {"id": 9}
    assert ipamctl("subnet", "add", "10.1.2.0/24@tenant-a", "--vlan", "10", "--vlan", "20", "-q",
                   url=daemon.url).returncode == 0
    assert daemon.requests[-1].body == {"space": 3, "prefix": "10.1.2.0/24", "vlans": [10, 20]}
    ipamctl("range", "add", "10.1.2.10-10.1.2.20", "--kind", "static", url=daemon.url)
    assert daemon.requests[-1].body == {"first": "10.1.2.10", "last": "10.1.2.20", "kind": "static"}
    ipamctl("reservation", "add", "10.1.2.5", "--scope", "10.1.2.0/24@dhcp1", "--identifier", "hw-address=AA:bb:cc:dd:ee:ff",
            "-o", "json", url=daemon.url)
    assert daemon.requests[-1].body == {"scope": 9, "address": "10.1.2.5", "identifier_type": "hw-address",
                                        "identifier": "aa:bb:cc:dd:ee:ff"}
    r = ipamctl("subnet", "add", "10.1.2.3/24", url=daemon.url)
    assert r.returncode == 2 and "10.1.2.0/24" in r.stderr


def test_set_and_clear(daemon):
    daemon.routes["PATCH", API + "/ipam/subnets/10.1.2.0_24"] = lambda q: subnet(1, **{k: v for k, v in q.body.items() if v})
    r = ipamctl("subnet", "set", "10.1.2.0/24", "--name", "floor 3", "--clear", "description", url=daemon.url)
    assert r.returncode == 0 and "floor 3" in r.stdout
    assert daemon.requests[-1].body == {"name": "floor 3", "description": None}
    r = ipamctl("subnet", "set", "10.1.2.0/24", url=daemon.url)
    assert r.returncode == 2 and "nothing to change" in r.stderr
    assert ipamctl("subnet", "set", "10.1.2.0/24", "--clear", "prefix", url=daemon.url).returncode == 2


def test_delete_several_partly(daemon):
    daemon.routes["DELETE", API + "/ipam/addresses/10.1.2.5"] = (204, None)
    r = ipamctl("address", "delete", "10.1.2.5", "10.1.2.6", url=daemon.url)
    assert r.returncode == 7 and "10.1.2.5 released" in r.stderr and "Not found" in r.stderr and r.stdout == ""
    assert ipamctl("address", "delete", "10.1.2.6", url=daemon.url).returncode == 3


@pytest.mark.parametrize("status, kind, code", [
    (409, "exhausted", 8), (409, "overlap", 4), (422, "invalid", 2), (403, "denied", 5), (401, "unauthorized", 5),
    (404, "not-found", 3), (503, "outcome-unknown", 75), (507, "full", 75), (500, "bug", 1), (422, "claim-mismatch", 4)])
def test_refusals_become_exit_codes(daemon, status, kind, code):
    daemon.routes["POST", API + "/ipam/blocks"] = problem(
        status, kind, detail="what happened", errors=[{"pointer": "/prefix", "message": "is wrong"}], hint="do that")
    r = ipamctl("block", "add", "10.0.0.0/8", url=daemon.url)
    assert r.returncode == code and r.stdout == ""
    assert r.stderr.startswith(f"ipamctl: {kind.capitalize()}: what happened\n  /prefix: is wrong\n  hint: do that\n")


def test_no_daemon(tmp_path):
    r = ipamctl("subnet", "list", url="http://127.0.0.1:1")
    assert r.returncode == 6 and "http://127.0.0.1:1" in r.stderr and "--url" in r.stderr and r.stdout == ""
    assert ipamctl("subnet", "list", "-o", "json", url=f"unix:{tmp_path}/none.sock").returncode == 6
    assert ipamctl("subnet", "list", url="ftp://x").returncode == 78
    r = ipamctl("subnet", "list", "--config", str(tmp_path / "none.json"))
    assert r.returncode == 78 and "none.json" in r.stderr


def test_not_ipamd(daemon):
    daemon.routes["GET", API + "/ipam/subnets"] = (200, b"<html>Welcome to the printer</html>")
    r = ipamctl("subnet", "list", url=daemon.url)
    assert r.returncode == 1 and "not JSON" in r.stderr
    daemon.routes["GET", API + "/ipam/subnets"] = (200, {"a": 1})
    assert ipamctl("subnet", "list", url=daemon.url).returncode == 1


def test_daemon_is_found_by_option_environment_and_file(tmp_path):
    config = tmp_path / "ipamd.json"
    with standin.StandIn(unix=tmp_path / "api.sock") as s:
        s.pages(API + "/ipam/subnets", [subnet(1)])
        config.write_text(json.dumps({"listen": [{"unix": str(tmp_path / "api.sock")}]}))
        assert ipamctl("subnet", "list", "--count", url=s.url).stdout == "1\n"
        assert ipamctl("subnet", "list", "--count", env={"IPAM_URL": s.url + "\n"}).stdout == "1\n"
        assert ipamctl("subnet", "list", "--count", "--config", str(config)).stdout == "1\n"
        assert ipamctl("subnet", "list", url="unix:/nowhere", env={"IPAM_URL": s.url}).returncode == 6


def test_token_comes_from_a_private_file(daemon, tmp_path):
    daemon.pages(API + "/ipam/subnets", [])
    token = tmp_path / "admin.token"
    token.write_text("s3cret\n")
    token.chmod(0o600)
    r = ipamctl("subnet", "list", "--token-file", str(token), url=daemon.url)
    assert daemon.requests[-1].headers["Authorization"] == "Bearer s3cret"
    assert "warning" not in r.stderr
    token.chmod(0o644)
    r = ipamctl("subnet", "list", url=daemon.url, env={"IPAM_TOKEN_FILE": str(token)})
    assert r.returncode == 0 and "chmod 600" in r.stderr and "s3cret" not in r.stderr
    token.write_text("two\nlines")
    r = ipamctl("subnet", "list", "--token-file", str(token), url=daemon.url)
    assert r.returncode == 78 and "holds no token" in r.stderr
    assert ipamctl("subnet", "list", "--token-file", str(tmp_path / "none"), url=daemon.url).returncode == 78
    config = tmp_path / "ipamd.json"
    token.write_text("third")
    config.write_text(json.dumps({"listen": [{"address": daemon.url[7:]}], "tokens": [{"name": "admin", "file": str(token)}]}))
    assert ipamctl("subnet", "list", "--config", str(config)).returncode == 0
    assert daemon.requests[-1].headers["Authorization"] == "Bearer third"
    token.unlink()
    assert ipamctl("subnet", "list", "--config", str(config)).returncode == 0
    assert "Authorization" not in daemon.requests[-1].headers


@pytest.mark.parametrize("name", [".", "..", "a/../b", "%2e%2e"])
def test_a_name_of_dots_is_a_name(daemon, name):
    ipamctl("server", "show", name, url=daemon.url)
    path = daemon.requests[-1].path
    assert path.startswith(API + "/inventory/servers/") and urllib.parse.unquote(path.split("/servers/")[1]) == name


def test_allocate_sends_and_shows(daemon):
    answer = {"items": [{"id": 1, "address": "10.1.2.10", "name": "web", "dhcp_sync": "synced", "plan": 4}], "plan": 4}
    daemon.routes["POST", API + "/ipam/subnets/10.1.2.0_24/allocate"] = lambda q: (201, answer)
    allocate = ["address", "allocate", "--subnet", "10.1.2.0/24"]
    r = ipamctl(*allocate, "--count", "2", "--claim", "order-4711", "--name", "web", "--mac", "AA-BB-CC-00-11-22",
                "--reservation", "--strategy", "random", "--wait", "5s", "-o", "json", url=daemon.url)
    assert r.returncode == 0 and json.loads(r.stdout)[0]["address"] == "10.1.2.10"
    asked = daemon.requests[-1]
    assert asked.query == {"wait": "5000ms"}
    assert asked.body == {"count": 2, "strategy": "random", "claim": "order-4711", "name": "web",
                          "mac": "aa:bb:cc:00:11:22", "reservation": True}
    ipamctl(*allocate, "--reservation", "--identifier", "client-id=01:02", url=daemon.url)
    assert daemon.requests[-1].body["reservation"] == {"identifier_type": "client-id", "identifier": "01:02"}
    answer["items"].append(dict(answer["items"][0], address="10.1.2.11"))
    answer["items"][0]["dhcp_sync"] = "failed"
    r = ipamctl(*allocate, "--wait", url=daemon.url)
    assert r.returncode == 7 and "10.1.2.10" in r.stdout and "plan show 4" in r.stderr
    answer["items"][0]["dhcp_sync"] = "pending"
    assert ipamctl(*allocate, "--wait", url=daemon.url).returncode == 75
    assert ipamctl(*allocate, url=daemon.url).returncode == 0


def test_allocate_says_what_is_missing(daemon):
    for words, missing in (("", "--subnet"), ("--subnet 10.0.0.0/8 --range 10.0.0.1", "--subnet"),
                           ("--subnet 10.0.0.0/8 --count 0", "--count"), ("--subnet 10.0.0.0/8 --strategy best", "sparse"),
                           ("--subnet 10.0.0.0/8 --reservation", "--mac"),
                           ("--subnet 10.0.0.0/8 --reservation --identifier zz", "--identifier")):
        r = ipamctl("address", "allocate", *words.split(), url=daemon.url)
        assert r.returncode == 2 and missing in r.stderr
    assert daemon.requests == []


class Job:
    """A job of the stand-in: a step further at every look, `steps` in all, then `end`."""

    def __init__(self, daemon, steps, end, message=""):
        self.steps, self.end, self.looks, self.message = steps, end, 0, message
        daemon.routes["POST", API + "/inventory/servers/dhcp1/collect"] = lambda q: (
            202, self.value(), {"Location": API + "/system/jobs/12"})
        daemon.routes["GET", API + "/system/jobs/12"] = self.look
        daemon.routes["POST", API + "/system/jobs/12/cancel"] = self.cancel

    def value(self):
        over = self.looks >= self.steps
        return {"id": 12, "kind": "collect", "target": "dhcp1", "state": self.end if over else "running",
                "done": min(self.looks, self.steps), "total": self.steps, **({"message": self.message} if over else {})}

    def look(self, _):
        self.looks += 1
        return self.value()

    def cancel(self, _):
        self.steps, self.end = 0, "canceled"
        return 202, None


def test_collect_waits_for_the_end(daemon):
    Job(daemon, 3, "done", "20 scopes, 200 reservations")
    r = ipamctl("server", "collect", "dhcp1", "--wait", url=daemon.url)
    assert r.returncode == 0 and "done" in r.stdout and "\r" not in r.stderr
    assert r.stderr.startswith("server collect dhcp1: done in ") and "20 scopes, 200 reservations" in r.stderr
    Job(daemon, 2, "failed", "connection refused")
    r = ipamctl("server", "collect", "dhcp1", "--wait", url=daemon.url)
    assert r.returncode == 1 and "connection refused" in r.stderr
    Job(daemon, 1000, "done")
    r = ipamctl("server", "collect", "dhcp1", "--wait", "200ms", url=daemon.url)
    assert r.returncode == 75 and "ipamctl job show 12" in r.stderr
    looks = len(daemon.requests)
    r = ipamctl("server", "collect", "dhcp1", url=daemon.url)
    assert r.returncode == 0 and "ipamctl job show 12" in r.stderr and len(daemon.requests) == looks + 1


def test_interrupt_cancels_the_job(daemon):
    job = Job(daemon, 10000, "done")
    p = subprocess.Popen([IPAMCTL, "server", "collect", "dhcp1", "--wait", "--url", daemon.url], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
    while job.looks < 2:
        time.sleep(0.01)
    p.send_signal(signal.SIGINT)
    _, err = p.communicate(timeout=10)
    assert p.returncode == 1 and "canceled" in err
    assert any(q.path.endswith("/jobs/12/cancel") for q in daemon.requests)


def on_terminal(*words, env=None):
    """What a terminal gets to see, and the exit code."""
    master, slave = pty.openpty()
    seen = []

    def drain():
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                return
            if not data:
                return
            seen.append(data)

    p = subprocess.Popen([IPAMCTL, *words], stdin=slave, stdout=slave, stderr=slave,
                         env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})})
    os.close(slave)
    reader = threading.Thread(target=drain)
    reader.start()
    code = p.wait(30)
    reader.join(5)
    os.close(master)
    return b"".join(seen).decode(), code


def test_terminal_gets_bars_and_colour(daemon):
    Job(daemon, 3, "done")
    text, code = on_terminal("server", "collect", "dhcp1", "--wait", "--url", daemon.url)
    assert code == 0 and "\rserver collect dhcp1  [####" in text
    daemon.pages(API + "/ipam/subnets", [subnet(1, utilization=97.5)])
    text, _ = on_terminal("subnet", "list", "--url", daemon.url)
    assert "[\x1b[31m#########-\x1b[0m]  97.5 %" in text
    text, _ = on_terminal("subnet", "list", "--url", daemon.url, env={"NO_COLOR": "1"})
    assert "[#########-]  97.5 %" in text and "\x1b" not in text


def test_plan_is_followed_and_shows_its_steps(daemon):
    plan = {"id": 4, "state": "verified", "server": 7, "steps": 1, "summary": "add reservation 10.1.2.5", "plan_steps": [
        {"id": 5, "rev": 9, "plan": 4, "seq": 1, "state": "done", "verb": "delete", "object": "reservation 10.1.2.5",
         "before": {"address": "10.1.2.5"}},
        {"id": 6, "rev": 9, "plan": 4, "seq": 2, "state": "failed", "verb": "add", "message": "in use"}]}
    daemon.routes["DELETE", API + "/dhcp/reservations/9"] = (202, {**plan, "state": "planned"},
                                                             {"Location": API + "/manage/plans/4"})
    daemon.routes["GET", API + "/manage/plans/4"] = plan
    daemon.routes["GET", API + "/inventory/servers/7"] = {"id": 7, "name": "dhcp1"}
    r = ipamctl("reservation", "delete", "9", "--wait", url=daemon.url)
    assert r.returncode == 0 and "verified" in r.stdout
    r = ipamctl("plan", "show", "4", url=daemon.url)
    assert "summary  add reservation 10.1.2.5\n" in r.stdout and "server   dhcp1\n" in r.stdout
    assert r.stdout.endswith("\n\nplan_steps\n"
                             "ID  SEQ  STATE   VERB    OBJECT                MESSAGE\n"
                             " 5    1  done    delete  reservation 10.1.2.5  -\n"
                             " 6    2  failed  add     -                     in use\n")
    assert json.loads(ipamctl("plan", "show", "4", "-o", "json", url=daemon.url).stdout) == plan
    plan["state"] = "partly"
    assert ipamctl("reservation", "delete", "9", "--wait", url=daemon.url).returncode == 7


def test_tree(daemon):
    daemon.pages(API + "/ipam/blocks", [{"id": 1, "space": 1, "prefix": "10.0.0.0/8", "name": "corp", "size": "16777216",
                                        "used": "108", "utilization": 0.01}])
    daemon.pages(API + "/ipam/subnets", [{"id": 2, "space": 1, "prefix": "10.1.2.0/24", "size": "256", "used": "108",
                                         "utilization": 42.18, "managed_by": "kea", "instance": "dhcp1"}])
    daemon.pages(API + "/dhcp/scopes", [])
    daemon.pages(API + "/ipam/ranges", [{"id": 3, "space": 1, "first": "10.1.2.10", "last": "10.1.2.99", "size": "90",
                                        "used": "9", "utilization": 10, "instance": "dhcp1"}])
    r = ipamctl("tree", "10.0.0.0/8", url=daemon.url)
    assert r.returncode == 0 and all(q.query["within"] == "10.0.0.0/8" for q in daemon.requests)
    assert r.stdout == (
        "block 10.0.0.0/8                 corp         [#---------]   0.0 %  108/16777216\n"
        "└─ subnet 10.1.2.0/24                  dhcp1  [####------]  42.1 %       108/256\n"
        "   └─ range 10.1.2.10-10.1.2.99        dhcp1  [#---------]  10.0 %          9/90\n")
    assert "`- subnet" in ipamctl("tree", url=daemon.url, env={"LC_ALL": "C"}).stdout
    assert "within" not in daemon.requests[-1].query
    assert ipamctl("tree", "10.1.2.3/8", url=daemon.url).returncode == 2
    assert ipamctl("tree", "-o", "json", url=daemon.url).returncode == 2


def test_full_disk_is_told(daemon):
    daemon.pages(API + "/ipam/subnets", [subnet(1)])
    with open("/dev/full", "w", encoding="ascii") as full:
        r = subprocess.run([IPAMCTL, "subnet", "list", "--url", daemon.url], stdout=full, stderr=subprocess.PIPE, text=True,
                           check=False)
    assert r.returncode == 1 and "standard output" in r.stderr


def test_reason_goes_with_writes(daemon):
    daemon.routes["POST", API + "/ipam/blocks"] = lambda q: (201, {"id": 1, **q.body})
    assert ipamctl("block", "add", "10.0.0.0/8", "--reason", "für 4711", url=daemon.url).returncode == 0
    assert daemon.requests[-1].headers["X-Change-Reason"].encode("latin-1").decode() == "für 4711"
    r = ipamctl("block", "add", "10.0.0.0/8", "--reason", "a\r\nX-Evil: 1", url=daemon.url)
    assert r.returncode == 2 and len(daemon.requests) == 1


def test_dry_run_asks_for_one(daemon):
    ipamctl("block", "add", "10.0.0.0/8", "--dry-run", url=daemon.url)
    assert len(daemon.requests) == 1 and "'dry_run': 'true'" in str(daemon.requests[0])
