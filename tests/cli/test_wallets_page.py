"""docs/wallets.md: its commands are run in order, and answer what the page shows ("…" stands for anything)."""

import re
import subprocess
import unittest

from harness import CUSTOS, DATA, PATIENCE, SharedHomeTest, clean_environment

PAGE = DATA.parent.parent / "docs" / "wallets.md"


def files():
    """The files that the page shows: name and content."""
    return re.findall(r"```(?:json|text) (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)


def examples():
    """Each command of the page with the lines that are to follow it."""
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            command, *answer = part.rstrip("\n").split("\n")
            yield command, answer


class WalletsPage(SharedHomeTest):
    def test_its_commands_answer_what_it_shows(self):
        folder = self.shared_folder
        (folder / "custos").symlink_to(CUSTOS)
        for name, content in files():
            (folder / name).write_text(content)
        environment = clean_environment(CUSTOS_HOME=str(self.home.path))
        environment["PATH"] = f"{folder}:{environment['PATH']}"
        seen = 0
        for command, expected in examples():
            with self.subTest(command=command):
                done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE,
                                      check=False)
                said = done.stdout + done.stderr
                if expected and expected[0].startswith("custos: "):
                    self.assertEqual((done.returncode, done.stdout), (3, ""), said)
                else:
                    self.assertEqual(done.returncode, 0, said)
                pattern = "".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", "\n".join(expected)))
                self.assertRegex(said, re.compile(pattern, re.DOTALL))
                seen += 1
        self.assertGreaterEqual(seen, 19)


if __name__ == "__main__":
    unittest.main()
