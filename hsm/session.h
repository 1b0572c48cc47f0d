// Session: the right to use one PKCS#11 session, for one owner at a time (two threads in one session crash the process,
// devices.md 1.3).
#pragma once

#include <cstdint>
#include <utility>

#include "hsm/cryptoki.h"

namespace custos::hsm {

class Module;
class SessionPool;

// Session returns to its pool when it ends. The pool outlives it.
class Session {
 public:
  Session() noexcept = default;
  ~Session() { give_back(true); }
  Session(Session&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        module_(other.module_),
        handle_(other.handle_),
        generation_(other.generation_),
        parked_(other.parked_) {}
  Session& operator=(Session&& other) noexcept {
    if (this != &other) {
      give_back(true);
      pool_ = std::exchange(other.pool_, nullptr);
      module_ = other.module_;
      handle_ = other.handle_;
      generation_ = other.generation_;
      parked_ = other.parked_;
    }
    return *this;
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] bool valid() const noexcept { return pool_ != nullptr; }
  // module is the instance that gave the handle: no other may be asked about it. Only of a valid session.
  [[nodiscard]] const Module& module() const noexcept { return *module_; }
  [[nodiscard]] CK_SESSION_HANDLE handle() const noexcept { return handle_; }
  // generation is that of the login under which the session was opened: only object handles of the same one may be used on it.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  // discard closes the session instead of returning it: after a failure it may hold an active operation, and no portable call
  // cancels one (devices.md 1.6).
  void discard() noexcept { give_back(false); }

 private:
  friend class SessionPool;
  Session(SessionPool& pool, const Module& module, CK_SESSION_HANDLE handle, std::uint64_t generation, bool parked) noexcept
      : pool_(&pool), module_(&module), handle_(handle), generation_(generation), parked_(parked) {}
  void give_back(bool keep) noexcept;

  SessionPool* pool_ = nullptr;
  const Module* module_ = nullptr;
  CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
  std::uint64_t generation_ = 0;
  bool parked_ = false;  // counted among those that are kept between operations
};

}  // namespace custos::hsm
