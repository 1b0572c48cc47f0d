#include "soak/device/resources.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace custos::soak {
namespace {

std::size_t entries(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

std::size_t count_module_copies() {
  std::ifstream maps("/proc/self/maps");
  std::set<std::string> inodes;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string range, rights, offset, device, inode, path;
    words >> range >> rights >> offset >> device >> inode >> path;
    if (path.starts_with("/memfd:")) inodes.insert(inode);
  }
  return inodes.size();
}

}  // namespace

Resources resources_now() {
  std::ifstream memory("/proc/self/statm");
  std::size_t size = 0, resident = 0;
  memory >> size >> resident;
  const auto page_kib = static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
  return {resident * page_kib, entries("/proc/self/fd"), entries("/proc/self/task"), count_module_copies()};
}

}  // namespace custos::soak
