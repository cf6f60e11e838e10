# test_lease_health.py - what becomes of leases is told, they are found on all servers, scopes say how full they are; real Keas.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import json
import pathlib
import shutil
import tempfile

import pytest

import kea_ha
import test_feed
import watch
from test_conflicts import settled
from test_dhcp_side import FAMILIES, ipamd  # noqa: F401
from test_leases import Leasing
from test_managed import NETS


class Told(Leasing):
    """Leases that others give and take by hand, and what is told of them."""

    def __init__(self, kea, ipamd, service):
        super().__init__(kea, ipamd, service)
        self.command, self.subnet = "lease" + service[-1], kea.subnet_list(service)[0]["id"]
        self.head = max(c["id"] for c in ipamd.items("audit/changes"))

    def who(self, n):
        """The client as Kea names him, and as he is told."""
        if self.service == "dhcp4":
            return {"hw-address": f"02:00:00:00:cc:{n:02x}"}, f"mac 02:00:00:00:cc:{n:02x}"
        return {"duid": f"00:03:00:01:02:00:00:00:cc:{n:02x}", "iaid": n}, f"duid 00:03:00:01:02:00:00:00:cc:{n:02x}, iaid {n}"

    def give(self, at, client, **more):
        self.kea.ask(self.command + "-add", {"ip-address": self.at(at), "subnet-id": self.subnet, **self.who(client)[0], **more}, self.service)

    def update(self, at, client, **more):
        self.kea.ask(self.command + "-update", {"ip-address": self.at(at), "subnet-id": self.subnet, **self.who(client)[0], **more}, self.service)

    def decline(self, at):
        """Its client finds that somebody else has the address: the server reads at its next start that it was so."""
        self.kea.services[self.service].stop()
        lines = self.kea.lease_file(self.service).read_text().splitlines()
        values = [line for line in lines if line.startswith(self.at(at) + ",")][-1].split(",")
        values[lines[0].split(",").index("state")] = "1"
        with open(self.kea.lease_file(self.service), "a") as f:
            f.write(",".join(values) + "\n")
        self.kea.services[self.service].start()

    def take(self, at):
        self.kea.ask(self.command + "-del", {"ip-address": self.at(at)}, self.service)

    def told(self):
        """What is told after the next collection: {address: (event, client, former client)}; by the history and the feed alike."""
        since = self.head
        self.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
        changes = sorted(c["id"] for c in self.ipamd.items("audit/changes") if c["id"] > since)
        self.head = max(changes, default=since)
        history = [i for rev in changes for i in self.ipamd.get(f"/api/v1/audit/changes/{rev}").json()["items"] if i["type"] == "lease"]
        feed, stream = [], test_feed.Stream(self.ipamd, f"since={since}") if changes else None
        seen = since
        while seen < self.head:
            event = stream.next()
            seen = event.id
            feed += [i for i in (event.data or {}).get("items", []) if i["type"] == "lease"]
        assert feed == history
        return {i["key"]: (i["event"], i.get("client"), i.get("former_client")) for i in history if "event" in i}


@pytest.fixture
def told(kea, ipamd, service):
    return Told(kea, ipamd, service)


@FAMILIES
def test_what_becomes_of_a_lease_is_told_with_both_clients(told):
    for at in (201, 202, 203, 204):
        told.give(at, at - 200, hostname=f"host-{at}")
    new = told.told()
    assert new == {told.at(at): ("lease-new", f"{told.who(at - 200)[1]}, name host-{at}", None) for at in (201, 202, 203, 204)}
    # A renewal is nothing; the first ends before its time, the second is another's, the third is refused by its client.
    told.update(204, 4, hostname="host-204", **{"valid-lft": 90000})
    told.take(201)
    told.take(202)
    told.give(202, 9)
    told.decline(203)
    assert told.told() == {
        told.at(201): ("lease-release", None, f"{told.who(1)[1]}, name host-201"),
        told.at(202): ("lease-owner", told.who(9)[1], f"{told.who(2)[1]}, name host-202"),
        told.at(203): ("lease-decline", None, f"{told.who(3)[1]}, name host-203")}
    assert told.told() == {}, "what was told is not told again"


@FAMILIES
def test_a_lease_that_runs_out_is_told(told):
    told.give(201, 1, **{"valid-lft": 1})
    told.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
    gone = lambda: (told.kea.ask("leases-reclaim", {"remove": True}, told.service), told.of_kea(1) is None)[1]
    watch.until(gone, 30, "the lease to be over")
    assert told.told()[told.at(201)] == ("lease-expire", None, told.who(1)[1])


@FAMILIES
def test_leases_are_found_on_all_servers(told):
    told.give(201, 1, hostname="printer-1.example")
    told.give(202, 2, hostname="printer-2.example")
    told.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
    find = lambda query: {r["address"] for r in told.ipamd.items("dhcp/leases?" + query)}
    v4, both, first = told.service == "dhcp4", {told.at(201), told.at(202)}, {told.at(201)}
    assert find("address=" + told.at(201)) == first and both <= find("within=" + told.prefix)
    assert find("mac.prefix=02:00:00:00:cc" if v4 else "duid.prefix=00:03:00:01:02:00:00:00:cc") == both
    assert find("mac=02:00:00:00:cc:01" if v4 else "duid=00:03:00:01:02:00:00:00:cc:01") == first
    assert find("name=printer-1.example") == first and find("name.prefix=printer-") == both
    found = told.ipamd.get("/api/v1/find?q=" + ("02:00:00:00:cc" if v4 else "00:03:00:01:02:00:00:00:cc")).json()["items"]
    assert {(i["type"], i["object"]["address"]) for i in found if i["type"] == "lease"} == {("lease", a) for a in both}
    found = told.ipamd.get("/api/v1/find?q=printer-").json()["items"]
    assert {i["object"]["address"] for i in found if i["type"] == "lease"} == both
    assert told.at(201) in told.ipamd.ctl("lease", "list", "--filter", "name.prefix=printer-1").stdout


@FAMILIES
def test_item_125_scopes_say_how_full_they_are(told):
    place = told
    place.prefix = NETS[place.service][0]
    place.add_scope()
    assert "level" not in place.scope(), "without pools it is neither full nor empty"
    net = ipaddress.ip_network(place.prefix)
    place.add("pools", {"scope": place.scope()["id"], "first": str(net[10]), "last": str(net[19])})
    assert place.scope()["level"] == "under"
    lease = lambda n: {"address": str(net[10 + n]), **place.client(n)}
    place.add("leases", [lease(n) for n in range(5)])
    assert place.scope()["used"] == "5" and place.scope()["level"] == "optimal"
    place.add("leases", [lease(n) for n in range(5, 9)])
    assert place.scope()["level"] == "over"
    # The thresholds are those of the subnet of the plan that it lies in.
    place.ipamd.ctl("subnet", "set", place.prefix, "--over", "95")
    assert place.scope()["level"] == "optimal"
    assert [s["prefix"] for s in place.ipamd.items("dhcp/scopes?level=optimal")] == [place.prefix]


def test_a_service_that_stops_is_told_with_its_times(kea, ipamd):
    """Since when it is as it is, and how much of the time it answered."""
    server = lambda: ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()
    share = lambda: float(server().get("availability", -1))
    assert server()["service"] == "running" and server()["state"] == "reachable"
    watch.until(lambda: ipamd.ctl("server", "probe", "127.0.0.1", "--wait") and share() == 100, 60, "it has been watched for a while")
    since = server()["state_since"]
    for name in ("dhcp4", "dhcp6", "agent"):
        kea.services[name].stop()
    assert ipamd.ctl("server", "probe", "127.0.0.1", "--wait", check=False).returncode != 0
    watch.until(lambda: ipamd.ctl("server", "probe", "127.0.0.1", "--wait", check=False) and share() < 100, 60,
                lambda: f"time without it counts: {server()}")
    down = server()
    assert down["state"] == "unreachable" and down["state_since"] > since
    for name in ("dhcp4", "dhcp6", "agent"):
        kea.services[name].start()
    ipamd.ctl("server", "probe", "127.0.0.1", "--wait")
    up = server()
    assert up["state"] == "reachable" and up["service"] == "running" and up["state_since"] > down["state_since"] and up["service_since"]
    assert 0 < share() < 100


@pytest.fixture
def twin(kea, make_ipamd):
    """A second server that knows nothing of the first, with a pool of its own in the first one's first subnet."""
    member = kea_ha.Member(pathlib.Path(tempfile.mkdtemp(prefix="twin.", dir="/tmp")), "ha2", "hot-standby")
    config = json.loads(member.config_file().read_text())
    subnet = kea.subnet_list()[0]["subnet"]
    net = ipaddress.ip_network(subnet)
    config["Dhcp4"]["hooks-libraries"] = config["Dhcp4"]["hooks-libraries"][:2]
    config["Dhcp4"]["subnet4"] = [{"id": 1, "subnet": subnet, "pools": [{"pool": f"{net[240]}-{net[250]}"}]}]
    member.config_file().write_text(json.dumps(config))
    member.process.start()
    it = make_ipamd(config={"profiles": [{"name": "first", "driver": "kea", "options": {"socket4": kea.socket(), "socket6": kea.socket("dhcp6")}},
                                         {"name": "twin", "driver": "kea", "options": {"socket4": member.socket()}}]})
    it.add_kea("first", profile="first")
    it.add_kea("twin", profile="twin")
    member.ipamd, member.net = it, net
    yield member
    member.process.stop()
    shutil.rmtree(member.dir.parent, ignore_errors=True)


def test_a_prefix_that_two_servers_serve(twin):
    """Each a part of it: a split scope, told as such. One of them nothing: the same, twice. What both lease is a fault."""
    it, net = twin.ipamd, twin.net
    (split,) = settled(it, ["scope-split"])
    assert split["severity"] == "information" and split["prefix"] == str(net)
    assert ["@first" in split["parties"][0], "@twin" in split["parties"][1]] == [True, True]
    assert f"leases {net[240]}-{net[250]}" in split["evidence"][1] and "failover" in split["remedy"]
    assert [c["id"] for c in it.items("ipam/conflicts?severity=information")] == [split["id"]]
    servers = {s["name"]: s["id"] for s in it.items("inventory/servers")}
    (scope,) = [s for s in it.items("dhcp/scopes") if s["server"] == servers["twin"]]
    (pool,) = [p for p in it.items("dhcp/pools") if p["server"] == servers["twin"]]
    assert it.ctl("pool", "delete", pool["id"], "--yes", "--wait")
    (twice,) = settled(it, ["scope-twice"])
    assert twice["prefix"] == str(net) and twice["severity"] == "information" and "@twin" in twice["remedy"]
    (theirs,) = [p for p in it.items("dhcp/pools") if p["server"] == servers["first"] and ipaddress.ip_address(p["first"]) in net]
    it.ctl("pool", "add", "--scope", scope["id"], "--first", theirs["last"], "--last", theirs["last"], "--wait")
    (overlap,) = settled(it, ["pools-overlap"])
    assert overlap["address"] == theirs["last"] and "severity" not in overlap
    it.ctl("scope", "delete", scope["id"], "--yes", "--wait")
    assert settled(it, []) == []
