# trial.py - a service that is crashed under load again and again, and judged after each start.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import asyncio
import collections
import pathlib
import random
import shutil
import sqlite3
import tempfile
import time

import daemon
import oracle
import powercut
from history import GONE, OK, History
from load import CLIENTS, PARENTS, Load

SYNC_US = 1000      # what a sync takes on the simulated disk: long enough for requests to share one


class Trial:
    """One database. `cut`: crashes are power cuts, else SIGKILL alone. `suffix`: of the file whose syncs can be dropped
    or fail. `storage`: further options of the storage plugin."""

    def __init__(self, seed, cut=False, suffix="-wal", storage=None):
        self.seed, self.rng, self.history = seed, random.Random(seed), History()
        self.dir = tempfile.mkdtemp(prefix="fault.", dir="/tmp")
        self.data = pathlib.Path(self.dir, "data")
        self.data.mkdir(mode=0o700)
        self.folder = powercut.Folder(self.data, self.dir + "/cut", suffix, SYNC_US) if cut else None
        options = {"path": str(self.data / "ipam.db"), **(storage or {})}
        self.ipamd = daemon.Ipamd({"storage": {"plugin": "sqlite", "options": options}, "plugins": [], "profiles": []},
                                  folder=self.dir, env=self.folder.env if cut else None)
        self.live, self.changes, self.told, self.first = [], [], [], None
        self.loads = self.crashes = self.interrupted = 0

    # Life and death.

    def close(self):
        self.ipamd.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, ready=True):
        if self.folder:
            self.folder.begin()
        if ready:
            self.ipamd.start()
            return
        process, normal = self.ipamd.process, self.ipamd.process.ready
        process.ready = lambda: True
        process.start()
        process.ready = normal

    def crash(self, mode=None, codes=(None, -9)):
        """Kills the service; after a power cut the folder has what the disk had. `codes`: how it may have ended before."""
        code = self.ipamd.process.popen.poll()
        assert code in codes, f"ipamd ended by itself with {code}:\n{self.ipamd.process.tail()}"
        self.ipamd.kill()
        self.crashes += 1
        if self.folder:
            self.folder.cut(f"{self.seed}/{self.crashes}", mode)
            self.told.append(self.folder.told)

    def crash_while_starting(self):
        self.start(ready=False)
        time.sleep(self.rng.uniform(0, 0.06))
        self.crash()
        self.interrupted += 1

    def set_up(self):
        """From an empty folder to a service with the subnets that addresses are taken from."""
        if self.rng.random() < 0.5:
            self.crash_while_starting()
        self.start()
        self.ask_all([("subnet", prefix) for prefix in PARENTS])

    # Load.

    def load(self):
        self.loads += 1
        word = f"r{self.loads}"
        return Load(self.history, daemon.PORT, self.ipamd.token, word, f"{self.seed}/{word}", self.live)

    def ask_all(self, pairs):
        return asyncio.run(self.load().ask_all(pairs))

    def run(self, load, until):
        """Runs a load; a failure tells what the service said."""
        try:
            asyncio.run(load.run(until))
        except AssertionError as e:
            code = self.ipamd.process.popen.poll()
            raise AssertionError(f"{e}; exit code of ipamd: {code}\n{self.ipamd.process.tail()}") from e

    def crash_under_load(self, mode=None, trap=None):
        """20 acknowledged writes, mostly some dozens more, then the crash: at once, or when `trap` was set and sprung."""
        async def until():
            await load.acknowledged(20 + int(self.rng.expovariate(1 / 40)))
            await asyncio.sleep(self.rng.uniform(0, 0.01))
            if trap:
                trap()
                await self.fired()
            self.crash(mode)

        load = self.load()
        self.run(load, until())

    def crash_in_write_back(self):
        """A trap: the power goes while the database is written back from its log."""
        self.folder.crash_at_write(self.rng.randint(1, 150))

    async def fired(self):
        """Waits for what a trap was set for, and for the answers that are still on their way."""
        deadline = time.monotonic() + 20
        while self.folder.fired is None:
            assert time.monotonic() < deadline, "nothing has sprung the trap"
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)

    # Judgement.

    def integrity(self):
        """What the database says of itself, from a copy: no other program opens the file itself."""
        with tempfile.TemporaryDirectory(dir="/tmp") as copy:
            for path in self.data.iterdir():
                shutil.copyfile(path, f"{copy}/{path.name}")
            db = sqlite3.connect(f"{copy}/ipam.db")
            try:
                return "\n".join(row[0] for row in db.execute("PRAGMA integrity_check"))
            except sqlite3.DatabaseError as e:
                return str(e)
            finally:
                db.close()

    def found(self, integrity):
        head = int(self.ipamd.get("/readyz").headers["ipam-revision"])
        if self.changes and self.changes[-1][0] > head:
            self.changes = []
        self.changes += self._changes_since(self.changes[-1][0] if self.changes else 0)
        addresses = self.ipamd.items("ipam/addresses")
        self.live = [item["id"] for item in addresses]
        return oracle.Found(addresses, self.ipamd.items("ipam/subnets"), self.changes, head, integrity)

    def _changes_since(self, known):
        """The change log is listed newest first; what was read before does not change."""
        new, cursor = [], ""
        while cursor is not None:
            page = self.ipamd.get(f"/api/v1/audit/changes?limit=1000{cursor and '&cursor=' + cursor}").json()
            new += [(row["id"], row.get("objects", [])) for row in page["items"] if row["id"] > known]
            cursor = page["next"] if page["items"] and page["items"][-1]["id"] > known else None
        return new[::-1]

    def judge(self):
        """Starts it again, sometimes at the second attempt, and returns what is wrong: before anything is asked again, or
        when every request that had no answer, and many that had one, were asked again."""
        integrity = self.integrity()
        if self.rng.random() < 0.2:
            self.crash_while_starting()
            integrity = self.integrity() if integrity == "ok" else integrity
        self.start()
        self.first = self.found(integrity)
        violations = oracle.judge(self.history, self.first)
        if violations:
            return violations
        unanswered = self.history.unanswered()
        answered = [("allocate", op.key) for op in self.history.ops if op.kind == "allocate" and op.result in (OK, GONE)]
        self.ask_all(unanswered + self.rng.sample(answered, min(40, len(answered))))
        assert self.history.unanswered() == [], "a request has no answer though nothing is wrong now"
        return oracle.judge(self.history, self.found("ok"))

    def report(self, violations):
        """What the trial saw, for people."""
        kinds = collections.Counter(v.kind for v in violations)
        unknown = sum(1 for op in self.history.ops if op.done is None)
        wrong = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "nothing wrong"
        return (f"{self.crashes} crashes ({self.interrupted} while starting), {self.history.acknowledged} writes "
                f"acknowledged, {unknown} without an answer: {wrong}")

    def explain(self, violations):
        """The message of a failure: enough to look into it, and to run it again."""
        log = f"/tmp/ipamd-fault-history-{self.seed}.jsonl"
        self.history.dump(log)
        return "\n".join([self.report(violations), f"seed {self.seed}; history in {log}", *self.told[-2:],
                          *map(str, violations[:20]), self.ipamd.process.tail()])
