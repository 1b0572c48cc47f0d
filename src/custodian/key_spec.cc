#include "custodian/key_spec.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "custodian/key_store.h"
#include "exchange/venue.h"
#include "key/purpose.h"

namespace custos {
namespace {

using key::Algorithm;
using key::Custody;
using key::Family;

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::key, std::move(what)); }

// ChainRule names the algorithm with which a chain's transactions are signed, and the tree of such keys.
struct ChainRule {
  std::string_view name;
  Algorithm algorithm, tree;
};
constexpr std::array kChains{ChainRule{"bitcoin", Algorithm::ecdsa_secp256k1, Algorithm::bip32},
                             ChainRule{"cosmos", Algorithm::ecdsa_secp256k1, Algorithm::bip32},
                             ChainRule{"evm", Algorithm::ecdsa_secp256k1, Algorithm::bip32},
                             ChainRule{"solana", Algorithm::ed25519, Algorithm::slip10_ed25519}};

constexpr std::array kSigning{Algorithm::hmac_sha256, Algorithm::hmac_sha384, Algorithm::hmac_sha512,
                              Algorithm::ed25519,     Algorithm::ecdsa_p256,  Algorithm::ecdsa_secp256k1,
                              Algorithm::rsa_2048,    Algorithm::rsa_3072,    Algorithm::rsa_4096};
constexpr std::array kTrees{Algorithm::bip32, Algorithm::slip10_ed25519};
constexpr std::array kSealing{Algorithm::aes_256, Algorithm::rsa_2048, Algorithm::rsa_3072, Algorithm::rsa_4096};

std::string options_of(std::span<const Algorithm> algorithms) {
  std::string list;
  for (const Algorithm algorithm : algorithms) list += (list.empty() ? "" : ", ") + std::string(key::facts_of(algorithm).option);
  return list;
}

using Algorithms = std::vector<Algorithm>;

// algorithms_of_venue lists what the venue takes, and then the others that sign: a venue may come to take them.
Algorithms algorithms_of_venue(const exchange::Venue* venue) {
  Algorithms algorithms;
  const auto add = [&algorithms](Algorithm algorithm) {
    if (std::ranges::find(algorithms, algorithm) == algorithms.end()) algorithms.push_back(algorithm);
  };
  if (venue != nullptr) {
    for (const auto& each : venue->algorithms) {
      if (const auto algorithm = key::parse_algorithm(each.name)) add(*algorithm);
    }
  }
  for (const Algorithm algorithm : kSigning) add(algorithm);
  return algorithms;
}

// check_recoverability judges what a person says of what brings a lost key back. Production wants it said of a chain's key, whose
// loss is the loss of what it holds.
Result<void> check_recoverability(const Custodian::Impl& home, const KeySpec& spec, const key::Purpose& purpose,
                                  Custody custody) {
  const bool wanted = home.mode == Mode::production && purpose.kind() == "chain";
  const key::Recoverability truth = recoverability_of(custody);
  const std::string option = truth == key::Recoverability::none ? "none" : "software-backup";
  if (spec.recoverability == option || (spec.recoverability.empty() && !wanted)) return {};
  if (spec.recoverability.empty()) {
    return bad("production wants it said what brings back a key of " + purpose.text() + " that is lost: " +
               (truth == key::Recoverability::none
                    ? "nothing does, because it exists only in its device: --recoverability none"
                    : "a backup of the home does (docs/backup-and-recovery.md): --recoverability software-backup"));
  }
  if (spec.recoverability != "none" && spec.recoverability != "software-backup") {
    return bad("'" + spec.recoverability + "' is no recoverability (known: none, software-backup)");
  }
  return bad("a key of custody " + std::string(key::to_string(custody)) + " has the recoverability " + option + ", not " +
             spec.recoverability);
}

// algorithms_for lists what a purpose takes, its usual algorithm first. Errors: bad_input for a purpose that nothing here has.
Result<Algorithms> algorithms_for(const Custodian::Impl& home, const key::Purpose& purpose) {
  if (purpose == key::Purpose::seal()) return Algorithms(kSealing.begin(), kSealing.end());
  if (purpose.kind() == "generic") return algorithms_of_venue(home.find_venue(purpose.text()));
  if (purpose.kind() == "venue") {
    const auto* venue = exchange::find_venue(purpose.name());
    if (venue != nullptr) return algorithms_of_venue(venue);
    return bad("there is no venue '" + std::string(purpose.name()) + "' (known: " + home.known_venues() + ")");
  }
  if (purpose.kind() == "chain") {
    std::string known;
    for (const ChainRule& chain : kChains) {
      if (chain.name == purpose.name()) return Algorithms{chain.algorithm, chain.tree};
      known += (known.empty() ? "" : ", ") + std::string(chain.name);
    }
    return bad("there is no chain '" + std::string(purpose.name()) + "' (known: " + known + ")");
  }
  return bad("the purpose " + purpose.text() + " is kept for the key that seals the registry");
}

Result<Algorithm> choose_algorithm(const KeySpec& spec, std::optional<Algorithm> found, std::span<const Algorithm> allowed) {
  std::optional<Algorithm> asked;
  if (!spec.algorithm.empty()) {
    asked = key::parse_algorithm(spec.algorithm);
    if (!asked)
      return bad("'" + spec.algorithm + "' is no algorithm (known: " + options_of(kSigning) + ", " + options_of(kTrees) +
                 ", aes-256)");
  }
  if (asked && found && *asked != *found) {
    return bad("the file holds a key of " + std::string(key::facts_of(*found).name) + ", and --algorithm says " +
               std::string(key::facts_of(*asked).option));
  }
  const Algorithm algorithm = found ? *found : asked.value_or(allowed.front());
  if (std::ranges::find(allowed, algorithm) != allowed.end()) return algorithm;
  return bad("keys of the purpose " + spec.purpose + " are " + options_of(allowed) + ", not " +
             std::string(key::facts_of(algorithm).option));
}

Result<Custody> choose_custody(const Custodian::Impl& home, const KeySpec& spec) {
  const bool in_keystore = spec.name.token == software::kKeystoreName;
  Custody custody = in_keystore ? (spec.under ? Custody::sealed : Custody::software) : Custody::device;
  if (!spec.custody.empty()) {
    auto asked = key::parse_custody(spec.custody);
    if (!asked) return bad("'" + spec.custody + "' is no custody class (known: device, sealed, software)");
    custody = *asked;
  }
  if (custody == Custody::device && in_keystore) {
    return bad("the keystore holds keys of custody software or sealed: name a token for one of custody device, as TOKEN:" +
               spec.name.label);
  }
  if (custody != Custody::device && !in_keystore) {
    return bad("a token holds keys of custody device only: for custody " + std::string(key::to_string(custody)) +
               " name the keystore, as software:" + spec.name.label);
  }
  if (spec.under && home.config.find_token(spec.under->token) == nullptr) {
    return bad("only a key in a token seals: '" + spec.under->token + "' is no token of custos.toml");
  }
  if ((custody == Custody::sealed) != spec.under.has_value()) {
    return bad(spec.under ? "--under belongs to custody sealed"
                          : "custody sealed needs the token key that seals: --under TOKEN:LABEL, a key of purpose seal");
  }
  if (custody == Custody::software) {
    if (auto allowed = check_software_allowed(home, "keys of custody software"); !allowed) return allowed.failure();
  }
  return custody;
}

Result<void> check_label(const std::string& label) {
  if (!is_name(label)) return bad("'" + label + "' is no key name: 1 to 64 letters, digits, '.', '_' or '-'");
  if (label == kRegistryKeyName) {
    return bad("the name " + std::string(kRegistryKeyName) + " is kept for the key that seals the registry");
  }
  return {};
}

}  // namespace

Result<NewKey> check_key_spec(const Custodian::Impl& home, const KeySpec& spec, std::optional<Algorithm> found) {
  if (auto named = check_label(spec.name.label); !named) return named.failure();
  if (home.config.find_store(spec.name.token) != nullptr) {
    return bad(spec.name.token + " is an OpenSSL store, which holds one key already: record that one with custos key adopt");
  }
  if (spec.name.token != software::kKeystoreName && home.config.find_token(spec.name.token) == nullptr) {
    return fail(Errc::not_found, Origin::config, "there is no token '" + spec.name.token + "' in custos.toml");
  }
  auto purpose = key::Purpose::parse(spec.purpose);
  if (!purpose) return purpose.failure();
  auto allowed = algorithms_for(home, *purpose);
  if (!allowed) return allowed.failure();
  auto algorithm = choose_algorithm(spec, found, *allowed);
  if (!algorithm) return algorithm.failure();
  auto custody = choose_custody(home, spec);
  if (!custody) return custody.failure();
  if (auto said = check_recoverability(home, spec, *purpose, *custody); !said) return said.failure();
  const bool seals = *purpose == key::Purpose::seal();
  if (seals && *custody != Custody::device)
    return bad("a key that seals must be in a token: what it sealed is useless without it");
  return NewKey{spec.name, *algorithm, spec.purpose, seals ? key::Usage::seal : key::Usage::sign, *custody, spec.under};
}

Result<Algorithm> tree_of(const KeySpec& spec) {
  if (!spec.algorithm.empty()) {
    const auto asked = key::parse_algorithm(spec.algorithm);
    if (asked && key::is_tree(*asked)) return *asked;
    return bad("a seed makes a tree of keys: '" + spec.algorithm + "' is none (known: " + options_of(kTrees) + ")");
  }
  const auto chain =
      std::ranges::find(kChains, spec.purpose, [](const ChainRule& rule) { return "chain:" + std::string(rule.name); });
  return chain == kChains.end() ? Algorithm::bip32 : chain->tree;
}

Result<NewKey> check_adoption(Custodian::Impl& home, const KeySpec& spec) {
  if (auto named = check_label(spec.name.label); !named) return named.failure();
  const StoreSettings* settings = home.config.find_store(spec.name.token);
  if (settings == nullptr) {
    return fail(Errc::not_found, Origin::config,
                "there is no OpenSSL store '" + spec.name.token + "': add [token." + spec.name.token +
                    "] with kind = \"openssl-store\" and uri to custos.toml");
  }
  auto purpose = key::Purpose::parse(spec.purpose);
  if (!purpose) return purpose.failure();
  auto allowed = algorithms_for(home, *purpose);
  if (!allowed) return allowed.failure();
  auto custody = key::parse_custody(settings->custody);
  if (!custody) return custody.failure();
  if (*custody == Custody::software) {
    if (auto may = check_software_allowed(home, "keys of custody software"); !may) return may.failure();
  }
  if (auto said = check_recoverability(home, spec, *purpose, *custody); !said) return said.failure();
  auto store = home.backends.store(spec.name.token);
  if (!store) return store.failure();
  auto algorithm = choose_algorithm(spec, (*store)->standing_key().algorithm(), *allowed);
  if (!algorithm) return algorithm.failure();
  if (*purpose == key::Purpose::seal()) return bad("a key that seals must be in a token");
  return NewKey{spec.name, *algorithm, spec.purpose, key::Usage::sign, *custody};
}

Result<void> check_custody(Custodian::Impl& home, const registry::CopyRow& copy) {
  const auto custody = key::parse_custody(copy.custody);
  if (!custody) return fail(Errc::integrity, Origin::registry, "registry.db: " + copy.custody + " is no custody class");
  if (*custody == Custody::software) return check_software_allowed(home, "keys of custody software");
  if (*custody == Custody::device) return {};
  auto id = key::KeyId::parse(copy.key_id);
  if (!id) return id.failure();
  auto keystore = home.backends.keystore();
  if (!keystore) return keystore.failure();
  auto under = (*keystore)->seal_of(*id);
  if (!under) return under.failure();
  if (under->has_value()) return {};
  return fail(Errc::integrity, Origin::registry,
              "the registry says that key " + copy.key_id +
                  " is sealed, and the keystore has it under its passphrase: an older "
                  "keystore was put back; seal it again, or restore the home from a backup");
}

Result<void> check_software_allowed(const Custodian::Impl& home, std::string_view what) {
  if (home.mode != Mode::production || home.config.software.allow_software) return {};
  return fail(Errc::refused, Origin::config,
              "production refuses " + std::string(what) +
                  ": keep keys in a device, seal them under one (custody sealed), or write "
                  "allow_software = true under [software] in custos.toml");
}

}  // namespace custos
