#include "key/private_key_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/wipe_stack.h"
#include "encode/base64.h"
#include "encode/hex.h"
#include "key/passphrase_cipher.h"
#include "key/pbes2.h"
#include "key/pem.h"
#include "key/private_key_der.h"

namespace custos::key {
namespace {

constexpr InsecureSecretAccess kAccess{};
constexpr std::string_view kPkcs8 = "PRIVATE KEY";
constexpr std::string_view kEncryptedPkcs8 = "ENCRYPTED PRIVATE KEY";
constexpr std::string_view kSec1 = "EC PRIVATE KEY";
constexpr std::string_view kPkcs1 = "RSA PRIVATE KEY";
constexpr std::string_view kEcParameters = "EC PARAMETERS";

Unexpected refuse(std::string detail) { return fail(Errc::bad_input, Origin::key, std::move(detail)); }

bool is_key(const PemBlock& block) {
  return block.label == kPkcs8 || block.label == kEncryptedPkcs8 || block.label == kSec1 || block.label == kPkcs1;
}

Unexpected refuse_block(std::string_view label) {
  if (label == "OPENSSH PRIVATE KEY") {
    return refuse(
        "the key file is OpenSSH's: convert a copy of it with ssh-keygen -p -m PKCS8 -f COPY (Ed25519 needs OpenSSH 9.6)");
  }
  const bool is_public = label.find("CERTIFICATE") != std::string_view::npos || label.find("PUBLIC") != std::string_view::npos;
  return refuse("the key file holds the block " + std::string(label) +
                (is_public ? ", which is public: give a file with the private key and nothing else"
                           : ", which is no private key that Custos reads: give a file with one private key and nothing else"));
}

// KeyBlocks is what a file may hold: a key, after the parameters of its curve if it is one of SEC 1.
struct KeyBlocks {
  const PemBlock* parameters = nullptr;
  const PemBlock* key = nullptr;
};

Result<KeyBlocks> choose(const std::vector<PemBlock>& blocks) {
  for (const auto& block : blocks) {
    if (!is_key(block) && block.label != kEcParameters) return refuse_block(block.label);
  }
  const auto keys = std::ranges::count_if(blocks, is_key);
  if (keys == 0) return refuse("the key file holds the parameters of a curve, and no key");
  if (keys > 1) return refuse("the key file holds " + std::to_string(keys) + " keys: give one with a single key");
  KeyBlocks chosen;
  chosen.key = &blocks.back();
  if (blocks.size() > 1) chosen.parameters = &blocks.front();
  if (blocks.size() > 2 || !is_key(*chosen.key) || (chosen.parameters != nullptr && chosen.key->label != kSec1))
    return refuse("the parameters of a curve belong once, before an EC PRIVATE KEY: remove the others from the key file");
  return chosen;
}

// open_traditional opens what OpenSSL encrypted before PKCS#8: DEK-Info names cipher and initialisation vector, whose first eight
// bytes are the salt as well (openssl's PEM_read(3), "PEM encryption format").
Result<SecretBytes> open_traditional(const PemBlock& block, ByteView ciphertext, const PassphraseSource& passphrase,
                                     const KdfLimits& limits) {
  constexpr std::size_t kSaltSize = 8;
  const auto comma = std::min(block.encryption.find(','), block.encryption.size());
  const auto name = block.encryption.substr(0, comma);
  const auto iv = encode::from_hex(block.encryption.substr(std::min(comma + 1, block.encryption.size())));
  for (const auto& cipher : {kAes128Cbc, kAes192Cbc, kAes256Cbc, kDesEde3Cbc}) {
    if (cipher.name != name) continue;
    if (!iv || iv->size() != cipher.iv_size) break;
    return open_encrypted_key({BytesToKey{ByteView(*iv).first(kSaltSize)}, cipher, *iv, ciphertext}, passphrase, limits);
  }
  return refuse(
      "the key file's DEK-Info names no cipher that Custos reads: encrypt it anew with openssl pkcs8 -topk8 -in FILE -v2 "
      "aes-256-cbc -out NEW");
}

// key_der gives the key's DER, decrypted.
Result<SecretBytes> key_der(const PemBlock& block, const PassphraseSource& passphrase, const KdfLimits& limits) {
  auto der = encode::secret_from_base64(as_bytes(block.base64));
  if (!der) return der;
  if (block.label == kEncryptedPkcs8) {
    auto encrypted = read_encrypted_private_key_info(der->view(kAccess));
    if (!encrypted) return encrypted.failure();
    return open_encrypted_key(*encrypted, passphrase, limits);
  }
  if (!block.encryption.empty()) return open_traditional(block, der->view(kAccess), passphrase, limits);
  return der;
}

Result<ReadKey> read_blocks(std::string_view text, const PassphraseSource& passphrase, const KdfLimits& limits) {
  auto blocks = find_pem_blocks(text);
  if (!blocks) return blocks.failure();
  auto chosen = choose(*blocks);
  if (!chosen) return chosen.failure();
  const PemBlock& block = *chosen->key;
  if (!block.encryption.empty() && (block.label == kPkcs8 || block.label == kEncryptedPkcs8))
    return refuse("the headers of the block " + std::string(block.label) + " are malformed");

  SecretBytes parameters;
  if (chosen->parameters != nullptr) {
    auto decoded = encode::secret_from_base64(as_bytes(chosen->parameters->base64));
    if (!decoded) return decoded.failure();
    parameters = *std::move(decoded);
  }
  auto der = key_der(block, passphrase, limits);
  if (!der) return der.failure();
  if (block.label == kSec1) return read_ec_private_key(der->view(kAccess), parameters.view(kAccess));
  if (block.label == kPkcs1) return read_rsa_private_key(der->view(kAccess));
  return read_private_key_info(der->view(kAccess));
}

}  // namespace

Result<ReadKey> read_pem(const SecretBytes& text, const PassphraseSource& passphrase, const KdfLimits& limits) {
  if (text.size() > kMaxKeyFile) {
    return refuse("the key file has " + std::to_string(text.size()) + " bytes: at most " + std::to_string(kMaxKeyFile));
  }
  auto key = read_blocks(as_text(text.view(kAccess)), passphrase, limits);
  wipe_stack();
  return key;
}

}  // namespace custos::key
