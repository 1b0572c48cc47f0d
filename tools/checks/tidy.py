#!/usr/bin/env python3
"""The tidy check: clang-tidy-19 with the checks of .clang-tidy as errors, over what ships: src, hsm and tools. The tests are left
to the warnings of two compilers and to the sanitizers; tidying them too would double the time.

Usage: tidy.py BUILD_DIR, a folder that is built. A source that was clean is not examined again, in this checkout or another, until
it, a header that it includes, its command, .clang-tidy or clang-tidy changes: the records lie where a person's caches do
(${XDG_CACHE_HOME:-~/.cache}/custos/tidy), as ccache's do. The headers are those that ninja noted when it built the source.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time

import project

TIDY = "clang-tidy-19"
SHIPPED = ("src", "hsm", "tools")


def noted_headers(build):
    """For each object file, the project's files it was compiled from, as ninja noted them."""
    notes = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    headers, current = {}, None
    for line in notes.splitlines():
        if line.startswith("    "):
            path = (build / line.strip()).resolve()
            if path.is_relative_to(project.ROOT):
                current.append(path)
        elif ":" in line:
            current = headers.setdefault(line.split(":")[0], [])
    return headers


def records_folder():
    """Where it is recorded what was clean."""
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "custos" / "tidy"


def fingerprint(entry, headers, build, version):
    """A hash over all that the verdict on one source depends on, wherever the checkout lies, or None when its headers are not known."""
    if not headers:
        return None

    def placeless(text):
        return text.replace(str(build), "BUILD").replace(str(project.ROOT), "ROOT").encode()

    digest = hashlib.sha256(version + placeless(entry["command"]))
    for path in [project.ROOT / ".clang-tidy", *sorted(set(headers))]:
        digest.update(placeless(str(path)) + b"\0" + path.read_bytes())
    return digest.hexdigest()


def examine(build, source):
    """Runs clang-tidy on one source; returns whether it is clean, what it said, and the seconds it took."""
    start = time.monotonic()
    command = [TIDY, "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option", source]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode == 0, result.stdout, time.monotonic() - start


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    records = records_folder()
    records.mkdir(parents=True, exist_ok=True)
    headers = noted_headers(build)
    version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout

    due, clean = {}, 0
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        source = pathlib.Path(entry["file"])
        if not any(source.is_relative_to(project.ROOT / folder) for folder in SHIPPED) or not source.is_file():
            continue
        arguments = shlex.split(entry["command"])
        key = fingerprint(entry, headers.get(arguments[arguments.index("-o") + 1]), build, version)
        if key and (records / key).exists():
            clean += 1
        else:
            due[str(source)] = key

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        runs = {pool.submit(examine, build, source): source for source in due}
        for number, run in enumerate(concurrent.futures.as_completed(runs), 1):
            source = runs[run]
            passed, said, seconds = run.result()
            print(f"[{number}/{len(runs)}] {seconds:5.1f} s {pathlib.Path(source).relative_to(project.ROOT)}", flush=True)
            if passed and due[source]:
                (records / due[source]).touch()
            elif not passed:
                failed += 1
                print(said)
    print(f"tidy: {clean} known clean, {len(due)} examined, {failed} with findings")
    sys.exit(1 if failed or clean + len(due) == 0 else 0)


if __name__ == "__main__":
    main()
