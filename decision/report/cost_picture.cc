#include "decision/report/cost_picture.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "decision/report/html.h"

namespace aplomb::report {
namespace {

using decision::Language;

constexpr int kWidth = 720;
constexpr int kBarLeft = 214;
constexpr int kBarWidth = 424;  // at most; the amounts stand in a column to the right
constexpr int kRow = 31;
constexpr int kTop = 30;
// Told apart in grey too: from dark to light.
constexpr std::array<absl::string_view, kCostParts> kColours = {"#12344d", "#0f766e", "#d97706",
                                                                "#b9c6d2"};

// `value` of `scale` as tenths of a pixel of `width`.
int64_t Tenths(int64_t value, int64_t scale, int width) {
  if (scale <= 0) return 0;
  // A picture needs no more than 40 bits of either.
  while (scale > int64_t{1} << 40) {
    scale /= 2;
    value /= 2;
  }
  return value * width * 10 / scale;
}

std::string Pixels(int64_t tenths) { return absl::StrFormat("%d.%d", tenths / 10, tenths % 10); }

// Whole euros: a picture needs no cents.
std::string Euros(int64_t micros, Language language) {
  const int64_t euros = (micros + 500'000) / 1'000'000;
  return language == Language::kFr
             ? absl::StrCat(decision::PrintCount(euros, language), "\xC2\xA0€")
             : absl::StrCat("EUR\xC2\xA0", decision::PrintCount(euros, language));
}

}  // namespace

CostPart PartOf(const advisor::v1::CostLine& line) {
  const std::string& model = line.model();
  if (model == "PREREQUISITE" || model == "UPKEEP") return CostPart::kAdded;
  if (model == "USAGE" || model == "COMMISSION") return CostPart::kUsage;
  if (model == "SETUP" || model == "MIGRATION" || model == "TRAINING" || model == "HARDWARE" ||
      model == "EXIT" || model == "QUOTE") {
    return CostPart::kOneOff;
  }
  return CostPart::kSubscription;
}

absl::string_view PartColour(CostPart part) { return kColours[static_cast<size_t>(part)]; }

std::array<int64_t, kCostParts> PartsOf(const advisor::v1::Cost& cost) {
  std::array<int64_t, kCostParts> parts = {};
  for (const advisor::v1::CostLine& line : cost.lines()) {
    parts[static_cast<size_t>(PartOf(line))] += line.tco36_micros();
  }
  return parts;
}

type::LocalizedText PartShortTitle(CostPart part) {
  switch (part) {
    case CostPart::kSubscription:
      return decision::Text("Abonnements", "Subscriptions");
    case CostPart::kUsage:
      return decision::Text("Usage", "Use");
    case CostPart::kOneOff:
      return decision::Text("Mise en place", "Setup");
    case CostPart::kAdded:
      return decision::Text("À ajouter", "To be added");
  }
  return {};
}

type::LocalizedText PartTitle(CostPart part) {
  switch (part) {
    case CostPart::kSubscription:
      return decision::Text("Abonnements", "Subscriptions");
    case CostPart::kUsage:
      return decision::Text("Selon l'usage, commissions", "By use, commissions");
    case CostPart::kOneOff:
      return decision::Text("Mise en place, matériel, départ", "Setup, equipment, exit");
    case CostPart::kAdded:
      return decision::Text("À ajouter, non compris", "To be added, not included");
  }
  return {};
}

std::string CostPicture(const std::vector<const advisor::v1::RankedOffering*>& offerings,
                        int64_t target_micros, Language language) {
  std::vector<const advisor::v1::RankedOffering*> drawn;
  int64_t scale = target_micros;
  for (const advisor::v1::RankedOffering* offering : offerings) {
    if (drawn.size() == kMaxBars) break;
    if (!offering->has_cost()) continue;
    drawn.push_back(offering);
    scale = std::max(scale, offering->cost().tco36_micros());
  }
  if (drawn.empty()) return "";
  const bool fr = language == Language::kFr;
  const int bottom = kTop + kRow * static_cast<int>(drawn.size());
  std::string svg = absl::StrCat(
      "<svg width=\"100%\" font-family=\"'Open Sans', Inter, Arial, sans-serif\" viewBox=\"0 0 ",
      kWidth, " ", bottom + 18, "\" role=\"img\" aria-label=\"",
      fr ? "Coût complet sur 36 mois par composante" : "All-in cost over 36 months by component",
      "\">\n");
  int x = 0;
  for (size_t p = 0; p < kCostParts; ++p) {
    const std::string title = In(PartTitle(static_cast<CostPart>(p)), language);
    absl::StrAppend(&svg, "<rect x=\"", x, "\" y=\"4\" width=\"11\" height=\"11\" rx=\"2\" fill=\"",
                    kColours[p], "\"/><text x=\"", x + 16,
                    "\" y=\"13.5\" font-size=\"11.5\" fill=\"#46525e\">", Escape(title),
                    "</text>\n");
    x += fr ? std::array<int, kCostParts>{112, 190, 216, 0}[p]
            : std::array<int, kCostParts>{112, 158, 172, 0}[p];
  }
  for (size_t i = 0; i < drawn.size(); ++i) {
    const advisor::v1::RankedOffering& offering = *drawn[i];
    const int y = kTop + kRow * static_cast<int>(i);
    absl::StrAppend(&svg, "<text x=\"0\" y=\"", y + 13,
                    "\" font-size=\"11.5\" font-weight=\"600\" fill=\"#1c2530\">",
                    Escape(Cut(In(offering.title(), language), 32)), "</text><text x=\"0\" y=\"",
                    y + 25, "\" font-size=\"10\" fill=\"#6b7280\">",
                    Escape(Cut(offering.member_display_name(), 38)), "</text>\n");
    const std::array<int64_t, kCostParts> parts = PartsOf(offering.cost());
    int64_t sum = 0;
    for (size_t p = 0; p < kCostParts; ++p) {
      // Ends are cut, not widths, so that no rounding adds up.
      const int64_t from = Tenths(sum, scale, kBarWidth);
      sum += parts[p];
      const int64_t to = Tenths(sum, scale, kBarWidth);
      if (to == from) continue;
      absl::StrAppend(&svg, "<rect x=\"", Pixels(kBarLeft * 10 + from), "\" y=\"", y + 4,
                      "\" width=\"", Pixels(to - from), "\" height=\"17\" fill=\"", kColours[p],
                      "\"/>");
    }
    absl::StrAppend(&svg, "<text x=\"", kWidth, "\" y=\"", y + 17,
                    "\" font-size=\"12\" font-weight=\"600\" fill=\"#1c2530\" "
                    "text-anchor=\"end\">",
                    Escape(Euros(offering.cost().tco36_micros(), language)), "</text>\n");
  }
  if (target_micros > 0) {
    const std::string at = Pixels(kBarLeft * 10 + Tenths(target_micros, scale, kBarWidth));
    absl::StrAppend(
        &svg, "<line x1=\"", at, "\" y1=\"", kTop - 4, "\" x2=\"", at, "\" y2=\"", bottom + 2,
        "\" stroke=\"#9b2c17\" stroke-width=\"1.2\" "
        "stroke-dasharray=\"4 3\"/><text x=\"",
        at, "\" y=\"", bottom + 14,
        "\" font-size=\"10\" fill=\"#9b2c17\" "
        "text-anchor=\"middle\">",
        Escape(absl::StrCat(fr ? "repère : " : "target: ", Euros(target_micros, language))),
        "</text>\n");
  }
  absl::StrAppend(&svg, "</svg>\n");
  return svg;
}

}  // namespace aplomb::report
