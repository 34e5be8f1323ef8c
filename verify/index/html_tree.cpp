// SPDX-License-Identifier: Apache-2.0
#include <verify/index/html_tree.hpp>

namespace heliograph::verify::html_tree {

namespace {

const GumboNode* child(const GumboNode& node, unsigned index) {
    return static_cast<const GumboNode*>(node.v.element.children.data[index]);
}

}  // namespace

Tree read(std::string_view text) {
    return Tree(gumbo_parse_with_options(&kGumboDefaultOptions, text.data(), text.size()));
}

Elements collect(const Tree& tree) {
    Elements elements;
    std::vector<const GumboNode*> waiting{tree->root};
    while (!waiting.empty()) {
        const GumboNode* node = waiting.back();
        waiting.pop_back();
        if (node->type != GUMBO_NODE_ELEMENT) {
            continue;
        }
        if (node->v.element.tag == GUMBO_TAG_META) {
            elements.metas.push_back(node);
        } else if (node->v.element.tag == GUMBO_TAG_A) {
            elements.links.push_back(node);
        }
        for (unsigned i = node->v.element.children.length; i > 0; --i) {
            waiting.push_back(child(*node, i - 1));
        }
    }
    return elements;
}

std::optional<std::string> attribute(const GumboNode& node, const char* name) {
    const GumboAttribute* found = gumbo_get_attribute(&node.v.element.attributes, name);
    return found == nullptr ? std::nullopt : std::optional<std::string>(found->value);
}

std::string text_of(const GumboNode& node) {
    std::string text;
    for (unsigned i = 0; i < node.v.element.children.length; ++i) {
        const GumboNode* inner = child(node, i);
        if (inner->type == GUMBO_NODE_TEXT || inner->type == GUMBO_NODE_WHITESPACE) {
            text += inner->v.text.text;
        }
    }
    return text;
}

}  // namespace heliograph::verify::html_tree
