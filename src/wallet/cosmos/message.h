// Message: a protocol buffer that was read by its schema, strictly (Cosmos ADR-027): what it does not know it refuses, so that
// nothing that is signed stays unseen.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/uint256.h"
#include "custos/result.h"
#include "wallet/cosmos/schema.h"

namespace custos::wallet::cosmos_sdk {

// Where is the place in a document, for refusals: "body.messages[1].amount".
struct Where {
  std::string_view name;
  const Where* parent = nullptr;
  std::size_t index = kNoIndex;  // in a list

  static constexpr std::size_t kNoIndex = ~std::size_t{0};
  // refuse says what is wrong there.
  [[nodiscard]] Unexpected refuse(std::string_view fault) const;
};

struct Message;

struct Value {
  const SchemaField* field = nullptr;
  std::uint64_t integer = 0;
  std::string text{};                  // of all that is no integer and no message
  std::unique_ptr<Message> message{};  // of message and any
};

// Message has its fields in the order of their numbers; absent ones are left out.
struct Message {
  const Schema* schema = nullptr;  // nullptr: an Any of a type that is not known
  std::string type_url{};          // of an Any
  std::vector<Value> values{};
  std::string unread{};  // the bytes of an Any of a type that is not known
};

// kMaxValues is how many values, on all levels, a document has at most: each becomes much larger than it is written.
inline constexpr std::size_t kMaxValues = 50'000;

// read_message reads protobuf. Errors: bad_input.
[[nodiscard]] Result<Message> read_message(const Schema& schema, std::string_view bytes, const Where& where);
// write_message writes what read_message reads.
[[nodiscard]] std::string write_message(const Message& message);
// check_text refuses a text that a field of this type cannot have. Errors: bad_input.
[[nodiscard]] Result<void> check_text(FieldType type, std::string_view text, const Where& where);
// check_whole refuses a message that lacks a field where its schema wants them all. Errors: bad_input.
[[nodiscard]] Result<void> check_whole(const Message& message, const Where& where);

// values_at gives the values on a path of names, "inputs.coins", in their order.
[[nodiscard]] std::vector<const Value*> values_at(const Message& message, std::string_view path);
// text_at and integer_at give the first one; empty and zero where there is none, as protobuf does. message_at: nullptr.
[[nodiscard]] std::string_view text_at(const Message& message, std::string_view path);
[[nodiscard]] std::uint64_t integer_at(const Message& message, std::string_view path);
[[nodiscard]] const Message* message_at(const Message& message, std::string_view path);
// amount_at reads a field of the type amount, or decimal in its units.
[[nodiscard]] Uint256 amount_at(const Message& message, std::string_view path);

}  // namespace custos::wallet::cosmos_sdk
