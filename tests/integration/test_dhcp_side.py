# test_dhcp_side.py - what an address does on its DHCP server, and what it does not: reservations on demand, on a real Kea.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import ipaddress
import json
import os
import signal
import time

import pytest

import watch
from test_api import problem

ADDRESSES, RESERVATIONS = "/api/v1/ipam/addresses", "/api/v1/dhcp/reservations"
FAMILIES = pytest.mark.parametrize("service", ["dhcp4", "dhcp6"], ids=["ipv4", "ipv6"])


@pytest.fixture
def ipamd(kea, make_ipamd):
    it = make_ipamd()
    it.add_kea()
    return it


class Place:
    """A subnet of the Kea, and addresses of it that nobody has."""

    def __init__(self, kea, ipamd, service):
        self.kea, self.ipamd, self.service = kea, ipamd, service
        self.prefix = kea.subnet_list(service)[0]["subnet"]
        self.key = self.prefix.replace("/", "_")
        self.net = ipaddress.ip_network(self.prefix)

    def at(self, n):
        return str(self.net[240 + n])

    def mac(self, n):
        return f"02:00:00:00:{self.service[-1]}{self.service[-1]}:{n:02x}"

    def add(self, n, **fields):
        answer = self.ipamd.post(ADDRESSES, {"address": self.at(n), "mac": self.mac(n), "name": f"host-{n}", **fields})
        assert answer.status == 201, answer
        return answer.json()

    def on_kea(self, file=False):
        """{address: who has it}, of the addresses that tests use."""
        config = self.kea.file_config(self.service) if file else None
        found = {}
        for r in self.kea.reservations(self.service, config=config):
            for address in r.get("ip-addresses", [r.get("ip-address")]):
                if address in {self.at(n) for n in range(12)}:
                    found[address] = r.get("hw-address", r.get("duid"))
        return found

    def sync(self, n):
        return self.ipamd.get(f"{ADDRESSES}/{self.at(n)}").json().get("dhcp_sync", "none")

    def clear_on_kea(self):
        """Somebody else deletes the reservation of the first mac."""
        config = self.kea.config_get(self.service)
        for s in config["subnet" + self.service[-1]]:
            s["reservations"] = [r for r in s["reservations"] if r.get("hw-address") != self.mac(1)]
        assert self.kea.command("config-set", {self.service.capitalize(): config}, self.service)["result"] == 0

    def exists(self, n):
        """Whether its server, as it was last read, has a reservation."""
        return len(self.ipamd.items(f"dhcp/reservations?address={self.at(n)}")) == 1

    def settles(self, n, word):
        watch.until(lambda: self.sync(n) == word, 60, f"{self.at(n)} to be {word}, it is {self.sync(n)}")

    def plan(self, n):
        return self.ipamd.get(f"/api/v1/manage/plans/{self.ipamd.get(f'{ADDRESSES}/{self.at(n)}').json()['plan']}").json()

    def scope(self):
        return self.ipamd.get(f"/api/v1/dhcp/scopes/{self.key}").json()["id"]


@pytest.fixture
def place(kea, ipamd, service):
    return Place(kea, ipamd, service)


@FAMILIES
def test_an_address_is_handed_out_with_its_reservation_62(place):
    path = f"/api/v1/ipam/subnets/{place.key}/allocate"
    answer = place.ipamd.post(path + "?wait=30s", {"mac": place.mac(1), "name": "one", "reservation": True})
    assert answer.status == 201, answer
    (item,) = answer.json()["items"]
    assert item["dhcp_sync"] == "synced"
    assert [r["identifier"] for r in place.ipamd.items(f"dhcp/reservations?address={item['address']}")] == [place.mac(1)]
    run = place.ipamd.ctl("address", "allocate", "--subnet", place.prefix, "--mac", place.mac(2), "--reservation", "--wait", "-o", "json")
    assert [a["dhcp_sync"] for a in json.loads(run.stdout)] == ["synced"]
    # Records of the DNS cannot be had without a zone for them: that is said, and nothing is handed out.
    before = len(place.ipamd.items("ipam/addresses"))
    refused = place.ipamd.post(path, {"mac": place.mac(3), "name": "three.example.com", "reservation": True, "dns": True})
    assert "no known primary zone is for three.example.com" in problem(refused, 422, "invalid")["detail"]
    assert len(place.ipamd.items("ipam/addresses")) == before


@FAMILIES
def test_a_reservation_is_made_and_taken_away_on_demand_64_66(place):
    place.add(1)
    assert place.sync(1) == "none" and place.on_kea() == {}
    answer = place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/reserve", None)
    assert answer.status == 202 and answer.json()["state"] == "planned", answer
    place.settles(1, "synced")
    assert place.on_kea() == place.on_kea(file=True) == {place.at(1): place.mac(1)}
    (row,) = place.ipamd.items(f"dhcp/reservations?address={place.at(1)}")
    assert (row["identifier"], row["name"]) == (place.mac(1), "host-1")
    problem(place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/reserve", None), 409, "exists")
    assert place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/unreserve", None).status == 202
    place.settles(1, "removed")
    assert place.on_kea() == place.on_kea(file=True) == {}
    problem(place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/unreserve", None), 404, "not-found")
    # By the command line.
    place.ipamd.ctl("address", "reserve", place.at(1), "--wait")
    assert place.on_kea() == {place.at(1): place.mac(1)} and place.sync(1) == "synced"
    place.ipamd.ctl("address", "unreserve", place.at(1), "--wait")
    assert place.on_kea() == {} and place.sync(1) == "removed"


@FAMILIES
def test_it_takes_the_place_of_another_64(place):
    place.add(1)
    place.ipamd.ctl("reservation", "add", place.at(1), "--scope", place.prefix, "--identifier", place.mac(9), "--wait")
    assert place.on_kea() == {place.at(1): place.mac(9)}
    assert "replace=true" in problem(place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/reserve", None), 409, "exists")["hint"]
    assert place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/reserve?replace=true", None).status == 202
    place.settles(1, "synced")
    assert place.on_kea() == place.on_kea(file=True) == {place.at(1): place.mac(1)}
    assert [s["verb"] for s in place.plan(1)["plan_steps"]] == ["set"]
    assert len(place.ipamd.items(f"dhcp/reservations?address={place.at(1)}")) == 1
    place.ipamd.ctl("reservation", "add", place.at(1), "--scope", place.prefix, "--identifier", place.mac(8), "--replace", "--wait")
    assert place.on_kea() == {place.at(1): place.mac(8)}
    place.ipamd.ctl("address", "reserve", place.at(1), "--replace", "--wait")
    assert place.on_kea() == {place.at(1): place.mac(1)}


@FAMILIES
def test_many_at_once_64(place):
    for n in range(6):
        place.add(n)
    wanted = [{"address": place.at(n), "identifier": place.mac(n)} for n in range(6)]
    answer = place.ipamd.post(RESERVATIONS, wanted)
    assert answer.status == 202 and [p["state"] for p in answer.json()["items"]] == ["planned"] * 6, answer
    for n in range(6):
        place.settles(n, "synced")
    assert place.on_kea() == {place.at(n): place.mac(n) for n in range(6)}
    # All or none.
    refused = place.ipamd.post(RESERVATIONS, [{"address": place.at(7), "identifier": place.mac(7)}, wanted[0]])
    assert problem(refused, 409, "exists")["detail"].startswith("/1: ")
    assert problem(place.ipamd.post(RESERVATIONS, []), 422, "invalid")
    other = [{**w, "identifier": place.mac(6 + n)} for n, w in enumerate(wanted)]
    assert place.ipamd.post(RESERVATIONS + "?replace=true", other).status == 202
    watch.until(lambda: place.on_kea() == {place.at(n): place.mac(6 + n) for n in range(6)}, 60, "all to be replaced")
    for n in range(6):
        place.settles(n, "synced")
    keys = [f"{place.at(0)}@127.0.0.1", place.at(1), place.at(2)]
    problem(place.ipamd.post(RESERVATIONS + "/delete", {"keys": [*keys, place.at(11)]}), 404, "not-found")
    assert len(place.on_kea()) == 6
    answer = place.ipamd.post(RESERVATIONS + "/delete", {"keys": keys})
    assert answer.status == 202 and len(answer.json()["items"]) == 3, answer
    for n in range(3):
        place.settles(n, "removed")
    assert sorted(place.on_kea()) == sorted(place.at(n) for n in (3, 4, 5))
    place.ipamd.ctl("address", "unreserve", place.at(3), place.at(4), "--wait")
    assert list(place.on_kea()) == [place.at(5)]


@FAMILIES
def test_each_state_is_recorded_66(place):
    """The server is down, refuses, is up again; and somebody else has changed it meanwhile."""
    place.add(1)
    place.add(2, mac=place.mac(1))
    place.kea.services[place.service].stop()
    assert place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/reserve", None).status == 202
    watch.until(lambda: place.plan(1).get("message"), 60, "the plan to say why it waits")
    assert place.sync(1) == "pending" and place.plan(1)["state"] in ("planned", "running")
    problem(place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/unreserve", None), 404, "not-found")
    problem(place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/reserve", None), 409, "in-use")
    place.kea.restart(place.service)
    place.ipamd.post(f"/api/v1/manage/plans/{place.plan(1)['id']}/resume", None)
    place.settles(1, "synced")
    # Kea refuses a second reservation for the same client.
    assert place.ipamd.post(f"{ADDRESSES}/{place.at(2)}/reserve", None).status == 202
    place.settles(2, "failed")
    assert place.plan(2)["state"] == "failed" and place.plan(2)["plan_steps"][0]["message"]
    assert place.on_kea() == {place.at(1): place.mac(1)}
    # Away while it is down.
    place.kea.services[place.service].stop()
    assert place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/unreserve", None).status == 202
    watch.until(lambda: place.plan(1).get("message"), 60, "the plan to say why it waits")
    assert place.sync(1) == "removing"
    problem(place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/unreserve", None), 409, "in-use")
    place.kea.restart(place.service)
    place.ipamd.post(f"/api/v1/manage/plans/{place.plan(1)['id']}/resume", None)
    place.settles(1, "removed")
    assert place.on_kea() == {}
    # Somebody else has deleted it: there is nothing to delete, which the server says.
    place.ipamd.ctl("address", "reserve", place.at(1), "--wait")
    place.clear_on_kea()
    assert place.exists(1)
    assert place.ipamd.post(f"{ADDRESSES}/{place.at(1)}/unreserve", None).status == 202
    place.settles(1, "remove-failed")
    assert place.plan(1)["state"] == "failed" and place.on_kea() == {}
    # The same, found by a collection: it was made, and is there no more.
    place.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
    place.ipamd.ctl("address", "reserve", place.at(1), "--wait")
    assert (place.sync(1), place.exists(1)) == ("synced", True)
    place.clear_on_kea()
    place.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
    assert (place.sync(1), place.exists(1)) == ("synced", False)


@FAMILIES
def test_an_address_by_the_api_changes_no_server_67(place):
    config = place.kea.config_get(place.service)
    place.add(1)
    place.ipamd.ctl("address", "add", place.at(2), "--mac", place.mac(2), "--name", "two")
    made = place.ipamd.request("POST", ADDRESSES, f"address,mac\n{place.at(3)},{place.mac(3)}\n".encode(), headers={"Content-Type": "text/csv"})
    assert made.status in (200, 201), made
    answer = place.ipamd.request("PUT", f"{ADDRESSES}/{place.at(4)}", {"address": place.at(4), "mac": place.mac(4)})
    assert answer.status == 201, answer
    assert place.ipamd.request("PATCH", f"{ADDRESSES}/{place.at(1)}", {"name": "uno"}).status == 200
    assert [place.sync(n) for n in (1, 2, 3, 4)] == ["none"] * 4
    assert place.ipamd.items("manage/plans") == []
    assert place.kea.config_get(place.service) == config


@FAMILIES
def test_deleting_leaves_what_the_server_has_68(place):
    """What others have there stays by itself; what ipamd put there for the address goes with it, unless it is told not to."""
    for n in range(4):
        place.add(n)
    for n in (0, 1):
        place.ipamd.ctl("reservation", "add", place.at(4 + n), "--scope", place.prefix, "--identifier", place.mac(4 + n), "--wait")
        place.add(4 + n)
    for n in (1, 2, 3):
        place.ipamd.ctl("address", "reserve", place.at(n), "--wait")
    plans = len(place.ipamd.items("manage/plans"))
    there = place.on_kea()
    assert sorted(there) == sorted(place.at(n) for n in (1, 2, 3, 4, 5))
    assert place.ipamd.request("DELETE", f"{ADDRESSES}/{place.at(0)}").status == 204
    assert place.ipamd.request("DELETE", f"{ADDRESSES}/{place.at(4)}").status == 204
    assert place.ipamd.request("DELETE", f"{ADDRESSES}/{place.at(1)}?keep_reservation=true").status == 204
    place.ipamd.ctl("address", "delete", place.at(2), "--keep-reservation", "--yes")
    assert place.on_kea() == there and len(place.ipamd.items("manage/plans")) == plans
    for n in (0, 1, 2, 4):
        assert place.ipamd.get(f"{ADDRESSES}/{place.at(n)}").status == 404
    # Reclaimed.
    span = place.ipamd.post("/api/v1/ipam/ranges", {"first": place.at(3), "last": place.at(5)}).json()
    answer = place.ipamd.post(f"/api/v1/ipam/ranges/{span['id']}/reclaim", {"addresses": [place.at(3), place.at(5)]})
    assert answer.status == 200 and len(answer.json()["items"]) == 2, answer
    assert place.on_kea() == there and len(place.ipamd.items("manage/plans")) == plans


def dynamic(ipamd, prefix):
    """The first range of the subnet that its server leases, as {first, last, key}."""
    net = ipaddress.ip_network(prefix)
    spans = [r for r in ipamd.items("ipam/ranges") if r["kind"] == "dynamic" and ipaddress.ip_address(r["first"]) in net]
    return min(spans, key=lambda r: ipaddress.ip_address(r["first"]))


def listed(answer):
    """The addresses of the runs that an answer shows."""
    assert answer.status == 200, answer
    found = []
    for run in answer.json()["items"]:
        first, last = ipaddress.ip_address(run["first"]), ipaddress.ip_address(run["last"])
        assert int(run["size"]) == int(last) - int(first) + 1
        found += [str(first + n) for n in range(int(last) - int(first) + 1)]
    return found


@FAMILIES
def test_a_free_search_asks_the_dhcp_server_63(place):
    """Leases that nobody has collected are passed over; so is what the plan has for somebody."""
    span = dynamic(place.ipamd, place.prefix)
    path = f"/api/v1/ipam/ranges/{span['id']}/free"
    assert (place.kea.clients(20) if place.service == "dhcp4" else place.kea.clients6(20)) == 20
    leased = {lease["ip-address"] for lease in place.kea.leases(place.service)}
    first = ipaddress.ip_address(span["first"])
    members = [str(first + n) for n in range(60)]
    reserved = {a for r in place.kea.reservations(place.service) for a in r.get("ip-addresses", [r.get("ip-address")])}
    free = [a for a in members if a not in leased | reserved]
    assert place.ipamd.post(ADDRESSES, {"address": free[2], "name": "by hand"}).status == 201
    del free[2]
    assert listed(place.ipamd.get(path + "?ask=true&limit=30"))[:29] == free[:29]
    if place.service == "dhcp4":  # by the last collection the leases are not known; clients of DHCPv6 are spread
        assert leased & set(listed(place.ipamd.get(path)))
        assert leased.isdisjoint(listed(place.ipamd.get(path + "?ask=true&limit=1000")))
    # Page after page.
    found, cursor = [], ""
    while len(found) < 25:
        answer = place.ipamd.get(path + f"?ask=true&limit=7{cursor}")
        found += listed(answer)
        cursor = "&cursor=" + answer.json()["next"]
    assert found[:25] == free[:25]
    # By the command line.
    run = place.ipamd.ctl("range", "free", span["id"], "--ask", "--limit", "3", "-o", "json")
    assert json.loads(run.stdout)[0]["first"] == free[0]
    # A lease that ends is free at once.
    gone = min(leased, key=ipaddress.ip_address)
    assert place.kea.command(f"lease{place.service[-1]}-del", {"ip-address": gone}, place.service)["result"] == 0
    if place.service == "dhcp4":
        assert gone in listed(place.ipamd.get(path + "?ask=true&limit=60"))


@FAMILIES
def test_who_cannot_be_asked_says_so_63(place):
    span = dynamic(place.ipamd, place.prefix)
    path = f"/api/v1/ipam/ranges/{span['id']}/free?ask=true"
    own = place.ipamd.post("/api/v1/ipam/ranges", {"first": place.at(1), "last": place.at(5)}).json()
    problem(place.ipamd.get(f"/api/v1/ipam/ranges/{own['id']}/free?ask=true"), 422, "invalid")
    problem(place.ipamd.get(f"/api/v1/ipam/subnets/{place.key}/free?ask=true"), 422, "invalid")
    config = place.kea.config_get(place.service)
    config["hooks-libraries"] = []
    assert place.kea.command("config-set", {place.service.capitalize(): config}, place.service)["result"] == 0
    told = problem(place.ipamd.get(path), 501, "unsupported")
    assert "without ask" in told["hint"]
    place.kea.services[place.service].stop()
    away = place.ipamd.get(path)
    assert "without ask" in problem(away, 503, "unavailable")["hint"] and away.headers["retry-after"] == "2"
    assert listed(place.ipamd.get(path.replace("?ask=true", "?limit=1")))


@pytest.mark.parametrize("isolation", ["none", "process"])
def test_any_provider_that_can_is_asked_63(make_ipamd, isolation):
    ipamd = make_ipamd(config={
        "plugins": [{"name": "null-dhcp", "isolation": isolation}],
        "profiles": [{"name": "some", "driver": "null-dhcp", "options": {"scopes": 2, "leases": 40, "reservations": 4}}]})
    ipamd.ctl("server", "add", "dhcp.null.example", "--driver", "null-dhcp", "--profile", "some", "--role", "dhcp")
    ipamd.ctl("server", "collect", "dhcp.null.example", "--wait")
    for span in [r for r in ipamd.items("ipam/ranges") if r["kind"] == "dynamic"]:
        path = f"/api/v1/ipam/ranges/{span['id']}/free?limit=1000"
        asked, known = listed(ipamd.get(path + "&ask=true")), listed(ipamd.get(path))
        assert asked and asked == [a for a in known if a in set(asked)]


@pytest.mark.parametrize("service", ["dhcp4"])
def test_a_stop_does_not_wait_for_a_question_63(place):
    """The server hangs; who asks, and who waits for his turn, are answered when the service stops."""
    span = dynamic(place.ipamd, place.prefix)
    path = f"/api/v1/ipam/ranges/{span['id']}/free?ask=true"
    pid = place.kea.services["dhcp4"].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            asking = [pool.submit(place.ipamd.get, path) for _ in range(2)]
            watch.until(lambda: "next_free" in str([i.get("doing") for i in place.ipamd.items("system/instances")]), 20, "a question")
            began = time.monotonic()
            place.ipamd.stop()
            assert time.monotonic() - began < 20
            for one in asking:
                assert one.exception() is not None or one.result().status == 503, one.result()
    finally:
        os.kill(pid, signal.SIGCONT)
