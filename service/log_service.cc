#include "service/log_service.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "audit/entry.h"
#include "audit/tlog/checkpoint.h"
#include "base/status.h"
#include "service/errors.h"
#include "service/paging.h"

namespace aplomb::service {
namespace {

namespace pb = ::aplomb::audit::v1;

// Field number and length before an entry inside a message, at most.
constexpr size_t kEntryFrameBytes = 1 + 4;
static_assert(kTailMessageBytesMax > 2 * ::aplomb::audit::kMaxEntryBytes, "an entry always fits");

void CheckNotNegative(absl::string_view field, int64_t value, std::vector<base::Issue>& issues) {
  if (value >= 0) return;
  issues.push_back({std::string(field), "OUT_OF_RANGE", "0 ou plus.", "0 or more."});
}

// What a request may ask about: sizes up to the published one.
void CheckSize(absl::string_view field, int64_t value, uint64_t min, uint64_t published,
               std::vector<base::Issue>& issues) {
  if (value >= 0 && static_cast<uint64_t>(value) >= min &&
      static_cast<uint64_t>(value) <= published) {
    return;
  }
  issues.push_back({std::string(field), "OUT_OF_RANGE",
                    absl::StrCat("De ", min, " à ", published, ", la taille publiée."),
                    absl::StrCat("From ", min, " to ", published, ", the published size.")});
}

template <typename Response>
void AddHashes(const std::vector<tlog::Hash>& proof, Response& response) {
  for (const tlog::Hash& hash : proof) {
    response.add_hashes(std::string(base::DigestView(hash)));
  }
}

}  // namespace

LogService::LogService(const audit::LogTree* tree)
    : tree_(tree), tails_(tree, [this](uint64_t first, uint64_t end, uint64_t* next) {
        return ReadTail(first, end, next);
      }) {}

absl::StatusOr<pb::Checkpoint> LogService::GetCheckpoint(
    const Call&, const pb::GetCheckpointRequest& request) const {
  absl::StatusOr<std::string> note =
      !request.has_size()
          ? request.cosigned() ? tree_->CosignedCheckpoint() : tree_->SignedCheckpoint()
      : request.size() <= 0 ? absl::StatusOr<std::string>(absl::NotFoundError(""))
                            : tree_->SignedCheckpointAt(static_cast<uint64_t>(request.size()));
  if (absl::IsNotFound(note.status())) {
    return NotFound("checkpoint",
                    request.has_size() ? absl::StrCat(request.size()) : std::string("cosigned"));
  }
  RETURN_IF_ERROR(note.status());
  ASSIGN_OR_RETURN(const tlog::Checkpoint checkpoint, tree_->key_history()->Open(*note));
  pb::Checkpoint answer;
  answer.set_note(*std::move(note));
  answer.set_origin(checkpoint.origin);
  answer.set_size(static_cast<int64_t>(checkpoint.size));
  answer.set_root(std::string(base::DigestView(checkpoint.root)));
  answer.set_verifier_key(tree_->key_history()->InForce(checkpoint.size).back().ToString());
  return answer;
}

absl::StatusOr<pb::Entry> LogService::ReadEntry(uint64_t index) const {
  ASSIGN_OR_RETURN(std::string bytes, tree_->EntryBytes(index));
  pb::Entry answer;
  answer.set_index(static_cast<int64_t>(index));
  const absl::StatusOr<::aplomb::audit::Entry> entry = ::aplomb::audit::DecodeEntry(bytes);
  if (!entry.ok()) {
    return absl::DataLossError(absl::StrCat("entry ", index, ": ", entry.status().message()));
  }
  answer.set_type(::aplomb::audit::EntryTypeName(entry->type));
  answer.mutable_time()->set_seconds(entry->time_us / 1'000'000);
  answer.mutable_time()->set_nanos(static_cast<int32_t>(entry->time_us % 1'000'000) * 1000);
  answer.set_leaf(std::move(bytes));
  return answer;
}

absl::StatusOr<pb::Entry> LogService::GetEntry(const Call&,
                                               const pb::GetEntryRequest& request) const {
  if (request.index() < 0 || static_cast<uint64_t>(request.index()) >= tree_->size()) {
    return NotFound("entry", absl::StrCat(request.index()));
  }
  return ReadEntry(static_cast<uint64_t>(request.index()));
}

absl::StatusOr<pb::ListEntriesResponse> LogService::ListEntries(
    const Call& call, const pb::ListEntriesRequest& request) const {
  std::vector<base::Issue> issues;
  const auto page_size = static_cast<uint64_t>(std::max(0, PageSize(request.page_size(), issues)));
  CheckNotNegative("first_index", request.first_index(), issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::vector<std::string> arguments = {call.method, absl::StrCat(request.first_index())};
  ASSIGN_OR_RETURN(const PagePlace place, DecodePageToken(request.page_token(), arguments));
  auto index = static_cast<uint64_t>(request.first_index());
  if (!place.after.empty()) {
    // The token is ours: it was checked.
    if (!absl::SimpleAtoi(place.after, &index)) return absl::InternalError("a garbled place");
    ++index;
  }
  const uint64_t published = tree_->size();
  pb::ListEntriesResponse response;
  size_t bytes = 0;
  const uint64_t end = std::min(published, index + page_size);
  for (; index < end && bytes < kPageBytesMax; ++index) {
    ASSIGN_OR_RETURN(*response.add_entries(), ReadEntry(index));
    bytes += response.entries().rbegin()->ByteSizeLong();
  }
  if (index < published && response.entries_size() > 0) {
    response.set_next_page_token(
        EncodePageToken({.after = absl::StrCat(index - 1), .revision = -1}, arguments));
  }
  return response;
}

absl::StatusOr<std::shared_ptr<LogTails::Tail>> LogService::TailEntries(
    const Call& call, const pb::TailEntriesRequest& request, TailSink* sink) {
  const uint64_t published = tree_->size();
  std::vector<base::Issue> issues;
  CheckSize("first_index", request.first_index(), 0, published, issues);
  if (!issues.empty()) return BadRequest(issues);
  const std::string caller = absl::StrCat(RoleWord(call.caller.role), "/", call.caller.subject);
  return tails_.Open(caller, static_cast<uint64_t>(request.first_index()), published,
                     request.follow(), sink);
}

absl::StatusOr<std::string> LogService::ReadTail(uint64_t first, uint64_t end,
                                                 uint64_t* next) const {
  pb::TailEntriesResponse message;
  message.set_published_size(static_cast<int64_t>(tree_->size()));
  size_t bytes = message.ByteSizeLong();
  uint64_t index = first;
  for (; index < end && message.entries_size() < kTailMessageEntriesMax; ++index) {
    ASSIGN_OR_RETURN(pb::Entry entry, ReadEntry(index));
    bytes += entry.ByteSizeLong() + kEntryFrameBytes;
    if (bytes > kTailMessageBytesMax && message.entries_size() > 0) break;
    *message.add_entries() = std::move(entry);
  }
  *next = index;
  return message.SerializeAsString();
}

absl::StatusOr<pb::ProveInclusionResponse> LogService::ProveInclusion(
    const Call&, const pb::ProveInclusionRequest& request) const {
  const uint64_t published = tree_->size();
  const int64_t size =
      request.has_tree_size() ? request.tree_size() : static_cast<int64_t>(published);
  if (request.index() < 0 || static_cast<uint64_t>(request.index()) >= published) {
    return NotFound("entry", absl::StrCat(request.index()));
  }
  std::vector<base::Issue> issues;
  const auto index = static_cast<uint64_t>(request.index());
  CheckSize("tree_size", size, index + 1, published, issues);
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::vector<tlog::Hash> proof,
                   tree_->ProveInclusion(index, static_cast<uint64_t>(size)));
  ASSIGN_OR_RETURN(const std::string bytes, tree_->EntryBytes(index));
  pb::ProveInclusionResponse response;
  response.set_tree_size(size);
  AddHashes(proof, response);
  response.set_leaf_hash(std::string(base::DigestView(tlog::LeafHash(bytes))));
  return response;
}

absl::StatusOr<pb::ProveConsistencyResponse> LogService::ProveConsistency(
    const Call&, const pb::ProveConsistencyRequest& request) const {
  const uint64_t published = tree_->size();
  const int64_t new_size =
      request.has_new_size() ? request.new_size() : static_cast<int64_t>(published);
  std::vector<base::Issue> issues;
  CheckSize("old_size", request.old_size(), 1, published, issues);
  if (issues.empty()) {
    CheckSize("new_size", new_size, static_cast<uint64_t>(request.old_size()), published, issues);
  }
  if (!issues.empty()) return BadRequest(issues);
  ASSIGN_OR_RETURN(const std::vector<tlog::Hash> proof,
                   tree_->ProveConsistency(static_cast<uint64_t>(request.old_size()),
                                           static_cast<uint64_t>(new_size)));
  pb::ProveConsistencyResponse response;
  response.set_new_size(new_size);
  AddHashes(proof, response);
  return response;
}

}  // namespace aplomb::service
