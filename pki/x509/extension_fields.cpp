// SPDX-License-Identifier: Apache-2.0
// The part of certificate_fields.hpp that is about the values of extensions (RFC 5280,
// section 4.2).
#include <pki/x509/certificate_fields.hpp>

#include <set>

namespace heliograph::pki {

namespace {

Error wrong_extension(std::string_view what) {
    return {ErrorCode::malformed, "expected " + std::string(what) + ", saw something else"};
}

Outcome decode_basic_constraints(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "basic constraints"));
    BasicConstraintsField basic;
    DerReader parts(whole.content);
    HG_TRY(const auto authority, parts.optional(der_tag::boolean));
    if (authority) {
        HG_TRY(basic.is_ca, der_boolean(*authority));
        if (!basic.is_ca) {
            return wrong_extension("CA:FALSE to be left out, as DER demands of defaults");
        }
    }
    HG_TRY(const auto length, parts.optional(der_tag::integer));
    if (length) {
        HG_TRY(basic.path_length, der_small_number(*length));
    }
    HG_CHECK(parts.finish("basic constraints"));
    fields.basic_constraints = basic;
    return {};
}

template <ReadingMode mode>
Outcome decode_key_usage(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::bit_string, "a key usage"));
    HG_TRY(
        const DerBits bits, mode == ReadingMode::strict ? der_named_bits(whole) : der_bits(whole)
    );
    if (bits.bytes.empty()) {
        return wrong_extension("a key usage with at least one bit");
    }
    fields.key_usage = bits;
    return {};
}

Outcome decode_purposes(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "extended key usages"));
    std::vector<std::string> purposes;
    DerReader reader(whole.content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue one, reader.expect(der_tag::object_id, "an extended key usage"));
        HG_TRY(std::string text, der_object_id(one));
        purposes.push_back(std::move(text));
    }
    if (purposes.empty()) {
        return wrong_extension("at least one extended key usage");
    }
    fields.purposes = std::move(purposes);
    return {};
}

template <ReadingMode mode>
Outcome decode_alternative_names(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "alternative names"));
    HG_TRY(fields.alternative_names, read_general_names(whole.content, mode));
    for (const GeneralNameField& name : *fields.alternative_names) {
        if (name.kind == GeneralNameKind::ip && name.content.size() != 4 &&
            name.content.size() != 16) {
            return wrong_extension("an address of 4 or 16 octets");
        }
    }
    return {};
}

template <ReadingMode mode>
Outcome decode_issuer_names(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "issuer alternative names"));
    HG_TRY(fields.issuer_names, read_general_names(whole.content, mode));
    return {};
}

Outcome decode_subject_key_id(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::octet_string, "a subject key id"));
    fields.subject_key_id = whole.content;
    return {};
}

Outcome decode_authority_key_id(ByteSpan value, CertificateFields& fields) {
    HG_TRY(fields.authority_key_id, read_authority_key_id(value));
    return {};
}

template <ReadingMode mode>
Result<std::vector<GeneralNameField>> read_subtrees(ByteSpan content, bool& has_distance) {
    std::vector<GeneralNameField> trees;
    DerReader reader(content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue tree, reader.expect(der_tag::sequence, "a subtree of names"));
        DerReader parts(tree.content);
        HG_TRY(const DerValue base, parts.next());
        HG_TRY(GeneralNameField name, read_general_name(base, mode));
        has_distance = has_distance || !parts.at_end();
        trees.push_back(std::move(name));
    }
    return trees;
}

template <ReadingMode mode>
Outcome decode_name_constraints(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "name constraints"));
    NameConstraintsField constraints;
    DerReader parts(whole.content);
    HG_TRY(const auto permitted, parts.optional(der_tag::context_constructed(0)));
    if (permitted) {
        HG_TRY(
            constraints.permitted, read_subtrees<mode>(permitted->content, constraints.has_distance)
        );
    }
    HG_TRY(const auto excluded, parts.optional(der_tag::context_constructed(1)));
    if (excluded) {
        HG_TRY(
            constraints.excluded, read_subtrees<mode>(excluded->content, constraints.has_distance)
        );
    }
    HG_CHECK(parts.finish("name constraints"));
    fields.name_constraints = std::move(constraints);
    return {};
}

// What validation compares with each other is few in every certificate that means well; without a
// limit its work would grow with the square of what a stranger sends.
constexpr std::size_t policy_limit = 128;
constexpr std::size_t point_limit = 32;
constexpr std::size_t point_name_limit = 32;

Outcome check_count(std::size_t seen, std::size_t most, std::string_view what) {
    return seen <= most ? Outcome()
                        : Error(
                              ErrorCode::too_large,
                              "expected at most " + std::to_string(most) + " " + std::string(what) +
                                  ", saw more"
                          );
}

Result<std::vector<GeneralNameField>> read_point_names(ByteSpan content) {
    HG_TRY(auto names, read_general_names(content));
    HG_CHECK(check_count(names.size(), point_name_limit, "names of a distribution point"));
    return names;
}

Outcome decode_policies(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "certificate policies"));
    std::vector<std::string> policies;
    std::set<std::string> seen;
    DerReader reader(whole.content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue policy, reader.expect(der_tag::sequence, "a policy"));
        DerReader parts(policy.content);
        HG_TRY(const DerValue type, parts.expect(der_tag::object_id, "a policy's name"));
        HG_TRY(std::string text, der_object_id(type));
        HG_TRY(const auto qualifiers, parts.optional(der_tag::sequence));
        if (qualifiers && qualifiers->content.empty()) {
            return wrong_extension("at least one qualifier of a policy");
        }
        HG_CHECK(parts.finish("a policy"));
        if (!seen.insert(text).second) {
            return wrong_extension("each policy once");
        }
        HG_CHECK(check_count(policies.size() + 1, policy_limit, "policies"));
        policies.push_back(std::move(text));
    }
    if (policies.empty()) {
        return wrong_extension("at least one policy");
    }
    fields.policies = std::move(policies);
    return {};
}

Outcome decode_policy_mappings(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "policy mappings"));
    DerReader reader(whole.content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue mapping, reader.expect(der_tag::sequence, "a policy mapping"));
        DerReader parts(mapping.content);
        HG_TRY(const DerValue issuer, parts.expect(der_tag::object_id, "a policy's name"));
        HG_TRY(const DerValue subject, parts.expect(der_tag::object_id, "a policy's name"));
        HG_CHECK(parts.finish("a policy mapping"));
        HG_TRY(std::string issuer_text, der_object_id(issuer));
        HG_TRY(std::string subject_text, der_object_id(subject));
        HG_CHECK(check_count(fields.policy_mappings.size() + 1, policy_limit, "policy mappings"));
        fields.policy_mappings.push_back({std::move(issuer_text), std::move(subject_text)});
    }
    return fields.policy_mappings.empty() ? Outcome(wrong_extension("a policy mapping"))
                                          : Outcome();
}

Outcome decode_policy_constraints(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "policy constraints"));
    PolicyConstraintsField constraints;
    DerReader parts(whole.content);
    HG_TRY(const auto require, parts.optional(der_tag::context(0)));
    if (require) {
        HG_TRY(constraints.require_explicit, der_small_number(*require));
    }
    HG_TRY(const auto inhibit, parts.optional(der_tag::context(1)));
    if (inhibit) {
        HG_TRY(constraints.inhibit_mapping, der_small_number(*inhibit));
    }
    HG_CHECK(parts.finish("policy constraints"));
    if (!require && !inhibit) {
        return wrong_extension("policy constraints that say something");
    }
    fields.policy_constraints = constraints;
    return {};
}

Outcome decode_inhibit_any(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::integer, "a number of certificates"));
    HG_TRY(fields.inhibit_any_policy, der_small_number(whole));
    return {};
}

Result<DistributionPointField> read_point(const DerValue& value) {
    DistributionPointField point;
    DerReader parts(value.content);
    HG_TRY(const auto name, parts.optional(der_tag::context_constructed(0)));
    if (name) {
        HG_CHECK(read_point_name(name->content, point));
    }
    HG_TRY(const auto reasons, parts.optional(der_tag::context(1)));
    if (reasons) {
        HG_TRY(point.reasons, der_named_bits(*reasons));
    }
    HG_TRY(const auto issuer, parts.optional(der_tag::context_constructed(2)));
    if (issuer) {
        HG_TRY(point.list_issuer, read_point_names(issuer->content));
    }
    HG_CHECK(parts.finish("a distribution point"));
    if (!name && !issuer) {
        return wrong_extension("a distribution point with a name or an issuer");
    }
    return point;
}

Result<std::vector<DistributionPointField>> read_points(ByteSpan value) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "distribution points"));
    std::vector<DistributionPointField> points;
    DerReader reader(whole.content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue one, reader.expect(der_tag::sequence, "a distribution point"));
        HG_TRY(DistributionPointField point, read_point(one));
        HG_CHECK(check_count(points.size() + 1, point_limit, "distribution points"));
        points.push_back(std::move(point));
    }
    if (points.empty()) {
        return wrong_extension("at least one distribution point");
    }
    return points;
}

Outcome decode_distribution_points(ByteSpan value, CertificateFields& fields) {
    HG_TRY(fields.distribution_points, read_points(value));
    return {};
}

Outcome decode_freshest_lists(ByteSpan value, CertificateFields& fields) {
    HG_TRY(fields.freshest_lists, read_points(value));
    return {};
}

Outcome decode_authority_access(ByteSpan value, CertificateFields& fields) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "authority information"));
    std::vector<AccessField> list;
    DerReader reader(whole.content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue one, reader.expect(der_tag::sequence, "an access description"));
        DerReader parts(one.content);
        HG_TRY(const DerValue method, parts.expect(der_tag::object_id, "an access method"));
        HG_TRY(std::string text, der_object_id(method));
        HG_TRY(const DerValue place, parts.next());
        HG_TRY(GeneralNameField name, read_general_name(place));
        HG_CHECK(parts.finish("an access description"));
        list.push_back({std::move(text), std::move(name)});
    }
    if (list.empty()) {
        return wrong_extension("at least one access description");
    }
    fields.authority_access = std::move(list);
    return {};
}

struct DecoderRow {
    std::string_view oid;
    Outcome (*decode)(ByteSpan value, CertificateFields& fields);
    /// Where reading for lint understands more.
    Outcome (*decode_for_lint)(ByteSpan value, CertificateFields& fields) = nullptr;
};

constexpr auto strict = ReadingMode::strict;
constexpr auto for_lint = ReadingMode::for_lint;

constexpr DecoderRow decoder_rows[] = {
    {oid::basic_constraints, decode_basic_constraints},
    {oid::key_usage, decode_key_usage<strict>, decode_key_usage<for_lint>},
    {oid::extended_key_usage, decode_purposes},
    {oid::subject_alternative_name,
     decode_alternative_names<strict>,
     decode_alternative_names<for_lint>},
    {oid::issuer_alternative_name, decode_issuer_names<strict>, decode_issuer_names<for_lint>},
    {oid::subject_key_id, decode_subject_key_id},
    {oid::authority_key_id, decode_authority_key_id},
    {oid::name_constraints, decode_name_constraints<strict>, decode_name_constraints<for_lint>},
    {oid::certificate_policies, decode_policies},
    {oid::policy_mappings, decode_policy_mappings},
    {oid::policy_constraints, decode_policy_constraints},
    {oid::inhibit_any_policy, decode_inhibit_any},
    {oid::crl_distribution_points, decode_distribution_points},
    {oid::freshest_crl, decode_freshest_lists},
    {oid::authority_access, decode_authority_access},
};

}  // namespace

Result<AuthorityKeyIdField> read_authority_key_id(ByteSpan value) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "an authority key id"));
    AuthorityKeyIdField id;
    DerReader parts(whole.content);
    HG_TRY(const auto key_id, parts.optional(der_tag::context(0)));
    if (key_id) {
        id.key_id = key_id->content;
    }
    HG_TRY(const auto issuer, parts.optional(der_tag::context_constructed(1)));
    if (issuer) {
        HG_TRY(const auto names, read_general_names(issuer->content));
        id.has_issuer = !names.empty();
    }
    HG_TRY(const auto serial, parts.optional(der_tag::context(2)));
    if (serial) {
        HG_TRY(const ByteSpan number, der_integer(*serial));
        id.has_serial = !number.empty();
    }
    HG_CHECK(parts.finish("an authority key id"));
    return id;
}

Outcome read_point_name(ByteSpan content, DistributionPointField& point) {
    DerReader name(content);
    HG_TRY(const auto full, name.optional(der_tag::context_constructed(0)));
    if (full) {
        HG_TRY(point.full_name, read_point_names(full->content));
        return name.finish("a distribution point's name");
    }
    HG_TRY(
        const DerValue relative,
        name.expect(der_tag::context_constructed(1), "a distribution point's name")
    );
    point.relative_name = relative.content;
    return name.finish("a distribution point's name");
}

void decode_extensions(CertificateFields& fields, ReadingMode mode) {
    std::set<std::string_view> seen;
    for (const ExtensionField& extension : fields.extensions) {
        if (!seen.insert(extension.oid).second) {
            continue;  // A rule of its own speaks of duplicates; the first is the one decoded.
        }
        for (const DecoderRow& row : decoder_rows) {
            if (row.oid != extension.oid) {
                continue;
            }
            if (const auto outcome = row.decode(extension.value, fields); !outcome) {
                fields.faults.push_back({"extension " + extension.oid, outcome.error().message()});
                if (mode == ReadingMode::for_lint && row.decode_for_lint != nullptr) {
                    // The fault is told already; if this fails, too, there is no more to say.
                    static_cast<void>(row.decode_for_lint(extension.value, fields));
                }
            }
        }
    }
}

}  // namespace heliograph::pki
