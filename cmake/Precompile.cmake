# Precompiled headers halve the time of a build in which most of the text comes from other libraries. The sanitizer presets use
# them; dev does not, so a missing #include is still seen there.
option(CUSTOS_PRECOMPILE "Precompile the headers of other libraries (clang only)" OFF)

# custos_precompile(TARGET HEADER…)
function(custos_precompile target)
  if(CUSTOS_PRECOMPILE)
    target_compile_options(${target} PRIVATE -Xclang -fno-pch-timestamp)  # so that ccache knows it again
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()

# custos_share_precompiled(TARGET FROM): TARGET uses what FROM precompiled.
function(custos_share_precompiled target from)
  if(CUSTOS_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${from})
  endif()
endfunction()
