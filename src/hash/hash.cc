#include "hash/hash.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/wipe_stack.h"

namespace custos::hash {
namespace {

constexpr std::array<const char*, 3> kNames{"SHA256", "SHA384", "SHA512"};  // by Algorithm

// Fetched holds OpenSSL's implementations, fetched once from a library context of our own, so that neither the host's OpenSSL
// configuration nor its providers change what we compute. Never destroyed: threads may hash while the process exits.
struct Fetched {
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  std::array<EVP_MD*, kNames.size()> digests{};
  EVP_MAC* hmac = EVP_MAC_fetch(context, OSSL_MAC_NAME_HMAC, nullptr);

  Fetched() {
    for (std::size_t i = 0; i < kNames.size(); ++i) digests[i] = EVP_MD_fetch(context, kNames[i], nullptr);
  }
};

const Fetched& fetched() {
  static const auto* instance = new Fetched;
  return *instance;
}

const EVP_MD* digest_of(Algorithm algorithm) { return fetched().digests[static_cast<std::size_t>(algorithm)]; }

// Freeing either context wipes its state (OpenSSL 3.0: OPENSSL_clear_free in the providers' freectx).
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;

bool digest(Algorithm algorithm, std::span<const ByteView> parts, std::uint8_t* out) {
  const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (EVP_DigestInit_ex2(context.get(), digest_of(algorithm), nullptr) != 1) return false;
  for (const ByteView part : parts) {
    if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) return false;
  }
  return EVP_DigestFinal_ex(context.get(), out, nullptr) == 1;
}

bool mac(Algorithm algorithm, ByteView key, ByteView message, std::span<std::uint8_t> out) {
  const MacContext context(EVP_MAC_CTX_new(fetched().hmac), &EVP_MAC_CTX_free);
  std::string name = kNames[static_cast<std::size_t>(algorithm)];
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                              OSSL_PARAM_construct_end()};
  // OpenSSL takes a null key for "the key of before", which an empty secret is not.
  static constexpr std::uint8_t kNothing = 0;
  const std::uint8_t* bytes = key.empty() ? &kNothing : key.data();
  std::size_t written = 0;
  return EVP_MAC_init(context.get(), bytes, key.size(), parameters.data()) == 1 &&
         EVP_MAC_update(context.get(), message.data(), message.size()) == 1 &&
         EVP_MAC_final(context.get(), out.data(), &written, out.size()) == 1 && written == out.size();
}

Result<void> done(bool computed, std::string_view what) {
  wipe_stack();
  if (computed) return {};
  return fail(Errc::internal, Origin::crypto, "OpenSSL could not compute " + std::string(what) + ": check its default provider");
}

}  // namespace

Digest32 sha256(std::span<const ByteView> parts) {
  Digest32 out;
  if (!digest(Algorithm::sha256, parts, out.data())) std::abort();  // only without memory or without OpenSSL's default provider
  return out;
}

Result<void> digest_secret(Algorithm algorithm, const SecretBytes& secret, std::span<std::uint8_t> out) {
  if (out.size() != digest_size(algorithm)) std::abort();
  const ByteView part = secret.view(InsecureSecretAccess{});
  return done(digest(algorithm, {&part, 1}, out.data()), "a digest");
}

Result<void> hmac(Algorithm algorithm, const SecretBytes& secret, ByteView message, std::span<std::uint8_t> out) {
  if (out.size() != digest_size(algorithm)) std::abort();
  return done(mac(algorithm, secret.view(InsecureSecretAccess{}), message, out), "an HMAC");
}

}  // namespace custos::hash
