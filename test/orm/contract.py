"""The contract for tests in Python: runs one check after the other and reports them as TAP.

    contract('Django', version, {'create.id': create_id, ...})

A check passes unless it raises. What it returns, a string, is its note; `raise Skip(why)` where the ORM has no such
thing.
"""

import pathlib
import re
import sys
import traceback


class Skip(Exception):
    pass


def contract(orm, version, checks):
    lines = (pathlib.Path(__file__).parent / 'contract').read_text().splitlines()
    names = [line.split()[0] for line in lines if re.match('[a-z]', line)]
    failed = 0

    def report(result, name, comment=None):
        comment = ' # ' + ' '.join(comment.split()) if comment else ''
        print(f'{result} - {orm} {version}: {name}{comment}', flush=True)

    for name in names:
        try:
            if name not in checks:
                raise NotImplementedError(name)
            report('ok', name, checks[name]())
        except Skip as skip:
            report('ok', name, f'SKIP {skip}')
        except Exception:
            failed += 1
            report('not ok', name)
            print(re.sub('^', '# ', traceback.format_exc().rstrip(), flags=re.MULTILINE), flush=True)
    for name in checks:
        if name not in names:
            failed += 1
            report('not ok', name, 'not in the contract')
    sys.exit(1 if failed else 0)
