"""A server over the sample catalogue, and messages of the API for Python clients."""

import glob
import json
import os
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Long enough for a loaded machine with sanitizers.
START_SECONDS = 120
CALL_SECONDS = 60


def generate_messages(build, out):
    """Makes the Python messages of the API in `out` and lets them be imported."""
    google = os.path.join(build, 'google-protos')
    proto = os.path.join(SOURCE, 'proto')
    files = [os.path.relpath(path, proto)
             for path in glob.glob(os.path.join(proto, '**', '*.proto'), recursive=True)]
    imports = ['google/api/field_behavior.proto', 'google/api/resource.proto',
               'google/rpc/error_details.proto', 'google/rpc/status.proto',
               'google/type/date.proto']
    subprocess.run(['protoc', f'-I{proto}', f'-I{google}', f'--python_out={out}',
                    *sorted(files), *imports], check=True)
    sys.path.insert(0, out)


class NotStarted(AssertionError):
    """The server ended instead of serving; with what it printed."""


class Server:
    """`aplomb serve --sample` on a free port; with its directory for as long as it is open. With
    `first_start_killed_after` seconds, the directory is one whose filling was cut off."""

    def __init__(self, build, options=(), first_start_killed_after=None):
        self.program = os.path.join(build, 'bin', 'aplomb')
        self._options = list(options)
        self._folder = tempfile.TemporaryDirectory(prefix='aplomb-e2e-')
        self.data = os.path.join(self._folder.name, 'data')
        self._log = open(os.path.join(self._folder.name, 'log'), 'w+', encoding='utf-8')
        if first_start_killed_after is not None:
            self.start_and_kill(first_start_killed_after)
        self.start()
        self.token_file = os.path.join(self.data, 'advisor.token')
        with open(self.token_file, encoding='utf-8') as file:
            self.token = file.read().strip()

    def start(self):
        """Starts the program over the directory; `address` is where it listens."""
        self._launch()
        self.address = self._wait_for_address()

    def options(self, more):
        """Options that the next start has besides."""
        self._options += more

    def start_and_kill(self, seconds):
        """Starts it and, so many seconds later, ends it as a power cut would, ready or not."""
        self._launch()
        time.sleep(seconds)
        self.kill()

    def _launch(self):
        self._log.truncate(0)
        self._log.seek(0)
        self._process = subprocess.Popen(
            [self.program, 'serve', '--data', self.data, '--grpc', '127.0.0.1:0', '--sample',
             '--share', SOURCE, *self._options],
            stdout=self._log, stderr=self._log)

    def kill(self):
        """Ends the program as a power cut would."""
        self._process.kill()
        self._process.wait(timeout=60)

    def stop(self):
        """Ends the program as an operator would; what it wrote is there whole."""
        self._process.terminate()
        status = self._process.wait(timeout=60)
        self._process = None
        check(status == 0, f'the server ended with status {status}:\n{self.log()}')

    def _wait_for_address(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            for line in self.log().splitlines():
                if '"event":"serving"' in line:
                    return f'127.0.0.1:{json.loads(line)["port"]}'
            time.sleep(0.1)
        raise NotStarted(f'the server did not start:\n{self.log()}')

    def log(self):
        with open(self._log.name, encoding='utf-8') as file:
            return file.read()

    def cli(self, *arguments):
        """What `aplomb --json` prints when it calls this server."""
        run = subprocess.run(
            [self.program, '--json', *arguments, '--server', self.address,
             '--token-file', self.token_file],
            capture_output=True, text=True, timeout=CALL_SECONDS, check=False)
        assert run.returncode == 0, f'aplomb {arguments}: {run.stderr}'
        return json.loads(run.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        try:
            if self._process is not None:
                self.stop()
        finally:
            if self._process is not None:
                self._process.kill()
            self._log.close()
            self._folder.cleanup()


def filled(template, member):
    """An entry of the template, of the member, with its own words where there are examples."""
    for example, own in (
            ("member: my-firm", f"member: {member}"), ("id: my-product", "id: online-workshop"),
            ('"Mon produit"', '"Atelier en ligne"'), ('"My product"', '"Online workshop"'),
            ("Une phrase, 150 caractères au plus.", "Un atelier complet, en ligne."),
            ("One sentence, at most 150 characters.", "A whole workshop, online."),
            ('landing_url: "https://example.com/"', f'landing_url: "https://{member}.example/"')):
        assert example in template, example
        template = template.replace(example, own)
    return template


def check(condition, message):
    """assert that stays when Python optimizes."""
    if not condition:
        raise AssertionError(message)
