// Backup files on disk.
#pragma once

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "custodian/backup_archive.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

// OpenBackup is a backup that was read, opened and proved.
struct OpenBackup {
  BackupArchive archive;
  std::string sha256;  // of the file, hexadecimal
};

// open_backup reads a backup, opens it with its passphrase and proves every part. Errors: as verify_backup.
[[nodiscard]] Result<OpenBackup> open_backup(const std::filesystem::path& file, const SecretBytes& passphrase);

// write_backup writes a new file with mode 0600, whole or not at all. Errors: already_exists, system.
Result<void> write_backup(const std::filesystem::path& file, ByteView content);

}  // namespace custos
