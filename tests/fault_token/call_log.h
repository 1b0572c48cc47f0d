// CallLog: one line per call, "C_Sign CKR_OK", never argument data. Besides "HANGS C_Sign" when a call begins to hang, and
// "VIOLATION session" when one comes in that no caller may make.
#pragma once

#include <mutex>
#include <string>

#include "functions.h"

namespace fault_token {

class CallLog {
 public:
  CallLog() = default;
  CallLog(const CallLog&) = delete;
  CallLog& operator=(const CallLog&) = delete;

  // follow appends to `path` from now on; an empty path logs nothing. False: the file cannot be opened.
  [[nodiscard]] bool follow(const std::string& path);
  void record(Function function, unsigned long rv);
  void record_hang(Function function);
  void record_violation(std::string_view what);

 private:
  void write(const std::string& line);

  std::mutex mutex_;
  int file_ = -1;
};

}  // namespace fault_token
