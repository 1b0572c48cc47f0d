// OpenSslContext: an OpenSSL library context of our own with the provider that the configuration names.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "custos/result.h"

struct ossl_lib_ctx_st;
struct ossl_provider_st;

namespace custos::software {

// ProviderSettings is what [software] of custos.toml says of the provider.
struct ProviderSettings {
  std::string name = "default";                // "default", "fips" or another
  std::map<std::string, std::string> options;  // handed to the provider as its configuration section: module = "…" and its own
  friend bool operator==(const ProviderSettings&, const ProviderSettings&) = default;
};

// OpenSslContext keeps its provider loaded. The host's own OpenSSL settings neither reach it nor are touched, but for the secure
// heap, of which OpenSSL has one per process (software/openssl_secure_heap.h). Thread-safe.
class OpenSslContext {
 public:
  // open loads the provider, alone but for what reads and writes files ("base"). Errors: bad_input, when it cannot be loaded or
  // lacks what Custos needs, naming both; system, without secure heap.
  [[nodiscard]] static Result<std::shared_ptr<const OpenSslContext>> open(const ProviderSettings& settings);
  // open_for_store loads the provider beside OpenSSL's own, and asks nothing of it. Errors: as open.
  [[nodiscard]] static Result<std::shared_ptr<const OpenSslContext>> open_for_store(const ProviderSettings& settings);
  ~OpenSslContext();
  OpenSslContext(const OpenSslContext&) = delete;
  OpenSslContext& operator=(const OpenSslContext&) = delete;

  [[nodiscard]] ossl_lib_ctx_st* get() const noexcept { return context_; }
  // properties are for fetches: "provider=default". Empty, when all that the context has will do.
  [[nodiscard]] const char* properties() const noexcept { return properties_.c_str(); }
  [[nodiscard]] bool is_default() const noexcept { return is_default_; }

 private:
  explicit OpenSslContext(const ProviderSettings& settings);
  [[nodiscard]] Result<void> load(const ProviderSettings& settings, const char* beside);
  [[nodiscard]] bool load_provider(const char* name);
  [[nodiscard]] Result<void> check(const ProviderSettings& settings) const;

  ossl_lib_ctx_st* const context_;
  std::vector<ossl_provider_st*> providers_;
  const bool is_default_;
  const std::string properties_;
};

}  // namespace custos::software
