// HomeFixture: a home with a private SoftHSM2 token in a temporary folder, for tests of the custodian.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "base/bytes.h"
#include "custos/custos.h"

namespace custos::test {

// Binance's documented example (binance-spot-api-docs, rest-api.md).
inline constexpr std::string_view kDocumentedSecret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
inline constexpr std::string_view kDocumentedApiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
inline constexpr std::string_view kDocumentedOrder =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
inline constexpr std::string_view kDocumentedSignature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";

// TemporaryFolder is removed with all that is in it.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string pattern = (parent / "custos-test.XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline SecretBytes secret_of(std::string_view text) { return *SecretBytes::copy_of(as_bytes(text)); }

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return content.str();
}

inline void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
}

class HomeFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    InitOptions options;
    options.home = home();
    options.set_module_environment = true;
    auto made = init_home(options);
    ASSERT_TRUE(made) << made.error().detail;
  }

  [[nodiscard]] std::filesystem::path home() const { return folder_.path() / "home"; }

  [[nodiscard]] OpenOptions options() const {
    OpenOptions open;
    open.home = home();
    open.actor = "test";
    open.set_module_environment = true;
    return open;
  }

  // open answers the home, failing the test when it does not open.
  [[nodiscard]] Custodian open() const {
    auto custodian = Custodian::open(options());
    if (!custodian) {
      ADD_FAILURE() << custodian.error().detail;
      std::abort();
    }
    return *std::move(custodian);
  }

  // add_documented adds the credential of Binance's documented example.
  static void add_documented(Custodian& custodian, const std::string& name = "binance-main",
                             std::vector<std::string> grants = {}) {
    CredentialSpec spec;
    spec.name = name;
    spec.venue = "binance";
    spec.api_key = kDocumentedApiKey;
    spec.grants = std::move(grants);
    spec.secret = secret_of(kDocumentedSecret);
    auto added = custodian.administration().add_credential(std::move(spec));
    ASSERT_TRUE(added) << added.error().detail;
  }

  static RequestView documented_order() {
    RequestView request;
    request.method = "POST";
    request.path = "/api/v3/order";
    request.body = kDocumentedOrder;
    return request;
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace custos::test
