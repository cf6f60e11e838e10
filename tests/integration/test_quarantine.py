# test_quarantine.py - addresses that were released are kept back for a while: by REST and the command line, undone, hidden.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures

import pytest

import worlds
from test_api import problem
from test_carve import create
from worlds import EU, US

SUBNETS, ADDRESSES, QUARANTINES = (f"/api/v1/ipam/{name}" for name in ("subnets", "addresses", "quarantines"))
PLANS = [("10.1.2.0/29", "10.1.2.{}"), ("2001:db8:2::/125", "2001:db8:2::{:x}")]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def kept(server):
    return [q["address"] for q in server.get(QUARANTINES).json()["items"]]


def release(server, key):
    answer = server.request("DELETE", f"{ADDRESSES}/{key}")
    assert answer.status == 204, answer.body


@pytest.mark.parametrize("prefix, host", PLANS)
def test_what_is_released_is_kept_back(server, prefix, host):
    subnet = create(server, SUBNETS, prefix=prefix, quarantine=86400)
    create(server, ADDRESSES, address=host.format(1), name="web", mac="02:00:00:00:00:01")
    release(server, host.format(1))
    [q] = server.get(QUARANTINES).json()["items"]
    assert (q["address"], q["name"], q["mac"], q["parent"]) == (host.format(1), "web", "02:00:00:00:00:01", subnet["id"])
    refused = problem(server.post(ADDRESSES, {"address": host.format(1)}), 409, "in-use")
    assert "quarantine" in refused["detail"] and f"quarantines/{host.format(1)}" in refused["hint"]
    given = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {"count": 2})
    assert given.status == 201 and host.format(1) not in [a["address"] for a in given.json()["items"]]
    [now] = server.get(f"{SUBNETS}/{subnet['id']}/utilization").json()["items"]
    assert (now["used"], now["static"], now["quarantined"]) == ("3", "2", "1")
    server.kill()
    server.start()
    assert kept(server) == [host.format(1)]
    assert server.request("DELETE", f"{QUARANTINES}/{host.format(1)}").status == 204
    create(server, ADDRESSES, address=host.format(1))


def test_it_ends_by_the_command_line_and_shows_there(server):
    create(server, SUBNETS, prefix="10.1.2.0/24")
    said = server.ctl("subnet", "set", "10.1.2.0/24", "--quarantine", "3600")
    assert said.returncode == 0, said.stderr
    create(server, ADDRESSES, address="10.1.2.7", name="printer")
    release(server, "10.1.2.7")
    assert "10.1.2.7" in server.ctl("quarantine", "list").stdout and "printer" in server.ctl("quarantine", "list").stdout
    assert server.ctl("quarantine", "delete", "10.1.2.7", "--yes").returncode == 0
    assert kept(server) == []
    problem(server.request("PATCH", f"{SUBNETS}/10.1.2.0_24", {"quarantine": -1}), 422, "invalid")
    problem(server.request("PATCH", f"{SUBNETS}/10.1.2.0_24", {"quarantine": 31536001}), 422, "invalid")


def test_what_is_undone_is_not_kept_back(server):
    create(server, SUBNETS, prefix="10.1.2.0/24", quarantine=3600)
    address = create(server, ADDRESSES, address="10.1.2.7", name="printer")
    release(server, "10.1.2.7")
    undone = server.post(f"/api/v1/audit/changes/{address['rev'] + 1}/revert", {})
    assert undone.status == 201, undone.body
    assert kept(server) == [] and server.get(f"{ADDRESSES}/{address['id']}").json()["name"] == "printer"


def test_nobody_gets_one_of_them_while_all_are_busy(server):
    """Whoever takes and gives back, no address is given out twice within its quarantine."""
    subnet = create(server, SUBNETS, prefix="10.1.0.0/23", quarantine=3600)

    def work(_):
        got = []
        for _ in range(10):
            answer = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {})
            assert answer.status == 201, answer.body
            [a] = answer.json()["items"]
            got.append(a["address"])
            release(server, a["id"])
        return got

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        given = [a for got in pool.map(work, range(16)) for a in got]
    assert len(given) == len(set(given)) == 160 and len(server.get(f"{QUARANTINES}?limit=1000").json()["items"]) == 160


def test_who_sees_the_subnet_sees_its_quarantine(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    try:
        w.scope(US)
        for prefix, scope, address in (("172.16.0.0/24", EU, "172.16.0.7"), ("172.16.1.0/24", US, "172.16.1.7")):
            subnet = w.admin.good("POST", "/ipam/subnets", {"prefix": prefix, "quarantine": 60})["id"]
            w.put_into("/ipam/subnets", subnet, scope)
            a = w.admin.good("POST", "/ipam/addresses", {"address": address})["id"]
            assert w.admin.ask("DELETE", f"/ipam/addresses/{a}").status == 204
        w.policy("token:u0", "address-record-administrator", EU)
        seen = w.u0.items("/ipam/quarantines")
        assert [q["address"] for q in seen] == ["172.16.0.7"]
        assert w.u0.ask("DELETE", "/ipam/quarantines/172.16.1.7").status == 404
        assert w.u0.ask("DELETE", "/ipam/quarantines/172.16.0.7").status == 204
    finally:
        w.close()
