// SPDX-License-Identifier: Apache-2.0
// A Transport that answers from a catalogue as a server would, without a socket, and lies where a
// test tells it to.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// One answer before it is sent; a lie changes it.
struct ServedAnswer {
    int status = 404;
    std::string body;
    std::map<std::string, std::string> headers = {};
};

/// @thread fetch() from several threads; lies are told between runs.
class ServedCatalog final : public Transport {
  public:
    using Lie = std::function<Result<ServedAnswer>(ServedAnswer)>;

    ServedCatalog(const Catalog& catalog, const BlobStore& blobs)
        : m_catalog(&catalog), m_blobs(&blobs) {}

    [[nodiscard]] Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override;

    /// Alters every answer for a path, exactly as it stands in the URL, and an Accept header that
    /// holds these words.
    void lie(const std::string& path, Lie lie, const std::string& accept = "");
    void tell_the_truth() { m_lies.clear(); }

    /// Serves another catalogue from now on.
    void serve(const Catalog& catalog, const BlobStore& blobs) {
        m_catalog = &catalog;
        m_blobs = &blobs;
    }

    /// Paths asked for since the last call, with queries.
    std::vector<std::string> take_asked();

    /// Fails with an error `cancelled` after so many further requests, as a killed process would
    /// end.
    void end_after(std::size_t requests) { m_left = requests; }
    /// After so many further requests no connection comes about any more.
    void die_after(std::size_t requests) {
        end_after(requests);
        m_end = Error(ErrorCode::network, "the connection was reset");
    }
    void go_on() {
        m_left = std::size_t(-1);
        m_end = Error(ErrorCode::cancelled, "the test ends the run here");
    }

  private:
    struct Told {
        std::string accept;
        Lie lie;
    };

    [[nodiscard]] ServedAnswer answer(const HttpGet& request) const;
    [[nodiscard]] ServedAnswer page(const std::string& name, const HttpGet& request) const;
    [[nodiscard]] ServedAnswer signature(std::string name) const;
    [[nodiscard]] ServedAnswer provenance(const std::string& path) const;
    [[nodiscard]] ServedAnswer file(std::string path) const;

    const Catalog* m_catalog;
    const BlobStore* m_blobs;
    std::map<std::string, Told> m_lies;
    std::vector<std::string> m_asked;
    std::mutex m_mutex;
    std::size_t m_left = std::size_t(-1);
    Error m_end{ErrorCode::cancelled, "the test ends the run here"};
};

}  // namespace heliograph::mirror
