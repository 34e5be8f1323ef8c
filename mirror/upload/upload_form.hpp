// SPDX-License-Identifier: Apache-2.0
// The form of one upload, taken part by part: the file goes to the staging folder, what matters of
// the rest is kept, everything is counted. Private to this room.
#pragma once

#include <mirror/upload/multipart.hpp>
#include <mirror/upload/staging.hpp>
#include <mirror/upload/upload_access.hpp>
#include <mirror/upload/upload_service.hpp>

#include <map>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// Errors are refusals of the upload: malformed, too_large, denied (the permit does not cover the
/// project), unsupported (another action than an upload); io is our own.
/// @thread One.
class UploadForm final : public MultipartSink {
  public:
    /// All outlive the form.
    UploadForm(const Staging& staging, const UploadPermit& permit, const UploadLimits& limits)
        : m_staging(staging), m_permit(permit), m_limits(limits) {}

    Outcome begin_part(const PartHead& head) override;
    Outcome add_bytes(ByteSpan piece) override;
    Outcome end_part() override;

    /// The form is whole: fields, file name, digest and permit must agree.
    Outcome check();

    /// After check().
    [[nodiscard]] const UploadedFile& file() const { return *m_file; }
    [[nodiscard]] const verify::DistFileName& name() const { return *m_name; }
    /// The attestations that came along as one provenance object, each checked to be of this file
    /// and signed by its own certificate; none when none came.
    [[nodiscard]] const std::optional<std::string>& provenance() const { return m_provenance; }

  private:
    [[nodiscard]] Result<std::string> field(const std::string& name) const;
    [[nodiscard]] Outcome expect(const std::string& name, std::string_view wanted) const;
    [[nodiscard]] Outcome check_early(const std::string& name, const std::string& value) const;
    [[nodiscard]] Outcome check_kind() const;
    [[nodiscard]] Result<pki::Sha256> check_digests();
    [[nodiscard]] Outcome check_attestations(const pki::Sha256& digest);

    const Staging& m_staging;
    const UploadPermit& m_permit;
    const UploadLimits& m_limits;
    std::map<std::string, std::string> m_fields;
    std::string m_part;  ///< The part under way.
    std::uint64_t m_form_bytes = 0;
    std::optional<verify::DistFileName> m_name;
    std::optional<UploadedFile> m_file;
    std::optional<std::string> m_provenance;
};

}  // namespace heliograph::mirror
