// How long a keystore takes to open and to list, and how much memory it takes, for 1, 1,000 and 100,000 keys.
#include <malloc.h>

#include <chrono>
#include <cstdio>

#include "software/keystore_fixture.h"
#include "tools/bench/sample_keystore.h"

namespace custos::software {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

constexpr std::size_t kFixed = 512 * 1024;  // of OpenSSL's library context

using KeystoreSpeedTest = KeystoreFixture;

TEST_F(KeystoreSpeedTest, AHundredThousandKeysOpenAndListWithinASecondWhenOptimised) {
  for (const std::size_t count : {1U, 1'000U, 100'000U}) {
    must(bench::write_sample_keystore(file(), must(key::KeyId::parse(kHome)), secret_of(kPassphrase), count));
    const auto bytes = std::filesystem::file_size(file());
    ::malloc_trim(0);
    const auto before = ::mallinfo2();
    const auto begin = steady_clock::now();
    const auto backend = open();
    const auto opened = steady_clock::now();
    const auto after = ::mallinfo2();
    const auto keys = must(backend->list());
    const auto listed = steady_clock::now();
    const std::size_t held = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
    std::printf("%zu keys, file of %ju bytes: open %.1f ms, list %.1f ms, holds %zu bytes\n", count, std::uintmax_t{bytes},
                duration<double, std::milli>(opened - begin).count(), duration<double, std::milli>(listed - opened).count(),
                held);
    EXPECT_EQ(keys.size(), count);
#if defined(__OPTIMIZE__)
    EXPECT_LT(duration<double>(listed - begin).count(), 1.0) << count << " keys";
#endif
    EXPECT_LT(held, 2 * bytes + kFixed) << "the file's bytes, once, and an index";
  }
}

}  // namespace
}  // namespace custos::software
