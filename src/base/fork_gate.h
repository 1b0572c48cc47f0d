// NotAcrossFork: what no fork of the process should find half done.
#pragma once

#include <chrono>
#include <optional>

#include "base/reader_slots.h"

namespace custos {

// kForkPatience is how long a fork waits for others: a call to a device may hang.
inline constexpr std::chrono::milliseconds kForkPatience{100};

// NotAcrossFork is held around calls that take locks which all of the process shares, as libcrypto's around its random numbers: a
// child whose parent's other threads held one at fork would wait for it for ever (seen, with OpenSSL 3.0). A fork waits until all
// have left, for kForkPatience; who comes in meanwhile waits for the fork. Costs one exchange and one store; threads may nest it.
class NotAcrossFork {
 public:
  NotAcrossFork() noexcept;
  ~NotAcrossFork();
  NotAcrossFork(const NotAcrossFork&) = delete;
  NotAcrossFork& operator=(const NotAcrossFork&) = delete;

 private:
  std::optional<ReaderSlots::Reader> inside_;
};

}  // namespace custos
