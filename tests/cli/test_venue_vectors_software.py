"""Every venue's documented requests, signed by the same keys in the software keystore."""

import unittest

from venue_vectors import VenueVectors, add_tests


class InSoftware(VenueVectors):
    pass


add_tests(InSoftware, "software")
del VenueVectors  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
