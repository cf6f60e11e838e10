# test_expiry.py - thresholds of utilisation, expiry dates, the alerts that come of them, and reclaiming: items 79, 80, 87-89.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove."""
import concurrent.futures
import contextlib
import datetime
import json
import subprocess
import time

import pytest

from test_api import problem
from test_carve import create
from test_feed import Stream
from watch import until

SPACES, BLOCKS, SUBNETS, RANGES, ADDRESSES = (
    f"/api/v1/ipam/{name}" for name in ("spaces", "blocks", "subnets", "ranges", "addresses"))
ALERTS, CHANGES = "/api/v1/system/alerts", "/api/v1/audit/changes"
# A subnet of ten usable per cent steps, its block, and its hosts.
PLANS = [("10.1.0.0/16", "10.1.0.0/28", "10.1.0.{}"), ("2001:db8:1::/64", "2001:db8:1::/124", "2001:db8:1::{:x}")]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def change(server, path, status=200, **fields):
    answer = server.request("PATCH", path, fields)
    assert answer.status == status, answer.body
    return answer.json()


def shown(server, path):
    answer = server.get(path)
    assert answer.status == 200, answer.body
    return answer.json()


def run(server, task, state="done"):
    """Runs the task to its end."""
    answer = server.post(f"/api/v1/system/tasks/{task}/run")
    assert answer.status == 202, answer.body
    job = until(lambda: next((j for j in [shown(server, f"/api/v1/system/jobs/{answer.json()['id']}")] if j["state"] != "running"), None),
                30, "the task has not ended")
    assert job["state"] == state, job
    return job


def alerts(server, query=""):
    """What is open, by the key of its object."""
    return {a["key"]: a for a in shown(server, f"{ALERTS}?limit=1000{query}")["items"]}


def told(server, since):
    """What the feed has of alerts after a revision: verb, kind and key of each, in order."""
    found = []
    head = int(server.get(SPACES).headers["ipam-revision"])
    for rev in range(since + 1, head + 1):
        for c in shown(server, f"{CHANGES}/{rev}").get("items", []):
            if c["type"] == "alert":
                found.append((c["verb"], c.get("fields", {}).get("kind"), c["id"]))
    return found


def head(server):
    return int(server.get(SPACES).headers["ipam-revision"])


def moment(days=0.0, seconds=0.0):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def fill(server, host, first, last):
    for i in range(first, last + 1):
        create(server, ADDRESSES, address=host.format(i))


# --- thresholds ---

@pytest.mark.parametrize("block, prefix, host", PLANS)
def test_levels_by_default_and_at_the_boundaries_79(server, block, prefix, host):
    subnet = create(server, SUBNETS, prefix=prefix)
    span = create(server, RANGES, first=host.format(1), last=host.format(10))
    path, of_range = f"{SUBNETS}/{subnet['id']}", f"{RANGES}/{span['id']}"
    assert (subnet["level"], span["level"]) == ("under", "under")
    fill(server, host, 1, 2)
    assert (shown(server, path)["level"], shown(server, of_range)["level"]) == ("under", "optimal")  # 12.50 and 20.00
    fill(server, host, 3, 8)
    assert shown(server, of_range)["level"] == "optimal"  # 80.00
    fill(server, host, 9, 13)
    assert (shown(server, path)["level"], shown(server, of_range)["level"]) == ("over", "over")
    change(server, path, over=81.25)
    assert shown(server, path)["level"] == "optimal"
    change(server, path, over=81.24)
    assert shown(server, path)["level"] == "over"
    assert [s["prefix"] for s in shown(server, f"{SUBNETS}?level=over")["items"]] == [prefix]
    change(server, path, over=None)
    assert "over" not in {k for k, v in shown(server, path).items() if v is not None}


@pytest.mark.parametrize("block, prefix, host", PLANS)
def test_the_nearest_threshold_holds_at_every_level_79(server, block, prefix, host):
    """Space, block, block, subnet, range: each inherits each of the two for itself."""
    space = create(server, SPACES, name="plan")
    here = {"space": space["id"]}
    outer = create(server, BLOCKS, prefix=block, **here)
    subnet = create(server, SUBNETS, prefix=prefix, **here)
    span = create(server, RANGES, first=host.format(1), last=host.format(10), **here)
    for i in range(1, 6):
        create(server, ADDRESSES, address=host.format(i), **here)  # 50.00 of the range, 31.25 of the subnet

    def levels():
        return shown(server, f"{SUBNETS}/{subnet['id']}")["level"], shown(server, f"{RANGES}/{span['id']}")["level"]

    assert levels() == ("optimal", "optimal")
    change(server, f"{SPACES}/{space['id']}", over=30)
    assert levels() == ("over", "over")
    change(server, f"{BLOCKS}/{outer['id']}", over=40)
    assert levels() == ("optimal", "over")
    change(server, f"{SUBNETS}/{subnet['id']}", over=60)
    assert levels() == ("optimal", "optimal")
    change(server, f"{RANGES}/{span['id']}", under=55)
    assert levels() == ("optimal", "under")
    change(server, f"{SUBNETS}/{subnet['id']}", over=None)
    change(server, f"{RANGES}/{span['id']}", under=None)
    change(server, f"{BLOCKS}/{outer['id']}", over=None)
    assert levels() == ("over", "over")
    # The default space has them too, and stays what it is otherwise.
    default = next(s for s in shown(server, SPACES)["items"] if s["name"] == "default")
    change(server, f"{SPACES}/{default['id']}", under=5, over=95, expiry_alert=3, expiry_events="periodic")
    problem(server.request("PATCH", f"{SPACES}/{default['id']}", {"description": "mine"}), 409, "in-use")


def test_over_below_under_is_refused_and_the_nearer_holds_79(server):
    block = create(server, BLOCKS, prefix="10.0.0.0/8")
    subnet = create(server, SUBNETS, prefix="10.1.0.0/28")
    path, inner = f"{BLOCKS}/{block['id']}", f"{SUBNETS}/{subnet['id']}"
    wrong = problem(server.request("PATCH", path, {"under": 60, "over": 50}), 422, "invalid")
    assert wrong["detail"] == "over: 50.00 is below under, which is 60.00"
    assert problem(server.request("PATCH", path, {"over": 19.99}), 422, "invalid")["detail"] == \
        "over: 19.99 is below under, which is 20.00"
    assert problem(server.request("PATCH", path, {"under": 80.01}), 422, "invalid")["detail"] == \
        "under: 80.01 is above over, which is 80.00"
    assert problem(server.request("PATCH", path, {"over": 100.01}), 422, "invalid")["detail"] == "over: 100.01 is more than all"
    problem(server.post(SUBNETS, {"prefix": "10.2.0.0/28", "under": 90}), 422, "invalid")
    problem(server.post(SPACES, {"name": "other", "under": 90, "over": 89}), 422, "invalid")
    problem(server.request("PATCH", path, {"under": -1}), 422, "invalid")
    change(server, path, under=20, over=20)
    change(server, path, under=None, over=50)
    problem(server.request("PATCH", inner, {"under": 50.01}), 422, "invalid")
    # What is above may change nonetheless: then the nearer one holds, and the other is as much.
    change(server, inner, under=45)
    change(server, path, over=30)
    fill(server, "10.1.0.{}", 1, 7)  # 43.75
    assert shown(server, inner)["level"] == "under"
    fill(server, "10.1.0.{}", 8, 8)  # 50.00
    assert shown(server, inner)["level"] == "over"
    change(server, inner, name="still to be named")


@pytest.mark.parametrize("block, prefix, host", PLANS)
def test_a_crossing_is_told_once_also_after_a_crash_80(server, block, prefix, host):
    since = head(server)
    create(server, BLOCKS, prefix=block, under=0)
    subnet = create(server, SUBNETS, prefix=prefix)
    fill(server, host, 1, 5)  # 31.25
    run(server, "utilization")
    assert alerts(server) == {} and told(server, since) == []
    fill(server, host, 6, 13)  # 81.25
    job = run(server, "utilization")
    assert job["kind"] == "task" and job["target"] == "utilization" and job["message"].startswith("2 blocks, subnets and ranges looked at")
    opened, = alerts(server).values()
    assert (opened["kind"], opened["about"], opened["object"], opened["key"]) == ("utilization-over", "subnet", subnet["id"], prefix)
    assert opened["message"] == f"subnet {prefix} is used to 81.25 %, over 80.00 %" and opened["repeated"] == 0
    first = [("add", "utilization-over", opened["id"])]
    assert told(server, since) == first
    run(server, "utilization")
    server.kill()
    server.start()
    run(server, "utilization")
    assert told(server, since) == first and alerts(server)[prefix] == opened
    # Over to under without a stop is one transition, and back in order another.
    change(server, f"{SUBNETS}/{subnet['id']}", under=90, over=95)
    run(server, "utilization")
    run(server, "utilization")
    now = alerts(server)[prefix]
    assert (now["kind"], now["id"]) == ("utilization-under", opened["id"]) and now["since"] > opened["since"]
    change(server, f"{SUBNETS}/{subnet['id']}", under=None, over=90)
    run(server, "utilization")
    run(server, "utilization")
    assert alerts(server) == {}
    seen = told(server, since)
    assert [v for v, _, _ in seen] == ["add", "set", "delete"] and {i for _, _, i in seen} == {opened["id"]}
    assert seen[1][1] == "utilization-under"


def test_the_feed_has_the_crossing_and_the_object_may_go_80(server):
    subnet = create(server, SUBNETS, prefix="10.1.0.0/28", under=10)
    run(server, "utilization")
    assert alerts(server)["10.1.0.0/28"]["kind"] == "utilization-under"
    rev = alerts(server)["10.1.0.0/28"]["rev"]
    change_ = shown(server, f"{CHANGES}/{rev}")
    assert change_["actor"] == "ipamd" and [(i["verb"], i["type"], i["key"]) for i in change_["items"]] == [("add", "alert", "10.1.0.0/28")]
    with contextlib.closing(Stream(server, f"since={rev - 1}&within=10.1.0.0/16&type=alert")) as stream:
        assert stream.change().data["items"] == change_["items"]
    assert server.request("DELETE", f"{SUBNETS}/{subnet['id']}").status == 204
    run(server, "utilization")
    assert alerts(server) == {}
    # Nobody writes them.
    assert server.post(ALERTS, {"kind": "utilization-over"}).status == 405
    run(server, "utilization")
    table = server.ctl("alert", "list", "-o", "json")
    assert json.loads(table.stdout) == []


def test_two_runs_at_once_tell_once_80(server):
    rows = [{"prefix": f"10.{i >> 8}.{i & 255}.0/28"} for i in range(450)]
    for at in range(0, 450, 150):
        assert server.post(SUBNETS, rows[at:at + 150]).status == 201
    since = head(server)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run(server, "utilization"), range(4)))
    seen = told(server, since)
    assert len(seen) == 450 and {v for v, _, _ in seen} == {"add"} and len(alerts(server)) == 450


def test_tasks_of_the_plan_run_regularly_and_on_demand_80(make_ipamd):
    server = make_ipamd(config={"tasks": {"utilization": {"interval": "1s"}, "address_expiry": {"enabled": False},
                                          **{n: {"enabled": False} for n in ("server_availability", "server_configuration",
                                                                             "dhcp_leases", "dhcp_statistics")}}})
    create(server, SUBNETS, prefix="10.1.0.0/28")
    until(lambda: alerts(server), 20, "no alert came")
    tasks = {t["name"]: t for t in shown(server, "/api/v1/system/tasks")["items"]}
    one, other = tasks["utilization"], tasks["address_expiry"]
    assert one["interval"] == 1 and one["state"] in ("idle", "running") and one["last_result"] == "done" and one["last_run"]
    assert one.get("servers") is None and other["state"] == "disabled" and other["interval"] == 86400
    # The record of a regular run takes the place of the one before.
    time.sleep(3)
    jobs = [j for j in shown(server, "/api/v1/system/jobs?limit=1000")["items"] if j.get("task") == "utilization"]
    assert len(jobs) <= 2 and "alerts changed" in tasks["utilization"]["message"]
    printed = subprocess.run([server.prefix / "sbin" / "ipamd", "--config", server.dir / "ipamd.json", "--print-config"],
                             stdout=subprocess.PIPE, check=True)
    set_ = json.loads(printed.stdout)["tasks"]
    assert set_["utilization"] == {"interval": "1000ms", "jitter": "100ms", "enabled": True}
    assert set_["address_expiry"] == {"interval": "86400000ms", "jitter": "8640000ms", "enabled": False}
    # Disabled or not, it runs on demand; its job is seen, and a second cancel finds it ended.
    done = server.ctl("task", "run", "address_expiry", "--wait")
    assert done.returncode == 0
    assert shown(server, "/api/v1/system/tasks/address_expiry")["last_result"] == "done"


def test_thresholds_by_the_command_line_79(server):
    server.ctl("space", "set", "default", "--under", "10", "--over", "90")
    server.ctl("block", "add", "10.0.0.0/8", "--over", "75")
    server.ctl("subnet", "add", "10.1.2.0/30", "--under", "0")
    for host in (1, 2, 3):
        server.ctl("address", "add", f"10.1.2.{host}")
    server.ctl("subnet", "set", "10.1.2.0/30", "--clear", "under")
    assert server.ctl("subnet", "list", "--where", "level=over", "--columns", "prefix", "-o", "csv").stdout.split() == ["prefix"]
    server.ctl("block", "set", "10.0.0.0/8", "--over", "74.99")
    assert server.ctl("subnet", "list", "--where", "level=over", "--columns", "prefix", "-o", "csv").stdout.split() == ["prefix", "10.1.2.0/30"]
    refused = server.ctl("block", "set", "10.0.0.0/8", "--under", "75", check=False)
    assert refused.returncode == 2 or refused.returncode == 1
    assert "under: 75.00 is above over, which is 74.99" in refused.stderr
    server.ctl("task", "run", "utilization", "--wait")
    assert "subnet 10.1.2.0/30 is used to 75.00 %, over 74.99 %" in server.ctl("alert", "list", "--kind", "utilization-over").stdout
    server.ctl("space", "set", "default", "--expiry-alert", "30", "--expiry-events", "periodic")
    server.ctl("address", "set", "10.1.2.1", "--expires", "2020-01-31T00:00:00Z")
    listed = server.ctl("address", "list", "--where", "expiry=expired", "--columns", "address", "-o", "csv").stdout.split()
    assert listed == ["address", "10.1.2.1"]


# --- expiry ---

def has_expired(server, address):
    """Waits for that."""
    until(lambda: shown(server, f"{ADDRESSES}/{address['id']}")["expiry"] == "expired", 30, "it has not expired")


@pytest.mark.parametrize("block, prefix, host", PLANS)
def test_expiry_goes_from_active_to_alert_to_expired_87(server, block, prefix, host):
    create(server, SUBNETS, prefix=prefix)
    made = {days: create(server, ADDRESSES, address=host.format(n), expires=moment(days))
            for n, days in enumerate((-1, 9.9, 10.1, 3000), 1)}
    never = create(server, ADDRESSES, address=host.format(9))
    assert [made[d]["expiry"] for d in (-1, 9.9, 10.1, 3000)] == ["expired", "alert", "active", "active"]
    assert never.get("expiry") is None
    run(server, "address_expiry")
    open_ = alerts(server)
    assert {k: a["kind"] for k, a in open_.items()} == {host.format(1): "address-expired", host.format(2): "address-alert"}
    assert open_[host.format(1)]["about"] == "address" and open_[host.format(1)]["object"] == made[-1]["id"]
    assert "has expired at" in open_[host.format(1)]["message"] and "expires at" in open_[host.format(2)]["message"]
    space = next(s for s in shown(server, SPACES)["items"] if s["name"] == "default")
    change(server, f"{SPACES}/{space['id']}", expiry_alert=11)
    assert shown(server, f"{ADDRESSES}/{made[10.1]['id']}")["expiry"] == "alert"
    change(server, f"{SPACES}/{space['id']}", expiry_alert=3500)
    assert shown(server, f"{ADDRESSES}/{made[3000]['id']}")["expiry"] == "alert"
    change(server, f"{SPACES}/{space['id']}", expiry_alert=0)
    assert shown(server, f"{ADDRESSES}/{made[9.9]['id']}")["expiry"] == "active"
    for wrong in (-1, 3501, 1.5, "x"):
        problem(server.request("PATCH", f"{SPACES}/{space['id']}", {"expiry_alert": wrong}), 422, "invalid")
    # What is in order again, or gone, has no alert any more; what is expired now has one.
    soon = create(server, ADDRESSES, address=host.format(5), expires=moment(seconds=4))
    assert soon["expiry"] == "active"
    change(server, f"{ADDRESSES}/{made[-1]['id']}", expires=moment(40))
    assert server.request("DELETE", f"{ADDRESSES}/{made[9.9]['id']}").status == 204
    has_expired(server, soon)
    assert [a["address"] for a in shown(server, f"{ADDRESSES}?expiry=expired")["items"]] == [host.format(5)]
    run(server, "address_expiry")
    assert {k: a["kind"] for k, a in alerts(server).items()} == {host.format(5): "address-expired"}
    assert "expired" in server.ctl("address", "show", host.format(5)).stdout


def test_expiry_is_judged_by_the_moment_that_is_shown_87(server):
    create(server, SUBNETS, prefix="10.1.0.0/24")
    space = next(s for s in shown(server, SPACES)["items"] if s["name"] == "default")
    one = create(server, ADDRESSES, address="10.1.0.1", expires=moment(seconds=4))
    path = f"{ADDRESSES}/{one['id']}"
    before = moment()
    time.sleep(0.1)
    change(server, f"{SPACES}/{space['id']}", expiry_alert=0)
    changed = head(server)
    has_expired(server, one)
    # By the clock of then, and by what the space said then.
    assert shown(server, f"{path}?at={before}")["expiry"] == "alert"
    assert shown(server, f"{path}?at={changed}")["expiry"] == "active"
    assert shown(server, f"{path}?at={changed - 1}")["expiry"] == "alert"
    listed = shown(server, f"{ADDRESSES}?at={changed}&expiry=active")["items"]
    assert [a["address"] for a in listed] == ["10.1.0.1"] and listed[0]["expiry"] == "active"
    assert shown(server, f"{ADDRESSES}?at={changed}&expiry=expired")["items"] == []
    assert shown(server, f"{ADDRESSES}?at={moment()}&expiry=expired")["items"][0]["expiry"] == "expired"


@pytest.mark.parametrize("events, repeats", [("once", 0), ("periodic", 2)])
def test_expiry_is_told_once_or_periodically_88(server, events, repeats):
    space = create(server, SPACES, name="plan", expiry_events=events)
    create(server, SUBNETS, prefix="10.1.0.0/24", space=space["id"])
    one = create(server, ADDRESSES, address="10.1.0.1", space=space["id"], expires=moment(seconds=5))
    since = head(server)
    run(server, "address_expiry")
    run(server, "address_expiry")
    due = alerts(server)["10.1.0.1"]
    assert (due["kind"], due["object"], due["repeated"]) == ("address-alert", one["id"], repeats // 2)
    has_expired(server, one)
    run(server, "address_expiry")
    server.kill()
    server.start()
    run(server, "address_expiry")
    run(server, "address_expiry")
    expired = alerts(server)["10.1.0.1"]
    assert (expired["kind"], expired["id"], expired["repeated"]) == ("address-expired", due["id"], repeats)
    assert expired["last"] >= expired["since"] and (expired["last"] > expired["since"]) == (repeats > 0)
    verbs = [v for v, _, _ in told(server, since)]
    assert verbs == ["add"] + ["set"] * (1 + repeats // 2 + repeats)


# --- who sees them ---

def somebody(server, scope, role):
    """The token of a session of somebody who has a role in an access scope."""
    scopes = {s["path"]: s["id"] for s in shown(server, "/api/v1/access/scopes")["items"]}
    create(server, "/api/v1/access/users", name="eva", password="correct horse battery 7")
    create(server, "/api/v1/access/policies", principal="user:eva", role=role, scope=scopes[scope])
    return server.post("/api/v1/access/sessions", {"user": "eva", "password": "correct horse battery 7"}, token=None).json()["token"]


def test_an_alert_is_seen_by_who_sees_its_object(server):
    for path in ("/Global/Eu", "/Global/Us"):
        assert server.post("/api/v1/access/scopes", {"path": path}).status == 201
    for n, where in ((1, "/Global/Eu"), (2, "/Global/Us")):
        subnet = create(server, SUBNETS, prefix=f"10.{n}.0.0/28")
        assert server.post(f"{SUBNETS}/{subnet['id']}/set-scope", {"access_scope": where}).status == 200
        create(server, ADDRESSES, address=f"10.{n}.0.1", expires=moment(-1))
    token = somebody(server, "/Global/Eu", "ipam-administrator")
    since = head(server)
    run(server, "utilization")
    run(server, "address_expiry")
    assert set(alerts(server)) == {"10.1.0.0/28", "10.2.0.0/28", "10.1.0.1", "10.2.0.1"}

    def seen():
        return {a["key"] for a in server.get(f"{ALERTS}?limit=1000", token=token).json()["items"]}

    assert seen() == {"10.1.0.0/28", "10.1.0.1"}
    hidden = alerts(server)["10.2.0.0/28"]["id"]
    assert server.get(f"{ALERTS}/{hidden}", token=token).status == 404
    for rev in range(since + 1, head(server) + 1):
        answer = server.get(f"{CHANGES}/{rev}", token=token)
        assert b"10.2.0" not in answer.body
    # That one has gone is told to who saw it, also when its object has gone before.
    for n in (1, 2):
        one = next(a for a in shown(server, ADDRESSES)["items"] if a["address"] == f"10.{n}.0.1")
        assert server.request("DELETE", f"{ADDRESSES}/{one['id']}").status == 204
    before = head(server)
    run(server, "address_expiry")
    items = [i for rev in range(before + 1, head(server) + 1)
             for i in server.get(f"{CHANGES}/{rev}", token=token).json().get("items") or [] if i["type"] == "alert"]
    assert [i["verb"] for i in items] == ["delete"] and seen() == {"10.1.0.0/28"}


# --- reclaiming ---

@pytest.mark.parametrize("block, prefix, host", PLANS)
def test_mapped_addresses_are_listed_and_the_chosen_ones_deleted_89(server, block, prefix, host):
    create(server, SUBNETS, prefix=prefix)
    span = create(server, RANGES, first=host.format(1), last=host.format(6))
    path = f"{RANGES}/{span['id']}"
    days = {1: -1, 2: 5, 3: 50, 4: None, 5: -3, 8: -1}
    made = {n: create(server, ADDRESSES, address=host.format(n), **({} if d is None else {"expires": moment(d)}))
            for n, d in days.items()}
    listed = shown(server, f"{path}/reclaimable")
    assert [(a["address"], a.get("expiry")) for a in listed["items"]] == [
        (host.format(n), e) for n, e in ((1, "expired"), (2, "alert"), (3, "active"), (4, None), (5, "expired"))]
    assert [a["id"] for a in shown(server, f"{path}/reclaimable?expiry=expired,alert")["items"]] == [made[n]["id"] for n in (1, 2, 5)]
    page, found = shown(server, f"{path}/reclaimable?limit=2"), []
    while True:
        found += [a["id"] for a in page["items"]]
        if page["next"] is None:
            break
        page = shown(server, f"{path}/reclaimable?limit=2&cursor={page['next']}")
    assert found == [made[n]["id"] for n in (1, 2, 3, 4, 5)]
    assert shown(server, path).get("reclaimed") is None

    preview = server.post(f"{path}/reclaim?dry_run=true", {"expiry": "expired"})
    assert preview.status == 200 and sorted(c["verb"] for c in preview.json()["changes"]) == ["delete", "delete", "set"]
    before = head(server)
    for body in ({}, {"expiry": "soon"}, {"expiry": ["expired"]}, {"addresses": []}, {"addresses": [1.5]}, {"bogus": 1},
                 {"expiry": "expired", "addresses": [made[1]["id"]]}):
        problem(server.post(f"{path}/reclaim", body), 422, "invalid")
    refused = problem(server.post(f"{path}/reclaim", {"addresses": [made[1]["id"], made[8]["id"]]}), 422, "invalid")
    assert refused["detail"] == f"addresses: {made[8]['id']} is not mapped to the range"
    stale = server.post(f"{path}/reclaim", {"expiry": "expired"}, headers={"If-Match": '"1"'})
    assert stale.status == 412 and head(server) == before

    key = {"Idempotency-Key": "reclaim-1"}
    done = server.post(f"{path}/reclaim", {"expiry": "expired"}, headers=key)
    assert done.status == 200 and done.json()["more"] is False
    assert [(a["id"], a["address"]) for a in done.json()["items"]] == [(made[n]["id"], host.format(n)) for n in (1, 5)]
    assert head(server) == before + 1
    again = server.post(f"{path}/reclaim", {"expiry": "expired"}, headers=key)
    assert again.body == done.body and head(server) == before + 1
    stamp = shown(server, path)["reclaimed"]
    assert abs(datetime.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() - time.time()) < 60
    body, key = {"addresses": [made[4]["id"], host.format(3)]}, {"Idempotency-Key": "reclaim-2"}
    chosen = server.post(f"{path}/reclaim", body, headers=key)
    assert server.post(f"{path}/reclaim", body, headers=key).body == chosen.body  # though they are there no more
    assert {a["address"] for a in chosen.json()["items"]} == {host.format(3), host.format(4)}
    assert shown(server, path)["reclaimed"] > stamp
    assert {a["address"] for a in shown(server, ADDRESSES)["items"]} == {host.format(2), host.format(8)}
    # And undone, with the ids that they had.
    rev = int(chosen.headers["ipam-revision"])
    assert server.post(f"{CHANGES}/{rev}/revert", {}).status == 201
    assert shown(server, f"{ADDRESSES}/{made[4]['id']}")["address"] == host.format(4)


def test_reclaiming_releases_claims_89(server):
    create(server, SUBNETS, prefix="10.1.0.0/24")
    span = create(server, RANGES, first="10.1.0.1", last="10.1.0.99")
    given = server.post(f"{RANGES}/{span['id']}/allocate", {"claim": "order-1", "count": 2})
    assert given.status == 201
    answer = server.post(f"{RANGES}/{span['id']}/reclaim", {"addresses": [a["id"] for a in given.json()["items"]]})
    assert answer.status == 200 and len(answer.json()["items"]) == 2
    problem(server.post(f"{RANGES}/{span['id']}/allocate", {"claim": "order-1", "count": 2}), 410, "claim-released")


def test_a_large_range_is_reclaimed_in_parts_89(server):
    create(server, SUBNETS, prefix="10.1.0.0/16")
    span = create(server, RANGES, first="10.1.0.1", last="10.1.255.254")
    old = moment(-1)
    for at in range(0, 4500, 500):
        rows = [{"address": f"10.1.{(at + i) // 200}.{(at + i) % 200 + 1}", "expires": old} for i in range(500)]
        assert server.post(ADDRESSES, rows).status == 201
    job = run(server, "address_expiry")
    assert job["message"] == "4500 addresses looked at, 4500 alerts changed" and job["done"] == 4500
    assert len(server.items("system/alerts")) == 4500
    done = json.loads(server.ctl("range", "reclaim", "10.1.0.1", "--expired", "--yes", "-o", "json").stdout)
    assert len(done) == 4500 and shown(server, f"{ADDRESSES}?count=true")["total"] == 0
    run(server, "address_expiry")
    assert server.items("system/alerts") == []


def test_reclaim_by_the_command_line_89(server):
    create(server, SUBNETS, prefix="10.1.0.0/24")
    create(server, RANGES, first="10.1.0.1", last="10.1.0.9")
    for n, days in ((1, -1), (2, 3), (3, 90)):
        create(server, ADDRESSES, address=f"10.1.0.{n}", expires=moment(days))
    listed = json.loads(server.ctl("range", "reclaimable", "10.1.0.1", "--expiry", "expired,alert", "-o", "json").stdout)
    assert [(a["address"], a["expiry"]) for a in listed] == [("10.1.0.1", "expired"), ("10.1.0.2", "alert")]
    create(server, RANGES, first="10.1.0.20", last="10.1.0.29")
    create(server, ADDRESSES, address="10.1.0.21", expires=moment(-1))
    both = json.loads(server.ctl("range", "reclaimable", "10.1.0.1", "10.1.0.20", "--expiry", "expired", "-o", "json").stdout)
    assert [a["address"] for a in both] == ["10.1.0.1", "10.1.0.21"]
    gone = json.loads(server.ctl("range", "reclaim", "10.1.0.20", "10.1.0.1", "--alert", "--yes", "-o", "json").stdout)
    assert [a["address"] for a in gone] == ["10.1.0.2"]
    create(server, ADDRESSES, address="10.1.0.2", expires=moment(3))
    assert server.request("DELETE", f"{ADDRESSES}/10.1.0.21").status == 204
    assert "delete" in server.ctl("range", "reclaim", "10.1.0.1", "--expired", "--dry-run").stdout
    assert len(shown(server, ADDRESSES)["items"]) == 3
    assert server.ctl("range", "reclaim", "10.1.0.1", check=False).returncode == 2
    assert server.ctl("range", "reclaim", "10.1.0.1", "--expired", "--address", "10.1.0.1", check=False).returncode == 2
    assert "10.1.0.1" in server.ctl("range", "reclaim", "10.1.0.1", "--expired", "--yes").stdout
    assert "10.1.0.3" in server.ctl("range", "reclaim", "10.1.0.1", "--address", "10.1.0.3", "--yes").stdout
    assert [a["address"] for a in shown(server, ADDRESSES)["items"]] == ["10.1.0.2"]


def test_who_may_not_delete_addresses_reclaims_none_89(server):
    create(server, SUBNETS, prefix="10.1.0.0/24")
    span = create(server, RANGES, first="10.1.0.1", last="10.1.0.9")
    create(server, ADDRESSES, address="10.1.0.1", expires=moment(-1))
    token = somebody(server, "/Global", "reader")
    assert len(server.get(f"{RANGES}/{span['id']}/reclaimable", token=token).json()["items"]) == 1
    problem(server.post(f"{RANGES}/{span['id']}/reclaim", {"expiry": "expired"}, token=token), 403, "denied")
    assert len(shown(server, ADDRESSES)["items"]) == 1
