"""Where secrets come from, and that they go nowhere else."""

import os
import pty
import unittest
from pathlib import Path

from harness import (API_KEY, BAD_USAGE, CUSTOS, DONE, REFUSED, SECRET, HomeTest, account_request, clean_environment, mac,
                     open_environment, stop_at_exec)

STRIPPED = b"one trailing newline was stripped"


class SecretSources(HomeTest):
    def setUp(self):
        super().setUp()
        self.bare = self.new_home()

    def add(self, *source, **options):
        return self.bare.run("credential", "add", "main", "--venue", "binance", "--api-key", API_KEY, *source, **options)

    def assert_secret_is(self, secret):
        answer = self.assert_signs(self.bare.sign_account("main", "--timestamp-ms", "1578963600000"))
        self.assertEqual(answer["signature"], mac("timestamp=1578963600000", secret))

    def test_standard_input(self):
        done = self.add("--secret-stdin", input=SECRET)
        self.assertEqual((done.returncode, done.stderr), (DONE, b""))
        self.assert_secret_is(SECRET)

    def test_one_trailing_newline_is_stripped_with_a_notice(self):
        for end in (b"\n", b"\r\n"):
            done = self.add("--secret-stdin", input=SECRET + end)
            self.assertEqual(done.returncode, DONE, done.stderr)
            self.assertIn(STRIPPED, done.stderr)
            self.assertNotIn(b"kept", done.stderr)
            self.assert_secret_is(SECRET)
            self.bare.ok("credential", "remove", "main")
            self.bare.ok("key", "destroy", "dev:main", "--yes")

    def test_of_two_trailing_newlines_one_stays_and_the_notice_says_so(self):
        done = self.add("--secret-stdin", input=SECRET + b"\n\n")
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertIn(STRIPPED, done.stderr)
        self.assertIn(b"kept", done.stderr)
        self.assert_secret_is(SECRET + b"\n")

    def test_private_file(self):
        file = self.folder / "secret"
        file.write_bytes(SECRET + b"\n")
        file.chmod(0o600)
        self.assertEqual(self.add("--secret-file", str(file)).returncode, DONE)
        self.assert_secret_is(SECRET)

    def test_a_file_that_others_may_read_is_refused(self):
        file = self.folder / "secret"
        file.write_bytes(SECRET)
        for mode in (0o644, 0o640, 0o602):
            file.chmod(mode)
            self.assert_fails(self.add("--secret-file", str(file)), REFUSED, "chmod 600")
        self.assertEqual(self.bare.json("credential", "list"), [])

    def test_only_a_regular_file_that_exists_is_read(self):
        self.assert_fails(self.add("--secret-file", str(self.folder / "none")), BAD_USAGE, "none")
        self.assert_fails(self.add("--secret-file", str(self.folder)), BAD_USAGE, "regular file")
        pipe = self.folder / "pipe"
        os.mkfifo(pipe, 0o600)
        self.assert_fails(self.add("--secret-file", str(pipe)), BAD_USAGE, "regular file")

    def test_environment_variable(self):
        done = self.add("--secret-env", "MY_SECRET", environment={"MY_SECRET": SECRET.decode()})
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assert_secret_is(SECRET)
        self.assert_fails(self.add("--secret-env", "MY_SECRET"), BAD_USAGE, "MY_SECRET")

    def test_environment_variable_is_wiped_before_anything_else_is_done(self):
        pin = self.bare.pin()
        self.bare.edit_config(lambda text: text.replace('pin_file = "pin/dev"', "pin_prompt = true"))

        def look(environment):  # while the tool waits for the PIN, it has read the secret
            seen = environment.read()
            self.assertIn(b"MY_SECRET", seen)
            self.assertNotIn(SECRET, seen)

        self.talk_on_terminal(["credential", "add", "main", "--venue", "binance", "--api-key", "k", "--secret-env", "MY_SECRET"],
                              "PIN of token dev", pin + b"\n", look=look, environment={"MY_SECRET": SECRET.decode()})

    def test_file_descriptor(self):
        reading, writing = os.pipe()
        os.write(writing, SECRET)
        os.close(writing)
        done = self.add("--secret-fd", str(reading), pass_fds=[reading])
        os.close(reading)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assert_secret_is(SECRET)

    def test_a_descriptor_that_is_not_open_is_bad_usage(self):
        for number in ("97", "-1", "99999999999"):
            self.assert_fails(self.add("--secret-fd=" + number), BAD_USAGE, number)

    def test_hexadecimal(self):
        def import_hex(text):
            return self.bare.run("key", "import", "dev:hex", "--purpose", "venue:binance", "--raw-hex-stdin", input=text)

        self.assert_fails(import_hex(b"abc"), BAD_USAGE, "odd")
        self.assert_fails(import_hex(b"0xab"), BAD_USAGE, "hexadecimal")
        raw = bytes(range(0, 250, 5))
        self.assertEqual(import_hex(raw.hex().upper().encode() + b"\n").returncode, DONE)
        self.bare.ok("credential", "add", "main", "--venue", "binance", "--api-key", "k", "--key", "dev:hex")
        self.assert_secret_is(raw)

    def test_exactly_one_source(self):
        self.assert_fails(self.add(), BAD_USAGE, "--secret-stdin", "--secret-fd")
        self.assert_fails(self.add("--secret-stdin", "--secret-env", "X"), BAD_USAGE, "exactly one")

    def test_a_terminal_is_asked_without_echo(self):
        shown = self.talk_on_terminal(["credential", "add", "main", "--venue", "binance", "--api-key", "k"], "secret of credential main",
                                      b"wrong\x15" + SECRET + b"x\x7f\n")
        self.assertIn(b"approved", shown)
        self.assertNotIn(SECRET[:8], shown)
        self.assert_secret_is(SECRET)

    def test_a_pin_is_asked_for_without_echo(self):
        pin = self.bare.pin()
        self.add("--secret-stdin", input=SECRET)
        self.bare.edit_config(lambda text: text.replace('pin_file = "pin/dev"', "pin_prompt = true"))
        shown = self.talk_on_terminal(["request", "sign", "--credential", "main", "--method", "GET", "--path", "/api/v3/account"],
                                      "PIN of token dev", pin + b"\n")
        self.assertIn(b'"signature"', shown)
        self.assertNotIn(pin, shown)

    def test_a_prompt_can_be_interrupted_and_leaves_the_terminal_as_it_was(self):
        shown = self.talk_on_terminal(["credential", "add", "main", "--venue", "binance", "--api-key", "k"], "secret of credential main",
                                      b"half\x03", status=-2)
        self.assertNotIn(b"half", shown)

    def talk_on_terminal(self, arguments, question, answer, status=DONE, look=None, environment=None):
        """Runs the tool on a terminal of its own, types `answer` when `question` is shown, and gives all that was shown. Before that,
        `look` gets the tool's open /proc/PID/environ."""
        child, terminal = pty.fork()
        if child == 0:
            if look:
                stop_at_exec()
            os.execve(CUSTOS, [CUSTOS, "--home", str(self.bare.path), *arguments], clean_environment(**(environment or {})))
        environ = open_environment(child) if look else None
        shown, typed = b"", False
        while True:
            try:
                chunk = os.read(terminal, 4096)
            except OSError:  # the child has closed its side
                break
            if not chunk:
                break
            shown += chunk
            if not typed and (question + ": ").encode() in shown:
                if look:
                    with environ:
                        look(environ)
                os.write(terminal, answer)
                typed = True
        os.close(terminal)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self.assertEqual(ended, status, shown)
        return shown


class SecretSizes(HomeTest):
    def import_secret(self, secret):
        return self.new_home().run("key", "import", "dev:k", "--purpose", "venue:binance", "--secret-stdin", input=secret)

    def test_an_empty_secret_is_bad_input(self):
        self.assert_fails(self.import_secret(b""), BAD_USAGE, "empty")

    def test_a_lone_newline_is_an_empty_secret(self):
        self.assert_fails(self.import_secret(b"\n"), BAD_USAGE, "empty")

    def test_short_and_long_secrets_sign_what_hmac_says(self):
        home = self.new_home()
        for secret in (b"x", b"y" * 31, b"z" * 32, b"q" * 64, b"w" * 65, bytes(range(256)) * 19 + b"five" * 34):
            name = f"s{len(secret)}"
            home.add_credential(name, secret=secret)
            answer = self.assert_signs(home.sign_account(name, "--timestamp-ms", "1578963600000"))
            self.assertEqual(answer["signature"], mac("timestamp=1578963600000", secret), name)
        self.assertEqual(len(bytes(range(256)) * 19 + b"five" * 34), 5000)

    def test_more_than_64_kib_is_bad_input(self):
        self.assert_fails(self.import_secret(b"a" * (64 * 1024 + 2)), BAD_USAGE, "64 KiB")


class NothingLeaks(HomeTest):
    def test_secret_and_pin_are_in_no_output_no_command_line_and_no_environment(self):
        home = self.home
        pin = home.pin()
        outputs = [home.run(*command) for command in (
            ["init"], ["doctor", "-v"], ["doctor", "--json"], ["token", "list", "-v"], ["token", "show", "dev", "--json"],
            ["key", "list"], ["key", "show", "dev:main", "--json", "-v"], ["credential", "show", "main", "--json"],
            ["credential", "list"], ["request", "sign", "--credential", "main", "--method", "GET", "--path", "/api/v3/account", "-v"],
            ["credential", "add", "main", "--venue", "binance", "--api-key", "k", "--secret-stdin"])]
        with home.conversation(preexec_fn=stop_at_exec) as talk, open_environment(talk.process.pid) as environment:
            talk.ask(account_request())
            seen = [Path(f"/proc/{talk.process.pid}/cmdline").read_bytes(), environment.read()]
            self.assertIn(b"PATH=", seen[1])
        seen += [part for done in outputs for part in (done.stdout, done.stderr)]
        for secret in (SECRET, SECRET.hex().encode(), pin, pin.hex().encode()):
            for text in seen:
                self.assertNotIn(secret, text)

    def test_nothing_in_the_home_holds_the_secret_in_plain(self):
        for path in self.home.path.rglob("*"):
            if path.is_file():
                self.assertNotIn(SECRET, path.read_bytes(), path)

    def test_the_process_cannot_be_dumped(self):
        with self.home.conversation() as talk:
            talk.ask(account_request())
            limits = Path(f"/proc/{talk.process.pid}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0 ")
            # A process that is not dumpable has its folder in /proc owned by root, whoever runs it.
            self.assertEqual(Path(f"/proc/{talk.process.pid}/mem").stat().st_uid, 0)
            if os.geteuid() != 0:
                with self.assertRaises(PermissionError):
                    Path(f"/proc/{talk.process.pid}/environ").read_bytes()


if __name__ == "__main__":
    unittest.main()
