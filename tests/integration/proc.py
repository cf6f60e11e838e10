# proc.py - a server under test: started, found ready by a real answer, stopped or killed.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import signal
import subprocess
import time

READY_S, STOP_S = 20, 8

# A shell that runs the tests in the background makes them ignore these, and their servers would inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)


class NotReady(Exception):
    pass


class Proc:
    """One daemon. `ready` is a function that returns true once it answers; its exceptions mean not yet."""

    def __init__(self, name, argv, ready, cwd, env=None):
        self.name, self.argv, self.ready, self.cwd = name, [str(a) for a in argv], ready, cwd
        self.env = {**os.environ, **(env or {})}
        self.log = os.path.join(cwd, name + ".log")
        self.popen = None

    def start(self, timeout=READY_S):
        """Starts it and waits until it answers; raises NotReady with the end of its log."""
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(self.argv, cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL,
                                          stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.popen.poll() is not None:
                raise NotReady(f"{self.name} ended with {self.popen.returncode}:\n{self.tail()}")
            try:
                if self.ready():
                    return self
            except Exception:  # not yet: whatever a half-started server answers
                pass
            time.sleep(0.02)
        self.kill()
        raise NotReady(f"{self.name} does not answer after {timeout} s:\n{self.tail()}")

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen is not None and self.popen.poll() is None

    def stop(self):
        """SIGTERM, then SIGKILL after STOP_S. Returns the exit code, negative for a signal."""
        if self.running():
            self.popen.terminate()
            try:
                self.popen.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.popen.returncode if self.popen else None

    def kill(self):
        """SIGKILL: the crash of a test."""
        if self.running():
            self.popen.send_signal(signal.SIGKILL)
            self.popen.wait()

    def restart(self):
        self.stop()
        return self.start()

    def tail(self, lines=15):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])
