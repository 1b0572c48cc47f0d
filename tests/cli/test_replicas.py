"""A key in two tokens: replicating, signing while one of them is away, withdrawing and destroying."""

import concurrent.futures
import json
import shutil
import subprocess
import unittest

from harness import (BAD_USAGE, DEVICE, DONE, ORDER_SIGNATURE, REFUSED, SECRET, HomeTest, clean_environment)

PIN = "12345678"
PEM_OF = {"ed25519": ["-algorithm", "ed25519"], "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]}


class Replicas(HomeTest):
    """Tokens a and b beside the registry's; each has a module file of its own, which can be taken away."""

    def setUp(self):
        super().setUp()
        home = self._home = self.new_home()
        for name in ("a", "b"):
            shutil.copy(home.module(), self.module(name))
            subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", f"custos-{name}", "--pin", PIN, "--so-pin", PIN],
                           check=True, capture_output=True, env=self.softhsm())
            pin = home.path / "pin" / name
            pin.touch(0o600)
            pin.write_text(PIN)
            home.edit_config(lambda text: text + f"""
[token.{name}]
module = "{self.module(name)}"
profile = "softhsm2"
uri = "pkcs11:token=custos-{name}"
pin_file = "pin/{name}"
environment = {{ SOFTHSM2_CONF = "${{home}}/softhsm2.conf" }}
""")
        home.add_credential("main", "--token", "a")

    def softhsm(self):
        return clean_environment(SOFTHSM2_CONF=str(self.home.path / "softhsm2.conf"))

    def module(self, name):
        return self.home.path / f"module-{name}.so"

    def take_away(self, name):
        self.module(name).rename(self.module(name + "-away"))

    def bring_back(self, name):
        self.module(name + "-away").rename(self.module(name))

    def replicate(self, *more, secret=SECRET):
        return self.home.run("key", "replicate", "a:main", "--to", "b", "--secret-stdin", *more, input=secret)

    def objects(self, name):
        return subprocess.run(["pkcs11-tool", "--module", self.home.module(), "--token-label", f"custos-{name}", "--login", "--pin",
                               PIN, "--list-objects"], check=True, capture_output=True, env=self.softhsm()).stdout.decode()

    def delete(self, name, kind, label):
        """As another tool does."""
        subprocess.run(["pkcs11-tool", "--module", self.home.module(), "--token-label", f"custos-{name}", "--login", "--pin", PIN,
                        "--delete-object", "--type", kind, "--label", label], check=True, capture_output=True,
                       env=self.softhsm())

    def test_a_copy_is_proved_recorded_and_shown(self):
        home = self.home
        self.assert_fails(self.replicate(secret=b"another secret of more than thirty-two bytes"), BAD_USAGE, "that is not key a:main")
        self.assertEqual(self.objects("b"), "", "nothing is made of what is not the key")
        done = self.replicate("--json")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("main#1", self.objects("b"))
        shown = home.json("key", "show", "a:main")
        self.assertEqual([(copy["token"], copy["custody"], copy["state"]) for copy in shown["copies"]],
                         [("a", "device", "there"), ("b", "device", "there")])
        self.assertIn("token=custos-a", shown["uri"])
        self.assertEqual(shown["custody"], "device")
        self.assertIn("copy in b", home.ok("key", "show", "a:main"))
        table = home.ok("key", "list").splitlines()
        self.assertIn("ALSO IN", table[0])
        self.assertIn(" b ", next(line for line in table if line.startswith("a:main")))
        self.assert_fails(self.replicate(), BAD_USAGE, "has a copy in b already")
        self.assertEqual(self.assert_signs(home.sign_order())["signature"], ORDER_SIGNATURE)

    def test_the_doctor_knows_copies(self):
        home = self.home
        self.assertEqual(self.replicate().returncode, DONE)
        keys = lambda: [check for check in json.loads(home.run("doctor", "--json").stdout) if check["name"] == "keys"]
        self.assertEqual([check["verdict"] for check in keys()], ["ok"], "a copy is no stranger's key")
        self.delete("b", "secrkey", "main#1")
        missing = keys()[0]
        self.assertEqual((missing["verdict"], missing["finding"]), ("FAIL", "key a:main is not in b"))
        self.assertIn("custos key withdraw a:main --from b", missing["remedy"])

    def test_the_doctor_counts_the_copies_that_it_could_not_look_for(self):
        home = self.home
        self.assertEqual(self.replicate().returncode, DONE)
        self.take_away("b")
        told = [check for check in json.loads(home.run("doctor", "--json").stdout) if check["name"] == "keys"]
        self.assertEqual([check["verdict"] for check in told], ["note"])
        self.assertIn(" keys found in their tokens, 1 could not be looked for", told[0]["finding"])

    def test_the_doctor_calls_no_key_unknown_that_is_seen_by_a_second_name_of_its_token(self):
        home = self.home
        config = (home.path / "custos.toml").read_text()
        first = config[config.index("[token.a]"):config.index("[token.b]")]
        home.edit_config(lambda text: text + first.replace("[token.a]", "[token.z]"))
        told = [check for check in json.loads(home.run("doctor", "--json").stdout) if check["name"] == "keys"]
        seen = next(check for check in told if "token z holds" in check["finding"])
        self.assertEqual(seen["finding"], "token z holds key a:main, of which no copy is recorded there")
        self.assertIn("leave it, if z is a second name", seen["remedy"])
        self.assertFalse([check for check in told if "does not know" in check["finding"] or "remove" in check["remedy"]])

    def test_what_has_no_copies_is_refused(self):
        home = self.home
        self.assert_fails(home.run("key", "replicate", "a:none", "--to", "b", "--secret-stdin", input=SECRET), BAD_USAGE, "a:none")
        self.assert_fails(home.run("key", "replicate", "a:main", "--to", "c", "--secret-stdin", input=SECRET), BAD_USAGE, "'c'")
        self.assert_fails(home.run("key", "replicate", "a:main", "--to", "software", "--secret-stdin", input=SECRET), BAD_USAGE)
        home.ok("key", "import", "software:spare", "--purpose", "venue:binance", "--secret-stdin", input=SECRET)
        self.assert_fails(home.run("key", "replicate", "software:spare", "--to", "b", "--secret-stdin", input=SECRET), REFUSED,
                          "is not in a token")
        home.ok("key", "generate", "a:vault", "--purpose", "seal")
        self.assert_fails(home.run("key", "replicate", "a:vault", "--to", "b", "--secret-stdin", input=SECRET), REFUSED, "seals")
        self.assert_fails(self.replicate("--standing", "main"), BAD_USAGE, "give one of")
        home.edit_config(lambda text: text + text[text.index("[token.a]"):text.index("[token.b]")].replace("[token.a]", "[token.c]"))
        self.assert_fails(home.run("key", "replicate", "a:main", "--to", "c", "--secret-stdin", input=SECRET), BAD_USAGE,
                          "c and a are the same token")

    def test_private_keys_and_keys_that_stand_there(self):
        home = self.home
        for name, options in PEM_OF.items():
            pem = home.path / f"{name}.pem"
            pem.touch(0o600)
            subprocess.run(["openssl", "genpkey", *options, "-out", str(pem)], check=True, capture_output=True)
        ed25519, p256 = str(home.path / "ed25519.pem"), str(home.path / "p256.pem")
        home.ok("key", "import", "a:pair", "--purpose", "venue:binance", "--pem", ed25519)
        self.assert_fails(home.run("key", "replicate", "a:pair", "--to", "b", "--pem", p256), BAD_USAGE, "that is not key a:pair")
        home.ok("key", "replicate", "a:pair", "--to", "b", "--pem", ed25519)
        self.assertEqual(len(home.json("key", "show", "a:pair")["copies"]), 2)
        home.ok("key", "withdraw", "a:pair", "--from", "b", "--forget")
        self.delete("b", "privkey", "pair#1")
        self.assert_fails(home.run("key", "replicate", "a:pair", "--to", "b", "--pem", ed25519), BAD_USAGE,
                          "destroy it with the device's own tool")
        self.assertIn("pair#1", self.objects("b"), "it was there before")
        self.delete("b", "pubkey", "pair#1")
        home.ok("key", "replicate", "a:pair", "--to", "b", "--pem", ed25519)

        # What a device's own backup brought: the same secret under an id and label of its own.
        home.ok("key", "import", "b:restored", "--purpose", "venue:binance", "--secret-stdin", input=SECRET)
        home.ok("key", "import", "b:other", "--purpose", "venue:binance", "--secret-stdin", input=SECRET[::-1])
        standing = ["key", "replicate", "a:main", "--to", "b", "--standing"]
        self.assert_fails(home.run(*standing, "none"), BAD_USAGE, "no key with the label 'none'")
        self.assert_fails(home.run(*standing, "other#1"), BAD_USAGE, "it makes other signatures")
        home.ok(*standing, "restored#1")
        self.take_away("a")
        self.assertEqual(self.assert_signs(home.sign_order())["signature"], ORDER_SIGNATURE)

    def test_one_copy_signs_while_the_other_is_away(self):
        home = self.home
        self.assertEqual(self.replicate().returncode, DONE)
        for name in ("a", "b"):
            self.take_away(name)
            self.assertEqual(self.assert_signs(home.sign_order())["signature"], ORDER_SIGNATURE)
            shown = home.json("key", "show", "a:main")["copies"]
            self.assertEqual([copy["state"] == "there" for copy in shown], [name == "b", name == "a"])
            self.bring_back(name)
        for name in ("a", "b"):
            self.take_away(name)
        self.assert_fails(home.sign_order(), DEVICE)

    def test_a_copy_that_another_tool_destroyed_stops_the_key(self):
        home = self.home
        self.assertEqual(self.replicate().returncode, DONE)
        self.delete("b", "secrkey", "main#1")
        self.assert_fails(home.sign_order(), REFUSED, "custos key withdraw a:main --from b")
        home.ok("key", "withdraw", "a:main", "--from", "b")
        self.assert_signs(home.sign_order())

    def test_a_withdrawn_copy_is_gone_and_the_other_signs(self):
        home = self.home
        self.assert_fails(home.run("key", "withdraw", "a:main", "--from", "a"), REFUSED, "custos key destroy a:main")
        self.assertEqual(self.replicate().returncode, DONE)
        self.assert_fails(home.run("key", "withdraw", "a:main", "--from", "c"), BAD_USAGE, "no copy in 'c'")
        home.ok("key", "withdraw", "a:main", "--from", "b")
        self.assertEqual(self.objects("b"), "")
        self.assertEqual([copy["token"] for copy in home.json("key", "show", "a:main")["copies"]], ["a"])

        self.assertEqual(self.replicate().returncode, DONE)
        self.take_away("a")
        self.assert_fails(home.run("key", "withdraw", "a:main", "--from", "a"), DEVICE, "--forget")
        home.ok("key", "withdraw", "a:main", "--from", "a", "--forget")
        self.assertEqual([copy["token"] for copy in home.json("key", "show", "a:main")["copies"]], ["b"])
        self.assertEqual(self.assert_signs(home.sign_order())["signature"], ORDER_SIGNATURE)

    def test_what_an_interrupted_one_left_is_taken(self):
        home = self.home
        self.assertEqual(self.replicate().returncode, DONE)
        home.ok("key", "withdraw", "a:main", "--from", "b", "--forget")
        self.assertIn("main#1", self.objects("b"))
        again = self.replicate("--json")
        self.assertEqual(again.returncode, DONE, again.stderr)
        self.assertIn("b held it already, as 'main#1'", " ".join(json.loads(again.stdout)["notices"]))
        self.take_away("a")
        self.assertEqual(self.assert_signs(home.sign_order())["signature"], ORDER_SIGNATURE)

    def test_processes_that_replicate_at_once_make_one_copy(self):
        home = self.home
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            done = [each.result() for each in [threads.submit(self.replicate) for _ in range(4)]]
        self.assertEqual(sorted(each.returncode for each in done), [DONE] + 3 * [BAD_USAGE], [each.stderr for each in done])
        self.assertEqual(self.objects("b").count("main#"), 1)
        self.take_away("a")
        self.assertEqual(self.assert_signs(home.sign_order())["signature"], ORDER_SIGNATURE)

    def test_destroying_reaches_all_copies(self):
        home = self.home
        self.assertEqual(self.replicate().returncode, DONE)
        self.take_away("b")
        self.assert_fails(home.run("key", "destroy", "a:main", "--yes"), DEVICE, "could not be destroyed in b")
        self.assertEqual(self.objects("a"), "")
        self.assert_fails(home.sign_order(), REFUSED, "deactivated")
        self.bring_back("b")
        self.assert_fails(home.sign_order(), REFUSED, "deactivated")
        self.assertIn("main#1", self.objects("b"))
        home.ok("key", "destroy", "a:main", "--yes")
        self.assertEqual(self.objects("b"), "")
        self.assertNotIn("a:main", home.ok("key", "list"))


if __name__ == "__main__":
    unittest.main()
