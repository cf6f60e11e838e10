# kea-agent.jq - makes the configuration of a demo Kea control agent on loopback: jq -n -f kea-agent.jq.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
#
# --argjson port N --arg user NAME --arg password TEXT   an empty user: no authentication

{"Control-agent": ({
    "http-host": "127.0.0.1", "http-port": $port,
    "control-sockets": {"dhcp4": {"socket-type": "unix", "socket-name": "dhcp4.sock"},
                        "dhcp6": {"socket-type": "unix", "socket-name": "dhcp6.sock"}},
    "loggers": [{"name": "kea-ctrl-agent", "severity": "WARN", "output_options": [{"output": "stdout"}]}]}
    + (if $user == "" then {} else
        {"authentication": {"type": "basic", "realm": "kea", "clients": [{"user": $user, "password": $password}]}}
       end))}
