// SPDX-License-Identifier: Apache-2.0
// Every package of a lock file is one pinned requirement with as many hashes as it has files. The
// same bytes as settings of pdm's are TOML to both readers or to neither.
#include <mirror/fetch/lock_file.hpp>
#include <mirror/fetch/pdm_settings.hpp>

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    HG_ASSERT(
        mirror::sources_in_pyproject(text).has_value() ==
        mirror::sources_in_pdm_toml(text).has_value()
    );
    const auto lock = mirror::parse_lock_file(text);
    if (!lock) {
        return 0;
    }
    const auto requirements = mirror::requirements_of(*lock);
    HG_ASSERT(requirements.size() == lock->packages.size());
    for (std::size_t i = 0; i < requirements.size(); ++i) {
        const auto& package = lock->packages[i];
        HG_ASSERT(!package.files.empty());
        HG_ASSERT(requirements[i].hashes.size() == package.files.size());
        HG_ASSERT(requirements[i].versions.pins_exact_version());
        HG_ASSERT(requirements[i].versions.accepts(package.version));
    }
    return 0;
}
