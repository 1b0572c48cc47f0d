#include "software/passphrase_key.h"

#include <sodium.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "base/wipe_stack.h"

namespace custos::software {
namespace {

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20U;
constexpr KdfCost kLeastCost{1, 8 * kMebibyte};
constexpr KdfCost kMostCost{64, 1024 * kMebibyte};

// calibrate begins above what OWASP's Password Storage Cheat Sheet asks of Argon2id with three passes (12 MiB).
constexpr KdfCost kFirstTry{3, 16 * kMebibyte};
constexpr std::uint64_t kMostCalibratedMemory = 256 * kMebibyte;

}  // namespace

bool KdfCost::is_sane() const noexcept {
  return passes >= kLeastCost.passes && passes <= kMostCost.passes && memory_bytes >= kLeastCost.memory_bytes &&
         memory_bytes <= kMostCost.memory_bytes;
}

Result<SecretBytes> derive_key(const SecretBytes& passphrase, const KdfSalt& salt, const KdfCost& cost) {
  static_assert(std::tuple_size_v<KdfSalt> == crypto_pwhash_argon2id_SALTBYTES);
  auto key = SecretBytes::allocate(32);
  if (!key) return key;
  const auto from = passphrase.view(InsecureSecretAccess{});
  const auto to = key->mutable_view(InsecureSecretAccess{});
  const int done = crypto_pwhash_argon2id(to.data(), to.size(), reinterpret_cast<const char*>(from.data()), from.size(),
                                          salt.data(), cost.passes, cost.memory_bytes, crypto_pwhash_argon2id_ALG_ARGON2ID13);
  wipe_stack();
  if (done != 0) {
    return fail(
        Errc::system, Origin::crypto,
        fmt::format("Argon2id does not get its {} MiB of memory: free some, or raise ulimit -v", cost.memory_bytes / kMebibyte));
  }
  return key;
}

Result<KdfCost> calibrate(std::chrono::milliseconds wanted) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  auto passphrase = SecretBytes::allocate(16);
  if (!passphrase) return passphrase.failure();
  const auto measure = [&](const KdfCost& cost) -> Result<Milliseconds> {
    const auto begin = std::chrono::steady_clock::now();
    if (auto key = derive_key(*passphrase, KdfSalt{}, cost); !key) return key.failure();
    return Milliseconds(std::chrono::steady_clock::now() - begin);
  };

  KdfCost cost = kFirstTry;
  auto took = measure(cost);
  while (took && 2 * *took <= wanted && cost.memory_bytes < kMostCalibratedMemory) {
    cost.memory_bytes *= 2;
    took = measure(cost);
  }
  if (!took) return took.failure();
  const double passes = static_cast<double>(cost.passes) * (Milliseconds(wanted) / std::max(*took, Milliseconds(0.1)));
  cost.passes = static_cast<std::uint64_t>(
      std::clamp(passes, static_cast<double>(kFirstTry.passes), static_cast<double>(kMostCost.passes)));
  return cost;
}

}  // namespace custos::software
