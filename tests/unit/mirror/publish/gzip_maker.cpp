// SPDX-License-Identifier: Apache-2.0
#include <tests/unit/mirror/publish/gzip_maker.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace heliograph::mirror {

namespace {

struct Closer {
    void operator()(archive* writer) const { static_cast<void>(archive_write_free(writer)); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

void write_gzip(const std::filesystem::path& path, const std::string& content) {
    const std::unique_ptr<archive, Closer> writer(archive_write_new());
    const std::unique_ptr<archive_entry, Closer> entry(archive_entry_new());
    const auto need = [&](la_ssize_t answer) {
        if (answer < ARCHIVE_WARN) {
            throw std::runtime_error(archive_error_string(writer.get()));
        }
    };
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    need(archive_write_set_format_raw(writer.get()));
    need(archive_write_add_filter_gzip(writer.get()));
    need(archive_write_open_filename(writer.get(), path.c_str()));
    need(archive_write_header(writer.get(), entry.get()));
    need(archive_write_data(writer.get(), content.data(), content.size()));
    need(archive_write_close(writer.get()));
}

}  // namespace heliograph::mirror
