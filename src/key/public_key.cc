#include "key/public_key.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "encode/der.h"
#include "encode/der_writer.h"
#include "key/elliptic_curve.h"
#include "key/rsa_material.h"

namespace custos::key {
namespace {

using encode::DerReader;
using encode::DerTag;
using encode::DerWriter;
using namespace std::string_view_literals;

constexpr std::size_t kEd25519Point = 32;
constexpr std::size_t kMaxSpki = 1024;  // RSA-4096 takes 550 bytes
constexpr std::size_t kPemLine = 64;    // characters (RFC 7468, section 2)

// identifier is the content of the AlgorithmIdentifier in a SubjectPublicKeyInfo.
ByteView identifier(Algorithm algorithm) noexcept {
  switch (algorithm) {
    case Algorithm::ed25519:
    case Algorithm::slip10_ed25519: return as_bytes("\x06\x03\x2b\x65\x70"sv);  // RFC 8410, section 3
    case Algorithm::ecdsa_p256:                                                 // RFC 5480, section 2.1.1
      return as_bytes("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv);
    case Algorithm::ecdsa_secp256k1:
    case Algorithm::bip32:  // SEC 2, appendix A.2
      return as_bytes("\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a"sv);
    case Algorithm::rsa_2048:
    case Algorithm::rsa_3072:
    case Algorithm::rsa_4096:  // RFC 3279, section 2.3.1
      return as_bytes("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"sv);
    default: return {};  // a secret key
  }
}

Unexpected refuse(Algorithm algorithm, std::string_view why) {
  return fail(Errc::bad_input, Origin::key,
              "no public key of " + std::string(facts_of(algorithm).name) + ": " + std::string(why));
}

// finish_spki wraps the key that the writer holds.
Bytes finish_spki(Algorithm algorithm, DerWriter& writer) {
  writer.put(as_bytes("\0"sv));  // no unused bits
  writer.wrap(DerTag::bit_string, 0);
  const std::size_t after = writer.size();
  writer.put(identifier(algorithm));
  writer.wrap(DerTag::sequence, after);
  writer.wrap(DerTag::sequence, 0);
  const ByteView written = writer.written();
  return {written.begin(), written.end()};
}

Bytes point_spki(Algorithm algorithm, ByteView point) {
  std::array<std::uint8_t, kMaxSpki> place;
  DerWriter writer(place);
  writer.put(point);
  return finish_spki(algorithm, writer);
}

// owner_of tells whose identifier it is.
std::optional<Algorithm> owner_of(ByteView content) noexcept {
  for (const auto& facts : kAlgorithms) {
    if (facts.is_asymmetric() && std::ranges::equal(identifier(facts.algorithm), content)) return facts.algorithm;
  }
  return std::nullopt;
}

}  // namespace

Result<PublicKey> PublicKey::make(Algorithm algorithm, Bytes spki, ByteView raw, std::shared_ptr<const Verifier> verifier) {
  if (verifier == nullptr) return refuse(algorithm, "its library does not take it");
  return PublicKey(algorithm, std::move(spki), {raw.begin(), raw.end()}, std::move(verifier));
}

Result<PublicKey> PublicKey::from_spki(Algorithm algorithm, ByteView der) {
  DerReader outer(der);
  DerReader info = outer.enter(DerTag::sequence);
  const ByteView found = info.take(DerTag::sequence);
  const ByteView bits = info.take_bits();
  if (!outer.finished() || !info.finished()) return refuse(algorithm, "it is not a SubjectPublicKeyInfo in DER");
  if (!facts_of(algorithm).is_asymmetric()) return refuse(algorithm, "that algorithm has none");
  if (!std::ranges::equal(found, identifier(algorithm))) {
    const auto owner = owner_of(found);
    return refuse(algorithm,
                  owner ? "it is one of " + std::string(facts_of(*owner).name) : "it is of another algorithm or curve");
  }
  switch (facts_of(algorithm).family) {
    case Family::ed25519: return ed25519(algorithm, bits);
    case Family::ecdsa:
      if (bits.size() != kPointSize) return refuse(algorithm, "its point is not an uncompressed one of 65 bytes");
      return ecdsa(algorithm, bits);
    default: break;
  }
  DerReader key(bits);
  DerReader numbers = key.enter(DerTag::sequence);  // RSAPublicKey (RFC 8017, A.1.1)
  const ByteView modulus = numbers.take_unsigned();
  const ByteView exponent = numbers.take_unsigned();
  if (!key.finished() || !numbers.finished()) return refuse(algorithm, "it holds no RSAPublicKey");
  return rsa(algorithm, modulus, exponent);
}

Result<PublicKey> PublicKey::ed25519(ByteView point) { return ed25519(Algorithm::ed25519, point); }

Result<PublicKey> PublicKey::ed25519(Algorithm algorithm, ByteView point) {
  if (facts_of(algorithm).family != Family::ed25519) return refuse(algorithm, "that is no Ed25519 algorithm");
  if (point.size() != kEd25519Point) return refuse(algorithm, "it has " + std::to_string(point.size()) + " bytes, not 32");
  // Canonical, and in the group that the base point generates: where every honest key lies.
  if (crypto_core_ed25519_is_valid_point(point.data()) != 1) return refuse(algorithm, "it is not a point of the curve's group");
  return make(algorithm, point_spki(algorithm, point), point, make_ed25519_verifier(point));
}

Result<PublicKey> PublicKey::ecdsa(Algorithm algorithm, ByteView point) {
  Point read;
  if (facts_of(algorithm).family != Family::ecdsa || !read_point(algorithm, point, read)) {
    return refuse(algorithm, "it is not a point of the curve");
  }
  auto verifier = algorithm == Algorithm::ecdsa_p256 ? make_p256_verifier(read) : make_secp256k1_verifier(read);
  return make(algorithm, point_spki(algorithm, read), read, std::move(verifier));
}

Result<PublicKey> PublicKey::rsa(Algorithm algorithm, ByteView modulus, ByteView exponent) {
  if (facts_of(algorithm).family != Family::rsa) return refuse(algorithm, "that is no RSA algorithm");
  const auto without_zeroes = [](ByteView number) {
    const auto first = std::ranges::find_if(number, [](std::uint8_t byte) { return byte != 0; });
    return number.subspan(static_cast<std::size_t>(first - number.begin()));
  };
  modulus = without_zeroes(modulus);
  exponent = without_zeroes(exponent);
  if (auto checked = check_rsa_size(algorithm, modulus, exponent); !checked) return checked.failure();
  if (modulus.back() % 2 == 0) return refuse(algorithm, "its modulus is even");
  std::array<std::uint8_t, kMaxSpki> place;
  DerWriter writer(place);
  writer.put_unsigned(exponent);
  writer.put_unsigned(modulus);
  writer.wrap(DerTag::sequence, 0);
  return make(algorithm, finish_spki(algorithm, writer), {}, make_rsa_verifier(modulus, exponent));
}

std::string PublicKey::pem() const {
  std::string base64(sodium_base64_encoded_len(spki_.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(base64.data(), base64.size(), spki_.data(), spki_.size(), sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();  // the terminating zero
  std::string text = "-----BEGIN PUBLIC KEY-----\n";
  for (std::size_t at = 0; at < base64.size(); at += kPemLine) text += base64.substr(at, kPemLine) + '\n';
  return text + "-----END PUBLIC KEY-----\n";
}

bool PublicKey::verifies(Scheme scheme, ByteView message, ByteView signature) const noexcept {
  return verifier_->verifies(scheme, message, signature);
}

}  // namespace custos::key
