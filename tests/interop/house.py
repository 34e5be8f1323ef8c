# SPDX-License-Identifier: Apache-2.0
"""An authority, a master and its server in a temporary folder, made by the programs of the build under test."""

import base64
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
import zipfile


class House:
    def __init__(self, build_folder):
        self.programs = os.path.join(build_folder, "bin")
        self._temporary = tempfile.TemporaryDirectory(prefix="heliograph-interop-")
        self.folder = self._temporary.name
        self._server = None
        self.url = None
        self.run("pki", "init", "--dir", "pki")
        self.run("pki", "issue", "server", "localhost", "--ip", "127.0.0.1", "--dir", "pki")
        self.run("pki", "issue", "signer", "page-signer", "--dir", "pki")
        self.run("pki", "crl", "--dir", "pki")
        self.run("mirror", "init", "--dir", "master", "--signer", "pki/issued/page-signer/bundle.pem",
                 "--root", "pki/root.crt", "--crl", "pki/crl.pem")
        self.root = self.path("pki/root.crt")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self._temporary.cleanup()

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self, **more):
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_PRELOAD") if name in os.environ}
        return {**kept, "HOME": self.folder, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **more}

    def run(self, program, *arguments):
        done = subprocess.run([os.path.join(self.programs, program), *arguments], cwd=self.folder, env=self.environment(),
                              capture_output=True, text=True, check=False, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"{program} {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def token(self, *projects):
        scope = [part for project in projects for part in ("--project", project)] or ["--all-projects"]
        return json.loads(self.run("mirror", "token", "new", "--dir", "master", "--json", *scope))["token"]

    def serve(self, *arguments):
        """`mirror serve` over TLS; url ends with a slash."""
        command = [os.path.join(self.programs, "mirror"), "serve", "--dir", "master", "--listen", "127.0.0.1:0",
                   "--tls", "pki/issued/localhost/bundle.pem", *arguments]
        self._server = subprocess.Popen(command, cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE, text=True)
        for line in self._server.stdout:
            if line.startswith("serving "):
                self.url = line.split(" at ")[1].split()[0]
                return
        raise AssertionError("mirror serve ended before it served")

    def stop(self):
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=30)
            self._server.stdout.close()
            self._server = None


def _metadata(name, version, requires=None):
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: a sample\nRequires-Python: >=3.8\n{needs}\nSmall.\n"


def make_wheel(folder, name, version, payload="x = 1\n", requires=None):
    os.makedirs(folder, exist_ok=True)
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    members = {
        f"{stem}.py": payload,
        f"{info}/METADATA": _metadata(name, version, requires),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: sample\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    members[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    place = os.path.join(folder, f"{stem}-{version}-py3-none-any.whl")
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in members.items():
            archive.writestr(path, text)
    return place


def make_sdist(folder, name, version, more=None):
    """With further members: their paths below its folder, and texts."""
    os.makedirs(folder, exist_ok=True)
    stem = name.replace("-", "_")
    place = os.path.join(folder, f"{stem}-{version}.tar.gz")
    with tarfile.open(place, "w:gz") as archive:
        for path, text in {"PKG-INFO": _metadata(name, version), f"{stem}.py": "x = 1\n", **(more or {})}.items():
            entry = tarfile.TarInfo(f"{stem}-{version}/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return place
