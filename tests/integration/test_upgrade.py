# test_upgrade.py - a database of an older layout is brought up by the daemon itself, killed in between or not; the old is kept.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import random
import sqlite3
import subprocess
import time

import daemon

OWN = ("ipam_meta", "ipam_log", "ipam_version")


def to_layout_1(path):
    """Writes the rows of a database as layout 1 stored them: the same tables without the column sum."""
    old = path.with_name("old.db")
    new, was = sqlite3.connect(old), sqlite3.connect(path)
    new.executescript("PRAGMA application_id=1768972653; PRAGMA user_version=1;")
    names = [n for n, in was.execute("SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite%'")]
    for name in names:
        columns = [(c[1], c[2], c[3], c[5]) for c in was.execute(f"PRAGMA table_info('{name}')") if c[1] != "sum"]
        keys = [c[0] for c in columns if c[3]]
        text = ", ".join(f'"{n}" {t}' + (" NOT NULL" if need and n not in keys else "")
                         + (" PRIMARY KEY" if keys == [n] else "") for n, t, need, _ in columns)
        tail = f", PRIMARY KEY({', '.join(keys)})) STRICT, WITHOUT ROWID" if len(keys) > 1 else ") STRICT"
        new.execute(f'CREATE TABLE "{name}"({text}{tail}')
        listed = ", ".join(f'"{c[0]}"' for c in columns)
        rows = was.execute(f'SELECT {listed} FROM "{name}"').fetchall()
        new.executemany(f'INSERT INTO "{name}"({listed}) VALUES({", ".join("?" * len(columns))})', rows)
        if name not in OWN:
            for column in (c[0] for c in columns if c[0] not in ("id", "rev", "body")):
                new.execute(f'CREATE INDEX "{name}.{column}" ON "{name}"("{column}")')
    new.execute("PRAGMA journal_mode=WAL")
    new.commit()
    new.close()
    was.close()
    old.chmod(0o600)
    old.rename(path)


def kept(folder):
    return sorted(f for f in os.listdir(folder) if f.startswith("ipam.db.v1-"))


def everything(ipamd):
    return {r: ipamd.items(r) for r in ("ipam/subnets", "ipam/addresses", "audit/changes")}


def test_an_old_database_is_brought_up_and_kept(make_ipamd, tmp_path):
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    ipamd = make_ipamd(folder=folder)
    assert ipamd.post("/api/v1/ipam/subnets", {"prefix": "10.0.0.0/12", "name": "before"}).status == 201
    for i in range(5):
        body = {"count": 1000, "claim": f"c{i}"}
        assert ipamd.post("/api/v1/ipam/subnets/10.0.0.0_12/allocate", body).status == 201
    before = everything(ipamd)
    ipamd.process.stop()
    to_layout_1(folder / "ipam.db")

    look = subprocess.run([daemon.PREFIX / "sbin/ipamd", "--config", folder / "ipamd.json", "--check-storage"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    opened = json.loads(look.stdout.splitlines()[0])
    assert opened["state"] == "missing" and "layout 1" in opened["message"] and kept(folder) == []
    for i in range(8):  # killed at random moments of its start
        running = subprocess.Popen([daemon.PREFIX / "sbin/ipamd", "--config", folder / "ipamd.json"], stderr=subprocess.DEVNULL)
        time.sleep(random.random() * 0.12)
        running.kill()
        running.wait()
    ipamd.process.start()
    assert everything(ipamd) == before
    assert len(kept(folder)) == 1
    assert not [f for f in os.listdir(folder) if f.startswith("ipam.db.new")]
    old = sqlite3.connect(folder / kept(folder)[0])
    assert old.execute("PRAGMA user_version").fetchone() == (1,)
    assert old.execute("SELECT count(*) FROM address").fetchone() == (5000,)
    old.close()
    assert os.stat(folder / kept(folder)[0]).st_nlink == 1
    again = ipamd.post("/api/v1/ipam/subnets/10.0.0.0_12/allocate", {"count": 1000, "claim": "c3"})
    assert again.status == 200 and len(again.json()["items"]) == 1000
    assert {c["state"] for c in ipamd.post("/api/v1/system/storage/verify").json()["items"]} == {"ok"}
    ipamd.process.stop()
    base = sqlite3.connect(folder / "ipam.db")
    base.execute("PRAGMA user_version=3")
    base.close()
    run = subprocess.run([daemon.PREFIX / "sbin/ipamd", "--config", folder / "ipamd.json"], stderr=subprocess.PIPE, text=True,
                         timeout=30)
    assert run.returncode == 78 and "layout 3 is newer than 2" in run.stderr and "install the version that wrote it" in run.stderr
