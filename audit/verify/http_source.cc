#include "audit/verify/http_source.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "audit/tlog/tree.h"
#include "base/clock.h"
#include "base/status.h"

namespace aplomb::verify {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHashTileBytesMax = size_t{tlog::kTileWidth} * 32;
constexpr size_t kBundleBytesMax = size_t{tlog::kTileWidth} * (2 + tlog::kMaxEntryBytes);

// An open connection, closed at the end.
class Connection {
 public:
  explicit Connection(int socket) : socket_(socket) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  int socket() const { return socket_; }

 private:
  const int socket_;
};

absl::Status Failed(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

// A socket connected to the first address of the host that answers; -1 if none does.
int Connect(const std::string& host, const std::string& port, absl::Duration idle_max) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return -1;
  const timeval wait = absl::ToTimeval(idle_max);
  int connected = -1;
  for (const addrinfo* at = found; at != nullptr && connected < 0; at = at->ai_next) {
    const int one = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (one < 0) continue;
    setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    setsockopt(one, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
    if (connect(one, at->ai_addr, at->ai_addrlen) == 0) {
      connected = one;
    } else {
      close(one);
    }
  }
  freeaddrinfo(found);
  return connected;
}

// The value of a header, if it is there.
std::optional<std::string> Header(absl::string_view head, absl::string_view name) {
  for (const absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const size_t colon = line.find(':');
    if (colon != absl::string_view::npos && absl::EqualsIgnoreCase(line.substr(0, colon), name)) {
      return std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
    }
  }
  return std::nullopt;
}

bool IsHostText(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && !absl::StrContains(".-_:", c)) {
      return false;
    }
  }
  return !text.empty();
}

bool IsPathText(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == '?' || c == '#') return false;
  }
  return true;
}

absl::Status Save(const std::string& path, absl::string_view bytes) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  const std::string temporary = path + ".part";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file.fail()) return absl::UnavailableError(absl::StrCat(temporary, " cannot be written"));
  fs::rename(temporary, path, error);
  if (error) return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HttpSource> HttpSource::Parse(absl::string_view url,
                                             const HttpSourceOptions& options) {
  const absl::Status bad = absl::InvalidArgumentError(
      absl::StrCat(url, " is not http://HOST[:PORT][/PREFIX] (https: fetch with another tool)"));
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "http://")) return bad;
  HttpSource source;
  source.options_ = options;
  const size_t slash = rest.find('/');
  absl::string_view authority = rest.substr(0, slash);
  if (slash != absl::string_view::npos) source.prefix_ = std::string(rest.substr(slash));
  while (absl::EndsWith(source.prefix_, "/")) source.prefix_.pop_back();
  absl::string_view port = "80";
  if (absl::ConsumePrefix(&authority, "[")) {
    const size_t end = authority.find(']');
    if (end == absl::string_view::npos) return bad;
    absl::string_view after = authority.substr(end + 1);
    if (absl::ConsumePrefix(&after, ":")) {
      port = after;
    } else if (!after.empty()) {
      return bad;
    }
    authority = authority.substr(0, end);
  } else if (const size_t colon = authority.find(':'); colon != absl::string_view::npos) {
    port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65'535) return bad;
  if (!IsHostText(authority) || !IsPathText(source.prefix_)) return bad;
  source.host_ = std::string(authority);
  source.port_ = absl::StrCat(number);
  return source;
}

absl::StatusOr<std::string> HttpSource::Read(const std::string& path, size_t bytes_max) const {
  const base::Clock* clock = base::SystemClock::Get();
  const int64_t end_ns = clock->MonotonicNanos() + absl::ToInt64Nanoseconds(options_.total_max);
  const Connection connection(Connect(host_, port_, options_.idle_max));
  const std::string where = absl::StrCat(host_, ":", port_);
  if (connection.socket() < 0) {
    return absl::UnavailableError(absl::StrCat(where, ": nobody answers"));
  }
  const std::string host = absl::StrContains(host_, ":") ? absl::StrCat("[", host_, "]") : host_;
  const std::string request = absl::StrCat("GET ", prefix_, "/", path, " HTTP/1.0\r\nHost: ", host,
                                           ":", port_, "\r\nUser-Agent: aplomb-verify\r\n\r\n");
  size_t sent = 0;
  while (sent < request.size()) {
    const ssize_t n =
        send(connection.socket(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return Failed(where);
    sent += static_cast<size_t>(n);
  }

  std::string answer;
  size_t body_at = std::string::npos;
  std::array<char, 65'536> buffer;
  while (true) {
    if (clock->MonotonicNanos() > end_ns) {
      return absl::UnavailableError(absl::StrCat(where, ": ", path, " comes too slowly"));
    }
    const ssize_t n = recv(connection.socket(), buffer.data(), buffer.size(), 0);
    if (n < 0) return Failed(where);
    if (n == 0) break;
    answer.append(buffer.data(), static_cast<size_t>(n));
    if (body_at == std::string::npos) {
      const size_t end = answer.find("\r\n\r\n");
      if (end != std::string::npos) body_at = end + 4;
      if (std::min(end, answer.size()) > options_.header_bytes_max) {
        return absl::UnavailableError(absl::StrCat(where, ": headers without an end"));
      }
    }
    if (body_at != std::string::npos && answer.size() - body_at > bytes_max) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, " is larger than ", bytes_max, " bytes"));
    }
  }
  if (body_at == std::string::npos) {
    return absl::UnavailableError(absl::StrCat(where, ": the answer is not HTTP or broke off"));
  }
  const absl::string_view head = absl::string_view(answer).substr(0, body_at - 4);
  const std::vector<std::string> status = absl::StrSplit(head.substr(0, head.find("\r\n")), ' ');
  if (status.size() < 2 || !absl::StartsWith(status[0], "HTTP/1.")) {
    return absl::UnavailableError(absl::StrCat(where, ": the answer is not HTTP"));
  }
  if (status[1] == "404") return absl::NotFoundError(absl::StrCat(path, " is not there"));
  if (status[1] != "200") {
    return absl::UnavailableError(absl::StrCat(where, ": ", path, ": status ", status[1]));
  }
  if (Header(head, "Transfer-Encoding").has_value() ||
      Header(head, "Content-Encoding").has_value()) {
    return absl::UnavailableError(
        absl::StrCat(where, ": ", path, ": an encoding that was not asked for"));
  }
  std::string body = answer.substr(body_at);
  uint64_t length = 0;
  const std::optional<std::string> told = Header(head, "Content-Length");
  if (told.has_value() && (!absl::SimpleAtoi(*told, &length) || length != body.size())) {
    return absl::UnavailableError(absl::StrCat(where, ": ", path, " broke off"));
  }
  return body;
}

absl::StatusOr<Fetched> Fetch(const Source& source, const tlog::Policy& policy,
                              const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string checkpoint, source.Read("checkpoint", tlog::kMaxNoteBytes));
  ASSIGN_OR_RETURN(const tlog::TrustedCheckpoint head,
                   tlog::CheckPolicy(checkpoint, policy, /*require_quorum=*/false));
  Fetched fetched{.size = head.checkpoint.size};
  std::error_code error;
  for (const tlog::Tile& tile : tlog::TilesOf(head.checkpoint.size)) {
    const std::string path = tlog::TilePath(tile);
    const std::string target = absl::StrCat(directory, "/", path);
    if (fs::exists(target, error)) continue;
    const size_t bytes_max =
        tile.level == tlog::Tile::kEntriesLevel ? kBundleBytesMax : kHashTileBytesMax;
    absl::StatusOr<std::string> bytes = source.Read(path, bytes_max);
    std::string saved_as = target;
    if (absl::IsNotFound(bytes.status()) && tile.width < tlog::kTileWidth) {
      // A log may drop a partial tile once the full one is there; the verifier takes that too.
      const std::string full = tlog::TilePath({.level = tile.level, .index = tile.index});
      bytes = source.Read(full, bytes_max);
      saved_as = absl::StrCat(directory, "/", full);
    }
    if (!bytes.ok()) return bytes.status();
    RETURN_IF_ERROR(Save(saved_as, *bytes));
    ++fetched.files;
  }
  RETURN_IF_ERROR(Save(absl::StrCat(directory, "/checkpoint"), checkpoint));
  return fetched;
}

}  // namespace aplomb::verify
