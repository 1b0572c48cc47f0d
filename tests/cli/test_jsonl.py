"""`request sign --jsonl`: one answer per line, in order, whatever a line holds."""

import base64
import json
import unittest

from harness import (DONE, ORDER, ORDER_SIGNATURE, OTHER, REFUSED, Home, HomeTest, SharedHomeTest, account_request, mac, now_ms,
                     order_request)


class Answers(SharedHomeTest):
    def one(self, line, *more):
        """The answer to one line, and whether the exit status fits it."""
        status, answers = self.home.jsonl([line], *more)
        self.assertEqual(len(answers), 1, answers)
        self.assertEqual(status, OTHER if "error" in answers[0] else DONE)
        return answers[0]

    def assert_bad(self, line, *words, code="bad_input"):
        error = self.one(line)["error"]
        self.assertEqual(list(error), ["code", "message"])
        self.assertEqual(error["code"], code, error)
        for word in words:
            self.assertIn(word, error["message"])

    def test_answer_is_what_the_options_give(self):
        answer = self.one(order_request(show_preimage=True))
        done = self.home.run("request", "sign", "--credential", "main", "--method", "POST", "--path", "/api/v3/order", "--body", ORDER,
                             "--show-preimage")
        self.assertEqual(answer, json.loads(done.stdout))
        self.assertEqual(answer["signature"], ORDER_SIGNATURE)

    def test_every_name_of_the_contract_is_taken(self):
        answer = self.one({"id": 1, "kind": "rest", "credential": "main", "method": "GET", "path": "/api/v3/order",
                           "params": [["symbol", "LTC BTC"], ["orderId", "1"]], "headers": [["X-Trace", "t"]],
                           "host": "api1.binance.com", "timestamp_ms": 1578963600000, "recv_window": 5000, "show_preimage": True})
        preimage = "symbol=LTC%20BTC&orderId=1&recvWindow=5000&timestamp=1578963600000"
        self.assertEqual(bytes.fromhex(answer["preimage"]).decode(), preimage)
        self.assertEqual(answer["url"], f"https://api1.binance.com/api/v3/order?{preimage}&signature={mac(preimage)}")
        self.assertIn(["X-Trace", "t"], answer["headers"])
        answer = self.one(account_request(query="timestamp=1578963600000"))
        self.assertEqual(answer["signature"], mac("timestamp=1578963600000"))
        body = base64.b64encode(ORDER.encode()).decode()
        without_body = {name: value for name, value in order_request().items() if name != "body"}
        self.assertEqual(self.one({**without_body, "body_base64": body})["signature"], ORDER_SIGNATURE)
        for name in ("nonce", "expires"):
            self.assert_bad(account_request(**{name: 1}), "venue")

    def test_id_is_echoed_whatever_scalar_it_is(self):
        for text in ("1", "-7", "1.50", "12345678901234567890123", "true", "null", '"a\\"b\\u00e9\\n"', '""'):
            for tail, key in ((b'"credential":"main","method":"GET","path":"/api/v3/account"}', "signature"), (b'"bogus":1}', "error")):
                status, answers = self.home.jsonl([b'{"id":' + text.encode() + b"," + tail])
                self.assertEqual(answers[0]["id"], json.loads(text), text)
                self.assertIn(key, answers[0])
        self.assert_bad(b'{"id":[1]}', "id")
        self.assert_bad(b'{"id":{}}', "id")

    def test_what_is_no_json_is_bad_input(self):
        for line in (b"hello", b"{", b'{"id":1}}', b'{"a" 1}', b"[]", b"7", b'"x"', b"null", b'{"id":1} {"id":2}', b"\x00", b'{"id":1}\x00',
                     b"{'id':1}", b'{"id":1,}', b'\xef\xbb\xbf{"bogus"', b'{"id":"\\ud800"}'):
            self.assert_bad(line)

    def test_an_empty_line_is_bad_input(self):
        for line in (b"", b"   ", b"\t\r"):
            self.assert_bad(line, "empty")

    def test_invalid_utf8_is_bad_input(self):
        for line in (b'{"credential":"\xff"}', b'{"credential":"\xc0\xaf"}', b'{"credential":"\xed\xa0\x80"}', b"\xfe\xff"):
            self.assert_bad(line, "UTF-8")

    def test_unknown_and_repeated_names_are_bad_input(self):
        self.assert_bad(account_request(metod="GET"), "metod")
        self.assert_bad(account_request(text=True), "text")
        self.assert_bad(b'{"credential":"main","method":"GET","path":"/api/v3/account","method":"GET"}', "method", "repeated")
        self.assert_bad(b'{"credential":"main","method":"GET","path":"/api/v3/account","m\\u0065thod":"GET"}', "repeated")

    def test_missing_names_are_named(self):
        for name in ("credential", "method", "path"):
            request = account_request()
            del request[name]
            self.assert_bad(request, name, "missing")

    def test_values_of_another_type_are_bad_input(self):
        for name, value in (("method", 1), ("path", None), ("timestamp_ms", "1578963600000"), ("timestamp_ms", 1.5),
                            ("timestamp_ms", 2**63), ("params", {"a": "b"}), ("params", ["a", "b"]), ("params", [["a"]]),
                            ("params", [["a", "b", "c"]]), ("params", [["a", 1]]), ("params", [[["a"], "b"]]), ("headers", "a=b"),
                            ("show_preimage", 1), ("recv_window", True), ("body", {}), ("body_base64", "!!!!"), ("body_base64", "YQ"),
                            ("credential", ["main"]), ("expires", "x")):
            self.assert_bad(account_request(**{name: value}), name)

    def test_body_and_body_base64_exclude_each_other(self):
        self.assert_bad(order_request(body_base64=""), "body_base64")

    def test_unknown_kinds_are_refused(self):
        for kind in ("soap", "REST", ""):
            self.assert_bad(account_request(kind=kind), json.dumps(kind), "unknown")

    def test_at_sign_is_a_literal_byte(self):
        file = self.folder / "body"
        file.write_text(ORDER)
        # Were the file read, this would sign the documented order.
        answer = self.one({**order_request(), "body": f"@{file}"})
        self.assertEqual(answer["error"]["code"], "bad_input")
        request = {"credential": "main", "method": "POST", "path": "/api/v3/order", "timestamp_ms": 1578963600000,
                   "params": [["symbol", "LTCBTC"], ["side", "BUY"], ["type", "MARKET"], ["newClientOrderId", "@home"]]}
        self.assertIn("newClientOrderId=%40home&", self.one(request)["body"])

    def test_refusals_carry_their_code(self):
        self.assert_bad({"credential": "main", "method": "POST", "path": "/sapi/v1/capital/withdraw/apply",
                         "params": [["coin", "BTC"], ["address", "x"], ["amount", "1"]]}, code="refused")
        self.assert_bad(account_request(timestamp_ms=now_ms() + 3_600_000), "ahead", code="refused")
        self.assert_bad(account_request(host="evil.example.com"), "evil.example.com", code="refused")
        self.assert_bad(account_request(credential="none"), "none", code="not_found")

    def test_a_failed_line_stops_no_other(self):
        status, answers = self.home.jsonl([account_request(id=1), b"junk", account_request(id=3, path="bad"), account_request(id=4)])
        self.assertEqual(status, OTHER)
        self.assertEqual(["signature" in answer for answer in answers], [True, False, False, True])
        self.assertEqual([answer.get("id") for answer in answers], [1, None, 3, 4])

    def test_a_line_of_a_mebibyte_is_read_and_a_longer_one_skipped(self):
        def padded(size):
            request = json.dumps(account_request()).encode()
            return request[:-1] + b" " * (size - len(request)) + b"}"

        status, answers = self.home.jsonl([padded(2**20), padded(2**20 + 1), b"x" * 3_000_000, account_request(id="after")])
        self.assertEqual(["error" in answer for answer in answers], [False, True, True, False])
        self.assertIn("1 MiB", answers[1]["error"]["message"])
        self.assertEqual(answers[3]["id"], "after")

    def test_a_large_request_is_signed(self):
        orders = "[" + ",".join(["%7B%22symbol%22%3A%22BTCUSDT%22%7D"] * 20_000) + "]"
        body = "batchOrders=" + orders.replace("[", "%5B").replace("]", "%5D").replace(",", "%2C") + "&timestamp=1578963600000"
        self.assertGreater(len(body), 600_000)
        status, answers = self.home.jsonl([{**order_request(path="/fapi/v1/batchOrders", body=body)}, account_request()])
        self.assertEqual(answers[0].get("signature"), mac(body), str(answers[0])[:300])
        self.assertEqual(status, DONE)

    def test_the_last_line_needs_no_line_end(self):
        done = self.home.run("request", "sign", "--jsonl", input=json.dumps(account_request(id=9)).encode())
        self.assertEqual(json.loads(done.stdout)["id"], 9)

    def test_no_lines_are_no_answers(self):
        self.assertEqual(self.home.jsonl([]), (DONE, []))

    def test_only_limits_the_credentials(self):
        self.assertIn("signature", self.one(account_request(), "--only", "other", "main"))
        answer = self.one(account_request(id="x"), "--only", "other")
        self.assertEqual((answer["id"], answer["error"]["code"]), ("x", "refused"))


class Many(SharedHomeTest):
    def test_ten_thousand_requests_come_back_in_order_and_all_correct(self):
        requests = []
        for i in range(10_000):
            params = [["symbol", "LTCBTC"], ["side", "BUY"], ["type", "LIMIT"], ["timeInForce", "GTC"], ["quantity", str(i + 1)],
                      ["price", "0.1"], ["newClientOrderId", f"order-{i}"]]
            requests.append({"id": i, "credential": "main", "method": "POST", "path": "/api/v3/order", "params": params,
                             "timestamp_ms": 1578963600000 + i})
        status, answers = self.home.jsonl(requests)
        self.assertEqual(status, DONE)
        self.assertEqual([answer["id"] for answer in answers], list(range(10_000)))
        for request, answer in zip(requests, answers):
            preimage = "&".join(f"{name}={value}" for name, value in request["params"]) + f"&timestamp={request['timestamp_ms']}"
            self.assertEqual(answer["signature"], mac(preimage), request["id"])
            self.assertEqual(answer["body"], f"{preimage}&signature={answer['signature']}")


class Dialogue(SharedHomeTest):
    def test_a_co_process_is_answered_line_by_line(self):
        with self.home.conversation() as talk:
            for i in range(50):
                self.assertEqual(talk.ask(account_request(id=i))["id"], i)
        self.assertEqual(talk.process.returncode, DONE)

    def test_a_line_that_comes_in_pieces_is_answered_when_it_is_whole(self):
        with self.home.conversation() as talk:
            text = json.dumps(account_request(id="pieces")).encode()
            for piece in (text[:10], text[10:40], text[40:] + b"\n" + text[:5]):
                talk.process.stdin.write(piece)
                talk.process.stdin.flush()
            self.assertEqual(json.loads(talk.process.stdout.readline())["id"], "pieces")
            talk.process.stdin.write(text[5:] + b"\n")
            talk.process.stdin.flush()
            self.assertEqual(json.loads(talk.process.stdout.readline())["id"], "pieces")

    def test_a_signature_that_failed_is_tried_again_on_the_next_line(self):
        with self.home.conversation() as talk:
            self.assertEqual(talk.ask(account_request(credential="late"))["error"]["code"], "not_found")
            self.home.add_credential("late")
            self.assertIn("signature", talk.ask(account_request(credential="late")))


class Production(HomeTest):
    """A production home is made from a token that stands elsewhere, as its owner would."""

    def setUp(self):
        super().setUp()
        donor = self.new_home("donor")
        self.production = self.new_home_in_production(donor)

    def new_home_in_production(self, donor):
        home = Home(self.folder / "production")
        self.folder.chmod(0o700)
        home.run("init", "--mode", "production")  # writes a custos.toml that waits for a token
        module = next(line for line in (donor.path / "custos.toml").read_text().splitlines() if line.startswith("module"))
        home.edit_config(lambda text: text + f'\n[token.prod]\n{module}\nuri = "pkcs11:token=custos-dev"\n'
                                             f'pin_file = "{donor.path}/pin/dev"\n'
                                             f'environment = {{ SOFTHSM2_CONF = "{donor.path}/softhsm2.conf" }}\n')
        done = home.run("init", "--mode", "production")
        self.assertEqual(done.returncode, DONE, done.stderr)
        home.add_credential()
        return home

    def test_needs_only(self):
        done = self.production.run("request", "sign", "--jsonl", input=json.dumps(account_request()).encode())
        self.assert_fails(done, REFUSED, "--only")
        status, answers = self.production.jsonl([account_request()], "--only", "main")
        self.assertEqual(status, DONE, answers)

    def test_takes_no_secret_from_the_environment(self):
        done = self.production.run("credential", "add", "x", "--venue", "binance", "--api-key", "k", "--secret-env", "S",
                                   environment={"S": "abcdefghijklmnopqrstuvwxyz"})
        self.assert_fails(done, REFUSED, "environment")

    def test_takes_no_weak_secret(self):
        done = self.production.run("credential", "add", "x", "--venue", "binance", "--api-key", "k", "--secret-stdin", input=b"short")
        self.assert_fails(done, REFUSED, "production")


if __name__ == "__main__":
    unittest.main()
