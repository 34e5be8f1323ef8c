# SPDX-License-Identifier: Apache-2.0
"""Compares heliograph's markers and wheel tags with the packaging library, or with the copy of it inside pip.

Usage: compare_with_packaging.py DRIVER [SEED]
"""
import glob
import random
import subprocess
import sys

try:
    import packaging
    from packaging import markers, tags
    from packaging._manylinux import _LEGACY_MANYLINUX_MAP
    ORACLE = f"packaging {packaging.__version__}"
    MODERN = int(packaging.__version__.split(".")[0]) >= 26
except ImportError:
    wheels = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        sys.exit("expected the packaging library or a pip wheel in /usr/share/python-wheels, saw none; "
                 "install the package python3-pip-whl")
    sys.path.insert(0, wheels[-1])
    from pip._vendor.packaging import markers, tags
    from pip._vendor.packaging._manylinux import _LEGACY_MANYLINUX_MAP
    ORACLE = wheels[-1]
    MODERN = False

COUNT = 4000
# Older oracles know no normal form of extras, take no pre-release for what it is, and read legacy versions.
LITERALS = ["3", "3.8", "3.11", "3.11.2", "3.12", "4", "3.*"] + (["3.11.2rc1"] if MODERN else [])
EXTRAS = ["test", "dev"] + (["Test_All"] if MODERN else [])
VERSIONS = ["python_version", "python_full_version", "implementation_version"]
NAMES = ["os_name", "sys_platform", "platform_machine", "platform_system", "implementation_name"]
ENVIRONMENT = {
    "os_name": "posix", "sys_platform": "linux", "platform_machine": "x86_64",
    "platform_python_implementation": "CPython", "platform_release": "6.1", "platform_system": "Linux",
    "platform_version": "1.0", "python_version": "3.11", "python_full_version": "3.11.2",
    "implementation_name": "cpython", "implementation_version": "3.11.2",
}


def comparison(rng):
    if rng.random() < 0.5:
        variable = rng.choice(VERSIONS)
        literal = rng.choice(LITERALS)
        operator = rng.choice(["<", "<=", "==", "!=", ">=", ">", "~="])
        if operator == "~=" and "." not in literal:
            literal = "3.1"
        if "*" in literal and operator not in ("==", "!="):
            literal = "3.11"
        # The other way round the variable's value is the range, so it must be one.
        swap = rng.random() < 0.15 and "*" not in literal
    else:
        variable = rng.choice(NAMES + ["extra"])
        literal = rng.choice(["posix", "nt", "linux", "win32", "x86_64", "Linux", "cpython", "test", "Test_All", "", "li"])
        # Older oracles gave names an order of their own.
        operator = rng.choice(["==", "!=", "in", "not in"] + ([">=", "<=", "<", ">"] if MODERN else []))
        if variable == "extra":
            operator = rng.choice(["==", "!="])
            literal = rng.choice(EXTRAS)
        swap = rng.random() < 0.3
    quote = rng.choice("'\"")
    sides = [variable, f"{quote}{literal}{quote}"]
    if swap:
        sides.reverse()
    blank = rng.choice([" ", "  "])
    return f"{sides[0]}{blank}{operator}{blank}{sides[1]}"


def marker(rng, depth=0):
    if depth == 3 or rng.random() < 0.4:
        text = comparison(rng)
    else:
        text = rng.choice([" and ", " or "]).join(marker(rng, depth + 1) for _ in range(rng.randint(2, 3)))
    if rng.random() < 0.3:
        text = f"({text})"
    if MODERN and depth == 0 and rng.random() < 0.1:
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice(["(", ")", "'", "x", " and ", "=", " "]) + text[at:]
    return text


def expect_marker(text, extra):
    try:
        parsed = markers.Marker(text)
    except markers.InvalidMarker:
        return "invalid"
    try:
        return "yes" if parsed.evaluate({**ENVIRONMENT, "extra": extra}) else "no"
    except (markers.UndefinedComparison, markers.UndefinedEnvironmentName):
        return "undefined"


def expect_tags(version, abi, platforms):
    numbers = tuple(int(part) for part in version.split("."))
    interpreter = f"cp{numbers[0]}{numbers[1]}"
    found = list(tags.cpython_tags(numbers, [abi], platforms))
    found += list(tags.compatible_tags(numbers, interpreter, platforms))
    return " ".join(str(tag) for tag in found)


def expect_linux(minor, machine):
    oldest = 5 if machine in ("x86_64", "i686") else 17
    found = [f"linux_{machine}"]
    for older in range(minor, oldest - 1, -1):
        found.append(f"manylinux_2_{older}_{machine}")
        legacy = _LEGACY_MANYLINUX_MAP.get((2, older))
        found += [f"{legacy}_{machine}"] if legacy else []
    return " ".join(found)


def expect_mac(major, minor, machine):
    # fat32 was a misspelling of older releases for what Python itself calls fat3.
    return " ".join(tags.mac_platforms((major, minor), machine)).replace("fat32", "fat3")


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    rng = random.Random(seed)
    cases = []
    for _ in range(COUNT):
        text, extra = marker(rng), rng.choice(["", "test"] + (["test-all", "Dev"] if MODERN else []))
        cases.append((("marker", text, extra, *ENVIRONMENT.values()), expect_marker(text, extra)))
    for minor in range(2, 21):
        platforms = rng.sample(["linux_x86_64", "manylinux_2_28_x86_64", "manylinux1_x86_64", "win_amd64"], 3)
        cases.append((("tags", f"3.{minor}", f"cp3{minor}", *platforms), expect_tags(f"3.{minor}", f"cp3{minor}", platforms)))
        if MODERN and minor >= 13:
            cases.append((("tags", f"3.{minor}", f"cp3{minor}t", *platforms), expect_tags(f"3.{minor}", f"cp3{minor}t", platforms)))
    for minor in range(5, 45):
        machine = rng.choice(["x86_64", "i686", "aarch64", "ppc64le"])
        cases.append((("linux", "glibc", "2", str(minor), machine), expect_linux(minor, machine)))
    for major, minor in [(10, n) for n in range(17)] + [(n, 1) for n in range(11, 17)]:
        for machine in ["x86_64", "arm64", "i386", "ppc", "ppc64"]:
            cases.append((("mac", str(major), str(minor), machine), expect_mac(major, minor, machine)))
    questions = "".join("\t".join(case[0]) + "\n" for case in cases)
    run = subprocess.run([sys.argv[1]], input=questions, capture_output=True, text=True, check=True)
    wrong = 0
    for (question, expected), answer in zip(cases, run.stdout.split("\n")[:-1], strict=True):
        if answer != expected:
            wrong += 1
            if wrong <= 20:
                print(f"{question[:3]}: expected {expected[:300]}, saw {answer[:300]}")
    print(f"{len(cases)} questions, {wrong} wrong answers, seed {seed}, oracle {ORACLE}")
    sys.exit(1 if wrong else 0)


main()
