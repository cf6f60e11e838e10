# openapi.py - judges every answer of the tests by the OpenAPI document of the daemon that gave it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import atexit
import gzip
import json
import os
import pathlib
import subprocess
import threading

TREE = pathlib.Path(__file__).parents[2]
TOOLS = pathlib.Path(os.environ.get("IPAM_OPENAPI_TOOLS", TREE / "build" / "openapi"))


def resolved(document, node):
    """What a node is, or what it refers to."""
    for part in node.get("$ref", "#")[2:].split("/") if "$ref" in node else ():
        document = document[part]
    return document if "$ref" in node else node


class Judge:
    """The judging process; answers() counts what it has judged."""

    def __init__(self):
        self.process = subprocess.Popen(["node", str(pathlib.Path(__file__).with_name("openapi_judge.mjs")), str(TOOLS)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.known, self.count, self.lock, self.pid = set(), 0, threading.Lock(), os.getpid()
        atexit.register(self.process.kill)

    def ask(self, **message):
        with self.lock:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def take(self, name, document):
        """Takes a document; "" or what is wrong with it."""
        self.known.add(name)
        return self.ask(id=name, document=document)

    def answer(self, name, method, path, status, headers, body):
        """Judges an answer by a document that was taken; "" or what is wrong with it."""
        self.count += 1
        return self.ask(id=name, method=method, path=path, status=status, headers=headers, body=body)


_judge = None


def judge():
    """The judge of this process, or None where its tools were not installed (./run-tests does)."""
    global _judge
    if (_judge is None or _judge.pid != os.getpid()) and (TOOLS / "node_modules").is_dir():
        _judge = Judge()
    return _judge


def check(daemon, method, path, answer):
    """Raises AssertionError when an answer of the daemon is not as its document says."""
    found = judge()
    bare = path.split("?", 1)[0]
    if found is None or not bare.startswith("/api/v1/"):
        return
    name = str(daemon.prefix)
    if name not in found.known:
        document = daemon.raw("GET", "/api/v1/openapi.json")
        if document.status != 200:
            return
        wrong = found.take(name, document.json())
        assert wrong == "", wrong
    body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" and answer.body else answer.body
    text = body.decode(errors="replace")
    wrong = found.answer(name, method, bare, answer.status, answer.headers, text)
    assert wrong == "", f"{method} {path}: not as /api/v1/openapi.json says: {wrong}\n{answer!r}"
