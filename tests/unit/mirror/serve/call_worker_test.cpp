// SPDX-License-Identifier: Apache-2.0
// The thread that answers XML-RPC calls, held up in the middle of one.
#include <mirror/net/mailbox.hpp>
#include <mirror/serve/call_worker.hpp>
#include <mirror/store/catalog_schema.hpp>
#include <pki/base/database/database.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/serve/sample_site.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using testing::HasSubstr;
using testing::Optional;

// Who tells something waits until the test lets him.
class HeldSink final : public EventSink {
  public:
    void emit(const Event& /*event*/) override {
        told.release();
        goes_on.acquire();
    }

    std::counting_semaphore<> told{0};
    std::counting_semaphore<> goes_on{0};
};

// A call of one client, which has sent it whole.
class Caller {
  public:
    Caller(CallWorker& worker, const std::string& address) {
        HttpRequest request;
        request.method = Method::post;
        request.path = "/pypi";
        request.body = to_bytes(
            bytes_of("<methodCall><methodName>changelog_last_serial</methodName></methodCall>")
        );
        request.peer.address = address;
        request.waker = Waker(m_mailbox, 1);
        m_exchange = worker.begin(request);
        m_exchange->end();
    }

    // What it is told, once it is there: a library of XML-RPC reads it with status 200 alone.
    std::optional<std::string> answer() {
        const auto reply = m_exchange->reply();
        if (!reply) {
            return std::nullopt;
        }
        EXPECT_EQ(reply->status, 200);
        return std::string(text_of(*std::get<BytesBody>(reply->body).bytes));
    }

    // What the client is woken for.
    std::string wait() {
        pollfd bell{.fd = m_mailbox->descriptor(), .events = POLLIN, .revents = 0};
        EXPECT_EQ(::poll(&bell, 1, 20'000), 1) << "nobody was woken";
        return answer().value_or("");
    }

  private:
    std::shared_ptr<Mailbox> m_mailbox = test::sure(Mailbox::make());
    std::unique_ptr<Exchange> m_exchange;
};

class CallWorkerTest : public testing::Test {
  protected:
    CallWorkerTest()
        : folder(test::sure(MirrorFolder::init(temp / "site", {MirrorRole::master, {}}))) {
        const auto catalog = test::sure(folder.open_catalog());
        test::fill(*catalog, *folder.open_blobs());
    }

    // A test that fails ends, too.
    ~CallWorkerTest() override { events.goes_on.release(1000); }

    // Each call fails from here on, and is told of.
    void damage() {
        auto database = test::sure(
            Database::open(temp / "site" / "catalog.db", OpenMode::existing, catalog_migrations())
        );
        test::sure(database.execute("DELETE FROM state"));
    }

    test::TempFolder temp;
    MirrorFolder folder;
    HeldSink events;
    std::shared_ptr<RootIndex> roots = std::make_shared<RootIndex>();
    std::shared_ptr<CallWorker> worker = std::make_shared<CallWorker>(folder, roots, &events);
};

TEST_F(CallWorkerTest, AnswersCallsAlone) {
    EXPECT_THAT(Caller(*worker, "192.0.2.1").wait(), HasSubstr("<int>4</int>"));
    HttpRequest page;
    page.method = Method::get;
    page.path = "/simple/";
    EXPECT_EQ(worker->begin(page), nullptr);
    page.method = Method::post;
    page.path = "/pypi";
    page.arrival = BodyArrival::streamed;
    EXPECT_EQ(worker->begin(page), nullptr) << "no body at hand";
}

// No loop renders 100,000 projects: it has the list, or the worker is asked for it.
TEST_F(CallWorkerTest, RendersTheListOfProjectsForLoopsThatHaveItNot) {
    const auto catalog = test::sure(folder.open_catalog());
    const auto blobs = folder.open_blobs();
    PreparedCache cache(1'000'000);
    ReadView view{*catalog, *blobs, MirrorRole::master, cache, 0, roots};
    const auto mailbox = test::sure(Mailbox::make());
    HttpRequest list;
    list.method = Method::get;
    list.path = "/simple/";
    list.waker = Waker(mailbox, 1);
    const auto exchange = worker->begin_list(list, view);
    ASSERT_NE(exchange, nullptr);
    exchange->end();
    pollfd bell{.fd = mailbox->descriptor(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&bell, 1, 20'000), 1) << "nobody was woken";
    const auto reply = exchange->reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_THAT(std::string(text_of(*std::get<BytesBody>(reply->body).bytes)), HasSubstr("wheel"));
    EXPECT_EQ(worker->begin_list(list, view), nullptr) << "it is at hand now, for every loop";
    PreparedCache another_cache(1'000'000);
    ReadView another{*catalog, *blobs, MirrorRole::master, another_cache, 0, roots};
    EXPECT_EQ(worker->begin_list(list, another), nullptr);
    list.path = "/simple/wheel/";
    EXPECT_EQ(worker->begin_list(list, view), nullptr) << "a page is stored";
}

TEST_F(CallWorkerTest, SaysWhyThereIsNoListOfProjects) {
    const auto catalog = test::sure(folder.open_catalog());
    const auto blobs = folder.open_blobs();
    PreparedCache cache(1'000'000);
    ReadView view{*catalog, *blobs, MirrorRole::master, cache, 0, roots};
    std::filesystem::rename(temp / "site" / "catalog.db", temp / "aside.db");
    const auto mailbox = test::sure(Mailbox::make());
    HttpRequest list;
    list.method = Method::get;
    list.path = "/simple/";
    list.waker = Waker(mailbox, 1);
    events.goes_on.release();
    const auto exchange = worker->begin_list(list, view);
    ASSERT_NE(exchange, nullptr);
    exchange->end();
    pollfd bell{.fd = mailbox->descriptor(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&bell, 1, 20'000), 1) << "nobody was woken";
    const auto reply = exchange->reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503);
    EXPECT_TRUE(events.told.try_acquire()) << "the log says why";
}

TEST_F(CallWorkerTest, SaysThatTheMachineIsFull) {
    const auto catalog = test::sure(folder.open_catalog());
    const auto blobs = folder.open_blobs();
    PreparedCache cache(1'000'000);
    ReadView view{*catalog, *blobs, MirrorRole::master, cache, 0, roots};
    HttpRequest list;
    list.method = Method::get;
    list.path = "/simple/";
    events.goes_on.release();
    pthread_attr_t usual{};
    ASSERT_EQ(::pthread_getattr_default_np(&usual), 0);
    pthread_attr_t huge{};
    ASSERT_EQ(::pthread_getattr_default_np(&huge), 0);
    ASSERT_EQ(::pthread_attr_setstacksize(&huge, std::size_t{1} << 50U), 0);
    ASSERT_EQ(::pthread_setattr_default_np(&huge), 0) << "no thread begins with such a stack";
    const auto exchange = worker->begin_list(list, view);
    exchange->end();
    ASSERT_EQ(::pthread_setattr_default_np(&usual), 0);
    const auto reply = exchange->reply();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 503);
    EXPECT_THAT(
        std::string(text_of(*std::get<BytesBody>(reply->body).bytes)), HasSubstr("overloaded")
    );
    EXPECT_TRUE(events.told.try_acquire()) << "the log says why";
}

TEST_F(CallWorkerTest, LetsSoManyWaitAndNoMore) {
    damage();
    Caller first(*worker, "192.0.2.1");
    events.told.acquire();
    std::vector<Caller> waiting;
    for (const char* address : {"192.0.2.2", "192.0.2.3"}) {
        for (std::size_t one = 0; one < CallWorker::most_of_one; ++one) {
            waiting.emplace_back(*worker, address);
        }
        EXPECT_THAT(Caller(*worker, address).answer(), Optional(HasSubstr("<int>-32500</int>")))
            << "as many as one may have";
    }
    ASSERT_EQ(waiting.size(), CallWorker::most_waiting);
    EXPECT_THAT(Caller(*worker, "192.0.2.4").answer(), Optional(HasSubstr("<int>-32403</int>")))
        << "as many as may wait";
    waiting.pop_back();
    Caller late(*worker, "192.0.2.4");
    EXPECT_EQ(late.answer(), std::nullopt) << "one who left makes room";
    events.goes_on.release(1 + CallWorker::most_waiting);
    EXPECT_THAT(first.wait(), HasSubstr("<int>-32403</int>")) << "of a damaged catalogue";
    EXPECT_THAT(late.wait(), HasSubstr("<int>-32403</int>"));
}

TEST_F(CallWorkerTest, AnswersNobodyWhoLeftAndEndsBehindTheCallInWork) {
    damage();
    {
        Caller first(*worker, "192.0.2.1");
        events.told.acquire();
        const Caller second(*worker, "192.0.2.1");
    }
    events.goes_on.release();
    worker.reset();
    EXPECT_FALSE(events.told.try_acquire()) << "the second was not begun";
}

}  // namespace
}  // namespace heliograph::mirror
