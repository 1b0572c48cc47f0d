#include "exchange/venue_info.h"

#include <algorithm>
#include <array>

#include "exchange/generic_venue.h"

namespace custos::exchange {
namespace {

std::string text(std::string_view view) { return std::string(view); }

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) found.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

std::string_view to_text(SecretForm form) {
  switch (form) {
    case SecretForm::text: return "text";
    case SecretForm::base64: return "base64";
    case SecretForm::pem: return "pem";
    case SecretForm::seed_base64: return "seed_base64";
    case SecretForm::seed_base58: return "seed_base58";
    case SecretForm::scalar_hex: return "scalar_hex";
  }
  return "";
}

std::string_view to_text(PassphraseRule rule) {
  switch (rule) {
    case PassphraseRule::none: return "none";
    case PassphraseRule::sent: return "sent";
    case PassphraseRule::mac_base64: return "mac_base64";
  }
  return "";
}

std::string_view to_text(SignatureForm form) {
  switch (form) {
    case SignatureForm::hex: return "hex";
    case SignatureForm::base64: return "base64";
    case SignatureForm::base64_percent: return "base64_percent";
    case SignatureForm::base64url: return "base64url";
    case SignatureForm::hex_base64: return "hex_base64";
  }
  return "";
}

std::string_view to_text(TimeFormat format) {
  switch (format) {
    case TimeFormat::none: return "none";
    case TimeFormat::ms: return "ms";
    case TimeFormat::s: return "s";
    case TimeFormat::us: return "us";
    case TimeFormat::iso_ms: return "iso_ms";
    case TimeFormat::iso_s: return "iso_s";
    case TimeFormat::fix_ms: return "fix_ms";
  }
  return "";
}

std::string_view to_text(NonceRule rule) {
  switch (rule) {
    case NonceRule::none: return "none";
    case NonceRule::rising_ms: return "rising_ms";
    case NonceRule::rising_us: return "rising_us";
    case NonceRule::uuid: return "uuid";
    case NonceRule::hex: return "hex";
  }
  return "";
}

std::string_view to_text(BodyForm form) {
  switch (form) {
    case BodyForm::form: return "form";
    case BodyForm::json: return "json";
    case BodyForm::none: return "none";
  }
  return "";
}

std::string_view to_text(Header::When when) {
  switch (when) {
    case Header::When::always: return "always";
    case Header::When::with_body: return "with a body";
    case Header::When::without_body: return "without a body";
    case Header::When::with_recv_window: return "with a receive window";
  }
  return "";
}

VenueScheme to_info(const Scheme& scheme) {
  VenueScheme info{.kind = scheme.kind,
                   .name = text(scheme.name),
                   .select = text(scheme.select),
                   .algorithm = text(scheme.algorithm),
                   .preimage = text(scheme.preimage.source()),
                   .signature = text(to_text(scheme.form)),
                   .time = text(to_text(scheme.time)),
                   .time_rule = text(scheme.time_rule),
                   .nonce = text(to_text(scheme.nonce)),
                   .covers = {},
                   .leaves_open = {},
                   .body_form = text(to_text(scheme.parameters.body)),
                   .body_methods = words(scheme.parameters.body_methods),
                   .recv_window_default = scheme.recv_window_default,
                   .recv_window_most = scheme.recv_window_most,
                   .expires_after_s = scheme.expires_after_s,
                   .expires_most_s = scheme.expires_most_s,
                   .parts = {}};
  const std::array<std::pair<std::string_view, bool>, 5> covered{{{"host", scheme.binding.host},
                                                                  {"method", scheme.binding.method},
                                                                  {"path", scheme.binding.path},
                                                                  {"query", scheme.binding.query},
                                                                  {"body", scheme.binding.body}}};
  for (const auto& [part, is_covered] : covered) (is_covered ? info.covers : info.leaves_open).emplace_back(part);
  for (const Header& header : scheme.headers) {
    info.parts.push_back({"header", text(header.name), text(header.value.source()), text(to_text(header.when))});
  }
  const auto add = [&info](std::string_view where, const Template& contents) {
    if (!contents.empty()) info.parts.push_back({text(where), "", text(contents.source()), "always"});
  };
  add("query", scheme.query);
  add("body", scheme.body);
  add("message", scheme.message);
  return info;
}

}  // namespace

VenueInfo to_info(const Venue& venue) {
  VenueInfo info;
  info.name = venue.name;
  info.title = venue.title;
  info.source = venue.source;
  info.generic = is_generic(venue);
  for (const auto& [name, secret] : venue.algorithms) info.algorithms.push_back({text(name), text(to_text(secret))});
  info.passphrase = to_text(venue.passphrase);
  info.environments.assign(venue.environments.begin(), venue.environments.end());
  for (const Host& host : venue.hosts) info.hosts.push_back({text(host.environment), text(host.path_prefix), text(host.host)});
  for (const Scheme& scheme : venue.schemes) info.schemes.push_back(to_info(scheme));
  for (const Operation& one : venue.operations) {
    info.operations.push_back({text(one.method), text(one.path), text(facts::to_string(one.operation_class)), words(one.required),
                               words(one.optional)});
  }
  for (const Collision& collision : venue.collisions) {
    if (std::ranges::find(info.warnings, collision.reason) == info.warnings.end()) info.warnings.emplace_back(collision.reason);
  }
  info.notes = venue.notes;
  if (const Check& check = venue.check; !check.path.empty()) {
    info.check = {text(check.method), text(check.path), text(check.query), text(check.body)};
  }
  if (const KeyInfo& key = venue.key_info; !key.path.empty()) {
    info.key_rights = {{text(key.method), text(key.path), text(key.query), text(key.body)},
                       text(key.withdraw_pointer),
                       text(key.withdraw_word),
                       text(key.ip_pointer)};
  }
  return info;
}

}  // namespace custos::exchange

namespace custos {

std::vector<VenueInfo> built_in_venues() {
  std::vector<VenueInfo> all;
  for (const exchange::Venue* venue : exchange::venues()) all.push_back(exchange::to_info(*venue));
  std::ranges::sort(all, {}, &VenueInfo::name);
  return all;
}

Result<VenueInfo> built_in_venue(std::string_view name) {
  const exchange::Venue* venue = exchange::find_venue(name);
  if (venue == nullptr) return fail(Errc::not_found, Origin::none, "there is no venue '" + std::string(name) + "'");
  return exchange::to_info(*venue);
}

}  // namespace custos
