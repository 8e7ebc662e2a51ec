#include "service/join_names.h"

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/explanation.pb.h"

namespace aplomb::service {
namespace {

// "members/m" of "members/m/offerings/o".
absl::string_view MemberOf(absl::string_view offering) {
  return offering.substr(0, offering.find("/offerings/"));
}

// Of both RankedOffering and UnrankedOffering. Returns the offering, null where there is none.
template <typename Shown>
const catalog::OfferingEntry* Join(const catalog::Snapshot& snapshot, Shown& shown) {
  const absl::string_view member = MemberOf(shown.offering());
  if (shown.member() != member) shown.set_member(std::string(member));
  if (const auto it = snapshot.members.find(member); it != snapshot.members.end()) {
    shown.set_member_display_name(it->second->member.display_name());
  }
  const auto it = snapshot.offerings.find(shown.offering());
  if (it == snapshot.offerings.end()) return nullptr;
  *shown.mutable_title() = it->second->offering.title();
  return it->second.get();
}

}  // namespace

void JoinNames(const catalog::Snapshot& snapshot, advisor::v1::Recommendation& recommendation) {
  for (auto& result : *recommendation.mutable_results()) {
    for (auto& ranking : *result.mutable_rankings()) {
      absl::flat_hash_map<absl::string_view, int> count_of_member;
      for (auto& band : *ranking.mutable_bands()) {
        for (auto& ranked : *band.mutable_offerings()) {
          const catalog::OfferingEntry* const entry = Join(snapshot, ranked);
          if (entry != nullptr) ranked.set_kind(entry->offering.kind());
          ++count_of_member[ranked.member()];
        }
      }
      // The first of a member with several is its best.
      for (auto& band : *ranking.mutable_bands()) {
        for (auto& ranked : *band.mutable_offerings()) {
          int& count = count_of_member[ranked.member()];
          ranked.set_member_best(count > 1);
          count = 0;
        }
      }
      for (auto& unranked : *ranking.mutable_to_confirm()) Join(snapshot, unranked);
      for (auto& unranked : *ranking.mutable_excluded()) Join(snapshot, unranked);
    }
  }
}

void JoinRefs(const catalog::Snapshot& snapshot, google::protobuf::Message& message) {
  if (message.GetDescriptor() == advisor::v1::OfferingRef::descriptor()) {
    Join(snapshot, static_cast<advisor::v1::OfferingRef&>(message));
    return;
  }
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      JoinRefs(snapshot, *reflection.MutableMessage(&message, field));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      JoinRefs(snapshot, *reflection.MutableRepeatedMessage(&message, field, i));
    }
  }
}

}  // namespace aplomb::service
