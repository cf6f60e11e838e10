# test_problems.py - every type of problem, provoked: its status, its place, its hint, and the page that explains it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import errno
import http.client
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import time

import pytest

import daemon
import kea as kea_module
from test_api import create, problem, refuse_overlaps

sys.path.append(str(pathlib.Path(__file__).parents[1] / "fault"))

import nth  # noqa: E402 - the calls that fail are of the fault tests

SUBNETS, SUBNET = "/api/v1/ipam/subnets", "/api/v1/ipam/subnets/10.201.2.0_24"
JSON = {"Content-Type": "application/json"}
CUT, DAMAGED = 2, 4     # the change log begins after this revision; the row of this one is not what was stored
# Of these a client that repeats the request is told when.
RETRIED = {"behind", "in-progress", "no-space", "outcome-unknown", "too-many-attempts", "unavailable"}


class Scene:
    """A daemon on a small disk, with two servers that are one Kea, a short change log and damage in it."""

    def __init__(self):
        self.kea = kea_module.Kea(subnets=4, shared=2, reservations=4)
        self.daemon = daemon.Ipamd()
        self.disk = self.daemon.dir / "disk"
        self.disk.mkdir(mode=0o700)
        self.daemon.config["storage"]["options"]["path"] = str(self.base)
        self.daemon.config["tokens"].append({"name": "reader", "role": "reader", "file": str(self.daemon.dir / "reader.token")})
        self.daemon.write_config()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "none", self.disk], check=True)

    @property
    def base(self):
        return self.disk / "ipam.db"

    def start(self):
        self.kea.start()
        self.daemon.start()
        create(self.daemon, "ipam/subnets", prefix="10.201.2.0/24")
        create(self.daemon, "ipam/addresses", address="10.201.2.1")
        self.daemon.add_kea()
        self.daemon.add_kea(name="localhost")
        self.daemon.ctl("server", "set", "localhost", "--managed=false")
        self.daemon.process.stop()
        with contextlib.closing(sqlite3.connect(self.base)) as db, db:
            db.execute("DELETE FROM ipam_log WHERE rev <= ?", (CUT,))
            db.execute("UPDATE ipam_log SET body = x'00' WHERE rev = ?", (DAMAGED,))
        self.daemon.start()
        self.table = table(self.daemon)
        return self

    def stop(self):
        self.daemon.process.stop()
        subprocess.run(["umount", "-l", self.disk], check=True)
        self.daemon.stop()
        self.kea.stop()


def table(ipamd):
    """{slug: (status, title)} of GET /problems."""
    text = ipamd.get("/problems", token=None)
    assert text.status == 200 and text.headers["content-type"].startswith("text/plain")
    return {m[1]: (int(m[2]), m[3]) for m in re.finditer(r"(?m)^([a-z-]+) +(\d{3})  (\S.*)$", text.body.decode())}


# How some are provoked. Each leaves the daemon as it was for all others.

def claim_released(s):
    item = s.daemon.post(f"{SUBNET}/allocate", {"claim": "r"}).json()["items"][0]
    s.daemon.request("DELETE", f"/api/v1/ipam/addresses/{item['id']}")
    return s.daemon.post(f"{SUBNET}/allocate", {"claim": "r"})


def claim_mismatch(s):
    s.daemon.post(f"{SUBNET}/allocate", {"claim": "m"})
    return s.daemon.post(f"{SUBNET}/allocate", {"claim": "m", "count": 2})


def key_mismatch(s):
    s.daemon.post(SUBNETS, {"prefix": "10.8.0.0/24"}, headers={"Idempotency-Key": "m"})
    return s.daemon.post(SUBNETS, {"prefix": "10.8.1.0/24"}, headers={"Idempotency-Key": "m"})


def denied(s):
    reader = (s.daemon.dir / "reader.token").read_text().strip()
    return s.daemon.post(SUBNETS, {"prefix": "10.7.0.0/24"}, token=reader)


def overlap(s):
    refuse_overlaps(s.daemon)
    return s.daemon.post(SUBNETS, {"prefix": "10.201.2.0/25"})


def in_progress(s):
    """The first waits for a revision that never comes, on a connection that is served already."""
    body, key = json.dumps({"prefix": "10.9.0.0/24"}), {"Idempotency-Key": "twin"}
    first = http.client.HTTPConnection("127.0.0.1", s.daemon.port, timeout=30)
    with contextlib.closing(first):
        first.request("GET", "/livez")
        assert first.getresponse().read()
        first.request("POST", SUBNETS, body, {"Authorization": f"Bearer {s.daemon.token}", "IPAM-Min-Revision": "1000000", **JSON, **key})
        return s.daemon.post(SUBNETS, body, headers={**JSON, **key})


def same_scope_twice(s):
    return s.kea.subnet_list()[0]["subnet"].replace("/", "_")


def ids_of_twins(s):
    return [str(i["id"]) for i in s.daemon.items("dhcp/scopes") if i["prefix"].replace("/", "_") == same_scope_twice(s)]


def managed_elsewhere(s):
    scope = s.daemon.items("dhcp/scopes?server=localhost")[0]
    address = scope["prefix"].split("/")[0].rsplit(".", 1)[0] + ".250"
    return s.daemon.post("/api/v1/dhcp/reservations", {"scope": scope["id"], "address": address, "identifier": "02:00:00:00:00:01"})


def full_disk(s):
    ballast = s.disk / "ballast"
    try:
        with open(ballast, "wb", buffering=0) as f, contextlib.suppress(OSError):
            while True:
                f.write(bytes(4096))
        while (answer := s.daemon.post(SUBNETS, {"prefix": "10.10.0.0/24", "description": "x" * 1000})).status == 201:
            s.daemon.request("DELETE", f"{SUBNETS}/10.10.0.0_24")
        return answer
    finally:
        ballast.unlink()
        writes_again(s)


def storage_away(s):
    """Another program holds the database."""
    with contextlib.closing(sqlite3.connect(s.base, isolation_level=None)) as thief:
        thief.execute("BEGIN EXCLUSIVE")
        answer = s.daemon.post(SUBNETS, {"prefix": "10.11.0.0/24"})
        thief.execute("ROLLBACK")
    writes_again(s)
    return answer


def writes_again(s):
    deadline = time.monotonic() + 10
    while s.daemon.post(SUBNETS, {"prefix": "10.12.0.0/24"}).status not in (201, 409):
        assert time.monotonic() < deadline, "writes do not go on"


def failing_sync(s):
    """A daemon of its own, for it ends. With the same key, the next start makes the change once."""
    assert nth.LIBRARY.exists(), f"{nth.LIBRARY} is built by make check TESTS="
    service, key = nth.Service(port=s.daemon.port + 1), {"Idempotency-Key": "once"}
    try:
        service.start()
        service.control.arm(["fsync", "fdatasync"], 1, error=errno.EIO)
        answer = service.ipamd.post(SUBNETS, {"prefix": "10.13.0.0/24"}, headers=key)
        service.control.disarm()
        service.ipamd.process.popen.wait(10)
        assert service.stopped_in_order() is None, service.ipamd.log()
        service.start()
        assert service.ipamd.post(SUBNETS, {"prefix": "10.13.0.0/24"}, headers=key).status == 201
        assert len(service.ipamd.items("ipam/subnets")) == 1
        return answer
    finally:
        service.close()


def too_many_attempts(s):
    """From an address of their own, so that nobody else waits for them."""
    for _ in range(40):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", s.daemon.port, source_address=("127.0.0.77", 0))) as c:
            c.request("GET", SUBNETS, headers={"Authorization": "Bearer nobody"})
            answer = daemon.Answer(c.getresponse())
        if answer.status != 401:
            return answer
    return answer


def changed_since(s):
    """A revision that is not to be undone alone: what it made was changed."""
    made = s.daemon.post(SUBNETS, {"prefix": "10.202.1.0/24"}).json()
    s.daemon.request("PATCH", f"{SUBNETS}/{made['id']}", {"name": "later"})
    return s.daemon.post(f"/api/v1/audit/changes/{made['rev']}/revert", {})


# How each type of the table is provoked, and what of the request or the cause its detail or errors name.
PROVOKE = {
    "ambiguous": (lambda s: s.daemon.get(f"/api/v1/dhcp/scopes/{same_scope_twice(s)}"), ids_of_twins),
    "bad-cursor": (lambda s: s.daemon.get(f"{SUBNETS}?cursor=zz"), "cursor"),
    "bad-json": (lambda s: s.daemon.post(SUBNETS, b'{"prefix": ', headers=JSON), "line 1, column"),
    "bad-request": (lambda s: s.daemon.post(SUBNETS, {"prefix": "10.6.0.0/24"}, headers={"Idempotency-Key": "a b"}), "Idempotency-Key"),
    "behind": (lambda s: s.daemon.get(SUBNETS, headers={"IPAM-Min-Revision": "1000000"}), "1000000"),
    "changed-since": (changed_since, "audit/changes/"),
    "claim-mismatch": (claim_mismatch, '"m"'),
    "claim-released": (claim_released, '"r"'),
    "defined-in-file": (lambda s: s.daemon.request("PATCH", "/api/v1/system/tasks/dhcp_leases", {"interval": 60}),
                        lambda s: ["dhcp_leases", str(s.daemon.dir / "ipamd.json")]),
    "denied": (denied, "ipam.subnet.create"),
    "exhausted": (lambda s: s.daemon.post(f"{SUBNET}/allocate", {"count": 300}), "10.201.2.0/24"),
    "exists": (lambda s: s.daemon.post(SUBNETS, {"prefix": "10.201.2.0/24"}), "10.201.2.0/24"),
    "forgotten": (lambda s: s.daemon.get(f"/api/v1/feed?since={CUT - 1}"), [f"revision {CUT}", f"begins with {CUT + 1}"]),
    "idempotency-mismatch": (key_mismatch, "Idempotency-Key"),
    "in-progress": (in_progress, "twin"),
    "in-use": (lambda s: s.daemon.request("DELETE", SUBNET), "10.201.2.1"),
    "internal": (lambda s: s.daemon.get(f"/api/v1/audit/changes/{DAMAGED}"), lambda s: [str(s.base), f"change log {DAMAGED}"]),
    "invalid": (lambda s: s.daemon.post(SUBNETS, {"prefix": "10.1.3.0/24", "nmae": "x"}), "/nmae"),
    "managed-elsewhere": (managed_elsewhere, "localhost"),
    "media-type": (lambda s: s.daemon.post(SUBNETS, b"<x/>", headers={"Content-Type": "text/xml"}), "text/xml"),
    "method-not-allowed": (lambda s: s.daemon.request("DELETE", SUBNETS), "DELETE"),
    "no-history": (lambda s: s.daemon.get("/api/v1/dhcp/leases?at=1"), "lease"),
    "no-space": (full_disk, lambda s: str(s.base)),
    "not-acceptable": (lambda s: s.daemon.get(SUBNETS, headers={"Accept": "application/xml"}), "application/xml"),
    "not-found": (lambda s: s.daemon.get(f"{SUBNETS}/10.9.9.0_24"), "10.9.9.0_24"),
    "outcome-unknown": (failing_sync, "ipam.db"),
    "overlap": (overlap, "10.201.2.0/24"),
    "precondition-failed": (lambda s: s.daemon.request("PATCH", SUBNET, {"name": "x"}, headers={"If-Match": '"1"'}), "If-Match"),
    "too-large": (lambda s: s.daemon.post(SUBNETS, [{"prefix": "10.0.0.0/8"}] * 1001), "1001"),
    "too-many-attempts": (too_many_attempts, "too many tokens"),
    "unauthenticated": (lambda s: s.daemon.get(SUBNETS, token="not-a-token-of-this-daemon"), "token"),
    "unavailable": (storage_away, lambda s: str(s.base)),
    "unsupported": (lambda s: s.daemon.post("/api/v1/inventory/servers?mode=sync&within=10.0.0.0/8", "name,driver\r\n",
                                            headers={"Content-Type": "text/csv"}), "servers"),
}


@pytest.fixture(scope="module")
def scene():
    made = Scene()
    try:
        yield made.start()
    finally:
        made.stop()


def check(s, slug, answer, places):
    """An answer says all that a problem of this type must: to programs, and to whoever must do something now."""
    status, title = s.table[slug]
    body = problem(answer, status, slug)
    assert body["title"] == title
    told = body["detail"] + " ".join(e["pointer"] + " " + e["message"] for e in body.get("errors", []))
    for place in [places] if isinstance(places, str) else places:
        assert place in told, (place, body)
    assert body["hint"] and body["hint"] != body["detail"], body
    assert int(answer.headers.get("retry-after", "0")) > 0 if slug in RETRIED else "retry-after" not in answer.headers, answer.headers
    page = s.daemon.get(body["type"], token=None)
    assert page.status == 200 and page.body.decode().startswith(f"{slug} (HTTP status {status})\n{title}\n")


def test_the_table_is_whole(scene):
    """No type is left out of the walk, and nothing is walked that is none."""
    assert set(scene.table) == set(PROVOKE), set(scene.table) ^ set(PROVOKE)
    assert RETRIED < set(PROVOKE)
    manual = scene.daemon.ctl("--man").stdout
    for slug, (status, _) in scene.table.items():
        page = scene.daemon.get(f"/problems/{slug}", token=None)
        text = page.body.decode()
        assert page.status == 200 and text.startswith(f"{slug} (HTTP status {status})\n") and len(text.splitlines()) >= 4, slug
        assert max(map(len, text.splitlines())) <= 90
        assert slug.replace("-", "\\-") in manual or slug in manual, slug
    problem(scene.daemon.get("/problems/nonsense", token=None), 404, "not-found")


@pytest.mark.parametrize("slug", sorted(PROVOKE))
def test_each_has_status_place_and_hint(scene, slug):
    provoke, places = PROVOKE[slug]
    check(scene, slug, provoke(scene), places(scene) if callable(places) else places)


@pytest.mark.parametrize("path", ["plugins/kea", "plugins/sqlite", "tasks/dhcp_leases"])
def test_what_the_file_defines_is_changed_there(scene, path):
    path, d = "/api/v1/system/" + path, scene.daemon
    before = d.get(path).json()
    for method, body in (("PATCH", {}), ("PUT", {"interval": 1}), ("DELETE", None), ("PATCH", b"no JSON")):
        for query in ("", "?dry_run=true"):
            answer = d.request(method, path + query, body)
            check(scene, "defined-in-file", answer, [path.rsplit("/", 1)[-1], str(d.dir / "ipamd.json")])
        assert problem(d.request(method, path + "x", body), 404, "not-found")["hint"]
        problem(d.request(method, path, body, token=None), 401, "unauthenticated")
    refused = d.post(path, {})
    problem(refused, 405, "method-not-allowed")
    assert refused.headers["allow"] == "GET, HEAD"
    after = d.get(path).json()
    assert all(after[name] == before[name] for name in ("name", "isolation", "interval") if name in before)
