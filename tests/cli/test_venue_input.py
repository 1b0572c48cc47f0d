"""What people get wrong with venues: one line, the right status, nothing lost; and nonces that never fall."""

import base64
import json
import re
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import BAD_USAGE, DONE, INTEGRITY, HomeTest, REFUSED, SECRET, mac, now_ms

KRAKEN = base64.b64encode(SECRET)
RSA = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], capture_output=True, check=True).stdout


class VenueInputTest(HomeTest):
    @property
    def home(self):
        if self._home is None:
            self._home = self.new_home()
        return self._home

    def add(self, venue, *more, secret=SECRET, name="main"):
        return self.home.run("credential", "add", name, "--venue", venue, "--api-key", "KEY", "--secret-stdin", *more, input=secret)

    def added(self, *arguments, **options):
        done = self.add(*arguments, **options)
        self.assertEqual(done.returncode, DONE, done.stderr.decode())

    def sign(self, *arguments, **options):
        return self.home.run("request", "sign", "--credential", "main", *arguments, **options)

    def lost_nothing(self):
        """Whatever was refused left neither a credential nor a key behind."""
        self.assertEqual(self.home.json("credential", "list"), [])
        self.assertEqual([key["name"] for key in self.home.json("key", "list") if key["purpose"] != "registry"], [])


class Secrets(VenueInputTest):
    def test_a_secret_that_is_no_base64_is_told_the_form(self):
        self.assert_fails(self.add("kraken", secret=b"this is no base64!"), BAD_USAGE, "kraken", "base64")
        self.lost_nothing()

    def test_an_rsa_key_for_a_venue_of_macs_is_refused(self):
        file = self.folder / "key.pem"
        file.write_bytes(RSA)
        file.chmod(0o600)
        done = self.home.run("credential", "add", "main", "--venue", "kraken", "--api-key", "K", "--secret-file", str(file))
        self.assert_fails(done, BAD_USAGE, "kraken", "HMAC-SHA512")
        self.lost_nothing()

    def test_a_standing_key_of_another_algorithm_is_refused(self):
        self.home.ok("key", "generate", "dev:rsa", "--purpose", "venue:kraken", "--algorithm", "rsa-2048")
        done = self.home.run("credential", "add", "main", "--venue", "kraken", "--api-key", "K", "--key", "dev:rsa")
        self.assert_fails(done, BAD_USAGE, "rsa-2048", "HMAC-SHA512")

    def test_a_missing_passphrase_is_named(self):
        self.assert_fails(self.add("okx"), BAD_USAGE, "passphrase")
        self.lost_nothing()

    def test_kucoins_passphrase_has_its_limits(self):
        for phrase in (b"with/slash", b"x" * 65, b"tab\there"):
            done = self.add("kucoin", "--passphrase-stdin", secret=SECRET + b"\n" + phrase + b"\n")
            self.assert_fails(done, BAD_USAGE, "passphrase")
        self.lost_nothing()

    def test_kucoins_passphrase_is_sent_as_its_mac(self):
        self.added("kucoin", "--passphrase-stdin", secret=b"test_api_secret\ntest_plain\n")
        answer = self.assert_signs(self.sign("--method", "GET", "--path", "/api/v1/accounts"))
        # kucoin-universal-sdk@78c90c77, test_default_signer.py
        self.assertEqual(dict(answer["headers"])["KC-API-PASSPHRASE"], "jie/gxS38wLFFaBwl/cAzFbAzlI8MIny96jSXrB+iP4=")


class Times(VenueInputTest):
    def test_a_timestamp_in_seconds_is_signed_with_a_warning(self):
        for venue, path in (("bybit", "/v5/account/wallet-balance"), ("binance", "/api/v3/account"), ("deribit", "/api/v2/private/get_positions")):
            self.added(venue, name=venue)
            done = self.home.run("request", "sign", "--credential", venue, "--method", "GET", "--path", path, "--timestamp-ms", str(now_ms() // 1000))
            self.assertEqual(done.returncode, DONE, done.stderr)
            self.assertIn("looks like seconds", " ".join(json.loads(done.stdout)["warnings"]), venue)

    def test_a_timestamp_in_microseconds_is_ahead(self):
        self.added("bybit")
        self.assert_fails(self.sign("--method", "GET", "--path", "/v5/account/wallet-balance", "--timestamp-ms", str(now_ms() * 1000)), BAD_USAGE)


class Bodies(VenueInputTest):
    def setUp(self):
        super().setUp()
        self.added("okx", "--passphrase-stdin", secret=SECRET + b"\nphrase\n")

    def order(self, body, **options):
        return self.sign("--method", "POST", "--path", "/api/v5/trade/order", "--body", body, **options)

    def test_a_byte_order_mark_is_refused(self):
        self.assert_fails(self.order("\ufeff{}"), BAD_USAGE, "byte order mark")

    def test_what_is_no_json_is_refused_with_its_place(self):
        self.assert_fails(self.order('{"instId":"BTC-USDT",}'), BAD_USAGE, "JSON")
        self.assert_fails(self.order('{"a":1,"a":2}'), BAD_USAGE, "twice")

    def test_a_body_of_ten_megabytes_is_refused(self):
        file = self.folder / "body.json"
        file.write_bytes(b'{"a":"' + b"x" * (10 << 20) + b'"}')
        self.assert_fails(self.order(f"@{file}"), BAD_USAGE, "1 MiB")

    def test_a_body_of_almost_a_mebibyte_is_signed(self):
        file = self.folder / "body.json"
        file.write_bytes(b'{"a":"' + b"x" * 1_000_000 + b'"}')
        answer = self.assert_signs(self.order(f"@{file}"))
        self.assertEqual(len(answer["body"]), 1_000_008)

    def test_json_bombs_are_refused_quickly(self):
        for body in ("[" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000, "[" + "1," * 50_000 + "1e999]"):
            file = self.folder / "bomb.json"
            file.write_text(body)
            self.assert_fails(self.order(f"@{file}"), BAD_USAGE)


class Answers(VenueInputTest):
    """Bitstamp signs its answers (bitstamp.net/api, "Authentication")."""
    NONCE, TIME, TYPE, BODY = "6f5570df-d8bc-4daf-85b4-976733feb624", "1700000000123", "application/json", '{"available":"1.00000000"}'

    def setUp(self):
        super().setUp()
        self.added("bitstamp")

    def verify(self, credential="main", **changes):
        given = {"nonce": self.NONCE, "timestamp": self.TIME, "content-type": self.TYPE, "body": self.BODY}
        given["signature"] = mac(given["nonce"] + given["timestamp"] + given["content-type"] + given["body"])
        given.update(changes)
        return self.home.run("request", "verify-answer", "--credential", credential, *[w for k, v in given.items() for w in (f"--{k}", v)])

    def test_a_genuine_answer_is_known(self):
        done = self.verify()
        self.assertEqual((done.returncode, done.stdout.decode().split(":")[0]), (DONE, "genuine"), done.stderr.decode())

    def test_a_forged_answer_is_refused(self):
        for change in ({"body": "{}"}, {"content-type": "text/html"}, {"timestamp": "1700000000124"}, {"signature": "0" * 64},
                       {"nonce": "6f5570df-d8bc-4daf-85b4-976733feb625"}, {"signature": "nonsense"}):
            self.assert_fails(self.verify(**change), INTEGRITY, "not the venue's")

    def test_what_no_request_of_its_has_is_bad_input(self):
        self.assert_fails(self.verify(nonce="BITSTAMP KEY"), BAD_USAGE)
        self.added("okx", "--passphrase-stdin", secret=SECRET + b"\nphrase\n", name="other")
        self.assert_fails(self.verify("other"), BAD_USAGE, "signs no answers")


class Nonces(VenueInputTest):
    def setUp(self):
        super().setUp()
        self.added("kraken", secret=KRAKEN)

    def nonce(self, *more):
        answer = self.assert_signs(self.sign("--method", "POST", "--path", "/0/private/Balance", *more))
        return int(re.match(r"nonce=(\d+)", answer["body"]).group(1))

    def test_they_rise_from_one_process_to_the_next(self):
        nonces = [self.nonce() for _ in range(4)]
        self.assertEqual(nonces, sorted(set(nonces)))
        self.assertLess(abs(nonces[0] - now_ms() * 1000), 60_000_000)

    def test_no_two_processes_take_the_same(self):
        with ThreadPoolExecutor(4) as pool:
            nonces = list(pool.map(lambda _: self.nonce(), range(12)))
        self.assertEqual(len(set(nonces)), 12)

    def test_one_of_ones_own_must_be_above_the_last(self):
        last = self.nonce()
        self.assertEqual(self.nonce("--nonce", str(last + 5_000_000)), last + 5_000_000)
        self.assert_fails(self.sign("--method", "POST", "--path", "/0/private/Balance", "--nonce", str(last + 1)), BAD_USAGE, "nonce")
        self.assertGreater(self.nonce(), last + 5_000_000)

    def test_one_that_would_lock_others_out_is_refused(self):
        far = (now_ms() + 120_000) * 1000
        self.assert_fails(self.sign("--method", "POST", "--path", "/0/private/Balance", "--nonce", str(far)), REFUSED, "60 s ahead")

    def test_they_go_on_when_the_control_page_is_lost(self):
        last = self.nonce()
        ahead = last + 30_000_000
        self.nonce("--nonce", str(ahead))
        (self.home.path / "control").unlink()
        self.home.run("init")
        self.assertGreater(self.nonce(), ahead)


if __name__ == "__main__":
    unittest.main()
