#!/usr/bin/python3
"""Looks at signed transactions without Custos: parses them anew, hashes with pycryptodome and hashlib, verifies with OpenSSL.

    independent.py ethereum PUBLIC_KEY_PEM RAW_HEX ADDRESS      a signed EIP-1559 transaction, and whose it is
    independent.py psbt PUBLIC_KEY_PEM                          prints a PSBT that spends an output of the key (P2WPKH)
    independent.py bitcoin PUBLIC_KEY_PEM RAW_HEX               the network transaction made of that PSBT

Prints what it found; exit status 1 with the reason when something is not as it should be. For tools/quickstart.
"""

import base64
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from Cryptodome.Hash import keccak  # Debian: python3-pycryptodome

PARENT_VALUE, SENT = 100_000, 60_000  # satoshi
CHANGE = PARENT_VALUE - SENT - 1_000
RECIPIENT = bytes.fromhex("0014751e76e8199196d454941c45d1b3a323f1433bd6")  # BIP 173's example


def keccak256(data):
    return keccak.new(digest_bits=256, data=data).digest()


def sha256d(data):
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()


def hash160(data):
    return hashlib.new("ripemd160", hashlib.sha256(data).digest()).digest()


def require(condition, what):
    if not condition:
        sys.exit(f"independent.py: {what}")


def point(pem):
    """The public key's coordinates: 64 bytes."""
    der = base64.b64decode("".join(line for line in Path(pem).read_text().splitlines() if not line.startswith("-")))
    return der[-64:]


def compressed(pem):
    xy = point(pem)
    return bytes([2 + xy[63] % 2]) + xy[:32]


def verify(pem, digest, signature):
    """Asks OpenSSL whether `signature` (DER) is one of `digest` by the key."""
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "digest"), Path(folder, "signature")
        for file, data in zip(files, (digest, signature)):
            file.write_bytes(data)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", pem, "-in", files[0], "-sigfile", files[1]],
                              capture_output=True, text=True, check=False)
    require(done.returncode == 0, f"OpenSSL says: {done.stdout}{done.stderr}")


def der_signature(r, s):
    def integer(number):
        data = number.lstrip(b"\0") or b"\0"
        data = b"\0" + data if data[0] >= 0x80 else data
        return b"\x02" + bytes([len(data)]) + data

    body = integer(r) + integer(s)
    return b"\x30" + bytes([len(body)]) + body


def read_rlp(data):
    """The first item of `data` and what comes behind it."""
    first = data[0]
    if first < 0x80:
        return data[:1], data[1:]
    base = 0x80 if first < 0xC0 else 0xC0
    size, start = first - base, 1
    if size > 55:
        start += size - 55
        size = int.from_bytes(data[1:start], "big")
    body, rest = data[start:start + size], data[start + size:]
    if base == 0x80:
        return body, rest
    items = []
    while body:
        item, body = read_rlp(body)
        items.append(item)
    return items, rest


def write_rlp(item):
    if isinstance(item, bytes) and len(item) == 1 and item[0] < 0x80:
        return item
    base, body = (0x80, item) if isinstance(item, bytes) else (0xC0, b"".join(map(write_rlp, item)))
    if len(body) <= 55:
        return bytes([base + len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size + body


def ethereum(pem, raw, address):
    raw = bytes.fromhex(raw.removeprefix("0x"))
    require(raw[0] == 2, "not an EIP-1559 transaction")
    fields, rest = read_rlp(raw[1:])
    require(len(fields) == 12 and not rest, "not the 12 fields of EIP-1559")
    *unsigned, _, r, s = fields
    sender = keccak256(point(pem))[12:]
    require(sender.hex() == address.removeprefix("0x").lower(), f"the key's address is 0x{sender.hex()}")
    verify(pem, keccak256(b"\x02" + write_rlp(unsigned)), der_signature(r, s))
    chain, nonce, _, _, gas, to, value = unsigned[:7]
    print(f"0x{keccak256(raw).hex()}: chain {int.from_bytes(chain, 'big')}, nonce {int.from_bytes(nonce, 'big')}, "
          f"{int.from_bytes(value, 'big')} wei to 0x{to.hex()}, gas {int.from_bytes(gas, 'big')}; signed by 0x{sender.hex()}")


def variable(data):
    require(len(data) < 0xFD, "longer than these transactions are")
    return bytes([len(data)]) + data


def output(value, script):
    return value.to_bytes(8, "little") + variable(script)


def own_script(pem):
    return b"\x00\x14" + hash160(compressed(pem))


def transaction(inputs, outputs):
    return ((2).to_bytes(4, "little") + bytes([len(inputs)]) + b"".join(inputs) + bytes([len(outputs)]) + b"".join(outputs) +
            (0).to_bytes(4, "little"))


def unsigned_transaction(pem):
    parent = transaction([b"\x07" * 32 + bytes(4) + b"\0" + b"\xff" * 4], [output(PARENT_VALUE, own_script(pem))])
    spend = transaction([sha256d(parent) + bytes(4) + b"\0" + b"\xfd\xff\xff\xff"], [output(SENT, RECIPIENT), output(CHANGE, own_script(pem))])
    return parent, spend


def psbt(pem):
    parent, spend = unsigned_transaction(pem)
    parts = [b"psbt\xff", b"\x01\x00", variable(spend), b"\0", b"\x01\x00", variable(parent), b"\0", b"\0", b"\0"]
    print(base64.b64encode(b"".join(parts)).decode())


def bitcoin(pem, raw):
    raw = bytes.fromhex(raw)
    _, spend = unsigned_transaction(pem)
    body = spend[4:-4]
    require(raw[:6] == spend[:4] + b"\x00\x01" and raw[6:6 + len(body)] == body, "not the transaction that was asked for")
    witness = raw[6 + len(body):-4]
    require(witness[0] == 2, "not the two items of P2WPKH")
    signature = witness[2:2 + witness[1]]
    require(witness[2 + witness[1]:] == variable(compressed(pem)), "another public key in the witness")
    require(signature[-1] == 1, "not SIGHASH_ALL")
    outpoint, sequence, outputs = body[1:37], body[38:42], body[43:]
    preimage = (spend[:4] + sha256d(outpoint) + sha256d(sequence) + outpoint +                        # BIP 143
                b"\x19\x76\xa9\x14" + hash160(compressed(pem)) + b"\x88\xac" + PARENT_VALUE.to_bytes(8, "little") + sequence +
                sha256d(outputs) + spend[-4:] + (1).to_bytes(4, "little"))
    verify(pem, sha256d(preimage), signature[:-1])
    print(f"{sha256d(spend)[::-1].hex()}: {SENT} satoshi to {RECIPIENT.hex()}, {CHANGE} back, fee {PARENT_VALUE - SENT - CHANGE}; "
          f"signed by {compressed(pem).hex()}")


if __name__ == "__main__":
    commands = {"ethereum": (ethereum, 3), "psbt": (psbt, 1), "bitcoin": (bitcoin, 2)}
    command, count = commands.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if command is None or len(sys.argv) != 2 + count:
        sys.exit(__doc__)
    command(*sys.argv[2:])
