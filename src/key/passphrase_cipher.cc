#include "key/passphrase_cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>

#include "key/openssl.h"
#include "key/private_key_der.h"

namespace custos::key {
namespace {

constexpr InsecureSecretAccess kAccess{};

// Freeing a context wipes what it held (OpenSSL 3.0: OPENSSL_clear_free in the providers).
using Kdf = std::unique_ptr<EVP_KDF, OpensslFree<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, OpensslFree<EVP_KDF_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD, OpensslFree<EVP_MD_free>>;
using CipherMethod = std::unique_ptr<EVP_CIPHER, OpensslFree<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<EVP_CIPHER_CTX_free>>;

Unexpected openssl_failed(std::string_view what) {
  return fail(Errc::internal, Origin::crypto, "OpenSSL could not compute " + std::string(what) + ": check its default provider");
}

Unexpected too_costly(std::string_view what, std::uint64_t asked, std::uint64_t most) {
  return fail(Errc::bad_input, Origin::key,
              "the key file asks for " + std::to_string(asked) + ' ' + std::string(what) + ", at most " + std::to_string(most) +
                  " are allowed: encrypt it anew with less");
}

Result<void> check(const Pbkdf2& pbkdf2, const KdfLimits& limits) {
  if (pbkdf2.iterations > limits.pbkdf2_iterations)
    return too_costly("rounds of PBKDF2", pbkdf2.iterations, limits.pbkdf2_iterations);
  if (pbkdf2.iterations == 0)
    return fail(Errc::bad_input, Origin::key, "the key file asks for no round of PBKDF2: it is damaged");
  return {};
}

// saturating: a product beyond 64 bits is the largest number.
std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > kMost / b ? kMost : a * b;
}

Result<void> check(const Scrypt& scrypt, const KdfLimits& limits) {
  if (!std::has_single_bit(scrypt.n) || scrypt.n < 2 || scrypt.r == 0 || scrypt.p == 0) {
    return fail(Errc::bad_input, Origin::key,
                "the key file's scrypt parameters are none: N must be a power of 2 above 1, r and p above 0");
  }
  const std::uint64_t memory = product(product(128, scrypt.n), scrypt.r);
  if (memory > limits.scrypt_memory) return too_costly("bytes of memory for scrypt", memory, limits.scrypt_memory);
  const std::uint64_t work = product(memory, scrypt.p);
  if (work > limits.scrypt_work) return too_costly("bytes of work by scrypt", work, limits.scrypt_work);
  return {};
}

Result<void> check(const BytesToKey&, const KdfLimits&) { return {}; }

// octets is where they are: OpenSSL and libsodium want an address even of nothing.
std::uint8_t* octets(ByteView bytes) {
  static std::uint8_t nothing = 0;
  return bytes.empty() ? &nothing : const_cast<std::uint8_t*>(bytes.data());
}

Result<void> derive_into(const Pbkdf2& pbkdf2, ByteView passphrase, std::span<std::uint8_t> out) {
  const Kdf kdf(EVP_KDF_fetch(own_library(), OSSL_KDF_NAME_PBKDF2, nullptr));
  const KdfContext context(EVP_KDF_CTX_new(kdf.get()));
  std::uint64_t iterations = pbkdf2.iterations;
  const std::array parameters{OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, octets(passphrase), passphrase.size()),
                              OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, octets(pbkdf2.salt), pbkdf2.salt.size()),
                              OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
                              OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, const_cast<char*>(pbkdf2.digest), 0),
                              OSSL_PARAM_construct_end()};
  if (EVP_KDF_derive(context.get(), out.data(), out.size(), parameters.data()) != 1) return openssl_failed("PBKDF2");
  return {};
}

// libsodium's scrypt reads the passphrase where it is, and works in pages that it unmaps.
Result<void> derive_into(const Scrypt& scrypt, ByteView passphrase, std::span<std::uint8_t> out) {
  if (crypto_pwhash_scryptsalsa208sha256_ll(octets(passphrase), passphrase.size(), octets(scrypt.salt), scrypt.salt.size(),
                                            scrypt.n, static_cast<std::uint32_t>(scrypt.r), static_cast<std::uint32_t>(scrypt.p),
                                            out.data(), out.size()) != 0) {
    return fail(Errc::system, Origin::system,
                "not enough memory for scrypt: the key file asks for " + std::to_string(128 * scrypt.n * scrypt.r) + " bytes");
  }
  return {};
}

Result<void> derive_into(const BytesToKey& bytes_to_key, ByteView passphrase, std::span<std::uint8_t> out) {
  const Digest md5(EVP_MD_fetch(own_library(), "MD5", nullptr));
  auto chained = SecretBytes::allocate(16);
  if (!chained) return chained.failure();
  const auto digest = chained->mutable_view(kAccess);
  for (std::size_t done = 0; done < out.size();) {
    const EvpDigestContext hash(EVP_MD_CTX_new());
    if (EVP_DigestInit_ex2(hash.get(), md5.get(), nullptr) != 1 ||
        (done != 0 && EVP_DigestUpdate(hash.get(), digest.data(), digest.size()) != 1) ||
        EVP_DigestUpdate(hash.get(), passphrase.data(), passphrase.size()) != 1 ||
        EVP_DigestUpdate(hash.get(), bytes_to_key.salt.data(), bytes_to_key.salt.size()) != 1 ||
        EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr) != 1) {
      return openssl_failed("MD5");
    }
    const auto part = digest.first(std::min(digest.size(), out.size() - done));
    std::ranges::copy(part, out.subspan(done).begin());
    done += part.size();
  }
  return {};
}

}  // namespace

Result<void> check_cost(const Derivation& derivation, const KdfLimits& limits) {
  return std::visit([&](const auto& one) { return check(one, limits); }, derivation);
}

Result<SecretBytes> derive(const Derivation& derivation, const SecretBytes& passphrase, std::size_t size) {
  const ErrorScope errors;
  auto key = SecretBytes::allocate(size);
  if (!key) return key;
  auto derived = std::visit(
      [&](const auto& one) { return derive_into(one, passphrase.view(kAccess), key->mutable_view(kAccess)); }, derivation);
  if (!derived) return derived.failure();
  return key;
}

Result<SecretBytes> decrypt(const Cipher& cipher, ByteView key, ByteView iv, ByteView ciphertext) {
  const ErrorScope errors;
  if (key.size() != cipher.key_size || iv.size() != cipher.iv_size) std::abort();
  if (ciphertext.empty() || (cipher.is_padded && ciphertext.size() % cipher.iv_size != 0))
    return fail(Errc::bad_input, Origin::key, "the encrypted key in this file is damaged: it is not of whole blocks");
  const CipherMethod method(EVP_CIPHER_fetch(own_library(), std::string(cipher.name).c_str(), nullptr));
  const CipherContext context(EVP_CIPHER_CTX_new());
  auto plain = SecretBytes::allocate(ciphertext.size());
  if (!plain) return plain;
  std::uint8_t* place = plain->mutable_view(kAccess).data();
  int written = 0;
  int rest = 0;
  if (EVP_DecryptInit_ex2(context.get(), method.get(), key.data(), iv.data(), nullptr) != 1 ||
      EVP_DecryptUpdate(context.get(), place, &written, ciphertext.data(), static_cast<int>(ciphertext.size())) != 1) {
    return openssl_failed(cipher.name);
  }
  if (EVP_DecryptFinal_ex(context.get(), place + written, &rest) != 1) return wrong_passphrase();
  plain->truncate(static_cast<std::size_t>(written + rest));
  return plain;
}

Unexpected wrong_passphrase() {
  return fail(Errc::authentication, Origin::key,
              "the passphrase does not open the key file: it is wrong, or the file is damaged");
}

Result<SecretBytes> ask(const PassphraseSource& passphrase) {
  if (!passphrase) return fail(Errc::authentication, Origin::key, "the key file is encrypted: its passphrase is needed");
  return passphrase();
}

Result<SecretBytes> open_encrypted_key(const EncryptedKey& key, const PassphraseSource& passphrase, const KdfLimits& limits) {
  if (auto bearable = check_cost(key.derivation, limits); !bearable) return bearable.failure();
  auto secret = ask(passphrase);
  if (!secret) return secret;
  auto cipher_key = derive(key.derivation, *secret, key.cipher.key_size);
  if (!cipher_key) return cipher_key;
  auto plain = decrypt(key.cipher, cipher_key->view(kAccess), key.iv, key.ciphertext);
  if (plain && !looks_like_key(plain->view(kAccess))) return wrong_passphrase();
  return plain;
}

}  // namespace custos::key
