#include "service/proof_chain.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/digest.h"
#include "base/status.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "service/decision_cache.h"
#include "service/show_decision.h"

namespace aplomb::service {
namespace {

namespace pb = advisor::v1;
using decision::ChainRun;
using decision::Outcome;
using decision::ProofInput;

// Catalogues that came before `snapshot`, oldest first: each is as the next one, but that some of
// its offerings say what others do. Two, so that the table which follows is once a copy of the
// newest and once the one before.
std::array<catalog::Snapshot, 2> Before(const catalog::Snapshot& snapshot) {
  constexpr size_t kEvery = 5;  // of the offerings, in the order of their names
  std::array<catalog::Snapshot, 2> before;
  catalog::Snapshot next = snapshot;
  for (size_t step = before.size(); step-- > 0;) {
    catalog::Snapshot& made = before[step];
    made = next;
    auto index = std::make_shared<catalog::SnapshotIndex>(*next.index);
    made.revision = next.revision - 1;
    made.state_digest =
        base::Sha256(absl::StrCat("aplomb/proof/before ", base::DigestView(next.state_digest)));
    const catalog::OfferingEntry* other = nullptr;
    size_t i = 0;
    for (const auto& [name, entry] : next.offerings) {
      if (i++ % kEvery == step && other != nullptr) {
        auto changed = std::make_shared<catalog::OfferingEntry>(*entry);
        changed->offering = other->offering;
        changed->offering.set_name(name);
        changed->offering.set_uid(entry->offering.uid());
        catalog::ReplaceOffering(name, std::move(changed), *index, made);
      }
      other = entry.get();
    }
    made.index = std::move(index);
    next = made;
  }
  return before;
}

// All answers on pages of a list, as a client reads them one after the other.
absl::Status List(const std::vector<pb::Recommendation>& answers, std::vector<Outcome>& outcomes) {
  const std::vector<std::string> arguments = {"aplomb/proof/list"};
  const auto key_of = [](size_t i) { return absl::StrCat(1'000'000 + i); };
  std::string token;
  int number = 0;
  do {
    ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(token, arguments));
    size_t next = 0;
    while (next < answers.size() && !place.after.empty() && key_of(next) <= place.after) ++next;
    google::protobuf::RepeatedPtrField<pb::Recommendation> shown;
    token.clear();
    RecommendationPage page(kProofPageSize, -1, arguments, &shown, &token);
    const size_t first = next;
    while (next < answers.size() && AddToPage(key_of(next), answers[next], page)) ++next;
    for (int i = 0; i < shown.size(); ++i) {
      Outcome& outcome = outcomes[first + static_cast<size_t>(i)];
      outcome.listed = std::move(*shown.Mutable(i));
      outcome.page = number;
    }
    if (next == first && next < answers.size()) {
      return absl::InternalError("a page of a list is empty, and there is more");
    }
    ++number;
  } while (!token.empty());
  return absl::OkStatus();
}

}  // namespace

decision::Chain ServiceChain(std::shared_ptr<const catalog::RulebookEntry> rulebook,
                             int32_t as_of_day) {
  return [rulebook = std::move(rulebook), as_of_day](
             const decision::StoredCatalog& stored, absl::Span<const ProofInput> inputs,
             const ChainRun& run) -> absl::StatusOr<std::vector<Outcome>> {
    ASSIGN_OR_RETURN(const catalog::Snapshot snapshot, decision::ProjectStored(stored));
    DecisionCache cache;
    ASSIGN_OR_RETURN(const auto compiled, cache.Compiled(*rulebook));
    if (run.follow) {
      for (const catalog::Snapshot& before : Before(snapshot)) {
        cache.Blind(before, *compiled, as_of_day);
      }
    }
    const auto blind = cache.Blind(snapshot, *compiled, as_of_day);
    const decision::DecisionContext context{.snapshot = snapshot,
                                            .rulebook = *compiled,
                                            .rulebook_revision = rulebook->revision,
                                            .blind = *blind};
    std::vector<Outcome> outcomes(inputs.size());
    std::vector<pb::Recommendation> basic(run.answers ? inputs.size() : 0);
    std::vector<absl::Status> failures(inputs.size());
    decision::InParallel(run.threads, inputs.size(), [&](size_t i) {
      const decision::DecisionInput input{.profile = inputs[i].profile,
                                          .needs = inputs[i].needs,
                                          .weights = inputs[i].weights,
                                          .as_of_day = as_of_day};
      std::vector<decision::CompiledNeed> needs;
      const decision::DecisionRecord record =
          decision::Decide(input, context, inputs[i].tie, &needs);
      outcomes[i].record = decision::EncodeRecord(record);
      if (!run.answers) return;
      // What is decided is answered from memory; a list reads what was logged.
      failures[i] = ShowDecision(record, input, snapshot, *compiled, decision::RenderDetail::kFull,
                                 outcomes[i].answer, &needs);
      if (!failures[i].ok()) return;
      const absl::StatusOr<decision::DecisionRecord> logged =
          decision::DecodeRecord(outcomes[i].record);
      failures[i] = logged.status();
      if (!failures[i].ok()) return;
      failures[i] = ShowDecision(*logged, input, snapshot, *compiled,
                                 decision::RenderDetail::kBasic, basic[i]);
    });
    for (const absl::Status& failure : failures) RETURN_IF_ERROR(failure);
    if (run.answers) RETURN_IF_ERROR(List(basic, outcomes));
    return outcomes;
  };
}

std::shared_ptr<const catalog::RulebookEntry> EntryOf(const decision::CompiledRulebook& rulebook,
                                                      int64_t revision) {
  auto entry = std::make_shared<catalog::RulebookEntry>();
  entry->rulebook = rulebook.source;
  entry->digest = rulebook.digest;
  entry->revision = revision;
  return entry;
}

}  // namespace aplomb::service
