// FaultyHome: a home whose SoftHSM2 token stands behind the scripted module (tests/fault_token).
#pragma once

#include <string>
#include <string_view>

#include "faults/fault_script.h"
#include "support/home_fixture.h"

namespace custos::test {

class FaultyHome : public HomeFixture {
 protected:
  void SetUp() override {
    HomeFixture::SetUp();
    fault_.begin(home());
    auto settings = read_file(home() / "custos.toml");
    const std::string module = "module = ";
    const auto begin = settings.find(module) + module.size();
    settings.replace(begin, settings.find('\n', begin) - begin,
                     std::string("\"") + FAULT_TOKEN_PATH + "\"\nprofile = \"softhsm2\"");
    write_file(home() / "custos.toml", settings);
  }

  void script(std::string_view rules) const { fault_.write(rules); }
  [[nodiscard]] std::size_t calls(std::string_view function) const { return fault_.calls(function); }

  FaultScript fault_;
};

}  // namespace custos::test
