# test_pools.py - pools of subnets, ranges and blocks: in order, spilling over, once per claim; row 6 of the field.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import json

import pytest

import identity

IPAM, POOLS = "/api/v1/ipam", "/api/v1/ipam/pools"


def made(answer, status=201):
    assert answer.status == status, answer
    return answer.json()


def refused(answer, status, slug):
    assert answer.status == status and answer.json()["type"].endswith(slug), answer
    return answer.json()


def subnets(ipamd, *prefixes):
    return [made(ipamd.post(f"{IPAM}/subnets", {"prefix": p}))["id"] for p in prefixes]


def given(answer, status=201):
    return [i["address"] for i in made(answer, status)["items"]]


@pytest.fixture
def edge(ipamd):
    """Two addresses in the first member, six in the second."""
    ids = subnets(ipamd, "10.5.0.0/30", "10.4.0.0/29")
    return {**made(ipamd.post(POOLS, {"name": "edge", "members": ["10.5.0.0/30", f"subnet {ids[1]}"]})), "ids": ids}


def test_a_pool_is_made_shown_changed_and_deleted_6(ipamd, edge):
    ids = edge["ids"]
    assert edge["members"] == [f"subnet {i}" for i in ids] and edge["keys"] == ["subnet 10.5.0.0/30", "subnet 10.4.0.0/29"]
    assert (edge["size"], edge["used"]) == ("12", "0")
    assert made(ipamd.get(f"{POOLS}/edge"), 200) == made(ipamd.get(f"{POOLS}/{edge['id']}"), 200)
    refused(ipamd.post(POOLS, {"name": "edge", "members": ["10.5.0.0/30"]}), 409, "exists")
    for wrong in (["10.9.0.0/24"], [], ["10.5.0.0/30", "10.5.0.0_30"], ["block 10.5.0.0/30"], [f"range {ids[0]}"]):
        assert refused(ipamd.post(POOLS, {"name": "x", "members": wrong}), 422, "invalid")["detail"].startswith("members")
    turned = made(ipamd.request("PATCH", f"{POOLS}/edge", {"members": edge["members"][::-1]}), 200)
    assert turned["keys"] == edge["keys"][::-1] and turned["rev"] > edge["rev"]
    assert given(ipamd.post(f"{POOLS}/edge/allocate")) == ["10.4.0.1"]
    then = made(ipamd.get(f"{POOLS}/edge?at={edge['rev']}"), 200)
    assert then["members"] == edge["members"]
    whole = {k: v for k, v in turned.items() if k not in ("description",)} | {"description": "turned"}
    assert made(ipamd.request("PUT", f"{POOLS}/edge", whole), 200)["description"] == "turned"
    assert [p["name"] for p in ipamd.items("ipam/pools?name=edge")] == ["edge"]
    # A member that is resized stays the member.
    made(ipamd.post(f"{IPAM}/subnets/{ids[1]}/resize", {"length": 28}), 200)
    assert made(ipamd.get(f"{POOLS}/edge"), 200)["keys"][0] == "subnet 10.4.0.0/28"
    # It is not deleted, nor merged away, as long as the pool names it.
    answer = refused(ipamd.request("DELETE", f"{IPAM}/subnets/{ids[0]}"), 409, "in-use")
    assert "edge" in answer["detail"] and str(edge["id"]) in answer["hint"]
    subnets(ipamd, "10.5.0.4/30")
    refused(ipamd.post(f"{IPAM}/subnets/10.5.0.4_30/merge", {"with": ["10.5.0.0/30"]}), 409, "in-use")
    assert ipamd.request("DELETE", f"{POOLS}/edge").status == 204
    assert ipamd.request("DELETE", f"{IPAM}/subnets/{ids[0]}").status == 204
    # What was handed out stays.
    assert len(ipamd.items("ipam/addresses")) == 1


def test_a_full_member_spills_over_to_the_next_6(ipamd, edge):
    allocate = f"{POOLS}/edge/allocate"
    assert given(ipamd.post(allocate, {"name": "web"})) == ["10.5.0.1"]
    assert given(ipamd.post(allocate, {"count": 2})) == ["10.4.0.1", "10.4.0.2"]  # all of one member
    answer = refused(ipamd.post(allocate, {"count": 5}), 409, "exhausted")
    assert [e["message"] for e in answer["errors"]] == ["subnet 10.5.0.0/30 has 1 of the 5 addresses free",
                                                        "subnet 10.4.0.0/29 has 4 of the 5 addresses free"]
    assert given(ipamd.post(allocate, {"count": 5, "spread": True})) == ["10.5.0.2"] + [f"10.4.0.{i}" for i in (3, 4, 5, 6)]
    answer = refused(ipamd.post(allocate, {"spread": True}), 409, "exhausted")
    assert [e["message"].split(" has ")[1] for e in answer["errors"]] == ["0 of the 1 addresses free"] * 2
    assert made(ipamd.get(f"{POOLS}/edge"), 200)["used"] == "8"
    assert ipamd.request("DELETE", f"{IPAM}/addresses/10.5.0.1").status == 204
    assert given(ipamd.post(allocate)) == ["10.5.0.1"]
    refused(ipamd.post(allocate, {"contiguous": True, "spread": True}), 422, "invalid")
    refused(ipamd.post(allocate, {"strategy": "eui64", "mac": "02:00:00:00:00:01"}), 422, "invalid")
    refused(ipamd.post(allocate, {"prefix_length": 30}), 422, "invalid")
    refused(ipamd.post(f"{IPAM}/subnets/10.5.0.0_30/allocate", {"spread": True}), 422, "invalid")


def test_a_claim_gets_the_same_for_ever_6(ipamd, edge):
    allocate, order = f"{POOLS}/edge/allocate", {"count": 3, "claim": "order-1", "name": "web"}
    first = given(ipamd.post(allocate, order))
    assert first == ["10.4.0.1", "10.4.0.2", "10.4.0.3"]
    ipamd.kill()
    ipamd.process.start()
    assert given(ipamd.post(allocate, order), 200) == first
    refused(ipamd.post(allocate, {**order, "count": 2}), 422, "claim-mismatch")
    made(ipamd.post(POOLS, {"name": "other", "members": ["10.4.0.0/29"]}))
    refused(ipamd.post(f"{POOLS}/other/allocate", order), 422, "claim-mismatch")  # it was made of another pool
    made(ipamd.request("PATCH", f"{POOLS}/edge", {"members": ["10.5.0.0/30"]}), 200)
    assert given(ipamd.post(allocate, order), 200) == first  # whatever became of the pool
    assert ipamd.request("DELETE", f"{IPAM}/addresses/{first[0]}").status == 204
    refused(ipamd.post(allocate, order), 410, "claim-released")


def test_sixteen_clients_at_once_until_all_are_full_6(ipamd):
    prefixes = [f"10.6.{i}.0/28" for i in range(9)] + ["10.7.0.0/25"]
    subnets(ipamd, *prefixes)
    made(ipamd.post(POOLS, {"name": "busy", "members": prefixes}))
    room = 9 * 14 + 126
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda i: ipamd.post(f"{POOLS}/busy/allocate"), range(room + 20)))
    got = [a.json()["items"][0]["address"] for a in answers if a.status == 201]
    assert len(set(got)) == len(got) == room
    assert {a.status for a in answers} == {201, 409}
    assert made(ipamd.get(f"{POOLS}/busy"), 200)["used"] == str(room)


def test_blocks_give_subnets_6(ipamd):
    for prefix in ("10.8.0.0/25", "10.2.0.0/23", "2001:db8::/48"):
        made(ipamd.post(f"{IPAM}/blocks", {"prefix": prefix}))
    made(ipamd.post(POOLS, {"name": "sites", "members": ["block 10.8.0.0/25", "10.2.0.0/23"]}))
    refused(ipamd.post(POOLS, {"name": "both", "members": ["block 10.8.0.0/25", "block 2001:db8::/48"]}), 422, "invalid")
    allocate = f"{POOLS}/sites/allocate"
    refused(ipamd.post(allocate), 422, "invalid")
    take = lambda status=201, **body: [s["prefix"] for s in made(ipamd.post(allocate, body), status)["items"]]
    assert take(prefix_length=26, count=2, name="site") == ["10.8.0.0/26", "10.8.0.64/26"]
    assert take(prefix_length=24, claim="site-1") == ["10.2.0.0/24"] == take(200, prefix_length=24, claim="site-1")
    answer = refused(ipamd.post(allocate, {"prefix_length": 24, "count": 2}), 409, "exhausted")
    assert [e["message"] for e in answer["errors"]] == ["block 10.8.0.0/25 has no prefixes of that length",
                                                        "block 10.2.0.0/23 has 1 of the 2 prefixes free"]
    made(ipamd.post(POOLS, {"name": "six", "members": ["block 2001:db8::/48"]}))
    assert [s["prefix"] for s in made(ipamd.post(f"{POOLS}/six/allocate", {"prefix_length": 64}))["items"]] == ["2001:db8::/64"]


def test_what_a_limited_caller_does_not_see_is_passed_over_6(ipamd):
    made(ipamd.post("/api/v1/access/scopes", [{"path": "/Global/A"}, {"path": "/Global/B"}]))
    scope = {s["path"]: s["id"] for s in ipamd.items("access/scopes")}
    his, theirs = subnets(ipamd, "10.1.0.0/30", "10.2.0.0/24")
    for sid, path in ((his, "/Global/A"), (theirs, "/Global/B")):
        made(ipamd.post(f"{IPAM}/subnets/{sid}/set-scope", {"access_scope": path}), 200)
    pool = made(ipamd.post(POOLS, {"name": "edge", "members": ["10.2.0.0/24", "10.1.0.0/30"]}))
    identity.user(ipamd, "alice", "correct horse battery")
    token = identity.session(ipamd, "alice", "correct horse battery")["token"]
    made(ipamd.post("/api/v1/access/policies", {"principal": "user:alice", "role": "asm-administrator", "scope": scope["/Global/A"]}))
    assert ipamd.get(f"{POOLS}/edge", token=token).status == 404  # it is in /Global
    assert ipamd.post(f"{POOLS}/edge/allocate", token=token).status == 404
    made(ipamd.post(f"{POOLS}/{pool['id']}/set-scope", {"access_scope": "/Global/A"}), 200)
    seen = made(ipamd.get(f"{POOLS}/edge", token=token), 200)
    assert seen["keys"] == ["subnet 10.1.0.0/30"] and seen["members"] == [f"subnet {his}"]
    assert given(ipamd.post(f"{POOLS}/edge/allocate", token=token)) == ["10.1.0.1"]
    answer = ipamd.post(f"{POOLS}/edge/allocate", {"count": 2}, token=token)
    assert [e["message"] for e in refused(answer, 409, "exhausted")["errors"]] == ["subnet 10.1.0.0/30 has 1 of the 2 addresses free"]
    assert b"10.2.0" not in answer.body
    # He changes what does not name others, and cannot take out what he does not see, nor put it in.
    assert ipamd.request("PATCH", f"{POOLS}/edge", {"description": "x"}, token=token).status == 200
    assert ipamd.request("PATCH", f"{POOLS}/edge", {"members": ["10.1.0.0/30"]}, token=token).status == 403
    for method, path, more in (("PATCH", f"{POOLS}/edge", {}), ("PUT", f"{POOLS}/edge", {"name": "edge"})):
        for front in ([], ["10.1.0.0/30"]):
            hidden, id_, never = (ipamd.request(method, path, {"members": front + [m], **more}, token=token).json()
                                  for m in ("10.2.0.0/24", f"subnet {theirs}", "subnet 4711"))
            assert hidden == id_ == never and never["status"] == 422
    assert made(ipamd.get(f"{POOLS}/edge"), 200)["keys"] == ["subnet 10.2.0.0/24", "subnet 10.1.0.0/30"]
    assert given(ipamd.post(f"{POOLS}/edge/allocate")) == ["10.2.0.1"]
    # Nor by undoing what others did to it.
    rev = made(ipamd.request("PATCH", f"{POOLS}/edge", {"members": ["10.1.0.0/30", "10.2.0.0/24"]}), 200)["rev"]
    assert ipamd.post(f"/api/v1/audit/changes/{rev}/revert", token=token).status == 403
    rev = made(ipamd.request("PATCH", f"{POOLS}/edge", {"description": "y"}), 200)["rev"]
    made(ipamd.post(f"/api/v1/audit/changes/{rev}/revert", token=token))
    # Who may only look at the pool is given nothing.
    identity.user(ipamd, "bob", "correct horse battery")
    look = identity.session(ipamd, "bob", "correct horse battery")["token"]
    made(ipamd.post("/api/v1/access/policies", {"principal": "user:bob", "role": "reader", "scope": scope["/Global"]}))
    assert ipamd.get(f"{POOLS}/edge", token=look).status == 200 and ipamd.post(f"{POOLS}/edge/allocate", token=look).status == 403


def test_an_allocation_and_a_pool_are_undone_6(ipamd, edge):
    answer = ipamd.post(f"{POOLS}/edge/allocate", {"count": 7, "spread": True})
    assert len(given(answer)) == 7
    rev = answer.headers["ipam-revision"]
    made(ipamd.post(f"/api/v1/audit/changes/{rev}/revert"))
    assert ipamd.items("ipam/addresses") == [] and made(ipamd.get(f"{POOLS}/edge"), 200)["used"] == "0"
    gone = ipamd.request("DELETE", f"{POOLS}/edge")
    made(ipamd.post(f"/api/v1/audit/changes/{gone.headers['ipam-revision']}/revert"))
    back = made(ipamd.get(f"{POOLS}/edge"), 200)
    assert back["id"] == edge["id"] and back["members"] == edge["members"]


def test_pools_on_the_command_line_6(ipamd):
    ctl = lambda *words, **kw: ipamd.ctl("address-pool", *words, **kw)
    shown = lambda *words: json.loads(ctl(*words, "-o", "json").stdout)
    subnets(ipamd, "10.5.0.0/30", "10.4.0.0/29")
    ctl("add", "edge", "--member", "subnet 10.5.0.0/30", "--member", "10.4.0.0/29", "--owner", "noc")
    assert shown("show", "edge")["keys"] == ["subnet 10.5.0.0/30", "subnet 10.4.0.0/29"]
    assert [a["address"] for a in shown("allocate", "edge", "--count", "3", "--claim", "c", "--name", "web")] == ["10.4.0.1", "10.4.0.2", "10.4.0.3"]
    assert [a["address"] for a in shown("allocate", "edge", "--count", "4", "--spread")] == ["10.5.0.1", "10.5.0.2", "10.4.0.4", "10.4.0.5"]
    assert "subnet 10.5.0.0/30" in ctl("list").stdout
    full = ctl("allocate", "edge", "--count", "2", check=False)
    assert full.returncode == 8 and "subnet 10.4.0.0/29 has 1 of the 2" in full.stderr
    ctl("set", "edge", "--member", "10.4.0.0/29")
    assert len(shown("show", "edge")["members"]) == 1
    ipamd.ctl("block", "add", "10.8.0.0/16")
    ctl("add", "sites", "--member", "block 10.8.0.0/16")
    assert [s["prefix"] for s in shown("allocate", "sites", "--prefix-length", "24")] == ["10.8.0.0/24"]
    ctl("delete", "edge", "--yes")
    assert ctl("show", "edge", check=False).returncode == 3
