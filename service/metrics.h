// What an operator watches, in the text form of Prometheus: how large the log is, how far the
// witnesses and the high-water file are behind it, and what waits. No figure tells of a caller, a
// firm or a member. Thread-safe.
#ifndef APLOMB_SERVICE_METRICS_H_
#define APLOMB_SERVICE_METRICS_H_

#include <string>

#include "base/clock.h"
#include "service/dataset.h"
#include "service/log_service.h"

namespace aplomb::service {

// Lags in seconds count from the time of the oldest entry that is not covered; 0 where all are.
std::string FormatMetrics(Dataset& dataset, LogService& log, const base::Clock& clock);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_METRICS_H_
