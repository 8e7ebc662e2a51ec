#include "audit/epoch_rules.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/civil_day.h"

namespace aplomb::audit {
namespace {

std::string DayOf(int64_t time_us) {
  return base::FormatDay(base::ParisDay(absl::FromUnixMicros(time_us)));
}

// True if the epoch of `label` was over at that time: its label is smaller than that of the moment.
bool IsOver(const std::string& label, int64_t time_us) {
  return label < DayOf(time_us).substr(0, label.size());
}

}  // namespace

void EpochRules::OnEpoch(int64_t index, int64_t time_us, const EpochCommitment& epoch) {
  newest_time_us_ = time_us;
  if (epochs_.count(epoch.label) > 0) {
    findings_.push_back({index, absl::StrCat("commits to a second secret for ", epoch.label)});
    return;
  }
  if (IsOver(epoch.label, time_us)) {
    findings_.push_back(
        {index, absl::StrCat("commits to a secret for ", epoch.label, ", which was over")});
  }
  epochs_[epoch.label] = {.index = index, .kind = epoch.kind, .commitment = epoch.commitment};
}

void EpochRules::OnEpochClose(int64_t index, int64_t time_us, const EpochClosing& closing) {
  newest_time_us_ = time_us;
  const auto found = epochs_.find(closing.label);
  if (found == epochs_.end()) {
    findings_.push_back({index, absl::StrCat("closes ", closing.label, ", never committed to")});
    return;
  }
  Epoch& epoch = found->second;
  if (epoch.closed) findings_.push_back({index, absl::StrCat("closes ", closing.label, " again")});
  epoch.closed = true;
  if (epoch.index != closing.epoch_index || epoch.kind != closing.kind) {
    findings_.push_back({index, absl::StrCat("closes ", closing.label,
                                             " but names another commitment than entry ",
                                             epoch.index)});
  }
  if (!IsOver(closing.label, time_us)) {
    findings_.push_back(
        {index, absl::StrCat("shows the secret of ", closing.label, " before it is over")});
  }
  if (closing.secret.has_value() &&
      CommitSecret(closing.kind, closing.label, *closing.secret) != epoch.commitment) {
    findings_.push_back({index, absl::StrCat("shows another secret for ", closing.label,
                                             " than entry ", epoch.index, " committed to")});
  }
}

void EpochRules::OnEngagement(int64_t index, int64_t time_us, absl::string_view tie_epoch,
                              const base::Digest& subject) {
  newest_time_us_ = time_us;
  ++engagements_[subject];
  const std::string day(tie_epoch);
  for (const std::string& label : {day, day.substr(0, 4)}) {
    if (epochs_.count(label) == 0) {
      findings_.push_back(
          {index, absl::StrCat("draws with the secret of ", label, " before it is committed to")});
    }
  }
  if (day != DayOf(time_us)) {
    findings_.push_back({index, absl::StrCat("opened on ", DayOf(time_us),
                                             " but draws with the secret of ", day)});
  }
}

std::vector<EpochFinding> EpochRules::Findings() const {
  std::vector<EpochFinding> findings = findings_;
  const int64_t grace_us = absl::ToInt64Microseconds(kEpochCloseGrace);
  for (const auto& [label, epoch] : epochs_) {
    if (!epoch.closed && newest_time_us_ > grace_us && IsOver(label, newest_time_us_ - grace_us)) {
      findings.push_back({epoch.index, absl::StrCat("the secret of ", label,
                                                    " was never shown, though it is long over")});
    }
  }
  std::stable_sort(
      findings.begin(), findings.end(),
      [](const EpochFinding& a, const EpochFinding& b) { return a.index < b.index; });
  return findings;
}

std::map<base::Digest, int> EpochRules::RepeatedSubjects() const {
  std::map<base::Digest, int> repeated;
  for (const auto& [subject, count] : engagements_) {
    if (count > 1) repeated.emplace(subject, count);
  }
  return repeated;
}

}  // namespace aplomb::audit
