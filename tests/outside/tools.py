"""Verifiers that nobody here wrote, made ready for tests; None where one cannot be had. With
APLOMB_STRICT in the environment (tests/run --strict) a missing one is an error instead."""

import contextlib
import fcntl
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
RFC9162_VERSION = '0.0.5'


def missing(text):
    """Says what cannot be had; None."""
    if os.environ.get('APLOMB_STRICT'):
        raise RuntimeError(f'{text} With --strict no verifier may be missing.')
    print(f'outside: {text}')


@contextlib.contextmanager
def _alone(folder):
    """One test at a time makes a tool ready in the folder, which is made if need be."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'lock'), 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_tlogfsck(build):
    """The Go checker, built with Debian's golang.org/x/mod and nothing fetched."""
    folder = os.path.join(build, 'outside')
    with _alone(folder):
        return _build_tlogfsck(folder)


def _build_tlogfsck(folder):
    built = subprocess.run(['sh', os.path.join(HERE, 'build_tlogfsck'), folder], check=False)
    if built.returncode == 3:
        return missing('Go or golang.org/x/mod is missing: deploy/install-dependencies outside.')
    if built.returncode != 0:
        raise RuntimeError('tlogfsck does not build')
    return os.path.join(folder, 'tlogfsck')


def install_rfc9162(build):
    """The folder of the npm package, installed below the build at its first use."""
    if shutil.which('npm') is None or shutil.which('node') is None:
        return missing('node or npm is missing: deploy/install-dependencies tests.')
    folder = os.path.join(build, 'tools', f'rfc9162-{RFC9162_VERSION}')
    with _alone(folder):
        return _install_rfc9162(folder)


def _install_rfc9162(folder):
    package = os.path.join(folder, 'node_modules/@transmute/rfc9162')
    if not os.path.isdir(package):
        installed = subprocess.run(
            ['npm', 'install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund',
             '--loglevel=error', f'@transmute/rfc9162@{RFC9162_VERSION}'],
            capture_output=True, text=True, check=False)
        if installed.returncode != 0:
            return missing('npm cannot install @transmute/rfc9162 (is there a network?):\n'
                           f'{installed.stderr}')
    return package


def rfc9162_command(package, log, vkey, old, *receipt):
    return ['node', os.path.join(HERE, 'rfc9162_check.js'), package, log, vkey, old, *receipt]
