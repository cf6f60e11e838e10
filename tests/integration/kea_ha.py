# kea_ha.py - a real pair of Kea DHCPv4 servers with the high-availability hook, on loopback.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import glob
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import proc
import watch

PORTS = {"ha1": 10067, "ha2": 10167}            # of DHCP; a relay listens on the next
LISTENERS = {"ha1": 18091, "ha2": 18092}        # by which the two speak with each other
SUBNET, POOLS = "10.55.0.0/16", {"ha1": "10.55.64.0/18", "ha2": "10.55.128.0/18"}
HEARTBEAT_MS, SILENCE_MS = 500, 2000


class Member:
    """One server of the pair; its files are in a folder of its own."""

    def __init__(self, folder, name, mode):
        self.name, self.dir = name, folder / name
        self.dir.mkdir()
        self.config_file().write_text(json.dumps({"Dhcp4": self._config(mode)}))
        env = {"KEA_PIDFILE_DIR": str(self.dir), "KEA_LOCKFILE_DIR": str(self.dir)}
        argv = ["kea-dhcp4", "-p", PORTS[name], "-P", PORTS[name] + 1, "-c", self.config_file()]
        self.process = proc.Proc(name, argv, lambda: self.command("status-get")["result"] == 0, self.dir, env)

    def _config(self, mode):
        hooks = glob.glob("/usr/lib/*/kea/hooks")[0]
        second = "standby" if mode == "hot-standby" else "secondary"
        pools = [{"pool": POOLS["ha1"]}] if mode == "hot-standby" else [
            {"pool": pool, "client-class": f"HA_{name}"} for name, pool in POOLS.items()]
        relation = {
            "this-server-name": self.name, "mode": mode, "heartbeat-delay": HEARTBEAT_MS, "max-response-delay": SILENCE_MS,
            "max-ack-delay": 1000, "max-unacked-clients": 0,    # else the survivor waits for clients that go unanswered
            "multi-threading": {"enable-multi-threading": True, "http-dedicated-listener": True,
                                "http-listener-threads": 1, "http-client-threads": 1},
            "peers": [{"name": "ha1", "url": f"http://127.0.0.1:{LISTENERS['ha1']}/", "role": "primary"},
                      {"name": "ha2", "url": f"http://127.0.0.1:{LISTENERS['ha2']}/", "role": second}]}
        return {
            "interfaces-config": {"interfaces": ["lo/127.0.0.1"], "dhcp-socket-type": "udp"},
            "control-socket": {"socket-type": "unix", "socket-name": self.socket()},
            "multi-threading": {"enable-multi-threading": True, "thread-pool-size": 1, "packet-queue-size": 64},
            "lease-database": {"type": "memfile", "persist": True, "name": str(self.dir / "leases"), "lfc-interval": 0},
            "hooks-libraries": [{"library": f"{hooks}/libdhcp_lease_cmds.so"}, {"library": f"{hooks}/libdhcp_stat_cmds.so"},
                                {"library": f"{hooks}/libdhcp_ha.so", "parameters": {"high-availability": [relation]}}],
            "valid-lifetime": 7200,
            "subnet4": [{"id": 1, "subnet": SUBNET, "relay": {"ip-addresses": ["127.0.0.1"]}, "pools": pools}],
            "loggers": [{"name": "kea-dhcp4", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}

    def config_file(self):
        return self.dir / "dhcp4.conf"

    def socket(self):
        return str(self.dir / "s")

    def command(self, name, args=None):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.socket())
            s.sendall(json.dumps({"command": name, **({"arguments": args} if args is not None else {})}).encode())
            return json.loads(b"".join(iter(lambda: s.recv(1 << 20), b"")))

    def config_get(self):
        return self.command("config-get")["arguments"]["Dhcp4"]

    def state(self):
        """Its own word for where it is, or None while it does not answer."""
        try:
            return self.command("ha-heartbeat")["arguments"]["state"]
        except (OSError, ValueError, KeyError):
            return None

    def relation(self):
        """What status-get says of the pair."""
        (relation,) = self.command("status-get")["arguments"]["high-availability"]
        return relation

    def leases(self):
        return {lease["ip-address"]: lease["hw-address"] for lease in
                self.command("lease4-get-all")["arguments"]["leases"]}

    def ask(self, count, mac):
        """So many real clients, that ask this server once; the number that got a lease."""
        argv = ["perfdhcp", "-4", "-l", "127.0.0.1", "-L", PORTS[self.name] + 1, "-N", PORTS[self.name], "-b", f"mac={mac}",
                "-r", 100, "-R", count, "-n", count, "-W", 600000, "127.0.0.1"]
        out = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             stdin=subprocess.DEVNULL, timeout=60).stdout
        return int(re.findall(r"(?m)^received packets: (\d+)", out)[1])

    def serve(self, count, mac):
        """Waits until so many clients have a lease of this server. On a busy machine they ask again, as the same."""
        watch.until(lambda: self.ask(count, mac) == count, 60, f"{self.name} serves {count} clients")


class Pair:
    """`mode` is hot-standby or load-balancing; ha1 is the primary."""

    def __init__(self, mode):
        self.mode, self.dir = mode, pathlib.Path(tempfile.mkdtemp(prefix="ha.", dir="/tmp"))
        self.ha1, self.ha2 = (Member(self.dir, name, mode) for name in PORTS)

    def start(self):
        for member in (self.ha1, self.ha2):
            member.process.start()
        self.settle()
        return self

    def settle(self):
        """Waits until both serve as they do when all is well."""
        watch.until(lambda: self.states() == (self.mode, self.mode), 30, lambda: f"{self.mode}: {self.states()}")

    def states(self):
        return self.ha1.state(), self.ha2.state()

    def stop(self):
        for member in (self.ha1, self.ha2):
            member.process.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
