#include "call_log.h"

#include <fcntl.h>
#include <unistd.h>

#include "values.h"

namespace fault_token {

bool CallLog::follow(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (file_ >= 0) ::close(file_);
  file_ = path.empty() ? -1 : ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  return path.empty() || file_ >= 0;
}

void CallLog::record(Function function, unsigned long rv) { write(std::string(name_of(function)) + ' ' + return_value_name(rv)); }

void CallLog::record_hang(Function function) { write("HANGS " + std::string(name_of(function))); }

void CallLog::record_violation(std::string_view what) { write("VIOLATION " + std::string(what)); }

void CallLog::write(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (file_ < 0) return;
  // One write per line, so that lines of several processes do not mix. A lost line is a test's failure by its count.
  const std::string whole = line + '\n';
  if (::write(file_, whole.data(), whole.size()) < 0) return;
}

}  // namespace fault_token
