"""token probe, show and drain, and what doctor says of tokens that fail (tests/fault_token)."""

import json
import os
import subprocess
import unittest

from harness import BAD_USAGE, CUSTOS, DEVICE, DONE, OTHER, PATIENCE, Home, HomeTest, SharedHomeTest, clean_environment

FAULT_TOKEN = os.environ["FAULT_TOKEN_PATH"]
LONG_PIN = "0001pa55word"  # as a YubiHSM wants it


class FaultyHome(Home):
    """A home whose token stands behind the scripted module."""

    def stand_before_token(self, profile="softhsm2"):
        self.script_file, self.log = self.path / "fault-script", self.path / "fault-log"
        module = self.module()
        reserved = f"module={module};script={self.script_file};log={self.log}"
        self.script("")
        self.edit_config(lambda text: text.replace(
            f'module = "{module}"', f'module = "{FAULT_TOKEN}"\nprofile = "{profile}"\ninit_reserved = "{reserved}"'))
        return self

    def script(self, rules):
        fresh = self.path / "fault-script.new"
        fresh.write_text(rules + "\n")
        fresh.rename(self.script_file)

    def calls(self, function):
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return sum(line.startswith(function + " ") for line in lines)

    def drain(self, *arguments):
        """Runs token drain; what stands behind -- is the program's."""
        return subprocess.run([CUSTOS, "--home", str(self.path), "token", "drain", *arguments], capture_output=True, timeout=PATIENCE,
                              env=clean_environment())

    def forget_refused_pins(self):
        (self.path / "pin-guard").unlink(missing_ok=True)


class FaultyHomeTest(HomeTest):
    def new_home(self, name="home", profile="softhsm2"):
        return FaultyHome(self.folder / name).init().stand_before_token(profile)

    def home_of_a_yubihsm(self):
        home = FaultyHome(self.folder / "yubi").init()
        home.pkcs11_tool("--change-pin", "--new-pin", LONG_PIN)
        (home.path / "pin" / "dev").write_text(LONG_PIN)
        return home.stand_before_token("yubihsm2")


class Probe(SharedHomeTest):
    def test_agrees_with_the_profile_and_leaves_nothing(self):
        self.home.pkcs11_tool("--keygen", "--key-type", "GENERIC:32", "--label", "custos-probe-left", "--id", "ab" * 16)
        before = self.home.pkcs11_tool("--list-objects")
        self.assertIn("custos-probe-left", before)
        told = self.home.ok("token", "probe", "dev")
        self.assertIn("agrees with the profile softhsm2", told)
        self.assertIn("Ed25519, curve by OID", told)
        self.assertNotIn("DIFFERS", told)
        self.assertNotIn("custos-probe", self.home.pkcs11_tool("--list-objects"))

    def test_answers_json(self):
        probe = self.home.json("token", "probe", "dev", "--sessions", "4")
        self.assertEqual((probe["token"], probe["profile"], probe["differences"]), ("dev", "softhsm2", 0))
        lines = {line["name"]: line for line in probe["findings"]}
        self.assertEqual(lines["sessions beside the pool's"]["value"], "at least 4")
        self.assertEqual(lines["HMAC-SHA256 as GENERIC_SECRET"],
                         {"name": "HMAC-SHA256 as GENERIC_SECRET", "value": "right", "profile_says": "right", "differs": False,
                          "measured": False})

    def test_wants_a_token_that_there_is_and_a_number(self):
        self.assert_fails(self.home.run("token", "probe", "nobody"), BAD_USAGE, "no token 'nobody'")
        self.assert_fails(self.home.run("token", "probe", "dev", "--sessions", "0"), BAD_USAGE, "--sessions")


class ProbeOfAFaultyToken(FaultyHomeTest):
    def test_says_where_the_token_differs_and_so_does_the_status(self):
        home = self.new_home()
        home.script("wrong_generic_mac")
        done = home.run("token", "probe", "dev")
        self.assertEqual(done.returncode, OTHER, done.stderr)
        lines = [line for line in done.stdout.decode().splitlines() if line.startswith("DIFFERS")]
        self.assertEqual(len(lines), 2, done.stdout.decode())
        for line, digest in zip(lines, ("SHA384", "SHA512")):
            self.assertIn(f"HMAC-{digest} as GENERIC_SECRET", line)
            self.assertIn("WRONG MAC", line)
        self.assertIn("2 lines differ from the profile softhsm2", done.stdout.decode())

    def test_marks_what_differs_though_no_other_form_works_either(self):
        home = self.new_home()
        wanted = ["HMAC-SHA256 as GENERIC_SECRET", "HMAC-SHA384 as GENERIC_SECRET", "HMAC-SHA512 as GENERIC_SECRET",
                  "ECDSA-secp256k1", "Ed25519, curve by OID", "session copies of a key that is modifiable"]
        no_keys = "".join(f"{call} rv=CKR_TOKEN_WRITE_PROTECTED\n" for call in ("C_CreateObject", "C_GenerateKey", "C_GenerateKeyPair"))
        for script, more in ((no_keys, ["private data objects"]),
                             ("C_SignInit rv=CKR_MECHANISM_INVALID", ["an armed session survives"])):
            with self.subTest(script):
                home.script(script)
                done = home.run("token", "probe", "dev", "--json")
                self.assertEqual(done.returncode, OTHER, done.stderr)
                marked = [line["name"] for line in json.loads(done.stdout)["findings"] if line["differs"]]
                self.assertCountEqual(marked, wanted + more)

    def test_does_not_mark_what_the_token_does_not_offer(self):
        home = self.new_home()
        home.script("C_GetMechanismInfo rv=CKR_MECHANISM_INVALID")
        done = home.run("token", "probe", "dev", "--json")
        marked = [line["name"] for line in json.loads(done.stdout)["findings"] if line["differs"]]
        self.assertFalse([name for name in marked if name.startswith(("ECDSA", "Ed25519"))], marked)

    def test_destroys_its_keys_though_nothing_signs(self):
        home = self.new_home()
        home.script("C_Sign rv=CKR_FUNCTION_NOT_SUPPORTED")
        home.run("token", "probe", "dev")
        home.script("")
        self.assertGreater(home.calls("C_CreateObject"), 0)
        self.assertNotIn("custos-probe", home.ok("doctor"))


class Show(SharedHomeTest):
    def test_tells_how_the_token_fares(self):
        health = self.home.json("token", "show", "dev")["health"]
        self.assertEqual((health["state"], health["reason"], health["failures"], health["quarantined"]), ("healthy", "none", 0, 0))
        self.assertGreater(health["since_ms"], 0)
        told = self.home.ok("token", "show", "dev")
        self.assertRegex(told, r"state +healthy\nsince +\d{4}-")
        self.assertNotIn("reason", told)

    def test_of_a_list_nobody_logged_in(self):
        self.assertIsNone(self.home.json("token", "list")[0]["health"])


class Doctor(FaultyHomeTest):
    def check(self, home, name="token.dev"):
        done = home.run("doctor")
        lines = done.stdout.decode().splitlines()
        for i, line in enumerate(lines):
            if line.startswith("FAIL") and line.split()[1] == name:
                return line, lines[i + 1]
        self.fail(f"nothing is wrong with {name}: {done.stdout.decode()} {done.stderr.decode()}")

    def test_has_one_line_and_its_remedy_for_each_way_to_fail(self):
        home = self.new_home()
        for script, finding, remedy in (
                ("C_OpenSession rv=CKR_DEVICE_REMOVED", "CKR_DEVICE_REMOVED", "SOFTHSM2_CONF"),
                ("C_OpenSession rv=CKR_SESSION_COUNT", "CKR_SESSION_COUNT", "close the other programs"),
                ("C_Login rv=CKR_DEVICE_ERROR", "CKR_DEVICE_ERROR", "the device's own log"),
                ("C_Initialize rv=CKR_FIPS_SELF_TEST_FAILED", "CKR_FIPS_SELF_TEST_FAILED", "self-test"),
                ("C_OpenSession rv=CKR_CRYPTOKI_NOT_INITIALIZED", "CKR_CRYPTOKI_NOT_INITIALIZED", "the other user of the module"),
                ("C_Login rv=CKR_PIN_INCORRECT", "CKR_PIN_INCORRECT", "put the right PIN"),
                ("C_Login rv=CKR_PIN_LOCKED", "CKR_PIN_LOCKED", "SO PIN"),
                ("C_Login rv=CKR_PIN_EXPIRED", "CKR_PIN_EXPIRED", "set a new PIN with the token's own tool"),
                ("C_Login rv=CKR_USER_PIN_NOT_INITIALIZED", "CKR_USER_PIN_NOT_INITIALIZED", "set the user's PIN"),
                ("token_flags set=CKF_USER_PIN_LOCKED", "locked", "SO PIN")):
            with self.subTest(script):
                home.script(script)
                found, said = self.check(home)
                self.assertIn(finding, found)
                self.assertIn("remedy: ", said)
                self.assertIn(remedy, said)
                self.assertIn(remedy, self.check(home, "registry")[1])
            home.forget_refused_pins()
        home.script("")
        self.assertIn("logged in, profile softhsm2", home.ok("doctor"))

    def test_says_what_to_do_about_a_pin_file_that_is_not_there(self):
        home = self.new_home()
        (home.path / "pin" / "dev").unlink()
        self.assertIn("No such file or directory: name a file that exists", self.check(home)[0])

    def test_says_of_a_full_log_how_it_is_drained(self):
        home = self.home_of_a_yubihsm()
        home.script("C_Login rv=CKR_DEVICE_MEMORY")
        self.assertIn("custos token drain", self.check(home)[1])

    def test_says_where_a_thread_is_missing(self):
        home = self.new_home(profile="p11-kit-client")
        self.assertNotIn(".threads", home.ok("doctor"))
        home.edit_config(lambda text: text.replace("threads = true", "threads = false"))
        told = home.ok("doctor")
        self.assertRegex(told, r"note +token\.dev\.threads")
        self.assertIn("threads = true under [process]", told)

    def test_of_a_pin_of_another_form_no_try_is_spent(self):
        home = self.new_home(profile="aws-cloudhsm")
        self.assertIn("a colon and the password", self.check(home)[0])
        self.assertEqual(home.calls("C_Login"), 0)


class NoToken(FaultyHomeTest):
    """What a module says whose device is away, or which finds nothing where it was sent."""

    def test_says_how_the_device_comes_back_where_the_module_has_no_token(self):
        home = self.new_home()
        home.script("token_flags clear=CKF_TOKEN_INITIALIZED")
        self.assert_fails(home.run("token", "show", "dev"), DEVICE, "(the module has none): put back the folder that SOFTHSM2_CONF names",
                          "correct the URI")
        home.script("")
        home.edit_config(lambda text: text.replace("token=custos-dev", "token=custos-other"))
        done = home.run("token", "show", "dev")
        self.assert_fails(done, DEVICE, "(the module has \"custos-dev\"): correct the URI or make the token")

    def test_names_the_file_of_the_environment_that_is_not_there(self):
        home = Home(self.folder / "home").init()
        home.edit_config(lambda text: text.replace("${home}/softhsm2.conf", "/nonexistent/softhsm2.conf"))
        self.assert_fails(home.run("token", "show", "dev"), DEVICE, "SOFTHSM2_CONF is /nonexistent/softhsm2.conf, which does not exist")


class Drain(FaultyHomeTest):
    def test_runs_the_program_and_asks_the_token_again(self):
        home = self.home_of_a_yubihsm()
        home.script("C_Login rv=CKR_DEVICE_MEMORY")
        done = home.drain("dev", "--", "sh", "-c", f"echo read 62 entries; : > {home.script_file}")
        self.assertEqual(done.returncode, DONE, done.stderr.decode())
        self.assertEqual(done.stdout, b"token dev answers: healthy\n")
        self.assertIn(b"read 62 entries", done.stderr)
        done = home.drain("--json", "dev", "--", "true")
        self.assertEqual(json.loads(done.stdout), {"token": "dev", "state": "healthy"})

    def test_asks_nobody_when_the_program_fails(self):
        home = self.new_home()
        done = home.drain("dev", "--", "sh", "-c", "exit 3")
        self.assert_fails(done, OTHER, "sh ended with status 3", "not asked")
        self.assertEqual(home.calls("C_Login"), 0)
        text = home.path / "text"
        text.touch(0o700)
        text.write_text("no program")
        for tool in ("/nonexistent/tool", "/dev/null/tool", "/tmp", "/etc/passwd", str(text)):
            with self.subTest(tool):
                self.assert_fails(home.drain("dev", "--", tool), BAD_USAGE, f"cannot run {tool}")

    def test_runs_nothing_for_a_token_that_there_is_not(self):
        home = self.new_home()
        done = home.drain("nobody", "--", "touch", str(home.path / "ran"))
        self.assert_fails(done, BAD_USAGE, "no token 'nobody'")
        self.assertFalse((home.path / "ran").exists())
        self.assert_fails(home.drain("dev"), BAD_USAGE, "PROGRAM")


if __name__ == "__main__":
    unittest.main()
