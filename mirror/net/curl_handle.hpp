// SPDX-License-Identifier: Apache-2.0
// Owners of libcurl's handles and the one place that turns its return codes into errors. Private to
// this room.
#pragma once

#include <pki/base/result.hpp>

#include <curl/curl.h>

#include <memory>
#include <string>

namespace heliograph::mirror {

template <auto Free>
struct CurlDeleter {
    template <typename T>
    void operator()(T* handle) const {
        Free(handle);
    }
};

using CurlUrlHandle = std::unique_ptr<CURLU, CurlDeleter<curl_url_cleanup>>;
using CurlText = std::unique_ptr<char, CurlDeleter<curl_free>>;
using CurlEasyHandle = std::unique_ptr<CURL, CurlDeleter<curl_easy_cleanup>>;
using CurlMultiHandle = std::unique_ptr<CURLM, CurlDeleter<curl_multi_cleanup>>;
using CurlList = std::unique_ptr<curl_slist, CurlDeleter<curl_slist_free_all>>;

[[nodiscard]] inline Outcome check_curl(CURLcode code) {
    if (code == CURLE_OK) {
        return {};
    }
    return Error(
        ErrorCode::internal, std::string("libcurl refused an option: ") + curl_easy_strerror(code)
    );
}

[[nodiscard]] inline Outcome check_curl(CURLMcode code) {
    if (code == CURLM_OK) {
        return {};
    }
    return Error(
        ErrorCode::internal,
        std::string("libcurl's multi interface failed: ") + curl_multi_strerror(code)
    );
}

}  // namespace heliograph::mirror
