# recgen.awk - makes the record structs, the record tables and their manual page from records.def.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
#
#   awk -v out=header|tables|man -f recgen.awk records.def
#
# POSIX awk (Debian's mawk has neither intervals in regular expressions nor long sprintf results). The whole table is
# read and checked first; anything wrong is told as FILE:LINE: MESSAGE on stderr, and then nothing is printed
# and the status is 1. The columns are described at the top of records.def.

BEGIN {
    WIDTH = 110
    nwords = split("size type has rest", words)
    for (i = 1; i <= nwords; i++) reserved[words[i]] = 1
    # Words of C, C++ and of gcc's GNU mode that cannot name a member; it gets a trailing underscore then.
    nwords = split("auto break case char const continue default do double else enum extern float for goto if inline int " \
        "long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile " \
        "while alignas alignof and asm bool catch class compl concept constexpr delete dynamic_cast explicit export " \
        "false friend module mutable namespace new noexcept not nullptr operator or private protected public requires " \
        "template this thread_local throw true try typeid typename typeof using virtual wchar_t xor linux unix errno", words)
    for (i = 1; i <= nwords; i++) reserved[words[i]] = 1

    split("int time percent ref", words); for (i in words) ctype[words[i]] = "int64_t"
    ctype["bool"] = ctype["enum"] = "uint32_t"
    ctype["text"] = ctype["json"] = "struct ipam_str"
    ctype["bytes"] = "struct ipam_bytes"
    ctype["addr"] = "struct ipam_addr"
    ctype["prefix"] = "struct ipam_prefix"
    ctype["u128"] = "struct ipam_u128"
    ctype["texts"] = "struct ipam_strs"
    ctype["ints"] = "struct ipam_ints"
    ctype["addrs"] = "struct ipam_addrs"
    split("text bytes json texts ints addrs", words); for (i in words) sized[words[i]] = 1

    nflags = split("KEY CONTAINER REQUIRED FIXED INDEXED READONLY VOLATILE SECRET DERIVED PHRASES", flagname)
    for (i = 1; i <= nflags; i++) isflag[flagname[i]] = 1
    class["record"] = "CLASS_RECORD"; class["observed"] = "CLASS_OBSERVED"
    class["log"] = "CLASS_LOG"; class["wire"] = "CLASS_WIRE"
    residency["resident"] = "RES_RESIDENT"; residency["indexed"] = "RES_INDEXED"
    residency["stored"] = "RES_STORED"; residency["none"] = "RES_NONE"
    if (out != "header" && out != "tables" && out != "man") {
        print "recgen.awk: say -v out=header, tables or man" > "/dev/stderr"
        failed = 1
        exit 1
    }
}

/^[ \t]*(#|$)/ { next }
$1 == "type"   { read_type(); next }
               { read_field() }

END {
    if (failed) exit 1
    if (ntypes == 0) complain("no record is described")
    check_types()
    if (failed) exit 1
    if (out == "header") print_header()
    else if (out == "tables") print_tables()
    else print_man()
}

# --- reading -------------------------------------------------------------------------------------------------

function complain_at(line, message) {
    print FILENAME ":" line ": " message > "/dev/stderr"
    failed = 1
}

function complain(message) { complain_at(FNR, message) }

# The text from column `first` to the end of the line, its inner white space as it is.
function tail(first,    text, i) {
    text = $0
    sub(/^[ \t]+/, "", text)
    for (i = 1; i < first; i++) sub(/^[^ \t]+[ \t]*/, "", text)
    sub(/[ \t]+$/, "", text)
    return text
}

function check_help(text) {
    if (text == "") complain("the help is missing; it ends the line")
    else if (text ~ /\*\/|\/\*/) complain("the help must not begin or end a comment")
    else if (text ~ /[^ -~]/ || text ~ /\\/) complain("the help must be printable ASCII without backslashes")
    else if (text !~ /[.]$/) complain("the help must end with a full stop")
}

function check_since(text) {
    if (text !~ /^[0-9]+[.][0-9]+$/) { complain("since '" text "' must be MAJOR.MINOR"); return 0 }
    return 1
}

# Order of two versions.
function version(text,    part) { split(text, part, "."); return part[1] * 1000 + part[2] }

function read_type(    n) {
    ntypes++
    nfields[ntypes] = 0
    number = $2; t_line[ntypes] = FNR
    if (NF < 8) { complain("a type line is: type NUMBER NAME PLURAL GROUP CLASS RESIDENCY SINCE HELP"); return }
    if (number !~ /^[1-9][0-9]*$/ || number + 0 > 255) complain("type number '" number "' must be 1 to 255")
    if (number in type_line) complain("type number " number " is taken by line " type_line[number])
    else if (ntypes > 1 && number + 0 < t_number[ntypes - 1] + 0) complain("type number " number " is not in ascending order")
    type_line[number] = FNR
    if ($3 !~ /^[a-z][a-z0-9_]*$/) complain("type name '" $3 "' must be lower-case letters, digits and _")
    if ($4 !~ /^[a-z][a-z0-9-]*$/) complain("plural '" $4 "' must be lower-case letters, digits and -")
    if ($3 in type_named) complain("type name '" $3 "' is taken by line " type_named[$3])
    if (($5, $4) in plural_named) complain("plural '" $4 "' of " $5 " is taken by line " plural_named[$5, $4])
    type_named[$3] = FNR; plural_named[$5, $4] = FNR
    if ($5 != "-" && $5 !~ /^[a-z][a-z\/-]*$/) complain("group '" $5 "' must be a path of lower-case letters, or -")
    if (!($6 in class)) complain("class '" $6 "' must be record, observed, log or wire")
    if (!($7 in residency)) complain("residency '" $7 "' must be resident, indexed, stored or none")
    if (($6 == "wire") != ($7 == "none")) complain("residency none and class wire go together")
    check_since($8)
    check_help(tail(9))
    t_number[ntypes] = number; t_name[ntypes] = $3; t_plural[ntypes] = $4; t_group[ntypes] = $5
    t_class[ntypes] = $6; t_residency[ntypes] = $7; t_since[ntypes] = $8; t_help[ntypes] = tail(9)
    claim_macro("IPAM_T_" toupper($3))
}

function read_field(    t, n) {
    if (ntypes == 0) { complain("the line is before the first type line"); return }
    if (NF < 7) { complain("a field line is: NUMBER KIND NAME FLAGS LIMIT UNIT SINCE HELP"); return }
    t = ntypes; n = ++nfields[t]
    f_line[t, n] = FNR
    f_number[t, n] = $1; f_name[t, n] = $3; f_flags[t, n] = $4; f_limit[t, n] = $5
    f_unit[t, n] = $6; f_since[t, n] = $7; f_help[t, n] = tail(8)
    if ($1 !~ /^[1-9][0-9]*$/ || $1 + 0 > 127) complain("field number '" $1 "' must be 1 to 127")
    if ((t, $1) in number_line) complain("field number " $1 " is taken by line " number_line[t, $1])
    number_line[t, $1] = FNR
    if ($3 !~ /^[a-z][a-z0-9_]*$/) complain("field name '" $3 "' must be lower-case letters, digits and _")
    if ((t, $3) in name_line) complain("field name '" $3 "' is taken by line " name_line[t, $3])
    name_line[t, $3] = FNR
    claim_macro("IPAM_" toupper(t_name[t] "_" $3))
    read_kind(t, n, $2)
    check_flags(t, n)
    check_order(t, n)
    check_limit(t, n)
    if ($6 !~ /^[a-zA-Z%\/-]+$/) complain("unit '" $6 "' must be letters or %, or - for none")
    if (check_since($7) && n > 1 && version($7) < version(f_since[t, n - 1]))
        complain("since " $7 " is older than the line above: new fields go at the end, where they move no other")
    check_help(f_help[t, n])
}

# Splits enum:a,b and ref:TYPE.
function read_kind(t, n, text,    colon, i, names, count, seen) {
    colon = index(text, ":")
    f_kind[t, n] = colon ? substr(text, 1, colon - 1) : text
    f_of[t, n] = colon ? substr(text, colon + 1) : ""
    if (!(f_kind[t, n] in ctype)) { complain("unknown kind '" text "'"); return }
    if (f_kind[t, n] == "enum") {
        count = split(f_of[t, n], names, ",")
        if (count == 0) complain("an enum needs names: enum:a,b")
        for (i = 1; i <= count; i++) {
            if (names[i] !~ /^[a-z][a-z0-9-]*$/) complain("enum name '" names[i] "' must be lower-case letters, digits and -")
            if (names[i] in seen) complain("enum name '" names[i] "' is there twice")
            seen[names[i]] = 1
            claim_macro(enum_macro(t, n, names[i]))
        }
    } else if (f_kind[t, n] == "ref") {
        if (f_of[t, n] == "") complain("a ref needs its type: ref:TYPE")
    } else if (colon) {
        complain("kind '" f_kind[t, n] "' takes nothing after it")
    }
}

function has_flag(t, n, flag) { return index("+" f_flags[t, n] "+", "+" flag "+") > 0 }

function check_flags(t, n,    i, names, count, seen) {
    if (f_flags[t, n] == "-") return
    count = split(f_flags[t, n], names, "+")
    for (i = 1; i <= count; i++) {
        if (!(names[i] in isflag)) complain("unknown flag '" names[i] "'")
        if (names[i] in seen) complain("flag " names[i] " is there twice")
        seen[names[i]] = 1
    }
    if ("DERIVED" in seen && count > 1) complain("a DERIVED field has no other flag")
    if ("READONLY" in seen && ("REQUIRED" in seen || "FIXED" in seen))
        complain("READONLY excludes REQUIRED and FIXED: no client sets it")
    if ("SECRET" in seen && ("KEY" in seen || "INDEXED" in seen)) complain("a SECRET field cannot be KEY or INDEXED")
    if (("KEY" in seen || "INDEXED" in seen) && f_kind[t, n] ~ /^(texts|ints|addrs|json)$/)
        complain("a list or json cannot be KEY or INDEXED: it has no order")
    if ("CONTAINER" in seen && f_kind[t, n] != "ref") complain("CONTAINER is for a ref")
    if (t_class[t] == "wire" && ("DERIVED" in seen || "INDEXED" in seen)) complain("a wire record is neither stored nor computed")
}

# Struct members stand in the order of the lines, so new lines go at the end. Numbers ascend among the stored
# and among the derived fields: a stored field may follow the derived ones with a smaller number.
function check_order(t, n,    derived) {
    derived = has_flag(t, n, "DERIVED")
    if ((t, derived) in last_number && f_number[t, n] + 0 < last_number[t, derived])
        complain("field number " f_number[t, n] " is not in ascending order")
    last_number[t, derived] = f_number[t, n] + 0
    if (t_class[t] == "wire") return
    if (n == 1 && !(f_number[t, n] == "1" && f_kind[t, n] == "int" && f_name[t, n] == "id"))
        complain("the first field of a stored record must be '1 int id'")
    if (n == 2 && !(f_number[t, n] == "2" && f_kind[t, n] == "int" && f_name[t, n] == "rev"))
        complain("the second field of a stored record must be '2 int rev'")
}

function check_limit(t, n,    limit, dots) {
    limit = f_limit[t, n]
    if (f_kind[t, n] in sized) {
        if (limit !~ /^[1-9][0-9]*$/ || limit + 0 > 1048576)
            complain("limit '" limit "' of a " f_kind[t, n] " must be 1 to 1048576: what comes from outside is bounded")
    } else if (limit == "-") {
        return
    } else if (f_kind[t, n] == "int") {
        dots = index(limit, "..")
        if (limit !~ /^-?[0-9]+[.][.]-?[0-9]+$/ || substr(limit, 1, dots - 1) + 0 > substr(limit, dots + 2) + 0)
            complain("limit '" limit "' of an int must be MIN..MAX")
    } else {
        complain("kind '" f_kind[t, n] "' has no limit: write -")
    }
}

function claim_macro(name) {
    if (name in macro_line) complain("its constant " name " is the one of line " macro_line[name])
    macro_line[name] = FNR
}

# What can be judged only when everything is known.
function check_types(    t, n) {
    for (t = 1; t <= ntypes; t++) {
        if (nfields[t] < 2 && t_class[t] != "wire") complain_at(t_line[t], "a stored record needs '1 int id' and '2 int rev'")
        if (nfields[t] == 0) complain_at(t_line[t], "a record needs at least one field")
        for (n = 1; n <= nfields[t]; n++)
            if (f_kind[t, n] == "ref" && !(f_of[t, n] in type_named))
                complain_at(f_line[t, n], "ref to unknown type '" f_of[t, n] "'")
    }
}

# --- names ---------------------------------------------------------------------------------------------------

function constant(text) { text = toupper(text); gsub(/-/, "_", text); return text }
function type_macro(t) { return "IPAM_T_" constant(t_name[t]) }
function field_macro(t, n) { return "IPAM_" constant(t_name[t] "_" f_name[t, n]) }
function enum_macro(t, n, name) { return field_macro(t, n) "_" constant(name) }
function member(t, n) { return f_name[t, n] (f_name[t, n] in reserved ? "_" : "") }

# The indices of a record's fields in ascending order of number, in order[1..nfields].
function sort_fields(t, order,    i, j, keep) {
    for (i = 1; i <= nfields[t]; i++) order[i] = i
    for (i = 2; i <= nfields[t]; i++) {
        keep = order[i]
        for (j = i - 1; j >= 1 && f_number[t, order[j]] + 0 > f_number[t, keep] + 0; j--) order[j + 1] = order[j]
        order[j + 1] = keep
    }
}

# Prints text in lines of at most WIDTH columns: `first` before the first, `other` before the rest, `end` after all.
function wrap(first, other, text, end,    words, count, i, line) {
    count = split(text, words, / /)
    line = first words[1]
    for (i = 2; i <= count; i++) {
        if (length(line) + 1 + length(words[i]) + (i == count ? length(end) : 0) > WIDTH) {
            print line
            line = other words[i]
        } else {
            line = line " " words[i]
        }
    }
    print line end
}

# --- records.h -----------------------------------------------------------------------------------------------

function print_header(    t) {
    print "/* records.h - the records as plain structs. Made from records.def by `make records`; do not edit."
    print " * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0"
    print " *"
    print " * Every struct begins with the members of struct ipam_record. For each field there is its number,"
    print " * IPAM_TYPE_FIELD, for IPAM_HAS_FIELD and IPAM_SET_FIELD: a field counts only when its bit is set. The values"
    print " * of an enum are IPAM_TYPE_FIELD_NAME, from 0; a bool is 0 or 1; a time is in milliseconds since 1970 UTC; a"
    print " * percent is in hundredths. A member whose name is a word of C or C++ or one of the head ends in an"
    print " * underscore (`size_`). Members are appended only: their order is that of the table, not of the numbers. */"
    print "#ifndef IPAM_RECORDS_H"
    print "#define IPAM_RECORDS_H"
    print ""
    print "#include \"ipam/types.h\""
    print ""
    print "#ifdef __cplusplus"
    print "extern \"C\" {"
    print "#endif"
    print ""
    print "/* Types of records: the `type` of the head. */"
    for (t = 1; t <= ntypes; t++) printf "#define %s %d\n", type_macro(t), t_number[t]
    for (t = 1; t <= ntypes; t++) print_struct(t)
    print ""
    print "#ifdef __cplusplus"
    print "}"
    print "#endif"
    print "#endif"
}

function print_struct(t,    n, i, names, count, line, comment) {
    print ""
    wrap("/* ", " * ", t_help[t] " Since " t_since[t] ".", " */")
    print "struct ipam_" t_name[t] " {"
    print "    uint32_t size, type; /* " type_macro(t) " */"
    print "    uint64_t has[2];"
    print "    struct ipam_bytes rest;"
    for (n = 1; n <= nfields[t]; n++) {
        line = sprintf("    %s %s;", ctype[f_kind[t, n]], member(t, n))
        comment = "since " f_since[t, n] "; " f_help[t, n] (f_unit[t, n] == "-" ? "" : " Unit: " f_unit[t, n] ".")
        if (length(line) < 36) line = sprintf("%-36s", line)
        wrap(line " /* ", sprintf("%-36s  * ", ""), comment, " */")
    }
    print "};"
    for (n = 1; n <= nfields[t]; n++) {
        printf "#define %s %d\n", field_macro(t, n), f_number[t, n]
        if (f_kind[t, n] != "enum") continue
        count = split(f_of[t, n], names, ",")
        for (i = 1; i <= count; i++) printf "#define %s %d\n", enum_macro(t, n, names[i]), i - 1
    }
}

# --- tables.c ------------------------------------------------------------------------------------------------

function quote(text) { gsub(/"/, "\\\"", text); return "\"" text "\"" }

function flag_expr(t, n,    names, count, i, text) {
    if (f_flags[t, n] == "-") return "0"
    count = split(f_flags[t, n], names, "+")
    for (i = 1; i <= count; i++) text = text (i > 1 ? " | " : "") "FIELD_" names[i]
    return text
}

function range_expr(t, n,    dots) {
    if (f_limit[t, n] == "-") return "1, 0"
    if (f_kind[t, n] in sized) return "0, " f_limit[t, n]
    dots = index(f_limit[t, n], "..")
    return substr(f_limit[t, n], 1, dots - 1) ", " substr(f_limit[t, n], dots + 2)
}

function print_tables(    t) {
    print "/* tables.c - the records as tables for generic code. Made from records.def by `make records`; do not edit."
    print " * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */"
    print "#include <stddef.h>"
    print ""
    print "#include \"record/tables.h\""
    for (t = 1; t <= ntypes; t++) print_fields(t)
    print ""
    print "const struct record_type record_table[] = {"
    for (t = 1; t <= ntypes; t++) {
        print "    { " type_macro(t) ", sizeof(struct ipam_" t_name[t] "), " class[t_class[t]] ", " residency[t_residency[t]] ","
        print "      " quote(t_name[t]) ", " quote(t_plural[t]) ", " (t_group[t] == "-" ? "NULL" : quote(t_group[t])) ", " \
            quote(t_since[t]) ","
        print "      " quote(t_help[t]) ","
        print "      " t_name[t] "_fields, sizeof(" t_name[t] "_fields) / sizeof(" t_name[t] "_fields[0]) },"
    }
    print "};"
    print "const unsigned record_table_count = sizeof(record_table) / sizeof(record_table[0]);"
    print ""
    print "const uint8_t record_table_place[256] = {"
    for (t = 1; t <= ntypes; t++) printf "    [%s] = %d,\n", type_macro(t), t
    print "};"
}

function print_fields(t,    n, i, k, names, count, order) {
    print ""
    for (n = 1; n <= nfields[t]; n++) {
        if (f_kind[t, n] != "enum") continue
        count = split(f_of[t, n], names, ",")
        printf "static const char *const %s_%s_names[] = { ", t_name[t], f_name[t, n]
        for (i = 1; i <= count; i++) printf "%s, ", quote(names[i])
        print "NULL };"
    }
    print "static const struct record_field " t_name[t] "_fields[] = {"
    sort_fields(t, order)
    for (k = 1; k <= nfields[t]; k++) {
        n = order[k]
        print "    { " field_macro(t, n) ", KIND_" toupper(f_kind[t, n]) ", " flag_expr(t, n) ","
        print "      offsetof(struct ipam_" t_name[t] ", " member(t, n) "), " range_expr(t, n) ","
        print "      " quote(f_name[t, n]) ", " quote(f_unit[t, n] == "-" ? "" : f_unit[t, n]) ", " quote(f_since[t, n]) ","
        print "      " quote(f_help[t, n]) ","
        print "      " (f_kind[t, n] == "enum" ? t_name[t] "_" f_name[t, n] "_names" : "NULL") ", " \
            (f_kind[t, n] == "ref" ? "IPAM_T_" constant(f_of[t, n]) : "0") " },"
    }
    print "};"
}

# --- ipam-records.5 ------------------------------------------------------------------------------------------

# Escapes text for roff.
function roff(text) {
    gsub(/-/, "\\-", text)
    gsub(/'/, "\\(aq", text)
    return text ~ /^[.]/ ? "\\&" text : text
}

function print_man(    t) {
    print ".\\\" ipam-records.5 - the records and their fields. Made from records.def by `make records`; do not edit."
    print ".\\\" Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0"
    print ".TH IPAM-RECORDS 5 \"\" ipamd ipamd"
    print ".SH NAME"
    print "ipam\\-records \\- the records of ipamd and their fields"
    print ".SH DESCRIPTION"
    print "Everything ipamd knows is kept in records of the types below. Each field is listed with its number, kind and limit, with"
    print "what a client may do with it, and with the version it came with. In JSON and CSV a field is written under its name; the"
    print "numbers are those of the binary form. Absent fields are left out."
    print ".SS Kinds"
    kind_line("int", "a whole number; limits are inclusive.")
    kind_line("time", "RFC 3339 text; kept in milliseconds UTC.")
    kind_line("bool", "true or false.")
    kind_line("enum", "one of the names given.")
    kind_line("text", "UTF-8 text without control characters but line feed and tab; the limit is in bytes.")
    kind_line("bytes", "bytes as hexadecimal text, aa:bb:cc; the limit is in bytes.")
    kind_line("addr", "an IPv4 or IPv6 address.")
    kind_line("prefix", "ADDRESS/LENGTH without host bits.")
    kind_line("u128", "a count up to 2^128\\-1, a string of decimal digits in JSON.")
    kind_line("percent", "a number with two decimals.")
    kind_line("json", "any JSON value; the limit is in bytes.")
    kind_line("texts, ints, addrs", "lists; the limit is the number of items.")
    kind_line("ref", "the id of another record.")
    print ".SS Flags"
    kind_line("KEY", "part of the natural key, which is unique within its container.")
    kind_line("CONTAINER", "the container of the natural key.")
    kind_line("REQUIRED", "must be given when the record is made.")
    kind_line("FIXED", "can be given when the record is made, and not be changed later.")
    kind_line("INDEXED", "can be searched for in the storage.")
    kind_line("READONLY", "set by ipamd alone.")
    kind_line("VOLATILE", "its change alone makes no new version of the record.")
    kind_line("SECRET", "is never shown.")
    kind_line("DERIVED", "computed when the record is read.")
    kind_line("PHRASES", "items of the list may have blanks: as text they are separated by line ends.")
    print ".SH RECORDS"
    for (t = 1; t <= ntypes; t++) print_man_type(t)
    print ".SH SEE ALSO"
    print ".BR ipamd (8),"
    print ".BR ipamctl (1)"
}

function kind_line(name, text) {
    print ".TP"
    print ".B " name
    print text
}

function man_kind(t, n,    text) {
    if (f_kind[t, n] == "ref") return "id of a " f_of[t, n]
    if (f_kind[t, n] != "enum") return f_kind[t, n]
    text = f_of[t, n]
    gsub(/,/, ", ", text)
    return "one of " text
}

function print_man_type(t,    k, n, order, text) {
    print ".SS " roff(t_name[t])
    print roff(t_help[t])
    print ".br"
    text = "Record type " t_number[t] ", class " t_class[t] ", since " t_since[t] "."
    if (t_group[t] != "-") text = text " REST: /api/v1/" t_group[t] "/" t_plural[t] "."
    print roff(text)
    sort_fields(t, order)
    for (k = 1; k <= nfields[t]; k++) {
        n = order[k]
        print ".TP"
        print ".B " roff(f_name[t, n])
        print roff(f_help[t, n])
        print ".br"
        text = "Number " f_number[t, n] "; " man_kind(t, n)
        if (f_limit[t, n] != "-") text = text "; limit " f_limit[t, n]
        if (f_unit[t, n] != "-") text = text "; unit " f_unit[t, n]
        if (f_flags[t, n] != "-") { text = text "; " f_flags[t, n]; gsub(/[+]/, " ", text) }
        print roff(text "; since " f_since[t, n] ".")
    }
}
