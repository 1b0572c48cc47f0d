# custos_warnings: the warnings bar for g++ 12 and clang 19; every warning is an error.
add_library(custos_warnings INTERFACE)
target_compile_options(custos_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-align
  -Wunused -Woverloaded-virtual -Wdouble-promotion -Wimplicit-fallthrough -Wundef)
