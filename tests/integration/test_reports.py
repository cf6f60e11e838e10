# test_reports.py - the reports: what is free in blocks, and what owners answer for.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import fcntl
import io
import ipaddress
import json
import os
import pty
import socket
import struct
import subprocess
import termios
import time

import pytest

from test_api import create, problem
from test_plan_items import change
from worlds import Caller

API, REPORTS = "/api/v1/", "/api/v1/system/reports"


def report(ipamd, name=None, params=""):
    answer = ipamd.get(f"{REPORTS}/{name}{params}" if name else REPORTS)
    assert answer.status == 200, answer
    assert answer.json()["next"] is None
    return answer.json()["items"]


def show(ipamd, *words):
    return json.loads(ipamd.ctl(*words, "-o", "json").stdout)


@pytest.fixture
def plan(ipamd):
    """Two families, and a space more."""
    lab = create(ipamd, "ipam/spaces", name="lab", owner="ann")["id"]
    for prefix, owner in (("10.0.0.0/8", "net"), ("10.1.0.0/16", "net"), ("10.2.0.0/16", "ann"), ("2001:db8::/32", "ann"), ("172.16.0.0/12", None)):
        create(ipamd, "ipam/blocks", prefix=prefix, name=f"block {prefix}", **({"owner": owner} if owner else {}))
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8", space=lab, owner="bob")
    for prefix, owner in (("10.1.0.0/24", "net"), ("10.1.1.0/24", "ann"), ("10.2.0.0/24", "ann"), ("2001:db8:1::/64", "bob"), ("192.168.0.0/24", None)):
        create(ipamd, "ipam/subnets", prefix=prefix, **({"owner": owner} if owner else {}))
    create(ipamd, "ipam/ranges", first="10.1.0.10", last="10.1.0.19", kind="static", owner="bob")
    create(ipamd, "ipam/ranges", first="2001:db8:1::10", last="2001:db8:1::1f", kind="static", owner="bob")
    for subnet, count in (("10.1.0.0_24", 20), ("10.1.1.0_24", 5), ("10.2.0.0_24", 7), ("2001:db8:1::_64", 3), ("192.168.0.0_24", 2)):
        assert ipamd.post(f"{API}ipam/subnets/{subnet}/allocate", {"count": count}).status == 201
    return ipamd


def test_which_reports_there_are(plan):
    assert [r["name"] for r in report(plan)] == ["free-space", "owners"] and all(r["title"] and r["description"] for r in report(plan))
    assert [r["name"] for r in show(plan, "report", "list")] == ["free-space", "owners"]
    problem(plan.get(REPORTS + "/nothing"), 404, "not-found")


def test_free_space_is_in_the_order_of_the_tree(plan):
    rows = report(plan, "free-space")
    default = plan.get(API + "ipam/spaces/default").json()["id"]
    assert [r["prefix"] for r in rows] == ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "172.16.0.0/12", "2001:db8::/32", "10.0.0.0/8"]
    assert [r["space"] for r in rows] == [default] * 5 + [plan.get(API + "ipam/spaces/lab").json()["id"]]
    by = {r["prefix"]: r for r in rows[:-1]}
    assert (by["10.1.0.0/16"]["size"], by["10.1.0.0/16"]["used"], by["10.1.0.0/16"]["free"]) == ("65536", "25", "65511")
    assert by["10.0.0.0/8"]["used"] == "32" and by["2001:db8::/32"]["free"] == str(2 ** 96 - 3)
    assert by["10.1.0.0/16"]["name"] == "block 10.1.0.0/16" and by["10.1.0.0/16"]["utilization"] == 0.03
    assert "length" not in by["10.0.0.0/8"] and "prefixes" not in by["10.0.0.0/8"]


def free_prefixes(plan, key):
    return [i["prefix"] for i in plan.get(f"{API}ipam/blocks/{key}/free?limit=1000").json()["items"]]


@pytest.mark.parametrize("key,length", [("10.1.0.0_16", 24), ("10.0.0.0_8", 12), ("2001:db8::_32", 48), ("2001:db8::_32", 128), ("172.16.0.0_12", 12), ("10.2.0.0_16", 8)])
def test_free_prefixes_are_those_of_the_block(plan, key, length):
    row = next(r for r in report(plan, "free-space", f"?length={length}&space=default") if r["prefix"].replace("/", "_") == key)
    gaps = [ipaddress.ip_network(p) for p in free_prefixes(plan, key)]
    assert row["length"] == length
    assert row["prefixes"] == str(sum(2 ** (length - g.prefixlen) for g in gaps if g.prefixlen <= length))
    assert row["largest"] == [str(g) for g in sorted(gaps, key=lambda g: (g.prefixlen, g.network_address))[:8]]
    listed = plan.get(f"{API}ipam/blocks/{key}/free?prefix_length={length}&limit=1000")
    if listed.status == 200 and listed.json()["next"] is None:
        assert len(listed.json()["items"]) == int(row["prefixes"])


def test_part_of_the_blocks(plan):
    prefixes = lambda params: [r["prefix"] for r in report(plan, "free-space", params)]
    assert prefixes("?within=10.1.0.0/16") == ["10.1.0.0/16"] and prefixes("?within=10.0.0.0/9") == ["10.1.0.0/16", "10.2.0.0/16"]
    assert prefixes("?within=10.0.0.0/8&space=lab") == ["10.0.0.0/8"] and prefixes("?within=2001::/16") == ["2001:db8::/32"]
    assert prefixes("?within=::/0") == ["2001:db8::/32"] and len(prefixes("?within=0.0.0.0/0")) == 5 and prefixes("?within=11.0.0.0/8") == []
    assert prefixes("?space=999") == [] and prefixes("?space=999&within=10.0.0.0/8") == []
    assert report(plan, "free-space", "?length=64&within=10.1.0.0/16")[0].get("prefixes") is None       # there is no such IPv4 prefix
    for wrong in ("within=10.0.0.1/8", "within=x", "space=none", "space=0", "length=0", "length=129", "length=x", "limit=0", "limit=1001", "name=x",
                  "within=10.0.0.0/8&within=10.0.0.0/8"):
        problem(plan.get(f"{REPORTS}/free-space?{wrong}"), 422, "invalid")
    problem(plan.get(f"{REPORTS}/free-space?cursor=00"), 400, "bad-cursor")


def test_pages_and_csv(plan):
    for name, key in (("free-space", "prefix"), ("owners", "owner")):
        whole, found, cursor = report(plan, name), [], ""
        while cursor is not None:
            page = plan.get(f"{REPORTS}/{name}?limit=1{cursor}").json()
            assert len(page["items"]) <= 1
            found, cursor = found + page["items"], page["next"] and f"&cursor={page['next']}"
        assert found == whole
        text = plan.get(f"{REPORTS}/{name}", headers={"Accept": "text/csv"})
        rows = list(csv.DictReader(io.StringIO(text.body.decode())))
        assert [r[key] for r in rows] == [r.get(key) or "" for r in whole] and set(whole[0]) <= set(rows[0])
        part = plan.get(f"{REPORTS}/{name}?limit=2", headers={"Accept": "text/csv"})
        assert part.headers["ipam-next"] and len(part.body.decode().splitlines()) == 3
        assert plan.get(f"{REPORTS}/{name}", headers={"Accept": "text/html"}).status == 406


def owners(ipamd, params=""):
    return {r.get("owner"): r for r in report(ipamd, "owners", params)}


def test_owners(plan):
    rows = report(plan, "owners")
    assert [r.get("owner") for r in rows] == ["ann", "bob", "net", None]
    kinds = {r.get("owner"): (r["spaces"], r["blocks"], r["subnets"], r["ranges"]) for r in rows}
    assert kinds == {"ann": (1, 2, 2, 0), "bob": (0, 1, 1, 2), "net": (0, 2, 1, 0), None: (1, 1, 1, 0)}
    by = owners(plan)
    assert (by["net"]["size4"], by["net"]["used4"]) == (str(2 ** 24), "32")              # 10.1/16 and 10.1.0/24 lie in 10/8
    assert (by["ann"]["size4"], by["ann"]["used4"]) == (str(2 ** 16 + 256), "12")        # 10.2/16 with its subnet, and 10.1.1/24
    assert (by["ann"]["size6"], by["ann"]["used6"]) == (str(2 ** 96), "3")
    assert (by["bob"]["size4"], by["bob"]["size6"]) == (str(2 ** 24 + 10), str(2 ** 64))  # his range is in his own subnet
    assert (by["bob"]["used4"], by["bob"]["used6"]) == ("10", "3")
    assert (by[None]["size4"], by[None]["used4"], by[None]["size6"], by[None].get("utilization6")) == (str(2 ** 20 + 256), "2", "0", None)
    assert by["ann"]["utilization4"] == 0.01
    change(plan, "ipam/subnets/192.168.0.0_24", owner="zoe")
    assert [r.get("owner") for r in report(plan, "owners")] == ["ann", "bob", "net", "zoe", None]
    before = report(plan, "owners")
    plan.restart()
    assert report(plan, "owners") == before


def test_owners_within(plan):
    by = owners(plan, "?within=10.1.0.0/16")
    assert set(by) == {"net", "ann", "bob"}
    assert (by["net"]["size4"], by["net"]["blocks"], by["ann"]["size4"], by["bob"]["size4"]) == ("65536", 1, "256", "10")
    assert owners(plan, "?within=10.1.0.0/24")["net"]["size4"] == "256"                  # what is around it is not in the report
    assert set(owners(plan, "?within=2001:db8::/32")) == {"ann", "bob"} and owners(plan, "?within=11.0.0.0/8") == {}
    problem(plan.get(f"{REPORTS}/owners?within=10.1.0.1/16"), 422, "invalid")
    problem(plan.get(f"{REPORTS}/owners?space=lab"), 422, "invalid")


def test_limited_callers(make_ipamd):
    ipamd = make_ipamd(start=False)
    ipamd.config["tokens"] += [{"name": n, "file": str(ipamd.dir / f"{n}.token")} for n in ("ann", "nobody")]
    ipamd.write_config()
    ipamd.start()
    admin, ann, nobody = (Caller(ipamd, n) for n in ("admin", "ann", "nobody"))
    eu = admin.good("POST", "/access/scopes", {"path": "/Global/Eu"})["id"]
    admin.good("POST", "/access/policies", {"principal": "token:ann", "role": "asm-administrator", "scope": eu})
    for prefix, owner, his in (("10.0.0.0/8", "net", False), ("10.1.0.0/16", "net", True), ("10.2.0.0/16", "secret-team", False),
                               ("2001:db8::/32", "net", False), ("2001:db8:1::/48", "net", True)):
        made = admin.good("POST", "/ipam/blocks", {"prefix": prefix, "owner": owner})["id"]
        admin.good("POST", f"/ipam/blocks/{made}/set-scope", {"access_scope": eu if his else None})
    free = ann.good("GET", "/system/reports/free-space")["items"]
    assert [r["prefix"] for r in free] == ["10.1.0.0/16", "2001:db8:1::/48"]
    assert len(admin.good("GET", "/system/reports/free-space")["items"]) == 5
    rows = ann.good("GET", "/system/reports/owners")["items"]
    assert [(r["owner"], r["blocks"], r["size4"], r["size6"]) for r in rows] == [("net", 2, str(2 ** 16), str(2 ** 80))]
    assert "secret-team" not in json.dumps(rows)
    assert [r.get("owner") for r in admin.good("GET", "/system/reports/owners")["items"]] == ["net", "secret-team", None]
    assert [r["prefix"] for r in ann.good("GET", "/system/reports/free-space?limit=1")["items"]] == ["10.1.0.0/16"]
    for path in ("/system/reports", "/system/reports/free-space", "/system/reports/owners"):
        assert nobody.get(path).status == 403


def test_reports_on_the_command_line(plan):
    assert [r["prefix"] for r in show(plan, "report", "free-space")] == [r["prefix"] for r in report(plan, "free-space")]
    one = show(plan, "report", "free-space", "--within", "10.1.0.0/16", "--length", "24")
    assert [(r["prefix"], r["prefixes"]) for r in one] == [("10.1.0.0/16", "254")]
    table = plan.ctl("report", "free-space", "--space", "default").stdout.splitlines()
    assert table[0].split() == ["PREFIX", "NAME", "SIZE", "FREE", "UTILIZATION", "LARGEST"] and len(table) == 6
    assert "10.128.0.0/9" in table[1]
    table = plan.ctl("report", "owners").stdout.splitlines()
    assert [line.split()[0] for line in table] == ["OWNER", "ann", "bob", "net", "-"]
    for fmt, begins in (("csv", "owner,spaces,"), ("yaml", "- owner: ann"), ("jsonl", '{"owner":"ann"')):
        assert plan.ctl("report", "owners", "-o", fmt).stdout.startswith(begins)
    assert plan.ctl("report", "owners", "--within", "10.0.0.1/8", check=False).returncode == 2
    assert show(plan, "report", "owners", "--limit", "2") == report(plan, "owners")[:2]


def on_a_terminal(ipamd, *words):
    """What is written to a terminal of 200 columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    env = {**os.environ, "IPAM_URL": f"http://127.0.0.1:{ipamd.port}", "IPAM_TOKEN_FILE": str(ipamd.dir / "admin.token"), "NO_COLOR": "1", "TERM": "xterm"}
    with subprocess.Popen([str(ipamd.prefix / "bin" / "ipamctl"), *words], stdin=subprocess.DEVNULL, stdout=slave, env=env) as run:
        os.close(slave)
        text = b""
        try:
            while part := os.read(master, 65536):
                text += part
        except OSError:         # the other end is closed
            pass
        os.close(master)
        assert run.wait(timeout=30) == 0
    return text.decode().splitlines()


def test_bars_on_a_terminal(plan):
    row = next(line for line in on_a_terminal(plan, "report", "free-space", "--within", "10.1.0.0/16") if "10.1.0.0/16" in line)
    assert "[#---------]" in row and "0.0 %" in row
    row = next(line for line in on_a_terminal(plan, "report", "owners", "--within", "10.1.0.0/24") if line.startswith("bob"))
    assert "[##########]" in row and "100.0 %" in row
    assert "[" not in plan.ctl("report", "owners").stdout


def test_a_long_report_leaves_the_loop_to_others(ipamd):
    """A report over many objects; a client that goes away ends it, and others are answered meanwhile."""
    create(ipamd, "ipam/blocks", prefix="10.0.0.0/8", owner="net")
    for part in range(4):
        subnets = [{"prefix": f"10.{part}.{n}.{m}/29", "owner": f"team {(n * 8 + m // 32) % 50:02}"} for n in range(125) for m in range(0, 256, 32)]
        assert ipamd.post(API + "ipam/subnets", subnets).status == 201
    rows = report(ipamd, "owners")
    assert len(rows) == 52 and sum(r["subnets"] for r in rows) == 4000
    free = report(ipamd, "free-space", "?length=29")[0]
    assert free["prefixes"] == str(2 ** 21 - 4000)
    for _ in range(5):                      # they ask, and go away at once
        with socket.create_connection(("127.0.0.1", ipamd.port)) as s:
            s.sendall(f"GET {REPORTS}/free-space HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ipamd.token}\r\n\r\n".encode())
    begun = time.monotonic()
    assert ipamd.get("/livez").status == 200 and time.monotonic() - begun < 2
    assert report(ipamd, "free-space", "?length=29")[0] == free
