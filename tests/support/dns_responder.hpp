// SPDX-License-Identifier: Apache-2.0
// A name server on loopback that says exactly what a test tells it to, true or false, over UDP and
// TCP of one port. It writes messages by itself and shares no code with c-ares.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace heliograph::test_support {

/// A name as it stands in messages: labels with their lengths. No check is made.
[[nodiscard]] std::string dns_wire_name(std::string_view name);

/// A big-endian number of two bytes.
[[nodiscard]] std::string dns_wire_word(unsigned number);

/// The data of a service record.
[[nodiscard]] std::string dns_service_data(
    unsigned priority, unsigned weight, unsigned port, std::string_view target
);

/// How it treats a question.
enum class DnsConduct {
    honest,       ///< Answers with the records told.
    silent,       ///< Never answers.
    refusing,     ///< REFUSED.
    garbage,      ///< An answer whose records are noise.
    looping,      ///< A name that points at itself.
    other_id,     ///< Answers another question's number.
    cut_off,      ///< Says over UDP that the answer is cut off, so that it is asked over TCP.
    endless_tcp,  ///< The same, and over TCP it promises more than it sends.
};

/// @thread Every member may be called from any thread.
class DnsResponder {
  public:
    DnsResponder();
    ~DnsResponder();
    DnsResponder(const DnsResponder&) = delete;
    DnsResponder& operator=(const DnsResponder&) = delete;

    /// Adds a record; names are lower case, `*.zone` answers for every name below the zone that has
    /// none of its own. What is not told does not exist.
    void tell(const std::string& owner, unsigned type, std::string data);
    void tell_alias(const std::string& owner, std::string_view target);
    void tell_address(const std::string& owner);
    void tell_service(const std::string& owner, std::string data);

    void behave(DnsConduct conduct) { m_conduct = conduct; }

    /// `127.0.0.1:PORT`.
    [[nodiscard]] std::string address() const;
    [[nodiscard]] std::uint16_t port() const { return m_port; }
    /// Questions so far, over UDP and TCP.
    [[nodiscard]] std::size_t questions() const { return m_questions; }

  private:
    struct Record {
        unsigned type;
        std::string data;
    };

    void serve();
    void answer_datagram();
    void answer_stream();
    [[nodiscard]] std::string answer(const std::string& question, bool over_tcp);
    [[nodiscard]] std::vector<Record> records_of(const std::string& name, unsigned type);

    int m_udp{-1};
    int m_tcp{-1};
    int m_stop{-1};
    std::uint16_t m_port{0};
    std::atomic<DnsConduct> m_conduct{DnsConduct::honest};
    std::atomic<std::size_t> m_questions{0};
    std::mutex m_mutex;
    std::multimap<std::string, Record> m_records;
    std::thread m_thread;
};

}  // namespace heliograph::test_support
