# test_spine.py - processes, plugins, secrets and configuration, as an operator meets them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

import daemon
import kea as kea_module


def children(pid):
    """Processes below this one, as {pid: name}."""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        child, parent = int(name.split(" ", 1)[0]), int(rest.split()[1])
        found[child] = (parent, name.split("(", 1)[1])
    below, grown = {pid}, True
    while grown:
        more = {c for c, (parent, _) in found.items() if parent in below} - below
        below |= more
        grown = bool(more)
    return {c: found[c][1] for c in below - {pid}}


def helpers(ipamd):
    return [p for p, name in children(ipamd.process.pid).items() if name.startswith("ipam-provider")]


def maps(pid):
    return pathlib.Path(f"/proc/{pid}/maps").read_text()


@pytest.mark.parametrize("isolation", ["process", "none"])
def test_isolation_is_one_word(kea, make_ipamd, isolation):
    ipamd = make_ipamd(config={"plugins": [{"name": "kea", "isolation": isolation}]})
    ipamd.add_kea()
    assert len(ipamd.items("dhcp/scopes")) == 22
    in_daemon = "/kea.so" in maps(ipamd.process.pid)
    assert in_daemon == (isolation == "none")
    assert bool(helpers(ipamd)) == (isolation == "process")
    assert "/sqlite.so" in maps(ipamd.process.pid)


def test_a_killed_helper_comes_back(kea, make_ipamd):
    ipamd = make_ipamd(config={"plugins": [{"name": "kea", "isolation": "process"}]})
    ipamd.add_kea()
    (helper,) = helpers(ipamd)
    os.kill(helper, signal.SIGKILL)
    assert ipamd.get("/livez", token=None).status == 200
    deadline = time.monotonic() + 10
    while ipamd.ctl("server", "collect", "127.0.0.1", "--wait", check=False).returncode != 0:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert helpers(ipamd) and helper not in helpers(ipamd)
    assert "signal 9" in ipamd.log() or "Killed" in ipamd.log()


def lives(pid):
    try:
        return "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1][:3]
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_nothing_outlives_the_daemon(kea, ipamd):
    ipamd.add_kea()
    below = children(ipamd.process.pid)
    assert below
    ipamd.kill()
    deadline = time.monotonic() + 5
    while any(map(lives, below)):
        assert time.monotonic() < deadline, below
        time.sleep(0.05)


def test_stops_on_sigterm(kea, ipamd):
    ipamd.add_kea()
    assert ipamd.process.stop() == 0


def test_a_secret_is_shown_nowhere(kea, ipamd):
    kea.clients(5)
    ipamd.add_kea()
    secret = kea_module.PASSWORD
    shown = [ipamd.log()]
    for resource in ("inventory/servers", "dhcp/scopes", "dhcp/reservations", "system/jobs", "audit/changes"):
        shown.append(json.dumps(ipamd.items(resource)))
    printed = subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json", "--print-config"],
                             stdout=subprocess.PIPE, check=True).stdout.decode()
    assert "kea-site" in printed
    shown.append(printed)
    assert all(secret not in text for text in shown)
    for path in ipamd.dir.iterdir():
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path
    for pid in [ipamd.process.pid, *children(ipamd.process.pid)]:
        assert secret.encode() not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_missing_secret_is_told(kea, make_ipamd):
    ipamd = make_ipamd(config={"profiles": [{"name": "kea-site", "driver": "kea", "options": {
        "port": kea_module.AGENT, "user": "ipam", "password": {"secret": "no-such"}}}]})
    ipamd.add_kea(collect=False)
    run = ipamd.ctl("server", "collect", "127.0.0.1", "--wait", check=False)
    assert run.returncode != 0
    message = ipamd.get("/api/v1/inventory/servers/127.0.0.1").json()["message"]
    assert "no-such" in message and "password" in message and "credential" in message


BAD_CONFIGURATIONS = [
    ('{"nod": 1}', 'unknown key "nod"'),
    ('{', "1:2"),
    ('{"listen": [{"address": "0.0.0.0:80"}]}', "TLS"),
    ('{"listen": [{"address": "localhost"}]}', "ADDRESS:PORT"),
    ('{"listen": [{"address": "127.0.0.1:1", "unix": "/x"}]}', "either"),
    ('{"storage": {"plugin": "sqlite", "options": {"path": "relative.db"}}}', "path"),
    ('{"storage": {"plugin": "sqlite", "options": {"pth": "/x"}}}', "pth"),
    ('{"plugins": [{"name": "../kea", "critical": true}]}', "kea"),
    ('{"plugins": [{"name": "no-such", "critical": true}]}', "no-such"),
    ('{"plugins": [{"name": "kea", "isolation": "maybe"}]}', "isolation"),
    ('{"plugins": [{"name": "kea"}], "profiles": [{"name": "x", "driver": "kea", "options": {"port": "x"}}]}', "port"),
    ('{"plugins": [{"name": "kea"}], "profiles": [{"name": "x", "driver": "kea", "options": {"password": "clear"}}]}', "secret"),
    ('{"plugins": [{"name": "kea"}], "profiles": [{"name": "x", "driver": "kea", "options": {"socket4": "/s", '
     '"services": "dhcp6"}}]}', "option 'services' names a server whose socket is not given"),
    ('{"plugins": [{"name": "kea", "isolation": "none"}], "profiles": [{"name": "x", "driver": "kea", "options": '
     '{"user": "a:b"}}]}', "option 'user' has a colon"),
    ('{"profiles": [{"name": "x", "driver": "none-such"}]}', "none-such"),
    ('{"tokens": [{"name": "a", "role": "king", "file": "/x"}]}', "administrator"),
]


@pytest.mark.parametrize("text,named", BAD_CONFIGURATIONS)
def test_a_bad_configuration_is_refused_with_its_place(tmp_path, text, named):
    path = tmp_path / "ipamd.json"
    storage = {"storage": {"plugin": "sqlite", "options": {"path": str(tmp_path / "ipam.db")}}}
    try:
        text = json.dumps({**storage, **json.loads(text)}, indent=1)
    except ValueError:
        pass
    path.write_text(text)
    for option in (["--check-config"], []):
        run = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--config", path, *option], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)
        assert run.returncode == 78, (text, run)
        assert named in run.stderr, run.stderr
        if option:
            assert f"{path}:" in run.stderr and run.stderr.split(f"{path}:")[1][0].isdigit(), run.stderr
    assert not (tmp_path / "ipam.db").exists()


def test_a_good_configuration_is_good(ipamd):
    run = subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json", "--check-config"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)
    assert run.returncode == 0, run


def test_drop_ins_are_read(ipamd):
    drop = pathlib.Path(str(ipamd.dir / "ipamd.json") + ".d")
    drop.mkdir()
    (drop / "10-more.json").write_text(json.dumps({"node": "other", "tokens": [
        {"name": "guest", "role": "reader", "file": str(ipamd.dir / "guest.token")}]}))
    ipamd.restart()
    token = (ipamd.dir / "guest.token").read_text().strip()
    assert ipamd.get("/api/v1/ipam/blocks", token=token).status == 200
    (drop / "20-bad.json").write_text('{"tokens": [{"name": "guest"}]}')
    run = subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", ipamd.dir / "ipamd.json", "--check-config"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=20)
    assert run.returncode == 78 and "20-bad.json:1:" in run.stderr


def test_a_second_daemon_on_the_database_is_refused(ipamd):
    ipamd.config["listen"] = []
    other = ipamd.dir / "other.json"
    other.write_text(json.dumps(ipamd.config))
    run = subprocess.run([ipamd.prefix / "sbin" / "ipamd", "--config", other], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         text=True, timeout=20)
    assert run.returncode != 0 and "ipam.db" in run.stderr
    assert ipamd.get("/api/v1/ipam/blocks").status == 200
