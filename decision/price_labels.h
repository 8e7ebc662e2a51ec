// What a line of a tariff is called where its offering gives it no name. Pure.
#ifndef APLOMB_DECISION_PRICE_LABELS_H_
#define APLOMB_DECISION_PRICE_LABELS_H_

#include "aplomb/type/common.pb.h"
#include "aplomb/type/pricing.pb.h"

namespace aplomb::decision {

// "Abonnement", "Subscription".
type::LocalizedText PriceModelLabel(type::PriceModel model);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_PRICE_LABELS_H_
