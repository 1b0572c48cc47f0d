// BackupArchive: the content of a backup, inside its box: a manifest and the parts that it lists, one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/backup.h"
#include "custos/result.h"

namespace custos {

// parse_manifest reads what to_json wrote and nothing else. Errors: integrity.
[[nodiscard]] Result<BackupManifest> parse_manifest(std::string_view json);

// Names of the parts.
inline constexpr std::string_view kRegistryPart = "registry.db";
inline constexpr std::string_view kKeystorePart = "keystore";
inline constexpr std::string_view kConfigPart = "custos.toml";

class BackupArchive {
 public:
  struct Part {
    std::string_view name;
    ByteView bytes;
  };
  // pack writes the content; the manifest's list of parts is filled in.
  [[nodiscard]] static Bytes pack(BackupManifest& manifest, std::span<const Part> parts);
  // unpack reads it and proves the parts' sizes and digests. Errors: integrity; the detail goes on where a file's name stands.
  [[nodiscard]] static Result<BackupArchive> unpack(Bytes content);

  [[nodiscard]] const BackupManifest& manifest() const noexcept { return manifest_; }
  // part answers a part's bytes, none for one that is not there. Registry and configuration always are.
  [[nodiscard]] ByteView part(std::string_view name) const noexcept;

  // prove opens every part as Custos would use it, and compares it with the manifest. Errors: integrity, as unpack.
  [[nodiscard]] Result<void> prove() const;

 private:
  BackupArchive(Bytes content, BackupManifest manifest, std::size_t begin)
      : content_(std::move(content)), manifest_(std::move(manifest)), begin_(begin) {}

  Bytes content_;
  BackupManifest manifest_;
  std::size_t begin_;  // of the first part
};

}  // namespace custos
