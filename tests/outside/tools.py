"""Verifiers that nobody here wrote, made ready for tests; None where one cannot be had."""

import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
RFC9162_VERSION = '0.0.5'


def build_tlogfsck(build):
    """The Go checker, built with Debian's golang.org/x/mod and nothing fetched."""
    folder = os.path.join(build, 'outside')
    built = subprocess.run(['sh', os.path.join(HERE, 'build_tlogfsck'), folder], check=False)
    if built.returncode == 3:
        return None
    if built.returncode != 0:
        raise RuntimeError('tlogfsck does not build')
    return os.path.join(folder, 'tlogfsck')


def install_rfc9162(build):
    """The folder of the npm package, installed below the build at its first use."""
    if shutil.which('npm') is None or shutil.which('node') is None:
        print('outside: node or npm is missing (deploy/install-dependencies tests)')
        return None
    folder = os.path.join(build, 'tools', f'rfc9162-{RFC9162_VERSION}')
    package = os.path.join(folder, 'node_modules/@transmute/rfc9162')
    if not os.path.isdir(package):
        os.makedirs(folder, exist_ok=True)
        installed = subprocess.run(
            ['npm', 'install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund',
             '--loglevel=error', f'@transmute/rfc9162@{RFC9162_VERSION}'],
            capture_output=True, text=True, check=False)
        if installed.returncode != 0:
            print(f'outside: npm cannot install @transmute/rfc9162:\n{installed.stderr}')
            return None
    return package


def rfc9162_command(package, log, vkey, old, *receipt):
    return ['node', os.path.join(HERE, 'rfc9162_check.js'), package, log, vkey, old, *receipt]
