# test_run.py - the runner of mutants tells caught from survived from broken, and leaves nothing behind.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ET

import pytest

HERE = pathlib.Path(__file__).resolve().parent
MUTANTS = sorted(HERE.glob("*.patch"))

# A tree with one program, which is its own test, and one that fails without any mutant.
CONFIGURE = """#!/bin/sh
cat >Makefile <<'END'
tests/unit/%_test: ../%.c
	@mkdir -p tests/unit && $(CC) -Wall -Werror -o $@ $<
END
"""
ADD = "/* add.c - adds. */\n#include <unistd.h>\n\nint main(void)\n{\n    int sum = 1 + 1;\n    return sum != 2;\n}\n"
DIFF = "diff --git a/{0} b/{0}\n--- a/{0}\n+++ b/{0}\n@@ -5,3 +5,3 @@\n {{\n-{1}\n+{2}\n     return sum != 2;\n"
LINE = "    int sum = 1 + 1;"


def mutant(new, old=LINE, command="unit tests/unit/add_test", name="add.c"):
    return f"# It is {new.strip()}.\nArea: test\nCaught by: {command}\n" + DIFF.format(name, old, new)


@pytest.fixture
def planted(tmp_path):
    def plant(**mutants):
        for name, text in {"configure": CONFIGURE, "add.c": ADD, "bad.c": ADD.replace("1 + 1", "1 + 3")}.items():
            (tmp_path / name).write_text(text)
        (tmp_path / "configure").chmod(0o755)
        (tmp_path / "tests/mutants").mkdir(parents=True)
        for name, text in mutants.items():
            (tmp_path / f"tests/mutants/{name}.patch").write_text(text)
        return tmp_path
    return plant


def run(tree, *args):
    return subprocess.run([HERE / "run", *args, tree], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=100)


@pytest.mark.parametrize("text,line", [
    (mutant("    int sum = 1 - 1;"), r"caught it \(by unit tests/unit/add_test, \d+ s\)"),
    (mutant("    int sum = 2 + 0;"), r"SURVIVED it: It is int sum = 2 \+ 0;\."),
    (mutant("    int sum = 0;", old="    int sum = 2;"), r"BROKEN it: it does not apply: .*add\.c.*"),
    (mutant("    int sum = 0;", name="gone.c"), r"BROKEN it: it changes no file of the tree: .*"),
    (mutant("    int sum = ;"), r"BROKEN it: it does not compile"),
    (mutant("    int sum = 0;", command="unit tests/unit/bad_test"), r"BROKEN it: .*: it fails without any mutant: see .*"),
    (mutant("    int sum = 0;", command="unit tests/unit/none_test"), None),
    (mutant("    int sum = 0;").replace("Area: test\n", ""), None),
], ids=["caught", "survived", "other-text", "other-file", "no-c", "failing-test", "no-test", "no-head"])
def test_each_outcome(planted, tmp_path, text, line):
    tree = planted(it=text)
    got = run(tree, "--junit", tmp_path / "out.xml")
    assert (got.returncode == 0) == (line is not None and line.startswith("caught")), got
    assert (tree / "add.c").read_text() == ADD
    if line is None:
        assert got.stderr.splitlines()[-1].startswith("mutants: ")
        return
    first, last = got.stdout.splitlines()[0], got.stdout.splitlines()[-1]
    assert re.fullmatch(line, first), got
    assert last == {"c": "1 caught, 0 survived", "S": "0 caught, 1 survived"}.get(line[0], "0 caught, 0 survived, 1 broken")
    case = ET.parse(tmp_path / "out.xml").getroot().find("testsuite/testcase")
    assert (case.get("file"), case.get("name")) == ("tests/mutants/run", "it")
    assert (case.find("failure") is None) == line.startswith("caught")


@pytest.mark.parametrize("lanes", ["1", "3"])
def test_one_mutant_does_not_touch_the_next(planted, lanes):
    wrong, right = mutant("    int sum = 1 - 1;"), mutant("    int sum = 2 + 0;")
    tree = planted(a=wrong, b=right, c=wrong, d=right)
    for _ in range(2):  # and one run not the next
        got = run(tree, "--lanes", lanes)
        *each, total = got.stdout.splitlines()
        assert sorted(re.match(r"\w+ \w", x)[0] for x in each) == ["SURVIVED b", "SURVIVED d", "caught a", "caught c"], got
        assert total == "2 caught, 2 survived"
    assert run(tree, "--only", "c", "--only", "a").stdout.splitlines()[-1] == "2 caught, 0 survived"
    assert run(tree, "--only", "e").returncode == 1
    assert [x.split()[0] for x in run(tree, "--list").stdout.splitlines()] == ["a", "b", "c", "d"]


def test_what_passed_before_is_not_tried_again(planted, tmp_path):
    """A program that fails without any mutant is believed where its results say that it passed, and only there."""
    tree = planted(it=mutant("    int sum = 0;", command="unit tests/unit/bad_test"))
    results = tmp_path / "results/tests/unit"
    results.mkdir(parents=True)
    (results / "bad_test.log").write_text("[       OK ] test_it\n")
    (results / "bad_test.trs").write_text(":test-result: PASS\n")
    got = run(tree, "--passed", tmp_path / "results")
    assert got.stdout.startswith("caught it") and "0 commands tried" in got.stderr, got
    (results / "bad_test.log").write_text("[  FAILED  ] test_it\n")
    assert run(tree, "--passed", tmp_path / "results").stdout.startswith("BROKEN it"), got


def test_it_stops_when_it_is_told(planted):
    tree = planted(stays=mutant("    int sum = pause();"), wrong=mutant("    int sum = 1 - 1;"))
    runner = subprocess.Popen([HERE / "run", tree], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    program = f"{tree}/build/mutants/tree/build/tests/unit/add_test"
    deadline = time.monotonic() + 30
    while not (list((tree / "build/mutants").glob("dirty-*")) and is_running(program)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(10) == 143
    assert not is_running(program)
    assert run(tree, "--only", "wrong").stdout.splitlines()[-1] == "1 caught, 0 survived"


def is_running(program):
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().split(b"\0")[0] == program.encode():
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize("path", MUTANTS, ids=lambda p: p.stem)
def test_each_mutant_is_small(path):
    lines = path.read_text().splitlines()
    assert re.fullmatch(r"# \S.*\.", lines[0]) and re.fullmatch(r"Area: [a-z]+", lines[1])
    changed = [x for x in lines[4:] if re.match(r"[+-](?![+-])", x)]
    assert 1 <= sum(x[0] == "+" for x in changed) <= 8 or 1 <= sum(x[0] == "-" for x in changed) <= 8
    assert max(sum(x[0] == sign for x in changed) for sign in "+-") <= 8


def test_the_slow_ones_are_few():
    """Two to eight seconds each; what callers see is seen through the daemon alone."""
    assert len(MUTANTS) >= 16
    assert sum("Caught by: pytest" in p.read_text() for p in MUTANTS) <= len(MUTANTS) // 4
