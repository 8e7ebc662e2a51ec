#include "cli/texts.h"

#include <CLI/CLI.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/text_table.h"

namespace aplomb::cli {
namespace {

constexpr Text kHelp[] = {
    {"imports, exports and backups on their way", "imports, exports et sauvegardes en cours"},
    {"operations/…", "operations/…"},
    {"how far an operation is", "où en est une opération"},
    {"wait until an operation is done", "attend la fin d'une opération"},
    {"end an operation; what was written stays",
     "met fin à une opération ; ce qui est écrit reste"},
    {"list your operations", "liste vos opérations"},
    {"fill a data directory; make proposals where it is filled",
     "remplit un répertoire de données ; s'il l'est déjà, fait des propositions"},
    {"data directory; no server may be using it",
     "répertoire de données ; aucun serveur ne doit l'utiliser"},
    {"hand in what nothing is wrong with, where it becomes proposals",
     "remet ce qui est sans faute, quand ce sont des propositions"},
    {"what bulk export wrote: its claims stand",
     "ce que bulk export a écrit : ses preuves tiennent"},
    {"a fact that you have checked, as in claims",
     "un fait que vous avez vérifié, comme dans claims"},
    {"tell what a second look has found", "dit ce qu'a trouvé un second regard"},
    {"with an answer NO: code of docs/reviewing.md",
     "avec une réponse NO : code de docs/reviewing.md"},
    {"remind members, mark what is out of date, end what has run out (operator)",
     "rappelle aux membres, marque ce qui est périmé, finit ce qui est échu (opérateur)"},
    {"uid of the ownership group; default: one of its own",
     "uid du groupe de propriété ; sinon un à soi"},
    {"PURPOSE=ADDRESS: CATALOGUE, CONTESTS, SECURITY or SALES; never a person's",
     "OBJET=ADRESSE : CATALOGUE, CONTESTS, SECURITY ou SALES ; jamais celle d'une personne"},
    {"family that it means to serve", "famille qu'il entend servir"},
    {"change what the register says of a member", "change ce que le registre dit d'un membre"},
    {"suspend a member or one of its offerings", "suspend un membre ou une de ses offres"},
    {"take one of your offerings out of the catalogue", "retire une de vos offres du catalogue"},
    {"make, check and put back copies of the log",
     "fait, vérifie et remet en place des copies du journal"},
    {"add a backup to a folder", "ajoute une sauvegarde à un dossier"},
    {"folder of backups", "dossier de sauvegardes"},
    {"leave out the keys of sections", "sans les clés des sections"},
    {"list the backups of a folder", "liste les sauvegardes d'un dossier"},
    {"read a backup and compare its root", "lit une sauvegarde et compare sa racine"},
    {"number of a backup; default: the newest", "numéro d'une sauvegarde ; sinon la plus récente"},
    {"put a backup in the place of the database", "met une sauvegarde à la place de la base"},
    {"your copy of keys/log.key", "votre copie de keys/log.key"},
    {"why an older copy is taken; the log tells it",
     "pourquoi une copie plus ancienne ; le journal le dit"},
    {"read the catalogue at any revision", "lit le catalogue à toute révision"},
    {"what differs between two revisions", "ce qui diffère entre deux révisions"},
    {"catalogue revision", "révision du catalogue"},
    {"catalogue revision; default: now", "révision du catalogue ; sinon l'actuelle"},
    {"show the catalogue, a member or an offering", "montre le catalogue, un membre ou une offre"},
    {"members/… or members/…/offerings/…", "members/… ou members/…/offerings/…"},
    {"list offerings", "liste les offres"},
    {"members/…: only of this member", "members/… : de ce membre seulement"},
    {"for whom there is too little to choose from", "pour qui il y a trop peu de choix"},
    {"only this need", "ce besoin seulement"},
    {"independent groups that are enough", "nombre suffisant de groupes indépendants"},
    {"table, json or csv", "table, json ou csv"},
    {"only gaps", "les lacunes seulement"},
    {"equal treatment of submissions, measured",
     "l'égalité de traitement des propositions, mesurée"},
    {"what became of each proposal, under pseudonyms",
     "le sort de chaque proposition, sous pseudonyme"},
    {"file with the auditor's key", "fichier de la clé de l'auditeur"},
    {"file to write to; default: the screen", "fichier à écrire ; sinon l'écran"},
    {"print an entry to fill in, for a family", "imprime une fiche à remplir, pour une famille"},
    {"family, e.g. ECOMMERCE", "famille, par exemple ECOMMERCE"},
    {"print the JSON Schema of an entry", "imprime le schéma JSON d'une fiche"},
    {"what: offering", "quoi : offering"},
    {"many entries at once", "beaucoup de fiches à la fois"},
    {"make proposals from a file", "fait des propositions d'un fichier"},
    {"file", "fichier"},
    {"format of the file; auto: by its name", "format du fichier ; auto : par son nom"},
    {"id of the member", "identifiant du membre"},
    {"mapping of a foreign format", "table de correspondance d'un format étranger"},
    {"id to go on with; default: of the contents",
     "identifiant à reprendre ; sinon tiré du contenu"},
    {"hand in what nothing is wrong with", "remet ce qui n'a aucun défaut"},
    {"read, and print entries as JSON lines", "lit, et imprime des lignes JSON"},
    {"write published entries to a file", "écrit les fiches publiées dans un fichier"},
    {"id of the member; default: all", "identifiant du membre ; sinon tous"},
    {"what became of each row", "le sort de chaque ligne"},
    {"operations/import.…", "operations/import.…"},
    {"how your own offerings are read", "comment vos propres offres sont lues"},
    {"how an offering is read and came up", "comment une offre est lue et apparaît"},
    {"what an entry would change", "ce qu'une fiche changerait"},
    // The program.
    {"Aplomb: a vendor-neutral solution recommender whose neutrality can be checked",
     "Aplomb : un recommandeur de solutions, neutre, et dont la neutralité se vérifie"},
    {"Exit codes: 0 done, 1 failed, 2 usage, 3 invalid input, 4 not found, 5 not allowed,\n"
     "6 unavailable, 7 storage. More in docs/cli.md.",
     "Codes de sortie : 0 fait, 1 échec, 2 ligne de commande, 3 données refusées, 4 introuvable,\n"
     "5 interdit, 6 indisponible, 7 stockage. Plus dans docs/cli.md."},
    {"Print this help message and exit", "imprime cette aide"},
    {"print the help of every command and exit", "imprime l'aide de toutes les commandes"},
    {"Display program version information and exit", "imprime la version du programme"},
    {"language of all that is printed", "langue de tout ce qui est imprimé"},
    {"print JSON for machines", "imprime du JSON, pour les machines"},
    // Reaching a server.
    {"data directory of a server on this machine (or APLOMB_DATA_DIR)",
     "répertoire d'un serveur de cette machine (ou APLOMB_DATA_DIR)"},
    {"host:port (or APLOMB_SERVER)", "hôte:port (ou APLOMB_SERVER)"},
    {"file with the bearer token (or APLOMB_TOKEN)", "fichier du jeton d'accès (ou APLOMB_TOKEN)"},
    {"PEM of the server's authority: calls with TLS",
     "PEM de l'autorité du serveur : appels en TLS"},
    {"milliseconds to wait", "attente au plus, en millisecondes"},
    {"PEM of the authority", "PEM de l'autorité"},
    {"HOST:PORT of a server that proves instead", "HÔTE:PORT d'un serveur qui prouve à la place"},
    {"file with an auditor's or a reviewer's token",
     "fichier du jeton d'un auditeur ou d'un relecteur"},
    {"logged recommendations, instead of profiles",
     "des recommandations du journal, au lieu de profils"},
    // serve, import, token.
    {"serve a data directory over gRPC", "sert un répertoire de données par gRPC"},
    {"data directory", "répertoire de données"},
    {"address to listen on", "adresse d'écoute"},
    {"address that serves the log's files over HTTP (default none)",
     "adresse qui sert les fichiers du journal par HTTP (par défaut aucune)"},
    {"file of callers (default DATA/tokens)", "fichier des appelants (par défaut DATA/tokens)"},
    {"PEM certificate chain", "chaîne de certificats, PEM"},
    {"PEM private key", "clé privée, PEM"},
    {"policy file whose witnesses cosign the log",
     "fichier de règles dont les témoins cosignent le journal"},
    {"file for the newest signed checkpoint, best on another disk",
     "fichier du dernier point de contrôle signé, de préférence sur un autre disque"},
    {"fill an empty directory with the made-up sample catalogue",
     "remplit un répertoire vide avec le catalogue d'exemple, fictif"},
    {"folder that holds catalog/", "dossier qui contient catalog/"},
    {"folder in the project's own format", "dossier au format du projet"},
    {"folder of the rulebook", "dossier des règles"},
    {"Pricing2Yaml: file or list", "Pricing2Yaml : fichier ou liste"},
    {"list of self-hosted software", "liste de logiciels à héberger soi-même"},
    {"day of the list or files, YYYY-MM-DD (selfhosted, publiccode)",
     "jour de la liste ou des fichiers, AAAA-MM-JJ (selfhosted, publiccode)"},
    {"day on which a reviewer has read all prices again, YYYY-MM-DD",
     "jour où un relecteur a relu tous les prix, AAAA-MM-JJ"},
    {"who has read the prices again", "qui a relu les prix"},
    {"print every record, not a summary", "affiche chaque enregistrement, pas un résumé"},
    {"publiccode.yml, or a folder of them", "publiccode.yml, ou un dossier qui en contient"},
    {"list of second factors by domain", "liste des seconds facteurs par domaine"},
    {"reviewer's mapping of products", "table du relecteur : produits vers besoins"},
    {"reviewer's mapping of categories", "table du relecteur : catégories vers besoins"},
    {"exchange_rates.yaml", "exchange_rates.yaml, les taux de change"},
    {"write the report as JSON to this file", "écrit le compte rendu en JSON dans ce fichier"},
    {"read and check, write nothing", "lit et vérifie, n'écrit rien"},
    {"draw a bearer token for a caller", "tire un jeton d'accès pour un appelant"},
    {"ADVISOR, MEMBER, REVIEWER, OPERATOR, AUDITOR",
     "ADVISOR (conseiller), MEMBER, REVIEWER (relecteur), OPERATOR, AUDITOR"},
    {"who; of a member, its id", "qui ; d'un membre, son identifiant"},
    // fsck, replay, erase.
    {"look through the log of a stopped server for damage",
     "cherche des dégâts dans le journal d'un serveur arrêté"},
    {"file of the newest checkpoint", "fichier du dernier point de contrôle signé"},
    {"policy file whose witnesses' cosignatures are verified",
     "fichier de politique dont les cosignatures des témoins sont vérifiées"},
    {"also project the whole log anew and compare every byte",
     "projette en plus tout le journal à neuf et compare chaque octet"},
    {"make logged decisions again and compare them",
     "refait les décisions du journal et les compare"},
    {"data directory of a stopped server", "répertoire de données d'un serveur arrêté"},
    {"this log entry only", "cette entrée du journal seulement"},
    {"all of them (the default)", "toutes (par défaut)"},
    {"at the same time", "à la fois"},
    {"erase what an engagement holds of the firm, for good",
     "efface pour toujours ce qu'un dossier contient de l'entreprise"},
    {"its id", "son identifiant"},
    {"1 the firm asked, 2 the time of keeping is over, 3 an authority",
     "1 l'entreprise le demande, 2 la durée de conservation est passée, 3 une autorité"},
    // recommend, show.
    {"ask for a recommendation", "demande une recommandation"},
    {"file with the firm and its needs", "fichier de l'entreprise et de ses besoins"},
    {"needs, instead of those of the file", "besoins, au lieu de ceux du fichier"},
    {"continue this engagement", "continue ce dossier"},
    {"a trial run, logged as such", "un essai, consigné comme tel"},
    {"day asked about, YYYY-MM-DD", "jour considéré, AAAA-MM-JJ"},
    {"ask at a past revision", "demande à une révision passée"},
    {"ask by past rules, rulebooks/…/revisions/…",
     "demande selon des règles passées, rulebooks/…/revisions/…"},
    {"offerings per list to explain", "offres à expliquer par liste"},
    {"write the receipt to this file", "écrit le reçu dans ce fichier"},
    {"print a recommendation again", "imprime de nouveau une recommandation"},
    {"engagements/…/recommendations/…", "engagements/…/recommendations/…"},
    // explain, notice, report.
    {"explain a recommendation", "explique une recommandation"},
    {"members/…/offerings/…", "members/…/offerings/…"},
    {"the other offering", "l'autre offre"},
    {"only this need of the recommendation", "ce besoin de la recommandation seulement"},
    {"what the offering is to reach", "ce que l'offre doit atteindre"},
    {"who is to change something", "qui doit changer quelque chose"},
    {"why an offering stands where it stands", "pourquoi une offre est là où elle est"},
    {"two offerings side by side", "deux offres côte à côte"},
    {"the fewest changes that would bring it forward",
     "le moins de changements qui la feraient avancer"},
    {"how sure the result is of its weights", "ce que le résultat doit aux poids"},
    {"what is not known, and what to ask next", "ce qu'on ne sait pas, et quoi demander ensuite"},
    {"what to give up where nothing qualifies", "à quoi renoncer quand rien ne convient"},
    {"the path: duties of law, steps, bundles",
     "le parcours : obligations légales, étapes, offres groupées"},
    {"how offerings are ranked", "comment les offres sont classées"},
    {"rulebooks/…/revisions/…; default: the one in force",
     "rulebooks/…/revisions/… ; par défaut celle en vigueur"},
    {"print the whole HTML document", "imprime le document HTML entier"},
    {"the owner's report", "le rapport pour le dirigeant"},
    {"FILE.html or FILE.pdf; default: HTML to the screen",
     "FICHIER.html ou FICHIER.pdf ; par défaut du HTML à l'écran"},
    // The catalogue and the rules.
    {"list the members", "liste les membres"},
    {"list offerings, or show one", "liste les offres, ou en montre une"},
    {"members/…/offerings/…: show this one", "members/…/offerings/… : montre celle-ci"},
    {"only those for this need", "seulement celles pour ce besoin"},
    {"list the needs, or show one", "liste les besoins, ou en montre un"},
    {"id of a need: show this one", "identifiant d'un besoin : montre celui-ci"},
    {"check or show the rules", "vérifie ou montre les règles"},
    {"compile a rulebook's files", "compile les fichiers d'un jeu de règles"},
    {"folder with rulebook.textproto", "dossier où est rulebook.textproto"},
    {"law_table.yaml: check legal bases too", "law_table.yaml : vérifie aussi les bases légales"},
    {"look for rules about one member of the sample",
     "cherche les règles qui ne visent qu'un membre de l'exemple"},
    {"of this data directory, which no server has open",
     "de ce répertoire de données, qu'aucun serveur n'a ouvert"},
    {"of this folder of a catalogue", "de ce dossier d'un catalogue"},
    {"public keys that may sign waivers, one per line",
     "clés publiques qui peuvent signer des dérogations, une par ligne"},
    {"run a rulebook's tests and tell what they cover",
     "exécute les tests d'un jeu de règles et dit ce qu'ils couvrent"},
    {"folder with tests/ (default: the published one)",
     "dossier où est tests/ (par défaut les règles publiées)"},
    {"propose a revision: checked, tested, compared, and all members told",
     "propose une révision : vérifiée, testée, comparée, et annoncée à tous les membres"},
    {"first day, YYYY-MM-DD, thirty days ahead or more (default: the file's)",
     "premier jour, AAAA-MM-JJ, dans trente jours au moins (par défaut celui du fichier)"},
    {"no ledger: the revision says that gaps by fee were not examined",
     "sans registre : la révision dit que les écarts selon la cotisation n'ont pas été examinés"},
    {"check and compute everything, change nothing", "vérifie et calcule tout, ne change rien"},
    {"take a pending revision back, and tell all members",
     "retire une révision annoncée et le dit à tous les membres"},
    {"reason for the members, in French", "raison pour les membres, en français"},
    {"reason for the members, in English", "raison pour les membres, en anglais"},
    {"list the revisions proposed, or show one with its impact and bias",
     "liste les révisions proposées, ou en montre une avec ses effets et ses écarts"},
    {"what a changed offering would do to the answers of reference firms",
     "ce qu'une offre modifiée changerait aux réponses d'entreprises de référence"},
    {"what is attached to this revision", "ce qui est joint à cette révision"},
    {"draw a key that may sign waivers", "tire une clé qui pourra signer des dérogations"},
    {"name of the key, e.g. charter.example/rules", "nom de la clé, p. ex. charter.example/rules"},
    {"file for the private key", "fichier pour la clé privée"},
    {"sign for a finding, for a time", "signe pour un constat, pour un temps"},
    {"\"CODE PLACE MEMBER\", as the check tells it",
     "« CODE ENDROIT MEMBRE », comme la vérification le donne"},
    {"file of the private key", "fichier de la clé privée"},
    {"who signs", "qui signe"},
    {"last day, YYYY-MM-DD", "dernier jour, AAAA-MM-JJ"},
    {"why the rule may stand", "pourquoi la règle peut rester"},
    {"id of the rulebook", "identifiant du jeu de règles"},
    {"print the rules in force", "imprime les règles en vigueur"},
    {"rulebooks/…/revisions/…", "rulebooks/…/revisions/…"},
    {"what another rulebook would do to the answers of reference firms",
     "ce que d'autres règles changeraient aux réponses d'entreprises de référence"},
    {"folder of the rulebook in force", "dossier des règles en vigueur"},
    {"folder of the other one", "dossier de l'autre"},
    // neutrality.
    {"prove that no name, fee or place has a part in a result",
     "prouve que ni nom, ni cotisation, ni place n'entrent dans un résultat"},
    {"the made-up sample catalogue", "le catalogue d'exemple, fictif"},
    {"data directory that no server has open", "répertoire de données qu'aucun serveur n'a ouvert"},
    {"folder of a catalogue", "dossier d'un catalogue"},
    {"folder of profiles (*.yaml)", "dossier de profils (*.yaml)"},
    {"file of yearly fees by member", "fichier des cotisations annuelles par membre"},
    {"day, YYYY-MM-DD (default today)", "jour, AAAA-MM-JJ (par défaut aujourd'hui)"},
    {"decide again on permuted bytes and compare the results",
     "décide de nouveau sur des octets permutés et compare les résultats"},
    {"permutations", "permutations"},
    {"of the permutations", "des permutations"},
    {"permutations at a time", "permutations à la fois"},
    {"gaps between groups of members, criterion by criterion",
     "écarts entre groupes de membres, critère par critère"},
    // log, receipt, witness.
    {"the neutrality log", "le journal de neutralité"},
    {"write the published log as static files",
     "écrit le journal publié sous forme de fichiers statiques"},
    {"print the entries: place, time, type, bytes, leaf hash",
     "affiche les entrées : place, heure, type, octets, empreinte de feuille"},
    {"place of the first entry", "place de la première entrée"},
    {"go on with what is written later", "continue avec ce qui est écrit ensuite"},
    {"change the key that signs the log: begin, and with --end, end",
     "change la clé qui signe le journal : commence, et avec --end, achève"},
    {"the old key signs no longer", "l'ancienne clé ne signe plus"},
    {"file of the newest signed checkpoint, as the server has it",
     "fichier du dernier point de contrôle signé, le même que celui du serveur"},
    {"what the firm told, what is kept for auditors, or both",
     "ce que l'entreprise a dit, ce qui est gardé pour les auditeurs, ou les deux"},
    {"print origin, key, size and newest checkpoint",
     "affiche l'origine, la clé, la taille et le dernier point de contrôle"},
    {"make a receipt anew at a checkpoint that witnesses have cosigned",
     "refait un reçu à un point de contrôle que des témoins ont cosigné"},
    {"file for the new receipt (default: in place of the old one)",
     "fichier du nouveau reçu (par défaut : à la place de l'ancien)"},
    {"answer only once the policy's quorum has cosigned",
     "ne répond qu'une fois que le quorum de la politique a cosigné"},
    {"name of the log that --sample begins, e.g. example.org/aplomb",
     "nom du journal que --sample commence, p. ex. example.org/aplomb"},
    {"name of the log that is begun, e.g. example.org/aplomb",
     "nom du journal qui est commencé, p. ex. example.org/aplomb"},
    {"folder, new or of an earlier export", "dossier, nouveau ou d'une exportation précédente"},
    {"receipts of recommendations", "reçus des recommandations"},
    {"check a receipt; needs no server", "vérifie un reçu ; sans serveur"},
    {"receipt (.tlog-proof)", "reçu (.tlog-proof)"},
    {"whom to trust (C2SP tlog-policy)", "à qui se fier (C2SP tlog-policy)"},
    {"the entry, if the receipt has it not", "l'entrée, si le reçu ne la contient pas"},
    {"a section shown to you", "une section qu'on vous a montrée"},
    {"fail unless the policy's quorum has cosigned",
     "échoue si le quorum des règles n'a pas cosigné"},
    {"cosign logs that only grow (C2SP tlog-witness)",
     "cosigne des journaux qui ne font que grandir (C2SP tlog-witness)"},
    {"address", "adresse"},
    {"file with the private key", "fichier de la clé privée"},
    {"name of the witness: makes the key file if it is not there",
     "nom du témoin : crée le fichier de clé s'il n'y est pas"},
    {"public key of a log; may be given again", "clé publique d'un journal ; répétable"},
    {"folder for what was signed", "dossier de ce qui a été signé"},
    // proposal.
    {"write and follow a member's proposals", "écrit et suit les propositions d'un membre"},
    {"print an entry to fill in", "imprime une fiche à remplir"},
    {"the need that it is for", "le besoin visé"},
    {"check an entry; needs no server", "vérifie une fiche ; sans serveur"},
    {"entry (YAML or JSON)", "fiche (YAML ou JSON)"},
    {"check an entry and hand it in", "vérifie une fiche et la remet"},
    {"members/…/proposals/…: go on with this one", "members/…/proposals/… : continue celle-ci"},
    {"show a proposal, or list a member's", "montre une proposition, ou liste celles d'un membre"},
    {"members/…/proposals/… or members/…", "members/…/proposals/… ou members/…"},
    {"take a proposal back", "retire une proposition"},
    {"members/…/proposals/…", "members/…/proposals/…"},
    {"show what differs from what is published", "montre ce qui diffère de ce qui est publié"},
    // review.
    {"decide about proposals", "décide des propositions"},
    {"list what you are drawn for", "liste ce pour quoi vous êtes tiré au sort"},
    {"show a proposal with checklist and duplicates",
     "montre une proposition, sa liste de contrôle et ses doublons"},
    {"of what you have read (review show)", "etag de ce que vous avez lu (review show)"},
    {"ITEM=YES, NO or NOT_APPLICABLE", "POINT=YES, NO ou NOT_APPLICABLE"},
    {"vote for publishing", "vote pour publier"},
    {"vote for giving it back", "vote pour la rendre"},
    {"what is to be mended", "ce qui est à reprendre"},
    {"vote for refusing it", "vote pour la refuser"},
    {"what stands behind the codes", "ce qui justifie les codes"},
    {"code of docs/reviewing.md", "code de docs/reviewing.md"},
    {"draw reviewers for what waits", "tire des relecteurs pour ce qui attend"},
    {"declare your interests", "déclare vos intérêts"},
    {"members/…; none: you have none", "members/… ; aucun : vous n'en avez pas"},
    // claims.
    {"what members have stated", "ce que les membres ont déclaré"},
    {"list what falls due", "liste ce qui arrive à échéance"},
    {"how far ahead", "combien de jours d'avance"},
    // contest.
    {"contest a decision, a fact, a rank", "conteste une décision, un fait, un rang"},
    {"open a contest", "ouvre une contestation"},
    {"what is contested: members/…, engagements/…/recommendations/…",
     "ce qui est contesté : members/…, engagements/…/recommendations/…"},
    {"DECISION, FACT, EXCLUSION or RANK",
     "DECISION (décision), FACT (fait), EXCLUSION ou RANK (rang)"},
    {"why", "pourquoi"},
    {"show a contest", "montre une contestation"},
    {"contests/…", "contests/…"},
    {"list contests", "liste les contestations"},
    {"say that it was received", "en accuse réception"},
    {"answer it, with reasons", "y répond, avec les motifs"},
    {"UPHELD, UPHELD_IN_PART or DISMISSED",
     "UPHELD (fondée), UPHELD_IN_PART (en partie) ou DISMISSED (rejetée)"},
    {"the reasons", "les motifs"},
    // member.
    {"register, suspend and end memberships", "inscrit, suspend et clôt des adhésions"},
    {"register a member", "inscrit un membre"},
    {"the member's id", "l'identifiant du membre"},
    {"name for people", "nom affiché"},
    {"PUBLISHER, MANUFACTURER, HOST, AGENCY or PROFESSIONAL_UNION",
     "PUBLISHER (éditeur), MANUFACTURER, HOST (hébergeur), AGENCY, PROFESSIONAL_UNION"},
    {"SIREN where there is one", "SIREN s'il y en a un"},
    {"ISO 3166-1", "code de pays ISO 3166-1"},
    {"https://…", "https://…"},
    {"made up, in a made-up catalogue", "fictif, dans un catalogue fictif"},
    {"members/…", "members/…"},
    {"end a suspension", "lève une suspension"},
    {"give 30 days' notice", "donne un préavis de 30 jours"},
    {"list the decisions about a member", "liste les décisions sur un membre"},
    {"put a reviewer on the roster", "inscrit un relecteur sur la liste"},
    {"the reviewer's id", "l'identifiant du relecteur"},
    {"members/…: belongs to it", "members/… : en fait partie"},
    {"is not drawn any more", "n'est plus tiré au sort"},
    // completion.
    {"print completion for a shell", "imprime la complétion pour un shell"},
    {"bash, zsh or fish", "bash, zsh ou fish"},
};

constexpr Text kUsage[] = {
    {"A subcommand is required", "il manque une commande"},
    {"The following argument was not expected: {}", "argument inattendu : {}"},
    {"The following arguments were not expected: {}", "arguments inattendus : {}"},
    {"{}: Value {} not in range {} to {}", "{} : {} n'est pas entre {} et {}"},
    {"{}: {} not in {}", "{} : {} n'est pas dans {}"},
    {"{}: {} is not HOST:PORT",
     "{} : {} n'est pas HÔTE:PORT, par exemple 127.0.0.1:7443 ou [::1]:7443"},
    {"{}: {} required {} missing", "{} : {} valeur attendue ({}), il n'y en a pas"},
    {"{}: At least {} required but received {}", "{} : au moins {} attendus, {} donnés"},
    {"{}: At Most {} required but received {}", "{} : au plus {} attendus, {} donnés"},
    {"Expected exactly {} arguments to {}, got {}", "{} valeurs attendues pour {}, {} données"},
    {"Could not convert: {} = {}", "{} : valeur de forme inattendue, {}"},
    {"{} was given a disallowed flag override", "{} ne prend pas de valeur"},
    {"{}: Should be true/false or a number", "{} : true, false ou un nombre"},
    {"{}: too many inputs for a flag", "{} : trop de valeurs"},
    {"{} excludes {}", "{} ne va pas avec {}"},
    {"{} requires {}", "{} demande aussi {}"},
    {"{} is required", "il manque {}"},
};

constexpr ReasonText kReasonTexts[] = {
    // Of the service: one for each row of service/reasons.cc.
    {"TOKEN_MISSING", "Aucun jeton d'accès n'a été donné : --token-file FICHIER ou APLOMB_TOKEN."},
    {"TOKEN_UNKNOWN", "Ce serveur ne connaît pas ce jeton d'accès ; demandez-en un à l'opérateur."},
    {"ROLE_NOT_ALLOWED", "Votre rôle ne permet pas cette demande."},
    {"NOT_OWNER", "Cela n'existe pas, ou n'est pas à vous."},
    {"MESSAGE_MALFORMED", "La demande n'a pas la forme attendue."},
    {"MESSAGE_TOO_LARGE", "La demande est trop grande."},
    {"BAD_REQUEST", "La demande a des erreurs."},
    {"REQUEST_ID_REUSED", "Cet identifiant de demande a déjà servi pour une autre demande."},
    {"PAGE_TOKEN_INVALID", "Ce jeton de page n'est pas de cette liste ; recommencez au début."},
    {"RESOURCE_NOT_FOUND", "Introuvable : il n'y a rien sous ce nom."},
    {"RESOURCE_ERASED", "Le contenu a été effacé ; le journal prouve qu'il a existé."},
    {"ENGAGEMENT_EXISTS", "Cet identifiant de dossier est déjà pris."},
    {"RECOMMENDATION_EXISTS", "Cet identifiant de recommandation est déjà pris."},
    {"REVISION_UNAVAILABLE", "Le catalogue n'a pas cette révision."},
    {"DECISION_TOO_LARGE", "Le résultat est trop grand : demandez moins de besoins à la fois."},
    {"STATE_FORBIDS", "L'état actuel ne le permet pas."},
    {"ETAG_MISMATCH",
     "Quelqu'un l'a changé entre-temps : relisez, puis recommencez avec le nouvel etag."},
    {"NAME_TAKEN", "Ce nom est déjà pris."},
    {"MEMBER_NOT_ACTIVE", "Ce membre n'est pas actif."},
    {"PROPOSAL_OPEN", "Une proposition est déjà ouverte pour cette offre."},
    {"TOO_MANY_PROPOSALS", "Ce membre a trop de propositions ouvertes."},
    {"OPERATION_RUNNING", "Une sauvegarde est en cours : attendez sa fin."},
    {"OPERATION_DONE", "Cet import est terminé : commencez-en un autre."},
    {"ROW_OUT_OF_ORDER", "Des lignes manquent avant ce lot : reprenez à la ligne indiquée."},
    {"NOT_DRAWN", "Vous n'êtes pas tiré au sort pour cette proposition."},
    {"QUEUE_ORDER", "Une proposition plus ancienne vous attend d'abord."},
    {"RECUSED", "Vos intérêts déclarés vous écartent de cette proposition."},
    {"QUEUE_FULL", "Le serveur est occupé ; recommencez dans un instant."},
    {"TOO_MANY_TAILS", "Trop de lectures continues du journal sont ouvertes."},
    {"PROOF_RUNNING",
     "Une preuve de neutralité est en cours, et il n'y en a qu'une à la fois ; recommencez après."},
    {"DEADLINE_PASSED", "Le délai est passé avant la réponse."},
    {"CALL_CANCELLED", "L'appel a été annulé."},
    {"SHUTTING_DOWN", "Le serveur s'arrête ; recommencez quand il est de nouveau là."},
    {"STORAGE_FAILED",
     "Le journal ne peut pas être écrit en ce moment ; la même demande peut être renvoyée."},
    {"STORAGE_FULL",
     "Le disque est plein : libérez de la place et recommencez ; ce qui a été confirmé est "
     "enregistré."},
    {"DATA_DAMAGED", "Des données enregistrées sont endommagées ; l'opérateur doit vérifier."},
    {"INTERNAL_ERROR", "Une erreur de notre côté ; le journal de l'opérateur en dit plus."},
    // The store of a data directory.
    {"DATABASE_LOCKED",
     "Le répertoire est ouvert par un autre processus : arrêtez ce serveur, ou choisissez un autre "
     "répertoire."},
    {"DATABASE_NOT_FOUND",
     "Il n'y a pas de base dans ce répertoire : vérifiez le chemin, ou remplissez-en un avec "
     "`aplomb import`."},
    {"DATABASE_DAMAGED",
     "La base est endommagée : arrêtez, gardez le répertoire tel quel pour l'enquête, et restaurez "
     "une sauvegarde."},
    {"DATABASE_UNREADABLE",
     "Le répertoire de la base ne peut pas être ouvert : vérifiez que c'en est un, ses droits et "
     "le disque."},
    {"ENTRY_DAMAGED", "Une entrée du journal est endommagée : restaurez une sauvegarde."},
    {"ENTRY_NOT_FOUND", "Le journal n'a pas cette entrée."},
    {"FILE_NOT_WRITTEN", "Un fichier n'a pas pu être écrit : vérifiez les droits et le disque."},
    {"FILE_NOT_READ", "Un fichier n'a pas pu être lu : vérifiez les droits et le disque."},
    {"KEY_STORE_NOT_FOUND",
     "Il manque le magasin de clés : sans lui aucune section du journal n'est lisible. "
     "Remettez-le."},
    {"KEY_STORE_DAMAGED", "Le magasin de clés est endommagé : restaurez une sauvegarde."},
    {"SECTION_ERASED", "Cette partie a été effacée ; le journal prouve qu'elle a existé."},
    {"SECTION_MISSING", "Une section du journal manque : la base est endommagée."},
    // The log and its key.
    {"LOG_KEY_MISSING",
     "Il manque une clé qui signe le journal. Remettez-la : sans elle le journal ne continue pas."},
    {"LOG_KEY_WRONG", "Ce n'est pas une clé de ce journal."},
    {"KEY_CHANGE_BEGUN",
     "Le journal est déjà en train de changer de clé : achevez d'abord ce changement (--end)."},
    {"KEY_CHANGE_NOT_BEGUN",
     "Le journal n'est pas en train de changer de clé : commencez d'abord un changement."},
    {"LOG_KEY_UNSAFE", "D'autres que son propriétaire peuvent lire la clé : chmod 600."},
    {"LOG_KEY_EXISTS", "Il y a déjà une clé, celle d'un autre journal."},
    {"LOG_LOST",
     "Il y a la clé d'un journal, mais pas le journal. Restaurez sa base la plus récente ; pour un "
     "autre journal, choisissez un répertoire vide."},
    {"QUORUM_NOT_STATED",
     "Les réponses doivent attendre des témoins, mais la politique n'a pas de quorum, ou aucun "
     "témoin "
     "avec une adresse."},
    {"KEY_STORE_OLDER",
     "Le magasin des clés est une copie plus ancienne que le journal : remettez la plus récente."},
    {"WITNESS_QUORUM_MISSING",
     "La demande est enregistrée, mais le quorum des témoins ne l'a pas cosignée à temps : "
     "redemandez avec le même request_id."},
    {"LOG_ROLLED_BACK",
     "La base est plus ancienne que ce que le journal a déjà signé. Restaurez la plus récente ; si "
     "elle est perdue, commencez un nouveau journal sous un autre nom."},
    {"LOG_FORKED",
     "La base et le point de contrôle signé racontent deux histoires. Gardez les deux et arrêtez : "
     "cela se "
     "publie, cela ne se répare pas."},
    {"HIGH_WATER_MISSING",
     "Il manque le dernier point de contrôle signé : personne ne peut dire si la base est la plus "
     "récente. "
     "Remettez le fichier, ou une tête qu'un témoin ou un reçu a gardée."},
    {"HIGH_WATER_GARBLED", "Le fichier du dernier point de contrôle signé n'en est pas une."},
    {"ORIGIN_INVALID", "Ce nom ne convient pas à un journal."},
    // The rules.
    {"RULEBOOK_NOT_FOUND", "Il n'y a pas de règles dans ce dossier : un fichier manque."},
    // The catalogue.
    {"CATALOG_NOT_EMPTY",
     "Il y a déjà un catalogue dans ce répertoire : importez dans un répertoire vide."},
};

// What "{}" stood for in each place, if `text` is made by `pattern`.
bool Match(absl::string_view text, absl::string_view pattern, std::vector<std::string>& found) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, "{}");
  if (!absl::ConsumePrefix(&text, parts.front())) return false;
  for (size_t i = 1; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const size_t end = last ? (parts[i].size() <= text.size() ? text.size() - parts[i].size()
                                                              : absl::string_view::npos)
                            : text.find(parts[i]);
    if (end == absl::string_view::npos || end == 0) return false;
    if (text.substr(end, parts[i].size()) != parts[i]) return false;
    found.emplace_back(text.substr(0, end));
    text.remove_prefix(end + parts[i].size());
  }
  return text.empty();
}

std::string Fill(absl::string_view pattern, const std::vector<std::string>& values) {
  const std::vector<absl::string_view> parts = absl::StrSplit(pattern, "{}");
  std::string text(parts.front());
  for (size_t i = 1; i < parts.size(); ++i) absl::StrAppend(&text, values[i - 1], parts[i]);
  return text;
}

// What CLI11 puts around descriptions. It writes a number between two bounds as
// "INT:INT in [1 - 9]=5".
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(Language language) : language_(language) {
    column_width(kColumn);
    if (language == Language::kEnglish) return;
    label("SUBCOMMAND", "COMMANDE");
    label("SUBCOMMANDS", "COMMANDES");
    label("Positionals", "Arguments");
    label("REQUIRED", "(obligatoire)");
    label("TEXT", "TEXTE");
    label("INT", "NOMBRE");
    label("UINT", "NOMBRE");
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string text = CLI::Formatter::make_option_opts(option);
    const bool french = language_ == Language::kFrench;
    if (absl::StrContains(text, "INT in [")) {
      return absl::StrReplaceAll(text, {{"INT:INT in [", french ? "de " : ""},
                                        {" - ", french ? " à " : " to "},
                                        {"]=", french ? ", sinon " : ", else "},
                                        {"]", ""}});
    }
    return absl::StrReplaceAll(text, {{"TEXT:", ""},
                                      {"INT:NONNEGATIVE", french ? "NOMBRE" : "INT"},
                                      {" Excludes:", french ? " sans" : " without"}});
  }

  std::string make_option_desc(const CLI::Option* option) const override {
    return Wrapped(option->get_description());
  }

  // --help-all shows commands of commands with all they have, too.
  std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override {
    return CLI::Formatter::make_subcommands(
        app, mode == CLI::AppFormatMode::Sub ? CLI::AppFormatMode::All : mode);
  }

  std::string make_subcommand(const CLI::App* command) const override {
    std::stringstream out;
    CLI::detail::format_help(out, command->get_display_name(true),
                             Wrapped(command->get_description()), kColumn);
    return out.str();
  }

 private:
  // Where descriptions begin; --help-all indents commands of commands twice more.
  static constexpr size_t kColumn = 34;
  static constexpr size_t kIndents = 4;

  static std::string Wrapped(const std::string& description) {
    return absl::StrJoin(WrapText(description, kScreenColumns - kColumn - kIndents), "\n");
  }

  const Language language_;
};

void SetFormatter(CLI::App& app, const std::shared_ptr<HelpFormatter>& formatter) {
  app.formatter(formatter);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    SetFormatter(*command, formatter);
  }
}

class Translator {
 public:
  Translator() {
    for (const Text& text : kHelp) french_.emplace(text.en, text.fr);
  }

  void Translate(CLI::App& app) {
    app.description(Of(app.get_description()));
    app.footer(Of(app.get_footer()));
    if (app.get_parent() != nullptr) app.group("Commandes");
    for (CLI::Option* option : app.get_options()) {
      option->description(Of(option->get_description()));
    }
    for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
      Translate(*command);
    }
  }

  std::vector<std::string> missing() && { return std::move(missing_); }

 private:
  std::string Of(const std::string& english) {
    if (english.empty()) return english;
    const auto found = french_.find(english);
    if (found != french_.end()) return std::string(found->second);
    missing_.push_back(english);
    return english;
  }

  std::map<absl::string_view, absl::string_view> french_;
  std::vector<std::string> missing_;
};

}  // namespace

absl::Span<const Text> HelpTexts() { return kHelp; }
absl::Span<const Text> UsageTexts() { return kUsage; }
absl::Span<const ReasonText> ReasonTexts() { return kReasonTexts; }

absl::string_view FrenchOfReason(absl::string_view reason) {
  for (const ReasonText& text : kReasonTexts) {
    if (text.reason == reason) return text.fr;
  }
  return "";
}

std::string UsageError(Language language, absl::string_view english) {
  if (language == Language::kEnglish) return std::string(english);
  for (const Text& text : kUsage) {
    std::vector<std::string> values;
    if (Match(english, text.en, values)) return Fill(text.fr, values);
  }
  return std::string(english);
}

std::string UsageHint(Language language, const CLI::App& app) {
  std::string command = app.get_name();
  const CLI::App* reached = &app;
  while (!reached->get_subcommands().empty()) {
    reached = reached->get_subcommands().front();
    absl::StrAppend(&command, " ", reached->get_name());
  }
  return absl::StrCat(Say(language, "L'aide : ", "Help: "), command, " --help");
}

std::vector<std::string> TranslateHelp(Language language, CLI::App& app) {
  SetFormatter(app, std::make_shared<HelpFormatter>(language));
  if (language == Language::kEnglish) return {};
  Translator translator;
  translator.Translate(app);
  return std::move(translator).missing();
}

}  // namespace aplomb::cli
