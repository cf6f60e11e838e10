# test_carve.py - what is free, and taking it: prefixes of blocks, runs of addresses, the strategies; items 25, 40, 59, 60.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove."""
import ipaddress
import random

import pytest

import daemon
from test_api import problem

BLOCKS, SUBNETS, RANGES, ADDRESSES = (f"/api/v1/ipam/{name}" for name in ("blocks", "subnets", "ranges", "addresses"))


@pytest.fixture(scope="module")
def server():
    with daemon.maker() as make:
        yield make()


def create(server, path, **fields):
    answer = server.post(path, fields)
    assert answer.status == 201, answer.body
    return answer.json()


def free(server, path, **params):
    """All that is free, over as many pages as there are."""
    found, query = [], "&".join(f"{k}={v}" for k, v in params.items())
    while True:
        answer = server.get(f"{path}/free?{query}")
        assert answer.status == 200, answer.body
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        query = "&".join([f"{k}={v}" for k, v in params.items()] + [f"cursor={answer.json()['next']}"])


def networks(items):
    return [ipaddress.ip_network(i["prefix"]) for i in items]


@pytest.mark.parametrize("block, length", [("10.10.0.0/16", 24), ("2001:db8:10::/48", 64)])
def test_free_prefixes_of_a_length_are_found_and_made_subnets_25(server, block, length):
    """Windows finds 32 at the most, and makes them in a second step; here a page has up to 1,000, and allocate makes them."""
    key = f"{BLOCKS}/{create(server, BLOCKS, prefix=block)['id']}"
    of_it = ipaddress.ip_network(block).subnets(new_prefix=length)
    expected = [next(of_it) for _ in range(64)]
    create(server, SUBNETS, prefix=str(expected[0]))
    create(server, SUBNETS, prefix=str(next(expected[2].subnets(prefixlen_diff=1))))
    left = [expected[1]] + expected[3:]
    page = server.get(f"{key}/free?prefix_length={length}&limit=40").json()
    assert networks(page["items"]) == left[:40] and page["next"]
    assert page["items"][0] == {"prefix": str(left[0]), "first": str(left[0][0]), "last": str(left[0][-1]), "size": str(left[0].num_addresses)}
    more = server.get(f"{key}/free?prefix_length={length}&limit=20&cursor={page['next']}").json()
    assert networks(more["items"]) == left[40:60]
    before = server.get(f"{SUBNETS}?within={block}").json()["items"]
    made = server.post(f"{key}/allocate", {"prefix_length": length, "count": 3, "name": "floor"})
    assert made.status == 201 and networks(made.json()["items"]) == left[:3] and {i["name"] for i in made.json()["items"]} == {"floor"}
    assert all(i["parent"] == int(key.rpartition("/")[2]) for i in made.json()["items"])
    assert len(server.get(f"{SUBNETS}?within={block}").json()["items"]) == len(before) + 3
    assert networks(server.get(f"{key}/free?prefix_length={length}&limit=1").json()["items"]) == left[3:4]


def test_free_space_is_what_nothing_takes(server):
    """The prefixes that are shown, with what is taken, are the block; none could be larger, none overlaps another."""
    rng = random.Random(6)
    block = ipaddress.ip_network("10.20.0.0/20")
    key = f"{BLOCKS}/{create(server, BLOCKS, prefix=str(block))['id']}"
    taken = []
    while len(taken) < 40:
        one = ipaddress.ip_network((int(block[0]) + rng.randrange(block.num_addresses), rng.randrange(24, 31)), strict=False)
        if not any(one.overlaps(other) for other in taken):
            taken.append(one)
            create(server, SUBNETS, prefix=str(one))
    shown = networks(free(server, key, limit=7))
    assert shown == sorted(shown) and sum(n.num_addresses for n in shown + taken) == block.num_addresses
    assert list(ipaddress.collapse_addresses(shown + taken)) == [block]
    assert shown == list(ipaddress.collapse_addresses(shown))
    assert server.get(f"{key}/free?prefix_length=19").status == 422 and server.get(f"{key}/free?prefix_length=33").status == 422
    problem(server.get(f"{key}/free?prefix_length=0"), 422, "invalid")
    problem(server.get(f"{key}/free?cursor=00"), 400, "bad-cursor")
    problem(server.get(f"{key}/free?length=24"), 422, "invalid")


@pytest.mark.parametrize("subnet, scope", [("10.30.0.0/24", None), ("2001:db8:30::/64", None)])
def test_runs_of_free_addresses_40(server, subnet, scope):
    net = ipaddress.ip_network(subnet)
    key = f"{SUBNETS}/{create(server, SUBNETS, prefix=subnet)['id']}"
    taken = [net[n] for n in (1, 2, 7, 100)]
    for address in taken:
        create(server, ADDRESSES, address=str(address))
    last = net[-2] if net.version == 4 else net[-1]
    runs = [(net[3], net[6]), (net[8], net[99]), (net[101], last)]
    shown = free(server, key, limit=2)
    assert [(i["first"], i["last"]) for i in shown] == [(str(a), str(b)) for a, b in runs]
    assert [i["size"] for i in shown] == [str(int(b) - int(a) + 1) for a, b in runs]
    ranged = create(server, RANGES, first=str(net[5]), last=str(net[9]))
    assert [(i["first"], i["last"]) for i in free(server, f"{RANGES}/{ranged['id']}")] == [(str(net[5]), str(net[6])), (str(net[8]), str(net[9]))]


def test_a_cursor_of_the_other_family_is_none(server):
    """Of lists of one path, which else take each other's cursors."""
    for path, v4, v6 in ((BLOCKS, "10.32.0.0/16", "2001:db8:32::/48"), (SUBNETS, "10.33.0.0/24", "2001:db8:33::/64")):
        keys = [f"{path}/{create(server, path, prefix=p)['id']}" for p in (v4, v6)]
        middle = [str(ipaddress.ip_network(p)[100]) for p in (v4, v6)]
        for address in middle:
            create(server, ADDRESSES, address=address)
        cursors = [server.get(f"{key}/free?limit=1").json()["next"] for key in keys]
        assert all(cursors)
        for key, cursor in zip(keys, reversed(cursors)):
            problem(server.get(f"{key}/free?cursor={cursor}"), 400, "bad-cursor")


def test_next_free_skips_what_is_used_59_and_any_number_60(server):
    """Windows finds 1,024 at the most and warns when there are fewer; here 1,000 a request, and it is all or none."""
    create(server, SUBNETS, prefix="10.40.0.0/21")
    key = f"{SUBNETS}/10.40.0.0_21"
    create(server, ADDRESSES, address="10.40.0.1")
    got = server.post(f"{key}/allocate", {"count": 1000}).json()["items"]
    assert got[0]["address"] == "10.40.0.2" and len({i["address"] for i in got}) == 1000
    problem(server.post(f"{key}/allocate", {"count": 1001}), 422, "invalid")
    assert len(server.post(f"{key}/allocate", {"count": 1000}).json()["items"]) == 1000
    body = problem(server.post(f"{key}/allocate", {"count": 46}), 409, "exhausted")
    assert "45 of the 46" in body["detail"]
    assert len(server.post(f"{key}/allocate", {"count": 45}).json()["items"]) == 45 and free(server, key) == []


def test_strategies_sparse_contiguous_and_eui64(server):
    create(server, SUBNETS, prefix="10.41.0.0/24")
    key = f"{SUBNETS}/10.41.0.0_24/allocate"
    spread = [server.post(key, {"strategy": "sparse"}).json()["items"][0]["address"] for _ in range(4)]
    assert spread == ["10.41.0.1", "10.41.0.128", "10.41.0.64", "10.41.0.192"]
    run = [i["address"] for i in server.post(key, {"contiguous": True, "count": 63}).json()["items"]]
    assert run == [f"10.41.0.{n}" for n in range(65, 128)]
    problem(server.post(key, {"contiguous": True, "count": 64}), 409, "exhausted")
    problem(server.post(key, {"contiguous": True, "strategy": "last"}), 422, "invalid")
    problem(server.post(key, {"strategy": "eui64", "mac": "34:56:78:9a:bc:de"}), 422, "invalid")
    create(server, SUBNETS, prefix="2001:db8:41::/64")
    key = f"{SUBNETS}/2001:db8:41::_64/allocate"
    mine = {"strategy": "eui64", "mac": "34:56:78:9a:bc:de"}
    assert server.post(key, mine).json()["items"][0]["address"] == "2001:db8:41:0:3656:78ff:fe9a:bcde"
    problem(server.post(key, mine), 409, "exhausted")
    problem(server.post(key, {"strategy": "eui64"}), 422, "invalid")
    problem(server.post(key, {**mine, "count": 2}), 422, "invalid")


def test_claims_of_prefixes_are_kept(server):
    """The same claim gets the same subnets, also after the service was killed; after one was deleted it gets none."""
    key = f"{BLOCKS}/{create(server, BLOCKS, prefix='10.50.0.0/16')['id']}/allocate"
    wish = {"prefix_length": 24, "count": 2, "claim": "site-7", "strategy": "sparse"}
    first = server.post(key, wish)
    assert first.status == 201 and [i["prefix"] for i in first.json()["items"]] == ["10.50.0.0/24", "10.50.128.0/24"]
    assert {i["claim"] for i in first.json()["items"]} == {"site-7"}
    server.kill()
    server.start()
    again = server.post(key, wish)
    assert again.status == 200 and [i["id"] for i in again.json()["items"]] == [i["id"] for i in first.json()["items"]]
    problem(server.post(key, {**wish, "count": 3}), 422, "claim-mismatch")
    assert server.request("DELETE", f"{SUBNETS}/10.50.128.0_24").status == 204
    problem(server.post(key, wish), 410, "claim-released")
    problem(server.post(key, {"count": 1}), 422, "invalid")
    problem(server.post(key, {"prefix_length": 24, "strategy": "last"}), 422, "invalid")
    problem(server.post(key, {"prefix_length": 15}), 422, "invalid")


def test_from_the_command_line(server):
    server.ctl("block", "add", "10.60.0.0/22")
    out = server.ctl("block", "allocate", "10.60.0.0/22", "--prefix-length", "24", "--count", "2", "--name", "lab", "-o", "csv").stdout
    assert "10.60.0.0/24" in out and "10.60.1.0/24" in out and "lab" in out
    assert "10.60.2.0/23" in server.ctl("block", "free", "10.60.0.0/22").stdout
    assert server.ctl("block", "free", "10.60.0.0/22", "--prefix-length", "25", "-o", "csv").stdout.count("/25") == 4
    server.ctl("address", "allocate", "--subnet", "10.60.0.0/24", "--count", "3", "--contiguous")
    assert "10.60.0.4" in server.ctl("subnet", "free", "10.60.0.0/24").stdout
    refused = server.ctl("block", "allocate", "10.60.0.0/22", "--prefix-length", "22", check=False)
    assert refused.returncode == 8 and "10.60.0.0/22" in refused.stderr
    assert server.ctl("block", "allocate", "10.60.0.0/22", check=False).returncode == 2
