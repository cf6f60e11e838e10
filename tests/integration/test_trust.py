# test_trust.py - plugin files that somebody else could have put there, or that are none: all are refused, and say why.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Each placement is one hostile thing in a copy of the installation. It is tried on the ways a user has: --check-config, the
daemon with and without "critical", each for both kinds of isolation, and ipam-provider-host --describe. The file's
constructor keeps a journal of who loaded it."""
import concurrent.futures
import dataclasses
import itertools
import os
import re
import subprocess
import time
import typing

import pytest

import daemon
import prefix_copy
import proc
from prefix_copy import Word

STRANGER = 12345
EX_CONFIG = 78
SOON_S = 10  # nothing blocks
REMEDY = re.compile(r"\b(chown|chmod|install|reinstall|put|write|correct|build|rebuild|rename|name)\b")
PORTS = itertools.count(daemon.PORT + 100)


@dataclasses.dataclass
class Placement:
    """What is done to the copy, or how the file is built; `reason` is found in what is told. `folder`: the storage plugin
    is refused with it. `loaded`: only its own process can tell that it is bad."""
    id: str
    reason: str
    put: typing.Callable = lambda copy, path: None
    name: str = "odd"
    macros: dict = dataclasses.field(default_factory=dict)
    folder: bool = False
    loaded: bool = False


def by_link(copy, path):
    path.rename(copy.dir / "real.so")
    path.symlink_to(copy.dir / "real.so")


def folder_by_link(copy, path):
    copy.providers.rename(copy.dir / "providers")
    copy.providers.symlink_to(copy.dir / "providers")


def to(place):
    """The file elsewhere: where its name would lead to."""
    def put(copy, path):
        target = copy.providers / place
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
    return put


def replace(make):
    def put(copy, path):
        path.unlink()
        make(path)
    return put


def patch(offset, data):
    def put(copy, path):
        content = bytearray(path.read_bytes())
        content[offset:offset + len(data)] = data
        path.write_bytes(content)
    return put


def cut(part):
    def put(copy, path):
        os.truncate(path, int(path.stat().st_size * part))
    return put


LONG = "a" * 33
MACHINE = 18  # of e_machine in the header
AARCH64 = b"\xb7\0"
NO_FILE = "regular file"
PLACEMENTS = [
    Placement("symbolic-link", "symbolic link", by_link),
    Placement("folder-symbolic-link", "symbolic link", folder_by_link, folder=True),
    Placement("name-dots", "name", to("../odd.so"), name="../odd"),
    Placement("name-slash", "name", to("sub/odd.so"), name="sub/odd"),
    Placement("name-absolute", "name", name="/odd"),
    Placement("name-upper-case", "name", to("Odd.so"), name="Odd"),
    Placement("name-long", "name", to(f"{LONG}.so"), name=LONG),
    Placement("file-group-writable", "writable", lambda copy, path: path.chmod(0o664)),
    Placement("file-others-writable", "writable", lambda copy, path: path.chmod(0o646)),
    Placement("file-owner", str(STRANGER), lambda copy, path: os.chown(path, STRANGER, 0)),
    Placement("folder-group-writable", "writable", lambda copy, path: copy.providers.chmod(0o775), folder=True),
    Placement("folder-owner", str(STRANGER), lambda copy, path: os.chown(copy.providers, STRANGER, 0), folder=True),
    Placement("parent-owner", str(STRANGER), lambda copy, path: os.chown(copy.providers.parent, STRANGER, 0), folder=True),
    Placement("parent-others-writable", "writable", lambda copy, path: copy.providers.parents[1].chmod(0o757), folder=True),
    Placement("hard-link", "hard link", lambda copy, path: os.link(path, copy.dir / "other.so")),
    Placement("fifo", NO_FILE, replace(os.mkfifo)),
    Placement("directory", NO_FILE, replace(os.mkdir)),
    Placement("device", NO_FILE, replace(lambda path: os.mknod(path, 0o20644, os.makedev(1, 5)))),
    Placement("cut-half", "cut off|truncated", cut(0.5)),
    Placement("cut-header", "ELF", cut(0.002)),
    Placement("empty", "ELF|empty", cut(0)),
    Placement("other-machine", "machine", patch(MACHINE, AARCH64)),
    Placement("no-entry", "ipam_plugin_v0", macros={"ENTRY": Word("other_plugin_v0")}, loaded=True),
    Placement("abi-minor-newer", "ABI", macros={"ABI": Word("(IPAM_ABI + 1u)")}, loaded=True),
    Placement("abi-minor-older", "ABI", macros={"ABI": Word("(IPAM_ABI - 1u)")}, loaded=True),
    Placement("abi-major", "ABI", macros={"ABI": Word("(IPAM_ABI + 0x10000u)")}, loaded=True),
    Placement("descriptor-name", "'?other'?", macros={"DESCRIPTOR_NAME": "other"}, loaded=True),
    Placement("table-size", "size|bytes", macros={"TABLE_SIZE": 16}, loaded=True),
    Placement("operations-size", "size|bytes", macros={"OPS_SIZE": 16}, loaded=True)]
GOOD = Placement("good", "")
ISOLATIONS = ("process", "none")


@dataclasses.dataclass
class Told:
    code: int
    text: str
    seconds: float


class Tried:
    """All that was told of one placement: describe, and check, critical, run and loaders by isolation."""

    def __init__(self, placement):
        self.placement, self.copy = placement, prefix_copy.PrefixCopy()
        self.journal = self.copy.dir / "journal"
        try:
            path = self.copy.build("odd", JOURNAL=str(self.journal), **placement.macros)
            placement.put(self.copy, path)
            host = daemon.PREFIX / "libexec/ipamd/ipam-provider-host"
            self.describe = self._command(self.copy.argv(host, "--describe", placement.name))
            self.check, self.critical, self.run, self.loaders = {}, {}, {}, {}
            for isolation in ISOLATIONS:
                self._try(isolation)
        finally:
            self.copy.remove()

    def _try(self, isolation):
        self.check[isolation] = self._once(isolation, ["--check-config"])
        self.critical[isolation] = self._once(isolation, [], critical=True)
        self.run[isolation] = self._daemon(isolation)
        self.loaders[isolation] = self.journal.read_text().splitlines() if self.journal.exists() else []
        self.journal.unlink(missing_ok=True)

    def _ipamd(self, isolation, critical=False):
        entry = {"name": self.placement.name, "isolation": isolation, **({"critical": True} if critical else {})}
        ipamd = self.copy.ipamd(port=next(PORTS), config={
            "plugins": [entry], "profiles": [], "sandbox": "off"})  # its sandbox would keep a plugin from its journal
        self.entry = entry_lines((ipamd.dir / "ipamd.json").read_text())
        return ipamd

    def _command(self, argv, env=None):
        began = time.monotonic()
        run = subprocess.run(argv, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=60)
        return Told(run.returncode, run.stdout, time.monotonic() - began)

    def _once(self, isolation, options, **more):
        """The command, which is to end by itself; a good plugin's daemon is asked to."""
        ipamd = self._ipamd(isolation, **more)
        try:
            if self.placement is GOOD and not options:
                return self._serve(ipamd)
            return self._command([*ipamd.process.argv, *options], ipamd.process.env)
        finally:
            ipamd.stop()

    def _daemon(self, isolation):
        ipamd = self._ipamd(isolation)
        try:
            if self.placement.folder:
                return self._command(ipamd.process.argv, ipamd.process.env)
            return self._serve(ipamd)
        finally:
            ipamd.stop()

    def _serve(self, ipamd):
        began = time.monotonic()
        try:
            ipamd.start()
            seconds = time.monotonic() - began
            served = ipamd.get("/api/v1/inventory/servers").status == 200
            code = ipamd.process.stop()
            return Told(code if served else -1, ipamd.log(), seconds)
        except proc.NotReady as e:
            return Told(ipamd.process.popen.returncode, str(e), time.monotonic() - began)


def entry_lines(text):
    """The lines of a configuration on which its one plugin's entry is."""
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines, 1) if '"plugins"' in line) + 1
    return range(first, next(n for n, line in enumerate(lines, 1) if n > first and line.startswith("    }")) + 1)


@pytest.fixture(scope="module")
def tried():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return dict(zip((p.id for p in [GOOD, *PLACEMENTS]), pool.map(Tried, [GOOD, *PLACEMENTS])))


ALL = pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda p: p.id)
BOTH = pytest.mark.parametrize("isolation", ISOLATIONS)


def reasons(placement, text):
    """The lines that say why and what to do, of this placement."""
    return [line for line in text.splitlines() if re.search(placement.reason, line) and REMEDY.search(line)]


@BOTH
def test_a_good_file_is_taken(tried, isolation):
    """So that what the others show is due to what is wrong with them."""
    good = tried[GOOD.id]
    assert (good.check[isolation].code, good.check[isolation].text) == (0, "")
    assert good.run[isolation].code == 0 and "plugin-loaded: odd" in good.run[isolation].text, good.run[isolation]
    assert good.critical[isolation].code == 0 and good.describe.code == 0, good.critical[isolation]
    assert (isolation == "none") == any("/sbin/ipamd" in line for line in good.loaders[isolation]), good.loaders


@ALL
@BOTH
def test_check_config_says_where_why_and_what_to_do(tried, placement, isolation):
    told = tried[placement.id].check[isolation]
    assert told.code == EX_CONFIG and told.seconds < SOON_S, told
    places = [re.match(r"\S*ipamd\.json:(\d+):\d+: ", line) for line in reasons(placement, told.text)]
    assert [p for p in places if p and int(p.group(1)) in tried[placement.id].entry], told.text


@ALL
@BOTH
def test_the_daemon_goes_on_without_it(tried, placement, isolation):
    """Unless the storage plugin is in the same folder and refused, too."""
    told = tried[placement.id].run[isolation]
    assert told.seconds < SOON_S
    if placement.folder:
        assert told.code == EX_CONFIG and reasons(placement, told.text), told
    else:
        assert told.code == 0 and [r for r in reasons(placement, told.text) if "plugin-refused:" in r], told


@ALL
@BOTH
def test_the_daemon_does_not_start_without_a_critical_one(tried, placement, isolation):
    told = tried[placement.id].critical[isolation]
    assert told.code == EX_CONFIG and told.seconds < SOON_S, told
    assert reasons(placement, told.text), told.text


@ALL
def test_describe_refuses_it(tried, placement):
    told = tried[placement.id].describe
    assert told.code not in (0, None) and told.code > 0 and told.seconds < SOON_S, told
    assert reasons(placement, told.text) and '"kinds"' not in told.text, told.text


@ALL
@BOTH
def test_its_code_never_runs_in_ipamd(tried, placement, isolation):
    loaders = tried[placement.id].loaders[isolation]
    assert [line for line in loaders if "/sbin/ipamd" in line] == []
    assert placement.loaded or loaders == [], loaders
