# SPDX-License-Identifier: Apache-2.0
"""Compares heliograph's versions, specifiers and file names with the implementation inside pip, on generated inputs.

Usage: compare_with_packaging.py DRIVER [SEED]    ctest gives a seed, so that it asks the same each time; without one, others are asked
"""
import glob
import random
import re
import subprocess
import sys

WHEELS = sorted(glob.glob("/usr/share/python-wheels/pip-*.whl"))
if not WHEELS:
    sys.exit("expected a pip wheel in /usr/share/python-wheels, saw none; install the package python3-pip-whl")
sys.path.insert(0, WHEELS[-1])
from pip._vendor.packaging import specifiers, utils, version  # noqa: E402

COUNT = 20_000
OPERATORS = ["==", "!=", "~=", ">=", "<=", ">", "<"]


def number(rng):
    return rng.choice(["0", "0", "1", "1", "2", "3", "10", "007", "20260102030405060708"])


def release(rng):
    return ".".join(number(rng) for _ in range(rng.randint(1, 4)))


def spelled_version(rng):
    """Any spelling, sometimes damaged."""
    sep = lambda: rng.choice(["", ".", "-", "_"])  # noqa: E731
    text = rng.choice(["", "", "", "v", "V"]) + rng.choice(["", "", "", "1!", "0!", "2!"]) + release(rng)
    if rng.random() < 0.4:
        word = rng.choice(["a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC", "Alpha"])
        text += sep() + word + rng.choice(["", sep() + number(rng)])
    if rng.random() < 0.3:
        text += rng.choice(["-" + number(rng), sep() + rng.choice(["post", "rev", "r", "POST"]) + sep() + rng.choice(["", number(rng)])])
    if rng.random() < 0.3:
        text += sep() + rng.choice(["dev", "DEV"]) + sep() + rng.choice(["", number(rng)])
    if rng.random() < 0.2:
        text += "+" + rng.choice(["abc", "1", "abc.1", "1.abc", "007", "Ubuntu-1", "a_b", "1.2.3"])
    if rng.random() < 0.1:
        at = rng.randint(0, len(text))
        text = text[:at] + rng.choice([".", "-", "_", "!", "+", "x", " ", "*", "e", "1"]) + text[at:]
    if rng.random() < 0.05:
        text = " " + text + " "
    return text


def close_version(rng):
    """A normalised version out of a small space, so that comparisons often meet."""
    text = rng.choice(["", "", "", "", "1!"]) + ".".join(rng.choice("0012") for _ in range(rng.randint(1, 3)))
    text += rng.choice(["", "", "a1", "b0", "rc1", "rc2"])
    text += rng.choice(["", "", "", ".post0", ".post1"])
    text += rng.choice(["", "", "", ".dev0", ".dev1"])
    return text


def close_specifier(rng):
    operator = rng.choice(OPERATORS)
    text = close_version(rng)
    if operator in ("==", "!="):
        text += rng.choice(["", "", "+a", "+1"])
        if rng.random() < 0.4 and ".dev" not in text and "+" not in text:
            text += ".*"
    return operator + text


def parse(text):
    try:
        return version.Version(text)
    except version.InvalidVersion:
        return None


def expect_version(text):
    parsed = parse(text)
    return "invalid" if parsed is None else str(parsed) + (" pre" if parsed.is_prerelease else "")


def expect_compare(left, right):
    a, b = parse(left), parse(right)
    if a is None or b is None:
        return "invalid"
    return "less" if a < b else "equal" if a == b else "greater"


def padded(candidate, operand):
    """Older releases compare a prefix before they pad the candidate's release with zeros; PEP 440 pads first."""
    parsed = version.Version(candidate)
    wanted = len(version.Version(operand[2:].removesuffix(".*")).release)
    missing = wanted - len(parsed.release)
    if missing <= 0:
        return candidate
    base = parsed.base_version
    return base + ".0" * missing + str(parsed)[len(base):]


def without_common_epoch(specifier, candidate):
    """Older releases do not part the epoch from a release of one number: for them 1!0b0 is no 1!0.*; PEP 440 says it is."""
    operand = version.Version(specifier[2:].removesuffix(".*"))
    if operand.epoch == 0 or operand.epoch != version.Version(candidate).epoch:
        return specifier, candidate
    return specifier[:2] + specifier[2:].partition("!")[2], candidate.partition("!")[2]


def expect_accepts(specifier, candidate):
    try:
        parsed = specifiers.Specifier(specifier)
    except specifiers.InvalidSpecifier:
        # Newer releases refuse a wild card behind a pre- or post-release, which PEP 440 allows.
        prefix = parse(specifier[2:].removesuffix(".*")) if specifier.endswith(".*") else None
        allowed = prefix is not None and (prefix.pre or prefix.post is not None) and prefix.dev is None
        return None if allowed else "invalid"
    if specifier.endswith(".*") or specifier.startswith("~="):
        specifier, candidate = without_common_epoch(specifier, candidate)
        parsed = specifiers.Specifier(specifier)
        candidate = padded(candidate, specifier)
    return "yes" if parsed.contains(candidate, prereleases=True) else "no"


LETTERS = "abcXYZ019"


def project_part(rng):
    """A project's name as it stands in a file name, sometimes damaged."""
    text = "".join(rng.choice(LETTERS) for _ in range(rng.randint(1, 4)))
    for _ in range(rng.randint(0, 2)):
        text += rng.choice([".", "_", "_", "..", "._"]) + rng.choice(LETTERS) + rng.choice(["", "lib"])
    return rng.choice(["__", "-", "x__y", "_a", "a_"]) if rng.random() < 0.05 else text


def tag_set(rng, choices):
    return ".".join(rng.choice(choices) for _ in range(rng.choice([1, 1, 1, 2, 3])))


def generated_file(rng):
    ver = spelled_version(rng).replace(" ", "").replace("-", "_") if rng.random() < 0.5 else close_version(rng)
    stem = project_part(rng) + "-" + ver
    if rng.random() < 0.3:
        return stem + rng.choice([".tar.gz", ".zip", ".tar.gz", ".tar.bz2", ".tgz"])
    build = rng.choice(["", "", "", "-" + rng.choice("0123456789") + rng.choice(["", "1", "local", "_a", ".b"]), "-x"])
    tags = [
        tag_set(rng, ["py3", "py2", "cp311", "cp39", "pp310", "py312"]),
        tag_set(rng, ["none", "abi3", "cp311", "cp39m", "pypy310_pp73"]),
        tag_set(rng, ["any", "win_amd64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "macosx_10_9_universal2", "linux_armv7l"]),
    ]
    if rng.random() < 0.05:
        tags = tags[: rng.randint(0, 2)] if rng.random() < 0.5 else [*tags, "extra", "parts"]
    return stem + build + "-" + "-".join(tags) + ".whl"


#: Stricter than the oracle, on purpose: a project's name begins and ends with a letter or digit (PEP 503, PEP 508).
PROJECT_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def expect_file(text):
    try:
        if text.endswith(".whl"):
            name, ver, build, tags = utils.parse_wheel_filename(text)
        else:
            name, ver = utils.parse_sdist_filename(text)
            build, tags = (), frozenset()
    except (utils.InvalidWheelFilename, utils.InvalidSdistFilename, version.InvalidVersion):
        return "invalid"
    spelt = text.split("-")[0] if text.endswith(".whl") else text.rpartition("-")[0]
    if not PROJECT_NAME.fullmatch(spelt):
        return "invalid"
    joined = "".join(str(part) for part in build)
    return (name, str(ver), joined, frozenset(str(tag) for tag in tags))


def parsed_answer(answer):
    """The driver's line about a file in the form of expect_file()."""
    parts = answer.split(" ")
    if len(parts) < 3:
        return answer
    build = re.fullmatch(r"([0-9]+)(.*)", parts[2])
    joined = str(int(build[1])) + build[2] if build else parts[2]
    return (parts[0], parts[1], joined, frozenset(parts[3:]))


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    rng = random.Random(seed)
    cases = []
    for _ in range(COUNT):
        text = spelled_version(rng)
        cases.append((("version", text), expect_version(text)))
        pair = (spelled_version(rng), spelled_version(rng)) if rng.random() < 0.3 else (close_version(rng), close_version(rng))
        cases.append((("compare", *pair), expect_compare(*pair)))
        specifier, candidate = close_specifier(rng), close_version(rng) + rng.choice(["", "", "+a", "+1.b"])
        cases.append((("accepts", specifier, candidate), expect_accepts(specifier, candidate)))
        name = generated_file(rng)
        cases.append((("file", name), expect_file(name)))
    questions = "".join("\t".join(case[0]) + "\n" for case in cases)
    run = subprocess.run([sys.argv[1]], input=questions, capture_output=True, text=True, check=True)
    answers = run.stdout.splitlines()
    wrong = 0
    for (question, expected), answer in zip(cases, answers, strict=True):
        if isinstance(expected, tuple):
            answer = parsed_answer(answer)
        if expected is not None and answer != expected:
            wrong += 1
            if wrong <= 20:
                print(f"{question}: expected {expected}, saw {answer}")
    print(f"{len(cases)} questions, {wrong} wrong answers, seed {seed}, oracle {WHEELS[-1]}")
    sys.exit(1 if wrong else 0)


main()
