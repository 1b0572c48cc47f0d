// SignDoc: what a wallet is asked to sign, in whichever form it comes, read whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wallet/cosmos/message.h"

namespace custos::wallet::cosmos_sdk {

// The sign modes (cosmos-sdk, proto/cosmos/tx/signing/v1beta1/signing.proto).
inline constexpr std::uint64_t kDirectMode = 1;
inline constexpr std::uint64_t kAminoMode = 127;

// Signer is one of AuthInfo.signer_infos.
struct Signer {
  std::string key_type;    // the public key's type URL; empty: none is named
  std::string public_key;  // of secp256k1, compressed; empty: none, or of another type
  std::uint64_t mode = 0;  // 0: of a multisig key
  std::uint64_t sequence = 0;
};

// SignDoc of SIGN_MODE_DIRECT, or an amino StdSignDoc.
struct SignDoc {
  std::uint64_t mode = kDirectMode;
  std::string chain_id;
  Message body, fee;
  std::uint64_t sequence = 0;               // amino: of the signer
  std::vector<Signer> signers;              // direct
  std::string body_bytes, auth_info_bytes;  // what TxRaw repeats; of amino the first only
  std::string sign_bytes;
};

// read_sign_doc reads protobuf (binary, base64 or hexadecimal), or JSON: of cosmjs and WalletConnect {"bodyBytes",
// "authInfoBytes", "chainId", "accountNumber"}, in either spelling, or a StdSignDoc. Errors: bad_input.
[[nodiscard]] Result<SignDoc> read_sign_doc(std::string_view input);

// amino_auth_info is the AuthInfo of an amino transaction whose only signer has this public key.
[[nodiscard]] std::string amino_auth_info(const SignDoc& doc, std::string_view public_key);

// ArbitraryMessage is one of ADR-036: no transaction, whatever it says.
struct ArbitraryMessage {
  std::string signer;  // empty: whoever signs
  std::string data;
};

// read_arbitrary reads a StdSignDoc with one sign/MsgSignData, or takes the whole input as the data of a message. Errors:
// bad_input.
[[nodiscard]] Result<ArbitraryMessage> read_arbitrary(std::string_view input);
// arbitrary_sign_bytes are what is signed of it.
[[nodiscard]] std::string arbitrary_sign_bytes(const ArbitraryMessage& message);

}  // namespace custos::wallet::cosmos_sdk
