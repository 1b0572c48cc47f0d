"""Random transactions signed by Custos and by the libraries that people use: the answers are the same (tools/vectors/compare-*.mjs)."""

import subprocess
import unittest
from pathlib import Path

from harness import CUSTOS, clean_environment
from npm_packages import installed_packages

COMPARISONS = Path(__file__).parent.parent.parent / "tools" / "vectors"


class Comparisons(unittest.TestCase):
    CASES_OF_A_KIND = 10

    @classmethod
    def setUpClass(cls):
        cls.packages = installed_packages()

    def compare(self, name, kinds):
        cases = str(kinds * self.CASES_OF_A_KIND)
        done = subprocess.run(["node", COMPARISONS / f"compare-{name}.mjs", CUSTOS, self.packages, "--cases", cases], capture_output=True,
                              text=True, env=clean_environment(), check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-4000:])
        print(name + "\n" + done.stdout)

    def test_ethereum_transactions_with_ethers(self):
        self.compare("ethers", kinds=7)

    def test_typed_data_with_ethers(self):
        self.compare("typed-data", kinds=1)

    def test_psbts_with_bitcoinjs_lib(self):
        self.compare("bitcoinjs", kinds=11)


if __name__ == "__main__":
    unittest.main()
