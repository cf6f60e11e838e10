# tour.sh - quickstart's tour: real commands with real output, each value compared with Kea's own answers.
# shellcheck shell=bash disable=SC2154
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0

SERVER=127.0.0.1
MAC=02:00:5e:00:53:01

# show COMMAND...: prints it as one would type it, and what it prints.
show() {
    printf '\n$ %s\n' "$*"
    run "$@" || { say "quickstart: '$*' failed with $?"; return 1; }
}

list() { ipamctl -o json "$@" | jq 'if type == "object" and has("items") then .items else . end'; }

# same WHAT OURS THEIRS: two texts that must be equal and hold something. They are counted in lines.
same() {
    if [ -n "$3" ] && [ "$2" = "$3" ]; then
        printf '  = %s: %s, as Kea says\n' "$1" "$(grep -c . <<<"$3")"
    else
        printf '  ! %s: ipamd (<) and Kea (>) differ:\n%s\n' "$1" "$(diff <(echo "$2") <(echo "$3") | grep '^[<>]' | head -n 10)"
        wrong=1
    fi
}

subnets='[.[0][] | to_entries[] | select(.key | test("^subnet[46]$")).value[],
          (select(.key == "shared-networks").value[] | to_entries[] | select(.key | test("^subnet[46]$")).value[])]'

# Kea's whole configuration, both families, as a list of its subnets.
kea_subnets() {
    { kea dhcp4 config-get && kea dhcp6 config-get; } | jq -s "map([.] | $subnets) | add"
}

kea_leases() {
    { kea dhcp4 lease4-get-all && kea dhcp6 lease6-get-all; } | jq -s 'map(.leases) | add'
}

compare_scopes() {
    same scopes "$(list scope list --server $SERVER | jq -r '.[].prefix' | sort)" \
        "$(jq -r '.[].subnet' <<<"$1" | sort)"
}

compare_reservations() {
    same reservations \
        "$(list reservation list --server $SERVER | jq -r '.[] | "\(.identifier // "" | gsub(":"; "")) \(.address)"' | sort)" \
        "$(jq -r '.[].reservations[] | "\(."hw-address" // ."client-id" // .duid // ."circuit-id" | gsub(":"; "") | ascii_downcase)" +
            " \(."ip-address" // ."ip-addresses"[0]?)"' <<<"$1" | sort)"
}

compare_leases() {
    same leases \
        "$(list lease list --server $SERVER |
            jq -r '.[] | .address + if .prefix_length then "/\(.prefix_length)" else "" end' | sort)" \
        "$(jq -r '.[] | ."ip-address" + if .type == "IA_PD" then "/\(."prefix-len")" else "" end' <<<"$1" | sort)"
}

# Addresses in use of each IPv4 subnet: reserved or leased, as Kea says, or assigned in the plan itself; each once.
# With their share of the 256 of a /24, in % cut to two places.
compare_utilisation() {
    local assigned
    assigned=$(list address list | jq 'map(.address)')
    same "subnets in use" \
        "$(list subnet list | jq -r '.[] | select(.prefix | contains(":") | not) | "\(.prefix) \(.used) \(.utilization)"' | sort)" \
        "$(jq -r --argjson leases "$2" --argjson assigned "$assigned" '
            .[] | select(.subnet | contains(":") | not) | .subnet as $subnet | .id as $id | (.subnet | rtrimstr("0/24")) as $net
            | [.reservations[]."ip-address"?, ($leases[] | select(."subnet-id" == $id and .type == null)."ip-address"),
               ($assigned[] | select(startswith($net)))]
            | map(select(.)) | unique | length | "\($subnet) \(.) \(. * 10000 / 256 | floor / 100)"' <<<"$1" | sort)"
}

compare_new_reservation() {
    local address
    address=$(list address allocate --subnet 10.1.2.0/24 --count 1 --claim order-4711 --name web --mac $MAC --reservation |
        jq -r '.[0].address')
    printf '\n# the new reservation, as Kea shows it in its running configuration\n'
    jq --arg address "$address" '.[].reservations[] | select(."ip-address" == $address)' <<<"$1"
    same "new reservation" "$address $MAC web" \
        "$(jq -r --arg address "$address" '.[].reservations[] | select(."ip-address" == $address)
            | "\(."ip-address") \(."hw-address") \(.hostname)"' <<<"$1")"
    same "new reservation in Kea's file" "$address $MAC" \
        "$(jq -r --arg address "$address" '.. | objects | select(."ip-address"? == $address)
            | "\(."ip-address") \(."hw-address")"' "$state/kea/dhcp4.conf")"
}

# Every command may have been run before on the same data: what is there is shown, not added twice.
tour() {
    local wrong='' subnets_now leases_now
    local -x IPAM_URL IPAM_TOKEN_FILE=$state/admin.token PATH=$PREFIX/bin:$PATH
    IPAM_URL=$(cat "$state/url")
    ipamctl server show $SERVER >/dev/null 2>&1 ||
        show ipamctl server add $SERVER --driver kea --profile kea-site --role dhcp --managed || return
    show ipamctl server collect $SERVER --wait || return
    ipamctl block show 10.0.0.0/8 >/dev/null 2>&1 || show ipamctl block add 10.0.0.0/8 || return
    show ipamctl tree 10.0.0.0/8 || return
    show ipamctl scope list --server $SERVER || return
    subnets_now=$(kea_subnets) leases_now=$(kea_leases) || return
    compare_scopes "$subnets_now"
    compare_reservations "$subnets_now"
    compare_leases "$leases_now"
    compare_utilisation "$subnets_now" "$leases_now"
    show ipamctl address allocate --subnet 10.1.2.0/24 --count 1 --claim order-4711 --name web --mac $MAC \
        --reservation --wait || return
    subnets_now=$(kea_subnets) || return
    compare_new_reservation "$subnets_now"
    show ipamctl change list || return
    printf '\n'
    [ -z "$wrong" ] || { say "quickstart: ipamd and Kea do not agree; see the lines that begin with !"; return 1; }
}
