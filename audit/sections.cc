#include "audit/sections.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/status.h"
#include "openssl/evp.h"

namespace aplomb::audit {
namespace {

constexpr absl::string_view kSaltLabel = "nlog/salt/v1";
constexpr absl::string_view kSectionLabel = "nlog/section/v1";
constexpr absl::string_view kEncryptionLabel = "nlog/enc/v1";
constexpr absl::string_view kDisclosureMagic = "APD1";
constexpr size_t kTagBytes = 16;
constexpr size_t kNonceBytes = 12;
static_assert(kMaxSectionsOfTier <= std::numeric_limits<uint16_t>::max());
static_assert(kMaxTierBytes <= std::numeric_limits<int>::max() / 2, "OpenSSL counts in int");

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

absl::string_view IdView(const EntryId& id) {
  return absl::string_view(reinterpret_cast<const char*>(id.data()), id.size());
}

const uint8_t* Bytes(absl::string_view view) {
  return reinterpret_cast<const uint8_t*>(view.data());
}
uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

// What is hashed for the salt of a section: the label and its number.
using SaltMessage = std::array<char, kSaltLabel.size() + 2>;
SaltMessage SaltMessageOf(uint16_t number) {
  SaltMessage message = {};
  std::copy(kSaltLabel.begin(), kSaltLabel.end(), message.begin());
  message[kSaltLabel.size()] = static_cast<char>(number >> 8);
  message[kSaltLabel.size() + 1] = static_cast<char>(number & 0xff);
  return message;
}

base::Digest SaltUnder(const base::HmacSha256Key& key, uint16_t number) {
  const SaltMessage message = SaltMessageOf(number);
  return key.Of(absl::string_view(message.data(), message.size()));
}

std::vector<base::Digest> SectionHashes(const PayloadKey& key, const EntryId& id,
                                        absl::Span<const std::string> values) {
  CHECK(!values.empty() && values.size() <= kMaxSectionsOfTier)
      << "checked when the entry was appended";
  const base::HmacSha256Key salts(key);
  std::vector<base::Digest> hashes;
  hashes.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto number = static_cast<uint16_t>(i);
    hashes.push_back(SectionHash(id, number, SaltUnder(salts, number), values[i]));
  }
  return hashes;
}

// A complete subtree over `leaves`; there are few, so it is computed anew.
tlog::Hash Subtree(absl::Span<const base::Digest> leaves, tlog::Node node) {
  if (node.level == 0) return leaves[node.index];
  const auto below = static_cast<uint8_t>(node.level - 1);
  return tlog::NodeHash(Subtree(leaves, {below, 2 * node.index}),
                        Subtree(leaves, {below, 2 * node.index + 1}));
}

std::string EncodeValues(absl::Span<const std::string> values) {
  size_t size = sizeof(uint16_t);
  for (const std::string& value : values) size += sizeof(uint32_t) + value.size();
  base::ByteWriter writer;
  writer.Reserve(size);
  writer.U16(static_cast<uint16_t>(values.size()));
  for (const std::string& value : values) writer.Bytes(value);
  return std::move(writer).Take();
}

absl::StatusOr<std::vector<std::string>> DecodeValues(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ASSIGN_OR_RETURN(const uint16_t count, reader.U16());
  if (count == 0 || count > kMaxSectionsOfTier) {
    return absl::InvalidArgumentError(absl::StrCat("offset 0: ", count, " sections"));
  }
  std::vector<std::string> values;
  for (uint16_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(const absl::string_view value, reader.Bytes(kMaxSectionBytes));
    values.emplace_back(value);
  }
  RETURN_IF_ERROR(reader.ExpectEnd());
  return values;
}

base::Digest EncryptionKey(const PayloadKey& key) {
  return base::HmacSha256(key, kEncryptionLabel);
}

constexpr uint8_t kZeroNonce[kNonceBytes] = {};

// Fetched once: EVP_aes_256_gcm() is looked up again at each use.
const EVP_CIPHER* Aes256Gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  CHECK(cipher != nullptr) << "libcrypto has AES-256-GCM";
  return cipher;
}

}  // namespace

EntryId EntryIdOfSlot(uint64_t slot) {
  EntryId id = {};
  for (size_t i = 0; i < 8; ++i) id[15 - i] = static_cast<uint8_t>(slot >> (8 * i));
  return id;
}

base::Digest SectionSalt(const PayloadKey& key, uint16_t number) {
  return SaltUnder(base::HmacSha256Key(key), number);
}

base::Digest SectionHash(const EntryId& id, uint16_t number, const base::Digest& salt,
                         absl::string_view value) {
  std::array<char,
             1 + kSectionLabel.size() + 1 + std::tuple_size_v<EntryId> + 2 + base::kDigestSize>
      head = {};  // begins with a zero byte
  auto at = std::copy(kSectionLabel.begin(), kSectionLabel.end(), head.begin() + 1);
  at = std::copy(id.begin(), id.end(), at + 1);
  *at++ = static_cast<char>(number >> 8);
  *at++ = static_cast<char>(number & 0xff);
  at = std::copy(salt.begin(), salt.end(), at);
  CHECK(at == head.end()) << "the parts fill the head";
  base::Sha256Hasher hasher;
  hasher.Update(absl::string_view(head.data(), head.size()));
  hasher.Update(value);
  return hasher.Finish();
}

base::Digest CommitSections(const PayloadKey& key, const EntryId& id,
                            absl::Span<const std::string> values) {
  const std::vector<base::Digest> hashes = SectionHashes(key, id, values);
  absl::StatusOr<tlog::Hash> root = tlog::TreeRoot(
      hashes.size(),
      [&hashes](tlog::Node node) -> absl::StatusOr<tlog::Hash> { return Subtree(hashes, node); });
  CHECK_OK(root) << "a tree in memory";
  return *root;
}

std::string SealSections(const PayloadKey& key, const EntryId& id,
                         absl::Span<const std::string> values) {
  CHECK(!values.empty() && values.size() <= kMaxSectionsOfTier)
      << "checked when the entry was appended";
  const std::string plain = EncodeValues(values);
  const base::Digest encryption_key = EncryptionKey(key);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string sealed(plain.size() + kTagBytes, '\0');
  int size = 0;
  int last = 0;
  const bool done = cipher != nullptr &&
                    EVP_EncryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, encryption_key.data(),
                                       kZeroNonce) == 1 &&
                    EVP_EncryptUpdate(cipher.get(), nullptr, &size, id.data(),
                                      static_cast<int>(id.size())) == 1 &&
                    EVP_EncryptUpdate(cipher.get(), Bytes(sealed), &size, Bytes(plain),
                                      static_cast<int>(plain.size())) == 1 &&
                    EVP_EncryptFinal_ex(cipher.get(), Bytes(sealed) + size, &last) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                        Bytes(sealed) + plain.size()) == 1;
  CHECK(done && static_cast<size_t>(size + last) == plain.size())
      << "AES-256-GCM in memory fails only for want of memory";
  return sealed;
}

absl::StatusOr<std::vector<std::string>> OpenSections(const PayloadKey& key, const EntryId& id,
                                                      absl::string_view sealed) {
  const absl::Status refusal =
      absl::DataLossError("the sealed sections were not sealed with this key for this entry");
  if (sealed.size() < kTagBytes || sealed.size() > 2 * kMaxTierBytes) return refusal;
  const absl::string_view body = sealed.substr(0, sealed.size() - kTagBytes);
  std::string tag(sealed.substr(body.size()));
  std::string plain(body.size(), '\0');
  const base::Digest encryption_key = EncryptionKey(key);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  CHECK(cipher != nullptr) << "out of memory";
  int size = 0;
  int last = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.get(), Aes256Gcm(), nullptr, encryption_key.data(), kZeroNonce) ==
          1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, id.data(), static_cast<int>(id.size())) ==
          1 &&
      EVP_DecryptUpdate(cipher.get(), Bytes(plain), &size, Bytes(body),
                        static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), Bytes(plain) + size, &last) == 1;
  if (!opened) return refusal;
  absl::StatusOr<std::vector<std::string>> values = DecodeValues(plain);
  if (!values.ok()) return absl::DataLossError(values.status().message());
  return values;
}

absl::StatusOr<Disclosure> Disclose(const PayloadKey& key, const EntryId& id, uint8_t tier,
                                    absl::Span<const std::string> values, uint16_t number) {
  if (number >= values.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no section ", number, "; there are ", values.size(), ", from 0"));
  }
  const std::vector<base::Digest> hashes = SectionHashes(key, id, values);
  Disclosure disclosure{.entry_id = id,
                        .tier = tier,
                        .number = number,
                        .count = static_cast<uint16_t>(values.size()),
                        .salt = SectionSalt(key, number),
                        .value = values[number]};
  ASSIGN_OR_RETURN(disclosure.proof,
                   tlog::ProveInclusion(number, hashes.size(),
                                        [&hashes](tlog::Node node) -> absl::StatusOr<tlog::Hash> {
                                          return Subtree(hashes, node);
                                        }));
  return disclosure;
}

absl::Status CheckDisclosure(const Disclosure& disclosure, const base::Digest& root,
                             uint16_t count) {
  if (disclosure.count != count) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the entry has ", count, " sections of this tier, the disclosure says ", disclosure.count));
  }
  return tlog::CheckInclusion(
      disclosure.number, disclosure.count,
      SectionHash(disclosure.entry_id, disclosure.number, disclosure.salt, disclosure.value),
      disclosure.proof, root);
}

std::string EncodeDisclosure(const Disclosure& disclosure) {
  base::ByteWriter writer;
  writer.Raw(kDisclosureMagic);
  writer.Raw(IdView(disclosure.entry_id));
  writer.U8(disclosure.tier);
  writer.U16(disclosure.number);
  writer.U16(disclosure.count);
  writer.Digest(disclosure.salt);
  writer.Count(disclosure.proof.size());
  for (const tlog::Hash& hash : disclosure.proof) writer.Digest(hash);
  writer.Bytes(disclosure.value);
  return std::move(writer).Take();
}

absl::StatusOr<Disclosure> DecodeDisclosure(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ASSIGN_OR_RETURN(const absl::string_view magic, reader.Raw(kDisclosureMagic.size()));
  if (magic != kDisclosureMagic) {
    return absl::InvalidArgumentError(
        absl::StrCat("offset 0: a disclosure begins with \"", kDisclosureMagic, "\""));
  }
  Disclosure disclosure;
  ASSIGN_OR_RETURN(const absl::string_view id, reader.Raw(disclosure.entry_id.size()));
  std::copy(id.begin(), id.end(), disclosure.entry_id.begin());
  ASSIGN_OR_RETURN(disclosure.tier, reader.U8());
  ASSIGN_OR_RETURN(disclosure.number, reader.U16());
  ASSIGN_OR_RETURN(disclosure.count, reader.U16());
  ASSIGN_OR_RETURN(disclosure.salt, reader.Digest());
  ASSIGN_OR_RETURN(const size_t count, reader.Count(tlog::kMaxProofHashes, base::kDigestSize));
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(disclosure.proof.emplace_back(), reader.Digest());
  }
  ASSIGN_OR_RETURN(const absl::string_view value, reader.Bytes(kMaxSectionBytes));
  disclosure.value = std::string(value);
  RETURN_IF_ERROR(reader.ExpectEnd());
  return disclosure;
}

}  // namespace aplomb::audit
