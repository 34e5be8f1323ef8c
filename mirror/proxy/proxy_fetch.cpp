// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/proxy_fetch.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/page_json.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

ProxyPage::Form render_form(const verify::ProjectPage& page, verify::PageForm form) {
    auto bytes = to_bytes(verify::render_page(page, form));
    const auto digest = pki::sha256(bytes);
    return {"\"" + digest.to_hex() + "\"", std::make_shared<const Bytes>(std::move(bytes))};
}

// What was said of a mirror when it was found out needs no repetition with every later file.
std::vector<MirrorFailure> new_failures(std::vector<MirrorFailure> failures) {
    std::erase_if(failures, [](const MirrorFailure& failure) {
        return !failure.findings.empty() && (failure.findings.front().id == "mirror-distrusted" ||
                                             failure.findings.front().id == "mirror-banned");
    });
    return failures;
}

const verify::PageFile* find_entry(const verify::ProjectPage& page, const DocumentAsked& asked) {
    const auto* entry = page.find(file_of(asked));
    if (entry == nullptr || std::holds_alternative<ProvenanceAsked>(asked)) {
        return entry;
    }
    const auto& path = std::holds_alternative<FileAsked>(asked)
                           ? std::get<FileAsked>(asked).path
                           : std::get<MetadataAsked>(asked).path;
    return entry->sha256 == path.digest() ? entry : nullptr;
}

ProxyNote::Kind kind_of(const DocumentAsked& asked) {
    return std::holds_alternative<FileAsked>(asked)       ? ProxyNote::Kind::file
           : std::holds_alternative<MetadataAsked>(asked) ? ProxyNote::Kind::metadata
                                                          : ProxyNote::Kind::provenance;
}

std::string subject_of(const DocumentAsked& asked) {
    const auto& name = file_of(asked).text();
    return std::holds_alternative<FileAsked>(asked)       ? "file " + name
           : std::holds_alternative<MetadataAsked>(asked) ? "file " + name + ".metadata"
                                                          : "provenance of file " + name;
}

}  // namespace

const verify::DistFileName& file_of(const DocumentAsked& asked) {
    if (const auto* provenance = std::get_if<ProvenanceAsked>(&asked)) {
        return provenance->file;
    }
    return std::holds_alternative<FileAsked>(asked) ? std::get<FileAsked>(asked).path.name()
                                                    : std::get<MetadataAsked>(asked).path.name();
}

std::string shelf_key(const DocumentAsked& asked) {
    if (const auto* provenance = std::get_if<ProvenanceAsked>(&asked)) {
        return verify::provenance_place(provenance->file);
    }
    return std::holds_alternative<FileAsked>(asked)
               ? std::get<FileAsked>(asked).path.absolute()
               : std::get<MetadataAsked>(asked).path.absolute() + ".metadata";
}

std::optional<Listed> find_listed(const verify::ProjectPage& page, const DocumentAsked& asked) {
    const auto* entry = find_entry(page, asked);
    if (entry == nullptr) {
        return std::nullopt;
    }
    const auto kind = kind_of(asked);
    if (kind == ProxyNote::Kind::file) {
        return Listed{promised_file(*entry), kind};
    }
    if (kind == ProxyNote::Kind::metadata && entry->core_metadata) {
        return Listed{promised_metadata(entry->name, entry->path(), *entry->core_metadata), kind};
    }
    if (kind == ProxyNote::Kind::provenance && entry->provenance) {
        return Listed{promised_provenance(entry->name, *entry->provenance), kind};
    }
    return std::nullopt;
}

ProxyFetch::ProxyFetch(
    PageShelf& pages,
    FileShelf& files,
    ProxyRecord& record,
    const Clock& clock,
    std::filesystem::path spool_folder,
    ProxyPolicy policy,
    EventSink* events
)
    : m_pages(pages),
      m_files(files),
      m_record(record),
      m_clock(clock),
      m_spool_folder(std::move(spool_folder)),
      m_policy(std::move(policy)),
      m_events(events) {
}

void ProxyFetch::verified(ProxyNote note) {
    note.outcome = ProxyNote::Outcome::verified;
    note.at = m_clock.now();
    if (m_events != nullptr) {
        m_events->emit(
            {EventLevel::info,
             "proxy.verified",
             {{"subject", note.subject}, {"mirror", note.mirror}}}
        );
        for (const auto& failure : note.failures) {
            m_events->emit({EventLevel::warning, "proxy.failover", {{"why", sentence_of(failure)}}}
            );
        }
    }
    m_record.note(std::move(note));
}

Refusal ProxyFetch::refused(
    ProxyNote::Kind kind, std::string subject, Refusal refusal, std::vector<MirrorFailure> why
) {
    if (m_events != nullptr) {
        m_events->emit(
            {EventLevel::warning,
             "proxy.refused",
             {{"subject", subject}, {"detail", refusal.detail}}}
        );
    }
    m_record.note(
        {.outcome = ProxyNote::Outcome::refused,
         .kind = kind,
         .subject = std::move(subject),
         .at = m_clock.now(),
         .detail = refusal.detail,
         .failures = std::move(why)}
    );
    return refusal;
}

Refusal ProxyFetch::object(ProxyNote::Kind kind, std::string subject, std::string why) {
    return refused(
        kind,
        std::move(subject),
        {409, "The policy of this proxy keeps this out", std::move(why)},
        {}
    );
}

PageJob::Result ProxyFetch::get_page(FetchSession& session, const verify::ProjectName& project) {
    const std::string subject = "page of project " + project.text();
    auto outcome = session.page(project);
    if (!outcome) {
        return refused(ProxyNote::Kind::page, subject, refusal_of(subject, outcome.error()), {});
    }
    if (!outcome->page) {
        auto refusal = refusal_of(subject, outcome->failures);
        return refused(
            ProxyNote::Kind::page, subject, std::move(refusal), std::move(outcome->failures)
        );
    }
    auto& page = outcome->page->page;
    std::map<verify::DistFileName, std::string> withheld;
    std::vector<std::string> reasons;
    std::erase_if(page.files, [&](const verify::PageFile& file) {
        auto why = m_policy.objection(file, m_clock.now());
        if (why) {
            reasons.push_back(*why);
            withheld.emplace(file.name, *std::move(why));
        }
        return withheld.contains(file.name);
    });
    auto served = std::make_shared<const ProxyPage>(ProxyPage{
        page,
        std::move(withheld),
        render_form(page, verify::PageForm::json),
        render_form(page, verify::PageForm::html),
        std::chrono::steady_clock::now()});
    verified(
        {.kind = ProxyNote::Kind::page,
         .subject = subject,
         .mirror = outcome->page->mirror,
         .size_bytes = served->json.bytes->size(),
         .withheld = std::move(reasons),
         .failures = new_failures(std::move(outcome->failures))}
    );
    m_pages.keep(served);
    return served;
}

FetchCrew::Task ProxyFetch::page_task(
    const verify::ProjectName& project, const std::shared_ptr<PageJob>& job
) {
    FetchCrew::Task task;
    task.work = [this, project, job](FetchSession& session) -> FetchCrew::Announcement {
        auto result = get_page(session, project);
        return [this, project, job, result = std::move(result)] {
            m_pages.end(project);
            job->finish(result);
        };
    };
    task.fail = [this, project, job](const Error& error) {
        m_pages.end(project);
        job->finish(refusal_of("page of project " + project.text(), error));
    };
    return task;
}

std::variant<ProxyFetch::Delivered, Refusal> ProxyFetch::get_file(
    FetchSession& session, const DocumentAsked& asked, const std::shared_ptr<FileJob>& job
) {
    const auto& project = file_of(asked).project();
    const std::string subject = subject_of(asked);
    auto page = m_pages.any(project);
    auto listed = page != nullptr ? find_listed(page->page, asked) : std::nullopt;
    if (!listed) {
        auto got = get_page(session, project);
        if (auto* refusal = std::get_if<Refusal>(&got)) {
            return std::move(*refusal);
        }
        page = std::get<std::shared_ptr<const ProxyPage>>(got);
        listed = find_listed(page->page, asked);
    }
    if (const auto why = page->withheld.find(file_of(asked)); why != page->withheld.end()) {
        return object(kind_of(asked), subject, why->second);
    }
    if (!listed) {
        const Refusal refusal{
            404,
            "The signed page does not list this",
            subject + ": expected it on the signed page of project " + project.text() +
                " at serial " + std::to_string(page->page.serial.value) +
                ", which does not list it with this digest"};
        return refused(kind_of(asked), subject, refusal, {});
    }
    // The job keeps the spool, so the spool must not keep the job.
    auto spool = Spool::open(m_spool_folder, [waiting = std::weak_ptr(job)] {
        if (const auto alive = waiting.lock()) {
            alive->waiters().wake_all();
        }
    });
    if (!spool) {
        return refused(listed->kind, subject, refusal_of(subject, spool.error()), {});
    }
    job->begin(*spool, listed->document.expectation.size_bytes);
    auto outcome = session.document(std::move(listed->document), Spool::place(*spool));
    if (!outcome) {
        return refused(listed->kind, subject, refusal_of(subject, outcome.error()), {});
    }
    if (!outcome->document) {
        auto refusal = refusal_of(subject, outcome->failures);
        return refused(listed->kind, subject, std::move(refusal), std::move(outcome->failures));
    }
    const auto size_bytes = (*spool)->view().written_bytes;
    verified(
        {.kind = listed->kind,
         .subject = subject,
         .mirror = outcome->document->mirror,
         .size_bytes = size_bytes,
         .failures = new_failures(std::move(outcome->failures))}
    );
    return Delivered{size_bytes};
}

FetchCrew::Task ProxyFetch::file_task(
    const DocumentAsked& asked, const std::shared_ptr<FileJob>& job
) {
    FetchCrew::Task task;
    const auto end =
        [this, key = shelf_key(asked), job](const std::variant<Delivered, Refusal>& result) {
            if (const auto* refusal = std::get_if<Refusal>(&result)) {
                m_files.drop(key);
                job->refuse(*refusal);
            } else {
                m_files.settle(key, std::get<Delivered>(result).size_bytes);
                job->deliver();
            }
        };
    task.work = [this, asked, job, end](FetchSession& session) -> FetchCrew::Announcement {
        auto result = get_file(session, asked, job);
        return [end, result = std::move(result)] { end(result); };
    };
    task.fail = [asked, end](const Error& error) { end(refusal_of(subject_of(asked), error)); };
    return task;
}

}  // namespace heliograph::mirror
