"""Registry rows edited behind Custos's back: nothing is prepared, and what was found is said."""

import shutil
import sqlite3
import unittest

from harness import INTEGRITY, REFUSED, HomeTest, account_request


class EditedRegistry(HomeTest):
    def setUp(self):
        super().setUp()
        self.home.add_credential("other", secret=b"another secret of this test")

    def assert_refuses(self, *words):
        done = self.home.sign_account()
        self.assert_fails(done, INTEGRITY, *words)
        checks = self.home.run("doctor")
        self.assertEqual(checks.returncode, INTEGRITY)
        self.assertIn(b"FAIL", checks.stdout)

    def test_an_edited_grant_is_found(self):
        self.home.edit_registry("UPDATE credentials SET grants = 'read,trade,withdraw' WHERE label = 'main'")
        self.assert_refuses("credential", "main")

    def test_an_edited_status_is_found(self):
        self.home.ok("credential", "disable", "main")
        self.home.edit_registry("UPDATE credentials SET status = 'approved', is_active = 1, reason = '' WHERE label = 'main'")
        self.assert_refuses("credential", "main")

    def test_an_edited_key_reference_is_found(self):
        self.home.edit_registry("UPDATE credential_versions SET key_id = (SELECT id FROM keys WHERE name = 'other') "
                                "WHERE key_id = (SELECT id FROM keys WHERE name = 'main')")
        self.assert_refuses()

    def test_an_edited_check_value_is_found(self):
        self.home.edit_registry("UPDATE keys SET check_value = zeroblob(16) WHERE name = 'main'")
        self.assert_refuses("key", "main")

    def test_an_edited_key_state_is_found(self):
        self.home.edit_registry("UPDATE keys SET state = 'suspended' WHERE name = 'main'")
        self.assert_refuses("key", "main")

    def test_an_edited_purpose_is_found(self):
        self.home.edit_registry("UPDATE keys SET purpose = 'venue:kucoin' WHERE name = 'main'")
        self.assert_refuses("key", "main")

    def test_an_edited_mode_is_found(self):
        self.home.edit_registry("UPDATE settings SET value = 'demo' WHERE name = 'mode'")
        self.assert_refuses()

    def test_a_planted_setting_does_not_do_away_with_the_mirror(self):
        self.home.edit_registry("INSERT INTO settings SELECT 'mirror', 'none', row_version, seal_alg, seal_key_id, seal "
                                "FROM settings WHERE name = 'mode'")
        self.assert_refuses()

    def test_swapped_rows_are_found(self):
        self.home.edit_registry("UPDATE credentials SET label = 'third' WHERE label = 'main'",
                                "UPDATE credentials SET label = 'main' WHERE label = 'other'",
                                "UPDATE credentials SET label = 'other' WHERE label = 'third'")
        self.assert_refuses("credential")

    def test_a_removed_row_is_found(self):
        self.home.edit_registry("DELETE FROM credential_versions WHERE credential_id = (SELECT id FROM credentials WHERE label = 'other')",
                                "DELETE FROM credentials WHERE label = 'other'")
        self.assert_refuses()

    def test_a_rewritten_event_is_found_by_the_doctor(self):
        self.home.edit_registry("UPDATE events SET actor = 'somebody else' WHERE seq = 2")
        self.assertEqual(self.home.run("doctor").returncode, INTEGRITY)
        self.assertEqual(self.home.run("credential", "grant", "main", "transfer").returncode, INTEGRITY)

    def test_listings_show_no_edited_row(self):
        self.home.edit_registry("UPDATE credentials SET grants = 'read,trade,transfer,withdraw'")
        for command in (("credential", "list"), ("credential", "show", "main"), ("key", "list")):
            self.assertEqual(self.home.run(*command).returncode, INTEGRITY, command)

    def test_an_old_copy_of_the_file_is_found(self):
        old = self.folder / "old.db"
        self.copy_registry(old)
        self.home.ok("credential", "revoke", "main", "trade")
        for name in ("registry.db", "registry.db-wal", "registry.db-shm"):
            (self.home.path / name).unlink(missing_ok=True)
        shutil.copyfile(old, self.home.path / "registry.db")
        (self.home.path / "registry.db").chmod(0o600)
        self.assert_refuses("old")

    def copy_registry(self, target):
        source, copy = sqlite3.connect(self.home.path / "registry.db"), sqlite3.connect(target)
        source.backup(copy)
        source.close()
        copy.close()

    def test_administration_refuses_an_edited_registry_too(self):
        self.home.edit_registry("UPDATE credentials SET grants = 'read,trade,withdraw' WHERE label = 'main'")
        self.assert_fails(self.home.run("credential", "grant", "main", "transfer"), INTEGRITY, "main")

    def test_an_edit_is_found_by_a_process_that_signs_at_its_next_preparation(self):
        with self.home.conversation() as talk:
            self.assertIn("signature", talk.ask(account_request()))
            self.home.edit_registry("UPDATE credentials SET grants = 'read,trade,withdraw' WHERE label = 'main'")
            self.home.run("credential", "disable", "other")
            answer = talk.ask({"credential": "main", "method": "POST", "path": "/sapi/v1/capital/withdraw/apply",
                               "params": [["coin", "BTC"], ["address", "x"], ["amount", "1"]]})
            self.assertIn("error", answer)

    def test_a_key_that_another_tool_replaced_is_found(self):
        # The token's object is exchanged under the same id: the check value tells.
        key = self.home.json("key", "show", "dev:main")
        number = key["id"].replace("-", "")
        self.home.pkcs11_tool("--delete-object", "--type", "secrkey", "--id", number)
        self.assert_fails(self.home.sign_account(), REFUSED, "no longer in its token")
        self.home.pkcs11_tool("--keygen", "--key-type", "GENERIC:32", "--id", number, "--label", "main#1", "--usage-sign",
                              "--sensitive", "--private")
        self.assert_fails(self.home.sign_account(), INTEGRITY, "main")


if __name__ == "__main__":
    unittest.main()
