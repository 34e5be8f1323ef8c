// SPDX-License-Identifier: Apache-2.0
// The calls of the main index's followers, as they make them and as attackers do (threat T17).
#include <mirror/serve/router.hpp>
#include <mirror/serve/xml_rpc_call.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/serve/sample_site.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::mirror {
namespace {

using testing::HasSubstr;

std::string call(const std::string& method, const std::string& values = "") {
    return "<?xml version='1.0'?>\n<methodCall>\n<methodName>" + method +
           "</methodName>\n<params>\n" + values + "</params>\n</methodCall>\n";
}

std::string param(const std::string& value) {
    return "<param>\n<value>" + value + "</value>\n</param>\n";
}

TEST(XmlRpcCall, ReadsMethodAndParameters) {
    const auto read = parse_xml_rpc_call(call(
        "m",
        param("<int>-5</int>") + param("<string>a &lt; b</string>") + param("plain") +
            param("<boolean>1</boolean>") +
            param("<array><data><value><int>1</int></value></data></array>") + param("<i4>7</i4>")
    ));
    ASSERT_TRUE(read) << read.error().describe();
    EXPECT_EQ(read->method, "m");
    const std::vector<XmlRpcValue> wanted{
        std::int64_t{-5},
        std::string("a < b"),
        std::string("plain"),
        OtherValue{},
        OtherValue{},
        std::int64_t{7}};
    EXPECT_EQ(read->parameters, wanted);
    EXPECT_TRUE(parse_xml_rpc_call("<methodCall><methodName>m</methodName></methodCall>"));
}

// As bandersnatch declares it, whose library has another name for it than the XML standard.
TEST(XmlRpcCall, ReadsAsciiUnderEachOfItsNames) {
    const std::string body = "<methodCall><methodName>m</methodName><params/></methodCall>";
    for (const std::string name : {"ASCII", "ascii", "US-ASCII", "utf-8"}) {
        const auto head = "<?xml version='1.0' encoding='" + name + "'?>\n";
        EXPECT_TRUE(parse_xml_rpc_call(head + body)) << name;
    }
    const std::string ascii = "<?xml version='1.0' encoding='ASCII'?>\n";
    EXPECT_FALSE(
        parse_xml_rpc_call(ascii + "<methodCall><methodName>\xC3\xA9</methodName></methodCall>")
    ) << "no ASCII";
    EXPECT_FALSE(parse_xml_rpc_call("<?xml version='1.0' encoding='EBCDIC'?>\n" + body));
}

TEST(XmlRpcCall, RefusesADocumentType) {
    for (const std::string& type :
         {std::string("<!DOCTYPE x>"),
          std::string("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>"),
          std::string("<!DOCTYPE x SYSTEM \"file:///etc/passwd\">")}) {
        const auto read = parse_xml_rpc_call(
            "<?xml version='1.0'?>" + type +
            "<methodCall><methodName>m</methodName><params><param><value>&b;</value></param>"
            "</params></methodCall>"
        );
        EXPECT_FALSE(read) << type;
    }
}

TEST(XmlRpcCall, RefusesOtherDocuments) {
    for (const std::string& text : std::vector<std::string>{
             "",
             "no xml",
             "<methodResponse/>",
             "<methodCall></methodCall>",
             "<methodCall><methodName>a</methodName><methodName>b</methodName></methodCall>",
             call("m", param("<int>5</int><int>6</int>")),
             call("m", param("<int>5.0</int>")),
             call("m", param("<int></int>")),
             call("m", param("<int>99999999999999999999</int>")),
             call("m", "<param>"),
             call("m") + "<more/>"}) {
        EXPECT_FALSE(parse_xml_rpc_call(text)) << text;
    }
}

TEST(XmlRpcCall, StopsAtEachLimit) {
    const auto code = [](const std::string& text) {
        const auto read = parse_xml_rpc_call(text);
        return read ? ErrorCode::internal : read.error().code();
    };
    EXPECT_EQ(code(std::string(xml_rpc_limits::text_bytes + 1, ' ')), ErrorCode::too_large);
    std::string deep;
    for (std::size_t i = 0; i < xml_rpc_limits::depth; ++i) {
        deep += "<value>";
    }
    EXPECT_EQ(code("<methodCall>" + deep), ErrorCode::too_large);
    EXPECT_EQ(
        code(call("m", param(std::string(xml_rpc_limits::value_bytes + 1, 'x')))),
        ErrorCode::too_large
    );
    std::string many;
    for (std::size_t i = 0; i <= xml_rpc_limits::parameters; ++i) {
        many += param("x");
    }
    EXPECT_EQ(code(call("m", many)), ErrorCode::too_large);
}

class XmlRpcRoute : public testing::Test {
  protected:
    XmlRpcRoute() { test::fill(m_catalog, m_blobs); }

    HttpReply post(const std::string& body, const std::string& path = "/pypi") {
        HttpRequest request;
        request.method = Method::post;
        request.path = path;
        request.body = to_bytes(body);
        return answer_request(request, m_view, m_silence);
    }
    std::string say(const std::string& body) {
        const HttpReply reply = post(body);
        EXPECT_EQ(reply.status, 200);
        return std::string(text_of(*std::get<BytesBody>(reply.body).bytes));
    }

    MemoryCatalog m_catalog;
    MemoryBlobStore m_blobs;
    PreparedCache m_cache{1'000'000};
    ReadView m_view{m_catalog, m_blobs, MirrorRole::master, m_cache, 0};
    SilentSink m_silence;
};

TEST_F(XmlRpcRoute, SpeaksAsTheMainIndexDoes) {
    EXPECT_THAT(say(call("changelog_last_serial")), HasSubstr("<value><int>4</int></value>"));
    EXPECT_THAT(
        say(call("changelog_since_serial", param("<int>3</int>"))),
        HasSubstr("<value><string>wheel</string></value><value><string>0.1</string></value>"
                  "<value><int>1767323045</int></value>"
                  "<value><string>add py3 file wheel-0.1-py3-none-any.whl</string></value>"
                  "<value><int>4</int></value>")
    );
    EXPECT_THAT(
        say(call("changelog_since_serial", param("<int>4</int>"))), HasSubstr("<data></data>")
    );
    EXPECT_THAT(
        say(call("list_packages_with_serial")),
        HasSubstr("<member><name>wheel</name><value><int>4</int></value></member>")
    );
    for (const char* path : {"/pypi", "/pypi/", "/RPC2"}) {
        EXPECT_EQ(post(call("changelog_last_serial"), path).status, 200) << path;
    }
    EXPECT_EQ(post(call("changelog_last_serial"), "/simple/").status, 405);
}

TEST_F(XmlRpcRoute, NamesTheProjectsThatTheRootListNames) {
    const auto put = [&](const std::string& name, verify::ProjectStatus status) {
        const auto change = test::sure(m_catalog.begin());
        auto page = test::stored("page", "signature");
        page.status = status;
        test::sure(change->put_page(
            test::sure(verify::parse_project_name(name)), verify::PageForm::json, page
        ));
        test::sure(change->commit());
    };
    put("archived", verify::ProjectStatus::archived);
    put("hidden", verify::ProjectStatus::quarantined);
    const std::string named = say(call("list_packages_with_serial"));
    EXPECT_THAT(named, HasSubstr("<name>archived</name>"));
    EXPECT_THAT(named, HasSubstr("<name>wheel</name>"));
    EXPECT_LT(named.find("archived"), named.find("wheel"));
    EXPECT_EQ(named.find("hidden"), std::string::npos) << "quarantined";
    put("hidden", verify::ProjectStatus::active);
    EXPECT_THAT(say(call("list_packages_with_serial")), HasSubstr("<name>hidden</name>"));
}

TEST_F(XmlRpcRoute, GivesFaultsAsTheMainIndexDoes) {
    const auto fault = [](const std::string& number) { return "<int>" + number + "</int>"; };
    for (const std::string& values :
         {std::string(),
          param("<string>3</string>"),
          param("3"),
          param("<double>3</double>"),
          param("<int>-1</int>"),
          param("<int>3</int>") + param("<int>3</int>")}) {
        EXPECT_THAT(say(call("changelog_since_serial", values)), HasSubstr(fault("-32602")))
            << values;
    }
    EXPECT_THAT(say(call("search", param("x"))), HasSubstr(fault("-32500")));
    EXPECT_THAT(say(call("search", param("x"))), HasSubstr("RuntimeError"));
    EXPECT_THAT(say(call("system.multicall")), HasSubstr(fault("-32500")));
    EXPECT_THAT(say(call("nothing")), HasSubstr(fault("-32601")));
    EXPECT_THAT(say("nothing"), HasSubstr(fault("-32700")));
}

TEST_F(XmlRpcRoute, CapsTheRowsAndLosesNone) {
    const auto change = test::sure(m_catalog.begin());
    const auto wheel = test::sure(verify::parse_project_name("wheel"));
    for (std::uint64_t serial = 5; serial <= 50'010; ++serial) {
        test::sure(change->append_event(
            {.serial = {serial},
             .time = {},
             .action = serial % 25'000 == 0 ? JournalAction::change_evidence
                                            : JournalAction::remove_project,
             .project = serial % 25'000 == 0 ? std::nullopt : std::optional(wheel),
             .filename = std::nullopt,
             .pages = std::nullopt}
        ));
    }
    test::sure(change->set_last_serial({50'010}));
    test::sure(change->commit());
    const std::string first = say(call("changelog_since_serial", param("<int>0</int>")));
    EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 50'000 + 2) << "a row a line";
    EXPECT_THAT(first, HasSubstr("<int>50005</int>")) << "two events have no row";
    EXPECT_EQ(first.find("<int>50006</int>"), std::string::npos);
    const std::string rest = say(call("changelog_since_serial", param("<int>50005</int>")));
    EXPECT_THAT(rest, HasSubstr("<int>50006</int>"));
    EXPECT_THAT(rest, HasSubstr("<int>50010</int>"));
}

TEST_F(XmlRpcRoute, GivesWhoeverIsFarBehindTheNewestEventOfEachProject) {
    const auto change = test::sure(m_catalog.begin());
    const auto other = test::sure(verify::parse_project_name("other"));
    for (const std::uint64_t serial : {5U, 6U}) {
        test::sure(change->append_event(
            {.serial = {serial},
             .time = {},
             .action = JournalAction::remove_project,
             .project = other,
             .filename = std::nullopt,
             .pages = std::nullopt}
        ));
    }
    test::sure(change->set_last_serial({6}));
    EXPECT_EQ(test::sure(change->condense_journal({6})), 1U);
    test::sure(change->commit());
    const std::string rows = say(call("changelog_since_serial", param("<int>0</int>")));
    EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 2 + 2) << "a row a line";
    EXPECT_THAT(rows, HasSubstr("<int>4</int>"));
    EXPECT_THAT(rows, HasSubstr("<string>remove project</string></value><value><int>6</int>"));
}

TEST_F(XmlRpcRoute, TakesNoBodyThatIsStillToCome) {
    HttpRequest request;
    request.method = Method::post;
    request.path = "/RPC2";
    request.arrival = BodyArrival::streamed;
    EXPECT_EQ(answer_request(request, m_view, m_silence).status, 413);
}

}  // namespace
}  // namespace heliograph::mirror
