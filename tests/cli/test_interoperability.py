"""Other tools on the same token: OpenSC sees the key and makes the same MAC, and its spy sees that we never ask for the key."""

import re
import unittest
from pathlib import Path

from harness import DONE, SECRET, HomeTest, account_request, mac

SPY = next((path for path in Path("/usr/lib").rglob("pkcs11-spy.so")), None)


class OpenSc(HomeTest):
    def test_pkcs11_tool_sees_the_key_and_that_it_cannot_leave(self):
        number = self.home.json("key", "show", "dev:main")["id"].replace("-", "")
        objects = re.split(r"(?m)^(?=Secret Key Object|Data object)", self.home.pkcs11_tool("--list-objects"))
        key, = (text for text in objects if number in text.replace(":", ""))
        self.assertIn("main#1", key)
        self.assertIn("sensitive", key)
        for more in ("extractable", "encrypt", "decrypt", "wrap", "derive"):
            self.assertNotIn(more, key)

    def test_a_mac_made_by_pkcs11_tool_on_the_same_key_equals_ours(self):
        number = self.home.json("key", "show", "dev:main")["id"].replace("-", "")
        message, signature = self.folder / "message", self.folder / "signature"
        message.write_bytes(b"timestamp=1578963600000")
        self.home.pkcs11_tool("--sign", "--mechanism", "SHA256-HMAC", "--id", number, "--input-file", str(message),
                              "--output-file", str(signature))
        ours = self.assert_signs(self.home.sign_account("main", "--timestamp-ms", "1578963600000"))["signature"]
        self.assertEqual(signature.read_bytes().hex(), ours)
        self.assertEqual(ours, mac("timestamp=1578963600000"))


class Spy(HomeTest):
    def test_a_whole_session_never_asks_for_the_key(self):
        self.assertIsNotNone(SPY, "OpenSC's pkcs11-spy.so is not installed: apt install opensc-pkcs11")
        home = self.new_home()
        log = self.folder / "spy.log"
        environment = {"PKCS11SPY": home.module(), "PKCS11SPY_OUTPUT": str(log)}
        home.edit_config(lambda text: text.replace(f'module = "{home.module()}"', f'module = "{SPY}"', 1))

        def run(*arguments, **options):
            return home.ok(*arguments, environment=environment, **options)

        run("credential", "add", "main", "--venue", "binance", "--api-key", "k", "--secret-stdin", input=SECRET)
        run("key", "generate", "dev:fresh", "--purpose", "venue:binance")
        run("key", "show", "dev:main")
        run("doctor")
        status, answers = home.jsonl([account_request(timestamp_ms=1578963600000 + i) for i in range(20)], environment=environment)
        self.assertEqual(status, DONE, answers)
        self.assertEqual(answers[0]["signature"], mac("timestamp=1578963600000"))
        run("key", "destroy", "dev:fresh", "--yes")

        text = log.read_text(errors="replace")
        calls = re.split(r"(?m)^(?=\d+: C_)", text)
        names = [re.match(r"\d+: (C_\w+)", call).group(1) for call in calls if re.match(r"\d+: C_", call)]
        self.assertIn("C_Sign", names)
        self.assertIn("C_CreateObject", names)
        self.assertEqual({"C_WrapKey", "C_GetObjectSize"} & set(names), set())
        for call in calls:
            if re.match(r"\d+: C_GetAttributeValue", call) and "CKO_DATA" not in call:
                asked = re.findall(r"CKA_\w+", call)
                for private in ("CKA_VALUE", "CKA_PRIVATE_EXPONENT", "CKA_PRIME_1", "CKA_PRIME_2"):
                    if private == "CKA_VALUE" and private in asked:
                        self.assert_is_our_data_object(call, calls)
                        continue
                    self.assertNotIn(private, asked, call)

    def assert_is_our_data_object(self, call, calls):
        """The registry's mirror is a data object, whose value is public to whoever is logged in; it must be what was read."""
        handle = re.search(r"hObject = (0x[0-9a-f]+|\d+)", call).group(1)
        session = re.search(r"hSession = (0x[0-9a-f]+|\d+)", call).group(1)
        before = calls[:calls.index(call)]
        found = next(other for other in reversed(before) if "C_FindObjects\n" in other and handle in other)
        search = next(other for other in reversed(calls[:calls.index(found)])
                      if "C_FindObjectsInit" in other and f"hSession = {session}" in other)
        self.assertIn("CKO_DATA", search, f"CKA_VALUE was asked of what is no data object: {call}")


if __name__ == "__main__":
    unittest.main()
