#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `pki` costs beside the openssl command, in one run: an authority with its first server certificate, many
certificates from a list into one archive (rows durable), and the same into folders.

usage: pki_bench.py PKI [--names N] [--folders N]   (PKI: the program of a release build)
Processor time counts, not the clock on the wall, so that a busy machine does not decide; prints one JSON document."""
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


def signatures_a_second():
    text = subprocess.run(["openssl", "speed", "-seconds", "2", "ecdsap256"], capture_output=True, text=True, check=True).stdout
    return float(re.search(r"nistp256\)\s+\S+\s+\S+\s+(\S+)", text).group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pki")
    parser.add_argument("--names", type=int, default=10000, help="in the archive")
    parser.add_argument("--folders", type=int, default=500, help="each by itself; every one waits for the disk")
    options = parser.parse_args()
    place = pathlib.Path(tempfile.mkdtemp(prefix="pki_bench."))
    try:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")

        def by_us(number):
            folder = place / f"us{number}"
            return spent((options.pki, "init", "--dir", folder), (options.pki, "issue", "server", "localhost", "--dir", folder))

        def by_openssl(number):
            root, leaf = place / f"root{number}", place / f"leaf{number}"
            return spent(
                ("openssl", "req", "-x509", *curve, "-subj", "/CN=Root", "-keyout", f"{root}.key", "-out", f"{root}.crt"),
                ("openssl", "req", "-x509", *curve, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                 "-CA", f"{root}.crt", "-CAkey", f"{root}.key", "-keyout", f"{leaf}.key", "-out", f"{leaf}.crt"))

        ours, theirs = best(5, by_us), best(5, by_openssl)
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
            "init_and_issue_seconds": {"pki": ours, "openssl": theirs, "ratio": ours[0] / theirs[0]},
            "openssl_p256_signatures_per_second": speed,
            "archive_certificates_per_second": {"processor": rate, "wall": options.names / bulk[1], "ratio": rate / speed},
            "folder_certificates_per_second": {"processor": count / folders[0], "wall": count / folders[1]},
        }, indent=1))
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
