# test_kea_sent.py - the bytes that the provider shows of options are those that clients get.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

import kea_rich
from kea_provider import add, sockets
from test_kea_view import FAMILIES, of

SAMPLES = {"binary": "0a0b", "boolean": "true", "uint8": "7", "uint16": "258", "uint32": "65538", "int8": "-3", "int16": "-3",
           "int32": "-3", "text": "some text", "name": "host.example.org", "tuple": "abc", "ipv4": "192.0.2.7",
           "ipv6": "2001:db8::7", "prefix": "2001:db8::/40", "psid": "3/4"}
# What more there is to their form than the definition tells: tuples in vendor classes, flags that go together.
FORMED = {(4, 124): "4491, 020a0b", (6, 16): "4491, 00020a0b", (6, 39): "1, host.example.org"}
# Of these the server itself decides what a client gets; some of them, as 44, end Kea 2.2 when they are sent.
OWN = {4: {1, 50, 51, 52, 53, 54, 55, 57, 58, 59, 61, 81, 82, 118, 124, 125},
       6: {1, 2, 3, 4, 5, 6, 8, 9, 11, 13, 14, 16, 17, 25, 26, 39, 44, 67, 87}}


def sample(definition, family):
    kinds = definition.get("record_types", [definition["type"]])
    parts = [SAMPLES[k] for k in kinds] + ([SAMPLES[kinds[-1]]] if definition["array"] else [])
    return FORMED.get((family, definition["code"]), ", ".join(parts))


def at_the_relay(kea, service, config):
    """The first subnet is the client's, and has no options of its own."""
    first = kea.subnet_list(service, config[service.capitalize()])[0]
    first.update({"option-data": [], "relay": {"ip-addresses": ["127.0.0.1" if service == "dhcp4" else "::1"]}})


@pytest.mark.parametrize("service, family", FAMILIES)
def test_what_the_provider_says_is_sent_is_sent(kea, service, family):
    """A sample of every standard option, as a client gets it."""
    config = kea.ask("config-get", service=service)
    config[service.capitalize()]["option-data"] = [
        {"code": d["code"], "space": service, "data": sample(d, family), "always-send": True}
        for d in of(sockets(kea).config(), "option_definition", family)
        if d["standard"] and "space" not in d and d["type"] not in ("empty", "encapsulated") and d["code"] not in OWN[family]]
    at_the_relay(kea, service, config)
    kea.ask("config-set", config, service)
    rows = {r["code"]: r for r in of(sockets(kea).config(), "option_value", family) if r["owner"] == "server"}
    sent = (kea_rich.offered4 if family == 4 else kea_rich.advertised6)(sorted(rows))
    compared = set(rows) & set(sent)
    for code in compared:
        assert sent[code].hex() == rows[code]["data"].replace(":", ""), rows[code]
    assert len(compared) >= (90 if family == 4 else 40), set(rows) - compared


def test_every_type_of_option_is_sent_as_shown(kea):
    """The types of kea_rich, in definitions of their own. A list of IPv6 addresses spoils the packets of Kea 2.2."""
    types = [t for t in kea_rich.TYPES4 if t[0] != "t-ipv6"]
    config = kea.ask("config-get")
    config["Dhcp4"]["option-def"] = kea_rich.definitions()
    config["Dhcp4"]["option-data"] = [{"name": name, "always-send": True, **({"data": text} if text is not None else {})}
                                      for name, _, _, _, text, _, _ in types]
    at_the_relay(kea, "dhcp4", config)
    kea.ask("config-set", config)
    sent = kea_rich.offered4([code for _, code, *_ in types])
    for name, code, _, _, _, _, data in types:
        assert sent[code].hex() == data, name


# Texts that are hard to write: commas, backslashes, blanks at the ends, bytes beyond ASCII. Kea itself refuses names that
# need escapes: it takes their written length for their length.
HARD = [("text", b"a,b"), ("text", b"a\\,b\\"), ("text", b" a "), ("text", "B\u00fcro".encode()), ("text", b"\x01\x7f"), ("text", b"x,,y"),
        ("name", b"\x03a-b\x02cd\x00"), ("binary", b"\x00\xff"), ("tuple", b"\x03a,b"), ("record", b"\x07a, b"),
        ("uint32", b"\xff\xff\xff\xff"), ("int8", b"\x80")]


def test_what_is_written_as_bytes_is_sent(kea):
    """Whatever a value holds, and whether the provider can write it as text: a client gets these bytes."""
    config = kea.ask("config-get")
    at_the_relay(kea, "dhcp4", config)
    kea.ask("config-set", config)
    edits, want = [], {}
    for code, (kind, data) in enumerate(HARD, 224):
        record = {"record_types": ["uint8", "text"]} if kind == "record" else {}
        edits.append({"type": "option_definition", **add({"family": "ipv4", "code": code, "name": f"hard-{code}", "type": kind, **record})})
        edits.append({"type": "option_value", **add({"family": "ipv4", "owner": "server", "code": code, "data": data.hex(":"),
                                                     "always": True})})
        want[code] = data
    provider = sockets(kea)
    got = provider.apply(edits)
    assert got.status == 0, got.text
    shown = {r["code"]: bytes.fromhex(r["data"].replace(":", "")) for r in of(provider.config(), "option_value", 4)
             if r["owner"] == "server" and "space" not in r and r["code"] in want}
    assert shown == want
    sent = kea_rich.offered4(sorted(want))
    assert {code: sent[code] for code in want} == want
