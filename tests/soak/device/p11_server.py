"""A SoftHSM2 token behind a p11-kit server of its own, which can be killed, started again, stalled and resumed."""

import os
import signal
import subprocess
from pathlib import Path

PIN = "1234"


class P11Server:
    def __init__(self, name, folder, softhsm2):
        self.name, self.folder, self.softhsm2 = name, Path(folder), softhsm2
        self.socket = self.folder / "socket"
        self.state = "dead"  # or "up", "stalled"
        self.process = None
        (self.folder / "tokens").mkdir(parents=True)
        conf = self.folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
                        "slots.removable = false\n")
        self.environment = {**os.environ, "SOFTHSM2_CONF": str(conf)}
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", name, "--so-pin", "12345678", "--pin", PIN],
                       env=self.environment, check=True, capture_output=True)

    @property
    def address(self):
        return f"unix:path={self.socket}"

    def start(self):
        """Answers when the server listens. Each connection is a child of it, in its process group."""
        self.socket.unlink(missing_ok=True)
        self.process = subprocess.Popen(["p11-kit", "server", "--foreground", "--provider", self.softhsm2, "--name", self.socket,
                                         f"pkcs11:token={self.name}"], env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, start_new_session=True)
        self.process.stdout.readline()
        self.state = "up"

    def kill(self):
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.state = "dead"

    def stall(self):
        self._signal(signal.SIGSTOP)
        self.state = "stalled"

    def bring_back(self):
        if self.state == "stalled":
            self._signal(signal.SIGCONT)
            self.state = "up"
        elif self.state == "dead":
            self.start()

    def connections(self):
        return len(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split())

    def _signal(self, number):
        os.killpg(self.process.pid, number)
