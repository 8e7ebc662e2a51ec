#include "service/decision_cache.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "decision/rulebook_compiler.h"

namespace aplomb::service {
namespace {

// The value of `key`, moved to the front; null where there is none.
template <typename List, typename Key>
typename List::value_type::second_type Find(List& list, const Key& key) {
  for (auto it = list.begin(); it != list.end(); ++it) {
    if (it->first == key) {
      list.splice(list.begin(), list, it);
      return list.front().second;
    }
  }
  return nullptr;
}

template <typename List, typename Key, typename Value>
void Insert(List& list, const Key& key, const Value& value, size_t size_max) {
  if (Find(list, key) != nullptr) return;
  list.emplace_front(key, value);
  if (list.size() > size_max) list.pop_back();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const decision::CompiledRulebook>> DecisionCache::Compiled(
    const catalog::RulebookEntry& entry) {
  {
    base::MutexLock lock(&mutex_);
    if (auto found = Find(rulebooks_, entry.digest)) return found;
  }
  // Legal bases were checked when the rulebook was registered.
  const decision::CompileResult result =
      decision::CompileRulebook(entry.rulebook, entry.digest, nullptr, nullptr);
  if (result.compiled == nullptr) {
    std::string first = "no diagnostic";
    for (const decision::Diagnostic& diagnostic : result.diagnostics) {
      if (diagnostic.severity != decision::Diagnostic::Severity::kError) continue;
      first = absl::StrCat(diagnostic.code, " ", diagnostic.where, ": ", diagnostic.text);
      break;
    }
    return absl::FailedPreconditionError(
        absl::StrCat("rulebook revision ", entry.revision, " does not compile: ", first));
  }
  base::MutexLock lock(&mutex_);
  Insert(rulebooks_, entry.digest, result.compiled, kRulebooksMax);
  return result.compiled;
}

std::shared_ptr<const decision::BlindCatalog> DecisionCache::Blind(
    const catalog::Snapshot& snapshot, const decision::CompiledRulebook& rulebook, int32_t day) {
  const BlindKey key{snapshot.state_digest, rulebook.digest, day};
  {
    base::MutexLock lock(&mutex_);
    if (auto found = Find(blind_, key)) return found;
  }
  // Outside the lock: two threads may make the same table, neither waits for the other.
  auto indexed =
      std::make_shared<decision::BlindCatalog>(decision::Blindfold(snapshot, rulebook, day));
  indexed->index = std::make_shared<const engine::RankIndex>(
      engine::BuildRankIndex(rulebook.rules, indexed->table));
  const std::shared_ptr<const decision::BlindCatalog> made = std::move(indexed);
  base::MutexLock lock(&mutex_);
  Insert(blind_, key, made, kBlindCatalogsMax);
  return made;
}

}  // namespace aplomb::service
