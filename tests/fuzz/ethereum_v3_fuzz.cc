// Fuzzes Ethereum keystores. An input is the JSON; the passphrase is "foo", and what a file may ask for is next to nothing.
//
// What must hold: the same file gives the same answer twice; a refusal says why in one line; a key that is accepted is sound
// material, and a keystore that holds it and names its address opens as the same key, but not under another address.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "encode/hex.h"
#include "hash/keccak.h"
#include "key/key_material.h"
#include "key/passphrase_cipher.h"
#include "key/private_key_file.h"

namespace {

using namespace custos;  // NOLINT(google-build-using-namespace)

constexpr InsecureSecretAccess kAccess{};
constexpr key::KdfLimits kLimits{.pbkdf2_iterations = 100, .scrypt_memory = 64 * 1024, .scrypt_work = 256 * 1024};
constexpr std::string_view kSalt = "0123456789abcdef";  // the initialisation vector too

void require(bool holds) {
  if (!holds) std::abort();
}

Result<SecretBytes> passphrase() { return SecretBytes::copy_of(as_bytes("foo")); }

Result<key::ReadKey> read(std::string_view text) {
  return key::read_ethereum_v3(*SecretBytes::copy_of(as_bytes(text)), passphrase, kLimits);
}

// keystore writes one that holds `scalar`.
std::string keystore(const SecretBytes& scalar, ByteView address) {
  const auto derived = key::derive(key::Scrypt{as_bytes(kSalt), 2, 1, 1}, *passphrase(), 32);
  const auto ciphertext =  // in counter mode, decrypting encrypts
      key::decrypt(key::kAes128Ctr, derived->view(kAccess).first(16), as_bytes(kSalt), scalar.view(kAccess));
  const std::array parts{derived->view(kAccess).last(16), ciphertext->view(kAccess)};
  const auto hex = [](ByteView bytes) { return '"' + encode::to_hex(bytes) + '"'; };
  return R"({"version":3,"address":)" + hex(address) + R"(,"Crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":)" +
         hex(as_bytes(kSalt)) + R"(},"ciphertext":)" + hex(ciphertext->view(kAccess)) +
         R"(,"kdf":"scrypt","kdfparams":{"dklen":32,"n":2,"r":1,"p":1,"salt":)" + hex(as_bytes(kSalt)) + R"(},"mac":)" +
         hex(hash::keccak256(parts)) + "}}";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto key = read(text);
  const auto again = read(text);
  require(key.has_value() == again.has_value());
  if (!key) {
    require(key.error().code == again.error().code && key.error().detail == again.error().detail);
    require(!key.error().detail.empty() && key.error().detail.find('\n') == std::string::npos);
    return 0;
  }
  require(key->algorithm == key::Algorithm::ecdsa_secp256k1 && key->material.equals(again->material));
  require(key::check_material(key->algorithm, key->material).has_value());

  const auto own = key::public_key_of(key->algorithm, key->material);
  const Digest32 digest = hash::keccak256(ByteView(own->raw()).subspan(1));
  Bytes address(digest.end() - 20, digest.end());
  const auto rewritten = read(keystore(key->material, address));
  require(rewritten && rewritten->material.equals(key->material));
  address[0] ^= 1;
  const auto mismatched = read(keystore(key->material, address));
  require(!mismatched && mismatched.error().code == Errc::integrity);
  return 0;
}
