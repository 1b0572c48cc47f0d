"""Drives the built command line tool (CUSTOS_BIN), each test in homes of its own in a temporary folder."""

import ctypes
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

CUSTOS = os.environ["CUSTOS_BIN"]
DATA = Path(os.environ.get("CUSTOS_TEST_DATA", Path(__file__).parent.parent / "data"))

# Binance's documented example (binance-spot-api-docs, rest-api.md).
SECRET = b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
API_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
ORDER = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
ORDER_SIGNATURE = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"

# What a command may take, in seconds: an instrumented one on a busy machine takes its time, and only one that hangs is ended.
PATIENCE = 240

# Exit statuses of the contract.
DONE, OTHER, BAD_USAGE, REFUSED, DEVICE, AUTHENTICATION, APPROVAL, INTEGRITY = 0, 1, 2, 3, 4, 5, 6, 7


def mac(message, secret=SECRET):
    return hmac.new(secret, message.encode() if isinstance(message, str) else message, hashlib.sha256).hexdigest()


def clean_environment(**more):
    """The environment without anything that points at a home or a token of the person who runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CUSTOS_", "XDG_", "SOFTHSM2_", "PKCS11"))}
    return {**kept, **more}


LIBC = ctypes.CDLL(None)
PTRACE_TRACEME, PTRACE_DETACH = 0, 17


def stop_at_exec():
    """In a child: the program that it becomes waits, before its first instruction, for `open_environment`."""
    if LIBC.ptrace(PTRACE_TRACEME, 0, None, None) != 0:
        os._exit(OTHER)


def open_environment(child):
    """Opens /proc/CHILD/environ of a child that called `stop_at_exec`, and lets it run. Who is not root may open it only until the
    tool makes itself non-dumpable; what is open then stays readable and shows what stands there at each read."""
    os.waitpid(child, 0)
    environment = open(f"/proc/{child}/environ", "rb", buffering=0)
    LIBC.ptrace(PTRACE_DETACH, child, None, None)
    return environment


class Home:
    """One home. Every call is a process of its own."""

    def __init__(self, path):
        self.path = Path(path)

    def run(self, *arguments, input=b"", environment=None, **options):
        command = [CUSTOS, *arguments, "--home", str(self.path)]
        return subprocess.run(command, input=input, capture_output=True, timeout=PATIENCE,
                              env=clean_environment(**(environment or {})), **options)

    def init(self):
        done = self.run("init")
        assert done.returncode == DONE, done.stderr
        return self

    def ok(self, *arguments, **options):
        """Runs a command that must succeed and gives its standard output as text."""
        done = self.run(*arguments, **options)
        assert done.returncode == DONE, f"{arguments}: {done.returncode}: {done.stderr.decode()}"
        return done.stdout.decode()

    def json(self, *arguments, **options):
        return json.loads(self.ok(*arguments, "--json", **options))

    def add_credential(self, name="main", *more, secret=SECRET):
        return self.json("credential", "add", name, "--venue", "binance", "--api-key", API_KEY, "--secret-stdin", *more,
                         input=secret)

    def sign_order(self, credential="main", **options):
        return self.run("request", "sign", "--credential", credential, "--method", "POST", "--path", "/api/v3/order",
                        "--body", ORDER, **options)

    def sign_account(self, credential="main", *more, **options):
        return self.run("request", "sign", "--credential", credential, "--method", "GET", "--path", "/api/v3/account", *more,
                        **options)

    def jsonl(self, lines, *more, **options):
        """Signs lines (bytes, or what becomes JSON) and gives the exit status and the answers."""
        text = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
        done = self.run("request", "sign", "--jsonl", *more, input=text, **options)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def conversation(self, *more, **options):
        return Conversation(self, *more, **options)

    def edit_registry(self, *statements):
        """Edits registry.db behind Custos's back."""
        with sqlite3.connect(self.path / "registry.db") as database:
            for statement in statements:
                database.execute(*statement) if isinstance(statement, tuple) else database.execute(statement)
        database.close()

    def edit_config(self, edit):
        config = self.path / "custos.toml"
        config.write_text(edit(config.read_text()))

    def module(self):
        """The PKCS#11 module that custos.toml names."""
        return next(line.split('"')[1] for line in (self.path / "custos.toml").read_text().splitlines() if line.startswith("module"))

    def pkcs11_tool(self, *arguments):
        """Runs OpenSC's pkcs11-tool on this home's token, as a stranger who knows the PIN, and gives what it says."""
        done = subprocess.run(["pkcs11-tool", "--module", self.module(), "--token-label", "custos-dev", "--login", "--pin",
                               self.pin().decode(), *arguments], capture_output=True, timeout=PATIENCE,
                              env=clean_environment(SOFTHSM2_CONF=str(self.path / "softhsm2.conf")))
        assert done.returncode == DONE, f"pkcs11-tool {arguments}: {done.stderr.decode()}"
        return done.stdout.decode()

    def pin(self):
        return (self.path / "pin" / "dev").read_bytes().strip()


class Conversation:
    """A `request sign --jsonl` process that is talked with line by line."""

    def __init__(self, home, *more, **options):
        self.process = subprocess.Popen([CUSTOS, "request", "sign", "--jsonl", "--home", str(home.path), *more],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env=clean_environment(), **options)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()


def account_request(**more):
    return {"credential": "main", "method": "GET", "path": "/api/v3/account", **more}


def order_request(**more):
    return {"credential": "main", "method": "POST", "path": "/api/v3/order", "body": ORDER, **more}


class HomeTest(unittest.TestCase):
    """A test with a folder of its own; `self.home` is a fresh home with the credential `main`, made when first used."""

    longMessage = True

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="custos-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self._home = None

    @property
    def home(self):
        if self._home is None:
            self._home = self.new_home()
            self._home.add_credential()
        return self._home

    def new_home(self, name="home"):
        return Home(self.folder / name).init()

    def assert_fails(self, done, status, *words):
        """The command failed with `status` and exactly one line on standard error that holds all `words`."""
        error = done.stderr.decode()
        self.assertEqual(done.returncode, status, error)
        lines = [line for line in error.splitlines() if not line.startswith(("custos: warning: ", "custos: notice: "))]
        self.assertEqual(len(lines), 1, f"one line was expected on standard error: {error!r}")
        self.assertTrue(lines[0].startswith("custos: "), lines[0])
        self.assertTrue(all(32 <= ord(c) != 127 for c in lines[0]), f"control characters on standard error: {lines[0]!r}")
        for word in words:
            self.assertIn(word, lines[0])
        self.assertEqual(done.stdout, b"", "nothing was expected on standard output")

    def assert_signs(self, done):
        self.assertEqual(done.returncode, DONE, done.stderr.decode())
        return json.loads(done.stdout)


class SharedHomeTest(HomeTest):
    """Tests that do not change their home share one, made once per class with the credential `main`."""

    @classmethod
    def setUpClass(cls):
        cls.shared_folder = Path(tempfile.mkdtemp(prefix="custos-cli-"))
        cls.shared = Home(cls.shared_folder / "home").init()
        cls.shared.add_credential()

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared_folder, ignore_errors=True)

    @property
    def home(self):
        return self.shared


def now_ms():
    return int(time.time() * 1000)
