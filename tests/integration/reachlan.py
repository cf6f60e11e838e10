# reachlan.py - a link on which some addresses answer and others do not, and a dnsmasq that knows names of some.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import pathlib

import lan

PREFIX4, PREFIX6 = "192.0.2.0/24", "2001:db8:2::/64"
OWN4, OWN6 = "192.0.2.254", "2001:db8:2::ffff"  # of this side of the link
DNS = "127.0.0.1"


def v4(n):
    return f"192.0.2.{n}"


def v6(n):
    return f"2001:db8:2::{n:x}"


def reverse(address):
    return ipaddress.ip_address(address).reverse_pointer


class Lan:
    """A link to another namespace, in which the given numbers answer in both families; PTR records of names {number: name}."""

    def __init__(self, folder, answer=(), names=None):
        self.client = lan.Client(folder, "veth-reach", OWN4 + "/24", "02:00:00:00:00:77")
        lan.ip("addr", "add", OWN6 + "/64", "dev", "veth-reach", "nodad")
        for n in answer:
            self.answer(n)
        self.dns = lan.Dnsmasq("".join(f"host-record={name},{v4(n)},{v6(n)}\n" for n, name in (names or {}).items())
                               + "local=/in-addr.arpa/\nlocal=/ip6.arpa/\n").start()
        pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 2147483647")

    def answer(self, n):
        self.client.inside("ip", "addr", "add", v4(n) + "/24", "dev", "eth0")
        self.client.inside("ip", "addr", "add", v6(n) + "/64", "dev", "eth0", "nodad")

    def stop(self):
        self.client.stop()
        self.dns.stop()


def config(**options):
    """What an ipamd is configured with; an option None is left away."""
    options = {"timeout": "300ms", "tries": 2, "resolvers": [DNS], "port": lan.DNS_PORT, **options}
    return {"plugins": [{"name": "reach"}], "reach": {"profile": "look"},
            "profiles": [{"name": "look", "driver": "reach", "options": {k: v for k, v in options.items() if v is not None}}]}
