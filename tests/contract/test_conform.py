# test_conform.py - ipam-conform catches each odd plugin by the rule it breaks, and passes those that are well.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import re
import shlex
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("IPAM_BUILD", ROOT / "build"))
CONFORM = BUILD / "ipam-conform"
ODD = ROOT / "sdk/conform/odd"
CC = shlex.split(os.environ.get("CC", "cc"))
STRICT = "-std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wvla -Werror".split()
SHARED = "-fPIC -shared -fvisibility=hidden -Wl,-z,defs".split()
MODELS = ["SERIAL", "PARALLEL", "LOOP"]
QUICK = ["--deadline", "300", "--grace", "500", "--limit", "20000"]

# Rules that a thread model cannot break.
ONLY = {"done-thread": ["LOOP"], "blocking-loop": ["LOOP"], "late-host": ["LOOP"], "serial-thread": ["SERIAL"],
        "cancel-before": ["SERIAL", "PARALLEL"], "older-host": ["SERIAL", "PARALLEL"]}
STORAGE = ["done-once", "tables-and-capabilities", "leaks", "storage-round-trip", "storage-abort", "storage-readers",
           "storage-dump"]

# Other ways to break a rule; the odd plugin has a macro for each, BREAK_RULE_WAY.
WAYS = ["descriptor:ABI", "descriptor:NEEDS", "tables-and-capabilities:MEMBER", "options-honoured:KIND",
        "records-valid:ID", "records-valid:TYPE", "records-valid:LENGTH", "records-valid:PIECES", "secrets:MESSAGE", "leaks:FILE", "leaks:THREAD", "open-close:OPEN", "signal-mask:THREAD",
        "fork:SPAWN"]


def rules():
    if not CONFORM.exists():
        return []
    out = subprocess.run([CONFORM, "--list"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [line.split()[0] for line in out.splitlines()]


RULES = rules()
ODD_ONES = [(r, m) for r in RULES if not r.startswith("storage-") for m in ONLY.get(r, MODELS)]


def build(folder, name, source, *flags):
    path = folder / f"{name}.so"
    subprocess.run([*CC, *STRICT, *SHARED, f"-I{ROOT}/include", f'-DNAME="{name}"', *flags, "-o", path, ODD / source,
                    "-lpthread"], check=True)
    return path


def build_odd(folder, rule, model):
    return build(folder, "odd", "odd.c", f"-DMODEL=IPAM_THREAD_{model}", *([breaks(rule)] if rule else []))


def breaks(rule):
    return "-DBREAK_" + rule.upper().replace("-", "_")


def conform(plugin, *args):
    """A call that held the loop is one when it is so each time: the host of this machine may have held it."""
    for _ in range(3):
        run = subprocess.run([CONFORM, *QUICK, *args, plugin], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             cwd=plugin.parent)
        if "blocking-loop" not in lines(run, "FAILED"):
            break
    return run


def lines(run, word):
    return {line.split()[1].rstrip(":"): line for line in run.stdout.splitlines() if line.startswith(word + " ")}


def test_program_is_built():
    assert RULES, f"{CONFORM} is missing; build it with make ipam-conform, or name the build folder in IPAM_BUILD"


@pytest.mark.parametrize("model", MODELS)
def test_plugin_that_is_well_passes(tmp_path, model):
    run = conform(build_odd(tmp_path, None, model))
    skipped = {r for r in RULES if r.startswith("storage-")} | ({"serial-thread"} if model != "SERIAL" else set())
    assert (run.returncode, run.stderr, lines(run, "FAILED")) == (0, "", {})
    assert set(lines(run, "skipped")) - {"malloc-fails"} == skipped  # which sanitizers take away
    calls, ok = map(int, re.search(r"(\d+) calls, (\d+) of them answered IPAM_OK", run.stdout).groups())
    assert ok > 1000 and calls > ok


@pytest.mark.parametrize("rule,model", ODD_ONES)
def test_odd_plugin_is_caught_by_its_rule_alone(tmp_path, rule, model):
    run = conform(build_odd(tmp_path, rule, model))
    assert run.returncode == 1
    assert list(lines(run, "FAILED")) == [rule], run.stdout


@pytest.mark.parametrize("way", WAYS)
def test_other_ways_to_break_a_rule(tmp_path, way):
    rule, _, how = way.partition(":")
    run = conform(build(tmp_path, "odd", "odd.c", f"{breaks(rule)}_{how}"))
    assert run.returncode == 1
    assert list(lines(run, "FAILED")) == [rule], run.stdout


def test_slow_plugin_is_tried_in_part(tmp_path):
    run = conform(build(tmp_path, "odd", "odd.c", "-DODD_SLOW"), "--limit", "3000")
    assert (run.returncode, lines(run, "FAILED")) == (0, {})
    assert "tried in part" in lines(run, "ok")["cancel-during"]


def test_every_other_kind_that_is_well_passes(tmp_path):
    plugin = build(tmp_path, "every-kind", "every_kind.c")
    for kind in ["discovery", "dns", "vspace", "audit", "identity", "reach", "sink"]:
        run = conform(plugin, "--kind", kind)
        assert (kind, run.returncode, run.stderr, lines(run, "FAILED")) == (kind, 0, "", {})
        assert {"survives", "cancel-during", "arguments", "many-requests"} <= set(lines(run, "ok"))


def test_loop_plugin_that_waits_for_everything_passes(tmp_path):
    run = conform(build(tmp_path, "loop", "loop.c"))
    assert (run.returncode, run.stderr, lines(run, "FAILED")) == (0, "", {})
    assert {"done-thread", "blocking-loop", "cancel-during", "deadline", "leaks"} <= set(lines(run, "ok"))


def test_storage_that_is_well_passes(tmp_path):
    run = conform(build(tmp_path, "odd-storage", "odd_storage.c"))
    assert (run.returncode, run.stderr, lines(run, "FAILED")) == (0, "", {})
    assert {r for r in RULES if r.startswith("storage-")} <= set(lines(run, "ok"))


@pytest.mark.parametrize("rule", STORAGE)
def test_odd_storage_is_caught_by_its_rule_alone(tmp_path, rule):
    run = conform(build(tmp_path, "odd-storage", "odd_storage.c", breaks(rule)))
    assert run.returncode == 1
    assert list(lines(run, "FAILED")) == [rule], run.stdout


def test_every_storage_rule_has_an_odd_storage():
    assert {r for r in RULES if r.startswith("storage-")} == {r for r in STORAGE if r.startswith("storage-")}


@pytest.fixture(scope="module")
def well(tmp_path_factory):
    return build_odd(tmp_path_factory.mktemp("well"), None, "SERIAL")


def test_one_rule_is_tried_alone(well):
    run = conform(well, "--rule", "leaks")
    assert run.returncode == 0
    assert run.stdout.splitlines()[0] == "ok leaks"
    assert run.stdout.splitlines()[1].startswith("1 rules: 1 ok, 0 failed, 0 skipped; ")


@pytest.mark.parametrize("option,wanted", [
    ("--oom", ["out-of-memory", "malloc-fails"]), ("--late", ["late-host"]),
    ("--cancel-everywhere", ["cancel-before", "cancel-during", "cancel-after", "deadline"])])
def test_groups_of_rules(well, option, wanted):
    run = conform(well, option)
    assert run.returncode == 0
    assert sorted(set(lines(run, "ok")) | set(lines(run, "skipped"))) == sorted(wanted)


def test_report_as_json(well):
    run = conform(well, "-o", "json")
    doc = json.loads(run.stdout)
    assert [r["rule"] for r in doc["rules"]] == RULES
    assert {r["result"] for r in doc["rules"]} == {"ok", "skipped"}
    assert doc["failed"] == 0 and doc["ok"] + doc["skipped"] == len(RULES) and doc["calls_answered_ok"] > 1000


def test_reads_only_what_does_not_change_a_server(well):
    assert lines(conform(well, "--read-only", "--rule", "unknown-capability"), "skipped")


def test_options_come_from_a_file(well, tmp_path):
    (tmp_path / "good.json").write_text('{"label": "rack 7", "mode": "safe", "wait": "2s", "password": {"secret": "pw"}}')
    (tmp_path / "wrong.json").write_text('{"wait": "2h"}')
    (tmp_path / "broken.json").write_text('{"wait": ')
    run = conform(well, "--options", tmp_path / "good.json", "--secret", "pw=a-long-password", "--target", "192.0.2.1")
    assert (run.returncode, lines(run, "FAILED")) == (0, {})
    run = conform(well, "--options", tmp_path / "wrong.json", "--rule", "survives")
    assert "'wait' has a value that the option table does not allow" in lines(run, "skipped")["survives"]
    run = conform(well, "--options", tmp_path / "broken.json")
    assert run.returncode == 2 and "broken.json:1:" in run.stderr


def test_a_given_secret_is_looked_for(tmp_path):
    plugin = build_odd(tmp_path, "secrets", "SERIAL")
    (tmp_path / "pw").write_text("kept-in-a-file")
    run = conform(plugin, "--secret", f"password=@{tmp_path}/pw", "--rule", "secrets")
    assert "secrets" in lines(run, "FAILED") and "kept-in-a-file" not in run.stdout


@pytest.mark.parametrize("args", [[], ["--rule", "no-such-rule"], ["--kind", "dchp"], ["--deadline", "soon"], ["-o", "xml"],
                                  ["--secret", "x"], ["--no-such-option"], ["--options", "/no/such/file"]])
def test_wrong_usage(well, args):
    run = subprocess.run([CONFORM, *args, *([well] if args else [])], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr


def test_what_is_no_plugin(tmp_path):
    (tmp_path / "text.so").write_text("no library\n")
    run = conform(tmp_path / "text.so")
    assert run.returncode == 1
    assert "it cannot be loaded" in lines(run, "FAILED")["descriptor"]
    assert conform(tmp_path / "missing.so").returncode == 2


def test_nothing_is_left_in_the_temporary_folder(well, tmp_path):
    subprocess.run([CONFORM, *QUICK, well], check=True, stdout=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_manual_explains_each_rule():
    manual = (ROOT / "sdk/docs/conform.md").read_text()
    assert re.findall(r"^### `([a-z-]+)`$", manual, re.M) == RULES
