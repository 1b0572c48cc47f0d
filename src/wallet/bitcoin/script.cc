#include "wallet/bitcoin/script.h"

#include <algorithm>
#include <array>

#include "hash/ripemd160.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kHashSize = 20;
constexpr std::size_t kXOnlySize = 32;
constexpr std::size_t kCompressedSize = 33;
constexpr std::size_t kUncompressedSize = 65;
constexpr std::size_t kMaxKeys = 20;            // of OP_CHECKMULTISIG
constexpr std::size_t kMaxTapscriptKeys = 999;  // BIP 387
constexpr std::uint8_t kLongestDirectPush = 75;

constexpr std::array<std::string_view, 10> kKindNames{
    "p2pk", "p2pkh", "p2sh", "p2wpkh", "p2wsh", "p2tr", "multisig", "op_return", "witness program (unknown)", "unknown"};

bool is_small_number(std::uint8_t opcode) noexcept { return opcode >= OP_1 && opcode <= OP_16; }

// Form is a script of fixed bytes around one subject.
struct Form {
  ScriptKind kind;
  std::array<std::uint8_t, 3> before;
  std::size_t before_size;
  std::size_t subject_size;
  std::array<std::uint8_t, 2> after;
  std::size_t after_size;
};
constexpr std::array<Form, 7> kForms{{
    {ScriptKind::p2pkh, {OP_DUP, OP_HASH160, kHashSize}, 3, kHashSize, {OP_EQUALVERIFY, OP_CHECKSIG}, 2},
    {ScriptKind::p2sh, {OP_HASH160, kHashSize}, 2, kHashSize, {OP_EQUAL}, 1},
    {ScriptKind::p2wpkh, {OP_0, kHashSize}, 2, kHashSize, {}, 0},
    {ScriptKind::p2wsh, {OP_0, 32}, 2, 32, {}, 0},
    {ScriptKind::p2tr, {OP_1, kXOnlySize}, 2, kXOnlySize, {}, 0},
    {ScriptKind::p2pk, {kCompressedSize}, 1, kCompressedSize, {OP_CHECKSIG}, 1},
    {ScriptKind::p2pk, {kUncompressedSize}, 1, kUncompressedSize, {OP_CHECKSIG}, 1},
}};

bool fits(const Form& form, ByteView script) noexcept {
  if (script.size() != form.before_size + form.subject_size + form.after_size) return false;
  return std::ranges::equal(script.first(form.before_size), ByteView(form.before).first(form.before_size)) &&
         std::ranges::equal(script.last(form.after_size), ByteView(form.after).first(form.after_size));
}

Bytes write_form(ScriptKind kind, ByteView subject) {
  const Form& form = *std::ranges::find(kForms, kind, &Form::kind);
  Bytes script(form.before.begin(), form.before.begin() + static_cast<std::ptrdiff_t>(form.before_size));
  script.insert(script.end(), subject.begin(), subject.end());
  script.insert(script.end(), form.after.begin(), form.after.begin() + static_cast<std::ptrdiff_t>(form.after_size));
  return script;
}

// is_witness_program: a version, and one direct push of 2 to 40 bytes (BIP 141).
bool is_witness_program(ByteView script) noexcept {
  return script.size() >= 4 && script.size() <= 42 && (script[0] == OP_0 || is_small_number(script[0])) &&
         script[1] + std::size_t{2} == script.size();
}

// small_number is what OP_1 to OP_16 push.
std::uint8_t small_number(std::uint8_t opcode) noexcept { return static_cast<std::uint8_t>(opcode - OP_1 + 1); }

// is_shortest says that no shorter push does the same (BIP 62, rule 3).
bool is_shortest(const Instruction& instruction) noexcept {
  const auto data = instruction.data;
  if (instruction.opcode == OP_0 || instruction.opcode > OP_PUSHDATA4) return true;
  if (data.size() == 1 && ((data[0] >= 1 && data[0] <= 16) || data[0] == 0x81)) return false;
  if (instruction.opcode <= kLongestDirectPush) return true;
  if (instruction.opcode == OP_PUSHDATA1) return data.size() > kLongestDirectPush;
  return data.size() > (instruction.opcode == OP_PUSHDATA2 ? 0xffU : 0xffffU);
}

// positive_number reads a pushed count from 1 to 999 in its shortest form; 0 for others.
unsigned positive_number(const Instruction& instruction) noexcept {
  if (is_small_number(instruction.opcode)) return small_number(instruction.opcode);
  const auto data = instruction.data;
  if (instruction.opcode != data.size() || !is_shortest(instruction)) return 0;
  if (data.size() == 1) return data[0] < 0x80 ? data[0] : 0;
  if (data.size() != 2 || data[1] >= 0x80 || (data[1] == 0 && data[0] < 0x80)) return 0;
  return data[0] + 256U * data[1];
}

bool is_direct_push_of(const std::optional<Instruction>& instruction, std::size_t size) noexcept {
  return instruction && instruction->opcode == size && instruction->data.size() == size;
}

// mentions says that a script pushes `key` or its HASH160.
bool mentions(ByteView script, ByteView key) noexcept {
  const auto key_hash = hash::hash160(key);
  bool found = false;
  ScriptReader reader(script);
  while (const auto instruction = reader.next()) {
    found = found || std::ranges::equal(instruction->data, key) || std::ranges::equal(instruction->data, key_hash);
  }
  return found && !reader.malformed();
}

}  // namespace

std::string_view to_string(ScriptKind kind) noexcept { return kKindNames[static_cast<std::size_t>(kind)]; }

ScriptClass classify(ByteView script) {
  for (const auto& form : kForms) {
    if (!fits(form, script)) continue;
    const auto subject = script.subspan(form.before_size, form.subject_size);
    if (form.kind == ScriptKind::p2pk && !is_public_key_form(subject)) continue;
    return {form.kind, subject, static_cast<std::uint8_t>(form.kind == ScriptKind::p2tr ? 1 : 0)};
  }
  if (is_witness_program(script)) {
    const auto version = script[0] == OP_0 ? std::uint8_t{0} : small_number(script[0]);
    return {ScriptKind::witness_unknown, script.subspan(2), version};
  }
  if (!script.empty() && script[0] == OP_RETURN) return {ScriptKind::op_return, script.subspan(1)};
  if (read_multisig(script)) return {ScriptKind::multisig};
  return {};
}

std::optional<Instruction> ScriptReader::next() noexcept {
  if (rest_.empty() || malformed_) return std::nullopt;
  Instruction instruction{rest_[0]};
  rest_ = rest_.subspan(1);
  if (instruction.opcode > OP_PUSHDATA4) return instruction;
  std::size_t size = instruction.opcode;
  if (instruction.opcode > kLongestDirectPush) {
    const std::size_t length_size = std::size_t{1} << (instruction.opcode - OP_PUSHDATA1);
    malformed_ = rest_.size() < length_size;
    if (malformed_) return std::nullopt;
    size = 0;
    for (std::size_t i = length_size; i-- > 0;) size = size << 8U | rest_[i];
    rest_ = rest_.subspan(length_size);
  }
  malformed_ = rest_.size() < size;
  if (malformed_) return std::nullopt;
  instruction.data = rest_.first(size);
  rest_ = rest_.subspan(size);
  return instruction;
}

std::optional<std::vector<Bytes>> read_pushes(ByteView script) {
  std::vector<Bytes> pushes;
  ScriptReader reader(script);
  while (const auto instruction = reader.next()) {
    if (!instruction->is_push() || !is_shortest(*instruction)) return std::nullopt;
    const auto opcode = instruction->opcode;
    if (opcode <= OP_PUSHDATA4) {
      pushes.emplace_back(instruction->data.begin(), instruction->data.end());
    } else {
      pushes.push_back({opcode == OP_1NEGATE ? std::uint8_t{0x81} : small_number(opcode)});
    }
  }
  if (reader.malformed()) return std::nullopt;
  return pushes;
}

void put_push(Bytes& script, ByteView data) {
  if (data.size() == 1 && data[0] >= 1 && data[0] <= 16) return put_number(script, data[0]);
  if (data.size() == 1 && data[0] == 0x81) return script.push_back(OP_1NEGATE);
  const auto put_size = [&](std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) script.push_back(static_cast<std::uint8_t>(data.size() >> (8 * i)));
  };
  if (data.size() <= kLongestDirectPush) {
    put_size(1);
  } else if (data.size() <= 0xff) {
    script.push_back(OP_PUSHDATA1);
    put_size(1);
  } else if (data.size() <= 0xffff) {
    script.push_back(OP_PUSHDATA2);
    put_size(2);
  } else {
    script.push_back(OP_PUSHDATA4);
    put_size(4);
  }
  script.insert(script.end(), data.begin(), data.end());
}

void put_number(Bytes& script, unsigned number) {
  script.push_back(number == 0 ? std::uint8_t{OP_0} : static_cast<std::uint8_t>(OP_1 + number - 1));
}

bool is_public_key_form(ByteView bytes) noexcept {
  return (bytes.size() == kCompressedSize && (bytes[0] == 2 || bytes[0] == 3)) ||
         (bytes.size() == kUncompressedSize && bytes[0] == 4);
}

std::optional<std::vector<ByteView>> keys_in(ByteView script) {
  std::vector<ByteView> keys;
  ScriptReader reader(script);
  while (const auto instruction = reader.next()) {
    if (is_public_key_form(instruction->data)) keys.push_back(instruction->data);
  }
  if (reader.malformed()) return std::nullopt;
  return keys;
}

bool mentions_key(ByteView script, ByteView compressed_key) noexcept { return mentions(script, compressed_key); }
bool mentions_x_only_key(ByteView script, ByteView x_only_key) noexcept { return mentions(script, x_only_key); }

std::optional<Multisig> read_multisig(ByteView script) {
  if (script.empty() || script.back() != OP_CHECKMULTISIG) return std::nullopt;
  ScriptReader reader(script);
  auto instruction = reader.next();
  if (!instruction) return std::nullopt;
  Multisig multisig{positive_number(*instruction), {}};
  while ((instruction = reader.next()) && instruction->opcode == instruction->data.size() &&
         is_public_key_form(instruction->data)) {
    multisig.keys.push_back(instruction->data);
    if (multisig.keys.size() > kMaxKeys) return std::nullopt;
  }
  const std::size_t keys = multisig.keys.size();
  if (!instruction || positive_number(*instruction) != keys || multisig.required == 0 || multisig.required > keys) {
    return std::nullopt;
  }
  instruction = reader.next();
  if (!instruction || instruction->opcode != OP_CHECKMULTISIG || !reader.rest().empty()) return std::nullopt;
  return multisig;
}

std::optional<Multisig> read_multi_a(ByteView script) {
  ScriptReader reader(script);
  Multisig multisig;
  auto instruction = reader.next();
  while (is_direct_push_of(instruction, kXOnlySize)) {
    const auto check = reader.next();
    if (!check || check->opcode != (multisig.keys.empty() ? OP_CHECKSIG : OP_CHECKSIGADD)) return std::nullopt;
    multisig.keys.push_back(instruction->data);
    if (multisig.keys.size() > kMaxTapscriptKeys) return std::nullopt;
    instruction = reader.next();
  }
  if (reader.malformed() || multisig.keys.empty()) return std::nullopt;
  if (!instruction) {
    multisig.required = 1;
    return multisig.keys.size() == 1 ? std::optional(multisig) : std::nullopt;
  }
  multisig.required = positive_number(*instruction);
  const auto end = reader.next();
  const bool ends = end && end->opcode == OP_NUMEQUAL && reader.rest().empty();
  if (!ends || multisig.required == 0 || multisig.required > multisig.keys.size()) return std::nullopt;
  return multisig;
}

Bytes p2pkh_script(ByteView key_hash) { return write_form(ScriptKind::p2pkh, key_hash); }
Bytes p2sh_script(ByteView script_hash) { return write_form(ScriptKind::p2sh, script_hash); }
Bytes p2wpkh_script(ByteView key_hash) { return write_form(ScriptKind::p2wpkh, key_hash); }
Bytes p2wsh_script(ByteView script_hash) { return write_form(ScriptKind::p2wsh, script_hash); }
Bytes p2tr_script(ByteView output_key) { return write_form(ScriptKind::p2tr, output_key); }

}  // namespace custos::wallet::btc
