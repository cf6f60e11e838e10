# test_kea_view.py - all that a real Kea has is what the provider shows of it, field by field.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import json

import pytest

import kea_rich
from kea_provider import COMPLETE, DELTA, Provider, sockets
from test_kea_plugin import hexadecimal

FAMILIES = [("dhcp4", 4), ("dhcp6", 6)]


@pytest.fixture(scope="module")
def rich():
    server = kea_rich.RichKea().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shown(rich):
    got = sockets(rich).config()
    assert got.status == 0 and got.outcome["flags"] == COMPLETE
    return got


def of(shown, kind, family):
    """Rows of one protocol: by their family where they have one, else by their native names."""
    def of_family(row):
        return row["family"] == f"ipv{family}" if "family" in row else (row.get("native_scope") or row["native"])[1] == str(family)

    return [r for r in shown.of(kind) if of_family(r)]


def without(text):
    """A member that says nothing: Kea spells out what an object does not have."""
    return text in ("", "0.0.0.0", [], {})


class Members:
    """Members of an object of Kea that are still to be found in a row."""

    def __init__(self, node, spelt_out):
        self.left = {k: v for k, v in node.items() if not (spelt_out and without(v)) and v not in ([], {})
                     and not (k.startswith("4o6-") and v == "")}

    def field(self, key, row, name, convert=lambda v: v):
        if key in self.left:
            assert row.get(name) == convert(self.left.pop(key)), (key, row)
        else:
            assert name not in row, (key, row[name])

    def elsewhere(self, *keys):
        for key in keys:
            self.left.pop(key, None)

    def rest(self, row):
        """All else is vendor data, but for secrets."""
        assert row.get("vendor", {}) == clean(self.left), row


def clean(value):
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items() if not any(w in k for w in ("password", "secret"))}
    return [clean(v) for v in value] if isinstance(value, list) else value


TIMES = {"valid-lifetime": "lease_time", "min-valid-lifetime": "min_lease_time", "max-valid-lifetime": "max_lease_time",
         "preferred-lifetime": "preferred_time", "renew-timer": "renew_time", "rebind-timer": "rebind_time"}
BOOT = {"next-server": "next_server", "server-hostname": "server_name", "boot-file-name": "boot_file"}


def one_or_many(value):
    return value if isinstance(value, list) else [value]


def test_order_is_that_of_the_header(shown):
    """Settings, then scopes each with what is in it, then what belongs to the whole server; one protocol, then the other."""
    rank = {"dhcp_server": 0, "scope": 1, "pool": 2, "reservation": 3, "superscope": 10, "failover": 11, "dhcp_class": 12,
            "option_definition": 13}
    last, scope = -1, None
    for kind, row in shown.rows:
        if kind == "dhcp_server":
            last, scope = 0, None
        elif kind == "scope":
            assert last < 10
            last, scope = 1, row["native"]
        elif row.get("native_scope") == scope and scope and last < 10:
            now = 4 if kind == "option_value" else rank[kind]
            assert now >= last, (kind, row)
            last = now
        else:
            now = {"reservation": 9, "option_value": 14}.get(kind) or rank[kind]
            assert now >= last, (kind, row)
            last = now


@pytest.mark.parametrize("service, family", FAMILIES)
def test_settings(rich, shown, service, family):
    config, (row,) = rich.config_get(service), of(shown, "dhcp_server", family)
    left = Members(config, spelt_out=True)
    for key, name in {**TIMES, **BOOT, "ddns-qualifying-suffix": "dns_suffix", "authoritative": "authoritative"}.items():
        left.field(key, row, name)
    left.elsewhere("subnet4", "subnet6", "shared-networks", "reservations", "client-classes", "option-data", "option-def")
    left.rest(row)
    assert row["native"] == f"v{family}" and row["interfaces"] == config["interfaces-config"]["interfaces"]
    assert row["database_path"] == config["lease-database"]["name"] and row["audit_log"] is False
    assert row["dns_update"] == ("on-request" if family == 4 else "never") and row["dns_unasked"] is False
    assert row.get("preference") == (12 if family == 6 else None)


@pytest.mark.parametrize("service, family", FAMILIES)
def test_scopes(rich, shown, service, family):
    config, rows = rich.config_get(service), {r["native"]: r for r in of(shown, "scope", family)}
    networks = {s["id"]: n for n in config["shared-networks"] for s in n[f"subnet{family}"]}
    assert len(rows) == len(rich.subnet_list(service)) == 3
    for subnet in rich.subnet_list(service):
        row, left = rows[f"v{family}/{subnet['id']}"], Members(subnet, spelt_out=False)
        for key, name in {**TIMES, **BOOT, "ddns-qualifying-suffix": "dns_suffix", "authoritative": "authoritative",
                          "rapid-commit": "rapid_commit", "interface": "interface"}.items():
            left.field(key, row, name)
        left.field("client-class", row, "classes", one_or_many)
        if not subnet["relay"]["ip-addresses"]:
            left.elsewhere("relay")
        left.field("relay", row, "relays", lambda v: v["ip-addresses"])
        left.elsewhere("id", "subnet", "pools", "pd-pools", "reservations", "option-data")
        left.rest(row)
        assert row["prefix"] == str(ipaddress.ip_network(subnet["subnet"], strict=False)) and row["state"] == "active"
        assert row.get("superscope") == networks.get(subnet["id"], {}).get("name")
        assert row.get("description") == subnet.get("user-context", {}).get("comment")
        assert row.get("failover") == ("west/east" if family == 4 else None)
    if family == 4:
        assert rows["v4/1"]["routers"] == ["10.1.0.1", "10.1.0.2"] and rows["v4/1"]["dns_suffix"] == ""
        assert (rows["v4/1"]["dns_update"], rows["v4/1"]["dns_unasked"]) == ("always", True)
        assert rows["v4/20"]["dns_update"] == "never", "as its shared network says"
    else:
        assert {n: r["assignment"] for n, r in rows.items()} == {"v6/66": "stateful", "v6/67": "stateless", "v6/70": "stateful"}


@pytest.mark.parametrize("service, family", FAMILIES)
def test_pools(rich, shown, service, family):
    want = []
    for subnet in rich.subnet_list(service):
        for p in subnet["pools"]:
            if "-" in p["pool"]:
                first, last = p["pool"].split("-")
            else:
                network = ipaddress.ip_network(p["pool"])
                first, last = str(network[0]), str(network[-1])
            want.append((f"v{family}/{subnet['id']}", first, last, p["pool"], None, None, p.get("client-class")))
        for p in subnet.get("pd-pools", []):
            network = ipaddress.ip_network(f"{p['prefix']}/{p['prefix-len']}")
            excluded = f"{p['excluded-prefix']}/{p['excluded-prefix-len']}" if "excluded-prefix" in p else None
            want.append((f"v6/{subnet['id']}", str(network[0]), str(network[-1]), f"{network}-{p['delegated-len']}",
                         p["delegated-len"], excluded, p.get("client-class")))
    got = [(p["native_scope"], p["first"], p["last"], p["native"], p.get("delegated_length"), p.get("excluded_prefix"),
            p.get("classes", [None])[0]) for p in of(shown, "pool", family)]
    assert sorted(got, key=str) == sorted(want, key=str)
    assert {json.dumps(p["vendor"], sort_keys=True) for p in of(shown, "pool", family) if "vendor" in p} == {
        '{"require-client-classes": ["late"], "user-context": {"rack": 7}}' if family == 4 else '{"user-context": {"z": 1}}'}


@pytest.mark.parametrize("service, family", FAMILIES)
def test_reservations(rich, shown, service, family):
    config, got = rich.config_get(service), {}
    for row in of(shown, "reservation", family):
        got[row["native_scope"], row["native"]] = row
    want = [(f"v{family}/{r['subnet-id']}", r) for r in rich.reservations(service)] + [
        (f"v{family}/0", r) for r in config["reservations"]]
    assert len(got) == len(want) == {4: 6, 6: 4}[family]
    for scope, r in want:
        kind = next(k for k in ("hw-address", "client-id", "duid", "circuit-id", "flex-id") if k in r)
        row = got[scope, f"{kind}={hexadecimal(r[kind]).replace(':', '')}"]
        addresses = r.get("ip-addresses", [r["ip-address"]] if "ip-address" in r else [])
        assert (row["identifier_type"], row["identifier"]) == (kind, hexadecimal(r[kind]))
        assert [row[k] for k in ("address",) if k in row] + row.get("addresses", []) == addresses
        assert row.get("prefixes", []) == r.get("prefixes", [])
        assert row.get("name", "") == r["hostname"] and row.get("classes", []) == r["client-classes"]
        assert row.get("description") == r.get("user-context", {}).get("comment")
        for key, name in BOOT.items():
            assert row.get(name, "") == ("" if without(r.get(key, "")) else r[key])
        kept = {k: v for k, v in r.items() if not without(v) and k not in (
            kind, "ip-address", "ip-addresses", "prefixes", "hostname", "subnet-id")}
        assert row.get("vendor", {}) == kept, "all of it, so that it can be put back whole"


@pytest.mark.parametrize("service, family", FAMILIES)
def test_networks_and_classes(rich, shown, service, family):
    config = rich.config_get(service)
    for network, row in zip(config["shared-networks"], of(shown, "superscope", family), strict=True):
        left = Members(network, spelt_out=False)
        left.field("interface", row, "interface")
        left.field("client-class", row, "classes", one_or_many)
        if not network["relay"]["ip-addresses"]:
            left.elsewhere("relay")
        left.field("relay", row, "relays", lambda v: v["ip-addresses"])
        left.elsewhere("name", f"subnet{family}", "option-data")
        left.rest(row)
        assert (row["native"], row["name"]) == (f"v{family}/{network['name']}", network["name"])
        assert row.get("description") == network.get("user-context", {}).get("comment")
    for klass, row in zip(config["client-classes"], of(shown, "dhcp_class", family), strict=True):
        left = Members(klass, spelt_out=True)
        left.field("test", row, "test")
        for key, name in {**BOOT, **TIMES}.items():
            left.field(key, row, name)
        left.elsewhere("name", "option-data", "option-def")
        left.rest(row)
        assert (row["native"], row["name"], row["kind"]) == (f"v{family}/{klass['name']}", klass["name"], "expression")


def held_options(config, family):
    """(owner, native_scope, holder, option) of each option Kea has."""
    def lists():
        yield "server", None, None, config
        for n in config["shared-networks"]:
            yield "superscope", None, f"v{family}/{n['name']}", n
        for c in config["client-classes"]:
            yield "class", None, f"v{family}/{c['name']}", c
        subnets = [(f"v{family}/{s['id']}", s) for s in config[f"subnet{family}"] + [
            s for n in config["shared-networks"] for s in n[f"subnet{family}"]]]
        for scope, s in subnets + [(f"v{family}/0", {"reservations": config["reservations"]})]:
            yield "scope", scope, None, s
            for p in s.get("pools", []):
                yield "pool", scope, p["pool"], p
            for p in s.get("pd-pools", []):
                yield "pool", scope, f"{p['prefix']}/{p['prefix-len']}-{p['delegated-len']}", p
            for r in s["reservations"]:
                kind = next(k for k in ("hw-address", "client-id", "duid", "circuit-id", "flex-id") if k in r)
                yield "reservation", scope, f"{kind}={hexadecimal(r[kind]).replace(':', '')}", r
    return [(owner, scope, holder, o) for owner, scope, holder, node in lists() for o in node.get("option-data", [])]


@pytest.mark.parametrize("service, family", FAMILIES)
def test_options_at_every_level(rich, shown, service, family):
    want, got = {}, {}
    for owner, scope, holder, o in held_options(rich.config_get(service), family):
        want.setdefault((owner, scope, holder, o["space"], o["code"]), []).append(o)
    for row in of(shown, "option_value", family):
        key = (row["owner"], row.get("native_scope"), row.get("holder"), row.get("space", service), row["code"])
        assert key not in got
        got[key] = row
    assert set(got) == set(want) and {k[0] for k in want} >= {"server", "superscope", "scope", "pool", "reservation"}
    for key, (o, *further) in want.items():
        row = got[key]
        assert row.get("name") == o.get("name") and row["always"] == o["always-send"]
        if not o["csv-format"]:
            assert row["data"].replace(":", "") == o["data"].lower(), "the bytes as they are"
        else:
            assert "data" in row and row["values"], row
        assert row.get("vendor", {}).get("further", []) == further
        assert row.get("vendor", {}).get("user-context") == o.get("user-context")


def test_every_type_of_option(shown):
    rows = {r["name"]: r for r in of(shown, "option_value", 4) if r["owner"] == "server" and "name" in r}
    for name, code, kind, _, _, values, data in kea_rich.TYPES4:
        row = rows[name]
        assert (row["code"], row.get("values"), row["data"].replace(":", "")) == (code, values, data), kind
    words = {"fqdn": "name", "ipv4-address": "ipv4", "ipv6-address": "ipv6", "ipv6-prefix": "prefix", "string": "text"}
    defined = {r["name"]: r for r in of(shown, "option_definition", 4) if not r["standard"]}
    for name, code, kind, more, *_ in kea_rich.TYPES4:
        row = defined[name]
        assert (row["code"], row["type"], row["array"]) == (code, words.get(kind, kind), more.get("array", False))
        assert row.get("record_types", []) == [words.get(w, w) for w in more.get("record-types", "").split(", ") if w]
    assert defined["outer"]["encapsulates"] == "own-space" and defined["inner"]["space"] == "own-space"
    assert defined["px"]["description"] == "of phones"
    assert defined["vendor-encapsulated-options"] == {
        "native": "v4/dhcp4.43@phones", "family": "ipv4", "code": 43, "name": "vendor-encapsulated-options",
        "type": "encapsulated", "array": False, "encapsulates": "PX", "standard": False, "class": "phones"}


def known_options(kea, service, space, codes):
    """{code: name} of what this Kea has of itself: it says so when a name does not fit the code."""
    root, known = service.capitalize(), {}
    base = {"interfaces-config": {"interfaces": []}, "lease-database": {"type": "memfile", "persist": False}}
    if service == "dhcp6":
        base["server-id"] = {"type": "LL", "htype": 1, "identifier": "020000000099", "persist": False}
    for code in codes:
        option = {"code": code, "space": space, "name": "no-such", "data": "00"}
        text = kea.command("config-test", {root: {**base, "option-data": [option]}}, service)["text"]
        if "does not match the option definition" in text:
            known[code] = text.split(f"'{space}.")[1].split("'")[0]
    return known


@pytest.mark.parametrize("service, family", FAMILIES)
def test_standard_options_are_those_of_this_kea(rich, shown, service, family):
    table = {}
    for row in of(shown, "option_definition", family):
        if row["standard"]:
            table.setdefault(row.get("space", service), {})[row["code"]] = row["name"]
    assert known_options(rich, service, service, range(1, 160 if family == 6 else 255)) == table[service]
    assert len(table[service]) >= (114 if family == 4 else 72)
    assert known_options(rich, service, "vendor-4491", [*range(1, 45), *range(1020, 1030)]) == table["vendor-4491"]


def test_no_secret_is_shown(rich, shown):
    everything = json.dumps([rich.config_get("dhcp4"), rich.config_get("dhcp6")])
    for secret in kea_rich.SECRETS:
        assert secret in everything, "Kea shows it in clear"
        assert secret not in shown.text and secret not in sockets(rich).probe().text


def test_failover_is_both_servers_view(rich, shown):
    pair, backup = sorted(of(shown, "failover", 4), key=lambda r: r["name"], reverse=True)
    local = rich.ask("status-get")["high-availability"][0]["ha-servers"]["local"]
    assert (pair["native"], pair["name"], pair["mode"], pair["role"]) == ("v4/west/east", "west/east", "hot-standby", "primary")
    assert (pair["partner"], pair["partner_address"], pair["authenticated"]) == ("::1", "::1", True)
    assert (pair["auto_transition"], pair["switch_interval"], "scopes" in pair) == (True, 2, False)
    assert pair["native_state"] in ("waiting", "partner-down", local["state"])
    assert pair["state"] in ("startup", "partner-down") and pair["partner_state"] == "unknown"
    assert pair["vendor"]["relation"]["heartbeat-delay"] == 500 and "basic-auth-password" not in pair["vendor"]["peer"]
    assert (backup["name"], backup["partner"], "partner_state" in backup) == ("west/attic", "127.0.0.3", False)
    assert backup["auto_transition"] is False
    assert of(shown, "failover", 6) == []
    checks = {c["channel"]: c for c in sockets(rich).probe().of("check")}
    assert checks["ha4"]["state"] == "warning" and checks["ha4"]["remedy"] and "hot-standby" in checks["ha4"]["message"]


def test_whoever_has_it_already_is_spared(rich, shown):
    """Only what may be another although the configuration is the same: how the relation stands."""
    got = sockets(rich).call("config", "", shown.token)
    assert got.status == 0 and got.outcome["flags"] == DELTA and got.token == shown.token
    assert {kind for kind, _ in got.rows} == {"failover"} and len(got.rows) == 2
    four, six = shown.token.split()
    for other in ("v4:" + "0" * 40, four, f"{four} v6:{'0' * 40}", six):
        got = sockets(rich).call("config", "", other)
        assert got.outcome["flags"] == COMPLETE and len(got.rows) == len(shown.rows), "one that changed makes all of it news"


def test_few_commands(rich):
    """One config-get for all of a server, and what no configuration tells."""
    import kea_provider
    path = rich.dir / "count.sock"
    with kea_provider.Relay(path, rich.socket(), lambda *_: None) as relay:
        provider = Provider(socket4=path)
        provider.config()
        assert relay.commands == ["config-get", "version-get", "status-get"]
        token = Provider(socket4=rich.socket()).config().token
        del relay.commands[:]
        assert provider.call("config", "", token).outcome["flags"] == DELTA
        assert relay.commands == ["config-get", "status-get"]
        del relay.commands[:]
        provider.call("stats")
        assert relay.commands == ["config-get", "stat-lease4-get"] + ["statistic-get"] * 4
        del relay.commands[:]
        provider.probe()
        assert relay.commands == ["version-get", "status-get", "list-commands", "lease4-get-page"]
