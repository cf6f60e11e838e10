# hostile_edits.py - the changes that are planned while a Kea is hostile: how they are asked for, and what becomes of its configuration.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import dataclasses
import typing

DHCP = "/api/v1/dhcp/"
LIFETIMES = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")


@dataclasses.dataclass
class Edit:
    """`ask(asker)` has it planned; `take(config)` takes out of a configuration what it is about, and returns that in a form
    in which `wanted` is what must be there once it is made."""
    ask: typing.Callable
    take: typing.Callable
    wanted: object


class Asker:
    """Asks an ipamd for changes of one of its servers."""

    def __init__(self, ipamd, server):
        self.ipamd, self.server = ipamd, server

    def add(self, resource, **body):
        return self.ipamd.post(DHCP + resource, body)

    def on_server(self, resource, **body):
        return self.add(resource, server=self.server, **body)

    def in_scope(self, resource, prefix, **body):
        return self.add(resource, scope=self.row("scopes", prefix=prefix)["id"], **body)

    def row(self, resource, **fields):
        (found,) = [r for r in self.ipamd.items("dhcp/" + resource)
                    if r["server"] == self.server and all(r.get(k) == v for k, v in fields.items())]
        return found

    def change(self, resource, row, **body):
        return self.ipamd.request("PATCH", f"{DHCP}{resource}/{row['id']}", body)

    def delete(self, resource, **fields):
        return self.ipamd.request("DELETE", f"{DHCP}{resource}/{self.row(resource, **fields)['id']}")


def lists(config):
    return [config["subnet4"]] + [n["subnet4"] for n in config["shared-networks"]]


def subnet(config, prefix):
    return next((s for l in lists(config) for s in l if s["subnet"] == prefix), None)


def pick(rows, which):
    """Takes the rows out of a list that are meant, and returns them."""
    found = [r for r in rows if which(r)]
    rows[:] = [r for r in rows if not which(r)]
    return found


def reservations(mac):
    return lambda config: [(s["subnet"], r.get("ip-address"), r["hostname"]) for l in lists(config) for s in l
                           for r in pick(s["reservations"], lambda r: r.get("hw-address") == mac)]


def subnets(prefix):
    return lambda config: [(s["subnet"], s["valid-lifetime"]) for l in lists(config) for s in pick(l, lambda s: s["subnet"] == prefix)]


def lifetimes(config, prefix=None):
    place = subnet(config, prefix) if prefix else config
    return [place.pop(key, None) for key in LIFETIMES][:1]


def pools(prefix, pool):
    return lambda config: [p["pool"] for p in pick(subnet(config, prefix)["pools"], lambda p: p["pool"].replace(" ", "") == pool)]


def options(prefix, code):
    return lambda config: [o["data"] for o in pick(subnet(config, prefix)["option-data"], lambda o: o["code"] == code)]


def classes(config):
    found = [c["test"] for c in pick(config.get("client-classes", []), lambda c: c["name"] == "hostile")]
    if not config.get("client-classes"):
        config.pop("client-classes", None)
    return found


MAC, OLD_MAC = "02:00:00:00:77:01", "02:00:00:00:00:00"
FIRST, SECOND, THIRD, FOURTH, NEW = ("10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24", "10.99.0.0/24")
TEST = "option[93].hex == 0x0007"

EDITS = {
    "reservation-add": Edit(lambda a: a.in_scope("reservations", FIRST, address="10.1.0.77", identifier=MAC, name="printer"),
                            reservations(MAC), [(FIRST, "10.1.0.77", "printer")]),
    "reservation-delete": Edit(lambda a: a.delete("reservations", identifier=OLD_MAC), reservations(OLD_MAC), []),
    "scope-add": Edit(lambda a: a.on_server("scopes", prefix=NEW, name="new", lease_time=1234), subnets(NEW), [(NEW, 1234)]),
    "scope-set": Edit(lambda a: a.change("scopes", a.row("scopes", prefix=SECOND), lease_time=4321),
                      lambda config: lifetimes(config, SECOND), [4321]),
    "scope-delete": Edit(lambda a: a.delete("scopes", prefix=FOURTH), subnets(FOURTH), []),
    "pool-add": Edit(lambda a: a.in_scope("pools", SECOND, first="10.1.1.230", last="10.1.1.239"),
                     pools(SECOND, "10.1.1.230-10.1.1.239"), ["10.1.1.230-10.1.1.239"]),
    "pool-delete": Edit(lambda a: a.delete("pools", first="10.1.1.208"), pools(SECOND, "10.1.1.208/28"), []),
    "option-add": Edit(lambda a: a.in_scope("option-values", THIRD, owner="scope", code=42, values=["10.0.0.9"]),
                       options(THIRD, 42), ["10.0.0.9"]),
    "option-set": Edit(lambda a: a.change("option-values", a.row("option-values", native_scope="v4/102", code=3), values=["10.1.1.2"]),
                       options(SECOND, 3), ["10.1.1.2"]),
    "class-add": Edit(lambda a: a.on_server("classes", family="ipv4", kind="expression", name="hostile", test=TEST), classes, [TEST]),
    "superscope-add": Edit(lambda a: a.on_server("superscopes", family="ipv4", name="tower"),
                           lambda config: [n["name"] for n in pick(config["shared-networks"], lambda n: n["name"] == "tower")], ["tower"]),
    "settings-set": Edit(lambda a: a.change("server-settings", a.row("server-settings", family="ipv4"), lease_time=7777),
                         lifetimes, [7777]),
}
