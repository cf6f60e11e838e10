# worlds.py - two ipamd that differ in what one caller must not see, and that caller.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""What a limited caller sees is made first and alike in both worlds, so it has the same ids; then the one world gets what is
hidden from him. Whatever he asks must be answered equally but for numbers that count everything and for times."""
import csv
import http.client
import io
import json
import re
import urllib.parse

from daemon import Answer

API = "/api/v1"
EU, US = "/Global/Eu", "/Global/Us"
LIMITED, NOBODY = "u", "u0"
VISIBLE_NET, HIDDEN_NET = "10.1.128.0/20", "10.9.128.0/20"
# None of these may be told to him, unless he said it himself.
SECRET = (b"secret-", b"dhcp9", US.encode(), b"aa:aa:aa:00:00:99", b"other-team")
HIDDEN_ADDRESSES = 1500


class Caller:
    """Somebody with a token, on one connection. Paths are those below /api/v1, but for those that begin with two slashes."""

    def __init__(self, daemon, name):
        self.daemon, self.connection = daemon, None
        self.name = name
        self.token = (daemon.dir / f"{name}.token").read_text().strip()

    def ask(self, method, path, body=None, headers=None):
        send = {"Authorization": "Bearer " + self.token, **(headers or {})}
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
            send.setdefault("Content-Type", "application/json")
        for again in (True, False):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=60)
                self.connection.request(method, path[1:] if path.startswith("//") else API + path, body, send)
                return Answer(self.connection.getresponse())
            except (http.client.HTTPException, ConnectionError):
                self.close()        # the other side may end an idle connection at any time
                if not again:
                    raise

    def get(self, path, **kw):
        return self.ask("GET", path, **kw)

    def post(self, path, body=None, **kw):
        return self.ask("POST", path, body, **kw)

    def good(self, method, path, body=None, **kw):
        """The answer as JSON; it must be one of success."""
        seen = self.ask(method, path, body, **kw)
        assert seen.status < 300, (method, path, seen)
        return seen.json() if seen.body else None

    def items(self, path):
        found, cursor = [], ""
        while cursor is not None:
            page = self.good("GET", f"{path}{'&' if '?' in path else '?'}limit=1000{cursor and '&cursor=' + cursor}")
            found, cursor = found + page["items"], page["next"]
        return found

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class World:
    """One of the two; `ids` has what objects are called in the tests."""

    def __init__(self, make_ipamd, port):
        daemon = make_ipamd(start=False, port=port)
        daemon.config["tokens"] += [{"name": n, "file": str(daemon.dir / f"{n}.token")} for n in (LIMITED, NOBODY)]
        daemon.config["plugins"] = [{"name": "null-dhcp", "isolation": "none"}]
        daemon.config["profiles"] = [
            {"name": name, "driver": "null-dhcp", "options": {"scopes": 2, "leases": 40, "reservations": 6, "network": net}}
            for name, net in (("eu", VISIBLE_NET), ("us", HIDDEN_NET))]
        daemon.write_config()
        self.daemon = daemon.start()
        self.admin, self.u, self.u0 = (Caller(daemon, n) for n in ("admin", LIMITED, NOBODY))
        self.ids = {}
        self.make_visible()

    def add(self, name, path, body, scope=None):
        made = self.admin.good("POST", path, body)
        self.ids[name] = made["id"]
        if scope is not None:
            self.put_into(path, made["id"], scope)
        return made["id"]

    def put_into(self, path, key, scope):
        return self.admin.good("POST", f"{path}/{key}/set-scope", {"access_scope": scope})

    def scope(self, path):
        return self.add(path, "/access/scopes", {"path": path})

    def policy(self, principal, role, scope, **more):
        return self.admin.good("POST", "/access/policies", {"principal": principal, "role": role, "scope": self.ids[scope], **more})

    def server(self, name, profile, scope):
        self.add(name, "/inventory/servers", {"name": name, "driver": "null-dhcp", "profile": profile, "roles": ["dhcp"],
                                              "managed": True}, scope)
        self.daemon.ctl("server", "collect", name, "--wait")

    def make_visible(self):
        self.scope(EU)
        self.policy(f"token:{LIMITED}", "asm-administrator", EU)
        self.policy(f"token:{LIMITED}", "msm-administrator", EU)
        self.add("block", "/ipam/blocks", {"prefix": "10.1.0.0/16", "name": "europe"}, EU)
        self.add("subnet", "/ipam/subnets", {"prefix": "10.1.2.0/24", "name": "floor 2"})
        self.add("subnet3", "/ipam/subnets", {"prefix": "10.1.3.0/24", "name": "floor 3"})
        self.add("range", "/ipam/ranges", {"first": "10.1.2.100", "last": "10.1.2.150", "name": "printers"})
        self.add("address", "/ipam/addresses", {"address": "10.1.2.37", "mac": "aa:aa:aa:00:00:01", "name": "web-07"})
        for n in range(1, 30):
            self.admin.good("POST", "/ipam/addresses", {"address": f"10.1.3.{n}", "name": f"desk-{n:02}"})
        self.server("dhcp1", "eu", EU)
        self.add("vlan group", "/ipam/vlan-groups", {"name": "eu-campus", "min_vid": 10, "max_vid": 19}, EU)
        self.add("vlan", "/ipam/vlans", {"group": self.ids["vlan group"], "vid": 10, "name": "office"})
        self.add("vrf", "/ipam/vrfs", {"name": "eu-vrf", "rd": "65000:1"}, EU)
        self.last = self.admin.good("POST", "/ipam/addresses", {"address": "10.1.3.99", "name": "last"})["id"]

    def make_inner(self, take_away):
        """What he saw for a moment, in a block and a subnet of his: it went out of his sight, or was deleted."""
        for name, path, body in (("inner subnet", "/ipam/subnets", {"prefix": "10.1.66.0/24"}), ("inner block", "/ipam/blocks", {"prefix": "10.1.80.0/20"}),
                                 ("inner range", "/ipam/ranges", {"first": "10.1.2.200", "last": "10.1.2.210"})):
            take_away(self, path, self.add(name, path, body))

    def make_hidden(self):
        """All of it after what is visible; what lies in visible blocks and subnets gets its names."""
        self.scope(US + "/secret-site")
        self.policy("token:secret-friend", "asm-administrator", US)
        self.add("hidden block", "/ipam/blocks", {"prefix": "10.9.0.0/16", "name": "secret-block"}, US)
        self.add("hidden subnet", "/ipam/subnets", {"prefix": "10.9.0.0/24", "name": "secret-lab", "description": "other-team"})
        self.add("hidden range", "/ipam/ranges", {"first": "10.9.0.100", "last": "10.9.0.199", "name": "secret-range"})
        self.add("hidden address", "/ipam/addresses", {"address": "10.9.0.5", "mac": "aa:aa:aa:00:00:99", "name": "secret-host"})
        self.add("hidden pool", "/ipam/pools", {"name": "secret-pool", "members": ["10.9.0.0/24", "range 10.9.0.100"]}, US)
        self.add("hidden vlan group", "/ipam/vlan-groups", {"name": "secret-group"}, US)
        self.add("hidden vlan", "/ipam/vlans", {"group": self.ids["hidden vlan group"], "vid": 66, "name": "secret-vlan"})
        self.add("hidden vrf", "/ipam/vrfs", {"name": "secret-vrf", "rd": "65000:66"}, US)
        self.admin.good("PATCH", "/ipam/spaces/default", {"vrf": self.ids["hidden vrf"]})
        for name, path in (("subnet", "/ipam/subnets"), ("block", "/ipam/blocks"), ("range", "/ipam/ranges")):
            self.admin.good("PATCH", f"{path}/{self.ids['inner ' + name]}", {"name": "secret-in-eu"})
        self.add("inner address", "/ipam/addresses", {"address": "10.1.66.7", "name": "secret-inner-host"})
        text = "address,name\r\n" + "".join(f"10.9.{2 + n // 250}.{1 + n % 250},secret-{n}\r\n" for n in range(HIDDEN_ADDRESSES))
        for n in range(HIDDEN_ADDRESSES // 250 + 1):
            self.admin.good("POST", "/ipam/subnets", {"prefix": f"10.9.{2 + n}.0/24", "name": f"secret-{n}"})
        answer = self.admin.ask("POST", "/ipam/addresses", text, {"Content-Type": "text/csv"})
        assert answer.status == 200 and answer.json()["created"] == HIDDEN_ADDRESSES, answer
        self.server("dhcp9", "us", US)
        self.ids["hidden scope"] = self.admin.items("/dhcp/scopes?server=dhcp9")[0]["id"]
        self.ids["hidden reservation"] = self.admin.items("/dhcp/reservations?server=dhcp9")[0]["id"]
        self.ids["hidden lease"] = self.admin.items("/dhcp/leases?server=dhcp9")[0]["id"]
        planned = self.admin.good("POST", "/dhcp/reservations", {"scope": self.ids["hidden scope"], "address": "10.9.128.200",
                                                                 "identifier": "02:bb:00:00:00:01"})
        self.ids["hidden plan"] = planned["id"]
        self.ids["hidden job"] = self.admin.items("/system/jobs?target=dhcp9")[0]["id"]
        self.add("hidden query", "/system/queries", {"name": "secret-query", "list": "ipam/subnets", "query": "name=secret-lab"})
        self.ids["hidden revision"] = int(self.admin.get("/ipam/spaces").headers["ipam-revision"])

    def pass_ids(self, count):
        """Gives so many ids to what was there and is gone, so that what is made later has none of those that are hidden in
        the other world."""
        rows = "".join(f"172.16.{n // 250}.{n % 250}\r\n" for n in range(count))
        self.admin.good("DELETE", f"/ipam/blocks/{self.ids['passing']}")
        for text, query in (("address\r\n" + rows, ""), ("address\r\n", "?mode=sync&within=172.16.0.0/16")):
            answer = self.admin.ask("POST", "/ipam/addresses" + query, text, {"Content-Type": "text/csv"})
            assert answer.status == 200 and count in (answer.json()["created"], answer.json()["deleted"]), answer

    def close(self):
        for caller in (self.admin, self.u, self.u0):
            caller.close()


TIME = re.compile(rb'20\d\d-\d\d-\d\dT[0-9:.]+Z')
IDS = ("id", "scope", "plan", "space", "server", "parent", "subnet", "group", "in_vlan", "vrf")
NUMBERS = re.compile(rb'"(rev|%s)":(\d+)' % "|".join(IDS).encode())
NAMED = re.compile(rb'((?:add|set|delete) \w+ )(\d+)')           # objects of a change, in words
ASKED = re.compile(rb'"(peer|request)":"[^"]*"')
NEXT = re.compile(rb'"next":"[0-9a-f]+"')
USED = re.compile(rb'"used":"\d+","utilization":[0-9.]+')     # true, though parts are hidden
COUNTS_ALL = ("x-request-id", "ipam-revision", "etag", "date", "content-length")


class Twins:
    """The world with the hidden objects and the one without."""

    def __init__(self, make_ipamd):
        self.full, self.bare = World(make_ipamd, 8053), World(make_ipamd, 8054)
        assert self.full.ids == self.bare.ids and self.full.last == self.bare.last, (self.full.ids, self.bare.ids)
        self.full.scope(US)
        self.bare.add("passing", "/ipam/blocks", {"prefix": "172.16.0.0/12"})
        self.full.make_inner(lambda w, path, key: w.put_into(path, key, US))
        self.bare.make_inner(lambda w, path, key: w.admin.good("DELETE", f"{path}/{key}"))
        self.full.make_hidden()
        self.bare.pass_ids(2 * HIDDEN_ADDRESSES)
        self.asked = 0

    def close(self):
        self.full.close()
        self.bare.close()

    def said(self, seen):
        """An answer without what counts everything: revisions, ids of what was made later, times, places of pages."""
        body = TIME.sub(b"TIME", NEXT.sub(b'"next":"PLACE"', USED.sub(b'"used":"TRUE"', seen.body)))
        body = NUMBERS.sub(lambda m: m[0] if m[1] != b"rev" and int(m[2]) <= self.full.last else b'"%s":N' % m[1], body)
        body = body.replace(b".set-scope", b".delete")      # what went away, however
        body = NAMED.sub(lambda m: m[0] if int(m[2]) <= self.full.last else m[1] + b"N", ASKED.sub(b'"asked":1', body))
        if seen.headers.get("content-type", "").startswith("text/csv"):
            rows = list(csv.DictReader(io.StringIO(body.decode())))
            body = repr([{k: self.number(k, v) for k, v in row.items() if k not in ("rev", "used", "utilization")} for row in rows]).encode()
        headers = {k: v for k, v in seen.headers.items() if k not in COUNTS_ALL}
        if "location" in headers:
            headers["location"] = re.sub(r"\d+$", "N", headers["location"])
        if "ipam-next" in headers:
            headers["ipam-next"] = "PLACE"
        return seen.status, sorted(headers.items()), body

    def number(self, column, text):
        """An id in a table, or N when it was made later."""
        if column in ("peer", "request"):
            return "N"
        return "N" if column in IDS and text.isdigit() and int(text) > self.full.last else text

    def same(self, method, path, body=None, headers=None, who=LIMITED):
        """Asks both; returns the answer, which is the same from both and names no secret."""
        self.asked += 1
        text = urllib.parse.unquote(path).encode() + (body if isinstance(body, bytes) else json.dumps(body).encode()) + repr(headers).encode()
        full, bare = (getattr(w, who).ask(method, path, body, headers) for w in (self.full, self.bare))
        assert self.said(full) == self.said(bare), (method, path, body, headers, full, bare)
        for word in SECRET:
            assert word not in full.body + repr(full.headers).encode() or word in text, (method, path, body, word, full)
        return full

    def probe(self, text, body=None, headers=None, who=LIMITED):
        """`text` is METHOD PATH with {names} of ids; those of the body are read likewise."""
        method, path = text.split(" ", 1)
        path = re.sub(r"\{([^}]+)\}", lambda m: str(self.full.ids[m[1]]), path)
        if isinstance(body, dict):
            body = {k: self.full.ids[v[1:-1]] if isinstance(v, str) and v.startswith("{") and v.endswith("}") else v
                    for k, v in body.items()}
        return self.same(method, path, body, headers, who)
