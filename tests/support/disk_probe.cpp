// SPDX-License-Identifier: Apache-2.0
// The smallest programs that write to a disk, for tests of the fault drivers and of what
// heliograph's base promises:
//   disk_probe atomic FILE TEXT    write_file_atomically
//   disk_probe careless FILE TEXT  the same without any fsync: what a power loss punishes
//   disk_probe in-place FILE TEXT  overwrites the file where it stands
//   disk_probe rows FILE N         N database transactions of one row each
//   disk_probe folder PATH         make_folder
#include <pki/base/database/database.hpp>
#include <pki/base/file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <string>
#include <string_view>

namespace {

using heliograph::Database;
using heliograph::Outcome;

heliograph::ByteSpan bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}

Outcome write_rows(const std::string& path, int count) {
    constexpr std::array migrations{heliograph::Migration{"CREATE TABLE number(value INTEGER)"}};
    HG_TRY(auto database, Database::open(path, heliograph::OpenMode::create, migrations));
    for (int value = 1; value <= count; ++value) {
        HG_TRY(auto transaction, database.begin());
        HG_TRY(auto insert, database.prepare("INSERT INTO number VALUES (?)"));
        HG_CHECK(insert.bind(1, std::int64_t{value}).run());
        HG_CHECK(transaction.commit());
        std::cout << "committed " << value << std::endl;
    }
    return {};
}

int report(const Outcome& outcome) {
    if (outcome.has_value()) {
        return 0;
    }
    std::cerr << outcome.error().message() << '\n';
    return 7;
}

int write_plainly(const std::string& path, std::string_view text, int flags) {
    const int file = ::open(path.c_str(), O_WRONLY | flags, 0600);
    const bool done =
        file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    return done && ::close(file) == 0 ? 0 : 7;
}

}  // namespace

int main(int count, char** arguments) {
    const std::string verb = count > 2 ? arguments[1] : "";
    const std::string path = count > 2 ? arguments[2] : "";
    const std::string text = count > 3 ? arguments[3] : "";
    if (verb == "atomic") {
        return report(heliograph::write_file_atomically(path, bytes_of(text)));
    }
    if (verb == "careless") {
        const std::string temporary = path + ".new";
        const int written = write_plainly(temporary, text, O_CREAT | O_TRUNC);
        return written == 0 && ::rename(temporary.c_str(), path.c_str()) == 0 ? 0 : 7;
    }
    if (verb == "in-place") {
        return write_plainly(path, text, 0);
    }
    if (verb == "rows") {
        return report(write_rows(path, std::stoi(text)));
    }
    if (verb == "folder") {
        return report(heliograph::make_folder(path));
    }
    std::cerr << "disk_probe: what is " << verb << "?\n";
    return 2;
}
