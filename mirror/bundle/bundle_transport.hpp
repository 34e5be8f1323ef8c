// SPDX-License-Identifier: Apache-2.0
// Private: a bundle as an upstream. The sync engine asks it as it asks a server, so that what comes
// out of a bundle passes the same gates in the same order as what comes over a line.
#pragma once

#include <mirror/bundle/bundle_contents.hpp>
#include <mirror/net/http_client.hpp>

#include <string_view>

namespace heliograph::mirror {

/// The address that requests begin with; never resolved by anybody. @source RFC 6761 section 6.4.
inline constexpr std::string_view bundle_base_url = "http://bundle.invalid/";

/// @thread One call at a time for each object; many may share the contents, which outlive them.
class BundleTransport final : public Transport {
  public:
    explicit BundleTransport(const BundleContents& contents) : m_contents(contents) {}

    /// @errors refused (a page that no gate let in), not_found (the bundle does not say), as
    /// Transport.
    [[nodiscard]] Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override;

  private:
    struct Answer {
        int status = 404;
        Bytes body = {};
        HeaderList headers = {};
    };
    [[nodiscard]] Result<Answer> answer(const HttpGet& request) const;
    [[nodiscard]] Result<Answer> changelog(std::string_view query) const;
    [[nodiscard]] Result<Answer> page(std::string_view name, verify::PageForm form) const;

    const BundleContents& m_contents;
};

}  // namespace heliograph::mirror
