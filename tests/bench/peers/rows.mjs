// JavaScript as it is first written: an object for each offering, a line for each rule. The lines
// are made from the task, so that properties are read by name and not looked up.
import {measure, readTask, share, TopTen} from './task.mjs';

const task = readTask();
const facts = Array.from({length: task.facts}, (_, f) => f);
// One literal for all, so that all have one shape.
const rowOf = new Function('task', 'i', `return {id: i, cost: task.cost[i], ${facts.map(
  (f) => `v${f}: task.values[${f}][i], e${f}: task.evidence[${f}][i]`).join(', ')}};`);
const rows = [];
for (let i = 0; i < task.rows; ++i) rows.push(rowOf(task, i));

const xOf = (rule) =>
  rule.fact < 0 ? 'x' : rule.less ? `o.v${rule.fact} - ${rule.less}` : `o.v${rule.fact}`;
const constraints = task.constraints.map((c) => {
  const holds = `${xOf(c)} ${c.op === '==' ? '===' : c.op} ${c.number}`;
  return c.fact < 0 ? `(${holds})` : `(o.e${c.fact} >= 1 && ${holds})`;
});
const pieces = (points) => {
  let code = `x <= ${points[0][0]} ? ${points[0][1]} : `;
  for (let i = 1; i < points.length; ++i) {
    const [ax, av] = points[i - 1];
    const [bx, bv] = points[i];
    code += `x <= ${bx} ? ${av} + Math.floor(${bv - av} * (x - (${ax})) / ${bx - ax}) : `;
  }
  return code + points[points.length - 1][1];
};
const functions = task.criteria.map((c, k) => `const value${k} = (x) => ${pieces(c.points)};`);
const contribution = (c, k) => {
  const value = `${c.weight} * value${k}(${xOf(c)})`;
  return c.fact < 0 ? value : `(o.e${c.fact} >= ${c.least} ? ${value} : 0)`;
};
const parts = task.criteria.map(contribution);

const rank = new Function('rows', 'target', 'share', 'TopTen', `
  ${functions.join('\n  ')}
  return () => {
    const top = new TopTen();
    for (let i = 0; i < rows.length; ++i) {
      const o = rows[i];
      const x = share(o.cost, target);
      if (!(${constraints.join(' && ')})) continue;
      top.add(${parts.join(' +\n        ')}, i);
    }
    return top.list.map(({row, score}) => {
      const o = rows[row];
      const x = share(o.cost, target);
      return {row, score, contributions: [${parts.join(', ')}]};
    });
  };`)(rows, task.target, share, TopTen);

await measure('JavaScript, rows', process.version, rank);
