// SPDX-License-Identifier: Apache-2.0
// Private: takes the events of an XML parser for a metalink document.
#pragma once

#include <mirror/discovery/metalink.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>

namespace heliograph::mirror {

/// Names are `NAMESPACE NAME`, attributes by their plain name.
using MetalinkAttributes = std::map<std::string, std::string>;

/// @thread One thread.
class MetalinkReader {
  public:
    [[nodiscard]] const std::optional<Error>& fault() const { return m_fault; }
    void stop(Error error);

    void begin(std::string_view element, const MetalinkAttributes& attributes);
    void add_text(std::string_view text);
    void end();

    /// @errors Those of parse_metalink().
    [[nodiscard]] Result<Metalink> finish();

  private:
    /// What stands open, from the outside in.
    enum class Place { outside, document, file, size, hash, url, other };

    [[nodiscard]] Place place() const { return m_open.empty() ? Place::outside : m_open.back(); }
    [[nodiscard]] Place place_of(std::string_view element) const;
    void begin_file(const MetalinkAttributes& attributes);
    void begin_url(const MetalinkAttributes& attributes);
    void end_size();
    void end_hash();
    void end_url();

    Metalink m_metalink;
    std::set<std::string> m_names;
    std::vector<Place> m_open;
    std::string m_text;
    std::string m_hash_type;
    std::optional<unsigned> m_priority;
    std::string m_location;
    std::optional<Error> m_fault;
};

}  // namespace heliograph::mirror
