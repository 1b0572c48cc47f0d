"""The fallback of a credential: setting and showing it, and what it does while a device is away."""

import shutil
import subprocess
import time
import unittest

from harness import BAD_USAGE, DEVICE, DONE, ORDER_SIGNATURE, SECRET, HomeTest, clean_environment

PIN = "12345678"


class Fallback(HomeTest):
    def import_spare(self, name="software:spare", secret=SECRET):
        self.home.ok("key", "import", name, "--purpose", "venue:binance", "--secret-stdin", input=secret)

    def set(self, *arguments):
        return self.home.run("credential", "set", "main", *arguments)

    def shown(self):
        return self.home.json("credential", "show", "main")

    def test_it_is_set_shown_and_removed(self):
        self.import_spare()
        self.assertIsNone(self.home.json("credential", "show", "main")["fallback"])
        done = self.set("--fallback", "software:spare", "--fallback-minutes", "20", "--json")
        self.assertEqual(done.returncode, DONE, done.stderr)
        shown = self.shown()
        self.assertEqual(shown["fallback"], {"key": "software:spare", "limit_minutes": 20, "active": False})
        self.assertEqual(shown["custody"], "software")
        text = self.home.ok("credential", "show", "main")
        self.assertIn("software:spare, for at most 20 minutes of an outage; not granted: custos credential grant main fallback",
                      text)
        self.home.ok("credential", "grant", "main", "fallback")
        self.assertNotIn("not granted", self.home.ok("credential", "show", "main"))
        self.assertEqual(self.shown()["grants"], ["read", "trade", "fallback"])
        table = self.home.ok("credential", "list").splitlines()
        self.assertIn("FALLBACK", table[0])
        self.assertIn("software:spare", table[1])
        self.assertIn("main", self.home.json("key", "show", "software:spare")["credentials"])
        self.home.ok("credential", "set", "main", "--no-fallback")
        self.assertIsNone(self.shown()["fallback"])
        self.assertEqual(self.shown()["custody"], "device")

    def test_what_cannot_stand_in_is_refused(self):
        self.import_spare(secret=b"another secret of more than thirty-two bytes")
        self.assert_fails(self.set("--fallback", "software:spare"), BAD_USAGE, "key software:spare is not the same secret as")
        self.assert_fails(self.set("--fallback", "software:none"), BAD_USAGE, "software:none")
        self.assert_fails(self.set("--fallback", "spare"), BAD_USAGE)
        self.assert_fails(self.set("--fallback-minutes", "5"), BAD_USAGE, "has no fallback")
        self.assert_fails(self.set("--no-fallback"), BAD_USAGE, "has no fallback")
        self.assert_fails(self.set("--no-fallback", "--fallback", "software:spare"), BAD_USAGE, "--no-fallback")
        self.assert_fails(self.set("--fallback", "software:spare", "--fallback-minutes", "0"), BAD_USAGE, "30 days")


class DeviceAway(HomeTest):
    """The credential's key is in a second token, whose module can be taken away; the registry's token is well."""

    def setUp(self):
        super().setUp()
        home = self._home = self.new_home()
        self.module = home.path / "remote.so"
        self.away = home.path / "away.so"
        shutil.copy(home.module(), self.module)
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "custos-remote", "--pin", PIN, "--so-pin", PIN],
                       check=True, capture_output=True, env=clean_environment(SOFTHSM2_CONF=str(home.path / "softhsm2.conf")))
        pin = home.path / "pin" / "remote"
        pin.touch(0o600)
        pin.write_text(PIN)
        home.edit_config(lambda text: text + f"""
[token.remote]
module = "{self.module}"
profile = "softhsm2"
uri = "pkcs11:token=custos-remote"
pin_file = "pin/remote"
environment = {{ SOFTHSM2_CONF = "${{home}}/softhsm2.conf" }}
""")
        home.add_credential("main", "--token", "remote")
        home.ok("key", "import", "software:spare", "--purpose", "venue:binance", "--secret-stdin", input=SECRET)
        home.ok("credential", "set", "main", "--fallback", "software:spare")

    def test_one_run_after_another_signs_until_the_limit(self):
        home = self.home
        self.module.rename(self.away)
        self.assert_fails(home.sign_order(), DEVICE, "custos credential grant main fallback")
        home.ok("credential", "grant", "main", "fallback")
        for run in (1, 2):
            done = home.sign_order()
            answer = self.assert_signs(done)
            self.assertEqual(answer["signature"], ORDER_SIGNATURE)
            self.assertIn("the fallback key signed this", answer["warnings"][-1])
            self.assertIn(b"custos: warning: credential main: the fallback software:spare signed 1 request", done.stderr)
            fallback = home.json("credential", "show", "main")["fallback"]
            self.assertTrue(fallback["active"])
            self.assertEqual(fallback["signatures"], run)
            self.assertIn("cannot be found", fallback["reason"])
        self.assertIn("software:spare ACTIVE", home.ok("credential", "list"))
        self.assertIn("ACTIVE since", home.ok("credential", "show", "main"))

        home.edit_registry(("UPDATE fallback_uses SET since_ms = ?", (int(time.time() * 1000) - 16 * 60 * 1000,)))
        self.assert_fails(home.sign_order(), DEVICE, "as long as one outage may last")

        self.away.rename(self.module)
        self.assertNotIn("fallback", str(self.assert_signs(home.sign_order())["warnings"]))
        self.assertFalse(home.json("credential", "show", "main")["fallback"]["active"])


if __name__ == "__main__":
    unittest.main()
