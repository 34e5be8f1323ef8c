// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/mirrors_publisher.hpp>
#include <mirror/publish/page_writer.hpp>
#include <mirror/publish/resign.hpp>
#include <mirror/publish/second_signature.hpp>
#include <mirror/publish/signer_standing.hpp>
#include <mirror/publish/signing_pair.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <pki/crypto/digest_signer.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>

#include <algorithm>
#include <future>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::string_view resign_format = "heliograph-resign-1";
constexpr std::uint64_t resign_limit_bytes = 64 * 1024;

void keep_once(std::vector<pki::Certificate>& list, const pki::Certificate& certificate) {
    if (std::find(list.begin(), list.end(), certificate) == list.end()) {
        list.push_back(certificate);
    }
}

// What may stand in a published chain beside the signer of today.
struct StillGood {
    Instant now;
    const std::vector<pki::Sha256>& revoked;

    bool operator()(const pki::Certificate& signer) const {
        return signer.not_after() >= now &&
               std::find(revoked.begin(), revoked.end(), signer.fingerprint()) == revoked.end();
    }
};

// Certificates of a second chain behind those of the first; each stands once.
verify::ServerKeyEvidence joined(
    verify::ServerKeyEvidence first,
    const verify::ServerKeyEvidence& second,
    const StillGood& is_good
) {
    std::erase_if(first.signers, [&](const auto& signer) { return !is_good(signer); });
    for (const auto& signer : second.signers) {
        if (is_good(signer)) {
            keep_once(first.signers, signer);
        }
    }
    for (const auto& intermediate : second.intermediates) {
        keep_once(first.intermediates, intermediate);
    }
    return first;
}

Result<verify::ServerKeyEvidence> chain_of(const pki::Credential& signer) {
    return verify::parse_server_key(signer.chain_pem());
}

// The first project behind this one, of a list in the order of names; without one, the first.
std::vector<verify::RootEntry>::const_iterator first_after(
    const std::vector<verify::RootEntry>& projects, const std::string& after
) {
    return std::upper_bound(
        projects.begin(),
        projects.end(),
        after,
        [](const std::string& name, const verify::RootEntry& entry) {
            return name < entry.name.text();
        }
    );
}

Outcome check_signer(const pki::Certificate& signer, const StillGood& is_good) {
    if (is_good(signer)) {
        return {};
    }
    return Error(
        ErrorCode::refused,
        "expected a signer that is valid and not revoked, saw " + signer.subject() +
            "; issue another with `pki issue signer NAME`, then run: mirror resign --signer BUNDLE"
    );
}

// How many pages a thread signs in a row, with the key looked up once.
constexpr std::size_t pages_in_a_row = 64;

}  // namespace

// How far the signing came, and under whom.
struct Resigner::Progress {
    std::string signer;  ///< Fingerprint, hex.
    std::string after;   ///< The last project of the last batch; empty before the first.
    bool complete = false;
    SignaturePlace place = SignaturePlace::first;  ///< Not kept: the catalogue knows.
    std::vector<verify::RootEntry> earlier = {};   ///< Signed by runs before this one. Not kept.
};

// One page between its reading and its writing.
struct Resigner::ResignedPage {
    std::size_t project = 0;  ///< Its place in the batch.
    verify::PageForm form = verify::PageForm::html;
    pki::Sha256 digest{};
    Bytes body{};  ///< Of a key that signs no digests alone.
    Bytes signature{};
};

// What one commit holds.
struct Resigner::Batch {
    std::vector<verify::RootEntry> projects;
    std::vector<ResignedPage> pages;
};

// None: it is damaged. @errors not_found, io.
Result<std::optional<Resigner::Progress>> Resigner::read_note() const {
    HG_TRY(const auto text, read_file(m_progress, resign_limit_bytes));
    const auto read = [&]() -> Result<Progress> {
        HG_TRY(const auto document, parse_json(text_of(text), {}));
        HG_TRY(const auto format, document.text_member("format"));
        Progress progress;
        HG_TRY(progress.signer, document.text_member("signer"));
        HG_TRY(progress.after, document.text_member("after"));
        const auto* complete = document.find("complete");
        if (format != resign_format || complete == nullptr || complete->if_boolean() == nullptr) {
            return Error(ErrorCode::malformed, "expected the progress of a resign run");
        }
        progress.complete = *complete->if_boolean();
        return progress;
    };
    auto progress = read();
    return progress ? std::optional(*std::move(progress)) : std::nullopt;
}

Result<Resigner::Progress> Resigner::load(const pki::Certificate& signer) const {
    Progress none{.signer = signer.fingerprint().to_hex(), .after = {}};
    auto note = read_note();
    if (!note) {
        if (note.error().code() != ErrorCode::not_found) {
            return std::move(note).error();
        }
        // No rollover was ever begun: the first signer has signed everything.
        none.complete = signer == m_parts.signer.leaf;
        return none;
    }
    // A damaged note, or one of another signer's run, costs signatures and nothing else.
    return *note && (*note)->signer == none.signer ? **std::move(note) : none;
}

Result<std::optional<pki::Certificate>> Resigner::awaited_signer() const {
    const auto note = read_note();
    if (!note && note.error().code() != ErrorCode::not_found) {
        return note.error();
    }
    if (!note || !*note || (*note)->complete) {
        return std::optional<pki::Certificate>();
    }
    HG_TRY(const auto published, published_evidence(m_parts.catalog));
    HG_TRY(const auto chain, verify::parse_server_key(published.signer_chain_pem));
    for (const auto& signer : chain.signers) {
        if (signer != m_parts.signer.leaf && signer.fingerprint().to_hex() == (*note)->signer) {
            return std::optional(signer);
        }
    }
    return std::optional<pki::Certificate>();
}

Result<std::optional<pki::Certificate>> Resigner::overlapping_signer() const {
    HG_TRY(const auto other_key, m_parts.catalog.other_key());
    HG_TRY(const auto first_key, server_key_id(m_parts.catalog));
    const auto own_key = verify::key_id(m_parts.signer.key.public_key());
    if (!other_key || first_key != own_key || other_key == own_key) {
        return std::optional<pki::Certificate>();
    }
    // Of one that was announced, and whose key never came.
    HG_TRY(const auto awaited, awaited_signer());
    HG_TRY(const auto missing, m_parts.catalog.count_without_other_signature());
    if (missing != 0 || (awaited && verify::key_id(awaited->public_key()) == other_key)) {
        return std::optional<pki::Certificate>();
    }
    HG_TRY(const auto published, published_evidence(m_parts.catalog));
    HG_TRY(const auto chain, verify::parse_server_key(published.signer_chain_pem));
    for (const auto& signer : chain.signers) {
        if (verify::key_id(signer.public_key()) == other_key) {
            return std::optional(signer);
        }
    }
    return std::optional<pki::Certificate>();
}

Outcome Resigner::save(const Progress& progress) const {
    const auto text = render_json(JsonValue(JsonObject{
        {"format", resign_format},
        {"signer", progress.signer},
        {"after", progress.after},
        {"complete", progress.complete}}));
    return write_file_atomically(m_progress, bytes_of(text));
}

Outcome Resigner::announce(const SignerChange& change) {
    HG_TRY(auto published, published_evidence(m_parts.catalog));
    HG_TRY(auto present, verify::parse_server_key(published.signer_chain_pem));
    HG_TRY(const auto added, chain_of(change.next));
    // Before anything is announced: from here on, pages count as signed by another.
    HG_TRY(const auto progress, load(change.next.leaf));
    HG_CHECK(save(progress));
    const Instant now = m_parts.clock.now();
    const auto both = joined(std::move(present), added, {now, change.revoked});
    const auto chain_pem = verify::render_server_key(both);
    // Clients refuse more signers than they take: better said now than by all of them.
    HG_TRY([[maybe_unused]] const auto readable, verify::parse_server_key(chain_pem));
    // The server key is that of the signer whose pages are good: a former one that is over or
    // revoked has none any more, and is in overlap with nobody.
    HG_TRY(const auto pair, signing_pair(m_parts.catalog, {m_parts.signer, m_parts.beside}, now));
    const bool former_stays =
        std::find(both.signers.begin(), both.signers.end(), pair.first.leaf) != both.signers.end();
    const auto next_key = verify::key_id(change.next.key.public_key());
    HG_TRY(const auto other_key, m_parts.catalog.other_key());
    // A certificate renewed with its key has nothing to stand beside.
    const bool same_key = verify::key_id(pair.first.key.public_key()) == next_key;
    const bool is_as_wanted = former_stays ? same_key || other_key == next_key : !other_key;
    Publisher::AlsoWritten overlap;
    if (change.next.leaf != m_parts.signer.leaf && !is_as_wanted) {
        overlap = [&](CatalogTransaction& transaction) {
            return former_stays ? transaction.begin_overlap(next_key) : transaction.end_overlap();
        };
    }
    auto parts = Publisher::Parts{
        m_parts.catalog, m_parts.blobs, change.next, m_parts.clock, m_parts.events};
    HG_TRY(
        [[maybe_unused]] const auto serial,
        Publisher(parts).publish_evidence(
            {chain_pem, change.revocation_lists_pem.value_or(published.revocation_lists_pem)},
            (former_stays ? pair.first : change.next).key.public_key(),
            overlap
        )
    );
    return {};
}

// Beside those of a signer who is still good; where he is not, in his signatures' place, which what
// was signed so far takes at once.
Result<Resigner::SignaturePlace> Resigner::place_of_signatures(
    const std::vector<pki::Sha256>& revoked, Progress& progress
) {
    HG_TRY(const auto other_key, m_parts.catalog.other_key());
    const auto own_key = verify::key_id(m_parts.signer.key.public_key());
    if (other_key != own_key) {
        return SignaturePlace::first;
    }
    HG_TRY(const auto published, published_evidence(m_parts.catalog));
    HG_TRY(const auto chain, verify::parse_server_key(published.signer_chain_pem));
    HG_TRY(const auto first_key, server_key_id(m_parts.catalog));
    const StillGood is_good{m_parts.clock.now(), revoked};
    for (const auto& signer : chain.signers) {
        const auto key = verify::key_id(signer.public_key());
        // The own key is there already when the former signer was revoked on the way.
        if (is_good(signer) && key == first_key && key != own_key) {
            return SignaturePlace::beside;
        }
    }
    // What was signed so far becomes the first signature without a look, and is signed anew: pages
    // of which the note is wrong would be left with signatures of nobody who counts.
    progress = {.signer = progress.signer, .after = {}};
    HG_CHECK(save(progress));
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    HG_CHECK(transaction->switch_signatures(own_key));
    HG_CHECK(transaction->end_overlap());
    HG_CHECK(transaction->commit());
    return SignaturePlace::first;
}

Result<ResignReport> Resigner::run(const ResignOptions& options) {
    ResignReport report;
    HG_CHECK(check_signer(m_parts.signer.leaf, {m_parts.clock.now(), options.revoked}));
    HG_TRY(auto progress, load(m_parts.signer.leaf));
    HG_TRY(progress.place, place_of_signatures(options.revoked, progress));
    HG_TRY(progress.earlier, signed_earlier(progress));
    HG_CHECK(sign_pages(options, progress, report));
    if (!progress.complete) {
        progress.complete = true;
        HG_CHECK(save(progress));
    }
    HG_TRY(report.serial, complete(options, progress));
    return report;
}

Result<std::vector<verify::RootEntry>> Resigner::signed_earlier(const Progress& progress) const {
    if (!progress.complete && progress.after.empty()) {
        return std::vector<verify::RootEntry>();
    }
    HG_TRY(auto projects, m_parts.catalog.projects());
    if (!progress.complete) {
        projects.erase(first_after(projects, progress.after), projects.end());
    }
    return projects;
}

Outcome Resigner::sign_pages(
    const ResignOptions& options, Progress& progress, ResignReport& report
) {
    HG_TRY(const auto projects, m_parts.catalog.projects());
    auto next = progress.complete ? projects.end() : first_after(projects, progress.after);
    m_parts.events.emit(
        {.level = EventLevel::debug,
         .name = "resign.plan",
         .fields = {{"projects", std::to_string(projects.end() - next)}}}
    );
    const auto take_batch = [&]() -> Result<Batch> {
        const auto count = std::min<std::ptrdiff_t>(
            projects.end() - next, static_cast<std::ptrdiff_t>(options.batch_projects)
        );
        const auto from = next;
        next += count;
        return read_batch({from, next});
    };
    HG_TRY(auto batch, take_batch());
    HG_CHECK(sign(batch, options.workers));
    HG_TRY(auto following, take_batch());
    while (!batch.projects.empty()) {
        if (options.stop.stop_requested()) {
            return Error(
                ErrorCode::cancelled,
                "the signing was stopped; run `mirror resign` again to complete it"
            );
        }
        // While one is signed, the one before is written and the one behind is read, so that no
        // core waits; afterwards where no thread is to be had.
        auto signing = std::async(std::launch::async | std::launch::deferred, [&] {
            return sign(following, options.workers);
        });
        const auto written = write(batch, progress);
        auto behind = take_batch();
        auto signed_too = signing.get();
        HG_CHECK(written);
        HG_CHECK(std::move(signed_too));
        report.projects += batch.projects.size();
        report.pages += batch.pages.size();
        batch = std::move(following);
        HG_TRY(following, std::move(behind));
    }
    return {};
}

// The step after which everything is the new signer's: one commit, so that the key at /serverkey
// is at any moment that of every page's first signature.
Result<verify::Serial> Resigner::complete(const ResignOptions& options, Progress& progress) {
    HG_TRY(const auto published, published_evidence(m_parts.catalog));
    HG_TRY(const auto present, verify::parse_server_key(published.signer_chain_pem));
    HG_TRY(auto own, chain_of(m_parts.signer));
    const auto ordered = joined(std::move(own), present, {m_parts.clock.now(), options.revoked});
    const EvidenceDocuments documents{
        verify::render_server_key(ordered), published.revocation_lists_pem};
    const auto own_key = m_parts.signer.key.public_key();
    Publisher::AlsoWritten also;
    if (progress.place == SignaturePlace::beside) {
        HG_CHECK(check_second_signatures(options.workers, progress));
        HG_TRY(const auto former, server_key_id(m_parts.catalog));
        HG_ASSERT(former != verify::key_id(own_key));
        also = [former](CatalogTransaction& transaction) {
            return transaction.switch_signatures(former);
        };
    } else {
        HG_TRY(const auto other_key, m_parts.catalog.other_key());
        const auto is_published = [&](const pki::Certificate& signer) {
            return verify::key_id(signer.public_key()) == other_key;
        };
        if (other_key &&
            std::none_of(ordered.signers.begin(), ordered.signers.end(), is_published)) {
            also = [](CatalogTransaction& transaction) { return transaction.end_overlap(); };
        }
    }
    HG_TRY(also, with_mirrors_signature(std::move(also)));
    return Publisher(m_parts).publish_evidence(documents, own_key, also);
}

// Once they are the first, clients see no others. What this run signed need not be looked at: to
// check a signature takes four times what it takes to make it.
Outcome Resigner::check_second_signatures(Workers workers, Progress& progress) {
    HG_TRY(const auto missing, m_parts.catalog.count_without_other_signature());
    const auto own_key = m_parts.signer.key.public_key();
    std::string seen = std::to_string(missing) + " are not";
    if (missing == 0) {
        HG_TRY(
            const auto bad,
            find_bad_second_signature(m_parts.catalog, progress.earlier, own_key, workers)
        );
        if (!bad) {
            return {};
        }
        seen = "a signature of project " + bad->text() + " is not by " +
               m_parts.signer.leaf.subject() + " over what is stored";
    }
    // A note of progress that is not of this catalogue, or a damaged disk: costs signatures,
    // nothing else.
    progress = {.signer = progress.signer, .after = {}};
    HG_CHECK(save(progress));
    return Error(
        ErrorCode::conflict,
        "expected every page to be signed anew, " + seen +
            "; run `mirror resign` again to sign them all"
    );
}

// The list of mirrors goes over with the pages: clients take it from the same signers.
Result<Publisher::AlsoWritten> Resigner::with_mirrors_signature(Publisher::AlsoWritten also) const {
    HG_TRY(auto signature, missing_mirrors_signature(m_parts.catalog, m_parts.signer));
    if (!signature) {
        return also;
    }
    return Publisher::AlsoWritten([first = std::move(also),
                                   made = *std::move(signature)](CatalogTransaction& transaction) {
        auto done = first ? first(transaction) : Outcome();
        return done ? transaction.put_evidence(EvidenceKind::mirrors_signature, made)
                    : std::move(done);
    });
}

// What was signed is signed again, by the digest that was stored with it: bytes that the disk
// altered since are not vouched for, and clients go on to refuse them.
Result<Resigner::Batch> Resigner::read_batch(std::vector<verify::RootEntry> projects) const {
    const bool by_digest = pki::signs_digests(m_parts.signer.key);
    Batch batch{.projects = std::move(projects), .pages = {}};
    batch.pages.reserve(batch.projects.size() * both_forms.size());
    HG_TRY(const auto digests, m_parts.catalog.page_digests(batch.projects));
    for (std::size_t at = 0; at < batch.projects.size(); ++at) {
        const auto& project = batch.projects[at].name;
        for (const auto form : both_forms) {
            const bool is_html = form == verify::PageForm::html;
            ResignedPage one{
                .project = at,
                .form = form,
                .digest = is_html ? digests[at].html : digests[at].json};
            if (!by_digest) {
                HG_TRY(auto page, m_parts.catalog.page(project, form));
                if (pki::sha256(page.body) != one.digest) {
                    return damaged_page(
                        project, "with sha256 " + one.digest.to_hex() + ", it has another"
                    );
                }
                one.body = std::move(page.body);
            }
            batch.pages.push_back(std::move(one));
        }
    }
    return batch;
}

Outcome Resigner::sign(Batch& batch, Workers workers) const {
    const auto& key = m_parts.signer.key;
    const bool by_digest = pki::signs_digests(key);
    const std::size_t all = batch.pages.size();
    const std::size_t rows = (all + pages_in_a_row - 1) / pages_in_a_row;
    return for_each_piece(rows, workers, [&](std::size_t row) -> Outcome {
        std::optional<pki::DigestSigner> signer;
        if (by_digest) {
            HG_TRY(signer, pki::DigestSigner::make(key));
        }
        const std::size_t end = std::min(all, (row + 1) * pages_in_a_row);
        for (std::size_t at = row * pages_in_a_row; at < end; ++at) {
            auto& page = batch.pages[at];
            HG_TRY(
                page.signature,
                signer ? signer->sign(page.digest) : verify::sign_page(key, page.body)
            );
        }
        return {};
    });
}

Outcome Resigner::write(const Batch& batch, Progress& progress) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    for (const auto& page : batch.pages) {
        const auto& project = batch.projects[page.project].name;
        HG_CHECK(
            progress.place == SignaturePlace::beside
                ? transaction->put_other_signature(project, page.form, page.signature)
                : transaction->put_signature(project, page.form, page.signature)
        );
    }
    HG_CHECK(transaction->commit());
    progress.after = batch.projects.back().name.text();
    HG_CHECK(save(progress));
    for (const auto& project : batch.projects) {
        m_parts.events.emit(
            {.level = EventLevel::debug,
             .name = "resign.project.signed",
             .fields = {{"project", project.name.text()}}}
        );
    }
    return {};
}

Result<verify::Serial> Resigner::end_overlap() {
    HG_TRY(const auto progress, load(m_parts.signer.leaf));
    HG_TRY(const auto published, published_evidence(m_parts.catalog));
    HG_TRY(const auto present, verify::parse_server_key(published.signer_chain_pem));
    HG_TRY(const auto other_key, m_parts.catalog.other_key());
    const auto own_key = m_parts.signer.key.public_key();
    const bool is_first = other_key != verify::key_id(own_key);
    if (!is_first || (present.signers.size() > 1 && !progress.complete)) {
        return Error(
            ErrorCode::conflict,
            "expected every page to be signed by " + m_parts.signer.leaf.subject() +
                " before the other signers go, some may not be; run `mirror resign` first"
        );
    }
    Publisher::AlsoWritten also;
    if (other_key) {
        also = [](CatalogTransaction& transaction) { return transaction.end_overlap(); };
    }
    HG_TRY(also, with_mirrors_signature(std::move(also)));
    return Publisher(m_parts).publish_evidence(
        {m_parts.signer.chain_pem(), published.revocation_lists_pem}, own_key, also
    );
}

}  // namespace heliograph::mirror
