#include "audit/tlog/note.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/status.h"

namespace aplomb::tlog {
namespace {

constexpr absl::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // EM DASH and a blank
constexpr absl::string_view kPrivatePrefix = "PRIVATE+KEY+";
constexpr uint64_t kMaxTime = (uint64_t{1} << 63) - 1;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Key PrivateKey(const std::array<uint8_t, kSeedBytes>& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  CHECK(key != nullptr) << "OpenSSL refuses a 32-byte Ed25519 seed";
  return key;
}

absl::Status Refuse(absl::string_view why) { return absl::InvalidArgumentError(why); }

bool IsKnownType(uint8_t type) {
  return type == static_cast<uint8_t>(SignatureType::kEd25519) ||
         type == static_cast<uint8_t>(SignatureType::kCosignature);
}

// SHA-256(name || 0x0A || type || public key), first four bytes.
uint32_t KeyId(absl::string_view name, SignatureType type,
               const std::array<uint8_t, kPublicKeyBytes>& public_key) {
  base::ByteWriter writer;
  writer.Raw(name);
  writer.U8('\n');
  writer.U8(static_cast<uint8_t>(type));
  writer.Raw(
      absl::string_view(reinterpret_cast<const char*>(public_key.data()), public_key.size()));
  const base::Digest digest = base::Sha256(writer.view());
  return static_cast<uint32_t>(digest[0]) << 24 | static_cast<uint32_t>(digest[1]) << 16 |
         static_cast<uint32_t>(digest[2]) << 8 | digest[3];
}

// What a cosignature signs (C2SP tlog-cosignature).
std::string CosignedMessage(absl::string_view text, uint64_t time_s) {
  return absl::StrCat("cosignature/v1\ntime ", time_s, "\n", text);
}

// The three parts of "name+hex+base64", the key id checked for its spelling only.
struct KeyParts {
  std::string name;
  uint32_t key_id = 0;
  SignatureType type = SignatureType::kEd25519;
  std::array<uint8_t, 32> secret_or_public{};
};

absl::StatusOr<KeyParts> ParseKeyParts(absl::string_view text) {
  // Base64 may hold "+", names may not: cut at the first two.
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('+', 2));
  if (parts.size() != 3) return Refuse("a key is written name+id+base64");
  KeyParts key;
  key.name = std::string(parts[0]);
  if (!IsKeyName(key.name)) return Refuse("not a key name");
  const absl::StatusOr<std::string> data = DecodeBase64(parts[2]);
  if (!data.ok() || data->size() != 33) return Refuse("a key has 33 bytes in base64");
  const auto type = static_cast<uint8_t>((*data)[0]);
  if (!IsKnownType(type)) return Refuse("unknown signature type");
  key.type = static_cast<SignatureType>(type);
  std::copy(data->begin() + 1, data->end(), key.secret_or_public.begin());
  if (parts[1].size() != 8 || !absl::SimpleHexAtoi(parts[1], &key.key_id) ||
      absl::StrFormat("%08x", key.key_id) != parts[1]) {
    return Refuse("a key id has eight lower-case hexadecimal digits");
  }
  return key;
}

absl::StatusOr<NoteSignature> ParseSignatureLine(absl::string_view line) {
  NoteSignature signature;
  signature.line = absl::StrCat(line, "\n");
  if (!absl::ConsumePrefix(&line, kSignaturePrefix)) return Refuse("not a signature line");
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  if (parts.size() != 2 || !IsKeyName(parts[0])) return Refuse("not a signature line");
  ASSIGN_OR_RETURN(const std::string blob, DecodeBase64(parts[1]));
  if (blob.size() < 5) return Refuse("a signature has at least five bytes");
  base::ByteReader reader(blob);
  signature.name = std::string(parts[0]);
  ASSIGN_OR_RETURN(signature.key_id, reader.U32());
  signature.signature = blob.substr(4);
  return signature;
}

// The time of a good signature (0 unless it is a cosignature).
absl::StatusOr<uint64_t> VerifySignature(const VerifierKey& key, absl::string_view text,
                                         absl::string_view signature) {
  uint64_t time_s = 0;
  std::string message(text);
  if (key.type == SignatureType::kCosignature) {
    base::ByteReader reader(signature);
    ASSIGN_OR_RETURN(time_s, reader.U64());
    if (time_s > kMaxTime) return Refuse("the time of a cosignature is above 2^63 - 1");
    message = CosignedMessage(text, time_s);
    signature.remove_prefix(8);
  }
  if (!VerifyEd25519(key.public_key, message, signature)) {
    return Refuse(absl::StrCat("the signature of ", key.name, " does not verify"));
  }
  return time_s;
}

// One white space of Unicode, as UTF-8, at the start of `text`?
bool StartsWithSpace(absl::string_view text) {
  // White_Space of the Unicode Character Database above ASCII.
  static constexpr absl::string_view kSpaces[] = {
      "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
      "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
      "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
      "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
  if (static_cast<unsigned char>(text[0]) <= 0x20 || text[0] == 0x7F) return true;
  for (absl::string_view space : kSpaces) {
    if (absl::StartsWith(text, space)) return true;
  }
  return false;
}

// Length of the valid UTF-8 sequence at the start of `text`; 0 if there is none
// (overlong forms, surrogates and values above U+10FFFF are not valid).
size_t Utf8Length(absl::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  if (first == 0xE0 && at(1) < 0xA0) return 0;
  if (first == 0xED && at(1) > 0x9F) return 0;
  if (first == 0xF0 && at(1) < 0x90) return 0;
  if (first == 0xF4 && at(1) > 0x8F) return 0;
  return length;
}

bool IsNoteText(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t length = Utf8Length(bytes);
    if (length == 0) return false;
    const auto first = static_cast<unsigned char>(bytes[0]);
    if (first < 0x20 && first != '\n') return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::string EncodeBase64(absl::string_view bytes) { return absl::Base64Escape(bytes); }

absl::StatusOr<std::string> DecodeBase64(absl::string_view text) {
  std::string bytes;
  // Abseil forgives white space and missing padding; a canonical text survives the way back.
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) {
    return Refuse("not canonical base64");
  }
  return bytes;
}

bool IsKeyName(absl::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const size_t length = Utf8Length(name);
    if (length == 0 || name[0] == '+' || StartsWithSpace(name)) return false;
    name.remove_prefix(length);
  }
  return true;
}

std::array<uint8_t, kPublicKeyBytes> PublicKeyOfSeed(const std::array<uint8_t, kSeedBytes>& seed) {
  const Key key = PrivateKey(seed);
  std::array<uint8_t, kPublicKeyBytes> public_key;
  size_t size = public_key.size();
  CHECK(EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) == 1)
      << "OpenSSL gives no public key";
  return public_key;
}

std::string SignEd25519(const std::array<uint8_t, kSeedBytes>& seed, absl::string_view message) {
  const Key key = PrivateKey(seed);
  const Context context(EVP_MD_CTX_new());
  std::string signature(kSignatureBytes, '\0');
  size_t size = signature.size();
  CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1)
      << "OpenSSL does not begin to sign";
  CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                       Bytes(message), message.size()) == 1)
      << "OpenSSL does not sign";
  return signature;
}

bool VerifyEd25519(const std::array<uint8_t, kPublicKeyBytes>& public_key,
                   absl::string_view message, absl::string_view signature) {
  if (signature.size() != kSignatureBytes) return false;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()));
  if (key == nullptr) return false;
  const Context context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                          message.size()) == 1;
}

std::string VerifierKey::ToString() const {
  std::string data(1, static_cast<char>(type));
  data.append(public_key.begin(), public_key.end());
  return absl::StrCat(name, "+", absl::StrFormat("%08x", key_id), "+", EncodeBase64(data));
}

absl::StatusOr<VerifierKey> VerifierKey::Parse(absl::string_view text) {
  ASSIGN_OR_RETURN(const KeyParts parts, ParseKeyParts(text));
  const VerifierKey key{.name = parts.name,
                        .key_id = parts.key_id,
                        .type = parts.type,
                        .public_key = parts.secret_or_public};
  if (KeyId(key.name, key.type, key.public_key) != key.key_id) {
    return Refuse("the key id does not belong to the name and the key");
  }
  return key;
}

VerifierKey VerifierKey::Make(absl::string_view name, SignatureType type,
                              const std::array<uint8_t, kPublicKeyBytes>& public_key) {
  return {.name = std::string(name),
          .key_id = KeyId(name, type, public_key),
          .type = type,
          .public_key = public_key};
}

absl::StatusOr<Signer> Signer::FromSeed(absl::string_view name, SignatureType type,
                                        absl::string_view seed) {
  if (!IsKeyName(name)) return Refuse("not a key name");
  if (seed.size() != kSeedBytes) return Refuse("a seed has 32 bytes");
  Signer signer;
  std::copy(seed.begin(), seed.end(), signer.seed_.begin());
  signer.key_ = VerifierKey::Make(name, type, PublicKeyOfSeed(signer.seed_));
  return signer;
}

absl::StatusOr<Signer> Signer::Parse(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kPrivatePrefix)) return Refuse("not a private key");
  ASSIGN_OR_RETURN(const KeyParts parts, ParseKeyParts(text));
  ASSIGN_OR_RETURN(
      Signer signer,
      FromSeed(parts.name, parts.type,
               absl::string_view(reinterpret_cast<const char*>(parts.secret_or_public.data()),
                                 parts.secret_or_public.size())));
  if (signer.key().key_id != parts.key_id) {
    return Refuse("the key id does not belong to the name and the key");
  }
  return signer;
}

std::string Signer::ToPrivateString() const {
  std::string data(1, static_cast<char>(key_.type));
  data.append(seed_.begin(), seed_.end());
  return absl::StrCat(kPrivatePrefix, key_.name, "+", absl::StrFormat("%08x", key_.key_id), "+",
                      EncodeBase64(data));
}

Signer::~Signer() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

std::string Signer::SignatureLine(absl::string_view text, uint64_t time_s) const {
  base::ByteWriter blob;
  blob.U32(key_.key_id);
  if (key_.type == SignatureType::kCosignature) {
    CHECK(time_s <= kMaxTime) << "a clock beyond the year 292 billion";
    blob.U64(time_s);
    blob.Raw(SignEd25519(seed_, CosignedMessage(text, time_s)));
  } else {
    blob.Raw(SignEd25519(seed_, text));
  }
  return absl::StrCat(kSignaturePrefix, key_.name, " ", EncodeBase64(blob.view()), "\n");
}

std::string Signer::Sign(absl::string_view message) const { return SignEd25519(seed_, message); }

absl::StatusOr<Note> ParseNote(absl::string_view bytes) {
  if (bytes.size() > kMaxNoteBytes) return Refuse("the note is larger than kMaxNoteBytes");
  if (!IsNoteText(bytes)) return Refuse("a note is UTF-8 without control characters");
  const size_t split = bytes.rfind("\n\n");
  if (split == absl::string_view::npos) return Refuse("a note has a blank line");
  Note note;
  note.text = std::string(bytes.substr(0, split + 1));
  absl::string_view rest = bytes.substr(split + 2);
  if (rest.empty() || !absl::ConsumeSuffix(&rest, "\n")) {
    return Refuse("a note ends in a signature line");
  }
  for (absl::string_view line : absl::StrSplit(rest, '\n')) {
    if (note.signatures.size() == kMaxSignatures) return Refuse("too many signatures");
    ASSIGN_OR_RETURN(note.signatures.emplace_back(), ParseSignatureLine(line));
  }
  return note;
}

absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          const std::vector<VerifierKey>& keys) {
  std::vector<VerifiedSignature> verified;
  std::vector<bool> seen(keys.size());
  for (const NoteSignature& signature : note.signatures) {
    for (size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].name != signature.name || keys[i].key_id != signature.key_id) continue;
      if (seen[i]) continue;  // a duplicate says nothing new
      seen[i] = true;
      ASSIGN_OR_RETURN(const uint64_t time_s,
                       VerifySignature(keys[i], note.text, signature.signature));
      verified.push_back(VerifiedSignature{.key = i, .time_s = time_s});
    }
  }
  return verified;
}

}  // namespace aplomb::tlog
