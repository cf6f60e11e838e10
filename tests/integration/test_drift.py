# test_drift.py - what somebody changes on a DHCP server behind ipamd's back: seen, adopted, put back; real Kea 2.2 and 3.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import datetime
import ipaddress
import json

import pytest

import identity
import kea3
import watch
from test_api import problem
from test_dhcp_side import FAMILIES, ipamd  # noqa: F401
from test_managed import DHCP, Managed

DRIFTS = DHCP + "drifts"


class Drifting(Managed):
    """A Kea that somebody else changes as well."""

    def outside(self, change, by="config-set"):
        """Changes the configuration behind ipamd's back: `change` is given it, to be edited in place."""
        name = self.service.capitalize()
        if by == "config-set":
            config = self.config()
            config.pop("hash", None)
            change(config)
            answer = self.kea.command("config-set", {name: config}, self.service)
            assert answer["result"] == 0, answer
        else:
            path = self.kea.config_file(self.service)
            whole = json.loads(path.read_text())
            change(whole[name])
            path.write_text(json.dumps(whole))
            assert self.kea.command("config-reload", service=self.service)["result"] == 0

    def subnet_of(self, config, prefix=None):
        (found,) = [s for s in self.subnets(config) if s["subnet"] == (prefix or self.prefix)]
        return found

    def subnets(self, config):
        return config["subnet" + self.service[-1]]

    def lifetime(self, seconds, **more):
        """A change of the scope's lifetime, with the bounds that Kea wants around it."""
        keys = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")
        return lambda config: self.subnet_of(config).update({**dict.fromkeys(keys, seconds), **more})

    def take(self, config, prefix=None):
        """Takes a subnet out of a configuration."""
        subnet = self.subnet_of(config, prefix)
        self.subnets(config).remove(subnet)
        return subnet

    def collect(self):
        self.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")

    def drifts(self, **fields):
        return [d for d in self.ipamd.items("dhcp/drifts") if all(d.get(k) == v for k, v in fields.items())]

    def drift(self, **fields):
        (found,) = self.drifts(**fields)
        return self.ipamd.get(f"{DRIFTS}/{found['id']}").json()

    def decide(self, verb, *drifts, **kw):
        if len(drifts) == 1:
            return self.ipamd.post(f"{DRIFTS}/{drifts[0]['id']}/{verb}", **kw)
        return self.ipamd.post(f"{DRIFTS}/{verb}", {"keys": [d["id"] for d in drifts]}, **kw)

    def furnished(self):
        """A scope with a pool, an option and a reservation, made by ipamd."""
        scope = self.add_scope(name="floor 9", lease_time=1234)
        self.add("pools", {"scope": scope["id"], "first": self.at(10), "last": self.at(19)})
        code, value = (6, "10.99.0.53") if self.service == "dhcp4" else (23, "fd99::53")
        self.add("option-values", {"scope": scope["id"], "owner": "scope", "code": code, "values": [value]})
        client = ({"identifier_type": "hw-address", "identifier": "02:00:00:00:99:05"} if self.service == "dhcp4"
                  else {"identifier_type": "duid", "identifier": "00:03:00:01:02:00:00:00:99:05"})
        self.add("reservations", {"scope": scope["id"], "address": self.at(5), "name": "kept", **client})
        assert self.drifts() == []
        return scope


@pytest.fixture
def place(kea, ipamd, service):
    return Drifting(kea, ipamd, service)


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


@FAMILIES
def test_what_changed_is_told_with_when_and_what_differs(place):
    scope = place.furnished()
    place.collect()
    read = place.ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()
    assert place.drifts() == [] and read.get("drifts", 0) == 0
    place.outside(place.lifetime(999, **{"user-context": {"name": "theirs"}}))
    place.collect()
    drift = place.drift(state="open")
    assert (drift["verb"], drift["about"], drift["object"]) == ("changed", "scope", f"scope {place.prefix}")
    assert drift["object_id"] == scope["id"] == drift["scope"] and "command" not in drift
    assert (drift["before"]["name"], drift["after"]["name"]) == ("floor 9", "theirs")
    assert (drift["before"]["lease_time"], drift["after"]["lease_time"]) == (1234, 999)
    differs = {d["field"]: (d["before"], d["after"]) for d in drift["differences"]}
    assert differs["name"] == ("floor 9", "theirs") and differs["lease_time"] == (1234, 999)
    assert sorted(differs) == sorted(drift["differs"])
    assert drift["since"] == read["config_read"] and when(drift["since"]) < when(drift["seen"])
    # One revision holds what was seen and the note of it, and says that it was not made here.
    change = place.ipamd.get(f"/api/v1/audit/changes/{drift['revision']}").json()
    assert {i["type"] for i in change["items"]} >= {"scope", "drift"}
    assert change["operation"] == "inventory.server.collect" and change["reason"] == "changed on the server, not by ipamd"
    server = place.ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()
    assert server["drifts"] == 1
    assert 'ipam_server_drifts{server="127.0.0.1"} 1' in place.ipamd.get("/metrics").body.decode()
    # Nothing new is read: nothing new is told.
    head = int(place.ipamd.get("/readyz").headers.get("ipam-revision", 0) or place.ipamd.get(DRIFTS).headers["ipam-revision"])
    place.collect()
    assert [d["rev"] for d in place.drifts()] == [drift["rev"]] and head >= drift["rev"]


@FAMILIES
def test_a_later_change_is_the_same_drift_and_ends_when_all_is_as_before(place):
    place.furnished()
    for lifetime in (999, 888):
        place.outside(place.lifetime(lifetime))
        place.collect()
    drift = place.drift()
    assert (drift["before"]["lease_time"], drift["after"]["lease_time"]) == (1234, 888)
    place.outside(place.lifetime(1234))
    place.collect()
    assert place.drift(id=drift["id"])["state"] == "gone"
    assert place.ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["drifts"] == 0
    problem(place.decide("adopt", drift), 409, "in-use")


@FAMILIES
def test_a_scope_that_was_deleted_comes_back_with_what_was_in_it(place):
    scope = place.furnished()
    before = {r: [o["id"] for o in place.ipamd.items(f"dhcp/{r}?scope={scope['id']}")] for r in ("pools", "option-values", "reservations")}
    assert all(len(ids) == 1 for ids in before.values()), before
    was, _ = place.on_kea()
    place.outside(place.take)
    place.collect()
    opened = place.drifts(state="open", verb="deleted")
    assert sorted(d["about"] for d in opened) == ["option_value", "pool", "reservation", "scope"]
    (drift,) = [d for d in opened if d["about"] == "scope"]
    (pool,) = [d for d in opened if d["about"] == "pool"]
    assert "scope" in problem(place.decide("restore", pool), 409, "in-use")["detail"]
    # Told beforehand, and nothing is done.
    shown = place.ipamd.post(f"{DRIFTS}/{drift['id']}/restore?dry_run=true")
    assert shown.status == 200, shown
    steps = [o["after"]["object"] for o in shown.json()["changes"] if o["type"] == "plan_step"]
    assert len(steps) == 4 and steps[0] == f"scope {place.prefix}"
    assert place.on_kea() == (None, None)
    plans = place.made(place.decide("restore", drift, headers={"X-Change-Reason": "it is ours"}))
    assert len(plans) == 4
    now, _ = place.on_kea()
    assert now["id"] == was["id"] and now["valid-lifetime"] == 1234
    assert [p["pool"] for p in now["pools"]] == [p["pool"] for p in was["pools"]]
    assert [o["data"] for o in now["option-data"]] == [o["data"] for o in was["option-data"]]
    assert len(now["reservations"]) == 1
    closed = place.drift(id=drift["id"])
    assert (closed["state"], closed["reason"]) == ("restored", "it is ours") and closed["decided_by"] and closed["decided"]
    assert place.drifts(state="open") == []
    # They are the objects that they were.
    assert place.scope()["id"] == scope["id"]
    for resource, ids in before.items():
        assert [o["id"] for o in place.ipamd.items(f"dhcp/{resource}?scope={scope['id']}")] == ids
    place.collect()
    assert place.drifts(state="open") == []


@FAMILIES
def test_what_was_added_stays_or_goes(place):
    place.furnished()
    net = ipaddress.ip_network(place.other)
    other = {"id": 4321, "subnet": place.other, "pools": [{"pool": f"{net[1]}-{net[9]}"}]}
    place.outside(lambda c: place.subnets(c).append(other))
    place.collect()
    opened = place.drifts(state="open")
    assert sorted((d["about"], d["verb"]) for d in opened) == [("pool", "added"), ("scope", "added")]
    (drift,) = [d for d in opened if d["about"] == "scope"]
    (plan,) = place.made(place.decide("restore", drift))
    assert plan["summary"].startswith(f"delete scope {place.other}")
    assert place.on_kea(place.other) == (None, None) and place.on_kea()[0] is not None
    assert {d["state"] for d in place.drifts()} == {"restored"}
    # The same again, and now it may stay: with its pool.
    place.outside(lambda c: place.subnets(c).append(other))
    place.collect()
    (drift,) = place.drifts(state="open", about="scope")
    assert place.decide("adopt", drift).status == 200
    assert place.drifts(state="open") == [] and len(place.drifts(state="adopted")) == 2
    place.collect()
    assert place.drifts(state="open") == []
    # From now on it is what was recorded.
    place.outside(lambda c: place.take(c, place.other))
    place.collect()
    assert {d["verb"] for d in place.drifts(state="open")} == {"deleted"}


@FAMILIES
def test_by_an_edited_file_and_the_command_line(place):
    place.furnished()
    ctl = place.ipamd.ctl
    place.outside(lambda c: c.update({"valid-lifetime": 3333, "min-valid-lifetime": 3333, "max-valid-lifetime": 3333}), by="file")
    place.outside(lambda c: place.subnet_of(c)["pools"].clear(), by="file")
    place.collect()
    assert {("dhcp_server", "changed"), ("pool", "deleted")} <= {(d["about"], d["verb"]) for d in place.drifts(state="open")}
    (settings,), (pool,) = place.drifts(state="open", about="dhcp_server"), place.drifts(state="open", about="pool")
    assert f"pool {place.at(10)}-{place.at(19)}" in ctl("drift", "list", "--state", "open").stdout
    assert "3333" in ctl("drift", "show", settings["id"], "-o", "json").stdout
    assert f"pool {place.at(10)}" in ctl("drift", "restore", pool["id"], "--dry-run").stdout
    ctl("drift", "restore", pool["id"], "--wait", "--reason", "clients need it")
    assert len(place.on_kea()[0]["pools"]) == 1
    ctl("drift", "adopt", settings["id"], "--reason", "agreed")
    assert place.drift(id=settings["id"])["state"] == "adopted" and place.drift(id=settings["id"])["reason"] == "agreed"
    assert place.drift(id=pool["id"])["state"] == "restored"
    assert place.config()["valid-lifetime"] == 3333


@FAMILIES
def test_a_plan_meets_a_change_of_somebody_else(place):
    """Between the last reading and a plan: the plan finds it, tells it, and does its own part."""
    scope = place.furnished()
    place.outside(lambda c: place.subnet_of(c).update({"user-context": {"name": "theirs"}}))
    place.change("scopes", scope["id"], {"lease_time": 4321}, drifts=1)
    drift = place.drift()
    assert drift["verb"] == "changed" and "lease_time" not in drift["differs"]
    assert (drift["before"]["name"], drift["after"]["name"]) == ("floor 9", "theirs")
    place.made(place.decide("restore", drift))
    assert place.on_kea()[0]["user-context"]["name"] == "floor 9" and place.scope()["lease_time"] == 4321
    assert place.drift()["state"] == "restored"


@FAMILIES
def test_what_cannot_be_put_back_stays_open(place):
    place.furnished()
    place.outside(place.take)
    place.collect()
    (drift,) = place.drifts(about="scope")
    # Its place is taken meanwhile.
    place.outside(lambda c: place.subnets(c).append({"id": 4321, "subnet": place.prefix}))
    plans = place.ended(place.decide("restore", drift))
    assert {p["state"] for p in plans} == {"failed"}
    still = place.drift(id=drift["id"])
    assert still["state"] == "open" and "plan" not in still and "decided" not in still and still["message"]
    place.collect()
    (added,) = place.drifts(state="open", verb="added")
    # Both at once: what is in the way goes first.
    place.made(place.decide("restore", drift, added))
    assert place.drifts(state="open") == [] and len(place.on_kea()[0]["pools"]) == 1


@FAMILIES
def test_who_may_and_what_is_wrong(place):
    place.furnished()
    place.outside(lambda c: place.subnet_of(c).update({"user-context": {"name": "theirs"}}))
    place.collect()
    drift = place.drift()
    post = place.ipamd.post
    problem(post(f"{DRIFTS}/999999/adopt"), 404, "not-found")
    problem(post(f"{DRIFTS}/adopt", {"keys": [drift["id"], 999999]}), 404, "not-found")
    problem(post(f"{DRIFTS}/restore", {"keys": []}), 422, "invalid")
    problem(post(f"{DRIFTS}/restore", {"keys": ["x"]}), 422, "invalid")
    assert place.drift()["rev"] == drift["rev"]
    # Who may ask, and not change scopes, decides nothing; with that right he does.
    asks = ["dhcp.drift.read", "dhcp.drift.adopt", "dhcp.drift.restore"]
    for name, operations, status in (("watcher", asks, 403), ("keeper", [*asks, "dhcp.scope.change"], 200)):
        assert post("/api/v1/access/roles", {"name": name, "operations": operations}).status == 201
        who = identity.user(place.ipamd, f"a-{name}")
        policy = {"principal": f"user:a-{name}", "role": name, "scope": 2}    # /Global
        assert post("/api/v1/access/policies", policy).status == 201
        token = identity.token(place.ipamd, who)["token"]
        for verb in ("adopt", "restore"):
            answer = post(f"{DRIFTS}/{drift['id']}/{verb}?dry_run=true", token=token)
            assert answer.status == status, answer
    assert place.drift()["rev"] == drift["rev"]
    problem(place.ipamd.request("PATCH", "/api/v1/inventory/servers/127.0.0.1", {"drifts": 0}), 422, "invalid")
    place.ipamd.ctl("server", "set", "127.0.0.1", "--no-managed")
    problem(place.decide("restore", drift), 409, "managed-elsewhere")


def test_many_scopes_changed_at_once(make_kea, make_ipamd):
    """2,000 scopes: one reading, batches, and all of them are told."""
    kea = make_kea(subnets=2000, shared=4, reservations=2000)
    ipamd = make_ipamd()
    ipamd.add_kea()
    place = Drifting(kea, ipamd, "dhcp4")
    def change(config):
        for s in kea.subnet_list(config=config):
            s["user-context"] = {"name": "theirs"}
    place.outside(change)
    place.collect()
    assert ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["drifts"] == 2000
    total = ipamd.get(DRIFTS + "?state=open&verb=changed&count=true&limit=1").json()["total"]
    assert total == 2000
    first = [d["id"] for d in ipamd.get(DRIFTS + "?state=open&limit=1000").json()["items"]]
    assert ipamd.post(DRIFTS + "/adopt", {"keys": first}).status == 200
    assert ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["drifts"] == 1000


def test_kea_3_changed_by_its_own_commands(make_ipamd):
    """subnet4-add and subnet6-del of Kea 3, behind ipamd's back: told, taken away again and put back."""
    three = kea3.Kea3(wide=False).start()
    try:
        options = {"socket4": three.socket(), "socket6": three.socket("dhcp6")}
        ipamd = make_ipamd(config={"profiles": [{"name": "kea-3", "driver": "kea", "options": options}]})
        ipamd.add_kea(profile="kea-3")
        four, six = Drifting(three, ipamd, "dhcp4"), Drifting(three, ipamd, "dhcp6")
        assert four.drifts() == []
        gone = three.subnet_list("dhcp6")[0]
        three.ask("subnet4-add", {"subnet4": [{"id": 4321, "subnet": four.prefix, "pools": [{"pool": f"{four.at(10)}-{four.at(19)}"}]}]})
        three.ask("subnet6-del", {"id": gone["id"]}, "dhcp6")
        four.collect()
        opened = {(d["about"], d["verb"], d["object"]) for d in four.drifts(state="open")}
        assert {("scope", "added", f"scope {four.prefix}"), ("scope", "deleted", f"scope {gone['subnet']}")} <= opened
        (added,) = four.drifts(about="scope", verb="added")
        (deleted,) = four.drifts(about="scope", verb="deleted")
        four.made(four.decide("restore", added, deleted))
        assert four.on_kea() == (None, None)
        back = {s["subnet"]: s for s in three.subnet_list("dhcp6")}[gone["subnet"]]
        assert back["id"] == gone["id"] and [p["pool"] for p in back["pools"]] == [p["pool"] for p in gone["pools"]]
        assert four.drifts(state="open") == []
        six.collect()
        assert six.drifts(state="open") == []
    finally:
        three.stop()


def test_killed_while_it_is_told(make_kea, make_ipamd):
    """What is recorded of the server and what is told of it are the same, wherever a collection was cut off; the next one tells the rest."""
    kea = make_kea(subnets=1000, shared=4, reservations=4)
    ipamd = make_ipamd()
    ipamd.add_kea()
    place = Drifting(kea, ipamd, "dhcp4")

    def change(config):
        for s in kea.subnet_list(config=config):
            s["user-context"] = {"name": "theirs"}

    place.outside(change)
    ipamd.ctl("server", "collect", "127.0.0.1")
    watch.until(lambda: ipamd.get(DRIFTS + "?count=true&limit=1").json()["total"] > 0, 60, "the first drifts")
    ipamd.kill()
    ipamd.restart()
    told = {d["object_id"] for d in place.drifts()}
    assert told == {s["id"] for s in ipamd.items("dhcp/scopes") if s.get("name") == "theirs"} and told
    assert ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["drifts"] == len(told)
    place.collect()
    assert len(place.drifts(state="open", verb="changed")) == 1000
