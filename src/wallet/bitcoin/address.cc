#include "wallet/bitcoin/address.h"

#include <algorithm>
#include <array>

#include "encode/base58check.h"
#include "encode/bech32.h"
#include "encode/quote.h"
#include "hash/ripemd160.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/taproot.h"
#include "wallet/bitcoin/verify.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kHashSize = 20;
constexpr std::size_t kCompressedSize = 33;
constexpr std::uint8_t kMaxWitnessVersion = 16;

// Prefixes of a network (bitcoin/bitcoin src/kernel/chainparams.cpp): the version bytes of base58, and bech32's prefix.
struct Prefixes {
  std::string_view name;
  std::uint8_t p2pkh, p2sh;
  std::string_view bech32;
};
constexpr std::array<Prefixes, 4> kPrefixes{{
    {"main", 0x00, 0x05, "bc"},
    {"test", 0x6f, 0xc4, "tb"},
    {"signet", 0x6f, 0xc4, "tb"},
    {"regtest", 0x6f, 0xc4, "bcrt"},
}};
constexpr std::array<std::string_view, 4> kKindNames{"p2pkh", "p2sh-p2wpkh", "p2wpkh", "p2tr"};

const Prefixes& prefixes_of(Network network) noexcept { return kPrefixes[static_cast<std::size_t>(network)]; }

Unexpected refused(std::string_view address, std::string_view fault) {
  constexpr std::size_t kShown = 120;
  return fail(Errc::bad_input, Origin::request, encode::quoted(address.substr(0, kShown)) + " " + std::string(fault));
}

std::string base58_address(std::uint8_t version, ByteView hash) {
  Bytes data{version};
  data.insert(data.end(), hash.begin(), hash.end());
  return encode::write_base58check(data);
}

std::string witness_address(std::string_view prefix, std::uint8_t version, ByteView program) {
  Bytes groups = encode::to_groups(program);
  groups.insert(groups.begin(), version);
  return encode::write_bech32(prefix, groups, version == 0 ? encode::Bech32Checksum::bech32 : encode::Bech32Checksum::bech32m);
}

// Witness is a version and its program, as an address says them.
struct Witness {
  std::uint8_t version = 0;
  Bytes program;
};

// witness_of reads the data of a bech32 text (BIP 350); nothing when it is no witness program.
std::optional<Witness> witness_of(const encode::Bech32Text& text) {
  if (text.groups.empty() || text.groups[0] > kMaxWitnessVersion) return std::nullopt;
  const std::uint8_t version = text.groups[0];
  if (text.checksum != (version == 0 ? encode::Bech32Checksum::bech32 : encode::Bech32Checksum::bech32m)) return std::nullopt;
  auto program = encode::from_groups(ByteView(text.groups).subspan(1));
  if (!program || program->size() < 2 || program->size() > 40) return std::nullopt;
  if (version == 0 && program->size() != 20 && program->size() != 32) return std::nullopt;
  return Witness{version, std::move(*program)};
}

Bytes witness_script_pubkey(const Witness& witness) {
  Bytes script;
  put_number(script, witness.version);
  put_push(script, witness.program);
  return script;
}

// Read is what an address says without its network: its spelling, its scriptPubKey and whose prefix it bears.
struct Read {
  std::string spelling;
  Bytes script;
  std::uint8_t version = 0;  // of base58
  std::string prefix;        // of bech32; empty: base58
};

std::optional<Read> read_base58_address(std::string_view address) {
  const auto data = encode::read_base58check(address);
  if (!data || data->size() != 1 + kHashSize) return std::nullopt;
  const std::uint8_t version = (*data)[0];
  const auto hash = ByteView(*data).subspan(1);
  const auto is_of = [version](auto member) {
    return std::ranges::any_of(kPrefixes, [=](const Prefixes& prefixes) { return prefixes.*member == version; });
  };
  if (is_of(&Prefixes::p2pkh)) return Read{std::string(address), p2pkh_script(hash), version, {}};
  if (is_of(&Prefixes::p2sh)) return Read{std::string(address), p2sh_script(hash), version, {}};
  return std::nullopt;
}

std::optional<Read> read_address(std::string_view address) {
  const auto text = encode::read_bech32(address);
  if (!text) return read_base58_address(address);
  const auto witness = witness_of(*text);
  if (!witness || std::ranges::find(kPrefixes, text->prefix, &Prefixes::bech32) == kPrefixes.end()) return std::nullopt;
  return Read{encode::write_bech32(text->prefix, text->groups, text->checksum), witness_script_pubkey(*witness), 0, text->prefix};
}

bool is_of_network(const Read& read, Network network) {
  const auto& prefixes = prefixes_of(network);
  if (!read.prefix.empty()) return read.prefix == prefixes.bech32;
  return read.version == prefixes.p2pkh || read.version == prefixes.p2sh;
}

constexpr std::string_view kNone = "is no Bitcoin address: a character, its length or its checksum is wrong";

}  // namespace

std::string_view to_string(Network network) noexcept { return prefixes_of(network).name; }

Result<Network> parse_network(std::string_view name) {
  if (name.empty()) return Network::main;
  const auto found = std::ranges::find(kPrefixes, name, &Prefixes::name);
  if (found == kPrefixes.end()) return refused(name, "is no network of Bitcoin: main, test, signet or regtest");
  return static_cast<Network>(found - kPrefixes.begin());
}

std::string_view to_string(AddressKind kind) noexcept { return kKindNames[static_cast<std::size_t>(kind)]; }

Result<AddressKind> parse_address_kind(std::string_view name) {
  if (name.empty()) return AddressKind::p2wpkh;
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return refused(name, "is no kind of address: p2pkh, p2sh-p2wpkh, p2wpkh or p2tr");
  return static_cast<AddressKind>(found - kKindNames.begin());
}

std::optional<std::string> address_of_script(ByteView script, Network network) {
  const auto& prefixes = prefixes_of(network);
  const auto found = classify(script);
  switch (found.kind) {
    case ScriptKind::p2pkh: return base58_address(prefixes.p2pkh, found.subject);
    case ScriptKind::p2sh: return base58_address(prefixes.p2sh, found.subject);
    case ScriptKind::p2wpkh:
    case ScriptKind::p2wsh:
    case ScriptKind::p2tr: return witness_address(prefixes.bech32, found.version, found.subject);
    case ScriptKind::witness_unknown:  // version 0 has no other lengths (BIP 173)
      return found.version == 0 ? std::nullopt : std::optional(witness_address(prefixes.bech32, found.version, found.subject));
    case ScriptKind::p2pk:
    case ScriptKind::multisig:
    case ScriptKind::op_return:
    case ScriptKind::unknown: return std::nullopt;
  }
  return std::nullopt;
}

Result<Bytes> script_of_address(std::string_view address, Network network) {
  auto read = read_address(address);
  if (!read) return refused(address, kNone);
  if (!is_of_network(*read, network))
    return refused(address, "is an address of another network than " + std::string(to_string(network)));
  return std::move(read->script);
}

Result<std::string> normal_address(std::string_view address) {
  auto read = read_address(address);
  if (!read) return refused(address, kNone);
  return std::move(read->spelling);
}

Bytes redeem_script_of_key(ByteView compressed_key) { return p2wpkh_script(hash::hash160(compressed_key)); }

Result<Bytes> script_of_key(ByteView compressed_key, AddressKind kind) {
  if (compressed_key.size() != kCompressedSize || !is_point(compressed_key)) {
    return fail(Errc::bad_input, Origin::key, "Bitcoin wants a public key of secp256k1, compressed to 33 bytes");
  }
  switch (kind) {
    case AddressKind::p2pkh: return p2pkh_script(hash::hash160(compressed_key));
    case AddressKind::p2sh_p2wpkh: return p2sh_script(hash::hash160(redeem_script_of_key(compressed_key)));
    case AddressKind::p2wpkh: return p2wpkh_script(hash::hash160(compressed_key));
    case AddressKind::p2tr: break;
  }
  const auto internal_key = *x_only_key(compressed_key);
  const auto output = output_key(internal_key, tap_tweak(internal_key, std::nullopt));
  if (!output) return fail(Errc::bad_input, Origin::key, "the public key has no taproot output key");
  return p2tr_script(output->key);
}

Result<std::string> address_of_key(ByteView compressed_key, AddressKind kind, Network network) {
  auto script = script_of_key(compressed_key, kind);
  if (!script) return script.failure();
  return *address_of_script(*script, network);
}

std::optional<AddressKind> kind_of_key(ByteView compressed_key, ByteView script) {
  for (const auto kind : {AddressKind::p2pkh, AddressKind::p2sh_p2wpkh, AddressKind::p2wpkh, AddressKind::p2tr}) {
    const auto ours = script_of_key(compressed_key, kind);
    if (ours && std::ranges::equal(*ours, script)) return kind;
  }
  return std::nullopt;
}

}  // namespace custos::wallet::btc
