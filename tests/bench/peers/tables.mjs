// JavaScript at its best: a byte column for each rule, a table of contributions for each column,
// four columns at a time over blocks that stay in the cache. What can be known before the firm asks
// (the columns) is prepared; what hangs on the firm (the tables) is part of each run.
import {measure, readTask, share, TopTen, valueOf} from './task.mjs';

const task = readTask();
const block = 1024;
const shareMost = 255;

// The byte of an offering under a rule: 0 where it does not say, else its place among the values.
function column(fact, least) {
  const known = new Map();
  const xs = [null];
  const codes = new Uint8Array(task.rows);
  for (let i = 0; i < task.rows; ++i) {
    if (task.evidence[fact][i] < least) continue;
    const value = task.values[fact][i];
    if (!known.has(value)) {
      known.set(value, xs.length);
      xs.push(value);
    }
    codes[i] = known.get(value);
  }
  return {codes, xs};
}

const compare = {
  '==': (a, b) => a === b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};
// Days of validity are more than a byte holds: two bytes, as the engine does.
function wideColumn(fact, least) {
  const known = new Map();
  const xs = [null];
  const codes = new Uint16Array(task.rows);
  for (let i = 0; i < task.rows; ++i) {
    if (task.evidence[fact][i] < least) continue;
    const value = task.values[fact][i];
    if (!known.has(value)) {
      known.set(value, xs.length);
      xs.push(value);
    }
    codes[i] = known.get(value);
  }
  return xs.length <= 256 ? {codes: Uint8Array.from(codes), xs} : {codes, xs};
}

const factConstraints = task.constraints.filter((c) => c.fact >= 0);
const costConstraint = task.constraints.find((c) => c.fact < 0);
const constraintColumns = factConstraints.map((c) => wideColumn(c.fact, 1));
const factCriteria = task.criteria.filter((c) => c.fact >= 0);
const costCriterion = task.criteria.find((c) => c.fact < 0);
const criterionColumns = factCriteria.map((c) => column(c.fact, c.least));

const failTables = constraintColumns.map(({xs}) => new Uint8Array(Math.max(256, xs.length)));
const partTables = criterionColumns.map(() => new Int32Array(256));
const costParts = new Int32Array(shareMost + 1);
const costFails = new Uint8Array(shareMost + 1);
const fails = new Uint8Array(block);
const sums = new Int32Array(block);

function fillTables() {
  factConstraints.forEach((c, k) => {
    const {xs} = constraintColumns[k];
    for (let code = 0; code < xs.length; ++code) {
      failTables[k][code] = xs[code] !== null && compare[c.op](xs[code], c.number) ? 0 : 1;
    }
  });
  factCriteria.forEach((c, k) => {
    const {xs} = criterionColumns[k];
    for (let code = 1; code < xs.length; ++code) {
      partTables[k][code] = c.weight * valueOf(c.points, xs[code] - c.less);
    }
  });
  // The last entry stands for all greater shares: points and limit lie below or far above it.
  for (let x = 0; x <= shareMost; ++x) {
    costParts[x] = costCriterion.weight * valueOf(costCriterion.points, x);
  }
}

// One function for each kind of column, so that each sees one type only.
const joinBytes = (codes, table, first, count) => {
  for (let i = 0; i < count; ++i) fails[i] |= table[codes[first + i]];
};
const joinWords = new Function('fails', `return (codes, table, first, count) => {
  for (let i = 0; i < count; ++i) fails[i] |= table[codes[first + i]];
};`)(fails);
function addFour(c0, c1, c2, c3, t0, t1, t2, t3, first, count) {
  for (let i = 0; i < count; ++i) {
    const at = first + i;
    sums[i] = (sums[i] + t0[c0[at]] + t1[c1[at]] + t2[c2[at]] + t3[c3[at]]) | 0;
  }
}
function addOne(codes, table, first, count) {
  for (let i = 0; i < count; ++i) sums[i] = (sums[i] + table[codes[first + i]]) | 0;
}

function rank() {
  fillTables();
  const top = new TopTen();
  const {rows, target, cost} = task;
  const limit = costConstraint.number;
  for (let first = 0; first < rows; first += block) {
    const count = Math.min(block, rows - first);
    for (let i = 0; i < count; ++i) {
      const x = share(cost[first + i], target);
      fails[i] = x <= limit ? 0 : 1;
      sums[i] = costParts[x < shareMost ? x : shareMost];
    }
    for (let k = 0; k < failTables.length; ++k) {
      const {codes} = constraintColumns[k];
      (codes instanceof Uint8Array ? joinBytes : joinWords)(codes, failTables[k], first, count);
    }
    let k = 0;
    for (; k + 4 <= partTables.length; k += 4) {
      addFour(criterionColumns[k].codes, criterionColumns[k + 1].codes,
              criterionColumns[k + 2].codes, criterionColumns[k + 3].codes,
              partTables[k], partTables[k + 1], partTables[k + 2], partTables[k + 3], first, count);
    }
    for (; k < partTables.length; ++k) {
      addOne(criterionColumns[k].codes, partTables[k], first, count);
    }
    for (let i = 0; i < count; ++i) {
      if (fails[i] === 0 && sums[i] > top.least) top.add(sums[i], first + i);
    }
  }
  return top.list.map(({row, score}) => {
    let next = 0;
    const contributions = task.criteria.map((c) =>
      c.fact < 0 ? costParts[Math.min(share(cost[row], target), shareMost)]
                 : partTables[next][criterionColumns[next++].codes[row]]);
    return {row, score, contributions};
  });
}

await measure('JavaScript, tables', process.version, rank);
