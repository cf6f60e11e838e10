# daemon.py - an ipamd under test: its configuration, its life, its HTTP interface and its command line.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import canary
import kea as kea_module
import openapi
import proc

TREE = pathlib.Path(__file__).parents[2]
PREFIX = pathlib.Path(os.environ.get("IPAM_PREFIX", TREE / "build" / "install"))
FAULT_PREFIX = pathlib.Path(os.environ.get("IPAM_FAULT_PREFIX", TREE / "build" / "fault" / "install"))
PORT = 8053
TASKS = ("server_availability", "server_configuration", "dhcp_leases", "dhcp_statistics", "utilization", "address_expiry",
         "utilization_history")


made = itertools.count()


class Answer:
    """An HTTP answer: status, headers (names in small letters), body as bytes, and json()."""

    def __init__(self, response):
        self.status, self.body = response.status, response.read()
        self.headers = {k.lower(): v for k, v in response.getheaders()}

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:2000]!r}>"


class Ipamd:
    """One daemon with one folder. `config` replaces top-level keys of the default configuration below. It is given
    canaries for secrets, and whatever it answers, prints and leaves behind is looked through for them."""

    def __init__(self, config=None, secrets=None, prefix=PREFIX, env=None, folder=None, port=PORT,
                 own_token=True):
        self.own, self.port = folder is None, port
        self.dir = pathlib.Path(folder or tempfile.mkdtemp(prefix="ipamd.", dir="/tmp"))
        self.prefix = prefix
        self.key = self.dir.with_name(self.dir.name + ".key")  # not in the folder of the data
        self.config = {
            "node": "test",
            "listen": [{"address": f"127.0.0.1:{port}"}, {"unix": str(self.dir / "api.sock")}],
            "storage": {"plugin": "sqlite", "options": {"path": str(self.dir / "ipam.db")}},
            "master_key": str(self.key),
            "tokens": [{"name": "admin", "role": "administrator", "file": str(self.dir / "admin.token")}],
            "plugins": [{"name": "kea", "isolation": os.environ.get("IPAM_ISOLATION", "process")}],
            "profiles": [{"name": "kea-site", "driver": "kea", "options": {
                "scheme": "http", "port": kea_module.AGENT, "user": kea_module.USER, "password": {"secret": "kea-site"}}}],
            # A test says itself when a server is asked.
            "tasks": {name: {"enabled": False} for name in TASKS},
            **(config or {}),
        }
        self.secrets = self.dir / "credentials"
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        given = {f"spare-{i}": text for i, text in enumerate(canary.CREDENTIALS)}
        for name, value in {"kea-site": kea_module.PASSWORD, **given, **(secrets or {})}.items():
            self._write_secret(self.secrets / name, value)
        if own_token and not (self.dir / "admin.token").exists():
            self._write_secret(self.dir / "admin.token", canary.TOKENS[next(made) % len(canary.TOKENS)] + "\n")
        self.process = proc.Proc("ipamd", [prefix / "sbin" / "ipamd", "--config", self.write_config()], self._ready, self.dir,
                                 {"CREDENTIALS_DIRECTORY": str(self.secrets), **(env or {})})

    @staticmethod
    def _write_secret(path, value):
        path.write_text(value)
        path.chmod(0o600)
        canary.FLOCK.allow(path)

    def write_config(self):
        path = self.dir / "ipamd.json"
        path.write_text(json.dumps(self.config, indent=2))
        return path

    def _ready(self):
        return self.get("/readyz", token=None).status == 200

    def start(self, **kw):
        self.process.start(**kw)
        return self

    def stop(self):
        code = self.process.stop()
        if self.own and self.dir.exists():
            found = canary.FLOCK.look_below(self.dir)
            shutil.rmtree(self.dir, ignore_errors=True)
            for path in self.dir.parent.glob(self.key.name + "*"):
                path.unlink()
            assert not found, "\n".join(found)
        return code

    def kill(self):
        self.process.kill()

    def restart(self):
        self.process.restart()

    @property
    def token(self):
        return (self.dir / "admin.token").read_text().strip()

    def log(self):
        return pathlib.Path(self.process.log).read_text(errors="replace")

    # HTTP.

    def request(self, method, path, body=None, token="admin", headers=None, timeout=30):
        """One request on a connection of its own, its answer judged by the daemon's OpenAPI document. `token` None:
        without authentication; "admin": the administrator's."""
        send = dict(headers or {})
        if token is not None:
            send["Authorization"] = "Bearer " + (self.token if token == "admin" else token)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            send.setdefault("Content-Type", "application/json")
        answer = self.raw(method, path, body, send, timeout)
        openapi.check(self, method, path, answer)
        return answer

    def raw(self, method, path, body=None, headers=None, timeout=30):
        """The same, with these headers alone, and not judged."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = Answer(connection.getresponse())
            canary.FLOCK.none_in(answer.body + repr(answer.headers).encode(), f"answer to {method} {path}")
            return answer
        finally:
            connection.close()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, body=None, **kw):
        return self.request("POST", path, body, **kw)

    def items(self, resource):
        """All items of a list, page after page; `resource` is GROUP/RESOURCE, with a query if need be."""
        found, cursor = [], ""
        while cursor is not None:
            query = ("&" if "?" in resource else "?") + "limit=1000" + (f"&cursor={cursor}" if cursor else "")
            answer = self.get(f"/api/v1/{resource}{query}")
            assert answer.status == 200, answer
            found += answer.json()["items"]
            cursor = answer.json().get("next")
        return found

    # Command line.

    def ctl(self, *args, env=None, check=True):
        """Runs ipamctl; returns the CompletedProcess with texts."""
        run = subprocess.run([str(self.prefix / "bin" / "ipamctl"), *map(str, args)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120,
                             env={**os.environ, "IPAM_URL": f"http://127.0.0.1:{self.port}", "NO_COLOR": "1",
                                  "IPAM_TOKEN_FILE": str(self.dir / "admin.token"), **(env or {})})
        assert not check or run.returncode == 0, (args, run.returncode, run.stdout, run.stderr)
        return run

    def add_kea(self, name="127.0.0.1", profile="kea-site", collect=True):
        """Puts a server into the inventory and, unless told otherwise, collects it."""
        self.ctl("server", "add", name, "--driver", "kea", "--profile", profile, "--role", "dhcp", "--managed")
        if collect:
            self.ctl("server", "collect", name, "--wait")


@contextlib.contextmanager
def maker():
    """make(**options) starts an Ipamd, make(start=False, **options) one that is started later. All end with the block."""
    started = []

    def make(start=True, **options):
        server = Ipamd(**options)
        started.append(server)
        return server.start() if start else server

    try:
        yield make
    finally:
        for server in started:
            server.stop()
