// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/fetch/commands.hpp>

int main(int argc, char** argv) {
    heliograph::tools::Program program(
        {"fetch",
         "Fetch packages from a list of mirrors, verified; a mirror that fails is named and passed "
         "over.",
         "fetch --verify wheel\n"
         "fetch --verify 'setuptools>=66,<67' --mirrors mirrors.txt --trust trust.json --dest "
         "wheels\n"
         "fetch --verify -r requirements.txt --python 3.11 --platform manylinux_2_28_x86_64\n"
         "fetch --verify --deps build --python 3.11 --dest wheels"}
    );
    const auto options = std::make_shared<heliograph::tools::fetch_commands::FetchOptions>();
    heliograph::tools::fetch_commands::add_fetch(program, options);
    heliograph::tools::fetch_commands::add_lock(program, options);
    heliograph::tools::fetch_commands::add_mirrors(program, options);
    return program.run(argc, argv);
}
