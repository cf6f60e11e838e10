# test_plugins_shown.py - what people see of plugins and of the servers they are opened for.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
import os
import signal
import time

import openapi
import pytest

import standin
from test_api import problem
from test_cli import ipamctl

PLUGINS, INSTANCES = "/api/v1/system/plugins", "/api/v1/system/instances"


def add_server(ipamd, name):
    """A server at which nobody answers, and a first try to reach it: an instance."""
    ipamd.ctl("server", "add", name, "--driver", "kea", "--profile", "kea-site", "--role", "dhcp")
    ipamd.ctl("server", "probe", name, "--wait", check=False)


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not (got := what()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return got


# What there is.

def test_plugins(ipamd):
    body = ipamd.get(PLUGINS + "?count=true").json()
    assert [p["name"] for p in body["items"]] == ["kea", "sqlite"] and body["total"] == 2 and body["next"] is None
    kea, sqlite = body["items"]
    assert kea["kinds"] == ["dhcp"] and kea["thread_models"] == ["dhcp:serial"] and kea["version"]
    assert "dhcp:reservations" in kea["capabilities"] and "port" in kea["options"]
    assert kea["state"] == "ready" and kea["instances"] == 0 and "message" not in kea
    assert sqlite["isolation"] == "none" and sqlite["kinds"] == ["storage"] and sqlite["instances"] == 1
    assert ipamd.get(PLUGINS + "/kea").json() == ipamd.get(PLUGINS + "?name=kea").json()["items"][0]
    problem(ipamd.get(PLUGINS + "/nosuch"), 404, "not-found")
    problem(ipamd.post(PLUGINS, {}), 405, "method-not-allowed")


def test_a_refused_plugin_says_why(make_ipamd):
    ipamd = make_ipamd(config={"plugins": [{"name": "kea"}, {"name": "nosuch"}]})
    refused = ipamd.get(PLUGINS + "/nosuch").json()
    assert refused["state"] == "refused" and "nosuch" in refused["message"]
    assert not refused["kinds"] and not refused.get("version")
    assert [p["name"] for p in ipamd.items("system/plugins?state=refused")] == ["nosuch"]
    assert [p["name"] for p in ipamd.items("system/plugins?state=ready")] == ["kea", "sqlite"]


def test_a_server_nobody_answers_at(ipamd):
    add_server(ipamd, "127.0.0.1")
    got = ipamd.items("system/instances?plugin=kea&target=127.0.0.1")
    assert len(got) == 1 and got[0]["kind"] == "dhcp" and got[0]["state"] == "open" and got[0]["failures"] >= 1
    assert got[0]["last_failure"] and got[0]["age"] >= 0
    kea = ipamd.get(PLUGINS + "/kea").json()
    assert kea["instances"] == 1 and kea["failures"] == got[0]["failures"] and kea["calls"] == got[0]["calls"]
    assert (got[0].get("pid") in kea["pids"]) == (kea["isolation"] == "process")
    assert ipamd.items("system/instances?state=failed") == []


@pytest.mark.skipif(os.environ.get("IPAM_ISOLATION") == "none", reason="the plugin has no process of its own")
def test_a_process_that_ends_is_counted(ipamd):
    add_server(ipamd, "127.0.0.1")
    pid = ipamd.get(PLUGINS + "/kea").json()["pids"][0]
    os.kill(pid, signal.SIGKILL)
    again = wait_for(lambda: (p := ipamd.get(PLUGINS + "/kea").json())["restarts"] == 1 and p)
    assert pid not in again["pids"]


# Lists.

def test_parameters(ipamd):
    for i in range(1, 6):
        add_server(ipamd, f"127.0.0.{i}")
    everything = [(i["plugin"], i["target"]) for i in ipamd.items("system/instances")]
    assert everything == sorted(everything) and len(everything) == 6
    paged, cursor = [], ""
    while cursor is not None:
        page = ipamd.get(f"{INSTANCES}?limit=4&count=true" + (f"&cursor={cursor}" if cursor else "")).json()
        assert len(page["items"]) <= 4 and page["total"] == 6
        paged += [(i["plugin"], i["target"]) for i in page["items"]]
        cursor = page["next"]
    assert paged == everything
    few = ipamd.get(PLUGINS + "?fields=name,state").json()["items"]
    assert few == [{"name": "kea", "state": few[0]["state"]}, {"name": "sqlite", "state": "ready"}]
    assert ipamd.get(PLUGINS + "/sqlite?fields=isolation,instances").json() == {"isolation": "none", "instances": 1}


def test_csv(ipamd):
    answer = ipamd.get(PLUGINS, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert answer.headers["content-type"].startswith("text/csv")
    assert [r["name"] for r in rows] == ["kea", "sqlite"] and rows[1]["kinds"] == "storage"
    first = ipamd.get(PLUGINS + "?limit=1&fields=name,isolation", headers={"Accept": "text/csv"})
    assert first.body.decode().splitlines()[0] == "name,isolation" and "ipam-next" in first.headers
    last = ipamd.get(f"{PLUGINS}?limit=1&fields=name&cursor={first.headers['ipam-next']}", headers={"Accept": "text/csv"})
    assert last.body.decode().splitlines() == ["name", "sqlite"] and "ipam-next" not in last.headers


@pytest.mark.parametrize("query, named", [
    ("colour=red", "colour"), ("state=odd", "state"), ("name=kea&name=kea", "name"),
    ("fields=name,colour", "colour"), ("fields=", "fields"), ("limit=0", "limit"), ("count=maybe", "count"),
    ("cursor=zz", "cursor"), ("cursor=313", "cursor"), ("within=10.0.0.0/8", "within"), ("limit=1&limit=2", "limit")])
def test_bad_parameters_are_refused(ipamd, query, named):
    answer = ipamd.get(f"{PLUGINS}?{query}")
    assert answer.status in (400, 422) and named in answer.json()["detail"], answer


def test_the_description_has_them(ipamd):
    document = ipamd.get("/api/v1/openapi.json", token=None).json()
    paths = document["paths"]

    def parameters(path):
        shown = (openapi.resolved(document, p) for p in paths[path]["get"]["parameters"])
        return {p["name"] for p in shown if p["in"] != "header"}

    assert parameters(PLUGINS) >= {"name", "state", "fields", "limit", "cursor", "count"}
    assert parameters(INSTANCES) >= {"plugin", "target", "state", "fields"}
    assert parameters(PLUGINS + "/{key}") == {"key", "fields"}
    assert paths[PLUGINS]["get"]["x-ipam-operation"] == paths[INSTANCES]["get"]["x-ipam-operation"] == "system.plugin.read"


# ipamctl.

TROUBLE = "dhcp2 is left alone for a while, for 5 calls in a row failed: no answer"
KEA = {"name": "kea", "version": "1.0", "state": "degraded", "message": TROUBLE, "isolation": "process", "critical": False,
       "kinds": ["dhcp"], "memory_mib": 1024, "pids": [71, 72], "restarts": 2, "instances": 2, "running": 1, "zombies": 0}
BUSY = {"plugin": "kea", "kind": "dhcp", "target": "dhcp1", "state": "open", "breaker": "closed", "age": 60000, "calls": 9,
        "doing": ["read_leases 3.2 s: subnet 7"], "failures": 0}
ALONE = {**BUSY, "target": "dhcp2", "breaker": "open", "doing": [], "failures": 5, "message": TROUBLE}


@pytest.fixture
def stand():
    with standin.StandIn() as s:
        s.pages(PLUGINS, [KEA, {"name": "nosuch", "state": "refused", "message": "there is no nosuch", "kinds": []}])
        s.pages(INSTANCES, [BUSY, ALONE])
        s.routes["GET", PLUGINS + "/kea"] = KEA
        yield s


def test_the_table_of_plugins(stand):
    rows = [line.split(None, 9) for line in ipamctl("plugin", "list", url=stand.url).stdout.splitlines()]
    assert rows == ["NAME VERSION KINDS ISOLATION STATE INSTANCES RUNNING ZOMBIES RESTARTS MESSAGE".split(),
                    ["kea", "1.0", "dhcp", "process", "degraded", "2", "1", "0", "2", TROUBLE],
                    ["nosuch", "-", "-", "-", "refused", "-", "-", "-", "-", "there is no nosuch"]]
    assert ipamctl("plugin", "list", "--state", "refused", "--no-critical", url=stand.url).returncode == 0
    assert stand.requests[-1].query == {"state": "refused", "critical": "false", "limit": "1000"}
    r = ipamctl("plugin", "list", "--columns", "nmae", url=stand.url)
    assert r.returncode == 2 and "a plugin has no field 'nmae'" in r.stderr


def test_a_plugin_and_its_servers(stand):
    shown = ipamctl("plugin", "show", "kea", url=stand.url)
    above, below = shown.stdout.split("\ninstances\n")
    lines = dict(line.split(None, 1) for line in above.splitlines())
    assert lines["state"] == "degraded" and lines["message"] == TROUBLE and lines["memory_mib"] == "1024 MiB"
    assert lines["pids"] == "71, 72" and lines["critical"] == "no"
    assert below == (f"TARGET  STATE  BREAKER  DOING                        CALLS  FAILURES  MESSAGE\n"
                     f"dhcp1   open   closed   read_leases 3.2 s: subnet 7      9         0  -\n"
                     f"dhcp2   open   open     -                                9         5  {TROUBLE}\n")
    assert stand.requests[-1].query["plugin"] == "kea"
    assert json.loads(ipamctl("plugin", "show", "kea", "-o", "json", url=stand.url).stdout) == KEA
    assert ipamctl("plugin", "show", "kea", "--columns", "state", url=stand.url).stdout == "state  degraded\n"
    both = ipamctl("plugin", "show", "nosuch", "kea", url=stand.url)
    assert both.returncode == 7 and both.stdout == shown.stdout and "nosuch" in both.stderr
    assert ipamctl("plugin", "show", "nosuch", url=stand.url).returncode == 3
    assert ipamctl("plugin", "show", "kea", "kea", url=stand.url).stdout == shown.stdout + "\n" + shown.stdout


def test_ipamctl_and_the_daemon(ipamd):
    add_server(ipamd, "127.0.0.1")
    listed = ipamd.ctl("plugin", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["NAME", "kea", "sqlite"]
    for form, reads in (("json", json.loads), ("jsonl", lambda text: [json.loads(line) for line in text.splitlines()])):
        got = reads(ipamd.ctl("instance", "list", "-o", form).stdout)
        assert [(i["plugin"], i["target"]) for i in got] == [("kea", "127.0.0.1"), ("sqlite", "")]
    rows = list(csv.DictReader(io.StringIO(ipamd.ctl("instance", "list", "--plugin", "kea", "-o", "csv").stdout)))
    assert [(r["kind"], r["state"]) for r in rows] == [("dhcp", "open")]
    assert 'target: "127.0.0.1"' in ipamd.ctl("instance", "list", "-o", "yaml").stdout
    assert ipamd.ctl("instance", "list", "--count").stdout == "2\n"
    shown = ipamd.ctl("plugin", "show", "sqlite").stdout
    assert "storage" in shown and "requires" not in shown and shown.splitlines()[-2].startswith("TARGET")
    assert ipamd.ctl("plugin", "show", "nosuch", check=False).returncode == 3
