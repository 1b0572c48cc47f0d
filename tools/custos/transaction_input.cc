#include "transaction_input.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cerrno>
#include <cstring>

#include "output.h"

namespace custos::cli {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

Unexpected bad(std::string what) { return fail(Errc::bad_input, Origin::request, std::move(what)); }

// Member is a name that a line may have, and what its value must be. A payload is an object, handed on as it is written, or text.
struct Member {
  enum class Type { id, text, text_or_number, flag, payload };
  std::string_view name;
  Type type;
  std::string TransactionInput::* text = nullptr;
  bool TransactionInput::* flag = nullptr;
};

using Type = Member::Type;
constexpr std::array kMembers{
    Member{"id", Type::id, &TransactionInput::id},
    Member{"key", Type::text, &TransactionInput::key},
    Member{"chain", Type::text, &TransactionInput::chain},
    Member{"path", Type::text, &TransactionInput::path},
    Member{"scheme", Type::text, &TransactionInput::scheme},
    Member{"transaction", Type::payload, &TransactionInput::bytes},
    Member{"message", Type::payload, &TransactionInput::bytes},
    Member{"chain_id", Type::text_or_number, &TransactionInput::chain_id},
    Member{"network", Type::text, &TransactionInput::network},
    Member{"address", Type::text, &TransactionInput::address},
    Member{"prefix", Type::text, &TransactionInput::prefix},
    Member{"finalize", Type::flag, nullptr, &TransactionInput::finalize},
    Member{"any_sighash", Type::flag, nullptr, &TransactionInput::any_sighash},
    Member{"without_replay_protection", Type::flag, nullptr, &TransactionInput::without_replay_protection},
};

constexpr std::size_t index_of(std::string_view name) {
  std::size_t index = 0;
  while (index < kMembers.size() && kMembers[index].name != name) ++index;
  return index;
}

std::string in_quotes(std::string_view text) {
  return Json(text.substr(0, 64)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view expectation(Type type) {
  switch (type) {
    case Type::id: return "a string, a number, true, false or null";
    case Type::text: return "a string";
    case Type::text_or_number: return "a number or a string";
    case Type::flag: return "true or false";
    case Type::payload: return "an object or a string";
  }
  return "something else";
}

// Scanner cuts a line into its members' texts without reading the values: a transaction must reach its reader as it is written,
// because a document would hide repeated names and round numbers.
class Scanner {
 public:
  explicit Scanner(std::string_view line) : line_(line) {}

  [[nodiscard]] bool take(char wanted) {
    skip_space();
    if (at_ >= line_.size() || line_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool at_end() {
    skip_space();
    return at_ == line_.size();
  }
  [[nodiscard]] std::size_t at() const noexcept { return at_; }

  // value gives the text of the JSON value that begins here: up to the ',' or bracket that ends it. Whether it is JSON is for
  // whoever reads it. Empty: there is none.
  [[nodiscard]] std::string_view value() {
    skip_space();
    const std::size_t begin = at_;
    for (std::size_t depth = 0; at_ < line_.size(); ++at_) {
      const char c = line_[at_];
      if (c == '"') {
        if (!skip_string()) return {};
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth == 0) break;
        --depth;
      } else if ((c == ',' || c == ':') && depth == 0) {
        break;
      }
    }
    const std::string_view text = line_.substr(begin, at_ - begin);
    return text.substr(0, text.find_last_not_of(kSpace) + 1);
  }

 private:
  void skip_space() { at_ = std::min(line_.find_first_not_of(kSpace, at_), line_.size()); }
  // skip_string moves to the quote that ends the string that begins here.
  bool skip_string() {
    for (++at_; at_ < line_.size() && line_[at_] != '"'; ++at_) {
      if (line_[at_] == '\\') ++at_;
    }
    return at_ < line_.size();
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

// LineReader reads members. The first mistake is kept and reading goes on, so that an id that comes later can still be echoed.
class LineReader {
 public:
  explicit LineReader(TransactionInput& input) : input_(input) {}

  void read(std::string_view line) {
    Scanner scan(line);
    if (!scan.take('{')) return mistake("a line must be a JSON object");
    for (bool more = !scan.take('}'); more;) {
      const std::string_view name = scan.value();
      const bool colon = !name.empty() && scan.take(':');
      const std::string_view value = colon ? scan.value() : std::string_view();
      const Json parsed = name.starts_with('"') ? Json::parse(name, nullptr, false) : Json();
      if (!parsed.is_string() || value.empty()) return not_json(scan);
      take(parsed.get_ref<const std::string&>(), value);
      more = scan.take(',');
      if (!more && !scan.take('}')) return not_json(scan);
    }
    if (!scan.at_end()) return not_json(scan);
    check_whole();
  }

  [[nodiscard]] Result<void> result() const { return mistake_.empty() ? Result<void>() : bad(mistake_); }

 private:
  void mistake(std::string what) {
    if (mistake_.empty()) mistake_ = std::move(what);
  }
  void not_json(const Scanner& scan) { mistake("the line is not JSON (at byte " + std::to_string(scan.at() + 1) + ")"); }

  void take(const std::string& name, std::string_view value) {
    const std::size_t index = index_of(name);
    if (index == kMembers.size()) return mistake("unknown name " + in_quotes(name));
    if (seen_[index]) return mistake("the name " + in_quotes(name) + " is repeated");
    seen_.set(index);
    const Member& member = kMembers[index];
    if (!take_value(member, value)) mistake(in_quotes(name) + " must be " + std::string(expectation(member.type)));
  }

  bool take_value(const Member& member, std::string_view value) {
    if (member.type == Type::payload && value.starts_with('{')) {
      input_.*member.text = value;
      return member.name == "transaction" || Json::accept(value);  // some schemes sign a message whatever it is
    }
    if (value.starts_with('{') || value.starts_with('[')) return false;
    const Json parsed = Json::parse(value, nullptr, false);
    switch (member.type) {
      case Type::id:
        if (!parsed.is_discarded()) input_.id = parsed.is_number() ? std::string(value) : parsed.dump();
        return !parsed.is_discarded();
      case Type::flag:
        if (parsed.is_boolean()) input_.*member.flag = parsed.get<bool>();
        return parsed.is_boolean();
      case Type::text_or_number:
        if (parsed.is_number_integer()) {
          input_.*member.text = value;
          return true;
        }
        [[fallthrough]];
      default:
        if (parsed.is_string()) input_.*member.text = parsed.get_ref<const std::string&>();
        return parsed.is_string();
    }
  }

  // check_whole judges what only the whole line shows.
  void check_whole() {
    const bool transaction = seen_[index_of("transaction")], message = seen_[index_of("message")];
    if (transaction && message) return mistake("give either \"transaction\" or \"message\"");
    if (!transaction && !message) return mistake("the name \"transaction\" is missing");
    if (message && input_.scheme.empty()) return mistake("a \"message\" needs its \"scheme\"");
    if (transaction && !input_.scheme.empty()) return mistake("\"scheme\" goes with \"message\", not with \"transaction\"");
  }

  TransactionInput& input_;
  std::string mistake_;
  std::bitset<kMembers.size()> seen_;
};

}  // namespace

TransactionView view_of(const TransactionInput& input) noexcept {
  TransactionView view;
  view.chain = input.chain;
  view.bytes = input.bytes;
  view.scheme = input.scheme;
  view.path = input.path;
  view.without_replay_protection = input.without_replay_protection;
  view.any_sighash = input.any_sighash;
  view.finalize = input.finalize;
  view.chain_id = input.chain_id;
  view.network = input.network;
  view.address = input.address;
  view.prefix = input.prefix;
  return view;
}

Result<std::string> read_transaction(const std::optional<std::string>& path) {
  const std::string where = path ? "the file " + *path : "standard input";
  const int descriptor = path ? ::open(path->c_str(), O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
  if (descriptor < 0) return fail(Errc::not_found, Origin::system, "cannot read " + where + ": " + std::strerror(errno));
  constexpr std::size_t kStep = std::size_t{64} * 1024;
  std::string bytes;
  ssize_t got = 1;
  while (got > 0 && bytes.size() <= kMaxTransaction) {
    const std::size_t kept = bytes.size();
    bytes.resize(kept + kStep);
    do got = ::read(descriptor, bytes.data() + kept, kStep);
    while (got < 0 && errno == EINTR);
    bytes.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  const int number = errno;
  if (path) ::close(descriptor);
  if (got < 0) {
    const auto code = number == EISDIR ? Errc::bad_input : Errc::system;
    return fail(code, Origin::system, "cannot read " + where + ": " + std::strerror(number), static_cast<std::uint32_t>(number));
  }
  if (bytes.size() > kMaxTransaction) return bad("what " + where + " holds is larger than 16 MiB");
  if (bytes.empty()) return bad(where + " is empty");
  return bytes;
}

void trim_text(std::string& bytes) {
  const auto is_text = [](char c) { return (c >= ' ' && c <= '~') || kSpace.find(c) != std::string_view::npos; };
  if (std::ranges::all_of(bytes, is_text)) bytes.resize(bytes.find_last_not_of(kSpace) + 1);
}

Result<void> parse_transaction_line(std::string_view line, TransactionInput& input) {
  input = TransactionInput{};
  if (line.find_first_not_of(kSpace) == std::string_view::npos) return bad("the line is empty");
  if (!is_utf8(line)) return bad("the line is not valid UTF-8");
  if (line.find('\0') != std::string_view::npos) return bad("the line is not JSON (it holds a zero byte)");
  LineReader reader(input);
  reader.read(line);
  return reader.result();
}

}  // namespace custos::cli
