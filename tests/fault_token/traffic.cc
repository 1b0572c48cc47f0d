#include "traffic.h"

namespace fault_token {

Traffic::Call::Call(Traffic& traffic, Function function, std::optional<CK_SESSION_HANDLE> session)
    : traffic_(traffic), session_(session) {
  const std::lock_guard lock(traffic_.mutex_);
  if (function == Function::C_Finalize && traffic_.inside_ > 0) violation_ = "finalize";
  ++traffic_.inside_;
  if (session_ && ++traffic_.sessions_[*session_] > 1) violation_ = "session";
}

Traffic::Call::~Call() {
  const std::lock_guard lock(traffic_.mutex_);
  --traffic_.inside_;
  if (!session_) return;
  const auto found = traffic_.sessions_.find(*session_);
  if (--found->second == 0) traffic_.sessions_.erase(found);
}

std::size_t Traffic::inside() const {
  const std::lock_guard lock(mutex_);
  return inside_;
}

}  // namespace fault_token
