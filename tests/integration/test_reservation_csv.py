# test_reservation_csv.py - reservations as CSV, out and in: each row that changes a server is a plan; on a real Kea.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
import os

import pytest

import watch
from test_api import problem
from test_dhcp_side import FAMILIES, Place, ipamd, place  # noqa: F401

IMPORT = "/api/v1/dhcp/reservations/import"
CSV = {"Content-Type": "text/csv"}


def send(ipamd, text, query="", token="admin"):
    answer = ipamd.request("POST", IMPORT + query, text, headers=CSV)
    return answer


def table(place, *rows, columns="address,identifier,name"):
    return columns + "\r\n" + "".join(",".join(row) + "\r\n" for row in rows)


def row(place, n, name=None, mac=None):
    return place.at(n), place.mac(mac if mac is not None else n), name or f"host-{n}"


def verdicts(answer):
    assert answer.status == 200, answer
    return {r.get("key", "").split("@")[0]: r["verdict"] for r in answer.json()["rows"]}


def settle(place):
    watch.until(lambda: not [p for p in place.ipamd.items("manage/plans") if p["state"] in ("planned", "running")], 60,
                "all plans to end")
    assert {p["state"] for p in place.ipamd.items("manage/plans")} <= {"verified"}


def ours(place):
    """{address: (client, name)} that tests have on the Kea."""
    found = {}
    for r in place.kea.reservations(place.service):
        for address in r.get("ip-addresses", [r.get("ip-address")]):
            if address in {place.at(n) for n in range(12)}:
                found[address] = (r.get("hw-address"), r["hostname"])
    return found


@FAMILIES
def test_rows_are_added_changed_and_left_alone(place):
    answer = send(place.ipamd, table(place, row(place, 1), row(place, 2)), "?mode=upsert")
    assert verdicts(answer) == {place.at(1): "created", place.at(2): "created"}
    assert all(r["plan"] for r in answer.json()["rows"])
    settle(place)
    assert ours(place) == {place.at(n): (place.mac(n), f"host-{n}") for n in (1, 2)}
    # The same again; another name; another client at the address; a new one.
    text = table(place, row(place, 1), row(place, 2, name="other"), row(place, 3))
    assert verdicts(send(place.ipamd, text, "?mode=upsert")) == {
        place.at(1): "unchanged", place.at(2): "updated", place.at(3): "created"}
    settle(place)
    assert verdicts(send(place.ipamd, table(place, row(place, 1, mac=7)), "?mode=upsert")) == {place.at(1): "updated"}
    settle(place)
    assert ours(place) == {place.at(1): (place.mac(7), "host-1"), place.at(2): (place.mac(2), "other"),
                           place.at(3): (place.mac(3), "host-3")}
    # Without a mode what is there is refused, and the rest kept.
    answer = send(place.ipamd, table(place, row(place, 1), row(place, 4)))
    assert verdicts(answer) == {place.at(1): "refused", place.at(4): "created"}
    assert [r.get("problem") for r in answer.json()["rows"]] == ["exists", None]
    settle(place)


@FAMILIES
def test_a_preview_tells_each_row_and_changes_nothing(place):
    before = place.kea.config_get(place.service)
    text = table(place, row(place, 1), ("10.254.0.1", "02:00:00:00:00:01", "far"), (place.at(2), "zz", "bad"),
                 ("", "02:00:00:00:00:03", "none"))
    answer = place.ipamd.request("POST", IMPORT + "?mode=upsert&dry_run=true", text, headers=CSV)
    assert answer.status == 200 and answer.json()["dry_run"] is True
    rows = answer.json()["answer"]["rows"]
    assert [r["verdict"] for r in rows] == ["created", "refused", "refused", "refused"]
    assert ["plan" in r for r in rows] == [False] * 4
    assert "identifier" in rows[2]["message"] and "known by it" in rows[3]["message"]
    assert place.ipamd.items("manage/plans") == [] and place.kea.config_get(place.service) == before
    # A list of verdicts to download.
    answer = place.ipamd.request("POST", IMPORT + "?mode=upsert", text, headers={**CSV, "Accept": "text/csv"})
    assert answer.status == 200
    got = list(csv.DictReader(io.StringIO(answer.body.decode())))
    assert [(r["line"], r["verdict"]) for r in got] == [("2", "created"), ("3", "refused"), ("4", "refused"), ("5", "refused")]
    settle(place)
    assert list(ours(place)) == [place.at(1)]
    # All or nothing.
    refused = send(place.ipamd, text, "?mode=upsert&all_or_nothing=true")
    assert "3 of 4 rows are refused" in problem(refused, 422, "invalid")["detail"]


@FAMILIES
def test_a_sync_makes_a_scope_as_the_file_is(place):
    ipamd, path = place.ipamd, place.prefix
    assert send(ipamd, table(place, row(place, 1), row(place, 2)), "?mode=upsert").status == 200
    settle(place)
    others = {r["address"] for r in ipamd.items(f"dhcp/reservations?within={path}") if "address" in r} - {place.at(1), place.at(2)}
    elsewhere = [r for r in place.kea.reservations(place.service) if r["subnet-id"] != place.kea.subnet_list(place.service)[0]["id"]]
    assert "say of which server" in problem(send(ipamd, table(place, row(place, 1)), "?mode=sync"), 422, "invalid")["detail"]
    answer = send(ipamd, table(place, row(place, 1), row(place, 3)), f"?mode=sync&scope={path}&dry_run=true")
    assert {r["key"].split("@")[0]: r["verdict"] for r in answer.json()["answer"]["rows"]} == {
        place.at(1): "unchanged", place.at(2): "deleted", place.at(3): "created", **{a: "deleted" for a in others}}
    # A row whose key cannot be read may mean one of those that would go: nothing is done.
    assert send(ipamd, table(place, row(place, 1), ("nonsense", "02:00:00:00:00:01", "far")), f"?mode=sync&scope={path}").status == 422
    answer = send(ipamd, table(place, row(place, 1), row(place, 3)), f"?mode=sync&scope={path}")
    assert answer.status == 200 and answer.json()["deleted"] == 1 + len(others)
    settle(place)
    assert sorted(ours(place)) == sorted([place.at(1), place.at(3)])
    assert [r for r in place.kea.reservations(place.service)
            if r["subnet-id"] != place.kea.subnet_list(place.service)[0]["id"]] == elsewhere


@FAMILIES
def test_what_is_written_is_taken_back_and_changes_nothing(place, tmp_path):
    run = place.ipamd.ctl("export", "reservations", "--where", "server=127.0.0.1")
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert len(rows) == len(place.ipamd.items("dhcp/reservations"))
    file = tmp_path / "r.csv"
    file.write_text(run.stdout)
    run = place.ipamd.ctl("import", "reservations", str(file), "--mode", "upsert", "--server", "127.0.0.1", "-o", "json", check=False)
    told = json.loads(run.stdout)
    assert told["created"] == told["updated"] == told["deleted"] == 0
    assert told["refused"] == len([r for r in rows if not r["address"]]) and told["unchanged"] == len(rows) - told["refused"]
    assert place.ipamd.items("manage/plans") == []


ROWS = int(os.environ.get("IPAM_CSV_ROWS", "4000"))     # 20,000 take two minutes


def test_many_rows_are_a_job_and_travel_in_few_calls(make_kea, make_ipamd):
    kea, it = make_kea(subnets=2, shared=0, reservations=0), make_ipamd()
    config = kea.config_get()
    config["subnet4"] = [{"id": 1, "subnet": "10.64.0.0/16", "pools": []}]
    assert kea.command("config-set", {"Dhcp4": config})["result"] == 0
    it.add_kea()
    lines = [f"10.64.{n >> 8}.{n & 255},02:00:00:01:{n >> 8:02x}:{n & 255:02x},h-{n}" for n in range(256, 256 + ROWS)]
    answer = it.request("POST", IMPORT + "?mode=upsert", "address,identifier,name\r\n" + "\r\n".join(lines) + "\r\n", headers=CSV)
    assert answer.status == 202, answer
    job = f"/api/v1/system/jobs/{answer.json()['id']}"
    watch.until(lambda: it.get(job).json()["state"] not in ("running", "waiting"), 120, "the job to end")
    assert f"{ROWS} created" in it.get(job).json()["message"], it.get(job).json()
    left = lambda: [p for state in ("planned", "running") for p in it.get(f"/api/v1/manage/plans?state={state}&limit=1").json()["items"]]
    watch.until(lambda: not left(), 600, "all plans to end")
    assert len(kea.reservations()) == ROWS
    assert it.get("/api/v1/manage/plans?state=verified&limit=1&count=true").json()["total"] == ROWS


@pytest.mark.parametrize("service", ["dhcp4"])
def test_one_bad_row_of_many_spoils_no_other(place):
    """Somebody else has reserved the client elsewhere in the scope meanwhile: that one row is refused by the server."""
    config = place.kea.config_get("dhcp4")
    config["subnet4"][0]["reservations"].append({"hw-address": place.mac(5), "ip-address": place.at(11), "hostname": "first"})
    assert place.kea.command("config-set", {"Dhcp4": config})["result"] == 0
    answer = send(place.ipamd, table(place, *[row(place, n) for n in range(10)]), "?mode=upsert")
    assert set(verdicts(answer).values()) == {"created"}
    ended = lambda: [p for p in place.ipamd.items("manage/plans") if p["state"] not in ("planned", "running")]
    watch.until(lambda: len(ended()) == 10, 60, "all plans to end")
    assert sorted(p["state"] for p in ended()) == ["failed"] + 9 * ["verified"]
    assert sorted(ours(place)) == sorted(place.at(n) for n in (*range(5), *range(6, 10), 11))
