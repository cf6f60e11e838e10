# load.py - 32 clients that allocate, retry, release and create as fast as they are answered; every answer is logged.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import asyncio
import json
import random
import zlib

from history import FULL, GONE, OK, REFUSED, UNKNOWN

CLIENTS, LIVE = 32, 12
ANSWER_S = 20
# Never full: 32 clients hold at most 12 each. Addresses released are soon given again.
PARENTS = [f"10.{n}.0.0/24" for n in range(1, 5)]


def request(kind, key):
    """Method, path and body of an operation: it follows from its key, so that a retry is the same request."""
    if kind == "allocate":
        parent = PARENTS[zlib.crc32(key.encode()) % len(PARENTS)].replace("/", "_")
        return "POST", f"/api/v1/ipam/subnets/{parent}/allocate", {"claim": key, "name": f"host-{key}"}
    if kind == "release":
        return "DELETE", f"/api/v1/ipam/addresses/{key}", None
    return "POST", "/api/v1/ipam/subnets", {"prefix": key}


def outcome(kind, status, answer):
    """What an answer says of an operation: result, answer and why."""
    if kind == "allocate" and status in (200, 201):
        (item,) = answer["items"]
        return OK, (item["id"], item["address"], item["rev"]), ""
    if kind == "subnet" and status == 201:
        return OK, answer["id"], ""
    if kind == "release" and status == 204:
        return OK, None, ""
    why = f'{status} {answer.get("type") if isinstance(answer, dict) else answer} {answer}'
    if (kind, status) in (("allocate", 410), ("release", 404)) or \
            (kind == "subnet" and status == 409 and answer["type"].endswith("/exists")):
        return GONE, None, why
    return {507: FULL}.get(status, UNKNOWN if status >= 500 else REFUSED), None, why


class Connection:
    """HTTP/1.1 to one service, one request at a time, and of that what the service needs."""

    @classmethod
    async def open(cls, port, token):
        self = cls()
        self.token = token
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        return self

    async def call(self, method, path, body=None):
        """Returns (status, headers with small names, body); EOFError or OSError if the connection ends before."""
        data = b"" if body is None else json.dumps(body).encode()
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {self.token}\r\n"
                          f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        return int(first.split()[1]), headers, await self.reader.readexactly(int(headers.get("content-length", 0)))

    def close(self):
        self.writer.transport.abort()


class Load:
    """The clients of one life of a service. `word` is in the names of their claims, `live` the ids of what they hold."""

    def __init__(self, history, port, token, word, seed, live):
        self.history, self.port, self.token = history, port, token
        self.word, self.seed, self.live = word, seed, live
        self.stopping, self.running, self.under_way, self.made = False, CLIENTS, set(), 0

    async def ask(self, connection, kind, key):
        """One operation, logged before and after. Returns it."""
        op = self.history.sent(kind, key)
        status, headers, body = await asyncio.wait_for(connection.call(*request(kind, key)), ANSWER_S)
        answer = json.loads(body) if body else None
        self.history.saw(int(headers.get("ipam-revision", 0)))
        self.history.done(op, *outcome(kind, status, answer))
        return op

    async def client(self, number):
        rng = random.Random(f"{self.seed}/{number}")
        live, claims = self.live[number::CLIENTS], []
        connection = await Connection.open(self.port, self.token)
        try:
            while not self.stopping:
                op = await self.step(connection, rng, f"{self.word}-{number}", live, claims)
                if op.result == UNKNOWN:
                    break             # it says itself that it cannot go on
                if op.result == FULL:
                    await asyncio.sleep(0.02)
        except (EOFError, OSError):
            pass                      # crashed: what was asked last stays unknown
        finally:
            self.running -= 1
            connection.close()

    async def step(self, connection, rng, name, live, claims):
        what = rng.random()
        if what < 0.05:
            self.made += 1
            network = zlib.crc32(self.word.encode()) & 0xffff
            return await self.ask(connection, "subnet", f"fd00:{network:x}:{self.made:x}::/64")
        if what < 0.2 and claims:
            return await self.ask(connection, "allocate", rng.choice(claims))    # blindly: it may be released
        if what < 0.3 and self.under_way:
            return await self.ask(connection, "allocate", rng.choice(sorted(self.under_way)))    # with another
        if len(live) >= LIVE or (what < 0.55 and live):
            return await self.ask(connection, "release", live.pop(rng.randrange(len(live))))
        claim = f"{name}-{len(claims)}"
        claims.append(claim)
        self.under_way.add(claim)
        op = await self.ask(connection, "allocate", claim)
        self.under_way.discard(claim)
        if op.result == OK:
            live.append(op.answer[0])
        return op

    async def run(self, until):
        """Runs the clients while the coroutine `until` runs. They end with their connections, or after it."""
        clients = asyncio.gather(*(self.client(n) for n in range(CLIENTS)))
        until = asyncio.create_task(until)
        try:
            await asyncio.wait((clients, until), return_when=asyncio.FIRST_COMPLETED)
            if clients.done():
                clients.result()     # what a client did not expect is told at once
            await until
            self.stopping = True
            await asyncio.wait_for(clients, ANSWER_S)
        finally:
            until.cancel()
            clients.cancel()
            await asyncio.gather(clients, until, return_exceptions=True)

    async def acknowledged(self, count):
        """Waits until so many more writes are acknowledged."""
        wanted, deadline = self.history.acknowledged + count, self.history.clock() + ANSWER_S
        while self.history.acknowledged < wanted:
            assert self.running, "the service has left all clients"
            missing = wanted - self.history.acknowledged
            assert self.history.clock() < deadline, f"{missing} of {count} answers are missing"
            await asyncio.sleep(0.001)

    async def ask_all(self, pairs):
        """Asks (kind, key) after (kind, key) on one connection; returns the operations."""
        connection = await Connection.open(self.port, self.token)
        try:
            return [await self.ask(connection, kind, key) for kind, key in pairs]
        finally:
            connection.close()
