// SPDX-License-Identifier: Apache-2.0
// Chunked bodies: read whole or in two pieces, the same comes out, never more than the limit.
#include <mirror/net/body_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using heliograph::bytes_of;
using heliograph::text_of;
using heliograph::mirror::BodyReader;

namespace {

constexpr std::uint64_t limit_bytes = 512;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

struct Outcome {
    BodyReader::State state = BodyReader::State::reading;
    std::string body;
    std::size_t used = 0;
};

Outcome read_all(std::string_view text, std::size_t cut, std::size_t most) {
    BodyReader reader({std::nullopt}, limit_bytes);
    Outcome outcome;
    std::size_t known = cut;
    while (outcome.state == BodyReader::State::reading) {
        const auto step =
            reader.read(bytes_of(text.substr(outcome.used, known - outcome.used)), most);
        outcome.state = step.state;
        outcome.body += text_of(step.piece);
        outcome.used += step.consumed_bytes;
        require(step.piece.size() <= most && outcome.used <= known);
        if (step.state == BodyReader::State::reading && step.consumed_bytes == 0) {
            if (known == text.size()) {
                break;
            }
            known = text.size();
        }
    }
    require(outcome.body.size() <= limit_bytes);
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Outcome whole = read_all(text, text.size(), 1000);
    const Outcome pieces = read_all(text, text.empty() ? 0 : data[0] % (text.size() + 1), 7);
    require(whole.state == pieces.state && whole.body == pieces.body);
    require(whole.state == BodyReader::State::refused || whole.used == pieces.used);
    return 0;
}
