// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/mirror/commands.hpp>

int main(int argc, char** argv) {
    namespace verbs = heliograph::tools::mirror_commands;
    heliograph::tools::Program program(
        {"mirror",
         "Publish a signed package index, mirror it, serve it, check it.",
         "mirror init --dir master --signer bundle.pem --root root.crt --crl crl.pem\n"
         "mirror add --dir master dist/*.whl\n"
         "mirror serve --dir master --tls pki/issued/localhost/bundle.pem"}
    );
    verbs::add_init(program);
    verbs::add_add(program);
    verbs::add_import(program);
    verbs::add_remove(program);
    verbs::add_yank(program);
    verbs::add_unyank(program);
    verbs::add_attest(program);
    verbs::add_list(program);
    verbs::add_show(program);
    verbs::add_status(program);
    verbs::add_crl(program);
    verbs::add_trust(program);
    verbs::add_mirrors(program);
    verbs::add_metalink(program);
    verbs::add_serve(program);
    verbs::add_token(program);
    verbs::add_sync(program);
    verbs::add_filter(program);
    verbs::add_verify(program);
    verbs::add_audit(program);
    verbs::add_export(program);
    verbs::add_bundle(program);
    verbs::add_unbundle(program);
    verbs::add_resign(program);
    verbs::add_stats(program);
    verbs::add_compact(program);
    return program.run(argc, argv);
}
