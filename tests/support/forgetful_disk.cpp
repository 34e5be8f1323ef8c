// SPDX-License-Identifier: Apache-2.0
#include <tests/support/forgetful_disk.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;

using Bytes = std::shared_ptr<const std::string>;

/// One thing on the disk: a file with bytes or a folder with names, as it is and as it was last
/// synced.
struct Node {
    bool folder{false};
    std::uint32_t mode{0};
    Bytes bytes{std::make_shared<std::string>()};
    Bytes synced_bytes{bytes};
    std::map<std::string, std::shared_ptr<Node>> names;
    std::map<std::string, std::shared_ptr<Node>> synced_names;
};

struct stat status_of(const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        throw std::runtime_error("forgetful disk: cannot look at " + path.string());
    }
    return status;
}

Bytes read_all(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::make_shared<std::string>(
        std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()
    );
}

bool same(const DiskImage& left, const DiskImage& right) {
    return std::equal(
        left.entries.begin(),
        left.entries.end(),
        right.entries.begin(),
        right.entries.end(),
        [](const auto& one, const auto& other) {
            return one.first == other.first && one.second.folder == other.second.folder &&
                   (one.second.bytes == other.second.bytes ||
                    *one.second.bytes == *other.second.bytes);
        }
    );
}

}  // namespace

/// The disk while a run is played back.
class ForgetfulDisk::Simulation {
  public:
    explicit Simulation(const ForgetfulDisk& disk) : m_root_path(disk.m_root.string()) {
        m_root->folder = true;
        m_by_inode[disk.m_root_inode] = m_root;
        for (const Known& known : disk.m_before) {
            const auto node = std::make_shared<Node>();
            node->folder = known.entry.folder;
            node->mode = known.entry.mode;
            node->bytes = node->synced_bytes = known.entry.bytes;
            m_by_inode[known.inode] = node;
            const auto [folder, name] = find_place(m_root_path + "/" + known.path);
            folder->names[name] = folder->synced_names[name] = node;
        }
    }

    void take(const DiskStep& step) {
        const Fate fate = step.record.fate;
        if (fate != Fate::done && fate != Fate::torn) {
            return;
        }
        switch (step.record.operation) {
            case Operation::create:
            case Operation::make_folder:
                create(step);
                break;
            case Operation::write:
                write(step);
                break;
            case Operation::truncate:
                change_bytes(step, [&](std::string& bytes) { bytes.resize(step.record.offset); });
                break;
            case Operation::sync_file:
            case Operation::sync_folder:
                sync(*node_of(step));
                break;
            case Operation::sync_all:
                for (const auto& [inode, node] : m_by_inode) {
                    sync(*node);
                }
                break;
            case Operation::rename: {
                const auto [folder, name] = find_place(step.path);
                const auto node = folder->names.at(name);
                folder->names.erase(name);
                put_name(step.other_path, node);
                break;
            }
            case Operation::remove: {
                const auto [folder, name] = find_place(step.path);
                folder->names.erase(name);
                break;
            }
            case Operation::link:
                put_name(step.other_path, node_of(step));
                break;
            case Operation::unseen:
                throw std::runtime_error("forgetful disk: cannot follow stdio into " + step.path);
        }
    }

    [[nodiscard]] DiskImage image(std::size_t after_step, Survival survival) const {
        DiskImage image{after_step, {}};
        collect(*m_root, "", survival, image);
        return image;
    }

  private:
    static void sync(Node& node) {
        node.synced_bytes = node.bytes;
        node.synced_names = node.names;
    }

    [[nodiscard]] std::pair<std::shared_ptr<Node>, std::string> find_place(const std::string& path
    ) const {
        if (path.rfind(m_root_path + "/", 0) != 0) {
            throw std::runtime_error("forgetful disk: " + path + " lies outside");
        }
        std::shared_ptr<Node> folder = m_root;
        std::string rest = path.substr(m_root_path.size() + 1);
        for (std::size_t slash = rest.find('/'); slash != std::string::npos;
             slash = rest.find('/')) {
            folder = folder->names.at(rest.substr(0, slash));
            rest.erase(0, slash + 1);
        }
        return {folder, rest};
    }

    [[nodiscard]] std::shared_ptr<Node> node_of(const DiskStep& step) const {
        const auto found = m_by_inode.find(step.record.inode);
        if (found == m_by_inode.end()) {
            throw std::runtime_error("forgetful disk: never saw the file of " + describe(step));
        }
        return found->second;
    }

    void put_name(const std::string& path, const std::shared_ptr<Node>& node) {
        const auto [folder, name] = find_place(path);
        folder->names[name] = node;
    }

    void create(const DiskStep& step) {
        const auto node = std::make_shared<Node>();
        node->folder = step.record.operation == Operation::make_folder;
        node->mode = step.record.mode;
        m_by_inode[step.record.inode] = node;  // the number may have had another owner before
        if (!step.path.empty()) {
            put_name(step.path, node);
        }
    }

    template <typename Change>
    void change_bytes(const DiskStep& step, Change change) {
        const auto node = node_of(step);
        auto changed = std::make_shared<std::string>(*node->bytes);
        change(*changed);
        node->bytes = changed;
    }

    void write(const DiskStep& step) {
        change_bytes(step, [&](std::string& bytes) {
            const std::size_t end = step.record.offset + step.data.size();
            bytes.resize(std::max(bytes.size(), end));
            bytes.replace(step.record.offset, step.data.size(), step.data);
        });
    }

    static void collect(
        const Node& folder, const std::string& prefix, Survival survival, DiskImage& image
    ) {
        const bool all_names = survival == Survival::names_first;
        const bool all_bytes = survival == Survival::bytes_first;
        for (const auto& [name, node] : all_names ? folder.names : folder.synced_names) {
            const std::string path = prefix + name;
            image.entries[path] = {
                node->folder, node->mode, all_bytes ? node->bytes : node->synced_bytes};
            if (node->folder) {
                collect(*node, path + "/", survival, image);
            }
        }
    }

    std::string m_root_path;
    std::shared_ptr<Node> m_root{std::make_shared<Node>()};
    std::map<std::uint64_t, std::shared_ptr<Node>> m_by_inode;
};

void DiskImage::write_to(const fs::path& to) const {
    fs::create_directory(to);
    for (const auto& [path, entry] : entries) {  // a folder sorts before what is in it
        const fs::path place = to / path;
        if (entry.folder) {
            fs::create_directory(place);
        } else {
            std::ofstream file(place, std::ios::binary);
            file << *entry.bytes;
        }
        fs::permissions(place, static_cast<fs::perms>(entry.mode));
    }
}

ForgetfulDisk::ForgetfulDisk(const fs::path& root)
    : m_root(fs::canonical(root)), m_root_inode(status_of(m_root).st_ino) {
    for (const auto& found : fs::recursive_directory_iterator(m_root)) {
        const struct stat status = status_of(found.path());
        if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
            throw std::runtime_error(
                "forgetful disk: holds files and folders only, not " + found.path().string()
            );
        }
        const bool folder = S_ISDIR(status.st_mode);
        m_before.push_back(
            {fs::relative(found.path(), m_root).string(),
             status.st_ino,
             {folder,
              status.st_mode & 07777U,
              folder ? std::make_shared<std::string>() : read_all(found.path())}}
        );
    }
}

std::vector<DiskImage> ForgetfulDisk::images(const std::vector<DiskStep>& steps, Survival survival)
    const {
    Simulation disk(*this);
    std::vector<DiskImage> images{disk.image(0, survival)};
    for (std::size_t taken = 0; taken < steps.size(); ++taken) {
        disk.take(steps[taken]);
        DiskImage now = disk.image(taken + 1, survival);
        if (same(images.back(), now)) {
            images.back().after_step = taken + 1;
        } else {
            images.push_back(std::move(now));
        }
    }
    return images;
}

std::vector<DiskImage> ForgetfulDisk::images_to_try(
    const std::vector<DiskStep>& steps, Survival survival
) const {
    std::vector<DiskImage> all = images(steps, survival);
    std::vector<DiskImage> chosen;
    for (std::uint64_t nth = 0; nth + 1 < all.size(); nth = next_nth(nth)) {
        chosen.push_back(std::move(all[nth]));
    }
    chosen.push_back(std::move(all.back()));
    return chosen;
}

}  // namespace heliograph::test_support
