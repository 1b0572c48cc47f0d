# custos_warnings: the warnings bar for g++ 12 and clang 19; every warning is an error.
add_library(custos_warnings INTERFACE)
target_compile_options(custos_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Wunused -Woverloaded-virtual -Wdouble-promotion -Wimplicit-fallthrough -Wundef)
# g++ 12 warns of std::string's own operator+ when it optimises (GCC bug 105651, a false alarm that g++ 13 no longer gives).
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(custos_warnings INTERFACE -Wno-restrict)
endif()
