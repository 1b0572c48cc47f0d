"""Every venue's documented requests, signed by keys in a SoftHSM2 token."""

import json
import unittest

from venue_vectors import VECTORS, VenueVectors, add_tests


class InTheToken(VenueVectors):
    def test_there_is_a_file_for_every_venue(self):
        venues = json.loads(self.home.ok("venue", "list", "--json"))
        self.assertEqual({file.stem for file in VECTORS}, {venue["name"] for venue in venues})


add_tests(InTheToken, "device")
del VenueVectors  # has no tests of its own

if __name__ == "__main__":
    unittest.main()
