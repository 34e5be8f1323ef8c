# SPDX-License-Identifier: Apache-2.0
"""Asks the harness the questions of one suite and compares: every difference from what the suite expects must stand in
its differences.json, with a reason, and nothing may stand there that is no difference. The table in pki/README.md must
say what was counted.

    run.py limbo PKI
    run.py zlint PKI
    run.py pkits|signatures|encodings HARNESS

The cases of limbo and zlint go through the command as people type it, `pki verify --profile webpki` and `pki lint`, a few at a time.
"""
import base64
import concurrent.futures
import json
import lzma
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"
SKIPPED = 77
#: Where Debian and Ubuntu put what python3-cryptography-vectors holds.
PKITS_FOLDER = pathlib.Path("/usr/lib/python3/dist-packages/cryptography_vectors/x509/PKITS_data")


def ask(harness, arguments, question):
    done = subprocess.run([harness, *arguments], input=json.dumps(question), capture_output=True, text=True, timeout=110)
    if done.returncode != 0:
        sys.exit(f"the harness failed: {done.stderr.strip()}")
    return {result["id"]: result for result in json.loads(done.stdout)["results"]}


def compare(name, expected, actual, contexts, at_least):
    """expected, actual: id -> verdict. Ends the program when a difference is not known, or a known one is none."""
    known = json.loads((VECTORS / name / "differences.json").read_text())
    differences = {case for case in expected if actual[case] != expected[case]}
    faults = []
    for case in sorted(differences - known.keys()):
        faults.append(f"{case}: expected {expected[case]}, saw {actual[case]}: {contexts[case][:300]}")
    for case in sorted(known.keys() - differences):
        faults.append(f"{case}: stands in differences.json and is none")
    for case in sorted(known.keys() & differences):
        if not known[case].strip():
            faults.append(f"{case}: has no reason in differences.json")
    right = len(expected) - len(differences)
    print(f"{name}: {right} of {len(expected)} right, {len(differences)} known differences")
    if right < at_least:
        faults.append(f"{right} right are fewer than {at_least}")
    check_table(name, right, len(expected), faults)
    if faults:
        sys.exit("\n".join(faults))


def check_table(name, right, total, faults):
    row = f"| {name} | {right} of {total} |"
    if row not in (ROOT / "pki" / "README.md").read_text():
        faults.append(f"pki/README.md does not hold the row that begins with: {row}")


#: What `pki verify --max-depth` takes at most; a case that allows more is judged by it.
DEPTH_LIMIT = 8
#: Cases whose question is refused as no question (exit 2), with the reason. Any other 2 is a fault of this runner.
NO_QUESTION = {"rfc5280::san::underscore-dns": "the name that is asked for, foo_bar.example.com, is no host name"}


def limbo_commands(pki, case, folder):
    """One command for each name that the certificate must be for, or one without."""

    def written(name, texts):
        (folder / name).write_text("".join(texts))
        return folder / name

    command = [
        pki, "verify", written("chain", [case["peer_certificate"], *case["untrusted_intermediates"]]),
        "--profile", "webpki", "--purpose", "client" if case["validation_kind"] == "CLIENT" else "server",
        "--root", written("roots", case["trusted_certs"]),
    ]
    if case.get("validation_time"):
        # Whole seconds are judged.
        command += ["--at", case["validation_time"][:19] + "Z"]
    if case.get("max_chain_depth") is not None:
        command += ["--max-depth", str(min(case["max_chain_depth"], DEPTH_LIMIT))]
    if case.get("crls"):
        command += ["--crl", written("lists", case["crls"])]
    names = [case["expected_peer_name"]] if case.get("expected_peer_name") else []
    names += case.get("expected_peer_names") or []
    return [[*command, "--name", name["value"]] for name in names] or [command]


def limbo_answer(pki, case):
    """What the command said: (verdict, why). It holds when it holds for every name."""
    with tempfile.TemporaryDirectory(prefix="limbo.") as place:
        for command in limbo_commands(pki, case, pathlib.Path(place)):
            done = subprocess.run(
                [str(word) for word in command], capture_output=True, text=True, timeout=60,
                env={"HOME": place, "XDG_CONFIG_HOME": place, "XDG_DATA_HOME": place}, cwd=place,
            )
            if done.returncode not in ((2,) if case["id"] in NO_QUESTION else (0, 1, 4, 6)):
                sys.exit(f"{case['id']}: the command ended with {done.returncode}: {done.stderr.strip()}")
            if done.returncode != 0:
                return "FAILURE", done.stderr.strip()
    return "SUCCESS", ""


def limbo(pki):
    beside = ROOT.parent / "shared" / "data" / "limbo.json.xz"
    source = beside if beside.exists() else VECTORS / "limbo" / "limbo.json.xz"
    cases = json.loads(lzma.open(source).read())["testcases"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = dict(zip((case["id"] for case in cases), pool.map(lambda case: limbo_answer(pki, case), cases)))
    expected = {case["id"]: case["expected_result"] for case in cases}
    actual = {case: verdict for case, (verdict, _) in answers.items()}
    wrong_accepts = [
        case
        for case, verdict in expected.items()
        if case.split("::")[0] in ("cve", "rfc5280", "pathlen") and verdict == "FAILURE" and actual[case] == "SUCCESS"
    ]
    if wrong_accepts:
        sys.exit(f"accepted what must be refused: {wrong_accepts}")
    compare("limbo", expected, actual, {case: context for case, (_, context) in answers.items()}, 200)


def pkits(harness):
    if not PKITS_FOLDER.is_dir():
        print(f"{PKITS_FOLDER} is not there: install python3-cryptography-vectors")
        sys.exit(SKIPPED)
    question = json.loads((VECTORS / "pkits" / "cases.json").read_text())
    answers = ask(harness, ["pkits", str(PKITS_FOLDER)], question)
    compare(
        "pkits",
        {case["id"]: case["valid"] for case in question["cases"]},
        {case: answer["valid"] for case, answer in answers.items()},
        {case: answer["context"] for case, answer in answers.items()},
        245,
    )


#: File -> (algorithm, parameters), as a certificate names them; 'public' is the check of detached signatures.
SIGNATURES = {
    "ecdsa_secp256r1_sha256": ("public", ""),
    "ecdsa_secp384r1_sha256": ("public", ""),
    "ecdsa_secp384r1_sha384": ("1.2.840.10045.4.3.3", ""),
    "ed25519": ("1.3.101.112", ""),
    "rsa_signature_2048_sha256": ("1.2.840.113549.1.1.11", "0500"),
    "rsa_signature_3072_sha384": ("1.2.840.113549.1.1.12", "0500"),
    "rsa_pss_2048_sha256_mgf1_32": ("1.2.840.113549.1.1.10", "pss01"),
    "rsa_pss_4096_sha512_mgf1_64": ("1.2.840.113549.1.1.10", "pss03"),
}
PSS_SALT = {"01": "20", "02": "30", "03": "40"}


def pss_parameters(arc):
    digest = f"300d06096086480165030402{arc}0500"
    return f"3034a00f{digest}a11c301a06092a864886f70d010108{digest}a2030201{PSS_SALT[arc]}"


def signatures(harness):
    groups, expected = [], {}
    for name, (algorithm, parameters) in SIGNATURES.items():
        document = json.loads(lzma.open(VECTORS / "wycheproof" / f"{name}_test.json.xz").read())
        if parameters.startswith("pss"):
            parameters = pss_parameters(parameters[3:])
        for group in document["testGroups"]:
            tests = []
            for test in group["tests"]:
                case = f"{name}/{test['tcId']}"
                tests.append({"id": case, "msg": test["msg"], "sig": test["sig"]})
                expected[case] = test["result"] == "valid"
                if test["result"] == "acceptable":
                    expected[case] = None
            groups.append(
                {"key": group["publicKeyDer"], "algorithm": algorithm, "parameters": parameters, "tests": tests}
            )
    answers = ask(harness, ["signatures"], {"groups": groups})
    decided = {case: verdict for case, verdict in expected.items() if verdict is not None}
    compare(
        "wycheproof",
        decided,
        {case: answers[case]["valid"] for case in decided},
        {case: answers[case]["context"] for case in decided},
        len(decided),
    )


def encodings(harness):
    """Every field that both read, or that both read nothing."""
    cases = json.loads(lzma.open(VECTORS / "encodings" / "cases.json.xz").read())["cases"]
    asked = [
        {"id": case["id"], "kind": case["kind"], "der": case["der"], "serials": (case["read"] or {}).get("serials", [])}
        for case in cases
    ]
    answers = ask(harness, ["encodings"], {"cases": asked})
    compare(
        "encodings",
        {case["id"]: case["read"] for case in cases},
        {case: answer["read"] for case, answer in answers.items()},
        {case: answer["context"] for case, answer in answers.items()},
        len(cases) * 3 // 4,
    )


def lint_answer(pki, document):
    """What `pki lint` finds: [(id, what it saw)]."""
    with tempfile.TemporaryDirectory(prefix="zlint.") as place:
        path = pathlib.Path(place) / "document.der"
        path.write_bytes(base64.b64decode(document))
        done = subprocess.run(
            [pki, "lint", str(path), "--profile", "webpki", "--json"], capture_output=True, text=True, timeout=60,
            env={"HOME": place, "XDG_CONFIG_HOME": place, "XDG_DATA_HOME": place}, cwd=place,
        )
        if done.returncode not in (0, 1):
            sys.exit(f"the command ended with {done.returncode}: {done.stderr.strip()}")
        documents = json.loads(done.stdout)["documents"]
        return [(finding["id"], finding["seen"]) for one in documents for finding in one["findings"]]


def finds(answer, rules):
    """rules: ids of ours, each with what must stand in its words behind a colon, if anything."""
    wanted = [rule.partition(":") for rule in rules]
    return any(rule == found and words in seen for found, seen in answer for rule, _, words in wanted)


def zlint(pki):
    """Whether a lint of theirs is broken by a file, and the rules of ours that say the same find it there."""
    suite = json.loads(lzma.open(VECTORS / "zlint" / "cases.json.xz").read())
    rules = json.loads((VECTORS / "zlint" / "rules.json").read_text())
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = dict(zip(suite["files"], pool.map(lambda one: lint_answer(pki, one), suite["files"].values())))
    named = {f"{case['lint']}/{case['file']}": case for case in suite["cases"]}
    compare(
        "zlint",
        {name: case["expected"] for name, case in named.items()},
        {name: finds(answers[case["file"]], rules[case["lint"]]) for name, case in named.items()},
        {name: str(answers[case["file"]]) for name, case in named.items()},
        len(named) * 9 // 10,
    )


if __name__ == "__main__":
    {"limbo": limbo, "pkits": pkits, "signatures": signatures, "encodings": encodings, "zlint": zlint}[sys.argv[1]](str(pathlib.Path(sys.argv[2]).resolve()))
