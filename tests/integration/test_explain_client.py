# test_explain_client.py - what a client would get: what is told is what a real Kea answers on the wire.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import itertools
import json

import pytest

import daemon
import explained
import kea3
from explained import CIRCUIT, CLASSED, CLIENT_ID, GLOBAL, HOST, STRANGER
from test_api import problem

PATH = "/api/v1/dhcp/explain-client"
LINKS4 = {"11": ("10.77.1.0/24", "10.77.1.1", "127.0.0.1"), "tower": ("10.77.3.0/24", "127.0.0.2", "127.0.0.2")}
# Options that the server makes itself, or that lead the way: not of its configuration.
OWN4, OWN6 = {12, 51, 53, 54, 58, 59, 61, 82}, {1, 2, 13}


CONFIG3 = {"profiles": [{"name": "three", "driver": "kea", "options": {
    "port4": kea3.HTTP["dhcp4"], "port6": kea3.HTTP["dhcp6"], "user": kea3.USER, "password": {"secret": "three"}}}]}


@pytest.fixture(scope="module", params=["kea-2.2", "kea-3.0"])
def place(request):
    server = (explained.Explained if request.param == "kea-2.2" else explained.Explained3)()
    server.start()
    try:
        with daemon.maker() as make:
            it = make(start=False, **({"config": CONFIG3, "secrets": {"three": kea3.PASSWORD}} if request.param == "kea-3.0" else {}))
            it.config["tokens"] += [{"name": "eyes", "file": str(it.dir / "eyes.token")}]
            it.write_config()
            it.start()
            it.add_kea(profile="three" if request.param == "kea-3.0" else "kea-site")
            yield server, it
    finally:
        server.stop()


@pytest.fixture
def ipamd(place):
    return place[1]


def told(ipamd, **asked):
    """The findings, by kind."""
    query = "&".join(f"{k}={v}" for k, v in asked.items() if v is not None)
    answer = ipamd.get(f"{PATH}?{query}".replace(" ", "%20").replace("#", "%23"))
    assert answer.status == 200, answer
    found = {}
    for item in answer.json()["items"]:
        found.setdefault(item["kind"], []).append(item)
    return found


def settings(found):
    return {i["name"]: i["values"][0] for i in found.get("setting", []) if i["verdict"] == "yes"}


def sent(found):
    """{code: bytes} of what is sent, by what is told."""
    return {i["code"]: i["data"].replace(":", "") for i in found.get("option", [])
            if i["verdict"] == "yes" and "space" not in i}


def in_pool(address, pool):
    if "-" in pool:
        first, last = (ipaddress.ip_address(a.strip()) for a in pool.split("-"))
    else:
        first, last = ipaddress.ip_network(pool)[0], ipaddress.ip_network(pool)[-1]
    return first <= ipaddress.ip_address(address) <= last


def agrees(found, wire, own):
    """What is told of address and options is what came; what depends on which pool it comes of is one of what was told."""
    unsure = {}
    for o in found.get("option", []):
        if o["verdict"] == "unknown":
            unsure.setdefault(o["code"], set()).add(o["data"].replace(":", ""))
    options = {code: data.hex() for code, data in wire["options"].items() if code not in own}
    assert sent(found) == {code: data for code, data in options.items() if code not in unsure}, found
    for code in set(options) & set(unsure):
        assert options[code] in unsure[code], (code, found)
    given = found["address"]
    assert {g["verdict"] for g in given} == {"yes"}
    if given[0]["level"] == "pool":     # which of the free ones it is, is the server's own
        assert any(in_pool(wire["address"], g["holder"]) for g in given), (given, wire)
        assert all(in_pool(g["address"], g["holder"]) for g in given)
    else:
        assert [g["address"] for g in given] == [wire["address"]], (given, wire)
    return bool(unsure)


def clients4():
    """Of all that a client may send, the sets that go together in some way."""
    for mac, vendor, user, name, client_id, circuit in itertools.product(
            (HOST, CLASSED, GLOBAL, STRANGER), (None, "Phone 7", "PC"), (None, "guest"), (None, "alpha"), (None, CLIENT_ID),
            (None, "port-7", "port-9")):
        if sum(x is not None for x in (vendor, user, name, client_id, circuit)) <= 2:
            yield {"mac": mac, "vendor_class": vendor, "user_class": user, "name": name, "client_id": client_id,
                   "circuit": circuit}


@pytest.mark.parametrize("link", LINKS4)
def test_what_is_told_is_what_comes_ipv4(place, link):
    kea, ipamd = place
    scope, at, relay = LINKS4[link]
    served, compared = set(), 0
    for client in clients4():
        circuit = client.pop("circuit")
        agent = explained.tlv(5, ipaddress.ip_address(at).packed) if relay == "127.0.0.1" else b""
        agent += explained.tlv(1, circuit.encode()) if circuit else b""
        found = told(ipamd, scope=scope, relay=relay, asks=",".join(map(str, explained.ASKS4)),
                     options=f"82={agent.hex()}" if agent else None, **client)
        if not found.get("address"):
            assert found["note"] and not any(s["verdict"] == "yes" for s in found.get("scope", [])), found
            assert explained.answer4({**client, "agent": agent, "patience": 0.5}, relay) is None
            served.add("nobody")
            continue
        if found["address"][0]["verdict"] == "no":
            assert explained.answer4({**client, "agent": agent, "patience": 0.5}, relay) is None
            served.add("no address")
            continue
        wire = explained.answer4({**client, "agent": agent}, relay)
        assert wire is not None, (client, found)
        served.add("one of several pools" if agrees(found, wire, OWN4) else "sure")
        fields = settings(found)
        assert int.from_bytes(wire["options"][51], "big") == int(fields["lease_time"]), (client, found)
        for code, name in ((58, "renew_time"), (59, "rebind_time")):
            assert fields.get(name) == (str(int.from_bytes(wire["options"][code], "big")) if code in wire["options"] else None)
        for name in ("next_server", "server_name", "boot_file"):
            assert fields.get(name) == wire[name], (name, client, found)
        served.add(found["address"][0]["level"])
        compared += 1
    assert compared > 40 and {"reservation", "pool"} <= served, (compared, served)
    assert served >= ({"nobody"} if link == "tower" else {"one of several pools"})


def clients6():
    for mac, user, vendor in itertools.product((HOST, CLASSED, STRANGER), (None, "guest"), (None, "Phone", "Other")):
        yield {"duid": "00:03:00:01:" + mac, "user_class": user, "vendor": vendor}


@pytest.mark.parametrize("link", ["2001:db8:9::1", "fd00:62::1"])
def test_what_is_told_is_what_comes_ipv6(place, link):
    kea, ipamd = place
    levels, certain = set(), 0
    for client in clients6():
        vendor = client.pop("vendor")
        data = (4491).to_bytes(4, "big") + len(vendor).to_bytes(2, "big") + vendor.encode() if vendor else None
        found = told(ipamd, server="127.0.0.1", relay=link, asks=",".join(map(str, explained.ASKS6)),
                     options=f"16={data.hex()}" if data else None, **client)
        wire = explained.answer6({**client, "vendor": data}, link)
        given = found["address"][0]
        levels.add(given.get("level"))
        if given["verdict"] != "yes":
            assert wire["address"] is None, (client, found, wire)
            continue
        agrees(found, wire, OWN6)
        fields, unsure = settings(found), {s["name"] for s in found["setting"] if s["verdict"] == "unknown"}
        for name, seconds in zip(("renew_time", "rebind_time", "preferred_time", "lease_time"), wire["times"]):
            assert name in unsure or int(fields.get(name, 0)) == seconds, (name, client, found)
        certain += not unsure
    assert {"reservation", "pool"} <= levels and certain >= 4


def test_each_finding_says_why_and_where_it_comes_from(ipamd):
    found = told(ipamd, scope="10.77.1.0/24", mac=HOST, vendor_class="Phone 7")
    classes = {c["name"]: c for c in found["class"]}
    assert classes["phones"]["verdict"] == "yes" and "option[60].hex" in classes["phones"]["reason"]
    assert classes["guests"]["verdict"] == "no" and "option[77].hex is not sent" in classes["guests"]["reason"]
    assert classes["KNOWN"]["verdict"] == "yes"
    (reservation,) = found["reservation"]
    ours = ipamd.items("dhcp/reservations?address=10.77.1.200")[0]
    assert reservation["reservation"] == ours["id"] and reservation["native"] == ours["native"]
    (scope,) = found["scope"]
    assert scope["scope"] == ours["scope"] and scope["verdict"] == "yes"
    level = {o["name"]: (o["level"], o["verdict"], o.get("values")) for o in found["option"]}
    assert level["domain-name-servers"] == ("reservation", "yes", ["10.77.1.54"])
    assert level["routers"] == ("scope", "yes", ["10.77.1.1"])
    assert level["tftp-server-name"] == ("class", "unknown", ["tftp.phones"]), "sent when it is asked for"
    assert level["t-always"] == ("server", "yes", ["always"])
    assert level["t-level"][0] == "reservation"
    assert {s["name"]: (s["level"], s["values"]) for s in found["setting"]}["lease_time"] == ("class", ["1200"])
    # A scope that is for others says so.
    found = told(ipamd, scope="10.77.3.0/24", mac=STRANGER, user_class="guest")
    verdicts = {s["scope"]: s for s in found["scope"]}
    assert sorted(s["verdict"] for s in verdicts.values()) == ["no", "yes"]
    assert "neither" in next(s for s in verdicts.values() if s["verdict"] == "no")["reason"]


def test_a_lease_is_told_with_its_end(place):
    kea, ipamd = place
    lease = {"ip-address": "10.77.1.120", "hw-address": "02:00:00:00:0e:55", "subnet-id": 11, "valid-lft": 4000}
    assert kea.command("lease4-add", lease)["result"] == 0
    try:
        found = told(ipamd, scope="10.77.1.0/24", mac="02:00:00:00:0e:55")
        assert [(x["address"], x["verdict"]) for x in found["lease"]] == [("10.77.1.120", "yes")] and found["lease"][0]["expires"]
        assert (found["address"][0]["address"], found["address"][0]["level"]) == ("10.77.1.120", "lease")
        # The reservation of another comes first when its address is leased: then it is not to be had.
        assert kea.command("lease4-add", {**lease, "ip-address": "10.77.1.200", "hw-address": "02:00:00:00:0e:56"})["result"] == 0
        found = told(ipamd, scope="10.77.1.0/24", mac=HOST)
        assert found["address"][0]["level"] == "pool" and "another client" in found["note"][0]["reason"]
    finally:
        for address in ("10.77.1.120", "10.77.1.200"):
            kea.command("lease4-del", {"ip-address": address})


def test_what_is_not_known_is_not_guessed(place):
    kea, ipamd = place
    config = kea.config_get()
    before = json.loads(json.dumps(config))
    config["client-classes"][:0] = [
        {"name": "by-interface", "test": "pkt.iface == 'lo'", "option-data": [explained.option("time-servers", "10.9.9.9")]},
        {"name": "never", "test": "pkt.iface == 'lo' and 'a' == 'b'"},
        {"name": "always", "test": "pkt.iface == 'lo' or 'a' == 'a'"}]
    config["hooks-libraries"] = [{"library": h["library"], **({"parameters": h["parameters"]} if "parameters" in h else {})}
                                 for h in config["hooks-libraries"]]
    assert kea.command("config-set", {"Dhcp4": config})["result"] == 0
    try:
        found = told(ipamd, scope="10.77.1.0/24", mac=STRANGER, asks="4")
        classes = {c["name"]: c for c in found["class"]}
        assert classes["by-interface"]["verdict"] == "unknown" and "pkt.iface" in classes["by-interface"]["reason"]
        assert classes["never"]["verdict"] == "no" and classes["always"]["verdict"] == "yes"
        assert [(o["holder"], o["verdict"]) for o in found["option"] if o["code"] == 4] == [
            ("v4/by-interface", "unknown"), ("v4/neither", "unknown")]
        # A scope that is for such a class: nothing that depends on it is told.
        three = isinstance(kea, explained.Explained3)
        config["subnet4"][0]["client-classes" if three else "client-class"] = ["by-interface"] if three else "by-interface"
        assert kea.command("config-set", {"Dhcp4": config})["result"] == 0
        found = told(ipamd, scope="10.77.1.0/24", mac=STRANGER)
        assert [s["verdict"] for s in found["scope"]] == ["unknown"]
        assert "address" not in found and "option" not in found and "not known" in found["note"][0]["reason"]
    finally:
        assert kea.command("config-set", {"Dhcp4": before})["result"] == 0


def test_questions_that_cannot_be_answered_are_refused(ipamd):
    for query, words in (("scope=10.77.1.0/24", "who the client is"), (f"mac={HOST}", "where the client is"),
                         (f"mac={HOST}&scope=fd00:51::/64", "DHCPv6"), (f"mac={HOST}&scope=10.77.1.0/24&relay=fd00::1", "protocol"),
                         (f"mac={HOST}&scope=10.77.1.0/24&options=60", "CODE=HEX"),
                         (f"mac={HOST}&scope=10.77.1.0/24&options=60=abc", "half a byte"),
                         (f"mac=zz&scope=10.77.1.0/24", "mac"), (f"mac={HOST}&relay=10.77.1.1&server=nobody", "server")):
        assert words in str(problem(ipamd.get(f"{PATH}?{query}"), 422, "invalid")), query
    problem(ipamd.get(f"{PATH}?mac={HOST}&scope=10.66.0.0/24"), 404, "not-found")
    problem(ipamd.get(f"{PATH}?mac={HOST}&scope=10.77.1.0/24&nonsense=1"), 422, "invalid")


def test_scopes_that_the_caller_does_not_see_are_not_told(ipamd):
    access, eyes = "/api/v1/access/", (ipamd.dir / "eyes.token").read_text().strip()
    eu, _ = [ipamd.post(access + "scopes", {"path": path}).json()["id"] for path in ("/Global/Eu", "/Global/Us")]
    assert ipamd.post(access + "policies", {"principal": "token:eyes", "role": "asm-administrator", "scope": eu}).status == 201
    ask = f"{PATH}?mac={STRANGER}&scope=10.77.1.0/24"
    assert ipamd.get(ask, token=eyes).status == 404
    assert ipamd.post("/api/v1/inventory/servers/127.0.0.1/set-scope", {"access_scope": "/Global/Eu"}).status == 200
    assert ipamd.get(ask, token=eyes).status == 200
    up = ipamd.get("/api/v1/dhcp/scopes/10.77.3.0_24").json()["id"]
    tower = f"{PATH}?mac={STRANGER}&server=127.0.0.1&relay=127.0.0.2"
    assert "v4/22" in ipamd.get(tower, token=eyes).body.decode()
    assert ipamd.post(f"/api/v1/dhcp/scopes/{up}/set-scope", {"access_scope": "/Global/Us"}).status == 200
    assert "v4/22" not in ipamd.get(tower, token=eyes).body.decode()
    assert ipamd.get(f"{PATH}?mac={STRANGER}&scope=10.77.3.0/24", token=eyes).status == 404


def test_the_command_line_tells_it(ipamd):
    run = ipamd.ctl("lease", "explain", "--scope", "10.77.1.0/24", "--mac", HOST, "--vendor-class", "Phone 7", "-o", "json")
    items = json.loads(run.stdout)
    assert {i["kind"] for i in items} >= {"scope", "class", "reservation", "address", "setting", "option"}
    assert [i["address"] for i in items if i["kind"] == "address"] == ["10.77.1.200"]
    table = ipamd.ctl("lease", "explain", "--relay", "10.77.1.1", "--mac", HOST).stdout
    assert "10.77.1.200" in table and "domain-name-servers" in table
    csv = ipamd.get(f"{PATH}?mac={HOST}&scope=10.77.1.0/24", headers={"Accept": "text/csv"})
    assert csv.status == 200 and csv.body.decode().splitlines()[0].startswith("kind,verdict,name")
