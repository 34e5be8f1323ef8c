// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/dns_answer.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::size_t dns_header_bytes = 12;
constexpr std::size_t dns_message_bytes = 65'535;
constexpr std::size_t dns_wire_name_bytes = 255;
constexpr std::uint16_t internet_class = 1;
constexpr unsigned no_such_name = 3;

Error dns_damaged(const std::string& expected) {
    return {ErrorCode::malformed, "expected " + expected + " in the answer of a name server"};
}

/// Reads a message from front to back; names may lead back into what was read.
class DnsReader {
  public:
    explicit DnsReader(ByteSpan message) : m_message(message) {}

    [[nodiscard]] std::size_t place() const { return m_place; }

    Result<std::uint8_t> byte() {
        if (m_place >= m_message.size()) {
            return dns_damaged("no end before its last field");
        }
        return std::to_integer<std::uint8_t>(m_message[m_place++]);
    }

    Result<std::uint16_t> word() {
        HG_TRY(const auto high, byte());
        HG_TRY(const auto low, byte());
        return static_cast<std::uint16_t>(high * 256U + low);
    }

    Outcome skip(std::size_t count) {
        if (count > m_message.size() - m_place) {
            return dns_damaged("no end before its last field");
        }
        m_place += count;
        return {};
    }

    /// Of labels as they stand, with dots between; empty for the root.
    Result<std::string> name() {
        std::string text;
        std::optional<std::size_t> behind;  // where it goes on after the first pointer
        auto at = m_place;
        for (;;) {
            HG_TRY(const auto length, byte_at(at));
            if (length >= 0xC0U) {
                HG_TRY(const auto low, byte_at(at + 1));
                const std::size_t target = (length & 0x3FU) * 256U + low;
                // Only backwards, so that it ends.
                if (target >= at) {
                    return dns_damaged("names that point backwards");
                }
                behind = behind ? behind : at + 2;
                at = target;
                continue;
            }
            if (length >= 0x40U) {
                return dns_damaged("labels of at most 63 bytes");
            }
            ++at;
            if (length == 0) {
                m_place = behind.value_or(at);
                return text;
            }
            if (at + length > m_message.size() || text.size() + length + 1 > dns_wire_name_bytes) {
                return dns_damaged("names of at most 255 bytes");
            }
            text += text.empty() ? "" : ".";
            text += text_of(m_message.subspan(at, length));
            at += length;
        }
    }

  private:
    [[nodiscard]] Result<std::uint8_t> byte_at(std::size_t place) const {
        if (place >= m_message.size()) {
            return dns_damaged("no end inside a name");
        }
        return std::to_integer<std::uint8_t>(m_message[place]);
    }

    ByteSpan m_message;
    std::size_t m_place = 0;
};

struct RecordHead {
    std::string owner;
    std::uint16_t type = 0;
    std::uint16_t of_class = 0;
    std::uint16_t length = 0;
};

Result<RecordHead> read_record_head(DnsReader& reader) {
    RecordHead head;
    HG_TRY(head.owner, reader.name());
    HG_TRY(head.type, reader.word());
    HG_TRY(head.of_class, reader.word());
    HG_CHECK(reader.skip(4));  // how long it may be kept: nothing is
    HG_TRY(head.length, reader.word());
    return head;
}

Outcome read_alias(DnsReader& reader, const RecordHead& head, DnsAnswer& answer) {
    HG_TRY(auto owner, DnsName::parse(head.owner));
    HG_TRY(const auto target, reader.name());
    HG_TRY(auto name, DnsName::parse(target));
    answer.aliases.push_back({std::move(owner), std::move(name)});
    return {};
}

Outcome read_service(DnsReader& reader, const RecordHead& head, DnsAnswer& answer) {
    HG_TRY(auto owner, DnsName::parse(head.owner));
    DnsService service{.owner = std::move(owner), .target = std::nullopt};
    HG_TRY(service.priority, reader.word());
    HG_TRY(service.weight, reader.word());
    HG_TRY(service.port, reader.word());
    HG_TRY(const auto target, reader.name());
    if (!target.empty()) {
        HG_TRY(service.target, DnsName::parse(target));
    }
    answer.services.push_back(std::move(service));
    return {};
}

Outcome read_record(DnsReader& reader, DnsAnswer& answer) {
    HG_TRY(const auto head, read_record_head(reader));
    const auto begin = reader.place();
    if (head.of_class != internet_class) {
        return reader.skip(head.length);
    }
    switch (static_cast<DnsType>(head.type)) {
        case DnsType::a:
        case DnsType::aaaa:
            ++answer.addresses;
            return reader.skip(head.length);
        case DnsType::cname:
            HG_CHECK(read_alias(reader, head, answer));
            break;
        case DnsType::srv:
            HG_CHECK(read_service(reader, head, answer));
            break;
        default:
            return reader.skip(head.length);
    }
    if (reader.place() != begin + head.length) {
        return dns_damaged("records as long as they say");
    }
    return {};
}

}  // namespace

Result<DnsAnswer> parse_dns_answer(ByteSpan message) {
    if (message.size() < dns_header_bytes || message.size() > dns_message_bytes) {
        return dns_damaged("12 to 65,535 bytes");
    }
    DnsReader reader(message);
    HG_CHECK(reader.skip(2));
    HG_TRY(const auto flags, reader.word());
    if ((flags & 0x8000U) == 0) {
        return dns_damaged("the mark of an answer");
    }
    if (const unsigned code = flags & 0xFU; code == no_such_name) {
        return DnsAnswer{};
    } else if (code != 0) {
        return Error(
            ErrorCode::network,
            "expected an answer of a name server, it refused with code " + std::to_string(code)
        );
    }
    HG_TRY(const auto questions, reader.word());
    HG_TRY(const auto records, reader.word());
    HG_CHECK(reader.skip(4));
    if (questions > 1 || records > dns_records) {
        return Error(
            ErrorCode::too_large,
            "expected one question and at most " + std::to_string(dns_records) +
                " records in the answer of a name server, saw " + std::to_string(questions) +
                " and " + std::to_string(records)
        );
    }
    for (unsigned i = 0; i < questions; ++i) {
        HG_TRY([[maybe_unused]] const auto name, reader.name());
        HG_CHECK(reader.skip(4));
    }
    DnsAnswer answer;
    for (unsigned i = 0; i < records; ++i) {
        HG_CHECK(read_record(reader, answer));
    }
    return answer;
}

}  // namespace heliograph::mirror
