# test_tls_clients.py - client certificates: who they are, which are refused, and the order between them and tokens; ipamctl over TLS.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import shutil
import ssl
import subprocess

import pytest

import pki
import tls

BLOCK = {"prefix": "10.0.0.0/8"}
UPN = "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:runner@corp.example"


@pytest.fixture(scope="module")
def people(clients):
    """A certificate for each way to be known, and some that are known to nobody."""
    return {
        "print": clients.issue("by-print", san="DNS:print.example"),
        "uri": clients.issue("by-uri", san="DNS:x.example,URI:spiffe://example/ci"),
        "dns": clients.issue("by-dns", san="DNS:ci.example"),
        "email": clients.issue("by-email", san="email:ci@example.com"),
        "upn": clients.issue("by-upn", san=UPN),
        "reader": clients.issue("reads", san="DNS:reader.example"),
        "cn": clients.issue("ci.example"),                                  # the name is in the wrong place
        "longer": clients.issue("x", san="DNS:ci.example.org,URI:spiffe://example/ci2"),
        "shorter": clients.issue("x", san="DNS:example,URI:spiffe://example/c"),
        "wildcard": clients.issue("x", san="DNS:*.example"),
        "case": clients.issue("x", san="URI:spiffe://example/CI"),
        "other-kind": clients.issue("x", san="URI:ci.example,DNS:ci@example.com"),
        "two": clients.issue("x", san="DNS:ci.example,DNS:reader.example"),
    }


def table(people):
    return [{"name": "printed", "role": "administrator", "sha256": pki.fingerprint(people["print"])},
            {"name": "uri", "role": "administrator", "uri": "spiffe://example/ci"},
            {"name": "dns", "role": "administrator", "dns": "ci.example"},
            {"name": "email", "role": "administrator", "email": "ci@example.com"},
            {"name": "upn", "role": "administrator", "upn": "runner@corp.example"},
            {"name": "reader", "role": "reader", "dns": "reader.example"}]


@pytest.fixture
def known(make_tls, clients, people):
    return make_tls(client_ca=str(clients.cert), config={"certificates": table(people)})


def actor_of_a_change(server, **who):
    answer = server.ask("POST", "/api/v1/ipam/blocks", BLOCK, **who)
    assert answer.status == 201, answer
    change = server.ipamd.items("audit/changes")[0]
    for c in server.ipamd.items("audit/changes"):
        change = c if c["rev"] > change["rev"] else change
    assert server.ipamd.request("DELETE", f"/api/v1/ipam/blocks/{answer.json()['id']}").status == 204
    return change["actor"]


@pytest.mark.parametrize("who, name", [("print", "printed"), ("uri", "uri"), ("dns", "dns"), ("email", "email"), ("upn", "upn")])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_table_says_who_it_is(known, people, who, name, version):
    context = known.context(people[who], maximum_version=version)
    assert actor_of_a_change(known, token=False, context=context) == f"cert:{name}"


@pytest.mark.parametrize("who", ["cn", "longer", "shorter", "wildcard", "case", "other-kind", "two"])
def test_who_is_not_in_the_table_is_nobody(known, people, who):
    answer = known.ask("GET", "/api/v1/ipam/blocks", token=False, client=people[who])
    assert answer.status == 401 and pki.fingerprint(people[who]) in answer.json()["detail"], answer
    assert known.ask("GET", "/readyz", token=False, client=people[who]).status == 200


def test_a_token_decides_and_must_be_right(known, people):
    assert known.ask("GET", "/api/v1/ipam/blocks", token="wrong", client=people["dns"]).status == 401
    assert actor_of_a_change(known, token=True, client=people["dns"]) == "token:admin"
    assert actor_of_a_change(known, token=True) == "token:admin"            # a certificate is optional
    assert known.ask("GET", "/api/v1/ipam/blocks", token=False).status == 401


def test_a_role_of_the_table(known, people):
    assert known.ask("GET", "/api/v1/ipam/blocks", token=False, client=people["reader"]).status == 200
    answer = known.ask("POST", "/api/v1/ipam/blocks", BLOCK, token=False, client=people["reader"])
    assert answer.status == 403 and "cert:reader" in answer.json()["detail"], answer


def test_a_line_that_goes_takes_its_rights_at_once(known, people):
    connection = known.dial(known.context(people["dns"]))
    ask = b"GET /api/v1/ipam/blocks HTTP/1.1\r\nHost: a\r\n\r\n"
    connection.sendall(ask)
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    known.ipamd.config["certificates"] = [line for line in table(people) if line["name"] != "dns"]
    known.ipamd.write_config()
    known.reload()
    connection.sendall(ask)
    assert connection.recv(65536).startswith(b"HTTP/1.1 401")
    connection.close()


# Bad ones.

@pytest.fixture(scope="module")
def bad(tmp_path_factory, clients):
    """Name -> a certificate that is none for this service, and the word that its log has."""
    folder = tmp_path_factory.mktemp("bad")
    stranger = pki.Authority(folder / "stranger", "Clients")                # the name of ours, another key
    between = pki.Authority(folder / "between", "Between", clients)
    gone = pki.Authority(folder / "gone", "Gone", clients)
    small = pki.Authority(folder / "small", "Small", clients)
    san = {"san": "DNS:ci.example"}
    leaf = clients.issue("leaf", **san)
    revoked, below = clients.issue("revoked", **san), gone.issue("below", **san)
    clients.revoke(revoked)
    clients.revoke(pki.Pair(gone.cert, gone.key))
    own = pki.Pair(folder / "own.pem", folder / "own.key")
    pki.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", own.key, "-out", own.cert,
                "-subj", "/CN=own", "-addext", "subjectAltName=DNS:ci.example", "-addext", "extendedKeyUsage=clientAuth")
    alone = between.issue("alone", **san)
    alone.cert.write_text(pki.first(alone))                                 # without the authority between
    signed_by_leaf = sign_by(leaf, folder)
    return {
        "expired": (clients.issue("x", end=pki.PAST, **san), "expired"),
        "not-yet": (clients.issue("x", start=pki.FUTURE, **san), "not yet valid"),
        "stranger": (stranger.issue("x", **san), ""),
        "self-signed": (own, "self-signed"),
        "revoked": (revoked, "revoked"),
        "authority-revoked": (below, "revoked"),
        "no-usage": (clients.issue("x", eku=None, **san), "purpose"),
        "server-usage": (clients.issue("x", eku="serverAuth", **san), "purpose"),
        "any-usage": (clients.issue("x", eku="anyExtendedKeyUsage", **san), "purpose"),
        "mail-usage": (clients.issue("x", eku="emailProtection,codeSigning", **san), "purpose"),
        "no-list-of-its-authority": (between.issue("x", **san), "CRL"),
        "no-authority-between": (alone, "issuer"),
        "signed-by-a-leaf": (signed_by_leaf, ""),
        "key-1024": (small_key(clients, san), ""),
        "sha1": (clients.issue("x", digest="sha1", **san), ""),
        "critical-unknown": (clients.issue("x", extra="1.2.3.4=critical,ASN1:UTF8String:x\n", **san), "critical"),
        "signing-only": (clients.issue("x", extra="keyUsage=critical,cRLSign\n", **san), "purpose"),
        "name-excluded": (constrained(folder, clients).issue("x", **san), ""),
        "path-too-long": (pki.Authority(folder / "deep", "Deep", limited(folder, clients)).issue("x", **san), ""),
        "altered": (altered(clients.issue("x", **san), folder), ""),
    }, clients.crl() + gone.crl()


def small_key(authority, san):
    return authority.issue("x", key="1024", **san)


def sign_by(leaf, folder):
    pair = pki.Pair(folder / "byleaf.pem", folder / "byleaf.key")
    ext = folder / "byleaf.ext"
    ext.write_text("subjectAltName=DNS:ci.example\nextendedKeyUsage=clientAuth\n")
    pki.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", pair.key, "-out", folder / "byleaf.csr",
                "-subj", "/CN=x")
    pki.openssl("x509", "-req", "-in", folder / "byleaf.csr", "-CA", leaf.cert, "-CAkey", leaf.key, "-CAcreateserial", "-days", 100, "-out", pair.cert,
                "-extfile", ext)
    with open(pair.cert, "a") as f:
        f.write(leaf.cert.read_text())
    return pair


def sub(folder, name, signer, extra):
    """An authority below `signer` with more in its certificate."""
    made = pki.Authority(folder / name, name, signer)
    pair = signer.issue(name, eku=None, extra="keyUsage=critical,keyCertSign,cRLSign\n" + extra)
    shutil.move(pair.cert, made.cert)
    shutil.move(pair.key, made.key)
    return made


def constrained(folder, signer):
    return sub(folder, "constrained", signer, "basicConstraints=critical,CA:true\nnameConstraints=critical,permitted;DNS:other.example\n")


def limited(folder, signer):
    return sub(folder, "limited", signer, "basicConstraints=critical,CA:true,pathlen:0\n")


def altered(pair, folder):
    """One bit of its signature is another."""
    der = bytearray(ssl.PEM_cert_to_DER_cert(pki.first(pair)))
    der[-1] ^= 1
    new = pki.Pair(folder / "altered.pem", pair.key)
    new.cert.write_text(ssl.DER_cert_to_PEM_cert(bytes(der)))
    return new


def is_refused(server, pair):
    """By s_client, which sends any certificate; nothing is answered."""
    ran = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{tls.PORT}", "-CAfile", server.authority.cert, "-cert", pair.cert,
                          "-cert_chain", pair.cert, "-key", pair.key, "-cipher", "ALL:@SECLEVEL=0", "-quiet"],
                         input="GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, timeout=30)
    return "HTTP/1.1" not in ran.stdout and "alert" in ran.stdout, ran.stdout


@pytest.mark.parametrize("client", ["optional", "required"])
def test_twenty_bad_certificates_are_refused(make_tls, clients, bad, people, tmp_path, client):
    certificates, revoked = bad
    assert len(certificates) == 20
    (tmp_path / "crl.pem").write_text(revoked)
    server = make_tls(client_ca=str(clients.cert), client_crl=str(tmp_path / "crl.pem"), client=client, config={"certificates": table(people)})
    for name, (pair, words) in certificates.items():
        since = len(server.ipamd.log())
        refused, told = is_refused(server, pair)
        assert refused, (name, told)
        log = server.ipamd.log()[since:]
        assert "tls-refused" in log and words in log, (name, log)
    assert server.ask("GET", "/api/v1/ipam/blocks", token=False, client=people["dns"]).status == 200


def test_required_is_required(make_tls, clients, people):
    server = make_tls(client_ca=str(clients.cert), client="required", config={"certificates": table(people)})
    with pytest.raises((ssl.SSLError, ConnectionError)):
        server.ask("GET", "/readyz", token=False)
    assert server.ask("GET", "/readyz", token=False, client=people["cn"]).status == 200


def test_a_list_of_revoked_certificates_is_reloaded(make_tls, clients, people, tmp_path):
    crl = tmp_path / "crl.pem"
    one = clients.issue("one", san="DNS:ci.example")
    crl.write_text(clients.crl())
    server = make_tls(client_ca=str(clients.cert), client_crl=str(crl), config={"certificates": table(people)})
    assert server.ask("GET", "/api/v1/ipam/blocks", token=False, client=one).status == 200
    clients.revoke(one)
    crl.write_text(clients.crl())
    server.reload()
    with pytest.raises((ssl.SSLError, ConnectionError)):
        server.ask("GET", "/api/v1/ipam/blocks", token=False, client=one)
    assert server.ask("GET", "/api/v1/ipam/blocks", token=False, client=people["dns"]).status == 200


# ipamctl.

def ctl(server, *words, env=None):
    return server.ipamd.ctl(*words, env={"IPAM_URL": f"https://127.0.0.1:{tls.PORT}", **(env or {})}, check=False)


def test_ipamctl_trusts_whom_it_is_told_to(known, clients, people):
    run = ctl(known, "space", "list", "--ca", known.authority.cert)
    assert run.returncode == 0 and "default" in run.stdout, run
    assert ctl(known, "space", "list", env={"IPAM_CA": str(known.authority.cert)}).returncode == 0
    known.put(known.authority.issue("ipamd", san="DNS:elsewhere.example", eku="serverAuth"))
    for words in (["--ca", clients.cert], [], ["--ca", known.authority.cert]):
        if words and words[1] == known.authority.cert:
            known.reload()                                      # from now on its name is another
        run = ctl(known, "space", "list", *words)
        assert run.returncode == 6 and "--ca" in run.stderr and "certificate" in run.stderr, run
    assert ctl(known, "space", "list", "--ca", "/nowhere/ca.pem").returncode == 78
    run = ctl(known, "space", "list", "--ca", known.key)
    assert run.returncode == 6 and "PEM" in run.stderr, run


def test_ipamctl_shows_its_certificate(known, people):
    bare = {"IPAM_TOKEN_FILE": "", "IPAM_CA": str(known.authority.cert)}
    mine = people["dns"]
    assert ctl(known, "block", "add", "10.0.0.0/8", "--cert", mine.cert, "--key", mine.key, env=bare).returncode == 0
    assert ctl(known, "block", "list", env={**bare, "IPAM_CERT": str(mine.cert), "IPAM_KEY": str(mine.key)}).returncode == 0
    assert ctl(known, "block", "list", env=bare).returncode == 5
    run = ctl(known, "block", "list", "--key", mine.key, env=bare)
    assert run.returncode == 2 and "--cert" in run.stderr, run
    run = ctl(known, "block", "list", "--cert", mine.cert, "--key", people["uri"].key, env=bare)
    assert run.returncode == 6 and "its own key" in run.stderr, run
    stranger = known.authority.issue("x")
    run = ctl(known, "block", "add", "11.0.0.0/8", "--cert", stranger.cert, "--key", stranger.key, env=bare)
    assert run.returncode == 6 and "refuses our certificate" in run.stderr, run


def test_ipamctl_finds_a_tls_listener_in_the_configuration(make_ipamd, tmp_path, authority):
    server = tls.Server(make_ipamd, tmp_path, authority, start=False)
    server.ipamd.config["listen"].reverse()
    server.ipamd.write_config()
    server.ipamd.start()
    run = server.ipamd.ctl("space", "list", "--config", server.ipamd.dir / "ipamd.json", env={"IPAM_URL": "", "IPAM_TOKEN_FILE": ""})
    assert "default" in run.stdout
