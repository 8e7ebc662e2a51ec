// The catalogue as a projection of the log: commands that change it, the projection that turns
// their entries into column families, and the snapshots that readers hold. docs/storage.md has the
// keys and values.
//
//   Store store;
//   ASSIGN_OR_RETURN(auto database, audit::Database::Open(
//       {.directory = …, .column_families = Store::Projection().column_families}));
//   RETURN_IF_ERROR(store.Load(*database));
//   audit::Sequencer sequencer(database.get(), {Store::Projection()},
//                              [&](auto entries) { store.Publish(entries); }, …);
//   sequencer.Submit({.stage = PutMember(member), .done = …});
//   store.snapshot()->members…
//
// A target of its own (aplomb::catalog_store): who reads snapshots only links aplomb::snapshot and
// sees no disk.
#ifndef APLOMB_CATALOG_STORE_H_
#define APLOMB_CATALOG_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/catalog/v1/rulebook.pb.h"
#include "audit/database.h"
#include "audit/entry.h"
#include "audit/sequencer.h"
#include "base/digest.h"
#include "base/mutex.h"
#include "catalog/snapshot.h"
#include "catalog/state_tree.h"

namespace aplomb::catalog {

// The etag of an object: its digest in hexadecimal, quoted (RFC 9110, 8.8.3).
std::string Etag(const base::Digest& digest);

struct PutOptions {
  // The object must have this etag now (ETAG_MISMATCH); "" means that it must not exist yet
  // (NAME_TAKEN). Nothing: whatever is there is replaced.
  std::optional<std::string> expected_etag = {};
};

// What a command runs on the writer thread; for audit::Command::stage and SubmitAndWait.
using StageFunction = std::function<absl::Status(audit::StageContext&)>;

// Each writes one entry. The message is serialized once, here, without its output-only fields, and
// its bytes are kept as they are from then on. Whether the contents are sensible (limits of texts,
// codes, the rulebook's diagnostics) has been checked by the caller; here is checked what only the
// state can tell:
//
//   InvalidArgument     INVALID_NAME, INVALID_UUID: form of the resource name or uid
//                       TOO_LARGE: above audit::kMaxBodyBytes
//   NotFound            MEMBER_NOT_FOUND: an offering of a member that is not there; an expected
//                       etag where there is no object (OBJECT_NOT_FOUND)
//   AlreadyExists       NAME_TAKEN: see PutOptions; UID_TAKEN: of another object, now or ever
//   Aborted             ETAG_MISMATCH: someone was faster; read again
//   FailedPrecondition  UID_CHANGED: an object keeps its uid; MIXED_FICTIONAL: a fictional member
//                       among real ones or the other way round; CATALOG_FULL: kMaxObjects reached
StageFunction PutMember(v1::Member member, PutOptions options = {});
StageFunction PutOffering(v1::Offering offering, PutOptions options = {});
// Adds a revision; the etag is that of the newest revision of the same rulebook_id.
StageFunction PutRulebook(v1::Rulebook rulebook, PutOptions options = {});
StageFunction PutLawTable(v1::LawTable table, PutOptions options = {});
StageFunction PutRateTable(v1::ExchangeRateTable table, PutOptions options = {});

// Objects of all kinds, for genesis.
using Object =
    std::variant<v1::Member, v1::Offering, v1::Rulebook, v1::LawTable, v1::ExchangeRateTable>;
// Objects that are written with one sync.
inline constexpr size_t kImportObjectsPerCommand = 256;
// Members, offerings and rulebook revisions together, ever.
inline constexpr size_t kMaxObjects = 1'000'000;

// Puts `objects` in their order (members before their offerings), many to one sync. `progress` (may
// be empty) is called after each sync with the number done. At the first error it stops and returns
// it with the object's place and name; the objects of earlier syncs stay.
absl::Status Import(audit::Sequencer& sequencer, std::vector<Object> objects,
                    const std::function<void(size_t done, size_t total)>& progress);

// Thread-safe where not said otherwise.
class Store {
 public:
  Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  // For audit::Sequencer and audit::Rebuild; its column_families for audit::Database::Open.
  static audit::Projection Projection();

  // Reads the whole catalogue and makes it the snapshot. Before the Sequencer starts. `database`
  // must outlive this. DataLoss (CATALOG_DAMAGED) if something stored cannot be read.
  absl::Status Load(const audit::Database& database);

  // For the Sequencer's publish hook, after Load. Builds the next snapshot and swaps it in; does
  // nothing if no entry is the catalogue's.
  void Publish(absl::Span<const audit::LoggedEntry> entries);

  // The newest; never null. Before Load it is empty, with revision -1.
  std::shared_ptr<const Snapshot> snapshot() const;

  // The catalogue as it was at `revision`: after the log entry with that index. Any index up to the
  // newest entry will do; the snapshot's own revision is that of the last change before it. Builds
  // it from the current one and the log; the last few are kept. OutOfRange (REVISION_NOT_FOUND)
  // for a negative revision or one above the newest.
  absl::StatusOr<std::shared_ptr<const Snapshot>> SnapshotAt(int64_t revision) const;

  // Revisions of an object, newest first: members/…, members/…/offerings/…, rulebooks/…,
  // "law_table", "exchange_rates". Empty if there is none.
  absl::StatusOr<std::vector<int64_t>> ListRevisions(absl::string_view name) const;

  // One offering as the entry at `revision` wrote it. NotFound (REVISION_NOT_FOUND) if that entry
  // is another's.
  absl::StatusOr<std::shared_ptr<const OfferingEntry>> ReadOffering(absl::string_view name,
                                                                    int64_t revision) const;

 private:
  static constexpr size_t kPastSnapshotsMax = 8;

  const audit::Database* database_ = nullptr;  // set once, by Load
  StateTree tree_;                             // Load, then the writer thread only

  mutable base::Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
  // Past snapshots by their own revision, last used first.
  mutable std::list<std::shared_ptr<const Snapshot>> past_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_STORE_H_
