# test_cli_daemon.py - ipamctl with the daemon itself, and with a real Kea behind it.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import json

MAC = "02:00:00:00:47:11"


def objects(daemon, *words):
    """What a command prints with -o json."""
    return json.loads(daemon.ctl(*words, "-o", "json").stdout)


def fails(daemon, code, *words):
    """Runs what must fail with this code and print nothing but reasons; returns them."""
    run = daemon.ctl(*words, check=False)
    assert run.returncode == code, (words, run.returncode, run.stderr)
    assert run.stdout == "" and run.stderr.startswith("ipamctl: ")
    return run.stderr


def test_plan_from_block_to_address(ipamd):
    ipamd.ctl("block", "add", "10.0.0.0/8", "--name", "corp")
    added = objects(ipamd, "subnet", "add", "10.1.2.0/24", "--name", "floor 2", "--vlan", "10", "--vlan", "20")
    assert added["prefix"] == "10.1.2.0/24" and added["vlans"] == [10, 20]
    ipamd.ctl("range", "add", "10.1.2.10-10.1.2.19", "--kind", "static", "--name", "printers")
    ipamd.ctl("subnet", "set", "10.1.2.0/24", "--name", "floor 3", "--clear", "vlans")
    shown = objects(ipamd, "subnet", "show", "10.1.2.0/24")
    assert shown["name"] == "floor 3" and "vlans" not in shown
    assert objects(ipamd, "subnet", "show", str(shown["id"])) == shown

    taken = objects(ipamd, "address", "allocate", "--subnet", "10.1.2.0/24", "--count", "3", "--claim", "order-1",
                    "--name", "web")
    assert len(taken) == 3 and {a["claim"] for a in taken} == {"order-1"}
    again = objects(ipamd, "address", "allocate", "--subnet", "10.1.2.0/24", "--count", "3", "--claim", "order-1",
                    "--name", "web")
    assert [a["address"] for a in again] == [a["address"] for a in taken]
    assert "claim" in fails(ipamd, 4, "address", "allocate", "--subnet", "10.1.2.0/24", "--count", "2", "--claim",
                            "order-1")
    ranged = objects(ipamd, "address", "allocate", "--range", "10.1.2.10", "--strategy", "last")
    assert ranged[0]["address"] == "10.1.2.19"
    ipamd.ctl("address", "delete", "10.1.2.19")
    fails(ipamd, 3, "address", "show", "10.1.2.19")

    tree = ipamd.ctl("tree", "10.0.0.0/8", env={"LC_ALL": "C.UTF-8"}).stdout.splitlines()
    assert tree[0].startswith("block 10.0.0.0/8") and tree[0].endswith("3/16777216")
    assert tree[1].startswith("└─ subnet 10.1.2.0/24") and "[#---------]   1.1 %" in tree[1]
    assert tree[2].startswith("   └─ range 10.1.2.10-10.1.2.19") and tree[2].endswith("0/10")
    assert ipamd.ctl("tree", env={"LC_ALL": "C"}).stdout.splitlines()[1].startswith("`- subnet")


def test_refusals(ipamd):
    ipamd.ctl("subnet", "add", "10.1.2.0/30")
    fails(ipamd, 4, "subnet", "add", "10.1.2.0/30")
    fails(ipamd, 3, "subnet", "show", "10.9.9.0/24")
    fails(ipamd, 8, "address", "allocate", "--subnet", "10.1.2.0/30", "--count", "3")
    fails(ipamd, 2, "server", "add", "dhcp9", "--driver", "nosuch")
    ipamd.ctl("address", "allocate", "--subnet", "10.1.2.0/30")
    fails(ipamd, 4, "subnet", "delete", "10.1.2.0/30")
    run = ipamd.ctl("subnet", "list", env={"IPAM_TOKEN_FILE": ""}, check=False)
    assert run.returncode == 5 and "--token-file" in run.stderr
    ipamd.kill()
    assert "--url" in fails(ipamd, 6, "subnet", "list")


def test_lists_of_any_length(ipamd):
    for net in (1, 2, 3):
        many = [{"prefix": f"10.{net}.{i}.0/24"} for i in range(250)]
        assert ipamd.post("/api/v1/ipam/subnets", many).status == 201
    ipamd.ctl("subnet", "add", "172.16.0.0/16")
    for _ in range(2):
        ipamd.ctl("address", "allocate", "--subnet", "172.16.0.0/16", "--count", "1000")
    assert ipamd.ctl("address", "list", "--count").stdout == "2000\n"
    listed = [json.loads(line)["address"] for line in ipamd.ctl("address", "list", "-o", "jsonl").stdout.splitlines()]
    assert len(set(listed)) == 2000
    inside = objects(ipamd, "address", "list", "--within", "172.16.1.0/24", "--limit", "7")
    assert len(inside) == 7 and all(a["address"].startswith("172.16.1.") for a in inside)
    rows = list(csv.DictReader(io.StringIO(ipamd.ctl("subnet", "list", "--within", "10.2.0.0/16", "-o", "csv").stdout)))
    assert {r["prefix"] for r in rows} == {f"10.2.{i}.0/24" for i in range(250)}


def test_changes_tell_who_and_why(ipamd):
    ipamd.ctl("block", "add", "10.0.0.0/8", "--reason", "für die Filiale")
    change = objects(ipamd, "change", "list", "--limit", "1")[0]
    assert change["reason"] == "für die Filiale" and change["actor"] == "token:admin"
    shown = ipamd.ctl("change", "show", str(change["id"])).stdout
    assert "block" in shown and "10.0.0.0/8" in shown


def test_unix_socket_of_the_configuration(ipamd):
    ipamd.ctl("block", "add", "10.0.0.0/8")
    none = {"IPAM_URL": "", "IPAM_TOKEN_FILE": ""}
    url = f"unix:{ipamd.dir}/api.sock"
    token = str(ipamd.dir / "admin.token")
    assert ipamd.ctl("block", "list", "--count", "--url", url, "--token-file", token, env=none).stdout == "1\n"
    assert ipamd.ctl("block", "list", "--count", "--config", str(ipamd.dir / "ipamd.json"), env=none).stdout == "1\n"


def test_server_is_collected_and_changed(ipamd, kea):
    ipamd.ctl("server", "add", "127.0.0.1", "--driver", "kea", "--profile", "kea-site", "--role", "dhcp", "--managed")
    run = ipamd.ctl("server", "probe", "127.0.0.1", "--wait")
    assert "done" in run.stdout and "server probe 127.0.0.1: done in" in run.stderr
    ipamd.ctl("server", "collect", "127.0.0.1", "--wait")
    scopes = objects(ipamd, "scope", "list", "--server", "127.0.0.1")
    assert len(scopes) >= kea.subnets
    table = ipamd.ctl("scope", "list").stdout.splitlines()
    assert len(table) == len(scopes) + 1 and all("127.0.0.1" in line for line in table[1:])
    reserved = int(ipamd.ctl("reservation", "list", "--server", "127.0.0.1", "--count").stdout)
    prefix = next(s["prefix"] for s in scopes if ":" not in s["prefix"])
    assert f"scope {prefix}" in ipamd.ctl("tree").stdout

    ipamd.ctl("reservation", "list", "--within", prefix)
    taken = objects(ipamd, "address", "allocate", "--subnet", prefix, "--mac", MAC, "--name", "web", "--reservation", "--wait")
    assert taken[0]["dhcp_sync"] == "synced"
    assert int(ipamd.ctl("reservation", "list", "--count").stdout) == reserved + 1
    plan = objects(ipamd, "plan", "list", "--state", "verified")[0]
    shown = ipamd.ctl("plan", "show", str(plan["id"])).stdout
    assert "verified" in shown and "PLAN_STEPS" in shown.upper() and "done" in shown
    mine = objects(ipamd, "reservation", "list", "--address", taken[0]["address"])
    assert mine[0]["identifier"] == MAC
    run = ipamd.ctl("reservation", "delete", str(mine[0]["id"]), "--wait")
    assert "verified" in run.stdout
    assert int(ipamd.ctl("reservation", "list", "--count").stdout) == reserved
