// add_further_token: one more token of a home, behind a scripted module of its own (tests/fault_token).
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "faults/fault_script.h"
#include "hsm/token_backend.h"
#include "support/home_fixture.h"

namespace custos::test {

// `settings` are further lines of the token's table in custos.toml.
inline void add_further_token(const std::filesystem::path& home, const std::string& name, FaultScript& fault,
                              const std::string& settings = "profile = \"softhsm2\"\n", const std::string& pin = "12345678") {
  fault.begin_apart(home, name);
  hsm::TokenConfig token;
  token.name = name;
  token.module = SOFTHSM2_MODULE;
  token.uri = "pkcs11:token=custos-" + name;
  token.environment["SOFTHSM2_CONF"] = (home / "softhsm2.conf").string();
  token.pin_guard = home / "pin-guard";
  const auto made = hsm::TokenBackend::initialise(token, secret_of("87654321"), secret_of(pin));
  ASSERT_TRUE(made) << made.error().detail;
  write_file(home / "pin" / name, pin + "\n");
  std::filesystem::permissions(home / "pin" / name, std::filesystem::perms::owner_read);
  write_file(home / "custos.toml", read_file(home / "custos.toml") + "\n[token." + name + "]\nmodule = \"" + FAULT_TOKEN_PATH +
                                       "\"\n" + settings + "uri = \"" + token.uri + "\"\npin_file = \"pin/" + name +
                                       "\"\ninit_reserved = \"" + fault.settings() +
                                       "\"\nenvironment = { SOFTHSM2_CONF = \"${home}/softhsm2.conf\" }\n");
}

}  // namespace custos::test
