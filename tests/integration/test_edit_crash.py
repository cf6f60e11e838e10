# test_edit_crash.py - an edit of many objects, with ipamd or Kea killed at every step: it is done once, or not at all.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import signal

import pytest

import daemon
import watch
from test_safe_write import STEPS, stopped_helper

EDIT = {"select": {"list": "dhcp/scopes", "query": "within=10.0.0.0/8"},
        "edits": [{"property": "lease_time", "word": "overwrite", "value": 7654},
                  {"option": 6, "word": "overwrite", "values": ["10.53.0.1", "10.53.0.2"]}]}
# The batches of the gate from the edit on: noted, sent, read back, ended; those before are the start's and the collection's.
AROUND = ["manage:sent=kill", "manage:applied=kill", "manage:read-back=kill",
          *(f"gate:{when}=kill:{batch}" for when in ("decided", "committed") for batch in range(11, 15))]


def subnets(kea, file=False):
    config = kea.file_config() if file else kea.config_get()
    return config["subnet4"] + [s for n in config["shared-networks"] for s in n["subnet4"]]


def edited(kea, file=False):
    """How many of the subnets are as the edit wants them; each option is there once."""
    found = subnets(kea, file)
    assert all(len([o for o in s["option-data"] if o.get("code") == 6]) <= 1 for s in found)
    return sum(s.get("valid-lifetime") == 7654 and
               [o["data"].replace(" ", "") for o in s["option-data"] if o.get("code") == 6] == ["10.53.0.1,10.53.0.2"] for s in found)


def plans_end(ipamd):
    watch.until(lambda: all(p["state"] not in ("planned", "running", "planning") for p in ipamd.items("manage/plans")), 60, "all plans to end")
    return ipamd.items("manage/plans")


def crash(kea, make_ipamd, point, during):
    ipamd = make_ipamd(prefix=daemon.FAULT_PREFIX, env={"IPAM_FAULT_POINT": point})
    ipamd.add_kea()
    count, before = len(subnets(kea)), edited(kea)
    answered = None
    try:
        answered = ipamd.post("/api/v1/dhcp/edit", EDIT)
    except OSError:
        pass
    during(ipamd)
    ipamd.kill()
    ipamd.process.env.pop("IPAM_FAULT_POINT", None)
    if not kea.services["dhcp4"].running():
        kea.restart("dhcp4")
    ipamd.start()
    plans = plans_end(ipamd)
    assert before == 0 and len(plans) <= 1 and (answered is None or len(plans) == 1), (point, plans)
    if plans and plans[0]["state"] == "verified":
        assert plans[0]["steps"] == plans[0]["ended"] == 2 * count
        assert edited(kea) == edited(kea, file=True) == count
    else:
        assert answered is None or plans[0]["state"] != "undone"
        assert edited(kea) == edited(kea, file=True) == 0, (point, plans)
    assert kea.lease_works()
    # Asked again it is done, and once more there is nothing to do.
    assert ipamd.post("/api/v1/dhcp/edit", EDIT).status == 202
    plans_end(ipamd)
    assert edited(kea) == count
    last = ipamd.post("/api/v1/dhcp/edit", EDIT).json()
    assert last["state"] == "verified" and last["steps"] == 0


@pytest.mark.parametrize("step", [f"ipamd:{s}=kill" for s in STEPS] + AROUND)
def test_ipamd_is_killed_at_each_step_of_an_edit(kea, make_ipamd, step):
    crash(kea, make_ipamd, step, lambda ipamd: ipamd.process.popen.wait(30))


@pytest.mark.parametrize("step", STEPS)
def test_kea_is_killed_at_each_step_of_an_edit(kea, make_ipamd, step):
    def kill_kea(ipamd):
        helper = stopped_helper(ipamd)
        kea.kill("dhcp4")
        os.kill(helper, signal.SIGCONT)
        watch.until(lambda: not kea.services["dhcp4"].running(), 20, "Kea to be gone")
        kea.restart("dhcp4")
    crash(kea, make_ipamd, f"helper:{step}=stop", kill_kea)
