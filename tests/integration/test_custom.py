# test_custom.py - custom fields, links between them and logical groups, by the numbers of the checklist of the plan.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import json
import urllib.parse

import pytest

import worlds
from test_api import create, problem
from test_plan_items import change, delete, refused
from worlds import EU, US

API = "/api/v1/"
FIELDS, LINKS, GROUPS = "ipam/custom-fields", "ipam/field-links", "ipam/logical-groups"
SEEDS = {
    "RIR": "AFRINIC,APNIC,ARIN,LACNIC,RIPE",
    "RegionLegacy": "Asia,Caribbean,Central America,Eastern Europe,European Union,Middle East,North America,Oceania,South America",
    "Type of networks": "", "AD site": "", "Microsoft server role": "",
    "Device type": "Firewall,Host,Load balancer,Microsoft Servers,Non-Microsoft servers,Printer,Routers,Switch,Terminal server,VM,VM Manager,"
                   "VOIP Gateway,WAN optimizer,Wireless AP,Wireless controller",
    "Managed by": "IPAM,MS DHCP,Non-MS DHCP,VM Manager,Others", "Managed by entity": "Localhost", "IP Address State": "In-Use,Reserved,Inactive",
    "IP Pool Name": "", "Logical Network": "", "DNS Suffix": "", "Network Site": "", "VM Network": "", "Tenant": "",
    "Isolation Method": "NVGRE,VLAN,VXLAN,IPRewrite", "Region": "",
}


def key(name):
    return urllib.parse.quote(name, safe="")


def set_values(ipamd, name, **changes):
    return ipamd.post(f"{API}{FIELDS}/{key(name)}/set-values", changes)


def show(ipamd, *words):
    return json.loads(ipamd.ctl(*words, "-o", "json").stdout)


def custom(ipamd, path):
    return ipamd.get(API + path).json().get("custom")


def last_change(ipamd):
    return ipamd.get(API + "audit/changes?limit=1").json()["items"][0]


def stage(ipamd):
    return create(ipamd, FIELDS, name="Stage", values=["test", "live"])["id"]


def tree(ipamd, name):
    answer = ipamd.get(f"{API}{GROUPS}/{key(name)}/tree")
    assert answer.status == 200, answer
    return answer.json()


def flat(nodes, *above):
    """[(path, count)] of a tree, in its order."""
    found = []
    for n in nodes:
        found += [((*above, n["value"]), n["count"]), *flat(n.get("nodes", []), *above, n["value"])]
    return found


@pytest.fixture
def with_servers(make_ipamd):
    """A daemon that servers can be added to."""
    ipamd = make_ipamd(start=False)
    ipamd.config["plugins"] = [{"name": "null-dhcp", "isolation": "none"}]
    ipamd.config["profiles"] = [{"name": "site", "driver": "null-dhcp", "options": {"scopes": 1}}]
    ipamd.write_config()
    return ipamd.start()


def test_item_69_eighteen_built_in_fields(ipamd):
    found = {f["name"]: f for f in ipamd.items(FIELDS)}
    assert len(found) == 18 and all(f["builtin"] and f["kind"] == "choice" for f in found.values())
    countries = found.pop("Country/Region")["values"]
    assert len(countries) == 249 and {"Germany", "United Kingdom", "Côte d'Ivoire", "Samoa"} < set(countries)
    assert {n: ",".join(f["values"]) for n, f in found.items()} == SEEDS
    assert show(ipamd, "custom-field", "show", "country/region")["values"] == countries
    head = ipamd.get(API + FIELDS).headers["ipam-revision"]
    ipamd.restart()
    assert ipamd.get(API + FIELDS).headers["ipam-revision"] == head and len(ipamd.items(FIELDS)) == 18


def test_item_70_fields_are_created(ipamd):
    room = create(ipamd, FIELDS, name="Room")
    assert (room["kind"], room.get("values"), room["builtin"]) == ("free", None, False)
    assert stage(ipamd) and ipamd.get(API + FIELDS + "/stage").json()["kind"] == "choice"
    assert create(ipamd, FIELDS, name="Later", kind="choice")["kind"] == "choice"
    assert "free" in refused(ipamd, FIELDS, name="Rack", kind="free", values=["1"])
    assert f"id {room['id']}" in refused(ipamd, FIELDS, "exists", 409, name="ROOM")
    for name in ("Owner", "device_type", "Custom", "gateways", "a=b", " a", "4711", "a\nb", "x" * 129, ""):
        refused(ipamd, FIELDS, name=name)
    refused(ipamd, FIELDS, name="Rack", values=["a", "A"])
    refused(ipamd, FIELDS, name="Rack", values=["a=b"])
    assert "read-only" in refused(ipamd, FIELDS, name="Rack", builtin=True)
    assert "creat" in problem(change(ipamd, FIELDS + "/room", kind="choice"), 422, "invalid")["detail"]
    shown = show(ipamd, "custom-field", "add", "Cost centre", "--value", "A, north", "--value", "B  south")
    assert shown["values"] == ["A, north", "B  south"] and shown["kind"] == "choice"
    ipamd.ctl("custom-field", "delete", "cost centre", "--yes")
    assert ipamd.ctl("custom-field", "show", "cost centre", check=False).returncode != 0
    put = ipamd.request("PUT", API + FIELDS + "/Floor", {"name": "Floor", "values": ["1"]})
    assert put.status == 201 and put.json()["values"] == ["1"]


def test_item_71_built_in_fields_stay_and_take_new_values(ipamd):
    field = f"{FIELDS}/{key('Device type')}"
    before = ipamd.get(API + field).json()
    problem(delete(ipamd, field), 409, "in-use")
    problem(change(ipamd, field, name="Gear"), 409, "in-use")
    problem(change(ipamd, field, values=before["values"][1:]), 409, "in-use")
    problem(change(ipamd, field, values=["Toaster"]), 409, "in-use")
    problem(set_values(ipamd, "Device type", rename={"VM": "Guest"}), 409, "in-use")
    problem(set_values(ipamd, "Device type", remove=["VM"]), 409, "in-use")
    assert ipamd.get(API + field).json() == before
    assert set_values(ipamd, "Device type", add=["Toaster"]).json()["values"] == before["values"] + ["Toaster"]
    assert change(ipamd, f"{FIELDS}/Region", values=["North"]).json()["values"] == ["North"]
    shown = show(ipamd, "custom-field", "set-values", "device type", "--rename", "Toaster=Oven", "--add", "Ice maker")
    assert shown["values"] == before["values"] + ["Oven", "Ice maker"]
    create(ipamd, "ipam/addresses", address="10.1.0.5", device_type="oven")      # said in the address's own field
    ipamd.restart()
    problem(set_values(ipamd, "Device type", remove=["Oven"]), 409, "in-use")
    set_values(ipamd, "Device type", rename={"Oven": "Range"})
    assert ipamd.get(API + "ipam/addresses/10.1.0.5").json()["device_type"] == "Range"
    set_values(ipamd, "Device type", rename={"Range": "Oven"})
    assert delete(ipamd, "ipam/addresses/10.1.0.5").status == 204
    assert set_values(ipamd, "Device type", remove=["Oven", "Ice maker"]).json()["values"] == before["values"]
    problem(set_values(ipamd, "Device type", remove=["Oven"]), 422, "invalid")
    for body in ([], {"add": "x"}, {"add": [1]}, {"rename": ["x"]}, {"rename": {"x": 1}}, {"more": []}, {"add": ["a\nb"]}):
        problem(ipamd.post(f"{API}{field}/set-values", body), 422, "invalid")


def test_item_72_a_rename_takes_everything_along(ipamd):
    stage(ipamd)
    create(ipamd, GROUPS, name="Stages", of="subnet", levels=["Stage"])
    v4 = create(ipamd, "ipam/subnets", prefix="10.1.0.0/24", custom=["Stage=live"])["id"]
    v6 = create(ipamd, "ipam/subnets", prefix="2001:db8::/64", custom=["Stage=live"])["id"]
    hosts = [create(ipamd, "ipam/addresses", address=a, custom=["Stage=live"])["id"] for a in ("10.1.0.5", "2001:db8::5")]
    other = create(ipamd, "ipam/addresses", address="10.1.0.6", custom=["Stage=test"])["id"]
    ipamd.ctl("custom-field", "set-values", "Stage", "--rename", "live=in production")
    assert last_change(ipamd)["operation"] == "ipam.custom-field.set-values" and last_change(ipamd)["count"] == 5
    assert change(ipamd, FIELDS + "/stage", name="Phase").json()["name"] == "Phase"
    assert last_change(ipamd)["count"] == 7       # the field, its group, two subnets, three addresses
    ipamd.restart()                               # what is found of addresses is found after a start too
    ipamd.ctl("custom-field", "set", "Phase", "--name", "State of life")
    for path in [f"ipam/subnets/{i}" for i in (v4, v6)] + [f"ipam/addresses/{i}" for i in hosts]:
        assert custom(ipamd, path) == ["State of life=in production"]
    assert custom(ipamd, f"ipam/addresses/{other}") == ["State of life=test"]
    assert ipamd.get(API + GROUPS + "/Stages").json()["levels"] == ["State of life"]


def test_item_72_what_is_used_is_not_deleted(ipamd):
    stage(ipamd)
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/24", custom=["Stage=live"])
    create(ipamd, "ipam/addresses", address="10.1.0.5", custom=["Stage=test"])
    assert "subnet 10.1.0.0/24" in problem(delete(ipamd, FIELDS + "/Stage"), 409, "in-use")["detail"]
    assert "subnet 10.1.0.0/24" in problem(set_values(ipamd, "Stage", remove=["live"]), 409, "in-use")["detail"]
    assert "addresses" in problem(change(ipamd, FIELDS + "/Stage", values=["live"]), 409, "in-use")["detail"]
    assert change(ipamd, "ipam/subnets/10.1.0.0_24", custom=None).status == 200
    assert set_values(ipamd, "Stage", remove=["live"]).status == 200
    assert "addresses" in problem(delete(ipamd, FIELDS + "/Stage"), 409, "in-use")["detail"]
    ipamd.ctl("address", "set", "10.1.0.5", "--clear", "custom")
    assert delete(ipamd, FIELDS + "/Stage").status == 204


def test_item_73_only_values_of_the_list(ipamd):
    stage(ipamd)
    create(ipamd, FIELDS, name="Room")
    made = create(ipamd, "ipam/subnets", prefix="10.1.0.0/24", custom=["stage=LIVE", "ROOM=4 = west, left"])
    assert made["custom"] == ["Stage=live", "Room=4 = west, left"]      # as the field spells them
    for wrong in ("Stage=old", "Stage=", "Stage", "Colour=red", "=x"):
        assert "custom" in refused(ipamd, "ipam/subnets", prefix="10.1.1.0/24", custom=[wrong])
        assert "custom" in problem(change(ipamd, "ipam/subnets/10.1.0.0_24", custom=[wrong]), 422, "invalid")["detail"]
    assert "twice" in refused(ipamd, "ipam/subnets", prefix="10.1.1.0/24", custom=["Room=1", "room=2"])
    assert "site" in refused(ipamd, "ipam/subnets", prefix="10.1.1.0/24", custom=["Network Site=Bonn"])    # which has a field of its own
    assert custom(ipamd, "ipam/subnets/10.1.0.0_24") == made["custom"]
    made = ipamd.post(API + "ipam/subnets", [{"prefix": "10.2.0.0/24", "custom": ["stage=test"]}, {"prefix": "10.3.0.0/24", "custom": ["stage=LIVE"]}])
    assert [s["custom"] for s in made.json()["items"]] == [["Stage=test"], ["Stage=live"]]
    found = ipamd.get(API + "ipam/subnets?custom.contains=" + key("Stage=live")).json()["items"]
    assert {s["prefix"] for s in found} == {"10.1.0.0/24", "10.3.0.0/24"}


def test_item_74_on_spaces_blocks_subnets_ranges_addresses_and_servers(with_servers):
    ipamd = with_servers
    stage(ipamd)
    objects = [("space", "ipam/spaces", "lab", {"name": "lab"}), ("block", "ipam/blocks", "10.0.0.0/8", {"prefix": "10.0.0.0/8"}),
               ("block", "ipam/blocks", "2001:db8::/32", {"prefix": "2001:db8::/32"}), ("subnet", "ipam/subnets", "10.1.0.0/24", {"prefix": "10.1.0.0/24"}),
               ("subnet", "ipam/subnets", "2001:db8::/64", {"prefix": "2001:db8::/64"}), ("range", "ipam/ranges", "10.1.0.10", {"first": "10.1.0.10", "last": "10.1.0.20"}),
               ("range", "ipam/ranges", "2001:db8::10", {"first": "2001:db8::10", "last": "2001:db8::20"}),
               ("address", "ipam/addresses", "10.1.0.5", {"address": "10.1.0.5"}), ("address", "ipam/addresses", "2001:db8::5", {"address": "2001:db8::5"}),
               ("server", "inventory/servers", "dhcp1", {"name": "dhcp1", "driver": "null-dhcp", "profile": "site", "roles": ["dhcp"]})]
    for noun, resource, name, fields in objects:
        made = create(ipamd, resource, custom=["Stage=live"], **fields)
        assert made["custom"] == ["Stage=live"]
        assert change(ipamd, f"{resource}/{made['id']}", custom=["Stage=test"]).json()["custom"] == ["Stage=test"]
        assert show(ipamd, noun, "set", name, "--custom", "Stage=live")["custom"] == ["Stage=live"]
        assert "old" in problem(change(ipamd, f"{resource}/{made['id']}", custom=["Stage=old"]), 422, "invalid")["detail"]
    assert last_change(ipamd)["operation"] == "inventory.server.change"
    ipamd.restart()
    assert all(custom(ipamd, f"{resource}/{key(name.replace('/', '_'))}") == ["Stage=live"] for _, resource, name, _ in objects)


def test_items_41_and_53_of_several_objects_at_once(ipamd):
    """A file sets and clears values of ranges and addresses, of both families; a bad value spoils its row alone."""
    stage(ipamd)
    create(ipamd, FIELDS, name="Room")
    for resource, first, rows in (
            ("ranges", "first,last,custom", [("10.1.0.10,10.1.0.20", "10.1.0.10"), ("2001:db8::10,2001:db8::20", "2001:db8::10")]),
            ("addresses", "address,custom", [("10.1.0.5", "10.1.0.5"), ("2001:db8::5", "2001:db8::5")])):
        for p in ("10.1.0.0/24", "2001:db8::/64"):
            ipamd.post(API + "ipam/subnets", {"prefix": p})

        def load(cells):
            text = first + "\n" + "".join(f"{r},{c}\n" for (r, _), c in zip(rows, cells))
            return ipamd.request("POST", f"{API}ipam/{resource}?mode=upsert", text.encode(), headers={"Content-Type": "text/csv"}).json()

        assert load(["Stage=live", '"[""Stage=test"",""Room=4 west""]"'])["created"] == 2
        assert [custom(ipamd, f"ipam/{resource}/{k}") for _, k in rows] == [["Stage=live"], ["Stage=test", "Room=4 west"]]
        export = ipamd.get(f"{API}ipam/{resource}", headers={"Accept": "text/csv"}).body
        back = ipamd.request("POST", f"{API}ipam/{resource}?mode=upsert", export, headers={"Content-Type": "text/csv"}).json()
        assert (back["unchanged"], back["refused"]) == (2, 0)
        said = load(["Stage=test", "Stage=old"])
        assert (said["updated"], said["refused"]) == (1, 1) and "old" in said["rows"][1]["message"]
        assert [custom(ipamd, f"ipam/{resource}/{k}") for _, k in rows] == [["Stage=test"], ["Stage=test", "Room=4 west"]]
        noun = {"ranges": "range", "addresses": "address"}[resource]
        ipamd.ctl(noun, "set", *[k for _, k in rows], "--custom", "Room=1 east", "--custom", "Stage=live")
        assert [custom(ipamd, f"ipam/{resource}/{k}") for _, k in rows] == [["Room=1 east", "Stage=live"]] * 2
        ipamd.ctl(noun, "set", *[k for _, k in rows], "--clear", "custom")
        assert [custom(ipamd, f"ipam/{resource}/{k}") for _, k in rows] == [None, None]


def test_item_75_links(ipamd):
    city = create(ipamd, FIELDS, name="City", values=["Bonn", "Kiel", "Ulm"])["id"]
    house = create(ipamd, FIELDS, name="House", values=["B 1", "K 1", "K 2"])["id"]
    room = create(ipamd, FIELDS, name="Room")["id"]
    assert "itself" in refused(ipamd, LINKS, first=city, second=city, pairs=["Bonn=Kiel"])
    assert "free" in refused(ipamd, LINKS, first=city, second=room, pairs=["Bonn=1"])
    assert "twice" in refused(ipamd, LINKS, first=city, second=house, pairs=["Bonn=B 1", "Bonn=B 1"])
    assert "second field" in refused(ipamd, LINKS, first=city, second=house, pairs=["Bonn=B 2"])
    assert "no pair" in refused(ipamd, LINKS, first=city, second=house, pairs=["Bonn"])
    refused(ipamd, LINKS, first=city, second=house, pairs=[])
    refused(ipamd, LINKS, first=city, second=999999, pairs=["Bonn=B 1"])
    link = show(ipamd, "field-link", "add", "city", "--second", "House", "--pair", "Bonn=B 1", "--pair", "Kiel=K 1", "--pair", "Kiel=K 2")
    assert (link["first"], link["second"], link["pairs"]) == (city, house, ["Bonn=B 1", "Kiel=K 1", "Kiel=K 2"])
    refused(ipamd, LINKS, "exists", 409, first=house, second=city, pairs=["B 1=Bonn"])
    assert "B 1" in ipamd.ctl("field-link", "list").stdout
    one, other = ({"prefix": "10.1.0.0/24", "custom": ["City=Bonn"]}, {"prefix": "2001:db8::/64", "custom": ["House=K 2"]})
    assert create(ipamd, "ipam/subnets", **one)["custom"] == ["City=Bonn", "House=B 1"]
    assert create(ipamd, "ipam/subnets", **other)["custom"] == ["House=K 2", "City=Kiel"]
    assert create(ipamd, "ipam/addresses", address="10.1.0.5", custom=["City=Kiel"])["custom"] == ["City=Kiel"]       # either house
    assert "does not go with" in problem(change(ipamd, "ipam/addresses/10.1.0.5", custom=["City=Kiel", "House=B 1"]), 422, "invalid")["detail"]
    assert change(ipamd, "ipam/addresses/10.1.0.5", custom=["City=Ulm"]).json()["custom"] == ["City=Ulm"]
    assert "field link" in problem(set_values(ipamd, "House", remove=["K 1"]), 409, "in-use")["detail"]
    set_values(ipamd, "House", rename={"K 2": "K two"})
    assert ipamd.get(f"{API}{LINKS}/{link['id']}").json()["pairs"] == ["Bonn=B 1", "Kiel=K 1", "Kiel=K two"]
    assert custom(ipamd, "ipam/subnets/2001:db8::_64") == ["House=K two", "City=Kiel"]
    assert change(ipamd, f"{LINKS}/{link['id']}", pairs=["Ulm=K 1"]).json()["pairs"] == ["Ulm=K 1"]
    assert create(ipamd, "ipam/addresses", address="10.1.0.6", custom=["City=Ulm"])["custom"] == ["City=Ulm", "House=K 1"]
    assert delete(ipamd, f"{LINKS}/{link['id']}").status == 204
    assert create(ipamd, "ipam/addresses", address="10.1.0.7", custom=["City=Ulm"])["custom"] == ["City=Ulm"]


def test_item_76_a_tree_by_values(ipamd):
    create(ipamd, FIELDS, name="City", values=["Ulm", "Bonn", "Kiel"])
    create(ipamd, FIELDS, name="House", values=["1", "2"])
    create(ipamd, FIELDS, name="Room")
    assert "free" in refused(ipamd, GROUPS, name="Places", of="subnet", levels=["City", "Room"])
    for levels in ([], ["Street"], ["City", "city"]):
        refused(ipamd, GROUPS, name="Places", of="subnet", levels=levels)
    assert show(ipamd, "logical-group", "add", "Places", "--of", "subnet", "--level", "city", "--level", "House")["levels"] == ["City", "House"]
    refused(ipamd, GROUPS, "exists", 409, name="PLACES", of="range", levels=["City"])
    assert tree(ipamd, "Places") == {"group": "Places", "of": "subnet", "levels": ["City", "House"], "count": 0, "nodes": []}
    for i, values in enumerate((["City=Bonn", "House=2"], ["City=Bonn", "House=1"], ["City=Bonn"], ["City=Ulm", "House=2"], ["House=1"], [], ["City=Bonn", "House=2"])):
        create(ipamd, "ipam/subnets", prefix=f"10.1.{i}.0/24" if i % 2 else f"2001:db8:{i}::/64", **({"custom": values} if values else {}))
    found = tree(ipamd, "places")
    assert found["count"] == 7
    assert flat(found["nodes"]) == [(("Ulm",), 1), (("Ulm", "2"), 1), (("Bonn",), 4), (("Bonn", "1"), 1), (("Bonn", "2"), 2), (("Bonn", None), 1), ((None,), 2)]
    assert ipamd.ctl("logical-group", "tree", "Places").stdout.splitlines() == [
        "Places: 7 objects by City, House", "  Ulm (1)", "    2 (1)", "  Bonn (4)", "    1 (1)", "    2 (2)", "    unmapped (1)", "  unmapped (2)"]
    assert show(ipamd, "logical-group", "tree", "Places") == found
    assert change(ipamd, GROUPS + "/Places", levels=["House"]).status == 200
    assert flat(tree(ipamd, "Places")["nodes"]) == [(("1",), 2), (("2",), 3), ((None,), 2)]
    problem(ipamd.get(f"{API}{GROUPS}/Nowhere/tree"), 404, "not-found")
    problem(ipamd.get(f"{API}{GROUPS}/Places/tree?depth=1"), 422, "invalid")
    assert delete(ipamd, GROUPS + "/Places").status == 204 and len(ipamd.items("ipam/subnets")) == 7


def test_item_77_groups_of_each_kind_and_three_that_stay(with_servers):
    ipamd = with_servers
    built_in = {"Network devices": ("address", ["Device type"]), "Managed by": ("range", ["Managed by", "Managed by entity"]),
                "VirtualizedProviderAddressSpace": ("subnet", ["Logical Network", "Network Site"])}
    assert {g["name"]: (g["of"], g["levels"]) for g in ipamd.items(GROUPS)} == built_in
    for name in built_in:
        problem(delete(ipamd, f"{GROUPS}/{key(name)}"), 409, "in-use")
        problem(change(ipamd, f"{GROUPS}/{key(name)}", levels=["Region"]), 409, "in-use")
    stage(ipamd)
    create(ipamd, "ipam/subnets", prefix="10.1.0.0/24", logical_network="core", site="Bonn", custom=["Stage=live"])
    create(ipamd, "ipam/subnets", prefix="2001:db8::/64", logical_network="core")
    create(ipamd, "ipam/ranges", first="10.1.0.10", last="10.1.0.20", custom=["Stage=live"])
    for address, more in (("10.1.0.5", {"custom": ["Stage=live"]}), ("10.1.0.6", {"device_type": "printer"}), ("2001:db8::5", {"device_type": "Kettle"})):
        create(ipamd, "ipam/addresses", address=address, **more)
    create(ipamd, "inventory/servers", name="dhcp1", driver="null-dhcp", profile="site", roles=["dhcp"], custom=["Stage=live"])
    assert flat(tree(ipamd, "Network devices")["nodes"]) == [(("Host",), 1), (("Printer",), 1), (("Kettle",), 1)]
    assert flat(tree(ipamd, "Managed by")["nodes"]) == [(("IPAM",), 1), (("IPAM", "Localhost"), 1)]
    assert flat(tree(ipamd, "VirtualizedProviderAddressSpace")["nodes"]) == [(("core",), 2), (("core", "Bonn"), 1), (("core", None), 1)]
    for of, rest in (("subnet", 1), ("range", 0), ("address", 2), ("server", 0)):
        create(ipamd, GROUPS, name=f"of {of}", of=of, levels=["Stage"])
        assert flat(tree(ipamd, f"of {of}")["nodes"]) == [(("live",), 1), *([((None,), rest)] if rest else [])]


def test_item_76_only_what_one_sees_is_counted_and_renames_reach_all(make_ipamd):
    w = worlds.World(make_ipamd, 8055)
    try:
        w.scope(US)
        w.admin.good("POST", "/ipam/custom-fields", {"name": "Stage", "values": ["live", "test"]})
        for of in ("subnet", "address"):
            w.admin.good("POST", "/ipam/logical-groups", {"name": f"by {of}", "of": of, "levels": ["Stage"]})
        for net, value, scope in (("10.77.1.0/24", "live", EU), ("10.77.2.0/24", "test", US)):
            made = w.admin.good("POST", "/ipam/subnets", {"prefix": net, "custom": [f"Stage={value}"]})["id"]
            w.put_into("/ipam/subnets", made, scope)
            w.admin.good("POST", "/ipam/addresses", {"address": net.replace("0/24", "5"), "custom": [f"Stage={value}"]})
        assert w.u0.ask("POST", "/ipam/custom-fields/Stage/set-values", {"add": ["x"]}).status == 403
        w.policy("token:u0", "asm-administrator", EU)

        def seen(caller, of):
            nodes = caller.good("GET", f"/ipam/logical-groups/by%20{of}/tree")["nodes"]
            return {path[0]: count for path, count in flat(nodes) if path[0] is not None}

        for of in ("subnet", "address"):
            assert seen(w.admin, of) == {"live": 1, "test": 1} and seen(w.u0, of) == {"live": 1}
        said = w.u0.ask("DELETE", "/ipam/custom-fields/Stage")
        assert said.status == 409
        assert w.u0.ask("POST", "/ipam/custom-fields/Stage/set-values", {"remove": ["test"]}).status == 409
        assert b"10.77.2" not in w.u0.ask("POST", "/ipam/custom-fields/Stage/set-values", {"remove": ["test"]}).body
        assert w.u.get("/ipam/custom-fields/Stage").status == 200
        w.u0.good("POST", "/ipam/custom-fields/Stage/set-values", {"rename": {"test": "trial"}})      # rights of fields ask for no place
        assert seen(w.admin, "address") == {"live": 1, "trial": 1} and w.u0.get("/ipam/subnets/10.77.2.0_24").status == 404
    finally:
        w.close()


def test_item_72_renames_at_once_lose_nothing(ipamd):
    """Field and values are renamed by several at a time, each asked by a name of before: what objects have is what the field has."""
    create(ipamd, FIELDS, name="Stage", values=["v0"])
    field = ipamd.get(API + FIELDS + "/Stage").json()["id"]
    for i in range(20):
        create(ipamd, "ipam/addresses", address=f"10.1.0.{i + 1}", custom=["Stage=v0"])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda i: change(ipamd, f"{FIELDS}/{field}", name=f"Stage {i}") if i % 2 else
                             ipamd.post(f"{API}{FIELDS}/{field}/set-values", {"rename": {ipamd.get(f"{API}{FIELDS}/{field}").json()["values"][0]: f"v{i}"}}), range(40)))
    assert {a.status for a in done} <= {200, 422, 503} and sum(a.status == 200 for a in done) > 20       # a value may be renamed by another before
    now = ipamd.get(f"{API}{FIELDS}/{field}").json()
    assert {tuple(a["custom"]) for a in ipamd.items("ipam/addresses")} == {(f"{now['name']}={now['values'][0]}",)}
