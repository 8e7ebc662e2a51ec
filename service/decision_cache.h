// What a decision needs and what is dear to make: compiled rulebooks and blind
// tables. Both are functions of what is logged; the caches only save time.
//
// A blind table follows its catalogue: where only offerings changed since a table
// was made for the same rulebook and day, their rows are read again and the rest is
// kept. Readers may hold a table for as long as they decide, so there are two of
// each: the newest, and the one before, which nobody reads any more and which
// becomes the next. What is found costs the same whatever was asked.
// Thread-safe.
#ifndef APLOMB_SERVICE_DECISION_CACHE_H_
#define APLOMB_SERVICE_DECISION_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/digest.h"
#include "base/mutex.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"

namespace aplomb::service {

class DecisionCache {
 public:
  static constexpr size_t kRulebooksMax = 8;
  static constexpr size_t kBlindCatalogsMax = 4;
  // Pairs of a rulebook and a day of which the table follows the catalogue.
  static constexpr size_t kLinesMax = 2;

  // The rulebook, compiled. FailedPrecondition where this build cannot compile it; the message has
  // the first diagnostic.
  absl::StatusOr<std::shared_ptr<const decision::CompiledRulebook>> Compiled(
      const catalog::RulebookEntry& entry);

  // The blind table of a snapshot for a day, with its index.
  std::shared_ptr<const decision::BlindCatalog> Blind(const catalog::Snapshot& snapshot,
                                                      const decision::CompiledRulebook& rulebook,
                                                      int32_t day);

 private:
  struct BlindKey {
    base::Digest catalog;
    base::Digest rulebook;
    int32_t day = 0;
    friend bool operator==(const BlindKey&, const BlindKey&) = default;
  };
  template <typename Key, typename Value>
  using Recent = std::list<std::pair<Key, std::shared_ptr<const Value>>>;  // last used first

  // A table and what it was made from.
  struct Made {
    catalog::Snapshot snapshot;
    std::shared_ptr<decision::BlindCatalog> blind;  // null: none
  };
  struct Line {
    base::Digest rulebook;
    int32_t day = 0;
    Made newest;
    Made before;
  };
  std::shared_ptr<const decision::BlindCatalog> FindBlind(const BlindKey& key)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // From the table before, or null where it cannot be made from it.
  std::shared_ptr<decision::BlindCatalog> MakeNext(const catalog::Snapshot& snapshot,
                                                   const decision::CompiledRulebook& rulebook,
                                                   Line& line)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(making_);

  // Held while a table is made; before mutex_.
  base::Mutex making_;
  std::list<Line> lines_ ABSL_GUARDED_BY(making_);  // last used first
  base::Mutex mutex_ ABSL_ACQUIRED_AFTER(making_);
  Recent<base::Digest, decision::CompiledRulebook> rulebooks_ ABSL_GUARDED_BY(mutex_);
  Recent<BlindKey, decision::BlindCatalog> blind_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_DECISION_CACHE_H_
