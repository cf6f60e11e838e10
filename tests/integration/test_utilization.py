# test_utilization.py - how full spaces, blocks, subnets and ranges are: by use, by Windows IPAM's count, in time: items 17, 26, 81-86.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove. What needs days is in tests/fault/test_history.py."""
import datetime
import xml.etree.ElementTree as ET

import pytest

from test_api import problem
from test_carve import create
from watch import until

SPACES, BLOCKS, SUBNETS, RANGES, ADDRESSES = (
    f"/api/v1/ipam/{name}" for name in ("spaces", "blocks", "subnets", "ranges", "addresses"))
HISTORY = "/api/v1/system/tasks/utilization_history"
PLANS = [("10.1.0.0/16", "10.1.2.0/24", "10.1.2.{}", "ipv4"), ("2001:db8::/32", "2001:db8:1::/120", "2001:db8:1::{:x}", "ipv6")]


@pytest.fixture
def server(make_ipamd):
    return make_ipamd()


def how_full(server, path, query=""):
    answer = server.get(f"{path}/utilization{query}")
    assert answer.status == 200, answer.body
    return answer.json()["items"]


def counts(item, *names):
    return [int(item[n]) for n in names]


def job(server, path, state="done"):
    answer = server.post(path)
    assert answer.status == 202, answer.body
    found = until(lambda: next((j for j in [server.get(f"/api/v1/system/jobs/{answer.json()['id']}").json()]
                                if j["state"] != "running"), None), 30, "the job has not ended")
    assert found["state"] == state, found
    return found


def moment(**ago):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def fill(server, prefix, host):
    """A static range of 10 of which 3 are held and a dynamic one of 20; one address outside of both; one reserved."""
    subnet = create(server, SUBNETS, prefix=prefix, name="floor 2")
    static = create(server, RANGES, first=host.format(10), last=host.format(19))
    dynamic = create(server, RANGES, first=host.format(100), last=host.format(119), kind="dynamic")
    for n in (10, 11, 12, 200):
        create(server, ADDRESSES, address=host.format(n))
    create(server, ADDRESSES, address=host.format(201), state="reserved")
    create(server, ADDRESSES, address=host.format(101), assignment="dynamic")
    return subnet, static, dynamic


@pytest.mark.parametrize("block, prefix, host, family", PLANS)
def test_by_use_and_as_windows_counts_17_26_81(server, block, prefix, host, family):
    create(server, BLOCKS, prefix=block)
    subnet, static, dynamic = fill(server, prefix, host)
    [one] = how_full(server, f"{SUBNETS}/{subnet['id']}")
    assert one["family"] == family and "from" not in one and "forecast" not in one
    assert counts(one, "size", "used", "free") == [256, 6, 250]
    assert counts(one, "static", "stateless", "reserved", "leased", "quarantined", "excluded") == [4, 0, 1, 1, 0, 0]
    assert counts(one, "assigned", "utilized") == [30, 4]
    assert (one["utilization"], one["percent_assigned"], one["percent_utilized"]) == (2.34, 11.71, 1.56)
    [whole] = how_full(server, f"{BLOCKS}/{block.replace('/', '_')}")
    assert counts(whole, "used", "static", "reserved", "leased", "assigned", "utilized") == [6, 4, 1, 1, 30, 4]
    [of_static] = how_full(server, f"{RANGES}/{static['id']}")
    assert counts(of_static, "size", "used", "assigned", "utilized") == [10, 3, 10, 3] and of_static["percent_utilized"] == 30
    [of_dynamic] = how_full(server, f"{RANGES}/{dynamic['id']}")
    assert counts(of_dynamic, "size", "used", "leased", "assigned", "utilized") == [20, 1, 1, 20, 1]
    both = {i["family"]: i for i in how_full(server, f"{SPACES}/default")}
    assert set(both) == {"ipv4", "ipv6"} and int(both[family]["used"]) == 6
    other = next(v for k, v in both.items() if k != family)
    assert counts(other, "used", "assigned", "utilized") == [0, 0, 0]


def test_it_follows_each_write_at_once(server):
    subnet, static, _ = fill(server, "10.1.2.0/24", "10.1.2.{}")
    for n in range(13, 17):
        a = create(server, ADDRESSES, address=f"10.1.2.{n}")
        assert counts(how_full(server, f"{RANGES}/{static['id']}")[0], "used", "utilized") == [n - 9, n - 9]
    answer = server.request("PATCH", f"{ADDRESSES}/{a['id']}", {"state": "reserved"})
    assert answer.status == 200
    assert counts(how_full(server, f"{RANGES}/{static['id']}")[0], "used", "static", "reserved") == [7, 6, 1]
    assert server.request("DELETE", f"{ADDRESSES}/{a['id']}").status == 204
    assert counts(how_full(server, f"{RANGES}/{static['id']}")[0], "used", "static", "reserved") == [6, 6, 0]
    before = how_full(server, f"{SUBNETS}/{subnet['id']}")
    server.kill()
    server.start()
    assert how_full(server, f"{SUBNETS}/{subnet['id']}") == before


def test_what_somebody_else_counted_38(server):
    subnet, static, _ = fill(server, "10.1.2.0/24", "10.1.2.{}")
    path = f"{RANGES}/{static['id']}"
    problem(server.request("PATCH", path, {"utilized": "11"}), 422, "invalid")
    problem(server.post(RANGES, {"first": "10.1.2.30", "last": "10.1.2.31", "utilized": "3"}), 422, "invalid")
    assert server.request("PATCH", path, {"utilized": "10"}).json()["utilized"] == "10"
    [one] = how_full(server, path)
    assert counts(one, "used", "assigned", "utilized") == [3, 10, 10] and one["percent_utilized"] == 100
    assert counts(how_full(server, f"{SUBNETS}/{subnet['id']}")[0], "used", "utilized") == [6, 11]
    assert server.request("PATCH", path, {"utilized": None}).status == 200
    assert counts(how_full(server, path)[0], "utilized") == [3]


def test_stateful_and_stateless_apart_82(server):
    subnet = create(server, SUBNETS, prefix="2001:db8:7::/64")
    create(server, RANGES, first="2001:db8:7::1000", last="2001:db8:7::1fff", kind="dynamic")
    create(server, RANGES, first="2001:db8:7::2000", last="2001:db8:7::2fff", kind="auto")
    for n in range(3):
        create(server, ADDRESSES, address=f"2001:db8:7::100{n}", assignment="dynamic")
    for n in range(5):
        create(server, ADDRESSES, address=f"2001:db8:7::200{n}", assignment="auto")
    [one] = how_full(server, f"{SUBNETS}/{subnet['id']}")
    assert counts(one, "size", "leased", "stateless", "assigned", "utilized") == [2 ** 64, 3, 5, 8192, 8]


# --- in time ---

def test_samples_are_kept_by_a_task_86(make_ipamd):
    server = make_ipamd(config={"tasks": {"utilization_history": {"interval": "1s", "jitter": "0s"}}})
    subnet, _, _ = fill(server, "10.1.2.0/24", "10.1.2.{}")
    path = f"{SUBNETS}/{subnet['id']}"
    [last] = [i for i in how_full(server, path, "?step=1h")][-1:]
    until(lambda: sum(i["samples"] for i in how_full(server, path, "?step=1h")) >= 2, 30, "nothing is noted")
    assert int(last["samples"]) >= 0
    task = server.get(HISTORY).json()
    assert task["state"] in ("idle", "running") and task["interval"] == 1


def test_on_demand_and_what_a_step_says_83_86(server):
    subnet, static, _ = fill(server, "10.1.2.0/24", "10.1.2.{}")
    path = f"{SUBNETS}/{subnet['id']}"
    done = job(server, f"{HISTORY}/run")
    assert "noted" in done["message"] and done["done"] == done["total"] == 4  # the space, the subnet, two ranges
    twelve = how_full(server, path, f"?from={moment(hours=12)}")
    assert len(twelve) == 12 and [i["samples"] for i in twelve] == [0] * 11 + [1]
    assert all(a["to"] == b["from"] for a, b in zip(twelve, twelve[1:]))
    assert "used" not in twelve[0] and counts(twelve[-1], "used", "peak", "assigned", "utilized") == [6, 6, 30, 4]
    for n in range(20, 24):
        create(server, ADDRESSES, address=f"10.1.2.{n}")
    job(server, f"{HISTORY}/run")
    step = how_full(server, path, f"?from={moment(hours=1)}&step=2h")[0]
    assert step["samples"] == 2 and counts(step, "used", "peak") == [8, 10]
    [of_range] = how_full(server, f"{RANGES}/{static['id']}", f"?from={moment(hours=1)}&step=2h")
    assert counts(of_range, "used", "assigned") == [3, 10]
    space = how_full(server, f"{SPACES}/default", f"?from={moment(hours=1)}&step=2h")
    assert [i["family"] for i in space] == ["ipv4", "ipv6"] and [int(i["used"]) for i in space] == [8, 0]
    [now] = how_full(server, path, "?forecast=true")
    assert now["forecast"] == "too-few" and "full" not in now


def test_history_outlives_its_object_84(server):
    _, static, _ = fill(server, "10.1.2.0/24", "10.1.2.{}")
    job(server, f"{HISTORY}/run")
    assert server.request("DELETE", f"{RANGES}/{static['id']}").status == 204
    again = create(server, RANGES, first="10.1.2.10", last="10.1.2.19")
    assert again["id"] != static["id"]
    [step] = how_full(server, f"{RANGES}/{again['id']}", f"?from={moment(hours=1)}&step=2h")
    assert counts(step, "used") == [3]
    other = create(server, RANGES, first="10.1.2.30", last="10.1.2.39")
    [step] = how_full(server, f"{RANGES}/{other['id']}", f"?from={moment(hours=1)}&step=2h")
    assert step["samples"] == 0


def test_history_is_given_up_on_demand_85(server):
    subnet, _, _ = fill(server, "10.1.2.0/24", "10.1.2.{}")
    path = f"{SUBNETS}/{subnet['id']}"
    job(server, f"{HISTORY}/run")
    job(server, f"{HISTORY}/purge?before={moment(days=2)}")
    assert how_full(server, path, "?step=8d")[0]["samples"] == 1
    problem(server.post(f"{HISTORY}/purge?before=2999-01-01T00:00:00Z"), 422, "invalid")
    problem(server.post(f"{HISTORY}/purge"), 422, "invalid")
    problem(server.post(f"/api/v1/system/tasks/dhcp_leases/purge?before={moment(days=2)}"), 422, "invalid")
    problem(server.post(f"/api/v1/system/tasks/none/purge?before={moment(days=2)}"), 404, "not-found")
    assert how_full(server, path, "?step=8d")[0]["samples"] == 1
    done = job(server, f"{HISTORY}/purge?before={moment(seconds=0)}")
    assert done["kind"] == "purge" and "given up or shortened" in done["message"]
    said = server.ctl("task", "purge", "utilization_history", "--before", moment(seconds=0), "--wait")
    assert said.returncode == 0, said.stderr


def test_questions_that_are_none(server):
    subnet = create(server, SUBNETS, prefix="10.1.2.0/24")
    path = f"{SUBNETS}/{subnet['id']}/utilization"
    for query in ("from=yesterday", "step=1s", "step=0s", "step=x", "to=7", "forecast=maybe", "forecast=true&step=1h", "limit=3",
                  f"from={moment(hours=1)}&to={moment(hours=2)}", f"from={moment(days=365)}&step=1m"):
        problem(server.get(f"{path}?{query}"), 422, "invalid")
    problem(server.get(f"{SUBNETS}/10.9.9.0_24/utilization"), 404, "not-found")


def test_the_limits_of_windows_can_be_switched_on_83(server):
    tight = create(server, SPACES, name="tight", limits="strict")
    four = create(server, SUBNETS, prefix="10.1.2.0/24", space=tight["id"])
    six = create(server, SUBNETS, prefix="2001:db8:2::/64", space=tight["id"])
    assert len(how_full(server, f"{SUBNETS}/{four['id']}", f"?from={moment(days=30)}")) == 12
    problem(server.get(f"{SUBNETS}/{four['id']}/utilization?step=1h"), 422, "invalid")
    problem(server.get(f"{SUBNETS}/{six['id']}/utilization?from={moment(days=30)}"), 422, "invalid")
    assert how_full(server, f"{SUBNETS}/{six['id']}")[0]["used"] == "0"


# --- the command ---

def test_the_command_tells_and_draws(server):
    create(server, BLOCKS, prefix="10.1.0.0/16", name="site")
    fill(server, "10.1.2.0/24", "10.1.2.{}")
    job(server, f"{HISTORY}/run")
    told = server.ctl("utilization", "10.1.2.0/24").stdout.splitlines()
    assert told[0] == "10.1.2.0/24  floor 2"
    assert told[1].split() == ["in", "use", "[#---------]", "2.3", "%", "6", "of", "256"]
    assert "  static       4" in told and "  reserved     1" in told and "  leased       1" in told
    assert not any(line.strip().startswith("quarantined") for line in told)
    assert any(line.startswith("forecast") and "not enough samples" in line for line in told)
    assert server.ctl("utilization", "10.1.0.0/16").stdout.startswith("10.1.0.0/16  site\n")
    assert "2 of" not in server.ctl("utilization", "10.1.2.10").stdout.splitlines()[1]
    assert server.ctl("utilization", "10.1.2.10").stdout.splitlines()[1].endswith("3 of 10")
    space = server.ctl("utilization", "default").stdout
    assert "IPv4" in space and "IPv6" in space
    chart = server.ctl("utilization", "10.1.2.0/24", "--since", "24h").stdout.splitlines()
    assert chart[0] == "10.1.2.0/24  floor 2" and len(chart) == 12
    assert len(chart[1].split("│")[1]) == 80 and chart[8].split("│")[1].endswith("█") and "nobody looked" in chart[11]
    rows = server.ctl("utilization", "10.1.2.0/24", "--since", "24h", "--step", "1h", "-o", "csv").stdout.splitlines()
    assert len(rows) == 25 and rows[0].startswith("family,from,to,size,used")
    drawn = ET.fromstring(server.ctl("utilization", "10.1.2.0/24", "-o", "svg").stdout)
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert drawn.find("{http://www.w3.org/2000/svg}title").text == "10.1.2.0/24  floor 2"
    assert len(drawn.findall("{http://www.w3.org/2000/svg}path")) == 2


def test_the_command_says_what_is_wrong(server):
    create(server, SUBNETS, prefix="10.1.2.0/24")
    for words, code in ((["10.1.2.0/24", "--since", "soon"], 2), (["10.1.2.0/24", "--from", "noon"], 2), (["10.1.2.0/24", "--family", "x"], 2),
                        (["10.1.2.0/24", "--as", "zone"], 2), (["10.9.0.0/16"], 3), (["nowhere"], 3)):
        assert server.ctl("utilization", *words, check=False).returncode == code, words
    refused = server.ctl("subnet", "list", "-o", "svg", check=False)
    assert refused.returncode == 2 and "utilization" in refused.stderr
