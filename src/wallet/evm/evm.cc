#include <algorithm>
#include <array>
#include <string>

#include "base/trimmed.h"
#include "encode/hex.h"
#include "encode/quote.h"
#include "hash/keccak.h"
#include "wallet/evm/json_transaction.h"
#include "wallet/evm/message.h"
#include "wallet/evm/one_signature.h"
#include "wallet/evm/rlp_transaction.h"
#include "wallet/evm/transaction_facts.h"
#include "wallet/evm/typed_data.h"
#include "wallet/evm/typed_data_domains.h"
#include "wallet/json_input.h"
#include "wallet/transaction.h"

namespace custos::wallet {
namespace {

using namespace ethereum;  // NOLINT(google-build-using-namespace): this file is its face

using ReadTransaction = Result<std::unique_ptr<Transaction>>;

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::request, std::move(why)); }

constexpr std::string_view kLeave = "--without-replay-protection";  // for what is good on every chain

constexpr std::string_view kAnyCoin = "coin";  // of a chain whose coin is not known

// kEtherChains are those whose coin is ether: Ethereum, OP Mainnet, zkSync Era, Base, Arbitrum One, Linea, Scroll, and the test
// networks Holesky, Hoodi and Sepolia (github.com/ethereum-lists/chains).
constexpr auto kEtherChains =
    std::to_array<std::string_view>({"1", "10", "324", "8453", "42161", "59144", "534352", "17000", "560048", "11155111"});

class EvmTransaction final : public OneSignature {
 public:
  EvmTransaction(UnsignedTransaction transaction, Preimage preimage, const Signer& signer)
      : OneSignature(describe(transaction, signer.address), preimage.digest(), signer),
        preimage_(std::move(preimage)),
        is_legacy_(transaction.type == TransactionType::legacy),
        sidecar_(std::move(transaction.sidecar)) {}

 private:
  [[nodiscard]] Signed answer(const EcdsaFields& signature) const override {
    const Bytes raw = preimage_.with_signature(signature);
    Signed answer{{.name = "raw", .value = hex_text(sidecar_ ? with_sidecar(raw, *sidecar_) : raw)},
                  {.name = "hash", .value = hex_text(hash::keccak256(raw))}};
    add_signature(answer, facts().from, signature, is_legacy_ ? "v" : "yParity", preimage_.v(signature.y_parity));
    return answer;
  }

  const Preimage preimage_;
  const bool is_legacy_;
  const std::optional<BlobSidecar> sidecar_;
};

class AuthorizationToSign final : public OneSignature {
 public:
  AuthorizationToSign(const Authorization& authorization, const Digest32& digest, const Signer& signer)
      : OneSignature(describe_authorization(authorization, signer.address), digest, signer),
        authorization_(authorization),
        digest_(digest) {}

 private:
  [[nodiscard]] Signed answer(const EcdsaFields& signature) const override {
    const Json authorization{{"chainId", quantity_text(authorization_.chain_id)},
                             {"address", address_text(authorization_.address)},
                             {"nonce", quantity_text(authorization_.nonce)},
                             {"yParity", quantity_text(signature.y_parity)},
                             {"r", quantity_text(signature.r)},
                             {"s", quantity_text(signature.s)}};
    Signed answer{{.name = "authorization", .value = authorization.dump(), .json = true},
                  {.name = "hash", .value = hex_text(digest_)}};
    add_signature(answer, facts().from, signature, "yParity", signature.y_parity);
    return answer;
  }

  const Authorization authorization_;
  const Digest32 digest_;
};

// read_given takes JSON, "0x…" or the bytes themselves: neither a type nor a list's header is a space, a brace or a digit.
Result<GivenTransaction> read_given(const Input& input) {
  const std::string_view text = trimmed(input.bytes);
  if (text.starts_with('{')) return read_json_transaction(text);
  Bytes bytes;
  if (text.starts_with("0x")) {
    auto decoded = encode::from_hex(text.substr(2));
    if (!decoded) return refuse("the transaction: 0x is not followed by pairs of hexadecimal digits");
    bytes = std::move(*decoded);
  } else if (!text.empty() && input.bytes.starts_with(text) && !(text[0] >= ' ' && text[0] <= '~')) {
    bytes.assign(input.bytes.begin(), input.bytes.end());
  } else {
    return refuse("the transaction is neither JSON nor RLP, in hexadecimal with 0x in front or binary");
  }
  auto transaction = read_rlp_transaction(bytes);
  if (!transaction) return transaction.failure();
  return GivenTransaction{.transaction = std::move(*transaction), .from = {}};
}

// check_chain_id compares with the one that the caller means.
Result<void> check_chain_id(std::optional<std::uint64_t> chain_id, std::string_view meant) {
  if (meant.empty()) return {};
  if (!chain_id) return refuse("it names no chain, but chain id " + encode::quoted(meant) + " is meant");
  const auto number = Uint256::parse(meant);
  if (!number) return refuse("the chain id " + encode::quoted(meant) + " is no number");
  if (*number == Uint256(*chain_id)) return {};
  return refuse("chainId is " + std::to_string(*chain_id) + ", but " + number->decimal() + " is meant");
}

Result<void> check_from(const std::optional<Address>& from, const std::optional<Address>& signer) {
  if (!from || !signer || *from == *signer) return {};
  return refuse("from is " + address_text(*from) + ", but the key's address is " + address_text(*signer));
}

ReadTransaction read_transaction(const Input& input, Keyring* keyring) {
  auto given = read_given(input);
  if (!given) return given.failure();
  UnsignedTransaction& transaction = given->transaction;
  if (!transaction.chain_id && !input.without_replay_protection) {
    return refuse("the transaction: chainId is missing: without it, it is good on every chain (EIP-155), which needs " +
                  std::string(kLeave));
  }
  if (auto checked = check(transaction); !checked) return checked.failure();
  if (auto checked = check_chain_id(transaction.chain_id, input.chain_id); !checked) return checked.failure();
  auto signer = signer_of(keyring);
  if (!signer) return signer.failure();
  if (auto checked = check_from(given->from, signer->address); !checked) return checked.failure();
  if (!signer->address) signer->address = given->from;
  Preimage preimage(transaction);
  std::unique_ptr<Transaction> ready = std::make_unique<EvmTransaction>(std::move(transaction), std::move(preimage), *signer);
  return ready;
}

ReadTransaction read_authorization(const Input& input, Keyring* keyring) {
  const auto authorization = read_json_authorization(input.bytes);
  if (!authorization) return Unexpected{authorization.error()};
  if (authorization->chain_id == 0 && !input.without_replay_protection) {
    return refuse("the authorization: chainId is 0: it would be good on every chain (EIP-7702), which needs " +
                  std::string(kLeave));
  }
  if (auto checked = check_chain_id(chain_of(*authorization), input.chain_id); !checked) return checked.failure();
  const auto signer = signer_of(keyring);
  if (!signer) return Unexpected{signer.error()};
  std::unique_ptr<Transaction> ready =
      std::make_unique<AuthorizationToSign>(*authorization, authorization_digest(*authorization), *signer);
  return ready;
}

// Scheme is one kind of input, of at most so many MiB: transactions may have blobs.
struct Scheme {
  std::string_view name;
  ReadTransaction (*read)(const Input&, Keyring*);
  std::size_t most_mib = 1;
};
constexpr auto kSchemes = std::to_array<Scheme>({
    {"", read_transaction, 16},
    {"eip191", read_message},
    {"eip712", read_typed_data},
    {"eip7702", read_authorization},
});

class EvmChain final : public Chain {
 public:
  [[nodiscard]] std::string_view name() const override { return "evm"; }
  [[nodiscard]] std::string_view curve() const override { return "secp256k1"; }
  [[nodiscard]] std::string_view coin_unit() const override { return "ETH"; }
  [[nodiscard]] std::string_view coin_unit_on(std::string_view chain_id) const override {
    return std::ranges::find(kEtherChains, chain_id) == kEtherChains.end() ? kAnyCoin : coin_unit();
  }
  [[nodiscard]] unsigned coin_decimals() const override { return 18; }

  [[nodiscard]] ReadTransaction read(const Input& input, Keyring* keyring) const override {
    const auto scheme = std::ranges::find(kSchemes, input.scheme, &Scheme::name);
    if (scheme == kSchemes.end()) {
      return refuse("evm: the scheme " + encode::quoted(input.scheme) + " is none of eip191, eip712, eip7702");
    }
    if (input.bytes.size() > scheme->most_mib << 20U) {
      return refuse("evm: the input is larger than " + std::to_string(scheme->most_mib) + " MiB");
    }
    return scheme->read(input, keyring);
  }

  [[nodiscard]] Result<std::string> address(ByteView public_key, const AddressRequest& request) const override {
    if (!request.kind.empty()) return refuse("evm: addresses have no kinds: " + encode::quoted(request.kind));
    auto address = address_of_key(public_key);
    if (!address) return address.failure();
    return address_text(*address);
  }

  [[nodiscard]] Result<std::string> normal_address(std::string_view text) const override {
    auto address = parse_address(text, "the address");
    if (!address) return address.failure();
    return address_text(*address);
  }

  [[nodiscard]] Result<std::string> normal_asset(std::string_view asset) const override {
    if (asset == kAnyCoin) return std::string();
    return is_hyperliquid_asset(asset) ? std::string(asset) : Chain::normal_asset(asset);
  }

  [[nodiscard]] Result<std::string> normal_chain_id(std::string_view chain_id) const override {
    const auto number = Uint256::parse(chain_id);
    if (!number) return refuse(encode::quoted(chain_id) + " is no chain id of evm: a number, as 1");
    return number->decimal();
  }
};

}  // namespace

const Chain& evm() {
  static const EvmChain chain;
  return chain;
}

}  // namespace custos::wallet
