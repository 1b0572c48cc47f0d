#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "custos/result.h"

namespace custos {
namespace {

constexpr int kCodes = static_cast<int>(Errc::internal) + 1;
constexpr int kOrigins = static_cast<int>(Origin::system) + 1;

TEST(Errc, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code < kCodes; ++code) names.insert(to_string(static_cast<Errc>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kCodes));
}

TEST(Errc, EveryOriginHasItsOwnName) {
  std::set<std::string_view> names;
  for (int origin = 0; origin < kOrigins; ++origin) names.insert(to_string(static_cast<Origin>(origin)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kOrigins));
}

TEST(Errc, ExitStatusFollowsTheCommandLineContract) {
  const std::pair<Errc, int> contract[] = {{Errc::ok, 0},
                                           {Errc::bad_input, 2},
                                           {Errc::not_found, 2},
                                           {Errc::already_exists, 2},
                                           {Errc::refused, 3},
                                           {Errc::revoked, 3},
                                           {Errc::device_gone, 4},
                                           {Errc::busy, 4},
                                           {Errc::deadline_exceeded, 4},
                                           {Errc::authentication, 5},
                                           {Errc::needs_approval, 6},
                                           {Errc::integrity, 7},
                                           {Errc::system, 1},
                                           {Errc::internal, 1}};
  EXPECT_EQ(std::size(contract), static_cast<std::size_t>(kCodes));
  for (const auto& [code, status] : contract) EXPECT_EQ(exit_status(code), status) << to_string(code);
}

}  // namespace
}  // namespace custos
