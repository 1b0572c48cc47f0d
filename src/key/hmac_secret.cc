#include "key/hmac_secret.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "hash/hash.h"

namespace custos::key {
namespace {

constexpr std::string_view kCheckDomain{"\0custos-check-v1", 1 + 15};

}  // namespace

Result<SecretBytes> normalise_hmac_secret(const SecretBytes& secret, Algorithm algorithm) {
  if (secret.empty()) return fail(Errc::bad_input, Origin::key, "the secret is empty");
  if (secret.size() > kMaxImportedSecret) {
    return fail(Errc::bad_input, Origin::key,
                "the secret has " + std::to_string(secret.size()) + " bytes: at most " + std::to_string(kMaxImportedSecret));
  }
  const auto& facts = facts_of(algorithm);
  if (secret.size() >= facts.secret_size && secret.size() <= facts.block_size) return secret.clone();

  auto key = SecretBytes::allocate(facts.secret_size);
  if (!key) return key;
  const auto bytes = key->mutable_view(InsecureSecretAccess{});
  if (secret.size() > facts.block_size) {
    if (auto hashed = hash::digest_secret(facts_of(algorithm).hash, secret, bytes); !hashed) return hashed.failure();
  } else {
    std::ranges::copy(secret.view(InsecureSecretAccess{}), bytes.begin());
  }
  return key;
}

CheckMessage check_message(const CheckSalt& salt) noexcept {
  CheckMessage message;
  const auto after = std::ranges::copy(as_bytes(kCheckDomain), message.begin()).out;
  std::ranges::copy(salt, after);
  return message;
}

CheckValue check_value(ByteView mac) noexcept {
  CheckValue value;
  if (mac.size() < value.size()) std::abort();
  std::ranges::copy(mac.first(value.size()), value.begin());
  return value;
}

Result<CheckValue> software_check_value(const SecretBytes& secret, Algorithm algorithm, const CheckSalt& salt) {
  std::array<std::uint8_t, kMaxSignature> buffer;
  const auto mac = std::span(buffer).first(facts_of(algorithm).signature_size);
  if (auto computed = hash::hmac(facts_of(algorithm).hash, secret, check_message(salt), mac); !computed)
    return computed.failure();
  return check_value(mac);
}

}  // namespace custos::key
