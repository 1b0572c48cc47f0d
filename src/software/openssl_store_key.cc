#include "software/openssl_store_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/store.h>
#include <openssl/ui.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "base/wipe_stack.h"
#include "encode/quote.h"

namespace custos::software {
namespace {

using key::Algorithm;
using key::OpensslFree;
using key::PublicKey;
using Store = std::unique_ptr<OSSL_STORE_CTX, OpensslFree<OSSL_STORE_close>>;
using StoreItem = std::unique_ptr<OSSL_STORE_INFO, OpensslFree<OSSL_STORE_INFO_free>>;
using UserInterface = std::unique_ptr<UI_METHOD, OpensslFree<UI_destroy_method>>;

// Asking is what OpenSSL hands back when it wants a passphrase.
struct Asking {
  const std::function<Result<SecretBytes>()>& pin;
  bool was_asked = false;
  std::optional<Error> error = {};
  bool threw = false;
};

int ask(Asking& asking, char* buffer, int size) {
  asking.was_asked = true;
  auto pin = asking.pin();
  if (pin && pin->size() > static_cast<std::size_t>(size)) {
    pin =
        fail(Errc::bad_input, Origin::crypto, "the passphrase is longer than OpenSSL takes: " + std::to_string(size) + " bytes");
  }
  if (!pin) {
    asking.error = pin.error();
    return -1;
  }
  std::ranges::copy(pin->view(InsecureSecretAccess{}), buffer);
  return static_cast<int>(pin->size());
}

// answer is a pem_password_cb(3): it writes the passphrase into OpenSSL's buffer, which OpenSSL wipes. What a host's prompt
// throws must not pass through OpenSSL's frames, which nothing would unwind.
int answer(char* buffer, int size, int, void* data) noexcept {
  auto& asking = *static_cast<Asking*>(data);
  try {
    return ask(asking, buffer, size);
  } catch (...) {
    asking.threw = true;
    return -1;
  }
}

// Found is what a store holds.
struct Found {
  std::vector<key::EvpKey> keys;
  bool is_readable = false;  // it gave something, or nothing without an error
};

Found read_store(OSSL_STORE_CTX* store) {
  Found found;
  while (OSSL_STORE_eof(store) == 0) {
    const StoreItem item(OSSL_STORE_load(store));
    if (item == nullptr && OSSL_STORE_error(store) != 0) return found;  // OpenSSL 3.0 says so at the end of a file too
    found.is_readable = true;
    if (item != nullptr && OSSL_STORE_INFO_get_type(item.get()) == OSSL_STORE_INFO_PKEY) {
      found.keys.emplace_back(OSSL_STORE_INFO_get1_PKEY(item.get()));
    }
  }
  found.is_readable = true;
  return found;
}

Unexpected refuse(const std::string& name, const std::string& why) {
  return fail(Errc::bad_input, Origin::crypto, "the OpenSSL store " + encode::quoted(name) + ' ' + why);
}

// failure tells why nothing could be loaded.
Unexpected failure(const std::string& name, const Asking& asking, const key::ErrorScope& errors) {
  if (asking.error) return Unexpected{*asking.error};
  if (asking.threw) {
    return fail(Errc::internal, Origin::crypto,
                "the prompt for the PIN or passphrase of the OpenSSL store " + encode::quoted(name) + " threw an exception");
  }
  const std::string line = "the OpenSSL store " + encode::quoted(name) + " cannot be read: " + errors.last_reason();
  const unsigned long code = ERR_peek_last_error();
  if (ERR_SYSTEM_ERROR(code) && ERR_GET_REASON(code) == ENOENT) return fail(Errc::not_found, Origin::crypto, line);
  if (asking.was_asked) {
    return fail(Errc::authentication, Origin::crypto,
                "the OpenSSL store " + encode::quoted(name) + " does not open with this PIN or passphrase");
  }
  return fail(Errc::bad_input, Origin::crypto, line);
}

Result<Algorithm> algorithm_of(const std::string& name, const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return Algorithm::ed25519;
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    std::array<char, 64> curve{};
    EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr);
    const std::string_view text(curve.data());
    if (text == "prime256v1" || text == "P-256") return Algorithm::ecdsa_p256;
    if (text == "secp256k1") return Algorithm::ecdsa_secp256k1;
    return refuse(name, "holds a key on the curve " + encode::quoted(text) + ": Custos signs on P-256 and secp256k1");
  }
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    const int bits = EVP_PKEY_get_bits(key);
    for (const auto& facts : key::kAlgorithms) {
      if (facts.family == key::Family::rsa && bits == static_cast<int>(8 * facts.signature_size)) return facts.algorithm;
    }
    return refuse(name, "holds an RSA key of " + std::to_string(bits) + " bits: Custos takes 2048, 3072 and 4096");
  }
  const char* type = EVP_PKEY_get0_type_name(key);
  return refuse(name, "holds a key of type " + encode::quoted(type == nullptr ? "unknown" : type) +
                          ": Custos takes Ed25519, ECDSA and RSA");
}

Bytes octets_of(const EVP_PKEY* key) {
  Bytes octets(128);
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size(), &size) != 1) size = 0;
  octets.resize(size);
  return octets;
}

Bytes number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  const key::BigNumber owner(number);
  Bytes bytes(number == nullptr ? 0 : static_cast<std::size_t>(BN_num_bytes(number)));
  if (number != nullptr) BN_bn2bin(number, bytes.data());
  return bytes;
}

Result<PublicKey> public_half(Algorithm algorithm, const EVP_PKEY* key) {
  switch (key::facts_of(algorithm).family) {
    case key::Family::ed25519: return PublicKey::ed25519(octets_of(key));
    case key::Family::ecdsa: return PublicKey::ecdsa(algorithm, octets_of(key));
    default: return PublicKey::rsa(algorithm, number_of(key, OSSL_PKEY_PARAM_RSA_N), number_of(key, OSSL_PKEY_PARAM_RSA_E));
  }
}

}  // namespace

Result<StoreKey> load_store_key(std::shared_ptr<const OpenSslContext> context, const std::string& name, const std::string& uri,
                                const std::function<Result<SecretBytes>()>& pin) {
  const key::ErrorScope errors;
  Asking asking{pin};
  const UserInterface interface(UI_UTIL_wrap_read_pem_callback(answer, 0));
  const Store store(OSSL_STORE_open_ex(uri.c_str(), context->get(), context->properties(), interface.get(), &asking, nullptr,
                                       nullptr, nullptr));
  Found found = store == nullptr ? Found() : read_store(store.get());
  wipe_stack();
  if (asking.error || asking.threw || !found.is_readable) return failure(name, asking, errors);
  if (found.keys.empty()) return refuse(name, "holds no private key: check its uri in custos.toml");
  if (found.keys.size() > 1) {
    return refuse(name, "holds " + std::to_string(found.keys.size()) + " private keys: make its uri name one of them");
  }
  key::EvpKey& key = found.keys.front();
  const auto algorithm = algorithm_of(name, key.get());
  if (!algorithm) return Unexpected{algorithm.error()};
  auto half = public_half(*algorithm, key.get());
  if (!half) return refuse(name, "gives a public key that is none: " + half.error().detail);
  return StoreKey{std::move(context), std::move(key), *std::move(half)};
}

}  // namespace custos::software
