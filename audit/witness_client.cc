#include "audit/witness_client.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/tlog/checkpoint.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr int kOk = 200;
constexpr int kConflict = 409;
// The first answer may tell the size that the witness knows; the second attempt uses it.
constexpr int kAttempts = 2;
constexpr int kFailureFactor = 10;

// The line of `witness` in its answer, if it cosigns `head`.
absl::StatusOr<std::string> CheckedLine(const Head& head, const WitnessEndpoint& witness,
                                        absl::string_view lines) {
  const auto lies = [&witness](absl::string_view why) {
    return base::ReasonedError(
        absl::StatusCode::kDataLoss, "WITNESS_LIES",
        absl::StrCat("Witness ", witness.name, " answered with something else than its "
                     "cosignature: ", why));
  };
  const absl::StatusOr<tlog::Note> note = tlog::ParseNote(absl::StrCat(head.checkpoint, lines));
  if (!note.ok()) return lies(note.status().message());
  const auto verified = tlog::VerifyNote(*note, {witness.key});
  if (!verified.ok()) return lies(verified.status().message());
  if (verified->empty()) return lies("no line is signed by its key");
  for (const tlog::NoteSignature& signature : note->signatures) {
    if (signature.name == witness.key.name && signature.key_id == witness.key.key_id) {
      return signature.line;
    }
  }
  return lies("its line is missing");
}

}  // namespace

std::vector<WitnessEndpoint> EndpointsOf(const tlog::Policy& policy) {
  std::vector<WitnessEndpoint> endpoints;
  for (const tlog::Policy::Witness& witness : policy.witnesses) {
    if (!witness.url.empty()) {
      endpoints.push_back({.name = witness.name, .key = witness.key, .url = witness.url});
    }
  }
  return endpoints;
}

absl::StatusOr<std::string> Cosign(const LogTree& tree, const Head& head,
                                   const WitnessEndpoint& witness,
                                   const WitnessClientOptions& options, uint64_t* old_size) {
  const std::string url = absl::StrCat(absl::StripSuffix(witness.url, "/"), "/add-checkpoint");
  absl::Status refusal;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    tlog::WitnessRequest request;
    request.old_size = *old_size;
    request.checkpoint = head.checkpoint;
    if (*old_size > 0) {
      ASSIGN_OR_RETURN(request.proof, tree.ProveConsistency(*old_size, head.size));
    }
    ASSIGN_OR_RETURN(const HttpAnswer answer,
                     options.post(url, tlog::FormatWitnessRequest(request), options.timeout));
    if (answer.status == kOk) {
      ASSIGN_OR_RETURN(std::string line, CheckedLine(head, witness, answer.body));
      *old_size = head.size;
      return line;
    }
    refusal = base::ReasonedError(
        absl::StatusCode::kPermissionDenied, "WITNESS_REFUSED",
        absl::StrCat("Witness ", witness.name, " refused a head of ", head.size,
                     " entries: HTTP status ", answer.status));
    uint64_t known = 0;
    if (answer.status != kConflict ||
        !absl::SimpleAtoi(absl::StripSuffix(answer.body, "\n"), &known)) {
      return refusal;
    }
    if (known > head.size) {
      // Another thread may have sent a newer head; the log itself may not be shorter.
      if (known <= tree.size()) return refusal;
      return base::ReasonedError(
          absl::StatusCode::kFailedPrecondition, "WITNESS_AHEAD",
          absl::StrCat("Witness ", witness.name, " has cosigned ", known,
                       " entries of this log, which has ", tree.size(),
                       ": this is an older copy of it."));
    }
    *old_size = known;
  }
  return refusal;
}

absl::Status CheckNotBehindWitnesses(const LogTree& tree,
                                     const std::vector<WitnessEndpoint>& witnesses,
                                     const WitnessClientOptions& options, base::Logger* logger) {
  const std::shared_ptr<const Head> head = tree.head();
  if (head->size == 0) return absl::OkStatus();
  std::vector<absl::Status> results(witnesses.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < witnesses.size(); ++i) {
    threads.emplace_back([&, i] {
      uint64_t old_size = 0;
      results[i] = Cosign(tree, *head, witnesses[i], options, &old_size).status();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& result : results) {
    if (result.ok()) continue;
    if (base::ReasonOf(result) == "WITNESS_AHEAD") {
      return base::ReasonedError(
          absl::StatusCode::kFailedPrecondition, "LOG_ROLLED_BACK",
          absl::StrCat(result.message(),
                       " Signing on top of it would make a second history. Restore the newest "
                       "database; if it is lost, begin a new log under another origin."));
    }
    logger->Warning("witness_not_reached", {{"text", result.message()}});
  }
  return absl::OkStatus();
}

WitnessClient::WitnessClient(const LogTree* tree, std::vector<WitnessEndpoint> witnesses,
                             WitnessClientOptions options, base::Logger* logger)
    : tree_(tree),
      witnesses_(std::move(witnesses)),
      options_(std::move(options)),
      logger_(logger) {
  {
    base::MutexLock lock(&mutex_);
    for (const WitnessEndpoint& witness : witnesses_) states_.push_back({.name = witness.name});
  }
  for (size_t place = 0; place < witnesses_.size(); ++place) {
    threads_.emplace_back([this, place] { Run(place); });
  }
}

WitnessClient::~WitnessClient() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
    stopped_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

void WitnessClient::Run(size_t place) {
  const WitnessEndpoint& witness = witnesses_[place];
  uint64_t old_size = 0;
  uint64_t sent = 0;
  while (true) {
    {
      base::MutexLock lock(&mutex_);
      while (!stopping_ && tree_->size() <= sent) changed_.Wait(&mutex_);
      if (stopping_) return;
    }
    const std::shared_ptr<const Head> head = tree_->head();
    const absl::StatusOr<std::string> line = Cosign(*tree_, *head, witness, options_, &old_size);
    if (line.ok()) {
      sent = head->size;
    } else {
      logger_->Warning("witness_failed",
                       {{"witness", witness.name}, {"text", line.status().message()}});
    }
    base::MutexLock lock(&mutex_);
    WitnessState& state = states_[place];
    state.error = line.status();
    if (line.ok()) {
      state.size = head->size;
      lines_[head->size][witness.name] = *line;
      if (lines_.size() > kHeadsKept) lines_.erase(lines_.begin());
      if (head->size > newest_) newest_ = head->size;
    }
    const absl::Duration pause =
        line.ok() ? options_.interval : kFailureFactor * options_.interval;
    while (!stopping_ && stopped_.WaitFor(&mutex_, pause)) {
    }
    if (stopping_) return;
  }
}

std::string WitnessClient::Lines(uint64_t size) const {
  base::MutexLock lock(&mutex_);
  const auto found = lines_.find(size);
  std::string text;
  if (found == lines_.end()) return text;
  for (const auto& [name, line] : found->second) text += line;
  return text;
}

uint64_t WitnessClient::NewestSize() const {
  base::MutexLock lock(&mutex_);
  return newest_;
}

std::vector<WitnessState> WitnessClient::States() const {
  base::MutexLock lock(&mutex_);
  return states_;
}

void WitnessClient::Notify() {
  base::MutexLock lock(&mutex_);
  changed_.SignalAll();
}

}  // namespace aplomb::audit
