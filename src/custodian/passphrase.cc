#include "custodian/passphrase.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/log.h"
#include "custodian/words.h"
#include "software/software_backend.h"

namespace custos {
namespace {

using exchange::PassphraseRule;

constexpr InsecureSecretAccess kAccess{};
constexpr std::size_t kMaxSent = 128;
constexpr std::size_t kMaxMac = 64;  // design.md, "Keys": no request of a venue is that short and has no slash
constexpr std::string_view kNamePrefix = "passphrase-";

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::key, std::move(what)); }

// Place is a reference taken apart.
struct Place {
  std::string token, name;
};

std::optional<Place> place_of(std::string_view ref) {
  const auto colon = ref.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Place{std::string(ref.substr(0, colon)), std::string(ref.substr(colon + 1))};
}

Result<SecretBytes> mac_in_base64(key::Backend& backend, const registry::KeyRow& row, const SecretBytes& given) {
  auto id = key::KeyId::parse(row.id);
  if (!id) return id.failure();
  const auto algorithm = key::parse_algorithm(row.algorithm);
  if (!algorithm || key::facts_of(*algorithm).family != key::Family::hmac) {
    return bad("the venue wants its passphrase's MAC, and key " + row.token + ":" + row.name + " is " + row.algorithm);
  }
  auto key = backend.prepare(*id, *algorithm, 0);
  if (!key) return key.failure();
  auto mac = SecretBytes::allocate(key::facts_of(*algorithm).signature_size);
  if (!mac) return mac;
  const SignStatus status = (*key)->sign(given.view(kAccess), mac->mutable_view(kAccess), key::Deadline{});
  if (!status.ok()) {
    return fail(status.code, status.origin,
                "the key could not make the MAC of the passphrase (" + std::string(to_string(status.code)) + ")", status.native);
  }
  const std::size_t size = sodium_base64_ENCODED_LEN(mac->size(), sodium_base64_VARIANT_ORIGINAL);  // with its final zero
  auto text = SecretBytes::allocate(size);
  if (!text) return text;
  ::sodium_bin2base64(reinterpret_cast<char*>(text->mutable_view(kAccess).data()), size, mac->view(kAccess).data(), mac->size(),
                      sodium_base64_VARIANT_ORIGINAL);
  text->truncate(size - 1);
  return text;
}

}  // namespace

Result<void> check_passphrase(const exchange::Venue& venue, const std::optional<SecretBytes>& given, bool required) {
  const std::string name(venue.name);
  if (venue.passphrase == PassphraseRule::none) {
    if (!given) return {};
    return bad(name + "'s API keys have no passphrase: leave --passphrase-stdin out");
  }
  if (!given) {
    if (!required) return {};
    return bad(name + "'s API keys have a passphrase, which was chosen with the key: give it with --passphrase-stdin");
  }
  const auto text = as_text(given->view(kAccess));
  const bool of_mac = venue.passphrase == PassphraseRule::mac_base64;
  const bool visible = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (of_mac) {
    if (visible && !text.empty() && text.size() <= kMaxMac && text.find('/') == std::string_view::npos) return {};
    return bad("a passphrase of " + name + " has 1 to 64 printable ASCII characters without '/'");
  }
  const bool padded = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (visible && !padded && !text.empty() && text.size() <= kMaxSent) return {};
  return bad(
      "a passphrase is sent in a header: it has 1 to 128 printable ASCII characters and neither begins nor ends with a space");
}

PassphraseKeeper::~PassphraseKeeper() {
  for (const auto& name : written_) {
    if (auto removed = backend_->remove_secret(name); !removed) {
      log::warning("a passphrase was kept in {} as {} but not recorded, and could not be removed: {}", token_, name,
                   removed.error().detail);
    }
  }
}

Result<void> PassphraseKeeper::open(const std::string& token, bool unlock) {
  token_ = token;
  if (token == software::kKeystoreName && unlock) {
    auto keystore = home_.backends.keystore();
    if (!keystore) return keystore.failure();
    if (auto unlocked = (*keystore)->unlock(); !unlocked) return unlocked;
  }
  auto backend = home_.backends.open(token);
  if (!backend) return backend.failure();
  backend_ = *std::move(backend);
  return {};
}

Result<std::string> PassphraseKeeper::write(const exchange::Venue& venue, const registry::KeyRow& key, const SecretBytes& given) {
  if (backend_ == nullptr) return fail(Errc::busy, Origin::key, "the credential's key was changed by another process: try again");
  auto sent = venue.passphrase == PassphraseRule::mac_base64 ? mac_in_base64(*backend_, key, given) : given.clone();
  if (!sent) return sent.failure();
  sent_ = *std::move(sent);
  return write_copy(key, *sent_);
}

Result<std::string> PassphraseKeeper::write_copy(const registry::KeyRow& key, const SecretBytes& sent) {
  if (backend_ == nullptr || key.token != token_) {
    return fail(Errc::busy, Origin::key, "the credential's key was changed by another process: try again");
  }
  std::optional<key::SealReference> under;
  if (const auto keystore = std::dynamic_pointer_cast<software::SoftwareBackend>(backend_)) {
    auto id = key::KeyId::parse(key.id);
    if (!id) return id.failure();
    auto sealed = keystore->seal_of(*id);
    if (!sealed) return sealed.failure();
    under = *std::move(sealed);
  }
  std::string name = std::string(kNamePrefix) + key::KeyId::random().text();
  written_.push_back(name);  // also when writing it fails: it may have been written all the same
  if (auto written = backend_->write_secret(name, sent, under); !written) {
    if (written.error().code == Errc::bad_input) written_.pop_back();
    return written.failure();
  }
  auto read = backend_->read_secret(name);
  if (!read) return read.failure();
  if (!read->has_value() || !(*read)->equals(sent)) {
    return fail(Errc::integrity, Origin::key,
                token_ + " does not answer the passphrase that it was just given: nothing was changed");
  }
  return token_ + ":" + name;
}

Result<SecretBytes> read_passphrase(Custodian::Impl& home, const std::string& label, const std::string& refs) {
  std::optional<Error> away;
  for (const auto& ref : split_words(refs)) {
    const auto place = place_of(ref);
    if (!place)
      return fail(Errc::integrity, Origin::registry, "registry.db: a passphrase of credential '" + label + "' is nowhere");
    auto backend = home.backends.open(place->token);
    auto read = backend ? (*backend)->read_secret(place->name) : Result<std::optional<SecretBytes>>(backend.failure());
    if (read && read->has_value()) return **std::move(read);
    if (!read && !away) away = read.error();
  }
  if (away) return Unexpected{*away};
  return fail(Errc::revoked, Origin::key,
              "the passphrase of credential '" + label + "' is no longer in " + refs.substr(0, refs.find(':')) +
                  ": give it anew with custos credential set " + label + " --passphrase-stdin");
}

std::vector<std::string> passphrase_refs(const std::vector<registry::CredentialVersionRow>& versions) {
  std::vector<std::string> refs;
  for (const auto& version : versions) {
    for (auto& ref : split_words(version.passphrase_ref)) {
      if (std::ranges::find(refs, ref) == refs.end()) refs.push_back(std::move(ref));
    }
  }
  return refs;
}

void remove_passphrases(Custodian::Impl& home, const std::vector<std::string>& refs) {
  for (const auto& ref : refs) {
    const auto place = place_of(ref);
    if (!place) continue;
    auto backend = home.backends.open(place->token);
    auto removed = backend ? (*backend)->remove_secret(place->name) : Result<void>(backend.failure());
    if (!removed) log::warning("the passphrase {} was not removed: {}", ref, removed.error().detail);
  }
}

Result<void> move_passphrases(Custodian::Impl& home, const std::string& key_id, const std::optional<key::SealReference>& under) {
  auto credentials = home.registry->credentials_unverified();
  if (!credentials) return credentials.failure();
  auto keystore = home.backends.keystore();
  if (!keystore) return keystore.failure();
  for (const auto& credential : *credentials) {
    auto versions = home.registry->versions_unverified(credential.id);
    if (!versions) return versions.failure();
    auto fallback = home.registry->fallback_unverified(credential.id);
    if (!fallback) return fallback.failure();
    const bool stands_in = fallback->has_value() && (*fallback)->key_id == key_id;
    std::erase_if(*versions, [&](const auto& version) { return version.key_id != key_id && !stands_in; });
    for (const auto& ref : passphrase_refs(*versions)) {
      const auto place = place_of(ref);
      if (!place || place->token != software::kKeystoreName) continue;
      if (auto moved = (*keystore)->move_secret(place->name, under); !moved) return moved;
    }
  }
  return {};
}

}  // namespace custos
