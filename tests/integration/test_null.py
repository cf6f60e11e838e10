# test_null.py - the null providers as the daemon's helper finds them: what they offer, and that it is documented.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import subprocess

import pytest

from daemon import PREFIX, TREE

KINDS = ["audit", "dhcp", "discovery", "dns", "identity", "reach", "sink", "storage", "vspace"]
OPTIONS = {"text", "int", "bool", "enum", "duration", "path", "secret", "address", "prefix", "list"}


def describe(kind):
    run = subprocess.run([PREFIX / "libexec" / "ipamd" / "ipam-provider-host", "--describe", f"null-{kind}"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    told = json.loads(run.stdout)
    assert run.returncode == 0 and "error" not in told, (told, run.stderr)
    return told


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_accepted_and_offers_its_kind(kind):
    told = describe(kind)
    assert told["name"] == f"null-{kind}" and list(told["kinds"]) == [kind]
    assert told["kinds"][kind]["capabilities"]


def test_between_them_they_show_all_there_is():
    all_told = [describe(kind) for kind in KINDS]
    models = {of.get("thread_model") for told in all_told for of in told["kinds"].values()}
    assert {"loop", "serial", "parallel"} <= models
    assert {option["kind"] for told in all_told for option in told["options"]} == OPTIONS
    assert [told["wants"] for told in all_told if told["wants"]] == [["dhcp:leases"]]
    assert any(told["check"] for told in all_told)


def test_every_option_is_in_the_readme_with_its_kind():
    told, plugin = set(), None
    for line in (TREE / "sdk" / "null" / "README.md").read_text().split("## Options")[1].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or "`" not in cells[1]:
            continue
        plugin = cells[0].strip("`") or plugin
        names, kinds = [n.strip(" `") for n in cells[1].split(",")], [k.strip() for k in cells[2].split(",")]
        told |= {(plugin, name, kinds[min(i, len(kinds) - 1)]) for i, name in enumerate(names)}
    assert told == {(f"null-{kind}", option["name"], option["kind"]) for kind in KINDS for option in describe(kind)["options"]}


@pytest.mark.parametrize("isolation", ["none", "process"])
def test_the_daemon_runs_on_null_providers_alone(make_ipamd, isolation):
    """A collection of many leases, on storage in memory."""
    daemon = make_ipamd(config={
        "storage": {"plugin": "null-storage", "options": {}},
        "plugins": [{"name": "null-dhcp", "isolation": isolation}],
        "profiles": [{"name": "many", "driver": "null-dhcp", "options": {"scopes": 3, "leases": 20000, "reservations": 30}}]})
    daemon.ctl("server", "add", "dhcp.null.example", "--driver", "null-dhcp", "--profile", "many", "--role", "dhcp")
    daemon.ctl("server", "collect", "dhcp.null.example", "--wait")
    assert len(daemon.items("dhcp/scopes")) == 3
    assert len(daemon.items("dhcp/leases")) == 20000
    assert len(daemon.items("dhcp/reservations")) == 30
