// SPDX-License-Identifier: Apache-2.0
// The tree of an HTML text that the guard has let through, and the elements of it that an index
// page is made of. Private to this room.
#pragma once

#include <gumbo.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify::html_tree {

struct TreeCloser {
    void operator()(GumboOutput* output) const noexcept {
        gumbo_destroy_output(&kGumboDefaultOptions, output);
    }
};
using Tree = std::unique_ptr<GumboOutput, TreeCloser>;

/// The elements that matter, in document order.
struct Elements {
    std::vector<const GumboNode*> metas;
    std::vector<const GumboNode*> links;
};

/// @param text  Let through by guard_html(); outlives the tree. @return Null for want of memory.
/// @thread Safe. @cost One pass.
[[nodiscard]] Tree read(std::string_view text);

/// @thread Safe. @cost One pass.
[[nodiscard]] Elements collect(const Tree& tree);

/// @param node  An element. @return None when it has no such attribute.
[[nodiscard]] std::optional<std::string> attribute(const GumboNode& node, const char* name);

/// The text of an element that holds text alone.
[[nodiscard]] std::string text_of(const GumboNode& node);

}  // namespace heliograph::verify::html_tree
