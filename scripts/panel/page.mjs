// What the tests have in common: the server, the browser, and what a person does
// and sees on the page.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { binary, folder, serve } from '../serve.mjs';

export { folder, serve };

const { WEFT_CHROMIUM: executablePath } = process.env;
if (!executablePath) throw new Error('run it by scripts/panel/run.sh');

// weft runs one of its verbs.
export const weft = (args, env = {}) => promisify(execFile)(binary, args, { cwd: folder(), env: { PATH: process.env.PATH, ...env } });

// browser starts Chromium until t ends. Its profile, which is a new one, and all
// else that it writes goes with the tests' folder.
export async function browser(t) {
  const home = folder();
  const temporary = join(home, 'tmp');
  mkdirSync(temporary);
  process.env.TMPDIR = temporary; // where playwright makes the profile
  const started = await chromium.launch({
    executablePath,
    chromiumSandbox: false, // Chromium has none for root
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    env: { PATH: process.env.PATH, HOME: home, TMPDIR: temporary },
  });
  t.after(() => started.close());
  return started;
}

// visit opens the page as on a first visit, until the test t ends.
export async function visit(t, chrome, url, options = {}) {
  const context = await chrome.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  t.after(() => context.close());
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(error));
  await page.goto(url);
  // The editors come after the page, and take over what stands in the tab then.
  await page.locator('.graphiql-query-editor .view-line', { hasText: 'query NewestPosts' }).waitFor();
  const panel = page.locator('section.levels');
  const own = {
    page,
    faults,
    panel,
    rows: panel.locator('tbody tr:not(.levels-detail)'),
    details: panel.locator('tbody tr.levels-detail'),

    // example shows one of the tabs that the server filled.
    async example(name) {
      await page.getByRole('tab', { name: new RegExp(`^${name}\\b`) }).click();
      await noticed(page, ` ${name}`);
    },

    // write puts a document in the place of what the tab has.
    async write(text) {
      await fill(page, '.graphiql-query-editor', text);
      await noticed(page, text);
    },

    // headers puts these under Headers.
    async headers(headers) {
      await page.getByRole('button', { name: 'Headers', exact: true }).click();
      await fill(page, '.graphiql-editor-tool .graphiql-editor:not(.hidden)', JSON.stringify(headers));
    },

    // toggle opens or closes the panel.
    toggle: () => page.getByRole('button', { name: /Levels$/ }).click(),

    // run executes the operation and waits until the panel, if it is open, tells of
    // what matches.
    async run(expected) {
      await page.getByRole('button', { name: /^Execute query/ }).click();
      if (expected) await own.says(expected);
    },

    // says waits until the panel has such a text.
    async says(text) {
      try {
        await panel.getByText(text).first().waitFor();
      } catch {
        throw new Error(`the panel does not say ${text}, but:\n${await panel.innerText()}`);
      }
    },

    // answers waits until GraphiQL shows an answer with such a text, and returns what
    // can be seen of it.
    async answers(text) {
      await page.locator('.result-window .view-line', { hasText: text }).first().waitFor();
      return page.locator('.result-window').innerText();
    },
  };
  return own;
}

// noticed waits until GraphiQL has seen what stands in the editor, a moment after
// it is there: before that it would send the name of the operation before.
const noticed = (page, text) =>
  page.waitForFunction((part) => localStorage.getItem('graphiql:query').includes(part), text);

async function fill(page, editor, text) {
  await page.locator(editor).getByRole('textbox').focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('Delete'); // else the editor keeps an end that both texts have
  await page.keyboard.insertText(text);
}

// looked is what is wrong with the panel's texts for a person's eyes: too little
// contrast with what is behind, one over the other, or beyond the panel.
export const looked = (panel) =>
  panel.evaluate((section) => {
    const faults = [];
    const rgba = (css) => {
      const numbers = /^rgba?\(([^)]*)\)$/.exec(css)?.[1].split(/[ ,/]+/).map(Number);
      if (!numbers) throw new Error(`a colour in a form that the test does not know: ${css}`);
      const [r, g, b, a = 1] = numbers;
      return { c: [r, g, b], a };
    };
    const over = (top, below, opacity = 1) => top.c.map((x, i) => x * top.a * opacity + below[i] * (1 - top.a * opacity));
    const luminance = (c) => {
      const [r, g, b] = c.map((x) => (x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => {
      const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
      return (light + 0.05) / (dark + 0.05);
    };
    const above = (element) => {
      const list = [];
      for (let e = element; e; e = e.parentElement) list.push(e);
      return list;
    };

    const outer = section.getBoundingClientRect();
    if (outer.right > innerWidth || outer.bottom > innerHeight) faults.push('the panel is larger than the page');
    const body = section.querySelector('.levels-body');
    const padding = parseFloat(getComputedStyle(body).paddingLeft);
    const { left: start, right: end } = body.getBoundingClientRect();
    const seen = [];
    let least = Infinity;
    const walker = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { currentNode: node } = walker;
      const text = node.data.trim();
      if (text === '') continue;
      const chain = above(node.parentElement);
      const styles = chain.map((e) => getComputedStyle(e));
      const behind = styles.reduceRight((below, style) => over(rgba(style.backgroundColor), below), [255, 255, 255]);
      const opacity = styles.reduce((product, style) => product * Number(style.opacity), 1);
      const ratio = contrast(over(rgba(styles[0].color), behind, opacity), behind);
      least = Math.min(least, ratio);
      if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)} of “${text}”`);

      const range = document.createRange();
      range.selectNodeContents(node);
      for (const { left, right, top, bottom } of range.getClientRects()) {
        if (left < start + padding - 1 || right > end - padding + 1) faults.push(`cut at the side: “${text}”`);
        // What is scrolled out of sight covers nothing.
        const box = { text, left, right, top, bottom };
        chain.forEach((e, i) => {
          if (styles[i].overflowY === 'visible') return;
          const r = e.getBoundingClientRect();
          box.top = Math.max(box.top, r.top);
          box.bottom = Math.min(box.bottom, r.bottom);
        });
        for (const other of seen) {
          const wide = Math.min(box.right, other.right) - Math.max(box.left, other.left);
          const high = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
          // Lines of one text may touch.
          if (wide > 1 && high > 4) faults.push(`“${text}” over “${other.text}”`);
        }
        seen.push(box);
      }
    }
    for (const e of section.querySelectorAll('*')) {
      const { overflowX } = getComputedStyle(e);
      if (overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1) faults.push(`cut: ${e.tagName} .${e.className}`);
    }
    return { faults, least, texts: seen.length };
  });
