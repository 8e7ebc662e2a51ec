// GoRules ZEN: a loop node that asks for the constraints, then one that scores what passed; of the
// forms tried the fastest (one call for each offering takes about half as long again).
import {createRequire} from 'node:module';
import {byScore, measure, readTask} from './task.mjs';

const require = createRequire(import.meta.url);
const {ZenEngine} = require('@gorules/zen-engine');
const {version} = require('@gorules/zen-engine/package.json');

const task = readTask();
const x = (rule) => {
  if (rule.fact < 0) return 'x';
  return rule.less ? `(v${rule.fact} - ${rule.less})` : `v${rule.fact}`;
};
function valueOf(points, at) {
  let code = `${points[points.length - 1][1]}`;
  for (let i = points.length - 1; i >= 1; --i) {
    const [ax, av] = points[i - 1];
    const [bx, bv] = points[i];
    const piece = `${av} + floor(${bv - av} * (${at} - (${ax})) / ${bx - ax})`;
    code = `(${at} <= ${bx} ? ${piece} : ${code})`;
  }
  return `(${at} <= ${points[0][0]} ? ${points[0][1]} : ${code})`;
}
const costShare = `ceil(cost * 100 / ${task.target})`;
const holds = task.constraints.map((c) =>
  c.fact < 0 ? `${costShare} ${c.op} ${c.number}`
             : `e${c.fact} >= 1 and ${x(c)} ${c.op} ${c.number}`);
const eligible = [{id: 'f', key: 'eligible', value: holds.join(' and ')}];
const scored = [{id: 'x', key: 'x', value: costShare}];
task.criteria.forEach((c, k) => {
  const at = c.fact < 0 ? '$.x' : x(c);
  const part = `${c.weight} * ${valueOf(c.points, at)}`;
  const value = c.fact < 0 ? part : `e${c.fact} >= ${c.least} ? ${part} : 0`;
  scored.push({id: `k${k}`, key: `k${k}`, value});
});
scored.push(
  {id: 's', key: 'score', value: task.criteria.map((_, k) => `$.k${k}`).join(' + ')});

const graph = (expressions) => Buffer.from(JSON.stringify({
  contentType: 'application/vnd.gorules.decision',
  nodes: [
    {type: 'inputNode', id: 'in', name: 'in', content: {schema: ''}, position: {x: 0, y: 0}},
    {type: 'expressionNode', id: 'e', name: 'e', position: {x: 1, y: 0},
     content: {expressions, passThrough: false, inputField: 'items', outputPath: 'out',
               executionMode: 'loop'}},
  ],
  edges: [{id: 'edge', type: 'edge', sourceId: 'in', targetId: 'e'}],
}));
const engine = new ZenEngine();
const filter = engine.createDecision(graph(eligible));
const score = engine.createDecision(graph(scored));

const constraintRows = [];
const rows = [];
for (let i = 0; i < task.rows; ++i) {
  const asked = {cost: task.cost[i]};
  const row = {cost: task.cost[i]};
  for (const {fact} of task.constraints) {
    if (fact < 0) continue;
    asked[`v${fact}`] = task.values[fact][i];
    asked[`e${fact}`] = task.evidence[fact][i];
  }
  for (const {fact} of task.criteria) {
    if (fact < 0) continue;
    row[`v${fact}`] = task.values[fact][i];
    row[`e${fact}`] = task.evidence[fact][i];
  }
  constraintRows.push(asked);
  rows.push(row);
}

await measure('GoRules ZEN', version, async () => {
  const passed = (await filter.evaluate({items: constraintRows})).result.out;
  const ids = [];
  passed.forEach((result, i) => {
    if (result.eligible) ids.push(i);
  });
  const results = (await score.evaluate({items: ids.map((i) => rows[i])})).result.out;
  const all = results.map((result, i) => ({row: ids[i], score: Number(result.score), result}));
  return all.sort(byScore).slice(0, 10).map(({row, score: total, result}) => ({
    row,
    score: total,
    contributions: task.criteria.map((_, k) => Number(result[`k${k}`])),
  }));
});
