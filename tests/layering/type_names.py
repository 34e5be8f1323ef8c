# SPDX-License-Identifier: Apache-2.0
"""Types of one name in one namespace are one to the linker, wherever they are defined (C++20, [basic.def.odr])."""
import re

NAMESPACE = re.compile(r"^namespace ([\w:]+) \{", re.MULTILINE)
DEFINITION = re.compile(r"^(?:struct|class|enum class|union) (\w+)(?: final)?(?: : [\w:<>, ]+)? \{", re.MULTILINE)


def check_type_names(tree):
    """Of headers: what a source keeps for itself stands in an unnamed namespace."""
    homes = {}
    for path, text in sorted(tree.sources.items()):
        if not path.endswith(".hpp"):
            continue
        place = "::".join(NAMESPACE.findall(text))
        for name in DEFINITION.findall(text):
            first = homes.setdefault(f"{place}::{name}", path)
            if first != path:
                yield f"{path}: defines {place}::{name}, as {first} does; name one of them otherwise"
