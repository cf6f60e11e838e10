#!/usr/bin/python3
# oracle.py - evaluates access cases from the rules alone and compares with what the files expect.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2].
"""oracle.py FILE...     matrix.csv, cases.tsv, caps.tsv, inherit.tsv

Who may do what is read from expected.tsv beside this file; visibility by access scope is added. Exit 1 on any difference.
"""
import csv
import ipaddress
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
GROUP_KEYS = {'administrator': 'IPAM Administrators', 'reader': 'IPAM Users', 'asm-group': 'IPAM ASM Administrators',
              'msm-group': 'IPAM MSM Administrators', 'audit-group': 'IPAM IP Audit Administrators'}
# flags of the published operations ([MS-IPAMM2]); the words before the last dot where all verbs share the flag
ADMIN_ONLY = ('access.policy', 'access.scope')
GROUPS_ONLY = ('access.role', 'access.key', 'system.storage', 'system.upgrade', 'system.setting', 'system.task', 'inventory.discovery',
               'inventory.server', 'audit.tracking', 'audit.event', 'ipam.utilization')
SCOPE_IGNORED = ('ipam.custom-field', 'ipam.logical-group')
SCOPE_IGNORED_OPS = ('dhcp.failover.replicate',)
GROUP_READS = ('audit.tracking.read', 'system.storage.read', 'access.key.read')


def rights():
    table = {}
    with open(os.path.join(HERE, 'expected.tsv')) as f:
        for line in f:
            if line.startswith('#') or not line.strip():
                continue
            who, _, op, yes = line.rstrip('\n').split('\t')
            if op == '-':
                continue
            table.setdefault(who, {})[op] = yes == '1'
    return table


RIGHTS = rights()
KNOWN = {op for t in RIGHTS.values() for op in t}


def plain_read(op):
    return op.endswith('.read') and op not in GROUP_READS


def flag(op):
    stem = op.rsplit('.', 1)[0]
    if plain_read(op):
        return 'read'
    if stem in GROUPS_ONLY:
        return 'groups'
    if stem in ADMIN_ONLY:
        return 'admin'
    if stem in SCOPE_IGNORED or op in SCOPE_IGNORED_OPS:
        return 'anywhere'
    return 'scoped'


def covers(above, path):
    a, p = above.split('/'), path.split('/')
    return p[:len(a)] == a


class Undecided(Exception):
    pass


def role_has(role, op):
    if role.startswith('custom:'):
        return op in role[7:].split(',')
    name = GROUP_KEYS.get(role, role)
    if op not in RIGHTS[name]:
        raise Undecided('%s %s' % (name, op))
    return RIGHTS[name][op]


class Pair:
    def __init__(self, text, extra=0):
        w = text.split(' ')
        tail = w[-3 - extra:]
        self.who, self.role, self.scope = w[0], ' '.join(w[1:-3 - extra]), tail[0]
        self.begin = None if tail[1] == '-' else int(tail[1])
        self.end = None if tail[2] == '-' else int(tail[2])
        self.caps = [None if c == '-' else int(c) for c in tail[3:]]
        self.fixed = self.role in GROUP_KEYS
        assert self.role in RIGHTS or self.fixed or self.role.startswith('custom:'), text
        assert not self.fixed or self.scope == '/Global', text
        if self.role.startswith('custom:'):
            assert all(o in KNOWN and flag(o) in ('scoped', 'anywhere') for o in self.role[7:].split(',')), text

    def holds_now(self):
        return (self.begin is None or self.begin <= 0) and (self.end is None or 0 < self.end)

    def sees(self, path):
        return self.fixed or covers(self.scope, path)

    def allows(self, op, path):
        kind = flag(op)
        if kind == 'read':
            return path == '-' or self.sees(path)
        if kind == 'groups':
            return self.fixed and role_has(self.role, op)
        if not role_has(self.role, op):
            return False
        if kind == 'admin':
            return self.scope == '/Global'
        if kind == 'anywhere':
            return True
        return self.sees(path)


class Token:
    """A token allows what a pair of its role (any, if none) on its scope (the root, if none) would allow."""

    def __init__(self, text):
        if text == '-':
            text = '- -'
        role, self.scope = text.rsplit(' ', 1)
        self.role = None if role == '-' else role
        if self.scope == '-':
            self.scope = '/Global'

    def sees(self, path):
        return covers(self.scope, path)

    def allows(self, op, path):
        kind = flag(op)
        if kind == 'read':
            return path == '-' or self.sees(path)
        if kind == 'groups':
            return self.scope == '/Global' and (self.role is None or (self.role in GROUP_KEYS and role_has(self.role, op)))
        if self.role is not None and not role_has(self.role, op):
            return False
        if kind == 'admin':
            return self.scope == '/Global'
        return kind == 'anywhere' or self.sees(path)


def split(text):
    return [] if text == '-' else [t.strip() for t in text.split(';') if t.strip()]


def judge(scopes, pairs, members, token, op, path, second):
    tree = scopes.split(' ')
    assert tree[0] == '/Global' and len(set(tree)) == len(tree), scopes
    for s in tree:
        assert s == '/Global' or s.rsplit('/', 1)[0] in tree, (s, scopes)
        assert s.count('/') <= 8
    all_pairs = [Pair(p) for p in split(pairs)]
    tok = Token(token)
    for used in [p.scope for p in all_pairs] + [tok.scope] + [x for x in (path, second) if x != '-']:
        assert used in tree, (used, scopes)
    assert op in KNOWN or plain_read(op), op
    me = {'user:u'} | set(split(members))
    held = [p for p in all_pairs if p.who in me and p.holds_now()]
    if path != '-' and not op.endswith('.create'):
        if not (tok.sees(path) and any(p.sees(path) for p in held)):
            return 'hidden'
    for place in (path,) if second == '-' else (path, second):
        if not (tok.allows(op, place) and any(p.allows(op, place) for p in held)):
            return 'deny'
    return 'allow'


# ---------------------------------------------------------------------------------------------------- caps
def judge_steps(pairs, members, steps):
    """Follows every way of charging a created block to a pair; all must give the same answer."""
    all_pairs = [Pair(p, 3) for p in split(pairs)]
    groups = {}
    for m in split(members):
        who, g = m.split(' ')
        groups.setdefault(who, {who}).add(g)
    states = [{}]       # (kind, prefix) -> (user, pair index or None)
    steps = split(steps)
    answer = None
    for n, step in enumerate(steps):
        who, verb, kind, what, place = step.split(' ')
        op = 'ipam.%s.%s' % (kind, verb)
        me = groups.get(who, {who})
        after, answers = [], set()
        for st in states:
            mine = [i for i, p in enumerate(all_pairs) if p.who in me and p.holds_now()]
            if verb == 'delete':
                assert (kind, what) in st
                place_of = st[(kind, what)][2]
                ok = any(all_pairs[i].allows(op, place_of) for i in mine)
                answers.add(ok)
                nxt = dict(st)
                del nxt[(kind, what)]
                after.append(nxt)
                continue
            counted = kind in ('block', 'subnet')
            if counted:
                net = ipaddress.ip_network(what)
            fits = []
            for i in mine:
                if not all_pairs[i].allows(op, place):
                    continue
                mb, m4, m6 = all_pairs[i].caps
                if counted:
                    if mb is not None and sum(1 for u, k, _ in st.values() if u == who and k == i) >= mb:
                        continue
                    least = m4 if net.version == 4 else m6
                    if least is not None and net.prefixlen < least:
                        continue
                fits.append(i)
            answers.add(bool(fits))
            for i in fits:
                nxt = dict(st)
                assert (kind, what) not in nxt
                nxt[(kind, what)] = (who, i if counted else None, place)
                after.append(nxt)
        if len(answers) != 1:
            raise AssertionError('depends on which pair is charged: ' + step)
        answer = answers.pop()
        if n + 1 < len(steps):
            assert answer, 'a step before the last is refused: ' + step
        states = list({tuple(sorted(s.items(), key=repr)): s for s in after}.values())
    return 'allow' if answer else 'deny'


# ------------------------------------------------------------------------------------------------ inheritance
def span(kind, key):
    if kind in ('block', 'subnet'):
        n = ipaddress.ip_network(key)
        return n.version, int(n.network_address), int(n.broadcast_address)
    if kind == 'range':
        a, b = (ipaddress.ip_address(x) for x in key.split('-'))
        return a.version, int(a), int(b)
    a = ipaddress.ip_address(key)
    return a.version, int(a), int(a)


def effective(space, objects, asked):
    name, spacekind, spacescope = space
    root = '/Global' if spacekind == 'default' or spacescope == '-' else spacescope
    now = {}
    for text in split(objects):
        w = text.split(' ')
        now[(w[0], w[1])] = (w[2], w[3] if len(w) > 3 else None)      # a later line replaces an earlier one of the same object

    def smallest(kind, inside, strictly):
        best = None
        v, lo, hi = inside
        for (k, key) in now:
            if k != kind:
                continue
            sv, slo, shi = span(k, key)
            if sv != v or slo > lo or shi < hi or (strictly and (slo, shi) == (lo, hi)):
                continue
            if best is None or shi - slo < best[0]:
                best = (shi - slo, key)
        return best and (kind, best[1])

    def up(obj):
        own, parent = now[obj]
        if own != '-':
            return own
        kind, key = obj
        if kind in ('block', 'subnet', 'range', 'address'):
            look = {'block': ['block'], 'subnet': ['block'], 'range': ['subnet', 'block'], 'address': ['range', 'subnet', 'block']}[kind]
            for k in look:
                found = smallest(k, span(kind, key), k == kind)
                if found:
                    return up(found)
            return root
        if kind == 'server':
            return '/Global'
        if kind == 'superscope':
            return up(('server', parent))
        server, second = parent.split('/', 1)
        if kind == 'dhcpscope':
            return up(('superscope', second)) if second != '-' else up(('server', server))
        return up(('dhcpscope', second)) if second != '-' else up(('server', server))

    kind, key = asked.split(' ')
    if kind == 'space':
        return root
    return up((kind, key))


# ------------------------------------------------------------------------------------------------------- files
def tsv(path):
    with open(path) as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                yield line.rstrip('\n').split('\t')


def check(path):
    base = os.path.basename(path)
    n = bad = 0
    seen = set()
    if base.endswith('.csv'):
        with open(path, newline='') as f:
            lines = list(csv.DictReader(line for line in f if not line.startswith('#')))
    else:
        lines = list(tsv(path))
    for row in lines:
        n += 1
        try:
            if base.endswith('.csv'):
                cid, want = row['id'], row['expected']
                if row['steps']:
                    got = judge_steps(row['pairs'], row['memberships'], row['steps'])
                else:
                    got = judge(row['scopes'], row['pairs'], row['memberships'], row['token'], row['operation'], row['scope'], row['second'])
            elif base == 'caps.tsv':
                cid, _, pairs, members, steps, want = row
                got = judge_steps(pairs, members, steps)
            elif base == 'inherit.tsv':
                cid, space, sscope, objects, asked, want = row
                got = effective(space.split(' ') + [sscope], objects, asked)
            else:
                cid, scopes, pairs, members, token, op, path1, second, want = row
                got = judge(scopes, pairs, members, token, op, path1, second)
        except (Undecided, AssertionError, KeyError, ValueError) as e:
            cid = row['id'] if base.endswith('.csv') else row[0]
            got, want = 'error %r' % e, '?'
        if cid in seen:
            got = 'id twice'
        seen.add(cid)
        if got != want:
            bad += 1
            if bad <= 60:
                print('%s: %s: expected %s, the rules say %s' % (base, cid, want, got))
    print('%s: %d cases, %d differences' % (base, n, bad))
    return bad


def main(args):
    return 1 if sum(check(p) for p in args) else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
