#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands that a document shows, as a reader would type them, in an empty folder of its own.

usage: run_commands.py DOCUMENT PROGRAM_FOLDER
Only blocks fenced as ```console are run, all of them as one session of one shell: lines that begin with '$ ' are typed,
'> ' continues the line before, other lines are output that must appear in what the session said ('...' stands for anything).
Programs started with & are ended by their process ids at the end.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROLOGUE = "set -euo pipefail\ntrap 'ids=$(jobs -p); [ -z \"$ids\" ] || kill $ids' EXIT\n"


def read_session(text):
    commands, expected = [], []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append(line[2:])
            elif line.startswith("> "):
                commands[-1] += "\n" + line[2:]
            elif line.strip():
                expected.append(line)
    return commands, expected


def pattern(line):
    return re.compile(".*".join(re.escape(part) for part in line.strip().split("...")))


def run(commands, programs):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HELIOGRAPH_", "XDG_"))}
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    with tempfile.TemporaryDirectory(prefix="heliograph-document-") as folder:
        environment["HOME"] = folder
        # Each command is shown before it runs, so that a failure says which one it was.
        script = PROLOGUE + "".join(f"echo {_quote('$ ' + command)}\n{command}\n" for command in commands)
        return subprocess.run(["bash", "-c", script], cwd=folder, env=environment, text=True, timeout=100, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def self_test():
    commands, expected = read_session("```console\n$ echo one \\\n> two\none ... two\n```\n```sh\n$ false\n```\n")
    assert commands == ["echo one \\\ntwo"], commands
    assert expected == ["one ... two"], expected
    assert pattern("one ... two").search("one and two")
    assert run(["true", "false", "echo unreached"], "/nowhere").returncode == 1


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    self_test()
    commands, expected = read_session(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    if not commands:
        sys.exit(f"{sys.argv[1]}: no ```console block with a command")
    ended = run(commands, pathlib.Path(sys.argv[2]).resolve())
    print(ended.stdout)
    if ended.returncode != 0:
        sys.exit(f"{sys.argv[1]}: the last command shown above ended with {ended.returncode}")
    missing = [line for line in expected if not pattern(line).search(ended.stdout)]
    for line in missing:
        print("the document promises, and the session did not say:", line)
    print(f"{sys.argv[1]}: {len(commands)} commands ran, {len(expected) - len(missing)} of {len(expected)} lines appeared")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
