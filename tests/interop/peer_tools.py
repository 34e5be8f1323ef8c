# SPDX-License-Identifier: Apache-2.0
"""The tools under test: pinned, installed once into virtual environments, for all builds of this tree."""

import fcntl
import hashlib
import os
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


def install(tools_folder, tool):
    """The folder with the tool's programs, or None with the reason printed."""
    pins = PINS[tool]
    key = hashlib.sha256(repr((pins, sys.version_info[:2])).encode()).hexdigest()[:12]
    place = os.path.join(tools_folder, f"{tool}-{key}")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place + ".lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(os.path.join(place, "complete")):
            for command in (
                [sys.executable, "-m", "venv", "--clear", place],
                [os.path.join(place, "bin", "pip"), "--quiet", "--disable-pip-version-check", "--retries", "1", "install", *pins],
            ):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                    print(f"{tool} cannot be had: {last}")
                    return None
            with open(os.path.join(place, "complete"), "w", encoding="utf-8"):
                pass
    return os.path.join(place, "bin")
