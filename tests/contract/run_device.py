#!/usr/bin/env python3
"""Runs the contract suite on one kind of token: run_device.py DEVICE PROGRAM RESULTS [gtest options]

tests/tokens/DEVICE.sh starts a token of its own, in a temporary folder, around PROGRAM. The findings are left in
RESULTS/DEVICE.json and must be those of tests/data/devices/DEVICE.json, times aside. A device that cannot be had here is skipped
(status 77) and its reason printed and left there instead.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

SKIPPED = 77
SECONDS = 580
TESTS = pathlib.Path(__file__).resolve().parents[1]


def run(command, environment):
    """Runs a command in a process group of its own. Gives status and error text. When time is up, all of it is stopped: by
    SIGTERM, on which scripts clean up, and then what is deaf to that, as the first process of a namespace is."""
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        for seconds, end in ((SECONDS, signal.SIGTERM), (10, signal.SIGKILL)):
            try:
                told = process.communicate(timeout=seconds)[1]
                return process.returncode, told
            except subprocess.TimeoutExpired:
                print(f"stopped after {seconds} s", file=sys.stderr)
                os.killpg(process.pid, end)
        return process.wait(), process.communicate()[1]


def stable(result):
    """What must be the same each time."""
    lines = [line for line in result["findings"] if not line["measured"]]
    return {"profile": result["profile"], "findings": {line["name"]: line for line in lines}}


def differences(found, expected):
    """One line for each finding that is not the snapshot's."""
    found, expected = stable(found), stable(expected)
    if found["profile"] != expected["profile"]:
        yield f"the profile chosen is {found['profile']}, expected {expected['profile']}"
    for name in sorted(found["findings"].keys() | expected["findings"].keys()):
        told, wanted = found["findings"].get(name), expected["findings"].get(name)
        if told != wanted:
            yield f"{name}: found {told and told['value']!r}, expected {wanted and wanted['value']!r}"


def main():
    device, program, results = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    result = results / f"{device}.json"
    results.mkdir(parents=True, exist_ok=True)
    result.unlink(missing_ok=True)

    with tempfile.TemporaryDirectory(prefix="custos-") as folder:
        environment = {**os.environ, "CUSTOS_CONTRACT_DEVICE": device, "CUSTOS_CONTRACT_FOLDER": folder,
                       "CUSTOS_CONTRACT_RESULTS": str(result)}
        token = pathlib.Path(folder) / "token"
        token.mkdir()
        command = [TESTS / "tokens" / f"{device}.sh", token, program, *sys.argv[4:]]
        status, told = run(command, environment)
        log = token / "init.log"
        if status not in (0, SKIPPED) and log.exists():
            told += f"--- {log.name}\n{log.read_text(errors='replace')}"

    if status == SKIPPED:
        reason = told.strip()
        print(f"{device} is absent: {reason}")
        result.write_text(json.dumps({"device": device, "absent": reason}) + "\n")
        sys.exit(SKIPPED)
    sys.stderr.write(told)
    snapshot = TESTS / "data" / "devices" / f"{device}.json"
    if result.exists() and snapshot.exists():
        for line in differences(json.loads(result.read_text()), json.loads(snapshot.read_text())):
            print(f"{device}: {line}")
            status = status or 1
    sys.exit(1 if status else 0)


if __name__ == "__main__":
    main()
