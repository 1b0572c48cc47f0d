#include "memory/memory_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "custos/secret.h"
#include "memory/masked_secret.h"

namespace custos::memory {
namespace {

using ::testing::SizeIs;

constexpr std::size_t kSize = 32;

// Planted is a random pattern, held nowhere but where a test plants it.
class Planted {
 public:
  void plant(std::uint8_t* place) const { secret_.write_to(place); }
  [[nodiscard]] std::vector<Finding> find() const { return scan_memory(patterns_).findings; }

 private:
  MaskedSecret secret_ = MaskedSecret::printable(kSize);
  std::vector<Pattern> patterns_{secret_.pattern("planted")};
};

std::uintptr_t address_of(const void* place) { return reinterpret_cast<std::uintptr_t>(place); }

std::uint8_t static_place[kSize];

TEST(MemoryScan, FindsNothingThatIsNotThere) {
  const Planted planted;
  EXPECT_THAT(planted.find(), SizeIs(0));
}

TEST(MemoryScan, FindsASecretOnTheHeapAndNoneOnceItIsWiped) {
  const Planted planted;
  const auto place = std::make_unique<std::uint8_t[]>(kSize);
  planted.plant(place.get());
  const auto findings = planted.find();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].address, address_of(place.get()));
  EXPECT_EQ(findings[0].mapping.name, "[heap]");
  sodium_memzero(place.get(), kSize);
  EXPECT_THAT(planted.find(), SizeIs(0));
}

TEST(MemoryScan, FindsASecretInFreedMemory) {
  const Planted planted;
  auto* place = static_cast<std::uint8_t*>(std::malloc(kSize + 64));
  planted.plant(place + 32);  // past the allocator's own links
  const auto address = address_of(place + 32);
  std::free(place);
  const auto findings = planted.find();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].address, address);
}

TEST(MemoryScan, FindsASecretOnTheStack) {
  const Planted planted;
  std::uint8_t place[kSize];
  planted.plant(place);
  const auto findings = planted.find();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].address, address_of(place));
  EXPECT_EQ(findings[0].mapping.name, "[stack]");
  sodium_memzero(place, kSize);
}

TEST(MemoryScan, FindsASecretInStaticData) {
  const Planted planted;
  planted.plant(static_place);
  const auto findings = planted.find();
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].address, address_of(static_place));
  sodium_memzero(static_place, kSize);
}

TEST(MemoryScan, FindsASecretInGuardedMemoryAndNoneOnceItIsWiped) {
  const Planted planted;
  auto secret = SecretBytes::allocate(kSize);
  ASSERT_TRUE(secret);
  planted.plant(secret->mutable_view(InsecureSecretAccess{}).data());
  EXPECT_THAT(planted.find(), SizeIs(1));
  secret->wipe();
  EXPECT_THAT(planted.find(), SizeIs(0));
}

TEST(MemoryScan, FindsEveryCopyAtEveryPlaceOfALargeMapping) {
  const Planted planted;
  constexpr std::size_t kLarge = 3U << 20U;
  auto* place = static_cast<std::uint8_t*>(mmap(nullptr, kLarge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(place, MAP_FAILED);
  const std::size_t at[] = {0, 4096 - 7, (1U << 20U) - kSize, (2U << 20U) - 5, kLarge - kSize};
  for (const auto offset : at) planted.plant(place + offset);
  EXPECT_THAT(planted.find(), SizeIs(std::size(at)));
  munmap(place, kLarge);
  EXPECT_THAT(planted.find(), SizeIs(0));
}

TEST(MemoryScan, FindsASecretThatMayNotBeRead) {
  const Planted planted;
  auto* place = static_cast<std::uint8_t*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(place, MAP_FAILED);
  planted.plant(place);
  ASSERT_EQ(mprotect(place, 4096, PROT_NONE), 0);
  EXPECT_THAT(planted.find(), SizeIs(1));
  munmap(place, 4096);
}

TEST(MemoryScan, ReadsTheWholeProcess) {
  const auto scan = scan_memory({Pattern("nothing", as_bytes("\x01\x02never there\x03\x04"))});
  EXPECT_GT(scan.bytes_read, 4U << 20U);
}

}  // namespace
}  // namespace custos::memory
