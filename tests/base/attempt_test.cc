#include "base/attempt.h"

#include <gtest/gtest.h>

#include <new>

namespace custos {
namespace {

TEST(Attempt, DropsWhatIsThrownAndGoesOn) {
  int done = 0;
  attempt([&] {
    ++done;
    throw std::bad_alloc();
  });
  attempt([&] { ++done; });
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace custos
