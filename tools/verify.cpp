// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/commands.hpp>

int main(int argc, char** argv) {
    namespace commands = heliograph::tools::verify_commands;
    heliograph::tools::Program program(
        {"verify",
         "Check files, pages, mirrors and trust bundles; exit code 0 means that everything named "
         "was checked and holds.",
         "verify file wheels/*.whl\n"
         "verify tree wheelhouse\n"
         "verify lock requirements.txt\n"
         "verify page setuptools\n"
         "verify trust trust.json\n"
         "verify exec -- pip install wheel"}
    );
    commands::add_file(program);
    commands::add_page(program);
    commands::add_tree(program);
    commands::add_lock(program);
    commands::add_index(program);
    commands::add_bundle(program);
    commands::add_trust(program);
    commands::add_exec(program);
    commands::add_proxy(program);
    return program.run(argc, argv);
}
