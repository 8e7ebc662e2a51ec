#include "base/digest.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::base {
namespace {

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;

TEST(Sha256Test, AgreesWithTheExamplesOfNist) {
  EXPECT_EQ(HexEncode(Sha256("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexEncode(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(HexEncode(Sha256(std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Test, BytesInAVectorHashAsInAString) {
  EXPECT_EQ(Sha256(std::vector<uint8_t>{'a', 'b', 'c'}), Sha256("abc"));
  EXPECT_EQ(Sha256(absl::string_view()), Sha256(""));
}

TEST(Sha256HasherTest, PiecesHashAsTheWholeWhereverTheyAreCut) {
  const std::string text =
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq and more of it";
  Sha256Hasher hasher;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    hasher.Update(absl::string_view(text).substr(0, cut));
    hasher.Update(absl::string_view(text).substr(cut));
    EXPECT_EQ(hasher.Finish(), Sha256(text)) << cut;
  }
  EXPECT_EQ(hasher.Finish(), Sha256(""));
}

TEST(HmacSha256Test, AgreesWithRfc4231) {
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256Test, AnEmptyKeyIsAKeyAndNotTheLastOne) {
  const Digest before = HmacSha256("", "x");
  HmacSha256("another", "x");
  EXPECT_EQ(HmacSha256(absl::string_view(), "x"), before);
  // Well known: the HMAC of nothing under no key.
  EXPECT_EQ(HexEncode(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

// RFC 4231 once more, each key for several messages in turn.
TEST(HmacSha256KeyTest, GivesTheSameHoweverOftenItIsUsed) {
  for (const std::string& text : {std::string(), std::string("Jefe"), std::string(20, '\x0b'),
                                  std::string(64, 'k'), std::string(131, '\xaa')}) {
    const HmacSha256Key key(text);
    for (const std::string& message : {std::string(), std::string("what do ya want for nothing?"),
                                       std::string(1000, 'x'), std::string()}) {
      EXPECT_EQ(key.Of(message), HmacSha256(text, message)) << text.size();
    }
  }
  EXPECT_EQ(HexEncode(HmacSha256Key("Jefe").Of("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(DigestTest, BytesAndBack) {
  const Digest digest = Sha256("x");
  EXPECT_THAT(DigestFromBytes(DigestView(digest)), IsOkAndHolds(digest));
  EXPECT_THAT(DigestFromBytes("short"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DigestFromBytes(std::string(33, 'x')), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(DigestTest, ConstantTimeComparisonComparesAllBytes) {
  const std::string a(32, 'a');
  EXPECT_TRUE(EqualInConstantTime(a, std::string(32, 'a')));
  EXPECT_TRUE(EqualInConstantTime("", absl::string_view()));
  EXPECT_FALSE(EqualInConstantTime(a, std::string(31, 'a')));
  for (size_t i = 0; i < a.size(); ++i) {
    std::string b = a;
    b[i] ^= 1;
    EXPECT_FALSE(EqualInConstantTime(a, b)) << i;
  }
}

}  // namespace
}  // namespace aplomb::base
