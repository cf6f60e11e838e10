# test_access_local.py - policies of local users and groups: what they give, to whom, and when no longer.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

import identity

PASSWORD = "correct horse battery"
ACCESS, SUBNETS = "/api/v1/access", "/api/v1/ipam/subnets"


def made(answer):
    assert answer.status in (200, 201), answer
    return answer.json()


@pytest.fixture
def branch(ipamd):
    """An access scope with a block in it, and another one."""
    scopes = made(ipamd.post(f"{ACCESS}/scopes", [{"path": "/Global/A"}, {"path": "/Global/B"}]))["items"]
    for prefix, scope in (("10.1.0.0/16", "A"), ("10.2.0.0/16", "B")):
        block = made(ipamd.post("/api/v1/ipam/blocks", {"prefix": prefix}))
        made(ipamd.post(f"/api/v1/ipam/blocks/{block['id']}/set-scope", {"access_scope": f"/Global/{scope}"}))
    return {"A": scopes[0]["id"], "B": scopes[1]["id"]}


def policy(ipamd, principal, scope, role="asm-administrator", **more):
    return made(ipamd.post(f"{ACCESS}/policies", {"principal": principal, "role": role, "scope": scope, **more}))


def subnet(ipamd, prefix, token):
    return ipamd.post(SUBNETS, {"prefix": prefix}, token=token).status


def test_item_150_a_user_has_what_his_policies_and_those_of_his_groups_give(ipamd, branch):
    identity.user(ipamd, "alice", PASSWORD)
    token = identity.session(ipamd, "alice", PASSWORD)["token"]
    assert subnet(ipamd, "10.1.0.0/24", token) == 403
    policy(ipamd, "user:alice", branch["A"])
    assert subnet(ipamd, "10.1.0.0/24", token) == 201 and subnet(ipamd, "10.2.0.0/24", token) == 403
    made(ipamd.post(f"{ACCESS}/groups", {"name": "noc", "members": ["alice"]}))
    by_group = policy(ipamd, "group:noc", branch["B"])
    assert subnet(ipamd, "10.2.0.0/24", token) == 201  # they add up
    assert [s["prefix"] for s in ipamd.get(SUBNETS, token=token).json()["items"]] == ["10.1.0.0/24", "10.2.0.0/24"]
    why = ipamd.get(f"{ACCESS}/explain?operation=ipam.subnet.create&scope=/Global/B", token=token).json()
    assert why["verdict"] == "allowed" and [r["policy"] for r in why["rights"] if r["covers"]] == [by_group["id"]]
    who = ipamd.get(f"{ACCESS}/who-can?operation=ipam.subnet.create&type=subnet&key=10.2.0.0_24").json()["items"]
    assert "group:noc" in [w["principal"] for w in who] and "user:alice" not in [w["principal"] for w in who]
    assert ipamd.request("PATCH", f"{ACCESS}/groups/noc", {"members": []}).status == 200
    assert subnet(ipamd, "10.2.1.0/24", token) == 403  # from the next request on
    assert [s["prefix"] for s in ipamd.get(SUBNETS, token=token).json()["items"]] == ["10.1.0.0/24"]


def test_a_group_may_be_for_the_whole_network(ipamd):
    identity.user(ipamd, "alice", PASSWORD)
    token = identity.session(ipamd, "alice", PASSWORD)["token"]
    root = ipamd.get(f"{ACCESS}/scopes/%2FGlobal").json()["id"]
    made(ipamd.post(f"{ACCESS}/groups", {"name": "chiefs", "members": ["alice"]}))
    policy(ipamd, "group:chiefs", root, "administrator")
    assert ipamd.get(f"{ACCESS}/users", token=token).status == 200
    assert ipamd.post(f"{ACCESS}/policies", {"principal": "user:alice", "role": "reader", "scope": root}).status == 201


def test_a_token_is_narrowed_to_a_part_of_the_network(ipamd, branch):
    alice = identity.user(ipamd, "alice", PASSWORD)
    for scope in branch.values():
        policy(ipamd, "user:alice", scope)
    token = identity.token(ipamd, alice, access_scope="/Global/A")["token"]
    assert subnet(ipamd, "10.1.0.0/24", token) == 201 and subnet(ipamd, "10.2.0.0/24", token) == 403
    assert ipamd.get("/api/v1/ipam/blocks/10.2.0.0_16", token=token).status == 404
    both = identity.token(ipamd, alice, "both")["token"]
    assert ipamd.get("/api/v1/ipam/blocks/10.2.0.0_16", token=both).status == 200


def test_each_member_of_a_group_may_hold_as_many_as_its_policy_says(ipamd, branch):
    tokens = {}
    for name in ("alice", "bob"):
        identity.user(ipamd, name, PASSWORD)
        tokens[name] = identity.session(ipamd, name, PASSWORD)["token"]
    made(ipamd.post(f"{ACCESS}/groups", {"name": "noc", "members": list(tokens)}))
    policy(ipamd, "group:noc", branch["A"], max_blocks=1, min_length4=24)
    assert subnet(ipamd, "10.1.0.0/23", tokens["alice"]) == 403  # larger than it may be
    assert subnet(ipamd, "10.1.0.0/24", tokens["alice"]) == 201
    assert subnet(ipamd, "10.1.1.0/24", tokens["alice"]) == 403
    assert subnet(ipamd, "10.1.2.0/24", tokens["bob"]) == 201
    assert ipamd.request("DELETE", f"{SUBNETS}/10.1.0.0_24", token=tokens["alice"]).status == 204
    assert subnet(ipamd, "10.1.1.0/24", tokens["alice"]) == 201  # it was given back


def test_a_policy_is_for_somebody_who_is_there(ipamd, branch):
    for principal in ("user:nobody", "group:none", "somebody", "user:"):
        answer = ipamd.post(f"{ACCESS}/policies", {"principal": principal, "role": "reader", "scope": branch["A"]})
        assert answer.status == 422 and "/principal" in answer.json()["detail"], answer


def test_a_deleted_user_leaves_no_policy(ipamd, branch):
    """Lest another one of that name inherits it; the same of groups."""
    identity.user(ipamd, "alice", PASSWORD)
    made(ipamd.post(f"{ACCESS}/groups", {"name": "noc"}))
    policy(ipamd, "user:alice", branch["A"])
    policy(ipamd, "group:noc", branch["A"])
    assert ipamd.request("DELETE", f"{ACCESS}/users/alice").status == 204
    assert [p["principal"] for p in ipamd.get(f"{ACCESS}/policies").json()["items"]] == ["group:noc"]
    assert ipamd.request("DELETE", f"{ACCESS}/groups/noc").status == 204
    assert ipamd.get(f"{ACCESS}/policies").json()["items"] == []
    identity.user(ipamd, "alice", PASSWORD)
    assert subnet(ipamd, "10.1.0.0/24", identity.session(ipamd, "alice", PASSWORD)["token"]) == 403


def test_item_137_changes_are_searched_by_what_they_say(ipamd):
    """Who, from where, with which operation, when, why, which request, which object and how many of them."""
    identity.user(ipamd, "alice", PASSWORD, role="administrator")
    token = identity.session(ipamd, "alice", PASSWORD)["token"]
    block = ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "name": "first"}, headers={"X-Change-Reason": "ticket 4711"})
    made(ipamd.post(SUBNETS, [{"prefix": "10.1.0.0/24"}, {"prefix": "10.1.1.0/24"}], token=token))
    assert ipamd.request("PATCH", "/api/v1/ipam/blocks/10.0.0.0_8", {"name": "second"}, token=token).status == 200
    rev = block.json()["rev"]
    change = ipamd.get(f"/api/v1/audit/changes?rev={rev}").json()["items"][0]
    items = ipamd.get(f"/api/v1/audit/changes/{rev}").json()["items"]
    assert items[0]["fields"]["name"] == "first" and change["reason"] == "ticket 4711"

    def found(query):
        answer = ipamd.get(f"/api/v1/audit/changes?{query}")
        assert answer.status == 200, answer
        return [row["rev"] for row in answer.json()["items"]]
    for query, revs in {
            f"rev={rev}": [rev], f"rev.gt={rev}": [rev + 2, rev + 1], f"rev.ge={rev}&rev.le={rev + 1}": [rev + 1, rev],
            "actor=user:alice&operation.contains=ipam.": [rev + 2, rev + 1], "actor.contains=alice&operation=ipam.block.change": [rev + 2],
            "operation=ipam.block.create": [rev], "operation.contains=ipam.block": [rev + 2, rev],
            "reason=ticket%204711": [rev], "reason.contains=4711": [rev], f"request={change['request']}": [rev],
            "count.gt=1&count.lt=3&operation.contains=ipam.subnet": [rev + 1], "count.gt=1&operation.contains=ipam.subnet": [rev + 1],
            f"time={change['time']}&operation.contains=ipam.block.create": [rev],
            f"time.lt={change['time']}&operation.contains=ipam.block": [],
            "peer.contains=127.0.0.1&operation.contains=ipam.": [rev + 2, rev + 1, rev],
            "objects.contains=10.1.1.0/24": [rev + 1], "objects.contains=subnet&time.ge=" + change["time"]: [rev + 1]}.items():
        assert found(query) == revs, query
