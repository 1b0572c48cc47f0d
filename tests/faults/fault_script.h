// FaultScript: what the scripted module (tests/fault_token) is told to do, and what it was asked.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace custos::test {

class FaultScript {
 public:
  // begin keeps script and log in `folder` from here on, both empty.
  void begin(const std::filesystem::path& folder) {
    script_ = folder / "fault-script";
    log_ = folder / "fault-log";
    for (const auto& [name, value] : {std::pair<const char*, std::string>{"FAULT_TOKEN_MODULE", SOFTHSM2_MODULE},
                                      {"FAULT_TOKEN_SCRIPT", script_.string()},
                                      {"FAULT_TOKEN_LOG", log_.string()}}) {
      ASSERT_EQ(setenv(name, value.c_str(), 1), 0);
    }
    write("");
    std::filesystem::remove(log_);
  }

  // write replaces the module's rules at once.
  void write(std::string_view rules) const {
    const auto fresh = script_.string() + ".new";
    std::ofstream(fresh) << rules;
    std::filesystem::rename(fresh, script_);
  }

  // calls counts how often the module was asked for that function since begin; an empty name stands for all of them.
  [[nodiscard]] std::size_t calls(std::string_view function) const {
    std::ifstream file(log_);
    const std::string start = function.empty() ? "" : std::string(function) + ' ';
    std::size_t count = 0;
    for (std::string line; std::getline(file, line);) count += line.starts_with(start) ? 1U : 0U;
    return count;
  }

  [[nodiscard]] const std::filesystem::path& log() const { return log_; }

 private:
  std::filesystem::path script_;
  std::filesystem::path log_;
};

}  // namespace custos::test
