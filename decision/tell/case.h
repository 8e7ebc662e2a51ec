// A logged recommendation, opened again: everything that an explanation reads, put
// back together from the record and the states that it names, and shown to agree
// with it. Start here. Pure; thread-safe once made.
//
// What this room makes has resource names but no names of members and products:
// sentences speak of "this offering", "offering A"; the service joins the names.
#ifndef APLOMB_DECISION_TELL_CASE_H_
#define APLOMB_DECISION_TELL_CASE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"
#include "decision/explain/inquiry.h"
#include "decision/request.h"
#include "engine/rank.h"

namespace aplomb::tell {

// What a case is made from; all must outlive it.
struct Sources {
  // Rendered from the logged record (decision/render.h), with everything in it.
  const advisor::v1::Recommendation& shown;
  // Of the revisions and the day that it names.
  const catalog::Snapshot& snapshot;
  const decision::CompiledRulebook& rulebook;
  const decision::BlindCatalog& blind;
};

// One need in one delivery mode.
struct RankingCase {
  size_t need = 0;  // place in the request and in `shown.results`
  engine::DeliveryMode mode = engine::DeliveryMode::kDoItYourself;
  const advisor::v1::NeedResult* result = nullptr;
  const advisor::v1::Ranking* shown = nullptr;
  engine::Ranking ranking;  // the engine's, in the order shown
};

class Case {
 public:
  // Ranks anew, with the lot left out, compares, and takes over the order that the lot
  // drew. InvalidArgument where the engine finds anything else than is shown: other
  // offerings, ranks, scores, contributions, costs or findings; a damaged record, or
  // another engine.
  static absl::StatusOr<Case> Open(const Sources& sources);

  const Sources& sources() const { return sources_; }
  const decision::CompiledRulebook& rulebook() const { return sources_.rulebook; }
  const catalog::v1::Rulebook& rules() const { return sources_.rulebook.source; }
  // In the order shown.
  const std::vector<RankingCase>& rankings() const { return rankings_; }
  const std::vector<decision::CompiledNeed>& needs() const { return needs_; }
  // The needs as they were asked.
  const std::vector<type::NeedRequest>& asked() const { return asked_; }

  // Refers to this case.
  explain::Inquiry InquiryOf(const RankingCase& ranking) const;
  // The row of an offering; nothing where it is not in the table (its member is not active).
  std::optional<uint32_t> RowOf(absl::string_view offering) const;
  const std::string& NameOf(uint32_t row) const { return sources_.blind.names[row]; }
  // The ranking of that need in the mode of the row, or null.
  const RankingCase* Find(size_t need, uint32_t row) const;
  // Mask of the constraints of law or safety.
  uint64_t mandatory() const { return mandatory_; }
  // True where an explanation was asked about that need: by its id, or about all.
  bool Asked(size_t need, absl::string_view need_id) const;

 private:
  explicit Case(const Sources& sources);
  absl::Status Build();
  // Puts `ranking` into the order shown; an error where it differs in anything else.
  absl::Status Agree(const advisor::v1::Ranking& shown, engine::Ranking& ranking) const;

  Sources sources_;
  std::vector<type::NeedRequest> asked_;
  std::vector<decision::CompiledNeed> needs_;
  std::vector<RankingCase> rankings_;
  uint64_t mandatory_ = 0;
};

}  // namespace aplomb::tell

#endif  // APLOMB_DECISION_TELL_CASE_H_
