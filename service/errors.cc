#include "service/errors.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/reason.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/error_info.pb.h"
#include "google/rpc/status.pb.h"

namespace aplomb::service {
namespace {

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";
// One path; a longer one is cut.
constexpr size_t kFieldSizeMax = 160;
// One sentence of a violation, in each language by itself. As long as all violations fit, the first
// of these; else the next, so that many get short sentences rather than some none.
constexpr size_t kSentenceSizes[] = {340, 240, 170, 120};
constexpr size_t kPreconditionSizeMax = 700;
constexpr size_t kMetadataValueSizeMax = 200;
// Tag and length around each violation.
constexpr size_t kViolationOverhead = 8;
// What the ErrorInfo, the code and the message of a BAD_REQUEST take.
constexpr size_t kBadRequestRest = 1000;

// Cuts without splitting a character of UTF-8.
std::string Cut(absl::string_view text, size_t size_max) {
  if (text.size() <= size_max) return std::string(text);
  size_t size = size_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

// Cuts a sentence after a whole word and shows that it was cut.
std::string CutSentence(absl::string_view text, size_t size_max) {
  constexpr absl::string_view kEllipsis = "…";
  constexpr size_t kWordSizeMax = 60;
  if (text.size() <= size_max) return std::string(text);
  std::string cut = Cut(text, size_max - kEllipsis.size());
  if (text[cut.size()] != ' ') {
    const size_t blank = cut.rfind(' ');
    // A text without blanks is cut where it must be.
    if (blank != std::string::npos && cut.size() - blank <= kWordSizeMax) cut.resize(blank);
  }
  while (!cut.empty() && (cut.back() == ' ' || cut.back() == ',' || cut.back() == ';')) {
    cut.pop_back();
  }
  return cut + std::string(kEllipsis);
}

// A sentence takes one line: the line feed stands between the languages.
std::string OneLine(absl::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return line;
}

// "REASON: French sentence", line feed, "English sentence".
std::string Describe(const base::Issue& issue, size_t sentence_size_max) {
  return absl::StrCat(issue.reason, ": ", CutSentence(OneLine(issue.text_fr), sentence_size_max),
                      "\n", CutSentence(OneLine(issue.text_en), sentence_size_max));
}

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypePrefix, Detail::descriptor()->full_name());
}

template <typename Detail>
void Attach(absl::Status& error, const Detail& detail) {
  error.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
std::optional<Detail> Find(const absl::Status& error) {
  const auto payload = error.GetPayload(TypeUrl<Detail>());
  if (!payload.has_value()) return std::nullopt;
  Detail detail;
  if (!detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

}  // namespace

absl::Status MakeError(Reason reason, absl::string_view message, const Metadata& metadata) {
  const ReasonInfo& info = Info(reason);
  absl::Status error(info.code, Cut(message, kErrorMessageSizeMax));
  google::rpc::ErrorInfo detail;
  detail.set_reason(std::string(info.word));
  detail.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : metadata) {
    (*detail.mutable_metadata())[key] = Cut(value, kMetadataValueSizeMax);
  }
  Attach(error, detail);
  return error;
}

absl::Status BadRequest(const std::vector<base::Issue>& issues) {
  CHECK(!issues.empty()) << "a bad request without a violation";
  // First every violation with its reason word, as many as fit; then sentences in the place of
  // words, as long as there is room for.
  constexpr size_t kBudget = kErrorDetailsSizeMax - kBadRequestRest;
  google::rpc::BadRequest detail;
  size_t size = 0;
  for (const base::Issue& issue : issues) {
    const std::string field = Cut(issue.field, kFieldSizeMax);
    const size_t added = field.size() + issue.reason.size() + kViolationOverhead;
    if (size + added > kBudget) break;
    size += added;
    auto* violation = detail.add_field_violations();
    violation->set_field(field);
    violation->set_description(issue.reason);
  }
  const auto told = static_cast<size_t>(detail.field_violations_size());
  for (const size_t sentence_size_max : kSentenceSizes) {
    size_t all = size;
    std::vector<std::string> texts;
    for (size_t i = 0; i < told; ++i) {
      texts.push_back(Describe(issues[i], sentence_size_max));
      all += texts.back().size() - issues[i].reason.size();
    }
    const bool shortest = sentence_size_max == *std::rbegin(kSentenceSizes);
    if (all > kBudget && !shortest) continue;
    for (size_t i = 0; i < told; ++i) {
      const size_t added = texts[i].size() - issues[i].reason.size();
      if (size + added > kBudget) continue;
      size += added;
      detail.mutable_field_violations(static_cast<int>(i))->set_description(std::move(texts[i]));
    }
    break;
  }
  const size_t left_out = issues.size() - told;
  Metadata metadata = {{"violation_count", absl::StrCat(issues.size())},
                       {"violations_left_out", absl::StrCat(left_out)},
                       {"first_field", issues[0].field},
                       {"first_reason", issues[0].reason}};
  absl::Status error = MakeError(
      Reason::kBadRequest,
      CutSentence(
          absl::StrCat(issues.size(),
                       issues.size() == 1 ? " violation: " : " violations, the first: ",
                       Cut(issues[0].field, kFieldSizeMax), ": ", OneLine(issues[0].text_en)),
          kErrorMessageSizeMax),
      metadata);
  Attach(error, detail);
  return error;
}

absl::Status NotFound(absl::string_view resource_type, absl::string_view name) {
  return MakeError(Reason::kResourceNotFound,
                   absl::StrCat("There is no ", resource_type, " \"", Cut(name, 200), "\"."),
                   {{"resource_type", std::string(resource_type)}, {"name", std::string(name)}});
}

absl::Status Erased(absl::string_view resource_type, absl::string_view name) {
  return MakeError(Reason::kResourceErased,
                   absl::StrCat("The contents of ", resource_type, " \"", Cut(name, 200),
                                "\" were erased; the log still proves that it was given."),
                   {{"resource_type", std::string(resource_type)}, {"name", std::string(name)}});
}

absl::Status WithRetry(absl::Status error, absl::Duration delay) {
  google::rpc::RetryInfo detail;
  const int64_t nanos = absl::ToInt64Nanoseconds(delay);
  detail.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  detail.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  Attach(error, detail);
  return error;
}

absl::Status WithPrecondition(absl::Status error, absl::string_view type, absl::string_view subject,
                              absl::string_view description) {
  google::rpc::PreconditionFailure detail;
  auto* violation = detail.add_violations();
  violation->set_type(std::string(type));
  violation->set_subject(Cut(subject, kMetadataValueSizeMax));
  violation->set_description(CutSentence(description, kPreconditionSizeMax));
  Attach(error, detail);
  return error;
}

absl::Status FromLowerRoom(const absl::Status& status) {
  if (status.ok() || Find<google::rpc::ErrorInfo>(status).has_value()) return status;
  // Reasons that both rooms know; their messages are written for callers.
  constexpr Reason kShared[] = {Reason::kRequestIdReused, Reason::kQueueFull, Reason::kShuttingDown,
                                Reason::kWitnessQuorumMissing};
  const std::string word = base::ReasonOf(status);
  for (const Reason reason : kShared) {
    if (word != Info(reason).word) continue;
    absl::Status error = MakeError(reason, status.message());
    const absl::Duration delay = base::RetryAfter(status);
    return delay > absl::ZeroDuration() ? WithRetry(std::move(error), delay) : error;
  }
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return MakeError(Reason::kDataDamaged,
                       "Stored data is damaged; the operator must check the database.");
    case absl::StatusCode::kResourceExhausted:
      return MakeError(Reason::kStorageFull,
                       "Nothing can be written: the disk is full; the operator must free space.");
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
      return MakeError(Reason::kStorageFailed,
                       absl::StrCat(word == "STORAGE_FULL"
                                        ? "The log cannot be written: the disk is full, and the "
                                          "operator must free space. "
                                        : "The log cannot be written now. ",
                                    "The request may be sent again with the same request_id."));
    case absl::StatusCode::kDeadlineExceeded:
      return MakeError(Reason::kDeadlinePassed, "The deadline passed before the work was done.");
    case absl::StatusCode::kCancelled:
      return MakeError(Reason::kCallCancelled, "The call was cancelled.");
    default:
      return MakeError(Reason::kInternalError, "An error of ours; the operator's log tells more.",
                       {{"code", absl::StatusCodeToString(status.code())}});
  }
}

std::string ReasonWord(const absl::Status& error) {
  const auto info = Find<google::rpc::ErrorInfo>(error);
  return info.has_value() ? info->reason() : std::string();
}

std::string SerializeDetails(const absl::Status& error) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(error.code()));
  proto.set_message(std::string(error.message()));
  // Payloads come in no fixed order; the answer has one.
  std::vector<std::pair<std::string, std::string>> payloads;
  error.ForEachPayload([&payloads](absl::string_view type_url, const absl::Cord& payload) {
    payloads.emplace_back(std::string(type_url), std::string(payload));
  });
  std::sort(payloads.begin(), payloads.end());
  for (auto& [type_url, payload] : payloads) {
    auto* any = proto.add_details();
    any->set_type_url(std::move(type_url));
    any->set_value(std::move(payload));
  }
  return proto.SerializeAsString();
}

}  // namespace aplomb::service
