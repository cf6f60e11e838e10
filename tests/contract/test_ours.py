# test_ours.py - the providers of this project keep to the contract that vendors are asked to keep.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess

import pytest

TREE = pathlib.Path(__file__).parents[2]
PREFIX = pathlib.Path(os.environ.get("IPAM_PREFIX", TREE / "build" / "install"))
BUILT = pathlib.Path(os.environ.get("IPAM_BUILD", TREE / "build")) / ".libs"
# Another test may install one of its own meanwhile.
OURS = sorted(p.stem for p in (PREFIX / "lib" / "ipamd" / "providers").glob("*.so") if (BUILT / p.name).exists())
# What a provider cannot guess; nobody listens at the port: it must behave all the same.
OPTIONS = {"reach": {"resolvers": ["127.0.0.1"], "port": 9, "timeout": "50ms", "tries": 1},
           "kea": {"scheme": "http", "port": 9, "user": "ipam", "timeout": "1s"}}


def test_there_are_some():
    assert {"kea", "sqlite", "null-dhcp", "null-storage"} <= set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_keeps_to_the_contract(name, tmp_path):
    options = tmp_path / "options.json"
    options.write_text(json.dumps(OPTIONS.get(name, {})))
    run = subprocess.run([PREFIX / "bin" / "ipam-conform", *(["--options", options] if name in OPTIONS else []),
                          "--target", "127.0.0.1", "-o", "json", PREFIX / "lib" / "ipamd" / "providers" / f"{name}.so"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)
    report = json.loads(run.stdout)
    failed = [r for r in report["rules"] if r["result"] == "failed"]
    assert run.returncode == 0 and failed == [], (failed, run.stderr)
    assert report["calls"] > 100, report
