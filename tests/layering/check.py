#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the arrows between rooms, the sizes of files, their first lines and the names of types. Exit code 0: nothing found.

usage: check.py [ROOT]
"""
import sys

from arrows import check_arrows, check_listed
from sizes import check_base, check_first_lines, check_namespaces, check_open_ends, check_sizes, warn_sizes
from tree import read_tree
from type_names import check_type_names

CHECKS = (check_arrows, check_listed, check_sizes, check_base, check_first_lines, check_namespaces,
          check_open_ends, check_type_names)


def findings(root):
    tree = read_tree(root)
    if not tree.sources:
        return [f"{root}: no source found; is this the root of the tree?"]
    return [finding for check in CHECKS for finding in check(tree)]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    found = findings(root)
    for line in found:
        print(line)
    for line in warn_sizes(read_tree(root)):
        print(f"worth a look: {line}")
    print(f"layering: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
