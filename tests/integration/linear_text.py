# linear_text.py - histories as text: the cases of tests/data/linear.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""A file holds cases: "= NAME [: KIND]", where KIND is what refuses it, then an operation a line:

    CLIENT FROM-TO KIND WORDS -> ANSWER        TO is ? and there is no answer when it was never answered

    allocate [xN] [key=K], claim NAME [xN] [as=REQUEST] [key=K], release #ID, read .N ...
    -> .N#ID ... rREV [again], exhausted, mismatch, released; done, gone; .N#IDrREV[/CLAIM] ..., free

.N is an address of the pool; `sREV` after an answer is the revision the service said it was at. A pool of two addresses,
.1 and .2, unless a case names .3: then of six."""
import pathlib
import re

import linear

DATA = pathlib.Path(__file__).parents[1] / "data" / "linear"
ANSWERS = {"exhausted": linear.EXHAUSTED, "mismatch": linear.MISMATCH, "released": linear.RELEASED,
           "done": linear.DONE, "gone": linear.GONE}


def address(text):
    return "10.0.0" + text


def words(op, text):
    """Takes what an operation asks for."""
    for word in text.split():
        if word[0] == "#":
            op.id = int(word[1:])
        elif word[0] == ".":
            op.addresses += (address(word),)
        elif re.fullmatch(r"x\d+", word):
            op.count = int(word[1:])
        elif "=" in word:
            name, value = word.split("=")
            setattr(op, {"key": "key", "as": "request"}[name], value)
        else:
            op.claim = word
    op.request = f"{op.count} {op.request or ''}".strip() if op.claim else None


def answer(op, text):
    given, seen = [], re.search(r" s(\d+)$", text)
    if seen:
        op.seen, text = int(seen[1]), text[:seen.start()]
    if text in ANSWERS:
        op.answer = ANSWERS[text]
    elif op.kind == "read":
        rows = [re.fullmatch(r"(\.\d+)#(\d+)r(\d+)(?:/(\w+))?", w) for w in text.split() if w != "free"]
        op.answer = linear.Held({address(m[1]): (int(m[2]), int(m[3]), m[4]) for m in rows})
    else:
        *given, rev = text.removesuffix(" again").split()
        items = tuple((address(w.split("#")[0]), int(w.split("#")[1])) for w in given)
        op.answer = linear.Granted(items, int(rev[1:]), not text.endswith(" again"))


def operation(line):
    m = re.fullmatch(r"(\w+) (\d+)-(\d+|\?) (\w+)(.*?)(?: -> (.+))?", line)
    op = linear.Op(m[1], m[4], int(m[2]), linear.NEVER if m[3] == "?" else int(m[3]))
    op.pool = "p" if m[4] in ("allocate", "claim") else None
    words(op, m[5])
    if m[6]:
        answer(op, m[6])
    assert (op.answer is None) == (m[3] == "?"), line
    return op


def cases(name):
    """[(name, kind or None, history, pools)] of a file."""
    found = []
    for block in re.split(r"(?m)^= ", (DATA / name).read_text())[1:]:
        head, *lines = block.strip().splitlines()
        title, _, kind = head.partition(" : ")
        pools = {"p": "10.0.0.0/29" if ".3#" in block else "10.0.0.0/30"}
        found.append((title, kind or None, [operation(line) for line in lines], pools))
    return found
