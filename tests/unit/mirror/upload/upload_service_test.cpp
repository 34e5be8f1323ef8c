// SPDX-License-Identifier: Apache-2.0
// Whole uploads into a master in memory, given to the service as a loop would give them.
#include <mirror/net/mailbox.hpp>
#include <mirror/upload/upload_service.hpp>
#include <pki/base/encoding.hpp>
#include <pki/crypto/stated_digest.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <tests/unit/verify/attest/statement.hpp>
#include <verify/attest/provenance.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

namespace heliograph::mirror {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// The form that twine sends, with what a test changes of it.
struct Form {
    std::map<std::string, std::string> fields;
    std::string filename;
    std::string content;

    explicit Form(const std::filesystem::path& path)
        : filename(path.filename().string()), content(content_of(path)) {
        const auto name = verify::parse_dist_file_name(filename).value();
        const bool wheel = name.kind() == verify::FileKind::wheel;
        fields = {
            {":action", "file_upload"},
            {"protocol_version", "1"},
            {"metadata_version", "2.1"},
            {"name", name.project().text()},
            {"version", name.version().text()},
            {"filetype", wheel ? "bdist_wheel" : "sdist"},
            {"pyversion", wheel ? "py3" : "source"},
            {"summary", "a sample"},
            {"sha256_digest", pki::sha256(bytes_of(content)).to_hex()}};
    }

    [[nodiscard]] std::string body() const {
        std::string text;
        for (const auto& [name, value] : fields) {
            text += "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value +
                    "\r\n";
        }
        return text + "--B\r\nContent-Disposition: form-data; name=\"content\"; filename=\"" +
               filename + "\"\r\nContent-Type: application/octet-stream\r\n\r\n" + content +
               "\r\n--B--\r\n";
    }
};

class UploadServiceTest : public testing::Test {
  protected:
    UploadServiceTest() : m_mailbox(Mailbox::make().value()) {
        std::filesystem::create_directory(m_folder / "keys");
        m_token = make_token({std::nullopt, ""}, {}).value();
        m_narrow = make_token({{{verify::parse_project_name("sample").value()}}, ""}, {}).value();
        EXPECT_TRUE(write_tokens(m_folder.path(), {m_token->record, m_narrow->record}));
        m_limits.file_bytes = 1'000'000;
        open();
    }

    void open() {
        m_service.reset();
        UploadOptions options;
        options.folder = m_folder.path();
        options.limits = m_limits;
        options.master = [this](const MasterStep& step) -> Outcome {
            HG_CHECK(m_trouble);
            auto publisher = m_master.publisher();
            return step(m_master.catalog, publisher);
        };
        auto service = UploadService::open(std::move(options));
        ASSERT_TRUE(service) << service.error().describe();
        m_service.emplace(*std::move(service));
    }

    [[nodiscard]] HttpRequest request(const NewToken& token) const {
        HttpRequest request;
        request.method = Method::post;
        request.path = "/legacy/";
        request.arrival = BodyArrival::streamed;
        request.headers.add("Content-Type", "multipart/form-data; boundary=B");
        request.headers.add(
            "Authorization",
            "Basic " +
                encode_base64(bytes_of("__token__:" + std::string(text_of(token.text.expose()))))
        );
        request.waker = Waker(m_mailbox, 1);
        return request;
    }

    // Waits until the service wakes the loop, or the loop's quarter of a second has passed.
    void wait() {
        pollfd bell{m_mailbox->descriptor(), POLLIN, 0};
        ::poll(&bell, 1, 250);
        static_cast<void>(m_mailbox->collect());
    }

    HttpReply send(const HttpRequest& request, const std::string& body) {
        auto answer = m_service->answer(request);
        if (auto* reply = std::get_if<HttpReply>(&answer.value())) {
            return std::move(*reply);
        }
        auto exchange = std::get<std::unique_ptr<Exchange>>(std::move(*answer));
        std::string_view rest(body);
        bool ended = false;
        for (int turn = 0; turn < 1000; ++turn) {
            if (auto reply = exchange->reply()) {
                return *std::move(reply);
            }
            const std::size_t size = std::min(rest.size(), exchange->appetite_bytes());
            if (size > 0) {
                exchange->take(bytes_of(rest.substr(0, size)));
                rest.remove_prefix(size);
            } else if (rest.empty() && !std::exchange(ended, true)) {
                exchange->end();
            } else {
                wait();
            }
        }
        return HttpReply{599, nullptr, NoBody{}};
    }
    HttpReply send(const Form& form) { return send(request(*m_token), form.body()); }

    static std::string text(const HttpReply& reply) {
        return std::string(text_of(*std::get<BytesBody>(reply.body).bytes));
    }
    static void expect_refusal(const HttpReply& reply, int status, const std::string& words) {
        EXPECT_EQ(reply.status, status) << text(reply);
        EXPECT_THAT(text(reply), HasSubstr(words));
        ASSERT_NE(reply.reason, nullptr);
        EXPECT_THAT(*reply.reason, HasSubstr(words));
    }

    [[nodiscard]] std::size_t published(const std::string& project) const {
        return m_master.catalog.files(verify::parse_project_name(project).value()).value().size();
    }
    // All that lies in the staging folder beside its lock.
    [[nodiscard]] std::size_t staged() const {
        const std::filesystem::directory_iterator entries(m_folder / "uploads");
        return static_cast<std::size_t>(std::distance(begin(entries), end(entries))) - 1;
    }

    test::TempFolder m_folder;
    TestMaster m_master;
    std::shared_ptr<Mailbox> m_mailbox;
    std::optional<NewToken> m_token;
    std::optional<NewToken> m_narrow;
    UploadLimits m_limits;
    Outcome m_trouble;
    std::optional<UploadService> m_service;
};

TEST_F(UploadServiceTest, PublishesWhatAddWouldPublish) {
    const auto wheel = m_master.write("sample", "1.0");
    const HttpReply reply = send(Form(wheel));
    EXPECT_EQ(reply.status, 200) << text(reply);
    EXPECT_EQ(published("sample"), 1U);
    const auto added = m_master.publisher().add({wheel}).value();
    EXPECT_EQ(added.front().outcome, AddedFile::Outcome::same);
    const auto sdist = test_support::write_sdist(m_folder.path(), {.name = "sample"});
    EXPECT_EQ(send(Form(sdist)).status, 200);
    EXPECT_EQ(published("sample"), 2U);
    EXPECT_EQ(staged(), 0U);
}

TEST_F(UploadServiceTest, HoldsTheFileAgainstEveryDigestThatIsStated) {
    Form form(m_master.write("sample", "1.0"));
    pki::Md5Hasher md5;
    pki::Blake2bHasher blake2b;
    md5.update(bytes_of(form.content));
    blake2b.update(bytes_of(form.content));
    form.fields["md5_digest"] = md5.finish_hex().value();
    form.fields["blake2_256_digest"] = blake2b.finish_hex();
    EXPECT_EQ(send(form).status, 200);
    for (const std::string field : {"md5_digest", "blake2_256_digest"}) {
        Form other = form;
        std::string& digest = other.fields[field];
        digest.back() = digest.back() == '0' ? '1' : '0';
        expect_refusal(send(other), 400, field);
    }
    // A tool on a machine without MD5 sends the field empty.
    form.fields["md5_digest"] = "";
    EXPECT_EQ(send(form).status, 200);
}

TEST_F(UploadServiceTest, IsContentWithAnyOneDigest) {
    const Form whole(m_master.write("sample", "1.0"));
    pki::Md5Hasher md5;
    pki::Blake2bHasher blake2b;
    md5.update(bytes_of(whole.content));
    blake2b.update(bytes_of(whole.content));
    const std::string md5_hex = md5.finish_hex().value();
    for (const auto& [field, digest] :
         {std::pair<std::string, std::string>{"md5_digest", md5_hex},
          {"blake2_256_digest", blake2b.finish_hex()}}) {
        Form form = whole;
        form.fields.erase("sha256_digest");
        expect_refusal(send(form), 400, field.c_str());
        form.fields[field] = std::string(digest.size(), '0');
        expect_refusal(send(form), 400, field.c_str());
        form.fields[field] = digest;
        EXPECT_EQ(send(form).status, 200) << field;
    }
}

TEST_F(UploadServiceTest, TakesASourceArchiveWhoseFormDoesNotSayThatItIsOne) {
    const auto say = [&](const std::string& name, const std::optional<std::string>& python) {
        Form form(test_support::write_sdist(m_folder.path(), {.name = name}));
        form.fields.erase("pyversion");
        if (python) {
            form.fields["pyversion"] = *python;
        }
        return send(form);
    };
    EXPECT_EQ(say("first", "").status, 200) << "twine before 6.1";
    EXPECT_EQ(say("second", std::nullopt).status, 200);
    expect_refusal(say("third", "py3"), 400, "pyversion");
    EXPECT_EQ(published("first"), 1U);
    EXPECT_EQ(published("second"), 1U);
}

TEST_F(UploadServiceTest, TakesDigestsInEitherCase) {
    Form form(m_master.write("sample", "1.0"));
    pki::Blake2bHasher blake2b;
    blake2b.update(bytes_of(form.content));
    form.fields["blake2_256_digest"] = blake2b.finish_hex();
    for (const char* field : {"sha256_digest", "blake2_256_digest"}) {
        auto& digest = form.fields[field];
        std::transform(digest.begin(), digest.end(), digest.begin(), [](char digit) {
            return 'a' <= digit && digit <= 'f' ? static_cast<char>(digit - 'a' + 'A') : digit;
        });
    }
    EXPECT_EQ(send(form).status, 200);
}

TEST_F(UploadServiceTest, TellsActionsOfThePastFromNonsense) {
    Form form(m_master.write("sample", "1.0"));
    for (const char* past : {"submit", "doc_upload"}) {
        form.fields[":action"] = past;
        expect_refusal(send(form), 410, "file_upload");
    }
    for (const char* other : {"file_download", ""}) {
        form.fields[":action"] = other;
        expect_refusal(send(form), 400, "file_upload");
    }
}

TEST_F(UploadServiceTest, AttachesTheAttestationsThatComeAlong) {
    Form form(m_master.write("sample", "1.0"));
    const auto attest = [&](const std::string& sha256) {
        return render_json(
            verify::test_attest::attestations_of({.name = form.filename, .sha256 = sha256})
        );
    };
    form.fields["attestations"] = attest(std::string(64, '0'));
    expect_refusal(send(form), 400, "attestations of this very file");
    EXPECT_EQ(published("sample"), 0U) << "refused as a whole";

    form.fields["attestations"] = attest(form.fields["sha256_digest"]);
    EXPECT_EQ(send(form).status, 200);
    const auto record =
        m_master.catalog.files(verify::parse_project_name("sample").value()).value().front();
    ASSERT_TRUE(record.provenance);
    const auto document = read_blob(m_master.blobs, record.provenance->digest, 100'000).value();
    const auto provenance = verify::parse_provenance(text_of(document)).value();
    EXPECT_EQ(provenance.bundles.front().publisher, "upload");

    form.fields["attestations"] = attest(form.fields["sha256_digest"]);
    EXPECT_EQ(send(form).status, 200) << "the same file again";
    EXPECT_EQ(
        m_master.catalog.file(record.path).value().provenance->digest, record.provenance->digest
    ) << "what is attached is not replaced by an upload";
}

TEST_F(UploadServiceTest, AttachesNothingWhereAProjectTakesNoFiles) {
    const auto project = verify::parse_project_name("sample").value();
    Form form(m_master.write("sample", "1.0"));
    const auto list = render_json(verify::test_attest::attestations_of(
        {.name = form.filename, .sha256 = form.fields["sha256_digest"]}
    ));
    EXPECT_EQ(send(form).status, 200);
    form.fields["attestations"] = list;
    const auto set = [&](verify::ProjectStatus status) {
        const auto revision =
            m_master.publisher().set_status(project, {.status = status, .reason = {}});
        ASSERT_TRUE(revision) << revision.error().describe();
    };
    for (const auto status :
         {verify::ProjectStatus::quarantined, verify::ProjectStatus::archived}) {
        set(status);
        EXPECT_EQ(send(form).status, 200) << "the same file again";
        set(verify::ProjectStatus::active);
        EXPECT_FALSE(m_master.catalog.files(project).value().front().provenance);
    }
    EXPECT_EQ(send(form).status, 200);
    const auto attached = m_master.catalog.files(project).value().front().provenance;
    ASSERT_TRUE(attached);

    // Of a file that is kept back, too, nothing is replaced.
    set(verify::ProjectStatus::quarantined);
    form.fields["attestations"] =
        "[" + list.substr(1, list.size() - 2) + "," + list.substr(1, list.size() - 2) + "]";
    EXPECT_EQ(send(form).status, 200);
    set(verify::ProjectStatus::active);
    EXPECT_EQ(m_master.catalog.files(project).value().front().provenance, attached);
}

// The text of the field must not reach beyond the member that it is put into.
TEST_F(UploadServiceTest, TakesNoAttestationsThatBreakOutOfTheirPlace) {
    Form form(m_master.write("sample", "1.0"));
    const auto list = render_json(verify::test_attest::attestations_of(
        {.name = form.filename, .sha256 = form.fields["sha256_digest"]}
    ));
    form.fields["attestations"] =
        list + "},{\"publisher\":{\"kind\":\"GitHub\"},\"attestations\":" + list;
    expect_refusal(send(form), 400, "list in JSON");
}

TEST_F(UploadServiceTest, AnswersARepeatedUploadAsSkipExistingNeedsIt) {
    EXPECT_EQ(send(Form(m_master.write("sample", "1.0"))).status, 200);
    EXPECT_EQ(send(Form(m_master.write("sample", "1.0"))).status, 200) << "the same content";
    expect_refusal(
        send(Form(m_master.write("sample", "1.0", "x = 2\n"))), 400, "File already exists"
    );
    EXPECT_EQ(published("sample"), 1U);
}

// Whoever skips what exists would believe that it is published.
TEST_F(UploadServiceTest, SaysOfARemovedNameNothingThatSkipExistingTakesForPublished) {
    const Form first(m_master.write("sample", "1.0"));
    EXPECT_EQ(send(first).status, 200);
    const auto name = verify::parse_dist_file_name(first.filename).value();
    ASSERT_TRUE(m_master.publisher().remove_file(name));
    const auto reply = send(Form(m_master.write("sample", "1.0", "x = 2\n")));
    expect_refusal(reply, 400, "had before its removal");
    for (const char* words :
         {"already exist", "updating asset", "overwrite artifact", "already been taken"}) {
        EXPECT_THAT(text(reply), Not(HasSubstr(words))) << words;
    }
    EXPECT_EQ(published("sample"), 0U);
    EXPECT_EQ(send(first).status, 200) << "the content that it had";
    expect_refusal(
        send(Form(m_master.write("sample", "1.0", "x = 2\n"))), 400, "File already exists"
    );
}

TEST_F(UploadServiceTest, SaysOfAnotherSpellingWhatItIs) {
    EXPECT_EQ(send(Form(m_master.write("sample", "1.0"))).status, 200);
    Form other(m_master.write("sample", "1.0", "x = 2\n"));
    other.filename = "Sample-1.0.0-py3-none-any.whl";
    const auto reply = send(other);
    expect_refusal(reply, 400, "sample-1.0-py3-none-any.whl is published");
    EXPECT_THAT(text(reply), HasSubstr("the same to installers"));
    EXPECT_THAT(text(reply), Not(HasSubstr("removed")));
    EXPECT_THAT(text(reply), Not(HasSubstr("already exist")));
}

TEST_F(UploadServiceTest, RefusesFormsThatDoNotAgree) {
    const Form good(m_master.write("sample", "1.0"));
    const std::string no_digest(64, 'g');
    const std::string other_digest(64, 'a');
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"protocol_version", "2", "protocol_version"},
        {"name", "other", "name and version"},
        {"name", "../x", "project name"},
        {"version", "1.1", "name and version"},
        {"version", "latest", "name and version"},
        {"filetype", "sdist", "filetype"},
        {"filetype", "bdist_egg", "filetype"},
        {"pyversion", "source", "pyversion"},
        {"pyversion", "", "pyversion"},
        {"sha256_digest", "", "sha256_digest"},
        {"sha256_digest", "00", "64 hexadecimal digits"},
        {"sha256_digest", "xyz", "saw 'xyz'"},
        {"sha256_digest", no_digest.c_str(), "64 hexadecimal digits"},
        {"sha256_digest", other_digest.c_str(), "damaged on the way"},
        {"md5_digest", "00", "md5_digest"},
        {"blake2_256_digest", "00", "blake2_256_digest"},
        {"attestations", "[]", "attestations"},
        {"attestations", "{}", "attestations"},
        {"attestations", "[{\"version\":1}]", "attestations"},
    };
    for (const auto& [field, value, words] : cases) {
        Form form = good;
        form.fields[field] = value;
        expect_refusal(send(form), 400, words);
    }
    Form action = good;
    action.fields[":action"] = "doc_upload";
    expect_refusal(send(action), 410, "file_upload");
    for (const char* name : {"../sample-1.0.tar.gz", "sample-1.0.exe", "sample", "con.tar.gz"}) {
        Form form = good;
        form.filename = name;
        EXPECT_EQ(send(form).status, 400) << name;
    }
    EXPECT_EQ(published("sample"), 0U);
    EXPECT_EQ(staged(), 0U);
}

TEST_F(UploadServiceTest, RefusesFilesThatIntakeRefuses) {
    Form form(m_master.write("sample", "1.0"));
    form.content = "no archive at all";
    form.fields["sha256_digest"] = pki::sha256(bytes_of(form.content)).to_hex();
    const HttpReply reply = send(form);
    EXPECT_EQ(reply.status, 400) << text(reply);
    EXPECT_EQ(text(reply).find("uploads"), std::string::npos) << "no path of ours";
    Form cut(m_master.write("sample", "1.0"));
    cut.content.pop_back();
    expect_refusal(send(cut), 400, "damaged on the way");
}

TEST_F(UploadServiceTest, RefusesASecondSourceArchiveOfOneVersion) {
    std::filesystem::create_directory(m_folder / "other");
    const auto sdist = test_support::write_sdist(m_folder.path(), {.name = "sample"});
    EXPECT_EQ(send(Form(sdist)).status, 200);
    Form second(sdist);
    second.filename = "sample-1.0.0.tar.gz";
    expect_refusal(send(second), 400, "one source archive");
}

TEST_F(UploadServiceTest, RefusesFilesOfAClosedProject) {
    EXPECT_EQ(send(Form(m_master.write("sample", "1.0"))).status, 200);
    const auto sample = verify::parse_project_name("sample").value();
    for (const auto status :
         {verify::ProjectStatus::archived, verify::ProjectStatus::quarantined}) {
        ASSERT_TRUE(m_master.publisher().set_status(sample, {status, ""}));
        expect_refusal(
            send(Form(m_master.write("sample", "1.1"))),
            400,
            std::string(verify::project_status_name(status))
        );
    }
    ASSERT_TRUE(m_master.publisher().set_status(sample, {}));
    EXPECT_EQ(send(Form(m_master.write("sample", "1.1"))).status, 200);
}

TEST_F(UploadServiceTest, RefusesWhatIsTooLarge) {
    m_limits.file_bytes = 100;
    open();
    expect_refusal(send(Form(m_master.write("sample", "1.0"))), 413, "100 bytes");
    m_limits.file_bytes = 1'000'000;
    const auto size = std::filesystem::file_size(m_master.write("sample", "1.0"));
    m_limits.project_bytes = size + size / 2;
    m_limits.form_bytes = 1000;
    open();
    Form wordy(m_master.write("sample", "1.0"));
    wordy.fields["description"] = std::string(1000, 'x');
    expect_refusal(send(wordy), 413, "fields");
    EXPECT_EQ(send(Form(m_master.write("sample", "1.0"))).status, 200);
    expect_refusal(send(Form(m_master.write("sample", "1.1"))), 413, "together");
}

TEST_F(UploadServiceTest, RefusesStrangersBeforeTheBody) {
    HttpRequest nobody;
    nobody.method = Method::post;
    nobody.path = "/legacy/";
    EXPECT_EQ(send(nobody, "").status, 401);
    EXPECT_EQ(send(request(make_token({std::nullopt, ""}, {}).value()), "").status, 403);
    // A token is worth nothing from the moment in which it is revoked.
    ASSERT_TRUE(write_tokens(m_folder.path(), {m_narrow->record}));
    EXPECT_EQ(send(request(*m_token), "").status, 403);
}

TEST_F(UploadServiceTest, ReadsNoTokensForOneWhoShowsNone) {
    std::ofstream(token_path(m_folder.path())) << "not a list of tokens";
    HttpRequest nobody;
    nobody.method = Method::post;
    nobody.path = "/legacy/";
    EXPECT_EQ(send(nobody, "").status, 401);
    EXPECT_EQ(send(request(*m_token), "").status, 503);
}

TEST_F(UploadServiceTest, KeepsATokenToItsProjects) {
    const Form other(m_master.write("other", "1.0"));
    expect_refusal(send(request(*m_narrow), other.body()), 403, "not allowed");
    // Nor does it help to name the file alone otherwise.
    Form lying = other;
    lying.fields["name"] = "sample";
    EXPECT_EQ(send(request(*m_narrow), lying.body()).status, 403);
    EXPECT_EQ(send(request(*m_narrow), Form(m_master.write("sample", "1.0")).body()).status, 200);
    EXPECT_EQ(published("other"), 0U);
}

TEST_F(UploadServiceTest, SaysNothingOfItsOwnTrouble) {
    m_trouble = Error(ErrorCode::conflict, "process 42 is at work in /srv/master");
    const HttpReply reply = send(Form(m_master.write("sample", "1.0")));
    EXPECT_EQ(reply.status, 503);
    EXPECT_EQ(text(reply).find("srv"), std::string::npos);
    m_trouble = {};
    EXPECT_EQ(send(Form(m_master.write("sample", "1.0"))).status, 200);
}

TEST_F(UploadServiceTest, CallsAFolderThatItMayNotWriteItsOwnTrouble) {
    // Where nobody makes a folder, not even root.
    std::filesystem::rename(m_folder / "uploads", m_folder / "away");
    std::filesystem::create_symlink("/sys", m_folder / "uploads");
    const HttpReply reply = send(Form(m_master.write("sample", "1.0")));
    EXPECT_EQ(reply.status, 503) << text(reply);
    EXPECT_EQ(text(reply).find("uploads"), std::string::npos) << text(reply);
}

TEST_F(UploadServiceTest, LeavesNothingOfAnUploadThatBrokeOff) {
    m_limits.at_once = 1;
    open();
    const std::string body = Form(m_master.write("sample", "1.0")).body();
    {
        auto answer = m_service->answer(request(*m_token));
        auto exchange = std::get<std::unique_ptr<Exchange>>(std::move(*answer));
        exchange->take(bytes_of(std::string_view(body).substr(0, body.size() - 10)));
        EXPECT_EQ(send(request(*m_token), body).status, 503) << "one at once";
    }
    // Also one in the middle when the service ends.
    m_service.reset();
    EXPECT_EQ(staged(), 0U);
    EXPECT_EQ(published("sample"), 0U);
    open();
    EXPECT_EQ(send(request(*m_token), body).status, 200);
}

TEST_F(UploadServiceTest, KeepsWorkersFreeForOthersThanTheOneWhoSendsSlowly) {
    std::vector<std::unique_ptr<Exchange>> slow;
    for (int i = 0; i < 2; ++i) {
        auto answer = m_service->answer(request(*m_token));
        slow.push_back(std::get<std::unique_ptr<Exchange>>(std::move(*answer)));
    }
    const std::string body = Form(m_master.write("sample", "1.0")).body();
    expect_refusal(send(request(*m_token), body), 503, "You have as many uploads under way");
    EXPECT_EQ(send(request(*m_narrow), body).status, 200);
}

TEST_F(UploadServiceTest, IsTheOnlyOneOfItsFolderAndSweepsIt) {
    UploadOptions second;
    second.folder = m_folder.path();
    second.master = [](const MasterStep&) -> Outcome { return {}; };
    EXPECT_EQ(UploadService::open(second).error().code(), ErrorCode::conflict);
    m_service.reset();
    std::filesystem::create_directory(m_folder / "uploads" / "left-by-a-kill");
    open();
    EXPECT_EQ(staged(), 0U);
}

TEST_F(UploadServiceTest, SendsOtherRequestsToTheirPlace) {
    HttpRequest other;
    other.path = "/simple/";
    EXPECT_FALSE(m_service->answer(other));
    other.path = "/legacy/";
    EXPECT_EQ(send(other, "").status, 405);
    other.path = "/legacy";
    other.method = Method::post;
    EXPECT_EQ(send(other, "").status, 308);
}

// twine follows nothing, and says what is wrong when it sees its own address with a slash.
TEST_F(UploadServiceTest, LeadsToTheWholeAddressWithASlash) {
    HttpRequest request;
    request.path = "/legacy";
    request.method = Method::post;
    const auto place = [&] {
        const auto answer = m_service->answer(request);
        const std::string& head = *std::get<HttpReply>(*answer).head;
        const std::string name = "Location: ";
        const auto at = head.find(name);
        return at == std::string::npos
                   ? std::string()
                   : head.substr(at + name.size(), head.find('\r', at) - at - name.size());
    };
    EXPECT_EQ(place(), "legacy/") << "HTTP/1.0 may name no host";
    request.headers.add("Host", "index.example:8080");
    EXPECT_EQ(place(), "http://index.example:8080/legacy/");
    // A proxy in front may have another scheme and another path.
    request.headers.add("X-Forwarded-For", "192.0.2.1");
    EXPECT_EQ(place(), "legacy/");
}

}  // namespace
}  // namespace heliograph::mirror
