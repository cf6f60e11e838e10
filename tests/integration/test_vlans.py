# test_vlans.py - VLAN groups, VLANs and VRFs as objects: unique, found by their keys, named by subnets and spaces.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import json

import pytest

import identity

IPAM = "/api/v1/ipam"
GROUPS, VLANS, VRFS, SUBNETS, SPACES = (f"{IPAM}/{n}" for n in ("vlan-groups", "vlans", "vrfs", "subnets", "spaces"))
BOTH = ["10.1.0.0/24", "2001:db8:1::/64"]


def made(answer, status=201):
    assert answer.status == status, answer
    return answer.json()


def refused(answer, status, slug):
    assert answer.status == status and answer.json()["type"].endswith(slug), answer
    return answer.json()


def patch(ipamd, path, body, **more):
    return ipamd.request("PATCH", path, body, **more)


def undo(ipamd, answer, **more):
    return ipamd.post(f"/api/v1/audit/changes/{answer.headers['ipam-revision']}/revert", more)


@pytest.fixture
def campus(ipamd):
    """A group with two VLANs."""
    group = made(ipamd.post(GROUPS, {"name": "campus", "min_vid": 100, "max_vid": 109, "site": "HQ"}))
    office, voice = made(ipamd.post(VLANS, [{"group": group["id"], "vid": 100, "name": "office", "status": "active", "role": "access"},
                                            {"group": group["id"], "vid": 105, "name": "voice", "tags": ["qos"]}]))["items"]
    return {"group": group["id"], "office": office["id"], "voice": voice["id"], "rev": voice["rev"]}


def test_groups_and_vlans_are_made_shown_changed_and_deleted_6_9(ipamd, campus):
    office = made(ipamd.get(f"{VLANS}/100@campus"), 200)
    assert office["id"] == campus["office"] and office["status"] == "active"
    for key in (campus["office"], "office@campus", f"100@{campus['group']}"):
        assert made(ipamd.get(f"{VLANS}/{key}"), 200) == office
    for key in ("101@campus", "100@other", "lab@campus", "100@", "@campus", "office", "@"):
        refused(ipamd.get(f"{VLANS}/{key}"), 404, "not-found")
    group = made(ipamd.get(f"{GROUPS}/campus"), 200)
    assert (group["used"], group["free"], group["site"]) == (2, 8, "HQ")
    # Ids and names are unique in the group, and in it alone.
    new = lambda **more: ipamd.post(VLANS, {"group": campus["group"], **more})
    refused(new(vid=100, name="x"), 409, "exists")
    refused(new(vid=101, name="office"), 409, "exists")
    refused(new(vid=110), 422, "invalid")
    refused(new(vid=4095), 422, "invalid")
    refused(ipamd.post(VLANS, {"vid": 7}), 422, "invalid")
    other = made(ipamd.post(GROUPS, {"name": "other"}))
    made(ipamd.post(VLANS, {"group": other["id"], "vid": 100, "name": "office"}))
    # A list is made whole, or not at all.
    answer = ipamd.post(VLANS, [{"group": other["id"], "vid": 7}, {"group": other["id"], "vid": 100}])
    assert refused(answer, 409, "exists")["errors"][0]["pointer"] == "/1"
    refused(ipamd.get(f"{VLANS}/7@other"), 404, "not-found")
    # Changed, replaced, and as it was.
    changed = made(patch(ipamd, f"{VLANS}/100@campus", {"name": "rooms", "description": "floor 2"}), 200)
    refused(patch(ipamd, f"{VLANS}/100@campus", {"vid": 101}), 422, "invalid")
    refused(patch(ipamd, f"{VLANS}/100@campus", {"name": "voice"}), 409, "exists")
    whole = {k: v for k, v in changed.items() if k != "role"}
    assert "role" not in made(ipamd.request("PUT", f"{VLANS}/100@campus", whole), 200)
    assert made(ipamd.get(f"{VLANS}/100@campus?at={campus['rev']}"), 200)["name"] == "office"
    assert [v["name"] for v in made(ipamd.get(f"{VLANS}?at={campus['rev']}&order=vid"), 200)["items"]] == ["office", "voice"]
    made(ipamd.request("PUT", f"{VLANS}/103@campus", {"group": campus["group"], "vid": 103, "name": "lab"}))
    # A group keeps room for its VLANs, and goes after them.
    assert "105" in refused(patch(ipamd, f"{GROUPS}/campus", {"max_vid": 104}), 409, "in-use")["detail"]
    assert refused(ipamd.request("DELETE", f"{GROUPS}/campus"), 409, "in-use")["hint"].endswith(f"group={campus['group']}")
    for vid in (100, 103, 105):
        assert ipamd.request("DELETE", f"{VLANS}/{vid}@campus").status == 204
    assert ipamd.request("DELETE", f"{GROUPS}/campus").status == 204


def test_lists_filters_search_and_the_feed_6_9(ipamd, campus):
    rows = lambda query: [v["vid"] for v in ipamd.items(f"ipam/vlans?{query}")]
    other = made(ipamd.post(GROUPS, {"name": "other"}))["id"]
    made(ipamd.post(VLANS, [{"group": other, "vid": v, "name": f"v{v}"} for v in range(1, 31)]))
    assert rows("group=campus&order=-vid") == [105, 100] == rows(f"group={campus['group']}&order=-vid")
    assert rows("status=active") == [100] and rows("vid.ge=30&order=vid") == [30, 100, 105] and rows("name.prefix=vo") == [105]
    refused(ipamd.get(f"{VLANS}?group=none-such"), 422, "invalid")
    page = made(ipamd.get(f"{VLANS}?limit=20&count=true"), 200)
    assert page["total"] == 32 and len(made(ipamd.get(f"{VLANS}?limit=20&cursor={page['next']}"), 200)["items"]) == 12
    found = made(ipamd.get("/api/v1/find?q=voice"), 200)["items"]
    assert [(f["type"], f["key"], f["id"]) for f in found] == [("vlan", "105", campus["voice"])]
    text = "group,vid,name\r\ncampus,101,desk\r\ncampus,105,voip\r\n"
    taken = ipamd.request("POST", f"{VLANS}?mode=upsert", text, headers={"Content-Type": "text/csv"})
    assert (made(taken, 200)["created"], taken.json()["updated"]) == (1, 1)
    assert rows("group=campus&name=voip") == [105]
    changes = made(ipamd.get("/api/v1/audit/changes?operation=ipam.vlan-group.create&order=id"), 200)["items"]
    assert [c["objects"][0].rsplit(" ", 1)[-1] if isinstance(c["objects"], list) else c["objects"].rsplit(" ", 1)[-1] for c in changes] == ["campus", "other"]


def test_the_next_free_ids_of_a_group_6_9(ipamd, campus):
    allocate = f"{GROUPS}/campus/allocate"
    take = lambda **body: [v["vid"] for v in made(ipamd.post(allocate, body))["items"]]
    assert take() == [101] and take(count=3, name="lab", status="planned") == [102, 103, 104]
    assert made(ipamd.get(f"{VLANS}/lab-103@campus"), 200)["status"] == "planned"
    assert made(ipamd.post(f"{allocate}?dry_run=true", {"count": 2}), 200)["would"] == 201
    key = {"Idempotency-Key": "order-4711"}
    first, again = (ipamd.post(allocate, {"name": "once"}, headers=key) for _ in range(2))
    assert made(first) == made(again) and again.headers["idempotency-replayed"] == "true"
    answer = refused(ipamd.post(allocate, {"count": 4}), 409, "exhausted")
    assert "3 of the 4" in answer["detail"]
    for wrong in ({"count": 0}, {"count": 1001}, {"status": "gone"}, {"claim": "x"}, {"vid": 7}, {"name": 7}):
        refused(ipamd.post(allocate, wrong), 422, "invalid")
    refused(ipamd.post(f"{GROUPS}/none/allocate"), 404, "not-found")
    assert take(count=3) == [107, 108, 109]
    assert ipamd.request("DELETE", f"{VLANS}/102@campus").status == 204
    assert take() == [102]


def test_sixteen_clients_at_once_get_distinct_ids_6_9(ipamd):
    made(ipamd.post(GROUPS, {"name": "busy", "min_vid": 1000, "max_vid": 1099}))
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda i: ipamd.post(f"{GROUPS}/busy/allocate"), range(120)))
    got = [a.json()["items"][0]["vid"] for a in answers if a.status == 201]
    assert sorted(got) == list(range(1000, 1100)) and {a.status for a in answers} == {201, 409}
    assert made(ipamd.get(f"{GROUPS}/busy"), 200)["free"] == 0
    ipamd.kill()
    ipamd.process.start()
    assert made(ipamd.get(f"{GROUPS}/busy"), 200)["used"] == 100


@pytest.mark.parametrize("prefix", BOTH)
def test_a_subnet_is_in_a_vlan_6_9(ipamd, campus, prefix):
    answer = ipamd.post(SUBNETS, {"prefix": prefix, "in_vlan": campus["office"], "name": "floor"})
    subnet = made(answer)
    assert subnet["vlans"] == [100] and subnet["in_vlan"] == campus["office"]
    path = f"{SUBNETS}/{subnet['id']}"
    assert [s["id"] for s in ipamd.items("ipam/subnets?in_vlan=office@campus")] == [subnet["id"]]
    refused(ipamd.request("DELETE", f"{VLANS}/100@campus"), 409, "in-use")
    moved = made(patch(ipamd, path, {"in_vlan": campus["voice"]}), 200)
    assert moved["vlans"] == [105] and ipamd.items("ipam/subnets?in_vlan=100@campus") == []
    refused(patch(ipamd, path, {"in_vlan": campus["office"], "vlans": [7]}), 422, "invalid")
    refused(patch(ipamd, path, {"in_vlan": 4711}), 422, "invalid")
    assert "in_vlan" not in made(patch(ipamd, path, {"vlans": [7]}), 200)
    assert made(patch(ipamd, path, {"in_vlan": campus["voice"]}), 200)["vlans"] == [7, 105]
    assert made(ipamd.get(f"{path}?at={subnet['rev']}"), 200)["in_vlan"] == campus["office"]
    out = made(patch(ipamd, path, {"in_vlan": None}), 200)
    assert out["vlans"] == [7, 105] and "in_vlan" not in out
    assert ipamd.request("DELETE", f"{VLANS}/105@campus").status == 204


def test_vrfs_and_their_spaces_6_9(ipamd):
    blue = made(ipamd.post(VRFS, {"name": "blue", "rd": "0:065000:100", "import_targets": ["65000:1", "1.10:5"], "export_targets": ["65000:1"]}))
    assert (blue["rd"], blue["import_targets"]) == ("65000:100", ["65000:1", "65546:5"])
    refused(ipamd.post(VRFS, {"name": "red", "rd": "65000:100"}), 409, "exists")
    for wrong in ({"rd": "65000"}, {"rd": "65536:65536"}, {"import_targets": ["x"]}, {"export_targets": ["1:1", "0:1:1"]}, {"rd": ""}):
        refused(ipamd.post(VRFS, {"name": "red", **wrong}), 422, "invalid")
    red = made(ipamd.post(VRFS, {"name": "red", "rd": "2:65000:100"}))
    lab = made(ipamd.post(SPACES, {"name": "lab", "vrf": blue["id"]}))
    assert "lab" in refused(patch(ipamd, f"{SPACES}/default", {"vrf": blue["id"]}), 409, "in-use")["detail"]
    assert made(patch(ipamd, f"{SPACES}/default", {"vrf": red["id"]}), 200)["vrf"] == red["id"]
    refused(patch(ipamd, f"{SPACES}/lab", {"vrf": 4711}), 422, "invalid")
    assert [s["name"] for s in ipamd.items("ipam/spaces?vrf=blue")] == ["lab"]
    assert refused(ipamd.request("DELETE", f"{VRFS}/blue"), 409, "in-use")["hint"].count(f"spaces/{lab['id']}") == 1
    # The same prefix in both plans.
    for space in ("lab", "default"):
        for prefix in BOTH:
            made(ipamd.post(SUBNETS, {"prefix": prefix, "space": made(ipamd.get(f"{SPACES}/{space}"), 200)["id"]}))
    assert made(patch(ipamd, f"{VRFS}/red", {"rd": "192.0.2.1:007", "description": "out"}), 200)["rd"] == "192.0.2.1:7"
    assert made(ipamd.get(f"{VRFS}/red?at={red['rev']}"), 200)["rd"] == "2:65000:100"
    made(patch(ipamd, f"{SPACES}/lab", {"vrf": None}), 200)
    assert ipamd.request("DELETE", f"{VRFS}/blue").status == 204


def test_what_was_done_to_them_is_undone_6_9(ipamd, campus):
    subnet = ipamd.post(SUBNETS, {"prefix": BOTH[0], "in_vlan": campus["office"]})
    path = f"{SUBNETS}/{subnet.json()['id']}"
    moved = patch(ipamd, path, {"in_vlan": campus["voice"]})
    made(undo(ipamd, moved))
    back = made(ipamd.get(path), 200)
    assert (back["in_vlan"], back["vlans"]) == (campus["office"], [100])
    # Taken out, and the VLAN deleted: both come back at once, and both go at once.
    out = patch(ipamd, path, {"in_vlan": None, "vlans": None})
    gone = ipamd.request("DELETE", f"{VLANS}/100@campus")
    assert gone.status == 204
    made(undo(ipamd, gone))
    made(undo(ipamd, out))
    assert made(ipamd.get(path), 200)["in_vlan"] == campus["office"]
    lab = ipamd.post(f"{GROUPS}/campus/allocate", {"name": "lab"})
    made(patch(ipamd, path, {"in_vlan": made(lab)["items"][0]["id"]}), 200)
    refused(undo(ipamd, lab), 409, "in-use")
    blue = ipamd.post(VRFS, {"name": "blue"})
    made(patch(ipamd, f"{SPACES}/default", {"vrf": made(blue)["id"]}), 200)
    refused(undo(ipamd, blue), 409, "in-use")
    made(patch(ipamd, f"{SPACES}/default", {"vrf": None}), 200)
    made(undo(ipamd, blue))
    refused(ipamd.get(f"{VRFS}/blue"), 404, "not-found")


@pytest.fixture
def alice(ipamd):
    """Administers /Global/A; what is in /Global/B or nowhere she does not see."""
    made(ipamd.post("/api/v1/access/scopes", [{"path": "/Global/A"}, {"path": "/Global/B"}]))
    scope = {s["path"]: s["id"] for s in ipamd.items("access/scopes")}
    identity.user(ipamd, "alice", "correct horse battery")
    made(ipamd.post("/api/v1/access/policies", {"principal": "user:alice", "role": "asm-administrator", "scope": scope["/Global/A"]}))
    return identity.session(ipamd, "alice", "correct horse battery")["token"]


def put_into(ipamd, path, scope):
    return made(ipamd.post(f"{path}/set-scope", {"access_scope": scope}), 200)


def test_what_a_limited_caller_does_not_see_is_not_there_6_9(ipamd, campus, alice):
    for key in ("100@campus", campus["office"]):
        assert ipamd.get(f"{VLANS}/{key}", token=alice).status == 404
    assert ipamd.get(f"{GROUPS}/campus", token=alice).status == 404 == ipamd.post(f"{GROUPS}/campus/allocate", token=alice).status
    put_into(ipamd, f"{VLANS}/105@campus", "/Global/A")  # a VLAN of its own, without its group
    seen = made(ipamd.get(f"{VLANS}/{campus['voice']}", token=alice), 200)
    assert seen["vid"] == 105 and "group" not in seen
    assert ipamd.get(f"{VLANS}/105@campus", token=alice).status == 404  # she does not know the group
    assert [v["vid"] for v in made(ipamd.get(VLANS, token=alice), 200)["items"]] == [105]
    # What she sees not she cannot name: it is as if it were never there.
    subnet = made(ipamd.post(SUBNETS, {"prefix": BOTH[0]}))["id"]
    put_into(ipamd, f"{SUBNETS}/{subnet}", "/Global/A")
    put_into(ipamd, f"{VLANS}/100@campus", "/Global/B")
    path = f"{SUBNETS}/{subnet}"
    for method in ("PATCH", "PUT"):
        whole = {"prefix": BOTH[0]} if method == "PUT" else {}
        hidden, never = (ipamd.request(method, path, {"in_vlan": n, **whole}, token=alice) for n in (campus["office"], 4711))
        assert hidden.status == never.status == 422 and hidden.json()["detail"].replace(str(campus["office"]), "4711") == never.json()["detail"]
    made(patch(ipamd, path, {"in_vlan": campus["voice"]}, token=alice), 200)
    # The VLAN that others put it into does not show, stays when she replaces the subnet, and goes with its id.
    made(patch(ipamd, path, {"in_vlan": campus["office"], "vlans": [7, 100]}), 200)
    shown = made(ipamd.get(path, token=alice), 200)
    assert shown["vlans"] == [7, 100] and "in_vlan" not in shown
    assert made(ipamd.get(f"{SUBNETS}?in_vlan={campus['office']}", token=alice), 200)["items"] == []
    made(ipamd.request("PUT", path, {**shown, "name": "hers"}, token=alice), 200)
    assert made(ipamd.get(path), 200)["in_vlan"] == campus["office"]
    assert made(patch(ipamd, path, {"vlans": [7]}, token=alice), 200)["vlans"] == [7]
    assert "in_vlan" not in made(ipamd.get(path), 200)


def test_a_hidden_vlan_or_vrf_in_the_way_has_no_name_6_9(ipamd, campus, alice):
    put_into(ipamd, f"{GROUPS}/campus", "/Global/A")
    put_into(ipamd, f"{VLANS}/100@campus", "/Global/B")
    assert ipamd.post(VLANS, {"group": campus["group"], "vid": 101}, token=alice).status == 201
    for body in ({"vid": 100}, {"vid": 102, "name": "office"}):
        answer = ipamd.post(VLANS, {"group": campus["group"], **body}, token=alice)
        assert answer.status == 409 and b"office" not in answer.body and str(campus["office"]).encode() not in answer.body
    answer = ipamd.request("PUT", f"{VLANS}/101@campus", {"group": campus["group"], "vid": 101, "name": "office"}, token=alice)
    assert answer.status == 409 and b"office" not in answer.body
    assert made(ipamd.post(f"{GROUPS}/campus/allocate", {"count": 2}, token=alice))["items"][0]["vid"] == 102
    answer = patch(ipamd, f"{GROUPS}/campus", {"min_vid": 101}, token=alice)
    assert answer.status == 409 and b"100" not in answer.body
    made(ipamd.post(VRFS, {"name": "secret", "rd": "65000:99"}))
    mine = made(ipamd.post(VRFS, {"name": "mine"}))
    put_into(ipamd, f"{VRFS}/mine", "/Global/A")
    for method, more in (("PATCH", {}), ("PUT", {"name": "mine"})):
        for body in ({"rd": "65000:99"}, {"name": "secret"}):
            answer = ipamd.request(method, f"{VRFS}/mine", {**more, **body}, token=alice)
            assert answer.status == 409 and b"secret" not in answer.body, answer
    assert made(ipamd.get(VRFS, token=alice), 200)["items"][0]["id"] == mine["id"]
    # A space of hers shows no VRF that is not.
    space = made(ipamd.post(SPACES, {"name": "lab"}))
    put_into(ipamd, f"{SPACES}/lab", "/Global/A")
    made(patch(ipamd, f"{SPACES}/lab", {"vrf": made(ipamd.get(f"{VRFS}/secret"), 200)["id"]}), 200)
    assert "vrf" not in made(ipamd.get(f"{SPACES}/{space['id']}", token=alice), 200)
    # Without the right to change she changes nothing.
    assert ipamd.post(VRFS, {"name": "third"}, token=alice).status == 403 == ipamd.post(GROUPS, {"name": "third"}, token=alice).status


def test_custom_fields_of_them_6_9(ipamd, campus):
    made(ipamd.post(f"{IPAM}/custom-fields", {"name": "Stage", "kind": "choice", "values": ["test", "live"]}))
    blue = made(ipamd.post(VRFS, {"name": "blue", "custom": ["stage=LIVE"]}))
    assert blue["custom"] == ["Stage=live"]
    for path in (f"{VLANS}/100@campus", f"{GROUPS}/campus"):
        assert made(patch(ipamd, path, {"custom": ["Stage=test"]}), 200)["custom"] == ["Stage=test"]
    refused(patch(ipamd, f"{VRFS}/blue", {"custom": ["Stage=gone"]}), 422, "invalid")
    made(ipamd.post(f"{IPAM}/custom-fields/Stage/set-values", {"rename": {"test": "lab"}}), 200)
    assert made(ipamd.get(f"{VLANS}/100@campus"), 200)["custom"] == ["Stage=lab"]
    refused(ipamd.request("DELETE", f"{IPAM}/custom-fields/Stage"), 409, "in-use")


def test_on_the_command_line_6_9(ipamd):
    ctl = ipamd.ctl
    shown = lambda *words: json.loads(ctl(*words, "-o", "json").stdout)
    ctl("vlan-group", "add", "campus", "--min-vid", "100", "--max-vid", "109", "--site", "HQ")
    ctl("vlan", "add", "100@campus", "--name", "office", "--status", "active")
    assert [v["vid"] for v in shown("vlan-group", "allocate", "campus", "--count", "2", "--name", "lab", "--role", "test")] == [101, 102]
    full = ctl("vlan-group", "allocate", "campus", "--count", "9", check=False)
    assert full.returncode == 8 and "7 of the 9" in full.stderr
    assert "campus" in ctl("vlan", "list", "--group", "campus").stdout and shown("vlan", "show", "lab-102@campus")["role"] == "test"
    ctl("vlan", "set", "102@campus", "--name", "spare", "--tag", "later")
    for prefix in BOTH:
        ctl("subnet", "add", prefix, "--in-vlan", "office@campus")
        assert shown("subnet", "show", prefix)["vlans"] == [100]
        assert "100@campus" in ctl("subnet", "show", prefix).stdout
    assert len(shown("subnet", "list", "--in-vlan", "100@campus")) == 2
    kept = ctl("vlan", "delete", "100@campus", "--yes", check=False)
    assert kept.returncode == 4 and "10.1.0.0/24" in kept.stderr
    ctl("vlan", "delete", "spare@campus", "--yes")
    assert ctl("vlan", "show", "102@campus", check=False).returncode == 3
    ctl("vrf", "add", "blue", "--rd", "0:65000:1", "--import-target", "65000:1", "--import-target", "65000:2", "--export-target", "65000:1")
    assert shown("vrf", "show", "blue")["import_targets"] == ["65000:1", "65000:2"]
    ctl("space", "set", "default", "--vrf", "blue")
    assert "blue" in ctl("space", "show", "default").stdout and ctl("vrf", "delete", "blue", "--yes", check=False).returncode == 4
    ctl("vrf", "set", "blue", "--clear", "rd")
    assert "rd" not in shown("vrf", "show", "blue")
    offered = [line.split("\t")[0] for line in ctl("__complete", "vlan", "show", "").stdout.splitlines()]
    assert offered[:2] == ["100@campus", "101@campus"]
