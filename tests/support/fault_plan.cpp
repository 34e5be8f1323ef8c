// SPDX-License-Identifier: Apache-2.0
#include <tests/support/fault_plan.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace heliograph::test_support {
namespace {

enum class Action { none, unsynced, observe, fail, kill, tear, shorten };

struct Plan {
    Action action{Action::none};
    std::string root;
    int log{-1};
    unsigned long nth{0};
    int error{EIO};
    bool lasting{false};
    unsigned long kinds{ULONG_MAX};
    bool with_data{false};
    unsigned long seen{0};
};

/// Never destroyed: the program may still write while its static objects go.
Plan& plan() {
    static auto* const the_plan = new Plan;
    return *the_plan;
}

unsigned long number_from(const char* variable, unsigned long otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

__attribute__((constructor)) void read_plan() {
    const char* root = std::getenv("FAULT_ROOT");
    const char* log = std::getenv("FAULT_LOG");
    const char* action = std::getenv("FAULT_ACTION");
    if (root == nullptr || log == nullptr || action == nullptr) {
        return;
    }
    const long file =
        ::syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    Plan& to = plan();
    // A high number: the program under test expects the low ones for itself.
    to.log = ::fcntl(static_cast<int>(file), F_DUPFD_CLOEXEC, 700);
    ::syscall(SYS_close, file);
    to.root = root;
    to.nth = number_from("FAULT_NTH", 0);
    to.error = static_cast<int>(number_from("FAULT_ERROR", EIO));
    to.lasting = number_from("FAULT_LASTING", 0) == 1;
    to.kinds = number_from("FAULT_KINDS", ULONG_MAX);
    to.with_data = number_from("FAULT_DATA", 0) == 1;
    const std::string_view word = action;
    to.action = word == "fail"       ? Action::fail
                : word == "kill"     ? Action::kill
                : word == "tear"     ? Action::tear
                : word == "short"    ? Action::shorten
                : word == "unsynced" ? Action::unsynced
                                     : Action::observe;
}

void put(const void* bytes, std::size_t size) {
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
        const long sent = ::syscall(SYS_write, plan().log, at, size);
        if (sent <= 0) {
            return;
        }
        at += sent;
        size -= static_cast<std::size_t>(sent);
    }
}

}  // namespace

bool is_active() {
    return plan().action != Action::none;
}

std::mutex& order() {
    static auto* const the_order = new std::mutex;
    return *the_order;
}

bool below_root(std::string_view path) {
    const std::string& root = plan().root;
    // SQLite's shared-memory index is rebuilt by whoever opens the database first: it is not on the
    // disk's account.
    const bool shared_memory = path.size() > 4 && path.substr(path.size() - 4) == "-shm";
    return !shared_memory && path.size() >= root.size() && path.substr(0, root.size()) == root &&
           (path.size() == root.size() || path[root.size()] == '/');
}

std::string name_of(int descriptor) {
    std::array<char, 64> link{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
    std::array<char, PATH_MAX> target{};
    const ssize_t size = ::readlink(link.data(), target.data(), target.size());
    return size <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
}

std::string absolute(int folder, const char* path) {
    std::string whole;
    if (path[0] != '/') {
        std::array<char, PATH_MAX> here{};
        whole = folder != AT_FDCWD                              ? name_of(folder)
                : ::getcwd(here.data(), here.size()) != nullptr ? std::string(here.data())
                                                                : std::string();
        whole += '/';
    }
    whole += path;
    std::string clean;
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t end = std::min(whole.find('/', at), whole.size());
        const std::string_view part = std::string_view(whole).substr(at, end - at);
        if (part == "..") {
            clean.resize(clean.rfind('/') == std::string::npos ? 0 : clean.rfind('/'));
        } else if (!part.empty() && part != ".") {
            clean.append("/").append(part);
        }
        at = end + 1;
    }
    return clean;
}

Place place_of(int descriptor) {
    struct stat status {};
    if (!is_active() || ::fstat(descriptor, &status) != 0 ||
        !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
        return {false, false, 0};
    }
    return {below_root(name_of(descriptor)), S_ISDIR(status.st_mode), status.st_ino};
}

void log(Happening& step, Fate fate, std::string_view data) {
    if (plan().action == Action::unsynced) {
        return;
    }
    if (!plan().with_data) {
        data = {};
    }
    step.record.fate = fate;
    step.record.path_bytes = static_cast<std::uint32_t>(step.path.size());
    step.record.other_path_bytes = static_cast<std::uint32_t>(step.other_path.size());
    step.record.data_bytes = data.size();
    put(&step.record, sizeof step.record);
    put(step.path.data(), step.path.size());
    put(step.other_path.data(), step.other_path.size());
    put(data.data(), data.size());
}

[[noreturn]] void die() {
    ::syscall(SYS_kill, ::getpid(), SIGKILL);
    while (true) {
        ::pause();
    }
}

Ruling rule(Happening& step) {
    Plan& now = plan();
    if ((now.kinds >> static_cast<unsigned>(step.record.operation) & 1UL) == 0) {
        return Ruling::proceed;
    }
    ++now.seen;
    const bool hit = now.seen == now.nth || (now.lasting && now.seen > now.nth && now.nth != 0);
    if (!hit || now.action == Action::observe || now.action == Action::unsynced) {
        return Ruling::proceed;
    }
    if (now.action == Action::kill) {
        log(step, Fate::killed_before);
        die();
    }
    if (now.action == Action::fail) {
        log(step, Fate::failed_by_fault);
        errno = now.error;
        return Ruling::fail;
    }
    return now.action == Action::tear ? Ruling::die_after : Ruling::halve;
}

Happening about(Operation operation, std::string path, std::string other_path) {
    Happening step;
    step.record.operation = operation;
    step.path = std::move(path);
    step.other_path = std::move(other_path);
    return step;
}

}  // namespace heliograph::test_support
