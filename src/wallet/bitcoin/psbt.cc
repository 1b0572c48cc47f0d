#include "wallet/bitcoin/psbt.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/trimmed.h"
#include "encode/base64.h"
#include "encode/hex.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

constexpr std::array<std::uint8_t, 5> kMagic{'p', 's', 'b', 't', 0xFF};
constexpr std::string_view kMagicBase64 = "cHNidP";  // of the first four bytes and a part of the fifth
constexpr std::size_t kMaxInput = std::size_t{16} << 20U;

Unexpected refuse(std::string detail) { return fail(Errc::bad_input, Origin::request, std::move(detail)); }
Unexpected refuse(std::string_view where, std::string_view fault) {
  return refuse(std::string(where) + ": " + std::string(fault));
}

bool less(const PsbtField& a, const PsbtField& b) noexcept {
  return a.type != b.type ? a.type < b.type : std::ranges::lexicographical_compare(a.key, b.key);
}
bool same_key(const PsbtField& a, const PsbtField& b) noexcept { return a.type == b.type && std::ranges::equal(a.key, b.key); }

// find_repeated answers a field whose key stands in the map twice.
const PsbtField* find_repeated(std::span<const PsbtField> fields) {
  std::vector<const PsbtField*> sorted;
  sorted.reserve(fields.size());
  for (const PsbtField& field : fields) sorted.push_back(&field);
  std::ranges::sort(sorted, [](const auto* a, const auto* b) { return less(*a, *b); });
  const auto found = std::ranges::adjacent_find(sorted, [](const auto* a, const auto* b) { return same_key(*a, *b); });
  return found == sorted.end() ? nullptr : *found;
}

// read_map reads `<record>* 0x00` and checks each field's form.
Result<PsbtMap> read_map(WireReader& reader, PsbtScope scope, std::string_view where) {
  std::vector<PsbtField> fields;
  while (true) {
    const std::uint64_t key_size = reader.compact_size();
    if (reader.failed()) return refuse(where, "cut off, or a key's length is no CompactSize in its shortest form");
    if (key_size == 0) break;
    WireReader key(reader.bytes(key_size));
    if (reader.failed()) return refuse(where, "cut off in a key");
    PsbtField field{.type = key.compact_size()};
    if (key.failed()) return refuse(where, "a key type is no CompactSize in its shortest form");
    field.key = key.rest();
    field.value = reader.var_bytes();
    if (reader.failed()) {
      return refuse(where,
                    psbt_field_name(scope, field.type) + ": cut off, or a length that is no CompactSize in its shortest form");
    }
    if (auto form = check_psbt_field(scope, field, where); !form) return form.failure();
    fields.push_back(field);
  }
  if (const PsbtField* repeated = find_repeated(fields); repeated != nullptr) {
    return refuse(where, psbt_field_name(scope, repeated->type) + ": the same key stands twice");
  }
  return PsbtMap(std::move(fields));
}

std::uint32_t number32(ByteView value) noexcept { return WireReader(value).u32(); }

Result<std::vector<PsbtMap>> read_maps_of(WireReader& reader, PsbtScope scope, std::uint64_t count, unsigned version) {
  // Each map takes a byte at least.
  if (count > reader.rest().size()) {
    return refuse(std::string(scope == PsbtScope::input ? "PSBT: fewer inputs" : "PSBT: fewer outputs") + " than the " +
                  std::to_string(count) + " that it counts");
  }
  std::vector<PsbtMap> maps;
  maps.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string where = scope == PsbtScope::input ? input_name(i) : output_name(i);
    auto map = read_map(reader, scope, where);
    if (!map) return map.failure();
    if (auto version_fits = check_psbt_version(scope, map->fields(), version, where); !version_fits)
      return version_fits.failure();
    maps.push_back(std::move(*map));
  }
  return maps;
}

// LockTimes collects what inputs require of the lock time (BIP 370, "Determining Lock Time").
class LockTimes {
 public:
  void add(const PsbtMap& input) {
    const PsbtField* time = input.find(psbt::kInRequiredTimeLocktime);
    const PsbtField* height = input.find(psbt::kInRequiredHeightLocktime);
    if (time == nullptr && height == nullptr) return;
    required_ = true;
    take(time, time_);
    take(height, height_);
  }
  // lock_time is nothing where one input demands a time and another a height.
  [[nodiscard]] std::optional<std::uint32_t> lock_time(std::uint32_t fallback) const {
    if (!required_) return fallback;
    return height_ ? height_ : time_;
  }

 private:
  // take makes `largest` the largest of a kind that every input so far allows.
  static void take(const PsbtField* field, std::optional<std::uint32_t>& largest) {
    if (field == nullptr) {
      largest.reset();
    } else if (largest) {
      largest = std::max(*largest, number32(field->value));
    }
  }

  bool required_ = false;
  std::optional<std::uint32_t> time_ = 0, height_ = 0;
};

TxInput input_of(const PsbtMap& map) {
  TxInput input;
  std::ranges::copy(map.value(psbt::kInPreviousTxid), input.previous.txid.begin());
  input.previous.index = number32(map.value(psbt::kInOutputIndex));
  if (const PsbtField* sequence = map.find(psbt::kInSequence); sequence != nullptr) input.sequence = number32(sequence->value);
  return input;
}

TxOutput output_of(const PsbtMap& map) {
  const ByteView script = map.value(psbt::kOutScript);
  return {WireReader(map.value(psbt::kOutAmount)).u64(), Bytes(script.begin(), script.end())};
}

void put_map(Bytes& out, const PsbtMap& map) {
  for (const PsbtField& field : map.fields()) {
    put_compact_size(out, compact_size_size(field.type) + field.key.size());
    put_compact_size(out, field.type);
    put_bytes(out, field.key);
    put_var_bytes(out, field.value);
  }
  put_u8(out, 0);
}

}  // namespace

const PsbtField* PsbtMap::find(std::uint64_t type) const noexcept {
  const auto found = std::ranges::find(fields_, type, &PsbtField::type);
  return found == fields_.end() ? nullptr : &*found;
}

const PsbtField* PsbtMap::find(std::uint64_t type, ByteView key) const noexcept {
  const PsbtField wanted{.type = type, .key = key};
  const auto found = std::ranges::find_if(fields_, [&](const PsbtField& field) { return same_key(field, wanted); });
  return found == fields_.end() ? nullptr : &*found;
}

ByteView PsbtMap::value(std::uint64_t type) const noexcept {
  const PsbtField* field = find(type);
  return field == nullptr ? ByteView() : field->value;
}

void PsbtMap::put(const PsbtField& field) {
  if (const auto same = std::ranges::find_if(fields_, [&](const PsbtField& other) { return same_key(other, field); });
      same != fields_.end()) {
    same->value = field.value;
    return;
  }
  fields_.insert(std::ranges::find_if(fields_, [&](const PsbtField& other) { return less(field, other); }), field);
}

void PsbtMap::keep_final() {
  std::erase_if(fields_, [](const PsbtField& field) { return !outlives_finalizing(field.type); });
}

Result<Psbt> Psbt::read(Bytes bytes) {
  Psbt psbt;
  psbt.bytes_ = std::move(bytes);
  if (auto maps = psbt.read_maps(); !maps) return maps.failure();
  return psbt;
}

Result<void> Psbt::read_maps() {
  WireReader reader(bytes_);
  if (!std::ranges::equal(reader.bytes(kMagic.size()), kMagic)) return refuse("PSBT: it does not begin with \"psbt\" and 0xff");
  auto global = read_map(reader, PsbtScope::global, "PSBT");
  if (!global) return global.failure();
  global_ = std::move(*global);
  if (const PsbtField* version = global_.find(psbt::kGlobalVersion); version != nullptr) version_ = number32(version->value);
  if (version_ != 0 && version_ != 2) {
    return refuse("PSBT: version " + std::to_string(version_) + ", and only 0 and 2 are known");
  }
  if (auto fits = check_psbt_version(PsbtScope::global, global_.fields(), version_, "PSBT"); !fits) return fits;

  std::uint64_t input_count = 0, output_count = 0;
  if (version_ == 0) {
    if (auto read = read_unsigned_tx(); !read) return read;
    input_count = tx_.inputs.size();
    output_count = tx_.outputs.size();
  } else {
    input_count = WireReader(global_.value(psbt::kGlobalInputCount)).compact_size();
    output_count = WireReader(global_.value(psbt::kGlobalOutputCount)).compact_size();
  }
  auto inputs = read_maps_of(reader, PsbtScope::input, input_count, version_);
  if (!inputs) return inputs.failure();
  inputs_ = std::move(*inputs);
  auto outputs = read_maps_of(reader, PsbtScope::output, output_count, version_);
  if (!outputs) return outputs.failure();
  outputs_ = std::move(*outputs);
  if (!reader.rest().empty()) {
    return refuse("PSBT: " + std::to_string(reader.rest().size()) + " bytes behind the last output's map");
  }
  return version_ == 2 ? read_unsigned_tx() : Result<void>();
}

Result<void> Psbt::read_unsigned_tx() {
  constexpr std::string_view kName = "PSBT: the unsigned transaction";
  if (version_ == 2) {
    Tx made{.version = number32(global_.value(psbt::kGlobalTxVersion)), .inputs = {}, .outputs = {}, .lock_time = 0};
    LockTimes lock_times;
    for (const PsbtMap& input : inputs_) {
      made.inputs.push_back(input_of(input));
      lock_times.add(input);
    }
    for (const PsbtMap& output : outputs_) made.outputs.push_back(output_of(output));
    const PsbtField* fallback = global_.find(psbt::kGlobalFallbackLocktime);
    const auto lock_time = lock_times.lock_time(fallback == nullptr ? 0 : number32(fallback->value));
    if (!lock_time) return refuse("PSBT: no lock time suits all inputs: one requires a time, another a block height");
    made.lock_time = *lock_time;
    const Bytes bytes = serialise_without_witness(made);
    auto read = read_tx_without_witness(bytes, kName);
    if (!read) return read.failure();
    tx_ = std::move(*read);
    return {};
  }
  auto read = read_tx_without_witness(global_.value(psbt::kGlobalUnsignedTx), kName);
  if (!read) return read.failure();
  tx_ = std::move(*read);
  const auto filled = std::ranges::find_if(tx_.inputs, [](const TxInput& input) { return !input.script_sig.empty(); });
  if (filled != tx_.inputs.end()) {
    return refuse(input_name(static_cast<std::size_t>(filled - tx_.inputs.begin())),
                  "the unsigned transaction has a scriptSig here");
  }
  return {};
}

Bytes write_psbt(const PsbtMap& global, std::span<const PsbtMap> inputs, std::span<const PsbtMap> outputs) {
  Bytes out(kMagic.begin(), kMagic.end());
  put_map(out, global);
  for (const PsbtMap& map : inputs) put_map(out, map);
  for (const PsbtMap& map : outputs) put_map(out, map);
  return out;
}

Result<Bytes> psbt_bytes(std::string_view input) {
  if (input.size() > kMaxInput) return refuse("PSBT: it is larger than 16 MiB");
  if (input.starts_with(as_text(kMagic))) return Bytes(input.begin(), input.end());
  const std::string_view text = trimmed(input);
  if (text.starts_with(kMagicBase64)) {
    if (auto bytes = encode::read_base64(text)) return std::move(*bytes);
    return refuse("PSBT: the base64 text is malformed: a character is wrong, or it is cut off");
  }
  if (auto bytes = encode::from_hex(text);
      bytes && std::ranges::equal(ByteView(*bytes).first(std::min<std::size_t>(5, bytes->size())), kMagic)) {
    return std::move(*bytes);
  }
  return refuse("PSBT: neither its binary form nor base64 or hexadecimal of it: a network transaction is no PSBT");
}

}  // namespace custos::wallet::btc
