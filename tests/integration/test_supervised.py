# test_supervised.py - what a supervisor such as systemd hears of ipamd, and when.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import signal
import socket
import time

import pytest

import watch
from test_log import with_plugin
from test_reload import null_config


class Listener:
    """A supervisor's socket; `heard` has (seconds, message) in order."""

    def __init__(self, address):
        self.address, self.heard = address, []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address[0] == "@" else address)
        self._socket.settimeout(0.05)
        self._background = watch.Background(self._hear, 0)

    def _hear(self):
        try:
            message = self._socket.recv(4096).decode()
        except TimeoutError:
            return
        self.heard.append((time.monotonic(), dict(line.split("=", 1) for line in message.split("\n"))))

    def told(self, key, since=0.0):
        return [m for at, m in list(self.heard) if key in m and at > since]

    def states(self):
        """The changes of state, in order."""
        return [k for _, m in list(self.heard) for k in ("RELOADING", "READY", "STOPPING") if k in m]

    def wait(self, key, count=1, seconds=10):
        return watch.until(lambda: len(self.told(key)) >= count and self.told(key)[-1], seconds,
                           lambda: f"{key}: {self.heard}")

    def beats(self, since):
        return [at for at, m in list(self.heard) if "WATCHDOG" in m and at > since]

    def stop(self):
        self._background.stop()
        self._socket.close()


@pytest.fixture
def listen(tmp_path):
    made = []

    def make(abstract=False):
        made.append(Listener("@ipamd-test-notify" if abstract else str(tmp_path / "notify")))
        return made[-1]

    yield make
    for listener in made:
        listener.stop()


@pytest.mark.parametrize("abstract", [False, True], ids=["path", "abstract"])
def test_the_supervisor_hears_of_start_reload_and_stop(make_ipamd, listen, abstract):
    supervisor = listen(abstract)
    ipamd = make_ipamd(start=False, config=null_config(), env={"NOTIFY_SOCKET": supervisor.address})
    answered = []

    def ready():
        if "READY" in supervisor.states():
            answered.append(ipamd.get("/readyz", token=None).status)
        return answered

    ipamd.process.ready = ready
    ipamd.start()
    assert answered == [200]  # it serves once it says so, not some time later
    assert "serving" in supervisor.told("READY")[0]["STATUS"]
    assert supervisor.told("STATUS")[0].keys() == {"STATUS"}  # people see what it does before
    before = time.monotonic_ns() // 1000
    os.kill(ipamd.process.pid, signal.SIGHUP)
    supervisor.wait("READY", 2)
    assert supervisor.states() == ["READY", "RELOADING", "READY"]
    assert before <= int(supervisor.told("RELOADING")[0]["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
    (ipamd.dir / "ipamd.json").write_text("{")
    os.kill(ipamd.process.pid, signal.SIGHUP)
    assert "refused" in supervisor.wait("READY", 3)["STATUS"]
    assert ipamd.process.stop() == 0
    supervisor.wait("STOPPING")
    assert supervisor.states() == ["READY", "RELOADING", "READY", "RELOADING", "READY", "STOPPING"]


def test_stopping_is_told_when_the_stop_begins(make_ipamd, listen):
    """A client in the middle of its request holds the end up."""
    supervisor = listen()
    ipamd = make_ipamd(env={"NOTIFY_SOCKET": supervisor.address})
    with socket.create_connection(("127.0.0.1", ipamd.port)) as client:
        client.sendall(b"GET /livez HTTP/1.1\r\n")
        time.sleep(0.3)
        os.kill(ipamd.process.pid, signal.SIGTERM)
        supervisor.wait("STOPPING", seconds=2)
        time.sleep(0.5)
        assert ipamd.process.running()
        client.sendall(b"Host: x\r\n\r\n")
        assert b" 200 OK" in client.recv(4096)
    assert ipamd.process.popen.wait(10) == 0


def test_without_ready_after_a_failed_start(make_ipamd, listen):
    supervisor = listen()
    blocker = socket.create_server(("127.0.0.1", 8099))
    try:
        ipamd = make_ipamd(start=False, port=8099, env={"NOTIFY_SOCKET": supervisor.address})
        with pytest.raises(Exception, match="start-failed"):
            ipamd.start()
    finally:
        blocker.close()
    supervisor.wait("STOPPING")
    assert supervisor.states() == ["STOPPING"]


def test_a_supervisor_that_has_gone_is_no_harm(make_ipamd, tmp_path):
    ipamd = make_ipamd(env={"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "100000"})
    time.sleep(0.5)
    assert ipamd.get("/readyz", token=None).status == 200
    assert ipamd.log().count("notify-failed:") == 1
    assert ipamd.process.stop() == 0


def test_a_watchdog_of_another_process_hears_nothing(make_ipamd, listen):
    supervisor = listen()
    make_ipamd(env={"NOTIFY_SOCKET": supervisor.address, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"})
    time.sleep(0.5)
    assert supervisor.told("WATCHDOG") == [] and supervisor.states() == ["READY"]


def test_the_watchdog_hears_the_loop_and_misses_it_when_it_stands_still(copy, listen):
    """A plugin in ipamd's own process, on its loop, that never comes back."""
    supervisor = listen()
    ipamd = with_plugin(copy, "standing", "spin", "LOOP", "none", env={"NOTIFY_SOCKET": supervisor.address,
                                                                    "WATCHDOG_USEC": "1000000"})
    try:
        began = time.monotonic()
        time.sleep(2.2)
        beats = supervisor.beats(began)
        assert 3 <= len(beats) <= 5, beats
        assert all(b - a < 0.9 for a, b in zip(beats, beats[1:])), beats
        assert ipamd.post("/api/v1/inventory/servers/standing/collect").status == 202
        watch.until(lambda: "loop-stuck" in ipamd.log(), 10, "it stands still")
        stuck = time.monotonic()
        time.sleep(3)
        assert supervisor.beats(stuck) == [] and ipamd.process.running()
    finally:
        ipamd.kill()
