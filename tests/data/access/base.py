#!/usr/bin/python3
# base.py - writes DIR/matrix.csv: the base cases of access control with the answer each must have.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2].
"""base.py DIR

The answers come from the tables below and from the relation between two places that each table states in words; no path
is compared here (oracle.py does that) and expected.tsv is not read here.
Expected: allow, deny (visible, not permitted: 403) or hidden (as if absent: 404).
"""
import csv
import os
import sys

from tables import ADMIN_ONLY, FIXED, FLAGS, GROUPS_ONLY, HOLDERS, KINDS, ON_OBJECT, ORDER, ROLE_OF, ROLES, SCOPED, TOP_ONLY, UNSCOPED

HEAD = """\
# matrix.csv - base cases of access control with the answer each must have; a column's name says what it holds, expand.py how.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2]; made by base.py.
"""


def creates(op):
    return op.endswith('.create')


def kind_of(op):
    if op == 'ipam.custom-field.set-values':
        return ('subnet', 'block')
    return KINDS.get('.'.join(op.split('.')[:2]), ('none', '-'))


rows = []


def case(cid, scopes, pairs, op, scope, expected, reason, kind=None, src=None, members='', token='-', second='-', steps=''):
    k, s = kind_of(op)
    if scope == '-':
        k, s = 'none', '-'
    elif creates(op):
        s = 'would inherit of ' + s
    rows.append([cid, scopes, '; '.join(pairs).replace('; ', ';'), members, token, op, kind or k, src or s, scope, second, expected, reason, steps])


def at(who, role, scope, frm='-', until='-'):
    return '%s %s %s %s %s' % (who, role, scope, frm, until)


def mine(role, scope, frm='-', until='-'):
    return at('user:u', role, scope, frm, until)


# ---------------------------------------------------------------------------------------------------------------
# 2. Every operation x every built-in role, fixed group, nobody
# ---------------------------------------------------------------------------------------------------------------
def ops_by_who():
    tree = '/Global /Global/Eu'
    for op in ORDER:
        on = op in ON_OBJECT
        obj = '/Global/Eu' if on else '-'
        if op in TOP_ONLY:
            obj = '/Global'
        place = '/Global' if obj in ('/Global', '-') else '/Global/Eu'
        second = '/Global/Eu' if op.endswith(('.set-scope', '.remap')) else '-'
        if op == 'ipam.space.set-scope':
            second = '/Global/Eu'
        nobody = 'hidden' if on and not creates(op) else 'deny'
        for role in ROLES:
            yes = role in ROLE_OF[op]
            why = 'groups only: no role counts' if 'N' in FLAGS[op] else 'role %s the operation' % ('has' if yes else 'has not')
            case('who-%s-%s' % (op, role.replace(' ', '_')), tree, [mine(role, place)], op, obj, 'allow' if yes else 'deny',
                 why, second=second)
        for key, letter in FIXED.items():
            w = HOLDERS[op]
            if (letter == 'u' and '?' in w) or (letter == '*' and '!' in w):
                continue
            yes = letter == '*' or letter in w
            case('who-%s-%s' % (op, key), tree, [mine(key, '/Global')], op, obj, 'allow' if yes else 'deny',
                 'the group %s it; a fixed group sees everything' % ('may do' if yes else 'may not do'), second=second)
        case('who-%s-nobody' % op, tree, [], op, obj, nobody, 'no pair: sees nothing, may nothing', second=second)


# ---------------------------------------------------------------------------------------------------------------
# 3. Place of the pair against place of the object. Tree and relations in words; the object is in /Global/Eu/De.
# ---------------------------------------------------------------------------------------------------------------
TREE = ('/Global /Global/Eu /Global/Eu/De /Global/Eu/De/Ber /Global/Eu/De/Ber/R1 /Global/Eu/D /Global/Eu/Des /Global/Eu/Fr '
        '/Global/Us /Global/Us/De /Global/De')
THERE = '/Global/Eu/De'
RELATIONS = [   # name, the scope of the pair, does the pair reach the object
    ('own', '/Global/Eu/De', True), ('parent', '/Global/Eu', True), ('global', '/Global', True),
    ('child', '/Global/Eu/De/Ber', False), ('grandchild', '/Global/Eu/De/Ber/R1', False), ('sibling', '/Global/Eu/Fr', False),
    ('shorter-name', '/Global/Eu/D', False), ('longer-name', '/Global/Eu/Des', False), ('other-branch', '/Global/Us', False),
    ('same-label', '/Global/Us/De', False), ('label-higher', '/Global/De', False)]
SAY = {'own': 'pair at the scope itself', 'parent': 'pair one level above', 'global': 'pair at the root', 'child': 'pair below the object',
       'grandchild': 'pair two levels below', 'sibling': 'pair beside the object', 'shorter-name': 'label is only a beginning of the other',
       'longer-name': 'label only begins with the other', 'other-branch': 'pair in another branch',
       'same-label': 'same label in another branch', 'label-higher': 'same label one level higher'}


def positions():
    n = 0
    for op in SCOPED:
        if op in TOP_ONLY:
            for name, scope, _ in RELATIONS:
                yes = name == 'global'
                case('pos-%s-%s' % (op, name), TREE, [mine(ROLE_OF[op][0], scope)], op, '/Global', 'allow' if yes else 'deny',
                     'a new space inherits of /Global: only a pair there allows it')
            continue
        holders = ROLE_OF[op]
        lackers = [r for r in ROLES if r not in holders]
        away = 'deny' if creates(op) else 'hidden'
        for name, scope, reach in RELATIONS:
            role = holders[n % len(holders)]
            n += 1
            second = '/Global/Eu/De/Ber' if op.endswith(('.set-scope', '.remap')) else '-'
            case('pos-%s-%s' % (op, name), TREE, [mine(role, scope)], op, THERE, 'allow' if reach else away, SAY[name], second=second)
            if name in ('own', 'global', 'child', 'sibling', 'same-label'):
                case('lack-%s-%s' % (op, name), TREE, [mine(lackers[n % len(lackers)], scope)], op, THERE, 'deny' if reach else away,
                     SAY[name] + '; role without the operation', second=second)


# ---------------------------------------------------------------------------------------------------------------
# 4. Kinds x inheritance. Each line: kind, read operation, change operation (or -), role with it, role without it, where it
#    takes its scope from. Each way of inheriting gets its own place in the tree.
# ---------------------------------------------------------------------------------------------------------------
INHERIT = [
    ('space', 'ipam.space.read', 'ipam.space.change', 'IPAM ASM Administrator', 'IPAM DNS Administrator', ['own']),
    ('block', 'ipam.block.read', 'ipam.block.change', 'IPAM ASM Administrator', 'IP Address Record Administrator',
     ['own', 'block', 'block of block', 'block of block of block', 'space', 'own below block with another']),
    ('subnet', 'ipam.subnet.read', 'ipam.subnet.change', 'IPAM Administrator', 'IPAM MSM Administrator',
     ['own', 'block', 'block of block', 'block in space', 'space', 'own below block with another']),
    ('range', 'ipam.range.read', 'ipam.range.change', 'IPAM ASM Administrator', 'DNS Record Administrator',
     ['own', 'subnet', 'subnet in block', 'block', 'subnet in space', 'space', 'own below subnet with another']),
    ('address', 'ipam.address.read', 'ipam.address.change', 'IP Address Record Administrator', 'IPAM DHCP Administrator',
     ['range', 'range in subnet', 'range in block', 'subnet', 'subnet in block', 'block', 'range in space', 'subnet in space', 'space']),
    ('server', 'dhcp.server.read', 'dhcp.server.change', 'IPAM DHCP Administrator', 'IPAM DHCP Scope Administrator', ['own']),
    ('server', 'inventory.server.read', '-', '', '', ['own']),
    ('superscope', 'dhcp.superscope.read', 'dhcp.superscope.change', 'IPAM DHCP Scope Administrator', 'IPAM ASM Administrator',
     ['own', 'server', 'own below server with another']),
    ('dhcpscope', 'dhcp.scope.read', 'dhcp.scope.change', 'IPAM DHCP Scope Administrator', 'IPAM DHCP Reservations Administrator',
     ['own', 'superscope', 'superscope of server', 'server', 'own below superscope with another']),
    ('reservation', 'dhcp.reservation.read', 'dhcp.reservation.change', 'IPAM DHCP Reservations Administrator', 'IPAM ASM Administrator',
     ['dhcpscope', 'dhcpscope in superscope', 'dhcpscope of server', 'server']),
    ('lease', 'dhcp.lease.read', '-', '', '', ['dhcpscope', 'dhcpscope in superscope', 'dhcpscope of server', 'server']),
    ('pool', 'dhcp.pool.read', '-', '', '', ['dhcpscope', 'dhcpscope in superscope', 'dhcpscope of server', 'server']),
    ('exclusion', 'dhcp.exclusion.read', '-', '', '', ['dhcpscope', 'dhcpscope in superscope', 'dhcpscope of server', 'server']),
    ('scope policy', 'dhcp.scope-policy.read', 'dhcp.scope-policy.change', 'IPAM DHCP Scope Administrator', 'IPAM DNS Administrator',
     ['dhcpscope', 'dhcpscope in superscope', 'dhcpscope of server']),
    ('server policy', 'dhcp.server-policy.read', 'dhcp.server-policy.change', 'IPAM MSM Administrator', 'IPAM DHCP Scope Administrator', ['server']),
    ('filter', 'dhcp.filter.read', 'dhcp.filter.manage', 'IPAM DHCP Administrator', 'IPAM DHCP Scope Administrator', ['server']),
    ('failover', 'dhcp.failover.read', 'dhcp.failover.change', 'IPAM MSM Administrator', 'IPAM DHCP Scope Administrator', ['server']),
    ('dns server', 'dns.server.read', '-', '', '', ['own']),
    ('dns zone', 'dns.zone.read', 'dns.zone.reset-status', 'IPAM DNS Administrator', 'DNS Record Administrator', ['own']),
    ('dns record', 'dns.record.read', 'dns.record.txt.change', 'DNS Record Administrator', 'IPAM DHCP Administrator',
     ['own', 'zone', 'own below zone with another']),
    ('dns forwarder', 'dns.forwarder.read', '-', '', '', ['own', 'dns server']),
]
BRANCHES = [('Eu',), ('Eu', 'West'), ('Eu', 'West', 'Nl'), ('Asia',), ('Asia', 'Jp', 'Tok', 'Dc1'), ('Lab',), ('Lab', 'Net-1', 'a.b'),
            ('Global',), ('Global', 'Global')]


def kinds():
    for ki, (kind, read, change, has, lacks, ways) in enumerate(INHERIT):
        for wi, way in enumerate(ways):
            labels = BRANCHES[(ki + wi) % len(BRANCHES)]
            top = '/Global/' + labels[0]
            here = '/Global/' + '/'.join(labels)
            above = '/Global/' + '/'.join(labels[:-1]) if len(labels) > 1 else '/Global'
            chain = ['/Global/' + '/'.join(labels[:i + 1]) for i in range(len(labels))]
            beside = above + '/' + labels[-1] + 'x'
            tree = ' '.join(['/Global'] + chain + [here + '/Sub', beside, '/Global/Else', '/Global/Else/' + labels[-1]])
            spots = [('own', here, True), ('parent', above, True), ('top', top, True), ('global', '/Global', True), ('child', here + '/Sub', False),
                     ('sibling', beside, False), ('other-branch', '/Global/Else', False), ('same-label', '/Global/Else/' + labels[-1], False)]
            tag = '%s-%s' % (kind.replace(' ', '_'), way.replace(' ', '_'))
            if read.startswith('inventory'):
                tag = 'inventory_' + tag
            for name, scope, reach in spots:
                role = list(ROLES)[(ki * 5 + wi * 3 + len(name)) % len(ROLES)]
                case('kind-%s-read-%s' % (tag, name), tree, [mine(role, scope)], read, here, 'allow' if reach else 'hidden',
                     'reading needs visibility and nothing else; ' + ('the pair reaches it' if reach else 'the pair does not reach it'),
                     kind=kind, src=way)
                if change == '-':
                    continue
                case('kind-%s-change-%s' % (tag, name), tree, [mine(has, scope)], change, here, 'allow' if reach else 'hidden',
                     'role has it; ' + ('the pair reaches it' if reach else 'the pair does not reach it'), kind=kind, src=way)
                if name in ('own', 'global', 'child'):
                    case('kind-%s-denied-%s' % (tag, name), tree, [mine(lacks, scope)], change, here, 'deny' if reach else 'hidden',
                         'role has it not; ' + ('the pair reaches it' if reach else 'the pair does not reach it'), kind=kind, src=way)
            case('kind-%s-nobody' % tag, tree, [], read, here, 'hidden', 'no pair: sees nothing', kind=kind, src=way)
            for key in FIXED:
                case('kind-%s-read-%s' % (tag, key), tree, [mine(key, '/Global')], read, here, 'allow', 'a fixed group sees everything', kind=kind, src=way)
    # the Default space and what inherits of it
    for kind, op, chg, src in (('space', 'ipam.space.read', 'ipam.space.change', 'Default space: /Global'), ('block', 'ipam.block.read', 'ipam.block.change', 'Default space'),
                               ('subnet', 'ipam.subnet.read', 'ipam.subnet.change', 'Default space'), ('range', 'ipam.range.read', 'ipam.range.change', 'Default space'),
                               ('address', 'ipam.address.read', 'ipam.address.change', 'Default space'), ('server', 'dhcp.server.read', 'dhcp.server.change', 'no scope: /Global'),
                               ('superscope', 'dhcp.superscope.read', 'dhcp.superscope.change', 'server without scope'),
                               ('dhcpscope', 'dhcp.scope.read', 'dhcp.scope.change', 'server without scope'),
                               ('reservation', 'dhcp.reservation.read', 'dhcp.reservation.change', 'server without scope')):
        for name, scope, reach in (('global', '/Global', True), ('below', '/Global/Eu', False), ('deep', '/Global/Eu/De', False)):
            for what, o in (('read', op), ('change', chg)):
                case('default-%s-%s-%s' % (kind, what, name), '/Global /Global/Eu /Global/Eu/De', [mine('IPAM Administrator', scope)], o, '/Global',
                     'allow' if reach else 'hidden', 'what has the scope /Global is shown by a pair at /Global alone', kind=kind, src=src)


# ---------------------------------------------------------------------------------------------------------------
# 5. Custom roles
# ---------------------------------------------------------------------------------------------------------------
def custom_roles():
    tree = '/Global /Global/Eu /Global/Us'
    pool = [o for o in SCOPED + UNSCOPED]
    for i, op in enumerate(pool):
        on = op in ON_OBJECT
        obj = ('/Global' if op in TOP_ONLY else '/Global/Eu') if on else '-'
        place = obj if obj != '-' else '/Global/Eu'
        second = '/Global/Eu' if op.endswith(('.set-scope', '.remap')) else '-'
        case('custom-only-%s' % op, tree, [mine('custom:' + op, place)], op, obj, 'allow', 'custom role of this one operation', second=second)
        others = [o for o in pool if o != op]
        three = [others[(i + k * 31) % len(others)] for k in range(3)]
        case('custom-not-%s' % op, tree, [mine('custom:' + ','.join(three), place)], op, obj, 'deny', 'custom role of other operations', second=second)
        case('custom-all-but-%s' % op, tree, [mine('custom:' + ','.join(o for o in others if o.split('.')[:2] == op.split('.')[:2] or o in three), place)],
             op, obj, 'deny', 'custom role of every other operation of the kind', second=second)
        away = 'deny' if creates(op) else 'hidden'
        if op in TOP_ONLY:
            continue
        q = '~Q1' if on and op in UNSCOPED else ''
        case('custom-away-%s%s' % (op, q), tree, [mine('custom:' + op, '/Global/Us')], op, obj, away if on else 'allow',
             ('Q1: ' if q else '') + 'custom role in another branch' + ('' if on else '; scope is ignored'), second=second)
    # one type of record is not another
    types = 'a aaaa ptr ns cname dname mx srv txt afsdb atma dhcid hinfo isdn rp rt wins winsr wks x25'.split()
    for i, t in enumerate(types):
        for v in ('create', 'change', 'delete'):
            o = types[(i + 1) % len(types)]
            case('type-%s-%s-as-%s' % (t, v, o), tree, [mine('custom:dns.record.%s.%s' % (o, v), '/Global/Eu')], 'dns.record.%s.%s' % (t, v), '/Global/Eu', 'deny',
                 'permission for %s records is not one for %s records' % (o.upper(), t.upper()))
            w = {'create': 'change', 'change': 'delete', 'delete': 'create'}[v]
            case('type-%s-%s-by-%s' % (t, v, w), tree, [mine('custom:dns.record.%s.%s' % (t, w), '/Global/Eu')], 'dns.record.%s.%s' % (t, v), '/Global/Eu', 'deny',
                 'permission to %s is not one to %s' % (w, v))


# ---------------------------------------------------------------------------------------------------------------
# 6. Rows add up
# ---------------------------------------------------------------------------------------------------------------
ASM, MSM, DHCP, DSC, RES, DNS, DRC, ADR, ADM = ('IPAM ASM Administrator', 'IPAM MSM Administrator', 'IPAM DHCP Administrator',
    'IPAM DHCP Scope Administrator', 'IPAM DHCP Reservations Administrator', 'IPAM DNS Administrator', 'DNS Record Administrator',
    'IP Address Record Administrator', 'IPAM Administrator')
ADDITIVE = [    # name, [(who, role, scope)], memberships, operation, object, expected, reason
    ('two-roles-first', [('u', ADR, '/Global/Eu'), ('u', RES, '/Global/Eu')], '', 'ipam.address.change', '/Global/Eu', 'allow', 'first of two roles has it'),
    ('two-roles-second', [('u', ADR, '/Global/Eu'), ('u', RES, '/Global/Eu')], '', 'dhcp.reservation.change', '/Global/Eu', 'allow', 'second of two roles has it'),
    ('two-roles-neither', [('u', ADR, '/Global/Eu'), ('u', RES, '/Global/Eu')], '', 'ipam.block.change', '/Global/Eu', 'deny', 'neither role has it'),
    ('weak-near-strong-above', [('u', RES, '/Global/Eu/De'), ('u', ASM, '/Global/Eu')], '', 'ipam.subnet.delete', '/Global/Eu/De', 'allow', 'a weaker row nearer does not take away'),
    ('weak-above-strong-near', [('u', RES, '/Global'), ('u', ASM, '/Global/Eu/De')], '', 'ipam.subnet.delete', '/Global/Eu/De', 'allow', 'a weaker row above does not take away'),
    ('seen-by-one-held-elsewhere', [('u', RES, '/Global/Eu'), ('u', ASM, '/Global/Us')], '', 'ipam.subnet.change', '/Global/Eu', 'deny', 'seen through the first, the operation is held in another branch'),
    ('held-below-seen-above', [('u', RES, '/Global/Eu'), ('u', ASM, '/Global/Eu/De')], '', 'ipam.subnet.change', '/Global/Eu', 'deny', 'the operation is held below only'),
    ('held-below-object-there', [('u', RES, '/Global/Eu'), ('u', ASM, '/Global/Eu/De')], '', 'ipam.subnet.change', '/Global/Eu/De', 'allow', 'the lower pair reaches it'),
    ('held-below-object-beside', [('u', RES, '/Global/Eu'), ('u', ASM, '/Global/Eu/De')], '', 'ipam.subnet.change', '/Global/Eu/Fr', 'deny', 'seen by the upper pair, not in the lower'),
    ('two-branches-none', [('u', ASM, '/Global/Eu/De'), ('u', ASM, '/Global/Us')], '', 'ipam.subnet.change', '/Global/Eu/Fr', 'hidden', 'two pairs, neither reaches it'),
    ('two-branches-parent', [('u', ASM, '/Global/Eu/De'), ('u', ASM, '/Global/Eu/Fr')], '', 'ipam.subnet.change', '/Global/Eu', 'hidden', 'all children held is not the parent held'),
    ('group-alone', [('g:net', ASM, '/Global/Eu')], 'group:net', 'ipam.block.change', '/Global/Eu', 'allow', 'through the group'),
    ('group-not-member', [('g:net', ASM, '/Global/Eu')], '', 'ipam.block.change', '/Global/Eu', 'hidden', 'not a member'),
    ('group-other-member', [('g:net', ASM, '/Global/Eu')], 'group:ops', 'ipam.block.change', '/Global/Eu', 'hidden', 'member of another group'),
    ('group-name-begins', [('g:net', ASM, '/Global/Eu')], 'group:network', 'ipam.block.change', '/Global/Eu', 'hidden', 'a group whose name only begins the same'),
    ('group-named-as-user', [('g:u', ASM, '/Global/Eu')], '', 'ipam.block.change', '/Global/Eu', 'hidden', 'a group called u is not the user u'),
    ('user-named-as-group', [('v', ASM, '/Global/Eu')], 'group:v', 'ipam.block.change', '/Global/Eu', 'hidden', 'a user called as the group is not the group'),
    ('other-user', [('v', ASM, '/Global/Eu')], '', 'ipam.block.change', '/Global/Eu', 'hidden', 'another user'),
    ('group-and-user-group-has', [('g:net', ASM, '/Global/Eu'), ('u', RES, '/Global/Eu')], 'group:net', 'ipam.block.change', '/Global/Eu', 'allow', 'group has it, user has it not'),
    ('group-and-user-user-has', [('g:net', RES, '/Global/Eu'), ('u', ASM, '/Global/Eu')], 'group:net', 'ipam.block.change', '/Global/Eu', 'allow', 'user has it, group has it not'),
    ('group-sees-user-holds-elsewhere', [('g:net', RES, '/Global/Eu'), ('u', ASM, '/Global/Us')], 'group:net', 'ipam.block.change', '/Global/Eu', 'deny', 'seen through the group, held elsewhere'),
    ('two-groups', [('g:net', RES, '/Global/Eu'), ('g:dns', DRC, '/Global/Eu')], 'group:net;group:dns', 'dns.record.mx.create', '/Global/Eu', 'allow', 'second group has it'),
    ('two-groups-one-member', [('g:net', RES, '/Global/Eu'), ('g:dns', DRC, '/Global/Eu')], 'group:net', 'dns.record.mx.delete', '/Global/Eu', 'deny', 'member of the other group only'),
    ('reader-and-role', [('u', 'reader', '/Global'), ('u', ASM, '/Global/Eu')], '', 'ipam.block.change', '/Global/Eu', 'allow', 'role adds to the fixed group'),
    ('reader-and-role-away', [('u', 'reader', '/Global'), ('u', ASM, '/Global/Eu')], '', 'ipam.block.change', '/Global/Us', 'deny', 'seen by the fixed group, role elsewhere'),
    ('reader-and-role-read', [('u', 'reader', '/Global'), ('u', ASM, '/Global/Eu')], '', 'ipam.block.read', '/Global/Us', 'allow', 'seen by the fixed group'),
    ('two-fixed', [('u', 'asm-group', '/Global'), ('u', 'msm-group', '/Global')], '', 'dhcp.server.change', '/Global/Us', 'allow', 'second fixed group has it'),
    ('two-fixed-neither', [('u', 'asm-group', '/Global'), ('u', 'msm-group', '/Global')], '', 'ipam.block.set-scope', '/Global/Us', 'deny', 'set-scope is for the administrators among the groups'),
    ('asm-and-audit', [('u', 'asm-group', '/Global'), ('g:aud', 'audit-group', '/Global')], 'group:aud', 'audit.tracking.read', '-', 'allow', 'tracking through the audit group'),
    ('asm-not-audit', [('u', 'asm-group', '/Global'), ('g:aud', 'audit-group', '/Global')], '', 'audit.tracking.read', '-', 'deny', 'not a member of the audit group'),
    ('admin-role-no-tracking', [('u', ADM, '/Global')], '', 'audit.tracking.read', '-', 'deny', 'the role IPAM Administrator is not the group'),
    ('admin-role-and-reader-no-tracking', [('u', ADM, '/Global'), ('u', 'reader', '/Global')], '', 'audit.tracking.read', '-', 'deny', 'neither may read tracking'),
    ('split-custom', [('u', 'custom:ipam.subnet.create', '/Global/Eu'), ('u', 'custom:ipam.subnet.delete', '/Global/Us')], '', 'ipam.subnet.delete', '/Global/Eu', 'deny', 'create here and delete there do not add to delete here'),
    ('split-custom-there', [('u', 'custom:ipam.subnet.create', '/Global/Eu'), ('u', 'custom:ipam.subnet.delete', '/Global/Us')], '', 'ipam.subnet.delete', '/Global/Us', 'allow', 'delete there'),
    ('split-custom-create-there', [('u', 'custom:ipam.subnet.create', '/Global/Eu'), ('u', 'custom:ipam.subnet.delete', '/Global/Us')], '', 'ipam.subnet.create', '/Global/Us', 'deny', 'create is held elsewhere'),
    ('same-pair-twice', [('u', ASM, '/Global/Eu'), ('u', ASM, '/Global/Eu')], '', 'ipam.block.delete', '/Global/Eu', 'allow', 'the same row twice'),
    ('nested-same-role', [('u', ASM, '/Global/Eu'), ('u', ASM, '/Global/Eu/De')], '', 'ipam.block.delete', '/Global/Eu/Fr', 'allow', 'a narrower row does not narrow the wider'),
    ('six-pairs-last', [('u', r, '/Global/Us') for r in (ADR, RES, DRC, DSC, DNS)] + [('u', ASM, '/Global/Eu')], '', 'ipam.range.map-zone', '/Global/Eu/De', 'allow', 'the last of six reaches it'),
    ('six-pairs-none', [('u', r, '/Global/Eu') for r in (ADR, RES, DRC, DSC, DNS)] + [('u', ASM, '/Global/Us')], '', 'ipam.range.map-zone', '/Global/Eu/De', 'deny', 'five show it, none holds it'),
]


def additive():
    tree = '/Global /Global/Eu /Global/Eu/De /Global/Eu/Fr /Global/Us'
    for name, pairs, members, op, obj, exp, why in ADDITIVE:
        ps = [at('group:' + w[2:] if w.startswith('g:') else 'user:' + w, r, s) for w, r, s in pairs]
        sec = '/Global/Us' if op.endswith('set-scope') else '-'
        case('add-' + name, tree, ps, op, obj, exp, why, members=members, second=sec)
        if len(ps) > 1:
            case('add-' + name + '-reversed', tree, ps[::-1], op, obj, exp, why + '; rows in the other order', members=members, second=sec)
    # every two built-in roles at one place: an operation of the second, one of neither
    sample = ['ipam.space.change', 'ipam.block.delete', 'ipam.subnet.change', 'ipam.range.change', 'ipam.address.delete', 'dhcp.server.change',
              'dhcp.superscope.delete', 'dhcp.scope.change', 'dhcp.reservation.delete', 'dhcp.failover.change', 'dns.zone.reset-status', 'dns.record.srv.delete']
    names = list(ROLES)
    for i, a in enumerate(names):
        for b in names[i + 1:]:
            for k in range(2):
                op = sample[(i * 7 + names.index(b) * 5 + k * 4) % len(sample)]
                yes = a in ROLE_OF[op] or b in ROLE_OF[op]
                case('sum-%s-%s-%s' % (a.replace(' ', '_'), b.replace(' ', '_'), op), tree, [mine(a, '/Global/Eu'), at('group:net', b, '/Global')], op, '/Global/Eu/De',
                     'allow' if yes else 'deny', 'the sum of two roles, one through a group', members='group:net')


# ---------------------------------------------------------------------------------------------------------------
# 7. Times: [from, until), seconds from the moment of the request
# ---------------------------------------------------------------------------------------------------------------
TIMES = [('always', '-', '-', True), ('since-long', -86400, '-', True), ('since-1s', -1, '-', True), ('since-now', 0, '-', True),
         ('in-1s', 1, '-', False), ('in-a-day', 86400, '-', False), ('until-past', '-', -86400, False), ('until-1s-ago', '-', -1, False),
         ('until-now', '-', 0, False), ('until-in-1s', '-', 1, True), ('until-in-a-day', '-', 86400, True), ('around', -60, 60, True),
         ('opens-now', 0, 60, True), ('closes-now', -60, 0, False), ('before', -120, -60, False), ('after', 60, 120, False),
         ('one-second-now', 0, 1, True), ('one-second-past', -1, 0, False), ('year-2100', '-', 2000000000, True)]


def times():
    tree = '/Global /Global/Eu /Global/Eu/De /Global/Us'
    trial = [('ipam.subnet.change', ASM, '/Global/Eu', '/Global/Eu', 'hidden', '-'), ('ipam.subnet.read', ASM, '/Global/Eu', '/Global/Eu/De', 'hidden', '-'),
             ('ipam.subnet.create', ASM, '/Global/Eu', '/Global/Eu', 'deny', '-'), ('dhcp.reservation.delete', RES, '/Global', '/Global/Us', 'hidden', '-'),
             ('ipam.custom-field.create', ASM, '/Global/Us', '-', 'deny', '-'), ('access.scope.create', ADM, '/Global', '-', 'deny', '-'),
             ('audit.tracking.read', 'audit-group', '/Global', '-', 'deny', '-'), ('ipam.block.read', 'reader', '/Global', '/Global/Us', 'hidden', '-'),
             ('dns.record.mx.change', 'custom:dns.record.mx.change', '/Global/Eu', '/Global/Eu', 'hidden', '-'),
             ('ipam.block.set-scope', ASM, '/Global', '/Global/Eu', 'hidden', '/Global/Us'), ('inventory.server.delete', 'msm-group', '/Global', '/Global/Us', 'hidden', '-')]
    for name, f, t, on in TIMES:
        for op, role, place, obj, off, second in trial:
            case('time-%s-%s' % (name, op), tree, [mine(role, place, f, t)], op, obj, 'allow' if on else off,
                 'the row %s at the moment of the request' % ('holds' if on else 'does not hold'), second=second)
        case('time-%s-seen-by-another' % name, tree, [mine(ASM, '/Global/Eu', f, t), mine(RES, '/Global/Eu')], 'ipam.subnet.change', '/Global/Eu',
             'allow' if on else 'deny', 'a lasting row shows it, the timed one allows it')
        case('time-%s-held-by-another' % name, tree, [mine(ASM, '/Global/Eu', f, t), mine(ASM, '/Global')], 'ipam.subnet.change', '/Global/Eu', 'allow',
             'a lasting row allows it whatever the timed one does')
        case('time-%s-old-scope' % name, tree, [mine(ASM, '/Global/Eu', f, t), mine(ASM, '/Global/Us')], 'ipam.subnet.set-scope', '/Global/Eu',
             'allow' if on else 'hidden', 'the timed row holds the old place', second='/Global/Us')
        case('time-%s-new-scope' % name, tree, [mine(ASM, '/Global/Us', f, t), mine(ASM, '/Global/Eu')], 'ipam.subnet.set-scope', '/Global/Eu',
             'allow' if on else 'deny', 'the timed row holds the new place', second='/Global/Us')
    case('time-relay', tree, [mine(ASM, '/Global/Eu', '-', 0), mine(ASM, '/Global/Eu', 0, '-')], 'ipam.subnet.change', '/Global/Eu', 'allow', 'one row ends as the next begins: no gap')
    case('time-gap', tree, [mine(ASM, '/Global/Eu', '-', 0), mine(ASM, '/Global/Eu', 1, '-')], 'ipam.subnet.change', '/Global/Eu', 'hidden', 'a gap of one second')
    case('time-overlap', tree, [mine(ASM, '/Global/Eu', '-', 1), mine(ASM, '/Global/Eu', 0, '-')], 'ipam.subnet.change', '/Global/Eu', 'allow', 'both rows hold')


# ---------------------------------------------------------------------------------------------------------------
# 8. Tokens: owner's rights and the token's, both must allow; the token's scope hides what is outside
# ---------------------------------------------------------------------------------------------------------------
TOKENS = [  # owner's pairs, token, operation, object, second, expected, reason
    ([(ASM, '/Global/Eu')], '-', 'ipam.subnet.change', '/Global/Eu', '-', 'allow', 'no narrowing'),
    ([(ASM, '/Global/Eu')], '- -', 'ipam.subnet.change', '/Global/Eu', '-', 'allow', 'narrowed by nothing'),
    ([(ASM, '/Global/Eu')], ASM + ' -', 'ipam.subnet.change', '/Global/Eu', '-', 'allow', 'narrowed to the same role'),
    ([(ASM, '/Global/Eu')], ADR + ' -', 'ipam.subnet.change', '/Global/Eu', '-', 'deny', 'narrowed role has it not; still visible'),
    ([(ASM, '/Global/Eu')], ADR + ' -', 'ipam.address.change', '/Global/Eu', '-', 'allow', 'both have it'),
    ([(ADR, '/Global/Eu')], ASM + ' -', 'ipam.subnet.change', '/Global/Eu', '-', 'deny', 'a stronger role in the token gives nothing'),
    ([(ADR, '/Global/Eu')], ASM + ' -', 'ipam.address.change', '/Global/Eu', '-', 'allow', 'both have it'),
    ([(ADR, '/Global/Eu')], ADM + ' /Global', 'ipam.subnet.change', '/Global/Eu', '-', 'deny', 'a token never adds'),
    ([(ADR, '/Global/Eu')], ADM + ' /Global', 'ipam.subnet.change', '/Global/Us', '-', 'hidden', 'a token never shows more'),
    ([(RES, '/Global/Eu')], ADR + ' -', 'ipam.address.change', '/Global/Eu', '-', 'deny', 'disjoint roles: nothing but sight'),
    ([(RES, '/Global/Eu')], ADR + ' -', 'dhcp.reservation.change', '/Global/Eu', '-', 'deny', 'disjoint roles: nothing but sight'),
    ([(RES, '/Global/Eu')], ADR + ' -', 'dhcp.reservation.read', '/Global/Eu', '-', 'allow', 'a role in the token takes no sight'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu', 'ipam.subnet.change', '/Global/Eu', '-', 'allow', 'narrowed to the same scope'),
    ([(ASM, '/Global/Eu')], '- /Global', 'ipam.subnet.change', '/Global/Eu', '-', 'allow', 'a wider scope changes nothing'),
    ([(ASM, '/Global/Eu')], '- /Global', 'ipam.subnet.change', '/Global/Us', '-', 'hidden', 'a wider scope gives nothing'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu/De', 'ipam.subnet.change', '/Global/Eu/De', '-', 'allow', 'inside the token'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu/De', 'ipam.subnet.change', '/Global/Eu/De/Ber', '-', 'allow', 'below the token'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu/De', 'ipam.subnet.change', '/Global/Eu', '-', 'hidden', 'above the token'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu/De', 'ipam.subnet.read', '/Global/Eu', '-', 'hidden', 'above the token'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu/De', 'ipam.subnet.change', '/Global/Eu/Fr', '-', 'hidden', 'beside the token'),
    ([(ASM, '/Global/Eu')], '- /Global/Us', 'ipam.subnet.change', '/Global/Eu', '-', 'hidden', 'token elsewhere'),
    ([(ASM, '/Global/Eu')], '- /Global/Us', 'ipam.subnet.change', '/Global/Us', '-', 'hidden', 'owner has nothing there'),
    ([(ASM, '/Global/Eu')], '- /Global/Us', 'ipam.subnet.create', '/Global/Us', '-', 'deny', 'owner has nothing there; a create is refused'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu/De', 'ipam.subnet.create', '/Global/Eu', '-', 'deny', 'create above the token'),
    ([(ASM, '/Global/Eu')], '- /Global/Eu/De', 'ipam.subnet.create', '/Global/Eu/De', '-', 'allow', 'create inside the token'),
    ([(ASM, '/Global/Eu')], ADR + ' /Global/Eu/De', 'ipam.address.create', '/Global/Eu/De', '-', 'allow', 'both narrowings met'),
    ([(ASM, '/Global/Eu')], ADR + ' /Global/Eu/De', 'ipam.address.create', '/Global/Eu', '-', 'deny', 'scope of the token'),
    ([(ASM, '/Global/Eu')], ADR + ' /Global/Eu/De', 'ipam.address.delete', '/Global/Eu', '-', 'hidden', 'scope of the token'),
    ([(ASM, '/Global/Eu')], ADR + ' /Global/Eu/De', 'ipam.subnet.delete', '/Global/Eu/De', '-', 'deny', 'role of the token'),
    ([(ASM, '/Global/Eu/De')], '- /Global/Eu', 'ipam.subnet.read', '/Global/Eu', '-', 'hidden', 'owner does not see it'),
    ([(ASM, '/Global/Eu/De')], '- /Global/Eu', 'ipam.subnet.read', '/Global/Eu/De', '-', 'allow', 'both see it'),
    ([('administrator', '/Global')], '- -', 'access.role.create', '-', '-', 'allow', 'narrowed by nothing'),
    ([('administrator', '/Global')], '- /Global', 'ipam.subnet.delete', '/Global/Us', '-', 'allow', 'the root takes nothing away'),
    ([('administrator', '/Global')], '- /Global', 'access.scope.create', '-', '-', 'allow', 'the root takes nothing away'),
    ([('administrator', '/Global')], '- /Global/Eu', 'ipam.subnet.delete', '/Global/Eu/De', '-', 'allow', 'inside the token'),
    ([('administrator', '/Global')], '- /Global/Eu', 'ipam.subnet.delete', '/Global/Us', '-', 'hidden', 'outside the token'),
    ([('administrator', '/Global')], '- /Global/Eu', 'ipam.subnet.delete', '/Global', '-', 'hidden', 'above the token'),
    ([('administrator', '/Global')], '- /Global/Eu', 'access.scope.create', '-', '-', 'deny', 'admin-only counts at /Global alone'),
    ([('administrator', '/Global')], ADM + ' -', 'access.scope.create', '-', '-', 'allow', 'both have it'),
    ([('administrator', '/Global')], ADM + ' /Global', 'access.policy.delete', '-', '-', 'allow', 'both have it at /Global'),
    ([('administrator', '/Global')], ADM + ' /Global/Eu', 'access.policy.delete', '-', '-', 'deny', 'admin-only counts at /Global alone'),
    ([('administrator', '/Global')], ASM + ' -', 'access.scope.create', '-', '-', 'deny', 'the narrowed role has it not'),
    ([('administrator', '/Global')], ADM + ' -', 'access.role.create', '-', '-', 'deny', 'groups only: a role never holds it'),
    ([('administrator', '/Global')], ADM + ' -', 'audit.tracking.read', '-', '-', 'deny', 'groups only: a role never holds it'),
    ([('administrator', '/Global')], ADM + ' -', 'system.storage.read', '-', '-', 'deny', 'groups only: a role never holds it'),
    ([('administrator', '/Global')], ADM + ' -', 'dns.server.set-scope', '/Global/Eu', '/Global/Us', 'deny', 'the role IPAM Administrator has no DnsServer operations'),
    ([('administrator', '/Global')], 'audit-group -', 'audit.tracking.read', '-', '-', 'allow', 'both groups may'),
    ([('administrator', '/Global')], 'audit-group -', 'ipam.subnet.change', '/Global/Eu', '-', 'deny', 'the audit group may not'),
    ([('administrator', '/Global')], 'reader -', 'ipam.subnet.read', '/Global/Eu', '-', 'allow', 'sight is left'),
    ([('administrator', '/Global')], 'reader -', 'ipam.subnet.change', '/Global/Eu', '-', 'deny', 'a read-only token'),
    ([('administrator', '/Global')], 'reader -', 'ipam.subnet.create', '/Global/Eu', '-', 'deny', 'a read-only token'),
    ([('administrator', '/Global')], 'reader -', 'audit.tracking.read', '-', '-', 'deny', 'readers have no tracking'),
    ([('administrator', '/Global')], 'reader -', 'access.key.read', '-', '-', 'deny', 'readers do not read the key'),
    ([('administrator', '/Global')], 'reader -', 'system.storage.read', '-', '-', 'deny', 'readers do not read the storage configuration'),
    ([('administrator', '/Global')], 'asm-group -', 'ipam.block.create', '/Global/Eu', '-', 'allow', 'both groups may'),
    ([('administrator', '/Global')], 'asm-group -', 'ipam.block.set-scope', '/Global/Eu', '/Global/Us', 'deny', 'the ASM group may not set scopes'),
    ([('administrator', '/Global')], 'msm-group -', 'inventory.server.create', '/Global', '-', 'allow', 'both groups may'),
    ([('reader', '/Global')], 'administrator -', 'ipam.subnet.change', '/Global/Eu', '-', 'deny', 'a token never adds'),
    ([('reader', '/Global')], 'administrator -', 'access.role.create', '-', '-', 'deny', 'a token never adds'),
    ([('audit-group', '/Global')], 'reader -', 'audit.tracking.read', '-', '-', 'deny', 'the token is a reader'),
    ([('asm-group', '/Global')], 'audit-group -', 'audit.tracking.read', '-', '-', 'deny', 'the owner may not'),
    ([('asm-group', '/Global')], 'msm-group -', 'ipam.range.change', '/Global/Us', '-', 'allow', 'both groups may edit ranges'),
    ([('asm-group', '/Global')], 'msm-group -', 'ipam.block.change', '/Global/Us', '-', 'deny', 'MSM may not'),
    ([('asm-group', '/Global')], ASM + ' /Global/Eu', 'ipam.subnet.set-scope', '/Global/Eu', '/Global/Eu/De', 'deny', 'the owner may not set scopes'),
    ([(ADM, '/Global')], 'administrator -', 'access.role.create', '-', '-', 'deny', 'the owner holds a role only'),
    ([(ADM, '/Global')], 'administrator -', 'access.scope.create', '-', '-', 'allow', 'both have it'),
    ([(ADM, '/Global/Eu')], 'administrator -', 'access.scope.create', '-', '-', 'deny', 'the owner holds it below /Global'),
    ([(ASM, '/Global/Eu')], 'reader -', 'ipam.subnet.read', '/Global/Us', '-', 'hidden', 'a fixed group in the token shows nothing the owner does not see'),
    ([(ASM, '/Global/Eu')], 'reader -', 'ipam.subnet.read', '/Global/Eu', '-', 'allow', 'the owner sees it'),
    ([(ASM, '/Global/Eu')], 'custom:ipam.subnet.create -', 'ipam.subnet.create', '/Global/Eu', '-', 'allow', 'custom role in the token'),
    ([(ASM, '/Global/Eu')], 'custom:ipam.subnet.create -', 'ipam.subnet.delete', '/Global/Eu', '-', 'deny', 'custom role in the token has it not'),
    ([(ASM, '/Global/Eu')], 'custom:ipam.subnet.create,dns.record.mx.create -', 'dns.record.mx.create', '/Global/Eu', '-', 'deny', 'the owner has it not'),
    ([(ASM, '/Global/Eu')], ASM + ' -', 'ipam.custom-field.create', '-', '-', 'allow', 'scope ignored, both roles have it'),
    ([(ASM, '/Global/Eu')], ADR + ' -', 'ipam.custom-field.create', '-', '-', 'deny', 'scope ignored, the token role has it not'),
    ([(ASM, '/Global'), ], '- /Global/Eu', 'ipam.subnet.set-scope', '/Global/Eu', '/Global/Eu/De', 'allow', 'both places in the token'),
    ([(ASM, '/Global'), ], '- /Global/Eu', 'ipam.subnet.set-scope', '/Global/Eu', '/Global/Us', 'deny', 'new place outside the token'),
    ([(ASM, '/Global'), ], '- /Global/Eu', 'ipam.subnet.set-scope', '/Global/Us', '/Global/Eu', 'hidden', 'old place outside the token'),
    ([(ASM, '/Global'), ], ADR + ' -', 'ipam.subnet.set-scope', '/Global/Eu', '/Global/Us', 'deny', 'token role has no set-scope'),
    ([(ASM, '/Global/Eu'), (ASM, '/Global/Us')], '- /Global/Eu', 'ipam.subnet.remap', '/Global/Eu', '/Global/Us', 'deny', 'move out of the token'),
    ([(ASM, '/Global/Eu'), (DNS, '/Global/Us')], '- /Global/Us', 'ipam.subnet.change', '/Global/Us', '-', 'deny', 'second pair shows it, has it not'),
    ([(ASM, '/Global/Eu'), (DNS, '/Global/Us')], DNS + ' -', 'dns.zone.reset-status', '/Global/Us', '-', 'allow', 'second pair and token'),
    ([(ASM, '/Global/Eu'), (DNS, '/Global/Us')], DNS + ' -', 'dns.zone.reset-status', '/Global/Eu', '-', 'deny', 'seen through the first, held in the other branch'),
    ([], ADM + ' /Global', 'ipam.subnet.change', '/Global/Eu', '-', 'hidden', 'the owner has lost every row: so has the token'),
    ([], '- -', 'ipam.subnet.read', '/Global/Eu', '-', 'hidden', 'the owner has lost every row: so has the token'),
    ([], '- -', 'ipam.subnet.create', '/Global/Eu', '-', 'deny', 'the owner has lost every row: so has the token'),
    # choices, see the head of cases.tsv
    ([('administrator', '/Global')], '- /Global/Eu', 'audit.tracking.read', '-', '-', 'deny', 'Q2: groups-only through a token below /Global'),
    ([('administrator', '/Global')], '- /Global/Eu', 'inventory.server.change', '/Global/Eu', '-', 'deny', 'Q2: groups-only through a token below /Global'),
    ([('administrator', '/Global')], '- /Global/Eu', 'system.setting.change', '-', '-', 'deny', 'Q2: groups-only through a token below /Global'),
    ([(ASM, '/Global')], '- /Global/Eu', 'ipam.custom-field.create', '-', '-', 'allow', 'Q3: scope-less operation through a token with a scope'),
    ([(ASM, '/Global/Us')], '- /Global/Eu', 'ipam.custom-field.create', '-', '-', 'allow', 'Q3: scope-less operation through a token with a scope'),
]


def tokens():
    tree = '/Global /Global/Eu /Global/Eu/De /Global/Eu/De/Ber /Global/Eu/Fr /Global/Us'
    for i, (pairs, token, op, obj, second, exp, why) in enumerate(TOKENS):
        q = '~' + why[:2] if why[0] == 'Q' and why[2] == ':' else ''
        case('token-%03d%s' % (i, q), tree, [mine(r, s) for r, s in pairs], op, obj, exp, why, token=token, second=second)
    # the owner's row ends: the token ends with it
    for name, f, t, on in TIMES:
        case('token-time-%s' % name, tree, [mine(ASM, '/Global/Eu', f, t)], 'ipam.subnet.change', '/Global/Eu/De', 'allow' if on else 'hidden',
             "the owner's row %s at the time of use" % ('holds' if on else 'does not hold'), token=ASM + ' /Global/Eu')
    # every role as owner against every role as token, one operation of each group
    sample = ['ipam.space.change', 'ipam.block.change', 'ipam.subnet.delete', 'ipam.range.remap', 'ipam.address.change', 'dhcp.server.set-options',
              'dhcp.superscope.change', 'dhcp.scope.activate', 'dhcp.reservation.change', 'dhcp.failover.delete', 'dns.zone.set-preferred-server', 'dns.record.a.change']
    names = list(ROLES)
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            for k in range(2):
                op = sample[(i * 5 + j * 7 + k * 5) % len(sample)]
                yes = a in ROLE_OF[op] and b in ROLE_OF[op]
                case('token-cross-%s-%s-%s' % (a.replace(' ', '_'), b.replace(' ', '_'), op), tree, [mine(a, '/Global/Eu')], op, '/Global/Eu/De', 'allow' if yes else 'deny',
                     'owner %s it, token %s it' % ('has' if a in ROLE_OF[op] else 'lacks', 'has' if b in ROLE_OF[op] else 'lacks'), token=b + ' -',
                     second='/Global/Eu' if op.endswith('remap') else '-')


# ---------------------------------------------------------------------------------------------------------------
# 9. Old and new place: set-scope and re-parenting
# ---------------------------------------------------------------------------------------------------------------
BOTH = [    # name, [(has|lacks, scope)], old, new, expected, reason
    ('both-one-pair', [('h', '/Global/Eu')], '/Global/Eu/De', '/Global/Eu/Fr', 'allow', 'one pair above both'),
    ('both-root', [('h', '/Global')], '/Global/Eu', '/Global/Us', 'allow', 'pair at the root'),
    ('both-two-pairs', [('h', '/Global/Eu'), ('h', '/Global/Us')], '/Global/Eu', '/Global/Us', 'allow', 'a pair at each'),
    ('both-group', [('h', '/Global/Eu'), ('hg', '/Global/Us')], '/Global/Eu', '/Global/Us', 'allow', 'own pair at the old, the group\'s at the new'),
    ('same-place', [('h', '/Global/Eu')], '/Global/Eu', '/Global/Eu', 'allow', 'from inherited to own, same place'),
    ('down', [('h', '/Global/Eu')], '/Global/Eu', '/Global/Eu/De', 'allow', 'to a place below'),
    ('up-held', [('h', '/Global/Eu')], '/Global/Eu/De', '/Global/Eu', 'allow', 'to the place above, held there'),
    ('up-not-held', [('h', '/Global/Eu/De')], '/Global/Eu/De', '/Global/Eu', 'deny', 'to the place above, not held there'),
    ('to-root', [('h', '/Global/Eu')], '/Global/Eu', '/Global', 'deny', 'the root is not held'),
    ('old-only', [('h', '/Global/Eu')], '/Global/Eu', '/Global/Us', 'deny', 'new place not held and not seen'),
    ('old-only-new-seen', [('h', '/Global/Eu'), ('l', '/Global/Us')], '/Global/Eu', '/Global/Us', 'deny', 'new place seen, not held'),
    ('new-only', [('h', '/Global/Us')], '/Global/Eu', '/Global/Us', 'hidden', 'old place not seen'),
    ('new-only-old-seen', [('l', '/Global/Eu'), ('h', '/Global/Us')], '/Global/Eu', '/Global/Us', 'deny', 'old place seen, not held'),
    ('neither-seen', [('h', '/Global/Eu/Fr')], '/Global/Eu/De', '/Global/Us', 'hidden', 'held in a third place'),
    ('both-seen', [('l', '/Global')], '/Global/Eu', '/Global/Us', 'deny', 'both seen, held nowhere'),
    ('new-below-held', [('h', '/Global/Eu'), ('h', '/Global/Us/Ny')], '/Global/Eu', '/Global/Us', 'deny', 'held below the new place only'),
    ('old-below-held', [('h', '/Global/Eu/De'), ('h', '/Global/Us')], '/Global/Eu', '/Global/Us', 'hidden', 'held below the old place only'),
    ('nobody', [], '/Global/Eu', '/Global/Us', 'hidden', 'no pair'),
    ('steal-up', [('h', '/Global/Us')], '/Global', '/Global/Us', 'hidden', 'a thing of the root cannot be pulled into a branch'),
    ('steal-side', [('h', '/Global/Us'), ('l', '/Global')], '/Global/Eu', '/Global/Us', 'deny', 'seen through the root, held in the branch alone'),
]


def both_places():
    tree = '/Global /Global/Eu /Global/Eu/De /Global/Eu/Fr /Global/Us /Global/Us/Ny'
    for op in [o for o in SCOPED if o.endswith('.set-scope')] + ['ipam.subnet.remap', 'ipam.range.remap']:
        holders = ROLE_OF[op]
        lackers = [r for r in ROLES if r not in holders]
        for i, (name, pairs, old, new, exp, why) in enumerate(BOTH):
            ps = []
            for what, scope in pairs:
                role = holders[i % len(holders)] if what[0] == 'h' else lackers[i % len(lackers)]
                ps.append(at('group:net' if what.endswith('g') else 'user:u', role, scope))
            case('both-%s-%s' % (op, name), tree, ps, op, old, exp, why, second=new, src='own', members='group:net' if 'hg' in [p[0] for p in pairs] else '')
        for key in FIXED:
            yes = key == 'administrator' or (key == 'asm-group' and op.endswith('remap')) or (key == 'msm-group' and op == 'ipam.range.remap')
            case('both-%s-%s' % (op, key), tree, [mine(key, '/Global')], op, '/Global/Eu', 'allow' if yes else 'deny', 'a fixed group sees both places', second='/Global/Us', src='own')
    # moves by an edit: a DHCP scope into another superscope, a block or range made larger or smaller, a record to another zone
    for op, has, lacks in (('dhcp.scope.change', DSC, RES), ('ipam.block.change', ASM, ADR), ('ipam.subnet.change', ASM, ADR), ('ipam.range.change', ASM, ADR),
                           ('dhcp.reservation.change', RES, DNS), ('dns.record.cname.change', DRC, DHCP)):
        for name, pairs, old, new, exp, why in BOTH:
            ps = [at('group:net' if w.endswith('g') else 'user:u', has if w[0] == 'h' else lacks, s) for w, s in pairs]
            case('move-%s-%s' % (op, name), tree, ps, op, old, exp, 'moves to another parent: ' + why, second=new, members='group:net' if 'hg' in [p[0] for p in pairs] else '')


# ---------------------------------------------------------------------------------------------------------------
# 10. Creating in a place
# ---------------------------------------------------------------------------------------------------------------
def create_in_place():
    tree = '/Global /Global/Eu /Global/Eu/De /Global/Us'
    makers = [('ipam.block.create', ASM, ADR, ['block', 'space']), ('ipam.subnet.create', ASM, ADR, ['block', 'block of block', 'space']),
              ('ipam.range.create', ASM, RES, ['subnet', 'block', 'space']), ('ipam.address.create', ADR, RES, ['range', 'subnet', 'block', 'space']),
              ('dhcp.scope.create', DSC, RES, ['superscope', 'server']), ('dhcp.superscope.create', DSC, RES, ['server']),
              ('dhcp.reservation.create', RES, ADR, ['dhcpscope', 'dhcpscope in superscope', 'server']), ('dhcp.failover.create', DHCP, DSC, ['server']),
              ('dhcp.scope-policy.create', DSC, RES, ['dhcpscope']), ('dhcp.server-policy.create', DHCP, DSC, ['server']), ('dns.record.a.create', DRC, ADR, ['zone'])]
    for op, has, lacks, ways in makers:
        for way in ways:
            tag = 'make-%s-%s-' % (op, way.replace(' ', '_'))
            src = 'would inherit of ' + way
            for name, pairs, obj, exp, why in (
                    ('held', [(has, '/Global/Eu')], '/Global/Eu', 'allow', 'held at the place'),
                    ('held-above', [(has, '/Global')], '/Global/Eu/De', 'allow', 'held above'),
                    ('held-below', [(has, '/Global/Eu/De')], '/Global/Eu', 'deny', 'held below only; nothing seen at the place'),
                    ('held-away', [(has, '/Global/Us')], '/Global/Eu', 'deny', 'nothing seen at the place'),
                    ('seen', [(lacks, '/Global/Eu')], '/Global/Eu', 'deny', 'seen, not held'),
                    ('seen-held-away', [(lacks, '/Global/Eu'), (has, '/Global/Us')], '/Global/Eu', 'deny', 'seen here, held there'),
                    ('root-place', [(has, '/Global/Eu')], '/Global', 'deny', 'the place is the root'),
                    ('root-held', [(has, '/Global')], '/Global', 'allow', 'held at the root'),
                    ('nobody', [], '/Global/Eu', 'deny', 'no pair: refused as everywhere'),
                    ('reader', [('reader', '/Global')], '/Global/Eu', 'deny', 'reader'),
                    ('administrator', [('administrator', '/Global')], '/Global/Eu/De', 'allow', 'administrator')):
                case(tag + name, tree, [mine(r, s) for r, s in pairs], op, obj, exp, why, src=src)


# ---------------------------------------------------------------------------------------------------------------
# 11. Scope ignored, admin only, groups only
# ---------------------------------------------------------------------------------------------------------------
def special():
    tree = '/Global /Global/Eu /Global/Eu/De /Global/Us'
    for op in UNSCOPED:
        holders = ROLE_OF[op]
        lackers = [r for r in ROLES if r not in holders]
        objectless = op not in ON_OBJECT
        for i, place in enumerate(('/Global', '/Global/Eu', '/Global/Eu/De', '/Global/Us')):
            for role in holders:
                if objectless:
                    case('free-%s-%s-%s' % (op, role.replace(' ', '_'), i), tree, [mine(role, place)], op, '-', 'allow', 'scope of the pair is ignored')
            for role in lackers:
                if objectless:
                    case('free-not-%s-%s-%s' % (op, role.replace(' ', '_'), i), tree, [mine(role, place)], op, '-', 'deny', 'role has it not; scope does not matter')
            if not objectless:
                reach = place in ('/Global', '/Global/Us')
                case('free-%s-alone-%d%s' % (op, i, '' if reach else '~Q1'), tree, [mine(holders[0], place)], op, '/Global/Us', 'allow' if reach else 'hidden',
                     'seen and held' if reach else 'Q1: held somewhere, but the object is not visible')
                case('free-%s-seen-%d' % (op, i), tree, [mine(holders[0], place), mine(RES, '/Global/Us')], op, '/Global/Us', 'allow',
                     'seen through one pair; the scope of the pair that has the operation is ignored')
                case('free-%s-not-%d' % (op, i), tree, [mine(lackers[0], place), mine(RES, '/Global/Us')], op, '/Global/Us', 'deny', 'seen, held nowhere')
        if op == 'dhcp.failover.replicate':
            for i, place in enumerate(('/Global', '/Global/Eu', '/Global/Us')):
                case('free-%s-none-%d' % (op, i), tree, [mine(holders[i % len(holders)], place)], op, '-', 'allow', 'scope of the pair is ignored')
                case('free-%s-none-not-%d' % (op, i), tree, [mine(lackers[i % len(lackers)], place)], op, '-', 'deny', 'role has it not')
        case('free-%s-second' % op, tree, [mine(lackers[0], '/Global'), mine(holders[-1], '/Global/Eu/De')], op, '-', 'allow', 'any pair is enough')
        case('free-%s-group' % op, tree, [at('group:net', holders[0], '/Global/Eu/De')], op, '-', 'allow', 'any pair of a group is enough', members='group:net')
        case('free-%s-stranger' % op, tree, [at('group:net', holders[0], '/Global/Eu/De')], op, '-', 'deny', 'not a member of the group')
    for op in ADMIN_ONLY:
        for role in ROLES:
            for i, place in enumerate(('/Global', '/Global/Eu', '/Global/Eu/De')):
                yes = role == 'IPAM Administrator' and place == '/Global'
                case('admin-%s-%s-%d' % (op, role.replace(' ', '_'), i), tree, [mine(role, place)], op, '-', 'allow' if yes else 'deny',
                     'admin-only: counts through IPAM Administrator at /Global alone')
        case('admin-%s-two-branches' % op, tree, [mine(ADM, '/Global/Eu'), mine(ADM, '/Global/Us')], op, '-', 'deny', 'every branch is not /Global')
        case('admin-%s-mixed' % op, tree, [mine(ADM, '/Global/Eu'), mine(ASM, '/Global')], op, '-', 'deny', 'the right role below, another role at /Global')
        case('admin-%s-group' % op, tree, [at('group:net', ADM, '/Global')], op, '-', 'allow', 'through a group', members='group:net')
        case('admin-%s-expired' % op, tree, [mine(ADM, '/Global', '-', 0), mine(ADM, '/Global/Eu')], op, '-', 'deny', 'the row at /Global is over')
        case('admin-%s-nobody' % op, tree, [], op, '-', 'deny', 'no pair')
        for key in FIXED:
            case('admin-%s-%s' % (op, key), tree, [mine(key, '/Global')], op, '-', 'allow' if key == 'administrator' else 'deny', 'administrators only')
    rest = ','.join(o for o in SCOPED + UNSCOPED if 'create' in o or 'change' in o)
    for op in GROUPS_ONLY:
        on = op in ON_OBJECT
        obj = '/Global/Eu' if on else ('/Global' if op in TOP_ONLY else '-')
        for i, place in enumerate(('/Global', '/Global/Eu')):
            case('group-only-%s-admin-role-%d' % (op, i), tree, [mine(ADM, place)], op, obj, 'deny', 'groups only: the role IPAM Administrator does not count')
            case('group-only-%s-custom-%d' % (op, i), tree, [mine('custom:' + rest, place)], op, obj, 'deny', 'groups only: a custom role does not count')
        if on:
            case('group-only-%s-away' % op, tree, [mine(ADM, '/Global/Us')], op, obj, 'hidden', 'groups only, and the object is not visible')
        case('group-only-%s-reader-and-role' % op, tree, [mine('reader', '/Global'), mine(ADM, '/Global')], op, obj, 'deny', 'a reader with every role is still a reader')
        if '!' not in HOLDERS[op]:
            case('group-only-%s-both' % op, tree, [mine(DRC, '/Global/Us'), at('group:adm', 'administrator', '/Global')], op, obj, 'allow', 'administrator through a group', members='group:adm')
            case('group-only-%s-left' % op, tree, [mine(ADM, '/Global/Eu'), at('group:adm', 'administrator', '/Global')], op, obj, 'deny', 'left the administrators')


# ---------------------------------------------------------------------------------------------------------------
# 12. Caps. Pairs carry three more words: max_blocks min_length4 min_length6. Steps are made in order by the named user; all
#     but the last succeed, the answer expected is that of the last.
# ---------------------------------------------------------------------------------------------------------------
def capped(who, role, scope, mb='-', m4='-', m6='-', frm='-', until='-'):
    return '%s %s %s %s' % (at(who, role, scope, frm, until), mb, m4, m6)


def caps():
    tree = '/Global /Global/Eu /Global/Eu/De /Global/Us'
    eu, de, us = '/Global/Eu', '/Global/Eu/De', '/Global/Us'

    def sub(n, where=eu, who='u', ln=24):
        return 'user:%s create subnet 10.1.%d.0/%d %s' % (who, n, ln, where)

    def blk(n, where=eu, who='u', ln=16):
        return 'user:%s create block 10.%d.0.0/%d %s' % (who, n, ln, where)

    def v6(n, where=eu, who='u', ln=64, kind='subnet'):
        return 'user:%s create %s 2001:db8:%x::/%d %s' % (who, kind, n, ln, where)

    def rid(prefix, kind='subnet', who='u'):
        return 'user:%s delete %s %s -' % (who, kind, prefix)
    adm = capped('user:adm', 'administrator', '/Global')

    def c(name, pairs, steps, exp, why, members=''):
        last = steps[-1].split(' ')
        op = 'ipam.%s.%s' % (last[2], last[1])
        rows.append(['caps-' + name, tree, ';'.join(pairs), members, '-', op, last[2], 'would inherit of block', last[4], '-', exp, why, ';'.join(steps)])
    for n in (1, 2, 3, 5):
        p = [capped('user:u', ASM, eu, n)]
        c('count-%d-last' % n, p, [sub(i) for i in range(n)], 'allow', 'the last one of %d' % n)
        c('count-%d-over' % n, p, [sub(i) for i in range(n + 1)], 'deny', 'one more than %d' % n)
        c('count-%d-blocks-over' % n, p, [blk(i) for i in range(n + 1)], 'deny', 'blocks count as subnets do')
        c('count-%d-returned' % n, p, [sub(i) for i in range(n)] + [rid('10.1.0.0/24'), sub(n + 1)], 'allow', 'a deleted one is given back')
        c('count-%d-returned-once' % n, p, [sub(i) for i in range(n)] + [rid('10.1.0.0/24'), sub(n + 1), sub(n + 2)], 'deny', 'given back once')
        c('count-%d-same-again' % n, p, [sub(i) for i in range(n)] + [rid('10.1.0.0/24'), sub(0)], 'allow', 'the same prefix again')
        c('count-%d-returned-by-other' % n, p + [adm], [sub(i) for i in range(n)] + [rid('10.1.0.0/24', who='adm'), sub(n + 1)], 'allow', 'deleted by an administrator: given back to him who carved it')
        c('count-%d-others-do-not-count' % n, p + [adm], [sub(100 + i, who='adm') for i in range(n)] + [sub(i) for i in range(n)], 'allow', "what others carved does not count")
        c('count-%d-group-apart' % n, [capped('group:net', ASM, eu, n)], [sub(i) for i in range(n)] + [sub(50 + i, who='v') for i in range(n)], 'allow', "a group's cap is for each member apart", 'user:u group:net;user:v group:net')
        c('count-%d-group-over' % n, [capped('group:net', ASM, eu, n)], [sub(i, who='v') for i in range(n)] + [sub(50 + i) for i in range(n + 1)], 'deny', "a member's own count is full", 'user:u group:net;user:v group:net')
        c('count-%d-and-free-pair' % n, p + [capped('user:u', ASM, '/Global')], [sub(i) for i in range(n + 1)], 'allow', 'a pair without cap allows it')
        c('count-%d-and-administrator' % n, p + [capped('user:u', 'administrator', '/Global')], [sub(i) for i in range(n + 1)], 'allow', 'the fixed group has no cap')
        c('count-%d-and-free-elsewhere' % n, p + [capped('user:u', ASM, us)], [sub(i) for i in range(n + 1)], 'deny', 'the pair without cap does not reach it')
        c('count-%d-and-free-without' % n, p + [capped('user:u', RES, '/Global')], [sub(i) for i in range(n + 1)], 'deny', 'the pair without cap has not the operation')
        c('count-%d-twice' % n, [capped('user:u', ASM, eu, n), capped('user:u', ADM, eu, 1)], [sub(i) for i in range(n + 1)], 'allow', 'two capped pairs add up')
        c('count-%d-twice-over' % n, [capped('user:u', ASM, eu, n), capped('user:u', ADM, eu, 1)], [sub(i) for i in range(n + 2)], 'deny', 'every pair is full')
        c('count-%d-user-and-group' % n, [capped('user:u', ASM, eu, n), capped('group:net', ASM, eu, 1)], [sub(i) for i in range(n + 1)], 'allow', "own cap and the group's add up", 'user:u group:net')
        c('count-%d-user-and-group-over' % n, [capped('user:u', ASM, eu, n), capped('group:net', ASM, eu, 1)], [sub(i) for i in range(n + 2)], 'deny', 'both are full', 'user:u group:net')
        c('count-%d-below-counts' % n, p, [sub(i, de) for i in range(n)] + [sub(90)], 'deny', 'what was carved below the scope counts')
        c('count-%d-two-places' % n, [capped('user:u', ASM, eu, n), capped('user:u', ASM, us, n)], [sub(i) for i in range(n)] + [sub(80 + i, us) for i in range(n)], 'allow', 'each pair has its own count')
        c('count-%d-mixed-over' % n, p, [blk(7)] + [sub(i) for i in range(n)], 'deny', 'a block and subnets count together')
        c('count-%d-v6-counts' % n, p, [v6(i + 1) for i in range(n)] + [sub(1)], 'deny', 'both families count together')
    c('count-0', [capped('user:u', ASM, eu, 0)], [sub(0)], 'deny', 'none may be held')
    c('count-ranges-free', [capped('user:u', ASM, eu, 1)], [sub(0), 'user:u create range 10.1.0.10-10.1.0.20 /Global/Eu'], 'allow', 'ranges are not counted')
    c('count-addresses-free', [capped('user:u', ASM, eu, 1)], [sub(0), 'user:u create address 10.1.0.5 /Global/Eu'], 'allow', 'addresses are not counted')
    c('count-delete-at-full', [capped('user:u', ASM, eu, 1)], [sub(0), rid('10.1.0.0/24')], 'allow', 'a full count does not hinder a deletion')
    for ln in (0, 8, 15, 16, 17, 24, 25, 32):
        ok = ln >= 16
        c('min4-16-block-%d' % ln, [capped('user:u', ASM, eu, '-', 16)], ['user:u create block %s/%d %s' % ('0.0.0.0' if ln == 0 else '10.0.0.0', ln, eu)], 'allow' if ok else 'deny', '/%d is %s' % (ln, 'long enough' if ok else 'too large a piece'))
        ok = ln >= 24
        c('min4-24-subnet-%d' % ln, [capped('user:u', ASM, eu, '-', 24)], ['user:u create subnet %s/%d %s' % ('0.0.0.0' if ln == 0 else '10.0.0.0', ln, eu)], 'allow' if ok else 'deny', '/%d is %s' % (ln, 'long enough' if ok else 'too large a piece'))
    for ln in (32, 47, 48, 49, 63, 64, 65, 96, 127, 128):
        ok = ln >= 48
        c('min6-48-block-%d' % ln, [capped('user:u', ASM, eu, '-', '-', 48)], [v6(0, ln=ln, kind='block')], 'allow' if ok else 'deny', '/%d is %s' % (ln, 'long enough' if ok else 'too large a piece'))
        ok = ln >= 64
        c('min6-64-subnet-%d' % ln, [capped('user:u', ASM, eu, '-', '-', 64)], [v6(0, ln=ln)], 'allow' if ok else 'deny', '/%d is %s' % (ln, 'long enough' if ok else 'too large a piece'))
    # bits beyond the length are zero: 2001:db8::/20 would be refused for its form
    c('min4-not-v6', [capped('user:u', ASM, eu, '-', 24)], ['user:u create subnet 2001::/20 ' + eu], 'allow', 'the IPv4 limit says nothing of IPv6')
    c('min6-not-v4', [capped('user:u', ASM, eu, '-', '-', 64)], [sub(0, ln=24)], 'allow', 'the IPv6 limit says nothing of IPv4')
    c('min6-128-not-v4', [capped('user:u', ASM, eu, '-', '-', 128)], ['user:u create block 10.0.0.0/8 ' + eu], 'allow', 'the IPv6 limit says nothing of IPv4')
    c('min-and-count-short', [capped('user:u', ASM, eu, 2, 24)], [sub(0), sub(16, ln=20)], 'deny', 'room in the count, piece too large')
    c('min-and-count-full', [capped('user:u', ASM, eu, 1, 24)], [sub(0), sub(1)], 'deny', 'piece small enough, count full')
    c('min-and-count-fit', [capped('user:u', ASM, eu, 2, 24)], [sub(0), sub(1)], 'allow', 'both met')
    c('min-other-pair', [capped('user:u', ASM, eu, '-', 24), capped('user:u', ASM, eu, '-', 20)], [sub(16, ln=20)], 'allow', 'the wider limit of another pair')
    c('min-other-pair-full', [capped('user:u', ASM, eu, '-', 24), capped('user:u', ADM, eu, 0, 20)], [sub(16, ln=20)], 'deny', 'one pair by length, the other by count: neither allows it alone')
    # a range lies in a subnet: somebody without limits makes that
    c('min-range-free', [capped('user:u', ASM, eu, '-', 24), adm], ['user:adm create subnet 10.0.0.0/16 ' + eu, 'user:u create range 10.0.0.1-10.0.255.254 ' + eu], 'allow', 'the length is of blocks and subnets')
    c('expired-free-pair', [capped('user:u', ASM, eu, 1), capped('user:u', ASM, '/Global', '-', '-', '-', '-', 0)], [sub(0), sub(1)], 'deny', 'the pair without cap is over')
    c('future-free-pair', [capped('user:u', ASM, eu, 1), capped('user:u', ASM, '/Global', '-', '-', '-', 1, '-')], [sub(0), sub(1)], 'deny', 'the pair without cap has not begun')
    c('free-pair-of-other', [capped('user:u', ASM, eu, 1), capped('user:v', ASM, '/Global')], [sub(0), sub(1)], 'deny', 'the pair without cap is of another user')
    c('outside', [capped('user:u', ASM, eu, 5)], [sub(0, us)], 'deny', 'room in the count, not the place')
    c('custom', [capped('user:u', 'custom:ipam.subnet.create', eu, 1)], [sub(0), sub(1)], 'deny', 'a custom role with a cap')
    c('custom-other-kind', [capped('user:u', 'custom:ipam.subnet.create', eu, 1)], [blk(2)], 'deny', 'a custom role without the operation')
    c('failed-does-not-count', [capped('user:u', ASM, eu, 1, 24), capped('user:u', RES, us)], [sub(0)], 'allow', 'nothing carved before')


# ---------------------------------------------------------------------------------------------------------------
def depth():
    labels = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
    path = ['/Global'] + ['/Global/' + '/'.join(labels[:i + 1]) for i in range(7)]   # eight levels, the root counted
    tree = ' '.join(path)
    for p in range(8):
        for o in range(8):
            reach = p <= o
            case('depth-%d-%d-read' % (p + 1, o + 1), tree, [mine(DRC, path[p])], 'ipam.subnet.read', path[o], 'allow' if reach else 'hidden', 'pair at level %d, object at level %d' % (p + 1, o + 1))
            case('depth-%d-%d-change' % (p + 1, o + 1), tree, [mine(ASM, path[p])], 'ipam.subnet.change', path[o], 'allow' if reach else 'hidden', 'pair at level %d, object at level %d' % (p + 1, o + 1))
            case('depth-%d-%d-create' % (p + 1, o + 1), tree, [mine(ASM, path[p])], 'ipam.subnet.create', path[o], 'allow' if reach else 'deny', 'pair at level %d, place at level %d' % (p + 1, o + 1))
            case('depth-%d-%d-denied' % (p + 1, o + 1), tree, [mine(DRC, path[p])], 'ipam.subnet.change', path[o], 'deny' if reach else 'hidden', 'pair without the operation at level %d, object at level %d' % (p + 1, o + 1))


def main():
    for part in (ops_by_who, positions, kinds, custom_roles, additive, times, tokens, both_places, create_in_place, special, depth, caps):
        n = len(rows)
        part()
        print('%-16s %5d' % (part.__name__, len(rows) - n), file=sys.stderr)
    ids = [r[0] for r in rows]
    twice = sorted({i for i in ids if ids.count(i) > 1}) if len(set(ids)) != len(ids) else []
    assert not twice, twice
    with open(os.path.join(sys.argv[1], 'matrix.csv'), 'w', newline='') as f:
        f.write(HEAD)
        w = csv.writer(f, lineterminator='\n')
        w.writerow('id scopes pairs memberships token operation kind scope_from scope second expected reason steps'.split())
        w.writerows(rows)
    print('%-16s %5d' % ('all', len(rows)), file=sys.stderr)


if __name__ == '__main__':
    main()
