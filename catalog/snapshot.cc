#include "catalog/snapshot.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/civil_day.h"

namespace aplomb::catalog {
namespace {

constexpr absl::string_view kOfferings = "/offerings/";

template <typename Message>
absl::StatusOr<Message> ReadStored(const std::string& bytes) {
  Message message;
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !message.ParseFromString(bytes)) {
    return absl::DataLossError(absl::StrCat("not a ", Message::descriptor()->full_name()));
  }
  return message;
}

bool IsActive(const MemberEntry* entry) {
  return entry != nullptr && entry->member.state() == v1::Member::ACTIVE;
}

const MemberEntry* MemberOfOffering(const Snapshot& snapshot, absl::string_view name) {
  const auto found = snapshot.members.find(name.substr(0, name.find(kOfferings)));
  return found == snapshot.members.end() ? nullptr : found->second.get();
}

bool IsCounted(const Snapshot& snapshot, const std::string& name, const OfferingEntry* entry) {
  return entry != nullptr && entry->offering.state() == v1::Offering::PUBLISHED &&
         IsActive(MemberOfOffering(snapshot, name));
}

int64_t PublishedOf(const Snapshot& snapshot, const std::string& member) {
  const std::string prefix = absl::StrCat(member, kOfferings);
  int64_t count = 0;
  for (auto it = snapshot.offerings.lower_bound(prefix);
       it != snapshot.offerings.end() && absl::StartsWith(it->first, prefix); ++it) {
    if (it->second->offering.state() == v1::Offering::PUBLISHED) ++count;
  }
  return count;
}

SnapshotCounts Count(const Snapshot& snapshot) {
  SnapshotCounts counts;
  for (const auto& [name, entry] : snapshot.members) {
    if (IsActive(entry.get())) ++counts.active_members;
    if (IsActive(entry.get()) && entry->member.listed_only()) ++counts.listed_members;
    if (entry->member.fictional()) ++counts.fictional_members;
  }
  for (const auto& [name, entry] : snapshot.offerings) {
    if (IsCounted(snapshot, name, entry.get())) ++counts.published_offerings;
  }
  return counts;
}

}  // namespace

absl::StatusOr<v1::Member> ReadStoredMember(const std::string& bytes) {
  return ReadStored<v1::Member>(bytes);
}

absl::StatusOr<v1::Offering> ReadStoredOffering(const std::string& bytes) {
  return ReadStored<v1::Offering>(bytes);
}

std::shared_ptr<const SnapshotIndex> MakeSnapshotIndex(const Snapshot& snapshot) {
  auto index = std::make_shared<SnapshotIndex>();
  std::vector<std::pair<absl::string_view, const std::shared_ptr<const OfferingEntry>*>> by_uid;
  by_uid.reserve(snapshot.offerings.size());
  for (const auto& [name, entry] : snapshot.offerings) {
    by_uid.emplace_back(entry->offering.uid(), &entry);
  }
  // In order, so that the map grows at its end.
  std::sort(by_uid.begin(), by_uid.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [uid, entry] : by_uid) index->offerings_by_uid[std::string(uid)] = *entry;
  index->counts = Count(snapshot);
  return index;
}

SnapshotCounts CountsOf(const Snapshot& snapshot) {
  return snapshot.index != nullptr ? snapshot.index->counts : Count(snapshot);
}

const OfferingEntry* FindOfferingByUid(const Snapshot& snapshot, const std::string& uid) {
  if (snapshot.index != nullptr) {
    const auto found = snapshot.index->offerings_by_uid.find(uid);
    return found == snapshot.index->offerings_by_uid.end() ? nullptr : found->second.get();
  }
  for (const auto& [name, entry] : snapshot.offerings) {
    if (entry->offering.uid() == uid) return entry.get();
  }
  return nullptr;
}

void ReplaceMember(const std::string& name, std::shared_ptr<const MemberEntry> entry,
                   SnapshotIndex& index, Snapshot& snapshot) {
  std::shared_ptr<const MemberEntry>& held = snapshot.members[name];
  const auto count = [&](const MemberEntry* member, int sign) {
    if (member == nullptr) return;
    if (member->member.fictional()) index.counts.fictional_members += sign;
    if (!IsActive(member)) return;
    index.counts.active_members += sign;
    if (member->member.listed_only()) index.counts.listed_members += sign;
    index.counts.published_offerings += sign * PublishedOf(snapshot, name);
  };
  count(held.get(), -1);
  held = std::move(entry);
  count(held.get(), 1);
}

void ReplaceOffering(const std::string& name, std::shared_ptr<const OfferingEntry> entry,
                     SnapshotIndex& index, Snapshot& snapshot) {
  std::shared_ptr<const OfferingEntry>& held = snapshot.offerings[name];
  if (IsCounted(snapshot, name, held.get())) --index.counts.published_offerings;
  held = std::move(entry);
  if (IsCounted(snapshot, name, held.get())) ++index.counts.published_offerings;
  index.offerings_by_uid[held->offering.uid()] = held;
}

const RulebookEntry* FindRulebook(const Snapshot& snapshot, int64_t revision) {
  const auto found = snapshot.rulebooks.find(revision);
  return found == snapshot.rulebooks.end() ? nullptr : found->second.get();
}

const RulebookEntry* ActiveRulebook(const Snapshot& snapshot, int32_t day) {
  for (auto it = snapshot.rulebooks.rbegin(); it != snapshot.rulebooks.rend(); ++it) {
    const v1::Rulebook& rulebook = it->second->rulebook;
    if (!rulebook.has_valid_from()) return it->second.get();  // always
    const absl::StatusOr<base::DayNumber> from =
        base::ToDayNumber({.year = rulebook.valid_from().year(),
                           .month = rulebook.valid_from().month(),
                           .day = rulebook.valid_from().day()});
    // A day that does not exist never comes.
    if (from.ok() && *from <= day) return it->second.get();
  }
  return nullptr;
}

}  // namespace aplomb::catalog
