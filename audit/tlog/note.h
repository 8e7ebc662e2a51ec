// Signed notes (C2SP signed-note) with Ed25519: a text, a blank line, and one
// signature line per signer. Strict: one spelling of everything. Pure functions of
// bytes; thread-safe.
//
//   <text, ends in a line feed>
//   <empty line>
//   — <key name> <base64( key id (4 bytes) || signature )>
#ifndef APLOMB_AUDIT_TLOG_NOTE_H_
#define APLOMB_AUDIT_TLOG_NOTE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace aplomb::tlog {

inline constexpr size_t kMaxNoteBytes = 1'000'000;
inline constexpr size_t kMaxSignatures = 100;  // as golang.org/x/mod caps them
inline constexpr size_t kSeedBytes = 32;
inline constexpr size_t kPublicKeyBytes = 32;
inline constexpr size_t kSignatureBytes = 64;

// Kinds of signatures, numbers of C2SP signed-note.
enum class SignatureType : uint8_t {
  kEd25519 = 0x01,      // over the text
  kCosignature = 0x04,  // time, then Ed25519 over "cosignature/v1"
};

// Who may sign: "name+hex(key id)+base64(type || public key)".
struct VerifierKey {
  std::string name;
  uint32_t key_id = 0;
  SignatureType type = SignatureType::kEd25519;
  std::array<uint8_t, kPublicKeyBytes> public_key{};

  std::string ToString() const;
  // InvalidArgument unless `text` is exactly what ToString gives for a key whose
  // id belongs to its name and public key.
  static absl::StatusOr<VerifierKey> Parse(absl::string_view text);
  // `name` must be a key name.
  static VerifierKey Make(absl::string_view name, SignatureType type,
                          const std::array<uint8_t, kPublicKeyBytes>& public_key);

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

// A key pair. The seed is secret: it is never printed, and wiped at the end.
class Signer {
 public:
  // `name` must be a key name: not empty, no blanks, no "+".
  static absl::StatusOr<Signer> FromSeed(absl::string_view name, SignatureType type,
                                         absl::string_view seed);
  // "PRIVATE+KEY+name+hex(key id)+base64(type || seed)", as golang.org/x/mod writes it.
  static absl::StatusOr<Signer> Parse(absl::string_view text);
  std::string ToPrivateString() const;

  Signer(Signer&&) noexcept = default;
  Signer& operator=(Signer&&) noexcept = default;
  ~Signer();

  const VerifierKey& key() const { return key_; }

  // The signature line for `text` ("— name base64\n"). For kCosignature, `time_s`
  // is the time that is signed; else it is ignored.
  std::string SignatureLine(absl::string_view text, uint64_t time_s = 0) const;
  // The bare signature of a message that is no note.
  std::string Sign(absl::string_view message) const;

 private:
  Signer() = default;
  VerifierKey key_;
  std::array<uint8_t, kSeedBytes> seed_{};
};

// One signature line, decoded but not checked.
struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;  // without the key id
  std::string line;       // as it stands, with its line feed
};

// A note as it stands.
struct Note {
  std::string text;  // ends in a line feed
  std::vector<NoteSignature> signatures;
};

// Splits a note at its last blank line. InvalidArgument for anything that is not a
// well-formed note.
absl::StatusOr<Note> ParseNote(absl::string_view bytes);

// The signatures of `note` made by `keys`, one per key at most.
struct VerifiedSignature {
  size_t key = 0;       // place in `keys`
  uint64_t time_s = 0;  // kCosignature: when; else 0
};
// InvalidArgument if a signature of one of `keys` (name and id) does not verify.
// Signatures of others are ignored; the list may be empty.
absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(const Note& note,
                                                          const std::vector<VerifierKey>& keys);

// Ed25519 (RFC 8032) over `message`.
std::array<uint8_t, kPublicKeyBytes> PublicKeyOfSeed(const std::array<uint8_t, kSeedBytes>& seed);
std::string SignEd25519(const std::array<uint8_t, kSeedBytes>& seed, absl::string_view message);
bool VerifyEd25519(const std::array<uint8_t, kPublicKeyBytes>& public_key,
                   absl::string_view message, absl::string_view signature);

// Base64 with padding, one spelling only.
std::string EncodeBase64(absl::string_view bytes);
absl::StatusOr<std::string> DecodeBase64(absl::string_view text);

// True for a key name: not empty, no "+", no white space, valid UTF-8.
bool IsKeyName(absl::string_view name);

}  // namespace aplomb::tlog

#endif  // APLOMB_AUDIT_TLOG_NOTE_H_
