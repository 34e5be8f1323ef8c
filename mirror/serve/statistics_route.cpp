// SPDX-License-Identifier: Apache-2.0
// `/local-stats/`, `/stats/` and `/mirrors`: what lies in the folder, as it lies there. PEP 381,
// "Statistics page".
//
//   <folder>/local-stats/days/YYYY-MM-DD.bz2
//   <folder>/stats/days/YYYY-MM-DD.bz2, stats/months/YYYY-MM.bz2      master only
//   <folder>/mirrors.txt                                              one URL a line, for people
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>
#include <pki/base/file.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t statistics_bytes = 64ULL << 20;
constexpr std::size_t most_listed = 20'000;

// `d` stands for a digit.
bool has_shape(std::string_view text, std::string_view shape) {
    return std::equal(
        text.begin(),
        text.end(),
        shape.begin(),
        shape.end(),
        [](char seen, char wanted) {
            return wanted == 'd' ? seen >= '0' && seen <= '9' : seen == wanted;
        }
    );
}

// A folder that is listed: where it is served, and which names belong there.
struct Shelf {
    std::string_view place;  ///< Below the mirror's folder, and behind the slash of the path.
    std::string_view shape;  ///< Of the names.
};

constexpr Shelf shelves[] = {
    {"local-stats/days/", "dddd-dd-dd.bz2"},
    {"stats/days/", "dddd-dd-dd.bz2"},
    {"stats/months/", "dddd-dd.bz2"}};

HttpReply listing(
    const HttpRequest& request, ReadView& view, const std::vector<std::string>& names
) {
    std::string html = "<!DOCTYPE html>\n<title>Statistics</title>\n";
    for (const auto& name : names) {
        html += "<a href=\"" + name + "\">" + name + "</a><br>\n";
    }
    const auto document = prepare_bytes(to_bytes(html), {"text/html; charset=utf-8"});
    auto reply = reply_with(request, *document, view.blobs);
    HG_ASSERT(reply.has_value());
    return *std::move(reply);
}

// A folder that is not there holds nothing.
Result<std::vector<std::string>> names_in(const fs::path& folder, std::string_view shape) {
    std::vector<std::string> names;
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
        std::string name = entries->path().filename().string();
        if (has_shape(name, shape) && names.size() < most_listed) {
            names.push_back(std::move(name));
        }
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
        return system_error(failure.value(), "list " + folder.string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// One state of a file on this disk; the digest hides which inode it has.
pki::Sha256 state_of(const struct stat& file) {
    const std::string state = std::to_string(file.st_ino) + " " + std::to_string(file.st_size) +
                              " " + std::to_string(file.st_mtim.tv_sec) + " " +
                              std::to_string(file.st_mtim.tv_nsec);
    return pki::sha256(bytes_of(state));
}

// The content is never read here: the loop sends it from the disk's cache.
Result<HttpReply> file_reply(
    const HttpRequest& request, const fs::path& path, std::string_view type
) {
    auto file = std::make_shared<const FileDescriptor>(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    );
    struct stat status {};
    if (!file->is_open() || ::fstat(file->get(), &status) != 0) {
        return system_error(errno, "open " + path.string());
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (!S_ISREG(status.st_mode) || size > statistics_bytes) {
        return Error(
            ErrorCode::io,
            "expected a regular file of at most " + std::to_string(statistics_bytes) +
                " bytes, saw another: " + path.string()
        );
    }
    const auto document = prepare_bytes({}, state_of(status), {type});
    if (select(request, {document->etag, size, Ranges::none}).wanted == Wanted::not_modified) {
        return HttpReply{304, document->head, NoBody{}};
    }
    return HttpReply{200, document->head, FileBody{std::move(file), 0, size}};
}

}  // namespace

Result<HttpReply> answer_statistics(
    const HttpRequest& request, ReadView& view, std::string_view rest
) {
    if (view.role == MirrorRole::mirror && rest.starts_with("stats")) {
        return HttpReply::sentence(
            404, "A mirror has statistics of its own only, at /local-stats/ (PEP 381)."
        );
    }
    if (rest == "local-stats/") {
        return listing(request, view, {"days/"});
    }
    if (rest == "stats/") {
        return listing(request, view, {"days/", "months/"});
    }
    for (const Shelf& shelf : shelves) {
        if (!rest.starts_with(shelf.place)) {
            continue;
        }
        const std::string_view name = rest.substr(shelf.place.size());
        const fs::path folder = view.folder / shelf.place;
        if (name.empty()) {
            HG_TRY(const auto names, names_in(folder, shelf.shape));
            return listing(request, view, names);
        }
        if (has_shape(name, shelf.shape)) {
            return file_reply(request, folder / name, "application/x-bzip2");
        }
    }
    if (const auto last = rest.substr(rest.rfind('/') + 1);
        last == "stats" || last == "local-stats" || last == "days" || last == "months") {
        return redirect(request, std::string(last) + "/");
    }
    return HttpReply::sentence(404, "There are no such statistics here.");
}

Result<HttpReply> answer_mirrors(const HttpRequest& request, ReadView& view) {
    const auto path = view.folder / "mirrors.txt";
    auto reply = file_reply(request, path, "text/plain; charset=utf-8");
    if (!reply && reply.error().code() == ErrorCode::not_found) {
        return HttpReply::sentence(404, "The operator lists no mirrors of this index.");
    }
    return reply;
}

}  // namespace heliograph::mirror
