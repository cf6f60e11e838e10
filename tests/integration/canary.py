# canary.py - 40 secrets that the tests' daemons are given, and the search for them where no secret may be.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Every canary begins with a mark of the session, random too: one search for the mark, in each form, finds all of them, so
that looking through everything costs about what reading it costs. Forms: raw, base64 at its three alignments, hex in both
cases, UTF-16 in both orders. What is found is told by place, form and name of the canary."""
import base64
import glob
import os
import pathlib
import secrets
import string
import subprocess

LETTERS = string.ascii_letters + string.digits
COUNT = 40


def _random(n):
    return "".join(secrets.choice(LETTERS) for _ in range(n))


class Flock:
    """Canaries with a mark, and where each is allowed."""

    def __init__(self):
        self.mark = _random(11) + "z"  # 7a: so that hex in small and in large letters differ
        self.all = [self.mark + _random(24) for _ in range(COUNT)]
        self.allowed = set()  # files that may hold one, named one by one
        self.looked_at = 0    # bytes
        self._forms = {form: value for name, make in FORMS.items() for form, value in make(name, self.mark.encode())}

    @classmethod
    def of(cls, text, mark):
        """One secret that somebody else has made, known by a part of it."""
        flock = cls()
        flock.mark, flock.all = mark, [text]
        flock._forms = {form: value for name, make in FORMS.items() for form, value in make(name, mark.encode())}
        return flock

    def allow(self, *paths):
        """These files hold a secret because that is what they are for."""
        self.allowed.update(os.path.realpath(p) for p in paths)

    def look(self, data, place):
        """What is found in bytes: texts that name place, form and canary."""
        self.looked_at += len(data)
        return [f"{place}: {self._name(data, at)} in {form}, at byte {at}"
                for form, value in self._forms.items() for at in (data.find(value),) if at >= 0]

    def _name(self, data, at):
        for i, text in enumerate(self.all):
            for name, make in FORMS.items():
                if any(value in data for _, value in make(name, text.encode())):
                    return f"canary {i}"
        return "a canary, not whole"

    def look_at_file(self, path):
        if os.path.realpath(path) in self.allowed:
            return []
        try:
            data = pathlib.Path(path).read_bytes()
        except OSError:  # gone meanwhile
            return []
        return self.look(data, path)

    def look_below(self, folder, skip=()):
        """Every regular file below a folder, names of files and folders too; `skip`: folders by path."""
        found = []
        for top, folders, files in os.walk(folder):
            folders[:] = [f for f in folders if os.path.join(top, f) not in skip]
            found += self.look("\0".join(folders + files).encode("utf-8", "surrogateescape"), f"names in {top}")
            for name in files:
                path = os.path.join(top, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    found += self.look_at_file(path)
        return found

    def look_at_processes(self, names=(b"ipamd", b"ipamctl", b"ipam-provider-h", b"ipam-keeper")):
        """Command line and environment of every process; the environment of ours alone, for others are the tests' tools."""
        found = []
        for folder in glob.glob("/proc/[0-9]*"):
            try:
                ours = pathlib.Path(folder, "comm").read_bytes().strip() in names
                for part in ("cmdline", "environ") if ours else ("cmdline",):
                    found += self.look(pathlib.Path(folder, part).read_bytes(), f"{folder}/{part}")
            except OSError:  # ended meanwhile, or not ours to see
                pass
        return found

    def none_in(self, data, place):
        """Fails when one is in what somebody was told."""
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogateescape")
        found = self.look(data, place)
        assert not found, "\n".join(found)


def _base64(name, text):
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + text)
        first = (before * 8 + 5) // 6  # the first digit that the text alone decides
        yield f"{name} {before}", whole[first:(before + len(text)) * 8 // 6]


FORMS = {
    "raw": lambda name, text: [(name, text)],
    "base64": _base64,
    "hex": lambda name, text: [(name, text.hex().encode()), (name.upper(), text.hex().upper().encode())],
    # Without the zero at the end of one order and at the beginning of the other: so it is both.
    "UTF-16": lambda name, text: [(name, text.decode().encode("utf-16-le")[:-1])],
}

FLOCK = Flock()

# Who is given which. A daemon's administrator has a token of its own among TOKENS.
KEA_PASSWORD = FLOCK.all[0]
TOKENS = FLOCK.all[1:9]
CREDENTIALS = FLOCK.all[9:13]   # files in every daemon's credentials
STORED = FLOCK.all[13:24]       # kept by the daemon, sealed
PASSWORDS = FLOCK.all[32:40]    # of local users
REFUSED = FLOCK.all[24:32]      # sent where they are wrong: as bearer tokens, in bodies, in queries


def watch_programs():
    """From now on what programs print, as far as a test takes it, is looked at."""
    plain = subprocess.run

    def run(*args, **kw):
        ran = plain(*args, **kw)
        for stream in (ran.stdout, ran.stderr):
            if isinstance(stream, (bytes, str)):
                FLOCK.none_in(stream, f"printed by {ran.args}")
        return ran

    subprocess.run = run
