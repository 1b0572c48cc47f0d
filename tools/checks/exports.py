#!/usr/bin/env python3
"""The export check: libcustos.so exports what include/custos marks with CUSTOS_EXPORT, all of it and nothing else."""

import re
import subprocess
import sys

import project

TYPE = re.compile(r"\b(?:class|struct)\s+CUSTOS_EXPORT\s+(\w+)")
FUNCTION = re.compile(r"\bCUSTOS_EXPORT\b(?!\s+\w+\s*(?:final\s*)?(?::(?!:)|\{))[^;{(]*?(\w+)\(")
ENCLOSING = re.compile(r"^(?:class|struct)\s+(?:CUSTOS_EXPORT\s+)?(\w+)[^;]*?\{", re.MULTILINE)


def promised_names(text):
    """The names that a public header promises: "custos::Custodian" for a type, "custos::KeyName::parse" for a function."""
    text = re.sub(r"//[^\n]*|^\s*#[^\n]*", "", text, flags=re.MULTILINE)
    names = {f"custos::{name}" for name in TYPE.findall(text)}
    for match in FUNCTION.finditer(text):
        scope = ""
        for enclosing in ENCLOSING.finditer(text, 0, match.start()):
            end = text.find("\n};", enclosing.end())
            if end > match.start():
                scope = enclosing.group(1) + "::"
        names.add(f"custos::{scope}{match.group(1)}")
    return names


def exported_names(library):
    """The demangled names of the dynamic symbols that `library` defines, without parameters."""
    listing = subprocess.run(["nm", "-D", "-C", "--defined-only", "--format=just-symbols", library], check=True,
                             capture_output=True, text=True).stdout
    return [line.strip() for line in listing.splitlines() if line.strip()]


def compare(promised, exported):
    """Findings: what is exported though not promised, and what is promised but not exported."""
    findings, seen = [], set()
    for symbol in exported:
        name = re.sub(r"\[abi:\w+\]|^(?:vtable|typeinfo|typeinfo name) for ", "", symbol).split("(")[0]
        owner = name.rsplit("::", 1)[0]
        match = next((known for known in (name, owner) if known in promised), None)
        if match:
            seen.add(match)
        else:
            findings.append(f"exported, but not marked in include/custos: {symbol}")
    return findings + [f"marked with CUSTOS_EXPORT, but not exported: {name}" for name in sorted(promised - seen)]


def main():
    promised = set()
    for header in sorted((project.ROOT / "include/custos").glob("*.h")):
        promised |= promised_names(header.read_text(encoding="utf-8"))
    exported = exported_names(sys.argv[1])
    project.report("exports", compare(promised, exported), len(exported))


if __name__ == "__main__":
    main()
