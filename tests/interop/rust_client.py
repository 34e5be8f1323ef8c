#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `pki` issues, before Rust's rustls and webpki: chains accepted for their names and purpose, refused for others, expired, revoked or outside of
the root's names; TLS with a certificate at both ends. Needs cargo, and once the crates of rust_client/Cargo.lock.

usage: rust_client.py BUILD_FOLDER TOOLS_FOLDER"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from peer_tools import skip

OUTSIDE = """basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:evil.example.net
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def compiled(tools_folder):
    """The client, compiled once for all builds. Without the network where the crates are at hand."""
    cargo = shutil.which("cargo") or str(pathlib.Path.home() / ".cargo" / "bin" / "cargo")
    if not os.access(cargo, os.X_OK):
        skip("no cargo")
    place = tools_folder / "rust_client"
    source = pathlib.Path(__file__).resolve().parent / "rust_client" / "Cargo.toml"
    command = [cargo, "build", "--quiet", "--locked", "--manifest-path", str(source), "--target-dir", str(place)]
    done = None
    for words in (["--offline"], []):
        done = subprocess.run([*command, *words], env={**os.environ, "CARGO_NET_RETRY": "1"}, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return place / "debug" / "rust_client"
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    skip(f"cargo, or a crate of Cargo.lock, cannot be had: {last.strip()}")


def run(*command, **options):
    subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options)


def sign_outside(ours, place):
    """A thief's certificate: signed with the intermediate's key for a name that the root does not permit, which `pki` refuses to issue."""
    key, request, extensions = place / "key.pem", place / "csr", place / "ext"
    extensions.write_text(OUTSIDE)
    run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=evil.example.net",
        "-keyout", key, "-out", request)
    run("openssl", "x509", "-req", "-in", request, "-CA", ours / "intermediate.crt", "-CAkey", ours / "private" / "intermediate.key",
        "-days", "30", "-extfile", extensions, "-out", place / "cert.pem")
    (place / "chain.pem").write_text((place / "cert.pem").read_text() + (ours / "intermediate.crt").read_text())


def prepare(pki, place):
    ours, strange, outside = place / "pki", place / "strange", place / "outside"
    outside.mkdir()
    for command in (
        ("init", "--permit", "example.org", "--dir", ours),
        ("issue", "server", "web", "--dns", "localhost", "--dns", "*.example.org", "--ip", "127.0.0.1", "--ip", "::1", "--dir", ours),
        ("issue", "client", "laptop", "--dir", ours),
        ("issue", "server", "gone", "--dns", "gone.example.org", "--dir", ours),
        ("issue", "client", "lost", "--dir", ours),
        ("init", "--name", "Strange", "--dir", strange),
        ("issue", "client", "laptop", "--dir", strange),
        ("revoke", "gone", "--dir", ours),
        ("revoke", "lost", "--dir", ours),
    ):
        run(pki, *command)
    sign_outside(ours, outside)
    return ours, strange, outside


def main():
    build_folder = pathlib.Path(sys.argv[1]).resolve()
    pki = build_folder / "bin" / "pki"
    if not pki.exists():
        skip(f"{pki} is not built")
    client = compiled(pathlib.Path(sys.argv[2]).resolve())
    with tempfile.TemporaryDirectory(prefix="rust_client.") as temporary:
        ours, strange, outside = prepare(pki, pathlib.Path(temporary))
        issued = ours / "issued"
        trust, other = (ours / "root.crt", ours / "crl.pem"), (strange / "root.crt", strange / "crl.pem")
        web, laptop = issued / "web" / "chain.pem", issued / "laptop" / "chain.pem"
        wrong = 0
        for words, refusal in (
            (("server", *trust, web, "localhost", 0), None),
            (("server", *trust, web, "a.example.org", 0), None),
            (("server", *trust, web, "127.0.0.1", 0), None),
            (("server", *trust, web, "::1", 0), None),
            (("client", *trust, laptop, 0), None),
            (("server", *trust, web, "a.b.example.org", 0), "NotValidForName"),
            (("server", *trust, web, "127.0.0.2", 0), "NotValidForName"),
            (("server", *trust, web, "localhost", 91), "Expired"),
            (("client", *trust, laptop, 91), "Expired"),
            (("server", *trust, laptop, "laptop", 0), "InvalidPurpose"),
            (("client", *trust, web, 0), "InvalidPurpose"),
            (("server", *trust, outside / "chain.pem", "evil.example.net", 0), "NameConstraintViolation"),
            (("server", *trust, issued / "gone" / "chain.pem", "gone.example.org", 0), "Revoked"),
            (("client", *trust, issued / "lost" / "chain.pem", 0), "Revoked"),
            (("server", *other, web, "localhost", 0), "UnknownIssuer"),
            (("handshake", *trust, issued / "web", issued / "laptop", "localhost"), None),
            (("handshake", *trust, issued / "web", issued / "laptop", "elsewhere.example.net"), "NotValidForName"),
            (("handshake", *trust, issued / "gone", issued / "laptop", "gone.example.org"), "Revoked"),
            (("handshake", *trust, issued / "web", issued / "lost", "localhost"), "CertificateRevoked"),
            (("handshake", *trust, issued / "web", strange / "issued" / "laptop", "localhost"), "UnknownCA"),
        ):
            seen = subprocess.run([str(part) for part in (client, *words)], capture_output=True, text=True, timeout=60, check=False)
            good = seen.returncode == 0 if refusal is None else seen.returncode == 1 and refusal in seen.stderr
            if not good:
                wrong += 1
                shown = " ".join(str(part) for part in words)
                print(f"{shown}: expected {'to be accepted' if refusal is None else refusal}, saw {seen.stderr.strip()!r}")
        sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
