// Phemex joins path and query without a separator: a query must not read as more of the path.
#include <gtest/gtest.h>

#include "exchange/reason.h"
#include "exchange/venue_case.h"
#include "exchange/venues/venues.h"

namespace custos::exchange::testing {
namespace {

SignStatus canonicalise(const char* query) {
  const TestKey key(kPhemex, throwaway_credential(kPhemex));
  VenueCase made(kPhemex, key, {{"method", "GET"}, {"path", "/phemex-user/users/children"}, {"query", query}});
  return made.canonicalise();
}

TEST(PhemexPath, EndsBeforeTheQuery) {
  EXPECT_TRUE(canonicalise("offset=0&limit=20").ok());
  EXPECT_TRUE(canonicalise("offset=0&note=a/b").ok());
  for (const char* query : {"/transfer=1", "/transfer=1&amount=5", "s/transfer=1&amount=5"}) {
    EXPECT_EQ(static_cast<Reason>(canonicalise(query).native), Reason::parameter_unlisted) << query;
  }
}

}  // namespace
}  // namespace custos::exchange::testing
