// SPDX-License-Identifier: Apache-2.0
// The program verify as people run it, against scripted mirrors: sentences, documents and exit
// codes.
#include <pki/base/json.hpp>
#include <tests/integration/verify_program.hpp>
#include <verify/index/root_list.hpp>

#include <gmock/gmock.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(VerifyProgram, AcceptsTheRightFile) {
    const Outcome outcome = verify({"file", wheel_name});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("verified 1 of 1 file"));
    EXPECT_EQ(outcome.errors, "");
}

TEST_F(VerifyProgram, RefusesAFlippedByteWithBothHashes) {
    std::string flipped = wheel_bytes;
    flipped[5] ^= 1;
    write(wheel_name, flipped);
    const Outcome outcome = verify({"file", wheel_name});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.errors, HasSubstr("file-hash-mismatch"));
    EXPECT_THAT(outcome.errors, HasSubstr(pki::sha256(bytes_of(wheel_bytes)).to_hex()));
    EXPECT_THAT(outcome.errors, HasSubstr(pki::sha256(bytes_of(flipped)).to_hex()));
    EXPECT_THAT(outcome.output, HasSubstr("verified 0 of 1 file"));
}

TEST_F(VerifyProgram, ChecksEveryFileBeforeItEnds) {
    write("demo-2.0-py3-none-any.whl", "unknown");
    const Outcome outcome = verify({"file", "demo-2.0-py3-none-any.whl", wheel_name});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_THAT(outcome.output, HasSubstr("verified 1 of 2 files"));
    EXPECT_THAT(outcome.errors, HasSubstr("does not list demo-2.0-py3-none-any.whl"));
    fs::remove(m_folder / wheel_name);
    const Outcome gone = verify({"file", wheel_name, "demo-2.0-py3-none-any.whl"});
    EXPECT_EQ(gone.exit_code, 3);
    EXPECT_THAT(gone.output, HasSubstr("verified 0 of 2 files"));
}

TEST_F(VerifyProgram, UsesTheHonestMirrorWhenAnotherLies) {
    m_one.on("/serversig/demo.json", ok("no signature"));
    const Outcome outcome = verify({"file", wheel_name});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("page-signature-invalid"));
    EXPECT_THAT(outcome.errors, HasSubstr(m_one.url()));
}

TEST_F(VerifyProgram, BelievesNoPageThatANewerOneReplaced) {
    const verify::ProjectPage newer{
        .name = verify::parse_project_name("demo").value(), .serial = {8}, .files = {}};
    const auto page = render_page_json(newer);
    const auto key = std::move(sure(pki::Credential::load_bundle(m_bundle)).key);
    const auto signature = sure(verify::sign_page(key, bytes_of(page)));
    m_one.on("/simple/demo/", ok(page, "application/vnd.pypi.simple.v1+json"));
    m_one.on("/serversig/demo.json", ok(std::string(text_of(signature))));
    const Outcome outcome = verify({"file", wheel_name, "--json"});
    EXPECT_EQ(outcome.exit_code, 6) << outcome.output;
    EXPECT_THAT(outcome.errors, HasSubstr("does not list " + wheel_name));
    EXPECT_THAT(outcome.errors, HasSubstr("page-outdated"));
    EXPECT_THAT(outcome.errors, HasSubstr(m_two.url()));
    EXPECT_THAT(outcome.output, HasSubstr("page-outdated"));
}

TEST_F(VerifyProgram, NamesTheMirrorWhosePageIsWrong) {
    std::string altered = m_page;
    altered.replace(altered.find("\"_last-serial\":7"), 16, "\"_last-serial\":8");
    m_two.on("/simple/demo/", ok(altered));
    const Outcome outcome = verify({"page", "demo", "--json"});
    EXPECT_EQ(outcome.exit_code, 1);
    const auto document = sure(parse_json(outcome.output, JsonLimits{}));
    EXPECT_EQ(sure(document.integer_member("verified")), 1);
    EXPECT_EQ(sure(document.integer_member("total")), 2);
    EXPECT_THAT(outcome.errors, HasSubstr(m_two.url()));
    EXPECT_THAT(outcome.errors, Not(HasSubstr(m_one.url())));
}

TEST_F(VerifyProgram, EndsByCauseWhenEvidenceOrMirrorsAreMissing) {
    m_one.on("/serverkey.crl", status(404));
    EXPECT_EQ(verify({"page", "demo"}).exit_code, 4);
    EXPECT_EQ(verify({"page", "demo", "--lenient"}).exit_code, 0);
    m_one.on("/simple/demo/", status(503));
    EXPECT_EQ(verify({"page", "demo"}).exit_code, 5);
    EXPECT_EQ(verify({"page", "other"}).exit_code, 3);
    EXPECT_EQ(verify({"page", "../demo"}).exit_code, 2);
    EXPECT_EQ(verify({"file", "README"}).exit_code, 2);
}

TEST_F(VerifyProgram, RemembersSerialsBetweenRuns) {
    EXPECT_EQ(verify({"page", "demo"}).exit_code, 0);
    const fs::path folder = m_folder / ".local";
    std::size_t states = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        states += entry.path().extension() == ".json" ? 1U : 0U;
    }
    EXPECT_EQ(states, 1U);
}

TEST_F(VerifyProgram, JudgesSavedDocumentsWithoutAMirror) {
    write("page.json", m_page);
    write("page.sig", m_signature);
    write("chain.pem", m_chain);
    write("crl.pem", m_lists);
    const std::vector<std::string> arguments{
        "page", "demo", "--page", "page.json", "--signature", "page.sig", "--chain", "chain.pem"};
    auto with_lists = arguments;
    with_lists.insert(with_lists.end(), {"--crl", "crl.pem"});
    EXPECT_EQ(verify(with_lists).exit_code, 0) << verify(with_lists).errors;
    EXPECT_EQ(verify(arguments).exit_code, 4);
    write("page.json", m_page + " ");
    EXPECT_EQ(verify(with_lists).exit_code, 1);
    EXPECT_EQ(m_one.connections() + m_two.connections(), 0U);
}

TEST_F(VerifyProgram, ChecksAllDistributionsOfAFolder) {
    fs::create_directories(m_folder / "wheels/below");
    write("wheels/" + wheel_name, wheel_bytes);
    write("wheels/below/" + wheel_name, wheel_bytes + "?");
    write("wheels/below/x.whl", "no name of a wheel");
    write("wheels/README", "is nobody's business");
    const Outcome outcome = verify({"tree", "wheels"});
    EXPECT_EQ(outcome.exit_code, 1) << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("verified 1 of 3 items"));
    EXPECT_THAT(outcome.errors, HasSubstr("file-length-mismatch"));
    EXPECT_THAT(outcome.errors, HasSubstr("x.whl"));
    fs::remove_all(m_folder / "wheels/below");
    EXPECT_EQ(verify({"tree", "wheels"}).exit_code, 0);
    fs::create_directory(m_folder / "empty");
    EXPECT_EQ(verify({"tree", "empty"}).exit_code, 3) << "nothing verified is no success";
    EXPECT_EQ(verify({"tree", "none"}).exit_code, 3);
}

TEST_F(VerifyProgram, OpensNoSocketOffline) {
    write_copy("copy");
    fs::create_directory(m_folder / "wheels");
    write("wheels/" + wheel_name, wheel_bytes);
    write_lock(wheel_bytes);
    const std::vector<std::string> offline{"--offline", "--pages", "copy"};
    const std::vector<std::vector<std::string>> commands{
        {"tree", "wheels"}, {"file", wheel_name}, {"page", "demo"}, {"lock", "requirements.txt"}};
    for (auto command : commands) {
        command.insert(command.end(), offline.begin(), offline.end());
        const Outcome outcome = verify_unconnected(command);
        EXPECT_EQ(outcome.exit_code, 0) << command.front() << ": " << outcome.errors;
        EXPECT_THAT(outcome.output, HasSubstr("verified 1 of 1 "));
    }
    const Outcome by_lock =
        verify_unconnected({"lock", "requirements.txt", "--files", "wheels", "--offline"});
    EXPECT_EQ(by_lock.exit_code, 0) << by_lock.errors;
    EXPECT_EQ(verify({"tree", "wheels", "--offline"}).exit_code, 2);
    EXPECT_EQ(verify({"lock", "requirements.txt", "--offline"}).exit_code, 2);
    EXPECT_EQ(m_one.connections() + m_two.connections(), 0U);
}

TEST_F(VerifyProgram, ComparesALockWithTheSignedPages) {
    write_lock(wheel_bytes);
    const Outcome right = verify({"lock", "requirements.txt"});
    EXPECT_EQ(right.exit_code, 0) << right.errors;
    write_lock("other bytes");
    const Outcome wrong = verify({"lock", "requirements.txt"});
    EXPECT_EQ(wrong.exit_code, 3);
    EXPECT_THAT(wrong.errors, HasSubstr("locked-file-missing"));
    write("requirements.txt", "demo==1.0\n");
    EXPECT_EQ(verify({"lock", "requirements.txt"}).exit_code, 4);
    write("requirements.txt", "");
    EXPECT_EQ(verify({"lock", "requirements.txt"}).exit_code, 3) << "an empty lock locks nothing";
    m_one.on("/serversig/demo.json", ok("no signature"));
    m_two.on("/serversig/demo.json", ok("no signature"));
    write_lock(wheel_bytes);
    EXPECT_EQ(verify({"lock", "requirements.txt"}).exit_code, 1);
}

TEST_F(VerifyProgram, ChecksAServerOfTheIndex) {
    const auto listed = verify::parse_project_name("demo").value();
    const auto list = verify::render_root({{7}, {{listed, {7}}}}, verify::PageForm::json);
    m_one.on("/simple/", ok(list, "application/vnd.pypi.simple.v1+json"));
    m_one.on("/last-modified", ok(format_last_modified(m_clock.now())));
    const auto file = verify::FilePath(
        pki::sha256(bytes_of(wheel_bytes)), verify::parse_dist_file_name(wheel_name).value()
    );
    m_one.on(file.absolute(), ok(wheel_bytes));
    const Outcome right = verify({"index", m_one.url()});
    EXPECT_EQ(right.exit_code, 0) << right.errors;
    EXPECT_THAT(right.output, HasSubstr("verified 5 of 5 items"));
    m_one.on(file.absolute(), ok("other bytes of a wheel"));
    m_one.on("/last-modified", ok("20200101T00:00:00\n"));
    const Outcome wrong = verify({"index", m_one.url()});
    EXPECT_EQ(wrong.exit_code, 1);
    EXPECT_THAT(wrong.errors, HasSubstr("file-length-mismatch"));
    EXPECT_THAT(wrong.errors, HasSubstr("mirror-stale"));
    EXPECT_THAT(wrong.output, HasSubstr("verified 3 of 5 items"));
    const Outcome named = verify({"index", m_two.url(), "--project", "demo", "--sample", "0"});
    EXPECT_EQ(named.exit_code, 4) << "nobody says how old it is: " << named.errors;
    EXPECT_EQ(verify({"index", m_two.url()}).exit_code, 4);
    EXPECT_EQ(verify({"index", "mirror.example"}).exit_code, 2);
}

TEST_F(VerifyProgram, WritesReportsThatTheirSchemasAllow) {
    fs::create_directories(m_folder / "a <b> & \"c\"");
    write("a <b> & \"c\"/" + wheel_name, wheel_bytes + "?");
    write("a <b> & \"c\"/demo-2.0-py3-none-any.whl", "not listed");
    write("a <b> & \"c\"/x.whl", "no name of a wheel");
    write(wheel_name, wheel_bytes);
    const auto vectors = fs::path(source_folder) / "tests/vectors";
    for (const auto* folder : {".", "a <b> & \"c\""}) {
        const Outcome outcome = verify(
            {"tree",
             folder,
             "--format=sarif=out.sarif",
             "--format=junit=out.xml",
             "--format=gitlab=out.gitlab.json",
             "--format=json=out.json",
             "--format=text=out.txt",
             "--format=github"}
        );
        EXPECT_EQ(outcome.exit_code, 1) << outcome.errors;
        EXPECT_TRUE(outcome.output.starts_with("::error "));
        EXPECT_THAT(outcome.errors, HasSubstr("verified "));
        const Outcome junit = run(command_of(
            "xmllint", {"--noout", "--schema", vectors / "junit/junit-10.xsd", "out.xml"}
        ));
        EXPECT_EQ(junit.exit_code, 0) << junit.errors;
        const Outcome sarif = run(command_of(
            "/usr/bin/python3",
            {"-c",
             "import json, sys, jsonschema\n"
             "jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))",
             vectors / "sarif/sarif-schema-2.1.0.json",
             "out.sarif"}
        ));
        EXPECT_EQ(sarif.exit_code, 0) << sarif.errors;
        for (const auto* name : {"out.gitlab.json", "out.json"}) {
            const auto text = sure(read_file(m_folder / name, 1'000'000));
            EXPECT_TRUE(test::succeeded(parse_json(text_of(text), JsonLimits{})));
        }
        EXPECT_TRUE(fs::exists(m_folder / "out.txt"));
    }
}

TEST_F(VerifyProgram, GivesStandardOutputToOneDocumentAlone) {
    const Outcome document = verify({"file", wheel_name, "--format", "json"});
    EXPECT_EQ(document.exit_code, 0);
    EXPECT_EQ(sure(sure(parse_json(document.output, {})).integer_member("verified")), 1);
    EXPECT_THAT(document.errors, HasSubstr("verified 1 of 1 file"));
    EXPECT_EQ(verify({"file", wheel_name, "--format=json", "--format=sarif"}).exit_code, 2);
    EXPECT_EQ(verify({"file", wheel_name, "--json", "--format=sarif"}).exit_code, 2);
    EXPECT_EQ(verify({"file", wheel_name, "--format=html"}).exit_code, 2);
    EXPECT_EQ(verify({"file", wheel_name, "--format=sarif="}).exit_code, 2);
    EXPECT_EQ(verify({"file", wheel_name, "--format=sarif=none/here"}).exit_code, 7);
}

TEST_F(VerifyProgram, DemandsWhatThePolicySays) {
    EXPECT_EQ(verify({"file", wheel_name, "--require", "revocation"}).exit_code, 0);
    const Outcome bare = verify({"file", wheel_name, "--require", "provenance"});
    EXPECT_EQ(bare.exit_code, 4);
    EXPECT_THAT(bare.errors, HasSubstr("policy-refused"));
    write("policy.json", R"({"format": "heliograph-proxy-policy-1", "deny": ["demo"]})");
    EXPECT_EQ(verify({"file", wheel_name, "--policy", "policy.json"}).exit_code, 1);
    EXPECT_EQ(verify({"page", "demo", "--policy", "policy.json"}).exit_code, 1);
    write_lock(wheel_bytes);
    EXPECT_EQ(verify({"lock", "requirements.txt", "--policy", "policy.json"}).exit_code, 1);
    EXPECT_EQ(verify({"lock", "requirements.txt", "--require", "provenance"}).exit_code, 4)
        << "a file that the lock knows by its hash alone";
    EXPECT_EQ(verify({"page", "demo", "--require", "provenance"}).exit_code, 4);
    fs::create_directory(m_folder / "wheels");
    write("wheels/" + wheel_name, wheel_bytes);
    std::vector<std::string> files{"lock", "requirements.txt", "--files", "wheels"};
    EXPECT_EQ(verify(files).exit_code, 0);
    files.insert(files.end(), {"--require", "provenance"});
    EXPECT_EQ(verify(files).exit_code, 4) << "no demand is passed over";
    EXPECT_EQ(verify({"file", wheel_name, "--require", "faith"}).exit_code, 2);
    write("policy.json", "{}");
    EXPECT_EQ(verify({"file", wheel_name, "--policy", "policy.json"}).exit_code, 2);
}

TEST_F(VerifyProgram, ShowsTheFingerprintThatPeopleCompare) {
    const Bytes bundle = sure(read_file(m_folder / "trust.json", 1'000'000));
    const Outcome outcome = verify({"trust", "trust.json", "--quiet"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_EQ(
        outcome.output,
        "fingerprint " + verify::format_fingerprint(verify::trust_fingerprint(bundle)) + "\n"
    );
    write("trust.json", "{}");
    EXPECT_EQ(verify({"trust", "trust.json"}).exit_code, 1);
    EXPECT_EQ(verify({"trust", "none.json"}).exit_code, 3);
}

TEST_F(VerifyProgram, HoldsATrustBundleToItsFingerprint) {
    const auto ends = [&](const std::string& fingerprint) {
        return verify({"trust", "trust.json", "--fingerprint", fingerprint}).exit_code;
    };
    const Bytes bundle = sure(read_file(m_folder / "trust.json", 1'000'000));
    const auto right = verify::trust_fingerprint(bundle);
    EXPECT_EQ(ends(verify::format_fingerprint(right)), 0);
    EXPECT_EQ(ends(right.to_hex()), 0);
    EXPECT_EQ(ends(std::string(64, 'a')), 1);
    EXPECT_EQ(ends(""), 2);
    EXPECT_EQ(ends(right.to_hex().substr(0, 63)), 2);
}

}  // namespace
}  // namespace heliograph::test_support
