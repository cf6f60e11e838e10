# test_evidence.py - the change log as evidence: two verifiers on one corpus, and a real database that is tampered with.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import random
import re
import shutil
import socket
import sqlite3
import subprocess

import pytest

import daemon
import evidence
import watch

WHAT = re.compile(r"(?:revision|checkpoint)s? (\d+)(?:\.\.(\d+)| and (\d+))?")


def findings_of(text):
    """The findings in the words of a verifier, as evidence.judge gives them."""
    out = set()
    for line in text.splitlines():
        kind, colon, rest = line.partition(": ")
        if not colon or kind not in ("edited", "deleted", "swapped", "inserted", "truncated", "changed", "rolled-back",
                                     "forged", "forked", "missing", "unlinked", "broken"):
            continue
        m = WHAT.search(rest)
        out.add((kind, int(m[1]), int(m[2] or m[3] or m[1])) if m else (kind, 0, 0))
    return out


def stand_alone(folder, export, held, keys):
    """(exit status, findings) of ipam-audit-verify."""
    (folder / "export").write_bytes(export)
    command = [daemon.PREFIX / "bin" / "ipam-audit-verify"]
    for i, key in enumerate(keys):
        (folder / f"key{i}").write_text(key.hex() + "\n")
        command += ["--public-key", folder / f"key{i}"]
    if held:
        (folder / "held").write_text(held)
        command += ["--checkpoints", folder / "held"]
    run = subprocess.run([*map(str, command), str(folder / "export")], capture_output=True, text=True, check=False)
    assert run.stderr == "", run
    return run.returncode, findings_of(run.stdout)


# --- two verifiers, one corpus ---

class Log:
    """A log as ipamd leaves it."""

    def __init__(self, rng):
        self.rng, self.keys = rng, [evidence.Key(rng.randbytes(32))]
        self.rows = [(i + 1, 1700000000000 + 10 * i, rng.randbytes(rng.randrange(1, 90))) for i in range(rng.randrange(30, 90))]
        self.own, self.id, self.at, self.chain, self.previous = [], rng.randbytes(16), 0, bytes(32), bytes(32)
        for size in (1, 17, 5, 16, 33):
            self.sign(size)
        self.covered = self.at
        self.held = "".join(line + "\n" for line in self.own)

    def sign(self, size):
        rows = self.rows[self.at:self.at + size]
        if not rows:
            return
        new = evidence.Key(self.rng.randbytes(32)) if len(self.own) == 2 else None
        line, self.chain = evidence.make_line(self.keys[-1], self.id, len(self.own) + 1, 1700000000000, rows, self.chain,
                                              self.previous, new)
        self.previous = evidence.sha(evidence.Line(line).short.encode())
        self.own.append(line)
        self.keys += [new] if new else []
        self.at += len(rows)


def tampered(log, rng, way):
    """(own lines, rows, what must be found) of one way to tamper with the log."""
    own, rows, at = list(log.own), list(log.rows), rng.randrange(log.covered)
    rev, time, body = rows[at]
    if way == "edit":
        rows[at] = (rev, time, bytes([body[0] ^ rng.randrange(1, 256)]) + body[1:])
        return own, rows, {("edited", rev, rev)}
    if way == "time":
        rows[at] = (rev, time + 1, body)
        return own, rows, {("edited", rev, rev)}
    if way == "delete" and rev < log.covered:
        del rows[at]
        return own, rows, {("deleted", rev, rev)}
    if way == "swap":
        other = (at + rng.randrange(1, log.covered)) % log.covered
        rows[at], rows[other] = (rev, *rows[other][1:]), (rows[other][0], time, body)
        return own, rows, {("swapped", min(rev, other + 1), max(rev, other + 1))}
    if way == "insert" and rev < log.covered:
        rows = rows[:at] + [(rev, time, b"new")] + [(r + 1, t, b) for r, t, b in rows[at:]]
        return own, rows, {("inserted", rev, rev)}
    if way == "close" and rev < log.covered:
        rows = rows[:at] + [(r - 1, t, b) for r, t, b in rows[at + 1:]]
        return own, rows, {("deleted", rev, rev)}
    if way == "cut":
        return own, rows[:at], {("truncated", rev, log.covered)}
    if way == "replay":
        keep = rng.randrange(len(own))
        return own[:keep], rows, {("missing", keep + 1, len(own))}
    if way == "resign":
        k = rng.randrange(len(own))
        line, covers = evidence.Line(own[k]), [r for r in rows]
        first = rows[line.first - 1]
        rows[line.first - 1] = (first[0], first[1], b"other" + first[2])
        covers = rows[line.first - 1:line.last]
        own[k] = evidence.make_line(evidence.Key(bytes(32)), line.log, line.number, 1, covers, line.start, line.previous)[0]
        return own, rows, {("edited", line.first, line.first), ("forged", line.number, line.number)}
    if way == "spoil":
        k = rng.randrange(len(own))
        own[k] = own[k].replace("ipam", "ipan", 1)
        return own, rows, {("forged", 0, 0), ("missing", k + 1, k + 1)}
    return own, rows, set()


WAYS = ("edit", "time", "delete", "swap", "insert", "close", "cut", "replay", "resign", "spoil", "nothing")


def test_two_verifiers_judge_alike(tmp_path):
    rng = random.Random(20261126)
    for i in range(6):
        log = Log(rng)
        for way in WAYS * 4:
            own, rows, expected = tampered(log, rng, way)
            export = evidence.write_export(own, rows)
            keys = [log.keys[0].public]
            status, ours = stand_alone(tmp_path, export, log.held, keys)
            theirs, unproved = evidence.judge(export, log.held, keys)
            assert ours == theirs == expected, (i, way)
            assert status == (1 if expected else 7 if unproved else 0), (i, way)


def test_both_see_what_is_less(tmp_path):
    """Without marks, without lines from outside, without a key, with half an export."""
    log = Log(random.Random(7))
    rows = list(log.rows)
    line = evidence.Line(log.own[3])
    rows[line.first] = (line.first + 1, 1, b"other")
    bare = [evidence.Line(text).short for text in log.own]
    whole = evidence.write_export(log.own, log.rows)
    keys = [log.keys[0].public]
    for export, held, given, expected in (
            (evidence.write_export(bare, rows), "\n".join(bare), keys, {("changed", line.first, line.last)}),
            (whole, "", keys, set()), (whole, log.held, [], set()),
            (whole[:-4], log.held, keys, {("broken", 0, 0)}),
            (whole, log.held, [bytes(32)], {("forged", n + 1, n + 1) for n in range(len(log.own))})):
        status, ours = stand_alone(tmp_path, export, held, given)
        assert ours == evidence.judge(export, held, given)[0] == expected
        assert status == (1 if expected else 7)


# --- a real daemon ---

def audit(tmp_path, **more):
    return {"audit": {"key": str(tmp_path / "audit.key"), "checkpoints": str(tmp_path / "own"),
                      "sinks": [{"file": str(tmp_path / "sink")}], **more}}


def public(server, tmp_path):
    def read():
        answer = server.get("/api/v1/audit/checkpoints")
        assert answer.status in (200, 503), answer
        return answer.status == 200 and answer.json()["key"]

    key = watch.until(read, 20, "the key")  # not before it is known
    assert int(key, 16) != 0
    (tmp_path / "public").write_text(key + "\n")
    return bytes.fromhex(key)


def block(server, n):
    answer = server.post("/api/v1/ipam/blocks", {"prefix": f"10.{n}.0.0/16", "name": f"block {n}"})
    assert answer.status == 201, answer


def seal(server):
    answer = server.post("/api/v1/audit/checkpoints")
    assert answer.status == 201, answer
    return answer.json()


def verify(server, tmp_path, *more, outside="sink"):
    """(exit status, findings) of ipamctl audit verify; the second verifier must say the same of an export."""
    run = server.ctl("audit", "verify", "--public-key", tmp_path / "public", "--checkpoints", tmp_path / outside, *more, check=False)
    found = findings_of(run.stdout)
    answer = server.get("/api/v1/audit/export")
    assert answer.status == 200
    held = (tmp_path / outside).read_text()
    theirs, _ = evidence.judge(answer.body, held, [bytes.fromhex((tmp_path / "public").read_text())])
    assert theirs == found, run.stdout + run.stderr
    return run.returncode, found


def test_a_log_is_proved_and_its_tail_is_not(make_ipamd, tmp_path):
    server = make_ipamd(config=audit(tmp_path))
    for n in range(40):
        block(server, n)
    newest = seal(server)["items"][0]
    assert newest["last"] == 41 and newest["rows_seen"] == "committed"
    key = public(server, tmp_path)
    assert verify(server, tmp_path) == (0, set())
    block(server, 50)
    run = server.ctl("audit", "verify", "--public-key", tmp_path / "public", "--checkpoints", tmp_path / "sink", check=False)
    assert run.returncode == 7 and "unproved: 1 rows, the last of them revision 42" in run.stdout
    run = server.ctl("audit", "verify", "-o", "json", check=False)
    assert run.returncode == 7 and json.loads(run.stdout)["verdict"] == "partly"
    target = tmp_path / "log.export"
    server.ctl("audit", "export", target)
    assert server.ctl("audit", "export", target, check=False).returncode == 4  # it is there
    assert stand_alone(tmp_path, target.read_bytes(), (tmp_path / "sink").read_text(), [key]) == (7, set())
    assert "audit-key:" in server.log() and key.hex() in server.log()
    metrics = server.get("/metrics").body.decode()
    assert "ipam_audit_rows_unsigned 1" in metrics and 'ipam_audit_sink_up{sink="' + str(tmp_path / "sink") + '"} 1' in metrics
    table = server.ctl("audit", "checkpoints").stdout
    assert re.search(r"\b\d+ +\S+Z +\d+ +41 +committed", table), table
    server.restart()  # an orderly stop signs the rest
    assert verify(server, tmp_path) == (0, set())


SQL = {
    "edit": ("UPDATE ipam_log SET body=CAST(substr(body,1,20)||x'00'||substr(body,22) AS BLOB) WHERE rev=:a", ("edited", "a", "a")),
    "time": ("UPDATE ipam_log SET time=time+1 WHERE rev=:a", ("edited", "a", "a")),
    "delete": ("DELETE FROM ipam_log WHERE rev=:a", ("deleted", "a", "a")),
    "swap": ("UPDATE ipam_log SET rev=-1 WHERE rev=:a; UPDATE ipam_log SET rev=:a WHERE rev=:b;"
             "UPDATE ipam_log SET rev=:b WHERE rev=-1", ("swapped", "a", "b")),
    "truncate": ("DELETE FROM ipam_log WHERE rev>=:a", ("truncated", "a", "end")),
    "insert": ("UPDATE ipam_log SET rev=-rev-1 WHERE rev>=:a; UPDATE ipam_log SET rev=-rev WHERE rev<0;"
               "INSERT INTO ipam_log(rev,time,sum,body) SELECT :a,time,sum,x'0102' FROM ipam_log WHERE rev=1",
               ("inserted", "a", "a")),
}


def tamper(database, script, **numbers):
    for name, value in numbers.items():
        script = re.sub(f":{name}\\b", str(value), script)
    with sqlite3.connect(database) as db:
        db.executescript(script)
    db.close()


def test_a_real_database_tells_what_was_done_to_it(make_ipamd, tmp_path):
    """Some dozens of ways and places; each on a copy, looked at by a daemon that runs on it."""
    server = make_ipamd(config=audit(tmp_path))
    for n in range(30):
        block(server, n)
        if n % 11 == 5:
            seal(server)
    public(server, tmp_path)
    server.process.stop()
    database, kept = server.dir / "ipam.db", tmp_path / "kept"
    kept.mkdir()
    for name in ("ipam.db", "ipam.db-wal"):
        if (server.dir / name).exists():
            shutil.copy(server.dir / name, kept / name)
    own, sink = (tmp_path / "own").read_bytes(), (tmp_path / "sink").read_bytes()
    rng = random.Random(5)
    for i in range(36):
        way = list(SQL)[i % len(SQL)]
        script, (kind, first, second) = SQL[way]
        a, b = sorted(rng.sample(range(2, 31), 2))
        places = {"a": a, "b": b, "end": 31}
        for name in ("ipam.db", "ipam.db-wal", "ipam.db-shm"):
            (server.dir / name).unlink(missing_ok=True)
            if (kept / name).exists():
                shutil.copy(kept / name, server.dir / name)
        (tmp_path / "own").write_bytes(own)
        (tmp_path / "sink").write_bytes(sink)
        tamper(database, script, a=a, b=b)
        server.start()
        assert verify(server, tmp_path) == (1, {(kind, places[first], places[second])}), (i, way, a, b)
        server.process.stop()


def test_killed_between_commit_and_checkpoint(make_ipamd, tmp_path):
    """Whatever moment it dies at, the chain goes on, and what was read again says so."""
    server = make_ipamd(config=audit(tmp_path, interval="1s"))
    rng, n = random.Random(3), 0
    for life in range(8):
        for _ in range(rng.randrange(2, 9)):
            block(server, n)
            n += 1
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.sendall(f"POST /api/v1/audit/checkpoints HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
                           "Content-Length: 0\r\n\r\n".encode())
        if life % 2:
            connection.recv(1)
        server.kill()
        connection.close()
        if life == 5:  # a write that was cut
            with open(tmp_path / "own", "ab") as f, open(tmp_path / "sink", "ab") as g:
                f.write(b"ipam-checkpoint-1 00")
                g.write(b"ipam-checkpoint-1 00")
        server.start()
    seal(server)
    public(server, tmp_path)
    run = server.ctl("audit", "verify", "--public-key", tmp_path / "public", check=False)
    assert run.returncode == 7 and findings_of(run.stdout) == set()
    (tmp_path / "sink2").write_text("".join(line + "\n" for line in (tmp_path / "sink").read_text().splitlines()
                                            if line.count(" ") > 13))
    assert verify(server, tmp_path, outside="sink2") == (0, set())
    assert any(c["rows_seen"] == "read" for c in server.get("/api/v1/audit/checkpoints").json()["items"])


def test_an_older_copy_is_seen(make_ipamd, tmp_path):
    server = make_ipamd(config=audit(tmp_path))
    block(server, 1)
    block(server, 2)
    server.process.stop()
    shutil.copy(server.dir / "ipam.db", tmp_path / "old.db")
    shutil.copy(tmp_path / "own", tmp_path / "old.own")
    server.start()
    for n in range(3, 8):
        block(server, n)
    public(server, tmp_path)
    server.process.stop()
    for name in ("ipam.db-wal", "ipam.db-shm"):
        (server.dir / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "old.db", server.dir / "ipam.db")
    shutil.copy(tmp_path / "old.own", tmp_path / "own")  # its checkpoints as well
    server.start()
    block(server, 100)
    seal(server)
    assert verify(server, tmp_path) == (1, {("rolled-back", 4, 8)})
    log = server.log()
    assert "audit-rolled-back" in log and "audit-taken-back" in log


def test_a_log_that_was_there_before(make_ipamd, tmp_path):
    """Evidence is switched on later: what is there is proved from then on."""
    server = make_ipamd()
    for n in range(5):
        block(server, n)
    assert server.get("/api/v1/audit/checkpoints").status == 404
    assert server.ctl("audit", "verify", check=False).returncode == 3
    server.process.stop()
    server.config.update(audit(tmp_path))
    server.write_config()
    server.start()
    seal(server)
    public(server, tmp_path)
    items = server.get("/api/v1/audit/checkpoints").json()["items"]
    assert [(c["first"], c["last"], c["rows_seen"]) for c in items] == [(1, 6, "read")]
    assert verify(server, tmp_path) == (0, set())


def test_a_sink_that_fails_loses_nothing(make_ipamd, tmp_path):
    away = tmp_path / "away"
    server = make_ipamd(config=audit(tmp_path, sinks=[{"file": str(away / "sink")}, {"syslog": str(tmp_path / "log")}]))
    block(server, 1)
    shown = seal(server)
    assert [s["works"] for s in shown["sinks"]] == [False, False]
    assert f'ipam_audit_sink_up{{sink="{away}/sink"}} 0' in server.get("/metrics").body.decode()
    assert "audit-sink-failed" in server.log()
    block(server, 2)
    seal(server)
    away.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as syslog:
        syslog.bind(str(tmp_path / "log"))
        syslog.settimeout(20)
        assert [s["works"] for s in seal(server)["sinks"]] == [True, True]
        numbers = server.get("/api/v1/audit/checkpoints").json()["items"][0]["number"]
        lines = [syslog.recv(4096).decode() for _ in range(numbers)]
    assert all(re.match(r"<85>\w+ +\d+ [\d:]+ ipamd\[\d+\]: ipam-checkpoint-1 ", line) for line in lines)
    public(server, tmp_path)
    (tmp_path / "syslog").write_text("\n".join(lines) + "\n")
    assert (away / "sink").read_text() == (tmp_path / "own").read_text()
    for outside in ("away/sink", "syslog"):
        assert verify(server, tmp_path, outside=outside) == (0, set())


def test_another_key(make_ipamd, tmp_path):
    server = make_ipamd(config=audit(tmp_path))
    block(server, 1)
    first = public(server, tmp_path)
    server.process.stop()
    server.config["audit"]["next_key"] = str(tmp_path / "next.key")
    server.write_config()
    server.start()
    block(server, 2)
    assert bytes.fromhex(seal(server)["key"]) != first
    assert verify(server, tmp_path) == (0, set())  # by the first key
    server.process.stop()
    server.config["audit"].update(key=server.config["audit"].pop("next_key"))
    server.write_config()
    server.start()
    assert verify(server, tmp_path) == (0, set())
    server.process.stop()
    server.config["audit"]["key"] = str(tmp_path / "audit.key")  # the one that was replaced
    server.write_config()
    run = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--config", server.dir / "ipamd.json"], capture_output=True,
                         text=True, check=False, env={"CREDENTIALS_DIRECTORY": str(server.secrets)}, timeout=60)
    assert run.returncode == 78 and "audit key is not the one that" in run.stderr


@pytest.mark.parametrize("how", ["mode", "content", "file"])
def test_what_cannot_sign_does_not_start(make_ipamd, tmp_path, how):
    server = make_ipamd(start=False, config=audit(tmp_path))
    if how == "mode":
        (tmp_path / "audit.key").write_text("ipam-audit-key-1 " + "0" * 64 + "\n")
        (tmp_path / "audit.key").chmod(0o644)
        words = "may be read by others"
    elif how == "content":
        (tmp_path / "audit.key").write_text("something\n")
        (tmp_path / "audit.key").chmod(0o600)
        words = "there is no audit key in it"
    else:
        (tmp_path / "own").write_text("something\n")
        words = "somebody changed the file"
    run = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--config", server.dir / "ipamd.json"], capture_output=True,
                         text=True, check=False, env={"CREDENTIALS_DIRECTORY": str(server.secrets)}, timeout=60)
    assert run.returncode == 78 and words in run.stderr, run.stderr


def test_doctor_says_what_an_operator_got_wrong(make_ipamd, tmp_path):
    server = make_ipamd(config=audit(tmp_path, sinks=[]))

    def told():
        run = server.ctl("doctor", "--config", server.dir / "ipamd.json", "-o", "jsonl", check=False)
        return {f["check"]: f["place"] for line in run.stdout.splitlines() for f in [json.loads(line)]
                if f["check"].startswith("audit-")}

    assert told() == {"audit-sink": str(server.dir / "ipamd.json")}
    server.process.stop()
    server.config["audit"]["sinks"] = [{"file": str(server.dir / "sink")}, {"syslog": str(tmp_path / "none")}]
    server.write_config()
    (tmp_path / "audit.key").chmod(0o600)
    server.start()
    seal(server)
    (tmp_path / "audit.key").chmod(0o640)
    assert told() == {"audit-disk": str(server.dir / "sink"), "audit-failing": str(tmp_path / "none"),
                      "audit-key-mode": str(tmp_path / "audit.key")}


def test_a_credential_signs(make_ipamd, tmp_path):
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    config = audit(tmp_path)
    del config["audit"]["key"]
    server = make_ipamd(config=config, secrets={"audit-key": f"ipam-audit-key-1 {seed}\n"})
    assert seal(server)["key"] == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def test_commands_of_the_stand_alone_verifier(tmp_path):
    program = str(daemon.PREFIX / "bin" / "ipam-audit-verify")
    (tmp_path / "not").write_text("not\n")
    for words, expected in ((["--help"], 0), (["--version"], 0), ([], 2), (["--public-key", str(tmp_path / "not"), "x"], 2),
                            (["--checkpoints", str(tmp_path / "not"), "x"], 2), ([str(pathlib.Path("/nowhere"))], 2),
                            ([str(tmp_path / "not")], 1)):
        run = subprocess.run([program, *words], capture_output=True, text=True, check=False)
        assert run.returncode == expected, (words, run)


def test_an_export_of_many_pages(make_ipamd, tmp_path):
    """Larger than what is read or sent at once; a client that reads slowly, or goes away, holds nobody up."""
    server = make_ipamd(config=audit(tmp_path))
    block(server, 1)
    for n in range(30):
        addresses = [{"address": f"10.1.{n}.{m}", "name": f"host {m} of {n} " + "x" * 200} for m in range(1, 101)]
        assert server.post("/api/v1/ipam/addresses", addresses).status == 201
    seal(server)
    public(server, tmp_path)
    request = (f"GET /api/v1/audit/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n\r\n").encode()
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
    for connection in slow:
        connection.sendall(request)
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
    assert verify(server, tmp_path) == (0, set())
    slow.pop().close()
    for connection in slow:
        data = b""
        while not data.endswith(b"0\r\n\r\n"):
            data += connection.recv(1 << 20)
        assert b"\nend 32 32\n" in data and len(data) > 700000
        connection.close()
    assert server.raw("HEAD", "/api/v1/audit/export", headers={"Authorization": "Bearer " + server.token}).status == 200
