# test_hostile_writes.py - a Kea that is hostile or broken while it is changed, by a table: what is planned is made, or it is not.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import copy
import json
import re

import pytest

import hostile_acts
import hostile_edits
import watch
from test_hostile_kea import DAEMON_MIB, HELPER_MIB, SERVERS, Stage

ROWS = hostile_acts.table()
PLANS = "/api/v1/manage/plans/"
OVER = ("verified", "failed", "drifted", "undone")


@pytest.fixture(scope="module")
def stage():
    made = Stage(hostile_acts.PASSWORD)
    made.original = made.kea.config_get()
    yield made
    made.stop()


def split(edit, config):
    """What an edit is about, and the rest, in an order of its own and without what another administrator changes here."""
    rest = copy.deepcopy(config)
    about = edit.take(rest)
    rest.pop("decline-probation-period")
    rest["reservations"] = sorted((s["id"], json.dumps(r, sort_keys=True)) for l in hostile_edits.lists(rest) for s in l
                                  for r in s.pop("reservations"))
    return about, rest


def told(stage, plan, seen):
    """How a plan stands; what it said since is added to `seen`."""
    got = stage.ipamd.get(PLANS + str(plan)).json()
    if got.get("message") and got["message"] not in seen:
        seen.append(got["message"])
    return got


def fit_to_be_read(text):
    return len(text) <= 1024 and text.isprintable() and not any(form in text for form in hostile_acts.forms().values())


def known(stage, how):
    """What ipamd has of the server, in Kea's words."""
    server = stage.server(how)["id"]
    rows = {t: [r for r in stage.ipamd.items("dhcp/" + t) if r["server"] == server] for t in (
        "scopes", "pools", "reservations", "classes", "superscopes", "option-values")}
    return {"scopes": sorted((r["prefix"], r["lease_time"]) for r in rows["scopes"] if ":" not in r["prefix"]),
            "pools": sorted((r["native_scope"], r["first"]) for r in rows["pools"] if ":" not in r["first"]),
            "reservations": sorted((r["native_scope"], r.get("address", ""), r["identifier"], r.get("name", ""))
                                   for r in rows["reservations"] if r["native_scope"].startswith("v4")),
            "classes": sorted(r["name"] for r in rows["classes"] if r["family"] == "ipv4"),
            "superscopes": sorted(r["name"] for r in rows["superscopes"] if r["family"] == "ipv4"),
            "options": sorted((r["native_scope"], r["code"]) for r in rows["option-values"]
                              if r["family"] == "ipv4" and r["owner"] == "scope")}


def actual(config):
    """The same, of Kea's configuration."""
    subnets = [s for l in hostile_edits.lists(config) for s in l]
    first = lambda pool: re.split("[-/]", pool.replace(" ", ""))[0]
    identifier = lambda r: next(r[k].replace(":", "") for k in ("hw-address", "client-id", "duid", "circuit-id") if k in r)
    colons = lambda digits: ":".join(digits[i:i + 2] for i in range(0, len(digits), 2)).lower()
    return {"scopes": sorted((s["subnet"], s["valid-lifetime"]) for s in subnets),
            "pools": sorted((f"v4/{s['id']}", first(p["pool"])) for s in subnets for p in s["pools"]),
            "reservations": sorted((f"v4/{s['id']}", r.get("ip-address", ""), colons(identifier(r)), r.get("hostname", ""))
                                   for s in subnets for r in s["reservations"]),
            "classes": sorted(c["name"] for c in config.get("client-classes", [])),
            "superscopes": sorted(n["name"] for n in config["shared-networks"]),
            "options": sorted((f"v4/{s['id']}", o["code"]) for s in subnets for o in s["option-data"])}


def put_back(stage, how):
    """Also after a row that failed: no other one is to suffer from it."""
    stage.front.become(None)
    if not stage.kea.services["dhcp4"].running():
        stage.kea.restart("dhcp4")
    watch.until(lambda: not stage.ipamd.items("manage/plans?state=planned") + stage.ipamd.items("manage/plans?state=running"), 60,
                "no plan is left")
    assert stage.kea.command("config-set", {"Dhcp4": stage.original})["result"] == 0
    assert stage.kea.command("config-write")["result"] == 0
    assert stage.collect(how)["state"] == "done"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_ends_as_the_table_says(stage, row):
    kea, how, edit = stage.kea, (row.way, row.hasty), hostile_edits.EDITS[row.edit]
    before, processes, seen = kea.config_get(), stage.processes(), []
    old, rest = split(edit, before)
    row.kea = kea
    stage.forget_peaks()
    stage.front.become(row)
    try:
        answer = edit.ask(hostile_edits.Asker(stage.ipamd, stage.server(how)["id"]))
        assert answer.status == 202, answer
        plan = answer.json()["id"]
        got = watch.until(lambda: (lambda g: g if g["state"] in OVER or seen else None)(told(stage, plan, seen)), 60,
                          "the plan says how it stands")
        if got["state"] == "verified":
            assert split(edit, kea.config_get())[0] == edit.wanted, "verified is what is there"
        elif row.says != "-":
            assert any(re.search(row.says, text, re.DOTALL) for text in seen), seen
        assert row.fired > 0, stage.front.commands
        peaks, commands = stage.peaks(), list(stage.front.commands)
        assert all(mib < (DAEMON_MIB if name == "ipamd" else HELPER_MIB) for name, mib in peaks.items()), peaks
        # The fault goes.
        stage.front.become(None)
        if not kea.services["dhcp4"].running():
            kea.restart("dhcp4")
        got = watch.until(lambda: (lambda g: g if g["state"] in OVER else None)(told(stage, plan, seen)), 60,
                          lambda: told(stage, plan, seen))
        assert got["state"] in {"wanted": ["verified"], "unsaved": ["verified"], "old": ["failed"],
                                "either": ["verified", "failed"]}[row.end], (got, commands)
        assert all(fit_to_be_read(text) for text in seen), seen
        assert got["state"] == "verified" or seen, "why it failed"
        if row.end == "unsaved":
            kea.kill("dhcp4")
            kea.restart("dhcp4")
        assert stage.collect(how)["state"] == "done"
        want = edit.wanted if got["state"] == "verified" and row.end != "unsaved" else old
        for config in (kea.config_get(), kea.file_config()):
            about, others = split(edit, config)
            assert about == want, commands
            assert others == rest
        assert known(stage, how) == actual(kea.config_get())
        assert kea.lease_command_works()
        assert stage.processes() == processes, "the daemon and its helper live on"
    finally:
        put_back(stage, how)


def test_no_more_than_is_listed(stage):
    """The table is what was written down of Kea, not of the driver: each line says where it is from."""
    assert len(ROWS) >= 70 and len({r.name for r in ROWS}) == len(ROWS)
    assert all(r.source and r.edit in hostile_edits.EDITS and (r.way, r.hasty) in SERVERS for r in ROWS)
    assert {r.edit for r in ROWS} == set(hostile_edits.EDITS)


def test_nothing_told_the_password(stage):
    told = stage.ipamd.log() + str(stage.ipamd.items("manage/plans")) + str(stage.ipamd.items("system/jobs"))
    told += stage.ipamd.get("/api/v1/audit/changes?limit=1000").body.decode()
    assert not [name for name, form in hostile_acts.forms().items() if form in told]
