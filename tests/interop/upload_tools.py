# SPDX-License-Identifier: Apache-2.0
"""twine, uv, poetry and pdm upload to a master over TLS; uv, pip and pdm install from it what came in."""

import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import house  # noqa: E402
import peer_tools as tools  # noqa: E402


def run(command, expected=0, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180, **options)
    said = done.stdout + done.stderr
    if (done.returncode == 0) != (expected == 0):
        raise AssertionError(f"{' '.join(command[:3])} ended with {done.returncode}: {said}")
    return said


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


# twine offers --skip-existing for two servers only, known by their names. What it would do with our answer is for its own code to say.
ASK_TWINE = """
import os, sys
from twine import package, repository
from twine.commands import upload
index = repository.Repository(sys.argv[1], "__token__", os.environ["TWINE_PASSWORD"], True)
index.set_certificate_authority(os.environ["TWINE_CERT"])
file = package.PackageFile.from_filename(sys.argv[2], None)
answer = index.upload(file)
print(answer.status_code, "skips" if upload.skip_upload(answer, True, file) else "goes on")
"""


def files_of(home, project):
    return home.run("mirror", "list", "--dir", "master", project)


def twine_uploads(home, programs):
    def twine(token, *arguments, expected=0):
        environment = home.environment(TWINE_USERNAME="__token__", TWINE_PASSWORD=token, TWINE_CERT=home.root)
        said = run([os.path.join(programs, "twine"), "upload", "--non-interactive", "--disable-progress-bar", "--verbose",
                    "--repository-url", home.url + "legacy/", *arguments], expected, env=environment)
        expect(token not in said, "twine and server together showed the token")
        return said

    token = home.token()
    wheel = house.make_wheel(home.path("first"), "twine-sample", "1.0")
    sdist = house.make_sdist(home.path("first"), "twine-sample", "1.0")
    twine(token, wheel, sdist)
    expect("twine_sample-1.0.tar.gz" in files_of(home, "twine-sample"), "the sdist is not published")
    twine(token, wheel)
    other = house.make_wheel(home.path("second"), "twine-sample", "1.0", "x = 2\n")
    said = twine(token, other, expected=1)
    expect("File already exists" in said, f"twine shows no reason: {said}")
    for file, wanted in ((other, "400 skips"), (wheel, "200 goes on")):
        said = run([os.path.join(programs, "python"), "-c", ASK_TWINE, home.url + "legacy/", file],
                   env=home.environment(TWINE_PASSWORD=token, TWINE_CERT=home.root))
        expect(wanted in said, f"twine makes something else of our answer: {said}")
    home.run("mirror", "remove", "--dir", "master", os.path.basename(wheel))
    said = run([os.path.join(programs, "python"), "-c", ASK_TWINE, home.url + "legacy/", other],
               env=home.environment(TWINE_PASSWORD=token, TWINE_CERT=home.root))
    expect("400 goes on" in said, f"twine takes a file that was removed for published: {said}")
    said = run([os.path.join(programs, "twine"), "upload", "--non-interactive", "--disable-progress-bar", "--repository-url",
                home.url + "legacy", wheel], 1, env=home.environment(TWINE_USERNAME="__token__", TWINE_PASSWORD=token, TWINE_CERT=home.root))
    expect("missing a trailing slash" in " ".join(said.split()), f"twine does not say what is wrong with the address: {said}")
    said = twine(home.token("another-project"), house.make_wheel(home.path("third"), "twine-sample", "2.0"), expected=1)
    expect("403" in said, f"a token of another project was not refused: {said}")
    said = twine("hgt_guess", wheel, expected=1)
    expect("403" in said, f"a guess was not refused: {said}")


def old_twine_uploads(home, programs):
    """Before 6.1 the form of an sdist does not say that it is one."""
    token = home.token("old-twine-sample")
    files = [make(home.path("old-twine"), "old-twine-sample", "1.0") for make in (house.make_wheel, house.make_sdist)]
    run([os.path.join(programs, "twine"), "upload", "--non-interactive", "--disable-progress-bar", "--verbose", "--repository-url",
         home.url + "legacy/", *files],
        env=home.environment(TWINE_USERNAME="__token__", TWINE_PASSWORD=token, TWINE_CERT=home.root))
    for file in files:
        expect(os.path.basename(file) in files_of(home, "old-twine-sample"), f"{file} is not published")
    # It offers --skip-existing everywhere; 5.1 and later for two servers only, whatever others answer.
    other = house.make_wheel(home.path("old-twine-other"), "old-twine-sample", "1.0", "x = 2\n")
    new = house.make_wheel(home.path("old-twine-other"), "old-twine-sample", "1.1")
    said = run([os.path.join(programs, "twine"), "upload", "--skip-existing", "--non-interactive", "--disable-progress-bar",
                "--repository-url", home.url + "legacy/", other, new],
               env=home.environment(TWINE_USERNAME="__token__", TWINE_PASSWORD=token, TWINE_CERT=home.root))
    expect("Skipping" in said, f"twine skipped nothing: {said}")
    expect(os.path.basename(new) in files_of(home, "old-twine-sample"), "the new file behind the skipped one is not published")


# Its sdist says nothing of what it needs (metadata 2.1); its build does.
BUILD_BACKEND = """
import os
def prepare_metadata_for_build_wheel(folder, settings=None):
    place = os.path.join(folder, "grown_sample-1.0.dist-info")
    os.makedirs(place)
    with open(os.path.join(place, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: grown-sample\\nVersion: 1.0\\nRequires-Dist: grown-base\\n")
    return os.path.basename(place)
def build_wheel(folder, settings=None, metadata_folder=None):
    raise NotImplementedError
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def pip_hears_what_a_build_needs(home, programs):
    """pip believes metadata that a page offers for an sdist, and builds it for the others alone (PEP 658)."""
    home.run("mirror", "add", "--dir", "master", house.make_wheel(home.path("grown"), "grown-base", "1.0"),
             house.make_sdist(home.path("grown"), "grown-sample", "1.0", {"pyproject.toml": PROJECT, "backend.py": BUILD_BACKEND}))
    run([os.path.join(programs, "pip"), "download", "--isolated", "--disable-pip-version-check", "--no-cache-dir", "--cert", home.root,
         "--index-url", home.url + "simple/", "--dest", home.path("needed"), "grown-sample"], env=home.environment())
    got = sorted(os.listdir(home.path("needed")))
    expect(got == ["grown_base-1.0-py3-none-any.whl", "grown_sample-1.0.tar.gz"], f"pip did not get what the build needs: {got}")


def uv_uploads_and_installs(home, programs):
    uv = os.path.join(programs, "uv")
    token = home.token("uv-sample")
    environment = home.environment(UV_PUBLISH_TOKEN=token, SSL_CERT_FILE=home.root, UV_NO_CACHE="1")
    publish = [uv, "publish", "--trusted-publishing", "never", "--publish-url", home.url + "legacy/"]
    wheel = house.make_wheel(home.path("uv"), "uv-sample", "1.0")
    run([*publish, wheel, house.make_sdist(home.path("uv"), "uv-sample", "1.0")], env=environment)
    run([*publish, wheel], env=environment)
    said = run([*publish, house.make_wheel(home.path("uv-other"), "uv-sample", "1.0", "x = 2\n")], 1, env=environment)
    expect("already exists" in said, f"uv shows no reason: {said}")
    again = house.make_wheel(home.path("uv"), "uv-sample", "1.1")
    run([*publish[:-1], home.url + "legacy", again], env=environment)
    expect(os.path.basename(again) in files_of(home, "uv-sample"), "uv did not follow the address without a slash to the one with it")
    target = home.path("installed")
    run([uv, "pip", "install", "--python", sys.executable, "--index-url", home.url + "simple/", "--target", target, "uv-sample"],
        env=environment)
    expect(os.path.exists(os.path.join(target, "uv_sample.py")), "uv installed nothing")
    run([os.path.join(programs, "pip"), "download", "--isolated", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--cert",
         home.root, "--index-url", home.url + "simple/", "--dest", home.path("downloaded"), "uv-sample==1.0"],
        env=home.environment())
    expect(os.listdir(home.path("downloaded")) == ["uv_sample-1.0-py3-none-any.whl"], "pip downloaded something else")


def poetry_uploads(home, programs):
    project = home.path("poetry")
    house.make_wheel(os.path.join(project, "dist"), "poetry-sample", "1.0")
    house.make_sdist(os.path.join(project, "dist"), "poetry-sample", "1.0")
    with open(os.path.join(project, "pyproject.toml"), "w", encoding="utf-8") as file:
        file.write('[project]\nname = "poetry-sample"\nversion = "1.0"\n[tool.poetry]\npackages = []\n')
    environment = home.environment(
        POETRY_REPOSITORIES_MASTER_URL=home.url + "legacy/", POETRY_CERTIFICATES_MASTER_CERT=home.root,
        POETRY_HTTP_BASIC_MASTER_USERNAME="__token__", POETRY_HTTP_BASIC_MASTER_PASSWORD=home.token("poetry-sample"),
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    run([os.path.join(programs, "poetry"), "publish", "--no-interaction", "--repository", "master"], cwd=project, env=environment)
    expect("poetry_sample-1.0.tar.gz" in files_of(home, "poetry-sample"), "poetry published nothing")


def pdm_uploads_resolves_and_installs(home, programs):
    pdm = os.path.join(programs, "pdm")
    project = home.path("pdm")
    house.make_wheel(os.path.join(project, "dist"), "pdm-base", "1.0")
    house.make_wheel(os.path.join(project, "dist"), "pdm-base", "2.0")
    house.make_wheel(os.path.join(project, "dist"), "pdm-sample", "1.0", requires="pdm-base<2")
    with open(os.path.join(project, "pyproject.toml"), "w", encoding="utf-8") as file:
        file.write(f"""[project]
name = "pdm-user"
version = "1.0"
requires-python = ">=3.8"
dependencies = ["pdm-sample"]
[tool.pdm]
distribution = false
[[tool.pdm.source]]
name = "pypi"
url = "{home.url}simple"
ca_certs = "{home.root}"
""")
    environment = home.environment(PDM_CHECK_UPDATE="0", PDM_NO_CACHE="1", PDM_USE_VENV="0", PDM_PUBLISH_REPO=home.url + "legacy/",
                                   PDM_PUBLISH_USERNAME="__token__", PDM_PUBLISH_PASSWORD=home.token("pdm-base", "pdm-sample"),
                                   PDM_PUBLISH_CA_CERTS=home.root, PDM_PYTHON=os.path.join(programs, "python"))
    run([pdm, "publish", "--no-build"], cwd=project, env=environment)
    run([pdm, "publish", "--no-build"], cwd=project, env=environment)
    run([pdm, "install"], cwd=project, env=environment)
    with open(os.path.join(project, "pdm.lock"), encoding="utf-8") as file:
        lock = file.read()
    for name in ("pdm_sample-1.0-py3-none-any.whl", "pdm_base-1.0-py3-none-any.whl"):
        with open(os.path.join(project, "dist", name), "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        expect(f"sha256:{digest}" in lock, f"pdm did not lock {name}: {lock}")
    installed = [name for _, _, names in os.walk(os.path.join(project, "__pypackages__")) for name in names]
    expect({"pdm_sample.py", "pdm_base.py"} <= set(installed), f"pdm installed something else: {installed}")


def twine_shows_a_certificate(home, programs):
    """No token: the role in a client certificate decides, and holds it to its project. twine asks for a name all the same."""
    home.run("pki", "issue", "client", "builder", "--uri", "spiffe://example/build/builder", "--dir", "pki")
    with open(home.path("roles.json"), "w", encoding="utf-8") as file:
        json.dump({"format": "heliograph-roles-1", "rules": [{"uri": "spiffe://example/build/builder",
                                                              "roles": ["upload:certificate-sample"]}]}, file)
    home.stop()
    home.serve("--uploads", "--client-root", "pki/root.crt", "--roles", "roles.json")

    def upload(file, expected=0, **credentials):
        return run([os.path.join(programs, "twine"), "upload", "--non-interactive", "--disable-progress-bar", "--verbose",
                    "--client-cert", home.path("pki/issued/builder/bundle.pem"), "--repository-url", home.url + "legacy/", file],
                   expected, env=home.environment(TWINE_CERT=home.root, TWINE_USERNAME="builder", **credentials))

    upload(house.make_wheel(home.path("shown"), "certificate-sample", "1.0"))
    expect("certificate_sample-1.0" in files_of(home, "certificate-sample"), "the wheel is not published")
    upload(house.make_wheel(home.path("shown"), "certificate-sample", "2.0"), TWINE_PASSWORD="of-a-keyring")
    expect("certificate_sample-2.0" in files_of(home, "certificate-sample"), "a password beside the certificate was not passed over")
    said = upload(house.make_wheel(home.path("shown"), "certificate-sample", "3.0"), 1, TWINE_PASSWORD="hgt_guess")
    expect("client certificate shown may upload" in said, f"a wrong token was not told what would do: {said}")
    said = upload(house.make_wheel(home.path("shown"), "another-sample", "1.0"), 1)
    expect("403" in said, f"a certificate without the role was not refused: {said}")


def main():
    build_folder = os.path.abspath(sys.argv[1])
    played = []
    with house.House(build_folder) as home:
        home.serve("--uploads")
        for tool, play in (("twine", twine_uploads), ("twine-4", old_twine_uploads), ("pip", pip_hears_what_a_build_needs),
                           ("uv", uv_uploads_and_installs), ("poetry", poetry_uploads),
                           ("pdm", pdm_uploads_resolves_and_installs)):
            programs = tools.install(sys.argv[2], tool)
            if programs is not None:
                play(home, programs)
                played.append(tool)
                print(f"{tool}: at home")
        if "twine" in played:
            twine_shows_a_certificate(home, tools.install(sys.argv[2], "twine"))
            print("twine: at home with a certificate")
    if not played:
        tools.skip("none of the upload tools can be installed here")


if __name__ == "__main__":
    main()
