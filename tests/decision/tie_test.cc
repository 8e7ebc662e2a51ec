#include "decision/tie.h"

#include <string>

#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::decision {
namespace {

base::Digest Bytes(uint8_t first) {
  base::Digest digest;
  for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(first + i);
  return digest;
}

Uid UidOf(absl::string_view hex) {
  const std::string bytes = base::HexDecode(hex).value();
  Uid uid = {};
  for (size_t i = 0; i < uid.size(); ++i) uid[i] = static_cast<uint8_t>(bytes[i]);
  return uid;
}

// Computed with the hmac module of Python 3.11:
//   hmac.new(key, message, hashlib.sha256).hexdigest()
constexpr char kSubject[] = "a476304ec905489ba50d6a40a7413bee383854c8bdd0c312408cb83ee23f58b2";
constexpr char kSeed[] = "c9cd48dc10e6ba35bb50dfafc13d876eafedb69093a10f872e6f130407eea560";
constexpr char kOtherSeed[] = "4a5916777bdd37c9f8305eb936c6103c74037fd6cdef39f1e8d7cf311822ae3e";
constexpr char kGroupKey[] = "5f42a457b200d19eafea32667ba9d26e8e59890e557acb571c5435bc9b8eadf6";
constexpr char kOfferKey[] = "03ac4fa0a62ff93a7066b52d81dd63e1b25e8404745728886fdf0285bfe4518c";

TieSubject Subject() {
  return {.epoch_secret = Bytes(0x00), .subject = SubjectOfSiren(Bytes(0xA0), "552081317")};
}

TEST(TieTest, SubjectIsTheHmacOfTheSiren) {
  EXPECT_EQ(base::HexEncode(Subject().subject), kSubject);
}

TEST(TieTest, SeedBindsTheSecretTheSubjectAndTheNeed) {
  EXPECT_EQ(base::HexEncode(TieSeed(Subject(), "ECOMMERCE")), kSeed);
  EXPECT_EQ(base::HexEncode(TieSeed(Subject(), "DOMAIN")), kOtherSeed);
}

TEST(TieTest, KeysBindTheOpaqueIdsAndNotTheirPlaces) {
  BlindCatalog catalog;
  catalog.group_uids = {UidOf("11111111222243338444555555555555")};
  catalog.offering_uids = {UidOf("0f0e0d0c0b0a490887069504030201ff")};
  const base::Digest seed = TieSeed(Subject(), "ECOMMERCE");
  const HmacTieBreaker tie(seed, catalog);
  EXPECT_EQ(base::HexEncode(tie.GroupKey(0)), kGroupKey);
  EXPECT_EQ(base::HexEncode(tie.OfferKey(0)), kOfferKey);

  BlindCatalog moved;
  moved.group_uids = {UidOf("ffffffffffff4fff8fffffffffffffff"), catalog.group_uids[0]};
  moved.offering_uids = {UidOf("eeeeeeeeeeee4eee8eeeeeeeeeeeeeee"), catalog.offering_uids[0]};
  const HmacTieBreaker tie_moved(seed, moved);
  EXPECT_EQ(base::HexEncode(tie_moved.GroupKey(1)), kGroupKey);
  EXPECT_EQ(base::HexEncode(tie_moved.OfferKey(1)), kOfferKey);
}

TEST(TieTest, AGroupAndAnOfferingOfOneUuidHaveDifferentKeys) {
  BlindCatalog catalog;
  catalog.group_uids = {UidOf("11111111222243338444555555555555")};
  catalog.offering_uids = catalog.group_uids;
  const HmacTieBreaker tie(TieSeed(Subject(), "ECOMMERCE"), catalog);
  EXPECT_NE(tie.GroupKey(0), tie.OfferKey(0));
}

TEST(TieDeathTest, ARowThatIsNotInTheCatalogueIsAnErrorOfOurs) {
  const BlindCatalog catalog;
  const HmacTieBreaker tie(TieSeed(Subject(), "ECOMMERCE"), catalog);
  EXPECT_DEATH(tie.GroupKey(0), "no such ownership group");
  EXPECT_DEATH(tie.OfferKey(0), "no such offering");
}

}  // namespace
}  // namespace aplomb::decision
