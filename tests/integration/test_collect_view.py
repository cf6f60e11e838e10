# test_collect_view.py - all that a rich Kea has is seen by whoever asks ipamd, and goes with it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import json

import kea_rich
import pytest
import watch

SERVER = "127.0.0.1"
FAMILIES = ("dhcp4", "dhcp6")
# Resource, and the noun of the command line that lists it.
NOUNS = {"dhcp/server-settings": "dhcp-server", "dhcp/superscopes": "superscope", "dhcp/pools": "pool", "dhcp/scopes": "scope",
         "dhcp/option-definitions": "option-definition", "dhcp/option-values": "option", "dhcp/classes": "class",
         "dhcp/failovers": "failover", "dhcp/reservations": "reservation", "dhcp/statistics": "statistic",
         "inventory/checks": "check"}


def ha_state(kea):
    return kea.command("status-get")["arguments"]["high-availability"][0]["ha-servers"]["local"]["state"]


@pytest.fixture
def rich():
    """It has given up its partner, who is not there: from then on nothing of it changes by itself."""
    server = kea_rich.RichKea().start()
    watch.until(lambda: ha_state(server) == "partner-down", 20, lambda: ha_state(server))
    yield server
    server.stop()


def collect(ipamd):
    ipamd.ctl("server", "collect", SERVER, "--wait")


def revision(ipamd):
    return int(ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"])


def configs(kea):
    return {f: kea.config_get(f) for f in FAMILIES}


def networks(config):
    return config["shared-networks"]


def subnets(config, family):
    key = "subnet" + family[-1]
    return config[key] + [s for n in networks(config) for s in n[key]]


def options(config, family):
    """Every option-data, with what holds it."""
    yield from (("server", o) for o in config["option-data"])
    yield from (("superscope", o) for n in networks(config) for o in n["option-data"])
    yield from (("class", o) for c in config.get("client-classes", []) for o in c.get("option-data", []))
    hosts = config.get("reservations", []) + [r for s in subnets(config, family) for r in s["reservations"]]
    yield from (("reservation", o) for r in hosts for o in r.get("option-data", []))
    for s in subnets(config, family):
        yield from (("scope", o) for o in s["option-data"])
        yield from (("pool", o) for p in s["pools"] + s.get("pd-pools", []) for o in p.get("option-data", []))


def run_of(pool):
    if "prefix" in pool:
        net = ipaddress.ip_network(f"{pool['prefix']}/{pool['prefix-len']}")
        return str(net[0]), str(net[-1]), pool["delegated-len"]
    text = pool["pool"].replace(" ", "")
    if "/" in text:
        net = ipaddress.ip_network(text)
        return str(net[0]), str(net[-1]), None
    first, last = text.split("-")
    return str(ipaddress.ip_address(first)), str(ipaddress.ip_address(last)), None


def everything(ipamd):
    return {r: ipamd.items(r) for r in NOUNS}


def compare(ipamd, kea):
    """Every resource is what Kea's own config-get says."""
    seen, want = everything(ipamd), configs(kea)
    scopes = {s["native"]: s["id"] for s in seen["dhcp/scopes"]}
    both = [(f, "ipv" + f[-1], want[f]) for f in FAMILIES]
    assert {(s["family"], s["lease_time"]) for s in seen["dhcp/server-settings"]} == {(v, c["valid-lifetime"]) for _, v, c in both}
    assert sorted((s["family"], s["name"]) for s in seen["dhcp/superscopes"]) == \
        sorted((v, n["name"]) for _, v, c in both for n in networks(c))
    assert sorted((c["family"], c["name"], c.get("test", "")) for c in seen["dhcp/classes"]) == \
        sorted((v, k["name"], k.get("test", "")) for _, v, c in both for k in c.get("client-classes", []))
    pools = sorted((p["scope"], p["first"], p["last"], p.get("delegated_length", 0)) for p in seen["dhcp/pools"])
    wanted = [(scopes[f"v{f[-1]}/{s['id']}"], *run_of(p)) for f, _, c in both for s in subnets(c, f)
              for p in s["pools"] + s.get("pd-pools", [])]
    assert pools == sorted((scope, first, last, length or 0) for scope, first, last, length in wanted)
    for pool in seen["dhcp/pools"]:
        addresses = int(ipaddress.ip_address(pool["last"])) - int(ipaddress.ip_address(pool["first"])) + 1
        bits = 128 if ":" in pool["first"] else 32
        delegates = "delegated_length" in pool
        assert int(pool["size"]) == (addresses >> (bits - pool["delegated_length"]) if delegates else addresses)
        assert ("used" in pool) != delegates
    ranges = {(r["first"], r["last"]) for r in ipamd.items("ipam/ranges")}
    assert ranges == {(first, last) for _, first, last, length in wanted if length is None}  # prefixes are no addresses
    for family, name, config in both:
        held = {(owner, o["code"], o["space"]) for owner, o in options(config, family)}
        got = {(o["owner"], o["code"], o.get("space", family)) for o in seen["dhcp/option-values"] if o["family"] == name}
        assert got == held, family
    definitions = {(v, d["space"], d["code"]) for f, v, c in both for d in c["option-def"]}
    got = {(d["family"], d.get("space", "dhcp" + d["family"][-1]), d["code"]) for d in seen["dhcp/option-definitions"]}
    assert definitions <= got
    ids = {s["id"] for s in seen["dhcp/scopes"]}
    server = ipamd.get(f"/api/v1/inventory/servers/{SERVER}").json()["id"]
    for resource, rows in seen.items():
        assert len({r["id"] for r in rows}) == len(rows), resource
        for row in rows:
            assert row["server"] == server and row.get("scope", next(iter(ids))) in ids, (resource, row)
    return seen


def test_all_of_it_is_seen_and_goes_with_it(rich, ipamd):
    ipamd.add_kea()
    seen = compare(ipamd, rich)
    relation = rich.config_get()["hooks-libraries"][2]["parameters"]["high-availability"][0]
    assert any(f["mode"] == relation["mode"] for f in seen["dhcp/failovers"]) and all("state" in f for f in seen["dhcp/failovers"])
    totals = {s["target"]: int(s["count"]) for s in seen["dhcp/statistics"] if s["name"] == "addresses.total" and "target" in s}
    sizes = {s["native"]: int(s["size"]) for s in seen["dhcp/scopes"]}
    assert totals and all(totals[native] == sizes[native] for native in totals if native in sizes)
    assert {c["state"] for c in seen["inventory/checks"]} <= {"ok", "warning"}

    # What a list shows of one, showing it shows too; and the command line has a noun for each.
    for resource, noun in NOUNS.items():
        rows = seen[resource]
        assert rows, resource
        if resource not in ("dhcp/scopes", "dhcp/reservations"):
            assert ipamd.get(f"/api/v1/{resource}/{rows[-1]['id']}").json() == rows[-1]
        listed = ipamd.ctl(noun, "list", "-o", "jsonl").stdout.splitlines()
        assert [json.loads(line)["id"] for line in listed] == [r["id"] for r in rows], noun

    # As it was: nothing is written, no id is another.
    before = revision(ipamd)
    collect(ipamd)
    assert revision(ipamd) == before
    again = everything(ipamd)
    for resource in set(NOUNS) - {"inventory/checks", "dhcp/statistics"}:
        assert again[resource] == seen[resource], resource

    # Another administrator takes away, changes and adds.
    config = rich.config_get()
    kept = {"dhcp/superscopes", "dhcp/classes"}
    config["shared-networks"] = []
    config["option-data"] = [o for o in config["option-data"] if o["code"] != 250]
    config["client-classes"] = [c for c in config["client-classes"] if c["name"] != "late"] + [
        {"name": "cameras", "test": "member('ALL')"}]
    first = next(s for s in config["subnet4"] if s["id"] == 1)
    first["pools"] = [{"pool": "10.1.3.1-10.1.3.9", "option-data": [{"name": "routers", "data": "10.1.0.9"}]}]
    for r in first["reservations"]:
        r["client-classes"] = []
    assert rich.command("config-set", {"Dhcp4": config})["result"] == 0
    collect(ipamd)
    now = compare(ipamd, rich)
    assert revision(ipamd) > before
    for resource in kept:  # what did not change is still the same object
        names = {r["name"]: r["id"] for r in seen[resource]}
        assert any(r["name"] in names and names[r["name"]] == r["id"] for r in now[resource]), resource
    assert not [o for o in now["dhcp/option-values"] if o["code"] == 250 and o["family"] == "ipv4"]

    ipamd.ctl("server", "delete", SERVER, "--yes", "--wait")
    left = {resource: rows for resource, rows in everything(ipamd).items() if rows}
    assert left == {} and ipamd.items("ipam/ranges") == []
