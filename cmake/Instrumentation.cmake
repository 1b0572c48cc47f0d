# What the presets add to every compilation: sanitizers, coverage, fuzzing and hardening.
set(CUSTOS_SANITIZE "" CACHE STRING "Sanitizers for the whole build, as -fsanitize takes them: address,undefined or thread")
option(CUSTOS_COVERAGE "Count lines for gcov" OFF)
option(CUSTOS_FUZZ "Build tests/fuzz as libFuzzer programs (clang only) and no other tests" OFF)
option(CUSTOS_ONLY_THREADED_TESTS "Build only the test programs in which threads meet, for the thread sanitizer" OFF)

if(CUSTOS_SANITIZE)
  add_compile_options(-fsanitize=${CUSTOS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CUSTOS_SANITIZE})
endif()

if(CUSTOS_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()

if(CUSTOS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Broken contracts of the standard library abort instead of corrupting memory, in every build.
add_compile_definitions(_GLIBCXX_ASSERTIONS)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now)
endif()
