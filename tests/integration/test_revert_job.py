# test_revert_job.py - what a job of many change sets has changed, undone as one.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

from test_api import problem
from test_carve import create
from test_clear_many import ADDRESSES, MANY, PLANS, RANGES, SUBNETS, count, ended, fill, server  # noqa: F401 - a fixture

CSV = {"Content-Type": "text/csv"}


def revert(server, job, state="done"):
    """The job that undoes it, when it has ended."""
    undone = ended(server, server.post(f"/api/v1/system/jobs/{job['id']}/revert"))
    assert undone["state"] == state and undone["kind"] == "revert" and undone["target"] == f"job {job['id']}", undone
    return undone


@pytest.mark.parametrize("prefix, host", PLANS)
def test_a_long_deletion_is_undone_and_done_again(server, prefix, host):  # noqa: F811
    subnet = fill(server, prefix, host)
    before = [server.get(f"{path}?limit=1000").json()["items"] for path in (SUBNETS, RANGES, ADDRESSES)]
    claimed = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {"count": 1000, "name": "seat", "claim": "row-1"}).json()["items"]
    gone = ended(server, server.request("DELETE", f"{SUBNETS}/{subnet['id']}?children=true"))
    changes = server.get(f"/api/v1/audit/changes?job={gone['id']}&limit=1000").json()["items"]
    assert len(changes) == MANY // 1000 + 2

    undone = revert(server, gone)
    assert undone["message"].startswith(f"{len(changes)} of {len(changes)} revisions were undone")
    after = [server.get(f"{path}?limit=1000").json()["items"] for path in (SUBNETS, RANGES, ADDRESSES)]
    plain = lambda rows: [{k: v for k, v in r.items() if k not in ("rev", "updated")} for r in rows]  # noqa: E731
    assert [plain(rows) for rows in after] == [plain(rows) for rows in before]
    again = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {"count": 1000, "name": "seat", "claim": "row-1"})
    assert again.status == 200 and [a["address"] for a in again.json()["items"]] == [a["address"] for a in claimed]

    second = revert(server, gone, "failed")  # it is undone already
    assert "has changed the same since" in second["message"] and "0 of" in second["message"]
    assert count(server, ADDRESSES) == MANY
    revert(server, undone)
    assert [count(server, path) for path in (SUBNETS, RANGES, ADDRESSES)] == [0, 0, 0]


def test_a_large_import_is_undone_as_one(server):  # noqa: F811
    subnet = create(server, SUBNETS, prefix="10.1.0.0/16")
    kept = create(server, ADDRESSES, address="10.1.200.1", name="was there")
    rows = [f"10.1.{n >> 8}.{n & 255},host-{n}" for n in range(1, 12001)] + ["10.1.200.1,renamed"]
    job = ended(server, server.request("POST", f"{ADDRESSES}?mode=upsert", "\r\n".join(["address,name", *rows]).encode(), headers=CSV))
    assert job["state"] == "done" and count(server, ADDRESSES) == 12001, job
    other = create(server, ADDRESSES, address="10.1.210.1", name="of another")
    revert(server, job)
    assert sorted(a["id"] for a in server.get(ADDRESSES).json()["items"]) == sorted([kept["id"], other["id"]])
    assert server.get(f"{ADDRESSES}/{kept['id']}").json()["name"] == "was there"
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["used"] == "2"


def test_what_was_changed_since_stands_in_the_way_before_anything_is_undone(server):  # noqa: F811
    create(server, SUBNETS, prefix="10.1.0.0/16")
    rows = [f"10.1.{n >> 8}.{n & 255},host-{n}" for n in range(1, 12001)]
    job = ended(server, server.request("POST", ADDRESSES, "\r\n".join(["address,name", *rows]).encode(), headers=CSV))
    first = server.get(f"{ADDRESSES}?address=10.1.0.7").json()["items"][0]
    assert server.request("PATCH", f"{ADDRESSES}/{first['id']}", {"name": "mine now"}).status == 200
    failed = revert(server, job, "failed")
    assert "ipam.address.change by token:admin" in failed["message"] and count(server, ADDRESSES) == 12000


def test_what_is_no_job_of_the_plan(server):  # noqa: F811
    problem(server.post("/api/v1/system/jobs/999/revert"), 404, "not-found")
    create(server, SUBNETS, prefix="10.1.0.0/16")
    nothing = ended(server, server.post("/api/v1/system/tasks/utilization_history/run"))
    failed = ended(server, server.post(f"/api/v1/system/jobs/{nothing['id']}/revert"))
    assert failed["state"] == "failed" and "changed nothing in the plan" in failed["message"]


def test_by_the_command_line(server):  # noqa: F811
    fill(server, *PLANS[0])
    server.ctl("subnet", "delete", "10.1.0.0/16", "--children", "--yes", "--wait")
    job = server.get("/api/v1/system/jobs?kind=delete").json()["items"][0]
    server.ctl("job", "revert", str(job["id"]), "--wait")
    assert count(server, ADDRESSES) == MANY
