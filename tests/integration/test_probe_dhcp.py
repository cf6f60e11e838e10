# test_probe_dhcp.py - probe=dhcp: what DHCP servers say of an address before it is handed out.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import json

import pytest

from test_api import problem
from test_dhcp_side import FAMILIES, dynamic, ipamd, listed, place  # noqa: F401: fixtures


def found(items, at="address"):
    return [(i[at], i["dhcp"]) for i in items]


@FAMILIES
def test_what_was_leased_meanwhile_is_passed_over_61(place):
    """Real clients got leases that nobody has collected: the server knows of them, and the probe asks it."""
    span = dynamic(place.ipamd, place.prefix)
    path = f"/api/v1/ipam/ranges/{span['id']}"
    assert (place.kea.clients(20) if place.service == "dhcp4" else place.kea.clients6(20)) == 20
    leased = {lease["ip-address"] for lease in place.kea.leases(place.service)}
    known = listed(place.ipamd.get(path + "/free?limit=100"))[:60]
    shown = place.ipamd.get(path + "/free?probe=dhcp&limit=60").json()
    assert found(shown["items"], "first") == [(a, "leased" if a in leased else "free") for a in known]
    free = [a for a in known if a not in leased]
    answer = place.ipamd.post(path + "/allocate?wait=30s", {"probe": "dhcp", "reservation": True, "mac": place.mac(1)})
    assert answer.status == 201 and found(answer.json()["items"]) == [(free[0], "free")], answer
    assert answer.json()["items"][0]["dhcp_sync"] == "synced"
    assert found(answer.json()["skipped"]) == [(a, "leased") for a in known[:known.index(free[0])]]
    stored = place.ipamd.get(f"/api/v1/ipam/addresses/{answer.json()['items'][0]['id']}").json()
    assert (stored["dhcp"], stored["ping"]) == ("free", "undetected")


@FAMILIES
def test_what_no_server_leases_is_asked_of_none_61(place):
    place.kea.services[place.service].stop()  # nobody has to answer
    answer = place.ipamd.post(f"/api/v1/ipam/subnets/{place.key}/allocate", {"probe": ["dhcp"]})
    assert answer.status == 201 and answer.json()["items"][0]["dhcp"] == "undetected" and answer.json()["skipped"] == []


@pytest.mark.parametrize("service", ["dhcp4"])
def test_a_server_that_cannot_be_asked_gives_nothing_away_61(place):
    span = dynamic(place.ipamd, place.prefix)
    path = f"/api/v1/ipam/ranges/{span['id']}"
    before = place.ipamd.items("ipam/addresses")
    config = place.kea.config_get(place.service)
    config["hooks-libraries"] = []
    assert place.kea.command("config-set", {place.service.capitalize(): config}, place.service)["result"] == 0
    wanted = {"probe": "dhcp", "reservation": True, "mac": place.mac(1)}
    told = problem(place.ipamd.post(path + "/allocate", wanted), 501, "unsupported")
    assert told["hint"] == "ask without dhcp in the probe"
    place.kea.services[place.service].stop()
    away = problem(place.ipamd.post(path + "/allocate", wanted), 503, "unavailable")
    assert "without dhcp in the probe" in away["hint"]
    problem(place.ipamd.get(path + "/free?probe=dhcp"), 503, "unavailable")
    assert place.ipamd.items("ipam/addresses") == before


def network(n):
    options = {"scopes": 1, "leases": 30, "reservations": 4, "network": f"10.{n}.0.0/16"}
    return {"name": f"net{n}", "driver": "null-dhcp", "options": options}


def test_over_two_servers_and_on_the_command_line_61(make_ipamd):
    """A pool goes on with a range of another server; no provider of pings is needed."""
    ipamd = make_ipamd(config={"plugins": [{"name": "null-dhcp"}], "profiles": [network(1), network(2)]})
    for n in (1, 2):
        ipamd.ctl("server", "add", f"dhcp{n}.null.example", "--driver", "null-dhcp", "--profile", f"net{n}", "--role", "dhcp", "--managed")
        ipamd.ctl("server", "collect", f"dhcp{n}.null.example", "--wait")
    spans = sorted((r for r in ipamd.items("ipam/ranges") if r["kind"] == "dynamic"), key=lambda r: ipaddress.ip_address(r["first"]))
    assert [s["instance"] for s in spans] == ["dhcp1.null.example", "dhcp2.null.example"]
    free = [listed(ipamd.get(f"/api/v1/ipam/ranges/{s['id']}/free?limit=1000")) for s in spans]
    assert ipamd.post("/api/v1/ipam/addresses", [{"address": a} for a in free[0][1:]]).status == 201
    pool = ipamd.post("/api/v1/ipam/pools", {"name": "both", "members": [f"range {s['id']}" for s in spans]})
    assert pool.status == 201, pool
    for n, wanted in enumerate((free[0][0], free[1][0])):
        answer = ipamd.post("/api/v1/ipam/pools/both/allocate", {"probe": "dhcp", "reservation": True, "mac": f"02:00:00:00:00:0{n}"})
        assert answer.status == 201 and found(answer.json()["items"]) == [(wanted, "free")], answer
    last = "address", "allocate", "--range", str(spans[1]["id"]), "--reservation", "--mac", "02:00:00:00:00:07"
    run = ipamd.ctl(*last, "--probe", "dhcp", "-o", "json")
    assert found(json.loads(run.stdout)) == [(free[1][1], "free")]
    run = ipamd.ctl(*last, "--probe", "dhcp,dhcp", check=False)
    assert run.returncode == 2 and "expected ping, dns, dhcp" in run.stderr
    path = f"/api/v1/ipam/ranges/{spans[1]['id']}/free?probe=dhcp,ping"
    assert "no provider is configured" in problem(ipamd.get(path), 501, "unsupported")["detail"]
