// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/chain_defect.hpp>

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace heliograph::pki {

namespace {

// What the library's callback fills. It never stops the verification, so that every defect is met.
struct Collector {
    const ChainRequest& request;
    ChainReport& report;

    const Certificate* find(const X509* handle) const {
        if (handle == nullptr) {
            return nullptr;
        }
        if (request.leaf.native() == handle) {
            return &request.leaf;
        }
        for (const auto* list : {&request.intermediates, &request.roots}) {
            for (const Certificate& certificate : *list) {
                if (certificate.native() == handle) {
                    return &certificate;
                }
            }
        }
        return nullptr;
    }

    void add(ChainDefect defect) {
        const bool known = std::any_of(
            report.defects.begin(),
            report.defects.end(),
            [&defect](const ChainDefect& other) {
                return other.code == defect.code && other.subject == defect.subject;
            }
        );
        if (!known) {
            report.defects.push_back(std::move(defect));
        }
    }
};

int collect_defect(int ok, X509_STORE_CTX* context) {
    if (ok != 1) {
        auto* const collector = static_cast<Collector*>(X509_STORE_CTX_get_app_data(context));
        const Certificate* const seen = collector->find(X509_STORE_CTX_get_current_cert(context));
        collector->add(make_chain_defect(
            X509_STORE_CTX_get_error(context), DefectPlace{seen, collector->request.at}
        ));
    }
    return 1;
}

Outcome check_budgets(const ChainRequest& request) {
    if (request.roots.empty()) {
        return Error(ErrorCode::invalid_argument, "expected at least one trusted root, saw none");
    }
    if (request.intermediates.size() > chain_intermediate_limit ||
        request.roots.size() > chain_root_limit ||
        request.revocation_lists.size() > chain_revocation_list_limit) {
        return Error(
            ErrorCode::too_large,
            "expected at most 16 intermediates, 64 roots and 64 revocation lists, saw more"
        );
    }
    return {};
}

// The stacks own a reference of each element: up_ref cannot fail for a live object.
X509StackHandle stack_of(const std::vector<Certificate>& certificates) {
    X509StackHandle stack(sk_X509_new_null());
    HG_ASSERT(stack != nullptr);
    for (const Certificate& certificate : certificates) {
        HG_ASSERT(X509_up_ref(certificate.native()) == 1);
        HG_ASSERT(sk_X509_push(stack.get(), certificate.native()) > 0);
    }
    return stack;
}

CrlStackHandle stack_of(const std::vector<RevocationList>& lists) {
    CrlStackHandle stack(sk_X509_CRL_new_null());
    HG_ASSERT(stack != nullptr);
    for (const RevocationList& list : lists) {
        HG_ASSERT(X509_CRL_up_ref(list.native()) == 1);
        HG_ASSERT(sk_X509_CRL_push(stack.get(), list.native()) > 0);
    }
    return stack;
}

int library_purpose(ChainPurpose purpose) {
    switch (purpose) {
        case ChainPurpose::server:
            return X509_PURPOSE_SSL_SERVER;
        case ChainPurpose::client:
            return X509_PURPOSE_SSL_CLIENT;
        case ChainPurpose::signer:
            // OpenSSL 3.0 knows no purpose for signing code: check_purpose below does all of it.
            return X509_PURPOSE_ANY;
    }
    return X509_PURPOSE_ANY;
}

ExtendedKeyUsage wanted_usage(ChainPurpose purpose) {
    switch (purpose) {
        case ChainPurpose::server:
            return ExtendedKeyUsage::server_auth;
        case ChainPurpose::client:
            return ExtendedKeyUsage::client_auth;
        case ChainPurpose::signer:
            break;
    }
    return ExtendedKeyUsage::code_signing;
}

Outcome set_parameters(X509_STORE_CTX* context, const ChainRequest& request) {
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context);
    unsigned long flags = X509_V_FLAG_X509_STRICT;
    if (request.revocation == RevocationPolicy::required) {
        flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
    }
    HG_CHECK(check(X509_VERIFY_PARAM_set_flags(parameters, flags), "set verification flags"));
    HG_CHECK(check(
        X509_VERIFY_PARAM_set_purpose(parameters, library_purpose(request.purpose)),
        "set a verification purpose"
    ));
    X509_VERIFY_PARAM_set_time(
        parameters, static_cast<std::time_t>(request.at.time_since_epoch().count())
    );
    X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(chain_depth_limit));
    // 112 bits: RSA from 2048, no SHA-1.
    X509_VERIFY_PARAM_set_auth_level(parameters, 2);
    return {};
}

// Stricter than the library: the purpose must be named by the leaf itself, an intermediate that
// names purposes limits those below it, and a CA is no end certificate (as webpki has it).
void check_purpose(Collector& collector) {
    const ChainRequest& request = collector.request;
    const ExtendedKeyUsage wanted = wanted_usage(request.purpose);
    if (request.leaf.is_ca()) {
        collector.add(make_purpose_defect(request.leaf, "the certificate of an authority"));
    }
    if (!request.leaf.has_extended_key_usage(wanted)) {
        collector.add(make_purpose_defect(request.leaf, "other extended key usages"));
    }
    // Absent, the extension reads as all bits (RFC 5280, section 4.2.1.3). A page signer must have
    // been made for it.
    const std::uint32_t usage = X509_get_key_usage(request.leaf.native());
    const bool silent = usage == UINT32_MAX;
    if (silent ? request.purpose == ChainPurpose::signer : (usage & KU_DIGITAL_SIGNATURE) == 0) {
        collector.add(make_purpose_defect(request.leaf, "a key usage without digitalSignature"));
    }
    for (std::size_t i = 1; i < collector.report.path.size(); ++i) {
        const Certificate& authority = collector.report.path[i];
        if (!authority.extended_key_usages().empty() && !authority.has_extended_key_usage(wanted) &&
            !authority.has_extended_key_usage(ExtendedKeyUsage::any)) {
            collector.add(make_purpose_defect(authority, "an authority limited to other purposes"));
        }
    }
}

}  // namespace

Result<ChainReport> check_chain(const ChainRequest& request) {
    HG_CHECK(check_budgets(request));
    const X509StackHandle roots = stack_of(request.roots);
    const X509StackHandle intermediates = stack_of(request.intermediates);
    const CrlStackHandle lists = stack_of(request.revocation_lists);
    const StoreHandle store(X509_STORE_new());
    const StoreContextHandle context(X509_STORE_CTX_new());
    if (store == nullptr || context == nullptr) {
        return openssl_error(ErrorCode::crypto, "prepare the check of a chain");
    }
    HG_CHECK(check(
        X509_STORE_CTX_init(context.get(), store.get(), request.leaf.native(), intermediates.get()),
        "prepare the check of a chain"
    ));
    X509_STORE_CTX_set0_trusted_stack(context.get(), roots.get());
    X509_STORE_CTX_set0_crls(context.get(), lists.get());
    HG_CHECK(set_parameters(context.get(), request));

    ChainReport report;
    Collector collector{request, report};
    HG_CHECK(check(X509_STORE_CTX_set_app_data(context.get(), &collector), "attach a report"));
    X509_STORE_CTX_set_verify_cb(context.get(), collect_defect);
    const int answer = X509_verify_cert(context.get());
    if (answer != 1 && report.defects.empty()) {
        // No defect was shown and yet it is not good: nothing was judged, so nobody may build on
        // it.
        return openssl_error(ErrorCode::crypto, "check a certificate chain");
    }
    drain_openssl_errors();
    const STACK_OF(X509)* const built = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; i < sk_X509_num(built); ++i) {
        if (const Certificate* found = collector.find(sk_X509_value(built, i))) {
            report.path.push_back(*found);
        }
    }
    check_purpose(collector);
    return report;
}

}  // namespace heliograph::pki
