#include "venue_answer.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

namespace custos::cli {
namespace {

constexpr std::size_t kMaxMessage = 300;
constexpr int kMaxDepth = 32;  // what lies deeper is left out: copies and texts of a document are made by recursion

using Names = std::span<const std::string_view>;

// Where exchanges put what they say, the more telling first.
constexpr std::array<std::string_view, 8> kCodes{"retCode",   "ret_code", "code",  "error_code",
                                                 "errorCode", "err-code", "label", "name"};
constexpr std::array<std::string_view, 12> kMessages{"retMsg",  "ret_msg", "msg",    "message", "error_message",     "error_msg",
                                                     "err-msg", "reason",  "detail", "error",   "error_description", "response"};

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "" : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// first_of gives the first member of those names that is a text or a number.
std::string first_of(const Json& object, Names names) {
  for (const auto name : names) {
    const auto found = object.find(name);
    if (found != object.end() && (found->is_string() || found->is_number())) return text_of(*found);
  }
  return "";
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return text;
}

bool is_any(const std::string& text, std::initializer_list<std::string_view> of) {
  return std::ranges::find(of, text) != of.end();
}

bool is_filled(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  return !value.is_null() && !(value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty());
}

// code_says_failure: success is 0 or 00000 (most), 200 (HTX v2), 200000 (KuCoin) or a word.
bool code_says_failure(const Json& code) {
  if (!code.is_string() && !code.is_number()) return false;
  const std::string text = lower(text_of(code));
  return text.find_first_not_of('0') != std::string::npos && !is_any(text, {"200", "200000", "ok", "success"});
}

// status_says_failure: "error" (Bitstamp, HTX), "err" (Hyperliquid), "5100" where success is "0000" (Bithumb). Other words are of
// another meaning.
bool status_says_failure(const Json& status) {
  if (!status.is_string()) return false;
  const std::string text = lower(text_of(status));
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? code_says_failure(status) : is_any(text, {"error", "err", "fail", "failed", "failure"});
}

bool says_failure(const Json& json) {
  if (json.is_array()) return !json.empty() && json.front() == "error";  // Bitfinex
  if (!json.is_object() || json.empty()) return true;                    // no venue says nothing
  const auto member = [&json](std::string_view name) {
    const auto found = json.find(name);
    return found == json.end() ? Json() : *found;
  };
  return member("success") == false || member("result") == "error" || status_says_failure(member("status")) ||
         is_filled(member("error")) || is_filled(member("errors")) || code_says_failure(member("code")) ||
         code_says_failure(member("retCode")) || code_says_failure(member("ret_code"));
}

void read_words(const Json& json, VenueAnswer& said) {
  if (json.is_array() && json.size() >= 3 && json.front() == "error") {  // Bitfinex: ["error",10100,"apikey: invalid"]
    said.code = text_of(json[1]);
    said.message = text_of(json[2]);
    return;
  }
  if (!json.is_object()) return;
  said.code = first_of(json, kCodes);
  said.message = first_of(json, kMessages);
  for (const std::string_view name : {"error", "errors"}) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_structured() || found->empty()) continue;
    const Json inner = found->is_array() ? found->front() : *found;
    if (inner.is_object() && said.code.empty()) said.code = first_of(inner, kCodes);
    if (said.message.empty()) said.message = inner.is_object() ? first_of(inner, kMessages) : text_of(inner);
  }
}

// is_about_authentication looks for what the words of a refusal name.
bool is_about_authentication(const VenueAnswer& said) {
  const std::string words = lower(said.code + ' ' + said.message);
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"sign", "key", "auth", "passphrase", "password", "permission", "denied",
                                              "forbidden", "nonce", "timestamp", "recvwindow", "recv_window", "whitelist", "jwt",
                                              "credential", "wallet"},
      [&](std::string_view word) { return words.find(word) != std::string::npos; });
}

VenueAnswer::Verdict judge(const HttpAnswer& answer, const VenueAnswer& said) {
  using enum VenueAnswer::Verdict;
  const bool is_json = !said.json.is_discarded();
  if (answer.status >= 200 && answer.status < 300) {
    if (is_json && !says_failure(said.json)) return accepted;
    return is_json && is_about_authentication(said) ? refused : failed;
  }
  if (answer.status == 401 || answer.status == 403) return refused;
  if (answer.status == 429 || answer.status >= 500) return unavailable;
  return answer.status >= 400 && is_about_authentication(said) ? refused : failed;
}

}  // namespace

VenueAnswer read_answer(const HttpAnswer& answer) {
  VenueAnswer said;
  said.json = Json::parse(answer.body, [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; }, false);
  if (!said.json.is_discarded()) read_words(said.json, said);
  said.verdict = judge(answer, said);
  if (said.verdict == VenueAnswer::Verdict::accepted) {
    said.code.clear();
    said.message.clear();
  } else if (said.code.empty() && said.message.empty()) {
    said.message = answer.body.substr(0, answer.body.find_first_of("\r\n"));
  }
  if (said.message.size() > kMaxMessage) said.message.resize(kMaxMessage);
  return said;
}

std::string_view to_string(VenueAnswer::Verdict verdict) noexcept {
  switch (verdict) {
    case VenueAnswer::Verdict::accepted: return "accepted";
    case VenueAnswer::Verdict::refused: return "refused";
    case VenueAnswer::Verdict::unavailable: return "unavailable";
    case VenueAnswer::Verdict::failed: return "failed";
  }
  return "failed";
}

int exit_status(VenueAnswer::Verdict verdict) noexcept {
  switch (verdict) {
    case VenueAnswer::Verdict::accepted: return EXIT_SUCCESS;
    case VenueAnswer::Verdict::refused: return custos::exit_status(Errc::authentication);
    case VenueAnswer::Verdict::unavailable: return custos::exit_status(Errc::device_gone);
    case VenueAnswer::Verdict::failed: return EXIT_FAILURE;
  }
  return EXIT_FAILURE;
}

}  // namespace custos::cli
