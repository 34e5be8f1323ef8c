// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/multipart.hpp>
#include <mirror/upload/staging.hpp>
#include <mirror/upload/token_list.hpp>
#include <mirror/upload/upload_form.hpp>
#include <mirror/upload/upload_job.hpp>
#include <mirror/upload/upload_service.hpp>

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace heliograph::mirror {

namespace {

HttpReply busy(std::string_view sentence) {
    HeaderList more;
    more.add("Retry-After", "30");
    return HttpReply::refusal(503, sentence, std::move(more));
}

// How long the worst boundary and the headers of the file's part may be.
constexpr std::uint64_t framing_bytes = 64U * 1024U;

std::optional<int> status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::malformed:
        case ErrorCode::invalid_argument:
        case ErrorCode::exists:
            return 400;
        case ErrorCode::denied:
            return 403;
        case ErrorCode::unsupported:
            return 410;
        case ErrorCode::too_large:
            return 413;
        default:
            return std::nullopt;
    }
}

// What intake and publishing refuse is about the file; a lock or a key that they cannot have is
// ours.
Error as_refusal(Error error, const verify::DistFileName& name) {
    switch (error.code()) {
        case ErrorCode::exists:
            // Tools look for these words to tell a repeated upload from a bad one.
            return {
                ErrorCode::exists,
                "File already exists: " + name.text() +
                    " with other content; a published file never changes, use a new version or "
                    "build number"};
        case ErrorCode::unsupported:
            return {ErrorCode::malformed, error.message()};
        case ErrorCode::denied:
        case ErrorCode::not_found:
        case ErrorCode::invalid_argument:
            return {ErrorCode::io, error.message()};
        default:
            return error;
    }
}

Result<bool> is_published(const Catalog& catalog, const verify::DistFileName& name) {
    HG_TRY(const auto records, catalog.files(name.project()));
    return std::any_of(records.begin(), records.end(), [&](const auto& record) {
        return record.path.name() == name;
    });
}

// A file that is not there by this name: it was removed, or is there in another spelling. No tool
// may take the refusal for "it is there": none of the words that skip what exists, and the code of
// a bad file.
Error not_published(const Error& reason) {
    return {ErrorCode::malformed, "Not published: " + reason.message()};
}

// Limits that only the catalogue can judge.
Outcome check_project(const Catalog& catalog, const UploadForm& form, const UploadLimits& limits) {
    HG_TRY(const auto records, catalog.files(form.name().project()));
    std::uint64_t total = form.file().size_bytes();
    for (const auto& record : records) {
        const auto& name = record.path.name();
        if (name == form.name()) {
            return {};  // Publishing decides whether it is the same.
        }
        total += record.size_bytes;
        if (name.kind() == verify::FileKind::sdist &&
            form.name().kind() == verify::FileKind::sdist &&
            name.version() == form.name().version()) {
            return Error(
                ErrorCode::malformed,
                "expected one source archive for each version, saw " + form.name().text() +
                    " where " + name.text() + " is published"
            );
        }
    }
    if (total > limits.project_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected all files of " + form.name().project().text() + " to have at most " +
                std::to_string(limits.project_bytes) + " bytes together, they would have more"
        );
    }
    return {};
}

// A file that has provenance keeps it: an upload adds what is missing and replaces nothing. Nor
// does it change a project that takes no files, whose files are published or kept back as they are.
Outcome attach(const Catalog& catalog, Publisher& publisher, const UploadForm& form) {
    if (!form.provenance()) {
        return {};
    }
    const auto& name = form.name();
    HG_TRY(const auto page, catalog.page(name.project(), verify::PageForm::json));
    HG_TRY(const auto records, catalog.files(name.project()));
    const bool lacks_one = std::any_of(records.begin(), records.end(), [&](const auto& record) {
        return record.path.name() == name && !record.provenance;
    });
    if (!lacks_one || !verify::takes_files(page.status)) {
        return {};
    }
    HG_TRY(const auto attested, publisher.attest(name, *form.provenance()));
    if (!attested.revision) {
        return Error(ErrorCode::malformed, "expected attestations of this very file, saw others");
    }
    return {};
}

void block_all_signals() {
    // They belong to the program's own threads.
    sigset_t signals;
    HG_ASSERT(sigfillset(&signals) == 0);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF}) {
        HG_ASSERT(sigdelset(&signals, fault) == 0);
    }
    HG_ASSERT(pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0);
}

// Whole, but behind a proxy that names itself: there the address of this server may be another than
// the one that was asked.
std::string place_with_slash(const HttpRequest& request, UploadOptions::Scheme scheme) {
    static constexpr std::array<std::string_view, 6> of_proxies{
        "Forwarded",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Real-IP"};
    const auto host = request.headers.find("Host");
    const bool is_proxied =
        std::any_of(of_proxies.begin(), of_proxies.end(), [&](std::string_view name) {
            return request.headers.find(name).has_value();
        });
    if (!host || is_proxied) {
        return "legacy/";
    }
    const std::string_view name = scheme == UploadOptions::Scheme::https ? "https" : "http";
    return std::string(name) + "://" + std::string(*host) + "/legacy/";
}

}  // namespace

struct UploadService::Core {
    Core(UploadOptions given, Staging opened)
        : options(std::move(given)), staging(std::move(opened)), tokens(options.folder) {
        for (unsigned i = 0; i < options.limits.at_once; ++i) {
            workers.emplace_back([this] { work(); });
        }
    }
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;
    ~Core();

    void work();
    [[nodiscard]] HttpReply run(UploadJob& job);
    [[nodiscard]] Result<AddedFile> store(UploadJob& job);
    [[nodiscard]] Result<AddedFile> publish(const UploadForm& form);
    void report(const UploadJob& job, const Result<AddedFile>& stored);
    [[nodiscard]] HttpAnswer begin(const HttpRequest& request);
    [[nodiscard]] std::optional<HttpReply> admit(const std::shared_ptr<UploadJob>& job);

    UploadOptions options;
    Staging staging;
    TokenList tokens;
    std::mutex publishing;
    std::mutex mutex;
    std::condition_variable came;
    std::deque<std::shared_ptr<UploadJob>> waiting;
    std::vector<std::shared_ptr<UploadJob>> running;
    bool stopping = false;
    std::vector<std::jthread> workers;
};

UploadService::Core::~Core() {
    {
        const std::lock_guard lock(mutex);
        stopping = true;
        for (const auto& job : running) {
            job->cancel();
        }
    }
    came.notify_all();
    workers.clear();
}

void UploadService::Core::work() {
    block_all_signals();
    while (true) {
        std::shared_ptr<UploadJob> job;
        {
            std::unique_lock lock(mutex);
            came.wait(lock, [&] { return stopping || !waiting.empty(); });
            if (stopping) {
                return;
            }
            job = std::move(waiting.front());
            waiting.pop_front();
            running.push_back(job);
        }
        HttpReply reply = run(*job);
        {
            const std::lock_guard lock(mutex);
            std::erase(running, job);
        }
        // Last, so that whoever sends one upload after the other never meets his own.
        job->answer(std::move(reply));
    }
}

HttpReply UploadService::Core::run(UploadJob& job) {
    const auto stored = store(job);
    report(job, stored);
    if (stored) {
        const auto& name = stored->record.path.name();
        const bool same = stored->outcome == AddedFile::Outcome::same;
        return HttpReply::sentence(
            200,
            (same ? "Published already with this content: " : "Published: ") + name.text() +
                ", serial " + std::to_string(stored->serial.value) + "."
        );
    }
    const Error& error = stored.error();
    if (const auto status = status_of(error.code())) {
        return HttpReply::refusal(*status, error.message());
    }
    return busy("This server cannot store the upload now; try again later.");
}

void UploadService::Core::report(const UploadJob& job, const Result<AddedFile>& stored) {
    if (options.events == nullptr) {
        return;
    }
    if (stored) {
        options.events->emit(
            {EventLevel::info,
             "upload.published",
             {{"who", job.permit().who}, {"file", stored->record.path.name().text()}}}
        );
        return;
    }
    const bool refused = status_of(stored.error().code()).has_value();
    options.events->emit(
        {refused ? EventLevel::info : EventLevel::warning,
         refused ? "upload.refused" : "upload.failed",
         {{"who", job.permit().who}, {"reason", stored.error().describe()}}}
    );
}

Result<AddedFile> UploadService::Core::store(UploadJob& job) {
    UploadForm form(staging, job.permit(), options.limits);
    MultipartReader reader(job.boundary(), form);
    while (true) {
        const UploadJob::Next next = job.next();
        if (next.arrival == UploadJob::Arrival::cancelled) {
            return Error(ErrorCode::cancelled, "the client left before its upload was whole");
        }
        if (next.arrival == UploadJob::Arrival::body_end) {
            break;
        }
        HG_CHECK(reader.read(next.piece));
    }
    HG_CHECK(reader.finish());
    HG_CHECK(form.check());
    auto published = publish(form);
    if (!published) {
        return as_refusal(std::move(published).error(), form.name());
    }
    return published;
}

Result<AddedFile> UploadService::Core::publish(const UploadForm& form) {
    std::optional<AddedFile> added;
    const MasterStep step = [&](const Catalog& catalog, Publisher& publisher) -> Outcome {
        HG_CHECK(check_project(catalog, form, options.limits));
        auto files = publisher.add(
            {form.file().path()},
            {.file_bytes = options.limits.file_bytes, .dist = options.limits.dist}
        );
        if (!files && files.error().code() == ErrorCode::refused) {
            // The project takes no files (archived, quarantined).
            return Error(ErrorCode::malformed, files.error().message());
        }
        if (!files && files.error().code() == ErrorCode::exists) {
            HG_TRY(const bool is_here, is_published(catalog, form.name()));
            return is_here ? std::move(files).error() : not_published(files.error());
        }
        if (!files) {
            return std::move(files).error();
        }
        added = std::move(files->front());
        return attach(catalog, publisher, form);
    };
    const std::lock_guard one_at_a_time(publishing);
    HG_CHECK(options.master(step));
    HG_ASSERT(added.has_value());
    return *std::move(added);
}

HttpAnswer UploadService::Core::begin(const HttpRequest& request) {
    auto known = std::make_shared<const std::vector<UploadToken>>();
    // Nobody has this server look for its tokens who shows none.
    if (request.headers.find("Authorization")) {
        auto current = tokens.current();
        if (!current) {
            if (options.events != nullptr) {
                options.events->emit(
                    {EventLevel::warning, "upload.failed", {{"reason", current.error().describe()}}}
                );
            }
            return busy("This server cannot read its tokens now; try again later.");
        }
        known = *std::move(current);
    }
    auto judged = judge_uploader(request, *known, options.roles);
    if (auto* refusal = std::get_if<HttpReply>(&judged)) {
        return std::move(*refusal);
    }
    auto boundary =
        parse_multipart_boundary(request.headers.find("Content-Type").value_or(std::string_view()));
    if (!boundary) {
        return HttpReply::refusal(400, boundary.error().message());
    }
    auto job = std::make_shared<UploadJob>(
        std::move(std::get<UploadPermit>(judged)), *std::move(boundary), request.waker
    );
    if (auto refusal = admit(job)) {
        return *std::move(refusal);
    }
    return std::make_unique<UploadExchange>(std::move(job));
}

// One who sends slowly holds a worker for as long as the server lets a body last, so nobody gets
// all of them.
std::optional<HttpReply> UploadService::Core::admit(const std::shared_ptr<UploadJob>& job) {
    const unsigned share = std::max(1U, options.limits.at_once / 2);
    const auto is_own = [&](const auto& other) { return other->permit().who == job->permit().who; };
    {
        const std::lock_guard lock(mutex);
        const auto own = std::count_if(waiting.begin(), waiting.end(), is_own) +
                         std::count_if(running.begin(), running.end(), is_own);
        if (own >= static_cast<std::ptrdiff_t>(share)) {
            return busy("You have as many uploads under way as one may have; try again soon.");
        }
        if (waiting.size() + running.size() >= options.limits.at_once) {
            return busy("This server takes no more uploads at the moment; try again soon.");
        }
        waiting.push_back(job);
    }
    came.notify_one();
    return std::nullopt;
}

UploadService::UploadService(std::unique_ptr<Core> core) : m_core(std::move(core)) {
}
UploadService::UploadService(UploadService&& other) noexcept = default;
UploadService& UploadService::operator=(UploadService&& other) noexcept = default;
UploadService::~UploadService() = default;

Result<UploadService> UploadService::open(UploadOptions options) {
    if (!options.master || options.limits.at_once == 0 || options.limits.at_once > 64) {
        return Error(
            ErrorCode::invalid_argument, "expected 1 to 64 uploads at once and a master to write to"
        );
    }
    HG_TRY(auto staging, Staging::open(options.folder));
    return UploadService(std::make_unique<Core>(std::move(options), std::move(staging)));
}

std::optional<HttpAnswer> UploadService::answer(const HttpRequest& request) {
    if (request.path != "/legacy/" && request.path != "/legacy") {
        return std::nullopt;
    }
    HeaderList more;
    if (request.method != Method::post) {
        more.add("Allow", "POST");
        return HttpReply::sentence(405, "Uploads come with POST.", std::move(more));
    }
    if (request.path == "/legacy") {
        more.add("Location", place_with_slash(request, m_core->options.scheme));
        return HttpReply::sentence(308, "Uploads go to legacy/, with a slash.", std::move(more));
    }
    return m_core->begin(request);
}

std::uint64_t UploadService::body_limit(const UploadLimits& limits) {
    // Each part costs its delimiter and header beside its bytes.
    return limits.file_bytes + limits.form_bytes + multipart_limits::parts * std::uint64_t{512} +
           framing_bytes;
}

}  // namespace heliograph::mirror
