#!/usr/bin/python3
# bench_access.py - what it costs to judge who sees what: a list of 1,000 subnets; prints figures, judges nothing.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench_access.py PREFIX [BASE [ROUNDS]]

PREFIX is an installation of ipamd; BASE, if given, one of a version to be compared with, such as the last without access
scopes. The same list is read by who sees everything and by who sees one access scope that holds all of it. Instructions
of one list are counted by callgrind (package valgrind) in the function that answers a request, so neither a start nor
what ipamd does on its own beside it is among them; where that is missing CPU time is measured, in turn, ROUNDS times (31)."""
import re
import shutil
import statistics
import sys

import bench

SUBNETS, FEW, MANY = 1000, 5, 25
ANSWERS = "api_handle"
# The fields that there were before access scopes, for the answers shall be the same.
LIST = f"/api/v1/ipam/subnets?limit={SUBNETS}&fields=id,rev,space,prefix,name,parent,size,used,utilization"
bench.PORT = 18071


def post(daemon, path, body):
    status, answer = daemon.request("POST", "/api/v1/" + path, body)
    if status not in (200, 201):
        raise SystemExit(f"bench: {path}: {status} {answer}")
    return answer


def load(daemon, scoped):
    """Subnets in one block; `scoped`: which is in an access scope, that the token "branch" is given a role in."""
    block = post(daemon, "ipam/blocks", {"prefix": "10.0.0.0/8"})
    post(daemon, "ipam/subnets", [{"prefix": f"10.{n >> 8}.{n & 255}.0/24", "name": f"floor {n}"} for n in range(SUBNETS)])
    if scoped:
        scope = post(daemon, "access/scopes", {"path": "/Global/Eu"})["id"]
        post(daemon, f"ipam/blocks/{block['id']}/set-scope", {"access_scope": scope})
        post(daemon, "access/policies", {"principal": "token:branch", "role": "asm-administrator", "scope": scope})


def lists(daemon, who, count):
    for _ in range(count):
        status, answer = daemon.request("GET", LIST, who=who)
        if status != 200 or len(answer["items"]) != SUBNETS:
            raise SystemExit(f"bench: the list: {status}, {len(answer['items'])} subnets")


def counted(daemon, who):
    """Instructions of one list: two runs that differ in nothing but how many there are."""
    totals = []
    for count in (FEW, MANY):
        daemon.start()
        lists(daemon, who, count)
        daemon.stop()
        text = (daemon.dir / "callgrind.out").read_text()
        totals.append(int(re.search(r"^(?:summary|totals): (\d+)", text, re.M).group(1)))
    return (totals[1] - totals[0]) / (MANY - FEW)


def timed(variants, rounds):
    """CPU time of one list in ns for each, in turn."""
    columns = [[] for _ in variants]
    for _ in range(rounds):
        for column, (_, daemon, who) in zip(columns, variants):
            daemon.start()
            lists(daemon, who, FEW)
            before = daemon.cpu()
            lists(daemon, who, MANY)
            column.append(1e9 * (daemon.cpu() - before) / MANY)
            daemon.stop()
    return [statistics.median(column) for column in columns]


def main():
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    kinds = [("sees everything, no access scopes", sys.argv[1], False), ("sees everything", sys.argv[1], True)]
    if len(sys.argv) > 2:
        kinds.insert(0, ("before access scopes", sys.argv[2], False))
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 31
    variants = []
    try:
        for name, prefix, scoped in kinds:
            variants.append((name, bench.Daemon(prefix, tokens=["branch"] if scoped else []), "token"))
            load(variants[-1][1], scoped)
            variants[-1][1].stop()
        variants.append(("sees one access scope", variants[-1][1], "branch"))
        if shutil.which("valgrind"):
            for _, daemon, _ in variants:
                daemon.under = ["valgrind", "-q", "--log-file=/dev/null", "--tool=callgrind", f"--toggle-collect={ANSWERS}",
                                f"--callgrind-out-file={daemon.dir}/callgrind.out"]
            figures, unit = [counted(daemon, who) for _, daemon, who in variants], "instructions"
        else:
            figures, unit = timed(variants, rounds), "ns of CPU"
        for (name, _, _), figure in zip(variants, figures):
            bench.out(f"list of {SUBNETS:,}: {name}", figure, unit, f"{100 * (figure / figures[0] - 1):+.1f} % of the first")
    finally:
        for _, daemon, _ in variants:
            shutil.rmtree(daemon.dir, ignore_errors=True)


if __name__ == "__main__":
    main()
