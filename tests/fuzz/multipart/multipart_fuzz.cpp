// SPDX-License-Identifier: Apache-2.0
// Upload forms: read whole or in two pieces, the same parts come out, and their names are plain.
#include <mirror/upload/multipart.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::string_view_literals;
using heliograph::bytes_of;
using heliograph::ByteSpan;
using heliograph::text_of;
using heliograph::mirror::MultipartReader;
using heliograph::mirror::MultipartSink;
using heliograph::mirror::PartHead;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

class Parts final : public MultipartSink {
  public:
    heliograph::Outcome begin_part(const PartHead& head) override {
        require(!m_open && !head.name.empty());
        require(head.name.find_first_of("\"\\\r\n\0"sv) == std::string::npos);
        m_open = true;
        parts.emplace_back(head.name + "|" + head.filename.value_or(""), "");
        return {};
    }
    heliograph::Outcome add_bytes(ByteSpan piece) override {
        require(m_open && !piece.empty());
        parts.back().second += text_of(piece);
        return {};
    }
    heliograph::Outcome end_part() override {
        require(m_open);
        m_open = false;
        return {};
    }

    std::vector<std::pair<std::string, std::string>> parts;

  private:
    bool m_open = false;
};

bool read_form(std::string_view text, std::size_t cut, Parts& parts) {
    MultipartReader reader("b", parts);
    for (const std::string_view piece : {text.substr(0, cut), text.substr(cut)}) {
        if (!reader.read(bytes_of(piece))) {
            return false;
        }
    }
    return reader.finish().has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    Parts whole;
    Parts pieces;
    const bool accepted = read_form(text, text.size(), whole);
    require(accepted == read_form(text, text.empty() ? 0 : data[0] % (text.size() + 1), pieces));
    if (accepted) {
        require(whole.parts == pieces.parts && !whole.parts.empty());
    }
    const auto boundary = heliograph::mirror::parse_multipart_boundary(text);
    require(!boundary || (!boundary->empty() && boundary->size() <= 70));
    return 0;
}
