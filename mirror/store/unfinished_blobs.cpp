// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/unfinished_blobs.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;
namespace limits = unfinished_limits;

constexpr std::size_t digest_digits = 64;

// One that lies there, as a sweep sees it.
struct LyingBlob {
    pki::Sha256 digest;
    UnfinishedBlob blob;
    fs::file_time_type written;
};

Outcome remove_unfinished(const fs::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return system_error(errno, "remove " + path.string());
    }
    return {};
}

// None for what nobody can go on with.
std::optional<LyingBlob> look_at(const fs::directory_entry& entry) {
    auto parsed = parse_unfinished_name(entry.path().filename().native());
    std::error_code failure;
    if (!parsed || entry.is_symlink(failure) || !entry.is_regular_file(failure) ||
        entry.file_size(failure) < limits::least_bytes || failure) {
        return std::nullopt;
    }
    const auto written = entry.last_write_time(failure);
    return LyingBlob{
        .digest = parsed->first,
        .blob = {.path = entry.path(), .tag = std::move(parsed->second)},
        .written = failure ? fs::file_time_type::min() : written};
}

}  // namespace

bool is_memorable_tag(std::string_view tag) {
    constexpr std::size_t quotes = 2;
    if (tag.size() < quotes || tag.size() > limits::tag_bytes || tag.front() != '"' ||
        tag.back() != '"') {
        return false;
    }
    tag = tag.substr(1, tag.size() - quotes);
    return std::all_of(tag.begin(), tag.end(), [](char one) {
        return one > ' ' && one < '\x7f' && one != '"';
    });
}

std::string render_unfinished_name(const pki::Sha256& digest, std::string_view tag) {
    return digest.to_hex() + (is_memorable_tag(tag) ? '.' + encode_hex(bytes_of(tag)) : "");
}

Result<std::pair<pki::Sha256, std::string>> parse_unfinished_name(std::string_view name) {
    const Error refused(
        ErrorCode::malformed,
        "expected a digest, and perhaps an entity tag in hexadecimal digits behind a dot"
    );
    HG_TRY(const auto digest, pki::Sha256::parse_hex(name.substr(0, digest_digits)));
    if (name.size() == digest_digits) {
        return std::pair(digest, std::string());
    }
    if (name[digest_digits] != '.') {
        return refused;
    }
    HG_TRY(const auto tag, decode_hex(name.substr(digest_digits + 1)));
    if (!is_memorable_tag(text_of(tag))) {
        return refused;
    }
    return std::pair(digest, std::string(text_of(tag)));
}

Result<std::size_t> UnfinishedBlobs::sweep() {
    const std::lock_guard lock(m_mutex);
    m_lying.clear();
    std::error_code failure;
    if (!fs::exists(m_folder, failure)) {
        return std::size_t{0};
    }
    std::vector<fs::path> stale;
    std::vector<LyingBlob> lying;
    fs::directory_iterator walk(m_folder, failure);
    while (!failure && walk != fs::directory_iterator()) {
        if (auto found = look_at(*walk)) {
            lying.push_back(*std::move(found));
        } else {
            stale.push_back(walk->path());
        }
        walk.increment(failure);
    }
    if (failure) {
        return system_error(failure.value(), "read the folder " + m_folder.string());
    }
    std::sort(lying.begin(), lying.end(), [](const auto& one, const auto& other) {
        return one.written > other.written;
    });
    for (auto& one : lying) {
        // The newest of each digest, and of all of them.
        if (m_lying.size() == limits::count || m_lying.contains(one.digest)) {
            stale.push_back(std::move(one.blob.path));
        } else {
            m_lying.emplace(one.digest, std::move(one.blob));
        }
    }
    for (const auto& path : stale) {
        HG_CHECK(remove_unfinished(path));
    }
    return stale.size();
}

Result<std::size_t> UnfinishedBlobs::drop() {
    HG_TRY(auto removed, sweep());
    const std::lock_guard lock(m_mutex);
    for (auto at = m_lying.begin(); at != m_lying.end();) {
        if (m_claimed.contains(at->first)) {
            ++at;
            continue;
        }
        HG_CHECK(remove_unfinished(at->second.path));
        at = m_lying.erase(at);
        ++removed;
    }
    return removed;
}

std::unique_ptr<UnfinishedClaim> UnfinishedBlobs::claim(
    const std::shared_ptr<UnfinishedBlobs>& blobs, const pki::Sha256& digest
) {
    {
        const std::lock_guard lock(blobs->m_mutex);
        if (!blobs->m_claimed.insert(digest).second) {
            return nullptr;
        }
    }
    return std::make_unique<UnfinishedClaim>(blobs, digest);
}

UnfinishedClaim::~UnfinishedClaim() {
    const std::lock_guard lock(m_blobs->m_mutex);
    if (!m_left) {
        m_blobs->m_lying.erase(m_digest);
    }
    m_blobs->m_claimed.erase(m_digest);
}

std::optional<UnfinishedBlob> UnfinishedClaim::lying() const {
    const std::lock_guard lock(m_blobs->m_mutex);
    const auto found = m_blobs->m_lying.find(m_digest);
    return found == m_blobs->m_lying.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<fs::path>> UnfinishedClaim::take_place(std::string_view tag) {
    const std::lock_guard lock(m_blobs->m_mutex);
    if (m_blobs->m_lying.size() >= limits::count) {
        return std::optional<fs::path>();
    }
    HG_CHECK(make_folder(m_blobs->m_folder));
    auto path = m_blobs->m_folder / render_unfinished_name(m_digest, tag);
    m_blobs->m_lying.insert_or_assign(
        m_digest, UnfinishedBlob{.path = path, .tag = std::string(is_memorable_tag(tag) ? tag : "")}
    );
    return std::optional(std::move(path));
}

void UnfinishedClaim::forget() {
    const std::lock_guard lock(m_blobs->m_mutex);
    m_blobs->m_lying.erase(m_digest);
}

}  // namespace heliograph::mirror
