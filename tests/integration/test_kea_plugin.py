# test_kea_plugin.py - the Kea provider reads a real Kea, and says what is wrong with servers that are none.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import datetime
import ipaddress
import json
import os
import shutil
import subprocess
import time

import pytest

import fakes
import kea as kea_module
import proc
from kea_provider import (AUTH, CANCELED, COMPLETE, CONN, INVAL, NOENT, PROTO, PROVIDER, TIMEOUT, TOOBIG, Provider, Relay,
                          agent, sockets)


@pytest.fixture(scope="module")
def served():
    """One Kea for the tests that only read: leases of both families."""
    server = kea_module.Kea().start()
    assert server.clients(30) >= 30 and server.clients6(12, prefixes=True) >= 12
    yield server
    server.stop()


@pytest.fixture(params=["agent", "sockets"])
def provider(request, served):
    return agent() if request.param == "agent" else sockets(served)


def hexadecimal(text):
    """An identifier as Kea writes it, bare or with colons, as the record writes it."""
    digits = text.replace(":", "").lower()
    return ":".join(digits[i:i + 2] for i in range(0, len(digits), 2))


def expected_reservations(kea, service, family):
    rows = []
    for r in kea.reservations(service):
        kind = next(k for k in ("hw-address", "client-id", "duid", "circuit-id", "flex-id") if k in r)
        addresses = r.get("ip-addresses", [r["ip-address"]] if "ip-address" in r else [])
        rows.append((f"v{family}/{r['subnet-id']}", addresses[0] if addresses else None, kind, hexadecimal(r[kind]),
                     r["hostname"] or None))
    return sorted(rows, key=str)


def test_configuration_is_what_kea_has(served, provider):
    got = provider.config()
    assert got.status == 0 and got.outcome["flags"] == COMPLETE
    scopes = {s["native"]: s for s in got.of("scope")}
    pools = [(p["native_scope"], p["first"], p["last"]) for p in got.of("pool") if "delegated_length" not in p]
    rows = [(r["native_scope"], r.get("address"), r["identifier_type"], r["identifier"], r.get("name"))
            for r in got.of("reservation")]
    want_rows, seen = [], 0
    for service, family in (("dhcp4", 4), ("dhcp6", 6)):
        config = served.config_get(service)
        networks = {s["id"]: n["name"] for n in config["shared-networks"] for s in n[f"subnet{family}"]}
        for subnet in served.subnet_list(service):
            scope = scopes[f"v{family}/{subnet['id']}"]
            seen += 1
            assert scope["prefix"] == subnet["subnet"]
            assert scope.get("superscope") == networks.get(subnet["id"])
            assert scope["lease_time"] == subnet["valid-lifetime"]
            assert scope["vendor"].get("user-context") == subnet.get("user-context")
            mine = [ipaddress.ip_address(first) for native, first, _ in pools if native == scope["native"]]
            assert len(mine) == len(subnet["pools"]) and all(a in ipaddress.ip_network(scope["prefix"]) for a in mine)
        want_rows += expected_reservations(served, service, family)
    assert len(scopes) == seen == 22
    assert ("v4/102", "10.1.1.100", "10.1.1.199") in pools and ("v4/102", "10.1.1.208", "10.1.1.223") in pools
    assert ("v6/601", "fd00:1::2:100", "fd00:1::2:17f") in pools
    assert sorted(rows, key=str) == sorted(want_rows, key=str) and len(rows) == 206


def test_further_addresses_and_vendor_data(served, provider):
    rows = provider.config().of("reservation")
    assert [r["prefixes"] for r in rows if "prefixes" in r] == [["fd00:f1:2::/56"], ["fd00:f1:5::/56"]]
    contexts = [r["vendor"]["user-context"] for r in rows if "user-context" in r.get("vendor", {})]
    assert {"owner": "M\u00fcller 3"} in contexts and len(contexts) == 5
    options = [r["vendor"]["option-data"] for r in rows if "option-data" in r.get("vendor", {})]
    assert len(options) == 4 and options[0][0]["data"] == "10.0.0.153"
    assert all("hostname" not in r.get("vendor", {}) for r in rows)


def test_the_same_configuration_has_the_same_token(served, provider):
    token = provider.config().token
    assert [part[:3] for part in token.split()] == ["v4:", "v6:"]
    assert provider.config().token == token
    assert agent().config().token == sockets(served).config().token
    assert Provider(socket6=served.socket("dhcp6")).config().token == token.split()[1]


def test_one_scope_alone(served, provider):
    whole, one = provider.config(), provider.config("v4/105")
    assert one.status == 0 and one.outcome["flags"] == COMPLETE
    assert [s["native"] for s in one.of("scope")] == ["v4/105"]
    assert one.of("reservation") == [r for r in whole.of("reservation") if r["native_scope"] == "v4/105"] != []
    assert one.token == whole.token.split()[0]
    gone = provider.config("v4/9999")
    assert gone.status == 0 and gone.outcome["flags"] == COMPLETE and gone.rows == []
    assert provider.config("eth0").status == INVAL


@pytest.mark.parametrize("limit", [None, 7])
def test_all_leases_once_and_in_order(served, provider, limit):
    pages = provider.leases(limit)
    assert all(page.status == 0 for page in pages)
    assert [page.outcome.get("flags", 0) for page in pages] == [0] * (len(pages) - 1) + [COMPLETE]
    for page in pages:
        addresses = [ipaddress.ip_address(lease["address"]) for lease in page.of("lease")]
        assert addresses == sorted(addresses) and (limit is None or len(addresses) <= limit)
    got = [lease for page in pages for lease in page.of("lease")]
    want = served.leases() + served.leases("dhcp6")
    assert sorted(lease["address"] for lease in got) == sorted(lease["ip-address"] for lease in want)
    assert len(got) == 30 + 24
    by_address = {lease["ip-address"]: lease for lease in want}
    for lease in got:
        source = by_address[lease["address"]]
        assert lease["native_scope"] == f"v{6 if ':' in lease['address'] else 4}/{source['subnet-id']}"
        assert lease["mac"] == source["hw-address"] and lease["state"] == "active"
        assert lease.get("client_id") == source.get("client-id") and lease.get("duid") == source.get("duid")
        assert lease.get("prefix_length") == (source["prefix-len"] if source.get("type") == "IA_PD" else None)
        started, expires = (int(subprocess.check_output(["date", "-d", lease[k], "+%s"])) for k in ("started", "expires")) \
            if lease is got[0] else (source["cltt"], source["cltt"] + source["valid-lft"])
        assert (started, expires) == (source["cltt"], source["cltt"] + source["valid-lft"])


def test_a_page_comes_in_order_whatever_kea_does(served):
    """Lease databases that keep addresses as text order them as text; the cursor follows Kea's order."""
    path = served.dir / "order.sock"

    def shuffle(answer):
        answer["arguments"]["leases"].sort(key=lambda lease: str(lease["ip-address"])[::-1])
        return answer

    with Relay(path, served.socket(), lambda name, _: shuffle):
        page = Provider(socket4=path).call("leases", "", 20)
    addresses = [ipaddress.ip_address(lease["address"]) for lease in page.of("lease")]
    assert len(addresses) == 20 and addresses == sorted(addresses)
    assert page.outcome["cursor"] == "v4:10.1.0.119", "the last of Kea's own order"


def test_a_foreign_cursor_is_refused(served):
    for cursor in ("v4", "v4:", "v4:fd00::1", "v6:10.0.0.1", "v5:start", "x", "v4:10.0.0.1;"):
        assert agent().call("leases", cursor).status == INVAL


def test_probe(served, provider):
    got = provider.probe()
    assert got.status == 0
    (row,) = got.of("probe")
    started = datetime.datetime.fromisoformat(row.pop("started").replace("Z", "+00:00")).timestamp()
    assert abs(time.time() - served.ask("status-get")["uptime"] - started) < 5
    assert row == {"product": "Kea", "version": "2.2.0", "capabilities": 0x381fff | 1 << 33 | 1 << 34, "service": "running"}
    assert {c["channel"]: c["state"] for c in got.of("check")} == {
        "control": "ok", "dhcp4": "ok", "dhcp6": "ok", "leases4": "ok", "leases6": "ok"}


def second_agent(kea, change):
    """Another control agent on port 18002, with a changed configuration."""
    config = json.loads(kea.config_file("agent-open").read_text())
    config["Control-agent"]["http-port"] = 18002
    change(config["Control-agent"])
    (kea.dir / "agent-2.conf").write_text(json.dumps(config))
    env = {"KEA_PIDFILE_DIR": str(kea.dir), "KEA_LOCKFILE_DIR": str(kea.dir)}
    argv = ["kea-ctrl-agent", "-c", "agent-2.conf"]
    listening = lambda: subprocess.run(["ss", "-Hltn", "sport = :18002"], capture_output=True, check=True).stdout != b""
    return proc.Proc("agent-2", argv, listening, kea.dir, env).start()


def test_a_server_with_dhcp4_alone_makes_no_noise(served):
    other = second_agent(served, lambda c: c["control-sockets"].pop("dhcp6"))
    try:
        provider = Provider(port=18002)
        assert {c["channel"]: c["state"] for c in provider.probe().of("check")} == {
            "control": "ok", "dhcp4": "ok", "leases4": "ok"}
        got = provider.config()
        assert got.status == 0 and got.outcome["flags"] == COMPLETE and got.message == "" and got.token[:3] == "v4:"
        pages = provider.leases()
        assert [p.status for p in pages] == [0] * len(pages) and pages[-1].outcome["flags"] == COMPLETE
        assert sum(len(p.of("lease")) for p in pages) == 30
        named = Provider(port=18002, services="dhcp6")
        for got in (named.config(), named.probe(), named.leases()[0]):
            assert got.status == NOENT and "dhcp6" in got.message and "services" in got.message
        assert provider.config("v6/601").status == NOENT
    finally:
        other.stop()


def test_wrong_password(served):
    for provider in (agent(password="wr0ng-pass"), Provider(port=kea_module.AGENT)):
        got = provider.probe()
        assert got.status == AUTH and "password" in got.message and got.outcome["native"] == "HTTP 401"
        assert "wr0ng-pass" not in got.text


# What each of the fakes is, seen over HTTP and over a unix socket.
VERDICTS = {
    "hang": (TIMEOUT, TIMEOUT), "close": (CONN, CONN), "garbage": (PROTO, PROTO), "not-kea": (PROTO, PROTO),
    "not-found": (PROTO, PROTO), "unauthorized": (AUTH, PROVIDER), "not-json": (PROTO, CONN),
    "other-json": (PROTO, PROTO), "wrong-types": (PROTO, PROTO), "deep-json": (PROTO, PROTO),
    "truncated": (CONN, PROTO), "endless": (TOOBIG, TOOBIG),
}


@pytest.mark.parametrize("mode", sorted(fakes.ANSWERS))
@pytest.mark.parametrize("transport", ["http", "unix"])
def test_bad_servers(mode, transport, tmp_path):
    path = str(tmp_path / "kea") if transport == "unix" else None
    with fakes.FakeServer(mode, path) as fake:
        options = {"socket4": path} if path else {"port": fake.port, "user": "ipam", "password": "s3cret-word"}
        try:
            for operation in ("probe", "config", "leases"):
                got = Provider(**options, timeout="400" if mode == "hang" else "8000").call(operation)
                where = path or f"http://127.0.0.1:{fake.port}"
                if (mode, transport, operation) == ("truncated", "unix", "config"):
                    continue  # without its head this is the answer of a server without subnets
                assert got.status == VERDICTS[mode][transport == "unix"], got.text
                assert where in got.message and ";" in got.message, "it says where, and what to do"
                assert got.seconds < 9 and "s3cret-word" not in got.text
        finally:
            if path:
                os.unlink(path)


@pytest.mark.parametrize("transport", ["http", "unix"])
def test_a_hanging_server_holds_nobody(transport, tmp_path):
    path = str(tmp_path / "kea") if transport == "unix" else None
    with fakes.FakeServer("hang", path) as fake:
        provider = Provider(socket4=path) if path else Provider(port=fake.port)
        try:
            for operation in ("probe", "config"):
                got = provider.call(operation, deadline=600)
                assert got.status == TIMEOUT and got.seconds < 4
            got = provider.call("config", cancel=200)
            assert got.status == CANCELED and got.seconds < 4
        finally:
            if path:
                os.unlink(path)


def test_nobody_there():
    got = Provider(port=9).probe()
    assert got.status == CONN and "127.0.0.1:9" in got.message
    got = Provider(target="no-such-host.invalid").probe()
    assert got.status == CONN and "no-such-host.invalid" in got.message
    got = Provider(socket4="/nonexistent/kea.sock").probe()
    assert got.status == CONN and "/nonexistent/kea.sock" in got.message


@pytest.mark.parametrize("target, options", [
    ("127.0.0.1", {"socket4": "/" + "x" * 107}), ("127.0.0.1", {"password": "x"}), ("127.0.0.1", {"user": "a:b"}),
    ("127.0.0.1", {"socket4": "/run/s", "services": "dhcp6"}), ("evil@host", {}), ("host/path?x", {}), ("", {}),
])
def test_options_that_cannot_be(target, options):
    got = Provider(target=target, **options).call("probe")
    assert got.status == -1001 and '"open_error"' in got.text and len(got.text) > 60


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=kea-test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem",
                    "-out", folder / "cert.pem"], check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")
def test_https(served):
    certificate(served.dir)
    tls = {"trust-anchor": "cert.pem", "cert-file": "cert.pem", "key-file": "key.pem", "cert-required": False}
    other = second_agent(served, lambda c: c.update(tls))
    authorities = "/etc/ssl/certs/ca-certificates.crt"
    try:
        got = Provider(port=18002, scheme="https").probe()
        assert got.status == CONN and "certificate" in got.message and "https://127.0.0.1:18002" in got.message
        assert Provider(port=18002).probe().status in (PROTO, CONN)
        got = Provider(port=kea_module.AGENT_OPEN, scheme="https").probe()
        assert got.status == CONN and "option scheme" in got.message
        # Our mount namespace is private: here the certificate becomes an authority of the system.
        subprocess.run(["mount", "--bind", served.dir / "cert.pem", authorities], check=True)
        try:
            assert len(Provider(port=18002, scheme="https").config().of("scope")) == 22
            got = Provider(target="localhost", port=18002, scheme="https").probe()
            assert got.status == CONN and "certificate" in got.message
        finally:
            subprocess.run(["umount", authorities], check=True)
    finally:
        other.stop()
