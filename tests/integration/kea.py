# kea.py - a private real Kea: DHCPv4, DHCPv6 and two control agents, with leases from real clients.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import base64
import glob
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import canary
import proc

DEMO = pathlib.Path(__file__).parents[2] / "tools" / "demo"
PORTS4 = (10067, 10068)      # server, relay
PORTS6 = (10547, 10546)
AGENT, AGENT_OPEN = 18000, 18001
USER, PASSWORD = "ipam", canary.KEA_PASSWORD


class KeaError(Exception):
    """Kea answered with a result that is not success; `result` is its number."""

    def __init__(self, command, answer):
        super().__init__(f"{command}: {answer.get('text')}")
        self.result = answer["result"]


class Kea:
    """All its files are in one folder, made by tools/demo; services are dhcp4, dhcp6, agent, agent-open.

    Sizes are the numbers of subnets, of those in one shared network, and of reservations. `file_leases` leases are
    written to the lease file before the start, for sizes that clients cannot reach in the time of a test.
    """

    def __init__(self, subnets=20, shared=4, reservations=200, reservations6=6, file_leases=0, folder=None):
        # Unix sockets have names of at most 107 bytes: the folder is short, pytest's are not.
        self.own = folder is None
        self.dir = pathlib.Path(folder or tempfile.mkdtemp(prefix="kea.", dir="/tmp"))
        self.subnets = subnets
        self._configure(subnets, shared, reservations, reservations6)
        if file_leases:
            self._write_leases(file_leases)
        env = {"KEA_PIDFILE_DIR": str(self.dir), "KEA_LOCKFILE_DIR": str(self.dir)}
        agent = lambda port: lambda: self.command("list-commands", service=None, via=port)["result"] == 0
        self.services = {
            "dhcp4": self._proc("dhcp4", ["kea-dhcp4", "-p", PORTS4[0], "-P", PORTS4[1]],
                                lambda: self.command("status-get")["result"] == 0, env),
            "dhcp6": self._proc("dhcp6", ["kea-dhcp6", "-p", PORTS6[0], "-P", PORTS6[1]],
                                lambda: self.command("status-get", service="dhcp6")["result"] == 0, env),
            "agent": self._proc("agent", ["kea-ctrl-agent"], agent(AGENT), env),
            "agent-open": self._proc("agent-open", ["kea-ctrl-agent"], agent(AGENT_OPEN), env),
        }

    def _proc(self, name, argv, ready, env):
        return proc.Proc(name, [*argv, "-c", f"{name}.conf"], ready, self.dir, env)

    def _configure(self, subnets, shared, reservations, reservations6):
        hooks = glob.glob("/usr/lib/*/kea/hooks")[0]
        numbers = {"subnets": subnets, "shared": shared, "reservations": reservations}
        self._jq("dhcp4.conf", "kea-dhcp4.jq", numbers, {"hooks": hooks})
        self._jq("dhcp6.conf", "kea-dhcp6.jq", {"reservations": reservations6}, {"hooks": hooks})
        self._jq("agent.conf", "kea-agent.jq", {"port": AGENT}, {"user": USER, "password": PASSWORD})
        self._jq("agent-open.conf", "kea-agent.jq", {"port": AGENT_OPEN}, {"user": "", "password": ""})

    def _jq(self, out, program, numbers, texts):
        argv = ["jq", "-n", "-a", "-f", str(DEMO / program)]
        for name, value in numbers.items():
            argv += ["--argjson", name, str(value)]
        for name, value in texts.items():
            argv += ["--arg", name, value]
        with open(self.dir / out, "w") as f:
            subprocess.run(argv, stdout=f, check=True)

    def _write_leases(self, count):
        """Kea's own CSV form; 90 leases of each subnet's pool at the most, so that clients still find room."""
        with open(self.lease_file(), "w") as f:
            f.write("address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n")
            expire = int(time.time()) + 7200
            for i in range(count):
                n, host = i % self.subnets, 100 + i // self.subnets
                if host >= 190:
                    raise ValueError(f"{count} leases do not fit in {self.subnets} subnets")
                mac = ":".join("%02x" % b for b in (6 << 40 | i).to_bytes(6, "big"))
                f.write(f"10.{1 + n // 256}.{n % 256}.{host},{mac},,7200,{expire},{101 + n},0,0,file-{i},0,\n")

    # Life.

    def start(self):
        for service in self.services.values():
            service.start()
        return self

    def stop(self):
        for service in reversed(list(self.services.values())):
            service.stop()
        if self.own:
            shutil.rmtree(self.dir, ignore_errors=True)

    def kill(self, service="dhcp4"):
        """SIGKILL; the files stay as they are."""
        self.services[service].kill()

    def restart(self, service="dhcp4"):
        """Starts again on the same files, after a kill or a stop."""
        self.services[service].restart()

    # Where things are.

    def config_file(self, service="dhcp4"):
        return self.dir / f"{service}.conf"

    def lease_file(self, service="dhcp4"):
        return self.dir / f"{service}.leases"

    def socket(self, service="dhcp4"):
        return str(self.dir / f"{service}.sock")

    # Asking.

    def command(self, name, args=None, service="dhcp4", via="socket"):
        """The whole answer, whatever its result. `via` is "socket", or the port of an agent; service None: the agent."""
        body = {"command": name}
        if args is not None:
            body["arguments"] = args
        if via == "socket":
            return json.loads(self._socket(service, json.dumps(body).encode()))
        if service is not None:
            body["service"] = [service]
        return json.loads(self._http(via, json.dumps(body)))[0]

    def _socket(self, service, request):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(self.socket(service))
            s.sendall(request)
            return b"".join(iter(lambda: s.recv(1 << 20), b""))

    def _http(self, port, body):
        headers = {"Content-Type": "application/json"}
        if port == AGENT:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", "/", body, headers)
            return connection.getresponse().read()
        finally:
            connection.close()

    def ask(self, name, args=None, service="dhcp4"):
        """The arguments of a good answer (also of an empty one); else KeaError."""
        answer = self.command(name, args, service)
        if answer["result"] not in (0, 3):
            raise KeaError(name, answer)
        return answer.get("arguments", {})

    def config_get(self, service="dhcp4"):
        return self.ask("config-get", service=service)[service.capitalize()]

    def file_config(self, service="dhcp4"):
        """What the next start will read: the configuration file."""
        return json.loads(self.config_file(service).read_text())[service.capitalize()]

    def subnet_list(self, service="dhcp4", config=None):
        config = config or self.config_get(service)
        key = "subnet" + service[-1]
        return config[key] + [s for network in config["shared-networks"] for s in network[key]]

    def reservations(self, service="dhcp4", config=None):
        """All reservations, each with its "subnet-id". As running, unless a configuration is given."""
        return [{**r, "subnet-id": s["id"]} for s in self.subnet_list(service, config) for r in s["reservations"]]

    def leases(self, service="dhcp4"):
        return self.ask(f"lease{service[-1]}-get-all", service=service)["leases"]

    def lease_command_works(self, service="dhcp4"):
        """False while the server has no lease manager, which its status does not tell."""
        return self.command(f"lease{service[-1]}-get-page", {"from": "start", "limit": 1}, service)["result"] in (0, 3)

    # Clients.

    def clients(self, count=50, subnet_index=0, mac="00:0c:01:02:03:00"):
        """So many real clients in one subnet; how often one of them got a lease: on a busy machine one may ask once more, and
        gets the same. Not 1 or 2: perfdhcp is not exact there.

        They come through a relay on loopback that names the subnet by link selection (RFC 3527)."""
        link = "82,05040a%02x%02x01" % (1 + subnet_index // 256, subnet_index % 256)
        return self._perfdhcp(["-4", "-l", "127.0.0.1", "-L", PORTS4[1], "-N", PORTS4[0], "-b", f"mac={mac}", "-o", link],
                              count, "127.0.0.1")

    def clients6(self, count=50, prefixes=False):
        kind = ["-e", "address-and-prefix"] if prefixes else []
        return self._perfdhcp(["-6", "-A", 1, *kind, "-l", "::1", "-L", PORTS6[1], "-N", PORTS6[0]], count, "::1")

    def _perfdhcp(self, options, count, server):
        argv = ["perfdhcp", *options, "-r", 100, "-R", count, "-n", count, "-W", 600000, server]
        out = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             stdin=subprocess.DEVNULL, timeout=60).stdout
        got = re.findall(r"(?m)^received packets: (\d+)", out)
        if len(got) < 2:
            raise RuntimeError("perfdhcp: " + out)
        return int(got[1])       # the first is of DISCOVER-OFFER or SOLICIT-ADVERTISE, the second of the lease itself

    def lease_works(self):
        """Whether real clients get leases now. On a busy machine they ask again."""
        return self.lease_command_works() and any(self.clients(5, mac="00:0c:05:00:00:00") >= 5 for _ in range(4))
