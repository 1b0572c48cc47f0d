"""The packages of tests/interop/npm/package.json, installed into the user's cache once."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import unittest
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent / "interop" / "npm"


def install(wanted, folder):
    if shutil.which("npm") is None:
        raise unittest.SkipTest("npm is not installed, so no library from there takes our transactions (apt install npm)")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "package.json").write_bytes(wanted)
    try:
        done = subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"], cwd=folder,
                              capture_output=True, text=True, timeout=240, check=False)
    except subprocess.TimeoutExpired as late:
        raise unittest.SkipTest("npm's registry did not answer in time, so no library from there takes our transactions") from late
    if done.returncode != 0:
        raise unittest.SkipTest("npm could not install the packages of tests/interop/npm: " + done.stderr.strip()[-300:])
    (folder / "installed").touch()


def installed_packages():
    """A folder with our scripts and the packages they import. Raises SkipTest with the reason where there is none."""
    wanted = (SCRIPTS / "package.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "custos" / "npm"
    folder = cache / hashlib.sha256(wanted).hexdigest()[:16]
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:  # several scripts want them at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            install(wanted, folder)
        for script in SCRIPTS.glob("*.mjs"):  # node looks for packages beside the script
            fresh = folder / (script.name + ".new")
            shutil.copy(script, fresh)
            fresh.rename(folder / script.name)  # whole at every moment: another test may run it just now
    return folder
