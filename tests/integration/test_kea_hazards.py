# test_kea_hazards.py - what a real Kea does that nobody expects, and that the provider is not misled by it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Numbers are those of the notes on Kea 2.2 that these hazards were found for: 2.4 the control channel, 2.5 leases and
statistics, 2.6 what config-get does not give back as it was sent, 2.7 config-set. More of 2.7 is in test_kea_plugin_write."""
import json
import socket
import subprocess

import pytest

import kea_rich
from kea_provider import COMPLETE, CONN, NOENT, PROTO, Provider, Relay, agent, add, reservation, sockets

MAC = "02:aa:00:00:00:%02x"


# Those that need a Kea of their own come first: it has the ports for itself.

@pytest.fixture
def relation():
    server = kea_rich.RichKea().start()
    yield server
    server.stop()


def test_2_7_2_a_change_restarts_the_relation(relation):
    """The HA hook begins anew, and its partner hears nothing of the change; both show."""
    provider = Provider(socket4=relation.socket())
    state = lambda: relation.ask("status-get")["high-availability"][0]["ha-servers"]["local"]["state"]
    deadline = 200
    while state() != "partner-down" and deadline:
        deadline -= 1
        subprocess.run(["sleep", "0.1"], check=True)
    assert state() == "partner-down"
    assert provider.probe().of("probe")[0]["service"] == "running"
    got = provider.apply([add(reservation("10.1.0.77", "02:00:00:00:ff:77", scope="v4/1"))])
    assert got.status == 0 and state() == "waiting"
    probe = provider.probe()
    (check,) = [c for c in probe.of("check") if c["channel"] == "ha4"]
    assert check["state"] == "warning" and "waiting" in check["message"]
    assert probe.of("probe")[0]["service"] == "paused", "it serves nobody until it knows of its partner"
    assert {f["native_state"] for f in provider.config().of("failover")} <= {"waiting", "partner-down"}


def test_2_6_a_remark_is_in_the_user_context(kea):
    """`comment` in a file becomes user-context.comment, which is a description here."""
    file = json.loads(kea.config_file().read_text())
    file["Dhcp4"]["comment"] = "the whole server"
    file["Dhcp4"]["subnet4"][0]["comment"] = "first floor"
    kea.config_file().write_text(json.dumps(file))
    kea.ask("config-reload")
    got = sockets(kea).config()
    assert {s["native"]: s.get("description") for s in got.of("scope")}["v4/101"] == "first floor"
    assert got.of("dhcp_server")[0]["vendor"]["user-context"]["comment"] == "the whole server"


@pytest.fixture(scope="module")
def odd():
    """A Kea with leases and subnets of every odd kind."""
    import kea as kea_module
    server = kea_module.Kea(reservations=20).start()
    config = server.ask("config-get")
    first = config["Dhcp4"]["subnet4"][0]
    first["user-context"] = {"site": "\u00e4\u00f6"}
    config["Dhcp4"]["subnet4"] += [
        {"id": 700, "subnet": "10.70.0.7/24", "pools": [{"pool": "10.70.0.64 - 10.70.0.127"}]},
        {"id": 701, "subnet": "10.71.0.0/24", "pools": [{"pool": "10.71.0.10 - 10.71.0.200"}],
         "reservations": [{"client-id": "01:02:03:04:05:06", "ip-address": "10.71.0.3"},
                          {"hw-address": MAC % 9, "ip-address": "10.71.0.2"}, {"duid": "00:01:0a", "ip-address": "10.71.0.4"}]},
        {"id": 702, "subnet": "10.72.0.0/24", "pools": [{"pool": "10.72.0.0/25"}]}]
    server.ask("config-set", config)
    lease = lambda address, n, subnet, **more: server.ask("lease4-add", {
        "ip-address": address, "hw-address": MAC % n, "subnet-id": subnet, **more})
    lease("10.71.0.10", 1, 701, hostname="Host1.Lab.Test.", **{"client-id": "01:02:aa:00:00:00:01", "valid-lft": 600})
    lease("10.71.0.11", 2, 701)
    lease("10.71.0.12", 3, 701, state=1)
    lease("10.71.0.250", 4, 701)                     # outside its pool
    lease("10.72.0.1", 5, 702)
    gone = json.loads(json.dumps(config))
    gone["Dhcp4"]["subnet4"] = [s for s in config["Dhcp4"]["subnet4"] if s["id"] != 702]
    server.ask("config-set", gone)                   # leaves the lease of 702 behind
    yield server
    server.stop()


def lease_of(pages, address):
    (found,) = [lease for page in pages for lease in page.of("lease") if lease["address"] == address]
    return found


# 2.4: the control channel.

def test_2_4_one_command_per_connection(odd):
    """Each command comes on a connection of its own, and the answer ends with it."""
    path = odd.dir / "one.sock"
    with Relay(path, odd.socket(), lambda *_: None) as relay:  # answers one request a connection, as Kea does
        assert Provider(socket4=path).config().status == 0 and len(relay.commands) == 2


def test_2_4_an_answer_is_an_object_or_a_list(odd):
    """The agent answers a list of one; the same rows come of both."""
    assert agent().config().rows == sockets(odd).config().rows
    assert len(agent().config().rows) > 100


@pytest.mark.parametrize("answer, status", [
    (b"", CONN), (b'{ "result": 1, "text": "Connection over control channel timed out" }', -1008),
    (b'[ { "result": 0 }, { "result": 0 } ]', PROTO), (b'{ "result": 0', CONN), (b'{ "result": "0" }', PROTO)])
def test_2_4_answers_that_are_cut_short_or_late(answer, status, tmp_path):
    path = f"/tmp/kea-cut.{tmp_path.name[-20:]}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(4)
        import os
        import threading

        def serve():
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        got = Provider(socket4=path).call("leases")
        os.unlink(path)
    assert got.status == status and path in got.message and got.of("lease") == []


def test_2_4_many_chunks(odd):
    """An answer that dribbles in is one answer."""
    path = odd.dir / "drip.sock"

    class Drip(Relay):
        def _talk(self, client):
            request = client.recv(1 << 20)
            with socket.socket(socket.AF_UNIX) as server:
                server.connect(self.server)
                server.sendall(request)
                answer = b"".join(iter(lambda: server.recv(1 << 20), b""))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            for at in range(0, len(answer), 97):
                client.sendall(answer[at:at + 97])

    with Drip(path, odd.socket(), None):
        got = Provider(socket4=path).config()
    assert got.rows == Provider(socket4=odd.socket()).config().rows


def test_2_4_result_3_is_no_error(odd):
    """Empty is an answer: no lease in DHCPv6, no row for a subnet."""
    pages = Provider(socket6=odd.socket("dhcp6")).leases()
    assert [p.status for p in pages] == [0] and pages[0].rows == [] and pages[0].outcome["flags"] == COMPLETE


def test_2_4_result_2_is_no_hook(odd):
    """What a server does not know is told with its remedy, and figures are had another way."""
    path = odd.dir / "nohook.sock"
    unknown = lambda name, _: (lambda a: {"result": 2, "text": f"'{name}' command not supported."}) \
        if name in ("lease4-get-page", "stat-lease4-get") else None
    with Relay(path, odd.socket(), unknown):
        provider = Provider(socket4=path)
        got = provider.call("leases")
        assert got.status == -95 and "libdhcp_lease_cmds.so" in got.message and got.outcome["native"] == "result 2"
        got = provider.call("stats")
        assert got.status == 0 and got.message == ""


def test_2_4_a_statistic_that_is_not_there_is_result_0(odd):
    """statistic-get answers nothing, successfully; that counts as none."""
    path = odd.dir / "nostat.sock"
    empty = lambda name, _: (lambda a: {"result": 0, "arguments": {}}) if name == "statistic-get" else None
    with Relay(path, odd.socket(), empty):
        stats = {s["name"]: s["count"] for s in Provider(socket4=path).call("stats").of("stat") if "target" not in s}
    assert stats["packets.received"] == "0" and stats["scopes"] == "22"


def test_2_4_pages_keep_the_pauses_short(odd):
    """Kea serves no client while it collects an answer: no page is longer than the option says."""
    path, asked = odd.dir / "pages.sock", []

    class Watch(Relay):
        def _talk(self, client):
            request = client.recv(1 << 20, socket.MSG_PEEK)
            asked.append(json.loads(request).get("arguments"))
            super()._talk(client)

    with Watch(path, odd.socket(), lambda *_: None):
        assert [p.status for p in Provider(socket4=path, page=2).leases()] == [0, 0, 0]
    assert [a["limit"] for a in asked] == [2, 2, 2] and [a["from"] for a in asked] == ["start", "10.71.0.11", "10.71.0.250"]


# 2.5: leases and statistics.

def test_2_5_expiry_is_cltt_and_lifetime(odd):
    lease, source = lease_of(sockets(odd).leases(), "10.71.0.10"), odd.ask("lease4-get", {"ip-address": "10.71.0.10"})
    seconds = lambda text: int(subprocess.check_output(["date", "-d", text, "+%s"]))
    assert seconds(lease["started"]) == source["cltt"] and seconds(lease["expires"]) == source["cltt"] + 600


def test_2_5_members_that_are_empty_are_absent(odd):
    lease = lease_of(sockets(odd).leases(), "10.71.0.11")
    assert set(lease) == {"native_scope", "address", "mac", "state", "started", "expires", "kind", "dns_forward",
                          "dns_reverse"}


def test_2_5_states(odd):
    states = {lease["address"]: lease["state"] for page in sockets(odd).leases() for lease in page.of("lease")}
    assert states["10.71.0.12"] == "declined" and states["10.71.0.11"] == "active"


def test_2_5_hostnames_are_lower_case(odd):
    """As Kea keeps them: another spelling in the plan is no other name."""
    assert lease_of(sockets(odd).leases(), "10.71.0.10")["name"] == "host1.lab.test."


@pytest.mark.parametrize("limit", [1, 2, 5, 6])
def test_2_5_paging_goes_on_after_the_last_address(odd, limit):
    """`from` is exclusive, and a last page that is full is followed by one with result 3."""
    pages = Provider(socket4=odd.socket()).leases(limit)
    addresses = [lease["address"] for page in pages for lease in page.of("lease")]
    assert addresses == ["10.71.0.10", "10.71.0.11", "10.71.0.12", "10.71.0.250", "10.72.0.1"]
    assert pages[-1].outcome["flags"] == COMPLETE and "cursor" not in pages[-1].outcome


def test_2_5_paging_that_does_not_go_on_is_told(odd):
    """A server that answers the same page again would keep a collector for ever."""
    path = odd.dir / "stuck.sock"
    first = odd.command("lease4-get-page", {"from": "start", "limit": 2})
    with Relay(path, odd.socket(), lambda *_: lambda a: first):
        provider = Provider(socket4=path, page=2)
        cursor = provider.call("leases").outcome["cursor"]
        got = provider.call("leases", cursor)
    assert got.status == PROTO and "repeats leases that came before" in got.message and str(path) in got.message


def test_2_5_declined_addresses_are_not_among_the_assigned(odd):
    """stat-lease4-get and the statistics differ by them; the figures are the same whichever they are taken from."""
    def figures(provider):
        got = provider.call("stats", "v4/701")
        assert got.status == 0
        return {s["name"]: s["count"] for s in got.of("stat")}

    path = odd.dir / "stat.sock"
    unknown = lambda name, _: (lambda a: {"result": 2, "text": "no"}) if name == "stat-lease4-get" else None
    with Relay(path, odd.socket(), unknown):
        other = figures(Provider(socket4=path))
    want = {"addresses.total": "191", "addresses.assigned": "3", "addresses.declined": "1", "addresses.free": "187"}
    assert figures(Provider(socket4=odd.socket())) == other == want


def test_2_5_sizes_are_those_of_pools(odd):
    """Not of subnets; and a subnet that has no pool has no address to give."""
    stats = {s["target"]: s["count"] for s in sockets(odd).call("stats").of("stat")
             if s["name"] == "addresses.total" and "target" in s}
    assert stats["v4/700"] == "64" and stats["v4/701"] == "191"
    assert stats["v6/601"] == str(65536 + 128)


def test_2_5_large_totals(odd):
    """Kea 2.2 answers -1 for what does not fit into 63 bits, Kea 3 numbers of 25 digits: exact all the same."""
    config = odd.ask("config-get", service="dhcp6")
    before = json.loads(json.dumps(config))
    config["Dhcp6"]["subnet6"].append({"id": 650, "subnet": "fd00:50::/32", "pools": [{"pool": "fd00:50::/48"}],
                                       "pd-pools": [{"prefix": "fd00:51::", "prefix-len": 32, "delegated-len": 120}]})
    odd.ask("config-set", config, "dhcp6")
    path = odd.dir / "three.sock"

    def as_kea_3(answer):
        result = answer["arguments"]["result-set"]
        result["columns"] = [c.replace("declined-nas", "declined-addresses") for c in result["columns"]]
        for row in result["rows"]:
            row[1], row[3] = 1208925819614629174706176, 18446744073709551617
        return answer

    try:
        rows = odd.ask("stat-lease6-get", {"subnet-id": 650}, "dhcp6")["result-set"]["rows"]
        assert rows[0][1] == -1 and rows[0][5] == -1
        stats = {s["name"]: s["count"] for s in Provider(socket6=odd.socket("dhcp6")).call("stats", "v6/650").of("stat")}
        assert stats["addresses.total"] == stats["addresses.free"] == str(2 ** 80)
        assert stats["prefixes.total"] == str(2 ** 88) and stats["prefixes.assigned"] == "0"
        with Relay(path, odd.socket("dhcp6"), lambda name, _: as_kea_3 if name == "stat-lease6-get" else None):
            stats = {s["name"]: s["count"] for s in Provider(socket6=path).call("stats", "v6/650").of("stat")}
        assert stats["addresses.assigned"] == str(2 ** 64 + 1) and stats["addresses.free"] == str(2 ** 80 - 2 ** 64 - 1)
    finally:
        odd.ask("config-set", before, "dhcp6")


def test_2_5_leases_of_a_removed_subnet_are_still_there(odd):
    """They keep the number of the subnet that is gone; its figures are gone with it."""
    provider = sockets(odd)
    assert lease_of(provider.leases(), "10.72.0.1")["native_scope"] == "v4/702"
    assert "v4/702" not in {s["native"] for s in provider.config().of("scope")}
    got = provider.call("stats")
    assert got.status == 0 and "v4/702" not in {s.get("target") for s in got.of("stat")}


def test_2_5_delegated_prefixes_are_leases_too(odd):
    odd.ask("lease6-add", {"ip-address": "fd00:f2:0:100::", "prefix-len": 56, "type": "IA_PD", "iaid": 2, "subnet-id": 601,
                           "duid": "00:03:00:01:02:aa:00:00:00:06"}, "dhcp6")
    odd.ask("lease6-add", {"ip-address": "fd00:1::1:7", "iaid": 1, "subnet-id": 601, "preferred-lft": 100, "valid-lft": 200,
                           "duid": "00:03:00:01:02:aa:00:00:00:06", "user-context": {"a": 1, "password": "s3cret"}}, "dhcp6")
    try:
        pages = sockets(odd).leases(3)
        prefix, address = lease_of(pages, "fd00:f2:0:100::"), lease_of(pages, "fd00:1::1:7")
        assert (prefix["kind"], prefix["prefix_length"], prefix["iaid"]) == ("prefix", 56, 2)
        assert (address["kind"], "prefix_length" in address, address["vendor"]) == (
            "address", False, {"user-context": {"a": 1}})
        assert address["started"] < address["preferred"] < address["expires"]
        stats = {s["name"]: s["count"] for s in sockets(odd).call("stats", "v6/601").of("stat")}
        assert stats["prefixes.assigned"] == "1" and stats["prefixes.total"] == str(2 ** 16)
        assert len([lease for page in pages for lease in page.of("lease")]) == 7, "pages go on from one protocol to the other"
    finally:
        odd.ask("lease6-wipe", {"subnet-id": 601}, "dhcp6")


# 2.6: config-get.

def test_2_6_a_pool_comes_back_in_another_form(odd):
    """As a prefix when it is one, without its blanks when it is none: first and last address are the same."""
    subnets = {s["id"]: s["pools"][0]["pool"] for s in odd.subnet_list()}
    assert subnets[700] == "10.70.0.64/26" and subnets[701] == "10.71.0.10-10.71.0.200"
    pools = {p["native_scope"]: (p["first"], p["last"]) for p in sockets(odd).config().of("pool")}
    assert pools["v4/700"] == ("10.70.0.64", "10.70.0.127") and pools["v4/701"] == ("10.71.0.10", "10.71.0.200")


def test_2_6_host_bits_in_a_subnet(odd):
    assert "10.70.0.7/24" in {s["subnet"] for s in odd.subnet_list()}
    assert {s["native"]: s["prefix"] for s in sockets(odd).config().of("scope")}["v4/700"] == "10.70.0.0/24"


def test_2_6_identifiers_with_and_without_colons(odd):
    kept = [r for r in odd.reservations() if r["subnet-id"] == 701]
    assert [r["client-id"] for r in kept if "client-id" in r] == ["010203040506"]
    rows = {r["identifier_type"]: r["identifier"] for r in sockets(odd).config("v4/701").of("reservation")}
    assert rows == {"client-id": "01:02:03:04:05:06", "hw-address": MAC % 9, "duid": "00:01:0a"}


def test_2_6_reservations_come_in_another_order(odd):
    """The token does not depend on it."""
    path, seen = odd.dir / "order.sock", []

    def turned(answer):
        for subnet in answer["arguments"]["Dhcp4"]["subnet4"]:
            subnet["reservations"].reverse()
        seen.append(answer)
        return answer

    with Relay(path, odd.socket(), lambda name, _: turned if name == "config-get" else None):
        other = Provider(socket4=path).config()
    assert seen and other.token == Provider(socket4=odd.socket()).config().token


def test_2_6_user_contexts_beyond_ascii(odd):
    """Written as escapes they come back as they were."""
    assert {s["native"]: s["vendor"].get("user-context") for s in sockets(odd).config().of("scope")}["v4/101"] == {
        "site": "\u00e4\u00f6"}


def test_2_6_secrets_are_in_clear_and_not_passed_on(odd):
    config = odd.ask("config-get")
    before = json.loads(json.dumps(config))
    config["Dhcp4"]["user-context"] = {"db-password": "s3cret-here", "list": [{"shared-secret": "s3cret-here", "n": 1}]}
    odd.ask("config-set", config)
    try:
        got = sockets(odd).config()
        assert "s3cret-here" in json.dumps(odd.config_get()) and "s3cret-here" not in got.text
        assert got.of("dhcp_server")[0]["vendor"]["user-context"] == {"list": [{"n": 1}]}
    finally:
        odd.ask("config-set", before)


def test_2_6_subnets_without_an_id_are_numbered(odd):
    """Kea numbers them by their order: what it answers is what counts."""
    config = odd.ask("config-get")
    before = json.loads(json.dumps(config))
    config["Dhcp4"]["subnet4"].append({"subnet": "10.79.0.0/24"})
    odd.ask("config-set", config)
    try:
        ids = {s["subnet"]: s["id"] for s in odd.subnet_list()}
        rows = {s["prefix"]: s["native"] for s in sockets(odd).config().of("scope")}
        assert rows["10.79.0.0/24"] == f"v4/{ids['10.79.0.0/24']}"
    finally:
        odd.ask("config-set", before)


def test_2_6_the_file_is_another_thing(odd):
    """What runs is shown, not what is saved."""
    saved = {s["id"] for s in odd.subnet_list(config=odd.file_config())}
    shown = {s["native"] for s in sockets(odd).config().of("scope") if s["native"].startswith("v4")}
    assert 701 not in saved and "v4/701" in shown


# 2.7: config-set. Number 2 is above; 1, 3 and 4 are in test_kea_plugin_write.

def test_2_7_5_a_disabled_server_does_not_tell(odd):
    """status-get of Kea 2.2 says nothing of dhcp-disable; that of later ones does, and then it shows."""
    path = odd.dir / "disabled.sock"

    def as_kea_3(answer):
        answer["arguments"]["dhcp-state"] = {"globally-disabled": True}
        return answer

    odd.ask("dhcp-disable")
    try:
        assert "dhcp-state" not in odd.ask("status-get")
        assert Provider(socket4=odd.socket()).probe().of("probe")[0]["service"] == "running"
        with Relay(path, odd.socket(), lambda name, _: as_kea_3 if name == "status-get" else None):
            probe = Provider(socket4=path).probe()
        (check,) = [c for c in probe.of("check") if c["channel"] == "dhcp4"]
        assert check["state"] == "warning" and "dhcp-enable" in check["remedy"]
        assert probe.of("probe")[0]["service"] == "paused"
    finally:
        odd.ask("dhcp-enable")


def test_a_server_that_hears_no_client(odd, make_kea):
    """Its ports are taken, which its control channel does not suffer from: it answers and serves nobody."""
    deaf = make_kea()
    probe = Provider(socket4=deaf.socket()).probe()
    (check,) = [c for c in probe.of("check") if c["channel"] == "dhcp4"]
    assert check["state"] == "error" and "sockets" in check["message"] and "interfaces" in check["remedy"]
    assert probe.of("probe")[0]["service"] == "paused"


def test_one_scope_of_a_service_that_is_not_used(odd):
    got = Provider(socket4=odd.socket()).call("stats", "v6/601")
    assert got.status == NOENT and "option services" in got.message
