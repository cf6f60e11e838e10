# test_managed.py - what a DHCP server has is changed by plans: scopes, pools, superscopes, options, classes, settings; real Kea.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import json

import pytest

import watch
from test_api import problem
from test_dhcp_side import FAMILIES, ipamd  # noqa: F401

DHCP = "/api/v1/dhcp/"
NETS = {"dhcp4": ("10.99.0.0/24", "10.99.1.0/24"), "dhcp6": ("fd99:0:0:1::/64", "fd99:0:0:2::/64")}


class Managed:
    """One of the two servers of the Kea, changed by ipamd."""

    def __init__(self, kea, ipamd, service):
        self.kea, self.ipamd, self.service = kea, ipamd, service
        self.family = "ipv" + service[-1]
        self.prefix, self.other = NETS[service]
        self.net = ipaddress.ip_network(self.prefix)
        self.server = ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["id"]

    def ended(self, answer):
        """The plans of an answer, when they have ended."""
        assert answer.status == 202, answer
        body = answer.json()
        plans = [f"/api/v1/manage/plans/{item['id']}" for item in body.get("items", [body])]
        for path in plans:
            watch.until(lambda: self.ipamd.get(path).json()["state"] not in ("planned", "running"), 60, "the plan to end")
        found = [self.ipamd.get(path).json() for path in plans]
        return found if "items" in body else found[0]

    def made(self, answer, drifts=None):
        """What ipamd does itself is no drift."""
        before = self.ipamd.get(DHCP + "drifts?count=true&limit=1").json()["total"]
        plans = self.ended(answer)
        for plan in plans if isinstance(plans, list) else [plans]:
            assert plan["state"] == "verified", (plan.get("message"), plan["plan_steps"])
        assert self.ipamd.get(DHCP + "drifts?count=true&limit=1").json()["total"] == before + (drifts or 0)
        return plans

    def add(self, resource, body):
        return self.made(self.ipamd.post(DHCP + resource, body))

    def change(self, resource, key, body, drifts=0):
        return self.made(self.ipamd.request("PATCH", f"{DHCP}{resource}/{key}", body), drifts)

    def delete(self, resource, key):
        return self.made(self.ipamd.request("DELETE", f"{DHCP}{resource}/{key}"))

    def add_scope(self, prefix=None, **fields):
        self.add("scopes", {"server": self.server, "prefix": prefix or self.prefix, **fields})
        return self.scope(prefix)

    def scope(self, prefix=None):
        return self.ipamd.get(f"{DHCP}scopes/{(prefix or self.prefix).replace('/', '_')}").json()

    def one(self, resource, **fields):
        """The one row that ipamd has with these fields."""
        (row,) = [r for r in self.ipamd.items("dhcp/" + resource) if all(r.get(k) == v for k, v in fields.items())]
        return row

    def config(self, file=False):
        return self.kea.file_config(self.service) if file else self.kea.config_get(self.service)

    def on_kea(self, prefix=None, file=False):
        """Kea's subnet of that prefix, None when it has none; and the shared network that it is in."""
        config, key = self.config(file), "subnet" + self.service[-1]
        lists = [(None, config[key])] + [(n["name"], n[key]) for n in config["shared-networks"]]
        found = [(s, name) for name, subnets in lists for s in subnets if s["subnet"] == (prefix or self.prefix)]
        assert len(found) <= 1
        return found[0] if found else (None, None)

    def at(self, n):
        return str(self.net[n])


@pytest.fixture
def place(kea, ipamd, service):
    return Managed(kea, ipamd, service)


@FAMILIES
def test_item_113_a_scope_is_made_with_pools_lease_time_and_options(place):
    scope = place.add_scope(name="floor 9", lease_time=1234)
    assert (scope["name"], scope["lease_time"]) == ("floor 9", 1234)
    place.add("pools", [{"scope": scope["id"], "first": place.at(10), "last": place.at(19)},
                        {"scope": scope["id"], "first": place.at(30), "last": place.at(39)}])
    code, value = (6, "10.99.0.53") if place.service == "dhcp4" else (23, "fd99::53")
    place.add("option-values", {"scope": scope["id"], "owner": "scope", "code": code, "values": [value]})
    for file in (False, True):
        subnet, network = place.on_kea(file=file)
        assert network is None and subnet["valid-lifetime"] == 1234
        assert [p["pool"].replace(" ", "") for p in subnet["pools"]] == [f"{place.at(10)}-{place.at(19)}", f"{place.at(30)}-{place.at(39)}"]
        assert [(o["code"], o["data"]) for o in subnet["option-data"]] == [(code, value)]
    assert place.kea.lease_command_works(place.service)
    assert place.scope()["size"] == "20"


@FAMILIES
def test_item_114_an_edit_touches_only_what_is_given(place):
    place.add_scope(name="floor 9", lease_time=1234)
    before, _ = place.on_kea()
    place.change("scopes", place.scope()["id"], {"lease_time": 4321})
    after, _ = place.on_kea()
    assert after["valid-lifetime"] == 4321
    lifetimes = {"valid-lifetime", "min-valid-lifetime", "max-valid-lifetime"}
    assert {k: v for k, v in after.items() if k not in lifetimes} == {k: v for k, v in before.items() if k not in lifetimes}
    # By the command; and taken away again: what is inherited holds.
    place.ipamd.ctl("scope", "set", place.prefix, "--name", "other", "--wait")
    assert place.scope()["name"] == "other" and place.scope()["lease_time"] == 4321


@FAMILIES
def test_item_116_scopes_are_deleted_each_with_its_result(place):
    for prefix in (place.prefix, place.other):
        place.add_scope(prefix)
    place.delete("scopes", place.scope()["id"])
    assert place.on_kea() == (None, None) and place.on_kea(place.other)[0] is not None
    problem(place.ipamd.get(f"{DHCP}scopes/{place.prefix.replace('/', '_')}"), 404, "not-found")
    place.ipamd.ctl("scope", "delete", place.other, "--yes", "--wait")
    assert place.on_kea(place.other) == (None, None)


@FAMILIES
def test_item_117_a_superscope_is_made_filled_renamed_and_deleted(place):
    place.add("superscopes", {"server": place.server, "family": place.family, "name": "tower"})
    scope = place.add_scope()
    place.change("scopes", scope["id"], {"superscope": "tower"})
    assert place.on_kea()[1] == "tower" and place.scope()["superscope"] == "tower"
    place.change("superscopes", place.one("superscopes", name="tower", family=place.family)["id"], {"name": "towers"})
    assert place.on_kea()[1] == "towers"
    place.change("scopes", place.scope()["id"], {"superscope": None})
    assert place.on_kea()[1] is None and place.on_kea()[0] is not None
    place.delete("superscopes", place.one("superscopes", name="towers", family=place.family)["id"])
    assert "towers" not in json.dumps(place.config())


@FAMILIES
def test_item_112_option_definitions_and_classes(place):
    code = 222 if place.service == "dhcp4" else 1222
    place.add("option-definitions", {"server": place.server, "family": place.family, "code": code, "name": "site-code", "type": "uint16"})
    place.add("option-values", {"server": place.server, "owner": "server", "family": place.family, "code": code, "values": ["4711"]})
    assert [(d["code"], d["type"]) for d in place.config()["option-def"] if d["name"] == "site-code"] == [(code, "uint16")]
    assert [o["data"] for o in place.config()["option-data"] if o["code"] == code] == ["4711"]
    value = place.one("option-values", owner="server", code=code, family=place.family)
    place.change("option-values", value["id"], {"values": ["4712"]})
    assert [o["data"] for o in place.config()["option-data"] if o["code"] == code] == ["4712"]
    test = f"option[{code}].exists"
    place.add("classes", {"server": place.server, "family": place.family, "kind": "expression", "name": "coded", "test": test})
    assert [c["test"] for c in place.config()["client-classes"] if c["name"] == "coded"] == [test]
    place.delete("classes", place.one("classes", name="coded", family=place.family)["id"])
    place.delete("option-values", place.one("option-values", owner="server", code=code, family=place.family)["id"])
    place.delete("option-definitions", place.one("option-definitions", name="site-code", family=place.family)["id"])
    assert "site-code" not in json.dumps(place.config()) and "coded" not in json.dumps(place.config())


@FAMILIES
def test_item_110_settings_of_a_server(place):
    row = place.one("server-settings", family=place.family)
    place.change("server-settings", row["id"], {"lease_time": 7777})
    assert place.config()["valid-lifetime"] == place.config(file=True)["valid-lifetime"] == 7777
    assert place.one("server-settings", family=place.family)["lease_time"] == 7777


@FAMILIES
def test_by_the_command_line(place):
    ctl = place.ipamd.ctl
    ctl("scope", "add", place.prefix, "--server", "127.0.0.1", "--name", "by hand", "--wait")
    scope = place.scope()
    ctl("pool", "add", "--scope", scope["id"], "--first", place.at(10), "--last", place.at(19), "--wait")
    ctl("superscope", "add", "--server", "127.0.0.1", "--family", place.family, "--name", "hall", "--wait")
    ctl("scope", "set", place.prefix, "--superscope", "hall", "--wait")
    subnet, network = place.on_kea()
    assert network == "hall" and len(subnet["pools"]) == 1
    pool = place.one("pools", first=place.at(10))
    ctl("pool", "delete", pool["id"], "--yes", "--wait")
    assert place.on_kea()[0]["pools"] == []
    shown = ctl("scope", "add", place.other, "--server", "127.0.0.1", "--dry-run").stdout
    assert f"add scope {place.other}" in shown and place.on_kea(place.other) == (None, None)


@FAMILIES
def test_what_is_wrong_changes_nothing(place):
    scope, post = place.add_scope(), place.ipamd.post
    before = place.config()
    problem(post(DHCP + "scopes", {"prefix": place.other}), 422, "invalid")
    problem(post(DHCP + "scopes", {"server": 999999, "prefix": place.other}), 422, "invalid")
    kept = problem(post(DHCP + "scopes", {"server": place.server, "prefix": place.other, "name": "B\u00fcro \u20ac"}), 422, "invalid")
    assert kept["detail"].startswith("name: ") and "U+00FF" in kept["detail"], "what the server cannot keep is not planned"
    problem(post(DHCP + "scopes", {"server": place.server}), 422, "invalid")
    problem(post(DHCP + "pools", {"scope": scope["id"], "first": place.at(20), "last": place.at(10)}), 422, "invalid")
    outside = ipaddress.ip_network(place.other)
    problem(post(DHCP + "pools", {"scope": scope["id"], "first": str(outside[1]), "last": str(outside[2])}), 422, "invalid")
    elsewhere = {"server": 999999, "scope": scope["id"], "owner": "scope", "code": 6, "values": ["10.99.0.53"]}
    assert "another" in problem(post(DHCP + "option-values", elsewhere), 422, "invalid")["detail"]
    problem(post(DHCP + "pools", {"scope": 999999, "first": place.at(1), "last": place.at(2)}), 422, "invalid")
    problem(place.ipamd.request("PATCH", f"{DHCP}scopes/{scope['id']}", {"prefix": place.other}), 422, "invalid")
    problem(place.ipamd.request("PATCH", f"{DHCP}scopes/{scope['id']}", {"name": "x"}, headers={"If-Match": '"1"'}), 412, "precondition-failed")
    problem(place.ipamd.request("DELETE", f"{DHCP}scopes/999999"), 404, "not-found")
    # What the server refuses is told in its words, or the plugin's: a scope twice, and what Kea has not.
    (twice,) = [place.ended(post(DHCP + "scopes", {"server": place.server, "prefix": place.prefix}))]
    assert twice["state"] == "failed" and place.prefix in twice["plan_steps"][0]["message"]
    lacks = place.ended(place.ipamd.request("PATCH", f"{DHCP}scopes/{scope['id']}", {"state": "inactive"}))
    assert lacks["state"] == "failed" and "state" in lacks["plan_steps"][0]["message"]
    assert place.config() == before
    assert place.kea.lease_command_works(place.service)
