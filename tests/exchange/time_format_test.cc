#include "exchange/time_format.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "exchange/request_time.h"

namespace custos::exchange {
namespace {

std::string written(TimeFormat format, std::int64_t time_ms) {
  std::array<char, 64> buffer;
  BoundedWriter out(buffer);
  append_time(format, time_ms, out);
  return std::string(out.written());
}

TEST(TimeFormat, WritesAMomentInEveryForm) {
  constexpr std::int64_t kMoment = 1'607'418'537'715;
  EXPECT_EQ(written(TimeFormat::none, kMoment), "");
  EXPECT_EQ(written(TimeFormat::ms, kMoment), "1607418537715");
  EXPECT_EQ(written(TimeFormat::s, kMoment), "1607418537");
  EXPECT_EQ(written(TimeFormat::us, kMoment), "1607418537715000");
  EXPECT_EQ(written(TimeFormat::iso_ms, kMoment), "2020-12-08T09:08:57.715Z");
  EXPECT_EQ(written(TimeFormat::iso_s, kMoment), "2020-12-08T09:08:57");
  EXPECT_EQ(written(TimeFormat::fix_ms, kMoment), "20201208-09:08:57.715");
}

TEST(TimeFormat, WritesTheEndsOfItsRange) {
  EXPECT_EQ(written(TimeFormat::iso_ms, 0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(written(TimeFormat::iso_ms, 253'402'300'799'999), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(written(TimeFormat::iso_s, 951'782'400'000), "2000-02-29T00:00:00");
}

TEST(RequestTime, GuessesAtTimestampsInSeconds) {
  constexpr std::int64_t kNow = 1'700'000'000'000;
  EXPECT_NE(unit_warning(1'700'000'000, kNow).find("seconds"), std::string_view::npos);
  EXPECT_EQ(unit_warning(kNow, kNow), "");
  EXPECT_EQ(unit_warning(kNow - 60'000, kNow), "");
  EXPECT_EQ(unit_warning(1'499'827'319'559, kNow), "");  // an old one, as documented vectors have
  EXPECT_EQ(unit_warning(0, kNow), "");
}

}  // namespace
}  // namespace custos::exchange
