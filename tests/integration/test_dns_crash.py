# test_dns_crash.py - the daemon dies while records of the DNS are on their way: they are there once in the end.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

import daemon
import watch
from test_dns_records import ADDRESSES, FAMILIES, ISOLATIONS, Names, with_dns

# The host record and the PTR record are in two zones, so in two calls: each point is passed twice.
POINTS = [f"manage:{point}=kill{nth}" for point in ("sent", "applied", "read-back") for nth in ("", ":2")]


def settled(ipamd):
    """The plans, once all of them have ended."""
    def ended():
        plans = ipamd.items("manage/plans")
        return [plans] if all(p["state"] not in ("planned", "running") for p in plans) else None
    return watch.until(ended, 90, "the plans to end")[0]


@FAMILIES
@ISOLATIONS
@pytest.mark.parametrize("point", POINTS)
def test_ipamd_dies_around_a_write_66(make_ipamd, family, isolation, point):
    ipamd = with_dns(make_ipamd, isolation, prefix=daemon.FAULT_PREFIX, env={"IPAM_FAULT_POINT": point})
    names = Names(ipamd, family)
    names.add(1)
    try:
        names.post(1, "register")
    except OSError:
        pass
    ipamd.process.popen.wait(60)
    ipamd.kill()
    ipamd.process.env.pop("IPAM_FAULT_POINT")
    ipamd.start()
    plans = settled(ipamd)
    if not plans:  # it died before the answer and nothing was committed
        assert names.sync(1) == ("none", "none")
        return
    assert [p["state"] for p in plans] == ["verified", "verified"], plans
    resumed = [p for p in plans if p.get("message") == "finished after an interruption"]
    assert resumed and names.sync(1) == ("synced", "synced")
    assert names.records(1) == names.both(1)
    # The server forgets everything with the daemon, and has what was done since then.
    kept = {r for r in names.both(1) if any(r[1] in p["summary"] for p in plans if p["finished"] >= resumed[0]["finished"])}
    assert names.on_server(1) == kept and len(kept) >= len(resumed)
    # And away, after all that.
    names.plans(ipamd.post(f"{ADDRESSES}/{names.at(1)}/unregister", None), len(kept))
    watch.until(lambda: names.records(1) == set(), 60, "all of it to be gone")
    assert names.on_server(1) == set()
