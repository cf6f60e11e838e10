# test_roles.py - built-in roles and fixed groups, as tokens of the configuration have them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import subprocess

import pytest

import daemon
from test_api import problem

ROLES = ["reader", "asm-group", "msm-group", "audit-group", "ipam-administrator", "asm-administrator", "msm-administrator",
         "dhcp-administrator", "dhcp-scope-administrator", "dhcp-reservations-administrator", "dns-administrator",
         "dns-record-administrator", "address-record-administrator"]
SUBNETS = "/api/v1/ipam/subnets"
# What is tried, and the operation that it is.
TRIED = [
    ("ipam.subnet.create", "POST", SUBNETS, {"prefix": "10.1.3.0/24"}),
    ("ipam.address.allocate", "POST", SUBNETS + "/10.1.2.0_24/allocate", {}),
    ("ipam.block.create", "POST", "/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8"}),
    ("inventory.server.create", "POST", "/api/v1/inventory/servers", {"name": "192.0.2.1", "roles": ["dhcp"], "driver": "none"}),
    ("dhcp.reservation.create", "POST", "/api/v1/dhcp/reservations", {}),
    ("system.task.run", "POST", "/api/v1/system/tasks/no-such-task/run", None),
    ("system.backup.create", "POST", "/api/v1/system/backup", None),
    ("ipam.subnet.read", "GET", SUBNETS, None),
    ("audit.change.read", "GET", "/api/v1/audit/changes", None),
    ("system.storage.read", "GET", "/api/v1/system/storage", None),
]


@pytest.fixture(scope="module")
def many_roles():
    server = daemon.Ipamd()
    server.config["tokens"] += [{"name": r, "role": r, "file": str(server.dir / f"{r}.token")} for r in ROLES]
    server.write_config()
    server.start()
    assert server.post(SUBNETS, {"prefix": "10.1.2.0/24"}).status == 201
    yield server
    server.stop()


def token(server, role):
    return (server.dir / f"{role}.token").read_text().strip()


@pytest.mark.parametrize("role", ROLES)
def test_a_token_may_what_its_role_lists_and_nothing_else(many_roles, role):
    shown = many_roles.get(f"/api/v1/access/roles/{role}", token=token(many_roles, role)).json()
    assert shown["name"] == role and shown["title"] and shown["description"]
    for operation, method, path, body in TRIED:
        query = "?dry_run=true" if method == "POST" and not path.endswith(("run", "backup")) else ""
        answer = many_roles.request(method, path + query, body, token=token(many_roles, role))
        if operation in shown["operations"]:
            assert answer.status not in (401, 403), (role, operation, answer.body)
        else:
            text = problem(answer, 403, "denied")["detail"]
            assert role in text and operation in text, text


def test_operations_and_roles_tell_the_same(many_roles):
    operations = {o["name"]: o for o in many_roles.items("access/operations")}
    roles = {r["name"]: r for r in many_roles.items("access/roles")}
    assert set(roles) == set(ROLES) | {"administrator"}
    assert [r["kind"] for r in roles.values()].count("group") == 5
    assert set(roles["administrator"]["operations"]) == set(operations)
    for name, o in operations.items():
        assert set(o["roles"]) == {r for r, shown in roles.items() if name in shown["operations"]}, name
        assert not o["groups_only"] or all(roles[r]["kind"] == "group" for r in o["roles"])
    assert operations["ipam.block.create"]["published"] == "CreateAddressBlock"
    only_aaaa = many_roles.get("/api/v1/access/operations?name.contains=aaaa").json()["items"]
    assert [o["name"] for o in only_aaaa] == [f"dns.record.aaaa.{verb}" for verb in ("change", "create", "delete")]


def test_roles_are_shown_by_ipamctl(many_roles):
    shown = json.loads(many_roles.ctl("role", "show", "dhcp-scope-administrator", "-o", "json").stdout)
    assert shown["title"] == "IPAM DHCP Scope Administrator" and "dhcp.scope.change" in shown["operations"]
    assert "asm-administrator" in many_roles.ctl("role", "list").stdout
    assert "CreateAddressBlock" in many_roles.ctl("operation", "list", "--name", "ipam.block.create").stdout


def test_a_role_that_there_is_not_is_named_with_those_there_are(many_roles, tmp_path):
    config = dict(many_roles.config, tokens=[{"name": "t", "role": "king", "file": str(tmp_path / "t")}])
    (tmp_path / "ipamd.json").write_text(json.dumps(config, indent=1))
    run = subprocess.run([f"{daemon.PREFIX}/sbin/ipamd", "--check-config", "--config", tmp_path / "ipamd.json"],
                         stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = next(text for text in (run.stderr + run.stdout).splitlines() if "king" in text)
    place = [number for number, text in enumerate((tmp_path / "ipamd.json").read_text().splitlines(), 1) if "king" in text]
    assert run.returncode == 78 and f"ipamd.json:{place[0]}:" in line and all(role in line for role in ROLES), line
