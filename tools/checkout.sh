# checkout.sh - what quickstart and run-tests share: packages, the build in build/, and orderly ends. Sourced by bash.
# shellcheck shell=bash
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0

# shellcheck disable=SC2034
PACKAGES_BUILD="gcc libc6-dev make autoconf automake libtool pkg-config mawk libuv1-dev libcjson-dev libsodium-dev
    libssl-dev libcurl4-openssl-dev libc-ares-dev libsqlite3-dev libseccomp-dev zlib1g-dev node-llhttp"
# shellcheck disable=SC2034
PACKAGES_RUN="curl jq"
# shellcheck disable=SC2034
PACKAGES_DEMO="kea-dhcp4-server kea-dhcp6-server kea-ctrl-agent kea-admin"
PREFIX=$PWD/build/install
STAMP=$PWD/build/stamp

umask 022               # the daemon loads no plugin that others could write
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# Runs a program so that a signal to this shell ends it too: bash runs no trap while a foreground program lasts.
# A function is called, and runs its programs so itself.
BUSY=
run() {
    local rc=0
    ! declare -F "$1" >/dev/null || { "$@"; return; }
    "$@" & BUSY=$!
    wait "$BUSY" || rc=$?
    BUSY=
    return $rc
}

# quietly NAME COMMAND...: the output goes to build/NAME.log and is shown only when the command fails.
quietly() {
    local log=build/$1.log rc=0
    shift
    run "$@" >"$log" 2>&1 </dev/null || rc=$?
    [ $rc -eq 0 ] || { tail -n 40 "$log" >&2; say "${0##*/}: '$*' failed; the whole output is in $log"; }
    return $rc
}

missing_packages() {
    local package
    for package; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
}

# install_packages PACKAGE...: what is missing, asking nothing and starting no service. Exit 77 where it may not.
install_packages() {
    local missing root=
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        root="sudo -n"
        $root true 2>/dev/null || { say "${0##*/}: not root, and these packages are missing: $missing"; exit 77; }
    fi
    say "installing $missing"
    mkdir -p build
    # shellcheck disable=SC2086
    quietly apt $root env DEBIAN_FRONTEND=noninteractive bash tools/install-packages $missing || exit 1
}

# build_checkout [CONFIGURE OPTION...]: builds in build/ and installs into build/install, unless that was done and no
# source is newer. Without options those of the last build stand.
build_checkout() {
    local wanted="--prefix=$PREFIX $*" began=build/began
    configured "$wanted" && unchanged && return
    say "building"
    mkdir -p build
    : >$began
    [ -x configure ] || quietly autogen ./autogen.sh || return
    if ! configured "$wanted"; then
        # shellcheck disable=SC2086
        quietly configure env -C build ../configure -q $wanted || return
        echo "$wanted" >build/configured
    fi
    quietly make make -C build -j"$(nproc)" || return
    quietly install make -C build install || return
    mv $began "$STAMP"
}

configured() { grep -qsF -- "$1" build/configured; }

unchanged() {
    [ -e "$STAMP" ] && [ -z "$(find configure.ac Makefile.am core include plugins sdk conf docs tools -newer "$STAMP" -print -quit)" ]
}
