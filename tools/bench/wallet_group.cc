// Transactions signed by a software key: an EIP-1559 transaction from its JSON to the raw one, beside libsecp256k1's own calls,
// and PSBTs from 10 to 5,000 inputs.
#include <secp256k1.h>

#include <array>
#include <string>

#include "custos/custos.h"
#include "encode/base64.h"
#include "encode/bech32.h"
#include "hash/digest.h"
#include "key/elliptic_curve.h"
#include "tools/bench/closed_loop.h"
#include "tools/bench/groups.h"
#include "tools/bench/plan.h"
#include "tools/bench/workbench.h"

namespace custos::bench {
namespace {

constexpr std::string_view kTransaction =
    R"({"type":"0x2","chainId":"0x1","nonce":"0x1f","to":"0x70997970C51812dc3A010C7d01b50e0d17dc79C8","value":"0x2386f26fc10000",)"
    R"("gas":"0x5208","maxFeePerGas":"0x6fc23ac00","maxPriorityFeePerGas":"0x3b9aca00","data":"0x"})";

constexpr std::array<std::size_t, 4> kInputs{10, 100, 1'000, 5'000};

class TransactionSubject final : public Subject {
 public:
  TransactionSubject(const TransactionSigner& signer, const TransactionView& view) : signer_(signer), view_(view) {}
  bool sign() noexcept override { return signer_.sign(view_).has_value(); }

 private:
  const TransactionSigner& signer_;
  const TransactionView view_;
};

// LibrarySubject is the floor: libsecp256k1 signs a digest and verifies what it signed.
class LibrarySubject final : public Subject {
 public:
  LibrarySubject() {
    scalar_.fill(0x42);
    if (secp256k1_ec_pubkey_create(context_, &key_, scalar_.data()) != 1) std::abort();
  }
  bool sign() noexcept override {
    ++digest_[0];
    secp256k1_ecdsa_signature signature;
    return secp256k1_ecdsa_sign(context_, &signature, digest_.data(), scalar_.data(), nullptr, nullptr) == 1 &&
           secp256k1_ecdsa_verify(context_, &signature, digest_.data(), &key_) == 1;
  }

 private:
  const secp256k1_context* const context_ = key::secp256k1_own_context();
  std::array<std::uint8_t, 32> scalar_{}, digest_{};
  secp256k1_pubkey key_{};
};

// --- A PSBT (BIP 174) of P2WPKH inputs, each with a parent of its own. ---

void number(Bytes& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
void size(Bytes& out, std::size_t value) {
  if (value < 0xFD) return number(out, value, 1);
  const unsigned bytes = value <= 0xFFFF ? 2 : 4;
  out.push_back(bytes == 2 ? 0xFD : 0xFE);
  number(out, value, bytes);
}
void append(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }
void field(Bytes& out, std::uint8_t type, ByteView value) {
  number(out, 1, 1);
  number(out, type, 1);
  size(out, value.size());
  append(out, value);
}
void output(Bytes& out, std::uint64_t value, ByteView script) {
  number(out, value, 8);
  size(out, script.size());
  append(out, script);
}

Bytes parent_of(std::uint32_t n, ByteView script) {
  Bytes out;
  number(out, 2, 4);
  number(out, 1, 1);
  append(out, Bytes(32, 0x11));
  number(out, n, 4);
  number(out, 0, 1);
  number(out, 0xFFFFFFFF, 4);
  number(out, 1, 1);
  output(out, 10'000, script);
  number(out, 0, 4);
  return out;
}

std::string psbt_of(std::size_t inputs, ByteView script) {
  Bytes spend, maps;
  number(spend, 2, 4);
  size(spend, inputs);
  for (std::size_t i = 0; i < inputs; ++i) {
    const Bytes parent = parent_of(static_cast<std::uint32_t>(i), script);
    append(spend, hash::sha256_of(hash::sha256_of(parent)));
    number(spend, 0, 4);
    number(spend, 0, 1);
    number(spend, 0xFFFFFFFD, 4);
    field(maps, 0x00, parent);
    number(maps, 0, 1);
  }
  number(spend, 1, 1);
  output(spend, inputs * 9'900, script);
  number(spend, 0, 4);
  Bytes psbt{'p', 's', 'b', 't', 0xFF};
  field(psbt, 0x00, spend);
  number(psbt, 0, 1);
  append(psbt, maps);
  number(psbt, 0, 1);  // the output's map
  std::string text(encode::base64_size(psbt.size()), '\0');
  encode::write_base64(psbt, text.data());
  return text;
}

// script_of is the output script of a P2WPKH address (BIP 141).
Result<Bytes> script_of(std::string_view address) {
  const auto read = encode::read_bech32(address);
  const auto program = read ? encode::from_groups(ByteView(read->groups).subspan(1)) : std::nullopt;
  if (!program) return fail(Errc::internal, Origin::none, "the benchmark's address is none");
  Bytes script{0x00, static_cast<std::uint8_t>(program->size())};
  append(script, *program);
  return script;
}

}  // namespace

Result<void> run_wallet_group(const Run& run) {
  auto home = TemporaryHome::make();
  if (!home) return home.failure();
  InitOptions fresh;
  fresh.home = home->path() / "home";
  fresh.without_token = true;
  if (auto made = init_home(fresh); !made) return made.failure();
  OpenOptions options;
  options.home = fresh.home;
  auto custodian = Custodian::open(options);
  if (!custodian) return custodian.failure();
  const Administration administration = custodian->administration();
  const auto signer_of = [&](std::string_view chain) -> Result<TransactionSigner> {
    const KeyName name{"software", std::string(chain)};
    auto key = administration.generate_key({name, "ecdsa-secp256k1", "chain:" + std::string(chain), ""});
    if (!key) return key.failure();
    return custodian->prepare_transaction_signer(name);
  };
  auto evm = signer_of("evm");
  if (!evm) return evm.failure();
  auto bitcoin = signer_of("bitcoin");
  if (!bitcoin) return bitcoin.failure();
  auto address = administration.key_address({"software", "bitcoin"}, {});
  if (!address) return address.failure();
  auto script = script_of(address->address);
  if (!script) return script.failure();

  std::vector<Case> cases;
  const auto add = [&](const std::string& subject, const std::string& title, const SubjectFactory& make) {
    cases.push_back({Measurement{"wallets", subject, title},
                     [make, &run] { return run_closed_loop(make, 1, run.effort.closed_loop, Rearming::counted); }});
  };
  add("library", "libsecp256k1, sign and verify", [] { return std::make_unique<LibrarySubject>(); });
  TransactionView transaction;
  transaction.chain = "evm";
  transaction.bytes = kTransaction;
  add("eip1559", "Custos, EIP-1559 from JSON", [&] { return std::make_unique<TransactionSubject>(*evm, transaction); });
  std::array<std::string, kInputs.size()> psbts;
  for (std::size_t i = 0; i < kInputs.size(); ++i) {
    psbts[i] = psbt_of(kInputs[i], *script);
    TransactionView view;
    view.chain = "bitcoin";
    view.bytes = psbts[i];
    if (auto done = bitcoin->sign(view); !done) return done.failure();
    add("psbt_" + std::to_string(kInputs[i]), "Custos, PSBT of " + std::to_string(kInputs[i]) + " inputs",
        [&, view] { return std::make_unique<TransactionSubject>(*bitcoin, view); });
  }
  if (auto done = evm->sign(transaction); !done) return done.failure();
  run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
