// What a software HMAC leaves behind: its chaining values are in guarded memory, once, and nothing of a MAC is anywhere.
#define OPENSSL_SUPPRESS_DEPRECATED  // for what is careless
#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sodium.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hash/hmac_key.h"
#include "memory/heap_watch.h"
#include "memory/hmac_patterns.h"
#include "memory/masked_secret.h"
#include "memory/memory_scan.h"

namespace custos::memory {
namespace {

using hash::Algorithm;
using hash::HmacKey;

constexpr std::uint8_t kPaint = 0xA7;
constexpr std::string_view kMessage =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";

HmacKey key_of(Algorithm algorithm, const SecretBytes& secret) {
  auto key = HmacKey::make(algorithm, secret);
  if (!key) std::abort();
  return *std::move(key);
}

// PausedThread runs a function on a painted stack of its own and then stands still, so that nothing overwrites what it left.
class PausedThread {
 public:
  explicit PausedThread(void (*function)(const void*), const void* argument) : function_(function), argument_(argument) {
    stack_ = static_cast<std::uint8_t*>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    std::memset(stack_, kPaint, kSize);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstack(&attributes, stack_, kSize) != 0 ||
        pthread_create(&thread_, &attributes, &PausedThread::run, this) != 0) {
      std::abort();
    }
    pthread_attr_destroy(&attributes);
    while (!done_.load()) {
    }
  }
  ~PausedThread() {
    released_.store(true);
    pthread_join(thread_, nullptr);
    munmap(stack_, kSize);
  }
  PausedThread(const PausedThread&) = delete;
  PausedThread& operator=(const PausedThread&) = delete;

  // left is the stack below the function's caller.
  [[nodiscard]] ByteView left() const { return {stack_, static_cast<std::size_t>(top_ - stack_)}; }

 private:
  static constexpr std::size_t kSize = 256 * 1024;

  // descend leaves room for the frames of what run does afterwards.
  [[gnu::noinline]] static void descend(PausedThread& thread) {
    std::array<std::uint8_t, 1024> room;
    asm volatile("" : : "r"(room.data()) : "memory");
    thread.top_ = room.data();
    thread.function_(thread.argument_);
    asm volatile("" : : "r"(room.data()) : "memory");
  }
  static void* run(void* self) {
    auto& thread = *static_cast<PausedThread*>(self);
    descend(thread);
    thread.done_.store(true);
    while (!thread.released_.load()) {
    }
    return nullptr;
  }

  void (*function_)(const void*);
  const void* argument_;
  std::uint8_t* stack_;
  const std::uint8_t* top_ = nullptr;
  pthread_t thread_{};
  std::atomic<bool> done_{false};
  std::atomic<bool> released_{false};
};

void sign(const void* key) {
  static std::array<std::uint8_t, 64> mac;
  const auto& hmac_key = *static_cast<const HmacKey*>(key);
  hmac_key.mac(as_bytes(kMessage), std::span(mac).first(hash::digest_size(hmac_key.algorithm())));
}

std::map<std::string, int> findings_of(const std::vector<Pattern>& patterns) {
  std::map<std::string, int> counts;
  for (const auto& finding : scan_memory(patterns).findings) ++counts[finding.pattern];
  return counts;
}

// expect_none_in fails for each pattern that is in `stack`.
void expect_none_in(ByteView stack, const std::vector<Pattern>& patterns) {
  for (const auto& pattern : patterns) {
    const auto at = pattern.next(stack, 0);
    EXPECT_EQ(at, stack.size()) << pattern.name() << ", " << stack.size() - at << " bytes deep";
  }
}

// Making is what make does, on a thread.
struct Making {
  const MaskedSecret& secret;
  std::optional<HmacKey> key;
};
void make(const void* making) {
  auto& [secret, key] = *static_cast<Making*>(const_cast<void*>(making));
  key.emplace(key_of(Algorithm::sha256, secret.reveal()));
}

const std::map<std::string, int> kOnlyTheStates{{"inner state, words, first half", 1},
                                                {"inner state, words, second half", 1},
                                                {"outer state, words, first half", 1},
                                                {"outer state, words, second half", 1}};

TEST(HmacKeyMemory, HoldsItsStatesOnceAndNothingElse) {
  const auto secret = MaskedSecret::printable(64);
  const auto patterns = hmac_sha256_patterns(secret.reveal());
  const auto work_patterns = hmac_sha256_work_patterns(secret.reveal(), as_bytes(kMessage));
  watch_frees(&patterns);
  {
    Making making{secret, {}};
    {
      const PausedThread thread(make, &making);
      EXPECT_EQ(findings_of(patterns), kOnlyTheStates) << "after make";
      expect_none_in(thread.left(), work_patterns);
    }
    const PausedThread thread(sign, &*making.key);
    EXPECT_EQ(findings_of(patterns), kOnlyTheStates) << "after a MAC";
    expect_none_in(thread.left(), work_patterns);
  }
  EXPECT_EQ(findings_of(patterns), (std::map<std::string, int>{})) << "after the key's end";
  for (const auto& freed : freed_secrets()) ADD_FAILURE() << freed.pattern << " was freed without a wipe";
  watch_frees(nullptr);
}

// What the search would see: SHA-256 through OpenSSL's plain calls.
void sign_carelessly(const void* secret) {
  const auto key = static_cast<const MaskedSecret*>(secret)->reveal();
  SHA256_CTX context;
  std::uint8_t block[SHA256_CBLOCK];
  for (std::size_t i = 0; i < sizeof block; ++i) block[i] = key.view(InsecureSecretAccess{})[i] ^ std::uint8_t{0x36};
  SHA256_Init(&context);
  SHA256_Update(&context, block, sizeof block);
  asm volatile("" : : "r"(block), "r"(&context) : "memory");
}

TEST(HmacKeyMemory, WouldFindWhatACarelessMacLeaves) {
  const auto secret = MaskedSecret::printable(64);
  const auto patterns = hmac_sha256_patterns(secret.reveal());
  const PausedThread thread(sign_carelessly, &secret);
  auto found = findings_of(patterns);
  EXPECT_GE(found["key ^ ipad"], 1);
  EXPECT_GE(found["inner state, words, first half"], 1);
  EXPECT_GE(found["inner state, words, second half"], 1);
}

// What OpenSSL leaves without the SHA instructions is why the stack is wiped below our own frames.
void compress_only(const void* block) {
  SHA512_CTX context;
  SHA512_Init(&context);
  SHA512_Transform(&context, static_cast<const unsigned char*>(block));
  sodium_memzero(&context, sizeof context);
}

// is_harmless: paint, a small number or its negative, an address of user space, or a stack protector's canary (its lowest byte is
// zero). Eight bytes of a digest, a schedule or a state are none of these, but once in a few hundred.
bool is_harmless(std::uint64_t word) {
  constexpr std::uint64_t kPaintedWord = 0x0101010101010101U * kPaint;
  return word == kPaintedWord || word >> 48U == 0 || word >> 48U == 0xFFFF || (word & 0xFFU) == 0;
}

// words_left tells of the others, and how deep they are.
std::string words_left(ByteView stack) {
  std::string found;
  for (std::size_t i = 0; i + 8 <= stack.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, stack.data() + i, sizeof word);
    if (is_harmless(word)) continue;
    char line[64];
    std::snprintf(line, sizeof line, "\n  %zu bytes deep: %016lx", stack.size() - i, static_cast<unsigned long>(word));
    found += line;
  }
  return found;
}

TEST(HmacKeyMemory, WouldFindTheScheduleThatOpenSslLeaves) {
  std::array<unsigned char, SHA512_CBLOCK> block{};
  randombytes_buf(block.data(), block.size());
  compress_only(block.data());  // so that the loader has resolved what it calls
  const PausedThread thread(compress_only, block.data());
  const auto left = thread.left();
  EXPECT_NE(words_left(left), "");
}

TEST(HmacKeyMemory, LeavesOnlyAddressesAndSizesOnTheStack) {
  for (const auto algorithm : {Algorithm::sha256, Algorithm::sha384, Algorithm::sha512}) {
    const auto key = key_of(algorithm, MaskedSecret::printable(64).reveal());
    sign(&key);  // so that the loader has resolved what it calls
    const PausedThread thread(sign, &key);
    const auto left = thread.left();
    EXPECT_GT(left.size(), 128U * 1024);
    EXPECT_EQ(words_left(left), "") << hash::digest_size(algorithm);
  }
}

TEST(HmacKeyMemory, AllocatesNothingForAMac) {
  for (const auto algorithm : {Algorithm::sha256, Algorithm::sha384, Algorithm::sha512}) {
    const auto key = key_of(algorithm, MaskedSecret::printable(64).reveal());
    const auto before = allocations();
    sign(&key);
    EXPECT_EQ(allocations(), before) << hash::digest_size(algorithm);
  }
  const auto before = allocations();
  void* volatile block = std::malloc(1);  // volatile: not optimised away
  std::free(block);
  EXPECT_EQ(allocations(), before + 1) << "the count counts";
}

}  // namespace
}  // namespace custos::memory
