#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles every public header alone. Exit code 0: each includes all that it uses.

usage: alone.py ROOT COMPILER

A header that another one includes needs no compilation of its own: read in front of the other, it is read alone, and adds
nothing that the other does not bring by itself. So the headers are laid into as few such chains as there can be."""
import concurrent.futures
import os
import subprocess
import sys

from tree import read_tree


def brought(tree):
    """Public header -> the public headers that it includes, however far away."""
    direct = {path: {include.path for include in tree.includes(path)} & tree.sources.keys() for path in tree.sources}
    closures = {}
    for header in sorted(tree.public_headers & tree.sources.keys()):
        seen, waiting = set(), [header]
        while waiting:
            new = direct[waiting.pop()] - seen
            seen |= new
            waiting.extend(new)
        closures[header] = (seen & tree.public_headers) - {header}
    return closures


def chains_of(closures):
    """Lists of headers, each header in one of them, each bringing the one before it: a least path cover of the order, which
    is a greatest matching of each header with one that comes next (Dilworth; Kuhn's augmenting paths)."""
    above = {header: sorted(other for other in closures if header in closures[other]) for header in closures}
    below = {}

    def matched(header, tried):
        for other in above[header]:
            if other in tried:
                continue
            tried.add(other)
            if other not in below or matched(below[other], tried):
                below[other] = header
                return True
        return False

    for header in closures:
        matched(header, set())
    following = {header: other for other, header in below.items()}
    chains = []
    for header in closures:
        if header not in below:
            chain = [header]
            while chain[-1] in following:
                chain.append(following[chain[-1]])
            chains.append(chain)
    return chains


def refused(root, compiler, chain):
    """What the compiler says against these headers; nothing when they are good."""
    text = "".join(f"#include <{header}>\n" for header in chain)
    command = [compiler, "-std=c++20", "-fsyntax-only", "-I", str(root), "-x", "c++", "-"]
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return "" if ended.returncode == 0 else f"{' '.join(chain)}:\n{ended.stderr}"


def check_alone(root, compiler):
    tree = read_tree(root)
    chains = chains_of(brought(tree))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as crew:
        findings = [said for said in crew.map(lambda chain: refused(root, compiler, chain), chains) if said]
    return findings, sum(map(len, chains)), len(chains)


def main():
    findings, headers, compilations = check_alone(sys.argv[1], sys.argv[2])
    for said in findings:
        print(said, file=sys.stderr)
    print(f"headers: {headers} public headers in {compilations} compilations, {len(findings)} do not compile alone")
    return 1 if findings or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
