# SPDX-License-Identifier: Apache-2.0
"""What `fetch lock` writes, before the packaging library and uv."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import house  # noqa: E402
import peer_tools as tools  # noqa: E402

READ = """
import sys, tomllib
from packaging.pylock import Pylock, is_valid_pylock_path
import pathlib
place = pathlib.Path(sys.argv[1])
assert is_valid_pylock_path(place)
lock = Pylock.from_dict(tomllib.loads(place.read_text()))
lock.validate()
print(*(f"{package.name}=={package.version}" for package in lock.packages))
"""


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


def run(command, home, **environment):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, cwd=home.folder,
                          env=home.environment(**environment))
    return done.returncode, done.stdout + done.stderr


def packaging_reads(home, programs):
    code, said = run([os.path.join(programs, "python"), "-c", READ, home.path("pylock.toml")], home)
    expect(code == 0 and said.strip() == "lock-base==1.0 lock-sample==1.0", f"packaging does not take the lock: {said}")


def uv_installs(home, programs):
    target = home.path("by-uv")
    install = [os.path.join(programs, "uv"), "pip", "install", "--preview", "--python", sys.executable, "--target", target, "-r", "pylock.toml"]
    code, said = run(install, home, UV_NO_CACHE="1", SSL_CERT_FILE=home.root)
    expect(code == 0, f"uv does not install the lock: {said}")
    expect(os.path.exists(os.path.join(target, "lock_base.py")) and os.path.exists(os.path.join(target, "lock_sample.py")),
           f"uv left something out: {said}")


def main():
    played = []
    with house.House(os.path.abspath(sys.argv[1])) as home:
        base = house.make_wheel(home.path("wheels"), "lock-base", "1.0")
        newer = house.make_wheel(home.path("wheels"), "lock-base", "2.0")
        sample = house.make_wheel(home.path("wheels"), "lock-sample", "1.0", requires="lock-base<2")
        home.run("mirror", "add", "--dir", "master", base, newer, sample)
        home.run("mirror", "trust", "export", "--dir", "master", "-o", "trust.json")
        home.serve()
        with open(home.path("mirrors.txt"), "w", encoding="utf-8") as file:
            file.write(home.url + "\n")
        home.run("fetch", "lock", "lock-sample", "--python", sys.executable, "--trust", "trust.json", "--mirrors", "mirrors.txt")
        for tool, play in (("twine", packaging_reads), ("uv", uv_installs)):
            programs = tools.install(sys.argv[2], tool)
            if programs is not None:
                play(home, programs)
                played.append(tool)
                print(f"{tool}: takes the lock")
    if not played:
        tools.skip("neither the packaging library nor uv can be installed here")


if __name__ == "__main__":
    main()
