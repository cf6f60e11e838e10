#!/usr/bin/python3
# bench.py - allocations, reads and memory beside their floors; prints figures, judges nothing.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""usage: bench.py PREFIX BUILD [ROUNDS [PREFIXES]]

PREFIX is an installation of ipamd, BUILD the folder with the built benchmarks. Two programs that are compared run in
turn, ROUNDS times (7); both raw medians are printed with their ratio. PREFIXES is the size of the index (1000000).
Wall-clock figures mean little on a shared machine: the ratios do."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PORT, SECONDS, USED = 18053, 2, 60000
SLOW_US = 350  # of a sync, as on the disk that the aim of one client was set on


def out(name, value, unit, note=""):
    print(f"{name:<34} {value:>14,.4g} {unit:<14} {note}".rstrip(), flush=True)


def cpu(pid):
    """Seconds of processor time of a process so far, by its clock (clock_getcpuclockid): /proc counts in hundredths."""
    return time.clock_gettime(~pid << 3 | 2)


class Daemon:
    """`under`: a command that runs it; `tokens`: names of tokens to which the configuration gives no role."""

    def __init__(self, prefix, under=(), tokens=()):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="bench.", dir=os.environ.get("TMPDIR", "/var/tmp")))
        config = {"listen": [{"address": f"127.0.0.1:{PORT}"}], "log_level": "warning",
                  "storage": {"plugin": "sqlite", "options": {"path": str(self.dir / "ipam.db")}},
                  "tokens": [{"name": "admin", "role": "administrator", "file": str(self.dir / "token")}] +
                            [{"name": name, "file": str(self.dir / name)} for name in tokens]}
        (self.dir / "ipamd.json").write_text(json.dumps(config))
        self.prefix, self.under = prefix, under
        self.start()

    def start(self):
        self.process = subprocess.Popen([*self.under, f"{self.prefix}/sbin/ipamd", "--config", self.dir / "ipamd.json"])
        for _ in range(1200):
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise SystemExit("bench: ipamd does not answer")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def restart(self):
        self.stop()
        self.start()

    def request(self, method, path, body=None, who="token"):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        token = self.dir / who
        headers = {"Authorization": "Bearer " + token.read_text().strip()} if token.exists() else {}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def cpu(self):
        return cpu(self.process.pid)

    def pss(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return 0

    def close(self):
        self.stop()
        shutil.rmtree(self.dir)


def wrk(port, clients, script, token=""):
    """Requests per second of a short run, and how many were not answered 2xx."""
    run = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{SECONDS}s", "-s", script, f"http://127.0.0.1:{port}"],
                         env={**os.environ, "TOKEN": token}, stdout=subprocess.PIPE, text=True, check=True).stdout
    count, errors = map(int, run.split("RESULT ")[1].split()[:2])
    return count / SECONDS, count, errors


def scripts(folder, subnet):
    """What wrk sends: an allocation with a claim of its own each time, a plain POST, a GET."""
    tail = ('done = function(s, l, r) io.write(string.format("RESULT %d %d\\n", s.requests, '
            's.errors.status + s.errors.read + s.errors.timeout + s.errors.connect)) end\n')
    head = 'local h = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN"), ["Content-Type"] = "application/json" }\n'
    texts = {
        "allocate": head + 'local n, run = 0, tostring(os.time()) .. tostring({})\nrequest = function() n = n + 1\n'
                    f'return wrk.format("POST", "/api/v1/ipam/subnets/{subnet}/allocate", h, '
                    '\'{"claim":"\' .. run .. n .. \'","name":"bench"}\') end\n' + tail,
        "post": head + "request = function() return wrk.format('POST', '/', h, '{\"claim\":\"0123456789\",\"name\":\"bench\"}') end\n" + tail,
        "get": head + f'request = function() return wrk.format("GET", "/api/v1/ipam/subnets/{subnet}", h) end\n' + tail,
    }
    for name, text in texts.items():
        (folder / f"{name}.lua").write_text(text)
    return {name: str(folder / f"{name}.lua") for name in texts}


def program(build, name, *args, under=()):
    """Output lines `name value unit` of one of the small programs."""
    run = subprocess.run([*under, f"{build}/tests/bench/{name}", *args], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {line.split()[0]: (float(line.split()[1]), " ".join(line.split()[2:])) for line in run.splitlines() if len(line.split()) >= 2}


def reads(daemon, floor, script, token, rounds):
    """CPU of one GET, and of the bare server's, with many clients and with one, for whom both sleep in between."""
    def one(pid, port, clients):
        before = cpu(pid)
        _, count, errors = wrk(port, clients, script, token)
        if errors:
            out("GETs refused", errors, "requests")
        return 1e6 * (cpu(pid) - before) / count

    for clients in (64, 1):
        pairs = [(one(daemon.process.pid, PORT, clients), one(floor.pid, PORT + 1, clients)) for _ in range(rounds)]
        ours, bare = (statistics.median(column) for column in zip(*pairs))
        out(f"CPU of one GET, {clients} clients", ours, "us", f"the bare server takes {bare:.3g}")


def slow_disk(build):
    """What a program runs under to find a disk whose sync takes SLOW_US."""
    library = pathlib.Path(build).resolve() / "tests/bench/.libs/slow_disk.so"
    if not library.exists():  # the loader would go on without it
        raise SystemExit(f"bench: {library} is not there: make tests/bench/slow_disk.la")
    return ["env", f"LD_PRELOAD={library}", f"SLOW_DISK_US={SLOW_US}"]


def allocations(daemon, build, rounds, prefix="10.0.0.0/8", label=""):
    """Under what the daemon runs, its floors do, too. With a label that begins the names, allocations alone."""
    answer = daemon.request("POST", "/api/v1/ipam/subnets", {"prefix": prefix})[1]
    subnet = answer["id"]
    before = daemon.pss()
    for _ in range(USED // 1000):
        daemon.request("POST", f"/api/v1/ipam/subnets/{subnet}/allocate", {"count": 1000, "name": "used", "mac": "02:00:00:00:00:01"})
    if not label:
        out("memory of an address", (daemon.pss() - before) / USED, "bytes", f"PSS over {USED} addresses")
    token = (daemon.dir / "token").read_text().strip()
    lua = scripts(daemon.dir, subnet)
    floor = subprocess.Popen([*daemon.under, f"{build}/tests/bench/floor_http", daemon.dir / "floor", f"127.0.0.1:{PORT + 1}"],
                             stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    try:
        for clients in (1, 64):
            ours, floors, sync = [], [], []
            for _ in range(rounds):
                rate, _, errors = wrk(PORT, clients, lua["allocate"], token)
                ours.append(rate)
                floors.append(wrk(PORT + 1, clients, lua["post"])[0])
                if errors:
                    out("allocations refused", errors, "requests")
                if clients == 1:
                    sync.append(next(iter(program(build, "floor_fsync", str(daemon.dir), under=daemon.under).values()))[0])
            o, f = statistics.median(ours), statistics.median(floors)
            out(f"{label}allocations, {clients} clients", o, "1/s", f"{100 * o / f:.0f} % of floor_http {f:,.0f}/s")
            if sync:
                s = statistics.median(sync)
                out(f"{label}floor_fsync", s, "1/s", f"allocations at 1 client are {100 * o / s:.0f} % of it")
        if not label:
            reads(daemon, floor, lua["get"], token, rounds)
    finally:
        floor.terminate()
        floor.wait()


def main():
    if len(sys.argv) not in (3, 4, 5):
        sys.exit(__doc__)
    prefix, build = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 7
    prefixes = sys.argv[4] if len(sys.argv) > 4 else "1000000"
    daemon = Daemon(prefix)
    try:
        allocations(daemon, build, rounds)
        for name, (value, unit) in program(build, "floor_sqlite", str(daemon.dir)).items():
            out(name, value, unit)
    finally:
        daemon.close()
    daemon = Daemon(prefix, under=slow_disk(build))
    try:
        allocations(daemon, build, rounds, label="slow disk: ")
    finally:
        daemon.close()
    for name, (value, unit) in program(build, "bench_index", prefixes).items():
        out(name, value, unit)


if __name__ == "__main__":
    main()
