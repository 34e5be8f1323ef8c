// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/project_desk.hpp>
#include <mirror/publish/dist_reader.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/finding.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

/// Bytes of a small document.
class TextPlace final : public DownloadPlace {
  public:
    explicit TextPlace(std::shared_ptr<std::string> text) : m_text(std::move(text)) {}

    [[nodiscard]] Outcome write(ByteSpan piece) override {
        m_text->append(text_of(piece));
        return {};
    }
    [[nodiscard]] Outcome restart() override {
        m_text->clear();
        return {};
    }
    [[nodiscard]] Outcome commit() override { return {}; }

  private:
    std::shared_ptr<std::string> m_text;
};

// What an answer takes besides the reading.
constexpr std::size_t kept_answer_bytes = 1024;

MetadataAnswer answer_of(
    std::optional<MetadataReading> reading,
    std::vector<MirrorFailure> failures,
    std::uint64_t fetched_bytes
) {
    return std::make_shared<const MetadataOutcome>(MetadataOutcome{
        std::move(reading), std::move(failures), fetched_bytes});
}

// A fault of this machine ends the search, and what was not fetched takes nothing.
std::size_t size_of_answer(const MetadataAnswer& answer) {
    if (!answer || !*answer) {
        return 0;
    }
    const auto& reading = (*answer)->reading;
    return kept_answer_bytes + (reading ? size_of(*reading) : 0);
}

MetadataAnswer named_metadata(FetchSession& session, const verify::PageFile& file) {
    auto text = std::make_shared<std::string>();
    HG_TRY(
        auto outcome,
        session.document(
            promised_metadata(file.name, file.path(), *file.core_metadata),
            std::make_unique<TextPlace>(text)
        )
    );
    if (!outcome.document) {
        return answer_of(std::nullopt, std::move(outcome.failures), 0);
    }
    return answer_of(
        read_version_metadata(*text, file.name), std::move(outcome.failures), text->size()
    );
}

// The bytes are what the signed page says: what is wrong with them is the publisher's.
bool is_of_the_file(const Error& error) {
    return error.code() == ErrorCode::malformed || error.code() == ErrorCode::unsupported ||
           error.code() == ErrorCode::too_large;
}

MetadataAnswer metadata_inside(
    FetchSession& session, const verify::PageFile& file, const std::filesystem::path& folder
) {
    const auto path = folder / file.name.text();
    HG_TRY(auto outcome, session.file_bytes(file, path));
    if (!outcome.document) {
        return answer_of(std::nullopt, std::move(outcome.failures), 0);
    }
    std::error_code unknown;
    const auto size_bytes = std::filesystem::file_size(path, unknown);
    if (unknown) {
        return system_error(unknown.value(), "measure " + path.string());
    }
    const FileDescriptor archive(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!archive.is_open()) {
        return system_error(errno, "open " + path.string());
    }
    // Nobody else reads it, and there may be thousands.
    if (::unlink(path.c_str()) != 0) {
        return system_error(errno, "remove " + path.string());
    }
    const auto metadata = read_dist_metadata(archive.get(), file.name);
    if (metadata) {
        return answer_of(
            read_version_metadata(metadata->text, file.name),
            std::move(outcome.failures),
            size_bytes
        );
    }
    if (!is_of_the_file(metadata.error())) {
        return metadata.error();
    }
    return answer_of(
        verify::UnusableVersion{
            "cannot be read: " + verify::printable(metadata.error().describe())},
        std::move(outcome.failures),
        size_bytes
    );
}

MetadataAnswer metadata_of(
    FetchSession& session, const verify::PageFile& file, const std::filesystem::path& folder
) {
    return file.core_metadata ? named_metadata(session, file)
                              : metadata_inside(session, file, folder);
}

/// A task that keeps a promise, once what its session learnt (a signer that is revoked) is known to
/// the crew: whoever waits goes on from there.
template <typename Answer, typename Work>
FetchCrew::Task promise_task(const std::shared_ptr<std::promise<Answer>>& promise, Work work) {
    FetchCrew::Task task;
    task.work = [promise, work = std::move(work)](FetchSession& session) {
        return FetchCrew::Announcement([promise, answer = work(session)] {
            promise->set_value(answer);
        });
    };
    task.fail = [promise](const Error& error) { promise->set_value(error); };
    return task;
}

}  // namespace

void ProjectDesk::expect_page(const verify::ProjectName& project) {
    if (m_pages.count(project) == 1) {
        return;
    }
    const auto promise = std::make_shared<std::promise<PageAnswer>>();
    m_pages.emplace(project, promise->get_future().share());
    m_crew.submit(promise_task(promise, [project](FetchSession& session) -> PageAnswer {
        HG_TRY(auto outcome, session.page(project));
        return std::make_shared<const PageOutcome>(std::move(outcome));
    }));
}

PageAnswer ProjectDesk::page(const verify::ProjectName& project) {
    expect_page(project);
    return m_pages.at(project).get();
}

void ProjectDesk::expect_metadata(const verify::PageFile& file) {
    if (*m_unclaimed_bytes > m_most_unclaimed_bytes) {
        drop_unclaimed();
    }
    if (m_metadata.count(file.name.text()) == 1) {
        return;
    }
    const auto promise = std::make_shared<std::promise<MetadataAnswer>>();
    m_metadata.emplace(file.name.text(), promise->get_future().share());
    m_crew.submit(promise_task(
        promise,
        [file, folder = m_folder, unclaimed = m_unclaimed_bytes, most = m_most_unclaimed_bytes](
            FetchSession& session
        ) -> MetadataAnswer {
            if (*unclaimed > most) {
                return std::shared_ptr<const MetadataOutcome>();
            }
            auto answer = metadata_of(session, file, folder);
            *unclaimed += size_of_answer(answer);
            return answer;
        }
    ));
}

// What was guessed and never wanted would stand in the way of better guesses for ever.
void ProjectDesk::drop_unclaimed() {
    for (auto at = m_metadata.begin(); at != m_metadata.end();) {
        const auto& future = at->second;
        if (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            ++at;
            continue;
        }
        *m_unclaimed_bytes -= size_of_answer(future.get());
        at = m_metadata.erase(at);
    }
}

MetadataAnswer ProjectDesk::ask_for_metadata(const verify::PageFile& file) {
    const auto promise = std::make_shared<std::promise<MetadataAnswer>>();
    auto answer = promise->get_future();
    m_crew.submit(promise_task(promise, [file, folder = m_folder](FetchSession& session) {
        return metadata_of(session, file, folder);
    }));
    return answer.get();
}

MetadataAnswer ProjectDesk::take_metadata(const verify::PageFile& file) {
    const auto begun = m_metadata.extract(file.name.text());
    if (begun.empty()) {
        return ask_for_metadata(file);
    }
    auto answer = begun.mapped().get();
    *m_unclaimed_bytes -= size_of_answer(answer);
    return answer && !*answer ? ask_for_metadata(file) : answer;
}

}  // namespace heliograph::mirror
