#!/usr/bin/env python3
"""Two copies of a key, each behind a p11-kit server that is killed, started, stalled and resumed at random, while four threads
sign (device_soak.cc). CUSTOS_SOAK_SECONDS (60), CUSTOS_SOAK_SEED (printed). No signature may be wrong, no request may be without
an answer, and at the end the process holds what it held before. Skipped (status 77) where p11-kit is missing."""

import json
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from p11_server import PIN, P11Server

CLIENT = Path(f"/usr/lib/{os.uname().machine}-linux-gnu/pkcs11/p11-kit-client.so")
SKIPPED = 77
CALM_SECONDS = 6       # undisturbed, before what the process holds is looked at
MOST_BOTH_AWAY = 2.0   # seconds
MOST_BACK_MS = 2500    # until a token is healthy again whose server is back
ERROR_BUDGET = 0.02    # of all requests, while a copy could be reached
MOST_OVERRUN_MS = 500  # past a deadline: this machine's own scheduling
MOST_THREADS = 2 * 64 + 16  # CallThreads::kMost for each token, which are kept once a stall wanted them; and a few others
MOST_SESSIONS = 64 + 16 + 2  # of a token: one for each of those threads, armed ones of one key, the login's and a spare one
MOST_COPIES = 1 + 2 * 8 * 2  # SoftHSM2's; and 8 for each token (hsm/module_opening), each fault token with a module of its own


def write_private(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def make_home(home, servers, secret):
    """A home whose registry's token is local, with a credential whose key stands in both servers' tokens."""
    def custos(*arguments, secret=""):
        done = subprocess.run([os.environ["CUSTOS_BIN"], *arguments, "--home", home, "--json"], input=secret, text=True,
                              capture_output=True, timeout=60)
        assert done.returncode == 0, f"custos {' '.join(arguments)}: {done.stderr}"
        return json.loads(done.stdout)

    subprocess.run([os.environ["CUSTOS_BIN"], "init", "--home", home], check=True, capture_output=True)
    settings = (home / "custos.toml").read_text()
    if "\nthreads = true" not in settings:
        settings += "\n[process]\nthreads = true\n"
    for server in servers:
        # p11-kit's client reads its server's address from the environment, so a process has one; the fault token, with no rules,
        # sets it for each of its own copies.
        settings += (f'\n[token.{server.name}]\nmodule = "{os.environ["FAULT_TOKEN"]}"\nuri = "pkcs11:token={server.name}"\n'
                     f'pin_file = "pin/{server.name}"\nprofile = "p11-kit-client"\n'
                     f'init_reserved = "module={CLIENT};P11_KIT_SERVER_ADDRESS={server.address}"\n')
        write_private(home / "pin" / server.name, PIN)
    (home / "custos.toml").write_text(settings)
    first, second = servers
    added = custos("credential", "add", "main", "--venue", "binance", "--api-key", "k", "--secret-stdin", "--token", first.name,
                   secret=secret)
    custos("key", "replicate", added["key"], "--to", second.name, "--secret-stdin", secret=secret)


class Mischief:
    """What is done to the servers, and when."""

    def __init__(self, servers, program, seed):
        self.servers, self.program, self.random = servers, program, random.Random(seed)
        self.done = {}

    def tell(self, line):
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()

    def rage(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            away = [server for server in self.servers if server.state != "up"]
            time.sleep(min(self.random.uniform(0.5, MOST_BOTH_AWAY if len(away) == 2 else 3.0), max(0.0, end - time.monotonic())))
            if away and (len(away) == 2 or self.random.random() < 0.7):
                self.do("resume" if away[0].state == "stalled" else "start", away[0])
            else:
                server = self.random.choice([server for server in self.servers if server.state == "up"])
                self.do(self.random.choice(["kill", "stall"]), server)

    def do(self, what, server):
        self.done[what] = self.done.get(what, 0) + 1
        if what in ("resume", "start"):
            server.bring_back()
            self.tell(f"{server.name} up")
            return
        self.tell(f"{server.name} {'gone' if what == 'kill' else 'stalled'}")
        server.kill() if what == "kill" else server.stall()

    def calm(self, name):
        """Brings both back and, after a while, has the program tell what it holds. Gives each server's connections."""
        for server in self.servers:
            if server.state != "up":
                self.do("resume" if server.state == "stalled" else "start", server)
        time.sleep(CALM_SECONDS)
        self.tell(f"sample {name}")
        return [server.connections() for server in self.servers]


def complaints(report, seconds):
    """What is not as it must be, a line each."""
    told = report["signatures"]
    if told["wrong"]:
        yield f"{told['wrong']} wrong signatures"
    if told["requests"] != told["signed"] + sum(told["errors"].values()):
        yield "requests without an answer"
    if told["requests"] < 0.5 * 800 * seconds:
        yield "the rate was not kept: less than half of 800 requests a second"
    if report["error_budget_used"] > ERROR_BUDGET:
        yield f"{report['error_budget_used']:.2%} of the requests failed while a copy could be reached"
    if told["worst_overrun_ms"] > MOST_OVERRUN_MS:
        yield f"a call ended {told['worst_overrun_ms']:.0f} ms after its deadline"
    middle, end = told["samples"]["middle"], told["samples"]["end"]
    for what, slack in (("resident_kib", 2048), ("descriptors", 4)):
        if end[what] > 1.1 * middle[what] + slack:
            yield f"{what} grew from {middle[what]} to {end[what]}"
    if end["threads"] > MOST_THREADS:
        yield f"{end['threads']} threads"
    if end["module_copies"] > MOST_COPIES:
        yield f"{end['module_copies']} copies of modules"
    for name, sessions in end["sessions"].items():
        if sessions > MOST_SESSIONS:
            yield f"{sessions} sessions of the token {name}"
    for name, token in told["health"].items():
        if token["state"] != "healthy":
            yield f"the token {name} ended {token['state']}"
        if max(token["back_ms"], default=0) > MOST_BACK_MS:
            yield f"the token {name} was healthy only {max(token['back_ms'])} ms after its server was back"
    for before, after in zip(report["connections"]["middle"], report["connections"]["end"]):
        if after > before + 1:
            yield f"connections to a server grew from {before} to {after}"


def main():
    softhsm2 = os.environ["SOFTHSM2_MODULE"]
    for needed in ("p11-kit", "softhsm2-util", str(CLIENT)):
        if not shutil.which(needed) and not Path(needed).exists():
            print(f"skipped: {needed} is not installed")
            sys.exit(SKIPPED)
    seconds = float(os.environ.get("CUSTOS_SOAK_SECONDS", "60"))
    seed = int(os.environ.get("CUSTOS_SOAK_SEED", secrets.randbits(32)))
    print(f"seed {seed}, {seconds:g} s", flush=True)

    with tempfile.TemporaryDirectory(prefix="custos-soak-") as folder:
        folder = Path(folder)
        home = folder / "home"
        servers = [P11Server(name, folder / name, softhsm2) for name in ("a", "b")]
        secret = secrets.token_hex(32)
        try:
            for server in servers:
                server.start()
            make_home(home, servers, secret)
            with open(folder / "log", "w") as log, subprocess.Popen(
                    [os.environ["CUSTOS_DEVICE_SOAK"], home, "main", secret], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=log, text=True) as program:
                mischief = Mischief(servers, program, seed)
                raging = max(2.0, (seconds - 2 * CALM_SECONDS) / 2)
                connections = {}
                for name in ("middle", "end"):
                    mischief.rage(raging)
                    connections[name] = mischief.calm(name)
                told = program.communicate("end\n", timeout=60)[0]
            if program.returncode != 0:
                print((folder / "log").read_text()[-4000:])
                print(f"device_soak ended with {program.returncode}")
                sys.exit(1)
        finally:
            for server in servers:
                if server.state != "dead":
                    server.kill()
        log_lines = (folder / "log").read_text().splitlines()

    report = {"seed": seed, "mischief": mischief.done, "signatures": json.loads(told), "connections": connections,
              "log_lines": len(log_lines), "last_log_lines": log_lines[-20:]}
    unmet = sum(report["signatures"]["errors_reachable"].values())
    report["error_budget_used"] = unmet / max(1, report["signatures"]["requests"])
    print(json.dumps(report, indent=2))
    failures = list(complaints(report, seconds))
    for line in failures:
        print(f"FAILED: {line}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
