// KeystoreFile: the keystore on disk: read whole, replaced whole, with the last good version kept beside it.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>

#include "base/bytes.h"
#include "base/file_lock.h"
#include "custos/result.h"
#include "key/key_id.h"
#include "software/keystore_format.h"

namespace custos::software {

// FileStamp tells one state of the file from the next without reading it: every write makes a new file.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

class KeystoreFile {
 public:
  // A keystore belongs to one home; nullopt takes whichever it is.
  KeystoreFile(std::filesystem::path path, const std::optional<key::KeyId>& home) : path_(std::move(path)), home_(home) {}

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path previous() const { return path_.string() + ".previous"; }

  // stamp is nothing where there is no file. Errors: system.
  [[nodiscard]] Result<std::optional<FileStamp>> stamp() const;

  // read answers KeystoreImage::none where there is no file, and no previous version either. Errors: integrity, naming the file,
  // what is wrong and whether the previous version is whole; refused (wrong owner or mode); system.
  struct State {
    KeystoreImage image;
    std::optional<FileStamp> stamp;
  };
  [[nodiscard]] Result<State> read() const;

  // lock keeps other writers away. Errors: busy, system.
  [[nodiscard]] Result<FileLock> lock() const;

  // Keep says what stays beside the file: `last` its last version; `copy` a copy of the new one, for a change after which nothing
  // that was there before may be found again: a destroyed key, an old passphrase.
  enum class Keep : unsigned char { last, copy };

  // replace writes the new content; the caller holds the lock. A crash at any step leaves the old content or the new, whole.
  // Errors: system; the old content may be there then, or the new.
  [[nodiscard]] Result<void> replace(ByteView content, Keep keep) const;

 private:
  [[nodiscard]] Result<std::optional<State>> read_one(const std::filesystem::path& path) const;
  [[nodiscard]] std::string remedy() const;

  std::filesystem::path path_;
  std::optional<key::KeyId> home_;
};

}  // namespace custos::software
