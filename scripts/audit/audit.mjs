// Runs every GraphQL-over-HTTP audit of graphql-http against a server that is
// already up: node audit.mjs http://localhost:8080/graphql
//
// Exits with 0 only if all passed; 2 means that they could not be run. A
// warning or notice counts as a failure: Weft meets SHOULD and MAY as well.
import { serverAudits } from 'graphql-http';

const url = process.argv[2];
if (!url) {
  console.error('usage: node audit.mjs URL');
  process.exit(2);
}

let passed = 0;
let failed = 0;
for (const audit of serverAudits({ url })) {
  let result;
  try {
    result = await audit.fn();
  } catch (error) {
    console.error(`cannot reach ${url}: ${error.cause ?? error}`);
    process.exit(2);
  }
  if (result.status === 'ok') {
    passed++;
    continue;
  }
  failed++;
  console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
