#include "key_answer.h"

namespace custos::cli {
namespace {

std::string yes_or_no(const std::optional<bool>& value) {
  if (!value) return "unknown";
  return *value ? "yes" : "no";
}

// Claim is one thing that the token says of a key, with its name in text and in JSON.
struct Claim {
  std::string_view title, name;
  std::optional<bool> Attestation::* value;
};
constexpr Claim kClaims[] = {{"SENSITIVE", "sensitive", &Attestation::sensitive},
                             {"EXTRACTABLE", "extractable", &Attestation::extractable},
                             {"ALWAYS_SENSITIVE", "always_sensitive", &Attestation::always_sensitive},
                             {"NEVER_EXTRACTABLE", "never_extractable", &Attestation::never_extractable},
                             {"LOCAL", "local", &Attestation::local}};

Json grants_json(const KeyGrants& grants) {
  Json maximum = Json::array();
  for (const auto& value : grants.maximum_values) maximum.push_back({{"asset", value.asset}, {"amount", value.amount}});
  return {{"classes", grants.classes},
          {"chain_ids", grants.chain_ids},
          {"destinations", grants.destinations},
          {"maximum_values", std::move(maximum)}};
}

Json copies_json(const std::vector<KeyCopy>& copies) {
  Json all = Json::array();
  for (const auto& copy : copies) {
    all.push_back({{"token", copy.token}, {"uri", copy.uri}, {"custody", copy.custody}, {"created_ms", copy.created_ms}});
    if (!copy.state.empty()) all.back()["state"] = copy.state;
  }
  return all;
}

using Lines = std::vector<std::pair<std::string, std::string>>;

void append_grants(Lines& lines, const KeyGrants& grants) {
  lines.emplace_back("may sign", grants.classes.empty() ? "nothing" : joined(grants.classes, ", "));
  lines.emplace_back("for chain ids", grants.chain_ids.empty() ? "any" : joined(grants.chain_ids, ", "));
  lines.emplace_back("to", grants.destinations.empty() ? "any" : joined(grants.destinations, ", "));
  std::string most;
  for (const auto& value : grants.maximum_values) {
    most += (most.empty() ? "" : ", ") + value.amount + (value.asset.empty() ? "" : " " + value.asset);
  }
  lines.emplace_back("at most", most.empty() ? "any amount" : most + " in one transaction, and of nothing else");
}

}  // namespace

Json key_json(const KeyInfo& key) {
  Json json{{"name", key.name.text()},
            {"id", key.id},
            {"uri", key.uri},
            {"algorithm", key.algorithm},
            {"purpose", key.purpose},
            {"custody", key.custody},
            {"sealed_under", key.sealed_under},
            {"public_key", key.public_key},
            {"origin", key.origin},
            {"state", key.state},
            {"recoverability", key.recoverability},
            {"created_ms", key.created_ms},
            {"copies", copies_json(key.copies)},
            {"credentials", key.credentials},
            {"notices", key.notices}};
  if (key.grants) json["grants"] = grants_json(*key.grants);
  if (!key.attestation) return json;
  for (const auto& claim : kClaims) {
    const auto& value = (*key.attestation).*claim.value;
    json["attestation"][std::string(claim.name)] = value ? Json(*value) : Json();
  }
  return json;
}

std::string key_text(const KeyInfo& key) {
  std::vector<std::pair<std::string, std::string>> lines{{"key", key.name.text()},
                                                         {"id", key.id},
                                                         {"URI", key.uri},
                                                         {"algorithm", key.algorithm},
                                                         {"purpose", key.purpose},
                                                         {"custody", key.custody},
                                                         {"sealed under", key.sealed_under},
                                                         {"state", key.state},
                                                         {"recoverability", key.recoverability},
                                                         {"used by", joined(key.credentials, ", ")},
                                                         {"we recorded", key.origin + " " + utc(key.created_ms)}};
  if (key.copies.size() > 1) {
    for (const auto& copy : key.copies) {
      lines.emplace_back("copy in " + copy.token, (copy.state.empty() ? "" : copy.state + ", ") + copy.uri);
    }
  }
  if (key.attestation) {
    std::string said;
    for (const auto& claim : kClaims) {
      said += (said.empty() ? "" : ", ") + std::string(claim.title) + ' ' + yes_or_no((*key.attestation).*claim.value);
    }
    lines.emplace_back("the token says", said);
  }
  if (key.grants) append_grants(lines, *key.grants);
  for (const auto& notice : key.notices) lines.emplace_back("notice", notice);
  return sheet(lines) + key.public_key;
}

Result<int> emit_key(const Result<KeyInfo>& key, bool json) {
  if (!key) return Unexpected{key.error()};
  return json ? emit_json(key_json(*key)) : emit_text(key_text(*key));
}

}  // namespace custos::cli
