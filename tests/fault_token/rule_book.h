// RuleBook: the script in force, and what it says of each call.
#pragma once

#include <sys/stat.h>

#include <mutex>
#include <string>

#include "script.h"

namespace fault_token {

// Verdict is what the rules say of one call.
struct Verdict {
  std::chrono::microseconds delay{0};
  std::optional<unsigned long> rv;       // answer this and do not ask the real module
  std::optional<unsigned long> then_rv;  // ask it, and answer this
  bool hangs = false;
  bool raises_sigpipe = false;
  bool loses_sessions = false;  // before the call
  bool restarts = false;        // before the call
  bool stranger_key = false;    // after that restart
  Behaviours behaviours;
};

// RuleBook reads its script again whenever the file is another than before (inode, size or time of change); all counts then begin
// anew. While the script cannot be read or understood, every call is answered CKR_GENERAL_ERROR. Thread-safe.
class RuleBook {
 public:
  // follow names the script from now on; an empty path is no script. The same name again changes nothing.
  void follow(std::string path);

  [[nodiscard]] Verdict judge(Function function);

  // hangs tells whether a rule that lets this function hang still stands.
  [[nodiscard]] bool hangs(Function function);

  // These are asked once for each call that the rule could befall: C_SignInit, and answers that hold a value or a signature.
  [[nodiscard]] bool takes_wrong_key();
  [[nodiscard]] bool alters_attributes();
  [[nodiscard]] std::vector<SignatureRule> signature_changes();

 private:
  void read_if_changed();
  void reject(const std::string& why);
  bool is_away(Function function);

  std::mutex mutex_;
  std::string path_;
  struct stat seen_{};
  bool malformed_ = false;
  Script script_;
  std::optional<std::chrono::steady_clock::time_point> away_since_;
};

}  // namespace fault_token
