# test_dns_collect.py - zones and records of a DNS server in the inventory, as callers see them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

OPTIONS = {"zones": 2, "records": 6, "dual": True, "ptr": True, "extra": ["10.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"]}


@pytest.fixture
def ipamd(make_ipamd):
    ipamd = make_ipamd(config={"plugins": [{"name": "null-dns"}],
                               "profiles": [{"name": "some", "driver": "null-dns", "options": OPTIONS}]})
    ipamd.ctl("server", "add", "ns1.null.example", "--driver", "null-dns", "--profile", "some", "--role", "dns")
    ipamd.ctl("server", "collect", "ns1.null.example", "--wait")
    return ipamd


def test_zones_and_records_are_shown(ipamd):
    zones = {z["name"]: z for z in ipamd.items("dns/zones")}
    assert {n: (z["type"], z["lookup"], z.get("prefix")) for n, z in zones.items()} == {
        "z0.null.example": ("primary", "forward", None), "z1.null.example": ("primary", "forward", None),
        "10.in-addr.arpa": ("primary", "ipv4-reverse", "10.0.0.0/8"),
        "8.b.d.0.1.0.0.2.ip6.arpa": ("primary", "ipv6-reverse", "2001:db8::/32")}
    records = ipamd.items("dns/records")
    assert len(records) == 2 * (3 + 2 * 3) + 2 + 12
