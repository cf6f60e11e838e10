# test_recgen.py - the generator of the record tables refuses what would make a wrong table.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECGEN = ROOT / "tools/recgen.awk"
TABLE = ROOT / "include/ipam/records.def"
OUTPUTS = {"header": "include/ipam/records.h", "tables": "core/record/tables.c", "man": "docs/man/ipam-records.5"}
AWKS = [argv for argv in (["mawk"], ["gawk", "--posix"], ["original-awk"], ["busybox", "awk"]) if shutil.which(argv[0])]

HEAD = """\
type 1 thing things g record resident 0.1 A thing.
1 int id READONLY - - 0.1 Identifier.
2 int rev READONLY - - 0.1 Revision.
"""
FIELD = "3 text name KEY 64 - 0.1 Name."


def recgen(awk, out, table):
    return subprocess.run([*awk, "-v", f"out={out}", "-f", RECGEN, table], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})


@pytest.mark.parametrize("awk", AWKS, ids=" ".join)
@pytest.mark.parametrize("out", OUTPUTS)
def test_checked_in_files_are_what_the_table_makes(awk, out):
    run = recgen(awk, out, TABLE)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (ROOT / OUTPUTS[out]).read_text()


# (the line after HEAD and FIELD, or a whole table when it begins with "type"; the message)
BAD = [
    ("3 text other - 64 - 0.1 Help.", "field number 3 is taken by line 4"),
    ("5 text a - 64 - 0.1 Help.\n4 text b - 64 - 0.1 Help.", "field number 4 is not in ascending order"),
    ("0 text a - 64 - 0.1 Help.", "field number '0' must be 1 to 127"),
    ("128 text a - 64 - 0.1 Help.", "field number '128' must be 1 to 127"),
    ("4 text name - 64 - 0.1 Help.", "field name 'name' is taken by line 4"),
    ("4 text Name - 64 - 0.1 Help.", "field name 'Name' must be lower-case letters, digits and _"),
    ("4 string a - 64 - 0.1 Help.", "unknown kind 'string'"),
    ("4 text a KEY+UNIQUE 64 - 0.1 Help.", "unknown flag 'UNIQUE'"),
    ("4 text a KEY+KEY 64 - 0.1 Help.", "flag KEY is there twice"),
    ("4 text a DERIVED+INDEXED 64 - 0.1 Help.", "a DERIVED field has no other flag"),
    ("4 text a READONLY+REQUIRED 64 - 0.1 Help.", "READONLY excludes REQUIRED and FIXED: no client sets it"),
    ("4 text a SECRET+INDEXED 64 - 0.1 Help.", "a SECRET field cannot be KEY or INDEXED"),
    ("4 int a CONTAINER - - 0.1 Help.", "CONTAINER is for a ref"),
    ("4 texts a INDEXED 9 - 0.1 Help.", "a list or json cannot be KEY or INDEXED: it has no order"),
    ("4 ref:nothing a - - - 0.1 Help.", "ref to unknown type 'nothing'"),
    ("4 ref a - - - 0.1 Help.", "a ref needs its type: ref:TYPE"),
    ("4 int:x a - - - 0.1 Help.", "kind 'int' takes nothing after it"),
    ("4 enum:a,a b - - - 0.1 Help.", "enum name 'a' is there twice"),
    ("4 enum: b - - - 0.1 Help.", "an enum needs names: enum:a,b"),
    ("4 enum:A b - - - 0.1 Help.", "enum name 'A' must be lower-case letters, digits and -"),
    ("4 text a - - - 0.1 Help.", "limit '-' of a text must be 1 to 1048576: what comes from outside is bounded"),
    ("4 text a - 1..5 - 0.1 Help.", "limit '1..5' of a text must be 1 to 1048576: what comes from outside is bounded"),
    ("4 int a - 5..1 - 0.1 Help.", "limit '5..1' of an int must be MIN..MAX"),
    ("4 int a - 7 - 0.1 Help.", "limit '7' of an int must be MIN..MAX"),
    ("4 addr a - 7 - 0.1 Help.", "kind 'addr' has no limit: write -"),
    ("4 int a - - \"s\" 0.1 Help.", "unit '\"s\"' must be letters or %, or - for none"),
    ("4 int a - - - 0.0.1 Help.", "since '0.0.1' must be MAJOR.MINOR"),
    ("4 int a - - - 0.2 Help.\n5 int b - - - 0.1 Help.",
     "since 0.1 is older than the line above: new fields go at the end, where they move no other"),
    ("4 int a - - - 0.1", "the help is missing; it ends the line"),
    ("4 int a - - - 0.1 Help", "the help must end with a full stop"),
    ("4 int a - - - 0.1 He*/lp.", "the help must not begin or end a comment"),
    ("4 int a - - - 0.1 He\\lp.", "the help must be printable ASCII without backslashes"),
    ("4 int a -", "a field line is: NUMBER KIND NAME FLAGS LIMIT UNIT SINCE HELP"),
    ("4 enum:x state - - - 0.1 Help.\n5 text state_x - 9 - 0.1 Help.",
     "its constant IPAM_THING_STATE_X is the one of line 5"),
    ("type 1 other others g record resident 0.1 Help.", "type number 1 is taken by line 1"),
    ("type 2 thing others g record resident 0.1 Help.", "type name 'thing' is taken by line 1"),
    ("type 2 other things g record resident 0.1 Help.", "plural 'things' of g is taken by line 1"),
    ("type 256 other others g record resident 0.1 Help.", "type number '256' must be 1 to 255"),
    ("type 2 other others g table resident 0.1 Help.", "class 'table' must be record, observed, log or wire"),
    ("type 2 other others g record memory 0.1 Help.", "residency 'memory' must be resident, indexed, stored or none"),
    ("type 2 other others g record none 0.1 Help.", "residency none and class wire go together"),
    ("type 2 other others g record resident 0.1 Help.\n1 text id - 9 - 0.1 Help.",
     "the first field of a stored record must be '1 int id'"),
    ("type 2 other others - wire none 0.1 Help.", "a record needs at least one field"),
    ("type 2 other others", "a type line is: type NUMBER NAME PLURAL GROUP CLASS RESIDENCY SINCE HELP"),
]


@pytest.mark.parametrize("lines, message", BAD, ids=[message for _, message in BAD])
def test_bad_table_is_refused_with_its_line(tmp_path, lines, message):
    table = tmp_path / "bad.def"
    table.write_text(f"{HEAD}{FIELD}\n{lines}\n")
    for awk in AWKS:
        run = recgen(awk, "header", table)
        assert run.returncode == 1
        assert run.stdout == ""
        first = run.stderr.splitlines()[0]
        place = len(HEAD.splitlines()) + 1 + (2 if "\n" in lines and "first field" not in message else 1)
        if "first field" in message:
            place += 1
        assert first == f"{table}:{place}: {message}"


def test_every_mistake_is_told_at_once(tmp_path):
    table = tmp_path / "bad.def"
    table.write_text(f"{HEAD}{FIELD}\n3 string a - - - 0.1 Help\n")
    lines = recgen(AWKS[0], "man", table).stderr.splitlines()
    assert len(lines) == 3 and all(line.startswith(f"{table}:5: ") for line in lines)


def test_field_before_any_type(tmp_path):
    table = tmp_path / "bad.def"
    table.write_text("1 int id READONLY - - 0.1 Identifier.\n")
    assert recgen(AWKS[0], "man", table).stderr.splitlines()[0] == f"{table}:1: the line is before the first type line"


def test_words_of_c_get_an_underscore(tmp_path):
    table = tmp_path / "words.def"
    table.write_text(HEAD + "3 int class - - - 0.1 Help.\n4 int size - - - 0.1 Help.\n5 int template - - - 0.1 Help.\n")
    text = recgen(AWKS[0], "header", table).stdout
    assert "int64_t class_;" in text and "int64_t size_;" in text and "int64_t template_;" in text
    assert "#define IPAM_THING_CLASS 3\n" in text
    assert '      "class", "", "0.1",' in recgen(AWKS[0], "tables", table).stdout


def test_new_fields_go_behind_derived_ones_in_the_struct_and_before_them_in_the_tables(tmp_path):
    table = tmp_path / "order.def"
    table.write_text(HEAD + "32 int sum DERIVED - - 0.1 Help.\n3 int later - - - 0.2 Help.\n")
    header, tables = recgen(AWKS[0], "header", table).stdout, recgen(AWKS[0], "tables", table).stdout
    assert header.index("int64_t sum;") < header.index("int64_t later;")
    assert tables.index("IPAM_THING_LATER") < tables.index("IPAM_THING_SUM")
