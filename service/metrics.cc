#include "service/metrics.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "audit/witness_client.h"

namespace aplomb::service {
namespace {

// Seconds since entry `index` was written; 0 if there is none.
double AgeOf(audit::Database& database, uint64_t index, absl::Time now) {
  const auto number = static_cast<int64_t>(index);
  if (number >= database.entry_count()) return 0;
  const absl::StatusOr<audit::LoggedEntry> entry = database.ReadEntry(number);
  if (!entry.ok()) return 0;
  return std::max(0.0, absl::ToDoubleSeconds(now - absl::FromUnixMicros(entry->time_us)));
}

class Text {
 public:
  void Family(absl::string_view name, absl::string_view type, absl::string_view help) {
    absl::StrAppend(&text_, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
  }
  void Value(absl::string_view name, absl::string_view labels, double value) {
    absl::StrAppend(&text_, name, labels, " ", absl::StrFormat("%.17g", value), "\n");
  }
  void Gauge(absl::string_view name, absl::string_view help, double value) {
    Family(name, "gauge", help);
    Value(name, "", value);
  }
  void Counter(absl::string_view name, absl::string_view help, double value) {
    Family(name, "counter", help);
    Value(name, "", value);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string WitnessLabel(const std::string& name) {
  return absl::StrCat("{witness=\"",
                      absl::StrReplaceAll(name, {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}}),
                      "\"}");
}

}  // namespace

std::string FormatMetrics(Dataset& dataset, LogService& log, const base::Clock& clock) {
  audit::Database& database = dataset.database();
  // What covers the log before the log itself: nothing is ever ahead of it.
  const uint64_t high_water = dataset.log().high_water_size();
  const uint64_t cosigned = dataset.log().cosigned_size();
  const std::vector<audit::WitnessState> witnesses = dataset.log().witnesses();
  const uint64_t size = dataset.tree().size();
  const absl::Time now = clock.Now();
  Text text;
  text.Gauge("aplomb_log_entries", "Entries of the published log.", static_cast<double>(size));
  text.Gauge("aplomb_checkpoint_age_seconds", "Since the newest checkpoint was signed.",
             size == 0 ? 0 : AgeOf(database, size - 1, now));
  text.Gauge("aplomb_high_water_entries", "Entries of the checkpoint in the high-water file.",
             static_cast<double>(high_water));
  text.Gauge("aplomb_high_water_lag_seconds",
             "Age of the oldest entry that the high-water file does not cover.",
             high_water < size ? AgeOf(database, high_water, now) : 0);
  if (!witnesses.empty()) {
    text.Gauge("aplomb_cosigned_entries",
               "Entries of the newest checkpoint that the quorum of witnesses has cosigned.",
               static_cast<double>(cosigned));
    text.Gauge("aplomb_cosignature_lag_entries", "Entries that no quorum has cosigned.",
               static_cast<double>(size - std::min(size, cosigned)));
    text.Gauge("aplomb_cosignature_lag_seconds",
               "Age of the oldest entry that no quorum has cosigned.",
               cosigned < size ? AgeOf(database, cosigned, now) : 0);
    text.Family("aplomb_witness_entries", "gauge",
                "Entries of the newest checkpoint that the witness has cosigned since the start.");
    for (const audit::WitnessState& witness : witnesses) {
      text.Value("aplomb_witness_entries", WitnessLabel(witness.name),
                 static_cast<double>(witness.size));
    }
    text.Family("aplomb_witness_failures_total", "counter",
                "Attempts that the witness refused, did not answer, or answered with a lie.");
    for (const audit::WitnessState& witness : witnesses) {
      text.Value("aplomb_witness_failures_total", WitnessLabel(witness.name),
                 static_cast<double>(witness.failures));
    }
  }
  text.Gauge("aplomb_queue_commands", "Changes that wait for the writer of the log.",
             static_cast<double>(dataset.sequencer().queue_depth()));
  text.Counter("aplomb_queue_refusals_total", "Changes refused because too many waited.",
               static_cast<double>(dataset.sequencer().queue_refusals()));
  text.Gauge("aplomb_writer_healthy", "1 while the log can be written.",
             dataset.sequencer().Health().ok() ? 1 : 0);
  text.Gauge("aplomb_log_tails", "Streams of the log that are open.",
             static_cast<double>(log.tails().count()));
  return text.Take();
}

}  // namespace aplomb::service
