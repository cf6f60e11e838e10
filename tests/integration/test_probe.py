# test_probe.py - addresses are looked for by ping and dns on a real link before they are handed out, and shown with what was found.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import signal
import socket
import subprocess

import pytest

import daemon
import reachlan
import watch
from reachlan import PREFIX4, PREFIX6, v4, v6

FAMILIES = pytest.mark.parametrize("prefix,at", [(PREFIX4, v4), (PREFIX6, v6)], ids=["ipv4", "ipv6"])


def key(prefix):
    return prefix.replace("/", "_")


@pytest.fixture
def link(tmp_path):
    """The addresses 2 and 3 answer; 5 has a name, and 2."""
    it = reachlan.Lan(tmp_path, [2, 3], {2: "two.example", 5: "five.example"})
    yield it
    it.stop()


@pytest.fixture
def ipamd(make_ipamd, link):
    it = make_ipamd(config=reachlan.config())
    for prefix in (PREFIX4, PREFIX6):
        assert it.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
    return it


def allocate(ipamd, prefix, **body):
    return ipamd.post(f"/api/v1/ipam/subnets/{key(prefix)}/allocate", body)


def seen(items):
    return [(i["address"], i["ping"], i["dns"]) for i in items]


@FAMILIES
def test_allocate_passes_over_what_answers_61(ipamd, prefix, at):
    answer = allocate(ipamd, prefix, probe=["ping", "dns"], count=3)
    assert answer.status == 201, answer
    assert seen(answer.json()["items"]) == [(at(n), "unreachable", "not-found") for n in (1, 4, 6)]
    assert sorted(seen(answer.json()["skipped"])) == sorted([(at(2), "reachable", "found"), (at(3), "reachable", "not-found"),
                                                             (at(5), "unreachable", "found")])
    # What was found stays on the record.
    stored = ipamd.get(f"/api/v1/ipam/addresses/{answer.json()['items'][0]['id']}").json()
    assert (stored["ping"], stored["dns"]) == ("unreachable", "not-found")


@FAMILIES
def test_a_method_that_was_not_asked_for_is_undetected_61(ipamd, prefix, at):
    off = allocate(ipamd, prefix, count=2)
    assert seen(off.json()["items"]) == [(at(n), "undetected", "undetected") for n in (1, 2)] and "skipped" not in off.json()
    ping = allocate(ipamd, prefix, probe="ping", count=2).json()
    assert seen(ping["items"]) == [(at(n), "unreachable", "undetected") for n in (4, 5)]
    assert seen(ping["skipped"]) == [(at(3), "reachable", "undetected")]
    dns = allocate(ipamd, prefix, probe="dns").json()
    assert seen(dns["items"]) == [(at(3), "undetected", "not-found")] and dns["skipped"] == []  # nobody asked who answers


@FAMILIES
def test_the_list_of_free_addresses_61(ipamd, prefix, at):
    path = f"/api/v1/ipam/subnets/{key(prefix)}/free"
    off = ipamd.get(path).json()["items"][0]
    assert (off["first"], off["ping"], off["dns"]) == (at(1), "undetected", "undetected")
    page = ipamd.get(path + "?probe=ping,dns&limit=3").json()
    found = [(i["first"], i["last"], i["size"], i["ping"], i["dns"]) for i in page["items"]]
    assert found == [(at(1), at(1), "1", "unreachable", "not-found"), (at(2), at(2), "1", "reachable", "found"),
                     (at(3), at(3), "1", "reachable", "not-found")]
    page = ipamd.get(path + f"?probe=ping,dns&limit=2&cursor={page['next']}").json()
    assert [(i["first"], i["ping"], i["dns"]) for i in page["items"]] == [(at(4), "unreachable", "not-found"),
                                                                         (at(5), "unreachable", "found")]
    assert len(ipamd.get(path + "?probe=ping").json()["items"]) == 10
    assert ipamd.items("ipam/addresses") == []


@FAMILIES
def test_on_the_command_line_61(ipamd, prefix, at):
    run = ipamd.ctl("address", "allocate", "--subnet", prefix, "--probe", "ping,dns", "--count", "2", "-o", "json")
    assert seen(json.loads(run.stdout)) == [(at(n), "unreachable", "not-found") for n in (1, 4)]
    assert f"passed over {at(2)}: free in the plan, but ping: reachable, dns: found" in run.stderr
    run = ipamd.ctl("subnet", "free", prefix, "--probe", "ping", "--limit", "2")
    assert [line.split() for line in run.stdout.splitlines()] == [["FIRST", "PING", "DNS", "DHCP"],
                                                                 [at(2), "reachable", "undetected", "undetected"],
                                                                 [at(3), "reachable", "undetected", "undetected"]]
    run = ipamd.ctl("address", "allocate", "--subnet", prefix, "--probe", "arp", check=False)
    assert run.returncode == 2 and "expected ping, dns" in run.stderr


@pytest.mark.parametrize("how", [{"plugins": [{"name": "reach", "isolation": "none"}]}, {"network_fence": "off"}, {"sandbox": "off"}],
                         ids=["in-process", "no-fence", "no-sandbox"])
def test_however_it_is_run_61(make_ipamd, link, how):
    ipamd = make_ipamd(config={**reachlan.config(), **how})
    for prefix, at in ((PREFIX4, v4), (PREFIX6, v6)):
        assert ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
        answer = allocate(ipamd, prefix, probe="ping,dns", count=2)
        assert answer.status == 201 and seen(answer.json()["items"]) == [(at(n), "unreachable", "not-found") for n in (1, 4)], answer


def test_many_in_one_request_61(ipamd, link):
    for n in (20, 150):
        link.answer(n)
    answer = allocate(ipamd, PREFIX4, probe="ping", count=200)
    assert answer.status == 201, answer
    assert {s["address"] for s in answer.json()["skipped"]} == {v4(n) for n in (2, 3, 20, 150)}
    assert len({i["address"] for i in answer.json()["items"]}) == 200


@FAMILIES
def test_without_permission_to_ping_61(make_ipamd, link, prefix, at):
    pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("1 0")
    ipamd = make_ipamd(config=reachlan.config())
    assert ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
    answer = allocate(ipamd, prefix, probe="ping")
    assert answer.status == 503 and "net.ipv4.ping_group_range" in answer.json()["detail"], answer
    # As soon as it has it, without a restart.
    pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 2147483647")
    assert allocate(ipamd, prefix, probe="ping").status == 201


@pytest.mark.parametrize("prefix", ["198.51.100.0/24", "2001:db8:99::/64"])
def test_what_cannot_be_asked_is_not_handed_out_61(ipamd, prefix):
    assert ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
    answer = allocate(ipamd, prefix, probe="ping")
    assert answer.status == 503 and "no route" in answer.json()["detail"], answer
    assert ipamd.items("ipam/addresses") == []


@FAMILIES
def test_resolvers_that_are_silent_or_away_61(make_ipamd, link, prefix, at):
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind((reachlan.DNS, 0))
    for port, says in ((silent.getsockname()[1], "no resolver answered in time"), (9, "no resolver can be reached")):
        ipamd = make_ipamd(config=reachlan.config(port=port, timeout="100ms"))
        assert ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
        answer = allocate(ipamd, prefix, probe="dns")
        assert answer.status == 503 and says in answer.json()["detail"], answer
        ipamd.stop()
    silent.close()


@FAMILIES
def test_a_profile_that_changes_61(ipamd, link, prefix, at):
    """A reload names other resolvers: the next probe asks them."""
    ipamd.config.update(reachlan.config(port=9))
    ipamd.write_config()
    os.kill(ipamd.process.pid, signal.SIGHUP)
    watch.until(lambda: "reloaded" in ipamd.log(), 20, "the reload")
    assert allocate(ipamd, prefix, probe="dns").status == 503
    del ipamd.config["reach"]
    ipamd.write_config()
    os.kill(ipamd.process.pid, signal.SIGHUP)
    watch.until(lambda: ipamd.log().count("reloaded") >= 2, 20, "the reload")
    assert allocate(ipamd, prefix, probe="dns").status == 501


@FAMILIES
def test_many_names_come_by_tcp_61(make_ipamd, link, prefix, at):
    """An answer that does not fit a datagram is asked for by TCP."""
    link.dns.stop()
    link.dns = reachlan.lan.Dnsmasq("max-port=65535\n" + "".join(
        f"ptr-record={reachlan.reverse(at(7))},{'x' * 60}-{i}.{'y' * 60}.example\n" for i in range(20))
        + "local=/in-addr.arpa/\nlocal=/ip6.arpa/\n").start()
    ipamd = make_ipamd(config=reachlan.config())
    assert ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
    answer = allocate(ipamd, prefix, probe="dns", count=7).json()
    assert seen(answer["skipped"]) == [(at(7), "undetected", "found")]


def test_the_contract_with_real_answers_61(link, tmp_path):
    """What vendors are asked to keep, kept where pings are answered and resolvers know names."""
    options = tmp_path / "options.json"
    options.write_text(json.dumps({"resolvers": [reachlan.DNS], "port": reachlan.lan.DNS_PORT, "timeout": "100ms"}))
    run = subprocess.run([daemon.PREFIX / "bin" / "ipam-conform", "--options", options, "--target", "127.0.0.1", "-o", "json",
                          daemon.PREFIX / "lib" / "ipamd" / "providers" / "reach.so"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    assert run.returncode == 0, (run.stdout, run.stderr)
