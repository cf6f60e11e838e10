#!/usr/bin/python3
# bench_peers.py - what ipamd does, beside PostgreSQL with GiST and SQLite doing the same by SQL; prints figures, judges nothing.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench_peers.py PREFIX [ROWS [ROUNDS]]

PREFIX is an installation of ipamd. ROWS subnets of 16 addresses and ROWS addresses (1000000) are loaded into all three,
and a /16 of which 60,000 addresses are used. Each operation runs in turn, ROUNDS times (7): the medians of what one takes
of CPU and of the clock. ipamd is asked over HTTP, and judges who asks; PostgreSQL is asked by pgbench with prepared
statements, SQLite in the process. All three make durable what they say is done. PostgreSQL (package postgresql-15) may be
missing: then its columns are empty."""
import csv
import http.client
import io
import json
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import bench

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
PARENT, USED_IN, USED = "10.0.0.0/8", "172.16.0.0/16", 60000
ADDRESS_FIELDS = ["address", "name", "mac"]
bench.PORT = 18073


def text(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def subnets(rows):
    """Neighbours of 16 addresses each, from 10.0.0.0 on; the last of the parent is left free."""
    return ((10 << 24) + 16 * n for n in range(rows))


def addresses(rows):
    """One in each of them."""
    for n, first in enumerate(subnets(rows)):
        yield first + 1, f"host-{n}", f"02:00:{n >> 24:02x}:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"


def used():
    for n in range(1, USED + 1):
        yield (172 << 24) + (16 << 16) + n, f"used-{n}", None


class Spent:
    """CPU and time on the clock of `count` operations, in us each."""

    def __init__(self, cpu):
        self.cpu = cpu

    def of(self, what, count):
        cpu, wall = self.cpu(), time.monotonic()
        what()
        return 1e6 * (self.cpu() - cpu) / count, 1e6 * (time.monotonic() - wall) / count


class Ours:
    name = "ipamd"

    def __init__(self, prefix):
        self.daemon = bench.Daemon(prefix)
        self.spent = Spent(self.daemon.cpu)
        self.connection = http.client.HTTPConnection("127.0.0.1", bench.PORT, timeout=600)
        self.headers = {"Authorization": "Bearer " + (self.daemon.dir / "token").read_text().strip()}

    def ask(self, method, path, body=None, kind="application/json"):
        self.connection.request(method, "/api/v1/" + path, body, {**self.headers, "Content-Type": kind})
        answer = self.connection.getresponse()
        data = json.loads(answer.read() or b"null")
        if answer.status not in (200, 201, 202):
            raise SystemExit(f"bench: {path}: {answer.status} {data}")
        return data

    def post(self, path, body):
        return self.ask("POST", path, json.dumps(body))

    def load(self, rows):
        self.block = self.post("ipam/blocks", {"prefix": PARENT})["id"]
        self.subnet = self.post("ipam/subnets", {"prefix": USED_IN})["id"]
        places = list(subnets(rows))
        for at in range(0, rows, 1000):
            self.post("ipam/subnets", [{"prefix": text(first) + "/28"} for first in places[at:at + 1000]])
        for at in range(0, USED, 1000):
            self.post(f"ipam/subnets/{self.subnet}/allocate", {"count": 1000, "name": "used"})

    def fill(self, rows):
        """The addresses, as files of CSV that are sent one after the other; a file is a job."""
        lines = list(addresses(rows))
        for at in range(0, rows, 100000):
            out = io.StringIO()
            writer = csv.writer(out)
            writer.writerow(ADDRESS_FIELDS)
            writer.writerows((text(a), name, mac) for a, name, mac in lines[at:at + 100000])
            job = self.ask("POST", "ipam/addresses?mode=create", out.getvalue(), "text/csv")
            while job.get("state") == "running":
                time.sleep(0.02)
                job = self.ask("GET", f"system/jobs/{job['id']}")
            if job.get("state", "done") != "done" or job.get("refused"):
                raise SystemExit(f"bench: the import: {job}")

    def next_free(self, count):
        for n in range(count):
            self.post(f"ipam/subnets/{self.subnet}/allocate", {"name": "bench", "claim": f"{time.time()}-{n}"})

    def next_prefix(self, count):
        for _ in range(count):
            self.post(f"ipam/blocks/{self.block}/allocate", {"prefix_length": 28})

    def enclosing(self, places):
        for place in places:
            if not self.ask("GET", f"ipam/subnets?contains={text(place)}&fields=prefix")["items"]:
                raise SystemExit(f"bench: {text(place)} is in no subnet")

    def utilization(self, count):
        for _ in range(count):
            self.ask("GET", f"ipam/blocks/{self.block}")

    def page(self, count):
        cursor = ""
        for _ in range(count):
            answer = self.ask("GET", f"ipam/addresses?limit=1000&fields=id,address,name,mac{cursor}")
            cursor = f"&cursor={answer['next']}" if answer["next"] else ""

    def close(self):
        self.daemon.close()


SCHEMA = """create table prefix (id {serial}, net {net} not null, last {net} not null, length int not null);
create table address (id {serial}, address {net} not null, name text, mac text);"""


class Postgres:
    name = "PostgreSQL+GiST"
    next_free_sql = """begin; select pg_advisory_xact_lock(1);
insert into address (address, name) select min(a.address + 1), 'bench' from address a where a.address << '172.16.0.0/16'
  and not exists (select 1 from address b where b.address = a.address + 1);
commit;"""
    next_prefix_sql = """begin; select pg_advisory_xact_lock(2);
insert into prefix (net, last, length) select set_masklen(free, 28), free + 15, 28 from (
  select last + 1 as free from (select last, lead(host(net)::inet) over (order by net) as next from prefix) x
  where next is null or next - last > 16 order by last limit 1) y;
commit;"""

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="peer.", dir=os.environ.get("TMPDIR", "/var/tmp")))
        shutil.chown(self.dir, "postgres")
        self.run("initdb", "-D", self.dir / "data", "-A", "trust", "--no-sync")
        with open(self.dir / "data/postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.dir}'\nshared_buffers = 1GB\njit = off\n"
                       "autovacuum = off\n")
        self.run("pg_ctl", "-D", self.dir / "data", "-l", self.dir / "log", "-w", "start")
        self.main = int((self.dir / "data/postmaster.pid").read_text().split()[0])
        self.spent = Spent(self.cpu)

    def run(self, tool, *args, **more):
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        return subprocess.run([*user, BIN / tool, *args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.dir, **more)

    def cpu(self):
        """Seconds of the server: its processes that are there, and those that have gone."""
        total = 0
        for pid in [self.main, *map(int, pathlib.Path(f"/proc/{self.main}/task/{self.main}/children").read_text().split())]:
            try:
                stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += sum(map(int, stat[11:13])) + (sum(map(int, stat[13:15])) if pid == self.main else 0)
        return total / os.sysconf("SC_CLK_TCK")

    def sql(self, commands, data=None):
        return self.run("psql", "-q", "-h", self.dir, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", commands, input=data).stdout

    def load(self, rows):
        self.sql(SCHEMA.format(serial="bigserial primary key", net="inet"))
        self.sql("create index on prefix using gist (net inet_ops); create unique index on prefix (net);"
                 "create unique index on address (address); create index on address using gist (address inet_ops);"
                 "create index on address (name); create index on address (mac)")
        lines = "".join(f"{text(n)}/28\t{text(n + 15)}\t28\n" for n in subnets(rows))
        self.sql("copy prefix (net, last, length) from stdin", lines.encode())
        self.copy(used())
        self.sql("analyze")

    def copy(self, lines):
        self.sql("copy address (address, name, mac) from stdin",
                 "".join(f"{text(a)}\t{name}\t{mac or chr(92) + 'N'}\n" for a, name, mac in lines).encode())

    def fill(self, rows):
        self.copy(addresses(rows))

    def bench(self, script, count):
        (self.dir / "script").write_text(script)
        self.run("pgbench", "-n", "-h", self.dir, "-d", "postgres", "-M", "prepared" if "begin;" not in script else "extended",
                 "-f", self.dir / "script", "-c", "1", "-t", str(count))

    def next_free(self, count):
        self.bench(self.next_free_sql, count)

    def next_prefix(self, count):
        self.bench(self.next_prefix_sql, count)

    def enclosing(self, places):
        self.bench(f"\\set n random(0, {len(places) - 1})\nselect net from prefix where net >>= '10.0.0.1'::inet + :n * 16"
                   " order by length desc limit 1;", len(places))

    def utilization(self, count):
        self.bench("select count(*) from address where address << '10.0.0.0/8';", count)

    def page(self, count):
        self.bench("\\set n random(0, 1000)\nselect json_agg(x) from (select id, host(address), name, mac from address where id > :n"
                   " order by id limit 1000) x;", count)

    def close(self):
        self.run("pg_ctl", "-D", self.dir / "data", "-m", "fast", "-w", "stop")
        shutil.rmtree(self.dir)


class Sqlite:
    name = "SQLite"
    next_free_sql = """insert into address (address, name) select min(a.address + 1), 'bench' from address a
        where a.address between ?1 and ?2 and not exists (select 1 from address b where b.address = a.address + 1)"""
    next_prefix_sql = """insert into prefix (net, last, length) select last + 1, last + 16, 28 from (
        select last, lead(net) over (order by net) as next from prefix) where next is null or next - last > 16 order by last limit 1"""
    enclosing_sql = "select p.net from (values " + \
        ", ".join(f"(?1 & {0xffffffff << 32 - n & 0xffffffff}, {n})" for n in range(32, 7, -1)) + \
        ") v cross join prefix p where p.net = v.column1 and p.length = v.column2 limit 1"

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="peer.", dir=os.environ.get("TMPDIR", "/var/tmp")))
        self.base = sqlite3.connect(self.dir / "peer.db", isolation_level=None)
        self.spent = Spent(time.process_time)

    def load(self, rows):
        self.base.executescript("pragma journal_mode=wal; pragma synchronous=full; pragma cache_size=-262144;" +
                                SCHEMA.format(serial="integer primary key", net="integer") +
                                "create unique index prefix_net on prefix (net, length); create unique index address_address on "
                                "address (address); create index address_name on address (name); create index address_mac on address (mac)")
        self.insert("prefix (net, last, length) values (?, ?, 28)", ((n, n + 15) for n in subnets(rows)))
        self.insert("address (address, name, mac) values (?, ?, ?)", used())
        self.base.execute("analyze")

    def insert(self, what, rows):
        self.base.execute("begin immediate")
        self.base.executemany("insert into " + what, rows)
        self.base.execute("commit")

    def fill(self, rows):
        self.insert("address (address, name, mac) values (?, ?, ?)", addresses(rows))

    def next_free(self, count):
        for _ in range(count):
            self.base.execute(self.next_free_sql, ((172 << 24) + (16 << 16), (172 << 24) + (17 << 16) - 1))

    def next_prefix(self, count):
        for _ in range(count):
            self.base.execute(self.next_prefix_sql)

    def enclosing(self, places):
        for place in places:
            if self.base.execute(self.enclosing_sql, (place,)).fetchone() is None:
                raise SystemExit(f"bench: {text(place)} is in no prefix")

    def utilization(self, count):
        for _ in range(count):
            self.base.execute("select count(*) from address where address between ? and ?", (10 << 24, (11 << 24) - 1)).fetchone()

    def page(self, count):
        for n in range(count):
            self.base.execute("select json_group_array(json_object('id', id, 'address', address, 'name', name, 'mac', mac)) from "
                              "(select * from address where id > ? order by id limit 1000)", (1000 * n,)).fetchone()

    def close(self):
        self.base.close()
        shutil.rmtree(self.dir)


def operations(rows):
    """What is measured: its name, how it is asked for, how many at a time in ipamd and how many by SQL. PostgreSQL's CPU is
    counted in hundredths of a second, so it has to take a while."""
    places = [(10 << 24) + 16 * (n * 7919 % rows) + 1 for n in range(5000)]
    return [("next free address, durable", "next_free", 200, 20), ("next free prefix, durable", "next_prefix", 200, 3),
            ("longest enclosing prefix", "enclosing", places[:1000], places), ("utilisation of a /8", "utilization", 1000, 5),
            ("a page of 1,000 addresses", "page", 20, 100)]


def show(name, figures):
    first = figures[0][1]
    for peer, cpu, wall in figures:
        note = "" if peer == figures[0][0] or first == 0 else f"{cpu / first:,.1f} times the CPU of {figures[0][0]}"
        bench.out(f"{name}: {peer}", cpu, "us of CPU", f"{wall:,.0f} us on the clock; {note}".rstrip("; "))


def main():
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    peers = []
    try:
        peers.append(Ours(sys.argv[1]))
        if (BIN / "pgbench").exists():
            peers.append(Postgres())
        peers.append(Sqlite())
        for peer in peers:
            peer.load(rows)
        show("import of an address, durable", [(peer.name, *peer.spent.of(lambda p=peer: p.fill(rows), rows)) for peer in peers])
        for name, method, ours, theirs in operations(rows):
            columns = {peer.name: [] for peer in peers}
            for _ in range(rounds):
                for peer in peers:
                    work = ours if peer is peers[0] else theirs
                    count = work if isinstance(work, int) else len(work)
                    columns[peer.name].append(peer.spent.of(lambda p=peer, w=work: getattr(p, method)(w), count))
            show(name, [(peer, *(statistics.median(column) for column in zip(*rounds_of))) for peer, rounds_of in columns.items()])
    finally:
        for peer in peers:
            peer.close()


if __name__ == "__main__":
    main()
