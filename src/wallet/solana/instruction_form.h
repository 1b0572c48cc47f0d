// InstructionForm: what an instruction of a known program looks like and does, one row of a table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "facts/transaction_facts.h"

namespace custos::wallet::sol {

// InstructionForm's texts may hold {a0}, account 0 of the instruction; {k0}, the first key of its data, or {o0} where it may be
// nobody; {n0}, its first number that is no amount; {t}, its text.
struct InstructionForm {
  using Kind = facts::Effect::Kind;
  struct More {
    std::optional<Kind> ours{};      // its kind when `to` is the signer itself
    std::string_view hands_over{};   // what another gets with all that it holds: as good as a withdrawal
    bool unknown_amount = false;     // the message does not say how much it moves to another
    std::uint64_t amount = 0;        // what it moves though it does not say so
    std::uint8_t token_program = 0;  // which account must be one of the token programs; 0: none
    bool locks = false;              // when `to` is the signer itself, it can send nothing afterwards
    bool runs_hook = false;          // Token-2022 hands accounts beyond the form to a program that the mint names
    bool memo = false;               // its text is for whoever receives what the transaction sends
  };

  std::string_view tag;   // the first bytes of the data
  std::string_view data;  // the fields behind it and nothing else, one letter each: see fields.h
  std::uint8_t accounts;  // it takes at least so many
  Kind kind;
  std::string_view what;
  std::string_view to{}, asset{};
  More more{};
};

struct Program {
  std::string_view id;
  std::span<const InstructionForm> forms, more{};  // the first that fits counts
};

inline constexpr std::string_view kSystemProgram = "11111111111111111111111111111111";
inline constexpr std::string_view kTokenProgram = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
inline constexpr std::string_view kToken2022Program = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";
inline constexpr std::string_view kComputeBudgetProgram = "ComputeBudget111111111111111111111111111111";

// find_program answers nullptr for a program that is not known.
[[nodiscard]] const Program* find_program(std::string_view id);

}  // namespace custos::wallet::sol
