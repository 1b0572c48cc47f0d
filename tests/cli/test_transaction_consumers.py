"""What the world makes of our transactions: libraries from npm take them, and a real Ethereum node executes them.

The packages of tests/interop/npm/package.json are installed into the user's cache once; where npm or its registry cannot be reached,
the tests are skipped and say so.
"""

import hashlib
import json
import random
import re
import subprocess
import unittest
import urllib.request

from harness import DONE, PATIENCE, SharedHomeTest, clean_environment
from npm_packages import installed_packages

RECIPIENT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


class Consumers(SharedHomeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packages = installed_packages()

    def node(self, script, *arguments, lines=()):
        """Runs one of our scripts and gives the lines that it printed."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run(["node", script, *arguments], cwd=self.packages, input=text, capture_output=True, text=True, timeout=PATIENCE,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        return done.stdout.splitlines()

    def key(self, name, purpose, *more):
        """A key, with every class granted, made when first used."""
        if self.home.run("key", "show", name).returncode != DONE:
            self.home.ok("key", "generate", name, "--purpose", purpose, *more)
            self.home.ok("key", "grant", name, "--class", "unknown", "--class", "approve", "--class", "manage")
        return name

    def address(self, key, *more):
        return self.home.json("key", "address", key, *more)["address"]

    def bulk(self, key, lines):
        """Signs many transactions and gives the answers, all of which must be signed."""
        text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        done = self.home.run("tx", "sign", "--jsonl", "--key", key, input=text)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([a["error"] for a in answers if "error" in a], [])
        self.assertEqual((done.returncode, len(answers)), (DONE, len(lines)), done.stderr.decode())
        return answers


def random_transaction(draw, kind):
    """A transaction of the type `kind` as eth_signTransaction takes it."""
    fields = {"chainId": draw.choice([1, 10, 137, 8453, 31337]), "nonce": draw.randrange(2**32), "gas": hex(draw.randrange(21000, 10**7)),
              "to": draw.choice([RECIPIENT, "0x5FbDB2315678afecb367f032d93F642f64180aa3"]), "value": hex(draw.randrange(2**90)),
              "data": "0x" + draw.randbytes(draw.choice([0, 4, 36, 68, 300])).hex()}
    if kind in (0, 1):
        fields["gasPrice"] = hex(draw.randrange(1, 2**45))
    else:
        tip = draw.randrange(2**40)
        fields |= {"maxPriorityFeePerGas": hex(tip), "maxFeePerGas": hex(tip + draw.randrange(2**42))}
    if kind == 0:
        return fields
    fields["type"] = hex(kind)
    fields["accessList"] = [{"address": RECIPIENT, "storageKeys": ["0x" + draw.randbytes(32).hex() for _ in range(draw.randrange(3))]}
                            for _ in range(draw.randrange(3))]
    return fields


class Ethers(Consumers):
    def check(self, key, count):
        draw = random.Random(7)
        asked = [random_transaction(draw, kind) for kind in (0, 1, 2) for _ in range(count)]
        answers = self.bulk(key, [{"transaction": transaction} for transaction in asked])
        address = self.address(key)
        for answer in answers:
            self.assertEqual(answer["from"], address)
        self.node("ethereum.mjs", lines=[{"check": "transaction", "asked": a, "answer": b} for a, b in zip(asked, answers)])

    def test_parses_and_recovers_what_a_token_key_signed(self):
        self.check(self.key("dev:ethers", "chain:evm"), 8)

    def test_parses_and_recovers_what_a_software_key_signed(self):
        self.check(self.key("software:ethers", "chain:evm"), 100)

    def test_verifies_personal_messages_and_typed_data(self):
        key = self.key("dev:ethers", "chain:evm")
        text = "I accept the terms\nof the exchange: №1"
        typed = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
                           "Person": [{"name": "name", "type": "string"}, {"name": "wallets", "type": "address[]"}],
                           "Mail": [{"name": "from", "type": "Person"}, {"name": "to", "type": "Person[]"}, {"name": "contents", "type": "bytes"}]},
                 "primaryType": "Mail", "domain": {"name": "Ether Mail", "chainId": 1},
                 "message": {"from": {"name": "Cow", "wallets": [RECIPIENT]}, "to": [{"name": "Bob", "wallets": []}], "contents": "0x010203"}}
        message = json.loads(self.home.ok("message", "sign", "--scheme", "eip191", "--key", key, "--yes", input=text.encode()))
        signed = json.loads(self.home.ok("message", "sign", "--scheme", "eip712", "--key", key, "--yes", input=json.dumps(typed).encode()))
        self.node("ethereum.mjs", lines=[{"check": "message", "message": text, "answer": message},
                                         {"check": "typed", "typed": typed, "answer": signed}])


class BitcoinJs(Consumers):
    def psbts(self, key):
        """An unsigned PSBT of each kind of script, made by bitcoinjs-lib for the key."""
        public = self.home.json("key", "address", key)["public_key"]
        return [json.loads(line) for line in self.node("make_psbt.mjs", public)]

    def sign(self, key, items):
        for check, finalize in (("signed", False), ("finalized", True)):
            answers = self.bulk(key, [{"transaction": i["psbt"], "network": i["network"], "finalize": finalize} for i in items])
            self.node("bitcoin.mjs", lines=[{"check": check, "answer": a, "network": i["network"]} for a, i in zip(answers, items)])

    def test_validates_and_extracts_what_a_token_key_signed(self):
        key = self.key("dev:bitcoinjs", "chain:bitcoin")
        self.sign(key, [item for item in self.psbts(key) if item["kind"] != "p2tr"])

    def test_validates_and_extracts_what_a_software_key_signed_taproot_too(self):
        key = self.key("software:bitcoinjs", "chain:bitcoin")
        self.sign(key, self.psbts(key))

    def test_a_token_key_refuses_taproot_in_one_line(self):
        key = self.key("dev:bitcoinjs", "chain:bitcoin")
        item = next(item for item in self.psbts(key) if item["kind"] == "p2tr")
        done = self.home.run("tx", "sign", "--key", key, "--network", "regtest", "--yes", input=item["psbt"].encode())
        self.assertNotEqual(done.returncode, DONE)
        self.assertIn("Schnorr", done.stderr.decode())
        self.assertEqual(done.stdout, b"")

    def test_bip322_js_verifies_our_messages(self):
        for name, kind in (("dev:bitcoinjs", "p2wpkh"), ("software:bitcoinjs", "p2wpkh"), ("software:bitcoinjs", "p2tr")):
            key = self.key(name, "chain:bitcoin")
            address = self.address(key, "--kind", kind)
            signed = json.loads(self.home.ok("message", "sign", "--scheme", "bip322", "--key", key, "--address", address, "--yes",
                                             input=b"Hello World"))
            self.node("bitcoin.mjs", lines=[{"check": "message", "address": address, "message": "Hello World", "answer": signed}])


class SolanaWeb3(Consumers):
    def test_deserialises_and_verifies_what_both_kinds_of_key_signed(self):
        for name in ("dev:web3", "software:web3"):
            key = self.key(name, "chain:solana")
            made = [json.loads(line) for line in self.node("solana.mjs", "make", self.address(key))]
            answers = self.bulk(key, [{"transaction": item["transaction"]} for item in made])
            self.node("solana.mjs", "check", lines=[{"answer": answer} for answer in answers])


class CosmJs(Consumers):
    def test_decodes_and_verifies_what_both_kinds_of_key_signed(self):
        for name in ("dev:cosmjs", "software:cosmjs"):
            key = self.key(name, "chain:cosmos")
            info = self.home.json("key", "address", key)
            made = [json.loads(line) for line in self.node("cosmos.mjs", "make", info["public_key_base64"], info["address"])]
            answers = self.bulk(key, [{"transaction": item["document"]} for item in made])
            self.node("cosmos.mjs", "check",
                      lines=[{"answer": a, "document": i["document"], "public_key": info["public_key_base64"]} for a, i in zip(answers, made)])


class Node:
    """anvil, a real Ethereum node, on a port of its own choice."""

    def __init__(self, packages):
        self.process = subprocess.Popen(["node", "node_modules/@foundry-rs/anvil/bin.mjs", "--port", "0", "--hardfork", "prague", "--no-mining"], cwd=packages,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean_environment(NO_COLOR="1"))
        for line in self.process.stdout:
            if found := re.search(r"Listening on ([0-9.]+:\d+)", line):
                self.url = "http://" + found.group(1)
                return
        raise AssertionError("anvil did not start")

    def call(self, method, *parameters):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer = json.load(response)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return answer["result"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()


class Anvil(Consumers):
    """Transactions of every type, signed by a key in the token, are mined by a real node and do what they say."""

    def setUp(self):
        super().setUp()
        self.chain = Node(self.packages)
        self.addCleanup(self.chain.stop)
        self.signer = self.key("dev:anvil", "chain:evm")
        self.from_ = self.address(self.signer)
        self.chain.call("anvil_setBalance", self.from_, hex(10**21))
        self.nonce = 0

    def send(self, **fields):
        fields = {"chainId": 31337, "nonce": self.nonce, "gas": hex(300_000), **fields}
        self.nonce += 1
        done = json.loads(self.home.ok("tx", "sign", "--chain", "evm", "--key", self.signer, "--yes", input=json.dumps(fields).encode()))
        self.assertEqual(self.chain.call("eth_sendRawTransaction", done["raw"]), done["hash"])
        self.chain.call("evm_mine")
        receipt = self.chain.call("eth_getTransactionReceipt", done["hash"])
        self.assertEqual((receipt["status"], receipt["from"]), ("0x1", self.from_.lower()))
        return receipt

    def test_every_type_is_mined(self):
        before = int(self.chain.call("eth_getBalance", RECIPIENT, "latest"), 16)
        price = {"gasPrice": hex(3 * 10**9)}
        fees = {"maxFeePerGas": hex(3 * 10**9), "maxPriorityFeePerGas": "0x1"}
        access = {"accessList": [{"address": RECIPIENT, "storageKeys": ["0x" + "00" * 32]}]}
        types = [self.send(to=RECIPIENT, value=hex(10**15), **price)["type"],
                 self.send(type="0x1", to=RECIPIENT, value=hex(10**15), **price, **access)["type"],
                 self.send(type="0x2", to=RECIPIENT, value=hex(10**15), **fees, **access)["type"]]
        nothing = "0xc0" + "00" * 47  # the commitment to a blob of zeros, and its proof: the point at infinity
        types.append(self.send(type="0x3", to=RECIPIENT, value=hex(10**15), maxFeePerBlobGas=hex(10**9), **fees,
                               blobs=["0x" + "00" * 131072], commitments=[nothing], proofs=[nothing],
                               blobVersionedHashes=["0x01" + hashlib.sha256(bytes.fromhex(nothing[2:])).hexdigest()[2:]])["type"])
        authority = self.key("dev:authority", "chain:evm")
        authorisation = json.loads(self.home.ok(
            "message", "sign", "--scheme", "eip7702", "--key", authority, "--yes",
            input=json.dumps({"chainId": 31337, "address": RECIPIENT, "nonce": 0}).encode()))["authorization"]
        types.append(self.send(type="0x4", to=RECIPIENT, value=hex(10**15), authorizationList=[authorisation], **fees)["type"])
        self.assertEqual(types, ["0x0", "0x1", "0x2", "0x3", "0x4"])
        self.assertEqual(int(self.chain.call("eth_getBalance", RECIPIENT, "latest"), 16) - before, 5 * 10**15)
        code = self.chain.call("eth_getCode", self.address(authority), "latest")
        self.assertEqual(code, "0xef0100" + RECIPIENT[2:].lower(), "the authority's account has the code that it signed for")

    def test_a_contract_is_deployed_and_a_token_moves(self):
        # Returns the sum of its call data's first word and what is stored, and stores it: enough to see that a call arrives.
        runtime = "600035600054018060005560005260206000f3"
        init = "60" + f"{len(runtime) // 2:02x}" + "600c60003960" + f"{len(runtime) // 2:02x}" + "6000f3" + runtime
        fees = {"maxFeePerGas": hex(3 * 10**9), "maxPriorityFeePerGas": "0x1"}
        contract = self.send(data="0x" + init, **fees)["contractAddress"]
        self.assertEqual(self.chain.call("eth_getCode", contract, "latest"), "0x" + runtime)
        self.send(to=contract, data="0x" + "00" * 31 + "2a", **fees)
        self.assertEqual(int(self.chain.call("eth_getStorageAt", contract, "0x0", "latest"), 16), 42)


del Consumers  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
