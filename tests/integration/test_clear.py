# test_clear.py - subnets and ranges deleted alone, or with what lies in them: items 24, 39, 68.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove."""
import pytest

import worlds
from test_api import problem
from test_carve import create
from worlds import EU, US

SPACES, BLOCKS, SUBNETS, RANGES, ADDRESSES = (
    f"/api/v1/ipam/{name}" for name in ("spaces", "blocks", "subnets", "ranges", "addresses"))
PLANS = [("10.1.2.0/24", "10.1.2.{}"), ("2001:db8:2::/120", "2001:db8:2::{:x}")]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def delete(server, path, status=204):
    answer = server.request("DELETE", path)
    assert answer.status == status, answer.body
    return answer


def fill(server, prefix, host):
    subnet = create(server, SUBNETS, prefix=prefix, name="floor")
    span = create(server, RANGES, first=host.format(10), last=host.format(19))
    create(server, RANGES, first=host.format(100), last=host.format(119), kind="dynamic")
    one = create(server, ADDRESSES, address=host.format(11), name="in the range")
    create(server, ADDRESSES, address=host.format(200), name="outside of it")
    claimed = server.post(f"{SUBNETS}/{subnet['id']}/allocate", {"claim": "order-1", "count": 3})
    assert claimed.status == 201
    return subnet, span, one


def left(server):
    return {path: len(server.get(f"{path}?limit=1000").json()["items"]) for path in (SUBNETS, RANGES, ADDRESSES)}


@pytest.mark.parametrize("prefix, host", PLANS)
def test_a_subnet_with_ranges_goes_only_with_them_24(server, prefix, host):
    subnet, _, _ = fill(server, prefix, host)
    path = f"{SUBNETS}/{subnet['id']}"
    beside = create(server, SUBNETS, prefix="172.16.0.0/24")
    before = left(server)
    problem(server.request("DELETE", path), 409, "in-use")
    shown = server.request("DELETE", f"{path}?children=true&dry_run=true")
    assert shown.status == 200 and len(shown.json()["changes"]) == 8 + 1 and left(server) == before  # the claim is released
    head = int(server.get(SPACES).headers["ipam-revision"])
    delete(server, f"{path}?children=true")
    assert left(server) == {SUBNETS: 1, RANGES: 0, ADDRESSES: 0}
    assert int(server.get(SPACES).headers["ipam-revision"]) == head + 1
    undone = server.post(f"/api/v1/audit/changes/{head + 1}/revert", {})
    assert undone.status == 201, undone.body
    assert left(server) == before and server.get(path).json()["name"] == "floor"
    again = server.post(f"{path}/allocate", {"claim": "order-1", "count": 3})
    assert again.status == 200 and len(again.json()["items"]) == 3  # its claim has them again
    assert beside["id"] != subnet["id"]


@pytest.mark.parametrize("prefix, host", PLANS)
def test_a_range_goes_with_or_without_its_addresses_39(server, prefix, host):
    _, span, one = fill(server, prefix, host)
    head = int(server.get(SPACES).headers["ipam-revision"])
    delete(server, f"{RANGES}/{span['id']}")
    assert left(server) == {SUBNETS: 1, RANGES: 1, ADDRESSES: 5}
    assert server.get(f"{ADDRESSES}/{one['id']}").json()["rev"] == one["rev"]  # it lies in no range now, or in another
    wider = create(server, RANGES, first=host.format(5), last=host.format(19))
    assert [a["address"] for a in server.get(f"{RANGES}/{wider['id']}/reclaimable").json()["items"]] == [host.format(11)]
    delete(server, f"{RANGES}/{wider['id']}?children=true")
    assert left(server) == {SUBNETS: 1, RANGES: 1, ADDRESSES: 4}
    assert server.get(f"{ADDRESSES}/{one['id']}").status == 404
    assert int(server.get(SPACES).headers["ipam-revision"]) == head + 3


def test_a_range_with_an_access_scope_of_its_own_goes_with_its_addresses(server):
    _, span, _ = fill(server, *PLANS[0])
    assert server.post("/api/v1/access/scopes", {"path": "/Global/Lab"}).status == 201
    assert server.post(f"{RANGES}/{span['id']}/set-scope", {"access_scope": "/Global/Lab"}).status == 200
    problem(server.request("DELETE", f"{RANGES}/{span['id']}"), 409, "in-use")
    delete(server, f"{RANGES}/{span['id']}?children=true")


@pytest.mark.usefixtures("kea")
def test_what_a_server_has_stays_24_68(ipamd):
    """A subnet of a DHCP server is not of the plan; and what one holds in a subnet of the plan is in its way."""
    mine = create(ipamd, SUBNETS, prefix="10.1.0.0/24", name="mine")
    ipamd.add_kea()
    theirs = next(s for s in ipamd.items("ipam/subnets") if s["managed_by"] != "ipamd")
    before = (left(ipamd), len(ipamd.items("dhcp/reservations")))
    problem(ipamd.request("DELETE", f"{SUBNETS}/{theirs['id']}?children=true"), 409, "in-use")
    refused = ipamd.request("DELETE", f"{SUBNETS}/{mine['id']}?children=true")
    assert "is in use by a reservation of a DHCP server" in problem(refused, 409, "in-use")["detail"]
    assert (left(ipamd), len(ipamd.items("dhcp/reservations"))) == before


def test_questions_that_are_none(server):
    subnet, _, _ = fill(server, *PLANS[0])
    problem(server.request("DELETE", f"{SUBNETS}/{subnet['id']}?children=maybe"), 422, "invalid")
    problem(server.request("DELETE", f"{SUBNETS}/{subnet['id']}?recursive=true"), 422, "invalid")
    problem(server.request("DELETE", f"{SUBNETS}/{subnet['id']}?children=true", headers={"If-Match": '"1"'}), 412, "precondition-failed")
    problem(server.request("DELETE", f"{SUBNETS}/10.9.0.0_16?children=true"), 404, "not-found")
    assert server.ctl("subnet", "delete", "10.1.2.0/24", "--children", "--yes").returncode == 0
    assert left(server) == {SUBNETS: 0, RANGES: 0, ADDRESSES: 0}


def test_rights_are_needed_on_each(make_ipamd):
    """A range of a subnet may be in another access scope, whose rights count for it."""
    w = worlds.World(make_ipamd, 8055)
    try:
        w.scope(US)
        subnet = w.admin.good("POST", "/ipam/subnets", {"prefix": "172.16.0.0/24"})["id"]
        span = w.admin.good("POST", "/ipam/ranges", {"first": "172.16.0.10", "last": "172.16.0.19"})["id"]
        w.admin.good("POST", "/ipam/addresses", {"address": "172.16.0.11"})
        w.put_into("/ipam/subnets", subnet, EU)
        w.put_into("/ipam/ranges", span, US)
        w.admin.good("POST", "/access/roles", {"name": "subnets", "operations": [
            "ipam.subnet.read", "ipam.subnet.delete", "ipam.range.read", "ipam.range.delete", "ipam.address.read"]})
        w.policy("token:u0", "subnets", EU)
        problem(w.u0.ask("DELETE", f"/ipam/subnets/{subnet}?children=true"), 403, "denied")
        w.put_into("/ipam/ranges", span, EU)
        problem(w.u0.ask("DELETE", f"/ipam/subnets/{subnet}?children=true"), 403, "denied")  # not the address
        assert w.admin.get(f"/ipam/ranges/{span}").status == 200
        w.admin.good("POST", "/access/roles", {"name": "addresses", "operations": ["ipam.address.delete"]})
        w.policy("token:u0", "addresses", EU)
        assert w.u0.ask("DELETE", f"/ipam/subnets/{subnet}?children=true").status == 204
        assert w.admin.get(f"/ipam/ranges/{span}").status == 404
    finally:
        w.close()
