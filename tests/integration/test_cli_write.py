# test_cli_write.py - ipamctl: dry runs as a table of differences, files of CSV in and out, exit codes of refusals.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json

from test_api import create
from test_write import state


def rows(text):
    return [line.split() for line in text.splitlines()]


def test_dry_run_shows_a_table(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.2.0/24", name="old", description="kept")
    before = state(ipamd)
    run = ipamd.ctl("subnet", "set", "10.1.2.0/24", "--name", "new", "--dry-run")
    assert rows(run.stdout) == [["VERB", "RECORD", "KEY", "FIELD", "BEFORE", "AFTER"], ["set", "subnet", "10.1.2.0/24", "name", "old", "new"]]
    assert "nothing was changed" in run.stderr
    run = ipamd.ctl("subnet", "add", "10.3.0.0/24", "--dry-run")
    assert ["add", "subnet", "10.3.0.0/24", "prefix", "-", "10.3.0.0/24"] in rows(run.stdout)
    run = ipamd.ctl("subnet", "delete", "10.1.2.0/24", "--dry-run")
    assert ["delete", "subnet", "10.1.2.0/24", "description", "kept", "-"] in rows(run.stdout)
    run = ipamd.ctl("address", "allocate", "--subnet", "10.1.2.0/24", "--count", "2", "--dry-run")
    assert ["add", "address", "10.1.2.2", "address", "-", "10.1.2.2"] in rows(run.stdout)
    shown = json.loads(ipamd.ctl("subnet", "set", "10.1.2.0/24", "--name", "new", "--dry-run", "-o", "json").stdout)
    assert shown["dry_run"] is True and shown["changes"][0]["fields"] == ["name"]
    assert "nothing would be" in ipamd.ctl("subnet", "set", "10.1.2.0/24", "--name", "old", "--dry-run").stderr
    assert ipamd.ctl("subnet", "add", "10.1.2.0/24", "--dry-run", check=False).returncode == 4
    assert state(ipamd) == before


def test_import_and_export(ipamd, tmp_path):
    file = tmp_path / "subnets.csv"
    file.write_text("prefix,name\n10.1.0.0/24,a\n10.2.0.0/24,\"b, c\"\n")
    run = ipamd.ctl("import", "subnets", file)
    assert rows(run.stdout)[1] == ["2", "10.1.0.0/24", "created", "-"] and "2 created" in run.stderr
    text = ipamd.ctl("export", "subnet", "-o", "csv").stdout
    file.write_text(text)
    run = ipamd.ctl("import", "subnet", file, "--mode", "upsert")
    assert run.stdout == "" and "2 unchanged" in run.stderr
    file.write_text("prefix,name\n10.1.0.0/24,new\n10.3.0.0/25,d\n10.3.0.0/33,e\n")
    before = state(ipamd)
    run = ipamd.ctl("import", "subnet", file, "--mode", "upsert", "--dry-run")
    assert ["set", "subnet", "10.1.0.0/24", "name", "a", "new"] in rows(run.stdout)
    assert state(ipamd) == before
    run = ipamd.ctl("import", "subnet", file, "--mode", "upsert", check=False)
    assert run.returncode == 7 and rows(run.stdout)[3][:4] == ["4", "-", "refused", "column"], run
    assert ipamd.ctl("import", "subnet", file, "--all-or-nothing", check=False).returncode == 2
    run = ipamd.ctl("import", "subnet", file, "--mode", "sync", check=False)
    assert run.returncode == 2 and "within" in run.stderr
    file.write_text("prefix\n10.1.0.0/24\n")
    run = ipamd.ctl("import", "subnets", file, "--mode", "sync", "--space", "default", "-o", "json")
    assert json.loads(run.stdout)["deleted"] == 2
    assert ipamd.ctl("import", "nonsense", file, check=False).returncode == 2
    assert ipamd.ctl("import", "subnets", tmp_path / "missing.csv", check=False).returncode == 2
    assert ipamd.ctl("import", "subnets", check=False).returncode == 2
