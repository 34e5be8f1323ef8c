#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks tests/TRACE.md against the tests that ctest knows. Exit code 0: every named test exists, every row names one.

usage: check_trace.py TRACE.md BUILD_FOLDER
A row of a table is '| requirement | what is proved | tests |'; tests are named in backticks. A row whose last cell begins
with 'not yet' names none, and says who will.
"""
import json
import re
import subprocess
import sys

NAME = re.compile(r"`([^`]+)`")
PARAMETRIC = re.compile(r"(?:[^/]+/)?([^/]+\.[^/]+)/")


def known_tests(build):
    text = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"],
                          capture_output=True, text=True, check=True).stdout
    return {test["name"] for test in json.loads(text)["tests"]}


def findings(text, known):
    # 'Form/PageForms.RejectsX/json' answers to 'PageForms.RejectsX' too.
    bare = known | {found.group(1) for found in map(PARAMETRIC.match, known) if found}
    rows = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("|") or set(line) <= set("|-: ") or line.startswith("| id |"):
            continue
        rows += 1
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        names = NAME.findall(cells[-1])
        if not names and not cells[-1].startswith("not yet"):
            yield f"line {number}: '{cells[0]}' names no test"
        for name in names:
            if name not in bare:
                yield f"line {number}: '{cells[0]}' names {name}, which ctest does not know"
    if rows == 0:
        yield "no row was found"


def self_test():
    table = "| id | proved | tests |\n|---|---|---|\n| T1 | bytes | `Page.Rejects`, `Form.Reads` |\n"
    known = {"Page.Rejects", 'All/Form.Reads/"json/html"', "Other.Test"}
    assert list(findings(table, known)) == []
    assert len(list(findings(table.replace("Page.Rejects", "Page.Gone"), known))) == 1
    assert len(list(findings("| id | x |\n| T2 | bytes | none |\n", known))) == 1
    assert list(findings("| T2 | bytes | not yet: a later step |\n", known)) == []
    assert len(list(findings("no table", known))) == 1


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    self_test()
    known = known_tests(sys.argv[2])
    unbuilt = sum(1 for name in known if name.endswith("_NOT_BUILT"))
    if unbuilt:
        sys.exit(f"trace: {unbuilt} test programs are not built in {sys.argv[2]}; run tests/run.sh first")
    with open(sys.argv[1], encoding="utf-8") as file:
        found = list(findings(file.read(), known))
    for line in found:
        print("TRACE.md:", line)
    print(f"trace: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
