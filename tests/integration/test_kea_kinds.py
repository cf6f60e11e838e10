# test_kea_kinds.py - the Kea provider writes every kind of object into a real Kea: as asked, shown, and nothing else.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json

import pytest

import kea_rich
from kea_provider import (CHECK, CONFLICT, EXIST, FORCE, INVAL, NOENT, REFUSED, RESUME, UNDO, UNSUPPORTED, Provider, Relay, add,
                          change, delete, sockets)

ORDER = ["option_definition", "dhcp_class", "superscope", "scope", "pool", "reservation", "option_value"]


@pytest.fixture(scope="module")
def kea():
    server = kea_rich.RichKea(without_relation).start()
    yield server
    server.stop()


def without_relation(four, six):
    """The hook of high availability begins anew at each change."""
    four["hooks-libraries"] = [h for h in four["hooks-libraries"] if "libdhcp_ha" not in h["library"]]


@pytest.fixture(autouse=True)
def as_it_was(kea):
    before = {service: kea.ask("config-get", service=service) for service in ("dhcp4", "dhcp6")}
    yield
    for service, config in before.items():
        kea.ask("config-set", config, service)
        kea.ask("config-write", {"filename": str(kea.config_file(service))}, service)


def of(kind, edit):
    return {**edit, "type": kind}


def asked(rows, kind, **known):
    (row,) = [r for k, r in rows if k == kind and all(r.get(key) == value for key, value in known.items())]
    return row


def put(provider, *edits, flags=0):
    got = provider.apply(list(edits), flags=flags)
    assert got.status == 0 and got.results() == [0] * len(edits), got.text
    config = provider.config()
    assert config.token == got.token
    return config


def native(row):
    return row.get("native_scope", ""), row.get("holder", ""), row.get("native", ""), row.get("space", ""), row.get("code", -1)


def comparable(rows):
    """Rows in an order of their own; those of no fields of ours are left out."""
    return sorted(json.dumps([kind, row], sort_keys=True) for kind, row in rows if kind != "dhcp_server")


def test_all_that_is_taken_out_and_put_in_again_is_as_it_was(kea):
    """Both servers are emptied in one call, and filled from their rows in another."""
    provider = sockets(kea)
    before = provider.config()
    rows = [(kind, row) for kind, row in before.rows if kind in ORDER and not row.get("standard")]
    rows.sort(key=lambda r: ORDER.index(r[0]) + ("class" in r[1]) * 1.5)
    assert {kind for kind, _ in rows} == set(ORDER) and len(rows) > 60
    out = [of(kind, delete(row)) for kind, row in reversed(rows)]
    got = provider.apply(out, before.token)
    assert got.status == 0, got.text
    empty = provider.config()
    assert [k for k, r in empty.rows if not r.get("standard")] == ["dhcp_server"] * 2
    for service, config in (("dhcp4", kea.config_get()), ("dhcp6", kea.config_get("dhcp6"))):
        assert not kea.subnet_list(service, config) and not config["shared-networks"] and not config["option-data"]
    got = provider.apply([of(kind, add(row)) for kind, row in rows], empty.token)
    assert got.status == 0, got.text
    was, now = set(comparable(before.rows)), set(comparable(provider.config().rows))
    assert sorted(was - now) == sorted(now - was), "\n".join(sorted(was - now) + [""] + sorted(now - was))


SCOPE = {"lease_time": 700, "min_lease_time": 600, "max_lease_time": 800, "renew_time": 200, "rebind_time": 300, "name": "Labor",
         "description": "B\u00fcro", "dns_suffix": "x.example", "interface": "lo", "classes": ["phones"], "relays": ["10.0.0.9"]}
SCOPE4 = {**SCOPE, "authoritative": True, "next_server": "192.0.2.77", "server_name": "boots", "boot_file": "x.bin",
          "routers": ["10.33.0.1", "10.33.0.2"], "dns_update": "always", "dns_unasked": True, "dns_name_protection": False}
SCOPE6 = {**SCOPE, "classes": ["routers"], "relays": ["fd00:33::9"], "preferred_time": 500, "rapid_commit": True, "preference": 9}


@pytest.mark.parametrize("prefix, more", [("10.33.0.0/24", SCOPE4), ("fd00:33::/64", SCOPE6)])
def test_a_scope_with_all_it_can_have(kea, prefix, more):
    provider = sockets(kea)
    service, v = ("dhcp6", "v6") if ":" in prefix else ("dhcp4", "v4")
    others = comparable(provider.config().rows)
    got = put(provider, of("scope", add({"prefix": prefix, "native": f"{v}/333", **more})))
    row = asked(got.rows, "scope", prefix=prefix)
    assert {key: row.get(key) for key in more} == more and row["native"] == f"{v}/333"
    (subnet,) = [s for s in kea.subnet_list(service) if s["id"] == 333]
    assert subnet["subnet"] == prefix and subnet["valid-lifetime"] == 700 and subnet["user-context"] == {
        "name": "Labor", "comment": "B\u00fcro"}
    # What follows from a field is a row too, and gone with it.
    assert comparable(r for r in got.rows if "333" not in json.dumps(r)) == others
    changed = {**row, "lease_time": 750, "description": "other"}
    for key in ("name", "relays", "dns_suffix", "classes"):
        del changed[key]
    got = put(provider, of("scope", change(row, changed)))
    row = asked(got.rows, "scope", prefix=prefix)
    assert (row["lease_time"], row["description"]) == (750, "other") and not {"name", "relays", "classes"} & set(row)
    # What is taken away is the server's again.
    got = put(provider, of("scope", change(row, {k: v for k, v in row.items() if k not in ("lease_time", "min_lease_time",
                                                                                          "max_lease_time")})))
    assert asked(got.rows, "scope", prefix=prefix)["lease_time"] == 4000
    got = put(provider, of("scope", delete(row)))
    assert comparable(got.rows) == others


def test_a_scope_moves_between_superscopes(kea):
    provider = sockets(kea)
    scope = asked(provider.config().rows, "scope", native="v4/1")
    four = {"family": "ipv4", "name": "floor-2", "native": "v4/floor-2", "state": "active"}
    got = put(provider, of("superscope", add({**four, "description": "second", "relays": ["10.9.0.2"]})),
              of("scope", change(scope, {**scope, "superscope": "floor-2", "authoritative": True})))
    network = next(n for n in kea.config_get()["shared-networks"] if n["name"] == "floor-2")
    assert [s["id"] for s in network["subnet4"]] == [1] and network["relay"] == {"ip-addresses": ["10.9.0.2"]}
    row = asked(got.rows, "superscope", name="floor-2")
    assert row["description"] == "second" and asked(got.rows, "scope", native="v4/1")["superscope"] == "floor-2"
    got = provider.apply([of("superscope", delete(row))])
    assert got.status == CONFLICT and "still has scopes" in got.message and got.results() == [CONFLICT]
    got = put(provider, of("superscope", change(row, {**row, "name": "attic"})))
    assert asked(got.rows, "scope", native="v4/1")["superscope"] == "attic"
    moved, row = asked(got.rows, "scope", native="v4/1"), asked(got.rows, "superscope", name="attic")
    got = put(provider, of("scope", change(moved, {k: v for k, v in moved.items() if k != "superscope"})),
              of("superscope", delete(row)))
    assert "superscope" not in asked(got.rows, "scope", native="v4/1")
    assert [n["name"] for n in kea.config_get()["shared-networks"]] == ["floor-1"]


def test_pools(kea):
    provider = sockets(kea)
    rows = [{"native_scope": "v4/21", "first": "10.21.0.10", "last": "10.21.0.99", "classes": ["phones"]},
            {"native_scope": "v4/21", "first": "10.21.0.128", "last": "10.21.0.191"},
            {"native_scope": "v6/67", "first": "fd00:67::10", "last": "fd00:67::99"},
            {"native_scope": "v6/67", "first": "fd00:f5::", "last": "fd00:f5:0:ffff:ffff:ffff:ffff:ffff", "delegated_length": 56,
             "excluded_prefix": "fd00:f5:0:10::/60"}]
    got = put(provider, *[of("pool", add(r)) for r in rows])
    shown = [{k: v for k, v in r.items() if k != "native"} for r in got.of("pool") if r["native_scope"] in ("v4/21", "v6/67")]
    assert shown == rows
    (subnet,) = [s for s in kea.subnet_list() if s["id"] == 21]
    assert [p["pool"] for p in subnet["pools"]] == ["10.21.0.10-10.21.0.99", "10.21.0.128/26"]
    (subnet,) = [s for s in kea.subnet_list("dhcp6") if s["id"] == 67]
    assert subnet["pd-pools"][0]["excluded-prefix-len"] == 60
    got = put(provider, of("pool", change(rows[0], {k: v for k, v in rows[0].items() if k != "classes"})),
              of("pool", delete(rows[1])), of("pool", change(rows[3], {**rows[3], "excluded_prefix": "fd00:f5:0:20::/60"})))
    shown = [r for r in got.of("pool") if r["native_scope"] in ("v4/21", "v6/67")]
    assert "classes" not in shown[0] and [r["first"] for r in shown] == ["10.21.0.10", "fd00:67::10", "fd00:f5::"]
    assert shown[2]["excluded_prefix"] == "fd00:f5:0:20::/60"


LEVELS = [{"owner": "server"}, {"owner": "superscope", "holder": "v4/floor-1"}, {"owner": "scope", "native_scope": "v4/21"},
          {"owner": "pool", "native_scope": "v4/1", "holder": "10.1.2.1-10.1.2.9"}, {"owner": "class", "holder": "v4/late"},
          {"owner": "reservation", "native_scope": "v4/1", "holder": "client-id=01020304"},
          {"owner": "reservation", "native_scope": "v4/0", "holder": "hw-address=020000000099"}]


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level["owner"] + level.get("native_scope", "")[-2:])
def test_an_option_at_each_level(kea, level):
    provider = sockets(kea)
    known = {"family": "ipv4", "code": 4, **level}
    before = comparable(provider.config().rows)
    got = put(provider, of("option_value", add({**known, "values": ["192.0.2.1", "192.0.2.2"], "always": True})))
    row = asked(got.rows, "option_value", **known)
    assert row["data"] == "c0:00:02:01:c0:00:02:02" and row["always"] is True and row["name"] == "time-servers"
    got = put(provider, of("option_value", change(row, {**row, "data": "c0:00:02:03", "values": ["192.0.2.3"], "always": False})))
    row = asked(got.rows, "option_value", **known)
    assert row["values"] == ["192.0.2.3"] and row["always"] is False
    got = put(provider, of("option_value", delete(row)))
    assert strip(comparable(got.rows), level) == strip(before, level)


def strip(rows, level):
    """A reservation that holds options has them in its vendor data as well."""
    return [r for r in rows if not (level["owner"] == "reservation" and r.startswith('["reservation"'))]


def test_options_of_every_type_by_their_bytes_and_by_their_texts(kea):
    """What Kea shows as text of a value is what its bytes are, whichever was given."""
    provider = sockets(kea)
    before = {r["code"]: r for r in provider.config().of("option_value") if r["family"] == "ipv4" and r["owner"] == "server"
              and "space" not in r and "further" not in r.get("vendor", {}) and 224 <= r["code"] <= 241}
    assert len(before) == 18
    for drop in ("values", "data"):
        edits = [of("option_value", delete(r)) for r in before.values()]
        edits += [of("option_value", add({k: v for k, v in r.items() if k not in (drop, "name")})) for r in before.values()
                  if drop == "values" or "values" in r or not r.get("data")]
        got = put(provider, *edits)
        now = {r["code"]: r for r in got.of("option_value") if r["family"] == "ipv4" and r["owner"] == "server" and "space" not in r}
        assert {c: now[c] for c in before} == before


def test_definitions(kea):
    provider = sockets(kea)
    row = {"family": "ipv4", "code": 222, "name": "lamp", "type": "record", "record_types": ["uint8", "name", "ipv6"], "array": False}
    got = put(provider, of("option_definition", add(row)),
              of("option_value", add({"family": "ipv4", "owner": "server", "code": 222, "values": ["1", "a.example", "2001:db8::1"]})))
    shown = asked(got.rows, "option_definition", native="v4/dhcp4.222")
    assert {k: shown[k] for k in row} == row
    assert asked(got.rows, "option_value", code=222)["values"] == ["1", "a.example", "2001:db8::1"]
    assert next(d for d in kea.config_get()["option-def"] if d["code"] == 222)["record-types"] == "uint8, fqdn, ipv6-address"
    value = asked(got.rows, "option_value", code=222)
    got = put(provider, of("option_value", delete(value)),
              of("option_definition", change(shown, {**{k: v for k, v in shown.items() if k != "record_types"}, "type": "uint16",
                                                     "array": True, "description": "of lamps"})))
    shown = asked(got.rows, "option_definition", native="v4/dhcp4.222")
    assert (shown["type"], shown["array"], shown["description"]) == ("uint16", True, "of lamps") and "record_types" not in shown
    got = put(provider, of("option_definition", delete(shown)))
    assert not [d for d in got.of("option_definition") if d["code"] == 222 and d["family"] == "ipv4"]


def test_classes(kea):
    provider = sockets(kea)
    row = {"family": "ipv4", "kind": "expression", "name": "desks", "test": "member('phones')", "lease_time": 900,
           "next_server": "192.0.2.20", "server_name": "d", "boot_file": "d.cnf", "description": "desks"}
    got = put(provider, of("dhcp_class", add(row)))
    shown = asked(got.rows, "dhcp_class", name="desks")
    assert {k: shown[k] for k in row} == row
    assert [c["name"] for c in kea.config_get()["client-classes"]][-1] == "desks"
    phones = asked(got.rows, "dhcp_class", name="phones")
    got = provider.apply([of("dhcp_class", delete(phones))])
    assert got.status == CONFLICT and "floor-1 is for" in got.message and got.results() == [CONFLICT], got.text
    got = put(provider, of("dhcp_class", add({"family": "ipv4", "kind": "expression", "name": "last", "test": "member('desks')"})))
    last = asked(got.rows, "dhcp_class", name="last")
    got = provider.apply([of("dhcp_class", delete(shown))])
    assert got.status == REFUSED and "desks" in got.message and "config-set" not in got.steps, got.text
    put(provider, of("dhcp_class", delete(last)))
    got = put(provider, of("dhcp_class", change(shown, {**shown, "test": "member('late')", "lease_time": 950})))
    shown = asked(got.rows, "dhcp_class", name="desks")
    assert (shown["test"], shown["lease_time"]) == ("member('late')", 950)
    got = put(provider, of("dhcp_class", delete(shown)))
    assert not [c for c in got.of("dhcp_class") if c["name"] == "desks"]


def test_settings_of_the_server(kea):
    provider = sockets(kea)
    four = asked(provider.config().rows, "dhcp_server", native="v4")
    more = {"lease_time": 4100, "renew_time": 1100, "rebind_time": 2100, "dns_suffix": "y.example", "dns_update": "always",
            "dns_unasked": True, "dns_name_protection": False, "authoritative": False, "next_server": "192.0.2.31",
            "server_name": "b2", "boot_file": "y.efi", "interfaces": ["lo/127.0.0.1"]}
    got = put(provider, of("dhcp_server", change(four, {**four, **more})))
    row = asked(got.rows, "dhcp_server", native="v4")
    assert {k: row[k] for k in more} == more
    config = kea.config_get()
    assert config["valid-lifetime"] == 4100 and config["ddns-override-client-update"] is True
    six = asked(got.rows, "dhcp_server", native="v6")
    more = {"lease_time": 4200, "preferred_time": 3100, "preference": 77, "dns_update": "on-request"}
    got = put(provider, of("dhcp_server", change(six, {**six, **more})))
    row = asked(got.rows, "dhcp_server", native="v6")
    assert {k: row[k] for k in more} == more and kea.config_get("dhcp6")["dhcp-ddns"]["enable-updates"] is True


def test_what_belongs_to_a_new_scope_comes_in_the_same_call(kea):
    """By the name that the scope's edit proposes; and all of it is taken back in one."""
    provider = sockets(kea)
    before = provider.config()
    edits = [of("superscope", add({"family": "ipv4", "name": "new", "native": "v4/new"})),
             of("scope", add({"prefix": "10.44.0.0/24", "native": "proposed", "superscope": "new", "lease_time": 4000})),
             of("pool", add({"native_scope": "proposed", "first": "10.44.0.10", "last": "10.44.0.20", "native": "p1"})),
             of("reservation", add({"native_scope": "proposed", "address": "10.44.0.5", "identifier_type": "hw-address",
                                    "identifier": "02:00:00:00:44:05"})),
             of("option_value", add({"family": "ipv4", "owner": "scope", "native_scope": "proposed", "code": 3, "data": "0a:2c:00:01"})),
             of("option_value", add({"family": "ipv4", "owner": "pool", "native_scope": "proposed", "holder": "p1", "code": 15,
                                     "values": ["pool.example"]}))]
    got = provider.apply(edits, before.token, flags=CHECK)
    assert got.status == 0 and provider.config().token == before.token
    got = put(provider, *edits)
    scope = asked(got.rows, "scope", prefix="10.44.0.0/24")
    assert scope["native"] == "v4/22" and scope["routers"] == ["10.44.0.1"]
    assert [r["native_scope"] for r in got.of("pool") if r["first"] == "10.44.0.10"] == ["v4/22"]
    assert asked(got.rows, "option_value", owner="pool", code=15, native_scope="v4/22")["holder"] == "10.44.0.10-10.44.0.20"
    again = provider.apply(edits, flags=RESUME)
    assert again.status == 0 and "config-set" not in again.steps, again.text
    back = provider.apply(edits, flags=RESUME | UNDO)
    assert back.status == 0 and back.results() == [0] * len(edits), back.text
    assert comparable(provider.config().rows) == comparable(before.rows)


@pytest.mark.parametrize("edit, status, says", [
    (of("scope", add({"prefix": "10.88.0.0/24", "lease_time": 5, "min_lease_time": 10})), REFUSED, "valid-lifetime"),
    (of("scope", add({"prefix": "10.20.0.0/24"})), EXIST, "exists already"),
    (of("scope", change({"prefix": "10.21.0.0/24"}, {"prefix": "10.21.0.0/24", "state": "inactive"})), UNSUPPORTED, "state"),
    (of("pool", add({"native_scope": "v4/1", "first": "10.1.2.5", "last": "10.1.2.20"})), REFUSED, "overlaps with an existing pool"),
    (of("pool", add({"native_scope": "v4/1", "first": "10.2.2.5", "last": "10.2.2.20"})), INVAL, "outside of its scope"),
    (of("dhcp_class", add({"family": "ipv4", "kind": "expression", "name": "x", "test": "nonsense("})), REFUSED, "nonsense"),
    (of("option_definition", add({"family": "ipv4", "code": 6, "name": "mine", "type": "uint8"})), REFUSED, "option"),
    (of("option_value", add({"family": "ipv4", "owner": "scope", "native_scope": "v4/21", "code": 3, "values": ["x"]})), INVAL, "ipv4"),
    (of("option_value", add({"family": "ipv4", "owner": "scope", "native_scope": "v4/99", "code": 3, "data": "0a"})), NOENT, "held by"),
    (of("dhcp_server", change({"family": "ipv4"}, {"family": "ipv4", "interfaces": ["nope0"]})), REFUSED, "nope0"),
    (of("exclusion", add({"native_scope": "v4/1", "first": "10.1.2.5", "last": "10.1.2.6"})), UNSUPPORTED, "does not have"),
])
def test_a_bad_edit_changes_nothing(kea, edit, status, says):
    provider = sockets(kea)
    before = {service: kea.config_get(service) for service in ("dhcp4", "dhcp6")}
    got = provider.apply([of("pool", add({"native_scope": "v4/21", "first": "10.21.0.1", "last": "10.21.0.9"})), edit])
    assert got.status == status and says in got.message, got.text
    assert {service: kea.config_get(service) for service in ("dhcp4", "dhcp6")} == before and kea.lease_command_works()


@pytest.mark.parametrize("native, lease", [
    ("v4/21", {"ip-address": "10.21.0.77", "hw-address": "02:00:00:00:21:77", "subnet-id": 21}),
    ("v6/67", {"ip-address": "fd00:67::77", "duid": "00:01:77", "iaid": 1, "subnet-id": 67})])
def test_a_scope_with_leases_is_deleted_by_force_alone(kea, native, lease):
    provider, service = sockets(kea), "dhcp6" if "v6" in native else "dhcp4"
    kea.ask(f"lease{native[1]}-add", lease, service)
    scope = asked(provider.config().rows, "scope", native=native)
    got = provider.apply([of("scope", delete(scope))])
    assert got.status == CONFLICT and "has leases (1)" in got.message and got.results() == [CONFLICT], got.text
    assert asked(provider.config().rows, "scope", native=native) == scope
    got = put(provider, of("scope", delete(scope)), flags=FORCE)
    assert not [s for s in got.of("scope") if s["native"] == native]
    kea.ask(f"lease{native[1]}-del", {"ip-address": lease["ip-address"]}, service)


def test_what_config_set_fails_at_is_rolled_back(kea):
    provider, before = sockets(kea), kea.config_get()
    file = kea.lease_file()
    aside = file.with_suffix(".aside")

    def away():
        file.rename(aside)
        file.mkdir()

    def back():
        file.rmdir()
        aside.rename(file)

    got = provider.apply([of("scope", add({"prefix": "10.44.0.0/24"}))], at={"config-set": away, "roll-back": back})
    assert got.status == REFUSED and "roll-back" in got.steps and "nothing was changed" in got.message
    assert kea.config_get() == before and kea.lease_command_works()


def test_what_is_shown_otherwise_is_rolled_back(kea):
    """Somebody writes another scope between config-set and the look at it."""
    path = kea.dir / "between.sock"

    def spoil(answer):
        answer["arguments"]["Dhcp4"]["subnet4"].append({"id": 99, "subnet": "10.99.0.0/24"})
        return answer

    # The fourth config-get reads back: the first is for the token.
    with Relay(path, kea.socket(), lambda name, n: spoil if (name, n) == ("config-get", 4) else None):
        got = Provider(socket4=path).apply([of("scope", add({"prefix": "10.44.0.0/24"}))])
    assert got.status == REFUSED and "subnet4 holds more than was sent" in got.message, got.text
    assert "10.44.0.0/24" not in json.dumps(kea.config_get())
