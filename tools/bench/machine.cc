#include "tools/bench/machine.h"

#include <openssl/crypto.h>
#include <sys/utsname.h>

#include <fstream>
#include <string>
#include <thread>

#include "custos/version.h"
#include "tools/bench/tick_clock.h"

namespace custos::bench {
namespace {

// value_of finds "name : value" in a file of such lines (proc(5): cpuinfo).
std::string value_of(const char* file, std::string_view name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string first_line(const char* file) {
  std::ifstream lines(file);
  std::string line;
  std::getline(lines, line);
  return line;
}

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string build() {
#if defined(__OPTIMIZE__)
  return "optimised";
#else
  return "not optimised: figures of Custos mean nothing";
#endif
}

}  // namespace

Facts describe_machine() {
  Facts facts;
  facts.emplace_back("Custos", CUSTOS_VERSION);
  facts.emplace_back("processor", value_of("/proc/cpuinfo", "model name"));
  facts.emplace_back("processors", std::to_string(std::thread::hardware_concurrency()));
  utsname system{};
  if (::uname(&system) == 0) facts.emplace_back("kernel", std::string(system.sysname) + ' ' + system.release);
  if (auto load = first_line("/proc/loadavg"); !load.empty()) facts.emplace_back("load before", load.substr(0, load.find(' ')));
  if (auto governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"); !governor.empty()) {
    facts.emplace_back("governor", governor);
  }
  facts.emplace_back("OpenSSL", OpenSSL_version(OPENSSL_FULL_VERSION_STRING));
  facts.emplace_back("compiler", compiler());
  facts.emplace_back("build", build());
  facts.emplace_back("clock", TickClock::instance().source());
  return facts;
}

}  // namespace custos::bench
