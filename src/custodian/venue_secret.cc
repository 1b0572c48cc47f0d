#include "custodian/venue_secret.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "encode/base58.h"
#include "encode/base64.h"
#include "exchange/generic_venue.h"
#include "key/key_material.h"
#include "key/private_key_file.h"
#include "key/purpose.h"

namespace custos {
namespace {

using exchange::SecretForm;
using exchange::SigningAlgorithm;
using exchange::Venue;

constexpr InsecureSecretAccess kAccess{};
constexpr std::size_t kSeed = 32;

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::key, std::move(what)); }

std::string_view text_of(const SecretBytes& secret) { return as_text(secret.view(kAccess)); }

std::string_view form_in_words(SecretForm form) {
  switch (form) {
    case SecretForm::text: return "the text as it is shown";
    case SecretForm::base64: return "base64 (letters, digits, + and /, with = at the end where it is shown)";
    case SecretForm::pem: return "a PEM file (-----BEGIN … PRIVATE KEY-----)";
    case SecretForm::seed_base64: return "base64 of an Ed25519 key: 32 or 64 bytes";
    case SecretForm::seed_base58: return "base58 of an Ed25519 key, as ed25519:…";
    case SecretForm::scalar_hex: return "a private key of 64 hexadecimal digits, with or without 0x";
  }
  return "";
}

// not_the_form says what was expected; `found` says what is there instead.
Unexpected not_the_form(const Venue& venue, SecretForm form, std::string_view found) {
  return bad(std::string(venue.name) + "'s secrets are " + std::string(form_in_words(form)) +
             ", and this one is not: " + std::string(found));
}

std::optional<key::Algorithm> algorithm_of(const SigningAlgorithm& one) { return key::parse_algorithm(one.name); }

const SigningAlgorithm* find_algorithm(const Venue& venue, key::Algorithm wanted) {
  for (const SigningAlgorithm& one : venue.algorithms) {
    if (algorithm_of(one) == wanted) return &one;
  }
  return nullptr;
}

Unexpected not_taken(const Venue& venue, std::string what) {
  return bad(std::move(what) + ", and " + std::string(venue.name) + " takes " + algorithms_of(venue));
}

// strip cuts white space around a text away; a secret of form `text` keeps what it has.
Result<SecretBytes> strip(const SecretBytes& secret) {
  std::string_view text = text_of(secret);
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return SecretBytes();
  text = text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
  return SecretBytes::copy_of(as_bytes(text));
}

Result<SecretBytes> from_hex(const Venue& venue, const SecretBytes& secret) {
  std::string_view text = text_of(secret);
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  auto scalar = SecretBytes::allocate(kSeed);
  if (!scalar) return scalar;
  std::size_t size = 0;
  const auto place = scalar->mutable_view(kAccess);
  const bool good = text.size() == 2 * kSeed &&
                    ::sodium_hex2bin(place.data(), place.size(), text.data(), text.size(), nullptr, &size, nullptr) == 0;
  if (good && size == kSeed) return scalar;
  return not_the_form(
      venue, SecretForm::scalar_hex,
      text.size() == 2 * kSeed ? "a character is no hexadecimal digit" : "it has " + std::to_string(text.size()) + " characters");
}

// seed_of takes the seed of 32 bytes, or of seed and public key, which must belong together.
Result<SecretBytes> seed_of(const Venue& venue, SecretForm form, Result<SecretBytes> decoded) {
  if (!decoded) {
    if (decoded.error().code != Errc::bad_input) return decoded;
    return not_the_form(venue, form, decoded.error().detail);
  }
  const auto bytes = decoded->view(kAccess);
  if (bytes.size() != kSeed && bytes.size() != 2 * kSeed) {
    return not_the_form(venue, form, "it holds " + std::to_string(bytes.size()) + " bytes");
  }
  auto seed = SecretBytes::copy_of(bytes.first(kSeed));
  if (!seed || bytes.size() == kSeed) return seed;
  auto derived = key::public_key_of(key::Algorithm::ed25519, *seed);
  if (!derived) return derived.failure();
  if (std::ranges::equal(derived->raw(), bytes.subspan(kSeed))) return seed;
  return not_the_form(venue, form, "its second half is not the public key of its first");
}

Result<SecretBytes> decode(const Venue& venue, const SigningAlgorithm& algorithm, SecretBytes secret) {
  if (algorithm.secret == SecretForm::text) return secret;
  auto plain = strip(secret);
  if (!plain) return plain;
  if (plain->empty()) return not_the_form(venue, algorithm.secret, "it is empty");
  switch (algorithm.secret) {
    case SecretForm::base64: {
      auto decoded = encode::secret_from_base64(plain->view(kAccess));
      if (decoded || decoded.error().code != Errc::bad_input) return decoded;
      return not_the_form(venue, algorithm.secret, decoded.error().detail);
    }
    case SecretForm::seed_base64: return seed_of(venue, algorithm.secret, encode::secret_from_base64(plain->view(kAccess)));
    case SecretForm::seed_base58: {
      constexpr std::string_view kPrefix = "ed25519:";
      auto text = plain->view(kAccess);
      if (as_text(text).starts_with(kPrefix)) text = text.subspan(kPrefix.size());
      return seed_of(venue, algorithm.secret, encode::secret_from_base58(text));
    }
    case SecretForm::scalar_hex: return from_hex(venue, *plain);
    default: return not_the_form(venue, algorithm.secret, "it does not begin with -----BEGIN");
  }
}

Result<VenueSecret> read_pem(const Venue& venue, std::optional<key::Algorithm> asked, const SecretBytes& secret) {
  auto read = key::read_pem(secret, []() -> Result<SecretBytes> {
    return fail(
        Errc::bad_input, Origin::key,
        "the PEM file is encrypted: import it with custos key import, which asks for its passphrase, and name the key with "
        "--key");
  });
  if (!read) return read.failure();
  const std::string_view name = key::facts_of(read->algorithm).name;
  if (asked && *asked != read->algorithm) {
    return bad("the secret is a PEM file with a key of " + std::string(name) + ", not of " +
               std::string(key::facts_of(*asked).name));
  }
  if (find_algorithm(venue, read->algorithm) == nullptr) {
    return not_taken(venue, "the secret is a PEM file with a key of " + std::string(name));
  }
  return VenueSecret{read->algorithm, std::move(read->material)};
}

}  // namespace

Result<VenueSecret> read_venue_secret(const Venue& venue, std::string_view asked_text, SecretBytes secret) {
  std::optional<key::Algorithm> asked;
  if (!asked_text.empty()) {
    asked = key::parse_algorithm(asked_text);
    if (!asked || find_algorithm(venue, *asked) == nullptr) {
      return not_taken(venue, "the algorithm is '" + std::string(asked_text.substr(0, 64)) + "'");
    }
  }
  const auto begin = text_of(secret).find_first_not_of(" \t\r\n");
  const bool is_pem = begin != std::string_view::npos && text_of(secret).substr(begin).starts_with("-----BEGIN ");
  if (is_pem) return read_pem(venue, asked, secret);

  const SigningAlgorithm* chosen = nullptr;
  if (asked) {
    chosen = find_algorithm(venue, *asked);
  } else {
    for (const SigningAlgorithm& one : venue.algorithms) {
      if (chosen == nullptr && one.secret != SecretForm::pem) chosen = &one;
    }
    if (chosen == nullptr) chosen = &venue.algorithms.front();
  }
  auto material = decode(venue, *chosen, std::move(secret));
  if (!material) return material.failure();
  return VenueSecret{*algorithm_of(*chosen), *std::move(material)};
}

bool takes_algorithm(const Venue& venue, key::Algorithm algorithm) noexcept {
  return find_algorithm(venue, algorithm) != nullptr;
}

std::string algorithms_of(const Venue& venue) {
  std::string list;
  for (const SigningAlgorithm& one : venue.algorithms) list += (list.empty() ? "" : ", ") + std::string(one.name);
  return list;
}

std::string purpose_of(const Venue& venue) {
  return exchange::is_generic(venue) ? std::string(venue.name) : key::Purpose::venue(venue.name).text();
}

key::KeyUse use_of(const Venue& venue, key::Algorithm algorithm) noexcept {
  const bool of_digest = venue.signs_digest && key::facts_of(algorithm).family == key::Family::ecdsa;
  return of_digest ? key::KeyUse(algorithm, key::Scheme::ecdsa_digest) : key::KeyUse(algorithm);
}

}  // namespace custos
