// Template: a text with named pieces, as venues describe what they sign and send: "${time}${method}${path}${?query}${body}".
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

namespace custos::exchange {

// PieceKind says what stands in a piece's place. What a request does not have is empty.
enum class PieceKind : std::uint8_t {
  literal,
  key,                 // ${key}: the API key
  passphrase,          // ${passphrase}: as it is sent (KuCoin's: its MAC)
  time,                // ${time}: in the scheme's format
  time_ms,             // ${time_ms}: the same moment, in milliseconds
  time_s,              // ${time_s}: in seconds
  nonce,               // ${nonce}
  recv_window,         // ${recv_window}: the caller's, else the scheme's default
  expires,             // ${expires}: the caller's, else the time plus the scheme's, Unix seconds
  method,              // ${method}: GET; of a message "WS"
  host,                // ${host}
  path,                // ${path}
  query,               // ${query}: as it is sent, without "?"
  query_part,          // ${?query}: with "?", where there is one
  query_decoded,       // ${query_decoded}: without percent-encoding
  query_decoded_part,  // ${?query_decoded}
  sorted,              // ${sorted}: the parameters as they are sent, sorted by name: "a=1&b=2"
  sorted_decoded,      // ${sorted_decoded}: likewise, without percent-encoding
  body,                // ${body}
  public_key,          // ${public_key}: of an asymmetric key, base64 of its raw bytes
  custom,              // ${custom}: what the scheme's own function writes
  signature,           // ${signature}: in the scheme's form; once in a scheme, and not in what is signed
  // Functions of what stands between them and the next ${)}:
  sha256,      // ${sha256(}: the digest's 32 bytes
  sha256_hex,  // ${sha256_hex(}
  sha512_hex,  // ${sha512_hex(}
  base64,      // ${base64(}
  base64url,   // ${base64url(}: without padding
  percent,     // ${percent(}: percent-encoded
  json,        // ${json(}: as the inside of a JSON string
  end,         // ${)}
};

struct PieceName {
  std::string_view name;
  PieceKind kind;
};
inline constexpr auto kPieceNames = std::to_array<PieceName>({
    {"key", PieceKind::key},
    {"passphrase", PieceKind::passphrase},
    {"time", PieceKind::time},
    {"time_ms", PieceKind::time_ms},
    {"time_s", PieceKind::time_s},
    {"nonce", PieceKind::nonce},
    {"recv_window", PieceKind::recv_window},
    {"expires", PieceKind::expires},
    {"method", PieceKind::method},
    {"host", PieceKind::host},
    {"path", PieceKind::path},
    {"query", PieceKind::query},
    {"?query", PieceKind::query_part},
    {"query_decoded", PieceKind::query_decoded},
    {"?query_decoded", PieceKind::query_decoded_part},
    {"sorted", PieceKind::sorted},
    {"sorted_decoded", PieceKind::sorted_decoded},
    {"body", PieceKind::body},
    {"public_key", PieceKind::public_key},
    {"custom", PieceKind::custom},
    {"signature", PieceKind::signature},
    {"sha256(", PieceKind::sha256},
    {"sha256_hex(", PieceKind::sha256_hex},
    {"sha512_hex(", PieceKind::sha512_hex},
    {"base64(", PieceKind::base64},
    {"base64url(", PieceKind::base64url},
    {"percent(", PieceKind::percent},
    {"json(", PieceKind::json},
    {")", PieceKind::end},
});

[[nodiscard]] constexpr bool is_function(PieceKind kind) noexcept { return kind >= PieceKind::sha256 && kind < PieceKind::end; }

struct Piece {
  PieceKind kind = PieceKind::literal;
  std::string_view text{};  // of a literal
};

// Template is read once, for venues of the program at compile time. It views the text that it was made of.
class Template {
 public:
  static constexpr std::size_t kMaxPieces = 32;
  static constexpr std::size_t kMaxDepth = 2;  // functions in functions

  constexpr Template() noexcept = default;
  // A text that is no template does not compile; at run time it aborts: parse tells first.
  constexpr Template(const char* text) : Template(std::string_view(text)) {}  // NOLINT(google-explicit-constructor)
  constexpr explicit Template(std::string_view text) {
    if (!parse(text, *this).empty()) std::abort();
  }

  // parse reads `text` into `out` and answers what is wrong with it: the offending piece, or nothing.
  [[nodiscard]] static constexpr std::string_view parse(std::string_view text, Template& out) noexcept;

  [[nodiscard]] constexpr std::string_view source() const noexcept { return source_; }
  [[nodiscard]] constexpr bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] constexpr std::span<const Piece> pieces() const noexcept { return std::span(pieces_).first(count_); }
  [[nodiscard]] constexpr bool has(PieceKind kind) const noexcept {
    for (const Piece& piece : pieces()) {
      if (piece.kind == kind) return true;
    }
    return false;
  }

 private:
  constexpr bool add(Piece piece) noexcept {
    if (count_ == kMaxPieces) return false;
    pieces_[count_++] = piece;
    return true;
  }

  std::string_view source_;
  std::array<Piece, kMaxPieces> pieces_{};
  std::size_t count_ = 0;
};

constexpr std::string_view Template::parse(std::string_view text, Template& out) noexcept {
  out = Template();
  out.source_ = text;
  std::size_t depth = 0;
  while (!text.empty()) {
    const std::size_t begin = text.find("${");
    if (begin != 0) {
      const std::string_view literal = text.substr(0, begin);
      if (!out.add({PieceKind::literal, literal})) return literal;
      text.remove_prefix(literal.size());
      continue;
    }
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return text;
    const std::string_view whole = text.substr(0, close + 1);
    const std::string_view name = text.substr(2, close - 2);
    PieceKind kind = PieceKind::literal;  // which has no name
    for (const PieceName& one : kPieceNames) {
      if (one.name == name) kind = one.kind;
    }
    if (kind == PieceKind::literal) return whole;
    if (is_function(kind) && ++depth > kMaxDepth) return whole;
    if (kind == PieceKind::end && depth-- == 0) return whole;
    if (kind == PieceKind::signature && (depth != 0 || out.has(PieceKind::signature))) return whole;
    if (!out.add({kind, {}})) return whole;
    text.remove_prefix(close + 1);
  }
  return depth == 0 ? std::string_view() : out.source_;
}

}  // namespace custos::exchange
