# SPDX-License-Identifier: Apache-2.0
"""Types of one name in one namespace are one to the linker, wherever they are defined (C++20, [basic.def.odr])."""
import re

NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.MULTILINE)
UNNAMED = re.compile(r"^namespace \{$.*?^\}  // namespace$", re.MULTILINE | re.DOTALL)
DEFINITION = re.compile(r"^(?:struct|class|enum class|union) (\w+)(?: final)?(?: : [\w:<>, ]+)? \{", re.MULTILINE)


def check_type_names(tree):
    """Of headers and sources; what stands in an unnamed namespace is a source's own."""
    homes = {}
    for path, text in sorted(tree.sources.items()):
        place = "::".join(NAMESPACE.findall(text))
        for name in DEFINITION.findall(UNNAMED.sub("", text)):
            first = homes.setdefault(f"{place}::{name}", path)
            if first != path:
                yield f"{path}: defines {place}::{name}, as {first} does; name one of them otherwise"
