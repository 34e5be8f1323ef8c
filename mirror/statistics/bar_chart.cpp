// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/bar_chart.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

std::uint64_t largest_of(const std::vector<AccessSum>& sums) {
    std::uint64_t largest = 1;
    for (const auto& sum : sums) {
        largest = std::max(largest, sum.count);
    }
    return largest;
}

// Counts are at most 2^53 and lengths small, so that the product fits. What is not nothing shows.
std::uint64_t length_of(std::uint64_t count, std::uint64_t largest, std::uint64_t longest) {
    return count == 0 ? 0 : std::max<std::uint64_t>(1, count * longest / largest);
}

std::string escaped(const std::string& text) {
    std::string safe;
    for (const char letter : verify::printable(text)) {
        switch (letter) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += letter;
        }
    }
    return safe;
}

}  // namespace

std::vector<std::string> render_bars(const std::vector<AccessSum>& sums, std::size_t width) {
    constexpr std::size_t narrowest = 40;
    const auto largest = largest_of(sums);
    std::size_t name_width = 0;
    for (const auto& sum : sums) {
        name_width = std::max(name_width, verify::printable(sum.name).size());
    }
    const std::size_t number_width = std::to_string(largest).size();
    const std::size_t used = name_width + number_width + 2;
    const std::size_t longest = std::max(std::max(width, narrowest), used + 10) - used;
    std::vector<std::string> lines;
    lines.reserve(sums.size());
    for (const auto& sum : sums) {
        const auto name = verify::printable(sum.name);
        const auto number = std::to_string(sum.count);
        lines.push_back(
            name + std::string(name_width - name.size() + 1, ' ') +
            std::string(number_width - number.size(), ' ') + number + ' ' +
            std::string(length_of(sum.count, largest, longest), '#')
        );
    }
    return lines;
}

std::string render_svg(const std::vector<AccessSum>& sums, const std::string& title) {
    constexpr std::uint64_t height = 200;
    constexpr std::uint64_t top = 40;
    constexpr std::uint64_t step = 14;
    constexpr std::uint64_t margin = 20;
    constexpr std::uint64_t foot = 90;
    const auto largest = largest_of(sums);
    const auto width = std::max<std::uint64_t>(400, 2 * margin + step * sums.size());
    const auto number = [](std::uint64_t value) { return std::to_string(value); };
    std::string svg =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg "
        "xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"" +
        number(width) + "\" height=\"" + number(top + height + foot) +
        "\" font-family=\"sans-serif\" font-size=\"11\">\n<title>" + escaped(title) +
        "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"" +
        number(margin) + "\" y=\"20\" font-size=\"14\">" + escaped(title) +
        ", most: " + number(largest) + "</text>\n";
    std::uint64_t x = margin;
    for (const auto& sum : sums) {
        const auto length = length_of(sum.count, largest, height);
        const auto name = escaped(sum.name);
        svg += "<rect x=\"" + number(x) + "\" y=\"" + number(top + height - length) +
               "\" width=\"10\" height=\"" + number(length) + "\" fill=\"#3465a4\"><title>" + name +
               ": " + number(sum.count) + "</title></rect>\n<text transform=\"translate(" +
               number(x + 8) + " " + number(top + height + 6) + ") rotate(90)\">" + name +
               "</text>\n";
        x += step;
    }
    return svg + "</svg>\n";
}

}  // namespace heliograph::mirror
