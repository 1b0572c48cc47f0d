// The AuditSink seam: claim before the device signs, commit before anything is returned.
#pragma once

#include <cstdint>

#include "authorise/authoriser.h"
#include "base/striped_counter.h"

namespace custos::authorise {

// AuditSink records signatures. Thread-safe and noexcept: it runs on the request path.
class AuditSink {
 public:
  AuditSink() = default;
  AuditSink(const AuditSink&) = delete;
  AuditSink& operator=(const AuditSink&) = delete;
  virtual ~AuditSink() = default;

  // claim reserves a record for what was just allowed; commit completes it. When either answers false, nothing is returned.
  [[nodiscard]] virtual bool claim(const facts::Facts& facts, const Decision& decision, const SignContext& context) noexcept = 0;
  [[nodiscard]] virtual bool commit(const facts::Facts& facts, const SignContext& context) noexcept = 0;
  [[nodiscard]] virtual bool claim(const facts::TransactionFacts& facts, const Decision& decision,
                                   const SignContext& context) noexcept = 0;
  [[nodiscard]] virtual bool commit(const facts::TransactionFacts& facts, const SignContext& context) noexcept = 0;
};

// CountingSink counts claims and commits: the sink of this release.
class CountingSink final : public AuditSink {
 public:
  [[nodiscard]] bool claim(const facts::Facts&, const Decision&, const SignContext&) noexcept override { return add(claimed_); }
  [[nodiscard]] bool commit(const facts::Facts&, const SignContext&) noexcept override { return add(committed_); }
  [[nodiscard]] bool claim(const facts::TransactionFacts&, const Decision&, const SignContext&) noexcept override {
    return add(claimed_);
  }
  [[nodiscard]] bool commit(const facts::TransactionFacts&, const SignContext&) noexcept override { return add(committed_); }
  [[nodiscard]] std::uint64_t claimed() const noexcept { return claimed_.total(); }
  [[nodiscard]] std::uint64_t committed() const noexcept { return committed_.total(); }

 private:
  static bool add(StripedCounter& counter) noexcept {
    counter.add();
    return true;
  }

  StripedCounter claimed_, committed_;
};

}  // namespace custos::authorise
