# test_breaker.py - a server that does not answer is left alone for a while, and can always be probed.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

SERVER = "127.0.0.1"


def instance(ipamd):
    (one,) = [i for i in ipamd.get("/api/v1/system/instances").json()["items"] if i["target"] == SERVER]
    return one


@pytest.mark.parametrize("isolation", ["process", "none"])
def test_a_server_that_does_not_answer_is_left_alone(make_kea, make_ipamd, isolation):
    """Nobody listens at first: after five calls in a row the breaker is open and says so; then the server comes, a
    probe reaches it at once, and everything goes on."""
    ipamd = make_ipamd(config={"plugins": [{"name": "kea", "isolation": isolation}]})
    ipamd.add_kea(collect=False)
    for _ in range(5):
        assert ipamd.ctl("server", "probe", SERVER, "--wait", check=False).returncode != 0
    shown = instance(ipamd)
    assert shown["breaker"] == "open" and shown["failures"] >= 5
    assert "left alone" in shown["message"] and SERVER in shown["message"]
    assert 0 < shown["retry_in"] <= 60000
    make_kea()
    ipamd.ctl("server", "probe", SERVER, "--wait")
    assert instance(ipamd)["breaker"] == "closed"
    ipamd.ctl("server", "collect", SERVER, "--wait")
    assert len(ipamd.items("dhcp/scopes")) == 22
