#!/usr/bin/env python3
"""Every reason that a caller can be given is in docs/api.md, and nothing else is.

    tests/service/reasons_test.py [ROOT]

Reads the sources: reasons of errors are those of service/reasons.cc that some line makes an error
of; reasons of violations are the upper-case words in the calls that note an issue. Prints each
difference and ends with status 1 if there is any.
"""

import os
import re
import sys

# Sources that note violations, by the table of docs/api.md that tells of them.
VIOLATIONS = {
    'violations': ['decision/validate_input.cc', 'catalog/import/validate.cc',
                   'catalog/proposals/claim_checks.cc', 'catalog/proposals/placeholders.cc',
                   'service'],
    'file-violations': ['catalog/import/text.cc', 'catalog/import/yaml.cc',
                        'catalog/import/directory.cc', 'catalog/import/mapping.cc',
                        'catalog/proposals/entry_file.cc'],
}
# How an issue is noted; some reasons of the store are passed on as one too, by
# Workflow::FromCatalog.
CALL = re.compile(r'(?:\bAdd(?:Issue)?|\bRefuse|\brefuse|\bpush_back|\bBadRequest)\(|\.reason = ')
PASSED_ON = re.compile(r'if \(((?:word == "[A-Z_]+"(?: \|\| )?)+)\) \{\s*return BadRequest')
WORD = re.compile(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"')
# What else stands in such calls: values, and codes of diagnostics of rulebooks (docs/rulebook.md).
OTHERS = re.compile(r'EUR|CERTIFIED|DOCUMENTED|CHECKED|(?:RB|PX)[0-9]+')


def balanced(text, start):
    """The text from `start` to the bracket that closes the one before it, or the next comma."""
    depth = 0
    in_string = False
    i = start
    while i < len(text):
        character = text[i]
        if in_string:
            if character == '\\':
                i += 1
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in '({[':
            depth += 1
        elif character in ')}]':
            depth -= 1
            if depth < 0:
                break
        elif character in ',;' and depth == 0 and text[start - 2] == '=':
            break
        i += 1
    return text[start:i]


def without_comments(text):
    return re.sub(r'^\s*//.*$', '', text, flags=re.MULTILINE)


def sources(root, places):
    for place in places:
        path = os.path.join(root, place)
        names = sorted(os.listdir(path)) if os.path.isdir(path) else ['']
        for name in names:
            if name and not name.endswith('.cc'):
                continue
            file = os.path.join(path, name) if name else path
            with open(file, encoding='utf-8') as opened:
                yield os.path.relpath(file, root), without_comments(opened.read())


def raised_violations(root, places):
    """{reason: a file that notes it}"""
    found = {}
    for file, text in sources(root, places):
        for call in CALL.finditer(text):
            for word in WORD.findall(balanced(text, call.end())):
                if not OTHERS.fullmatch(word):
                    found.setdefault(word, file)
        for passed in PASSED_ON.findall(text):
            for word in WORD.findall(passed):
                found.setdefault(word, file)
    return found


def raised_errors(root):
    """Of service/reasons.cc: {word: whether some line makes an error of it}."""
    words = {}
    used = set()
    for file, text in sources(root, ['service']):
        if file == 'service/reasons.cc':
            for name, word in re.findall(r'\{Reason::(k\w+), "(\w+)"', text):
                words[word] = name
        else:
            used.update(re.findall(r'Reason::(k\w+)', text))
    return {word: name in used for word, name in words.items()}


def listed(root, table):
    with open(os.path.join(root, 'docs', 'api.md'), encoding='utf-8') as opened:
        text = opened.read()
    begin, end = f'<!-- {table} -->', f'<!-- /{table} -->'
    if begin not in text or end not in text:
        return None
    rows = text[text.index(begin):text.index(end)]
    return re.findall(r'^\| `(\w+)` \|', rows, flags=re.MULTILINE)


def problems(root):
    found = []

    def compare(table, raised):
        rows = listed(root, table)
        if rows is None:
            found.append(f'docs/api.md: there is no table between <!-- {table} --> and its end')
            return
        found.extend(f'docs/api.md: {word} is listed twice in "{table}"'
                     for word in sorted(set(rows)) if rows.count(word) > 1)
        found.extend(f'docs/api.md: {word} ({raised[word]}) is not listed in "{table}"'
                     for word in sorted(set(raised) - set(rows)))
        found.extend(f'docs/api.md: {word} is listed in "{table}", and nothing raises it'
                     for word in sorted(set(rows) - set(raised)))

    errors = raised_errors(root)
    found.extend(f'service/reasons.cc: nothing makes an error of {word}'
                 for word, used in sorted(errors.items()) if not used)
    compare('reasons', {word: 'service/reasons.cc' for word in errors})
    for table, places in VIOLATIONS.items():
        compare(table, raised_violations(root, places))
    return found


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(here))
    found = problems(root)
    print('\n'.join(found) if found else 'reasons_test: passed')
    sys.exit(1 if found else 0)


if __name__ == '__main__':
    main()
