# test_edit.py - one edit over many scopes, reservations and settings: five words, one plan, a result an object; real Kea.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import time

import pytest

import watch
from test_api import problem
from test_managed import DHCP, FAMILIES, place  # noqa: F401
from test_dhcp_side import ipamd  # noqa: F401

V4, V6 = "10.0.0.0/8", "fd00::/8"
DNS = {"dhcp4": (6, "domain-name-servers", "10.53.0.%d"), "dhcp6": (23, "dns-servers", "fd53::%d")}


class Edit:
    """Edits of the scopes of one protocol."""

    def __init__(self, place):
        self.place, self.ipamd = place, place.ipamd
        self.code, self.name, self.address = DNS[place.service]
        self.within = V4 if place.service == "dhcp4" else V6
        self.scopes = self.select("dhcp/scopes", f"within={self.within}")

    @staticmethod
    def select(path, query=None):
        return {"list": path, **({"query": query} if query else {})}

    def body(self, *edits, select=None, **more):
        return {"select": select or self.scopes, "edits": list(edits), **more}

    def ask(self, *edits, **more):
        return self.ipamd.post(DHCP + "edit", self.body(*edits, **more))

    def made(self, *edits, **more):
        return self.place.made(self.ask(*edits, **more))

    def values(self, *numbers):
        return [self.address % n for n in numbers]

    def option(self, word, *numbers, option=None, old=()):
        edit = {"option": option or self.code, "word": word}
        if numbers:
            edit["values"] = self.values(*numbers)
        if old:
            edit["old"] = self.values(*old)
        return edit

    def subnets(self, file=False, config=None):
        config, key = config or self.place.config(file), "subnet" + self.place.service[-1]
        return config[key] + [s for n in config["shared-networks"] for s in n[key]]

    def on_kea(self, file=False):
        """The name servers of each subnet, None for one that has no such option."""
        found = []
        for subnet in self.subnets(file):
            data = [o["data"] for o in subnet["option-data"] if o["code"] == self.code]
            found.append([v.strip() for v in data[0].split(",")] if data else None)
        return found


@pytest.fixture
def edit(place):  # noqa: F811
    return Edit(place)


@FAMILIES
def test_item_111_five_words_on_an_option_of_many_scopes(edit):
    count = len(edit.subnets())
    assert count >= 2
    edit.made(edit.option("overwrite", 1, 2))
    assert edit.on_kea() == [edit.values(1, 2)] * count
    edit.made(edit.option("append", 3, 1))
    assert edit.on_kea() == [edit.values(1, 2, 3)] * count
    edit.made(edit.option("replace", 9, old=[2], option=edit.name))      # by its name there
    assert edit.on_kea() == [edit.values(1, 9, 3)] * count
    edit.made(edit.option("delete", 1))
    assert edit.on_kea() == [edit.values(9, 3)] * count
    first = edit.place.ipamd.items(f"dhcp/scopes?within={edit.within}")[0]
    edit.made(edit.option("delete"), select=edit.select("dhcp/scopes", f"id={first['id']}"))
    assert sorted(map(str, edit.on_kea())) == sorted(map(str, [None] + [edit.values(9, 3)] * (count - 1)))
    plan = edit.made(edit.option("add", 7))      # where there is none
    assert sorted(map(str, edit.on_kea(file=True))) == sorted(map(str, [edit.values(7)] + [edit.values(9, 3)] * (count - 1)))
    assert plan["steps"] == 1 and [s["verb"] for s in plan["plan_steps"]] == ["add"]


@FAMILIES
def test_item_114_properties_of_many_scopes_and_a_result_each(edit):
    scopes = edit.ipamd.items(f"dhcp/scopes?within={edit.within}")
    plan = edit.made({"property": "lease_time", "word": "overwrite", "value": 7777},
                     {"property": "description", "word": "add", "value": "edited"})
    assert plan["steps"] == plan["ended"] == len(scopes) and "failed" not in plan
    assert f"{len(scopes)} scopes on 127.0.0.1: overwrite lease_time, add description" == plan["summary"]
    assert [s["state"] for s in plan["plan_steps"]] == ["done"] * len(scopes)
    assert {s["valid-lifetime"] for s in edit.subnets()} == {7777}
    again = edit.made({"property": "lease_time", "word": "overwrite", "value": 7777})
    assert again["steps"] == 0 and "nothing to change" in again["message"]
    some = edit.made({"property": "lease_time", "word": "replace", "old": 7777, "value": 8888},
                     select=edit.select("dhcp/scopes", f"id.in={scopes[0]['id']},{scopes[1]['id']}"))
    assert some["steps"] == 2
    assert sorted(s["valid-lifetime"] for s in edit.subnets()) == [7777] * (len(scopes) - 2) + [8888] * 2


@FAMILIES
def test_item_111_reservations_and_the_server(edit):
    held = [r for r in edit.ipamd.items(f"dhcp/reservations?within={edit.within}")]
    assert len(held) >= 3
    plan = edit.made(edit.option("overwrite", 4), {"property": "description", "word": "overwrite", "value": "kept"},
                     select=edit.select("dhcp/reservations", f"within={edit.within}"))
    assert plan["steps"] == 2 * len(held)
    config = edit.place.config()
    rows = [r for s in edit.subnets() for r in s["reservations"]] + config.get("reservations", [])
    mine = [r for r in rows if r.get("user-context", {}).get("comment") == "kept"]
    assert len(mine) == len(held)
    assert all([o["data"] for o in r["option-data"] if o["code"] == edit.code] == edit.values(4) for r in mine)
    edit.made(edit.option("overwrite", 5), {"property": "renew_time", "word": "overwrite", "value": 901},
              select=edit.select("dhcp/server-settings", f"family={edit.place.family}"))
    config = edit.place.config()
    assert config["renew-timer"] == 901
    assert [o["data"] for o in config["option-data"] if o["code"] == edit.code] == edit.values(5)


@FAMILIES
def test_a_dry_run_shows_each_object_before_and_after(edit):
    before, plans = edit.place.config(), len(edit.ipamd.items("manage/plans"))
    for answer in (edit.ask(edit.option("overwrite", 1), dry_run=True),
                   edit.ipamd.post(DHCP + "edit?dry_run=true", edit.body(edit.option("overwrite", 1)))):
        assert answer.status == 200
        told = answer.json()
        count = len(edit.subnets())
        assert told["dry_run"] and (told["servers"], told["objects"], told["changed"], told["steps"]) == (1, count, count, count)
        assert all(c["after"]["values"] == edit.values(1) for c in told["changes"])
        assert {c["verb"] for c in told["changes"]} <= {"add", "set"}
        assert all((c["before"] is None) == (c["verb"] == "add") for c in told["changes"])
    assert edit.place.config() == before and len(edit.ipamd.items("manage/plans")) == plans


@FAMILIES
def test_what_the_server_refuses_of_many(edit):
    """Kea does not take the value: nothing is changed, and each object has its words."""
    before = edit.place.config()
    plan = edit.place.ended(edit.ask({"option": edit.code, "word": "overwrite", "values": ["no address"]}))
    assert plan["state"] == "failed" and plan["failed"] == plan["steps"] == len(edit.subnets())
    assert all(s["state"] == "failed" and s["message"] for s in plan["plan_steps"])
    assert edit.place.config() == before


@pytest.mark.parametrize("body, pointer, words", [
    ({"edits": [{"property": "lease_time", "word": "overwrite", "value": 1}]}, "/select/list", "dhcp/scopes"),
    ({"select": {"list": "dhcp/leases"}, "edits": []}, "/select/list", "dhcp/scopes"),
    ({"select": {"list": "dhcp/scopes"}, "edits": []}, "/edits", "1 to 32"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "set"}]}, "/edits/0/word", "overwrite"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "delete"}]}, "/edits/0", "option"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "delete", "property": "prefix"}]}, "/edits/0/property", "scope"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "append", "property": "name", "value": "x"}]}, "/edits/0/word", "lists"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "replace", "property": "name", "value": "x"}]}, "/edits/0/old", "finds"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "overwrite", "property": "lease_time", "value": "x"}]},
     "/edits/0/lease_time", "number"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "overwrite", "option": 70000, "values": ["x"]}]}, "/edits/0/option", "65535"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "overwrite", "option": "no-such", "values": ["x"]}]},
     "/edits/0/option", "no-such"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "overwrite", "option": 6}]}, "/edits/0/word", "values"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "delete", "option": 6}], "window": "at night"}, "/window", "22:00"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "delete", "option": 6}], "begin": "soon"}, "/begin", "time"),
    ({"select": {"list": "dhcp/scopes"}, "edits": [{"word": "delete", "option": 6}], "more": 1}, "/more", "unknown"),
])
def test_what_is_wrong_is_told_by_its_place(ipamd, body, pointer, words):  # noqa: F811
    plans = len(ipamd.items("manage/plans"))
    got = problem(ipamd.post(DHCP + "edit", body), 422, "invalid")
    assert [e for e in got["errors"] if e["pointer"] == pointer and words in e["message"]], got["errors"]
    assert len(ipamd.items("manage/plans")) == plans


def test_a_page_is_no_selection(ipamd):  # noqa: F811
    for query in ("limit=1", "order=name", "at=3", "nonsense=1"):
        body = {"select": {"list": "dhcp/scopes", "query": query}, "edits": [{"word": "delete", "option": 6}]}
        problem(ipamd.post(DHCP + "edit", body), 422, "invalid")


def test_a_server_that_is_not_managed(ipamd):  # noqa: F811
    server = ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()
    ipamd.request("PATCH", f"/api/v1/inventory/servers/{server['id']}", {"managed": False})
    body = {"select": {"list": "dhcp/scopes"}, "edits": [{"word": "delete", "option": 6}]}
    got = problem(ipamd.post(DHCP + "edit", body), 409, "managed-elsewhere")
    assert "server.ne" in got["hint"]
    ipamd.request("PATCH", f"/api/v1/inventory/servers/{server['id']}", {"managed": True})


# --- on with it, and back ---

@FAMILIES
def test_undo_takes_back_what_a_plan_has_done(edit):
    before = edit.place.config()
    plan = edit.made(edit.option("overwrite", 1, 2), {"property": "description", "word": "overwrite", "value": "edited"})
    assert edit.place.config() != before
    back = edit.place.made(edit.ipamd.post(f"/api/v1/manage/plans/{plan['id']}/undo", None))
    assert back["undoes"] == plan["id"] and back["steps"] == plan["steps"]
    assert back["summary"].startswith(f"take back plan {plan['id']}: ")
    assert [s["object"] for s in back["plan_steps"]] == [s["object"] for s in plan["plan_steps"]][::-1]
    told = [[(s["subnet"], s.get("user-context"), s["option-data"]) for s in edit.subnets(config=c)] for c in (before, edit.place.config())]
    assert told[0] == told[1]


@FAMILIES
def test_a_plan_that_failed_is_resumed(edit):
    """The server refused it because of what it had then."""
    plan = edit.place.ended(edit.ask({"option": edit.code, "word": "overwrite", "values": ["no address"]}))
    assert plan["state"] == "failed"
    path = f"/api/v1/manage/plans/{plan['id']}"
    again = edit.place.ended(edit.ipamd.post(path + "/resume", None))
    assert again["id"] == plan["id"] and again["state"] == "failed" and again["failed"] == again["steps"]
    problem(edit.ipamd.post(path + "/undo", None), 409, "in-use")      # nothing was changed


@FAMILIES
def test_one_that_waits_for_its_time_is_taken_back(edit):
    before = edit.place.config()
    answer = edit.ask(edit.option("overwrite", 1), begin="2099-01-01T00:00:00Z", window="mon 03:00-04:00")
    plan = answer.json()
    assert answer.status == 202 and plan["state"] == "planned" and plan["window"] == "mon 03:00-04:00"
    path = f"/api/v1/manage/plans/{plan['id']}"
    edit.ipamd.post(path + "/resume", None)
    assert edit.ipamd.get(path).json()["state"] == "planned"
    undone = edit.ipamd.post(path + "/undo", None)
    assert undone.status == 202 and undone.json()["state"] == "undone"
    problem(edit.ipamd.post(path + "/resume", None), 409, "in-use")
    assert edit.place.config() == before


@FAMILIES
def test_by_the_command_line(edit):
    count = len(edit.subnets())
    out = edit.ipamd.ctl("dhcp", "edit", "--server", "*", "--within", edit.within, "--overwrite", f"option.{edit.code}={edit.address % 1},{edit.address % 2}",
                         "--overwrite", "lease_time=5555", "--dry-run")
    assert f"{edit.address % 1}" in out.stdout and "lease_time" in out.stdout
    assert edit.on_kea() == [None] * count or edit.address % 1 not in str(edit.on_kea())
    edit.ipamd.ctl("dhcp", "edit", "--server", "127.0.0.1", "--within", edit.within, "--overwrite",
                   f"option.{edit.code}={edit.address % 1},{edit.address % 2}", "--overwrite", "lease_time=5555", "--wait")
    assert edit.on_kea() == [edit.values(1, 2)] * count and {s["valid-lifetime"] for s in edit.subnets()} == {5555}
    sign = ":" if edit.place.service == "dhcp4" else "->"
    edit.ipamd.ctl("dhcp", "edit", "--within", edit.within, "--replace", f"option.{edit.name}={edit.address % 2}{sign}{edit.address % 3}", "--wait")
    assert edit.on_kea() == [edit.values(1, 3)] * count
    (plan,) = [p for p in edit.ipamd.items("manage/plans") if "replace" in p["summary"]]
    edit.ipamd.ctl("plan", "undo", str(plan["id"]), "--wait")
    assert edit.on_kea() == [edit.values(1, 2)] * count
    for wrong in (["--overwrite", "prefix=1"], ["--replace", "lease_time=5"], []):
        assert edit.ipamd.ctl("dhcp", "edit", *wrong, check=False).returncode != 0


# --- when, and how fast ---

def test_a_window_and_a_rate_of_a_server(ipamd):  # noqa: F811
    """An edit waits for the window of its server, or for its own; so many steps a minute are sent."""
    server = ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["id"]
    path = f"/api/v1/inventory/servers/{server}"
    got = problem(ipamd.request("PATCH", path, {"change_window": "at night"}), 422, "invalid")
    assert "22:00-05:00" in got["detail"]
    # Two hours that begin in three: the clock of the service is that of the tests.
    hour = (time.localtime().tm_hour + 3) % 24
    ipamd.request("PATCH", path, {"change_window": f"{hour:02}:00-{(hour + 2) % 24:02}:00"})
    select = {"list": "dhcp/scopes", "query": "within=10.0.0.0/8"}
    edits = [{"property": "description", "word": "overwrite", "value": "slowly"}]
    waits = ipamd.post(DHCP + "edit", {"select": select, "edits": edits}).json()
    assert waits["window"].startswith(f"{hour:02}:00")
    ipamd.request("PATCH", path, {"change_rate": 1})
    now = ipamd.post(DHCP + "edit", {"select": select, "edits": edits, "window": "00:00-24:00"}).json()
    plan = lambda p: ipamd.get(f"/api/v1/manage/plans/{p['id']}").json()
    watch.until(lambda: plan(now).get("ended") == 1, 60, "one step to be done")
    assert plan(now)["state"] == "running" and plan(waits)["state"] == "planned" and plan(waits).get("ended", 0) == 0
    ipamd.request("PATCH", path, {"change_rate": None})
    ipamd.post(f"/api/v1/manage/plans/{waits['id']}/undo", None)
