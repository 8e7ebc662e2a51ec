// The public bodies of entries as an outsider reads them (docs/log_format.md). Written apart from
// the code that writes them, so that each checks the other. Pure functions of values.
#ifndef APLOMB_AUDIT_VERIFY_BODIES_H_
#define APLOMB_AUDIT_VERIFY_BODIES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/digest.h"

namespace aplomb::verify {

inline constexpr uint32_t kPublicPlacesMax = 10;

// MEMBER, OFFERING, RULEBOOK, LAW_TABLE, RATE_TABLE.
struct CatalogueBody {
  absl::string_view name;
  absl::string_view message;  // protobuf, as it was registered
};

// EPOCH.
struct EpochBody {
  uint8_t kind = 0;  // 1 a day, 2 a year
  std::string label;
  base::Digest commitment = {};
};

// EPOCH_CLOSE.
struct EpochCloseBody {
  uint8_t kind = 0;
  std::string label;
  int64_t epoch_index = 0;                  // of the EPOCH entry
  std::optional<base::Digest> secret = {};  // of a day, and only then
};

// ERASURE.
struct ErasureBody {
  struct Tier {
    uint64_t index = 0;
    uint8_t tier = 0;
  };
  uint8_t ground = 0;  // 1 asked for, 2 kept long enough, 3 ordered
  std::vector<Tier> tiers;
};

// ENGAGEMENT.
struct EngagementBody {
  std::string id;
  std::string owner;
  std::string tie_epoch;  // label of a day
  base::Digest subject = {};
  bool subject_is_nonce = false;
  bool nonce_drawn_by_server = false;
};

// DECISION, PREVIEW.
struct DecisionBody {
  struct Place {
    std::array<uint8_t, 16> offering = {};
    uint32_t rank = 0;
    int64_t score = 0;
  };
  struct Ranking {
    std::string need;
    uint8_t mode = 0;
    uint32_t ranked = 0;
    uint32_t to_confirm = 0;
    uint32_t excluded = 0;
    std::vector<Place> places;
  };
  std::string engagement;
  std::string recommendation;
  int32_t day = 0;
  int64_t catalogue_revision = 0;
  int64_t rulebook_revision = 0;
  base::Digest rulebook = {};
  base::Digest catalogue = {};
  base::Digest result = {};
  int32_t recommendations = 0;
  int32_t previews = 0;
  std::vector<Ranking> rankings;
};

// CHOICE.
struct ChoiceBody {
  std::string engagement;
  std::string recommendation;
  uint64_t index = 0;  // of the recommendation's entry
  std::string need;
  uint8_t kind = 0;                       // 1 the offering, 2 none, 3 kept what there was
  std::array<uint8_t, 16> offering = {};  // zero unless kind is 1
};

// KEY.
struct KeyBody {
  uint8_t kind = 0;  // 1 the new key begins, 2 the old key ends
  std::array<uint8_t, 32> old_key = {};
  std::array<uint8_t, 32> new_key = {};
  absl::string_view old_signature = {};  // of kind 1
  absl::string_view new_signature = {};
};

// InvalidArgument, with the offset, unless the bytes are one complete body. Views into `body`.
absl::StatusOr<CatalogueBody> ReadCatalogueBody(absl::string_view body);
absl::StatusOr<EpochBody> ReadEpochBody(absl::string_view body);
absl::StatusOr<EpochCloseBody> ReadEpochCloseBody(absl::string_view body);
absl::StatusOr<ErasureBody> ReadErasureBody(absl::string_view body);
absl::StatusOr<EngagementBody> ReadEngagementBody(absl::string_view body);
absl::StatusOr<DecisionBody> ReadDecisionBody(absl::string_view body);
absl::StatusOr<ChoiceBody> ReadChoiceBody(absl::string_view body);
absl::StatusOr<KeyBody> ReadKeyBody(absl::string_view body);
// A NOTE that an older copy was put back is read; of other kinds, only the beginning.
absl::Status CheckNoteBody(absl::string_view body);

// What the signatures of a KEY entry are over: "aplomb/key/v1" 00 kind old new origin.
std::string KeyMessage(const KeyBody& key, absl::string_view origin);

// What an EPOCH entry commits to: SHA-256("aplomb/epoch/v1" 00 kind label 00 secret).
base::Digest EpochCommitment(uint8_t kind, absl::string_view label, const base::Digest& secret);

}  // namespace aplomb::verify

#endif  // APLOMB_AUDIT_VERIFY_BODIES_H_
