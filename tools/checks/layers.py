#!/usr/bin/env python3
"""The layer check: include downward only, siblings never include each other, public headers include only custos/ and std.

The layers are those of docs/architecture.md. An include belongs to a layer by its first folder ("base/bytes.h"), whichever
quotes it is written with.
"""

import pathlib
import re

import project

LAYERS = {
    "base": 0,
    "hash": 1,
    "encode": 2, "facts": 2,
    "exchange": 3, "wallet": 3, "authorise": 3, "key": 3,
    "hsm": 4, "software": 4, "registry": 4,
    "custodian": 5,
}
PUBLIC = "custos"

STANDARD_HEADERS = set("""
algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono cinttypes climits clocale cmath
compare complex concepts condition_variable coroutine csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar
cwchar cwctype deque exception execution filesystem format forward_list fstream functional future initializer_list iomanip ios
iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new numbers numeric optional ostream
queue random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept
stop_token streambuf string string_view syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map
unordered_set utility valarray variant vector version
""".split())

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def folder_of(path):
    """The layer's folder that `path` lies in, "public" or "cli", or None for files that no rule covers."""
    parts = path.parts
    if parts[:2] == ("include", "custos"):
        return "public"
    if parts[:2] == ("tools", "custos"):
        return "cli"
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 else "src"
    return "hsm" if parts[0] == "hsm" else None


def objection(folder, quote, include, is_neighbour):
    """Why a file of `folder` may not include `include`, or None. `is_neighbour`: the file lies beside the including one."""
    target = include.split("/")[0] if "/" in include else None
    if ".." in pathlib.PurePosixPath(include).parts:
        return "a path with .. hides its layer"
    if folder == "public":
        allowed = target == PUBLIC or (quote == "<" and include in STANDARD_HEADERS)
        return None if allowed else "a public header includes only custos/ and the standard library"
    if target == PUBLIC or (quote == '"' and is_neighbour):
        return None
    if target in LAYERS:
        if folder == "cli":
            return "the command line tool includes only custos/, its own headers and other libraries"
        if target != folder and LAYERS[target] == LAYERS[folder]:
            return f"{folder} and {target} are siblings (L{LAYERS[folder]})"
        if LAYERS[target] > LAYERS[folder]:
            return f"upward from {folder} (L{LAYERS[folder]}) to {target} (L{LAYERS[target]})"
        return None
    return "in quotes, but in no layer" if quote == '"' else None


def findings_in(root, files):
    """One line for each include that breaks a rule and each file that lies in no layer."""
    findings = []
    for path in files:
        folder = folder_of(path)
        if folder is None:
            continue
        if folder not in LAYERS and folder not in ("public", "cli"):
            findings.append(f"{path}: {path.parent} is no layer; tools/checks/layers.py lists them")
            continue
        text = (root / path).read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            quote, include = match.groups()
            why = objection(folder, quote, include, (root / path.parent / include).is_file())
            if why:
                line = text.count("\n", 0, match.start(1)) + 1
                findings.append(f"{path}:{line}: includes {include}: {why}")
    return findings


def main():
    files = project.tracked_and_new("*.h", "*.cc", "*.h.in")
    project.report("layers", findings_in(project.ROOT, files), len(files))


if __name__ == "__main__":
    main()
