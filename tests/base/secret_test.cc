#include "custos/secret.h"

#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>

#include "base/bytes.h"
#include "custos/log.h"
#include "support/sanitizers.h"

namespace custos {
namespace {

constexpr InsecureSecretAccess kAccess{};

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!fmt::is_formattable<SecretBytes>::value, "a secret cannot be formatted");
static_assert(!Streamable<SecretBytes>, "nor streamed");
static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>, "nor copied by accident");
static_assert(!std::is_convertible_v<SecretBytes, ByteView>, "nor read without naming InsecureSecretAccess");
static_assert(std::is_nothrow_move_constructible_v<SecretBytes> && std::is_nothrow_move_assignable_v<SecretBytes>);

SecretBytes secret_of(std::string_view text) { return *SecretBytes::copy_of(as_bytes(text)); }
std::string text_of(const SecretBytes& secret) { return std::string(as_text(secret.view(kAccess))); }

// flags_of gives the kernel's VmFlags of the mapping that holds `address` (proc(5), smaps).
std::string flags_of(const void* address) {
  std::ifstream smaps("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(smaps, line);) {
    unsigned long from = 0;
    unsigned long to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &from, &to) == 2) {
      const auto at = reinterpret_cast<unsigned long>(address);
      inside = from <= at && at < to;
    } else if (inside && line.starts_with("VmFlags:")) {
      return line + ' ';
    }
  }
  return {};
}

TEST(SecretBytes, StartsEmptyAndTakesACopy) {
  EXPECT_TRUE(SecretBytes().empty());
  EXPECT_EQ(text_of(secret_of("open sesame")), "open sesame");
  EXPECT_TRUE(secret_of("").empty());
}

TEST(SecretBytes, AllocatesZeroes) {
  const auto secret = SecretBytes::allocate(100);
  ASSERT_TRUE(secret);
  EXPECT_TRUE(std::ranges::all_of(secret->view(kAccess), [](auto byte) { return byte == 0; }));
}

TEST(SecretBytes, MovesWithoutLeavingACopy) {
  auto first = secret_of("first");
  const auto* place = first.view(kAccess).data();
  SecretBytes second(std::move(first));
  EXPECT_EQ(second.view(kAccess).data(), place);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): a moved-from secret is empty by contract

  auto third = secret_of("third");
  third = std::move(second);
  EXPECT_EQ(text_of(third), "first");
  EXPECT_TRUE(second.empty());  // NOLINT(bugprone-use-after-move)

  auto& same = third;
  third = std::move(same);
  EXPECT_EQ(text_of(third), "first") << "after a move onto itself";
}

TEST(SecretBytes, ClonesIntoMemoryOfItsOwn) {
  const auto secret = secret_of("twin");
  auto clone = secret.clone();
  ASSERT_TRUE(clone);
  EXPECT_TRUE(clone->equals(secret));
  clone->mutable_view(kAccess)[0] = 'x';
  EXPECT_EQ(text_of(secret), "twin");
}

TEST(SecretBytes, TruncateWipesTheRest) {
  auto secret = secret_of("0123456789");
  const auto whole = secret.view(kAccess);
  secret.truncate(4);
  EXPECT_EQ(text_of(secret), "0123");
  EXPECT_TRUE(std::ranges::all_of(whole.subspan(4), [](auto byte) { return byte == 0; }));
  secret.truncate(0);
  EXPECT_TRUE(secret.empty());
}

TEST(SecretBytes, EqualsComparesContentAndSize) {
  EXPECT_TRUE(secret_of("same").equals(secret_of("same")));
  EXPECT_FALSE(secret_of("same").equals(secret_of("sane")));
  EXPECT_FALSE(secret_of("same").equals(secret_of("sam")));
  EXPECT_TRUE(SecretBytes().equals(secret_of("")));
}

TEST(SecretBytes, LivesInMemoryThatCoreDumpsLeaveOut) {
  const auto secret = secret_of("not dumped");
  const auto flags = flags_of(secret.view(kAccess).data());
  EXPECT_NE(flags.find(" dd "), std::string::npos) << "expected dd (not dumped) in " << flags;
}

TEST(SecretBytes, LivesInLockedMemory) {
  if (test::kMlockIsIgnored) GTEST_SKIP() << "the sanitizer's mlock does nothing";
  const auto secret = secret_of("locked");
  const auto flags = flags_of(secret.view(kAccess).data());
  EXPECT_NE(flags.find(" lo "), std::string::npos) << "expected lo (locked) in " << flags << "; is ulimit -l very small?";
}

TEST(SecretBytesDeathTest, ReadingPastTheEndHitsTheGuardPage) {
  const auto secret = secret_of("guarded");
  const volatile std::uint8_t* end = secret.view(kAccess).data() + secret.size();
  EXPECT_DEATH(static_cast<void>(*end), "");
}

TEST(SecretBytesDeathTest, NothingIsLeftAtTheOldPlaceAfterAWipe) {
  auto secret = secret_of("wiped");
  const volatile std::uint8_t* place = secret.view(kAccess).data();
  secret.wipe();
  EXPECT_TRUE(secret.empty());
  EXPECT_DEATH(static_cast<void>(*place), "");
}

TEST(SecretBytesDeathTest, TruncateNeverGrows) {
  auto secret = secret_of("short");
  EXPECT_DEATH(secret.truncate(6), "");
}

// allocate_without_locking leaves the process with status 0 when three secrets were made, usable and with one warning only.
[[noreturn]] void allocate_without_locking() {
  constexpr uid_t kNobody = 65534;
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_MEMLOCK, &none) != 0) std::_Exit(10);
  if (geteuid() == 0 && setresuid(kNobody, kNobody, kNobody) != 0) std::_Exit(11);  // root may lock without limit
  static int warnings = 0;
  set_log_sink([](LogLevel level, std::string_view line) {
    if (level == LogLevel::warning) ++warnings;
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  });
  for (int i = 0; i < 3; ++i) {
    if (text_of(secret_of("not locked")) != "not locked") std::_Exit(12);
  }
  std::_Exit(warnings == 1 ? 0 : 13);
}

TEST(SecretBytesDeathTest, WarnsOnceWithTheRemedyWhenLockingIsRefused) {
  if (test::kMlockIsIgnored) GTEST_SKIP() << "the sanitizer's mlock does nothing";
  EXPECT_EXIT(allocate_without_locking(), ::testing::ExitedWithCode(0), "refused to lock memory.*ulimit -l");
}

}  // namespace
}  // namespace custos
