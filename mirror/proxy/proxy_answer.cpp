// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/request_target.hpp>
#include <mirror/proxy/proxy_answer.hpp>
#include <mirror/serve/conditional.hpp>
#include <mirror/serve/negotiation.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

HttpReply come_again(std::string_view request_id) {
    HeaderList more;
    more.add("Retry-After", "1");
    return refuse_with(
        {503, "Mirrors are still being tried", "mirrors are still being tried; ask again"},
        request_id,
        std::move(more)
    );
}

HeaderList file_fields(const FileJob& job, const std::string& etag) {
    HeaderList fields;
    fields.add("Content-Type", job.content_type());
    fields.add("ETag", etag);
    fields.add("Cache-Control", "private, max-age=31536000, immutable");
    fields.add("Accept-Ranges", "bytes");
    fields.add("X-Content-Type-Options", "nosniff");
    return fields;
}

std::shared_ptr<const std::string> rendered(const HeaderList& fields) {
    return std::make_shared<const std::string>(fields.render());
}

std::string whole_etag(const FileJob& job) {
    return "\"" + job.etag_text() + "\"";
}

// Bytes that are not proven yet have a tag of their own: a client that resumes behind them gets
// the whole file instead of a mixture.
std::string growing_etag(const FileJob& job, unsigned generation) {
    return "\"" + job.etag_text() + "-unproven-" + std::to_string(generation) + "\"";
}

// Whether a part is asked for that fits behind what the client has. Whoever has bytes of an
// unproven attempt begins anew.
bool wants_part(const HttpRequest& request, const FileJob& job) {
    const auto if_range = request.headers.find("If-Range");
    return request.headers.find("Range") && (!if_range || *if_range == whole_etag(job));
}

HttpReply answer_delivered(
    const HttpRequest& request, const FileJob& job, const Spool::View& bytes
) {
    const std::string etag = whole_etag(job);
    const std::uint64_t size = bytes.written_bytes;
    // A client that saw wrong bytes of an earlier attempt must not be given a part to put behind
    // them, unless it says which bytes it has.
    const bool saw_others = bytes.generation > 0 || job.past() == FileJob::Past::unproven;
    const bool whole_only = saw_others && !request.headers.find("If-Range");
    const Selection selection =
        select(request, {etag, size, whole_only ? Ranges::none : Ranges::bytes});
    HeaderList fields = file_fields(job, etag);
    switch (selection.wanted) {
        case Wanted::not_modified:
            return {304, rendered(fields), NoBody{}};
        case Wanted::unsatisfiable: {
            HeaderList more;
            more.add("Content-Range", "bytes */" + std::to_string(size));
            return HttpReply::sentence(
                416, "The range begins behind the end of the file.", std::move(more)
            );
        }
        case Wanted::part: {
            const auto end = selection.offset_bytes + selection.length_bytes - 1;
            fields.add(
                "Content-Range",
                "bytes " + std::to_string(selection.offset_bytes) + "-" + std::to_string(end) +
                    "/" + std::to_string(size)
            );
            return {
                206,
                rendered(fields),
                FileBody{bytes.file, selection.offset_bytes, selection.length_bytes}};
        }
        case Wanted::whole:
            break;
    }
    return {200, rendered(fields), FileBody{bytes.file, 0, size}};
}

}  // namespace

HttpReply answer_with_page(const HttpRequest& request, const ProxyPage& page) {
    PageWish wish;
    wish.accept = request.headers.joined("Accept");
    if (!request.query.empty()) {
        auto format = query_value(request.query, "format");
        if (!format) {
            return HttpReply::sentence(400, "The query of this request is not well-formed.");
        }
        wish.format = *std::move(format);
    }
    HeaderList fields;
    fields.add("Vary", "Accept");
    const auto type = choose_page_type(wish);
    if (!type) {
        return HttpReply::sentence(
            406,
            "This page is offered as application/vnd.pypi.simple.v1+json, "
            "application/vnd.pypi.simple.v1+html and text/html only.",
            std::move(fields)
        );
    }
    const auto& form = *type == PageType::json ? page.json : page.html;
    fields.add("Content-Type", content_type(*type));
    fields.add("ETag", form.etag);
    fields.add("Cache-Control", "max-age=0, must-revalidate");
    fields.add("X-PyPI-Last-Serial", std::to_string(page.page.serial.value));
    fields.add("X-Content-Type-Options", "nosniff");
    const auto selection = select(request, {form.etag, form.bytes->size(), Ranges::none});
    if (selection.wanted == Wanted::not_modified) {
        return {304, rendered(fields), NoBody{}};
    }
    return {200, rendered(fields), BytesBody{form.bytes}};
}

HttpReply answer_with_size(const FileJob& job, std::uint64_t size_bytes) {
    // The body of an answer to HEAD is only counted.
    return {200, rendered(file_fields(job, whole_etag(job))), FileBody{nullptr, 0, size_bytes}};
}

PageExchange::PageExchange(Asking asking, std::shared_ptr<PageJob> job)
    : m_asking(std::move(asking)), m_job(std::move(job)) {
    m_job->waiters().add(m_asking.request.waker);
}

std::optional<HttpReply> PageExchange::reply() {
    const auto result = m_job->result();
    if (!result) {
        return std::chrono::steady_clock::now() - m_asking.began < m_asking.rules.patience
                   ? std::nullopt
                   : std::optional(come_again(m_asking.request_id));
    }
    if (const auto* refusal = std::get_if<Refusal>(&*result)) {
        return refuse_with(*refusal, m_asking.request_id);
    }
    return answer_with_page(m_asking.request, *std::get<std::shared_ptr<const ProxyPage>>(*result));
}

FileExchange::FileExchange(Asking asking, std::shared_ptr<FileJob> job)
    : m_asking(std::move(asking)), m_job(std::move(job)) {
    m_job->waiters().add(m_asking.request.waker);
}

std::optional<HttpReply> FileExchange::reply() {
    const auto look = m_job->look();
    if (look.stage == FileJob::Stage::refused) {
        return refuse_with(look.refusal, m_asking.request_id);
    }
    if (look.stage == FileJob::Stage::delivered) {
        return answer_delivered(m_asking.request, *m_job, look.bytes);
    }
    const auto waited = std::chrono::steady_clock::now() - m_asking.began;
    const bool begins = look.stage == FileJob::Stage::growing && look.promised_bytes &&
                        m_asking.request.method == Method::get &&
                        !wants_part(m_asking.request, *m_job);
    if (begins && (*look.promised_bytes > m_asking.rules.whole_first_bytes ||
                   waited >= m_asking.rules.download_patience)) {
        return HttpReply{
            200,
            rendered(file_fields(*m_job, growing_etag(*m_job, look.bytes.generation))),
            GrowingBody{look.bytes.file, *look.promised_bytes, look.bytes.released}};
    }
    return waited < m_asking.rules.patience ? std::nullopt
                                            : std::optional(come_again(m_asking.request_id));
}

}  // namespace heliograph::mirror
