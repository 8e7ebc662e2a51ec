// What a decision needs and what is dear to make: compiled rulebooks and blind
// tables. Both are functions of what is logged; the caches only save time.
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
  static constexpr size_t kBlindCatalogsMax = 8;

  // The rulebook, compiled. FailedPrecondition where this build cannot compile it; the message has
  // the first diagnostic.
  absl::StatusOr<std::shared_ptr<const decision::CompiledRulebook>> Compiled(
      const catalog::RulebookEntry& entry);

  // The blind table of a snapshot for a day.
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

  base::Mutex mutex_;
  Recent<base::Digest, decision::CompiledRulebook> rulebooks_ ABSL_GUARDED_BY(mutex_);
  Recent<BlindKey, decision::BlindCatalog> blind_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_DECISION_CACHE_H_
