#include "wallet/solana/instruction_form.h"

#include <algorithm>
#include <array>

namespace custos::wallet::sol {
namespace {

using enum facts::Effect::Kind;
using namespace std::string_view_literals;

// solana-program/system, interface/src/instruction.rs.
constexpr std::string_view kNonceAccount = "nonce account {a0}";
constexpr auto kSystem = std::to_array<InstructionForm>({
    {"\0\0\0\0"sv, "Qqk", 2, transfer, "create account from {a0}: {n0} bytes, owner {k0}", "{a1}"},
    {"\1\0\0\0"sv, "k", 1, delegation, "assign {a0}", "{k0}", "", {.hands_over = "{a0}"}},
    {"\2\0\0\0"sv, "Q", 2, transfer, "transfer from {a0}", "{a1}"},
    {"\3\0\0\0"sv, "ksQqk", 2, transfer, "create account with seed from {a0}: {n0} bytes, owner {k1}, base {k0}", "{a1}"},
    {"\4\0\0\0"sv, "", 3, note, "advance nonce account {a0}"},
    {"\5\0\0\0"sv, "Q", 5, transfer, "withdraw from nonce account {a0}", "{a1}", "", {.ours = change}},
    {"\6\0\0\0"sv,
     "k",
     3,
     delegation,
     "initialize nonce account {a0}: authority",
     "{k0}",
     "",
     {.ours = note, .hands_over = kNonceAccount}},
    {"\7\0\0\0"sv, "k", 2, delegation, "authorize nonce account {a0}", "{k0}", "", {.hands_over = kNonceAccount}},
    {"\10\0\0\0"sv, "q", 1, delegation, "allocate {n0} bytes", "{a0}", "", {.locks = true}},
    {"\11\0\0\0"sv,
     "ksqk",
     2,
     delegation,
     "allocate with seed {a0}: {n0} bytes, base {k0}, owner",
     "{k1}",
     "",
     {.hands_over = "{a0}"}},
    {"\12\0\0\0"sv, "ksk", 2, delegation, "assign with seed {a0}: base {k0}", "{k1}", "", {.hands_over = "{a0}"}},
    {"\13\0\0\0"sv, "Qsk", 3, transfer, "transfer with seed from {a0}: base {a1}", "{a2}"},
    {"\14\0\0\0"sv, "", 1, note, "upgrade nonce account {a0}"},
});

// solana-program/token, interface/src/instruction.rs. A mint that the instruction does not name is that of the token account.
constexpr std::string_view kOfAccount = "token account {a0}";
constexpr auto kToken = std::to_array<InstructionForm>({
    {"\0"sv,
     "bko",
     2,
     delegation,
     "initialize mint {a0}: {n0} decimals, freeze authority {o1}, mint authority",
     "{k0}",
     "",
     {.ours = note}},
    {"\1"sv,
     "",
     4,
     delegation,
     "initialize token account {a0} of mint {a1}: owner",
     "{a2}",
     "",
     {.ours = note, .hands_over = kOfAccount}},
    {"\2"sv, "b", 3, delegation, "initialize multisig: {n0} signatures", "{a0}"},
    {"\3"sv, "Q", 3, transfer, "transfer from token account {a0}", "{a1}", kOfAccount, {.runs_hook = true}},
    {"\4"sv, "Q", 3, approval, "approve", "{a1}", kOfAccount},
    {"\5"sv, "", 2, note, "revoke the delegate of token account {a0}"},
    {"\6"sv, "ao", 2, delegation, "set authority {t} of {a0} to {o0}", "{k0}", "", {.hands_over = "authority {t} of {a0}"}},
    {"\7"sv, "Q", 3, transfer, "mint", "{a1}", "{a0}"},
    {"\10"sv, "Q", 3, transfer, "burn from token account {a0}", "", "{a1}"},
    {"\11"sv,
     "",
     3,
     transfer,
     "close token account {a0}: all lamports in it",
     "{a1}",
     "",
     {.ours = change, .unknown_amount = true}},
    {"\12"sv, "", 3, delegation, "freeze token account", "{a0}"},
    {"\13"sv, "", 3, delegation, "thaw token account", "{a0}"},
    {"\14"sv, "Qb", 4, transfer, "transfer from token account {a0}, {n0} decimals", "{a2}", "{a1}", {.runs_hook = true}},
    {"\15"sv, "Qb", 4, approval, "approve for token account {a0}, {n0} decimals", "{a2}", "{a1}"},
    {"\16"sv, "Qb", 3, transfer, "mint, {n0} decimals", "{a1}", "{a0}"},
    {"\17"sv, "Qb", 3, transfer, "burn from token account {a0}, {n0} decimals", "", "{a1}"},
    {"\20"sv,
     "k",
     3,
     delegation,
     "initialize token account {a0} of mint {a1}: owner",
     "{k0}",
     "",
     {.ours = note, .hands_over = kOfAccount}},
    {"\21"sv, "", 1, note, "sync native token account {a0}"},
    {"\22"sv,
     "k",
     2,
     delegation,
     "initialize token account {a0} of mint {a1}: owner",
     "{k0}",
     "",
     {.ours = note, .hands_over = kOfAccount}},
    {"\23"sv, "b", 2, delegation, "initialize multisig: {n0} signatures", "{a0}"},
    {"\24"sv,
     "bko",
     1,
     delegation,
     "initialize mint {a0}: {n0} decimals, freeze authority {o1}, mint authority",
     "{k0}",
     "",
     {.ours = note}},
    {"\25"sv, "", 1, note, "get account data size of mint {a0}"},
    {"\26"sv, "", 1, note, "initialize immutable owner of token account {a0}"},
    {"\27"sv, "q", 1, note, "amount to UI amount: {n0} of mint {a0}"},
    {"\30"sv, "m", 1, note, "UI amount to amount: {t} of mint {a0}"},
});

// solana-program/token-2022, interface/src/instruction.rs and extension/transfer_fee/instruction.rs.
constexpr auto kToken2022 = std::to_array<InstructionForm>({
    {"\31"sv, "o", 1, delegation, "initialize mint close authority of {a0} to {o0}", "{k0}", "", {.ours = note}},
    {"\32\1"sv,
     "Qbq",
     4,
     transfer,
     "transfer from token account {a0}, {n0} decimals, of which {n1} are a fee",
     "{a2}",
     "{a1}",
     {.runs_hook = true}},
});

// solana-program/associated-token-account, interface/src/instruction.rs. The amount is the rent of the 170 bytes that an account
// of Token-2022 has without further extensions (solana-rent: (128 + 170) * 3480 * 2); one of the first program has 165.
constexpr std::uint64_t kTokenAccountRent = 2'074'080;
constexpr std::string_view kCreateAccount = "create associated token account {a1} of mint {a3}: rent from {a0}";
constexpr auto kAssociatedAccount = std::to_array<InstructionForm>({
    {"", "", 6, transfer, kCreateAccount, "{a2}", "", {.ours = note, .amount = kTokenAccountRent, .token_program = 5}},
    {"\0"sv, "", 6, transfer, kCreateAccount, "{a2}", "", {.ours = note, .amount = kTokenAccountRent, .token_program = 5}},
    {"\1"sv,
     "",
     6,
     transfer,
     "create associated token account {a1} of mint {a3} if it is missing: rent from {a0}",
     "{a2}",
     "",
     {.ours = note, .amount = kTokenAccountRent, .token_program = 5}},
});

// solana-compute-budget-interface, src/lib.rs.
constexpr auto kComputeBudget = std::to_array<InstructionForm>({
    {"\1"sv, "d", 0, note, "heap frame of {n0} bytes"},
    {"\2"sv, "d", 0, note, "limit of {n0} compute units"},
    {"\3"sv, "q", 0, note, "price of {n0} micro-lamports per compute unit"},
    {"\4"sv, "d", 0, note, "limit of {n0} bytes of loaded accounts"},
});

constexpr auto kMemo = std::to_array<InstructionForm>({{"", "m", 0, note, "memo {t}", "", "", {.memo = true}}});

// solana-program/stake, interface/src/instruction.rs: StakeAuthorize is 0 of the staker, 1 of the withdrawer. A lockup, whose
// custodian keeps the withdrawer from what is his, is not decoded.
constexpr std::string_view kStakeAccount = "stake account {a0}";
constexpr auto kStake = std::to_array<InstructionForm>({
    {"\0\0\0\0"sv,
     "kkzk",
     2,
     delegation,
     "initialize stake account {a0}: staker {k0}, withdrawer",
     "{k1}",
     "",
     {.ours = stake, .hands_over = kStakeAccount}},
    {"\1\0\0\0"sv, "kS", 3, delegation, "authorize staker of stake account {a0}", "{k0}"},
    {"\1\0\0\0"sv, "kW", 3, delegation, "authorize withdrawer of stake account {a0}", "{k0}", "", {.hands_over = kStakeAccount}},
    {"\2\0\0\0"sv, "", 6, stake, "delegate stake account {a0}", "{a1}"},
    {"\3\0\0\0"sv, "Q", 3, stake, "split stake account {a0}", "{a1}"},
    {"\4\0\0\0"sv, "Q", 5, transfer, "withdraw from stake account {a0}", "{a1}", "", {.ours = change}},
    {"\5\0\0\0"sv, "", 3, stake, "deactivate stake account", "{a0}"},
    {"\7\0\0\0"sv, "", 5, stake, "merge stake account {a1}", "{a0}"},
    {"\10\0\0\0"sv, "kSsk", 2, delegation, "authorize with seed staker of stake account {a0}", "{k0}"},
    {"\10\0\0\0"sv,
     "kWsk",
     2,
     delegation,
     "authorize with seed withdrawer of stake account {a0}",
     "{k0}",
     "",
     {.hands_over = kStakeAccount}},
    {"\11\0\0\0"sv,
     "",
     4,
     delegation,
     "initialize stake account {a0}: staker {a2}, withdrawer",
     "{a3}",
     "",
     {.ours = stake, .hands_over = kStakeAccount}},
    {"\12\0\0\0"sv, "S", 4, delegation, "authorize staker of stake account {a0}", "{a3}"},
    {"\12\0\0\0"sv, "W", 4, delegation, "authorize withdrawer of stake account {a0}", "{a3}", "", {.hands_over = kStakeAccount}},
    {"\13\0\0\0"sv, "Ssk", 4, delegation, "authorize with seed staker of stake account {a0}", "{a3}"},
    {"\13\0\0\0"sv,
     "Wsk",
     4,
     delegation,
     "authorize with seed withdrawer of stake account {a0}",
     "{a3}",
     "",
     {.hands_over = kStakeAccount}},
    {"\15\0\0\0"sv, "", 0, note, "get minimum delegation"},
    {"\16\0\0\0"sv, "", 3, stake, "deactivate delinquent stake account {a0}", "{a1}"},
    {"\20\0\0\0"sv, "Q", 3, stake, "move stake from {a0}", "{a1}"},
    {"\21\0\0\0"sv, "Q", 3, stake, "move lamports from stake account {a0}", "{a1}"},
});

constexpr auto kPrograms = std::to_array<Program>({
    {kSystemProgram, kSystem},
    {kTokenProgram, kToken},
    {kToken2022Program, kToken, kToken2022},
    {"ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL", kAssociatedAccount},
    {kComputeBudgetProgram, kComputeBudget},
    {"Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo", kMemo},
    {"MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr", kMemo},
    {"Stake11111111111111111111111111111111111111", kStake},
});

}  // namespace

const Program* find_program(std::string_view id) {
  const auto found = std::ranges::find(kPrograms, id, &Program::id);
  return found == kPrograms.end() ? nullptr : &*found;
}

}  // namespace custos::wallet::sol
