"""The owner's report as PDF, in both languages, by the tool that docs/DEPENDENCIES.md keeps.

    tests/e2e/report_pdf_test.py BUILD_DIRECTORY

Status 3 where the tool, or the one that reads the document again, is missing: nothing was checked,
and ctest shows it as skipped. With APLOMB_STRICT set (tests/run --strict) that is a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile

from harness import SOURCE, Server, check

SKIPPED = 3
TOOLS = ('weasyprint', 'pdftotext')
# What each document must say: the statements above the result, the costs, the trace.
WORDS = {'fr': ('Coût complet sur 36 mois', 'Points forts', 'Points faibles',
                'Empreinte du résultat'),
         'en': ('All-in cost over 36 months', 'Strengths', 'Drawbacks', 'Digest of the result')}
LEAST_BYTES = 20_000


def check_pdf(server, name, language, folder):
    path = os.path.join(folder, f'report-{language}.pdf')
    done = subprocess.run(
        [server.program, '--lang', language, 'report', name, '--out', path, '--server',
         server.address, '--token-file', server.token_file],
        capture_output=True, text=True, timeout=120, check=False)
    check(done.returncode == 0, f'report --out {path}: {done.stderr}')
    with open(path, 'rb') as file:
        content = file.read()
    check(content.startswith(b'%PDF-') and len(content) > LEAST_BYTES, f'{path} is no document')
    text = subprocess.run(['pdftotext', '-layout', path, '-'], capture_output=True, text=True,
                          check=True).stdout
    # Lines are broken where they end, and some headings are in capitals: words are compared.
    plain = ' '.join(text.split()).casefold()
    for words in WORDS[language]:
        check(words.casefold() in plain, f'{path} does not say "{words}"')


def main():
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f'report_pdf_test: {", ".join(missing)} missing (deploy/install-dependencies report '
              'tests); no PDF was checked')
        sys.exit(1 if os.environ.get('APLOMB_STRICT') else SKIPPED)
    with Server(sys.argv[1]) as server, tempfile.TemporaryDirectory() as folder:
        firm = os.path.join(SOURCE, 'catalog', 'sample', 'profiles', 'boulangerie-rhone.yaml')
        name = server.cli('recommend', '--profile', firm)['name']
        for language in WORDS:
            check_pdf(server, name, language, folder)
    print('a PDF in each of two languages')


if __name__ == '__main__':
    main()
