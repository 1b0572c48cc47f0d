#include "base/log.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace custos {
namespace {

static_assert(log::Printable<std::string_view> && log::Printable<int>);
static_assert(!log::Printable<SecretBytes> && !log::Printable<SecretBytes&> && !log::Printable<const SecretBytes&>);
static_assert(!log::Printable<ByteView> && !log::Printable<Bytes> && !log::Printable<Bytes&> && !log::Printable<Digest32>,
              "raw bytes may be secret, so that they are not logged either");

class Log : public ::testing::Test {
 protected:
  using Line = std::pair<LogLevel, std::string>;
  void TearDown() override { set_log_sink({}); }
  void listen(LogLevel least) {
    set_log_sink([this](LogLevel level, std::string_view line) { lines_.emplace_back(level, line); }, least);
  }
  std::vector<Line> lines_;
};

TEST_F(Log, IsSilentWithoutASink) {
  log::warning("nobody hears {}", "this");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(Log, GivesTheSinkFormattedLinesWithTheirLevel) {
  listen(LogLevel::debug);
  log::info("token {} has {} sessions", "dev", 3);
  log::warning("{}", "{not a format}");
  EXPECT_EQ(lines_, (std::vector<Line>{{LogLevel::info, "token dev has 3 sessions"}, {LogLevel::warning, "{not a format}"}}));
}

TEST_F(Log, LeavesOutWhatIsBelowTheLevel) {
  const std::array levels{LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error};
  for (const auto least : levels) {
    lines_.clear();
    listen(least);
    for (const auto level : levels) log::write(level, "line");
    EXPECT_EQ(lines_.size(), levels.size() - static_cast<std::size_t>(least));
    for (const auto& [level, line] : lines_) EXPECT_GE(level, least);
  }
}

TEST_F(Log, FallsSilentWhenTheSinkIsTakenAway) {
  listen(LogLevel::debug);
  set_log_sink({});
  log::warning("too late");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(Log, NeverReceivesASecretThatIsHandled) {
  constexpr std::string_view kSecret = "correct horse battery staple";
  listen(LogLevel::debug);
  auto secret = SecretBytes::copy_of(as_bytes(kSecret));
  ASSERT_TRUE(secret);
  auto clone = secret->clone();
  ASSERT_TRUE(clone);
  clone->truncate(7);
  secret->wipe();
  log::info("a secret of {} bytes was handled", kSecret.size());
  ASSERT_FALSE(lines_.empty());
  for (const auto& [level, line] : lines_) EXPECT_EQ(line.find("correct"), std::string::npos) << line;
}

}  // namespace
}  // namespace custos
