// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/platform_tags.hpp>
#include <mirror/fetch/python_target.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::mirror {

namespace {

constexpr std::uint64_t answer_bytes = 64 * verify::limits::kibibyte;

// Runs under any Python 3 without a package. The loader of musl says its version on standard error.
constexpr std::string_view question = R"py(
import json, os, platform, sys, sysconfig
def release(i):
    text = '%d.%d.%d' % (i.major, i.minor, i.micro)
    return text if i.releaselevel == 'final' else text + i.releaselevel[0] + str(i.serial)
def libc():
    name, version = platform.libc_ver()
    if name == 'glibc':
        return ['glibc'] + [int(n) for n in version.split('.')[:2]]
    import glob, re, subprocess
    for loader in glob.glob('/lib/ld-musl-*.so.1'):
        said = subprocess.run([loader], stderr=subprocess.PIPE, universal_newlines=True).stderr
        found = re.search(r'Version (\d+)\.(\d+)', said)
        if found:
            return ['musl', int(found.group(1)), int(found.group(2))]
    return None
def mac():
    if sys.platform != 'darwin':
        return None
    numbers = (platform.mac_ver()[0].split('.') + ['0'])[:2]
    return [int(n) for n in numbers]
plain = sysconfig.get_platform().replace('-', '_').replace('.', '_')
if sys.maxsize <= 2 ** 32:
    plain = {'linux_x86_64': 'linux_i686', 'linux_aarch64': 'linux_armv7l'}.get(plain, plain)
gil = sysconfig.get_config_var('Py_GIL_DISABLED')
print(json.dumps({
    'implementation': sys.implementation.name,
    'soabi': sysconfig.get_config_var('SOABI') or '',
    'free_threaded': bool(gil),
    'platform': plain,
    'libc': libc() if sys.platform.startswith('linux') else None,
    'mac': mac(),
    'markers': {
        'os_name': os.name,
        'sys_platform': sys.platform,
        'platform_machine': platform.machine(),
        'platform_python_implementation': platform.python_implementation(),
        'platform_release': platform.release(),
        'platform_system': platform.system(),
        'platform_version': platform.version(),
        'python_version': '.'.join(platform.python_version_tuple()[:2]),
        'python_full_version': platform.python_version(),
        'implementation_name': sys.implementation.name,
        'implementation_version': release(sys.implementation.version),
    },
}))
)py";

Result<unsigned> small_member(const JsonArray& array, std::size_t at) {
    constexpr std::int64_t largest = 999;
    const auto* number = at < array.size() ? array[at].if_integer() : nullptr;
    if (number == nullptr || *number < 0 || *number > largest) {
        return Error(ErrorCode::malformed, "expected a version number of two parts, saw another");
    }
    return static_cast<unsigned>(*number);
}

Result<std::vector<std::string>> platforms_in(const JsonValue& answer) {
    HG_TRY(const auto plain, answer.text_member("platform"));
    const auto machine = plain.substr(plain.find('_') + 1);
    const auto* mac = answer.find("mac");
    if (mac != nullptr && mac->if_array() != nullptr) {
        HG_TRY(const auto major, small_member(*mac->if_array(), 0));
        HG_TRY(const auto minor, small_member(*mac->if_array(), 1));
        const auto* markers = answer.find("markers");
        HG_TRY(
            const auto cpu,
            markers != nullptr ? markers->text_member("platform_machine")
                               : answer.text_member("markers")
        );
        return mac_platforms(major, minor, cpu);
    }
    const auto* libc = answer.find("libc");
    if (libc == nullptr || libc->if_array() == nullptr || libc->if_array()->empty()) {
        return std::vector<std::string>{plain};
    }
    HG_TRY(const auto major, small_member(*libc->if_array(), 1));
    HG_TRY(const auto minor, small_member(*libc->if_array(), 2));
    const auto* name = libc->if_array()->front().if_text();
    const bool musl = name != nullptr && *name == "musl";
    return linux_platforms(machine, {musl ? LibcKind::musl : LibcKind::glibc, major, minor});
}

// `pypy39-pp73-x86_64-linux-gnu` is the ABI pypy39_pp73.
std::string pypy_abi(const std::string& soabi) {
    const auto first = soabi.find('-');
    const auto second = first == std::string::npos ? first : soabi.find('-', first + 1);
    std::string abi = soabi.substr(0, second);
    if (first != std::string::npos) {
        abi[first] = '_';
    }
    return abi;
}

}  // namespace

std::string_view interpreter_question() {
    return question;
}

Result<PythonTarget> parse_interpreter_answer(std::string_view text) {
    HG_TRY(
        const auto answer, parse_json(text, {.text_bytes = answer_bytes, .depth = 4, .values = 200})
    );
    HG_TRY(auto platforms, platforms_in(answer));
    HG_TRY(const auto* markers, answer.object_member("markers"));
    HG_TRY(const auto full, JsonValue(*markers).text_member("python_full_version"));
    // Distributions add a plus to versions that they patched; the standard has no such version.
    HG_TRY(const auto version, verify::parse_version(full.substr(0, full.find('+'))));
    PythonTarget target = cpython_target(version, std::move(platforms));
    HG_TRY(target.implementation, answer.text_member("implementation"));
    for (std::size_t i = 0; i < marker_variables; ++i) {
        const auto variable = static_cast<MarkerVariable>(i);
        if (variable != MarkerVariable::extra) {
            HG_TRY(auto value, JsonValue(*markers).text_member(marker_variable_name(variable)));
            target.markers.set(variable, std::move(value));
        }
    }
    HG_TRY(const auto soabi, answer.text_member("soabi"));
    const auto* free_threaded = answer.find("free_threaded");
    if (target.implementation != "cpython") {
        target.abis = {pypy_abi(soabi)};
    } else if (free_threaded != nullptr && free_threaded->if_boolean() != nullptr && *free_threaded->if_boolean()) {
        target.abis.front() += "t";
    }
    return target;
}

}  // namespace heliograph::mirror
