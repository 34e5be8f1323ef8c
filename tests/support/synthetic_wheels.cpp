// SPDX-License-Identifier: Apache-2.0
#include <tests/support/sample_archive.hpp>
#include <tests/support/synthetic_wheels.hpp>

#include <random>
#include <string>

namespace heliograph::test_support {

namespace {

namespace fs = std::filesystem;

std::string letters(std::mt19937_64& source, std::size_t count) {
    std::string word;
    for (std::size_t at = 0; at < count; ++at) {
        word += static_cast<char>('a' + source() % 26);
    }
    return word;
}

}  // namespace

std::vector<fs::path> write_synthetic_wheels(const fs::path& folder, const SyntheticWheels& wish) {
    constexpr std::size_t folder_projects = 1000;
    std::vector<fs::path> files;
    files.reserve(wish.projects * wish.files_per_project);
    std::mt19937_64 source(wish.seed);
    for (std::size_t project = 0; project < wish.projects; ++project) {
        const auto place = folder / std::to_string(project / folder_projects);
        if (project % folder_projects == 0) {
            fs::create_directories(place);
        }
        const auto name = letters(source, 6) + "-" + std::to_string(project);
        for (std::size_t file = 0; file < wish.files_per_project; ++file) {
            const Distribution distribution{
                .name = name,
                .version = "1." + std::to_string(file),
                .payload = "x = '" + letters(source, 20 + source() % 100) + "'\n"};
            files.push_back(place / wheel_name_of(distribution));
            if (!fs::exists(files.back())) {
                write_wheel(place, distribution);
            }
        }
    }
    return files;
}

}  // namespace heliograph::test_support
