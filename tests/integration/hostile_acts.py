# hostile_acts.py - the table of hostile answers to a change, and what stands behind the words of its column "act".
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""The table is tests/data/kea/hostile.tsv; it says itself what its columns are. An act is a name, or NAME:TEXT, or done+ACT
for one that begins when the real server has done what it was asked."""
import base64
import dataclasses
import json
import pathlib
import re
import urllib.parse

import hostile_kea
from hostile_kea import Close, Raw, RESET, alter, drip, head, instead, root, subnets, text

TABLE = pathlib.Path(__file__).parents[1] / "data" / "kea" / "hostile.tsv"
USER, PASSWORD = "ipam", 's3cr%t/w"rd+1'
GONE = '{ "result": 1, "text": "no current lease manager is available" }'


def forms(secret=PASSWORD, user=USER):
    """How a server could repeat the password that it was sent."""
    return {"password": secret, "basic": base64.b64encode(f"{user}:{secret}".encode()).decode(),
            "urlencoded": urllib.parse.quote(secret, safe=""), "inner": json.dumps(secret)[1:-1]}


class Row(hostile_kea.Case):
    """A line of the table. `kea` is set by whoever uses it; `fired` says how often an answer was spoiled."""

    def __init__(self, number, name, edit, on, nth, act, via, end, says, source):
        super().__init__(number, name, on, self._run, says, (via,), hasty=via.endswith("-hasty"))
        self.edit, self.times, self.end, self.source = edit, nth, end, source
        self.way, self.fired, self.kea, self.memory = via.split("-")[0], 0, None, {}
        self._act = made(self, act)

    def wants(self, name, nth):
        if re.fullmatch(self.on, name) is None:
            return False
        first, more = self.times.rstrip("-").replace("*", "1"), self.times[-1] in "-*"
        return nth == int(first) or more and nth > int(first)

    def _run(self, talk):
        if talk.service != "dhcp4":
            return talk.good()
        self.fired += 1
        return self._act(talk)


def table():
    lines = [line for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    assert lines[0].split("\t") == ["name", "edit", "on", "nth", "act", "via", "end", "says", "source"]
    return [Row(n, *line.split("\t")) for n, line in enumerate(lines[1:], 1)]


def made(row, act):
    if act.startswith("done+"):
        return after(made(row, act[5:]))
    name, _, argument = act.partition(":")
    return ACTS[name](row, argument) if argument else ACTS[name](row)


def after(act):
    def run(talk):
        ask, answer = talk.ask, talk.ask()
        return act(dataclasses.replace(talk, ask=lambda other=None: ask(other) if other else answer))
    return run


def refusal(words):
    """Words as they stand in JSON."""
    def act(talk):
        answer = '{ "result": 1, "text": "%s" }' % words
        return answer if talk.way == "unix" else f"[ {answer} ]"
    return act


# --- HTTP ---

def status(_, line):
    return lambda talk: Raw(head(5, line.encode()) + b"sorry")


def redirect(_, where):
    return lambda talk: Raw(head(0, b"302 Found", f"Location: {where}\r\n".encode()))


def length(_, more):
    def act(talk):
        good = talk.good().encode()
        return Raw(head(len(good) + int(more)) + good)
    return act


def two_lengths(_):
    def act(talk):
        good = talk.good().encode()
        return Raw(head(len(good), more=b"Content-Length: 3\r\n") + good)
    return act


def chunked_garbage(_):
    return lambda talk: Raw(head(None, more=b"Transfer-Encoding: chunked\r\n") + b"4\r\n[ { \r\nzz\r\nwhatever")


def reset(_):
    return lambda talk: RESET


# --- texts ---

def body(_, it=""):
    return instead(it)


def octets(_, digits):
    return instead(bytes.fromhex(digits))


def utf16(_):
    return lambda talk: talk.good().encode("utf-16")


def deep(_):
    return instead('{ "result": 0, "arguments": ' + "[" * 5000 + "]" * 5000 + " }")


def refuse(_, words):
    for name, form in forms().items():
        words = words.replace("{%s}" % name, json.dumps(form)[1:-1])
    return refusal(words.replace("{user}", USER))


def refuse_long(_):
    return refusal("x" * (1 << 20))


def ask(_, command):
    return lambda talk: talk.ask({"command": command}).decode()


# --- configurations ---

def splice(_, how):
    """All that matches is replaced, or none: a server that lies does so again."""
    pattern, by = how.split("=>")
    return text(lambda good: re.sub(pattern, lambda m: by, good, count=1))


def ids_twice(_):
    return alter(lambda a: subnets(a)[2].update(id=subnets(a)[1]["id"]))


def prefixes_twice(_):
    return alter(lambda a: subnets(a)[2].update(subnet=subnets(a)[1]["subnet"], pools=[], reservations=[]))


def no_ids(_):
    return alter(lambda a: [s.pop("id") for s in subnets(a)])


def big_option(_):
    return alter(lambda a: root(a)["option-data"].append(
        {"code": 250, "space": "dhcp4", "csv-format": False, "always-send": False, "data": "AB" * 60000}))


def big_context(_):
    return alter(lambda a: root(a).update({"user-context": {"x": "a" * (10 << 20)}}))


def in_a_list(_):
    return alter(lambda a: a.update(arguments=[a["arguments"]]))


def scope_lost(_):
    return alter(lambda a: root(a)["subnet4"].pop(0))


def not_utf_8(_):
    return lambda talk: talk.good().encode().replace(b"Z", b"\xfe", 1)


def restless(row):
    def change(answer):
        row.memory["n"] = row.memory.get("n", 0) + 1
        root(answer)["decline-probation-period"] = 1000 + row.memory["n"]
    return alter(change)


# --- what happens to the server, or by others ---

def die(row):
    def act(talk):
        row.kea.kill("dhcp4")
        raise Close
    return act


def restart(row):
    """Between two steps; whoever asks next asks the new one."""
    def act(talk):
        row.kea.kill("dhcp4")
        row.kea.restart("dhcp4")
        return talk.good()
    return act


def another(row):
    """Somebody else changes the configuration, and saves it."""
    def act(talk):
        config = row.kea.config_get()
        assert row.kea.command("config-set", {"Dhcp4": {**config, "decline-probation-period": 4321}})["result"] == 0
        assert row.kea.command("config-write")["result"] == 0
        return talk.good()
    return act


def no_folder(row):
    """The real server cannot save: its file is a link to where nothing is."""
    def act(talk):
        file = row.kea.config_file()
        kept = file.rename(file.with_suffix(".kept"))
        file.symlink_to("/nonexistent/dhcp4.conf")
        try:
            return talk.good()
        finally:
            kept.rename(file)
    return act


def overtaken(row):
    """The first command is carried out when the next one of its kind is done, and never answered."""
    def act(talk):
        held = row.memory.pop("held", None)
        if held is None and not row.memory:
            row.memory.update(held=talk.request, once=True)
            return None
        answer = talk.good()
        if held is not None:
            talk.ask(held)
        return answer
    return act


def leases_lost(row):
    """A configuration is refused and takes the lease database with it, until another one is accepted."""
    def act(talk):
        if talk.name == "config-set":
            row.memory["lost"] = "lost" not in row.memory
            return '{ "result": 1, "text": "unable to open lease file" }' if row.memory["lost"] else talk.good()
        return GONE if row.memory.get("lost") else talk.good()
    return act


def first_done_then_refused(row):
    def act(talk):
        if not row.memory:
            row.memory["done"] = talk.ask()
        return '{ "result": 1, "text": "failed" }'
    return act


ACTS = {"status": status, "redirect": redirect, "length": length, "two-lengths": two_lengths,
        "chunked-garbage": chunked_garbage, "reset": reset, "drip": lambda _: drip, "body": body, "hex": octets, "utf16": utf16,
        "deep": deep, "refuse": refuse, "refuse-long": refuse_long, "ask": ask, "splice": splice, "ids-twice": ids_twice,
        "prefixes-twice": prefixes_twice, "no-ids": no_ids, "big-option": big_option, "big-context": big_context,
        "in-a-list": in_a_list, "scope-lost": scope_lost, "not-utf-8": not_utf_8, "restless": restless, "die": die,
        "restart": restart, "another": another, "no-folder": no_folder, "overtaken": overtaken, "leases-lost": leases_lost,
        "first-done-then-refused": first_done_then_refused}
