# test_move_many.py - a subnet with more in it than one change set holds, moved by a job while others write.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import threading
import time

import pytest

import worlds
from test_api import problem
from test_carve import create
from test_clear_many import ADDRESSES, RANGES, SPACES, SUBNETS, count, ended
from worlds import EU, US

CSV = {"Content-Type": "text/csv"}
MANY = 12000  # 10,000 and more are a job
PLANS = [("10.1.0.0/16", "10.2.0.0/16"), ("2001:db8:1::/112", "2001:db8:2::/112")]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def host(prefix, n):
    return str(ipaddress.ip_network(prefix)[n])


def add_many(server, path, titles, rows):
    job = ended(server, server.request("POST", path, "\r\n".join([titles, *rows]).encode(), headers=CSV))
    assert job["state"] == "done", job


def fill(server, prefix, many=MANY):
    """A subnet with `many` addresses, every 400th of them in a range of three of its own."""
    subnet = create(server, SUBNETS, prefix=prefix, name="hall", gateways=[host(prefix, 1)], tags=["old"])
    add_many(server, ADDRESSES, "address,name", (f"{host(prefix, n)},seat {n}" for n in range(1, many + 1)))
    for n in range(400, many, max(400, many // 30)):
        create(server, RANGES, first=host(prefix, n), last=host(prefix, n + 2), reserved=[host(prefix, n + 1)], name=f"row {n}")
    return subnet


def plain(row):
    return {k: v for k, v in row.items() if k not in ("rev", "updated")}


def plan(server):
    """All of the plan, by id, without what tells when."""
    return [{r["id"]: plain(r) for r in server.items(f"ipam/{name}")} for name in ("subnets", "ranges", "addresses")]


def shifted(rows, old, new):
    """The rows as they are to be when they have moved."""
    delta = int(ipaddress.ip_network(new)[0]) - int(ipaddress.ip_network(old)[0])

    def shift(value):
        if isinstance(value, list):
            return [shift(v) for v in value]
        try:
            return str(type(ipaddress.ip_address(value))(int(ipaddress.ip_address(value)) + delta))
        except ValueError:
            return value
    keys = ("address", "first", "last", "reserved", "gateways")
    return {i: {k: shift(v) if k in keys else v for k, v in row.items()} for i, row in rows.items()}


def moved(rows, old, new):
    subnets, ranges, addresses = (shifted(r, old, new) for r in rows)
    return [{i: {**s, "prefix": new if s["prefix"] == old else s["prefix"]} for i, s in subnets.items()}, ranges, addresses]


def ask(server, subnet, prefix, query=""):
    return server.post(f"{SUBNETS}/{subnet['id']}/move{query}", {"prefix": prefix})


def revert(server, job):
    undone = ended(server, server.post(f"/api/v1/system/jobs/{job['id']}/revert"))
    assert undone["state"] == "done", undone


def begun(server, answer, sets=4):
    """Waits until some change sets of it are durable."""
    assert answer.status == 202, answer.body
    number, until = answer.json()["id"], time.monotonic() + 120
    while time.monotonic() < until:
        if len(server.get(f"/api/v1/audit/changes?job={number}").json()["items"]) >= sets:
            return number
        time.sleep(0.01)
    raise AssertionError(server.get(f"/api/v1/system/jobs/{number}").body)


class Writer(threading.Thread):
    """Writes elsewhere and inside until it is stopped; keeps what it was told of it."""

    def __init__(self, server, subnet, rows):
        super().__init__()
        self.server, self.subnet, self.rows = server, subnet, rows
        self.named, self.gone, self.elsewhere, self.taken, self.refused = {}, set(), [], {}, []
        self.ends, self.wrong = threading.Event(), []

    def run(self):
        try:
            self.write()
        except Exception as e:  # told by the test, not by the thread
            self.wrong.append(e)

    def write(self):
        ids = list(self.rows)
        for n in range(len(ids) // 14):
            if self.ends.is_set():
                return
            renamed, gone = ids[(n * 7919) % (len(ids) // 2)], ids[-1 - n]
            name = f"writer {n}"
            assert self.server.request("PATCH", f"{ADDRESSES}/{renamed}", {"name": name}).status == 200
            self.named[renamed] = name
            assert self.server.request("DELETE", f"{ADDRESSES}/{gone}").status == 204
            self.gone.add(gone)
            self.elsewhere.append(create(self.server, ADDRESSES, address=host("172.16.0.0/16", n + 1)))
            late = self.server.post(f"{SUBNETS}/{self.subnet['id']}/allocate", {"name": "late"})
            if late.status == 201:  # before the job, or after it
                row = late.json()["items"][0]
                self.taken[row["id"]] = row
            else:
                self.refused.append(problem(late, 409, "in-use"))


@pytest.mark.parametrize("many, plan_of", [(100000, ("10.2.0.0/15", "10.4.0.0/15")), (MANY, PLANS[1])])
def test_many_addresses_move_while_others_write_and_nothing_is_lost(server, many, plan_of):
    here, there = plan_of
    subnet = fill(server, here, many)
    create(server, SUBNETS, prefix="172.16.0.0/16")
    before = plan(server)
    writer = Writer(server, subnet, before[2])
    writer.start()
    for _ in range(6):  # until a write has fallen into it
        begin = ask(server, subnet, there)
        job = ended(server, begin)
        assert job["state"] == "done" and job["kind"] == "move" and job["target"] == here, job
        assert "ranges in it were moved, and itself" in job["message"]
        here, there = there, here
        if writer.refused or not writer.is_alive():
            break
    writer.ends.set()
    writer.join()
    assert not writer.wrong, writer.wrong
    assert writer.named and writer.gone and writer.elsewhere and writer.refused
    assert "is being moved by job" in writer.refused[0]["detail"], writer.refused[0]

    wanted = moved(before, plan_of[0], here)
    for gone in writer.gone:
        wanted[2].pop(gone)
    for i, name in writer.named.items():
        wanted[2][i]["name"] = name
    after = plan(server)
    wanted[2].update({r["id"]: plain(r) for r in writer.elsewhere} | {i: after[2][i] for i in writer.taken})
    for rows in (after, wanted):  # what follows from how many there are
        for row in (row for kind in rows[:2] for row in kind.values()):
            for field in ("used", "utilization", "level"):
                row.pop(field, None)
    assert after == wanted
    network = ipaddress.ip_network(here)
    assert all(ipaddress.ip_address(after[2][i]["address"]) in network for i in writer.taken)
    changes = server.get(f"/api/v1/audit/changes?job={job['id']}&limit=1000").json()["items"]
    assert len(changes) >= many // 2000 + 2 and {c["operation"] for c in changes} == {"ipam.subnet.change"}

    # Undone as one it is all as it was.
    before = plan(server)
    revert(server, ended(server, ask(server, subnet, there)))
    assert plan(server) == before

    # Those that move no addresses are one change set, however many there are.
    path = f"{SUBNETS}/{subnet['id']}"
    wide = ipaddress.ip_network(here).prefixlen - 1
    assert server.post(f"{path}/resize", {"length": wide}).status == 200
    parts = server.post(f"{path}/split", {"length": wide + 1}).json()["items"]
    assert [p["prefix"] for p in parts] == [str(p) for p in network.supernet().subnets()]
    assert server.post(f"{path}/merge", {"with": [parts[1]["id"]]}).status == 200
    assert count(server, ADDRESSES) == len(wanted[2])


def half_moved(server, subnet, places, stop):
    """Moves it until `stop` has come in between; the job, and what the plan was before."""
    for n in range(10):  # it may have ended before it is stopped
        here, there = places[n % 2], places[1 - n % 2]
        before = plan(server)
        begin = ask(server, subnet, there)
        begun(server, begin)
        stop(begin)
        job = ended(server, begin)
        if job["state"] != "done":
            return job, here, there, before
    raise AssertionError(job)


def assert_half(server, subnet, job, here, there, before):
    """Nothing is missing, all of it is in one of two places, and these are closed."""
    number = job.get("continues", job["id"])
    shown = {s["prefix"]: s for s in server.items("ipam/subnets")}
    assert shown[here]["id"] == subnet["id"] and shown[here]["moving"] == number
    assert shown[there]["stands_for"] == subnet["id"] and "stands_for" not in shown[here]
    after, wanted = plan(server)[2], moved(before, here, there)[2]
    assert after.keys() == before[2].keys()
    for i, row in after.items():
        there_now = ipaddress.ip_address(row["address"]) in ipaddress.ip_network(there)
        assert row["address"] == (wanted if there_now else before[2])[i]["address"]
        assert row["parent"] == shown[there if there_now else here]["id"]
    path = f"{SUBNETS}/{subnet['id']}"
    for s in (shown[here], shown[there]):
        one = f"{SUBNETS}/{s['id']}"
        for refused in (server.post(f"{one}/allocate", {}), server.request("PATCH", one, {"name": "x"}), server.request("DELETE", f"{one}?children=true"),
                        server.post(f"{one}/split", {"length": ipaddress.ip_network(here).prefixlen + 1}),
                        server.post(RANGES, {"first": host(s["prefix"], 60001), "last": host(s["prefix"], 60009)}),
                        server.post(ADDRESSES, {"address": host(s["prefix"], 60001)})):
            assert f"is being moved by job {s['moving']}" in problem(refused, 409, "in-use")["detail"]
    refused = problem(server.post(f"{path}/move", {"prefix": host(here, 0).replace("10.", "11.", 1) + "/16"}), 409, "in-use")
    assert f"in part, by job {number}" in refused["detail"] and f"jobs/{number}/revert" in refused["hint"]


def test_cancelled_it_is_undone_or_gone_on_with_and_undone_as_one(server):
    subnet = fill(server, PLANS[0][0])

    def cancel(begin):
        server.post(f"{begin.headers['location']}/cancel")
    job, here, there, before = half_moved(server, subnet, PLANS[0], cancel)
    assert job["state"] == "canceled" and "send the request again to go on" in job["message"], job
    assert_half(server, subnet, job, here, there, before)
    revert(server, job)
    assert plan(server) == before
    assert server.post(f"{SUBNETS}/{subnet['id']}/allocate", {}).status == 201  # open again
    first, here, there, before = half_moved(server, subnet, (here, there), cancel)
    second = ended(server, ask(server, subnet, there))
    assert second["state"] == "done" and second["continues"] == first["id"], second
    assert plan(server) == moved(before, here, there)
    revert(server, second)  # and what the first did
    assert plan(server) == before


def test_killed_it_is_gone_on_with_or_undone(server):
    subnet = fill(server, PLANS[0][0])

    def kill(_):
        server.kill()
        server.start()
    first, here, there, before = half_moved(server, subnet, PLANS[0], kill)
    assert first["state"] == "interrupted", first
    assert_half(server, subnet, first, here, there, before)
    second = ended(server, ask(server, subnet, there))
    assert second["state"] == "done" and second["continues"] == first["id"], second
    assert plan(server) == moved(before, here, there)
    third, here, there, before = half_moved(server, subnet, (there, here), kill)
    revert(server, third)
    assert plan(server) == before


def test_a_dry_run_says_how_much_and_what_is_in_the_way_before_anything_moves(server):
    old, new = PLANS[0]
    subnet = fill(server, old)
    before = plan(server)
    shown = ask(server, subnet, new, "?dry_run=true").json()
    ranges = len(before[1])
    assert shown["would"] == 202 and shown["changes"] == [] and shown["answer"] == {
        "kind": "move", "target": old, "total": MANY + ranges,
        "message": f"a job of many change sets: {MANY} addresses and {ranges} ranges in it would be moved, and itself"}
    assert plan(server) == before and server.items("system/jobs?kind=move") == []

    create(server, SUBNETS, prefix="10.0.0.0/12")
    other = create(server, ADDRESSES, address=host(new, MANY - 1))
    said = problem(ask(server, subnet, new, "?dry_run=true"), 409, "exists")["detail"]
    assert said == f"address {host(new, MANY - 1)}, where one of its addresses would be, exists already (id {other['id']})"
    job = ended(server, ask(server, subnet, new))
    assert job["state"] == "failed" and job["message"] == f"{said}. So far 0 addresses and 0 ranges in it were moved", job
    create(server, RANGES, first=host(new, 401), last=host(new, 401))
    problem(ask(server, subnet, new), 409, "overlap")
    problem(ask(server, subnet, "10.2.0.0/17"), 422, "invalid")
    problem(server.post(f"{SUBNETS}/{subnet['id']}/move", {"prefix": "10.3.0.0/16"}, headers={"If-Match": '"1"'}), 412, "precondition-failed")
    assert {i: r["address"] for i, r in plan(server)[2].items() if i != other["id"]} == {i: r["address"] for i, r in before[2].items()}
    assert "moving" not in server.get(f"{SUBNETS}/{subnet['id']}").json()


def test_an_address_that_he_may_not_move_keeps_all_of_them(make_ipamd):
    w = worlds.World(make_ipamd, 8056)
    try:
        w.scope(US)
        subnet = w.admin.good("POST", "/ipam/subnets", {"prefix": "172.16.0.0/16"})["id"]
        for _ in range(MANY // 1000):
            w.admin.good("POST", f"/ipam/subnets/{subnet}/allocate", {"count": 1000})
        span = w.admin.good("POST", "/ipam/ranges", {"first": "172.16.200.1", "last": "172.16.200.9"})["id"]
        w.admin.good("POST", "/ipam/addresses", {"address": "172.16.200.5"})
        w.put_into("/ipam/subnets", subnet, EU)
        w.put_into("/ipam/ranges", span, US)
        w.admin.good("POST", "/access/roles", {"name": "movers", "operations": [
            f"ipam.{noun}.{verb}" for noun in ("subnet", "address") for verb in ("read", "change")] + ["ipam.range.read"]})
        w.policy("token:u0", "movers", EU)
        move = {"prefix": "172.17.0.0/16"}
        problem(w.u0.ask("POST", f"/ipam/subnets/{subnet}/move", move), 403, "denied")  # not the range
        w.admin.good("POST", "/access/roles", {"name": "ranges", "operations": ["ipam.range.change"]})
        w.policy("token:u0", "ranges", US)
        begin = w.u0.ask("POST", f"/ipam/subnets/{subnet}/move", move)
        assert begin.status == 202, begin.body
        location = begin.headers["location"].removeprefix("/api/v1")
        until = time.monotonic() + 60
        while (job := w.admin.get(location).json())["state"] == "running" and time.monotonic() < until:
            time.sleep(0.02)
        assert job["state"] == "failed" and "may not" in job["message"] and "So far 0 addresses" in job["message"], job
        assert w.admin.get(f"/ipam/subnets/{subnet}").json()["prefix"] == "172.16.0.0/16"
    finally:
        w.close()


def test_by_the_command_line(server):
    old, new = PLANS[1]
    subnet = fill(server, old)
    dry = server.ctl("subnet", "move", old, "--prefix", new, "--dry-run")
    assert f"a job of many change sets: {MANY} addresses and " in dry.stdout + dry.stderr
    run = server.ctl("subnet", "move", old, "--prefix", new, "--wait")
    assert run.returncode == 0 and server.get(f"{SUBNETS}/{subnet['id']}").json()["prefix"] == new
    job, = server.items("system/jobs?kind=move")
    server.ctl("job", "revert", job["id"], "--wait")
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["prefix"] == old
    space = create(server, SPACES, name="lab")
    server.ctl("subnet", "move", old, "--space", "lab", "--wait")
    assert {r["space"] for kind in plan(server) for r in kind.values()} == {space["id"]} and count(server, ADDRESSES) == MANY
    # Little is moved at once, as it was.
    small = create(server, SUBNETS, prefix="10.9.0.0/24")
    server.ctl("subnet", "move", "10.9.0.0/24", "--prefix", "10.9.1.0/24", "--wait")
    assert server.get(f"{SUBNETS}/{small['id']}").json()["prefix"] == "10.9.1.0/24"
