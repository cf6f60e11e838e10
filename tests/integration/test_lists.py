# test_lists.py - lists: filters, order, pages and cursors, against a model; fields, CSV, what is refused.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import os
import random
import time

import pytest

from listing import FIELDS, FITS, REFS, every, expected, pages, query
from test_api import create, problem

SEED = int(os.environ.get("IPAM_TEST_SEED", time.time()))


@pytest.fixture
def draw():
    print("IPAM_TEST_SEED=%d" % SEED)
    return random.Random(SEED)


NAMES = ["web", "web-01", "web-02", "Web-1", "db", "db.example", "ä-büro", "x y", "a,b", '"q"', "=1+1", "-", "mail", "mailer", "m"]


def text(draw):
    return draw.choice(NAMES) + draw.choice(["", "", "-x", str(draw.randrange(9))])


def mac(draw):
    return ":".join(f"{draw.choice([0, 2, 16, 255]):02x}" for _ in range(draw.choice([6, 6, 6, 8])))


def subnet(draw, i):
    row = {"prefix": f"10.{i // 256}.{i % 256}.0/{draw.choice([24, 25, 26])}" if draw.random() < 0.7 else f"2001:db8:{i:x}::/64"}
    if draw.random() < 0.7:
        row["name"] = text(draw)
    if draw.random() < 0.5:
        row["description"] = text(draw)
    if draw.random() < 0.5:
        row["vlans"] = sorted(draw.sample(range(1, 9), draw.randrange(0, 4)))
    return row


def address(draw, i):
    row = {"address": f"10.9.{i // 200}.{i % 200 + 1}" if draw.random() < 0.8 else f"2001:db8:ffff::{i + 1:x}"}
    if draw.random() < 0.7:
        row["name"] = text(draw)
    if draw.random() < 0.6:
        row["mac"] = mac(draw)
    if draw.random() < 0.5:
        row["description"] = text(draw)
    return row


def make(ipamd, resource, rows):
    answer = ipamd.post(f"/api/v1/{resource}", rows)
    assert answer.status == 201, answer
    return answer.json()["items"]


def fill(ipamd, draw, count=300):
    """Blocks with subnets, and addresses in other subnets and outside of them."""
    make(ipamd, "ipam/blocks", [{"prefix": "10.0.0.0/8"}, {"prefix": "10.0.0.0/18", "name": "low"}, {"prefix": "2001:db8::/32"}])
    made = make(ipamd, "ipam/subnets", [subnet(draw, i) for i in range(count)] + [{"prefix": "10.9.0.0/25", "name": "hosts"}])
    return made, make(ipamd, "ipam/addresses", [address(draw, i) for i in range(count)])


def some_filter(draw, rows, fields):
    if draw.random() < 0.2:
        given = draw.choice(["10.0.0.0/12", "10.0.0.0/8", "10.0.1.0/24", "10.9.0.0/25", "2001:db8::/40", "0.0.0.0/0", "10.9.0.7/32"])
        return draw.choice(["within", "overlaps", "contains"]), None, given
    field = draw.choice(fields)
    kind = FIELDS[field]
    op = draw.choice(sorted(FITS[kind] - ({"lt", "le", "gt", "ge"} if field in REFS else set())))
    have = [r[field] for r in rows if r.get(field) not in (None, "", [])]
    if op == "null" or not have:
        return field, "null", draw.choice(["true", "false"])
    one = lambda: draw.choice(have)  # noqa: E731
    if kind == "list":
        return field, op, ",".join(map(str, one()[:2]))
    if op == "in":
        return field, op, ",".join([v for v in (str(one()) for _ in range(20)) if "," not in v][:draw.randrange(1, 5)])
    if op in ("contains", "prefix") and kind == "text":
        whole = one()
        start = 0 if op == "prefix" else draw.randrange(len(whole))
        return field, op, whole[start:start + draw.randrange(1, 4)]
    if op in ("contains", "prefix"):
        parts = one().split(":")
        start = 0 if op == "prefix" else draw.randrange(len(parts))
        return field, op, ":".join(parts[start:start + 2])
    return field, op, str(one())


@pytest.mark.parametrize("resource", ["ipam/subnets", "ipam/addresses"])
def test_filters_order_and_count_as_the_model_says(ipamd, draw, resource):
    fill(ipamd, draw)
    rows = every(ipamd, resource, "")
    derived = ["parent", "size", "used", "utilization"] if resource == "ipam/subnets" else []
    fields = [f for f in FIELDS if f in derived or (f not in ("parent", "size", "used", "utilization") and any(f in r for r in rows))]
    met = 0
    for _ in range(120):
        filters, seen = [], set()
        for f in (some_filter(draw, rows, fields) for _ in range(draw.choice([0, 1, 1, 2, 3]))):
            if f[:2] not in seen:
                seen.add(f[:2])
                filters.append(f)
        filters.sort(key=lambda f: f[0] != "within")
        order = draw.choice([None, None, *(draw.choice(["", "-"]) + f for f in fields if FIELDS[f] != "list")])
        want = [r["id"] for r in expected(rows, filters, order)]
        asked = query(filters, order)
        limit = draw.choice([23, 90, 1000])
        found = pages(ipamd, resource, asked + "&count=true", limit)
        got = [r["id"] for page in found for r in page.json()["items"]]
        assert got == want, (asked, limit, got[:20], want[:20])
        assert all(page.json()["total"] == len(want) for page in found), (asked, len(want))
        assert [r["id"] for r in every(ipamd, resource, asked, limit)] == want, asked
        met += 0 < len(want) < len(rows)
    assert met > 30  # the filters are neither empty nor all there is


@pytest.mark.parametrize("order", ["", "-id", "name", "-name", "description", "-mac", "address", "-address"])
def test_no_row_is_lost_or_shown_twice_while_others_change(ipamd, draw, order):
    """Rows that stay as they are, between pages in which others are made, deleted and changed."""
    resource = "ipam/subnets" if order in ("description", "-id") else "ipam/addresses"
    subnets, addresses = fill(ipamd, draw, 120)
    rows = subnets if resource == "ipam/subnets" else addresses
    steady = {r["id"] for r in draw.sample(rows, len(rows) // 2)}
    moving = [r for r in rows if r["id"] not in steady and r.get("name") != "hosts"]
    fresh = iter(range(500, 5000))

    def churn(page):
        for row in [moving.pop(draw.randrange(len(moving))) for _ in range(min(2, len(moving)))]:
            path = f"/api/v1/{resource}/{row['id']}"
            if draw.random() < 0.5:
                assert ipamd.request("DELETE", path).status == 204
            else:
                assert ipamd.request("PATCH", path, {"name": text(draw), "description": text(draw)}).status == 200
        make(ipamd, resource, [(subnet if resource == "ipam/subnets" else address)(draw, next(fresh)) for _ in range(2)])

    filters = draw.choice(["", "&id.gt=0", "&description.ne=web", "&space.in=1,2,3"])
    found = [r for page in pages(ipamd, resource, f"order={order}{filters}" if order else filters[1:] or "count=true", 9, churn)
             for r in page.json()["items"]]
    ids = [r["id"] for r in found]
    shown = [i for i in ids if i in steady]
    assert len(shown) == len(set(shown))
    gone = steady - set(ids)
    assert not [r for r in rows if r["id"] in gone and (filters != "&description.ne=web" or r.get("description") != "web")]
    if not order:
        assert ids == sorted(ids)


def test_a_cursor_belongs_to_its_list(ipamd, draw):
    fill(ipamd, draw, 40)
    first = ipamd.get("/api/v1/ipam/addresses?limit=5&order=name&mac.null=false").json()["next"]
    assert ipamd.get(f"/api/v1/ipam/addresses?order=name&mac.null=false&cursor={first}").status == 200
    assert ipamd.get(f"/api/v1/ipam/addresses?mac.null=false&count=true&limit=3&fields=id&order=name&cursor={first}").status == 200
    for other in ("ipam/addresses?order=name", "ipam/addresses?order=-name&mac.null=false", "ipam/addresses?order=name&mac.null=true",
                  "ipam/addresses?mac.null=false", "ipam/subnets?order=name", "ipam/addresses?order=name&mac.null=false&within=10.0.0.0/8",
                  "ipam/addresses?order=name&mac.null=false&at=2", "find?q=web", "audit/changes?order=id"):
        problem(ipamd.get(f"/api/v1/{other}&cursor={first}"), 400, "bad-cursor")
    digits = [first[:i] + ("1" if digit == "0" else "0") + first[i + 1:] for i, digit in enumerate(first)]
    for spoilt in (first[:-2], first + "00", first[:-1] + "x", "", first[:16], "ff" * 40, first[:16] + "ff" * 40, first.upper(), *digits):
        if spoilt != first:
            problem(ipamd.get(f"/api/v1/ipam/addresses?order=name&mac.null=false&cursor={spoilt}"), 400, "bad-cursor")


@pytest.mark.parametrize("asked,param,says,hint", [
    ("nmae=x", "?nmae", 'no field "nmae"', "did you mean name?"), ("name.foo=x", "?name.foo", ".contains=", ""),
    ("vlans.lt=5", "?vlans.lt", ".contains=", ""), ("vlans.contains=x", "?vlans.contains", "whole number", ""),
    ("id.in=1,,2", "?id.in", "missing", ""), ("id.in=" + ",".join("1" * 101), "?id.in", "at most 100", ""),
    ("name=", "?name", ".null=true", ""), ("name.null=maybe", "?name.null", "true or false", ""), ("id.lt=x", "?id.lt", "whole number", ""),
    ("prefix=10.0.0.1/8", "?prefix", "10.0.0.0/8", ""), ("within=10.0.0.1/8", "?within", "10.0.0.0/8", ""), ("overlaps=x", "?overlaps", "prefix", ""),
    ("contains=10.1", "?contains", "address", ""), ("space=none-such", "?space", "none-such", ""), ("order=vlans", "?order", "cannot be ordered", ""),
    ("order=nmae", "?order", "no field", "did you mean name?"), ("order=", "?order", "no field", ""), ("fields=id,nmae", "?fields", "nmae", "name"),
    ("fields=", "?fields", "no field", ""), ("limit=0", "?limit", "1 to 1000", ""), ("limit=1001", "?limit", "1 to 1000", ""),
    ("count=yes", "?count", "true nor false", ""), ("name.lt=a&name.lt=b", "?name.lt", "twice", ""), ("utilization=x", "?utilization", "percentage", ""),
    ("&".join(f"{f}.ne=1" for f in ("id", "rev", "space", "name", "description", "size", "used")) + "&"
     + "&".join(f"{f}.gt=1" for f in ("id", "rev", "name", "description", "size", "used", "managed_by")) + "&name.lt=1&id.lt=7&rev.lt=8",
     "?rev.lt", "at most 16", "")])
def test_each_mistake_is_named(ipamd, asked, param, says, hint):
    body = problem(ipamd.get(f"/api/v1/ipam/subnets?{asked}"), 422, "invalid")
    assert [e["pointer"] for e in body["errors"]] == [param] and says in body["errors"][0]["message"], body
    assert hint in body["hint"], body


def test_all_mistakes_are_named_at_once(ipamd):
    body = problem(ipamd.get("/api/v1/ipam/subnets?nmae=x&limit=0&order=zz&id=y&name=ok"), 422, "invalid")
    assert [e["pointer"] for e in body["errors"]] == ["?nmae", "?limit", "?order", "?id"]
    for secret in ("ipam/spaces?within=10.0.0.0/8", "ipam/addresses?parent=1", "ipam/addresses?order=parent", "dhcp/leases?order=vendor"):
        problem(ipamd.get(f"/api/v1/{secret}"), 422, "invalid")


def test_fields_choose_what_is_shown(ipamd, draw):
    fill(ipamd, draw, 30)
    rows = every(ipamd, "ipam/subnets", "")
    for chosen in (["name"], ["id", "prefix", "utilization"], ["vlans", "rev"], ["parent", "used", "size"]):
        got = every(ipamd, "ipam/subnets", "fields=" + ",".join(chosen))
        assert got == [{k: v for k, v in r.items() if k in (*chosen, "id")} for r in rows]
        one = ipamd.get(f"/api/v1/ipam/subnets/{rows[3]['id']}?fields=" + ",".join(chosen)).json()
        assert one == {k: v for k, v in rows[3].items() if k in (*chosen, "id")}
    problem(ipamd.get(f"/api/v1/ipam/subnets/{rows[0]['id']}?fields=nmae"), 422, "invalid")
    answer = ipamd.get("/api/v1/ipam/subnets?fields=name,prefix,vlans&count=true&limit=10&order=-prefix", headers={"Accept": "text/csv"})
    table = list(csv.reader(io.StringIO(answer.body.decode(), newline="")))
    assert table[0] == ["prefix", "name", "vlans"] and len(table) == 11 and answer.headers["ipam-total"] == str(len(rows))
    assert [t[0] for t in table[1:]] == [r["prefix"] for r in expected(rows, [], "-prefix")[:10]]
    assert answer.headers["ipam-next"] and answer.headers["vary"] == "Accept"


def test_csv_rows_hold_whatever_a_text_holds(ipamd):
    texts = ['a"b', "a,b", "line\nline", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "\ttab", "'", '"', "ü", 'x",\n"y', "a\n\nb"]
    make(ipamd, "ipam/subnets", [{"prefix": f"10.0.{i}.0/24", "description": t} for i, t in enumerate(texts)])
    body = ipamd.get("/api/v1/ipam/subnets?fields=prefix,description", headers={"Accept": "text/csv"}).body.decode()
    rows = list(csv.reader(io.StringIO(body, newline="")))[1:]
    assert [r[0] for r in rows] == [f"10.0.{i}.0/24" for i in range(len(texts))]
    assert [r[1] for r in rows] == ["'" + t if t[0] in "=+-@\t\r" else t for t in texts]


@pytest.mark.parametrize("accept,kind", [
    (None, "application/json"), ("*/*", "application/json"), ("text/csv", "text/csv"), ("text/*", "text/csv"), ("TEXT/CSV", "text/csv"),
    ("text/html, text/csv;q=0.5, */*;q=0.1", "text/csv"), ("application/json;q=0.5, text/csv;q=0.6", "text/csv"),
    ("text/csv;q=0.4, application/*;q=0.6", "application/json"), ("text/csv;q=0, */*", "application/json"), ("text/html", None), ("text/csv;q=0", None),
    ("image/*;q=0.2", None), ("application/json;q=0.000, text/csv;q=0.001", "text/csv"), ('x/y;p="a,text/csv"', None), ("text/csv ; q=1", "text/csv")])
def test_accept(ipamd, accept, kind):
    answer = ipamd.get("/api/v1/ipam/spaces", headers={"Accept": accept} if accept else {})
    if kind is None:
        problem(answer, 406, "not-acceptable")
    else:
        assert answer.status == 200 and answer.headers["content-type"].split(";")[0] == kind
    one = ipamd.get("/api/v1/ipam/spaces/default", headers={"Accept": "text/csv"})
    problem(one, 406, "not-acceptable")


def test_etag_and_not_modified(ipamd):
    block = ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "name": "a"})
    path = f"/api/v1/ipam/blocks/{block.json()['id']}"
    tag = f'"{block.json()["rev"]}"'
    assert block.headers["etag"] == tag == ipamd.get(path).headers["etag"] == ipamd.get(path + "?fields=name").headers["etag"]
    for sent, fields, status in ((tag, "name,prefix", 304), (tag, "name,used", 200), (tag, "", 200), ('"0"', "name", 200), ("*", "name", 304),
                                 (f'"7777", W/{tag}', "name", 304), (tag.strip('"'), "name", 200)):
        answer = ipamd.get(path + (f"?fields={fields}" if fields else ""), headers={"If-None-Match": sent})
        assert answer.status == status and answer.headers["etag"] == tag, (sent, fields, answer)
        assert status == 200 or (answer.body == b"" and "content-type" not in answer.headers)
    changed = ipamd.request("PATCH", path, {"name": "b"})
    assert changed.headers["etag"] == f'"{changed.json()["rev"]}"' != tag
    assert ipamd.get(path + "?fields=name", headers={"If-None-Match": tag}).json() == {"id": block.json()["id"], "name": "b"}
    group = ipamd.post("/api/v1/access/groups", {"name": "net"})  # nothing of it moves by itself
    assert ipamd.get("/api/v1/access/groups/net", headers={"If-None-Match": group.headers["etag"]}).status == 304
    assert "etag" not in ipamd.get("/api/v1/ipam/spaces").headers


def test_changes_are_filtered_too(ipamd):
    for i in range(30):
        answer = ipamd.post("/api/v1/ipam/blocks", {"prefix": f"10.{i}.0.0/16"}, headers={"X-Change-Reason": f"ticket {i % 3}"})
        assert answer.status == 201
    everything = every(ipamd, "audit/changes", "")
    assert [r["rev"] for r in everything] == sorted((r["rev"] for r in everything), reverse=True)
    for limit in (4, 1000):
        got = pages(ipamd, "audit/changes", "reason=ticket%201&count=true", limit)
        rows = [r for p in got for r in p.json()["items"]]
        assert [r["rev"] for r in rows] == [r["rev"] for r in everything if r.get("reason") == "ticket 1"] and len(rows) == 10
        assert all(p.json()["total"] == 10 for p in got)
        assert every(ipamd, "audit/changes", "reason=ticket%201", limit) == rows
        assert every(ipamd, "audit/changes", "order=id", limit) == everything[::-1]
        assert every(ipamd, "audit/changes", "order=-rev&count=true", limit) == everything
    assert len(every(ipamd, "audit/changes", "objects.contains=none")) == 0 and len(every(ipamd, "audit/changes", "count.in=1&operation.prefix=ipam.block")) == 30
    assert all(set(r) <= {"id", "rev", "reason"} for r in every(ipamd, "audit/changes", "fields=rev,reason"))
    problem(ipamd.get("/api/v1/audit/changes?order=actor"), 422, "invalid")
    change = ipamd.get(f"/api/v1/audit/changes/{everything[0]['rev']}")
    assert change.headers["etag"] == f'"{everything[0]["rev"]}"'


def test_a_short_page_goes_on(ipamd):
    """A filter that storage cannot judge looks at so many rows a page, and then says where it goes on."""
    for chunk in range(21):
        make(ipamd, "ipam/addresses", [{"address": f"10.{chunk}.{i // 250}.{i % 250}", **({"description": "last"} if chunk == 20 and i == 999 else {})}
                                       for i in range(1000)])
    found = pages(ipamd, "ipam/addresses", "description=last", 10)
    assert [len(p.json()["items"]) for p in found] == [0, 1]
    assert pages(ipamd, "ipam/addresses", "description=last&count=true", 10)[0].json()["total"] == 1
    first = ipamd.get("/api/v1/ipam/addresses?order=-description&limit=1&count=true").json()
    assert first["items"][0]["description"] == "last" and first["total"] == 21000 and first["next"]


@pytest.mark.parametrize("base,inner,address,other", [
    ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.2.0.0/16"), ("2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::1", "2001:db8:2::/48")])
def test_what_lies_at_a_place_is_found_in_every_space(ipamd, base, inner, address, other):
    second = make(ipamd, "ipam/spaces", [{"name": "second"}])[0]["id"]
    for space in (1, second):
        make(ipamd, "ipam/blocks", [{"prefix": base, "space": space}])
        make(ipamd, "ipam/blocks", [{"prefix": inner, "space": space}])
        make(ipamd, "ipam/blocks", [{"prefix": other, "space": space}])
        make(ipamd, "ipam/subnets", [{"prefix": inner, "space": space}])

    def found(query, resource="ipam/blocks"):
        return sorted(r["prefix"] for r in every(ipamd, resource, query))

    assert found(f"contains={address}") == found(f"contains={inner}") == sorted([base, inner] * 2)
    assert found(f"contains={address}", "ipam/subnets") == [inner] * 2
    assert found(f"contains={base}") == [base] * 2
    assert found(f"within={base}") == found(f"overlaps={base}") == sorted([base, inner, other] * 2)
    assert found(f"within={inner}") == [inner] * 2 and found(f"overlaps={inner}") == sorted([base, inner] * 2)
    assert found(f"overlaps={base}&contains={address}&space=second") == sorted([base, inner])


def test_more_than_the_index_gathers_at_once_is_found_all_the_same(ipamd):
    """Around 4,096 subnets in the prefix: on either side of what is found by the index, and of a look at all."""
    have = 0
    for count in (1000, 2000, 3000, 4000, 4095, 4096, 4097, 4098):
        make(ipamd, "ipam/subnets", [{"prefix": f"10.{n >> 8}.{n & 255}.0/24"} for n in range(have, count)])
        have = count
        rows = every(ipamd, "ipam/subnets", "overlaps=10.0.0.0/8&order=-prefix", 1000)
        assert [r["prefix"] for r in rows] == [f"10.{n >> 8}.{n & 255}.0/24" for n in reversed(range(count))]
