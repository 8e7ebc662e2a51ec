// Calls a unary gRPC method again and again and prints what came of it as one line of JSON:
//
//   service_load PORT PATH TOKEN BODIES CONNECTIONS IN_FLIGHT CALLS RATE [SAVE]
//
// PATH "/package.Service/Method"; TOKEN for "authorization: Bearer", or "-"; BODIES a file of
// requests, each after its length in four bytes; IN_FLIGHT calls on each connection at most; RATE
// calls a second, or 0: a call begins as soon as another ends. With a rate, a call's time counts
// from when it was due, not from when it could be sent. SAVE gets the last answers, one for each
// request, in the form of BODIES.
//
// h2load, which it stands in for, sends one and the same request. This is as small: HTTP/2 frames
// (RFC 9113) written by hand, one thread, header fields indexed (RFC 7541) from the second call on.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/clock.h"

namespace aplomb::bench {
namespace {

constexpr size_t kFrameHead = 9;
constexpr size_t kFrameMax = 16'384;
constexpr size_t kReadBytes = size_t{1} << 18;
constexpr uint32_t kWindowMax = 0x7fff'ffff;
constexpr int64_t kFirstWindow = 65'535;
// The server gets back what it sent in steps of this size.
constexpr int64_t kWindowStep = int64_t{1} << 28;

enum Frame : uint8_t {
  kData = 0,
  kHeaders = 1,
  kReset = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kAck = 1;
constexpr uint8_t kEndHeaders = 4;

int64_t Now() { return base::SystemClock::Get()->MonotonicNanos(); }

void PutU32(uint32_t value, std::string& bytes) {
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift & 0xff));
}

uint32_t GetU32(const char* bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

void PutFrame(Frame type, uint8_t flags, uint32_t stream, absl::string_view payload,
              std::string& bytes) {
  const auto size = static_cast<uint32_t>(payload.size());
  for (const int shift : {16, 8, 0}) bytes.push_back(static_cast<char>(size >> shift & 0xff));
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  PutU32(stream, bytes);
  bytes.append(payload.data(), payload.size());
}

// A length of RFC 7541, 5.1, with a prefix of seven bits.
void PutText(absl::string_view text, std::string& bytes) {
  size_t size = text.size();
  if (size < 127) {
    bytes.push_back(static_cast<char>(size));
  } else {
    bytes.push_back(127);
    for (size -= 127; size >= 128; size /= 128) {
      bytes.push_back(static_cast<char>(size % 128 + 128));
    }
    bytes.push_back(static_cast<char>(size));
  }
  bytes.append(text.data(), text.size());
}

struct Options {
  int port = 0;
  std::string path;
  std::string token;
  std::vector<std::string> bodies;
  int connections = 1;
  int in_flight = 1;
  int64_t calls = 0;
  double rate = 0;
};

struct Result {
  int64_t ok = 0;
  int64_t failed = 0;
  std::string first_failure;
  uint64_t bytes = 0;
  std::vector<int64_t> nanos;
  std::vector<std::string> answers;
};

class Connection {
 public:
  Connection(const Options& options, Result* result) : options_(options), result_(result) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    CHECK_GE(socket_, 0) << "a socket";
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(options.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0)
        << "no server on port " << options.port;
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    out_ = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    std::string settings;
    const std::pair<uint16_t, uint32_t> wanted[] = {
        {1, 0}, {2, 0}, {4, kWindowMax}};  // table of header fields, push, window of a stream
    for (const auto& [name, value] : wanted) {
      settings.push_back(0);
      settings.push_back(static_cast<char>(name));
      PutU32(value, settings);
    }
    PutFrame(kSettings, 0, 0, settings, out_);
    GiveBack(kWindowMax - kFirstWindow);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(socket_); }

  int socket() const { return socket_; }
  bool wants_to_write() const { return !out_.empty(); }
  int running() const { return static_cast<int>(calls_.size()); }

  // False where the server's window has no room for it now.
  bool Begin(size_t request, int64_t due) {
    const std::string& body = options_.bodies[request];
    if (window_ < static_cast<int64_t>(body.size())) return false;
    window_ -= static_cast<int64_t>(body.size());
    PutFrame(kHeaders, kEndHeaders, next_stream_, NextHead(), out_);
    for (size_t begin = 0; begin < body.size(); begin += kFrameMax) {
      const absl::string_view part = absl::string_view(body).substr(begin, kFrameMax);
      const bool last = begin + part.size() == body.size();
      PutFrame(kData, last ? kEndStream : 0, next_stream_, part, out_);
    }
    calls_[next_stream_] = {.due = due, .request = request};
    next_stream_ += 2;
    return true;
  }

  void Write() {
    const ssize_t sent = send(socket_, out_.data(), out_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    CHECK_GT(sent, 0) << "the server closed the connection";
    out_.erase(0, static_cast<size_t>(sent));
  }

  void Read() {
    const size_t before = in_.size();
    in_.resize(before + kReadBytes);
    const ssize_t got = recv(socket_, in_.data() + before, kReadBytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      in_.resize(before);
      return;
    }
    CHECK_GT(got, 0) << "the server closed the connection";
    in_.resize(before + static_cast<size_t>(got));
    result_->bytes += static_cast<uint64_t>(got);
    size_t at = 0;
    while (in_.size() - at >= kFrameHead) {
      const size_t size = GetU32(in_.data() + at) >> 8;
      if (in_.size() - at < kFrameHead + size) break;
      const uint32_t stream = GetU32(in_.data() + at + 5) & kWindowMax;
      Take(static_cast<Frame>(in_[at + 3]), static_cast<uint8_t>(in_[at + 4]), stream,
           absl::string_view(in_).substr(at + kFrameHead, size));
      at += kFrameHead + size;
    }
    in_.erase(0, at);
  }

 private:
  struct Running {
    int64_t due = 0;
    size_t request = 0;
    std::string message = {};
  };

  // The fields of a call: written out for the first, from then on by their numbers.
  absl::string_view NextHead() {
    if (next_stream_ == 3) {
      // POST, http, then what the first call left in the table, the first of it deepest.
      head_ = {'\x83', '\x86'};
      for (int i = fields_ - 1; i >= 0; --i) head_.push_back(static_cast<char>(0x80 | (62 + i)));
    } else if (next_stream_ == 1) {
      head_ = {'\x83', '\x86'};
      const auto add = [this](absl::string_view name, absl::string_view value) {
        head_.push_back('\x40');
        PutText(name, head_);
        PutText(value, head_);
        ++fields_;
      };
      add(":path", options_.path);
      add(":authority", absl::StrCat("127.0.0.1:", options_.port));
      add("content-type", "application/grpc");
      add("te", "trailers");
      if (options_.token != "-") add("authorization", absl::StrCat("Bearer ", options_.token));
    }
    return head_;
  }

  void GiveBack(int64_t bytes) {
    std::string payload;
    PutU32(static_cast<uint32_t>(bytes), payload);
    PutFrame(kWindowUpdate, 0, 0, payload, out_);
  }

  void Take(Frame type, uint8_t flags, uint32_t stream, absl::string_view payload) {
    switch (type) {
      case kData: {
        received_ += static_cast<int64_t>(payload.size());
        if (received_ >= kWindowStep) {
          GiveBack(received_);
          received_ = 0;
        }
        const auto call = calls_.find(stream);
        if (call != calls_.end() && !result_->answers.empty()) {
          call->second.message.append(payload.data(), payload.size());
        }
        return;
      }
      case kHeaders:
      case kContinuation:
        if ((flags & kEndStream) != 0) Finish(stream, payload);
        return;
      case kReset:
        return Finish(stream, "the stream was reset");
      case kSettings:
        if ((flags & kAck) == 0) PutFrame(kSettings, kAck, 0, "", out_);
        return;
      case kPing:
        if ((flags & kAck) == 0) PutFrame(kPing, kAck, 0, payload, out_);
        return;
      case kGoAway:
        CHECK(false) << "the server ended the connection: " << payload;
        return;
      case kWindowUpdate:
        if (stream == 0) window_ += GetU32(payload.data()) & kWindowMax;
        return;
    }
  }

  void Finish(uint32_t stream, absl::string_view trailers) {
    const auto call = calls_.find(stream);
    CHECK(call != calls_.end()) << "an answer to no call";
    // gRPC writes this field out, as we keep no table.
    const absl::string_view status(
        "grpc-status\x01"
        "0",
        13);
    if (trailers.find(status) != absl::string_view::npos) {
      ++result_->ok;
    } else {
      ++result_->failed;
      if (result_->first_failure.empty()) result_->first_failure = std::string(trailers);
    }
    result_->nanos.push_back(Now() - call->second.due);
    if (!result_->answers.empty()) {
      result_->answers[call->second.request] = std::move(call->second.message);
    }
    calls_.erase(call);
  }

  const Options& options_;
  Result* const result_;
  int socket_ = -1;
  std::string in_;
  std::string out_;
  std::string head_;
  int fields_ = 0;
  uint32_t next_stream_ = 1;
  int64_t window_ = kFirstWindow;  // what we may send
  int64_t received_ = 0;           // since we gave back
  absl::flat_hash_map<uint32_t, Running> calls_;
};

std::vector<std::string> ReadBodies(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  CHECK(file.is_open()) << path;
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::string> bodies;
  for (size_t at = 0; at + 4 <= bytes.size();) {
    const size_t size = GetU32(bytes.data() + at);
    // In the frame of gRPC: not compressed, then the length.
    std::string body(1, '\0');
    body += bytes.substr(at, 4 + size);
    bodies.push_back(std::move(body));
    at += 4 + size;
  }
  CHECK(!bodies.empty()) << path << " has no requests";
  return bodies;
}

void Run(const Options& options, Result* result) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < options.connections; ++i) {
    connections.push_back(std::make_unique<Connection>(options, result));
  }
  std::vector<pollfd> polled(connections.size());
  const int64_t start = Now();
  int64_t begun = 0;
  size_t turn = 0;
  const auto due = [&](int64_t call) {
    return options.rate == 0
               ? Now()
               : start + static_cast<int64_t>(static_cast<double>(call) * 1e9 / options.rate);
  };
  while (result->ok + result->failed < options.calls) {
    // Begins what is due, on one connection after the other.
    size_t full = 0;
    while (begun < options.calls && full < connections.size()) {
      const int64_t when = due(begun);
      if (when > Now()) break;
      Connection& connection = *connections[turn++ % connections.size()];
      const auto request = static_cast<size_t>(begun) % options.bodies.size();
      if (connection.running() < options.in_flight && connection.Begin(request, when)) {
        ++begun;
        full = 0;
      } else {
        ++full;
      }
    }
    for (size_t i = 0; i < connections.size(); ++i) {
      if (connections[i]->wants_to_write()) connections[i]->Write();
      polled[i] = {
          .fd = connections[i]->socket(),
          .events = static_cast<short>(POLLIN | (connections[i]->wants_to_write() ? POLLOUT : 0)),
          .revents = 0};
    }
    int64_t wait_ns = 1'000'000'000;
    if (options.rate > 0 && begun < options.calls) {
      wait_ns = std::clamp<int64_t>(due(begun) - Now(), 0, wait_ns);
    }
    const timespec wait = {.tv_sec = wait_ns / 1'000'000'000, .tv_nsec = wait_ns % 1'000'000'000};
    ppoll(polled.data(), polled.size(), &wait, nullptr);
    for (size_t i = 0; i < connections.size(); ++i) {
      if ((polled[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) connections[i]->Read();
    }
  }
}

int Main(const std::vector<std::string>& words) {
  if (words.size() < 8 || words.size() > 9) {
    std::cerr << "usage: service_load PORT PATH TOKEN BODIES CONNECTIONS IN_FLIGHT CALLS RATE "
                 "[SAVE]\n";
    return 2;
  }
  Options options;
  options.path = words[1];
  options.token = words[2];
  options.bodies = ReadBodies(words[3]);
  CHECK(absl::SimpleAtoi(words[0], &options.port) &&
        absl::SimpleAtoi(words[4], &options.connections) &&
        absl::SimpleAtoi(words[5], &options.in_flight) &&
        absl::SimpleAtoi(words[6], &options.calls) && absl::SimpleAtod(words[7], &options.rate))
      << "numbers";
  CHECK(options.connections > 0 && options.in_flight > 0 && options.calls > 0) << "at least one";
  Result result;
  if (words.size() == 9) result.answers.resize(options.bodies.size());
  const int64_t start = Now();
  Run(options, &result);
  const double seconds = static_cast<double>(Now() - start) / 1e9;
  std::sort(result.nanos.begin(), result.nanos.end());
  const auto quantile = [&](size_t percent) {
    const size_t at = std::min(result.nanos.size() - 1, result.nanos.size() * percent / 100);
    return static_cast<double>(result.nanos[at]) / 1000;
  };
  if (words.size() == 9) {
    std::ofstream file(words[8], std::ios::binary);
    for (const std::string& answer : result.answers) {
      if (answer.size() > 5) file << answer.substr(1);  // the length and the message
    }
  }
  if (result.failed > 0) std::cerr << "service_load: " << result.first_failure << "\n";
  std::cout << absl::StrFormat(
      "{\"ok\": %d, \"failed\": %d, \"seconds\": %.4f, \"per_second\": %.1f, \"p50_us\": %.1f, "
      "\"p99_us\": %.1f, \"max_us\": %.1f, \"bytes_per_call\": %.0f}\n",
      result.ok, result.failed, seconds, static_cast<double>(result.ok) / seconds, quantile(50),
      quantile(99), static_cast<double>(result.nanos.back()) / 1000,
      static_cast<double>(result.bytes) / static_cast<double>(options.calls));
  return result.failed > 0 ? 1 : 0;
}

}  // namespace
}  // namespace aplomb::bench

int main(int argc, char** argv) {
  return aplomb::bench::Main(std::vector<std::string>(argv + 1, argv + argc));
}
