# test_past.py - records as they were: at=REV and at=TIME, of lists and of single objects, against what was seen then.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import datetime
import os
import random
import time
import urllib.parse

import pytest

from listing import every, expected, pages, query
from test_api import create, problem, revision

SEED = int(os.environ.get("IPAM_TEST_SEED", time.time()))
DERIVED = {"ipam/blocks": {"category", "parent", "size", "used", "utilization", "level"}, "ipam/subnets": {"parent", "size", "used", "utilization", "level", "overlap", "counted"},
           "ipam/ranges": {"parent", "size", "used", "utilization", "level", "overlap", "counted"}, "ipam/addresses": {"parent"}, "ipam/spaces": {"used4", "used6"}, "inventory/servers": set()}
NAMES = ["web", "db", "mail", "ä", "a,b", "x"]


@pytest.fixture
def draw():
    print("IPAM_TEST_SEED=%d" % SEED)
    return random.Random(SEED)


def stored(resource, row):
    return {k: v for k, v in row.items() if k not in DERIVED[resource]}


def state(ipamd):
    return {resource: [stored(resource, r) for r in every(ipamd, resource, "")] for resource in DERIVED}


def step(ipamd, draw, rows):
    """One change, of which the answer must be a success."""
    kind = draw.choice(["block", "subnet", "address", "address", "change", "change", "delete", "range", "server", "many"])
    i = draw.randrange(40)
    name = draw.choice(NAMES)
    made = {"block": ("ipam/blocks", {"prefix": f"10.{i}.0.0/16", "name": name}), "subnet": ("ipam/subnets", {"prefix": f"10.{i}.1.0/24", "vlans": [i + 1]}),
            "address": ("ipam/addresses", {"address": f"10.{i}.1.{draw.randrange(1, 9)}", "name": name, "mac": "02:00:00:00:00:%02x" % i}),
            "range": ("ipam/ranges", {"first": f"10.{i}.1.128", "last": f"10.{i}.1.140"}),
            "server": ("inventory/servers", {"name": f"s{i}.example", "driver": "kea", "profile": "kea-site"}),
            "many": ("ipam/addresses", [{"address": f"10.99.{i}.{k}", "description": name} for k in range(5)])}
    if kind in made:
        return ipamd.post(f"/api/v1/{made[kind][0]}", made[kind][1]).status in (201, 409, 422)
    resource = draw.choice(["ipam/blocks", "ipam/subnets", "ipam/addresses", "ipam/ranges"])
    if not rows[resource]:
        return True
    path = f"/api/v1/{resource}/{draw.choice(rows[resource])['id']}"
    if kind == "delete":
        return ipamd.request("DELETE", path).status in (204, 409)
    return ipamd.request("PATCH", path, {"name": draw.choice([None, *NAMES]), "description": draw.choice(NAMES)}).status == 200


def when(text):
    return urllib.parse.quote(text)


@pytest.fixture
def history(ipamd, draw):
    """Random changes: what there was at each revision, and the time after it."""
    seen = {revision(ipamd): state(ipamd)}
    times = {}
    for _ in range(90):
        last = max(seen)
        assert step(ipamd, draw, seen[last])
        now = revision(ipamd)
        if now != last:
            assert now == last + 1
            seen[now] = state(ipamd)
            times[now] = datetime.datetime.now(datetime.timezone.utc)
            time.sleep(0.003)
    return seen, times


def test_every_revision_shows_what_there_was(ipamd, draw, history):
    seen, times = history
    for rev, was in seen.items():
        for resource, rows in was.items():
            answer = ipamd.get(f"/api/v1/{resource}?at={rev}&limit=1000&count=true")
            assert answer.json() == {"items": rows, "next": None, "total": len(rows)}, (resource, rev)
            assert answer.headers["ipam-revision"] == str(rev)
    for rev in draw.sample(sorted(times), 12):
        text = when(times[rev].isoformat(timespec="microseconds"))
        answer = ipamd.get(f"/api/v1/ipam/addresses?at={text}&limit=1000")
        assert answer.json()["items"] == seen[rev]["ipam/addresses"] and answer.headers["ipam-revision"] == str(rev)


def test_past_lists_are_filtered_ordered_and_paged(ipamd, draw, history):
    seen, times = history
    for _ in range(60):
        rev = draw.choice(sorted(seen))
        resource = draw.choice(["ipam/addresses", "ipam/subnets", "ipam/blocks"])
        rows = seen[rev][resource]
        place = "address" if resource == "ipam/addresses" else "prefix"
        filters = draw.sample([("name", "eq", "web"), ("name", "null", "true"), ("within", None, "10.16.0.0/12"), ("description", "contains", "a"),
                               ("overlaps", None, "10.5.1.0/24"), ("name", "prefix", "m"), ("id", "gt", "20"), ("rev", "le", str(rev // 2))], draw.randrange(3))
        filters.sort(key=lambda f: f[0] != "within")
        order = draw.choice([None, "name", "-name", "rev", "-" + place, place, "-description"])
        want = expected(rows, filters, order)
        at = when(times[rev].isoformat()) if rev in times and draw.random() < 0.3 else rev
        asked = query(filters, order) + f"&at={at}"
        found = pages(ipamd, resource, asked + "&count=true", 4, lambda _: create(ipamd, "ipam/subnets", prefix=f"10.250.{next(fresh)}.0/24"))
        assert [r for p in found for r in p.json()["items"]] == want, asked
        assert all(p.json()["total"] == len(want) and p.headers["ipam-revision"] == str(rev) for p in found), asked


fresh = iter(range(256))


def test_one_object_as_it_was(ipamd, draw, history):
    seen, _ = history
    for rev in draw.sample(sorted(seen), 25):
        for resource, rows in seen[rev].items():
            for row in draw.sample(rows, min(2, len(rows))):
                key = next(row[k].replace("/", "_") for k in ("prefix", "address", "first", "name") if k in row)
                for name in (row["id"], urllib.parse.quote(key)):
                    answer = ipamd.get(f"/api/v1/{resource}/{name}?at={rev}")
                    assert answer.json() == row, (resource, name, rev, answer)
                    assert answer.headers["etag"] == f'"{row["rev"]}"' and answer.headers["ipam-revision"] == str(rev)
                assert ipamd.get(f"/api/v1/{resource}/{row['id']}?at={rev}&fields=id,rev").json() == {"id": row["id"], "rev": row["rev"]}
    born = {row["id"]: rev for rev in sorted(seen, reverse=True) for row in seen[rev]["ipam/addresses"]}
    for number, rev in list(born.items())[:20]:
        problem(ipamd.get(f"/api/v1/ipam/addresses/{number}?at={rev - 1}"), 404, "not-found")


def test_what_has_no_past_and_what_is_no_time(ipamd):
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8")
    head = revision(ipamd)
    for resource in ("dhcp/leases", "system/jobs", "audit/changes", "system/plugins"):
        problem(ipamd.get(f"/api/v1/{resource}?at=1"), 400, "no-history")
    for resource in ("dhcp/leases/5", "system/jobs/5"):
        problem(ipamd.get(f"/api/v1/{resource}?at=1"), 400, "no-history")
    for at in (head + 1, 10**15, 10**30, "-1", "", "yesterday", "2026-13-01T00:00:00Z", "2999-01-01T00:00:00Z", "1.5", "0x1"):
        for path in ("ipam/blocks?", "ipam/blocks/10.0.0.0_8?"):
            body = problem(ipamd.get(f"/api/v1/{path}at={at}"), 422, "invalid")
            assert body["errors"][0]["pointer"] == "?at", body
    assert ipamd.get(f"/api/v1/ipam/blocks?at={head}").json()["items"][0]["prefix"] == "10.0.0.0/8"
    for at in ("0", "1970-01-01T00:00:00Z", "2000-01-01T00:00:00%2B02:00"):
        answer = ipamd.get(f"/api/v1/ipam/blocks?at={at}&count=true")
        assert answer.json() == {"items": [], "next": None, "total": 0} and answer.headers["ipam-revision"] == "0", at
        problem(ipamd.get(f"/api/v1/ipam/blocks/10.0.0.0_8?at={at}"), 404, "not-found")
    assert "utilization" not in ipamd.get(f"/api/v1/ipam/blocks/10.0.0.0_8?at={head}").json()
    problem(ipamd.get(f"/api/v1/ipam/blocks?at={head}&order=utilization"), 422, "invalid")
    problem(ipamd.get(f"/api/v1/ipam/blocks?at={head}&used.gt=1"), 422, "invalid")
