// What a whole service costs. tests/bench/run calls it, in the root of the source tree:
//
//   service_bench fill DIRECTORY OFFERINGS   a data directory with copies of the sample catalogue
//   service_bench open DIRECTORY             start-up, memory and publishing, as a line of JSON
//   service_bench serve DIRECTORY PROFILES NEEDS
//       Serves, and beside it, in the same process, a callback method that does nothing. Opens an
//       engagement for each of PROFILES firms and writes their requests of NEEDS needs to
//       DIRECTORY/recommend.bodies, the same asking for a BASIC answer to basic.bodies, an empty
//       one to empty.bodies (service_load reads them). Prints a line of JSON, then one for each
//       line of input: "size", the entries of the log; "publish N", how long N changes of one
//       offering took. Ends with its input.
//   service_bench decide DIRECTORY CALLS IN_FLIGHT NEEDS VIEW   the same without gRPC, in process
//   service_bench replay DIRECTORY           makes all logged decisions again
//   service_bench tree DIRECTORY             bytes of the hash tree, and hashing it again
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "aplomb/advisor/v1/advisor_service.grpc.pb.h"
#include "audit/log.h"
#include "audit/tie_secrets.h"
#include "base/check.h"
#include "base/civil_day.h"
#include "base/mutex.h"
#include "catalog/import/directory.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"
#include "service/advisor_service.h"
#include "service/decision_cache.h"
#include "service/executor.h"
#include "service/genesis.h"
#include "service/replay.h"
#include "service/server.h"

namespace aplomb::bench {
namespace {

namespace pb = advisor::v1;
using catalog::v1::Member;
using catalog::v1::Offering;

constexpr char kCatalog[] = "catalog/sample";
constexpr char kRulebook[] = "catalog/rulebook";
constexpr int kPublished = 20;  // changes that are timed
constexpr int kNonceSize = 32;

int64_t Nanos() { return base::SystemClock::Get()->MonotonicNanos(); }
double MillisSince(int64_t start) { return static_cast<double>(Nanos() - start) / 1e6; }

int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  int64_t size = 0;
  int64_t resident = 0;
  file >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

template <typename T>
T OrDie(absl::StatusOr<T> result) {
  CHECK(result.ok()) << result.status();
  return *std::move(result);
}

void CheckOk(const absl::Status& status) { CHECK(status.ok()) << status; }

int64_t Number(const std::string& text) {
  int64_t number = 0;
  CHECK(absl::SimpleAtoi(text, &number) && number >= 0) << "a number, not " << text;
  return number;
}

double Median(std::vector<double> list) {
  std::sort(list.begin(), list.end());
  return list[list.size() / 2];
}

std::string Uuid(int copy, size_t place) {
  return absl::StrFormat("%08x-0000-4000-8000-%012x", copy, place);
}

// The sample catalogue again and again, each time by other members, until there are enough.
service::GenesisPlan PlanOf(size_t offerings) {
  service::GenesisPlan plan = OrDie(service::PlanGenesis(
      service::GenesisSource{.catalog_directory = kCatalog, .rulebook_directory = kRulebook}));
  CHECK(plan.ok) << plan.issues.ToString();
  std::vector<catalog::Object> objects;
  std::vector<catalog::Object> rest;
  size_t count = 0;
  for (int copy = 0; count < offerings; ++copy) {
    for (size_t place = 0; place < plan.objects.size(); ++place) {
      const catalog::Object& object = plan.objects[place];
      if (const auto* member = std::get_if<Member>(&object)) {
        Member other = *member;
        if (copy > 0) {
          other.set_name(absl::StrCat(other.name(), "-", copy));
          other.set_uid(Uuid(copy, place));
          other.set_ownership_group_uid(Uuid(copy, plan.objects.size() + place));
        }
        objects.emplace_back(std::move(other));
      } else if (const auto* offering = std::get_if<Offering>(&object)) {
        if (count >= offerings) continue;
        ++count;
        Offering other = *offering;
        if (copy > 0) {
          const std::string& name = offering->name();
          const size_t end = name.find("/offerings/");
          other.set_name(absl::StrCat(name.substr(0, end), "-", copy, name.substr(end)));
          other.set_uid(Uuid(copy, place));
        }
        objects.emplace_back(std::move(other));
      } else if (copy == 0) {
        rest.push_back(object);
      }
    }
  }
  objects.insert(objects.end(), rest.begin(), rest.end());
  plan.objects = std::move(objects);
  return plan;
}

int Fill(const std::string& directory, const std::string& count) {
  const int64_t start = Nanos();
  auto dataset = OrDie(service::Dataset::Open({.directory = directory, .create_if_missing = true}));
  CheckOk(service::RunGenesis(*dataset, PlanOf(static_cast<size_t>(Number(count))), {}));
  OrDie(service::EnsureSampleTokens(directory, *base::SystemRandom::Get()));
  std::cout << absl::StrFormat("{\"offerings\": %d, \"fill_ms\": %.0f}\n",
                               dataset->store().snapshot()->offerings.size(), MillisSince(start));
  return 0;
}

// ---- Requests.

// Firm number `i`: one of the sample's with other numbers, so that no two are the same; its needs
// are those of the rulebook in turn.
pb::CreateRecommendationRequest RequestOf(int64_t i, int64_t needs,
                                          const std::vector<catalog::SampleProfile>& firms,
                                          const std::vector<std::string>& need_ids,
                                          const std::string& engagement,
                                          pb::RecommendationView view) {
  const auto count = static_cast<int64_t>(firms.size());
  const int64_t round = i / count;
  pb::CreateRecommendationRequest request;
  request.set_parent(engagement);
  request.set_view(view);
  type::FirmProfile& profile = *request.mutable_recommendation()->mutable_profile();
  profile = firms[static_cast<size_t>(i % count)].profile;
  profile.clear_siren();  // the engagements are of firms being founded
  profile.clear_siret();
  profile.mutable_turnover()->set_currency_code("EUR");
  profile.mutable_turnover()->set_micros((100'000 + 1'000 * i) * 1'000'000);
  if (profile.has_staff_count()) {
    profile.set_staff_count(profile.staff_count() + static_cast<int32_t>(round % 20));
  }
  for (int64_t k = 0; k < needs; ++k) {
    type::NeedRequest& need = *request.mutable_recommendation()->add_needs();
    if (needs == 1) {
      need = firms[static_cast<size_t>(i % count)].needs.front();
    } else {
      need.set_need_id(need_ids[static_cast<size_t>(i + k) % need_ids.size()]);
    }
  }
  return request;
}

void PutU32(uint32_t value, std::ostream& out) {
  for (const int shift : {24, 16, 8, 0}) out.put(static_cast<char>(value >> shift & 0xff));
}

void WriteBodies(const std::string& path, const std::vector<std::string>& messages) {
  std::ofstream file(path, std::ios::binary);
  for (const std::string& message : messages) {
    PutU32(static_cast<uint32_t>(message.size()), file);
    file << message;
  }
  CHECK(file.good()) << path;
}

struct Firms {
  std::vector<catalog::SampleProfile> profiles;
  std::vector<std::string> need_ids;
};

Firms ReadFirms(const catalog::Snapshot& snapshot) {
  base::Issues issues;
  Firms firms;
  firms.profiles =
      catalog::ReadCatalog(OrDie(catalog::LoadCatalogFiles(kCatalog)), &issues).profiles;
  CHECK(!firms.profiles.empty()) << "the sample has profiles";
  for (const auto& need : snapshot.rulebooks.rbegin()->second->rulebook.needs()) {
    firms.need_ids.push_back(need.need_id());
  }
  return firms;
}

// ---- Start-up, memory, publishing.

// One change of an offering, until a decision can be made with it.
double PublishOne(service::Dataset& dataset, service::DecisionCache& cache, int number) {
  const auto before = dataset.store().snapshot();
  auto at = before->offerings.begin();
  std::advance(at, static_cast<int64_t>(before->offerings.size()) * number / (2 * kPublished));
  Offering offering = at->second->offering;
  offering.mutable_title()->set_en(absl::StrCat("Changed ", number));
  for (auto& component : *offering.mutable_pricing()->mutable_components()) {
    if (component.has_amount()) {
      component.mutable_amount()->set_micros(component.amount().micros() + 10'000);
    }
  }
  const std::string name = at->first;
  const auto rulebook = OrDie(cache.Compiled(*before->rulebooks.rbegin()->second));
  const base::DayNumber today = base::ParisDay(base::SystemClock::Get()->Now());
  const int64_t start = Nanos();
  CheckOk(catalog::Import(dataset.sequencer(), {offering}, {}));
  const auto after = dataset.store().snapshot();
  const auto blind = cache.Blind(*after, *rulebook, today);
  const double took = MillisSince(start);
  CHECK(after->offerings.at(name)->offering.title().en() == offering.title().en())
      << "the change is visible";
  CHECK(blind->index != nullptr) << "decisions are made with it";
  return took;
}

int Open(const std::string& directory) {
  const int64_t base = ResidentBytes();
  int64_t start = Nanos();
  auto dataset = OrDie(service::Dataset::Open({.directory = directory}));
  const double load_ms = MillisSince(start);
  const int64_t with_catalog = ResidentBytes();
  service::DecisionCache cache;
  auto snapshot = dataset->store().snapshot();
  const auto rulebook = OrDie(cache.Compiled(*snapshot->rulebooks.rbegin()->second));
  const base::DayNumber today = base::ParisDay(base::SystemClock::Get()->Now());
  auto blind = cache.Blind(*snapshot, *rulebook, today);
  const double open_ms = MillisSince(start);
  const int64_t with_facts = ResidentBytes();
  start = Nanos();
  const engine::RankIndex index = engine::BuildRankIndex(rulebook->rules, blind->table);
  const double index_ms = MillisSince(start);
  const auto rows = static_cast<double>(snapshot->offerings.size());
  const auto index_bytes = static_cast<double>(index.MemorySize());
  blind.reset();
  snapshot.reset();
  std::vector<double> publish_ms;
  for (int i = 0; i < kPublished; ++i) publish_ms.push_back(PublishOne(*dataset, cache, i));
  std::cout << absl::StrFormat(
      "{\"offerings\": %.0f, \"load_ms\": %.1f, \"open_ms\": %.1f, \"index_ms\": %.1f, "
      "\"publish_ms\": %.2f, \"publish_max_ms\": %.2f, \"base_bytes\": %d, "
      "\"catalog_bytes\": %.0f, \"facts_bytes\": %.0f, \"index_bytes\": %.0f, "
      "\"after_publishing_bytes\": %.0f}\n",
      rows, load_ms, open_ms, index_ms, Median(publish_ms),
      *std::max_element(publish_ms.begin(), publish_ms.end()), base,
      static_cast<double>(with_catalog - base) / rows,
      static_cast<double>(with_facts - with_catalog) / rows, index_bytes / rows,
      static_cast<double>(ResidentBytes() - base) / rows);
  return 0;
}

// ---- The answer over gRPC.

// A unary callback method that does nothing.
class EmptyService : public pb::AdvisorService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetEngagement(grpc::CallbackServerContext* context,
                                          const pb::GetEngagementRequest*,
                                          pb::Engagement*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

int Serve(const std::string& directory, int64_t profiles, int64_t needs) {
  const int64_t base = ResidentBytes();
  const int64_t start = Nanos();
  service::ServerOptions options;
  options.data_directory = directory;
  options.token_file = directory + "/tokens";
  auto server = OrDie(service::Server::Start(std::move(options)));
  CHECK(server->serving_recommendations()) << "there is a rulebook";
  const double start_ms = MillisSince(start);
  const int64_t started = ResidentBytes();

  EmptyService empty;
  grpc::ServerBuilder builder;
  int empty_port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &empty_port);
  builder.RegisterService(&empty);
  const std::unique_ptr<grpc::Server> empty_server = builder.BuildAndStart();
  CHECK(empty_server != nullptr) << "a free port";

  std::ifstream token_file(directory + "/advisor.token");
  std::string token;
  std::getline(token_file, token);
  {
    const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server->port()),
                                             grpc::InsecureChannelCredentials());
    const auto advisor = pb::AdvisorService::NewStub(channel);
    const Firms firms = ReadFirms(*server->dataset().store().snapshot());
    std::vector<std::string> bodies;
    std::vector<std::string> basic_bodies;
    for (int64_t i = 0; i < profiles; ++i) {
      grpc::ClientContext context;
      context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
      pb::CreateEngagementRequest opening;
      opening.mutable_engagement()->set_client_nonce(absl::StrFormat("%032d", i));
      pb::Engagement engagement;
      const grpc::Status opened = advisor->CreateEngagement(&context, opening, &engagement);
      CHECK(opened.ok()) << opened.error_message();
      for (auto* list : {&bodies, &basic_bodies}) {
        list->push_back(RequestOf(i, needs, firms.profiles, firms.need_ids, engagement.name(),
                                  list == &bodies ? pb::FULL : pb::BASIC)
                            .SerializeAsString());
      }
    }
    WriteBodies(directory + "/recommend.bodies", bodies);
    WriteBodies(directory + "/basic.bodies", basic_bodies);
    WriteBodies(directory + "/empty.bodies", {pb::GetEngagementRequest().SerializeAsString()});
  }
  std::cout << absl::StrFormat(
                   "{\"port\": %d, \"empty_port\": %d, \"token\": \"%s\", \"offerings\": %d, "
                   "\"start_ms\": %.1f, \"resident_bytes\": %d}",
                   server->port(), empty_port, token,
                   server->dataset().store().snapshot()->offerings.size(), start_ms, started - base)
            << std::endl;
  std::string line;
  service::DecisionCache
      cache;  // beside the server's: that the change is there, not how it is used
  int published = 0;
  while (std::getline(std::cin, line)) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "size") {
      std::cout << server->dataset().tree().size() << std::endl;
    } else if (words[0] == "publish" && words.size() == 2) {
      std::vector<double> took;
      for (int64_t i = 0; i < Number(words[1]); ++i) {
        took.push_back(PublishOne(server->dataset(), cache, published++ % kPublished));
      }
      std::cout << absl::StrFormat("%.3f", Median(took)) << std::endl;
    }
  }
  empty_server->Shutdown();
  server->Shutdown();
  return 0;
}

// ---- Without gRPC.

int Decide(const std::string& directory, int64_t calls, int64_t in_flight, int64_t needs,
           pb::RecommendationView view) {
  auto dataset = OrDie(service::Dataset::Open({.directory = directory}));
  const auto* clock = base::SystemClock::Get();
  OrDie(audit::EnsureEpoch(dataset->sequencer(), dataset->database(), base::ParisDay(clock->Now()),
                           base::SystemRandom::Get()));
  service::DecisionCache cache;
  service::Executor executor(2, 256);
  service::AdvisorService advisor(dataset.get(), &cache, &executor, clock,
                                  base::SystemRandom::Get());
  service::Call call;
  call.caller = {.role = service::Role::kAdvisor, .subject = "demo"};
  base::Mutex mutex;
  base::CondVar changed;
  int64_t running = 0;
  int64_t failed = 0;
  const Firms firms = ReadFirms(*dataset->store().snapshot());
  constexpr int64_t kFirms = 1'000;
  std::vector<std::shared_ptr<const pb::CreateRecommendationRequest>> requests(kFirms);
  const auto begin = [&] {
    base::MutexLock lock(&mutex);
    while (running >= in_flight) changed.Wait(&mutex);
    ++running;
  };
  const auto end = [&](bool ok) {
    base::MutexLock lock(&mutex);
    --running;
    if (!ok) ++failed;
    changed.Signal();
  };
  const auto wait_for_all = [&] {
    base::MutexLock lock(&mutex);
    while (running > 0) changed.Wait(&mutex);
    CHECK_EQ(failed, 0) << "every call is answered";
  };
  for (int64_t i = 0; i < kFirms; ++i) {
    begin();
    pb::CreateEngagementRequest opening;
    opening.mutable_engagement()->set_client_nonce(absl::StrFormat("%032d", i));
    call.method = "aplomb.advisor.v1.AdvisorService.CreateEngagement";
    advisor.CreateEngagement(call, opening, [&, i](absl::StatusOr<pb::Engagement> engagement) {
      if (engagement.ok()) {
        requests[static_cast<size_t>(i)] = std::make_shared<pb::CreateRecommendationRequest>(
            RequestOf(i, needs, firms.profiles, firms.need_ids, engagement->name(), view));
      }
      end(engagement.ok());
    });
  }
  wait_for_all();
  call.method = "aplomb.advisor.v1.AdvisorService.CreateRecommendation";
  const uint64_t size_before = dataset->tree().size();
  std::vector<double> took(static_cast<size_t>(calls));
  const int64_t start = Nanos();
  for (int64_t i = 0; i < calls; ++i) {
    begin();
    const bool accepted = executor.TrySubmit([&, i, since = Nanos()] {
      const auto& request = requests[static_cast<size_t>(i % kFirms)];
      service::Call own = call;
      own.request_bytes = request->SerializeAsString();
      advisor.CreateRecommendation(own, request,
                                   [&, i, since](absl::StatusOr<const pb::Recommendation*> answer) {
                                     took[static_cast<size_t>(i)] = MillisSince(since);
                                     if (!answer.ok()) std::cerr << answer.status() << "\n";
                                     end(answer.ok() && !(*answer)->receipt().empty() &&
                                         !(*answer)->SerializeAsString().empty());
                                   });
    });
    CHECK(accepted) << "fewer are in flight than the queue takes";
  }
  wait_for_all();
  const double seconds = MillisSince(start) / 1000;
  CHECK_EQ(dataset->tree().size() - size_before, static_cast<uint64_t>(calls))
      << "the log grows by the successes";
  dataset->sequencer().Shutdown();
  executor.Stop();
  std::sort(took.begin(), took.end());
  std::cout << absl::StrFormat(
      "{\"calls\": %d, \"in_flight\": %d, \"seconds\": %.3f, \"per_second\": %.1f, "
      "\"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
      calls, in_flight, seconds, static_cast<double>(calls) / seconds, took[took.size() / 2],
      took[took.size() * 99 / 100]);
  return 0;
}

int ReplayAll(const std::string& directory) {
  auto dataset = OrDie(service::Dataset::Open({.directory = directory}));
  service::DecisionCache cache;
  const int64_t start = Nanos();
  const auto report =
      OrDie(service::Replay(dataset->database(), dataset->keys(), dataset->store(), cache, {}));
  const double seconds = MillisSince(start) / 1000;
  CHECK(report.findings.empty()) << report.findings.front().text;
  CHECK_EQ(report.equal, report.decisions) << "nothing was erased";
  std::cout << absl::StrFormat("{\"decisions\": %d, \"seconds\": %.3f, \"per_second\": %.1f}\n",
                               report.decisions, seconds,
                               static_cast<double>(report.decisions) / seconds);
  return 0;
}

// ---- The tree.

// Bytes of one family's tables on disk, all levels compacted.
double TableBytes(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family) {
  CHECK(db.Flush(rocksdb::FlushOptions(), family).ok()) << "a flush";
  CHECK(db.CompactRange(rocksdb::CompactRangeOptions(), family, nullptr, nullptr).ok())
      << "a compaction";
  uint64_t bytes = 0;
  CHECK(db.GetIntProperty(family, rocksdb::DB::Properties::kLiveSstFilesSize, &bytes))
      << "a property of RocksDB";
  return static_cast<double>(bytes);
}

int Tree(const std::string& directory) {
  uint64_t size = 0;
  double seconds = 0;
  {
    auto dataset = OrDie(service::Dataset::Open({.directory = directory}));
    const std::shared_ptr<const audit::Head> head = dataset->tree().head();
    size = head->size;
    std::vector<std::string> entries;
    for (uint64_t i = 0; i < size; ++i) entries.push_back(OrDie(dataset->tree().EntryBytes(i)));
    const int64_t start = Nanos();
    tlog::Frontier frontier;
    for (const std::string& entry : entries) {
      frontier.Append(tlog::LeafHash(entry), [](tlog::Node, const tlog::Hash&) {});
    }
    CHECK(frontier.Root() == head->root) << "the entries give the root that was signed";
    seconds = MillisSince(start) / 1000;
  }
  rocksdb::DBOptions options;
  std::vector<std::string> names;
  const std::string db_directory = directory + "/db";
  CHECK(rocksdb::DB::ListColumnFamilies(options, db_directory, &names).ok()) << db_directory;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) {
    rocksdb::ColumnFamilyOptions family;
    family.compression = rocksdb::kZSTD;
    families.emplace_back(name, family);
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* raw = nullptr;
  CHECK(rocksdb::DB::Open(options, db_directory, families, &handles, &raw).ok()) << db_directory;
  const std::unique_ptr<rocksdb::DB> db(raw);
  double hash_bytes = 0;
  double head_bytes = 0;
  double entry_bytes = 0;
  double section_bytes = 0;
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    if (handle->GetName() == audit::kHashFamily) hash_bytes = TableBytes(*db, handle);
    if (handle->GetName() == audit::kHeadFamily) head_bytes = TableBytes(*db, handle);
    if (handle->GetName() == audit::kEntryFamily) entry_bytes = TableBytes(*db, handle);
    if (handle->GetName() == audit::kSectionFamily) section_bytes = TableBytes(*db, handle);
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles) {
    CHECK(db->DestroyColumnFamilyHandle(handle).ok()) << "a handle";
  }
  const auto count = static_cast<double>(size);
  std::cout << absl::StrFormat(
      "{\"entries\": %d, \"hash_bytes\": %.2f, \"head_bytes\": %.2f, \"entry_bytes\": %.1f, "
      "\"section_bytes\": %.1f, \"hashed_per_second\": %.0f}\n",
      size, hash_bytes / count, head_bytes / count, entry_bytes / count, section_bytes / count,
      count / seconds);
  return 0;
}

}  // namespace

int Main(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words[0];
  if (command == "fill" && words.size() == 3) return Fill(words[1], words[2]);
  if (command == "open" && words.size() == 2) return Open(words[1]);
  if (command == "serve" && words.size() == 4) {
    return Serve(words[1], Number(words[2]), Number(words[3]));
  }
  pb::RecommendationView view = pb::RECOMMENDATION_VIEW_UNSPECIFIED;
  if (command == "decide" && words.size() == 6 && pb::RecommendationView_Parse(words[5], &view)) {
    return Decide(words[1], Number(words[2]), Number(words[3]), Number(words[4]), view);
  }
  if (command == "replay" && words.size() == 2) return ReplayAll(words[1]);
  if (command == "tree" && words.size() == 2) return Tree(words[1]);
  std::cerr << "usage: service_bench fill DIRECTORY OFFERINGS | open DIRECTORY | "
               "serve DIRECTORY PROFILES NEEDS | decide DIRECTORY CALLS IN_FLIGHT NEEDS VIEW | "
               "replay DIRECTORY | tree DIRECTORY\n";
  return 2;
}

}  // namespace aplomb::bench

int main(int argc, char** argv) {
  return aplomb::bench::Main(std::vector<std::string>(argv + 1, argv + argc));
}
