#include "wallet/solana/offchain.h"

#include <algorithm>
#include <array>

#include "encode/utf8.h"

namespace custos::wallet::sol {
namespace {

constexpr std::string_view kDomain("\xffsolana offchain", 16);
constexpr std::size_t kFixedBytes = 16 + 1 + 32 + 1 + 1;  // in front of the signers: domain, version, application, format, count
constexpr std::size_t kMaxSigners = 255;
constexpr std::uint8_t kVersion = 0;

enum class Format : std::uint8_t { restricted_ascii, limited_utf8, extended_utf8 };
constexpr std::array kFormats{Format::restricted_ascii, Format::limited_utf8, Format::extended_utf8};

constexpr std::size_t preamble_size(std::size_t signers) { return kFixedBytes + 32 * signers + 2; }

// holds says that a text fits a format, behind a preamble for so many signers.
bool holds(Format format, std::string_view text, std::size_t signers) {
  const std::size_t most = format == Format::extended_utf8 ? 65'535 : kMaxTransactionBytes;
  if (text.empty() || preamble_size(signers) + text.size() > most) return false;
  if (format != Format::restricted_ascii) return encode::is_utf8(text);
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Bytes write(const OffchainMessage& message, Format format) {
  Bytes bytes(as_bytes(kDomain).begin(), as_bytes(kDomain).end());
  const auto put = [&](ByteView part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  bytes.push_back(kVersion);
  put(message.application);
  bytes.push_back(static_cast<std::uint8_t>(format));
  bytes.push_back(static_cast<std::uint8_t>(message.signers.size()));
  for (const PublicKey& signer : message.signers) put(signer);
  bytes.push_back(static_cast<std::uint8_t>(message.text.size()));
  bytes.push_back(static_cast<std::uint8_t>(message.text.size() >> 8U));
  put(as_bytes(message.text));
  return bytes;
}

}  // namespace

Result<Bytes> write_offchain(const OffchainMessage& message) {
  if (message.signers.empty() || message.signers.size() > kMaxSigners) return refuse("an off-chain message has 1 to 255 signers");
  for (const Format format : kFormats) {
    if (holds(format, message.text, message.signers.size())) return write(message, format);
  }
  return refuse("the text of an off-chain message is empty, no UTF-8, or with its preamble longer than 65535 bytes");
}

Result<OffchainMessage> read_offchain(ByteView bytes) {
  if (!is_offchain(as_text(bytes)) || bytes.size() < kFixedBytes) return refuse("the off-chain message is cut off");
  const ByteView header = bytes.subspan(kDomain.size());
  if (header[0] != kVersion) return refuse("the off-chain message has version " + std::to_string(header[0]) + ", not 0");
  OffchainMessage message;
  std::ranges::copy(header.subspan(1, 32), message.application.begin());
  const std::uint8_t format = header[33];
  const std::size_t signers = header[34];
  if (format >= kFormats.size()) return refuse("the off-chain message has the unknown format " + std::to_string(format));
  if (signers == 0) return refuse("the off-chain message has no signer");
  if (bytes.size() < preamble_size(signers)) return refuse("the off-chain message is cut off");
  for (std::size_t i = 0; i < signers; ++i) {
    std::ranges::copy(bytes.subspan(kFixedBytes + 32 * i, 32), message.signers.emplace_back().begin());
  }
  message.text = as_text(bytes.subspan(preamble_size(signers)));
  if (!holds(Format{format}, message.text, signers)) {
    return refuse("the text of the off-chain message is not what its format " + std::to_string(format) + " allows");
  }
  if (!std::ranges::equal(write(message, Format{format}), bytes)) return refuse("the off-chain message lies about its length");
  return message;
}

bool is_offchain(std::string_view bytes) noexcept { return bytes.starts_with(kDomain); }

}  // namespace custos::wallet::sol
