#include "audit/tlog/checkpoint.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace aplomb::tlog {
namespace {

constexpr absl::string_view kReceiptHeader = "c2sp.org/tlog-proof@v1\n";

absl::Status Refuse(absl::string_view why) { return absl::InvalidArgumentError(why); }

std::string HashBase64(const Hash& hash) { return EncodeBase64(base::DigestView(hash)); }

absl::StatusOr<Hash> ParseHash(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::string bytes, DecodeBase64(text));
  return base::DigestFromBytes(bytes);
}

// Decimal without sign, blanks or leading zeros.
absl::StatusOr<uint64_t> ParseNumber(absl::string_view text) {
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || absl::StrCat(number) != text || number > kMaxTreeSize) {
    return Refuse(absl::StrCat("not a canonical number below 2^62: \"", text.substr(0, 40), "\""));
  }
  return number;
}

// Takes the first line off `text`, which must hold a line feed.
absl::StatusOr<absl::string_view> TakeLine(absl::string_view& text) {
  const size_t end = text.find('\n');
  if (end == absl::string_view::npos) return Refuse("the text ends inside a line");
  const absl::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

// Hashes in base64, one a line, up to and including an empty line.
absl::StatusOr<std::vector<Hash>> TakeProof(absl::string_view& text) {
  std::vector<Hash> proof;
  while (true) {
    ASSIGN_OR_RETURN(const absl::string_view line, TakeLine(text));
    if (line.empty()) return proof;
    if (proof.size() == kMaxProofHashes) return Refuse("a proof has at most 63 hashes");
    ASSIGN_OR_RETURN(proof.emplace_back(), ParseHash(line));
  }
}

void AppendProof(const std::vector<Hash>& proof, std::string& text) {
  for (const Hash& hash : proof) absl::StrAppend(&text, HashBase64(hash), "\n");
}

bool IsOrigin(absl::string_view origin) {
  return !origin.empty() && !absl::StrContains(origin, '\n');
}

// Is the component of that name (a witness or a group) satisfied?
bool IsSatisfied(const Policy& policy, const std::string& name,
                 const std::set<std::string>& cosigned) {
  for (const Policy::Group& group : policy.groups) {
    if (group.name != name) continue;
    const auto count = std::count_if(
        group.members.begin(), group.members.end(),
        [&](const std::string& member) { return IsSatisfied(policy, member, cosigned); });
    return static_cast<uint64_t>(count) >= group.threshold;
  }
  return cosigned.contains(name);
}

// Reads a policy line by line; groups refer backwards only, so they cannot loop.
class PolicyParser {
 public:
  absl::StatusOr<Policy> Parse(absl::string_view text) {
    if (text.size() > kMaxPolicyBytes) return Refuse("the policy is larger than kMaxPolicyBytes");
    size_t number = 0;
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (++number > kMaxPolicyLines) return Refuse("the policy has too many lines");
      RETURN_IF_ERROR(base::Annotate(ParseLine(line), absl::StrCat("policy line ", number)));
    }
    if (!has_quorum_) return Refuse("a policy has exactly one quorum line");
    return std::move(policy_);
  }

 private:
  absl::Status ParseLine(absl::string_view line) {
    if (absl::StartsWith(line, "#")) return absl::OkStatus();
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty()) return absl::OkStatus();
    if (words[0] == "log") return ParseLog(words);
    if (words[0] == "witness") return ParseWitness(words);
    if (words[0] == "group") return ParseGroup(words);
    if (words[0] == "quorum") return ParseQuorum(words);
    return Refuse(
        absl::StrCat("\"", words[0].substr(0, 40), "\" is none of log, witness, group, quorum"));
  }

  absl::Status ParseLog(const std::vector<absl::string_view>& words) {
    if (words.size() != 2 && words.size() != 3) return Refuse("log <vkey> [url]");
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(words[1]));
    if (key.type != SignatureType::kEd25519) return Refuse("a log signs with Ed25519 (0x01)");
    policy_.logs.push_back(
        {.key = std::move(key), .url = words.size() == 3 ? std::string(words[2]) : ""});
    return absl::OkStatus();
  }

  absl::Status ParseWitness(const std::vector<absl::string_view>& words) {
    if (words.size() != 3 && words.size() != 4) return Refuse("witness <name> <vkey> [url]");
    RETURN_IF_ERROR(Define(words[1]));
    ASSIGN_OR_RETURN(VerifierKey key, VerifierKey::Parse(words[2]));
    if (key.type != SignatureType::kCosignature) return Refuse("a witness cosigns (0x04)");
    policy_.witnesses.push_back({.name = std::string(words[1]),
                                 .key = std::move(key),
                                 .url = words.size() == 4 ? std::string(words[3]) : ""});
    return absl::OkStatus();
  }

  absl::Status ParseGroup(const std::vector<absl::string_view>& words) {
    if (words.size() < 4) return Refuse("group <name> all|any|<k> <member>...");
    Policy::Group group{.name = std::string(words[1])};
    for (size_t i = 3; i < words.size(); ++i) {
      const std::string member(words[i]);
      if (!defined_.contains(member)) {
        return Refuse(absl::StrCat("\"", member, "\" is not defined above"));
      }
      // Once in all groups together: no witness counts twice.
      if (!used_.insert(member).second) {
        return Refuse(absl::StrCat("\"", member, "\" is a member already"));
      }
      group.members.push_back(member);
    }
    const auto count = static_cast<uint32_t>(group.members.size());
    if (words[2] == "all") {
      group.threshold = count;
    } else if (words[2] == "any") {
      group.threshold = 1;
    } else {
      ASSIGN_OR_RETURN(const uint64_t threshold, ParseNumber(words[2]));
      if (threshold < 1 || threshold > count) {
        return Refuse(absl::StrCat("a threshold is 1 to ", count));
      }
      group.threshold = static_cast<uint32_t>(threshold);
    }
    RETURN_IF_ERROR(Define(words[1]));
    policy_.groups.push_back(std::move(group));
    return absl::OkStatus();
  }

  absl::Status ParseQuorum(const std::vector<absl::string_view>& words) {
    if (words.size() != 2) return Refuse("quorum <name>|none");
    if (has_quorum_) return Refuse("a policy has exactly one quorum line");
    has_quorum_ = true;
    if (words[1] == "none") return absl::OkStatus();
    policy_.quorum = std::string(words[1]);
    if (!defined_.contains(policy_.quorum)) {
      return Refuse(absl::StrCat("\"", policy_.quorum, "\" is not defined above"));
    }
    return absl::OkStatus();
  }

  absl::Status Define(absl::string_view name) {
    if (name == "none") return Refuse("\"none\" is not a name");
    if (!defined_.insert(std::string(name)).second) {
      return Refuse(absl::StrCat("\"", name, "\" is defined twice"));
    }
    return absl::OkStatus();
  }

  Policy policy_;
  std::set<std::string> defined_;
  std::set<std::string> used_;
  bool has_quorum_ = false;
};

}  // namespace

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n", HashBase64(checkpoint.root),
                      "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpoint(absl::string_view text) {
  Checkpoint checkpoint;
  ASSIGN_OR_RETURN(const absl::string_view origin, TakeLine(text));
  if (!IsOrigin(origin)) return Refuse("a checkpoint begins with its origin");
  checkpoint.origin = std::string(origin);
  ASSIGN_OR_RETURN(const absl::string_view size, TakeLine(text));
  ASSIGN_OR_RETURN(checkpoint.size, ParseNumber(size));
  ASSIGN_OR_RETURN(const absl::string_view root, TakeLine(text));
  ASSIGN_OR_RETURN(checkpoint.root, ParseHash(root));
  while (!text.empty()) {
    ASSIGN_OR_RETURN(const absl::string_view extension, TakeLine(text));
    if (extension.empty()) return Refuse("an extension line of a checkpoint is not empty");
  }
  return checkpoint;
}

std::string SignCheckpoint(const Checkpoint& checkpoint, const Signer& log) {
  return SignCheckpoint(checkpoint, {&log});
}

std::string SignCheckpoint(const Checkpoint& checkpoint, absl::Span<const Signer* const> log) {
  const std::string text = FormatCheckpoint(checkpoint);
  std::string note = absl::StrCat(text, "\n");
  for (const Signer* const signer : log) absl::StrAppend(&note, signer->SignatureLine(text));
  return note;
}

absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note_bytes, const VerifierKey& log) {
  return OpenCheckpoint(note_bytes, std::vector<VerifierKey>{log});
}

absl::StatusOr<Checkpoint> OpenCheckpoint(absl::string_view note_bytes,
                                          const std::vector<VerifierKey>& log) {
  const std::string& name = log.front().name;
  ASSIGN_OR_RETURN(const Note note, ParseNote(note_bytes));
  ASSIGN_OR_RETURN(const std::vector<VerifiedSignature> verified, VerifyNote(note, log));
  if (verified.empty()) return Refuse(absl::StrCat("no signature of ", name));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(note.text));
  if (checkpoint.origin != name) {
    return Refuse(absl::StrCat("the checkpoint is of another log than ", name));
  }
  return checkpoint;
}

std::string FormatReceipt(const Receipt& receipt) {
  std::string text(kReceiptHeader);
  if (receipt.extra.has_value()) {
    absl::StrAppend(&text, "extra ", EncodeBase64(*receipt.extra), "\n");
  }
  absl::StrAppend(&text, "index ", receipt.index, "\n");
  AppendProof(receipt.proof, text);
  absl::StrAppend(&text, "\n", receipt.checkpoint);
  return text;
}

absl::StatusOr<Receipt> ParseReceipt(absl::string_view text) {
  if (text.size() > kMaxReceiptBytes) return Refuse("the receipt is larger than kMaxReceiptBytes");
  if (!absl::ConsumePrefix(&text, kReceiptHeader)) {
    return Refuse("a receipt begins with c2sp.org/tlog-proof@v1");
  }
  Receipt receipt;
  ASSIGN_OR_RETURN(absl::string_view line, TakeLine(text));
  if (absl::ConsumePrefix(&line, "extra ")) {
    ASSIGN_OR_RETURN(receipt.extra, DecodeBase64(line));
    ASSIGN_OR_RETURN(line, TakeLine(text));
  }
  if (!absl::ConsumePrefix(&line, "index ")) return Refuse("a receipt has an index line");
  ASSIGN_OR_RETURN(receipt.index, ParseNumber(line));
  ASSIGN_OR_RETURN(receipt.proof, TakeProof(text));
  receipt.checkpoint = std::string(text);
  return receipt;
}

std::vector<VerifierKey> Policy::KeysOf(absl::string_view origin) const {
  std::vector<VerifierKey> keys;
  for (const Log& log : logs) {
    if (log.key.name == origin) keys.push_back(log.key);
  }
  return keys;
}

absl::StatusOr<Policy> ParsePolicy(absl::string_view text) { return PolicyParser().Parse(text); }

bool ReachesQuorum(const Policy& policy, const std::set<std::string>& witnesses) {
  return policy.quorum.empty() || IsSatisfied(policy, policy.quorum, witnesses);
}

absl::StatusOr<TrustedCheckpoint> CheckPolicy(absl::string_view note_bytes, const Policy& policy,
                                              bool require_quorum) {
  ASSIGN_OR_RETURN(const Note note, ParseNote(note_bytes));
  TrustedCheckpoint trusted;
  ASSIGN_OR_RETURN(trusted.checkpoint, ParseCheckpoint(note.text));
  std::vector<VerifierKey> keys = policy.KeysOf(trusted.checkpoint.origin);
  const size_t log_keys = keys.size();
  if (log_keys == 0) {
    return Refuse(absl::StrCat("the policy does not trust the log ", trusted.checkpoint.origin));
  }
  for (const Policy::Witness& witness : policy.witnesses) keys.push_back(witness.key);
  ASSIGN_OR_RETURN(const std::vector<VerifiedSignature> verified, VerifyNote(note, keys));
  std::set<std::string> cosigned;
  for (const VerifiedSignature& signature : verified) {
    if (signature.key < log_keys) {
      trusted.log_keys.push_back(keys[signature.key]);
      continue;
    }
    const std::string& name = policy.witnesses[signature.key - log_keys].name;
    cosigned.insert(name);
    trusted.cosignatures.emplace_back(name, signature.time_s);
  }
  if (trusted.log_keys.empty()) {
    return Refuse(absl::StrCat("no signature of ", trusted.checkpoint.origin,
                               " by a key that the policy has. If the log has changed its key, add "
                               "a `log` line with the new one"));
  }
  if (require_quorum && !ReachesQuorum(policy, cosigned)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the quorum \"", policy.quorum, "\" is not reached: ", cosigned.size(), " of ",
                     policy.witnesses.size(), " witnesses have cosigned"));
  }
  return trusted;
}

absl::StatusOr<TrustedCheckpoint> CheckReceipt(const Receipt& receipt, absl::string_view entry,
                                               const Policy& policy, bool require_quorum) {
  ASSIGN_OR_RETURN(TrustedCheckpoint trusted,
                   CheckPolicy(receipt.checkpoint, policy, require_quorum));
  RETURN_IF_ERROR(CheckInclusion(receipt.index, trusted.checkpoint.size, LeafHash(entry),
                                 receipt.proof, trusted.checkpoint.root));
  return trusted;
}

std::string FormatWitnessRequest(const WitnessRequest& request) {
  std::string body = absl::StrCat("old ", request.old_size, "\n");
  AppendProof(request.proof, body);
  absl::StrAppend(&body, "\n", request.checkpoint);
  return body;
}

absl::StatusOr<WitnessRequest> ParseWitnessRequest(absl::string_view body) {
  if (body.size() > kMaxNoteBytes) return Refuse("the request is larger than kMaxNoteBytes");
  WitnessRequest request;
  ASSIGN_OR_RETURN(absl::string_view line, TakeLine(body));
  if (!absl::ConsumePrefix(&line, "old ")) return Refuse("the request begins with an old line");
  ASSIGN_OR_RETURN(request.old_size, ParseNumber(line));
  ASSIGN_OR_RETURN(request.proof, TakeProof(body));
  request.checkpoint = std::string(body);
  return request;
}

}  // namespace aplomb::tlog
