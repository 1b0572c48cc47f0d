"""Bad input: each with its one clear line, the right exit status, and nothing lost."""

import os
import sqlite3
import unittest

from harness import (API_KEY, AUTHENTICATION, BAD_USAGE, DEVICE, DONE, INTEGRITY, ORDER, REFUSED, SECRET, Home, HomeTest, SharedHomeTest, now_ms)

BINANCE = ["--venue", "binance", "--api-key", API_KEY, "--secret-stdin"]


class Pins(HomeTest):
    def test_a_wrong_pin_is_tried_once(self):
        home = self.home
        file = home.path / "pin" / "dev"
        right = file.read_bytes()
        file.write_bytes(b"wrong-pin")
        self.assert_fails(home.sign_account(), AUTHENTICATION, "PIN")
        second = home.sign_account()
        self.assert_fails(second, AUTHENTICATION, "not tried again")
        file.write_bytes(right)
        self.assert_signs(home.sign_account())

    def test_a_pin_file_that_others_may_read_is_refused(self):
        file = self.home.path / "pin" / "dev"
        file.chmod(0o644)
        self.assert_fails(self.home.sign_account(), REFUSED, "chmod 600")
        file.chmod(0o600)
        self.assert_signs(self.home.sign_account())

    def test_a_missing_pin_file_is_named(self):
        (self.home.path / "pin" / "dev").unlink()
        self.assert_fails(self.home.sign_account(), AUTHENTICATION, "pin/dev")

    def test_without_a_terminal_nobody_is_asked(self):
        self.home.edit_config(lambda text: text.replace('pin_file = "pin/dev"', "pin_prompt = true"))
        self.assert_fails(self.home.sign_account("main", start_new_session=True), AUTHENTICATION, "terminal")


class Modules(HomeTest):
    def with_module(self, path):
        home = self.home
        home.edit_config(lambda text: "".join(f'module = "{path}"\n' if line.startswith("module = ") else line
                                              for line in text.splitlines(keepends=True)))
        return home

    def test_a_missing_module_is_named(self):
        home = self.with_module("/nonexistent/libtoken.so")
        self.assert_fails(home.sign_account(), DEVICE, "/nonexistent/libtoken.so")
        self.assertIn("/nonexistent/libtoken.so", home.json("token", "list")[0]["state"])
        self.assertEqual(home.run("doctor").returncode, DEVICE)

    def test_a_library_that_is_no_pkcs11_module_is_named(self):
        library = next(path for path in ("/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6", "/lib64/libm.so.6")
                       if os.path.exists(path))
        self.assert_fails(self.with_module(library).sign_account(), BAD_USAGE, "libm.so.6")

    def test_a_file_that_is_no_library_is_named(self):
        text = self.folder / "text.so"
        text.write_text("not a library")
        self.assert_fails(self.with_module(text).sign_account(), BAD_USAGE, "text.so")

    def test_an_absent_token_is_named(self):
        self.home.edit_config(lambda text: text.replace("token=custos-dev", "token=elsewhere"))
        self.assert_fails(self.home.sign_account(), DEVICE, "elsewhere")


class Names(SharedHomeTest):
    def test_a_body_file_without_end_is_refused(self):
        self.assert_fails(self.home.run("request", "sign", "--credential", "main", "--method", "POST", "--path", "/api/v3/order",
                                        "--body", "@/dev/zero"), BAD_USAGE, "larger than 1 MiB")

    def test_an_unknown_token_is_named(self):
        self.assert_fails(self.home.run("token", "show", "yubi"), BAD_USAGE, "yubi")
        self.assert_fails(self.home.run("key", "generate", "yubi:x", "--purpose", "venue:binance"), BAD_USAGE, "yubi")
        self.assert_fails(self.home.run("credential", "add", "x", *BINANCE, "--token", "yubi", input=SECRET), BAD_USAGE, "yubi")

    def test_a_malformed_key_reference_is_named(self):
        for name in ("x", "dev:", ":x", "dev:a b", "dev:../x", "dev:a\nb"):
            self.assert_fails(self.home.run("key", "show", name), BAD_USAGE, "TOKEN:LABEL")

    def test_unknown_keys_and_credentials_are_named(self):
        self.assert_fails(self.home.run("key", "show", "dev:none"), BAD_USAGE, "dev:none")
        self.assert_fails(self.home.run("key", "destroy", "dev:none", "--yes"), BAD_USAGE, "dev:none")
        for command in ("show", "remove", "enable", "disable"):
            self.assert_fails(self.home.run("credential", command, "none"), BAD_USAGE, "none")
        self.assert_fails(self.home.run("credential", "grant", "none", "read"), BAD_USAGE, "none")
        self.assert_fails(self.home.sign_account("none"), BAD_USAGE, "none")

    def test_a_duplicate_label_is_refused_and_nothing_is_lost(self):
        before = self.home.json("key", "list")
        self.assert_fails(self.home.run("key", "generate", "dev:main", "--purpose", "venue:binance"), BAD_USAGE, "main")
        self.assert_fails(self.home.run("key", "import", "dev:main", "--purpose", "venue:binance", "--secret-stdin", input=b"other"),
                          BAD_USAGE, "main")
        self.assert_fails(self.home.run("credential", "add", "main", *BINANCE, input=b"other"), BAD_USAGE, "main")
        self.assertEqual(self.home.json("key", "list"), before)
        self.assertEqual(self.assert_signs(self.home.sign_order())["body"].count("signature"), 1)

    def test_an_unknown_venue_is_named_with_the_known_ones(self):
        done = self.home.run("credential", "add", "x", "--venue", "mtgox", "--api-key", "k", "--secret-stdin", input=SECRET)
        self.assert_fails(done, BAD_USAGE, "mtgox", "binance")
        self.assertEqual([key["name"] for key in self.home.json("key", "list")].count("dev:x"), 0)

    def test_unknown_algorithms_environments_and_purposes_are_named(self):
        self.assert_fails(self.home.run("key", "generate", "dev:x", "--purpose", "venue:binance", "--algorithm", "rot13"), BAD_USAGE,
                          "rot13")
        self.assert_fails(self.home.run("key", "generate", "dev:x", "--purpose", "anything"), BAD_USAGE, "purpose")
        self.assert_fails(self.home.run("credential", "add", "x", *BINANCE, "--environment", "moon", input=SECRET), BAD_USAGE, "moon")

    def test_an_api_key_that_no_header_may_hold_is_refused(self):
        for api_key in ("", "a b", "a\r\nX-Evil: 1", "é"):
            done = self.home.run("credential", "add", "x", "--venue", "binance", "--api-key", api_key, "--secret-stdin", input=SECRET)
            self.assert_fails(done, BAD_USAGE, "API key")


class Files(HomeTest):
    @unittest.skipUnless(os.geteuid() == 0, "only root can give a folder away")
    def test_a_home_that_belongs_to_another_user_is_refused(self):
        os.chown(self.home.path, 65534, 65534)
        self.assert_fails(self.home.sign_account(), REFUSED, "another user")

    def test_a_home_that_is_open_to_others_is_refused(self):
        self.home.path.chmod(0o755)
        self.assert_fails(self.home.sign_account(), REFUSED, "chmod 700")

    def test_a_registry_from_a_newer_version_is_left_alone(self):
        self.home.edit_registry("PRAGMA user_version = 4711")
        before = (self.home.path / "registry.db").read_bytes()
        self.assert_fails(self.home.sign_account(), INTEGRITY, "newer", "4711")
        self.assertEqual((self.home.path / "registry.db").read_bytes(), before)

    def test_a_truncated_registry_is_said_to_be_one(self):
        registry = self.home.path / "registry.db"
        whole = registry.read_bytes()
        for size in (0, 100, 4096, len(whole) // 2):
            registry.write_bytes(whole[:size])
            self.assert_fails(self.home.sign_account(), INTEGRITY, "registry.db")

    def test_a_registry_that_is_something_else_is_said_to_be_none(self):
        registry = self.home.path / "registry.db"
        registry.write_bytes(b"this is no database" * 1000)
        self.assert_fails(self.home.sign_account(), INTEGRITY, "registry.db")
        registry.unlink()
        with sqlite3.connect(registry) as other:
            other.execute("CREATE TABLE t (x)")
        other.close()
        registry.chmod(0o600)
        self.assert_fails(self.home.sign_account(), INTEGRITY, "registry.db")

    def test_a_damaged_control_page_is_refused(self):
        (self.home.path / "control").write_bytes(b"\0" * 4096)
        self.assert_fails(self.home.sign_account(), INTEGRITY, "control")

    def test_what_is_missing_in_the_home_is_named(self):
        for name in ("registry.db", "control", "custos.toml"):
            path = self.home.path / name
            path.rename(self.folder / name)
            self.assert_fails(self.home.sign_account(), BAD_USAGE, name)
            (self.folder / name).rename(path)
        self.assert_signs(self.home.sign_account())

    def test_a_mistake_in_the_configuration_is_named_with_its_line(self):
        self.home.edit_config(lambda text: text.replace("pin_file", "pin_fill"))
        self.assert_fails(self.home.sign_account(), BAD_USAGE, "custos.toml", "pin_fill", "line")

    def test_a_folder_that_cannot_be_made_is_named(self):
        (self.folder / "file").write_text("")
        done = Home(self.folder / "file" / "home").run("init")
        self.assertNotEqual(done.returncode, DONE)
        self.assert_fails(done, done.returncode, str(self.folder / "file"))

    def test_a_full_disk_loses_nothing(self):
        # The largest file that the process may write stands for the disk's end.
        import resource
        home = self.home
        before = home.json("credential", "list")
        size = (home.path / "registry.db").stat().st_size

        def limit():
            import signal
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size // 4, size // 4))

        done = home.run("credential", "add", "second", *BINANCE, input=SECRET, preexec_fn=limit)
        self.assertNotEqual(done.returncode, DONE)
        self.assert_fails(done, done.returncode)
        self.assertEqual(home.json("credential", "list"), before)
        self.assert_signs(home.sign_account())
        home.add_credential("second")
        self.assert_signs(home.sign_account("second"))


class Requests(SharedHomeTest):
    def sign(self, path="/api/v3/order", method="POST", *more):
        return self.home.run("request", "sign", "--credential", "main", "--method", method, "--path", path, *more)

    def test_a_path_with_spaces_or_control_characters_is_refused(self):
        for path in ("/api/v3/or der", "/api/v3/order\n", "/api\x01/v3", "/api/v3/\x7f", "api/v3/order", "", "/api/v3/order?x=1",
                     "/api/v3/../v3/order", "/api/v3/ordér"):
            self.assert_fails(self.sign(path, "POST", "--body", ORDER), BAD_USAGE, "path")

    def test_an_unknown_method_is_refused(self):
        self.assert_fails(self.sign("/api/v3/order", "FETCH", "--body", ORDER), BAD_USAGE, "FETCH")

    def test_a_header_with_a_line_end_is_refused(self):
        for value in ("a\r\nX-Evil: 1", "a\nb", "a\rb"):
            self.assert_fails(self.home.sign_account("main", "--header", "X-Trace=" + value), BAD_USAGE, "X-Trace")

    def test_a_header_that_authenticates_or_redirects_is_refused(self):
        for header in ("X-MBX-APIKEY=other", "x-mbx-apikey=other", "Authorization=x", "Host=x", "X-HTTP-Method-Override=POST"):
            self.assert_fails(self.home.sign_account("main", "--header", header), REFUSED, header.split("=")[0])

    def test_a_foreign_host_is_refused(self):
        self.assert_fails(self.home.sign_account("main", "--host", "evil.example.com"), REFUSED, "evil.example.com")
        self.assert_fails(self.home.sign_account("main", "--host", "api.binance.com@evil.com"), BAD_USAGE, "evil.com")

    def test_a_timestamp_an_hour_ahead_is_refused(self):
        ahead = str(now_ms() + 3_600_000)
        self.assert_fails(self.home.sign_account("main", "--timestamp-ms", ahead), REFUSED, "ahead")
        self.assert_fails(self.home.sign_account("main", "--query", "timestamp=" + ahead), REFUSED, "ahead")

    def test_a_timestamp_given_twice_is_bad_usage(self):
        self.assert_fails(self.home.sign_account("main", "--query", "timestamp=1578963600000", "--timestamp-ms", "1578963600000"),
                          BAD_USAGE, "timestamp")

    def test_a_signature_that_is_there_already_is_bad_usage(self):
        self.assert_fails(self.sign("/api/v3/order", "POST", "--body", ORDER + "&signature=00"), BAD_USAGE, "signature")

    def test_parameters_beside_the_part_that_they_form_are_bad_usage(self):
        self.assert_fails(self.sign("/api/v3/order", "POST", "--body", ORDER, "--param", "a=b"), BAD_USAGE, "body")
        self.assert_fails(self.home.sign_account("main", "--query", "recvWindow=1", "--param", "a=b"), BAD_USAGE, "query")

    def test_bytes_that_reach_a_withdrawal_when_split_are_refused(self):
        # coin, amount and addr + ess: joined without a separator, the two parts are a withdrawal's parameters.
        done = self.sign("/sapi/v1/capital/withdraw/apply", "POST", "--query", "coin=BTC&amount=1&addr", "--body", "ess=abc")
        self.assertIn(done.returncode, (BAD_USAGE, REFUSED))
        self.assert_fails(done, done.returncode)
        done = self.sign("/api/v3/order", "POST", "--query", "quantity=1", "--body", "0&symbol=LTCBTC&side=BUY&type=MARKET")
        self.assertIn(done.returncode, (BAD_USAGE, REFUSED))

    def test_repeated_and_encoded_names_are_refused(self):
        self.assert_fails(self.sign("/api/v3/order", "POST", "--body", "symbol=A&symbol=B&side=BUY&type=MARKET"), BAD_USAGE, "symbol")
        self.assert_fails(self.sign("/api/v3/order", "POST", "--body", "s%79mbol=A&side=BUY&type=MARKET"), BAD_USAGE, "percent-encoded")

    def test_an_unknown_endpoint_is_no_trade(self):
        self.assert_fails(self.sign("/api/v3/new-thing", "POST", "--param", "a=b"), REFUSED)

    def test_options_for_other_venues_are_bad_usage(self):
        self.assert_fails(self.home.sign_account("main", "--nonce", "1"), BAD_USAGE, "nonce")
        self.assert_fails(self.home.sign_account("main", "--expires", "1"), BAD_USAGE, "expir")
        self.assert_fails(self.home.sign_account("main", "--recv-window", "60001"), BAD_USAGE, "60000")


class DestroyedKeys(HomeTest):
    def test_a_credential_whose_key_was_destroyed_signs_nothing(self):
        self.home.ok("key", "destroy", "dev:main", "--yes")
        self.assert_fails(self.home.sign_account(), REFUSED, "main")


if __name__ == "__main__":
    unittest.main()
