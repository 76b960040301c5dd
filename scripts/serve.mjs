// A server of its own for a test; WEFT_BINARY is the program, and WEFT_WORK the
// folder of all tests.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';

const { WEFT_BINARY: binary, WEFT_WORK: work } = process.env;
if (!binary || !work) throw new Error('run it by run.sh');

export { binary };

// folder returns a new one, which goes when all tests have run.
export const folder = () => mkdtempSync(join(work, 'test-'));

// serve starts the server until the test or suite t ends, and returns the URL of
// its page. Settings are WEFT_ variables without the prefix.
export async function serve(t, args, settings = {}) {
  const own = folder();
  const env = { PATH: process.env.PATH, WEFT_DATA_DIR: join(own, 'data'), WEFT_PRIVATE_ADDR: '' };
  for (const [name, value] of Object.entries(settings)) env[`WEFT_${name}`] = value;
  const server = spawn(binary, [...args, '-addr', '127.0.0.1:0'], { cwd: own, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  t.after(() => {
    server.kill();
    return ended;
  });
  let log = '';
  return new Promise((resolve, reject) => {
    ended.then(() => reject(new Error(`the server did not start:\n${log}`)));
    server.stderr.setEncoding('utf8').on('data', (text) => {
      log += text;
      const address = /open (http:\/\/[0-9.:]+\/)/.exec(log);
      if (address) resolve(address[1]);
    });
  });
}
