#!/usr/bin/env python3
"""Counts the instructions of each stage of the request path under valgrind and compares them with counts.json.

Time depends on the machine and on what else runs there; the number of instructions does not. So a change that makes the path
slower is seen where a benchmark would not see it. The count of one call is the difference of a long and a short run, which
takes out the program's start.

Usage: instructions.py [--program FILE] [--write FILE] [--update]
  --program FILE  the built custos_request_path; default: the dev preset's
  --write FILE    writes the counts there
  --update        makes them the new counts.json, to be committed
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMITTED = pathlib.Path(__file__).resolve().with_name("counts.json")
PROGRAM = ROOT / "build/dev/tests/instructions/custos_request_path"
UPDATE = "tests/instructions/instructions.py --update"
SHORT_RUN, LONG_RUN = 100, 1100
ALLOWED_RISE = 0.05

# The whole environment of the runs. valgrind shows programs a processor that depends on the machine's, and libraries choose
# their code by it. So OpenSSL is told that there are no extensions at all, and glibc that there is nothing beyond SSE2.
PINNED = {
    "OPENSSL_ia32cap": "0:0",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX_Fast_Unaligned_Load,-SSSE3,-SSE4_1,-SSE4_2,-ERMS,-FSRM",
}


def count(program, stage, times):
    """The instructions of one run of the program."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, stage, str(times)]
        environment = PINNED | {"PATH": os.environ["PATH"]}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"instructions: {' '.join(map(str, command))} failed:\n{run.stderr}")
    return int(found.group(1))


def counts_of(program):
    """The instructions of one call of each stage."""
    stages = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        short = pool.map(lambda stage: count(program, stage, SHORT_RUN), stages)
        long = pool.map(lambda stage: count(program, stage, LONG_RUN), stages)
        return {stage: round((b - a) / (LONG_RUN - SHORT_RUN)) for stage, a, b in zip(stages, short, long)}


def judge(committed, now):
    """Prints the table; returns the stages that rose or fell too far, and those that only one side knows."""
    rose, fell, strange = [], [], sorted(committed.keys() ^ now.keys())
    print(f"{'stage':28}{'committed':>10}{'now':>8}{'change':>9}")
    for stage, after in now.items():
        before = committed.get(stage)
        change = (after - before) / before if before else 0.0
        print(f"{stage:28}{before if before else '-':>10}{after:>8}{change:>+9.1%}")
        if change > ALLOWED_RISE:
            rose.append(stage)
        elif change < -ALLOWED_RISE:
            fell.append(stage)
    return rose, fell, strange


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", type=pathlib.Path, default=PROGRAM)
    options.add_argument("--write", type=pathlib.Path)
    options.add_argument("--update", action="store_true")
    given = options.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("instructions: valgrind is not installed, so nothing was counted; tools/setup installs it")
    if not given.program.is_file():
        sys.exit(f"instructions: there is no {given.program}; build it: cmake --preset dev && cmake --build --preset dev")

    now = counts_of(given.program)
    text = json.dumps(now, indent=2) + "\n"
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    if given.update:
        COMMITTED.write_text(text, encoding="utf-8")
    rose, fell, strange = judge(json.loads(COMMITTED.read_text(encoding="utf-8")), now)
    if fell:
        print(f"Fell by more than {ALLOWED_RISE:.0%}: {', '.join(fell)}. Keep it: {UPDATE}, and commit counts.json.")
    if strange:
        print(f"Only in counts.json or only in the program: {', '.join(strange)}. Mend it: {UPDATE}")
    if rose:
        print(f"Rose by more than {ALLOWED_RISE:.0%}: {', '.join(rose)}. Make them cheaper; where the price is meant, say why in")
        print(f"the commit and record it: {UPDATE}")
    sys.exit(1 if rose or strange else 0)


if __name__ == "__main__":
    main()
