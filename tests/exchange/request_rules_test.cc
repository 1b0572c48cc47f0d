// The rules that venues share: request line, hosts, headers, times.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "exchange/caller_headers.h"
#include "exchange/host_choice.h"
#include "exchange/request_line.h"
#include "exchange/request_time.h"

namespace custos::exchange {
namespace {

constexpr std::array<Host, 3> kHosts{
    {{"live", "/api/", "a.example"}, {"live", "/api/", "b.example"}, {"live", "/sapi/", "s.example"}}};

TEST(RequestLine, KnowsFiveMethods) {
  for (const auto method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) EXPECT_EQ(known_method(method), method);
  for (const auto method : {"", "Get", "OPTIONS"}) EXPECT_EQ(known_method(method), "");
}

TEST(RequestLine, TakesPlainPaths) {
  for (const auto path : {"/", "/a", "/a/", "//a", "/a.b", "/...", "/a/.b", "/a,b;c:d@e!$&'()*+="})
    EXPECT_TRUE(is_plain_path(path)) << path;
}

TEST(RequestLine, RefusesOtherPaths) {
  for (const auto path :
       {"", "a", "/a?b", "/a#b", "/%61", "/a b", "/.", "/..", "/./a", "/a/../b", "/a/.", "/\x7f", "/\xC3\xB6", "/a\\b"}) {
    EXPECT_FALSE(is_plain_path(path)) << path;
  }
}

TEST(HostChoice, TakesTheFirstHostOfThePath) {
  EXPECT_EQ(choose_host(kHosts, "live", "/api/x", {}, "").host, "a.example");
  EXPECT_EQ(choose_host(kHosts, "live", "/sapi/x", {}, "").host, "s.example");
}

TEST(HostChoice, TakesAnotherHostOfThePathWhenAsked) {
  EXPECT_EQ(choose_host(kHosts, "live", "/api/x", {}, "b.example").host, "b.example");
  EXPECT_EQ(choose_host(kHosts, "live", "/api/x", {}, "s.example").refusal, Reason::host_foreign);
}

TEST(HostChoice, TakesARecordedHostForAnyPath) {
  const std::vector<std::string> extra{"127.0.0.1:8443"};
  EXPECT_EQ(choose_host(kHosts, "live", "/x", extra, "127.0.0.1:8443").host, "127.0.0.1:8443");
  EXPECT_EQ(choose_host(kHosts, "live", "/x", extra, "").refusal, Reason::host_unknown);
}

TEST(HostChoice, KnowsHostNames) {
  for (const auto host : {"a", "a.b-c.example", "127.0.0.1", "localhost:1", "XN--A"}) EXPECT_TRUE(is_host(host)) << host;
  EXPECT_FALSE(is_host(std::string(64, 'a')));
  EXPECT_FALSE(
      is_host(std::string(62, 'a') + "." + std::string(62, 'b') + "." + std::string(62, 'c') + "." + std::string(70, 'd')));
}

TEST(CallerHeaders, AreComparedWithoutCaseAndUnderscores) {
  EXPECT_TRUE(same_header("X-HTTP-Method", "x_http_METHOD"));
  EXPECT_FALSE(same_header("X-HTTP-Method", "X-HTTP-Methods"));
}

TEST(CallerHeaders, ValuesHoldVisibleAsciiAndSpacesAtEveryPlace) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string value(size, 'a');
      value[size / 2] = static_cast<char>(byte);
      EXPECT_EQ(is_header_value(value), byte >= ' ' && byte <= '~') << byte << " in " << size;
    }
  }
  EXPECT_TRUE(is_header_value(""));
}

TEST(CallerHeaders, LeaveOverflowToTheWriter) {
  Draft draft(0);
  std::array<char, 4> buffer;
  BoundedWriter out(buffer);
  const std::array<NameValue, 1> headers{{{"X-Trace", "1"}}};
  EXPECT_TRUE(append_caller_headers(headers, out, draft).ok());
  EXPECT_TRUE(out.overflowed());
  EXPECT_EQ(draft.header_count, 0U);
}

TEST(RequestTime, ReadsMillisecondsAndRoundsMicrosecondsUp) {
  EXPECT_EQ(parse_timestamp_ms("1700000000000"), 1700000000000);
  EXPECT_EQ(parse_timestamp_ms("1700000000000000"), 1700000000000);
  EXPECT_EQ(parse_timestamp_ms("1700000000000001"), 1700000000001);
  EXPECT_EQ(parse_timestamp_ms("1"), 1);
}

TEST(RequestTime, RefusesOtherTimestamps) {
  for (const auto text : {"", "0", "01", "17000000000000", "170000000000000", "17000000000000000", "+1", "1 ", "1e3", "0x1"}) {
    EXPECT_FALSE(parse_timestamp_ms(text)) << text;
  }
}

TEST(RequestTime, BoundsMilliseconds) {
  for (const auto text : {"0", "5000", "5000.1", "5000.125", "60000", "60000.0"})
    EXPECT_TRUE(is_milliseconds(text, 60'000)) << text;
  for (const auto text : {"", ".", "1.", ".1", "60000.001", "60001", "1.1234", "1.2.3", "-1", "9999999999999999999"}) {
    EXPECT_FALSE(is_milliseconds(text, 60'000)) << text;
  }
}

TEST(RequestTime, GuessesThatTenDigitsAreSeconds) {
  constexpr std::int64_t kNow = 1'700'000'000'000;
  for (const std::int64_t seconds : {1'000'000'000LL, 1'700'000'000LL, 9'999'999'999LL}) {
    EXPECT_NE(unit_warning(seconds, kNow), "") << seconds;
    EXPECT_EQ(unit_warning(seconds, seconds), "") << "the clock says so itself";
  }
  for (const std::int64_t ms : {1LL, 999'999'999LL, 10'000'000'000LL, 1'700'000'000'000LL}) {
    EXPECT_EQ(unit_warning(ms, kNow), "") << ms;
  }
}

}  // namespace
}  // namespace custos::exchange
