# test_tasks.py - what is done regularly: on time, on its own, never more than needed, and shown.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import signal

import daemon
import kea as kea_module
import watch

SERVER = "127.0.0.1"
OFF = {name: {"enabled": False} for name in daemon.TASKS}


def every(**intervals):
    """The section "tasks" in which only these run, so often."""
    return {**OFF, **{name: {"interval": interval, "jitter": "0s"} for name, interval in intervals.items()}}


def task(ipamd, name):
    return ipamd.get(f"/api/v1/system/tasks/{name}").json()


def server(ipamd):
    return ipamd.get(f"/api/v1/inventory/servers/{SERVER}").json()


def revision(ipamd):
    return int(ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"])


def attempts(ipamd):
    return ipamd.log().count("collect-failed")


def test_a_server_is_watched_and_its_death_and_return_are_seen(kea, make_ipamd):
    ipamd = make_ipamd(config={"tasks": every(server_availability="1s")})
    ipamd.add_kea(collect=False)
    watch.until(lambda: server(ipamd).get("availability") == 100.0, 20, "the server is watched")
    shown = server(ipamd)
    assert shown["state"] == "reachable" and shown["state_since"] and shown["watched"] >= 900
    checks = {c["channel"]: c for c in ipamd.items("inventory/checks")}
    assert {"control", "dhcp4", "dhcp6", "leases4", "leases6"} <= set(checks)
    assert all(c["state"] == "ok" and c["server"] == shown["id"] for c in checks.values()), checks
    began = checks["control"]["since"]
    watch.until(lambda: ipamd.get("/api/v1/inventory/checks").json()["items"][0]["checked"] > checks["control"]["checked"],
                10, "it is looked at again")
    assert {c["since"] for c in ipamd.items("inventory/checks") if c["channel"] == "control"} == {began}
    at = task(ipamd, "server_availability")
    assert at["state"] in ("idle", "running") and (at["interval"], at["servers"], at["failing"]) == (1, 1, 0)
    assert at["last_result"] == "done" and at["next_run"] >= at["last_run"]

    kea.kill("agent")
    watch.until(lambda: server(ipamd)["state"] == "unreachable", 20, "its death is seen")
    watch.until(lambda: attempts(ipamd) >= 3, 30, "it is asked again")
    failing = task(ipamd, "server_availability")
    assert failing["failing"] == 1 and failing["last_result"] == "failed"
    assert failing["failures"][0].startswith(SERVER + ": ") and "tried again in" in failing["failures"][0]
    # Asked after 1, 2, 4, ... seconds: the third pause is not over when the second was.
    times = [line for line in ipamd.log().splitlines() if "collect-failed" in line]
    assert len(times) <= 4, times
    kea.restart("agent")
    watch.until(lambda: server(ipamd)["state"] == "reachable", 40, "its return is seen")
    assert 0 < server(ipamd)["availability"] < 100 and "message" not in server(ipamd)
    assert task(ipamd, "server_availability")["failing"] == 0
    jobs = [j for j in ipamd.items("system/jobs") if j.get("task") == "server_availability"]
    assert len(jobs) <= 2, jobs  # the last run, and one under way
    assert {j["target"] for j in jobs} == {SERVER} and {j["actor"] for j in jobs} == {"ipamd"}


def test_what_changes_on_a_server_comes_by_itself(kea, make_ipamd):
    assert kea.clients(10) >= 10
    ipamd = make_ipamd(config={"tasks": every(server_configuration="1s", dhcp_leases="1s")})
    ipamd.add_kea(collect=False)
    watch.until(lambda: len(ipamd.items("dhcp/scopes")) == 22 and len(ipamd.items("dhcp/leases")) == 10, 30, "all is there")
    watch.until(lambda: "config_read" in server(ipamd) and "leases_read" in server(ipamd), 20, "it was read")
    before, read = revision(ipamd), server(ipamd)["config_read"]
    watch.until(lambda: server(ipamd)["config_read"] > read, 20, "it is read again")
    assert revision(ipamd) == before  # nothing changed: no revision
    config = kea.config_get()
    first = config["subnet4"][0]
    reserved = first["reservations"].pop()
    first["pools"] = first["pools"][:0]
    assert kea.command("config-set", {"Dhcp4": config})["result"] == 0
    watch.until(lambda: reserved["ip-address"] not in {r.get("address") for r in ipamd.items("dhcp/reservations")}, 20,
                "the change is seen")
    scope = ipamd.get("/api/v1/dhcp/scopes/" + first["subnet"].replace("/", "_")).json()
    assert [p for p in ipamd.items("dhcp/pools") if p["scope"] == scope["id"]] == []
    kea.ask("lease4-del", {"ip-address": kea.leases()[0]["ip-address"]})
    watch.until(lambda: len(ipamd.items("dhcp/leases")) == 9, 20, "the lease has gone")


def test_a_task_is_run_by_hand_and_lists_what_became_of_each_server(kea, ipamd):
    ipamd.add_kea(collect=False)
    ipamd.ctl("server", "add", "nobody.example", "--driver", "kea", "--profile", "kea-site", "--role", "dhcp")
    listed = json.loads(ipamd.ctl("task", "list", "-o", "json").stdout)
    rows = listed["items"] if isinstance(listed, dict) else listed
    assert [r["name"] for r in rows] == sorted(daemon.TASKS) and {r["state"] for r in rows} == {"disabled"}
    run = ipamd.ctl("task", "run", "server_availability", "--wait", check=False)
    assert run.returncode != 0  # one of them cannot be reached
    job = next(j for j in ipamd.items("system/jobs") if j["kind"] == "task")
    assert job["state"] == "failed" and job["done"] == job["total"] == 2
    results = {r.split(":")[0]: r for r in job["results"]}
    assert "answers" in results[SERVER] and "nobody.example" in results
    assert "answers" in ipamd.ctl("job", "show", str(job["id"])).stdout
    assert server(ipamd)["state"] == "reachable" and "config_read" not in server(ipamd)
    unknown = ipamd.post("/api/v1/system/tasks/nothing/run")
    assert unknown.status == 404 and "system/tasks" in unknown.json()["hint"]
    assert ipamd.ctl("task", "show", "nothing", check=False).returncode == 3


def test_who_asks_goes_first(kea, make_ipamd):
    assert kea.clients(20) >= 20
    ipamd = make_ipamd(config={"tasks": every(dhcp_leases="1s"), "profiles": [
        {"name": "kea-site", "driver": "kea", "options": {"port": kea_module.AGENT_OPEN, "page": 1}}]})
    ipamd.add_kea(collect=False)
    watch.until(lambda: task(ipamd, "dhcp_leases")["state"] == "running", 20, "a run of pages of one lease")
    answer = ipamd.post(f"/api/v1/inventory/servers/{SERVER}/collect")
    job = answer.headers["location"]
    watch.until(lambda: ipamd.get(job).json()["state"] != "running", 30, "the collection ends")
    done = ipamd.get(job).json()
    assert done["state"] == "done", done
    assert [r.split(":")[0] for r in done["results"]] == ["probe", "configuration", "leases", "statistics"]
    assert "22 scopes" in done["results"][1] and done["results"][2].startswith("leases: 20")


def test_a_reload_takes_other_intervals(kea, make_ipamd):
    ipamd = make_ipamd(config={"tasks": every(server_availability="6h")})
    ipamd.add_kea(collect=False)
    assert task(ipamd, "server_availability")["interval"] == 21600
    ipamd.config["tasks"] = every(server_availability="1s", dhcp_statistics="2d")
    ipamd.write_config()
    os.kill(ipamd.process.pid, signal.SIGHUP)
    watch.until(lambda: task(ipamd, "server_availability")["interval"] == 1, 20, "the reload")
    assert task(ipamd, "dhcp_statistics")["interval"] == 172800
    watch.until(lambda: server(ipamd).get("contacted"), 20, "the first run")
    ipamd.config["tasks"] = {"server_availability": {"interval": "1"}}
    ipamd.write_config()
    os.kill(ipamd.process.pid, signal.SIGHUP)
    watch.until(lambda: "reload-refused" in ipamd.log(), 20, "what is wrong is refused")
    assert "write one such as" in ipamd.log() and task(ipamd, "server_availability")["interval"] == 1
