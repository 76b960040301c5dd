// Prints the licences of all packages that may be in the bundle.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Packages published without the licence of the repository they come from, and
// a package from the same one that has it.
const sibling = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
};

const root = import.meta.dirname;
const folders = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .slice(1); // the first is this package

const texts = (folder) =>
  readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice|thirdpartynotices)/i.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').trim());

const packages = new Map(); // from the text of a licence to the packages under it
for (const folder of folders) {
  if (!existsSync(join(folder, 'package.json'))) continue; // optional, for another system
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  let found = texts(folder);
  if (found.length === 0 && sibling[name]) found = texts(join(root, 'node_modules', sibling[name]));
  if (found.length === 0) throw new Error(`${name} has no licence text: name its sibling in licences.js`);
  const text = found.join('\n\n').replaceAll('\r\n', '\n');
  packages.set(text, [...(packages.get(text) ?? []), `${name} ${version} (${license})`]);
}

console.log('The playground is built from these packages.');
for (const [text, names] of packages) {
  console.log(`\n${'='.repeat(80)}\n${[...new Set(names)].sort().join('\n')}\n\n${text}`);
}
