// attempt: what a function that may not throw can do without.
#pragma once

namespace custos {

// attempt does `work`, and drops what it throws: out of memory, or of a host's callback.
template <class Work>
void attempt(Work&& work) noexcept {
  try {
    work();
  } catch (...) {  // NOLINT(bugprone-empty-catch): its purpose
  }
}

}  // namespace custos
