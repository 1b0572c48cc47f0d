"""Venues on the command line: their rules, messages, passphrases."""

import base64
import hashlib
import hmac
import json
import os
import pty
import subprocess
import unittest

from harness import API_KEY, BAD_USAGE, CUSTOS, DONE, PATIENCE, REFUSED, HomeTest, SharedHomeTest, clean_environment

SECRET = b"s3cret-of-the-venue-in-thirty-two"
PASSPHRASE = b"the words that belong to it"
NAMES = """3commas ascendex backpack binance bitfinex bitget bithumb bithumb-legacy bitmex bitstamp bybit coinbase coinbase-exchange
coinbase-intx coinbase-legacy crypto-com deribit dydx gate gemini htx hyperliquid kraken kraken-futures kucoin mexc okx orderly phemex
upbit woox""".split()


def mac_base64(message, secret=SECRET):
    return base64.b64encode(hmac.new(secret, message.encode(), hashlib.sha256).digest()).decode()


class Rules(HomeTest):
    """`venue list` and `venue show` need no home."""

    def run_tool(self, *arguments, **environment):
        return subprocess.run([CUSTOS, "venue", *arguments], capture_output=True, timeout=PATIENCE,
                              env=clean_environment(HOME=str(self.folder), **environment))

    def ok(self, *arguments):
        done = self.run_tool(*arguments)
        self.assertEqual(done.returncode, DONE, done.stderr)
        return done.stdout.decode()

    def test_lists_every_venue_by_name(self):
        venues = json.loads(self.ok("list", "--json"))
        self.assertEqual([venue["name"] for venue in venues], NAMES)
        for venue in venues:
            self.assertEqual(list(venue), ["name", "title", "generic", "algorithms", "passphrase", "environments", "kinds", "operations"])
            self.assertFalse(venue["generic"])
            self.assertTrue(venue["algorithms"] and venue["operations"] and "rest" in venue["kinds"], venue["name"])
        text = self.ok("list")
        self.assertRegex(text, r"(?m)^okx +OKX v5 +HMAC-SHA256 +yes +rest,ws ")

    def test_shows_every_venue(self):
        for name in NAMES:
            with self.subTest(name):
                venue = json.loads(self.ok("show", name, "--json"))
                self.assertEqual(list(venue), ["name", "title", "source", "generic", "algorithms", "passphrase", "environments", "hosts",
                                               "schemes", "warnings", "notes", "check", "key_rights", "operation_counts"])
                self.assertTrue(venue["source"] and venue["schemes"])
                for scheme in venue["schemes"]:
                    self.assertEqual(set(scheme["covers"]) | set(scheme["leaves_open"]), {"host", "method", "path", "query", "body"})
                    self.assertTrue(any("${signature}" in part["contents"] for part in scheme["parts"]) or scheme["kind"] == "rest"
                                    or name in venue["notes"] or venue["notes"], scheme["name"])
                text = self.ok("show", name)
                self.assertIn(f"venue         {name}\n", text)
                self.assertIn("Operations: ", text)
                self.assertTrue(all(32 <= ord(c) != 127 for c in text.replace("\n", "")), "control characters")

    def test_tells_what_is_signed_and_sent(self):
        text = self.ok("show", "okx")
        for line in (r"algorithm +HMAC-SHA256; secret: the text as the venue shows it", r"passphrase +needed; sent as it is",
                     r"hosts +live /api/v5/…: www\.okx\.com", r"  signs +\$\{time\}\$\{method\}\$\{path\}\$\{\?query\}\$\{body\}",
                     r"  covers +method, path, query, body; NOT host", r"  signature +base64", r"  time +as 2020-12-08T09:08:57\.715Z, within",
                     r"  header +OK-ACCESS-SIGN: \$\{signature\}", r"  for +operation login"):
            self.assertRegex(text, "(?m)^" + line)

    def test_counts_the_operations_and_lists_them_when_asked(self):
        text = self.ok("show", "okx")
        self.assertRegex(text, r"(?m)^Operations: read \d+, trade \d+, transfer \d+, withdraw \d+, .*Any other is unknown and refused")
        self.assertNotIn("/api/v5/asset/withdrawal ", text)
        self.assertRegex(self.ok("show", "okx", "--operations"), r"(?m)^withdraw +POST +/api/v5/asset/withdrawal$")
        venue = json.loads(self.ok("show", "okx", "--operations", "--json"))
        row, = [row for row in venue["operations"] if (row["method"], row["path"]) == ("POST", "/api/v5/asset/withdrawal")]
        self.assertEqual(row, {"method": "POST", "path": "/api/v5/asset/withdrawal", "class": "withdraw", "required": [], "optional": []})
        self.assertEqual(sum(venue["operation_counts"].values()), len(venue["operations"]))

    def test_warns_where_the_signature_leaves_the_path_open(self):
        text = self.ok("show", "binance", "--operations")
        self.assertRegex(text, r"(?m)^  covers +query, body; NOT host, method, path$")
        self.assertRegex(text, r"(?m)^CLASS +METHOD +PATH +PARAMETERS +BESIDES$")
        self.assertRegex(text, r"(?m)^warning +\S")

    def test_refuses_what_it_does_not_know(self):
        for name in ("nowhere", "Binance", ""):
            self.assert_fails(self.run_tool("show", name), BAD_USAGE, "custos venue list")
        self.assert_fails(self.run_tool("list", "--home", str(self.folder / "none")), BAD_USAGE, "custos init")

    def test_lists_the_venues_of_the_home_too(self):
        home = self.new_home()
        home.edit_config(lambda text: text + GENERIC)
        self.assertEqual(sorted(venue["name"] for venue in home.json("venue", "list")), sorted([*NAMES, "generic:acme"]))
        text = home.ok("venue", "show", "generic:acme")
        self.assertRegex(text, r"(?m)^defined in +custos\.toml$")
        self.assertRegex(text, r"(?m)^  signs +\$\{time\}\$\{method\}\$\{path\}\$\{\?query\}\$\{body\}$")


GENERIC = """
[venue.acme]
title = "Acme"
algorithm = "HMAC-SHA256"
secret = "text"
signature = "hex"
time = "ms"
preimage = "${time}${method}${path}${?query}${body}"
headers = { "X-Key" = "${key}", "X-Time" = "${time}", "X-Sign" = "${signature}" }
hosts = ["api.acme.example"]
operations = [["GET", "/v1/balance", "read"], ["POST", "/v1/order", "trade"]]
"""


class OkxTest(SharedHomeTest):
    """A shared home with the OKX credential `okx`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared.json("credential", "add", "okx", "--venue", "okx", "--api-key", "KEY", "--secret-stdin", "--passphrase-stdin",
                        "--grant", "read,trade,session", input=SECRET + b"\n" + PASSPHRASE)


class Messages(OkxTest):
    def test_a_logon_is_answered_as_a_message(self):
        done = self.home.run("request", "sign", "--credential", "okx", "--kind", "ws", "--method", "login", "--timestamp-ms",
                             "1700000000000", "--show-preimage")
        answer = self.assert_signs(done)
        self.assertEqual(list(answer), ["kind", "message", "signature", "algorithm", "operation", "warnings", "preimage"])
        self.assertEqual((answer["kind"], answer["algorithm"], answer["operation"]), ("ws", "HMAC-SHA256", "WS login (session)"))
        preimage = bytes.fromhex(answer["preimage"]).decode()
        self.assertEqual(preimage, "1700000000GET/users/self/verify")
        self.assertEqual(answer["signature"], mac_base64(preimage))
        message = json.loads(answer["message"])
        self.assertEqual(message, {"op": "login", "args": [{"apiKey": "KEY", "passphrase": PASSPHRASE.decode(),
                                                            "timestamp": "1700000000", "sign": answer["signature"]}]})

    def test_text_shows_the_message(self):
        done = self.home.run("request", "sign", "--credential", "okx", "--kind", "ws", "--method", "login", "--text")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertTrue(done.stdout.startswith(b'{"op":"login",'), done.stdout)
        self.assertRegex(done.stdout.decode(), r"(?m)^operation +WS login \(session\)$")

    def test_lines_of_every_kind_mix(self):
        lines = [{"credential": "okx", "kind": "ws", "method": "login", "id": 1},
                 {"credential": "okx", "kind": "rest", "method": "GET", "path": "/api/v5/account/balance", "id": 2},
                 {"credential": "okx", "method": "GET", "path": "/api/v5/account/balance", "id": 3},
                 {"id": 4, "method": "login", "credential": "okx", "kind": "ws"}]
        status, answers = self.home.jsonl(lines)
        self.assertEqual(status, DONE, answers)
        self.assertEqual([list(answer)[:3] for answer in answers],
                         [["id", "kind", "message"], ["id", "method", "url"], ["id", "method", "url"], ["id", "kind", "message"]])

    def test_rest_needs_a_path_and_messages_none(self):
        self.assert_fails(self.home.run("request", "sign", "--credential", "okx", "--method", "GET"), BAD_USAGE, "--path")
        self.assert_fails(self.home.run("request", "sign", "--credential", "okx", "--kind", "ws"), BAD_USAGE, "--method")
        status, (answer,) = self.home.jsonl([{"credential": "okx", "kind": "rest", "method": "GET"}])
        self.assertEqual(answer["error"]["code"], "bad_input")
        self.assertIn('"path" is missing', answer["error"]["message"])

    def test_unknown_kinds_are_refused(self):
        self.assert_fails(self.home.run("request", "sign", "--credential", "okx", "--kind", "smoke", "--method", "x"), BAD_USAGE, "--kind")
        for kind in ("", "REST", "smoke"):
            status, (answer,) = self.home.jsonl([{"credential": "okx", "kind": kind, "method": "GET", "path": "/"}])
            self.assertIn("unknown", answer["error"]["message"])

    def test_a_message_that_the_venue_does_not_have_is_refused(self):
        for kind, method in (("ws", "withdraw"), ("fix", "Logon")):
            done = self.home.run("request", "sign", "--credential", "okx", "--kind", kind, "--method", method)
            self.assertIn(done.returncode, (BAD_USAGE, REFUSED), done.stdout)
            self.assert_fails(done, done.returncode, method)


class Passphrases(HomeTest):
    def setUp(self):
        super().setUp()
        self.bare = self.new_home()

    def add(self, *more, **options):
        return self.bare.run("credential", "add", "okx", "--venue", "okx", "--api-key", "KEY", *more, **options)

    def sent(self):
        answer = self.assert_signs(self.bare.run("request", "sign", "--credential", "okx", "--method", "GET", "--path",
                                                 "/api/v5/account/balance", "--timestamp-ms", "1700000000000"))
        headers = dict(answer["headers"])
        self.assertEqual(headers["OK-ACCESS-SIGN"], mac_base64("2023-11-14T22:13:20.000ZGET/api/v5/account/balance"))
        return headers["OK-ACCESS-PASSPHRASE"].encode()

    def private_file(self, name, content):
        file = self.folder / name
        file.write_bytes(content)
        file.chmod(0o600)
        return str(file)

    def test_both_come_from_standard_input_as_two_lines(self):
        for text in (SECRET + b"\n" + PASSPHRASE, SECRET + b"\n" + PASSPHRASE + b"\n", SECRET + b"\r\n" + PASSPHRASE + b"\r\n"):
            done = self.add("--secret-stdin", "--passphrase-stdin", input=text)
            self.assertEqual(done.returncode, DONE, done.stderr)
            self.assertEqual(self.sent(), PASSPHRASE)
            self.bare.ok("credential", "remove", "okx")
            self.bare.ok("key", "destroy", "dev:okx", "--yes")

    def test_both_on_standard_input_are_two_lines_and_no_more(self):
        both = ("--secret-stdin", "--passphrase-stdin")
        self.assert_fails(self.add(*both, input=SECRET), BAD_USAGE, "one line")
        self.assert_fails(self.add(*both, input=SECRET + b"\n"), BAD_USAGE, "one line")
        self.assert_fails(self.add(*both, input=SECRET + b"\n" + PASSPHRASE + b"\nmore\n"), BAD_USAGE, "more than two lines")
        self.assert_fails(self.add(*both, input=b"-----BEGIN PRIVATE" b" KEY-----\nx\n-----END PRIVATE" b" KEY-----\npass"), BAD_USAGE, "PEM")
        self.assertEqual(self.bare.json("credential", "list"), [])

    def test_each_may_come_from_elsewhere(self):
        secret, passphrase = self.private_file("secret", SECRET), self.private_file("passphrase", PASSPHRASE + b"\n")
        reader, writer = os.pipe()
        os.write(writer, PASSPHRASE)
        os.close(writer)
        for arguments, options in ((("--secret-stdin", "--passphrase-file", passphrase), {"input": SECRET}),
                                   (("--secret-file", secret, "--passphrase-stdin"), {"input": PASSPHRASE}),
                                   (("--secret-file", secret, "--passphrase-env", "WORDS"), {"environment": {"WORDS": PASSPHRASE.decode()}}),
                                   (("--secret-file", secret, "--passphrase-fd", str(reader)), {"pass_fds": [reader]})):
            done = self.add(*arguments, **options)
            self.assertEqual(done.returncode, DONE, done.stderr)
            self.assertEqual(self.sent(), PASSPHRASE)
            self.bare.ok("credential", "remove", "okx")
            self.bare.ok("key", "destroy", "dev:okx", "--yes")
        os.close(reader)

    def test_a_missing_one_is_asked_for_at_a_terminal(self):
        child, terminal = pty.fork()
        if child == 0:
            os.execve(CUSTOS, [CUSTOS, "credential", "add", "okx", "--venue", "okx", "--api-key", "KEY", "--secret-file",
                               self.private_file("secret", SECRET), "--home", str(self.bare.path)], clean_environment())
        shown = b""
        while b"passphrase of credential okx" not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, PASSPHRASE + b"\n")
        while True:
            try:
                more = os.read(terminal, 1024)
            except OSError:
                break
            if not more:
                break
            shown += more
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), DONE, shown)
        self.assertNotIn(PASSPHRASE, shown)
        self.assertEqual(self.sent(), PASSPHRASE)

    def test_a_venue_that_wants_one_says_so(self):
        self.assert_fails(self.add("--secret-stdin", input=SECRET), BAD_USAGE, "passphrase")

    def test_it_may_have_one_source_only(self):
        done = self.add("--secret-stdin", "--passphrase-stdin", "--passphrase-env", "WORDS", input=SECRET + b"\n" + PASSPHRASE)
        self.assert_fails(done, BAD_USAGE, "several sources", "--passphrase-stdin")

    def test_set_changes_it(self):
        self.assertEqual(self.add("--secret-stdin", "--passphrase-stdin", input=SECRET + b"\nold words").returncode, DONE)
        self.assertTrue(self.bare.json("credential", "show", "okx")["has_passphrase"])
        self.assertEqual(self.sent(), b"old words")
        self.bare.ok("credential", "set", "okx", "--passphrase-stdin", input=PASSPHRASE)
        self.assertEqual(self.sent(), PASSPHRASE)

    def test_it_stands_in_no_file_of_the_home_and_in_no_answer(self):
        done = self.add("--secret-stdin", "--passphrase-stdin", "--json", input=SECRET + b"\n" + PASSPHRASE)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertNotIn(PASSPHRASE, done.stdout + done.stderr + self.bare.ok("credential", "show", "okx").encode())
        for file in self.bare.path.rglob("*"):
            if file.is_file():
                self.assertNotIn(PASSPHRASE, file.read_bytes(), file)

    def test_an_existing_key_takes_one_too(self):
        self.bare.ok("key", "import", "dev:old", "--purpose", "venue:okx", "--secret-stdin", input=SECRET)
        done = self.add("--key", "dev:old", "--passphrase-stdin", input=PASSPHRASE)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(self.sent(), PASSPHRASE)

    def test_a_venue_without_one_refuses_it(self):
        done = self.bare.run("credential", "add", "x", "--venue", "binance", "--api-key", API_KEY, "--secret-stdin", "--passphrase-env",
                             "WORDS", input=SECRET, environment={"WORDS": "x"})
        self.assert_fails(done, BAD_USAGE, "binance takes no passphrase")


if __name__ == "__main__":
    unittest.main()
