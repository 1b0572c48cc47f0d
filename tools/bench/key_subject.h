// Subjects that sign with a prepared key of Custos.
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "base/bytes.h"
#include "key/backend.h"
#include "tools/bench/subject.h"

namespace custos::bench {

// RearmedBy says who makes sessions ready again: the caller after its answer, or somebody else (or nobody).
enum class RearmedBy : unsigned char { caller, other };

// KeySubject signs `message`, which outlives it, through key::PreparedKey, the last step before the device.
class KeySubject final : public Subject {
 public:
  KeySubject(std::shared_ptr<key::PreparedKey> key, ByteView message, RearmedBy rearmed_by)
      : key_(std::move(key)), message_(message), rearmed_by_(rearmed_by) {}

  bool sign() noexcept override {
    key::SignCall call;
    const bool done = key_->sign(message_, mac_, call).ok();
    armed_ += call.path == key::Path::armed ? 1 : 0;
    return done;
  }
  void rearm() noexcept override {
    if (rearmed_by_ == RearmedBy::caller) key_->rearm(1);
  }
  void fill() noexcept override { key_->rearm(key::kMaxShelf); }
  [[nodiscard]] std::uint64_t armed() const noexcept override { return armed_; }

 private:
  const std::shared_ptr<key::PreparedKey> key_;
  const ByteView message_;
  const RearmedBy rearmed_by_;
  std::array<std::uint8_t, 32> mac_{};  // HMAC-SHA256
  std::uint64_t armed_ = 0;
};

}  // namespace custos::bench
