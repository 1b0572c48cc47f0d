// BackgroundRearm: a thread that keeps a key's shelf full, so that the caller does not have to.
#pragma once

#include <memory>
#include <thread>
#include <utility>

#include "key/backend.h"

namespace custos::bench {

// BackgroundRearm ends its thread when it is destroyed. It stands for custos::Rearmer, which serves whole signers.
class BackgroundRearm {
 public:
  explicit BackgroundRearm(std::shared_ptr<key::PreparedKey> key)
      : thread_([key = std::move(key)](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            if (key->rearm(key::kMaxShelf) == 0) std::this_thread::yield();
          }
        }) {}

 private:
  std::jthread thread_;
};

}  // namespace custos::bench
