#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a build, builds outside projects against two of its components and looks at what their programs load.

usage: check.py BUILD_FOLDER   (a built preset)
"""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
#: What a program that links only heliograph::verify may load: OpenSSL's libcrypto and the compiler's own libraries.
ALLOWED = ("libcrypto.so.3", "libstdc++.so.6", "libgcc_s.so.1", "libc.so.6", "libm.so.6")
#: The loader of every program, which one names when it uses what is kept per thread (std::call_once does).
LOADER = "ld-linux"
PROGRAMS = ("pki", "mirror", "fetch", "verify")


def run(*words, **more):
    ended = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)
    if ended.returncode != 0:
        sys.exit(f"package: {' '.join(map(str, words))} ended with {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def needed(program):
    lines = run("readelf", "--dynamic", "--wide", program).splitlines()
    return [line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line]


def check_installed(prefix):
    for program in PROGRAMS:
        path = prefix / "bin" / program
        if not os.access(path, os.X_OK):
            sys.exit(f"package: {path} is not installed")
        run(path, "--version")
    headers = prefix / "include" / "heliograph"
    stray = [path.name for path in (prefix / "include").iterdir() if path != headers]
    if stray:
        sys.exit(f"package: headers outside the product's folder: {stray}")
    handles = [str(path) for path in headers.rglob("*_handle.hpp")]
    if handles:
        sys.exit(f"package: private headers are installed: {handles}")
    print(f"package: programs run, {sum(1 for _ in headers.rglob('*.hpp'))} public headers")


def build_outside(project, prefix, work):
    run("cmake", "-G", "Ninja", "-S", HERE / project, "-B", work, f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", work)
    return work / project


def check_consumer(prefix, work):
    program = build_outside("consumer", prefix, work)
    print("package: the outside project says:", run(program).strip())
    loads = needed(program)
    extra = sorted(name for name in loads if name not in ALLOWED and not name.startswith(LOADER))
    if extra or "libcrypto.so.3" not in loads:
        sys.exit(f"package: the outside project loads {loads}; expected libcrypto.so.3 and the compiler's libraries only")
    print("package: it loads", " ".join(loads))


def check_mirror_consumer(prefix, work):
    program = build_outside("mirror_consumer", prefix, work)
    print("package: a project that keeps a catalogue says:", run(program, work / "catalog.db").strip())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="heliograph-package-") as folder:
        prefix = pathlib.Path(folder) / "prefix"
        run("cmake", "--install", build, "--prefix", prefix)
        check_installed(prefix)
        check_consumer(prefix, pathlib.Path(folder) / "consumer")
        check_mirror_consumer(prefix, pathlib.Path(folder) / "mirror_consumer")


if __name__ == "__main__":
    main()
