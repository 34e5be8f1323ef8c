// SPDX-License-Identifier: Apache-2.0
#include <pki/base/json.hpp>
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The finding whose id begins so, from that source, wherever it stands in a JSON document.
const JsonValue* find_finding(
    const JsonValue& value, const std::string& id, const std::string& source
) {
    if (const auto* array = value.if_array()) {
        for (const JsonValue& element : *array) {
            if (const JsonValue* found = find_finding(element, id, source)) {
                return found;
            }
        }
    }
    const auto* object = value.if_object();
    if (object == nullptr) {
        return nullptr;
    }
    const JsonValue* own_id = value.find("id");
    const JsonValue* own_source = value.find("source");
    if (own_id != nullptr && own_source != nullptr && own_id->if_text() != nullptr &&
        own_id->if_text()->rfind(id, 0) == 0 && *own_source == JsonValue(source)) {
        return &value;
    }
    for (const auto& [name, member] : *object) {
        if (const JsonValue* found = find_finding(member, id, source)) {
            return found;
        }
    }
    return nullptr;
}

void expect_blamed(const Outcome& outcome, const std::string& url, const Lie& lie) {
    const auto document = parse_json(outcome.output, JsonLimits{});
    ASSERT_TRUE(document.has_value()) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(url));
    if (lie.finding.empty()) {
        return;
    }
    const JsonValue* finding = find_finding(*document, lie.finding, url);
    ASSERT_NE(finding, nullptr) << lie.finding << " is not in " << outcome.output;
    EXPECT_NE(finding->text_member("expected").value_or(""), "");
    EXPECT_NE(finding->text_member("seen").value_or(""), "");
}

}  // namespace

AdversaryTest::AdversaryTest() {
    const auto wheel = m_house.make_wheel({.name = "sample", .version = "1.0"});
    const auto other = m_house.make_wheel({.name = "other", .version = "1.0"});
    m_name = wheel.filename();
    m_wheel = read_text(wheel);
    m_other = read_text(other);
    m_file = package_path(m_wheel, m_name);
    m_other_file = package_path(m_other, other.filename());
    m_house.make_master({wheel, other});
    m_master.emplace(m_house.serve("master"));
}

void AdversaryTest::expect_refuted(const Lie& lie) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    lie.tell(liar);
    expect_refuted_server(liar.url(), lie);
}

void AdversaryTest::expect_refuted(const std::vector<Lie>& lies) {
    for (const Lie& lie : lies) {
        expect_refuted(lie);
    }
}

void AdversaryTest::expect_refuted_server(const std::string& bad_url, const Lie& lie) {
    SCOPED_TRACE(lie.name);
    const std::map<std::string, std::string> right{{m_name, m_wheel}};

    const Fetched saved = m_house.fetch({bad_url, m_master->url()}, {"--verify", "sample"});
    EXPECT_EQ(saved.outcome.exit_code, 0) << saved.outcome.output << saved.outcome.errors;
    EXPECT_EQ(saved.files, right);
    EXPECT_THAT(saved.outcome.output + saved.outcome.errors, HasSubstr(bad_url));
    EXPECT_THAT(saved.outcome.output + saved.outcome.errors, HasSubstr(lie.finding));

    const Fetched told =
        m_house.fetch({bad_url, m_master->url()}, {"--json", "--verify", "sample"});
    EXPECT_EQ(told.outcome.exit_code, 0) << told.outcome.output << told.outcome.errors;
    EXPECT_EQ(told.files, right);
    expect_blamed(told.outcome, bad_url, lie);

    const Fetched alone = m_house.fetch({bad_url}, {"--verify", "sample"});
    EXPECT_EQ(alone.outcome.exit_code, lie.exit_alone)
        << alone.outcome.output << alone.outcome.errors;
    EXPECT_THAT(alone.files, IsEmpty());
    EXPECT_THAT(alone.outcome.errors, HasSubstr(bad_url));
    EXPECT_THAT(alone.outcome.errors, HasSubstr(lie.finding));

    const Fetched alone_told = m_house.fetch({bad_url}, {"--json", "--verify", "sample"});
    EXPECT_EQ(alone_told.outcome.exit_code, lie.exit_alone);
    expect_blamed(alone_told.outcome, bad_url, lie);
}

}  // namespace heliograph::test_support
