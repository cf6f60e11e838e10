# test_reshape.py - blocks and subnets split, merged, resized, moved; ranges and addresses moved; and undone: items 16, 42, 54.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove."""
import concurrent.futures
import ipaddress

import pytest

import daemon
from test_api import problem
from test_carve import create

SPACES, BLOCKS, SUBNETS, RANGES, ADDRESSES = (
    f"/api/v1/ipam/{name}" for name in ("spaces", "blocks", "subnets", "ranges", "addresses"))
PLANS = [("10.1.0.0/24", 26, "10.1.0.{}"), ("2001:db8:1::/120", 122, "2001:db8:1::{:x}")]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def act(server, path, verb, **body):
    answer = server.post(f"{path}/{verb}", body)
    assert answer.status == 200, answer.body
    return answer.json()["items"]


def revision(answer):
    return int(answer.headers["ipam-revision"])


def all_of(server):
    """The plan, without what tells when."""
    return {path: [{k: v for k, v in item.items() if k != "rev"} for item in server.get(f"{path}?limit=1000").json()["items"]]
            for path in (SPACES, BLOCKS, SUBNETS, RANGES, ADDRESSES)}


def undo(server, rev, **body):
    return server.post(f"/api/v1/audit/changes/{rev}/revert", body)


def fill(server, prefix, host):
    subnet = create(server, SUBNETS, prefix=prefix, name="floor", gateways=[host.format(1), host.format(193)], vlans=[7])
    span = create(server, RANGES, first=host.format(10), last=host.format(20), reserved=[host.format(12)])
    one = create(server, ADDRESSES, address=host.format(11), name="printer")
    two = create(server, ADDRESSES, address=host.format(200))
    return subnet, span, one, two


@pytest.mark.parametrize("prefix, length, host", PLANS)
def test_a_subnet_is_split_and_each_part_has_what_is_its_own(server, prefix, length, host):
    subnet, span, one, two = fill(server, prefix, host)
    before = all_of(server)
    preview = server.post(f"{SUBNETS}/{subnet['id']}/split?dry_run=true", {"length": length})
    assert preview.status == 200 and len(preview.json()["changes"]) == 4 and all_of(server) == before
    parts = act(server, f"{SUBNETS}/{subnet['id']}", "split", length=length)
    wanted = [str(p) for p in ipaddress.ip_network(prefix).subnets(new_prefix=length)]
    assert [p["prefix"] for p in parts] == wanted and parts[0]["id"] == subnet["id"]
    assert all(p["name"] == "floor" and p["vlans"] == [7] for p in parts)
    assert [p.get("gateways", []) for p in parts] == [[host.format(1)], [], [], [host.format(193)]]
    shown = server.get(f"{ADDRESSES}/{two['id']}").json()
    assert shown["parent"] == parts[3]["id"] and server.get(f"{RANGES}/{span['id']}").json()["parent"] == subnet["id"]
    rev = revision(server.get(SPACES))
    answer = undo(server, rev)
    assert answer.status == 201 and answer.json() == {"reverted": [rev], "count": 1, "objects": 4}
    assert answer.headers["location"] == f"/api/v1/audit/changes/{revision(answer)}"
    assert all_of(server) == before
    # The undoing is a revision like others, and is undone as they are.
    assert undo(server, revision(answer)).status == 201
    assert [s["prefix"] for s in server.get(SUBNETS).json()["items"]] == wanted


@pytest.mark.parametrize("prefix, length, host", PLANS)
def test_a_subnet_is_resized_and_loses_nothing_16(server, prefix, length, host):
    subnet, _, _, two = fill(server, prefix, host)
    path = f"{SUBNETS}/{subnet['id']}"
    wrong = problem(server.post(f"{path}/resize", {"length": length}), 422, "invalid")
    assert wrong["detail"].startswith(f"gateways: {host.format(193)} ")
    assert server.request("PATCH", path, {"gateways": None}).status == 200
    refused = problem(server.post(f"{path}/resize", {"length": length}), 409, "in-use")
    assert refused["detail"] == f"address {host.format(200)} would be in no subnet any more"
    grown = act(server, path, "resize", length=ipaddress.ip_network(prefix).prefixlen - 1)
    assert grown[0]["prefix"] == str(ipaddress.ip_network(prefix).supernet()) and grown[0]["id"] == subnet["id"]
    assert server.request("DELETE", f"{ADDRESSES}/{two['id']}").status == 204
    small = next(ipaddress.ip_network(prefix).subnets(new_prefix=length))
    assert act(server, path, "resize", length=length)[0]["prefix"] == str(small)


def test_a_block_is_resized_and_what_lies_in_it_finds_its_place_16(server):
    outer = create(server, BLOCKS, prefix="10.0.0.0/8")
    inner = create(server, BLOCKS, prefix="10.1.0.0/16")
    subnet = create(server, SUBNETS, prefix="10.1.200.0/24")
    assert act(server, f"{BLOCKS}/{inner['id']}", "resize", length=17)[0]["prefix"] == "10.1.0.0/17"
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["parent"] == outer["id"]
    assert act(server, f"{BLOCKS}/{inner['id']}", "move", prefix="10.1.128.0/17")[0]["parent"] == outer["id"]
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["parent"] == inner["id"]
    problem(server.post(f"{BLOCKS}/{inner['id']}/move", {"prefix": "10.2.0.0/16"}), 422, "invalid")
    halves = act(server, f"{BLOCKS}/{inner['id']}", "split", length=18)
    assert [b["prefix"] for b in halves] == ["10.1.128.0/18", "10.1.192.0/18"]
    assert server.get(f"{SUBNETS}/{subnet['id']}").json()["parent"] == halves[1]["id"]
    whole, = act(server, f"{BLOCKS}/{halves[0]['id']}", "merge", **{"with": [halves[1]["id"]]})
    assert whole["prefix"] == "10.1.128.0/17" and server.get(f"{BLOCKS}/{halves[1]['id']}").status == 404


def test_subnets_are_merged_by_prefix_and_only_into_one(server):
    parts = [create(server, SUBNETS, prefix=p) for p in ("10.4.0.0/25", "10.4.0.128/26", "10.4.0.192/26", "10.4.1.0/24")]
    path = f"{SUBNETS}/{parts[0]['id']}"
    create(server, ADDRESSES, address="10.4.0.191")
    wrong = problem(server.post(f"{path}/merge", {"with": ["10.4.0.128/26", "10.4.1.0/24"]}), 422, "invalid")
    assert "10.4.0.0/23" in wrong["detail"]
    problem(server.post(f"{path}/merge", {"with": ["10.5.0.0/24"]}), 422, "invalid")
    problem(server.post(f"{path}/merge", {"with": [parts[0]["id"]]}), 422, "invalid")
    problem(server.post(f"{path}/merge", {}), 422, "invalid")
    merged, = act(server, path, "merge", **{"with": ["10.4.0.128/26", str(parts[2]["id"])]})
    assert (merged["id"], merged["prefix"], merged["used"]) == (parts[0]["id"], "10.4.0.0/24", "1")
    assert {s["prefix"] for s in server.get(SUBNETS).json()["items"]} == {"10.4.0.0/24", "10.4.1.0/24"}


@pytest.mark.parametrize("prefix, length, host", PLANS)
def test_a_subnet_moves_with_what_is_in_it_and_back_42(server, prefix, length, host):
    subnet, span, one, two = fill(server, prefix, host)
    before = all_of(server)
    target, there = ("192.168.9.0/24", "192.168.9.{}") if length == 26 else ("2001:db8:9::/120", "2001:db8:9::{:x}")
    moved, = act(server, f"{SUBNETS}/{subnet['id']}", "move", prefix=target)
    assert (moved["prefix"], moved["gateways"], moved["used"]) == (target, [there.format(1), there.format(193)], "2")
    now = server.get(f"{RANGES}/{span['id']}").json()
    assert (now["first"], now["last"], now["reserved"]) == (there.format(10), there.format(20), [there.format(12)])
    assert server.get(f"{ADDRESSES}/{one['id']}").json()["address"] == there.format(11)
    assert server.get(f"{ADDRESSES}?address={host.format(11)}").json()["items"] == []
    assert create(server, ADDRESSES, address=host.format(11))["id"] not in (one["id"], two["id"])
    rev = one_before(server)
    late = problem(undo(server, rev), 409, "exists")  # somebody is there now
    assert host.format(11) in late["detail"]
    assert server.request("DELETE", f"{ADDRESSES}/{host.format(11)}").status == 204
    assert undo(server, rev).status == 201
    assert all_of(server) == before


def one_before(server):
    return revision(server.get(SPACES)) - 1


def test_a_range_moves_and_into_another_space_with_its_addresses_42(server):
    space = create(server, SPACES, name="lab")
    subnet, span, one, two = fill(server, "10.1.0.0/24", "10.1.0.{}")
    path = f"{RANGES}/{span['id']}"
    assert act(server, path, "move", last="10.1.0.30")[0]["last"] == "10.1.0.30"
    wrong = problem(server.post(f"{path}/move", {"first": "10.7.0.1", "last": "10.7.0.9"}), 422, "invalid")
    assert "reserved" in wrong["detail"] or "no subnet" in wrong["detail"]
    wrong = problem(server.post(f"{path}/move", {"space": "lab"}), 422, "invalid")
    assert "no subnet" in wrong["detail"]
    create(server, SUBNETS, prefix="10.1.0.0/24", space=space["id"])
    moved, = act(server, path, "move", space="lab")
    assert moved["space"] == space["id"]
    assert server.get(f"{ADDRESSES}/{one['id']}").json()["space"] == space["id"]
    assert server.get(f"{ADDRESSES}/{two['id']}").json()["space"] != space["id"]
    problem(server.post(f"{path}/move", {"space": "nowhere"}), 422, "invalid")
    problem(server.post(f"{path}/move", {}), 422, "invalid")


def test_an_address_object_gets_another_address_or_space_54(server):
    space = create(server, SPACES, name="lab")
    one = create(server, ADDRESSES, address="10.1.0.11", name="printer", mac="00:53:00:00:00:01")
    create(server, ADDRESSES, address="10.1.0.12")
    path = f"{ADDRESSES}/{one['id']}"
    problem(server.post(f"{path}/move", {"address": "10.1.0.12"}), 409, "exists")
    problem(server.post(f"{path}/move", {"address": "127.0.0.1"}), 422, "invalid")
    moved, = act(server, path, "move", address="2001:db8::1")
    assert (moved["address"], moved["name"], moved["mac"]) == ("2001:db8::1", "printer", "00:53:00:00:00:01")
    assert act(server, path, "move", space=space["id"])[0]["space"] == space["id"]
    assert server.get(f"{ADDRESSES}/2001:db8::1@lab").json()["id"] == one["id"]


def test_what_was_claimed_stays_in_its_space(server):
    create(server, SPACES, name="lab")
    subnet = create(server, SUBNETS, prefix="10.1.0.0/24")
    got = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {"claim": "host-1"}).json()["items"][0]
    refused = problem(server.post(f"{ADDRESSES}/{got['id']}/move", {"space": "lab"}), 409, "in-use")
    assert "host-1" in refused["detail"]
    moved, = act(server, f"{ADDRESSES}/{got['id']}", "move", address="10.1.0.77")
    again = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {"claim": "host-1"})
    assert again.status == 200 and [i["address"] for i in again.json()["items"]] == ["10.1.0.77"]


def test_what_is_reshaped_needs_the_rights_on_all_of_it(server):
    """Who may change a subnet and make none may not split it; who may make no more than two makes no third that way."""
    subnet = create(server, SUBNETS, prefix="10.1.0.0/24")
    role = create(server, "/api/v1/access/roles", name="changers", operations=["ipam.subnet.change"])
    kim = create(server, "/api/v1/access/users", name="kim", password="a long enough password")
    create(server, "/api/v1/access/policies", principal="user:kim", role=role["name"], scope=2)
    token = create(server, "/api/v1/access/tokens", name="t", user=kim["id"])["token"]
    path = f"{SUBNETS}/{subnet['id']}"
    refused = problem(server.post(f"{path}/split", {"length": 25}, token=token), 403, "denied")
    assert "ipam.subnet.create" in refused["detail"]
    assert server.post(f"{path}/resize", {"length": 25}, token=token).status == 200
    refused = problem(server.post(f"{path}/resize", {"length": 24}, token=token), 403, "denied")
    assert "larger" in refused["detail"] and server.get(path).json()["prefix"] == "10.1.0.0/25"
    other = create(server, SUBNETS, prefix="10.1.0.128/25")
    maker = create(server, "/api/v1/access/roles", name="makers", operations=["ipam.subnet.change", "ipam.subnet.create"])
    create(server, "/api/v1/access/policies", principal="user:kim", role=maker["name"], scope=2)
    refused = problem(server.post(f"{path}/merge", {"with": [other["id"]]}, token=token), 403, "denied")
    assert "ipam.subnet.delete" in refused["detail"]
    assert server.post(f"{path}/resize", {"length": 26}, token=token).status == 200
    assert server.post(f"{path}/split", {"length": 27}, token=token).status == 200


def test_moves_at_once_leave_nothing_behind(server):
    """Several move one subnet to and fro, others put addresses into it: each stays in it, or was never there."""
    subnet, span, _, _ = fill(server, "10.1.0.0/24", "10.1.0.{}")
    path = f"{SUBNETS}/{subnet['id']}"

    def one(i):
        if i % 4 == 0:
            return server.post(f"{path}/allocate", {"count": 2}).status
        return server.post(f"{path}/move", {"prefix": f"10.{1 + i % 7}.0.0/24"}).status

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(one, range(80)))
    assert set(statuses) <= {200, 201, 409, 503} and statuses.count(200) > 30 and statuses.count(201) > 5, statuses
    now = ipaddress.ip_network(server.get(path).json()["prefix"])
    addresses = server.get(f"{ADDRESSES}?limit=1000").json()["items"]
    assert len(addresses) == 2 + 2 * statuses.count(201)
    assert all(ipaddress.ip_address(a["address"]) in now for a in addresses)
    moved = server.get(f"{RANGES}/{span['id']}").json()
    assert ipaddress.ip_address(moved["first"]) in now and moved["parent"] == subnet["id"]
