// Who calls. A caller is a role and a subject, found from what a connection
// brings: today a bearer token whose SHA-256 stands in a file; the identities of a
// client certificate are handed in beside it, for an identifier that reads them.
#ifndef APLOMB_SERVICE_CALLERS_H_
#define APLOMB_SERVICE_CALLERS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/random.h"

namespace aplomb::service {

// What a caller may be. One role each; whoever has two has two tokens.
enum class Role : uint8_t { kAdvisor = 1, kMember = 2, kReviewer = 3, kOperator = 4, kAuditor = 5 };

// "ADVISOR", …
absl::string_view RoleWord(Role role);
std::optional<Role> ParseRole(absl::string_view word);

struct Caller {
  Role role = Role::kAdvisor;
  // Unique within the role: `^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`; of a member, its id.
  std::string subject;

  // "ADVISOR/marie"; key of idempotency and of ownership.
  std::string Id() const;
  friend bool operator==(const Caller&, const Caller&) = default;
};

// What a connection says of itself.
struct Credentials {
  // Values of the "authorization" header, in order.
  std::vector<std::string> authorization;
  // Names that the client's certificate proves (its SANs); empty without one. The seam where TLS
  // identities come in.
  std::vector<std::string> tls_identities;
};

// Finds who calls. Implementations are thread-safe.
class CallerIdentifier {
 public:
  virtual ~CallerIdentifier() = default;
  // TOKEN_MISSING without credentials, TOKEN_UNKNOWN with wrong ones; neither tells more, and
  // neither holds any part of the token.
  virtual absl::StatusOr<Caller> Identify(const Credentials& credentials) const = 0;
};

inline constexpr size_t kTokensMax = 10'000;
inline constexpr size_t kTokenSizeMin = 20;
inline constexpr size_t kTokenSizeMax = 512;

// Identifies by bearer tokens (RFC 6750). Immutable.
//
// The file has one caller per line: role, subject, lower-case hexadecimal SHA-256 of the token,
// separated by spaces or tabs. Empty lines and lines that begin with "#" are passed over:
//
//   # role     subject  sha256 of the token
//   ADVISOR    marie    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
//
// A subject may have several tokens, so that one can be replaced by the next.
class TokenTable final : public CallerIdentifier {
 public:
  // InvalidArgument with every bad line, by number, and what is wrong with it.
  static absl::StatusOr<std::unique_ptr<TokenTable>> Parse(absl::string_view text);
  // NotFound or the like if the file cannot be read.
  static absl::StatusOr<std::unique_ptr<TokenTable>> ReadFile(const std::string& path);

  absl::StatusOr<Caller> Identify(const Credentials& credentials) const override;

  size_t size() const { return rows_.size(); }

 private:
  struct Row {
    base::Digest token_digest;
    Caller caller;
  };
  explicit TokenTable(std::vector<Row> rows) : rows_(std::move(rows)) {}

  const std::vector<Row> rows_;
};

// A changed token file counts from the first call on that comes this long after the last look at
// it.
inline constexpr absl::Duration kTokenFileCheckInterval = absl::Seconds(1);

// Identifies by the TokenTable that stands in a file, and follows the file: a token is given or
// taken back without a restart. Where the file has become unreadable or wrong, the last good table
// goes on and the log says so ("token_file_refused", once for each state of the file). Replace the
// file by renaming a whole one (`aplomb token` does): a half-written one may be read. Thread-safe.
class TokenFile final : public CallerIdentifier {
 public:
  // Errors of TokenTable::ReadFile. `clock` and `logger` must outlive this.
  static absl::StatusOr<std::unique_ptr<TokenFile>> Open(std::string path, const base::Clock* clock,
                                                         base::Logger* logger);

  absl::StatusOr<Caller> Identify(const Credentials& credentials) const override;

 private:
  // What tells one state of the file from another. All zero: the file is not there.
  struct Stamp {
    uint64_t inode = 0;
    int64_t size = 0;
    int64_t modified_nanos = 0;
    int64_t changed_nanos = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  static Stamp StampOf(const std::string& path);

  TokenFile(std::string path, const base::Clock* clock, base::Logger* logger, Stamp stamp,
            std::shared_ptr<const TokenTable> table);
  // The table of now.
  std::shared_ptr<const TokenTable> Table() const;
  // Reads the file where it is another than the last time.
  void Refresh() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(refresh_mutex_);

  const std::string path_;
  const base::Clock* const clock_;
  base::Logger* const logger_;
  // Held by the one call that looks at the file; others do not wait for it. Before mutex_.
  mutable base::Mutex refresh_mutex_;
  mutable Stamp stamp_ ABSL_GUARDED_BY(refresh_mutex_);
  mutable base::Mutex mutex_;
  mutable int64_t next_look_nanos_ ABSL_GUARDED_BY(mutex_);
  mutable std::shared_ptr<const TokenTable> table_ ABSL_GUARDED_BY(mutex_);
};

// A new token: 32 random bytes, URL-safe.
std::string DrawToken(base::Random& random);
// The line of the file for a token.
std::string TokenLine(const Caller& caller, absl::string_view token);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_CALLERS_H_
