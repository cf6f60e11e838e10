# test_hostile_strings.py - texts that are hard to carry come back exactly from API, plan, Kea, its file, and as CSV; or are refused before.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""`make soak` has this send a million (IPAM_STRINGS), in rounds with other seeds; CI one round of 20,000."""
import collections
import csv
import http.client
import io
import json
import os
import re
import time

import pytest

import daemon
import hostile_strings as hard
import kea as kea_module
import watch

COUNT = int(os.environ.get("IPAM_STRINGS", 20000))
SEED = int(os.environ.get("IPAM_SEED", 7))
ROUND, BATCH = 20000, 1000
DHCP = "/api/v1/dhcp/"
NET4, NET6 = "10.200.0.0/16", "fd99::/64"
TEST = "member('KNOWN')"


class Talker:
    """Requests on one connection, not judged by the OpenAPI document: that is done elsewhere, and here there are thousands."""

    def __init__(self, ipamd):
        self.ipamd, self.connection = ipamd, http.client.HTTPConnection("127.0.0.1", ipamd.port, timeout=120)

    def ask(self, method, path, body=None, accept="application/json"):
        headers = {"Authorization": "Bearer " + self.ipamd.token, "Accept": accept}
        if body is not None:
            body, headers["Content-Type"] = json.dumps(body), "application/json"     # ASCII: halves of surrogates too
        self.connection.request(method, path, body, headers)
        return daemon.Answer(self.connection.getresponse())

    def items(self, path):
        found, cursor = [], ""
        while cursor is not None:
            answer = self.ask("GET", f"/api/v1/{path}{'&' if '?' in path else '?'}limit=1000{cursor and '&cursor=' + cursor}").json()
            found += answer["items"]
            cursor = answer.get("next")
        return found

    def lines(self, path):
        """A list as CSV, as the csv module reads it."""
        found, cursor = [], ""
        while cursor is not None:
            answer = self.ask("GET", f"/api/v1/{path}?limit=1000{cursor and '&cursor=' + cursor}", accept="text/csv")
            assert answer.status == 200, answer
            found += csv.DictReader(io.StringIO(answer.body.decode(), newline=""), strict=True)
            cursor = answer.headers.get("ipam-next")
        return found


class Site:
    def __init__(self):
        self.kea = kea_module.Kea(subnets=2, shared=0, reservations=0, reservations6=0).start()
        self.ipamd = daemon.Ipamd(config={"profiles": [{"name": "kea-site", "driver": "kea", "options": {
            "socket4": self.kea.socket(), "socket6": self.kea.socket("dhcp6")}}]}).start()
        self.ipamd.add_kea()
        self.talker = Talker(self.ipamd)
        self.server = self.ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["id"]
        self.sent = 0
        self.send("scopes", [{"server": self.server, "prefix": p} for p in (NET4, NET6)])
        self.scopes = {s["prefix"]: s["id"] for s in self.ipamd.items("dhcp/scopes")}
        self.before = {s: self.kea.ask("config-get", service=s) for s in ("dhcp4", "dhcp6")}

    def stop(self):
        self.ipamd.stop()
        self.kea.stop()

    def reset(self):
        for service, config in self.before.items():
            self.kea.ask("config-set", config, service)
        self.ipamd.ctl("server", "collect", "127.0.0.1", "--wait")

    def left(self):
        return any(self.talker.ask("GET", f"/api/v1/manage/plans?state={s}&limit=1").json()["items"] for s in ("planned", "running"))

    def send(self, resource, objects):
        """All in lists; what came of it must be that each is verified. The plans, one an object."""
        plans = []
        for at in range(0, len(objects), BATCH):
            answer = self.talker.ask("POST", DHCP + resource, objects[at:at + BATCH])
            assert answer.status == 202, (resource, answer)
            plans += [p["id"] for p in answer.json()["items"]]
            watch.until(lambda: not self.left(), 120, f"{resource} are made")
        self.sent += len(objects)
        bad = [p for state in ("failed", "drifted") for p in self.talker.items(f"manage/plans?state={state}")]
        assert not bad, (resource, len(bad), *[(p["state"], p["summary"], p["message"]) for p in bad[:5]])
        return plans

    # An object with some texts; n is its number.

    def template(self, resource, n):
        mac = "02:" + ":".join(f"{b:02x}" for b in n.to_bytes(5, "big"))
        return {
            "reservations": {"scope": self.scopes[NET4], "address": f"10.200.{n // 250}.{n % 250 + 1}", "identifier": mac},
            "classes": {"server": self.server, "family": "ipv4", "kind": "expression", "name": f"class {n}", "test": TEST},
            "superscopes": {"server": self.server, "family": "ipv4", "name": f"network {n}"},
            "scopes": {"server": self.server, "prefix": f"10.{100 + n // 256}.{n % 256}.0/24"},
            "option-definitions": {"server": self.server, "family": "ipv6", "code": 1000 + n, "name": f"text-{n}", "type": "text"},
            "option-values": {"scope": self.scopes[NET6], "owner": "scope", "code": 1000 + n}}[resource].copy()

    def with_text(self, field, n, text):
        return {**self.template(field.resource, n), field.name: [text] if field is hard.OPTION else text}


KEY = {"reservations": "identifier", "classes": "name", "superscopes": "name", "scopes": "prefix", "option-definitions": "code",
       "option-values": "code"}


def refused(site, texts):
    """What is to be refused is, with the name of its field, and nothing is planned."""
    counts = collections.Counter()
    for field, those in texts.items():
        by = collections.defaultdict(list)
        for text in those:
            by[field.verdict(text)].append(text)
        for text in by["json"]:
            answer = site.talker.ask("POST", DHCP + field.resource, [site.with_text(field, 0, text)])
            assert answer.status == 400 and re.search("line 1, column [0-9]+: ", answer.json()["detail"]), (field.name, text, answer)
        for at in range(0, len(by["record"]), BATCH):
            some = by["record"][at:at + BATCH]
            answer = site.talker.ask("POST", DHCP + field.resource, [site.with_text(field, i, t) for i, t in enumerate(some)])
            assert answer.status == 422, (field.name, some, answer)
            wrong = {e["pointer"].split("/")[1] for e in answer.json()["errors"] if e["pointer"].split("/")[2] == field.name}
            assert len(answer.json()["errors"]) == len(wrong) == len(some), [t for i, t in enumerate(some) if str(i) not in wrong]
        for text in by["server"]:
            answer = site.talker.ask("POST", DHCP + field.resource, [site.with_text(field, 0, text)])
            assert answer.status == 422 and answer.json()["detail"].startswith(f"/0: {field.name}: "), (field.name, text, answer)
        counts.update({who: len(found) for who, found in by.items()})
    assert len(site.talker.items("manage/plans")) == site.sent
    return counts


def objects_of(site, texts):
    """{resource: objects} that hold the texts that are kept: each field of an object has one while there are any."""
    kept = {f: [t for t in those if f.verdict(t) == "kept"] for f, those in texts.items()}
    made = {}
    for resource in KEY:
        fields = [f for f in texts if f.resource == resource]
        made[resource] = []
        for n in range(max(len(kept[f]) for f in fields)):
            item = site.template(resource, n)
            for f in fields:
                if n < len(kept[f]):
                    item.update({f.name: [kept[f][n]] if f is hard.OPTION else kept[f][n]})
            made[resource].append(item)
    for n in range(len(made["option-definitions"]), len(made["option-values"])):
        made["option-definitions"].append(site.template("option-definitions", n))
    return made


def compare(made, rows, fields, where):
    """Every object with its texts among the rows; an absent text is an empty one."""
    for item in made:
        row = rows[item[KEY[fields[0].resource]]]
        for f in fields:
            if f.name in item:
                want = item[f.name][0] if f is hard.OPTION else item[f.name]
                got = (row.get(f.name) or [""])[0] if f is hard.OPTION else row.get(f.name) or ""
                assert got == want, (where, f.resource, f.name, want, got)


def text_of_option(option):
    """The text that Kea sends for an option: commas are escaped in its form (ARM 8.2.10), and digits are bytes."""
    if option.get("csv-format", True):
        return re.sub(r"\\([\\,])", r"\1", option["data"])
    return bytes.fromhex(option["data"]).decode()


def on_kea(config4, config6):
    """{resource: {key: fields}} out of Kea's configurations."""
    comment = lambda o: o.get("user-context", {}).get("comment", "")
    reservations = [r for s in config4["subnet4"] for r in s["reservations"]]
    options = next(s for s in config6["subnet6"] if s["subnet"] == NET6)["option-data"]
    return {
        "reservations": {r["hw-address"]: {"name": r["hostname"], "description": comment(r), "server_name": r["server-hostname"],
                                           "boot_file": r["boot-file-name"]} for r in reservations},
        "classes": {c["name"]: {"name": c["name"], "description": comment(c)} for c in config4.get("client-classes", [])},
        "superscopes": {n["name"]: {"name": n["name"], "description": comment(n)} for n in config4["shared-networks"]},
        "scopes": {s["subnet"]: {"description": comment(s)} for s in config4["subnet4"]},
        "option-definitions": {d["code"]: {"description": comment(d)} for d in config6["option-def"]},
        "option-values": {o["code"]: {"values": [text_of_option(o)]} for o in options}}


def out_of_csv(row):
    """A cell without the apostrophe before what a spreadsheet would take for a formula."""
    return {name: cell[1:] if re.match(r"'+[=+@\t\r-]", cell) else cell for name, cell in row.items()}


def in_plans(site, made, plans, fields):
    """Every twentieth of the plans shows the texts as they were sent."""
    for plan, item in list(zip(plans, made))[::20]:
        (step,) = site.talker.ask("GET", f"/api/v1/manage/plans/{plan}").json()["plan_steps"]
        for f in fields:
            assert f.name not in item or step["after"].get(f.name, "") == item[f.name], (f.name, item, step)


def one_round(site, seed, count):
    texts = hard.texts(seed, count)
    counts = refused(site, texts)
    made = objects_of(site, texts)
    for resource, objects in made.items():
        plans = site.send(resource, objects)
        in_plans(site, objects, plans, [f for f in texts if f.resource == resource])
    kea, api = site.kea, {r: {row.get(KEY[r]): row for row in site.talker.items("dhcp/" + r)} for r in KEY}
    running = on_kea(kea.config_get(), kea.config_get("dhcp6"))
    saved = on_kea(kea.file_config(), kea.file_config("dhcp6"))
    lines = {row["identifier"]: out_of_csv(row) for row in site.talker.lines("dhcp/reservations")}
    for resource, objects in made.items():
        fields = [f for f in texts if f.resource == resource]
        for where, rows in (("API", api), ("Kea", running), ("Kea's file", saved)):
            compare(objects, rows[resource], fields, where)
    compare(made["reservations"], lines, [f for f in texts if f.resource == "reservations"], "CSV")
    assert sum(counts.values()) == count
    return counts


@pytest.fixture(scope="module")
def site():
    made = Site()
    yield made
    made.stop()


def test_texts_are_kept_exactly_or_refused_before(site):
    began, done, counts = time.monotonic(), 0, collections.Counter()
    while done < COUNT:
        if done:
            site.reset()
        counts += one_round(site, SEED + done // ROUND, min(ROUND, COUNT - done))
        done += min(ROUND, COUNT - done)
        print(f"\n{done} texts, seeds {SEED} to {SEED + (done - 1) // ROUND}, {done / (time.monotonic() - began):.0f}/s: {dict(counts)}", flush=True)
    assert counts["kept"] > 0.5 * COUNT and all(counts[who] > 0.02 * COUNT for who in ("json", "record", "server"))


def test_the_texts_are_what_they_are_said_to_be():
    """The same seed gives the same; every class is there, and each field gets texts of each fate."""
    texts = hard.texts(SEED, ROUND)
    assert texts == hard.texts(SEED, ROUND) != hard.texts(SEED + 1, ROUND)
    assert sum(len(those) for those in texts.values()) == ROUND and len(hard.CLASSES) >= 22
    for field, those in texts.items():
        fates = {field.verdict(t) for t in those}
        assert fates >= ({"kept", "json", "record"} if field.wide else {"kept", "json", "record", "server"}), field.name
