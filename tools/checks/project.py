"""What the checks share: the project's files, and how findings are reported."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def tracked_and_new(*patterns, root=ROOT):
    """Files git tracks or would track, as paths relative to `root`, that match the patterns (all, if none is given)."""
    # safe.directory: root may check a clone that belongs to somebody else.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.split("\0")
    return [pathlib.Path(name) for name in sorted(set(names)) if name and (root / name).is_file()]


def report(what, findings, examined):
    """Prints the findings and ends the program: 0 without findings, else 1."""
    for finding in findings:
        print(finding)
    print(f"{what}: {examined} examined, {len(findings)} found")
    sys.exit(1 if findings or not examined else 0)
