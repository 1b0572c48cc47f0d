#include "hsm/data_object.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/key_search.h"
#include "key/backend.h"

namespace custos::hsm {
namespace {

constexpr std::string_view kApplication = "custos";
constexpr std::string_view kSecretApplication = "custos-secret";
// A record's value: version, sequence number (big-endian), the caller's bytes.
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHeader = 1 + 8;

// kSearches: each found record may be replaced by another process before it is read, but not for ever.
constexpr int kSearches = 16;
// While another process replaces a record, SoftHSM2 can miss both the old and the new one, for some milliseconds (seen: up to 5).
// So that there is none is believed after this many searches, with pauses that double from the first: 31 ms in all, which only a
// token without the record costs.
constexpr int kEmptySearches = 6;
constexpr std::chrono::milliseconds kFirstPause{1};

struct Record {
  CK_OBJECT_HANDLE handle;
  std::uint64_t sequence;  // 0: not a record that we wrote whole
  Bytes value;
};

Bytes encode(std::uint64_t sequence, ByteView value) {
  Bytes bytes{kVersion};
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(sequence >> shift));
  bytes.insert(bytes.end(), value.begin(), value.end());
  return bytes;
}

Record decode(CK_OBJECT_HANDLE handle, const Bytes& bytes) {
  if (bytes.size() < kHeader || bytes[0] != kVersion) return {handle, 0, {}};
  std::uint64_t sequence = 0;
  for (std::size_t i = 1; i < kHeader; ++i) sequence = sequence << 8 | bytes[i];
  return {handle, sequence, Bytes(bytes.begin() + kHeader, bytes.end())};
}

// search_records gives nothing when a record was destroyed between the search and its reading.
Result<std::optional<std::vector<Record>>> search_records(const Module& module, CK_SESSION_HANDLE session,
                                                          std::string_view name) {
  Template wanted;
  // Private ones only: whoever has no PIN can still plant public ones.
  wanted.number(CKA_CLASS, CKO_DATA).flag(CKA_TOKEN, true).flag(CKA_PRIVATE, true);
  wanted.text(CKA_APPLICATION, kApplication).text(CKA_LABEL, name);
  auto found = find_all(module, session, wanted);
  if (!found) return found.failure();
  std::vector<Record> records;
  for (const CK_OBJECT_HANDLE handle : *found) {
    auto value = read_bytes(module, session, handle, CKA_VALUE);
    if (!value && is_gone(value.error())) return std::optional<std::vector<Record>>();
    if (!value) return value.failure();
    records.push_back(decode(handle, value->value_or(Bytes())));
  }
  std::sort(records.begin(), records.end(), [](const Record& a, const Record& b) { return a.sequence > b.sequence; });
  return std::optional(std::move(records));
}

// find_records gives all records of that name, the newest first.
Result<std::vector<Record>> find_records(const Module& module, CK_SESSION_HANDLE session, std::string_view name) {
  for (int search = 0, empty = 0; search < kSearches; ++search) {
    auto records = search_records(module, session, name);
    if (!records) return records.failure();
    if (!*records) continue;
    if (!(*records)->empty() || ++empty == kEmptySearches) return std::move(**records);
    std::this_thread::sleep_for(kFirstPause * (1 << (empty - 1)));
  }
  return fail(Errc::busy, Origin::token, fmt::format("another process keeps replacing the record \"{}\": try again", name));
}

bool printable(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// find_secrets gives the private objects of that name; whoever has no PIN can still plant public ones.
Result<std::vector<CK_OBJECT_HANDLE>> find_secrets(const Module& module, CK_SESSION_HANDLE session, std::string_view name) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_DATA).flag(CKA_TOKEN, true).flag(CKA_PRIVATE, true);
  wanted.text(CKA_APPLICATION, kSecretApplication).text(CKA_LABEL, name);
  return find_all(module, session, wanted);
}

}  // namespace

Result<std::optional<Bytes>> read_record(const Module& module, CK_SESSION_HANDLE session, std::string_view name) {
  auto records = find_records(module, session, name);
  if (!records) return records.failure();
  if (records->empty() || records->front().sequence == 0) return std::optional<Bytes>();
  return std::optional<Bytes>(std::move(records->front().value));
}

Result<void> write_record(const Module& module, CK_SESSION_HANDLE session, std::string_view name, ByteView value) {
  if (!printable(name) || value.size() > kMaxRecord) {
    return fail(Errc::bad_input, Origin::token, fmt::format("a record has a printable name and at most {} bytes", kMaxRecord));
  }
  auto old = find_records(module, session, name);
  if (!old) return old.failure();

  const Bytes bytes = encode(old->empty() ? 1 : old->front().sequence + 1, value);
  Template wanted;
  wanted.number(CKA_CLASS, CKO_DATA).flag(CKA_TOKEN, true).flag(CKA_PRIVATE, true).flag(CKA_MODIFIABLE, false);
  wanted.text(CKA_APPLICATION, kApplication).text(CKA_LABEL, name).bytes(CKA_VALUE, bytes);
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  if (const CK_RV rv = module.functions().C_CreateObject(session, wanted.data(), wanted.size(), &made); rv != CKR_OK) {
    return token_failure(rv, fmt::format("cannot write the record \"{}\"", name));
  }
  for (const Record& record : *old) {
    const CK_RV rv = module.functions().C_DestroyObject(session, record.handle);
    if (rv == CKR_OK) continue;
    // Another writer may have destroyed it; SoftHSM2 then says CKR_FUNCTION_FAILED, and only the next call tells.
    const auto left = read_bytes(module, session, record.handle, CKA_LABEL);
    if (!left && is_gone(left.error())) continue;
    return token_failure(rv, fmt::format("cannot remove the old record \"{}\"", name));
  }
  return {};
}

Result<void> write_secret(const Module& module, CK_SESSION_HANDLE session, std::string_view name, const SecretBytes& value) {
  if (!printable(name) || value.empty() || value.size() > key::Backend::kMaxSecret) {
    return fail(Errc::bad_input, Origin::token,
                fmt::format("a secret has a printable name and 1 to {} bytes", key::Backend::kMaxSecret));
  }
  Template wanted;
  wanted.number(CKA_CLASS, CKO_DATA).flag(CKA_TOKEN, true).flag(CKA_PRIVATE, true).flag(CKA_MODIFIABLE, false);
  wanted.text(CKA_APPLICATION, kSecretApplication).text(CKA_LABEL, name);
  wanted.bytes(CKA_VALUE, value.view(InsecureSecretAccess{}));
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  if (const CK_RV rv = module.functions().C_CreateObject(session, wanted.data(), wanted.size(), &made); rv != CKR_OK) {
    return token_failure(rv, fmt::format("cannot keep the secret \"{}\"", name));
  }
  // A token that made it public after all may not keep it.
  const Flag is_private{CKA_PRIVATE, true, "CKA_PRIVATE"};
  auto checked = check_flags(module, session, made, std::span(&is_private, 1));
  if (!checked) module.functions().C_DestroyObject(session, made);
  return checked;
}

Result<std::optional<SecretBytes>> read_secret(const Module& module, CK_SESSION_HANDLE session, std::string_view name) {
  auto found = find_secrets(module, session, name);
  if (!found) return found.failure();
  if (found->empty()) return std::optional<SecretBytes>();
  if (found->size() > 1) {
    return fail(Errc::integrity, Origin::token, fmt::format("the token holds the secret \"{}\" more than once", name));
  }
  auto value = SecretBytes::allocate(key::Backend::kMaxSecret);
  if (!value) return value.failure();
  const auto room = value->mutable_view(InsecureSecretAccess{});
  CK_ATTRIBUTE wanted{CKA_VALUE, room.data(), room.size()};
  const CK_RV rv = module.functions().C_GetAttributeValue(session, found->front(), &wanted, 1);
  if (rv != CKR_OK) return token_failure(rv, fmt::format("cannot read the secret \"{}\"", name));
  if (wanted.ulValueLen == 0 || wanted.ulValueLen > room.size()) {
    return fail(Errc::integrity, Origin::token, fmt::format("the token answers no value for the secret \"{}\"", name));
  }
  value->truncate(wanted.ulValueLen);
  return std::optional(*std::move(value));
}

Result<void> remove_secret(const Module& module, CK_SESSION_HANDLE session, std::string_view name) {
  auto found = find_secrets(module, session, name);
  if (!found) return found.failure();
  for (const CK_OBJECT_HANDLE handle : *found) {
    if (const CK_RV rv = module.functions().C_DestroyObject(session, handle); rv != CKR_OK) {
      const auto left = read_bytes(module, session, handle, CKA_LABEL);
      if (!left && is_gone(left.error())) continue;
      return token_failure(rv, fmt::format("cannot remove the secret \"{}\"", name));
    }
  }
  return {};
}

}  // namespace custos::hsm
