// SPDX-License-Identifier: Apache-2.0
// Upload tokens: random, kept as digests, for their projects only (threats T14, T25).
#include <mirror/upload/token_list.hpp>
#include <mirror/upload/upload_access.hpp>
#include <mirror/upload/upload_token.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>
#include <pki/tls/peer_identity.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace heliograph::mirror {
namespace {

verify::ProjectName project(const std::string& name) {
    return verify::parse_project_name(name).value();
}

NewToken make(const std::string& name) {
    return make_token({{{project(name)}}, "ci"}, Instant(std::chrono::seconds(1'767'323'045)))
        .value();
}

std::string text(const NewToken& token) {
    return std::string(text_of(token.text.expose()));
}

HttpRequest with_authorization(const std::string& field) {
    HttpRequest request;
    request.method = Method::post;
    request.headers.add("Authorization", field);
    return request;
}

std::string basic(const std::string& user, const std::string& password) {
    return "Basic " + encode_base64(bytes_of(user + ":" + password));
}

int status_of(const std::variant<UploadPermit, HttpReply>& judged) {
    const auto* reply = std::get_if<HttpReply>(&judged);
    return reply == nullptr ? 0 : reply->status;
}

TEST(UploadToken, IsFoundByItsWholeTextOnly) {
    const NewToken one = make("one");
    const NewToken two = make("two");
    EXPECT_NE(text(one), text(two));
    const std::vector<UploadToken> tokens{one.record, two.record};
    EXPECT_EQ(find_token(tokens, text(one)), tokens.data());
    EXPECT_EQ(find_token(tokens, text(two)), &tokens[1]);
    for (std::size_t i = 0; i < text(one).size(); ++i) {
        std::string other = text(one);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(find_token(tokens, other), nullptr) << i;
    }
    EXPECT_EQ(find_token(tokens, ""), nullptr);
    EXPECT_EQ(find_token(tokens, text(one) + "x"), nullptr);
    EXPECT_EQ(find_token({two.record}, text(one)), nullptr);
}

TEST(UploadToken, IsKeptAsADigestForItsOwnerOnly) {
    const test::TempFolder folder;
    std::filesystem::create_directory(folder / "keys");
    EXPECT_TRUE(read_tokens(folder.path()).value().empty());
    const NewToken made = make("one");
    NewToken everywhere = make_token({std::nullopt, ""}, made.record.created).value();
    const std::vector<UploadToken> tokens{made.record, everywhere.record};
    ASSERT_TRUE(write_tokens(folder.path(), tokens));
    EXPECT_EQ(read_tokens(folder.path()).value(), tokens);
    const auto path = folder / "keys" / "upload-tokens.json";
    const auto kept = read_file(path, 100'000).value();
    // The secret is base64url, which has '_' too: it begins after the prefix and the id.
    const std::string secret =
        text(made).substr(std::string_view("hgt_").size() + made.record.id.size() + 1);
    ASSERT_EQ(secret.size(), 43U);
    EXPECT_EQ(text_of(kept).find(secret), std::string_view::npos);
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    EXPECT_EQ(read_tokens(folder.path()).error().code(), ErrorCode::denied);
}

TEST(UploadToken, RefusesOtherDocuments) {
    const std::string good = render_tokens({make("one").record});
    ASSERT_TRUE(parse_tokens(good));
    const auto replaced = [&](const std::string& what, const std::string& with) {
        std::string text = good;
        const auto place = text.find(what);
        EXPECT_NE(place, std::string::npos) << what;
        return text.replace(place, what.size(), with);
    };
    EXPECT_FALSE(parse_tokens(""));
    EXPECT_FALSE(parse_tokens(replaced("tokens-1", "tokens-2")));
    EXPECT_FALSE(parse_tokens(replaced("\"projects\"", "\"project\"")))
        << "a missing member must not mean everywhere";
    EXPECT_FALSE(parse_tokens(replaced("\"one\"", "")));
    EXPECT_FALSE(parse_tokens(replaced("\"one\"", "\"One\"")));
    EXPECT_FALSE(parse_tokens(replaced("\"one\"", "1")));
    EXPECT_FALSE(parse_tokens(replaced("\"sha256\"", "\"sha\"")));
}

TEST(UploadToken, RefusesRequestsThatCannotBeMeant) {
    EXPECT_FALSE(make_token({std::vector<verify::ProjectName>(), ""}, {}));
    EXPECT_FALSE(make_token({std::nullopt, "two\nlines"}, {}));
    EXPECT_FALSE(make_token({std::nullopt, std::string(101, 'x')}, {}));
}

TEST(UploadAccess, TakesATokenAsThePasswordOfItsUser) {
    const NewToken token = make("one");
    const std::vector<UploadToken> tokens{token.record};
    const auto judged =
        judge_uploader(with_authorization(basic("__token__", text(token))), tokens, {});
    const auto* permit = std::get_if<UploadPermit>(&judged);
    ASSERT_NE(permit, nullptr);
    EXPECT_EQ(permit->who, "token " + token.record.id);
    EXPECT_TRUE(permit->allows(project("One")));
    EXPECT_FALSE(permit->allows(project("two")));
    for (const std::string& field :
         {basic("user", text(token)),
          basic("__token__", "guess"),
          basic("__token__", ""),
          std::string("Bearer ") + text(token),
          std::string("Basic ?"),
          std::string("")}) {
        EXPECT_EQ(status_of(judge_uploader(with_authorization(field), tokens, {})), 403) << field;
    }
}

TEST(TokenList, ReadsTheFileAgainOnlyWhenItIsAnother) {
    const test::TempFolder folder;
    std::filesystem::create_directory(folder / "keys");
    TokenList list(folder.path());
    EXPECT_TRUE(list.current().value()->empty()) << "no file";
    const NewToken one = make("one");
    const NewToken two = make("two");
    ASSERT_TRUE(write_tokens(folder.path(), {one.record}));
    const auto first = list.current().value();
    EXPECT_EQ(*first, std::vector{one.record});
    EXPECT_EQ(list.current().value(), first) << "the very same list";
    // As long as before, and many times within one tick of the file system's clock.
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(write_tokens(folder.path(), {two.record}));
        EXPECT_EQ(*list.current().value(), std::vector{two.record});
        ASSERT_TRUE(write_tokens(folder.path(), {one.record}));
        EXPECT_EQ(*list.current().value(), std::vector{one.record});
    }
    ASSERT_EQ(::chmod(token_path(folder.path()).c_str(), 0644), 0);
    EXPECT_EQ(list.current().error().code(), ErrorCode::denied) << "others may read it";
    std::filesystem::remove(token_path(folder.path()));
    EXPECT_TRUE(list.current().value()->empty());
}

TEST(UploadAccess, AsksWhoShowsNothingAndKnowsCertificatesByTheirUri) {
    HttpRequest request;
    EXPECT_EQ(status_of(judge_uploader(request, {}, {})), 401);
    auto identity = std::make_shared<pki::PeerIdentity>();
    identity->uri = "spiffe://ca/client/publisher";
    identity->common_name = "publisher";
    request.peer.identity = identity;
    EXPECT_EQ(status_of(judge_uploader(request, {}, {})), 401);
    const auto judged_with = [&request](std::vector<std::string> roles) {
        const auto policy =
            pki::RolePolicy::make({{.uri = "spiffe://ca/client/publisher", .roles = roles}});
        EXPECT_TRUE(policy.has_value());
        return judge_uploader(request, {}, {*policy});
    };
    EXPECT_EQ(status_of(judged_with({"read", "uploads"})), 401);
    const auto judged = judged_with({"upload"});
    ASSERT_EQ(status_of(judged), 0);
    EXPECT_TRUE(std::get<UploadPermit>(judged).allows(project("anything")));
    request.headers = with_authorization(basic("builder", "")).headers;
    EXPECT_EQ(status_of(judged_with({"upload"})), 0) << "a name is no secret";
    EXPECT_EQ(status_of(judged_with({"read"})), 401) << "and nothing without a certificate";
    for (const auto& field : {basic("builder", "guess"), basic("", ""), basic("a:", "")}) {
        request.headers = with_authorization(field).headers;
        EXPECT_EQ(status_of(judged_with({"upload"})), 0) << field << " is no token";
        EXPECT_EQ(status_of(judged_with({"read"})), 403) << field;
    }
    // A token may be for less than the certificate.
    const auto& lost = text(make("one"));
    for (const auto& field :
         {basic("__token__", ""),
          basic("__token__", lost),
          basic("x", lost),
          "Bearer " + lost,
          std::string("Basic ?")}) {
        request.headers = with_authorization(field).headers;
        const auto refused = judged_with({"upload"});
        ASSERT_EQ(status_of(refused), 403) << field;
        const auto& told = std::get<HttpReply>(refused);
        EXPECT_NE(told.reason->find("client certificate shown may upload"), std::string::npos);
    }
    request.headers = {};
    const auto one = judged_with({"upload:wheel"});
    ASSERT_EQ(status_of(one), 0);
    EXPECT_TRUE(std::get<UploadPermit>(one).allows(project("wheel")));
    EXPECT_FALSE(std::get<UploadPermit>(one).allows(project("anything")));
}

}  // namespace
}  // namespace heliograph::mirror
