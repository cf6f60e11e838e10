# test_tls.py - TLS listeners: what is spoken and refused, odd clients, large and slow transfers, reloads, memory, testssl.sh.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import json
import os
import socket
import ssl
import subprocess
import threading
import time

import pytest

import tls
from test_api import revision

READY = b"GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
OPENAPI = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n"
HELLO = bytes.fromhex("1603010200010001fc0303")     # how a ClientHello of 512 bytes begins


def s_client(server, *words, text=""):
    """(exit code, what openssl s_client prints)"""
    ran = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{tls.PORT}", "-CAfile", server.authority.cert,
                          "-verify_return_error", "-verify_ip", "127.0.0.1", *words], input=text, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, timeout=30)
    return ran.returncode, ran.stdout


def read_all(s):
    """All until the end, which must be told by a close_notify."""
    parts = []
    while part := s.recv(65536):
        parts.append(part)
    return b"".join(parts)


def read_answers(s, body, count):
    """So many answers with this body, one after the other."""
    text = bytearray()
    while len(text) < count * len(body) or text.count(body) < count:
        part = s.recv(1 << 20)
        assert part
        text += part
    assert text.count(b"HTTP/1.1 200 OK") == count


def wait_until(true, seconds=20):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


# What is spoken.

@pytest.mark.parametrize("key", ["ec", "2048"])
def test_versions_and_ciphers(make_tls, authority, key):
    server = make_tls(pair=authority.issue("ipamd", san="IP:127.0.0.1", eku="serverAuth", key=key))
    kind = "ECDSA" if key == "ec" else "RSA"
    for words in (["-tls1_3"], ["-tls1_2"], ["-tls1_2", "-cipher", f"ECDHE-{kind}-CHACHA20-POLY1305"], ["-tls1_3", "-groups", "P-384"],
                  ["-tls1_2", "-cipher", f"ECDHE-{kind}-AES128-GCM-SHA256"]):
        code, out = s_client(server, *words)
        assert code == 0 and "Verification: OK" in out and "Secure Renegotiation IS supported" in out or "TLSv1.3" in out, out
    weak = ["-cipher", "ALL:COMPLEMENTOFALL:@SECLEVEL=0"]
    for words in (["-tls1_1", *weak], ["-tls1", *weak], ["-tls1_2", "-cipher", f"ECDHE-{kind}-AES256-SHA384"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],
                  ["-tls1_2", "-cipher", f"ECDHE-{kind}-AES128-SHA"], ["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"],
                  ["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM"],
                  ["-tls1_3", "-groups", "ffdhe2048"]):
        code, out = s_client(server, *words)
        assert code != 0 and "Cipher is (NONE)" in out, (words, out)
    assert server.metric('ipam_tls_handshakes_total{result="failed"}') >= 8
    assert server.metric('ipam_tls_handshakes_total{result="ok"}') == 5


def test_only_http_1_1_is_offered(server):
    context = server.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with server.dial(context) as s:
        assert s.selected_alpn_protocol() == "http/1.1"
    context = server.context()
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        server.dial(context)
    with server.dial() as s:
        assert s.selected_alpn_protocol() is None and s.compression() is None


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_is_taken_up_again(server, version):
    context = server.context(maximum_version=version)
    with server.dial(context) as s:
        s.sendall(LAST)
        read_all(s)
        session = s.session
        assert session is None or not session.has_ticket
    if session is not None:
        with server.dial(context, session=session) as s:
            assert not s.session_reused


def test_nobody_negotiates_anew(server):
    code, out = s_client(server, "-tls1_2", text="R\n")
    assert code != 0 and "no renegotiation" in out, out
    assert server.ask("GET", "/readyz", token=False).status == 200


def test_plain_http_is_told_so(server):
    with socket.create_connection(("127.0.0.1", tls.PORT), timeout=20) as s:
        s.sendall(READY)
        answer = b""
        while part := s.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 400 ") and b"https://" in answer


def test_curl_and_headers(server):
    ran = subprocess.run(["curl", "-sS", "-i", "--cacert", server.authority.cert, f"https://localhost:{tls.PORT}/readyz"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    assert ran.returncode == 0 and ran.stdout.startswith("HTTP/1.1 200 ") and "X-Content-Type-Options: nosniff" in ran.stdout, ran


def test_beyond_loopback_with_tls_alone(make_tls, make_ipamd):
    server = make_tls(address="0.0.0.0")
    assert server.ask("GET", "/api/v1/ipam/spaces").status == 200
    assert f"https://0.0.0.0:{tls.PORT}" in server.ipamd.log()
    bare = make_ipamd(start=False, config={"listen": [{"address": "0.0.0.0:8444"}]})
    run = subprocess.run([bare.prefix / "sbin" / "ipamd", "--config", bare.write_config()], stderr=subprocess.PIPE, text=True, timeout=60)
    assert run.returncode == 78 and "is not loopback" in run.stderr and '"tls"' in run.stderr, run


# What is transferred.

def test_a_large_answer_is_whole_and_the_same(server):
    plain = server.ipamd.raw("GET", "/api/v1/openapi.json").body
    assert len(plain) > 500000
    assert server.ask("GET", "/api/v1/openapi.json", token=False).body == plain
    zipped = server.ask("GET", "/api/v1/openapi.json", token=False, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    with server.dial() as s:                                    # until the close
        s.sendall(b"GET /api/v1/openapi.json HTTP/1.0\r\n\r\n")
        assert read_all(s).partition(b"\r\n\r\n")[2] == plain


def test_a_client_that_reads_slowly_gets_all_and_others_are_served(server):
    plain = server.ipamd.raw("GET", "/api/v1/openapi.json").body
    with server.dial() as s:
        s.sendall(OPENAPI * 40)
        wait_until(lambda: server.metric("ipam_http_unsent_bytes") > 0)
        assert server.ask("GET", "/readyz", token=False).status == 200
        read_answers(s, plain, 40)
    wait_until(lambda: server.metric("ipam_http_unsent_bytes") == 0)


def test_a_large_upload(server):
    answer = server.ask("POST", "/api/v1/ipam/blocks", b" " * 15_000_000 + b'{"prefix": "10.0.0.0/8"}', headers={"Content-Type": "application/json"})
    assert answer.status == 201, answer
    answer = server.ask("POST", "/api/v1/ipam/blocks", b" " * 100 + b'{"prefix": "11.0.0.0/8"}', headers={"Content-Type": "application/json"})
    assert answer.status == 201, answer


def test_many_requests_in_one_record_and_one_in_many(server):
    with server.dial() as s:
        s.sendall(READY * 50 + LAST)
        assert read_all(s).count(b"HTTP/1.1 200 OK") == 51
    with server.dial() as s:
        for byte in LAST:
            s.sendall(bytes([byte]))
        assert read_all(s).count(b"HTTP/1.1 200 OK") == 1


def test_an_end_without_close_notify_has_no_effect(server):
    before = revision(server.ipamd)
    body = b'{"prefix": "10.0.0.0/8"}'
    head = (b"POST /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n" % server.ipamd.token.encode())
    for sent in (head, head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:-1], head + b"Transfer-Encoding: chunked\r\n\r\n18\r\n" + body):
        for end in ("close", "shut"):
            s = server.dial()
            s.sendall(sent)
            raw = socket.socket(fileno=s.detach())
            raw.settimeout(20)
            if end == "shut":
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(4096):
                    pass                                        # the server closes
            raw.close()
    assert server.ask("GET", "/readyz", token=False).status == 200
    assert revision(server.ipamd) == before
    wait_until(lambda: server.metric("ipam_http_connections") <= 1)


def test_a_request_and_the_end_of_sending_in_one(server):
    """The answer comes, then the server's own close_notify."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = server.context().wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with socket.create_connection(("127.0.0.1", tls.PORT), timeout=20) as s:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                s.sendall(outgoing.read())
                incoming.write(s.recv(65536))
        client.write(READY)
        with pytest.raises(ssl.SSLWantReadError):
            client.unwrap()
        s.sendall(outgoing.read())
        while part := s.recv(65536):
            incoming.write(part)
    incoming.write_eof()
    assert client.read(65536).startswith(b"HTTP/1.1 200 OK")
    with pytest.raises(ssl.SSLZeroReturnError):
        client.read(1)


def test_a_record_that_is_none_ends_the_connection(server):
    with server.dial() as s:
        s.sendall(READY)
        assert s.recv(65536).startswith(b"HTTP/1.1 200")
        raw = socket.socket(fileno=s.detach())
        raw.settimeout(20)
        raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        rest = b""
        while part := raw.recv(4096):
            rest += part
        assert rest[1:3] == b"\x03\x03"                        # an alert, then the end
        raw.close()


def test_slow_and_broken_handshakes_leave_others_alone(server):
    began, waiting = server.metric('ipam_tls_handshakes_total{result="failed"}'), []
    for n in range(300):
        s = socket.create_connection(("127.0.0.1", tls.PORT), timeout=20)
        s.sendall(HELLO[:n % (len(HELLO) + 1)])
        waiting.append(s)
    slowest = 0
    for _ in range(20):
        started = time.monotonic()
        assert server.ask("GET", "/api/v1/ipam/spaces").status == 200
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < 2
    for s in waiting[:100]:
        s.sendall(b"\0" * 600)
    wait_until(lambda: server.metric('ipam_tls_handshakes_total{result="failed"}') >= began + 90)
    for s in waiting:
        s.close()
    wait_until(lambda: server.metric("ipam_http_connections") <= 1)
    assert server.ask("GET", "/readyz", token=False).status == 200


def resident(ipamd):
    for line in open(f"/proc/{ipamd.process.pid}/smaps_rollup", encoding="ascii"):
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return None


def test_a_thousand_idle_connections(server):
    context = server.context()
    warm = [server.dial(context) for _ in range(50)]
    before = resident(server.ipamd)
    idle = [server.dial(context) for _ in range(1000)]
    for s in idle:
        s.sendall(READY)
    for s in idle:
        assert s.recv(65536).startswith(b"HTTP/1.1 200")
    each = (resident(server.ipamd) - before) / 1000
    print(f"{each:.1f} KiB for each idle TLS connection")
    assert each < 32
    for s in idle + warm:
        s.close()


# Certificates are exchanged.

def serial(s):
    return ssl.DER_cert_to_PEM_cert(s.getpeercert(binary_form=True))


def test_a_reload_in_the_middle_of_a_transfer_and_of_a_stream(server, authority):
    plain = server.ipamd.raw("GET", "/api/v1/openapi.json").body
    follower = server.dial()
    follower.sendall(b"GET /api/v1/feed HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n" % server.ipamd.token.encode())
    seen = follower.recv(65536)
    assert seen.startswith(b"HTTP/1.1 200")
    slow = server.dial()
    slow.sendall(OPENAPI * 40)
    upload = server.dial()
    body = b'{"prefix": "10.0.0.0/8"}'
    upload.sendall(b"POST /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
                   % (server.ipamd.token.encode(), len(body), body[:5]))
    idle = server.dial()
    began = time.monotonic()
    server.put(authority.issue("ipamd", san="IP:127.0.0.1", eku="serverAuth"))
    server.reload()
    with server.dial() as fresh:
        assert time.monotonic() - began < 5
        assert serial(fresh) != serial(idle) == serial(slow)
    idle.sendall(READY)
    assert idle.recv(65536).startswith(b"HTTP/1.1 200")
    upload.sendall(body[5:])
    assert upload.recv(65536).startswith(b"HTTP/1.1 201")
    while b"10.0.0.0/8" not in seen:                            # the stream goes on
        part = follower.recv(65536)
        assert part and b"configuration" not in part
        seen += part
    read_answers(slow, plain, 40)
    for s in (follower, slow, upload, idle):
        s.close()
    assert server.ipamd.process.running()


def test_no_request_is_lost_over_reloads(server, authority):
    bad, asked, over = [], [0], threading.Event()

    def ask():
        while not over.is_set():
            try:
                if server.ask("GET", "/readyz", token=False).status != 200:
                    bad.append("status")
            except OSError as e:
                bad.append(e)
            asked[0] += 1

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for t in threads:
        t.start()
    for _ in range(5):
        server.put(authority.issue("ipamd", san="IP:127.0.0.1", eku="serverAuth"))
        server.reload()
    over.set()
    for t in threads:
        t.join()
    assert bad == [] and asked[0] > 10


@pytest.mark.parametrize("how, words", [("other-key", "is not the key of the certificate"), ("expired", "has expired"), ("missing", "cannot be read"),
                                        ("garbage", "in PEM"), ("readable", "can be read by others")])
def test_a_bad_new_certificate_leaves_the_old_in_use(server, authority, how, words):
    with server.dial() as s:
        before = serial(s)
    pair = authority.issue("ipamd", san="IP:127.0.0.1", eku="serverAuth", **({"end": "20210101000000Z"} if how == "expired" else {}))
    old = server.key.read_text()
    server.put(pair)
    if how == "other-key":
        server.key.write_text(old)
    elif how == "missing":
        server.cert.unlink()
    elif how == "garbage":
        server.cert.write_text("no certificate\n")
    elif how == "readable":
        server.key.chmod(0o640)
    log = server.reload("reload-refused")
    assert words in log and "reload-problem" in log and str(server.ipamd.dir / "ipamd.json") + ":" in log, log
    with server.dial() as s:
        assert serial(s) == before
    assert server.ask("GET", "/api/v1/ipam/spaces").status == 200


def test_metrics_tell_the_expiry(server, authority):
    name = f'ipam_tls_certificate_expiry_seconds{{listener="127.0.0.1:{tls.PORT}"}}'
    assert server.metric(name) == 4070908800                    # 2099-01-01
    server.put(authority.issue("ipamd", san="IP:127.0.0.1", eku="serverAuth", end="20980101000000Z"))
    server.reload()
    assert server.metric(name) == 4039372800


# What --check-config says.

def edit(what):
    def put(server):
        what(server.ipamd.config["listen"][1]["tls"], server)
    return put


BAD = {
    "no-key": (edit(lambda t, s: t.pop("key")), 'tls lacks "key"'),
    "relative": (edit(lambda t, s: t.update(key="server.key")), "expected an absolute path"),
    "unknown": (edit(lambda t, s: t.update(cipher="x")), "unknown key"),
    "client-alone": (edit(lambda t, s: t.update(client="required")), 'without "client_ca"'),
    "client-word": (edit(lambda t, s: t.update(client="maybe", client_ca=str(s.cert))), "neither"),
    "crl-alone": (edit(lambda t, s: t.update(client_crl=str(s.cert))), 'without "client_ca"'),
    "key-missing": (edit(lambda t, s: s.key.unlink()), "cannot be read: No such file"),
    "key-mode": (edit(lambda t, s: s.key.chmod(0o644)), "can be read by others; chmod 600 it"),
    "key-other": (edit(lambda t, s: s.put(type(s.pair)(s.cert, s.pair.key))), "is not the key of the certificate"),
    "key-encrypted": (edit(lambda t, s: encrypt(s.key)), "is encrypted"),
    "key-folder": (edit(lambda t, s: t.update(key=str(s.folder))), "is no regular file"),
    "key-owner": (edit(lambda t, s: os.chown(s.key, 4711, 4711)), "belongs to another user"),
    "certificate-mode": (edit(lambda t, s: s.cert.chmod(0o666)), "can be changed by others; chmod go-w it"),
    "certificate-garbage": (edit(lambda t, s: s.cert.write_text("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n")), "in PEM"),
    "client_ca-garbage": (edit(lambda t, s: t.update(client_ca=str(s.key))), "holds no certificate"),
    "client_crl-garbage": (edit(lambda t, s: t.update(client_ca=str(s.cert), client_crl=str(s.cert))), "holds no list of revoked"),
    "certificates-unused": (lambda s: s.ipamd.config.update(certificates=[{"name": "a", "role": "reader", "dns": "a"}]), "no listener asks"),
}


def encrypt(key):
    subprocess.run(["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", key.with_suffix(".enc")], check=True)
    os.replace(key.with_suffix(".enc"), key)


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_told_with_its_place(make_tls, authority, name):
    server = make_tls(start=False)
    server.pair = authority.issue("other", san="IP:127.0.0.1", eku="serverAuth")
    put, words = BAD[name]
    put(server)
    run = subprocess.run([server.ipamd.prefix / "sbin" / "ipamd", "--config", server.ipamd.write_config(), "--check-config"],
                         stderr=subprocess.PIPE, text=True, timeout=60)
    assert run.returncode == 78 and words in run.stderr, run
    assert any(line.startswith(f"{server.ipamd.dir}/ipamd.json:") for line in run.stderr.splitlines()), run


def test_the_effective_configuration_shows_it(make_tls, clients):
    table = [{"name": "ci", "role": "reader", "sha256": "AB:" * 31 + "AB"}]
    server = make_tls(client_ca=str(clients.cert), client="required", config={"certificates": table}, start=False)
    run = subprocess.run([server.ipamd.prefix / "sbin" / "ipamd", "--config", server.ipamd.write_config(), "--print-config"],
                         stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    shown = json.loads(run.stdout)
    assert shown["listen"][1] == server.listener and shown["certificates"] == [{**table[0], "sha256": "ab" * 32}]


# testssl.sh.

# These are about the certificate of this test, or about names that are not in the DNS.
OF_THE_TEST = {"cert_revocation",       # no authority of the Internet answers for it
               "cert_notAfter", "cert_expirationStatus", "cert_validityPeriod", "cert_extlifeSpan",   # it lives for decades
               "cert_trust",            # by an address, which testssl.sh does not look for
               "DNS_CAArecord",         # an address has no record in the DNS
               "engine_problem"}        # about the openssl that testssl.sh was given


def test_testssl_finds_nothing_above_low(server, tmp_path):
    out = tmp_path / "testssl.json"
    subprocess.run(["testssl", "--quiet", "--warnings", "off", "--color", "0", "-n", "none", "--add-ca", server.authority.cert, "--openssl",
                    "/usr/bin/openssl", "-p", "-s", "-f", "-P", "-S", "-h", "-U", "--jsonfile", out, f"https://127.0.0.1:{tls.PORT}"],
                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    found = json.loads(out.read_text())
    ids = {f["id"] for f in found}
    assert {"TLS1_2", "TLS1_3", "SSLv3", "heartbleed", "ROBOT", "secure_client_renego", "LUCKY13", "PFS"} <= ids, ids
    above = [f for f in found if f["severity"] not in ("OK", "INFO", "LOW") and f["id"] not in OF_THE_TEST]
    assert above == []
