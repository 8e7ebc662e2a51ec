// Every question of the sample's firms, as the engine sees it.
#ifndef APLOMB_TESTS_EXPLAIN_SAMPLE_INQUIRIES_H_
#define APLOMB_TESTS_EXPLAIN_SAMPLE_INQUIRIES_H_

#include <memory>
#include <string>
#include <vector>

#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/inquiry.h"
#include "decision/request.h"

namespace aplomb::explain {

struct SampleInquiry {
  std::string label = {};  // "boulangerie-rhone ECOMMERCE 1"
  engine::Request request = {};
  engine::DeliveryMode mode = engine::DeliveryMode::kDoItYourself;
  WeightOrder order = {};  // stated by the firm, or the rulebook's
  engine::Ranking ranking = {};
};

// A firm of the sample and what it asks.
struct SampleFirm {
  type::FirmProfile profile = {};
  std::vector<type::NeedRequest> needs = {};
  type::WeightChoice weights = {};
  int32_t as_of_day = 0;
};

// Read once; a sample that cannot be read ends the program.
class SampleInquiries {
 public:
  static const SampleInquiries& Get();
  SampleInquiries(const SampleInquiries&) = delete;

  const std::vector<SampleInquiry>& all() const { return all_; }
  Inquiry Of(const SampleInquiry& sample) const {
    return {rulebook_->rules, blind_.table, sample.request, sample.mode};
  }
  const FactShapes& shapes() const { return shapes_; }
  uint64_t mandatory() const { return mandatory_; }
  // What decisions are made from.
  const std::vector<SampleFirm>& firms() const { return firms_; }
  const catalog::Snapshot& snapshot() const { return snapshot_; }
  const decision::CompiledRulebook& rulebook() const { return *rulebook_; }
  const decision::BlindCatalog& blind() const { return blind_; }

 private:
  SampleInquiries();

  std::shared_ptr<const decision::CompiledRulebook> rulebook_;
  catalog::Snapshot snapshot_;
  decision::BlindCatalog blind_;
  std::vector<SampleFirm> firms_;
  FactShapes shapes_;
  uint64_t mandatory_ = 0;
  std::vector<SampleInquiry> all_;
};

}  // namespace aplomb::explain

#endif  // APLOMB_TESTS_EXPLAIN_SAMPLE_INQUIRIES_H_
