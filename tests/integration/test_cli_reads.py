# test_cli_reads.py - ipamctl list, show and find: filters, order, fields, a time, how many.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import time

import pytest

import daemon
from test_api import create, revision


@pytest.fixture(scope="module")
def place():
    server = daemon.Ipamd(port=daemon.PORT + 2).start()
    create(server, "ipam/blocks", prefix="10.0.0.0/8", name="all")
    for i in range(12):
        create(server, "ipam/subnets", prefix=f"10.0.{i}.0/24", **({"name": f"net-{i % 4}"} if i % 3 else {}), vlans=[i + 1, 99])
    yield server
    server.stop()


def prefixes(server, *words):
    out = server.ctl(*words, "-o", "jsonl").stdout
    return [json.loads(line)["prefix"] for line in out.splitlines()]


def net(*numbers):
    return [f"10.0.{i}.0/24" for i in numbers]


@pytest.mark.parametrize("words,want", [
    ("--where name.prefix=net-1", net(1, 5)), ("--filter name=net-2", net(2, 10)), ("--where name.in=net-1,net-2 --where id.ne=1", net(1, 2, 5, 10)),
    ("--where name.null=true --order -prefix --limit 2", net(9, 6)), ("--where vlans.contains=7", net(6)), ("--contains 10.0.3.7", net(3)),
    ("--overlaps 10.0.4.0/23 --all", net(4, 5)), ("--within 10.0.8.0/22 --order=-name --limit 1", net(11)),
    ("--where used.lt=1 --where utilization.le=0 --order prefix --limit 3", net(0, 1, 2))])
def test_lists_in_one_grammar(place, words, want):
    assert prefixes(place, "subnet", "list", *words.split()) == want


def test_count_and_fields(place):
    assert place.ctl("subnet", "list", "--where", "name.null=false", "--count").stdout == "8\n"
    assert place.ctl("subnet", "list", "--fields", "prefix,utilization", "--limit", "1").stdout.splitlines()[0].split() == ["PREFIX", "UTILIZATION"]
    assert json.loads(place.ctl("subnet", "show", "10.0.1.0/24", "--fields", "name,id", "-o", "json").stdout).keys() == {"id", "name"}
    assert place.ctl("subnet", "list", "--fields", "id,name", "-o", "csv", "--limit", "1").stdout.splitlines()[0] == "id,name"


def test_a_time(place):
    head = revision(place)
    subnet = place.get("/api/v1/ipam/subnets/10.0.1.0_24").json()["id"]
    time.sleep(1.1)
    create(place, "ipam/subnets", prefix="10.0.200.0/24")
    assert place.request("PATCH", f"/api/v1/ipam/subnets/{subnet}", {"name": "renamed"}).status == 200
    assert prefixes(place, "subnet", "list", "--at", str(head)) == net(*range(12))
    assert "10.0.200.0/24" not in prefixes(place, "subnet", "list", "--at", "1s") and "10.0.200.0/24" in prefixes(place, "subnet", "list")
    assert json.loads(place.ctl("subnet", "show", "10.0.1.0/24", "--at", str(head), "-o", "json").stdout)["name"] == "net-1"
    assert prefixes(place, "subnet", "list", "--at", "2020-01-01") == prefixes(place, "subnet", "list", "--at", "2020-01-01T10:00Z") == []
    for words in (["lease", "list", "--at", "1"], ["subnet", "list", "--at", str(10**9)]):
        r = place.ctl(*words, check=False)
        assert r.returncode != 0 and r.stdout == "" and "hint" in r.stderr


@pytest.mark.parametrize("words,says", [
    ("subnet list --where name", "FIELD=VALUE"), ("subnet list --where nmae=x", "did you mean 'name'"), ("subnet list --where name.foo=x", ".contains="),
    ("subnet list --where vlans.lt=1", ".contains="), ("subnet list --order nmae", "did you mean 'name'"), ("subnet list --fields id,nmae", "did you mean 'name'"),
    ("subnet list --fields ,", "names of fields"), ("subnet list --at yesterday", "how long ago"), ("subnet list --limit 3 --all", "exclude"),
    ("subnet list --limit 0", "whole number"), ("find", "TEXT is missing"), ("find a b", "too many"), ("address list --where colour=1", "no field")])
def test_what_is_wrong_is_said_before_anything_is_asked(place, words, says):
    r = place.ctl(*words.split(), check=False, env={"IPAM_URL": "http://127.0.0.1:1"})
    assert r.returncode == 2 and says in r.stderr and r.stdout == "", r


def test_find(place):
    lines = place.ctl("find", "10.0.3.7").stdout.splitlines()
    assert lines[0].split() == ["TYPE", "KEY", "MATCH", "FIELD", "HREF"]
    assert [line.split()[:4] for line in lines[1:]] == [["subnet", "10.0.3.0/24", "encloses", "prefix"], ["block", "10.0.0.0/8", "encloses", "prefix"]]
    assert [json.loads(x)["object"]["prefix"] for x in place.ctl("find", "NET-2", "-o", "jsonl").stdout.splitlines()] == net(2, 10)
    assert len(place.ctl("find", "net", "--limit", "3", "-o", "jsonl").stdout.splitlines()) == 3
    assert len(json.loads(place.ctl("find", "net", "--all", "-o", "json").stdout)) >= 7
    nothing = place.ctl("find", "none such")
    assert nothing.stdout == "" and "nothing answers" in nothing.stderr
