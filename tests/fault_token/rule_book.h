// RuleBook: the script in force, and how many calls each of its rules has seen.
#pragma once

#include <sys/stat.h>

#include <map>
#include <mutex>
#include <string>

#include "script.h"

namespace fault_token {

// Verdict is what the rules say of one call.
struct Verdict {
  std::chrono::milliseconds delay{0};
  std::optional<unsigned long> rv;  // answer this and do not ask the real module
  bool lose_sessions = false;       // before the call
  std::optional<std::uint64_t> session_cap;
  std::optional<Bip32Vendor> bip32;
  unsigned long set_token_flags = 0;
  unsigned long clear_token_flags = 0;
};

// RuleBook reads its script again whenever the file is another than before (inode, size or time of change); all counts then begin
// anew. While the script cannot be read or understood, every call is answered CKR_GENERAL_ERROR. Thread-safe.
class RuleBook {
 public:
  // follow names the script from now on; an empty path is no script. The same name again changes nothing.
  void follow(std::string path);

  [[nodiscard]] Verdict judge(Function function);

  // spoils is asked once for each call whose answer could be spoiled so.
  [[nodiscard]] bool spoils(Spoil spoil);

 private:
  void read_if_changed();
  void reject(const std::string& why);

  std::mutex mutex_;
  std::string path_;
  struct stat seen_{};
  bool malformed_ = false;
  Script script_;
  std::vector<std::uint64_t> rule_calls_;  // by script_.call_rules
  std::uint64_t loss_calls_ = 0;
  std::array<std::uint64_t, kSpoils.size()> spoil_calls_{};
};

}  // namespace fault_token
