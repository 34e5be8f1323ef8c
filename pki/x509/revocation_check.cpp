// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain_defect.hpp>
#include <pki/x509/path_search.hpp>
#include <pki/x509/revocation_check.hpp>

#include <algorithm>
#include <map>

namespace heliograph::pki {

namespace {

using ReasonMask = unsigned;
constexpr ReasonMask every_reason = 0x1fe;  // Bits 1 to 8 of ReasonFlags.
constexpr std::size_t deepest_signer = 3;   // Signers of lists about signers of lists...

ReasonMask mask_of(const std::optional<DerBits>& reasons) {
    if (!reasons) {
        return every_reason;
    }
    ReasonMask mask = 0;
    for (unsigned bit = 1; bit <= 8; ++bit) {
        mask |= reasons->has(bit) ? 1U << bit : 0U;
    }
    return mask;
}

// The names of a point, a relative one made whole below its issuer.
std::vector<GeneralNameField> whole_names(
    const DistributionPointField& point, const NameField& issuer
) {
    if (!point.relative_name) {
        return point.full_name;
    }
    const auto relative = canonical_relative_name(*point.relative_name);
    if (!relative) {
        return {};
    }
    GeneralNameField name;
    name.kind = GeneralNameKind::directory;
    name.directory = issuer;
    name.directory.canonical.push_back(*relative);
    return {name};
}

bool share_a_name(
    const std::vector<GeneralNameField>& left, const std::vector<GeneralNameField>& right
) {
    return std::any_of(left.begin(), left.end(), [&right](const GeneralNameField& one) {
        return std::any_of(right.begin(), right.end(), [&one](const GeneralNameField& other) {
            return is_same_name(one, other);
        });
    });
}

GeneralNameField directory_name(const NameField& name) {
    GeneralNameField general;
    general.kind = GeneralNameKind::directory;
    general.directory = name;
    return general;
}

bool names_list_issuer(const DistributionPointField& point, const NameField& issuer) {
    return share_a_name(point.list_issuer, {directory_name(issuer)});
}

// Steps (b)(1) and (b)(2) of section 6.3.3: whether the list speaks of this certificate, as this
// point has it.
bool is_in_scope(
    const DistributionPointField& point, const RevocationFields& list, const CertificateFields& one
) {
    const auto& issuing = list.issuing_point;
    if (point.list_issuer.empty()) {
        if (!list.issuer.same_as(one.issuer)) {
            return false;
        }
    } else if (!names_list_issuer(point, list.issuer) || !issuing || !issuing->indirect) {
        return false;
    }
    if (!issuing) {
        return true;
    }
    const auto issued_names = whole_names(issuing->point, list.issuer);
    if (!issued_names.empty()) {
        const NameField& base = point.list_issuer.empty() ||
                                        point.list_issuer.front().kind != GeneralNameKind::directory
                                    ? one.issuer
                                    : point.list_issuer.front().directory;
        const auto wanted = whole_names(point, base);
        if (!share_a_name(issued_names, wanted.empty() ? point.list_issuer : wanted)) {
            return false;
        }
    }
    return !issuing->only_attribute && !(issuing->only_user && one.is_ca()) &&
           !(issuing->only_authority && !one.is_ca());
}

std::vector<DistributionPointField> points_of(const CertificateFields& one) {
    std::vector<DistributionPointField> points =
        one.distribution_points.value_or(std::vector<DistributionPointField>());
    // Lists that no point names are believed too, if they are the issuer's own (section 6.3.3).
    DistributionPointField implied;
    implied.full_name = {directory_name(one.issuer)};
    points.push_back(implied);
    return points;
}

const RevokedField* find_entry(const RevocationFields& list, const CertificateFields& one) {
    for (const RevokedField& entry : list.entries) {
        const bool same = std::equal(
            entry.serial.begin(), entry.serial.end(), one.serial.begin(), one.serial.end()
        );
        if (same && list.entry_issuers[entry.issuer].same_as(one.issuer)) {
            return &entry;
        }
    }
    return nullptr;
}

enum class ListState { current, expired, unsound };

// What was learnt about one certificate.
struct RevocationState {
    ReasonMask covered = 0;
    bool is_revoked = false;
    bool saw_expired = false;
    std::string unsound = {};  // Why a list cannot be believed.
};

class RevocationJudge {
  public:
    explicit RevocationJudge(const JudgedPath& judged)
        : m_request(judged.request), m_evidence(judged.evidence) {}

    Outcome judge(const CertificatePath& path, DefectList& defects) {
        for (std::size_t place = 0; place + 1 < path.size(); ++place) {
            // What is under judgement already is not asked again: a self-issued certificate may
            // hold the key that signs the list about itself.
            if (!m_under_judgement.insert(path[place]).second) {
                continue;
            }
            auto state = state_of(path, place);
            m_under_judgement.erase(path[place]);
            if (!state) {
                return std::move(state).error();
            }
            report(*m_evidence.at(path[place]).certificate, *state, defects);
        }
        return {};
    }

  private:
    Result<RevocationState> state_of(const CertificatePath& path, std::size_t place) {
        RevocationState state;
        const CertificateFields& one = m_evidence.at(path[place]).fields;
        for (const DistributionPointField& point : points_of(one)) {
            for (std::size_t list = 0; list < m_evidence.lists().size(); ++list) {
                const RevocationFields& fields = m_evidence.lists()[list].fields;
                if (!fields.base_number && is_in_scope(point, fields, one)) {
                    HG_CHECK(use_list(path, place, {list, &point}, state));
                }
            }
        }
        return state;
    }

    // A list is walked once for a certificate, however many points lead to it.
    const RevokedField* entry_of(std::size_t list, std::size_t certificate) {
        const auto [at, is_new] = m_entries.try_emplace({list, certificate}, nullptr);
        if (is_new) {
            at->second =
                find_entry(m_evidence.lists()[list].fields, m_evidence.at(certificate).fields);
        }
        return at->second;
    }

    struct ScopedList {
        std::size_t list;
        const DistributionPointField* point;
    };

    Outcome use_list(
        const CertificatePath& path,
        std::size_t place,
        const ScopedList& scoped,
        RevocationState& state
    ) {
        const RevocationFields& fields = m_evidence.lists()[scoped.list].fields;
        HG_TRY(const ListState usable, list_state(path, place, scoped.list, state));
        if (usable == ListState::unsound) {
            return {};
        }
        const RevokedField* const entry = entry_of(scoped.list, path[place]);
        bool revoked = entry != nullptr && entry->reason.value_or(0) != remove_from_list;
        const RevocationFields* newest = nullptr;  // Of the deltas that speak of it.
        for (std::size_t other = 0; other < m_evidence.lists().size(); ++other) {
            const RevocationFields& delta = m_evidence.lists()[other].fields;
            if (!is_delta_to(delta, fields)) {
                continue;
            }
            RevocationState ignored;
            HG_TRY(const ListState delta_state, list_state(path, place, other, ignored));
            const RevokedField* const change = entry_of(other, path[place]);
            if (delta_state == ListState::current && change != nullptr &&
                (newest == nullptr || compare_numbers(*delta.number, *newest->number) > 0)) {
                newest = &delta;
                revoked = change->reason.value_or(0) != remove_from_list;
            }
        }
        state.is_revoked = state.is_revoked || revoked;
        if (usable == ListState::expired) {
            state.saw_expired = true;
            return {};
        }
        const auto& issuing = fields.issuing_point;
        state.covered |= mask_of(scoped.point->reasons) &
                         (issuing ? mask_of(issuing->point.reasons) : every_reason);
        return {};
    }

    static bool is_delta_to(const RevocationFields& delta, const RevocationFields& base) {
        const auto same_key = [](const auto& left, const auto& right) {
            return !left || !right || !left->key_id || !right->key_id ||
                   to_bytes(*left->key_id) == to_bytes(*right->key_id);
        };
        return delta.base_number && base.number && delta.number &&
               delta.issuer.same_as(base.issuer) &&
               to_bytes(delta.issuing_point_raw) == to_bytes(base.issuing_point_raw) &&
               same_key(delta.authority_key_id, base.authority_key_id) &&
               compare_numbers(*delta.base_number, *base.number) <= 0 &&
               compare_numbers(*delta.number, *base.number) >= 0;
    }

    // Time, form and signature of one list.
    Result<ListState> list_state(
        const CertificatePath& path, std::size_t place, std::size_t list, RevocationState& state
    ) {
        const RevocationFields& fields = m_evidence.lists()[list].fields;
        if (!fields.faults.empty() || fields.has_unknown_critical) {
            state.unsound = fields.faults.empty()
                                ? "a list with an unknown critical extension"
                                : fields.faults.front().place + ": " + fields.faults.front().reason;
            return ListState::unsound;
        }
        const ExtensionField* const number = fields.extension(oid::crl_number);
        if (m_request.rules == RuleSet::webpki && (number == nullptr || number->critical)) {
            state.unsound = "a list without a number that is not critical (RFC 5280, 5.2.3)";
            return ListState::unsound;
        }
        if (to_bytes(fields.inner_algorithm.whole) != to_bytes(fields.outer_algorithm.whole)) {
            state.unsound = "two signature algorithms";
            return ListState::unsound;
        }
        HG_TRY(const bool signed_well, has_good_signer(path, place, list));
        if (!signed_well) {
            state.unsound = "a list that its issuer has not signed, or was not allowed to sign";
            return ListState::unsound;
        }
        if (fields.this_update > m_request.at) {
            state.unsound = "a list from " + format_rfc3339(fields.this_update) +
                            ", which the clock has not reached";
            return ListState::unsound;
        }
        return fields.next_update && *fields.next_update < m_request.at ? ListState::expired
                                                                        : ListState::current;
    }

    // Step (f): somebody of the issuer's name whose key signed the list, who may sign lists, and
    // who is trusted by the same anchor.
    Result<bool> has_good_signer(const CertificatePath& path, std::size_t place, std::size_t list) {
        const RevocationFields& fields = m_evidence.lists()[list].fields;
        for (std::size_t signer = 0; signer < m_evidence.size(); ++signer) {
            const CertificateFields& one = m_evidence.at(signer).fields;
            if (!one.subject.same_as(fields.issuer) ||
                !key_ids_agree(fields.authority_key_id, one) ||
                (one.key_usage && !one.has_usage(usage_bit::crl_sign))) {
                continue;
            }
            HG_TRY(const IssuedSignature signature, m_evidence.list_signature(list, signer));
            if (signature != IssuedSignature::good) {
                continue;
            }
            const auto above = path.begin() + static_cast<std::ptrdiff_t>(place) + 1;
            if (std::find(above, path.end(), signer) != path.end()) {
                return true;
            }
            HG_TRY(const bool trusted, is_trusted_signer(signer, path.back()));
            if (trusted) {
                return true;
            }
        }
        return false;
    }

    Result<bool> is_trusted_signer(std::size_t signer, std::size_t anchor) {
        if (m_under_judgement.contains(signer)) {
            return true;
        }
        if (m_depth == deepest_signer) {
            return false;
        }
        ++m_depth;
        bool found = false;
        const auto searched = search_paths(
            m_evidence,
            signer,
            WalkedLinks::good,
            [&](const CertificatePath& path) -> Result<bool> {
                if (path.back() != anchor) {
                    return false;
                }
                DefectList defects;
                HG_CHECK(validate_path({m_request, m_evidence, path, PathUse::list_signer}, defects)
                );
                HG_CHECK(judge(path, defects));
                found = defects.empty();
                return found;
            }
        );
        --m_depth;
        if (!searched) {
            return searched.error();
        }
        return found;
    }

    void report(const Certificate& certificate, const RevocationState& state, DefectList& defects)
        const {
        const std::string who = "'" + display_name(certificate) + "'";
        if (state.is_revoked) {
            defects.add(make_defect(
                {ChainDefectCode::revoked, "revoked", "RFC 5280 section 6.3.3"},
                certificate,
                "a certificate that holds",
                "its issuer has revoked it"
            ));
        }
        if (state.covered == every_reason) {
            return;
        }
        if (state.saw_expired) {
            defects.add(make_defect(
                {ChainDefectCode::revocation_list_expired,
                 "revocation-list-expired",
                 "RFC 5280 section 5.1.2.5"},
                certificate,
                "a current revocation list by the issuer of " + who,
                "one that ended before " + format_rfc3339(m_request.at) +
                    "; it must be published anew"
            ));
        } else if (!state.unsound.empty()) {
            defects.add(make_defect(
                {ChainDefectCode::revocation_list_invalid,
                 "revocation-list-invalid",
                 "RFC 5280 section 6.3.3 (f) and (g)"},
                certificate,
                "a sound revocation list by the issuer of " + who,
                state.unsound
            ));
        } else if (!state.is_revoked && m_request.revocation == RevocationPolicy::required) {
            defects.add(make_defect(
                {ChainDefectCode::revocation_unknown,
                 "revocation-unknown",
                 "RFC 5280 section 6.3.3"},
                certificate,
                "a revocation list by the issuer of " + who,
                state.covered == 0 ? "none" : "lists for some reasons of revocation alone"
            ));
        }
    }

    static constexpr std::uint32_t remove_from_list = 8;

    const ChainRequest& m_request;
    ChainEvidence& m_evidence;
    std::set<std::size_t> m_under_judgement;
    std::map<std::pair<std::size_t, std::size_t>, const RevokedField*> m_entries;
    std::size_t m_depth = 0;
};

}  // namespace

Outcome check_revocation(const JudgedPath& judged, DefectList& defects) {
    if (judged.request.revocation == RevocationPolicy::not_checked) {
        return {};
    }
    return RevocationJudge(judged).judge(judged.path, defects);
}

}  // namespace heliograph::pki
