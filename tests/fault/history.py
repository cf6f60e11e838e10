# history.py - the log of what clients asked and were answered, kept outside the process that is crashed.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import time

# What became of an operation. GONE: it had its effect before: a claim or address was released, a subnet is there.
# FULL: no space, so nothing was changed. UNKNOWN: no answer, or one that says so; it may have had its effect.
OK, GONE, REFUSED, FULL, UNKNOWN = "ok", "gone", "refused", "full", "unknown"


class Op:
    """One request. `key` is a claim, the id of an address to release, or the prefix of a subnet; `answer` is
    (id, address, rev) of an address, or the id of a subnet."""

    __slots__ = ("kind", "key", "sent", "done", "result", "answer", "why")

    def __init__(self, kind, key, sent):
        self.kind, self.key, self.sent = kind, key, sent
        self.done, self.result, self.answer, self.why = None, UNKNOWN, None, ""

    def __repr__(self):
        return f"{self.kind} {self.key} {self.result} {self.answer or self.why}"


class History:
    def __init__(self, clock=time.monotonic):
        self.clock, self.ops, self.shown, self.acknowledged = clock, [], 0, 0

    def sent(self, kind, key):
        op = Op(kind, key, self.clock())
        self.ops.append(op)
        return op

    def done(self, op, result, answer=None, why=""):
        op.done, op.result, op.answer, op.why = self.clock(), result, answer, why
        self.acknowledged += result == OK

    def saw(self, revision):
        """An answer said that this revision is there."""
        self.shown = max(self.shown, revision)

    def unanswered(self):
        """What is still unknown, once each: (kind, key)."""
        known, unknown = set(), {}
        for op in self.ops:
            if op.result == UNKNOWN:
                unknown[op.kind, op.key] = True
            elif op.result != FULL:
                known.add((op.kind, op.key))
        return [pair for pair in unknown if pair not in known]

    def dump(self, path):
        with open(path, "w") as f:
            for op in self.ops:
                f.write(json.dumps({name: getattr(op, name) for name in Op.__slots__}) + "\n")
