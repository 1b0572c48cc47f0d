// Fuzzes private key files. An input is a PEM file; one that begins with a digit is DER, put into the block that the digit names.
// The passphrase is "foo", and what a file may ask for is next to nothing.
//
// What must hold: the same file gives the same answer twice; a refusal says why in one line; a key that is accepted is sound
// material, and its plain PKCS#8 form, written here and by OpenSSL's reading, is the same key.
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "encode/der_writer.h"
#include "key/key_material.h"
#include "key/oid.h"
#include "key/private_key_file.h"

namespace {

using namespace custos;  // NOLINT(google-build-using-namespace)
using encode::DerTag;

constexpr InsecureSecretAccess kAccess{};
constexpr std::array<std::string_view, 4> kLabels{"PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"};
constexpr key::KdfLimits kLimits{.pbkdf2_iterations = 100, .scrypt_memory = 64 * 1024, .scrypt_work = 256 * 1024};

void require(bool holds) {
  if (!holds) std::abort();
}

std::string pem(std::string_view label, ByteView der) {
  std::string base64(sodium_base64_ENCODED_LEN(der.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(base64.data(), base64.size(), der.data(), der.size(), sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();
  const std::string name(label);
  return "-----BEGIN " + name + "-----\n" + base64 + "\n-----END " + name + "-----\n";
}

Result<key::ReadKey> read(std::string_view text) {
  const auto passphrase = []() -> Result<SecretBytes> { return SecretBytes::copy_of(as_bytes("foo")); };
  return key::read_pem(*SecretBytes::copy_of(as_bytes(text)), passphrase, kLimits);
}

// wrap_in puts `bytes` into an element.
Bytes wrap_in(DerTag tag, ByteView bytes) {
  Bytes place(bytes.size() + 8);
  encode::DerWriter writer(place);
  writer.put(bytes);
  writer.wrap(tag, 0);
  return {writer.written().begin(), writer.written().end()};
}
Bytes join(std::initializer_list<ByteView> parts) {
  Bytes all;
  for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// plain_pkcs8 is a PrivateKeyInfo of the key (RFC 5958).
Bytes plain_pkcs8(const key::ReadKey& key) {
  constexpr std::array<std::uint8_t, 3> kVersion0{0x02, 0x01, 0x00};
  constexpr std::array<std::uint8_t, 3> kVersion1{0x02, 0x01, 0x01};
  constexpr std::array<std::uint8_t, 2> kNull{0x05, 0x00};
  const ByteView material = key.material.view(kAccess);
  Bytes algorithm;
  Bytes inner;
  switch (key::facts_of(key.algorithm).family) {
    case key::Family::ed25519:
      algorithm = wrap_in(DerTag::oid, key::oid::kEd25519);
      inner = wrap_in(DerTag::octet_string, material);
      break;
    case key::Family::ecdsa: {
      const ByteView curve = key.algorithm == key::Algorithm::ecdsa_p256 ? ByteView(key::oid::kP256) : key::oid::kSecp256k1;
      algorithm = join({wrap_in(DerTag::oid, key::oid::kEc), wrap_in(DerTag::oid, curve)});
      inner = wrap_in(DerTag::sequence, join({kVersion1, wrap_in(DerTag::octet_string, material)}));
      break;
    }
    default: algorithm = join({wrap_in(DerTag::oid, key::oid::kRsa), kNull}); inner.assign(material.begin(), material.end());
  }
  return wrap_in(DerTag::sequence, join({kVersion0, wrap_in(DerTag::sequence, algorithm), wrap_in(DerTag::octet_string, inner)}));
}

// public_der gives the SubjectPublicKeyInfo of a PrivateKeyInfo, as OpenSSL reads it.
Bytes public_der(ByteView pkcs8) {
  const auto* place = pkcs8.data();
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      d2i_AutoPrivateKey(nullptr, &place, static_cast<long>(pkcs8.size())), &EVP_PKEY_free);
  require(key != nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  require(size > 0);
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const bool is_der = size > 0 && data[0] >= '0' && data[0] < '0' + kLabels.size();
  const std::string text = is_der ? pem(kLabels[data[0] - std::size_t{'0'}], input.subspan(1)) : std::string(as_text(input));

  const auto key = read(text);
  const auto again = read(text);
  require(key.has_value() == again.has_value());
  if (!key) {
    require(key.error().code == again.error().code && key.error().detail == again.error().detail);
    require(!key.error().detail.empty() && key.error().detail.find('\n') == std::string::npos);
    return 0;
  }
  require(key->algorithm == again->algorithm && key->material.equals(again->material));
  require(key::check_material(key->algorithm, key->material).has_value());

  const Bytes pkcs8 = plain_pkcs8(*key);
  const auto rewritten = read(pem(kLabels[0], pkcs8));
  require(rewritten && rewritten->algorithm == key->algorithm && rewritten->material.equals(key->material));
  const auto own = key::public_key_of(key->algorithm, key->material);
  require(own && own->spki() == public_der(pkcs8));
  return 0;
}
