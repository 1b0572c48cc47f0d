#include "exchange/generic_venue.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "exchange/composer.h"
#include "exchange/host_choice.h"
#include "exchange/placement.h"

namespace custos::exchange {
namespace {

// Bounds within which an OperationIndex and a Draft have room.
constexpr std::size_t kMaxOperations = 400;
constexpr std::size_t kMaxPath = 96;
constexpr std::size_t kMaxHeadersOfOurs = 12;
constexpr std::size_t kMaxTemplate = 1024;
constexpr std::size_t kMaxName = 32;  // of a key's purpose

template <class T>
struct Word {
  std::string_view text;
  T value;
};

constexpr auto kSecrets = std::to_array<Word<SecretForm>>({{"text", SecretForm::text},
                                                           {"base64", SecretForm::base64},
                                                           {"pem", SecretForm::pem},
                                                           {"seed_base64", SecretForm::seed_base64},
                                                           {"seed_base58", SecretForm::seed_base58},
                                                           {"scalar_hex", SecretForm::scalar_hex}});
constexpr auto kForms = std::to_array<Word<SignatureForm>>({{"hex", SignatureForm::hex},
                                                            {"base64", SignatureForm::base64},
                                                            {"base64_percent", SignatureForm::base64_percent},
                                                            {"base64url", SignatureForm::base64url},
                                                            {"hex_base64", SignatureForm::hex_base64}});
constexpr auto kTimes = std::to_array<Word<TimeFormat>>({{"ms", TimeFormat::ms},
                                                         {"none", TimeFormat::none},
                                                         {"s", TimeFormat::s},
                                                         {"us", TimeFormat::us},
                                                         {"iso_ms", TimeFormat::iso_ms},
                                                         {"iso_s", TimeFormat::iso_s},
                                                         {"fix_ms", TimeFormat::fix_ms}});
constexpr auto kNonces = std::to_array<Word<NonceRule>>({{"none", NonceRule::none},
                                                         {"rising_ms", NonceRule::rising_ms},
                                                         {"rising_us", NonceRule::rising_us},
                                                         {"uuid", NonceRule::uuid},
                                                         {"hex", NonceRule::hex}});
constexpr auto kParams = std::to_array<Word<Parameters>>({{"json", {.body_methods = "POST PUT PATCH", .body = BodyForm::json}},
                                                          {"form", {.body_methods = "POST PUT PATCH", .body = BodyForm::form}},
                                                          {"query", {.body_methods = "", .body = BodyForm::json}}});
constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "DELETE", "PATCH"};

template <class T, std::size_t N>
std::string list_of(const std::array<Word<T>, N>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + std::string(word.text);
  return list;
}

bool is_purpose_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return small;
}

// is_path accepts what a request's path may be, with "{}" for one whole segment.
bool is_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > kMaxPath) return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    const bool last = path.empty();
    if (segment.empty() && !last) return false;
    const bool plain = segment != "." && segment != ".." && std::ranges::all_of(segment, [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                std::string_view("-._~:@!$'()*,;=").find(c) != std::string_view::npos;
                       });
    if (segment != "{}" && !plain) return false;
  }
  return true;
}

bool is_message_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxPath && std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

bool has_any(const Template& text, std::initializer_list<PieceKind> kinds) {
  return std::ranges::any_of(kinds, [&](PieceKind kind) { return text.has(kind); });
}

// has_letters tells whether a literal says something of its own.
bool has_letters(const Template& text) {
  return std::ranges::any_of(text.pieces(), [](const Piece& piece) {
    return std::ranges::any_of(piece.text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
  });
}

bool signs_query(const Template& text) {
  return has_any(text, {PieceKind::query, PieceKind::query_part, PieceKind::query_decoded, PieceKind::query_decoded_part,
                        PieceKind::sorted, PieceKind::sorted_decoded});
}

bool is_digest(PieceKind kind) {
  return kind == PieceKind::sha256 || kind == PieceKind::sha256_hex || kind == PieceKind::sha512_hex;
}

// is_loose tells of pieces whose text the caller makes up and that may hold a '/': beside ${path} they could be part of another
// path. JSON begins and ends with a bracket, which no path has.
bool is_loose(PieceKind kind, BodyForm body) {
  switch (kind) {
    case PieceKind::query:
    case PieceKind::query_part:
    case PieceKind::query_decoded:
    case PieceKind::query_decoded_part:
    case PieceKind::sorted:
    case PieceKind::sorted_decoded: return true;
    case PieceKind::body: return body == BodyForm::form;
    default: return false;
  }
}

// begins_outside_paths tells whether a literal ends the path before it.
bool begins_outside_paths(std::string_view literal) {
  constexpr std::string_view kNoPathHas = "?#\n|\\\"<>^`{}[] ";
  return kNoPathHas.find(literal.front()) != std::string_view::npos;
}

// function_at answers the function that the ${)} at `end` closes.
PieceKind function_at(std::span<const Piece> pieces, std::size_t end) {
  std::size_t depth = 0;
  for (std::size_t i = end; i-- > 0;) {
    if (pieces[i].kind == PieceKind::end) ++depth;
    if (is_function(pieces[i].kind) && depth-- == 0) return pieces[i].kind;
  }
  return PieceKind::end;
}

// ends_path tells whether the pieces from `next` on show where the ${path} before them ended: nothing follows it, or a text with
// a character that no path has, or "?query" or JSON, which begin with one. A time or a nonce could be the path's last digits.
bool ends_path(std::span<const Piece> pieces, std::size_t next, BodyForm body) {
  for (std::size_t i = next; i < pieces.size(); ++i) {
    const PieceKind kind = pieces[i].kind;
    if (kind == PieceKind::literal) return begins_outside_paths(pieces[i].text);
    if (kind == PieceKind::end && is_digest(function_at(pieces, i))) return true;
    const bool may_be_empty = kind == PieceKind::query_part || kind == PieceKind::query_decoded_part || kind == PieceKind::end ||
                              (kind == PieceKind::body && body != BodyForm::form);
    if (!may_be_empty) return false;
  }
  return true;
}

// fixes_path tells whether what is signed shows where ${path} begins and ends, each time that it stands there. Otherwise
// "/v1/wallet" with the query "/withdraw=1" would read as the path "/v1/wallet/withdraw".
bool fixes_path(const Template& text, BodyForm body) {
  const auto pieces = text.pieces();
  bool loose = false;  // what may hold a '/' stands before, and no line end behind it
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].kind == PieceKind::path && (loose || !ends_path(pieces, i + 1, body))) return false;
    const bool ends_line = pieces[i].kind == PieceKind::literal && pieces[i].text.find('\n') != std::string_view::npos;
    loose = !ends_line && (loose || is_loose(pieces[i].kind, body));
  }
  return true;
}

}  // namespace

// Maker fills one venue and keeps the first error.
class GenericVenue::Maker {
 public:
  explicit Maker(GenericVenue& venue) : venue_(venue), spec_(venue.spec_) {}

  Result<void> run() {
    name_it();
    scheme_.algorithm = {};
    scheme_.form = word(kForms, spec_.signature, "signature");
    scheme_.time = word(kTimes, spec_.time, "time");
    scheme_.nonce = word(kNonces, spec_.nonce, "nonce");
    scheme_.parameters = word(kParams, spec_.params, "params");
    read_hosts();
    scheme_.name = "REST";
    scheme_.preimage = read(spec_.preimage, "preimage", Place::signed_bytes);
    scheme_.query = read(spec_.query, "query", Place::output);
    scheme_.body = read(spec_.body, "body", Place::output);
    read_headers();
    check_preimage();
    check_signature();
    read_message();
    read_operations();
    if (error_) return Unexpected{*error_};
    finish();
    return {};
  }

 private:
  enum class Place : std::uint8_t { signed_bytes, output };

  void refuse(std::string_view key, const std::string& what) {
    if (error_) return;
    error_ = Error{Errc::bad_input, Origin::config, 0,
                   "custos.toml: venue." + spec_.name.substr(0, 64) + (key.empty() ? "" : ".") + std::string(key) + ": " + what};
  }

  // word looks one up; an empty one is the first of its list.
  template <class T, std::size_t N>
  T word(const std::array<Word<T>, N>& known, std::string_view text, std::string_view key) {
    if (text.empty()) return known.front().value;
    const auto found = std::ranges::find(known, text, &Word<T>::text);
    if (found != known.end()) return found->value;
    refuse(key, "'" + std::string(text.substr(0, 64)) + "' is none of " + list_of(known));
    return known.front().value;
  }

  void name_it() {
    if (!is_purpose_name(spec_.name)) refuse("", "a venue's name has 1 to 32 of a-z, 0-9 and '-'");
    venue_.own_name_ = std::string(kGenericPrefix) + spec_.name;
    if (spec_.algorithm.empty()) refuse("algorithm", "is missing: for example \"hmac-sha256\"");
    is_hmac_ = spec_.algorithm.starts_with("HMAC");
    has_raw_public_key_ = spec_.algorithm == "Ed25519" || spec_.algorithm.starts_with("ECDSA");
    const SecretForm form = spec_.secret.empty() && !is_hmac_ ? SecretForm::pem : word(kSecrets, spec_.secret, "secret");
    const bool of_mac = form == SecretForm::text || form == SecretForm::base64;
    if (of_mac != is_hmac_) {
      refuse("secret", is_hmac_ ? "an HMAC secret is \"text\" or \"base64\""
                                : "a private key is \"pem\", \"seed_base64\", \"seed_base58\" or \"scalar_hex\"");
    }
    venue_.own_algorithms_.push_back({spec_.algorithm, form});
  }

  void read_hosts() {
    if (spec_.hosts.empty()) refuse("hosts", "is missing: the hosts of the API, for example [\"api.example.com\"]");
    venue_.own_environments_.emplace_back("live");
    if (!spec_.testnet_hosts.empty()) venue_.own_environments_.emplace_back("testnet");
    add_hosts("live", spec_.hosts, "hosts");
    add_hosts("testnet", spec_.testnet_hosts, "testnet_hosts");
  }

  void add_hosts(std::string_view environment, const std::vector<std::string>& hosts, std::string_view key) {
    for (const auto& host : hosts) {
      if (!is_host(host) || lower(host) != host) {
        refuse(key, "'" + host.substr(0, 64) + "' is no host: write it in lower case, without https:// and path");
      }
      venue_.own_hosts_.push_back({environment, "/", host});
    }
  }

  Template read(const std::string& text, std::string_view key, Place place) {
    Template read;
    if (text.size() > kMaxTemplate) {
      refuse(key, "a template has at most " + std::to_string(kMaxTemplate) + " characters");
      return read;
    }
    // A line end is signed by some and sent by none: in a header or query it would make another request.
    const auto usable = [place](char c) { return (c >= ' ' && c <= '~') || (c == '\n' && place == Place::signed_bytes); };
    if (!std::ranges::all_of(text, usable)) {
      refuse(key, "a template is printable ASCII");
      return read;
    }
    if (const auto wrong = Template::parse(text, read); !wrong.empty()) {
      refuse(key, "'" + std::string(wrong.substr(0, 64)) +
                      "' is no piece of a template, or stands where none may (docs/generic-venues.md lists them)");
      return {};
    }
    check_pieces(read, key, place);
    return read;
  }

  void check_pieces(const Template& text, std::string_view key, Place place) {
    const auto needs = [&](bool there, std::initializer_list<PieceKind> kinds, const std::string& why) {
      if (!there && has_any(text, kinds)) refuse(key, why);
    };
    needs(false, {PieceKind::custom}, "${custom} belongs to the venues of the program");
    needs(false, {PieceKind::recv_window, PieceKind::expires}, "a venue of custos.toml has no receive window and no expiry");
    needs(spec_.passphrase, {PieceKind::passphrase}, "${passphrase} needs passphrase = true");
    needs(scheme_.nonce != NonceRule::none, {PieceKind::nonce}, "${nonce} needs a rule: nonce = \"rising_ms\"");
    needs(scheme_.time != TimeFormat::none, {PieceKind::time, PieceKind::time_ms, PieceKind::time_s},
          "${time} needs a format other than time = \"none\"");
    needs(has_raw_public_key_, {PieceKind::public_key}, "${public_key} is for Ed25519 and ECDSA keys");
    if (place == Place::signed_bytes) {
      needs(false, {PieceKind::signature}, "${signature} cannot stand in what is signed");
      needs(false, {PieceKind::passphrase}, "${passphrase} may be sent, not signed");
    }
  }

  void read_headers() {
    std::vector<std::string> seen;
    if (spec_.headers.size() > kMaxHeadersOfOurs) {
      refuse("headers", "there may be " + std::to_string(kMaxHeadersOfOurs) + " at most");
    }
    for (const auto& [name, value] : spec_.headers) {
      const std::string key = "headers." + name.substr(0, 64);
      const std::string small = lower(name);
      if (!is_header_name(name)) refuse(key, "a header's name has 1 to 64 letters, digits, '-' or '_'");
      for (const std::string_view reserved : {"host", "content-length", "transfer-encoding", "connection"}) {
        if (small == reserved) refuse(key, "the HTTP client writes this header itself");
      }
      if (std::ranges::find(seen, small) != seen.end()) refuse(key, "the header is there twice");
      seen.push_back(small);
      const auto when = small == "content-type" ? Header::When::with_body : Header::When::always;
      venue_.own_headers_.push_back({name, read(value, key, Place::output), when});
    }
    scheme_.headers = venue_.own_headers_;
  }

  // check_preimage keeps what is signed from being anything that the caller likes: the operation is judged by method and path, so
  // the signature must hold on to them.
  void check_preimage() {
    const Template& text = scheme_.preimage;
    if (text.empty())
      return refuse("preimage", "is missing: what is signed, for example \"${time}${method}${path}${?query}${body}\"");
    if (text.pieces().front().kind == PieceKind::sha256) {
      return refuse("preimage", "it begins with the raw bytes of a digest: put text before it, or use ${sha256_hex(}");
    }
    if (!text.has(PieceKind::path)) {
      return refuse("preimage", "it does not hold ${path}, so that one signature would be good for every path of the API");
    }
    if (!text.has(PieceKind::method) && !has_letters(text)) {
      return refuse(
          "preimage",
          "it fixes neither the method nor a text of its own beside ${path}: add ${method}, or the literal text that the "
          "API signs");
    }
    if (!fixes_path(text, scheme_.parameters.body)) {
      refuse("preimage",
             "query or body stand right beside ${path}, so that they could be read as more of it: put '?', '|' or a line end "
             "between, or take ${?query} and JSON bodies");
    }
    scheme_.binding = {.host = text.has(PieceKind::host),
                       .method = text.has(PieceKind::method),
                       .path = true,
                       .query = signs_query(text),
                       .body = text.has(PieceKind::body)};
  }

  void check_signature() {
    std::size_t count = 0;
    for (const Template* part : {&scheme_.query, &scheme_.body}) {
      if (part->has(PieceKind::signature)) ++count;
    }
    for (const Header& header : scheme_.headers) {
      if (header.value.has(PieceKind::signature)) ++count;
    }
    if (count == 0) refuse("headers", "none holds ${signature}, nor do query and body: say where the signature goes");
    if (count > 1) refuse("headers", "${signature} stands more than once in headers, query and body");
    if (scheme_.query.has(PieceKind::signature) && scheme_.query.pieces().back().kind != PieceKind::signature) {
      refuse("query", "it must end in ${signature}");
    }
  }

  void read_message() {
    if (spec_.message.empty()) {
      if (!spec_.message_preimage.empty()) refuse("message", "is missing: what is sent, with ${signature} in it");
      return;
    }
    message_ = scheme_;
    message_.kind = RequestKind::ws;
    message_.name = "WebSocket message";
    message_.headers = {};
    message_.query = message_.body = Template();
    message_.preimage = read(spec_.message_preimage, "message_preimage", Place::signed_bytes);
    message_.message = read(spec_.message, "message", Place::output);
    const Template& text = message_.preimage;
    if (text.empty()) return refuse("message_preimage", "is missing: what is signed for a message");
    if (text.has(PieceKind::body) || signs_query(text) || !has_letters(text)) {
      return refuse("message_preimage", "it must hold a text of its own, and neither body nor parameters: it is for logons");
    }
    if (text.pieces().front().kind == PieceKind::sha256) {
      return refuse("message_preimage", "it begins with the raw bytes of a digest: put text before it, or use ${sha256_hex(}");
    }
    if (!message_.message.has(PieceKind::signature)) return refuse("message", "it does not hold ${signature}");
    message_.binding = {.host = false, .method = true, .path = true, .query = false, .body = false};
  }

  void read_operations() {
    if (spec_.operations.empty()) {
      refuse("operations", "is empty: list what may be signed, for example [[\"GET\", \"/v1/balance\", \"read\"]]");
    }
    if (spec_.operations.size() > kMaxOperations) {
      refuse("operations", "there may be " + std::to_string(kMaxOperations) + " at most");
    }
    for (std::size_t i = 0; i < spec_.operations.size(); ++i) {
      const GenericOperation& row = spec_.operations[i];
      const std::string key = "operations[" + std::to_string(i) + "]";
      const bool is_message = row.method == "WS";
      if (!is_message && std::ranges::find(kMethods, row.method) == kMethods.end()) {
        refuse(key, "'" + row.method.substr(0, 16) + "' is none of GET, POST, PUT, DELETE, PATCH, WS");
      }
      if (is_message && spec_.message.empty()) refuse(key, "a WS operation needs message and message_preimage");
      if (is_message ? !is_message_name(row.path) : !is_path(row.path)) {
        refuse(key, "'" + row.path.substr(0, 64) + "' is no path of 1 to 96 plain characters, with {} for one whole segment");
      }
      const auto parsed = facts::parse_operation_class(row.operation_class);
      if (!parsed || *parsed == facts::OperationClass::unknown) {
        refuse(key, "'" + row.operation_class.substr(0, 32) + "' is none of read, trade, transfer, withdraw, manage, session");
      }
      const auto same = [&](const Operation& other) { return other.method == row.method && other.path == row.path; };
      if (std::ranges::any_of(venue_.own_operations_, same)) refuse(key, "this operation is listed twice");
      venue_.own_operations_.push_back({row.method, row.path, parsed.value_or(facts::OperationClass::unknown)});
    }
  }

  void finish() {
    venue_.own_schemes_.push_back(scheme_);
    if (!spec_.message.empty()) venue_.own_schemes_.push_back(message_);
    Venue& out = venue_;
    out.name = venue_.own_name_;
    out.title = spec_.title.empty() ? std::string_view(spec_.name) : std::string_view(spec_.title);
    out.source = "custos.toml";
    out.algorithms = venue_.own_algorithms_;
    out.passphrase = spec_.passphrase ? PassphraseRule::sent : PassphraseRule::none;
    out.environments = venue_.own_environments_;
    out.hosts = venue_.own_hosts_;
    out.schemes = venue_.own_schemes_;
    out.operations = venue_.own_operations_;
    out.notes = "This venue is defined in custos.toml; production signs for it with the grant \"generic\" only.";
    out.index = own_index;
    out.canonicalise = compose_by_scheme;
    out.place = place_signature;
    venue_.own_index_ = std::make_unique<const OperationIndex>(out);
  }

  GenericVenue& venue_;
  const GenericVenueSpec& spec_;
  Scheme scheme_, message_;
  bool is_hmac_ = false, has_raw_public_key_ = false;
  std::optional<Error> error_;
};

Result<std::unique_ptr<GenericVenue>> GenericVenue::make(GenericVenueSpec spec) {
  std::unique_ptr<GenericVenue> venue(new GenericVenue(std::move(spec)));
  if (auto made = Maker(*venue).run(); !made) return made.failure();
  return venue;
}

const OperationIndex& GenericVenue::own_index(const Venue& venue) noexcept {
  return *static_cast<const GenericVenue&>(venue).own_index_;
}

}  // namespace custos::exchange
