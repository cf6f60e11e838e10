# test_reservation_change.py - reservations changed in place, on a real Kea, IPv4 and IPv6.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import re

import pytest

import watch
from test_api import problem
from test_dhcp_side import ADDRESSES, FAMILIES, RESERVATIONS, Place, ipamd  # noqa: F401

KEEPS = {"user-context": {"owner": "net team", "floor": 3}, "client-classes": ["special"], "option-data": [
    {"name": "domain-search", "data": "corp.example"}]}


class Changed(Place):
    """The first address has a reservation with more to it than ipamd models."""

    def begin(self):
        """Somebody writes it into Kea's configuration, and ipamd reads that."""
        config = self.kea.config_get(self.service)
        net = next(s for s in config["subnet" + self.service[-1]] if s["subnet"] == self.prefix)
        net["reservations"].append({"hw-address": self.mac(1), "hostname": "old", **KEEPS, **self.address([self.at(1)])})
        assert self.kea.command("config-set", {self.service.capitalize(): config}, self.service)["result"] == 0
        self.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")

    def address(self, addresses):
        return {"ip-address": addresses[0]} if self.service == "dhcp4" else {"ip-addresses": addresses}

    def row(self, n=1):
        (row,) = self.ipamd.items(f"dhcp/reservations?address={self.at(n)}")
        return row

    def patch(self, body, **kw):
        return self.ipamd.request("PATCH", f"{RESERVATIONS}/{self.row()['id']}", body, **kw)

    def ended(self, answer):
        """The plan of an answer, when it has ended."""
        assert answer.status == 202, answer
        path = f"/api/v1/manage/plans/{answer.json()['id']}"
        watch.until(lambda: self.ipamd.get(path).json()["state"] not in ("planned", "running"), 60, "the plan to end")
        return self.ipamd.get(path).json()

    def of_kea(self, file=False):
        """What Kea has for the first mac."""
        config = self.kea.file_config(self.service) if file else None
        (found,) = [r for r in self.kea.reservations(self.service, config=config) if r.get("hw-address") == self.mac(1)]
        return found


@pytest.fixture
def place(kea, ipamd, service):
    it = Changed(kea, ipamd, service)
    it.begin()
    return it


def survives(found):
    assert found["user-context"] == KEEPS["user-context"]
    assert found["client-classes"] == KEEPS["client-classes"]
    assert [o["data"] for o in found["option-data"]] == ["corp.example"]


@FAMILIES
def test_item_121_a_reservation_is_changed_in_place(place):
    before = place.of_kea()
    plan = place.ended(place.patch({"name": "new.example"}))
    assert plan["state"] == "verified" and plan["summary"].startswith("change reservation ")
    (step,) = plan["plan_steps"]
    assert (step["verb"], step["state"]) == ("set", "done")
    for file in (False, True):
        found = place.of_kea(file)
        assert found["hostname"] == "new.example"
        survives(found)
    assert {k: v for k, v in place.of_kea().items() if k != "hostname"} == {k: v for k, v in before.items() if k != "hostname"}
    assert place.row()["name"] == "new.example"
    # By the command, and away with it.
    place.ipamd.ctl("reservation", "set", str(place.row()["id"]), "--name", "third", "--wait")
    assert place.of_kea()["hostname"] == "third" and place.row()["name"] == "third"
    assert place.ended(place.patch({"name": None}))["state"] == "verified"
    assert place.of_kea().get("hostname", "") == "" and "name" not in place.row()
    survives(place.of_kea())


@pytest.mark.parametrize("service", ["dhcp6"])
def test_item_121_further_addresses_and_prefixes_of_a_client(place):
    more = [place.at(2), place.at(3)]
    ended = place.ended(place.patch({"addresses": more, "prefixes": ["2001:db8:ff00::/56"]}))
    assert ended["state"] == "verified", (place.of_kea(), place.row(), ended)
    assert place.of_kea()["ip-addresses"] == [place.at(1), *more]
    assert place.of_kea()["prefixes"] == ["2001:db8:ff00::/56"]
    survives(place.of_kea())
    assert (place.row()["addresses"], place.row()["prefixes"]) == (more, ["2001:db8:ff00::/56"])
    place.ipamd.ctl("reservation", "set", str(place.row()["id"]), "--addresses", more[1], "--clear", "prefixes", "--wait")
    assert place.of_kea()["ip-addresses"] == [place.at(1), more[1]]
    assert not place.of_kea().get("prefixes")


@FAMILIES
def test_what_cannot_be_changed_changes_nothing(place):
    before = place.kea.config_get(place.service)
    assert "identifier" in problem(place.patch({"identifier": place.mac(5)}), 422, "invalid")["detail"]
    problem(place.patch({"address": place.at(5)}), 422, "invalid")
    problem(place.patch({"nonsense": 1}), 422, "invalid")
    problem(place.patch({"name": "x" * 300}), 422, "invalid")
    problem(place.ipamd.request("PATCH", f"{RESERVATIONS}/999999", {"name": "x"}), 404, "not-found")
    problem(place.patch({"name": "x"}, headers={"If-Match": '"1"'}), 412, "precondition-failed")
    if place.service == "dhcp4":
        assert "one address" in problem(place.patch({"addresses": [place.at(2)]}), 422, "invalid")["detail"]
    shown = place.ipamd.request("PATCH", f"{RESERVATIONS}/{place.row()['id']}?dry_run=true", {"name": "shown"})
    assert shown.status == 200 and "change reservation" in json.dumps(shown.json())
    assert place.ipamd.get("/api/v1/manage/plans").json()["items"] == []
    assert place.kea.config_get(place.service) == before


@FAMILIES
def test_a_plan_for_the_address_goes_first(place):
    place.add(1)
    place.kea.services[place.service].stop()
    assert place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/unreserve", None).status == 202
    assert "plan" in problem(place.patch({"name": "late"}), 409, "in-use")["detail"]


@FAMILIES
def test_a_refusal_of_the_server_is_told(place):
    """No IPv6 address boots a client: Kea says so of DHCPv4, and its driver of DHCPv6."""
    plan = place.ended(place.patch({"next_server": "fd00::1"}))
    assert plan["state"] == "failed" and re.search("next.server", plan["plan_steps"][0]["message"]), plan
    kept = problem(place.patch({"name": "\u65e5\u672c"}), 422, "invalid")
    assert "U+00FF" in kept["detail"], "what it cannot keep is not even planned"
    assert place.of_kea()["hostname"] == "old"
    survives(place.of_kea())
