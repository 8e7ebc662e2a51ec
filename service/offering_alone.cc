#include "service/offering_alone.h"

#include <utility>

#include "aplomb/catalog/v1/member.pb.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;

constexpr char kMemberName[] = "members/m";
constexpr char kOfferingName[] = "members/m/offerings/o";
constexpr char kGroupUid[] = "00000000-0000-4000-8000-000000000001";
constexpr char kOfferingUid[] = "00000000-0000-4000-8000-000000000002";

}  // namespace

catalog::Snapshot SnapshotOfOne(
    const pb::Offering& offering,
    std::shared_ptr<const catalog::TableEntry<pb::ExchangeRateTable>> rates) {
  catalog::Snapshot alone;
  alone.rates = std::move(rates);
  auto member = std::make_shared<catalog::MemberEntry>();
  member->member.set_name(kMemberName);
  member->member.set_state(pb::Member::ACTIVE);
  member->member.set_ownership_group_uid(kGroupUid);
  alone.members[kMemberName] = std::move(member);
  auto entry = std::make_shared<catalog::OfferingEntry>();
  entry->offering = offering;
  entry->offering.set_name(kOfferingName);
  entry->offering.set_uid(kOfferingUid);
  entry->offering.set_state(pb::Offering::PUBLISHED);
  alone.offerings[kOfferingName] = std::move(entry);
  return alone;
}

}  // namespace aplomb::service
