// SPDX-License-Identifier: Apache-2.0
#include <verify/index/project_page.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify {

namespace {

/// By version, then by name: the order in which pages list files.
bool stands_before(const PageFile& left, const PageFile& right) {
    if (const auto order = left.name.version() <=> right.name.version(); order != 0) {
        return order < 0;
    }
    return left.name < right.name;
}

auto find_file(std::vector<PageFile>& files, const DistFileName& name) {
    return std::find_if(files.begin(), files.end(), [&](const PageFile& file) {
        return file.name == name;
    });
}

}  // namespace

const PageFile* ProjectPage::find(const DistFileName& file) const {
    const auto found = std::find_if(files.begin(), files.end(), [&](const PageFile& candidate) {
        return candidate.name == file;
    });
    return found == files.end() ? nullptr : &*found;
}

std::vector<std::string> ProjectPage::versions() const {
    // Files stand in the order of their versions.
    std::vector<std::string> texts;
    const Version* last = nullptr;
    for (const PageFile& file : files) {
        if (last == nullptr || *last != file.name.version()) {
            last = &file.name.version();
            texts.push_back(last->text());
        }
    }
    return texts;
}

std::string provenance_place(const DistFileName& file) {
    return "/integrity/" + file.project().text() + "/" + file.version().text() + "/" + file.text() +
           "/provenance";
}

AddFile add_file(ProjectPage& page, PageFile file) {
    HG_ASSERT(file.name.project() == page.name);
    if (const auto same = find_file(page.files, file.name); same != page.files.end()) {
        if (*same == file) {
            return AddFile::same;
        }
        *same = std::move(file);
        return AddFile::replaced;
    }
    const auto place = std::upper_bound(page.files.begin(), page.files.end(), file, stands_before);
    page.files.insert(place, std::move(file));
    return AddFile::added;
}

RemoveFile remove_file(ProjectPage& page, const DistFileName& file) {
    const auto found = find_file(page.files, file);
    if (found == page.files.end()) {
        return RemoveFile::absent;
    }
    page.files.erase(found);
    return RemoveFile::removed;
}

std::string_view page_media_type(PageForm form) {
    return form == PageForm::json ? "application/vnd.pypi.simple.v1+json"
                                  : "text/html; charset=utf-8";
}

}  // namespace heliograph::verify
