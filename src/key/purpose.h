// Purpose: the one thing that a key may be used for, set at creation and checked at every prepare.
#pragma once

#include <string>
#include <string_view>

#include "custos/result.h"

namespace custos::key {

// Purpose is "venue:NAME" for request signing, "chain:NAME" for transactions, "generic:NAME" for what a host names itself,
// "registry" for the key that seals registry rows, or "seal" for data encryption. NAME is 1 to 32 of a-z, 0-9 and '-'.
class Purpose {
 public:
  // parse checks the form. Errors: bad_input.
  [[nodiscard]] static Result<Purpose> parse(std::string_view text);
  [[nodiscard]] static Purpose venue(std::string_view venue_name);
  [[nodiscard]] static Purpose registry();
  [[nodiscard]] static Purpose seal();

  // kind is what stands before the colon, name what stands behind it; a purpose without a name is only a kind.
  [[nodiscard]] std::string_view kind() const noexcept;
  [[nodiscard]] std::string_view name() const noexcept;

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  friend bool operator==(const Purpose&, const Purpose&) = default;

 private:
  explicit Purpose(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace custos::key
