#include "service/join_names.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/explanation.pb.h"

namespace aplomb::service {
namespace {

// "members/m" of "members/m/offerings/o".
absl::string_view MemberOf(absl::string_view offering) {
  return offering.substr(0, offering.find("/offerings/"));
}

// Of both RankedOffering and UnrankedOffering.
template <typename Shown>
void Join(const catalog::Snapshot& snapshot, Shown& shown) {
  shown.set_member(std::string(MemberOf(shown.offering())));
  if (const auto it = snapshot.offerings.find(shown.offering()); it != snapshot.offerings.end()) {
    *shown.mutable_title() = it->second->offering.title();
  }
  if (const auto it = snapshot.members.find(shown.member()); it != snapshot.members.end()) {
    shown.set_member_display_name(it->second->member.display_name());
  }
}

}  // namespace

void JoinNames(const catalog::Snapshot& snapshot, advisor::v1::Recommendation& recommendation) {
  for (auto& result : *recommendation.mutable_results()) {
    for (auto& ranking : *result.mutable_rankings()) {
      std::map<std::string, int> count_of_member;
      for (auto& band : *ranking.mutable_bands()) {
        for (auto& ranked : *band.mutable_offerings()) {
          Join(snapshot, ranked);
          if (const auto it = snapshot.offerings.find(ranked.offering());
              it != snapshot.offerings.end()) {
            ranked.set_kind(it->second->offering.kind());
          }
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
