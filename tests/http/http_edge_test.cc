#include "service/http_edge.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "audit/publish/files.h"
#include "audit/verify/http_source.h"
#include "audit/verify/verify.h"
#include "audit/witness/witness.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"
#include "tests/verify/make_log.h"
#include "tests/verify/map_log_reader.h"

namespace aplomb::service {
namespace {

using ::aplomb::testing::StatusIs;
using ::aplomb::verify::LogMaker;
using ::aplomb::verify::MapLogReader;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Sends bytes to a port of this machine and reads until the other side closes or `wait_ms` pass.
std::string Exchange(int port, const std::string& bytes, int wait_ms = 2000) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(connection);
    return "cannot connect";
  }
  timeval wait = {.tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(connection, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  std::string answer;
  std::vector<char> buffer(65536);
  ssize_t n = 0;
  while ((n = recv(connection, buffer.data(), buffer.size(), 0)) > 0) {
    answer.append(buffer.data(), static_cast<size_t>(n));
  }
  close(connection);
  return answer;
}

std::string Get(int port, const std::string& target, const std::string& method = "GET") {
  return Exchange(port, absl::StrCat(method, " ", target,
                                     " HTTP/1.1\r\nHost: log\r\nConnection: close\r\n\r\n"));
}

std::string BodyOf(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

std::string StatusLineOf(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n"));
}

class HttpEdgeTest : public ::testing::Test {
 protected:
  HttpEdgeTest() {
    verify::FillWithWorld(log_, 600);
    reader_ = std::make_unique<MapLogReader>(&log_, 600);
    server_ = *HttpServer::Start({}, LogFilesHandler(reader_.get(), base::Logger::Null()));
  }
  int port() const { return server_->port(); }

  LogMaker log_;
  std::unique_ptr<MapLogReader> reader_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpEdgeTest, ServesEveryFileOfTheLog) {
  auto files = log_.Files(600);
  files["checkpoint"] = log_.CheckpointAt(600);
  files["vkey"] = log_.log_signer.key().ToString() + "\n";
  for (const auto& [path, bytes] : files) {
    SCOPED_TRACE(path);
    const std::string answer = Get(port(), "/" + path);
    EXPECT_EQ(StatusLineOf(answer), "HTTP/1.1 200 OK");
    EXPECT_EQ(BodyOf(answer), bytes);
    const bool tile = absl::StartsWith(path, "tile/");
    EXPECT_THAT(answer, HasSubstr(tile ? "Content-Type: application/octet-stream\r\n"
                                       : "Content-Type: text/plain; charset=utf-8\r\n"));
    EXPECT_THAT(answer, HasSubstr(tile ? "max-age=31536000, immutable" : "max-age=2\r\n"));
  }
}

TEST_F(HttpEdgeTest, ServesEarlierPartialsByTruncation) {
  const std::string full = BodyOf(Get(port(), "/tile/0/001"));
  ASSERT_EQ(full.size(), 8192U);
  EXPECT_EQ(BodyOf(Get(port(), "/tile/0/001.p/7")), full.substr(0, 7 * 32));
  const std::string bundle = BodyOf(Get(port(), "/tile/entries/001.p/2"));
  EXPECT_TRUE(absl::StartsWith(BodyOf(Get(port(), "/tile/entries/001")), bundle));
}

TEST_F(HttpEdgeTest, AHeadHasTheHeadersOnly) {
  const std::string answer = Get(port(), "/tile/0/000", "HEAD");
  EXPECT_EQ(StatusLineOf(answer), "HTTP/1.1 200 OK");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8192\r\n"));
  EXPECT_EQ(BodyOf(answer), "");
}

TEST_F(HttpEdgeTest, OtherMethodsAreRefused) {
  for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "FROBNICATE"}) {
    const std::string answer = Get(port(), "/checkpoint", method);
    EXPECT_EQ(StatusLineOf(answer), "HTTP/1.1 405 Method Not Allowed") << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n"));
  }
}

TEST_F(HttpEdgeTest, OnlyCanonicalPathsWithinTheHeadAreThere) {
  for (const std::string target :
       {// Not a file of a log.
        "/", "//", "/tile", "/tile/", "/index.html", "/checkpoint/", "//checkpoint",
        "/./checkpoint", "/x/../checkpoint", "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd", "/checkpoint%00", "/checkpoin%74", "/checkpoint?",
        "/checkpoint?x=1", "/CHECKPOINT", "/tile/0/000/",
        // Spelled otherwise.
        "/tile/00/000", "/tile/0/0", "/tile/0/00", "/tile/0/0000", "/tile/0/x000/000",
        "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/0/000.p/01", "/tile/0/000.p/", "/tile/0/+01",
        "/tile/-1/000", "/tile/0/-01", "/tile/8/0/000", "/tile/data/000", "/tile/64/000",
        "/tile/0/000?x", "/tile/%30/000", "/tile/entries/0",
        "/tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999",
        // Beyond the head of 600.
        "/tile/0/002", "/tile/0/003", "/tile/0/002.p/89", "/tile/1/000", "/tile/1/000.p/3",
        "/tile/2/000.p/1", "/tile/entries/002", "/tile/entries/002.p/89"}) {
    const std::string answer = Get(port(), target);
    EXPECT_EQ(StatusLineOf(answer), "HTTP/1.1 404 Not Found") << target;
  }
  // The last ones that are there.
  EXPECT_EQ(StatusLineOf(Get(port(), "/tile/0/002.p/88")), "HTTP/1.1 200 OK");
  EXPECT_EQ(StatusLineOf(Get(port(), "/tile/1/000.p/2")), "HTTP/1.1 200 OK");
}

TEST_F(HttpEdgeTest, HostileBytesDoNoHarm) {
  const std::vector<std::string> hostile = {
      "",
      "\r\n\r\n",
      "GET",
      "GET /checkpoint\r\n\r\n",
      "GET /checkpoint HTTP/9.9\r\nHost: x\r\n\r\n",
      absl::StrCat("GET /check", std::string(1, '\0'), "point HTTP/1.1\r\nHost: x\r\n\r\n"),
      "GET http://elsewhere/checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      absl::StrCat("GET /", std::string(100'000, 'a'), " HTTP/1.1\r\nHost: x\r\n\r\n"),
      absl::StrCat("GET / HTTP/1.1\r\nHost: x\r\nX: ", std::string(100'000, 'a'), "\r\n\r\n"),
      absl::StrCat("POST /checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   "Content-Length: 100000\r\n\r\n",
                   std::string(100'000, 'a')),
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
      std::string(1000, '\0'),
      std::string(200'000, '\xff'),
  };
  for (size_t i = 0; i < hostile.size(); ++i) {
    const std::string answer = Exchange(port(), hostile[i], 300);
    EXPECT_THAT(answer, Not(StartsWith("HTTP/1.1 200"))) << i;
    EXPECT_THAT(answer, Not(StartsWith("HTTP/1.0 200"))) << i;
    ASSERT_EQ(StatusLineOf(Get(port(), "/checkpoint")), "HTTP/1.1 200 OK") << "after " << i;
  }
}

TEST_F(HttpEdgeTest, ManyReadersAtOnceGetTheSame) {
  const std::string expected = log_.Files(600).at("tile/0/000");
  std::vector<std::thread> readers;
  std::vector<int> equal(8);
  for (size_t i = 0; i < equal.size(); ++i) {
    readers.emplace_back([&, i] {
      for (int k = 0; k < 25; ++k) equal[i] += BodyOf(Get(port(), "/tile/0/000")) == expected;
    });
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_THAT(equal, ::testing::Each(25));
}

TEST(HttpServerTest, ClosesAConnectionThatSaysNothing) {
  const auto server =
      HttpServer::Start({.idle_timeout_s = 1}, [](const HttpRequest&) { return HttpResponse{}; });
  ASSERT_OK(server.status());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Exchange((*server)->port(), "GET /", 10'000), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(6));
}

TEST(HttpServerTest, TakesNoMoreConnectionsThanAllowed) {
  const auto server = HttpServer::Start(
      {.connections_max = 2, .connections_per_address_max = 2, .idle_timeout_s = 2, .threads = 1},
      [](const HttpRequest&) { return HttpResponse{.body = "here"}; });
  ASSERT_OK(server.status());
  // Two that say nothing hold both places for two seconds.
  std::vector<std::thread> silent;
  for (int i = 0; i < 2; ++i) {
    silent.emplace_back([&] { Exchange((*server)->port(), "GET /", 5000); });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_THAT(
      Exchange((*server)->port(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 500),
      Not(HasSubstr("here")));
  for (std::thread& one : silent) one.join();
  EXPECT_THAT(Get((*server)->port(), "/"), HasSubstr("here"));
}

TEST(HttpServerTest, HandsOverABodyUpToItsLimit) {
  const auto server = HttpServer::Start({.body_bytes_max = 1000}, [](const HttpRequest& request) {
    return HttpResponse{.body = absl::StrCat(request.method, request.target, request.body.size())};
  });
  ASSERT_OK(server.status());
  const auto post = [&](size_t size) {
    return Exchange((*server)->port(),
                    absl::StrCat("POST /a%41?b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                 "Content-Length: ",
                                 size, "\r\n\r\n", std::string(size, 'x')));
  };
  EXPECT_EQ(BodyOf(post(1000)), "POST/a%41?b1000");
  EXPECT_EQ(BodyOf(post(0)), "POST/a%41?b0");
  EXPECT_THAT(post(1001), HasSubstr("413"));
  EXPECT_THAT(post(100'000), HasSubstr("413"));
}

TEST(HttpServerTest, RefusesAddressesThatCannotBeUsed) {
  const HttpHandler handler = [](const HttpRequest&) { return HttpResponse{}; };
  for (const std::string address :
       {"", "8080", "127.0.0.1", "127.0.0.1:http", "[::1:80", "127.0.0.1:99999", "256.1.1.1:80"}) {
    EXPECT_THAT(HttpServer::Start({.address = address}, handler),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << address;
  }
  const auto first = HttpServer::Start({}, handler);
  ASSERT_OK(first.status());
  EXPECT_THAT(HttpServer::Start({.address = absl::StrCat("127.0.0.1:", (*first)->port())}, handler),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("taken")));
}

// --- Reading over HTTP ---------------------------------------------------------------------------

tlog::Policy PolicyOf(const LogMaker& log) {
  return *tlog::ParsePolicy(
      absl::StrCat("log ", log.log_signer.key().ToString(), "\nquorum none\n"));
}

TEST_F(HttpEdgeTest, ALogIsVerifiedOverHttpAndCopied) {
  for (const std::string suffix : {"", "/"}) {
    ASSERT_OK_AND_ASSIGN(
        const verify::HttpSource source,
        verify::HttpSource::Parse(absl::StrCat("http://127.0.0.1:", port(), suffix)));
    const verify::Report report = verify::VerifyLog(source, PolicyOf(log_), {});
    EXPECT_EQ(report.verdict(), verify::Verdict::kConsistent)
        << verify::FormatText(report, verify::Language::kEnglish);
    const testing::TempDir dir;
    ASSERT_OK_AND_ASSIGN(const verify::Fetched fetched,
                         verify::Fetch(source, PolicyOf(log_), dir.Path("copy")));
    EXPECT_EQ(fetched.size, 600U);
    EXPECT_EQ(fetched.files, 7U);
    EXPECT_EQ(
        verify::VerifyLog(verify::DirectorySource(dir.Path("copy")), PolicyOf(log_), {}).verdict(),
        verify::Verdict::kConsistent);
    ASSERT_OK_AND_ASSIGN(const verify::Fetched again,
                         verify::Fetch(source, PolicyOf(log_), dir.Path("copy")));
    EXPECT_EQ(again.files, 0U);
  }
}

// Answers one connection with fixed bytes, then closes it.
class FixedServer {
 public:
  explicit FixedServer(std::string answer) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 1);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int connection = accept(listener_, nullptr, nullptr);
      char request[4096];
      if (recv(connection, request, sizeof(request), 0) > 0) {
        send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      close(connection);
    });
  }
  ~FixedServer() {
    thread_.join();
    close(listener_);
  }
  int port() const { return port_; }

 private:
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

TEST(HttpSourceTest, TakesNothingButAWholeAnswer) {
  struct Case {
    std::string answer;
    absl::StatusCode code;
  };
  const std::vector<Case> cases = {
      {"", absl::StatusCode::kUnavailable},
      {"hello", absl::StatusCode::kUnavailable},
      {"SSH-2.0-x\r\n\r\n", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
       absl::StatusCode::kUnavailable},
      {"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 500 Oops\r\n\r\n", absl::StatusCode::kUnavailable},
      {"HTTP/1.1 404 Not Found\r\n\r\n", absl::StatusCode::kNotFound},
      {absl::StrCat("HTTP/1.1 200 OK\r\nX: ", std::string(100'000, 'x'), "\r\n\r\nabc"),
       absl::StatusCode::kUnavailable},
      {absl::StrCat("HTTP/1.1 200 OK\r\n\r\n", std::string(101, 'x')),
       absl::StatusCode::kResourceExhausted},
      {absl::StrCat("HTTP/1.1 200 OK\r\n\r\n", std::string(100, 'x')), absl::StatusCode::kOk},
      {"HTTP/1.0 200 OK\r\ncontent-length:3\r\n\r\nabc", absl::StatusCode::kOk},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    const FixedServer server(cases[i].answer);
    ASSERT_OK_AND_ASSIGN(const verify::HttpSource source, verify::HttpSource::Parse(absl::StrCat(
                                                              "http://127.0.0.1:", server.port())));
    EXPECT_EQ(source.Read("checkpoint", 100).status().code(), cases[i].code) << i;
  }
}

TEST(HttpSourceTest, RefusesAddressesThatAreNone) {
  for (const std::string url :
       {"", "http://", "https://log.example", "ftp://log.example", "http://a b", "http://a:0",
        "http://a:99999", "http://a:x", "http://[::1", "http://[::1]x", "http://a/b c",
        "http://a/b?c", "http://a/\r\nX: y", "http://a\r\n"}) {
    EXPECT_THAT(verify::HttpSource::Parse(url), StatusIs(absl::StatusCode::kInvalidArgument))
        << url;
  }
  for (const std::string url :
       {"http://a", "http://a:8080/x/", "http://[::1]:80", "http://[::1]"}) {
    EXPECT_OK(verify::HttpSource::Parse(url)) << url;
  }
}

// --- The witness -------------------------------------------------------------------------------

TEST(WitnessHandlerTest, SpeaksTheProtocolOverHttp) {
  LogMaker log;
  verify::FillWithWorld(log, 30);
  const testing::TempDir dir;
  auto witness = witness::Witness::Open(
      {.signer = verify::TestSigner("witness.example/own", tlog::SignatureType::kCosignature, 77),
       .logs = {log.log_signer.key()},
       .state_directory = dir.path()});
  ASSERT_OK(witness.status());
  const auto server = HttpServer::Start({.body_bytes_max = witness::kRequestBytesMax},
                                        WitnessHandler(witness->get()));
  ASSERT_OK(server.status());
  const int port = (*server)->port();
  const auto post = [&](const std::string& target, const std::string& body) {
    return Exchange(port, absl::StrCat("POST ", target,
                                       " HTTP/1.1\r\nHost: w\r\nConnection: close\r\n"
                                       "Content-Length: ",
                                       body.size(), "\r\n\r\n", body));
  };
  const std::string first =
      tlog::FormatWitnessRequest({.old_size = 0, .proof = {}, .checkpoint = log.CheckpointAt(30)});
  const std::string accepted = post("/add-checkpoint", first);
  EXPECT_EQ(StatusLineOf(accepted), "HTTP/1.1 200 OK");
  EXPECT_THAT(BodyOf(accepted), StartsWith("\xe2\x80\x94 witness.example/own "));
  const std::string conflict = post("/add-checkpoint", first);
  EXPECT_THAT(conflict, HasSubstr("409 Conflict"));
  EXPECT_THAT(conflict, HasSubstr("Content-Type: text/x.tlog.size\r\n"));
  EXPECT_EQ(BodyOf(conflict), "30\n");
  const std::string own =
      absl::StrCat("/", base::HexEncode(base::Sha256("log.example/test")), "/checkpoint");
  EXPECT_EQ(BodyOf(Get(port, own)), absl::StrCat(log.CheckpointAt(30), BodyOf(accepted)));
  for (const std::string target : {"/", "/checkpoint", "/x/checkpoint", "/add-checkpoint/"}) {
    EXPECT_THAT(Get(port, target), HasSubstr("404 Not Found")) << target;
  }
  EXPECT_THAT(Get(port, "/add-checkpoint"), HasSubstr("405 Method Not Allowed"));
  EXPECT_THAT(post(own, ""), HasSubstr("405 Method Not Allowed"));
  EXPECT_THAT(post("/add-checkpoint", std::string(witness::kRequestBytesMax + 1, 'x')),
              HasSubstr("413"));
}

// --- Export ------------------------------------------------------------------------------------

TEST(ExportTest, WhatIsExportedVerifiesAndGrows) {
  LogMaker log;
  verify::FillWithWorld(log, 700);
  const testing::TempDir dir;
  const std::string out = dir.Path("out");
  const auto policy =
      tlog::ParsePolicy(absl::StrCat("log ", log.log_signer.key().ToString(), "\nquorum none\n"));
  ASSERT_OK(policy.status());
  uint64_t kept = 0;
  for (const uint64_t size : {0, 1, 256, 300, 700}) {
    const MapLogReader reader(&log, size);
    ASSERT_OK_AND_ASSIGN(const publish::Exported exported, publish::Export(reader, out));
    EXPECT_EQ(exported.size, size);
    kept = exported.files_kept;
    const verify::Report report = verify::VerifyLog(verify::DirectorySource(out), *policy, {});
    EXPECT_EQ(report.verdict(), verify::Verdict::kConsistent)
        << verify::FormatText(report, verify::Language::kEnglish);
    EXPECT_EQ(report.size, size);
  }
  EXPECT_EQ(kept, 2U) << "the full tile and bundle of the first 256 are not written again";
}

TEST(ExportTest, DoesNotMixTwoLogs) {
  LogMaker log;
  verify::FillWithWorld(log, 20);
  const testing::TempDir dir;
  testing::WriteFileOrFail(dir.Path("vkey"), "another+11111111+AAAA\n");
  EXPECT_THAT(publish::Export(MapLogReader(&log, 20), dir.path()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace aplomb::service
