# test_kea_fixture.py - the Kea the other tests lean on is what they take it for.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json

import pytest

import fakes
import kea as kea_module


def test_configuration_is_what_was_asked(kea):
    assert len(kea.subnet_list()) == 20
    assert [len(n["subnet4"]) for n in kea.config_get()["shared-networks"]] == [4]
    assert len(kea.reservations()) == 200
    assert len({r.get("ip-address") for r in kea.reservations()}) == 200, "199 addresses, and one without"
    kinds = ("hw-address", "client-id", "duid", "circuit-id")
    assert all(any(k in r for r in kea.reservations()) for k in kinds)
    assert len(kea.subnet_list("dhcp6")) == 2 and len(kea.reservations("dhcp6")) == 6
    assert kea.file_config()["user-context"] == {"contact": "caf\u00e9"}


def test_clients_get_leases(kea):
    assert kea.clients(50) >= 50
    assert kea.clients(50, subnet_index=3, mac="00:0c:02:02:03:00") >= 50
    assert {lease["subnet-id"] for lease in kea.leases()} == {101, 104}
    assert len(kea.leases()) == 100
    assert kea.clients6(20, prefixes=True) >= 20
    assert {lease["type"] for lease in kea.leases("dhcp6")} == {"IA_NA", "IA_PD"}
    assert kea.lease_works()


def test_a_killed_server_starts_again_on_its_data(kea):
    assert kea.clients(10) >= 10
    kea.kill()
    with pytest.raises(OSError):
        kea.command("status-get")
    kea.restart()
    assert len(kea.leases()) == 10 and kea.lease_works()


def test_lease_works_says_no(kea):
    """The hazard that a healthy status hides: a configuration whose lease file cannot be opened."""
    config = kea.ask("config-get")
    config["Dhcp4"]["lease-database"]["name"] = "/nonexistent/leases"
    assert kea.command("config-set", config)["result"] == 1
    assert kea.command("status-get")["result"] == 0
    assert not kea.lease_works()


def test_agents(kea):
    for port in (kea_module.AGENT, kea_module.AGENT_OPEN):
        assert kea.command("status-get", service="dhcp6", via=port)["result"] == 0
    answer = json.loads(kea._http(kea_module.AGENT_OPEN, '{"command": "list-commands"}'))
    assert answer[0]["result"] == 0


def test_large(make_kea):
    kea = make_kea(subnets=2000, reservations=20000, file_leases=100000)
    assert len(kea.subnet_list()) == 2000
    assert len(kea.reservations()) == 20000
    assert len(kea.ask("lease4-get-page", {"from": "start", "limit": 1000})["leases"]) == 1000
    assert len(kea.leases()) == 100000


@pytest.mark.parametrize("mode", sorted(set(fakes.ANSWERS) - {"hang", "endless"}))
def test_fakes_answer_as_named(mode, tmp_path):
    import socket
    for path in (None, tmp_path / "s"):
        with fakes.FakeServer(mode, path) as fake:
            with socket.socket(socket.AF_UNIX if path else socket.AF_INET) as s:
                s.settimeout(5)
                s.connect(str(path) if path else ("127.0.0.1", fake.port))
                s.sendall(b"{}" if path else b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
                got = b"".join(iter(lambda: s.recv(65536), b""))
            assert got == fake._answer and fake.requests[0].endswith(b"{}")
