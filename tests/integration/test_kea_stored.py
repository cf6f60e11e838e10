# test_kea_stored.py - all that the provider shows of a rich Kea is stored, and stays as it is while nothing changes.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pytest

import kea_rich
from kea_provider import sockets
from test_collect import collect

STORED = {"dhcp/server-settings": "dhcp_server", "dhcp/scopes": "scope", "dhcp/pools": "pool",
          "dhcp/reservations": "reservation", "dhcp/superscopes": "superscope", "dhcp/failovers": "failover",
          "dhcp/classes": "dhcp_class", "dhcp/option-definitions": "option_definition", "dhcp/option-values": "option_value"}
# What the core puts in, or knows better.
OURS = {"id", "rev", "server", "scope", "space", "subnet", "size", "used", "utilization", "level", "pool"}


def kept(row):
    return {k: v for k, v in row.items() if k not in OURS}


@pytest.fixture
def rich():
    server = kea_rich.RichKea().start()
    yield server
    server.stop()


def test_a_rich_server_is_stored_whole(rich, ipamd):
    ipamd.add_kea()
    shown = sockets(rich).config()
    for path, kind in STORED.items():
        rows, want = [kept(r) for r in ipamd.items(path)], [kept(r) for r in shown.of(kind)]
        if kind == "failover":  # the state goes on
            rows, want = ([{k: v for k, v in r.items() if "state" not in k} for r in l] for l in (rows, want))
        for row in want:
            assert row in rows, path
        assert len(rows) == len(want) > 0, path
    before = ipamd.items("dhcp/option-values")
    collect(ipamd)
    assert ipamd.items("dhcp/option-values") == before, "no revision without a change"
