# test_hidden_ids.py - every route with a key, by foreign ids and natural keys: as an id that never was.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import re

import pytest

from test_hidden import pair, twins  # noqa: F401 - fixtures

PROBES = 10000
NEVER = 900_000_000         # no id comes near
BODIES = {"PATCH": {"name": "x"}, "PUT": {}, "POST": {}}
# Of a keyed route the type that its ids are of.
NATURAL = {"subnets": "10.9.0.0_24", "blocks": "10.9.0.0_16", "ranges": "10.9.0.100", "addresses": "10.9.0.5", "servers": "dhcp9", "spaces": "secret-space",
           "scopes": "10.9.128.0", "leases": "10.9.128.10@dhcp9", "reservations": "10.9.128.20@dhcp9", "vlan-groups": "secret-group", "vlans": "66@secret-group", "vrfs": "secret-vrf"}
# The same that never were.
FREE = {"subnets": "10.8.0.0_24", "blocks": "10.8.0.0_16", "ranges": "10.8.0.100", "addresses": "10.8.0.5", "servers": "dhcp8", "spaces": "nowhere-spac",
        "scopes": "10.8.128.0", "leases": "10.8.128.10@dhcp8", "reservations": "10.8.128.20@dhcp8", "vlan-groups": "no-group", "vlans": "66@no-group", "vrfs": "no-vrf"}
STATUSES = {400, 403, 404, 405, 409, 422}    # an id that is one of these would be taken for it in an answer
COUNTS_ALL = ("x-request-id", "ipam-revision", "date", "content-length", "etag")


def keyed_routes(world):
    """(method, path with {key}) of all of the document that name an object."""
    document = world.admin.good("GET", "/openapi.json")
    for path, item in document["paths"].items():
        if "{key}" in path:
            for method in item:
                if method in ("get", "patch", "put", "delete", "post"):
                    yield method.upper(), path.removeprefix("/api/v1")


def hidden_ids(world):
    """Ids of all that the limited caller does not see, by the collection."""
    found = {}
    for path in {p.split("/{key}")[0] for _, p in keyed_routes(world)}:
        kinds = world.admin.get(path + "?fields=id&limit=1")
        if kinds.status != 200 or "id" not in (kinds.json()["items"] or [{}])[0]:
            continue
        if path == "/audit/changes":
            continue
        seen = {row["id"] for row in world.u.items(path)} if world.u.get(path).status == 200 else set()
        found[path] = sorted({row["id"] for row in world.admin.items(path)} - seen)
    return found


def said(seen, key, other):
    """An answer without the key that was asked for."""
    headers = sorted((k, v) for k, v in seen.headers.items() if k not in COUNTS_ALL)
    body = re.sub(rb"\b%s\b" % re.escape(key).encode(), other.encode(), seen.body)
    return seen.status, headers, body


def test_ten_thousand_foreign_ids(twins):
    world, probed, leaks, never = twins.full, 0, [], {}
    routes = list(keyed_routes(world))
    ids = hidden_ids(world)
    everything = sorted({i for some in ids.values() for i in some})
    assert len(routes) > 60 and len(everything) > 1500
    for route in routes:
        path = route[1]
        own = ids.get(path.split("/{key}")[0], [])
        foreign = set(own[:60]) | set(everything[::max(1, len(everything) // 140)]) | {world.ids["hidden subnet"], world.ids["inner range"]}
        foreign -= STATUSES
        for method, key in [(route[0], str(i)) for i in sorted(foreign)]:
            missing = never.get(route)
            if missing is None:
                missing = never[route] = world.u.ask(method, path.replace("{key}", str(NEVER)), BODIES.get(method))
                assert missing.status in (400, 403, 404, 405, 422), (route, missing)
            if key in (str(row) for row in seen_ids(world, path)):
                continue
            seen = world.u.ask(method, path.replace("{key}", key), BODIES.get(method))
            probed += 1
            if said(seen, key, "KEY") != said(missing, str(NEVER), "KEY"):
                leaks.append((method, path, key, seen, missing))
    assert leaks == []
    print(f"{probed} foreign ids on {len(routes)} routes, {len(leaks)} leaks")
    assert probed >= PROBES


SEEN = {}


def seen_ids(world, path):
    """Ids that a caller does see in the collection: those of other types are as foreign as any."""
    base = path.split("/{key}")[0]
    if base not in SEEN:
        answer = world.u.get(base + "?limit=1000")
        SEEN[base] = {row.get("id") for row in answer.json()["items"]} if answer.status == 200 and "items" in answer.json() else set()
    return SEEN[base]


@pytest.mark.parametrize("kind", NATURAL)
def test_natural_keys_on_every_route(twins, kind):
    asked = 0
    for method, path in keyed_routes(twins.full):
        base, _, verb = path.partition("/{key}")
        if base.rpartition("/")[2] != kind or base == "/access/scopes":
            continue
        hidden, free = NATURAL[kind], FREE[kind]
        answers = [said(twins.full.u.ask(method, path.replace("{key}", key), BODIES.get(method)), key, "KEY") for key in (hidden, free)]
        assert answers[0] == answers[1], (method, path)
        asked += 1
    assert asked >= 1


def test_deleted_later_is_as_never_there(twins):
    """Of an object that was hidden and is deleted there is no more to learn than of one that never was."""
    key = twins.full.admin.good("POST", "/ipam/subnets", {"prefix": "10.9.250.0/24", "name": "secret-gone"})["id"]
    before = said(twins.full.u.get(f"/ipam/subnets/{key}"), str(key), "KEY")
    twins.full.admin.good("DELETE", f"/ipam/subnets/{key}")
    after = said(twins.full.u.get(f"/ipam/subnets/{key}"), str(key), "KEY")
    assert before == after == said(twins.full.u.get(f"/ipam/subnets/{NEVER}"), str(NEVER), "KEY")
    assert twins.full.u.get(f"/ipam/subnets/{key}?at={int(twins.full.admin.get('/ipam/spaces').headers['ipam-revision']) - 1}").status == 404
