// SPDX-License-Identifier: Apache-2.0
// Certificate revocation lists (RFC 5280, section 5), read strictly and then immutable.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct X509_crl_st;

namespace heliograph::pki {

/// A text with lists is at most this long (about 100,000 revoked certificates).
inline constexpr std::size_t revocation_list_limit_bytes = 8U * 1024U * 1024U;

/// One list: a cheap shared handle to an immutable parsed value. Reading it says nothing about its
/// signature: check_chain looks at that.
/// @thread Safe to copy and use from several threads.
class RevocationList {
  public:
    /// @param pem        Up to @p max_count `X509 CRL` blocks, and no block of another kind.
    /// @return           In the order of the text; none at all for a text without blocks.
    /// @errors malformed, too_large. @source RFC 7468 section 6.
    [[nodiscard]] static Result<std::vector<RevocationList>> parse_pem_list(
        std::string_view pem, std::size_t max_count
    );

    /// @errors malformed (also: no nextUpdate, which RFC 5280 section 5.1.2.5 demands, and whatever
    /// the chain check could not read), too_large.
    [[nodiscard]] static Result<RevocationList> parse_der(ByteSpan der);

    [[nodiscard]] std::string to_pem() const;
    [[nodiscard]] const Bytes& to_der() const;

    /// The issuer's name in RFC 2253 form, for people.
    [[nodiscard]] const std::string& issuer() const;
    [[nodiscard]] Instant this_update() const;
    [[nodiscard]] Instant next_update() const;
    /// CRL number as lower-case hexadecimal; none if the extension is absent.
    [[nodiscard]] const std::optional<std::string>& number_hex() const;
    /// How many certificates are listed.
    [[nodiscard]] std::size_t size() const;
    /// @param serial_hex  As Certificate::serial_hex gives it.
    [[nodiscard]] bool lists(std::string_view serial_hex) const;

    /// For the rooms that hold the library's headers; must not be changed.
    [[nodiscard]] X509_crl_st* native() const;

  private:
    struct Data;
    explicit RevocationList(std::shared_ptr<const Data> data);

    std::shared_ptr<const Data> m_data;
};

}  // namespace heliograph::pki
