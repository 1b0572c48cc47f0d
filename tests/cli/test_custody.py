"""Custody classes from the command line: keys in tokens, in the software keystore, sealed, and in an OpenSSL store."""

import os
import pty
import subprocess
import unittest

from harness import (API_KEY, AUTHENTICATION, BAD_USAGE, CUSTOS, DEVICE, DONE, INTEGRITY, ORDER_SIGNATURE, PATIENCE, REFUSED,
                     SECRET, Home, HomeTest, clean_environment)

SIGNING = ["hmac-sha256", "hmac-sha384", "hmac-sha512", "ed25519", "ecdsa-p256", "ecdsa-secp256k1", "rsa-2048"]
PASSPHRASE = b"correct horse battery staple 42"


def openssl(*arguments, input=b""):
    done = subprocess.run(["openssl", *arguments], input=input, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class CustodyTest(HomeTest):
    def private_file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        path.chmod(0o600)
        return str(path)

    def generate(self, name, *more, purpose="generic:test"):
        return self.home.json("key", "generate", name, "--purpose", purpose, *more)

    @property
    def home(self):
        if self._home is None:
            self._home = self.new_home()
        return self._home


class Keys(CustodyTest):
    def test_every_algorithm_is_made_in_the_token_and_in_the_keystore(self):
        for token, custody in (("dev", "device"), ("software", "software")):
            for algorithm in SIGNING:
                key = self.generate(f"{token}:{algorithm}", "--algorithm", algorithm)
                self.assertEqual((key["custody"], key["origin"], key["state"]), (custody, "generated", "active"), algorithm)
                self.assertGreater(key["created_ms"], 0)
                if algorithm.startswith("hmac"):
                    self.assertEqual(key["public_key"], "")
                else:
                    shown = openssl("pkey", "-pubin", "-noout", "-text", input=key["public_key"].encode()).decode()
                    self.assertIn("Public-Key" if "rsa" in algorithm or "ecdsa" in algorithm else "ED25519", shown)
        listed = {key["name"]: key["custody"] for key in self.home.json("key", "list")}
        self.assertEqual(listed["dev:ed25519"], "device")
        self.assertEqual(listed["software:rsa-2048"], "software")
        self.home.ok("keystore", "verify")
        self.assertNotIn("FAIL", self.home.ok("doctor"))

    def test_the_algorithm_is_the_purposes_usual_one_unless_given(self):
        for purpose, usual in (("venue:binance", "HMAC-SHA256"), ("chain:evm", "ECDSA-secp256k1"), ("chain:solana", "Ed25519")):
            key = self.generate("software:" + purpose.replace(":", "-"), purpose=purpose)
            self.assertEqual(key["algorithm"], usual, purpose)
        self.assertEqual(self.generate("dev:vault", purpose="seal")["algorithm"], "AES-256")

    def test_what_does_not_go_together_is_refused_before_anything_is_made(self):
        home, purpose = self.home, ("--purpose", "venue:binance")
        for arguments, words in ((("dev:x", *purpose, "--custody", "software"), ("software:x",)),
                                 (("software:x", *purpose, "--custody", "device"), ("TOKEN:x",)),
                                 (("software:x", *purpose, "--custody", "sealed"), ("--under",)),
                                 (("software:x", *purpose, "--custody", "paper"), ("device, sealed, software",)),
                                 (("software:x", *purpose, "--custody", "software", "--under", "dev:v"), ("--under",)),
                                 (("software:x", "--purpose", "seal"), ("token",)),
                                 (("software:x", "--purpose", "chain:evm", "--algorithm", "ecdsa-p256"), ("ecdsa-secp256k1",)),
                                 (("software:x", "--purpose", "chain:doge"), ("bitcoin, cosmos, evm, solana",)),
                                 (("software:x", *purpose, "--algorithm", "rsa-1024"), ("rsa-1024", "rsa-2048")),
                                 (("software:x", *purpose, "--algorithm", "aes-256"), ("aes-256",)),
                                 (("dev:x", "--purpose", "registry"), ("kept",))):
            with self.subTest(arguments):
                self.assert_fails(home.run("key", "generate", *arguments), BAD_USAGE, *words)
        self.assertEqual([key["name"] for key in home.json("key", "list")], ["dev:custos-registry"])

    def test_a_name_that_is_taken_is_refused(self):
        self.generate("software:twice")
        self.assert_fails(self.home.run("key", "generate", "software:twice", "--purpose", "generic:test"), BAD_USAGE, "already")

    def test_destroying_takes_the_key_out_of_the_keystore(self):
        self.generate("software:gone")
        self.home.ok("key", "destroy", "software:gone", "--yes")
        self.assertEqual(self.home.json("keystore", "show")["software_keys"], 0)
        for file in ("keystore", "keystore.previous"):
            self.assertNotIn(b"gone#1", (self.home.path / file).read_bytes(), file)
        self.assertNotIn("FAIL", self.home.ok("doctor"))


class Imports(CustodyTest):
    def test_a_secret_signs_the_same_in_every_custody_class(self):
        self.generate("dev:vault", purpose="seal")
        for name, more in (("device", ()), ("software", ("--custody", "software", "--token", "software")),
                           ("sealed", ("--custody", "sealed", "--token", "software", "--under", "dev:vault"))):
            added = self.home.add_credential(name, *more)
            self.assertEqual(added["custody"], name)
            self.assertEqual(self.assert_signs(self.home.sign_order(name))["signature"], ORDER_SIGNATURE, name)

    def test_credential_add_needs_no_token_name_for_the_keystore(self):
        self.assertEqual(self.home.add_credential("short", "--custody", "software")["key"], "software:short")

    def test_private_key_files_of_openssl_are_imported_with_their_public_key(self):
        kinds = {"ed25519": ("-algorithm", "ed25519"), "ecdsa-p256": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
                 "ecdsa-secp256k1": ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"),
                 "rsa-2048": ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")}
        for algorithm, arguments in kinds.items():
            pem = openssl("genpkey", *arguments)
            public = openssl("pkey", "-pubout", input=pem).decode()
            for token in ("dev", "software"):
                key = self.home.json("key", "import", f"{token}:{algorithm}", "--purpose", "generic:test", "--pem",
                                     self.private_file("key.pem", pem))
                self.assertEqual(key["public_key"], public, algorithm)
                self.assertEqual(key["origin"], "imported")

    def test_an_encrypted_file_asks_for_its_passphrase(self):
        pem = openssl("genpkey", "-algorithm", "ed25519")
        encrypted = openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:open sesame", input=pem)
        file = self.private_file("key.pem", encrypted)
        arguments = ("key", "import", "software:enc", "--purpose", "generic:test", "--pem", file)
        self.assert_fails(self.home.run(*arguments), AUTHENTICATION, "encrypted", "--passphrase-stdin")
        self.assert_fails(self.home.run(*arguments, "--passphrase-stdin", input=b"wrong"), AUTHENTICATION, "passphrase")
        key = self.home.json(*arguments, "--passphrase-stdin", input=b"open sesame")
        self.assertEqual(key["public_key"], openssl("pkey", "-pubout", input=pem).decode())

    def test_raw_seeds_come_as_hexadecimal_or_base64(self):
        seed = bytes(range(32))
        keys = [self.home.json("key", "import", f"software:{i}", "--purpose", "chain:solana", option, input=text)
                for i, (option, text) in enumerate((("--raw-hex-stdin", seed.hex().encode()),
                                                    ("--raw-base64-stdin", b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")))]
        self.assertEqual(keys[0]["public_key"], keys[1]["public_key"])

    def test_bad_keys_are_refused_with_the_reason(self):
        home = self.home
        wrong_curve = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
        short_rsa = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
        public = openssl("pkey", "-pubout", input=openssl("genpkey", "-algorithm", "ed25519"))
        for content, word in ((wrong_curve, "P-384"), (short_rsa, "1024"), (public, "public"), (b"", "empty"), (b"\x7fELF", "PEM")):
            with self.subTest(word):
                done = home.run("key", "import", "software:x", "--purpose", "generic:x", "--pem", self.private_file("x.pem", content))
                self.assert_fails(done, BAD_USAGE, word)
        for text, purpose, word in ((b"00" * 31, "chain:solana", "31"), (b"00" * 32, "chain:evm", "greater than 0"),
                                    (b"ff" * 32, "chain:evm", "order of its curve"), (b"0g", "chain:evm", "hexadecimal")):
            with self.subTest(word):
                done = home.run("key", "import", "software:x", "--purpose", purpose, "--raw-hex-stdin", input=text)
                self.assert_fails(done, BAD_USAGE, word)
        self.assert_fails(home.run("key", "import", "software:x", "--purpose", "chain:evm", "--raw-base64-stdin", input=b"AAA"),
                          BAD_USAGE, "32 bytes")
        self.assertEqual(home.json("keystore", "show")["software_keys"], 0)

    def test_a_file_that_others_may_read_is_refused(self):
        file = self.folder / "key.pem"
        file.write_bytes(openssl("genpkey", "-algorithm", "ed25519"))
        file.chmod(0o644)
        self.assert_fails(self.home.run("key", "import", "dev:x", "--purpose", "generic:x", "--pem", str(file)), REFUSED, "chmod 600")


class Sealed(CustodyTest):
    def test_a_key_moves_under_a_token_to_another_and_back_and_signs_all_the_while(self):
        home = self.home
        home.add_credential("moving", "--custody", "software")
        self.generate("dev:aes", purpose="seal")
        self.generate("dev:rsa", "--algorithm", "rsa-2048", purpose="seal")
        for under in ("dev:aes", "dev:rsa", "dev:aes"):
            key = home.json("key", "seal", "software:moving", "--under", under)
            self.assertEqual((key["custody"], key["sealed_under"]), ("sealed", under))
            self.assertEqual(home.json("credential", "show", "moving")["custody"], "sealed")
            self.assertEqual(self.assert_signs(home.sign_order("moving"))["signature"], ORDER_SIGNATURE)
            home.ok("keystore", "verify")
        key = home.json("key", "unseal", "software:moving")
        self.assertEqual((key["custody"], key["sealed_under"]), ("software", ""))
        self.assertEqual(self.assert_signs(home.sign_order("moving"))["signature"], ORDER_SIGNATURE)
        self.assert_fails(home.run("key", "unseal", "software:moving"), BAD_USAGE, "not sealed")
        self.assertNotIn("FAIL", home.ok("doctor"))

    def test_a_sealed_key_needs_its_token_and_no_passphrase(self):
        home = self.home
        self.generate("dev:vault", purpose="seal")
        home.add_credential("sealed", "--custody", "sealed", "--under", "dev:vault")
        (home.path / "pin" / "keystore").unlink()
        self.assertEqual(self.assert_signs(home.sign_order("sealed"))["signature"], ORDER_SIGNATURE)
        self.assertFalse(home.json("keystore", "show")["has_passphrase"])

    def test_an_older_keystore_put_back_does_not_weaken_a_sealed_key_unnoticed(self):
        home = self.home
        home.add_credential("moved", "--custody", "software")
        self.generate("dev:vault", purpose="seal")
        old = (home.path / "keystore").read_bytes()
        home.ok("key", "seal", "software:moved", "--under", "dev:vault")
        (home.path / "keystore").write_bytes(old)
        self.assert_fails(home.sign_order("moved"), INTEGRITY, "older keystore")
        home.ok("key", "seal", "software:moved", "--under", "dev:vault")
        self.assertEqual(self.assert_signs(home.sign_order("moved"))["signature"], ORDER_SIGNATURE)

    def test_the_key_that_seals_a_registry_is_never_sealed(self):
        home = Home(self.folder / "soft")
        home.ok("init", "--custody", "software")
        self.assert_fails(home.run("key", "seal", "software:custos-registry", "--under", "dev:v"), REFUSED, "registry")
        self.assert_fails(home.run("key", "unseal", "software:custos-registry"), REFUSED, "registry")

    def test_only_a_key_of_purpose_seal_seals(self):
        self.generate("dev:other")
        self.generate("software:mine")
        self.assert_fails(self.home.run("key", "seal", "software:mine", "--under", "dev:other"), REFUSED, "seals nothing")
        self.assert_fails(self.home.run("key", "seal", "software:mine", "--under", "dev:none"), BAD_USAGE, "--purpose seal")
        self.assert_fails(self.home.run("key", "seal", "dev:other", "--under", "dev:other"), BAD_USAGE, "nothing comes out")

    def test_a_key_that_seals_does_nothing_else_and_stays_while_it_is_needed(self):
        home = self.home
        self.generate("dev:vault", purpose="seal")
        self.generate("software:mine", "--under", "dev:vault")
        done = home.run("credential", "add", "x", "--venue", "binance", "--api-key", "k", "--key", "dev:vault")
        self.assert_fails(done, REFUSED, "purpose seal")
        self.assert_fails(home.run("key", "destroy", "dev:vault", "--yes"), REFUSED, "software:mine")
        home.ok("key", "destroy", "software:mine", "--yes")
        home.ok("key", "destroy", "dev:vault", "--yes")


class Keystore(CustodyTest):
    def setUp(self):
        super().setUp()
        self.home.edit_config(lambda text: text.replace('passphrase_file = "pin/keystore"', 'passphrase_fd = 9'))

    def with_passphrase(self, *arguments, passphrase=PASSPHRASE, **options):
        reader, writer = os.pipe()
        os.write(writer, passphrase)
        os.close(writer)
        os.dup2(reader, 9)
        os.close(reader)
        try:
            return self.home.run(*arguments, pass_fds=(9,), **options)
        finally:
            os.close(9)

    def test_the_passphrase_is_set_changed_and_needed(self):
        done = self.with_passphrase("key", "generate", "software:mine", "--purpose", "generic:test")
        self.assertEqual(done.returncode, DONE, done.stderr)
        wrong = self.with_passphrase("keystore", "verify", passphrase=b"this is not the passphrase")
        self.assert_fails(wrong, AUTHENTICATION, "passphrase")
        self.assertEqual(self.home.json("keystore", "show")["failed_attempts"], 1)
        before = (self.home.path / "keystore").read_bytes()
        changed = self.with_passphrase("keystore", "passphrase", "--new-passphrase-stdin", "--calibrate-ms", "20",
                                       input=b"another good passphrase 7\n")
        self.assertEqual(changed.returncode, DONE, changed.stderr)
        self.assertNotEqual((self.home.path / "keystore").read_bytes(), before)
        self.assert_fails(self.with_passphrase("keystore", "verify"), AUTHENTICATION, "passphrase")
        again = self.with_passphrase("keystore", "verify", passphrase=b"another good passphrase 7")
        self.assertEqual(again.returncode, DONE, again.stderr)

    def test_a_weak_passphrase_is_named(self):
        done = self.with_passphrase("key", "generate", "software:mine", "--purpose", "generic:test", passphrase=b"hunter2")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn(b"weak", done.stderr)

    def test_init_gives_the_first_passphrase_once(self):
        self.home.ok("keystore", "init", "--new-passphrase-stdin", input=PASSPHRASE)
        self.assertTrue(self.home.json("keystore", "show")["has_passphrase"])
        self.assert_fails(self.home.run("keystore", "init", "--new-passphrase-stdin", input=PASSPHRASE), BAD_USAGE, "already")

    def test_a_damaged_keystore_is_named_with_its_last_good_version(self):
        for name in ("one", "two"):
            self.with_passphrase("key", "generate", f"software:{name}", "--purpose", "generic:test")
        keystore = self.home.path / "keystore"
        whole = keystore.read_bytes()
        for damaged, word in ((b"", "empty"), (b"SQLite format 3\0" + bytes(100), "not a keystore of Custos"),
                              (whole[:-1], ""), (whole[:-40] + bytes([whole[-40] ^ 1]) + whole[-39:], "")):
            keystore.write_bytes(damaged)
            with self.subTest(word):
                self.assert_fails(self.home.run("keystore", "show"), INTEGRITY, "keystore", word)
        keystore.write_bytes(whole)
        keystore.chmod(0o644)
        self.assert_fails(self.home.run("keystore", "show"), REFUSED, "chmod 600")


class WithoutToken(CustodyTest):
    def test_a_home_without_a_token_signs_and_is_healthy(self):
        home = Home(self.folder / "soft")
        self.assertIn("passphrase", home.ok("init", "--custody", "software"))
        self.assertEqual(home.json("init")["created"], [])
        added = home.add_credential()
        self.assertEqual((added["custody"], added["key"]), ("software", "software:main"))
        self.assertEqual(self.assert_signs(home.sign_order())["signature"], ORDER_SIGNATURE)
        self.assertNotIn("FAIL", home.ok("doctor"))
        self.assertFalse((home.path / "tokens").exists())

    def test_an_edited_registry_is_found_there_too(self):
        home = Home(self.folder / "soft")
        home.ok("init", "--custody", "software")
        home.add_credential()
        home.edit_registry("UPDATE credentials SET grants = 'read,trade,withdraw'")
        self.assert_fails(home.sign_account(), INTEGRITY, "main")


class Production(CustodyTest):
    def production_home(self, software):
        home = Home(self.folder / "production")
        home.path.mkdir(mode=0o700)
        (home.path / "custos.toml").write_text('version = 1\n[registry]\ntoken = "software"\n[software]\n' + software)
        (home.path / "custos.toml").chmod(0o600)
        return home

    def test_software_keys_need_to_be_allowed_in_so_many_words(self):
        secret = self.private_file("passphrase", PASSPHRASE)
        home = self.production_home(f'passphrase_file = "{secret}"\n')
        self.assert_fails(home.run("init", "--mode", "production"), REFUSED, "allow_software = true")
        home.edit_config(lambda text: text + "allow_software = true\n")
        home.ok("init", "--mode", "production")
        self.assertEqual(home.json("key", "generate", "software:mine", "--purpose", "generic:x")["custody"], "software")
        home.edit_config(lambda text: text.replace("allow_software = true", "allow_software = false"))
        for command in (("key", "generate", "software:more", "--purpose", "generic:x"), ("key", "list"), ("key", "show", "software:mine")):
            self.assert_fails(home.run(*command), REFUSED, "allow_software = true")

    def test_a_weak_passphrase_and_one_inside_the_home_are_refused(self):
        weak = self.private_file("passphrase", b"password1234")
        home = self.production_home(f'allow_software = true\npassphrase_file = "{weak}"\n')
        self.assert_fails(home.run("init", "--mode", "production"), REFUSED, "weak passphrase")
        home.edit_config(lambda text: text.replace(weak, "keystore.pass"))
        self.assert_fails(home.run("init", "--mode", "production"), REFUSED, "inside the home")


class Stores(CustodyTest):
    def with_store(self, uri, *more):
        self.home.edit_config(lambda text: text + f'\n[token.vendor]\nkind = "openssl-store"\nuri = "{uri}"\n' + "\n".join(more))

    def test_the_key_of_a_store_is_recorded_used_and_left_alone(self):
        pem = openssl("genpkey", "-algorithm", "ed25519")
        file = self.private_file("vendor.pem", pem)
        self.with_store(f"file:{file}")
        key = self.home.json("key", "adopt", "vendor:signer", "--purpose", "chain:solana")
        self.assertEqual(key["public_key"], openssl("pkey", "-pubout", input=pem).decode())
        self.assertEqual((key["custody"], key["algorithm"], key["origin"]), ("software", "Ed25519", "imported"))
        self.assertIn("signer", self.home.ok("key", "list"))
        self.assertNotIn("FAIL", self.home.ok("doctor"))
        self.assert_fails(self.home.run("key", "generate", "vendor:x", "--purpose", "chain:solana"), BAD_USAGE, "key adopt")
        self.home.ok("key", "destroy", "vendor:signer", "--yes")
        self.assertTrue(os.path.exists(file))

    def test_an_encrypted_store_asks_where_custos_toml_says(self):
        pem = openssl("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:open sesame")
        self.with_store(f"file:{self.private_file('vendor.pem', pem)}",
                        f'pin_file = "{self.private_file("pin", b"open sesame")}"')
        self.assertEqual(self.home.json("key", "adopt", "vendor:signer", "--purpose", "chain:solana")["custody"], "software")

    def test_a_file_is_no_device_whatever_custos_toml_says(self):
        pem = openssl("genpkey", "-algorithm", "ed25519")
        self.with_store(f"file:{self.private_file('vendor.pem', pem)}", 'custody = "device"')
        self.assert_fails(self.home.run("key", "list"), BAD_USAGE, "not in a device")

    def test_a_provider_that_is_not_there_is_named(self):
        self.home.edit_config(lambda text: text.replace("\n[software]", '\n[software]\nprovider = "fips"', 1))
        self.assert_fails(self.home.run("key", "generate", "software:x", "--purpose", "chain:solana"), BAD_USAGE, "fips")


class Prompts(CustodyTest):
    def test_a_person_chooses_a_passphrase_twice(self):
        self.home.edit_config(lambda text: text.replace('passphrase_file = "pin/keystore"', 'passphrase_prompt = true'))
        status, said = self.at_terminal(PASSPHRASE, PASSPHRASE)
        self.assertEqual(status, DONE, said)
        self.assertNotIn(PASSPHRASE, said)

    def test_two_different_ones_change_nothing(self):
        self.home.edit_config(lambda text: text.replace('passphrase_file = "pin/keystore"', 'passphrase_prompt = true'))
        status, said = self.at_terminal(PASSPHRASE, b"something else entirely 99")
        self.assertEqual(status, BAD_USAGE, said)
        self.assertIn(b"differ", said)
        self.assertFalse((self.home.path / "keystore").exists())

    def at_terminal(self, *lines):
        """Generates a software key with a person at the terminal who types `lines`."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(CUSTOS, [CUSTOS, "key", "generate", "software:mine", "--purpose", "generic:x", "--home", str(self.home.path)],
                      clean_environment())
        said, waiting = b"", list(lines)
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # the child is gone
                break
            if not part:
                break
            said += part
            if waiting and said.endswith(b": "):
                os.write(terminal, waiting.pop(0) + b"\n")
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


if __name__ == "__main__":
    unittest.main()
