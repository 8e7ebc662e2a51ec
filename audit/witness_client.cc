#include "audit/witness_client.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/cosignatures.h"
#include "audit/high_water.h"
#include "audit/tlog/checkpoint.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/hex.h"
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
    return base::ReasonedError(absl::StatusCode::kDataLoss, "WITNESS_LIES",
                               absl::StrCat("Witness ", witness.name,
                                            " answered with something else than its "
                                            "cosignature: ",
                                            why));
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
    refusal = base::ReasonedError(absl::StatusCode::kPermissionDenied, "WITNESS_REFUSED",
                                  absl::StrCat("Witness ", witness.name, " refused a head of ",
                                               head.size, " entries: HTTP status ", answer.status));
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
          absl::StrCat("Witness ", witness.name, " says that it has cosigned ", known,
                       " entries of this log, which has ", tree.size(), "."));
    }
    *old_size = known;
  }
  return refusal;
}

namespace {

// What the newest checkpoint that a witness holds proves against `tree`; OK if it proves nothing.
absl::Status ProofOf(const LogTree& tree, const WitnessEndpoint& witness,
                     const WitnessClientOptions& options) {
  const std::string url =
      absl::StrCat(absl::StripSuffix(witness.url, "/"), "/",
                   base::HexEncode(base::Sha256(tree.log_key().name)), "/checkpoint");
  ASSIGN_OR_RETURN(const HttpAnswer answer, options.get(url, options.timeout));
  if (answer.status != kOk) return absl::OkStatus();
  const absl::Status contained =
      CheckContains(tree, answer.body, absl::StrCat("witness ", witness.name));
  return absl::IsInvalidArgument(contained) ? absl::OkStatus() : contained;
}

bool IsProof(const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  return reason == "LOG_ROLLED_BACK" || reason == "LOG_FORKED";
}

// What is to be told of a witness at the start, by its answer.
absl::Status AskAtStart(const LogTree& tree, const Head& head, const WitnessEndpoint& witness,
                        const WitnessClientOptions& options) {
  uint64_t old_size = 0;
  const absl::Status answered = Cosign(tree, head, witness, options, &old_size).status();
  const std::string reason = base::ReasonOf(answered);
  if (reason != "WITNESS_AHEAD" && reason != "WITNESS_REFUSED") return answered;
  const absl::Status proof = ProofOf(tree, witness, options);
  return IsProof(proof) ? proof : answered;
}

}  // namespace

absl::Status CheckNotBehindWitnesses(const LogTree& tree,
                                     const std::vector<WitnessEndpoint>& witnesses,
                                     const WitnessClientOptions& options, base::Logger* logger) {
  const std::shared_ptr<const Head> head = tree.head();
  if (head->size == 0) return absl::OkStatus();
  std::vector<absl::Status> results(witnesses.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < witnesses.size(); ++i) {
    threads.emplace_back([&, i] { results[i] = AskAtStart(tree, *head, witnesses[i], options); });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> others;  // who do not claim more
  absl::Status claimed;
  for (size_t i = 0; i < witnesses.size(); ++i) {
    const absl::Status& result = results[i];
    if (IsProof(result)) return result;
    if (base::ReasonOf(result) == "WITNESS_AHEAD") {
      claimed = result;
    } else {
      others.insert(witnesses[i].name);
    }
    if (!result.ok()) logger->Warning("witness_not_reached", {{"text", result.message()}});
  }
  if (claimed.ok() || !options.required || tlog::ReachesQuorum(options.policy, others)) {
    return absl::OkStatus();
  }
  return base::ReasonedError(
      absl::StatusCode::kFailedPrecondition, "LOG_ROLLED_BACK",
      absl::StrCat(claimed.message(),
                   " It shows no proof, but answers are to wait for a quorum that cannot be had "
                   "without it. Restore the newest database, or take the witness out of the "
                   "policy if it lies."));
}

WitnessClient::WitnessClient(const LogTree* tree, Database* database,
                             std::vector<WitnessEndpoint> witnesses, WitnessClientOptions options,
                             base::Logger* logger)
    : tree_(tree),
      database_(database),
      witnesses_(std::move(witnesses)),
      options_(std::move(options)),
      policy_(options_.policy),
      logger_(logger) {
  // Those of all times: what witnesses cosigned before the log changed its key counts too.
  for (const tlog::VerifierKey& key : tree_->key_history()->All()) {
    policy_.logs.push_back({.key = key});
  }
  if (policy_.quorum.empty()) {
    // One of those that are asked.
    policy_.witnesses.clear();
    policy_.groups = {{.name = "any of them", .threshold = 1}};
    policy_.quorum = policy_.groups[0].name;
    for (const WitnessEndpoint& witness : witnesses_) {
      policy_.witnesses.push_back({.name = witness.name, .key = witness.key});
      policy_.groups[0].members.push_back(witness.name);
    }
  }
  Load();
  {
    base::MutexLock lock(&mutex_);
    for (const WitnessEndpoint& witness : witnesses_) states_.push_back({.name = witness.name});
  }
  for (size_t place = 0; place < witnesses_.size(); ++place) {
    threads_.emplace_back([this, place] { Run(place); });
  }
  threads_.emplace_back([this] { Release(); });
}

WitnessClient::~WitnessClient() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
    stopped_.SignalAll();
    waiters_changed_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

void WitnessClient::Load() {
  const absl::StatusOr<uint64_t> newest = NewestCosignedSize(*database_);
  if (!newest.ok() || *newest == 0 || *newest > tree_->size()) return;
  const absl::StatusOr<std::string> note = tree_->SignedCheckpointAt(*newest);
  const absl::StatusOr<std::string> lines = ReadCosignatures(*database_, *newest);
  if (!note.ok() || !lines.ok()) return;
  const bool quorum = HasQuorum(*note, *lines);
  base::MutexLock lock(&mutex_);
  newest_ = *newest;
  if (quorum) quorum_ = *newest;
}

bool WitnessClient::HasQuorum(const std::string& checkpoint, absl::string_view lines) const {
  return tlog::CheckPolicy(absl::StrCat(checkpoint, lines), policy_, /*require_quorum=*/true).ok();
}

std::shared_ptr<const Head> WitnessClient::Target(uint64_t sent, absl::Duration* wait) {
  const std::shared_ptr<const Head> newest = tree_->head();
  const int64_t now = base::SystemClock::Get()->MonotonicNanos();
  *wait = absl::InfiniteDuration();
  if (target_ == nullptr || newest->size > target_->size) {
    const absl::Duration since = absl::Nanoseconds(now - target_since_nanos_);
    const bool answered = target_ == nullptr || quorum_ >= target_->size;
    const absl::Duration stays =
        answered ? options_.interval : std::max(options_.interval, options_.timeout);
    if (newest->size > 0 && (target_ == nullptr || since >= stays)) {
      target_ = newest;
      target_since_nanos_ = now;
      changed_.SignalAll();
    } else if (newest->size > 0) {
      *wait = stays - since;
    }
  }
  return target_ != nullptr && target_->size > sent ? target_ : nullptr;
}

void WitnessClient::Run(size_t place) {
  const WitnessEndpoint& witness = witnesses_[place];
  uint64_t old_size = 0;
  uint64_t sent = 0;
  std::string last_error;
  while (true) {
    std::shared_ptr<const Head> head;
    {
      base::MutexLock lock(&mutex_);
      absl::Duration wait;
      while (!stopping_ && (head = Target(sent, &wait)) == nullptr) {
        if (wait == absl::InfiniteDuration()) {
          changed_.Wait(&mutex_);
        } else {
          changed_.WaitFor(&mutex_, wait);
        }
      }
      if (stopping_) return;
    }
    const absl::StatusOr<std::string> line = Cosign(*tree_, *head, witness, options_, &old_size);
    bool quorum = false;
    if (line.ok()) {
      sent = head->size;
      if (const absl::Status kept = KeepCosignature(*database_, head->size, witness.key, *line);
          !kept.ok()) {
        logger_->Warning("cosignature_not_kept",
                         {{"witness", witness.name}, {"text", kept.message()}});
      }
      // Of two that come at once, the later sees both.
      quorum = HasQuorum(head->checkpoint, ReadCosignatures(*database_, head->size).value_or(""));
      last_error.clear();
    } else if (last_error != line.status().message()) {
      // Once for each change: it may be down for days.
      last_error = std::string(line.status().message());
      logger_->Warning("witness_failed", {{"witness", witness.name}, {"text", last_error}});
    }
    base::MutexLock lock(&mutex_);
    WitnessState& state = states_[place];
    state.error = line.status();
    if (line.ok()) {
      state.size = head->size;
      newest_ = std::max(newest_, head->size);
      if (head->size > quorum_ && quorum) {
        quorum_ = head->size;
        changed_.SignalAll();
        waiters_changed_.SignalAll();
      }
      continue;
    }
    ++state.failures;
    const int64_t until = base::SystemClock::Get()->MonotonicNanos() +
                          absl::ToInt64Nanoseconds(kFailureFactor * options_.interval);
    while (!stopping_) {
      const int64_t left = until - base::SystemClock::Get()->MonotonicNanos();
      if (left <= 0) break;
      stopped_.WaitFor(&mutex_, absl::Nanoseconds(left));
    }
  }
}

absl::Status WitnessClient::QuorumMissing() const {
  std::string each;
  for (const WitnessState& state : states_) {
    absl::StrAppend(&each, "; ", state.name, ": ",
                    state.error.ok() ? absl::StrCat("cosigned ", state.size, " entries")
                    : base::ReasonOf(state.error).empty() ? std::string("not reached")
                                                          : base::ReasonOf(state.error));
  }
  return base::ReasonedError(
      absl::StatusCode::kUnavailable, "WITNESS_QUORUM_MISSING",
      absl::StrCat("What was asked is recorded, but the quorum of witnesses \"", policy_.quorum,
                   "\" has not cosigned it in time, and without it this server gives no answer. "
                   "Ask again with the same request_id",
                   each, "."));
}

void WitnessClient::AwaitQuorum(uint64_t size, std::function<void(const absl::Status&)> done) {
  absl::Status status;
  {
    base::MutexLock lock(&mutex_);
    if (quorum_ < size) {
      if (!stopping_ && waiters_.size() < kQuorumWaitersMax) {
        waiters_.push_back({.size = size,
                            .deadline_nanos = base::SystemClock::Get()->MonotonicNanos() +
                                              absl::ToInt64Nanoseconds(options_.quorum_deadline),
                            .done = std::move(done)});
        waiters_changed_.Signal();
        return;
      }
      status = QuorumMissing();
    }
  }
  done(status);
}

void WitnessClient::Release() {
  bool stop = false;
  while (!stop) {
    std::vector<Waiter> ready;
    std::vector<Waiter> late;
    absl::Status missing;
    {
      base::MutexLock lock(&mutex_);
      const int64_t now = base::SystemClock::Get()->MonotonicNanos();
      stop = stopping_;
      std::deque<Waiter> left;
      for (Waiter& waiter : waiters_) {
        if (waiter.size <= quorum_) {
          ready.push_back(std::move(waiter));
        } else if (stop || waiter.deadline_nanos <= now) {
          late.push_back(std::move(waiter));
        } else {
          left.push_back(std::move(waiter));
        }
      }
      waiters_ = std::move(left);
      if (!late.empty()) missing = QuorumMissing();
      if (ready.empty() && late.empty() && !stop) {
        if (waiters_.empty()) {
          waiters_changed_.Wait(&mutex_);
        } else {
          waiters_changed_.WaitFor(&mutex_,
                                   absl::Nanoseconds(waiters_.front().deadline_nanos - now));
        }
      }
    }
    for (const Waiter& waiter : ready) waiter.done(absl::OkStatus());
    for (const Waiter& waiter : late) waiter.done(missing);
  }
}

std::string WitnessClient::Lines(uint64_t size) const {
  {
    base::MutexLock lock(&mutex_);
    if (size > newest_) return "";
  }
  // A line that cannot be read is missing, which a reader of the note sees.
  return ReadCosignatures(*database_, size).value_or("");
}

uint64_t WitnessClient::NewestSize(uint64_t index) const {
  base::MutexLock lock(&mutex_);
  if (quorum_ > index) return quorum_;
  return newest_ > index ? newest_ : 0;
}

uint64_t WitnessClient::FirstQuorumSize(uint64_t index) const {
  const uint64_t last = quorum_size();
  if (last <= index) return 0;
  // Heads with a line but without the quorum are few: the next goes out only once one waited long.
  uint64_t size = 0;
  uint64_t found = 0;
  const auto complete = [&] {
    const absl::StatusOr<std::string> note = tree_->SignedCheckpointAt(size);
    if (note.ok() && HasQuorum(*note, "")) found = size;
    return found != 0;
  };
  const absl::Status status =
      database_->Scan(kCosignatureFamily, IndexKey(static_cast<int64_t>(index + 1)), "",
                      [&](absl::string_view key, absl::string_view) {
                        base::ByteReader reader(key);
                        const absl::StatusOr<uint64_t> at = reader.U64();
                        if (!at.ok() || *at == size) return true;
                        size = *at;
                        return !complete();
                      });
  return status.ok() && found != 0 ? found : last;
}

uint64_t WitnessClient::quorum_size() const {
  base::MutexLock lock(&mutex_);
  return quorum_;
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
