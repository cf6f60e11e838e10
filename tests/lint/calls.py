# calls.py - which function of the C sources reaches which, by their names alone.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""A name that stands in a function, a table or a macro counts as a call: through a table of functions, too. Names that
are static mean those of their own file, others any of the tree. So what is said to be reached may be in truth behind
a condition that never holds; what is said not to be reached is not."""
import re

import tree

WORD = re.compile(r"[A-Za-z_]\w*")


class Thing:
    """A function, a table or a macro: where it is, and the names in it."""

    def __init__(self, file, name, line, body, kind, static):
        self.file, self.name, self.line, self.body, self.kind, self.static = file, name, line, body, kind, static
        self.names = set(WORD.findall(body))


def _macros(file, code):
    for line, m in tree.find(r"(?m)^#[ \t]*define[ \t]+(\w+)((?:.*\\\n)*.*)", code):
        yield Thing(file, m[1], line, m[2], "macro", True)


def _chunks(code):
    """What stands at the top of a file, one declaration or definition after the other: (offset, text)."""
    depth = start = 0
    for i, c in enumerate(code):
        depth += (c in "{(") - (c in "})")
        ends = depth == 0 and (c == ";" or (c == "}" and not code[i + 1:i + 2].strip(" \n") and "=" not in code[start:i].split("{")[0]))
        if ends:
            yield start, code[start:i + 1]
            start = i + 1


def things(file):
    code = tree.code_only(tree.read(file))
    yield from _macros(file, code)
    code = re.sub(r"(?m)^#(?:.*\\\n)*.*", lambda m: re.sub(r"[^\n]", " ", m[0]), code)
    for start, text in _chunks(code):
        line = code.count("\n", 0, start + len(text) - len(text.lstrip())) + 1
        head, _, body = text.partition("{")
        static = "static" in WORD.findall(head)
        function = re.search(r"\b(\w+)\s*\([^{}=]*\)\s*$", head)
        table = re.search(r"\b(\w+)\s*(?:\[[^=]*\]\s*)*=", text)
        if body and function and "=" not in head:
            yield Thing(file, function[1], line, body, "function", static)
        elif table:
            yield Thing(file, table[1], line, text, "table", static)


class Calls:
    def __init__(self, files):
        self.by_file, self.common = {}, {}
        for file in files:
            own = self.by_file.setdefault(file, {})
            for t in things(file):
                own.setdefault(t.name, t)
                if not t.static:
                    self.common.setdefault(t.name, []).append(t)

    def reached(self, file):
        """All that a program reaches whose own code is in this file."""
        seen, todo = set(), list(self.by_file[file].values())
        while todo:
            t = todo.pop()
            if t in seen:
                continue
            seen.add(t)
            for name in t.names:
                own = self.by_file[t.file].get(name)
                todo += [own] if own else [o for o in self.common.get(name, [])
                                           if o.file == file or not o.file.startswith("tests/fuzz/")]
        return seen
