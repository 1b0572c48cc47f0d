#include "key/pem.h"

#include <algorithm>
#include <optional>
#include <string>

namespace custos::key {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMaxLabel = 40;

Unexpected refuse(std::string detail) { return fail(Errc::bad_input, Origin::key, std::move(detail)); }

std::string_view trim_end(std::string_view text) {
  const auto last = text.find_last_not_of(kBlanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Lines walks through a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}
  // next answers the next line without its end and white space there; nullopt after the last.
  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return trim_end(line);
  }
  // place is where the next line begins.
  [[nodiscard]] const char* place() const { return rest_.data(); }

 private:
  std::string_view rest_;
};

// boundary_label gives the label of a boundary line that begins with `start`; nullopt when the line is none. Labels are shown in
// errors, so that nothing but capitals, digits and spaces passes.
std::optional<std::string_view> boundary_label(std::string_view line, std::string_view start) {
  if (!line.starts_with(start) || !line.ends_with(kDashes) || line.size() < start.size() + kDashes.size()) return std::nullopt;
  const auto label = line.substr(start.size(), line.size() - start.size() - kDashes.size());
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' '; };
  if (label.empty() || label.size() > kMaxLabel || !std::ranges::all_of(label, fits)) return std::nullopt;
  return label;
}

std::string_view after(std::string_view line, std::string_view start) {
  line.remove_prefix(start.size());
  return line.substr(std::min(line.find_first_not_of(kBlanks), line.size()));
}

// read_block reads from behind the BEGIN line to the END line.
Result<PemBlock> read_block(Lines& lines, std::string_view label) {
  constexpr std::string_view kProcType = "Proc-Type:";
  constexpr std::string_view kDekInfo = "DEK-Info:";
  const std::string name(label);
  PemBlock block{label, {}, {}};
  bool is_encrypted = false;
  bool has_body = false;
  const char* body = lines.place();
  while (true) {
    const char* begin = lines.place();
    const auto line = lines.next();
    if (!line) return refuse("the file ends inside its block " + name + ": it was cut off");
    if (const auto end = boundary_label(*line, kEnd)) {
      if (*end != label) return refuse("the block " + name + " ends as another: the file is damaged");
      if (is_encrypted != !block.encryption.empty()) return refuse("the headers of the block " + name + " are malformed");
      block.base64 = {body, static_cast<std::size_t>(begin - body)};
      return block;
    }
    if (line->starts_with(kBegin)) return refuse("the block " + name + " has no end: the file is damaged");
    if (line->find(':') == std::string_view::npos) {
      has_body = has_body || !line->empty();
      continue;
    }
    if (has_body) return refuse("the block " + name + " has a header after its first line: the file is damaged");
    if (line->starts_with(kProcType) && after(*line, kProcType) == "4,ENCRYPTED") {
      is_encrypted = true;
    } else if (line->starts_with(kDekInfo)) {
      block.encryption = after(*line, kDekInfo);
    } else {
      return refuse("the headers of the block " + name + " are malformed");
    }
    body = lines.place();
  }
}

// no_pem says what the file is instead.
Unexpected no_pem(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return refuse("the key file is empty");
  if (text.front() == '\x30') {  // SEQUENCE, as any key or PKCS#12 file begins
    return refuse(
        "the key file is DER, not PEM: convert it with openssl pkey -inform DER -in FILE -aes256 -out FILE.pem, or a PKCS#12 "
        "file "
        "(.p12, .pfx) with openssl pkcs12 -in FILE -nocerts -out FILE.pem");
  }
  if (text[first] == '{') {
    return refuse("the key file is JSON, not PEM: an Ethereum keystore is imported as such");
  }
  return refuse("the key file is no PEM: it has no line -----BEGIN … PRIVATE KEY-----");
}

}  // namespace

Result<std::vector<PemBlock>> find_pem_blocks(std::string_view text) {
  std::vector<PemBlock> blocks;
  bool is_followed = false;  // by text after the last block
  Lines lines(text);
  while (const auto line = lines.next()) {
    if (const auto label = boundary_label(*line, kBegin)) {
      auto block = read_block(lines, *label);
      if (!block) return block.failure();
      blocks.push_back(*block);
      is_followed = false;
    } else {
      is_followed = is_followed || !line->empty();
    }
  }
  if (blocks.empty()) return no_pem(text);
  if (is_followed) return refuse("text follows the last block of the key file: remove what comes after its END line");
  return blocks;
}

}  // namespace custos::key
