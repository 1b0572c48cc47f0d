// Ethereum's keystore, version 3: the "Web3 Secret Storage Definition" (ethereum.org,
// developers/docs/data-structures-and-encoding).
#include <sodium.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/wipe_stack.h"
#include "encode/hex.h"
#include "hash/keccak.h"
#include "key/elliptic_curve.h"
#include "key/key_material.h"
#include "key/passphrase_cipher.h"
#include "key/private_key_der.h"
#include "key/private_key_file.h"

namespace custos::key {
namespace {

using Json = nlohmann::json;

constexpr InsecureSecretAccess kAccess{};
constexpr int kMaxDepth = 8;
constexpr std::size_t kDerivedSize = 32;  // the first half decrypts, the second authenticates
constexpr std::size_t kAddressSize = 20;

Unexpected refuse(std::string detail) { return fail(Errc::bad_input, Origin::key, std::move(detail)); }
Unexpected malformed(std::string_view field) {
  return refuse("the Ethereum keystore's " + std::string(field) + " is missing or malformed: is the file complete?");
}

// parse reads the text, which holds no secret in the clear. It throws nothing.
std::optional<Json> parse(std::string_view text) {
  bool is_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    is_deep = is_deep || depth > kMaxDepth;
    return !is_deep;
  };
  Json json = Json::parse(text, watch_depth, false);
  if (is_deep || !json.is_object()) return std::nullopt;
  return json;
}

// member gives a member of an object, nullptr when it is not there.
const Json* member(const Json* object, const char* name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}
std::string_view text_of(const Json* value) {
  const auto* const text = value == nullptr ? nullptr : value->get_ptr<const std::string*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}
// number_of gives 0 for what is no number, which no parameter may be.
std::uint64_t number_of(const Json* value) {
  const auto* const number = value == nullptr ? nullptr : value->get_ptr<const std::uint64_t*>();
  return number == nullptr ? 0 : *number;
}
// hex_of gives bytes, at least one.
std::optional<Bytes> hex_of(const Json* value) {
  std::string_view text = text_of(value);
  if (text.starts_with("0x")) text.remove_prefix(2);
  return text.empty() ? std::nullopt : encode::from_hex(text);
}

// Keystore is what the file says, in bytes.
struct Keystore {
  Bytes iv, ciphertext, mac, salt;
  Derivation derivation{BytesToKey{}};
  std::optional<Bytes> address;
};

// read_derivation fills in salt and derivation, which views the salt.
Result<void> read_derivation(const Json* crypto, Keystore& keystore) {
  const Json* parameters = member(crypto, "kdfparams");
  const auto salt = hex_of(member(parameters, "salt"));
  if (!salt) return malformed("crypto.kdfparams.salt");
  keystore.salt = *salt;
  if (number_of(member(parameters, "dklen")) < kDerivedSize) return malformed("crypto.kdfparams.dklen");
  const std::string_view kdf = text_of(member(crypto, "kdf"));
  if (kdf == "scrypt") {
    keystore.derivation = Scrypt{keystore.salt, number_of(member(parameters, "n")), number_of(member(parameters, "r")),
                                 number_of(member(parameters, "p"))};
    return {};
  }
  if (kdf != "pbkdf2") return refuse("the Ethereum keystore's crypto.kdf is neither scrypt nor pbkdf2");
  if (text_of(member(parameters, "prf")) != "hmac-sha256")
    return refuse("the Ethereum keystore's crypto.kdfparams.prf is not hmac-sha256");
  keystore.derivation = Pbkdf2{"SHA256", keystore.salt, number_of(member(parameters, "c"))};
  return {};
}

Result<void> read_keystore(const Json& json, Keystore& keystore) {
  const auto version = number_of(member(&json, "version"));
  if (version != 3) return refuse("the Ethereum keystore is not of version 3: import it into geth and export it from there");
  const Json* crypto = member(&json, "crypto");
  if (crypto == nullptr) crypto = member(&json, "Crypto");
  if (crypto == nullptr) return malformed("crypto");
  if (text_of(member(crypto, "cipher")) != "aes-128-ctr")
    return refuse("the Ethereum keystore's crypto.cipher is not aes-128-ctr");

  auto iv = hex_of(member(member(crypto, "cipherparams"), "iv"));
  if (!iv || iv->size() != kAes128Ctr.iv_size) return malformed("crypto.cipherparams.iv");
  auto ciphertext = hex_of(member(crypto, "ciphertext"));
  if (!ciphertext || ciphertext->size() > kScalarSize) return malformed("crypto.ciphertext");
  auto mac = hex_of(member(crypto, "mac"));
  if (!mac || mac->size() != sizeof(Digest32)) return malformed("crypto.mac");
  if (const Json* address = member(&json, "address"); address != nullptr && !text_of(address).empty()) {
    keystore.address = hex_of(address);
    if (!keystore.address || keystore.address->size() != kAddressSize) return malformed("address");
  }
  keystore.iv = *std::move(iv);
  keystore.ciphertext = *std::move(ciphertext);
  keystore.mac = *std::move(mac);
  return read_derivation(crypto, keystore);
}

// is_authentic: the MAC is Keccak-256 of the second half of the derived key and the ciphertext.
bool is_authentic(const Keystore& keystore, const SecretBytes& derived) {
  const std::array parts{derived.view(kAccess).last(kDerivedSize / 2), ByteView(keystore.ciphertext)};
  const Digest32 mac = hash::keccak256(parts);
  return sodium_memcmp(mac.data(), keystore.mac.data(), mac.size()) == 0;
}

// check_address compares with the last 20 bytes of the public key's Keccak-256.
Result<void> check_address(ByteView address, const SecretBytes& scalar) {
  auto own = public_key_of(Algorithm::ecdsa_secp256k1, scalar);
  if (!own) return own.failure();
  const Digest32 digest = hash::keccak256(ByteView(own->raw()).subspan(1));
  if (std::ranges::equal(address, std::span(digest).last(kAddressSize))) return {};
  return fail(Errc::integrity, Origin::key,
              "the Ethereum keystore names the address 0x" + encode::to_hex(address) + ", but its key's is 0x" +
                  encode::to_hex(std::span(digest).last(kAddressSize)));
}

Result<ReadKey> read(std::string_view text, const PassphraseSource& passphrase, const KdfLimits& limits) {
  const auto json = parse(text);
  if (!json) return refuse("the Ethereum keystore is no JSON object");
  Keystore keystore;
  if (auto read = read_keystore(*json, keystore); !read) return read.failure();
  if (auto bearable = check_cost(keystore.derivation, limits); !bearable) return bearable.failure();
  auto secret = ask(passphrase);
  if (!secret) return secret.failure();
  auto derived = derive(keystore.derivation, *secret, kDerivedSize);
  if (!derived) return derived.failure();
  if (!is_authentic(keystore, *derived)) return wrong_passphrase();

  auto plain = decrypt(kAes128Ctr, derived->view(kAccess).first(kAes128Ctr.key_size), keystore.iv, keystore.ciphertext);
  if (!plain) return plain.failure();
  auto scalar = padded_scalar(plain->view(kAccess));
  if (!scalar) return scalar.failure();
  if (auto valid = check_material(Algorithm::ecdsa_secp256k1, *scalar); !valid) return valid.failure();
  if (keystore.address) {
    if (auto same = check_address(*keystore.address, *scalar); !same) return same.failure();
  }
  return ReadKey{Algorithm::ecdsa_secp256k1, *std::move(scalar)};
}

}  // namespace

Result<ReadKey> read_ethereum_v3(const SecretBytes& json, const PassphraseSource& passphrase, const KdfLimits& limits) {
  if (json.size() > kMaxKeyFile)
    return refuse("the Ethereum keystore has " + std::to_string(json.size()) + " bytes: at most " + std::to_string(kMaxKeyFile));
  auto key = read(as_text(json.view(kAccess)), passphrase, limits);
  wipe_stack();
  return key;
}

}  // namespace custos::key
