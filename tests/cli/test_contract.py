"""The command line contract: commands, options, JSON names, exit statuses."""

import json
import os
import re
import stat
import subprocess
import unittest

from harness import (API_KEY, BAD_USAGE, CUSTOS, DATA, DONE, ORDER, ORDER_SIGNATURE, PATIENCE, REFUSED, Home, HomeTest,
                     SharedHomeTest, clean_environment, mac, now_ms)


class Init(HomeTest):
    def test_makes_a_home_and_says_what_to_try_next(self):
        home = Home(self.folder / "fresh")
        text = home.ok("init")
        self.assertIn("development", text)
        self.assertIn(f"custos --home {home.path} credential add", text)
        self.assertTrue((home.path / "custos.toml").exists())

    def test_is_safe_to_run_twice(self):
        home = self.new_home()
        before = {p: p.read_bytes() for p in home.path.rglob("*") if p.is_file() and p.name != "control" and "tokens" not in p.parts}
        self.assertEqual(home.json("init")["created"], [])
        for path, content in before.items():
            self.assertEqual(path.read_bytes(), content, path)

    def test_answers_json(self):
        answer = Home(self.folder / "fresh").json("init")
        self.assertEqual(list(answer), ["home", "mode", "created"])
        self.assertEqual(answer["mode"], "development")

    def test_refuses_to_change_the_mode(self):
        self.assert_fails(self.new_home().run("init", "--mode", "production"), BAD_USAGE, "development")

    def test_refuses_an_unknown_mode(self):
        self.assert_fails(Home(self.folder / "x").run("init", "--mode", "sloppy"), BAD_USAGE, "sloppy")

    def test_lets_nobody_else_in(self):
        home = self.home
        self.assertEqual(stat.S_IMODE(home.path.stat().st_mode), 0o700)
        for path in home.path.rglob("*"):
            mode = stat.S_IMODE(path.stat().st_mode)
            self.assertEqual(mode, 0o700 if path.is_dir() else 0o600, path)

    def test_finds_the_home_in_the_environment(self):
        def run(**environment):
            return subprocess.run([CUSTOS, "init"], capture_output=True, env=clean_environment(**environment))

        self.assertEqual(run(CUSTOS_HOME=str(self.folder / "a"), XDG_DATA_HOME=str(self.folder / "b")).returncode, DONE)
        self.assertTrue((self.folder / "a" / "registry.db").exists())
        self.assertEqual(run(XDG_DATA_HOME=str(self.folder / "b")).returncode, DONE)
        self.assertTrue((self.folder / "b" / "custos" / "registry.db").exists())

    def test_leaves_the_systems_softhsm_alone(self):
        home = self.new_home()
        self.assertIn(str(home.path), (home.path / "softhsm2.conf").read_text())
        self.assertEqual(home.json("token", "show", "dev", environment={"SOFTHSM2_CONF": "/nonexistent"})["state"], "healthy")


class Usage(SharedHomeTest):
    def run_tool(self, *arguments):
        return subprocess.run([CUSTOS, *arguments], capture_output=True, stdin=subprocess.DEVNULL, env=clean_environment())

    def test_shows_the_version(self):
        self.assertRegex(self.run_tool("--version").stdout.decode(), r"^custos \d+\.\d+\.\d+\n$")

    def test_explains_every_command(self):
        commands = ["", "init", "doctor", "token list", "token show", "key generate", "key import", "key adopt", "key list", "key show",
                    "key seal", "key unseal", "key destroy", "keystore init", "keystore show", "keystore verify",
                    "keystore passphrase", "backup create", "backup verify", "backup restore", "request sign", "bench",
                    "venue list", "venue show"]
        commands += ["credential " + word for word in "add list show remove set enable disable grant revoke verify audit".split()]
        for command in commands:
            done = self.run_tool(*command.split(), "--help")
            self.assertEqual(done.returncode, DONE, command)
            self.assertIn(f"Usage: custos {command}".strip(), done.stdout.decode(), command)

    def test_refuses_what_it_does_not_know(self):
        self.assert_fails(self.run_tool("--bogus"), BAD_USAGE, "--bogus")
        self.assert_fails(self.run_tool("bogus"), BAD_USAGE, "bogus")
        self.assert_fails(self.run_tool(), BAD_USAGE, "command")
        self.assert_fails(self.run_tool("key"), BAD_USAGE, "command")
        self.assert_fails(self.run_tool("key", "bogus"), BAD_USAGE, "bogus")
        self.assert_fails(self.run_tool("key", "list", "--bogus"), BAD_USAGE, "--bogus", "custos key list --help")
        self.assert_fails(self.run_tool("key", "show", "dev:a", "dev:b"), BAD_USAGE, "dev:b")

    def test_names_what_is_missing(self):
        self.assert_fails(self.home.run("key", "generate", "dev:x"), BAD_USAGE, "--purpose")
        self.assert_fails(self.home.run("credential", "add", "x", "--venue", "binance"), BAD_USAGE, "--api-key")
        self.assert_fails(self.home.run("request", "sign", "--method", "GET", "--path", "/"), BAD_USAGE, "--credential")

    def test_escapes_control_characters_in_errors(self):
        self.assert_fails(self.home.run("credential", "show", "evil\x1b[31m\nname"), BAD_USAGE, "\\x1b")

    def test_refuses_an_empty_home(self):
        self.assert_fails(self.run_tool("--home", "", "key", "list"), BAD_USAGE, "--home")

    def test_says_where_there_is_no_home(self):
        self.assert_fails(Home(self.folder / "none").run("key", "list"), BAD_USAGE, "custos init")

    def test_takes_names_that_are_also_commands(self):
        home = self.new_home()
        home.add_credential("list")
        self.assertEqual(home.json("credential", "show", "list")["name"], "list")


class Sign(SharedHomeTest):
    def test_documented_vectors_pass(self):
        blocks = (DATA / "vectors" / "binance.txt").read_text().split("\n\n")
        vectors = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if "name: " in block]
        self.assertGreaterEqual(len(vectors), 3)
        home = self.new_home()
        for vector in vectors:
            name, preimage = vector["name"], vector["preimage"]
            home.add_credential(name, secret=vector["secret"].encode())
            place = ["--method", "POST", "--path", "/api/v3/order", "--body"]
            if not preimage.startswith("symbol"):
                place = ["--method", "GET", "--path", "/api/v3/account", "--query"]
            answer = self.assert_signs(home.run("request", "sign", "--credential", name, *place, preimage))
            self.assertEqual(answer["signature"], vector["signature"], name)

    def test_answers_the_names_of_the_contract(self):
        answer = self.assert_signs(self.home.sign_order())
        self.assertEqual(list(answer), ["method", "url", "headers", "body", "signature", "algorithm", "operation", "warnings"])
        self.assertEqual(answer["method"], "POST")
        self.assertEqual(answer["url"], "https://api.binance.com/api/v3/order")
        self.assertIn(["X-MBX-APIKEY", API_KEY], answer["headers"])
        self.assertEqual(answer["body"], ORDER + "&signature=" + ORDER_SIGNATURE)
        self.assertEqual(answer["signature"], ORDER_SIGNATURE)
        self.assertEqual(answer["algorithm"], "HMAC-SHA256")
        self.assertEqual(answer["operation"], "POST /api/v3/order (trade)")

    def test_shows_the_preimage_when_asked(self):
        done = self.home.run("request", "sign", "--credential", "main", "--method", "POST", "--path", "/api/v3/order", "--body",
                             ORDER, "--show-preimage")
        answer = self.assert_signs(done)
        self.assertEqual(list(answer)[-1], "preimage")
        self.assertEqual(bytes.fromhex(answer["preimage"]).decode(), ORDER)

    def test_parameters_form_the_query_of_get(self):
        done = self.home.run("request", "sign", "--credential", "main", "--method", "GET", "--path", "/api/v3/order", "--param",
                             "symbol=LTC BTC", "--param", "origClientOrderId=a=b&c", "--timestamp-ms", "1499827319559",
                             "--recv-window", "5000")
        preimage = "symbol=LTC%20BTC&origClientOrderId=a%3Db%26c&recvWindow=5000&timestamp=1499827319559"
        answer = self.assert_signs(done)
        self.assertEqual(answer["url"],
                         f"https://api.binance.com/api/v3/order?{preimage}&signature={mac(preimage)}")
        self.assertEqual(answer["body"], "")

    def test_parameters_form_the_body_of_post(self):
        pairs = [pair for text in ORDER.split("&") if not text.startswith("timestamp") for pair in ("--param", text)]
        done = self.home.run("request", "sign", "--credential", "main", "--method", "POST", "--path", "/api/v3/order", *pairs,
                             "--timestamp-ms", "1499827319559")
        self.assertEqual(self.assert_signs(done)["signature"], ORDER_SIGNATURE)

    def test_stamps_the_time_itself(self):
        before = now_ms()
        answer = self.assert_signs(self.home.sign_account())
        stamp = int(re.search(r"timestamp=(\d+)", answer["url"]).group(1))
        self.assertTrue(before <= stamp <= now_ms(), stamp)
        self.assertEqual(answer["signature"], mac(f"timestamp={stamp}"))

    def test_reads_a_body_from_a_file_byte_for_byte(self):
        file = self.folder / "body"
        file.write_text(ORDER)
        done = self.home.run("request", "sign", "--credential", "main", "--method", "POST", "--path", "/api/v3/order", "--body",
                             f"@{file}")
        self.assertEqual(self.assert_signs(done)["signature"], ORDER_SIGNATURE)
        done = self.home.run("request", "sign", "--credential", "main", "--method", "POST", "--path", "/api/v3/order", "--body",
                             f"@{self.folder}/none")
        self.assert_fails(done, BAD_USAGE, "none")

    def test_returns_the_callers_headers(self):
        answer = self.assert_signs(self.home.sign_account("main", "--header", "X-Trace=a=b"))
        self.assertIn(["X-Trace", "a=b"], answer["headers"])

    def test_speaks_text_to_people(self):
        done = self.home.sign_account("main", "--text", "--show-preimage", "--timestamp-ms", "1578963600000")
        text = done.stdout.decode()
        self.assertEqual(done.returncode, DONE)
        self.assertIn("GET https://api.binance.com/api/v3/account?timestamp=1578963600000&signature=", text)
        self.assertRegex(text, r"(?m)^signature +[0-9a-f]{64}$")
        self.assertRegex(text, r"(?m)^operation +GET /api/v3/account \(read\)$")
        self.assertRegex(text, r"(?m)^preimage +" + b"timestamp=1578963600000".hex() + "$")

    def test_warns_where_the_same_bytes_are_good_for_more(self):
        answer = self.assert_signs(self.home.sign_account())
        self.assertTrue(any("enableFastWithdrawSwitch" in warning for warning in answer["warnings"]), answer["warnings"])

    def test_refuses_what_is_not_granted(self):
        done = self.home.run("request", "sign", "--credential", "main", "--method", "POST", "--path",
                             "/sapi/v1/capital/withdraw/apply", "--param", "coin=BTC", "--param", "address=x", "--param", "amount=1")
        self.assert_fails(done, REFUSED, "withdraw")

    def test_refuses_options_that_contradict(self):
        self.assert_fails(self.home.run("request", "sign", "--jsonl", "--body", "x"), BAD_USAGE, "--body", "--jsonl")
        self.assert_fails(self.home.run("request", "sign", "--jsonl", "--text"), BAD_USAGE, "--text")
        self.assert_fails(self.home.sign_account("main", "--only", "main"), BAD_USAGE, "--only")
        self.assert_fails(self.home.sign_account("main", "--param", "noequals"), BAD_USAGE, "noequals")
        self.assert_fails(self.home.sign_account("main", "--timestamp-ms", "soon"), BAD_USAGE, "--timestamp-ms")
        self.assert_fails(self.home.sign_account("main", "--timestamp-ms", "1", "--timestamp-ms", "2"), BAD_USAGE, "--timestamp-ms")


class Keys(HomeTest):
    def test_generated_key_is_shown_as_the_token_and_the_registry_tell_it(self):
        home = self.new_home()
        made = home.json("key", "generate", "dev:fresh", "--algorithm", "hmac-sha512", "--purpose", "venue:binance")
        self.assertEqual(made["name"], "dev:fresh")
        shown = home.json("key", "show", "dev:fresh")
        self.assertEqual((shown["algorithm"], shown["origin"], shown["state"], shown["custody"], shown["purpose"]),
                         ("HMAC-SHA512", "generated", "active", "device", "venue:binance"))
        self.assertEqual(shown["attestation"], {"sensitive": True, "extractable": False, "always_sensitive": True,
                                                "never_extractable": True, "local": True})
        text = home.ok("key", "show", "dev:fresh")
        self.assertIn("SENSITIVE yes, EXTRACTABLE no", text)
        self.assertRegex(text, r"we recorded +generated \d{4}-")

    def test_imported_key_tells_what_uses_it(self):
        shown = self.home.json("key", "show", "dev:main")
        self.assertEqual((shown["origin"], shown["credentials"]), ("imported", ["main"]))
        self.assertEqual((shown["attestation"]["sensitive"], shown["attestation"]["extractable"]), (True, False))
        self.assertTrue(shown["notices"])

    def test_list_aligns_its_columns(self):
        home = self.home
        home.ok("key", "generate", "dev:a-key-with-a-long-name", "--purpose", "venue:binance")
        lines = home.ok("key", "list").splitlines()
        column = lines[0].index("ALGORITHM")
        self.assertTrue(all(line[column:].startswith("HMAC-SHA256") and line[column - 2:column] == "  " for line in lines[1:]), lines)

    def test_destroy_asks_for_a_person_or_yes(self):
        home = self.home
        self.assert_fails(home.run("key", "destroy", "dev:main"), BAD_USAGE, "--yes")
        self.assertEqual(home.json("key", "show", "dev:main")["state"], "active")
        self.assertEqual(home.json("key", "destroy", "dev:main", "--yes"), {"destroyed": "dev:main"})
        self.assertIn(home.run("key", "show", "dev:main").returncode, (BAD_USAGE, REFUSED))

    def test_destroy_takes_the_typed_name_only(self):
        home = self.home
        self.assertIn("nothing was destroyed", self.on_terminal(home, b"dev:other\n"))
        self.assertEqual(home.json("key", "show", "dev:main")["state"], "active")
        self.assertIn("destroyed dev:main", self.on_terminal(home, b"dev:main\n"))

    def on_terminal(self, home, typed):
        """Runs `key destroy` with a terminal as standard input and gives all that it shows."""
        master, slave = os.openpty()
        process = subprocess.Popen([CUSTOS, "key", "destroy", "dev:main", "--home", str(home.path)], stdin=slave,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=clean_environment())
        os.close(slave)
        os.write(master, typed)
        shown = process.communicate(timeout=PATIENCE)[0].decode()
        os.close(master)
        self.assertIn("main signs with", shown)
        return shown

    def test_a_destroyed_keys_name_can_be_used_again(self):
        home = self.new_home()
        for _ in range(2):
            home.ok("key", "generate", "dev:again", "--purpose", "venue:binance")
            home.ok("key", "destroy", "dev:again", "--yes")

    def test_a_key_serves_one_purpose_only(self):
        home = self.home
        foreign = "dev:custos-registry"  # the one key here that was made for something else
        done = home.run("credential", "add", "x", "--venue", "binance", "--api-key", "k", "--key", foreign)
        self.assert_fails(done, REFUSED, "purpose registry")
        self.assert_fails(home.run("credential", "set", "main", "--key", foreign), REFUSED, "purpose registry")

    def test_the_token_is_listed_and_shown(self):
        home = self.new_home()
        token, = home.json("token", "list")
        self.assertEqual((token["name"], token["profile"], token["state"], token["pin_state"]), ("dev", "softhsm2", "ready", "ok"))
        self.assertIn("healthy", home.ok("token", "show", "dev"))


class Credentials(HomeTest):
    def test_has_read_and_trade_unless_told_otherwise(self):
        self.assertEqual(self.home.json("credential", "show", "main")["grants"], ["read", "trade"])
        self.home.add_credential("other", "--grant", "read,transfer")
        self.assertEqual(self.home.json("credential", "show", "other")["grants"], ["read", "transfer"])

    def test_show_answers_what_was_given(self):
        self.home.add_credential("full", "--environment", "testnet", "--owner", "desk", "--subaccount", "s1", "--host",
                                 "a.example.com,b.example.com")
        shown = self.home.json("credential", "show", "full")
        self.assertEqual({name: shown[name] for name in ("name", "venue", "environment", "api_key", "subaccount", "owner", "key",
                                                         "custody", "status", "hosts", "version", "last_used_ms")},
                         {"name": "full", "venue": "binance", "environment": "testnet", "api_key": API_KEY, "subaccount": "s1",
                          "owner": "desk", "key": "dev:full", "custody": "device", "status": "approved",
                          "hosts": ["a.example.com", "b.example.com"], "version": 1, "last_used_ms": None})

    def test_takes_an_existing_key(self):
        home = self.new_home()
        home.ok("key", "import", "dev:old", "--purpose", "venue:binance", "--secret-stdin", input=b"s" * 40)
        home.ok("credential", "add", "x", "--venue", "binance", "--api-key", "k", "--key", "dev:old")
        answer = self.assert_signs(home.sign_account("x", "--timestamp-ms", "1578963600000"))
        self.assertEqual(answer["signature"], mac("timestamp=1578963600000", b"s" * 40))

    def test_takes_a_key_or_a_secret_but_not_both(self):
        done = self.home.run("credential", "add", "x", "--venue", "binance", "--api-key", "k", "--key", "dev:main", "--secret-stdin")
        self.assert_fails(done, BAD_USAGE, "--key")

    def test_disabled_signs_nothing_until_it_is_enabled(self):
        shown = self.home.json("credential", "disable", "main", "--reason", "rotation")
        self.assertEqual((shown["status"], shown["reason"]), ("disabled", "rotation"))
        self.assert_fails(self.home.sign_account(), REFUSED, "main")
        self.home.ok("credential", "enable", "main")
        self.assert_signs(self.home.sign_account())

    def test_grant_and_revoke_change_what_is_signed(self):
        self.home.ok("credential", "revoke", "main", "trade")
        self.assert_fails(self.home.sign_order(), REFUSED, "trade")
        self.assertEqual(self.home.json("credential", "grant", "main", "trade", "transfer,manage")["grants"],
                         ["read", "trade", "transfer", "manage"])
        self.assert_signs(self.home.sign_order())

    def test_refuses_an_unknown_class(self):
        self.assert_fails(self.home.run("credential", "grant", "main", "everything"), BAD_USAGE, "everything")

    def test_set_changes_what_is_named_and_nothing_else(self):
        before = self.home.json("credential", "show", "main")
        after = self.home.json("credential", "set", "main", "--api-key", "NEW", "--host", "x.example.com", "y.example.com")
        self.assertEqual((after["api_key"], after["hosts"], after["version"]), ("NEW", ["x.example.com", "y.example.com"], 2))
        for name in ("id", "key", "owner", "environment", "grants", "status"):
            self.assertEqual(after[name], before[name], name)
        self.assertEqual(self.home.json("credential", "set", "main", "--host", "")["hosts"], [])
        self.assert_fails(self.home.run("credential", "set", "main"), BAD_USAGE, "nothing to set")

    def test_a_recorded_host_may_be_signed_for(self):
        self.assert_fails(self.home.sign_account("main", "--host", "proxy.example.com"), REFUSED, "proxy.example.com")
        self.home.ok("credential", "set", "main", "--host", "proxy.example.com")
        answer = self.assert_signs(self.home.sign_account("main", "--host", "proxy.example.com"))
        self.assertTrue(answer["url"].startswith("https://proxy.example.com/"), answer["url"])

    def test_remove_leaves_the_key(self):
        self.assertEqual(self.home.json("credential", "remove", "main"), {"removed": "main"})
        self.assert_fails(self.home.run("credential", "show", "main"), BAD_USAGE, "main")
        self.assertEqual(self.home.json("key", "show", "dev:main")["credentials"], [])

    def test_binance_takes_no_passphrase(self):
        done = self.home.run("credential", "add", "x", "--venue", "binance", "--api-key", "k", "--secret-stdin",
                             "--passphrase-stdin", input=b"a\nb\n")
        self.assert_fails(done, BAD_USAGE, "binance takes no passphrase")

    def test_list_shows_all(self):
        self.home.add_credential("second")
        self.assertEqual([each["name"] for each in self.home.json("credential", "list")], ["main", "second"])
        self.assertIn("second", self.home.ok("credential", "list"))


class Doctor(HomeTest):
    def test_is_content_with_a_new_home(self):
        checks = self.home.json("doctor")
        self.assertTrue(checks)
        self.assertEqual({check["verdict"] for check in checks} - {"ok", "note"}, set(), checks)
        self.assertEqual(list(checks[0]), ["name", "verdict", "finding", "remedy", "code"])

    def test_marks_what_is_wrong_and_how_to_mend_it(self):
        (self.home.path / "registry.db").chmod(0o644)
        done = self.home.run("doctor")
        self.assertEqual(done.returncode, REFUSED)
        self.assertRegex(done.stdout.decode(), r"(?s)FAIL.*chmod.*remedy: ")


if __name__ == "__main__":
    unittest.main()
