// SPDX-License-Identifier: Apache-2.0
// The proxy over real sockets, in front of mirrors that lie, lag, hide and die: nothing unverified
// leaves it, and the client is told why.
#include <mirror/proxy/verifying_proxy.hpp>
#include <tests/unit/mirror/fetch/fetch_session_fixture.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>

#include <gmock/gmock.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace heliograph::mirror {
namespace {

using heliograph::test::RawClient;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// What the threads of the crew share: the script, and a gate that holds a body back.
struct Stage {
    std::mutex mutex;
    std::condition_variable changed;
    std::string held_url;             ///< The body of this URL ...
    std::uint64_t held_at_bytes = 0;  ///< ... stops before this byte, while the gate is closed.
    bool open = false;

    void open_gate() {
        {
            const std::lock_guard lock(mutex);
            open = true;
        }
        changed.notify_all();
    }
};

class StagedTransport final : public Transport {
  public:
    StagedTransport(Transport& script, Stage& stage) : m_script(script), m_stage(stage) {}

    Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override {
        Bytes body;
        std::optional<HttpResponse> head;
        BodySink all;
        all.begin = [&](const HttpResponse& response) -> Outcome {
            head = response;
            return {};
        };
        all.write = [&](ByteSpan piece) -> Outcome {
            body.insert(body.end(), piece.begin(), piece.end());
            return {};
        };
        std::unique_lock lock(m_stage.mutex);
        auto response = m_script.fetch(request, all);
        const bool held = request.url.to_string() == m_stage.held_url;
        const auto hold_at = std::min<std::size_t>(m_stage.held_at_bytes, body.size());
        lock.unlock();
        if (head && sink.begin) {
            HG_CHECK(sink.begin(*head));
        }
        const ByteSpan whole(body);
        const auto first = held ? whole.first(hold_at) : whole;
        if (!first.empty()) {
            HG_CHECK(sink.write(first));
        }
        if (held) {
            lock.lock();
            m_stage.changed.wait(lock, [&] {
                return m_stage.open || request.stop.stop_requested();
            });
            lock.unlock();
            if (hold_at < whole.size()) {
                HG_CHECK(sink.write(whole.subspan(hold_at)));
            }
        }
        return response;
    }

  private:
    Transport& m_script;
    Stage& m_stage;
};

class VerifyingProxyTest : public FetchSessionTest {
  protected:
    VerifyingProxyTest() : m_trust(m_index.trust()) {
        m_list = one + " priority=0\n" + two + " priority=1\n";
    }
    ~VerifyingProxyTest() override {
        m_stage.open_gate();
        stop();
    }

    void start(const AnswerRules& rules = {}, const std::string& policy = {}) {
        ProxyPlan plan{
            .crew = {
                .mirrors = list(),
                .known = {},
                .trust = m_trust,
                .clock = m_clock,
                .policy = m_policy,
                .tls = std::nullopt,
                .state = m_state,
                .conduct = {.retries = {.rounds = 1}, .keep_evidence = {}},
                .open_transport =
                    [this] {
                        return Result<std::unique_ptr<Transport>>(
                            std::make_unique<StagedTransport>(m_transport, m_stage)
                        );
                    },
                .keep =
                    [this](const auto& noted, const auto& learnt) {
                        m_noted.insert(m_noted.end(), noted.begin(), noted.end());
                        m_learnt = learnt;
                        return Outcome();
                    }},
            .policy = policy.empty() ? ProxyPolicy() : ProxyPolicy::parse(policy).value(),
            .rules = rules,
            .spool_folder = m_folder.path()};
        auto proxy = VerifyingProxy::open(std::move(plan));
        ASSERT_TRUE(proxy) << proxy.error().describe();
        m_proxy.emplace(*std::move(proxy));
        m_thread = std::thread([this] { EXPECT_TRUE(m_proxy->run()); });
        const auto& url = m_proxy->url();
        m_root = url.substr(url.find('/', 7));
    }
    void stop() {
        if (m_thread.joinable()) {
            m_proxy->stop();
            m_thread.join();
        }
    }

    /// The request as sent to `/<token>/...`.
    std::string request(const std::string& path, const std::string& fields = "") const {
        return "GET " + m_root + path +
               " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(m_proxy->port()) + "\r\n" + fields +
               "\r\n";
    }
    std::string ask(const std::string& path, const std::string& fields = "") const {
        RawClient client(m_proxy->port());
        client.send(request(path, fields + "Connection: close\r\n"));
        return client.read_to_end();
    }
    std::string wheel_path() const { return wheel().path().absolute().substr(1); }

    static std::string body_of(const std::string& reply) {
        return reply.substr(reply.find("\r\n\r\n") + 4);
    }
    static std::string field_of(const std::string& reply, const std::string& name) {
        const auto begin = reply.find(name + ": ");
        return begin == std::string::npos
                   ? std::string()
                   : reply.substr(
                         begin + name.size() + 2, reply.find('\r', begin) - begin - name.size() - 2
                     );
    }

    /// Makes the wheel so large that it is given out while it comes.
    void enlarge_wheel(const std::string& bytes) {
        verify::ProjectPage page = verify::test_pages::sample_page();
        page.serial = Serial{50};
        verify::PageFile file = wheel();
        file.sha256 = pki::sha256(bytes_of(bytes));
        file.size_bytes = bytes.size();
        verify::add_file(page, file);
        m_large = file;
        m_index.page = render_page_json(page);
        m_index.sign();
        for (const auto& mirror : {one, two}) {
            m_transport.answer(mirror + "simple/demo/", m_index.page);
            m_transport.answer(
                mirror + "serversig/demo.json", std::string(text_of(m_index.signature))
            );
            m_transport.answer(mirror + large_path(), bytes);
        }
    }
    std::string large_path() const { return m_large->path().absolute().substr(1); }

    verify::TrustBundle m_trust;
    Stage m_stage;
    std::optional<VerifyingProxy> m_proxy;
    std::thread m_thread;
    std::string m_root;
    std::optional<verify::PageFile> m_large;
    std::vector<NotedEvent> m_noted;
    verify::TrustState m_learnt;
};

const std::string accept_json = "Accept: application/vnd.pypi.simple.v1+json\r\n";

TEST_F(VerifyingProxyTest, GivesOutAVerifiedPageInBothForms) {
    start();
    const auto json = ask("simple/demo/", accept_json);
    EXPECT_THAT(
        json,
        AllOf(
            StartsWith("HTTP/1.1 200 OK\r\n"),
            HasSubstr("Content-Type: application/vnd.pypi.simple.v1+json\r\n"),
            HasSubstr("Vary: Accept\r\n"),
            HasSubstr("X-PyPI-Last-Serial: 42\r\n")
        )
    );
    const auto page = verify::parse_page_json(body_of(json));
    ASSERT_TRUE(page) << page.error().describe();
    EXPECT_EQ(*page, verify::parse_page_json(m_index.page).value());
    const auto html = ask("simple/demo/", "Accept: text/html\r\n");
    EXPECT_THAT(html, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_THAT(html, HasSubstr("../../packages/"));
    EXPECT_THAT(
        ask("simple/demo/", accept_json + "If-None-Match: " + field_of(json, "ETag") + "\r\n"),
        StartsWith("HTTP/1.1 304 Not Modified\r\n")
    );
    EXPECT_THAT(ask("simple/Demo"), AllOf(StartsWith("HTTP/1.1 301 "), HasSubstr("demo/")));
    EXPECT_THAT(ask("simple/demo/", "Accept: image/png\r\n"), StartsWith("HTTP/1.1 406 "));
    EXPECT_EQ(m_proxy->counts().pages_verified, 1U);
    stop();
    EXPECT_EQ(m_transport.count(one + "simple/demo/"), 1U);
    EXPECT_EQ(m_learnt.seen(m_index.page_evidence().wanted), Serial{42});
}

TEST_F(VerifyingProxyTest, GivesOutFilesWholeAndInParts) {
    start();
    const auto whole = ask(wheel_path());
    EXPECT_THAT(whole, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(body_of(whole), content);
    const auto etag = field_of(whole, "ETag");
    EXPECT_EQ(etag, "\"" + wheel().sha256.to_hex() + "\"");
    EXPECT_THAT(ask(wheel_path(), "If-None-Match: " + etag + "\r\n"), StartsWith("HTTP/1.1 304 "));
    const auto part = ask(wheel_path(), "Range: bytes=4-8\r\nIf-Range: " + etag + "\r\n");
    EXPECT_THAT(part, StartsWith("HTTP/1.1 206 "));
    EXPECT_EQ(field_of(part, "Content-Range"), "bytes 4-8/" + std::to_string(content.size()));
    EXPECT_EQ(body_of(part), content.substr(4, 5));
    EXPECT_THAT(ask(wheel_path(), "Range: bytes=999-\r\n"), StartsWith("HTTP/1.1 416 "));
    EXPECT_EQ(m_proxy->counts().files_verified, 1U);
    RawClient head(m_proxy->port());
    std::string asked = request(wheel_path(), "Connection: close\r\n");
    head.send(asked.replace(0, 3, "HEAD"));
    const auto headed = head.read_to_end();
    EXPECT_EQ(field_of(headed, "Content-Length"), std::to_string(content.size()));
    EXPECT_EQ(body_of(headed), "");
}

TEST_F(VerifyingProxyTest, IsSilentToThoseWhoDoNotKnowItsNameAndToken) {
    start();
    RawClient stranger(m_proxy->port());
    stranger.send(
        "GET /simple/demo/ HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(m_proxy->port()) +
        "\r\nConnection: close\r\n\r\n"
    );
    EXPECT_THAT(stranger.read_to_end(), StartsWith("HTTP/1.1 404 "));
    RawClient rebound(m_proxy->port());
    std::string asked = request("simple/demo/", "Connection: close\r\n");
    const auto at = asked.find("127.0.0.1");
    rebound.send(asked.replace(at, 9, "evil.test"));
    EXPECT_THAT(rebound.read_to_end(), StartsWith("HTTP/1.1 421 "));
    RawClient uploader(m_proxy->port());
    uploader.send(
        "POST" + request("simple/", "Content-Length: 0\r\nConnection: close\r\n").substr(3)
    );
    EXPECT_THAT(uploader.read_to_end(), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: ")));
    EXPECT_THAT(ask("simple/"), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("nobody signs")));
    EXPECT_THAT(ask("../" + m_root + "simple/demo/"), StartsWith("HTTP/1.1 400 "));
    EXPECT_EQ(m_proxy->counts().pages_verified, 0U);
}

TEST_F(VerifyingProxyTest, PassesByALiarAndNamesIt) {
    std::string flipped = content;
    flipped[3] ^= 1;
    m_transport.answer(file_url(one), flipped);
    start();
    EXPECT_EQ(body_of(ask(wheel_path())), content);
    const auto verdict = ask("verdict");
    EXPECT_THAT(verdict, HasSubstr("\"file-hash-mismatch\""));
    EXPECT_THAT(verdict, HasSubstr(one));
    EXPECT_EQ(m_proxy->counts().failovers, 1U);
    EXPECT_EQ(m_proxy->counts().refused, 0U);
    stop();
    const bool banned = std::any_of(m_noted.begin(), m_noted.end(), [](const NotedEvent& noted) {
        return noted.mirror == one && noted.event.kind == MirrorEvent::corrupt;
    });
    EXPECT_TRUE(banned);
}

TEST_F(VerifyingProxyTest, RefusesWithItsReasonWhenAllMirrorsLie) {
    for (const auto& mirror : {one, two}) {
        m_transport.answer(file_url(mirror), std::string(content.size(), 'x'));
    }
    start();
    const auto refused = ask(wheel_path());
    EXPECT_THAT(refused, StartsWith("HTTP/1.1 409 heliograph: file demo-2.0-py3-none-any.whl: "));
    EXPECT_THAT(refused, HasSubstr("file-hash-mismatch"));
    EXPECT_EQ(field_of(refused, "Content-Type"), "application/problem+json");
    const auto problem = parse_json(body_of(refused), JsonLimits{}).value();
    EXPECT_THAT(problem.text_member("detail").value(), HasSubstr("expected sha256"));
    EXPECT_THAT(
        problem.text_member("instance").value(), EndsWith(":" + field_of(refused, "X-Request-Id"))
    );
    EXPECT_EQ(m_proxy->counts().refused, 1U);
    EXPECT_THAT(ask("simple/demo/"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(VerifyingProxyTest, RefusesAPageThatNobodySigned) {
    std::string altered = m_index.page;
    altered.replace(altered.find("2.0"), 3, "3.0");
    for (const auto& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", altered);
    }
    start();
    EXPECT_THAT(
        ask("simple/demo/"),
        AllOf(
            StartsWith("HTTP/1.1 409 heliograph: JSON page of project demo"),
            HasSubstr("page-signature-invalid")
        )
    );
    EXPECT_THAT(ask(wheel_path()), StartsWith("HTTP/1.1 409 "));
}

TEST_F(VerifyingProxyTest, TellsAbsenceFromOutage) {
    start();
    EXPECT_THAT(ask("simple/absent/"), StartsWith("HTTP/1.1 404 heliograph: page of project"));
    m_stage.mutex.lock();
    m_transport.kill(two, Error(ErrorCode::network, "expected a connection, saw it refused"));
    m_stage.mutex.unlock();
    EXPECT_THAT(
        ask("simple/absent/"), AllOf(StartsWith("HTTP/1.1 424 "), HasSubstr("saw it refused"))
    );
    auto other = wheel();
    other.sha256 = pki::sha256(bytes_of("something else"));
    EXPECT_THAT(
        ask(other.path().absolute().substr(1)),
        AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("does not list it"))
    );
    EXPECT_THAT(ask(wheel_path() + ".metadata"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(VerifyingProxyTest, VerifiesTheMetadataBesideAFile) {
    verify::ProjectPage page = verify::test_pages::sample_page();
    verify::PageFile file = wheel();
    const std::string metadata = "Metadata-Version: 2.1\nName: demo\n";
    file.core_metadata = pki::sha256(bytes_of(metadata));
    page.serial = Serial{43};
    verify::add_file(page, file);
    m_index.page = render_page_json(page);
    m_index.sign();
    for (const auto& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", m_index.page);
        m_transport.answer(mirror + "serversig/demo.json", std::string(text_of(m_index.signature)));
    }
    m_transport.answer(file_url(one) + ".metadata", metadata + "Requires-Dist: evil\n");
    m_transport.answer(file_url(two) + ".metadata", metadata);
    start();
    EXPECT_EQ(body_of(ask(wheel_path() + ".metadata")), metadata);
    EXPECT_THAT(ask("verdict"), HasSubstr(".whl.metadata: expected sha256"));
}

TEST_F(VerifyingProxyTest, FetchesOnceHoweverManyAsk) {
    m_stage.held_url = file_url(one);
    m_stage.held_at_bytes = 3;
    start();
    std::vector<RawClient> clients;
    for (int i = 0; i < 20; ++i) {
        clients.emplace_back(m_proxy->port()).send(request(wheel_path()));
    }
    EXPECT_FALSE(clients.front().closed_within(50));
    m_stage.open_gate();
    for (auto& client : clients) {
        EXPECT_EQ(body_of(client.read_reply()), content);
    }
    stop();
    EXPECT_EQ(m_transport.count(file_url(one)), 1U);
}

TEST_F(VerifyingProxyTest, HoldsTheEndOfALargeFileBackUntilItIsProven) {
    const std::string bytes = std::string(200'000, 'a') + std::string(100'000, 'b');
    enlarge_wheel(bytes);
    m_stage.held_url = one + large_path();
    m_stage.held_at_bytes = bytes.size();  // All of it is here, and yet not judged.
    start({.whole_first_bytes = 100'000});
    RawClient client(m_proxy->port());
    client.send(request(large_path()));
    std::string seen;
    const auto released = bytes.size() - 65'536;
    while (seen.find("\r\n\r\n") == std::string::npos || body_of(seen).size() < released) {
        seen += client.read_some();
    }
    EXPECT_EQ(body_of(seen).size(), released);
    EXPECT_THAT(field_of(seen, "ETag"), HasSubstr("-unproven-0"));
    EXPECT_FALSE(client.closed_within(20));
    m_stage.open_gate();
    while (body_of(seen).size() < bytes.size()) {
        seen += client.read_some();
    }
    EXPECT_EQ(body_of(seen), bytes);
}

TEST_F(VerifyingProxyTest, BreaksOffALargeFileThatIsWrongAndGivesTheNextTryTheRightOne) {
    const std::string bytes(300'000, 'a');
    enlarge_wheel(bytes);
    std::string wrong = bytes;
    wrong[150'000] = 'x';
    m_transport.answer(one + large_path(), wrong);
    m_stage.held_url = one + large_path();
    m_stage.held_at_bytes = bytes.size();
    start({.whole_first_bytes = 100'000});
    RawClient client(m_proxy->port());
    client.send(request(large_path()));
    std::string seen = client.read_some();
    m_stage.open_gate();
    seen += client.read_to_end();
    EXPECT_LT(body_of(seen).size(), bytes.size());
    const auto tag = field_of(seen, "ETag");
    const auto again = ask(
        large_path(),
        "Range: bytes=" + std::to_string(body_of(seen).size()) + "-\r\nIf-Range: " + tag + "\r\n"
    );
    EXPECT_THAT(again, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(body_of(again), bytes);
    // A client that resumes without saying what it has gets the whole, too.
    const auto blind = ask(large_path(), "Range: bytes=200000-\r\n");
    EXPECT_THAT(blind, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(m_proxy->counts().failovers, 1U);
}

TEST_F(VerifyingProxyTest, GivesOutNothingMoreOfASignerThatItLearnsIsRevoked) {
    start();
    EXPECT_THAT(ask("simple/demo/", accept_json), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(ask(wheel_path()), StartsWith("HTTP/1.1 200 "));
    {
        const std::lock_guard lock(m_stage.mutex);
        m_transport.answer(two + "serverkey.crl", lists_that_revoke_the_signer());
        m_transport.answer(
            one + "simple/demo/", ScriptedAnswer{.status = 503, .body = m_index.page, .times = 1}
        );
    }
    // What the page does not list makes the proxy ask for the page again.
    std::string unlisted = wheel_path();
    unlisted.replace(unlisted.rfind("demo-2.0"), 8, "demo-9.9");
    EXPECT_THAT(ask(unlisted), StartsWith("HTTP/1.1 409 "));
    EXPECT_THAT(ask("simple/demo/", accept_json), StartsWith("HTTP/1.1 409 "));
    EXPECT_THAT(ask(wheel_path()), StartsWith("HTTP/1.1 409 "));
}

TEST_F(VerifyingProxyTest, GivesTheWholeToWhoeverResumesBehindARefusal) {
    const std::string bytes(300'000, 'a');
    enlarge_wheel(bytes);
    m_transport.answer(one + large_path(), std::string(300'000, 'x'));
    m_transport.answer(two + large_path(), ScriptedAnswer{.status = 503});
    m_stage.held_url = one + large_path();
    m_stage.held_at_bytes = bytes.size();
    start({.whole_first_bytes = 100'000});
    RawClient client(m_proxy->port());
    client.send(request(large_path()));
    std::string seen = client.read_some();
    m_stage.open_gate();
    seen += client.read_to_end();
    EXPECT_LT(body_of(seen).size(), bytes.size());
    {
        const std::lock_guard lock(m_stage.mutex);
        m_transport.answer(one + large_path(), bytes);
    }
    // The connection may end before the refusal is told.
    std::string blind;
    int tries = 0;
    do {
        blind = ask(large_path(), "Range: bytes=200000-\r\n");
    } while (blind.starts_with("HTTP/1.1 4") && ++tries < 1000);
    EXPECT_THAT(blind, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(body_of(blind), bytes);
}

TEST_F(VerifyingProxyTest, GivesOutNothingThatBelongsToAnotherIndex) {
    start(
        {},
        R"({"format": "heliograph-proxy-policy-1",
            "pins": [{"projects": "demo*", "index": "private"}]})"
    );
    EXPECT_THAT(
        ask("simple/demo/"),
        StartsWith("HTTP/1.1 409 heliograph: project demo: the policy takes demo* from the index "
                   "private only, this is sample\r\n")
    );
    EXPECT_THAT(ask(wheel_path()), StartsWith("HTTP/1.1 409 "));
    EXPECT_EQ(m_proxy->counts().refused, 2U);
    EXPECT_THAT(ask("metrics"), HasSubstr("heliograph_proxy_refused_total 2\n"));
    stop();
    EXPECT_TRUE(m_transport.requests().empty());
}

TEST_F(VerifyingProxyTest, WithholdsWhatIsTooYoung) {
    verify::ProjectPage page = verify::test_pages::sample_page();
    verify::PageFile young = wheel();
    young.upload_time = m_clock.now() - std::chrono::hours(71);
    page.serial = Serial{43};
    verify::add_file(page, young);
    m_index.page = render_page_json(page);
    m_index.sign();
    m_transport.answer(one + "simple/demo/", m_index.page);
    m_transport.answer(one + "serversig/demo.json", std::string(text_of(m_index.signature)));
    start({}, R"({"format": "heliograph-proxy-policy-1", "min_age_hours": 72})");
    const auto seen = ask("simple/demo/", accept_json);
    EXPECT_THAT(seen, AllOf(StartsWith("HTTP/1.1 200 "), Not(HasSubstr(file_name))));
    EXPECT_THAT(
        ask(wheel_path()),
        AllOf(StartsWith("HTTP/1.1 409 "), HasSubstr("demands an age of 72 hours"))
    );
    EXPECT_GE(m_proxy->counts().withheld, 1U);
}

TEST_F(VerifyingProxyTest, AsksToComeAgainWhileMirrorsAreBeingTried) {
    m_stage.held_url = one + "simple/demo/";
    start({.patience = std::chrono::milliseconds(0)});
    EXPECT_THAT(
        ask("simple/demo/"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: 1\r\n"))
    );
    m_stage.open_gate();
}

TEST_F(VerifyingProxyTest, ListensOnLoopbackOnly) {
    const auto proxy = VerifyingProxy::open(
        {.crew =
             {.mirrors = list(),
              .known = {},
              .trust = m_trust,
              .clock = m_clock,
              .policy = m_policy,
              .tls = std::nullopt,
              .state = {},
              .conduct = {},
              .open_transport = {},
              .keep = {}},
         .address = "0.0.0.0",
         .spool_folder = m_folder.path()}
    );
    ASSERT_FALSE(proxy);
    EXPECT_EQ(proxy.error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace heliograph::mirror
