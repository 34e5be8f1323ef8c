#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Synchronises masters of several sizes over loopback with the real programs and prints what it took.

    cmake --preset release -B build/bench -DBUILD_TESTING=ON
    cmake --build build/bench --target sync_bench_master heliograph_program_mirror
    tests/bench/sync_bench/sync_bench.py build/bench

Each case is one full sync, then one with nothing changed, then `mirror status`. "Written" is what the process gave
to the disk (ru_oublock), which counts whole pages; loopback and server share the machine's cores with it.
"""
import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CASES = {"2000x2x20KB": (2000, 2, 20000), "5000x1x1KB": (5000, 1, 1000), "10000x1x1KB": (10000, 1, 1000),
         "20000x1x1KB": (20000, 1, 1000)}


def measured(command):
    """Seconds, MB written, MB resident, and what it said, of one process."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    spent = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}:\n{errors.decode()[-2000:]}")
    return spent, usage.ru_oublock * 512 / 1e6, usage.ru_maxrss / 1e3, usage.ru_utime + usage.ru_stime, output


def serve(mirror, folder):
    port_file = f"{folder}/port"
    process = subprocess.Popen([mirror, "serve", "--dir", f"{folder}/master", "--plain", "--listen", "127.0.0.1:0",
                                "--port-file", port_file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (os.path.exists(port_file) and open(port_file).read().strip()):
        if process.poll() is not None:
            sys.exit("mirror serve did not start")
        time.sleep(0.01)
    return process, f"http://127.0.0.1:{open(port_file).read().strip()}/"


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
            full = measured([mirror, "sync", "--dir", copy, "--json", "--connections", str(args.connections)])
            report = json.loads(full[4])
            assert report["complete"] and report["stored"] == CASES[name][0], report["stored"]
            idle = min(measured([mirror, "sync", "--dir", copy, "--json"])[0] for _ in range(5))
            status = min(measured([mirror, "status", "--dir", copy, "--json"])[0] for _ in range(3))
            print(f"{name:14}{full[0]:9.2f} s{full[3]:9.2f} s{full[1]:9.1f} MB{full[2]:8.1f} MB"
                  f"{idle * 1e3:9.1f} ms{status * 1e3:9.1f} ms", flush=True)
            shutil.rmtree(copy)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    print(f"{'case':14}{'full':>11}{'CPU':>11}{'written':>12}{'memory':>11}{'no change':>12}{'status':>12}")
    for name in args.case or CASES:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            run_case(args, name, folder)


if __name__ == "__main__":
    main()
