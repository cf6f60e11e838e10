#!/usr/bin/python3
# bench_scale.py - a list, a start and the memory with many addresses, beside their floors; prints figures, judges nothing.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench_scale.py PREFIX BUILD [ROWS [ROUNDS]]

PREFIX is an installation of ipamd, BUILD the folder with the built benchmarks; ROWS addresses (1000000) with name and
MAC address are loaded. The program and its floor run in turn, ROUNDS times (7): medians of their CPU time a row, and
the ratio."""
import http.client
import json
import pathlib
import statistics
import sys

import bench

SUBNETS = 64  # /14s of 10.0.0.0/8


def load(daemon, rows):
    token = (daemon.dir / "token").read_text().strip()
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", bench.PORT, timeout=120)

    def post(path, body):
        connection.request("POST", "/api/v1/" + path, json.dumps(body), headers)
        answer = connection.getresponse()
        if answer.status not in (200, 201):
            raise SystemExit(f"bench: {path}: {answer.status} {answer.read()[:300]}")
        answer.read()

    post("ipam/subnets", [{"prefix": f"10.{4 * i}.0.0/14"} for i in range(SUBNETS)])
    for first in range(0, rows, 1000):
        post("ipam/addresses", [{"address": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", "name": f"host-{n}",
                                 "mac": f"02:00:{n >> 24:02x}:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"}
                                for n in range(first + 1, min(first + 1000, rows) + 1)])


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


def floor(build, *args):
    return next(iter(bench.program(build, "floor_rows", *args).values()))[0]


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
        load(daemon, rows)
        daemon.restart()
        bench.out("memory", (daemon.pss() - empty) / 1e6, "MB", f"PSS above empty, {rows:,} addresses, after a start")
        lists, list_floors, starts, start_floors = [], [], [], []
        for _ in range(rounds):
            list_floors.append(floor(build, "json", str(daemon.dir), str(min(rows, 200_000))))
            lists.append(pages(daemon)[1])
            start_floors.append(floor(build, "read", str(daemon.dir / "ipam.db")))
            daemon.restart()
            starts.append(1e9 * daemon.cpu() / rows)
        ratio("list", lists, list_floors, "2")
        ratio("start", starts, start_floors, "2")
    finally:
        daemon.close()


if __name__ == "__main__":
    main()
