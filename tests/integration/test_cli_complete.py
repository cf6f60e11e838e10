# test_cli_complete.py - the Tab key: what ipamctl offers, and what bash, zsh and fish make of it on a terminal.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import pty
import select
import signal
import socket
import subprocess
import time

import pytest

import standin
from daemon import PREFIX

SCRIPTS = {"bash": PREFIX / "share/bash-completion/completions/ipamctl",
           "zsh": PREFIX / "share/zsh/vendor-completions/_ipamctl",
           "fish": PREFIX / "share/fish/vendor_completions.d/ipamctl.fish"}
KEY = b"\x18"       # Ctrl-X writes the line that is being edited to $LINE_FILE

# Each shell finds the installed script as a Debian one does, but bash, whose finder is a package of its own.
BASH = f"""PS1='ready> '; bind 'set bell-style none'; bind -x '"\\C-x": printf %s "$READLINE_LINE" >"$LINE_FILE"'
source {SCRIPTS["bash"]}
"""
ZSH = f"""PS1='ready> '; fpath=({SCRIPTS["zsh"].parent} $fpath); autoload -U compinit; compinit -u -D
report() {{ printf %s "$BUFFER" >"$LINE_FILE" }}; zle -N report; bindkey '^X' report; unsetopt beep
"""
FISH = """function fish_prompt; echo 'ready> '; end; set fish_greeting
bind \\cx 'printf %s (commandline | string collect) >$LINE_FILE'
"""


def environment(daemon, tmp_path):
    return {**os.environ, "PATH": f"{PREFIX / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path), "TERM": "xterm", "LC_ALL": "C.UTF-8",
            "IPAM_URL": f"http://127.0.0.1:{daemon.port}", "IPAM_TOKEN_FILE": str(daemon.dir / "admin.token"),
            "LINE_FILE": str(tmp_path / "line"), "XDG_DATA_DIRS": f"{PREFIX / 'share'}:/usr/share", "XDG_CONFIG_HOME": str(tmp_path),
            "INPUTRC": "/dev/null"}


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, shell, env, folder):
        (folder / ".zshrc").write_text(ZSH)
        (folder / "bashrc").write_text(BASH)
        command = {"bash": ["bash", "--noprofile", "--rcfile", str(folder / "bashrc"), "-i"], "zsh": ["zsh", "-d", "-i"],
                   "fish": ["fish", "-i", "-C", FISH]}[shell]
        self.line, self.seen = pathlib.Path(env["LINE_FILE"]), b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, env)
        self.until(lambda: b"ready> " in self.seen)

    def until(self, done):
        end = time.monotonic() + 20
        while not done():
            assert time.monotonic() < end, self.seen.decode(errors="replace")
            if select.select([self.fd], [], [], 0.02)[0]:
                self.seen += os.read(self.fd, 65536)

    def tab(self, text):
        """What a line becomes when Tab is typed after this text."""
        self.line.unlink(missing_ok=True)
        os.write(self.fd, b"\x15" + text.encode() + b"\t")
        # A shell takes what is typed meanwhile for part of the line or forgets it: the key comes when it is done.
        line, end = None, time.monotonic() + 20
        while line is None or line == text:
            os.write(self.fd, KEY)
            self.until(lambda: self.line.exists() or time.monotonic() > end)
            time.sleep(0.05)
            line = self.line.read_text()
            if time.monotonic() > end or (line == text and time.monotonic() > end - 18):
                break
            self.line.unlink()
        return line

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def plan(ipamd):
    ipamd.ctl("block", "add", "10.0.0.0/8", "--name", "corp")
    for prefix, name in (("10.1.2.0/24", "floor 2"), ("10.1.3.0/24", "floor 3"), ("2001:db8:1::/64", "v6")):
        ipamd.ctl("subnet", "add", prefix, "--name", name)
    ipamd.ctl("address", "allocate", "--subnet", "10.1.2.0/24", "--name", "web")
    return ipamd


def offered(daemon, *words, **more):
    run = daemon.ctl("__complete", *words, **more)
    return [line.split("\t")[0] for line in run.stdout.splitlines()]


def test_keys_come_from_the_daemon(plan):
    assert offered(plan, "subnet", "show", "") == ["10.1.2.0/24", "10.1.3.0/24", "2001:db8:1::/64"]
    assert offered(plan, "subnet", "show", "10.1.2") == ["10.1.2.0/24"]
    assert offered(plan, "block", "show", "10.0.") == ["10.0.0.0/8"]
    assert offered(plan, "subnet", "set", "10.1.2.0/24", "10.") == ["10.1.3.0/24"]
    assert offered(plan, "subnet", "delete", "2001:db8:") == ["2001:db8:1::/64"]
    assert offered(plan, "address", "show", "10.1.") == ["10.1.2.1"]
    assert offered(plan, "address", "allocate", "--subnet", "10.1.3") == ["10.1.3.0/24"]
    assert offered(plan, "address", "list", "--within=10.") == ["--within=10.0.0.0/8", "--within=10.1.2.0/24",
                                                               "--within=10.1.3.0/24"]
    assert offered(plan, "tree", "2") == ["2001:db8:1::/64"]
    assert offered(plan, "map", "10.1.") == ["10.1.2.0/24", "10.1.3.0/24"]
    assert offered(plan, "calc", "10.1.2.0/24", "10.0.") == ["10.0.0.0/8"]
    assert offered(plan, "server", "add", "x", "--driver", "ke") == ["kea"]
    assert plan.ctl("__complete", "subnet", "show", "10.1.2").stdout == "10.1.2.0/24\tfloor 2 ipamd\n"
    url = f"http://127.0.0.1:{plan.port}"
    assert offered(plan, "--url", url, "block", "show", "1", env={"IPAM_URL": "unix:/nonexistent"}) == ["10.0.0.0/8"]


@pytest.fixture
def other():
    """What a plan of ipamd's own has not: the same scope on two servers, and names that shells quote."""
    with standin.StandIn() as daemon:
        daemon.pages("/api/v1/dhcp/scopes", [{"id": 1, "server": 7, "prefix": "10.1.2.0/24"}, {"id": 2, "server": 8, "prefix": "10.1.2.0/24"},
                                             {"id": 3, "server": 7, "prefix": "10.1.3.0/24"}])
        for number, name in ((7, "dhcp1"), (8, "dhcp2")):
            daemon.routes["GET", f"/api/v1/inventory/servers/{number}"] = {"id": number, "name": name}
        daemon.pages("/api/v1/ipam/spaces", [{"id": i, "name": n} for i, n in enumerate(("blue zone", "o'hara$x", "two\nlines", "two"))])
        yield daemon


def test_a_key_in_two_places_names_its_place(plan, other):
    where = ["--url", other.url, "scope", "show"]
    assert offered(plan, *where, "") == ["10.1.2.0/24@dhcp1", "10.1.2.0/24@dhcp2", "10.1.3.0/24"]
    assert offered(plan, *where, "10.1.3.0/24@") == ["10.1.3.0/24@dhcp1"]
    assert offered(plan, "--url", other.url, "scope", "list", "--prefix", "") == ["10.1.2.0/24", "10.1.3.0/24"]
    assert offered(plan, "--url", other.url, "space", "show", "tw") == ["two"]


def test_nobody_waits_for_a_daemon_that_is_away(plan):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        for url in ("unix:/nonexistent/api.sock", "http://127.0.0.1:1", f"http://127.0.0.1:{deaf.getsockname()[1]}"):
            began = time.monotonic()
            run = plan.ctl("__complete", "subnet", "show", "", env={"IPAM_URL": url})
            assert run.stdout == "" and time.monotonic() - began < 2
    run = plan.ctl("__complete", "subnet", "show", "", env={"IPAM_TOKEN_FILE": ""})
    assert run.stdout == ""


def test_installed_scripts_are_those_it_prints(plan):
    for shell, path in SCRIPTS.items():
        assert plan.ctl("completion", shell).stdout == path.read_text()
        assert shell in plan.ctl("completion", "--help").stdout
    assert SCRIPTS["zsh"].read_text().startswith("#compdef ipamctl\n")
    for words in ([], ["csh"], ["bash", "zsh"]):
        run = plan.ctl("completion", *words, check=False)
        assert run.returncode == 2 and run.stdout == "" and "bash, zsh or fish" in run.stderr
    assert "completion    bash zsh fish" in plan.ctl("--help").stdout
    assert "source <(ipamctl completion bash)" in plan.ctl("--man").stdout.replace("\\", "")


BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize("words, word, replies", [
    (["ipamctl", "subn"], "subn", ["subnet"]),
    (["ipamctl", "subnet", "show", "10.1."], "10.1.", ["10.1.2.0/24", "10.1.3.0/24"]),
    (["ipamctl", "subnet", "show", "2001", ":", "db8", ":"], ":", ["1::/64"]),
    (["ipamctl", "subnet", "list", "--output", "=", "cs"], "cs", ["csv"]),
    (["ipamctl", "subnet", "list", "--within", "=", "2001", ":"], ":", ["db8:1::/64"]),
    (["ipamctl", "subnet", "list", "--within", "=", "10.0"], "10.0", ["10.0.0.0/8"]),
])
def test_bash_function(plan, tmp_path, words, word, replies):
    line = " ".join(words).replace(" : ", ":").replace(" :", ":").replace(" = ", "=")
    script = f"""source {SCRIPTS["bash"]}
COMP_WORDS=("${{@:3}}") COMP_CWORD=$(($# - 3)) COMP_LINE=$1 COMP_POINT=${{#1}} COMP_WORDBREAKS=$2
_ipamctl ipamctl {word!r} show
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    run = subprocess.run(["bash", "--norc", "-c", script, "bash", line, BREAKS, *words], env=environment(plan, tmp_path),
                         capture_output=True, text=True, timeout=30, check=True)
    assert (run.stdout.splitlines(), run.stderr) == (replies, "")


# What is typed, and what Tab makes of it.
LINES = [
    ("ipamctl subn", "ipamctl subnet "),
    ("ipamctl subnet sho", "ipamctl subnet show "),
    ("ipamctl subnet show 10.1.2", "ipamctl subnet show 10.1.2.0/24 "),
    ("ipamctl subnet show 1", "ipamctl subnet show 10.1."),
    ("ipamctl subnet show 2001:db8:", "ipamctl subnet show 2001:db8:1::/64 "),
    ("ipamctl subnet show 2", "ipamctl subnet show 2001:db8:1::/64 "),
    ("ipamctl subnet list --output=cs", "ipamctl subnet list --output=csv "),
    ("ipamctl subnet list -o ya", "ipamctl subnet list -o yaml "),
    ("ipamctl block list --within=2001:", "ipamctl block list --within=2001:db8:1::/64 "),
    ("ipamctl subnet list --lim", "ipamctl subnet list --limit "),
    ("ipamctl address allocate --identifier du", "ipamctl address allocate --identifier duid="),
    ("ipamctl --config note", "ipamctl --config notes.json "),
    ("ipamctl --config=note", "ipamctl --config=notes.json "),
    ("ipamctl --url URL space show bl", r"ipamctl --url URL space show blue\ zone "),
    (r"ipamctl --url URL space show blue\ z", r"ipamctl --url URL space show blue\ zone "),
    ('ipamctl --url URL space show "blue z', 'ipamctl --url URL space show "blue zone" '),
    ("ipamctl --url URL space show 'blue z", "ipamctl --url URL space show 'blue zone' "),
    ("ipamctl --url URL space show o", r"ipamctl --url URL space show o\'hara\$x "),
    ("echo x | ipamctl subnet show 10.1.2", "echo x | ipamctl subnet show 10.1.2.0/24 "),
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_tab_on_a_terminal(plan, other, tmp_path, shell):
    (tmp_path / "notes.json").write_text("{}")
    terminal = Terminal(shell, environment(plan, tmp_path), tmp_path)
    try:
        for typed, wanted in LINES:
            assert terminal.tab(typed.replace("URL", other.url)) == wanted.replace("URL", other.url), typed
    finally:
        terminal.close()
