"""test_wallet_comparisons.py with 10,000 transactions of each kind; about an hour of one processor."""

import unittest

import test_wallet_comparisons


class ManyComparisons(test_wallet_comparisons.Comparisons):
    CASES_OF_A_KIND = 10_000


if __name__ == "__main__":
    unittest.main(argv=["soak", "ManyComparisons"])
