/* foreign_phpipam_test.c - dumps of a phpIPAM database: joined tables, decimal addresses, SQL in its several ways.
 * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */
#include "foreign_rows.h"

/* In the order of a dump: addresses come before their subnets, and those before VLANs and VRFs. */
static const char dump[] =
    "-- MySQL dump 10.13; it's a comment\n"
    "/*!40101 SET NAMES utf8mb4 */;\n"
    "DROP TABLE IF EXISTS `customers`;\n"
    "INSERT INTO `customers` (`id`, `title`) VALUES (7,'ACME (Norway)');\n"
    "INSERT INTO `ipaddresses` "
    "(`id`,`subnetId`,`ip_addr`,`is_gateway`,`description`,`hostname`,`mac`,`owner`,`state`,`port`,"
    "`note`,`switch`,`customer_id`) VALUES\n"
    "(1,3,'168427779',1,'Bob\\'s; (\"old\") "
    "''box''',NULL,'00:15:5d:01:02:03','ann',2,'Gi0/1','a\\nb',NULL,7),\n"
    "(2,4,'168427779',0,NULL,'h2.example.org',NULL,NULL,4,NULL,NULL,12,NULL),\n"
    "(3,5,'42540766411282592856903984951653826561',0,'six','',NULL,NULL,5,NULL,NULL,NULL,NULL),(4,3,'x',0,"
    "NULL,NULL,NULL,"
    "NULL,1,NULL,NULL,NULL,NULL);\n"
    "INSERT INTO `ipTags` VALUES (5,'Lab',1,'#fff');\n"
    "INSERT INTO `logs` (`id`,`command`) VALUES (1,'INSERT INTO `subnets` VALUES (1);'),(2,'b');\n"
    "CREATE TABLE `subnets` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `subnet` varchar(255) DEFAULT "
    "NULL,\n"
    "  `mask` varchar(3) DEFAULT NULL,\n  `sectionId` int(11) DEFAULT ',`x`',\n  `description` text,\n"
    "  `vrfId` int(11) DEFAULT NULL,\n  `masterSubnetId` int(11) NOT NULL DEFAULT (1),\n  `vlanId` int(11) "
    "DEFAULT NULL,\n"
    "  `isFolder` tinyint(1) NOT NULL DEFAULT '0',\n  `state` int(3) DEFAULT '2',\n  `customer_id` int(11),\n"
    "  `custom_Rack` varchar(9),\n"
    "  PRIMARY KEY (`id`),\n  KEY `x` (`vrfId`,`id`)\n) ENGINE=InnoDB;\n"
    "INSERT INTO `subnets` VALUES (2,'168427520','16',1,'Business',0,9,0,0,2,NULL,NULL),"
    "(3,'168427776','24',1,'Customer 1',0,2,1,0,3,7,'R1'),(4,'168427776','24',1,'The "
    "same',1,0,0,0,1,NULL,'');\n"
    "INSERT INTO `subnets` VALUES "
    "(5,'42540766411282592856903984951653826560','64',2,NULL,0,0,0,0,2,NULL,NULL);\n"
    "INSERT INTO `subnets` VALUES (6,'168427777','24',2,NULL,0,0,0,0,2,NULL,NULL);\n"
    "INSERT INTO `subnets` VALUES (9,'0','',1,'A folder',0,0,0,1,2,NULL,NULL);\n"
    "INSERT INTO `sections` (`id`,`name`) VALUES (1,'Customers'),(2,'IPv6');\n"
    "INSERT INTO `vlans` (`vlanId`,`domainId`,`name`,`number`) VALUES (1,1,'servers',100);\n"
    "INSERT INTO `vrf` (`vrfId`,`name`) VALUES (1,'Blue');\n";

static const char tags[] =
    "CREATE TABLE `ipTags` (`id` int, `type` varchar(32), `showtag` int, `bgcolor` varchar(7));\n";

static void assert_dump(uint32_t type, const char *rows)
{
    char text[sizeof(dump) + sizeof(tags)];
    snprintf(text, sizeof(text), "%s%s", tags, dump);
    assert_rows("phpipam", type, text, rows);
}

#define OTHERS(addresses, folders)                                                                           \
    "1x from 5: a row of the table customers\n" addresses "1x from 10: a row of the table ipTags\n"          \
    "2x from 11: a row of the table logs\n" folders "1x from 31: a folder, which has no network\n"           \
    "2x from 32: a row of the table sections\n1x from 33: a row of the table vlans\n"                        \
    "1x from 34: a row of the table vrf\n"

static void test_dump(void **state)
{
    (void)state;
    assert_dump(IPAM_T_BLOCK, "28 {\"prefix\":\"10.10.0.0/16\",\"description\":\"Business; section: "
                              "Customers\",\"status\":\"active\"} -owner\n" OTHERS(
                                  "4x from 7: a row that goes to ipam/addresses\n",
                                  "4x from 28: a row that goes to ipam/subnets\n"));
    assert_dump(
        IPAM_T_SUBNET,
        "28 {\"prefix\":\"10.10.1.0/24\",\"description\":\"Customer 1; section: Customers; VLAN: "
        "servers\",\"vlans\":[100],"
        "\"owner\":\"ACME (Norway)\",\"status\":\"reserved\"}\n"
        "28 {\"prefix\":\"10.10.1.0/24\",\"description\":\"The same; section: "
        "Customers\",\"status\":\"deprecated\"}"
        " -vlans -owner @Blue\n"
        "29 {\"prefix\":\"2001:db8::/64\",\"description\":\"section: IPv6\",\"status\":\"active\"} -vlans "
        "-owner\n"
        "30 refused: subnet, mask: 10.10.1.1/24 has host bits set; did you mean 10.10.1.0/24?\n" OTHERS(
            "4x from 7: a row that goes to ipam/addresses\n",
            "1x from 28: a value of the column custom_Rack of subnets\n"
            "1x from 28: a row that goes to ipam/blocks\n"));
    assert_dump(
        IPAM_T_ADDRESS,
        "7 {\"address\":\"10.10.1.3\",\"mac\":\"00:15:5d:01:02:03\",\"description\":\"Bob's; (\\\"old\\\") "
        "'box'; gateway: "
        "yes; port: Gi0/1; note: a\\nb; customer: ACME (Norway)\",\"state\":\"in-use\",\"owner\":\"ann\"} "
        "-name\n"
        "8 "
        "{\"address\":\"10.10.1.3\",\"name\":\"h2.example.org\",\"state\":\"in-use\",\"assignment\":"
        "\"dynamic\"}"
        " -mac -description -owner @Blue\n"
        "9 {\"address\":\"2001:db8::1\",\"description\":\"six; tag: Lab\"} -name -mac -state -owner\n"
        "9 refused: ip_addr: \"x\" is no address\n" OTHERS(
            "1x from 8: a value of the column switch of ipaddresses\n",
            "1x from 28: a row that goes to ipam/blocks\n4x from 28: a row that goes to ipam/subnets\n"));
}

/* SQL as others write it, and what is wrong in it. */
static void test_ways(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows;
    } table[] = {
        { "insert ignore into ipam.`subnets` (id, subnet, mask) values (1, 0x0A000000, 8), (2, "
          "X'20010DB8000000000000000000000000', "
          "'32') ON DUPLICATE KEY UPDATE id=1; # end",
          "1 {\"prefix\":\"10.0.0.0/8\"}\n1 {\"prefix\":\"2001:db8::/32\"}\n" },
        { "replace subnets (id,subnet,mask,state) value (1,'10.1.0.0','24',-1);",
          "1 {\"prefix\":\"10.1.0.0/24\"} -status\n" },
        { "INSERT INTO subnets (id,subnet,mask,masterSubnetId) VALUES (1,'1','128',1);\nINSERT INTO subnets "
          "(id,subnet) VALUES (2);",
          "2 refused: 1 values for 2 columns\n1x from 1: a row that goes to ipam/blocks\n" },
        { "INSERT INTO subnets (id,subnet,mask,vrfId) VALUES (1,'16777216','8',3);",
          "1 refused: there is no row of vrf with the id 3\n" },
        { "INSERT INTO subnets (id,subnet,mask,description) VALUES (1,'16777216','8','\xff');",
          "1 refused: description: is not UTF-8\n" },
        { "INSERT INTO subnets VALUES (1);",
          "error: line 1: this INSERT INTO subnets names no columns, and no CREATE TABLE before it does\n" },
        { "INSERT INTO subnets (id) VALUES (1", "error: line 1: the text ends inside a row\n" },
        { "INSERT INTO subnets (id) VALUES (1;",
          "error: line 1: the row that begins in line 1 has no end\n" },
        { "INSERT INTO subnets (id) VALUES ('1", "error: line 1: the text ends inside a row\n" },
        { "SELECT '", "error: line 1: the text ends inside a text in quotes\n" },
        { "/* x", "error: line 1: the text ends inside a comment\n" },
        { "prefix,name\n10.0.0.0/8,x\n",
          "error: there is no INSERT INTO subnets, ipaddresses or another table of that product\n" },
        { "", "error: there is no INSERT INTO subnets, ipaddresses or another table of that product\n" },
    };
    for (size_t i = 0; i < COUNT(table); i++)
        assert_rows("phpipam", IPAM_T_SUBNET, table[i].text, table[i].rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dump),
        cmocka_unit_test(test_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
