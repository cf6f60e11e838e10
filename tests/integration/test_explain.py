# test_explain.py - why somebody may do something or not, and who may: what is said is what happens.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

import worlds
from worlds import EU, US

CHANGE = "ipam.subnet.change"
PLACES = {"10.1.2.0_24": EU, "10.9.2.0_24": US, "10.8.0.0_24": "/Global"}


@pytest.fixture
def world(make_ipamd):
    """u has asm and msm in EU; u0 is given policies by the tests."""
    w = worlds.World(make_ipamd, 8055)
    w.scope(US)
    w.add("west", "/ipam/blocks", {"prefix": "10.9.0.0/16"}, US)
    for prefix in ("10.9.2.0/24", "10.8.0.0/24"):
        w.admin.good("POST", "/ipam/subnets", {"prefix": prefix})
    yield w
    w.close()


def explained(world, who, key, operation=CHANGE):
    return world.admin.good("GET", f"/access/explain?operation={operation}&principal=token:{who}&type=subnet&key={key}")


def may(world, key, operation=CHANGE):
    listed = world.admin.good("GET", f"/access/who-can?operation={operation}&type=subnet&key={key}")["items"]
    return {row["principal"] for row in listed}


def happens(caller, key):
    status = caller.ask("PATCH", f"/ipam/subnets/{key}?dry_run=true", {"description": "x"}).status
    return {200: "allowed", 403: "denied", 404: "hidden"}[status]


POLICIES = [(), (("dns-administrator", EU),), (("asm-administrator", EU),), (("asm-administrator", US),), (("dns-administrator", EU), ("asm-administrator", US)),
            (("dhcp-administrator", EU), ("dns-administrator", US)), (("ipam-administrator", "/Global"),), (("administrator", "/Global"),)]


@pytest.mark.parametrize("policies", POLICIES, ids=lambda p: "+".join(f"{r}@{s[8:] or 'all'}" for r, s in p) or "none")
def test_what_is_explained_is_what_happens(world, policies):
    """The verdict is the answer to the request itself, and who-can lists whom the verdict allows."""
    world.ids["/Global"] = world.admin.good("GET", "/access/scopes/%2FGlobal")["id"]
    for role, scope in policies:
        world.policy("token:u0", role, scope)
    for key, scope in PLACES.items():
        said = {"u0": explained(world, "u0", key), "u": explained(world, "u", key)}
        for who, caller in (("u0", world.u0), ("u", world.u)):
            assert said[who]["verdict"] == happens(caller, key), (key, said[who])
            assert said[who].get("scope", "/Global") == scope
        assert {f"token:{w}" for w, s in said.items() if s["verdict"] == "allowed"} == may(world, key) - {"token:admin", "uid:0"}
        assert {"token:admin", "uid:0"} <= may(world, key)


def test_each_right_says_what_it_lacks(world):
    """Another role, another place, another time; and that which allows it."""
    world.policy("token:u0", "dns-administrator", EU)
    world.policy("token:u0", "asm-administrator", US)
    world.policy("token:u0", "ipam-administrator", EU, until="2020-01-01T00:00:00Z")
    why = explained(world, "u0", "10.1.2.0_24")
    lacks = {r["role"]: [k for k in ("has_operation", "covers", "holds") if not r[k]] for r in why["rights"]}
    assert why["verdict"] == "denied" and why["reason"]
    assert lacks == {"dns-administrator": ["has_operation"], "asm-administrator": ["covers"], "ipam-administrator": ["holds"]}
    world.policy("token:u0", "asm-administrator", EU)
    why = explained(world, "u0", "10.1.2.0_24")
    allows = [r for r in why["rights"] if r["has_operation"] and r["covers"] and r["holds"]]
    assert why["verdict"] == "allowed" and [(r["role"], r["scope"]) for r in allows] == [("asm-administrator", EU)]


def test_what_will_be_is_told_beforehand(world):
    """At another time (`when`): a right that begins later, and one that has ended by then."""
    world.policy("token:u0", "asm-administrator", EU, **{"from": "2090-01-01T00:00:00Z", "until": "2091-01-01T00:00:00Z"})
    for when, verdict in (("2089-12-31T23:59:59Z", "denied"), ("2090-01-01T00:00:00Z", "allowed"), ("2091-01-01T00:00:00Z", "denied")):
        query = f"?operation={CHANGE}&type=subnet&key=10.1.2.0_24&when={when}"
        assert world.admin.good("GET", f"/access/explain{query}&principal=token:u0")["verdict"] == verdict, when
        listed = world.admin.good("GET", f"/access/who-can{query}")["items"]
        assert ("token:u0" in [row["principal"] for row in listed]) == (verdict == "allowed"), when


def test_ipamctl_shows_both(world):
    """Of an object, of a place; as a table and as JSON."""
    ctl = world.daemon.ctl
    on = ("--type", "subnet", "--object", "10.1.2.0/24")
    text = ctl("access", "explain", CHANGE, "--principal", "token:u", *on).stdout
    assert text.startswith("allowed: ") and "asm-administrator" in text and "has_operation" in text.splitlines()[1].lower()
    assert ctl("access", "explain", CHANGE, "--principal", "token:u0", *on).stdout.startswith("denied: there is no policy for this principal")
    assert ctl("access", "explain", CHANGE, "--principal", "token:u", "--scope", US).stdout.startswith("hidden: ")
    assert "token:u " in ctl("access", "who-can", CHANGE, *on).stdout
    assert "token:u " not in ctl("access", "who-can", CHANGE, "--scope", US).stdout
    for verb in ("explain", "who-can"):
        assert "--object KEY" in ctl("access", verb, "--help").stdout
        wrong = ctl("access", verb, "ipam.subnet.chnge", check=False)
        assert wrong.returncode != 0 and "ipam.subnet.chnge" in wrong.stderr
