#include "service/decision_cache.h"

#include <algorithm>
#include <atomic>
#include <optional>
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

std::shared_ptr<const decision::BlindCatalog> DecisionCache::FindBlind(const BlindKey& key) {
  base::MutexLock lock(&mutex_);
  return Find(blind_, key);
}

std::shared_ptr<decision::BlindCatalog> DecisionCache::MakeNext(
    const catalog::Snapshot& snapshot, const decision::CompiledRulebook& rulebook, Line& line) {
  Made next = std::move(line.before);
  line.before = Made();
  if (next.blind == nullptr || next.blind.use_count() > 1) {
    // The first change, or somebody still decides with the table before.
    next = {.snapshot = line.newest.snapshot,
            .blind = std::make_shared<decision::BlindCatalog>(*line.newest.blind)};
  }
  // Whoever let go of it last has read it before.
  std::atomic_thread_fence(std::memory_order_acquire);
  const std::optional<uint64_t> needs =
      decision::Reblind(next.snapshot, snapshot, rulebook, *next.blind);
  if (!needs.has_value()) return nullptr;
  next.blind->index = std::make_shared<const engine::RankIndex>(
      engine::UpdateRankIndex(*next.blind->index, rulebook.rules, next.blind->table, *needs));
  next.snapshot = snapshot;
  line.before = std::move(line.newest);
  line.newest = std::move(next);
  return line.newest.blind;
}

std::shared_ptr<const decision::BlindCatalog> DecisionCache::Blind(
    const catalog::Snapshot& snapshot, const decision::CompiledRulebook& rulebook, int32_t day) {
  const BlindKey key{snapshot.state_digest, rulebook.digest, day};
  if (auto found = FindBlind(key)) return found;
  base::MutexLock making(&making_);
  if (auto found = FindBlind(key)) return found;
  auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& candidate) {
    return candidate.rulebook == rulebook.digest && candidate.day == day;
  });
  std::shared_ptr<decision::BlindCatalog> made;
  const bool is_next = line != lines_.end() && line->newest.snapshot.revision < snapshot.revision;
  if (is_next) made = MakeNext(snapshot, rulebook, *line);
  if (made == nullptr) {
    made = std::make_shared<decision::BlindCatalog>(decision::Blindfold(snapshot, rulebook, day));
    made->index = std::make_shared<const engine::RankIndex>(
        engine::BuildRankIndex(rulebook.rules, made->table));
    if (line == lines_.end()) {
      lines_.push_front({.rulebook = rulebook.digest, .day = day, .newest = {}, .before = {}});
      line = lines_.begin();
    }
    // An older catalogue than the line's is looked at in passing.
    if (is_next || line->newest.blind == nullptr) {
      line->newest = {.snapshot = snapshot, .blind = made};
      line->before = Made();
    }
  }
  lines_.splice(lines_.begin(), lines_, line);
  if (lines_.size() > kLinesMax) lines_.pop_back();
  const std::shared_ptr<const decision::BlindCatalog> before = lines_.front().before.blind;
  base::MutexLock lock(&mutex_);
  if (is_next && before != nullptr) {
    // Found by nobody any more, so that it can become the next.
    blind_.remove_if([&before](const auto& held) { return held.second == before; });
  }
  Insert(blind_, key, std::shared_ptr<const decision::BlindCatalog>(made), kBlindCatalogsMax);
  return made;
}

}  // namespace aplomb::service
