// DuckDB in this process, one thread, the query prepared, columns as narrow as they can be.
import {DuckDBInstance, version} from '@duckdb/node-api';
import {measure, readTask} from './task.mjs';
import {answer, columns, query} from './sql.mjs';

const task = readTask();
const instance = await DuckDBInstance.create(':memory:', {threads: '1'});
const connection = await instance.connect();
const types = columns(task).map((name) =>
  name === 'id' ? 'integer' : name === 'cost' ? 'double' : name[0] === 'e' ? 'utinyint' : 'integer');
await connection.run(
  `CREATE TABLE offering (${columns(task).map((name, k) => `${name} ${types[k]}`).join(', ')})`);
const appender = await connection.createAppender('offering');
for (let i = 0; i < task.rows; ++i) {
  appender.appendInteger(i);
  for (let f = 0; f < task.facts; ++f) {
    appender.appendInteger(task.values[f][i]);
    appender.appendUTinyInt(task.evidence[f][i]);
  }
  appender.appendDouble(task.cost[i]);
  appender.endRow();
}
appender.closeSync();
const prepared = await connection.prepare(query(task));
await measure('DuckDB', version(), async () =>
  answer((await prepared.runAndReadAll()).getRows()));
