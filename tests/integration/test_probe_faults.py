# test_probe_faults.py - a provider that is slow, wrong or dead, and a client that goes: nothing is handed out unprobed, nobody else waits.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import pathlib
import subprocess
import threading

import pytest

import watch
from test_network_fence import FENCED

PLUGIN = pathlib.Path(__file__).parent / "plugins" / "odd_reach.c"
SUBNETS = {"192.0.2.0/24": "192.0.2.{}", "2001:db8:2::/64": "2001:db8:2::{}"}
PROBE = ["ping", "dns"]
BOTH = pytest.mark.parametrize("prefix,at", SUBNETS.items(), ids=["ipv4", "ipv6"])


class Odd:
    """An ipamd whose reach provider does what the options say."""

    def __init__(self, copy, folder, plugin, **options):
        copy.build("odd-reach", source=PLUGIN)
        self.journal, self.hold = folder / "journal", folder / "hold"
        self.journal.touch()
        self.hold.touch()
        self.ipamd = copy.ipamd(config={
            "plugins": [{"name": "odd-reach", **plugin}], "reach": {"profile": "odd"},
            "profiles": [{"name": "odd", "driver": "odd-reach",
                          "options": {"journal": str(self.journal), "hold": str(self.hold), **options}}]})
        self.ipamd.start()
        for prefix in SUBNETS:
            assert self.ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201

    def calls(self):
        """Of each call that the provider got, the addresses."""
        return [line.split() for line in self.journal.read_text().splitlines()]

    def under_way(self):
        """Calls that the provider has, and those that wait for their turn."""
        return sum(i.get("running", 0) + i.get("waiting", 0) for i in self.ipamd.items("system/instances")
                   if i["plugin"] == "odd-reach")

    def release(self):
        self.hold.unlink()

    def allocate(self, prefix, **body):
        return self.ipamd.post(path(prefix), body)

    def begin(self, prefix, **body):
        """An allocation in the background, whose calls the provider holds; the function that waits for its answer."""
        found = []
        thread = threading.Thread(target=lambda: found.append(self.allocate(prefix, **body)))
        thread.start()
        watch.until(self.calls, 20, "the provider is asked")

        def end():
            thread.join(60)
            return found[0]
        return end


def path(prefix):
    return f"/api/v1/ipam/subnets/{prefix.replace('/', '_')}/allocate"


@pytest.fixture
def make_odd(copy, tmp_path):
    """make_odd(held=False, **options) starts one."""
    made = []

    def make(held=False, plugin=None, **options):
        odd = Odd(copy, tmp_path, plugin or {}, **options)
        made.append(odd)
        if not held:
            odd.release()
        return odd

    yield make
    for odd in made:
        odd.ipamd.stop()


@BOTH
def test_nobody_waits_for_a_probe_61(make_odd, prefix, at):
    odd = make_odd(held=True)
    end = odd.begin(prefix, probe=PROBE)
    assert odd.ipamd.get("/api/v1/ipam/subnets").status == 200
    other = odd.allocate(prefix)
    assert other.status == 201 and other.json()["items"][0]["address"] == at.format(1)
    odd.release()
    answer = end()
    # The address that was probed has been taken meanwhile: the next one is probed, too.
    assert [i["address"] for i in answer.json()["items"]] == [at.format(2)] and answer.json()["skipped"] == []
    assert odd.calls() == [[at.format(1)], [at.format(2)]]


@BOTH
def test_a_claim_is_probed_once_61(make_odd, prefix, at):
    odd = make_odd(answer=[at.format(1)])
    first = odd.allocate(prefix, probe=PROBE, claim="order-1")
    assert first.status == 201 and first.json()["items"][0]["address"] == at.format(2)
    assert first.json()["skipped"] == [{"address": at.format(1), "ping": "reachable", "dns": "found", "dhcp": "undetected"}]
    again = odd.allocate(prefix, probe=PROBE, claim="order-1")
    assert again.status == 200 and again.json()["items"] == first.json()["items"]
    assert odd.calls() == [[at.format(1)], [at.format(2)]]
    assert odd.allocate(prefix, claim="order-1").json()["type"].endswith("claim-mismatch")


@pytest.mark.parametrize("fault,says", [
    ("error", "odd: it went wrong on purpose"), ("silent", "said nothing of 1 of the 1 addresses"),
    ("failed", "odd: this address cannot be asked"), ("other", "said nothing of 1 of the 1 addresses"),
    ("hang", "no answer in time"), ("crash", "the provider process of plugin odd-reach ended")])
def test_a_provider_that_fails_hands_out_nothing_61(make_odd, fault, says):
    odd = make_odd(fault=fault, plugin={"timeout": "2s"} if fault == "hang" else None)
    for prefix in SUBNETS:
        answer = odd.allocate(prefix, probe=PROBE)
        assert answer.status == 503 and says in answer.json()["detail"], answer
        assert "retry-after" in answer.headers
        free = odd.ipamd.get(path(prefix).replace("allocate", "free") + "?probe=ping&limit=1")
        assert free.status == 503, free
    assert odd.ipamd.items("ipam/addresses") == []
    assert odd.allocate("192.0.2.0/24").status == 201


@BOTH
def test_a_client_that_goes_gets_nothing_61(make_odd, prefix, at):
    odd = make_odd(held=True)
    connection = http.client.HTTPConnection("127.0.0.1", odd.ipamd.port)
    connection.request("POST", path(prefix), json.dumps({"probe": PROBE}),
                       {"Authorization": "Bearer " + odd.ipamd.token, "Content-Type": "application/json"})
    watch.until(odd.calls, 20, "the provider is asked")
    connection.close()
    watch.until(lambda: odd.under_way() == 0, 20, "the call has ended")
    odd.release()
    assert odd.ipamd.items("ipam/addresses") == []
    assert odd.allocate(prefix, probe=PROBE).json()["items"][0]["address"] == at.format(1)


def test_too_many_that_answer_end_it_61(make_odd):
    odd = make_odd(answer=[f"192.0.2.{n}" for n in range(1, 255)])
    answer = odd.allocate("192.0.2.0/24", probe=PROBE)
    assert answer.status == 409 and answer.json()["type"].endswith("exhausted"), answer
    assert "65 of 65 addresses" in answer.json()["detail"] and "192.0.2.1 first" in answer.json()["detail"]
    assert len(odd.calls()) == 65 and odd.ipamd.items("ipam/addresses") == []


def test_many_at_once_are_bounded_61(make_odd):
    odd = make_odd(held=True)
    ends = [odd.begin("192.0.2.0/24", probe=PROBE) for _ in range(32)]
    watch.until(lambda: odd.under_way() == 32, 20, odd.under_way)
    refused = odd.allocate("192.0.2.0/24", probe=PROBE)
    assert refused.status == 503 and "32 probes are under way" in refused.json()["detail"], refused
    odd.release()
    answers = [end() for end in ends]
    assert [a.status for a in answers] == [201] * 32
    assert len({a.json()["items"][0]["address"] for a in answers}) == 32


def test_strategies_and_runs_61(make_odd):
    odd = make_odd(answer=["192.0.2.2", "192.0.2.254"])
    run = odd.allocate("192.0.2.0/24", probe="ping", count=3, contiguous=True).json()
    assert [i["address"] for i in run["items"]] == ["192.0.2.3", "192.0.2.4", "192.0.2.5"]
    assert run["items"][0]["dns"] == "undetected" and run["items"][0]["ping"] == "unreachable"
    last = odd.allocate("192.0.2.0/24", probe="ping,dns", strategy="last").json()
    assert last["items"][0]["address"] == "192.0.2.253" and last["skipped"][0]["address"] == "192.0.2.254"
    before = len(odd.calls())
    for _ in range(20):
        random = odd.allocate("192.0.2.0/24", probe="ping", strategy="random").json()
        assert random["items"][0]["address"] not in ("192.0.2.2", "192.0.2.254")
    assert len(odd.calls()) <= before + 20 + 20
    sparse = odd.allocate("192.0.2.0/24", probe="ping", strategy="sparse", count=2)
    assert sparse.status == 201 and all(i["ping"] == "unreachable" for i in sparse.json()["items"])


@FENCED
def test_a_provider_pings_nobody_but_whom_it_is_asked_for_61(make_odd):
    pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 2147483647")
    odd = make_odd(fault="stray")
    for prefix, at in SUBNETS.items():
        answer = odd.allocate(prefix, probe="ping")
        # There is no route to the address that it was asked for; whether there is one to others it does not learn.
        assert "asked 101, other 13, connected 13, udp 13" in answer.json()["detail"], answer
    log = odd.ipamd.log()
    assert "network-refused" in log and "127.0.0.1" in log


def test_nobody_is_configured_61(make_ipamd):
    ipamd = make_ipamd()
    for prefix in SUBNETS:
        assert ipamd.post("/api/v1/ipam/subnets", {"prefix": prefix}).status == 201
        for answer in (ipamd.post(path(prefix), {"probe": PROBE}),
                       ipamd.get(path(prefix).replace("allocate", "free") + "?probe=dns")):
            assert answer.status == 501 and '"reach": {"profile": NAME}' in answer.json()["hint"], answer
    assert ipamd.items("ipam/addresses") == []
    run = ipamd.ctl("address", "allocate", "--subnet", "192.0.2.0/24", "--probe", "ping", check=False)
    assert run.returncode == 1 and "no provider is configured" in run.stderr


@pytest.mark.parametrize("probe", ["", "arp", "ping,arp", "ping,ping", [], ["ping", "ping"], [1], True, {}, None])
def test_what_is_no_probe_is_refused_61(make_odd, probe):
    odd = make_odd()
    answer = odd.ipamd.post(path("192.0.2.0/24"), {"probe": probe})
    assert answer.status == 422 and answer.json()["errors"][0]["pointer"] == "/probe", answer
    if isinstance(probe, str):
        assert odd.ipamd.get(f"/api/v1/ipam/subnets/192.0.2.0_24/free?probe={probe}").status == 422
    assert odd.calls() == []


def test_a_wrong_configuration_is_refused_61(make_ipamd):
    for reach, says in (({"profile": "nobody"}, 'profile "nobody" is not among'), ({}, "profile"), ("look", "reach"),
                        ({"profile": "kea-site"}, "does not ask whether addresses answer")):
        ipamd = make_ipamd(start=False, config={"reach": reach})
        run = subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.write_config(), "--check-config"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             env={**os.environ, "CREDENTIALS_DIRECTORY": str(ipamd.secrets)})
        assert run.returncode == 78 and says in run.stdout, run.stdout


def test_pools_and_dry_runs_probe_61(make_odd):
    odd = make_odd(answer=["192.0.2.1", "2001:db8:2::1"])
    for prefix, at in SUBNETS.items():
        pool = odd.ipamd.post("/api/v1/ipam/pools", {"name": f"pool-{len(prefix)}", "members": [f"subnet {prefix}"]})
        assert pool.status == 201, pool
        key = f"/api/v1/ipam/pools/{pool.json()['id']}/allocate"
        dry = odd.ipamd.post(key + "?dry_run=true", {"probe": PROBE})
        assert dry.status == 200 and at.format(2) in dry.body.decode(), dry
        answer = odd.ipamd.post(key, {"probe": PROBE})
        assert answer.status == 201 and answer.json()["items"][0]["address"] == at.format(2), answer
        assert [s["address"] for s in answer.json()["skipped"]] == [at.format(1)]


def test_more_than_256_are_refused_61(make_odd):
    odd = make_odd()
    answer = odd.allocate("2001:db8:2::/64", probe="ping", count=257)
    assert answer.status == 422 and "256" in answer.json()["detail"], answer
    assert odd.allocate("2001:db8:2::/64", probe="ping", count=256).status == 201
    assert [len(c) for c in odd.calls()] == [256]


@BOTH
def test_the_end_does_not_wait_for_a_probe_61(make_odd, prefix, at):
    odd = make_odd(held=True)
    end = odd.begin(prefix, probe=PROBE)
    assert odd.ipamd.process.stop() == 0
    assert end().status == 503
    odd.release()
    odd.ipamd.process.start()
    assert odd.ipamd.items("ipam/addresses") == []
