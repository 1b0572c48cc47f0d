// custos credential audit: what a credential may do that a bot should not.
#include <algorithm>

#include "credential_check.h"
#include "options.h"

namespace custos::cli {
namespace {

struct Options {
  std::vector<std::string> names;
  HttpRoute route;
  bool online = false;
  bool json = false;
};

// Finding is one thing about a credential: to mend, or only to know.
struct Finding {
  std::string credential, code, text, remedy;
  bool to_mend = true;
};

// Audit collects what is found about one credential.
class Audit {
 public:
  Audit(const CredentialInfo& credential, std::vector<Finding>& findings) : credential_(credential), findings_(findings) {}

  void judge_grants() {
    const auto revoke = [this](std::string_view grant) {
      return "custos credential revoke " + credential_.name + ' ' + std::string(grant);
    };
    constexpr std::pair<std::string_view, std::string_view> kTooMuch[] = {
        {"withdraw", "it may withdraw: whoever runs the bot can take everything away"},
        {"transfer", "it may move funds between accounts and borrow"},
        {"manage", "it may manage API keys, addresses and sub-accounts"},
        {"unknown", "it may sign what no table knows, which may be a withdrawal"}};
    for (const auto& [grant, text] : kTooMuch) {
      if (is_granted(grant)) mend("grant-" + std::string(grant), std::string(text), revoke(grant));
    }
    if (is_granted("session")) note("grant-session", "it may log on to sessions whose later messages Custos does not see");
  }

  void judge_custody() {
    if (credential_.custody == "software") {
      mend("custody-software", "a copy of its key lies in software: whoever has keystore and passphrase has the key",
           "docs/choosing-custody.md; custos key seal, or a key in a device");
    }
  }

  void judge_fallback() {
    const bool granted = is_granted("fallback");
    if (!credential_.fallback && granted) {
      mend("fallback-without-key", "the grant fallback stands without a fallback key",
           "custos credential revoke " + credential_.name + " fallback");
    }
    if (!credential_.fallback) return;
    const FallbackInfo& fallback = *credential_.fallback;
    if (!granted) note("fallback-not-granted", "its fallback key " + fallback.key.text() + " is not granted and will not sign");
    if (fallback.active) {
      mend("fallback-active", "its fallback key signs since " + utc(fallback.since_ms) + ": " + fallback.reason,
           "bring its device back; custos doctor");
    }
  }

  // judge_rights asks the venue what the API key may do.
  void judge_rights(Signing& signing, const VenueInfo& venue, const HttpRoute& route) {
    if (!venue.key_rights)
      return note("rights-unknown", "Custos knows no request by which " + venue.title + " tells a key's rights");
    const VenueKeyRights& rights = *venue.key_rights;
    const auto asked = ask_venue(signing, credential_.name, rights.request, route);
    if (!asked) {
      return mend("rights-not-asked", "the venue was not asked what the key may do: " + asked.error().detail,
                  "custos credential verify " + credential_.name);
    }
    if (asked->said.verdict != VenueAnswer::Verdict::accepted) {
      return mend("rights-not-told",
                  "the venue did not tell what the key may do: HTTP " + std::to_string(asked->answer.status) + ' ' +
                      asked->said.code + ' ' + asked->said.message,
                  "custos credential verify " + credential_.name);
    }
    judge_withdrawal(asked->said.json, rights);
    judge_addresses(asked->said.json, rights);
  }

 private:
  [[nodiscard]] bool is_granted(std::string_view grant) const {
    return std::ranges::find(credential_.grants, grant) != credential_.grants.end();
  }

  void mend(std::string code, std::string text, std::string remedy) {
    findings_.push_back({credential_.name, std::move(code), std::move(text), std::move(remedy), true});
  }
  void note(std::string code, std::string text) {
    findings_.push_back({credential_.name, std::move(code), std::move(text), "", false});
  }

  // at follows a pointer of the venue's file; nullptr where it leads nowhere.
  [[nodiscard]] const Json* at(const Json& json, std::string pointer) const {
    constexpr std::string_view kKey = "{key}";
    if (const std::size_t place = pointer.find(kKey); place != std::string::npos) {
      std::string escaped_key;
      for (const char c : credential_.api_key) escaped_key += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
      pointer.replace(place, kKey.size(), escaped_key);
    }
    const Json::json_pointer path(pointer);
    return json.contains(path) ? &json.at(path) : nullptr;
  }

  void judge_withdrawal(const Json& json, const VenueKeyRights& rights) {
    if (rights.withdraw_pointer.empty()) return note("withdrawal-untold", "the venue does not tell whether the key may withdraw");
    const Json* value = at(json, rights.withdraw_pointer);
    if (value != nullptr && value->is_object()) value = member_of(*value, rights.withdraw_word);
    if (value == nullptr) {
      return mend("withdrawal-untold", "the venue's answer does not tell whether the key may withdraw",
                  "look at the key on its website");
    }
    if (shows(*value, value->is_boolean() ? std::string() : rights.withdraw_word)) {
      mend("key-may-withdraw", "the API key has the right to withdraw at the venue",
           "take the right away from the key on the venue's website");
    }
  }

  void judge_addresses(const Json& json, const VenueKeyRights& rights) {
    if (rights.ip_pointer.empty())
      return note("addresses-untold", "the venue does not tell whether the key is tied to IP addresses");
    const Json* value = at(json, rights.ip_pointer);
    if (value == nullptr)
      return note("addresses-untold", "the venue's answer does not tell whether the key is tied to IP addresses");
    if (!is_restricting(*value)) {
      mend("no-ip-allow-list", "the API key works from every address",
           "tie the key to your servers' addresses on the venue's website");
    }
  }

  // member_of answers what an object says of the word: {"withdraw-funds": true}.
  static const Json* member_of(const Json& object, const std::string& word) {
    const auto found = object.find(word);
    return found == object.end() ? nullptr : &*found;
  }

  // shows tells whether a value has the word, alone or among others: "read_only,withdraw", ["Withdraw"]; without a word, whether
  // it is true.
  static bool shows(const Json& value, const std::string& word) {
    if (value.is_array()) return std::ranges::any_of(value, [&](const Json& one) { return shows(one, word); });
    if (!value.is_string()) return word.empty() && (value == true || (value.is_number() && value != 0));
    const auto& text = value.get_ref<const std::string&>();
    if (word.empty()) return text == "true" || text == "1";
    const auto is_part_of_word = [&text](std::size_t i) {
      return i < text.size() && (text[i] == '_' || text[i] == '-' || std::isalnum(static_cast<unsigned char>(text[i])) != 0);
    };
    for (std::size_t i = text.find(word); i != std::string::npos; i = text.find(word, i + 1)) {
      if ((i == 0 || !is_part_of_word(i - 1)) && !is_part_of_word(i + word.size())) return true;
    }
    return false;
  }

  // is_restricting tells whether an allow-list, or the flag that there is one, keeps anybody out.
  static bool is_restricting(const Json& value) {
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return value != 0;
    if (value.is_array() || value.is_object()) {
      return !value.empty() && std::ranges::all_of(value, [](const Json& one) { return is_restricting(one); });
    }
    if (!value.is_string()) return false;
    const auto& text = value.get_ref<const std::string&>();
    return !text.empty() && text != "*" && text != "false" && !text.starts_with("0.0.0.0") && !text.starts_with("::/");
  }

  const CredentialInfo& credential_;
  std::vector<Finding>& findings_;
};

Result<std::vector<CredentialInfo>> chosen(const Administration& administration, const std::vector<std::string>& names) {
  if (names.empty()) return administration.list_credentials();
  std::vector<CredentialInfo> credentials;
  for (const auto& name : names) {
    auto one = administration.show_credential(name);
    if (!one) return one.failure();
    credentials.push_back(*std::move(one));
  }
  return credentials;
}

Json to_json(const Finding& finding) {
  return Json{{"credential", finding.credential},
              {"finding", finding.code},
              {"severity", finding.to_mend ? "mend" : "note"},
              {"text", finding.text},
              {"remedy", finding.remedy}};
}

Result<int> answer(const Options& options, std::size_t audited, const std::vector<Finding>& findings) {
  const bool clean = std::ranges::none_of(findings, &Finding::to_mend);
  Json list = Json::array();
  std::vector<Row> rows;
  for (const Finding& finding : findings) {
    list.push_back(to_json(finding));
    rows.push_back({finding.to_mend ? "MEND" : "note", finding.credential, finding.text});
    if (!finding.remedy.empty()) rows.push_back({" ", " ", "remedy: " + finding.remedy});
  }
  std::string text = rows.empty() ? "" : table({"", "CREDENTIAL", "FINDING"}, rows, "") + '\n';
  text += std::to_string(audited) + (audited == 1 ? " credential" : " credentials") + " looked at, " +
          (clean ? "nothing to mend" : "see what to mend above") +
          (options.online ? "" : "; --online asks the venues for the keys' own rights too") + '\n';
  auto told = options.json ? emit_json(list) : emit_text(text);
  if (!told) return told;
  return clean ? EXIT_SUCCESS : EXIT_FAILURE;
}

Result<int> audit(const Cli& cli, const Options& options) {
  if (!options.online && !(options.route.base_url.empty() && options.route.ca_file.empty())) {
    return usage("--url and --ca-file go with --online");
  }
  if (auto usable = check_route(options.route); !usable) return usable.failure();
  auto home = open_home(cli);
  if (!home) return home.failure();
  const auto administration = home->administration();
  auto credentials = chosen(administration, options.names);
  if (!credentials) return credentials.failure();
  Signing signing(*home, {}, 0);
  std::vector<Finding> findings;
  for (const CredentialInfo& credential : *credentials) {
    Audit one(credential, findings);
    one.judge_grants();
    one.judge_custody();
    one.judge_fallback();
    if (!options.online || credential.status != "approved") continue;
    const auto venue = administration.show_venue(credential.venue);
    if (!venue) return Unexpected{venue.error()};
    one.judge_rights(signing, *venue, options.route);
  }
  return answer(options, credentials->size(), findings);
}

void declare(CLI::App& app, Options& options) {
  take_several(add_words(app, "NAME", options.names, "", "the credentials to look at (else all)"));
  app.add_flag("--online", options.online, "ask the venues too what the API keys may do");
  add_route_options(app, options.route);
  app.add_flag("--json", options.json, "answer JSON");
}

}  // namespace

void add_credential_audit_command(CLI::App& group, Cli& cli) {
  add_command<Options>(group, cli, "audit",
                       "look for what a credential may do that a bot should not; status 1 when something is found", declare,
                       audit);
}

}  // namespace custos::cli
