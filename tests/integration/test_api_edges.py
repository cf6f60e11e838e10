# test_api_edges.py - the REST interface at its edges: odd keys, pages that move, texts that are none, large bodies.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import csv
import io
import json
import socket

import pytest

import daemon
import openapi
from test_api import KEYS, LISTS, create, problem, revision


def pages(ipamd, query, between=lambda page: None):
    """The items of all pages, as one list a page; `between` runs after each page."""
    found, cursor = [], ""
    while cursor is not None:
        answer = ipamd.get(f"/api/v1/{query}" + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status == 200, answer
        found.append(answer.json()["items"])
        cursor = answer.json()["next"]
        between(len(found))
    return found


# The description of the API.

def references(node):
    if isinstance(node, dict):
        yield from [node["$ref"]] if "$ref" in node else []
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_the_description_is_whole(ipamd):
    document = ipamd.get("/api/v1/openapi.json", token=None).json()
    for reference in set(references(document)):
        node = document
        assert reference.startswith("#/")
        for part in reference[2:].split("/"):
            node = node[part]
    ids = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            ids.append(operation["operationId"])
            parameters = [openapi.resolved(document, p) for p in operation["parameters"]]
            declared = [p["name"] for p in parameters if p["in"] == "path"]
            assert declared == [name[1:-1] for name in path.split("/") if name.startswith("{")], (method, path)
            names = [(p["in"], p["name"]) for p in parameters]
            assert len(names) == len(set(names)), (method, path)
            assert all(p["required"] for p in parameters if p["in"] == "path")
            assert any(status.startswith("2") for status in operation["responses"]), (method, path)
            bodiless = ("/probe", "/collect", "/cancel", "/resume", "/undo", "/run", "/purge", "/backup", "/verify", "/rotate", "/checkpoints", "/recoveries", "/recompute", "/jobs/{key}/revert", "/use", "/reserve", "/unreserve", "/records/{key}/address", "/drifts/{key}/adopt", "/drifts/{key}/restore", "/server-configs/{key}/restore")
            if method in ("post", "patch", "put") and not path.endswith(bodiless):
                assert ("text/csv" if path.endswith("/import") else "application/json") in operation["requestBody"]["content"], (method, path)
    assert len(ids) == len(set(ids))
    for name, schema in document["components"]["schemas"].items():
        for either in schema.get("anyOf", [schema]):
            either = schema_of(document, either)
            assert set(either.get("required", [])) <= set(either["properties"]), name


TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list, "null": type(None)}


def schema_of(document, schema):
    while "$ref" in schema:
        node = document
        for part in schema["$ref"][2:].split("/"):
            node = node[part]
        schema = node
    return schema


def undeclared(document, schema, value, at):
    """Members of the value, at any depth, that the schema does not declare or declares with another type."""
    schema = schema_of(document, schema)
    kind = schema.get("type")
    if kind and not isinstance(value, TYPES[kind] if isinstance(kind, str) else tuple(TYPES[k] for k in kind)):
        yield f"{at} is no {kind}: {value!r}"
    if isinstance(value, dict) and "properties" in schema:
        for key, member in value.items():
            if key not in schema["properties"]:
                yield f"{at}/{key}"
            else:
                yield from undeclared(document, schema["properties"][key], member, f"{at}/{key}")
    elif isinstance(value, list) and "items" in schema:
        for member in value:
            yield from undeclared(document, schema["items"], member, f"{at}[]")


def test_answers_are_as_described(kea, ipamd):
    kea.clients(10)
    ipamd.add_kea()
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8", name="all")
    subnet = create(ipamd, "ipam/subnets", prefix="192.0.2.0/24", vlans=[5])
    create(ipamd, "ipam/ranges", first="192.0.2.10", last="192.0.2.20")
    ipamd.post(f"/api/v1/ipam/subnets/{subnet['id']}/allocate", {"claim": "c", "name": "n", "mac": "02:00:00:00:00:01"})
    key = kea.subnet_list()[0]["subnet"].replace("/", "_")
    got = ipamd.post(f"/api/v1/ipam/subnets/{key}/allocate?wait=20s",
                     {"mac": "02:00:00:00:00:77", "name": "r", "reservation": True})
    assert got.status == 201, got
    document = ipamd.get("/api/v1/openapi.json", token=None).json()
    for resource in LISTS:
        path = f"/api/v1/{resource}"
        answer = ipamd.get(path + "?count=true&limit=1000").json()
        described = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer["items"], resource
        assert list(undeclared(document, described, answer, resource)) == []
        one = document["paths"].get(path + "/{key}", {}).get("get")
        key = KEYS.get(resource, "id")
        for item in answer["items"][:20] if one else []:
            shown = ipamd.get(f"{path}/{item[key]}")
            assert shown.status == 200, shown
            described = one["responses"]["200"]["content"]["application/json"]["schema"]
            assert list(undeclared(document, described, shown.json(), resource)) == []


# Lists.

@pytest.mark.parametrize("query", ["ipam/subnets?limit=10&count=true", "ipam/addresses?limit=10&count=true",
                                   "ipam/subnets?limit=10&within=10.1.0.0/16", "ipam/addresses?limit=10&within=10.2.0.0/24"])
def test_pages_stay_right_while_rows_come_and_go(ipamd, query):
    def subnets(first, last):
        made = ipamd.post("/api/v1/ipam/subnets", [{"prefix": f"10.1.{i}.0/24"} for i in range(first, last)])
        assert made.status == 201
        return made.json()["items"]

    nets = subnets(0, 40)
    create(ipamd, "ipam/subnets", prefix="10.2.0.0/24")
    allocate = "/api/v1/ipam/subnets/10.2.0.0_24/allocate"
    addresses = ipamd.post(allocate, {"count": 40}).json()["items"]

    def churn(page):
        if page == 2:  # before the cursor, at it, and behind it
            for i in (0, 19, 25):
                assert ipamd.request("DELETE", f"/api/v1/ipam/subnets/10.1.{i}.0_24").status == 204
                assert ipamd.request("DELETE", f"/api/v1/ipam/addresses/{addresses[i]['id']}").status == 204
            subnets(100, 105)
            assert ipamd.post(allocate, {"count": 3}).status == 201  # the addresses that were freed: new rows, old places

    seen = [item["id"] for page in pages(ipamd, query, churn) for item in page]
    rows = addresses if query.startswith("ipam/addresses") else nets
    steady = {row["id"] for i, row in enumerate(rows) if i not in (0, 19, 25)}
    assert steady <= set(seen) and len(seen) == len(set(seen))


def test_every_list_as_csv(kea, ipamd):
    kea.clients(10)
    ipamd.add_kea()
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8", name='="x"')
    for resource in LISTS:
        items = ipamd.items(resource)
        answer = ipamd.get(f"/api/v1/{resource}?limit=1000", headers={"Accept": "text/csv"})
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/csv"), resource
        rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
        assert len(rows) == len(items) and all(None not in row for row in rows), resource
        key = KEYS.get(resource, "id")
        assert [row[key] for row in rows] == [str(item[key]) for item in items], resource
    assert b"'=" in ipamd.get("/api/v1/ipam/blocks", headers={"Accept": "text/csv"}).body
    page = ipamd.get("/api/v1/dhcp/scopes?limit=3", headers={"Accept": "text/csv"})
    assert len(page.body.splitlines()) == 4
    rest = ipamd.get(f"/api/v1/dhcp/scopes?limit=1000&cursor={page.headers['ipam-next']}", headers={"Accept": "text/csv"})
    assert len(rest.body.splitlines()) == 1 + len(ipamd.items("dhcp/scopes")) - 3


@pytest.mark.parametrize("query", ["limit=1&limit=2", "name=a&name=b", "cursor=303a353a&cursor=303a353a", "limit=%2b5", "limit=+5",
                                   "limit=99999999999999999999", "space=none-such", "parent=x", "count=1"])
def test_odd_parameters_are_refused(ipamd, query):
    problem(ipamd.get(f"/api/v1/ipam/subnets?{query}"), 422, "invalid")


@pytest.mark.parametrize("resource,cursor", [
    ("ipam/subnets", "303a35"), ("ipam/subnets", "343a353a3130"), ("ipam/subnets", "303a2d353a"), ("ipam/subnets", "00"),
    ("ipam/subnets?within=10.0.0.0/8", "343a353a78"), ("ipam/addresses?within=10.0.0.0/8", "343a353a31302e30"),
    ("audit/changes", "x"), ("audit/changes", "0"), ("audit/changes", "-1"), ("audit/changes", "99999999999999999999")])
def test_cursors_that_no_list_gave(ipamd, resource, cursor):
    query = "&" if "?" in resource else "?"
    problem(ipamd.get(f"/api/v1/{resource}{query}cursor={cursor}"), 400, "bad-cursor")


def test_refs_are_filtered_by_name_and_id(kea, ipamd):
    ipamd.add_kea()
    server = ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()
    for resource in ("dhcp/scopes", "dhcp/reservations"):
        every = ipamd.items(resource)
        assert every and ipamd.items(f"{resource}?server=127.0.0.1") == every == ipamd.items(f"{resource}?server={server['id']}")
        assert "none-such" in problem(ipamd.get(f"/api/v1/{resource}?server=none-such"), 422, "invalid")["detail"]
    assert ipamd.items("dhcp/scopes?server=999999") == []
    assert len(ipamd.items(f"dhcp/scopes?server={server['id']}&space=default&prefix={kea.subnet_list()[0]['subnet']}")) == 1


# Keys.

def test_two_servers_with_the_same_scopes(kea, ipamd):
    ipamd.add_kea()
    ipamd.add_kea(name="localhost")  # the same server by another name: each of its scopes and reservations is there twice
    prefix = kea.subnet_list()[0]["subnet"]
    reserved = kea.reservations()[0]["ip-address"]
    key = prefix.replace("/", "_")
    scopes = [s for s in ipamd.items("dhcp/scopes") if s["prefix"] == prefix]
    assert len(scopes) == 2
    detail = problem(ipamd.get(f"/api/v1/dhcp/scopes/{key}"), 409, "ambiguous")["detail"]
    assert all(str(s["id"]) in detail for s in scopes)
    twins = [r for r in ipamd.items("dhcp/reservations") if r.get("address") == reserved]
    detail = problem(ipamd.get(f"/api/v1/dhcp/reservations/{reserved}"), 409, "ambiguous")["detail"]
    assert len(twins) == 2 and all(str(r["id"]) in detail for r in twins)
    for name in ("127.0.0.1", "localhost"):
        server = ipamd.get(f"/api/v1/inventory/servers/{name}").json()["id"]
        for container in (name, server):
            for scope in (key, prefix.replace("/", "%2F"), prefix.split("/")[0]):
                assert ipamd.get(f"/api/v1/dhcp/scopes/{scope}%40{container}").json()["server"] == server
            assert ipamd.get(f"/api/v1/dhcp/reservations/{reserved}@{container}").json()["server"] == server
    for resource in ("scopes/" + key, "reservations/" + reserved, "leases/" + reserved):
        problem(ipamd.get(f"/api/v1/dhcp/{resource}@none-such"), 404, "not-found")


def test_odd_keys(ipamd):
    subnet = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    create(ipamd, "ipam/ranges", first="10.1.2.8", last="10.1.2.15")
    create(ipamd, "ipam/addresses", address="10.1.2.7")
    v6 = create(ipamd, "ipam/subnets", prefix="2001:db8::/64")
    for key in ("10.1.2.0%2F24", "%31%30.1.2.0_24", "10.1.2.0_24@default", "10.1.2.0_24%40default", f"0000{subnet['id']}"):
        assert ipamd.get(f"/api/v1/ipam/subnets/{key}").json()["id"] == subnet["id"], key
    assert ipamd.get("/api/v1/ipam/subnets/2001%3Adb8%3A%3A_64").json()["id"] == v6["id"]
    assert ipamd.get("/api/v1/ipam/ranges/10.1.2.8-10.1.2.15@default").status == 200
    assert ipamd.get("/api/v1/ipam/addresses/10.1.2.7@default").status == 200
    head = ipamd.request("HEAD", f"/api/v1/ipam/subnets/{subnet['id']}")
    assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 50
    for key in ("10.1.2.0_24@", "@default", "@", "10.1.2.0", "_", "-", "0", "9" * 16, "9" * 400, "10.1.2.0_24@none", "%20", "%c3%a9" * 300):
        problem(ipamd.get(f"/api/v1/ipam/subnets/{key}"), 404, "not-found")
    for key in ("%", "%zz", "%00", "%ff", "a%2"):
        problem(ipamd.get(f"/api/v1/ipam/subnets/{key}"), 400, "bad-request")
    for resource in ("system/jobs", "manage/plans", "dhcp/leases", "ipam/addresses", "audit/changes"):
        for key in ("999999", "x", "10.9.9.9"):
            problem(ipamd.get(f"/api/v1/{resource}/{key}"), 404, "not-found")
    problem(ipamd.post("/api/v1/system/jobs/999999/cancel"), 404, "not-found")
    problem(ipamd.post("/api/v1/manage/plans/999999/resume"), 404, "not-found")
    problem(ipamd.post("/api/v1/inventory/servers/999999/collect"), 404, "not-found")


def test_a_path_says_its_methods(ipamd):
    for method, path, allowed in (("PUT", "ipam/spaces", "GET, HEAD, POST"), ("PUT", "dhcp/statistics", "GET, HEAD"), ("PUT", "dhcp/scopes", "GET, HEAD, POST"), ("PUT", "ipam/blocks", "GET, HEAD, POST"),
                                  ("POST", "ipam/blocks/1", "GET, HEAD, PATCH, PUT, DELETE"),
                                  ("PUT", "ipam/subnets/1/allocate", "POST")):
        answer = ipamd.request(method, f"/api/v1/{path}", {})
        problem(answer, 405, "method-not-allowed")
        assert answer.headers["allow"] == allowed


# Bodies.

def test_large_bodies(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    allocate = "/api/v1/ipam/subnets/10.1.2.0_24/allocate"
    for size in (2 << 20, (16 << 20) - 100):
        problem(ipamd.post(allocate, {"description": "x" * size}), 422, "invalid")
        problem(ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "description": "x" * size}), 422, "invalid")
        problem(ipamd.post(allocate, {"x" * size: 1}), 422, "invalid")
    problem(ipamd.post("/api/v1/ipam/blocks", b" " * ((16 << 20) + 1), headers={"Content-Type": "application/json"}), 413, "too-large")
    problem(ipamd.post("/api/v1/ipam/blocks", [{"prefix": "10.0.0.0/8"}] * 1001), 413, "too-large")
    problem(ipamd.post("/api/v1/ipam/blocks", []), 422, "invalid")
    before = revision(ipamd)
    made = ipamd.post("/api/v1/ipam/subnets", [{"prefix": f"10.{2 + i // 250}.{i % 250}.0/24"} for i in range(1000)])
    assert made.status == 201 and len(made.json()["items"]) == 1000 and revision(ipamd) == before + 1


@pytest.mark.parametrize("body", [[], 5, "x", None, True, [[]], [5]])
def test_bodies_that_are_no_object(ipamd, body):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    text = json.dumps(body)
    kind = {"Content-Type": "application/json"}
    problem(ipamd.post("/api/v1/ipam/blocks", text, headers=kind), 422, "invalid")
    problem(ipamd.post("/api/v1/dhcp/reservations", text, headers=kind), 422, "invalid")
    problem(ipamd.post("/api/v1/ipam/subnets/10.1.2.0_24/allocate", text, headers=kind), 422, "invalid")
    problem(ipamd.request("PATCH", "/api/v1/ipam/subnets/10.1.2.0_24", text, headers=kind), 422, "invalid")


@pytest.mark.parametrize("body,pointer", [
    ({"name": 5}, "/name"), ({"name": "a\x1bb"}, "/name"), ({"name": "x" * 254}, "/name"), ({"name": None}, "/name"),
    ({"mac": "zz"}, "/mac"), ({"mac": 5}, "/mac"), ({"mac": ":".join(["02"] * 21)}, "/mac"), ({"description": "\x00b"[1:] + "\x7f"}, "/description"),
    ({"claim": ""}, "/claim"), ({"claim": 7}, "/claim"), ({"claim": "a\u0085b"}, "/claim"), ({"claim": "a\x01"}, "/claim"),
    ({"claim": "x" * 256}, "/claim"), ({"count": 0}, "/count"), ({"count": 1001}, "/count"), ({"count": 1.5}, "/count"),
    ({"count": "1"}, "/count"), ({"strategy": 1}, "/strategy"), ({"reservation": "yes"}, "/reservation"), ({"reservation": True}, "/reservation"),
    ({"reservation": {"address": "10.1.2.9"}}, "/reservation/address"), ({"reservation": {"identifier": "q"}}, "/reservation/identifier"),
    ({"address": "10.1.2.9"}, "/address")])
def test_an_allocation_is_judged_by_the_rules_of_its_fields(ipamd, body, pointer):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24")
    before = revision(ipamd)
    answer = problem(ipamd.post("/api/v1/ipam/subnets/10.1.2.0_24/allocate", body), 422, "invalid")
    assert answer["errors"][0]["pointer"] == pointer and revision(ipamd) == before


def test_patches_at_the_edge(ipamd):
    subnet = create(ipamd, "ipam/subnets", prefix="10.1.2.0/24", name="a")
    path = f"/api/v1/ipam/subnets/{subnet['id']}"
    before = revision(ipamd)
    assert ipamd.request("PATCH", path, {}).json() == subnet
    assert ipamd.request("PATCH", path, {"name": "a"}).json() == subnet and revision(ipamd) == before
    problem(ipamd.request("PATCH", path, {"prefix": None}), 422, "invalid")
    problem(ipamd.request("PATCH", path, {"id": None}), 422, "invalid")
    problem(ipamd.request("PATCH", path, {"size": "1"}), 422, "invalid")
    problem(ipamd.request("PATCH", path, b""), 400, "bad-json")
    assert revision(ipamd) == before


def test_one_of_many_deletes_succeeds(ipamd):
    for i in range(10):
        subnet = create(ipamd, "ipam/subnets", prefix=f"10.1.{i}.0/24")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ipamd.request("DELETE", f"/api/v1/ipam/subnets/{subnet['id']}"), range(8)))
        assert sorted(a.status for a in answers) == [204] + [404] * 7


# Why.

def raw(method, path, headers, body=b""):
    """An answer to headers as bytes."""
    with socket.create_connection(("127.0.0.1", daemon.PORT), timeout=10) as s:
        lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: x", b"Connection: close", b"Content-Type: application/json",
                 b"Content-Length: %d" % len(body), *headers]
        s.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        data = b""
        while part := s.recv(65536):
            data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(rest)


@pytest.mark.parametrize("reason,status", [
    ("für Büro 5 – größer".encode(), 201), (b"x" * 1024, 201), ("é".encode() * 512, 201), (b"", 201), (b"x" * 1025, 400),
    ("é".encode() * 513, 400), (b"\xff\xfe", 400), (b"cut \xc3", 400), (b"a\x7fb", 400), ("a\u0085b".encode(), 400)])
def test_reasons_are_kept_whole_or_refused(ipamd, reason, status):
    token = b"Authorization: Bearer " + ipamd.token.encode()
    before = revision(ipamd)
    got, body = raw("POST", "/api/v1/ipam/blocks", [token, b"X-Change-Reason: " + reason], b'{"prefix":"10.0.0.0/8"}')
    assert got == status, body
    if status == 201:
        assert ipamd.get("/api/v1/audit/changes?limit=1").json()["items"][0].get("reason", "") == reason.decode()
    else:
        assert revision(ipamd) == before and ("X-Change-Reason" in body["detail"] or got == 400)


def test_long_texts_in_messages_are_cut_between_characters(ipamd):
    for text in ("é" * 400, "aé" * 300, "€" * 300, "\U0001f600" * 200):
        key = "".join(f"%{b:02x}" for b in text.encode())
        for path in (f"ipam/spaces/{key}", f"ipam/{key}", f"ipam/spaces?{key}=1", f"ipam/spaces?limit={key}"):
            body = ipamd.get(f"/api/v1/{path}").body
            assert "\ufffd" not in body.decode() and b"\\ufffd" not in body.lower(), path
