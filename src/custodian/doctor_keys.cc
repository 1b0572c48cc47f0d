#include "custodian/doctor_keys.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "custodian/key_copies.h"

namespace custos {
namespace {

// RecordedKey is a key with the copies of it that the registry names.
struct RecordedKey {
  registry::KeyRow key;
  std::vector<registry::CopyRow> copies;
};

Result<std::vector<RecordedKey>> recorded_keys(registry::Registry& registry) {
  auto rows = registry.keys_unverified();
  if (!rows) return rows.failure();
  std::vector<RecordedKey> keys;
  for (auto& row : *rows) {
    if (row.state == "destroyed") continue;
    auto copies = registry.copies_unverified(row.id);
    if (!copies) return copies.failure();
    keys.push_back({std::move(row), *std::move(copies)});
  }
  return keys;
}

std::string name_of(const RecordedKey& recorded) { return recorded.key.token + ":" + recorded.key.name; }

// remedy_for_missing says how to go on when a copy is not where it was recorded.
std::string remedy_for_missing(const RecordedKey& recorded, const std::string& token) {
  const std::string key = name_of(recorded);
  if (recorded.copies.size() == 1) return "if it was destroyed on purpose, record it: custos key destroy " + key;
  return "it signs nowhere until that copy is withdrawn: custos key withdraw " + key + " --from " + token;
}

// KeysById names the home's keys by the id that one of their copies has in a token.
using KeysById = std::map<std::string, std::string, std::less<>>;

KeysById keys_by_id(const Custodian::Impl& home, const std::vector<RecordedKey>& recorded) {
  KeysById keys;
  for (const auto& one : recorded) {
    for (const auto& copy : one.copies) {
      if (const auto id = id_of_copy(home, one.key, copy)) keys.emplace(id->text(), name_of(one));
    }
  }
  return keys;
}

// note_stranger tells of a key of which no copy is recorded there. One that the home knows may be there under the second name
// that custos.toml gives to its token: it is not to be removed.
void note_stranger(DoctorReport& report, const std::string& token, const key::StoredKey& key, const KeysById& known) {
  const auto held = key.id ? known.find(key.id->text()) : known.end();
  if (token == software::kKeystoreName || held == known.end()) {
    report.notice("keys", "token " + token + " holds a key '" + key.label + "' that this home does not know",
                  token == software::kKeystoreName ? "a command that was interrupted left it; nothing uses it"
                                                   : "if nobody needs it, remove it with the token's own tool");
    return;
  }
  report.notice("keys", "token " + token + " holds key " + held->second + ", of which no copy is recorded there",
                "leave it, if " + token + " is a second name of the key's token; if not, record the copy: custos key replicate " +
                    held->second + " --to " + token + " --standing " + key.label);
}

// examine_keys_of compares what the registry names with what one backend holds, both ways, and answers how many are there;
// nothing when it does not say.
std::optional<std::size_t> examine_keys_of(DoctorReport& report, const Custodian::Impl& home, const std::string& token,
                                           key::Backend& backend, const std::vector<RecordedKey>& recorded) {
  auto stored = backend.list();
  if (!stored) {
    report.bad("keys", stored.error(), remedy_for(stored.error().code));
    return std::nullopt;
  }
  std::map<std::string, bool, std::less<>> found;  // by id: whether a copy is recorded there
  for (const auto& key : *stored) {
    if (key.id) found.emplace(key.id->text(), false);
  }
  std::size_t present = 0;
  for (const auto& one : recorded) {
    const auto copy = std::ranges::find(one.copies, token, &registry::CopyRow::token);
    if (copy == one.copies.end()) continue;
    auto id = id_of_copy(home, one.key, *copy);
    if (!id) {
      report.bad("keys", id.error(), remedy_for(id.error().code));
    } else if (const auto held = found.find(id->text()); held != found.end()) {
      held->second = true;
      ++present;
    } else {
      const std::string where = one.copies.size() == 1 ? "its token" : token;
      report.bad("keys", {Errc::not_found, Origin::token, 0, "key " + name_of(one) + " is not in " + where},
                 remedy_for_missing(one, token));
    }
  }
  const KeysById known = keys_by_id(home, recorded);
  for (const auto& key : *stored) {
    if (!key.id || !found.find(key.id->text())->second) note_stranger(report, token, key, known);
  }
  return present;
}

// copies_elsewhere counts the copies in tokens that did not answer. Of those in OpenSSL's stores the stores' own check tells.
std::size_t copies_elsewhere(const Custodian::Impl& home, const std::vector<RecordedKey>& recorded,
                             const std::vector<std::string>& answered) {
  std::size_t count = 0;
  for (const auto& one : recorded) {
    for (const auto& copy : one.copies) {
      const bool asked = std::ranges::find(answered, copy.token) != answered.end();
      count += asked || home.config.find_store(copy.token) != nullptr ? 0U : 1U;
    }
  }
  return count;
}

}  // namespace

void examine_keys(DoctorReport& report, Custodian::Impl& home, std::vector<std::string> tokens) {
  auto recorded = recorded_keys(*home.registry);
  if (!recorded) {
    report.bad("keys", recorded.error(), remedy_for(recorded.error().code));
    return;
  }
  tokens.insert(tokens.begin(), std::string(software::kKeystoreName));
  std::vector<std::string> answered;
  std::size_t present = 0;
  for (const auto& name : tokens) {
    auto backend = home.backends.open(name);  // one that fails was reported already
    const auto found = backend ? examine_keys_of(report, home, name, **backend, *recorded) : std::nullopt;
    if (!found) continue;
    present += *found;
    answered.push_back(name);
  }
  const std::string told = std::to_string(present) + " keys found in their tokens";
  const std::size_t unasked = copies_elsewhere(home, *recorded, answered);
  if (unasked == 0) {
    report.good("keys", told);
    return;
  }
  report.notice("keys", told + ", " + std::to_string(unasked) + " could not be looked for: their tokens do not answer",
                "mend what is said of those tokens, then run custos doctor again");
}

}  // namespace custos
