#include "decision/price_labels.h"

#include "decision/phrases.h"

namespace aplomb::decision {

type::LocalizedText PriceModelLabel(type::PriceModel model) {
  switch (model) {
    case type::FLAT:
      return Text("Abonnement", "Subscription");
    case type::PER_USER:
      return Text("Abonnement par utilisateur", "Subscription per user");
    case type::TIERED:
    case type::VOLUME:
      return Text("Prix par tranches", "Price by tiers");
    case type::USAGE:
      return Text("Consommation", "Usage");
    case type::COMMISSION:
      return Text("Commission sur les ventes", "Commission on sales");
    case type::SETUP:
      return Text("Mise en service", "Setup");
    case type::MIGRATION:
      return Text("Reprise des données", "Taking over of data");
    case type::TRAINING:
      return Text("Formation", "Training");
    case type::HARDWARE:
      return Text("Matériel", "Equipment");
    case type::YEARLY_FEE:
      return Text("Frais annuels", "Yearly fee");
    case type::EXIT:
      return Text("Frais de départ", "Exit fee");
    case type::QUOTE:
      return Text("Devis (haut de la fourchette)", "Quotation (upper end)");
    default:
      return Text("Autres frais", "Other fees");
  }
}

}  // namespace aplomb::decision
