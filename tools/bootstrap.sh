#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the system packages that heliograph needs and that are missing, from the distribution and nothing else.
# Tested names: Debian 12 and 13, Ubuntu 24.04. Quiet when nothing is missing.
set -euo pipefail

usage() {
    cat <<'TEXT'
usage: tools/bootstrap.sh [--runtime | --build | --sample | --test | --ci]
  --runtime  shared libraries that the built programs load
  --build    compiler, build tools and libraries to build the programs (the default)
  --sample   --build, and what the samples use
  --test     --sample, and what the tests use
  --ci       --test, and what the sanitizer, fuzz, format and lint stages use
Needs apt-get, and root or sudo when something is missing. It removes no package.
TEXT
}

# A line a need: packages that satisfy it, best first ('a|b'), then what it is for. '?' marks a need that CI can go without.
runtime_needs() {
    cat <<'TEXT'
libssl3t64|libssl3                  cryptography and TLS
libcurl4t64|libcurl4                HTTP client
libarchive13t64|libarchive13        reading wheels and source archives
libexpat1                           XML of the calls that mirrors make
libcares2|libc-ares2                names of mirrors in the DNS
libsqlite3-0                        catalogue of a mirror, ledger of an authority
zlib1g                              stored pages
TEXT
}

build_needs() {
    cat <<'TEXT'
g++                                 C++20 compiler, 12 or newer
cmake                               build system, 3.25 or newer
ninja-build                         build runner
pkg-config|pkgconf                  finding libraries
ccache                              a second build costs seconds
libssl-dev                          cryptography and TLS (OpenSSL 3)
libcurl4-openssl-dev                HTTP client
libarchive-dev                      reading wheels and source archives
libexpat1-dev                       XML of the calls that mirrors make
libc-ares-dev                       names of mirrors in the DNS
libsqlite3-dev                      catalogue and ledger
zlib1g-dev                          stored pages
nlohmann-json3-dev                  JSON
libgumbo-dev                        HTML
libboost1.81-dev|libboost1.83-dev|libboost1.88-dev|libboost-dev  HTTP parser of the server (Boost.Beast, 1.81 or newer)
libcli11-dev                        command lines
libtomlplusplus-dev                 lock files (TOML)
libspdlog-dev                       messages of the programs
TEXT
}

sample_needs() {
    cat <<'TEXT'
python3                             building a source package, checkers
openssl                             the stock tool that must agree with us
python3-pip-whl                     a real wheel to publish; an unmodified pip
python3-setuptools-whl              a real wheel to publish
?python3-wheel-whl                  a real wheel to publish
TEXT
}

test_needs() {
    cat <<'TEXT'
libgtest-dev                        tests
libgmock-dev                        tests
nginx                               serves an exported tree
libbenchmark-dev                    benchmarks
?python3-cryptography-vectors       the certificates of the PKITS conformance test
gnutls-bin                          certtool: a second opinion on what we issue
libnss3-tools                       certutil: a third one
curl                                a client that trusts by a variable
ca-certificates                     the system's trust store
?lld                                links tests quickly
binutils                            what a program loads at run time (readelf)
softhsm2                            a device for keys, in software (PKCS #11)
libengine-pkcs11-openssl            keys in devices (PKCS #11)
python3-cryptography                tokens of another implementation (Fernet)
libxml2-utils                       xmllint: reports against their schema
python3-jsonschema                  the same for JSON
python3-yaml                        samples for CI services
TEXT
}

ci_needs() {
    cat <<'TEXT'
?clang-14|clang                     fuzz targets; a second compiler
?libclang-rt-14-dev|libclang-rt-dev libFuzzer and sanitizers
?llvm-14|llvm                       readable sanitizer reports
?clang-format-14                    format check (exactly this version)
?clang-tidy-14                      lint (exactly this version)
TEXT
}

is_installed() {
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

is_offered() {
    local candidate
    candidate=$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p')
    [ -n "$candidate" ] && [ "$candidate" != "(none)" ]
}

fail() {
    echo "bootstrap: $*" >&2
    exit 1
}

group=${1:---build}
[ $# -le 1 ] || { usage >&2; exit 2; }
case $group in
    --runtime) needs=$(runtime_needs) ;;
    --build) needs=$(build_needs) ;;
    --sample) needs=$(build_needs; sample_needs) ;;
    --test) needs=$(build_needs; sample_needs; test_needs) ;;
    --ci) needs=$(build_needs; sample_needs; test_needs; ci_needs) ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
    fail "no apt-get here. heliograph takes its libraries from Debian 12, 13 or Ubuntu 24.04; elsewhere, install by hand:
$(sed 's/^?//; s/^/  /' <<<"$needs")"

missing=()
while read -r names purpose; do
    found=no
    IFS='|' read -ra choices <<<"${names#\?}"
    for name in "${choices[@]}"; do
        # The unversioned Boost package may be older than 1.81: it counts only when it is new enough.
        if is_installed "$name" && { [ "$name" != libboost-dev ] ||
            dpkg --compare-versions "$(dpkg-query --show --showformat '${Version}' libboost-dev)" ge 1.81; }; then
            found=yes
            break
        fi
    done
    [ $found = yes ] || missing+=("$names $purpose")
done <<<"$needs"
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        fail "packages are missing, and neither root nor sudo is at hand. Run as root: $0 $group"
    as_root=(sudo)
fi

echo "bootstrap: asking the distribution for ${#missing[@]} missing packages"
"${as_root[@]}" apt-get update -qq || echo "bootstrap: the package lists could not be refreshed; trying with those at hand" >&2

install=()
for line in "${missing[@]}"; do
    read -r names purpose <<<"$line"
    chosen=
    IFS='|' read -ra choices <<<"${names#\?}"
    for name in "${choices[@]}"; do
        if is_offered "$name"; then
            chosen=$name
            break
        fi
    done
    if [ -n "$chosen" ]; then
        printf '  %-24s %s\n' "$chosen" "$purpose"
        install+=("$chosen")
    elif [ "${names:0:1}" = '?' ]; then
        printf '  %-24s %s: not offered here; what needs it says so and is left out\n' "${names#\?}" "$purpose"
    else
        fail "no package ${names//|/ or } is offered here ($purpose); see 'apt-cache policy ${choices[0]}'"
    fi
done
[ ${#install[@]} -gt 0 ] || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends --no-remove -qq "${install[@]}" >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    fail "apt-get could not install: ${install[*]}"
}
echo "bootstrap: installed ${#install[@]} packages"
