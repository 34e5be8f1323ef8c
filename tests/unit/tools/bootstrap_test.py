#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tools/bootstrap.sh against stand-ins for apt-get, apt-cache, dpkg-query, id and sudo."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(sys.argv.pop(1)).resolve()
SYSTEM_TOOLS = ["bash", "sed", "cat", "env", "tail", "mktemp", "rm", "dpkg", "grep"]


class Bootstrap(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="heliograph-bootstrap-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for tool in SYSTEM_TOOLS:
            os.symlink(shutil.which(tool), self.bin / tool)
        self.machine(installed=[], offered=[])

    def stand_in(self, name, body):
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text("#!/bin/bash\n" + body)
        path.chmod(0o755)

    def machine(self, installed, offered, user=0, apt_result=0, boost="1.74.0.3"):
        self.stand_in("id", f"echo {user}\n")
        self.stand_in("apt-get", f'echo "$*" >>{self.folder}/apt.log\necho "apt says no" >&2\n'
                      f'[ "$1" = update ] || exit {apt_result}\n')
        listed = " ".join(installed)
        self.stand_in("dpkg-query", f'''
for word in {listed}; do [ "$word" = "${{@: -1}}" ] || continue
case $* in *Version*) echo {boost};; *) echo installed;; esac; exit 0; done; exit 1\n''')
        listed = " ".join(offered)
        self.stand_in("apt-cache", f'''
for word in {listed}; do [ "$word" = "$2" ] && printf '%s:\\n  Candidate: 1.0\\n' "$2" && exit 0; done
printf '%s:\\n  Candidate: (none)\\n' "$2"\n''')

    def run_script(self, *words):
        return subprocess.run([self.bin / "bash", SCRIPT, *words], env={"PATH": str(self.bin), "TMPDIR": str(self.folder)},
                              capture_output=True, text=True, timeout=60, check=False)

    def installs(self):
        log = self.folder / "apt.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [word for line in lines if line.startswith("install") for word in line.split()[1:] if word[0] != "-"]

    BUILD = ("g++ cmake ninja-build pkg-config ccache libssl-dev libcurl4-openssl-dev libarchive-dev libsqlite3-dev zlib1g-dev "
             "nlohmann-json3-dev libgumbo-dev libcli11-dev libspdlog-dev libexpat1-dev libc-ares-dev "
             "libtomlplusplus-dev").split()
    TEST = ("python3 openssl python3-pip-whl python3-setuptools-whl python3-wheel-whl libgtest-dev libgmock-dev "
            "libbenchmark-dev nginx gnutls-bin libnss3-tools binutils softhsm2 libengine-pkcs11-openssl "
            "python3-cryptography libxml2-utils python3-jsonschema python3-yaml curl ca-certificates").split()
    RUNTIME = ["libssl3", "libcurl4", "libarchive13", "libsqlite3-0", "libexpat1", "libc-ares2", "zlib1g"]

    def test_is_quiet_when_nothing_is_missing(self):
        self.machine(installed=self.RUNTIME, offered=[])
        ended = self.run_script("--runtime")
        self.assertEqual((ended.returncode, ended.stdout, ended.stderr), (0, "", ""))
        self.assertFalse((self.folder / "apt.log").exists())

    def test_installs_only_what_is_missing_and_says_why(self):
        self.machine(installed=self.RUNTIME[1:], offered=["libssl3t64"])
        ended = self.run_script("--runtime")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(self.installs(), ["libssl3t64"])
        self.assertRegex(ended.stdout, "libssl3t64 +cryptography and TLS")
        self.assertIn("--no-remove", (self.folder / "apt.log").read_text())

    def test_takes_the_unversioned_boost_only_when_it_is_new_enough(self):
        for boost, wanted in (("1.74.0.3", True), ("1.83.0.1", False)):
            self.machine(installed=[*self.BUILD, "libboost-dev"], offered=["libboost1.81-dev"], boost=boost)
            (self.folder / "apt.log").unlink(missing_ok=True)
            ended = self.run_script("--build")
            self.assertEqual("libboost1.81-dev" in ended.stdout, wanted, boost)

    def test_uses_sudo_when_not_root(self):
        self.machine(installed=self.RUNTIME[1:], offered=["libssl3"], user=1000)
        self.stand_in("sudo", f'echo "$*" >>{self.folder}/sudo.log\nexec "$@"\n')
        self.assertEqual(self.run_script("--runtime").returncode, 0)
        self.assertIn("apt-get install", (self.folder / "sudo.log").read_text())

    def test_says_what_to_do_without_root_and_sudo(self):
        self.machine(installed=[], offered=self.RUNTIME, user=1000)
        ended = self.run_script("--runtime")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("Run as root", ended.stderr)

    def test_says_what_to_do_without_apt_get(self):
        (self.bin / "apt-get").unlink()
        ended = self.run_script("--build")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("no apt-get here", ended.stderr)
        self.assertIn("libssl-dev", ended.stderr)

    def test_goes_on_without_a_need_that_can_be_missed(self):
        self.machine(installed=[*self.BUILD, *self.TEST, "libboost1.83-dev"], offered=[])
        ended = self.run_script("--ci")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("clang-format-14", ended.stdout)
        self.assertIn("not offered here", ended.stdout)

    def test_fails_with_what_apt_said(self):
        self.machine(installed=self.RUNTIME[1:], offered=["libssl3"], apt_result=100)
        ended = self.run_script("--runtime")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("apt says no", ended.stderr)
        self.assertIn("could not install: libssl3", ended.stderr)

    def test_refuses_an_unknown_group(self):
        self.assertEqual(self.run_script("--everything").returncode, 2)


if __name__ == "__main__":
    unittest.main()
