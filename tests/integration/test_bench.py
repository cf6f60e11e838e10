# test_bench.py - the benchmark runs and prints what it is there for; its figures are judged by people.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import subprocess

import daemon

BUILD = pathlib.Path(os.environ.get("IPAM_BUILD", daemon.TREE / "build"))
PROGRAMS = ["bench_index", "floor_http", "floor_fsync", "floor_sqlite"]
FIGURES = ["allocations, 1 clients", "allocations, 64 clients", "floor_fsync", "floor_sqlite_1", "floor_sqlite_64",
           "CPU of one GET", "memory of an address", "ptrie_v4_match_random"]


def test_bench_prints_its_floors():
    subprocess.run(["make", "-s", "-C", BUILD, *(f"tests/bench/{p}" for p in PROGRAMS)], check=True, stdout=subprocess.DEVNULL)
    run = subprocess.run([daemon.TREE / "tests/bench/bench.py", daemon.PREFIX, BUILD, "1", "20000"], check=True,
                         stdout=subprocess.PIPE, text=True, timeout=300)
    for name in FIGURES:
        (line,) = [text for text in run.stdout.splitlines() if text.startswith(name + " ")]
        assert float(line[len(name):].split()[0].replace(",", "")) > 0, line
    assert "of floor_http" in run.stdout and "refused" not in run.stdout
