// The work, the clock and the answer: shared by the peers.
//
// A peer is called with a directory made by bench_data and a least number of seconds. It prints one
// line of JSON: its name and version, how long each run took, and its answer, which tests/bench/run
// compares with the engine's.
import {readFileSync} from 'node:fs';
import {endianness} from 'node:os';

export const directory = process.argv[2];
const leastSeconds = Number(process.argv[3] ?? 1);

export function readTask() {
  if (endianness() !== 'LE') throw new Error('data.bin is little-endian, this machine is not');
  const task = JSON.parse(readFileSync(`${directory}/task.json`, 'utf8'));
  const bytes = readFileSync(`${directory}/data.bin`);
  let at = 0;
  const take = (Type, count) => {
    const size = count * Type.BYTES_PER_ELEMENT;
    const list = new Type(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + size));
    at += size;
    return list;
  };
  const values = [];
  const evidence = [];
  for (let fact = 0; fact < task.facts; ++fact) {
    values.push(take(Int32Array, task.rows));
    evidence.push(take(Uint8Array, task.rows));
  }
  return {...task, values, evidence, cost: take(Float64Array, task.rows)};
}

// Share of the target in percent, rounded up.
export const share = (cost, target) => Math.ceil((cost * 100) / target);

// Piecewise linear, clamped, rounded toward minus infinity.
export function valueOf(points, x) {
  if (x <= points[0][0]) return points[0][1];
  for (let i = 1; i < points.length; ++i) {
    if (x > points[i][0]) continue;
    const [ax, av] = points[i - 1];
    const [bx, bv] = points[i];
    return av + Math.floor(((bv - av) * (x - ax)) / (bx - ax));
  }
  return points[points.length - 1][1];
}

// Best score first, then the lower row.
export const byScore = (a, b) => b.score - a.score || a.row - b.row;

// Keeps the first ten of scores that come in the order of rows.
export class TopTen {
  constructor() {
    this.list = [];
    this.least = -1;
  }
  add(score, row) {
    if (score <= this.least) return;
    this.list.push({row, score});
    this.list.sort(byScore);
    if (this.list.length > 10) this.list.pop();
    if (this.list.length === 10) this.least = this.list[9].score;
  }
}

// Runs until warm, then until the time is over; at least three times.
export async function measure(name, version, run) {
  let answer;
  const timed = async () => {
    const start = performance.now();
    answer = await run();
    return performance.now() - start;
  };
  const first = await timed();
  for (let spent = first; spent < leastSeconds * 300; ) spent += await timed();
  const times = [];
  for (let spent = 0; times.length < 3 || spent < leastSeconds * 1000; ) {
    times.push(await timed());
    spent += times[times.length - 1];
  }
  console.log(JSON.stringify({name, version, times_ms: times, answer}));
}
