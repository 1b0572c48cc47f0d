// create_backup: a consistent picture of a home, and what is not in it.
#include <filesystem>

#include "custodian/backup_box.h"
#include "custodian/backup_file.h"
#include "custodian/custodian_impl.h"
#include "custodian/development_token.h"
#include "custodian/files.h"
#include "custodian/key_store.h"
#include "custodian/production.h"
#include "custos/version.h"
#include "software/keystore_file.h"

namespace custos {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostConfig = 1024 * 1024;

// kMostTries bounds how often the keystore may be written while a picture is taken.
constexpr int kMostTries = 10;

// Picture is the home at one moment: the keystore is the same before and after the registry was copied, and a key's material is
// made before its row.
struct Picture {
  Bytes registry, keystore;
  std::string config;
};

// take_stores holds no lock of one while it waits for the other: who makes a key holds the registry and waits for the keystore. A
// keystore that was written meanwhile is read again.
Result<Picture> take_stores(registry::Registry& registry, const software::KeystoreFile& keystore) {
  auto before = keystore.read();
  for (int i = 0; before && i < kMostTries; ++i) {
    auto rows = registry.copy();
    if (!rows) return rows.failure();
    auto after = keystore.read();
    if (after && after->image.bytes() == before->image.bytes()) {
      return Picture{.registry = *std::move(rows), .keystore = after->image.bytes(), .config = {}};
    }
    before = std::move(after);
  }
  if (!before) return before.failure();
  return fail(Errc::busy, Origin::home,
              keystore.path().string() + " is written without pause: make the backup when no keys are being made");
}

Result<Picture> take_picture(Custodian::Impl& home, const std::string& home_id) {
  auto id = key::KeyId::parse(home_id);
  if (!id) return id.failure();
  auto picture = take_stores(*home.registry, {home.home / kKeystorePart, *id});
  if (!picture) return picture;
  auto config = read_text_file(home.home / kConfigPart, kMostConfig);
  if (!config) return config.failure();
  picture->config = *std::move(config);
  return picture;
}

Result<std::vector<BackupKey>> list_keys(registry::Registry& registry) {
  auto directory = KeyDirectory::read(registry);
  if (!directory) return directory.failure();
  auto rows = registry.keys_unverified();
  if (!rows) return rows.failure();
  std::vector<BackupKey> keys;
  for (const auto& row : *rows) {
    if (row.state == "destroyed") continue;
    BackupKey key{.name = KeyName{row.token, row.name}.text(),
                  .id = row.id,
                  .algorithm = row.algorithm,
                  .purpose = row.purpose,
                  .custody = {},
                  .recoverability = row.recoverability,
                  .state = row.state,
                  .sealed_under = {},
                  .inside = row.token == software::kKeystoreName};
    auto copies = registry.copies_unverified(row.id);
    if (!copies) return copies.failure();
    for (const auto& copy : *copies) {
      key.custody = copy.custody;
      if (key.inside) key.sealed_under = directory->sealed_under(copy.uri);
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

// where_from tells where a PIN or passphrase is, as far as that is worth keeping too.
std::string where_from(const PinSource& source) {
  if (const auto* file = std::get_if<PinFile>(&source)) return " (it is in " + file->path.string() + ")";
  return {};
}

std::vector<std::string> left_out(const Custodian::Impl& home, bool has_keystore) {
  std::vector<std::string> lines;
  for (const auto& token : home.config.tokens) {
    lines.push_back("the token " + token.name + " (" + token.uri + ") with its keys, which never leave it");
    lines.push_back("the PIN of token " + token.name + where_from(token.pin));
  }
  if (development_token(home.config, home.home) != nullptr) {
    lines.push_back("the SoftHSM2 folder " + (home.home / "tokens").string() + ", in which the token " +
                    std::string(kDevelopmentToken) + " keeps its keys");
  }
  for (const auto& store : home.config.stores) lines.push_back("the key behind " + store.name + " (" + store.uri + ")");
  if (has_keystore) {
    lines.push_back("the passphrase of the software keystore" + where_from(home.config.software.passphrase));
  }
  lines.emplace_back("the control page: restoring makes a new one");
  return lines;
}

Result<BackupManifest> describe(const Custodian::Impl& home, const std::string& home_id, const Picture& picture) {
  auto registry = registry::Registry::open_copy(picture.registry);
  if (!registry) return registry.failure();
  auto changes = (*registry)->verify_unsealed();
  if (!changes) return changes.failure();
  auto credentials = (*registry)->credentials_unverified();
  if (!credentials) return credentials.failure();
  auto events = (*registry)->events_unverified();
  if (!events) return events.failure();
  auto keys = list_keys(**registry);
  if (!keys) return keys.failure();

  BackupManifest manifest{.version = CUSTOS_VERSION,
                          .created_ms = home.clock.now_ms(),
                          .actor = home.actor,
                          .home = home.home.string(),
                          .home_id = home_id,
                          .mode = std::string(to_string(home.mode)),
                          .changes = *changes,
                          .credentials = credentials->size(),
                          .events = events->size(),
                          .keystore = {},
                          .parts = {},
                          .keys = *std::move(keys),
                          .left_out = left_out(home, !picture.keystore.empty())};
  if (picture.keystore.empty()) return manifest;
  auto image = software::KeystoreImage::parse(picture.keystore);
  if (!image) return image.failure();
  manifest.keystore = BackupKeystore{
      .generation = image->header().generation, .software_keys = image->software_keys(), .sealed_keys = image->sealed_keys()};
  return manifest;
}

}  // namespace

Result<BackupManifest> create_backup(const Custodian& custodian, const fs::path& file, const SecretBytes& passphrase) {
  Custodian::Impl& home = *custodian.impl();
  if (passphrase.empty()) return fail(Errc::bad_input, Origin::none, "the passphrase of the backup is empty");
  if (auto strong = check_new_passphrase(home.mode, passphrase); !strong) return strong.failure();
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  auto home_id = home.home_id();
  if (!home_id) return home_id.failure();
  auto picture = take_picture(home, *home_id);
  if (!picture) return picture.failure();
  auto manifest = describe(home, *home_id, *picture);
  if (!manifest) return manifest;

  std::vector<BackupArchive::Part> parts{{kRegistryPart, picture->registry}, {kConfigPart, as_bytes(picture->config)}};
  if (!picture->keystore.empty()) parts.push_back({kKeystorePart, picture->keystore});
  const Bytes content = BackupArchive::pack(*manifest, parts);
  auto sealed = seal_box(content, passphrase, software::KdfCost{});
  if (!sealed) return sealed.failure();
  if (auto written = write_backup(file, *sealed); !written) return written.failure();
  return manifest;
}

}  // namespace custos
