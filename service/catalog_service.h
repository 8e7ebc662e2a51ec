// aplomb.catalog.v1.CatalogService without gRPC: reading what is published. Every
// answer comes from one immutable snapshot; the pages of one list come from the
// snapshot that its first page was read at. Thread-safe.
#ifndef APLOMB_SERVICE_CATALOG_SERVICE_H_
#define APLOMB_SERVICE_CATALOG_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "base/clock.h"
#include "catalog/snapshot.h"
#include "catalog/store.h"
#include "service/call.h"
#include "service/paging.h"

namespace aplomb::service {

class CatalogService {
 public:
  // Both must outlive this.
  CatalogService(const catalog::Store* store, const base::Clock* clock);

  absl::StatusOr<catalog::v1::Catalog> GetCatalog(
      const Call& call, const catalog::v1::GetCatalogRequest& request) const;
  absl::StatusOr<catalog::v1::Member> GetMember(const Call& call,
                                                const catalog::v1::GetMemberRequest& request) const;
  absl::StatusOr<catalog::v1::ListMembersResponse> ListMembers(
      const Call& call, const catalog::v1::ListMembersRequest& request) const;
  absl::StatusOr<catalog::v1::Offering> GetOffering(
      const Call& call, const catalog::v1::GetOfferingRequest& request) const;
  absl::StatusOr<catalog::v1::ListOfferingsResponse> ListOfferings(
      const Call& call, const catalog::v1::ListOfferingsRequest& request) const;
  absl::StatusOr<catalog::v1::ListOfferingRevisionsResponse> ListOfferingRevisions(
      const Call& call, const catalog::v1::ListOfferingRevisionsRequest& request) const;
  absl::StatusOr<catalog::v1::Need> GetNeed(const Call& call,
                                            const catalog::v1::GetNeedRequest& request) const;
  absl::StatusOr<catalog::v1::ListNeedsResponse> ListNeeds(
      const Call& call, const catalog::v1::ListNeedsRequest& request) const;
  absl::StatusOr<catalog::v1::RulebookRevision> GetRulebookRevision(
      const Call& call, const catalog::v1::GetRulebookRevisionRequest& request) const;
  absl::StatusOr<catalog::v1::ListRulebookRevisionsResponse> ListRulebookRevisions(
      const Call& call, const catalog::v1::ListRulebookRevisionsRequest& request) const;

 private:
  // The snapshot to go on with: that of the token, or the newest.
  absl::StatusOr<std::shared_ptr<const catalog::Snapshot>> SnapshotOf(const PagePlace& place) const;
  // The snapshot that a request names; 0: the newest. REVISION_UNAVAILABLE, or BAD_REQUEST below 0.
  absl::StatusOr<std::shared_ptr<const catalog::Snapshot>> SnapshotAt(int64_t revision) const;
  // The snapshot of a list: that of its token, else the one that the request names.
  absl::StatusOr<std::shared_ptr<const catalog::Snapshot>> SnapshotOfList(const PagePlace& place,
                                                                          int64_t revision) const;
  // The rulebook in force today, or REVISION_UNAVAILABLE.
  absl::StatusOr<const catalog::RulebookEntry*> Active(const catalog::Snapshot& snapshot) const;

  const catalog::Store* const store_;
  const base::Clock* const clock_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_CATALOG_SERVICE_H_
