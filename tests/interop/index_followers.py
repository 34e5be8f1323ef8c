# SPDX-License-Identifier: Apache-2.0
"""bandersnatch, unmodified, mirrors a master over TLS: completely at first, then what changed. Its tree is held against ours file by file,
and imported again."""

import hashlib
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import house  # noqa: E402
import peer_tools as tools  # noqa: E402

CONFIGURATION = """[mirror]
directory = {directory}
master = {master}
json = true
release-files = true
timeout = 20
global-timeout = 120
workers = 3
hash-index = false
stop-on-error = true
simple-format = ALL
compare-method = hash
verifiers = 2
"""


def expect(holds, what):
    if not holds:
        raise AssertionError(what)


class Follower:
    def __init__(self, home, programs):
        self._home = home
        self._program = os.path.join(programs, "bandersnatch")
        self._tree = home.path("followed")
        with open(home.path("bandersnatch.conf"), "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(directory=self._tree, master=home.url.rstrip("/")))

    def mirror(self):
        done = subprocess.run([self._program, "--config", self._home.path("bandersnatch.conf"), "mirror"], cwd=self._home.folder,
                              env=self._home.environment(SSL_CERT_FILE=self._home.root), capture_output=True, text=True, check=False,
                              timeout=180)
        said = done.stdout + done.stderr
        expect(done.returncode == 0, f"bandersnatch ended with {done.returncode}: {said}")
        # It ends with 0 even when it got nothing.
        expect("ERROR" not in said and "Traceback" not in said, f"bandersnatch complains: {said}")

    def files(self):
        """File name to SHA-256 of what lies in its tree."""
        found = {}
        for folder, _, names in os.walk(os.path.join(self._tree, "web", "packages")):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    found[name] = hashlib.sha256(file.read()).hexdigest()
        return found

    def page(self, project):
        with open(os.path.join(self._tree, "web", "simple", project, "index.v1_json"), encoding="utf-8") as file:
            return json.load(file)

    def projects(self):
        with open(os.path.join(self._tree, "web", "simple", "index.v1_json"), encoding="utf-8") as file:
            return sorted(project["name"] for project in json.load(file)["projects"])

    def serial(self):
        with open(os.path.join(self._tree, "status"), encoding="utf-8") as file:
            return int(file.read())


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def check_tree(follower, published):
    expect(follower.files() == {os.path.basename(path): digest_of(path) for path in published},
           f"its tree holds other files than the master: {sorted(follower.files())}")
    stated = {file["filename"]: file["hashes"]["sha256"] for project in follower.projects()
              for file in follower.page(project)["files"]}
    expect(stated == follower.files(), f"its pages list other files than its tree holds: {sorted(stated)}")


def follow(home, programs):
    published = [house.make_wheel(home.path("dists"), "follow-one", version) for version in ("1.0", "1.1")]
    published.append(house.make_sdist(home.path("dists"), "follow-one", "1.1"))
    published.append(house.make_wheel(home.path("dists"), "follow-two", "0.1"))
    home.run("mirror", "add", "--dir", "master", *published)
    home.run("mirror", "yank", "--dir", "master", "--reason", "broken", "follow-one", "1.0")
    home.serve()
    follower = Follower(home, programs)
    follower.mirror()
    check_tree(follower, published)
    expect(follower.projects() == ["follow-one", "follow-two"], f"saw other projects: {follower.projects()}")
    yanked = {file["filename"]: bool(file["yanked"]) for file in follower.page("follow-one")["files"]}
    expect(yanked["follow_one-1.0-py3-none-any.whl"] and not yanked["follow_one-1.1-py3-none-any.whl"], f"lost the yank: {yanked}")

    first = follower.serial()
    published.append(house.make_wheel(home.path("dists"), "follow-three", "1.0"))
    published.append(house.make_wheel(home.path("dists"), "follow-two", "0.2"))
    home.run("mirror", "add", "--dir", "master", *published[-2:])
    follower.mirror()
    check_tree(follower, published)
    expect(follower.serial() > first, f"its serial stayed at {first}")
    follower.mirror()
    check_tree(follower, published)
    import_tree(home, published)


def import_tree(home, published):
    """What it mirrored becomes a master again, with its yanks and times."""
    home.run("mirror", "init", "--dir", "again", "--signer", "pki/issued/page-signer/bundle.pem", "--root", "pki/root.crt",
             "--crl", "pki/crl.pem")
    report = json.loads(home.run("mirror", "import", "--dir", "again", "--json", "followed"))
    expect(report["published"] == len(published), f"not all was imported: {report}")
    for project in ("follow-one", "follow-two", "follow-three"):
        first, second = (json.loads(home.run("mirror", "show", "--dir", folder, "--json", project)) for folder in ("master", "again"))
        expect(first["files"] == second["files"], f"the import changed {first['files']} to {second['files']}")
    expect('"broken"' in home.run("mirror", "show", "--dir", "again", "--json", "follow-one"), "lost the reason of the yank")


def main():
    build_folder = sys.argv[1]
    programs = tools.install(sys.argv[2], "bandersnatch")
    if programs is None:
        tools.skip("bandersnatch is not here")
    with house.House(build_folder) as home:
        follow(home, programs)
    print("bandersnatch mirrors a master completely, then what changed")


if __name__ == "__main__":
    main()
