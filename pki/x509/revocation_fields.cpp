// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/revocation_fields.hpp>
#include <pki/x509/revocation_list.hpp>
#include <pki/x509/signed_envelope.hpp>
#include <pki/x509/time_field.hpp>

#include <algorithm>
#include <set>

namespace heliograph::pki {

namespace {

// One extension of one entry.
Outcome read_entry_extension(
    const ExtensionField& extension, RevokedField& entry, RevocationFields& fields
) {
    if (extension.oid == oid::reason_code) {
        HG_TRY(const DerValue code, read_der(extension.value, der_tag::enumerated, "a reason"));
        HG_TRY(entry.reason, der_small_number(code));
    } else if (extension.oid == oid::certificate_issuer) {
        HG_TRY(const DerValue list, read_der(extension.value, der_tag::sequence, "an issuer"));
        HG_TRY(const auto names, read_general_names(list.content));
        for (const GeneralNameField& name : names) {
            if (name.kind == GeneralNameKind::directory) {
                entry.issuer = fields.entry_issuers.size();
                fields.entry_issuers.push_back(name.directory);
                break;
            }
        }
    } else if (extension.critical) {
        fields.has_unknown_critical = true;
    }
    return {};
}

// In the standard's form, or for lint in another, which is noted.
Result<Instant> read_list_time(const DerValue& value, RevocationFields& fields, ReadingMode mode) {
    HG_TRY(const TimeField time, read_time(value, mode));
    if (!time.odd_text.empty() && fields.odd_times.empty()) {
        fields.odd_times.push_back(time.odd_text);
    }
    return time.at;
}

Outcome read_entry_extensions(
    ByteSpan content, RevokedField& entry, RevocationFields& fields, ReadingMode mode
) {
    HG_TRY(const auto extensions, read_extensions(content, mode));
    fields.has_entry_extensions = true;
    fields.has_empty_entry_extensions = fields.has_empty_entry_extensions || extensions.empty();
    std::set<std::string_view> seen;
    for (const ExtensionField& extension : extensions) {
        if (!seen.insert(extension.oid).second) {  // RFC 5280 section 4.2
            if (mode == ReadingMode::strict) {
                return Error(
                    ErrorCode::malformed,
                    "expected each extension of an entry once, saw " + extension.oid + " twice"
                );
            }
            fields.repeated_in_entry.push_back(extension.oid);
            continue;
        }
        if (extension.has_written_default) {
            fields.written_defaults.push_back(extension.oid);
        }
        HG_CHECK(read_entry_extension(extension, entry, fields));
    }
    return {};
}

Outcome read_entry(const DerValue& value, RevocationFields& fields, ReadingMode mode) {
    DerReader parts(value.content);
    RevokedField entry;
    // An entry without an issuer of its own has that of the entry before it (section 5.3.3).
    entry.issuer = fields.entries.empty() ? 0 : fields.entries.back().issuer;
    HG_TRY(const DerValue serial, parts.expect(der_tag::integer, "a serial number"));
    HG_TRY(entry.serial, der_integer(serial));
    HG_TRY(const DerValue time, parts.next());
    HG_TRY(entry.at, read_list_time(time, fields, mode));
    if (!parts.at_end()) {
        HG_TRY(const DerValue list, parts.expect(der_tag::sequence, "an entry's extensions"));
        HG_CHECK(read_entry_extensions(list.content, entry, fields, mode));
    }
    HG_CHECK(parts.finish("an entry of a revocation list"));
    fields.entries.push_back(entry);
    return {};
}

Result<IssuingPointField> read_issuing_point(ByteSpan value) {
    HG_TRY(const DerValue whole, read_der(value, der_tag::sequence, "an issuing point"));
    IssuingPointField issuing;
    DerReader parts(whole.content);
    HG_TRY(const auto name, parts.optional(der_tag::context_constructed(0)));
    if (name) {
        HG_CHECK(read_point_name(name->content, issuing.point));
    }
    const auto flag = [&parts](unsigned number) -> Result<bool> {
        HG_TRY(const auto seen, parts.optional(der_tag::context(number)));
        return seen ? der_boolean(*seen) : Result<bool>(false);
    };
    HG_TRY(issuing.only_user, flag(1));
    HG_TRY(issuing.only_authority, flag(2));
    HG_TRY(const auto reasons, parts.optional(der_tag::context(3)));
    if (reasons) {
        HG_TRY(issuing.point.reasons, der_named_bits(*reasons));
    }
    HG_TRY(issuing.indirect, flag(4));
    HG_TRY(issuing.only_attribute, flag(5));
    HG_CHECK(parts.finish("an issuing point"));
    return issuing;
}

Outcome read_list_extension(const ExtensionField& extension, RevocationFields& fields) {
    if (extension.oid == oid::crl_number || extension.oid == oid::delta_crl) {
        HG_TRY(const DerValue number, read_der(extension.value, der_tag::integer, "a number"));
        HG_TRY(const ByteSpan content, der_integer(number));
        if ((content.front() & std::byte{0x80}) != std::byte{0}) {
            return Error(ErrorCode::malformed, "expected a positive number, saw a negative one");
        }
        (extension.oid == oid::crl_number ? fields.number : fields.base_number) = content;
    } else if (extension.oid == oid::authority_key_id) {
        HG_TRY(fields.authority_key_id, read_authority_key_id(extension.value));
    } else if (extension.oid == oid::issuing_distribution_point) {
        HG_TRY(fields.issuing_point, read_issuing_point(extension.value));
        fields.issuing_point_raw = extension.value;
    } else if (extension.critical) {
        fields.has_unknown_critical = true;
    }
    return {};
}

Outcome read_entries(DerReader& reader, RevocationFields& fields, ReadingMode mode) {
    HG_TRY(const auto revoked, reader.optional(der_tag::sequence));
    if (revoked) {
        fields.has_empty_entry_list = revoked->content.empty();
        DerReader entries(revoked->content);
        while (!entries.at_end()) {
            HG_TRY(const DerValue entry, entries.expect(der_tag::sequence, "an entry"));
            HG_CHECK(read_entry(entry, fields, mode));
        }
    }
    return {};
}

Outcome read_list_extensions(DerReader& reader, RevocationFields& fields, ReadingMode mode) {
    HG_TRY(const auto wrapped, reader.optional(der_tag::context_constructed(0)));
    if (!wrapped) {
        return {};
    }
    HG_TRY(const DerValue list, read_der(wrapped->content, der_tag::sequence, "extensions"));
    HG_TRY(fields.extensions, read_extensions(list.content, mode));
    fields.has_empty_extensions = fields.extensions.empty();
    std::set<std::string_view> seen;
    for (const ExtensionField& extension : fields.extensions) {
        if (!seen.insert(extension.oid).second) {
            fields.faults.push_back({"extension " + extension.oid, "stands there twice"});
            continue;
        }
        if (const auto outcome = read_list_extension(extension, fields); !outcome) {
            fields.faults.push_back({"extension " + extension.oid, outcome.error().message()});
        }
    }
    return {};
}

Outcome read_signed_list(const DerValue& tbs, RevocationFields& fields, ReadingMode mode) {
    DerReader reader(tbs.content);
    HG_TRY(const auto version, reader.optional(der_tag::integer));
    if (version) {
        HG_TRY(const std::uint32_t number, der_small_number(*version));
        fields.version = number + 1;
    }
    HG_TRY(const DerValue algorithm, reader.expect(der_tag::sequence, "a signature algorithm"));
    HG_TRY(fields.inner_algorithm, read_algorithm(algorithm));
    HG_TRY(const DerValue issuer, reader.expect(der_tag::sequence, "an issuer"));
    HG_TRY(fields.issuer, read_name(issuer, mode));
    fields.entry_issuers.push_back(fields.issuer);
    HG_TRY(const DerValue this_update, reader.next());
    HG_TRY(fields.this_update, read_list_time(this_update, fields, mode));
    fields.this_update_tag = this_update.tag;
    if (reader.next_is(der_tag::utc_time) || reader.next_is(der_tag::generalized_time)) {
        HG_TRY(const DerValue next_update, reader.next());
        HG_TRY(fields.next_update, read_list_time(next_update, fields, mode));
        fields.next_update_tag = next_update.tag;
    }
    HG_CHECK(read_entries(reader, fields, mode));
    HG_CHECK(read_list_extensions(reader, fields, mode));
    return reader.finish("a revocation list's signed part");
}

}  // namespace

const ExtensionField* RevocationFields::extension(std::string_view wanted) const {
    const auto found = std::find_if(extensions.begin(), extensions.end(), [&](const auto& one) {
        return one.oid == wanted;
    });
    return found == extensions.end() ? nullptr : &*found;
}

Result<RevocationFields> read_revocation_fields(ByteSpan der, ReadingMode mode) {
    if (der.size() > revocation_list_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a revocation list of at most 8 MiB, saw more");
    }
    RevocationFields fields;
    fields.der = std::make_shared<const Bytes>(to_bytes(der));
    HG_TRY(SignedEnvelope envelope, read_signed_envelope(*fields.der, "a revocation list"));
    fields.tbs = envelope.tbs.whole;
    fields.outer_algorithm = std::move(envelope.signature.algorithm);
    fields.signature = envelope.signature.octets;
    HG_CHECK(read_signed_list(envelope.tbs, fields, mode));
    return fields;
}

int compare_numbers(ByteSpan left, ByteSpan right) {
    const auto trim = [](ByteSpan number) {
        while (number.size() > 1 && number.front() == std::byte{0}) {
            number = number.subspan(1);
        }
        return number;
    };
    const ByteSpan a = trim(left);
    const ByteSpan b = trim(right);
    if (a.size() != b.size()) {
        return a.size() < b.size() ? -1 : 1;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

}  // namespace heliograph::pki
