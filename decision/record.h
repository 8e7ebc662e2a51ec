// The decision record: what was decided, in a canonical encoding of our own
// (docs/decision_record.md). Equal decisions have equal bytes on any machine; the
// bytes are what the log keeps and what a replay compares. No name of a member or
// an offering is in it: offerings are UUIDs. Values; pure functions.
#ifndef APLOMB_DECISION_RECORD_H_
#define APLOMB_DECISION_RECORD_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"
#include "decision/blindfold.h"
#include "decision/request.h"
#include "engine/rank.h"

namespace aplomb::decision {

// Limits of what is decoded.
inline constexpr size_t kMaxRecordBytes = 16 << 20;
inline constexpr size_t kMaxRecordedOfferings = 100'000;  // in one of the three lists
inline constexpr size_t kMaxRecordedFindings = 256;       // of one offering
inline constexpr size_t kMaxRecordedRates = 200;
inline constexpr size_t kMaxRecordedPrerequisites = 64;  // of one need

struct RecordedRanked {
  Uid offering = {};
  int64_t score = 0;
  int64_t band = 0;
  int32_t rank = 0;
  bool close_to_next_band = false;
  int32_t price_day = 0;
  std::vector<engine::Contribution> contributions;
  engine::Cost cost;
};

struct RecordedUnranked {
  Uid offering = {};
  std::vector<engine::Finding> findings;
};

struct RecordedRanking {
  engine::DeliveryMode mode = engine::DeliveryMode::kDoItYourself;
  int64_t target_micros = 0;
  TargetSource target_source = TargetSource::kReferenceCost;
  std::vector<engine::ActiveCriterion> criteria;
  std::vector<engine::DroppedCriterion> dropped;
  std::vector<engine::UncheckedConstraint> unchecked;
  std::vector<RecordedRanked> ranked;
  std::vector<RecordedUnranked> to_confirm;
  std::vector<RecordedUnranked> excluded;
  uint32_t ranked_group_count = 0;
  bool insufficient_range = false;
};

// Whether to keep what the firm has; costs in micros, -1 where unknown.
struct RecordedKeep {
  int32_t tool_index = -1;  // -1: no tool told of
  bool recommended = false;
  int64_t keep_cost_micros = -1;
  int64_t leaving_cost_micros = -1;
  int64_t change_cost_micros = -1;
};

struct RecordedNeed {
  std::string need_id;
  std::vector<RecordedRanking> rankings;  // do it yourself first
  RecordedKeep keep;
  std::vector<AssumedUsage> assumed_usages;
  bool usual_features_assumed = false;
  bool size_assumed = false;
  bool ui_language_assumed = false;
  std::vector<uint8_t> prerequisites_met;
};

struct DecisionRecord {
  int32_t as_of_day = 0;
  int64_t catalog_revision = 0;
  int64_t rulebook_revision = 0;
  base::Digest request_digest;  // of the canonical request (docs/decision_record.md)
  base::Digest rulebook_digest;
  base::Digest catalog_digest;
  std::array<int64_t, engine::kGroupCount> group_shares = {};          // as used
  std::array<int64_t, engine::kGroupCount> default_group_shares = {};  // the rulebook's
  std::vector<AppliedRate> rates;
  std::vector<RecordedNeed> needs;
};

// Encode and its inverse: DecodeRecord(EncodeRecord(r)) == r for a record as Decide
// makes it, and a byte string that decodes encodes to itself. InvalidArgument, with
// the offset, for anything else: another version, a value out of its range, an order
// that is not the canonical one, a score that is not the sum of its contributions,
// bytes too few or too many.
//
// Weights and products of contributions are not written: a contribution stands at
// the place of its criterion, and takes its weight from there.
std::string EncodeRecord(const DecisionRecord& record);
absl::StatusOr<DecisionRecord> DecodeRecord(absl::string_view bytes);

// SHA-256 of the encoding.
base::Digest RecordDigest(absl::string_view encoded);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_RECORD_H_
