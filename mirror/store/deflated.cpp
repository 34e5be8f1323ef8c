// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/deflated.hpp>

#include <zlib.h>

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

// What is stored depends on every byte of it: it never changes. Better words come as another
// packing. The most frequent stand at the end, where references are cheapest.
constexpr std::string_view dictionary =
    R"("project-status":{"status":"quarantined"},"project-status":{"status":"deprecated","reason":)"
    R"("archived<meta name="pypi:project-status-reason" content=" data-yanked="" )"
    R"(data-provenance="../../integrity/,"provenance":"../../integrity/-1.0.tar.gz)"
    R"(/provenance#sha256="yanked":true,-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl)"
    "<!DOCTYPE html>\n<html>\n<head>\n<meta name=\"pypi:repository-version\" content=\"1.4\">\n"
    "<meta name=\"pypi:project-status\" content=\"active\">\n"
    "<meta name=\"heliograph:project\" content=\"demo\">\n<title>Links for demo</title>\n</head>\n"
    "<body>\n<h1>Links for demo</h1>\n"
    "<a href=\"../../packages/demo-1.0.tar.gz#sha256=\" data-requires-python=\"&gt;=3.8\" "
    "data-core-metadata=\"sha256=\">demo-1.0-py3-none-any.whl</a><br>\n"
    "</body>\n</html>\n<!--SERIAL 1-->"
    R"({"meta":{"api-version":"1.4","_last-serial":1},"name":"demo",)"
    R"("project-status":{"status":"active"},"versions":["0.1","0.0.1","1.0.0","1.0"],)"
    R"("files":[{"filename":"demo-1.0.tar.gz","url":"../../packages/demo-1.0-py3-none-any.whl",)"
    R"("hashes":{"sha256":""},"size":1,"upload-time":"2026-01-02T03:04:05Z",)"
    R"("requires-python":">=3.8","yanked":false,"core-metadata":{"sha256":""}},{"filename":")";

constexpr int raw_window_bits = -15;
constexpr int memory_level = 8;

const Bytef* input_of(ByteSpan bytes) {
    return reinterpret_cast<const Bytef*>(bytes.data());
}

// zlib's streams point into themselves and are not moved. One for each thread: making one costs
// more than a small page does.
class Deflater {
  public:
    Deflater() {
        HG_ASSERT(
            deflateInit2(
                &m_stream,
                Z_BEST_SPEED,
                Z_DEFLATED,
                raw_window_bits,
                memory_level,
                Z_DEFAULT_STRATEGY
            ) == Z_OK
        );
    }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater() { static_cast<void>(deflateEnd(&m_stream)); }

    Bytes run(ByteSpan body) {
        HG_ASSERT(deflateReset(&m_stream) == Z_OK);
        HG_ASSERT(
            deflateSetDictionary(
                &m_stream, input_of(bytes_of(dictionary)), static_cast<uInt>(dictionary.size())
            ) == Z_OK
        );
        Bytes deflated(deflateBound(&m_stream, static_cast<uLong>(body.size())));
        m_stream.next_in = const_cast<Bytef*>(input_of(body));
        m_stream.avail_in = static_cast<uInt>(body.size());
        m_stream.next_out = reinterpret_cast<Bytef*>(deflated.data());
        m_stream.avail_out = static_cast<uInt>(deflated.size());
        HG_ASSERT(deflate(&m_stream, Z_FINISH) == Z_STREAM_END);
        deflated.resize(deflated.size() - m_stream.avail_out);
        return deflated;
    }

  private:
    z_stream m_stream{};
};

class Inflater {
  public:
    Inflater() { HG_ASSERT(inflateInit2(&m_stream, raw_window_bits) == Z_OK); }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { static_cast<void>(inflateEnd(&m_stream)); }

    // How many bytes came out; none when the stream is not whole or there is no room for it.
    std::optional<std::size_t> run(ByteSpan deflated, std::span<std::byte> target) {
        HG_ASSERT(inflateReset(&m_stream) == Z_OK);
        HG_ASSERT(
            inflateSetDictionary(
                &m_stream, input_of(bytes_of(dictionary)), static_cast<uInt>(dictionary.size())
            ) == Z_OK
        );
        m_stream.next_in = const_cast<Bytef*>(input_of(deflated));
        m_stream.avail_in = static_cast<uInt>(deflated.size());
        m_stream.next_out = reinterpret_cast<Bytef*>(target.data());
        m_stream.avail_out = static_cast<uInt>(target.size());
        if (inflate(&m_stream, Z_FINISH) != Z_STREAM_END || m_stream.avail_in != 0) {
            return std::nullopt;
        }
        return target.size() - m_stream.avail_out;
    }

  private:
    z_stream m_stream{};
};

}  // namespace

Bytes deflate_body(ByteSpan body) {
    HG_ASSERT(body.size() <= deflated_limit_bytes);
    thread_local Deflater deflater;
    return deflater.run(body);
}

Result<Bytes> inflate_body(ByteSpan deflated) {
    thread_local Inflater inflater;
    thread_local std::array<std::byte, deflated_limit_bytes> room;
    const auto size = inflater.run(deflated, room);
    if (!size) {
        return Error(
            ErrorCode::malformed,
            "expected a stored page that can be unpacked, saw a damaged one: the disk altered it; "
            "restore the folder"
        );
    }
    return to_bytes(ByteSpan(room).first(*size));
}

}  // namespace heliograph::mirror
