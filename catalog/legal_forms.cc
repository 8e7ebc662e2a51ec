#include "catalog/legal_forms.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/ascii.h"

namespace aplomb::catalog {
namespace {

// Codes that follow each other, first and last.
struct Run {
  int16_t first;
  int16_t last;
};

// Catégories juridiques, niveau III: INSEE, "Nomenclature des catégories juridiques" (September
// 2022), and INPI, "Dictionnaire de données" of the registre national des entreprises (November
// 2024). Sorted. Codes of the latter with a letter, and its 0001 (funds, which are no firms), are
// left out.
constexpr Run kForms[] = {
    // 1, 2: sole traders; groups that are no legal persons.
    {1000, 1000},
    {2110, 2110},
    {2120, 2120},
    {2210, 2210},
    {2220, 2220},
    {2310, 2310},
    {2320, 2320},
    {2385, 2385},
    {2400, 2400},
    {2700, 2700},
    {2800, 2800},
    {2900, 2900},
    // 3, 4: persons of foreign law; public persons that trade.
    {3110, 3110},
    {3120, 3120},
    {3205, 3205},
    {3210, 3210},
    {3220, 3220},
    {3290, 3290},
    {4110, 4110},
    {4120, 4120},
    {4130, 4130},
    {4140, 4140},
    {4150, 4150},
    {4160, 4160},
    // 5: commercial companies.
    {5191, 5196},
    {5202, 5203},
    {5305, 5315},
    {5370, 5370},
    {5385, 5385},
    {5410, 5410},
    {5415, 5415},
    {5420, 5422},
    {5426, 5426},
    {5430, 5432},
    {5438, 5439},
    {5442, 5443},
    {5450, 5451},
    {5453, 5470},
    {5482, 5499},
    {5501, 5535},
    {5542, 5543},
    {5546, 5548},
    {5551, 5555},
    {5557, 5570},
    {5580, 5587},
    {5599, 5599},
    {5605, 5605},
    {5610, 5610},
    {5615, 5615},
    {5620, 5620},
    {5622, 5622},
    {5625, 5625},
    {5630, 5632},
    {5638, 5643},
    {5645, 5649},
    {5651, 5699},
    {5701, 5707},
    {5710, 5714},
    {5720, 5720},
    {5740, 5757},
    {5770, 5770},
    {5785, 5786},
    {5788, 5797},
    {5799, 5800},
    // 6: other persons of private law in the trade register.
    {6100, 6100},
    {6210, 6210},
    {6220, 6220},
    {6316, 6318},
    {6399, 6399},
    {6411, 6414},
    {6510, 6511},
    {6521, 6521},
    {6531, 6547},
    {6550, 6556},
    {6558, 6558},
    {6560, 6569},
    {6571, 6578},
    {6580, 6599},
    {6901, 6901},
    // 7: the state, territories, public bodies.
    {7111, 7113},
    {7120, 7120},
    {7150, 7150},
    {7160, 7160},
    {7171, 7172},
    {7179, 7179},
    {7190, 7190},
    {7210, 7210},
    {7220, 7220},
    {7225, 7225},
    {7229, 7230},
    {7312, 7314},
    {7321, 7323},
    {7331, 7331},
    {7340, 7349},
    {7351, 7357},
    {7361, 7367},
    {7371, 7373},
    {7378, 7379},
    {7381, 7385},
    {7389, 7389},
    {7410, 7410},
    {7430, 7430},
    {7450, 7450},
    {7470, 7470},
    {7490, 7490},
    // 8, 9: private bodies of a public kind; groups of private law.
    {8110, 8110},
    {8120, 8120},
    {8130, 8130},
    {8140, 8140},
    {8150, 8150},
    {8160, 8160},
    {8170, 8170},
    {8190, 8190},
    {8210, 8210},
    {8250, 8250},
    {8290, 8290},
    {8310, 8311},
    {8410, 8410},
    {8420, 8420},
    {8450, 8450},
    {8470, 8470},
    {8490, 8490},
    {8510, 8510},
    {8520, 8520},
    {9110, 9110},
    {9150, 9150},
    {9210, 9210},
    {9220, 9224},
    {9230, 9230},
    {9240, 9240},
    {9260, 9260},
    {9300, 9300},
    {9900, 9902},
    {9970, 9970},
};

}  // namespace

bool IsLegalForm(absl::string_view code) {
  if (code.size() != 4 || !std::all_of(code.begin(), code.end(), absl::ascii_isdigit)) return false;
  int number = 0;
  for (const char digit : code) number = number * 10 + (digit - '0');
  const auto* const after = std::upper_bound(
      std::begin(kForms), std::end(kForms), number,
      [](int value, const Run& run) { return value < static_cast<int>(run.first); });
  return after != std::begin(kForms) && number <= (after - 1)->last;
}

}  // namespace aplomb::catalog
