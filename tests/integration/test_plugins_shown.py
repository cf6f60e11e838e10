# test_plugins_shown.py - what people see of plugins and of the servers they are opened for.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import os
import signal
import time

import pytest

from test_api import problem

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
    ("colour=red", "colour"), ("version=1", "version"), ("state=odd", "state"), ("name=kea&name=kea", "name"),
    ("fields=name,colour", "colour"), ("fields=", "fields"), ("limit=0", "limit"), ("count=maybe", "count"),
    ("cursor=zz", "cursor"), ("cursor=313", "cursor"), ("within=10.0.0.0/8", "within"), ("limit=1&limit=2", "limit")])
def test_bad_parameters_are_refused(ipamd, query, named):
    answer = ipamd.get(f"{PLUGINS}?{query}")
    assert answer.status in (400, 422) and named in answer.json()["detail"], answer


def test_the_description_has_them(ipamd):
    paths = ipamd.get("/api/v1/openapi.json", token=None).json()["paths"]

    def parameters(path):
        return {p["name"] for p in paths[path]["get"]["parameters"]}

    assert parameters(PLUGINS) >= {"name", "state", "fields", "limit", "cursor", "count"}
    assert parameters(INSTANCES) >= {"plugin", "target", "state", "fields"}
    assert parameters(PLUGINS + "/{key}") == {"key", "fields"}
    assert paths[PLUGINS]["get"]["x-ipam-operation"] == paths[INSTANCES]["get"]["x-ipam-operation"] == "system.plugin.read"
