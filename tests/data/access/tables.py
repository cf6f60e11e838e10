# tables.py - operations, roles and kinds of objects, as base.py makes cases of them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2].

# ---------------------------------------------------------------------------------------------------------------
# 1. Operations: group -> [(operation, flags, fixed groups that may)]. Flags: A admin only, N groups only, X scope ignored.
#    Groups: a = ASM Administrators, m = MSM Administrators, u = IP Audit Administrators, r = IPAM Users; the IPAM
#    Administrators may everything, "?" = the documents do not decide (no case is made of it).
# ---------------------------------------------------------------------------------------------------------------
OPERATIONS = {
    'AccessPolicy': [('access.policy.create', 'A', ''), ('access.policy.delete', 'A', ''), ('access.policy.change', 'A', '')],
    'AccessScope': [('access.scope.create', 'A', ''), ('access.scope.delete', 'A', ''), ('access.scope.change', 'A', '')],
    'AddressBlock': [('ipam.block.create', '', 'a'), ('ipam.block.delete', '', 'a'), ('ipam.block.set-scope', '', ''),
                     ('ipam.block.change', '', 'a')],
    'Address': [('ipam.address.create', '', 'a'), ('ipam.address.delete', '', 'a'), ('ipam.address.change', '', 'a'),
                ('ipam.utilization.purge', 'NX', '')],
    'AddressRange': [('ipam.range.create', '', 'am'), ('ipam.range.delete', '', 'am'), ('ipam.range.remap', '', 'am'),
                     ('ipam.range.map-zone', '', 'a'), ('ipam.range.set-scope', '', ''), ('ipam.range.change', '', 'am')],
    'AddressSpace': [('ipam.space.create', '', 'a'), ('ipam.space.delete', '', 'a'), ('ipam.space.change', '', 'a'),
                     ('ipam.space.set-scope', '', '')],
    'AddressSubnet': [('ipam.subnet.create', '', 'a'), ('ipam.subnet.delete', '', 'a'), ('ipam.subnet.change', '', 'a'),
                      ('ipam.subnet.remap', '', 'a'), ('ipam.subnet.set-scope', '', '')],
    'Audit': [('audit.tracking.read', 'NX', 'u'), ('audit.event.purge', 'NX', '')],
    'CustomField': [('ipam.custom-field.create', 'X', 'am?'), ('ipam.custom-field.delete', 'X', 'am?'),
                    ('ipam.custom-field.change', 'X', 'am?'), ('ipam.custom-field.set-values', 'X', 'am?')],
    'DhcpFailover': [('dhcp.failover.create', '', 'm'), ('dhcp.failover.delete', '', 'm'), ('dhcp.failover.change', '', 'm'),
                     ('dhcp.failover.replicate', 'X', 'm')],
    'DhcpScope': [('dhcp.scope.activate', '', 'm'), ('dhcp.scope.create', '', 'm'), ('dhcp.scope-policy.create', '', 'm'),
                  ('dhcp.scope.delete', '', 'm'), ('dhcp.scope-policy.delete', '', 'm'), ('dhcp.scope.change', '', 'm'),
                  ('dhcp.scope.set-options', '', 'm'), ('dhcp.scope-policy.change', '', 'm'), ('dhcp.scope.set-scope', '', '')],
    'DhcpScopeReservation': [('dhcp.reservation.create', '', 'am'), ('dhcp.reservation.delete', '', 'am'),
                             ('dhcp.reservation.change', '', 'm')],
    'DhcpServer': [('dhcp.option-definition.configure', '', 'm'), ('dhcp.user-class.configure', '', 'm'),
                   ('dhcp.vendor-class.configure', '', 'm'), ('dhcp.server-policy.create', '', 'm'),
                   ('dhcp.server-policy.delete', '', 'm'), ('dhcp.server.set-options', '', 'm'),
                   ('dhcp.server-policy.change', '', 'm'), ('dhcp.server.change', '', 'm'), ('dhcp.filter.manage', '', 'm'),
                   ('dhcp.server.set-scope', '', '')],
    'DhcpSuperscope': [('dhcp.superscope.create', '', 'm'), ('dhcp.superscope.delete', '', 'm'),
                       ('dhcp.superscope.change', '', 'm'), ('dhcp.superscope.set-scope', '', '')],
    'DnsServer': [('dns.server.set-scope', '', '')],
    'DnsZone': [('dns.zone.reset-status', '', 'm'), ('dns.zone.set-preferred-server', '', 'm'), ('dns.zone.set-scope', '', '')],
    'DnsRecord': [('dns.record.create', '', 'am'), ('dns.record.delete', '', 'am'), ('dns.record.set-scope', '', ''),
                  ('dns.record.a.create', '', 'am'), ('dns.record.a.delete', '', 'am'), ('dns.record.a.change', '', 'm'),
                  ('dns.record.aaaa.create', '', 'am'), ('dns.record.aaaa.delete', '', 'am'), ('dns.record.aaaa.change', '', 'm'),
                  ('dns.record.ptr.create', '', 'am'), ('dns.record.ptr.delete', '', 'am'), ('dns.record.ptr.change', '', 'm')] +
                 [('dns.record.%s.%s' % (t, v), '', 'm') for t in ('ns cname dname mx srv txt afsdb atma dhcid hinfo isdn rp '
                  'rt wins winsr wks x25').split() for v in ('create', 'delete', 'change')],
    'Generic': [('system.storage.connect', 'ANX', ''), ('system.upgrade.report', 'ANX', ''), ('system.storage.move', 'ANX', ''),
                ('system.storage.read', 'ANX', ''), ('system.upgrade.check', 'ANX', '')],
    'GlobalConfiguration': [('inventory.discovery.delete', 'NX', 'am?'), ('system.storage.provision', 'NX', '!'),
                            ('inventory.discovery.create', 'NX', 'am?'), ('system.upgrade.convert', 'NX', '!'),
                            ('system.setting.change', 'NX', 'am?'), ('inventory.discovery.change', 'NX', 'am?')],
    'LogicalGroup': [('ipam.logical-group.create', 'X', 'am?'), ('ipam.logical-group.delete', 'X', 'am?'),
                     ('ipam.logical-group.change', 'X', 'am?')],
    'SecretKey': [('access.key.generate', 'NX', ''), ('access.key.read', 'NX', ''), ('access.key.recompute', 'NX', ''),
                  ('access.key.change', 'NX', '')],
    'ServerInventory': [('inventory.server.create', 'NX', 'amu'), ('inventory.server.delete', 'NX', 'amu'),
                        ('inventory.server.change', 'NX', 'amu')],
    'Task': [('system.task.run', 'NX', 'am?')],
    'UserRole': [('access.role.create', 'ANX', ''), ('access.role.delete', 'ANX', ''), ('access.role.change', 'ANX', '')],
}
ROLES = {
    'IPAM Administrator': 'AccessPolicy AccessScope AddressBlock Address AddressRange AddressSpace AddressSubnet CustomField '
                          'LogicalGroup DhcpServer DhcpScope DhcpScopeReservation DhcpSuperscope DhcpFailover DnsZone DnsRecord',
    'IPAM ASM Administrator': 'AddressSpace AddressBlock AddressSubnet AddressRange Address CustomField',
    'IPAM MSM Administrator': 'DhcpServer DhcpScope DhcpScopeReservation DhcpSuperscope DhcpFailover DnsZone DnsRecord CustomField',
    'IPAM DHCP Administrator': 'DhcpServer DhcpScope DhcpScopeReservation DhcpSuperscope DhcpFailover CustomField',
    'IPAM DHCP Scope Administrator': 'DhcpScope DhcpScopeReservation DhcpSuperscope',
    'IPAM DHCP Reservations Administrator': 'DhcpScopeReservation',
    'IPAM DNS Administrator': 'DnsServer DnsZone DnsRecord',
    'DNS Record Administrator': 'DnsRecord',
    'IP Address Record Administrator': 'Address',
}
FIXED = {'administrator': '*', 'reader': 'r', 'asm-group': 'a', 'msm-group': 'm', 'audit-group': 'u'}

# Kinds: first two words of an operation -> (kind, what it inherits of when it has no scope of its own)
KINDS = {
    'ipam.space': ('space', '/Global'), 'ipam.block': ('block', 'block'), 'ipam.subnet': ('subnet', 'block'),
    'ipam.range': ('range', 'subnet'), 'ipam.address': ('address', 'range'), 'dhcp.server': ('server', '/Global'),
    'dhcp.superscope': ('superscope', 'server'), 'dhcp.scope': ('dhcpscope', 'superscope'),
    'dhcp.reservation': ('reservation', 'dhcpscope'), 'dhcp.scope-policy': ('scope policy', 'dhcpscope'),
    'dhcp.server-policy': ('server policy', 'server'), 'dhcp.filter': ('filter', 'server'),
    'dhcp.option-definition': ('option definition', 'server'), 'dhcp.user-class': ('user class', 'server'),
    'dhcp.vendor-class': ('vendor class', 'server'), 'dhcp.failover': ('failover', 'server'), 'dns.record': ('dns record', 'zone'),
    'dns.zone': ('dns zone', '/Global'), 'dns.server': ('dns server', '/Global'), 'inventory.server': ('server', '/Global'),
}
ORDER, FLAGS, HOLDERS, ROLE_OF = [], {}, {}, {}
for _g, _ops in OPERATIONS.items():
    for _o, _f, _w in _ops:
        ORDER.append(_o)
        FLAGS[_o], HOLDERS[_o] = _f, _w
        ROLE_OF[_o] = [] if 'N' in _f else [r for r in ROLES if _g in ROLES[r].split()]
GROUPS_ONLY = [o for o in ORDER if 'N' in FLAGS[o]]
ADMIN_ONLY = [o for o in ORDER if FLAGS[o] == 'A']
UNSCOPED = [o for o in ORDER if FLAGS[o] == 'X']
SCOPED = [o for o in ORDER if FLAGS[o] == '']
ON_OBJECT = SCOPED + ['ipam.custom-field.set-values', 'dhcp.failover.replicate', 'inventory.server.delete', 'inventory.server.change']
TOP_ONLY = ['ipam.space.create', 'inventory.server.create']     # what they make is below nothing but /Global
