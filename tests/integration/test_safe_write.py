# test_safe_write.py - reservations written to a real server: planned, checked, read back, and survived.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Crashes are made at named points of a build with --enable-fault-points: the step of the write, in the daemon
(ipamd:STEP), or a stop there while the server is killed."""
import concurrent.futures
import json
import os
import pathlib
import signal
import time

import pytest

import daemon

SERVER = "127.0.0.1"
STEPS = ["read", "compare", "config-test", "re-read", "config-set", "read-back", "lease-command", "config-write"]
MAC = "02:00:00:00:99:01"


def allocate(ipamd, subnet, mac=MAC, claim="one", wait="20s", **fields):
    return ipamd.post(f"/api/v1/ipam/subnets/{subnet.replace('/', '_')}/allocate" + (f"?wait={wait}" if wait else ""),
                      {"mac": mac, "claim": claim, "name": "web-" + mac[-2:], "reservation": True, **fields})


def of_mac(kea, mac=MAC, config=None):
    return [r for r in kea.reservations(config=config) if r.get("hw-address") == mac]


def plans_end(ipamd, timeout=40):
    deadline = time.monotonic() + timeout
    while True:
        plans = ipamd.items("manage/plans")
        if all(p["state"] not in ("planned", "running") for p in plans):
            return plans
        assert time.monotonic() < deadline, plans
        time.sleep(0.1)


def without_reservation(config, mac=MAC):
    """The configuration as text, the reservation of this client taken out, in an order of its own."""
    config = json.loads(json.dumps(config))
    for s in config["subnet4"] + [s for n in config["shared-networks"] for s in n["subnet4"]]:
        s["reservations"] = sorted((r for r in s["reservations"] if r.get("hw-address") != mac), key=json.dumps)
    return json.dumps(config, sort_keys=True)


@pytest.fixture(params=["process", "none"])
def pair(kea, make_ipamd, request):
    ipamd = make_ipamd(config={"plugins": [{"name": "kea", "isolation": request.param}]})
    ipamd.add_kea()
    return kea, ipamd


def test_reservation_reaches_memory_and_file(pair):
    kea, ipamd = pair
    subnet = kea.subnet_list()[0]["subnet"]
    answer = allocate(ipamd, subnet)
    assert answer.status == 201, answer
    (item,) = answer.json()["items"]
    assert item["dhcp_sync"] == "synced" and item["mac"] == MAC
    (running,) = of_mac(kea)
    assert running["ip-address"] == item["address"] and running["hostname"] == item["name"]
    assert [r["ip-address"] for r in of_mac(kea, config=kea.file_config())] == [item["address"]]
    plan = ipamd.get(f"/api/v1/manage/plans/{item['plan']}").json()
    assert plan["state"] == "verified" and [s["state"] for s in plan["plan_steps"]] == ["done"]
    assert plan["plan_steps"][0]["after"]["address"] == item["address"]
    (row,) = [r for r in ipamd.items("dhcp/reservations") if r["identifier"] == MAC]
    assert row["address"] == item["address"]
    assert kea.lease_works()
    # The same claim again: the same address, no second plan.
    assert allocate(ipamd, subnet).json()["items"][0]["address"] == item["address"]
    assert len(ipamd.items("manage/plans")) == 1
    # Releasing the address takes the reservation back.
    assert ipamd.request("DELETE", f"/api/v1/ipam/addresses/{item['id']}").status == 204
    assert [p["state"] for p in plans_end(ipamd)] == ["verified", "verified"]
    assert of_mac(kea) == [] and of_mac(kea, config=kea.file_config()) == []
    assert MAC not in {r["identifier"] for r in ipamd.items("dhcp/reservations")}


def routers(subnet):
    return [d["data"] for d in subnet["option-data"] if d["name"] == "routers"]


def test_a_gateway_is_never_handed_out(kea, ipamd):
    ipamd.add_kea()
    subnet = next(s for s in kea.subnet_list() if routers(s))
    (gateway,) = routers(subnet)
    key = subnet["subnet"].replace("/", "_")
    assert ipamd.get(f"/api/v1/dhcp/scopes/{key}").json()["routers"] == [gateway]
    got = ipamd.post(f"/api/v1/ipam/subnets/{key}/allocate", {"count": 20}).json()["items"]
    assert len(got) == 20 and gateway not in {a["address"] for a in got}


def test_everything_else_is_untouched(pair):
    kea, ipamd = pair
    before = without_reservation(kea.config_get())
    for subnet in (kea.subnet_list()[0], kea.config_get()["shared-networks"][0]["subnet4"][0]):
        assert allocate(ipamd, subnet["subnet"], claim=subnet["subnet"]).json()["items"][0]["dhcp_sync"] == "synced"
        assert without_reservation(kea.config_get()) == before
    assert len(of_mac(kea)) == 2


def test_a_reservation_by_itself(pair):
    kea, ipamd = pair
    scope = ipamd.get("/api/v1/dhcp/scopes/" + kea.subnet_list()[0]["subnet"].replace("/", "_")).json()
    address = kea.subnet_list()[0]["subnet"].split("/")[0].rsplit(".", 1)[0] + ".250"
    wanted = {"scope": scope["id"], "address": address, "identifier": "02:00:00:00:77:01", "name": "printer"}
    answer = ipamd.post("/api/v1/dhcp/reservations", wanted)
    assert answer.status == 202 and answer.json()["state"] == "planned", answer
    assert [p["state"] for p in plans_end(ipamd)] == ["verified"]
    assert [r["hostname"] for r in of_mac(kea, "02:00:00:00:77:01")] == ["printer"]
    assert ipamd.post("/api/v1/dhcp/reservations", wanted).status == 409
    assert ipamd.request("DELETE", f"/api/v1/dhcp/reservations/{address}@{SERVER}").status == 202
    plans_end(ipamd)
    assert of_mac(kea, "02:00:00:00:77:01") == []


def test_waiting_changes_travel_in_one(pair):
    kea, ipamd = pair
    subnet = kea.subnet_list()[0]["subnet"]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda i: allocate(ipamd, subnet, f"02:00:00:00:55:{i:02x}", f"c{i}", wait="30s"), range(20)))
    assert all(a.status == 201 and a.json()["items"][0]["dhcp_sync"] == "synced" for a in answers), answers
    assert len([r for r in kea.reservations() if r.get("hw-address", "").startswith("02:00:00:00:55:")]) == 20
    revisions = [c for c in ipamd.items("audit/changes") if c["operation"] == "manage.plan.run"]
    assert len(revisions) < 20, len(revisions)  # two change sets a round: fewer rounds than plans


def test_another_writer_wins(pair):
    kea, ipamd = pair
    config = kea.config_get()
    config["valid-lifetime"] = 4321
    assert kea.command("config-set", {"Dhcp4": config})["result"] == 0
    answer = allocate(ipamd, kea.subnet_list()[0]["subnet"])
    assert answer.json()["items"][0]["dhcp_sync"] == "synced", answer
    assert kea.config_get()["valid-lifetime"] == 4321 and len(of_mac(kea)) == 1


def test_a_refusal_changes_nothing_and_is_told(pair):
    kea, ipamd = pair
    subnet = kea.subnet_list()[0]
    taken = next(r["hw-address"] for r in subnet["reservations"] if "hw-address" in r)
    before = json.dumps(kea.config_get(), sort_keys=True)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        bad = pool.submit(allocate, ipamd, subnet["subnet"], taken, "bad")
        good = pool.submit(allocate, ipamd, subnet["subnet"], MAC, "good")
    assert bad.result().json()["items"][0]["dhcp_sync"] == "failed"
    assert good.result().json()["items"][0]["dhcp_sync"] == "synced"
    plan = ipamd.get(f"/api/v1/manage/plans/{bad.result().json()['items'][0]['plan']}").json()
    assert plan["state"] == "failed" and plan["plan_steps"][0]["message"]
    assert json.dumps(json.loads(without_reservation(kea.config_get()))) == json.dumps(json.loads(without_reservation(json.loads(before))))
    assert kea.lease_works()


def test_a_failed_set_is_taken_back(pair):
    """Hazard 2.7.1: the lease file cannot be opened when the configuration is set; the status stays healthy."""
    kea, ipamd = pair
    leases = pathlib.Path(kea.lease_file())
    before = without_reservation(kea.config_get())
    saved = leases.with_suffix(".saved")
    leases.rename(saved)
    leases.mkdir()          # what cannot be opened as a file
    answer = allocate(ipamd, kea.subnet_list()[0]["subnet"], wait="3s")
    assert answer.status == 201 and answer.json()["items"][0]["dhcp_sync"] != "synced"
    leases.rmdir()
    saved.rename(leases)
    plans = plans_end(ipamd, timeout=90)
    assert kea.lease_command_works() and kea.lease_works()
    assert without_reservation(kea.config_get()) == before
    state = plans[0]["state"]
    assert (state == "verified") == (len(of_mac(kea)) == 1), (state, of_mac(kea))


def crash_case(kea, make_ipamd, point, during):
    """Runs one allocation with a fault point set, then starts everything again and waits for the plan's end."""
    ipamd = make_ipamd(prefix=daemon.FAULT_PREFIX, env={"IPAM_FAULT_POINT": point})
    ipamd.add_kea()
    subnet = kea.subnet_list()[0]["subnet"]
    try:
        allocate(ipamd, subnet, wait="1s")
    except OSError:
        pass
    during(ipamd)
    ipamd.kill()
    ipamd.process.env.pop("IPAM_FAULT_POINT", None)
    for service in ("dhcp4",):
        if not kea.services[service].running():
            kea.restart(service)
    ipamd.start()
    plans = plans_end(ipamd, timeout=60)
    assert len(plans) <= 1
    memory, saved = of_mac(kea), of_mac(kea, config=kea.file_config())
    assert len(memory) <= 1
    if plans:
        assert (plans[0]["state"] == "verified") == (len(memory) == 1), (point, plans, memory)
        assert len(saved) == len(memory), (point, saved)
    else:
        assert memory == [] and saved == []
    assert kea.lease_works()
    # The claim answers the same for ever: with the address the server keeps.
    again = allocate(ipamd, subnet)
    assert again.status in (200, 201) and len(of_mac(kea)) == 1
    assert of_mac(kea)[0]["ip-address"] == again.json()["items"][0]["address"]


@pytest.mark.parametrize("step", STEPS)
def test_ipamd_crashes_at_each_step(kea, make_ipamd, step):
    def died(ipamd):
        ipamd.process.popen.wait(20)
    crash_case(kea, make_ipamd, f"ipamd:{step}=kill", died)


# Batches 11 to 14 of the gate are those of the change: allocated, sent, read back, ended. The ten before are the start's
# and the collection's.
AROUND = ["manage:sent=kill", "manage:applied=kill", "manage:read-back=kill",
          *(f"gate:{when}=kill:{batch}" for when in ("decided", "committed") for batch in range(11, 15))]


@pytest.mark.parametrize("point", AROUND)
def test_ipamd_crashes_around_the_write(kea, make_ipamd, point):
    def died(ipamd):
        ipamd.process.popen.wait(20)
    crash_case(kea, make_ipamd, point, died)


def stopped_helper(ipamd):
    """The provider process that stopped itself at the fault point."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = stat.read_text().rsplit(")", 1)
            except OSError:
                continue
            if "(ipam-provider" in name and rest.split()[0] == "T":
                return int(name.split(" ", 1)[0])
        time.sleep(0.02)
    raise AssertionError("no provider process stopped")


@pytest.mark.parametrize("step", STEPS)
def test_kea_crashes_at_each_step(kea, make_ipamd, step):
    def kill_kea(ipamd):
        helper = stopped_helper(ipamd)
        kea.kill("dhcp4")
        os.kill(helper, signal.SIGCONT)
        time.sleep(1)
        kea.restart("dhcp4")
        time.sleep(1)
    crash_case(kea, make_ipamd, f"helper:{step}=stop", kill_kea)
