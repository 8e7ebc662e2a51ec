// The query, shared by the two databases. `floor` and `ceil` are of doubles: all quotients are of
// numbers far below 2^53, so they are exact. What filters stands in WHERE; contributions are
// computed for the ten that are returned.
export const quotient = (a, b) => `(${a})::double precision / ${b}`;

function valueOf(points, x) {
  let code = `CASE WHEN ${x} <= ${points[0][0]} THEN ${points[0][1]}`;
  for (let i = 1; i < points.length; ++i) {
    const [ax, av] = points[i - 1];
    const [bx, bv] = points[i];
    const rise = quotient(`${bv - av} * (${x} - (${ax}))`, bx - ax);
    code += ` WHEN ${x} <= ${bx} THEN ${av} + floor(${rise})`;
  }
  return `${code} ELSE ${points[points.length - 1][1]} END`;
}

export function query(task) {
  const x = (rule) => {
    if (rule.fact < 0) return 'x';
    return rule.less ? `(v${rule.fact} - ${rule.less})` : `v${rule.fact}`;
  };
  const parts = task.criteria.map((c) => {
    const part = `${c.weight} * (${valueOf(c.points, x(c))})`;
    return c.fact < 0 ? part : `CASE WHEN e${c.fact} >= ${c.least} THEN ${part} ELSE 0 END`;
  });
  const holds = task.constraints.map((c) => {
    const comparison = `${x(c)} ${c.op === '==' ? '=' : c.op} ${c.number}`;
    return c.fact < 0 ? comparison : `e${c.fact} >= 1 AND ${comparison}`;
  });
  const costed = `(SELECT *, ceil(cost * 100 / ${task.target}) AS x FROM offering) AS costed`;
  const scored = `SELECT *, ${parts.map((part) => `(${part})`).join(' + ')} AS score
    FROM ${costed} WHERE ${holds.join(' AND ')} ORDER BY score DESC, id LIMIT 10`;
  return `SELECT id, score, ${parts.map((part, k) => `${part} AS k${k}`).join(', ')}
    FROM (${scored}) AS best ORDER BY score DESC, id`;
}

export const columns = (task) =>
  ['id', ...Array.from({length: task.facts}, (_, f) => [`v${f}`, `e${f}`]).flat(), 'cost'];

export const answer = (rows) =>
  rows.map(([row, score, ...contributions]) => ({
    row: Number(row),
    score: Number(score),
    contributions: contributions.map(Number),
  }));
