// CallLog: one line per call, "C_Sign CKR_OK". Never argument data.
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

 private:
  std::mutex mutex_;
  int file_ = -1;
};

}  // namespace fault_token
