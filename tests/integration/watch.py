# watch.py - looks at an ipamd from outside while it is in trouble: its answers, its processes; and starts it again.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import os
import threading
import time

import proc

HELPER = b"ipam-provider-host"


def until(condition, seconds, what):
    """Waits until the condition gives something true, which it returns."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not after {seconds} s: {what() if callable(what) else what}"
        time.sleep(0.02)


class Background:
    """Calls step() again and again until it is stopped; what goes wrong in it comes out of stop()."""

    def __init__(self, step, pause):
        self._step, self._pause, self._end, self._error = step, pause, threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._end.is_set():
                self._step()
                self._end.wait(self._pause)
        except BaseException as e:  # for stop() to raise
            self._error = e

    def stop(self):
        self._end.set()
        self._thread.join()
        if self._error:
            raise self._error


class Prober:
    """Asks /livez, /readyz and a list ten times a second; `late` has what was not answered 200 within a second."""

    PATHS = (("/livez", None), ("/api/v1/inventory/servers", "admin"), ("/readyz", None), ("/api/v1/ipam/subnets?limit=10", "admin"))

    def __init__(self, ipamd):
        self.ipamd, self.count, self.longest, self.late, self._turn = ipamd, 0, 0.0, [], 0
        self._background = [Background(lambda p=p: self._ask(*p), 0.2) for p in self.PATHS]

    def _ask(self, path, token):
        began = time.monotonic()
        try:
            told = self.ipamd.get(path, token=token, timeout=5).status
        except (OSError, http.client.HTTPException) as e:
            told = e
        took = time.monotonic() - began
        self.count += 1
        self.longest = max(self.longest, took)
        if told != 200 or took > 1.0:
            self.late.append((path, told, round(took, 3)))

    def stop(self):
        for background in self._background:
            background.stop()


class Process:
    def __init__(self, pid, began):
        self.pid, self.began, self.ended = pid, began, None

    def __repr__(self):
        return f"<{self.pid}: {self.began:.3f}-{self.ended and round(self.ended, 3)}>"


class Helpers:
    """When the processes of plugins ended; when they began is in the journal of the plugin, see plugins/misbehave.c."""

    def __init__(self):
        self._last, self._ended = set(), {}
        self._background = Background(self._look, 0.01)

    def _look(self):
        there = set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    command = f.read()
            except OSError:  # it has just gone
                continue
            if HELPER in command:
                there.add(int(pid))
        for pid in self._last - there:
            self._ended[pid] = time.monotonic()
        self._last = there

    def of(self, journal):
        """The processes that a journal tells of. One that was never seen ended when it misbehaved."""
        processes = {}
        for line in journal.read_text().splitlines() if journal.exists() else []:
            what, pid, ms, command = line.split(" ", 3)
            if "--describe" in command:
                continue
            process = processes.setdefault(pid, Process(int(pid), int(ms) / 1000))
            if process.pid in self._ended:
                process.ended = self._ended[process.pid]
            elif what == "fault" and process.pid not in self._last:
                process.ended = int(ms) / 1000
        return sorted(processes.values(), key=lambda p: p.began)

    def stop(self):
        self._background.stop()


class Supervisor:
    """Starts a daemon again when it ended by a signal or with a status other than 0, as Restart=on-failure does."""

    RESTART_S = 0.1

    def __init__(self, ipamd):
        self.ipamd, self.at, self.ends = ipamd, [], []  # when; (status, last line of the log, seconds to the next answer)
        self._background = Background(self._look, 0.01)

    def _look(self):
        code = self.ipamd.process.popen.poll()
        if code is None or code == 0:
            return
        began, tail = time.monotonic(), self.ipamd.process.tail(1)
        time.sleep(self.RESTART_S)
        try:
            self.ipamd.process.start()
        except proc.NotReady as e:
            tail += str(e)
        self.at.append(began)
        self.ends.append((code, tail, time.monotonic() - began))

    def stop(self):
        self._background.stop()
