# SPDX-License-Identifier: Apache-2.0
"""Reads the source tree: which files there are, what they include, which headers CMake makes public."""
import dataclasses
import pathlib
import re

CODE_FOLDERS = ("pki", "verify", "mirror", "tools", "tests", "samples")
LIBRARIES = ("pki", "verify", "mirror")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CALL = re.compile(r"heliograph_sources\(\s*(\w+)([^)]*)\)")


@dataclasses.dataclass(frozen=True)
class Include:
    path: str
    quoted: bool


@dataclasses.dataclass
class Tree:
    root: pathlib.Path
    #: path from the root, as text -> content, of every .hpp and .cpp
    sources: dict
    #: the same for scripts, CMake and Python files
    scripts: dict
    public_headers: set
    #: every file named by a CMakeLists.txt of a library
    listed: set

    def includes(self, path):
        text = BLOCK_COMMENT.sub("", self.sources[path])
        return [Include(name, mark == '"') for mark, name in INCLUDE.findall(text)]


def read_tree(root):
    root = pathlib.Path(root)
    sources, scripts, public, listed = {}, {}, set(), set()
    for folder in (*CODE_FOLDERS, ".ci"):
        for file in sorted((root / folder).rglob("*")):
            if not file.is_file() or "__pycache__" in file.parts:
                continue
            path = file.relative_to(root).as_posix()
            if file.suffix in (".hpp", ".cpp"):
                sources[path] = file.read_text(encoding="utf-8")
            elif file.suffix in (".sh", ".py", ".cmake") or file.name == "CMakeLists.txt" or path == ".ci/run":
                scripts[path] = file.read_text(encoding="utf-8")
    for path, text in scripts.items():
        if path.endswith("CMakeLists.txt"):
            _read_lists(path.rpartition("/")[0], text, public, listed)
    return Tree(root, sources, scripts, public, listed)


def _read_lists(folder, text, public, listed):
    text = re.sub(r"#.*", "", text)
    for _, body in CALL.findall(text):
        kind = None
        for word in body.split():
            if word in ("SOURCES", "HEADERS", "PRIVATE_HEADERS", "ALONE"):
                kind = word
                continue
            listed.add(f"{folder}/{word}")
            if kind == "HEADERS":
                public.add(f"{folder}/{word}")
