// cpu_pause tells the CPU that this is a spin loop.
#pragma once

namespace custos {

// Intel SDM, PAUSE; Arm ARM, YIELD. 10 to 140 cycles.
inline void cpu_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace custos
