# tree.py - what every lint shares: the files of the tree, C without comments, and how findings are told.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""A lint is a program `tests/lint/NAME [TREE]`. It prints one line for each finding,
`path:line: what is wrong; what to do`, and exits 1 if there was one, 0 if not, 2 when it cannot run."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]).resolve()

# Made by tools/recgen from include/ipam/records.def: checked in, never edited.
GENERATED = {"include/ipam/records.h", "core/record/tables.c", "docs/man/ipam-records.5"}

SKIPPED = {"build", "var", "build-aux", "autom4te.cache", "__pycache__"}

_findings = []


def files(*suffixes, under=()):
    """Paths relative to the tree, sorted: what git knows or would add, or all files where there is no git."""
    if (ROOT / ".git").exists():
        out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
        names = [n for n in out.splitlines() if (ROOT / n).is_file()]
    else:
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")
                 if p.is_file() and not SKIPPED & set(p.relative_to(ROOT).parts)]
    return sorted(n for n in set(names)
                  if (not suffixes or n.endswith(suffixes))
                  and (not under or n.startswith(tuple(u + "/" for u in under))))


def read(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def is_text(name):
    with open(ROOT / name, "rb") as f:
        return b"\0" not in f.read(4096)


def code_only(text):
    """C with comments and the inside of literals blanked; line and column of what is left are unchanged."""
    def blank(m):
        s = m.group(0)
        if s[0] == "/":
            return re.sub(r"[^\n]", " ", s)
        return s[0] + re.sub(r"[^\n]", " ", s[1:-1]) + s[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def find(pattern, text):
    """Yields (line number, match) of each match of a pattern in a text."""
    for m in re.finditer(pattern, text):
        yield text.count("\n", 0, m.start()) + 1, m


def finding(name, line, message):
    _findings.append(f"{name}:{line}: {message}")


def need(program, package):
    """Ends the lint unless the program is there."""
    for folder in os.environ.get("PATH", "").split(":"):
        if os.access(os.path.join(folder, program), os.X_OK):
            return
    print(f"{sys.argv[0]}: no {program}; install it (Debian: apt-get install {package})", file=sys.stderr)
    sys.exit(2)


def finish():
    print("".join(f + "\n" for f in _findings), end="")
    sys.exit(1 if _findings else 0)
