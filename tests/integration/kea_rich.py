# kea_rich.py - a real Kea whose configuration has something of everything, and clients that show what it sends.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import glob
import json
import socket
import struct

import kea

HOOKS = glob.glob("/usr/lib/*/kea/hooks")[0]
SECRETS = ("s3cret-ha", "s3cret-context", "s3cret-deep")

# Every type of option that Kea knows, in a definition of its own: name, code, type, more, text, values, bytes.
TYPES4 = [
    ("t-binary", 224, "binary", {}, "0a0B0c", ["0a:0b:0c"], "0a0b0c"),
    ("t-boolean", 225, "boolean", {}, "true", ["true"], "01"),
    ("t-empty", 226, "empty", {}, None, None, ""),
    ("t-fqdn", 227, "fqdn", {"array": True}, "a.example.org, b.org.", ["a.example.org", "b.org"],
     "0161076578616d706c65036f72670001620 36f726700".replace(" ", "")),
    ("t-ipv4", 228, "ipv4-address", {}, "192.0.2.1", ["192.0.2.1"], "c0000201"),
    ("t-ipv6", 229, "ipv6-address", {"array": True}, "2001:db8:0::1, 2001:db8::2", ["2001:db8::1", "2001:db8::2"],
     "20010db8000000000000000000000001" "20010db8000000000000000000000002"),
    ("t-prefix", 230, "ipv6-prefix", {}, "2001:db8:f000::/36", ["2001:db8:f000::/36"], "2420010db8f0"),
    ("t-psid", 231, "psid", {}, "3/4", ["3/4"], "043000"),
    ("t-string", 232, "string", {}, r"a\, b", ["a, b"], "612c2062"),
    ("t-tuple", 233, "tuple", {"array": True}, "abc, de", ["abc", "de"], "03616263026465"),
    ("t-uint8", 234, "uint8", {}, "0xff", ["255"], "ff"),
    ("t-uint16", 235, "uint16", {"array": True}, "1, 0x0a", ["1", "10"], "0001000a"),
    ("t-uint32", 236, "uint32", {}, "4294967295", ["4294967295"], "ffffffff"),
    ("t-int8", 237, "int8", {"array": True}, "-1, 127", ["-1", "127"], "ff7f"),
    ("t-int16", 238, "int16", {}, "-2", ["-2"], "fffe"),
    ("t-int32", 239, "int32", {}, "-3600", ["-3600"], "fffff1f0"),
    ("t-record", 240, "record", {"record-types": "uint8, ipv4-address, string"}, "7, 192.0.2.1, x y",
     ["7", "192.0.2.1", "x y"], "07c00002017820 79".replace(" ", "")),
    ("t-records", 241, "record", {"record-types": "boolean, ipv4-address", "array": True}, "false, 192.0.2.1, 192.0.2.2",
     ["false", "192.0.2.1", "192.0.2.2"], "00c0000201c0000202"),
]


def definitions():
    return [{"name": name, "code": code, "type": kind, "space": "dhcp4", **more} for name, code, kind, more, *_ in TYPES4]


def dhcp4():
    typed = [{"name": name, **({"data": text} if text is not None else {})} for name, _, _, _, text, _, _ in TYPES4]
    return {"Dhcp4": {
        "interfaces-config": {"interfaces": ["lo/127.0.0.1"], "dhcp-socket-type": "udp"},
        "control-socket": {"socket-type": "unix", "socket-name": "dhcp4.sock"},
        "lease-database": {"type": "memfile", "persist": True, "name": "dhcp4.leases", "lfc-interval": 0},
        "hooks-libraries": [
            {"library": HOOKS + "/libdhcp_lease_cmds.so"}, {"library": HOOKS + "/libdhcp_stat_cmds.so"},
            {"library": HOOKS + "/libdhcp_ha.so", "parameters": {"high-availability": [{
                "this-server-name": "west", "mode": "hot-standby", "heartbeat-delay": 500, "max-response-delay": 1500,
                "max-unacked-clients": 0, "peers": [
                    {"name": "west", "url": "http://127.0.0.1:18191/", "role": "primary", "auto-failover": True},
                    {"name": "east", "url": "http://[::1]:18192/", "role": "standby", "basic-auth-user": "ha",
                     "basic-auth-password": "s3cret-ha"},
                    {"name": "attic", "url": "http://127.0.0.3:18193/", "role": "backup"}]}]}}],
        "multi-threading": {"enable-multi-threading": False},
        "valid-lifetime": 4000, "min-valid-lifetime": 3000, "max-valid-lifetime": 5000, "renew-timer": 1000,
        "rebind-timer": 2000, "authoritative": True, "next-server": "192.0.2.9", "server-hostname": "boot",
        "boot-file-name": "x.efi", "ddns-qualifying-suffix": "example.org", "ddns-override-no-update": True,
        "dhcp-ddns": {"enable-updates": True},
        "user-context": {"comment": "the rich one", "password": "s3cret-context", "deep": {"api-secret": "s3cret-deep"}},
        "option-def": definitions() + [
            {"name": "inner", "code": 1, "type": "string", "space": "own-space"},
            {"name": "outer", "code": 242, "type": "uint16", "space": "dhcp4", "encapsulate": "own-space"},
            {"name": "of-vendor", "code": 5, "type": "string", "space": "vendor-4491"},
            {"name": "of-43", "code": 3, "type": "ipv4-address", "space": "vendor-encapsulated-options-space"},
            {"name": "px", "code": 2, "type": "uint8", "space": "PX", "user-context": {"comment": "of phones"}}],
        "option-data": typed + [
            {"name": "domain-name-servers", "data": "192.0.2.53, 192.0.2.54", "always-send": True},
            {"code": 250, "csv-format": False, "data": "01:02:FF", "user-context": {"a": 1}},
            {"name": "outer", "data": "258"}, {"name": "inner", "space": "own-space", "data": "in"},
            {"name": "vivso-suboptions", "data": "4491"}, {"name": "of-vendor", "space": "vendor-4491", "data": "v"},
            {"name": "vendor-encapsulated-options"}, {"name": "of-43", "space": "vendor-encapsulated-options-space",
                                                      "data": "192.0.2.43"},
            {"name": "log-servers", "csv-format": False, "data": "c0000207"}, {"name": "log-servers", "data": "192.0.2.8"}],
        "client-classes": [
            {"name": "phones", "test": "substring(option[60].hex, 0, 5) == 'phone'", "next-server": "192.0.2.10",
             "server-hostname": "p", "boot-file-name": "phone.cnf", "valid-lifetime": 3500,
             "option-def": [{"name": "vendor-encapsulated-options", "code": 43, "type": "empty", "encapsulate": "PX"}],
             "option-data": [{"name": "ntp-servers", "data": "192.0.2.123"}, {"name": "vendor-encapsulated-options"},
                             {"name": "px", "space": "PX", "data": "7"}],
             "user-context": {"comment": "desk phones"}},
            {"name": "late", "only-if-required": True}],
        "reservations-global": True, "reservations-in-subnet": True,
        "host-reservation-identifiers": ["hw-address", "client-id", "duid", "circuit-id", "flex-id"],
        "reservations": [{"hw-address": "02:00:00:00:00:99", "hostname": "everywhere",
                          "option-data": [{"name": "time-offset", "data": "-3600"}]}],
        "shared-networks": [{
            "name": "floor-1", "interface": "lo", "relay": {"ip-addresses": ["10.9.0.1"]}, "client-class": "phones",
            "ddns-send-updates": False, "option-data": [{"name": "cookie-servers", "data": "192.0.2.11"}],
            "user-context": {"comment": "first floor"},
            "subnet4": [
                {"id": 20, "subnet": "10.20.0.0/24", "valid-lifetime": 4500, "pools": [
                    {"pool": "10.20.0.10 - 10.20.0.20", "client-class": "phones", "require-client-classes": ["late"],
                     "option-data": [{"name": "routers", "data": "10.20.0.1"}], "user-context": {"rack": 7}}],
                 "reservations": [{"flex-id": "'s0me'", "ip-address": "10.20.0.5"}]},
                {"id": 21, "subnet": "10.21.0.0/24"}]}],
        "subnet4": [
            {"id": 1, "subnet": "10.1.0.0/16", "relay": {"ip-addresses": ["127.0.0.1"]},
             "pools": [{"pool": "10.1.64.0/18"}, {"pool": "10.1.2.1-10.1.2.9"}], "interface": "lo", "authoritative": False,
             "next-server": "192.0.2.3", "server-hostname": "sub", "boot-file-name": "sub.efi", "renew-timer": 900,
             "rebind-timer": 1900, "ddns-qualifying-suffix": "", "ddns-override-client-update": True,
             "ddns-replace-client-name": "when-not-present", "match-client-id": False,
             "user-context": {"comment": "the first"},
             "option-data": [{"name": "routers", "data": "10.1.0.1, 10.1.0.2"}],
             "reservations": [
                 {"hw-address": "02:00:00:00:00:01", "ip-address": "10.1.0.11", "hostname": "one.lab",
                  "client-classes": ["late"], "next-server": "192.0.2.4", "server-hostname": "r", "boot-file-name": "r.efi",
                  "option-data": [{"name": "host-name", "data": "one"}], "user-context": {"comment": "of one"}},
                 {"client-id": "01:02:03:04", "ip-address": "10.1.0.12"}, {"duid": "00:01:ab", "ip-address": "10.1.0.13"},
                 {"circuit-id": "'charter'", "ip-address": "10.1.0.14"}]}],
        "loggers": [{"name": "kea-dhcp4", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}}


def dhcp6():
    return {"Dhcp6": {
        "interfaces-config": {"interfaces": ["lo/::1"]},
        "server-id": {"type": "LL", "htype": 1, "identifier": "020000000099", "persist": False},
        "control-socket": {"socket-type": "unix", "socket-name": "dhcp6.sock"},
        "lease-database": {"type": "memfile", "persist": True, "name": "dhcp6.leases", "lfc-interval": 0},
        "hooks-libraries": [{"library": HOOKS + "/libdhcp_lease_cmds.so"}, {"library": HOOKS + "/libdhcp_stat_cmds.so"}],
        "preferred-lifetime": 3000, "valid-lifetime": 4000, "renew-timer": 1000, "rebind-timer": 2000,
        "option-def": [{"name": "t6-tuple", "code": 201, "type": "tuple", "space": "dhcp6"}],
        "option-data": [
            {"name": "dns-servers", "data": "2001:db8::1, 2001:db8::2"}, {"name": "preference", "data": "12"},
            {"name": "bootfile-param", "data": "abc, de"}, {"name": "t6-tuple", "data": "long"},
            {"name": "new-posix-timezone", "data": r"EST5EDT4\,M3.2.0/02:00\,M11.1.0/02:00"},
            {"name": "s46-cont-mape"}, {"name": "s46-br", "space": "s46-cont-mape-options", "data": "2001:db8:cafe::1"},
            {"name": "s46-rule", "space": "s46-cont-mape-options", "data": "128, 0, 24, 192.0.2.0, 2001:db8::/32"},
            {"name": "s46-portparams", "space": "s46-rule-options", "data": "2, 3/4"},
            {"name": "vendor-opts", "data": "4491"}, {"name": "tftp-servers", "space": "vendor-4491", "data": "2001:db8::9"}],
        "client-classes": [{"name": "routers", "test": "member('ALL')", "preferred-lifetime": 2500}],
        "reservations-global": True, "reservations-in-subnet": True,
        "host-reservation-identifiers": ["hw-address", "duid", "flex-id"],
        "reservations": [{"duid": "00:03:00:01:02:00:00:00:00:77", "prefixes": ["fd00:f2:77::/56"]}],
        "shared-networks": [{"name": "lab", "interface-id": "lab-1", "option-data": [{"name": "sntp-servers",
                                                                                      "data": "2001:db8::4"}],
                             "subnet6": [{"id": 70, "subnet": "fd00:70::/64", "pools": [{"pool": "fd00:70::/64"}]}]}],
        "subnet6": [
            {"id": 66, "subnet": "fd00:66::/48", "relay": {"ip-addresses": ["::1"]}, "rapid-commit": True,
             "pools": [{"pool": "fd00:66::1:0/112"}, {"pool": "fd00:66:0:1::/64"}],
             "pd-pools": [{"prefix": "fd00:f2::", "prefix-len": 40, "delegated-len": 56, "excluded-prefix": "fd00:f2:0:80::",
                           "excluded-prefix-len": 60, "client-class": "routers", "user-context": {"z": 1},
                           "option-data": [{"name": "dns-servers", "data": "2001:db8::7"}]},
                          {"prefix": "fd00:f300::", "prefix-len": 24, "delegated-len": 128}],
             "option-data": [{"name": "domain-search", "data": "lab.example.org, example.org"}],
             "reservations": [
                 {"duid": "00:03:00:01:02:aa:00:00:00:05", "ip-addresses": ["fd00:66::5", "fd00:66::6"],
                  "prefixes": ["fd00:f2:5::/56"], "hostname": "six", "client-classes": ["routers"],
                  "option-data": [{"name": "dns-servers", "data": "2001:db8::8"}]},
                 {"hw-address": "02:00:00:00:00:09", "prefixes": ["fd00:f2:9::/56", "fd00:f2:a::/56"]},
                 {"flex-id": "01:02:0f", "ip-addresses": ["fd00:66::7"]}]},
            {"id": 67, "subnet": "fd00:67::/64"}],
        "loggers": [{"name": "kea-dhcp6", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}}


class RichKea(kea.Kea):
    """A kea.Kea with these configurations; changed by `change`, a function that is given both."""

    def __init__(self, change=None):
        self.change = change
        super().__init__()

    def _configure(self, *_):
        super()._configure(1, 0, 0, 0)  # the agents'
        four, six = dhcp4(), dhcp6()
        if self.change:
            self.change(four["Dhcp4"], six["Dhcp6"])
        self.config_file().write_text(json.dumps(four))
        self.config_file("dhcp6").write_text(json.dumps(six))


def offered4(codes, mac="020000000042"):
    """What an OFFER holds for these codes: {code: bytes}. Comes through a relay on loopback."""
    chaddr = bytes.fromhex(mac).ljust(16, b"\0")
    relay = socket.inet_aton("127.0.0.1")
    head = struct.pack("!BBBBIHH4s4s4s4s16s64s128s", 1, 1, 6, 1, 7, 0, 0, b"", b"", b"", relay, chaddr, b"", b"")
    options = bytes([53, 1, 1])
    for i in range(0, len(codes), 255):
        options += bytes([55, len(codes[i:i + 255])]) + bytes(codes[i:i + 255])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.bind(("127.0.0.1", kea.PORTS4[1]))
        s.sendto(head + bytes([99, 130, 83, 99]) + options + b"\xff", ("127.0.0.1", kea.PORTS4[0]))
        answer = s.recv(65536)
    found, at = {}, 240
    while at < len(answer) and answer[at] != 255:
        if answer[at] == 0:
            at += 1
            continue
        code, length = answer[at], answer[at + 1]
        found[code] = found.get(code, b"") + answer[at + 2:at + 2 + length]  # RFC 3396: parts of one
        at += 2 + length
    return found


def options6(data):
    found, at = {}, 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from("!HH", data, at)
        found[code] = data[at + 4:at + 4 + length]
        at += 4 + length
    return found


def advertised6(codes):
    """What an ADVERTISE holds for these codes: {code: bytes}."""
    option = lambda code, data: struct.pack("!HH", code, len(data)) + data
    solicit = b"\x01\0\0\x07" + option(1, bytes.fromhex("00030001020000000042")) + \
        option(3, struct.pack("!III", 1, 0, 0)) + option(6, b"".join(struct.pack("!H", c) for c in codes)) + \
        option(8, b"\0\0")
    local = socket.inet_pton(socket.AF_INET6, "::1")
    forward = b"\x0c\0" + local + local + option(9, solicit)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.bind(("::1", kea.PORTS6[1]))
        s.sendto(forward, ("::1", kea.PORTS6[0]))
        answer = s.recv(65536)
    return options6(options6(answer[34:])[9][4:])
