# explained.py - a real Kea with classes, reservations and options at all levels, and what it answers clients on the wire.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import socket
import struct

import kea
import kea3
import kea_rich

ASKS4 = [1, 3, 4, 6, 7, 15, 42, 66, 224, 225]
ASKS6 = [23, 24, 31, 32, 59, 201]
HOST, CLASSED, GLOBAL, STRANGER = ("02:00:00:00:0e:01", "02:00:00:00:0e:02", "02:00:00:00:0e:03", "02:00:00:00:0e:99")
CLIENT_ID, CIRCUIT = "01:02:03:04:05", "70:6f:72:74:2d:39"      # "port-9"


def option(name, data, **more):
    return {"name": name, "data": data, **more}


def dress4(c):
    network_class = "client-class" if "control-socket" in c else "client-classes"
    of = lambda name: {network_class: name if network_class == "client-class" else [name]}
    c["option-def"] = [{"name": "t-level", "code": 224, "type": "string", "space": "dhcp4"},
                       {"name": "t-always", "code": 225, "type": "string", "space": "dhcp4"}]
    c["option-data"] = [option("domain-name-servers", "10.0.0.53"), option("t-level", "of the server"),
                        option("t-always", "always", **{"always-send": True}), option("domain-name", "server.example")]
    c["client-classes"] = [
        {"name": "phones", "test": "substring(option[60].hex,0,5) == 'Phone'", "valid-lifetime": 1200,
         "boot-file-name": "phone.bin", "option-data": [option("tftp-server-name", "tftp.phones"), option("t-level", "of phones")]},
        {"name": "guests", "test": "option[77].hex == 'guest' or option[user-class].hex == 0x6775657374ff"},
        {"name": "neither", "test": "not member('phones') and not (member('guests'))",
         "option-data": [option("time-servers", "10.0.0.4")]},
        {"name": "office", "test": "member('KNOWN') and pkt4.hlen == 6", "next-server": "10.0.0.99"},
        {"name": "strangers", "test": "member('UNKNOWN')", "option-data": [option("log-servers", "10.0.0.7")]},
        {"name": "port-7", "test": "relay4[1].hex == 'port-7'", "option-data": [option("t-level", "of port-7")]},
        {"name": "alpha", "test": "ifelse(option[12].exists, option[12].text, 'none') == concat('al', 'pha')",
         "option-data": [option("ntp-servers", "10.0.0.42")]},
        {"name": "spelled", "test": "hexstring(substring(pkt4.mac, -2, all), ':') == '0e:99'",
         "server-hostname": "spelled"},
        {"name": "chosen", "option-data": [option("t-level", "of chosen")]},
        {"name": "not-chosen", "test": "not member('chosen')", "option-data": [option("domain-name", "not-chosen.example")]},
    ]
    c["shared-networks"] = [{
        "name": "tower", "relay": {"ip-addresses": ["127.0.0.2"]}, "option-data": [option("ntp-servers", "10.0.0.43")],
        "subnet4": [
            {"id": 21, "subnet": "10.77.2.0/24", **of("guests"), "pools": [{"pool": "10.77.2.100-10.77.2.199"}],
             "option-data": [option("routers", "10.77.2.1"), option("t-level", "of 21")]},
            {"id": 22, "subnet": "10.77.3.0/24", **of("neither"), "pools": [{"pool": "10.77.3.100-10.77.3.199"}],
             "reservations-global": True, "reservations-in-subnet": True, "valid-lifetime": 900, "renew-timer": 300,
             "option-data": [option("routers", "10.77.3.1")],
             "reservations": [{"hw-address": HOST, "ip-address": "10.77.3.10", "hostname": "up"}]}]}]
    c["reservations"] = [{"hw-address": GLOBAL, "hostname": "everywhere", "client-classes": ["chosen"],
                          "option-data": [option("domain-name", "global.example")]}]
    c["subnet4"] = [{
        "id": 11, "subnet": "10.77.1.0/24", "pools": [
            {"pool": "10.77.1.10-10.77.1.29", **of("phones"), "option-data": [option("t-level", "of the pool")]},
            {"pool": "10.77.1.100-10.77.1.149", **of("not-chosen"), "option-data": [option("domain-name", "pool.example")]}],
        "option-data": [option("routers", "10.77.1.1"), option("domain-name-servers", "10.77.1.53")],
        "reservations": [
            {"hw-address": HOST, "ip-address": "10.77.1.200", "hostname": "host-1", "boot-file-name": "host.bin",
             "option-data": [option("domain-name-servers", "10.77.1.54"), option("t-level", "of the host")]},
            {"hw-address": CLASSED, "ip-address": "10.77.1.201", "client-classes": ["chosen"]},
            {"client-id": CLIENT_ID, "ip-address": "10.77.1.202"},
            {"circuit-id": CIRCUIT, "ip-address": "10.77.1.203"}]}]


def dress6(c):
    old = "control-socket" in c
    of = lambda name: {"client-class": name} if old else {"client-classes": [name]}
    c["option-def"] = [{"name": "t-level", "code": 201, "type": "string", "space": "dhcp6"}]
    c["option-data"] = [option("dns-servers", "2001:db8::53"), option("t-level", "of the server", **{"always-send": True}),
                        option("sntp-servers", "2001:db8::123")]
    c["client-classes"] = [
        {"name": "phones", "test": "vendor-class[4491].data == 'Phone'", "valid-lifetime": 1200, "preferred-lifetime": 800,
         "option-data": [option("bootfile-url", "tftp://[2001:db8::1]/p")]},
        {"name": "guests", "test": "substring(option[15].hex, 2, all) == 'guest'"},
        {"name": "known", "test": "member('KNOWN')", "option-data": [option("t-level", "of known")]},
        {"name": "linked", "test": "relay6[0].linkaddr == 2001:db8:9::1", "option-data": [option("information-refresh-time", "99")]}]
    c["shared-networks"] = [{
        "name": "tower", "option-data": [option("domain-search", "tower.example")],
        "subnet6": [
            {"id": 61, "subnet": "fd00:61::/64", **of("guests"), "pools": [{"pool": "fd00:61::1:0/112"}]},
            {"id": 62, "subnet": "fd00:62::/64", "pools": [{"pool": "fd00:62::1:0/112"}],
             "option-data": [option("dns-servers", "fd00:62::53")],
             "reservations": [{"duid": "00:03:00:01:" + HOST, "ip-addresses": ["fd00:62::10"],
                               "option-data": [option("sntp-servers", "fd00:62::10")]}]}]}]
    c["subnet6"] = [{
        "id": 51, "subnet": "fd00:51::/64", "relay": {"ip-addresses": ["2001:db8:9::1"]}, "renew-timer": 100, "rebind-timer": 200,
        "pools": [{"pool": "fd00:51::1:0/112", **of("phones"), "option-data": [option("dns-servers", "fd00:51::1:53")]},
                  {"pool": "fd00:51::2:0/112", **of("guests")}],
        "option-data": [option("domain-search", "scope.example")],
        "reservations": [{"hw-address": CLASSED, "ip-addresses": ["fd00:51::77"], "client-classes": ["guests"]}]}]


class Dressed:
    """What kea.Kea and kea3.Kea3 are given in place of their own."""

    def _configure(self, *sizes):
        super()._configure(*sizes)
        for service, dress in (("dhcp4", dress4), ("dhcp6", dress6)):
            config = json.loads(self.config_file(service).read_text())
            dress(config[service.capitalize()])
            self.config_file(service).write_text(json.dumps(config))


class Explained(Dressed, kea.Kea):
    pass


class Explained3(Dressed, kea3.Kea3):
    def __init__(self):
        super().__init__(wide=False)


def tlv(code, data):
    return bytes([code, len(data)]) + data


def answer4(client, relay, asks=ASKS4):
    """What the server offers a client: {"address":, "options":, "next_server":, "server_name":, "boot_file":}; None: nothing."""
    head = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 1, 1, 6, 1, 7, 0, 0, b"", b"", b"", socket.inet_aton(relay),
                       bytes.fromhex(client["mac"].replace(":", "")).ljust(16, b"\0"), b"", b"")
    sent = tlv(53, b"\x01") + tlv(55, bytes(asks))
    for key, code in (("vendor_class", 60), ("user_class", 77), ("name", 12)):
        if client.get(key):
            sent += tlv(code, client[key].encode())
    if client.get("client_id"):
        sent += tlv(61, bytes.fromhex(client["client_id"].replace(":", "")))
    if client.get("agent"):
        sent += tlv(82, client["agent"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((relay, kea.PORTS4[1]))
        s.sendto(head + bytes([99, 130, 83, 99]) + sent + b"\xff", ("127.0.0.1", kea.PORTS4[0]))
        s.settimeout(client.get("patience", 10))
        try:
            got = s.recv(65536)
        except socket.timeout:
            return None
    found, at = {}, 240
    while at < len(got) and got[at] != 255:
        code, length = got[at], got[at + 1]
        found[code] = found.get(code, b"") + got[at + 2:at + 2 + length]
        at += 2 + length
    text = lambda field: field.rstrip(b"\0").decode() or None
    siaddr = socket.inet_ntoa(got[20:24])
    return {"address": socket.inet_ntoa(got[16:20]), "options": found, "next_server": None if siaddr == "0.0.0.0" else siaddr,
            "server_name": text(got[44:108]), "boot_file": text(got[108:236])}


def answer6(client, link, asks=ASKS6):
    """The same of DHCPv6: {"address":, "options":, "times": (T1, T2, preferred, valid)}."""
    opt = lambda code, data: struct.pack("!HH", code, len(data)) + data
    solicit = b"\x01\0\0\x07" + opt(1, bytes.fromhex(client["duid"].replace(":", ""))) + \
        opt(3, struct.pack("!III", 1, 0, 0)) + opt(6, b"".join(struct.pack("!H", c) for c in asks)) + opt(8, b"\0\0")
    if client.get("user_class"):
        solicit += opt(15, struct.pack("!H", len(client["user_class"])) + client["user_class"].encode())
    if client.get("vendor"):
        solicit += opt(16, client["vendor"])
    forward = b"\x0c\0" + socket.inet_pton(socket.AF_INET6, link) + socket.inet_pton(socket.AF_INET6, "::1") + opt(9, solicit)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.bind(("::1", kea.PORTS6[1]))
        s.sendto(forward, ("::1", kea.PORTS6[0]))
        got = kea_rich.options6(kea_rich.options6(s.recv(65536)[34:])[9][4:])
    ia = got.pop(3, b"")
    inner = kea_rich.options6(ia[12:])
    if 5 not in inner:
        return {"address": None, "options": got, "times": None}
    address = socket.inet_ntop(socket.AF_INET6, inner[5][:16])
    return {"address": address, "options": got,
            "times": struct.unpack("!II", ia[4:12]) + struct.unpack("!II", inner[5][16:24])}
