"""custos backup: out of a home, through a file, into a home."""

import json
import os
import pty
import random
import re
import shutil
import signal
import subprocess
import time
import unittest
from pathlib import Path

from harness import (API_KEY, AUTHENTICATION, BAD_USAGE, CUSTOS, DONE, INTEGRITY, ORDER_SIGNATURE, PATIENCE, SECRET, Home,
                     HomeTest, clean_environment, mac, open_environment, stop_at_exec)

PASSPHRASE = b"tulip-94-anchor-viola"


class BackupTest(HomeTest):
    def setUp(self):
        super().setUp()
        self.file = self.folder / "home.backup"

    def create(self, home=None, *more):
        return (home or self.home).json("backup", "create", str(self.file), "--passphrase-stdin", *more, input=PASSPHRASE)

    def verify(self, passphrase=PASSPHRASE):
        return self.home.run("backup", "verify", str(self.file), "--passphrase-stdin", input=passphrase)

    def restore(self, home, *more, passphrase=PASSPHRASE):
        return home.run("backup", "restore", str(self.file), "--passphrase-stdin", *more, input=passphrase)

    def assert_restores(self, home, *more):
        done = self.restore(home, *more, "--json")
        self.assertEqual(done.returncode, DONE, done.stderr.decode())
        return json.loads(done.stdout)

    def assert_signs_order(self, home, credential="main"):
        self.assertEqual(self.assert_signs(home.sign_order(credential))["signature"], ORDER_SIGNATURE)

    def copy_of(self, name, *parts):
        """A new folder that holds only these parts of the home."""
        home = Home(self.folder / name)
        home.path.mkdir(0o700)
        for part in parts:
            shutil.copytree(self.home.path / part, home.path / part)
        return home

    def add_software_credential(self, home=None, name="soft"):
        return (home or self.home).add_credential(name, "--custody", "software")


class Whole(BackupTest):
    def test_create_verify_and_restore_tell_the_same_manifest(self):
        made = self.create()
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o600)
        verified = self.home.json("backup", "verify", str(self.file), "--passphrase-stdin", input=PASSPHRASE)
        self.assertEqual(verified, made)
        report = self.assert_restores(Home(self.folder / "new"))
        self.assertEqual(report["manifest"], made)
        self.assertEqual(report["lost"], ["dev:main"])

    def test_a_person_reads_what_is_inside_and_what_is_not(self):
        self.add_software_credential()
        self.create()
        shown = self.verify().stdout.decode()
        for words in ("is whole", "registry.db", "NOT inside", "the PIN of token dev", "the passphrase of the software keystore",
                      "no: only in its device", "yes, with the keystore's passphrase"):
            self.assertIn(words, shown)

    def test_software_keys_sign_the_same_on_another_machine_that_has_the_passphrase(self):
        self.add_software_credential()
        self.create()
        home = self.copy_of("new")
        (home.path / "pin").mkdir(0o700)
        shutil.copy(self.home.path / "pin" / "keystore", home.path / "pin" / "keystore")
        report = self.assert_restores(home)
        self.assertEqual(report["lost"], ["dev:main"])
        self.assert_signs_order(home, "soft")
        self.assertEqual([check["finding"] for check in json.loads(home.run("doctor", "--json").stdout) if check["verdict"] == "FAIL"],
                         ["key dev:main is not in its token"])

    def test_a_home_without_a_token_comes_back_with_its_passphrase(self):
        bare = Home(self.folder / "bare")
        bare.ok("init", "--custody", "software")
        self.add_software_credential(bare)
        self.create(bare)
        home = Home(self.folder / "new")
        self.assert_fails(self.restore(home), AUTHENTICATION, "is not sealed yet", "pin/keystore", "backup restore")
        self.assert_fails(home.run("credential", "list"), INTEGRITY, "is not finished")
        (home.path / "pin").mkdir(0o700, exist_ok=True)
        shutil.copy(bare.path / "pin" / "keystore", home.path / "pin" / "keystore")
        self.assertEqual(self.assert_restores(home)["lost"], [])
        self.assert_signs_order(home, "soft")

    def test_sealed_keys_come_back_while_their_token_is_there(self):
        self.home.ok("key", "generate", "dev:wrap", "--purpose", "seal", "--algorithm", "aes-256")
        self.add_software_credential()
        self.home.ok("key", "seal", "software:soft", "--under", "dev:wrap")
        made = self.create()
        self.assertEqual([key["sealed_under"] for key in made["keys"] if key["name"] == "software:soft"], ["dev:wrap"])
        home = self.copy_of("new", "tokens", "pin")
        (home.path / "pin" / "keystore").unlink()  # not needed
        self.assertEqual(self.assert_restores(home)["lost"], [])
        self.assert_signs_order(home, "soft")
        self.assert_signs_order(home)

    def test_sealed_keys_whose_token_is_lost_are_named(self):
        self.home.ok("key", "generate", "dev:wrap", "--purpose", "seal", "--algorithm", "aes-256")
        self.add_software_credential()
        self.home.ok("key", "seal", "software:soft", "--under", "dev:wrap")
        self.create()
        self.assertEqual(self.assert_restores(Home(self.folder / "new"))["lost"], ["dev:main", "dev:wrap", "software:soft"])

    def test_a_device_credential_is_refused_after_its_token_is_lost_and_can_get_a_new_key(self):
        self.create()
        home = Home(self.folder / "new")
        self.assert_restores(home)
        self.assertNotEqual(home.sign_order().returncode, DONE)
        home.ok("key", "destroy", "dev:main", "--yes")
        home.ok("key", "import", "dev:again", "--purpose", "venue:binance", "--secret-stdin", input=SECRET)
        home.json("credential", "set", "main", "--key", "dev:again")
        self.assert_signs_order(home)
        self.assertEqual(home.run("doctor").returncode, DONE)


class Standing(BackupTest):
    def setUp(self):
        super().setUp()
        self.create()
        self.home.json("credential", "revoke", "main", "trade")

    def test_without_a_terminal_it_is_refused(self):
        before = (self.home.path / "registry.db").read_bytes()
        self.assert_fails(self.restore(self.home), BAD_USAGE, "is a home already", "--yes")
        self.assertEqual((self.home.path / "registry.db").read_bytes(), before)

    def test_yes_restores_and_keeps_what_stood(self):
        report = self.assert_restores(self.home, "--yes")
        self.assertTrue((Path(report["kept_aside"]) / "registry.db").exists())
        self.assert_signs_order(self.home)
        self.assertEqual(self.home.run("doctor").returncode, DONE)

    def test_a_person_is_asked(self):
        shown, status = self.on_terminal([b"yes\n"])
        self.assertEqual(status, DONE, shown)
        self.assertIn(b"is a home already", shown)
        self.assertNotIn(PASSPHRASE, shown)
        self.assert_signs_order(self.home)

    def test_a_person_who_does_not_say_yes_changes_nothing(self):
        shown, status = self.on_terminal([b"y\n"])
        self.assertEqual(status, BAD_USAGE, shown)
        self.assertIn(b"nothing was restored", shown)
        self.assertNotEqual(self.home.sign_order().returncode, DONE)

    def on_terminal(self, answers):
        """Restores at a terminal, types the passphrase, then each of `answers` at the next question."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(CUSTOS, [CUSTOS, "--home", str(self.home.path), "backup", "restore", str(self.file)], clean_environment())
        shown, left = b"", [(b"passphrase of the backup: ", PASSPHRASE + b"\n"), (b"to go on: ", answers[0])]
        while True:
            try:
                chunk = os.read(terminal, 4096)
            except OSError:  # the child has closed its side
                break
            shown += chunk
            if left and left[0][0] in shown:
                os.write(terminal, left.pop(0)[1])
        os.close(terminal)
        return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class BadFiles(BackupTest):
    def test_an_existing_file_is_never_overwritten(self):
        self.file.write_bytes(b"mine")
        done = self.home.run("backup", "create", str(self.file), "--passphrase-stdin", input=PASSPHRASE)
        self.assert_fails(done, BAD_USAGE, "already")
        self.assertEqual(self.file.read_bytes(), b"mine")

    def test_a_wrong_passphrase_and_a_changed_header_read_the_same(self):
        self.create()
        self.assert_fails(self.verify(b"tulip-94-anchor-violb"), AUTHENTICATION, "does not open: the passphrase is wrong, or its header")
        whole = self.file.read_bytes()
        for at in (40, 60):  # in the salt, in the stream's header
            self.file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            self.assert_fails(self.verify(), AUTHENTICATION, "does not open: the passphrase is wrong, or its header")

    def test_torn_changed_and_foreign_files_are_named(self):
        self.create()
        whole = self.file.read_bytes()
        for content, words in ((whole[:-1], "torn"), (whole[:40], "torn"), (b"", "is empty"), (b"PK\x03\x04" + whole[4:], "not a backup"),
                               (whole[:19] + b"\x09" + whole[20:], "newer Custos"),
                               (whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:], "was changed")):
            self.file.write_bytes(content)
            self.assert_fails(self.verify(), INTEGRITY, str(self.file), words)
        self.file.unlink()
        self.assert_fails(self.verify(), BAD_USAGE, str(self.file))

    def test_an_edited_registry_is_not_backed_up(self):
        self.home.edit_registry("UPDATE credentials SET grants = 'read,trade,withdraw'")
        done = self.home.run("backup", "create", str(self.file), "--passphrase-stdin", input=PASSPHRASE)
        self.assert_fails(done, INTEGRITY, "main")
        self.assertFalse(self.file.exists())

    def test_what_cannot_be_proved_is_not_backed_up(self):
        (self.home.path / "pin" / "dev").rename(self.folder / "pin")
        done = self.home.run("backup", "create", str(self.file), "--passphrase-stdin", input=PASSPHRASE)
        self.assert_fails(done, AUTHENTICATION, "PIN of token dev")
        self.assertFalse(self.file.exists())

    def test_an_empty_passphrase_is_refused(self):
        self.assert_fails(self.home.run("backup", "create", str(self.file), "--passphrase-stdin", input=b"\n"), BAD_USAGE, "empty")

    def test_a_weak_passphrase_is_warned_of(self):
        done = self.home.run("backup", "create", str(self.file), "--passphrase-stdin", input=b"short")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn(b"warning", done.stderr)

    def test_nothing_secret_is_in_the_file_the_outputs_the_command_line_or_the_environment(self):
        self.add_software_credential()
        command = [CUSTOS, "backup", "create", str(self.file), "--passphrase-env", "MY_PASSPHRASE", "-v", "--home", str(self.home.path)]
        child = subprocess.Popen(command, env=clean_environment(MY_PASSPHRASE=PASSPHRASE.decode()), preexec_fn=stop_at_exec,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with open_environment(child.pid) as environment:
            seen = [Path(f"/proc/{child.pid}/cmdline").read_bytes()]
            while not self.file.exists() and child.poll() is None:
                time.sleep(0)
            seen.append(environment.read())
        seen += child.communicate(timeout=PATIENCE)
        self.assertEqual(child.returncode, DONE, seen)
        seen += [self.verify().stdout, self.file.read_bytes()]
        for text in seen:
            for secret in (PASSPHRASE, SECRET, self.home.pin(), (self.home.path / "pin" / "keystore").read_bytes().strip()):
                self.assertNotIn(secret, text)
        self.assertNotIn(API_KEY.encode(), self.file.read_bytes())


class Documentation(BackupTest):
    def test_the_drill_works_as_typed(self):
        guide = Path(__file__).parent.parent.parent / "docs" / "backup-and-recovery.md"
        script = "\n".join(re.findall(r"```sh\n(.*?)```", guide.read_text(), re.DOTALL))
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "custos").symlink_to(Path(CUSTOS).resolve())
        environment = clean_environment(TMPDIR=str(self.folder))
        environment["PATH"] = f"{self.folder / 'bin'}:{environment['PATH']}"
        done = subprocess.run(["bash", "-ec", script], capture_output=True, timeout=PATIENCE, env=environment)
        self.assertEqual(done.returncode, DONE, done.stderr.decode())
        signatures = re.findall(r'"signature":"([0-9a-f]{64})"', done.stdout.decode())
        self.assertEqual(signatures, [mac("timestamp=1578963600000")] * 2)


class Killed(BackupTest):
    ROUNDS = 12

    def test_a_restore_that_was_killed_at_any_time_says_so_and_can_be_done_again(self):
        self.create()
        began = time.monotonic()
        self.assert_restores(self.home, "--yes")
        took = time.monotonic() - began
        dice = random.Random(4)
        unfinished = 0
        for _ in range(self.ROUNDS):
            self.home.json("credential", "revoke", "main", "trade")
            child = subprocess.Popen([CUSTOS, "backup", "restore", str(self.file), "--passphrase-stdin", "--yes", "--home",
                                      str(self.home.path)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                     env=clean_environment())
            child.stdin.write(PASSPHRASE)
            child.stdin.close()
            # Most of the time goes into the passphrase; what matters comes after that.
            while not (self.home.path / "restoring").exists() and child.poll() is None:
                time.sleep(0)
            time.sleep(dice.random() * took / 3)
            child.send_signal(signal.SIGKILL)
            child.wait()
            listed = self.home.run("credential", "list")
            if listed.returncode != DONE:
                unfinished += 1
                self.assert_fails(listed, INTEGRITY, "is not finished")
                self.assert_restores(self.home)  # without --yes: it goes on
            self.assert_signs_order(self.home)
            self.assertEqual(self.home.run("doctor").returncode, DONE)
        self.assertGreater(unfinished, 0, "no round was killed in the middle: the test shows nothing")


if __name__ == "__main__":
    unittest.main()
