#include "encode/quote.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/message.h"
#include "wallet/bitcoin/psbt_transaction.h"
#include "wallet/transaction.h"

namespace custos::wallet {
namespace {

Unexpected refuse(std::string detail) { return fail(Errc::bad_input, Origin::request, std::move(detail)); }

class BitcoinChain final : public Chain {
 public:
  [[nodiscard]] std::string_view name() const override { return "bitcoin"; }
  [[nodiscard]] std::string_view curve() const override { return "secp256k1"; }
  [[nodiscard]] std::string_view coin_unit() const override { return "BTC"; }
  [[nodiscard]] unsigned coin_decimals() const override { return 8; }

  [[nodiscard]] Result<std::unique_ptr<Transaction>> read(const Input& input, Keyring* keyring) const override {
    if (!input.chain_id.empty()) return refuse("bitcoin: what is signed names no chain id: leave it out, and say the network");
    if (input.scheme.empty()) return btc::read_psbt_transaction(input, keyring);
    if (input.scheme == "bitcoin" || input.scheme == "bip322") return btc::read_message(input, keyring);
    return refuse("bitcoin: no scheme of messages is " + encode::quoted(input.scheme) + ": it has \"bitcoin\" and \"bip322\"");
  }

  [[nodiscard]] Result<std::string> address(ByteView public_key, const AddressRequest& request) const override {
    const auto kind = btc::parse_address_kind(request.kind);
    if (!kind) return Unexpected{kind.error()};
    const auto network = btc::parse_network(request.network);
    if (!network) return Unexpected{network.error()};
    return btc::address_of_key(public_key, *kind, *network);
  }

  [[nodiscard]] Result<std::string> normal_address(std::string_view address) const override {
    return btc::normal_address(address);
  }
};

}  // namespace

const Chain& bitcoin() {
  static const BitcoinChain chain;
  return chain;
}

}  // namespace custos::wallet
