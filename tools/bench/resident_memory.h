// What of this process is in memory.
#pragma once

#include <unistd.h>

#include <fstream>

namespace custos::bench {

inline double resident_mib() {
  std::ifstream statm("/proc/self/statm");  // proc(5): size and resident set, in pages
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

}  // namespace custos::bench
