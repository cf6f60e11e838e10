# test_archive.py - configurations of DHCP servers are kept as they were: shown, compared, restored; on real Kea 2.2 and 3.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import contextlib
import json
import os
import shutil
import sqlite3

import pytest

import daemon
import kea as kea_module
import kea3
import watch
from test_api import problem

CONFIGS = "/api/v1/dhcp/server-configs"
MASK = "********"
PASSWORD = kea_module.PASSWORD  # a canary: whatever is answered, logged or left behind is looked through for it


class Archive:
    """A Kea, the ipamd that watches it, and what is kept of it."""

    def __init__(self, kea, ipamd, name="127.0.0.1"):
        self.kea, self.ipamd, self.name = kea, ipamd, name

    def change(self, edit, service="dhcp4"):
        """Somebody else changes the server's configuration."""
        config = self.kea.config_get(service)
        edit(config)
        answer = self.kea.command("config-set", {service.capitalize(): config}, service)
        assert answer["result"] == 0, answer

    def collect(self):
        self.ipamd.ctl("server", "collect", self.name, "--wait")

    def kept(self, part="v4"):
        """The rows of a part, the oldest first."""
        return sorted((c for c in self.ipamd.items("dhcp/server-configs") if c["part"] == part), key=lambda c: c["id"])

    def text(self, config):
        answer = self.ipamd.get(f"{CONFIGS}/{config['id']}/text")
        assert answer.status == 200 and answer.headers["content-type"].startswith("text/plain"), answer
        return answer.body.decode()

    def diff(self, config, **query):
        asked = "&".join(f"{k}={v}" for k, v in query.items())
        answer = self.ipamd.get(f"{CONFIGS}/{config['id']}/diff" + (f"?{asked}" if asked else ""))
        assert answer.status == 200, answer
        return answer.json()

    def restored(self, config):
        """The plan that gives the server this configuration again, when it has ended."""
        answer = self.ipamd.post(f"{CONFIGS}/{config['id']}/restore")
        assert answer.status == 202, answer
        return self.ended(answer.json()["id"])

    def ended(self, plan):
        path = f"/api/v1/manage/plans/{plan}"
        watch.until(lambda: self.ipamd.get(path).json()["state"] not in ("planned", "running"), 90, "the plan to end")
        return self.ipamd.get(path).json()


def lines_of(diff):
    return [line for hunk in diff["hunks"] for line in hunk["lines"]]


def secret_in(config):
    config["user-context"] = {"site": "north", "database-password": PASSWORD}


def ruined(config):
    """Half of the subnets, all options and the lifetime are gone or others."""
    config["valid-lifetime"] = 77
    config["subnet4"] = config["subnet4"][::2]
    config["option-data"] = []


def meaning(config):
    """A configuration whatever the order of its keys."""
    return json.loads(json.dumps(config, sort_keys=True))


@pytest.fixture
def archive(kea, make_ipamd):
    it = make_ipamd()
    it.add_kea()
    return Archive(kea, it)


def test_a_configuration_is_kept_from_when_to_when(archive):
    (first,) = archive.kept()
    assert "until" not in first and first["whole"] and first["bytes"] > 10000 and first["token"].startswith("v4:")
    assert [c["part"] for c in archive.ipamd.items("dhcp/server-configs")].count("v6") == 1
    # Seen again as it was: nothing is written.
    for _ in range(2):
        archive.collect()
    assert archive.kept() == [first]
    archive.change(lambda config: config.update({"valid-lifetime": 4711}))
    archive.collect()
    former, present = archive.kept()
    assert former["id"] == first["id"] and former["first_seen"] == first["first_seen"]
    assert former["first_seen"] <= former["last_seen"] <= former["until"] == present["first_seen"]
    assert "until" not in present and present["token"] != former["token"]
    # The other server has not changed, and has one row still.
    assert len(archive.kept("v6")) == 1
    # What is shown means what the server has.
    assert meaning(json.loads(archive.text(present))["Dhcp4"]) == meaning(archive.kea.config_get())
    assert json.loads(archive.text(former))["Dhcp4"]["valid-lifetime"] != 4711


def test_two_configurations_are_compared_line_by_line(archive):
    archive.change(lambda config: config.update({"valid-lifetime": 4711}))
    archive.collect()
    archive.change(lambda config: config["subnet4"].pop())
    archive.collect()
    first, second, third = archive.kept()
    diff = archive.diff(first, to=second["id"])
    assert (diff["from"]["id"], diff["to"]["id"]) == (first["id"], second["id"])
    assert "+    \"valid-lifetime\": 4711" in [line.rstrip(",") for line in lines_of(diff)]
    assert diff["added"] == diff["removed"] <= 3  # those that Kea shows with it
    # Any two; the other way round; the one the server has now when none is named.
    back = archive.diff(second, to=first["id"])
    assert (back["added"], back["removed"]) == (diff["removed"], diff["added"])
    assert archive.diff(first) == archive.diff(first, to=third["id"])
    assert archive.diff(first)["removed"] > diff["removed"]
    assert archive.diff(first, to=first["id"])["hunks"] == []
    assert all(line[0] in "+-" for line in lines_of(archive.diff(first, to=second["id"], context=0)))
    # As text, and by the command.
    path = f"{CONFIGS}/{first['id']}/diff?to={second['id']}"
    text = archive.ipamd.get(path, headers={"Accept": "text/plain"}).body.decode()
    assert text.startswith(f"--- v4/{first['id']}\t") and "\n@@ -" in text
    assert [line for line in text.splitlines() if line[0] in " +-" and line[:3] not in ("---", "+++")] == lines_of(diff)
    assert archive.ipamd.ctl("server-config", "diff", first["id"], "--to", second["id"]).stdout == text
    problem(archive.ipamd.get(f"{CONFIGS}/{first['id']}/diff?to=999999"), 422, "invalid")
    problem(archive.ipamd.get(f"{CONFIGS}/999999/text"), 404, "not-found")


def stored_bytes(ipamd):
    return b"".join(path.read_bytes() for path in ipamd.dir.glob("ipam.db*"))


def test_a_password_is_kept_sealed_and_never_shown(archive):
    archive.change(secret_in)
    archive.collect()
    config = archive.kept()[-1]
    text = archive.text(config)
    shown = json.loads(text)["Dhcp4"]["user-context"]
    assert shown == {"database-password": MASK, "site": "north"}
    assert f'"database-password": "{MASK}"' in json.dumps(archive.diff(archive.kept()[0])).replace("\\", "")
    assert MASK in archive.ipamd.ctl("server-config", "text", config["id"]).stdout
    # Another password is another configuration, of which is shown what was shown before.
    archive.change(lambda c: c["user-context"].update({"database-password": PASSWORD[::-1]}))
    archive.collect()
    other = archive.kept()[-1]
    assert other["id"] != config["id"] and archive.text(other) == text and archive.diff(config)["hunks"] == []
    # It is in no row of any table, compressed or not; what is shown is compressed, and nothing else is readable.
    for secret in (PASSWORD, PASSWORD[::-1]):
        assert secret.encode() not in stored_bytes(archive.ipamd) and secret not in archive.ipamd.log()
    # And back it comes, whole.
    archive.ipamd.ctl("server", "set", archive.name, "--managed")
    assert archive.restored(config)["state"] == "verified"
    assert archive.kea.config_get()["user-context"] == {"site": "north", "database-password": PASSWORD}


def test_a_new_master_key_opens_what_was_kept(archive):
    archive.change(secret_in)
    archive.collect()
    config = archive.kept()[-1]
    archive.change(ruined)
    archive.ipamd.ctl("secret", "rotate-master-key", "--wait")
    archive.ipamd.restart()
    assert archive.restored(config)["state"] == "verified"
    assert archive.kea.config_get()["user-context"]["database-password"] == PASSWORD


def test_what_is_changed_by_a_plan_is_kept_before(archive):
    """Somebody changes the server after it was read; what a plan then changes is in the archive all the same."""
    ipamd = archive.ipamd
    archive.change(lambda config: config.update({"valid-lifetime": 4711}))
    before = meaning(archive.kea.config_get())
    answer = ipamd.post("/api/v1/dhcp/classes", {"server": ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["id"],
                                                 "family": "ipv4", "kind": "expression", "name": "desks", "test": "member('ALL')"})
    assert answer.status == 202, answer
    assert archive.ended(answer.json()["id"])["state"] == "verified"
    assert before in [meaning(json.loads(archive.text(c))["Dhcp4"]) for c in archive.kept()[:-1]]
    # And what it made of it is the newest, without a collection.
    assert "desks" in archive.text(archive.kept()[-1])


def test_a_ruined_server_is_brought_back_and_that_is_undone(archive):
    kea, ipamd = archive.kea, archive.ipamd
    good = archive.kept()[0]
    before, saved = meaning(kea.config_get()), kea.file_config()
    assert saved["valid-lifetime"] != 77
    archive.change(ruined)
    worse = meaning(kea.config_get())
    archive.collect()
    bad = archive.kept()[-1]
    # What it would do.
    dry = ipamd.post(f"{CONFIGS}/{good['id']}/restore?dry_run=true")
    assert dry.status == 200 and dry.json()["dry_run"] and dry.json()["would"] == 202
    assert "-    \"valid-lifetime\": 77" in [line.rstrip(",") for line in dry.json()["answer"]["diff"].splitlines()]
    told = ipamd.ctl("server-config", "restore", good["id"], "--dry-run")
    assert told.stdout == dry.json()["answer"]["diff"] and meaning(kea.config_get()) == worse
    # It is done, and lasts over a restart of the server.
    plan = archive.restored(good)
    assert plan["state"] == "verified" and plan["summary"].startswith("restore configuration v4 of "), plan
    assert meaning(kea.config_get()) == before
    assert kea.lease_works()
    kea.kill()
    kea.restart()
    assert meaning(kea.config_get()) == before
    # ipamd has it as it is, too.
    assert archive.kept()[-1]["token"] == good["token"] and len(ipamd.items("dhcp/scopes")) == 22
    # The way back is the configuration before it.
    run = ipamd.ctl("server-config", "restore", bad["id"], "--wait")
    assert "verified" in run.stdout, run
    assert meaning(kea.config_get()) == worse


def test_a_ruin_that_nobody_has_seen_is_undone_all_the_same(archive):
    good = archive.kept()[0]
    before = meaning(archive.kea.config_get())
    archive.change(ruined)
    worse = meaning(archive.kea.config_get())
    assert archive.restored(good)["state"] == "verified"
    assert meaning(archive.kea.config_get()) == before
    # What it took away was kept first.
    assert worse in [meaning(json.loads(archive.text(c))["Dhcp4"]) for c in archive.kept()]


def test_what_the_server_refuses_changes_nothing(archive):
    """The kept one names a hook library that is gone by now."""
    kea, library = archive.kea, "/tmp/libdhcp_gone.so"
    source = kea.config_get()["hooks-libraries"][0]["library"].replace("lease_cmds", "stat_cmds")
    shutil.copy(source, library)
    try:
        archive.change(lambda c: c["hooks-libraries"].append({"library": library}))
        archive.collect()
        with_it = archive.kept()[-1]
        archive.change(lambda c: c["hooks-libraries"].pop())
    finally:
        os.unlink(library)
    archive.collect()
    before = meaning(kea.config_get())
    plan = archive.restored(with_it)
    assert plan["state"] == "failed" and "libdhcp_gone.so" in plan["message"], plan
    assert meaning(kea.config_get()) == before and kea.lease_works()


def test_old_ones_are_given_up_and_the_newest_stays(kea, make_ipamd):
    archive = Archive(kea, make_ipamd(config={"archive": {"most": 3}}))
    archive.ipamd.add_kea()
    for lifetime in range(4000, 4006):
        archive.change(lambda config: config.update({"valid-lifetime": lifetime}))
        archive.collect()
    watch.until(lambda: len(archive.kept()) == 3, 30, "three to be left")
    assert [json.loads(archive.text(c))["Dhcp4"]["valid-lifetime"] for c in archive.kept()] == [4003, 4004, 4005]
    assert len(archive.kept("v6")) == 1
    connection = sqlite3.connect(f"file:{archive.ipamd.dir}/ipam.db?mode=ro", uri=True)
    tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table' and name like '%config_piece%'")]
    assert sum(connection.execute(f"select count(*) from {t}").fetchone()[0] for t in tables) == 2 * 4
    connection.close()


def test_the_text_is_for_those_who_manage_servers(kea, make_ipamd, tmp_path):
    """Everybody who sees the server sees from when to when there was another; the text is a right of its own, and to restore
    is to change the server."""
    tokens = {role: f"token-of-{role}-which-is-long-enough" for role in ("reader", "asm-group", "msm-group", "audit-group")}
    for role, secret in tokens.items():
        (tmp_path / role).write_text(secret)
        (tmp_path / role).chmod(0o600)
    lines = [{"name": role, "role": role, "file": str(tmp_path / role)} for role in tokens]
    it = make_ipamd(start=False)
    it.config["tokens"] += lines
    it.write_config()
    it.start()
    it.add_kea()
    archive = Archive(kea, it)
    (config,) = archive.kept()
    for role, secret in tokens.items():
        rows = it.get(CONFIGS, token=secret).json()["items"]
        assert config in rows and MASK not in json.dumps(rows), "the text is in no list"
        shown = [it.get(f"{CONFIGS}/{config['id']}/{what}", token=secret).status for what in ("text", "diff")]
        assert shown == ([200, 200] if role in ("msm-group", "audit-group") else [403, 403]), role
        restored = it.post(f"{CONFIGS}/{config['id']}/restore?dry_run=true", token=secret).status
        assert restored == (200 if role == "msm-group" else 403), role


KEA3_PROFILE = {"name": "kea-three", "driver": "kea", "options": {
    "port4": kea3.HTTP["dhcp4"], "port6": kea3.HTTP["dhcp6"], "user": kea3.USER, "password": {"secret": "kea-three"}}}


def test_a_kea_3_with_its_own_password(make_ipamd):
    """The password that its HTTP socket wants stands in its configuration."""
    three = kea3.Kea3().start()
    try:
        ipamd = make_ipamd(config={"profiles": [KEA3_PROFILE]}, secrets={"kea-three": kea3.PASSWORD})
        ipamd.add_kea(profile="kea-three")
        archive = Archive(three, ipamd)
        (good,), (good6,) = archive.kept(), archive.kept("v6")
        assert kea3.PASSWORD in json.dumps(three.config_get())
        assert kea3.PASSWORD not in archive.text(good) and f'"password": "{MASK}"' in archive.text(good)
        before, before6 = meaning(three.config_get()), meaning(three.config_get("dhcp6"))
        archive.change(ruined)
        archive.change(lambda config: config.update({"valid-lifetime": 77, "subnet6": config["subnet6"][:1]}), "dhcp6")
        archive.collect()
        assert len(archive.kept()) == len(archive.kept("v6")) == 2
        # One part is brought back, the other stays as it is.
        assert archive.restored(good)["state"] == "verified"
        assert meaning(three.config_get()) == before and three.config_get("dhcp6")["valid-lifetime"] == 77
        assert archive.restored(good6)["state"] == "verified"
        assert meaning(three.config_get("dhcp6")) == before6 and meaning(three.file_config()) == before
        # It still answers to that password, which nothing has told.
        archive.collect()
        assert kea3.PASSWORD.encode() not in stored_bytes(ipamd) and kea3.PASSWORD not in ipamd.log()
        assert kea3.PASSWORD not in json.dumps(ipamd.items("dhcp/server-configs") + ipamd.items("manage/plans"))
    finally:
        three.stop()


@pytest.mark.parametrize("point", ["manage:sent", "ipamd:config-set", "manage:applied", "manage:read-back"])
def test_killed_in_the_middle_of_a_restore_it_goes_on(kea, make_ipamd, point):
    ipamd = make_ipamd(prefix=daemon.FAULT_PREFIX)
    ipamd.add_kea()
    archive = Archive(kea, ipamd)
    good, before = archive.kept()[0], meaning(kea.config_get())
    archive.change(ruined)
    archive.collect()
    ipamd.process.env["IPAM_FAULT_POINT"] = f"{point}=kill"
    ipamd.restart()
    with contextlib.suppress(OSError):  # it may be gone before it has answered
        ipamd.post(f"{CONFIGS}/{good['id']}/restore")
    ipamd.process.popen.wait(60)
    ipamd.process.env.pop("IPAM_FAULT_POINT")
    ipamd.restart()
    (plan,) = ipamd.items("manage/plans")
    plan = archive.ended(plan["id"])
    assert plan["state"] == "verified" and meaning(kea.config_get()) == meaning(kea.file_config()) == before, plan
