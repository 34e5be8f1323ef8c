#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `pki` costs beside the openssl command, in one run: an authority with its first server certificate, by two commands
and by one (beside the shortest pair of commands, those that keep a database, and those that make the same things), many
certificates from a list into one archive (rows durable), the same into folders, and processes that issue from one authority
at once.

usage: pki_bench.py PKI [--names N] [--folders N] [--processes N]   (PKI: the program of a release build)
Processor time counts, so that a busy machine does not decide, and the clock on the wall stands beside it; prints one JSON
document. Of processes at once it also counts who failed, and which names are missing or twice in the authority's own list."""
import argparse
import json
import pathlib
import re
import resource
import shutil
import subprocess
import tempfile
import time


def spent(*commands):
    """Processor seconds and wall seconds of commands that must succeed."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    for command in commands:
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - begin


def best(rounds, make):
    return min((make(number) for number in range(rounds)), key=lambda pair: pair[0])


CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")

AUTHORITY = """
[ca]
default_ca = authority
[authority]
dir = {folder}
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
certificate = {folder}/ca.crt
private_key = {folder}/ca.key
default_md = sha256
default_days = 90
default_crl_days = 30
policy = any
[any]
commonName = supplied
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, digitalSignature, keyCertSign, cRLSign
extendedKeyUsage = serverAuth, clientAuth, codeSigning, emailProtection
nameConstraints = critical, permitted;DNS:localhost, permitted;IP:127.0.0.0/255.0.0.0
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
"""


def openssl_folder(folder):
    """What `openssl ca` wants to find; people make it once, so it is not measured."""
    folder.mkdir(parents=True)
    (folder / "index").touch()
    (folder / "conf").write_text(AUTHORITY.format(folder=folder))
    return folder


def root_of(folder):
    return ("openssl", "req", "-x509", *CURVE, "-subj", "/CN=Root", "-keyout", folder / "ca.key", "-out", folder / "ca.crt")


def request_for(name, key, request):
    return ("openssl", "req", "-new", *CURVE, "-subj", f"/CN={name}", "-keyout", key, "-out", request)


def signed_by(folder, kind, request, certificate):
    return ("openssl", "ca", "-batch", "-notext", "-config", folder / "conf", "-extensions", kind, "-in", request, "-out", certificate)


def list_of(folder):
    return ("openssl", "ca", "-config", folder / "conf", "-gencrl", "-out", folder / "crl.pem")


def shortest_pair(folder):
    """A root and a certificate: no intermediate, no database, no list."""
    root = openssl_folder(folder)
    return spent(
        root_of(root),
        ("openssl", "req", "-x509", *CURVE, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-CA", root / "ca.crt", "-CAkey", root / "ca.key", "-keyout", root / "leaf.key", "-out", root / "leaf.crt"))


def with_database(folder):
    """A root with its database, and a certificate."""
    root = openssl_folder(folder)
    return spent(root_of(root), request_for("localhost", root / "leaf.key", root / "leaf.csr"),
                 signed_by(root, "server", root / "leaf.csr", root / "leaf.crt"))


def same_things(folder):
    """Root and intermediate with their databases and lists, and a certificate; no OCSP response."""
    root, below = openssl_folder(folder / "root"), openssl_folder(folder / "intermediate")
    return spent(
        root_of(root), request_for("Intermediate", below / "ca.key", below / "ca.csr"),
        signed_by(root, "intermediate", below / "ca.csr", below / "ca.crt"), list_of(root), list_of(below),
        request_for("localhost", below / "leaf.key", below / "leaf.csr"),
        signed_by(below, "server", below / "leaf.csr", below / "leaf.crt"))


def first_certificate(pki, place):
    """Each way in turn, so that a busy moment meets all; the best of each counts."""
    def by_us(folder):
        return spent((pki, "init", "--dir", folder), (pki, "issue", "server", "localhost", "--dir", folder))

    def in_one(folder):
        return spent((pki, "init", "--dir", folder, "--issue", "server:localhost"))

    ways = {"pki": by_us, "pki_in_one": in_one, "openssl_shortest": shortest_pair, "openssl_with_database": with_database, "openssl_same_things": same_things}
    seen = {name: [] for name in ways}
    for number in range(15):
        for name, way in ways.items():
            seen[name].append(way(place / f"{name}{number}"))
    return {name: {"processor": min(pair[0] for pair in pairs), "wall": min(pair[1] for pair in pairs)} for name, pairs in seen.items()}


def at_once(commands):
    """Started together; how many failed, with processor and wall seconds of all of them."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen([str(part) for part in command], **quiet) for command in commands]
    failed = sum(process.wait() != 0 for process in started)
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return failed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def counted(failed, seen, wanted, processor, wall):
    """seen: the name of each certificate that the authority knows of; wanted: the names that were asked for."""
    return {"failed": failed, "lost": len(wanted - set(seen)), "double": len(seen) - len(set(seen)), "processor": processor, "wall": wall}


def in_parallel(pki, place, processes):
    """One authority, so many processes at once, each for another name."""
    names = {f"h{number}" for number in range(processes)}
    ours = place / "parallel"
    spent((pki, "init", "--dir", ours))
    done = at_once([(pki, "issue", "server", name, "--dns", f"{name}.localhost", "--dir", ours) for name in sorted(names)])
    rows = json.loads(subprocess.run([pki, "list", "--json", "--dir", ours], capture_output=True, check=True).stdout)["certificates"]
    mine = counted(done[0], [row["name"] for row in rows if row["kind"] == "server"], names, *done[1:])
    folder = openssl_folder(place / "parallel_openssl")
    spent(root_of(folder))
    # A key and a request for each first: of each pair of commands the second shares the database.
    asked = at_once([request_for(name, folder / f"{name}.key", folder / f"{name}.csr") for name in sorted(names)])
    done = at_once([signed_by(folder, "server", folder / f"{name}.csr", folder / f"{name}.crt") for name in sorted(names)])
    index = folder / "index"
    rows = re.findall(r"/CN=(\S+)", index.read_text()) if index.exists() else []
    theirs = counted(asked[0] + done[0], rows, names, asked[1] + done[1], asked[2] + done[2])
    return {"processes": processes, "pki": mine, "openssl_req_and_ca": theirs}


def signatures_a_second():
    text = subprocess.run(["openssl", "speed", "-seconds", "2", "ecdsap256"], capture_output=True, text=True, check=True).stdout
    return float(re.search(r"nistp256\)\s+\S+\s+\S+\s+(\S+)", text).group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pki")
    parser.add_argument("--names", type=int, default=10000, help="in the archive")
    parser.add_argument("--folders", type=int, default=500, help="each by itself; every one waits for the disk")
    parser.add_argument("--processes", type=int, default=16, help="at once, of one authority")
    options = parser.parse_args()
    place = pathlib.Path(tempfile.mkdtemp(prefix="pki_bench."))
    try:
        first = first_certificate(options.pki, place)
        names = place / "list.jsonl"
        with names.open("w") as lines:
            for number in range(options.names):
                lines.write(json.dumps({"name": f"h{number}", "dns": [f"h{number}.localhost"]}) + "\n")

        def archive(number):
            folder = place / f"bulk{number}"
            spent((options.pki, "init", "--dir", folder))
            return spent((options.pki, "issue", "server", "--from", names, "--archive", folder / "all.tar", "--dir", folder))

        bulk = best(3, archive)
        folder, few = place / "folders", place / "few.jsonl"
        few.write_text("".join(names.read_text().splitlines(keepends=True)[: options.folders]))
        count = min(options.folders, options.names)
        spent((options.pki, "init", "--dir", folder))
        folders = spent((options.pki, "issue", "server", "--from", few, "--dir", folder))
        speed = signatures_a_second()
        rate = options.names / bulk[0]
        print(json.dumps({
            "init_and_issue_seconds": first,
            "openssl_p256_signatures_per_second": speed,
            "archive_certificates_per_second": {"processor": rate, "wall": options.names / bulk[1], "ratio": rate / speed},
            "folder_certificates_per_second": {"processor": count / folders[0], "wall": count / folders[1]},
            "in_parallel": in_parallel(options.pki, place, options.processes),
        }, indent=1))
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
