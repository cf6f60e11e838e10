# test_kea_transport.py - the ways to a Kea server: TLS with its files, options that contradict, a resolver that hangs.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import socket
import subprocess
import time

import pytest

import fakes
import kea as kea_module
import proc
from kea_provider import AUTH, CANCELED, CONFIG, CONN, PROTO, TIMEOUT, TOOBIG, Provider

PORT = 18002


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)


def authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")


def signed(folder, name, by, san):
    (folder / f"{name}.ext").write_text(f"subjectAltName={san}\n")
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial",
            "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


class TlsAgent:
    """A control agent with TLS in front of a kea.Kea; `demand`: it wants a client certificate of the same authority."""

    def __init__(self, kea, demand):
        config = json.loads(kea.config_file("agent").read_text())
        config["Control-agent"].update({"http-port": PORT, "trust-anchor": "site.pem", "cert-file": "server.pem",
                                        "key-file": "server.key", "cert-required": demand})
        (kea.dir / "agent-tls.conf").write_text(json.dumps(config))
        env = {"KEA_PIDFILE_DIR": str(kea.dir), "KEA_LOCKFILE_DIR": str(kea.dir)}
        self.process = proc.Proc("agent-tls", ["kea-ctrl-agent", "-c", "agent-tls.conf"], self._listens, kea.dir, env)

    def _listens(self):
        with socket.create_connection(("127.0.0.1", PORT), timeout=5):
            return True

    def __enter__(self):
        self.process.start()
        return self

    def __exit__(self, *_):
        self.process.stop()


@pytest.fixture(scope="module")
def served():
    server = kea_module.Kea(subnets=6, shared=0, reservations=12).start()
    for name in ("site", "stranger"):
        authority(server.dir, name)
    signed(server.dir, "server", "site", "IP:127.0.0.1")
    signed(server.dir, "client", "site", "DNS:ipamd")
    signed(server.dir, "foreign", "stranger", "DNS:ipamd")
    (server.dir / "both.pem").write_text((server.dir / "client.pem").read_text() + (server.dir / "client.key").read_text())
    (server.dir / "not.pem").write_text("this is no certificate\n")
    yield server
    server.stop()


def https(served, target="127.0.0.1", **options):
    files = {k: served.dir / v for k, v in options.items() if k.endswith("_file")}
    return Provider(target=target, scheme="https", port=PORT, user=kea_module.USER, password=kea_module.PASSWORD,
                    **{**options, **files})


def says(answer, status, *words):
    assert answer.status == status, answer.text
    assert f"127.0.0.1:{PORT}" in answer.message or "localhost" in answer.message
    assert ";" in answer.message, "what to do"
    for word in words:
        assert word in answer.message, answer.message
    assert kea_module.PASSWORD not in answer.text


def test_the_certificate_is_verified_by_the_authority_that_is_named(served):
    with TlsAgent(served, demand=False):
        good = https(served, ca_file="site.pem")
        assert good.probe().status == 0 and len(good.config().of("scope")) == 8
        says(https(served).probe(), CONN, "not trusted", "ca_file")
        says(https(served, ca_file="stranger.pem").probe(), CONN, "not trusted", "ca_file")
        says(https(served, target="localhost", ca_file="site.pem").probe(), CONN, "not trusted", "name")
        says(https(served, ca_file="absent.pem").probe(), CONFIG, "ca_file", "absent.pem")
        says(https(served, ca_file="not.pem").probe(), CONFIG, "ca_file", "not.pem")
        # whoever says so trusts everybody
        assert https(served, verify="false").probe().status == 0
        assert https(served, target="localhost", verify="false").probe().status == 0
        plain = Provider(port=PORT, user=kea_module.USER, password=kea_module.PASSWORD).probe()
        assert plain.status in (PROTO, CONN) and "scheme" in plain.message


def test_a_client_certificate_where_one_is_wanted(served):
    with TlsAgent(served, demand=True):
        good = https(served, ca_file="site.pem", cert_file="client.pem", key_file="client.key")
        assert good.probe().status == 0 and len(good.config().of("scope")) == 8
        assert https(served, ca_file="site.pem", cert_file="both.pem").probe().status == 0
        says(https(served, ca_file="site.pem").probe(), AUTH, "client certificate", "cert_file")
        got = https(served, ca_file="site.pem", cert_file="foreign.pem", key_file="foreign.key").probe()
        says(got, CONN)
        for options in ({"cert_file": "client.pem", "key_file": "absent.key"}, {"cert_file": "absent.pem"},
                        {"cert_file": "client.pem", "key_file": "foreign.key"}, {"cert_file": "not.pem"}):
            says(https(served, ca_file="site.pem", **options).probe(), CONFIG, "cert_file")


def test_https_to_what_speaks_plain_http(served):
    got = Provider(scheme="https", port=kea_module.AGENT, ca_file=served.dir / "site.pem").probe()
    assert got.status == CONN and "option scheme" in got.message


@pytest.mark.parametrize("options, word", [
    ({"ca_file": "/x.pem"}, "scheme"), ({"verify": "false"}, "scheme"), ({"cert_file": "/x.pem"}, "scheme"),
    ({"scheme": "https", "key_file": "/x.key"}, "cert_file"),
    ({"scheme": "https", "ca_file": "/x.pem", "verify": "false"}, "verify"),
    ({"socket4": "/run/s4", "port4": "8004"}, "not both"), ({"port4": "8004", "services": "dhcp6"}, "services"),
])
def test_options_that_contradict_are_refused_before_anything_is_asked(options, word):
    got = Provider(**options).call("probe")
    assert got.status == CONFIG and '"open_error"' in got.text and word in got.text and ";" in got.text


def test_each_port_is_the_servers_own(served):
    """Without an agent: no `service`, each server named by its own port, and one that is away leaves the other."""
    with fakes.FakeServer("not-kea") as four, fakes.FakeServer("close") as six:
        provider = Provider(port4=four.port, port6=six.port)
        got = provider.config()
        assert got.status == PROTO and f":{four.port}" in got.message
        got = Provider(port6=six.port).config()
        assert got.status == CONN and f"dhcp6 at http://127.0.0.1:{six.port}" in got.message
        assert all(b'"service"' not in request for request in four.requests + six.requests)
    got = Provider(port4=four.port).probe()
    assert got.status == CONN and "kea-dhcp4" in got.message and "port4" in got.message


def test_a_resolver_that_hangs_holds_nobody(tmp_path):
    """The mount namespace is ours: the system's resolver is one that never answers."""
    resolv = tmp_path / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.9\noptions timeout:8 attempts:2\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.9", 53))
        subprocess.run(["mount", "--bind", resolv, "/etc/resolv.conf"], check=True)
        try:
            provider = Provider(target="kea.example.net", timeout="30000")
            began = time.monotonic()
            got = provider.call("config", cancel=300)
            assert got.status == CANCELED and "cancelled" in got.message
            got = Provider(target="kea.example.net", timeout="400").probe()
            assert got.status == TIMEOUT and "kea.example.net" in got.message
            assert time.monotonic() - began < 8, "not one time-out of the resolver was waited for"
        finally:
            subprocess.run(["umount", "/etc/resolv.conf"], check=True)


@pytest.mark.parametrize("transport", ["http", "unix"])
def test_a_password_that_a_server_repeats_is_not_passed_on(transport, tmp_path):
    word = "correct-horse"
    body = json.dumps([{"result": 1, "text": f"user ipam with {word} may not do this"}]).encode()
    path = str(tmp_path / "kea") if transport == "unix" else None
    with fakes.FakeServer("hang", path) as fake:
        fake._answer = body if path else fakes._http(b"200 OK", fakes.JSON, body)
        try:
            options = {"socket4": path} if path else {"port": fake.port}
            for operation in ("probe", "config", "leases"):
                got = Provider(user="ipam", password=word, **options).call(operation)
                assert got.status != 0 and word not in got.text and "****" in got.message
        finally:
            if path:
                os.unlink(path)


def test_a_declared_size_beyond_the_limit_is_not_read():
    with fakes.FakeServer("hang") as fake:
        fake._answer = fakes._http(b"200 OK", fakes.JSON, b'[ { "result"', 500 << 20)
        got = Provider(port=fake.port, timeout="20000").probe()
        assert got.status == TOOBIG and "64 MiB" in got.message and got.seconds < 10
