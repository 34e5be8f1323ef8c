#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synchronises masters of several sizes over loopback with the real programs and prints what it took.

    cmake --preset release -B build/bench -DBUILD_TESTING=ON
    cmake --build build/bench --target sync_bench_master heliograph_program_mirror heliograph_program_pki
    tests/bench/sync_bench/sync_bench.py build/bench [--bandersnatch PROGRAM]

Each case is one full sync, then one with nothing changed, then `mirror status`. "Written" is what the process gave
to the disk (ru_oublock), which counts whole pages; loopback and server share the machine's cores with it. A case
named "bare" has files without metadata texts. With --bandersnatch, that program mirrors the same server in the same
round. `--case release` is one release more on a project with 1,000 files of 1 MB each.
"""
import argparse
import base64
import hashlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zipfile

CASES = {"2000x2x20KB": (2000, 2, 20000), "2000x2x20KB bare": (2000, 2, 20000, "bare"),
         "5000x1x1KB": (5000, 1, 1000), "10000x1x1KB": (10000, 1, 1000), "20000x1x1KB": (20000, 1, 1000),
         "5000x1x1KB bare": (5000, 1, 1000, "bare"), "10000x1x1KB bare": (10000, 1, 1000, "bare"),
         "20000x1x1KB bare": (20000, 1, 1000, "bare")}

CONFIGURATION = """[mirror]
directory = {folder}
master = {url}
json = false
release-files = true
timeout = 10
workers = 3
hash-index = false
stop-on-error = false
verifiers = 3
compare-method = hash
allow-non-https = true
simple-format = ALL
"""


class Spent:
    """What one process took: seconds, processor seconds, MB written, MB resident; and what it said."""

    def __init__(self, command):
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            begun = time.monotonic()
            process = subprocess.Popen(command, stdout=output, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            self.wall = time.monotonic() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            errors.seek(0)
            self.output = output.read()
            if process.returncode != 0:
                sys.exit(f"{command} ended with {process.returncode}:\n{errors.read().decode()[-2000:]}")
        self.written = usage.ru_oublock * 512 / 1e6
        self.resident = usage.ru_maxrss / 1e3
        self.processor = usage.ru_utime + usage.ru_stime


def show(name, spent):
    print(f"{name:34}{spent.wall:9.3f} s{spent.processor:9.3f} s{spent.written:9.1f} MB{spent.resident:8.1f} MB",
          flush=True)


def best(commands):
    return min((Spent(command) for command in commands), key=lambda spent: spent.wall)


def serve(mirror, folder):
    port_file = f"{folder}/port"
    process = subprocess.Popen([mirror, "serve", "--dir", f"{folder}/master", "--plain", "--listen", "127.0.0.1:0",
                                "--port-file", port_file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (os.path.exists(port_file) and open(port_file).read().strip()):
        if process.poll() is not None:
            sys.exit("mirror serve did not start")
        time.sleep(0.01)
    return process, f"http://127.0.0.1:{open(port_file).read().strip()}/"


def exchanged_bytes(url, serial):
    """What the one question of a run without news and its answer take on the wire, without TLS."""
    address = urllib.parse.urlsplit(url)
    question = (f"GET /changelog?since={serial}&limit=1000 HTTP/1.1\r\nHost: {address.netloc}\r\n"
                "User-Agent: heliograph/0.0.0 (someone@example.com)\r\nAccept: application/json\r\n"
                "Connection: close\r\n\r\n").encode()
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(question)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:100]
    return len(question) + len(answer)


def end(server):
    server.send_signal(signal.SIGTERM)
    server.wait(20)


def run_bandersnatch(args, name, folder, url):
    copy = f"{folder}/other"
    os.makedirs(copy)
    with open(f"{folder}/configuration", "w", encoding="utf-8") as configuration:
        configuration.write(CONFIGURATION.format(folder=copy, url=url.rstrip("/")))
    command = [args.bandersnatch, "-c", f"{folder}/configuration", "mirror"]
    show(f"{name}, bandersnatch", Spent(command))
    files = sum(len([file for file in names if not file.endswith(".metadata")])
                for _, _, names in os.walk(f"{copy}/web/packages"))
    assert files == CASES[name][0] * CASES[name][1], files
    show("  nothing changed, bandersnatch", Spent(command))
    shutil.rmtree(copy)


def run_case(args, name, folder):
    mirror = f"{args.build}/bin/mirror"
    maker = f"{args.build}/tests/bench/sync_bench_master"
    subprocess.run([maker, f"{folder}/master", *map(str, CASES[name])], check=True)
    server, url = serve(mirror, folder)
    try:
        for attempt in range(args.rounds):
            copy = f"{folder}/copy{attempt}"
            subprocess.run([mirror, "init", "--dir", copy, "--upstream", url, "--trust",
                            f"{folder}/master/trust.json"], check=True, stdout=subprocess.DEVNULL)
            sync = [mirror, "sync", "--dir", copy, "--json"]
            full = Spent(sync + ["--connections", str(args.connections)])
            report = json.loads(full.output)
            assert report["complete"] and report["stored"] == CASES[name][0], report["stored"]
            show(name, full)
            show("  nothing changed", best([sync] * 5))
            print(f"  {exchanged_bytes(url, report['to_serial'])} bytes for that, question and answer", flush=True)
            show("  mirror status", best([[mirror, "status", "--dir", copy, "--json"]] * 3))
            shutil.rmtree(copy)
            if args.bandersnatch:
                run_bandersnatch(args, name, folder, url)
    finally:
        end(server)


def write_wheel(folder, number, size):
    """A wheel whose one module holds so many random bytes, as hexadecimal digits of half as many."""
    info = f"bench-1.{number}.dist-info"
    members = {"bench.py": b'x = "' + os.urandom(size // 2).hex().encode() + b'"\n',
               f"{info}/METADATA": f"Metadata-Version: 2.1\nName: bench\nVersion: 1.{number}\n".encode(),
               f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    record = ""
    for member, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{member},sha256={digest},{len(content)}\n"
    members[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    path = f"{folder}/bench-1.{number}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
        for member, content in members.items():
            wheel.writestr(member, content)
    return path


def run_release(args, folder):
    mirror = f"{args.build}/bin/mirror"
    pki = f"{args.build}/bin/pki"
    for command in ([pki, "init", "--dir", f"{folder}/pki"],
                    [pki, "issue", "signer", "page-signer", "--dir", f"{folder}/pki"],
                    [mirror, "init", "--dir", f"{folder}/master", "--signer",
                     f"{folder}/pki/issued/page-signer/bundle.pem", "--root", f"{folder}/pki/root.crt",
                     "--crl", f"{folder}/pki/crl.pem"]):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    os.makedirs(f"{folder}/wheels")
    wheels = [write_wheel(f"{folder}/wheels", number, 1_000_000) for number in range(1000 + args.rounds)]
    add = [mirror, "add", "--dir", f"{folder}/master"]
    subprocess.run(add + wheels[:1000], check=True, stdout=subprocess.DEVNULL)
    server, url = serve(mirror, folder)
    try:
        subprocess.run([mirror, "init", "--dir", f"{folder}/copy", "--upstream", url, "--trust",
                        f"{folder}/master/trust.json"], check=True, stdout=subprocess.DEVNULL)
        sync = [mirror, "sync", "--dir", f"{folder}/copy", "--json"]
        show("1x1000x1MB", Spent(sync))
        for wheel in wheels[1000:]:
            subprocess.run(add + [wheel], check=True, stdout=subprocess.DEVNULL)
            release = Spent(sync)
            assert json.loads(release.output)["bytes"] < 1_200_000
            show("  one release more", release)
    finally:
        end(server)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--case", action="append", choices=[*CASES, "release"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--bandersnatch", metavar="PROGRAM")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    print(f"{'case':34}{'wall':>11}{'processor':>11}{'written':>12}{'memory':>11}")
    for name in args.case or [*CASES, "release"]:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            if name == "release":
                run_release(args, folder)
            else:
                run_case(args, name, folder)


if __name__ == "__main__":
    main()
