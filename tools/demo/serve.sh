# serve.sh - quickstart's servers: a private Kea and ipamd on loopback, started, asked until they answer, stopped.
# shellcheck shell=bash disable=SC2154
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0

PIDS=()                 # in the order of their start
NAMES=()
KEA_USER=ipam

# start NAME FOLDER COMMAND...: in the background, its output in $state/NAME.log; it dies with this shell, however that ends.
start() {
    local name=$1 folder=$2
    shift 2
    (cd "$folder" && exec setpriv --pdeathsig TERM -- "$@") >>"$state/$name.log" 2>&1 </dev/null 9>&- &
    PIDS+=($!)
    NAMES+=("$name")
}

alive() {
    local pid
    for pid in "${PIDS[@]}"; do kill -0 "$pid" 2>/dev/null || return; done
}

# ready NAME COMMAND...: waits until the command succeeds; fails when a server has ended, or after 20 s.
ready() {
    local name=$1 i
    shift
    for ((i = 0; i < 400; i++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        alive || break
        sleep 0.05
    done
    tail -n 20 "$state/$name.log" >&2
    say "quickstart: $name does not answer; its log is $state/$name.log"
    return 1
}

# Ends all, the last first, each with 10 s to do so in order.
stop_all() {
    local i tries
    trap '' INT TERM HUP
    [ -z "$BUSY" ] || { kill "$BUSY" 2>/dev/null; wait "$BUSY"; BUSY=; }
    for ((i = ${#PIDS[@]} - 1; i >= 0; i--)); do
        kill "${PIDS[i]}" 2>/dev/null
        for ((tries = 0; tries < 200; tries++)); do
            kill -0 "${PIDS[i]}" 2>/dev/null || break
            sleep 0.05
        done
        ! kill -9 "${PIDS[i]}" 2>/dev/null || say "quickstart: ${NAMES[i]} did not end within 10 s and was killed"
        wait "${PIDS[i]}"
    done 2>/dev/null
    PIDS=() NAMES=()
}

# Whether nothing uses a port and the next one, of TCP or UDP.
free() {
    awk -v a="$(printf :%04X "$1")" -v b="$(printf :%04X $(($1 + 1)))" '
        FNR > 1 && index($2 ",", a ",") + index($2 ",", b ",") { used = 1 } END { exit used }' \
        /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6
}

# A free port, the wanted one if it can be; below the range that the kernel hands out by itself.
free_port() {
    local port=${1:-$((20000 + RANDOM % 5000 * 2))}
    until free "$port"; do port=$((20000 + RANDOM % 5000 * 2)); done
    echo "$port"
}

# kea SERVICE COMMAND [ARGUMENTS]: asks the control agent; prints the arguments of a good (or empty) answer.
kea() {
    local arguments=${3:-}
    curl -sf -m 30 -u "$KEA_USER:$(cat "$state/credentials/kea-site")" -H 'Content-Type: application/json' \
        -d "{\"command\": \"$2\", \"service\": [\"$1\"]${arguments:+, \"arguments\": $arguments}}" \
        "http://127.0.0.1:$agent_port/" |
        jq -e '.[0] | if .result == 0 or .result == 3 then .arguments // {} else error(.text) end'
}

# The configuration files of the demo; the servers' own are kept once they exist, for they hold what ipamd changed.
configure_kea() {
    local d=$state/kea hooks
    hooks=$(echo /usr/lib/*/kea/hooks)
    (umask 077 && mkdir -p "$d" "$state/credentials") || return
    [ -s "$state/credentials/kea-site" ] ||
        (umask 077 && head -c 18 /dev/urandom | base64 | tr -d '\n' >"$state/credentials/kea-site") || return
    [ -s "$d/dhcp4.conf" ] ||
        jq -n -a -f tools/demo/kea-dhcp4.jq --argjson subnets 20 --argjson shared 4 --argjson reservations 200 \
            --arg hooks "$hooks" >"$d/dhcp4.conf" || return
    [ -s "$d/dhcp6.conf" ] ||
        jq -n -a -f tools/demo/kea-dhcp6.jq --argjson reservations 6 --arg hooks "$hooks" >"$d/dhcp6.conf" || return
    (umask 077 && jq -n -f tools/demo/kea-agent.jq --argjson port "$agent_port" --arg user $KEA_USER \
        --arg password "$(cat "$state/credentials/kea-site")" >"$d/agent.conf") || return
    # Debian confines /usr/sbin/kea-* by AppArmor to /etc/kea and /var/lib/kea; a copy elsewhere is not confined.
    cp -f "$(command -v kea-dhcp4)" "$(command -v kea-dhcp6)" "$(command -v kea-ctrl-agent)" "$d/"
}

# clients NAME OPTIONS...: perfdhcp ends with 3 when an answer came late, as on a busy machine; then the same clients ask
# again. Clients that still have no lease are no reason to stop: the tour compares with what Kea really has.
clients() {
    local log=build/$1.log try rc=0
    shift
    for try in 1 2 3; do
        rc=0
        run perfdhcp "$@" -r 200 -W 500000 >"$log" 2>&1 </dev/null || rc=$?
        [ $rc -eq 3 ] || break
    done
    case $rc in
    0) ;;
    3) say "some clients got no lease in $try tries; going on (see $log)" ;;
    *) cat "$log" >&2; say "quickstart: perfdhcp failed ($rc); the whole output is in $log"; return 1 ;;
    esac
}

# clients4 SUBNET COUNT: so many real DHCP clients, through a relay on loopback that names the subnet (RFC 3527).
clients4() {
    clients "clients4-$1" -4 -l 127.0.0.1 -N "$port4" -L $((port4 + 1)) -b "mac=00:0c:00:00:$(printf %02x "$1"):00" \
        -o "82,05040a01$(printf %02x "$1")01" -R "$2" -n "$2" 127.0.0.1
}

clients6() {
    clients clients6 -6 -A 1 -e address-and-prefix -l ::1 -N "$port6" -L $((port6 + 1)) -b duid=00030001020a00000000 \
        -R "$1" -n "$1" ::1
}

start_kea() {
    local d=$state/kea
    agent_port=$(free_port) port4=$(free_port) port6=$(free_port)
    say "starting Kea (its files are in $d)"
    configure_kea || { say "quickstart: cannot write Kea's configuration in $d"; return 1; }
    local -x KEA_PIDFILE_DIR=$d KEA_LOCKFILE_DIR=$d
    start dhcp4 "$d" ./kea-dhcp4 -p "$port4" -P $((port4 + 1)) -c dhcp4.conf
    start dhcp6 "$d" ./kea-dhcp6 -p "$port6" -P $((port6 + 1)) -c dhcp6.conf
    start agent "$d" ./kea-ctrl-agent -c agent.conf
    ready dhcp4 kea dhcp4 status-get && ready dhcp6 kea dhcp6 status-get || return
    # Leases run out while the demo is down; clients that come again get the same addresses.
    local subnet
    for subnet in 0 2 3 5 8; do
        clients4 $subnet 50 || return
    done
    clients6 25
}

start_ipamd() {
    local d=$state
    [ -n "$port" ] || port=$(free_port "$(sed -n 's,^http://127\.0\.0\.1:\([0-9]\+\)$,\1,p' "$d/url" 2>/dev/null)")
    rm -f "$d/url"
    jq --arg state "$d" --arg port "$port" --argjson agent "${agent_port:-null}" '
        walk(if type == "string" then gsub("@STATE@"; $state) | gsub("@PORT@"; $port) else . end)
        | if $agent then .profiles[0].options.port = $agent else .profiles = [] end' \
        conf/quickstart.json >"$d/ipamd.json" || return
    (umask 077 && mkdir -p "$d/credentials" "$d/data") && chmod 700 "$d/credentials" "$d/data" || return
    local -x CREDENTIALS_DIRECTORY=$d/credentials
    start ipamd / "$PREFIX/sbin/ipamd" --config "$d/ipamd.json"
    ready ipamd curl -sf -m 5 "http://127.0.0.1:$port/readyz" || return
    printf 'http://127.0.0.1:%s' "$port" >"$d/url.new" && mv "$d/url.new" "$d/url"
}
