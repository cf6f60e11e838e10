# test_import.py - CSV taken into collections: verdicts, modes, mistakes with their places, large files, round trips.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import random
import time

import pytest

from test_api import create, problem, refuse_overlaps, revision
from test_write import key, same, state

CSV = {"Content-Type": "text/csv"}


def load(ipamd, resource, text, query="", status=200, **headers):
    answer = ipamd.post(f"/api/v1/ipam/{resource}" + (f"?{query}" if query else ""), text if isinstance(text, bytes) else text.encode(),
                        headers={**CSV, **headers})
    assert answer.status == status, answer
    return answer


def verdicts(answer):
    return [(r["line"], r.get("key"), r["verdict"]) for r in answer.json()["rows"]]


def export(ipamd, resource):
    """The whole list as CSV, page after page."""
    text, cursor = b"", ""
    while cursor is not None:
        page = ipamd.get(f"/api/v1/{resource}?limit=1000" + (f"&cursor={cursor}" if cursor else ""), headers={"Accept": "text/csv"})
        text += page.body if not text else page.body.split(b"\r\n", 1)[1]
        cursor = page.headers.get("ipam-next")
    return text


def test_a_verdict_a_row(ipamd):
    refuse_overlaps(ipamd)
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/24", name="there", description="kept")
    text = ("prefix,name,vlans\r\n10.2.0.0/24,\"a, \"\"b\"\"\",5 6\r\n10.1.0.0/24,x,\r\n10.3.0.1/24,bad,\r\n10.4.0.0/24,,999999\n"
            "10.2.0.0/25,inner,\n10.2.0.0/24,again,\n10.5.0.0/24,two\n10.6.0.0/24,\"two\nlines\",\n10.7.0.0/24,last,")
    before = revision(ipamd)
    answer = load(ipamd, "subnets", text)
    body = answer.json()
    assert verdicts(answer) == [(2, "10.2.0.0/24", "created"), (3, "10.1.0.0/24", "refused"), (4, None, "refused"),
                                (5, "10.4.0.0/24", "refused"), (6, "10.2.0.0/25", "refused"), (7, "10.2.0.0/24", "refused"),
                                (8, None, "refused"), (9, "10.6.0.0/24", "created"), (11, "10.7.0.0/24", "created")], body
    assert (body["created"], body["refused"], body["updated"]) == (3, 6, 0)
    rows = {r["line"]: r for r in body["rows"]}
    assert rows[3]["problem"] == "exists" and rows[6]["problem"] == "overlap"
    assert rows[4]["message"].startswith("column 1, prefix: ") and "10.3.0.0/24" in rows[4]["message"]
    assert rows[7]["message"] == "the same subnet as in line 2" and rows[8]["message"] == "2 cells instead of the 3 of the first line"
    assert revision(ipamd) == before + 1
    made = {s["prefix"]: s for s in ipamd.items("ipam/subnets")}
    assert made["10.2.0.0/24"]["name"] == 'a, "b"' and made["10.2.0.0/24"]["vlans"] == [5, 6]
    assert made["10.6.0.0/24"]["name"] == "two\nlines" and "vlans" not in made["10.6.0.0/24"]
    # As CSV, where that is asked for; the same file again, as an update.
    answer = load(ipamd, "subnets", "prefix,name\n10.2.0.0/24,new\n10.1.0.0/24,there\n10.8.0.0/24,\n10.9.0.1/24,\n", "mode=upsert", Accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    assert [(r["line"], r["key"], r["verdict"]) for r in rows] == [("2", "10.2.0.0/24", "updated"), ("3", "10.1.0.0/24", "unchanged"),
                                                                 ("4", "10.8.0.0/24", "created"), ("5", "", "refused")]
    now = {s["prefix"]: s for s in ipamd.items("ipam/subnets")}
    assert now["10.2.0.0/24"]["name"] == "new" and now["10.2.0.0/24"]["vlans"] == [5, 6]      # a column that is not there says nothing
    assert now["10.1.0.0/24"]["description"] == "kept" and rows[0]["id"] == str(now["10.2.0.0/24"]["id"])


def test_mistakes_have_their_places(ipamd):
    refuse_overlaps(ipamd)
    before = state(ipamd)
    for text, where in ((b"prefix,nmae\n", "did you mean name?"), (b"prefix,prefix\n", "column 8"), (b"name\nx\n", "prefix is missing"),
                        (b"", "empty"), (b"prefix\n\"10.1.0.0/24\n", "opened in line 2"), (b"prefix\n10.\"1\n", "line 2, column 4"),
                        (b"prefix\r10.1.0.0/24\r", "line 1, column 7"), (b"prefix,name\n10.1.0.0/24,\xff\n", "line 2"),
                        (b"prefix,name\n10.1.0.0/24,\"a\"b\n", "line 2, column 16"), (b"\xff\xfep\0r\0", "line 1")):
        body = problem(load(ipamd, "subnets", text, status=422), 422, "invalid")
        assert where in body["detail"] + body.get("hint", ""), (text, body)
    for query in ("mode=replace", "all_or_nothing=maybe", "mode=sync", "space=default", "partial=true", "mode=sync&within=10.0.0.1/8", "mode=sync&space=nowhere"):
        problem(load(ipamd, "subnets", "prefix\n10.1.0.0/24\n", query, status=422), 422, "invalid")
    problem(ipamd.post("/api/v1/dhcp/reservations", b"scope\n", headers=CSV), 415, "media-type")
    assert state(ipamd) == before
    body = problem(load(ipamd, "subnets", "prefix\n10.1.0.0/24\n10.1.0.0/25\n10.2.0.0/33\n", "all_or_nothing=true", status=422), 422, "invalid")
    assert [e["pointer"] for e in body["errors"]] == ["line 3", "line 4"] and body["hint"]
    assert state(ipamd) == before
    answer = load(ipamd, "subnets", b"\xef\xbb\xbfprefix\r\n10.1.0.0/24\r\n", "all_or_nothing=true")
    assert answer.json()["created"] == 1


def test_dry_run_and_keys(ipamd):
    refuse_overlaps(ipamd)
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/24", name="a")
    text = "prefix,name\n10.1.0.0/24,b\n10.2.0.0/24,c\n10.2.0.0/25,d\n"
    before = state(ipamd)
    shown = load(ipamd, "subnets", text, "mode=upsert&dry_run=true").json()
    assert [r["verdict"] for r in shown["answer"]["rows"]] == ["updated", "created", "refused"] and "id" not in shown["answer"]["rows"][1]
    assert [(c["verb"], c["key"], c["fields"]) for c in shown["changes"]] == [("set", "10.1.0.0/24", ["name"]), ("add", "10.2.0.0/24", [])]
    assert b",created,,\r\n" in load(ipamd, "subnets", text, "mode=upsert&dry_run=true", Accept="text/csv").body
    assert state(ipamd) == before
    first = load(ipamd, "subnets", text, "mode=upsert", **key("k"))
    after = state(ipamd)
    same(first, load(ipamd, "subnets", text, "mode=upsert", **key("k")))
    assert state(ipamd) == after and after[1] == before[1] + 1
    problem(load(ipamd, "subnets", text + "\n", "mode=upsert", status=422, **key("k")), 422, "idempotency-mismatch")


def test_sync_deletes_what_is_its_own_and_within(ipamd):
    for resource, rows in (("subnets", ["10.1.0.0/24", "10.1.1.0/24", "10.2.0.0/24"]), ("addresses", ["10.1.0.5", "10.2.0.5"])):
        create_key = "prefix" if resource == "subnets" else "address"
        for row in rows:
            create(ipamd, f"ipam/{resource}", **{create_key: row})
    answer = load(ipamd, "subnets", "prefix,name\n10.1.0.0/24,kept\n10.1.2.0/24,new\n", "mode=sync&within=10.1.0.0/16")
    assert verdicts(answer) == [(None, "10.1.1.0/24", "deleted"), (2, "10.1.0.0/24", "updated"), (3, "10.1.2.0/24", "created")]
    assert [s["prefix"] for s in ipamd.items("ipam/subnets")] == ["10.1.0.0/24", "10.2.0.0/24", "10.1.2.0/24"]
    answer = load(ipamd, "subnets", "prefix\n10.1.2.0/24\n", "mode=sync&space=default")
    body = answer.json()
    assert (body["deleted"], body["refused"], body["unchanged"]) == (0, 2, 1)      # both still hold addresses
    assert {r["problem"] for r in body["rows"] if r["line"] is None} == {"in-use"}
    before = state(ipamd)
    body = problem(load(ipamd, "addresses", "address,mac\n10.1.0.5x,\n", "mode=sync&within=10.1.0.0/16", status=422), 422, "invalid")
    assert "key of every row" in body["hint"]
    # A row that is wrong in something else keeps its object.
    body = load(ipamd, "addresses", "address,mac\n10.1.0.5,zz\n", "mode=sync&within=10.1.0.0/16").json()
    assert (body["deleted"], body["refused"]) == (0, 1)
    assert state(ipamd) == before
    answer = load(ipamd, "addresses", "address\n10.2.0.5\n10.2.0.6\n", "mode=sync&space=default")
    assert verdicts(answer) == [(None, "10.1.0.5", "deleted"), (2, "10.2.0.5", "unchanged"), (3, "10.2.0.6", "created")]
    # What goes, goes first.
    answer = load(ipamd, "subnets", "prefix\n10.1.0.0/16\n10.2.0.0/24\n", "mode=sync&space=default")
    assert answer.json()["deleted"] == 2 and answer.json()["created"] == 1
    problem(ipamd.post("/api/v1/inventory/servers?mode=sync&space=default", b"name,driver\n", headers=CSV), 501, "unsupported")


def test_what_came_from_servers_is_left_alone(ipamd, kea):
    ipamd.add_kea()
    before = ipamd.items("ipam/subnets"), ipamd.items("ipam/ranges")
    assert before[0] and before[1]
    for resource in ("subnets", "ranges"):
        header = "prefix\n" if resource == "subnets" else "first,last\n"
        assert load(ipamd, resource, header, "mode=sync&space=default").json()["deleted"] == 0
    assert (ipamd.items("ipam/subnets"), ipamd.items("ipam/ranges")) == before


def random_text(rng, most):
    pieces = ["a", "Z", " ", ",", '"', "'", "=", "-", "\n", "é", "€", "😀", "[", "\t", ";"]
    return "".join(rng.choice(pieces) for _ in range(rng.randint(0, most)))


@pytest.mark.parametrize("seed", (1, random.SystemRandom().randrange(10**6)))
def test_an_export_imported_again_changes_nothing(ipamd, seed):
    rng = random.Random(seed)

    def some(**fields):
        return {k: v for k, v in fields.items() if rng.random() < 0.6 and v is not None}

    subnets = [{"prefix": f"10.{n}.0.0/16", **some(name=random_text(rng, 20), description=random_text(rng, 60),
                                                   vlans=rng.sample(range(1, 4095), rng.randint(0, 4)))} for n in range(60)]
    addresses = [{"address": f"10.{rng.randrange(60)}.{n >> 8}.{n & 255}", **some(name=random_text(rng, 30), description=random_text(rng, 60),
                                                                                  mac="02:00:00:00:%02x:%02x" % (n >> 8, n & 255))} for n in range(400)]
    ranges = [{"first": f"10.{n}.9.1", "last": f"10.{n}.9.{rng.randint(1, 254)}", **some(kind="static", name=random_text(rng, 9))} for n in range(40)]
    blocks = [{"prefix": f"{n}.0.0.0/8", **some(name=random_text(rng, 20))} for n in range(1, 9)]
    made = {"subnets": subnets, "addresses": addresses, "ranges": ranges, "blocks": blocks}
    for resource, rows in made.items():
        answer = ipamd.post(f"/api/v1/ipam/{resource}", rows)
        assert answer.status == 201, (seed, answer)
    before = state(ipamd)
    for resource in made:
        text = export(ipamd, f"ipam/{resource}")
        for query in ("mode=upsert&all_or_nothing=true", "mode=sync&space=default&all_or_nothing=true"):
            body = load(ipamd, resource, text, query).json()
            assert body["unchanged"] == len(made[resource]) == len(body["rows"]), (seed, body)
    assert state(ipamd) == before, seed
    # And into an empty plan it makes the same.
    text = export(ipamd, "ipam/subnets")
    for resource in ("addresses", "ranges", "subnets"):
        load(ipamd, resource, {"addresses": "address\n", "ranges": "first,last\n", "subnets": "prefix\n"}[resource], "mode=sync&space=default")
    assert ipamd.items("ipam/subnets") == []
    assert load(ipamd, "subnets", text).json()["created"] == 60
    own = [{k: v for k, v in s.items() if k in ("prefix", "name", "description", "vlans")} for s in ipamd.items("ipam/subnets")]
    assert own == subnets, seed


def test_addresses_are_found_in_their_space(ipamd):
    """What is in use already is refused where a file creates, and taken as it is where it updates."""
    other = create(ipamd, "ipam/spaces", name="other")["id"]
    there = {n: create(ipamd, "ipam/addresses", address=f"192.0.2.{n}", name=f"old-{n}", description="kept")["id"] for n in range(1, 101)}
    create(ipamd, "ipam/addresses", address="192.0.2.200", name="elsewhere", space=other)
    text = "address,name\n" + "".join(f"192.0.2.{n},{'old' if n % 2 else 'new'}-{n}\n" for n in range(1, 201))
    rows = load(ipamd, "addresses", text).json()["rows"]
    assert [r["verdict"] for r in rows] == ["refused"] * 100 + ["created"] * 100
    assert {r["problem"] for r in rows[:100]} == {"exists"}
    made = {101 + i: r["id"] for i, r in enumerate(rows[100:])}
    text = text.replace("192.0.2.200,new", "192.0.2.200,newer") + "192.0.2.201,more\n"
    rows = load(ipamd, "addresses", text, "mode=upsert").json()["rows"]
    assert [r["verdict"] for r in rows] == ["unchanged" if n % 2 else "updated" for n in range(1, 101)] + ["unchanged"] * 99 + ["updated", "created"]
    assert [r["id"] for r in rows[:200]] == [*there.values(), *made.values()]
    now = {(a["space"], a["address"]): a for a in ipamd.items("ipam/addresses")}
    assert len(now) == 202 and now[(other, "192.0.2.200")]["name"] == "elsewhere"
    default = next(a["space"] for a in now.values() if a["space"] != other)
    assert now[(default, "192.0.2.2")]["name"] == "new-2" and now[(default, "192.0.2.2")]["description"] == "kept"
    assert now[(default, "192.0.2.200")]["name"] == "newer-200"


def test_a_large_file_is_a_job(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.0.0.0/8")
    rows = [f"10.0.{n >> 8}.{n & 255},h{n}" for n in range(12000)]
    rows[7] = "10.0.0.7x,bad"
    text = "address,name\n" + "\n".join(rows)
    problem(load(ipamd, "addresses", text, "dry_run=true", status=413), 413, "too-large")
    problem(load(ipamd, "addresses", text, "all_or_nothing=true", status=413), 413, "too-large")
    assert ipamd.items("ipam/addresses") == [] and ipamd.items("system/jobs") == []
    before = revision(ipamd)
    answer = load(ipamd, "addresses", text, status=202, **key("k"))
    same(answer, load(ipamd, "addresses", text, status=202, **key("k")))
    job = answer.json()
    assert job["kind"] == "import" and answer.headers["location"] == f"/api/v1/system/jobs/{job['id']}"
    deadline = time.monotonic() + 60
    while job["state"] == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
        job = ipamd.get(answer.headers["location"]).json()
    assert job["state"] == "done" and job["total"] == job["done"] == 12000 and "11999 created" in job["message"], job
    assert len(job["results"]) == 1 and job["results"][0].startswith("line 9: column 1, address: "), job
    assert ipamd.get("/api/v1/ipam/addresses?count=true&limit=1").json()["total"] == 11999
    changes = [c for c in ipamd.items("audit/changes") if c["id"] > before]
    assert len(changes) == 6 and len({c["request"] for c in changes}) == 1 and sum(c["count"] for c in changes) == 11999
    assert len(ipamd.items("system/jobs")) == 1
