# nth.py - an ipamd under nth.so: each allocation and each system call of a piece of work fails in turn.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import errno
import http.client
import json
import mmap
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import time

import daemon
import proc

TREE = pathlib.Path(__file__).parents[2]
LIBRARY = pathlib.Path(os.environ.get("IPAM_BUILD", TREE / "build")) / "tests" / "fault" / ".libs" / "nth.so"
CALLS = re.findall(r"X\((\w+)\)", (TREE / "tests/fault/nth.h").read_text().split("#define NTH_CALLS")[1])
FIRST, OTHERS, ALL = range(3)
FOREVER = 2**62
# How long the form that `./run-tests` takes is; IPAM_FAULT_SCALE makes it longer, and 0 tries each n there is.
SCALE = int(os.environ.get("IPAM_FAULT_SCALE", "1"))


def stride(total, tries):
    """The n of 1..total that are tried: all of a few, else about `tries` of them, the first ones closer together."""
    if SCALE == 0 or total <= tries * SCALE:
        return range(1, total + 1)
    step = total / (tries * SCALE)
    return sorted({max(1, int(i * step) + i % 3) for i in range(tries * SCALE)} | set(range(1, min(4, tries + 1))))


class Control:
    """The file that nth.so maps. See nth.h."""

    FIELDS = ("mask", "at", "hold", "count", "hits", "error", "wall_ms", "live", "who", "pid")

    def __init__(self, path):
        self.path = path
        pathlib.Path(path).write_bytes(bytes(len(self.FIELDS) * 8 + 32))
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)

    def __getattr__(self, name):
        return struct.unpack_from("=q", self.map, self.FIELDS.index(name) * 8)[0]

    def put(self, **values):
        for name, value in values.items():
            struct.pack_into("=q", self.map, self.FIELDS.index(name) * 8, value)

    def arm(self, calls, at, error=errno.ENOMEM, hold=0, who=FIRST):
        self.put(at=0)
        self.put(mask=sum(1 << CALLS.index(c) for c in calls), hold=hold, error=error, who=who, count=0, hits=0)
        self.put(at=at)

    def disarm(self):
        self.put(at=0)
        return self.hits

    @property
    def last(self):
        return bytes(self.map[len(self.FIELDS) * 8:]).split(b"\0")[0].decode()

    @property
    def env(self):
        return {"LD_PRELOAD": str(LIBRARY), "NTH_CONTROL": str(self.path)}


class Service:
    """An ipamd under nth.so, which is started anew whenever it has ended."""

    def __init__(self, config=None, **how):
        self.dir = tempfile.mkdtemp(prefix="nth.", dir="/tmp")
        self.data = pathlib.Path(self.dir, "data")
        self.data.mkdir(mode=0o700)
        self.control = Control(self.dir + "/control")
        storage = {"plugin": "sqlite", "options": {"path": str(self.data / "ipam.db")}}
        self.ipamd = daemon.Ipamd({"storage": storage, "plugins": [], "profiles": [], **(config or {})},
                                  folder=self.dir, env=self.control.env, **how)
        self.ends = 0

    def start(self):
        self.control.put(pid=0, live=0)
        self.ipamd.start()

    def close(self):
        self.control.disarm()
        self.ipamd.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def running(self):
        """Waits a little for one that is about to end."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.ipamd.process.popen.wait(0.0 if self.answers() else 10)
        return self.ipamd.process.popen.returncode is None

    def answers(self):
        try:
            return self.ipamd.get("/livez", token=None, timeout=10).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def stopped_in_order(self, codes=(70, 71)):
        """After it has ended by itself: says why it may not have ended so, or None."""
        code = self.ipamd.process.popen.returncode
        self.ends += 1
        if code in codes:
            return None
        return f"it ended with {code}:\n{self.ipamd.process.tail(60)}"

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.ipamd.process.pid}/fd"))

    def cpu_s(self):
        ticks = pathlib.Path(f"/proc/{self.ipamd.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, method, path, body=None, timeout=15):
        """(status, body as JSON or text), or (None, why) when there is no answer."""
        try:
            answer = self.ipamd.request(method, path, body, timeout=timeout)
        except (OSError, http.client.HTTPException) as e:
            return None, repr(e)
        try:
            return answer.status, json.loads(answer.body) if answer.body else None
        except ValueError:
            return answer.status, answer.body.decode(errors="replace")
