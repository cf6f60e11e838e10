# listing.py - a model of lists: which rows a query means, in which order, and the pages of an ipamd.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import ipaddress
import urllib.parse


def net(text):
    n = ipaddress.ip_network(text)
    return n.version, int(n.network_address), n.prefixlen


def addr(text):
    a = ipaddress.ip_address(text)
    return a.version, int(a)


def octets(text):
    return bytes.fromhex(text.replace(":", ""))


# How a JSON value of a field compares with others of its kind.
KINDS = {"text": str.encode, "bytes": octets, "addr": addr, "prefix": net, "int": int, "number": float, "u128": int, "list": list}
FIELDS = {"id": "int", "rev": "int", "space": "int", "prefix": "prefix", "address": "addr", "name": "text", "description": "text",
          "mac": "bytes", "vlans": "list", "parent": "int", "size": "u128", "used": "u128", "utilization": "number"}
ORDERED = {"eq", "ne", "lt", "le", "gt", "ge", "in", "null"}
FITS = {"text": ORDERED | {"contains", "prefix"}, "bytes": ORDERED | {"contains", "prefix"}, "addr": ORDERED, "prefix": ORDERED, "int": ORDERED,
        "number": ORDERED, "u128": ORDERED, "list": {"contains", "null"}}
REFS = {"space", "parent"}


def value(row, field):
    """The value as it compares; None: absent."""
    v = row.get(field)
    return None if v in (None, "", []) else KINDS[FIELDS[field]](v)


def holds(row, field, op, given):
    have = value(row, field)
    if op == "null":
        return (have is None) == (given == "true")
    if have is None:
        return op == "ne"
    kind = FIELDS[field]
    if op == "in":
        return have in [KINDS[kind](g) for g in given.split(",")]
    if kind == "list":
        return all(int(g) in have for g in given.split(","))
    want = KINDS[kind](given)
    return {"eq": have == want, "ne": have != want, "lt": have < want if op == "lt" else None, "le": have <= want if op == "le" else None,
            "gt": have > want if op == "gt" else None, "ge": have >= want if op == "ge" else None,
            "contains": want in have if op == "contains" else None,
            "prefix": have.startswith(want) if op == "prefix" else None}[op]


def lies(row, relation, given):
    place = ipaddress.ip_network(row.get("prefix") or row.get("address"))
    other = ipaddress.ip_network(given)
    if place.version != other.version:
        return False
    return {"within": place.subnet_of(other), "overlaps": place.overlaps(other), "contains": other.subnet_of(place)}[relation]


def expected(rows, filters, order=None):
    """The rows a list shows: `filters` are (field, op, text) or (relation, None, prefix)."""
    found = [r for r in rows if all(lies(r, f, v) if op is None else holds(r, f, op, v) for f, op, v in filters)]
    if order is None and filters and filters[0][0] == "within":
        order = "prefix" if rows and "prefix" in rows[0] else "address"
    field = (order or "id").lstrip("-")
    key = lambda r: ((value(r, field) is not None, value(r, field)) if value(r, field) is not None else (False,), r["id"])  # noqa: E731
    return sorted(found, key=key, reverse=(order or "").startswith("-"))


def query(filters, order=None, **more):
    pairs = [(f if op in (None, "eq") else f"{f}.{op}", v) for f, op, v in filters]
    if order:
        pairs.append(("order", order))
    return urllib.parse.urlencode(pairs + list(more.items()))


def pages(ipamd, resource, text, limit, between=lambda page: None):
    """The pages of a list: each answer in turn; `between` runs after each."""
    found, cursor = [], None
    while True:
        answer = ipamd.get(f"/api/v1/{resource}?{text}&limit={limit}" + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status == 200, (text, answer)
        found.append(answer)
        cursor = answer.json()["next"]
        assert len(answer.json()["items"]) <= limit
        if cursor is None:
            return found
        between(len(found))


def every(ipamd, resource, text, limit=1000):
    return [row for page in pages(ipamd, resource, text, limit) for row in page.json()["items"]]
