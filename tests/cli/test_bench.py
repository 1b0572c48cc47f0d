"""custos bench: what it answers, and that it leaves nothing behind. No figure is judged: machines differ."""

import json
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from harness import AUTHENTICATION, BAD_USAGE, CUSTOS, DONE, PATIENCE, HomeTest, clean_environment

GROUPS = ["key", "open", "software", "signing", "keystore", "venues", "wallets", "request", "message", "registry", "shelf", "burst"]


class BenchTest(HomeTest):
    def setUp(self):
        super().setUp()
        self.temporary = self.folder / "tmp"  # where the benchmark makes its own home
        self.temporary.mkdir()

    def bench(self, *arguments, home=True):
        command = [CUSTOS, "bench", *arguments]
        if home:
            command += ["--home", str(self.home.path)]
        return subprocess.run(command, capture_output=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              env=clean_environment(TMPDIR=str(self.temporary), XDG_DATA_HOME=str(self.folder / "data")))

    def answer(self, *arguments, **options):
        done = self.bench("--quick", "--json", *arguments, **options)
        self.assertEqual(done.returncode, DONE, done.stderr.decode())
        return json.loads(done.stdout)

    def traces(self):
        """All that the benchmark could leave: the home's files, the registry's contents, the token's objects."""
        files = {path: path.read_bytes() for path in self.home.path.rglob("*")
                 if path.is_file() and "tokens" not in path.parts and not path.name.endswith(("-wal", "-shm"))}
        objects = sorted(re.findall(r"label: +(\S+)", self.home.pkcs11_tool("--list-objects")))
        return files, objects, self.home.ok("key", "list", "--json")

    def assert_no_temporary_home(self):
        self.assertEqual(list(self.temporary.iterdir()), [])


class Answers(BenchTest):
    def test_every_group_answers_and_nothing_is_left(self):
        before = self.traces()
        answer = self.answer("--report", str(self.folder / "page.html"))
        self.assertEqual(list(answer), ["quick", "complete", "machine", "token", "measurements", "software", "clock_ns", "registry",
                                        "keystore", "ratios", "notes"])
        self.assertTrue(answer["quick"] and answer["complete"])
        self.assertEqual(answer["token"]["name"], "dev")
        self.assertEqual({each["group"] for each in answer["measurements"]}, set(GROUPS) - {"software", "keystore", "registry"})
        for each in answer["measurements"]:
            self.assertEqual(each["failures"], 0, each)
            self.assertGreater(each["signatures"], 0, each)
            self.assertLessEqual(each["p50_ns"], each["max_ns"], each)
        self.assertEqual([each["subject"] for each in answer["software"]],
                         ["transform", "custos", "evp_mac_reused", "evp_mac_duplicated", "hmac", "evp_mac_fips"])
        self.assertEqual(len(answer["registry"]), 3)
        self.assert_measured_keystores(answer["keystore"])
        for ratio in answer["ratios"]:
            self.assertGreaterEqual(set(ratio), {"name", "measured", "unit"})
        self.assertEqual(self.traces(), before)
        self.assert_no_temporary_home()

        page = (self.folder / "page.html").read_text()
        self.assertIn("<svg", page)
        self.assertNotRegex(page, r"<script|<link|src=|url\(|https?://", "the page is to need nothing from elsewhere")

    def test_software_needs_no_token(self):
        answer = self.answer("--only", "software", home=False)
        self.assertIsNone(answer["token"])
        self.assertEqual(answer["measurements"], [])
        self.assertEqual(len(answer["software"]), 6)

    def test_the_keystore_needs_no_token(self):
        answer = self.answer("--only", "keystore", home=False)
        self.assertIsNone(answer["token"])
        self.assert_measured_keystores(answer["keystore"])
        self.assert_no_temporary_home()

    def assert_measured_keystores(self, keystores):
        self.assertEqual([each["keys"] for each in keystores], [1, 1000])
        for each in keystores:
            self.assertEqual(list(each), ["keys", "open_ms", "list_ms", "first_sign_ms", "resident_mib"])
            for time in ("open_ms", "list_ms", "first_sign_ms"):
                self.assertGreater(each[time], 0, each)

    def test_measures_a_private_token_where_there_is_no_home(self):
        done = self.bench("--quick", "--only", "request", home=False)
        self.assertEqual(done.returncode, DONE, done.stderr.decode())
        self.assertIn("private SoftHSM2 token", done.stderr.decode())
        self.assertIn("A whole Binance order", done.stdout.decode())
        self.assertFalse((self.folder / "data").exists())
        self.assert_no_temporary_home()

    def test_shows_what_ccxt_took(self):
        times = self.folder / "ccxt.json"
        times.write_text('{"ccxt":"1.2.3","node":"v20","p50_ns":16000,"p99_ns":48000,"per_second":19000}')
        answer = self.answer("--demo", "--only", "request", "--with-ccxt", str(times), home=False)
        self.assertEqual(answer["ccxt"]["version"], "1.2.3")

    def test_an_interrupted_run_leaves_nothing(self):
        for sent in (signal.SIGINT, signal.SIGHUP):
            with self.subTest(sent.name):
                self.interrupt(sent)

    def interrupt(self, sent):
        before = self.traces()
        command = [CUSTOS, "bench", "--json", "--only", "key", "--home", str(self.home.path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=clean_environment(TMPDIR=str(self.temporary)))
        for line in process.stderr:
            if b"key: " in line:
                break
        process.send_signal(sent)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 128 + sent)
        self.assertFalse(json.loads(output)["complete"])
        self.assertEqual(self.traces(), before)
        self.assert_no_temporary_home()


class Refusals(BenchTest):
    def test_a_refused_pin_is_tried_once(self):
        pin = self.home.path / "pin" / "dev"
        right = pin.read_text()
        pin.write_text("wrong" + right)
        first = self.bench("--quick", "--only", "key")
        self.assertEqual(first.returncode, AUTHENTICATION, first.stderr)
        self.assertIn(b"CKR_PIN_INCORRECT", first.stderr)
        self.assertTrue((self.home.path / "pin-guard").exists())
        second = self.bench("--quick", "--only", "key")
        self.assertEqual(second.returncode, AUTHENTICATION, second.stderr)
        self.assertNotIn(b"CKR_PIN_INCORRECT", second.stderr)
        self.assert_no_temporary_home()

    def test_a_failed_run_keeps_the_old_report(self):
        page = self.folder / "page.html"
        page.write_text("precious")
        self.bench("--token", "nope", "--report", str(page))
        self.assertEqual(page.read_text(), "precious")
        self.assertEqual([path.name for path in self.folder.glob("page.html*")], ["page.html"])

    def test_refuses_what_it_does_not_know(self):
        self.assert_fails(self.bench("--bogus"), BAD_USAGE, "--bogus", "custos bench --help")
        self.assert_fails(self.bench("--only", "keys"), BAD_USAGE, "keys", "key, open")
        self.assert_fails(self.bench("--demo", "--token", "dev"), BAD_USAGE, "--demo", "--token")
        self.assert_fails(self.bench("--with-ccxt", str(self.folder / "none")), BAD_USAGE, "compare-ccxt")

    def test_names_an_unknown_token(self):
        done = self.bench("--token", "elsewhere", "--quick", "--only", "key")
        self.assertEqual(done.returncode, BAD_USAGE)
        self.assertIn("there is no token 'elsewhere'", done.stderr.decode().splitlines()[-1])
        self.assert_no_temporary_home()

    def test_says_where_the_program_should_be(self):
        alone = Path(tempfile.mkdtemp(dir=self.folder)) / "bin" / "custos"
        alone.parent.mkdir()
        shutil.copy2(CUSTOS, alone)
        environment = clean_environment(LD_LIBRARY_PATH=str(Path(CUSTOS).parent.parent))
        done = subprocess.run([alone, "bench"], capture_output=True, env=environment)
        self.assertNotEqual(done.returncode, DONE)
        self.assertRegex(done.stderr.decode(), r"^custos: custos-bench is neither in .*\n$")


if __name__ == "__main__":
    unittest.main()
