# test_network_fence.py - the process of a plugin reaches its servers' addresses: whatever way it tries, no other.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import pytest

import daemon
import prefix_copy
import watch

EACCES, EPERM, EBADF, ENOSYS, EOPNOTSUPP = 13, 1, 9, 38, 95
PLUGIN = pathlib.Path(__file__).parent / "plugins" / "prowler.c"
OWN, FOREIGN, SECOND = "127.0.0.1", "127.0.0.2", "127.0.0.3"
SANITIZED = "libasan" in subprocess.run(["ldd", daemon.PREFIX / "sbin" / "ipamd"], stdout=subprocess.PIPE, text=True).stdout
FENCED = pytest.mark.skipif(SANITIZED, reason="system calls are not filtered in a build with a sanitizer")

REFUSED = ("connect-foreign", "udp-foreign", "any-address", "mapped-foreign", "mapped-udp-foreign", "six-foreign",
           "fastopen-connect-foreign", "unspecified-foreign", "sendto-foreign", "sendmsg-foreign", "sendmmsg-foreign",
           "fastopen-foreign")
PASSED = ("connect-own", "udp-own", "mapped-own", "sendto-own", "sendmsg-own", "sendmmsg-own")
AROUND = {"source-route": EPERM, "source-route-high": EPERM, "routing-header": EPERM, "mptcp": EPERM, "sctp": EPERM,
          "icmp": EPERM, "io-uring": ENOSYS, "listen": EPERM, "accept": EPERM, "close": EBADF, "close-high": EBADF,
          "dup2": EBADF, "dup2-high": EBADF, "dup3": EBADF, "close-range": EPERM, "close-all": EPERM,
          "close-range-later": 0, "race-passed": 1, "race-astray": 0, "unix-own": 0, "passed": 0, "passed-foreign": EACCES,
          "unix-elsewhere": EACCES, "unix-beside": EACCES, "unix-abstract": EACCES, "localhost": 0, "connect-own-again": 0}


def close(s):
    """Whoever waits on it hears of it, although UDP says that it was not connected."""
    with contextlib.suppress(OSError):
        s.shutdown(socket.SHUT_RDWR)
    s.close()


class Host:
    """Listens for TCP and UDP at one address, answers what it hears with the same, and counts."""

    def __init__(self, address, port=0):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.tcp = socket.create_server((address, port), family=family)
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.bind((address, self.port))
        self.heard, self.open = 0, True
        for serve in (self.serve_tcp, self.serve_udp):
            threading.Thread(target=serve, daemon=True).start()

    def serve_tcp(self):
        while True:
            try:
                peer, _ = self.tcp.accept()
            except OSError:
                return
            self.heard += 1
            with peer:
                peer.sendall(peer.recv(100))

    def serve_udp(self):
        while True:
            try:
                data, sender = self.udp.recvfrom(100)
                self.heard += sender is not None
                self.udp.sendto(data, sender)
            except (OSError, TypeError):  # closed
                return

    def close(self):
        close(self.tcp)
        close(self.udp)


class Giver:
    """A unix socket whose server hands a socket of its own to whoever connects."""

    def __init__(self, path):
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(path))
        self.server.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.server.accept()
            except OSError:
                return
            with peer, socket.socket() as spare:
                socket.send_fds(peer, [b"x"], [spare.fileno()])
                peer.recv(1)

    def close(self):
        close(self.server)


class Zoo:
    """An ipamd with the prowler, and the hosts around it."""

    def __init__(self, port=daemon.PORT + 2):
        self.copy = prefix_copy.PrefixCopy()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="prowler.", dir="/tmp"))
        self.hosts = {OWN: Host(OWN)}
        self.port = self.hosts[OWN].port
        for address in (FOREIGN, SECOND, "::1"):
            self.hosts[address] = Host(address, self.port)
        self.givers = [Giver(self.folder / name) for name in ("server", "server.other")]
        self.copy.build("prowler", source=PLUGIN)
        self.ipamd = self.copy.ipamd(port=port)
        self.ipamd.config.update({
            "plugins": [{"name": "prowler", "timeout": "60s"}],
            "profiles": [self.profile("plain"), self.profile("second", own=SECOND),
                         self.profile("proxied", own=SECOND, proxy=SECOND)]})
        self.ipamd.write_config()

    def profile(self, name, own=OWN, **more):
        return {"name": name, "driver": "prowler",
                "options": {"port": self.port, "own": own, "foreign": FOREIGN, "socket": str(self.folder / "server"), **more}}

    def collect(self, server, profile="plain"):
        """What the prowler says of its ways; a server that is not there is added."""
        since = len(self.ipamd.log())
        if self.ipamd.get(f"/api/v1/inventory/servers/{server}").status != 200:
            answer = self.ipamd.post("/api/v1/inventory/servers",
                                     {"name": server, "driver": "prowler", "profile": profile, "roles": ["dhcp"]})
            assert answer.status == 201, answer
        answer = self.ipamd.post(f"/api/v1/inventory/servers/{server}/collect")
        watch.until(lambda: self.ipamd.get(answer.headers["location"]).json()["state"] != "running", 60, "the job ends")
        log = self.ipamd.log()[since:]
        told = " ".join(line for line in log.splitlines() if "prowler-addresses:" in line or "prowler-around:" in line)
        return {k: int(v) for k, v in re.findall(r"([\w-]+)=(\d+)", told)}

    def plugin(self):
        return self.ipamd.get("/api/v1/system/plugins/prowler").json()

    def remove(self):
        self.ipamd.stop()
        self.copy.remove()
        for thing in (*self.hosts.values(), *self.givers):
            thing.close()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def zoo():
    made = Zoo()
    try:
        made.ipamd.start()
        yield made
    finally:
        made.remove()


@FENCED
def test_no_way_leads_elsewhere(zoo):
    found = zoo.collect(OWN)
    assert {way: found.get(way) for way in PASSED} == dict.fromkeys(PASSED, 0), found
    assert {way: found.get(way) for way in REFUSED} == dict.fromkeys(REFUSED, EACCES), found
    assert found["fastopen-own"] == EOPNOTSUPP, found
    assert {way: found.get(way) for way in AROUND} == AROUND, found
    print(f"a connection: {found['ns-per-connect']} ns")
    assert zoo.hosts[OWN].heard > 0
    assert (zoo.hosts[FOREIGN].heard, zoo.hosts["::1"].heard) == (0, 0)


@FENCED
def test_what_was_tried_is_told(zoo):
    zoo.collect(OWN)
    told = watch.until(lambda: [line for line in zoo.ipamd.log().splitlines() if "network-refused:" in line], 10, zoo.ipamd.log)
    assert re.search(r"<4>network-refused: the plugin prowler tried to reach \S.* port \d+, which none of its servers is, \d+ times",
                     told[0]), told
    assert any(FOREIGN in line for line in told), told
    plugin = watch.until(lambda: (p := zoo.plugin())["refused"] > 20 and p, 10, zoo.plugin)
    assert plugin["network_fence"] is True
    metrics = zoo.ipamd.get("/metrics").body.decode()
    assert int(re.search(r'^ipam_plugin_refused_total\{plugin="prowler"\} (\d+)$', metrics, re.M).group(1)) > 20


@FENCED
def test_a_server_that_comes_is_reached_and_one_that_goes_is_not(zoo):
    """In the same process: another instance widens what it reaches, and what is deleted is out of reach again."""
    zoo.collect("localhost")  # stays, and with it the process
    zoo.collect(OWN)
    pids = zoo.plugin()["pids"]
    # Opened for OWN, with options that make it try SECOND.
    zoo.ipamd.ctl("server", "set", OWN, "--profile", "second")
    assert zoo.collect(OWN)["connect-own"] == EACCES
    zoo.collect(SECOND)
    assert zoo.collect(OWN)["connect-own"] == 0
    zoo.ipamd.ctl("server", "delete", SECOND, "--yes", "--wait")
    assert zoo.collect(OWN)["connect-own"] == EACCES
    zoo.ipamd.ctl("server", "set", OWN, "--profile", "proxied")
    assert zoo.collect(OWN)["connect-own"] == 0
    zoo.ipamd.ctl("server", "set", OWN, "--profile", "plain")
    assert zoo.plugin()["pids"] == pids


@FENCED
def test_a_server_by_its_name(zoo):
    """The name is looked up by the doorman, not by the plugin that says it has connected to what it means."""
    found = zoo.collect("localhost")
    assert found["connect-own"] == 0 and found["connect-foreign"] == EACCES, found
    assert zoo.hosts[FOREIGN].heard == 0


class Resolver:
    """A name server at 127.0.0.53 that knows one name, and is the one of the programs that `argv` starts."""

    def __init__(self, folder, name, address):
        self.address, self.name = address, name.encode()
        self.conf = pathlib.Path(folder) / "resolv.conf"
        self.conf.write_text("nameserver 127.0.0.53\n")
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.53", 53))
        self.asked = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                query, sender = self.socket.recvfrom(512)
                if sender is None:
                    return
            except OSError:
                return
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1:at + 1 + query[at]])
                at += query[at] + 1
            known, kind = b".".join(labels) == self.name, query[at + 1:at + 3]
            self.asked += known
            answer = known and kind == b"\0\1"
            head = query[:2] + (b"\x81\x80" if known else b"\x81\x83") + b"\0\1" + (b"\0\1" if answer else b"\0\0") + b"\0\0\0\0"
            record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + socket.inet_aton(self.address) if answer else b""
            self.socket.sendto(head + query[12:at + 5] + record, sender)

    def argv(self, argv):
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                'mount --bind "$0" /etc/resolv.conf && exec "$@"', str(self.conf), *argv]

    def close(self):
        close(self.socket)


@pytest.fixture
def moving(tmp_path):
    made = Resolver(tmp_path, "kea.example.test", OWN)
    try:
        yield made
    finally:
        made.close()


@FENCED
def test_a_name_that_moves(moving):
    """The plugin asks the resolver of the host, and so does its doorman; a name that has another address now is looked
    up again, and what it was before stays good for a while."""
    zoo = Zoo(daemon.PORT + 3)
    try:
        zoo.ipamd.process.argv = moving.argv(zoo.ipamd.process.argv)
        zoo.ipamd.start()
        found = zoo.collect("kea.example.test")
        assert found["connect-own"] == 0 and found["connect-foreign"] == EACCES and moving.asked > 0, found
        zoo.ipamd.ctl("server", "set", "kea.example.test", "--profile", "second")
        assert zoo.collect("kea.example.test")["connect-own"] == EACCES
        moving.address = SECOND
        found = watch.until(lambda: (f := zoo.collect("kea.example.test"))["connect-own"] == 0 and f, 20, zoo.ipamd.log)
        assert found["connect-foreign"] == EACCES and zoo.hosts[FOREIGN].heard == 0
    finally:
        zoo.remove()


@FENCED
@pytest.mark.parametrize("model", ["LOOP", "PARALLEL"])
def test_in_each_thread_model(model):
    zoo = Zoo(daemon.PORT + 3)
    try:
        zoo.copy.build("prowler", model, source=PLUGIN)
        zoo.ipamd.start()
        found = zoo.collect(OWN)
        assert found["connect-own-again"] == 0 and found["connect-foreign"] == EACCES and found["race-astray"] == 0, found
        assert zoo.hosts[FOREIGN].heard == 0
    finally:
        zoo.remove()


@FENCED
def test_kea_by_a_name(moving, ipamd, kea):
    """As libcurl finds it, in a thread of its own."""
    ipamd.process.argv = moving.argv(ipamd.process.argv)
    ipamd.start()
    ipamd.add_kea("kea.example.test")
    assert ipamd.items("dhcp/scopes")
    assert "network-refused" not in ipamd.log()
    moving.address = FOREIGN  # where nobody has a Kea: what ends the connection is that, not the fence
    ipamd.ctl("server", "collect", "kea.example.test", "--wait", check=False)
    assert "network-refused" not in ipamd.log()


@FENCED
def test_without_its_doorman_it_reaches_nobody(zoo):
    """A doorman that is killed takes its helper along: the next one has another."""
    zoo.collect(OWN)
    before, = zoo.plugin()["pids"]
    keeper = re.search(r"^PPid:\s*(\d+)$", pathlib.Path(f"/proc/{before}/status").read_text(), re.M).group(1)
    doorman, = (p for p in pathlib.Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
                if pathlib.Path(f"/proc/{p}/comm").read_text() == "ipam-doorman\n")
    subprocess.run(["kill", "-KILL", doorman], check=True)
    watch.until(lambda: zoo.plugin()["pids"] not in ([], [before]), 20, zoo.plugin)
    assert zoo.collect(OWN)["connect-own"] == 0
    assert "ended: the doorman that reaches servers for it has ended" in zoo.ipamd.log() and "signal 9" not in zoo.ipamd.log()


@pytest.fixture
def ipamd():
    made = daemon.Ipamd()
    try:
        yield made
    finally:
        made.stop()


def findings(ipamd):
    told = json.loads(ipamd.ctl("doctor", "--config", ipamd.dir / "ipamd.json", "-o", "json", check=False).stdout)
    return [f["message"] for f in told if f["check"] == "network-fence"]


def test_off_is_off_and_said(ipamd):
    ipamd.config["network_fence"] = "off"
    ipamd.write_config()
    ipamd.start()
    assert "network_fence" in findings(ipamd)[0]
    assert ipamd.get("/api/v1/system/plugins/kea").json()["network_fence"] is False


@FENCED
def test_on_is_the_default_and_doctor_is_content(ipamd):
    ipamd.start()
    assert findings(ipamd) == [] and "network-open" not in ipamd.log()


def test_a_plugin_in_the_daemon_is_not_fenced_in(ipamd):
    ipamd.config["plugins"] = [{"name": "kea", "isolation": "none"}]
    ipamd.write_config()
    ipamd.start()
    assert re.search(r"<4>network-open: the plugin kea may reach any address", ipamd.log())
    assert any("kea" in message for message in findings(ipamd))
    ipamd.process.stop()
    ipamd.config["network_fence"] = "require"
    ipamd.write_config()
    run = subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json"], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    assert run.returncode == 78 and "\"network_fence\" is \"require\": ending" in run.stdout, run.stdout
