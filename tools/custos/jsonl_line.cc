#include "jsonl_line.h"

#include <array>
#include <bitset>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base64.h"
#include "output.h"

namespace custos::cli {
namespace {

// Field is a name that a line may have, and what its value must be.
struct Field {
  enum class Type { id, text, number_or_text, number, flag, base64, pairs };
  std::string_view name;
  Type type;
  std::string RequestInput::* text = nullptr;
  std::optional<std::int64_t> RequestInput::* number = nullptr;
  Pairs RequestInput::* pairs = nullptr;
};

using Type = Field::Type;
constexpr std::array kFields{
    Field{"id", Type::id, &RequestInput::id},
    Field{"kind", Type::text, &RequestInput::kind},
    Field{"credential", Type::text, &RequestInput::credential},
    Field{"method", Type::text, &RequestInput::method},
    Field{"path", Type::text, &RequestInput::path},
    Field{"query", Type::text, &RequestInput::query},
    Field{"params", Type::pairs, nullptr, nullptr, &RequestInput::params},
    Field{"body", Type::text, &RequestInput::body},
    Field{"body_base64", Type::base64, &RequestInput::body},
    Field{"headers", Type::pairs, nullptr, nullptr, &RequestInput::headers},
    Field{"host", Type::text, &RequestInput::host},
    Field{"timestamp_ms", Type::number, nullptr, &RequestInput::timestamp_ms},
    Field{"nonce", Type::number_or_text, &RequestInput::nonce},
    Field{"recv_window", Type::number_or_text, &RequestInput::recv_window},
    Field{"expires", Type::number, nullptr, &RequestInput::expires},
    Field{"show_preimage", Type::flag},
};

constexpr std::size_t index_of(std::string_view name) {
  std::size_t index = 0;
  while (index < kFields.size() && kFields[index].name != name) ++index;
  return index;
}

std::string in_quotes(std::string_view text) {
  return Json(text.substr(0, 64)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Scalar is one JSON value that is neither object nor array. `text` is a string's content, else the value as it is written.
struct Scalar {
  enum class Kind { null, boolean, number, string };
  Kind kind;
  std::string_view text;
};

std::string_view expectation(Type type) {
  switch (type) {
    case Type::id: return "a string, a number, true, false or null";
    case Type::text: return "a string";
    case Type::number_or_text: return "a number or a string";
    case Type::number: return "a whole number of at most 64 bits";
    case Type::flag: return "true or false";
    case Type::base64: return "a string of base64 with its padding";
    case Type::pairs: return "an array of [name, value] pairs of strings";
  }
  return "something else";
}

// LineReader takes the parser's events. The first mistake is kept and reading goes on, so that an id that comes later can still
// be echoed. depth_ counts open objects and arrays: 1 in the line's object, 2 in a list of pairs, 3 in a pair.
class LineReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit LineReader(RequestInput& input) : input_(input) {}

  [[nodiscard]] Result<void> result() const {
    if (mistake_.empty()) return {};
    return fail(Errc::bad_input, Origin::request, mistake_);
  }

  // check_whole judges what only the whole line shows.
  void check_whole() {
    if (seen_[index_of("body")] && seen_[index_of("body_base64")]) mistake("give either \"body\" or \"body_base64\"");
    const bool is_message = input_.kind == "ws" || input_.kind == "fix";
    for (const std::string_view name : {"credential", "method", "path"}) {
      if (!seen_[index_of(name)] && !(is_message && name == "path")) mistake("the name " + in_quotes(name) + " is missing");
    }
    if (!kind_of(input_.kind)) mistake("kind " + in_quotes(input_.kind) + R"( is unknown: it is "rest", "ws" or "fix")");
  }

  bool null() override { return take({Scalar::Kind::null, "null"}); }
  bool boolean(bool value) override { return take({Scalar::Kind::boolean, value ? "true" : "false"}); }
  bool number_integer(number_integer_t value) override { return take_number(value); }
  bool number_unsigned(number_unsigned_t value) override { return take_number(value); }
  bool number_float(number_float_t, const string_t& text) override { return take({Scalar::Kind::number, text}); }
  bool string(string_t& value) override { return take({Scalar::Kind::string, value}); }
  bool binary(binary_t&) override { return false; }  // not in JSON text

  bool start_object(std::size_t) override {
    if (depth_ > 0) expected();
    ++depth_;
    return true;
  }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    const bool pairs = field_ != nullptr && field_->type == Type::pairs;
    if (depth_ == 0) mistake("a line must be a JSON object");
    if (depth_ >= 1 && (!pairs || depth_ > 2)) expected();
    pair_size_ = 0;
    ++depth_;
    return true;
  }
  bool end_array() override {
    if (depth_ == 3 && pair_size_ != 2) expected();
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    const std::size_t index = index_of(name);
    field_ = nullptr;
    if (index == kFields.size()) {
      mistake("unknown name " + in_quotes(name));
    } else if (seen_[index]) {
      mistake("the name " + in_quotes(name) + " is repeated");
    } else {
      seen_.set(index);
      field_ = &kFields[index];
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    mistake("the line is not JSON (at byte " + std::to_string(position) + ")");
    return false;
  }

 private:
  void mistake(std::string what) {
    if (mistake_.empty()) mistake_ = std::move(what);
  }
  // expected records that the value of the field at hand has the wrong type; what an unknown name holds does not matter.
  void expected() {
    if (field_ != nullptr) mistake(in_quotes(field_->name) + " must be " + std::string(expectation(field_->type)));
  }

  template <class Number>
  bool take_number(Number value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return take({Scalar::Kind::number, {digits.data(), static_cast<std::size_t>(end - digits.data())}});
  }

  bool take(const Scalar& value) {
    if (depth_ == 0) mistake("a line must be a JSON object");
    if (depth_ == 1 && field_ != nullptr && !take_field(*field_, value)) expected();
    if (depth_ >= 2 && !take_pair(value)) expected();
    return true;
  }

  bool take_field(const Field& field, const Scalar& value) {
    const bool is_text = value.kind == Scalar::Kind::string, is_number = value.kind == Scalar::Kind::number;
    switch (field.type) {
      case Type::id: input_.id = is_text ? Json(value.text).dump() : std::string(value.text); return true;
      case Type::text: input_.*field.text = value.text; return is_text;
      case Type::number_or_text: input_.*field.text = value.text; return is_text || is_number;
      case Type::number: return is_number && read_number(value.text, input_.*field.number);
      case Type::flag: input_.show_preimage = value.text == "true"; return value.kind == Scalar::Kind::boolean;
      case Type::base64: return is_text && read_base64(value.text);
      case Type::pairs: return false;
    }
    return false;
  }

  static bool read_number(std::string_view text, std::optional<std::int64_t>& target) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    target = number;
    return error == std::errc{} && end == text.data() + text.size();
  }

  bool read_base64(std::string_view text) {
    auto bytes = from_base64(text);
    if (!bytes) return false;
    input_.body = *std::move(bytes);
    return true;
  }

  bool take_pair(const Scalar& value) {
    if (field_ == nullptr || field_->type != Type::pairs) return true;  // reported where the array began
    if (depth_ != 3 || value.kind != Scalar::Kind::string) return false;
    Pairs& pairs = input_.*field_->pairs;
    if (pair_size_ == 0) pairs.emplace_back(value.text, "");
    if (pair_size_ == 1) pairs.back().second = value.text;
    ++pair_size_;
    return true;
  }

  RequestInput& input_;
  std::string mistake_;
  std::bitset<kFields.size()> seen_;
  const Field* field_ = nullptr;
  std::size_t depth_ = 0, pair_size_ = 0;
};

}  // namespace

Result<void> parse_line(std::string_view line, RequestInput& input) {
  input = RequestInput{};
  const auto refuse = [](std::string what) { return fail(Errc::bad_input, Origin::request, std::move(what)); };
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return refuse("the line is empty");
  if (!is_utf8(line)) return refuse("the line is not valid UTF-8");
  if (line.find('\0') != std::string_view::npos)
    return refuse("the line is not JSON (it holds a zero byte)");  // an end to the parser
  LineReader reader(input);
  if (nlohmann::json::sax_parse(line.begin(), line.end(), &reader)) reader.check_whole();
  return reader.result();
}

}  // namespace custos::cli
