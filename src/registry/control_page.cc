#include "registry/control_page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/file_descriptor.h"

namespace custos::registry {
namespace {

constexpr std::size_t kPageSize = 4096;
constexpr std::uint64_t kNonceJump = 1024;            // more than anybody takes while a page is replaced
constexpr std::uint64_t kMagic = 0x31304C5254435543;  // "CUCTRL01" in memory order
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "atomics in shared memory must not need a lock");

Unexpected system_failure(const std::string& what, const std::filesystem::path& path) {
  const int number = errno;
  return fail(number == ENOENT ? Errc::not_found : Errc::system, Origin::registry,
              what + " " + path.string() + ": " + std::strerror(number), static_cast<std::uint32_t>(number));
}

}  // namespace

// Page is the layout of the file. Its atomics are shared by all processes of the home.
struct ControlPage::Page {
  std::uint64_t magic = kMagic;
  std::atomic<std::uint64_t> epoch;
  std::array<std::uint64_t, 30> reserved;
  std::array<std::atomic<std::uint64_t>, kNonceSlots> nonces;
};

// write_page writes a page beside its place, whole and durable, and answers its name, which is new each time: one that a crash
// left behind may still be linked to the standing page.
Result<std::string> ControlPage::write_page(const std::filesystem::path& path, const Page& page) {
  static_assert(sizeof(Page) == kPageSize);
  std::string temporary = path.string() + ".new.XXXXXX";
  const FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // 0600
  if (!file.valid()) return system_failure("cannot create", temporary);
  if (write_all(file.get(), {reinterpret_cast<const char*>(&page), kPageSize}) && ::fsync(file.get()) == 0) return temporary;
  auto failure = system_failure("cannot write", path);
  ::unlink(temporary.c_str());
  return failure;
}

Result<ControlPage> ControlPage::create(const std::filesystem::path& path) {
  if (auto standing = open(path); standing || standing.error().code != Errc::not_found) return standing;
  const Page page{};
  auto written = write_page(path, page);
  if (!written) return written.failure();
  // Linked into its place, so that no other process ever maps a half-made one, nor loses its own.
  const bool linked = ::link(written->c_str(), path.c_str()) == 0 || errno == EEXIST;
  auto failure = system_failure("cannot write", path);
  ::unlink(written->c_str());
  if (!linked) return failure;
  return open(path);
}

Result<ControlPage> ControlPage::replace(const std::filesystem::path& path) {
  auto standing = open(path);
  Page page{};
  if (standing) {
    page.epoch = (standing->epoch() | 1U) + 1;  // even, and above
    for (std::size_t slot = 0; slot < kNonceSlots; ++slot) {
      const std::uint64_t last = standing->page_->nonces.at(slot).load();
      if (last != 0) page.nonces.at(slot) = last + kNonceJump;
    }
  }
  auto written = write_page(path, page);
  if (!written) return written.failure();
  if (::rename(written->c_str(), path.c_str()) != 0) {
    auto failure = system_failure("cannot replace", path);
    ::unlink(written->c_str());
    return failure;
  }
  if (standing) {  // its signers look up from it
    standing->begin_change();
    standing->end_change();
  }
  return open(path);
}

Result<ControlPage> ControlPage::open(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return system_failure("cannot open", path);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return system_failure("cannot examine", path);
  const auto not_a_page = [&] {
    return fail(Errc::integrity, Origin::registry,
                path.string() + " is not a control page: stop all signers, remove it, and run custos init");
  };
  if (!S_ISREG(status.st_mode) || status.st_size != static_cast<off_t>(kPageSize)) return not_a_page();
  void* mapped = ::mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (mapped == MAP_FAILED) return system_failure("cannot map", path);
  auto* page = static_cast<Page*>(mapped);
  ControlPage control(page, path, status.st_dev, status.st_ino);
  if (page->magic != kMagic) return not_a_page();
  return control;
}

ControlPage::ControlPage(Page* page, std::filesystem::path path, std::uint64_t device, std::uint64_t inode) noexcept
    : page_(page), path_(std::move(path)), device_(device), inode_(inode) {}

ControlPage::~ControlPage() {
  if (page_ != nullptr) ::munmap(page_, kPageSize);
}

ControlPage::ControlPage(ControlPage&& other) noexcept
    : page_(std::exchange(other.page_, nullptr)), path_(std::move(other.path_)), device_(other.device_), inode_(other.inode_) {}

ControlPage& ControlPage::operator=(ControlPage&& other) noexcept {
  std::swap(page_, other.page_);
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

std::uint64_t ControlPage::epoch() const noexcept { return page_->epoch.load(std::memory_order_acquire); }

void ControlPage::begin_change() noexcept {
  const std::uint64_t epoch = page_->epoch.load();
  page_->epoch.store(epoch % 2 == 0 ? epoch + 1 : epoch + 2);  // odd already: its writer died
}

void ControlPage::end_change() noexcept {
  const std::uint64_t epoch = page_->epoch.load();
  page_->epoch.store(epoch % 2 == 0 ? epoch + 2 : epoch + 1);
}

bool ControlPage::replaced() const noexcept {
  struct stat status{};
  return ::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_;
}

std::uint64_t ControlPage::next_nonce(std::size_t slot, std::uint64_t clock) noexcept {
  auto& counter = page_->nonces.at(slot);
  std::uint64_t last = counter.load(std::memory_order_relaxed);
  std::uint64_t next = 0;
  do {
    next = std::max(clock, last + 1);
  } while (!counter.compare_exchange_weak(last, next, std::memory_order_acq_rel, std::memory_order_relaxed));
  return next;
}

bool ControlPage::take_nonce(std::size_t slot, std::uint64_t wanted) noexcept {
  auto& counter = page_->nonces.at(slot);
  std::uint64_t last = counter.load(std::memory_order_relaxed);
  do {
    if (wanted <= last) return false;
  } while (!counter.compare_exchange_weak(last, wanted, std::memory_order_acq_rel, std::memory_order_relaxed));
  return true;
}

void ControlPage::raise_nonce(std::size_t slot, std::uint64_t mark) noexcept {
  auto& counter = page_->nonces.at(slot);
  std::uint64_t last = counter.load(std::memory_order_relaxed);
  while (last < mark && !counter.compare_exchange_weak(last, mark, std::memory_order_acq_rel, std::memory_order_relaxed)) {
  }
}

std::uint64_t ControlPage::last_nonce(std::size_t slot) const noexcept {
  return page_->nonces.at(slot).load(std::memory_order_acquire);
}

void ControlPage::reset_nonce(std::size_t slot) noexcept { page_->nonces.at(slot).store(0, std::memory_order_release); }

}  // namespace custos::registry
