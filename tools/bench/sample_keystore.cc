#include "tools/bench/sample_keystore.h"

#include <sodium.h>

#include <string>
#include <vector>

#include "base/private_file.h"
#include "software/keystore_format.h"
#include "software/master_key.h"

namespace custos::bench {
namespace {

using software::EntryAbout;

constexpr software::KdfCost kLeastWork{1, std::uint64_t{8} << 20U};
constexpr std::size_t kSecretSize = 64;  // as Binance's

Result<software::PassphraseSlot> slot_of(const software::MasterKey& master, const key::KeyId& home,
                                         const SecretBytes& passphrase) {
  software::PassphraseSlot slot;
  slot.cost = kLeastWork;
  randombytes_buf(slot.salt.data(), slot.salt.size());
  auto key = software::derive_key(passphrase, slot.salt, slot.cost);
  if (!key) return key.failure();
  master.wrap(slot, home, *key);
  return slot;
}

Result<Bytes> entry_of(const software::MasterKey& master, const key::KeyId& home, const EntryAbout& about,
                       const SecretBytes& material) {
  auto encoded = about.encode();
  if (!encoded) return encoded;
  return software::encode_entry(*encoded, master.seal(material, EntryAbout::context(home, *encoded)));
}

}  // namespace

Result<key::KeyId> write_sample_keystore(const std::filesystem::path& file, const key::KeyId& home, const SecretBytes& passphrase,
                                         std::size_t keys) {
  auto master = software::MasterKey::generate();
  if (!master) return master.failure();
  auto slot = slot_of(*master, home, passphrase);
  if (!slot) return slot.failure();
  auto material = SecretBytes::allocate(kSecretSize);
  if (!material) return material.failure();
  randombytes_buf(material->mutable_view(InsecureSecretAccess{}).data(), kSecretSize);

  EntryAbout about;
  about.purpose = "venue:binance";
  std::vector<Bytes> entries;
  for (std::size_t i = 0; i < keys; ++i) {
    const std::string label = "binance-account-" + std::to_string(i) + "#1";
    about.id = key::KeyId::random();
    about.label = label;
    auto entry = entry_of(*master, home, about, *material);
    if (!entry) return entry.failure();
    entries.push_back(*std::move(entry));
  }
  auto content = software::encode_keystore({home, *slot, 1}, std::vector<ByteView>(entries.begin(), entries.end()),
                                           [&](auto parts) { return master->authenticate(parts); });
  if (!content) return content.failure();
  if (auto written = write_private_file(file, as_text(*content)); !written) return written.failure();
  return about.id;
}

}  // namespace custos::bench
