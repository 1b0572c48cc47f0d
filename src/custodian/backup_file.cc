#include "custodian/backup_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file_descriptor.h"
#include "custodian/backup_box.h"
#include "custodian/files.h"
#include "encode/hex.h"
#include "hash/hash.h"

namespace custos {
namespace {

// named puts the file's name before what is wrong with it.
Unexpected named(const std::filesystem::path& file, Error error) {
  error.detail = file.string() + " " + error.detail;
  return Unexpected{std::move(error)};
}

}  // namespace

Result<OpenBackup> open_backup(const std::filesystem::path& file, const SecretBytes& passphrase) {
  auto bytes = read_text_file(file, kMaxBackup);
  if (!bytes) return bytes.failure();
  auto content = open_box(as_bytes(*bytes), passphrase);
  if (!content) return named(file, content.error());
  const std::string sha256 = encode::to_hex(hash::sha256(as_bytes(*bytes)));
  bytes->clear();
  bytes->shrink_to_fit();
  auto archive = BackupArchive::unpack(*std::move(content));
  if (!archive) return named(file, archive.error());
  if (auto proved = archive->prove(); !proved) return named(file, proved.error());
  return OpenBackup{*std::move(archive), sha256};
}

Result<void> write_backup(const std::filesystem::path& file, ByteView content) {
  // The name is taken first, so that nobody's file is ever overwritten.
  FileDescriptor taken(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!taken.valid() && errno == EEXIST) {
    return fail(Errc::already_exists, Origin::home,
                "there is a file " + file.string() + " already: a backup never takes the place of another, choose a new name");
  }
  if (!taken.valid()) return file_failure("cannot create", file);
  auto written = write_private_file(file, as_text(content));
  if (!written) ::unlink(file.c_str());
  return written;
}

Result<BackupManifest> verify_backup(const std::filesystem::path& file, const SecretBytes& passphrase) {
  auto backup = open_backup(file, passphrase);
  if (!backup) return backup.failure();
  return backup->archive.manifest();
}

}  // namespace custos
