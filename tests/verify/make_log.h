// Logs for tests, made in memory with audit/tlog and written as static files: a whole small world
// (epochs, members, offerings, a rulebook, engagements, decisions), which a test then spoils in one
// place. The bodies are written here once more from docs/log_format.md, so that reader, writer and
// this do not share a mistake.
#ifndef APLOMB_TESTS_VERIFY_MAKE_LOG_H_
#define APLOMB_TESTS_VERIFY_MAKE_LOG_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "audit/entry.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/note.h"
#include "audit/tlog/tree.h"
#include "base/digest.h"

namespace aplomb::verify {

// 2026-03-01 09:00:00 UTC.
inline constexpr int64_t kStartUs = 1'772'355'600'000'000;

base::Digest Filled(uint8_t byte);
tlog::Signer TestSigner(absl::string_view name, tlog::SignatureType type, uint8_t seed);

std::string NamedBody(absl::string_view name, absl::string_view message);
std::string EpochBodyBytes(uint8_t kind, absl::string_view label, const base::Digest& secret);
std::string EpochCloseBodyBytes(absl::string_view day, int64_t epoch_index,
                                const base::Digest& secret);
std::string ErasureBodyBytes(const std::vector<std::pair<uint64_t, uint8_t>>& tiers);
std::string EngagementBodyBytes(absl::string_view id, absl::string_view tie_epoch,
                                const base::Digest& subject);
// A serialized Offering with nothing but its uid: sixteen bytes `byte`.
std::string OfferingMessage(uint8_t byte);

struct DecisionSpec {
  struct Place {
    uint8_t offering = 0;  // of OfferingMessage
    uint32_t rank = 0;
    int64_t score = 0;
  };
  std::string engagement = "e1";
  std::string recommendation = "r1";
  int64_t catalogue_revision = 0;
  int64_t rulebook_revision = 0;
  base::Digest rulebook = {};
  base::Digest catalogue = {};
  int32_t recommendations = 1;
  int32_t previews = 0;
  uint32_t ranked = 0;
  std::vector<Place> places = {};
};
std::string DecisionBodyBytes(const DecisionSpec& spec);

// Of the engagement "e1"; `offering` as in OfferingMessage, 0: none.
std::string ChoiceBodyBytes(absl::string_view recommendation, uint64_t index, uint8_t kind,
                            uint8_t offering);

// The digest of a catalogue's state by its definition, slowly: over (name, message), in order of
// registration.
base::Digest SlowStateDigest(const std::vector<std::pair<std::string, std::string>>& objects);

class LogMaker {
 public:
  LogMaker();

  // Appends the entry, a microsecond later than the last one, having seen everything before it;
  // returns its index.
  uint64_t Append(audit::EntryType type, absl::string_view body);
  // Appends whatever bytes.
  uint64_t AppendRaw(std::string bytes);
  audit::Entry Make(audit::EntryType type, absl::string_view body);

  uint64_t size() const { return entries.size(); }
  // Root of the first `size` entries, computed from the definition.
  tlog::Hash RootAt(uint64_t size) const;
  std::string CheckpointAt(uint64_t size) const;  // signed by the log alone
  // With the cosignatures of `witnesses` of the two witnesses, at `time_s`.
  std::string CosignedAt(uint64_t size, int witnesses, uint64_t time_s) const;
  tlog::Receipt ReceiptFor(uint64_t index, uint64_t size) const;

  // The files of a static log of the first `size` entries: path -> bytes. No "checkpoint".
  std::map<std::string, std::string> Files(uint64_t size) const;

  // "log … witness w1 … witness w2 … group both all … quorum both".
  std::string PolicyText() const;
  tlog::Policy Policy() const;

  tlog::Signer log_signer;
  tlog::Signer witness1;
  tlog::Signer witness2;
  std::vector<std::string> entries;
  int64_t time_us = kStartUs;

 private:
  tlog::Frontier frontier_;
};

// Fills `log` with a sound small world and then decisions up to `size` entries.
struct World {
  uint64_t first_decision = 0;
  DecisionSpec decision;  // of first_decision
};
World FillWithWorld(LogMaker& log, uint64_t size);

// Writes files below `directory`.
void WriteFiles(const std::string& directory, const std::map<std::string, std::string>& files);

}  // namespace aplomb::verify

#endif  // APLOMB_TESTS_VERIFY_MAKE_LOG_H_
