// PostgreSQL through psql on a socket, no parallel plan, just-in-time compiling off (it costs more
// than it gains here: the query is planned anew at each run otherwise), the query prepared and the
// table in memory. Timed by psql itself.
import {execFileSync} from 'node:child_process';
import {closeSync, openSync, writeSync} from 'node:fs';
import {directory, readTask} from './task.mjs';
import {answer, columns, query} from './sql.mjs';

const leastSeconds = Number(process.argv[3] ?? 1);
const socket = process.argv[4];
const task = readTask();
const psql = (script) =>
  execFileSync('psql', ['-h', socket, '-U', 'postgres', '-d', 'postgres', '-qAt', '-F', ',',
                        '-v', 'ON_ERROR_STOP=1'],
               {input: script, encoding: 'utf8', maxBuffer: 1 << 28});

const types = columns(task).map((name) =>
  name === 'id' ? 'integer' : name === 'cost' ? 'double precision'
    : name[0] === 'e' ? 'smallint' : 'integer');
const file = openSync(`${directory}/offering.csv`, 'w');
for (let i = 0; i < task.rows; ++i) {
  const cells = [i];
  for (let f = 0; f < task.facts; ++f) cells.push(task.values[f][i], task.evidence[f][i]);
  cells.push(task.cost[i]);
  writeSync(file, `${cells.join(',')}\n`);
}
closeSync(file);
psql(`DROP TABLE IF EXISTS offering;
CREATE UNLOGGED TABLE offering (${columns(task).map((name, k) => `${name} ${types[k]}`).join(', ')});
\\copy offering FROM '${directory}/offering.csv' WITH (FORMAT csv)
VACUUM ANALYZE offering;
`);
const setUp = `SET max_parallel_workers_per_gather = 0; SET jit = off;
SET plan_cache_mode = force_generic_plan;
PREPARE best AS ${query(task)};\n`;
const runs = (count) => `${setUp}\\timing on\n${'EXECUTE best;\n'.repeat(count)}`;
const timesOf = (output) =>
  [...output.matchAll(/^Time: ([0-9.,]+) ms/gm)].map((match) => Number(match[1]));
const [first] = timesOf(psql(runs(3))).slice(-1);
const count = Math.max(5, Math.ceil((leastSeconds * 1000) / first));
const output = psql(runs(count));
const rows = output.split('\n').filter((line) => /^[0-9]+,/.test(line)).slice(-10);
const version = psql('SHOW server_version;').trim().split(' ')[0];
console.log(JSON.stringify({
  name: 'PostgreSQL',
  version,
  times_ms: timesOf(output).slice(2),
  answer: answer(rows.map((line) => line.split(','))),
}));
