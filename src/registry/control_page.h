// ControlPage: one mapped page shared by all processes of a home. It carries the epoch that tells running signers of a change,
// and the nonce counters.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>

#include "custos/result.h"

namespace custos::registry {

// ControlPage maps the file `control`. Reading the epoch and taking a nonce make no system call. Thread- and process-safe.
//
// The epoch is even while the registry is at rest and odd while a change is being committed, so that a writer that dies in
// between leaves a mark (see Registry::settle).
class ControlPage {
 public:
  static constexpr std::size_t kNonceSlots = 480;

  // create makes the file (0600) if it is absent, then opens it. Errors: integrity (not a control page), system.
  static Result<ControlPage> create(const std::filesystem::path& path);
  // replace puts a new page in the place of a standing one, or where there is none: signers that run on the old page find at
  // their next request that it was replaced, and stop. The epoch goes on, and every nonce counter jumps past what they may still
  // take meanwhile. One process at a time. Errors: system.
  static Result<ControlPage> replace(const std::filesystem::path& path);
  // open maps an existing one. Errors: not_found, integrity, system.
  static Result<ControlPage> open(const std::filesystem::path& path);
  ~ControlPage();
  ControlPage(ControlPage&&) noexcept;
  ControlPage& operator=(ControlPage&&) noexcept;

  [[nodiscard]] std::uint64_t epoch() const noexcept;
  // begin_change makes the epoch odd, end_change makes it even again; both raise it. Call with the registry's write lock held.
  void begin_change() noexcept;
  void end_change() noexcept;

  // replaced tells whether the file at `path` is no longer the mapped one (one system call).
  [[nodiscard]] bool replaced() const noexcept;

  // next_nonce gives max(clock, last + 1) for a slot: strictly increasing over threads and processes, without a system call.
  // `slot` is below kNonceSlots.
  [[nodiscard]] std::uint64_t next_nonce(std::size_t slot, std::uint64_t clock) noexcept;
  // take_nonce makes `wanted` the slot's last nonce where it is above the last; false: it is not, and nothing changed.
  [[nodiscard]] bool take_nonce(std::size_t slot, std::uint64_t wanted) noexcept;
  // raise_nonce moves a slot past `mark`, so that nothing at or below it is handed out again.
  void raise_nonce(std::size_t slot, std::uint64_t mark) noexcept;
  // last_nonce is the slot's last nonce, 0 for a slot that was never used. reset_nonce makes it one: for a slot whose credential
  // is gone.
  [[nodiscard]] std::uint64_t last_nonce(std::size_t slot) const noexcept;
  void reset_nonce(std::size_t slot) noexcept;

 private:
  struct Page;
  static Result<std::string> write_page(const std::filesystem::path& path, const Page& page);
  explicit ControlPage(Page* page, std::filesystem::path path, std::uint64_t device, std::uint64_t inode) noexcept;
  Page* page_ = nullptr;
  std::filesystem::path path_;
  std::uint64_t device_ = 0, inode_ = 0;
};

}  // namespace custos::registry
