#include "custodian/key_store.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "custodian/production.h"
#include "exchange/venue.h"
#include "key/hmac_secret.h"
#include "key/lifecycle.h"
#include "key/purpose.h"

namespace custos {
namespace {

// prove asks the token for the check value of a key that was just made.
Result<key::CheckValue> prove(key::Backend& backend, const key::KeyId& id, key::Algorithm algorithm, const key::CheckSalt& salt) {
  auto prepared = backend.prepare(id, algorithm, 0);
  if (!prepared) return prepared.failure();
  std::array<std::uint8_t, key::kMaxSignature> mac{};
  const auto out = std::span(mac).first(key::facts_of(algorithm).signature_size);
  if (const auto status = (*prepared)->sign(key::check_message(salt), out, {}); !status.ok()) {
    return fail(status.code, status.origin, "the token could not use the key that it has just made", status.native);
  }
  return key::check_value(out);
}

// token_label is a key's label inside its token.
std::string token_label(std::string_view name, std::uint32_t version) {
  return std::string(name) + "#" + std::to_string(version);
}

std::string known_algorithms() {
  std::string list;
  for (const auto& row : key::kAlgorithms) list += (list.empty() ? "" : ", ") + std::string(row.option);
  return list;
}

Result<void> check_purpose(const std::string& purpose) {
  auto parsed = key::Purpose::parse(purpose);
  if (!parsed) return parsed.failure();
  constexpr std::string_view kVenue = "venue:";
  if (!purpose.starts_with(kVenue)) {
    return fail(Errc::bad_input, Origin::key,
                "the purpose " + purpose + " is not for HMAC keys of this release: use venue:NAME, for example venue:binance");
  }
  if (exchange::find_venue(std::string_view(purpose).substr(kVenue.size())) != nullptr) return {};
  std::string known;
  for (const auto* venue : exchange::venues()) known += (known.empty() ? "" : ", ") + std::string(venue->name);
  return fail(Errc::bad_input, Origin::key, "there is no venue '" + purpose.substr(kVenue.size()) + "' (known: " + known + ")");
}

}  // namespace

Result<NewKey> check_key_spec(const Custodian::Impl& home, const KeySpec& spec) {
  if (!is_name(spec.name.label)) {
    return fail(Errc::bad_input, Origin::key,
                "'" + spec.name.label + "' is no key name: 1 to 64 letters, digits, '.', '_' or '-'");
  }
  if (spec.name.label == kRegistryKeyName) {
    return fail(Errc::bad_input, Origin::key,
                "the name " + std::string(kRegistryKeyName) + " is kept for the key that seals the registry");
  }
  if (home.config.find_token(spec.name.token) == nullptr) {
    return fail(Errc::not_found, Origin::config, "there is no token '" + spec.name.token + "' in custos.toml");
  }
  const auto algorithm = key::parse_algorithm(spec.algorithm);
  if (!algorithm) {
    return fail(Errc::bad_input, Origin::key, "'" + spec.algorithm + "' is no algorithm (known: " + known_algorithms() + ")");
  }
  if (!spec.custody.empty() && spec.custody != "device") {
    return fail(Errc::bad_input, Origin::key, "custody '" + spec.custody + "' is not known to this release: only device");
  }
  if (auto checked = check_purpose(spec.purpose); !checked) return checked.failure();
  return NewKey{spec.name, *algorithm, spec.purpose};
}

KeyMaker::~KeyMaker() {
  if (!made_) return;
  if (auto destroyed = backend_->destroy(*made_); !destroyed) {
    log::warning("the key {} was made in its token but not recorded, and could not be destroyed: {}", made_->text(),
                 destroyed.error().detail);
  }
}

Result<void> KeyMaker::open(const NewKey& key) {
  auto backend = home_.tokens.open(key.name.token);
  if (!backend) return backend.failure();
  backend_ = *std::move(backend);
  return {};
}

Result<registry::KeyRow> KeyMaker::generate(registry::Change& change, const NewKey& key) {
  return make(change, key, std::nullopt);
}

Result<registry::KeyRow> KeyMaker::import(registry::Change& change, const NewKey& key, const SecretBytes& secret) {
  if (home_.mode == Mode::production) {
    if (auto strong = check_strong_secret(secret); !strong) return strong.failure();
  } else if (auto strong = check_strong_secret(secret); !strong && !secret.empty()) {
    log::warning("the secret of {} is weak ({} bytes): production would refuse it", key.name.text(), secret.size());
  }
  auto normalised = key::normalise_hmac_secret(secret, key.algorithm);
  if (!normalised) return normalised.failure();
  return make(change, key, std::optional(*std::move(normalised)));
}

Result<registry::KeyRow> KeyMaker::make(registry::Change& change, const NewKey& key, const std::optional<SecretBytes>& secret) {
  auto standing = change.find_key(key.name.token, key.name.label);
  if (!standing) return standing.failure();
  if (standing->has_value()) {
    return fail(Errc::already_exists, Origin::key,
                "there is a key " + key.name.text() + " already: destroy it first, or take another name");
  }
  auto next = change.next_key_version(key.name.token, key.name.label);
  if (!next) return next.failure();
  auto version = free_version(key.name.label, *next);
  if (!version) return version.failure();
  auto made = create(key, *version, secret);
  if (!made) return made.failure();
  if (auto recorded = record(change, *made); !recorded) return recorded.failure();
  return made->row;
}

Result<std::uint32_t> KeyMaker::free_version(std::string_view name, std::uint32_t least) {
  auto keys = backend_->list();
  if (!keys) return keys.failure();
  std::uint32_t version = least;
  while (std::ranges::find(*keys, token_label(name, version), &key::StoredKey::label) != keys->end()) ++version;
  return version;
}

Result<KeyMaker::MadeKey> KeyMaker::create(const NewKey& key, std::uint32_t version, const std::optional<SecretBytes>& secret) {
  const key::KeyId id = key::KeyId::random();
  const key::KeyTemplate object{.id = id, .label = token_label(key.name.label, version), .algorithm = key.algorithm};
  auto object_made = secret ? backend_->import_key(object, *secret) : backend_->generate(object);
  if (!object_made) return object_made.failure();
  made_ = id;

  MadeKey made;
  registry::KeyRow& row = made.row;
  randombytes_buf(row.check_salt.data(), row.check_salt.size());
  auto value = prove(*backend_, id, key.algorithm, row.check_salt);
  if (!value) return value.failure();
  if (secret) {
    auto expected = key::software_check_value(*secret, key.algorithm, row.check_salt);
    if (!expected) return expected.failure();
    if (*expected != *value) {
      return fail(Errc::integrity, Origin::token,
                  "token " + key.name.token + " computes wrong " + std::string(key::facts_of(key.algorithm).name) +
                      " MACs with the imported key: the import was undone");
    }
  }
  row.id = id.text();
  row.name = key.name.label;
  row.token = key.name.token;
  row.version = version;
  row.algorithm = key::facts_of(key.algorithm).option;
  row.purpose = key.purpose;
  row.origin = key::to_string(secret ? key::Origin::imported : key::Origin::generated);
  row.state = key::to_string(key::State::active);
  row.recoverability = key::to_string(key::Recoverability::none);
  row.check_value = *value;
  row.created_ms = home_.clock.now_ms();
  made.copy = {row.id, row.token, object_made->uri, std::string(key::to_string(key::Custody::device)), row.created_ms};
  return made;
}

Result<void> KeyMaker::record(registry::Change& change, const MadeKey& made) {
  const registry::KeyRow& row = made.row;
  if (auto put = change.put(row); !put) return put;
  if (auto put = change.put(made.copy); !put) return put;
  return change.record(
      "key." + row.origin, "key " + row.token + ":" + row.name, "",
      "id=" + row.id + " algorithm=" + row.algorithm + " purpose=" + row.purpose + " custody=" + made.copy.custody);
}

Result<KeyUsers> key_users(registry::Registry& registry) {
  KeyUsers users;
  auto credentials = registry.credentials_unverified();
  if (!credentials) return credentials.failure();
  for (const auto& credential : *credentials) {
    auto version = registry.current_version_unverified(credential.id);
    if (!version) return version.failure();
    if (version->has_value()) users.emplace((*version)->key_id, credential.label);
  }
  return users;
}

Result<KeyInfo> describe_key(registry::Registry& registry, const registry::KeyRow& row, const KeyUsers& users) {
  KeyInfo info;
  info.name = {row.token, row.name};
  info.id = row.id;
  const auto algorithm = key::parse_algorithm(row.algorithm);
  info.algorithm = algorithm ? std::string(key::facts_of(*algorithm).name) : row.algorithm;
  info.purpose = row.purpose;
  info.origin = row.origin;
  info.state = row.state;
  info.recoverability = row.recoverability;
  info.created_ms = row.created_ms;
  auto copies = registry.copies_unverified(row.id);
  if (!copies) return copies.failure();
  for (const auto& copy : *copies) {
    info.uri = copy.uri;
    info.custody = copy.custody;
  }
  const auto [first, last] = users.equal_range(row.id);
  for (auto user = first; user != last; ++user) info.credentials.push_back(user->second);
  return info;
}

}  // namespace custos
