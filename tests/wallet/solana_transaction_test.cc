// Solana's transactions: what is read, what is refused, and how a signature gets its place.
#include <gtest/gtest.h>

#include "encode/base58.h"
#include "encode/base64.h"
#include "encode/hex.h"
#include "wallet/solana_message_writer.h"
#include "wallet/solana_support.h"

namespace custos::wallet::testing {
namespace {

using facts::OperationClass;

const SolanaKey kOurs(1), kOther(2), kThird(3);

// transfer is a message of ours that sends 5 lamports to the third key, by the system program, whose key is zero.
sol::Message transfer() {
  sol::Message message;
  message.signers = 1;
  message.readonly_others = 1;
  message.keys = {kOurs.public_key, kThird.public_key, sol::PublicKey{}};
  message.recent_blockhash.fill(7);
  message.instructions = {{2, {0, 1}, {2, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0}}};
  return message;
}

// with_two_signers has another that pays the fee, in front of us.
sol::Message with_two_signers() {
  sol::Message message = transfer();
  message.signers = 2;
  message.keys.insert(message.keys.begin(), kOther.public_key);
  message.instructions = {{3, {1, 2}, message.instructions[0].data}};
  return message;
}

sol::Message with_lookup() {
  sol::Message message = transfer();
  message.version_0 = true;
  message.lookups = {{kThird.public_key, {4}, {9}}};
  message.instructions[0].accounts = {0, 3};
  return message;
}

// transaction is a message with signatures in front.
Bytes transaction(const Bytes& message, const std::vector<sol::Signature>& signatures) {
  Bytes out;
  put_count(out, signatures.size());
  for (const auto& signature : signatures) put(out, signature);
  put(out, message);
  return out;
}

std::string_view text_of(const Bytes& bytes) { return as_text(bytes); }

std::string refusal(std::string_view bytes, const SolanaKey& key = kOurs) {
  const auto read = read_solana(bytes, key);
  if (read) return "read";
  EXPECT_EQ(read.error().code, Errc::bad_input);
  return read.error().detail;
}
std::string refusal(const sol::Message& message) { return refusal(text_of(write_message(message))); }

TEST(SolanaTransaction, IsReadInEachForm) {
  const Bytes message = write_message(transfer());
  const Bytes whole = transaction(message, {sol::Signature{}});
  for (const Bytes& bytes : {message, whole}) {
    std::vector<std::string> forms{std::string(text_of(bytes)), encode::to_base64(bytes), encode::to_hex(bytes),
                                   "0x" + encode::to_hex(bytes), " " + encode::to_base64(bytes) + "\r\n"};
    if (bytes.size() <= 128) forms.push_back(sol::to_base58(bytes));
    for (const auto& form : forms) {
      const auto read = read_solana(form, kOurs);
      ASSERT_TRUE(read) << form << ": " << read.error().detail;
      ASSERT_EQ((*read)->to_sign().size(), 1U);
      EXPECT_EQ((*read)->to_sign()[0].message, message);
      EXPECT_EQ((*read)->to_sign()[0].kind, SignatureKind::ed25519);
      const Signed answer = assembled(**read, kOurs);
      EXPECT_EQ(field_of(answer, "raw"), encode::to_base64(transaction(message, {kOurs.sign(message)})));
      EXPECT_EQ(field_of(answer, "signature"), sol::to_base58(kOurs.sign(message)));
      EXPECT_EQ(field_of(answer, "id"), sol::to_base58(kOurs.sign(message)));
      EXPECT_EQ(field_of(answer, "complete"), "true");
    }
  }
}

TEST(SolanaTransaction, IsReadInBase58) {
  // The transaction of IsReadInEachForm, as bs58 4.0.1 (npm) writes it.
  const Bytes whole = transaction(write_message(transfer()), {sol::Signature{}});
  const std::string base58 =
      "3md7BBV9wFjYGnMWcMNyAZcjca2HGfXWZkrU8vvho66z2sJMZFcx6HZdBiAddjo2kzgBv3uZoac3domBRjJJSXkbBvokxRuWWrtWcBa3Q2QSDVg8hF1bJZgnof"
      "VjZQHirwXM7dVdzFmMcKKVckPadX9euXRXaxmnSU5bb9Lmoijvu8VoZn6kYsTbr5KCxC5ZtTSTDioC42q6EUA7n6XRVz6Y9U9dj3a8v5uMvFBiJYhV3jQJ5RT7"
      "pDidNP79fMEdC4AXS4oTsh5swFwsHtuGMmtJAz3AY4TKPzHrX";
  const auto read = read_solana(base58, kOurs);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->to_sign()[0].message, write_message(transfer()));
  EXPECT_EQ(refusal(base58.substr(0, base58.size() - 1)).substr(0, 22), "this is no transaction");
}

TEST(SolanaTransaction, KeepsTheSignaturesOfOthers) {
  const Bytes message = write_message(with_two_signers());
  const sol::Signature other = kOther.sign(message);
  const auto read = read_solana(text_of(transaction(message, {other, sol::Signature{}})), kOurs);
  ASSERT_TRUE(read) << read.error().detail;
  const Signed answer = assembled(**read, kOurs);
  EXPECT_EQ(field_of(answer, "raw"), encode::to_base64(transaction(message, {other, kOurs.sign(message)})));
  EXPECT_EQ(field_of(answer, "signature"), sol::to_base58(kOurs.sign(message)));
  EXPECT_EQ(field_of(answer, "id"), sol::to_base58(other));
  EXPECT_EQ(field_of(answer, "complete"), "true");
}

TEST(SolanaTransaction, LeavesThePlacesOfOthersEmpty) {
  const Bytes message = write_message(with_two_signers());
  const auto read = read_solana(text_of(message), kOurs);
  ASSERT_TRUE(read) << read.error().detail;
  const Signed answer = assembled(**read, kOurs);
  EXPECT_EQ(field_of(answer, "raw"), encode::to_base64(transaction(message, {sol::Signature{}, kOurs.sign(message)})));
  EXPECT_EQ(field_of(answer, "id"), "");
  EXPECT_EQ(field_of(answer, "complete"), "false");
  EXPECT_TRUE(answer.back().json);
}

TEST(SolanaTransaction, OfAnotherPayerSaysSo) {
  const auto read = read_solana(text_of(write_message(with_two_signers())), kOurs);
  ASSERT_TRUE(read) << read.error().detail;
  const auto& facts = (*read)->facts();
  EXPECT_EQ(facts.from, kOurs.address());
  ASSERT_EQ(facts.effects.size(), 2U);
  EXPECT_EQ(facts.effects[0].what, "pays the fee");
  EXPECT_EQ(facts.effects[0].to, kOther.address());
  EXPECT_EQ(facts.fee, Uint256(10'000));
}

TEST(SolanaTransaction, HasItsMemosAsText) {
  sol::Message message = transfer();
  message.readonly_others = 2;
  message.keys.push_back({});
  std::ranges::copy(*encode::read_base58("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr"), message.keys[3].begin());
  const auto text = [&message] { return (*read_solana(text_of(write_message(message)), kOurs))->facts().text; };
  EXPECT_EQ(text(), "");
  message.instructions.push_back({3, {}, {'1', '0', '4'}});
  EXPECT_EQ(text(), "104");
  message.instructions.push_back({3, {}, {'x'}});
  EXPECT_EQ(text(), "104\nx");
}

TEST(SolanaTransaction, IsInspectedWithoutAKey) {
  Input input;
  const Bytes message = write_message(transfer());
  const Bytes whole = transaction(message, {kOurs.sign(message)});
  input.bytes = text_of(whole);
  const auto read = solana().read(input, nullptr);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->facts().from, kOurs.address());
  EXPECT_TRUE((*read)->to_sign().empty());
  EXPECT_FALSE((*read)->assemble({}));
}

TEST(SolanaTransaction, OfAnotherKeyIsRefusedByItsName) {
  EXPECT_EQ(refusal(text_of(write_message(transfer())), kOther),
            "the message does not list the key " + kOther.address() + " among its signers: " + kOurs.address());
  // An account that does not sign is no signer.
  EXPECT_EQ(refusal(text_of(write_message(transfer())), kThird),
            "the message does not list the key " + kThird.address() + " among its signers: " + kOurs.address());
}

TEST(SolanaTransaction, WithOurSignatureIsRefused) {
  const Bytes message = write_message(transfer());
  const std::string there = "a signature of " + kOurs.address() + " is already there";
  EXPECT_EQ(refusal(text_of(transaction(message, {kOurs.sign(message)}))), there);
  sol::Signature wrong{};
  wrong[63] = 1;
  EXPECT_EQ(refusal(text_of(transaction(message, {wrong}))), there);
}

TEST(SolanaTransaction, WithAnothersWrongSignatureIsRefused) {
  const Bytes message = write_message(with_two_signers());
  sol::Signature other = kOther.sign(message);
  other[0] ^= 1;
  EXPECT_EQ(refusal(text_of(transaction(message, {other, sol::Signature{}}))),
            "the signature of " + kOther.address() + " that is there is wrong");
  EXPECT_EQ(refusal(text_of(transaction(message, {kOurs.sign(message), sol::Signature{}}))),
            "the signature of " + kOther.address() + " that is there is wrong");
}

TEST(SolanaTransaction, WithAnotherNumberOfSignaturesIsRefused) {
  const Bytes message = write_message(with_two_signers());
  for (const std::size_t count : {0U, 1U, 3U}) {
    const Bytes bytes = transaction(message, std::vector<sol::Signature>(count));
    EXPECT_NE(refusal(text_of(bytes)).find("it has " + std::to_string(count) + " signatures, and its header wants 2"),
              std::string::npos)
        << refusal(text_of(bytes));
  }
}

TEST(SolanaTransaction, IsRefusedWhereAByteIsMissingOrTooMuch) {
  for (const auto& message : {transfer(), with_two_signers(), with_lookup()}) {
    const Bytes bare = write_message(message);
    for (const Bytes& bytes : {bare, transaction(bare, std::vector<sol::Signature>(message.signers))}) {
      ASSERT_EQ(refusal(text_of(bytes)), "read");
      for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_NE(refusal(text_of(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)))), "read") << size;
      }
      Bytes longer = bytes;
      longer.push_back(0);
      EXPECT_NE(refusal(text_of(longer)).find("1 bytes stand behind its end"), std::string::npos) << refusal(text_of(longer));
    }
  }
}

TEST(SolanaTransaction, WithAnOverlongLengthIsRefused) {
  const Bytes message = write_message(transfer());
  const std::size_t keys = 3;  // where the number of keys stands
  for (const Bytes& count :
       {Bytes{0x83, 0x00}, Bytes{0x83, 0x80, 0x00}, Bytes{0x83, 0x80, 0x04}, Bytes{0x83, 0x80, 0x80, 0x00}}) {
    Bytes bytes = message;
    bytes.erase(bytes.begin() + keys);
    bytes.insert(bytes.begin() + keys, count.begin(), count.end());
    EXPECT_NE(refusal(text_of(bytes)).find("the length of the account keys is no canonical compact-u16"), std::string::npos)
        << refusal(text_of(bytes));
  }
  Bytes whole{0x81, 0x00};
  put(whole, sol::Signature{});
  put(whole, message);
  EXPECT_EQ(refusal(text_of(whole)), "its version is 1, which is not known");  // what begins so is no count
}

TEST(SolanaTransaction, OfAnUnknownVersionIsRefused) {
  Bytes bytes = write_message(with_lookup());
  for (const unsigned version : {1U, 2U, 127U}) {
    bytes[0] = static_cast<std::uint8_t>(0x80U | version);
    EXPECT_EQ(refusal(text_of(bytes)), "its version is " + std::to_string(version) + ", which is not known");
    EXPECT_NE(refusal(text_of(transaction(bytes, {sol::Signature{}}))).find("its version is"), std::string::npos);
  }
}

TEST(SolanaTransaction, WithAnInconsistentHeaderIsRefused) {
  const auto wrong = [](auto change, std::string_view why) {
    sol::Message message = with_lookup();
    change(message);
    EXPECT_EQ(refusal(message), why);
  };
  wrong([](auto& m) { m.signers = 0; }, "it has no signer");
  wrong([](auto& m) { m.readonly_signers = 1; }, "no signer is writable, so that nobody pays the fee");
  wrong([](auto& m) { m.readonly_others = 3; }, "its header counts more accounts than its 3 keys");
  wrong([](auto& m) { m.signers = 4; }, "its header counts more accounts than its 3 keys");
  wrong([](auto& m) { m.readonly_others = 255; }, "its header counts more accounts than its 3 keys");
  wrong([](auto& m) { m.keys[1] = m.keys[0]; }, "the account " + kOurs.address() + " stands twice");
  wrong([](auto& m) { m.instructions[0].program = 0; }, "instruction 1 calls the account that pays the fee");
  wrong([](auto& m) { m.instructions[0].program = 3; }, "instruction 1 calls a program that is not among the keys");
  wrong([](auto& m) { m.instructions[0].accounts = {0, 5}; }, "instruction 1 names an account that is not there");
  wrong([](auto& m) { m.lookups = {}; }, "instruction 1 names an account that is not there");
  wrong([](auto& m) { m.lookups.push_back({kOther.public_key, {}, {}}); },
        "it looks nothing up in the address table " + kOther.address());
  wrong([](auto& m) { m.lookups[0].readonly = {4}; }, "it looks up entry 4 of the address table " + kThird.address() + " twice");
  wrong([](auto& m) { m.lookups.push_back(m.lookups[0]); },
        "it looks up entry 4 of the address table " + kThird.address() + " twice");
  wrong(
      [](auto& m) {
        m.lookups[0].writable.clear();
        for (unsigned i = 0; i < 254; ++i) m.lookups[0].writable.push_back(static_cast<std::uint8_t>(i));
        m.lookups[0].readonly.clear();
      },
      "it has 257 accounts, more than 256");
}

TEST(SolanaTransaction, LongerThanAPacketIsRefused) {
  sol::Message message = transfer();
  const std::size_t rest = transaction(write_message(message), {sol::Signature{}}).size();
  message.instructions.push_back({2, {}, Bytes(sol::kMaxTransactionBytes - rest - 4)});
  EXPECT_EQ(transaction(write_message(message), {sol::Signature{}}).size(), sol::kMaxTransactionBytes);
  EXPECT_EQ(refusal(message), "read");
  EXPECT_EQ(refusal(text_of(transaction(write_message(message), {sol::Signature{}}))), "read");
  message.instructions.back().data.push_back(0);
  EXPECT_NE(refusal(message).find("the transaction would have 1233 bytes, more than 1232"), std::string::npos)
      << refusal(message);
  EXPECT_EQ(refusal(text_of(transaction(write_message(message), {sol::Signature{}}))),
            "1233 bytes are more than 1232, the most of a transaction");
}

// What reads as a whole transaction and as a bare message is nobody's to guess.
TEST(SolanaTransaction, ThatCanBeReadInTwoWaysIsRefused) {
  Bytes bytes(166, 9);  // as a message: two keys from byte 4, a blockhash from 68, one instruction from 101
  const auto set = [&](std::size_t at, const Bytes& values) {
    std::ranges::copy(values, bytes.begin() + static_cast<std::ptrdiff_t>(at));
  };
  set(0, {1, 0, 0, 2});
  set(4, Bytes(32, 8));
  set(65, {1, 0, 0, 2});  // as a transaction: a signature from byte 1, a message from 65, whose keys stand from 69
  set(100, {1, 1, 0, 62});
  set(165, {0});
  EXPECT_EQ(refusal(text_of(bytes)), "the bytes can be read as a transaction and as a message");
  EXPECT_EQ(refusal(encode::to_base64(bytes)), "the bytes can be read as a transaction and as a message");
}

TEST(SolanaTransaction, ThatIsNoTextOfAKnownFormIsRefused) {
  EXPECT_EQ(refusal("AQ=A"), "the transaction is neither hexadecimal, base64 nor base58 text");
  EXPECT_EQ(refusal("{\"a\":1}"), "the transaction is neither hexadecimal, base64 nor base58 text");
  EXPECT_EQ(refusal("0OIl!"), "the transaction is neither hexadecimal, base64 nor base58 text");
  EXPECT_NE(refusal(""), "read");
  EXPECT_NE(refusal(" \n"), "read");
  EXPECT_NE(refusal(std::string(5000, 'z')), "read");
}

TEST(SolanaTransaction, WithAMalformedComputeBudgetIsRefused) {
  const auto budget = [](const std::vector<Bytes>& datas) {
    sol::Message message = transfer();
    message.readonly_others = 2;
    message.keys.push_back({});
    const auto id = encode::from_hex("0306466fe5211732ffecadba72c39be7bc8ce5bbc5f7126b2c439b3a40000000");
    std::ranges::copy(*id, message.keys[3].begin());
    for (const Bytes& data : datas) message.instructions.push_back({3, {}, data});
    return refusal(message);
  };
  const Bytes limit{2, 1, 0, 0, 0}, price{3, 1, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(budget({limit, price, {1, 0, 0, 1, 0}, {4, 0, 0, 1, 0}}), "read");
  for (const Bytes& wrong :
       {Bytes{}, Bytes{0, 1, 0, 0, 0, 1, 0, 0, 0}, Bytes{5, 1, 0, 0, 0}, Bytes{2, 1, 0, 0}, Bytes{2, 1, 0, 0, 0, 0}}) {
    EXPECT_EQ(budget({wrong}), "a compute budget instruction is malformed or unknown");
  }
  EXPECT_EQ(budget({limit, limit}), "a compute budget instruction stands there twice");
  EXPECT_EQ(budget({price, price}), "a compute budget instruction stands there twice");
}

TEST(SolanaTransaction, TakesOneSignatureOfOurs) {
  const auto read = read_solana(text_of(write_message(transfer())), kOurs);
  ASSERT_TRUE(read);
  EXPECT_FALSE((*read)->assemble({}));
  const std::array<MadeSignature, 2> two{};
  EXPECT_FALSE((*read)->assemble(two));
}

TEST(SolanaTransaction, RefusesWhatTheCallerSaysOfOtherChains) {
  KeyringOfOne keyring(kOurs.bytes());
  const Bytes message = write_message(transfer());
  Input input;
  input.bytes = text_of(message);
  input.chain_id = "1";
  EXPECT_FALSE(solana().read(input, &keyring));
  input.chain_id = {};
  input.scheme = "eip191";
  EXPECT_FALSE(solana().read(input, &keyring));
  KeyringOfOne secp256k1(Bytes(33, 2));
  input.scheme = {};
  EXPECT_FALSE(solana().read(input, &secp256k1));
}

TEST(SolanaAddress, IsTheKeyInBase58) {
  EXPECT_EQ(*solana().address(Bytes(32), {}), "11111111111111111111111111111111");
  EXPECT_EQ(*solana().address(kOurs.bytes(), {}), kOurs.address());
  EXPECT_FALSE(solana().address(Bytes(33), {}));
  EXPECT_EQ(*solana().normal_address(kOurs.address()), kOurs.address());
  const std::string system = "11111111111111111111111111111111";
  EXPECT_EQ(*solana().normal_address(system), system);
  EXPECT_FALSE(solana().normal_address(system + "1"));
  EXPECT_FALSE(solana().normal_address(system.substr(1)));
  EXPECT_FALSE(solana().normal_address(""));
  EXPECT_FALSE(solana().normal_address("0x" + std::string(40, '1')));
}

}  // namespace
}  // namespace custos::wallet::testing
