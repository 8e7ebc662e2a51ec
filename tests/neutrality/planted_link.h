// Biases planted at the seams of the service's own chain (service/proof_chain.h). The
// objects of production are linked as they are; the linker sends the calls of one function
// at each seam through planted_link.cc (--wrap, see CMakeLists.txt), which calls the real
// function and changes what goes in or comes out. Without a plant nothing is changed.
#ifndef APLOMB_TESTS_NEUTRALITY_PLANTED_LINK_H_
#define APLOMB_TESTS_NEUTRALITY_PLANTED_LINK_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"
#include "decision/neutrality/prove.h"
#include "decision/record.h"
#include "engine/rank.h"

namespace aplomb::decision {

// What a dishonest step could look at, if it went and looked: more than the step is given.
struct Scene {
  std::map<std::string, int64_t, std::less<>> fees_micros;  // by member
  std::shared_ptr<const catalog::Snapshot> snapshot;        // null before the projection
  std::vector<std::string> names;                           // by row; empty before the blindfold
  std::vector<Uid> uids;                                    // by row
  std::vector<uint32_t> groups;                             // by row
  int threads = 1;

  // "members/m" of a row; of an offering's UUID ("" for an unknown one).
  std::string OwnerOf(uint32_t row) const;
  std::string OwnerOf(const Uid& uid) const;
};

// One of these is set. Each says at which function it is planted.
struct Plant {
  // ReadStoredOffering: one stored object becomes a message.
  std::function<void(catalog::v1::Offering&)> stored = {};
  // ProjectStored: all of them become a snapshot.
  std::function<void(const Scene&, catalog::Snapshot&)> projection = {};
  // CompileRulebook.
  std::function<void(const Scene&, CompiledRulebook&)> compiler = {};
  // Blindfold, and Reblind where it has let a table follow.
  std::function<void(const Scene&, BlindCatalog&)> blindfold = {};
  std::function<void(const Scene&, BlindCatalog&)> reblind = {};
  // The table that BuildRankIndex and UpdateRankIndex read.
  std::function<void(const Scene&, engine::FactTable&)> index = {};
  std::function<void(const Scene&, engine::FactTable&)> index_update = {};
  // Rank, by index.
  std::function<void(const Scene&, engine::Ranking&)> scorer = {};
  // The TieBreaker that Rank is handed.
  std::function<void(const Scene&, uint32_t group, engine::TieBreaker::Key&)> group_key = {};
  std::function<void(const Scene&, uint32_t row, engine::TieBreaker::Key&)> offer_key = {};
  // Decide, and EncodeRecord (on its way to the log).
  std::function<void(const Scene&, DecisionRecord&)> record = {};
  std::function<void(const Scene&, DecisionRecord&)> encoder = {};
  // RenderRecord.
  std::function<void(const Scene&, advisor::v1::Recommendation&)> words = {};
  // JoinNames.
  std::function<void(const Scene&, advisor::v1::Recommendation&)> names = {};
  // AddToPage: what is put on the page; false: it is passed over.
  std::function<bool(const Scene&, advisor::v1::Recommendation&)> page = {};
};

// Plants it until the end of its life. One at a time; not while a proof runs.
class Planted {
 public:
  explicit Planted(Plant plant);
  ~Planted();
  Planted(const Planted&) = delete;
  Planted& operator=(const Planted&) = delete;
};

// The functions that are gone through, and how often each was since the program began. A seam that
// is not gone through any more (another signature, another way) shows here.
enum class Seam : uint8_t {
  kReadStoredOffering,
  kProjectStored,
  kCompileRulebook,
  kBlindfold,
  kReblind,  // and it followed
  kBuildRankIndex,
  kUpdateRankIndex,
  kRank,
  kGroupKey,
  kDecide,
  kEncodeRecord,
  kRenderRecord,
  kJoinNames,
  kAddToPage,
  kInParallel,
};
inline constexpr size_t kSeamCount = 15;
const char* SeamName(Seam seam);
int64_t TimesThrough(Seam seam);

}  // namespace aplomb::decision

#endif  // APLOMB_TESTS_NEUTRALITY_PLANTED_LINK_H_
