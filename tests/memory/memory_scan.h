// A scan of this process's own memory for byte patterns, through /proc/self/mem.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace custos::memory {

// Pattern is a sequence of bytes to look for. It keeps them XOR-masked, so that it never finds itself.
class Pattern {
 public:
  Pattern(std::string name, ByteView bytes);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::size_t size() const noexcept { return masked_.size(); }
  // next gives the offset of the first occurrence in `bytes` at or after `from`, or bytes.size().
  [[nodiscard]] std::size_t next(ByteView bytes, std::size_t from) const noexcept;

 private:
  [[nodiscard]] std::uint8_t byte(std::size_t i) const noexcept;

  std::string name_;
  Bytes masked_;
  std::size_t anchor_ = 0;  // the first byte that is not zero, which memory is full of
};

// Mapping is a row of /proc/self/maps (proc(5)).
struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::string permissions;  // "rw-p"
  std::string name;         // a path, "[heap]", "[stack]" or empty

  [[nodiscard]] bool holds(std::uintptr_t address) const noexcept { return begin <= address && address < end; }
};

[[nodiscard]] std::vector<Mapping> read_mappings();

struct Finding {
  std::string pattern;
  std::uintptr_t address = 0;
  Mapping mapping;
};

// Scan is the outcome: what was found, and how much was read, so that a scan that reads nothing is not taken for a clean one.
struct Scan {
  std::vector<Finding> findings;
  std::size_t bytes_read = 0;
};

// scan_memory reads every mapping but its own buffer. Pages that the kernel does not give out ([vvar], guard pages) are left out.
[[nodiscard]] Scan scan_memory(const std::vector<Pattern>& patterns);

}  // namespace custos::memory
