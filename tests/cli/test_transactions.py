"""`tx sign`, `tx inspect`, `message sign`, and what keys of chains are granted: the tool's own side of them."""

import json
import os
import pty
import select
import subprocess
import time
import unittest

from harness import (BAD_USAGE, CUSTOS, DATA, DONE, OTHER, PATIENCE, REFUSED, Home, HomeTest, SharedHomeTest, clean_environment)

RECIPIENT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
STRANGER = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def payment(**more):
    """0.25 ETH on mainnet; the fee is at most 0.00063 ETH."""
    return {"chainId": 1, "nonce": 7, "to": RECIPIENT, "value": "250000000000000000", "gas": 21000, "maxFeePerGas": "30000000000",
            "maxPriorityFeePerGas": "1000000000", **more}


def encoded(transaction):
    return json.dumps(transaction).encode()


def make_key(home, name="dev:hot", purpose="chain:evm", *more):
    if home.run("key", "show", name).returncode != DONE:
        home.ok("key", "generate", name, "--purpose", purpose, *more)
    return name


class Signing(SharedHomeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = make_key(cls.shared)
        cls.address = cls.shared.ok("key", "address", cls.key).strip()

    def sign(self, transaction, *more, **options):
        data = transaction if isinstance(transaction, bytes) else encoded(transaction)
        return self.home.run("tx", "sign", "--chain", "evm", "--key", self.key, *more, input=data, **options)

    def test_answers_the_fields_of_the_contract(self):
        answer = self.assert_signs(self.sign(payment()))
        self.assertEqual(list(answer)[:2], ["raw", "hash"])
        self.assertEqual(list(answer)[-1], "warnings")
        self.assertEqual(answer["from"], self.address)
        self.assertEqual(answer["warnings"], [])
        self.assertTrue(answer["raw"].startswith("0x02"))

    def test_the_chain_is_the_keys_own_unless_named(self):
        done = self.home.run("tx", "sign", "--key", self.key, input=encoded(payment()))
        self.assertEqual(self.assert_signs(done)["from"], self.address)
        self.assert_fails(self.home.run("tx", "sign", "--chain", "bitcoin", "--key", self.key, input=encoded(payment())), REFUSED,
                          "chain:evm", "bitcoin")
        self.assert_fails(self.home.run("tx", "sign", "--chain", "dogecoin", "--key", self.key, input=encoded(payment())), BAD_USAGE,
                          "dogecoin", "bitcoin, cosmos, evm, solana")

    def test_text_is_for_people(self):
        text = self.sign(payment(), "--text").stdout.decode()
        self.assertRegex(text, r"raw +0x02")

    def test_reads_a_file_or_standard_input_of_at_most_16_mib(self):
        file = self.folder / "tx.json"
        file.write_bytes(encoded(payment()) + b"\n")
        self.assert_signs(self.home.run("tx", "sign", "--key", self.key, "--in", str(file)))
        for path, word in ((self.folder / "absent", "absent"), (self.folder, "directory")):
            self.assert_fails(self.home.run("tx", "sign", "--key", self.key, "--in", str(path)), BAD_USAGE, word)
        file.write_bytes(b" " * (16 * 1024 * 1024 + 1))
        self.assert_fails(self.home.run("tx", "sign", "--key", self.key, "--in", str(file)), BAD_USAGE, "16 MiB")
        self.assert_fails(self.sign(b""), BAD_USAGE, "empty")

    def test_what_is_no_transaction_is_one_clear_line(self):
        for data in (b"hello", b"{", b"[]", b"7", b"\x00\xff", b"0x", b"0x02c0", encoded(payment(bogus=1)), encoded(payment(nonce=-1)),
                     encoded(payment(nonce=1.5)), encoded(payment(to="0x12")), encoded(payment(gas="ten"))):
            with self.subTest(data=data[:20]):
                self.assert_fails(self.sign(data), BAD_USAGE)

    def test_a_transaction_for_another_chain_id_is_refused(self):
        self.assert_signs(self.sign(payment(), "--chain-id", "1"))
        self.assert_fails(self.sign(payment(), "--chain-id", "5"), BAD_USAGE, "5")

    def test_options_that_do_not_go_together_are_refused(self):
        self.assert_fails(self.home.run("tx", "sign", input=encoded(payment())), BAD_USAGE, "--key")
        self.assert_fails(self.sign(payment(), "--only", "dev:hot"), BAD_USAGE, "--only")
        self.assert_fails(self.home.run("tx", "sign", "--key", "hot", input=encoded(payment())), BAD_USAGE, "TOKEN:LABEL")
        self.assert_fails(self.home.run("tx", "sign", "--key", "dev:absent", input=encoded(payment())), BAD_USAGE, "dev:absent")
        self.assert_fails(self.home.run("tx", "inspect", input=encoded(payment())), BAD_USAGE, "--chain")

    def test_keys_of_other_purposes_sign_no_transaction(self):
        for key in ("dev:main", "dev:custos-registry"):
            self.assert_fails(self.home.run("tx", "sign", "--key", key, input=encoded(payment())), REFUSED, "signs for nothing else")
        make_key(self.home, "software:sol", "chain:solana")
        self.assert_fails(self.home.run("tx", "sign", "--chain", "evm", "--key", "software:sol", input=encoded(payment())), REFUSED,
                          "chain:solana")

    def test_a_chains_key_signs_no_requests(self):
        self.assert_fails(self.home.run("credential", "add", "stolen", "--venue", "hyperliquid", "--api-key", "0x" + "11" * 20, "--key",
                                        self.key), REFUSED, "chain:evm")

    def test_inspect_tells_people_and_programs_the_same(self):
        text = self.home.ok("tx", "inspect", "--key", self.key, input=encoded(payment()))
        for word in ("evm 1", self.address, "0.25 ETH to " + RECIPIENT, "0.00063 ETH", "withdraw"):
            self.assertIn(word, text)
        facts = self.home.json("tx", "inspect", "--key", self.key, input=encoded(payment()))
        self.assertEqual((facts["chain"], facts["chain_id"], facts["from"]), ("evm", "1", self.address))
        self.assertEqual(facts["effects"][0] | {"what": ""},
                         {"kind": "transfer", "to": RECIPIENT, "asset": "", "amount": "250000000000000000", "token_id": "",
                          "unlimited": False, "what": ""})
        self.assertEqual(facts["maximum_fee"], str(21000 * 30 * 10**9))
        self.assertEqual(facts["classes"], ["withdraw"])

    def test_inspect_needs_neither_home_nor_key(self):
        done = subprocess.run([CUSTOS, "tx", "inspect", "--chain", "evm", "--home", "/nonexistent"], input=encoded(payment()),
                              capture_output=True, timeout=PATIENCE, env=clean_environment())
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn("0.25 ETH", done.stdout.decode())

    def test_messages_are_signed_byte_for_byte(self):
        answers = [self.assert_signs(self.home.run("message", "sign", "--scheme", "eip191", "--key", self.key, input=text))
                   for text in (b"hello", b"hello\n", b"hello")]
        self.assertNotEqual(answers[0]["hash"], answers[1]["hash"])
        self.assertEqual(answers[0]["hash"], answers[2]["hash"])
        self.assert_fails(self.home.run("message", "sign", "--scheme", "eip1", "--key", self.key, input=b"x"), BAD_USAGE, "eip1")
        self.assert_fails(self.home.run("message", "sign", "--key", self.key, input=b"x"), BAD_USAGE, "--scheme")


class Bulk(SharedHomeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = make_key(cls.shared)
        cls.software = make_key(cls.shared, "software:hot")

    def bulk(self, lines, *more):
        text = b"".join((line if isinstance(line, bytes) else encoded(line)) + b"\n" for line in lines)
        done = self.home.run("tx", "sign", "--jsonl", *more, input=text)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def assert_bad(self, line, *words, code="bad_input"):
        status, answers = self.bulk([line], "--key", self.key)
        self.assertEqual((status, len(answers)), (OTHER, 1))
        self.assertEqual(answers[0]["error"]["code"], code, answers[0])
        for word in words:
            self.assertIn(word, answers[0]["error"]["message"])
        return answers[0]

    def test_answers_stand_in_order_and_failures_in_their_place(self):
        lines = [{"id": 1, "transaction": payment(nonce=1)}, {"id": "two", "transaction": {"nonce": 1}}, b"nonsense",
                 {"id": 4, "key": self.software, "transaction": json.dumps(payment(nonce=4))},
                 {"id": None, "scheme": "eip191", "message": "hello"}]
        status, answers = self.bulk(lines, "--key", self.key)
        self.assertEqual(status, OTHER)
        self.assertEqual([answer.get("id", "none") for answer in answers], [1, "two", "none", 4, None])
        self.assertEqual(["error" in answer for answer in answers], [False, True, True, False, False])
        self.assertEqual(list(answers[0])[0], "id")
        self.assertNotEqual(answers[0]["from"], answers[3]["from"])

    def test_a_line_gives_what_the_options_give(self):
        status, answers = self.bulk([{"key": self.software, "chain": "evm", "chain_id": 1, "transaction": payment()}])
        self.assertEqual(status, DONE, answers)
        alone = self.assert_signs(self.home.run("tx", "sign", "--key", self.software, input=encoded(payment())))
        self.assertEqual(answers[0], alone, "the nonce of ECDSA is deterministic in software (RFC 6979)")

    def test_names_are_read_strictly(self):
        self.assert_bad({"transaction": payment(), "bogus": 1}, "bogus")
        self.assert_bad(b'{"transaction":{},"transaction":{}}', "repeated")
        self.assert_bad(b'{"transaction":{},"tr\\u0061nsaction":{}}', "repeated")
        self.assert_bad({"id": 1}, "transaction", "missing")
        self.assert_bad({"message": "x"}, "scheme")
        self.assert_bad({"transaction": payment(), "scheme": "eip191"}, "scheme")
        self.assert_bad({"transaction": payment(), "message": "x", "scheme": "eip191"}, "either")
        for name, value in (("finalize", 1), ("key", 1), ("chain", []), ("chain_id", 1.5), ("id", [1]), ("transaction", 7),
                            ("transaction", [1]), ("path", {"a": 1})):
            self.assert_bad({"transaction": payment(), **{name: value}}, name)

    def test_what_is_no_json_is_bad_input(self):
        for line in (b"", b"   ", b"[]", b"7", b"{", b'{"transaction"}', b'{"transaction":}', b'{"transaction":{}', b'{"transaction":{}}}',
                     b'{"transaction":{}} {}', b'{"transaction":{},}', b'{transaction:{}}', b'{"transaction":"x}', b'{"a":"\\', b"\x00",
                     b'{"id":"\xff"}', b'{"transaction":{"a":1]}', b'{"transaction":{"a":{}', b'{"transaction":{"a":[1}]}',
                     b'{"scheme":"eip191","message":{"a":[1}]}', b'{"scheme":"eip191","message":{"a":}}'):
            with self.subTest(line=line):
                self.assert_bad(line)

    def test_a_repeated_name_inside_a_transaction_is_seen(self):
        line = encoded({"transaction": payment()}).replace(b'"nonce": 7', b'"nonce": 7, "nonce": 8')
        self.assert_bad(line, "nonce")

    def test_only_the_keys_that_are_named_may_be_used(self):
        status, answers = self.bulk([{"key": self.key, "transaction": payment()}, {"key": self.software, "transaction": payment()}],
                                    "--only", self.software)
        self.assertEqual(status, OTHER)
        self.assertEqual(answers[0]["error"]["code"], "refused")
        self.assertIn("raw", answers[1])

    def test_a_missing_key_is_named(self):
        status, answers = self.bulk([{"transaction": payment()}])
        self.assertEqual(answers[0]["error"]["code"], "bad_input")
        self.assertIn("key", answers[0]["error"]["message"])

    def test_options_of_one_transaction_do_not_go_with_it(self):
        for option in (("--chain", "evm"), ("--finalize",), ("--yes",), ("--in", "x"), ("--path", "m/0")):
            self.assert_fails(self.home.run("tx", "sign", "--jsonl", "--key", self.key, *option), BAD_USAGE, option[0], "--jsonl")

    def test_a_bad_line_among_ten_thousand_loses_no_other(self):
        bad = {0: b"nonsense", 4999: encoded({"id": 4999, "transaction": payment(nonce=-1)}), 9999: b'{"id":9999'}
        lines = [bad.get(i) or encoded({"id": i, "transaction": payment(nonce=i)}) for i in range(10_000)]
        status, answers = self.bulk(lines, "--key", self.software)
        self.assertEqual((status, len(answers)), (OTHER, len(lines)))
        self.assertEqual([i for i, answer in enumerate(answers) if "error" in answer], list(bad))
        self.assertEqual([answer.get("id") for answer in answers], [None, *range(1, 10_000)])
        self.assertEqual(len({answer["raw"] for answer in answers if "raw" in answer}), len(lines) - len(bad))

    def test_a_program_may_talk_line_by_line(self):
        process = subprocess.Popen([CUSTOS, "tx", "sign", "--jsonl", "--key", self.key, "--home", str(self.home.path)],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment())
        with process:
            for nonce in range(3):
                process.stdin.write(encoded({"id": nonce, "transaction": payment(nonce=nonce)}) + b"\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["id"], nonce)
            process.stdin.close()
            self.assertEqual(process.wait(timeout=PATIENCE), DONE)


class Grants(HomeTest):
    def setUp(self):
        super().setUp()
        self.key = make_key(self.home)

    def sign(self, transaction):
        return self.home.run("tx", "sign", "--key", self.key, input=encoded(transaction))

    def allow(self, *more):
        return self.home.json("key", "grant", self.key, *more)["grants"]

    def assert_denied(self, transaction, remedy):
        """Refused, with the command that allows it; which then does."""
        self.assert_fails(self.sign(transaction), REFUSED, remedy)

    def test_an_unknown_call_wants_a_grant(self):
        call = payment(to=STRANGER, value="0", data="0xdeadbeef00")
        self.assert_denied(call, f"custos key grant {self.key} --class unknown")
        self.assertEqual(self.allow("--class", "unknown")["classes"], ["withdraw", "session", "unknown"])
        self.assert_signs(self.sign(call))
        self.home.ok("key", "revoke", self.key, "--class", "unknown")
        self.assert_denied(call, "--class unknown")

    def test_an_unlimited_approval_is_called_out_and_wants_a_grant(self):
        approve = payment(to=STRANGER, value="0", data="0x095ea7b3" + RECIPIENT[2:].lower().rjust(64, "0") + "f" * 64)
        self.assert_denied(approve, f"custos key grant {self.key} --class approve")
        self.assertIn("UNLIMITED", self.home.ok("tx", "inspect", "--key", self.key, input=encoded(approve)))
        self.allow("--class", "approve")
        self.assertTrue(any("unlimited" in warning for warning in self.assert_signs(self.sign(approve))["warnings"]))
        self.allow("--max-value", f"{STRANGER}=1000000")
        self.assert_denied(approve, "unlimited")

    def test_a_contract_that_is_called_must_be_known_under_destinations(self):
        transfer = payment(to=STRANGER, value="0", data="0xa9059cbb" + RECIPIENT[2:].lower().rjust(64, "0") + "5".rjust(64, "0"))
        self.assert_signs(self.sign(transfer))
        self.allow("--to", RECIPIENT)
        self.assert_denied(transfer, f"custos key grant {self.key} --to {STRANGER}")
        self.allow("--max-value", f"{STRANGER}=5", "--max-value", "coin=1")
        self.assert_signs(self.sign(transfer))

    def test_an_option_of_another_chain_is_refused(self):
        for option in ("--finalize", "--any-sighash", "--prefix=osmo", "--network=test"):
            done = self.home.run("tx", "sign", "--key", self.key, "--yes", option, input=encoded(payment()))
            self.assert_fails(done, BAD_USAGE, option.split("=")[0] + " is for")

    def test_an_account_that_is_handed_over_is_called_out_without_an_asset(self):
        vectors = json.loads((DATA / "vectors" / "wallet" / "cosmos_transactions.json").read_text())["vectors"]
        grant = next(one["input"] for one in vectors if one["name"] == "grant everything of a type, direct")
        self.assertIn("UNLIMITED to cosmos1", self.home.ok("tx", "inspect", "--chain", "cosmos", input=grant.encode()))

    def test_destinations_chain_ids_and_values_hold(self):
        self.allow("--to", STRANGER)
        self.assert_denied(payment(), f"custos key grant {self.key} --to {RECIPIENT}")
        self.allow("--to", RECIPIENT)
        self.assert_signs(self.sign(payment()))
        self.allow("--chain-id", "137", "--chain-id", "10")
        self.assert_denied(payment(), f"custos key grant {self.key} --chain-id 1")
        self.allow("--chain-id", "any", "--max-value", "0.2506")
        self.assert_denied(payment(), "0.2506 ETH")
        self.assertEqual(self.allow("--max-value", "0.25063")["maximum_values"], [{"asset": "ETH", "amount": "0.25063"}])
        self.assert_signs(self.sign(payment()))

    def test_key_show_and_list_tell_them(self):
        self.allow("--to", RECIPIENT, "--max-value", "ETH=1.5", "--chain-id", "1")
        text = self.home.ok("key", "show", self.key)
        for word in ("withdraw, session", RECIPIENT, "1.5 ETH"):
            self.assertIn(word, text)
        listed = {key["name"]: key for key in self.home.json("key", "list")}
        self.assertEqual(listed[self.key]["grants"]["destinations"], [RECIPIENT])
        self.assertNotIn("grants", listed["dev:main"])

    def test_a_limit_is_not_lifted_by_taking_its_last_entry_away(self):
        self.allow("--to", RECIPIENT, "--max-value", "1.5")
        self.assert_fails(self.home.run("key", "revoke", self.key, "--to", RECIPIENT), BAD_USAGE, "--to any")
        self.assert_fails(self.home.run("key", "revoke", self.key, "--max-value", "ETH"), BAD_USAGE, "--max-value any")
        self.assert_fails(self.home.run("key", "revoke", self.key, "--to", STRANGER), BAD_USAGE, "not among")

    def test_what_means_nothing_is_refused(self):
        for option in (("--class", "all"), ("--to", "0x12"), ("--chain-id", "main net"), ("--max-value", "much"), ("--max-value", "BTC=1"),
                       ("--max-value", f"{STRANGER}=any"), ("--max-value", "any=5"), ()):
            self.assert_fails(self.home.run("key", "grant", self.key, *option), BAD_USAGE)
        self.assert_fails(self.home.run("key", "grant", "dev:main", "--class", "approve"), REFUSED, "venue:binance")

    def test_grants_are_carried_by_a_backup(self):
        self.allow("--class", "unknown", "--to", RECIPIENT)
        file = self.folder / "home.custos"
        self.home.ok("backup", "create", str(file), "--passphrase-stdin", input=b"correct horse battery staple\n")
        self.home.ok("backup", "restore", str(file), "--yes", "--passphrase-stdin", input=b"correct horse battery staple\n")
        self.assertEqual(self.home.json("key", "show", self.key)["grants"]["destinations"], [RECIPIENT])

    def test_events_tell_who_granted_what(self):
        self.allow("--class", "approve")
        import sqlite3
        with sqlite3.connect(self.home.path / "registry.db") as database:
            before, after = database.execute("SELECT before, after FROM events WHERE action = 'key.granted'").fetchone()
        self.assertEqual((before, after), ("class withdraw,class session", "class withdraw,class session,class approve"))


class Terminal(HomeTest):
    """At a terminal a person sees what is signed, and is asked."""

    def talk(self, typed, *more, ahead=b"", hidden=False):
        """Signs with a terminal as controlling terminal and standard error (hidden: /dev/null), the transaction on a file; `ahead` is
        typed before it starts. Answers status, stdout, seen."""
        key = make_key(self.home)
        file = self.folder / "tx.json"
        file.write_bytes(encoded(payment()))
        out_read, out_write = os.pipe()
        begin_read, begin_write = os.pipe()
        child, terminal = pty.fork()
        if child == 0:
            os.read(begin_read, 1)
            os.dup2(out_write, 1)
            if hidden:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os.execve(CUSTOS, [CUSTOS, "tx", "sign", "--key", key, "--in", str(file), "--home", str(self.home.path), *more],
                      clean_environment())
        os.write(terminal, ahead)
        os.write(begin_write, b".")
        for end in (out_write, begin_read, begin_write):
            os.close(end)
        seen, until = b"", time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    piece = os.read(terminal, 4096)
                except OSError:
                    break
                if not piece:
                    break
                seen += piece
                if typed and b"[y/N]" in seen:
                    os.write(terminal, typed)
                    typed = b""
        _, status = os.waitpid(child, 0)
        with os.fdopen(out_read, "rb") as pipe:
            answer = pipe.read()
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), answer, seen.decode()

    def test_yes_signs_after_showing_what_it_does(self):
        status, answer, seen = self.talk(b"y\n")
        self.assertEqual(status, DONE, seen)
        self.assertIn("raw", json.loads(answer))
        self.assertIn("0.25 ETH to " + RECIPIENT, seen)

    def test_anything_else_signs_nothing(self):
        for typed in (b"n\n", b"\n", b"yup\n"):
            status, answer, seen = self.talk(typed)
            self.assertEqual((status, answer), (BAD_USAGE, b""), seen)
            self.assertIn("nothing was signed", seen)

    def test_the_option_yes_shows_and_does_not_ask(self):
        status, answer, seen = self.talk(b"", "--yes")
        self.assertEqual(status, DONE, seen)
        self.assertIn("raw", json.loads(answer))
        self.assertIn("0.25 ETH", seen)
        self.assertNotIn("[y/N]", seen)


    def test_what_was_typed_before_the_question_is_no_answer(self):
        status, answer, seen = self.talk(b"n\n", ahead=b"y\n")
        self.assertEqual((status, answer), (BAD_USAGE, b""), seen)

    def test_what_it_does_is_shown_where_the_question_is(self):
        status, answer, seen = self.talk(b"y\n", hidden=True)
        self.assertEqual(status, DONE, seen)
        self.assertIn("raw", json.loads(answer))
        self.assertIn("0.25 ETH to " + RECIPIENT, seen)


class Production(HomeTest):
    def test_a_chains_key_names_its_recoverability(self):
        home = Home(self.folder / "production")
        home.path.mkdir(mode=0o700)
        passphrase = self.folder / "passphrase"
        passphrase.write_text("a passphrase of some strength 5281\n")
        passphrase.chmod(0o600)
        config = home.path / "custos.toml"
        config.write_text('version = 1\n[registry]\ntoken = "software"\n[software]\nallow_software = true\n'
                          f'passphrase_file = "{passphrase}"\n')
        config.chmod(0o600)
        home.ok("init", "--mode", "production")
        generate = ("key", "generate", "software:hot", "--purpose", "chain:evm")
        self.assert_fails(home.run(*generate), BAD_USAGE, "--recoverability software-backup")
        self.assert_fails(home.run(*generate, "--recoverability", "none"), BAD_USAGE, "software-backup")
        home.ok(*generate, "--recoverability", "software-backup")
        self.assert_fails(home.run("tx", "sign", "--jsonl", input=b""), REFUSED, "--only")
        done = home.run("tx", "sign", "--jsonl", "--key", "software:hot", input=encoded({"transaction": payment()}) + b"\n")
        self.assertEqual(done.returncode, DONE, done.stdout)
        home.ok("key", "generate", "software:bot", "--purpose", "venue:binance")


if __name__ == "__main__":
    unittest.main()
