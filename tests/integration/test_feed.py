# test_feed.py - the change feed: every revision once and in order, from any revision on, whatever happens to either side.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import http.client
import json
import os
import pathlib
import random
import resource
import selectors
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

CHANGES = int(os.environ.get("IPAM_FEED_CHANGES", "4000"))      # the acceptance run: 100000
FOLLOWERS = 1000


class Event:
    def __init__(self, lines):
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        self.id = int(fields["id"]) if "id" in fields else None
        self.name = fields.get("event")
        self.data = json.loads(fields["data"]) if "data" in fields else None


class Stream:
    """A client of the feed on a socket of its own. `query` goes behind the question mark."""

    def __init__(self, ipamd, query="", headers=None, timeout=60):
        self.connection = http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=timeout)
        self.connection.request("GET", "/api/v1/feed" + ("?" + query if query else ""),
                                headers={"Authorization": "Bearer " + ipamd.token, **(headers or {})})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        assert self.answer.headers["Content-Type"] == "text/event-stream"

    def next(self):
        """The next event, comments left out; None at the end."""
        lines = []
        while True:
            line = self.answer.readline().decode()
            if line == "":
                assert lines == []
                return None
            if line != "\n":
                lines.append(line[:-1])
            elif lines and not all(x.startswith(":") for x in lines):
                return Event(lines)
            else:
                lines = []

    def change(self):
        """The next change."""
        while True:
            event = self.next()
            if event is None or event.name is not None:
                return event

    def close(self):
        self.connection.close()


def head(ipamd):
    return int(ipamd.get("/api/v1/ipam/spaces?limit=1").headers["ipam-revision"])


def add_addresses(ipamd, first, count, name="x"):
    """One list of addresses 10.a.b.c, one revision."""
    body = [{"address": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", "name": f"{name}-{n}"} for n in range(first, first + count)]
    answer = ipamd.post("/api/v1/ipam/addresses", body)
    assert answer.status == 201, answer
    return answer.json()["items"]


def test_events_are_the_changes(ipamd):
    with contextlib.closing(Stream(ipamd)) as s:
        assert s.next().id == head(ipamd)       # where it begins: now
        block = ipamd.post("/api/v1/ipam/blocks", {"prefix": "10.0.0.0/8", "name": "all"}, headers={"X-Change-Reason": "a test"}).json()
        event = s.next()
        assert event.name == "change" and event.id == head(ipamd) == event.data["rev"]
        assert event.data["actor"] == "token:admin" and event.data["reason"] == "a test"
        assert event.data["operation"] == "ipam.block.create" and event.data["time"]
        (item,) = event.data["items"]
        assert (item["type"], item["id"], item["verb"], item["key"]) == ("block", block["id"], "add", "10.0.0.0/8")
        assert item["fields"]["name"] == "all" and item["fields"]["prefix"] == "10.0.0.0/8"
        path = f"/api/v1/ipam/blocks/{block['id']}"
        ipamd.request("PATCH", path, {"name": "most"})
        (item,) = s.next().data["items"]
        assert (item["fields"], item["before"]) == ({"name": "most"}, {"name": "all"})
        ipamd.request("PATCH", path, {"name": None, "description": "no name"})
        (item,) = s.next().data["items"]
        assert item["fields"] == {"name": None, "description": "no name"} and item["before"] == {"name": "most", "description": None}
        ipamd.request("DELETE", path)
        event = s.next()
        (item,) = event.data["items"]
        assert (item["type"], item["id"], item["verb"], item["key"]) == ("block", block["id"], "delete", "10.0.0.0/8")
        assert "fields" not in item and item["before"]["description"] == "no name" and "name" not in item["before"]


def test_from_any_revision_the_same_and_no_gap(ipamd):
    first = head(ipamd)
    for n in range(20):
        add_addresses(ipamd, n, 1)
    last = head(ipamd)
    assert last == first + 20
    for since in range(0, last + 1):
        with contextlib.closing(Stream(ipamd, f"since={since}")) as s:
            assert s.next().id == since
            seen = [s.change().id for _ in range(since, last)]
        assert seen == list(range(since + 1, last + 1))
    with contextlib.closing(Stream(ipamd, "since=0", headers={"Last-Event-ID": str(last - 1)})) as s:
        assert s.change().id == last            # the header wins


@pytest.mark.parametrize("query, status, words", [
    ("since=x", 422, "no revision"), ("since=-1", 422, "no revision"), ("since=", 422, "no revision"), ("since=100000", 422, "does not exist yet"),
    ("since=1&since=2", 422, "twice"), ("type=dragon", 422, "dragon"), ("type=", 422, "no record"), ("within=10.0.0.0/33", 422, "prefix"),
    ("within=10.0.0.1/8", 422, "prefix"), ("from=1", 422, "from")])
def test_what_is_refused(ipamd, query, status, words):
    answer = ipamd.get("/api/v1/feed?" + query)
    assert answer.status == status and words in answer.json()["detail"], answer
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_revision_that_was_pruned(ipamd):
    for n in range(5):
        add_addresses(ipamd, n, 1)
    last = head(ipamd)
    ipamd.process.stop()
    db = sqlite3.connect(ipamd.dir / "ipam.db")
    db.execute("DELETE FROM ipam_log WHERE rev <= ?", (last - 2,))
    db.commit()
    db.close()
    ipamd.start()
    last_now = head(ipamd)
    answer = ipamd.get("/api/v1/feed?since=1")
    assert answer.status == 410 and answer.json()["type"] == "/problems/forgotten", answer
    assert f"begins with {last - 1}" in answer.json()["detail"] and answer.json()["hint"]
    with contextlib.closing(Stream(ipamd, f"since={last - 2}")) as s:
        assert s.change().id == last - 1
    assert last_now >= last


def test_only_some_types_and_places(ipamd):
    streams = {q: Stream(ipamd, q) for q in ("type=block", "type=subnet,address", "within=10.1.0.0/16", "type=subnet&within=10.1.0.0/16")}
    begun = head(ipamd)
    for resource, body in (("blocks", {"prefix": "10.0.0.0/8"}), ("subnets", {"prefix": "10.1.2.0/24"}), ("subnets", {"prefix": "10.2.2.0/24"}),
                           ("ranges", {"first": "10.1.2.10", "last": "10.1.2.20"}), ("addresses", {"address": "10.1.2.200"}),
                           ("addresses", {"address": "10.2.2.200"}), ("blocks", {"prefix": "192.168.0.0/16"})):
        assert ipamd.post("/api/v1/ipam/" + resource, body).status == 201
    last = head(ipamd)
    wanted = {"type=block": [1, 7], "type=subnet,address": [2, 3, 5, 6], "within=10.1.0.0/16": [2, 4, 5], "type=subnet&within=10.1.0.0/16": [2]}
    for query, stream in streams.items():
        seen, at = [], 0
        while at < last:                        # what is passed over moves the place on, too
            event = stream.next()
            assert event.id >= at
            at = event.id
            if event.name == "change":
                seen.append(event.id - begun)
        assert seen == wanted[query], query
        stream.close()
        with contextlib.closing(Stream(ipamd, f"since={begun}&{query}")) as again:      # the same from the log
            assert [again.change().id - begun for _ in seen] == seen


def test_head_and_methods(ipamd):
    answer = ipamd.request("HEAD", "/api/v1/feed")
    assert answer.status == 200 and answer.headers["content-type"] == "text/event-stream"
    assert ipamd.post("/api/v1/feed", {}).status == 405
    assert ipamd.get("/api/v1/feed", token=None).status == 401


def test_version_1_0(ipamd):
    s = socket.create_connection(("127.0.0.1", ipamd.port), timeout=20)
    s.sendall(b"GET /api/v1/feed?since=0 HTTP/1.0\r\nAuthorization: Bearer %s\r\n\r\n" % ipamd.token.encode())
    data = b""
    while b"event: change" not in data or not data.endswith(b"\n\n"):
        data += s.recv(65536)
    assert b"chunked" not in data and b"\r\n\r\nretry: 1000\nid: 0\n\nid: 1\nevent: change\n" in data
    s.close()


def test_stop_tells_with_the_revision_to_resume(ipamd):
    streams = [Stream(ipamd) for _ in range(5)]
    add_addresses(ipamd, 1, 1)
    last = head(ipamd)
    began = time.monotonic()
    ipamd.process.stop()
    assert time.monotonic() - began < 4         # nobody waits for the grace to be over
    for s in streams:
        assert s.change().id == last
        event = s.next()
        assert event.name == "closing" and event.data == {"resume": last}
        assert s.next() is None


def test_a_reload_asks_again_who_follows(make_ipamd):
    ipamd = make_ipamd(start=False)
    path = ipamd.dir / "reader.token"
    ipamd.config["tokens"].append({"name": "guest", "role": "reader", "file": str(path)})
    ipamd.write_config()
    ipamd.start()
    reader = path.read_text().strip()
    s = Stream(ipamd, headers={"Authorization": "Bearer " + reader})
    assert s.next().id == head(ipamd)
    ipamd.config["tokens"].pop()
    ipamd.write_config()
    ipamd.process.popen.send_signal(signal.SIGHUP)
    event = s.next()
    assert event.name == "closing" and event.data == {"resume": head(ipamd)} and s.next() is None
    assert ipamd.get("/api/v1/feed", token=reader).status == 401
    with contextlib.closing(Stream(ipamd)) as again:
        add_addresses(ipamd, 1, 1)
        assert again.change().id == head(ipamd)


# The command line.

def follow(ipamd, *options):
    return subprocess.Popen([str(ipamd.prefix / "bin" / "ipamctl"), "change", "follow", *options], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**os.environ, "IPAM_URL": f"http://127.0.0.1:{ipamd.port}", "NO_COLOR": "1",
                                                         "IPAM_TOKEN_FILE": str(ipamd.dir / "admin.token")})


def test_ipamctl_follows_over_a_restart(ipamd):
    first = head(ipamd)
    add_addresses(ipamd, 1, 1)
    run = follow(ipamd, "--since", str(first), "--type", "address", "--limit", "6", "-o", "jsonl")
    assert json.loads(run.stdout.readline())["rev"] == first + 1        # each is shown when it comes
    add_addresses(ipamd, 2, 2)
    ipamd.post("/api/v1/ipam/blocks", {"prefix": "192.168.0.0/16"})
    shown = json.loads(run.stdout.readline())
    assert [item["key"] for item in shown["items"]] == ["10.0.0.2", "10.0.0.3"]
    ipamd.kill()
    ipamd.start()
    for n in range(4):
        add_addresses(ipamd, 10 + n, 1)
    out, err = run.communicate(timeout=60)
    assert run.returncode == 0, err
    seen = [first + 1, first + 2] + [json.loads(line)["rev"] for line in out.splitlines()]
    assert seen == [first + 1, first + 2] + list(range(head(ipamd) - 3, head(ipamd) + 1)), (seen, err)
    assert "trying again in 1 s" in err


def test_ipamctl_as_a_table(ipamd):
    add_addresses(ipamd, 1, 1)
    run = follow(ipamd, "--since", "0", "--limit", "2")
    out, err = run.communicate(timeout=60)
    lines = out.splitlines()
    assert run.returncode == 0 and lines[0].split()[:4] == ["ID", "TIME", "ACTOR", "OPERATION"] and len(lines) == 3, (out, err)
    assert "add address" in lines[2] and "10.0.0.1" in lines[2]


@pytest.mark.parametrize("options, code, words", [
    (("--since", "99999"), 2, "does not exist yet"), (("--type", "dragon"), 2, "dragon"), (("--limit", "x"), 2, "--limit"),
    (("--url", "http://127.0.0.1:1"), 6, "cannot reach")])
def test_ipamctl_says_what_is_wrong(ipamd, options, code, words):
    out, err = (run := follow(ipamd, *options)).communicate(timeout=60)
    assert (run.returncode, out) == (code, "") and words in err, err


# A slow reader.

def test_a_slow_reader_is_dropped_and_comes_back(ipamd):
    first = head(ipamd)
    slow, good = Stream(ipamd), Stream(ipamd)
    slow.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    good_ids = []
    reader = threading.Thread(target=lambda: [good_ids.append(good.change().id) for _ in range(60)])
    reader.start()
    for n in range(60):
        add_addresses(ipamd, n * 1000, 1000, "y" * 100)
    reader.join()
    last = head(ipamd)
    assert good_ids == list(range(first + 1, last + 1))     # the others are not harmed
    seen = []
    while (event := slow.next()).name != "dropped":
        if event.name == "change":
            seen.append(event.id)
    assert event.data == {"resume": seen[-1] if seen else first} and slow.next() is None
    assert len(seen) < 60
    with contextlib.closing(Stream(ipamd, headers={"Last-Event-ID": str(event.data["resume"])})) as again:
        seen += [again.change().id for _ in range(last - event.data["resume"])]
    assert seen == list(range(first + 1, last + 1))
    assert "ipam_feed_dropped_total 1\n" in ipamd.get("/metrics").body.decode()


# Many followers.

class Counter(threading.Thread):
    """Reads many streams at once and takes each apart no further than it must: the ids of its changes."""

    def __init__(self, ipamd, count, last):
        super().__init__()
        self.last, self.selector, self.left = last, selectors.DefaultSelector(), count
        self.ids = [[] for _ in range(count)]
        request = b"GET /api/v1/feed HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % ipamd.token.encode()
        for n in range(count):
            s = socket.create_connection(("127.0.0.1", ipamd.port), timeout=60)
            s.sendall(request)
            s.setblocking(False)
            self.selector.register(s, selectors.EVENT_READ, [n, b""])

    def run(self):
        while self.left:
            for key, _ in self.selector.select(60):
                self.take(key.fileobj, *key.data, key.data)

    def take(self, s, n, rest, data):
        *whole, data[1] = (rest + s.recv(1 << 20)).split(b"\n\n")
        for text in whole:
            if b"\nevent: change\n" in text:
                self.ids[n].append(int(text[text.index(b"id: ") + 4:text.index(b"\nevent")]))
                if self.ids[n][-1] == self.last:
                    self.left -= 1
                    self.selector.unregister(s)
                    s.close()


def cpu(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_thousand_followers_get_all(ipamd):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    changes, first = 1000, head(ipamd)
    before = cpu(ipamd.process.pid)
    counter = Counter(ipamd, FOLLOWERS, first + changes)
    while f"ipam_feed_followers {FOLLOWERS}\n" not in ipamd.get("/metrics").body.decode():
        time.sleep(0.05)
    counter.start()
    connection = http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=60)
    for n in range(changes):
        connection.request("POST", "/api/v1/ipam/addresses", json.dumps({"address": f"10.0.{n >> 8}.{n & 255}"}),
                           {"Authorization": "Bearer " + ipamd.token})
        answer = connection.getresponse()
        assert answer.read() and answer.status == 201
    counter.join()
    wanted = list(range(first + 1, first + changes + 1))
    assert all(ids == wanted for ids in counter.ids)
    metrics = ipamd.get("/metrics").body.decode()
    assert f"ipam_feed_events_total {changes}\n" in metrics        # each was written once, not a thousand times
    assert "ipam_feed_dropped_total 0\n" in metrics
    print(f"{FOLLOWERS} followers, {changes} changes: {cpu(ipamd.process.pid) - before:.2f} s of processor time")


# Killed at random.

CONSUMER = """
import http.client, json, os, sys
port, token, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]
state = {"at": int(sys.argv[4]), "objects": {}}
if os.path.exists(path):
    state = json.load(open(path))
objects, since_saved = state["objects"], 0
c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
c.request("GET", "/api/v1/feed?type=address", headers={"Authorization": "Bearer " + token, "Last-Event-ID": str(state["at"])})
answer = c.getresponse()
assert answer.status == 200, answer.read()

def save():
    with open(path + ".new", "w") as f:
        json.dump(state, f)
    os.replace(path + ".new", path)

at = name = data = None
while True:
    line = answer.readline().decode().rstrip("\\n")
    if line.startswith("id: "):
        at = int(line[4:])
    elif line.startswith("event: "):
        name = line[7:]
    elif line.startswith("data: "):
        data = json.loads(line[6:])
    elif line == "":
        if name == "change":
            assert at > state["at"], (at, state["at"])
            for item in data["items"]:
                key = str(item["id"])
                if item["verb"] == "delete":
                    assert objects.pop(key, None) is not None
                elif item["type"] == "address":
                    assert (item["verb"] == "add") == (key not in objects), item
                    mine = objects.setdefault(key, {})
                    for field, value in item["fields"].items():
                        if value is None:
                            mine.pop(field, None)
                        else:
                            mine[field] = value
        if at is not None and at > state["at"]:
            state["at"] = at
            since_saved += 1
            if since_saved >= 200:
                save()
                since_saved = 0
        if name == "dropped" or at == int(sys.argv[5]):
            save()
            sys.exit(0 if at == int(sys.argv[5]) else 3)
        name = data = None
"""


class Writer(threading.Thread):
    """Adds, changes and deletes addresses, one or a list at a time, until it has made that many changes and is told
    that it is enough."""

    def __init__(self, ipamd, changes, seed):
        super().__init__()
        self.ipamd, self.changes, self.random = ipamd, changes, random.Random(seed)
        self.connection = http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=60)
        self.ids, self.next, self.made, self.enough = [], 0, 0, False

    def send(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), {"Authorization": "Bearer " + self.ipamd.token})
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status in (200, 201, 204), (method, path, text)
        return json.loads(text) if text else None

    def add(self):
        count = self.random.choice([1, 1, 5, 100])
        body = [{"address": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", "name": f"a-{n}"} for n in range(self.next, self.next + count)]
        self.next += count
        self.ids += [item["id"] for item in self.send("POST", "/api/v1/ipam/addresses", body)["items"]]
        self.made += count

    def run(self):
        while self.made < self.changes or not self.enough:
            what = self.random.random()
            if what < 0.4 or len(self.ids) < 10:
                self.add()
                continue
            path = f"/api/v1/ipam/addresses/{self.random.choice(self.ids)}"
            if what < 0.6:
                self.ids.remove(int(path.rpartition("/")[2]))
                self.send("DELETE", path)
            elif what < 0.7:
                self.send("PATCH", path, {"name": None, "description": str(self.made)})
            else:
                self.send("PATCH", path, {"name": f"b-{self.made}"})
            self.made += 1


def test_a_consumer_killed_at_random_ends_equal(ipamd, tmp_path):
    begun, dice, state = head(ipamd), random.Random(7), tmp_path / "state.json"
    writer, kills = Writer(ipamd, CHANGES, 11), 0

    def consume(until):
        return subprocess.Popen([sys.executable, "-c", CONSUMER, str(ipamd.port), ipamd.token, str(state), str(begun), str(until)])

    writer.start()
    while writer.is_alive():
        consumer = consume(1 << 50)
        time.sleep(dice.uniform(0.05, 0.5))
        consumer.send_signal(signal.SIGKILL)
        assert consumer.wait() == -signal.SIGKILL
        kills += 1
        writer.enough = kills >= 5
    writer.join()
    assert writer.made >= CHANGES and kills >= 5
    assert consume(head(ipamd)).wait(timeout=300) == 0
    mine = json.loads(state.read_text())["objects"]
    server = {str(item["id"]): item for item in ipamd.items("ipam/addresses")}
    assert mine.keys() == server.keys() and len(mine) > CHANGES / 10
    for key, item in server.items():
        assert all(item[field] == value for field, value in mine[key].items() if field != "rev"), (item, mine[key])
        assert set(item) - set(mine[key]) <= {"rev", "subnet", "range", "block"}, (item, mine[key])
    print(f"{writer.made} changes in {head(ipamd) - begun} revisions, consumer killed {kills} times")
