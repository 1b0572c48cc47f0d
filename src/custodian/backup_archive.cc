#include "custodian/backup_archive.h"

#include <algorithm>

#include "custodian/config.h"
#include "custodian/custodian_impl.h"
#include "encode/hex.h"
#include "encode/quote.h"
#include "hash/hash.h"
#include "registry/registry.h"
#include "software/keystore_format.h"

namespace custos {
namespace {

constexpr std::size_t kSizeField = 8;  // of the manifest's size, big-endian

Unexpected wrong(std::string what) { return fail(Errc::integrity, Origin::home, std::move(what)); }

std::string digest_of(ByteView bytes) { return encode::to_hex(hash::sha256(bytes)); }

// inside begins the errors of a part.
Unexpected inside(std::string_view part, const Error& error) {
  return fail(error.code, error.origin, "holds a " + std::string(part) + " that does not hold: " + error.detail, error.native);
}

Result<void> differs(std::string_view part) {
  return wrong("holds a " + std::string(part) + " that is not the one of its manifest");
}

Result<void> prove_registry(ByteView bytes, const BackupManifest& manifest) {
  auto registry = registry::Registry::open_copy(bytes);
  if (!registry) return inside(kRegistryPart, registry.error());
  auto changes = (*registry)->verify_unsealed();
  if (!changes) return inside(kRegistryPart, changes.error());
  auto keys = (*registry)->keys_unverified();
  if (!keys) return inside(kRegistryPart, keys.error());
  auto credentials = (*registry)->credentials_unverified();
  if (!credentials) return inside(kRegistryPart, credentials.error());
  auto events = (*registry)->events_unverified();
  if (!events) return inside(kRegistryPart, events.error());
  auto home_id = (*registry)->setting_unverified(kHomeIdSetting);
  if (!home_id) return inside(kRegistryPart, home_id.error());
  auto mode = (*registry)->setting_unverified(kModeSetting);
  if (!mode) return inside(kRegistryPart, mode.error());
  const auto in_use = static_cast<std::size_t>(
      std::ranges::count_if(*keys, [](const registry::KeyRow& row) { return row.state != "destroyed"; }));
  const bool same = *changes == manifest.changes && in_use == manifest.keys.size() &&
                    credentials->size() == manifest.credentials && events->size() == manifest.events &&
                    *home_id == manifest.home_id && *mode == manifest.mode;
  return same ? Result<void>() : differs(kRegistryPart);
}

Result<void> prove_keystore(ByteView bytes, const BackupManifest& manifest) {
  if (bytes.empty() && !manifest.keystore) return {};
  auto image = software::KeystoreImage::parse(Bytes(bytes.begin(), bytes.end()));
  if (!image) return wrong("holds a keystore that " + image.error().detail);
  const bool same = manifest.keystore && image->header().generation == manifest.keystore->generation &&
                    image->header().home.text() == manifest.home_id &&
                    image->size() == manifest.keystore->software_keys + manifest.keystore->sealed_keys;
  return same ? Result<void>() : differs(kKeystorePart);
}

}  // namespace

Bytes BackupArchive::pack(BackupManifest& manifest, std::span<const Part> parts) {
  manifest.parts.clear();
  for (const auto& part : parts) manifest.parts.push_back({std::string(part.name), part.bytes.size(), digest_of(part.bytes)});
  const std::string json = to_json(manifest);
  Bytes content;
  for (std::size_t i = kSizeField; i-- > 0;) content.push_back(static_cast<std::uint8_t>(std::uint64_t{json.size()} >> (8 * i)));
  content.insert(content.end(), json.begin(), json.end());
  for (const auto& part : parts) content.insert(content.end(), part.bytes.begin(), part.bytes.end());
  return content;
}

Result<BackupArchive> BackupArchive::unpack(Bytes content) {
  const ByteView bytes = content;
  std::uint64_t json_size = 0;
  for (const auto byte : bytes.first(std::min(bytes.size(), kSizeField))) json_size = json_size << 8U | byte;
  if (bytes.size() < kSizeField || json_size > bytes.size() - kSizeField) return wrong("holds no manifest");
  auto manifest = parse_manifest(as_text(bytes.subspan(kSizeField, json_size)));
  if (!manifest) return manifest.failure();

  const std::size_t begin = kSizeField + json_size;
  ByteView rest = bytes.subspan(begin);
  for (const auto& part : manifest->parts) {
    const std::string name = encode::quoted(part.name.substr(0, 32));
    if (part.size > rest.size()) return wrong("ends before its part " + name);
    if (digest_of(rest.first(part.size)) != part.sha256) return wrong("holds a part " + name + " that is not its manifest's");
    rest = rest.subspan(part.size);
  }
  if (!rest.empty()) return wrong("holds more than its manifest lists");
  const auto count = [&](std::string_view name) { return std::ranges::count(manifest->parts, name, &BackupPart::name); };
  const std::ptrdiff_t keystores = count(kKeystorePart);
  const bool complete = count(kRegistryPart) == 1 && count(kConfigPart) == 1 && keystores <= 1 &&
                        manifest->parts.size() == static_cast<std::size_t>(2 + keystores) &&
                        (keystores == 1) == manifest->keystore.has_value();
  if (!complete) return wrong("does not hold the parts of a home");
  return BackupArchive(std::move(content), *std::move(manifest), begin);
}

ByteView BackupArchive::part(std::string_view name) const noexcept {
  ByteView rest = ByteView(content_).subspan(begin_);
  for (const auto& part : manifest_.parts) {
    if (part.name == name) return rest.first(part.size);
    rest = rest.subspan(part.size);
  }
  return {};
}

Result<void> BackupArchive::prove() const {
  if (auto proved = prove_registry(part(kRegistryPart), manifest_); !proved) return proved;
  if (auto proved = prove_keystore(part(kKeystorePart), manifest_); !proved) return proved;
  auto config = parse_config(as_text(part(kConfigPart)), manifest_.home);
  if (!config) return inside(kConfigPart, config.error());
  return {};
}

}  // namespace custos
