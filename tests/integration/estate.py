# estate.py - an estate as data: the plan and the servers of two spaces, what looks like a fault and is none, and 40 faults.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Subnets of the campus are 10.10.N.0/24 and fd00:10:0:N::/64; `a` and `b` are Keas that know nothing of each other."""
import copy
import dataclasses
import ipaddress

import kea_ha

LEASE_S = 7200
PATHS = {"space": "spaces", "block": "blocks", "subnet": "subnets", "range": "ranges", "address": "addresses"}
CAMPUS4, CAMPUS6, LAB4, LAB6 = range(40), range(11), range(8), range(4)
A4, B4, SPLIT4 = range(0, 20), range(20, 30), range(30, 34)      # whose scopes they are; the rest is without DHCP
A6, B6, SPLIT6 = range(0, 5), range(5, 8), (8,)


def net4(n, length=24):
    return f"10.10.{n}.0/{length}"


def net6(n, length=64):
    return f"fd00:10:0:{n:x}::/{length}"


def v4(n, host):
    return f"10.10.{n}.{host}"


def v6(n, host):
    return str(ipaddress.ip_address(f"fd00:10:0:{n:x}::{host:x}"))


def mac(n):
    return f"02:00:5e:00:{n >> 8:02x}:{n & 255:02x}"


def duid(n):
    """Of RFC 8415's enterprise kind, which shows no hardware address."""
    return f"00:02:00:00:ab:cd:00:00:{n >> 8:02x}:{n & 255:02x}"


# What can be put into the estate, and taken out of it again.

@dataclasses.dataclass(frozen=True)
class Made:
    """An object of the plan."""
    kind: str
    fields: dict

    @property
    def key(self):
        return next(self.fields[key] for key in ("prefix", "address", "first", "name") if key in self.fields)


@dataclasses.dataclass(frozen=True)
class Altered:
    """A field of a subnet, which is `was` otherwise."""
    prefix: str
    field: str
    value: object
    was: object


@dataclasses.dataclass(frozen=True)
class Gone:
    """An object of the plan that is there otherwise."""
    made: Made


@dataclasses.dataclass(frozen=True)
class Subnet:
    """A subnet of a Kea: a new one, or fields that replace those of the one with this prefix; reservations are added."""
    server: str
    prefix: str
    fields: dict


@dataclasses.dataclass(frozen=True)
class Lease:
    """A lease of LEASE_S, asked for `age` seconds ago."""
    server: str
    prefix: str
    address: str
    fields: dict
    age: int = 0


@dataclasses.dataclass(frozen=True)
class Fault:
    """`first` and `last` are where it is; `parties` are (type, what its key names), besides which there may be others;
    `what` makes it, of_plan: with its last part, which is a write of the plan."""
    kind: str
    first: str
    last: str
    parties: tuple
    what: tuple
    of_plan: bool = False
    space: str = "default"


def address(at, **fields):
    return Made("address", {"address": at, **fields})


def run(first, last, kind, **fields):
    return Made("range", {"first": first, "last": last, "kind": kind, **fields})


def held4(server, n, host, who, **fields):
    """A reservation in `net4(n)`."""
    return Subnet(server, net4(n), {"reservations": [{"hw-address": mac(who), "ip-address": v4(n, host), **fields}]})


def held6(server, n, host, who, *further):
    return Subnet(server, net6(n), {"reservations": [{"duid": duid(who), "ip-addresses": [v6(n, h) for h in (host, *further)]}]})


def lease4(server, n, host, who, **fields):
    return Lease(server, net4(n), v4(n, host), {"hw-address": mac(who), **fields})


def paired(member, host, who, age):
    return Lease(member, kea_ha.SUBNET, f"10.55.64.{host}", {"hw-address": mac(who)}, age)


def lease6(server, n, host, who, **fields):
    return Lease(server, net6(n), v6(n, host), {"duid": duid(who), "iaid": 1, **fields})


# The plan.

def gateways(n):
    return [v4(n, 1)]


def plan():
    """In the order in which it is made."""
    lab = {"space": "lab"}
    return [
        Made("space", {"name": "lab"}), Made("space", {"name": "bare", "description": "Nothing is planned here."}),
        Made("block", {"prefix": "10.0.0.0/8"}), Made("block", {"prefix": "10.10.0.0/16", "name": "campus"}),
        Made("block", {"prefix": "10.10.0.0/19"}), Made("block", {"prefix": "fd00:10::/32"}), REMOTE4, REMOTE6,
        *(Made("subnet", {"prefix": net4(n), "gateways": gateways(n)}) for n in CAMPUS4),
        *(Made("subnet", {"prefix": net6(n), "gateways": [v6(n, 1)]}) for n in CAMPUS6),
        Made("subnet", {"prefix": kea_ha.SUBNET, "gateways": ["10.55.0.1"]}),
        Made("block", {"prefix": "10.0.0.0/8", **lab}), Made("block", {"prefix": "fd00:10::/32", **lab}),
        *(Made("subnet", {"prefix": net4(n), "gateways": [v4(n, 100)], **lab}) for n in LAB4),
        *(Made("subnet", {"prefix": net6(n), **lab}) for n in LAB6),
    ]


REMOTE4, REMOTE6 = Made("block", {"prefix": "172.16.0.0/16"}), Made("block", {"prefix": "fd00:16::/32"})

# What looks like a fault and is none.
LEGAL = [
    # Out of the pools the plan gives addresses as it likes.
    address(v4(0, 10), name="www"), address(v4(0, 11), assignment="vip", mac=mac(0x11)),
    address(v4(0, 12), assignment="reserved"), address(v6(0, 0x10), name="www6"),
    # One card with several addresses.
    address(v4(1, 10), mac=mac(0x110)), address(v4(1, 11), mac=mac(0x110)),
    # In a pool, but the server keeps them: for the same, for one who has no identifier to compare, for a circuit.
    address(v4(2, 110), mac=mac(0x210)), held4("a", 2, 110, 0x210),
    address(v4(2, 111), name="camera"), held4("a", 2, 111, 0x211),
    Subnet("a", net4(2), {"reservations": [{"circuit-id": "01:02:03", "ip-address": v4(2, 112)}]}),
    address(v4(2, 112), mac=mac(0x212)),
    address(v6(2, 0x1010), duid=duid(0x210)), held6("a", 2, 0x1010, 0x210),
    # The further addresses of a reservation are kept as its first one is: by the plan, by name alone, as a gateway.
    held6("a", 2, 0x30, 0x230, 0x1030), address(v6(2, 0x1030), duid=duid(0x230)),
    held6("a", 2, 0x31, 0x231, 0x1031), address(v6(2, 0x1031), name="proxy"), lease6("a", 2, 0x1031, 0x231),
    held6("a", 4, 0x30, 0x430, 0x1030), Altered(net6(4), "gateways", [v6(4, 1), v6(4, 0x1030)], [v6(4, 1)]),
    # In a pool, and given out by the server.
    address(v4(2, 120), assignment="dynamic", mac=mac(0x220)), lease4("a", 2, 120, 0x220),
    address(v4(2, 121), assignment="dynamic"), lease4("a", 2, 121, 0x221),
    address(v6(2, 0x1020), assignment="dynamic"), lease6("a", 2, 0x1020, 0x220),
    address(v6(2, 0x1021), assignment="auto"),
    # The same client, known otherwise.
    address(v4(3, 20), client_id="01" + mac(0x320).replace(":", "")), lease4("a", 3, 20, 0x320),
    address(v4(3, 21), mac=mac(0x321)), lease4("a", 3, 21, 0x321, **{"client-id": "01:" + mac(0x321)}),
    address(v6(3, 0x20), mac=mac(0x322)),
    Lease("a", net6(3), v6(3, 0x20), {"duid": "00:03:00:01:" + mac(0x322), "iaid": 7}),
    address(v6(3, 0x21), mac=mac(0x323)),
    Lease("a", net6(3), v6(3, 0x21), {"duid": "00:01:00:01:2a:2b:2c:2d:" + mac(0x323), "iaid": 7}),
    # A card that a DUID shows is another than the plan's: hosts have several.
    address(v6(3, 0x1022), mac=mac(0x324), assignment="dynamic"),
    Lease("a", net6(3), v6(3, 0x1022), {"duid": "00:03:00:01:" + mac(0x325), "iaid": 7}),
    address(v4(3, 23), mac=mac(0x327)), lease4("a", 3, 23, 0x328, **{"client-id": mac(0x327)}),
    address(v4(3, 24), mac=mac(0x329)), lease4("a", 3, 24, 0x32a, **{"client-id": "ff:00:00:00:01:00:03:00:01:" + mac(0x329)}),
    address(v4(3, 25), client_id=("ff00000002" + duid(0x32b)).replace(":", "")),
    lease4("a", 3, 25, 0x32c, **{"client-id": "ff:00:00:00:01:" + duid(0x32b)}),
    Subnet("a", net4(3), {"reservations": [{"duid": duid(0x32d), "ip-address": v4(3, 26)}]}),
    lease4("a", 3, 26, 0x32e, **{"client-id": "ff:00:00:00:01:" + duid(0x32d)}),
    address(v4(3, 27), mac=mac(0x32f), client_id="aabbcc"), lease4("a", 3, 27, 0x32f, **{"client-id": "77:88:99"}),
    address(v4(3, 28), mac=mac(0x330), client_id="778899"), lease4("a", 3, 28, 0x331, **{"client-id": "77:88:99"}),
    Subnet("a", net6(3), {"reservations": [{"duid": "00:03:00:01:" + mac(0x332), "ip-addresses": [v6(3, 0x24)]}]}),
    address(v6(3, 0x24), mac=mac(0x332)),
    # Only names, equal up to the first dot.
    address(v4(3, 22), name="printer"), lease4("a", 3, 22, 0x326, hostname="printer.example.org"),
    # Nobody's any more.
    address(v4(4, 20), mac=mac(0x420), state="inactive"), held4("a", 4, 20, 0x421),
    address(v4(4, 21), mac=mac(0x422)), lease4("a", 4, 21, 0x423, state=1),
    address(v4(4, 23), mac=mac(0x426)), Lease("a", net4(4), v4(4, 23), {"hw-address": mac(0x427)}, LEASE_S + 60),
    address(v4(4, 22), mac=mac(0x424)), lease4("a", 4, 22, 0x425, state=2),
    # A reservation and the lease of its client; one without an address; one client in two subnets.
    held4("a", 5, 110, 0x510), lease4("a", 5, 110, 0x510),
    Subnet("a", net4(5), {"reservations": [{"hw-address": mac(0x511), "hostname": "named"}]}),
    held4("a", 5, 20, 0x512), held4("a", 6, 20, 0x512),
    # A gateway that has its address of the server; one in a pool whose address is kept.
    Altered(net4(7), "gateways", [v4(7, 2)], gateways(7)),
    address(v4(7, 2), mac=mac(0x702)), lease4("a", 7, 2, 0x702),
    Altered(net4(8), "gateways", [v4(8, 150)], gateways(8)), held4("a", 8, 150, 0x850),
    lease4("a", 8, 150, 0x850), Subnet("a", net4(9), {"option-data": [{"name": "routers", "data": v4(9, 160)}]}),
    held4("a", 9, 160, 0x960), Subnet("a", net4(12), {"option-data": [{"name": "routers", "data": v4(13, 1)}]}),
    # Ranges beside the pools, and those that are the plan's word for them.
    run(v4(10, 100), v4(10, 199), "dynamic"), run(v4(10, 2), v4(10, 99), "static"), run(v4(10, 200), v4(10, 220), "vip"),
    run(v4(10, 221), v4(10, 254), "reserved"), run(v6(4, 0x1000), v6(4, 0x1fff), "dynamic"), run(v6(4, 2), v6(4, 0xfff), "static"),
    run(v6(5, 0x1000), v6(5, 0x17ff), "auto"),
    # One reservation on both servers of a split scope.
    held4("a", 30, 20, 0x3020), held4("b", 30, 20, 0x3020), held6("a", 8, 0x20, 0x820), held6("b", 8, 0x20, 0x820),
    held4("a", 30, 21, 0x3021), Subnet("b", net4(30), {"reservations": [{"client-id": "01:" + mac(0x3021), "ip-address": v4(30, 21)}]}),
    # One client with leases of both; one of which a server has only that the address is declined.
    lease4("a", 31, 20, 0x3120), lease4("b", 31, 20, 0x3120), lease4("a", 31, 21, 0x3121), lease4("b", 31, 21, 0x3122, state=1),
    # Of the pair each says another, and the plan knows the one who came later.
    paired("ha1", 20, 0x5520, 3600), paired("ha2", 20, 0x5521, 60), address("10.55.64.20", assignment="dynamic", mac=mac(0x5521)),
    # The same addresses in another space, held by others.
    address(v4(2, 110), mac=mac(0xf10), space="lab"), address(v4(2, 121), mac=mac(0xf21), space="lab"),
    address(v4(3, 21), mac=mac(0xf22), space="lab"), address(v6(3, 0x20), mac=mac(0xf23), space="lab"),
    run(v4(5, 100), v4(5, 199), "static", space="lab"),
    # Delegated prefixes are not judged.
    Subnet("a", net6(4), {"pd-pools": [{"prefix": "fd00:10:dd::", "prefix-len": 48, "delegated-len": 56}]}),
    Subnet("b", net6(5), {"pd-pools": [{"prefix": "fd00:10:dd::", "prefix-len": 48, "delegated-len": 56}]}),
    # Scopes that lie in a block, though in no subnet of the plan; and one that delegates and leases no address.
    Subnet("a", "172.16.1.0/24", {"pools": [{"pool": "172.16.1.100 - 172.16.1.199"}]}),
    Subnet("b", "fd00:16:0:1::/64", {"pools": [{"pool": "fd00:16:0:1::1000 - fd00:16:0:1::1fff"}]}),
    Subnet("a", net6(9), {}), Subnet("b", net6(9), {}),
]


def pool4(n, first=100, last=199):
    return {"pools": [{"pool": f"{v4(n, first)} - {v4(n, last)}"}]}


def pool6(n, first=0x1000, last=0x1fff):
    return {"pools": [{"pool": f"{v6(n, first)} - {v6(n, last)}"}]}


def at(kind, where, parties, *what, plan=False):
    """A fault at one address."""
    return Fault(kind, where, where, parties, what, plan)


def planned(kind, where, parties, *what):
    """The same, of which the last of `what` is a write of the plan that makes it."""
    return at(kind, where, parties, *what, plan=True)


def holders(where, *types):
    return tuple((t, where) for t in types)


def subnet_gateway(n, host):
    return Altered(net4(n), "gateways", [v4(n, host)], gateways(n))


def offered(server, n, gateway):
    return Subnet(server, net4(n), {"option-data": [{"name": "routers", "data": gateway}]})


# Kea 2.2 refuses a reservation outside of its subnet, older ones did not: what `b` has at the first is shown at the second.
STRANGE = v4(24, 250), v4(240, 250)
THIRD = Subnet("a", kea_ha.SUBNET, {"pools": [{"pool": "10.55.64.0 - 10.55.64.255"}]})     # one with each of the pair
WIDE = Subnet("b", net4(38, 23), {"pools": [{"pool": "10.10.39.10 - 10.10.39.20"}]})  # one with each subnet in it

FAULTS = [
    # Two holders: the plan, a reservation, a lease; of either protocol, in and out of pools, on one server and on two.
    planned("two-holders", v4(0, 20), holders(v4(0, 20), "address", "reservation"), held4("a", 0, 20, 1), address(v4(0, 20), mac=mac(2))),
    planned("two-holders", v4(0, 21), holders(v4(0, 21), "address", "lease"), lease4("a", 0, 21, 3), address(v4(0, 21), mac=mac(4))),
    at("two-holders", v4(0, 22), holders(v4(0, 22), "address", "reservation", "lease"), address(v4(0, 22), mac=mac(5)),
       held4("a", 0, 22, 5), lease4("a", 0, 22, 6)),
    at("two-holders", v4(0, 120), holders(v4(0, 120), "reservation", "lease"), held4("a", 0, 120, 7), lease4("a", 0, 120, 8)),
    at("two-holders", v4(30, 110), holders(v4(30, 110), "lease", "lease"), lease4("a", 30, 110, 9), lease4("b", 30, 110, 10)),
    planned("two-holders", v6(0, 0x20), (("address", v6(0, 0x20)), ("reservation", v6(0, 0x2f))), held6("a", 0, 0x2f, 11, 0x20),
            address(v6(0, 0x20), duid=duid(12))),
    planned("two-holders", v6(0, 0x1021), holders(v6(0, 0x1021), "address", "lease"), lease6("a", 0, 0x1021, 13),
            address(v6(0, 0x1021), duid=duid(14), assignment="dynamic")),
    planned("two-holders", "10.55.64.21", (("address", "10.55.64.21"), ("lease", "10.55.64.21@ha2")), paired("ha1", 21, 35, 3600),
            paired("ha2", 21, 36, 60), address("10.55.64.21", assignment="dynamic", mac=mac(35))),
    # A lease of what the plan gave to somebody of whom it knows a name, or nothing.
    planned("lease-of-static", v4(1, 30), holders(v4(1, 30), "address", "lease"), lease4("a", 1, 30, 17, hostname="laptop"),
            address(v4(1, 30), name="plotter")),
    planned("lease-of-static", v4(20, 31), holders(v4(20, 31), "address", "lease"), lease4("b", 20, 31, 18),
            address(v4(20, 31), assignment="reserved")),
    planned("lease-of-static", v6(1, 0x30), holders(v6(1, 0x30), "address", "lease"), lease6("a", 1, 0x30, 19),
            address(v6(1, 0x30), assignment="vip")),
    planned("lease-of-static", v4(1, 133), holders(v4(1, 133), "address", "lease"), lease4("a", 1, 133, 20), address(v4(1, 133))),
    # Static addresses in pools.
    planned("static-in-pool", v4(11, 100), (("address", v4(11, 100)), ("scope", net4(11))), address(v4(11, 100), mac=mac(21))),
    planned("static-in-pool", v6(6, 0x1fff), (("address", v6(6, 0x1fff)), ("scope", net6(6) + "@b")), held6("a", 6, 0x1fff, 22),
            address(v6(6, 0x1fff), duid=duid(22))),
    Fault("static-in-pool", "10.55.64.9", "10.55.64.9", (("address", "10.55.64.9"), ("scope", kea_ha.SUBNET + "@ha1-lab")),
          (address("10.55.64.9", mac=mac(33), space="lab"),), True, "lab"),
    # Gateways that somebody else has.
    at("gateway-held", v4(14, 254), (("scope", net4(14)), ("lease", v4(14, 254))), lease4("a", 14, 254, 23), offered("a", 14, v4(14, 254))),
    planned("gateway-held", v4(15, 170), (("subnet", net4(15)), ("lease", v4(15, 170))), lease4("a", 15, 170, 24), subnet_gateway(15, 170)),
    at("gateway-held", v6(7, 1), (("subnet", net6(7)), ("lease", v6(7, 1))), lease6("b", 7, 1, 25)),
    # Gateways that anybody may get.
    planned("gateway-in-pool", v4(16, 199), (("subnet", net4(16)), ("scope", net4(16))), subnet_gateway(16, 199)),
    at("gateway-in-pool", v4(20, 100), (("scope", net4(17)), ("scope", net4(20) + "@b")), offered("a", 17, v4(20, 100))),
    planned("gateway-in-pool", v6(3, 0x1001), (("subnet", net6(3)), ("scope", net6(3))),
            Altered(net6(3), "gateways", [v6(3, 1), v6(3, 0x1001)], [v6(3, 1)])),
    # Reservations that cannot both be.
    at("reservation-twice", v4(18, 50), holders(v4(18, 50), "reservation", "reservation"), held4("a", 18, 50, 28), held4("a", 18, 50, 29)),
    Fault("reservation-twice", v4(33, 0), v4(33, 255), (("reservation", v4(33, 51)), ("reservation", v4(33, 52))),
          (held4("a", 33, 51, 30), held4("b", 33, 52, 30))),
    at("reservation-twice", v6(8, 0x50), holders(v6(8, 0x50), "reservation", "reservation"), held6("a", 8, 0x50, 31), held6("b", 8, 0x50, 32)),
    at("reservation-outside", STRANGE[1], (("reservation", STRANGE[1]), ("scope", net4(24))), held4("b", 24, 250, 34)),
    # Pools of two servers.
    Fault("pools-overlap", v4(27, 100), v4(27, 199), holders(net4(27), "scope", "scope"), (Subnet("a", net4(27), pool4(27)),)),
    Fault("pools-overlap", v6(7, 0x1f00), v6(7, 0x1fff), holders(net6(7), "scope", "scope"),
          (Subnet("a", net6(7), pool6(7, 0x1f00, 0x2fff)),)),
    *(Fault("pools-overlap", "10.55.64.0", "10.55.64.255", tuple(("scope", f"{kea_ha.SUBNET}@{server}") for server in ("a", member)),
            (THIRD,)) for member in ("ha1", "ha2")),
    # Ranges that the plan gives out itself.
    Fault("ranges-overlap", v4(19, 150), v4(19, 199), (("range", v4(19, 150)), ("scope", net4(19))),
          (address(v4(19, 155), name="in that range"), run(v4(19, 150), v4(19, 210), "static")), True),
    Fault("ranges-overlap", v6(5, 0x1800), v6(5, 0x1fff), (("range", v6(5, 0x1800)), ("scope", net6(5))),
          (run(v6(5, 0x1800), v6(5, 0x1fff), "reserved"),), True),
    Fault("ranges-overlap", v4(23, 100), v4(23, 100), (("range", v4(23, 90)), ("scope", net4(23))),
          (run(v4(23, 90), v4(23, 100), "vip"),), True),
    Fault("ranges-overlap", "10.55.65.0", "10.55.65.255", (("range", "10.55.65.0"), ("scope", kea_ha.SUBNET + "@ha1-lab")),
          (run("10.55.65.0", "10.55.65.255", "static", space="lab"),), True, "lab"),
    # Masks that differ.
    Fault("subnets-overlap", v4(34, 128), v4(34, 255), (("subnet", net4(34)), ("subnet", "10.10.34.128/25")),
          (Subnet("a", "10.10.34.128/25", {"pools": [{"pool": "10.10.34.140 - 10.10.34.150"}]}),)),
    Fault("subnets-overlap", v4(38, 0), v4(38, 255), (("subnet", net4(38, 23)), ("subnet", net4(38))), (WIDE,)),
    Fault("subnets-overlap", v4(39, 0), v4(39, 255), (("subnet", net4(38, 23)), ("subnet", net4(39))), (WIDE,)),
    Fault("subnets-overlap", v6(10, 0), "fd00:10:0:a:0:ffff:ffff:ffff", (("subnet", net6(10)), ("subnet", net6(10, 80))),
          (Subnet("b", net6(10, 80), {}),)),
    # Scopes of which the plan knows nothing.
    Fault("outside-plan", "172.20.1.0", "172.20.1.255", (("scope", "172.20.1.0/24"),),
          (Subnet("a", "172.20.1.0/24", {"pools": [{"pool": "172.20.1.10 - 172.20.1.20"}]}),)),
    Fault("outside-plan", "fd00:16:0:1::", "fd00:16:0:1:ffff:ffff:ffff:ffff", (("scope", "fd00:16:0:1::/64"),), (Gone(REMOTE6),), True),
    Fault("outside-plan", "10.55.0.0", "10.55.255.255", (("scope", kea_ha.SUBNET + "@ha2-bare"),),
          (Made("subnet", {"prefix": "192.168.0.0/24", "space": "bare"}),), True, "bare"),
]

# What else of the plan mends one: at this address these fields, and those that make it a fault again.
MENDS = [
    ("two-holders", v4(0, 20), {"mac": mac(1)}, {"mac": mac(2)}),
    ("two-holders", v4(0, 21), {"state": "inactive"}, {"state": "in-use"}),
    ("two-holders", v6(0, 0x20), {"duid": duid(11)}, {"duid": duid(12)}),
    ("lease-of-static", v4(1, 30), {"name": "laptop.example.org"}, {"name": "plotter"}),
    ("lease-of-static", v6(1, 0x30), {"assignment": "auto"}, {"assignment": "vip"}),
    ("static-in-pool", v4(11, 100), {"assignment": "dynamic"}, {"assignment": "reserved"}),
]


# The servers.

def subnets(server):
    """What a Kea serves without faults and what looks like one: {prefix: fields}."""
    whole4, whole6, first = (A4, A6, True) if server == "a" else (B4, B6, False)
    serves = {net4(n): pool4(n) for n in whole4}
    serves |= {net4(n): pool4(n, 100, 149) if first else pool4(n, 150, 199) for n in SPLIT4}
    serves |= {net6(n): pool6(n) for n in whole6}
    return serves | {net6(n): pool6(n, 0x1000, 0x17ff) if first else pool6(n, 0x1800, 0x1fff) for n in SPLIT6}


def number(prefix):
    """The identifier of a subnet on its server, the same on both and whatever else is there."""
    network = ipaddress.ip_network(prefix)
    return 1 + (int(network.network_address) >> (network.max_prefixlen - (30 if network.version == 4 else 64))) % 0x3fffffff


def served(server, version, what):
    """The list of subnets of a configuration of Kea, with the parts of `what` that are of this server."""
    serves = copy.deepcopy(subnets(server))
    for change in what:
        if isinstance(change, Subnet) and change.server == server:
            fields = dict(change.fields)
            subnet = serves.setdefault(change.prefix, {})
            subnet["reservations"] = subnet.get("reservations", []) + fields.pop("reservations", [])
            subnet.update(fields)
    return [{"id": number(prefix), "subnet": prefix, **fields} for prefix, fields in serves.items()
            if ipaddress.ip_network(prefix).version == version]
