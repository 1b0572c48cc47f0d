"""`credential verify` and `credential audit`, against servers of this test on the loopback interface."""

import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from harness import API_KEY, AUTHENTICATION, BAD_USAGE, DEVICE, DONE, OTHER, REFUSED, HomeTest, SharedHomeTest, mac, now_ms

REFUSAL = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
PASSPHRASE = b"the words"


class Exchange:
    """A server that answers each request as it is told and keeps what it was asked."""

    def __init__(self, tls=None):
        self.asked, self.status, self.answer, self.headers = [], 200, {"balances": []}, {}
        exchange = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                exchange.asked.append((self.command, self.path, dict(self.headers), body))
                answer = exchange.answer(self) if callable(exchange.answer) else exchange.answer
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(exchange.status)
                for name, value in exchange.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content)
                except OSError:
                    pass  # the tool hung up

            do_POST = do_DELETE = do_PUT = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def make_certificate(folder, name, address):
    """A self-signed certificate for an address, with its key, in one file."""
    file = Path(folder) / f"{name}.pem"
    key = Path(folder) / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    f"/CN={name}", "-addext", f"subjectAltName=IP:{address}", "-keyout", str(key), "-out", str(file)], check=True,
                   capture_output=True)
    certificate = file.read_bytes()
    file.with_suffix(".crt").write_bytes(certificate)
    file.write_bytes(key.read_bytes() + certificate)
    return file, file.with_suffix(".crt")


class VerifyTest(SharedHomeTest):
    def setUp(self):
        super().setUp()
        self.exchange = Exchange()
        self.addCleanup(self.exchange.close)

    def verify(self, *more, name="main", url=None, **options):
        return self.home.run("credential", "verify", name, "--url", url or self.exchange.url, *more, **options)

    def assert_verdict(self, done, status, verdict):
        self.assertEqual((done.returncode, done.stderr), (status, b""), done.stdout)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["verdict"], verdict, answer)
        return answer


class Verify(VerifyTest):
    def test_a_credential_that_the_venue_takes_is_accepted(self):
        answer = self.assert_verdict(self.verify("--json"), DONE, "accepted")
        self.assertEqual(list(answer), ["credential", "venue", "environment", "request", "sent_to", "http_status", "verdict", "code",
                                        "message", "clock_ahead_s"])
        self.assertEqual((answer["credential"], answer["venue"], answer["environment"], answer["http_status"], answer["sent_to"]),
                         ("main", "binance", "live", 200, self.exchange.url))
        self.assertLessEqual(abs(answer["clock_ahead_s"]), 10)
        text = self.verify().stdout.decode()
        self.assertRegex(text, r"(?m)^verdict +accepted: the venue takes this credential$")
        self.assertRegex(text, r"(?m)^HTTP status +200$")

    def test_sends_what_it_signed_to_the_venues_name(self):
        self.verify()
        (method, target, headers, body), = self.exchange.asked
        split = urlsplit(target)
        self.assertEqual((method, body), ("GET", b""))
        query, signature = split.query.rsplit("&signature=", 1)
        self.assertEqual(signature, mac(query))
        self.assertLessEqual(abs(int(dict(parse_qsl(query))["timestamp"]) - now_ms()), 10_000)
        self.assertEqual(headers["X-MBX-APIKEY"], API_KEY)
        self.assertEqual(headers["Host"], "api.binance.com")
        self.assertTrue(headers["User-Agent"].startswith("custos/"))
        self.assertNotIn("Content-Type", headers)

    def test_a_refused_credential_is_told_in_the_venues_words(self):
        for status in (401, 403, 400):
            self.exchange.status, self.exchange.answer = status, REFUSAL
            answer = self.assert_verdict(self.verify("--json"), AUTHENTICATION, "refused")
            self.assertEqual((answer["code"], answer["message"], answer["http_status"]), ("-2015", REFUSAL["msg"], status))
        text = self.verify()
        self.assertEqual(text.returncode, AUTHENTICATION)
        self.assertRegex(text.stdout.decode(), r"(?m)^message +Invalid API-key, IP, or permissions for action\.$")

    def test_success_is_what_the_venue_says_not_the_status_alone(self):
        refused = [{"retCode": 10003, "retMsg": "API key is invalid."}, {"error": ["EAPI:Invalid signature"]},
                   {"code": "50113", "msg": "Invalid Sign"}, {"status": "error", "err-code": "api-signature-not-valid"},
                   {"success": False, "code": -1022, "message": "signature mismatch"}, ["error", 10100, "apikey: invalid"],
                   {"error": {"code": 13009, "message": "unauthorized"}}, {"errors": [{"error": "authenticationError"}]},
                   {"result": "error", "reason": "InvalidSignature"}]
        for self.exchange.answer in refused:
            self.assert_verdict(self.verify("--json"), AUTHENTICATION, "refused")
        for self.exchange.answer in ({"code": 7, "msg": "no such thing"}, {"status": "5600"}, b"<html>maintenance</html>", b"", b"true"):
            self.assert_verdict(self.verify("--json"), OTHER, "failed")
        accepted = [{"retCode": 0, "retMsg": "OK"}, {"error": [], "result": {}}, {"code": "00000"}, {"code": "0", "data": []},
                    {"code": "200000"}, {"code": 200}, {"status": "ok"}, {"status": "0000"}, {"success": True}, [], [{"currency": "BTC"}],
                    {"result": "success"}, {"error": None}, {"status": "active", "id": 1}]
        for self.exchange.answer in accepted:
            self.assert_verdict(self.verify("--json"), DONE, "accepted")

    def test_a_venue_that_cannot_judge_is_unavailable(self):
        for status in (429, 500, 503):
            self.exchange.status, self.exchange.answer = status, b"later\r\nmore"
            answer = self.assert_verdict(self.verify("--json"), DEVICE, "unavailable")
            self.assertEqual(answer["message"], "later")

    def test_redirects_are_not_followed(self):
        other = Exchange()
        self.addCleanup(other.close)
        self.exchange.status, self.exchange.headers = 302, {"Location": other.url + "/api/v3/account"}
        self.assert_verdict(self.verify("--json"), OTHER, "failed")
        self.assertEqual(other.asked, [])

    def test_proxies_of_the_environment_are_not_used(self):
        proxy = Exchange()
        self.addCleanup(proxy.close)
        environment = {name: proxy.url for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY")}
        self.assert_verdict(self.verify("--json", environment=environment), DONE, "accepted")
        self.assertEqual((len(self.exchange.asked), proxy.asked), (1, []))

    def test_hostile_answers_do_no_harm(self):
        self.exchange.status, self.exchange.answer = 401, {"msg": "evil\x1b[31m\n" + "x" * 5000}
        text = self.verify().stdout.decode()
        self.assertIn("evil\\x1b[31m\\x0a", text)
        self.assertLess(len(text), 2000)
        for self.exchange.answer in (b"[" * 500_000, b'{"error":' * 100_000, b'{"errors":' + b"[" * 1000 + b"]" * 1000 + b"}", b"\xff\xfe\x00"):
            self.assertEqual(self.verify("--json").returncode, AUTHENTICATION)

    def test_an_answer_has_at_most_one_mebibyte(self):
        self.exchange.answer = b'"' + b"x" * (1024 * 1024) + b'"'
        self.assert_fails(self.verify(), OTHER, "larger than 1 MiB")

    def test_a_venue_that_nobody_answers_for_is_unreachable(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            self.assert_fails(self.verify(url=url), DEVICE, url)

    def test_a_venue_that_never_answers_is_given_up(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.assert_fails(self.verify(url=f"http://127.0.0.1:{silent.getsockname()[1]}"), DEVICE, "imed out")

    def test_a_clock_that_is_wrong_is_told(self):
        self.exchange.answer = REFUSAL
        self.exchange.headers = {}
        real = http.server.BaseHTTPRequestHandler.date_time_string
        http.server.BaseHTTPRequestHandler.date_time_string = lambda self, timestamp=None: real(self, now_ms() / 1000 - 90)
        self.addCleanup(setattr, http.server.BaseHTTPRequestHandler, "date_time_string", real)
        self.assertRegex(self.verify().stdout.decode(), r"(?m)^clock +this machine's is (89|9\d) s ahead of the venue's")  # or what the answer took

    def test_refuses_urls_that_would_lay_the_request_open(self):
        for url in ("http://example.com", "http://127.0.0.1.example.com", "http://10.0.0.1:80", "ftp://127.0.0.1", "file:///etc/passwd",
                    "127.0.0.1", "https://", "https://user:pass@example.com", "https://example.com/path", "https://example.com?x=1",
                    "https://example.com#x", "not a url"):
            done = self.home.run("credential", "verify", "main", "--url", url)
            self.assert_fails(done, BAD_USAGE, "--url")
        self.assertEqual(self.exchange.asked, [])

    def test_names_what_does_not_exist(self):
        self.assert_fails(self.verify(name="nobody"), BAD_USAGE, "nobody")


class VerifyByTls(VerifyTest):
    def setUp(self):
        super().setUp()
        self.server_file, self.authority = make_certificate(self.folder, "venue", "127.0.0.1")
        self.tls = Exchange(tls=self.server_file)
        self.addCleanup(self.tls.close)

    def test_an_authority_that_is_named_is_trusted(self):
        answer = self.assert_verdict(self.verify("--json", "--ca-file", str(self.authority), url=self.tls.url), DONE, "accepted")
        self.assertEqual(answer["sent_to"], self.tls.url)
        self.assertEqual(len(self.tls.asked), 1)

    def test_a_stranger_is_not_trusted(self):
        self.assert_fails(self.verify(url=self.tls.url), DEVICE, "certificate")
        self.assertEqual(self.tls.asked, [])

    def test_the_environment_names_no_authorities_and_no_key_log(self):
        log = self.folder / "keys"
        environment = {"CURL_CA_BUNDLE": str(self.authority), "SSLKEYLOGFILE": str(log)}
        self.assert_fails(self.verify(url=self.tls.url, environment=environment), DEVICE, "certificate")
        self.assert_verdict(self.verify("--json", "--ca-file", str(self.authority), url=self.tls.url, environment=environment), DONE,
                            "accepted")
        self.assertFalse(log.exists())

    def test_a_certificate_for_another_name_is_not_trusted(self):
        server_file, authority = make_certificate(self.folder, "other", "127.0.0.2")
        other = Exchange(tls=server_file)
        self.addCleanup(other.close)
        self.assert_fails(self.verify("--ca-file", str(authority), url=other.url), DEVICE, "127.0.0.1")
        self.assertEqual(other.asked, [])

    def test_a_file_without_authorities_is_named(self):
        for file in (self.folder / "none.pem", self.folder):
            self.assert_fails(self.verify("--ca-file", str(file), url=self.tls.url), BAD_USAGE, "--ca-file")


class VerifyEveryVenue(HomeTest):
    def test_posts_are_sent_as_they_were_signed(self):
        home = self.new_home()
        home.json("credential", "add", "kraken", "--venue", "kraken", "--api-key", "KEY", "--secret-stdin",
                  input=b"kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==")
        exchange = Exchange()
        self.addCleanup(exchange.close)
        exchange.answer = {"error": [], "result": {}}
        done = home.run("credential", "verify", "kraken", "--url", exchange.url)
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        (method, target, headers, body), = exchange.asked
        self.assertEqual(method, "POST")
        self.assertTrue(target.startswith("/0/private/"))
        self.assertIn(b"nonce", body)
        self.assertEqual((headers["Host"], headers["API-Key"]), ("api.kraken.com", "KEY"))
        exchange.answer = {"error": ["EAPI:Invalid key"]}
        done = home.run("credential", "verify", "kraken", "--url", exchange.url, "--json")
        self.assertEqual(done.returncode, AUTHENTICATION, done.stderr)
        self.assertEqual(json.loads(done.stdout)["message"], "EAPI:Invalid key")


class Audit(HomeTest):
    def audit(self, *arguments, status):
        done = self.home.run("credential", "audit", *arguments, "--json")
        self.assertEqual((done.returncode, done.stderr), (status, b""), done.stdout)
        findings = json.loads(done.stdout)
        for finding in findings:
            self.assertEqual(list(finding), ["credential", "finding", "severity", "text", "remedy"])
        return [(finding["credential"], finding["finding"], finding["severity"]) for finding in findings]

    def test_finds_nothing_about_a_careful_credential(self):
        self.assertEqual(self.audit(status=DONE), [])
        self.assertIn("1 credential looked at, nothing to mend", self.home.ok("credential", "audit"))

    def test_finds_grants_that_a_bot_should_not_have(self):
        self.home.ok("credential", "grant", "main", "withdraw,transfer,manage,unknown,session")
        self.assertEqual(self.audit(status=OTHER),
                         [("main", f"grant-{grant}", "mend") for grant in ("withdraw", "transfer", "manage", "unknown")] +
                         [("main", "grant-session", "note")])
        self.home.ok("credential", "revoke", "main", "withdraw,transfer,manage,unknown")
        self.assertEqual(self.audit(status=DONE), [("main", "grant-session", "note")])

    def test_names_how_to_mend_it(self):
        self.home.ok("credential", "grant", "main", "withdraw")
        done = self.home.run("credential", "audit")
        self.assertEqual(done.returncode, OTHER)
        self.assertRegex(done.stdout.decode(), r"(?s)MEND +main +it may withdraw.*remedy: custos credential revoke main withdraw")

    def test_finds_software_custody(self):
        self.home.add_credential("soft", "--token", "software")
        self.assertEqual(self.audit(status=OTHER), [("soft", "custody-software", "mend")])
        self.assertEqual(self.audit("main", status=DONE), [])
        self.assertEqual(self.audit("main", "soft", status=OTHER), [("soft", "custody-software", "mend")])

    def test_finds_oddities_of_the_fallback(self):
        self.home.ok("credential", "grant", "main", "fallback")
        self.assertEqual(self.audit(status=OTHER), [("main", "fallback-without-key", "mend")])

    def test_names_what_does_not_exist(self):
        self.assert_fails(self.home.run("credential", "audit", "main", "nobody"), BAD_USAGE, "nobody")
        self.assert_fails(self.home.run("credential", "audit", "--url", "http://127.0.0.1:1"), BAD_USAGE, "--online")


class AuditOnline(SharedHomeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        secret = b"c2VjcmV0LW9mLXRoZS12ZW51ZS1pbi1iYXNlNjQtZm9ybS1sb25nLWVub3VnaA=="
        for venue in ("bybit", "okx", "gate", "kucoin", "bitget", "kraken", "gemini"):
            words = b"\n" + PASSPHRASE if venue in ("okx", "kucoin", "bitget") else b""
            more = ["--passphrase-stdin"] if words else []
            cls.shared.json("credential", "add", venue, "--venue", venue, "--api-key", "KEY", "--secret-stdin", *more, input=secret + words)

    def setUp(self):
        super().setUp()
        self.exchange = Exchange()
        self.addCleanup(self.exchange.close)

    def findings(self, name, answer, http_status=200):
        self.exchange.answer, self.exchange.status = answer, http_status
        self.exchange.asked.clear()
        done = self.home.run("credential", "audit", name, "--online", "--url", self.exchange.url, "--json")
        self.assertEqual(done.stderr, b"")
        findings = json.loads(done.stdout)
        mend = [finding["finding"] for finding in findings if finding["severity"] == "mend"]
        self.assertEqual(done.returncode, OTHER if mend else DONE, findings)
        return mend

    def test_binance_tells_of_withdrawal_and_addresses(self):
        good = {"ipRestrict": True, "enableWithdrawals": False, "enableReading": True}
        self.assertEqual(self.findings("main", good), [])
        self.assertTrue(self.exchange.asked[0][1].startswith("/sapi/v1/account/apiRestrictions?"))
        self.assertEqual(self.findings("main", {**good, "enableWithdrawals": True}), ["key-may-withdraw"])
        self.assertEqual(self.findings("main", {**good, "ipRestrict": False}), ["no-ip-allow-list"])
        self.assertEqual(self.findings("main", {}), ["rights-not-told"], "an empty answer tells nothing")
        self.assertEqual(self.findings("main", {"other": 1}), ["withdrawal-untold"])

    def test_bybit_tells_of_withdrawal_and_addresses(self):
        def answer(wallet, ips):
            return {"retCode": 0, "retMsg": "", "result": {"permissions": {"Wallet": wallet, "Spot": ["SpotTrade"]}, "ips": ips}}
        self.assertEqual(self.findings("bybit", answer(["AccountTransfer"], ["192.0.2.1"])), [])
        self.assertEqual(self.findings("bybit", answer(["AccountTransfer", "Withdraw"], ["*"])), ["key-may-withdraw", "no-ip-allow-list"])

    def test_okx_tells_of_withdrawal_and_addresses(self):
        def answer(perm, ip):
            return {"code": "0", "msg": "", "data": [{"perm": perm, "ip": ip}]}
        self.assertEqual(self.findings("okx", answer("read_only,trade", "192.0.2.1")), [])
        self.assertEqual(self.findings("okx", answer("read_only,withdraw,trade", "")), ["key-may-withdraw", "no-ip-allow-list"])
        self.assertEqual(self.findings("okx", answer("read_only,no_withdraw", "192.0.2.1")), [], "the word stands alone")

    def test_a_venue_that_does_not_answer_is_a_finding(self):
        self.assertEqual(self.findings("main", REFUSAL, 401), ["rights-not-told"])
        self.exchange.close()
        done = self.home.run("credential", "audit", "main", "--online", "--url", self.exchange.url, "--json")
        self.assertEqual(done.returncode, OTHER)
        self.assertEqual([finding["finding"] for finding in json.loads(done.stdout)], ["rights-not-asked"])
        self.exchange = Exchange()
        self.addCleanup(self.exchange.close)

    def test_the_other_venues_are_asked_where_they_tell(self):
        for venue, success in (("gate", {}), ("kucoin", {"code": "200000"}), ("bitget", {"code": "00000"}), ("kraken", {"error": []})):
            with self.subTest(venue):
                info = json.loads(self.home.ok("venue", "show", venue, "--json"))
                self.findings(venue, success)
                (method, target, _, _), = self.exchange.asked
                self.assertEqual(f"{method} {target.split('?')[0]}", f"{info['key_rights']['method']} {info['key_rights']['path']}")

    def test_a_venue_that_cannot_be_asked_is_only_noted(self):
        self.assertEqual(self.findings("gemini", {}), [])
        self.assertEqual(self.exchange.asked, [])


if __name__ == "__main__":
    unittest.main()
