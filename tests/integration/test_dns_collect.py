# test_dns_collect.py - zones and records of a DNS server in the inventory, as callers see them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

import worlds

SERVER = "ns1.null.example"
OPTIONS = {"zones": 2, "records": 6, "dual": True, "ptr": True, "extra": ["10.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"]}


def config(isolation="process"):
    return {"plugins": [{"name": "null-dns", "isolation": isolation}],
            "profiles": [{"name": "some", "driver": "null-dns", "options": OPTIONS}]}


def add(ipamd, name):
    ipamd.ctl("server", "add", name, "--driver", "null-dns", "--profile", "some", "--role", "dns", "--managed")
    return ipamd.ctl("server", "collect", name, "--wait").stdout


@pytest.fixture(params=["process", "none"])
def ipamd(make_ipamd, request):
    ipamd = make_ipamd(config=config(request.param))
    add(ipamd, SERVER)
    return ipamd


def test_zones_and_records_are_shown(ipamd):
    zones = {z["name"]: z for z in ipamd.items("dns/zones")}
    assert {n: (z["type"], z["lookup"], z.get("prefix")) for n, z in zones.items()} == {
        "z0.null.example": ("primary", "forward", None), "z1.null.example": ("primary", "forward", None),
        "10.in-addr.arpa": ("primary", "ipv4-reverse", "10.0.0.0/8"),
        "8.b.d.0.1.0.0.2.ip6.arpa": ("primary", "ipv6-reverse", "2001:db8::/32")}
    assert {z["state"] for z in zones.values()} == {"running"} and all(z["serial"] >= 1 for z in zones.values())
    records = ipamd.items("dns/records")
    assert len(records) == 2 * (3 + 2 * 3) + 2 + 12  # SOA, NS, its address, hosts of both families; SOA and PTR records
    by_name = lambda name, kind: [r for r in records if (r["name"], r["type"]) == (name, kind)]
    (a,), (aaaa,) = by_name("h4.z1.null.example", "A"), by_name("h4.z1.null.example", "AAAA")
    assert (a["address"], aaaa["address"], a["zone"]) == ("10.0.0.4", "2001:db8::4", zones["z1.null.example"]["id"])
    (ptr,) = by_name("4.0.0.10.in-addr.arpa", "PTR")
    assert (ptr["address"], ptr["target"], ptr["zone"]) == ("10.0.0.4", "h4.z1.null.example", zones["10.in-addr.arpa"]["id"])
    (ptr6,) = [r for r in records if r["type"] == "PTR" and r["address"] == "2001:db8::4"]
    assert ptr6["zone"] == zones["8.b.d.0.1.0.0.2.ip6.arpa"]["id"]


def test_they_are_found(ipamd):
    assert ipamd.get(f"/api/v1/dns/zones/z0.null.example@{SERVER}").json()["name"] == "z0.null.example"
    zone = ipamd.get("/api/v1/dns/zones/z0.null.example").json()
    found = ipamd.items(f"dns/records?zone=z0.null.example@{SERVER}&type=A")
    assert {r["name"] for r in found} == {"ns.z0.null.example", *(f"h{n}.z0.null.example" for n in range(3))}
    assert {r["zone"] for r in found} == {zone["id"]}
    assert {r["type"] for r in ipamd.items("dns/records?address=10.0.0.5")} == {"A", "PTR"}
    assert ipamd.get("/api/v1/dns/zones/nothing.example").status == 404
    table = ipamd.ctl("zone", "list").stdout
    assert "8.b.d.0.1.0.0.2.ip6.arpa" in table and "ipv6-reverse" in table
    assert "h5.z1.null.example" in ipamd.ctl("record", "list").stdout
    assert "primary" in ipamd.ctl("zone", "show", f"10.in-addr.arpa@{SERVER}").stdout
    add(ipamd, "ns2.null.example")
    refused = ipamd.get("/api/v1/dns/zones/z0.null.example")
    assert (refused.status, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "ambiguous") and "@" in refused.json()["hint"]
    assert ipamd.get("/api/v1/dns/zones/z0.null.example@ns2.null.example").json()["id"] != zone["id"]


def test_a_job_says_what_was_read(ipamd):
    assert "4 zones, 32 records read, 0 changed" in ipamd.ctl("server", "collect", SERVER, "--wait").stdout
    server = ipamd.get(f"/api/v1/inventory/servers/{SERVER}").json()
    assert server["state"] == "reachable" and "collected" in server and "leases_read" not in server


def test_what_the_server_had_goes_with_it(ipamd):
    ipamd.ctl("server", "delete", SERVER, "--wait")
    assert ipamd.items("dns/zones") == [] and ipamd.items("dns/records") == []


def test_a_zone_is_put_into_an_access_scope(make_ipamd):
    ipamd = make_ipamd(config=config())
    add(ipamd, SERVER)
    admin = worlds.Caller(ipamd, "admin")
    scope = admin.good("POST", "/access/scopes", {"path": "/Global/Lab"})["id"]
    zone = f"/dns/zones/10.in-addr.arpa@{SERVER}"
    admin.good("POST", f"{zone}/set-scope", {"access_scope": "/Global/Lab"})
    ipamd.ctl("server", "collect", SERVER, "--wait")
    assert admin.good("GET", zone)["effective_scope"] == scope
    assert {r["effective_scope"] for r in admin.items("/dns/records?zone=10.in-addr.arpa")} == {scope}
    assert all("effective_scope" not in r for r in admin.items("/dns/records?zone=z0.null.example"))
    admin.close()
