#include "service/callers.h"

#include <sys/stat.h>

#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/hex.h"
#include "base/status.h"
#include "catalog/identifiers.h"
#include "service/errors.h"

namespace aplomb::service {
namespace {

constexpr std::pair<Role, absl::string_view> kRoleWords[] = {
    {Role::kAdvisor, "ADVISOR"},   {Role::kMember, "MEMBER"},   {Role::kReviewer, "REVIEWER"},
    {Role::kOperator, "OPERATOR"}, {Role::kAuditor, "AUDITOR"},
};

constexpr absl::string_view kScheme = "bearer ";
constexpr size_t kBadLinesShownMax = 20;
constexpr size_t kTokenFileSizeMax = size_t{2} << 20;

}  // namespace

absl::string_view RoleWord(Role role) {
  for (const auto& [value, word] : kRoleWords) {
    if (value == role) return word;
  }
  return "UNKNOWN";
}

std::optional<Role> ParseRole(absl::string_view word) {
  for (const auto& [value, name] : kRoleWords) {
    if (name == word) return value;
  }
  return std::nullopt;
}

std::string Caller::Id() const { return absl::StrCat(RoleWord(role), "/", subject); }

absl::StatusOr<std::unique_ptr<TokenTable>> TokenTable::Parse(absl::string_view text) {
  std::vector<Row> rows;
  std::set<base::Digest> digests;
  std::vector<std::string> problems;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    const auto refuse = [&](absl::string_view why) {
      problems.push_back(absl::StrCat("line ", number, ": ", why));
    };
    if (words.size() != 3) {
      refuse(absl::StrCat(words.size(), " words; a line has a role, a subject and a SHA-256"));
      continue;
    }
    const std::optional<Role> role = ParseRole(words[0]);
    if (!role.has_value()) {
      refuse("the role must be ADVISOR, MEMBER, REVIEWER, OPERATOR or AUDITOR");
      continue;
    }
    if (!catalog::IsResourceId(words[1])) {
      refuse("the subject must be 1 to 63 of a-z, 0-9 and -, from a letter on");
      continue;
    }
    const absl::StatusOr<base::Digest> digest = base::HexDecodeDigest(words[2]);
    if (!digest.ok()) {
      // Its text is not repeated: somebody may have written the token itself.
      refuse("the third word must be the SHA-256 of the token, 64 digits of 0-9a-f");
      continue;
    }
    const Caller caller{*role, std::string(words[1])};
    if (!digests.insert(*digest).second) {
      refuse("the token is listed twice");
      continue;
    }
    rows.push_back({*digest, caller});
    if (rows.size() > kTokensMax) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kTokensMax, " tokens"));
    }
  }
  if (!problems.empty()) {
    const size_t count = problems.size();
    if (count > kBadLinesShownMax) {
      problems.resize(kBadLinesShownMax);
      problems.push_back(absl::StrCat("and ", count - kBadLinesShownMax, " more"));
    }
    return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
  }
  return std::unique_ptr<TokenTable>(new TokenTable(std::move(rows)));
}

absl::StatusOr<std::unique_ptr<TokenTable>> TokenTable::ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": the token file cannot be opened"));
  std::string text(kTokenFileSizeMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return absl::UnavailableError(absl::StrCat(path, ": reading failed"));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kTokenFileSizeMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": larger than ", kTokenFileSizeMax, " bytes"));
  }
  absl::StatusOr<std::unique_ptr<TokenTable>> table = Parse(text);
  if (!table.ok()) {
    return absl::Status(table.status().code(), absl::StrCat(path, ": ", table.status().message()));
  }
  return table;
}

absl::StatusOr<Caller> TokenTable::Identify(const Credentials& credentials) const {
  if (credentials.authorization.empty()) {
    return MakeError(Reason::kTokenMissing,
                     "Send the header \"authorization: Bearer TOKEN\" with your token.");
  }
  const absl::Status unknown =
      MakeError(Reason::kTokenUnknown, "The token is not known here; ask the operator for one.");
  // Two headers could mean two callers.
  if (credentials.authorization.size() != 1) return unknown;
  absl::string_view header = credentials.authorization[0];
  if (!absl::StartsWithIgnoreCase(header, kScheme)) return unknown;
  const absl::string_view token = absl::StripAsciiWhitespace(header.substr(kScheme.size()));
  if (token.size() < kTokenSizeMin || token.size() > kTokenSizeMax) return unknown;
  // Every row is compared, each in constant time: how long it takes tells nothing of the token.
  const base::Digest digest = base::Sha256(token);
  const Row* found = nullptr;
  for (const Row& row : rows_) {
    if (base::EqualInConstantTime(base::DigestView(row.token_digest), base::DigestView(digest))) {
      found = &row;
    }
  }
  if (found == nullptr) return unknown;
  return found->caller;
}

TokenFile::TokenFile(std::string path, const base::Clock* clock, base::Logger* logger, Stamp stamp,
                     std::shared_ptr<const TokenTable> table)
    : path_(std::move(path)),
      clock_(clock),
      logger_(logger),
      stamp_(stamp),
      next_look_nanos_(clock->MonotonicNanos() + absl::ToInt64Nanoseconds(kTokenFileCheckInterval)),
      table_(std::move(table)) {}

TokenFile::Stamp TokenFile::StampOf(const std::string& path) {
  struct stat found = {};
  if (stat(path.c_str(), &found) != 0) return {};
  const auto nanos = [](const struct timespec& time) {
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {.inode = found.st_ino,
          .size = found.st_size,
          .modified_nanos = nanos(found.st_mtim),
          .changed_nanos = nanos(found.st_ctim)};
}

absl::StatusOr<std::unique_ptr<TokenFile>> TokenFile::Open(std::string path,
                                                           const base::Clock* clock,
                                                           base::Logger* logger) {
  // The stamp first: a change in between is seen at the next look.
  const Stamp stamp = StampOf(path);
  ASSIGN_OR_RETURN(std::shared_ptr<const TokenTable> table, TokenTable::ReadFile(path));
  return std::unique_ptr<TokenFile>(
      new TokenFile(std::move(path), clock, logger, stamp, std::move(table)));
}

void TokenFile::Refresh() const {
  const Stamp stamp = StampOf(path_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  absl::StatusOr<std::shared_ptr<const TokenTable>> table = TokenTable::ReadFile(path_);
  if (!table.ok()) {
    logger_->Error("token_file_refused", {{"cause", table.status().message()}});
    return;
  }
  logger_->Info("token_file_read", {{"tokens", (*table)->size()}});
  base::MutexLock lock(&mutex_);
  table_ = *std::move(table);
}

std::shared_ptr<const TokenTable> TokenFile::Table() const {
  const int64_t now = clock_->MonotonicNanos();
  {
    base::MutexLock lock(&mutex_);
    if (now < next_look_nanos_) return table_;
    next_look_nanos_ = now + absl::ToInt64Nanoseconds(kTokenFileCheckInterval);
  }
  if (refresh_mutex_.TryLock()) {
    Refresh();
    refresh_mutex_.Unlock();
  }
  base::MutexLock lock(&mutex_);
  return table_;
}

absl::StatusOr<Caller> TokenFile::Identify(const Credentials& credentials) const {
  return Table()->Identify(credentials);
}

std::string DrawToken(base::Random& random) { return absl::WebSafeBase64Escape(random.Bytes(32)); }

std::string TokenLine(const Caller& caller, absl::string_view token) {
  return absl::StrCat(RoleWord(caller.role), " ", caller.subject, " ",
                      base::HexEncode(base::Sha256(token)), "\n");
}

}  // namespace aplomb::service
