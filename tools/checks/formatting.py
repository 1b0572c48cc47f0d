#!/usr/bin/env python3
"""The format check: clang-format-19 would change nothing."""

import subprocess
import sys

import project


def main():
    files = project.tracked_and_new("*.h", "*.cc", "*.c")
    result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *map(str, files)], cwd=project.ROOT, check=False)
    print(f"format: {len(files)} examined")
    if result.returncode:
        print("To mend it: git ls-files -co --exclude-standard '*.h' '*.cc' '*.c' | xargs clang-format-19 -i")
    sys.exit(1 if result.returncode or not files else 0)


if __name__ == "__main__":
    main()
