// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain_defect.hpp>
#include <pki/x509/path_purpose.hpp>
#include <pki/x509/path_validation.hpp>
#include <pki/x509/peer_name_match.hpp>
#include <pki/x509/policy_graph.hpp>
#include <pki/x509/shape_rule.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

using Judged = JudgedPath;

const EvidenceCertificate& certificate_at(const Judged& judged, std::size_t place) {
    return judged.evidence.at(judged.path[place]);
}

unsigned place_of(const Judged& judged, std::size_t place) {
    const EvidenceCertificate& one = certificate_at(judged, place);
    if (one.is_trusted) {
        return place > 0 || one.fields.is_ca() ? position::anchor : position::leaf;
    }
    if (place > 0) {
        return position::intermediate;
    }
    // An authority at the end of a path is held to both.
    return position::leaf | (one.fields.is_ca() ? position::intermediate : 0U);
}

// The rule of shape that such a key breaks, under whatever rules; else the one for foreign kinds.
DefectRule key_rule_of(const EvidenceCertificate& one, unsigned where) {
    for (const ShapeRule& rule : key_shape_rules()) {
        if (rule.code == ChainDefectCode::weak_key && rule.broken({one.fields, where})) {
            return {rule.code, rule.id, rule.clause};
        }
    }
    return {
        ChainDefectCode::weak_key,
        "key-kind-unsupported",
        "RFC 5280 section 6.1.3, CA/B Forum BR section 6.1.5"};
}

// Nothing is good by a key that is not supported here, whatever the rules.
void check_keys(const Judged& judged, DefectList& defects) {
    for (std::size_t place = 0; place < judged.path.size(); ++place) {
        const EvidenceCertificate& one = certificate_at(judged, place);
        if (one.certificate->has_supported_key()) {
            continue;
        }
        defects.add(make_defect(
            key_rule_of(one, place_of(judged, place)),
            *one.certificate,
            "a key of the kind EC P-256, EC P-384, Ed25519, X25519 or RSA from 2048 to 8192 bits",
            one.certificate->key_description()
        ));
    }
}

// That a key is not supported is told once.
bool is_told_of_key(const EvidenceCertificate& one, unsigned where, const ShapeRule& rule) {
    return !one.certificate->has_supported_key() && rule.id == key_rule_of(one, where).id;
}

void check_shape(const Judged& judged, DefectList& defects) {
    const unsigned rules = rule_set_bit(judged.request.rules);
    for (std::size_t place = 0; place < judged.path.size(); ++place) {
        const EvidenceCertificate& one = certificate_at(judged, place);
        const unsigned where = place_of(judged, place);
        for (const ShapeRule& rule : shape_rules()) {
            if ((rule.refused_by & rules) == 0 || (rule.where & where) == 0 ||
                is_told_of_key(one, where, rule)) {
                continue;
            }
            if (const auto seen = rule.broken({one.fields, where})) {
                defects.add(make_defect(
                    {rule.code, rule.id, rule.clause},
                    *one.certificate,
                    std::string(rule.expected),
                    *seen
                ));
            }
        }
    }
}

void check_time(const Judged& judged, DefectList& defects) {
    for (std::size_t place = 0; place < judged.path.size(); ++place) {
        const EvidenceCertificate& one = certificate_at(judged, place);
        if (judged.request.at < one.fields.not_before) {
            defects.add(make_early_defect(*one.certificate, judged.request.at));
        } else if (judged.request.at > one.fields.not_after) {
            defects.add(make_expired_defect(*one.certificate, judged.request.at));
        }
    }
}

Outcome check_signatures(const Judged& judged, DefectList& defects) {
    for (std::size_t place = 0; place + 1 < judged.path.size(); ++place) {
        const EvidenceCertificate& one = certificate_at(judged, place);
        const EvidenceCertificate& above = certificate_at(judged, place + 1);
        HG_TRY(
            const IssuedSignature state,
            judged.evidence.certificate_signature(judged.path[place], judged.path[place + 1])
        );
        const std::string who = "a signature by '" + display_name(*above.certificate) + "'";
        if (state == IssuedSignature::wrong) {
            defects.add(make_defect(
                {ChainDefectCode::bad_signature,
                 "signature-wrong",
                 "RFC 5280 section 6.1.3 (a)(1)"},
                *one.certificate,
                who,
                "one that does not fit"
            ));
        } else if (state == IssuedSignature::unsupported) {
            defects.add(make_defect(
                {ChainDefectCode::bad_signature,
                 "signature-algorithm-unknown",
                 "RFC 5280 section 6.1.3 (a)(1)"},
                *one.certificate,
                who,
                "one of the algorithm " + one.fields.outer_algorithm.oid
            ));
        }  // A weak one is a rule of shape.
        if (!key_ids_agree(one.fields.authority_key_id, above.fields)) {
            defects.add(make_defect(
                {ChainDefectCode::not_strict,
                 "authority-key-id-mismatch",
                 "RFC 5280 section 4.2.1.1"},
                *one.certificate,
                "the key id of '" + display_name(*above.certificate) + "'",
                "the id of another key"
            ));
        }
    }
    return {};
}

void check_length(const Judged& judged, DefectList& defects) {
    std::size_t below = 0;  // Authorities below this one that count.
    for (std::size_t place = 1; place < judged.path.size(); ++place) {
        const EvidenceCertificate& one = certificate_at(judged, place);
        const auto& basic = one.fields.basic_constraints;
        if (basic && basic->path_length && below > *basic->path_length) {
            defects.add(make_defect(
                {ChainDefectCode::path_too_long, "path-length", "RFC 5280 section 4.2.1.9"},
                *one.certificate,
                "at most " + std::to_string(*basic->path_length) + " authorities below",
                std::to_string(below)
            ));
        }
        const bool is_last = place + 1 == judged.path.size();
        below += one.fields.is_self_issued() || is_last ? 0U : 1U;
    }
    if (below > judged.request.depth_limit) {
        defects.add(make_defect(
            {ChainDefectCode::path_too_long, "path-depth", "RFC 5280 section 6.1.1"},
            *certificate_at(judged, 0).certificate,
            "at most " + std::to_string(judged.request.depth_limit) +
                " authorities between it and a root",
            std::to_string(below)
        ));
    }
}

void check_constraints(const Judged& judged, DefectList& defects) {
    for (std::size_t place = 1; place < judged.path.size(); ++place) {
        const EvidenceCertificate& authority = certificate_at(judged, place);
        if (!authority.fields.name_constraints) {
            continue;
        }
        for (std::size_t lower = 0; lower < place; ++lower) {
            const EvidenceCertificate& one = certificate_at(judged, lower);
            if (lower > 0 && one.fields.is_self_issued()) {
                continue;
            }
            const ConstraintFinding finding = check_name_constraints(
                *authority.fields.name_constraints, one.fields, judged.evidence.comparisons()
            );
            const std::string who = "'" + display_name(*authority.certificate) + "'";
            if (finding.outcome == ConstraintOutcome::violated) {
                defects.add(make_defect(
                    {ChainDefectCode::name_constraint,
                     "name-not-permitted",
                     "RFC 5280 section 6.1.3 (b) and (c)"},
                    *one.certificate,
                    "only names that " + who + " may vouch for",
                    finding.name + ", which " + finding.reason
                ));
            } else if (finding.outcome == ConstraintOutcome::exhausted) {
                defects.add(make_defect(
                    {ChainDefectCode::budget, "name-comparisons", "RFC 5280 section 8"},
                    *one.certificate,
                    "at most " + std::to_string(chain_name_comparison_limit) +
                        " comparisons with constraints of " + who,
                    "more"
                ));
                return;
            }
        }
    }
}

void check_name(const Judged& judged, DefectList& defects) {
    const auto& name = judged.request.name;
    const EvidenceCertificate& leaf = certificate_at(judged, 0);
    if (!name || has_peer_name(leaf.fields, *name)) {
        return;
    }
    std::string seen;
    for (const GeneralNameField& one :
         leaf.fields.alternative_names.value_or(std::vector<GeneralNameField>())) {
        constexpr std::size_t enough = 200;
        if (seen.size() < enough) {
            seen += (seen.empty() ? "" : ", ") + general_name_text(one);
        }
    }
    defects.add(make_defect(
        {ChainDefectCode::wrong_name, "name-mismatch", "RFC 9525 section 6"},
        *leaf.certificate,
        "a certificate for " + name->text(),
        seen.empty() ? "no alternative name" : "one for " + seen
    ));
}

void check_policy(const Judged& judged, DefectList& defects) {
    std::vector<std::reference_wrapper<const CertificateFields>> below;
    for (std::size_t place = 0; place + 1 < judged.path.size(); ++place) {
        below.emplace_back(certificate_at(judged, place).fields);
    }
    if (const auto wrong = check_policies(below, judged.request.policies)) {
        defects.add(make_defect(
            {ChainDefectCode::policy, "policy", "RFC 5280 section 6.1.5 (g)"},
            *certificate_at(judged, 0).certificate,
            "certificate policies that the path demands and the request accepts",
            *wrong
        ));
    }
}

}  // namespace

void DefectList::add(ChainDefect defect) {
    const bool known =
        std::any_of(m_defects.begin(), m_defects.end(), [&defect](const ChainDefect& other) {
            return other.id == defect.id && other.subject == defect.subject &&
                   other.seen == defect.seen;
        });
    if (!known) {
        m_defects.push_back(std::move(defect));
    }
}

void validate_fragment(const JudgedPath& judged, DefectList& defects) {
    check_keys(judged, defects);
    check_shape(judged, defects);
    check_time(judged, defects);
    if (judged.use == PathUse::leaf) {
        check_purpose(judged, defects);
        check_name(judged, defects);
    }
}

Outcome validate_path(const JudgedPath& judged, DefectList& defects) {
    validate_fragment(judged, defects);
    HG_CHECK(check_signatures(judged, defects));
    check_length(judged, defects);
    check_constraints(judged, defects);
    if (judged.use == PathUse::leaf) {
        check_policy(judged, defects);
    }
    return {};
}

}  // namespace heliograph::pki
