#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job end to end, on loopback, in a temporary folder: an authority, a signing master, two mirrors, a verified fetch;
# then a mirror lies, a mirror dies, and a mirror is healed. Installs and builds what is missing first.
#   HELIOGRAPH_BIN=FOLDER samples/quickstart.sh    runs programs that are built already
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly here

# --- what a reader sees --------------------------------------------------------------------------------------------------

step() { printf '\n== %s\n' "$*"; }
say() { printf '   %s\n' "$*"; }
fail() {
    printf '\nquickstart: %s\n' "$*" >&2
    exit 1
}

show() { # COMMAND...: prints it, runs it, indents what it says
    printf '   $ %s\n' "$*"
    "$@" 2>&1 | sed 's/^/     /' || fail "'$*' failed"
}

show_exit() { # CODE COMMAND...: the same for a command that must end with this exit code
    local expected=$1 result=0
    shift
    printf '   $ %s\n' "$*"
    "$@" 2>&1 | sed 's/^/     /' || result=${PIPESTATUS[0]}
    [ "$result" -eq "$expected" ] || fail "'$*' ended with exit code $result, expected $expected"
    say "(exit code $result)"
}

seconds_since() { # START, as EPOCHREALTIME gives it
    local micros=$((${EPOCHREALTIME/[^0-9]/} - ${1/[^0-9]/}))
    printf '%d.%d' $((micros / 1000000)) $((micros % 1000000 / 100000))
}

# --- programs ------------------------------------------------------------------------------------------------------------

build_programs() {
    "$here/tools/bootstrap.sh" --sample
    step "Building the release preset (minutes the first time, nothing when it is built)"
    local log="$here/build/release-build.log"
    mkdir -p "$here/build"
    (cd "$here" && cmake --preset release >"$log" 2>&1) || { cat "$log" >&2; fail "the build could not be configured"; }
    if [ -t 1 ]; then
        (cd "$here" && cmake --build --preset release -j "$(nproc)") || fail "the build failed"
    else
        (cd "$here" && cmake --build --preset release -j "$(nproc)" >"$log" 2>&1) || { tail -n 40 "$log" >&2; fail "the build failed"; }
    fi
}

if [ -n "${HELIOGRAPH_BIN:-}" ]; then
    programs=$(cd "$HELIOGRAPH_BIN" && pwd)
else
    build_programs
    programs="$here/build/release/bin"
fi
PATH="$programs:$PATH"
for name in "${!HELIOGRAPH_@}"; do unset "$name"; done

# --- the folder, the servers, and their end ------------------------------------------------------------------------------

work=$(mktemp -d "${TMPDIR:-/tmp}/heliograph-quickstart.XXXXXX")
declare -A server_pid=()

stop_server() { # NAME
    local pid=${server_pid[$1]:-}
    [ -n "$pid" ] || return 0
    unset "server_pid[$1]"
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

clean_up() {
    local name
    # Another Ctrl-C reaches every program of the terminal's group, and would end the removal half done.
    trap '' INT TERM
    for name in "${!server_pid[@]}"; do stop_server "$name"; done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$work"
# Programs remember serials and read configuration in the XDG folders: here, not in the reader's home.
export XDG_CONFIG_HOME="$work/xdg/config" XDG_STATE_HOME="$work/xdg/state" XDG_DATA_HOME="$work/xdg/data"
# Nor does fetch keep what it fetched: each time, the mirrors are to be asked.
export HELIOGRAPH_NO_CACHE=1

start_server() { # FOLDER: serves it on a port the kernel chooses; the URL is in $url
    rm -f "$1.port"
    printf '   $ mirror serve --dir %s --listen 127.0.0.1:0 --tls pki/issued/localhost/bundle.pem --port-file %s.port &\n' "$1" "$1"
    mirror serve --dir "$1" --listen 127.0.0.1:0 --tls pki/issued/localhost/bundle.pem --port-file "$1.port" >"$1.log" 2>&1 &
    server_pid[$1]=$!
    local tries=0
    until [ -s "$1.port" ]; do
        kill -0 "${server_pid[$1]}" 2>/dev/null || { cat "$1.log" >&2; fail "the server of $1 ended"; }
        [ $((tries += 1)) -lt 500 ] || { cat "$1.log" >&2; fail "the server of $1 is not ready after 10 s"; }
        sleep 0.02
    done
    url="https://127.0.0.1:$(tr -d '[:space:]' <"$1.port")/"
    say "$1 serves $url"
}

flip_byte() { # FILE OFFSET: changes one bit of one byte
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    chmod u+w "$1"
    printf "\\x$(printf '%02x' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# --- the main job --------------------------------------------------------------------------------------------------------

begin=$EPOCHREALTIME

step "1. An authority: a root, an intermediate, and three certificates"
show pki init --dir pki
export HELIOGRAPH_PKI=pki
show pki issue server localhost --dns localhost --ip 127.0.0.1
show pki issue client laptop
show pki issue signer page-signer
show pki crl

step "2. A master: real packages, each project page signed"
wheels=(/usr/share/python-wheels/*.whl)
[ -e "${wheels[0]}" ] || fail "no wheel in /usr/share/python-wheels; run tools/bootstrap.sh --sample"
tar --create --gzip --file hello_heliograph-1.0.0.tar.gz --directory "$here/samples" --sort=name --owner=0 --group=0 \
    --numeric-owner --transform 's,^hello-heliograph,hello_heliograph-1.0.0,' hello-heliograph
show mirror init --dir master --signer pki/issued/page-signer/bundle.pem --root pki/root.crt --crl pki/crl.pem
show mirror add --dir master "${wheels[@]}" hello_heliograph-1.0.0.tar.gz
start_server master
master_url=$url
show mirror trust export --dir master -o trust.json

step "3. Two mirrors: follow the master's changelog, verify before storing, serve the stored bytes"
: >mirrors.txt
priority=0 # mirror 1 is to be asked first: left to speed, fetch might never meet its lie
for name in mirror1 mirror2; do
    show mirror init --dir "$name" --upstream "$master_url" --trust trust.json
    show mirror sync --dir "$name"
    start_server "$name"
    echo "$url priority=$((priority++))" >>mirrors.txt
done
mirror1_url=$(sed -n '1s/ .*//p' mirrors.txt)
mirror2_url=$(sed -n '2s/ .*//p' mirrors.txt)

wheel=$(basename "$(ls /usr/share/python-wheels/setuptools-*.whl | head -n 1)")
project=${wheel%%-*}

step "4. A verified fetch, by name, from the list of mirrors"
show fetch --verify "$project" --mirrors mirrors.txt --trust trust.json --dest got1
cmp "got1/$wheel" "/usr/share/python-wheels/$wheel" || fail "the fetched wheel is not the published one"
show fetch --verify hello-heliograph --mirrors mirrors.txt --trust trust.json --dest got1
cmp got1/hello_heliograph-1.0.0.tar.gz hello_heliograph-1.0.0.tar.gz || fail "the fetched sdist is not the published one"
say "both files are the published bytes"

step "5. Mirror 1 lies: one byte of $wheel is changed on its disk"
digest=$(sha256sum "/usr/share/python-wheels/$wheel" | cut -d ' ' -f 1)
flip_byte "mirror1/blobs/${digest:0:2}/$digest" 1000
show fetch --verify "$project" --mirrors mirrors.txt --trust trust.json --dest got2
cmp "got2/$wheel" "/usr/share/python-wheels/$wheel" || fail "the fetched wheel is not the published one"
say "mirror 1 ($mirror1_url) was found out; mirror 2 ($mirror2_url) gave the right file"

step "6. Mirror 2 dies: nobody honest is left, so nothing is accepted"
stop_server mirror2
show_exit 1 fetch --verify "$project" --mirrors mirrors.txt --trust trust.json --dest got3
[ -z "$(ls -A got3 2>/dev/null)" ] || fail "something was placed in got3 although nothing could be verified"
say "nothing was written"

step "7. Mirror 1 is healed"
show_exit 1 mirror verify --dir mirror1
show mirror verify --dir mirror1 --repair
show mirror sync --dir mirror1
show fetch mirrors --mirrors mirrors.txt --lift "$mirror1_url"
show fetch --verify "$project" --mirrors mirrors.txt --trust trust.json --dest got4
cmp "got4/$wheel" "/usr/share/python-wheels/$wheel" || fail "the fetched wheel is not the published one"

step "Done in $(seconds_since "$begin") s"
say "Verified: the page signature, its certificate chain up to the pinned root and revocation; the name inside the page;"
say "length and SHA-256 of every file fetched. One lying and one dead mirror changed nothing in what was accepted."
