// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_reader.hpp>
#include <pki/authority/authority_state.hpp>
#include <pki/authority/delivery.hpp>
#include <pki/authority/place.hpp>

namespace heliograph::pki {

namespace {

// An answer counts if the ledger lay still under it.
template <typename T>
Result<T> settled(const Ledger& ledger, Result<T> answer) {
    HG_CHECK(ledger.check_still());
    return answer;
}

}  // namespace

struct AuthorityReader::State {
    AuthorityPaths paths;
    Ledger ledger;
    const Clock& clock;
};

AuthorityReader::AuthorityReader(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
AuthorityReader::AuthorityReader(AuthorityReader&&) noexcept = default;
AuthorityReader& AuthorityReader::operator=(AuthorityReader&&) noexcept = default;
AuthorityReader::~AuthorityReader() = default;

Result<AuthorityReader> AuthorityReader::open(
    const std::filesystem::path& folder, const Clock& clock
) {
    HG_CHECK(check_is_authority(folder));
    const AuthorityPaths paths{folder};
    // Whoever may write leaves no file of SQLite's behind, and brings an older ledger up to date.
    auto ledger = open_ledger(paths, OpenMode::existing);
    if (!ledger &&
        (ledger.error().code() == ErrorCode::io || ledger.error().code() == ErrorCode::denied)) {
        ledger = open_ledger(paths, OpenMode::read_only);
    }
    if (!ledger) {
        return std::move(ledger).error();
    }
    return AuthorityReader(std::make_unique<State>(State{paths, std::move(ledger).value(), clock}));
}

Result<std::vector<LedgerEntry>> AuthorityReader::list() const {
    return settled(m_state->ledger, m_state->ledger.list());
}

Result<std::vector<LedgerEntry>> AuthorityReader::find(const std::string& name_or_serial) const {
    return settled(m_state->ledger, m_state->ledger.find(name_or_serial));
}

Result<Certificate> AuthorityReader::certificate(const std::string& serial_hex) const {
    return settled(m_state->ledger, m_state->ledger.certificate(serial_hex));
}

Outcome AuthorityReader::check_names(std::span<const IssueRequest> requests) const {
    for (const IssueRequest& request : requests) {
        HG_CHECK(check_issue_request(request));
    }
    HG_CHECK(check_names_are_free(m_state->ledger, m_state->paths, requests, m_state->clock.now()));
    return m_state->ledger.check_still();
}

Outcome AuthorityReader::check_places(std::span<const IssueRequest> requests) const {
    HG_CHECK(check_places_are_free(m_state->ledger, m_state->paths, requests, m_state->clock.now())
    );
    HG_CHECK(check_targets(m_state->ledger, m_state->paths, places_of(m_state->paths, requests)));
    return m_state->ledger.check_still();
}

Result<ListState> AuthorityReader::list_state() const {
    const Instant now = m_state->clock.now();
    HG_TRY(
        const IssuerSet issuers, settled(m_state->ledger, IssuerSet::load(m_state->ledger, now))
    );
    return settled(
        m_state->ledger, list_state_of(m_state->ledger, m_state->paths, issuers.all, now)
    );
}

Result<std::vector<std::filesystem::path>> AuthorityReader::waiting() const {
    HG_TRY(const auto rows, settled(m_state->ledger, m_state->ledger.deliveries()));
    std::vector<std::filesystem::path> hidden;
    for (const DeliveryRow& row : rows) {
        if (row.state == DeliveryState::entered) {
            hidden.push_back(row.hidden);
        }
    }
    return hidden;
}

}  // namespace heliograph::pki
