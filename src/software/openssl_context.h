// OpenSslContext: an OpenSSL library context of our own with the provider that the configuration names.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "custos/result.h"

struct ossl_lib_ctx_st;

namespace custos::software {

// ProviderSettings is what [software] of custos.toml says of the provider.
struct ProviderSettings {
  std::string name = "default";                // "default", "fips" or another
  std::map<std::string, std::string> options;  // handed to the provider as its configuration section: module = "…" and its own
  friend bool operator==(const ProviderSettings&, const ProviderSettings&) = default;
};

// OpenSslContext keeps its provider loaded. The host's own OpenSSL settings neither reach it nor are touched. Thread-safe.
class OpenSslContext {
 public:
  // open loads the provider. Errors: bad_input, when it cannot be loaded or lacks what Custos needs, naming both.
  [[nodiscard]] static Result<std::shared_ptr<const OpenSslContext>> open(const ProviderSettings& settings);
  ~OpenSslContext();
  OpenSslContext(const OpenSslContext&) = delete;
  OpenSslContext& operator=(const OpenSslContext&) = delete;

  [[nodiscard]] ossl_lib_ctx_st* get() const noexcept { return context_; }
  [[nodiscard]] const char* properties() const noexcept { return properties_.c_str(); }  // for fetches: "provider=default"
  [[nodiscard]] bool is_default() const noexcept { return is_default_; }

 private:
  OpenSslContext() = default;
  ossl_lib_ctx_st* context_ = nullptr;
  std::string properties_;
  bool is_default_ = true;
};

}  // namespace custos::software
