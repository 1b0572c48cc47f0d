// Subject: one way of signing that is measured.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace custos::bench {

// Subject belongs to one thread.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  // sign makes one signature and tells whether it succeeded. This is what the latency is of.
  virtual bool sign() noexcept = 0;
  // rearm is what the caller does once its answer is on its way.
  virtual void rearm() noexcept {}
  // fill makes all ready for a burst.
  virtual void fill() noexcept {}
  // armed answers how many signatures were made on a session that waited armed.
  [[nodiscard]] virtual std::uint64_t armed() const noexcept { return 0; }
};

// SubjectFactory makes a subject for a thread; nullptr when it cannot (no session left).
using SubjectFactory = std::function<std::unique_ptr<Subject>()>;

}  // namespace custos::bench
