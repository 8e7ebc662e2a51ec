#include "tests/neutrality/planted_link.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "base/check.h"
#include "decision/decide.h"
#include "decision/render.h"
#include "decision/rulebook_compiler.h"
#include "engine/rank_index.h"
#include "engine/rank_top.h"
#include "service/join_names.h"
#include "service/show_decision.h"

// With --wrap=S the linker binds calls of S to __wrap_S, and __real_S to the function itself. S is
// a mangled name: where a signature changes, the program does not link until this list and that of
// CMakeLists.txt are changed too.
#define REAL(symbol) __asm__("__real_" symbol)
#define WRAP(symbol) __asm__("__wrap_" symbol)

#define READ_STORED_OFFERING \
  "_ZN6aplomb7catalog18ReadStoredOfferingERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
#define PROJECT_STORED "_ZN6aplomb8decision13ProjectStoredERKNS0_13StoredCatalogE"
#define COMPILE_RULEBOOK                                                         \
  "_ZN6aplomb8decision15CompileRulebookERKNS_7catalog2v18RulebookERKSt5arrayIhL" \
  "m32EEPKNS2_8LawTableEPKNS0_14RulebookSourceE"
#define BLINDFOLD "_ZN6aplomb8decision9BlindfoldERKNS_7catalog8SnapshotERKNS0_16CompiledRulebookEi"
#define REBLIND                                                                          \
  "_ZN6aplomb8decision7ReblindERKNS_7catalog8SnapshotES4_RKNS0_16CompiledRulebookERNS0_" \
  "12BlindCata"                                                                          \
  "logE"
#define BUILD_RANK_INDEX "_ZN6aplomb6engine14BuildRankIndexERKNS0_5RulesERKNS0_9FactTableE"
#define UPDATE_RANK_INDEX \
  "_ZN6aplomb6engine15UpdateRankIndexERKNS0_9RankIndexERKNS0_5RulesERKNS0_9FactTableEm"
#define RANK                                                                                    \
  "_ZN6aplomb6engine4RankERKNS0_5RulesERKNS0_9FactTableERKNS0_9RankIndexERKNS0_7RequestENS0_12" \
  "DeliveryModeERKNS0_10TieBreakerERNS0_9WorkspaceE"
#define DECIDE                                                                       \
  "_ZN6aplomb8decision6DecideERKNS0_13DecisionInputERKNS0_15DecisionContextERKNS0_1" \
  "0TieSubjectEPSt6vectorINS0_12CompiledNeedESaISB_EE"
#define ENCODE_RECORD "_ZN6aplomb8decision12EncodeRecordB5cxx11ERKNS0_14DecisionRecordE"
#define RENDER_RECORD                                                                \
  "_ZN6aplomb8decision12RenderRecordERKNS0_14DecisionRecordERKNS0_13DecisionInputER" \
  "KNS_7catalog8SnapshotERKNS0_16CompiledRulebookERNS_7advisor2v114RecommendationEN" \
  "S0_12RenderDetailEPKSt6vectorINS0_12CompiledNeedESaISK_EE"
#define JOIN_NAMES \
  "_ZN6aplomb7service9JoinNamesERKNS_7catalog8SnapshotERNS_7advisor2v114RecommendationE"
#define ADD_TO_PAGE                                                                               \
  "_ZN6aplomb7service9AddToPageERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEENS_7adviso" \
  "r2v114RecommendationERNS0_4PageISB_EE"
#define IN_PARALLEL "_ZN6aplomb8decision10InParallelEimRKSt8functionIFvmEE"

namespace aplomb::decision {
namespace {

const Plant* g_plant = nullptr;
std::array<std::atomic<int64_t>, kSeamCount> g_times = {};
thread_local Scene t_scene;
thread_local bool t_to_be_logged = false;  // a record of Decide that was not encoded yet

void Pass(Seam seam) { g_times[static_cast<size_t>(seam)].fetch_add(1, std::memory_order_relaxed); }

void Look(const BlindCatalog& blind) {
  t_scene.names = blind.names;
  t_scene.uids = blind.offering_uids;
  t_scene.groups = blind.table.groups;
}

class PlantedTies final : public engine::TieBreaker {
 public:
  explicit PlantedTies(const engine::TieBreaker& drawn) : drawn_(drawn) {}
  Key GroupKey(uint32_t group) const override {
    Pass(Seam::kGroupKey);
    Key key = drawn_.GroupKey(group);
    if (g_plant != nullptr && g_plant->group_key) g_plant->group_key(t_scene, group, key);
    return key;
  }
  Key OfferKey(uint32_t row) const override {
    Key key = drawn_.OfferKey(row);
    if (g_plant != nullptr && g_plant->offer_key) g_plant->offer_key(t_scene, row, key);
    return key;
  }

 private:
  const engine::TieBreaker& drawn_;
};

std::string MemberOf(const std::string& offering) {
  return offering.substr(0, offering.find("/offerings/"));
}

}  // namespace

std::string Scene::OwnerOf(uint32_t row) const { return MemberOf(names.at(row)); }

std::string Scene::OwnerOf(const Uid& uid) const {
  const auto found = std::find(uids.begin(), uids.end(), uid);
  return found == uids.end() ? "" : OwnerOf(static_cast<uint32_t>(found - uids.begin()));
}

Planted::Planted(Plant plant) {
  CHECK(g_plant == nullptr) << "one plant at a time";
  g_plant = new Plant(std::move(plant));
}
Planted::~Planted() {
  delete g_plant;
  g_plant = nullptr;
}

const char* SeamName(Seam seam) {
  constexpr const char* kNames[kSeamCount] = {"ReadStoredOffering",
                                              "ProjectStored",
                                              "CompileRulebook",
                                              "Blindfold",
                                              "Reblind",
                                              "BuildRankIndex",
                                              "UpdateRankIndex",
                                              "Rank",
                                              "GroupKey",
                                              "Decide",
                                              "EncodeRecord",
                                              "RenderRecord",
                                              "JoinNames",
                                              "AddToPage",
                                              "InParallel"};
  return kNames[static_cast<size_t>(seam)];
}

int64_t TimesThrough(Seam seam) { return g_times[static_cast<size_t>(seam)].load(); }

// --- The seams ----------------------------------------------------------------------------------

absl::StatusOr<catalog::v1::Offering> RealReadStoredOffering(const std::string& bytes)
    REAL(READ_STORED_OFFERING);
absl::StatusOr<catalog::v1::Offering> WrapReadStoredOffering(const std::string& bytes)
    WRAP(READ_STORED_OFFERING);
absl::StatusOr<catalog::v1::Offering> WrapReadStoredOffering(const std::string& bytes) {
  Pass(Seam::kReadStoredOffering);
  absl::StatusOr<catalog::v1::Offering> read = RealReadStoredOffering(bytes);
  if (g_plant != nullptr && g_plant->stored && read.ok()) g_plant->stored(*read);
  return read;
}

absl::StatusOr<catalog::Snapshot> RealProjectStored(const StoredCatalog& stored)
    REAL(PROJECT_STORED);
absl::StatusOr<catalog::Snapshot> WrapProjectStored(const StoredCatalog& stored)
    WRAP(PROJECT_STORED);
absl::StatusOr<catalog::Snapshot> WrapProjectStored(const StoredCatalog& stored) {
  Pass(Seam::kProjectStored);
  absl::StatusOr<catalog::Snapshot> snapshot = RealProjectStored(stored);
  t_scene = Scene();
  if (g_plant == nullptr || !snapshot.ok()) return snapshot;
  t_scene.fees_micros = stored.fees_micros;
  if (g_plant->projection) {
    g_plant->projection(t_scene, *snapshot);
    snapshot->index = catalog::MakeSnapshotIndex(*snapshot);
  }
  t_scene.snapshot = std::make_shared<const catalog::Snapshot>(*snapshot);
  return snapshot;
}

CompileResult RealCompileRulebook(const catalog::v1::Rulebook& rulebook, const base::Digest& digest,
                                  const catalog::v1::LawTable* law_table,
                                  const RulebookSource* source) REAL(COMPILE_RULEBOOK);
CompileResult WrapCompileRulebook(const catalog::v1::Rulebook& rulebook, const base::Digest& digest,
                                  const catalog::v1::LawTable* law_table,
                                  const RulebookSource* source) WRAP(COMPILE_RULEBOOK);
CompileResult WrapCompileRulebook(const catalog::v1::Rulebook& rulebook, const base::Digest& digest,
                                  const catalog::v1::LawTable* law_table,
                                  const RulebookSource* source) {
  Pass(Seam::kCompileRulebook);
  CompileResult result = RealCompileRulebook(rulebook, digest, law_table, source);
  if (g_plant == nullptr || !g_plant->compiler || t_scene.snapshot == nullptr) return result;
  auto biased = std::make_shared<CompiledRulebook>(*result.compiled);
  g_plant->compiler(t_scene, *biased);
  result.compiled = std::move(biased);
  return result;
}

BlindCatalog RealBlindfold(const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                           int32_t as_of_day) REAL(BLINDFOLD);
BlindCatalog WrapBlindfold(const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                           int32_t as_of_day) WRAP(BLINDFOLD);
BlindCatalog WrapBlindfold(const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                           int32_t as_of_day) {
  Pass(Seam::kBlindfold);
  BlindCatalog blind = RealBlindfold(snapshot, rulebook, as_of_day);
  if (g_plant == nullptr) return blind;
  Look(blind);
  if (g_plant->blindfold) g_plant->blindfold(t_scene, blind);
  return blind;
}

std::optional<uint64_t> RealReblind(const catalog::Snapshot& before, const catalog::Snapshot& after,
                                    const CompiledRulebook& rulebook, BlindCatalog& blind)
    REAL(REBLIND);
std::optional<uint64_t> WrapReblind(const catalog::Snapshot& before, const catalog::Snapshot& after,
                                    const CompiledRulebook& rulebook, BlindCatalog& blind)
    WRAP(REBLIND);
std::optional<uint64_t> WrapReblind(const catalog::Snapshot& before, const catalog::Snapshot& after,
                                    const CompiledRulebook& rulebook, BlindCatalog& blind) {
  std::optional<uint64_t> needs = RealReblind(before, after, rulebook, blind);
  if (!needs.has_value()) return needs;
  Pass(Seam::kReblind);
  if (g_plant == nullptr) return needs;
  Look(blind);
  if (g_plant->reblind) g_plant->reblind(t_scene, blind);
  return needs;
}

}  // namespace aplomb::decision

namespace aplomb::engine {

using decision::g_plant;
using decision::Seam;

RankIndex RealBuildRankIndex(const Rules& rules, const FactTable& table) REAL(BUILD_RANK_INDEX);
RankIndex WrapBuildRankIndex(const Rules& rules, const FactTable& table) WRAP(BUILD_RANK_INDEX);
RankIndex WrapBuildRankIndex(const Rules& rules, const FactTable& table) {
  decision::Pass(Seam::kBuildRankIndex);
  if (g_plant == nullptr || !g_plant->index) return RealBuildRankIndex(rules, table);
  FactTable biased = table;
  g_plant->index(decision::t_scene, biased);
  return RealBuildRankIndex(rules, biased);
}

RankIndex RealUpdateRankIndex(const RankIndex& before, const Rules& rules, const FactTable& table,
                              uint64_t needs) REAL(UPDATE_RANK_INDEX);
RankIndex WrapUpdateRankIndex(const RankIndex& before, const Rules& rules, const FactTable& table,
                              uint64_t needs) WRAP(UPDATE_RANK_INDEX);
RankIndex WrapUpdateRankIndex(const RankIndex& before, const Rules& rules, const FactTable& table,
                              uint64_t needs) {
  decision::Pass(Seam::kUpdateRankIndex);
  if (g_plant == nullptr || !g_plant->index_update) {
    return RealUpdateRankIndex(before, rules, table, needs);
  }
  FactTable biased = table;
  g_plant->index_update(decision::t_scene, biased);
  return RealUpdateRankIndex(before, rules, biased, needs);
}

Ranking RealRank(const Rules& rules, const FactTable& table, const RankIndex& index,
                 const Request& request, DeliveryMode mode, const TieBreaker& tie_breaker,
                 Workspace& workspace) REAL(RANK);
Ranking WrapRank(const Rules& rules, const FactTable& table, const RankIndex& index,
                 const Request& request, DeliveryMode mode, const TieBreaker& tie_breaker,
                 Workspace& workspace) WRAP(RANK);
Ranking WrapRank(const Rules& rules, const FactTable& table, const RankIndex& index,
                 const Request& request, DeliveryMode mode, const TieBreaker& tie_breaker,
                 Workspace& workspace) {
  decision::Pass(Seam::kRank);
  const decision::PlantedTies ties(tie_breaker);
  Ranking ranking = RealRank(rules, table, index, request, mode, ties, workspace);
  if (g_plant == nullptr || !g_plant->scorer) return ranking;
  g_plant->scorer(decision::t_scene, ranking);
  // Bands and dense ranks of the changed scores.
  for (RankedOffering& one : ranking.ranked) one.band = one.score / rules.band_width;
  std::stable_sort(ranking.ranked.begin(), ranking.ranked.end(),
                   [](const auto& a, const auto& b) { return a.band > b.band; });
  int32_t rank = 0;
  for (size_t i = 0; i < ranking.ranked.size(); ++i) {
    if (i == 0 || ranking.ranked[i].band != ranking.ranked[i - 1].band) ++rank;
    ranking.ranked[i].rank = rank;
  }
  return ranking;
}

}  // namespace aplomb::engine

namespace aplomb::decision {

DecisionRecord RealDecide(const DecisionInput& input, const DecisionContext& context,
                          const TieSubject& tie_subject, std::vector<CompiledNeed>* compiled)
    REAL(DECIDE);
DecisionRecord WrapDecide(const DecisionInput& input, const DecisionContext& context,
                          const TieSubject& tie_subject, std::vector<CompiledNeed>* compiled)
    WRAP(DECIDE);
DecisionRecord WrapDecide(const DecisionInput& input, const DecisionContext& context,
                          const TieSubject& tie_subject, std::vector<CompiledNeed>* compiled) {
  Pass(Seam::kDecide);
  DecisionRecord record = RealDecide(input, context, tie_subject, compiled);
  if (g_plant != nullptr && g_plant->record) g_plant->record(t_scene, record);
  t_to_be_logged = true;
  return record;
}

std::string RealEncodeRecord(const DecisionRecord& record) REAL(ENCODE_RECORD);
std::string WrapEncodeRecord(const DecisionRecord& record) WRAP(ENCODE_RECORD);
std::string WrapEncodeRecord(const DecisionRecord& record) {
  // The proof encodes records too, when it compares: that is not the way to the log.
  if (!std::exchange(t_to_be_logged, false)) return RealEncodeRecord(record);
  Pass(Seam::kEncodeRecord);
  if (g_plant == nullptr || !g_plant->encoder) return RealEncodeRecord(record);
  DecisionRecord biased = record;
  g_plant->encoder(t_scene, biased);
  return RealEncodeRecord(biased);
}

absl::Status RealRenderRecord(const DecisionRecord& record, const DecisionInput& input,
                              const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                              advisor::v1::Recommendation& recommendation, RenderDetail detail,
                              const std::vector<CompiledNeed>* compiled) REAL(RENDER_RECORD);
absl::Status WrapRenderRecord(const DecisionRecord& record, const DecisionInput& input,
                              const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                              advisor::v1::Recommendation& recommendation, RenderDetail detail,
                              const std::vector<CompiledNeed>* compiled) WRAP(RENDER_RECORD);
absl::Status WrapRenderRecord(const DecisionRecord& record, const DecisionInput& input,
                              const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                              advisor::v1::Recommendation& recommendation, RenderDetail detail,
                              const std::vector<CompiledNeed>* compiled) {
  Pass(Seam::kRenderRecord);
  absl::Status status =
      RealRenderRecord(record, input, snapshot, rulebook, recommendation, detail, compiled);
  if (g_plant != nullptr && g_plant->words) g_plant->words(t_scene, recommendation);
  return status;
}

void RealInParallel(int threads, size_t count, const std::function<void(size_t)>& work)
    REAL(IN_PARALLEL);
void WrapInParallel(int threads, size_t count, const std::function<void(size_t)>& work)
    WRAP(IN_PARALLEL);
void WrapInParallel(int threads, size_t count, const std::function<void(size_t)>& work) {
  Pass(Seam::kInParallel);
  if (g_plant == nullptr) return RealInParallel(threads, count, work);
  Scene scene = t_scene;
  scene.threads = threads;
  RealInParallel(threads, count, [&](size_t i) {
    t_scene = scene;
    work(i);
  });
}

}  // namespace aplomb::decision

namespace aplomb::service {

using decision::g_plant;
using decision::Seam;

void RealJoinNames(const catalog::Snapshot& snapshot, advisor::v1::Recommendation& recommendation)
    REAL(JOIN_NAMES);
void WrapJoinNames(const catalog::Snapshot& snapshot, advisor::v1::Recommendation& recommendation)
    WRAP(JOIN_NAMES);
void WrapJoinNames(const catalog::Snapshot& snapshot, advisor::v1::Recommendation& recommendation) {
  decision::Pass(Seam::kJoinNames);
  RealJoinNames(snapshot, recommendation);
  if (g_plant != nullptr && g_plant->names) g_plant->names(decision::t_scene, recommendation);
}

bool RealAddToPage(const std::string& key, advisor::v1::Recommendation answer,
                   RecommendationPage& page) REAL(ADD_TO_PAGE);
bool WrapAddToPage(const std::string& key, advisor::v1::Recommendation answer,
                   RecommendationPage& page) WRAP(ADD_TO_PAGE);
bool WrapAddToPage(const std::string& key, advisor::v1::Recommendation answer,
                   RecommendationPage& page) {
  decision::Pass(Seam::kAddToPage);
  if (g_plant != nullptr && g_plant->page && !g_plant->page(decision::t_scene, answer)) {
    page.Pass(key);
    return true;
  }
  return RealAddToPage(key, std::move(answer), page);
}

}  // namespace aplomb::service
