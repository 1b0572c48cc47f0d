// SoftHSM2 tokens of a test program's own: a folder in the temporary directory, named by SOFTHSM2_CONF, gone when the program
// ends.
#pragma once

#include <gtest/gtest.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "custos/result.h"
#include "custos/secret.h"
#include "hsm/token_backend.h"

namespace custos::test {

inline constexpr const char* kSoftHsm2 = SOFTHSM2_MODULE;  // cmake/FindSoftHSM2.cmake

inline SecretBytes secret_text(std::string_view text) {
  auto secret = SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  if (!secret) std::abort();
  return std::move(*secret);
}

inline std::string random_hex(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = randombytes_random();
    text += digits[byte & 15];
    text += digits[byte >> 4 & 15];
  }
  return text;
}

// SoftHsmFolder is removed by the process that made it.
class SoftHsmFolder {
 public:
  SoftHsmFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "custos-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~SoftHsmFolder() {
    std::error_code ignored;
    if (owner_ == getpid()) std::filesystem::remove_all(path_, ignored);
  }
  SoftHsmFolder(const SoftHsmFolder&) = delete;
  SoftHsmFolder& operator=(const SoftHsmFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  pid_t owner_ = getpid();
};

// softhsm_folder is the program's one SoftHSM2 folder: the module reads SOFTHSM2_CONF, which belongs to the whole process.
inline const std::filesystem::path& softhsm_folder() {
  static const SoftHsmFolder folder;
  static const bool ready = [] {
    if (sodium_init() < 0) std::abort();
    std::filesystem::create_directory(folder.path() / "tokens");
    const auto conf = folder.path() / "softhsm2.conf";
    std::ofstream(conf) << "directories.tokendir = " << (folder.path() / "tokens").string()
                        << "\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\nslots.mechanisms = ALL\n";
    return setenv("SOFTHSM2_CONF", conf.c_str(), 1) == 0;
  }();
  if (!ready) std::abort();
  return folder.path();
}

// SoftHsmToken is a fresh token with a random PIN, made by TokenBackend::initialise.
struct SoftHsmToken {
  hsm::TokenConfig config;
  std::string so_pin = random_hex(8);
  std::string pin = random_hex(8);

  // unmade names a token that does not exist yet.
  static SoftHsmToken unmade() {
    static std::atomic<int> count{0};
    const auto& folder = softhsm_folder();
    SoftHsmToken token;
    token.config.name = "dev";
    token.config.module = kSoftHsm2;
    token.config.uri = "pkcs11:token=custos-test-" + std::to_string(++count);
    token.config.environment["SOFTHSM2_CONF"] = (folder / "softhsm2.conf").string();
    token.config.pin_guard = folder / ("pin-guard-" + std::to_string(count));
    return token;
  }

  static SoftHsmToken make() {
    SoftHsmToken token = unmade();
    const auto made = hsm::TokenBackend::initialise(token.config, secret_text(token.so_pin), secret_text(token.pin));
    if (!made) {
      ADD_FAILURE() << "no SoftHSM2 token: " << made.error().detail;
      std::abort();
    }
    return token;
  }

  [[nodiscard]] hsm::PinProvider provider() const {
    return [text = pin]() -> Result<SecretBytes> { return secret_text(text); };
  }

  // open logs in; a failure ends the program, since nothing of the test is left.
  [[nodiscard]] std::shared_ptr<hsm::TokenBackend> open() const {
    auto backend = hsm::TokenBackend::open(config, provider());
    if (!backend) {
      ADD_FAILURE() << "the token does not open: " << backend.error().detail;
      std::abort();
    }
    return std::move(*backend);
  }
};

}  // namespace custos::test
