#include "memory/heap_watch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace custos::memory {
namespace {

std::uintptr_t address_of(const void* place) { return reinterpret_cast<std::uintptr_t>(place); }

TEST(HeapWatch, KnowsEveryKindOfBlockUntilItIsFreed) {
  void* aligned = nullptr;
  ASSERT_EQ(posix_memalign(&aligned, 64, 100), 0);
  void* const blocks[] = {std::malloc(100), std::calloc(10, 10), std::realloc(std::malloc(10), 100), std::aligned_alloc(64, 128),
                          aligned,          ::operator new(100)};
  for (void* memory : blocks) {
    const auto block = live_block(address_of(memory) + 99);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->address, address_of(memory));
  }
  ::operator delete(blocks[5]);
  for (int i = 0; i < 5; ++i) std::free(blocks[i]);
  for (void* memory : blocks) {
    const auto block = live_block(address_of(memory));
    EXPECT_FALSE(block && block->address == address_of(memory) && block->size >= 100);
  }
}

TEST(HeapWatch, TellsWhoseCodeAllocated) {
  const auto memory = std::make_unique<char[]>(64);
  const auto block = live_block(address_of(memory.get()));
  ASSERT_TRUE(block);
  EXPECT_TRUE(passes_through(block->frames, read_mappings(), "custos_memory_tests")) << describe_frames(block->frames);
  EXPECT_FALSE(passes_through(block->frames, read_mappings(), "libsofthsm2")) << describe_frames(block->frames);
}

TEST(HeapWatch, NoticesABlockThatIsFreedWithASecretInIt) {
  constexpr std::string_view kSecret = "freed and not wiped";
  const std::vector<Pattern> patterns{Pattern("secret", as_bytes(kSecret))};
  watch_frees(&patterns);
  auto* place = static_cast<char*>(std::malloc(64));
  std::memcpy(place + 8, kSecret.data(), kSecret.size());
  auto* volatile escaped = place;
  std::free(escaped);
  watch_frees(nullptr);
  EXPECT_EQ(freed_secrets().size(), 1U);
}

}  // namespace
}  // namespace custos::memory
