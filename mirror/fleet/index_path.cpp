// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/index_path.hpp>

namespace heliograph::mirror {

std::string page_path(const verify::ProjectName& project) {
    return "simple/" + project.text() + "/";
}

std::string signature_path(const verify::ProjectName& project, verify::PageForm form) {
    return "serversig/" + project.text() + (form == verify::PageForm::json ? ".json" : "");
}

std::string signature_path(
    const verify::ProjectName& project, verify::PageForm form, const pki::Sha256& key
) {
    return signature_path(project, form) + "." + key.to_hex();
}

std::string file_path(const verify::FilePath& file) {
    return file.absolute().substr(1);
}

std::string provenance_path(const verify::DistFileName& file) {
    return verify::provenance_place(file).substr(1);
}

}  // namespace heliograph::mirror
