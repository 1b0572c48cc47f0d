// What the sanitizers change for tests.
#pragma once

namespace custos::test {

// kSanitized: this build has the address or the thread sanitizer, and is many times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

// kMlockIsIgnored: these sanitizers replace mlock by nothing (compiler-rt, sanitizer_common_interceptors.inc).
inline constexpr bool kMlockIsIgnored = kSanitized;

}  // namespace custos::test
