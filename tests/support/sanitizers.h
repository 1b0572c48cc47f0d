// What the sanitizers take away from tests.
#pragma once

namespace custos::test {

// kMlockIsIgnored: the address and thread sanitizers replace mlock by nothing (compiler-rt, sanitizer_common_interceptors.inc).
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMlockIsIgnored = true;
#elif defined(__has_feature)
inline constexpr bool kMlockIsIgnored = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kMlockIsIgnored = false;
#endif

}  // namespace custos::test
