#include "decision/finding_texts.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace aplomb::decision {
namespace {

// In the order in which they are tried: a sentence of which another is the beginning comes first.
constexpr FindingText kTexts[] = {
    // The rulebook as a whole.
    {"The rules read {} facts of offerings; at most {}.",
     "Les règles lisent {1} faits des offres ; {2} au plus."},
    {"The {} text is missing.", "Il manque le texte {1}."},
    {"The {} text has {} characters; at most {}.", "Le texte {1} a {2} caractères ; {3} au plus."},
    {"\"{}\" is not filled in; allowed: {}.", "\"{1}\" n'est pas rempli ; admis : {2}."},
    {"{} is outside of {} to {}.", "{1} n'est pas entre {2} et {3}."},
    {"{} entries; allowed are {} to {}.", "{1} éléments ; admis : de {2} à {3}."},
    {"The id is one of lower-case letters, digits and hyphens, e.g. \"base\".",
     "L'identifiant a des lettres minuscules, des chiffres et des tirets, par exemple \"base\"."},
    {"What members pay is not said, so that no answer can state it; a revision is not proposed "
     "without.",
     "Ce que paient les membres n'est pas dit, et aucune réponse ne peut donc le dire ; une "
     "révision ne se propose pas sans cela."},
    {"The least fee is from 0, the greatest not below it and at most {} micros of EUR.",
     "La moindre cotisation part de 0, la plus forte n'est pas au-dessous et fait au plus {1} "
     "micros d'EUR."},
    {"The first day of validity is missing or no day.",
     "Le premier jour de validité manque, ou n'est pas un jour."},
    {"\"{}\" is there twice; missing: {}.", "\"{1}\" est donné deux fois ; il manque : {2}."},
    {"\"{}\" is there twice.", "\"{1}\" est donné deux fois."},
    {"The law table has no \"{}\".", "La table des lois n'a pas \"{1}\"."},
    {"There is no need \"{}\".", "Il n'y a pas de besoin \"{1}\"."},
    {"\"{}\" is no need id; e.g. \"EINV_RECV\".",
     "\"{1}\" n'a pas la forme d'un besoin, par exemple \"EINV_RECV\"."},
    {"There is no metric {}.", "Il n'y a pas de mesure d'usage {1}."},
    {"{} is there twice.", "{1} est donné deux fois."},
    {"No offering can state a limit of {}; it is not compared.",
     "Aucune offre ne peut donner de limite de {1} ; elle n'est pas comparée."},
    // Groups.
    {"\"{}\" is none of G1 to G6, or is there twice.",
     "\"{1}\" n'est pas un groupe de G1 à G6, ou est donné deux fois."},
    {"\"{}\" is none of G1 to G6; missing: {}.",
     "\"{1}\" n'est pas un groupe de G1 à G6 ; il manque : {2}."},
    {"\"{}\" is none of G1 to G6.", "\"{1}\" n'est pas un groupe de G1 à G6."},
    {"The group does not say why it weighs what it weighs in the default order; a revision is not "
     "proposed without.",
     "Le groupe ne dit pas pourquoi il a son poids dans l'ordre par défaut ; une révision ne se "
     "propose pas sans cela."},
    {"The group has no criterion, so that its weight could never count.",
     "Le groupe n'a pas de critère : son poids ne compterait jamais."},
    // Constraints.
    {"When a rule applies may depend on the firm and the request only, so that it applies to all "
     "offerings or to none.",
     "Le moment où une règle s'applique ne dépend que de l'entreprise et de la demande, pour "
     "qu'elle vaille pour toutes les offres ou pour aucune."},
    {"It reads nothing; leave it out for a rule without limit.",
     "Elle ne lit rien ; retirez-la pour une règle sans limite."},
    {"The id of a constraint is H01 to H99.", "L'identifiant d'une condition va de H01 à H99."},
    {"An exclusion needs a reason code, e.g. \"HORS_ZONE\".",
     "Une exclusion a besoin d'un code de raison, par exemple \"HORS_ZONE\"."},
    {"No comparison of satisfied_when has this measure on its left, so that nothing could be asked "
     "of what is observed.",
     "Aucune comparaison de satisfied_when n'a cette mesure à gauche : rien ne serait demandé de "
     "ce "
     "qui est observé."},
    {"Only a comparison inside satisfied_when of a constraint is reported; elsewhere its sentence "
     "would never be read.",
     "Seule une comparaison de satisfied_when d'une condition est rapportée ; ailleurs sa phrase "
     "ne "
     "serait jamais lue."},
    {"It reads no fact of the offering, so that all offerings come out alike.",
     "Elle ne lit aucun fait de l'offre : toutes les offres auraient le même résultat."},
    {"{} may be unknown, which would take the whole constraint out; read it in applies_when too, "
     "or "
     "use a request fact that is always known.",
     "{1} peut être inconnu, ce qui supprimerait toute la condition ; lisez-le aussi dans "
     "applies_when, ou prenez un fait de la demande toujours connu."},
    {"It can never hold: its bounds contradict each other.",
     "Elle n'est jamais remplie : ses bornes se contredisent."},
    // Criteria.
    {"The id of a criterion is C01 to C99.", "L'identifiant d'un critère va de C01 à C99."},
    {"Either all steps have a label or none has one.",
     "Soit tous les échelons ont un libellé, soit aucun."},
    {"Sets, trades and days are not more or less of something; use a coverage, sector_fit or a "
     "difference of days.",
     "Un ensemble, un métier, un jour ne sont pas plus ou moins de quelque chose ; prenez une "
     "couverture, sector_fit ou une différence de jours."},
    {"The direction is missing: MORE_IS_BETTER or LESS_IS_BETTER.",
     "Il manque le sens : MORE_IS_BETTER ou LESS_IS_BETTER."},
    {"A value is 0 to {}, not {}.", "Une valeur va de 0 à {1} ; trouvé : {2}."},
    {"x must rise from point to point; {} comes after {}.",
     "x doit croître de point en point ; {1} vient après {2}."},
    {"The value goes from {} to {} against {}.", "La valeur va de {1} à {2}, à l'inverse de {3}."},
    {"\"{}\" is no unit; allowed are {}.", "\"{1}\" n'est pas une unité ; admises : {2}."},
    {"The measure is in {}, not in {}.", "La mesure est en {1}, non en {2}."},
    {"Every offering would get the same value; the criterion tells nothing.",
     "Toutes les offres auraient la même valeur ; le critère ne dit rien."},
    {"The measure gives {} to {} and never {}.", "La mesure donne de {1} à {2} et jamais {3}."},
    {"Case {} takes all that this one would.", "Le cas {1} prend tout ce que prendrait celui-ci."},
    {"Cases go from the best to the worst; this one is worth {}, the one before it {}.",
     "Les cas vont du meilleur au pire ; celui-ci vaut {1}, le précédent {2}."},
    {"What remains must be worth least; it is worth {}, the last case {}.",
     "Ce qui reste doit valoir le moins ; il vaut {1}, le dernier cas {2}."},
    {"It measures what {} measures; that would count twice.",
     "Il mesure ce que mesure {1} ; cela compterait deux fois."},
    {"It asks what {} asks.", "Elle demande ce que demande {1}."},
    // Needs.
    {"\"{}\" is no feature id; e.g. \"click_collect\".",
     "\"{1}\" n'a pas la forme d'une fonction, par exemple \"click_collect\"."},
    {"An ordinal is 0 to {}, not {}.", "Un rang va de 0 à {1} ; trouvé : {2}."},
    {"The ordinal {} is taken.", "Le rang {1} est pris."},
    {"{} features are usual; {} to {} are.",
     "{1} fonctions sont dites usuelles ; il en faut de {2} à {3}."},
    {"{} features; {} to {} describe a need well.",
     "{1} fonctions ; de {2} à {3} décrivent bien un besoin."},
    {"The modes are DO_IT_YOURSELF and HAVE_IT_DONE, each at most once.",
     "Les modes sont DO_IT_YOURSELF et HAVE_IT_DONE, chacun une fois au plus."},
    {"At least one delivery mode is needed.", "Il faut au moins un mode."},
    {"The size class is one of SOLO to MEDIUM.", "La classe de taille va de SOLO à MEDIUM."},
    {"This size class is there twice.", "Cette classe de taille est donnée deux fois."},
    {"A rate is taken of a metric of money (ONLINE_SALES_MONTH, INSTORE_SALES_MONTH, "
     "MARKETPLACE_SALES_MONTH, AD_SPEND_MONTH); without a rate there is no metric.",
     "Un taux se prend sur une mesure d'argent (ONLINE_SALES_MONTH, INSTORE_SALES_MONTH, "
     "MARKETPLACE_SALES_MONTH, AD_SPEND_MONTH) ; sans taux, pas de mesure."},
    {"A cost of 0 cannot be a target.", "Un coût de 0 ne peut pas être une cible."},
    {"The source of the figure is missing.", "Il manque la source du chiffre."},
    {"SOLO, MICRO, SMALL and MEDIUM each need a cost for {}, or DO_IT_YOURSELF does.",
     "SOLO, MICRO, SMALL et MEDIUM ont chacune besoin d'un coût pour {1}, ou pour DO_IT_YOURSELF."},
    {"The metric is missing.", "Il manque la mesure d'usage."},
    {"This metric is there twice.", "Cette mesure d'usage est donnée deux fois."},
    {"There are four values, SOLO to MEDIUM; not {}.",
     "Il y a quatre valeurs, de SOLO à MEDIUM ; trouvé : {1}."},
    {"There is no rule \"{}\".", "Il n'y a pas de règle \"{1}\"."},
    {"{} names this need, and the need says that it does not apply.",
     "{1} nomme ce besoin, et le besoin dit qu'elle ne s'applique pas."},
    {"\"{}\" is not a fact of an offering.", "\"{1}\" n'est pas un fait d'une offre."},
    {"No need has this criterion in a delivery mode that it offers.",
     "Aucun besoin n'a ce critère dans un mode qu'il propose."},
    {"No need has this constraint in a delivery mode that it offers.",
     "Aucun besoin n'a cette condition dans un mode qu'il propose."},
    {"The prerequisite names no need.", "Le préalable ne nomme aucun besoin."},
    {"\"{}\" is no other need of this rulebook.",
     "\"{1}\" n'est pas un autre besoin de ces règles."},
    {"Its hard prerequisites lead back to it.", "Ses préalables fermes ramènent à lui."},
    {"No need assumes a usage of {}, so that a price by it could not be reckoned.",
     "Aucun besoin ne suppose d'usage {1} : un prix qui en dépend ne se calculerait pas."},
    // Weights and kinds.
    {"Six weights between the bounds cannot add up to 10,000.",
     "Six poids entre les bornes ne peuvent pas faire 10 000."},
    {"G{} would weigh {} with {}; allowed are {} to {}.",
     "G{1} pèserait {2} avec {3} ; admis : de {4} à {5}."},
    {"The default order names each of G1 to G6 once, and a method.",
     "L'ordre par défaut nomme chacun de G1 à G6 une fois, et une méthode."},
    {"In the default order the paperwork groups weigh {} together, more than {}; papers are a "
     "proxy of size.",
     "Dans l'ordre par défaut les groupes de papiers pèsent ensemble {1}, plus que {2} ; les "
     "papiers "
     "tiennent lieu de taille."},
    {"The kind is missing.", "Il manque la sorte d'offre."},
    {"This kind has this need already.", "Cette sorte a déjà ce besoin."},
    {"Upkeep has four amounts, SOLO to MEDIUM, or none.",
     "L'entretien a quatre montants, de SOLO à MEDIUM, ou aucun."},
    // Measures.
    {"\"{}\" says who offers something, what they pay or is prose; a rule may read fields marked "
     "FACT only.",
     "\"{1}\" dit qui offre, ce qu'il paie, ou est un texte ; une règle ne lit que les champs "
     "marqués FACT."},
    {"\"{}\" holds other facts or is a list; name a fact inside it or the derived fact made of it, "
     "such as \"{}\".",
     "\"{1}\" contient d'autres faits ou est une liste ; nommez un fait qui est dedans ou le fait "
     "qui "
     "en dérive, comme \"{2}\"."},
    {"There is no fact \"{}\"; the nearest name is \"{}\" (docs/facts.md has all).",
     "Il n'y a pas de fait \"{1}\" ; le nom le plus proche est \"{2}\" (docs/facts.md les a "
     "tous)."},
    {"The rulebook has more than {} measures or conditions; what follows was not read.",
     "Les règles ont plus de {1} mesures ou conditions ; la suite n'a pas été lue."},
    {"The scope is missing: MUST or NICE.", "Il manque la portée : MUST ou NICE."},
    {"The measure is empty; write one of {}.", "La mesure est vide ; écrivez l'une de : {1}."},
    {"A ladder has 1 to {} steps, this one {}.",
     "Une échelle a de 1 à {1} échelons ; celle-ci {2}."},
    {"A step is worth 1 to {} points, not {}.",
     "Un échelon vaut de 1 à {1} points ; trouvé : {2}."},
    {"A decision table has 1 to {} cases, this one {}.",
     "Une table de décision a de 1 à {1} cas ; celle-ci {2}."},
    {"offering_fact is a fact of the offering, firm_fact one of the firm or the request.",
     "offering_fact est un fait de l'offre, firm_fact un fait de l'entreprise ou de la demande."},
    {"Both facts must be sets over one list; {} is {} and {} is {} or over another list.",
     "Les deux faits sont des ensembles sur une même liste ; {1} est {2}, et {3} est {4} ou sur "
     "une "
     "autre liste."},
    {"Only numbers can be subtracted; {} is {}, {} is {}.",
     "Seuls des nombres se soustraient ; {1} est {2}, {3} est {4}."},
    {"The figure is missing: TCO_36, FIRST_YEAR, DOUBLE_USAGE_RISE or CASH_OUT_90_DAYS.",
     "Il manque le chiffre : TCO_36, FIRST_YEAR, DOUBLE_USAGE_RISE ou CASH_OUT_90_DAYS."},
    {"scale is 100 (percent) or 10,000 (basis points) with relative_to_target, and absent without "
     "it.",
     "scale vaut 100 (pour cent) ou 10 000 (points de base) avec relative_to_target, et manque "
     "sans "
     "lui."},
    // Conditions.
    {"Conditions are nested more than {} deep.",
     "Les conditions sont imbriquées sur plus de {1} niveaux."},
    {"The condition is empty; write one of all, any, negation, comparison.",
     "La condition est vide ; écrivez all, any, negation ou comparison."},
    {"The list of conditions is empty.", "La liste des conditions est vide."},
    {"A list has at most {} conditions, this one {}.",
     "Une liste a au plus {1} conditions ; celle-ci {2}."},
    {"A constant on the left says nothing.", "Une constante à gauche ne dit rien."},
    {"Trades are compared by the measure sector_fit only.",
     "Les métiers ne se comparent que par la mesure sector_fit."},
    {"There is no such evidence.", "Il n'y a pas de telle preuve."},
    {"The operator is missing.", "Il manque l'opérateur."},
    {"The left side is a set, which CONTAINS_ALL and INTERSECTS compare, not {}.",
     "Le côté gauche est un ensemble : CONTAINS_ALL et INTERSECTS le comparent, non {1}."},
    {"{} compares sets; the left side is {}.",
     "{1} compare des ensembles ; le côté gauche est {2}."},
    {"A yes/no is compared with EQ or NE, not with {}.",
     "Un oui/non se compare par EQ ou NE, non par {1}."},
    {"The left side is {}, which is not compared with a number; write truth, enum_value, codes or "
     "measure.",
     "Le côté gauche est {1}, qui ne se compare pas à un nombre ; écrivez truth, enum_value, codes "
     "ou measure."},
    {"The left side is {}, not a yes/no.", "Le côté gauche est {1}, non un oui/non."},
    {"The left side is {}, not an enum value.",
     "Le côté gauche est {1}, non une valeur d'énumération."},
    {"\"{}\" is not a value of {}.", "\"{1}\" n'est pas une valeur de {2}."},
    {"The left side is {}, not a set.", "Le côté gauche est {1}, non un ensemble."},
    {"The left side is in \"{}\", the right side in \"{}\".",
     "Le côté gauche est en \"{1}\", le droit en \"{2}\"."},
    {"The left side is {}, the right side {} or over another list.",
     "Le côté gauche est {1}, le droit {2} ou sur une autre liste."},
    {"The right side is missing; write one of value, truth, enum_value, codes, measure.",
     "Il manque le côté droit ; écrivez value, truth, enum_value, codes ou measure."},
    {"The comparison {} holds: the left side is {} to {}.",
     "La comparaison est {1} remplie : le côté gauche va de {2} à {3}."},
    {"The set of codes is empty.", "L'ensemble de codes est vide."},
    {"\"{}\" is not in {}.", "\"{1}\" n'est pas dans {2}."},
    {"{} is in \"{}\" and {} in \"{}\".", "{1} est en \"{2}\", et {3} en \"{4}\"."},
    // The parser of the text format (protobuf 3.21).
    {"Message type \"{}\" has no field named \"{}\".",
     "Le message \"{1}\" n'a pas de champ \"{2}\"."},
    {"Non-repeated field \"{}\" is specified multiple times.",
     "Le champ \"{1}\" est donné plusieurs fois ; il ne prend qu'une valeur."},
    {"Unknown enumeration value of \"{}\" for field \"{}\".",
     "Le champ \"{2}\" n'a pas de valeur \"{1}\"."},
    {"Expected identifier, got: {}", "Un nom est attendu ; trouvé : {1}"},
    {"Expected integer, got: {}", "Un nombre entier est attendu ; trouvé : {1}"},
    {"Expected integer or identifier, got: {}", "Un nombre ou un nom est attendu ; trouvé : {1}"},
    {"Expected string, got: {}", "Un texte entre guillemets est attendu ; trouvé : {1}"},
    {"Expected \"{}\", found \"{}\".", "\"{1}\" est attendu ; trouvé : \"{2}\"."},
    {"Integer out of range ({})", "Nombre trop grand ({1})"},
    {"Invalid value for boolean field \"{}\". Value: \"{}\".",
     "Le champ \"{1}\" prend true ou false ; trouvé : \"{2}\"."},
    {"String literals cannot cross line boundaries.",
     "Un texte entre guillemets tient sur une ligne : il manque le guillemet fermant."},
    {"Unexpected end of string.", "Le texte entre guillemets n'est pas fermé."},
    {"it is not a text of this message", "ce n'est pas le texte de ce message"},
};

// Words that stand in sentences.
constexpr std::pair<absl::string_view, absl::string_view> kWords[] = {
    {"French", "français"},      {"English", "anglais"},
    {"always", "toujours"},      {"never", "jamais"},
    {"a yes/no", "un oui/non"},  {"an enum value", "une valeur d'énumération"},
    {"a set", "un ensemble"},    {"a number", "un nombre"},
    {"an amount", "un montant"}, {"a limit", "une limite"},
    {"a day", "un jour"},        {"trades", "des métiers"},
};

// What "{}" stood for in each place, if `text` is made by `pattern`.
bool Match(absl::string_view text, absl::string_view pattern, std::vector<std::string>& found) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, "{}");
  if (!absl::ConsumePrefix(&text, parts.front())) return false;
  for (size_t i = 1; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (last && !absl::EndsWith(text, parts[i])) return false;
    const size_t end = last ? text.size() - parts[i].size() : text.find(parts[i]);
    if (end == absl::string_view::npos) return false;
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(end + parts[i].size());
  }
  return text.empty();
}

absl::string_view InFrench(absl::string_view word) {
  for (const auto& [en, fr] : kWords) {
    if (en == word) return fr;
  }
  return word;
}

}  // namespace

absl::Span<const FindingText> FindingTexts() { return kTexts; }

std::string FrenchOfFinding(absl::string_view english) {
  // What the parser says stands after our words; what the table has not is better read in English
  // than not at all.
  if (absl::ConsumePrefix(&english, "The text cannot be read: ")) {
    const std::string why = FrenchOfFinding(english);
    return absl::StrCat("Le texte ne peut pas être lu : ", why.empty() ? english : why);
  }
  for (const FindingText& text : kTexts) {
    std::vector<std::string> values;
    if (!Match(english, text.en, values)) continue;
    // All at once: a value may hold braces of its own.
    std::vector<std::pair<std::string, absl::string_view>> holes;
    for (size_t i = 0; i < values.size(); ++i) {
      holes.emplace_back(absl::StrCat("{", i + 1, "}"), InFrench(values[i]));
    }
    return absl::StrReplaceAll(text.fr, holes);
  }
  return "";
}

}  // namespace aplomb::decision
