# scene.py - an ipamd whose plugins all misbehave, each in its way, while one that does not is collected all the time.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import dataclasses
import re
import time

import daemon
import prefix_copy
import watch

CALM = "calm"


@dataclasses.dataclass
class Case:
    """A plugin, what it does in which operation, and the cause as the log and the job are to tell it."""
    fault: str
    when: str = "read_leases"
    model: str = "SERIAL"
    cause: str = ""
    event: str = "helper-ended"

    @property
    def name(self):
        return f"{self.fault}-{self.when}-{self.model}".lower().replace("_", "-")


class Scene:
    """An ipamd with a plugin a case, and a well-behaved one that is collected all the time. What was seen is in
    `jobs` and `servers` by the name of the case, `log`, `helpers` and `prober`."""

    def __init__(self, cases, port=daemon.PORT, **entry):
        self.copy = prefix_copy.PrefixCopy()
        self.die = self.copy.dir / "die"
        self.jobs, self.servers, self.asked = {}, {}, {}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            builds = [pool.submit(self.build, CALM, "SERIAL"), *(pool.submit(self.build, c.name, c.model) for c in cases)]
            for build in builds:
                build.result()
        self.ipamd = self.copy.ipamd(port=port, config={
            "plugins": [{"name": CALM}, *({"name": c.name, "timeout": "1s", "memory_mib": 64, **entry} for c in cases)],
            "profiles": [{"name": CALM, "driver": CALM}, *({"name": c.name + "-good", "driver": c.name} for c in cases),
                         *({"name": c.name, "driver": c.name, "options": {"fault": c.fault, "when": c.when}} for c in cases)]})
        self.looking = []
        self.ipamd.start()
        self.add(CALM)
        for case in cases:
            self.add(case.name)
        self.calm, self.began = [], time.monotonic()
        self.look()

    def look(self):
        """Begins to look; each is stopped by end()."""
        self.helpers, self.prober = watch.Helpers(), watch.Prober(self.ipamd)
        self.looking += [self.helpers, self.prober, watch.Background(lambda: self.calm.append(self.collect(CALM)), 0.1)]

    def build(self, name, model):
        macros = {"DIE_IF": str(self.die)} if name.startswith("none-") else {}
        self.journal(name).touch()
        self.copy.build(name, model, JOURNAL=str(self.journal(name)), **macros)

    def journal(self, name):
        return self.copy.dir / f"{name}.journal"

    def processes(self, name):
        return self.helpers.of(self.journal(name))

    def add(self, name, driver=None, profile=None):
        body = {"name": name, "driver": driver or name, "profile": profile or driver or name, "roles": ["dhcp"]}
        answer = self.ipamd.post("/api/v1/inventory/servers", body)
        assert answer.status == 201, answer

    def collect(self, name, verb="collect"):
        """The job as it ended, with the seconds it took."""
        began = time.monotonic()
        answer = self.ipamd.post(f"/api/v1/inventory/servers/{name}/{verb}")
        assert answer.status == 202, answer
        job = watch.until(lambda: self._ended(answer.headers["location"]), 30, f"{name}: the job of {verb} ends")
        return {**job, "took": time.monotonic() - began}

    def _ended(self, location):
        job = self.ipamd.get(location).json()
        return job if job["state"] != "running" else None

    def server(self, name):
        return self.ipamd.get(f"/api/v1/inventory/servers/{name}").json()

    def collect_once(self, cases):
        """All at the same time; keeps the jobs and what the servers look like afterwards."""
        def one(case):
            self.asked[case.name] = time.monotonic()
            self.jobs[case.name] = self.collect(case.name)
            self.servers[case.name] = self.server(case.name)
        each(one, cases)

    def lines(self, *words):
        """The lines of the log in which all of these are."""
        return [line for line in self.ipamd.log().splitlines() if all(w in line for w in words)]

    def told(self, case):
        """The lines of the log that name the plugin and the operation; the plugin's name has the operation's in it."""
        return [line for line in self.lines(case.name) if re.search(rf"\b{case.when}\b", line.replace(case.name, ""))]

    def end(self):
        """Looks no longer, and ends the daemon, which must still be the one that was started."""
        while self.looking:
            self.looking.pop().stop()
        self.took = time.monotonic() - self.began
        self.system = {name: self.ipamd.get(f"/api/v1/system/{name}?limit=1000") for name in ("plugins", "instances")}
        assert self.ipamd.process.running(), self.ipamd.process.tail()
        self.stopped = self.ipamd.process.stop()

    def remove(self):
        try:
            while self.looking:
                self.looking.pop().stop()
        finally:
            self.ipamd.stop()
            self.copy.remove()


def each(function, cases):
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        return list(pool.map(function, cases))
