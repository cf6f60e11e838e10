# standin.py - stands in for the daemon where a test of ipamctl needs answers no daemon gives on demand.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""A test says what is answered and looks at what was asked; nothing here knows what a right answer is. What ipamctl does
with a daemon is tested with the daemon itself."""
import http.server
import json
import socketserver
import threading
import urllib.parse


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "local"

    def _answer(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, path, dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
                          dict(self.headers), json.loads(body) if body else None)
        self.server.standin.requests.append(request)
        answer = self.server.standin.routes.get((self.command, path), (404, {"title": "Not found", "detail": path}))
        if callable(answer):
            answer = answer(request)
        status, value, headers = (*answer, {})[:3] if isinstance(answer, tuple) else (200, answer, {})
        data = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer


class Request:
    def __init__(self, method, path, query, headers, body):
        self.method, self.path, self.query, self.headers, self.body = method, path, query, headers, body

    def __repr__(self):
        return f"{self.method} {self.path} {self.query} {self.body}"


class _Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


class StandIn:
    """`with StandIn() as s:` then s.routes["GET", path] = value, (status, value), (status, value, headers), or a function
    of the request that returns one of these. s.url is for --url; s.requests has all that came."""

    def __init__(self, unix=None):
        self.routes, self.requests = {}, []
        if unix:
            self._server, self.url = _Unix(str(unix), _Handler), f"unix:{unix}"
        else:
            self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
            self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._server.standin = self

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def pages(self, path, items, size=1000):
        """Serves a list page by page, as many as are asked for and at most `size`."""
        def answer(request):
            start, limit = int(request.query.get("cursor", 0)), min(size, int(request.query["limit"]))
            end = start + limit
            value = {"items": items[start:end], "next": str(end) if end < len(items) else None}
            if request.query.get("count") == "true":
                value["total"] = len(items)
            return value
        self.routes["GET", path] = answer
