# test_map.py - ipamctl map: the cells of a subnet are what the daemon knows of its addresses, drawn and as data.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import collections
import ipaddress
import json

from test_cli_every import on_terminal

LEGEND = {"free": ".", "dynamic": ":", "static": "S", "reserved": "R", "leased": "L", "gateway": "G", "network": "N", "broadcast": "B",
          "conflicting": "!"}


def cells(daemon, subnet):
    return json.loads(daemon.ctl("map", subnet, "-o", "json").stdout)


def states(daemon, subnet):
    return {c["first"]: c["state"] for c in cells(daemon, subnet)}


def grid(text):
    """The characters of the grid, row by row."""
    return [line.split()[-1] for line in text.split("\n\n")[0].splitlines()[1:]]


def test_a_plan_of_its_own(ipamd):
    ipamd.ctl("subnet", "add", "10.1.2.0/24", "--name", "floor 2")
    ipamd.ctl("range", "add", "10.1.2.32-10.1.2.47", "--kind", "dynamic")
    ipamd.ctl("range", "add", "10.1.2.64-10.1.2.79", "--kind", "static")
    for address in ("10.1.2.5", "10.1.2.20", "10.1.2.254"):
        ipamd.ctl("address", "add", address)
    told = states(ipamd, "10.1.2.0/24")
    assert len(told) == 256
    assert {a: s for a, s in told.items() if s not in ("free", "dynamic")} == {
        "10.1.2.0": "network", "10.1.2.255": "broadcast", "10.1.2.5": "static", "10.1.2.20": "static", "10.1.2.254": "static"}
    assert [a for a, s in told.items() if s == "dynamic"] == [f"10.1.2.{i}" for i in range(32, 48)]

    drawn = ipamd.ctl("map", "10.1.2.0/24").stdout
    assert drawn.startswith("10.1.2.0/24  floor 2\n10.1.2.0    N....S..........\n10.1.2.16   ....S...........\n"
                            "10.1.2.32   ::::::::::::::::\n")
    assert grid(drawn)[-1] == "..............SB" and len(grid(drawn)) == 16
    assert "S    3  static" in drawn and ":   16  free, in a dynamic range" in drawn and "!" not in drawn
    ipamd.ctl("address", "delete", "10.1.2.5")
    assert grid(ipamd.ctl("map", "10.1.2.0/24").stdout)[0] == "N..............."


def test_subnets_of_every_size(ipamd):
    for prefix in ("10.1.2.0/29", "10.2.2.2/31", "10.3.0.0/16", "2001:db8::/64", "2001:db8:1::/124"):
        ipamd.ctl("subnet", "add", prefix)
    for address in ("10.1.2.3", "10.2.2.3", "2001:db8::1", "2001:db8::ff00:0:0:1", "2001:db8:1::f"):
        ipamd.ctl("address", "add", address)
    ipamd.ctl("address", "allocate", "--subnet", "10.3.0.0/16", "--count", "900")  # from 10.3.0.1 on
    assert grid(ipamd.ctl("map", "10.1.2.0/29").stdout) == ["N..S...B"]
    assert grid(ipamd.ctl("map", "10.2.2.2/31").stdout) == [".S"]
    assert grid(ipamd.ctl("map", "2001:db8:1::/124").stdout) == ["N..............S"]

    plain = ipamd.ctl("map", "10.3.0.0/16", env={"LC_ALL": "C"}).stdout
    told = cells(ipamd, "10.3.0.0/16")
    assert [c["static"] for c in told[:5]] == [255, 256, 256, 133, 0] and {c["size"] for c in told} == {"256"}
    assert [c["state"] for c in told[:5]] == ["partly", "full", "full", "partly", "free"]
    assert [c["utilization"] for c in told[:4]] == [99.6, 100.0, 100.0, 51.95]
    assert grid(plain)[0] == "###*............" and "each cell is 256 addresses" in plain

    told = cells(ipamd, "2001:db8::/64")
    assert len(told) == 256 and {c["size"] for c in told} == {str(2 ** 56)}
    assert [i for i, c in enumerate(told) if c["state"] == "partly"] == [0, 255]
    assert (told[255]["first"], told[255]["last"]) == ("2001:db8:0:0:ff00::", "2001:db8::ffff:ffff:ffff:ffff")


def test_what_a_server_leases_and_reserves(ipamd, make_kea):
    """By the model: each address of the subnet is what the lists of the daemon say of it."""
    make_kea(file_leases=400)
    ipamd.add_kea()
    prefix = "10.1.2.0/24"
    leased = {lease["address"]: lease["mac"] for lease in ipamd.items(f"dhcp/leases?within={prefix}")}
    reserved = {r["address"] for r in ipamd.items(f"dhcp/reservations?within={prefix}")}
    scope = ipamd.items(f"dhcp/scopes?within={prefix}")[0]
    assert len(leased) >= 20 and reserved and scope["routers"]
    same, other, alone = [a for a in leased if a not in reserved][:3]
    ipamd.ctl("address", "add", same, "--mac", leased[same])
    ipamd.ctl("address", "add", other, "--mac", "02:00:00:00:47:11")
    ipamd.ctl("address", "add", alone)  # nothing says that it is the client with the lease
    told = cells(ipamd, prefix)
    for cell in told:
        a = cell["first"]
        expected = ("conflicting" if a in (other, alone) else "gateway" if a in scope["routers"] else "leased" if a in leased else
                    "reserved" if a in reserved else None)
        assert expected in (None, cell["state"]), cell
    ranges = [r for r in ipamd.items(f"ipam/ranges?within={prefix}") if r["kind"] == "dynamic"]
    free = {c["first"] for c in told if c["state"] in ("free", "dynamic")}
    for a in free:
        inside = any(int(ipaddress.ip_address(r["first"])) <= int(ipaddress.ip_address(a)) <= int(ipaddress.ip_address(r["last"])) for r in ranges)
        assert (next(c["state"] for c in told if c["first"] == a) == "dynamic") == inside, a
    assert sum(c["static"] + c["reserved"] + c["leased"] + c["conflicting"] for c in told) == len({*leased, *reserved, same, other, alone})

    drawn = "".join(grid(ipamd.ctl("map", prefix).stdout))
    assert collections.Counter(drawn) == collections.Counter(LEGEND[c["state"]] for c in told)
    assert drawn == "".join(LEGEND[c["state"]] for c in told)


def test_colour_is_for_terminals(ipamd):
    ipamd.ctl("subnet", "add", "10.1.2.0/28", "--name", "x" * 60)
    ipamd.ctl("address", "add", "10.1.2.5")
    assert "\x1b[34mS\x1b[0m" in on_terminal(ipamd, ["map", "10.1.2.0/28"], 40)
    plain = on_terminal(ipamd, ["map", "10.1.2.0/28"], 40, env={"NO_COLOR": "1"})
    assert "\x1b" not in plain and all(len(line) <= 40 for line in plain.splitlines())
    assert grid(plain) == ["N....S.........B"]


def test_a_subnet_that_is_not_there(ipamd):
    run = ipamd.ctl("map", "10.9.9.0/24", check=False)
    assert run.returncode == 3 and run.stdout == "" and run.stderr.startswith("ipamctl: ")
    assert ipamd.ctl("map", check=False).returncode == 2
