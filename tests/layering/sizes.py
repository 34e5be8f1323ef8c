# SPDX-License-Identifier: Apache-2.0
"""Sizes of files and of pki/base, and the first line of each file."""

import re

LARGEST_SOURCE = 600
LARGEST_HEADER = 250
WORTH_A_LOOK = 350
BASE_PAIRS = 12
BASE_LINES = 1500
TAG = "SPDX-License-Identifier: Apache-2.0"


def _lines(text):
    return len(text.splitlines())


def _lines_of_code(text):
    """Lines that are neither empty nor comment: the duty to write docstrings must not eat the allowance."""
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("//"))


def check_sizes(tree):
    for path, text in tree.sources.items():
        limit = LARGEST_HEADER if path.endswith(".hpp") else LARGEST_SOURCE
        if _lines(text) > limit:
            yield f"{path}: {_lines(text)} lines, at most {limit}: one responsibility a file"


def warn_sizes(tree):
    for path, text in tree.sources.items():
        if path.endswith(".cpp") and WORTH_A_LOOK < _lines(text) <= LARGEST_SOURCE:
            yield f"{path}: {_lines(text)} lines, aim for 60 to 200"


def check_base(tree):
    """pki/base admits little, so that it never becomes the dump that every model has. Its folders are rooms of their own."""
    base = {p: t for p, t in tree.sources.items() if p.startswith("pki/base/") and p.count("/") == 2}
    stems = {path.rpartition(".")[0] for path in base}
    if len(stems) > BASE_PAIRS:
        yield f"pki/base: {len(stems)} header/source pairs, at most {BASE_PAIRS}"
    total = sum(_lines_of_code(text) for text in base.values())
    if total > BASE_LINES:
        yield f"pki/base: {total} lines of code, at most {BASE_LINES}"


def check_first_lines(tree):
    for path, text in {**tree.sources, **tree.scripts}.items():
        first = text.splitlines()[:2] if text.startswith("#!") else text.splitlines()[:1]
        mark = "// " if path in tree.sources else "# "
        if not first or first[-1] != mark + TAG:
            yield f"{path}: must begin with '{mark}{TAG}'"
        if path.endswith(".hpp") and "#pragma once" not in text:
            yield f"{path}: has no #pragma once"


def check_open_ends(tree):
    """What is begun is finished: no notes to the future, no test that does not run, no test that waits by the clock."""
    always = ("TO" "DO", "FIX" "ME", "DIS" "ABLED_", "GTEST" "_SKIP")
    in_tests = ("sleep" "_for(", "sleep" "_until(")
    for path, text in {**tree.sources, **tree.scripts}.items():
        words = always + in_tests if path.startswith("tests/") else always
        for number, line in enumerate(text.splitlines(), start=1):
            for word in words:
                if word in line:
                    yield f"{path}:{number}: '{word.strip()}' does not belong here"


#: Literals and calendar words read better bare; everything else is named in full.
BARE = re.compile(r"using " r"namespace std::(\w*literals|chrono(_literals)?);")


def check_namespaces(tree):
    for path, text in tree.sources.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if "using " "namespace " in line and (path.endswith(".hpp") or not BARE.search(line)):
                yield f"{path}:{number}: names a whole namespace; name what is used"
