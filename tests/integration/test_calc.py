# test_calc.py - ipamctl calc: facts, ranges, splits and summaries, against Python's own model of addresses.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import ipaddress
import json
import os
import random
import subprocess

import pytest
import yaml

from daemon import PREFIX

IPAMCTL = str(PREFIX / "bin" / "ipamctl")
WIDTH = {4: 32, 6: 128}
PRIVATE = [ipaddress.ip_network(n) for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


def calc(*words, env=None):
    """There is no daemon: whatever would ask one fails."""
    return subprocess.run([IPAMCTL, "calc", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "IPAM_URL": "unix:/nonexistent", "LC_ALL": "C.UTF-8", **(env or {})}, check=False)


def facts(*words):
    run = calc(*words, "-o", "json")
    assert run.returncode == 0, run
    return json.loads(run.stdout)


def test_a_subnet_with_host_bits():
    run = calc("10.1.2.37/24")
    assert run.returncode == 0 and run.stderr == ""
    assert run.stdout == ("given            10.1.2.37/24\n"
                          "kind             prefix\n"
                          "address          10.1.2.37\n"
                          "prefix           10.1.2.0/24\n"
                          "netmask          255.255.255.0\n"
                          "wildcard         0.0.0.255\n"
                          "first            10.1.2.0\n"
                          "last             10.1.2.255\n"
                          "size             256\n"
                          "first_usable     10.1.2.1\n"
                          "last_usable      10.1.2.254\n"
                          "usable           254\n"
                          "category         private\n"
                          "category_prefix  10.0.0.0/8\n"
                          "category_source  RFC 1918\n"
                          "reverse_zones    2.1.10.in-addr.arpa\n"
                          "reverse_name     37.2.1.10.in-addr.arpa\n")
    masked = facts("10.1.2.37/255.255.255.0")
    assert {**masked, "given": "10.1.2.37/24"} == facts("10.1.2.37/24")


def test_the_mac_of_an_interface_is_told():
    told = facts("2001:db8::5e:ff:fe00:5301/64", "2001:db8::200:5eff:fe00:5301", "2001:db8::5e:ff:fe00:5301/65", "2001:db8::1")
    assert [(t.get("mac"), t.get("mac_scope")) for t in told] == [
        ("02:5e:00:00:53:01", "local"), ("00:00:5e:00:53:01", "universal"), (None, None), (None, None)]
    assert "netmask" not in told[0] and told[0]["size"] == "18446744073709551616"


def test_every_format_has_the_same_facts():
    words = ("10.1.2.37/24", "2001:db8::/33", "10.1.2.5-10.1.2.77")
    told = facts(*words)
    assert yaml.safe_load(calc(*words, "-o", "yaml").stdout) == told
    assert [json.loads(line) for line in calc(*words, "-o", "jsonl").stdout.splitlines()] == told
    rows = list(csv.DictReader(io.StringIO(calc(*words, "-o", "csv").stdout)))
    assert [r["size"] for r in rows] == [t["size"] for t in told] == ["256", str(2 ** 95), "73"]
    assert rows[1]["reverse_zones"].split() == told[1]["reverse_zones"] and len(told[1]["reverse_zones"]) == 8
    table = calc(*words).stdout
    assert table.count("\n\n") == 2 and "prefixes         10.1.2.5/32, 10.1.2.6/31, 10.1.2.8/29" in table
    assert json.loads(calc(words[0], "-o", "json", "--columns", "prefix,size").stdout) == {"prefix": "10.1.2.0/24", "size": "256"}


@pytest.mark.parametrize("words,told", [
    (["10.1.2.300/24"], "operand 1, '10.1.2.300/24': the octet '300' at column 8 is above 255"),
    (["10.0.0.0/8", "10.1.2.0/33"], "operand 2, '10.1.2.0/33': the prefix length '33' at column 10 is above 32"),
    (["10.1.2.9-10.1.2.1"], "the last address, at column 10, comes before the first"),
    (["10.0.0.0/8", "--split", "26x"], "--split '26x'"),
    (["10.0.0.0/8", "--split", "7"], "'10.0.0.0/8' has subnets of the lengths 8 to 32"),
    (["10.0.0.0/8", "--split", "33"], "'10.0.0.0/8' has subnets of the lengths 8 to 32"),
    (["10.0.0.0/8", "--split", "25"], "has 131072 subnets of that length; at most 65536 are listed"),
    (["::/0", "--split", "128"], f"has {2 ** 128} subnets"),
    (["10.0.0.1-10.0.0.9", "--split", "32"], "is a range"),
    (["10.0.0.0/8", "--contains", "10.1"], "--contains '10.1': '10.1' at column 1 has 2 of four octets"),
    (["10.0.0.0/8", "--contains", "10.1.1.1", "--summarize"], "different questions"),
    (["10.0.0.0/8", "--columns", "prefixx"], "there is no field 'prefixx'"),
    ([], "is missing"),
])
def test_bad_input_is_named(words, told):
    run = calc(*words)
    assert run.returncode == 2 and run.stdout == "" and told in run.stderr, run


def test_contains_answers_with_its_exit_status():
    for words, held in ((["10.1.2.0/24", "10.1.2.255"], True), (["10.1.2.0/24", "10.1.3.0"], False), (["::/0", "10.1.2.3"], False),
                        (["10.1.2.5-10.1.2.77", "10.1.2.78"], False), (["10.1.2.5-10.1.2.77", "10.1.2.77"], True),
                        (["10.0.0.0/8", "10.3.0.0/16"], True), (["10.0.0.0/16", "10.0.0.0/15"], False)):
        run = calc(words[0], "--contains", words[1])
        assert run.returncode == (0 if held else 1) and run.stdout.split()[-1] == ("yes" if held else "no"), run
    run = calc("10.0.0.0/24", "10.0.1.0/24", "--contains", "10.0.1.9", "-o", "json")
    assert run.returncode == 0 and [r["contains"] for r in json.loads(run.stdout)] == [False, True]


def network(version, value, length):
    return (ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network)((value, length), strict=False)


def test_split_lists_the_subnets():
    rng = random.Random(4632)
    for _ in range(20):
        version = rng.choice((4, 6))
        length = rng.randrange(WIDTH[version] + 1)
        new = min(WIDTH[version], length + rng.randrange(9))
        net = network(version, rng.getrandbits(WIDTH[version]), length)
        assert [r["prefix"] for r in facts(net, "--split", new)] == [str(n) for n in net.subnets(new_prefix=new)]
    assert len(calc("10.0.0.0/8", "--split", "/24", "-o", "csv").stdout.splitlines()) == 65537


def draw_address(rng, version):
    """Anywhere, at the ends, or near a boundary."""
    top = 2 ** WIDTH[version] - 1
    value = rng.choice((rng.getrandbits(WIDTH[version]), rng.randrange(4), top - rng.randrange(4),
                        (rng.getrandbits(WIDTH[version]) >> (cut := rng.randrange(WIDTH[version]))) << cut,
                        int(ipaddress.ip_address("2001:db8::200:5eff:fe00:0")) + rng.getrandbits(24) if version == 6 else
                        int(rng.choice(PRIVATE).network_address) + rng.getrandbits(12)))
    return (ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address)(value)


def draw(rng):
    """An operand, and what it is for the model: an interface or a pair of addresses."""
    version = rng.choice((4, 6))
    a = draw_address(rng, version)
    length = rng.choice((0, 1, WIDTH[version] - 1, WIDTH[version], rng.randrange(WIDTH[version] + 1)))
    kind = rng.randrange(4)
    if kind == 0:
        return str(a), ipaddress.ip_interface(a)
    if kind == 1:
        low, high = sorted((a, draw_address(rng, version)))
        return f"{low}-{high}", (low, high)
    of = ipaddress.ip_interface(f"{a}/{length}")
    return (of.with_netmask if version == 4 and kind == 2 else f"{a}/{length}"), of


def zones(net):
    """Names of the reverse DNS by the name of an address in them."""
    unit, version = (8, 4) if net.version == 4 else (4, 6)
    if version == 4 and 24 < net.prefixlen < 32:
        return [str(net.network_address.reverse_pointer).replace(".", f"/{net.prefixlen}.", 1)]
    length = -(-net.prefixlen // unit) * unit
    return [n.network_address.reverse_pointer.split(".", (WIDTH[version] - length) // unit)[-1] for n in net.subnets(new_prefix=length)]


def usable(net):
    first, last = net[0], net[-1]
    if net.max_prefixlen - net.prefixlen > 1:
        first, last = first + 1, last - (net.version == 4)
    return str(first), str(last)


def mac_of(a, length):
    low = a.packed[8:] if a.version == 6 else b""
    if low[3:5] != b"\xff\xfe" or 64 < length < 128 or a.is_multicast or low[0] & 1:
        return None
    return ":".join(f"{b:02x}" for b in bytes([low[0] ^ 2]) + low[1:3] + low[5:])


def check_prefix(told, text, of):
    net = of.network
    assert told["prefix"] == str(net) and told["address"] == str(of.ip), text
    assert (told["first"], told["last"], told["size"]) == (str(net[0]), str(net[-1]), str(net.num_addresses)), text
    assert (told["first_usable"], told["last_usable"]) == usable(net), text
    if net.version == 4:
        assert (told["netmask"], told["wildcard"]) == (str(net.netmask), str(net.hostmask)), text
    assert told["reverse_zones"] == zones(net), text
    is_host = told["kind"] == "address" or of.ip != net[0]
    assert told.get("reverse_name") == (of.ip.reverse_pointer if is_host else None), text
    assert told.get("mac") == (mac_of(of.ip, net.prefixlen) if is_host else None), text
    assert (told["category"] == "private") == (net.version == 4 and any(net.subnet_of(p) for p in PRIVATE)), text
    assert (told["category"] == "multicast") == net.is_multicast, text
    assert (told["category"] == "link-local") == net.is_link_local, text
    assert (told["category"] == "loopback") == net.is_loopback, text


def test_thousands_of_inputs_agree_with_the_model():
    rng = random.Random(1918)
    drawn = [draw(rng) for _ in range(2400)]
    for start in range(0, len(drawn), 600):
        batch = drawn[start:start + 600]
        told = facts(*[text for text, _ in batch])
        assert [t["given"] for t in told] == [text for text, _ in batch]
        for one, (text, of) in zip(told, batch):
            if isinstance(of, tuple):
                assert one["prefixes"] == [str(n) for n in ipaddress.summarize_address_range(*of)], text
                assert (one["first"], one["last"]) == tuple(map(str, of))
                assert one["size"] == str(int(of[1]) - int(of[0]) + 1)
            else:
                check_prefix(one, text, of)


def test_summaries_agree_with_the_model():
    rng = random.Random(4291)
    for _ in range(60):
        inputs, nets = [], {4: [], 6: []}
        near = {4: rng.getrandbits(32), 6: rng.getrandbits(128)}
        for _ in range(rng.randrange(1, 40)):
            version = rng.choice((4, 6))
            value = min(2 ** WIDTH[version] - 1, near[version] + rng.randrange(600))  # they touch and overlap
            if rng.randrange(2):
                net = network(version, value, WIDTH[version] - rng.randrange(8))
                inputs.append(str(net))
                nets[version].append(net)
            else:
                kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
                first, last = kind(value), kind(min(2 ** WIDTH[version] - 1, value + rng.randrange(40)))
                inputs.append(f"{first}-{last}")
                nets[version] += ipaddress.summarize_address_range(first, last)
        expected = [str(n) for version in (4, 6) for n in ipaddress.collapse_addresses(nets[version])]
        assert [r["prefix"] for r in facts(*inputs, "--summarize")] == expected, inputs
    assert [r["prefix"] for r in facts("0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "--summarize")] == ["0.0.0.0/0", "::/0"]
