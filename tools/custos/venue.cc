// custos venue list | show: the rules of the exchanges, from the same descriptors that sign.
#include <algorithm>
#include <array>
#include <initializer_list>

#include "cli.h"
#include "options.h"
#include "output.h"
#include "venues.h"

namespace custos::cli {
namespace {

struct Options {
  std::string name;
  bool operations = false;
  bool json = false;
};

using Lines = std::vector<std::pair<std::string, std::string>>;

constexpr std::array<std::string_view, 6> kClasses{"read", "trade", "transfer", "withdraw", "manage", "session"};

std::string_view kind_text(RequestKind kind) {
  switch (kind) {
    case RequestKind::rest: return "rest";
    case RequestKind::ws: return "ws";
    case RequestKind::fix: return "fix";
  }
  return "";
}

// kinds_of gives the kinds that a venue's schemes sign, each once.
std::vector<std::string> kinds_of(const VenueInfo& venue) {
  std::vector<std::string> kinds;
  for (const auto& scheme : venue.schemes) {
    const std::string kind(kind_text(scheme.kind));
    if (std::ranges::find(kinds, kind) == kinds.end()) kinds.push_back(kind);
  }
  return kinds;
}

std::vector<std::string> algorithms_of(const VenueInfo& venue) {
  std::vector<std::string> names;
  names.reserve(venue.algorithms.size());
  for (const auto& algorithm : venue.algorithms) names.push_back(algorithm.name);
  return names;
}

std::vector<std::pair<std::string, std::size_t>> counts_of(const VenueInfo& venue) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const auto name : kClasses) {
    const auto count = std::ranges::count(venue.operations, name, &VenueOperation::operation_class);
    if (count > 0) counts.emplace_back(name, static_cast<std::size_t>(count));
  }
  return counts;
}

// --- For people. ---

// in_words says a word of custos.toml as people do; a word that it does not know it gives back.
std::string in_words(const std::string& word, std::initializer_list<std::pair<std::string_view, std::string_view>> meanings) {
  const auto* known = std::ranges::find(meanings, word, &std::pair<std::string_view, std::string_view>::first);
  return known == meanings.end() ? word : std::string(known->second);
}

std::string secret_text(const std::string& form) {
  return in_words(form, {{"text", "the text as the venue shows it"},
                         {"base64", "base64, as the venue shows it"},
                         {"pem", "a PEM file"},
                         {"seed_base64", "base64 of the 32-byte seed, or of seed and public key; or a PEM file"},
                         {"seed_base58", "ed25519: and base58 of the seed, or of seed and public key; or a PEM file"},
                         {"scalar_hex", "32 bytes in hexadecimal, with or without 0x; or a PEM file"}});
}

std::string signature_text(const std::string& form) {
  return in_words(form, {{"base64_percent", "base64, percent-encoded"}, {"hex_base64", "base64 of the hexadecimal text"}});
}

std::string time_text(const VenueScheme& scheme) {
  const std::string format = in_words(scheme.time, {{"none", "none"},
                                                    {"ms", "Unix milliseconds"},
                                                    {"s", "Unix seconds"},
                                                    {"us", "Unix microseconds"},
                                                    {"iso_ms", "as 2020-12-08T09:08:57.715Z"},
                                                    {"iso_s", "as 2020-12-08T09:08:57"},
                                                    {"fix_ms", "as 20201208-09:08:57.715"}});
  return format + (scheme.time_rule.empty() ? "" : ", " + scheme.time_rule);
}

std::string nonce_text(const std::string& rule) {
  return in_words(rule, {{"none", ""},
                         {"rising_ms", "strictly increasing, from the clock's milliseconds"},
                         {"rising_us", "strictly increasing, from the clock's microseconds"},
                         {"uuid", "unique: a UUID"},
                         {"hex", "unique: 32 hexadecimal digits"}});
}

std::string passphrase_text(const std::string& rule) {
  return in_words(rule, {{"sent", "needed; sent as it is"},
                         {"mac_base64", "needed; sent as base64 of its MAC, made once when the credential is added"}});
}

std::string applies_text(const VenueScheme& scheme) {
  std::string text;
  if (!scheme.select.empty()) text = (scheme.kind == RequestKind::rest ? "paths that begin with " : "operation ") + scheme.select;
  if (!scheme.algorithm.empty()) text += (text.empty() ? "" : ", ") + scheme.algorithm + " keys";
  return text;
}

std::string binding_text(const VenueScheme& scheme) {
  if (scheme.kind != RequestKind::rest) return "";  // what is signed says it
  if (scheme.leaves_open.empty()) return joined(scheme.covers, ", ");
  return joined(scheme.covers, ", ") + "; NOT " + joined(scheme.leaves_open, ", ");
}

std::string window_text(const VenueScheme& scheme) {
  if (scheme.recv_window_most == 0) return "";
  const std::string usual =
      scheme.recv_window_default == 0 ? "none unless given" : std::to_string(scheme.recv_window_default) + " unless given";
  return usual + ", at most " + std::to_string(scheme.recv_window_most);
}

std::string expiry_text(const VenueScheme& scheme) {
  if (scheme.expires_after_s == 0) return "";
  return std::to_string(scheme.expires_after_s) + " s after the time unless given, at most " +
         std::to_string(scheme.expires_most_s) + " s ahead";
}

std::string parameters_text(const VenueScheme& scheme) {
  if (scheme.kind != RequestKind::rest) return "";
  if (scheme.body_form == "none" || scheme.body_methods.empty()) return "form the query";
  return "form the " + scheme.body_form + " body of " + joined(scheme.body_methods, ", ") + ", else the query";
}

std::string part_text(const VenuePart& part) { return part.contents + (part.when == "always" ? "" : "   (" + part.when + ")"); }

std::string scheme_text(const VenueScheme& scheme) {
  Lines lines{{"  for", applies_text(scheme)},      {"  signs", scheme.preimage},
              {"  covers", binding_text(scheme)},   {"  signature", signature_text(scheme.signature)},
              {"  time", time_text(scheme)},        {"  nonce", nonce_text(scheme.nonce)},
              {"  window", window_text(scheme)},    {"  expiry", expiry_text(scheme)},
              {"  params", parameters_text(scheme)}};
  for (const auto& part : scheme.parts)
    lines.emplace_back("  " + part.where, (part.name.empty() ? "" : part.name + ": ") + part_text(part));
  return '\n' + escaped(scheme.name) + " (" + std::string(kind_text(scheme.kind)) + ")\n" + sheet(lines);
}

std::string operations_text(const VenueInfo& venue, bool all) {
  std::string counts;
  for (const auto& [name, count] : counts_of(venue)) counts += (counts.empty() ? "" : ", ") + name + ' ' + std::to_string(count);
  std::string text =
      "\nOperations: " + counts + ". Any other is unknown and refused" + (all ? ".\n" : "; --operations lists them.\n");
  if (!all) return text;
  std::vector<Row> rows;
  for (const auto name : kClasses) {
    for (const auto& one : venue.operations) {
      if (one.operation_class != name) continue;
      rows.push_back({one.operation_class, one.method, one.path, joined(one.required, " "), joined(one.optional, " ")});
    }
  }
  const bool lists_parameters = std::ranges::any_of(rows, [](const Row& row) { return !row[3].empty() || !row[4].empty(); });
  Row titles{"CLASS", "METHOD", "PATH", "PARAMETERS", "BESIDES"};
  if (!lists_parameters) {
    titles.resize(3);
    for (Row& row : rows) row.resize(3);
  }
  return text + table(titles, rows, "");
}

// add_hosts adds a line for each environment and path prefix.
void add_hosts(const VenueInfo& venue, Lines& lines) {
  const VenueHost* last = nullptr;
  for (const auto& host : venue.hosts) {
    const bool continues = last != nullptr && last->environment == host.environment && last->path_prefix == host.path_prefix;
    last = &host;
    if (continues) {
      lines.back().second += ", " + host.host;
    } else {
      const std::string prefix = host.path_prefix.empty() ? "" : ' ' + host.path_prefix + "…";
      lines.emplace_back("hosts", host.environment + prefix + ": " + host.host);
    }
  }
}

std::string to_text(const VenueInfo& venue, bool all_operations) {
  Lines lines{{"venue", venue.name},
              {"title", venue.title},
              {"defined in", venue.generic ? "custos.toml" : ""},
              {"rules from", venue.source},
              {"environments", joined(venue.environments, ", ")}};
  for (const auto& algorithm : venue.algorithms)
    lines.emplace_back("algorithm", algorithm.name + "; secret: " + secret_text(algorithm.secret));
  lines.emplace_back("passphrase", passphrase_text(venue.passphrase));
  add_hosts(venue, lines);
  lines.emplace_back("verify asks", venue.check ? venue.check->method + ' ' + venue.check->path : "");
  lines.emplace_back("audit asks",
                     venue.key_rights ? venue.key_rights->request.method + ' ' + venue.key_rights->request.path : "");
  lines.emplace_back("notes", venue.notes);
  for (const auto& warning : venue.warnings) lines.emplace_back("warning", warning);
  std::string text = sheet(lines);
  for (const auto& scheme : venue.schemes) text += scheme_text(scheme);
  return text + operations_text(venue, all_operations);
}

// --- For programs. ---

Json to_json(const VenueScheme& scheme) {
  Json parts = Json::array();
  for (const auto& part : scheme.parts) {
    parts.push_back(Json{{"where", part.where}, {"name", part.name}, {"contents", part.contents}, {"when", part.when}});
  }
  return Json{{"kind", kind_text(scheme.kind)},
              {"name", scheme.name},
              {"select", scheme.select},
              {"algorithm", scheme.algorithm},
              {"preimage", scheme.preimage},
              {"signature", scheme.signature},
              {"time", scheme.time},
              {"time_rule", scheme.time_rule},
              {"nonce", scheme.nonce},
              {"covers", scheme.covers},
              {"leaves_open", scheme.leaves_open},
              {"body_form", scheme.body_form},
              {"body_methods", scheme.body_methods},
              {"recv_window_default", scheme.recv_window_default},
              {"recv_window_most", scheme.recv_window_most},
              {"expires_after_s", scheme.expires_after_s},
              {"expires_most_s", scheme.expires_most_s},
              {"parts", parts}};
}

Json to_json(const VenueRequest& request) {
  return Json{{"method", request.method}, {"path", request.path}, {"query", request.query}, {"body", request.body}};
}

// summary_of is what `list` answers of a venue.
Json summary_of(const VenueInfo& venue) {
  return Json{{"name", venue.name},
              {"title", venue.title},
              {"generic", venue.generic},
              {"algorithms", algorithms_of(venue)},
              {"passphrase", venue.passphrase},
              {"environments", venue.environments},
              {"kinds", kinds_of(venue)},
              {"operations", venue.operations.size()}};
}

Json to_json(const VenueInfo& venue, bool all_operations) {
  Json json{{"name", venue.name}, {"title", venue.title}, {"source", venue.source}, {"generic", venue.generic}};
  json["algorithms"] = Json::array();
  for (const auto& [name, secret] : venue.algorithms) json["algorithms"].push_back(Json{{"name", name}, {"secret", secret}});
  json["passphrase"] = venue.passphrase;
  json["environments"] = venue.environments;
  json["hosts"] = Json::array();
  for (const auto& host : venue.hosts) {
    json["hosts"].push_back(Json{{"environment", host.environment}, {"path_prefix", host.path_prefix}, {"host", host.host}});
  }
  json["schemes"] = Json::array();
  for (const auto& scheme : venue.schemes) json["schemes"].push_back(to_json(scheme));
  json["warnings"] = venue.warnings;
  json["notes"] = venue.notes;
  json["check"] = venue.check ? to_json(*venue.check) : Json();
  json["key_rights"] = venue.key_rights ? to_json(venue.key_rights->request) : Json();
  json["operation_counts"] = Json::object();
  for (const auto& [name, count] : counts_of(venue)) json["operation_counts"][name] = count;
  if (!all_operations) return json;
  json["operations"] = Json::array();
  for (const auto& one : venue.operations) {
    json["operations"].push_back(Json{{"method", one.method},
                                      {"path", one.path},
                                      {"class", one.operation_class},
                                      {"required", one.required},
                                      {"optional", one.optional}});
  }
  return json;
}

// --- The commands. ---

Result<int> list(const Cli& cli, const Options& options) {
  auto venues = known_venues(cli);
  if (!venues) return venues.failure();
  Json all = Json::array();
  std::vector<Row> rows;
  for (const auto& venue : *venues) {
    all.push_back(summary_of(venue));
    rows.push_back({venue.name, venue.title, joined(algorithms_of(venue), ", "), venue.passphrase == "none" ? "no" : "yes",
                    joined(kinds_of(venue)), std::to_string(venue.operations.size()), venue.generic ? "custos.toml" : "Custos"});
  }
  if (options.json) return emit_json(all);
  return emit_text(
      table({"NAME", "TITLE", "ALGORITHMS", "PASSPHRASE", "KINDS", "OPERATIONS", "FROM"}, rows, "there are no venues"));
}

Result<int> show(const Cli& cli, const Options& options) {
  auto venues = known_venues(cli);
  if (!venues) return venues.failure();
  const auto venue = std::ranges::find(*venues, options.name, &VenueInfo::name);
  if (venue == venues->end()) {
    return fail(Errc::not_found, Origin::none, "there is no venue " + options.name + ": custos venue list names them");
  }
  return options.json ? emit_json(to_json(*venue, options.operations)) : emit_text(to_text(*venue, options.operations));
}

void declare_list(CLI::App& app, Options& options) { app.add_flag("--json", options.json, "answer JSON"); }

void declare_show(CLI::App& app, Options& options) {
  declare_list(app, options);
  add_text(app, "NAME", options.name, "", "the venue's name")->required();
  app.add_flag("--operations", options.operations, "list every operation with its class");
}

}  // namespace

void add_venue_commands(CLI::App& root, Cli& cli) {
  CLI::App& group = add_group(root, "venue", "the exchanges that Custos signs for, and their rules");
  add_command<Options>(group, cli, "list", "list the venues", declare_list, list);
  add_command<Options>(group, cli, "show", "show what a venue demands of a signed request", declare_show, show);
}

}  // namespace custos::cli
