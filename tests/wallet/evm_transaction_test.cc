#include <gtest/gtest.h>

#include <random>

#include "encode/rlp.h"
#include "hash/keccak.h"
#include "tests/wallet/evm_signer.h"

namespace custos::wallet::testing {
namespace {

using nlohmann::json;

class EvmTransaction : public ::testing::Test {
 protected:
  static Input input_of(const json& vector, std::string_view bytes) {
    Input input;
    input.bytes = bytes;
    input.without_replay_protection = vector.value("without_replay_protection", false);
    return input;
  }
  static void expect_answer(const Answer& answer, const json& vector) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    ASSERT_EQ(answer.error, "");
    EXPECT_EQ(answer.first_field, "raw");
    for (const auto* name : {"raw", "hash", "from", "r", "s"})
      EXPECT_EQ(answer.fields.at(name), vector.at(name).get<std::string>()) << name;
    const char* v = vector.contains("v") ? "v" : "yParity";
    EXPECT_EQ(answer.fields.at(v), vector.at(v).get<std::string>());
    EXPECT_EQ(answer.fields.size(), 6U);
  }

  EvmSigner signer_;
};

TEST_F(EvmTransaction, SignsEachTypeFromJson) {
  for (const auto& vector : test::vectors_of("wallet/evm_transactions.json")) {
    const std::string text = vector.at("transaction").dump();
    expect_answer(signer_.sign(input_of(vector, text)), vector);
  }
}

TEST_F(EvmTransaction, SignsEachTypeFromHexadecimalRlp) {
  for (const auto& vector : test::vectors_of("wallet/evm_transactions.json")) {
    const std::string text = "  " + vector.at("unsigned").get<std::string>() + "\n";
    expect_answer(signer_.sign(input_of(vector, text)), vector);
  }
}

TEST_F(EvmTransaction, SignsEachTypeFromBinaryRlp) {
  for (const auto& vector : test::vectors_of("wallet/evm_transactions.json")) {
    const Bytes bytes = *encode::from_hex(vector.at("unsigned").get<std::string>().substr(2));
    expect_answer(signer_.sign(input_of(vector, as_text(bytes))), vector);
  }
}

TEST_F(EvmTransaction, RefusesItsOwnOutputAsSignedAlready) {
  for (const auto& vector : test::vectors_of("wallet/evm_transactions.json")) {
    const auto answer = signer_.sign(input_of(vector, vector.at("raw").get<std::string>()));
    EXPECT_NE(answer.error.find("a signature is already there"), std::string::npos) << vector.at("name") << answer.error;
  }
}

TEST_F(EvmTransaction, RefusesEveryPrefixOfAnUnsignedTransaction) {
  for (const auto& vector : test::vectors_of("wallet/evm_transactions.json")) {
    const Bytes bytes = *encode::from_hex(vector.at("unsigned").get<std::string>().substr(2));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(signer_.sign(input_of(vector, as_text(ByteView(bytes).first(size)))).error, "") << vector.at("name") << size;
    }
  }
}

// What is canonical has one spelling: what was read and is written again for hashing is what was given, also after a change.
TEST_F(EvmTransaction, SignsTheHashOfTheVeryBytesThatItRead) {
  constexpr int kChanges = 300;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same changes in every run
  std::size_t taken = 0;
  for (const auto& vector : test::vectors_of("wallet/evm_transactions.json")) {
    const Bytes original = *encode::from_hex(vector.at("unsigned").get<std::string>().substr(2));
    for (int i = 0; i < kChanges; ++i) {
      Bytes changed = original;
      const std::size_t last = std::min<std::size_t>(changed.size(), 60);  // not only data
      for (auto k = random() % 3; k < 3; ++k) changed[random() % last] = static_cast<std::uint8_t>(random());
      Input input;
      input.bytes = as_text(changed);
      input.without_replay_protection = true;
      const auto read = evm().read(input, nullptr);
      if (!read) continue;
      ++taken;
      EXPECT_EQ(encode::to_hex((*read)->to_sign()[0].message), encode::to_hex(hash::keccak256(changed)));
    }
  }
  EXPECT_GT(taken, 500U);
}

// sidecar_json is a transaction with the sidecar that the vector describes.
json sidecar_json(const json& vector) {
  json transaction = vector.at("transaction");
  const auto filled = [](std::size_t byte, std::size_t size) {
    return "0x" + encode::to_hex(Bytes(size, static_cast<std::uint8_t>(byte)));
  };
  for (std::size_t i = 0; i < vector.at("blobs"); ++i) {
    std::string blob = "0x";
    for (int element = 0; element < 4096; ++element) blob += "00" + filled(0xA0 + i, 31).substr(2);
    transaction["blobs"].push_back(blob);
    transaction["commitments"].push_back(vector.at("commitments")[i]);
    for (std::size_t k = 0; k < vector.at("proofs_per_blob"); ++k) transaction["proofs"].push_back(filled(0xE0 + i, 48));
  }
  return transaction;
}

class EvmSidecar : public EvmTransaction {
 protected:
  static void expect_network_form(const Answer& answer, const json& vector) {
    ASSERT_EQ(answer.error, "");
    const Bytes raw = *encode::from_hex(answer.fields.at("raw").substr(2));
    EXPECT_EQ(raw.size(), vector.at("network_size"));
    EXPECT_EQ("0x" + encode::to_hex(hash::keccak256(raw)), vector.at("network_keccak256").get<std::string>());
    EXPECT_EQ(answer.fields.at("hash"), vector.at("hash").get<std::string>());
  }
};

TEST_F(EvmSidecar, GoesAlongInTheNetworkForm) {
  for (const auto& vector : test::vectors_of("wallet/evm_sidecars.json")) {
    const auto answer = signer_.sign(sidecar_json(vector));
    expect_network_form(answer, vector);
    EXPECT_NE(answer.facts.warnings.at(0).find("the blobs and their proofs were not verified"), std::string::npos);
  }
}

TEST_F(EvmSidecar, GivesTheVersionedHashesWhenTheyAreMissing) {
  for (const auto& vector : test::vectors_of("wallet/evm_sidecars.json")) {
    json transaction = sidecar_json(vector);
    transaction.erase("blobVersionedHashes");
    expect_network_form(signer_.sign(transaction), vector);
  }
}

// sidecar_rlp is the same as RLP: the type, and the list of the unsigned transaction, the version where there is one, and the
// sidecar.
Bytes sidecar_rlp(const json& vector) {
  const json transaction = sidecar_json(vector);
  const auto bytes_of = [](const json& text) { return *encode::from_hex(text.get<std::string>().substr(2)); };
  encode::RlpWriter out;
  const auto all = out.open_list();
  const Bytes fields = bytes_of(vector.at("unsigned"));
  out.put_encoded(ByteView(fields).subspan(1));
  if (vector.at("proofs_per_blob") != 1) out.put(std::uint64_t{1});
  for (const auto* name : {"blobs", "commitments", "proofs"}) {
    const auto list = out.open_list();
    for (const auto& item : transaction.at(name)) out.put(bytes_of(item));
    out.close_list(list);
  }
  out.close_list(all);
  Bytes rlp = out.take();
  rlp.insert(rlp.begin(), 0x03);
  return rlp;
}

TEST_F(EvmSidecar, IsReadFromTheUnsignedNetworkForm) {
  for (const auto& vector : test::vectors_of("wallet/evm_sidecars.json")) {
    const Bytes rlp = sidecar_rlp(vector);
    expect_network_form(signer_.sign(as_text(rlp)), vector);
  }
}

TEST_F(EvmSidecar, IsRefusedBesideASignedTransaction) {
  const json vector = test::vectors_of("wallet/evm_sidecars.json")[0];
  const auto answer = signer_.sign(sidecar_json(vector));
  EXPECT_EQ(signer_.sign(std::string_view(answer.fields.at("raw"))).error, "the transaction: a signature is already there");
}

TEST_F(EvmSidecar, IsRefusedWhenItDoesNotFit) {
  const json vector = test::vectors_of("wallet/evm_sidecars.json")[0];
  const auto refused = [&](auto change) {
    json transaction = sidecar_json(vector);
    change(transaction);
    return signer_.sign(transaction).error;
  };
  EXPECT_EQ(refused([](json& t) { t["blobVersionedHashes"][1] = t["blobVersionedHashes"][0]; }),
            "the transaction: blobVersionedHashes are not those of the commitments");
  EXPECT_EQ(refused([](json& t) { t["blobVersionedHashes"].erase(1); }),
            "the transaction: blobVersionedHashes are not those of the commitments");
  EXPECT_EQ(refused([](json& t) { t["commitments"].erase(1); }), "the transaction: as many commitments as blobs are wanted");
  EXPECT_EQ(refused([](json& t) { t["proofs"].erase(1); }),
            "the transaction: as many proofs as blobs are wanted, or 128 for each (EIP-7594)");
  EXPECT_EQ(refused([](json& t) { t["blobs"][0] = "0x00"; }), "the transaction: blobs: each has 131072 bytes");
  EXPECT_EQ(refused([](json& t) { t["commitments"][0] = "0x00"; }), "the transaction: commitments: each has 48 bytes");
  EXPECT_EQ(refused([](json& t) { t["proofs"][0] = "0x00"; }), "the transaction: proofs: each has 48 bytes");
  EXPECT_EQ(refused([](json& t) { t.erase("proofs"); }),
            "the transaction: proofs: missing: a sidecar is blobs, commitments and proofs");
}

}  // namespace
}  // namespace custos::wallet::testing
