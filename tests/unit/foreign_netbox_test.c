/* foreign_netbox_test.c - NetBox's CSV, as its import takes it and its lists export it, and its REST JSON.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "foreign_rows.h"

struct row {
    uint32_t type;
    const char *text, *rows;
};

static const struct row csv[] = {
    /* Prefixes as they are imported: containers are blocks. */
    { IPAM_T_SUBNET,
      "prefix,vrf,tenant,vlan,status,role,is_pool,description,comments,tags,region\r\n"
      "10.1.0.0/24,Blue,ACME,100,active,Servers,True,\"Web, \"\"front\"\"\",,\"prod,web\",north\r\n"
      "10.0.0.0/8,,,,container,,,,,,\r\n"
      "\r\n"
      "10.2.0.0/24,,,,deprecated,,False,,\"two\r\nlines\",,\r\n"
      "10.3.0.0/24,,,,holding,,False,,,,\r\n",
      "2 {\"prefix\":\"10.1.0.0/24\",\"description\":\"Web, \\\"front\\\"; role: Servers; pool: "
      "yes\",\"vlans\":[100],"
      "\"owner\":\"ACME\",\"status\":\"active\",\"tags\":[\"prod\",\"web\"]} @Blue\n"
      "5 {\"prefix\":\"10.2.0.0/24\",\"description\":\"comments: two\\nlines\",\"status\":\"deprecated\"} "
      "-vlans -owner -tags\n"
      "7 {\"prefix\":\"10.3.0.0/24\",\"description\":\"status: holding\"} -vlans -owner -status -tags\n"
      "1x from 2: a value of the column \"region\"\n"
      "1x from 3: a row that goes to ipam/blocks\n" },
    /* The same as a list exports them: titles, labels, what is computed, a VRF with its distinguisher. */
    { IPAM_T_SUBNET,
      "\xef\xbb\xbf\"ID\",Prefix,Status,Children,VRF,Utilization,Tenant,Scope,VLAN,Role,Description,Tags\n"
      "7,\xe2\x80\xa2 \xe2\x80\xa2 10.1.0.0/24,Active,3,Blue (65000:1),12.5,ACME,Oslo,servers "
      "(100),Servers,,\"a, b\"\n"
      "8,10.1.1.0/24,Reserved,0,Global,0,\xe2\x80\x94,,,,,\n",
      "2 {\"prefix\":\"10.1.0.0/24\",\"description\":\"VLAN: servers; role: "
      "Servers\",\"vlans\":[100],\"owner\":\"ACME\","
      "\"status\":\"active\",\"tags\":[\"a\",\"b\"],\"site\":\"Oslo\"} @Blue (65000:1) or @Blue\n"
      "3 {\"prefix\":\"10.1.1.0/24\",\"status\":\"reserved\"} -description -vlans -owner -tags -site @Global "
      "or @default\n" },
    { IPAM_T_BLOCK,
      "prefix,rir,tenant,date_added,description\n192.0.2.0/24,ARIN,,2015-06-07,first\n10.0.0.0/8,RFC "
      "1918,,,\n",
      "2 "
      "{\"prefix\":\"192.0.2.0/"
      "24\",\"description\":\"first\",\"rir\":\"arin\",\"rir_date\":\"2015-06-07T00:00:00.000Z\"} -owner\n"
      "3 {\"prefix\":\"10.0.0.0/8\",\"description\":\"registry: RFC 1918\"} -owner -rir -rir_date\n" },
    { IPAM_T_BLOCK, "Prefix,Status\n10.0.0.0/8,Container\n10.1.0.0/24,Active\n",
      "2 {\"prefix\":\"10.0.0.0/8\"} -status\n1x from 3: a row that goes to "
      "ipam/subnets\n" },
    { IPAM_T_RANGE,
      "start_address,end_address,vrf,status,role,description,mark_utilized\n"
      "10.1.0.10/24,10.1.0.19/24,,reserved,VoIP,,true\n10.1.0.20/24,10.1.0.29/24,,active,,phones,\n",
      "2 {\"first\":\"10.1.0.10\",\"last\":\"10.1.0.19\",\"kind\":\"reserved\",\"description\":\"role: VoIP; "
      "marked as full: yes\"}\n"
      "3 {\"first\":\"10.1.0.20\",\"last\":\"10.1.0.29\",\"description\":\"phones\"}\n" },
    { IPAM_T_ADDRESS,
      "address,vrf,status,role,device,interface,dns_name,description\n"
      "10.1.0.5/24,,active,,sw1,Vlan1,sw1.example.org,\n10.1.0.6/24,,dhcp,,,,,desk\n10.1.0.7/24,,slaac,,,,,\n"
      "10.1.0.8/24,,deprecated,vrrp,,,,\n2001:db8::1/64,,reserved,vip,,,,\n10.1.0.256/24,,active,,,,,\nx,y\n",
      "2 {\"address\":\"10.1.0.5\",\"name\":\"sw1.example.org\",\"description\":\"device: sw1; interface: "
      "Vlan1\","
      "\"state\":\"in-use\"}\n"
      "3 {\"address\":\"10.1.0.6\",\"description\":\"desk\",\"state\":\"in-use\",\"assignment\":\"dynamic\"} "
      "-name\n"
      "4 {\"address\":\"10.1.0.7\",\"state\":\"in-use\",\"assignment\":\"auto\"} -name -description\n"
      "5 {\"address\":\"10.1.0.8\",\"description\":\"role: "
      "vrrp\",\"state\":\"inactive\",\"assignment\":\"vip\"} -name\n"
      "6 {\"address\":\"2001:db8::1\",\"state\":\"reserved\",\"assignment\":\"vip\"} -name -description\n"
      "7 refused: address: \"10.1.0.256\" is not an IP address; write it like 10.1.2.3 or 2001:db8::1\n"
      "8 refused: 2 cells instead of the 8 of the titles\n" },
    /* What is wrong. */
    { IPAM_T_SUBNET, "prefix,vlan\n10.1.0.1/24,1\n10.1.0.0/24,x\n",
      "2 refused: prefix: 10.1.0.1/24 has host bits set; did you mean 10.1.0.0/24?\n"
      "3 refused: vlan: \"x\" is not a whole number\n" },
    { IPAM_T_SUBNET, "name,slug\nx,y\n",
      "error: line 1: these are no titles of aggregates (prefix and rir), prefixes (prefix), ranges "
      "(start_address and end_address) or addresses (address)\n" },
    { IPAM_T_SUBNET, "prefix,status\n10.1.0.0/24,\"act\"ive\n",
      "error: line 2, column 18: a comma or the end of the line is expected after the closing quote\n" },
    { IPAM_T_SUBNET, "prefix,status\n10.1.0.0/24,\"act\n",
      "error: line 3, column 1: the quote opened in line 2 is never closed\n" },
    { IPAM_T_SUBNET, " \n", "error: the text is empty\n" },
};

static void test_csv(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(csv); i++)
        assert_rows("netbox", csv[i].type, csv[i].text, csv[i].rows);
}

static const struct row json[] = {
    /* A page of the list of prefixes, shortened. */
    { IPAM_T_SUBNET,
      "{\"count\": 3, \"next\": null, \"previous\": null, \"results\": [\n"
      "{\"id\": 1, \"url\": \"http://netbox/api/ipam/prefixes/1/\", \"display\": \"10.1.0.0/24\",\n"
      " \"family\": {\"value\": 4, \"label\": \"IPv4\"}, \"prefix\": \"10.1.0.0/24\",\n"
      " \"vrf\": {\"id\": 3, \"name\": \"Blue\", \"rd\": \"65000:1\"}, \"scope_type\": \"dcim.site\", "
      "\"scope\": {\"name\": \"Oslo\"},\n"
      " \"tenant\": {\"name\": \"ACME\"}, \"vlan\": {\"vid\": 100, \"name\": \"servers\"},\n"
      " \"status\": {\"value\": \"active\", \"label\": \"Active\"}, \"role\": null, \"is_pool\": false, "
      "\"mark_utilized\": true,\n"
      " \"description\": \"a ]b] {c \\\"d\\\" \\u00e9\", \"comments\": \"\", \"tags\": [{\"name\": \"x, "
      "y\"}, {\"name\": \"z\"}],\n"
      " \"custom_fields\": {\"cost\": 12, \"note\": null}, \"children\": 0, \"_depth\": 1},\n"
      "{\"prefix\": \"10.2.0.0/24\", \"tags\": [], \"vlan\": null, \"vrf\": null},\n"
      "{\"prefix\": \"10.0.0.0/8\", \"status\": {\"value\": \"container\"}}]}",
      "2 {\"prefix\":\"10.1.0.0/24\",\"description\":\"a ]b] {c \\\"d\\\" \xc3\xa9; VLAN: servers; marked "
      "as full: yes\","
      "\"vlans\":[100],\"owner\":\"ACME\",\"status\":\"active\",\"tags\":[\"x, y\",\"z\"],\"site\":\"Oslo\"} "
      "@Blue\n"
      "9 {\"prefix\":\"10.2.0.0/24\"} -vlans -tags\n"
      "1x from 2: a value of \"scope_type\"\n1x from 2: a value of the custom field \"cost\"\n"
      "1x from 10: a row that goes to ipam/blocks\n" },
    /* Pages one after another; the last that is there is not the last one. */
    { IPAM_T_ADDRESS,
      "{\"results\":[{\"address\":\"10.1.0.5/"
      "24\",\"status\":{\"value\":\"active\"},\"role\":{\"value\":\"hsrp\"},"
      "\"assigned_object\":{\"name\":\"eth0\",\"device\":{\"name\":\"sw1\"}},\"nat_inside\":{\"address\":"
      "\"10.9.0.1/32\"},"
      "\"dns_name\":\"sw1\"}],\"next\":\"http://netbox/?offset=1\"}\n"
      "{\"next\":\"http://netbox/?offset=2\",\"results\" : [ ] }\n",
      "1 {\"address\":\"10.1.0.5\",\"name\":\"sw1\",\"description\":\"role: hsrp; interface: eth0; device: "
      "sw1; NAT of: "
      "10.9.0.1/32\",\"state\":\"in-use\",\"assignment\":\"vip\"}\n"
      "2x from 1: a page after which there are more, as its \"next\" says\n" },
    /* A list, and an object alone. */
    { IPAM_T_RANGE, "[{\"start_address\":\"10.1.0.1/24\",\"end_address\":\"10.1.0.9/24\"}]",
      "1 {\"first\":\"10.1.0.1\",\"last\":\"10.1.0.9\"}\n" },
    { IPAM_T_BLOCK, "\n\n{\"prefix\":\"192.0.2.0/24\",\"rir\":{\"name\":\"RIPE NCC\"},\"date_added\":null}",
      "3 {\"prefix\":\"192.0.2.0/24\",\"rir\":\"ripe\"} -rir_date\n" },
    { IPAM_T_BLOCK, "[]", "" },
    /* What is wrong. */
    { IPAM_T_RANGE, "[{\"vid\":100,\"name\":\"servers\"}]",
      "1 refused: the object is no aggregate (prefix and rir), prefix (prefix), range (start_address) or "
      "address "
      "(address)\n" },
    { IPAM_T_SUBNET, "[{\"prefix\":\"10.0.0.0/8\"},\n]",
      "1 {\"prefix\":\"10.0.0.0/8\"}\nerror: line 2: an object is expected there\n" },
    { IPAM_T_SUBNET, "[\n{\"prefix\":\"10.0.0.0/8\",\n\"prefix\":1}]",
      "error: line 3: key \"prefix\" stands twice in an object\n" },
    { IPAM_T_SUBNET, "{\"results\":[],,}", "error: line 1: expected a key in double quotes, found ','\n" },
    { IPAM_T_SUBNET, "[{\"prefix\":\"10.0.0.0/8\"}",
      "1 {\"prefix\":\"10.0.0.0/8\"}\nerror: line 1: the text ends inside what begins in line 1\n" },
    { IPAM_T_SUBNET, "[1]", "error: line 1: an object is expected there\n" },
    { IPAM_T_SUBNET, "[] x", "error: line 1: an object or a list of objects is expected there\n" },
};

static void test_json(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(json); i++)
        assert_rows("netbox", json[i].type, json[i].text, json[i].rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
