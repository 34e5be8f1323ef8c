// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/index_source.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/unit/mirror/fetch/fetch_session_fixture.hpp>

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <future>
#include <mutex>

namespace heliograph::mirror {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// What one thread of the crew asks: the script of the test, one request at a time.
class SharedTransport final : public Transport {
  public:
    SharedTransport(Transport& script, std::mutex& mutex) : m_script(script), m_mutex(mutex) {}

    Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override {
        const std::lock_guard lock(m_mutex);
        return m_script.fetch(request, sink);
    }

  private:
    Transport& m_script;
    std::mutex& m_mutex;
};

/// The project `demo`, whose newest version is a real wheel without metadata on the page.
class IndexSourceTest : public FetchSessionTest {
  protected:
    void serve_wheel(const std::vector<std::string>& needs) {
        const auto path = test_support::write_wheel(
            m_files.path(), {.name = "demo", .version = "3.0", .needs = needs}
        );
        m_wheel = text_of(read_file(path, 1U << 20U).value());
        auto page = verify::test_pages::sample_page();
        auto file = verify::test_pages::sample_file(path.filename().string());
        file.sha256 = pki::sha256(bytes_of(m_wheel));
        file.size_bytes = m_wheel.size();
        m_path = file.path().absolute().substr(1);
        verify::add_file(page, file);
        m_index.page = render_page_json(page);
        m_index.sign();
        for (const auto& mirror : {one, two}) {
            m_transport.answer(mirror + "simple/demo/", m_index.page);
            m_transport.answer(
                mirror + "serversig/demo.json", std::string(text_of(m_index.signature))
            );
            m_transport.answer(mirror + m_path, m_wheel);
        }
    }

    /// Gives a crew of one thread to @p work.
    template <typename Work>
    void with_crew(Work work) {
        const auto trust = m_index.trust();
        FetchCrew crew(
            {.mirrors = list(),
             .known = {},
             .trust = trust,
             .clock = m_clock,
             .policy = m_policy,
             .tls = std::nullopt,
             .state = {},
             .conduct = conduct(),
             .open_transport = [this]() -> Result<std::unique_ptr<Transport>> {
                 return std::unique_ptr<Transport>(
                     std::make_unique<SharedTransport>(m_transport, m_mutex)
                 );
             },
             .keep = {},
             .most_threads = 1,
             .on_revoked = m_on_revoked}
        );
        work(crew);
    }

    /// Looks for a solution of `demo>=2`, and gives both to @p look.
    template <typename Look>
    void resolve_demo(Look look, const SearchLimits& limits = {}) {
        with_crew([&](FetchCrew& crew) {
            const auto python =
                cpython_target(verify::parse_version("3.11").value(), {"manylinux_2_28_x86_64"});
            ProjectDesk desk(crew, m_folder.path());
            IndexSource source(
                desk,
                {{.python = python.version,
                  .tags = std::make_shared<TagRanks>(supported_tags(python))},
                 python.markers},
                {parse_requirement("demo>=2").value()},
                limits
            );
            look(source, verify::resolve(source, source.root()));
        });
    }

    heliograph::test::TempFolder m_files;
    std::mutex m_mutex;
    std::function<void()> m_on_revoked;
    std::string m_wheel;
    std::string m_path;
};

TEST_F(IndexSourceTest, ReadsTheVerifiedFileWhereThePageNamesNoMetadata) {
    serve_wheel({"demo>=4"});
    resolve_demo([&](const IndexSource& source, const auto& found) {
        ASSERT_TRUE(found.has_value()) << found.error().describe();
        const auto& solution = std::get<verify::NoSolution>(*found);
        EXPECT_THAT(solution.lines.front(), HasSubstr("demo 3.0"));
        EXPECT_FALSE(source.missing());
    });
    serve_wheel({});
    resolve_demo([&](const IndexSource& source, const auto& found) {
        ASSERT_TRUE(found.has_value()) << found.error().describe();
        const auto files = source.files_of(std::get<verify::Solution>(*found));
        ASSERT_EQ(files.size(), 1U);
        EXPECT_EQ(files[0].file.name.text(), "demo-3.0-py3-none-any.whl");
        EXPECT_THAT(files[0].needs, IsEmpty());
    });
    EXPECT_EQ(files_in_folder(), 0) << "what was read is not kept";
}

TEST_F(IndexSourceTest, AsksForNoPageOfAVersionWithRequirementsWithoutEnd) {
    std::vector<std::string> needs;
    for (std::size_t i = 0; i <= version_requirements; ++i) {
        needs.push_back("p" + std::to_string(i));
    }
    serve_wheel(needs);
    resolve_demo([&](const IndexSource&, const auto& found) {
        ASSERT_TRUE(found.has_value()) << found.error().describe();
        const auto& solution = std::get<verify::NoSolution>(*found);
        EXPECT_THAT(solution.lines.front(), HasSubstr("demo 3.0 has 1001 requirements"));
    });
    EXPECT_EQ(m_transport.count(one + "simple/p0/"), 0U);
}

TEST_F(IndexSourceTest, LooksForTheSameVersionsOnceAndForNoneWithoutEnd) {
    constexpr SearchLimits little{.effort = 70'000};
    constexpr int lines = 1'000;
    serve_wheel(std::vector<std::string>(lines, "demo>=1"));
    resolve_demo(
        [&](const IndexSource&, const auto& found) {
            ASSERT_TRUE(found.has_value()) << found.error().describe();
            EXPECT_TRUE(std::holds_alternative<verify::Solution>(*found));
        },
        little
    );
    std::vector<std::string> different;
    for (int i = 0; i < lines; ++i) {
        different.push_back("demo!=" + std::to_string(i + 9));
    }
    serve_wheel(different);
    resolve_demo(
        [&](const IndexSource& source, const auto& found) {
            ASSERT_FALSE(found.has_value());
            EXPECT_EQ(found.error().code(), ErrorCode::too_large);
            EXPECT_THAT(found.error().describe(), HasSubstr("saw more at demo!="));
            EXPECT_FALSE(source.missing());
        },
        little
    );
}

TEST_F(IndexSourceTest, CountsWhatItReadsOfDependencies) {
    serve_wheel({"demo>=1; extra == '" + std::string(2'000, 'x') + "'"});
    constexpr SearchLimits little{.effort = 51'500};
    resolve_demo(
        [&](const IndexSource&, const auto& found) {
            ASSERT_FALSE(found.has_value());
            EXPECT_THAT(found.error().describe(), HasSubstr("saw more at demo 3.0"));
        },
        little
    );
}

TEST_F(IndexSourceTest, NamesEachNeedOfAVersionOnce) {
    serve_wheel({"demo[a,b]>=1", "demo[b,a]>=1", "demo>=1", "demo >= 1"});
    resolve_demo([&](IndexSource& source, const auto& found) {
        ASSERT_TRUE(found.has_value()) << found.error().describe();
        const auto demo = std::get<verify::Solution>(*found).upper_bound(source.root());
        const auto needs = source.needs(demo->first, demo->second);
        ASSERT_TRUE(needs.has_value());
        std::vector<std::string> texts;
        for (const auto& need : std::get<std::vector<verify::PackageNeed>>(*needs)) {
            texts.push_back(need.text);
        }
        EXPECT_THAT(texts, ElementsAre("demo[a]>=1", "demo[b]>=1", "demo>=1"));
    });
}

TEST_F(IndexSourceTest, CountsWhatItsNeedsCostTheResolver) {
    std::vector<std::string> needs;
    for (int line = 0; line < 9; ++line) {
        std::string extras;
        for (int i = 0; i < 100; ++i) {
            extras += (i == 0 ? "e" : ",e") + std::to_string(100 * line + i);
        }
        needs.push_back("demo[" + extras + "]");
    }
    serve_wheel(needs);
    resolve_demo(
        [&](const IndexSource&, const auto& found) {
            ASSERT_FALSE(found.has_value());
            EXPECT_EQ(found.error().code(), ErrorCode::too_large);
            EXPECT_THAT(found.error().describe(), HasSubstr("saw more at demo[e"));
        },
        {.effort = 80'000}
    );
}

TEST_F(IndexSourceTest, CountsWhatIsKeptOfPagesAndReadings) {
    const auto expect_too_large = [](std::string_view at) {
        return [at](const IndexSource& source, const auto& found) {
            ASSERT_FALSE(found.has_value());
            EXPECT_EQ(found.error().code(), ErrorCode::too_large);
            EXPECT_THAT(found.error().describe(), HasSubstr("bytes of pages and dependencies"));
            EXPECT_THAT(found.error().describe(), HasSubstr("saw more at " + std::string(at)));
            EXPECT_FALSE(source.missing());
        };
    };
    serve_wheel(std::vector<std::string>(300, "demo; extra == 'none'"));
    resolve_demo(expect_too_large("demo;"), {.kept_bytes = 100});
    resolve_demo(expect_too_large("demo 3.0;"), {.kept_bytes = 50'000});
}

TEST_F(IndexSourceTest, CountsVersionsThatCannotBeTaken) {
    serve_wheel({"this is no requirement"});
    resolve_demo([&](const IndexSource&, const auto& found) {
        ASSERT_TRUE(found.has_value()) << found.error().describe();
        EXPECT_TRUE(std::holds_alternative<verify::NoSolution>(*found));
    });
    const auto expect_too_large = [](const IndexSource&, const auto& found) {
        ASSERT_FALSE(found.has_value());
        EXPECT_EQ(found.error().code(), ErrorCode::too_large);
        EXPECT_THAT(found.error().describe(), HasSubstr("saw more at demo 3.0"));
    };
    const auto before = m_transport.count(one + m_path) + m_transport.count(two + m_path);
    resolve_demo(expect_too_large, {.fetched_bytes = m_wheel.size() - 1});
    resolve_demo(expect_too_large, {.effort = 2'000});
    EXPECT_EQ(m_transport.count(one + m_path) + m_transport.count(two + m_path), before)
        << "what costs too much is not even fetched";
}

TEST_F(IndexSourceTest, ReadsNoMoreAheadThanMayLieUnclaimed) {
    std::vector<verify::PageFile> files;
    for (int i = 0; i < 20; ++i) {
        const auto version = std::to_string(i) + ".0";
        const auto text = "Metadata-Version: 2.1\nName: demo\nVersion: " + version + "\n";
        auto file = verify::test_pages::sample_file("demo-" + version + "-py3-none-any.whl");
        file.core_metadata = pki::sha256(bytes_of(text));
        for (const auto& mirror : {one, two}) {
            m_transport.answer(mirror + file.path().absolute().substr(1) + ".metadata", text);
        }
        files.push_back(file);
    }
    with_crew([&](FetchCrew& crew) {
        ProjectDesk desk(crew, m_folder.path(), 1);
        const auto expect_all = [&] {
            const std::lock_guard nothing_arrives(m_mutex);
            for (const auto& file : files) {
                desk.expect_metadata(file);
            }
        };
        const auto taken = [&](std::size_t i) {
            const auto answer = desk.take_metadata(files[i]);
            return answer.has_value() && *answer && (*answer)->reading;
        };
        expect_all();
        EXPECT_TRUE(taken(19)) << "fetched when it is wanted";
        EXPECT_EQ(m_transport.requests().size(), 2U) << "the first guess and what was wanted";
        expect_all();
        EXPECT_TRUE(taken(19));
        EXPECT_EQ(m_transport.requests().size(), 4U) << "a new guess in place of the old one";
        EXPECT_TRUE(taken(0));
        EXPECT_EQ(m_transport.requests().size(), 4U) << "it lay there";
    });
}

TEST_F(IndexSourceTest, TellsOfProjectsThatNobodyHas) {
    serve_wheel({"lib"});
    resolve_demo([&](const IndexSource& source, const auto& found) {
        ASSERT_TRUE(found.has_value()) << found.error().describe();
        EXPECT_TRUE(std::holds_alternative<verify::NoSolution>(*found));
        ASSERT_EQ(source.absent().size(), 1U);
        EXPECT_EQ(source.absent()[0].subject, "page of project lib");
        EXPECT_EQ(source.absent()[0].failures.size(), 2U);
    });
}

TEST_F(IndexSourceTest, HearsOfNothingBeforeTheCrewKnowsWhoIsRevoked) {
    m_index.revocation_pem = lists_that_revoke_the_signer();
    m_transport.answer(one + "serverkey.crl", m_index.revocation_pem);
    std::promise<void> learnt;
    std::promise<void> may_be_told;
    m_on_revoked = [&] {
        learnt.set_value();
        may_be_told.get_future().wait();
    };
    with_crew([&](FetchCrew& crew) {
        ProjectDesk desk(crew, m_folder.path());
        EXPECT_EQ(crew.revoked_signers(), 0U);
        auto heard = std::async(std::launch::async, [&] {
            return desk.page(verify::parse_project_name("demo").value()).has_value();
        });
        learnt.get_future().wait();
        EXPECT_EQ(crew.revoked_signers(), 1U);
        // Whoever is told too early needs a moment to say so; whoever is not never fails here.
        EXPECT_EQ(heard.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
        may_be_told.set_value();
        EXPECT_TRUE(heard.get());
    });
}

TEST_F(IndexSourceTest, DoesNotTakeAnOlderVersionBecauseAFileIsKeptBack) {
    m_list = one + " priority=0\n" + two + " priority=1\n";  // The liar is asked first.
    serve_wheel({});
    std::string wrong = m_wheel;
    wrong[wrong.size() / 2] = static_cast<char>(wrong[wrong.size() / 2] ^ 1);
    m_transport.answer(one + m_path, wrong);
    m_transport.answer(two + m_path, wrong);
    resolve_demo([&](const IndexSource& source, const auto& found) {
        ASSERT_FALSE(found.has_value());
        ASSERT_TRUE(source.missing());
        EXPECT_THAT(source.missing()->subject, HasSubstr("demo-3.0-py3-none-any.whl"));
        EXPECT_EQ(source.missing()->failures.size(), 2U);
    });
    m_transport.answer(two + m_path, m_wheel);
    resolve_demo([&](const IndexSource& source, const auto& found) {
        ASSERT_TRUE(found.has_value()) << found.error().describe();
        EXPECT_THAT(source.detours(), Not(IsEmpty())) << "the liar is named all the same";
    });
}

}  // namespace
}  // namespace heliograph::mirror
