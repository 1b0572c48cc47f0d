// FaultScript: what the scripted module (tests/fault_token) is told to do, and what it was asked.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace custos::test {

// FaultScript shows at its end that the module was called only as modules bear it (tests/fault_token/README.md, the log): a
// fixture has it before what calls the module.
class FaultScript {
 public:
  FaultScript() = default;
  ~FaultScript() { EXPECT_EQ(lines("VIOLATION "), 0U); }
  FaultScript(const FaultScript&) = delete;
  FaultScript& operator=(const FaultScript&) = delete;

  // begin keeps script and log in `folder` from here on, both empty, and names them to every scripted module that is not told
  // otherwise.
  void begin(const std::filesystem::path& folder) {
    begin_apart(folder, "fault");
    for (const auto& [name, value] : {std::pair<const char*, std::string>{"FAULT_TOKEN_MODULE", SOFTHSM2_MODULE},
                                      {"FAULT_TOKEN_SCRIPT", script_.string()},
                                      {"FAULT_TOKEN_LOG", log_.string()}}) {
      ASSERT_EQ(setenv(name, value.c_str(), 1), 0);
    }
  }

  // begin_apart is for one device of several: its configuration has settings() as init_reserved.
  void begin_apart(const std::filesystem::path& folder, const std::string& name) {
    script_ = folder / (name + "-script");
    log_ = folder / (name + "-log");
    write("");
    std::filesystem::remove(log_);
  }
  [[nodiscard]] std::string settings(const std::string& module = SOFTHSM2_MODULE) const {
    return "module=" + module + ";script=" + script_.string() + ";log=" + log_.string();
  }

  // write replaces the module's rules at once.
  void write(std::string_view rules) const {
    const auto fresh = script_.string() + ".new";
    std::ofstream(fresh) << rules;
    std::filesystem::rename(fresh, script_);
  }

  // calls counts how often the module was asked for that function since begin; an empty name stands for all of them.
  [[nodiscard]] std::size_t calls(std::string_view function) const {
    return lines(function.empty() ? "C_" : std::string(function) + ' ');
  }

  // hangs counts the calls of that function that hang, or did.
  [[nodiscard]] std::size_t hangs(const std::string& function) const { return lines("HANGS " + function); }
  // wait_for_a_hang returns once so many calls of that function hang.
  void wait_for_a_hang(const std::string& function, std::size_t many = 1) const {
    while (hangs(function) < many) std::this_thread::yield();
  }

  [[nodiscard]] const std::filesystem::path& log() const { return log_; }

 private:
  [[nodiscard]] std::size_t lines(const std::string& start) const {
    std::ifstream file(log_);
    std::size_t count = 0;
    for (std::string line; std::getline(file, line);) count += line.starts_with(start) ? 1U : 0U;
    return count;
  }

  std::filesystem::path script_;
  std::filesystem::path log_;
};

}  // namespace custos::test
