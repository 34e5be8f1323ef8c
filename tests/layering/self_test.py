#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that each rule of the layering check can fail, on small trees made for it."""
import pathlib
import shutil
import tempfile
import unittest

import alone
import check

TAG = "// SPDX-License-Identifier: Apache-2.0\n"
HASH_TAG = "# SPDX-License-Identifier: Apache-2.0\n"


class Rules(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="heliograph-layering-"))
        self.addCleanup(shutil.rmtree, self.root)
        self.public = {}
        for path in ("pki/base/bytes.hpp", "pki/crypto/digest.hpp", "verify/index/page.hpp", "mirror/net/url.hpp",
                     "mirror/store/catalog.hpp", "mirror/serve/router.hpp", "mirror/serve/conditional.hpp"):
            self.header(path)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def header(self, path, body="", kind="HEADERS"):
        self.write(path, TAG + "#pragma once\n" + body)
        self.list(path, kind)

    def source(self, path, body=""):
        self.write(path, TAG + body)
        self.list(path, "SOURCES")

    def list(self, path, kind):
        folder, _, name = path.rpartition("/")
        words = self.public.setdefault(folder, {"SOURCES": [], "HEADERS": [], "PRIVATE_HEADERS": []})
        words[kind].append(name)
        text = " ".join(f"{key} {' '.join(names)}" for key, names in words.items() if names)
        self.write(f"{folder}/CMakeLists.txt", f"{HASH_TAG}heliograph_sources({folder.split('/')[0]} {text})\n")

    def expect(self, *words):
        found = check.findings(self.root)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_accepts_a_tree_that_keeps_the_rules(self):
        self.source("mirror/net/client.cpp", "#include <curl/curl.h>\n#include <verify/index/page.hpp>\n#include <vector>\n")
        self.source("mirror/proxy/page.cpp", "#include <mirror/serve/conditional.hpp>\n#include <mirror/net/url.hpp>\n")
        self.assertEqual(check.findings(self.root), [])

    def test_refuses_an_empty_tree(self):
        empty = tempfile.mkdtemp(prefix="heliograph-layering-")
        self.addCleanup(shutil.rmtree, empty)
        self.assertEqual(len(check.findings(empty)), 1)

    def test_refuses_an_include_against_the_line(self):
        self.source("pki/crypto/key.cpp", "#include <verify/index/page.hpp>\n")
        self.expect("pki/crypto must not include verify/index")

    def test_refuses_an_include_between_rooms_that_know_nothing_of_each_other(self):
        self.source("mirror/net/server.cpp", "#include <mirror/store/catalog.hpp>\n")
        self.expect("mirror/net must not include mirror/store")

    def test_refuses_base_including_crypto(self):
        self.source("pki/base/bytes.cpp", "#include <pki/crypto/digest.hpp>\n")
        self.expect("pki/base must not include pki/crypto")

    def test_lets_proxy_see_single_files_of_serve_only(self):
        self.source("mirror/proxy/page.cpp", "#include <mirror/serve/router.hpp>\n")
        self.expect("mirror/proxy must not include mirror/serve")

    def test_refuses_verify_opening_a_database(self):
        self.header("pki/base/database/database.hpp")
        self.source("verify/index/page.cpp", "#include <pki/base/database/database.hpp>\n")
        self.expect("verify/index must not include pki/base/database")

    def test_refuses_verify_opening_a_socket(self):
        self.source("verify/index/page.cpp", "#include <sys/socket.h>\n")
        self.expect("<sys/socket.h> belongs in mirror/net")

    def test_refuses_a_library_away_from_its_home(self):
        self.source("mirror/store/catalog.cpp", "#include <sqlite3.h>\n")
        self.expect("<sqlite3.h> belongs in pki/base/database")

    def test_refuses_a_c_library_in_a_public_header(self):
        self.header("pki/crypto/key.hpp", "#include <openssl/evp.h>\n")
        self.expect("pki/crypto/key.hpp", "public header includes <openssl/evp.h>")

    def test_lets_a_private_header_hold_a_c_library(self):
        self.header("pki/crypto/openssl_handle.hpp", "#include <openssl/evp.h>\n", kind="PRIVATE_HEADERS")
        self.assertEqual(check.findings(self.root), [])

    def test_refuses_a_private_header_in_a_public_one(self):
        self.header("pki/crypto/openssl_handle.hpp", "", kind="PRIVATE_HEADERS")
        self.header("pki/crypto/key.hpp", "#include <pki/crypto/openssl_handle.hpp>\n")
        self.expect("which is not public")

    def test_refuses_a_folder_without_arrows(self):
        self.source("mirror/attic/old.cpp", "#include <pki/base/bytes.hpp>\n")
        self.expect("mirror/attic has no arrows")

    def test_refuses_a_command_of_another_program(self):
        self.write("tools/commands/pki/init.hpp", TAG + "#pragma once\n")
        self.write("tools/commands/mirror/init.cpp", TAG + "#include <tools/commands/pki/init.hpp>\n")
        self.expect("a command of mirror must not include one of pki")

    def test_refuses_production_code_that_includes_tests(self):
        self.write("tests/support/fake.hpp", TAG + "#pragma once\n")
        self.source("pki/crypto/key.cpp", "#include <tests/support/fake.hpp>\n")
        self.expect("pki/crypto must not include tests")

    def test_refuses_a_sample_that_needs_private_code(self):
        self.header("pki/crypto/openssl_handle.hpp", "", kind="PRIVATE_HEADERS")
        self.write("samples/a.cpp", TAG + "#include <pki/crypto/openssl_handle.hpp>\n")
        self.expect("a sample includes")

    def test_refuses_quotes(self):
        self.source("pki/crypto/digest.cpp", '#include "digest.hpp"\n')
        self.expect("angle brackets")

    def test_refuses_an_include_of_nothing(self):
        self.source("pki/crypto/digest.cpp", "#include <pki/crypto/gone.hpp>\n")
        self.expect("no file of this tree")

    def test_refuses_a_source_that_cmake_does_not_know(self):
        self.write("pki/crypto/stray.cpp", TAG)
        self.expect("pki/crypto/stray.cpp: is in no heliograph_sources()")

    def test_refuses_a_listed_source_that_is_gone(self):
        self.source("pki/crypto/key.cpp")
        (self.root / "pki/crypto/key.cpp").unlink()
        self.expect("is not there")

    def test_refuses_a_long_source(self):
        self.source("pki/crypto/key.cpp", "int x;\n" * 600)
        self.expect("601 lines, at most 600")

    def test_refuses_a_long_header(self):
        self.header("pki/crypto/key.hpp", "int x;\n" * 249)
        self.expect("251 lines, at most 250")

    def test_refuses_a_thirteenth_pair_in_base(self):
        for number in range(12):
            self.header(f"pki/base/part{number}.hpp")
        self.expect("13 header/source pairs")

    def test_refuses_a_fat_base(self):
        for number in range(3):
            self.source(f"pki/base/part{number}.cpp", "int x;\n" * 590)
        self.expect("pki/base:", "lines of code, at most 1500")

    def test_refuses_a_file_without_its_licence(self):
        self.write("tests/support/fake.cpp", "int x;\n")
        self.expect("must begin with")

    def test_refuses_a_script_without_its_licence(self):
        self.write("tools/run.sh", "#!/bin/sh\necho\n")
        self.expect("tools/run.sh: must begin with")

    def test_refuses_a_header_without_its_guard(self):
        self.write("tests/support/fake.hpp", TAG)
        self.expect("#pragma once")

    def test_refuses_a_whole_namespace(self):
        self.source("pki/crypto/key.cpp", "using " "namespace std::chrono;\nusing " "namespace std;\n")
        self.expect("key.cpp:3: names a whole namespace")

    def test_refuses_any_whole_namespace_in_a_header(self):
        self.header("pki/crypto/key.hpp", "using " "namespace std::chrono;\n")
        self.expect("names a whole namespace")

    def test_refuses_two_types_of_one_name(self):
        self.header("mirror/store/page.hpp", "namespace heliograph::mirror {\nstruct Page {\n};\n}\n")
        self.header("mirror/net/page.hpp", "namespace heliograph::mirror {\nclass Page {\n};\n}\n")
        self.expect("mirror/store/page.hpp: defines heliograph::mirror::Page, as mirror/net/page.hpp does")

    def test_refuses_two_types_of_one_name_in_sources(self):
        own = "namespace heliograph::mirror {\nnamespace {\nstruct Own {\n};\n}  // namespace\nstruct Page {\n};\n}\n"
        self.source("mirror/net/page.cpp", own)
        self.source("mirror/store/page.cpp", own)
        self.expect("mirror/store/page.cpp: defines heliograph::mirror::Page, as mirror/net/page.cpp does")

    def test_lets_namespaces_have_types_of_one_name(self):
        self.header("pki/crypto/page.hpp", "namespace heliograph::pki {\nclass Page {\n};\n}\n")
        self.header("mirror/net/page.hpp", "namespace heliograph::mirror {\nclass Page {\n};\n}\n")
        self.assertEqual(check.findings(self.root), [])

    def test_refuses_an_open_end(self):
        self.source("pki/crypto/key.cpp", "// TO" "DO: later\n")
        self.expect("does not belong here")

    def alone_in(self, *headers):
        for path, body in headers:
            self.header(path, body)
        findings, count, compilations = alone.check_alone(self.root, "c++")
        self.assertEqual(count, len(self.public_headers()))
        return findings, compilations

    def public_headers(self):
        return [name for words in self.public.values() for name in words["HEADERS"]]

    def test_a_header_that_another_brings_is_read_in_front_of_it(self):
        before = len(self.public_headers())
        findings, compilations = self.alone_in(
            ("pki/base/name.hpp", "#include <string>\nstruct Name { std::string text; };\n"),
            ("verify/index/entry.hpp", "#include <pki/base/name.hpp>\nstruct Entry { Name name; };\n"))
        self.assertEqual(findings, [])
        self.assertEqual(compilations, before + 1)

    def test_refuses_a_header_that_leaves_out_what_it_uses(self):
        findings, _ = self.alone_in(
            ("pki/base/name.hpp", "struct Name { std::string text; };\n"),
            ("verify/index/entry.hpp", "#include <string>\n#include <pki/base/name.hpp>\nstruct Entry { Name name; };\n"))
        self.assertEqual(len(findings), 1)
        self.assertIn("pki/base/name.hpp", findings[0])


if __name__ == "__main__":
    unittest.main()
