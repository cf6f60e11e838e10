# lint_test.py - each lint passes a clean tree and catches what it is there to catch.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess
import tarfile

import pytest

LINT = pathlib.Path(__file__).parent
C = "/* {0} - holds {0}.\n * Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0 */\n"
SH = "#!/bin/sh\n# {0} - holds {0}.\n# SPDX-License-Identifier: Apache-2.0\n"

CLEAN = {
    "core/layers.txt": "# layers of the test\n# SPDX-License-Identifier: Apache-2.0\nbase\nnet\nrecord index\nconf\napp\ncli: base net\nplugins: base\n",
    "core/base/vec.h": C.format("vec.h") + "int vec_len(void);\n",
    "core/base/vec.c": C.format("vec.c") + '#include "base/vec.h"\n\nint vec_len(void)\n{\n    return 0;\n}\n',
    "core/net/addr.h": C.format("addr.h") + '#include "base/vec.h"\n',
    "core/main.c": C.format("main.c") + '#include "net/addr.h"\n/* strcpy(a, b) in a comment is free */\n',
    "include/ipam/types.h": C.format("types.h") + "#include <stdint.h>\nstruct ipam_x { int32_t a; };\n",
    "plugins/acme/acme.c": C.format("acme.c") + '#include "ipam/types.h"\n',
    "core/net/log.c": C.format("log.c") + 'int f(int a)\n{\n    log_event(a, "up", "%s", f("("));\n    /* log_event(a, "down", "") */\n'
                      '    host->log(a, event, text);\n    return a;\n}\n',
    "docs/events.md": "# Events\n\n| event | level | meaning | what to do |\n|---|---|---|---|\n| `up` | info | it is up | |\n",
    "tool.sh": SH.format("tool.sh") + 'echo "$1"\n',
}


def run(lint, tree):
    return subprocess.run([LINT / lint, tree], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def plant(tree, files):
    for name, text in files.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def body(lines):
    return "int f(int a)\n{\n" + "".join(lines) + "    return a;\n}\n"


VIOLATIONS = [
    ("layers", "core/base/up.c", C.format("up.c") + '#include "net/addr.h"\n', "goes up from base"),
    ("layers", "core/record/side.c", C.format("side.c") + '#include "index/aset.h"\n', "goes sideways from record"),
    ("layers", "core/net/odd.c", C.format("odd.c") + '#include "helper/h.h"\n', "not a layer"),
    ("layers", "core/cli/c.c", C.format("c.c") + '#include "conf/conf.h"\n', "lets cli include only base net"),
    ("layers", "core/net/uv.c", C.format("uv.c") + "#include <uv.h>\n", "<uv.h> belongs to base http"),
    ("layers", "core/net/bare.c", C.format("bare.c") + '#include "vec.h"\n', "is not in this folder"),
    ("layers", "include/ipam/up.h", C.format("up.h") + '#include "base/vec.h"\n', "the ABI includes nothing"),
    ("layers", "plugins/acme/up.c", C.format("up.c") + '# include "net/addr.h"\n', "lets plugins include only base"),
    ("layers", "core/new/x.c", C.format("x.c") + '#include "base/vec.h"\n', "new is not in core/layers.txt"),
    ("banned", "core/net/b.c", C.format("b.c") + body(["    strcpy(x, y);\n"]), "b.c:5: strcpy is banned"),
    ("banned", "plugins/acme/b.c", C.format("b.c") + body(["    a = sscanf (x, y);\n"]), "sscanf is banned"),
    ("banned", "core/net/b.h", C.format("b.h") + body(["    char *p = alloca(a);\n"]), "alloca is banned"),
    ("size", "core/net/long.c", C.format("long.c") + "int x;\n" * 799, "801 lines, more than 800"),
    ("size", "core/net/wide.c", C.format("wide.c") + "/* " + "x" * 108 + "*/\n", "113 columns"),
    ("size", "core/net/fun.c", C.format("fun.c") + body(["    a++;\n"] * 150), "f has 154 lines, more than 150"),
    ("size", "core/net/cpx.c", C.format("cpx.c") + body(["    if (a) a++;\n"] * 25), "complexity 26"),
    ("headlines", "core/net/none.c", "int x;\n", "does not say the purpose"),
    ("headlines", "core/net/wrong.c", C.format("other.c"), "does not say the purpose"),
    ("headlines", "core/net/lic.c", "/* lic.c - holds lic.c. */\n", "no SPDX-License-Identifier"),
    ("headlines", "naked.sh", "#!/bin/sh\necho\n", "does not say the purpose"),
    ("vendors", "core/net/v.c", C.format("v.c") + "/* as Kea does */\n", "'Kea' names a vendor"),
    ("vendors", "include/ipam/v.h", C.format("v.h") + "int sqlite3_x;\n#define IPAM_X_BIND 1\n", "'sqlite3' names a vendor"),
    ("vendors", "core/net/w.h", C.format("w.h") + "#define IPAM_WINDOWS_X 1\n", "'WINDOWS' names a vendor"),
    ("vendors", "core/net/kea_x.c", C.format("kea_x.c"), "the file's name holds 'kea'"),
    ("paths", "tool.py", "x = '/home" + "/somebody/x'\n", "exists on one machine only"),
    ("paths", "list", "URIs: http://deb." + "debian.org/debian\n", "use the machine's own apt sources"),
    ("headers", "core/net/h.h", C.format("h.h") + "size_t h(void);\n", "does not compile alone with gcc"),
    ("headers", "include/ipam/h.h", C.format("h.h") + "// a C99 comment\n", "does not compile alone with gcc -std=c90"),
    ("headers", "include/ipam/p.h", C.format("p.h") + "struct p { int class; };\n", "does not compile alone with g++"),
    ("events", "core/net/e.c", C.format("e.c") + body(['    log_event(LOG_WARN_,\n', '        "net-lost", "%s", f(a));\n']),
     "e.c:5: the event net-lost has no row"),
    ("events", "plugins/acme/e.c", C.format("e.c") + body(['    k->host->log(k->inst, 4, "acme-odd", "text");\n']),
     "the event acme-odd has no row"),
    ("events", "core/net/h.c", C.format("h.c") + body(['    log_event(l, event ? event : "net-else", "%s", "x");\n']),
     "the event net-else has no row"),
    ("events", "core/base/died.c", C.format("died.c") + body(['    append("<3>died: signal ");\n']), "the event died has no row"),
    ("events", "docs/events.md", "| `gone` | info | it went | |\n", "events.md:1: nothing logs gone"),
    ("events", "docs/events.md", "| `gone` | info | it went |\n", "gone needs four columns"),
    ("events", "docs/events.md", "| `gone` | info | a | |\n| `gone` | info | b | |\n", "gone is there already, in line 1"),
    ("fuzz", "tests/fuzz/fuzz_x.c", C.format("fuzz_x.c"), "it has no seeds"),
    ("fuzz", "tests/fuzz/fuzz_y.c", C.format("fuzz_y.c"), "no Makefile.inc builds it"),
    ("fuzz", "tests/fuzz/corpus/z/seed", "1", "no target reads these seeds"),
    ("fuzz", "core/net/p.c", C.format("p.c") + body(["    recv(a, b, 1, 0);\n"]), "f takes apart what comes from outside; give it a row"),
    ("fuzz", "core/net/p.c", C.format("p.c") + "static bool x_parse(struct a *a)\n{\n    return a;\n}\n", "p.c:3: no fuzz target reaches x_parse"),
    ("fuzz", "tests/fuzz/parsers.tsv", "core/net/log.c\tg\tx\n", "core/net/log.c has no function g"),
    ("fuzz", "tests/fuzz/parsers.tsv", "core/net/log.c\tf\tx\n", "there is no tests/fuzz/fuzz_x.c"),
    ("fuzz", "tests/fuzz/parsers.tsv", "core/net/log.c\tf\t-\n", "and why there is none"),
    ("scripts", "bad.sh", SH.format("bad.sh") + "rm -r $1\n", "bad.sh:4:"),
]


@pytest.mark.parametrize("lint", sorted({v[0] for v in VIOLATIONS}))
def test_clean_tree_passes(lint, tmp_path):
    plant(tmp_path, CLEAN)
    got = run(lint, tmp_path)
    assert (got.returncode, got.stdout) == (0, "")


@pytest.mark.parametrize("lint,name,text,told", VIOLATIONS, ids=[v[0] + "-" + v[3][:28] for v in VIOLATIONS])
def test_violation_is_caught(lint, name, text, told, tmp_path):
    plant(tmp_path, {**CLEAN, name: text})
    got = run(lint, tmp_path)
    assert got.returncode == 1, got.stdout
    assert any(line.startswith(name + ":") and told in line for line in got.stdout.splitlines()), got.stdout


PARSER = C.format("p.c") + "int x_parse(const char *s)\n{\n    return *s;\n}\n\nstatic int on_x(void)\n{\n    return x_parse(\"\");\n}\n\n" \
    "const struct row table[] = {\n    { \"x\", on_x },\n};\n"


@pytest.mark.parametrize("calls,row,told", [
    ("x_parse(data)", "x_parse\tx", None), ("table[0].run()", "x_parse\tx", None), ("f(1)", "x_parse\tx", "fuzz_x does not reach x_parse"),
    ("f(1)", "*\t-\tnobody calls it", None), ("f(1)", "on_x\t-\tnobody calls it", "no fuzz target reaches x_parse"),
])
def test_a_parser_without_a_target_is_found(calls, row, told, tmp_path):
    plant(tmp_path, {**CLEAN, "core/net/p.c": PARSER, "tests/fuzz/parsers.tsv": f"core/net/p.c\t{row}\n",
                     "tests/fuzz/fuzz_x.c": C.format("fuzz_x.c") + body([f"    {calls};\n"]), "tests/fuzz/corpus/x/seed": "1",
                     "tests/fuzz/README.md": "| `fuzz_x` | x | |\n", "tests/fuzz/Makefile.inc": "tests_fuzz_fuzz_x_SOURCES = x\n"})
    got = run("fuzz", tmp_path)
    assert (got.returncode, told or "") == (1 if told else 0, told or "") and (told or "") in got.stdout, got.stdout


@pytest.mark.parametrize("source,told", [
    ("const int *ipam_plugin_v0(void); const int *ipam_plugin_v0(void) { return 0; } int leak;", "ipam_plugin_v0, leak"),
    ("static int x; int other(void); int other(void) { return x; }", "exports other"),
    ("const int *ipam_plugin_v0(void); const int *ipam_plugin_v0(void) { return 0; }", None),
])
def test_exports(source, told, tmp_path):
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", tmp_path / "acme.so"],
                   input=source, text=True, check=True)
    got = run("exports", tmp_path)
    assert (got.returncode, told or "") == (1 if told else 0, told or "") and (told or "") in got.stdout


@pytest.mark.parametrize("left_out,told", [((), ""), (("docs/a.md",), "docs/a.md:0: is not in the archive; add it to EXTRA_DIST\n")])
def test_archive(left_out, told, tmp_path):
    plant(tmp_path, {"README.md": "x", "docs/a.md": "y"})
    (tmp_path / "build").mkdir()
    with tarfile.open(tmp_path / "build/ipamd-1.tar.xz", "w:xz") as archive:
        for name in {"README.md", "docs/a.md"} - set(left_out):
            archive.add(tmp_path / name, f"ipamd-1/{name}")
    got = run("archive", tmp_path)
    assert (got.returncode, got.stdout) == (bool(told), told)


JUNIT = '<testsuites><testsuite>{}</testsuite></testsuites>'
CASE = '<testcase file="tests/t.py" name="{}">{}</testcase>'
CMOCKA = "[==========] Running\n[ RUN      ] test_c\n[ {:^8} ] test_c\n[==========] end\n"


def accept(tree, c="OK", py="", table="It starts.\ttests/t.py::test_a\tpytest\nIt counts.\ttests/t.c::test_c\tmake\n"):
    plant(tree, {"tests/acceptance.tsv": "# sentence, test, command\n" + table,
                 "tests/t.py": "def test_a():\n    pass\n", "tests/t.c": "static void test_c(void **state)\n",
                 "out/p.xml": JUNIT.format(CASE.format("test_a[1]", "") + CASE.format("test_a[2]", py)),
                 "out/tests/t.trs": ":test-result: " + ("FAIL" if c in ("FAILED", "") else "PASS"), "out/tests/t.log": CMOCKA.format(c)})
    return (subprocess.run([LINT / "acceptance", tree, tree / "out"], stdout=subprocess.PIPE, text=True).stdout,
            subprocess.run([LINT / "totals", tree / "out"], stdout=subprocess.PIPE, text=True))


@pytest.mark.parametrize("how,told,total", [
    ({}, "", "3 passed, 0 failed, 0 skipped"),
    ({"c": "FAILED"}, "'It counts.': tests/t.c::test_c was failed", "2 passed, 1 failed, 0 skipped"),
    ({"c": ""}, "'It counts.': tests/t.c::test_c was not run", "2 passed, 1 failed, 0 skipped"),
    ({"py": "<failure/>"}, "'It starts.': tests/t.py::test_a was failed and passed", "2 passed, 1 failed, 0 skipped"),
    ({"py": "<skipped/>"}, "", "2 passed, 0 failed, 1 skipped"),
    ({"c": "SKIPPED"}, "'It counts.': tests/t.c::test_c was skipped", "2 passed, 0 failed, 1 skipped"),
    ({"c": "SKIPPED", "table": "# may be skipped: tests/t.c - no such server\nIt counts.\ttests/t.c::test_c\tmake\n"}, "",
     "2 passed, 0 failed, 1 skipped"),
    ({"c": "FAILED", "table": "# may be skipped: tests/t.c - no such server\nIt counts.\ttests/t.c::test_c\tmake\n"},
     "tests/t.c::test_c was failed", "2 passed, 1 failed, 0 skipped"),
    ({"table": "No.\ttests/t.py::test_b\tx\n"}, "tests/t.py defines no test test_b", "3 passed, 0 failed, 0 skipped"),
    ({"table": "No.\ttests/u.py::test_b\tx\n"}, "there is no file tests/u.py", "3 passed, 0 failed, 0 skipped"),
    ({"table": "No. tests/t.py::test_a x\n"}, "not three columns", "3 passed, 0 failed, 0 skipped"),
])
def test_acceptance_and_totals(how, told, total, tmp_path):
    findings, totals = accept(tmp_path, **how)
    assert told in findings and bool(told) == bool(findings)
    assert totals.stdout.splitlines()[-1] == total
    assert (totals.returncode == 0) == (" 0 failed" in total)


# One kind with one operation beyond the common one, one type with two fields, and a document of every line.
INTERFACE = {
    "include/ipam/ops.h": C.format("ops.h") + "#define IPAM_CAP_X 1\nstruct ipam_ops {\n    void (*probe)(void *ctx);\n};\n",
    "include/ipam/dns.h": C.format("dns.h") + "struct ipam_dns_ops {\n    struct ipam_ops common;\n    void (*act)(void *ctx);\n};\n",
    "include/ipam/records.def": "type 1 zone zones - wire none 0.1 A zone.\n1 text name - 9 - 0.1 Name.\n"
                                "2 enum:up,down state - - - 0.1 State.\n",
}
LINE = "| {} | what | dns | `dns.act`, `probe` | `zone.name`, `zone.state=up`, `zone`, `ipam_ops` | `IPAM_CAP_X` |\n"


def document(**changed):
    lines = {n: LINE.format(n) for n in range(103, 156)}
    lines.update({int(n[1:]): text for n, text in changed.items()})
    return "# Operations, as `include/ipam/dns.h` has them\n\n" + "".join(lines.values())


@pytest.mark.parametrize("text,told", [
    (document(), None),
    (document(n110=LINE.format(110).replace("dns.act", "dns.leap")), ":10: dns has no operation and no field leap"),
    (document(n110=LINE.format(110).replace("zone.name", "zone.nome")), ":10: zone has no operation and no field nome"),
    (document(n110=LINE.format(110).replace("=up", "=left")), ":10: zone.state has no value left"),
    (document(n110=LINE.format(110).replace("`zone`", "`zones`")), ":10: no type and no common operation is called zones"),
    (document(n110=LINE.format(110).replace("ipam_ops", "ipam_opt")), ":10: no header has a struct ipam_opt"),
    (document(n110=LINE.format(110).replace("_CAP_X", "_CAP_Y")), ":10: no header defines IPAM_CAP_Y"),
    (document(n110=LINE.format(110).replace("`zone`", "`Zone no 1`")), ":10: 'Zone no 1' is no name of the interface"),
    (document() + "See `include/ipam/dhcp.h`.\n", ":56: there is no include/ipam/dhcp.h"),
    (document().replace("`dns.act`", "act"), ":1: the operation dns.act is not in the document"),
    (document().replace("`probe`", "probing"), ":1: the operation probe is not in the document"),
    (document(n155=""), ":1: line 155 is missing"),
    (document(n155=LINE.format(155) + LINE.format(103)), ":56: line 103 is there already"),
    (document(n155=LINE.format(155) + LINE.format(156)), ":56: line 156 is none that providers have a part in"),
    (document(n103=LINE.format(103).replace("what", " ")), ":3: line 103 needs six columns"),
], ids=lambda x: (x or "right")[-40:])
def test_operations(text, told, tmp_path):
    plant(tmp_path, {**INTERFACE, "sdk/docs/operations.md": text})
    got = run("operations", tmp_path)
    assert got.returncode == (1 if told else 0), got.stdout
    assert got.stdout.startswith("sdk/docs/operations.md" + told) if told else got.stdout == ""


# A header with each form of member, the records, and the assertions about both.
ABI = {
    "include/ipam/types.h": C.format("types.h") + """#ifndef IPAM_TYPES_H
#define IPAM_TYPES_H
#define IPAM_X 1
#define IPAM_NAME "x"
#define IPAM_X_CAP_ACT(verb) ((uint64_t)1 << (verb))
#define IPAM_HAS(p, m) ((p)->m)
struct ipam_x {
    uint32_t size, kind; /* one, two */
    uint8_t id[16];
    int32_t (*call)(void *ctx, uint32_t number);
};
#endif
""",
    "include/ipam/records.h": C.format("records.h") + "#define IPAM_T_ZONE 1\nstruct ipam_zone {\n    int64_t id;\n};\n#define IPAM_ZONE_ID 1\n",
    "tests/abi/layout.c": C.format("layout.c") + """SIZE(ipam_x, 32);
PLACE(ipam_x, size, 0);
PLACE(ipam_x, kind, 4);
PLACE(ipam_x, id, 8);
PLACE(ipam_x, call, 24);
VALUE(IPAM_X, 1);
TEXT(IPAM_NAME, "x");
VALUE(IPAM_X_CAP_ACT(1), 2);
HEAD(ipam_zone, IPAM_T_ZONE, 1, id);
""",
}


@pytest.mark.parametrize("without,told", [
    ("", None),
    ("SIZE(ipam_x, 32);", "types.h:9: struct ipam_x is not asserted"),
    ("PLACE(ipam_x, size, 0);", "types.h:9: size of struct ipam_x is not asserted"),
    ("PLACE(ipam_x, kind, 4);", "types.h:9: kind of struct ipam_x is not asserted"),
    ("PLACE(ipam_x, id, 8);", "types.h:9: id of struct ipam_x is not asserted"),
    ("PLACE(ipam_x, call, 24);", "types.h:9: call of struct ipam_x is not asserted"),
    ("VALUE(IPAM_X, 1);", "types.h:5: IPAM_X is not asserted"),
    ('TEXT(IPAM_NAME, "x");', "types.h:6: IPAM_NAME is not asserted"),
    ("VALUE(IPAM_X_CAP_ACT(1), 2);", "types.h:7: IPAM_X_CAP_ACT is not asserted"),
    ("HEAD(ipam_zone, IPAM_T_ZONE, 1, id);", "records.h:4: struct ipam_zone is not asserted"),
    ("ipam_zone, IPAM_T_ZONE, 1, id", "records.h:3: IPAM_T_ZONE is not asserted"),
])
def test_layout(without, told, tmp_path):
    layout = ABI["tests/abi/layout.c"]
    assert without in layout
    plant(tmp_path, {**ABI, "tests/abi/layout.c": layout.replace(without, "") if without else layout})
    got = run("layout", tmp_path)
    assert got.returncode == (1 if told else 0), got.stdout
    assert "include/ipam/" + told in got.stdout if told else got.stdout == ""
