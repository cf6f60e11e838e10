# test_import_items.py - ranges, sources and custom fields out of files, and every list as a file: items 92, 93, 96, 99.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""Names of tests end with the number of the item they prove."""
import csv
import io
import json

import pytest

import worlds
from test_api import create, problem
from test_foreign import previewed, take
from test_import import load, verdicts
from test_write import state
from worlds import EU

API = "/api/v1/"
PLANS = [("10.1.0.0/16", "10.1.{}.0/24", "10.1.{}.{}"), ("2001:db8::/48", "2001:db8:0:{}::/64", "2001:db8:0:{}::{}")]
both = pytest.mark.parametrize("wide, subnet, host", PLANS)


def ranges(ipamd):
    return {r["first"]: r for r in ipamd.items("ipam/ranges")}


def addresses(ipamd):
    return {a["address"]: a for a in ipamd.items("ipam/addresses")}


def mapped(ipamd, first):
    return [a["address"] for a in ipamd.get(f"{API}ipam/ranges/{first}/reclaimable").json()["items"]]


def rows(text):
    return list(csv.DictReader(io.StringIO(text.decode() if isinstance(text, bytes) else text, newline="")))


def stage(ipamd, subnet, host):
    """Two subnets, with a range each that has an address; and one address beside them."""
    for n in (1, 2):
        create(ipamd, "ipam/subnets", prefix=subnet.format(n))
        create(ipamd, "ipam/ranges", first=host.format(n, 10), last=host.format(n, 19), name="there")
        create(ipamd, "ipam/addresses", address=host.format(n, 15))
    create(ipamd, "ipam/addresses", address=host.format(1, 40))


# --- 92 ---

@both
def test_a_file_of_ranges_is_an_upsert_92(ipamd, wide, subnet, host):
    stage(ipamd, subnet, host)
    text = (f"first,last,name,kind\n{host.format(1, 10)},{host.format(1, 19)},new,\n{host.format(1, 30)},{host.format(1, 39)},made,dynamic\n"
            f"{host.format(1, 15)},{host.format(1, 16)},inside,\n{host.format(9, 1)},{host.format(9, 2)},nowhere,\n")
    answer = load(ipamd, "ranges", text, "mode=upsert")
    assert [v for _, _, v in verdicts(answer)] == ["updated", "created", "refused", "refused"]
    assert "overlaps" in answer.json()["rows"][2]["message"] and "in no subnet" in answer.json()["rows"][3]["message"]
    now = ranges(ipamd)
    assert set(now) == {host.format(1, 10), host.format(1, 30), host.format(2, 10)}      # what the file has not stays
    assert now[host.format(1, 10)]["name"] == "new" and now[host.format(1, 30)]["kind"] == "dynamic"
    assert load(ipamd, "ranges", text, "mode=upsert").json()["unchanged"] == 2
    body = load(ipamd, "ranges", f"first,last\n{host.format(1, 10)},{host.format(1, 12)}\n", "mode=upsert").json()
    assert "only when the object is created" in body["rows"][0]["message"]


@both
@pytest.mark.parametrize("also", (False, True))
def test_a_sync_of_ranges_leaves_or_takes_their_addresses_92(ipamd, wide, subnet, host, also):
    stage(ipamd, subnet, host)
    other = create(ipamd, "ipam/spaces", name="other")["id"]
    create(ipamd, "ipam/subnets", prefix=subnet.format(1), space=other)
    create(ipamd, "ipam/ranges", first=host.format(1, 10), last=host.format(1, 19), space=other)
    create(ipamd, "ipam/addresses", address=host.format(1, 15), space=other)
    query = f"mode=sync&space=default&within={wide}&managed_by=ipamd&instance=localhost" + ("&children=true" if also else "")
    text = f"first,last,name\n{host.format(2, 10)},{host.format(2, 19)},kept\n{host.format(1, 14)},{host.format(1, 16)},new\n"
    before = state(ipamd)
    shown = load(ipamd, "ranges", text, query + "&dry_run=true").json()
    assert state(ipamd) == before and len(shown["changes"]) == 3 + also
    answer = load(ipamd, "ranges", text, query)
    assert verdicts(answer) == [(None, host.format(1, 10), "deleted"), (2, host.format(2, 10), "updated"), (3, host.format(1, 14), "created")]
    assert [(r["first"], r["space"] == other) for r in ipamd.items("ipam/ranges")] == [
        (host.format(2, 10), False), (host.format(1, 10), True), (host.format(1, 14), False)]
    there = [(a["address"], a["space"] == other) for a in ipamd.items("ipam/addresses")]
    gone = (host.format(1, 15), False)
    assert (gone in there) != also and len(there) == 4 - also and (host.format(1, 15), True) in there
    # Without it they are in another range now, if there is one.
    assert mapped(ipamd, host.format(1, 14)) == ([] if also else [host.format(1, 15)])
    head = int(ipamd.get(API + "ipam/spaces").headers["ipam-revision"])
    undone = ipamd.post(f"{API}audit/changes/{head}/revert", {})
    assert undone.status == 201, undone
    assert len(ipamd.items("ipam/addresses")) == 4 and ranges(ipamd)[host.format(2, 10)]["name"] == "there"


def test_what_a_sync_of_ranges_is_not_92(ipamd):
    stage(ipamd, *PLANS[0][1:])
    before = state(ipamd)
    for query, said in (("mode=sync", "within what"), ("mode=upsert&children=true", "mode=sync alone"), ("mode=upsert&managed_by=ipamd", "mode=sync alone"),
                        ("mode=sync&space=default&managed_by=kea", "another source"), ("mode=sync&space=default&instance=dhcp1", "another source"),
                        ("mode=sync&space=default&children=perhaps", "children")):
        body = problem(load(ipamd, "ranges", "first,last\n", query, status=422), 422, "invalid")
        assert said in body["detail"], body
    body = problem(load(ipamd, "subnets", "prefix\n", "mode=sync&space=default&children=true", status=422), 422, "invalid")
    assert "ranges alone" in body["detail"]
    assert state(ipamd) == before


@pytest.mark.usefixtures("kea")
def test_ranges_of_servers_outlive_a_sync_with_its_addresses_92(ipamd):
    ipamd.add_kea()
    before = ranges(ipamd)
    assert before and all(r["managed_by"] == "kea" for r in before.values())
    body = load(ipamd, "ranges", "first,last\n", "mode=sync&space=default&children=true").json()
    assert body["deleted"] == body["refused"] == 0 and ranges(ipamd).keys() == before.keys()


def test_addresses_go_with_ranges_by_right_alone_92(make_ipamd):
    """Who may not delete an address keeps its range."""
    w = worlds.World(make_ipamd, 8056)
    try:
        for prefix, first, last, inside in (("172.16.0.0/24", "172.16.0.10", "172.16.0.19", "172.16.0.11"),
                                            ("2001:db8::/64", "2001:db8::10", "2001:db8::19", "2001:db8::11")):
            w.put_into("/ipam/subnets", w.admin.good("POST", "/ipam/subnets", {"prefix": prefix})["id"], EU)
            w.admin.good("POST", "/ipam/ranges", {"first": first, "last": last})
            w.admin.good("POST", "/ipam/addresses", {"address": inside})
        w.admin.good("POST", "/access/roles", {"name": "ranges", "operations": [
            "ipam.subnet.read", "ipam.range.read", "ipam.range.create", "ipam.range.change", "ipam.range.delete", "ipam.address.read"]})
        w.policy("token:u0", "ranges", EU)

        def sync(caller, within):
            return caller.good("POST", f"/ipam/ranges?mode=sync&within={within}&children=true", b"first,last\n", headers={"Content-Type": "text/csv"})

        for within in ("172.16.0.0/24", "2001:db8::/64"):
            body = sync(w.u0, within)
            assert [(r["verdict"], r.get("problem")) for r in body["rows"]] == [("refused", "denied")], body
            assert len(w.admin.items(f"/ipam/addresses?within={within}")) == 1
            assert sync(w.admin, within)["deleted"] == 1 and w.admin.items(f"/ipam/addresses?within={within}") == []
    finally:
        w.close()


def test_a_sync_of_ranges_by_the_command_line_92(ipamd, tmp_path):
    for _, subnet, host in PLANS:
        stage(ipamd, subnet, host)
    file = tmp_path / "ranges.csv"
    file.write_text("first,last\n10.1.1.10,10.1.1.19\n2001:db8:0:1::10,2001:db8:0:1::19\n")
    words = ["import", "ranges", str(file), "--mode", "sync", "--space", "default", "--managed-by", "IPAM", "--instance", "Localhost", "--children"]
    shown = ipamd.ctl(*words, "--dry-run")
    assert "10.1.2.15" in shown.stdout and len(ranges(ipamd)) == 4
    done = ipamd.ctl(*words)
    assert "2 unchanged, 2 deleted, 0 refused" in done.stderr, done
    assert set(ranges(ipamd)) == {"10.1.1.10", "2001:db8:0:1::10"}
    assert set(addresses(ipamd)) == {"10.1.1.15", "10.1.1.40", "2001:db8:0:1::15", "2001:db8:0:1::40"}
    wrong = ipamd.ctl("import", "ranges", str(file), "--mode", "sync", "--space", "default", "--managed-by", "kea", check=False)
    assert wrong.returncode == 2 and "another source" in wrong.stderr, wrong


def test_more_addresses_than_one_sync_deletes_92(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.0.0.0/8")
    create(ipamd, "ipam/ranges", first="10.0.0.1", last="10.0.255.255")
    load(ipamd, "addresses", "address\n" + "".join(f"10.0.{n >> 8}.{n & 255}\n" for n in range(1, 4002)))
    before = state(ipamd)
    body = problem(load(ipamd, "ranges", "first,last\n", "mode=sync&space=default&children=true", status=413), 413, "too-large")
    assert "4000" in body["detail"] and body["hint"] and state(ipamd) == before
    assert ipamd.request("DELETE", API + "ipam/addresses/10.0.0.1").status == 204
    assert load(ipamd, "ranges", "first,last\n", "mode=sync&space=default&children=true").json()["deleted"] == 1
    assert ipamd.items("ipam/addresses") == []


# --- 93 ---

@both
def test_services_and_instances_are_made_on_demand_93(ipamd, wide, subnet, host):
    create(ipamd, "ipam/subnets", prefix=subnet.format(1))
    files = {"ranges": ("NetworkId,StartIPAddress,EndIPAddress,", f"{subnet.format(1)},{host.format(1, 10)},{host.format(1, 19)},"),
             "addresses": ("IPAddress,", host.format(1, 5) + ",")}
    for resource, (titles, cells) in files.items():
        text = f"{titles}ManagedByService,ServiceInstance\n{cells}{{}},{{}}\n"
        before = state(ipamd)
        for service, instance, field, value in (("VMM", "Localhost", "Managed by", "VMM"), ("ipam", f"{resource}.example.org", "Managed by entity", f"{resource}.example.org")):
            body = take(ipamd, resource, "windows", text.format(service, instance)).json()
            assert [r["verdict"] for r in body["rows"]] == ["refused"]
            assert f'"{value}" is none of the values of the custom field "{field}"' in body["rows"][0]["message"] and "create_source=true" in body["rows"][0]["message"]
        assert state(ipamd) == before
        service = resource.upper()
        body = previewed_with_source(ipamd, resource, text.format(service, f"{resource}.example.org"))
        assert [r["verdict"] for r in body["rows"]] == ["created"], body
        assert service in values(ipamd, "Managed by") and f"{resource}.example.org" in values(ipamd, "Managed by entity")
        made = (ranges if resource == "ranges" else addresses)(ipamd)[host.format(1, 10 if resource == "ranges" else 5)]
        assert made["description"] == f"managed by: {service}; service instance: {resource}.example.org"
        # From then on it is known, in any case of letters.
        body = take(ipamd, resource, "windows", text.format(service.lower(), f"{resource}.EXAMPLE.org"), "mode=upsert").json()
        assert body["refused"] == 0, body
    assert values(ipamd, "Managed by") == ["IPAM", "MS DHCP", "Non-MS DHCP", "VM Manager", "Others", "RANGES", "ADDRESSES"]


def previewed_with_source(ipamd, resource, text):
    before = state(ipamd)
    shown = take(ipamd, resource, "windows", text, "create_source=true&dry_run=true").json()
    assert len(shown["changes"]) == 3 and state(ipamd) == before, shown
    return take(ipamd, resource, "windows", text, "create_source=true").json()


def values(ipamd, field):
    return next(f for f in ipamd.items("ipam/custom-fields") if f["name"] == field)["values"]


def test_a_row_that_is_refused_makes_no_source_93(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.1.0/24")
    create(ipamd, "ipam/subnets", prefix="2001:db8::/64")
    text = ("NetworkId,StartIPAddress,EndIPAddress,ManagedByService,ServiceInstance\n10.1.1.0/24,10.1.1.0,10.1.1.9,First,a\n10.1.1.0/24,10.1.1.10,10.1.1.19,Second,b\n"
            "2001:db8::/64,2001:db8::10,2001:db8::19,second,B\n10.1.1.0/24,10.1.1.30,10.1.1.39,MS DHCP,c\n10.1.1.0/24,10.1.1.40,10.1.1.49,=x,d\n")
    body = take(ipamd, "ranges", "windows", text, "create_source=true").json()
    assert [r["verdict"] for r in body["rows"]] == ["refused", "created", "created", "refused", "refused"], body
    assert values(ipamd, "Managed by")[5:] == ["Second"] and values(ipamd, "Managed by entity") == ["Localhost", "b"]
    assert "DHCP server manages" in body["rows"][3]["message"]


def test_a_source_is_made_by_right_alone_93(make_ipamd):
    w = worlds.World(make_ipamd, 8056)
    try:
        for prefix in ("172.16.0.0/24", "2001:db8::/64"):
            w.put_into("/ipam/subnets", w.admin.good("POST", "/ipam/subnets", {"prefix": prefix})["id"], EU)
        w.admin.good("POST", "/access/roles", {"name": "hosts", "operations": ["ipam.subnet.read", "ipam.address.read", "ipam.address.create"]})
        w.policy("token:u0", "hosts", EU)
        text = "IPAddress,ManagedByService\n172.16.0.5,VMM\n2001:db8::5,VMM\n172.16.0.6,IPAM\n"
        body = w.u0.good("POST", "/ipam/addresses?dialect=windows&create_source=true", text.encode(), headers={"Content-Type": "text/csv"})
        assert [(r["verdict"], r.get("problem")) for r in body["rows"]] == [("refused", "denied"), ("refused", "denied"), ("created", None)], body
        assert "VMM" not in values(w.daemon, "Managed by")
    finally:
        w.close()


def test_sources_by_the_command_line_93(ipamd, tmp_path):
    file = tmp_path / "addresses.csv"
    file.write_text("IPAddress,ManagedByService,ServiceInstance\n10.1.0.5,VMM,vmm1\n2001:db8::5,VMM,vmm1\n")
    words = ["import", "addresses", str(file), "--dialect", "windows"]
    refused = ipamd.ctl(*words, check=False)
    assert refused.returncode == 1 and refused.stdout.count("none of the values") == 2 and "2 refused" in refused.stderr, refused
    done = ipamd.ctl(*words, "--create-source")
    assert "2 created" in done.stderr and values(ipamd, "Managed by entity") == ["Localhost", "vmm1"]


# --- 96 ---

@both
def test_columns_of_custom_fields_96(ipamd, wide, subnet, host):
    create(ipamd, "ipam/custom-fields", name="Stage", values=["test", "live"])
    create(ipamd, "ipam/custom-fields", name="Room")
    text = {"blocks": ("prefix", [wide]), "subnets": ("prefix", [subnet.format(1), subnet.format(2)]),
            "ranges": ("first,last", [f"{host.format(n, 10)},{host.format(n, 19)}" for n in (1, 2)]),
            "addresses": ("address", [host.format(1, 5), host.format(2, 5)]), "spaces": ("name", ["lab"])}
    for resource, (titles, cells) in text.items():
        def put(*values, columns="STAGE,Room", resource=resource, titles=titles, cells=cells):
            return load(ipamd, resource, f"{titles},{columns}\n" + "".join(f"{c},{v}\n" for c, v in zip(cells, values)), "mode=upsert").json()

        def there(resource=resource, count=len(cells)):
            return [o.get("custom") for o in ipamd.items(f"ipam/{resource}")][-count:]

        full = ['live,"4 = west, left"', "TEST,"]
        n = len(cells)
        assert put(*full)["created"] == n
        assert there() == [["Stage=live", "Room=4 = west, left"], ["Stage=test"]][:n]      # as the field spells them
        before = state(ipamd)
        assert put(*full)["unchanged"] == n and put(*[v.split(",")[0] for v in full], columns="stage")["unchanged"] == n and state(ipamd) == before
        # A column says nothing of the other fields; an empty cell takes the value away.
        assert put("test", "", columns="Stage")["updated"] == n
        assert there() == [["Stage=test", "Room=4 = west, left"], None][:n]
        assert put('"4 = west, left"', "4 west", columns="Room")["unchanged"] == 1
        assert there() == [["Stage=test", "Room=4 = west, left"], ["Room=4 west"]][:n]
        # On top of the whole list.
        assert put("Room=9,live", "Stage=live,", columns="custom,Stage")["updated"] == n
        assert there() == [["Room=9", "Stage=live"], None][:n]
        # A value that the list does not have spoils its row alone.
        body = put("old,", "live,3")
        assert [r["verdict"] for r in body["rows"]] == ["refused", "updated"][:n], body
        assert '"old" is none of the values of the custom field "Stage"' in body["rows"][0]["message"]
        assert "one line" in put('live,"a\nb"', "live,3")["rows"][0]["message"]
        assert there() == [["Room=9", "Stage=live"], ["Stage=live", "Room=3"]][:n]
        titles_of = "address" if resource == "addresses" else titles
        for column, said in (("Colour", 'has no field "Colour"'), ("Room,ROOM", '"Room" is there twice')):
            body = problem(load(ipamd, resource, f"{titles_of},{column}\n", "mode=upsert", status=422), 422, "invalid")
            assert said in body["detail"] and "line 1, column " in body["detail"], body
    for resource, column, field in (("addresses", "Device type", "device_type"), ("subnets", "network site", "site"), ("ranges", "Managed by", "managed_by")):
        body = problem(load(ipamd, resource, f"{text[resource][0]},{column}\n", "mode=upsert", status=422), 422, "invalid")
        assert "of its own" in body["detail"] and field in body["detail"] + body["hint"], body


@both
def test_columns_of_custom_fields_of_windows_96(ipamd, wide, subnet, host):
    create(ipamd, "ipam/custom-fields", name="Stage", values=["test", "live"])
    files = {"subnets": f"Name,NetworkId,stage,Colour\nOne,{subnet.format(1)},LIVE,red\nTwo,{subnet.format(2)},old,\n",
             "ranges": f"NetworkId,StartIPAddress,EndIPAddress,Stage,Colour\n{subnet.format(1)},{host.format(1, 10)},{host.format(1, 19)},live,red\n"
                       f"{subnet.format(1)},{host.format(1, 20)},{host.format(1, 29)},old,\n",
             "addresses": f"IPAddress,Stage,Colour\n{host.format(1, 5)},live,red\n{host.format(1, 6)},old,\n"}
    for resource, text in files.items():
        body = previewed(ipamd, resource, "windows", text)
        assert [r["verdict"] for r in body["rows"]] == ["created", "refused", "passed_over"], body
        assert '"old" is none of the values' in body["rows"][1]["message"] and body["rows"][2]["message"] == 'a value of the column "Colour"'
        assert [o.get("custom") for o in ipamd.items(f"ipam/{resource}")] == [["Stage=live"]]
        assert take(ipamd, resource, "windows", text, "mode=upsert").json()["unchanged"] == 1


def test_links_follow_a_column_and_servers_have_them_96(make_ipamd):
    ipamd = make_ipamd(start=False)
    ipamd.config["plugins"] = [{"name": "null-dhcp", "isolation": "none"}]
    ipamd.config["profiles"] = [{"name": "site", "driver": "null-dhcp", "options": {"scopes": 1}}]
    ipamd.write_config()
    ipamd.start()
    first, second = (create(ipamd, "ipam/custom-fields", name=name, values=listed)["id"]
                     for name, listed in (("Stage", ["test", "live"]), ("Alarm", ["none", "night"])))
    create(ipamd, "ipam/field-links", first=first, second=second, pairs=["live=night"])
    load(ipamd, "subnets", "prefix,Stage\n10.1.0.0/24,live\n2001:db8::/64,LIVE\n")
    assert [s["custom"] for s in ipamd.items("ipam/subnets")] == [["Stage=live", "Alarm=night"]] * 2
    answer = ipamd.post(API + "inventory/servers", b"name,driver,profile,roles,Stage\ndhcp1,null-dhcp,site,dhcp,test\n", headers={"Content-Type": "text/csv"})
    assert answer.json()["created"] == 1 and ipamd.items("inventory/servers")[0]["custom"] == ["Stage=test"], answer


def test_custom_columns_by_the_command_line_96(ipamd, tmp_path):
    create(ipamd, "ipam/custom-fields", name="Stage", values=["test", "live"])
    file = tmp_path / "subnets.csv"
    file.write_text("prefix,stage\n10.1.0.0/24,live\n2001:db8::/64,old\n")
    partly = ipamd.ctl("import", "subnets", str(file), check=False)
    assert partly.returncode == 7 and "none of the values" in partly.stdout and "1 created" in partly.stderr
    file.write_text("prefix,stag\n10.2.0.0/24,live\n")
    wrong = ipamd.ctl("import", "subnets", str(file), check=False)
    assert wrong.returncode == 2 and 'no field "stag"' in wrong.stderr


# --- 99 ---

def lists(ipamd):
    """The paths of all lists of the API, but for those of what lies in one object."""
    paths = ipamd.get(API + "openapi.json").json()["paths"]
    asked = {p: ipamd.get(p) for p, of in paths.items() if "get" in of and "{key}" not in p and p not in (API + "feed", API + "audit/export")}
    return [p for p, answer in asked.items() if answer.headers.get("content-type") == "application/json" and {"items", "next"} <= answer.json().keys()]


def walk(ipamd, path, limit=1000):
    """A whole list as CSV, page after page."""
    text, cursor, pages = b"", "", 0
    while cursor is not None:
        sep = "&" if "?" in path else "?"
        page = ipamd.get(f"{path}{sep}limit={limit}" + (f"&cursor={cursor}" if cursor else ""), headers={"Accept": "text/csv"})
        assert page.status == 200 and page.headers["content-type"].startswith("text/csv"), (path, page)
        text += page.body if not text else page.body.split(b"\r\n", 1)[1]
        cursor = page.headers.get("ipam-next")
        pages += 1
    return text, pages


def test_every_list_is_a_file_too_99(ipamd):
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/24", name='a, "b"\nc')
    paths = lists(ipamd)
    assert len(paths) > 35 and {API + "ipam/ranges", API + "audit/changes", API + "system/tasks", API + "dhcp/leases", API + "access/roles"} <= set(paths)
    for path in paths:
        whole = ipamd.get(path + "?limit=1000").json()["items"]
        text = walk(ipamd, path)[0]
        got = rows(text)
        assert len(got) == len(whole), path
        for row, item in zip(got, whole):
            assert set(item) <= set(row), path


@both
def test_filtered_lists_are_written_page_by_page_and_taken_back_99(ipamd, wide, subnet, host):
    hard = ['say "hi"', "a, b", "two\nlines", "=1+1", "'quoted", "", "ü", " blank "]
    create(ipamd, "ipam/custom-fields", name="Room")
    create(ipamd, "ipam/blocks", prefix=wide, name="all")
    create(ipamd, "ipam/spaces", name="lab", description=hard[2])
    for n in (1, 2):
        create(ipamd, "ipam/subnets", prefix=subnet.format(n), name=f"net {n}", description=hard[n])
        for i in range(3):
            create(ipamd, "ipam/ranges", first=host.format(n, 10 + i * 10), last=host.format(n, 19 + i * 10), name=f"r{n}", description=hard[i + 2])
        for i, text in enumerate(hard):
            create(ipamd, "ipam/addresses", address=host.format(n, i + 1), description=text, custom=[f"Room={i}, {n}"])
    cases = [("ipam/addresses", f"within={subnet.format(1)}&order=-address", 8), ("ipam/addresses", "description.contains=%22", 2),
             ("ipam/ranges", f"overlaps={subnet.format(2)}&name=r2&order=first", 3), ("ipam/subnets", "name.in=net+1&order=name", 1),
             ("ipam/blocks", "name=all", 1), ("ipam/spaces", "name=lab", 1)]
    before = state(ipamd)
    for resource, query, count in cases:
        shown = ipamd.get(f"{API}{resource}?{query}").json()["items"]
        text, pages = walk(ipamd, f"{API}{resource}?{query}", limit=2)
        got = rows(text)
        assert len(got) == len(shown) == count and pages >= count / 2
        assert [r["id"] for r in got] == [str(i["id"]) for i in shown]      # the same, in the same order
        body = load(ipamd, resource.split("/")[1], text, "mode=upsert&all_or_nothing=true").json()
        assert body["unchanged"] == count, body
        chosen = rows(walk(ipamd, f"{API}{resource}?{query}&fields=description,id")[0])
        assert [set(r) for r in chosen] == [{"id", "description"}] * count
    assert state(ipamd) == before
    # Into an empty plan it makes the same again.
    text, _ = walk(ipamd, f"{API}ipam/addresses?order=address")
    kept = {a["address"]: (a.get("description"), a["custom"]) for a in ipamd.items("ipam/addresses")}
    load(ipamd, "addresses", "address\n", "mode=sync&space=default")
    assert ipamd.items("ipam/addresses") == []
    assert load(ipamd, "addresses", text).json()["created"] == len(kept)
    assert {a["address"]: (a.get("description"), a["custom"]) for a in ipamd.items("ipam/addresses")} == kept


def test_lists_and_exports_by_the_command_line_99(ipamd, tmp_path):
    for _, subnet, host in PLANS:
        stage(ipamd, subnet, host)
    create(ipamd, "ipam/addresses", address="10.1.1.41", name="web, \"1\"", description="x" * 1000)
    create(ipamd, "ipam/addresses", address="10.1.1.42", name="web2", description="y" * 1000)
    got = rows(ipamd.ctl("export", "addresses", "--within", "10.1.1.0/24", "--order=-address", "--fields", "address,name").stdout)
    assert [(r["address"], r["name"]) for r in got] == [("10.1.1.42", "web2"), ("10.1.1.41", 'web, "1"'), ("10.1.1.40", ""), ("10.1.1.15", "")]
    got = ipamd.ctl("export", "addresses", "--where", "name.prefix=web", "--order", "description").stdout
    assert [r["address"] for r in rows(got)] == ["10.1.1.41", "10.1.1.42"]
    file = tmp_path / "web.csv"
    file.write_text(got, newline="")
    assert "2 unchanged" in ipamd.ctl("import", "addresses", str(file), "--mode", "upsert").stderr
    assert [r["first"] for r in rows(ipamd.ctl("export", "ranges", "--contains", "2001:db8:0:2::15").stdout)] == ["2001:db8:0:2::10"]
    assert [r["first"] for r in rows(ipamd.ctl("export", "ranges", "--overlaps", "10.1.2.0/28", "-o", "csv").stdout)] == ["10.1.2.10"]
    head = ipamd.get(API + "ipam/spaces").headers["ipam-revision"]
    ipamd.ctl("address", "delete", "10.1.1.42", "--yes")
    assert len(rows(ipamd.ctl("export", "addresses", "--where", "name=web2", "--at", head).stdout)) == 1
    assert rows(ipamd.ctl("export", "addresses", "--where", "name=web2").stdout) == []
    wrong = ipamd.ctl("export", "ranges", "--where", "colour=red", check=False)
    assert wrong.returncode == 2 and "a range has no field 'colour'" in wrong.stderr, wrong
    assert ipamd.ctl("export", "ranges", "-o", "json", check=False).returncode == 2
    # Any list, not only those that can be taken back.
    for noun in ("change", "task", "role", "custom-field", "logical-group", "job", "alert", "conflict", "lease", "plugin"):
        csv_rows = rows(ipamd.ctl(noun, "list", "-o", "csv").stdout)
        assert len(csv_rows) >= len(json.loads(ipamd.ctl(noun, "list", "-o", "json").stdout)) - 1, noun
    exported = rows(ipamd.ctl("export", "changes", "--where", "operation=ipam.range.create").stdout)
    assert len(exported) == 4


def test_an_export_holds_one_page_99(ipamd):
    """However long a list is, each answer has the rows of one page, and the command writes it before it asks for the next."""
    load(ipamd, "addresses", "address,description\n" + "".join(f"10.0.{n >> 8}.{n & 255},{n:05}{'d' * 1000}\n" for n in range(1, 2501)))
    text, pages = walk(ipamd, API + "ipam/addresses?order=-description")
    assert pages == 3 and [int(r["description"][:5]) for r in rows(text)] == list(range(2500, 0, -1))
    assert rows(ipamd.ctl("export", "addresses", "--order=-description").stdout) == rows(text)      # with cursors as long as that
