# test_hidden.py - ways to learn that a hidden object exists: none of them tells.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Each row of PROBES is asked of a world with the hidden objects and of one without, which must answer alike (worlds.py).
{names} are ids of what the other world never had."""
import pytest

import daemon
import worlds

AS_CSV = {"Accept": "text/csv"}


@pytest.fixture(scope="module")
def pair():
    """make_ipamd for a module."""
    with daemon.maker() as make:
        yield make


@pytest.fixture(scope="module")
def twins(pair):
    both = worlds.Twins(pair)
    yield both
    both.close()


# One object. Statuses are those of an id that never was.
ONE = [
    ("GET /ipam/subnets/{hidden subnet}", 404), ("GET /ipam/subnets/10.9.0.0_24", 404), ("GET /ipam/subnets/10.9.0.0_24@secret-space", 404),
    ("GET /ipam/subnets/10.9.0.0_24@default", 404), ("GET /ipam/subnets/{inner subnet}", 404), ("GET /ipam/subnets/10.1.66.0_24", 404),
    ("GET /ipam/blocks/10.9.0.0_16", 404), ("GET /ipam/blocks/{hidden block}", 404), ("GET /ipam/blocks/10.1.80.0_20", 404),
    ("GET /ipam/spaces/secret-space", 404), ("GET /ipam/spaces/1", 404), ("GET /ipam/spaces/default", 404),
    ("GET /dhcp/scopes/10.9.128.0@dhcp9", 404), ("GET /dhcp/scopes/10.9.128.0", 404), ("GET /dhcp/scopes/10.1.128.0@dhcp9", 404),
    ("GET /dhcp/scopes/10.1.128.0", 200), ("GET /dhcp/scopes/{hidden scope}", 404), ("GET /ipam/addresses/10.9.0.5", 404),
    ("GET /ipam/addresses/{hidden address}", 404), ("GET /ipam/addresses/10.1.66.7", 404), ("GET /ipam/ranges/10.9.0.100", 404),
    ("GET /ipam/ranges/10.1.2.200-10.1.2.210", 404), ("GET /ipam/ranges/{inner range}", 404), ("GET /inventory/servers/dhcp9", 404),
    ("GET /inventory/servers/{dhcp9}", 404), ("GET /dhcp/leases/{hidden lease}", 404), ("GET /dhcp/reservations/{hidden reservation}", 404),
    ("GET /dhcp/reservations/10.9.128.20@dhcp9", 404), ("GET /dhcp/leases/10.9.128.10@dhcp9", 404),
    ("HEAD /ipam/subnets/{hidden subnet}", 404), ("OPTIONS /ipam/subnets/{hidden subnet}", 501),
    ("GET /ipam/subnets/{hidden subnet}?fields=name", 404), ("GET /ipam/subnets/{hidden subnet}?fields=bogus", 422),
    ("GET /ipam/subnets/0{hidden subnet}", 404), ("GET /ipam/subnets/{hidden subnet}/", 404), ("GET /ipam/subnets/%31%31%37", 404),
    ("GET /ipam/blocks/{hidden subnet}", 404), ("GET /ipam/subnets/{hidden block}", 404), ("GET /ipam/addresses/{hidden subnet}", 404),
    ("GET /ipam/subnets/{subnet}", 200), ("GET /ipam/subnets/{subnet3}", 200), ("GET /ipam/blocks/{block}", 200), ("GET /ipam/ranges/{range}", 200),
    ("GET /ipam/addresses/{address}", 200), ("GET /inventory/servers/dhcp1", 200), ("GET /access/scopes/{/Global/Us}", 404),
    ("GET /access/scopes/%2FGlobal%2FUs", 404), ("GET /access/scopes/%2FGlobal%2FUs%2Fsecret-site", 404), ("GET /access/scopes/%2FGlobal", 404),
    ("GET /access/scopes/%2FGlobal%2FEu", 200), ("GET /ipam/subnets/{hidden subnet}?at=5", 404), ("GET /ipam/subnets/{hidden subnet}?at=bogus", 422),
    ("GET /ipam/subnets/{subnet}?at=10", 200), ("GET /system/jobs/{hidden job}", 404), ("GET /manage/plans/{hidden plan}", 404), ("GET /audit/changes/{hidden revision}", None),
    *[(f"GET /ipam/{key}", 404) for key in ("vlan-groups/secret-group", "vlan-groups/{hidden vlan group}", "vlans/{hidden vlan}", "vlans/66@secret-group", "vlans/secret-vlan@secret-group",
                                            "vlans/66@{hidden vlan group}", "vlans/66@eu-campus", "vlans/secret-vlan@eu-campus", "vrfs/secret-vrf", "vrfs/{hidden vrf}", "vlans/{hidden vlan}?at=10")],
    ("GET /ipam/vlans/10@eu-campus", 200), ("GET /ipam/vlans/office@{vlan group}", 200), ("GET /ipam/vrfs/eu-vrf", 200), ("GET /ipam/vlan-groups/eu-campus", 200),
    ("GET /system/queries/secret-query", 404), ("GET /system/queries/{hidden query}", 404), ("GET /system/queries/{hidden query}?at=10", 404),
    *[(f"GET /dhcp/explain-client?mac=020000000001&{place}", None) for place in (
        "scope=10.9.128.0", "scope=10.9.128.0@dhcp9", "scope={hidden scope}", "server=dhcp9&relay=10.9.128.1", "relay=10.9.128.1",
        "scope=10.1.128.0&server=dhcp9")],
    ("GET /system/queries/secret-query/run", 404), ("GET /system/queries/{hidden query}/run?limit=1", 404),
]
HEADERS = [{"Accept": "text/csv"}, {"Accept": "image/png"}, {"If-None-Match": "*"}, {"If-None-Match": '"60"'}, {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"},
           {"Range": "items=0-9"}, {"Prefer": "count=exact"}]

# Writes to one object.
WRITES = [
    ("PATCH /ipam/subnets/{hidden subnet}", {"name": "x"}, {}, 404), ("PATCH /ipam/subnets/{hidden subnet}", {"bogus": 1}, {}, 422),
    ("PATCH /ipam/subnets/{hidden subnet}", b"{", {"Content-Type": "application/json"}, 400), ("PATCH /ipam/subnets/{inner subnet}", {"name": "x"}, {}, 404),
    ("PATCH /ipam/ranges/{inner range}", {"name": "x"}, {}, 404), ("PATCH /ipam/addresses/{inner address}", {"name": "x"}, {}, 404),
    ("PATCH /ipam/subnets/{hidden subnet}", {"vlans": [9999]}, {}, 404), ("PUT /ipam/subnets/{hidden subnet}", {"prefix": "10.9.0.0/24"}, {}, 404),
    ("PUT /ipam/subnets/10.9.0.0_24", {"prefix": "10.9.0.0/24"}, {}, 403), ("PUT /ipam/blocks/10.9.0.0_16", {"prefix": "10.9.0.0/16"}, {}, 403),
    ("PUT /ipam/addresses/10.9.0.5", {"address": "10.9.0.5"}, {}, 403), ("PUT /ipam/subnets/10.9.0.0_24", {"prefix": "10.9.0.0/24"}, {"If-None-Match": "*"}, 403),
    ("PUT /ipam/subnets/10.9.0.0_24@secret-space", {"prefix": "10.9.0.0/24"}, {}, 422),
    ("DELETE /ipam/subnets/{hidden subnet}", None, {}, 404), ("DELETE /ipam/blocks/{hidden block}", None, {}, 404),
    ("DELETE /ipam/subnets/{hidden subnet}?force=true", None, {}, 422), ("DELETE /ipam/addresses/{hidden address}", None, {}, 404),
    ("DELETE /ipam/subnets/10.1.66.0_24", None, {}, 404), ("DELETE /dhcp/reservations/{hidden reservation}", None, {}, 404),
    *[(f"{m} /ipam/subnets/{{hidden subnet}}", {"name": "x"} if m == "PATCH" else None, {"If-Match": tag}, 404)
      for m in ("PATCH", "DELETE") for tag in ('"60"', '"2"', "*")],
    *[(f"POST /ipam/{kind}/{verb}", body, {}, 404) for kind in ("subnets/{hidden subnet}", "subnets/{inner subnet}", "blocks/{hidden block}")
      for verb, body in (("split", {"length": 28}), ("merge", {"with": ["10.9.1.0/24"]}), ("resize", {"length": 28}), ("move", {"prefix": "10.1.9.0/24"}))],
    ("POST /ipam/subnets/{hidden subnet}/split", {}, {}, 422), ("POST /ipam/subnets/{subnet}/merge", {"with": ["{hidden subnet}"]}, {}, 422),
    ("POST /ipam/subnets/{subnet}/merge", {"with": ["10.9.0.0/24"]}, {}, 422),
    ("POST /ipam/ranges/{hidden range}/move", {"first": "10.1.2.7"}, {}, 404), ("POST /ipam/ranges/{inner range}/move", {"first": "10.1.2.7"}, {}, 404),
    ("POST /ipam/addresses/10.9.0.5/move", {"address": "10.1.2.250"}, {}, 404), ("POST /audit/changes/{hidden revision}/revert", {}, {}, 404),
    ("POST /ipam/subnets/{hidden subnet}/allocate", {}, {}, 404),
    ("POST /ipam/subnets/{hidden subnet}/allocate", {"count": 1000}, {}, 404), ("POST /ipam/subnets/10.9.0.0_24/allocate", {}, {}, 404),
    ("POST /ipam/ranges/{hidden range}/allocate", {}, {}, 404), ("POST /ipam/ranges/{inner range}/allocate", {}, {}, 404),
    ("POST /ipam/subnets/{hidden subnet}/set-scope", {"access_scope": worlds.EU}, {}, 404),
    ("POST /ipam/subnets/{hidden subnet}/set-scope", {"access_scope": None}, {}, 404), ("POST /inventory/servers/{dhcp9}/set-scope", {"access_scope": None}, {}, 404),
    ("POST /dhcp/scopes/{hidden scope}/set-scope", {"access_scope": worlds.EU}, {}, 404),
    ("POST /ipam/pools/{hidden pool}/allocate", {}, {}, 404), ("POST /ipam/pools/secret-pool/allocate", {}, {}, 404), ("POST /ipam/pools/secret-pool/allocate", {"prefix_length": 28}, {}, 404),
    ("PATCH /ipam/pools/secret-pool", {"description": "x"}, {}, 404), ("DELETE /ipam/pools/secret-pool", None, {}, 404),
    ("PUT /ipam/pools/secret-pool", {"name": "secret-pool", "members": ["10.9.0.0/24"]}, {}, 403),
    ("POST /ipam/pools/secret-pool/set-scope", {"access_scope": worlds.EU}, {}, 404), ("GET /ipam/pools/secret-pool", None, {}, 404),
    *[(f"{what} /ipam/{key}", body, {}, 404) for key in ("vlan-groups/{hidden vlan group}", "vlan-groups/secret-group", "vlans/{hidden vlan}", "vlans/66@secret-group", "vrfs/secret-vrf")
      for what, body in (("PATCH", {"description": "x"}), ("DELETE", None))],
    *[(f"POST /ipam/{key}/set-scope", {"access_scope": worlds.EU}, {}, 404) for key in ("vlan-groups/secret-group", "vlans/{hidden vlan}", "vrfs/secret-vrf")],
    ("POST /ipam/vlan-groups/{hidden vlan group}/allocate", {}, {}, 404), ("POST /ipam/vlan-groups/secret-group/allocate", {"count": 5000}, {}, 422),
    ("PUT /ipam/vrfs/secret-vrf", {"name": "secret-vrf"}, {}, 403), ("PUT /ipam/vlan-groups/secret-group", {"name": "secret-group"}, {}, 403),
    ("PUT /ipam/vlans/66@secret-group", {"group": 1, "vid": 66}, {}, 422),
    ("POST /ipam/vlan-groups/eu-campus/allocate?dry_run=true", {"name": "secret-vlan"}, {}, 200), ("POST /ipam/vlan-groups/eu-campus/allocate", {"count": 11}, {}, 409),
    ("PATCH /ipam/subnets/{subnet}", {"in_vlan": "{hidden vlan}"}, {}, 422), ("PATCH /ipam/vlan-groups/eu-campus", {"min_vid": 11}, {}, 409),
    ("POST /ipam/blocks/{hidden block}/allocate", {"prefix_length": 28}, {}, 404), ("GET /ipam/blocks/{hidden block}/free", None, {}, 404),
    *[(f"{what} /ipam/ranges/{{{which}}}/{verb}", body, {}, 404) for which in ("hidden range", "inner range")
      for what, verb, body in (("GET", "reclaimable", None), ("POST", "reclaim", {"expiry": "expired"}), ("POST", "reclaim", {"addresses": [1]}))],
    *[(f"{what} /ipam/ranges/{{{which}}}/{verb}", body, {}, 404) for which in ("hidden range", "inner range")
      for what, verb, body in (("GET", "mappable-zones", None), ("POST", "map-zone", {"zone": None}), ("POST", "map-zone", {"zone": 999999}))],
    ("GET /ipam/addresses/{hidden address}/records", None, {}, 404), ("GET /ipam/addresses/10.9.0.5/records", None, {}, 404),
    ("POST /dns/records/{hidden lease}/address", None, {}, 404), ("POST /ipam/ranges/{range}/map-zone", {"zone": "{hidden subnet}"}, {}, 422),
    ("POST /ipam/ranges/{range}/reclaim", {"addresses": ["10.9.0.5"]}, {}, 422),
    ("GET /ipam/ranges/{range}/reclaimable", None, {}, 200),
    ("GET /ipam/ranges/{hidden range}/free", None, {}, 404), ("GET /ipam/ranges/{inner range}/free", None, {}, 404),
    ("GET /ipam/subnets/{hidden subnet}/free", None, {}, 404), ("GET /ipam/subnets/{hidden subnet}/utilization", None, {}, 404),
    ("POST /inventory/servers/{dhcp9}/probe", None, {}, 403), ("POST /inventory/servers/dhcp9/collect", None, {}, 403),
    ("POST /inventory/servers/no-such/collect", None, {}, 403), ("DELETE /inventory/servers/dhcp9", None, {}, 403),
    ("PATCH /inventory/servers/dhcp9", {"description": "x"}, {}, 403), ("PUT /inventory/servers/dhcp9", {"name": "dhcp9"}, {}, None),
    ("PATCH /ipam/subnets/{hidden subnet}?dry_run=true", {"name": "x"}, {}, 404), ("DELETE /ipam/subnets/{hidden subnet}?dry_run=true", None, {}, 404),
    ("PATCH /ipam/subnets/{hidden subnet}", {"name": "x"}, {"X-Change-Reason": "to see"}, 404),
    ("PATCH /ipam/subnets/{hidden subnet}", {"name": "x"}, {"IPAM-Min-Revision": "1"}, 404),
    ("PATCH /ipam/subnets/{subnet}", {"prefix": "10.9.0.0/24"}, {}, 422), ("PATCH /ipam/subnets/{subnet}", {"access_scope": "{/Global/Us}"}, {}, 422),
    *[("POST /ipam/subnets/{subnet}/set-scope", {"access_scope": s}, {}, 422) for s in (worlds.US, "/Global/Zz", "{/Global/Us}", 9999, "\\Global\\Us")],
    ("POST /ipam/subnets/{subnet}/set-scope", {"access_scope": None}, {}, 200), ("POST /ipam/blocks/{block}/set-scope", {"access_scope": None}, {}, 403),
    ("POST /system/jobs/{hidden job}/cancel", None, {}, 404), ("POST /manage/plans/{hidden plan}/resume", None, {}, 404), ("POST /system/tasks/dhcp_leases/run", None, {}, 403),
    ("DELETE /access/scopes/{/Global/Us}", None, {}, 403), ("DELETE /access/scopes/9999", None, {}, 403),
    ("PATCH /access/scopes/{/Global/Us}", {"description": "x"}, {}, 403), ("POST /access/scopes", {"path": worlds.US}, {}, 403),
    ("POST /access/policies", {"principal": "token:secret-friend", "role": "reader", "scope": "{/Global/Us}"}, {}, 403),
    ("POST /access/roles", {"name": "mine", "operations": ["ipam.subnet.create"]}, {}, 403), ("DELETE /access/policies/115", None, {}, 403),
    ("POST /system/backup", None, {}, 403), ("GET /audit/export", None, {}, 403), ("GET /audit/checkpoints", None, {}, 403),
    ("PATCH /system/queries/{hidden query}", {"shared": True}, {}, 404), ("PATCH /system/queries/secret-query", {"shared": True}, {}, 404),
    ("PUT /system/queries/{hidden query}", {"name": "secret-query", "list": "ipam/subnets"}, {}, 404), ("DELETE /system/queries/{hidden query}", None, {}, 404),
    ("POST /system/queries", {"name": "q1", "list": "ipam/subnets", "query": "space=secret-space"}, {}, 422),
    ("POST /system/queries", {"name": "q2", "list": "dhcp/leases", "query": "server=dhcp9"}, {}, 422), ("POST /system/queries", {"name": "q3", "list": "access/users"}, {}, 403),
]

# Creating.
NEW = [
    ("pools", {"name": "x", "members": ["10.9.0.0/24"]}, 403), ("pools", {"name": "x", "members": ["10.8.0.0/24"]}, 403),
    ("subnets", {"prefix": "10.9.0.0/24"}, 403), ("subnets", {"prefix": "10.8.0.0/24"}, 403), ("subnets", {"prefix": "10.9.0.128/25"}, 403),
    ("vrfs", {"name": "secret-vrf"}, 403), ("vrfs", {"name": "x", "rd": "65000:66"}, 403), ("vlan-groups", {"name": "secret-group"}, 403), ("vlans", {"group": 999999, "vid": 66}, 403),
    ("vlans", {"group": 1, "vid": 66}, 403), ("subnets", {"prefix": "10.1.9.0/24", "in_vlan": 999999}, 422),
    ("blocks", {"prefix": "10.0.0.0/8"}, 403), ("blocks", {"prefix": "10.9.0.0/16"}, 403), ("blocks", {"prefix": "10.9.5.0/24"}, 403),
    ("addresses", {"address": "10.9.0.5"}, 403), ("addresses", {"address": "10.8.0.5"}, 403), ("ranges", {"first": "10.9.0.10", "last": "10.9.0.20"}, 403),
    ("ranges", {"first": "10.9.0.100", "last": "10.9.0.110"}, 403), ("subnets", {"prefix": "10.1.5.0/24", "space": 1}, 201),
    ("subnets", {"prefix": "10.9.0.0/24", "space": 2}, 403), ("subnets", {"prefix": "10.9.0.0/24", "space": 999}, 403),
    ("addresses", {"address": "10.1.2.38", "mac": "aa:aa:aa:00:00:99"}, 201), ("addresses", {"address": "10.1.2.39", "name": "secret-host"}, 201),
    ("subnets", {"prefix": "10.1.7.0/24", "name": "secret-lab"}, 201), ("subnets", {"prefix": "10.1.8.0/24", "access_scope": "{/Global/Us}"}, 422),
    ("subnets", {"prefix": "10.1.8.0/24", "bogus": 1}, 422), ("subnets", {"prefix": "10.1.8.0/24", "parent": "{hidden block}"}, None),
    ("ranges", {"first": "10.1.2.100", "last": "10.1.2.110"}, 409), ("blocks", {"prefix": "10.1.0.0/17", "name": "half"}, 201),
]

LISTS = ["/ipam/spaces", "/ipam/blocks", "/ipam/subnets", "/ipam/ranges", "/ipam/addresses", "/inventory/servers", "/inventory/checks", "/dhcp/scopes",
         "/dhcp/reservations", "/dhcp/leases", "/dhcp/server-settings", "/dhcp/superscopes", "/dhcp/pools", "/dhcp/exclusions", "/dhcp/option-definitions",
         "/dhcp/option-values", "/dhcp/classes", "/dhcp/policies", "/dhcp/conditions", "/dhcp/policy-ranges", "/dhcp/filters", "/dhcp/failovers",
         "/dhcp/statistics", "/dhcp/drifts", "/manage/plans", "/system/jobs", "/system/alerts", "/system/secrets", "/system/plugins", "/system/instances", "/system/tasks", "/access/roles",
         "/access/scopes", "/access/policies", "/access/operations", "/audit/changes", "/ipam/custom-fields", "/ipam/field-links", "/ipam/logical-groups",
         "/ipam/conflicts", "/ipam/quarantines", "/ipam/pools", "/ipam/vlan-groups", "/ipam/vlans", "/ipam/vrfs", "/system/queries", "/system/reports"]
FILTERS = [
    "/ipam/subnets?name=secret-lab", *[f"/ipam/subnets?name.{op}=secret" for op in ("contains", "prefix", "lt", "gt", "le", "ge", "ne", "in")],
    "/ipam/subnets?id={hidden subnet}", "/ipam/subnets?id.in={subnet},{hidden subnet}", "/ipam/subnets?id.gt={subnet3}", "/ipam/subnets?id.ge={hidden subnet}",
    "/ipam/subnets?within=10.9.0.0/16", "/ipam/subnets?within=10.1.0.0/16", "/ipam/subnets?overlaps=10.9.0.0/25", "/ipam/subnets?contains=10.9.0.5",
    "/ipam/blocks?contains=10.1.66.9", "/ipam/blocks?within=10.1.0.0/16", "/ipam/subnets?contains=10.1.66.9", "/ipam/ranges?overlaps=10.1.2.0/24",
    "/ipam/subnets?parent={hidden block}", "/ipam/subnets?parent=999999", "/ipam/subnets?parent={inner block}", "/ipam/subnets?space=secret-space",
    "/ipam/subnets?space=no-space", "/ipam/subnets?space=default", "/ipam/subnets?space=1", "/ipam/subnets?space=2", "/dhcp/scopes?server=dhcp9",
    "/dhcp/scopes?server=dhcp8", "/dhcp/scopes?server=dhcp1", "/dhcp/scopes?server={dhcp9}", "/dhcp/scopes?server.in=dhcp1,dhcp9", "/dhcp/leases?scope={hidden scope}",
    "/dhcp/leases?mac=aa:aa:aa:00:00:99", "/dhcp/leases?server=dhcp9", "/dhcp/leases?scope=42", "/ipam/addresses?mac=aa:aa:aa:00:00:99",
    "/ipam/addresses?name.prefix=secret", "/ipam/addresses?within=10.9.0.0/16", "/ipam/addresses?within=10.1.80.0/20", "/ipam/addresses?address=10.9.0.5",
    "/ipam/addresses?address.in=10.9.0.5,10.1.2.37", "/ipam/subnets?effective_scope={/Global/Us}", "/ipam/subnets?effective_scope=%2FGlobal%2FUs",
    "/ipam/subnets?effective_scope=%2FGlobal%2FZz", "/ipam/subnets?effective_scope=%2FGlobal%2FEu", "/ipam/subnets?access_scope={/Global/Us}",
    "/ipam/subnets?access_scope.null=true", "/ipam/ranges?access_scope.null=false", "/ipam/subnets?utilization.gt=5", "/ipam/subnets?instance=dhcp9",
    "/ipam/subnets?instance.contains=dhcp", "/ipam/subnets?rev.gt=40", "/inventory/servers?name=dhcp9", "/inventory/servers?name.contains=dhcp",
    "/inventory/servers?managed=true", "/inventory/checks?server=dhcp9", "/dhcp/statistics?server=dhcp9", "/dhcp/pools?scope={hidden scope}",
    "/system/jobs?target=dhcp9", "/system/jobs?actor=token:admin", "/system/jobs?state=done", "/access/scopes?path=%2FGlobal%2FUs",
    "/access/scopes?parent={/Global/Us}", "/access/scopes?parent=%2FGlobal", "/access/policies?principal=token:secret-friend", "/access/policies?scope={/Global/Us}",
    "/access/policies?role=asm-administrator", "/audit/changes?actor=token:admin", "/audit/changes?operation=ipam.subnet.create",
    "/audit/changes?objects.contains=secret", "/audit/changes?count.gt=100", "/audit/changes?id={hidden revision}", "/audit/changes?operation=access.scope.create",
    "/ipam/vlans?group=secret-group", "/ipam/vlans?group={hidden vlan group}", "/ipam/vlans?group=eu-campus", "/ipam/vlans?name.contains=secret", "/ipam/vlans?vid=66",
    "/ipam/subnets?in_vlan={hidden vlan}", "/ipam/subnets?in_vlan=66@secret-group", "/ipam/subnets?in_vlan.null=false", "/ipam/spaces?vrf=secret-vrf", "/ipam/vrfs?rd=65000:66",
    "/ipam/subnets?custom.contains=Region%3DNorth", "/ipam/addresses?custom.null=true", "/ipam/custom-fields?name=Region",
    "/ipam/subnets?bogus=1", "/ipam/subnets?at=10", "/ipam/subnets?at=0", "/ipam/addresses?at=20", "/dhcp/leases?at=5",
]
SHAPES = ["", "count=true", "limit=1", "limit=2&count=true", "fields=id", "limit=1000"]
ORDERS = {"/ipam/vlans": ["group", "vid", "-name"], "/ipam/subnets": ["in_vlan", "name", "-name", "prefix", "-prefix", "utilization", "-utilization", "parent", "used", "instance", "effective_scope", "access_scope"],
          "/ipam/blocks": ["prefix", "-name", "parent"], "/ipam/ranges": ["first", "-first", "scope", "parent"], "/dhcp/scopes": ["server", "-prefix", "subnet"],
          "/ipam/addresses": ["name", "-name", "address", "-address", "mac"], "/dhcp/leases": ["address", "-address", "scope", "expires"],
          "/dhcp/reservations": ["scope", "-address", "server"], "/inventory/servers": ["name", "-name"], "/dhcp/statistics": ["server", "name"]}

FINDS = ["secret-vlan", "secret-vrf", "10.9.0.5", "aa:aa:aa:00:00:99", "secret", "secret-lab", "dhcp9", "dhcp", "10.1.66.9", "10.1.66.7", "10.9.0.0/24", "10.1.0.0/16", "10.1.2.37", "10.1.2.205",
         "other-team", "desk", "web", "10.9.128.10", "10.9.128.0/24", "client-1", "default", "/Global/Us", "null-dhcp", "Us", "scope-0", "02:00:00"]

OTHERS = [
    ("GET /access/explain?operation=ipam.subnet.change&type=subnet&key={hidden subnet}", 404), ("GET /access/explain?operation=ipam.subnet.change&type=subnet&key={inner subnet}", 404),
    ("GET /access/explain?operation=ipam.subnet.change&type=subnet&key=10.9.0.0_24", 404), ("GET /access/explain?operation=ipam.subnet.change&scope=%2FGlobal%2FUs", 422),
    ("GET /access/explain?operation=ipam.subnet.change&scope={/Global/Us}", 422), ("GET /access/explain?operation=ipam.subnet.change&type=subnet&key={subnet}", 200),
    ("GET /access/explain?operation=ipam.subnet.change&principal=token:secret-friend", 403), ("GET /access/explain?operation=ipam.subnet.change&principal=token:nobody", 403),
    ("GET /access/explain?operation=inventory.server.create", 200), ("GET /access/who-can?operation=ipam.subnet.change", 403),
    ("GET /access/who-can?operation=ipam.subnet.change&type=subnet&key={hidden subnet}", 403), ("GET /access/who-can?operation=ipam.subnet.change&type=subnet&key={subnet}", 403),
    ("GET //metrics", 403), ("GET /system/plugins/null-dhcp", 403), ("GET /system/instances", 403), ("GET /system/storage", 403), ("GET /system/tasks/dhcp_leases", 403),
    ("PATCH /system/tasks/dhcp_leases", 403), ("GET /system/secrets/secret-x", 403), ("GET /system/master-key", 403), ("GET /access/operations/ipam.subnet.change", 200),
    ("GET /access/roles/asm-administrator", 200), ("GET //livez", 200), ("GET //readyz", 200), ("GET /openapi.json", 200), ("GET //problems", 200), ("GET /nothing", 404),
    ("GET /system/queries/q4/run", 200), ("GET /system/queries/q4/run?limit=1&count=true", 200), ("GET /system/reports", 200),
    ("GET /system/reports/owners?within=10.9.0.0/16", 200), ("GET /system/reports/free-space?within=10.9.0.0/16", 200),
    ("GET /system/reports/free-space?space=secret-space", 422), ("GET /system/reports/free-space?space=2", 200), ("GET /system/reports/free-space?space=999", 200),
    *[(f"GET /ipam/logical-groups/{g}/tree", 200) for g in ("Network%20devices", "Managed%20by", "VirtualizedProviderAddressSpace")],
    ("GET /ipam/custom-fields/Region", 200), ("GET /ipam/field-links/1", 404), ("GET /ipam/logical-groups/None/tree", 404),
    ("POST /ipam/subnets/{hidden subnet}", 405), ("GET /ipam/subnets/{hidden subnet}?bogus=1", 422),
]


def test_one_object_that_is_hidden_is_not_there(twins):
    for request, status in ONE:
        seen = twins.probe(request)
        assert status in (None, seen.status), (request, seen)
        if request.startswith("GET"):
            for headers in HEADERS:
                twins.probe(request, headers=headers)
            assert twins.probe(request, who="u0").status == (404 if request.endswith("/") else 403)     # no such route
    assert twins.full.u0.get("/ipam/subnets/1").status == twins.full.u0.get("/ipam/subnets/117").status == 403


def test_a_write_to_what_is_hidden_finds_nothing(twins):
    for request, body, headers, status in WRITES:
        seen = twins.probe(request, body, headers)
        assert status in (None, seen.status), (request, body, seen)
        twins.probe(request, body, {**headers, "Idempotency-Key": f"k-{twins.asked}"})
    assert twins.full.admin.good("GET", "/ipam/subnets/10.9.0.0_24")["name"] == "secret-lab"
    assert twins.full.admin.good("GET", "/ipam/subnets/10.1.66.0_24")["name"] == "secret-in-eu"


@pytest.mark.parametrize("path", LISTS)
def test_lists_in_every_shape(twins, path):
    for shape in SHAPES:
        for headers in ({}, AS_CSV, {"If-None-Match": "*"}):
            twins.probe(f"GET {path}?{shape}", headers=headers)
    for order in ORDERS.get(path, []):
        twins.probe(f"GET {path}?order={order}&count=true&limit=1000")
        pages(twins, f"{path}?order={order}&limit=2")


def pages(twins, path):
    """Page after page: all but the last are full, and none is empty with more to come."""
    places = ["", ""]
    for _ in range(60):
        answers = [w.u.get(path + place) for w, place in zip((twins.full, twins.bare), places)]
        assert twins.said(answers[0]) == twins.said(answers[1]), (path, answers)
        page = answers[0].json()
        if page["next"] is None:
            return
        assert len(page["items"]) == 2
        places = ["&cursor=" + a.json()["next"] for a in answers]


@pytest.mark.parametrize("path", FILTERS)
def test_filters(twins, path):
    for shape in ("", "&count=true&limit=2"):
        twins.probe(f"GET {path}{shape}")
    twins.probe("GET " + path, headers=AS_CSV)


def test_find(twins):
    for text in FINDS:
        for limit in (1, 3, 100):
            seen = twins.same("GET", f"/find?q={text.replace('/', '%2F')}&limit={limit}")
            assert seen.status == 200
    assert twins.full.u.good("GET", "/find?q=10.9.0.5")["items"] == []
    around = [i["key"] for i in twins.full.u.good("GET", "/find?q=10.1.66.9")["items"]]
    assert "10.1.0.0/16" in around and "10.1.66.0/24" not in around


def test_everything_else_a_caller_may_ask(twins):
    kept = twins.probe("POST /system/queries", {"name": "q4", "list": "ipam/subnets", "query": "within=10.9.0.0/16&count=true"})
    assert kept.status == 201
    for request, status in OTHERS:
        seen = twins.probe(request)
        assert status == seen.status, (request, seen)


def test_creating_says_nothing_of_what_is_hidden(twins):
    for resource, body, status in NEW:
        for query in ("?dry_run=true", ""):
            seen = twins.probe(f"POST /ipam/{resource}{query}", body)
            assert status is None or seen.status == (200 if query and status == 201 else status), (resource, body, seen)
