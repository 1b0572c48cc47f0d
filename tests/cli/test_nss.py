"""A home whose only token is an NSS database, as custos.toml names it."""

import os
import subprocess
import unittest

from harness import BAD_USAGE, DONE, ORDER_SIGNATURE, Home, HomeTest, account_request, mac

MODULE, CERTUTIL = os.environ["NSS_MODULE"], os.environ["NSS_CERTUTIL"]

CONFIG = """version = 1
[token.nss]
module = "{module}"
uri = "pkcs11:token=custos-nss"
pin_file = "pin"
init_reserved = "configdir='sql:${{home}}/nss' certPrefix='' keyPrefix='' secmod='secmod.db' dbTokenDescription='custos-nss' flags="
"""


class NssHome(HomeTest):
    def new_home(self, name="home"):
        home = Home(self.folder / name)
        (home.path / "nss").mkdir(parents=True)
        home.path.chmod(0o700)
        for file, text in (("pin", "1234"), ("custos.toml", CONFIG.format(module=MODULE))):
            (home.path / file).write_text(text)
            (home.path / file).chmod(0o600)
        subprocess.run([CERTUTIL, "-N", "-d", f"sql:{home.path}/nss", "-f", str(home.path / "pin")], check=True)
        return home.init()

    def test_init_completes_the_home_and_bears_being_run_twice(self):
        home = self.new_home()
        self.assertIn("custos-registry", home.ok("key", "list"))
        home.ok("init")

    def test_signs_binances_documented_order(self):
        answer = self.assert_signs(self.home.sign_order())
        self.assertEqual(answer["signature"], ORDER_SIGNATURE)

    def test_signs_line_after_line(self):
        status, answers = self.home.jsonl([account_request(timestamp_ms=1578963600000 + i) for i in range(20)])
        self.assertEqual(status, DONE, answers)
        for i, answer in enumerate(answers):
            self.assertEqual(answer["signature"], mac(f"timestamp={1578963600000 + i}"))

    def test_signs_with_a_generated_key_until_it_is_destroyed(self):
        self.home.ok("key", "generate", "nss:fresh", "--purpose", "venue:binance")
        self.home.ok("credential", "add", "other", "--venue", "binance", "--api-key", "k", "--key", "nss:fresh")
        self.assert_signs(self.home.sign_order("other"))
        self.home.ok("credential", "remove", "other")
        self.home.ok("key", "destroy", "nss:fresh", "--yes")
        self.assertNotIn("fresh", [key["name"] for key in self.home.json("key", "list") if key["state"] != "destroyed"])

    def test_doctor_and_token_show_say_that_the_token_does_not_protect_its_keys(self):
        report = self.home.ok("doctor")
        self.assertIn("does not protect its keys", report)
        self.assertIn("an old registry.db put back", report)
        token = self.home.json("token", "show", "nss")
        self.assertEqual(token["profile"], "nss")
        self.assertTrue(any("does not protect its keys" in notice for notice in token["notices"]), token["notices"])

    def test_without_parameters_the_line_says_what_is_missing(self):
        self.home.edit_config(lambda text: "".join(line for line in text.splitlines(True) if "init_reserved" not in line))
        self.assert_fails(self.home.sign_order(), BAD_USAGE, "set init_reserved")


if __name__ == "__main__":
    unittest.main()
