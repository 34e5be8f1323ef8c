// SPDX-License-Identifier: Apache-2.0
// Answers of XML-RPC calls, as our own server and others write them, and as nobody should.
#include <mirror/serve/xml_rpc_reply.hpp>
#include <mirror/sync/warehouse_answer.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

std::string answer_of(const std::string& value) {
    return "<?xml version='1.0'?><methodResponse><params><param>" + value +
           "</param></params></methodResponse>";
}

XmlRpcNode node_of(const std::string& text) {
    const auto answer = parse_xml_rpc_answer(text);
    EXPECT_TRUE(succeeded(answer)) << text.substr(0, 200);
    return answer ? std::get<XmlRpcNode>(*answer) : XmlRpcNode{};
}

std::string row_of(const std::string& name, std::uint64_t serial) {
    return "<value><array><data><value>" + name + "</value><value><nil/></value>" +
           "<value><int>1700000000</int></value><value><string>create</string></value>" +
           "<value><int>" + std::to_string(serial) + "</int></value></data></array></value>";
}

std::string rows_of(const std::string& rows) {
    return answer_of("<value><array><data>" + rows + "</data></array></value>");
}

TEST(WarehouseAnswer, ReadsWhatOurServerWrites) {
    const Instant time{std::chrono::seconds(1'700'000'000)};
    const std::vector<WarehouseEvent> events{
        {.name = "Demo.Thing",
         .version = "1.0",
         .time = time,
         .action = "add py3 file demo_thing-1.0-py3-none-any.whl",
         .serial = {5}},
        {.name = "other",
         .version = std::nullopt,
         .time = time,
         .action = "remove project",
         .serial = {9'000'000'000}}};
    const auto rows = read_changelog_rows(node_of(render_events(events)), {4});
    ASSERT_TRUE(succeeded(rows));
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ((*rows)[0].project->text(), "demo-thing");
    EXPECT_EQ((*rows)[0].time, time);
    EXPECT_EQ((*rows)[1].serial.value, 9'000'000'000U);
    EXPECT_EQ(read_last_serial(node_of(render_serial({4711}))).value().value, 4711U);
    const auto listed = read_package_serials(node_of(render_packages({{"B", {2}}, {"a", {1}}})));
    ASSERT_EQ(listed.value().size(), 2U);
    EXPECT_EQ((*listed)[0].name.text(), "a");
    EXPECT_EQ((*listed)[1].serial.value, 2U);
}

TEST(WarehouseAnswer, TellsFaultsWithTheirNumber) {
    const auto answer =
        parse_xml_rpc_answer(render_fault(XmlRpcFault::wrapped, "HTTPTooManyRequests: wait"));
    ASSERT_TRUE(succeeded(answer));
    const auto& failure = std::get<XmlRpcFailure>(*answer);
    EXPECT_EQ(failure.code, -32500);
    EXPECT_EQ(failure.text, "HTTPTooManyRequests: wait");
}

TEST(WarehouseAnswer, PassesOverRowsOfNoProject) {
    const auto rows = read_changelog_rows(node_of(rows_of(row_of("", 5) + row_of("a b", 6))), {4});
    ASSERT_EQ(rows.value().size(), 2U);
    EXPECT_FALSE((*rows)[0].project.has_value());
    EXPECT_FALSE((*rows)[1].project.has_value());
}

TEST(WarehouseAnswer, TakesTheHigherSerialOfTwoSpellings) {
    const auto listed =
        read_package_serials(node_of(render_packages({{"A.b", {3}}, {"a_B", {7}}})));
    ASSERT_EQ(listed.value().size(), 1U);
    EXPECT_EQ((*listed)[0].name.text(), "a-b");
    EXPECT_EQ((*listed)[0].serial.value, 7U);
}

TEST(WarehouseAnswer, KnowsWhatIsWithdrawn) {
    EXPECT_EQ(change_of("remove project"), WarehouseChange::removal);
    for (const auto* action :
         {"remove file a-1.tar.gz",
          "remove release",
          "yank release",
          "project quarantined",
          "release quarantined"}) {
        EXPECT_EQ(change_of(action), WarehouseChange::withdrawal) << action;
    }
    for (const auto* action : {"create", "unyank release", "add Owner somebody", "whatever"}) {
        EXPECT_EQ(change_of(action), WarehouseChange::other) << action;
    }
}

TEST(WarehouseAnswer, RefusesRowsThatDoNotAscendOrHaveAnotherShape) {
    for (const auto& rows :
         {row_of("a", 4),
          row_of("a", 6) + row_of("b", 6),
          row_of("a", 7) + row_of("b", 6),
          std::string("<value><int>1</int></value>"),
          std::string("<value><array><data><value>a</value></data></array></value>")}) {
        expect_error(read_changelog_rows(node_of(rows_of(rows)), {4}), ErrorCode::malformed);
    }
    expect_error(
        read_last_serial(node_of(answer_of("<value><int>-1</int></value>"))), ErrorCode::malformed
    );
    expect_error(read_last_serial(node_of(answer_of("<value>12</value>"))), ErrorCode::malformed);
}

TEST(WarehouseAnswer, RefusesWhatIsNoAnswer) {
    const std::string deep(40, 'x');
    std::string nested = "<value>1</value>";
    for (int level = 0; level < 20; ++level) {
        nested = "<value><array><data>" + nested + "</data></array></value>";
    }
    for (const auto& text :
         {std::string(),
          std::string("<html><body>404</body></html>"),
          std::string("<methodResponse/>"),
          std::string("<methodResponse><params/></methodResponse>"),
          std::string("<!DOCTYPE a [<!ENTITY x 'y'>]>") + answer_of("<value>&x;</value>"),
          answer_of("<value><double>1.5</double></value>"),
          answer_of("<value><boolean>1</boolean></value>"),
          answer_of("<value><int>1</int><int>2</int></value>"),
          answer_of("<value>text<int>1</int></value>"),
          answer_of("<value><int>1</int>text</value>"),
          answer_of("<value><int></int></value>"),
          answer_of("<value><int>1.5</int></value>"),
          answer_of("<value><int>99999999999999999999</int></value>"),
          answer_of("<value>1</value><value>2</value>"),
          answer_of("<value><struct><member><value>1</value></member></struct></value>"),
          answer_of("<value><struct>text</struct></value>"),
          answer_of("<value><struct><member><name>a</name><value>1</value><value>2</value></member>"
                    "</struct></value>"),
          answer_of("<value>1</value>").substr(0, 60)}) {
        expect_error(parse_xml_rpc_answer(text), ErrorCode::malformed);
    }
    expect_error(parse_xml_rpc_answer(answer_of(nested)), ErrorCode::too_large);
    expect_error(
        parse_xml_rpc_answer(answer_of("<value>" + std::string(5000, 'x') + "</value>")),
        ErrorCode::too_large
    );
}

}  // namespace
}  // namespace heliograph::mirror
