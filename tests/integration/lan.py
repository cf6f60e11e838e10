# lan.py - a link with a DHCP client at its other end, and a dnsmasq that serves such links.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import proc

DNS_PORT = 15453

# What udhcpc runs: the address must be on the interface, for a lease is renewed and released from it.
SCRIPT = """#!/bin/sh
case $1 in
deconfig) ip -4 addr flush dev "$interface" ;;
bound|renew) ip addr replace "$ip/$mask" dev "$interface" ;;
esac
"""

# A DHCPv6 client in one question: Solicit with rapid commit, for which a Reply with the lease comes.
SOLICIT = """
import socket, struct, time
def option(code, data):
    return struct.pack(">HH", code, len(data)) + data
duid = bytes.fromhex("{duid}")
solicit = bytes([1, 1, 2, 3]) + option(1, duid) + option(3, struct.pack(">III", {iaid}, 0, 0)) + option(14, b"") + option(8, b"\\0\\0")
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 546))
s.settimeout(0.5)
for i in range(30):
    try:
        s.sendto(solicit, ("ff02::1:2", 547, 0, socket.if_nametoindex("eth0")))
        if s.recv(1500)[0] == 7:
            break
    except OSError:  # the link-local address is not there yet, or no answer
        time.sleep(0.2)
else:
    raise SystemExit("no reply")
"""


def ip(*args):
    subprocess.run(["ip", *args], check=True, stdin=subprocess.DEVNULL)


def until(true, what, timeout=15):
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Client:
    """A network namespace of its own behind a veth, in which udhcpc asks for a lease and keeps it."""

    def __init__(self, folder, name, address, mac):
        self.folder, self.name, self.mac, self.popen = folder, name, mac, None
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "600"], stdin=subprocess.DEVNULL)
        mine = os.readlink("/proc/self/ns/net")
        until(lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != mine, "no namespace")
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        ip("addr", "add", address, "dev", name)
        ip("link", "set", name, "up")
        self.script = folder / "udhcpc.sh"
        self.script.write_text(SCRIPT)
        self.script.chmod(0o755)
        self.inside("ip", "link", "set", "eth0", "address", mac, "up")

    def inside(self, *command):
        subprocess.run(["nsenter", "--net", f"--target={self.holder.pid}", *command], check=True, stdin=subprocess.DEVNULL)

    def start(self, *options):
        """Begins to ask; the daemon goes on until `stop`."""
        log = open(self.folder / f"{self.name}.log", "ab")
        self.popen = subprocess.Popen(["nsenter", "--net", f"--target={self.holder.pid}", "busybox", "udhcpc", "-f", "-i", "eth0",
                                       "-s", str(self.script), "-t", "5", "-T", "1", *options],
                                      stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def ask6(self, duid, iaid):
        """Gets an IPv6 lease."""
        self.inside(sys.executable, "-c", SOLICIT.format(duid=duid.replace(":", ""), iaid=iaid))

    def renew(self):
        self.popen.send_signal(signal.SIGUSR1)

    def release(self):
        self.popen.send_signal(signal.SIGUSR2)

    def stop(self):
        """Ends the client. The link is taken away by hand: the kernel takes its time to do so when the namespace ends."""
        ip("link", "delete", self.name)
        for popen in (self.popen, self.holder):
            if popen is not None and popen.poll() is None:
                popen.kill()
                popen.wait()


def version_bind(port=DNS_PORT):
    """What the server calls itself, or an exception: a question of class CHAOS."""
    question = struct.pack(">6H", 4711, 0, 1, 0, 0, 0) + b"\7version\4bind\0" + struct.pack(">2H", 16, 3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.5)
        s.connect(("127.0.0.1", port))
        s.send(question)
        answer = s.recv(512)
    text = answer[len(question) + 12:]  # the name (a pointer), type, class, TTL and length of the answer
    return text[1:1 + text[0]].decode()


class Dnsmasq:
    """A real dnsmasq on the given statements."""

    def __init__(self, text):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="dnsmasq.", dir="/tmp"))
        self.conf, self.leases = self.dir / "dnsmasq.conf", self.dir / "leases"
        self.conf.write_text(f"port={DNS_PORT}\nlisten-address=127.0.0.1\nbind-dynamic\nno-resolv\nno-hosts\nno-ping\n"
                             f"dhcp-authoritative\ndhcp-leasefile={self.leases}\npid-file={self.dir}/pid\n"
                             f"log-facility=-\nuser=\ngroup=\n{text}")
        self.process = proc.Proc("dnsmasq", [shutil.which("dnsmasq", path="/usr/sbin:/usr/bin"), "-k", "-C", self.conf],
                                 lambda: version_bind().startswith("dnsmasq-"), self.dir)

    def start(self):
        self.process.start()
        return self

    def stop(self):
        self.process.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def lease_of(self, mac):
        """The fields of the line of a client, by its MAC address or IAID, in the lease file; or None."""
        lines = [line.split() for line in self.leases.read_text().splitlines()]
        return next((fields for fields in lines if len(fields) == 5 and fields[1] == mac), None)
