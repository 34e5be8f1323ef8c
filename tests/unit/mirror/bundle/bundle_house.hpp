// SPDX-License-Identifier: Apache-2.0
// A master and mirrors on disk, and bundles carried between them, whole or altered on the way.
#pragma once

#include <mirror/bundle/bundle_run.hpp>
#include <mirror/bundle/unbundle_run.hpp>
#include <mirror/sync/mirror_setup.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/index/page_json.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <functional>

namespace heliograph::mirror {

/// One entry of an archive, honest or not.
struct CarriedEntry {
    std::string name;
    std::string content;
    std::string link = {};  ///< Not empty: a hard link that leads there.
    unsigned type = AE_IFREG;
};

class BundleTest : public ::testing::Test {
  protected:
    BundleTest() : master_folder(MirrorFolder::init(temp / "master", {}).value()) {
        catalog = master_folder.open_catalog().value();
        blobs = master_folder.open_blobs();
        static_cast<void>(publisher().publish_evidence({signer.signer().chain_pem(), ""}).value());
    }

    Publisher publisher() {
        return Publisher({*catalog, *blobs, signer.signer(), signer.clock, events});
    }
    AddedFile add(const std::string& name, const std::string& version) {
        return publisher().add({signer.write(name, version, name + version)}).value().front();
    }
    static verify::ProjectName named(std::string_view name) {
        return verify::parse_normalised_name(name).value();
    }

    MirrorFolder make_mirror(const std::string& name) {
        const auto request = MirrorRequest{
            .folder = temp / name,
            .upstream = Url::parse("https://master.example/").value(),
            .trust_bundle = to_bytes(verify::render_trust_bundle(signer.trust()))};
        EXPECT_TRUE(test::succeeded(init_mirror(request)));
        return MirrorFolder::open(temp / name).value();
    }

    std::filesystem::path bundle(const MirrorFolder& folder, std::uint64_t since) {
        const auto file = temp / ("bundle" + std::to_string(++count));
        auto made = bundle_folder(folder, {.since = {since}, .file = file}, signer.clock, events);
        EXPECT_TRUE(test::succeeded(made));
        if (made) {
            last = *made;
            EXPECT_EQ(pki::sha256(read_file(file, 1U << 30U).value()), made->digest);
        }
        return file;
    }
    std::filesystem::path bundle(std::uint64_t since) { return bundle(master_folder, since); }

    Result<UnbundleReport> try_unbundle(
        const MirrorFolder& folder, const std::filesystem::path& file
    ) {
        return unbundle_folder(folder, {.file = file}, signer.clock, events);
    }
    UnbundleReport unbundle(const MirrorFolder& folder, const std::filesystem::path& file) {
        auto report = try_unbundle(folder, file);
        EXPECT_TRUE(test::succeeded(report));
        return report ? *std::move(report) : UnbundleReport{};
    }

    static std::uint64_t serial_of(const MirrorFolder& folder) {
        return folder.open_catalog().value()->state().value().last_serial.value;
    }

    // The same pages, signatures, records, journal and evidence, and every blob sound.
    void expect_same(const MirrorFolder& folder) {
        const auto here = folder.open_catalog().value();
        const auto store = folder.open_blobs();
        EXPECT_EQ(here->projects().value(), catalog->projects().value());
        const auto projects = catalog->projects().value();
        for (const auto& entry : projects) {
            for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
                const auto page = here->page(entry.name, form).value();
                EXPECT_EQ(page.body, catalog->page(entry.name, form).value().body);
                EXPECT_EQ(page.signature, catalog->page(entry.name, form).value().signature);
            }
            const auto files = here->files(entry.name).value();
            EXPECT_EQ(files, catalog->files(entry.name).value());
            for (const auto& file : files) {
                EXPECT_EQ(hash_blob(*store, file.path.digest()).value(), file.path.digest());
            }
        }
        EXPECT_EQ(here->state().value().last_serial, catalog->state().value().last_serial);
        EXPECT_EQ(
            here->evidence(EvidenceKind::signer_chain).value(),
            catalog->evidence(EvidenceKind::signer_chain).value()
        );
    }

    static std::vector<CarriedEntry> entries_of(const std::filesystem::path& file) {
        std::vector<CarriedEntry> entries;
        auto* const reader = archive_read_new();
        archive_read_support_filter_zstd(reader);
        archive_read_support_format_tar(reader);
        EXPECT_EQ(archive_read_open_filename(reader, file.c_str(), 65536), ARCHIVE_OK);
        archive_entry* entry = nullptr;
        while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
            std::string content(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
            EXPECT_EQ(
                archive_read_data(reader, content.data(), content.size()),
                static_cast<la_ssize_t>(content.size())
            );
            entries.push_back({archive_entry_pathname(entry), std::move(content)});
        }
        archive_read_free(reader);
        return entries;
    }

    std::filesystem::path carry(const std::vector<CarriedEntry>& entries) {
        const auto file = temp / ("carried" + std::to_string(++count));
        auto* const writer = archive_write_new();
        archive_write_set_format_pax_restricted(writer);
        archive_write_add_filter_zstd(writer);
        EXPECT_EQ(archive_write_open_filename(writer, file.c_str()), ARCHIVE_OK);
        for (const auto& one : entries) {
            auto* const entry = archive_entry_new();
            archive_entry_set_pathname(entry, one.name.c_str());
            archive_entry_set_filetype(entry, one.type);
            archive_entry_set_perm(entry, 0644);
            if (one.type == AE_IFLNK) {
                archive_entry_set_symlink(entry, one.link.c_str());
            } else if (!one.link.empty()) {
                archive_entry_set_hardlink(entry, one.link.c_str());
            } else if (one.type == AE_IFREG) {
                archive_entry_set_size(entry, static_cast<la_int64_t>(one.content.size()));
            }
            EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
            if (one.type == AE_IFREG && one.link.empty()) {
                archive_write_data(writer, one.content.data(), one.content.size());
            }
            archive_entry_free(entry);
        }
        EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK);
        archive_write_free(writer);
        return file;
    }

    // As whoever alters a bundle would do it: the end fits what stands before it.
    static std::vector<CarriedEntry> resealed(std::vector<CarriedEntry> entries) {
        BundleListing listing;
        entries.pop_back();
        for (const auto& entry : entries) {
            const bool blob = entry.name.starts_with("blobs/");
            const auto digest = blob ? pki::Sha256::parse_hex(entry.name.substr(6))
                                     : Result<pki::Sha256>(pki::sha256(bytes_of(entry.content)));
            listing.add(
                entry.name, entry.content.size(), digest ? *digest : pki::sha256(bytes_of(""))
            );
        }
        entries.push_back({std::string(bundle_seal_name), render_bundle_seal(listing.seal())});
        return entries;
    }

    static CarriedEntry& at(std::vector<CarriedEntry>& entries, std::string_view part) {
        const auto found = std::find_if(entries.begin(), entries.end(), [&](const auto& entry) {
            return entry.name.find(part) != std::string::npos;
        });
        HG_ASSERT(found != entries.end());
        return *found;
    }

    TestMaster signer;  ///< Authority, signer and clock; what it holds itself is not looked at.
    test::TempFolder temp;
    MirrorFolder master_folder;
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    SilentSink events;
    BundleReport last;
    int count = 0;
};

}  // namespace heliograph::mirror
