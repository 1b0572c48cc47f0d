// lock_file: one at a time among all threads and processes that agree on a file.
#pragma once

#include <chrono>
#include <filesystem>
#include <utility>

#include "base/file_descriptor.h"
#include "custos/result.h"

namespace custos {

// FileLock holds the lock of a file until it is destroyed. It unlocks before it closes: the descriptor alone would go on holding
// in the children that this process forked meanwhile.
class FileLock {
 public:
  explicit FileLock(FileDescriptor file = FileDescriptor()) noexcept : file_(std::move(file)) {}
  ~FileLock() { release(); }
  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&& other) noexcept {
    if (this != &other) {
      release();
      file_ = std::move(other.file_);
    }
    return *this;
  }

  [[nodiscard]] int get() const noexcept { return file_.get(); }
  void release() noexcept;

 private:
  FileDescriptor file_;
};

// lock_file takes the exclusive flock(2) of `path`, which is made with mode 0600 where it is missing. Between threads of one
// process it works as between processes. Not re-entrant. Errors: busy, when another holds it longer than `patience`, naming the
// file; system.
[[nodiscard]] Result<FileLock> lock_file(const std::filesystem::path& path, std::chrono::milliseconds patience);

}  // namespace custos
