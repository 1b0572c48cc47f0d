// Off-chain messages of Solana.
#include <gtest/gtest.h>

#include "encode/hex.h"
#include "support/vectors.h"
#include "wallet/solana/offchain.h"
#include "wallet/solana_message_writer.h"
#include "wallet/solana_support.h"

namespace custos::wallet::testing {
namespace {

const SolanaKey kOurs(1), kOther(2);

// preamble is that of version 0, laid out by docs.anza.xyz/proposals/off-chain-message-signing, "Message Preamble".
Bytes preamble(std::uint8_t format, const std::vector<SolanaKey>& signers, std::size_t length, std::uint8_t application = 0) {
  Bytes out;
  put(out, as_bytes(std::string_view("\xffsolana offchain")));
  out.push_back(0);
  out.resize(out.size() + 32, application);
  out.push_back(format);
  out.push_back(static_cast<std::uint8_t>(signers.size()));
  for (const auto& signer : signers) put(out, signer.public_key);
  out.push_back(static_cast<std::uint8_t>(length));
  out.push_back(static_cast<std::uint8_t>(length >> 8U));
  return out;
}

Bytes message_of(std::uint8_t format, std::string_view text) {
  Bytes out = preamble(format, {kOurs}, text.size());
  put(out, as_bytes(text));
  return out;
}

std::string refusal(std::string_view text) {
  const auto read = read_solana(text, kOurs, "solana");
  return read ? "read" : read.error().detail;
}

void expect_format(std::string_view text, std::uint8_t format) {
  const auto read = read_solana(text, kOurs, "solana");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->to_sign()[0].message, message_of(format, text));
}

TEST(SolanaOffchain, SignsTheTextBehindItsPreamble) {
  const auto read = read_solana("Test Message", kOurs, "solana");
  ASSERT_TRUE(read) << read.error().detail;
  const Bytes message = message_of(0, "Test Message");
  ASSERT_EQ((*read)->to_sign().size(), 1U);
  EXPECT_EQ((*read)->to_sign()[0].message, message);
  EXPECT_EQ((*read)->to_sign()[0].kind, SignatureKind::ed25519);
  const facts::TransactionFacts& facts = (*read)->facts();
  EXPECT_EQ(facts.kind, "Solana off-chain message, version 0");
  EXPECT_EQ(facts.text, "Test Message");
  EXPECT_EQ(facts.from, kOurs.address());
  EXPECT_EQ(facts.reachable, facts::ClassSet{facts::OperationClass::session});
  const Signed answer = assembled(**read, kOurs);
  EXPECT_EQ(field_of(answer, "signature"), sol::to_base58(kOurs.sign(message)));
  EXPECT_EQ(field_of(answer, "message"), encode::to_hex(message));
}

TEST(SolanaOffchain, SignsWhatTheKitSigns) {
  constexpr const char* kFile = "wallet/solana_offchain.json";
  std::array<std::uint8_t, 32> seed{};
  std::ranges::copy(test::hex(test::vectors_of(kFile, "seed")), seed.begin());
  const SolanaKey key(seed);
  for (const auto& vector : test::vectors_of(kFile)) {
    SCOPED_TRACE(vector.at("name"));
    const auto text = vector.at("text").get<std::string>();
    const Bytes whole = vector.contains("input") ? test::hex(vector.at("input")) : Bytes();
    const auto read = read_solana(whole.empty() ? text : as_text(whole), key, "solana");
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ((*read)->facts().text, text);
    const Signed answer = assembled(**read, key);
    EXPECT_EQ(field_of(answer, "message"), vector.at("message").get<std::string>());
    EXPECT_EQ(field_of(answer, "signature"), vector.at("signature").get<std::string>());
    const auto& effects = (*read)->facts().effects;
    EXPECT_EQ(effects.empty() ? "" : effects[0].to, vector.value("application", ""));
  }
}

TEST(SolanaOffchain, HasTheNarrowestFormatThatHoldsTheText) {
  constexpr std::size_t kRoom = 1232 - 85;  // behind the preamble of one signer
  expect_format(" ~", 0);
  expect_format(std::string(kRoom, 'a'), 0);
  expect_format(std::string(kRoom + 1, 'a'), 2);
  expect_format("two\nlines", 1);
  expect_format("\xd0\xa2", 1);
  expect_format("\x7f", 1);
  expect_format(std::string(kRoom - 1, 'a') + "\n", 1);
  expect_format(std::string(kRoom, 'a') + "\n", 2);
  expect_format(std::string(65'535 - 85, 'a'), 2);
}

TEST(SolanaOffchain, ThatIsNotSeenAsWhatItIsIsOfTheUnknownClass) {
  const facts::ClassSet classes{facts::OperationClass::session, facts::OperationClass::unknown};
  for (const std::string text : {"pay \u202E1000", "\u061C", "a\u200Eb", "zero\u200Bwidth", "\x1b[2J", "\x7f"}) {
    const auto read = read_solana(text, kOurs, "solana");
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ((*read)->facts().reachable, classes);
    EXPECT_EQ((*read)->facts().text, "");
    EXPECT_EQ((*read)->facts().undecoded.size(), 1U);
    EXPECT_EQ((*read)->to_sign().size(), 1U);
  }
}

TEST(SolanaOffchain, RefusesTextThatNoFormatHolds) {
  const std::string why = "the text of an off-chain message is empty, no UTF-8, or with its preamble longer than 65535 bytes";
  EXPECT_EQ(refusal(""), why);
  EXPECT_EQ(refusal("\xff"), why);
  EXPECT_EQ(refusal("\xc3"), why);
  EXPECT_EQ(refusal(std::string(65'536 - 85, 'a')), why);
}

TEST(SolanaOffchain, TakesAMessageThatHasItsPreamble) {
  Bytes message = preamble(0, {kOther, kOurs}, 2, 9);
  put(message, as_bytes("hi"));
  const auto read = read_solana(as_text(message), kOurs, "solana");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->to_sign()[0].message, message);
  EXPECT_EQ((*read)->facts().text, "hi");
  ASSERT_EQ((*read)->facts().effects.size(), 1U);
  EXPECT_EQ((*read)->facts().effects[0].to, sol::to_base58(Bytes(32, 9)));
}

TEST(SolanaOffchain, RefusesAPreambleThatIsNotOfItsText) {
  const Bytes good = message_of(0, "hi");
  ASSERT_EQ(refusal(as_text(good)), "read");
  const auto changed = [&](std::size_t at, std::uint8_t value) {
    Bytes bytes = good;
    bytes[at] = value;
    return refusal(as_text(bytes));
  };
  EXPECT_EQ(changed(16, 1), "the off-chain message has version 1, not 0");
  EXPECT_EQ(changed(49, 3), "the off-chain message has the unknown format 3");
  EXPECT_EQ(changed(49, 1), "read");  // a wider format than need be
  EXPECT_EQ(changed(50, 0), "the off-chain message has no signer");
  EXPECT_EQ(changed(50, 2), "the off-chain message is cut off");
  EXPECT_EQ(changed(83, 1), "the off-chain message lies about its length");
  EXPECT_EQ(changed(83, 3), "the off-chain message lies about its length");
  EXPECT_EQ(changed(85, '\n'), "the text of the off-chain message is not what its format 0 allows");
  EXPECT_EQ(changed(51, 0).substr(0, 34), "the message does not list the key ");
  for (std::size_t size = 16; size < good.size(); ++size) {
    EXPECT_NE(refusal(as_text(ByteView(good).first(size))), "read") << size;
  }
  const Bytes none = preamble(0, {kOurs}, 0);
  EXPECT_NE(refusal(as_text(none)), "read");
}

// What is signed as a message can be no transaction, and the other way round.
TEST(SolanaOffchain, IsNoTransaction) {
  for (const std::string text : {"a", "\x01 text", "\n"}) {
    const auto read = read_solana(text, kOurs, "solana");
    ASSERT_TRUE(read);
    const Bytes& message = (*read)->to_sign()[0].message;
    EXPECT_EQ(message[0], 0xFF);
    EXPECT_FALSE(sol::read_message(message));
    EXPECT_FALSE(read_solana(as_text(message), kOurs));
  }
}

TEST(SolanaOffchain, IsInspectedWithoutAKey) {
  Input input;
  input.bytes = "hello";
  input.scheme = "solana";
  const auto read = solana().read(input, nullptr);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->facts().text, "hello");
  EXPECT_TRUE((*read)->to_sign().empty());
}

}  // namespace
}  // namespace custos::wallet::testing
