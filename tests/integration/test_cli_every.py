# test_cli_every.py - every verb of ipamctl with every -o, and the exit codes, walked from the program's own table.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

import pytest
import yaml

import daemon
import standin
import watch

IPAMCTL = daemon.PREFIX / "bin" / "ipamctl"
FORMATS = ["table", "json", "jsonl", "csv", "yaml"]


def words_of(*before):
    """What the program offers after these words, without a daemon."""
    run = subprocess.run([IPAMCTL, "__complete", *before, ""], stdout=subprocess.PIPE, text=True, check=True,
                         env={**os.environ, "IPAM_URL": "unix:/nonexistent"})
    return [line.split("\t")[0] for line in run.stdout.splitlines() if not line.startswith("\t")]


def verbs():
    """(noun, verb) of all there are; a noun that is a command has the verb None."""
    for noun in words_of():
        offered = [w for w in words_of(noun) if not w.startswith("-")]
        if noun in ("completion", "export"):  # a shell's script; CSV and nothing else
            continue
        yield from ((noun, verb) for verb in offered) if offered else ((noun, None),)


VERBS = sorted(verbs(), key=str)
# What each verb is given, by noun: operands and options that make it do something. Lists and the like need none.
GIVEN = {
    ("address", "add"): ["10.7.0.9", "--name", "by, hand"], ("address", "set"): ["10.7.0.1", "--name", "=cmd"],
    ("address", "allocate"): ["--subnet", "10.7.0.0/24", "--count", "2"],
    ("address-pool", "add"): ["spare", "--member", "10.7.0.0/24"], ("address-pool", "set"): ["edge", "--description", "a, b"],
    ("vlan-group", "add"): ["site 2", "--min-vid", "10"], ("vlan-group", "set"): ["campus", "--description", "a, b"], ("vlan-group", "allocate"): ["campus", "--count", "2"],
    ("vlan", "add"): ["7@campus", "--name", "a \"b\""], ("vlan", "set"): ["100@campus", "--role", "=voice"],
    ("vrf", "add"): ["red", "--rd", "65000:2"], ("vrf", "set"): ["blue", "--import-target", "65000:1"],
    ("block", "add"): ["11.0.0.0/8"], ("block", "set"): ["10.0.0.0/8", "--name", "a \"b\"\nc"],
    ("subnet", "add"): ["10.8.0.0/24", "--vlan", "7"], ("subnet", "set"): ["10.7.0.0/24", "--name", "étage - 2 : yes"],
    ("range", "add"): ["10.7.0.100-10.7.0.109", "--kind", "static"],
    ("range", "set"): ["10.7.0.200", "--name", "null"],
    ("server", "add"): ["dhcp9", "--driver", "kea", "--profile", "kea-site", "--role", "dhcp"],
    ("server", "set"): ["127.0.0.1", "--description", "~"],
    ("reservation", "add"): ["10.1.2.250", "--scope", "10.1.2.0/24", "--identifier", "hw-address=02:00:00:00:00:77"],
    ("custom-field", "add"): ["Stage", "--value", "test, first", "--value", "live"], ("custom-field", "set"): ["Region", "--value", "North, far"],
    ("logical-group", "add"): ["by kind", "--of", "address", "--level", "Device type"],
    ("query", "add"): ["slow", "--list", "ipam/subnets"], ("query", "set"): ["busy", "--query", "order=-utilization"],
    ("login", None): ["alice", "--password-file", "{dir}/password"],
    ("import", None): ["block", "{dir}/blocks.csv"], ("find", None): ["10.7.0.1"], ("tree", None): [], ("map", None): ["10.7.0.0/24"],
    ("utilization", None): ["10.7.0.0/24"], ("task", "purge"): ["utilization_history", "--before", "2001-01-01T00:00:00Z"],
    ("calc", None): ["10.7.0.9/24", "2001:db8::/33"], ("doctor", None): ["--list"], ("backup", None): ["{tmp}/b"], ("restore", None): ["/nonexistent", "--config", "{dir}/ipamd.json"],
}
# The key of something that is there, for verbs that take one.
KEYS = {"address": "10.7.0.1", "block": "10.0.0.0/8", "subnet": "10.7.0.0/24", "range": "10.7.0.200", "server": "127.0.0.1",
        "space": "default", "change": "1", "plugin": "kea", "scope": "10.1.2.0/24", "address-pool": "edge", "vlan-group": "campus", "vlan": "100@campus", "vrf": "blue", "custom-field": "Device type", "logical-group": "Managed by", "query": "busy"}
GONE = {"address": "10.7.0.3", "block": "172.16.0.0/12", "subnet": "10.9.0.0/24", "range": "10.7.0.210", "vlan": "101@campus"}


@pytest.fixture(scope="module")
def world():
    """A daemon with a Kea that was collected and a plan of its own."""
    import kea
    server = kea.Kea().start()
    one = daemon.Ipamd().start()
    try:
        one.add_kea()
        for words in (["block", "add", "10.0.0.0/8", "--name", "corp"], ["block", "add", "172.16.0.0/12"],
                      ["subnet", "add", "10.7.0.0/24", "--name", "floor 2"], ["subnet", "add", "10.9.0.0/24"],
                      ["range", "add", "10.7.0.200-10.7.0.209", "--kind", "static"],
                      ["range", "add", "10.7.0.210-10.7.0.219", "--kind", "static"],
                      ["address", "allocate", "--subnet", "10.7.0.0/24", "--count", "4", "--claim", "c", "--name", "@x"],
                      ["query", "add", "busy", "--list", "ipam/subnets", "--query", "order=-utilization"],
                      ["vlan-group", "add", "campus"], ["vlan", "add", "100@campus"], ["vlan", "add", "101@campus"], ["vrf", "add", "blue", "--rd", "65000:1"],
                      ["address-pool", "add", "edge", "--member", "10.7.0.0/24"]):
            one.ctl(*words)
        (one.dir / "password").write_text("open sesame, again\n")
        one.ctl("user", "add", "alice", "--password-file", one.dir / "password")
        ctl(one, "login", "alice", "--password-file", str(one.dir / "password"))
        (one.dir / "blocks.csv").write_text("prefix,name\n192.168.0.0/16,home\n")
        yield one
    finally:
        one.stop()
        server.stop()


def ctl(world, *words):
    """As world.ctl, but with the line ends that were written."""
    run = subprocess.run([IPAMCTL, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                         env={**os.environ, "IPAM_URL": f"http://127.0.0.1:{world.port}", "NO_COLOR": "1",
                              "IPAM_TOKEN_FILE": str(world.dir / "admin.token"), "XDG_STATE_HOME": str(world.dir)})
    return subprocess.CompletedProcess(words, run.returncode, run.stdout.decode(), run.stderr.decode())


def first_id(world, noun, state=None):
    shown = json.loads(world.ctl(noun, "list", "-o", "json").stdout)
    return next((str(o["id"]) for o in shown if state is None or o["state"] == state), None)


def command(world, noun, verb, tmp):
    """The whole command, or None when there is nothing that it could be tried on."""
    words = [noun] + ([verb] if verb else [])
    if (noun, verb) in GIVEN:
        return words + [w.format(tmp=tmp, dir=world.dir) for w in GIVEN[noun, verb]]
    if verb in ("list", None):
        return words
    if verb == "delete" and noun in GONE:
        return words + [GONE[noun], "--yes"]
    if verb in ("show", "probe", "collect", "run") and noun in KEYS:
        return words + [KEYS[noun]] + (["--wait"] if verb in ("probe", "collect") else [])
    key = {"plan": first_id, "job": first_id, "lease": first_id, "reservation": first_id}.get(noun)
    if verb == "show":
        key = key(world, noun) if key else first_key(world, noun)
        return words + [key] if key else None
    return None  # tried in tests of its own: it needs something that is under way


def first_key(world, noun):
    shown = json.loads(world.ctl(noun, "list", "-o", "json").stdout)
    return str(shown[0].get("id", shown[0].get("name"))) if shown else None


def rows_of(text, fmt):
    """The objects in an output; for csv with all values as texts."""
    if fmt == "json":
        value = json.loads(text)
        return value if isinstance(value, list) else [value]
    if fmt == "jsonl":
        return [json.loads(line) for line in text.splitlines()]
    if fmt == "yaml":
        value = yaml.safe_load(text)
        return value if isinstance(value, list) else [value]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows and all(len(r) == len(rows[0]) for r in rows), rows
    assert text.endswith("\r\n") and len(set(rows[0])) == len(rows[0])
    for cell in (c for r in rows[1:] for c in r):
        assert not re.match(r"[=+@\t]|-(?!\d)", cell), cell
    return [dict(zip(rows[0], r)) for r in rows[1:]]


@pytest.mark.parametrize("noun,verb", VERBS, ids=[f"{n}-{v}" if v else n for n, v in VERBS])
def test_every_verb_writes_every_format(world, tmp_path, noun, verb):
    reads = verb in ("list", "show") or noun in ("tree", "doctor", "map", "calc", "utilization")
    words, counts = command(world, noun, verb, tmp_path), {}
    if words is None:
        run = world.ctl(noun, verb, "4711", check=False)  # nothing of that name: told as such, not a crash
        assert run.returncode in (2, 3, 4) and run.stdout == "" and run.stderr.startswith("ipamctl: "), run
        return
    for fmt in FORMATS:
        run = ctl(world, *words, "-o", fmt)
        if not reads and counts:  # it was done already
            assert run.returncode in (0, 1, 3, 4, 8), run
        elif noun == "tree" and fmt != "table":
            assert run.returncode == 2 and "drawn as text alone" in run.stderr
            continue
        elif noun == "restore":
            assert run.returncode == 3 and run.stdout == ""
            return
        else:
            assert run.returncode in (0, 7), run
        assert "\x1b" not in run.stdout + run.stderr, run
        counts[fmt] = run.stdout
        if run.returncode != 0 or not run.stdout:
            continue
        if fmt != "table" and noun != "tree":
            rows = rows_of(run.stdout, fmt)
            assert all(isinstance(r, dict) and r for r in rows)
            counts[fmt] = rows
    if not reads or noun == "tree":
        return
    # The same data in every format, unless it changed meanwhile.
    if rows_of(ctl(world, *words, "-o", "json").stdout, "json") != counts["json"]:
        watch.until(lambda: not [p for p in json.loads(ctl(world, "plan", "list", "-o", "json").stdout)
                                 if p["state"] in ("planned", "running")], 30, "the plans to end")
        counts = {fmt: rows_of(ctl(world, *words, "-o", fmt).stdout, fmt) for fmt in FORMATS[1:]}
    volatile = {"calls", "failures", "running", "waiting", "pids", "contacted", "last_run", "next_run", "age", "retry_in"}
    plain = [{k: v for k, v in r.items() if k not in volatile} for r in counts["json"]]
    assert [{k: v for k, v in r.items() if k not in volatile} for r in counts["jsonl"]] == plain
    assert json.loads(json.dumps([{k: v for k, v in r.items() if k not in volatile} for r in counts["yaml"]], default=str)) \
        == plain, noun
    assert len(counts["csv"]) == len(plain)
    for row, told in zip(plain, counts["csv"]):
        for name, value in row.items():
            if isinstance(value, str) and name in told:
                assert told[name].removeprefix("'") == value, (name, told)


def width_of(line):
    line = re.sub(r"\x1b\[[0-9;]*[mK]", "", line)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def on_terminal(world, words, columns, env=None):
    """What a command writes on a terminal of that width."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    run = subprocess.Popen([IPAMCTL, *words], stdin=subprocess.DEVNULL, stdout=side, stderr=subprocess.PIPE,
                           env={**os.environ, "IPAM_URL": f"http://127.0.0.1:{world.port}", "TERM": "xterm", "LC_ALL": "C.UTF-8",
                                "IPAM_TOKEN_FILE": str(world.dir / "admin.token"), **(env or {})})
    os.close(side)
    out = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(main)
    assert run.wait() in (0, 7), run.stderr.read()
    return out.decode(errors="replace").replace("\r\n", "\n")


LISTS = [n for n, v in VERBS if v == "list"]


def test_tables_and_trees_fit_narrow_terminals(world):
    for columns in (100, 60, 40):
        for words in [[n, "list", "--limit", "5"] for n in LISTS] + [["tree", "10.0.0.0/8"], ["map", "10.7.0.0/24"]]:
            for line in on_terminal(world, words, columns).split("\n"):
                assert width_of(line) <= columns, (words, columns, line)


def test_colour_and_strokes_follow_the_environment(world):
    lines = on_terminal(world, ["tree", "10.0.0.0/8"], 100)
    assert "├─ " in lines or "└─ " in lines
    plain = on_terminal(world, ["tree", "10.0.0.0/8"], 100, env={"LC_ALL": "C", "NO_COLOR": "1"})
    assert "\x1b" not in plain and "`- " in plain and "─" not in plain
    assert "\x1b[1m" in on_terminal(world, ["subnet", "list"], 100)
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_terminal(world, ["subnet", "list"], 100, env=env)
    cut = on_terminal(world, ["change", "list"], 60, env={"LC_ALL": "C", "NO_COLOR": "1"})
    assert "~" in cut and "…" not in cut


def test_each_exit_code_of_the_promise(world, tmp_path):
    """0, 2-5 and 6 from the daemon itself; 1, 7, 8, 75 and 78 too where it does so on demand, else from a stand-in."""
    def code(*words, **kw):
        return world.ctl(*words, check=False, **kw).returncode

    (tmp_path / "token").write_text("ipam_" + "0" * 64)
    (tmp_path / "token").chmod(0o600)
    assert code("space", "list") == 0
    assert code("backup", "--verify", world.dir / "ipamd.json") == 1
    assert code("subnet", "add") == 2 and code("subnet", "frob") == 2 and code("nosuch") == 2
    assert code("subnet", "show", "10.99.0.0/24") == 3
    assert code("subnet", "add", "10.7.0.0/24") == 4
    assert code("space", "list", "--token-file", tmp_path / "token") == 5
    assert code("space", "list", "--url", "http://127.0.0.1:9") == 6
    assert code("subnet", "show", "10.7.0.0/24", "10.99.0.0/24") == 7
    world.ctl("subnet", "add", "10.66.0.0/30")
    assert code("address", "allocate", "--subnet", "10.66.0.0/30", "--count", "3") == 8
    assert code("space", "list", "--url", "gopher://x") == 78
    with standin.StandIn() as busy:
        busy.routes["GET", "/api/v1/ipam/spaces"] = (503, {"type": "/problems/unavailable", "title": "x", "status": 503,
                                                           "detail": "not now"})
        assert code("space", "list", "--url", busy.url) == 75


def test_talk_is_on_stderr_and_bars_on_terminals_alone(world):
    run = world.ctl("server", "collect", "127.0.0.1", "--wait")
    assert "\r" not in run.stderr and "\x1b" not in run.stderr
    assert "done in" in run.stderr and "done in" not in run.stdout


def test_completion_offers_what_can_be(world):
    def offered(*words, **more):
        return [line.split("\t")[0] for line in world.ctl("__complete", *words, **more).stdout.splitlines()]

    config = str(world.dir / "ipamd.json")
    assert offered("server", "add", "x", "--role", "") == ["dhcp", "dns", "dc", "nps"]
    with standin.StandIn() as empty:
        empty.routes["GET", "/api/v1/inventory/servers"] = {"items": [], "next": None}
        assert offered("--config", config, "server", "add", "x", "--profile", "", env={"IPAM_URL": empty.url}) == ["kea-site"]
    assert offered("job", "cancel", "") == [] and first_id(world, "job") in offered("job", "show", "")
    assert offered("plan", "resume", "") == []
    assert world.ctl("__complete", "restore", "").stdout == "\tfiles\n"
