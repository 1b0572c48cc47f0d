#include "software/openssl_context.h"

#include <openssl/conf.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "encode/quote.h"
#include "key/openssl.h"
#include "software/openssl_secure_heap.h"

namespace custos::software {
namespace {

using key::OpensslFree;
using Configuration = std::unique_ptr<CONF, OpensslFree<NCONF_free>>;
using Text = std::unique_ptr<BIO, OpensslFree<BIO_free>>;

constexpr std::size_t kLongestName = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// is_name: what a section of OpenSSL's configuration takes as a name without reading more into it (config(5)).
bool is_name(std::string_view text, std::string_view besides) {
  const auto allowed = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || besides.find(c) != besides.npos; };
  return !text.empty() && text.size() <= kLongestName && is_letter(text[0]) && std::ranges::all_of(text, allowed);
}

// is_value: what stands for itself there: no expansion ($), escape, quotation, comment or line end.
bool is_value(std::string_view text) {
  constexpr std::string_view kRead = "$\\\"'`#";
  const auto plain = [&](char c) { return c >= ' ' && c <= '~' && kRead.find(c) == kRead.npos; };
  return !text.empty() && text.front() != ' ' && text.back() != ' ' && std::ranges::all_of(text, plain);
}

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::config, std::move(why)); }

constexpr std::string_view kRemedy = "; install it, or choose another provider under [software] in custos.toml";

// configuration writes the settings as OpenSSL reads them (config(5), "Provider Configuration"). It makes the provider known, not
// active: OSSL_PROVIDER_load says why one cannot be loaded, the configuration does not.
Result<std::string> configuration(const ProviderSettings& settings) {
  if (!is_name(settings.name, "_-")) {
    return refuse("the OpenSSL provider " + encode::quoted(settings.name) +
                  " is no name: it takes a letter, then letters, digits, _ and -, at most 64");
  }
  std::string text = "openssl_conf = custos\n[custos]\nproviders = custos_providers\n[custos_providers]\n" + settings.name +
                     " = custos_provider\n[custos_provider]\n";
  for (const auto& [name, value] : settings.options) {
    if (!is_name(name, "_-.")) return refuse("the provider option " + encode::quoted(name) + " is no name");
    if (!is_value(value)) {
      return refuse("the provider option " + name +
                    " has a value that is empty or holds $ \\ \" ' ` # or a control character: " + encode::quoted(value));
    }
    text += name + " = " + value + '\n';
  }
  return text;
}

bool load_configuration(OSSL_LIB_CTX* context, const std::string& text) {
  const Configuration parsed(NCONF_new_ex(context, nullptr));
  const Text source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  return parsed != nullptr && source != nullptr && NCONF_load_bio(parsed.get(), source.get(), nullptr) == 1 &&
         CONF_modules_load(parsed.get(), nullptr, 0) == 1;
}

template <auto kFetch, auto kRelease>
bool can_fetch(const OpenSslContext& context, const char* name) {
  const std::unique_ptr<std::remove_pointer_t<decltype(kFetch(nullptr, nullptr, nullptr))>, OpensslFree<kRelease>> fetched(
      kFetch(context.get(), name, context.properties()));
  return fetched != nullptr;
}

bool has_random(const OpenSslContext& context, const char*) {
  std::array<unsigned char, 1> byte;
  return RAND_priv_bytes_ex(context.get(), byte.data(), byte.size(), 0) == 1;
}

// Need is something without which Custos does not work.
struct Need {
  const char* what;
  const char* name;
  bool (*is_met)(const OpenSslContext& context, const char* name);
};
constexpr auto kKey = can_fetch<EVP_KEYMGMT_fetch, EVP_KEYMGMT_free>;
constexpr auto kSignature = can_fetch<EVP_SIGNATURE_fetch, EVP_SIGNATURE_free>;
constexpr std::array<Need, 8> kNeeds{{{"Ed25519 keys", "ED25519", kKey},
                                      {"Ed25519 signatures", "ED25519", kSignature},
                                      {"EC keys", "EC", kKey},
                                      {"ECDSA", "ECDSA", kSignature},
                                      {"RSA keys", "RSA", kKey},
                                      {"RSA signatures", "RSA", kSignature},
                                      {"SHA-256", "SHA256", can_fetch<EVP_MD_fetch, EVP_MD_free>},
                                      {"random numbers", "", has_random}}};

// properties_of keep fetches to the provider. Another one's algorithms need not bear the name under which it is loaded.
std::string properties_of(const std::string& name) { return name == "default" || name == "fips" ? "provider=" + name : ""; }

}  // namespace

OpenSslContext::OpenSslContext(const ProviderSettings& settings)
    : context_(OSSL_LIB_CTX_new()), is_default_(settings.name == "default"), properties_(properties_of(settings.name)) {}

OpenSslContext::~OpenSslContext() {
  for (OSSL_PROVIDER* provider : providers_) OSSL_PROVIDER_unload(provider);
  OSSL_LIB_CTX_free(context_);
}

bool OpenSslContext::load_provider(const char* name) {
  OSSL_PROVIDER* provider = OSSL_PROVIDER_load(context_, name);
  if (provider != nullptr) providers_.push_back(provider);
  return provider != nullptr;
}

Result<void> OpenSslContext::load(const ProviderSettings& settings, const char* beside) {
  if (auto heap = ensure_secure_heap(); !heap) return heap;
  if (context_ == nullptr) return fail(Errc::system, Origin::crypto, "OpenSSL has no memory left for a library context");
  auto text = configuration(settings);
  if (!text) return text.failure();
  const key::ErrorScope errors;
  if (!load_configuration(context_, *text) || !load_provider(settings.name.c_str())) {
    return refuse("the OpenSSL provider " + settings.name + " cannot be loaded: " + errors.reason() + std::string(kRemedy));
  }
  if (!is_default_ && !load_provider(beside)) {
    return refuse("OpenSSL's provider " + std::string(beside) + " cannot be loaded: " + errors.reason());
  }
  return {};
}

Result<void> OpenSslContext::check(const ProviderSettings& settings) const {
  const key::ErrorScope errors;
  std::string missing;
  for (const Need& need : kNeeds) {
    if (!need.is_met(*this, need.name)) missing += (missing.empty() ? "" : ", ") + std::string(need.what);
  }
  if (missing.empty()) return {};
  return refuse("the OpenSSL provider " + settings.name + " lacks what Custos needs: " + missing +
                "; choose another provider under [software] in custos.toml");
}

Result<std::shared_ptr<const OpenSslContext>> OpenSslContext::open(const ProviderSettings& settings) {
  const std::shared_ptr<OpenSslContext> context(new OpenSslContext(settings));
  if (auto loaded = context->load(settings, "base"); !loaded) return loaded.failure();
  if (auto checked = context->check(settings); !checked) return checked.failure();
  return std::shared_ptr<const OpenSslContext>(context);
}

Result<std::shared_ptr<const OpenSslContext>> OpenSslContext::open_for_store(const ProviderSettings& settings) {
  const std::shared_ptr<OpenSslContext> context(new OpenSslContext(settings));
  if (auto loaded = context->load(settings, "default"); !loaded) return loaded.failure();
  return std::shared_ptr<const OpenSslContext>(context);
}

}  // namespace custos::software
