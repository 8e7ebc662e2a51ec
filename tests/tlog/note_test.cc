// Signed notes against the published examples of C2SP and of the Go checksum
// database, and against everything that only looks like a note.
#include "audit/tlog/note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/hex.h"
#include "tests/testing/matchers.h"

namespace aplomb::tlog {
namespace {

using testing::StatusIs;

struct NoteVector {
  absl::string_view name;
  absl::string_view vkey;
  absl::string_view text;
  absl::string_view line;
};
constexpr NoteVector kNotes[] = {
    {"C2SP signed-note, the example",
     "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
     "This is an example message.\n",
     "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRK"
     "uwHjG1Yu72IneyaQM=\n"},
    {"a checkpoint of sum.golang.org",
     "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
     "go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n",
     "— sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHLAyaKbbTM75QT"
     "tPydhKCExixSfwQ=\n"},
};

std::string Assemble(const NoteVector& v) { return absl::StrCat(v.text, "\n", v.line); }

TEST(Notes, PublishedNotesVerify) {
  for (const NoteVector& v : kNotes) {
    ASSERT_OK_AND_ASSIGN(const VerifierKey key, VerifierKey::Parse(v.vkey));
    EXPECT_EQ(key.ToString(), v.vkey);
    ASSERT_OK_AND_ASSIGN(const Note note, ParseNote(Assemble(v)));
    EXPECT_EQ(note.text, v.text);
    ASSERT_OK_AND_ASSIGN(const auto verified, VerifyNote(note, {key}));
    EXPECT_EQ(verified.size(), 1u) << v.name;
  }
}

TEST(Notes, ATouchedTextOfAKnownKeyIsRefused) {
  for (const NoteVector& v : kNotes) {
    ASSERT_OK_AND_ASSIGN(const VerifierKey key, VerifierKey::Parse(v.vkey));
    std::string bytes = Assemble(v);
    for (size_t i = 0; i + 1 < v.text.size(); ++i) {
      if (bytes[i] == '\n') continue;
      bytes[i] ^= 1;
      const absl::StatusOr<Note> note = ParseNote(bytes);
      if (note.ok()) {
        EXPECT_FALSE(VerifyNote(*note, {key}).ok()) << "byte " << i;
      }
      bytes[i] ^= 1;
    }
  }
}

TEST(Notes, UnknownKeysAreIgnored) {
  ASSERT_OK_AND_ASSIGN(const VerifierKey key, VerifierKey::Parse(kNotes[1].vkey));
  ASSERT_OK_AND_ASSIGN(const Note note, ParseNote(Assemble(kNotes[0])));
  EXPECT_THAT(VerifyNote(note, {key}), testing::IsOkAndHolds(::testing::IsEmpty()));
}

TEST(Notes, OnlyTheFirstSignatureOfAKeyCounts) {
  const std::string twice = absl::StrCat(Assemble(kNotes[0]), kNotes[0].line);
  ASSERT_OK_AND_ASSIGN(const VerifierKey key, VerifierKey::Parse(kNotes[0].vkey));
  ASSERT_OK_AND_ASSIGN(const Note note, ParseNote(twice));
  EXPECT_THAT(VerifyNote(note, {key}), testing::IsOkAndHolds(::testing::SizeIs(1)));
}

struct BadNote {
  absl::string_view name;
  std::string bytes;
};

TEST(Notes, MalformedNotesAreRefused) {
  const std::string good = Assemble(kNotes[0]);
  const std::string line(kNotes[0].line);
  std::string many = "text\n\n";
  for (size_t i = 0; i <= kMaxSignatures; ++i) absl::StrAppend(&many, line);
  const BadNote cases[] = {
      {"empty", ""},
      {"no blank line", absl::StrReplaceAll(good, {{"\n\n", "\n"}})},
      {"no signature", "text\n\n"},
      {"no line feed at the end", good.substr(0, good.size() - 1)},
      {"hyphen for dash", absl::StrReplaceAll(good, {{"—", "-"}})},
      {"tab in the text", absl::StrReplaceAll(good, {{"an ", "an\t"}})},
      {"carriage return", absl::StrReplaceAll(good, {{"\n", "\r\n"}})},
      {"invalid UTF-8", absl::StrCat("\xFF", good)},
      {"overlong UTF-8", absl::StrCat("\xC0\xAF", good)},
      {"surrogate", absl::StrCat("\xED\xA0\x80", good)},
      {"two blanks before the signature", absl::StrReplaceAll(good, {{"foo Uw", "foo  Uw"}})},
      {"base64 without padding", absl::StrReplaceAll(good, {{"QM=\n", "QM\n"}})},
      {"base64 with loose bits", absl::StrReplaceAll(good, {{"QM=\n", "QN=\n"}})},
      {"url-safe base64", absl::StrReplaceAll(good, {{"K7Ztg1", "K7_tg1"}})},
      {"signature of four bytes", "text\n\n— name AAAAAA==\n"},
      {"plus in the name", absl::StrReplaceAll(good, {{"— example.com/foo", "— a+b"}})},
      {"text after the signatures", absl::StrCat(good, "more\n")},
      {"too many signatures", many},
      {"too large", std::string(kMaxNoteBytes, 'a') + "\n\n" + line},
  };
  for (const BadNote& c : cases) {
    EXPECT_THAT(ParseNote(c.bytes), StatusIs(absl::StatusCode::kInvalidArgument)) << c.name;
  }
}

TEST(Keys, EveryTouchedKeyIsRefused) {
  for (const NoteVector& v : kNotes) {
    std::string text(v.vkey);
    for (size_t i = 0; i < text.size(); ++i) {
      ++text[i];
      EXPECT_FALSE(VerifierKey::Parse(text).ok()) << text;
      --text[i];
    }
    for (size_t begin = 0; begin < text.size(); ++begin) {
      for (size_t size = 0; begin + size <= text.size(); ++size) {
        if (size == text.size()) continue;
        EXPECT_FALSE(VerifierKey::Parse(text.substr(begin, size)).ok());
      }
    }
  }
}

TEST(Keys, ASignerIsReadAsItWasWritten) {
  constexpr absl::string_view kPrivate =
      "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";
  ASSERT_OK_AND_ASSIGN(const Signer signer, Signer::Parse(kPrivate));
  EXPECT_EQ(signer.ToPrivateString(), kPrivate);
  EXPECT_EQ(signer.key().ToString(),
            "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");
}

TEST(Keys, NamesHaveNoBlanksAndNoPlus) {
  for (absl::string_view name : {"", " ", "a b", "a+b", "a\tb",
                                 "a\xC2\xA0"
                                 "b",
                                 "a\xE2\x80\x89"
                                 "b",
                                 "a\xE3\x80\x80", "a\xFF"}) {
    EXPECT_FALSE(IsKeyName(name)) << name;
  }
  EXPECT_TRUE(IsKeyName("aplomb.example/log"));
  EXPECT_TRUE(IsKeyName("été"));
}

TEST(Cosignatures, MatchThePublishedOne) {
  std::string seed;
  for (char c = 0; c < 32; ++c) seed.push_back(c);
  ASSERT_OK_AND_ASSIGN(const Signer witness,
                       Signer::FromSeed("witness.example/w1", SignatureType::kCosignature, seed));
  EXPECT_EQ(witness.key().ToString(),
            "witness.example/w1+e75f6532+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
  const std::string text =
      "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n";
  const std::string line = witness.SignatureLine(text, 1679315147);
  EXPECT_EQ(line,
            "— witness.example/w1 519lMgAAAABkGFDLo0vvaVMnQBetpNUCKKILroiWxoSAyyV9iB/cgczFo9ONQdSuK"
            "datX9+k2ggtjAKaVSHrTWaVvipK5HiRqnepAA==\n");
  ASSERT_OK_AND_ASSIGN(const Note note, ParseNote(absl::StrCat(text, "\n", line)));
  ASSERT_OK_AND_ASSIGN(const auto verified, VerifyNote(note, {witness.key()}));
  ASSERT_EQ(verified.size(), 1u);
  EXPECT_EQ(verified[0].time_s, 1679315147u);
}

// RFC 8032, 7.1, tests 1 and 2.
TEST(Ed25519, PublishedVectors) {
  struct Vector {
    absl::string_view seed, public_key, message, signature;
  };
  constexpr Vector kVectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf"
       "9b4"
       "6bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f"
       "11d"
       "8c387b2eaeb4302aeeb00d291612bb0c00"},
  };
  for (const Vector& v : kVectors) {
    const base::Digest seed = *base::HexDecodeDigest(v.seed);
    const auto public_key = PublicKeyOfSeed(seed);
    EXPECT_EQ(base::HexEncode(public_key), v.public_key);
    std::string message = *base::HexDecode(v.message);
    EXPECT_EQ(base::HexEncode(SignEd25519(seed, message)), v.signature);
    EXPECT_TRUE(VerifyEd25519(public_key, message, *base::HexDecode(v.signature)));
    message.push_back('x');
    EXPECT_FALSE(VerifyEd25519(public_key, message, *base::HexDecode(v.signature)));
  }
}

}  // namespace
}  // namespace aplomb::tlog
