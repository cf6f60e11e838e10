# kea_provider.py - calls the Kea provider without a daemon, and servers that stand between it and Kea.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import socket
import subprocess
import threading
import time

import kea

TREE = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("IPAM_BUILD", TREE / "build"))
HARNESS, PLUGIN = BUILD / "tests" / "unit" / "kea_harness", BUILD / ".libs" / "kea.so"

# status.h, dhcp.h
CONN, TIMEOUT, CANCELED, PROTO, UNSUPPORTED = -104, -110, -125, -71, -95
INVAL, NOENT, EXIST, TOOBIG = -22, -2, -17, -1004
AUTH, CONFIG, CHANGED, REFUSED, UNKNOWN, PROVIDER = -1000, -1001, -1002, -1006, -1007, -1008
CONFLICT = -1003
CHECK, RESUME, UNDO, FORCE = 1, 2, 4, 8
COMPLETE, DELTA = 1, 2


class Answer:
    """What one call gave: rows by type, the steps it took, how it was done."""

    def __init__(self, lines, seconds, text):
        self.seconds, self.text = seconds, text
        self.steps = [line["step"] for line in lines if "step" in line]
        self.rows = [(line["row"], line["record"]) for line in lines if "row" in line]
        ends = [line for line in lines if "done" in line]
        assert len(ends) <= 1, "done was called more than once"
        self.status = ends[0]["done"] if ends else None
        self.outcome = ends[0].get("outcome", {}) if ends else {}
        self.message = self.outcome.get("message", "")
        self.token = self.outcome.get("token", "")

    def of(self, kind):
        return [record for row, record in self.rows if row == kind]

    def results(self):
        return [r["status"] for r in self.of("edit_result")]


class Provider:
    """An instance with these options; every call opens and closes it."""

    def __init__(self, target="127.0.0.1", **options):
        self.target, self.options = target, [f"{name}={value}" for name, value in options.items()]

    def call(self, *operation, at=None, edits=None, deadline=None, cancel=None):
        """`at` maps a step, or (step, n-th), to a function that runs before the provider goes on; KILL ends the provider."""
        argv = [HARNESS, PLUGIN, self.target, *self.options]
        argv += [f"-deadline={deadline}"] if deadline else []
        argv += [f"-cancel={cancel}"] if cancel else []
        argv += ["-wait=1"] if at else []
        began, lines, text, seen = time.monotonic(), [], "", {}
        run = subprocess.Popen([str(a) for a in [*argv, *operation]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               text=True)
        if edits is not None:
            run.stdin.write(json.dumps(edits) + "\n")
            run.stdin.flush()
        for line in run.stdout:
            text += line
            lines.append(json.loads(line))
            step = lines[-1].get("step")
            if not at or step is None:
                continue
            seen[step] = seen.get(step, 0) + 1
            act = at.get(step) or at.get((step, seen[step]))
            if act is KILL:
                run.kill()
            elif act:
                act()
            if run.poll() is None and act is not KILL:
                run.stdin.write("\n")
                run.stdin.flush()
        code = run.wait()
        assert act_killed(code, at) or code in (0, 1), f"the harness ended with {code}"
        return Answer(lines, time.monotonic() - began, text)

    def probe(self, **how):
        return self.call("probe", **how)

    def config(self, scope=None, **how):
        return self.call("config", *([scope] if scope else []), **how)

    def leases(self, limit=None):
        """All pages; each is an Answer."""
        pages, cursor = [], ""
        while not pages or cursor:
            pages.append(self.call("leases", cursor, *([limit] if limit else [])))
            cursor = pages[-1].outcome.get("cursor", "")
        return pages

    def apply(self, edits, token=None, flags=0, **how):
        if token is None:
            token = "" if flags & RESUME else self.config().token
        return self.call("apply", token, flags, edits=edits, **how)


def agent(**more):
    """Through the control agent of a kea.Kea."""
    return Provider(**{"port": kea.AGENT, "user": kea.USER, "password": kea.PASSWORD, **more})


def sockets(server, **more):
    """Through the servers' own sockets."""
    return Provider(socket4=server.socket(), socket6=server.socket("dhcp6"), **more)


def KILL():
    """As an action: the provider's process is killed there."""


def act_killed(code, at):
    return code < 0 and at and KILL in at.values()


def reservation(address, client, name=None, scope="v4/101", **more):
    kind = "duid" if ":" in address else "hw-address"
    row = {"native_scope": scope, "address": address, "identifier_type": kind, "identifier": client, **more}
    return {**row, "name": name} if name else row


def add(row):
    return {"verb": "add", "after": row}


def delete(row):
    return {"verb": "delete", "before": row}


def change(before, after):
    return {"verb": "set", "before": before, "after": after}


class Relay:
    """A unix socket in front of a server's own. `spoil` says what becomes of a command whose name it is given:
    "swallow" (it is done, the answer is lost), "drop" (it is not done either), a function that makes another answer of the
    answer, or None."""

    def __init__(self, path, server, spoil):
        self.path, self.server, self.spoil, self.commands = str(path), server, spoil, []

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(16)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self._talk(client)

    def _talk(self, client):
        request = b""
        while True:
            request += client.recv(1 << 20)
            try:
                name = json.loads(request)["command"]
                break
            except ValueError:
                pass
        self.commands.append(name)
        fate = self.spoil(name, self.commands.count(name))
        if fate == "drop":
            return
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self.server)
            server.sendall(request)
            answer = b"".join(iter(lambda: server.recv(1 << 20), b""))
        if fate != "swallow":
            client.sendall(json.dumps(fate(json.loads(answer))).encode() if fate else answer)
