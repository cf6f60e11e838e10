# test_bench.py - the benchmark runs and prints what it is there for; its figures are judged by people.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re
import subprocess

import daemon

BUILD = pathlib.Path(os.environ.get("IPAM_BUILD", daemon.TREE / "build"))
PROGRAMS = ["bench_index", "floor_http", "floor_fsync", "floor_sqlite", "slow_disk.la"]
FIGURES = ["allocations, 1 clients", "allocations, 64 clients", "floor_fsync", "floor_sqlite_1", "floor_sqlite_64",
           "CPU of one GET, 64 clients", "CPU of one GET, 1 clients", "memory of an address", "ptrie_v4_match_random",
           "slow disk: allocations, 1 clients", "slow disk: floor_fsync", "slow disk: allocations, 64 clients"]


def test_bench_prints_its_floors():
    subprocess.run(["make", "-s", "-C", BUILD, *(f"tests/bench/{p}" for p in PROGRAMS)], check=True, stdout=subprocess.DEVNULL)
    run = subprocess.run([daemon.TREE / "tests/bench/bench.py", daemon.PREFIX, BUILD, "1", "20000"], check=True,
                         stdout=subprocess.PIPE, text=True, timeout=300)
    found = {}
    for name in FIGURES:
        (line,) = [text for text in run.stdout.splitlines() if text.startswith(name + " ")]
        found[name] = float(line[len(name):].split()[0].replace(",", ""))
        assert found[name] > 0, line
    assert found["slow disk: floor_fsync"] <= 1e6 / 350
    assert "of floor_http" in run.stdout and "refused" not in run.stdout


def test_bench_scale_prints_its_floors():
    programs = ["floor_rows", "floor_bulk", "floor_http", "floor_fsync"]
    subprocess.run(["make", "-s", "-C", BUILD, *(f"tests/bench/{p}" for p in programs)], check=True, stdout=subprocess.DEVNULL)
    run = subprocess.run([daemon.TREE / "tests/bench/bench_scale.py", daemon.PREFIX, BUILD, "50000", "1"], check=True,
                         stdout=subprocess.PIPE, text=True, timeout=300)
    for name in ["memory", "import", "list", "start", "allocations, 1 clients", "allocations, 64 clients"]:
        (line,) = [text for text in run.stdout.splitlines() if text.startswith(name + "  ")]  # "memory of an address" is another
        assert float(line[len(name):].split()[0].replace(",", "")) > 0, line
    assert run.stdout.count("times the floor") == 3


def test_bench_fleet_collects_real_servers_and_doubles():
    """All that the servers have is there afterwards, of the real one and of its doubles, each with networks of its own."""
    subprocess.run(["make", "-s", "-C", BUILD, "tests/bench/floor_collect"], check=True, stdout=subprocess.DEVNULL)
    run = subprocess.run([daemon.TREE / "tests/bench/bench_fleet.py", daemon.PREFIX, BUILD, "1", "3", "1", "20", "40", "60"], check=True,
                         stdout=subprocess.PIPE, text=True, timeout=300)
    print(run.stdout)
    found = {line[:34].strip(): float(line[34:].split()[0].replace(",", "")) for line in run.stdout.splitlines() if line[34:35] == " "}
    assert [found[f"dhcp/{name}"] for name in ("scopes", "reservations", "leases")] == [60, 120, 180]
    assert all(found[name] > 0 for name in ("floor_collect", "first collection", "as it was", "all anew, as it was"))


PEERS = ["import of an address, durable", "next free address, durable", "next free prefix, durable", "longest enclosing prefix",
         "utilisation of a /8", "a page of 1,000 addresses"]


def test_bench_peers_does_the_same_by_sql():
    """Each operation in ipamd, PostgreSQL and SQLite. What SQL finds by looking at all rows costs ipamd no more than to read an
    object, ten times over; so does the prefix that encloses an address."""
    run = subprocess.run([daemon.TREE / "tests/bench/bench_peers.py", daemon.PREFIX, "20000", "1"], check=True,
                         stdout=subprocess.PIPE, text=True, timeout=300)
    print(run.stdout)
    cpu = {line.partition(" us of CPU")[0].rpartition(" ")[0].strip(): float(line.partition(" us of CPU")[0].split()[-1].replace(",", ""))
           for line in run.stdout.splitlines()}
    assert sorted(cpu) == sorted(f"{name}: {peer}" for name in PEERS for peer in ("ipamd", "PostgreSQL+GiST", "SQLite"))
    assert cpu["longest enclosing prefix: ipamd"] < 10 * cpu["utilisation of a /8: ipamd"]
    for name in PEERS[1:3]:
        assert cpu[name + ": ipamd"] < cpu[name + ": SQLite"], name


# CPU time does not depend on what else the machine does, so it is judged here; wall-clock time is only printed.
PROVIDER_LIMITS = {"frames_helper_leases_cpu": 100, "frames_helper_call_cpu_both_sides": 100}
PROVIDER_FIGURES = ["frames_lane_leases_cpu", "frames_lane_call_cpu", "start_helper_plugins_wall", "start_lane_plugins_wall"]


def test_providers_cost_what_they_may():
    """100,000 rows through a helper: under 0.1 s (100 ms) of the loop; a request: under 100 us on both sides together."""
    subprocess.run(["make", "-s", "-C", BUILD, "tests/bench/bench_frames"], check=True, stdout=subprocess.DEVNULL)
    run = subprocess.run([BUILD / "tests/bench/bench_frames"], check=True, stdout=subprocess.PIPE, text=True, timeout=300)
    figures = {line.split()[0]: float(line.split()[1]) for line in run.stdout.splitlines()}
    print(run.stdout)
    for name, limit in PROVIDER_LIMITS.items():
        assert 0 < figures[name] < limit, run.stdout
    for name in PROVIDER_FIGURES:
        assert figures[name] > 0, run.stdout


def test_evidence_is_verified_at_half_the_speed_of_hashing():
    """At least 50 % of bare SHA-256 over the same bytes, both by CPU time and in turn, of each kind of row. A busy neighbour on
    the core slows all but the hashing, so what falls below is measured again, twice at most."""
    subprocess.run(["make", "-s", "-C", BUILD, "tests/bench/bench_evidence"], check=True, stdout=subprocess.DEVNULL)
    for _ in range(3):
        run = subprocess.run([BUILD / "tests/bench/bench_evidence"], check=True, stdout=subprocess.PIPE, text=True, timeout=300)
        shares = [float(share) for share in re.findall(r"share +([\d.]+) %", run.stdout)]
        print(run.stdout)
        if min(shares) >= 50:
            break
    assert len(shares) == 3 and min(shares) >= 50, run.stdout


def test_authorisation_costs_at_most_5_percent():
    """Instructions of a list of 1,000, read by who sees one access scope that holds all of it, beside who sees everything."""
    run = subprocess.run([daemon.TREE / "tests/bench/bench_access.py", daemon.PREFIX], check=True, stdout=subprocess.PIPE,
                         text=True, timeout=300)
    print(run.stdout)
    shares = [float(line.rpartition("instructions")[2].split("%")[0]) for line in run.stdout.splitlines() if "instructions" in line]
    assert len(shares) == 3 and all(share <= 5 for share in shares), run.stdout
