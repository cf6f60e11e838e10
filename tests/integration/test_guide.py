# test_guide.py - the provider guide, followed as a newcomer would; its templates, built outside the tree and run.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re
import shutil
import subprocess
import threading

import pytest

import daemon

GUIDE = daemon.TREE / "sdk" / "docs" / "guide.md"
PROVIDERS = daemon.PREFIX / "lib" / "ipamd" / "providers"
TEMPLATES = daemon.PREFIX / "share" / "ipamd" / "template"

# Each block writes a file of its own, and the first command that fails ends all.
PRELUDE = """
set -e
umask 022
trap 'kill $(jobs -p) 2>/dev/null || :' EXIT
"""


def environment():
    """What the shell of somebody has who installed ipamd under the prefix."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("IPAM_")}
    path = [str(daemon.PREFIX / "bin"), str(daemon.PREFIX / "sbin"), env["PATH"], "/usr/sbin"]
    return {**env, "PATH": ":".join(path), "PKG_CONFIG_PATH": str(daemon.PREFIX / "lib" / "pkgconfig"), "LC_ALL": "C.UTF-8"}


def blocks():
    """The fenced blocks of the guide, as (language, text, line)."""
    found, lines = [], GUIDE.read_text().splitlines()
    fences = [i for i, line in enumerate(lines) if line.startswith("```")]
    for begin, end in zip(fences[::2], fences[1::2]):
        found.append((lines[begin][3:], "\n".join(lines[begin + 1:end]) + "\n", begin + 2))
    return found


def pattern(shown):
    """What the guide shows, as an expression: `...` is anything, alone on its line any lines; columns may be wider."""
    lines = []
    for line in shown.splitlines():
        if line == "...":
            lines.append(r"(?:.*\n)*?")
            continue
        parts = [re.sub(r"(\\ ){2,}", " +", re.escape(part)) for part in line.split("...")]
        lines.append(".*?".join(parts) + r"\n")
    return "".join(lines)


def sessions():
    """The sh blocks with what is shown after them, or None; a text block stands nowhere else."""
    found, before = [], None
    for language, text, line in blocks():
        if language == "sh":
            found.append([text, None, line])
        elif language == "text":
            assert before == "sh", f"{GUIDE}:{line}: a text block that follows no sh block"
            found[-1][1] = text
        before = language
    return found


@pytest.fixture
def remove_acme():
    yield
    (PROVIDERS / "acme.so").unlink(missing_ok=True)


def test_every_command_does_what_the_guide_shows(tmp_path, remove_acme):
    home, outputs = tmp_path / "empty", tmp_path / "outputs"
    home.mkdir()
    outputs.mkdir()
    steps = sessions()
    assert len(steps) >= 10
    script = PRELUDE + "".join(f"exec >{outputs}/{i} 2>&1\n{step[0]}" for i, step in enumerate(steps)) + f"touch {outputs}/end\n"
    run = subprocess.run(["bash", "-c", script], cwd=home, env=environment(), stdin=subprocess.DEVNULL, timeout=180)
    for i, (_, shown, line) in enumerate(steps):
        output = (outputs / str(i)).read_text() if (outputs / str(i)).exists() else "(not reached)"
        last = not (outputs / str(i + 1)).exists() and not (outputs / "end").exists()
        assert not last, f"{GUIDE}:{line}: exit {run.returncode}\n{output}"
        assert shown is None or re.fullmatch(pattern(shown), output), f"{GUIDE}:{line}: it printed\n{output}"
    assert run.returncode == 0
    assert not (PROVIDERS / "acme.so").exists()


def test_every_piece_of_c_compiles(tmp_path):
    source = tmp_path / "guide.c"
    source.write_text("".join(text for language, text, _ in blocks() if language == "c"))
    flags = "-std=c11 -Wall -Wextra -Wshadow -Wconversion -Wvla -Werror -Wno-unused-function -Wno-unused-const-variable".split()
    subprocess.run(["gcc", *flags, "-I", daemon.PREFIX / "include", "-c", source, "-o", tmp_path / "guide.o"], check=True)


def make(folder, *args):
    return subprocess.run(["make", "-C", folder, *args], env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120)


def copy_template(language, tmp_path):
    return shutil.copytree(TEMPLATES / language, tmp_path / language)


def symbols(module):
    run = subprocess.run(["nm", "-D", "--defined-only", module], stdout=subprocess.PIPE, text=True, check=True)
    return [line.split()[-1] for line in run.stdout.splitlines()]


BUILDS = [("c", "CC=gcc", "CFLAGS=-O2 -Werror"), ("c", "CC=clang", "CFLAGS=-O2 -Werror"),
          ("cpp", "CXX=g++", "CXXFLAGS=-O2 -Werror"), ("cpp", "CXX=clang++", "CXXFLAGS=-O2 -Werror"),
          ("cpp", "CXX=g++", "CXXFLAGS=-O2 -Werror -std=c++11"), ("cpp", "CXX=clang++", "CXXFLAGS=-O2 -Werror -std=c++11")]


@pytest.mark.parametrize("language,compiler,flags", BUILDS)
def test_a_template_builds_without_a_warning(tmp_path, language, compiler, flags):
    folder = copy_template(language, tmp_path)
    run = make(folder, compiler, flags, "NAME=acme")
    assert run.returncode == 0 and "warning" not in run.stdout, run.stdout
    assert symbols(folder / "acme.so") == ["ipam_plugin_v0"]
    assert make(folder, "NAME=acme", "install", f"DESTDIR={tmp_path}/root").returncode == 0
    (installed,) = [p for p in (tmp_path / "root").rglob("*") if p.is_file()]
    assert installed == pathlib.Path(f"{tmp_path}/root{PROVIDERS}/acme.so") and installed.stat().st_mode & 0o777 == 0o644
    assert make(folder, "NAME=acme", "uninstall", f"DESTDIR={tmp_path}/root").returncode == 0
    assert not installed.exists()
    assert make(folder, "NAME=acme", "clean").returncode == 0 and not (folder / "acme.so").exists()


def test_make_says_when_the_package_is_missing(tmp_path):
    folder = copy_template("c", tmp_path)
    run = subprocess.run(["make", "-C", folder], env={**environment(), "PKG_CONFIG_PATH": "", "PKG_CONFIG_LIBDIR": str(tmp_path)},
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert run.returncode == 2 and "install ipamd, or set PKG_CONFIG_PATH" in run.stdout


@pytest.fixture(params=["c", "cpp"])
def files(request, tmp_path, make_ipamd, remove_acme):
    """An ipamd with the template as its driver, one lease a page; lab.csv in its folder is the server lab."""
    folder = copy_template(request.param, tmp_path)
    run = make(folder, "NAME=acme", "install")
    assert run.returncode == 0, run.stdout
    profile = {"name": "files", "driver": "acme", "options": {"file": str(tmp_path / "{server}.csv"), "page": 1}}
    ipamd = make_ipamd(config={"plugins": [{"name": "acme"}], "profiles": [profile]})
    ipamd.text = tmp_path / "lab.csv"
    shutil.copy(folder / "example.csv", ipamd.text)
    ipamd.ctl("server", "add", "lab", "--driver", "acme", "--profile", "files", "--role", "dhcp")
    return ipamd


def collect(ipamd, name="lab"):
    run = ipamd.ctl("server", "collect", name, "--wait", check=False)
    return run.returncode, ipamd.get(f"/api/v1/inventory/servers/{name}").json().get("message", "")


def test_a_template_reads_page_after_page(files):
    assert collect(files) == (0, "")
    assert sorted(s["prefix"] for s in files.items("dhcp/scopes")) == ["192.0.2.0/24", "2001:db8:1::/64"]
    assert sorted(r["first"] for r in files.items("ipam/ranges")) == ["192.0.2.100", "2001:db8:1::1000"]
    assert [r["identifier"] for r in files.items("dhcp/reservations")] == ["02:00:5e:00:53:10"]
    leases = {lease["address"]: lease["name"] for lease in files.items("dhcp/leases")}
    assert leases == {"192.0.2.100": "phone", "192.0.2.101": "laptop", "2001:db8:1::1001": "rig"}
    lines = files.text.read_text().splitlines()
    files.text.write_text("".join(f"{line}\n" for line in lines if "laptop" not in line and not line.startswith("pool,lab")))
    assert collect(files) == (0, "")
    assert {lease["address"] for lease in files.items("dhcp/leases")} == {"192.0.2.100", "2001:db8:1::1001"}
    assert [r["first"] for r in files.items("ipam/ranges")] == ["192.0.2.100"]


WRONG_LINES = [
    ("scope,x,10.0.0.1/24,x,1", "host bits"), ("scope,x,10.0.0.0,x,1", "prefix"), ("scope,x,10.0.0.0/33,x,1", "prefix"),
    ("scope,x,10.0.0.0/24,x,-1", "seconds"), ("scope,,10.0.0.0/24,x,1", "identifier"), ("scope,x,10.0.0.0/24,x", "fields"),
    ("scope,x,10.0.0.0/24,\u00fc,1", "ASCII"), ("scope,office,10.0.0.0/24,x,1", "another scope"),
    ("pool,nowhere,10.0.0.1,10.0.0.2", "no scope"), ("pool,office,192.0.2.9,192.0.2.8", "below"),
    ("lease,office,192.0.2.300,02:00:5e:00:53:01,x,1", "address"), ("lease,office,192.0.2.3,02:00:5e:00:53,x,1", "hardware"),
    ("lease,office,192.0.2.3,02:00:5e:00:53:\x10\x11,x,1", "hardware"), ("lease,office,192.0.2.3,02:00:5e:00:53:01,x,soon", "1970"), ("leash,office", "begins"), (",,,,,,,,", "begins"),
]


def test_a_template_says_which_line_is_wrong(files):
    assert collect(files) == (0, "")
    text = files.text.read_text()
    for line, told in WRONG_LINES:
        files.text.write_text(f"{text}{line}\n")
        code, message = collect(files)
        assert code == 1 and told in message and f"{files.text}:" in message and "correct the line" in message, (line, message)
    assert len(files.items("dhcp/leases")) == 3 and len(files.items("dhcp/scopes")) == 2


def test_half_a_file_is_not_taken_for_a_whole_one(files):
    assert collect(files) == (0, "")
    text = files.text.read_bytes()
    for half in (text[:-1], text[:400], text.replace(b"pool,", b"\0ool,", 1), b"\0", b"scope"):
        files.text.write_bytes(half)
        code, message = collect(files)
        assert code == 1 and "its last line has no end" in message, (half, message)
    assert len(files.items("dhcp/leases")) == 3 and len(files.items("dhcp/scopes")) == 2


def test_a_file_that_is_being_written_is_not_read(files):
    assert collect(files) == (0, "")
    whole, ended = files.text.read_text(), threading.Event()

    def write():
        while not ended.wait(0.002):
            files.text.write_text("")

    writer = threading.Thread(target=write)
    writer.start()
    answers = (collect(files) for _ in range(5))  # a busy machine may let the writer rest for once
    told = any(code == 1 and f"{files.text} is still being written; try again" in message for code, message in answers)
    ended.set()
    writer.join()
    assert told
    files.text.write_text(whole)
    assert collect(files) == (0, "") and len(files.items("dhcp/leases")) == 3


def test_a_template_says_what_is_wrong_with_its_server(files):
    files.text.unlink()
    code, message = collect(files)
    assert code == 1 and f"cannot open {files.text}: No such file" in message
    files.text.mkdir()
    code, message = collect(files)
    assert code == 1 and "no regular file" in message
    files.ctl("server", "add", ".lab", "--driver", "acme", "--profile", "files", "--role", "dhcp")
    code, message = collect(files, ".lab")
    assert code == 1 and "without {server}" in message
