# prefix_copy.py - a copy of the installation, put over it in a mount namespace, so that its files may be bad ones.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Programs that run in the copy have their compiled-in paths, and find there what a test has put into the copy. Needs root."""
import pathlib
import shutil
import subprocess
import tempfile

import daemon

SOURCE = pathlib.Path(__file__).parent / "plugins" / "misbehave.c"
FLAGS = "-std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wconversion -Wvla -Werror -O1 -fPIC -fvisibility=hidden -shared".split()
PROVIDERS = "lib/ipamd/providers"
ENTER = 'mount --bind "$0" "$1" && shift && exec "$@"'


def build(output, name, model="SERIAL", source=SOURCE, **macros):
    """Makes a provider, the misbehaving one unless told otherwise; a macro that is a text becomes one in C, others are written as they are."""
    macros = {"NAME": name, "MODEL": Word(f"IPAM_THREAD_{model}"), **macros}
    defines = [f'-D{k}="{v}"' if isinstance(v, str) else f"-D{k}={v}" for k, v in macros.items()]
    run = subprocess.run(["gcc", *FLAGS, "-I", daemon.PREFIX / "include", *defines, "-o", output, source],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert run.returncode == 0, run.stdout
    return output


class Word:
    """The value of a macro that is no text."""

    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text


class PrefixCopy:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ipamd-prefix.", dir="/tmp"))
        self.root = self.dir / "prefix"
        subprocess.run(["cp", "-a", daemon.PREFIX, self.root], check=True)

    @property
    def providers(self):
        return self.root / PROVIDERS

    def remove(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, name):
        """Where a plugin's file is as programs in the copy see it."""
        return daemon.PREFIX / PROVIDERS / f"{name}.so"

    def build(self, name, model="SERIAL", source=SOURCE, **macros):
        target = build(self.providers / f"{name}.so", name, model, source, **macros)
        target.chmod(0o644)
        return target

    def argv(self, *command):
        """The command that runs `command` in the copy, as the same process."""
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, str(self.root), str(daemon.PREFIX),
                *map(str, command)]

    def run(self, *command, **more):
        return subprocess.run(self.argv(*command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, **{"timeout": 60, **more})

    def ipamd(self, **options):
        """An ipamd of the copy, not yet started; see daemon.Ipamd."""
        server = daemon.Ipamd(**options)
        server.process.argv = self.argv(*server.process.argv)
        return server
