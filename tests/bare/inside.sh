#!/bin/bash
# inside.sh - what quickstart-in-bare-root.sh runs inside the bare root, as the first process of its namespace.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317  # the functions are called by expect
set -u

failed=0
expect() {
    local what=$1
    shift
    if "$@"; then echo "ok: $what"; else echo "FAILED: $what" >&2; failed=1; fi
}

# Looked for without starting a process; a zombie counts too, for nobody was left to reap it.
nothing_running() {
    local p left=0
    for p in /proc/[0-9]*; do
        [ "$p" = /proc/1 ] || { echo "still running: $(tr '\0' ' ' <"$p/cmdline") ($p)" >&2; left=1; }
    done
    return "$left"
}
no_service_enabled() { ! compgen -G '/etc/systemd/system/*.wants/kea*' && ! compgen -G '/etc/rc[2-5].d/S*kea*'; }
traces() { cat /var/log/dpkg.log /var/log/apt/history.log; find /src/build -newer /src/build/stamp -name '*.l*o'; stat -c %y /src/build/stamp; }

cd /src || exit 1
began=$SECONDS
./quickstart --once
rc=$?
expect "the first run ends with 0 (it took $((SECONDS - began)) s)" [ $rc -eq 0 ]
expect "nothing is left running" nothing_running
expect "the guard against service starts is gone" [ ! -e /usr/sbin/policy-rc.d ]
expect "no service is enabled" no_service_enabled
expect "the folder for state was made with address and token" [ -s var/url -a -s var/admin.token ]

before=$(traces) began=$SECONDS
./quickstart --once
rc=$? took=$((SECONDS - began))
expect "the second run ends with 0" [ $rc -eq 0 ]
expect "the second run is quick: $took s" [ $took -lt 30 ]
expect "the second run installs and builds nothing" [ "$before" = "$(traces)" ]
expect "nothing is left running" nothing_running
exit $failed
