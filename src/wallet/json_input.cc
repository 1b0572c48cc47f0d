#include "wallet/json_input.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "encode/quote.h"

namespace custos::wallet {
namespace {

constexpr std::size_t kMaxDepth = 64;

// Builder builds the value, and stops at the first fault.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(std::int64_t value) override { return put(value); }
  bool number_unsigned(std::uint64_t value) override { return put(value); }
  bool number_float(double, const std::string& text) override {
    return refuse("the number " + text + " is no integer of 64 bits: write it as text");
  }
  bool string(std::string& value) override { return put(std::move(value)); }
  bool binary(Json::binary_t&) override { return refuse("binary values are no JSON"); }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    if (open_.back()->contains(name)) return refuse("the name " + encode::quoted(name) + " stands twice");
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return refuse("malformed at byte " + std::to_string(position));
  }

  [[nodiscard]] Json& value() { return root_; }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  bool refuse(std::string fault) {
    fault_ = std::move(fault);
    return false;
  }
  Json* place(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_array()) return &parent.emplace_back(std::move(value));
    return &(parent[name_] = std::move(value));
  }
  bool put(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json value) {
    if (open_.size() == kMaxDepth) return refuse("nested more than 64 deep");
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;
  std::string name_, fault_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what) {
  Builder builder;
  if (Json::sax_parse(text, &builder)) return std::move(builder.value());
  return fail(Errc::bad_input, Origin::request, std::string(what) + ": " + builder.fault());
}

Result<void> reject_unknown(const Json& object, std::initializer_list<std::string_view> known, std::string_view what) {
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(known, name) == known.end()) {
      return fail(Errc::bad_input, Origin::request, std::string(what) + ": unknown member " + encode::quoted(name));
    }
  }
  return {};
}

}  // namespace custos::wallet
