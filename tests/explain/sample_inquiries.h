// Every question of the sample's firms, as the engine sees it.
#ifndef APLOMB_TESTS_EXPLAIN_SAMPLE_INQUIRIES_H_
#define APLOMB_TESTS_EXPLAIN_SAMPLE_INQUIRIES_H_

#include <memory>
#include <string>
#include <vector>

#include "decision/explain/inquiry.h"

namespace aplomb::explain {

struct SampleInquiry {
  std::string label = {};  // "boulangerie-rhone ECOMMERCE 1"
  engine::Request request = {};
  engine::DeliveryMode mode = engine::DeliveryMode::kDoItYourself;
  engine::Ranking ranking = {};
};

// Read once; a sample that cannot be read ends the program.
class SampleInquiries {
 public:
  static const SampleInquiries& Get();
  SampleInquiries(const SampleInquiries&) = delete;

  const std::vector<SampleInquiry>& all() const { return all_; }
  Inquiry Of(const SampleInquiry& sample) const {
    return {*rules_, *table_, sample.request, sample.mode};
  }
  const FactShapes& shapes() const { return shapes_; }
  uint64_t mandatory() const { return mandatory_; }

 private:
  SampleInquiries();

  std::shared_ptr<const void> held_;  // what `rules_` and `table_` are part of
  const engine::Rules* rules_ = nullptr;
  const engine::FactTable* table_ = nullptr;
  FactShapes shapes_;
  uint64_t mandatory_ = 0;
  std::vector<SampleInquiry> all_;
};

}  // namespace aplomb::explain

#endif  // APLOMB_TESTS_EXPLAIN_SAMPLE_INQUIRIES_H_
