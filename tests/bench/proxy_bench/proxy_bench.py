#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `verify exec` costs, in pairs that alternate: setting it up around a command that does nothing, and pip downloading
packages through it beside pip straight from the same server.

usage: proxy_bench.py BIN [--rounds N] [--packages N]   (BIN: the folder with the programs of a release build)
Prints one JSON document: medians with least and most, in milliseconds, and the median of the pairs' differences and
ratios, since both halves of a pair met the same machine."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "interop"))

import house  # noqa: E402


def timed(command, **options):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return (time.monotonic() - begin) * 1000


def summary(values):
    return {"median": round(statistics.median(values), 3), "least": round(min(values), 3), "most": round(max(values), 3)}


def in_pairs(rounds, plain, behind):
    for run in (plain, behind):
        run(-1)
    pairs = [(plain(number), behind(number)) for number in range(rounds)]
    return {
        "plain_ms": summary([pair[0] for pair in pairs]),
        "behind_ms": summary([pair[1] for pair in pairs]),
        "added_ms": summary([pair[1] - pair[0] for pair in pairs]),
        "ratio": summary([pair[1] / pair[0] for pair in pairs]),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--packages", type=int, default=30)
    options = parser.parse_args()
    with house.House(os.path.dirname(os.path.abspath(options.programs))) as home:
        names = [f"bench-{number}" for number in range(options.packages)]
        wheels = [house.make_wheel(home.path("wheels"), name, "1.0", f"x = '{'y' * 20000}{name}'\n") for name in names]
        home.run("mirror", "add", "--dir", "master", *wheels)
        home.run("mirror", "trust", "export", "--dir", "master", "-o", "trust.json")
        home.serve()
        with open(home.path("mirrors.txt"), "w", encoding="utf-8") as file:
            file.write(home.url + "\n")
        environment = {**home.environment(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        verify = [os.path.join(options.programs, "verify"), "exec", "--trust", home.path("trust.json"), "--mirrors",
                  home.path("mirrors.txt"), "--"]
        pip = [sys.executable, "-m", "pip", "download", "--no-cache-dir", "--no-deps", "--quiet", "--dest", home.path("downloaded")]

        def download(command):
            shutil.rmtree(home.path("downloaded"), ignore_errors=True)
            return timed(command, env=environment)

        direct = [*pip, "--cert", home.root, "--index-url", home.url + "simple/", *names]
        result = {
            "set_up": in_pairs(options.rounds * 3, lambda _: timed(["true"], env=environment),
                               lambda _: timed([*verify, "true"], env=environment)),
            f"pip_{options.packages}": in_pairs(options.rounds, lambda _: download(direct), lambda _: download([*verify, *pip, *names])),
        }
    json.dump(result, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
