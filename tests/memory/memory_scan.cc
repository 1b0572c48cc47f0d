#include "memory/memory_scan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/file_descriptor.h"

namespace custos::memory {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kWindow = 256 * kPage;

// mask_of differs from byte to byte, so that no masked pattern repeats a visible one.
constexpr std::uint8_t mask_of(std::size_t i) noexcept { return static_cast<std::uint8_t>(0xA5 ^ (i * 0x3B)); }

// Buffer is memory of a mapping of its own, which the scan can leave out.
class Buffer {
 public:
  explicit Buffer(std::size_t size)
      : bytes_(static_cast<std::uint8_t*>(
            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))),
        size_(size) {
    if (bytes_ == MAP_FAILED) std::abort();
  }
  ~Buffer() { munmap(bytes_, size_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] std::uint8_t* data() const noexcept { return bytes_; }
  // overlaps is true for the buffer's pages even where the kernel merged them with a neighbour's mapping.
  [[nodiscard]] bool holds(std::uintptr_t address) const noexcept {
    const auto begin = reinterpret_cast<std::uintptr_t>(bytes_);
    return begin <= address && address < begin + size_;
  }

 private:
  std::uint8_t* bytes_;
  std::size_t size_;
};

// read_pages reads [at, at + size) page by page where a read of the whole fails; unreadable pages are zero. Answers what was
// read.
std::size_t read_pages(int memory, std::uintptr_t at, std::uint8_t* into, std::size_t size) {
  if (pread(memory, into, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size)) return size;
  std::size_t read = 0;
  for (std::size_t done = 0; done < size; done += kPage) {
    const std::size_t part = std::min(kPage, size - done);
    if (pread(memory, into + done, part, static_cast<off_t>(at + done)) == static_cast<ssize_t>(part)) {
      read += part;
    } else {
      std::memset(into + done, 0, part);
    }
  }
  return read;
}

}  // namespace

Pattern::Pattern(std::string name, ByteView bytes) : name_(std::move(name)) {
  masked_.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) masked_.push_back(static_cast<std::uint8_t>(bytes[i] ^ mask_of(i)));
  while (anchor_ + 1 < bytes.size() && bytes[anchor_] == 0) ++anchor_;
}

std::uint8_t Pattern::byte(std::size_t i) const noexcept { return static_cast<std::uint8_t>(masked_[i] ^ mask_of(i)); }

std::size_t Pattern::next(ByteView bytes, std::size_t from) const noexcept {
  while (from + size() <= bytes.size()) {
    const auto* found = static_cast<const std::uint8_t*>(
        std::memchr(bytes.data() + from + anchor_, byte(anchor_), bytes.size() - size() + 1 - from));
    if (found == nullptr) break;
    found -= anchor_;
    from = static_cast<std::size_t>(found - bytes.data());
    std::size_t same = 0;
    while (same < size() && found[same] == byte(same)) ++same;
    if (same == size()) return from;
    ++from;
  }
  return bytes.size();
}

std::vector<Mapping> read_mappings() {
  std::vector<Mapping> mappings;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    Mapping mapping;
    char permissions[8] = {};
    int name_at = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %7s %*s %*s %*s %n", &mapping.begin, &mapping.end, permissions, &name_at) != 3)
      continue;
    mapping.permissions = permissions;
    mapping.name = line.substr(std::min(line.size(), static_cast<std::size_t>(name_at)));
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

Scan scan_memory(const std::vector<Pattern>& patterns) {
  const FileDescriptor memory(::open("/proc/self/mem", O_RDONLY | O_CLOEXEC));
  if (!memory.valid()) std::abort();
  std::size_t overlap = 0;
  for (const auto& pattern : patterns) overlap = std::max(overlap, pattern.size() - 1);
  const Buffer buffer(kWindow + overlap);

  Scan scan;
  for (const auto& mapping : read_mappings()) {
    for (std::uintptr_t at = mapping.begin; at < mapping.end; at += kWindow) {
      const std::size_t window = std::min<std::size_t>(kWindow, mapping.end - at);
      const std::size_t size = std::min<std::size_t>(window + overlap, mapping.end - at);
      scan.bytes_read += read_pages(memory.get(), at, buffer.data(), size);
      for (const auto& pattern : patterns) {
        const ByteView bytes(buffer.data(), std::min(size, window + pattern.size() - 1));
        for (auto i = pattern.next(bytes, 0); i < bytes.size(); i = pattern.next(bytes, i + 1)) {
          if (!buffer.holds(at + i)) scan.findings.push_back({pattern.name(), at + i, mapping});
        }
      }
    }
  }
  return scan;
}

}  // namespace custos::memory
