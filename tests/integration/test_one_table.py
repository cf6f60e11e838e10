# test_one_table.py - one line in records.def is one field everywhere.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
"""A copy of the source is built, then one line is added to the table, `make records` and `make` run, and the field
is looked for wherever a field shows."""
import json
import os
import pathlib
import subprocess
import types

import pytest

import daemon

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINE = "40 text cost_center - 64 - 0.5 Who pays for it."
SUBNET = '{"prefix": "10.1.2.0/24", "name": "lan", "cost_center": "4711"}'
PROBE = "tests/unit/record_probe"
C_PROBE = """
#include <stdio.h>
#include <ipam/records.h>

int main(void)
{
    struct ipam_subnet s;

    s.has[0] = s.has[1] = 0;
    s.cost_center.data = "4711";
    s.cost_center.len = 4;
    IPAM_SET_FIELD(&s, IPAM_SUBNET_COST_CENTER);
    printf("%d %d %.*s\\n", IPAM_SUBNET_COST_CENTER, (int)IPAM_HAS_FIELD(&s, IPAM_SUBNET_COST_CENTER),
           (int)s.cost_center.len, s.cost_center.data);
    return 0;
}
"""


def run(*argv, cwd, check=True, **more):
    done = subprocess.run([str(a) for a in argv], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          **more)
    assert not check or done.returncode == 0, f"{argv}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
    return done


def add_line(table):
    """Puts LINE behind the last field of the subnet."""
    lines = table.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("type 3 subnet "))
    end = next(i for i in range(start + 1, len(lines)) if not lines[i].strip() or lines[i].startswith("type "))
    table.write_text("\n".join([*lines[:end], LINE, *lines[end:]]) + "\n")


def contents(folder):
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """The copy after: .source and .build; what differs from before: .changed; the probe of before: .before; what make
    said before `make records`: .refusal."""
    top = tmp_path_factory.mktemp("one-table")
    source, build = top / "source", top / "build"
    source.mkdir()
    build.mkdir()
    archive = subprocess.run(["git", "-c", "safe.directory=*", "archive", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE,
                             check=True)
    subprocess.run(["tar", "-x", "-C", source], input=archive.stdout, check=True)
    run("./autogen.sh", cwd=source)
    run(source / "configure", "-q", "CFLAGS=-O0", f"--prefix={top}/prefix", cwd=build)
    make = ["make", f"-j{os.cpu_count()}"]
    run(*make, PROBE, cwd=build)
    (build / PROBE).rename(top / "probe-before")
    old = contents(source)
    add_line(source / "include/ipam/records.def")
    refusal = run("make", "records.stamp", cwd=build, check=False)
    run("make", "records", cwd=build)
    run(*make, "records.stamp", PROBE, cwd=build)
    changed = {name for name, data in contents(source).items() if old.get(name) != data}
    run(*make, "install", cwd=build)
    return types.SimpleNamespace(source=source, build=build, changed=changed, before=top / "probe-before", refusal=refusal,
                                 prefix=top / "prefix")


@pytest.fixture
def grown(tree, make_ipamd):
    """The daemon with the field, on a database written by the one without it."""
    before = make_ipamd()
    assert before.post("/api/v1/ipam/subnets", {"prefix": "10.9.0.0/24", "name": "old"}).status == 201
    refused = before.post("/api/v1/ipam/subnets", {"prefix": "10.8.0.0/24", "cost_center": "4711"})
    assert refused.status == 422 and "cost_center" in refused.body.decode()
    before.process.stop()
    return make_ipamd(prefix=tree.prefix, folder=before.dir)


def probe(tree, form, text="", record="subnet", program=None, check=True):
    return run(program or tree.build / PROBE, record, form, cwd=tree.build, input=text, check=check)


def test_make_refuses_until_the_files_are_made_anew(tree):
    assert tree.refusal.returncode != 0
    assert "run 'make records'" in tree.refusal.stderr


def test_one_line_is_all(tree):
    """Nothing but the three generated files follows from the line."""
    assert tree.changed == {"include/ipam/records.def", "include/ipam/records.h", "core/record/tables.c",
                            "docs/man/ipam-records.5"}


def test_c_struct(tree, tmp_path):
    (tmp_path / "c_probe.c").write_text(C_PROBE)
    run("cc", "-std=c90", "-pedantic", "-Wall", "-Werror", f"-I{tree.source}/include", "c_probe.c", "-o", "c_probe",
        cwd=tmp_path)
    assert run("./c_probe", cwd=tmp_path).stdout == "40 1 4711\n"


def test_json(tree):
    assert json.loads(probe(tree, "json", SUBNET).stdout) == json.loads(SUBNET)


def test_csv(tree):
    header, row = probe(tree, "csv", SUBNET).stdout.splitlines()[:2]
    assert dict(zip(header.split(","), row.split(",")))["cost_center"] == "4711"


def test_validation(tree):
    long = probe(tree, "json", json.dumps({"prefix": "10.0.0.0/8", "cost_center": "x" * 65}), check=False)
    assert (long.returncode, long.stderr) == (1, "/cost_center must be at most 64 bytes long, not 65\n")
    wrong = probe(tree, "json", '{"prefix": "10.0.0.0/8", "cost_center": 4711}', check=False)
    assert (wrong.returncode, wrong.stderr) == (1, "/cost_center must be a string, not a number\n")
    near = probe(tree, "json", '{"prefix": "10.0.0.0/8", "costcenter": "x"}', check=False)
    assert near.stderr == '/costcenter unknown field; did you mean "cost_center"?\n'


def test_openapi_schema(tree):
    schema = json.loads(probe(tree, "schema").stdout)
    assert schema["properties"]["cost_center"] == {
        "type": "string", "maxLength": 64, "description": "Who pays for it.", "x-since": "0.5"}


def test_manual_page(tree):
    page = (tree.source / "docs/man/ipam-records.5").read_text()
    assert ".B cost_center\nWho pays for it.\n.br\nNumber 40; text; limit 64; since 0.5.\n" in page


def test_packed_form_and_helper_frame(tree):
    packed = probe(tree, "packed", SUBNET).stdout.strip()
    assert "2804" + b"4711".hex() in packed
    frame = bytes.fromhex(probe(tree, "frame", SUBNET).stdout)
    assert frame[:4] == (len(frame) - 4).to_bytes(4, "little") and frame[4:6] == b"\x03\0"
    assert frame[6:].hex() == packed
    assert json.loads(probe(tree, "unpack", packed).stdout) == json.loads(SUBNET)


def test_bytes_written_before_are_read_after(tree):
    old = json.dumps({"prefix": "10.1.2.0/24", "name": "lan"})
    packed = probe(tree, "packed", old, program=tree.before).stdout.strip()
    assert json.loads(probe(tree, "unpack", packed).stdout) == json.loads(old)


def test_program_of_before_passes_over_the_field(tree):
    packed = probe(tree, "packed", SUBNET).stdout.strip()
    shown = json.loads(probe(tree, "unpack", packed, program=tree.before).stdout)
    assert shown == {"prefix": "10.1.2.0/24", "name": "lan"}
    refused = probe(tree, "json", SUBNET, program=tree.before, check=False)
    assert refused.stderr.startswith("/cost_center unknown field")


def test_database_written_before(grown):
    assert [(s["prefix"], s["name"]) for s in grown.items("ipam/subnets")] == [("10.9.0.0/24", "old")]
    changed = grown.request("PATCH", "/api/v1/ipam/subnets/10.9.0.0_24", {"cost_center": "4711"})
    assert changed.status == 200 and changed.json()["cost_center"] == "4711"
    grown.restart()
    assert grown.get("/api/v1/ipam/subnets/10.9.0.0_24").json()["cost_center"] == "4711"


def test_rest_csv_openapi(grown):
    assert grown.post("/api/v1/ipam/subnets", json.loads(SUBNET)).json()["cost_center"] == "4711"
    assert [s["prefix"] for s in grown.items("ipam/subnets?cost_center=4711")] == ["10.1.2.0/24"]
    header, *rows = grown.get("/api/v1/ipam/subnets", headers={"Accept": "text/csv"}).body.decode().splitlines()
    assert "cost_center" in header.split(",") and any("4711" in row for row in rows)
    refused = grown.post("/api/v1/ipam/subnets", {"prefix": "10.7.0.0/24", "cost_center": "x" * 65})
    assert refused.status == 422 and refused.json()["errors"][0]["pointer"] == "/cost_center"
    document = grown.get("/api/v1/openapi.json", token=None).json()
    assert document["components"]["schemas"]["subnet"]["properties"]["cost_center"]["maxLength"] == 64


def test_command_line(grown):
    grown.ctl("subnet", "add", "10.1.2.0/24", "--cost-center", "4711")
    assert json.loads(grown.ctl("subnet", "show", "10.1.2.0/24", "-o", "json").stdout)["cost_center"] == "4711"
    assert "--cost-center" in grown.ctl("subnet", "add", "--help").stdout
