// FileFaults: what a disk or a kill does to the steps of a write. The steps are this program's calls of write, pwrite, fsync,
// fdatasync, rename, link and unlink, which file_faults.cc defines in libc's place.
#pragma once

#include <cstddef>

namespace custos::test {

enum class Fault : unsigned char {
  none,
  dies_before,  // the process ends in the step's place
  dies_half,    // as dies_before, but half of what was to be written is there
  fails,        // the step answers EIO
};

inline constexpr int kDied = 77;  // the exit status of a process that dies so

// FileFaults counts steps from 1 on, and at step `at` lets `fault` happen, until it is destroyed. One at a time.
class FileFaults {
 public:
  FileFaults(std::size_t at, Fault fault) noexcept;
  ~FileFaults();
  FileFaults(const FileFaults&) = delete;
  FileFaults& operator=(const FileFaults&) = delete;

  [[nodiscard]] static std::size_t steps() noexcept;  // counted so far
};

}  // namespace custos::test
