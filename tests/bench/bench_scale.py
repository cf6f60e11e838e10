#!/usr/bin/python3
# bench_scale.py - what it takes with many addresses and prefixes, beside its floors; prints figures, judges nothing.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench_scale.py PREFIX BUILD [ROWS [ROUNDS]]

PREFIX is an installation of ipamd, BUILD the folder with the built benchmarks; ROWS addresses (1000000) with name and
MAC address are imported as CSV. The program and its floor run in turn, ROUNDS times (7): medians of their CPU time a
row, and the ratio; the import is done once. Then ROWS subnets of 16 addresses are imported too, and addresses of a /12
handed out beside all that."""
import http.client
import ipaddress
import json
import pathlib
import statistics
import sys
import time

import bench

SUBNETS = 64  # /14s of 10.0.0.0/8
SLASH_28 = 11 << 24  # where the first of many begins
PLACE = "172.16.0.0/12"  # of the allocations: a /16 would be full in half a second
PART = 100000  # rows of one file


def imported(daemon, path, head, rows, line):
    """Imports line(1)..line(rows); the CPU time of the daemon a row, in ns. A file of so many rows is a job, and sent in parts."""
    token = (daemon.dir / "token").read_text().strip()
    connection = http.client.HTTPConnection("127.0.0.1", bench.PORT, timeout=600)

    def ask(method, path, body=None, kind="application/json"):
        connection.request(method, "/api/v1/" + path, body, {"Authorization": "Bearer " + token, "Content-Type": kind})
        answer = connection.getresponse()
        data = json.loads(answer.read())
        if answer.status not in (200, 201, 202):
            raise SystemExit(f"bench: {path}: {answer.status} {data}")
        return data

    before = daemon.cpu()
    for first in range(0, rows, PART):
        lines = (line(n) for n in range(first + 1, min(first + PART, rows) + 1))
        job = ask("POST", path, "\r\n".join([head, *lines]), "text/csv")
        while job.get("state") == "running":
            time.sleep(0.02)
            job = ask("GET", f"system/jobs/{job['id']}")
        if job.get("state", "done") != "done" or job.get("refused"):
            raise SystemExit(f"bench: the import: {job}")
    return 1e9 * (daemon.cpu() - before) / rows


def load(daemon, rows):
    def address(n):
        return (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255},host-{n},"
                f"02:00:{n >> 24:02x}:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}")

    daemon.request("POST", "/api/v1/ipam/subnets", [{"prefix": f"10.{4 * i}.0.0/14"} for i in range(SUBNETS)])
    return imported(daemon, "ipam/addresses", "address,name,mac", rows, address)


def load_prefixes(daemon, rows):
    def subnet(n):
        return f"{ipaddress.ip_address(SLASH_28 + 16 * (n - 1))}/28"

    imported(daemon, "ipam/subnets", "prefix", rows, subnet)


def quiet(daemon, most=300):
    """Waits until the daemon has done what it does by itself, such as samples of all objects after a start."""
    for second in range(most):
        before = daemon.cpu()
        time.sleep(1)
        if daemon.cpu() - before < 0.02:
            return
    raise SystemExit(f"bench: ipamd is still busy after {most} s")


def pages(daemon, query=""):
    """Reads the whole list; the number of rows and the CPU time of the daemon a row, in ns."""
    headers = {"Authorization": "Bearer " + (daemon.dir / "token").read_text().strip()}
    connection = http.client.HTTPConnection("127.0.0.1", bench.PORT, timeout=120)
    before, count, cursor = daemon.cpu(), 0, ""
    while cursor is not None:
        connection.request("GET", f"/api/v1/ipam/addresses?limit=1000{query}" + (f"&cursor={cursor}" if cursor else ""), None, headers)
        body = json.loads(connection.getresponse().read())
        count += len(body["items"])
        cursor = body["next"]
    return count, 1e9 * (daemon.cpu() - before) / count


def floor(build, *args, program="floor_rows"):
    return next(iter(bench.program(build, program, *args).values()))[0]


def ratio(name, ours, floors, aim):
    o, f = statistics.median(ours), statistics.median(floors)
    bench.out(name, o, "ns of CPU/row", f"{o / f:.2f} times the floor {f:,.0f} ns; the aim is {aim}")


def main():
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    prefix, build = sys.argv[1:3]
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 7
    daemon = bench.Daemon(prefix)
    try:
        empty = daemon.pss()
        imports = [load(daemon, rows)]
        daemon.restart()
        bench.out("memory", (daemon.pss() - empty) / 1e6, "MB", f"PSS above empty, {rows:,} addresses, after a start")
        ratio("import", imports, [floor(build, str(daemon.dir / "ipam.db"), str(daemon.dir), program="floor_bulk") for _ in range(3)],
              "1.67")
        lists, list_floors, starts, start_floors = [], [], [], []
        for _ in range(rounds):
            list_floors.append(floor(build, "json", str(daemon.dir), str(min(rows, 200_000))))
            quiet(daemon)
            lists.append(pages(daemon)[1])
            start_floors.append(floor(build, "read", str(daemon.dir / "ipam.db")))
            daemon.restart()
            starts.append(1e9 * daemon.cpu() / rows)
        ratio("list", lists, list_floors, "2")
        ratio("start", starts, start_floors, "2")
        load_prefixes(daemon, rows)
        quiet(daemon)
        bench.allocations(daemon, build, rounds, PLACE)
    finally:
        daemon.close()


if __name__ == "__main__":
    main()
