# test_reads.py - reading at a revision that must be here, what is found by any spelling, clients that go away.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import os
import pathlib
import socket
import threading
import time

import pytest

import daemon
import watch
from test_api import create, problem, revision
from test_lists import make


# IPAM-Min-Revision.

def test_a_revision_that_is_here_is_not_waited_for(ipamd):
    head = revision(ipamd)
    for least in (0, 1, head):
        assert ipamd.get("/api/v1/ipam/spaces", headers={"IPAM-Min-Revision": str(least)}).status == 200
    for odd in ("-1", "x", "1.5", "", "9" * 20, "1,2"):
        problem(ipamd.get("/api/v1/ipam/spaces", headers={"IPAM-Min-Revision": odd}), 400, "bad-request")


def test_a_revision_that_comes_is_waited_for_and_one_that_does_not_is_said(ipamd):
    head = revision(ipamd)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        late = pool.submit(ipamd.get, "/api/v1/ipam/blocks", headers={"IPAM-Min-Revision": str(head + 100)})
        waiting = [pool.submit(ipamd.get, path, headers={"IPAM-Min-Revision": str(head + 2)})
                   for path in ("/api/v1/ipam/blocks", "/api/v1/ipam/addresses", "/api/v1/audit/changes", "/api/v1/find?q=10.1.0.0/16")]
        time.sleep(0.2)
        assert not any(w.done() for w in waiting)
        create(ipamd, "ipam/blocks", prefix="10.0.0.0/16")
        create(ipamd, "ipam/blocks", prefix="10.1.0.0/16")
        for answer in (w.result() for w in waiting):
            assert answer.status == 200 and int(answer.headers["ipam-revision"]) >= head + 2, answer
        body = problem(late.result(), 503, "behind")
        assert late.result().headers["retry-after"] == "1" and str(head + 100) in body["detail"]


def test_answers_never_go_back(ipamd):
    """While rows are written, no answer shows an older revision than one before it, whatever it is read from."""
    create(ipamd, "ipam/subnets", prefix="10.0.0.0/16")
    stop = threading.Event()

    def write():
        while not stop.is_set():
            assert ipamd.post("/api/v1/ipam/subnets/10.0.0.0_16/allocate", {"count": 3}).status == 201

    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write) for _ in range(2)]
        try:
            last = 0
            for i in range(300):
                path = ["ipam/addresses?order=-id&limit=5", "ipam/subnets", "audit/changes?limit=1", "find?q=10.0.0.9", "ipam/addresses?order=-rev&limit=5",
                        "ipam/addresses/10.0.0.1"][i % 6]
                answer = ipamd.get("/api/v1/" + path)
                if answer.status == 404:
                    continue
                assert answer.status == 200, answer
                head = int(answer.headers["ipam-revision"])
                assert head >= last, path
                last = head
                rows = answer.json().get("items", [answer.json()])
                assert all(r.get("rev", 0) <= head for r in rows), path
                if path.startswith("audit"):
                    assert rows[0]["rev"] == head
                if path.startswith("ipam/addresses?order=-rev"):
                    assert rows == [] or rows[0]["rev"] == head  # each revision here gives addresses
        finally:
            stop.set()
        for w in writers:
            w.result()


# Clients that go away.

def storage(ipamd):
    return next(i for i in ipamd.items("system/instances") if i["kind"] == "storage")


def cpu(ipamd):
    """Seconds of processor time that the daemon has used."""
    stat = pathlib.Path(f"/proc/{ipamd.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def test_a_client_that_goes_away_ends_its_query(ipamd):
    for chunk in range(30):
        make(ipamd, "ipam/addresses", [{"address": f"10.{chunk}.{i // 250}.{i % 250}", "description": "x" * 900} for i in range(1000)])
    path = "/api/v1/ipam/addresses?order=description&limit=1000&count=true"
    begin = cpu(ipamd)
    for _ in range(5):
        assert ipamd.get(path).json()["total"] == 30000
    one = (cpu(ipamd) - begin) / 5
    before, begin = storage(ipamd), cpu(ipamd)
    clients = []
    for _ in range(40):
        s = socket.create_connection(("127.0.0.1", daemon.PORT))
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ipamd.token}\r\n\r\n".encode())
        clients.append(s)
    watch.until(lambda: storage(ipamd)["running"] > 20, 20, "queries are under way")
    for s in clients:
        s.close()
    watch.until(lambda: storage(ipamd)["running"] + storage(ipamd)["waiting"] == 0, 20, "no query is left")
    used = cpu(ipamd) - begin
    assert used < 20 * one, (used, one)  # all 40 of them would have used twice that
    assert storage(ipamd)["failures"] == before["failures"]
    assert ipamd.get("/api/v1/ipam/addresses?limit=1").status == 200


def test_clients_that_go_away_while_they_wait_for_a_revision(ipamd):
    head = revision(ipamd)
    clients = []
    for path in ("ipam/blocks", "ipam/addresses", "ipam/subnets?order=name", "find?q=x") * 10:
        s = socket.create_connection(("127.0.0.1", daemon.PORT))
        s.sendall(f"GET /api/v1/{path} HTTP/1.1\r\nHost: x\r\nIPAM-Min-Revision: {head + 1}\r\nAuthorization: Bearer {ipamd.token}\r\n\r\n".encode())
        clients.append(s)
    time.sleep(0.2)
    for s in clients[::2]:
        s.close()
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8")
    for s in clients[1::2]:
        s.settimeout(20)
        assert s.recv(65536).startswith(b"HTTP/1.1 200")
        s.close()


# Find.

@pytest.fixture(scope="module")
def place():
    server = daemon.Ipamd(port=daemon.PORT + 1).start()
    create(server, "ipam/blocks", prefix="10.0.0.0/8", name="Site Web")
    create(server, "ipam/blocks", prefix="10.1.0.0/16")
    create(server, "ipam/subnets", prefix="10.1.2.0/24", name="web-lan")
    create(server, "ipam/ranges", first="10.1.2.30", last="10.1.2.40", name="pool")
    create(server, "ipam/addresses", address="10.1.2.37", name="web-07", mac="AA-BB-CC-00-00-07")
    create(server, "ipam/addresses", address="10.1.2.38", name="Web-08", mac="aabb.cc00.0008")
    create(server, "ipam/addresses", address="10.1.2.39", name="old-web-07", mac="02:00:00:aa:bb:cc")
    create(server, "ipam/addresses", address="10.1.2.41", name="other")
    create(server, "inventory/servers", name="10.1.2.37", driver="kea", profile="kea-site")
    create(server, "ipam/subnets", prefix="2001:db8::/64")
    create(server, "ipam/addresses", address="2001:db8::25")
    yield server
    server.stop()


def find(ipamd, q, limit=100):
    found, cursor = [], ""
    while cursor is not None:
        answer = ipamd.request("GET", f"/api/v1/find?q={q}&limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status == 200, answer
        found += answer.json()["items"]
        assert len(answer.json()["items"]) <= limit
        cursor = answer.json()["next"]
    return found


@pytest.mark.parametrize("q,want", [
    ("10.1.2.37", [("exact", "address", "10.1.2.37"), ("exact", "server", "10.1.2.37"), ("encloses", "range", "10.1.2.30"),
                   ("encloses", "subnet", "10.1.2.0/24"), ("encloses", "block", "10.1.0.0/16"), ("encloses", "block", "10.0.0.0/8")]),
    ("10.1.2.0/24", [("exact", "subnet", "10.1.2.0/24"), ("encloses", "block", "10.1.0.0/16"), ("encloses", "block", "10.0.0.0/8")]),
    ("10.9.9.9", [("encloses", "block", "10.0.0.0/8")]), ("192.0.2.1", []),
    ("2001:DB8:0::25", [("exact", "address", "2001:db8::25"), ("encloses", "subnet", "2001:db8::/64")]),
    ("aa:bb:cc:00:00:07", [("exact", "address", "10.1.2.37")]), ("AABBCC000007", [("exact", "address", "10.1.2.37")]),
    ("aabb.cc00.0007", [("exact", "address", "10.1.2.37")]), ("aa-bb-cc-00-00-08", [("exact", "address", "10.1.2.38")]),
    ("aa:bb:cc", [("begins", "address", "10.1.2.37"), ("begins", "address", "10.1.2.38"), ("contains", "address", "10.1.2.39")]),
    ("web-07", [("exact", "address", "10.1.2.37"), ("contains", "address", "10.1.2.39")]),
    ("WEB-0", [("begins", "address", "10.1.2.37"), ("begins", "address", "10.1.2.38"), ("contains", "address", "10.1.2.39")]),
    ("web", [("begins", "subnet", "10.1.2.0/24"), ("begins", "address", "10.1.2.37"), ("contains", "block", "10.0.0.0/8"),
             ("begins", "address", "10.1.2.38"), ("contains", "address", "10.1.2.39")]),
    ("%20%20pool%20", [("exact", "range", "10.1.2.30"), ("contains", "custom_field", "IP Pool Name")]), ("default", [("exact", "space", "default")]), ("none-such", [])])
def test_find_ranks_what_it_finds(place, q, want):
    for limit in (100, 1, 2):
        found = find(place, q, limit)
        assert [(f["match"], f["type"], f["key"]) for f in found] == want, (q, limit)
        for f in found:
            shown = place.get(f["href"]).json()
            assert shown == f["object"] and f["id"] == shown["id"] and f["field"] in shown


def test_find_refuses_what_it_cannot_look_for(place):
    for query in ("", "q=", "q=%20", "q=" + "x" * 256, "q=a&q=b", "q=a&limit=0", "q=a&what=1"):
        problem(place.get(f"/api/v1/find?{query}"), 422, "invalid")
    problem(place.get("/api/v1/find?q=a&cursor=00"), 400, "bad-cursor")
    problem(place.get("/api/v1/find?q=a", headers={"Accept": "text/csv"}), 406, "not-acceptable")
    problem(place.get("/api/v1/find?q=a", token=None), 401, "unauthenticated")


def test_find_goes_through_many(ipamd):
    """More rows than one page looks at, all of them found by the first step already."""
    for chunk in range(21):
        make(ipamd, "ipam/addresses", [{"address": f"10.{chunk}.{i // 250}.{i % 250}", "name": f"Host-{chunk}-{i}"} for i in range(1000)])
    create(ipamd, "ipam/addresses", address="10.99.0.1", name="a-host-")
    found = find(ipamd, "Host-", 1000)
    assert len(found) == len({f["id"] for f in found}) == 21001 and found[-1]["key"] == "10.99.0.1"
    assert {f["match"] for f in found[:-1]} == {"begins"} and found[-1]["match"] == "contains"


def test_find_knows_leases_and_reservations(kea, ipamd):
    kea.clients(5)
    ipamd.add_kea()
    reservation = next(r for r in ipamd.items("dhcp/reservations") if r.get("address"))
    lease = next(r for r in ipamd.items("dhcp/leases") if r.get("mac"))
    for row, field in ((reservation, "identifier"), (reservation, "address"), (lease, "mac"), (lease, "address")):
        found = [f for f in find(ipamd, row[field].replace(":", "-") if field in ("mac", "identifier") else row[field]) if f["id"] == row["id"]]
        assert [(f["match"], f["field"]) for f in found] == [("exact", field)], (field, found)
    for row in ipamd.items("dhcp/leases"):
        for field in ("client_id", "duid"):
            if row.get(field):
                assert row["id"] in [f["id"] for f in find(ipamd, row[field])], row
                assert row["id"] in [f["id"] for f in find(ipamd, row[field][-11:])], row  # a part of it
