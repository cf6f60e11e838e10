-- MySQL dump 10.19  Distrib 10.3.38-MariaDB
--
-- Host: localhost    Database: phpipam
/*!40101 SET NAMES utf8mb4 */;

DROP TABLE IF EXISTS `customers`;
CREATE TABLE `customers` (
  `id` int(11) unsigned NOT NULL AUTO_INCREMENT,
  `title` varchar(128) NOT NULL DEFAULT '',
  `note` text DEFAULT NULL,
  `status` set('Active','Reserved','Inactive') DEFAULT 'Active',
  PRIMARY KEY (`id`),
  UNIQUE KEY `title` (`title`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4;
LOCK TABLES `customers` WRITE;
/*!40000 ALTER TABLE `customers` DISABLE KEYS */;
INSERT INTO `customers` VALUES (1,'O\'Brien & Sons',NULL,'Active');
/*!40000 ALTER TABLE `customers` ENABLE KEYS */;
UNLOCK TABLES;

CREATE TABLE `ipTags` (
  `id` int(11) unsigned NOT NULL AUTO_INCREMENT,
  `type` varchar(32) DEFAULT NULL,
  `showtag` tinyint(4) DEFAULT 1,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO `ipTags` VALUES (1,'Offline',1),(2,'Used',0),(3,'Reserved',1),(4,'DHCP',1),(5,'Lab',1);

CREATE TABLE `ipaddresses` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `subnetId` int(11) unsigned DEFAULT NULL,
  `ip_addr` varchar(100) NOT NULL,
  `is_gateway` tinyint(1) NOT NULL DEFAULT 0,
  `description` varchar(64) DEFAULT NULL,
  `hostname` varchar(255) DEFAULT NULL,
  `mac` varchar(20) DEFAULT NULL,
  `owner` varchar(128) DEFAULT NULL,
  `state` int(3) DEFAULT 2,
  `switch` int(11) unsigned DEFAULT NULL,
  `port` varchar(32) DEFAULT NULL,
  `note` text DEFAULT NULL,
  `lastSeen` datetime DEFAULT '1970-01-01 00:00:01',
  `excludePing` tinyint(1) NOT NULL DEFAULT 0,
  `PTR` int(11) unsigned DEFAULT 0,
  PRIMARY KEY (`id`),
  UNIQUE KEY `sid_ip_unique` (`ip_addr`,`subnetId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO `ipaddresses` VALUES (1,3,'168427777',1,'Gateway','gw.example.org','00:15:5d:01:02:03','ann',2,NULL,'Gi0/1','first line\nsecond','2024-01-01 00:00:00',0,0),(2,3,'168427780',0,NULL,NULL,NULL,NULL,4,NULL,NULL,NULL,'1970-01-01 00:00:01',0,0),(3,5,'168427777',0,'the same, elsewhere',NULL,NULL,NULL,3,7,NULL,NULL,NULL,0,0),(4,6,'42540766411282592856903984951653826561',0,'six',NULL,NULL,NULL,5,NULL,NULL,NULL,NULL,0,0),(5,3,'0',0,NULL,NULL,NULL,NULL,2,NULL,NULL,NULL,NULL,0,0);

CREATE TABLE `sections` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(128) NOT NULL DEFAULT '',
  PRIMARY KEY (`name`)
) ENGINE=InnoDB;
INSERT INTO `sections` VALUES (1,'Customers'),(2,'IPv6');

CREATE TABLE `subnets` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `subnet` varchar(255) DEFAULT NULL,
  `mask` varchar(3) DEFAULT NULL,
  `sectionId` int(11) unsigned DEFAULT NULL,
  `description` text DEFAULT NULL,
  `vrfId` int(11) unsigned DEFAULT NULL,
  `masterSubnetId` int(11) unsigned NOT NULL DEFAULT 0,
  `vlanId` int(11) unsigned DEFAULT NULL,
  `permissions` varchar(1024) DEFAULT NULL,
  `customer_id` int(11) unsigned DEFAULT NULL,
  `isFolder` tinyint(1) NOT NULL DEFAULT 0,
  `isFull` tinyint(1) NOT NULL DEFAULT 0,
  `isPool` tinyint(1) NOT NULL DEFAULT 0,
  `state` int(3) DEFAULT 2,
  PRIMARY KEY (`id`),
  KEY `vrfId` (`vrfId`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO `subnets` VALUES (1,'0','',1,'A folder',0,0,0,NULL,NULL,1,0,0,2),(2,'168427520','16',1,'Business customers',0,1,0,'{\"3\":\"1\"}',NULL,0,0,0,2),(3,'168427776','24',1,'Customer 1',0,2,1,'{\"3\":\"1\"}',1,0,0,1,2);
INSERT INTO `subnets` VALUES (4,'168428032','24',1,'Customer 2',0,2,0,NULL,NULL,0,1,0,3),(5,'168427776','24',1,'of a VRF',1,0,0,NULL,NULL,0,0,0,2),(6,'42540766411282592856903984951653826560','64',2,'Six',0,0,0,NULL,NULL,0,0,0,2);

CREATE TABLE `vlans` (
  `vlanId` int(11) unsigned NOT NULL AUTO_INCREMENT,
  `domainId` int(11) unsigned NOT NULL DEFAULT 1,
  `name` varchar(255) NOT NULL,
  `number` int(4) DEFAULT NULL,
  `description` text DEFAULT NULL,
  PRIMARY KEY (`vlanId`)
) ENGINE=InnoDB;
INSERT INTO `vlans` VALUES (1,1,'IPv6 private 1',2001,'');

CREATE TABLE `vrf` (
  `vrfId` int(11) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(32) NOT NULL DEFAULT '',
  `rd` varchar(32) DEFAULT NULL,
  PRIMARY KEY (`vrfId`)
) ENGINE=InnoDB;
INSERT INTO `vrf` VALUES (1,'Blue','65000:1');
-- Dump completed on 2024-03-01  1:02:03
