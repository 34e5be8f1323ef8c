#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `pki` issues, before Go's crypto/x509: accepted for its names and purpose, refused for others. Needs a Go compiler and no network.

usage: go_client.py BUILD_FOLDER TOOLS_FOLDER"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from peer_tools import skip

GO_PLACES = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")


def compiled(tools_folder):
    """The client, compiled once for all builds."""
    go = shutil.which("go") or next((place for place in GO_PLACES if os.access(place, os.X_OK)), None)
    if go is None:
        skip("no Go compiler")
    place = tools_folder / "go_client"
    place.mkdir(parents=True, exist_ok=True)
    settings = {"GOCACHE": str(place / "cache"), "GOTOOLCHAIN": "local", "GOPROXY": "off", "CGO_ENABLED": "0"}
    source = pathlib.Path(__file__).parent / "go_client" / "verify.go"
    # Go's library is compiled with it: without optimisation, in three quarters of the time.
    done = subprocess.run([go, "build", "-gcflags=all=-N -l", "-o", str(place / "verify"), str(source)],
                          env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        skip(f"Go does not compile: {done.stderr.strip()}")
    return place / "verify"


def main():
    build_folder = pathlib.Path(sys.argv[1]).resolve()
    pki = build_folder / "bin" / "pki"
    if not pki.exists():
        skip(f"{pki} is not built")
    client = compiled(pathlib.Path(sys.argv[2]).resolve())
    with tempfile.TemporaryDirectory(prefix="go_client.") as temporary:
        ours, strange = pathlib.Path(temporary) / "pki", pathlib.Path(temporary) / "strange"
        for command in (
            ("init", "--permit", "example.org", "--dir", ours),
            ("issue", "server", "web", "--dns", "localhost", "--dns", "*.example.org", "--ip", "127.0.0.1", "--ip", "::1", "--dir", ours),
            ("issue", "client", "laptop", "--dir", ours),
            ("init", "--dir", strange),
        ):
            subprocess.run([str(part) for part in (pki, *command)], check=True, stdout=subprocess.DEVNULL)
        wrong = 0
        for root, name, purpose, wanted, words in (
            (ours, "web", "server", "localhost", None),
            (ours, "web", "server", "a.example.org", None),
            (ours, "web", "server", "127.0.0.1", None),
            (ours, "web", "server", "[::1]", None),
            (ours, "laptop", "client", "", None),
            (ours, "web", "server", "a.b.example.org", "not a.b.example.org"),
            (ours, "web", "client", "", "incompatible key usage"),
            (ours, "laptop", "server", "", "incompatible key usage"),
            (strange, "web", "server", "localhost", "unknown authority"),
        ):
            seen = subprocess.run([str(client), str(root / "root.crt"), str(ours / "issued" / name / "chain.pem"), purpose, wanted],
                                  capture_output=True, text=True, check=False)
            good = seen.returncode == 0 if words is None else seen.returncode == 1 and words in seen.stderr
            if not good:
                wrong += 1
                print(f"{name} as {purpose} {wanted!r}: expected {'to be accepted' if words is None else words}, saw {seen.stderr.strip()!r}")
        sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
