#include "key/pbes2.h"

#include <algorithm>
#include <array>
#include <string>

#include "encode/der.h"
#include "key/oid.h"

namespace custos::key {
namespace {

using encode::DerReader;
using encode::DerTag;

constexpr std::string_view kRemedy = ": encrypt it anew with openssl pkcs8 -topk8 -in FILE -v2 aes-256-cbc -out NEW";

Unexpected refuse(std::string detail) { return fail(Errc::bad_input, Origin::key, std::move(detail)); }
Unexpected malformed() {
  return refuse("the encrypted key in this file is damaged: it is no EncryptedPrivateKeyInfo (RFC 5958)");
}
Unexpected unread(std::string_view what, ByteView oid) {
  return refuse("the key file is encrypted with the " + std::string(what) + ' ' + oid::name(oid) +
                ", which Custos does not read" + std::string(kRemedy));
}

template <class Value>
struct Named {
  std::array<std::uint8_t, 9> oid;
  std::size_t size;  // of the identifier
  Value value;

  [[nodiscard]] bool is(ByteView other) const { return oid::is(other, ByteView(oid).first(size)); }
};

// NIST's AES identifiers (CSOR, aes 2, 22, 42), and des-EDE3-CBC (RFC 8018, B.2.2).
constexpr std::array<Named<Cipher>, 4> kCiphers{{
    {{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02}, 9, kAes128Cbc},
    {{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x16}, 9, kAes192Cbc},
    {{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A}, 9, kAes256Cbc},
    {{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x03, 0x07}, 8, kDesEde3Cbc},
}};

// id-hmacWithSHA1 and its successors (RFC 8018, B.1).
constexpr std::array<Named<const char*>, 5> kHmacs{{
    {{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x07}, 8, "SHA1"},
    {{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x08}, 8, "SHA224"},
    {{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x09}, 8, "SHA256"},
    {{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x0A}, 8, "SHA384"},
    {{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x02, 0x0B}, 8, "SHA512"},
}};

// read_key_length reads the optional keyLength, which must be the cipher's; it gives that when there is none.
std::uint64_t read_key_length(DerReader& parameters, const Cipher& cipher) {
  return parameters.next_is(DerTag::integer) ? parameters.take_number() : cipher.key_size;
}

Result<Derivation> read_pbkdf2(DerReader parameters, const Cipher& cipher) {
  Pbkdf2 pbkdf2{kHmacs[0].value, parameters.take_octet_string(), parameters.take_number()};
  const std::uint64_t size = read_key_length(parameters, cipher);
  if (parameters.next_is(DerTag::sequence)) {
    DerReader prf = parameters.enter(DerTag::sequence);
    const ByteView name = prf.take_oid();
    if (prf.next_is(DerTag::null)) prf.take_null();
    if (!prf.finished()) return malformed();
    const auto* const hmac = std::ranges::find_if(kHmacs, [&](const auto& row) { return row.is(name); });
    if (hmac == kHmacs.end()) return unread("function", name);
    pbkdf2.digest = hmac->value;
  }
  if (size != cipher.key_size || !parameters.finished()) return malformed();
  return Derivation(pbkdf2);
}

Result<Derivation> read_scrypt(DerReader parameters, const Cipher& cipher) {
  const Scrypt scrypt{parameters.take_octet_string(), parameters.take_number(), parameters.take_number(),
                      parameters.take_number()};
  if (read_key_length(parameters, cipher) != cipher.key_size || !parameters.finished()) return malformed();
  return Derivation(scrypt);
}

Result<Derivation> read_derivation(DerReader algorithm, const Cipher& cipher) {
  const ByteView name = algorithm.take_oid();
  DerReader parameters = algorithm.enter(DerTag::sequence);
  if (!algorithm.finished()) return malformed();
  if (oid::is(name, oid::kPbkdf2)) return read_pbkdf2(parameters, cipher);
  if (oid::is(name, oid::kScrypt)) return read_scrypt(parameters, cipher);
  return unread("key derivation", name);
}

}  // namespace

Result<EncryptedKey> read_encrypted_private_key_info(ByteView der) {
  DerReader file(der);
  DerReader info = file.enter(DerTag::sequence);
  DerReader algorithm = info.enter(DerTag::sequence);
  const ByteView ciphertext = info.take_octet_string();
  const ByteView scheme = algorithm.take_oid();
  if (scheme.empty() || !info.finished() || !file.finished()) return malformed();
  if (!oid::is(scheme, oid::kPbes2)) return unread("scheme", scheme);

  DerReader parameters = algorithm.enter(DerTag::sequence);
  const DerReader derivation_algorithm = parameters.enter(DerTag::sequence);
  DerReader encryption = parameters.enter(DerTag::sequence);
  const ByteView name = encryption.take_oid();
  if (name.empty() || !algorithm.finished() || !parameters.finished()) return malformed();
  const auto* const cipher = std::ranges::find_if(kCiphers, [&](const auto& row) { return row.is(name); });
  if (cipher == kCiphers.end()) return unread("cipher", name);
  const ByteView iv = encryption.take_octet_string();
  if (iv.size() != cipher->value.iv_size || !encryption.finished()) return malformed();

  auto derivation = read_derivation(derivation_algorithm, cipher->value);
  if (!derivation) return derivation.failure();
  return EncryptedKey{*derivation, cipher->value, iv, ciphertext};
}

}  // namespace custos::key
