// NSS tokens of a test program's own: each a database in a temporary folder, made with certutil, gone when the program ends.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "custos/result.h"
#include "hsm/token_backend.h"
#include "support/softhsm_fixture.h"

namespace custos::test {

inline constexpr const char* kNssModule = NSS_MODULE;      // cmake/FindNSS.cmake
inline constexpr const char* kNssCertutil = NSS_CERTUTIL;  // likewise

// nss_parameters is what NSS's C_Initialize takes as pReserved for the database in `folder`.
inline std::string nss_parameters(const std::filesystem::path& folder) {
  return "configdir='sql:" + folder.string() + "' certPrefix='' keyPrefix='' secmod='secmod.db' flags=";
}

// NssToken is a fresh database with a random PIN.
struct NssToken {
  hsm::TokenConfig config;
  std::string pin = random_hex(8);

  static NssToken make() {
    static const SoftHsmFolder home;
    static std::atomic<int> count{0};
    NssToken token;
    const auto folder = home.path() / ("nss-" + std::to_string(++count));
    token.config.name = "nss";
    token.config.module = kNssModule;
    token.config.uri = "pkcs11:token=NSS%20Certificate%20DB";
    token.config.init_reserved = nss_parameters(folder);
    token.config.pin_guard = folder / "pin-guard";
    token.make_database(folder);
    return token;
  }

  [[nodiscard]] hsm::PinProvider provider() const {
    return [text = pin]() -> Result<SecretBytes> { return secret_text(text); };
  }

  // open logs in; a failure ends the program, since nothing of the test is left.
  [[nodiscard]] std::shared_ptr<hsm::TokenBackend> open() const {
    auto backend = hsm::TokenBackend::open(config, provider());
    if (!backend) {
      ADD_FAILURE() << "the NSS token does not open: " << backend.error().detail;
      std::abort();
    }
    return std::move(*backend);
  }

 private:
  void make_database(const std::filesystem::path& folder) const {
    std::filesystem::create_directory(folder);
    chmod(folder.c_str(), 0700);
    const auto pin_file = folder / "pin";
    std::ofstream(pin_file) << pin;
    const std::string command = std::string(kNssCertutil) + " -N -d 'sql:" + folder.string() + "' -f '" + pin_file.string() + "'";
    if (std::system(command.c_str()) != 0) {
      ADD_FAILURE() << "no NSS database: " << command;
      std::abort();
    }
    std::filesystem::remove(pin_file);
  }
};

}  // namespace custos::test
