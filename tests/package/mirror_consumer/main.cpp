// SPDX-License-Identifier: Apache-2.0
// Makes a catalogue at the place that it is told, and counts its projects.
#include <mirror/store/sqlite_catalog.hpp>

#include <iostream>

int main(int count, char** words) {
    if (count != 2) {
        return 2;
    }
    const auto catalog =
        heliograph::mirror::SqliteCatalog::open(words[1], heliograph::OpenMode::create);
    if (!catalog) {
        std::cerr << catalog.error().message() << "\n";
        return 1;
    }
    const auto projects = (*catalog)->projects();
    if (!projects) {
        std::cerr << projects.error().message() << "\n";
        return 1;
    }
    std::cout << "a new catalogue of " << projects->size() << " projects\n";
    return 0;
}
