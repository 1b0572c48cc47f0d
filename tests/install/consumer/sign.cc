// Makes a home in the folder that its argument names, imports the secret of Binance's documented example into the home's token,
// signs the documented order and compares the signature with the documented one.
// Source of secret, order and signature: Binance API documentation, "SIGNED Endpoint Examples for POST /api/v3/order".
#include <custos/custos.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kApiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";
constexpr std::string_view kSecret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
constexpr std::string_view kBody =
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
constexpr std::string_view kSignature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";

[[noreturn]] void give_up(std::string_view step, const custos::Error& error) {
  std::cerr << step << ": " << custos::to_string(error.code) << ": " << error.detail << '\n';
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: consumer HOME\n";
    return 2;
  }
  const std::string home = argv[1];

  custos::InitOptions init;
  init.home = home;
  init.set_module_environment = true;
  if (auto report = custos::init_home(init); !report) give_up("init_home", report.error());

  custos::OpenOptions open;
  open.home = home;
  open.set_module_environment = true;
  auto custodian = custos::Custodian::open(open);
  if (!custodian) give_up("open", custodian.error());

  const std::vector<std::uint8_t> bytes(kSecret.begin(), kSecret.end());
  auto secret = custos::SecretBytes::copy_of(bytes);
  if (!secret) give_up("copy_of", secret.error());
  custos::CredentialSpec credential;
  credential.name = "binance-main";
  credential.venue = "binance";
  credential.api_key = kApiKey;
  credential.secret = std::move(*secret);
  if (auto added = custodian->administration().add_credential(std::move(credential)); !added) {
    give_up("add_credential", added.error());
  }

  auto signer = custodian->prepare_request_signer("binance-main");
  if (!signer) give_up("prepare_request_signer", signer.error());
  custos::RequestView request;
  request.method = "POST";
  request.path = "/api/v3/order";
  request.body = kBody;
  custos::SignedRequest answer;
  if (const custos::SignStatus status = signer->sign(request, answer); !status.ok()) {
    std::cerr << "sign: " << signer->explain(status, answer) << '\n';
    return 1;
  }
  if (answer.signature() != kSignature) {
    std::cerr << "expected the documented signature " << kSignature << ", got " << answer.signature() << '\n';
    return 1;
  }
  std::cout << "custos " << CUSTOS_VERSION << " signed " << answer.operation() << ": " << answer.signature() << '\n';
  return 0;
}
