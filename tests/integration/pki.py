# pki.py - certificate authorities for tests: certificates good and bad, lists of revoked ones. Made with openssl(1).
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
import collections
import hashlib
import ssl
import subprocess

Pair = collections.namedtuple("Pair", "cert key")
NOT_BEFORE, NOT_AFTER = "20200101000000Z", "20990101000000Z"
PAST, FUTURE = "20210101000000Z", "20980101000000Z"

CONFIG = """
[ca]
default_ca = it
[it]
dir = {dir}
database = {dir}/index.txt
serial = {dir}/serial
crlnumber = {dir}/crlnumber
new_certs_dir = {dir}
certificate = {dir}/ca.pem
private_key = {dir}/ca.key
default_md = sha256
default_days = 400
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[req]
distinguished_name = nothing
[nothing]
"""


def openssl(*words, **kw):
    ran = subprocess.run(["openssl", *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, **kw)
    assert ran.returncode == 0, (words, ran.stdout)
    return ran.stdout


def fingerprint(pair):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(first(pair))).hexdigest()


def first(pair):
    text = pair.cert.read_text()
    return text[text.index("-----BEGIN"):text.index("-----END CERTIFICATE-----") + 26]


class Authority:
    """Signs certificates; `signer` is the authority above it."""

    def __init__(self, folder, name="Test Authority", signer=None):
        self.dir, self.name, self.signer, self.made = folder, name, signer, 0
        folder.mkdir(mode=0o700)
        (folder / "conf").write_text(CONFIG.format(dir=folder))
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("01\n")
        self.key = folder / "ca.key"
        self.cert = folder / "ca.pem"
        if signer is None:
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key, "-out", self.cert,
                    "-subj", f"/CN={name}", "-days", 4000, "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                    "-config", folder / "conf", "-addext", "basicConstraints=critical,CA:true")
        else:
            pair = signer.issue(name, eku=None, extra="basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign,cRLSign\n")
            pair.key.rename(self.key)
            pair.cert.rename(self.cert)

    def issue(self, name, san=None, eku="clientAuth", start=NOT_BEFORE, end=NOT_AFTER, key="ec", extra="", digest="sha256"):
        """A certificate and its key. `key`: ec, or the bits of an RSA key."""
        self.made += 1
        pair = Pair(self.dir / f"{self.made}.pem", self.dir / f"{self.made}.key")
        kind = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] if key == "ec" else [f"rsa:{key}"]
        request, extensions = self.dir / "request", self.dir / "extensions"
        extensions.write_text((f"subjectAltName={san}\n" if san else "") + (f"extendedKeyUsage={eku}\n" if eku else "") + extra)
        openssl("req", "-new", "-newkey", *kind, "-nodes", "-keyout", pair.key, "-out", request, "-subj", f"/CN={name}", "-config",
                self.dir / "conf")
        openssl("ca", "-config", self.dir / "conf", "-batch", "-notext", "-in", request, "-out", pair.cert, "-startdate", start,
                "-enddate", end, "-extfile", extensions, "-md", digest)
        pair.key.chmod(0o600)
        if self.signer is not None:
            with open(pair.cert, "a") as f:
                f.write(self.cert.read_text())
        return pair

    def revoke(self, pair):
        openssl("ca", "-config", self.dir / "conf", "-revoke", pair.cert)

    def crl(self, *more):
        """The list of what is revoked now, as text in PEM."""
        out = self.dir / "crl"
        openssl("ca", "-config", self.dir / "conf", "-gencrl", "-out", out, "-crldays", 30, *more)
        return out.read_text()
