# kea-dhcp4.jq - makes the configuration of a demo Kea DHCPv4 server: jq -n -a -f kea-dhcp4.jq with the numbers below.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
#
# --argjson subnets N       10.1.0.0/24, 10.1.1.0/24, ... ; ids from 101, which are not positions
# --argjson shared N        so many of them, from the fifth on, form the shared network "campus"
# --argjson reservations N  spread over the subnets, in and out of pools, of four identifier types
# --arg hooks FOLDER        where Kea's hook libraries are
# Relative names are in the folder the server is started in. Its clients come through a relay on loopback, which
# names their subnet by link selection (RFC 3527).

def net($n): "10.\(1 + ($n / 256 | floor)).\($n % 256)";
def hex2: . as $v | "0123456789abcdef" as $d | $d[($v / 16 | floor):($v / 16 | floor) + 1] + $d[$v % 16:$v % 16 + 1];
def octets($r): [($r / 65536 | floor) % 256, ($r / 256 | floor) % 256, $r % 256] | map(hex2) | join(":");

def identifier($r):
    [{"hw-address": "02:00:00:\(octets($r))"}, {"hw-address": "02:00:00:\(octets($r))"},
     {"client-id": "01:02:0c:00:\(octets($r))"}, {"hw-address": "02:00:00:\(octets($r))"},
     {"duid": "00:03:00:01:02:0d:00:\(octets($r))"}, {"hw-address": "02:00:00:\(octets($r))"},
     {"circuit-id": "0c:1d:00:\(octets($r))"}, {"hw-address": "02:00:00:\(octets($r))"}][$r % 8];

# Every fifth reservation of a subnet lies in its pool; the last of all reserves a name only.
def address($r; $k):
    if $r == $reservations - 1 and $r > 0 then {}
    else {"ip-address": "\(net($r % $subnets)).\(if $k % 5 == 4 then 199 - $k else 10 + $k end)"} end;

def reservation($r):
    identifier($r) + address($r; $r / $subnets | floor)
    + (if $r % 20 == 7 then {} else {"hostname": "host-\($r)"} end)
    + (if $r % 50 == 13 then {"option-data": [{"name": "domain-name-servers", "data": "10.0.0.153"}]} else {} end)
    + (if $r % 40 == 3 then {"user-context": {"owner": "M\u00fcller \($r)"}} else {} end);

def subnet($n):
    {"id": (101 + $n), "subnet": "\(net($n)).0/24",
     "pools": ([{"pool": "\(net($n)).100 - \(net($n)).199"}]
               + (if $n % 4 == 1 then [{"pool": "\(net($n)).208/28"}] else [] end)),
     "option-data": [{"name": "routers", "data": "\(net($n)).1"}],
     "user-context": {"floor": $n, "site": "Z\u00fcrich"},
     "reservations": [range($n; $reservations; $subnets) | reservation(.)]}
    + (if $n % 5 == 2 then {"valid-lifetime": 3600} else {} end);

{"Dhcp4": {
    "interfaces-config": {"interfaces": ["lo/127.0.0.1"], "dhcp-socket-type": "udp"},
    "control-socket": {"socket-type": "unix", "socket-name": "dhcp4.sock"},
    "lease-database": {"type": "memfile", "persist": true, "name": "dhcp4.leases", "lfc-interval": 0},
    "hooks-libraries": [{"library": "\($hooks)/libdhcp_lease_cmds.so"}, {"library": "\($hooks)/libdhcp_stat_cmds.so"}],
    "valid-lifetime": 7200,
    "option-data": [{"name": "domain-name-servers", "data": "10.0.0.53, 10.0.1.53"},
                    {"name": "domain-name", "data": "demo.example"}],
    "user-context": {"contact": "caf\u00e9"},
    "subnet4": [range($subnets) | select(. < 4 or . >= 4 + $shared) | subnet(.)],
    "shared-networks": (if $shared == 0 then [] else
        [{"name": "campus", "option-data": [{"name": "ntp-servers", "data": "10.0.0.123"}],
          "subnet4": [range(4; 4 + $shared) | subnet(.)]}] end),
    "loggers": [{"name": "kea-dhcp4", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}}
