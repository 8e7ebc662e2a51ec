// What the advisor service writes into the log, byte for byte (docs/api.md,
// "Entries"): the public body of ENGAGEMENT, DECISION and PREVIEW entries, and how
// they become the column families that the service reads. What is personal (the
// firm, its profile, the full result) is not in a body but in a section, which can
// be erased: tier 1, for auditors, the decision record; tier 2, for the firm and its
// advisor, the request. Pure functions; thread-safe.
#ifndef APLOMB_SERVICE_ADVISOR_ENTRIES_H_
#define APLOMB_SERVICE_ADVISOR_ENTRIES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "audit/sequencer.h"
#include "base/digest.h"
#include "decision/record.h"

namespace aplomb::service {

inline constexpr uint8_t kAuditorTier = 1;
inline constexpr uint8_t kFirmTier = 2;

// Body of an ENGAGEMENT entry.
struct EngagementBody {
  std::string engagement_id;
  std::string owner;          // Caller::Id()
  std::string tie_epoch;      // "2026-03-01": the day whose secret draws
  base::Digest subject = {};  // a pseudonym: HMAC of the SIREN, or the nonce
  bool subject_is_nonce = false;
  bool nonce_drawn_by_server = false;

  friend bool operator==(const EngagementBody&, const EngagementBody&) = default;
};

// Its section of tier 2.
struct EngagementSecrets {
  std::string siren;         // empty: none
  std::string client_nonce;  // empty or 32 bytes
  std::string chamber;

  friend bool operator==(const EngagementSecrets&, const EngagementSecrets&) = default;
};

// The public part of one ranking: how many stood where, and the first ten.
struct PublicRanking {
  static constexpr size_t kPlacesMax = 10;
  struct Place {
    std::array<uint8_t, 16> offering = {};  // UUID
    int32_t rank = 0;
    int64_t score = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  std::string need_id;
  uint8_t mode = 0;  // 1 do it yourself, 2 have it done
  uint32_t ranked_count = 0;
  uint32_t to_confirm_count = 0;
  uint32_t excluded_count = 0;
  std::vector<Place> places;

  friend bool operator==(const PublicRanking&, const PublicRanking&) = default;
};

// Body of a DECISION or PREVIEW entry.
struct DecisionBody {
  std::string engagement_id;
  std::string recommendation_id;
  int32_t as_of_day = 0;
  int64_t catalog_revision = 0;
  int64_t rulebook_revision = 0;
  base::Digest rulebook_digest = {};
  base::Digest catalog_digest = {};
  base::Digest result_digest = {};  // PublicResultDigest
  // Of the engagement, this one included.
  int32_t recommendation_count = 0;
  int32_t preview_count = 0;
  std::vector<PublicRanking> rankings;

  friend bool operator==(const DecisionBody&, const DecisionBody&) = default;
};

// Body of a CHOICE entry.
struct ChoiceBody {
  std::string engagement_id;
  std::string recommendation_id;
  int64_t recommendation_index = 0;  // of its entry
  std::string need_id;
  uint8_t outcome = 0;                    // 1 chosen, 2 none, 3 kept what there was
  std::array<uint8_t, 16> offering = {};  // UUID; zero unless chosen

  friend bool operator==(const ChoiceBody&, const ChoiceBody&) = default;
};

// SHA-256 of the decision record with its request digest set to zero. A digest that the request
// enters would let anyone who can guess a firm's answers make sure that it was this firm.
base::Digest PublicResultDigest(const decision::DecisionRecord& record);
// The same, where `encoded` is decision::EncodeRecord(record).
base::Digest PublicResultDigest(const decision::DecisionRecord& record, absl::string_view encoded);

// The part of a record that everybody may read in the log.
std::vector<PublicRanking> PublicRankings(const decision::DecisionRecord& record);

// One section for each field of a request that has a value, "path=value" with the path as the
// API spells it ("profile.staff_count=4"), in the order of the definition: what the firm can show
// to others one by one.
void AppendFieldSections(const advisor::v1::Recommendation& asked,
                         std::vector<std::string>& sections);

// Each decodes to what was encoded; InvalidArgument for anything else.
std::string EncodeEngagementBody(const EngagementBody& body);
absl::StatusOr<EngagementBody> DecodeEngagementBody(absl::string_view bytes);
std::string EncodeEngagementSecrets(const EngagementSecrets& secrets);
absl::StatusOr<EngagementSecrets> DecodeEngagementSecrets(absl::string_view bytes);
std::string EncodeDecisionBody(const DecisionBody& body);
absl::StatusOr<DecisionBody> DecodeDecisionBody(absl::string_view bytes);
std::string EncodeChoiceBody(const ChoiceBody& body);
absl::StatusOr<ChoiceBody> DecodeChoiceBody(absl::string_view bytes);

// Column families of the service.
//
//   engagement       'n' id                    -> EngagementState
//                    'o' owner 0x00 u64 index  -> id     (engagements of a caller, oldest first)
//                    'a' u64 index             -> id     (all, oldest first)
//                    's' subject[32]           -> SubjectState
//   recommendation   'n' engagement "/" id     -> u64 index of its entry
//                    'l' engagement 0x00 u64 index -> id (of an engagement, oldest first)
//                    'c' engagement "/" id "/" need -> u64 index of its newest CHOICE entry
inline constexpr absl::string_view kEngagementFamily = "engagement";
inline constexpr absl::string_view kRecommendationFamily = "recommendation";

struct EngagementState {
  int64_t entry_index = 0;
  int32_t recommendation_count = 0;
  int32_t preview_count = 0;
  EngagementBody body;
};

// How often one firm was asked about, whoever asked.
struct SubjectState {
  int32_t engagement_count = 0;
  int32_t recommendation_count = 0;
  int32_t preview_count = 0;
};

absl::StatusOr<EngagementState> DecodeEngagementState(absl::string_view bytes);
absl::StatusOr<SubjectState> DecodeSubjectState(absl::string_view bytes);

std::string EngagementKey(absl::string_view engagement_id);
std::string EngagementsOfOwnerPrefix(absl::string_view owner);
std::string AllEngagementsPrefix();
std::string SubjectKey(const base::Digest& subject);
std::string RecommendationKey(absl::string_view engagement_id, absl::string_view recommendation_id);
std::string RecommendationsPrefix(absl::string_view engagement_id);

// For audit::Sequencer and audit::Rebuild.
audit::Projection AdvisorProjection();

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_ADVISOR_ENTRIES_H_
