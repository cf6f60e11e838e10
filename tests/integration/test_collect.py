# test_collect.py - what a collection makes of a real server, and what it leaves alone.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import collections
import ipaddress
import json
import time

import fakes
import kea as kea_module

SERVER = "127.0.0.1"


def collect(ipamd, check=True):
    return ipamd.ctl("server", "collect", SERVER, "--wait", check=check)


def pool_bounds(text):
    if "/" in text:
        net = ipaddress.ip_network(text)
        return str(net[0]), str(net[-1])
    first, last = text.split("-")
    return first.strip(), last.strip()


def edit(kea, change, service="dhcp4"):
    """Changes the running configuration as another administrator would."""
    config = kea.config_get(service)
    change(config)
    assert kea.command("config-set", {service.capitalize(): config}, service)["result"] == 0


def test_a_subnet_becomes_scope_subnet_and_range(kea, ipamd):
    ipamd.add_kea()
    scopes = {s["prefix"]: s for s in ipamd.items("dhcp/scopes")}
    subnets = {s["prefix"]: s for s in ipamd.items("ipam/subnets")}
    ranges = collections.defaultdict(set)
    for r in ipamd.items("ipam/ranges"):
        assert r["kind"] == "dynamic" and (r["managed_by"], r["instance"]) == ("kea", SERVER)
        ranges[r["scope"]].add((r["first"], r["last"]))
    networks = {s["id"]: n["name"] for n in kea.config_get()["shared-networks"] for s in n["subnet4"]}
    everything = [("v4", s) for s in kea.subnet_list()] + [("v6", s) for s in kea.subnet_list("dhcp6")]
    assert len(scopes) == len(everything) == 22
    for family, wanted in everything:
        scope, subnet = scopes[wanted["subnet"]], subnets[wanted["subnet"]]
        assert scope["native"] == f"{family}/{wanted['id']}"
        assert scope["subnet"] == subnet["id"]
        assert (subnet["managed_by"], subnet["instance"]) == ("kea", SERVER)
        assert ranges[scope["id"]] == {pool_bounds(p["pool"]) for p in wanted["pools"]}
        if family == "v4":
            assert scope.get("superscope") == networks.get(wanted["id"])


def test_counts_equal_keas(kea, ipamd):
    assert kea.clients(50) >= 50 and kea.clients(20, subnet_index=3, mac="00:0c:09:00:00:00") >= 20
    ipamd.add_kea()
    leases = {x["ip-address"] for x in kea.leases()}
    assert {x["address"] for x in ipamd.items("dhcp/leases")} == leases and len(leases) == 70
    wanted = {(r["ip-address"], r["hw-address"]) for r in kea.reservations() if "hw-address" in r and "ip-address" in r}
    got = {(r.get("address"), r["identifier"]) for r in ipamd.items("dhcp/reservations") if r["identifier_type"] == "hw-address"}
    assert wanted <= got
    total = len(kea.reservations()) + len(kea.reservations("dhcp6"))
    assert ipamd.get("/api/v1/dhcp/reservations?count=true&limit=1").json()["total"] == total
    for config in kea.subnet_list():
        net = ipaddress.ip_network(config["subnet"])
        used = {r["ip-address"] for r in config["reservations"] if "ip-address" in r}
        used |= {a for a in leases if ipaddress.ip_address(a) in net}
        subnet = ipamd.get("/api/v1/ipam/subnets/" + config["subnet"].replace("/", "_")).json()
        assert subnet["used"] == str(len(used))
        assert subnet["utilization"] == len(used) * 10000 // net.num_addresses / 100
    server = ipamd.get(f"/api/v1/inventory/servers/{SERVER}").json()
    assert server["state"] == "reachable" and server["version"].startswith("2.") and server["collected"]


def test_a_second_collection_changes_nothing(kea, ipamd):
    kea.clients(10)
    ipamd.add_kea()
    before = int(ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"])
    rows = ipamd.items("dhcp/reservations"), ipamd.items("dhcp/scopes"), ipamd.items("ipam/ranges"), ipamd.items("dhcp/leases")
    collect(ipamd)
    assert int(ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"]) == before
    assert rows == (ipamd.items("dhcp/reservations"), ipamd.items("dhcp/scopes"), ipamd.items("ipam/ranges"),
                    ipamd.items("dhcp/leases"))


def test_what_changed_on_the_server_follows(kea, ipamd):
    kea.clients(10)
    ipamd.add_kea()
    gone = kea.leases()[0]["ip-address"]
    first = kea.subnet_list()[0]
    reserved = first["reservations"][0]

    def change(config):
        subnets = [s for s in config["subnet4"] if s["id"] != config["subnet4"][-1]["id"]]
        config["subnet4"] = subnets
        for s in subnets + [s for n in config["shared-networks"] for s in n["subnet4"]]:
            if s["id"] == first["id"]:
                s["reservations"] = [r for r in s["reservations"] if r != reserved]
                s["pools"] = [{"pool": pool_bounds(s["pools"][0]["pool"])[0] + "-" + pool_bounds(s["pools"][0]["pool"])[0]}]

    last = kea.config_get()["subnet4"][-1]
    edit(kea, change)
    kea.ask("lease4-del", {"ip-address": gone})
    collect(ipamd)
    assert ipamd.get("/api/v1/dhcp/scopes/" + last["subnet"].replace("/", "_")).status == 404
    assert ipamd.get("/api/v1/ipam/subnets/" + last["subnet"].replace("/", "_")).status == 404
    assert gone not in {x["address"] for x in ipamd.items("dhcp/leases")}
    assert reserved["ip-address"] not in {r.get("address") for r in ipamd.items("dhcp/reservations")}
    scope = ipamd.get("/api/v1/dhcp/scopes/" + first["subnet"].replace("/", "_")).json()
    assert scope["size"] == "1"


def test_a_planned_subnet_stays_the_plans(kea, ipamd):
    prefix = kea.subnet_list()[0]["subnet"]
    ipamd.ctl("subnet", "add", prefix, "--name", "ours")
    ipamd.add_kea()
    subnet = ipamd.get("/api/v1/ipam/subnets/" + prefix.replace("/", "_")).json()
    assert subnet["managed_by"] == "ipamd" and subnet["name"] == "ours"
    assert ipamd.get("/api/v1/dhcp/scopes/" + prefix.replace("/", "_")).json()["subnet"] == subnet["id"]


def test_only_a_complete_answer_deletes(kea, ipamd):
    kea.clients(10)
    ipamd.add_kea()
    rows = {r: ipamd.items(r) for r in ("dhcp/scopes", "dhcp/reservations", "dhcp/leases", "ipam/subnets", "ipam/ranges")}
    kea.kill("dhcp4")
    run = collect(ipamd, check=False)
    assert run.returncode != 0 and run.stderr
    for resource, wanted in rows.items():
        assert ipamd.items(resource) == wanted, resource
    server = ipamd.get(f"/api/v1/inventory/servers/{SERVER}").json()
    assert server["state"] in ("unreachable", "faulty") and server["message"]
    kea.restart("dhcp4")
    collect(ipamd)
    assert ipamd.get(f"/api/v1/inventory/servers/{SERVER}").json()["state"] == "reachable"


def test_bad_servers_are_told_and_nothing_changes(make_ipamd):
    for mode in sorted(set(fakes.ANSWERS) - {"endless", "hang"}):
        with fakes.FakeServer(mode) as fake:
            ipamd = make_ipamd(config={"profiles": [{"name": "kea-site", "driver": "kea", "options": {
                "port": fake.port, "timeout": "2s"}}]})
            ipamd.add_kea(collect=False)
            before = int(ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"])
            run = collect(ipamd, check=False)
            assert run.returncode != 0, mode
            server = ipamd.get(f"/api/v1/inventory/servers/{SERVER}").json()
            assert server["state"] in ("unreachable", "faulty"), (mode, server)
            assert str(fake.port) in server["message"] and len(server["message"]) > 30, (mode, server)
            assert ipamd.items("dhcp/scopes") == [] and ipamd.items("ipam/subnets") == []
            assert int(ipamd.get("/api/v1/ipam/spaces").headers["ipam-revision"]) == before
            ipamd.stop()


def test_a_server_that_hangs_can_be_waited_for_or_cancelled(make_ipamd):
    with fakes.FakeServer("hang") as fake:
        ipamd = make_ipamd(config={"profiles": [{"name": "kea-site", "driver": "kea", "options": {
            "port": fake.port, "timeout": "20s"}}]})
        ipamd.add_kea(collect=False)
        answer = ipamd.post(f"/api/v1/inventory/servers/{SERVER}/collect")
        assert answer.status == 202
        job = answer.headers["location"]
        assert ipamd.get(job).json()["state"] == "running"
        began = time.monotonic()
        assert ipamd.get("/api/v1/ipam/blocks").status == 200 and time.monotonic() - began < 1
        assert ipamd.post(job + "/cancel").status == 202
        deadline = time.monotonic() + 10
        while ipamd.get(job).json()["state"] == "running" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert ipamd.get(job).json()["state"] == "canceled"


def test_forgetting_a_server_leaves_the_plan(kea, ipamd):
    kea.clients(10)
    ipamd.ctl("subnet", "add", "192.0.2.0/24")
    ipamd.add_kea()
    ipamd.ctl("server", "delete", SERVER, "--yes")
    deadline = time.monotonic() + 20
    while ipamd.items("inventory/servers") and time.monotonic() < deadline:
        time.sleep(0.1)
    for resource in ("dhcp/scopes", "dhcp/reservations", "dhcp/leases", "ipam/ranges", "inventory/servers"):
        assert ipamd.items(resource) == [], resource
    assert [s["prefix"] for s in ipamd.items("ipam/subnets")] == ["192.0.2.0/24"]
