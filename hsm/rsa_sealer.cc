#include "hsm/rsa_sealer.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <optional>

#include "hsm/ck_rv.h"
#include "hsm/cold_call.h"
#include "hsm/key_pairs.h"
#include "hsm/key_search.h"
#include "hsm/rsa_oaep.h"
#include "hsm/sealed_box.h"

namespace custos::hsm {
namespace {

constexpr std::size_t kKeySize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;

BoxVersion version_of(OaepHash hash) {
  return hash == OaepHash::sha256 ? BoxVersion::rsa_oaep_sha256 : BoxVersion::rsa_oaep_sha1;
}

std::optional<OaepHash> hash_of(std::uint8_t version) {
  for (const OaepHash hash : {OaepHash::sha256, OaepHash::sha1}) {
    if (version == static_cast<std::uint8_t>(version_of(hash))) return hash;
  }
  return std::nullopt;
}

// SealedKey is the head of a box, and the data key inside it.
struct SealedKey {
  Bytes head;  // version ‖ encrypted data key
  SecretBytes key;
};

// seal_new_key takes the first hash that the token knows.
Result<SealedKey> seal_new_key(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE handle,
                               const key::PublicKey& known) {
  auto data_key = SecretBytes::allocate(kKeySize);
  if (!data_key) return data_key.failure();
  randombytes_buf(data_key->mutable_view(InsecureSecretAccess{}).data(), kKeySize);
  CK_RV rv = CKR_OK;
  for (const OaepHash hash : {OaepHash::sha256, OaepHash::sha1}) {
    auto encrypted = oaep_encrypt(known, hash, *data_key);
    if (!encrypted) return encrypted.failure();
    SecretBytes opened;
    rv = oaep_decrypt(module, session, handle, hash, *encrypted, opened);
    if (is_unknown_hash(rv)) continue;
    if (rv != CKR_OK) break;
    if (!opened.equals(*data_key))
      return fail(Errc::integrity, Origin::token, "the token does not open what is sealed under its key");
    Bytes head{static_cast<std::uint8_t>(version_of(hash))};
    head.insert(head.end(), encrypted->begin(), encrypted->end());
    return SealedKey{std::move(head), std::move(*data_key)};
  }
  return token_failure(rv, "cannot seal data");
}

Bytes authenticated(ByteView head, ByteView context) {
  Bytes all(head.begin(), head.end());
  all.insert(all.end(), context.begin(), context.end());
  return all;
}

Bytes make_box(const SealedKey& sealed, ByteView plaintext, ByteView context) {
  const Bytes with = authenticated(sealed.head, context);
  Bytes box = sealed.head;
  box.resize(sealed.head.size() + kNonceSize + plaintext.size() + kTagSize);
  std::uint8_t* nonce = box.data() + sealed.head.size();
  randombytes_buf(nonce, kNonceSize);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceSize, nullptr, plaintext.data(), plaintext.size(), with.data(),
                                             with.size(), nullptr, nonce, sealed.key.view(InsecureSecretAccess{}).data());
  return box;
}

Result<SecretBytes> open_box(ByteView box, std::size_t head_size, const SecretBytes& data_key, ByteView context) {
  const Bytes with = authenticated(box.first(head_size), context);
  const ByteView nonce = box.subspan(head_size, kNonceSize);
  const ByteView sealed = box.subspan(head_size + kNonceSize);
  auto plaintext = SecretBytes::allocate(sealed.size() - kTagSize);
  if (!plaintext) return plaintext.failure();
  const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext->mutable_view(InsecureSecretAccess{}).data(), nullptr,
                                                                nullptr, sealed.data(), sealed.size(), with.data(), with.size(),
                                                                nonce.data(), data_key.view(InsecureSecretAccess{}).data());
  if (opened != 0) return changed_box();
  return plaintext;
}

}  // namespace

// The public key comes from the private object: whoever has no PIN can plant public ones.
Result<Bytes> RsaSealer::seal(const SecretBytes& plaintext, ByteView context) {
  if (auto sealable = check_sealable(plaintext); !sealable) return sealable.failure();
  return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) -> Result<Bytes> {
    auto handle = the_key_by_id(module, session, CKO_PRIVATE_KEY, id_);
    if (!handle) return handle.failure();
    auto known = read_public_key(module, session, *handle, algorithm_);
    if (!known) return known.failure();
    auto sealed = seal_new_key(module, session, *handle, *known);
    if (!sealed) return sealed.failure();
    return make_box(*sealed, plaintext.view(InsecureSecretAccess{}), context);
  });
}

Result<SecretBytes> RsaSealer::open(ByteView box, ByteView context) {
  const std::size_t modulus = key::facts_of(algorithm_).signature_size;
  const std::size_t head = 1 + modulus, least = head + kNonceSize + kTagSize;
  if (box.size() <= least || box.size() > least + kLongestSealed) return changed_box();
  const auto hash = hash_of(box[0]);
  if (!hash) return changed_box();
  return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) -> Result<SecretBytes> {
    auto handle = the_key_by_id(module, session, CKO_PRIVATE_KEY, id_);
    if (!handle) return handle.failure();
    SecretBytes data_key;
    const CK_RV rv = oaep_decrypt(module, session, *handle, *hash, box.subspan(1, modulus), data_key);
    if (is_broken_seal(rv) || is_unknown_hash(rv)) return changed_box(rv);  // the latter: this token has not made the box
    if (rv != CKR_OK) return token_failure(rv, "cannot open sealed data");
    if (data_key.size() != kKeySize) return changed_box();
    return open_box(box, head, data_key, context);
  });
}

}  // namespace custos::hsm
