# test_edit_pair.py - an edit of scopes on a real pair of Kea servers, and over several servers: the partner second, killed and resumed.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

import kea_ha
import watch
from daemon import maker

DHCP = "/api/v1/dhcp/"
EDIT = {"select": {"list": "dhcp/scopes"}}
MEMBERS = {"ha1": "127.0.0.1", "ha2": "localhost"}


class Site:
    """A pair that is managed under two names."""

    def __init__(self, make):
        self.pair = kea_ha.Pair("hot-standby").start()
        self.ipamd = make(start=False)
        self.ipamd.config["profiles"] += [{"name": m.name, "driver": "kea", "options": {"socket4": m.socket()}}
                                          for m in (self.pair.ha1, self.pair.ha2)]
        self.ipamd.write_config()
        self.ipamd.start()
        for name, host in MEMBERS.items():
            self.ipamd.add_kea(host, name)

    def edit(self, value, **select):
        body = {"select": {"list": "dhcp/scopes", **select}, "edits": [{"property": "description", "word": "overwrite", "value": value}]}
        answer = self.ipamd.post(DHCP + "edit", body)
        assert answer.status == 202, answer
        return answer.json()["id"]

    def plan(self, key):
        return self.ipamd.get(f"/api/v1/manage/plans/{key}").json()

    def ended(self, key, limit=60):
        watch.until(lambda: self.plan(key)["state"] not in ("planned", "running"), limit, lambda: f"the plan to end: {self.plan(key)}")
        return self.plan(key)

    def parts(self, key):
        """Of the primary, of the standby."""
        found = {p["server"]: self.plan(p["id"]) for p in self.ipamd.items("manage/plans") if p.get("parent") == key}
        return [found[self.ipamd.get(f"/api/v1/inventory/servers/{host}").json()["id"]] for host in MEMBERS.values()]

    def on_kea(self):
        return [m.config_get()["subnet4"][0].get("user-context", {}).get("comment") for m in (self.pair.ha1, self.pair.ha2)]

    def sync(self):
        return [s.get("failover_sync") for s in self.ipamd.items("dhcp/scopes")]


@pytest.fixture
def site():
    with maker() as make:
        made = Site(make)
        yield made
        made.pair.stop()


def test_item_124_a_pair_is_edited_together_the_partner_second(site):
    """One scope is selected; its partner's goes with it, once the first has been verified."""
    scopes = site.ipamd.items("dhcp/scopes")
    assert len(scopes) == 2
    key = site.edit("both", query=f"id={scopes[0]['id']}")
    whole = site.ended(key)
    first, second = site.parts(key)
    assert whole["state"] == first["state"] == second["state"] == "verified"
    assert whole["steps"] == whole["ended"] == 2 and second["after"] == first["id"] and "after" not in first
    assert first["finished"] <= second["finished"]
    assert site.on_kea() == ["both", "both"] and "out-of-sync" not in site.sync()


def test_item_124_a_standby_that_is_down_leaves_the_plan_to_be_gone_on_with(site):
    """What waits for it says so; it is done when the server is back, and nothing twice."""
    site.pair.ha2.process.kill()
    key = site.edit("later")
    watch.until(lambda: site.parts(key)[0]["state"] == "verified", 60, "the primary to be changed")
    watch.until(lambda: site.parts(key)[1].get("message"), 60, "the standby's plan to say what it waits for")
    assert site.plan(key)["state"] == "running" and site.plan(key)["ended"] == 1
    site.ipamd.kill()
    site.ipamd.start()
    site.pair.ha2.process.start()
    site.ipamd.post(f"/api/v1/manage/plans/{key}/resume", None)
    assert site.ended(key, 120)["state"] == "verified"
    assert site.on_kea() == ["later", "later"]


def test_item_124_what_the_first_refuses_is_not_sent_to_the_partner(site):
    body = {**EDIT, "edits": [{"option": 6, "word": "overwrite", "values": ["no address"]}]}
    key = site.ipamd.post(DHCP + "edit", body).json()["id"]
    whole = site.ended(key)
    first, second = site.parts(key)
    assert whole["state"] == first["state"] == second["state"] == "failed" and whole["failed"] == 2
    assert "not sent" in second["plan_steps"][0]["message"] and str(first["id"]) in second["plan_steps"][0]["message"]
    assert "out-of-sync" not in site.sync()      # neither was changed


def test_item_124_a_partner_that_refuses_leaves_the_pair_out_of_sync(site):
    """The standby has an option definition that the primary lacks... and takes another type of value."""
    for member, kind in ((site.pair.ha1, "string"), (site.pair.ha2, "uint8")):
        config = member.command("config-get")["arguments"]
        config.pop("hash", None)
        config["Dhcp4"]["option-def"] = [{"name": "floor", "code": 222, "type": kind}]
        assert member.command("config-set", config)["result"] == 0
    for host in MEMBERS.values():
        site.ipamd.ctl("server", "collect", host, "--wait")
    body = {**EDIT, "edits": [{"option": "floor", "word": "overwrite", "values": ["nine"]}]}
    key = site.ipamd.post(DHCP + "edit", body).json()["id"]
    assert site.ended(key)["state"] == "partly"
    assert [p["state"] for p in site.parts(key)] == ["verified", "failed"] and site.sync() == ["out-of-sync"] * 2
    # The reason is taken away, and the plan gone on with.
    config = site.pair.ha2.command("config-get")["arguments"]
    config.pop("hash", None)
    config["Dhcp4"]["option-def"][0]["type"] = "string"
    assert site.pair.ha2.command("config-set", config)["result"] == 0
    site.ipamd.post(f"/api/v1/manage/plans/{key}/resume", None)
    assert site.ended(key)["state"] == "verified" and site.sync() == ["in-sync"] * 2
    back = site.ipamd.post(f"/api/v1/manage/plans/{key}/undo", None).json()["id"]
    assert site.ended(back)["state"] == "verified"
    assert [m.config_get()["subnet4"][0]["option-data"] for m in (site.pair.ha1, site.pair.ha2)] == [[], []]
