#!/usr/bin/python3
# inherit.py - writes DIR/inherit.tsv: cases of effective access scope.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2].
"""inherit.py DIR

Each expectation is put down with its objects, not computed from addresses (oracle.py does that)."""
import os
import sys

HEAD = """\
# inherit.tsv - effective access scope: tab-separated: id; space "NAME default|other"; the space's scope or "-"; objects; object asked; its
# effective scope. objects: ";"-separated "KIND KEY OWNSCOPE [PARENT]", OWNSCOPE "-" = inherits. PARENT of a superscope: its
# server; of a dhcpscope: SERVER/SUPERSCOPE or SERVER/-; of a reservation or lease: SERVER/DHCPSCOPE or SERVER/-.
# An object named twice is changed: the later entry holds (a scope set, cleared, set again; an object moved). "enclosing" includes the same extent for another kind.
# No objects: "-". The space itself is asked as "space NAME". Scopes used: any path; the tree holds all of them.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2]; made by inherit.py.
"""
out = []


def case(cid, objects, asked, want, space='corp other', sscope='-'):
    if isinstance(objects, str):
        objects = objects.split(';')
    out.append('\t'.join([cid, space, sscope, ';'.join(o.strip() for o in objects) or '-', asked, want]))


V4 = ['10.0.0.0/8', '10.1.0.0/16', '10.1.0.0/20', '10.1.2.0/23', '10.1.2.0/24']
V6 = ['2001:db8::/32', '2001:db8:1::/48', '2001:db8:1::/56', '2001:db8:1:2::/63', '2001:db8:1:2::/64']
S = ['/Global/A', '/Global/A/B', '/Global/C', '/Global/C/D/E', '/Global/F']


def chains(tag, blocks, subnet, rng, addr):
    """Five nested blocks; the own scope sits on one of them, on none, or on several."""
    for depth in range(1, 6):
        for own in range(-1, depth):        # index of the block with a scope, -1: none
            objs = ['block %s %s' % (b, S[i] if i == own else '-') for i, b in enumerate(blocks[:depth])]
            below = S[own] if own >= 0 else '/Global/Sp'
            asked = [('subnet', subnet), ('range', rng), ('address', addr)]
            kind, key = asked[(depth + own) % 3]
            # the object alone in the innermost block that there is
            case('%s-chain-%d-%d-%s' % (tag, depth, own, kind), objs + ['%s %s -' % (kind, key)], '%s %s' % (kind, key), below, sscope='/Global/Sp')
            # the innermost block itself
            case('%s-chain-%d-%d-block' % (tag, depth, own), objs, 'block ' + blocks[depth - 1], below, sscope='/Global/Sp')
            # the outermost block: only its own counts
            case('%s-chain-%d-%d-outer' % (tag, depth, own), objs, 'block ' + blocks[0], S[0] if own == 0 else '/Global/Sp', sscope='/Global/Sp')
            # all four storeys, asked at the bottom
            case('%s-chain-%d-%d-all' % (tag, depth, own), objs + ['subnet %s -' % subnet, 'range %s -' % rng, 'address %s -' % addr], 'address ' + addr, below, sscope='/Global/Sp')
    # every block its own: the innermost wins, whatever the order they are named in
    for depth in range(1, 6):
        objs = ['block %s %s' % (b, S[i]) for i, b in enumerate(blocks[:depth])]
        case('%s-all-own-%d' % (tag, depth), objs + ['subnet %s -' % subnet], 'subnet ' + subnet, S[depth - 1], sscope='/Global/Sp')
        case('%s-all-own-%d-turned' % (tag, depth), ['subnet %s -' % subnet] + objs[::-1], 'subnet ' + subnet, S[depth - 1], sscope='/Global/Sp')
        case('%s-all-own-%d-middle' % (tag, depth), objs, 'block ' + blocks[(depth - 1) // 2], S[(depth - 1) // 2], sscope='/Global/Sp')
    # gaps: blocks 0, 2 and 4 have a scope, 1 and 3 inherit
    objs = ['block %s %s' % (b, S[i] if i % 2 == 0 else '-') for i, b in enumerate(blocks)]
    for i, b in enumerate(blocks):
        case('%s-gap-%d' % (tag, i), objs, 'block ' + b, S[i - i % 2], sscope='/Global/Sp')


def storeys(tag, b, s, r, a, b_big):
    """Which storey has a scope: block, subnet, range; which of them exist; asked address, range, subnet."""
    for have in range(8):
        for own in range(8):
            if own & ~have:
                continue
            objs, want = [], '/Global/Sp'
            for bit, (kind, key) in enumerate((('block', b), ('subnet', s), ('range', r))):
                if have >> bit & 1:
                    sc = '/Global/' + kind
                    objs.append('%s %s %s' % (kind, key, sc if own >> bit & 1 else '-'))
                    if own >> bit & 1:
                        want = sc
            case('%s-storey-%d-%d-address' % (tag, have, own), objs + ['address %s -' % a], 'address ' + a, want, sscope='/Global/Sp')
            if have & 4:
                case('%s-storey-%d-%d-range' % (tag, have, own), ['block %s /Global/big' % b_big] + objs, 'range ' + r, '/Global/big' if own == 0 else want, sscope='/Global/Sp')


def edges():
    sp = '/Global/Sp'
    # members of a range, both ends included
    for a, want in (('10.1.2.9', '/Global/S'), ('10.1.2.10', '/Global/R'), ('10.1.2.15', '/Global/R'), ('10.1.2.20', '/Global/R'), ('10.1.2.21', '/Global/S')):
        case('edge-range-' + a, 'subnet 10.1.2.0/24 /Global/S;range 10.1.2.10-10.1.2.20 /Global/R;address %s -' % a, 'address ' + a, want, sscope=sp)
    for a, want in (('10.1.1.255', '/Global/B'), ('10.1.2.0', '/Global/S'), ('10.1.2.255', '/Global/S'), ('10.1.3.0', '/Global/B')):
        case('edge-subnet-' + a, 'block 10.1.0.0/16 /Global/B;subnet 10.1.2.0/24 /Global/S;address %s -' % a, 'address ' + a, want, sscope=sp)
    for a, want in (('9.255.255.255', sp), ('10.0.0.0', '/Global/B'), ('10.255.255.255', '/Global/B'), ('11.0.0.0', sp)):
        case('edge-block-' + a, 'block 10.0.0.0/8 /Global/B;address %s -' % a, 'address ' + a, want, sscope=sp)
    for a, want in (('2001:db8:1:1:ffff:ffff:ffff:ffff', '/Global/B'), ('2001:db8:1:2::', '/Global/S'), ('2001:db8:1:2:ffff:ffff:ffff:ffff', '/Global/S'), ('2001:db8:1:3::', '/Global/B'),
                    ('2001:db8:1::', '/Global/B'), ('2001:db8:2::', sp), ('2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', sp)):
        case('edge-v6-' + a, 'block 2001:db8:1::/48 /Global/B;subnet 2001:db8:1:2::/64 /Global/S;address %s -' % a, 'address ' + a, want, sscope=sp)
    for a, want in (('2001:db8:1:2::f', '/Global/S'), ('2001:db8:1:2::10', '/Global/R'), ('2001:db8:1:2::1f', '/Global/R'), ('2001:db8:1:2::20', '/Global/S')):
        case('edge-v6range-' + a, 'subnet 2001:db8:1:2::/64 /Global/S;range 2001:db8:1:2::10-2001:db8:1:2::1f /Global/R;address %s -' % a, 'address ' + a, want, sscope=sp)
    # the smallest of several ranges
    rs = 'range 10.1.2.0-10.1.2.255 /Global/R1;range 10.1.2.10-10.1.2.200 /Global/R2;range 10.1.2.100-10.1.2.150 /Global/R3'
    for a, want in (('10.1.2.5', '/Global/R1'), ('10.1.2.50', '/Global/R2'), ('10.1.2.120', '/Global/R3'), ('10.1.2.151', '/Global/R2'), ('10.1.2.201', '/Global/R1')):
        case('nested-ranges-' + a, rs + ';address %s -' % a, 'address ' + a, want, sscope=sp)
        case('nested-ranges-turned-' + a, ['address %s -' % a] + rs.split(';')[::-1], 'address ' + a, want, sscope=sp)
    case('crossing-ranges-smaller-first', 'range 10.1.2.0-10.1.2.100 /Global/R1;range 10.1.2.90-10.1.2.110 /Global/R2;address 10.1.2.95 -', 'address 10.1.2.95', '/Global/R2', sscope=sp)
    case('crossing-ranges-only-one', 'range 10.1.2.0-10.1.2.100 /Global/R1;range 10.1.2.90-10.1.2.110 /Global/R2;address 10.1.2.105 -', 'address 10.1.2.105', '/Global/R2', sscope=sp)
    case('crossing-ranges-larger-only', 'range 10.1.2.0-10.1.2.100 /Global/R1;range 10.1.2.90-10.1.2.110 /Global/R2;address 10.1.2.50 -', 'address 10.1.2.50', '/Global/R1', sscope=sp)
    # a range is a range's neighbour, not its parent
    case('range-in-range', 'subnet 10.1.2.0/24 /Global/S;range 10.1.2.0-10.1.2.255 /Global/R1;range 10.1.2.10-10.1.2.20 -', 'range 10.1.2.10-10.1.2.20', '/Global/S', sscope=sp)
    case('address-in-inner-inheriting-range', 'subnet 10.1.2.0/24 /Global/S;range 10.1.2.0-10.1.2.255 /Global/R1;range 10.1.2.10-10.1.2.20 -;address 10.1.2.15 -', 'address 10.1.2.15', '/Global/S', sscope=sp)
    # a range that no subnet encloses
    two = 'block 10.1.0.0/16 /Global/B;subnet 10.1.2.0/24 /Global/S2;subnet 10.1.3.0/24 /Global/S3'
    case('range-over-two-subnets', two + ';range 10.1.2.200-10.1.3.50 -', 'range 10.1.2.200-10.1.3.50', '/Global/B', sscope=sp)
    case('address-in-range-over-two-subnets', two + ';range 10.1.2.200-10.1.3.50 -;address 10.1.2.210 -', 'address 10.1.2.210', '/Global/B', sscope=sp)
    case('address-beside-range-over-two-subnets', two + ';range 10.1.2.200-10.1.3.50 -;address 10.1.2.199 -', 'address 10.1.2.199', '/Global/S2', sscope=sp)
    case('range-over-two-blocks', 'block 10.0.0.0/8 /Global/B;block 10.1.0.0/16 /Global/B1;block 10.2.0.0/16 /Global/B2;range 10.1.255.0-10.2.0.255 -', 'range 10.1.255.0-10.2.0.255', '/Global/B', sscope=sp)
    case('range-over-everything', 'block 10.0.0.0/8 /Global/B;range 9.0.0.0-11.0.0.0 -', 'range 9.0.0.0-11.0.0.0', sp, sscope=sp)
    case('range-last-address-out', 'block 10.0.0.0/8 /Global/B;subnet 10.1.2.0/24 /Global/S;range 10.1.2.10-10.1.3.0 -', 'range 10.1.2.10-10.1.3.0', '/Global/B', sscope=sp)
    case('range-fills-subnet', 'subnet 10.1.2.0/24 /Global/S;range 10.1.2.0-10.1.2.255 -', 'range 10.1.2.0-10.1.2.255', '/Global/S', sscope=sp)
    case('range-of-one', 'subnet 10.1.2.0/24 /Global/S;range 10.1.2.7-10.1.2.7 /Global/R;address 10.1.2.7 -', 'address 10.1.2.7', '/Global/R', sscope=sp)
    case('range-fills-block', 'block 10.1.0.0/16 /Global/B;range 10.1.0.0-10.1.255.255 -', 'range 10.1.0.0-10.1.255.255', '/Global/B', sscope=sp)
    # same extent, other kind
    case('subnet-fills-block', 'block 10.1.2.0/24 /Global/B;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', '/Global/B', sscope=sp)
    case('subnet-fills-block-v6', 'block 2001:db8:1:2::/64 /Global/B;subnet 2001:db8:1:2::/64 -', 'subnet 2001:db8:1:2::/64', '/Global/B', sscope=sp)
    case('block-not-of-subnet', 'subnet 10.1.2.0/24 /Global/S;block 10.1.2.0/24 -', 'block 10.1.2.0/24', sp, sscope=sp)
    case('block-not-of-wider-subnet', 'subnet 10.1.0.0/16 /Global/S;block 10.1.2.0/24 -', 'block 10.1.2.0/24', sp, sscope=sp)
    case('subnet-not-of-subnet', 'block 10.0.0.0/8 /Global/B;subnet 10.1.0.0/16 /Global/S;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', '/Global/B', sscope=sp)
    case('subnet-not-of-range', 'block 10.0.0.0/8 /Global/B;range 10.1.0.0-10.1.255.255 /Global/R;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', '/Global/B', sscope=sp)
    case('range-of-smaller-of-nested-subnets', 'subnet 10.1.0.0/16 /Global/S;subnet 10.1.2.0/24 /Global/T;range 10.1.2.10-10.1.2.20 -', 'range 10.1.2.10-10.1.2.20', '/Global/T', sscope=sp)
    case('subnet-inherits-not-through-subnet', 'block 10.1.2.0/23 /Global/B;block 10.0.0.0/8 /Global/C;subnet 10.1.0.0/16 /Global/S;subnet 10.1.2.0/24 -;address 10.1.2.3 -', 'address 10.1.2.3', '/Global/B', sscope=sp)
    # a smaller block between a subnet and its range counts for nothing: the subnet comes first
    case('range-subnet-before-smaller-block', 'block 10.1.0.0/16 /Global/B;subnet 10.1.0.0/16 /Global/S;block 10.1.2.0/24 /Global/C;range 10.1.2.10-10.1.2.20 -', 'range 10.1.2.10-10.1.2.20', '/Global/S', sscope=sp)
    case('address-subnet-before-smaller-block', 'block 10.1.0.0/16 /Global/B;subnet 10.1.0.0/16 /Global/S;block 10.1.2.0/24 /Global/C;address 10.1.2.15 -', 'address 10.1.2.15', '/Global/S', sscope=sp)
    case('address-range-before-smaller-subnet', 'range 10.1.0.0-10.1.255.255 /Global/R;subnet 10.1.2.0/24 /Global/S;address 10.1.2.15 -', 'address 10.1.2.15', '/Global/R', sscope=sp)
    # neighbours that do not enclose
    case('neighbour-block', 'block 10.2.0.0/16 /Global/B;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', sp, sscope=sp)
    case('inner-block', 'block 10.1.2.0/25 /Global/B;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', sp, sscope=sp)
    case('inner-block-of-block', 'block 10.1.2.0/25 /Global/B;block 10.1.2.0/24 -', 'block 10.1.2.0/24', sp, sscope=sp)
    case('half-blocks', 'block 10.1.2.0/25 /Global/B1;block 10.1.2.128/25 /Global/B2;subnet 10.1.2.0/24 -;address 10.1.2.200 -', 'address 10.1.2.200', sp, sscope=sp)
    case('other-half', 'block 10.1.2.0/25 /Global/B1;block 10.1.2.128/25 /Global/B2;address 10.1.2.128 -', 'address 10.1.2.128', '/Global/B2', sscope=sp)
    # families do not mix
    case('v4-not-v6-zero', 'block 0.0.0.0/0 /Global/Four;block ::/0 /Global/Six;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', '/Global/Four', sscope=sp)
    case('v6-not-v4-zero', 'block 0.0.0.0/0 /Global/Four;block ::/0 /Global/Six;subnet 2001:db8::/64 -', 'subnet 2001:db8::/64', '/Global/Six', sscope=sp)
    case('v6-low-bits', 'block 0.0.0.0/0 /Global/Four;address ::a01:203 -', 'address ::a01:203', sp, sscope=sp)
    case('v6-mapped-block', 'block ::/64 /Global/Six;address 0.0.0.5 -', 'address 0.0.0.5', sp, sscope=sp)
    case('zero-block-last', 'block 0.0.0.0/0 /Global/Four;address 255.255.255.255 -', 'address 255.255.255.255', '/Global/Four', sscope=sp)
    case('v6-zero-block-last', 'block ::/0 /Global/Six;address ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff -', 'address ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '/Global/Six', sscope=sp)
    for n in (31, 32):
        case('tiny-v4-%d' % n, 'block 10.1.2.4/%d /Global/B;subnet 10.1.2.4/%d -;address 10.1.2.4 -' % (n, n), 'address 10.1.2.4', '/Global/B', sscope=sp)
    for n in (127, 128):
        case('tiny-v6-%d' % n, 'block 2001:db8::4/%d /Global/B;subnet 2001:db8::4/%d -;address 2001:db8::4 -' % (n, n), 'address 2001:db8::4', '/Global/B', sscope=sp)


def spaces():
    case('space-own', [], 'space corp', '/Global/Sp', sscope='/Global/Sp')
    case('space-none', [], 'space corp', '/Global')
    case('space-root-said', [], 'space corp', '/Global', sscope='/Global')
    case('default-space', [], 'space Default', '/Global', space='Default default')
    for kind, key in (('block', '10.0.0.0/8'), ('subnet', '10.1.2.0/24'), ('range', '10.1.2.10-10.1.2.20'), ('address', '10.1.2.3'), ('block', '2001:db8::/32'), ('subnet', '2001:db8:1:2::/64'),
                      ('range', '2001:db8::1-2001:db8::9'), ('address', '2001:db8::7')):
        tag = kind + ('6' if ':' in key else '4')
        me = '%s %s' % (kind, key)
        case('default-%s' % tag, me + ' -', me, '/Global', space='Default default')
        case('other-%s' % tag, me + ' -', me, '/Global/Sp', sscope='/Global/Sp')
        case('other-deep-%s' % tag, me + ' -', me, '/Global/b/c/d/e/f/g/h', sscope='/Global/b/c/d/e/f/g/h')
        case('other-none-%s' % tag, me + ' -', me, '/Global')
        if kind != 'address':
            case('default-own-%s' % tag, me + ' /Global/X', me, '/Global/X', space='Default default')
            case('other-own-%s' % tag, me + ' /Global/X', me, '/Global/X', sscope='/Global/Sp')
            case('other-own-root-%s' % tag, me + ' /Global', me, '/Global', sscope='/Global/Sp')
            case('other-own-wider-%s' % tag, me + ' /Global/Sp', me, '/Global/Sp', sscope='/Global/Sp/Deep')
            case('cleared-%s' % tag, [me + ' /Global/X', me + ' -'], me, '/Global/Sp', sscope='/Global/Sp')
            case('cleared-set-again-%s' % tag, [me + ' /Global/X', me + ' -', me + ' /Global/Y'], me, '/Global/Y', sscope='/Global/Sp')
            case('changed-%s' % tag, [me + ' /Global/X', me + ' /Global/Y'], me, '/Global/Y', sscope='/Global/Sp')
            case('default-cleared-%s' % tag, [me + ' /Global/X', me + ' -'], me, '/Global', space='Default default')
    # set to the root on purpose is not the same as inheriting
    case('root-on-purpose', 'block 10.0.0.0/8 /Global/A;block 10.1.0.0/16 /Global;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', '/Global', sscope='/Global/Sp')
    case('root-on-purpose-range', 'subnet 10.1.2.0/24 /Global/A;range 10.1.2.10-10.1.2.20 /Global;address 10.1.2.11 -', 'address 10.1.2.11', '/Global', sscope='/Global/Sp')
    case('root-cleared', 'block 10.0.0.0/8 /Global/A;block 10.1.0.0/16 /Global;block 10.1.0.0/16 -;subnet 10.1.2.0/24 -', 'subnet 10.1.2.0/24', '/Global/A', sscope='/Global/Sp')
    # clearing in the middle of a chain lets the upper one through
    chain = ['block 10.0.0.0/8 /Global/A', 'block 10.1.0.0/16 /Global/B', 'subnet 10.1.2.0/24 /Global/S', 'range 10.1.2.0-10.1.2.99 /Global/R', 'address 10.1.2.5 -']
    case('clear-range', chain + ['range 10.1.2.0-10.1.2.99 -'], 'address 10.1.2.5', '/Global/S')
    case('clear-range-subnet', chain + ['range 10.1.2.0-10.1.2.99 -', 'subnet 10.1.2.0/24 -'], 'address 10.1.2.5', '/Global/B')
    case('clear-range-subnet-block', chain + ['range 10.1.2.0-10.1.2.99 -', 'subnet 10.1.2.0/24 -', 'block 10.1.0.0/16 -'], 'address 10.1.2.5', '/Global/A')
    case('clear-all', chain + ['range 10.1.2.0-10.1.2.99 -', 'subnet 10.1.2.0/24 -', 'block 10.1.0.0/16 -', 'block 10.0.0.0/8 -'], 'address 10.1.2.5', '/Global')
    case('clear-all-space', chain + ['range 10.1.2.0-10.1.2.99 -', 'subnet 10.1.2.0/24 -', 'block 10.1.0.0/16 -', 'block 10.0.0.0/8 -'], 'address 10.1.2.5', '/Global/Sp', sscope='/Global/Sp')
    case('clear-upper-only', chain + ['block 10.0.0.0/8 -', 'block 10.1.0.0/16 -'], 'address 10.1.2.5', '/Global/R')
    case('clear-subnet-only', chain + ['subnet 10.1.2.0/24 -'], 'address 10.1.2.5', '/Global/R')
    case('set-upper-later', ['block 10.0.0.0/8 -', 'subnet 10.1.2.0/24 -', 'block 10.0.0.0/8 /Global/A'], 'subnet 10.1.2.0/24', '/Global/A')
    case('block-between-later', ['block 10.0.0.0/8 /Global/A', 'subnet 10.1.2.0/24 -', 'block 10.1.0.0/16 /Global/B'], 'subnet 10.1.2.0/24', '/Global/B')
    case('block-between-later-inherits', ['block 10.0.0.0/8 /Global/A', 'subnet 10.1.2.0/24 -', 'block 10.1.0.0/16 -'], 'subnet 10.1.2.0/24', '/Global/A')
    case('range-later', ['subnet 10.1.2.0/24 /Global/S', 'address 10.1.2.5 -', 'range 10.1.2.0-10.1.2.9 /Global/R'], 'address 10.1.2.5', '/Global/R')
    case('address-does-not-hand-down', ['address 10.1.2.5 -', 'range 10.1.2.0-10.1.2.9 /Global/R'], 'address 10.1.2.5', '/Global/R', space='Default default')


def dhcp():
    for si, server in enumerate(('-', '/Global/Srv')):
        for ui, sup in enumerate((None, '-', '/Global/Sup')):
            for ci, own in enumerate(('-', '/Global/Scope')):
                s_eff = server if server != '-' else '/Global'
                u_eff = s_eff if sup in (None, '-') else sup
                c_eff = own if own != '-' else u_eff
                for fam, key, lease in (('4', '10.1.2.0/24', '10.1.2.30'), ('6', '2001:db8:1:2::/64', '2001:db8:1:2::30')):
                    objs = ['server dhcp1 ' + server]
                    if sup is not None:
                        objs.append('superscope floor %s dhcp1' % sup)
                    objs.append('dhcpscope %s %s dhcp1/%s' % (key, own, 'floor' if sup is not None else '-'))
                    tag = 'dhcp%s-%d%d%d' % (fam, si, ui, ci)
                    case(tag + '-scope', objs, 'dhcpscope ' + key, c_eff)
                    case(tag + '-reservation', objs + ['reservation %s - dhcp1/%s' % (lease, key)], 'reservation ' + lease, c_eff)
                    case(tag + '-lease', objs + ['lease %s - dhcp1/%s' % (lease, key)], 'lease ' + lease, c_eff)
                    if fam == '4':
                        case(tag + '-server', objs, 'server dhcp1', s_eff)
                        if sup is not None:
                            case(tag + '-superscope', objs, 'superscope floor', u_eff)
                            if own == '-':
                                case(tag + '-left', objs + ['dhcpscope %s - dhcp1/-' % key], 'dhcpscope ' + key, s_eff)
                                case(tag + '-cleared', [o for o in objs] + ['superscope floor - dhcp1'], 'dhcpscope ' + key, s_eff)
                        case(tag + '-of-server', objs + ['reservation 10.9.9.9 - dhcp1/-'], 'reservation 10.9.9.9', s_eff)
    two = ['server dhcp1 /Global/One', 'server dhcp2 /Global/Two', 'superscope a /Global/A dhcp1', 'superscope b - dhcp2']
    case('two-servers-1', two + ['dhcpscope 10.1.2.0/24 - dhcp1/-'], 'dhcpscope 10.1.2.0/24', '/Global/One')
    case('two-servers-2', two + ['dhcpscope 10.1.2.0/24 - dhcp2/-'], 'dhcpscope 10.1.2.0/24', '/Global/Two')
    case('two-servers-a', two + ['dhcpscope 10.1.2.0/24 - dhcp1/a'], 'dhcpscope 10.1.2.0/24', '/Global/A')
    case('two-servers-b', two + ['dhcpscope 10.1.2.0/24 - dhcp2/b'], 'dhcpscope 10.1.2.0/24', '/Global/Two')
    case('into-superscope', two + ['dhcpscope 10.1.2.0/24 - dhcp1/-', 'dhcpscope 10.1.2.0/24 - dhcp1/a'], 'dhcpscope 10.1.2.0/24', '/Global/A')
    case('own-beats-superscope', two + ['dhcpscope 10.1.2.0/24 /Global/Own dhcp1/a'], 'dhcpscope 10.1.2.0/24', '/Global/Own')
    case('own-cleared', two + ['dhcpscope 10.1.2.0/24 /Global/Own dhcp1/a', 'dhcpscope 10.1.2.0/24 - dhcp1/a'], 'dhcpscope 10.1.2.0/24', '/Global/A')
    # the address plan does not lend its scope to DHCP, nor DHCP to the plan
    plan = ['block 10.0.0.0/8 /Global/Plan', 'subnet 10.1.2.0/24 /Global/Net', 'range 10.1.2.0-10.1.2.99 /Global/Rng']
    srv = ['server dhcp1 /Global/Srv', 'dhcpscope 10.1.2.0/24 - dhcp1/-']
    case('dhcp-not-of-subnet', plan + srv, 'dhcpscope 10.1.2.0/24', '/Global/Srv')
    case('reservation-not-of-range', plan + srv + ['reservation 10.1.2.5 - dhcp1/10.1.2.0/24'], 'reservation 10.1.2.5', '/Global/Srv')
    case('lease-not-of-range', plan + srv + ['lease 10.1.2.5 - dhcp1/10.1.2.0/24'], 'lease 10.1.2.5', '/Global/Srv')
    case('address-not-of-dhcp', plan + srv + ['reservation 10.1.2.5 - dhcp1/10.1.2.0/24', 'address 10.1.2.5 -'], 'address 10.1.2.5', '/Global/Rng')
    case('address-not-of-dhcp-bare', srv + ['lease 10.1.2.5 - dhcp1/10.1.2.0/24', 'address 10.1.2.5 -'], 'address 10.1.2.5', '/Global/Sp', sscope='/Global/Sp')
    case('space-not-for-server', ['server dhcp1 -'], 'server dhcp1', '/Global', sscope='/Global/Sp')
    case('space-not-for-dhcpscope', ['server dhcp1 -', 'dhcpscope 10.1.2.0/24 - dhcp1/-'], 'dhcpscope 10.1.2.0/24', '/Global', sscope='/Global/Sp')
    case('server-root-on-purpose', ['server dhcp1 /Global', 'superscope a - dhcp1', 'dhcpscope 10.1.2.0/24 - dhcp1/a'], 'dhcpscope 10.1.2.0/24', '/Global')
    case('superscope-root-on-purpose', ['server dhcp1 /Global/Srv', 'superscope a /Global dhcp1', 'dhcpscope 10.1.2.0/24 - dhcp1/a'], 'dhcpscope 10.1.2.0/24', '/Global')
    case('server-cleared', ['server dhcp1 /Global/Srv', 'dhcpscope 10.1.2.0/24 - dhcp1/-', 'server dhcp1 -'], 'dhcpscope 10.1.2.0/24', '/Global')


def main():
    chains('v4', V4, '10.1.2.0/24', '10.1.2.10-10.1.2.20', '10.1.2.15')
    chains('v6', V6, '2001:db8:1:2::/64', '2001:db8:1:2::10-2001:db8:1:2::20', '2001:db8:1:2::15')
    storeys('v4', '10.1.0.0/16', '10.1.2.0/24', '10.1.2.10-10.1.2.20', '10.1.2.15', '10.0.0.0/8')
    storeys('v6', '2001:db8:1::/48', '2001:db8:1:2::/64', '2001:db8:1:2::10-2001:db8:1:2::20', '2001:db8:1:2::15', '2001:db8::/32')
    edges()
    spaces()
    dhcp()
    ids = [l.split('\t')[0] for l in out]
    assert len(ids) == len(set(ids)), [i for i in ids if ids.count(i) > 1]
    with open(os.path.join(sys.argv[1], 'inherit.tsv'), 'w') as f:
        f.write(HEAD + '\n'.join(out) + '\n')
    print('inherit.tsv: %d cases' % len(out), file=sys.stderr)


if __name__ == '__main__':
    main()
