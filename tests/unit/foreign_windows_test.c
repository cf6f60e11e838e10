/* foreign_windows_test.c - CSV of Windows IPAM: titles in any order and case, its notations, what is left to servers.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "foreign_rows.h"

static const struct {
    uint32_t type;
    const char *text, *rows;
} table[] = {
    /* An address alone. */
    { IPAM_T_ADDRESS, "IpAddress\n10.10.0.10\n", "2 {\"address\":\"10.10.0.10\"}\n" },
    /* As a cmdlet writes it, with the class of the rows first. */
    { IPAM_T_ADDRESS,
      "#TYPE Microsoft.Management.Infrastructure.CimInstance\r\n"
      "\"ServiceInstance\",\"ipaddress\",\"IPADDRESSSTATE\",\"AssignmentType\",\"ManagedByService\","
      "\"MacAddress\","
      "\"AssignmentDate\",\"ExpiryDate\",\"DeviceName\",\"DeviceType\",\"Owner\",\"ReservationServer\","
      "\"ClientId\",\"Country\"\r\n"
      "\"Localhost\",\"172.22.2.15\",\"In-Use\",\"Static\",\"IPAM\",\"00-15-5D-01-02-03\",\"11/25/2013 "
      "2:05:00 PM\","
      "\"2014-11-25 12:30\",\"web1\",\"VM\",\"ann\",\"\",\"\",\"Norway\"\r\n"
      "\"vmm1.contoso.com\",\"172.22.2.16\",\"Reserved\",\"VIP\",\"VMM\",\"\",\"25.11.2013\",\"\",\"\",\"\","
      "\"\",\"dhcp1\","
      "\"00155D010204\",\"\"\r\n",
      "3 "
      "{\"address\":\"172.22.2.15\",\"name\":\"web1\",\"mac\":\"00:15:5d:01:02:03\",\"device_type\":\"VM\","
      "\"state\":\"in-use\","
      "\"assignment\":\"static\",\"owner\":\"ann\",\"assigned\":\"2013-11-25T14:05:00.000Z\",\"expires\":"
      "\"2014-11-25T12:30:00.000Z\"}"
      " -client_id of IPAM/Localhost\n"
      "4 {\"address\":\"172.22.2.16\",\"description\":\"service instance: vmm1.contoso.com; managed by: VMM; "
      "reservation server: "
      "dhcp1\",\"state\":\"reserved\",\"assignment\":\"vip\",\"assigned\":\"2013-11-25T00:00:00.000Z\","
      "\"client_id\":\"00:15:5d:01:02:04\"} -name -mac -device_type -owner -expires "
      "of VMM/vmm1.contoso.com\n"
      "1x from 3: a value of the column \"Country\"\n" },
    /* As the console shows the titles. */
    { IPAM_T_ADDRESS,
      "IP Address,Managed by Service,Service Instance,Device Type,IP Address State,Assignment Type\n"
      "10.0.0.1,IPAM,Localhost,Host,Inactive,Dynamic\n",
      "2 "
      "{\"address\":\"10.0.0.1\",\"device_type\":\"Host\",\"state\":\"inactive\",\"assignment\":\"dynamic\"}"
      " of IPAM/Localhost\n" },
    { IPAM_T_RANGE,
      "NetworkId,StartIPAddress,EndIPAddress,PercentageUtilized,ManagedByService,ServiceInstance\n"
      "172.22.2.0/24,172.22.2.10,172.22.2.99,20.00,IPAM,Localhost\n10.10.0.0/24,,,0.00,IPAM,Localhost\n"
      "172.17.14.0/24,172.17.14.1,172.17.14.254,85.00,MS DHCP,s2-infra.contoso.com\n"
      "10.10.1.0/24,10.10.2.1,10.10.2.9,0.00,IPAM,Localhost\n",
      "2 {\"first\":\"172.22.2.10\",\"last\":\"172.22.2.99\"} -prefix of IPAM/Localhost\n3 "
      "{\"first\":\"10.10.0.1\",\"last\":\"10.10.0.254\"} -prefix of IPAM/Localhost\n"
      "4 refused: ManagedByService: a range that a DHCP server manages comes from that server, not from a "
      "file\n"
      "5 refused: the range does not lie in its network\n" },
    { IPAM_T_RANGE,
      "NetworkId,Gateway,DnsServer,DnsSuffix,WinsServer,VIP,ReservedAddress,AssignmentType,"
      "ProviderAddressSpace\n"
      "10.1.0.0/24,\"{10.1.0.1/Automatic, 10.1.0.2\\4}\",10.1.0.3;10.1.0.4,example.org,10.1.0.5,10.1.0.9,"
      "10.1.0.10-10.1.0.12,Static,Default\n",
      "2 "
      "{\"first\":\"10.1.0.1\",\"last\":\"10.1.0.254\",\"kind\":\"static\",\"reserved\":[\"10.1.0.10-10.1.0."
      "12\"],"
      "\"vips\":[\"10.1.0.9\"],\"gateways\":[\"10.1.0.1\",\"10.1.0.2=4\"],\"dns_servers\":[\"10.1.0.3\",\"10."
      "1.0.4\"],"
      "\"dns_suffixes\":[\"example.org\"],\"wins\":[\"10.1.0.5\"]} -prefix\n" },
    { IPAM_T_SUBNET,
      "Name,NetworkId,VlanId,VirtualSubnetId,VmmLogicalNetwork,NetworkSite,CustomerAddressSpace,"
      "ProviderAddressSpace\n"
      "Front,10.1.0.0/24,\"10,20\",5001,Public,Oslo,,\nBack,10.1.0.0/24,,,,,Red,Fabric\n",
      "2 "
      "{\"prefix\":\"10.1.0.0/"
      "24\",\"name\":\"Front\",\"vlans\":[10,20],\"vsid\":5001,\"logical_network\":\"Public\","
      "\"site\":\"Oslo\"}\n"
      "3 {\"prefix\":\"10.1.0.0/24\",\"name\":\"Back\"} -vlans -vsid -logical_network -site @Red\n" },
    { IPAM_T_BLOCK,
      "Network,Start IP address,End IP address,RIR,RIR received date,Last assigned date,Owner\n"
      "206.73.118.0/24,206.73.118.0,206.73.118.255,APNIC,1/2/2010,,net\n10.0.0.0/"
      "8,10.0.0.5,10.255.255.255,,,,\n",
      "2 "
      "{\"prefix\":\"206.73.118.0/"
      "24\",\"owner\":\"net\",\"rir\":\"apnic\",\"rir_date\":\"2010-01-02T00:00:00.000Z\"}\n"
      "3 refused: its first and last address are not those of its network, which a block takes whole\n" },
    /* Columns that are custom fields, and one that is none. */
    { IPAM_T_ADDRESS, "Room,IPAddress,Stage,Colour\n\"4, west\",10.0.0.1,,red\n,2001:db8::1,live,\n",
      "2 {\"address\":\"10.0.0.1\"} Room=4, west Stage=\n3 {\"address\":\"2001:db8::1\"} Room= Stage=live\n"
      "1x from 2: a value of the column \"Colour\"\n" },
    /* Other files than what is wanted. */
    { IPAM_T_SUBNET, "IPAddress\n10.0.0.1\n", "1x from 2: a row that goes to ipam/addresses\n" },
    { IPAM_T_SUBNET, "NetworkId,ManagedByService\n10.0.0.0/24,IPAM\n",
      "1x from 2: a row that goes to ipam/ranges\n" },
    { IPAM_T_ADDRESS, "IP-Adresse\n10.0.0.1\n",
      "error: line 1: the column IPAddress is missing; the titles are taken in English\n" },
    { IPAM_T_ADDRESS,
      "IPAddress,ExpiryDate\n10.0.0.1,25/11/2013\n10.0.0.2,soon\n10.0.0.3,11/25/2013 13:00 PM\n",
      "2 refused: ExpiryDate: \"25/11/2013\" is not a time such as 11/25/2013 2:00:00 PM, month first, or "
      "2013-11-25\n"
      "3 refused: ExpiryDate: \"soon\" is not a time such as 11/25/2013 2:00:00 PM, month first, or "
      "2013-11-25\n"
      "4 refused: ExpiryDate: \"11/25/2013 13:00 PM\" is not a time such as 11/25/2013 2:00:00 PM, month "
      "first, or "
      "2013-11-25\n" },
    { IPAM_T_ADDRESS, "", "error: the text is empty; the first line has the titles of the columns\n" },
    { IPAM_T_ADDRESS, "\xff\xfeI\n", "error: line 1 is UTF-16; save the file as UTF-8\n" },
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++)
        assert_rows("windows", table[i].type, table[i].text, table[i].rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
