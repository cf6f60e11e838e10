# tls.py - an ipamd with a TLS listener beside its plain one, and connections to it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import time

import daemon

PORT = 8443


class Server:
    """make_ipamd's daemon, listening on TLS; its certificate and key are files that a test may exchange."""

    def __init__(self, make_ipamd, folder, authority, pair=None, address="127.0.0.1", config=None, start=True, **tls):
        self.folder, self.authority = folder, authority
        self.cert, self.key = folder / "server.pem", folder / "server.key"
        self.put(pair or authority.issue("ipamd", san="IP:127.0.0.1,DNS:localhost", eku="serverAuth"))
        plain = {"address": f"127.0.0.1:{daemon.PORT}"}
        self.listener = {"address": f"{address}:{PORT}", "tls": {"certificate": str(self.cert), "key": str(self.key), **tls}}
        self.ipamd = make_ipamd(config={"listen": [plain, self.listener], "plugins": [], "profiles": [], "log_level": "debug",
                                        **(config or {})}, start=start)

    def put(self, pair):
        """The files are exchanged as tools do it: each by a rename."""
        for source, target in ((pair.cert, self.cert), (pair.key, self.key)):
            new = target.with_suffix(".new")
            shutil.copy(source, new)
            new.chmod(0o600)
            os.replace(new, target)

    def reload(self, words="reloaded:"):
        since = len(self.ipamd.log())
        os.kill(self.ipamd.process.pid, signal.SIGHUP)
        until = time.monotonic() + 20
        while words not in self.ipamd.log()[since:]:
            assert time.monotonic() < until, (words, self.ipamd.log()[since:])
            time.sleep(0.02)
        return self.ipamd.log()[since:]

    def context(self, client=None, ca=None, **how):
        context = ssl.create_default_context(cafile=str(ca or self.authority.cert))
        if client is not None:
            context.load_cert_chain(client.cert, client.key)
        for name, value in how.items():
            setattr(context, name, value)
        return context

    def dial(self, context=None, timeout=30, **how):
        raw = socket.create_connection(("127.0.0.1", PORT), timeout=timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return (context or self.context()).wrap_socket(raw, server_hostname="127.0.0.1", **how)
        except BaseException:
            raw.close()
            raise

    def ask(self, method, path, body=None, token=True, client=None, headers=None, context=None):
        """One request on a connection of its own."""
        connection = http.client.HTTPSConnection("127.0.0.1", PORT, timeout=30, context=context or self.context(client))
        send = dict(headers or {})
        if token:
            send["Authorization"] = "Bearer " + (self.ipamd.token if token is True else token)
        if body is not None and not isinstance(body, bytes):
            body, send["Content-Type"] = json.dumps(body), "application/json"
        try:
            connection.request(method, path, body, send)
            return daemon.Answer(connection.getresponse())
        finally:
            connection.close()

    def metric(self, name):
        text = self.ipamd.get("/metrics").body.decode()
        (value,) = [line.split()[-1] for line in text.splitlines() if line.startswith(name + " ")]
        return float(value)
