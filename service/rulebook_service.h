// aplomb.catalog.v1.RulebookService without gRPC: proposing a revision with all that must
// be known of it, telling all members at one instant, and showing it; and what a changed
// offering would do. A revision comes into force by its own first day: nothing happens on
// that day, but that the newest revision whose day has come is another one. Thread-safe.
#ifndef APLOMB_SERVICE_RULEBOOK_SERVICE_H_
#define APLOMB_SERVICE_RULEBOOK_SERVICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/rulebook_service.pb.h"
#include "audit/tlog/note.h"
#include "base/issue.h"
#include "service/call.h"

namespace aplomb::service {

class Workflow;
struct StoredRelease;

class RulebookService {
 public:
  // `workflow` must outlive this. `charter_keys`: file of the public keys that may sign waivers,
  // read at each proposal; without it nobody may.
  RulebookService(const Workflow* workflow, std::string charter_keys)
      : workflow_(workflow), charter_keys_(std::move(charter_keys)) {}

  void ProposeRulebook(const Call& call, const catalog::v1::ProposeRulebookRequest& request,
                       Done<catalog::v1::RulebookRelease> done);
  void WithdrawRulebook(const Call& call, const catalog::v1::WithdrawRulebookRequest& request,
                        Done<catalog::v1::RulebookRelease> done);
  absl::StatusOr<catalog::v1::RulebookRelease> GetRulebookRelease(
      const Call& call, const catalog::v1::GetRulebookReleaseRequest& request) const;
  absl::StatusOr<catalog::v1::ListRulebookReleasesResponse> ListRulebookReleases(
      const Call& call, const catalog::v1::ListRulebookReleasesRequest& request) const;
  absl::StatusOr<catalog::v1::ImpactPreview> PreviewOfferingImpact(
      const Call& call, const catalog::v1::PreviewOfferingImpactRequest& request) const;

 private:
  // Empty without a file; an issue where it is there and cannot be taken.
  std::vector<tlog::VerifierKey> CharterKeys(std::vector<base::Issue>& issues) const;
  // All, newest first.
  absl::StatusOr<std::vector<StoredRelease>> Releases() const;
  // The one of a revision; NotFound.
  absl::StatusOr<StoredRelease> Find(const std::string& name) const;
  catalog::v1::RulebookRelease Show(const StoredRelease& stored, bool full) const;

  const Workflow* const workflow_;
  const std::string charter_keys_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_RULEBOOK_SERVICE_H_
