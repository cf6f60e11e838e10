# test_api.py - the REST interface as its users see it: lists, objects, allocation with claims, refusals, access.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import http.client
import ipaddress
import json
import socket

import pytest

LISTS = ["ipam/spaces", "ipam/blocks", "ipam/subnets", "ipam/ranges", "ipam/addresses", "inventory/servers",
         "dhcp/scopes", "dhcp/reservations", "dhcp/leases", "manage/plans", "system/jobs", "audit/changes",
         "system/plugins", "system/instances"]
KEYS = {"audit/changes": "rev", "system/plugins": "name", "system/instances": "target"}  # where it is not id


def refuse_overlaps(server):
    """From now on a subnet of the default space lies in no other."""
    answer = server.request("PATCH", "/api/v1/ipam/spaces/default", {"subnet_overlap": "refuse"})
    assert answer.status == 200, answer.body


def create(ipamd, resource, **fields):
    answer = ipamd.post(f"/api/v1/{resource}", fields)
    assert answer.status == 201, answer
    return answer.json()


def problem(answer, status, slug):
    """The answer is that problem, says what happened, and is of the type clients rely on."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].rsplit("/", 1)[-1] == slug, body
    assert body["status"] == status and body["title"] and body["detail"]
    return body


def revision(ipamd):
    return int(ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"])


def test_every_resource_lists(ipamd):
    for resource in LISTS:
        answer = ipamd.get(f"/api/v1/{resource}?count=true")
        assert answer.status == 200, (resource, answer)
        body = answer.json()
        assert isinstance(body["items"], list) and body["next"] is None, resource
        assert body["total"] == len(body["items"]), resource
    assert [s["name"] for s in ipamd.items("ipam/spaces")] == ["default"]


def test_open_paths(ipamd):
    assert ipamd.get("/livez", token=None).json() == {"status": "alive"}
    assert ipamd.get("/readyz", token=None).json() == {"status": "ready"}
    document = ipamd.get("/api/v1/openapi.json", token=None)
    assert document.status == 200
    paths = document.json()["paths"]
    for resource in LISTS:
        assert "get" in paths[f"/api/v1/{resource}"], resource
    problem(ipamd.get("/api/v1/ipam/blocks", token=None), 401, "unauthenticated")
    problem(ipamd.get("/api/v1/ipam/blocks", token="wrong-token-wrong-token"), 401, "unauthenticated")


def test_openapi_names_every_field_and_operation(ipamd):
    document = ipamd.get("/api/v1/openapi.json", token=None).json()
    assert document["openapi"].startswith("3.1")
    subnet = document["components"]["schemas"]["subnet"]["properties"]
    block = create(ipamd, "ipam/subnets", prefix="10.9.0.0/24", name="x", vlans=[5])
    assert set(block) <= set(subnet)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["operationId"] and operation["summary"], (method, path)
            assert "default" in operation["responses"]


def test_objects_live(ipamd):
    block = create(ipamd, "ipam/blocks", prefix="10.0.0.0/8", name="all")
    assert block["id"] > 0 and block["size"] == "16777216" and block["used"] == "0"
    inner = create(ipamd, "ipam/blocks", prefix="10.1.0.0/16")
    assert inner["parent"] == block["id"]
    subnet = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24", name="floor 2")
    assert subnet["parent"] == inner["id"] and subnet["managed_by"] == "ipamd"
    by_key = ipamd.get("/api/v1/ipam/subnets/10.1.2.0_24").json()
    assert by_key == ipamd.get(f"/api/v1/ipam/subnets/{subnet['id']}").json()
    assert ipamd.get("/api/v1/ipam/subnets/10.1.2.0_24@default").json() == by_key
    changed = ipamd.request("PATCH", "/api/v1/ipam/subnets/10.1.2.0_24", {"name": "floor 3", "description": "new"})
    assert changed.status == 200 and changed.json()["name"] == "floor 3" and changed.json()["rev"] > subnet["rev"]
    cleared = ipamd.request("PATCH", "/api/v1/ipam/subnets/10.1.2.0_24", {"description": None}).json()
    assert "description" not in cleared and cleared["name"] == "floor 3"
    assert ipamd.request("DELETE", f"/api/v1/ipam/subnets/{subnet['id']}").status == 204
    problem(ipamd.get(f"/api/v1/ipam/subnets/{subnet['id']}"), 404, "not-found")


def test_ipv6_objects_live(ipamd):
    create(ipamd, "ipam/blocks", prefix="2001:db8::/32")
    subnet = create(ipamd, "ipam/subnets", prefix="2001:db8:0:1::/64")
    assert subnet["size"] == str(2 ** 64)
    got = ipamd.post(f"/api/v1/ipam/subnets/{subnet['id']}/allocate", {"count": 2}).json()["items"]
    assert [a["address"] for a in got] == ["2001:db8:0:1::1", "2001:db8:0:1::2"]  # never the anycast address
    assert ipamd.get("/api/v1/ipam/subnets/2001:db8:0:1::_64").json()["used"] == "2"


def test_a_list_is_created_whole_or_not_at_all(ipamd):
    before = revision(ipamd)
    answer = ipamd.post("/api/v1/ipam/blocks", [{"prefix": "10.0.0.0/8"}, {"prefix": "10.0.0.0/8"}])
    assert problem(answer, 409, "exists")["errors"][0]["pointer"] == "/1"
    assert ipamd.items("ipam/blocks") == [] and revision(ipamd) == before
    answer = ipamd.post("/api/v1/ipam/blocks", [{"prefix": f"10.{i}.0.0/16"} for i in range(300)][:256])
    assert answer.status == 201 and len(answer.json()["items"]) == 256
    assert revision(ipamd) == before + 1  # one change set, one revision


def test_limit_cursor_count_within(ipamd):
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8")
    for i in range(25):
        create(ipamd, "ipam/subnets", prefix=f"10.1.{i}.0/24")
    create(ipamd, "ipam/subnets", prefix="192.0.2.0/24")
    subnet = ipamd.get("/api/v1/ipam/subnets/10.1.3.0_24").json()
    got = ipamd.post(f"/api/v1/ipam/subnets/{subnet['id']}/allocate", {"count": 25}).json()["items"]
    for resource, field in (("ipam/subnets", "prefix"), ("ipam/addresses", "address")):
        seen, cursor, pages = [], "", 0
        while cursor is not None:
            answer = ipamd.get(f"/api/v1/{resource}?within=10.1.0.0/16&limit=10&count=true"
                               + (f"&cursor={cursor}" if cursor else ""))
            body = answer.json()
            assert answer.status == 200 and len(body["items"]) <= 10 and body["total"] == 25, answer
            seen += [item[field] for item in body["items"]]
            cursor, pages = body["next"], pages + 1
        assert pages == 3 and len(set(seen)) == 25
        assert "192.0.2.0/24" not in seen
    assert sorted(seen, key=ipaddress.ip_address) == [a["address"] for a in got]
    assert ipamd.get("/api/v1/ipam/subnets?prefix=10.1.7.0/24").json()["items"][0]["prefix"] == "10.1.7.0/24"
    assert ipamd.get("/api/v1/ipam/addresses?name=nobody").json()["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "cursor=zz", "cursor=31", "count=maybe",
                                   "within=10.0.0.1/8", "within=everything", "colour=red", "name=%zz"])
def test_bad_parameters_are_refused(ipamd, query):
    answer = ipamd.get(f"/api/v1/ipam/subnets?{query}")
    assert answer.status in (400, 422), answer
    assert answer.json()["detail"]


def test_csv_is_the_list(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24", name='quoted "name", with comma')
    answer = ipamd.get("/api/v1/ipam/subnets", headers={"Accept": "text/csv"})
    lines = answer.body.decode().splitlines()
    assert answer.headers["content-type"].startswith("text/csv")
    assert lines[0].split(",")[:4] == ["id", "rev", "space", "prefix"]
    assert '"quoted ""name"", with comma"' in lines[1] and len(lines) == 2


def test_claims(ipamd):
    subnet = create(ipamd, "ipam/subnets", prefix="10.1.2.0/29")
    allocate = f"/api/v1/ipam/subnets/{subnet['id']}/allocate"
    first = ipamd.post(allocate, {"claim": "order-1", "name": "web", "count": 2})
    assert first.status == 201
    items = first.json()["items"]
    assert [a["address"] for a in items] == ["10.1.2.1", "10.1.2.2"]
    assert all(a["name"] == "web" and a["claim"] == "order-1" for a in items)
    again = ipamd.post(allocate, {"count": 2, "name": "web", "claim": "order-1"})
    assert again.status == 200 and again.json()["items"] == items
    problem(ipamd.post(allocate, {"claim": "order-1", "name": "db", "count": 2}), 422, "claim-mismatch")
    body = problem(ipamd.post(allocate, {"count": 5}), 409, "exhausted")
    assert "10.1.2.0/29" in body["detail"]
    assert len(ipamd.items("ipam/addresses")) == 2  # all or none
    ipamd.restart()
    assert ipamd.post(allocate, {"count": 2, "name": "web", "claim": "order-1"}).json()["items"] == items
    assert ipamd.request("DELETE", f"/api/v1/ipam/addresses/{items[0]['id']}").status == 204
    problem(ipamd.post(allocate, {"count": 2, "name": "web", "claim": "order-1"}), 410, "claim-released")
    assert ipamd.post(allocate).json()["items"][0]["address"] == "10.1.2.1"  # free again for others


def test_allocate_many_at_once(ipamd):
    subnet = create(ipamd, "ipam/subnets", prefix="10.2.0.0/22")
    allocate = f"/api/v1/ipam/subnets/{subnet['id']}/allocate"
    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda i: ipamd.post(allocate, {"claim": f"c{i}"}), range(640)))
    assert all(a.status == 201 for a in answers)
    got = [a.json()["items"][0]["address"] for a in answers]
    assert len(set(got)) == 640
    assert sorted(got, key=ipaddress.ip_address) == [str(ipaddress.ip_address("10.2.0.1") + i) for i in range(640)]
    assert ipamd.get(f"/api/v1/ipam/subnets/{subnet['id']}").json()["used"] == "640"


def test_strategies(ipamd):
    subnet = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    allocate = f"/api/v1/ipam/subnets/{subnet['id']}/allocate"
    assert ipamd.post(allocate, {"strategy": "last"}).json()["items"][0]["address"] == "10.1.2.254"
    drawn = {ipamd.post(allocate, {"strategy": "random"}).json()["items"][0]["address"] for _ in range(20)}
    assert len(drawn) == 20 and drawn != {f"10.1.2.{i}" for i in range(1, 21)}
    assert drawn <= {f"10.1.2.{i}" for i in range(1, 254)}
    problem(ipamd.post(allocate, {"strategy": "best"}), 422, "invalid")


def test_a_dynamic_range_is_passed_over(ipamd):
    subnet = create(ipamd, "ipam/subnets", prefix="10.1.2.0/29")
    ranged = create(ipamd, "ipam/ranges", first="10.1.2.1", last="10.1.2.4", kind="dynamic")
    got = ipamd.post(f"/api/v1/ipam/subnets/{subnet['id']}/allocate", {"count": 2}).json()["items"]
    assert [a["address"] for a in got] == ["10.1.2.5", "10.1.2.6"]
    problem(ipamd.post(f"/api/v1/ipam/ranges/{ranged['id']}/allocate"), 409, "managed-elsewhere")
    static = create(ipamd, "ipam/subnets", prefix="10.1.3.0/24")
    create(ipamd, "ipam/ranges", first="10.1.3.10", last="10.1.3.11")
    got = ipamd.post("/api/v1/ipam/ranges/10.1.3.10-10.1.3.11/allocate", {"count": 2}).json()["items"]
    assert [a["address"] for a in got] == ["10.1.3.10", "10.1.3.11"] and got[0]["parent"] == static["id"]


REFUSED = [
    ("ipam/blocks", {"prefix": "10.0.0.1/8"}, 422, "invalid", "10.0.0.0/8"),
    ("ipam/blocks", {"prefix": "10.0.0.0/33"}, 422, "invalid", "prefix"),
    ("ipam/blocks", {"prefix": "10.0.0.0/8", "colour": "red"}, 422, "invalid", "colour"),
    ("ipam/blocks", {"name": "no prefix"}, 422, "invalid", "prefix"),
    ("ipam/blocks", {"prefix": "10.0.0.0/8", "id": 7}, 422, "invalid", "id"),
    ("ipam/blocks", {"prefix": "10.0.0.0/8", "name": 7}, 422, "invalid", "name"),
    ("ipam/blocks", {"prefix": "10.0.0.0/8", "space": 99}, 422, "invalid", "space"),
    ("ipam/subnets", {"prefix": "10.0.0.0/24", "vlans": ["x"]}, 422, "invalid", "vlans"),
    ("ipam/ranges", {"first": "10.0.0.9", "last": "10.0.0.1"}, 422, "invalid", "first"),
    ("ipam/ranges", {"first": "10.0.0.1", "last": "10.0.0.9"}, 422, "invalid", "subnet"),
    ("ipam/addresses", {"address": "10.0.0.256"}, 422, "invalid", "address"),
    ("ipam/addresses", {"address": "10.0.0.1", "mac": "xyz"}, 422, "invalid", "mac"),
    ("inventory/servers", {"name": "a", "driver": "none-such"}, 422, "invalid", "none-such"),
    ("inventory/servers", {"name": "a", "driver": "kea", "profile": "none-such"}, 422, "invalid", "none-such"),
    ("dhcp/reservations", {"identifier": "02:00:00:00:00:01"}, 422, "invalid", "/address"),
]


@pytest.mark.parametrize("resource,body,status,slug,named", REFUSED)
def test_refusals_say_where_and_change_nothing(ipamd, resource, body, status, slug, named):
    before = revision(ipamd)
    answer = problem(ipamd.post(f"/api/v1/{resource}", body), status, slug)
    assert named in json.dumps(answer)
    assert revision(ipamd) == before and ipamd.items(resource) == []


@pytest.mark.parametrize("text", [b"", b"{", b"[1", b"{}x", b'{"prefix":"10.0.0.0/8","prefix":"10.0.0.0/8"}',
                                  b'{"prefix":"\xff"}', b"nul\0", b"[" * 100])
def test_broken_json_is_refused_with_its_place(ipamd, text):
    answer = ipamd.post("/api/v1/ipam/blocks", text, headers={"Content-Type": "application/json"})
    body = problem(answer, 400, "bad-json")
    assert not text or "line" in body["detail"]


def test_a_body_needs_no_content_type(ipamd):
    for i, headers in enumerate([{}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/json; charset=utf-8"}]):
        assert ipamd.post("/api/v1/ipam/blocks", json.dumps({"prefix": f"10.{i}.0.0/16"}), headers=headers).status == 201
    problem(ipamd.post("/api/v1/ipam/blocks", b"{}", headers={"Content-Type": "application/jsonx"}), 415, "media-type")


def test_what_is_in_use_stays(ipamd):
    subnet = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    create(ipamd, "ipam/addresses", address="10.1.2.7", name="seven", mac="02:00:00:00:00:07")
    problem(ipamd.request("DELETE", f"/api/v1/ipam/subnets/{subnet['id']}"), 409, "in-use")
    problem(ipamd.post("/api/v1/ipam/addresses", {"address": "10.1.2.7"}), 409, "exists")
    problem(ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.1.2.0/24"}), 409, "exists")
    problem(ipamd.request("PATCH", f"/api/v1/ipam/subnets/{subnet['id']}", {"prefix": "10.9.0.0/24"}), 422, "invalid")
    assert ipamd.get("/api/v1/ipam/addresses/10.1.2.7").json()["mac"] == "02:00:00:00:00:07"


def test_unknown_places(ipamd):
    problem(ipamd.get("/api/v1/ipam/nothing"), 404, "not-found")
    problem(ipamd.get("/api/v1/ipam/subnets/10.1.2.0_24"), 404, "not-found")
    problem(ipamd.get("/api/v1/ipam/subnets/999"), 404, "not-found")
    problem(ipamd.request("DELETE", "/api/v1/ipam/blocks"), 405, "method-not-allowed")
    problem(ipamd.post("/api/v1/ipam/blocks", b"<prefix/>", headers={"Content-Type": "text/xml"}), 415, "media-type")


def test_changes_say_who_what_and_why(ipamd):
    before = revision(ipamd)
    answer = ipamd.request("POST", "/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"}, headers={"X-Change-Reason": "ticket 7"})
    block = answer.json()
    ipamd.request("PATCH", f"/api/v1/ipam/blocks/{block['id']}", {"name": "ten"})
    changes = ipamd.items("audit/changes")
    assert [c["rev"] for c in changes] == list(range(before + 2, 0, -1))  # the newest first, without a gap
    assert changes[1]["actor"] == "token:admin" and changes[1]["reason"] == "ticket 7"
    assert changes[1]["operation"] == "ipam.block.create" and "10.0.0.0/8" in changes[1]["objects"][0]
    one = ipamd.get(f"/api/v1/audit/changes/{before + 2}").json()
    (item,) = one["items"]
    assert (item["type"], item["id"], item["verb"], item["key"]) == ("block", block["id"], "set", "10.0.0.0/8")
    assert item["fields"]["name"] == "ten" and set(item["fields"]) <= {"rev", "name"}
    problem(ipamd.get("/api/v1/audit/changes/999999"), 404, "not-found")


def test_a_change_shows_what_was_emptied(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.3.0.0/24", name="lab", description="old")
    changed = ipamd.request("PATCH", "/api/v1/ipam/subnets/10.3.0.0_24", {"description": None}).json()
    (item,) = ipamd.get(f"/api/v1/audit/changes/{changed['rev']}").json()["items"]
    assert item["verb"] == "set" and item["fields"]["description"] is None and "name" not in item["fields"]


def test_reader_may_only_read(make_ipamd):
    ipamd = make_ipamd(start=False)
    path = ipamd.dir / "reader.token"
    ipamd.config["tokens"].append({"name": "guest", "role": "reader", "file": str(path)})
    ipamd.write_config()
    ipamd.start()
    reader = path.read_text().strip()
    assert path.stat().st_mode & 0o777 == 0o600 and reader != ipamd.token
    document = ipamd.get("/api/v1/openapi.json", token=None).json()
    groups_read = {o["name"] for o in ipamd.items("access/operations") if o["reads"] and o["groups_only"]}
    assert groups_read == {"audit.tracking.read", "audit.export.read", "dhcp.server-config-text.read", "access.key.read", "system.storage.read",
                           "system.master-key.read", "access.user.read", "access.group.read", "access.token.read",
                           "access.session.read", "access.recovery.read"}
    for url, operations in document["paths"].items():
        for method, operation in operations.items():
            if "x-ipam-operation" not in operation or operation.get("security") == []:  # signing in is anybody's
                continue
            needed = "&".join(f"{p['name']}={'find.read' if p['name'] == 'operation' else 1}" for p in operation["parameters"] if p.get("in") == "query" and p.get("required"))
            endless = "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
            answer = ipamd.request("HEAD" if endless else method.upper(), url.replace("{key}", "1") + (needed and "?" + needed),
                                   {} if method != "get" else None, token=reader)
            if method == "get" and operation["x-ipam-operation"] not in groups_read:
                one_of = 422 if url.endswith("/explain-client") else 404      # one of several parameters is needed there
                assert answer.status in (200, 404, one_of), (method, url, answer)
            else:
                problem(answer, 403, "denied")


def unix_request(path, method, target, uid=None):
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(path))
    connection.request(method, target)
    return connection.getresponse()


def test_unix_socket_and_token(ipamd):
    assert unix_request(ipamd.dir / "api.sock", "GET", "/api/v1/ipam/blocks").status == 200  # root needs no token
    assert ipamd.get("/api/v1/ipam/blocks").status == 200
    assert (ipamd.dir / "admin.token").stat().st_mode & 0o777 == 0o600
    token = ipamd.token
    ipamd.restart()
    assert ipamd.token == token and ipamd.get("/api/v1/ipam/blocks").status == 200
