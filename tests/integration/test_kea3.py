# test_kea3.py - a real Kea 3 from Debian unstable: read and written by its own HTTP sockets and by its unix sockets.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json

import pytest

import kea3
import watch
from kea_provider import AUTH, COMPLETE, CONN, NOENT, RESUME, UNDO, Provider, add, change, delete, reservation

MAC = "02:00:00:00:77:03"
WAYS = ("http", "unix")


@pytest.fixture(scope="module")
def three():
    server = kea3.Kea3().start()
    watch.until(lambda: server.clients(30) >= 30, 60, "30 clients have a lease")
    watch.until(lambda: server.clients6(12, prefixes=True) >= 12, 60, "12 clients have an address and a prefix")
    yield server
    server.stop()


def provider_of(way, server, **more):
    if way == "unix":
        return Provider(socket4=server.socket(), socket6=server.socket("dhcp6"), **more)
    return Provider(**{"port4": kea3.HTTP["dhcp4"], "port6": kea3.HTTP["dhcp6"], "user": kea3.USER,
                       "password": kea3.PASSWORD, **more})


@pytest.fixture(params=WAYS)
def provider(request, three):
    return provider_of(request.param, three)


def test_probe_names_the_version(provider):
    got = provider.probe()
    assert got.status == 0, got.text
    (row,) = got.of("probe")
    assert row["product"] == "Kea" and row["version"].startswith("3.")
    states = {c["channel"]: c["state"] for c in got.of("check")}
    assert {states[c] for c in ("control", "dhcp4", "dhcp6", "leases4", "leases6", "changes4", "changes6")} == {"ok"}


def test_its_http_sockets_want_the_right_password(three):
    for wrong in ({"password": "wr0ng-pass"}, {"user": "nobody"}):
        got = provider_of("http", three, **wrong).probe()
        assert got.status == AUTH and "user and password" in got.message and got.outcome["native"] == "HTTP 401"
        assert f"dhcp4 at http://127.0.0.1:{kea3.HTTP['dhcp4']}" in got.message
        assert "wr0ng-pass" not in got.text and kea3.PASSWORD not in got.text
    got = Provider(port4=kea3.HTTP["dhcp4"]).probe()
    assert got.status == AUTH and "without user and password" in got.message
    got = provider_of("http", three, port6=18107).config()
    assert got.status == CONN and "kea-dhcp6" in got.message and "port6" in got.message


def test_ports_that_are_swapped_are_told(three):
    got = provider_of("http", three, port4=kea3.HTTP["dhcp6"], port6=kea3.HTTP["dhcp4"]).config()
    assert got.status == NOENT and "it is not the dhcp4 server" in got.message and got.rows == []
    # Taken for an agent, it answers for whichever service it is asked; only its own is taken.
    got = Provider(port=kea3.HTTP["dhcp4"], user=kea3.USER, password=kea3.PASSWORD).config()
    assert got.status == 0 and got.token[:3] == "v4:" and " " not in got.token
    assert {s["native"][:3] for s in got.of("scope")} == {"v4/"}


def test_configuration_is_what_it_has(three, provider):
    got = provider.config()
    assert got.status == 0 and got.outcome["flags"] == COMPLETE
    scopes = {s["native"]: s["prefix"] for s in got.of("scope")}
    assert scopes == {f"v{n[-1]}/{s['id']}": s["subnet"] for n in ("dhcp4", "dhcp6") for s in three.subnet_list(n)}
    assert len(scopes) == 9
    want = three.reservations() + three.reservations("dhcp6")
    assert len(got.of("reservation")) == len(want) == 30
    assert {r.get("address") for r in got.of("reservation")} == {
        (r.get("ip-addresses") or [r.get("ip-address")])[0] for r in want}
    assert kea3.PASSWORD not in got.text, "which config-get shows in clear"


def test_leases_of_both_families(three, provider):
    pages = provider.leases(limit=7)
    assert [p.status for p in pages] == [0] * len(pages)
    got = sorted((lease["address"], lease.get("prefix_length")) for p in pages for lease in p.of("lease"))
    want = sorted((lease["ip-address"], lease["prefix-len"] if lease.get("type") == "IA_PD" else None)
                  for lease in three.leases() + three.leases("dhcp6"))
    assert got == want and len(got) >= 30 + 24


def test_sizes_of_25_digits_are_there_to_be_read(three):
    """What the server counts exactly; 2.2 answers -1 for both."""
    rows = {row[0]: row for row in three.ask("stat-lease6-get", service="dhcp6")["result-set"]["rows"]}
    assert rows[603][1] == 2 ** 64 and rows[603][5] == 2 ** 80 and len(str(2 ** 80)) == 25
    raw = three._socket("dhcp6", b'{"command": "statistic-get", "arguments": {"name": "subnet[603].total-pds"}}')
    assert b"1208925819614629174706176" in raw


def test_its_hash_and_our_token_change_together(three):
    """config-hash-get is the server's own word on whether its configuration is another; the token must follow it."""
    provider = provider_of("http", three)
    look = lambda: (three.ask("config-hash-get")["hash"], provider.config("v4/101").token)
    before = look()
    assert look() == before
    row = {"subnet-id": 101, "hw-address": "02:00:00:00:66:01", "ip-address": "10.1.0.66"}
    assert three.command("reservation-add", {"reservation": row, "operation-target": "memory"})["result"] == 0
    with_it = look()
    assert with_it[0] != before[0] and with_it[1] != before[1]
    assert three.command("reservation-del", {"subnet-id": 101, "identifier-type": "hw-address",
                                             "identifier": row["hw-address"], "operation-target": "memory"})["result"] == 0
    assert look() == before


@pytest.mark.parametrize("way", WAYS)
def test_a_reservation_is_written_read_back_and_taken_back(three, way):
    provider = provider_of(way, three)
    before = three.config_get()
    row = reservation("10.1.0.77", MAC, "printer")
    got = provider.apply([add(row)])
    assert got.status == 0 and got.results() == [0], got.text
    for config in (three.config_get(), three.file_config()):
        assert [(r["ip-address"], r["hostname"]) for r in three.reservations(config=config)
                if r.get("hw-address") == MAC] == [("10.1.0.77", "printer")]
    assert three.lease_command_works()
    (read,) = [r for r in provider.config("v4/101").of("reservation") if r["identifier"] == MAC]
    assert (read["address"], read["name"]) == ("10.1.0.77", "printer")
    assert provider.config().token == got.token
    # The password of the HTTP sockets, which config-get shows, is still the one they want.
    assert provider_of("http", three).probe().status == 0
    got = provider.apply([delete(read)])
    assert got.status == 0, got.text
    after = three.config_get()
    for config in (before, after):
        for subnet in three.subnet_list(config=config):
            subnet["reservations"].sort(key=json.dumps)
    assert after == before


def of(kind, edit):
    return {**edit, "type": kind}


def every_kind(config):
    """Edits that add or change one of each, and what the rows must then say of each: (type, what it is known by, fields)."""
    (server,) = [r for r in config.of("dhcp_server") if r["native"] == "v4"]
    settings = {"lease_time": 3700, "dns_suffix": "three.example", "dns_update": "always", "dns_unasked": True,
                "dns_name_protection": False}
    scope = {"prefix": "10.44.0.0/24", "native": "v4/444", "superscope": "new", "lease_time": 4000, "classes": ["desks", "lamps"],
             "name": "four", "description": "B\u00fcro", "routers": ["10.44.0.1"], "dns_update": "never"}
    pool = {"native_scope": "v4/444", "first": "10.44.0.10", "last": "10.44.0.20", "classes": ["desks", "lamps"]}
    option = {"family": "ipv4", "owner": "pool", "native_scope": "v4/444", "holder": "10.44.0.10-10.44.0.20", "code": 15}
    six = {"prefix": "fd00:44::/64", "native": "v6/644", "preferred_time": 1000, "lease_time": 2000, "rapid_commit": True}
    delegated = {"native_scope": "v6/644", "first": "fd00:45::", "last": "fd00:45:0:ffff:ffff:ffff:ffff:ffff", "delegated_length": 56}
    lamps = {"family": "ipv4", "kind": "expression", "name": "lamps", "test": "option[60].text == 'lamp'", "boot_file": "lamp"}
    definition = {"family": "ipv4", "code": 222, "name": "glow", "type": "record", "record_types": ["uint8", "text"], "array": False}
    value = {"always": True, "never": False, "values": ["x.example"], "classes": ["lamps"]}
    glow = {"family": "ipv4", "owner": "server", "code": 222}
    return [
        (of("dhcp_server", change(server, {**server, **settings})), "dhcp_server", {"native": "v4"}, settings),
        (of("dhcp_class", add({"family": "ipv4", "kind": "expression", "name": "desks"})), "dhcp_class", {"name": "desks"}, {}),
        (of("dhcp_class", add(lamps)), "dhcp_class", {"name": "lamps"}, lamps),
        (of("superscope", add({"family": "ipv4", "name": "new", "native": "v4/new"})), "superscope", {"name": "new"}, {}),
        (of("scope", add(scope)), "scope", {"native": "v4/444"}, scope),
        (of("pool", add(pool)), "pool", {"native_scope": "v4/444"}, pool),
        (of("option_value", add({**option, **value})), "option_value", option, value),
        (of("scope", add(six)), "scope", {"native": "v6/644"}, six),
        (of("pool", add(delegated)), "pool", {"native_scope": "v6/644"}, delegated),
        (of("option_definition", add(definition)), "option_definition", {"native": "v4/dhcp4.222"}, definition),
        (of("option_value", add({**glow, "values": ["7", "a, b"]})), "option_value", glow, {"data": "07:61:2c:20:62"}),
    ]


def test_every_kind_is_written_read_back_and_taken_back(three):
    provider = provider_of("unix", three)
    before = provider.config()
    kinds = every_kind(before)
    edits = [edit for edit, *_ in kinds]
    got = provider.apply(edits, before.token)
    assert got.status == 0 and got.results() == [0] * len(edits), got.text
    config = provider.config()
    assert config.token == got.token
    for _, kind, known, fields in kinds:
        (row,) = [r for r in config.of(kind) if all(r.get(k) == v for k, v in known.items())]
        assert {k: row.get(k) for k in fields} == fields
    for shown in (three.config_get(), three.file_config()):
        (network,) = [n for n in shown["shared-networks"] if n["name"] == "new"]
        (subnet,) = network["subnet4"]
        assert subnet["client-classes"] == ["desks", "lamps"] and subnet["pools"][0]["client-classes"] == ["desks", "lamps"]
        assert shown["ddns-conflict-resolution-mode"] == "no-check-with-dhcid"
    assert three.lease_command_works()
    again = provider.apply(edits, flags=RESUME)
    assert again.status == 0 and "config-set" not in again.steps, again.text
    back = provider.apply(edits, flags=RESUME | UNDO)
    assert back.status == 0, back.text
    order = lambda rows: sorted(json.dumps(r, sort_keys=True) for r in rows if r[0] != "dhcp_server")
    assert order(provider.config().rows) == order(before.rows)


@pytest.mark.parametrize("way", WAYS)
def test_the_whole_way_through_ipamd(three, make_ipamd, way):
    options = {"http": {"port4": kea3.HTTP["dhcp4"], "port6": kea3.HTTP["dhcp6"], "user": kea3.USER,
                        "password": {"secret": "three"}},
               "unix": {"socket4": three.socket(), "socket6": three.socket("dhcp6")}}[way]
    ipamd = make_ipamd(secrets={"three": kea3.PASSWORD}, config={
        "profiles": [{"name": "kea-3", "driver": "kea", "options": options}]})
    ipamd.add_kea(profile="kea-3")
    server = ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()
    assert server["state"] == "reachable" and server["version"].startswith("3.") and "message" not in server
    assert len(ipamd.items("dhcp/scopes")) == 9
    assert len(ipamd.items("dhcp/leases")) == len(three.leases()) + len(three.leases("dhcp6"))
    answer = ipamd.post("/api/v1/ipam/subnets/10.1.0.0_24/allocate?wait=20s",
                        {"mac": MAC, "claim": way, "name": "web", "reservation": True})
    assert answer.status == 201, answer
    (item,) = answer.json()["items"]
    assert item["dhcp_sync"] == "synced"
    assert [r["ip-address"] for r in three.reservations() if r.get("hw-address") == MAC] == [item["address"]]
    assert ipamd.request("DELETE", f"/api/v1/ipam/addresses/{item['id']}").status == 204
    watch.until(lambda: not [r for r in three.reservations() if r.get("hw-address") == MAC], 30,
                "the reservation goes with its address")
    for resource in ("dhcp/scopes", "dhcp/reservations", "inventory/servers", "audit/changes"):
        assert kea3.PASSWORD not in json.dumps(ipamd.items(resource))
    assert kea3.PASSWORD not in ipamd.log()
