# test_plugin_manual.py - the manual page and the sample that a plugin's own descriptor gives.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import shutil
import subprocess

import pytest

import daemon

HOST = daemon.PREFIX / "libexec" / "ipamd" / "ipam-provider-host"
PROVIDERS = daemon.PREFIX / "lib" / "ipamd" / "providers"
TEMPLATE = daemon.PREFIX / "share" / "ipamd" / "template" / "c"
KEPT = ["kea", "reach", "sqlite"]    # whose pages and samples are in the tree
INSTALLED = sorted(p.stem for p in PROVIDERS.glob("*.so"))


def host(*args, **more):
    return subprocess.run([HOST, *args], stdin=subprocess.DEVNULL, stdout=more.pop("stdout", subprocess.PIPE),
                          stderr=subprocess.PIPE, text=True, timeout=30)


@pytest.fixture
def acme(tmp_path):
    """The plugin that the SDK's template makes: one with options that are required."""
    folder = shutil.copytree(TEMPLATE, tmp_path / "acme")
    subprocess.run(["make", "-C", folder, "NAME=acme", f"HOST={HOST}", f"CFLAGS=-O0 -I{daemon.PREFIX}/include"], check=True,
                   stdout=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin",
                                                   "PKG_CONFIG_PATH": str(daemon.PREFIX / "lib" / "pkgconfig")})
    shutil.copyfile(folder / "acme.so", PROVIDERS / "acme.so")
    yield "acme"
    (PROVIDERS / "acme.so").unlink()


def options_of(name):
    return json.loads(host("--describe", name).stdout)["options"]


def check_page(name, tmp_path):
    page = host("--manual", name).stdout
    path = tmp_path / f"ipam-{name}.5"
    path.write_text(page)
    run = subprocess.run(["groff", "-K", "utf8", "-T", "utf8", "-P", "-cbou", "-man", "-ww", path], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    assert run.returncode == 0 and "warning" not in run.stdout and str(path) not in run.stdout, run.stdout
    words = " ".join(run.stdout.split())
    for part in ("NAME", "DESCRIPTION", "OPTIONS", "EXAMPLE", "FILES", "SEE ALSO"):
        assert f"\n{part}\n" in "\n" + run.stdout, part
    for option in options_of(name):
        assert f" {option['name']} " in words, option
        assert not option["required"] or "required" in words


def check_sample(name, tmp_path, beside):
    """It is taken by --check-config as a drop-in beside a whole configuration."""
    sample = host("--sample", name).stdout
    (tmp_path / "ipamd.json").write_text(json.dumps(beside))
    (tmp_path / "ipamd.json.d").mkdir()
    (tmp_path / "ipamd.json.d" / f"{name}.json").write_text(sample)
    run = subprocess.run([daemon.PREFIX / "sbin" / "ipamd", "--check-config", "--config", tmp_path / "ipamd.json"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30)
    assert (run.returncode, run.stdout) == (0, "")
    parts = json.loads(sample)
    given = parts["storage"]["options"] if "storage" in parts else parts["profiles"][0]["options"]
    assert set(given) == {o["name"] for o in options_of(name) if o["required"] or "default" in o}


def site(tmp_path):
    return {"listen": [{"unix": str(tmp_path / "api.sock")}],
            "storage": {"plugin": "sqlite", "options": {"path": str(tmp_path / "ipam.db")}},
            "tokens": [{"name": "admin", "role": "administrator", "file": str(tmp_path / "admin.token")}]}


@pytest.mark.parametrize("name", KEPT)
def test_the_files_of_the_tree_are_what_the_host_prints(name):
    for option, path in (("--manual", f"docs/man/ipam-{name}.5"), ("--sample", f"plugins/{name}/sample.json")):
        text = (daemon.TREE / path).read_text()
        assert host(option, name).stdout == text, f"make it anew: ipam-provider-host {option} {name} >{path}"


@pytest.mark.parametrize("name", INSTALLED)
def test_pages_and_samples(name, tmp_path):
    check_page(name, tmp_path)
    check_sample(name, tmp_path, site(tmp_path))


def test_page_and_sample_of_somebody_elses(acme, tmp_path):
    check_page(acme, tmp_path)
    check_sample(acme, tmp_path, site(tmp_path))


@pytest.mark.parametrize("page", ["ipamd.8", "ipam-provider-host.8"])
def test_pages_written_by_hand(page):
    run = subprocess.run(["groff", "-man", "-ww", "-z", daemon.TREE / "docs" / "man" / page], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("option", ["--manual", "--sample"])
def test_refusals(option):
    run = host(option, "nosuch")
    assert run.returncode == 1 and run.stdout == "" and "nosuch" in run.stderr
    run = host(option)
    assert run.returncode == 2 and run.stdout == "" and f"{option} NAME" in run.stderr
    with open("/dev/full", "w") as full:
        run = host(option, "kea", stdout=full)
    assert run.returncode == 1 and "standard output" in run.stderr
