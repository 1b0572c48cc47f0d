"""Every venue's documented requests through the command line; test_venue_vectors_*.py say where the keys are."""

import base64
import itertools
import json

from harness import DATA, DONE, SharedHomeTest

VECTORS = sorted((DATA / "vectors" / "venues").glob("*.json"))
ALL = "read,trade,transfer,withdraw,manage,session,unknown"
REQUEST_NAMES = {"kind", "method", "path", "query", "params", "body", "headers", "host", "timestamp_ms", "nonce", "recv_window", "expires"}

# Tokens draw ECDSA's k at random, so that two signatures of one message differ: those are verified, by Custos itself before it
# answers and here by OpenSSL where the signature is in a form that it reads.
RANDOMISED = ("ECDSA-P256", "ECDSA-secp256k1")


class VenueVectors(SharedHomeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.credentials = {}
        cls.numbers = itertools.count()
        cls.venues = {}

    def venue(self, name):
        if name not in self.venues:
            self.venues[name] = json.loads(self.home.ok("venue", "show", name, "--json"))
        return self.venues[name]

    def nonces_per_ms(self, name):
        """How many nonces of the venue are a millisecond, 0 where they do not rise."""
        rules = {scheme["nonce"] for scheme in self.venue(name)["schemes"]}
        return 1000 if "rising_us" in rules else 1 if "rising_ms" in rules else 0

    def credential(self, venue, key, where, alone, environment):
        """Adds a credential, once for each key and place; `alone` asks for one of its own, whose nonces begin anew."""
        name = json.dumps([venue, key, where, environment])
        if not alone and name in self.credentials:
            return self.credentials[name]
        label = f"v{next(self.numbers)}"
        command = ["credential", "add", label, "--venue", venue, "--api-key", key["api_key"], "--algorithm", key["algorithm"],
                   "--custody", where, "--grant", ALL, "--environment", environment]
        pem = key["secret"].startswith("-----BEGIN")
        if pem:  # more than one line, so from a file
            file = self.shared_folder / f"{label}.pem"
            file.write_text(key["secret"])
            file.chmod(0o600)
            command += ["--secret-file", str(file)]
        else:
            command += ["--secret-stdin"]
        lines = "" if pem else key["secret"] + "\n"
        if self.venue(venue)["passphrase"] != "none":
            command += ["--passphrase-stdin"]
            lines += key["passphrase"] + "\n"
        self.home.ok(*command, input=lines.encode())
        self.credentials[name] = label
        return label

    def check(self, file, where):
        data = json.loads(file.read_text())
        venue = data["venue"]
        requests, vectors = [], []
        for vector in data["vectors"]:
            key = data["credentials"][vector.get("credential", "main")]
            request = vector["request"]
            unknown = set(request) - REQUEST_NAMES - {"environment", "now_ms"}
            self.assertFalse(unknown, f"{file.name}: {unknown}")
            rate = self.nonces_per_ms(venue)
            alone = rate > 0
            if alone and "nonce" not in str(request) and "timestamp_ms" in request and request.get("kind", "rest") == "rest":
                request["nonce"] = str(request["timestamp_ms"] * rate)  # what the vector's clock would have given
            name = self.credential(venue, key, where, alone, request.get("environment", "live"))
            requests.append({"credential": name, "show_preimage": True, **{k: v for k, v in request.items() if k in REQUEST_NAMES}})
            vectors.append((vector, key))
        status, answers = self.home.jsonl(requests)
        self.assertEqual(len(answers), len(requests))
        for answer, (vector, key) in zip(answers, vectors):
            with self.subTest(venue=venue, vector=vector["name"], custody=where):
                self.assertNotIn("error", answer, answer.get("error"))
                self.compare(answer, vector["expect"], exact=where == "software" or key["algorithm"] not in RANDOMISED)
        self.assertEqual(status, DONE)

    def compare(self, answer, expect, exact):
        if "preimage" in expect:
            self.assertEqual(answer["preimage"], expect["preimage"].encode().hex())
        if "preimage_hex" in expect:
            self.assertEqual(answer["preimage"], expect["preimage_hex"])
        if "class" in expect:
            self.assertIn(f"({expect['class']})", answer["operation"])
        for part in expect.get("warnings", []):
            self.assertTrue(any(part in warning for warning in answer["warnings"]), answer["warnings"])
        if not exact:
            return
        if "signature" in expect:
            self.assertEqual(answer["signature"], expect["signature"])
        for part in ("url", "message"):
            if part in expect:
                self.assertEqual(answer[part], expect[part])
        if "body" in expect:
            body = answer["body"] if "body" in answer else base64.b64decode(answer["body_base64"]).decode()
            self.assertEqual(body, expect["body"] or "")
        headers = dict(answer.get("headers", []))
        for name, value in expect.get("headers", {}).items():
            self.assertEqual(headers.get(name), value, name)


def add_tests(to, where):
    """Gives a class of tests one for each file, with keys of the custody `where`."""
    for file in VECTORS:
        def test(self, file=file):
            self.check(file, where)
        setattr(to, "test_" + file.stem.replace("-", "_"), test)
