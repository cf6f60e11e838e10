# linear_load.py - clients that hand out addresses of a real ipamd as fast as they are answered; what they saw is a history.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import asyncio
import collections
import itertools
import json
import random
import time

import linear

PROBLEMS = {"/problems/exhausted": linear.EXHAUSTED, "/problems/claim-mismatch": linear.MISMATCH,
            "/problems/claim-released": linear.RELEASED}
ANSWER_S = 60


class Connection:
    """HTTP/1.1 with one request at a time, and of that what ipamd needs."""

    @classmethod
    async def open(cls, port, token):
        self = cls()
        self.token = token
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        return self

    async def call(self, method, path, body=None, key=None):
        """Returns (status, head in small letters, body); EOFError or OSError when the connection ends before."""
        data = b"" if body is None else json.dumps(body).encode()
        kind = "Content-Type: application/json\r\n" if data else ""
        key = f"Idempotency-Key: {key}\r\n" if key else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {self.token}\r\n{kind}{key}"
                          f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        return int(head.split(" ", 2)[1]), head, await self.reader.readexactly(int(field(head, "content-length", 0)))


def field(head, name, default=None):
    at = head.find(f"\r\n{name}:")
    return default if at < 0 else head[at + len(name) + 3:head.index("\r\n", at + 2)].strip()


def request(op, pools):
    """Method, path and body of an operation."""
    if op.kind == "release":
        return "DELETE", f"/api/v1/ipam/addresses/{op.id}", None
    if op.kind == "read" and len(op.addresses) == 1:
        return "GET", f"/api/v1/ipam/addresses/{op.addresses[0]}", None
    if op.kind == "read":
        return "GET", f"/api/v1/ipam/addresses?within={pools[op.pool]}&limit=1000&fields=id,rev,address,claim", None
    body = {"count": op.count, **({"claim": op.claim} if op.claim else {})}
    return "POST", f"/api/v1/ipam/subnets/{pools[op.pool].replace('/', '_')}/allocate", body


def answer(op, status, body):
    """What an answer means; None when it says that the outcome is unknown. Anything unexpected is an error of the service."""
    if status == 503:
        return None
    found = json.loads(body) if body else {}
    if op.kind == "read":
        rows = found.get("items", [found]) if status == 200 else []
        assert status == 200 or (status == 404 and len(op.addresses) == 1) and found.get("next") is None, (op, status, body)
        return linear.Held({row["address"]: (row["id"], row["rev"], row.get("claim")) for row in rows})
    if op.kind == "release" and status in (204, 404):
        return linear.DONE if status == 204 else linear.GONE
    if status in (200, 201):
        (rev,) = {item["rev"] for item in found["items"]}
        return linear.Granted(tuple((item["address"], item["id"]) for item in found["items"]), rev, status == 201)
    assert found.get("type") in PROBLEMS, (op, status, body)
    return PROBLEMS[found["type"]]


class Load:
    """The clients of an ipamd. pools: {name: prefix}."""

    def __init__(self, ipamd, pools, clients=64, seed=0):
        self.ipamd, self.pools, self.rng = ipamd, pools, random.Random(seed)
        self.all = {name: tuple(linear.Pool(prefix).addresses()) for name, prefix in pools.items()}
        self.history, self.clients, self.done, self.names = [], clients, 0, itertools.count()
        self.known, self.claims = collections.deque(maxlen=400), collections.deque(maxlen=60)
        self.again, self.idle = collections.deque(), 0

    async def ask(self, connection, op):
        op.invoked = time.monotonic_ns()
        self.history.append(op)
        status, head, body = await asyncio.wait_for(connection.call(*request(op, self.pools), op.key), ANSWER_S)
        now, told = time.monotonic_ns(), answer(op, status, body)
        if told is not None:
            op.returned, op.answer, op.seen = now, told, int(field(head, "ipam-revision"))
            self.done += 1
            if isinstance(told, linear.Granted):
                self.known.extend(number for _, number in told.items)
        return told is not None

    async def client(self, name, choose):
        """Asks until there is nothing to choose; after the end of a connection with a new one."""
        connection = None
        while (op := choose(name)) is not None:
            try:
                connection = connection or await Connection.open(self.ipamd.port, self.ipamd.token)
            except OSError:
                await asyncio.sleep(0.05)           # not there: nothing was asked
                self.unasked(op)
                continue
            try:
                known = await self.ask(connection, op)
            except (EOFError, OSError):
                known = False
            if not known:
                connection.writer.transport.abort()
                connection = None
                self.unasked(op)
        if connection is not None:
            connection.writer.transport.abort()

    def unasked(self, op):
        """What can be repeated without harm is repeated by somebody."""
        if op.claim or op.key:
            self.again.append(op)

    async def run(self, choose, meanwhile=None):
        """Runs all clients to their end, and `meanwhile`, a coroutine, beside them."""
        also = [meanwhile] if meanwhile is not None else []
        await asyncio.gather(*also, *(self.client(n, choose) for n in range(self.clients)))

    def repeated(self, name):
        """What was not answered yet, asked again."""
        op = self.again.popleft() if self.again else None
        return op and linear.Op(name, op.kind, 0, pool=op.pool, count=op.count, claim=op.claim, request=op.request, key=op.key)

    def mixed(self, name):
        """An operation of any kind."""
        rng, what = self.rng, self.rng.random()
        if what < 0.05 and self.again:
            return self.repeated(name)
        if what < 0.35 and self.known:
            number = self.known.popleft() if rng.random() < 0.9 else rng.choice(self.known)
            return linear.Op(name, "release", 0, id=number)
        pool = rng.choice(list(self.pools))
        if what < 0.5:
            addresses = self.all[pool] if rng.random() < 0.1 else (rng.choice(self.all[pool][:12]),)
            return linear.Op(name, "read", 0, pool=pool, addresses=addresses)
        count = rng.choice((1, 1, 1, 2, 3))
        if what < 0.6 and self.claims:
            pool, claim, before = rng.choice(self.claims)
            count = before if rng.random() < 0.8 else count
        elif what < 0.8:
            claim = f"claim-{next(self.names)}"
            self.claims.append((pool, claim, count))
        else:
            key = f"key-{next(self.names)}" if rng.random() < 0.6 else None
            return linear.Op(name, "allocate", 0, pool=pool, count=count if key else 1, key=key)
        return linear.Op(name, "claim", 0, pool=pool, count=count, claim=claim, request=f"{count} of {pool}")

    def look(self, name="last"):
        """Reads of all pools, to be asked when nothing else is under way."""
        return [linear.Op(name, "read", 0, pool=pool, addresses=self.all[pool]) for pool in self.pools]
