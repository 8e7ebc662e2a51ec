// Checkpoints, receipts and policies: a published log signed again byte for byte,
// and every text that is nearly right refused.
#include "audit/tlog/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/testing/matchers.h"

namespace aplomb::tlog {
namespace {

using testing::StatusIs;

// The fifteen entries of the test log that transparency-dev/tessera publishes
// (commit 1811ae1, Apache-2.0), its test signer and its last checkpoint.
constexpr absl::string_view kEntries[] = {"one",    "two",   "three",    "four",    "five",
                                          "six",    "seven", "eit",      "nain",    "ten",
                                          "ileven", "twelf", "threeten", "fourten", "fivten"};
constexpr absl::string_view kSigner =
    "PRIVATE+KEY+example.com/log/testdata+33d7b496+AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";
constexpr absl::string_view kCheckpoint15 =
    "example.com/log/testdata\n15\nrKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=\n\n"
    "— example.com/log/testdata "
    "M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zd"
    "kdIQzd/fmwlM/dlPWF74ewI=\n";

class PublishedLog : public ::testing::Test {
 protected:
  PublishedLog() : signer_(*Signer::Parse(kSigner)) {
    for (absl::string_view entry : kEntries) leaves_.push_back(LeafHash(entry));
  }

  absl::StatusOr<Hash> Read(Node node) const {
    Frontier frontier;
    const uint64_t count = uint64_t{1} << node.level;
    for (uint64_t i = 0; i < count; ++i) {
      frontier.Append(leaves_[node.index * count + i], [](Node, const Hash&) {});
    }
    return frontier.Root();
  }
  Hash Root(uint64_t size) const {
    return *TreeRoot(size, [this](Node node) { return Read(node); });
  }
  Receipt ReceiptOf(uint64_t index, uint64_t size) const {
    return Receipt{.extra = std::nullopt,
                   .index = index,
                   .proof = *ProveInclusion(index, size, [this](Node node) { return Read(node); }),
                   .checkpoint = SignCheckpoint({signer_.key().name, size, Root(size)}, signer_)};
  }
  Policy TrustingPolicy() const {
    return *ParsePolicy(absl::StrCat("log ", signer_.key().ToString(), "\nquorum none\n"));
  }

  Signer signer_;
  std::vector<Hash> leaves_;
};

TEST_F(PublishedLog, IsSignedAgainByteForByte) {
  EXPECT_EQ(SignCheckpoint({signer_.key().name, 15, Root(15)}, signer_), kCheckpoint15);
  EXPECT_EQ(EncodeBase64(base::DigestView(Root(1))),
            "0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=");
  EXPECT_EQ(EncodeBase64(base::DigestView(Root(2))),
            "T1X2GdkhUjV3iyufF9b0kVsWFxIU0VI4EpNml2Teci4=");
}

TEST_F(PublishedLog, GivesAReceiptForEveryEntry) {
  for (uint64_t i = 0; i < leaves_.size(); ++i) {
    const std::string text = FormatReceipt(ReceiptOf(i, leaves_.size()));
    ASSERT_OK_AND_ASSIGN(const Receipt receipt, ParseReceipt(text));
    EXPECT_EQ(FormatReceipt(receipt), text);
    ASSERT_OK_AND_ASSIGN(const TrustedCheckpoint trusted,
                         CheckReceipt(receipt, kEntries[i], TrustingPolicy(), true));
    EXPECT_EQ(trusted.checkpoint.size, leaves_.size());
    EXPECT_FALSE(CheckReceipt(receipt, "another entry", TrustingPolicy(), true).ok());
  }
}

TEST_F(PublishedLog, NoTouchedReceiptPasses) {
  const std::string text = FormatReceipt(ReceiptOf(5, 15));
  int refused = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string touched = text;
      touched[i] = static_cast<char>(touched[i] ^ (1 << bit));
      const absl::StatusOr<Receipt> receipt = ParseReceipt(touched);
      const bool passes =
          receipt.ok() && CheckReceipt(*receipt, kEntries[5], TrustingPolicy(), true).ok();
      ASSERT_FALSE(passes) << "byte " << i << " bit " << bit;
      ++refused;
    }
  }
  EXPECT_EQ(refused, static_cast<int>(8 * text.size()));
}

TEST_F(PublishedLog, ExtraBytesTravelButProveNothing) {
  Receipt receipt = ReceiptOf(3, 15);
  receipt.extra = std::string("\x00\xFF key", 6);
  ASSERT_OK_AND_ASSIGN(const Receipt read, ParseReceipt(FormatReceipt(receipt)));
  EXPECT_EQ(read.extra, receipt.extra);
  EXPECT_THAT(CheckReceipt(read, kEntries[3], TrustingPolicy(), true), testing::IsOk());
}

TEST(Checkpoints, AreReadAsWritten) {
  const Checkpoint checkpoint{"aplomb.example/log", 0, EmptyRoot()};
  EXPECT_THAT(ParseCheckpoint(FormatCheckpoint(checkpoint)), testing::IsOkAndHolds(checkpoint));
}

TEST(Checkpoints, HaveOneSpelling) {
  const std::string good = FormatCheckpoint({"origin", 15, EmptyRoot()});
  const std::string root = good.substr(10);
  for (const std::string& text :
       {std::string(), std::string("origin\n"), std::string("origin\n15\n"), "\n15\n" + root,
        "origin\n015\n" + root, "origin\n+15\n" + root, "origin\n-1\n" + root,
        "origin\n 15\n" + root, "origin\n15.0\n" + root, "origin\n0x0f\n" + root,
        "origin\n99999999999999999999\n" + root, "origin\n15\n\n" + root,
        good.substr(0, good.size() - 1), std::string("origin\n15\nAAAA\n"), good + "\n"}) {
    EXPECT_THAT(ParseCheckpoint(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
  EXPECT_THAT(ParseCheckpoint(good + "an extension line\n"), testing::IsOk());
}

TEST(Checkpoints, OfAnotherOriginAreRefused) {
  const Signer signer = *Signer::Parse(kSigner);
  const std::string note = SignCheckpoint({"another origin", 1, EmptyRoot()}, signer);
  EXPECT_THAT(OpenCheckpoint(note, signer.key()), StatusIs(absl::StatusCode::kInvalidArgument));
}

// --- Policies ----------------------------------------------------------------

class Policies : public ::testing::Test {
 protected:
  Policies() : log_(*Signer::Parse(kSigner)) {
    for (char c = 'a'; c <= 'c'; ++c) {
      witnesses_.push_back(*Signer::FromSeed(absl::StrCat("witness.example/", std::string(1, c)),
                                             SignatureType::kCosignature, std::string(32, c)));
    }
  }
  std::string Text(absl::string_view rest) const {
    return absl::StrCat("# whom we trust\nlog ", log_.key().ToString(), " https://log.example\n\n",
                        "witness a ", witnesses_[0].key().ToString(), "\nwitness b ",
                        witnesses_[1].key().ToString(), " https://b.example\nwitness c ",
                        witnesses_[2].key().ToString(), "\n", rest);
  }
  // A checkpoint cosigned by the witnesses whose letter is in `by`.
  std::string Cosigned(absl::string_view by) const {
    const std::string text = FormatCheckpoint({log_.key().name, 1, EmptyRoot()});
    std::string note = absl::StrCat(text, "\n", log_.SignatureLine(text));
    for (char c : by) absl::StrAppend(&note, witnesses_[c - 'a'].SignatureLine(text, 7));
    return note;
  }

  Signer log_;
  std::vector<Signer> witnesses_;
};

TEST_F(Policies, QuorumsAreCounted) {
  struct Case {
    absl::string_view name, rest, cosigned_by;
    bool trusted;
  };
  const Case kCases[] = {
      {"none asked, none there", "quorum none", "", true},
      {"one asked, none there", "quorum a", "", false},
      {"one asked, another there", "quorum a", "b", false},
      {"one asked, it is there", "quorum a", "ca", true},
      {"two of three, one there", "group g 2 a b c\nquorum g", "b", false},
      {"two of three, two there", "group g 2 a b c\nquorum g", "cb", true},
      {"all, one missing", "group g all a b c\nquorum g", "ab", false},
      {"any, one there", "group g any a b c\nquorum g", "c", true},
      {"groups in groups, inner missing", "group g all a b\ngroup h all g c\nquorum h", "ac",
       false},
      {"groups in groups", "group g any a b\ngroup h all g c\nquorum h", "bc", true},
  };
  for (const Case& c : kCases) {
    ASSERT_OK_AND_ASSIGN(const Policy policy, ParsePolicy(Text(c.rest)));
    const auto result = CheckPolicy(Cosigned(c.cosigned_by), policy, true);
    if (c.trusted) {
      ASSERT_THAT(result, testing::IsOk()) << c.name;
      EXPECT_EQ(result->cosignatures.size(), c.cosigned_by.size()) << c.name;
    } else {
      EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition)) << c.name;
    }
    EXPECT_THAT(CheckPolicy(Cosigned(c.cosigned_by), policy, false), testing::IsOk()) << c.name;
  }
}

TEST_F(Policies, MistakesNameTheirLine) {
  struct Case {
    absl::string_view name, rest;
  };
  const Case kCases[] = {
      {"no quorum", ""},
      {"two quorums", "quorum a\nquorum b"},
      {"unknown word", "trust everybody\nquorum none"},
      {"unknown member", "group g all a z\nquorum g"},
      {"unknown quorum", "quorum z"},
      {"name twice", "group a all b c\nquorum a"},
      {"member of two groups", "group g all a b\ngroup h all b c\nquorum h"},
      {"member of itself", "group g all a g\nquorum g"},
      {"threshold 0", "group g 0 a b\nquorum g"},
      {"threshold too high", "group g 3 a b\nquorum g"},
      {"threshold with a zero before", "group g 02 a b\nquorum g"},
      {"group without members", "group g all\nquorum none"},
      {"a log key for a witness",
       "witness d sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8\nquorum "
       "none"},
      {"a group called none", "group none all a\nquorum none"},
  };
  for (const Case& c : kCases) {
    EXPECT_THAT(ParsePolicy(Text(c.rest)), StatusIs(absl::StatusCode::kInvalidArgument)) << c.name;
  }
  EXPECT_THAT(ParsePolicy("quorum none\nnonsense\n").status().message(),
              ::testing::HasSubstr("policy line 2"));
}

TEST_F(Policies, AnUnknownLogIsNotTrusted) {
  ASSERT_OK_AND_ASSIGN(const Policy policy, ParsePolicy("quorum none\n"));
  EXPECT_THAT(CheckPolicy(Cosigned(""), policy, false),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(WitnessRequests, AreReadAsWritten) {
  const WitnessRequest request{.old_size = 14,
                               .proof = {EmptyRoot(), EmptyRoot()},
                               .checkpoint = std::string(kCheckpoint15)};
  const std::string body = FormatWitnessRequest(request);
  ASSERT_OK_AND_ASSIGN(const WitnessRequest read, ParseWitnessRequest(body));
  EXPECT_EQ(FormatWitnessRequest(read), body);
  EXPECT_EQ(read.proof.size(), 2u);
  for (absl::string_view bad :
       {"", "old\n\n", "old -1\n\n", "old 01\n\n", "new 1\n\n", "old 1\nAAAA\n\n", "old 1\n"}) {
    EXPECT_THAT(ParseWitnessRequest(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  std::string many = "old 1\n";
  for (size_t i = 0; i <= kMaxProofHashes; ++i) {
    absl::StrAppend(&many, EncodeBase64(base::DigestView(EmptyRoot())), "\n");
  }
  EXPECT_THAT(ParseWitnessRequest(many + "\n"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace aplomb::tlog
