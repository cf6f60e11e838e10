# test_foreign.py - files of other address managers and of registries taken in: a preview first, then a verdict a row.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import csv
import io
import pathlib
import time

import pytest

from test_api import create, problem
from test_cli_complete import offered
from test_write import key, same, state

DATA = pathlib.Path(__file__).parent.parent / "data/foreign"


def take(ipamd, resource, dialect, text, query="", status=200, **headers):
    """Posts a file, or the text of one, as it comes from a disk: with no type of its own."""
    text = (DATA / text).read_bytes() if (DATA / text[:80]).is_file() else text.encode()
    answer = ipamd.post(f"/api/v1/ipam/{resource}?dialect={dialect}" + (f"&{query}" if query else ""), text,
                        headers={"Content-Type": "application/octet-stream", **headers})
    assert answer.status == status, answer
    return answer


def verdicts(rows):
    return [(r["line"], r.get("key"), r["verdict"]) for r in rows if r["verdict"] != "passed_over"]


def passed(rows):
    return [(r["line"], r["message"]) for r in rows if r["verdict"] == "passed_over"]


def previewed(ipamd, resource, dialect, file, query=""):
    """What a dry run shows is what happens then, and until then nothing does."""
    before = state(ipamd)
    shown = take(ipamd, resource, dialect, file, "dry_run=true" + ("&" + query if query else "")).json()
    assert state(ipamd) == before
    body = take(ipamd, resource, dialect, file, query).json()
    assert verdicts(body["rows"]) == verdicts(shown["answer"]["rows"]) and passed(body["rows"]) == passed(shown["answer"]["rows"])
    assert len(shown["changes"]) == body["created"] + body["updated"] + body["deleted"]
    return body


def by(ipamd, resource, name):
    return {o[name]: o for o in ipamd.items(f"ipam/{resource}")}


def has(record, **fields):
    assert {k: record.get(k) for k in fields} == fields, record


def test_what_a_registry_has_given_out(ipamd):
    body = previewed(ipamd, "blocks", "rir", "delegated-extended.txt")
    assert verdicts(body["rows"]) == [(7, "192.0.2.0/24", "created"), (8, "198.51.100.0/25", "created"), (8, "198.51.100.128/26", "created"),
                                      (10, None, "refused"), (11, "2001:db8::/32", "created")], body
    assert passed(body["rows"]) == [(6, "a record of type asn"), (9, "a record of status available, which is nobody's")]
    assert "999999999999" in body["rows"][3]["message"]
    blocks = by(ipamd, "blocks", "prefix")
    has(blocks["192.0.2.0/24"], rir="apnic", rir_date="2011-08-11T00:00:00.000Z", description="assigned; country: AU; holder: A91A7381")
    has(blocks["198.51.100.128/26"], rir="apnic", description="allocated; country: JP; holder: A91B0000")
    # The next file of that registry changes what is otherwise there, and nothing else.
    text = (DATA / "delegated-extended.txt").read_text().replace("|JP|ipv6", "|KR|ipv6")
    body = take(ipamd, "blocks", "rir", text, "mode=upsert").json()
    assert (body["created"], body["updated"], body["unchanged"]) == (0, 1, 3)


@pytest.mark.parametrize("file", ("netbox-prefixes.csv", "netbox-prefixes.json"))
def test_netbox_prefixes_are_the_same_as_csv_and_as_json(ipamd, file):
    create(ipamd, "ipam/spaces", name="Blue")
    at = {"csv": (2, 3, 4, 6, 7, 8, 9), "json": (2, 5, 7, 12, 13, 15, 16)}[file.split(".")[1]]
    body = previewed(ipamd, "blocks", "netbox", file)
    assert verdicts(body["rows"]) == [(at[0], "10.0.0.0/8", "created"), (at[1], "10.1.0.0/16", "created")], body
    assert (at[2], "a row that goes to ipam/subnets; 5 in all") in passed(body["rows"])
    body = previewed(ipamd, "subnets", "netbox", file)
    assert verdicts(body["rows"]) == [(at[2], "10.1.0.0/24", "created"), (at[3], "10.1.1.0/24", "created"), (at[4], "10.1.0.0/24", "created"),
                                      (at[5], "10.2.0.0/24", "refused"), (at[6], None, "refused")], body
    assert 'no address space "Green"' in body["rows"][3]["message"] and "10.1.0.0/24" in body["rows"][4]["message"]
    assert (at[0], "a row that goes to ipam/blocks; 2 in all") in passed(body["rows"])
    lost = {"csv": 'a value of the column "Region"', "json": 'a value of the custom field "cost_centre"'}[file.split(".")[1]]
    assert (at[2], lost) in passed(body["rows"])
    has(by(ipamd, "blocks", "prefix")["10.1.0.0/16"], owner="Head office")
    blue = by(ipamd, "spaces", "name")["Blue"]["id"]
    subnets = {(s["prefix"], s["space"] == blue): s for s in ipamd.items("ipam/subnets")}
    has(subnets["10.1.0.0/24", False], vlans=[100], owner="Head office", status="active", site="Oslo", tags=["prod", "web"],
        description="front ends; VLAN: servers; role: Production; comments: rack 7\nleft")
    has(subnets["10.1.1.0/24", False], status="reserved", description="pool: yes")
    has(subnets["10.1.0.0/24", True], description="the same in another VRF")
    body = take(ipamd, "subnets", "netbox", file, "mode=upsert").json()
    assert (body["unchanged"], body["refused"], body["updated"]) == (3, 2, 0)


def test_netbox_addresses(ipamd):
    create(ipamd, "ipam/spaces", name="Blue")
    body = previewed(ipamd, "addresses", "netbox", "netbox-addresses.csv")
    assert (body["created"], body["refused"]) == (4, 0), body
    there = by(ipamd, "addresses", "address")
    has(there["10.1.0.1"], name="gw.example.org", state="in-use", assignment="vip", owner="Head office",
        description="role: VRRP; interface: Vlan100; device: core1")
    has(there["10.1.0.20"], assignment="dynamic", description="printer")
    has(there["10.1.0.21"], state="inactive", tags=["gone"])
    has(there["10.1.0.5"], state="reserved", space=by(ipamd, "spaces", "name")["Blue"]["id"])


def test_phpipam_dump(ipamd):
    create(ipamd, "ipam/spaces", name="Blue")
    body = previewed(ipamd, "blocks", "phpipam", "phpipam.sql")
    assert verdicts(body["rows"]) == [(75, "10.10.0.0/16", "created")], body
    body = previewed(ipamd, "subnets", "phpipam", "phpipam.sql")
    assert verdicts(body["rows"]) == [(75, "10.10.1.0/24", "created"), (76, "10.10.2.0/24", "created"), (76, "10.10.1.0/24", "created"),
                                      (76, "2001:db8::/64", "created")], body
    told = passed(body["rows"])
    assert (75, "a folder, which has no network") in told and (75, "a row that goes to ipam/blocks") in told
    assert (75, "a value of the column permissions of subnets") in told and any("vlans" in what for _, what in told)
    blue = by(ipamd, "spaces", "name")["Blue"]["id"]
    subnets = {(s["prefix"], s["space"] == blue): s for s in ipamd.items("ipam/subnets")}
    has(subnets["10.10.1.0/24", False], vlans=[2001], owner="O'Brien & Sons", status="active",
        description="Customer 1; section: Customers; VLAN: IPv6 private 1; pool: yes")
    has(subnets["10.10.2.0/24", False], status="reserved", description="Customer 2; section: Customers; marked as full: yes")
    has(subnets["10.10.1.0/24", True], description="of a VRF; section: Customers")
    body = previewed(ipamd, "addresses", "phpipam", "phpipam.sql")
    assert [r["verdict"] for r in body["rows"]][:5] == ["created"] * 4 + ["refused"], body
    there = {(a["address"], a["space"] == blue): a for a in ipamd.items("ipam/addresses")}
    has(there["10.10.1.1", False], name="gw.example.org", mac="00:15:5d:01:02:03", owner="ann", state="in-use",
        description="Gateway; gateway: yes; port: Gi0/1; note: first line\nsecond")
    has(there["10.10.1.4", False], state="in-use", assignment="dynamic")
    has(there["10.10.1.1", True], state="reserved", description="the same, elsewhere")
    has(there["2001:db8::1", False], description="six; tag: Lab")
    body = take(ipamd, "subnets", "phpipam", "phpipam.sql", "mode=upsert").json()
    assert (body["unchanged"], body["updated"], body["refused"]) == (4, 0, 0)


def test_item_90_windows_addresses_by_their_address_alone_in_any_order_and_case(ipamd):
    assert take(ipamd, "addresses", "windows", "IPADDRESS\n10.3.9.1\n").json()["created"] == 1
    body = take(ipamd, "addresses", "windows", "owner,devicename,iPaDdReSs\nann,web9,10.3.9.2\n").json()
    assert verdicts(body["rows"]) == [(2, "10.3.9.2", "created")]
    has(by(ipamd, "addresses", "address")["10.3.9.2"], name="web9", owner="ann")


def test_item_91_windows_addresses_upsert_leaves_others_and_sync_deletes_what_is_missing(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.3.0.0/16")
    for address in ("10.3.0.5", "10.3.0.6", "10.3.1.1"):
        create(ipamd, "ipam/addresses", address=address)
    text = "IPAddress,DeviceName\n10.3.0.5,web1\n10.3.0.7,web2\n"
    body = take(ipamd, "addresses", "windows", text, "mode=upsert").json()
    assert (body["created"], body["updated"], body["deleted"]) == (1, 1, 0) and len(ipamd.items("ipam/addresses")) == 4
    body = take(ipamd, "addresses", "windows", text, "mode=sync&within=10.3.0.0/24").json()
    assert verdicts(body["rows"]) == [(None, "10.3.0.6", "deleted"), (2, "10.3.0.5", "unchanged"), (3, "10.3.0.7", "unchanged")]
    assert set(by(ipamd, "addresses", "address")) == {"10.3.0.5", "10.3.0.7", "10.3.1.1"}
    # One row that cannot be understood could be anything: nothing is deleted.
    before = state(ipamd)
    problem(take(ipamd, "addresses", "windows", text + "10.3.0.300,\n", "mode=sync&within=10.3.0.0/24", status=422), 422, "invalid")
    assert state(ipamd) == before


def test_item_94_windows_ranges_of_dhcp_servers_are_refused(ipamd):
    take(ipamd, "subnets", "windows", "Name,NetworkId\nServers,10.3.0.0/24\nClients,10.3.1.0/24\n")
    body = previewed(ipamd, "ranges", "windows", "windows-ranges.csv")
    assert [r["verdict"] for r in body["rows"]] == ["created", "created", "refused"], body
    assert "DHCP server manages" in body["rows"][2]["message"]
    ranges = by(ipamd, "ranges", "first")
    has(ranges["10.3.0.1"], last="10.3.0.99", kind="static", gateways=["10.3.0.1"], dns_servers=["10.3.0.2", "10.3.0.3"],
        dns_suffixes=["example.org"], reserved=["10.3.0.90-10.3.0.99"], description="servers")
    has(ranges["10.3.1.1"], last="10.3.1.254", description="all of it")


def test_item_95_windows_rows_that_fail_are_told_and_the_good_ones_stay(ipamd):
    answer = take(ipamd, "addresses", "windows", "windows-addresses.csv", "create_source=true", Accept="text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    assert [(r["line"], r["key"], r["verdict"]) for r in rows] == [
        ("2", "10.3.0.5", "created"), ("3", "10.3.0.6", "created"), ("4", "10.3.0.7", "created"), ("5", "", "refused"),
        ("6", "10.3.0.8", "refused"), ("2", "", "passed_over")], rows
    assert rows[3]["message"].startswith('IpAddress: "10.3.0.300"') and "month first" in rows[4]["message"]
    assert rows[5]["message"] == 'a value of the column "Building"'
    there = by(ipamd, "addresses", "address")
    assert set(there) == {"10.3.0.5", "10.3.0.6", "10.3.0.7"}
    has(there["10.3.0.5"], name="web1", device_type="VM", state="in-use", assignment="static", mac="00:15:5d:01:02:03", owner="ann",
        asset_tag="T-1", serial="S-1", assigned="2023-11-25T14:00:00.000Z", expires="2030-12-31T00:00:00.000Z", description="front end")
    has(there["10.3.0.6"], state="reserved", assignment="vip")
    has(there["10.3.0.7"], description="managed by: VMM; service instance: vmm1.example.org")


def test_item_97_windows_subnets_without_a_space_are_in_the_default_one(ipamd):
    create(ipamd, "ipam/spaces", name="Red")
    body = previewed(ipamd, "subnets", "windows", "windows-subnets.csv")
    assert [r["verdict"] for r in body["rows"]] == ["created"] * 3, body
    spaces = {s["id"]: s["name"] for s in ipamd.items("ipam/spaces")}
    subnets = {(s["prefix"], spaces[s["space"]]): s for s in ipamd.items("ipam/subnets")}
    has(subnets["10.3.0.0/24", "default"], name="Servers", vlans=[10], logical_network="Fabric", site="Oslo", owner="net")
    has(subnets["10.3.1.0/24", "default"], name="Clients", vlans=[20, 21])
    has(subnets["10.3.0.0/24", "Red"], name="Tenant", vsid=5001)


def test_what_cannot_be_read_is_refused_whole(ipamd):
    before = state(ipamd)
    for resource, dialect, text, said in (
            ("blocks", "ripe", "x", "windows, netbox"), ("subnets", "rir", "x", "has no subnets"), ("ranges", "rir", "", "has no ranges"),
            ("blocks", "rir", "prefix,name\n", "7 parts"), ("subnets", "netbox", "slug\nx\n", "no titles"), ("subnets", "netbox", "[{]", "line 1"),
            ("addresses", "windows", "Name\nx\n", "IPAddress is missing"), ("addresses", "windows", "", "empty"),
            ("addresses", "windows", 'IPAddress\n"10.0.0.1\n', "never closed")):
        body = problem(take(ipamd, resource, dialect, text, status=422), 422, "invalid")
        assert said in body["detail"], body
    body = problem(ipamd.post("/api/v1/inventory/servers?dialect=netbox", b"x"), 422, "invalid")
    assert "has no servers" in body["detail"]
    body = problem(take(ipamd, "subnets", "netbox", "netbox-prefixes.csv", "all_or_nothing=true", status=422), 422, "invalid")
    assert body["detail"].startswith("3 of 5 rows are refused") and len(body["errors"]) == 3
    assert state(ipamd) == before


def test_a_file_sent_again_with_its_key_has_no_second_effect(ipamd):
    text = "prefix,vrf\n10.1.0.0/24,\n10.2.0.0/24,1\n"
    first = take(ipamd, "subnets", "netbox", text, **key("k"))
    same(first, take(ipamd, "subnets", "netbox", text, **key("k")))
    # A VRF that is called 1 is not the space with that id.
    assert "no address space" in first.json()["rows"][1]["message"]
    assert [s["prefix"] for s in ipamd.items("ipam/subnets")] == ["10.1.0.0/24"]


def test_a_large_file_is_a_job_that_tells_what_it_passed_over(ipamd):
    rows = [f"apnic|AU|ipv4|10.{n >> 8}.{n & 255}.0|256|20110811|allocated|A" for n in range(10001)] + ["apnic|AU|asn|64496|1|20110811|allocated|A"] * 3
    answer = take(ipamd, "blocks", "rir", "\n".join(rows) + "\napnic|AU|ipv4|x|256|20110811|allocated|A\n", status=202)
    job, deadline = answer.json(), time.monotonic() + 60
    while job["state"] == "running":
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
        job = ipamd.get(answer.headers["location"]).json()
    assert job["state"] == "done" and "10001 created" in job["message"], job
    assert [r.split(":")[0] for r in job["results"]] == ["line 10005", "passed over from line 10002 on"], job
    assert job["results"][1].endswith("a record of type asn; 3 in all")


def test_from_the_command_line(ipamd):
    assert offered(ipamd, "import", "blocks", "--dialect", "") == ["windows", "netbox", "phpipam", "rir"]
    file = str(DATA / "netbox-prefixes.csv")
    shown = ipamd.ctl("import", "blocks", file, "--dialect", "netbox", "--dry-run")
    assert shown.returncode == 0 and "10.1.0.0/16" in shown.stdout and ipamd.items("ipam/blocks") == []
    done = ipamd.ctl("import", "blocks", file, "--dialect", "netbox")
    assert done.returncode == 0 and "2 created, 0 updated" in done.stderr, done
    assert "a row that goes to ipam/subnets; 5 in all" in done.stdout, done
    partly = ipamd.ctl("import", "subnets", file, "--dialect=netbox", check=False)
    assert partly.returncode != 0 and "3 refused" in partly.stderr and "did you mean 10.1.0.0/24?" in partly.stdout, partly
    wrong = ipamd.ctl("import", "subnets", str(DATA / "delegated-extended.txt"), "--dialect", "rir", check=False)
    assert wrong.returncode != 0 and "a file of dialect=rir has no subnets" in wrong.stderr, wrong


def exported(ipamd, resource, query="", dialect="windows"):
    """The whole list, page after page."""
    text, cursor = b"", ""
    while cursor is not None:
        page = ipamd.get(f"/api/v1/ipam/{resource}?limit=2&dialect={dialect}{query}" + (f"&cursor={cursor}" if cursor else ""), headers={"Accept": "text/csv"})
        assert page.status == 200, page
        text += page.body if not text else page.body.split(b"\r\n", 1)[1]
        cursor = page.headers.get("ipam-next")
    return text.decode()


def test_item_98_what_is_exported_for_windows_is_imported_without_change(ipamd):
    provider = create(ipamd, "ipam/spaces", name="Fabric", kind="provider")["id"]
    red = create(ipamd, "ipam/spaces", name="Red", kind="customer", provider=provider, isolation="nvgre")["id"]
    take(ipamd, "subnets", "windows", "windows-subnets.csv")
    take(ipamd, "ranges", "windows", "windows-ranges.csv")
    take(ipamd, "addresses", "windows", "windows-addresses.csv", "create_source=true")
    create(ipamd, "ipam/subnets", prefix="2001:db8::/64", space=provider, tags=["lost there"])
    create(ipamd, "ipam/ranges", first="10.3.0.5", last="10.3.0.9", space=red)
    create(ipamd, "ipam/ranges", first="2001:db8::5", last="2001:db8::9", space=provider, kind="auto", gateways=["2001:db8::1=20"])
    create(ipamd, "ipam/addresses", address="2001:db8::7", space=provider, name="six", description='say "=1+1"; a, b\nand more', duid="00:01:02:03",
           iaid=7, expires="2031-01-02T03:04:05.678Z", os="Linux")
    create(ipamd, "ipam/addresses", address="10.3.0.9", client_id="01:aa")
    before = state(ipamd)
    for resource, count in (("subnets", 4), ("ranges", 4), ("addresses", 5)):
        text = exported(ipamd, resource)
        for query in ("mode=upsert&all_or_nothing=true", "mode=sync&space=default&all_or_nothing=true"):
            body = take(ipamd, resource, "windows", text, query).json()
            assert (body["unchanged"], len(body["rows"])) == (count, count), (text, body)
    assert state(ipamd) == before
    rows = list(csv.DictReader(io.StringIO(exported(ipamd, "ranges"), newline="")))
    assert {(r["NetworkId"], r["StartIPAddress"], r["AssignmentType"], r["NetworkType"], r["ProviderAddressSpace"], r["CustomerAddressSpace"],
             r["Gateway"]) for r in rows} == {
        ("10.3.0.0/24", "10.3.0.1", "Static", "NonVirtualized", "Default", "", "10.3.0.1\\Automatic"),
        ("10.3.1.0/24", "10.3.1.1", "Static", "NonVirtualized", "Default", "", ""), ("10.3.0.0/24", "10.3.0.5", "Static", "Customer", "Fabric", "Red", ""),
        ("2001:db8::/64", "2001:db8::5", "Auto", "Provider", "Fabric", "", "2001:db8::1\\20")}, rows
    rows = {r["IpAddress"]: r for r in csv.DictReader(io.StringIO(exported(ipamd, "addresses"), newline=""))}
    has(rows["10.3.0.5"], ManagedByService="IPAM", ServiceInstance="Localhost", DeviceName="web1", IpAddressState="In-Use", AssignmentType="Static",
        MacAddress="00-15-5d-01-02-03", AssetTag="T-1", ExpiryDate="2030-12-31T00:00:00.000Z")
    # A filtered list, and what a list of that kind is not.
    assert exported(ipamd, "addresses", "&within=10.3.0.0/29&state=reserved").count("\r\n") == 2
    for resource, query, accept, said in (("blocks", "dialect=windows", "text/csv", "not written"), ("subnets", "dialect=rir", "text/csv", "not written"),
                                          ("subnets", "dialect=x", "text/csv", "not written"), ("subnets", "dialect=windows", "*/*", "Accept: text/csv"),
                                          ("subnets", "dialect=windows&fields=name", "text/csv", "its own columns")):
        body = problem(ipamd.get(f"/api/v1/ipam/{resource}?{query}", headers={"Accept": accept}), 422, "invalid")
        assert said in body["detail"], body
    assert ipamd.ctl("export", "addresses", "--dialect", "windows").stdout.splitlines()[0].startswith('"IpAddress","ManagedByService"')
