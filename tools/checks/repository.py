#!/usr/bin/env python3
"""The repository check: no machine paths, no private keys outside test data, no build output, no unfinished marks, no big files."""

import pathlib
import re

import project

MAX_BYTES = 1024 * 1024

# Each rule: what it finds, the pattern, and the files it leaves alone. The patterns are written so that they do not find themselves.
RULES = [
    ("a path of one machine", re.compile(r"(?:^|[^\w./$}])/(?:root|home|work)/[a-z]"), None),
    ("an unfinished mark", re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b"), None),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE [K]EY-----"), re.compile(r"^tests/(data|fuzz/corpus)/")),
    ("a line end of another system", re.compile(r"\r$"), re.compile(r"^tests/(data|fuzz/corpus)/")),
]
BUILD_OUTPUT = re.compile(r"(^|/)(build|CMakeFiles|__pycache__)/|\.(o|a|so|pyc|gcda|gcno)$")


def findings_in(root, files):
    """One line for each file or text line that breaks a rule."""
    findings = []
    for path in map(pathlib.PurePosixPath, files):
        if BUILD_OUTPUT.search(str(path)):
            findings.append(f"{path}: build output does not belong in the repository")
            continue
        content = (root / path).read_bytes()
        if len(content) > MAX_BYTES:
            findings.append(f"{path}: {len(content)} bytes; at most {MAX_BYTES}")
        if b"\0" in content:
            continue  # not text
        for number, line in enumerate(content.decode("utf-8", errors="replace").split("\n"), 1):
            for what, pattern, exempt in RULES:
                if pattern.search(line) and not (exempt and exempt.search(str(path))):
                    findings.append(f"{path}:{number}: {what}: {line.strip()[:100]}")
    return findings


def main():
    files = project.tracked_and_new()
    project.report("repository", findings_in(project.ROOT, files), len(files))


if __name__ == "__main__":
    main()
