#!/usr/bin/python3
# expand.py - multiplies DIR/matrix.csv to DIR/cases.tsv and DIR/caps.tsv.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2].
"""expand.py DIR

Each base case goes in as it is, then in one changed form chosen by a checksum of its id, and every fifteenth in all
forms. A form changes what may not matter (deeper tree, another place, a group in place of the user, rows that do not
hold, a token that takes nothing away) and keeps the expected answer, or takes the rows away and expects what nobody
gets. The same input gives the same output, byte for byte.
"""
import csv
import os
import sys
import zlib

FIXED = ('administrator', 'reader', 'asm-group', 'msm-group', 'audit-group')
LEVELS = 8                  # the root counted

CASES_HEAD = """\
# cases.tsv - access cases: one line each, tab-separated: id; scopes of the tree; pairs; memberships of user:u; token; operation;
# effective scope of the object; second scope; expected answer.
# pairs: ";"-separated "PRINCIPAL ROLE SCOPE FROM UNTIL". A role may have spaces: the first word is the principal, the last
#   three are scope, from and until; "-" alone: no pair (or no membership). FROM, UNTIL: "-" or seconds from the moment of the request; a pair holds in [from, until).
# token: "-" none or not narrowed, else "ROLE SCOPE", the last word being the scope; "- -" narrows nothing.
# effective scope: of the object, or of the place where a *.create would put it; "-" for an operation on no scoped object.
# second scope: the new scope of *.set-scope, or the effective scope after a move; "-" none.
# expected: allow; deny = 403; hidden = answered as what does not exist, 404. A *.create is never hidden.
# An operation that ends in .read and is not in expected.tsv is the reading of one object of that kind.
# "~Qn" in an id marks a case that rests on a choice:
#   Q1 an operation whose scope is ignored, on an object that is not visible: hidden comes first.
#   Q2 a token narrowed to a scope below /Global holds no operation of fixed groups, as these are given at /Global alone.
#   Q3 the scope of a token is ignored where the scope of a pair is.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2]; made by expand.py.
"""
CAPS_HEAD = """\
# caps.tsv - cap cases, tab-separated: id; scopes of the tree; pairs; memberships; steps; expected answer of the last step.
# pairs: "PRINCIPAL ROLE SCOPE FROM UNTIL MAX_BLOCKS MIN_LENGTH4 MIN_LENGTH6", "-" for no cap. memberships: "user:NAME group:NAME".
#   "-" alone: none. steps: ";"-separated "USER create|delete KIND KEY SCOPE", in order; SCOPE is what the new object would inherit. All steps before
#   the last succeed. The answers do not depend on which of several pairs a carved block is charged to.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# From the documentation of Windows Server IPAM and [MS-IPAMM2]; made by expand.py.
"""


def split(text):
    return [t for t in text.split(';') if t]


def parse(pair, extra=0):
    w = pair.split(' ')
    n = len(w) - 3 - extra
    return [w[0], ' '.join(w[1:n])] + w[n:]


class Case:
    def __init__(self, r):
        self.id, self.scopes, self.members, self.op, self.want = r['id'], r['scopes'].split(' '), split(r['memberships']), r['operation'], r['expected']
        self.steps = split(r['steps'])
        self.pairs = [parse(p, 3 if self.steps else 0) for p in split(r['pairs'])]
        self.token, self.obj, self.second = r['token'], r['scope'], r['second']

    def line(self, tag):
        cid = self.id + ('.' + tag if tag else '')
        pairs = ';'.join(' '.join(p) for p in self.pairs) or '-'
        members = ';'.join(self.members) or '-'
        if self.steps:
            return '\t'.join([cid, ' '.join(self.scopes), pairs, members, ';'.join(self.steps), self.want])
        return '\t'.join([cid, ' '.join(self.scopes), pairs, members, self.token, self.op, self.obj, self.second, self.want])

    def each_path(self, f):
        self.scopes = [f(s) for s in self.scopes]
        for p in self.pairs:
            p[2] = f(p[2])
        if self.token != '-':
            role, scope = self.token.rsplit(' ', 1)
            self.token = role + ' ' + (scope if scope == '-' else f(scope))
        self.obj, self.second = (x if x == '-' else f(x) for x in (self.obj, self.second))
        if self.steps:
            out = []
            for s in self.steps:
                w = s.split(' ')
                out.append(' '.join(w[:-1] + [w[-1] if w[-1] == '-' else f(w[-1])]))
            self.steps = out

    def grow(self, *paths):
        for p in paths:
            if p not in self.scopes:
                self.scopes.append(p)

    def deepest(self):
        return max(s.count('/') for s in self.scopes)

    def pair(self, *words):
        return list(words) + (['-', '-', '-'] if self.steps else [])

    def idle_role(self):
        """A custom role that has not the operation asked."""
        return 'custom:ipam.range.map-zone' if self.op != 'ipam.range.map-zone' else 'custom:dns.record.txt.change'


# Each form returns False where it does not apply to a case.
def deeper_under(c, labels):
    room = LEVELS - c.deepest()
    labels = labels[:room]
    if not labels:
        return False
    head = '/Global/' + '/'.join(labels)
    c.each_path(lambda p: p if p == '/Global' else head + p[len('/Global'):])
    c.grow(*['/Global/' + '/'.join(labels[:i + 1]) for i in range(len(labels))])
    c.scopes.sort(key=lambda p: (p.count('/'), p != '/Global'))
    return True


def under_one(c):
    return deeper_under(c, ['Org'])


def to_the_limit(c):
    return deeper_under(c, ['l2', 'l3', 'l4', 'l5', 'l6', 'l7', 'l8'][:LEVELS - c.deepest()])


def object_lower(c):
    """The object and its second place two levels lower, under labels nobody has a pair on."""
    if c.obj in ('-', '/Global') or c.steps or c.deepest() + 2 >= LEVELS or c.id.startswith('default'):
        return False
    if c.second != '-' and c.second != c.obj and c.second == '/Global':
        return False
    same = c.second == c.obj
    c.grow(c.obj + '/low', c.obj + '/low/er')
    c.obj += '/low/er'
    if same:
        c.second = c.obj
    elif c.second != '-':
        c.grow(c.second + '/lo')
        c.second += '/lo'
    return True


def other_labels(c):
    """Labels that begin with one another, so that comparing strings instead of labels is caught."""
    names = {}
    flat = ['x', 'xx', 'xxx', 'x-x', 'x.x', 'Global', 'xX0', 'x_', 'x,x', 'xx-', 'x+', 'x1', 'x10', 'x2']

    def f(p):
        out = []
        for lab in p.split('/')[2:]:
            names.setdefault(lab, flat[len(names) % len(flat)] + ('' if len(names) < len(flat) else str(len(names))))
            out.append(names[lab])
        return '/'.join(['/Global'] + out)
    if len(c.scopes) < 2:
        return False
    c.each_path(f)
    return True


def through_group(c):
    if any(p[0].startswith('group:') for p in c.pairs) or not c.pairs or not any(p[0] == 'user:u' for p in c.pairs):
        return False
    for p in c.pairs:
        if p[0] == 'user:u':
            p[0] = 'group:crew'
    c.members.append('user:u group:crew' if c.steps else 'group:crew')
    return True


def half_through_group(c):
    if len(c.pairs) < 2 or any(p[0] != 'user:u' for p in c.pairs) or c.steps:
        return False
    for p in c.pairs[::2]:
        p[0] = 'group:odd'
    c.members += ['group:even', 'group:odd']
    return True


def not_member(c):
    """Every pair is a group's that the user is not in: what nobody gets."""
    if not c.pairs or c.steps:
        return False
    for p in c.pairs:
        p[0] = 'group:away'
    c.members = ['group:awa', 'group:away2']
    c.want = 'deny' if c.obj == '-' or c.op.endswith('.create') else 'hidden'
    return True


def all_over(c):
    """Every pair has ended at this very moment: what nobody gets."""
    if not c.pairs or c.steps:
        return False
    for i, p in enumerate(c.pairs):
        p[3:5] = [['-', '0'], ['-7200', '0'], ['1', '-'], ['1', '3600']][i % 4]
    c.want = 'deny' if c.obj == '-' or c.op.endswith('.create') else 'hidden'
    return True


def idle_pair(c):
    c.grow('/Global/Idle')
    c.pairs.append(c.pair('user:u', c.idle_role(), '/Global/Idle', '-', '-'))
    return True


def idle_pair_first(c):
    c.grow('/Global/Idle', '/Global/Idle/One')
    c.pairs.insert(0, c.pair('user:u', c.idle_role(), '/Global/Idle/One', '-1', '-'))
    return True


def ended_administrator(c):
    c.pairs.insert(0, c.pair('user:u', 'administrator', '/Global', '-3600', '0'))
    return True


def coming_administrator(c):
    c.pairs.append(c.pair('user:u', 'administrator', '/Global', '1', '3600'))
    return True


def other_administrator(c):
    c.pairs.insert(0, c.pair('user:boss', 'administrator', '/Global', '-', '-'))
    c.pairs.append(c.pair('group:bosses', 'administrator', '/Global', '-', '-'))
    return True


def in_the_window(c):
    done = False
    for p in c.pairs:
        if p[3] == '-' and p[4] == '-':
            p[3], p[4] = '-3600', '3600'
            done = True
    return done


def twice(c):
    if not c.pairs or c.steps:
        return False
    c.pairs = c.pairs + [list(p) for p in c.pairs]
    return True


def turned(c):
    if len(c.pairs) < 2 and len(c.scopes) < 3:
        return False
    c.pairs.reverse()
    c.scopes = ['/Global'] + sorted(c.scopes[1:], key=lambda s: (s.count('/'), s), reverse=False)
    return True


def token_of_nothing(c):
    if c.token != '-' or c.steps:
        return False
    c.token = '- -'
    return True


def token_of_root(c):
    if c.token != '-' or c.steps:
        return False
    c.token = '- /Global'
    return True


def token_of_administrator(c):
    """A token that says administrator takes nothing from anybody."""
    if c.token != '-' or c.steps or c.op in ('system.storage.provision', 'system.upgrade.convert'):
        return False
    c.token = 'administrator -'
    return True


FORMS = [('under', under_one), ('limit', to_the_limit), ('lower', object_lower), ('labels', other_labels), ('group', through_group),
         ('half', half_through_group), ('stranger', not_member), ('over', all_over), ('idle', idle_pair), ('idle1', idle_pair_first), ('ended', ended_administrator),
         ('coming', coming_administrator), ('boss', other_administrator), ('window', in_the_window), ('twice', twice), ('turned', turned),
         ('token', token_of_nothing), ('root', token_of_root), ('admin', token_of_administrator)]


def forms_of(row, which):
    for tag, f in which:
        c = Case(row)
        if f(c):
            yield c, tag


def main():
    with open(os.path.join(sys.argv[1], 'matrix.csv'), newline='') as f:
        base = list(csv.DictReader(line for line in f if not line.startswith('#')))
    cases, caps = [], []
    for n, row in enumerate(base):
        c = Case(row)
        out = caps if c.steps else cases
        out.append(c.line(''))
        sum_ = zlib.crc32(row['id'].encode())
        made = []
        if c.steps or n % 15 == 0:
            made = list(forms_of(row, FORMS))
        else:
            for k in range(len(FORMS)):
                made = list(forms_of(row, [FORMS[(sum_ + k) % len(FORMS)]]))
                if made:
                    break
        out.extend(x.line(tag) for x, tag in made)
    for name, head, lines in (('cases.tsv', CASES_HEAD, cases), ('caps.tsv', CAPS_HEAD, caps)):
        with open(os.path.join(sys.argv[1], name), 'w') as f:
            f.write(head)
            f.write('\n'.join(lines) + '\n')
        print('%s: %d cases, %d of them different lines' % (name, len(lines), len({l.split('\t', 1)[1] for l in lines})), file=sys.stderr)


if __name__ == '__main__':
    main()
