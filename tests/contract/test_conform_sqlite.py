# test_conform_sqlite.py - the sqlite storage keeps the contract that ipam-conform tries, rule by rule, on a new file each.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess

import pytest

from test_conform import BUILD, CONFORM, RULES, lines

PREFIX = pathlib.Path(os.environ.get("IPAM_PREFIX", BUILD / "install"))

STORED = [r for r in RULES if r.startswith("storage-")] + ["survives", "done-once", "done-always", "emit-after-done",
                                                          "known-status", "error-has-message", "records-valid", "log-events",
                                                          "tables-and-capabilities", "close-on-exec", "umask", "locale",
                                                          "working-directory", "signal-mask", "fork"]


@pytest.mark.parametrize("rule", STORED)
def test_sqlite_keeps_the_rule(tmp_path, rule):
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    (tmp_path / "options").write_text(json.dumps({"path": str(folder / "ipam.db")}))
    run = subprocess.run([CONFORM, "--options", tmp_path / "options", "--kind", "storage", "--rule", rule,
                          "--jobs", "1", PREFIX / "lib/ipamd/providers/sqlite.so"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    assert lines(run, "FAILED") == {}
