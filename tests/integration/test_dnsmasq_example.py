# test_dnsmasq_example.py - the example provider, built outside the tree, against a real dnsmasq and real clients.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

import daemon
import lan
from test_guide import environment, make, symbols

EXAMPLE = daemon.TREE / "sdk" / "examples" / "dnsmasq"
PROVIDERS = daemon.PREFIX / "lib" / "ipamd" / "providers"
MACS = ["02:00:5e:00:53:21", "02:00:5e:00:53:22"]
RESERVED = "02:00:5e:00:53:22"

CONF = """
interface=fxs0
interface=fxs1
conf-file={dir}/office.conf
conf-dir={dir}/conf.d,*.conf
dhcp-range=set:lab , 10.67.0.100 , 10.67.0.199 , 255.255.255.0 , 2h   # with a comment behind it
dhcp-option=tag:office,option:router,10.66.0.1
dhcp-option=3,10.67.0.1
dhcp-range=fd00:66::1000,fd00:66::1fff,64,1d
dhcp-range=fd00:67::,ra-only
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example's folder, copied out of the tree and built."""
    folder = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("example") / "dnsmasq")
    run = make(folder, "CFLAGS=-O2 -g -Werror")
    assert run.returncode == 0, run.stdout
    return folder


@pytest.fixture
def installed(example):
    run = make(example, "install")
    assert run.returncode == 0, run.stdout
    yield example
    make(example, "uninstall")


@pytest.fixture(scope="module")
def host(example, tmp_path_factory):
    """The small host with the example linked to it, under the address and undefined-behaviour sanitizers."""
    program = tmp_path_factory.mktemp("host") / "dnsmasq_host"
    flags = "-std=c11 -D_POSIX_C_SOURCE=200809L -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Werror".split()
    sources = sorted(example.glob("*.c")) + [pathlib.Path(__file__).with_name("dnsmasq_host.c")]
    subprocess.run(["gcc", *flags, "-I", daemon.PREFIX / "include", '-DNAME="dnsmasq"', '-DVERSION="0.1"', "-o", program, *sources],
                   check=True)

    def run(*args):
        done = subprocess.run([program, *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=300)
        assert done.returncode == 0 and done.stderr == "", done
        return done.stdout.splitlines()

    return run


@pytest.fixture
def clients(tmp_path):
    links = [lan.Client(tmp_path, f"fxs{i}", f"10.6{6 + i}.0.1/24", mac) for i, mac in enumerate(MACS)]
    lan.ip("addr", "add", "fd00:66::1/64", "dev", "fxs0")
    yield links
    for link in links:
        link.stop()


@pytest.fixture
def server(clients):
    server = lan.Dnsmasq("")
    with open(server.conf, "a") as f:
        f.write(CONF.format(dir=server.dir))
    (server.dir / "office.conf").write_text("dhcp-range=set:office,10.66.0.100,10.66.0.149,255.255.255.0,1h\n"
                                            "dhcp-range=set:office,10.66.0.150,10.66.0.159,255.255.255.0,10.66.0.255,1h\n")
    (server.dir / "conf.d").mkdir()
    (server.dir / "conf.d" / "hosts.conf").write_text(f"dhcp-host={RESERVED},10.67.0.20,\"rig\",infinite\n"
                                                      "dhcp-host=id:01:02:03,10.66.0.7\n")
    (server.dir / "conf.d" / "hosts.conf~").write_text("dhcp-range=this is no range\n")
    yield server.start()
    server.stop()


@pytest.fixture
def ipamd(installed, server, make_ipamd):
    profile = {"name": "files", "driver": "dnsmasq", "options": {"config": str(server.conf)}}
    ipamd = make_ipamd(config={"plugins": [{"name": "dnsmasq"}], "profiles": [profile]})
    ipamd.ctl("server", "add", "box", "--driver", "dnsmasq", "--profile", "files", "--role", "dhcp")
    return ipamd


def collect(ipamd):
    run = ipamd.ctl("server", "collect", "box", "--wait", check=False)
    return run.returncode, ipamd.get("/api/v1/inventory/servers/box").json().get("message", "")


def leases_of(ipamd):
    return {lease["address"]: lease for lease in ipamd.items("dhcp/leases")}


def at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def test_what_ipamd_shows_is_what_dnsmasq_has(ipamd, server, clients):
    for client in clients:
        client.start("-x", f"hostname:host-{client.name}")
        lan.until(lambda: server.lease_of(client.mac), server.process.tail())
    clients[0].ask6("00:03:00:01:02:00:5e:00:53:21", 4711)
    lan.until(lambda: " 4711 fd00:66::" in server.leases.read_text(), server.process.tail())
    assert collect(ipamd) == (0, "")
    scopes = {s["prefix"]: s for s in ipamd.items("dhcp/scopes")}
    assert {p: (s.get("name"), s["lease_time"], s.get("routers")) for p, s in scopes.items()} == {
        "10.66.0.0/24": ("office", 3600, ["10.66.0.1"]), "10.67.0.0/24": ("lab", 7200, ["10.67.0.1"]),
        "fd00:66::/64": (None, 86400, None)}
    assert {(r["first"], r["last"]) for r in ipamd.items("ipam/ranges")} == {
        ("10.66.0.100", "10.66.0.149"), ("10.66.0.150", "10.66.0.159"), ("10.67.0.100", "10.67.0.199"),
        ("fd00:66::1000", "fd00:66::1fff")}
    reservations = {r["address"]: (r["identifier_type"], r["identifier"], r.get("name")) for r in ipamd.items("dhcp/reservations")}
    assert reservations == {"10.67.0.20": ("hw-address", RESERVED, "rig"), "10.66.0.7": ("client-id", "01:02:03", None)}
    fields = [server.lease_of(mac) for mac in MACS]
    assert fields[1][2] == "10.67.0.20" and fields[1][0] == "0"  # infinite, by its reservation
    six = server.lease_of("4711")
    assert leases_of(ipamd).keys() == {f[2] for f in [*fields, six]}
    lease = leases_of(ipamd)[six[2]]
    assert (lease["iaid"], lease["duid"], lease["expires"]) == (4711, "00:03:00:01:02:00:5e:00:53:21", at(int(six[0])))
    assert six[4] == lease["duid"] and lease["native_scope"] == "fd00:66::/64" and "mac" not in lease
    for ends, mac, address, name, client_id in fields:
        lease = leases_of(ipamd)[address]
        assert (lease["mac"], lease["name"], lease["client_id"], lease["state"]) == (mac, name, client_id, "active")
        assert lease.get("expires") == (at(int(ends)) if ends != "0" else None)
        assert scopes[lease["native_scope"]]["id"] == lease["scope"]
    shown = ipamd.ctl("server", "show", "box").stdout
    assert ["product", "dnsmasq"] in map(str.split, shown.splitlines())
    assert ["version", lan.version_bind().removeprefix("dnsmasq-")] in map(str.split, shown.splitlines())
    assert "10.67.0.20" in ipamd.ctl("lease", "list").stdout
    assert ipamd.log().count("dnsmasq-passed-over: dnsmasq box:") == 1 and "announced only" in ipamd.log()


def test_a_lease_is_followed_until_it_is_released(ipamd, server, clients):
    client = clients[0].start()
    lan.until(lambda: server.lease_of(client.mac), server.process.tail())
    assert collect(ipamd) == (0, "")
    first = server.lease_of(client.mac)
    assert leases_of(ipamd)[first[2]]["expires"] == at(int(first[0]))
    time.sleep(1.1)  # the end is told in seconds
    client.renew()
    lan.until(lambda: (server.lease_of(client.mac) or first)[0] != first[0], "not renewed")
    second = server.lease_of(client.mac)
    assert collect(ipamd) == (0, "") and leases_of(ipamd)[second[2]]["expires"] == at(int(second[0]))
    client.release()
    lan.until(lambda: server.lease_of(client.mac) is None, "not released")
    assert collect(ipamd) == (0, "") and leases_of(ipamd) == {}
    # The configuration is read anew, too; nothing of this needed another process.
    (server.dir / "conf.d" / "hosts.conf").write_text("dhcp-host=02:00:5e:00:53:44,10.66.0.44\n")
    assert collect(ipamd) == (0, "") and [r["address"] for r in ipamd.items("dhcp/reservations")] == ["10.66.0.44"]
    assert "helper-ended" not in ipamd.log() and "plugin-misuse" not in ipamd.log()


def test_it_runs_in_the_daemons_process_too(installed, server, make_ipamd):
    profile = {"name": "files", "driver": "dnsmasq", "options": {"config": str(server.conf)}}
    ipamd = make_ipamd(config={"plugins": [{"name": "dnsmasq", "isolation": "none"}], "profiles": [profile]})
    ipamd.ctl("server", "add", "box", "--driver", "dnsmasq", "--profile", "files", "--role", "dhcp")
    assert collect(ipamd) == (0, "") and len(ipamd.items("dhcp/scopes")) == 3


def test_what_was_read_stays_when_the_server_or_a_file_fails(ipamd, server, clients):
    client = clients[0].start()
    lan.until(lambda: server.lease_of(client.mac), server.process.tail())
    assert collect(ipamd) == (0, "")
    whole = server.leases.read_text()
    server.process.stop()
    with open(server.dir / "conf.d" / "hosts.conf", "a") as f:
        f.write("dhcp-host=02:00:5e:00:53:44,10.66.0.44\n")
    code, message = collect(ipamd)
    assert len(ipamd.items("dhcp/reservations")) == 2  # nothing is read of a server that does not answer
    assert code == 1 and f"nothing listens at 127.0.0.1 port {lan.DNS_PORT}; start dnsmasq" in message
    server.process.start()
    for half in (whole[:-1], whole[:20], whole.replace(" ", "\0", 1)):
        server.leases.write_text(half)
        code, message = collect(ipamd)
        assert code == 1 and f"{server.leases} is half written" in message
    server.leases.write_text(whole + "1 2 3 4 5\n")
    code, message = collect(ipamd)
    assert code == 1 and f"{server.leases}:{len(whole.splitlines()) + 1}: the address is none; correct the line" in message
    server.leases.write_text(whole)
    with open(server.conf, "a") as f:
        f.write("dhcp-range=10.66.0.300,10.66.0.400\n")
    code, message = collect(ipamd)
    assert code == 1 and f"{server.conf}:{len(server.conf.read_text().splitlines())}: the range's begin is no address" in message
    assert len(leases_of(ipamd)) == 1 and len(ipamd.items("dhcp/scopes")) == 3
    assert "helper-ended" not in ipamd.log() and ipamd.log().count("dnsmasq-bad-lease") == 1


def test_a_server_that_does_not_answer_is_told_before_the_deadline(host, server, tmp_path):
    options = f"config={server.conf}", "timeout=1s"
    probe, control, files, leases = host("probe", *options)[1:-1]
    assert probe.startswith("probe product=dnsmasq version=2.") and "state=0 message=it answers as dnsmasq-2." in control
    assert files == "check channel=file state=0 message=it can be read" and leases.startswith("check channel=leases state=0")
    assert [line.split()[0] for line in host("starve", *options, f"port={lan.DNS_PORT}")[1:]] == ["config:", "leases:", "probe:"]
    server.process.popen.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    (end,) = host("probe", *options)[1:]
    server.process.popen.send_signal(signal.SIGCONT)
    assert end.startswith("done -110") and "did not answer in 1000 ms; see whether dnsmasq runs" in end
    assert 0.9 < time.monotonic() - began < 3
    server.leases.unlink()
    assert "channel=leases state=2 message=cannot open" in host("probe", *options)[4]
    server.conf.write_text("port=0\n")
    assert "its DNS is switched off" in host("probe", *options)[2]
    assert "no-ident" not in host("probe", *options, f"port={lan.DNS_PORT}")[2]
    assert host("probe", *options, "port=9")[1].startswith("done -104")


# Statements that make rows, and what of the rows. The real server takes each of them, too.
GOOD = [
    ("dhcp-range=10.1.0.10,10.1.0.20,255.255.255.0", ["scope native=10.1.0.0/24", "pool scope=10.1.0.0/24 first=10.1.0.10 last=10.1.0.20"]),
    ("dhcp-range=10.1.0.20,10.1.0.10,255.255.255.0,45", ["lease_time=120", "first=10.1.0.10 last=10.1.0.20"]),
    ("dhcp-range=set:a,tag:b,10.1.0.10,static,255.255.0.0,infinite", ["scope native=10.1.0.0/16", "name=a lease_time=4294967295"]),
    ("  dhcp-range = red , 10.1.0.10 , 10.1.0.20 , 255.255.255.128 , 10.1.0.127 , 2W # x", ["native=10.1.0.0/25", "name=red lease_time=1209600"]),
    ("dhcp-range=10.9.0.10,10.9.0.20", ["scope native=10.9.0.0/20"]),
    ("dhcp-range=10.1.0.0,proxy", ["log 6 dnsmasq-passed-over"]),
    ("dhcp-range=2001:db8::10,2001:db8::20", ["scope native=2001:db8::/64", "first=2001:db8::10 last=2001:db8::20"]),
    ("dhcp-range=2001:db8::10,2001:db8::20,slaac,ra-names,64,2h", ["lease_time=7200", "last=2001:db8::20"]),
    ("dhcp-range=2001:db8::,static,80", ["scope native=2001:db8::/80"]),
    ("dhcp-range=2001:db8::,ra-stateless", ["log 6 dnsmasq-passed-over"]),
    ("dhcp-range=::1,::400,constructor:eth9,slaac,64,12h", ["log 6 dnsmasq-passed-over"]),
    ("dhcp-host=02:00:5e:00:53:1,10.2.0.1,set:x,1h", ["address=10.2.0.1 type=0 id=02:00:5e:00:53:01", 'vendor={"dhcp-host":']),
    ("dhcp-host=06-02:00:5e:00:53:01,id:text,10.2.0.1,a-name", ["type=0 id=02:00:5e:00:53:01 name=a-name", "type=1 id=74:65:78:74 name=a-name"]),
    ("dhcp-host=id:00:01:00:01,[2001:db8::5],[2001:db8::6]", ["address=2001:db8::5 type=2 id=00:01:00:01 further=1"]),
    ("dhcp-host=lap,10.2.0.1,[2001:db8::8/126]", ["address=10.2.0.1 type=4 id=6c:61:70", "address=2001:db8::8 type=4 id=6c:61:70 name=lap further=3"]),
    ('dhcp-host=id:"a # \\"b",10.2.0.1 # c', ["address=10.2.0.1 type=1 id=61:20:23:20:22:62"]),
    ('dhcp-host=id:"01:02",10.2.0.1', ["address=10.2.0.1 type=1 id=30:31:3a:30:32"]),
    ("dhcp-host=02:00:5e:00:53:*,ignore", ["log 6 dnsmasq-passed-over"]),
    ("dhcp-host=02:00:5e:00:53:01,ignore", ["log 6 dnsmasq-passed-over"]),
    ("dhcp-host=02:00:5e:00:53:01,id:*,a-name", ["reservation type=0 id=02:00:5e:00:53:01 name=a-name"]),
    ("dhcp-range=set:t,10.1.0.9,10.1.0.9,255.255.255.0\ndhcp-option=tag:t,3,10.1.0.1\ndhcp-option=3,10.1.0.2", ["router=10.1.0.1 "]),
    ("dhcp-range=10.1.0.9,10.1.0.9,255.255.255.0\ndhcp-option=tag:!t,option:router,10.1.0.1,10.1.0.2", ["router=10.1.0.1 router=10.1.0.2"]),
    ("dhcp-range=10.1.0.9,10.1.0.9,255.255.255.0\ndhcp-option=3,10.1.0.1\ndhcp-option=3,0.0.0.0", ["native=10.1.0.0/24 prefix=10.1.0.0 length=24 vendor"]),
    ("domain=x.test # comment\n\n#dhcp-range=x\ndhcp-option=6,1.2.3.4", []),
]

# Statements that the real server refuses, and what is told of them.
BAD = [
    ("dhcp-range=", "begin is no address"), ("dhcp-range=10.1.0.10", "end is no IPv4"), ("dhcp-range=set:a", "begin"),
    ("dhcp-range=10.1.0.10,10.2.0.10,255.255.255.0", "not in one network"), ("dhcp-range=10.1.0.10,10.1.0.20,255.255.255.0,soon", "lease time"),
    ("dhcp-range=10.1.0.10,2001:db8::1,255.255.255.0", "end is no IPv4"), ("dhcp-range=10.1.0.10,10.1.0.20,255.255.255.0,1h,x", "more behind"),
    ("dhcp-range=2001:db8::1,2001:db8::2,48", "shorter than 64"), ("dhcp-range=2001:db8::1,2001:db8:1::2", "not in one network"),
    ("dhcp-range=2001:db8::1,2001:db8::2,sometimes", "no mode"), ("dhcp-host=02:00:5e:00:53:zz,10.1.0.1", "identifier is none"),
    ("dhcp-host=02:00:5e:00:53:01,10.1.0.1,a b", "a part"), ("dhcp-host=[2001:db8::zz],x", "no IPv6"), ("dhcp-host=[2001:db8::1,x", "no IPv6"),
    ("dhcp-option=3,10.0.0.300", "no IPv4"), ('dhcp-host=02:00:5e:00:53:01,"a', "quote has no end"),
]


def accepted(conf):
    return subprocess.run(["/usr/sbin/dnsmasq", "--test", "-C", conf], stderr=subprocess.DEVNULL).returncode == 0


@pytest.mark.parametrize("text,rows", GOOD)
def test_a_statement_is_taken_as_the_server_takes_it(host, tmp_path, text, rows):
    conf = tmp_path / "c"
    conf.write_text(text + "\n")
    lines = host("config", f"config={conf}", "networks=10.8.0.0/24,10.9.0.0/20")
    assert accepted(conf) and lines[-1].startswith("done 0 complete=1 token="), lines
    assert all(any(row in line for line in lines) for row in rows) and (rows or len(lines) == 2), lines


@pytest.mark.parametrize("text,told", BAD)
def test_a_malformed_statement_is_told_with_its_line(host, tmp_path, text, told):
    conf = tmp_path / "c"
    conf.write_text(f"# comment\n{text}\ndhcp-range=10.1.0.10,10.1.0.20,255.255.255.0\n")
    lines = host("config", f"config={conf}")
    assert not accepted(conf)
    assert f"log 4 dnsmasq-bad-statement {conf}:2: " in lines[1] and told in lines[1], lines
    assert any(line.startswith("pool ") for line in lines)
    assert lines[-1].startswith("done -71 complete=0 message=") and f"{conf}:2: " in lines[-1] and told in lines[-1]


GOOD_LEASES = [
    ("9000000000 02:00:5e:00:53:01 10.1.0.9 name 01:02", "lease address=10.1.0.9 scope=10.1.0.0/24 mac=02:00:5e:00:53:01 client_id=01:02 "
     "name=name expires=9000000000000"),
    ("0 02:00:5e:00:53:01 10.7.0.9 * *", "lease address=10.7.0.9 mac=02:00:5e:00:53:01"),
    ("0 06-02:00:5e:00:53:01 10.1.0.9 * ff:0", "lease address=10.1.0.9 scope=10.1.0.0/24 mac=02:00:5e:00:53:01 client_id=ff:00"),
    ("0 20- 10.1.0.9 * ff:00", "lease address=10.1.0.9 scope=10.1.0.0/24 client_id=ff:00"),
    ("0 02:00:5e:00:53:01 10.1.0.9 n\xfcl *", "lease address=10.1.0.9 scope=10.1.0.0/24 mac=02:00:5e:00:53:01"),
    ("0 T7 2001:db8::9 * 00:01", "lease address=2001:db8::9 scope=2001:db8::/64 duid=00:01 iaid=7"),
    ("9000000000 4294967295 2001:db9::9 six 00:01", "lease address=2001:db9::9 duid=00:01 iaid=4294967295 name=six expires=9000000000000"),
    ("1 02:00:5e:00:53:01 10.1.0.9 ended *", None),
    ("duid 00:01:00:01", None),
    ("", None),
]
BAD_LEASES = [
    ("9000000000 02:00:5e:00:53:01 10.1.0.9 name", "five fields"), ("0 02:00:5e:00:53:01 10.1.0.9 a b *", "five fields"),
    ("soon 02:00:5e:00:53:01 10.1.0.9 * *", "the end"), ("-1 02:00:5e:00:53:01 10.1.0.9 * *", "the end"),
    ("99999999999999999999 02:00:5e:00:53:01 10.1.0.9 * *", "the end"), ("253402300800 02:00:5e:00:53:01 10.1.0.9 * *", "the end"),
    ("0 02:00:5e:00:53:01 10.1.0 * *", "address"),
    ("0 02:00:5e:00:53:\x11 10.1.0.9 * *", "hardware address"), ("0 02:00::53:01 10.1.0.9 * *", "hardware address"),
    ("0 " + ":".join(["00"] * 21) + " 10.1.0.9 * *", "hardware address"), ("0 02:00:5e:00:53:01 10.1.0.9 * x", "identifier"),
    ("0 02:00:5e:00:53:01 2001:db8::9 * *", "IAID"), ("0 4294967296 2001:db8::9 * *", "IAID"),
    ("0 7 2001:db8::9 * " + ":".join(["00"] * 131), "identifier"), ("duid", "five fields"),
    ("0 02:00:5e:00:53:02 10.1.0.1 * *", "a line before"),
]


@pytest.fixture
def files(tmp_path):
    """The options for a configuration with one network of each family, and its lease file."""
    conf, leases = tmp_path / "conf", tmp_path / "leases"
    conf.write_text(f"dhcp-range=10.1.0.10,10.1.0.20,255.255.255.0\ndhcp-range=2001:db8::1,2001:db8::2\ndhcp-leasefile={leases}\n")
    return conf, leases


@pytest.mark.parametrize("text,row", GOOD_LEASES)
def test_a_lease_is_read_as_it_is_written(host, files, text, row):
    files[1].write_text(text + "\n", encoding="latin-1")
    lines = host("leases", f"config={files[0]}")
    assert lines[1:] == [row, "done 0 complete=1"] if row else lines[1:] == ["done 0 complete=1"]


@pytest.mark.parametrize("text,told", BAD_LEASES)
def test_a_malformed_lease_is_told_with_its_line(host, files, text, told):
    files[1].write_text(f"0 02:00:5e:00:53:01 10.1.0.1 good *\n{text}\n0 02:00:5e:00:53:01 10.1.0.2 good *\n")
    lines = host("leases", f"config={files[0]}")
    assert f"log 4 dnsmasq-bad-lease {files[1]}:2: " in lines[1] and told in lines[1], lines
    assert [line.split()[1] for line in lines[2:4]] == ["address=10.1.0.1", "address=10.1.0.2"]
    assert lines[-1].startswith("done -71 complete=0 message=") and f"{files[1]}:2: " in lines[-1] and told in lines[-1]


def test_leases_come_page_by_page_in_order(host, files):
    files[1].write_text("".join(f"0 02:00:5e:00:53:01 10.1.0.{n} * *\n" for n in (30, 4, 200, 100)) + "0 1 2001:db8::9 * *\n")
    lines = host("leases", f"config={files[0]}", "limit=2")
    assert [line.split()[1].removeprefix("address=") for line in lines if line.startswith("lease")] == [
        "10.1.0.4", "10.1.0.30", "10.1.0.100", "10.1.0.200", "2001:db8::9"]
    assert [line for line in lines if line.startswith("done")] == [
        "done 0 complete=0 cursor=10.1.0.30", "done 0 complete=0 cursor=10.1.0.200", "done 0 complete=1"]
    assert len([line for line in host("leases", f"config={files[0]}", "scope=2001:db8::/64") if line.startswith("lease")]) == 1


def test_includes_are_followed_as_the_server_follows_them(host, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "hosts").mkdir()
    for name, host_name in {"b.conf": "b", "a.conf": "a", "c.bak": "c", ".h.conf": "h", "e.conf~": "e", "#f.conf#": "f"}.items():
        (tmp_path / "d" / name).write_text(f"dhcp-host=02:00:5e:00:53:01,{host_name}\n")
    (tmp_path / "hosts" / "one").write_text("02:00:5e:00:53:02,10.1.0.2,in-hosts # comment\n")
    (tmp_path / "opts").write_text("option:router,10.1.0.254\n")
    conf = tmp_path / "conf"
    head = "dhcp-range=10.1.0.10,10.1.0.20,255.255.255.0\n"

    def names(text):
        conf.write_text(head + text)
        lines = host("config", f"config={conf}")
        assert accepted(conf) and lines[-1].startswith("done 0 complete=1"), lines
        return [line.split("name=")[1].split()[0] for line in lines if line.startswith("reservation")], lines

    assert names(f"conf-dir={tmp_path}/d,*.conf\n")[0] == ["a", "b"]
    assert names(f"conf-dir={tmp_path}/d,.bak\n")[0] == ["a", "b"]
    assert names(f"conf-dir={tmp_path}/d\n")[0] == ["a", "b", "c"]
    assert names(f"conf-file={tmp_path}/d/b.conf\nconf-file={tmp_path}/d/b.conf\nconf-file={conf}\n")[0] == ["b"]
    both, lines = names(f"dhcp-hostsfile={tmp_path}/hosts\ndhcp-optsfile={tmp_path}/opts\n")
    assert both == ["in-hosts"] and "router=10.1.0.254" in lines[1]
    assert names(f"dhcp-hostsdir={tmp_path}/hosts\n")[0] == ["in-hosts"]


def test_the_token_names_the_configuration(host, tmp_path):
    conf = tmp_path / "conf"

    def token(text, *options):
        conf.write_text(text)
        return host("config", f"config={conf}", *options)[-1].split("token=")[1]

    one = "dhcp-range=10.1.0.10,10.1.0.20,255.255.255.0\n"
    assert token(one) == token(" dhcp-range = 10.1.0.10, 10.1.0.20,255.255.255.0 # x\nlog-dhcp\ndhcp-option=6,1.2.3.4\n")
    assert token(one) != token(one.replace("20", "21")) != token(one + "dhcp-host=a,10.1.0.1\n")
    assert token("dhcp-range=10.1.0.1,10.1.0.2\n", "networks=10.1.0.0/24") != token("dhcp-range=10.1.0.1,10.1.0.2\n", "networks=10.1.0.0/25")


REFUSED = [
    ("dhcp-range=10.1.0.10,10.1.0.20\n", "c:1: the range has no netmask"), ("conf-script=/bin/true\n", "c:1: this provider follows neither"),
    ("conf-file=relative\n", "c:1: the path does not begin with /"), ("conf-file=/nowhere/x\n", "cannot open /nowhere/x: No such file"),
    ("conf-dir=/nowhere\n", "cannot open the folder /nowhere"), ("port=53", "is half written"), ("port=5\0003\n", "is half written"),
    ("conf-file=/dev/null\n", "no regular file"), ("dhcp-leasefile=x\n", "c:1: the lease file has no absolute path"),
    ("port=1\nconf-file=/\xff\n", "cannot open /??: No such file"),
]


@pytest.mark.parametrize("text,told", REFUSED)
def test_what_cannot_be_followed_is_an_error(host, tmp_path, text, told):
    conf = tmp_path / "c"
    conf.write_text(text)
    for operation in ("config", "leases"):
        end = host(operation, f"config={conf}")[-1]
        assert end.startswith("done -") and "complete=0 message=" in end and told in end, end


def test_leases_that_are_in_no_file_are_not_read(host, tmp_path):
    conf = tmp_path / "c"
    conf.write_text("leasefile-ro\n")
    assert "leasefile-ro: the leases are in no file" in host("leases", f"config={conf}")[-1]
    conf.write_text("port=0\n")
    assert f"cannot open {tmp_path}/none: No such file" in host("leases", f"config={conf}", f"leases={tmp_path}/none")[-1]


def test_a_file_that_is_being_written_is_waited_for(host, files):
    """The server empties its lease file and writes it again: what is seen between is not the truth."""
    os.utime(files[0], (1, 1))
    files[1].write_text("")
    polls = len(files[0].read_text().splitlines())  # one a line; the next is where the lease file is waited for
    writer = f"append={files[1]}", f"from={polls + 1}"
    lines = host("leases", f"config={files[0]}", *writer, "times=3")
    assert len([line for line in lines if line.startswith("lease")]) == 3 and lines[-1] == "done 0 complete=1"
    end = host("leases", f"config={files[0]}", f"append={files[1]}", "from=1", "times=1000")[-1]
    assert f"{files[1]} is being written all the time; try again" in end


def test_memory_runs_out_and_calls_are_cancelled_at_each_place(host, tmp_path):
    lines = host("starve", f"config={EXAMPLE}/example.conf", f"leases={EXAMPLE}/example.leases", "limit=1")
    assert [line.split()[0] for line in lines[1:]] == ["config:", "leases:"]


def test_damaged_files_do_no_harm(host, tmp_path):
    (tmp_path / "hosts").write_text("02:00:5e:00:53:02,10.1.0.2,in-hosts\n")
    conf, leases = tmp_path / "conf", tmp_path / "leases"
    conf.write_text("".join(text + "\n" for text, _ in GOOD if "10.9." not in text) + f"dhcp-hostsfile={tmp_path}/hosts\n")
    leases.write_text("".join(text + "\n" for text, row in GOOD_LEASES if row and "\xfc" not in text and "10.1.0.9 * ff" not in text)
                      + "duid 00:01:00:01\n")
    (told,) = host("fuzz", 2000, f"config={conf}", f"leases={leases}")[1:]
    good = int(told.removeprefix("2000 damaged files, ").removesuffix(" good answers"))
    assert 1000 < good < 4000


def test_the_contract(example, installed):
    """`make check`: ipam-conform where it is installed, and what the daemon reads of the file."""
    assert symbols(example / "dnsmasq.so") == ["ipam_plugin_v0"]
    run = make(example, "check")
    assert run.returncode == 0 and '"name":"networks","kind":"list"' in run.stdout, run.stdout


def test_options_are_checked(host):
    assert host("check", "config=/c", "networks=10.0.0.0/8,192.0.2.0/24") == ["open 0"]
    for networks in ("10.0.0.1/8", "2001:db8::/64", "10.0.0.0/8,x"):
        problem, error, end = host("check", "config=/c", f"networks={networks}")
        assert problem.startswith("problem networks holds what is no IPv4 prefix: write") and end == "open -1001"
        assert error.startswith("open_error the option networks holds what is no IPv4 prefix: write")
    error, end = host("check", "config=/" + 1023 * "c")
    assert "longer than 1023 bytes" in error and end == "open -1001"
