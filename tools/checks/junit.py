#!/usr/bin/env python3
"""Sums up the JUnit files that ctest wrote: prints each failed test with the end of its output, then the counts.

Usage: junit.py [--step-failed NAME] FILE…   The last line is `N passed, N failed`, with `, N skipped` when there were some.
"""

import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

LINES_SHOWN = 60


def summary(files):
    """Counts over all files: passed, [(name, output)] of the failed, skipped. A test that could not run has failed."""
    passed, failed, skipped = 0, [], 0
    for file in files:
        for case in ElementTree.parse(file).getroot().iter("testcase"):
            name = f"{file.stem}: {case.get('name')}"
            status, skip = case.get("status"), case.find("skipped")
            if status == "run":
                passed += 1
            elif status == "disabled" or (skip is not None and skip.get("message", "").startswith("SKIP_")):
                skipped += 1
            else:
                failed.append((name, case.findtext("system-out") or (skip.get("message") if skip is not None else "")))
    return passed, failed, skipped


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--step-failed")
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    passed, failed, skipped = summary(arguments.files)
    if arguments.step_failed:
        failed.append((f"step: {arguments.step_failed}", ""))
    for name, output in failed:
        if not output:
            continue
        print(f"\n---- {name}")
        print("\n".join(output.rstrip().splitlines()[-LINES_SHOWN:]))
    if failed:
        print("\nFailed:")
        for name, _ in failed:
            print(f"  {name}")
    print()
    print(f"{passed} passed, {len(failed)} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
