// SPDX-License-Identifier: Apache-2.0
// An upstream that signs nothing: its list of projects is the feed.
#include <mirror/sync/sync_session.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

bool SyncSession::is_unsigned() const {
    return m_parts.upstream.vouching() == Vouching::hashes_and_tls;
}

// Told by every run, so that nobody takes this mirror for one that checks signatures.
Outcome SyncSession::open_unsigned() {
    HG_TRY(
        auto nobody,
        verify::judge_signers({}, m_parts.trust, verify::unsigned_page_policy(), m_started)
    );
    m_signers = std::make_shared<const verify::SignerSet>(std::move(nobody));
    m_report.upstream.add({
        .id = "upstream-unsigned",
        .severity = verify::Severity::warning,
        .cause = verify::Cause::missing_evidence,
        .subject = "what is taken from the upstream",
        .expected = "signatures over its pages",
        .seen = "none, as was agreed to when this mirror was made: hashes and TLS only",
        .source = m_parts.upstream.source(),
    });
    m_report.upstream.pass("TLS of " + m_parts.upstream.source());
    return {};
}

Result<Chapter> SyncSession::list_chapter() {
    HG_TRY(auto fed, feed_chapter());
    if (fed) {
        return *std::move(fed);
    }
    const std::string known =
        m_options.reconcile == Reconcile::yes ? std::string() : m_upstream.list_etag;
    auto answer = ask_list(known);
    if (!answer) {
        if (const auto wish = m_parts.upstream.take_wish()) {
            HG_CHECK(rest(*wish));
        }
        return std::move(answer).error();
    }
    m_upstream.answered = m_parts.clock.now();
    m_upstream.not_before.reset();
    Chapter chapter{.events = {}, .next = m_report.to};
    if (*answer) {
        HG_CHECK(take_list(**answer, chapter));
        return chapter;
    }
    m_compared = known;
    if (m_upstream.numbering == PageNumbering::own) {
        HG_CHECK(plan_every_page(m_parts.catalog, nullptr, m_tasks));
    }
    return chapter;
}

// One that cannot be had may be told by XML-RPC, of an upstream that has it.
Result<std::optional<RootAnswer>> SyncSession::ask_list(const std::string& known) {
    auto answer = m_parts.upstream.projects(known);
    if (answer || m_upstream.feed != UpstreamFeed::warehouse ||
        answer.error().code() == ErrorCode::cancelled) {
        return answer;
    }
    auto told = m_parts.upstream.project_serials();
    if (!told || !*told) {
        return answer;
    }
    m_parts.events.emit(
        {.level = EventLevel::warning,
         .name = "sync.list",
         .fields = {{"instead", "xml-rpc"}, {"reason", answer.error().describe()}}}
    );
    return told;
}

Outcome SyncSession::take_list(const RootAnswer& answer, Chapter& chapter) {
    if (m_upstream.numbering == PageNumbering::undecided) {
        m_upstream.numbering = answer.numbering;
    }
    if (m_upstream.numbering == PageNumbering::own) {
        HG_CHECK(plan_every_page(m_parts.catalog, &answer.list, m_tasks));
        m_compared = answer.etag;
        return {};
    }
    if (answer.numbering != PageNumbering::upstream) {
        return Error(
            ErrorCode::malformed,
            "expected the list of projects of " + m_parts.upstream.source() +
                " to state serials as it did before, saw one without; it is asked again"
        );
    }
    const auto serial = answer.list.serial;
    if (serial < m_report.to) {
        m_report.upstream.add({
            .id = "list-serial-stale",
            .cause = verify::Cause::stale_evidence,
            .subject = "list of projects of the upstream",
            .expected = "serial " + std::to_string(m_report.to.value) +
                        " or higher, which it showed before",
            .seen = "serial " + std::to_string(serial.value),
            .source = m_parts.upstream.source(),
            .advice = "nothing is taken from it; the next run asks again",
        });
        return {};
    }
    HG_CHECK(plan_reconciliation(m_parts.catalog, answer.list, m_tasks));
    doubt_wishes(answer.list);
    m_compared = answer.etag;
    m_upstream.last_serial = serial;
    chapter.gap = SerialRange{.after = m_report.to, .up_to = serial};
    chapter.next = serial;
    return {};
}

Outcome SyncSession::prepare_unsigned(PreparedTask& prepared) {
    if (m_upstream.numbering != PageNumbering::own) {
        return {};
    }
    if (!m_next) {
        HG_TRY(const auto newest, m_parts.catalog.newest_serial());
        m_next = verify::Serial{std::max(newest, m_report.to).value + 1};
    }
    prepared.next = m_next;
    HG_TRY(prepared.tag, m_parts.catalog.page_tag(prepared.task.project));
    return {};
}

// Where serials are counted here, the cursor goes as far as a page has come: nothing new, no step.
void SyncSession::count_chapter(Chapter& chapter) {
    if (!is_unsigned() || m_upstream.numbering != PageNumbering::own) {
        return;
    }
    chapter.next = std::max(m_highest, m_report.to);
    if (m_report.to < chapter.next) {
        chapter.gap = SerialRange{.after = m_report.to, .up_to = chapter.next};
    }
    m_upstream.last_serial = chapter.next;
}

}  // namespace heliograph::mirror
