# SPDX-License-Identifier: Apache-2.0
"""The arrows: which room may include which, and where each third-party library lives."""

#: Room -> rooms it may include. A room may always include itself. A folder that is no room here is refused, so that
#: a new room states its arrows first. 'mirror/fleet:access_stats' names one file of a room.
BASE = ("pki/base",)
KEYS = ("pki/crypto", *BASE)
CERTIFICATES = ("pki/x509", *KEYS)
PKI = ("pki/tls", "pki/lint", "pki/ocsp", "pki/seal", "pki/authority", "pki/base/database", "pki/base/folder", *CERTIFICATES)
VERDICT = ("verify/verdict", *CERTIFICATES)
JUDGED = ("verify/report", "verify/resolve", "verify/gate", "verify/attest", "verify/detached", "verify/index", *VERDICT)
BELOW_MIRROR = (*PKI, *JUDGED)
MIRROR = tuple(f"mirror/{room}" for room in ("net", "store", "requirement", "journal", "publish", "upload", "fleet", "discovery", "export", "sync", "serve",
                                            "fetch", "proxy", "bundle", "statistics", "audit", "check"))

ROOMS = {
    "pki/base": (),
    "pki/base/database": BASE,
    "pki/base/folder": BASE,
    "pki/crypto": BASE,
    "pki/seal": KEYS,
    "pki/x509": KEYS,
    "pki/lint": ("pki/ocsp", *CERTIFICATES),
    "pki/ocsp": CERTIFICATES,
    "pki/authority": ("pki/lint", "pki/ocsp", "pki/seal", *CERTIFICATES, "pki/base/database", "pki/base/folder"),
    "pki/tls": CERTIFICATES,
    "verify/verdict": CERTIFICATES,
    "verify/report": VERDICT,
    "verify/index": VERDICT,
    "verify/attest": ("verify/index", *VERDICT),
    "verify/detached": VERDICT,
    "verify/resolve": BASE,
    "verify/gate": ("verify/detached", "verify/index", *VERDICT),
    "mirror/net": BELOW_MIRROR,
    "mirror/store": BELOW_MIRROR,
    "mirror/requirement": BELOW_MIRROR,
    "mirror/journal": ("mirror/store", *BELOW_MIRROR),
    "mirror/fleet": ("mirror/net", *BELOW_MIRROR),
    "mirror/discovery": ("mirror/fleet", "mirror/net", *BELOW_MIRROR),
    "mirror/publish": ("mirror/journal", "mirror/store", *BELOW_MIRROR),
    "mirror/upload": ("mirror/publish", "mirror/journal", "mirror/store", "mirror/net", *BELOW_MIRROR),
    "mirror/fetch": ("mirror/requirement", "mirror/fleet", "mirror/net", "mirror/publish:dist_reader", *BELOW_MIRROR),
    "mirror/sync": ("mirror/requirement", "mirror/fleet", "mirror/journal", "mirror/store", "mirror/net", *BELOW_MIRROR),
    "mirror/export": ("mirror/fleet", "mirror/journal", "mirror/store", *BELOW_MIRROR),
    "mirror/bundle": ("mirror/sync", "mirror/fleet", "mirror/journal", "mirror/store", "mirror/net", *BELOW_MIRROR),
    "mirror/audit": ("mirror/fleet", "mirror/net", *BELOW_MIRROR),
    "mirror/statistics": ("mirror/net", *BELOW_MIRROR),
    "mirror/serve": ("mirror/journal", "mirror/store", "mirror/net", "mirror/statistics", *BELOW_MIRROR),
    "mirror/proxy": ("mirror/fetch", "mirror/requirement", "mirror/fleet", "mirror/net", "mirror/serve:conditional", "mirror/serve:negotiation", "mirror/store:nameless_file", *BELOW_MIRROR),
    "mirror/check": ("mirror/bundle", "mirror/requirement", "mirror/fetch", "mirror/proxy:proxy_policy", "mirror/fleet", "mirror/store", "mirror/net", *BELOW_MIRROR),
    "tools/cli": BELOW_MIRROR,
    "tools/config": ("tools/cli", *BELOW_MIRROR),
    "tools/commands": ("tools/cli", "tools/config", *MIRROR, *BELOW_MIRROR),
    "tools": ("tools/commands", "tools/cli", "tools/config", *MIRROR, *BELOW_MIRROR),
}

#: Third-party header -> rooms whose sources may include it. Rooms are matched by prefix; tests may include all.
HOMES = {
    "openssl/": ("pki", "mirror/net"),
    "sqlite3.h": ("pki/base/database",),
    "nlohmann/": ("pki/base",),
    "gumbo.h": ("verify/index",),
    "toml++/": ("mirror/fetch",),
    "curl/": ("mirror/net",),
    "ares.h": ("mirror/net",),
    "expat.h": ("mirror/journal", "mirror/discovery"),
    "archive.h": ("mirror/publish", "mirror/bundle", "mirror/statistics"),
    "archive_entry.h": ("mirror/publish", "mirror/bundle", "mirror/statistics"),
    "zlib.h": ("mirror/store",),
    "boost/": ("mirror/net",),
    "CLI/": ("tools",),
    "spdlog/": ("tools",),
    "fmt/": ("tools",),
    # pki and verify open no socket.
    "sys/socket.h": ("mirror/net",),
    "netinet/": ("mirror/net",),
    "arpa/inet.h": ("mirror/net",),
    "netdb.h": ("mirror/net",),
    "sys/epoll.h": ("mirror/net",),
}


def room_of(path):
    """The room that a file or an include path belongs to: 'mirror/net', 'pki/base/database', 'tools' for a main."""
    parts = path.split("/")
    if parts[0] in ("tests", "samples"):
        return parts[0]
    if parts[:2] == ["pki", "base"] and len(parts) > 3:
        return "/".join(parts[:3])
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def command_of(path):
    """The program that a command's file belongs to, or None: tools/commands/mirror/sync.cpp is of 'mirror'."""
    parts = path.split("/")
    return parts[2] if parts[:2] == ["tools", "commands"] and len(parts) > 3 else None


def check_arrows(tree):
    for path in tree.sources:
        room = room_of(path)
        for include in tree.includes(path):
            if include.quoted:
                yield f'{path}: includes "{include.path}": write it from the source root, in angle brackets'
            elif include.path.split("/")[0] in ("pki", "verify", "mirror", "tools", "tests", "samples"):
                yield from _check_own(tree, path, room, include.path)
            else:
                yield from _check_foreign(tree, path, room, include.path)


def _check_own(tree, path, room, target):
    if target not in tree.sources:
        yield f"{path}: includes <{target}>, which is no file of this tree"
        return
    if room in ("tests", "samples"):
        if room == "samples" and room_of(target) != "samples" and target not in tree.public_headers:
            yield f"{path}: a sample includes <{target}>, which is not a public header"
        return
    if room not in ROOMS:
        yield f"{path}: the folder {room} has no arrows yet; give it a line in tests/layering/arrows.py"
        return
    wanted = room_of(target)
    stem = target.rpartition("/")[2].rpartition(".")[0]
    if wanted != room and wanted not in ROOMS[room] and f"{wanted}:{stem}" not in ROOMS[room]:
        yield f"{path}: {room} must not include {wanted} (<{target}>)"
    if command_of(path) and command_of(target) and command_of(path) != command_of(target):
        yield f"{path}: a command of {command_of(path)} must not include one of {command_of(target)} (<{target}>)"
    if path in tree.public_headers and target not in tree.public_headers:
        yield f"{path}: a public header includes <{target}>, which is not public"


def _check_foreign(tree, path, room, target):
    for prefix, homes in HOMES.items():
        if not (target == prefix or (prefix.endswith("/") and target.startswith(prefix))):
            continue
        if room not in ("tests", "samples") and not any(room == h or room.startswith(h + "/") for h in homes):
            yield f"{path}: <{target}> belongs in {', '.join(homes)}, not in {room}"
        if path in tree.public_headers and not prefix.startswith(("sys/", "net", "arpa/")):
            yield f"{path}: a public header includes <{target}>; keep the library behind a private header or a source"


def check_listed(tree):
    """A source that CMake does not know escapes the warnings, the linter and the tests."""
    for path in tree.sources:
        if path.split("/")[0] in ("pki", "verify", "mirror") and path not in tree.listed:
            yield f"{path}: is in no heliograph_sources() of its folder's CMakeLists.txt"
    for path in sorted(tree.listed):
        if path not in tree.sources:
            yield f"{path}: is listed in CMakeLists.txt and is not there"
