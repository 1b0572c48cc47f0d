// Addresses of Bitcoin: base58check for p2pkh and p2sh, bech32 and bech32m for witness programs (BIP 173, BIP 350).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"

namespace custos::wallet::btc {

enum class Network : std::uint8_t { main, test, signet, regtest };
[[nodiscard]] std::string_view to_string(Network network) noexcept;
// parse_network reads "main", "test", "signet", "regtest"; empty is main. Errors: bad_input.
[[nodiscard]] Result<Network> parse_network(std::string_view name);

// AddressKind is how a key receives coins.
enum class AddressKind : std::uint8_t { p2pkh, p2sh_p2wpkh, p2wpkh, p2tr };
[[nodiscard]] std::string_view to_string(AddressKind kind) noexcept;
// parse_address_kind reads "p2pkh", "p2sh-p2wpkh", "p2wpkh", "p2tr"; empty is p2wpkh. Errors: bad_input.
[[nodiscard]] Result<AddressKind> parse_address_kind(std::string_view name);

// address_of_script is the address that stands for a scriptPubKey; nothing where none does (p2pk, bare multisig, OP_RETURN).
[[nodiscard]] std::optional<std::string> address_of_script(ByteView script, Network network);
// script_of_address is the scriptPubKey that an address of that network stands for. Errors: bad_input: no address, or another
// network's.
[[nodiscard]] Result<Bytes> script_of_address(std::string_view address, Network network);
// normal_address is the one spelling of an address of any network: bech32 in lower case. Errors: bad_input.
[[nodiscard]] Result<std::string> normal_address(std::string_view address);

// redeem_script_of_key is the redeem script of p2sh-p2wpkh (BIP 49).
[[nodiscard]] Bytes redeem_script_of_key(ByteView compressed_key);
// script_of_key is the scriptPubKey of a compressed key; p2tr is that of BIP 86: no script path. Errors: bad_input, when it is no
// compressed point of the curve.
[[nodiscard]] Result<Bytes> script_of_key(ByteView compressed_key, AddressKind kind);
[[nodiscard]] Result<std::string> address_of_key(ByteView compressed_key, AddressKind kind, Network network);
// kind_of_key says by which of its four addresses' scripts a key owns `script`; nothing when by none.
[[nodiscard]] std::optional<AddressKind> kind_of_key(ByteView compressed_key, ByteView script);

}  // namespace custos::wallet::btc
