#!/bin/bash
# quickstart-in-bare-root.sh - proves ./quickstart --once on a bare Debian 12: a fresh mmdebstrap root, as root, twice.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
#
# usage: quickstart-in-bare-root.sh [REPOSITORY]   (default: this checkout; its last commit is cloned)
# Needs root, mmdebstrap, git and the machine's own apt sources. Prints what it proved; exit 0, 1, or 77 where it cannot run.
set -u

repository=${1:-$(dirname "$(readlink -f "$0")")/../..}
[ "$(id -u)" -eq 0 ] || { echo "not root" >&2; exit 77; }
for tool in mmdebstrap git unshare; do
    command -v $tool >/dev/null || { echo "no $tool; apt-get install $tool" >&2; exit 77; }
done

root=$(mktemp -d "${TMPDIR:-/var/tmp}/bare.XXXXXX") || exit 1
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 143' INT TERM HUP

# The machine's own sources of Debian 12, in either of apt's forms.
mapfile -t sources < <(grep -lsE '^(Suites:.*[[:space:]]|deb .*[[:space:]])bookworm(-updates|-security)?([[:space:]]|$)' \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
[ ${#sources[@]} -gt 0 ] || { echo "no apt source of Debian 12 on this machine" >&2; exit 77; }

began=$SECONDS
mmdebstrap --quiet --variant=minbase bookworm "$root" "${sources[@]}" || exit 77
echo "a bare root in $((SECONDS - began)) s"
[ ! -e "$root/usr/sbin/policy-rc.d" ] || { echo "the root is not bare: it has a policy-rc.d" >&2; exit 1; }
git clone -q "$repository" "$root/src" || exit 1
rm -f "$root/etc/resolv.conf" && cp -L /etc/resolv.conf "$root/etc/resolv.conf" || exit 1
cp "$(dirname "$(readlink -f "$0")")/inside.sh" "$root/inside.sh" || exit 1

# Processes are counted in a namespace of their own; the network is the machine's, for apt.
unshare --pid --fork --kill-child=KILL --mount-proc="$root/proc" chroot "$root" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${http_proxy:+http_proxy="$http_proxy"} \
    ${https_proxy:+https_proxy="$https_proxy"} bash /inside.sh
