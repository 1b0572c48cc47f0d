// Scripts: what an output wants, and which keys a script speaks of. Nothing here runs a script.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace custos::wallet::btc {

// The opcodes that are read or written here (bitcoin/bitcoin src/script/script.h).
enum Opcode : std::uint8_t {
  OP_0 = 0x00,
  OP_PUSHDATA1 = 0x4c,
  OP_PUSHDATA2 = 0x4d,
  OP_PUSHDATA4 = 0x4e,
  OP_1NEGATE = 0x4f,
  OP_1 = 0x51,
  OP_16 = 0x60,
  OP_RETURN = 0x6a,
  OP_DUP = 0x76,
  OP_EQUAL = 0x87,
  OP_EQUALVERIFY = 0x88,
  OP_NUMEQUAL = 0x9c,
  OP_HASH160 = 0xa9,
  OP_CODESEPARATOR = 0xab,
  OP_CHECKSIG = 0xac,
  OP_CHECKMULTISIG = 0xae,
  OP_CHECKSIGADD = 0xba,
};

inline constexpr std::size_t kMaxScriptSize = 10'000;     // consensus, outside taproot
inline constexpr std::size_t kMaxRedeemScriptSize = 520;  // BIP 16: it is pushed as one element

enum class ScriptKind : std::uint8_t {
  p2pk,             // subject: the public key
  p2pkh,            // subject: HASH160 of the key, 20 bytes
  p2sh,             // subject: HASH160 of the redeem script
  p2wpkh,           // subject: HASH160 of the key
  p2wsh,            // subject: SHA-256 of the witness script, 32 bytes
  p2tr,             // subject: the x-only output key, 32 bytes
  multisig,         // bare k-of-n: read_multisig
  op_return,        // subject: what stands behind OP_RETURN
  witness_unknown,  // subject: the witness program; `version` is its version
  unknown,
};
[[nodiscard]] std::string_view to_string(ScriptKind kind) noexcept;

// ScriptClass is what a scriptPubKey is; `subject` views into it.
struct ScriptClass {
  ScriptKind kind = ScriptKind::unknown;
  ByteView subject{};
  std::uint8_t version = 0;  // of a witness program
};
[[nodiscard]] ScriptClass classify(ByteView script);

// Instruction is one opcode with what it pushes. is_push: OP_0, a push of data, OP_1NEGATE, OP_1 to OP_16; only those of data
// have `data`.
struct Instruction {
  std::uint8_t opcode = 0;
  ByteView data{};
  [[nodiscard]] bool is_push() const noexcept { return opcode <= OP_16 && opcode != 0x50; }
};

// ScriptReader goes through a script: `while (const auto instruction = reader.next()) …; if (reader.malformed()) …`.
class ScriptReader {
 public:
  explicit ScriptReader(ByteView script) noexcept : rest_(script) {}
  // next is nothing at the end, and from a push on that the script does not hold whole.
  [[nodiscard]] std::optional<Instruction> next() noexcept;
  [[nodiscard]] bool malformed() const noexcept { return malformed_; }
  [[nodiscard]] ByteView rest() const noexcept { return rest_; }

 private:
  ByteView rest_;
  bool malformed_ = false;
};

// read_pushes gives what a script pushes that does nothing else, each in its shortest form (BIP 62, rule 3); OP_0 pushes nothing,
// OP_1NEGATE and OP_1 to OP_16 a byte. Nothing for any other script.
[[nodiscard]] std::optional<std::vector<Bytes>> read_pushes(ByteView script);

// put_push appends the shortest push of `data`; put_number pushes 0 to 16.
void put_push(Bytes& script, ByteView data);
void put_number(Bytes& script, unsigned number);

// is_public_key_form says that bytes have the form of a public key: 33 bytes, or 65 uncompressed. Whether they are a point of the
// curve is not asked.
[[nodiscard]] bool is_public_key_form(ByteView bytes) noexcept;

// keys_in lists the public keys (33 or 65 bytes) that a script pushes, each place once, in order; nothing when it is malformed.
[[nodiscard]] std::optional<std::vector<ByteView>> keys_in(ByteView script);
// mentions_key says that a script pushes a compressed key or its HASH160; mentions_x_only_key, that a tapscript pushes the x-only
// key (32 bytes) or the HASH160 of it. False for a malformed script.
[[nodiscard]] bool mentions_key(ByteView script, ByteView compressed_key) noexcept;
[[nodiscard]] bool mentions_x_only_key(ByteView script, ByteView x_only_key) noexcept;

// Multisig is `k <key>… n OP_CHECKMULTISIG`; the keys view into the script.
struct Multisig {
  unsigned required = 0;
  std::vector<ByteView> keys;
};
// read_multisig reads 1 <= k <= n <= 20; nothing for anything else.
[[nodiscard]] std::optional<Multisig> read_multisig(ByteView script);
// read_multi_a reads the tapscript `<key> OP_CHECKSIG <key> OP_CHECKSIGADD … k OP_NUMEQUAL` (BIP 387), and `<key> OP_CHECKSIG` as
// 1 of 1; the keys are x-only.
[[nodiscard]] std::optional<Multisig> read_multi_a(ByteView script);

// Scripts of outputs. Hashes are 20 bytes, but for p2wsh 32; an x-only key is 32.
[[nodiscard]] Bytes p2pkh_script(ByteView key_hash);
[[nodiscard]] Bytes p2sh_script(ByteView script_hash);
[[nodiscard]] Bytes p2wpkh_script(ByteView key_hash);
[[nodiscard]] Bytes p2wsh_script(ByteView script_hash);
[[nodiscard]] Bytes p2tr_script(ByteView output_key);

}  // namespace custos::wallet::btc
