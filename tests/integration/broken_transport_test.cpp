// SPDX-License-Identifier: Apache-2.0
// Threats T7, T9 and T10 against the real fetch: data without end, lengths that lie, servers that
// refuse, break off or deny that a project exists.
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EndlessData : public AdversaryTest {};
class Denial : public AdversaryTest {};
class HiddenProject : public AdversaryTest {};

void lie_on_length(LyingMirror& liar, const Target& target, std::uint64_t length) {
    liar.alter(target, [length](Reply& reply) { reply.claimed_length = length; });
}

TEST_F(EndlessData, OfAFileIsCutOffAtItsLength) {
    const Target file = Target::path(m_file);
    expect_refuted({
        {"endless file",
         [&](auto& liar) { liar.misbehave(file, Misbehaviour::endless); },
         "file-length-mismatch",
         1},
        {"claims a terabyte", [&](auto& liar) { lie_on_length(liar, file, 1ULL << 40U); }, "", 1},
    });
}

TEST_F(EndlessData, OfADocumentIsCutOffAtItsLimit) {
    expect_refuted({
        {"endless page",
         [&](auto& liar) { liar.misbehave(sample_page, Misbehaviour::endless); },
         "",
         1},
        {"page that claims a terabyte",
         [&](auto& liar) { lie_on_length(liar, sample_page, 1ULL << 40U); },
         "",
         1},
        {"endless signature",
         [&](auto& liar) { liar.misbehave(Target::below("/serversig/"), Misbehaviour::endless); },
         "",
         1},
        {"endless signer chain",
         [&](auto& liar) { liar.misbehave(Target::path("/serverkey.crt"), Misbehaviour::endless); },
         "",
         1},
        {"endless header",
         [&](auto& liar) { liar.misbehave(sample_page, Misbehaviour::endless_head); },
         "",
         1},
    });
}

TEST_F(Denial, OfEveryKindCostsNothingButTheMirror) {
    const Target everything = Target::any();
    expect_refuted({
        {"500", [&](auto& liar) { liar.say(everything, status(500)); }, "", 5},
        {"503",
         [&](auto& liar) {
             liar.say(everything, status(503, {{"Retry-After", "3600"}}));
         },
         "",
         5},
        {"429",
         [&](auto& liar) {
             liar.say(everything, status(429, {{"Retry-After", "3600"}}));
         },
         "",
         5},
        {"403", [&](auto& liar) { liar.say(everything, status(403)); }, "", 5},
        {"redirect loop",
         [&](auto& liar) { liar.say(everything, redirect("/simple/sample/")); },
         "",
         5},
        {"redirect to a plain server",
         [&](auto& liar) { liar.say(everything, redirect("http://127.0.0.1:9/")); },
         "",
         5},
        {"reset", [&](auto& liar) { liar.misbehave(everything, Misbehaviour::reset); }, "", 5},
        {"truncated page",
         [&](auto& liar) { liar.misbehave(sample_page, Misbehaviour::close, 20); },
         "",
         5},
        {"truncated file",
         [&](auto& liar) { liar.misbehave(Target::path(m_file), Misbehaviour::close, 100); },
         "",
         5},
        {"reset in the file",
         [&](auto& liar) { liar.misbehave(Target::path(m_file), Misbehaviour::reset, 100); },
         "",
         5},
        {"no HTTP",
         [&](auto& liar) {
             Reply reply;
             reply.raw = "SSH-2.0-OpenSSH\r\n";
             liar.say(everything, reply);
         },
         "",
         5},
        {"a captive portal",
         [&](auto& liar) { liar.say(everything, ok("<html>Log in!</html>", "text/html")); },
         "",
         1},
    });
}

TEST_F(Denial, OfTheConnectionCostsNothingButTheMirror) {
    const ClosedPort closed;
    expect_refuted_server(closed.url(), {"refused", {}, "", 5});
    for (const Greeting greeting :
         {Greeting::reset, Greeting::tls_refused, Greeting::plain_on_tls}) {
        const ScriptedServer server(greeting);
        expect_refuted_server(
            server.url(), {"greeting " + std::to_string(static_cast<int>(greeting)), {}, "", 5}
        );
    }
}

TEST_F(HiddenProject, IsFoundOnTheNextMirror) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.hide(Target::any());
    const Fetched saved = m_house.fetch({liar.url(), m_master->url()}, {"--verify", "sample"});
    EXPECT_EQ(saved.outcome.exit_code, 0) << saved.outcome.errors;
    EXPECT_EQ(saved.files, (std::map<std::string, std::string>{{m_name, m_wheel}}));
}

TEST_F(HiddenProject, IsNotFoundOnlyWhenAllMirrorsSaySo) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.hide(sample_page);
    const Fetched none =
        m_house.fetch({liar.url(), m_master->url()}, {"--verify", "no-such-project"});
    EXPECT_EQ(none.outcome.exit_code, 3) << none.outcome.errors;
    EXPECT_THAT(none.outcome.errors, HasSubstr("no-such-project"));
    EXPECT_THAT(none.files, IsEmpty());
}

}  // namespace
}  // namespace heliograph::test_support
