# hostile_strings.py - a seeded stream of texts that are hard to carry, and what each field is to do with one.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""The same seed gives the same texts. What becomes of one is said here from the documents alone (docs/dhcp.md "Texts"): it is kept
exactly, or refused before anything is planned."""
import random
import unicodedata

CONTROLS = [chr(c) for c in range(1, 32) if chr(c) not in "\n\t"] + ["\x7f"]
WORDS = ("printer", "floor 9", "a", "room-12", "Zentrale", "x" * 40, "10.0.0.1", "00", "lab.example")
SAYINGS = {
    "quotes": ['"', "'", '"""', "''", '\\"', "`", "\u00ab\u00bb", '"a" "b"', "it's"],
    "backslashes": ["\\", "\\\\", "\\n", "\\t", "\\x00", "\\u0041", "\\,", "\\\\,", "C:\\new\\table", "\\/"],
    "json": ['{"a": 1}', '"]}', "[[[[", "null", "true", '\\u00e4', '"comment": "x"', "1e999", "NaN", "-0", '{"Dhcp4": {}}'],
    "sql": ["'; DROP TABLE reservation; --", "' OR '1'='1", "%_", "\\%", "/* x */", "Robert'); --", "NULL", "?1", ":id", "||"],
    "shell": ["$(reboot)", "`id`", "; rm -rf /", "${HOME}", "a & b", "> /dev/null", "!!", "~root", "*", "-rf", "a|b", "$IFS"],
    "format": ["%s%s%s%n", "%d", "%%", "%1$s", "{0}", "{}", "%p", "%.9999d", "{{x}}", "%-2147483648d"],
    "csv": ["a,b", ",", ",,", "a\nb", "\n", '"a,b"', "=1+1", "@SUM(A1)", "+1", "-1", "a;b", "\t", "a\tb", "&#x2c"],
    "kea": ["\\,", "&#x2c;", "# x", "// x", "/* x", "<?include \"x\"?>", "always-send", "0x6162", "HEX", "'a'", "<wire>:0:1", "\\u00ff"],
    "markup": ["<script>alert(1)</script>", "&amp;", "<!--", "]]>", "<a href='x'>", "&#0;", "<?xml?>", "%3Cb%3E"],
    "paths": ["../../etc/passwd", "/dev/null", "C:\\", "a/b", "//", "file:///", ".", "..", "a%2fb", "CON"],
    "blanks": [" ", "  ", " a", "a ", " a ", "\u00a0", "\u00a0a\u00a0", "a\n", "\na", "\t", "a  b"],
    "latin-1": ["\u00e4\u00f6\u00fc\u00df", "caf\u00e9", "\u00ff", "\u00a1\u00bf", "\u00c3\u00a4", "\u00c3\u0083\u00c2\u00a4", "\u00ad", "\u00d7\u00f7"],
    "combining": ["e\u0301", "a\u0308\u0323", "\u0300", "n\u0303o", "Z\u0351\u036b\u0343"],
    "rtl": ["\u202eexe.txt", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u200f", "\u2066a\u2069"],
    "emoji": ["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u2764\ufe0f", "\U0001f1e9\U0001f1ea"],
    "beyond": ["\u65e5\u672c", "\u0100", "\ufeffa", "\ufffe", "\U0010ffff", "\u2028", "\u0161", "\u20ac"],
    "control": [],
    "c1": ["\x80", "\x85", "\x9f", "a\x9bm"],
    "surrogate": ["\ud800", "\udc00", "a\udfffb", "\udc00\ud800"],
    "nul": ["\0", "a\0", "\0a", "a\0b"],
    "long": [],
    "empty": [],
    "plain": list(WORDS),
}
CLASSES = sorted(SAYINGS)


def one(rng, most):
    """A text of a class, made of its sayings and words; `most` is what the field takes, for the class of long ones."""
    kind = rng.choice(CLASSES)
    if kind == "empty":
        return ""
    if kind == "long":
        letter = rng.choice(["x", "\u00e9", " ", "\\", '"', ","])
        size = most + rng.choice([-2, -1, 0, 0, 1, 2])
        return letter * (size // len(letter.encode()))
    if kind == "control":
        return rng.choice(WORDS) + rng.choice(CONTROLS) + rng.choice(["", "x"])
    parts = [rng.choice(SAYINGS[kind]) for _ in range(rng.choice([1, 1, 2, 3]))]
    for _ in range(rng.choice([0, 1, 1, 2])):
        parts.insert(rng.randrange(len(parts) + 1), rng.choice(WORDS) + str(rng.randrange(1000)))
    text = rng.choice(["", " ", ",", "\\"]).join(parts)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")     # two halves side by side are a whole


class Field:
    """One field of a resource and its rules: the bytes it takes, whether it may be empty, whether it takes every character, and
    whether no two may be the same."""

    def __init__(self, resource, name, most, needed=False, wide=False, unique=False):
        self.resource, self.name, self.most, self.needed, self.wide, self.unique = resource, name, most, needed, wide, unique

    def verdict(self, text):
        """"kept"; or who refuses it: "json" (it is no text of JSON), "record" (the field's own rules), "server" (what it cannot keep)."""
        if any(c == "\0" or 0xd800 <= ord(c) <= 0xdfff for c in text):
            return "json"
        if len(text.encode()) > self.most or (self.needed and not text):
            return "record"
        if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
            return "record"
        return "kept" if self.wide or all(ord(c) <= 0xff for c in text) else "server"


NAME, DESCRIPTION = Field("reservations", "name", 253), Field("reservations", "description", 1024)
SERVER_NAME, BOOT_FILE = Field("reservations", "server_name", 63), Field("reservations", "boot_file", 127)
CLASS_NAME, CLASS_DESCRIPTION = Field("classes", "name", 255, True, unique=True), Field("classes", "description", 1024)
SUPERSCOPE_NAME, SUPERSCOPE_DESCRIPTION = Field("superscopes", "name", 128, True, unique=True), Field("superscopes", "description", 1024)
SCOPE_DESCRIPTION = Field("scopes", "description", 1024)
OPTION = Field("option-values", "values", 1024, True, True)
DEFINITION = Field("option-definitions", "description", 1024)
# How many texts in twenty go where.
SHARES = ((NAME, 3), (DESCRIPTION, 4), (SERVER_NAME, 3), (BOOT_FILE, 3), (CLASS_NAME, 1), (CLASS_DESCRIPTION, 1),
          (SUPERSCOPE_NAME, 1), (SUPERSCOPE_DESCRIPTION, 1), (OPTION, 1), (DEFINITION, 1), (SCOPE_DESCRIPTION, 1))
FIELDS = tuple(f for f, _ in SHARES)


def texts(seed, count):
    """{field: its texts}, `count` in all."""
    rng = random.Random(seed)
    turn = [f for f, n in SHARES for _ in range(n)]
    found = {f: [] for f in FIELDS}
    for i in range(count):
        field = turn[i % len(turn)]
        text = one(rng, field.most)
        if field.unique and text and len(text) < field.most - 10:
            text = rng.choice([f"{text} {i}", f"{i} {text}"])
        elif field.unique and text:
            text = (f"{i} " + text)[:len(text)]
        found[field].append(text)
    return found
