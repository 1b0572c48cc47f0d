#include "software/master_key.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "base/wipe_stack.h"

namespace custos::software {
namespace {

constexpr InsecureSecretAccess kAccess{};
constexpr std::size_t kKeySize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kKeySize == 32 && kNonceSize == 24 && kTagSize == 16);

constexpr std::array<std::string_view, 2> kSubkeys{"custos-keystore-entries-v1", "custos-keystore-mac-v1"};

// encrypt writes the ciphertext and its tag.
void encrypt(std::span<std::uint8_t> out, const SecretBytes& plaintext, ByteView context, const std::uint8_t* nonce,
             const std::uint8_t* key) {
  const auto from = plaintext.view(kAccess);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, from.data(), from.size(), context.data(), context.size(),
                                             nullptr, nonce, key);
  wipe_stack();
}

bool decrypt(SecretBytes& out, ByteView box, ByteView context, const std::uint8_t* nonce, const std::uint8_t* key) {
  const auto to = out.mutable_view(kAccess);
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(to.data(), nullptr, nullptr, box.data(), box.size(),
                                                                context.data(), context.size(), nonce, key);
  wipe_stack();
  return failed == 0;
}

}  // namespace

Result<MasterKey> MasterKey::with(SecretBytes master) {
  auto subkeys = SecretBytes::allocate(kSubkeys.size() * kKeySize);
  if (!subkeys) return subkeys.failure();
  auto out = subkeys->mutable_view(kAccess);
  for (const std::string_view name : kSubkeys) {
    crypto_generichash(out.data(), kKeySize, as_bytes(name).data(), name.size(), master.view(kAccess).data(), kKeySize);
    out = out.subspan(kKeySize);
  }
  wipe_stack();
  return MasterKey(std::move(master), *std::move(subkeys));
}

Result<MasterKey> MasterKey::generate() {
  auto master = SecretBytes::allocate(kKeySize);
  if (!master) return master.failure();
  randombytes_buf(master->mutable_view(kAccess).data(), kKeySize);
  return with(*std::move(master));
}

Result<MasterKey> MasterKey::unwrap(const PassphraseSlot& slot, const key::KeyId& home, const SecretBytes& key) {
  auto master = SecretBytes::allocate(kKeySize);
  if (!master) return master.failure();
  if (!decrypt(*master, slot.box, slot.context(home), slot.nonce.data(), key.view(kAccess).data())) {
    return fail(Errc::authentication, Origin::home, {});
  }
  return with(*std::move(master));
}

void MasterKey::wrap(PassphraseSlot& slot, const key::KeyId& home, const SecretBytes& key) const {
  randombytes_buf(slot.nonce.data(), slot.nonce.size());
  encrypt(slot.box, master_, slot.context(home), slot.nonce.data(), key.view(kAccess).data());
}

Bytes MasterKey::seal(const SecretBytes& material, ByteView context) const {
  Bytes box(kNonceSize + material.size() + kTagSize);
  randombytes_buf(box.data(), kNonceSize);
  encrypt(std::span(box).subspan(kNonceSize), material, context, box.data(), entry_key());
  return box;
}

Result<SecretBytes> MasterKey::open(ByteView box, ByteView context) const {
  const auto changed = [] {
    return fail(Errc::integrity, Origin::home, "its encrypted material or its description was changed");
  };
  if (box.size() <= kNonceSize + kTagSize) return changed();
  auto material = SecretBytes::allocate(box.size() - kNonceSize - kTagSize);
  if (!material) return material;
  if (!decrypt(*material, box.subspan(kNonceSize), context, box.data(), entry_key())) return changed();
  return material;
}

Mac MasterKey::authenticate(std::span<const ByteView> parts) const {
  crypto_generichash_state state;
  Mac mac;
  crypto_generichash_init(&state, mac_key(), kKeySize, mac.size());
  for (const ByteView part : parts) crypto_generichash_update(&state, part.data(), part.size());
  crypto_generichash_final(&state, mac.data(), mac.size());
  sodium_memzero(&state, sizeof state);
  wipe_stack();
  return mac;
}

bool MasterKey::authenticates(const KeystoreImage& image) const {
  if (!image.header().slot) return false;
  const Mac mac = authenticate(image.authenticated());
  return sodium_memcmp(mac.data(), image.mac().data(), mac.size()) == 0;
}

const std::uint8_t* MasterKey::entry_key() const noexcept { return subkeys_.view(kAccess).data(); }
const std::uint8_t* MasterKey::mac_key() const noexcept { return entry_key() + kKeySize; }

}  // namespace custos::software
