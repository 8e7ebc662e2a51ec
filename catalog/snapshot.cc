#include "catalog/snapshot.h"

#include "absl/status/statusor.h"
#include "base/civil_day.h"

namespace aplomb::catalog {

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
