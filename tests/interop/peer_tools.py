# SPDX-License-Identifier: Apache-2.0
"""The tools under test: pinned, installed once into virtual environments, for all builds of this tree."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

PINS = {
    "twine": ["twine==7.0.0"],
    # Debian 12's. It reads its own version with what later releases of that library do not have.
    "twine-4": ["twine==4.0.2", "importlib_metadata<7"],
    # The last before it wants a name for a server, not a number (its issue 12906); it reads metadata beside files, as from 23.2 on.
    "pip": ["pip==24.0"],
    "uv": ["uv==0.13.9"],
    "poetry": ["poetry==2.5.1"],
    "pdm": ["pdm[locked]==2.29.3"],
    "bandersnatch": ["bandersnatch==6.8.0"],
}

SKIPPED = 77


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def commands(tools_folder, tool, place):
    """Ways to put the tool there, the quickest first: uv takes a fifth of pip's time, and pip is always at hand."""
    uv = None if tool == "uv" else install(tools_folder, "uv")
    if uv:
        uv = [os.path.join(uv, "uv"), "--quiet", "--no-cache"]
        yield [[*uv, "venv", "--python", sys.executable, place],
               [*uv, "pip", "install", "--python", os.path.join(place, "bin", "python"), *PINS[tool]]]
    pip = [os.path.join(place, "bin", "pip"), "--quiet", "--disable-pip-version-check", "--retries", "1"]
    yield [[sys.executable, "-m", "venv", place], [*pip, "install", *PINS[tool]]]


def carry_out(steps):
    """What went wrong, or None."""
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return None


def install(tools_folder, tool):
    """The folder with the tool's programs, or None with the reason printed."""
    key = hashlib.sha256(repr((PINS[tool], sys.version_info[:2])).encode()).hexdigest()[:12]
    place = os.path.join(tools_folder, f"{tool}-{key}")
    os.makedirs(tools_folder, exist_ok=True)
    with open(place + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(place, "complete")):
            for steps in commands(tools_folder, tool, place):
                shutil.rmtree(place, ignore_errors=True)
                reason = carry_out(steps)
                if reason is None:
                    break
            else:
                print(f"{tool} cannot be had: {reason}")
                return None
            with open(os.path.join(place, "complete"), "w", encoding="utf-8"):
                pass
    return os.path.join(place, "bin")
