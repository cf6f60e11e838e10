# test_install.py - what make install puts where, and that the packaged configuration is good.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import subprocess

import daemon

NULL_KINDS = ["audit", "dhcp", "discovery", "dns", "identity", "reach", "sink", "storage", "vspace"]


def test_everything_is_in_its_place():
    wanted = {"sbin/ipamd", "bin/ipamctl", "libexec/ipamd/ipam-provider-host", "include/ipam/plugin.h", "include/ipam/records.h",
              "lib/ipamd/providers/kea.so", "lib/ipamd/providers/reach.so", "lib/ipamd/providers/sqlite.so", "share/doc/ipamd/ipamd.json",
              "share/man/man1/ipamctl.1", "share/bash-completion/completions/ipamctl", "share/zsh/vendor-completions/_ipamctl",
              "share/fish/vendor_completions.d/ipamctl.fish", "share/man/man5/ipam-records.5", "share/man/man5/ipam-kea.5", "share/man/man5/ipam-reach.5",
              "share/man/man5/ipam-sqlite.5", "share/man/man8/ipamd.8", "share/man/man8/ipam-provider-host.8"}
    wanted |= {f"lib/ipamd/providers/null-{kind}.so" for kind in NULL_KINDS}
    there = {str(p.relative_to(daemon.PREFIX)) for p in daemon.PREFIX.rglob("*") if p.is_file()}
    assert wanted - there == set()
    assert {p for p in there if p.startswith("lib/ipamd/providers/")} == {p for p in wanted if p.startswith("lib/")}


def test_nobody_else_may_write_there():
    assert [str(p) for p in (daemon.PREFIX, *daemon.PREFIX.rglob("*")) if not p.is_symlink() and p.stat().st_mode & 0o022] == []


def test_packaged_configuration_is_good():
    run = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--check-config", "--config", daemon.TREE / "conf" / "ipamd.json"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (run.returncode, run.stdout) == (0, "")
